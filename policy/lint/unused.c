/* SPDX-License-Identifier: Apache-2.0 */
/* W02: names that nothing uses. W10: parties that no clause needs, and clauses within one legal
 * entity. */
#include "gateway/base/assert.h"
#include "policy/lint/lint_int.h"
#include "policy/text/words.h"

struct uses {
    struct bits fields;
    struct bits roles;
    struct bits purposes;
    struct bits rules;
    struct bits hours;
    struct bits limits;
    struct bits parties;
    uint64_t bases;
};

static struct lg_err uses_init(const struct policy *policy, struct uses *uses,
                               struct arena *arena) {
    *uses = (struct uses){0};
    TRY(policy_bits_init(&uses->fields, policy->field_names.count, arena));
    TRY(policy_bits_init(&uses->roles, policy->role_names.count, arena));
    TRY(policy_bits_init(&uses->purposes, policy->purpose_names.count, arena));
    TRY(policy_bits_init(&uses->rules, policy->rule_names.count, arena));
    TRY(policy_bits_init(&uses->hours, policy->hours_names.count, arena));
    TRY(policy_bits_init(&uses->limits, policy->limit_names.count, arena));
    return policy_bits_init(&uses->parties, policy->party_names.count, arena);
}

static void use_bits(struct bits *into, const struct bits *from) {
    for (uint32_t word = 0; word < policy_bits_words(from->size); word++) {
        into->words[word] |= from->words[word];
    }
}

static void use_number(struct bits *into, uint16_t number) {
    if (number != POLICY_NO16) {
        policy_bits_add(into, number);
    }
}

static void use_data(const struct policy *policy, const struct data *data, struct uses *uses) {
    for (uint32_t i = 0; i < data->count; i++) {
        const struct datum *datum = &data->items[i];
        const struct category *category = &policy->categories[policy_lint_category(policy, datum)];
        bool is_field = datum->kind == DATA_FIELD;
        uint32_t first = is_field ? datum->index : category->first_field;
        uint32_t count = is_field ? 1 : category->field_count;
        for (uint32_t field = first; field < first + count; field++) {
            policy_bits_add(&uses->fields, field);
        }
    }
}

/* Roles that may receive, and their parties. */
static void use_targets(const struct policy *policy, const struct clause *clause,
                        struct uses *uses) {
    for (uint32_t role = 0; role < policy->role_names.count; role++) {
        if (policy_targets_match(policy, &clause->to, role) > 0) {
            policy_bits_add(&uses->roles, role);
            policy_bits_add(&uses->parties, policy->roles[role].party);
        }
    }
}

/* `receives under` is kept as it is written: a list of bases that there are. */
static void use_listed_bases(const struct policy *policy, struct span list, struct uses *uses) {
    struct words words = policy_words_of(list, 0);
    struct span item;
    while (policy_words_item(&words, &item)) {
        uses->bases |= UINT64_C(1) << policy_names_find(&policy->basis_names, item);
    }
}

/* Of a party that sends, only where it holds something that the clause names. */
static void use_sources(const struct policy *policy, const struct clause *clause,
                        struct uses *uses) {
    for (uint32_t i = 0; i < clause->data.count; i++) {
        uint32_t category = policy_lint_category(policy, &clause->data.items[i]);
        const struct bits *holders = &policy->categories[category].holders;
        for (uint32_t word = 0; word < policy_bits_words(holders->size); word++) {
            uses->parties.words[word] |= holders->words[word] & clause->from.words[word];
        }
    }
}

static void use_share(const struct policy *policy, const struct clause *clause, struct uses *uses) {
    use_targets(policy, clause, uses);
    use_sources(policy, clause, uses);
    use_bits(&uses->purposes, &clause->purposes);
    use_listed_bases(policy, clause->receives_under, uses);
    use_number(&uses->hours, clause->hours);
    use_number(&uses->limits, clause->limit);
    for (uint32_t i = 0; i < clause->data.count; i++) {
        use_number(&uses->rules, policy->arms[clause->data.items[i].arm].rule);
    }
    if (clause->onward.kind == POLICY_ONWARD_TO) {
        use_number(&uses->purposes, clause->onward.purpose);
    }
}

static void use_emergency(const struct emergency *emergency, struct uses *uses) {
    use_bits(&uses->roles, &emergency->declared_by);
    uses->bases |= UINT64_C(1) << emergency->basis;
    if (emergency->basis_for_refusal != POLICY_NO16) {
        uses->bases |= UINT64_C(1) << emergency->basis_for_refusal;
    }
}

static void use_all(const struct policy *policy, struct uses *uses) {
    for (uint32_t i = 0; i < policy->own_clause_count; i++) {
        const struct clause *clause = &policy->clauses[i];
        use_data(policy, &clause->data, uses);
        uses->bases |= clause->bases;
        if (lint_is_share(clause)) {
            use_share(policy, clause, uses);
        } else if (clause->kind == CLAUSE_ENROL) {
            use_bits(&uses->parties, &clause->from);
        }
    }
    for (uint32_t i = 0; i < policy->emergency_names.count; i++) {
        use_emergency(&policy->emergencies[i], uses);
    }
}

/* A purpose is used by whatever lies within it, and with what it lies within. */
static bool purpose_is_used(const struct policy *policy, const struct uses *uses,
                            uint32_t purpose) {
    for (uint32_t i = 0; i < policy->purpose_names.count; i++) {
        bool related = policy_purpose_steps(policy, purpose, i) != UINT32_MAX ||
                       policy_purpose_steps(policy, i, purpose) != UINT32_MAX;
        if (related && policy_bits_has(&uses->purposes, i)) {
            return true;
        }
    }
    return false;
}

