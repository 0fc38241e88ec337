/* SPDX-License-Identifier: Apache-2.0 */
/* What would make it lawful, over random agreements and questions: every set of hints that is
 * offered turns the refusal into a permit when all of it is done, no part of the smallest set will
 * do, and no emergency is offered to a role that may not declare one. */
#include "policy/explain/explain.h"
#include "tests/unit/policy_model.h"

enum { AGREEMENTS = 1000, REQUESTS = 60 };

struct tallies {
    unsigned refused;
    unsigned offered;
    unsigned sets;
    unsigned hopeless;
    unsigned kinds[POLICY_HINT_END];
};

struct asking {
    char party[8];
    char role[8];
    char source_text[8];
    char purpose[8];
    char basis[8];
    char field_text[16];
    struct span source;
    struct span field;
    struct consent consent;
    struct policy_counts counts;
    struct policy_attempt attempt;
};

static void make_emergency(struct chance *chance, struct policy_emergency *emergency) {
    if (one_in(chance, 2)) {
        *emergency = (struct policy_emergency){
            .is_declared = true,
            .reason = span_text(one_in(chance, 4) ? "boredom" : "life"),
            .rationale_chars = 8 + below(chance, 4),
            .has_age = !one_in(chance, 4),
            .age_min = below(chance, 80),
            .count = below(chance, 4),
        };
    }
}

static void make_question(struct chance *chance, struct asking *q) {
    unsigned party = below(chance, PARTIES);
    snprintf(q->party, sizeof q->party, "a%u", party);
    snprintf(q->role, sizeof q->role, "r%u", below(chance, ROLES));
    snprintf(q->source_text, sizeof q->source_text, "a%u",
             (party + 1 + below(chance, PARTIES - 1)) % PARTIES);
    snprintf(q->purpose, sizeof q->purpose, "p%u", below(chance, PURPOSES));
    snprintf(q->basis, sizeof q->basis, "b%u", below(chance, BASES + 1));
    snprintf(q->field_text, sizeof q->field_text, "c%u.f%u", below(chance, CATEGORIES),
             below(chance, FIELDS));
    q->source = span_text(q->source_text);
    q->field = span_text(q->field_text);
    q->consent = (struct consent){.state = (enum consent_state)(1 + below(chance, 3)),
                                  .explicit_consent = one_in(chance, 2)};
    q->counts = (struct policy_counts){.agency = 4 + below(chance, 2)};
    q->attempt.request = (struct policy_request){
        .at_s = (INT64_C(20400) + below(chance, 420)) * 86400 + below(chance, 24) * 3600,
        .recipient = span_text(q->party),
        .role = span_text(q->role),
        .sources = {.items = &q->source, .count = 1},
        .fields = {.items = &q->field, .count = 1},
        .purpose = span_text(q->purpose),
        .basis = span_text(q->basis),
        .age_class = (enum age_class)below(chance, 3),
        .has_case_reference = one_in(chance, 2),
        .has_second_person = one_in(chance, 2),
        .no_consent_reason = span_text(one_in(chance, 2) ? "would-prejudice" : ""),
    };
    make_emergency(chance, &q->attempt.request.emergency);
    q->attempt.facts = (struct policy_facts){.consents = &q->consent,
                                             .consent_count = below(chance, 2),
                                             .counts = &q->counts,
                                             .count_count = 1};
}

static struct policy_outcome answer(const struct policy *policy,
                                    const struct policy_attempt *attempt, struct arena *arena) {
    const struct policy_force force = {.policy = policy};
    const struct permit *permit;
    struct policy_outcome outcome;
    assert_false(lg_failed(policy_decide(&force, 1, &attempt->request, arena, &permit)));
    assert_false(lg_failed(policy_settle(permit, 0, &attempt->facts, arena, &outcome)));
    return outcome;
}

/* The question with all hints of a set but one; `without` SIZE_MAX: with all. */
static bool is_shared_after(const struct policy *policy, const struct policy_attempt *start,
                            const struct policy_hint_set *set, size_t without,
                            struct arena *arena) {
    struct policy_attempt attempt = *start;
    for (size_t i = 0; i < set->count; i++) {
        if (i != without) {
            assert_false(lg_failed(policy_hint_apply(&set->hints[i], arena, &attempt)));
        }
    }
    assert_true(span_equal(attempt.request.purpose, start->request.purpose));
    return answer(policy, &attempt, arena).rulings[0].refusal == POLICY_REASON_NONE;
}

