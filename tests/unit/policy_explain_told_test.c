/* SPDX-License-Identifier: Apache-2.0 */
/* What each reader is told of what the person said: word by word, or that it is not told. */
#include "tests/unit/policy_told_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static void expired(struct fixture *fixture, struct situation *question) {
    given(fixture, question);
    question->consent.until = span_text("2026-05-01");
}

static void expired_one_day(struct fixture *fixture, struct situation *question) {
    given(fixture, question);
    question->consent.until = span_text("soon");
}

static void for_something_else(struct fixture *fixture, struct situation *question) {
    given(fixture, question);
    question->consent.purposes = list(fixture, "crime");
}

static void refused_in_an_emergency(struct fixture *fixture, struct situation *question) {
    refused(fixture, question);
    question->request.emergency = declared("break-glass", "life");
}

static void withdrawn_in_an_emergency(struct fixture *fixture, struct situation *question) {
    withdrawn(fixture, question);
    question->request.emergency = declared("break-glass", "life");
}

static void by_an_officer(struct fixture *fixture, struct situation *question) {
    refused(fixture, question);
    question->request.recipient = span_text("beta");
    question->request.role = span_text("officer");
}

static void of_an_adult(struct fixture *fixture, struct situation *question) {
    none(fixture, question);
    question->request.age_class = AGE_ADULT;
}

/* An ordinary field of alpha, for delta's nurse. */
static void of_a_name(struct fixture *fixture, struct situation *question) {
    none(fixture, question);
    question->request.recipient = span_text("delta");
    question->request.role = span_text("nurse");
    question->request.sources = list(fixture, "alpha");
    question->request.fields = list(fixture, "person.name");
}

struct told {
    struct edit edits[3];
    spoil_fn spoil;
    enum policy_reader reader;
    const char *sentence;
    const char *found; /* of the check of consent; NULL: it was not made */
};

#define NEEDS "Refused. Clause 3 (line 185) needs the child's agreement; "
#define WORKER " A worker may set that aside in an emergency."
#define MANAGER " A manager may set that aside in an emergency."

