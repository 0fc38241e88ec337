/* SPDX-License-Identifier: Apache-2.0 */
/* Checks with what was found, hints where the clock on the wall jumps, the nearest clauses,
 * verdicts and remedies. */
#include "tests/unit/policy_told_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* ---- other checks ---- */

static void at_the_limit(struct fixture *fixture, struct situation *question) {
    question->request.sources = list(fixture, "gamma");
    question->count = 3;
}

static void of_gamma(struct fixture *fixture, struct situation *question) {
    question->request.sources = list(fixture, "gamma");
}

static void of_gamma_refused(struct fixture *fixture, struct situation *question) {
    of_gamma(fixture, question);
    refused(fixture, question);
}

static void of_gamma_withdrawn(struct fixture *fixture, struct situation *question) {
    of_gamma(fixture, question);
    withdrawn(fixture, question);
}

static void of_what_it_does_not_hold(struct fixture *fixture, struct situation *question) {
    question->request.fields = list(fixture, "record.count");
}

static void under_a_soft_prohibition(struct fixture *fixture, struct situation *question) {
    question->request.recipient = span_text("gamma");
    question->request.role = span_text("helper");
    question->request.fields = list(fixture, "health.diagnosis");
    question->request.emergency = declared("break-glass", "life");
}

/* Gamma's helper may have the diagnosis, but for the prohibition n.2, which gives way. */
static const struct edit soft[3] = {
    {"clause n.1 never\n",
     "clause 9 share\n  from: delta\n  to: gamma/helper\n  purpose: care\n  basis: duty\n"
     "  consent: not needed\n  pass: health.diagnosis\nclause n.1 never\n"},
    {"declared by: alpha/*, beta/officer, delta/nurse",
     "declared by: alpha/*, beta/officer, delta/nurse, gamma/helper"},
    {"promise P1 never\n  who: gamma/*\n  sees: health.*, record.*\n", ""}};

static void checks_say_what_was_found(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        struct edit edits[3];
        spoil_fn spoil;
        enum policy_check check;
        const char *asked;
        const char *found;
    } rows[] = {
        {{{0}}, given, POLICY_CHECK_CONSENT, "required unless emergency", "given"},
        {{{0}},
         given_explicitly,
         POLICY_CHECK_CONSENT,
         "required unless emergency",
         "given, explicitly"},
        {{{0}}, of_gamma_refused, POLICY_CHECK_CONSENT, "not needed", "refused"},
        {{{0}}, of_gamma_withdrawn, POLICY_CHECK_CONSENT, "not needed", "withdrawn"},
        {{{0}}, of_gamma, POLICY_CHECK_CONSENT, "not needed", "none is recorded"},
        {{{0}},
         of_gamma,
         POLICY_CHECK_LIMIT,
         "3 per person in 30 minutes, 10 per agency in 1440 minutes, 2 per person asked about in "
         "10080 minutes",
         "not reached"},
        {{{0}},
         at_the_limit,
         POLICY_CHECK_LIMIT,
         "3 per person in 30 minutes, 10 per agency in 1440 minutes, 2 per person asked about in "
         "10080 minutes",
         "reached"},
        {{{"  per agency: 10 in 1 day\n", ""}},
         of_gamma,
         POLICY_CHECK_LIMIT,
         "3 per person in 30 minutes, 2 per person asked about in 10080 minutes",
         "not reached"},
        {{{0}},
         of_what_it_does_not_hold,
         POLICY_CHECK_HOLDS,
         "that the source holds record",
         "it does not"},
        {{{0}}, of_gamma, POLICY_CHECK_HOLDS, "that the source holds health", "it does"},
        {{{0}}, of_gamma, POLICY_CHECK_NEVER, "no prohibition of the agreement", "none"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(policy_free) struct policy *policy = with(rows[i].edits, 3);
        struct situation question = of_delta(fixture);
        rows[i].spoil(fixture, &question);
        struct policy_explanation it = explain(fixture, policy, &question, AUDITOR);
        const struct policy_explained_check *check = check_of(&it, rows[i].check);
        if (check == NULL) {
            fail_msg("row %zu: %s was not made", i, policy_check_name(rows[i].check));
            return;
        }
        must_say(i, check->asked, rows[i].asked);
        must_say(i, check->found, rows[i].found);
    }
}

