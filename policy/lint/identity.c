/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about telling who somebody is: W06, W07, W11.
 *
 * A direct identifier is a field with a name of the list below, which are the identity fields of
 * the partnership's vocabulary, or one that some clause of the agreement pseudonymises: who needs a
 * pseudonym of it says that it points to a person.
 * Support or planning is a purpose whose id has one of the words below in it. */
#include "policy/lint/lint_int.h"

/* A count of fewer people than this can be taken from another count or from a list. */
enum { GROUP_SAFE = 10 };

static const char *const identity_fields[] = {
    "name",          "family-name", "given-name", "former-name",
    "date-of-birth", "address",     "phone",      "email",
    "nhs-number",    "postcode",    "uprn",       "national-insurance-number",
};

static const char *const support_words[] = {
    "early-help", "planning", "research", "statistics", "evaluation",
};

static bool has_word(struct span text, const char *word) {
    struct span wanted = span_text(word);
    for (size_t i = 0; i + wanted.len <= text.len; i++) {
        if (span_equal(span_slice(text, i, wanted.len), wanted)) {
            return true;
        }
    }
    return false;
}

static bool is_support(const struct policy *policy, uint32_t purpose) {
    for (size_t i = 0; i < sizeof support_words / sizeof support_words[0]; i++) {
        if (has_word(policy->purposes[purpose].id, support_words[i])) {
            return true;
        }
    }
    return false;
}

/* Which fields point to a person. */
static void mark_names(const struct policy *policy, struct bits *identifiers) {
    for (uint32_t field = 0; field < policy->field_names.count; field++) {
        struct span id = policy->fields[field].id;
        struct span name = span_slice(id, span_index(id, '.') + 1, id.len);
        for (size_t i = 0; i < sizeof identity_fields / sizeof identity_fields[0]; i++) {
            if (span_equal_text(name, identity_fields[i])) {
                policy_bits_add(identifiers, field);
            }
        }
    }
}

/* Every field of the items of a clause that have one treatment. */
static void mark_treated(const struct policy *policy, const struct clause *clause,
                         enum treatment treatment, struct bits *fields) {
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        const struct category *category = &policy->categories[policy_lint_category(policy, datum)];
        bool is_field = datum->kind == DATA_FIELD;
        uint32_t first = is_field ? datum->index : category->first_field;
        uint32_t count = is_field ? 1 : category->field_count;
        for (uint32_t f = first; lint_treatment(policy, datum) == treatment && f < first + count;
             f++) {
            policy_bits_add(fields, f);
        }
    }
}

static struct lg_err find_identifiers(struct lint *lint, struct bits *out_fields) {
    const struct policy *policy = lint->policy;
    TRY(policy_bits_init(out_fields, policy->field_names.count, lint->arena));
    mark_names(policy, out_fields);
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        if (lint_is_share(&policy->clauses[i])) {
            mark_treated(policy, &policy->clauses[i], TREATMENT_PSEUDONYMISE, out_fields);
        }
    }
    return LG_OK;
}

/* ---- W06 ---- */

/* The first identifier that the clause passes, and how many more; false where it passes none. */
static bool passed_identifier(struct lint *lint, const struct clause *clause,
                              const struct bits *identifiers, uint32_t *out_first) {
    const struct policy *policy = lint->policy;
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        if (lint_treatment(policy, datum) != TREATMENT_PASS) {
            continue;
        }
        const struct category *category = &policy->categories[policy_lint_category(policy, datum)];
        bool is_field = datum->kind == DATA_FIELD;
        uint32_t first = is_field ? datum->index : category->first_field;
        uint32_t count = is_field ? 1 : category->field_count;
        for (uint32_t field = first; field < first + count; field++) {
            if (policy_bits_has(identifiers, field)) {
                *out_first = field;
                return true;
            }
        }
    }
    return false;
}

static struct lg_err check_support(struct lint *lint, const struct clause *clause,
                                   const struct bits *identifiers) {
    const struct policy *policy = lint->policy;
    uint32_t field = 0;
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        if (!policy_bits_has(&clause->purposes, i) || !is_support(policy, i) ||
            !passed_identifier(lint, clause, identifiers, &field)) {
            continue;
        }
        struct span purpose = policy->purposes[i].id;
        struct span id = policy->fields[field].id;
        return policy_lint_say(lint, "W06", (struct lint_place){clause->shown.line, "pass"},
                               "clause %.*s passes `%.*s` in clear for `%.*s`",
                               lint_len(clause->shown.id), lint_str(clause->shown.id), lint_len(id),
                               lint_str(id), lint_len(purpose), lint_str(purpose));
    }
    return LG_OK;
}

