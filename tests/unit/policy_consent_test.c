/* SPDX-License-Identifier: Apache-2.0 */
/* The truth table of consent (design, agreements, section 13), every cell of it, and the rules
 * behind it: scope, newest, dates, who recorded it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum state {
    GIVEN_EXPLICIT = 1,
    GIVEN_PLAIN = 2,
    NONE = 4,
    EXPIRED = 8,
    OUT_OF_SCOPE = 16,
    REFUSED = 32,
    WITHDRAWN = 64,
    GIVEN = GIVEN_EXPLICIT | GIVEN_PLAIN,
    LACKING = NONE | EXPIRED | OUT_OF_SCOPE,
    AGAINST = REFUSED | WITHDRAWN,
};

enum { ORDINARY = 1, SPECIAL = 2, CRIMINAL = 4, ALL = 7 };
enum { REASON_GIVEN = 1, REASON_NOT_GIVEN = 2, REASON_EITHER = 3 };

/* One line of the table. Columns: no emergency, valid, valid and senior, invalid.
 *   P permit   Po objection noted   E by emergency   Eo both   - the state's own code
 *   R NO_CONSENT_REASON_MISSING   X EMERGENCY_CANNOT_SET_ASIDE_REFUSAL
 *   I the emergency's fault   O EMERGENCY_ONLY */
struct line {
    const char *field;
    const char *basis;
    unsigned classes;
    unsigned reason;
    unsigned states;
    const char *columns[4];
};

static const struct line table[] = {
    {"not-needed", "duty", ORDINARY, REASON_EITHER, GIVEN | LACKING, {"P", "P", "P", "P"}},
    {"not-needed", "duty", ORDINARY, REASON_EITHER, AGAINST, {"Po", "Po", "Po", "Po"}},
    {"not-needed", "duty", SPECIAL | CRIMINAL, REASON_GIVEN, GIVEN | LACKING, {"P", "P", "P", "P"}},
    {"not-needed", "duty", SPECIAL | CRIMINAL, REASON_GIVEN, AGAINST, {"Po", "Po", "Po", "Po"}},
    {"not-needed", "duty", SPECIAL | CRIMINAL, REASON_NOT_GIVEN, GIVEN, {"P", "P", "P", "P"}},
    {"not-needed", "duty", SPECIAL | CRIMINAL, REASON_NOT_GIVEN, LACKING, {"R", "E", "E", "R"}},
    {"not-needed", "duty", SPECIAL | CRIMINAL, REASON_NOT_GIVEN, AGAINST, {"R", "Eo", "Eo", "R"}},
    {"required", "duty", ALL, REASON_EITHER, GIVEN, {"P", "P", "P", "P"}},
    {"required", "duty", ALL, REASON_EITHER, LACKING | AGAINST, {"-", "-", "-", "-"}},
    {"asked", "asked", ORDINARY | CRIMINAL, REASON_EITHER, GIVEN, {"P", "P", "P", "P"}},
    {"asked", "asked", ORDINARY | CRIMINAL, REASON_EITHER, LACKING | AGAINST, {"-", "-", "-", "-"}},
    {"asked", "asked", SPECIAL, REASON_EITHER, GIVEN_EXPLICIT, {"P", "P", "P", "P"}},
    {"asked",
     "asked",
     SPECIAL,
     REASON_EITHER,
     GIVEN_PLAIN | LACKING | AGAINST,
     {"-", "-", "-", "-"}},
    {"unless", "duty", ALL, REASON_EITHER, GIVEN, {"P", "P", "P", "P"}},
    {"unless", "duty", ALL, REASON_EITHER, LACKING, {"-", "E", "E", "I"}},
    {"unless", "duty", ALL, REASON_EITHER, AGAINST, {"-", "X", "E", "I"}},
    {"only", "life", ALL, REASON_EITHER, GIVEN, {"O", "E", "E", "I"}},
    {"only", "life", ALL, REASON_EITHER, LACKING, {"O", "E", "E", "I"}},
    {"only", "life", ALL, REASON_EITHER, AGAINST, {"O", "X", "E", "I"}},
};

static const char *const class_names[] = {"ordinary", "special", "criminal"};