static void a_prohibition_gives_way(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free) struct policy *policy = with(soft, 3);
    struct situation question = of_delta(fixture);
    under_a_soft_prohibition(fixture, &question);
    struct policy_explanation it = explain(fixture, policy, &question, AUDITOR);
    const struct policy_explained_check *check = check_of(&it, POLICY_CHECK_NEVER);
    assert_non_null(check);
    assert_int_equal(check->mark, POLICY_SET_ASIDE);
    must_say(0, check->found, "one that gives way to an emergency");
    question.request.emergency.is_declared = false;
    it = explain(fixture, policy, &question, AUDITOR);
    check = check_of(&it, POLICY_CHECK_NEVER);
    assert_non_null(check);
    must_say(1, check->found, "clause n.2");
}

/* Of the floor: its clause, without a title of the agreement's own. */
static void the_floor_is_named(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free) struct policy *policy = NULL;
    char *text = edited_more(vector("whole.isa"),
                             "promise P3 always\n  who: alpha/worker\n  from: gamma\n"
                             "  sees: health.status\n  for: child-care\n",
                             "");
    policy = compile(text, "isa 1\nclause f.1 never\n  to: any\n  data: health.status\n");
    struct situation question = of_delta(fixture);
    struct policy_explanation it = explain(fixture, policy, &question, AUDITOR);
    assert_int_equal(it.reason, POLICY_FLOOR_PROHIBITED);
    assert_true(it.is_floor);
    assert_int_equal(it.clause_title.len, 0);
    assert_non_null(strstr((const char *)arena_text(fixture->arena, it.sentence),
                           "Refused under the floor's clause f.1 (line 2). "));
    free(text);
}

/* ---- hints ---- */

static struct policy_hints hints_of(struct fixture *fixture, const struct policy *policy,
                                    const struct situation *question) {
    return explain(fixture, policy, question, AUDITOR).hints;
}

/* The kinds of a set, in order, as one text. */
static const char *kinds_of(struct fixture *fixture, const struct policy_hints *hints, size_t set) {
    struct span text = span_text("");
    for (size_t i = 0; set < hints->count && i < hints->sets[set].count; i++) {
        text = arena_format(fixture->arena, "%.*s%s%s", (int)text.len,
                            text.len == 0 ? "" : (const char *)text.ptr, i == 0 ? "" : " ",
                            policy_hint_name(hints->sets[set].hints[i].kind));
    }
    return text.len == 0 ? "" : (const char *)text.ptr;
}

static void closed_on_the_night_before_summer(struct fixture *fixture, struct situation *question) {
    of_gamma(fixture, question);
    question->request.at_s = at("2026-03-28", 12);
}

/* Hours that open in the hour which summer time leaves out open a week later: so says the hint. */
static void hints_wait_over_the_jump_of_the_clock(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[3] = {
        {"  in force: 2026-04-01", "  in force: 2026-03-01"},
        {"  open: 08:00 to 18:00 on weekdays and 10:00 to 12:30 on saturday\n",
         "  open: 01:00 to 02:00 on sunday\n"},
        {"  review due: 2027-01-31\n", "  review due: 2027-01-31\n"}};
    OWN(policy_free) struct policy *policy = with(edits, 3);
    struct situation question = of_delta(fixture);
    closed_on_the_night_before_summer(fixture, &question);
    const struct policy_hints hints = hints_of(fixture, policy, &question);
    assert_string_equal(kinds_of(fixture, &hints, 0), "ASK_AT");
    must_say(0, hints.sets[0].hints[0].value, "01:00 on 2026-04-05");
    question.request.at_s = hints.sets[0].hints[0].at_s;
    assert_int_equal(explain(fixture, policy, &question, AUDITOR).reason, POLICY_REASON_NONE);
}

