/* SPDX-License-Identifier: Apache-2.0 */
/* Questions at the edge of what a permit can hold: of no agreement, by nobody, for everything; more
 * answers than one question may have; facts that are missing or of an unknown kind. */
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* Without an agreement or a known recipient there is nobody to ask, unless a source is named. */
static void nobody_to_ask(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = (struct span_list){0};
    request.recipient = span_text("nobody");
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_source_count(permit), 0);
    assert_false(policy_permit_is_open(permit));
    request = good(fixture);
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    request.agreement = span_text("elsewhere");
    permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_source_count(permit), 0);
}

/* The reason of a source without fields is that of the agreement, of one outcome or of several. */
static void everything_of_a_source_under_no_agreement(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = list(fixture, "gamma beta");
    request.fields = (struct span_list){0};
    request.agreement = span_text("elsewhere");
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_source_count(permit), 2);
    assert_int_equal(policy_permit_term_count(permit, 0), 0);
    assert_int_equal(policy_permit_refusal(permit, 0), POLICY_NO_AGREEMENT);
    assert_false(policy_permit_is_open(permit));
    const struct policy_facts facts = {0};
    struct policy_outcome outcomes[2];
    struct policy_outcome whole;
    for (size_t i = 0; i < 2; i++) {
        assert_false(lg_failed(policy_settle(permit, i, &facts, fixture->arena, &outcomes[i])));
        assert_int_equal(outcomes[i].decision, DECISION_REFUSE);
        assert_int_equal(outcomes[i].reason, POLICY_NO_AGREEMENT);
    }
    assert_false(lg_failed(policy_combine(outcomes, 2, fixture->arena, &whole)));
    assert_int_equal(whole.decision, DECISION_REFUSE);
    assert_int_equal(whole.reason, POLICY_NO_AGREEMENT);
    assert_int_equal(whole.clauses.count, 0);
}

/* Of several agreements that let nothing of a source be asked, the one that got furthest, in
 * whatever order they are. */
static void everything_where_all_agreements_refuse(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force forces[] = {
        {.policy = fixture->policy, .is_suspended = true},
        {.policy = fixture->floored, .withdrawn = list(fixture, "gamma")},
        {.policy = fixture->policy, .is_unsigned = true},
    };
    struct policy_request request = good(fixture);
    const struct permit *permit = NULL;
    request.fields = (struct span_list){0};
    assert_false(lg_failed(policy_decide(forces, 3, &request, fixture->arena, &permit)));
    assert_int_equal(policy_permit_refusal(permit, 0), POLICY_PARTY_WITHDRAWN);
}

static void open_where_one_source_is(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = list(fixture, "nobody gamma");
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_refusal(permit, 0), POLICY_NOT_A_PARTY);
    assert_int_equal(policy_permit_refusal(permit, 1), POLICY_REASON_NONE);
    assert_true(policy_permit_is_open(permit));
}

/* Fields times sources times agreements have a ceiling of their own. */
static struct lg_err decide_apart(const struct policy_force *forces, size_t count,
                                  const struct policy_request *request) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct permit *permit = NULL;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    return policy_decide(forces, count, request, arena, &permit);
}

static void more_answers_than_one_question_may_have(void **state) {
    enum { SOURCES = 8, FIELDS = LIMIT_POLICY_TERMS / SOURCES };
    static struct span names[FIELDS];
    static char texts[FIELDS][8];
    struct fixture *fixture = *state;
    const struct policy_force forces[] = {{.policy = fixture->policy},
                                          {.policy = fixture->floored}};
    struct policy_request request = good(fixture);
    for (size_t i = 0; i < FIELDS; i++) {
        snprintf(texts[i], sizeof texts[i], "f%zu", i);
        names[i] = span_text(texts[i]);
    }
    request.fields = (struct span_list){.items = names, .count = FIELDS};
    request.sources = (struct span_list){.items = names, .count = SOURCES};
    assert_false(lg_failed(decide_apart(forces, 1, &request)));
    struct lg_err err = decide_apart(forces, 2, &request);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    assert_int_equal(lg_err_code(err), POLICY_TOO_LARGE);
    request.sources.count = SOURCES + 1;
    err = decide_apart(forces, 1, &request);
    assert_int_equal(lg_err_code(err), POLICY_TOO_LARGE);
}

/* Everything that several agreements govern: a field that only one of them knows is decided under
 * that one, in whatever order they are; the others do not know it. */
static void everything_of_agreements_with_other_fields(void **state) {
    struct fixture *fixture = *state;
    char *text = vector("whole.isa");
    text = edited_more(text, "agreement whole", "agreement other");
    text = edited_more(text, "fields: name, born, number", "fields: name, born, number, shoe");
    text = edited_more(text, "  pass: person.name\n", "  pass: person.name, person.shoe\n");
    struct policy *other = compile(text, NULL);
    const struct policy_force forces[] = {
        {.policy = fixture->policy}, {.policy = other}, {.policy = fixture->policy}};
    struct policy_request request = good(fixture);
    request.fields = (struct span_list){0};
    request.sources = list(fixture, "beta");
    request.purpose = span_text("care");
    request.basis = span_text("asked");
    for (size_t i = 0; i < 2; i++) {
        const struct permit *permit = NULL;
        const struct policy_facts facts = {0};
        struct policy_outcome outcome;
        size_t found = 0;
        assert_false(lg_failed(policy_decide(&forces[i], 2, &request, fixture->arena, &permit)));
        assert_int_equal(policy_permit_term_count(permit, 0), 4);
        assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
        for (size_t field = 0; field < 4; field++) {
            const struct policy_term *term = policy_permit_term(permit, 0, field);
            bool is_shoe = span_equal_text(term->field, "person.shoe");
            found += is_shoe;
            assert_int_equal(term->refusal, POLICY_REASON_NONE);
            assert_true(!is_shoe || span_equal_text(term->agreement, "other"));
            assert_true(!is_shoe || outcome.rulings[field].term == term);
        }
        assert_int_equal(found, 1);
    }
    policy_free(&other);
    free(text);
}