static struct policy *load(void) {
    size_t len;
    char *text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "consent.isa", &len);
    struct diag diag = {0};
    struct policy *policy = NULL;
    assert_non_null(text);
    if (lg_failed(policy_compile(span_of(text, len), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    free(text);
    return policy;
}

static int set_up(void **state) {
    *state = load();
    return 0;
}

static int tear_down(void **state) {
    struct policy *policy = *state;
    policy_free(&policy);
    return 0;
}

static int64_t at_noon(const char *day) {
    int32_t days = 0;
    assert_true(policy_day_parse(span_text(day), &days));
    return (int64_t)days * 86400 + 43200;
}

static struct policy_request request_for(const char *basis) {
    return (struct policy_request){
        .at_s = at_noon("2026-06-10"),
        .recipient = span_text("asker"),
        .role = span_text("clerk"),
        .purpose = span_text("narrow"),
        .basis = span_text(basis),
        .age_class = AGE_ADULT,
    };
}

/* The ruling on one field under one agreement; spans of the ruling are copied into `basis`. */
static struct policy_outcome ask(const struct policy *policy, struct policy_request request,
                                 const char *field, const struct policy_facts *facts,
                                 struct arena *arena) {
    const struct policy_force force = {.policy = policy};
    const struct permit *permit;
    struct policy_outcome outcome;
    struct span *names = arena_array(arena, 2, sizeof *names);
    names[0] = span_text("source");
    names[1] = arena_copy(arena, span_text(field));
    request.sources = (struct span_list){.items = &names[0], .count = 1};
    request.fields = (struct span_list){.items = &names[1], .count = 1};
    assert_false(lg_failed(policy_decide(&force, 1, &request, arena, &permit)));
    assert_false(lg_failed(policy_settle(permit, 0, facts, arena, &outcome)));
    assert_int_equal(outcome.ruling_count, 1);
    return outcome;
}

static size_t consent_of(enum state state, struct consent *out) {
    static const struct span other = {(const uint8_t *)"other", 5};
    *out = (struct consent){.state = CONSENT_GIVEN, .explicit_consent = true, .log_index = 7};
    switch (state) {
    case GIVEN_PLAIN:
        out->explicit_consent = false;
        break;
    case NONE:
        return 0;
    case EXPIRED:
        out->until = span_text("2026-06-09");
        break;
    case OUT_OF_SCOPE:
        out->purposes = (struct span_list){.items = &other, .count = 1};
        break;
    case REFUSED:
        out->state = CONSENT_REFUSED;
        break;
    case WITHDRAWN:
        out->state = CONSENT_WITHDRAWN;
        break;
    default:
        break;
    }
    return 1;
}

static enum policy_reason code_of(enum state state) {
    switch (state) {
    case NONE:
        return POLICY_CONSENT_MISSING;
    case EXPIRED:
        return POLICY_CONSENT_EXPIRED;
    case OUT_OF_SCOPE:
        return POLICY_CONSENT_OUT_OF_SCOPE;
    case REFUSED:
        return POLICY_CONSENT_REFUSED;
    case WITHDRAWN:
        return POLICY_CONSENT_WITHDRAWN;
    case GIVEN_PLAIN:
        return POLICY_CONSENT_NOT_EXPLICIT;
    default:
        return POLICY_REASON_NONE;
    }
}

static struct policy_emergency good_emergency(void) {
    return (struct policy_emergency){
        .is_declared = true,
        .reason = span_text("life"),
        .rationale_chars = 10,
        .has_age = true,
        .age_min = 59,
        .count = 1,
    };
}

/* Column 3 of the table in each of its faults; gives the fault's code, NONE past the last. */
static enum policy_reason bad_emergency(unsigned fault, struct policy_request *request) {
    struct policy_emergency *emergency = &request->emergency;
    *emergency = good_emergency();
    request->role = span_text("senior");
    switch (fault) {
    case 0:
        request->role = span_text("clerk");
        return POLICY_EMERGENCY_ROLE;
    case 1:
        emergency->reason = span_text("hurry");
        return POLICY_EMERGENCY_REASON;
    case 2:
        emergency->rationale_chars = 9;
        return POLICY_EMERGENCY_RATIONALE;
    case 3:
        emergency->age_min = 60;
        return POLICY_EMERGENCY_LAPSED;
    case 4:
        emergency->has_age = false;
        return POLICY_EMERGENCY_LAPSED;
    case 5:
        emergency->count = 2;
        return POLICY_EMERGENCY_LIMIT;
    case 6:
        emergency->id = span_text("unheard-of");
        return POLICY_EMERGENCY_NOT_PROVIDED;
    default:
        return POLICY_REASON_NONE;
    }
}

static enum policy_reason expected_refusal(const char *letter, enum state state,
                                           enum policy_reason fault) {
    switch (letter[0]) {
    case '-':
        return code_of(state);
    case 'R':
        return POLICY_NO_CONSENT_REASON_MISSING;
    case 'X':
        return POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL;
    case 'I':
        return fault;
    case 'O':
        return POLICY_EMERGENCY_ONLY;
    default:
        return POLICY_REASON_NONE;
    }
}

/* One cell of the table under one request. */
static void check(const struct policy *policy, const struct policy_request *request,
                  const char *field, enum state state, const char *letter,
                  enum policy_reason fault) {
    struct arena *arena = NULL;
    struct consent consent;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    struct policy_facts facts = {.consents = &consent,
                                 .consent_count = consent_of(state, &consent)};
    struct policy_outcome outcome = ask(policy, *request, field, &facts, arena);
    const struct policy_ruling *ruling = &outcome.rulings[0];
    enum policy_reason wanted = expected_refusal(letter, state, fault);
    bool by_emergency = letter[0] == 'E';
    bool objection = letter[0] != 0 && letter[1] == 'o';
    if (ruling->refusal != wanted || ruling->by_emergency != by_emergency ||
        ruling->objection_noted != objection) {
        print_error("%s state %d: wanted %s, got %s%s%s\n", field, (int)state, letter,
                    policy_reason_name(ruling->refusal), ruling->by_emergency ? " E" : "",
                    ruling->objection_noted ? " o" : "");
        fail();
    }
    assert_int_equal(ruling->treatment,
                     wanted == POLICY_REASON_NONE ? TREATMENT_PASS : TREATMENT_NONE);
    /* Under override the recorded basis is that of the emergency. */
    const char *basis =
        (state & AGAINST) != 0 && strstr(field, "not-needed") == NULL ? "best-interests" : "life";
    assert_true(span_equal(ruling->basis, by_emergency ? span_text(basis) : request->basis));
    assert_int_equal(outcome.reason, by_emergency                   ? POLICY_PERMIT_EMERGENCY
                                     : wanted == POLICY_REASON_NONE ? POLICY_PERMIT_CLAUSE
                                                                    : wanted);
    arena_free(&arena);
}

static unsigned check_columns(const struct policy *policy, const struct line *line,
                              struct policy_request request, const char *field, enum state state) {
    check(policy, &request, field, state, line->columns[0], POLICY_REASON_NONE);
    request.emergency = good_emergency();
    request.role = span_text("junior");
    check(policy, &request, field, state, line->columns[1], POLICY_REASON_NONE);
    request.role = span_text("senior");
    check(policy, &request, field, state, line->columns[2], POLICY_REASON_NONE);
    unsigned checks = 3;
    for (unsigned fault = 0;; fault++) {
        enum policy_reason code = bad_emergency(fault, &request);
        if (code == POLICY_REASON_NONE) {
            return checks;
        }
        check(policy, &request, field, state, line->columns[3], code);
        checks++;
    }
}

static void whole_table(void **state) {
    const struct policy *policy = *state;
    unsigned checks = 0;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (unsigned bits = 0; bits < 3 * 2 * 7; bits++) {
            unsigned data_class = bits % 3;
            unsigned reason = bits / 3 % 2;
            enum state consent = (enum state)(1U << bits / 6);
            char field[40];
            if ((table[i].classes >> data_class & 1U) == 0 ||
                (table[i].reason >> reason & 1U) == 0 || (table[i].states & consent) == 0) {
                continue;
            }
            struct policy_request request = request_for(table[i].basis);
            request.no_consent_reason = reason == 0 ? span_text("cannot-give") : span_of(NULL, 0);
            snprintf(field, sizeof field, "%s.%s", class_names[data_class], table[i].field);
            checks += check_columns(policy, &table[i], request, field, consent);
        }
    }
    /* 5 rules x 3 classes x 2 reasons x 7 states x 10 emergencies: nothing was left out. */
    assert_int_equal(checks, 5 * 3 * 2 * 7 * 10);
}

/* A word that is not on the closed list is no reason. */
static void reasons_are_a_closed_list(void **state) {
    static const struct {
        const char *word;
        bool counts;
    } words[] = {{"cannot-give", true},     {"cannot-reasonably-obtain", true},
                 {"would-prejudice", true}, {"too-busy", false},
                 {"cannot-give ", false},   {"", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct arena *arena = NULL;
        struct policy_request request = request_for("duty");
        struct policy_facts facts = {0};
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        request.no_consent_reason = span_text(words[i].word);
        struct policy_outcome outcome = ask(*state, request, "special.not-needed", &facts, arena);
        assert_int_equal(outcome.reason,
                         words[i].counts ? POLICY_PERMIT_CLAUSE : POLICY_NO_CONSENT_REASON_MISSING);
        arena_free(&arena);
    }
}

/* Outcome for `ordinary.required` with these consents. */
static enum policy_reason required(const struct policy *policy, const struct consent *consents,
                                   size_t count) {
    struct arena *arena = NULL;
    struct policy_facts facts = {.consents = consents, .consent_count = count};
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    struct policy_outcome outcome =
        ask(policy, request_for("duty"), "ordinary.required", &facts, arena);
    enum policy_reason reason = outcome.rulings[0].refusal;
    arena_free(&arena);
    return reason;
}

static struct span_list one(const struct span *name) {
    return (struct span_list){.items = name, .count = 1};
}

static void scope(void **state) {
    const struct span narrow = span_text("narrow");
    const struct span wide = span_text("wide");
    const struct span other = span_text("other");
    const struct span unheard = span_text("unheard-of");
    const struct span ordinary = span_text("ordinary");
    const struct span special = span_text("special");
    const struct span asker = span_text("asker");
    const struct span third = span_text("third");
    const struct span two[] = {other, wide};
    const struct {
        struct consent consent;
        enum policy_reason reason;
    } cases[] = {
        {{.purposes = one(&narrow)}, POLICY_REASON_NONE},
        {{.purposes = one(&wide)}, POLICY_REASON_NONE}, /* a wider purpose covers the narrower */
        {{.purposes = one(&other)}, POLICY_CONSENT_OUT_OF_SCOPE},
        {{.purposes = one(&unheard)}, POLICY_CONSENT_OUT_OF_SCOPE},
        {{.purposes = {.items = two, .count = 2}}, POLICY_REASON_NONE},
        {{.categories = one(&ordinary)}, POLICY_REASON_NONE},
        {{.categories = one(&special)}, POLICY_CONSENT_OUT_OF_SCOPE},
        {{.recipients = one(&asker)}, POLICY_REASON_NONE},
        {{.recipients = one(&third)}, POLICY_CONSENT_OUT_OF_SCOPE},
        {{.from = span_text("2026-06-10")}, POLICY_REASON_NONE},
        {{.from = span_text("2026-06-11")}, POLICY_CONSENT_OUT_OF_SCOPE},
        {{.until = span_text("2026-06-10")}, POLICY_REASON_NONE}, /* last day included */
        {{.until = span_text("2026-06-09")}, POLICY_CONSENT_EXPIRED},
        {{.until = span_text("10 June")}, POLICY_CONSENT_EXPIRED},
        {{.from = span_text("2026-02-30")}, POLICY_CONSENT_OUT_OF_SCOPE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct consent consent = cases[i].consent;
        consent.state = CONSENT_GIVEN;
        assert_int_equal(required(*state, &consent, 1), cases[i].reason);
    }
    /* The narrower does not cover the wider. */
    struct arena *arena = NULL;
    struct consent consent = {.state = CONSENT_GIVEN, .purposes = one(&narrow)};
    struct policy_facts facts = {.consents = &consent, .consent_count = 1};
    struct policy_request request = request_for("duty");
    request.purpose = wide;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    struct policy_outcome outcome = ask(*state, request, "ordinary.required", &facts, arena);
    assert_int_equal(outcome.reason, POLICY_CONSENT_OUT_OF_SCOPE);
    arena_free(&arena);
}

/* A refusal for one purpose is not a refusal for another: it is as if nobody had been asked. */
static void refusal_elsewhere(void **state) {
    const struct span other = span_text("other");
    const struct span special = span_text("special");
    struct consent consent = {.state = CONSENT_REFUSED, .purposes = one(&other)};
    assert_int_equal(required(*state, &consent, 1), POLICY_CONSENT_MISSING);
    consent = (struct consent){.state = CONSENT_WITHDRAWN, .categories = one(&special)};
    assert_int_equal(required(*state, &consent, 1), POLICY_CONSENT_MISSING);
    /* A state that is none of the three stops like a refusal. */
    consent = (struct consent){.state = (enum consent_state)9};
    assert_int_equal(required(*state, &consent, 1), POLICY_CONSENT_REFUSED);
}

static void newest_wins(void **state) {
    const struct span narrow = span_text("narrow");
    const struct consent given = {.state = CONSENT_GIVEN, .log_index = 5};
    const struct consent refused = {.state = CONSENT_REFUSED, .log_index = 6};
    const struct consent later = {.state = CONSENT_GIVEN, .log_index = 7};
    const struct consent withdrawn = {
        .state = CONSENT_WITHDRAWN, .log_index = 8, .purposes = one(&narrow)};
    const struct consent orders[][4] = {
        {given, refused, later, withdrawn},
        {withdrawn, later, refused, given},
        {later, withdrawn, given, refused},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(required(*state, orders[i], 4), POLICY_CONSENT_WITHDRAWN);
    }
    const struct consent without[] = {refused, later, given};
    assert_int_equal(required(*state, without, 3), POLICY_REASON_NONE);
    const struct consent older[] = {refused, given};
    assert_int_equal(required(*state, older, 2), POLICY_CONSENT_REFUSED);
    /* The same entry of the log: the clock decides, then the stricter state. */
    struct consent pair[] = {{.state = CONSENT_GIVEN, .recorded_ms = 2},
                             {.state = CONSENT_REFUSED, .recorded_ms = 1}};
    assert_int_equal(required(*state, pair, 2), POLICY_REASON_NONE);
    pair[0].recorded_ms = 1;
    assert_int_equal(required(*state, pair, 2), POLICY_CONSENT_REFUSED);
    /* The newest has run out: an older one does not step in. */
    struct consent expired[] = {
        {.state = CONSENT_GIVEN, .log_index = 9, .until = span_text("2026-06-01")},
        {.state = CONSENT_GIVEN, .log_index = 1}};
    assert_int_equal(required(*state, expired, 2), POLICY_CONSENT_EXPIRED);
}

static void who_recorded_it(void **state) {
    static const struct {
        const char *field;
        const char *recorder;
        bool counts;
    } cases[] = {
        {"recorded.anybody", "", true},         {"recorded.anybody", "asker", true},
        {"recorded.anybody", "third", true},    {"recorded.by-source", "source", true},
        {"recorded.by-source", "asker", false}, {"recorded.by-source", "", false},
        {"recorded.by-either", "source", true}, {"recorded.by-either", "asker", true},
        {"recorded.by-either", "third", false}, {"recorded.not-asker", "asker", false},
        {"recorded.not-asker", "", false},      {"recorded.not-asker", "third", true},
        {"recorded.not-asker", "source", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = NULL;
        struct consent consent = {.state = CONSENT_GIVEN,
                                  .recorded_by = span_text(cases[i].recorder)};
        struct policy_facts facts = {.consents = &consent, .consent_count = 1};
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        struct policy_outcome outcome =
            ask(*state, request_for("duty"), cases[i].field, &facts, arena);
        assert_int_equal(outcome.reason,
                         cases[i].counts ? POLICY_PERMIT_CLAUSE : POLICY_CONSENT_OUT_OF_SCOPE);
        arena_free(&arena);
    }
    /* Whoever records a refusal, it counts. */
    struct arena *arena = NULL;
    struct consent consent = {.state = CONSENT_REFUSED, .recorded_by = span_text("asker")};
    struct policy_facts facts = {.consents = &consent, .consent_count = 1};
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    struct policy_outcome outcome =
        ask(*state, request_for("duty"), "recorded.by-source", &facts, arena);
    assert_int_equal(outcome.reason, POLICY_CONSENT_REFUSED);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_table), cmocka_unit_test(reasons_are_a_closed_list),
        cmocka_unit_test(scope),       cmocka_unit_test(refusal_elsewhere),
        cmocka_unit_test(newest_wins), cmocka_unit_test(who_recorded_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
