/* SPDX-License-Identifier: Apache-2.0 */
/* Printed forms: nothing of the agreement is left out, nothing turns into a formula or breaks out
 * of a string. */
#include "policy/print/print.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

typedef struct lg_err (*print_fn)(const struct policy *policy, struct arena *arena,
                                  struct span *out_text);

static struct span printed(struct fixture *fixture, const struct policy *policy, print_fn print) {
    struct span text;
    assert_false(lg_failed(print(policy, fixture->arena, &text)));
    assert_true(text.len > 0 && text.ptr[text.len - 1] == '\n');
    assert_true(span_is_text(text));
    return text;
}

static bool holds(struct span text, const char *part) {
    size_t len = strlen(part);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_holds(struct span text, const char *part) {
    if (!holds(text, part)) {
        fprintf(stderr, "%.*s", (int)text.len, (const char *)text.ptr);
        fail_msg("missing: %s", part);
    }
}

/* Every word of every value of the agreement is on the paper. */
static void whole_text_is_printed(void **state) {
    struct fixture *fixture = *state;
    struct span text = printed(fixture, fixture->policy, policy_print_agreement);
    struct span rest = policy_text(fixture->policy);
    struct span line;
    while (span_split(&rest, '\n', &line)) {
        struct span words = span_trim(line);
        struct span word;
        if (words.len == 0 || words.ptr[0] == '#' || span_equal_text(words, "isa 1")) {
            continue;
        }
        while (span_split(&words, ' ', &word)) {
            char copy[200];
            snprintf(copy, sizeof copy, "%.*s", (int)word.len, (const char *)word.ptr);
            assert_holds(text, copy);
        }
    }
}

static void headings_in_order(void **state) {
    struct fixture *fixture = *state;
    static const char *const headings[] = {
        "INFORMATION SHARING AGREEMENT",
        "1. Purpose of the sharing",
        "2. Organisations that take part",
        "3. Joint controllers",
        "4. Data items",
        "5. Lawful basis",
        "6. Special category and criminal offence data",
        "7. Access and individual rights",
        "8. Information governance",
        "9. Further details",
        "10. Signatures",
    };
    struct span text = printed(fixture, fixture->policy, policy_print_agreement);
    const char *at = (const char *)text.ptr;
    char *copy = calloc(1, text.len + 1);
    assert_non_null(copy);
    memcpy(copy, at, text.len);
    const char *from = copy;
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        from = strstr(from, headings[i]);
        assert_non_null(from);
    }
    free(copy);
    assert_holds(text, "    joint controller with: beta\n");
    assert_holds(text, "A clause applies once the two parties it joins have signed.");
    assert_holds(text, "  Office: Guardian\n");
}

static void schedule(void **state) {
    struct fixture *fixture = *state;
    struct span text = printed(fixture, fixture->policy, policy_print_schedule);
    assert_holds(text, "\nperson.born (ordinary)\n  clause 1: generalise by band\n    from: any\n"
                       "    to: any\n    purpose: care\n    basis: duty, asked, interest\n"
                       "    consent: required\n    keep: 56 days\n");
    assert_holds(text,
                 "\nhealth.status (special category, held in confidence)\n  clause 3: pass\n");
    assert_holds(text, "  clause 4: pass\n"); /* health.* */
    assert_holds(text, "  clause n.1: never\n    from: delta, gamma\n    to: beta/*\n");
    assert_holds(text, "  clause n.2: never, unless in an emergency\n");
    assert_holds(text, "\nrecord.summary (criminal offence)\n  shared by no clause\n");
}

static void processing(void **state) {
    struct fixture *fixture = *state;
    struct span text = printed(fixture, fixture->policy, policy_print_processing);
    size_t rows = 0;
    struct span rest = text;
    struct span line;
    while (span_split(&rest, '\n', &line)) {
        rows += line.len > 0;
        assert_true(line.len == 0 || line.ptr[line.len - 1] == '\r');
    }
    assert_int_equal(rows, 8);
    assert_holds(text, "\"whole\",\"2\",\"3\",\"Health for care\",\"Delta\",\"\","
                       "\"data-protection-lead\",\"Care for a person\",\"children\","
                       "\"Health (special category)\",\"health.status (pass); health.notes "
                       "(redact)\",\"Alpha; Beta\",\"A duty\",\"e\",\"g\",\"Sch 1\","
                       "\"required unless emergency\",\"56 days\",\"no\"\r\n");
    assert_holds(text, "\"ask alpha\"\r\n");
}

/* A title that a spreadsheet would run, and one that would leave its cell or string. */
static void hostile_titles(void **state) {
    struct fixture *fixture = *state;
    static const char *const titles[][3] = {
        {"=1+cmd", "\"'=1+cmd\"", "\"title\":\"=1+cmd\""},
        {"@SUM", "\"'@SUM\"", "\"title\":\"@SUM\""},
        {"-2", "\"'-2\"", "\"title\":\"-2\""},
        {"+2", "\"'+2\"", "\"title\":\"+2\""},
        {"a \"b\", c", "\"a \"\"b\"\", c\"", "\"title\":\"a \\\"b\\\", c\""},
        {"a \\n \\", "\"a \\n \\\"", "\"title\":\"a \\\\n \\\\\""},
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        char *text = vector("whole.isa");
        char *at = strstr(text, "Health for care");
        char *changed = calloc(1, strlen(text) + 100);
        assert_non_null(at);
        assert_non_null(changed);
        snprintf(changed, strlen(text) + 100, "%.*s%s%s", (int)(at - text), text, titles[i][0],
                 at + strlen("Health for care"));
        struct policy *policy = compile(changed, NULL);
        assert_holds(printed(fixture, policy, policy_print_processing), titles[i][1]);
        assert_holds(printed(fixture, policy, policy_print_json), titles[i][2]);
        policy_free(&policy);
        free(changed);
        free(text);
    }
}

