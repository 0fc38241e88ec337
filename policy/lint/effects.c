/* SPDX-License-Identifier: Apache-2.0 */
/* W01: clauses that change nothing. The table says it: a share clause that no row holds is shadowed
 * by closer ones, one that rows hold only beneath a final prohibition never shares, and a
 * prohibition in no row forbids what others forbid already or nobody holds. */
#include "policy/lint/lint_int.h"

struct effects {
    struct bits in_rows;  /* clauses that some row names */
    struct bits in_force; /* share clauses that some row lets share */
};

static void mark_arm(const struct policy *policy, uint32_t arm1, bool is_open,
                     struct effects *effects) {
    if (arm1 == 0) {
        return;
    }
    uint32_t clause = policy->arms[arm1 - 1].clause;
    policy_bits_add(&effects->in_rows, clause);
    if (is_open) {
        policy_bits_add(&effects->in_force, clause);
    }
}

static void mark_ban(const struct policy *policy, const struct ban *ban, struct effects *effects) {
    const uint16_t clauses[] = {ban->floor, ban->hard, ban->soft};
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++) {
        if (clauses[i] != POLICY_NO16) {
            policy_bits_add(&effects->in_rows, clauses[i]);
        }
    }
    bool is_final = ban->floor != POLICY_NO16 || ban->hard != POLICY_NO16;
    mark_arm(policy, ban->arm1, !is_final, effects);
}

static void mark_rows(const struct policy *policy, struct effects *effects) {
    size_t entries = (size_t)policy->table.row_count * policy->field_names.count;
    for (size_t i = 0; i < entries; i++) {
        uint16_t entry = policy->table.rows[i];
        if (entry < ROW_BAN) {
            mark_arm(policy, entry, true, effects);
        }
    }
    for (uint32_t i = 0; i < policy->table.ban_count; i++) {
        mark_ban(policy, &policy->table.bans[i], effects);
    }
}

static struct lg_err check(struct lint *lint, const struct effects *effects, uint32_t index) {
    const struct policy_clause *shown = &lint->policy->clauses[index].shown;
    bool seen = policy_bits_has(&effects->in_rows, index);
    if (shown->is_never && !seen) {
        return policy_lint_say(lint, "W01", (struct lint_place){shown->line, NULL},
                               "clause %.*s forbids nothing that is not forbidden before it, or "
                               "nothing that its sources hold",
                               lint_len(shown->id), lint_str(shown->id));
    }
    if (!shown->is_never && !seen) {
        return policy_lint_say(lint, "W01", (struct lint_place){shown->line, NULL},
                               "clause %.*s governs nothing: other clauses are closer to every "
                               "item of it, or nobody of `to` may ask its sources",
                               lint_len(shown->id), lint_str(shown->id));
    }
    if (!shown->is_never && !policy_bits_has(&effects->in_force, index)) {
        return policy_lint_say(lint, "W01", (struct lint_place){shown->line, NULL},
                               "clause %.*s shares nothing: prohibitions cover every item of it",
                               lint_len(shown->id), lint_str(shown->id));
    }
    return LG_OK;
}

struct lg_err policy_lint_effects(struct lint *lint) {
    const struct policy *policy = lint->policy;
    struct effects effects;
    TRY(policy_bits_init(&effects.in_rows, policy->clause_count, lint->arena));
    TRY(policy_bits_init(&effects.in_force, policy->clause_count, lint->arena));
    mark_rows(policy, &effects);
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        if (policy->clauses[i].kind != CLAUSE_ENROL) {
            TRY(check(lint, &effects, i));
        }
    }
    return LG_OK;
}
