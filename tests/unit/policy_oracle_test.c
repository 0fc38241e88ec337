/* SPDX-License-Identifier: Apache-2.0 */
/* Random agreements and requests against a slow oracle written from the design's words: it scans
 * the clauses of a model for every question and knows no table, no numbers and no code of the
 * engine. The model is printed as text, compiled, and both must agree on reason, clause and
 * treatment, and on which agreements are refused because two clauses tie. */
#include "tests/unit/policy_model.h"

enum { AGREEMENTS = 1500, REQUESTS = 60 };

/* ---- the oracle ---- */

static bool lies_within(int purpose, int wider) {
    for (; purpose >= 0; purpose = parents[purpose]) {
        if (purpose == wider) {
            return true;
        }
    }
    return false;
}

/* Steps to the nearest purpose of a set that covers this one; -1 where none does. */
static int steps_to(unsigned purposes, int purpose) {
    for (int steps = 0; purpose >= 0; purpose = parents[purpose], steps++) {
        if ((purposes >> purpose & 1U) != 0) {
            return steps;
        }
    }
    return -1;
}

/* 3 role, 2 agency, 1 any, 0 not at all. */
static int recipient_rank(const struct clause *clause, int party, int role) {
    int best = 0;
    for (int i = 0; i < clause->to_count; i++) {
        const struct target *to = &clause->to[i];
        int rank = to->party < 0        ? 1
                   : to->party != party ? 0
                   : to->role < 0       ? 2
                   : to->role == role   ? 3
                                        : 0;
        best = rank > best ? rank : best;
    }
    return best;
}

/* The item that names the field most closely: 2 by name, 1 by category, 0 none. */
static int data_rank(const struct clause *clause, int category, int field,
                     enum treatment *out_treatment) {
    int best = 0;
    for (int i = 0; i < clause->item_count; i++) {
        const struct item *item = &clause->items[i];
        int rank = item->category != category ? 0
                   : item->field < 0          ? 1
                   : item->field == field     ? 2
                                              : 0;
        if (rank > best) {
            best = rank;
            *out_treatment = item->treatment;
        }
    }
    return best;
}

struct rank {
    int parts[4]; /* data, recipient, purpose, source; all 0: no match */
};

static struct rank rank_of(const struct clause *clause, const struct asked *q,
                           enum treatment *out_treatment) {
    struct rank none = {{0, 0, 0, 0}};
    int steps = clause->purposes == 0 ? 0 : steps_to(clause->purposes, q->purpose);
    bool from = clause->from == 0 || (clause->from >> q->source & 1U) != 0;
    int recipient = recipient_rank(clause, q->party, q->role);
    int data = data_rank(clause, q->category, q->field, out_treatment);
    if (steps < 0 || !from || recipient == 0 || data == 0) {
        return none;
    }
    return (struct rank){{data, recipient, 10 - steps, clause->from == 0 ? 1 : 2}};
}

static int compare(const struct rank *a, const struct rank *b) {
    for (int i = 0; i < 4; i++) {
        if (a->parts[i] != b->parts[i]) {
            return a->parts[i] - b->parts[i];
        }
    }
    return 0;
}

/* Index of the governing clause, -1 where none; *out_tie where two fit equally. */
static int governing(const struct model *model, const struct asked *q, bool *out_tie,
                     enum treatment *out_treatment) {
    struct rank best = {{0, 0, 0, 0}};
    int index = -1;
    *out_tie = false;
    for (int i = 0; i < model->share_count; i++) {
        enum treatment treatment = TREATMENT_NONE;
        struct rank rank = rank_of(&model->share[i], q, &treatment);
        if (rank.parts[0] == 0) {
            continue;
        }
        int order = compare(&rank, &best);
        if (order > 0) {
            best = rank;
            index = i;
            *out_treatment = treatment;
            *out_tie = false;
        } else if (order == 0) {
            *out_tie = true;
        }
    }
    return index;
}

static bool model_ties(const struct model *model) {
    for (int n = 0; n < PARTIES * ROLES * PARTIES * PURPOSES * CATEGORIES * FIELDS; n++) {
        int rest = n;
        struct asked q = {0};
        q.field = rest % FIELDS;
        q.category = (rest /= FIELDS) % CATEGORIES;
        q.purpose = (rest /= CATEGORIES) % PURPOSES;
        q.source = (rest /= PURPOSES) % PARTIES;
        q.role = (rest /= PARTIES) % ROLES;
        q.party = rest / ROLES;
        bool tie = false;
        enum treatment treatment = TREATMENT_NONE;
        if (q.source != q.party && holds(model, q.category, q.source)) {
            (void)governing(model, &q, &tie, &treatment);
        }
        if (tie) {
            return true;
        }
    }
    return false;
}