/* ---- W07 ---- */

/* What a row lets through that can be joined; arm + 1, 0 none. */
struct joins {
    uint16_t pseudonym;
    uint16_t identity;
    uint32_t pseudonym_field;
    uint32_t identity_field;
};

/* The arm at or beneath an entry that can ever share. */
static uint16_t sharing_arm(const struct policy *policy, uint16_t entry) {
    if (entry < ROW_BAN) {
        return entry;
    }
    const struct ban *ban = &policy->table.bans[entry & ~(unsigned)ROW_BAN];
    bool is_final = ban->floor != POLICY_NO16 || ban->hard != POLICY_NO16;
    return is_final ? 0 : ban->arm1;
}

static struct joins joins_of(const struct policy *policy, const uint16_t *row,
                             const struct bits *identifiers) {
    struct joins joins = {0};
    for (uint32_t field = 0; field < policy->field_names.count; field++) {
        uint16_t arm1 = sharing_arm(policy, row[field]);
        if (arm1 == 0) {
            continue;
        }
        uint8_t treatment = policy->arms[arm1 - 1].treatment;
        if (treatment == TREATMENT_PSEUDONYMISE && joins.pseudonym == 0) {
            joins.pseudonym = arm1;
            joins.pseudonym_field = field;
        }
        if (treatment == TREATMENT_PASS && joins.identity == 0 &&
            policy_bits_has(identifiers, field)) {
            joins.identity = arm1;
            joins.identity_field = field;
        }
    }
    return joins;
}

/* Both for one role and one purpose, whichever sources they come from. */
struct desk {
    const struct joins *of_rows;
    struct bits *told; /* clauses that pseudonymise and were told of */
    uint32_t role;
    uint32_t purpose;
};

static struct joins joins_at(const struct policy *policy, const struct desk *desk) {
    struct joins both = {0};
    for (uint32_t source = 0; source < policy->party_names.count; source++) {
        size_t cell = ((size_t)desk->role * policy->party_names.count + source) *
                          policy->purpose_names.count +
                      desk->purpose;
        const struct joins *joins = &desk->of_rows[policy->table.index[cell]];
        if (both.pseudonym == 0) {
            both.pseudonym = joins->pseudonym;
            both.pseudonym_field = joins->pseudonym_field;
        }
        if (both.identity == 0) {
            both.identity = joins->identity;
            both.identity_field = joins->identity_field;
        }
    }
    return both;
}

static struct lg_err check_desk(struct lint *lint, const struct desk *desk) {
    const struct policy *policy = lint->policy;
    struct joins both = joins_at(policy, desk);
    if (both.pseudonym == 0 || both.identity == 0) {
        return LG_OK;
    }
    uint16_t index = policy->arms[both.pseudonym - 1].clause;
    if (policy_bits_has(desk->told, index)) {
        return LG_OK;
    }
    policy_bits_add(desk->told, index);
    const struct policy_clause *one = &policy->clauses[index].shown;
    const struct policy_clause *two =
        &policy->clauses[policy->arms[both.identity - 1].clause].shown;
    const struct policy_role *role = &policy->roles[desk->role].shown;
    struct span hidden = policy->fields[both.pseudonym_field].id;
    struct span clear = policy->fields[both.identity_field].id;
    struct span purpose = policy->purposes[desk->purpose].id;
    return policy_lint_say(lint, "W07", (struct lint_place){one->line, "pseudonymise"},
                           "%.*s/%.*s gets a pseudonym for `%.*s` by clause %.*s and `%.*s` in "
                           "clear by clause %.*s, both for `%.*s`",
                           lint_len(role->party), lint_str(role->party), lint_len(role->id),
                           lint_str(role->id), lint_len(hidden), lint_str(hidden),
                           lint_len(one->id), lint_str(one->id), lint_len(clear), lint_str(clear),
                           lint_len(two->id), lint_str(two->id), lint_len(purpose),
                           lint_str(purpose));
}

