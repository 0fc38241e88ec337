/* SPDX-License-Identifier: Apache-2.0 */
/* What would make it lawful where an axis fails, over random questions under a statute register:
 * every set that changes the question turns the refusal into a permit, and no part of it will do;
 * any other names one person to ask. */
#include "policy/explain/explain.h"
#include "tests/unit/policy_law_chance.h"

enum { ASKED = 6000 };

struct tallies {
    unsigned refused;
    unsigned offered;
    unsigned kinds[POLICY_HINT_END];
};

/* The question with all hints of a set but one; `without` SIZE_MAX: with all. */
static bool is_shared_after(const struct law *law, const struct policy_hint_set *set,
                            size_t without) {
    struct policy_attempt attempt = {.request = law->request, .facts = law->facts};
    const struct permit *permit;
    struct policy_outcome outcome;
    for (size_t i = 0; i < set->count; i++) {
        if (i != without) {
            assert_false(lg_failed(policy_hint_apply(&set->hints[i], law->arena, &attempt)));
        }
    }
    assert_true(span_equal(attempt.request.purpose, law->request.purpose));
    assert_false(lg_failed(policy_decide(&law->force, 1, &attempt.request, law->arena, &permit)));
    assert_false(lg_failed(policy_settle(permit, 0, &attempt.facts, law->arena, &outcome)));
    return outcome.rulings[0].refusal == POLICY_REASON_NONE;
}

static void check_set(const struct law *law, const struct policy_hint_set *set,
                      struct tallies *tallies) {
    assert_true(set->count > 0);
    for (size_t i = 0; i < set->count; i++) {
        tallies->kinds[set->hints[i].kind]++;
        assert_true(policy_hint_sentence(&set->hints[i], law->arena).len > 0);
    }
    if (!set->changes_request) {
        assert_int_equal(set->count, 1);
        assert_true(set->hints[0].kind == POLICY_HINT_ASK_LEAD ||
                    set->hints[0].kind == POLICY_HINT_ASK_OFFICER);
        assert_true(set->hints[0].value.len > 0);
        return;
    }
    assert_true(is_shared_after(law, set, SIZE_MAX));
    for (size_t i = 0; i < set->count; i++) {
        if (is_shared_after(law, set, i)) {
            fail_msg("%s was not needed, %zu hints", policy_hint_name(set->hints[i].kind),
                     set->count);
        }
    }
}

static void ask_once(struct law *law, struct law_chance *chance, struct tallies *tallies) {
    struct policy_hints hints;
    law_chance_request(law, chance);
    law_chance_facts(law, chance);
    const struct policy_ruling *ruling = law_ask(law, law_chance_question(chance));
    assert_false(lg_failed(policy_hints_find(ruling, &law->facts, law->arena, &hints)));
    if (ruling->refusal == POLICY_REASON_NONE) {
        assert_int_equal(hints.count, 0);
        return;
    }
    tallies->refused++;
    tallies->offered += hints.count > 0;
    for (size_t i = 0; i < hints.count; i++) {
        check_set(law, &hints.sets[i], tallies);
    }
    /* What is not known of the person breaks nothing. */
    assert_false(lg_failed(policy_hints_find(ruling, NULL, law->arena, &hints)));
    for (size_t i = 0; i < hints.count; i++) {
        assert_true(hints.sets[i].count > 0);
    }
}

static void hints_make_refusals_lawful(void **state) {
    static const enum policy_hint_kind wanted[] = {
        POLICY_HINT_CITE_BASIS,   POLICY_HINT_CASE_REFERENCE, POLICY_HINT_NO_CONSENT_REASON,
        POLICY_HINT_FIVE_REASONS, POLICY_HINT_STATEMENT,      POLICY_HINT_ASK_PERMISSION,
        POLICY_HINT_ASK_OFFICER,  POLICY_HINT_EMERGENCY,      POLICY_HINT_RATIONALE,
    };
    struct law *law = *state;
    struct law_chance chance = {.state = 37};
    struct tallies tallies = {0};
    for (int i = 0; i < ASKED; i++) {
        assert_int_equal(law_begin(state), 0);
        ask_once(law, &chance, &tallies);
        law_end(state);
    }
    print_message("%u refusals, %u with a way out\n", tallies.refused, tallies.offered);
    assert_true(tallies.offered > tallies.refused / 2);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (tallies.kinds[wanted[i]] < 20) {
            fail_msg("%s: %u", policy_hint_name(wanted[i]), tallies.kinds[wanted[i]]);
        }
    }
}

/* ---- one by one ---- */