static bool forbids(const struct clause *clause, const struct asked *q) {
    enum treatment ignored;
    return rank_of(clause, q, &ignored).parts[0] != 0;
}

static enum policy_reason emergency_fault(const struct model *model, const struct asked *q) {
    bool purpose = false;
    for (int i = 0; i < PURPOSES; i++) {
        purpose |= (model->emergency_purposes >> i & 1U) != 0 && lies_within(q->purpose, i);
    }
    if (q->emergency == 0) {
        return POLICY_REASON_NONE;
    }
    if (!purpose) {
        return POLICY_EMERGENCY_PURPOSE;
    }
    if ((model->declare >> (q->party * ROLES + q->role) & 1U) == 0) {
        return POLICY_EMERGENCY_ROLE;
    }
    return q->emergency == 2 ? POLICY_EMERGENCY_RATIONALE : POLICY_REASON_NONE;
}

static struct ruled refuse(enum policy_reason reason, const char *letter, int number) {
    struct ruled answer = {.reason = reason, .treatment = TREATMENT_NONE};
    if (number >= 0) {
        snprintf(answer.clause, sizeof answer.clause, "%s%d", letter, number);
    }
    return answer;
}

/* One condition: met, or set aside, or the reason. */
struct walk {
    const struct asked *q;
    bool valid;
    enum policy_reason fault;
    bool used;
    enum policy_reason reason;
};

static void require(struct walk *walk, bool met, bool aside, enum policy_reason reason) {
    if (met || walk->reason != POLICY_REASON_NONE) {
        return;
    }
    if (aside && walk->valid) {
        walk->used = true;
    } else {
        walk->reason = aside && walk->fault != POLICY_REASON_NONE ? walk->fault : reason;
    }
}

