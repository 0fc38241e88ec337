/* SPDX-License-Identifier: Apache-2.0 */
/* Names of both versions beside each other, and whether all that clauses refer to works alike. */
#include <string.h>

#include "policy/compare/compare_int.h"

enum { HOURS_UNKNOWN = 0xff };

static struct lg_err pairs_init(struct pairs *pairs, const struct names *before,
                                const struct names *after, struct arena *arena) {
    size_t room = (size_t)before->count + after->count;
    pairs->items = arena_array(arena, room, sizeof *pairs->items);
    if (pairs->items == NULL) {
        return policy_no_memory();
    }
    pairs->count = after->count;
    for (uint32_t i = 0; i < after->count; i++) {
        const struct names_entry *entry = &after->entries[i];
        pairs->items[entry->index] = (struct pair){
            .id = entry->text,
            .before = policy_names_find(before, entry->text),
            .after = entry->index,
        };
    }
    for (uint32_t i = 0; i < before->count; i++) {
        const struct names_entry *entry = &before->entries[i];
        if (policy_names_find(after, entry->text) == POLICY_NONE) {
            pairs->items[pairs->count++] =
                (struct pair){.id = entry->text, .before = entry->index, .after = POLICY_NONE};
        }
    }
    return LG_OK;
}

/* Whether two sets hold the same of those names that both versions have, and none of others. */
static bool same_bits(const struct pairs *pairs, const struct bits *before,
                      const struct bits *after) {
    for (uint32_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        bool was = pair->before != POLICY_NONE && policy_bits_has(before, pair->before);
        bool is = pair->after != POLICY_NONE && policy_bits_has(after, pair->after);
        bool in_both = pair->before != POLICY_NONE && pair->after != POLICY_NONE;
        if (in_both && was != is) {
            return false;
        }
    }
    return true;
}

static bool in_both(const struct pairs *pairs) {
    for (uint32_t i = 0; i < pairs->count; i++) {
        if (pairs->items[i].before == POLICY_NONE || pairs->items[i].after == POLICY_NONE) {
            return false;
        }
    }
    return true;
}

/* ---- the law parts ---- */

/* Bodies, functions and provisions are numbers of the register, so that they can be compared only
 * under the same one. */
static bool registers_alike(const struct policy *before, const struct policy *after) {
    const struct policy_register *was = before->statutes;
    const struct policy_register *is = after->statutes;
    return (was == NULL) == (is == NULL) && (was == NULL || span_equal(was->text, is->text));
}

static bool category_law_alike(const struct category *was, const struct category *is) {
    return was->is_confidential == is->is_confidential &&
           was->law.is_patient == is->law.is_patient &&
           was->law.has_opt_out == is->law.has_opt_out && was->law.is_exempt == is->law.is_exempt &&
           was->law.opt_out_days == is->law.opt_out_days &&
           was->law.received_under == is->law.received_under;
}

static bool entries_alike(const struct basis_law *was, const struct basis_law *is) {
    return was->entry_count == is->entry_count &&
           memcmp(was->entries, is->entries, was->entry_count) == 0;
}

static bool articles_alike(const struct basis_law *was, const struct basis_law *is) {
    return span_equal(was->article6, is->article6) && span_equal(was->article9, is->article9) &&
           span_equal(was->article10, is->article10);
}

static bool basis_law_alike(const struct basis_law *was, const struct basis_law *is) {
    return was->functions == is->functions && entries_alike(was, is) && articles_alike(was, is);
}

static bool purposes_alike(const struct compare *compare) {
    for (uint32_t i = 0; i < compare->purposes.count; i++) {
        const struct pair *pair = &compare->purposes.items[i];
        if (pair->before == POLICY_NONE || pair->after == POLICY_NONE) {
            continue;
        }
        const struct purpose_law *was = &compare->before->purposes[pair->before].law;
        const struct purpose_law *is = &compare->after->purposes[pair->after].law;
        if (was->functions != is->functions || was->direct_care != is->direct_care ||
            was->secondary_use != is->secondary_use) {
            return false;
        }
    }
    return true;
}