static void only_hint_is(struct law *law, struct law_question question, enum policy_hint_kind kind,
                         const char *sentence) {
    struct policy_hints hints;
    const struct policy_ruling *ruling = law_ask(law, question);
    assert_int_not_equal(ruling->refusal, POLICY_REASON_NONE);
    assert_false(lg_failed(policy_hints_find(ruling, &law->facts, law->arena, &hints)));
    assert_true(hints.count > 0);
    assert_int_equal(hints.sets[0].count, 1);
    assert_int_equal(hints.sets[0].hints[0].kind, kind);
    struct span said = policy_hint_sentence(&hints.sets[0].hints[0], law->arena);
    if (!span_equal_text(said, sentence)) {
        fail_msg("%.*s", (int)said.len, (const char *)said.ptr);
    }
}

static void each_axis_has_its_hint(void **state) {
    struct law *law = *state;
    only_hint_is(law,
                 (struct law_question){"police/officer", "council-safety", "crime-prevention",
                                       "crime-disorder", "incidents.summary"},
                 POLICY_HINT_FIVE_REASONS,
                 "Record all five reasons: proportionate, lawful, accountable, necessary and least "
                 "intrusive.");
    only_hint_is(law,
                 (struct law_question){"council-adults/officer", "charity", "adult-safeguarding",
                                       "charity-interest", "support.contact-dates"},
                 POLICY_HINT_STATEMENT,
                 "State that you need it for your own task under Article 6(1)(e), and why.");
    only_hint_is(law,
                 (struct law_question){"housing-association/officer", "gp", "tenancy-support",
                                       "practice-task", "practice.diagnosis"},
                 POLICY_HINT_ASK_PERMISSION, "Ask the person for explicit permission.");
    only_hint_is(law,
                 (struct law_question){"council-adults/social-worker", "gp", "tenancy-support",
                                       "practice-task", "practice.medication"},
                 POLICY_HINT_ASK_OFFICER,
                 "Refer it to the Practice Caldicott lead of Example practice, who decides and "
                 "records it.");
    law_said(law, CONSENT_KIND_OBJECTION, CONSENT_REFUSED);
    only_hint_is(law,
                 (struct law_question){"council-adults/officer", "council-housing", "early-help",
                                       "council-powers", "tenancy.status"},
                 POLICY_HINT_ASK_OFFICER,
                 "Refer it to the Head of Housing of Housing and homelessness (example council), "
                 "who decides and records it.");
}

/* Nobody is told to cite another basis for what a statute leaves out, and none would do: the
 * purpose serves the function that it leaves the data out for. */
static void carve_out_is_for_the_officer(void **state) {
    struct law *law = *state;
    struct law_question detail = {"council-safety/officer", "police", "crime-prevention",
                                  "crime-sets", "incidents.summary"};
    static const char function[] = "  function: crime-and-disorder\n";
    static const char both[] = "  function: crime-and-disorder, crime-strategy\n";
    const char *at = strstr(law->text, function);
    assert_non_null(at);
    size_t size = strlen(law->text) + sizeof both;
    struct law wide = *law;
    wide.text = calloc(1, size);
    assert_non_null(wide.text);
    snprintf(wide.text, size, "%.*s%s%s", (int)(at - law->text), law->text, both,
             at + strlen(function));
    OWN(policy_free)
    struct policy *two =
        law_spoil(&wide, "  basis: crime-sets\n  consent: not needed\n  pass: incidents.summary\n",
                  "  basis: crime-sets, crime-disorder\n  consent: not needed\n"
                  "  pass: incidents.summary\n");
    free(wide.text);
    assert_non_null(two);
    law_refused(law_ask(&wide, detail), POLICY_POWER_CARVED_OUT);
    only_hint_is(&wide, detail, POLICY_HINT_ASK_OFFICER,
                 "Refer it to the Information Asset Owner of Example Police, who decides and "
                 "records it.");
    detail.basis = "crime-disorder";
    law_refused(law_ask(&wide, detail), POLICY_POWER_MISSING);
}

static void find_with_each_failure(void **state) {
    struct law *law = *state;
    const struct law_question landlord = {"housing-association/officer", "gp", "tenancy-support",
                                          "practice-task", "practice.diagnosis"};
    const struct policy_ruling *ruling = law_ask(law, landlord);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct policy_hints hints;
        assert_false(lg_failed(arena_new(LAW_ARENA, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = policy_hints_find(ruling, &law->facts, arena, &hints);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_true(n < 1000);
    }
    bool worked = false;
    for (size_t size = 0; !worked; size += 61) {
        struct arena *arena = NULL;
        struct policy_hints hints;
        assert_false(lg_failed(arena_new(size, &arena)));
        struct lg_err err = policy_hints_find(ruling, &law->facts, arena, &hints);
        worked = !lg_failed(err);
        assert_true(worked || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(size < LAW_ARENA);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hints_make_refusals_lawful),
        cmocka_unit_test_setup_teardown(carve_out_is_for_the_officer, law_begin, law_end),
        cmocka_unit_test_setup_teardown(each_axis_has_its_hint, law_begin, law_end),
        cmocka_unit_test_setup_teardown(find_with_each_failure, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
