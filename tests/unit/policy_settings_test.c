/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that govern the question itself: each test compares the agreement with the same text
 * without the setting (or with another value), and fails where the setting is passed over. */
#include "policy/policy_int.h"
#include "policy/signing.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* whole.isa with the first `from` behind `after` replaced. Freed by the caller. */
static struct policy *changed(const char *after, const char *from, const char *to) {
    char *text = vector("whole.isa");
    char *at = strstr(text, after);
    assert_non_null(at);
    at = strstr(at, from);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(to) + 1;
    char *copy = calloc(1, size);
    assert_non_null(copy);
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    struct policy *policy = compile(copy, NULL);
    free(copy);
    free(text);
    return policy;
}

/* Clause 3: delta's health record to alpha for care. */
static struct policy_request care(struct fixture *fixture) {
    struct policy_request request = good(fixture);
    request.sources = list(fixture, "delta");
    request.purpose = span_text("care");
    return request;
}

/* The term of a request under this policy. */
static struct policy_term term_under(struct fixture *fixture, const struct policy *policy,
                                     const struct policy_request *request) {
    const struct policy_force force = {.policy = policy};
    return *term_of(fixture, &force, request);
}

static struct policy_ruling ruling_under(struct fixture *fixture, const struct policy *policy,
                                         const struct policy_request *request,
                                         const struct consent *consent) {
    const struct policy_force force = {.policy = policy};
    struct policy_outcome outcome =
        settle(fixture, decide(fixture, &force, request), consent, (struct policy_counts){0});
    assert_int_equal(outcome.ruling_count, 1);
    return outcome.rulings[0];
}

static void enrol(void **state) {
    struct fixture *fixture = *state;
    struct policy *none = changed("clause e.1", "from: alpha", "from: delta");
    const struct policy_force with = {.policy = fixture->policy};
    const struct policy_force without = {.policy = none};
    int64_t now = at("2026-06-10", 11);
    struct policy_enrolment yes =
        policy_enrol_find(&with, 1, span_text("alpha"), span_text(""), now);
    struct policy_enrolment no =
        policy_enrol_find(&without, 1, span_text("alpha"), span_text(""), now);
    assert_int_equal(yes.refusal, POLICY_REASON_NONE);
    assert_int_equal(yes.keep_days, 364);
    assert_false(yes.return_on_leaving);
    assert_int_equal(no.refusal, POLICY_NO_CLAUSE);
    struct policy_enrolment some =
        policy_enrol_find(&with, 1, span_text("beta"), span_text("sale"), now);
    assert_true(some.return_on_leaving);
    assert_int_equal(some.classes, 1U << TOKEN_N);
    policy_free(&none);
}

static void existence(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct policy *silent = changed("clause 4", "  existence: open\n", "");
    assert_false(term_under(fixture, fixture->policy, &request).is_hidden);
    assert_true(term_under(fixture, silent, &request).is_hidden);
    policy_free(&silent);
}

static void tells_source(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct policy *silent = changed("clause 4", "  tells source: agency and purpose\n", "");
    assert_int_equal(term_under(fixture, fixture->policy, &request).tells, POLICY_TELLS_PURPOSE);
    assert_int_equal(term_under(fixture, silent, &request).tells, POLICY_TELLS_PERMIT);
    policy_free(&silent);
    request = care(fixture);
    assert_int_equal(term_under(fixture, fixture->policy, &request).tells, POLICY_TELLS_PERSON);
}

static void look_up(void **state) {
    struct fixture *fixture = *state;
    struct policy *blind = changed("party gamma", "  look-up: plain\n", "");
    struct policy_party party;
    assert_true(policy_party_find(fixture->policy, span_text("gamma"), &party));
    assert_true(party.lookup_is_plain);
    assert_true(policy_party_find(blind, span_text("gamma"), &party));
    assert_false(party.lookup_is_plain);
    policy_free(&blind);
}

