/* SPDX-License-Identifier: Apache-2.0 */
/* Rectangles as lines with a sentence each. */
#include "policy/compare/compare_int.h"

/* One rectangle while its sentence is made. The version that the names are counted in: the new one,
 * but the old one for what is gone. */
struct telling {
    struct compare *compare;
    const struct change *change;
    const struct rect *rect;
    const struct policy *version;
    bool is_before;
    struct phrase phrase;
};

static uint32_t number_in(const struct telling *it, const struct pair *pair) {
    return it->is_before ? pair->before : pair->after;
}

static size_t count_of(const struct rect *rect, int set, const struct pairs *pairs) {
    size_t count = 0;
    for (uint32_t i = 0; i < pairs->count; i++) {
        count += policy_rect_has(rect, set, i);
    }
    return count;
}

static struct lg_err list_of(struct compare *compare, const struct rect *rect, int set,
                             const struct pairs *pairs, struct span_list *out_list) {
    size_t count = count_of(rect, set, pairs);
    struct span *items = arena_array(compare->arena, count, sizeof *items);
    size_t used = 0;
    if (items == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        if (policy_rect_has(rect, set, i)) {
            items[used++] = pairs->items[i].id;
        }
    }
    *out_list = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

/* ---- names that stand for several ---- */

/* What a member of a set belongs to: the party of a role, the category of a field. */
static uint32_t group_of(const struct telling *it, int set, uint32_t number) {
    return set == SET_ROLES ? it->version->roles[number].party
                            : it->version->fields[number].category;
}

static size_t group_size(const struct telling *it, int set, uint32_t group) {
    const struct policy *policy = it->version;
    size_t size = 0;
    if (set == SET_FIELDS) {
        return policy->categories[group].field_count;
    }
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        size += policy->roles[i].party == group;
    }
    return size;
}

/* How many of the rectangle's set belong to the group. */
static size_t group_in(const struct telling *it, int set, const struct pairs *pairs,
                       uint32_t group) {
    size_t count = 0;
    for (uint32_t i = 0; i < pairs->count; i++) {
        uint32_t number = number_in(it, &pairs->items[i]);
        count += policy_rect_has(it->rect, set, i) && number != POLICY_NONE &&
                 group_of(it, set, number) == group;
    }
    return count;
}

/* The first of its group in the set, where the whole group is there: it stands for all. Names that
 * the version does not have come last, and stand for themselves. */
static bool leads_group(const struct telling *it, int set, const struct pairs *pairs,
                        uint32_t index, bool *out_whole) {
    uint32_t number = number_in(it, &pairs->items[index]);
    *out_whole = false;
    if (number == POLICY_NONE) {
        return true;
    }
    uint32_t group = group_of(it, set, number);
    size_t size = group_size(it, set, group);
    *out_whole = size > 1 && group_in(it, set, pairs, group) == size;
    for (uint32_t i = 0; *out_whole && i < index; i++) {
        uint32_t other = number_in(it, &pairs->items[i]);
        if (policy_rect_has(it->rect, set, i) && group_of(it, set, other) == group) {
            return false;
        }
    }
    return true;
}

/* "`housing/` and a star", "`police/sergeant` and `police/officer`". Gives how many were named. */
static size_t add_groups(struct telling *it, int set, const struct pairs *pairs) {
    size_t count = 0;
    size_t index = 0;
    bool is_whole;
    for (uint32_t i = 0; i < pairs->count; i++) {
        count += policy_rect_has(it->rect, set, i) && leads_group(it, set, pairs, i, &is_whole);
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        if (!policy_rect_has(it->rect, set, i) || !leads_group(it, set, pairs, i, &is_whole)) {
            continue;
        }
        struct span name = pairs->items[i].id;
        policy_phrase_comma(&it->phrase, index++, count, " and ");
        policy_phrase_text(&it->phrase, "`");
        if (is_whole) {
            name.len = span_index(name, set == SET_ROLES ? '/' : '.') + 1;
        }
        policy_phrase_add(&it->phrase, name);
        policy_phrase_text(&it->phrase, is_whole ? "*`" : "`");
    }
    return count;
}

static void add_all(struct telling *it, int set, const struct pairs *pairs) {
    size_t count = count_of(it->rect, set, pairs);
    size_t index = 0;
    for (uint32_t i = 0; i < pairs->count; i++) {
        if (policy_rect_has(it->rect, set, i)) {
            policy_phrase_comma(&it->phrase, index++, count, " and ");
            policy_phrase_add(&it->phrase, pairs->items[i].id);
        }
    }
}