static void require_consent(struct walk *walk, const struct model *model,
                            const struct clause *clause) {
    static const enum policy_reason codes[] = {POLICY_CONSENT_MISSING, POLICY_REASON_NONE,
                                               POLICY_CONSENT_REFUSED, POLICY_CONSENT_WITHDRAWN};
    const struct asked *q = walk->q;
    bool senior = (model->senior >> (q->party * ROLES + q->role) & 1U) != 0;
    bool given = q->consent == 1;
    if (clause->consent == NOT_NEEDED) {
        bool basis_asks =
            q->basis < BASES && (model->reasons[q->basis] >> model->classes[q->category] & 1U) != 0;
        bool met = given || q->has_reason || !(basis_asks || clause->needs_reason);
        if (!met && walk->valid && walk->reason == POLICY_REASON_NONE) {
            walk->used = true;
            met = true;
        }
        require(walk, met, false, POLICY_NO_CONSENT_REASON_MISSING);
        return;
    }
    if (clause->consent == UNLESS_EMERGENCY && q->consent >= 2 && walk->valid && !senior) {
        require(walk, false, false, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        return;
    }
    require(walk, given, clause->consent == UNLESS_EMERGENCY, codes[q->consent]);
}

static bool basis_fits(const struct model *model, const struct asked *q,
                       const struct clause *clause) {
    return q->basis < BASES && (clause->bases >> q->basis & 1U) != 0 &&
           steps_to(model->covers[q->basis], q->purpose) >= 0;
}

static struct ruled oracle(const struct model *model, const struct asked *q) {
    struct walk walk = {.q = q, .fault = emergency_fault(model, q)};
    walk.valid = q->emergency != 0 && walk.fault == POLICY_REASON_NONE;
    enum treatment treatment = TREATMENT_NONE;
    bool tie;
    if (!holds(model, q->category, q->source)) {
        return refuse(POLICY_SOURCE_DOES_NOT_HOLD, "", -1);
    }
    for (int i = 0; i < model->floor_count; i++) {
        if (forbids(&model->floor[i], q)) {
            return refuse(POLICY_FLOOR_PROHIBITED, "f", i);
        }
    }
    for (int i = 0; i < model->never_count; i++) {
        if (forbids(&model->never[i], q) && !model->never[i].unless_emergency) {
            return refuse(POLICY_PROHIBITED, "n", i);
        }
    }
    for (int i = 0; i < model->never_count; i++) {
        if (forbids(&model->never[i], q)) {
            require(&walk, false, true, POLICY_PROHIBITED);
            if (walk.reason != POLICY_REASON_NONE) {
                return refuse(walk.reason, "n", i);
            }
        }
    }
    int index = governing(model, q, &tie, &treatment);
    if (index < 0) {
        return refuse(POLICY_NO_CLAUSE, "", -1);
    }
    const struct clause *clause = &model->share[index];
    require(&walk, !clause->when_emergency, true, POLICY_EMERGENCY_ONLY);
    require(&walk, basis_fits(model, q, clause), q->basis == BASES, POLICY_BASIS_NOT_ACCEPTED);
    require(&walk,
            clause->about == 0 || (clause->about == 1 && q->age == AGE_CHILD) ||
                (clause->about == 2 && q->age == AGE_ADULT),
            false, POLICY_SUBJECT_NOT_COVERED);
    require(&walk, !clause->needs_case || q->has_case, false, POLICY_CASE_REFERENCE_MISSING);
    require(&walk, !clause->needs_second || q->has_second, false, POLICY_SECOND_PERSON_MISSING);
    require(&walk, !clause->by_day || q->by_day, (model->aside & 2U) != 0, POLICY_OUT_OF_HOURS);
    require_consent(&walk, model, clause);
    require(&walk, !clause->is_limited || !q->limit_reached, (model->aside & 4U) != 0,
            POLICY_RATE_LIMIT);
    struct ruled answer = refuse(walk.reason, "", index);
    if (walk.reason == POLICY_REASON_NONE) {
        answer.treatment = treatment;
        answer.by_emergency = walk.used;
    }
    return answer;
}

/* ---- asking the engine ---- */

static struct asked make_question(struct chance *chance) {
    struct asked q = {
        .party = (int)below(chance, PARTIES),
        .role = (int)below(chance, ROLES),
        .purpose = (int)below(chance, PURPOSES),
        .basis = (int)below(chance, BASES + 1),
        .category = (int)below(chance, CATEGORIES),
        .field = (int)below(chance, FIELDS),
        .age = (enum age_class)below(chance, 3),
        .has_case = !one_in(chance, 4),
        .has_second = !one_in(chance, 4),
        .has_reason = !one_in(chance, 3),
        .by_day = !one_in(chance, 3),
        .emergency = (int)below(chance, 3),
        .consent = (int)below(chance, 4),
        .limit_reached = one_in(chance, 4),
    };
    q.source = (q.party + 1 + (int)below(chance, PARTIES - 1)) % PARTIES;
    return q;
}

static void engine(const struct policy *policy, const struct asked *q, struct ruled *answer) {
    static const char *const bases[] = {"b0", "b1", "b2", "life"};
    char party[8];
    char role[8];
    char source_text[8];
    char purpose[8];
    char field_text[16];
    struct arena *arena = NULL;
    const struct permit *permit;
    struct policy_outcome outcome;
    int32_t day = 0;
    snprintf(party, sizeof party, "a%d", q->party);
    snprintf(role, sizeof role, "r%d", q->role);
    snprintf(source_text, sizeof source_text, "a%d", q->source);
    snprintf(purpose, sizeof purpose, "p%d", q->purpose);
    snprintf(field_text, sizeof field_text, "c%d.f%d", q->category, q->field);
    assert_true(policy_day_parse(span_text("2026-06-10"), &day));
    const struct span source = span_text(source_text);
    const struct span field = span_text(field_text);
    const struct policy_force force = {.policy = policy};
    const struct policy_request request = {
        .at_s = (int64_t)day * 86400 + (q->by_day ? 12 : 3) * 3600,
        .recipient = span_text(party),
        .role = span_text(role),
        .sources = {.items = &source, .count = 1},
        .fields = {.items = &field, .count = 1},
        .purpose = span_text(purpose),
        .basis = span_text(bases[q->basis]),
        .age_class = q->age,
        .has_case_reference = q->has_case,
        .has_second_person = q->has_second,
        .no_consent_reason = span_text(q->has_reason ? "would-prejudice" : ""),
        .emergency = {.is_declared = q->emergency != 0,
                      .reason = span_text("life"),
                      .rationale_chars = q->emergency == 2 ? 9 : 10,
                      .has_age = true},
    };
    const struct consent consent = {.state = (enum consent_state)q->consent};
    const struct policy_counts counts = {.agency = q->limit_reached ? 5 : 4};
    const struct policy_facts facts = {.consents = &consent,
                                       .consent_count = q->consent != 0,
                                       .counts = &counts,
                                       .count_count = 1};
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    assert_false(lg_failed(policy_decide(&force, 1, &request, arena, &permit)));
    assert_false(lg_failed(policy_settle(permit, 0, &facts, arena, &outcome)));
    const struct policy_ruling *ruling = &outcome.rulings[0];
    *answer = (struct ruled){.reason = ruling->refusal,
                             .treatment = ruling->treatment,
                             .by_emergency = ruling->by_emergency};
    snprintf(answer->clause, sizeof answer->clause, "%.*s", (int)ruling->term->clause.len,
             ruling->term->clause.len == 0 ? "" : (const char *)ruling->term->clause.ptr);
    arena_free(&arena);
}

struct tallies {
    unsigned ties;
    unsigned questions;
    unsigned reasons[POLICY_REASON_END];
};

static void compare_one(const struct model *model, const struct policy *policy, const char *text,
                        struct chance *chance, struct tallies *tallies) {
    struct asked q = make_question(chance);
    struct ruled wanted = oracle(model, &q);
    struct ruled got;
    engine(policy, &q, &got);
    tallies->questions++;
    tallies->reasons[wanted.reason]++;
    if (wanted.reason != got.reason || wanted.treatment != got.treatment ||
        wanted.by_emergency != got.by_emergency || strcmp(wanted.clause, got.clause) != 0) {
        print_error(
            "%s\na%d/r%d from a%d for p%d under %d: c%d.f%d\nwanted %s %s %d, got %s %s %d\n", text,
            q.party, q.role, q.source, q.purpose, q.basis, q.category, q.field,
            policy_reason_name(wanted.reason), wanted.clause, (int)wanted.treatment,
            policy_reason_name(got.reason), got.clause, (int)got.treatment);
        fail();
    }
}

static void random_agreements_agree(void **state) {
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
        struct lg_err err = policy_compile(span_of(text.text, text.used),
                                           span_of(floor.text, floor.used), &diag, &policy);
        bool tie = model_ties(&model);
        if (tie != lg_failed(err) || (tie && strstr(diag.text, "both govern") == NULL)) {
            fail_msg("%s\nline %u: %s", text.text, (unsigned)diag.line, diag.text);
        }
        tallies.ties += tie;
        for (int j = 0; !tie && j < REQUESTS; j++) {
            compare_one(&model, policy, text.text, &chance, &tallies);
        }
        policy_free(&policy);
    }
    free(text.text);
    free(floor.text);
    /* The random walk went everywhere it should. */
    static const enum policy_reason reached[] = {
        POLICY_REASON_NONE,
        POLICY_SOURCE_DOES_NOT_HOLD,
        POLICY_FLOOR_PROHIBITED,
        POLICY_PROHIBITED,
        POLICY_NO_CLAUSE,
        POLICY_EMERGENCY_ONLY,
        POLICY_BASIS_NOT_ACCEPTED,
        POLICY_SUBJECT_NOT_COVERED,
        POLICY_CASE_REFERENCE_MISSING,
        POLICY_SECOND_PERSON_MISSING,
        POLICY_OUT_OF_HOURS,
        POLICY_NO_CONSENT_REASON_MISSING,
        POLICY_CONSENT_MISSING,
        POLICY_CONSENT_REFUSED,
        POLICY_CONSENT_WITHDRAWN,
        POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL,
        POLICY_RATE_LIMIT,
        POLICY_EMERGENCY_PURPOSE,
        POLICY_EMERGENCY_ROLE,
        POLICY_EMERGENCY_RATIONALE,
    };
    for (size_t i = 0; i < sizeof reached / sizeof reached[0]; i++) {
        assert_true(tallies.reasons[reached[i]] > 20);
    }
    print_message("%u agreements tied, %u questions compared\n", tallies.ties, tallies.questions);
    assert_true(tallies.ties > 50 && tallies.ties < AGREEMENTS - 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_agreements_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