static void recorded_by(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = care(fixture);
    struct policy *anybody =
        changed("clause 3", "  consent recorded by: not the asker alone\n", "");
    struct policy *source = changed("clause 3", "not the asker alone", "source");
    const struct consent asker = {.state = CONSENT_GIVEN, .recorded_by = span_text("alpha")};
    const struct consent other = {.state = CONSENT_GIVEN, .recorded_by = span_text("beta")};
    const struct consent holder = {.state = CONSENT_GIVEN, .recorded_by = span_text("delta")};
    const struct {
        const struct policy *policy;
        const struct consent *consent;
        bool counts;
    } all[] = {
        {fixture->policy, &asker, false}, {fixture->policy, &other, true}, {anybody, &asker, true},
        {source, &asker, false},          {source, &other, false},         {source, &holder, true},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct policy_ruling ruling =
            ruling_under(fixture, all[i].policy, &request, all[i].consent);
        enum policy_reason wanted =
            all[i].counts ? POLICY_REASON_NONE : POLICY_CONSENT_OUT_OF_SCOPE;
        if (ruling.refusal != wanted) {
            fail_msg("%zu: %s", i, policy_reason_name(ruling.refusal));
        }
    }
    policy_free(&anybody);
    policy_free(&source);
}

static void consent_shown(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct policy *silent = changed("clause 4", "  consent shown: yes\n", "");
    assert_true(term_under(fixture, fixture->policy, &request).consent_shown);
    assert_false(term_under(fixture, silent, &request).consent_shown);
    policy_free(&silent);
}

static void basis_for_refusal(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = care(fixture);
    struct policy *silent = changed("emergency break-glass", "  basis for refusal: duty\n", "");
    const struct consent refused = {.state = CONSENT_REFUSED, .recorded_by = span_text("delta")};
    request.role = span_text("manager");
    request.trainings = list(fixture, "safeguarding-2");
    request.emergency = declared("break-glass", "life");
    struct policy_ruling with = ruling_under(fixture, fixture->policy, &request, &refused);
    struct policy_ruling without = ruling_under(fixture, silent, &request, &refused);
    assert_true(with.by_emergency && without.by_emergency);
    assert_true(span_equal_text(with.basis, "duty"));
    assert_true(span_equal_text(without.basis, "life"));
    policy_free(&silent);
}

static void receives_under(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct policy *silent = changed("clause 1", "  receives under: plain-duty\n", "");
    request.fields = list(fixture, "person.name");
    request.purpose = span_text("care");
    assert_true(span_equal_text(term_under(fixture, fixture->policy, &request).receives_under,
                                "plain-duty"));
    assert_int_equal(term_under(fixture, silent, &request).receives_under.len, 0);
    policy_free(&silent);
}

static void data_from(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct policy *silent = changed("clause 4", "  data from: 2020-01-01\n", "");
    int32_t day;
    assert_true(policy_day_parse(span_text("2020-01-01"), &day));
    assert_int_equal(term_under(fixture, fixture->policy, &request).data_from_day, day);
    assert_int_equal(term_under(fixture, silent, &request).data_from_day, INT32_MIN);
    policy_free(&silent);
    request = care(fixture);
    assert_true(policy_day_parse(span_text("2026-06-10"), &day));
    assert_int_equal(term_under(fixture, fixture->policy, &request).data_from_day, day - 364);
}

static void smallest_group(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct policy *smaller = changed("clause 6", "smallest group: 10", "smallest group: 7");
    request.role = span_text("manager");
    request.trainings = list(fixture, "safeguarding-2");
    request.sources = list(fixture, "beta");
    request.fields = list(fixture, "record.count");
    request.purpose = span_text("counting");
    assert_int_equal(term_under(fixture, fixture->policy, &request).group_min, 10);
    assert_int_equal(term_under(fixture, smaller, &request).group_min, 7);
    policy_free(&smaller);
}

/* Christmas Eve is named, Christmas Day is a bank holiday, the day before is neither. */
static void closed_on(void **state) {
    struct fixture *fixture = *state;
    struct policy *open = changed("hours office", "  closed on: 2026-12-24, bank holidays\n", "");
    static const struct {
        const char *day;
        bool is_closed;
    } days[] = {{"2026-12-23", false}, {"2026-12-24", true}, {"2026-12-25", true}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct policy_request request = good(fixture);
        request.at_s = at(days[i].day, 12);
        assert_int_equal(term_under(fixture, fixture->policy, &request).refusal,
                         days[i].is_closed ? POLICY_OUT_OF_HOURS : POLICY_REASON_NONE);
        assert_int_equal(term_under(fixture, open, &request).refusal, POLICY_REASON_NONE);
    }
    policy_free(&open);
}

/* Where several clauses let a party in, under whatever agreement: all their classes, the shortest
 * time, and the first of them is named. */