static const struct told consents[] = {
    {{{0}}, none, AUDITOR, NEEDS "none is recorded." WORKER, "none is recorded"},
    {{{0}},
     refused,
     AUDITOR,
     NEEDS "it was refused on 3 June 2026." MANAGER,
     "it was refused on 3 June 2026"},
    {{{0}}, refused_some_day, AUDITOR, NEEDS "it was refused." MANAGER, "it was refused"},
    {{{0}}, refused_at_no_time, AUDITOR, NEEDS "it was refused." MANAGER, "it was refused"},
    {{{0}},
     withdrawn,
     AUDITOR,
     NEEDS "it was withdrawn on 3 June 2026." MANAGER,
     "it was withdrawn on 3 June 2026"},
    {{{0}},
     expired,
     AUDITOR,
     NEEDS "its last day was 1 May 2026." WORKER,
     "its last day was 1 May 2026"},
    {{{0}},
     expired_one_day,
     AUDITOR,
     NEEDS "its last day was not readable." WORKER,
     "its last day was not readable"},
    {{{0}},
     for_something_else,
     AUDITOR,
     NEEDS "what is recorded does not cover this." WORKER,
     "what is recorded does not cover this"},
    {{{0}},
     refused_in_an_emergency,
     AUDITOR,
     NEEDS "this role's emergency does not set aside that it was refused on 3 June 2026." MANAGER,
     "this role's emergency does not set aside that it was refused on 3 June 2026"},
    {{{0}},
     withdrawn_in_an_emergency,
     AUDITOR,
     NEEDS "this role's emergency does not set aside that it was withdrawn on 3 June 2026." MANAGER,
     "this role's emergency does not set aside that it was withdrawn on 3 June 2026"},
    {{{0}},
     by_an_officer,
     AUDITOR,
     NEEDS "it was refused on 3 June 2026. An officer may set that aside in an emergency.",
     "it was refused on 3 June 2026"},
    {{{"role alpha/worker\n", "role alpha/on-call\nrole alpha/worker\n"}},
     none,
     AUDITOR,
     "Refused. Clause 3 (line 186) needs the child's agreement; none is recorded. An on call may "
     "set that aside in an emergency.",
     "none is recorded"},
    /* Whom a clause is about; what nobody may set aside. */
    {{{"  about: children\n", "  about: adults\n"}},
     of_an_adult,
     AUDITOR,
     "Refused. Clause 3 (line 185) needs the adult's agreement; none is recorded." WORKER,
     "none is recorded"},
    {{{"  about: children\n", ""}},
     none,
     AUDITOR,
     "Refused. Clause 3 (line 185) needs the person's agreement; none is recorded." WORKER,
     "none is recorded"},
    {{{"  sets aside: missing consent, hours, limit, review\n", "  sets aside: hours\n"},
      {"  refusal set aside by: alpha/manager, beta/officer\n", ""},
      {"  basis for refusal: duty\n", ""}},
     none,
     AUDITOR,
     NEEDS "none is recorded.",
     "none is recorded"},
    {{{"  declared by: alpha/*, beta/officer, delta/nurse\n  purpose: care\n",
       "  declared by: delta/nurse\n  purpose: care\n"},
      {"  refusal set aside by: alpha/manager, beta/officer\n", ""},
      {"  basis for refusal: duty\n", ""}},
     none,
     AUDITOR,
     NEEDS "none is recorded.",
     "none is recorded"},
    {{{"  declared by: alpha/*, beta/officer, delta/nurse\n  purpose: care\n",
       "  declared by: alpha/*, beta/officer, delta/nurse\n  purpose: urgent-child-care\n"}},
     none,
     AUDITOR,
     NEEDS "none is recorded.",
     "none is recorded"},
    /* Where only an explicit consent counts. */
    {{{"  basis: duty\n  consent: required unless emergency\n",
       "  basis: asked\n  consent: required\n"}},
     given_as_the_basis,
     AUDITOR,
     NEEDS "what is recorded is not explicit.",
     "what is recorded is not explicit"},
    /* A source reads of who could only where it may know who asks. */
    {{{0}}, none, POLICY_READER_SOURCE, NEEDS "none is recorded." WORKER, "none is recorded"},
    {{{"  tells source: person asking too\n", "  tells source: permit\n"}},
     none,
     POLICY_READER_SOURCE,
     NEEDS "none is recorded.",
     "none is recorded"},
    /* Who asks reads of no state, unless the clause shows it and the data is ordinary. */
    {{{0}},
     refused,
     POLICY_READER_REQUESTER,
     "Nothing can be shared under clause 3 without the person's consent.",
     "what the person said is not told"},
    {{{0}},
     of_a_name,
     POLICY_READER_REQUESTER,
     "Nothing can be shared under clause 1 without the person's consent.",
     "what the person said is not told"},
    {{{"  redact: person.number\n", "  redact: person.number\n  consent shown: yes\n"}},
     of_a_name,
     POLICY_READER_REQUESTER,
     "Refused. Clause 1 needs the person's consent. Nothing can be shared without the person's "
     "consent.",
     "none is recorded"},
    {{{"  redact: person.number\n",
       "  redact: person.number\n  consent shown: yes\n  existence: hidden\n"}},
     of_a_name,
     POLICY_READER_REQUESTER,
     "Nothing can be shared under clause 1 without the person's consent.",
     "what the person said is not told"},
};

static void consent_is_told_to_those_who_may_know(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++) {
        OWN(policy_free) struct policy *policy = with(consents[i].edits, 3);
        struct situation question = of_delta(fixture);
        consents[i].spoil(fixture, &question);
        struct policy_explanation it = explain(fixture, policy, &question, consents[i].reader);
        const struct policy_explained_check *check = check_of(&it, POLICY_CHECK_CONSENT);
        must_say(i, it.sentence, consents[i].sentence);
        assert_non_null(check);
        must_say(i, check->found, consents[i].found);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(consent_is_told_to_those_who_may_know, arena_begin,
                                        arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