/* ---- all that clauses refer to ---- */

static bool bases_alike(const struct compare *compare) {
    for (uint32_t i = 0; i < compare->bases.count; i++) {
        const struct pair *pair = &compare->bases.items[i];
        const struct basis *was = &compare->before->bases[pair->before];
        const struct basis *is = &compare->after->bases[pair->after];
        if (was->kind != is->kind || was->has_article9 != is->has_article9 ||
            was->has_article10 != is->has_article10 || was->reason_classes != is->reason_classes ||
            !basis_law_alike(&was->law, &is->law) ||
            !same_bits(&compare->purposes, &was->covers, &is->covers)) {
            return false;
        }
    }
    return true;
}

static bool parties_alike(const struct compare *compare) {
    for (uint32_t i = 0; i < compare->parties.count; i++) {
        const struct pair *pair = &compare->parties.items[i];
        if (pair->before == POLICY_NONE || pair->after == POLICY_NONE) {
            continue;
        }
        const struct policy_party *was = &compare->before->parties[pair->before].shown;
        const struct policy_party *is = &compare->after->parties[pair->after].shown;
        if (compare->before->parties[pair->before].law.bodies !=
                compare->after->parties[pair->after].law.bodies ||
            was->is_public_authority != is->is_public_authority ||
            was->is_competent_authority != is->is_competent_authority) {
            return false;
        }
    }
    return true;
}

static bool fields_alike(const struct compare *compare) {
    for (uint32_t i = 0; i < compare->fields.count; i++) {
        const struct pair *pair = &compare->fields.items[i];
        if (pair->before == POLICY_NONE || pair->after == POLICY_NONE) {
            continue;
        }
        const struct policy *before = compare->before;
        const struct policy *after = compare->after;
        const struct category *was = &before->categories[before->fields[pair->before].category];
        const struct category *is = &after->categories[after->fields[pair->after].category];
        if (was->data_class != is->data_class || !category_law_alike(was, is)) {
            return false;
        }
    }
    return true;
}

static struct span basis_id(const struct policy *policy, uint16_t basis) {
    return basis == POLICY_NO16 ? span_of(NULL, 0) : policy->bases[basis].id;
}

static bool emergency_alike(const struct compare *compare, const struct pair *pair) {
    const struct emergency *was = &compare->before->emergencies[pair->before];
    const struct emergency *is = &compare->after->emergencies[pair->after];
    return same_bits(&compare->roles, &was->declared_by, &is->declared_by) &&
           same_bits(&compare->roles, &was->refusal_by, &is->refusal_by) &&
           same_bits(&compare->purposes, &was->purposes, &is->purposes) &&
           was->sets_aside_consent == is->sets_aside_consent &&
           was->sets_aside_hours == is->sets_aside_hours &&
           was->sets_aside_limit == is->sets_aside_limit &&
           span_equal(basis_id(compare->before, was->basis), basis_id(compare->after, is->basis)) &&
           span_equal(basis_id(compare->before, was->basis_for_refusal),
                      basis_id(compare->after, is->basis_for_refusal));
}

static bool emergencies_alike(const struct compare *compare) {
    for (uint32_t i = 0; i < compare->emergencies.count; i++) {
        if (!emergency_alike(compare, &compare->emergencies.items[i])) {
            return false;
        }
    }
    return true;
}

static bool all_alike(const struct compare *compare) {
    return in_both(&compare->bases) && in_both(&compare->emergencies) && bases_alike(compare) &&
           registers_alike(compare->before, compare->after) && purposes_alike(compare) &&
           parties_alike(compare) && fields_alike(compare) && emergencies_alike(compare);
}