static void by_nobody_known(struct fixture *fixture, struct situation *question) {
    of_gamma(fixture, question);
    question->request.role = span_text("boss");
}

static void for_no_known_purpose(struct fixture *fixture, struct situation *question) {
    of_gamma(fixture, question);
    question->request.purpose = span_text("gossip");
}

static void at_nobody_known(struct fixture *fixture, struct situation *question) {
    question->request.sources = list(fixture, "omega");
}

static void long_overdue(struct fixture *fixture, struct situation *question) {
    of_gamma(fixture, question);
    question->request.at_s = at("2027-03-01", 12);
}

static void with_other_training(struct fixture *fixture, struct situation *question) {
    given(fixture, question);
    question->request.role = span_text("manager");
    question->request.trainings = list(fixture, "first-aid");
}

static void closed_and_without_a_case(struct fixture *fixture, struct situation *question) {
    none(fixture, question);
    question->request.at_s = at("2026-06-13", 20);
    question->request.has_case_reference = false;
}

/* A declaration that lacks its second person. */
static void declared_alone(struct fixture *fixture, struct situation *question) {
    none(fixture, question);
    question->request.emergency = declared("break-glass", "life");
    question->request.has_second_person = false;
}

static void hints_are_what_would_help(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        struct edit edits[2];
        spoil_fn spoil;
        const char *first;
        const char *second;
    } rows[] = {
        {{{0}}, by_nobody_known, "", ""},
        {{{0}}, for_no_known_purpose, "", ""},
        {{{0}}, at_nobody_known, "", ""},
        {{{0}}, long_overdue, "ASK_LEAD", "EMERGENCY"},
        {{{0}}, with_other_training, "TRAINING", ""},
        {{{0}},
         closed_and_without_a_case,
         "CASE_REFERENCE ASK_AT ASK_PERSON",
         "EMERGENCY CASE_REFERENCE"},
        /* No hours within three weeks. */
        {{{"  open: 08:00 to 18:00 on weekdays and 10:00 to 12:30 on saturday\n"
           "  closed on: 2026-12-24, bank holidays\n",
           "  open: 09:00 to 10:00 on sunday\n"
           "  closed on: 2026-06-14, 2026-06-21, 2026-06-28, 2026-07-05\n"}},
         of_gamma,
         "EMERGENCY",
         ""},
        {{{"  lasts: 2 hours\n", "  lasts: 2 hours\n  requires: second person\n"},
          {"  requires: case reference, second person\n", "  requires: case reference\n"}},
         declared_alone,
         "ASK_PERSON",
         "SECOND_PERSON"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OWN(policy_free) struct policy *policy = with(rows[i].edits, 2);
        struct situation question = of_delta(fixture);
        rows[i].spoil(fixture, &question);
        const struct policy_hints hints = hints_of(fixture, policy, &question);
        const char *first = kinds_of(fixture, &hints, 0);
        const char *second = kinds_of(fixture, &hints, 1);
        if (strcmp(first, rows[i].first) != 0 || strcmp(second, rows[i].second) != 0) {
            fail_msg("row %zu: `%s` and `%s`", i, first, second);
        }
    }
}