static void json(void **state) {
    struct fixture *fixture = *state;
    struct span text = printed(fixture, fixture->policy, policy_print_json);
    assert_holds(text, "{\"isa\":1,\"sections\":[\n{\"kind\":\"isa\",\"id\":\"1\",\"line\":2,"
                       "\"settings\":{}},\n");
    assert_holds(text, "{\"kind\":\"category\",\"id\":\"health\",\"line\":");
    assert_holds(text, "\"fields\":[\"status\",\"notes\",\"diagnosis\"]");
    assert_holds(text, "\"title\":\"An agreement that uses every word\"");
    assert_holds(text, "{\"kind\":\"clause\",\"id\":\"n.1 never\",");
}

/* A form about one decision names what was supplied and what was not. */
static void decision_form(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.fields = list(fixture, "health.status record.count");
    const struct permit *permit = decide(fixture, &force, &request);
    struct policy_outcome outcome = settle(fixture, permit, NULL, (struct policy_counts){0});
    const struct policy_form form = {
        .request = &request,
        .outcome = &outcome,
        .source = span_text("gamma"),
        .reference = span_text("R-17"),
        .decided_by = span_text("The gateway, by the agreement"),
    };
    struct span text;
    assert_false(lg_failed(policy_print_decision(fixture->policy, &form, fixture->arena, &text)));
    assert_holds(text, "  Organisation that received it: Gamma\n");
    assert_holds(text, "  Organisation that asked: Alpha\n");
    assert_holds(text, "  Date received: 2026-06-10\n");
    assert_holds(text, "  Reference: R-17\n");
    assert_holds(text, "  Purpose: child-care\n");
    assert_holds(text, "  health.status: (special category) pass, clause 4\n");
    assert_holds(text, "  record.count: refused, SOURCE_DOES_NOT_HOLD\n");
    assert_holds(text, "  Article 9 condition, special category data: g\n");
    assert_holds(text, "  Duty: keep=56d\n");
    assert_holds(text, "  Decision: share part of what was asked for\n");
    assert_holds(text, "  Name and position of the person who asked: ....");
}

static void blank_form(void **state) {
    struct fixture *fixture = *state;
    const struct policy_form form = {0};
    struct span text;
    assert_false(lg_failed(policy_print_decision(fixture->policy, &form, fixture->arena, &text)));
    assert_holds(text, "  Decision: ....");
    assert_holds(text, "  Data asked for: ....");
    assert_holds(text, "  Assessment (DPIA): DPIA-1\n");
    assert_false(holds(text, "Duty:"));
}

/* Each decision in its words; what an emergency opened says so; nothing asked for leaves dots. */
static void decisions_in_words(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        enum decision decision;
        const char *words;
    } rows[] = {
        {DECISION_PERMIT, "  Decision: share all that was asked for\n"},
        {DECISION_PARTIAL, "  Decision: share part of what was asked for\n"},
        {DECISION_REFUSE, "  Decision: share nothing\n"},
    };
    struct policy_outcome outcome = {0};
    const struct policy_form form = {.outcome = &outcome};
    struct span text;
    for (size_t i = 0; i < 3; i++) {
        outcome.decision = rows[i].decision;
        assert_false(
            lg_failed(policy_print_decision(fixture->policy, &form, fixture->arena, &text)));
        assert_holds(text, rows[i].words);
        assert_holds(text, "  Data asked for: ....");
    }
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.at_s = at("2026-06-13", 20);
    request.emergency = declared("", "life");
    outcome = settle(fixture, decide(fixture, &force, &request), NULL, (struct policy_counts){0});
    assert_false(lg_failed(policy_print_decision(fixture->policy, &form, fixture->arena, &text)));
    assert_holds(text, "  health.status: (special category) pass, clause 4, emergency\n");
}

/* No word of how long it is kept is said as that; a long title goes on in the next line. */
static void what_is_not_stated_and_what_is_long(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), "  keep: 8 weeks\n", "");
    text = edited_more(text, "An agreement that uses\n    every word",
                       "An agreement that uses every word, and so many of them that its title does"
                       " not fit into the width of one line of the paper");
    struct policy *policy = compile(text, NULL);
    assert_holds(printed(fixture, policy, policy_print_schedule), "    keep: not stated\n");
    assert_holds(printed(fixture, policy, policy_print_processing), "\"not stated\"");
    assert_holds(printed(fixture, policy, policy_print_agreement),
                 "\n  does not fit into the width");
    policy_free(&policy);
    free(text);
}

static void memory(void **state) {
    struct fixture *fixture = *state;
    static const print_fn prints[] = {policy_print_agreement, policy_print_schedule,
                                      policy_print_processing, policy_print_json};
    const struct policy_form form = {0};
    for (size_t budget = 500; budget < 300000; budget += 9973) {
        for (size_t i = 0; i <= sizeof prints / sizeof prints[0]; i++) {
            struct arena *arena = NULL;
            struct span text;
            assert_false(lg_failed(arena_new(budget, &arena)));
            struct lg_err err = i < sizeof prints / sizeof prints[0]
                                    ? prints[i](fixture->policy, arena, &text)
                                    : policy_print_decision(fixture->policy, &form, arena, &text);
            assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
            assert_true(lg_failed(err) == lg_failed(arena_failed(arena)));
            arena_free(&arena);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole_text_is_printed, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(headings_in_order, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(schedule, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(processing, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(hostile_titles, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(json, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(decision_form, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(blank_form, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(decisions_in_words, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(what_is_not_stated_and_what_is_long, arena_begin,
                                        arena_end),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