static void check_emergency(const struct model *model, const struct asking *q,
                            const struct policy_hint *hint) {
    unsigned role = (unsigned)(q->party[1] - '0') * ROLES + (unsigned)(q->role[1] - '0');
    if (hint->kind == POLICY_HINT_EMERGENCY) {
        assert_true((model->declare >> role & 1U) != 0);
        assert_false(q->attempt.request.emergency.is_declared);
    }
}

static void check_set(const struct policy *policy, const struct model *model,
                      const struct asking *q, const struct policy_hint_set *set,
                      struct tallies *tallies) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    tallies->sets++;
    for (size_t i = 0; i < set->count; i++) {
        tallies->kinds[set->hints[i].kind]++;
        check_emergency(model, q, &set->hints[i]);
        assert_non_null(policy_hint_sentence(&set->hints[i], arena).ptr);
    }
    assert_true(set->count > 0);
    if (!set->changes_request) {
        assert_int_equal(set->count, 1);
        assert_int_equal(set->hints[0].kind, POLICY_HINT_ASK_LEAD);
    } else {
        assert_true(is_shared_after(policy, &q->attempt, set, SIZE_MAX, arena));
        for (size_t i = 0; i < set->count; i++) {
            if (is_shared_after(policy, &q->attempt, set, i, arena)) {
                fail_msg("%s was not needed, %zu hints", policy_hint_name(set->hints[i].kind),
                         set->count);
            }
        }
    }
    arena_free(&arena);
}

static void check_question(const struct policy *policy, const struct model *model,
                           struct chance *chance, struct tallies *tallies) {
    struct asking q = {.source = {0}};
    struct arena *arena = NULL;
    struct policy_hints hints;
    make_question(chance, &q);
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    struct policy_outcome outcome = answer(policy, &q.attempt, arena);
    if (outcome.rulings[0].term->refusal != POLICY_REASON_NONE) {
        q.counts = (struct policy_counts){0}; /* which nobody looked at */
    }
    assert_false(
        lg_failed(policy_hints_find(&outcome.rulings[0], &q.attempt.facts, arena, &hints)));
    if (outcome.rulings[0].refusal == POLICY_REASON_NONE) {
        assert_int_equal(hints.count, 0);
    } else {
        tallies->refused++;
        tallies->offered += hints.count > 0;
        tallies->hopeless += hints.count == 0;
        for (size_t i = 0; i < hints.count; i++) {
            check_set(policy, model, &q, &hints.sets[i], tallies);
        }
    }
    arena_free(&arena);
}

static void hints_make_refusals_lawful(void **state) {
    (void)state;
    struct chance chance = {.state = UINT64_C(0x9e3779b97f4a7c15)};
    struct tallies tallies = {0};
    struct out text = {.text = calloc(1, TEXT)};
    struct out floor = {.text = calloc(1, TEXT)};
    assert_non_null(text.text);
    assert_non_null(floor.text);
    for (int i = 0; i < AGREEMENTS; i++) {
        struct model model;
        struct policy *policy = NULL;
        struct diag diag = {0};
        text.used = 0;
        floor.used = 0;
        make_model(&chance, &model);
        put_model(&model, &text, &floor);
        if (lg_failed(policy_compile(span_of(text.text, text.used), span_of(floor.text, floor.used),
                                     &diag, &policy))) {
            continue; /* two clauses tie */
        }
        for (int j = 0; j < REQUESTS; j++) {
            check_question(policy, &model, &chance, &tallies);
        }
        policy_free(&policy);
    }
    free(text.text);
    free(floor.text);
    print_message("%u refusals, %u with a way out in %u sets, %u without\n", tallies.refused,
                  tallies.offered, tallies.sets, tallies.hopeless);
    assert_true(tallies.offered > 10000);
    assert_true(tallies.hopeless > 1000);
    for (unsigned kind = POLICY_HINT_CITE_BASIS; kind < POLICY_HINT_END; kind++) {
        /* No training is asked for here, and nothing of the axes: policy_hints_law_test. */
        bool is_axis = kind >= POLICY_HINT_FIVE_REASONS && kind <= POLICY_HINT_ASK_OFFICER;
        if (kind != POLICY_HINT_TRAINING && !is_axis && tallies.kinds[kind] < 20) {
            fail_msg("%s: %u", policy_hint_name((enum policy_hint_kind)kind), tallies.kinds[kind]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hints_make_refusals_lawful)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