/* What cannot be changed stays: a hint to somebody else changes nothing of the question. */
static void hints_change_what_they_say(void **state) {
    struct fixture *fixture = *state;
    struct situation question = of_delta(fixture);
    struct policy_attempt attempt = {.request = question.request};
    const struct policy_hint lead = {.kind = POLICY_HINT_ASK_LEAD};
    const struct policy_hint declare = {.kind = POLICY_HINT_EMERGENCY};
    assert_false(lg_failed(policy_hint_apply(&lead, fixture->arena, &attempt)));
    assert_memory_equal(&attempt.request, &question.request, sizeof attempt.request);
    static const struct {
        enum capacity before;
        enum age_class age;
        enum capacity after;
    } rows[] = {
        {CAPACITY_UNSTATED, AGE_CHILD, CAPACITY_UNSTATED},
        {CAPACITY_UNSTATED, AGE_ADULT, CAPACITY_NOT_KNOWN},
        {CAPACITY_UNSTATED, AGE_UNKNOWN, CAPACITY_NOT_KNOWN},
        {CAPACITY_NOT_KNOWN, AGE_CHILD, CAPACITY_NOT_KNOWN},
        {CAPACITY_CANNOT, AGE_ADULT, CAPACITY_CANNOT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        attempt.request.age_class = rows[i].age;
        attempt.request.emergency = (struct policy_emergency){.capacity = rows[i].before};
        assert_false(lg_failed(policy_hint_apply(&declare, fixture->arena, &attempt)));
        assert_int_equal(attempt.request.emergency.capacity, rows[i].after);
        assert_true(attempt.request.emergency.is_declared);
    }
}

/* Every kind has its sentence, but none has none; what both ways need is said with the first. */
static void hints_in_words(void **state) {
    struct fixture *fixture = *state;
    struct policy_hint sets[2][3] = {{{.kind = POLICY_HINT_CITE_BASIS, .value = span_text("duty")},
                                      {.kind = POLICY_HINT_CASE_REFERENCE}},
                                     {{.kind = POLICY_HINT_CITE_BASIS, .value = span_text("life")},
                                      {.kind = POLICY_HINT_CASE_REFERENCE},
                                      {.kind = POLICY_HINT_EMERGENCY}}};
    const struct policy_hints hints = {.sets = {{sets[0], 2, true}, {sets[1], 3, true}},
                                       .count = 2};
    must_say(0, policy_hints_sentence(&hints, fixture->arena),
             "Cite duty, if it applies. Give the case reference. Cite life, if it applies. If a "
             "life is in danger, your role may declare an emergency.");
    for (int kind = POLICY_HINT_NONE; kind <= POLICY_HINT_ASK_LEAD; kind++) {
        const struct policy_hint hint = {
            .kind = (enum policy_hint_kind)kind, .value = span_text("v"), .reason = span_text("r")};
        bool is_known = kind > POLICY_HINT_NONE;
        assert_int_equal(policy_hint_sentence(&hint, fixture->arena).len > 0, is_known);
    }
}

/* No more clauses are named than three, the nearest first. */
static void the_nearest_clauses(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[1] = {
        {"clause n.1 never\n",
         "clause 8.1 share\n  from: beta\n  to: delta/nurse\n  purpose: counting\n  basis: duty\n"
         "  consent: not needed\n  pass: record.*\n"
         "clause 8.2 share\n  from: beta\n  to: alpha/worker\n  purpose: counting\n  basis: duty\n"
         "  consent: not needed\n  pass: record.summary\n"
         "clause 8.3 share\n  from: beta\n  to: delta/nurse\n  purpose: counting\n  basis: duty\n"
         "  consent: not needed\n  pass: record.summary\n"
         "clause 8.4 share\n  from: beta\n  to: alpha/manager\n  purpose: counting\n"
         "  basis: duty\n  consent: not needed\n  pass: record.summary\nclause n.1 never\n"}};
    OWN(policy_free) struct policy *policy = with(edits, 1);
    struct situation question = of_delta(fixture);
    question.request.sources = list(fixture, "beta");
    question.request.fields = list(fixture, "record.summary");
    struct policy_explanation it = explain(fixture, policy, &question, AUDITOR);
    assert_int_equal(it.reason, POLICY_NO_CLAUSE);
    assert_int_equal(it.nearest_count, 3);
    must_say(0, it.nearest[0].clause, "8.2");
}

/* ---- the whole question ---- */

/* Nothing but what is left out: a refusal without a field that refuses. */
static void all_that_is_asked_for_is_left_out(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct situation question = of_delta(fixture);
    struct verdict verdict;
    question.request.fields = list(fixture, "health.notes");
    assert_false(lg_failed(policy_permit_verdict(decide(fixture, &force, &question.request),
                                                 fixture->arena, &verdict)));
    must_say(0, verdict.code, "REDACTED");
    must_say(0, verdict.agreement, "whole");
    /* The first that is shared, of several sources and fields. */
    question.request.sources = list(fixture, "beta gamma");
    question.request.fields = list(fixture, "record.count health.status");
    assert_false(lg_failed(policy_permit_verdict(decide(fixture, &force, &question.request),
                                                 fixture->arena, &verdict)));
    must_say(1, verdict.code, "PARTIAL");
}

/* The step beside a refusal: of a clause without a limit, and of one whose limit is reached. */
static void remedies_of_a_ruling(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[2] = {
        {"  limit: small\n  keep: 8 weeks\n", "  keep: 8 weeks\n"}};
    OWN(policy_free) struct policy *policy = with(edits, 2);
    const struct policy_force force = {.policy = policy};
    const struct policy_force limited = {.policy = fixture->policy};
    struct situation question = of_delta(fixture);
    const struct permit *permit = decide(fixture, &force, &question.request);
    struct policy_outcome outcome = settle(fixture, permit, NULL, (struct policy_counts){0});
    assert_int_equal(outcome.rulings[0].refusal, POLICY_CONSENT_MISSING);
    must_say(0, policy_remedy(permit, 0, &outcome.rulings[0], fixture->arena),
             "Ask the person. If a life is in danger, your role may declare an emergency.");
    question.request.sources = list(fixture, "gamma");
    permit = decide(fixture, &limited, &question.request);
    outcome = settle(fixture, permit, NULL, (struct policy_counts){.person = 3});
    assert_int_equal(outcome.rulings[0].refusal, POLICY_RATE_LIMIT);
    must_say(1, policy_remedy(permit, 0, &outcome.rulings[0], fixture->arena),
             "Wait; limit small counts earlier questions. If a life is in danger, your role may "
             "declare an emergency.");
}

/* An agreement without an emergency section has nobody to tell of one. */
static void without_an_emergency(void **state) {
    struct fixture *fixture = *state;
    static const char text[] =
        "isa 1\nagreement calm\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
        "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: a\n"
        "  signatures needed: all parties\n  assessment: A\n  contact: c\n"
        "party a\n  name: N\n  legal entity: L\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\n"
        "party b\n  name: N\n  legal entity: M\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\nrole a/w\n"
        "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
        "  covers: p\ncategory c\n  title: C\n  class: ordinary\n  held by: b\n  fields: f\n"
        "clause 1 share\n  from: b\n  to: a/w\n  purpose: p\n  basis: d\n"
        "  consent: not needed\n  pass: c.f\n";
    OWN(policy_free) struct policy *policy = compile(text, NULL);
    struct policy_explained_agreement it;
    assert_false(lg_failed(policy_explain_agreement(policy, fixture->arena, &it)));
    assert_int_equal(it.emergency_tell.len, 0);
    assert_false(lg_failed(policy_explain_agreement(fixture->policy, fixture->arena, &it)));
    must_say(0, it.emergency_tell, "lead within 30 minutes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checks_say_what_was_found, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(a_prohibition_gives_way, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_floor_is_named, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(hints_wait_over_the_jump_of_the_clock, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(hints_are_what_would_help, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(hints_change_what_they_say, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(hints_in_words, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_nearest_clauses, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(all_that_is_asked_for_is_left_out, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(remedies_of_a_ruling, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(without_an_emergency, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