/* The word in the list of a category that names a field, for its place. */
static struct span field_word(const struct lint *lint, const struct doc_section *category,
                              struct span name) {
    const struct doc_setting *setting = policy_lint_setting(lint, category, "fields");
    struct words words = policy_words_of(setting->value, setting->line);
    struct span item;
    do {
        ASSERT(policy_words_item(&words, &item));
    } while (!span_equal(item, name));
    return item;
}

static struct lg_err say_field(struct lint *lint, struct span id) {
    size_t dot = span_index(id, '.');
    struct span owner = span_slice(id, 0, dot);
    struct span word = span_of(NULL, 0);
    for (uint32_t i = 0; i < lint->doc.section_count; i++) {
        const struct doc_section *section = &lint->doc.sections[i];
        if (span_equal_text(section->kind, "category") && span_equal(section->head, owner)) {
            word = field_word(lint, section, span_slice(id, dot + 1, id.len));
        }
    }
    return policy_lint_say_at(lint, "W02", word, "no clause shares or forbids `%.*s`", lint_len(id),
                              lint_str(id));
}

static struct lg_err check_fields(struct lint *lint, const struct uses *uses) {
    const struct names *names = &lint->policy->field_names;
    for (uint32_t i = 0; i < names->count; i++) {
        if (policy_bits_has(&uses->fields, names->entries[i].index)) {
            continue;
        }
        if (policy_lint_is_full(lint)) {
            return LG_OK;
        }
        TRY(say_field(lint, names->entries[i].text));
    }
    return LG_OK;
}

/* Names of one kind that are not in the set. */
static struct lg_err check_names(struct lint *lint, const char *kind, const struct names *names,
                                 const struct bits *used) {
    for (uint32_t i = 0; i < names->count; i++) {
        const struct names_entry *entry = &names->entries[i];
        if (!policy_bits_has(used, entry->index)) {
            TRY(policy_lint_say_name(lint, kind, entry->text, "W02", "is never used"));
        }
    }
    return LG_OK;
}

static struct lg_err check_bases(struct lint *lint, const struct uses *uses) {
    for (uint32_t i = 0; i < lint->policy->basis_names.count; i++) {
        if ((uses->bases >> i & 1U) == 0) {
            TRY(policy_lint_say_name(lint, "basis", lint->policy->bases[i].id, "W02",
                                     "is never used"));
        }
    }
    return LG_OK;
}

static struct lg_err check_purposes(struct lint *lint, const struct uses *uses) {
    for (uint32_t i = 0; i < lint->policy->purpose_names.count; i++) {
        if (!purpose_is_used(lint->policy, uses, i)) {
            TRY(policy_lint_say_name(lint, "purpose", lint->policy->purposes[i].id, "W02",
                                     "is never used"));
        }
    }
    return LG_OK;
}

static struct lg_err check_parties(struct lint *lint, const struct uses *uses) {
    for (uint32_t i = 0; i < lint->policy->party_names.count; i++) {
        if (!policy_bits_has(&uses->parties, i)) {
            TRY(policy_lint_say_name(lint, "party", lint->policy->parties[i].shown.id, "W10",
                                     "neither gives nor receives anything under any clause"));
        }
    }
    return LG_OK;
}

static bool same_entity(struct span entity, struct span *known) {
    bool same = known->len == 0 || span_equal(entity, *known);
    *known = entity;
    return same;
}

/* Whether every source and recipient of a share clause are one legal entity. *out_entity is it. */
static bool within_one_entity(const struct policy *policy, const struct clause *clause,
                              struct span *out_entity) {
    bool same = true;
    *out_entity = span_of(NULL, 0);
    for (uint32_t i = 0; i < policy->party_names.count && same; i++) {
        same = !policy_bits_has(&clause->from, i) ||
               same_entity(policy->parties[i].shown.legal_entity, out_entity);
    }
    for (uint32_t i = 0; i < policy->role_names.count && same; i++) {
        const struct party *party = &policy->parties[policy->roles[i].party];
        same = policy_targets_match(policy, &clause->to, i) == 0 ||
               same_entity(party->shown.legal_entity, out_entity);
    }
    return same;
}

static struct lg_err check_entities(struct lint *lint) {
    for (uint32_t i = 0; i < lint->policy->own_clause_count; i++) {
        const struct clause *clause = &lint->policy->clauses[i];
        struct span entity;
        if (lint_is_share(clause) && within_one_entity(lint->policy, clause, &entity)) {
            TRY(policy_lint_say(lint, "W10", (struct lint_place){clause->shown.line, "to"},
                                "clause %.*s shares within one legal entity, %.*s",
                                lint_len(clause->shown.id), lint_str(clause->shown.id),
                                lint_len(entity), lint_str(entity)));
        }
    }
    return LG_OK;
}

struct lg_err policy_lint_unused(struct lint *lint) {
    const struct policy *policy = lint->policy;
    struct uses uses;
    TRY(uses_init(policy, &uses, lint->arena));
    use_all(policy, &uses);
    TRY(check_fields(lint, &uses));
    TRY(check_names(lint, "role", &policy->role_names, &uses.roles));
    TRY(check_names(lint, "generalise", &policy->rule_names, &uses.rules));
    TRY(check_names(lint, "hours", &policy->hours_names, &uses.hours));
    TRY(check_names(lint, "limit", &policy->limit_names, &uses.limits));
    TRY(check_bases(lint, &uses));
    TRY(check_purposes(lint, &uses));
    TRY(check_parties(lint, &uses));
    return check_entities(lint);
}