static struct lg_err names_init(struct compare *compare) {
    const struct policy *before = compare->before;
    const struct policy *after = compare->after;
    struct arena *arena = compare->arena;
    TRY(pairs_init(&compare->roles, &before->role_names, &after->role_names, arena));
    TRY(pairs_init(&compare->parties, &before->party_names, &after->party_names, arena));
    TRY(pairs_init(&compare->purposes, &before->purpose_names, &after->purpose_names, arena));
    TRY(pairs_init(&compare->fields, &before->field_names, &after->field_names, arena));
    TRY(pairs_init(&compare->bases, &before->basis_names, &after->basis_names, arena));
    return pairs_init(&compare->emergencies, &before->emergency_names, &after->emergency_names,
                      arena);
}

static struct lg_err tables_init(struct compare *compare) {
    const struct policy *before = compare->before;
    const struct policy *after = compare->after;
    size_t masks = ((size_t)compare->emergencies.count + 1) * compare->bases.count;
    size_t hours = ((size_t)before->hours_names.count + 1) * (after->hours_names.count + 1);
    struct arena *arena = compare->arena;
    compare->lens.before = arena_array(arena, masks, sizeof *compare->lens.before);
    compare->lens.after = arena_array(arena, masks, sizeof *compare->lens.after);
    compare->hours = arena_array(arena, hours, 1);
    compare->cited_before = arena_array(arena, before->clause_count, 1);
    compare->cited_after = arena_array(arena, after->clause_count, 1);
    compare->moved_before = arena_array(arena, before->clause_count, sizeof(uint32_t));
    compare->moved_after = arena_array(arena, after->clause_count, sizeof(uint32_t));
    TRY(arena_failed(arena));
    memset(compare->hours, HOURS_UNKNOWN, hours);
    return LG_OK;
}

/* Every role's party stands in the list of parties: its name up to the stroke. */
static struct lg_err role_parties(const struct compare *compare, const uint32_t **out_parties) {
    uint32_t *parties = arena_array(compare->arena, compare->roles.count, sizeof *parties);
    if (parties == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < compare->roles.count; i++) {
        struct span id = compare->roles.items[i].id;
        struct span party = span_slice(id, 0, span_index(id, '/'));
        while (!span_equal(compare->parties.items[parties[i]].id, party)) {
            parties[i]++;
        }
    }
    *out_parties = parties;
    return LG_OK;
}

static void days_add(struct lens *lens, const struct probe *probe) {
    for (uint32_t i = 0; i < probe->law_day_count; i++) {
        uint32_t at = 0;
        while (at < lens->day_count && lens->days[at] != probe->law_days[i]) {
            at++;
        }
        lens->days[at] = probe->law_days[i];
        lens->day_count += at == lens->day_count ? 1 : 0;
    }
}

/* Those of either version. */
static struct lg_err days_init(struct compare *compare) {
    size_t most = (size_t)compare->probe_before.law_day_count + compare->probe_after.law_day_count;
    compare->lens.days = arena_array(compare->arena, most, sizeof *compare->lens.days);
    if (compare->lens.days == NULL) {
        return policy_no_memory();
    }
    days_add(&compare->lens, &compare->probe_before);
    days_add(&compare->lens, &compare->probe_after);
    return LG_OK;
}

struct lg_err policy_compare_init(struct compare *compare, const struct policy *before,
                                  const struct policy *after, struct arena *arena) {
    *compare = (struct compare){.before = before, .after = after, .arena = arena};
    TRY(names_init(compare));
    TRY(tables_init(compare));
    TRY(policy_probe_init(before, arena, &compare->probe_before));
    TRY(policy_probe_init(after, arena, &compare->probe_after));
    TRY(days_init(compare));
    const uint32_t sizes[SETS] = {compare->roles.count, compare->parties.count,
                                  compare->purposes.count, compare->fields.count};
    policy_rects_init(&compare->rects, sizes);
    compare->rects.role_count = compare->roles.count;
    TRY(role_parties(compare, &compare->rects.role_party));
    compare->alike = all_alike(compare);
    return LG_OK;
}
