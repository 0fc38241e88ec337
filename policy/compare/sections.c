/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of both versions, section by section and setting by setting. What the cells do not show
 * is told here: dates, parties, roles, the emergency section, promises, enrolment, and settings
 * that changed without changing anything that is shared. Nothing that differs is passed over: a
 * setting that no table knows is told as changed. Blanks, line breaks and the order of lists are no
 * difference; nor are the number of a clause and its place. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "policy/compare/compare_int.h"
#include "policy/compare/sections_int.h"

static bool is_clause(const struct doc_section *section) {
    return span_equal_text(section->kind, "clause");
}

/* "8.5" of "8.5 share". */
static struct span clause_number(const struct doc_section *section) {
    struct words words = policy_words_of(section->head, section->line);
    struct span id;
    ASSERT(policy_words_next(&words, &id));
    return id;
}

/* "share" of "8.5 share". */
static struct span clause_kind(const struct doc_section *section) {
    struct words words = policy_words_of(section->head, section->line);
    struct span id;
    struct span kind;
    ASSERT(policy_words_next(&words, &id));
    ASSERT(policy_words_next(&words, &kind));
    return kind;
}

struct span policy_section_kind(const struct doc_section *section) {
    return is_clause(section) ? clause_kind(section) : section->kind;
}

const struct doc_setting *
policy_section_setting(const struct doc *doc, const struct doc_section *section, struct span name) {
    for (uint32_t i = 0; i < section->count; i++) {
        const struct doc_setting *setting = &doc->settings[section->first + i];
        if (span_equal(setting->name, name)) {
            return setting;
        }
    }
    return NULL;
}

/* ---- which section became which ---- */

/* Every setting of one is in the other with the same value. */
static bool holds_all(const struct doc *doc, const struct doc_section *section,
                      const struct doc *other_doc, const struct doc_section *other) {
    for (uint32_t i = 0; i < section->count; i++) {
        const struct doc_setting *setting = &doc->settings[section->first + i];
        const struct doc_setting *match = policy_section_setting(other_doc, other, setting->name);
        enum term_how how = policy_term_how(policy_section_kind(section), setting->name);
        if (match == NULL || !policy_term_same(how, setting->value, match->value)) {
            return false;
        }
    }
    return section->count == other->count;
}

/* The same words under any number. */
static uint32_t find_alike(const struct texts *texts, const struct doc_section *section) {
    for (uint32_t i = 0; i < texts->before.section_count; i++) {
        const struct doc_section *other = &texts->before.sections[i];
        if (texts->match_before[i] == POLICY_NONE && is_clause(other) &&
            span_equal(clause_kind(other), clause_kind(section)) &&
            holds_all(&texts->after, section, &texts->before, other)) {
            return i;
        }
    }
    return POLICY_NONE;
}

static bool has_same_name(const struct doc_section *a, const struct doc_section *b) {
    if (!span_equal(a->kind, b->kind)) {
        return false;
    }
    /* There is one agreement to a file, whatever its name; a promise is known by its first word. */
    if (span_equal_text(a->kind, "agreement")) {
        return true;
    }
    if (is_clause(a) || span_equal_text(a->kind, "promise")) {
        return span_equal(clause_number(a), clause_number(b)) &&
               span_equal(clause_kind(a), clause_kind(b));
    }
    return span_equal(a->head, b->head);
}

static uint32_t find_named(const struct texts *texts, const struct doc_section *section) {
    for (uint32_t i = 0; i < texts->before.section_count; i++) {
        if (texts->match_before[i] == POLICY_NONE &&
            has_same_name(&texts->before.sections[i], section)) {
            return i;
        }
    }
    return POLICY_NONE;
}

/* Clauses that say the same first, so that numbering anew moves none of the others. */
static void match(struct texts *texts) {
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < texts->after.section_count; i++) {
            const struct doc_section *section = &texts->after.sections[i];
            if (texts->match_after[i] != POLICY_NONE || (pass == 0 && !is_clause(section))) {
                continue;
            }
            uint32_t found = pass == 0 ? find_alike(texts, section) : find_named(texts, section);
            if (found != POLICY_NONE) {
                texts->match_after[i] = found;
                texts->match_before[found] = i;
            }
        }
    }
}