/* ---- parts of a sentence ---- */

static void add_from_for(struct telling *it) {
    policy_phrase_text(&it->phrase, " from ");
    add_all(it, SET_SOURCES, &it->compare->parties);
    policy_phrase_text(&it->phrase, " for ");
    add_all(it, SET_PURPOSES, &it->compare->purposes);
}

static struct span clause_id(const struct policy *policy, uint32_t clause) {
    return clause == POLICY_NONE ? span_of(NULL, 0) : policy->clauses[clause].shown.id;
}

static void add_clause(struct telling *it, const char *before, const struct policy *policy,
                       uint32_t clause) {
    policy_phrase_text(&it->phrase, before);
    policy_phrase_text(&it->phrase,
                       policy->clauses[clause].shown.is_floor ? "floor clause " : "clause ");
    policy_phrase_add(&it->phrase, clause_id(policy, clause));
}

static void add_how(struct telling *it, const struct change_side *side) {
    const struct policy *policy = it->version;
    const struct arm *arm = &policy->arms[side->arm];
    if (arm->treatment == TREATMENT_GENERALISE) {
        policy_phrase_text(&it->phrase, " as `");
        policy_phrase_add(&it->phrase, policy->rules[arm->rule].id);
        policy_phrase_text(&it->phrase, "`");
    } else if (arm->treatment == TREATMENT_PSEUDONYMISE) {
        policy_phrase_text(&it->phrase, " as a pseudonym");
    } else if (arm->treatment == TREATMENT_AGGREGATE) {
        policy_phrase_add(&it->phrase,
                          arena_format(it->compare->arena, " in counts of %u or more",
                                       (unsigned)policy->clauses[side->clause].group_min));
    }
}

static void tell_new(struct telling *it) {
    struct compare *compare = it->compare;
    const struct change_side *side = &it->change->after;
    size_t who = add_groups(it, SET_ROLES, &compare->roles);
    policy_phrase_text(&it->phrase, who == 1 ? " newly sees " : " newly see ");
    add_groups(it, SET_FIELDS, &compare->fields);
    add_how(it, side);
    add_from_for(it);
    policy_phrase_terms(compare, it->change, &it->phrase);
    bool is_new = policy_names_find(&compare->before->clause_names,
                                    clause_id(compare->after, side->clause)) == POLICY_NONE;
    add_clause(it, is_new ? " (new " : " (", compare->after, side->clause);
    policy_phrase_text(&it->phrase, ")");
}

static void tell_gone(struct telling *it) {
    struct compare *compare = it->compare;
    const struct change_side *after = &it->change->after;
    size_t who = add_groups(it, SET_ROLES, &compare->roles);
    policy_phrase_text(&it->phrase, who == 1 ? " no longer sees " : " no longer see ");
    add_groups(it, SET_FIELDS, &compare->fields);
    add_from_for(it);
    add_clause(it, " (was ", compare->before, it->change->before.clause);
    if (after->ban != POLICY_NONE) {
        add_clause(it, "; now prohibited by ", compare->after, after->ban);
    } else if (after->clause != POLICY_NONE) {
        add_clause(it, "; now ", compare->after, after->clause);
    }
    policy_phrase_text(&it->phrase, ")");
}

static void add_moves(struct telling *it, uint32_t settings) {
    size_t count = 0;
    size_t index = 0;
    for (uint32_t i = 0; i < CELL_SETTINGS; i++) {
        count += settings >> i & 1U;
    }
    for (uint32_t i = 0; i < CELL_SETTINGS; i++) {
        if ((settings >> i & 1U) != 0) {
            policy_phrase_text(&it->phrase, index++ == 0 ? "" : "; ");
            policy_phrase_setting(it->compare, it->change, (enum cell_setting)i, &it->phrase);
        }
    }
}

static void tell_moved(struct telling *it) {
    static const char *const words[] = {[POLICY_CHANGE_WEAKER] = " more openly: ",
                                        [POLICY_CHANGE_CHANGED] = " on other terms: ",
                                        [POLICY_CHANGE_STRONGER] = " less openly: "};
    struct compare *compare = it->compare;
    struct span before = clause_id(compare->before, it->change->before.clause);
    struct span after = clause_id(compare->after, it->change->after.clause);
    size_t who = add_groups(it, SET_ROLES, &compare->roles);
    policy_phrase_text(&it->phrase, who == 1 ? " sees " : " see ");
    add_groups(it, SET_FIELDS, &compare->fields);
    add_from_for(it);
    policy_phrase_text(&it->phrase, words[it->change->class]);
    add_moves(it, it->change->weaker | it->change->stronger);
    add_clause(it, " (", compare->after, it->change->after.clause);
    if (!span_equal(before, after)) {
        add_clause(it, ", was ", compare->before, it->change->before.clause);
    }
    policy_phrase_text(&it->phrase, ")");
}