static struct lg_err check_joins(struct lint *lint, const struct bits *identifiers) {
    const struct policy *policy = lint->policy;
    struct joins *of_rows = arena_array(lint->arena, policy->table.row_count, sizeof *of_rows);
    struct bits told;
    TRY(of_rows == NULL ? policy_no_memory() : LG_OK);
    TRY(policy_bits_init(&told, policy->clause_count, lint->arena));
    for (uint32_t row = 0; row < policy->table.row_count; row++) {
        const uint16_t *entries = policy->table.rows + (size_t)row * policy->field_names.count;
        of_rows[row] = joins_of(policy, entries, identifiers);
    }
    for (uint32_t role = 0; role < policy->role_names.count; role++) {
        for (uint32_t purpose = 0; purpose < policy->purpose_names.count; purpose++) {
            const struct desk desk = {of_rows, &told, role, purpose};
            TRY(check_desk(lint, &desk));
        }
    }
    return LG_OK;
}

/* ---- W11 ---- */

static bool is_detail(enum treatment treatment) {
    return treatment == TREATMENT_PASS || treatment == TREATMENT_GENERALISE ||
           treatment == TREATMENT_PSEUDONYMISE;
}

/* Adds the categories of which a clause gives its recipients single records. */
static void mark_details(const struct policy *policy, const struct clause *clause, uint32_t role,
                         struct bits *details) {
    if (policy_targets_match(policy, &clause->to, role) == 0) {
        return;
    }
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        if (is_detail(lint_treatment(policy, datum))) {
            policy_bits_add(details, role * policy->category_names.count +
                                         policy_lint_category(policy, datum));
        }
    }
}

/* One set: role x category. */
static struct lg_err find_details(struct lint *lint, struct bits *out_details) {
    const struct policy *policy = lint->policy;
    uint32_t size = policy->role_names.count * policy->category_names.count;
    TRY(policy_bits_init(out_details, size, lint->arena));
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];
        for (uint32_t role = 0; lint_is_share(clause) && role < policy->role_names.count; role++) {
            mark_details(policy, clause, role, out_details);
        }
    }
    return LG_OK;
}

/* The first item that a clause counts and of whose category this role gets single records; NULL
 * where there is none. */
static const struct datum *counted_and_listed(const struct policy *policy,
                                              const struct clause *clause, uint32_t role,
                                              const struct bits *details) {
    for (uint32_t i = 0; i < clause->data.count; i++) {
        const struct datum *datum = &clause->data.items[i];
        uint32_t category = policy_lint_category(policy, datum);
        if (lint_treatment(policy, datum) == TREATMENT_AGGREGATE &&
            policy_bits_has(details, role * policy->category_names.count + category)) {
            return datum;
        }
    }
    return NULL;
}

static struct lg_err say_group(struct lint *lint, const struct clause *clause,
                               const struct policy_role *role, const struct datum *datum) {
    struct span category = lint->policy->categories[policy_lint_category(lint->policy, datum)].id;
    return policy_lint_say(lint, "W11", (struct lint_place){clause->shown.line, "smallest group"},
                           "clause %.*s counts groups of %u, and %.*s/%.*s gets single records of "
                           "`%.*s` by another clause",
                           lint_len(clause->shown.id), lint_str(clause->shown.id),
                           (unsigned)clause->group_min, lint_len(role->party),
                           lint_str(role->party), lint_len(role->id), lint_str(role->id),
                           lint_len(category), lint_str(category));
}

static struct lg_err check_groups(struct lint *lint, const struct clause *clause,
                                  const struct bits *details) {
    const struct policy *policy = lint->policy;
    if (clause->group_min == 0 || clause->group_min >= GROUP_SAFE) {
        return LG_OK;
    }
    for (uint32_t role = 0; role < policy->role_names.count; role++) {
        const struct datum *datum = NULL;
        if (policy_targets_match(policy, &clause->to, role) > 0) {
            datum = counted_and_listed(policy, clause, role, details);
        }
        if (datum != NULL) {
            return say_group(lint, clause, &policy->roles[role].shown, datum);
        }
    }
    return LG_OK;
}

struct lg_err policy_lint_identity(struct lint *lint) {
    struct bits identifiers;
    struct bits details;
    TRY(find_identifiers(lint, &identifiers));
    TRY(find_details(lint, &details));
    for (uint32_t i = 0; i < lint->policy->own_clause_count; i++) {
        const struct clause *clause = &lint->policy->clauses[i];
        if (lint_is_share(clause)) {
            TRY(check_support(lint, clause, &identifiers));
            TRY(check_groups(lint, clause, &details));
        }
    }
    return check_joins(lint, &identifiers);
}