static void enrolled_under_several(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *keep; /* of the second clause */
        uint32_t days;
    } cases[] = {{"30 days", 30}, {"52 weeks", 364}, {"53 weeks", 364}};
    int64_t now = at("2026-06-10", 11);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char setting[128];
        snprintf(setting, sizeof setting,
                 "from: alpha\n  people: all\n  classes: N\n  basis: duty\n"
                 "  keep: %s\n",
                 cases[i].keep);
        struct policy *both = changed("clause e.2",
                                      "from: beta, gamma\n  people: stretford, sale\n"
                                      "  classes: N\n  basis: duty\n  keep: 30 days\n",
                                      setting);
        const struct policy_force forces[] = {{.policy = both}, {.policy = fixture->policy}};
        for (size_t count = 1; count <= 2; count++) {
            struct policy_enrolment found =
                policy_enrol_find(forces, count, span_text("alpha"), span_text(""), now);
            assert_int_equal(found.refusal, POLICY_REASON_NONE);
            assert_int_equal(found.keep_days, cases[i].days);
            assert_true(span_equal_text(found.clause, "e.1"));
            assert_false(found.return_on_leaving);
            assert_int_equal(found.classes, 1U << TOKEN_N | 1U << TOKEN_A | 1U << TOKEN_C |
                                                1U << TOKEN_D | 1U << TOKEN_E);
        }
        policy_free(&both);
    }
}

/* Names that an agreement has and does not have. */
static void names_of_an_agreement(void **state) {
    struct fixture *fixture = *state;
    const struct policy *policy = fixture->policy;
    struct policy_field field;
    struct policy_clause clause;
    struct policy_party party;
    assert_true(span_equal_text(policy_purpose_title(policy, span_text("crime")), "Prevent crime"));
    assert_int_equal(policy_purpose_title(policy, span_text("crimes")).len, 0);
    assert_true(span_equal_text(policy_category_title(policy, span_text("health")), "Health"));
    assert_int_equal(policy_category_title(policy, span_text("wealth")).len, 0);
    assert_true(policy_party_find(policy, span_text("beta"), &party));
    assert_false(policy_party_find(policy, span_text("omega"), &party));
    assert_true(policy_field_find(policy, span_text("health.notes"), &field));
    assert_int_equal(field.data_class, POLICY_SPECIAL);
    assert_false(policy_field_find(policy, span_text("health.note"), &field));
    assert_true(policy_clause_find(policy, span_text("n.1"), &clause));
    assert_true(clause.is_never);
    assert_false(policy_clause_find(policy, span_text("n.9"), &clause));
    static const struct {
        const char *wider;
        const char *purpose;
        bool covers;
    } purposes[] = {{"care", "care", true},
                    {"care", "urgent-child-care", true},
                    {"urgent-child-care", "care", false},
                    {"care", "crime", false},
                    {"cares", "care", false},
                    {"care", "cares", false}};
    for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++) {
        assert_int_equal(policy_purpose_covers(policy, span_text(purposes[i].wider),
                                               span_text(purposes[i].purpose)),
                         purposes[i].covers);
    }
    static const struct {
        const char *party;
        const char *field;
        bool holds;
    } fields[] = {{"delta", "health.notes", true},
                  {"alpha", "health.notes", false},
                  {"omega", "health.notes", false},
                  {"delta", "health.note", false}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        assert_int_equal(
            policy_source_holds(policy, span_text(fields[i].party), span_text(fields[i].field)),
            fields[i].holds);
    }
}

/* Several dates, each of them; the holidays need not be named. */
static void closed_on_several_days(void **state) {
    struct fixture *fixture = *state;
    struct policy *other =
        changed("hours office", "2026-12-24, bank holidays", "2026-12-24, 2026-12-23, 2026-12-22");
    static const struct {
        const char *day;
        bool is_closed;
    } days[] = {{"2026-12-21", false},
                {"2026-12-22", true},
                {"2026-12-23", true},
                {"2026-12-24", true},
                {"2026-12-25", false}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct policy_request request = good(fixture);
        request.at_s = at(days[i].day, 12);
        assert_int_equal(term_under(fixture, other, &request).refusal,
                         days[i].is_closed ? POLICY_OUT_OF_HOURS : POLICY_REASON_NONE);
    }
    policy_free(&other);
}