static struct lg_err texts_init(const struct compare *compare, struct texts *texts) {
    struct diag unused;
    TRY(policy_doc_read(compare->before->text, compare->arena, &unused, &texts->before));
    TRY(policy_doc_read(compare->after->text, compare->arena, &unused, &texts->after));
    texts->match_before =
        arena_array(compare->arena, texts->before.section_count, sizeof *texts->match_before);
    texts->match_after =
        arena_array(compare->arena, texts->after.section_count, sizeof *texts->match_after);
    if (texts->match_before == NULL || texts->match_after == NULL) {
        return policy_no_memory();
    }
    for (uint32_t i = 0; i < texts->before.section_count; i++) {
        texts->match_before[i] = POLICY_NONE;
    }
    for (uint32_t i = 0; i < texts->after.section_count; i++) {
        texts->match_after[i] = POLICY_NONE;
    }
    match(texts);
    return LG_OK;
}

/* ---- lines ---- */

static struct span section_name(const struct compare *compare, const struct doc_section *section) {
    bool has_head = section->head.len > 0;
    return arena_format(compare->arena, "%.*s%s%.*s", (int)section->kind.len,
                        (const char *)section->kind.ptr, has_head ? " " : "",
                        (int)section->head.len, has_head ? (const char *)section->head.ptr : "");
}

/* The value on one line, or a word for none. */
static void add_value(struct phrase *phrase, const struct doc_setting *setting) {
    struct span word;
    if (setting == NULL) {
        policy_phrase_text(phrase, "not set");
        return;
    }
    struct words words = policy_words_of(setting->value, setting->line);
    policy_phrase_text(phrase, "`");
    for (bool is_first = true; policy_words_next(&words, &word); is_first = false) {
        policy_phrase_text(phrase, is_first ? "" : " ");
        policy_phrase_add(phrase, word);
    }
    policy_phrase_text(phrase, "`");
}

/* A share or never clause whose number the cells' lines may have named. */
static bool is_told(const struct compare *compare, const struct doc_section *section,
                    struct span name, bool is_after, bool *out_cited) {
    const struct policy *policy = is_after ? compare->after : compare->before;
    uint32_t clause = policy_names_find(&policy->clause_names, clause_number(section));
    ASSERT(clause != POLICY_NONE);
    const uint8_t *cited = is_after ? compare->cited_after : compare->cited_before;
    const uint32_t *moved = is_after ? compare->moved_after : compare->moved_before;
    uint32_t settings = policy_term_cells(name);
    *out_cited |= cited[clause] != 0;
    return settings == 0 ? cited[clause] != 0 : (moved[clause] & settings) != 0;
}

static bool governs_cells(const struct doc_section *section) {
    return is_clause(section) && !span_equal_text(clause_kind(section), "enrol");
}

/* One setting of a section that both have; either is NULL where that version is silent. */
static struct lg_err tell_setting(struct compare *compare, const struct doc_section *sections[2],
                                  const struct doc_setting *before,
                                  const struct doc_setting *after) {
    struct span name = after == NULL ? before->name : after->name;
    struct span kind = policy_section_kind(sections[1]);
    enum term_how how = policy_term_how(kind, name);
    bool cited = false;
    if (before != NULL && after != NULL && policy_term_same(how, before->value, after->value)) {
        return LG_OK;
    }
    enum policy_change_class class = policy_term_class(how, before, after);
    if (governs_cells(sections[1]) && how != TERM_TEXT) {
        bool is_told_before = is_told(compare, sections[0], name, false, &cited);
        if (is_told(compare, sections[1], name, true, &cited) || is_told_before) {
            return LG_OK;
        }
        class = cited ? POLICY_CHANGE_CHANGED : POLICY_CHANGE_TEXT;
    }
    struct phrase phrase = {.arena = compare->arena};
    policy_phrase_add(&phrase, section_name(compare, sections[1]));
    policy_phrase_text(&phrase, ": `");
    policy_phrase_add(&phrase, name);
    policy_phrase_text(&phrase, "` is ");
    add_value(&phrase, after);
    policy_phrase_text(&phrase, ", was ");
    add_value(&phrase, before);
    return policy_compare_line(compare, class, policy_phrase_end(&phrase));
}