static const char *standing_word(uint32_t standing) {
    static const char *const words[] = {
        [STANDING_NONE] = "not prohibited",  [STANDING_SOFT] = "prohibited unless emergency",
        [STANDING_HARD] = "prohibited",      [STANDING_FLOOR] = "prohibited by the floor",
        [STANDING_SHARE] = "not prohibited",
    };
    return words[standing];
}

/* Nothing was or is shared there, but what stood in the way did change. */
static void tell_ban(struct telling *it) {
    struct compare *compare = it->compare;
    const struct change *change = it->change;
    add_groups(it, SET_FIELDS, &compare->fields);
    policy_phrase_text(&it->phrase, " to ");
    add_groups(it, SET_ROLES, &compare->roles);
    add_from_for(it);
    policy_phrase_text(&it->phrase, ": ");
    policy_phrase_text(&it->phrase, standing_word(change->after.standing));
    if (change->after.ban != POLICY_NONE) {
        add_clause(it, " (", compare->after, change->after.ban);
        policy_phrase_text(&it->phrase, ")");
    }
    policy_phrase_text(&it->phrase, ", was ");
    policy_phrase_text(&it->phrase, standing_word(change->before.standing));
    if (change->before.ban != POLICY_NONE) {
        add_clause(it, " (", compare->before, change->before.ban);
        policy_phrase_text(&it->phrase, ")");
    }
    policy_phrase_text(&it->phrase, "; nothing is shared there");
}

static void tell(struct telling *it) {
    if (!it->change->is_cell) {
        tell_ban(it);
    } else if (it->change->class == POLICY_CHANGE_NEW) {
        tell_new(it);
    } else if (it->change->class == POLICY_CHANGE_GONE) {
        tell_gone(it);
    } else {
        tell_moved(it);
    }
}

static struct lg_err add_line(struct compare *compare, const struct policy_change *line) {
    compare->lines =
        arena_more(compare->arena, compare->lines, compare->line_count, sizeof *compare->lines);
    if (compare->lines == NULL) {
        return policy_no_memory();
    }
    compare->lines[compare->line_count++] = *line;
    return LG_OK;
}

struct lg_err policy_compare_line(struct compare *compare, enum policy_change_class class,
                                  struct span sentence) {
    const struct policy_change line = {.class = class, .sentence = sentence};
    return sentence.ptr == NULL ? policy_no_memory() : add_line(compare, &line);
}

static uint32_t first_known(uint32_t clause, uint32_t ban) {
    return clause != POLICY_NONE ? clause : ban;
}

static struct lg_err tell_rect(struct compare *compare, const struct rect *rect) {
    const struct change *change = &compare->changes[rect->change];
    bool is_before = change->is_cell && change->class == POLICY_CHANGE_GONE;
    struct telling it = {
        .compare = compare,
        .change = change,
        .rect = rect,
        .version = is_before ? compare->before : compare->after,
        .is_before = is_before,
        .phrase = {.arena = compare->arena},
    };
    struct policy_change line = {
        .class = (enum policy_change_class)change->class,
        .is_cell = change->is_cell,
        .data_class = (enum policy_class)change->data_class,
        .clause_before =
            clause_id(compare->before, first_known(change->before.clause, change->before.ban)),
        .clause_after =
            clause_id(compare->after, first_known(change->after.clause, change->after.ban)),
    };
    TRY(list_of(compare, rect, SET_ROLES, &compare->roles, &line.roles));
    TRY(list_of(compare, rect, SET_SOURCES, &compare->parties, &line.sources));
    TRY(list_of(compare, rect, SET_PURPOSES, &compare->purposes, &line.purposes));
    TRY(list_of(compare, rect, SET_FIELDS, &compare->fields, &line.fields));
    tell(&it);
    line.sentence = policy_phrase_end(&it.phrase);
    return line.sentence.ptr == NULL ? policy_no_memory() : add_line(compare, &line);
}

struct lg_err policy_compare_sentences(struct compare *compare) {
    for (uint32_t i = 0; i < compare->rects.count; i++) {
        TRY(tell_rect(compare, &compare->rects.items[i]));
    }
    return LG_OK;
}