/* 13 June 2026 is a Saturday. */
static void open_at_weekends(void **state) {
    struct fixture *fixture = *state;
    struct policy *other = changed("hours office", "12:30 on saturday", "12:30 on weekends");
    static const struct {
        const char *day;
        bool on_saturday;
        bool on_weekends;
    } days[] = {{"2026-06-13", true, true}, {"2026-06-14", false, true}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct policy_request request = good(fixture);
        request.at_s = at(days[i].day, 10);
        assert_int_equal(term_under(fixture, fixture->policy, &request).refusal,
                         days[i].on_saturday ? POLICY_REASON_NONE : POLICY_OUT_OF_HOURS);
        assert_int_equal(term_under(fixture, other, &request).refusal,
                         days[i].on_weekends ? POLICY_REASON_NONE : POLICY_OUT_OF_HOURS);
    }
    policy_free(&other);
}

static void holders_at_most(void **state) {
    struct fixture *fixture = *state;
    struct policy *silent = changed("role alpha/manager", "  holders at most: 5\n", "");
    struct policy_role role;
    assert_true(policy_role_find(fixture->policy, span_text("alpha"), span_text("manager"), &role));
    assert_int_equal(role.holders_max, 5);
    assert_true(policy_role_find(silent, span_text("alpha"), span_text("manager"), &role));
    assert_int_equal(role.holders_max, 0);
    policy_free(&silent);
}

static void end(void **state) {
    struct fixture *fixture = *state;
    struct policy *other =
        changed("\nend\n", "  on leaving: return\n  on expiry: delete\n", "  on expiry: return\n");
    assert_true(fixture->policy->return_on_leaving);
    assert_false(fixture->policy->return_on_expiry);
    assert_false(other->return_on_leaving);
    assert_true(other->return_on_expiry);
    policy_free(&other);
}

/* What becomes of what a party enrolled: the agreement's end says it for all, else the party's own
 * enrol clauses. */
static void returned_on_leaving(void **state) {
    static const struct {
        const char *end;
        const char *leaving; /* of clause e.2, from beta and gamma */
        bool alpha;
        bool beta;
        bool nobody;
        bool on_expiry;
    } cases[] = {
        {"  on leaving: return\n  on expiry: delete\n", "delete", true, true, true, false},
        {"  on leaving: delete\n  on expiry: return\n", "return", false, true, false, true},
        {"  on leaving: delete\n  on expiry: delete\n", "delete", false, false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = vector("whole.isa");
        text = edited_more(text, "  on leaving: return\n  on expiry: delete\n", cases[i].end);
        text = edited_more(text, "on leaving: return\n\nemergency", "on leaving: X\n\nemergency");
        text =
            edited_more(text, "on leaving: X",
                        cases[i].leaving[0] == 'r' ? "on leaving: return" : "on leaving: delete");
        struct policy *policy = compile(text, NULL);
        assert_int_equal(policy_returns_on_leaving(policy, span_text("alpha")), cases[i].alpha);
        assert_int_equal(policy_returns_on_leaving(policy, span_text("beta")), cases[i].beta);
        assert_int_equal(policy_returns_on_leaving(policy, span_text("omega")), cases[i].nobody);
        assert_int_equal(policy_returns_on_expiry(policy), cases[i].on_expiry);
        policy_free(&policy);
        free(text);
    }
}

/* The first second of a local day, by summer time and by winter time. */
static void a_day_begins(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *day;
        int ahead_h;
    } cases[] = {{"2026-01-15", 0}, {"2026-03-29", 0}, {"2026-03-30", 1},
                 {"2026-07-01", 1}, {"2026-10-25", 1}, {"2026-10-26", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t day;
        assert_true(policy_day_parse(span_text(cases[i].day), &day));
        int64_t begins = policy_day_begins(fixture->policy, day);
        assert_int_equal(begins, (int64_t)day * 86400 - cases[i].ahead_h * 3600);
        assert_int_equal(policy_local_day(fixture->policy, begins), day);
        assert_int_equal(policy_local_day(fixture->policy, begins - 1), day - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(enrol, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(enrolled_under_several, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(names_of_an_agreement, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(existence, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(tells_source, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(look_up, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(recorded_by, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(consent_shown, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(basis_for_refusal, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(receives_under, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(data_from, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(smallest_group, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(closed_on, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(closed_on_several_days, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(open_at_weekends, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(holders_at_most, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(end, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(returned_on_leaving, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(a_day_begins, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