/* An agreement of so many parties and fields, all of which the role p0/r may ask about. */
static struct policy *large(unsigned parties, unsigned fields) {
    enum { SIZE = 1 << 18 };
    char *text = calloc(1, SIZE);
    assert_non_null(text);
    size_t len = (size_t)snprintf(
        text, SIZE,
        "isa 1\nagreement a\n  title: T\n  version: 1\n  in force: 2026-04-01 to 2027-03-31\n"
        "  review due: 2027-01-31\n  review grace: 1 day\n  time zone: UTC\n  lead: p0\n"
        "  signatures needed: all parties\n  assessment: D\n  contact: C\nrole p0/r\n"
        "purpose u\n  title: U\nbasis b\n  title: B\n  kind: statutory\n  article 6: e\n"
        "  covers: u\nclause 1 share\n  from: any\n  to: any\n  purpose: u\n  basis: b\n"
        "  consent: not needed\n  pass: c.*\n");
    for (unsigned i = 0; i < parties; i++) {
        len += (size_t)snprintf(text + len, SIZE - len,
                                "party p%u\n  name: P\n  legal entity: P\n  public authority: no\n"
                                "  competent authority: no\n  signs as: P\n",
                                i);
    }
    len +=
        (size_t)snprintf(text + len, SIZE - len,
                         "category c\n  title: C\n  class: ordinary\n  held by: any\n  fields: f");
    for (unsigned i = 1; i < fields; i++) {
        len += (size_t)snprintf(text + len, SIZE - len, ",\n    f%u", i);
    }
    assert_true(len + 1 < SIZE);
    text[len] = '\n';
    struct policy *policy = compile(text, NULL);
    free(text);
    return policy;
}

/* Where the question names no sources or no fields, there may be more than one question may have.
 */
static void more_than_one_question_may_ask(void **state) {
    static const struct {
        unsigned parties; /* the recipient is one */
        unsigned fields;
        bool fits;
    } cases[] = {
        {LIMIT_POLICY_SOURCES + 1, 1, true},
        {LIMIT_POLICY_SOURCES + 2, 1, false},
        {2, LIMIT_POLICY_ASKED, true},
        {2, LIMIT_POLICY_ASKED + 1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy *policy = large(cases[i].parties, cases[i].fields);
        const struct policy_force force = {.policy = policy};
        const struct policy_request request = {.at_s = at("2026-06-10", 11),
                                               .recipient = span_text("p0"),
                                               .role = span_text("r"),
                                               .purpose = span_text("u"),
                                               .basis = span_text("b")};
        struct lg_err err = decide_apart(&force, 1, &request);
        assert_int_equal(lg_failed(err), !cases[i].fits);
        assert_true(cases[i].fits || lg_err_code(err) == POLICY_TOO_LARGE);
        policy_free(&policy);
    }
}

/* A review that moved the day counts, not the text. */
static void review_that_moved_the_day(void **state) {
    struct fixture *fixture = *state;
    struct policy_force force = {.policy = fixture->policy, .has_review_day = true};
    struct policy_request request = good(fixture);
    int32_t today = policy_local_day(fixture->policy, request.at_s);
    force.review_day = today;
    assert_false(term_of(fixture, &force, &request)->review_due);
    force.review_day = today - 1;
    const struct policy_term *term = term_of(fixture, &force, &request);
    assert_true(term->review_due);
    assert_int_equal(term->refusal, POLICY_REASON_NONE);
    force.review_day = today - 1000;
    term = term_of(fixture, &force, &request);
    assert_int_equal(term->refusal, POLICY_AGREEMENT_REVIEW_OVERDUE);
}

/* A count that nobody passed in is taken for one that is reached. */
static void counts_that_are_missing(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    const struct policy_request request = good(fixture);
    const struct permit *permit = decide(fixture, &force, &request);
    const struct policy_counts counts = {0};
    const struct policy_facts facts[] = {{.counts = &counts, .count_count = 1},
                                         {.counts = &counts, .count_count = 0},
                                         {.counts = NULL, .count_count = 1}};
    assert_int_equal(policy_permit_limit_count(permit), 1);
    for (size_t i = 0; i < 3; i++) {
        struct policy_outcome outcome;
        assert_false(lg_failed(policy_settle(permit, 0, &facts[i], fixture->arena, &outcome)));
        assert_int_equal(outcome.rulings[0].refusal,
                         i == 0 ? POLICY_REASON_NONE : POLICY_RATE_LIMIT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_to_ask, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(everything_of_a_source_under_no_agreement, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(everything_where_all_agreements_refuse, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(open_where_one_source_is, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(more_answers_than_one_question_may_have, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(counts_that_are_missing, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(everything_of_agreements_with_other_fields, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(more_than_one_question_may_ask, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(review_that_moved_the_day, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