static struct lg_err tell_head(struct compare *compare, const struct doc_section *before,
                               const struct doc_section *after) {
    if (is_clause(after) || span_equal(before->head, after->head)) {
        return LG_OK;
    }
    return policy_compare_line(compare, POLICY_CHANGE_CHANGED,
                               arena_format(compare->arena, "%.*s %.*s was called %.*s",
                                            (int)after->kind.len, (const char *)after->kind.ptr,
                                            (int)after->head.len, (const char *)after->head.ptr,
                                            (int)before->head.len, (const char *)before->head.ptr));
}

static struct lg_err tell_pair(struct compare *compare, const struct texts *texts,
                               const struct doc_section *before, const struct doc_section *after) {
    const struct doc_section *sections[2] = {before, after};
    TRY(tell_head(compare, before, after));
    for (uint32_t i = 0; i < after->count; i++) {
        const struct doc_setting *is = &texts->after.settings[after->first + i];
        TRY(tell_setting(compare, sections,
                         policy_section_setting(&texts->before, before, is->name), is));
    }
    for (uint32_t i = 0; i < before->count; i++) {
        const struct doc_setting *was = &texts->before.settings[before->first + i];
        if (policy_section_setting(&texts->after, after, was->name) == NULL) {
            TRY(tell_setting(compare, sections, was, NULL));
        }
    }
    return LG_OK;
}

/* A section that one version lacks. */
static struct lg_err tell_alone(struct compare *compare, const struct doc_section *section,
                                bool is_after) {
    bool cited = false;
    enum policy_change_class class = policy_term_alone(policy_section_kind(section), is_after);
    if (governs_cells(section)) {
        if (is_told(compare, section, span_text("to"), is_after, &cited)) {
            return LG_OK;
        }
        class = POLICY_CHANGE_TEXT;
    }
    struct span name = section_name(compare, section);
    return policy_compare_line(
        compare, class,
        arena_format(compare->arena, "%.*s %s%s", (int)name.len, (const char *)name.ptr,
                     is_after ? "is new" : "is gone",
                     governs_cells(section) ? "; it changes nothing that is shared" : ""));
}

/* Of two declarations without a name the first section that holds is used, so their order counts.
 */
static struct lg_err tell_order(struct compare *compare) {
    uint32_t last = 0;
    bool moved = false;
    for (uint32_t i = 0; i < compare->emergencies.count; i++) {
        const struct pair *pair = &compare->emergencies.items[i];
        if (pair->before != POLICY_NONE && pair->after != POLICY_NONE) {
            moved |= pair->before < last;
            last = pair->before;
        }
    }
    return moved ? policy_compare_line(
                       compare, POLICY_CHANGE_CHANGED,
                       span_text("the emergency sections stand in another order: a declaration "
                                 "that names none falls under the first that holds"))
                 : LG_OK;
}

struct lg_err policy_compare_terms(struct compare *compare) {
    struct texts texts = {0};
    TRY(texts_init(compare, &texts));
    for (uint32_t i = 0; i < texts.after.section_count; i++) {
        const struct doc_section *section = &texts.after.sections[i];
        uint32_t before = texts.match_after[i];
        TRY(before == POLICY_NONE
                ? tell_alone(compare, section, true)
                : tell_pair(compare, &texts, &texts.before.sections[before], section));
    }
    for (uint32_t i = 0; i < texts.before.section_count; i++) {
        if (texts.match_before[i] == POLICY_NONE) {
            TRY(tell_alone(compare, &texts.before.sections[i], false));
        }
    }
    return tell_order(compare);
}
