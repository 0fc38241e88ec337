/* SPDX-License-Identifier: Apache-2.0 */
/* Entries in plain words. */
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/store/entries.h"
#include "tools/lockgate/sar_report.h"

static const char *what_of(unsigned kind) {
    static const char *const words[AUDIT_KIND_END] = {
        [AUDIT_ASK] = "A question about you",
        [AUDIT_RELEASE] = "An answer about you",
        [AUDIT_OUTCOME] = "The end of a question",
        [AUDIT_DENIAL] = "A question that was refused",
        [AUDIT_CONSENT] = "What you decided about sharing",
        [AUDIT_ENROL] = "A change of who knows you",
    };
    const char *word = kind < AUDIT_KIND_END ? words[kind] : NULL;
    return word != NULL ? word : "Another entry";
}

/* Of an answer: what came of asking, as far as the reader may know. */
static const char *answer_of(struct span reason) {
    static const struct {
        const char *code;
        const char *words;
    } rows[] = {
        {"ANSWERED", "Information was given"},
        {"HIDDEN", "Information was given, or there was none to give"},
        {"NOTHING_TO_SHOW", "There was nothing to give"},
        {"NO_ANSWER_IN_TIME", "No answer came in time"},
        {"UNAVAILABLE", "No answer could be had"},
        {"WITHHELD_BY_CONSENT", "Nothing was given, because of what you decided"},
        {"WITHHELD_BY_SOURCE", "Nothing was given: whoever was asked decided so"},
        {"NOT_PERMITTED", "Nothing was given: it was not permitted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (span_equal_text(reason, rows[i].code)) {
            return rows[i].words;
        }
    }
    return NULL;
}

static const char *outcome_of(const struct wire_audit_hit *hit) {
    static const char *const words[AUDIT_DECISION_END] = {
        [AUDIT_DECISION_NONE] = "Recorded",
        [AUDIT_DECISION_PERMIT] = "Permitted",
        [AUDIT_DECISION_PARTIAL] = "Permitted in part",
        [AUDIT_DECISION_REFUSE] = "Refused",
        [AUDIT_DECISION_NOT_DELIVERED] = "The answer did not arrive",
        [AUDIT_DECISION_ABANDONED] = "Broken off",
    };
    const char *answer = hit->kind == AUDIT_RELEASE ? answer_of(hit->reason) : NULL;
    if (answer != NULL) {
        return answer;
    }
    return hit->outcome < AUDIT_DECISION_END ? words[hit->outcome] : "Recorded";
}

/* ---- categories ---- */

/* What an item is named by before its point. */
static struct span category_of(struct span item) {
    const uint8_t *point = item.len == 0 ? NULL : memchr(item.ptr, '.', item.len);
    return point == NULL ? item : span_of(item.ptr, (size_t)(point - item.ptr));
}

static bool has(const struct span *items, size_t count, struct span item) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal(items[i], item)) {
            return true;
        }
    }
    return false;
}

/* Of the items that the decision let pass; each category once. */
static struct lg_err categories_make(const struct wire_explained_source *source,
                                     struct arena *arena, struct span_list *out_categories) {
    struct span *items = arena_array(arena, source->item_count, sizeof *items);
    size_t count = 0;
    TRY(arena_failed(arena));
    for (size_t i = 0; i < source->item_count; i++) {
        struct span category = category_of(source->items[i].item);
        if (source->items[i].code.len == 0 && !has(items, count, category)) {
            items[count++] = arena_copy(arena, category);
        }
    }
    *out_categories = (struct span_list){.items = items, .count = count};
    return arena_failed(arena);
}

static struct lg_err explained_use(const struct wire_audit_hit *hit,
                                   const struct wire_explain_reply *explained, struct arena *arena,
                                   struct sar_line *line) {
    if (explained->has_agreement && explained->agreement.title.len > 0) {
        line->agreement = arena_copy(arena, explained->agreement.title);
    }
    if (explained->has_facts) {
        line->role = arena_copy(arena, explained->facts.role);
    }
    for (size_t i = 0; hit->kind == AUDIT_RELEASE && i < explained->source_count; i++) {
        if (span_equal(explained->sources[i].source, hit->source)) {
            return categories_make(&explained->sources[i], arena, &line->categories);
        }
    }
    return arena_failed(arena);
}

/* Codes are words with dashes between. */
static struct span words_of(struct span code, struct arena *arena) {
    uint8_t *text = arena_alloc(arena, code.len);
    if (text == NULL) {
        return span_of(NULL, 0);
    }
    for (size_t i = 0; i < code.len; i++) {
        text[i] = code.ptr[i] == '-' ? ' ' : code.ptr[i];
    }
    return span_of(text, code.len);
}

bool sar_hit_is_third_party(const struct wire_audit_hit *hit) {
    return span_equal_text(hit->reason, "LINK");
}

bool sar_hit_is_told(const struct wire_audit_hit *hit) {
    return hit->kind != AUDIT_REVIEW && !sar_hit_is_third_party(hit);
}

bool sar_hit_has_proof(const struct wire_audit_hit *hit) {
    return sar_hit_is_told(hit) && hit->kind != AUDIT_ASK && hit->kind != AUDIT_OUTCOME &&
           hit->kind != AUDIT_DENIAL;
}

bool sar_is_not_recorded(struct span code) {
    static const char *const codes[] = {"NO_DECISION", "ERASED", "TEXT_NOT_HERE",
                                        "NOT_RECORDED_IN_FULL"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (span_equal_text(code, codes[i])) {
            return true;
        }
    }
    return false;
}

static struct lg_err not_recorded_use(const struct wire_audit_hit *hit, struct arena *arena,
                                      struct sar_line *line) {
    static const char words[] = "not recorded";
    struct span *kinds = arena_array(arena, 1, sizeof *kinds);
    TRY(arena_failed(arena));
    kinds[0] = span_text(words);
    line->role = kinds[0];
    if (hit->kind == AUDIT_RELEASE) {
        line->categories = (struct span_list){.items = kinds, .count = 1};
    }
    return LG_OK;
}

struct lg_err sar_line_make(const struct wire_audit_hit *hit,
                            const struct wire_explain_reply *explained, struct arena *arena,
                            struct sar_line *out_line) {
    struct sar_line line = {
        .index = hit->index,
        .time_ms = hit->time_ms,
        .is_exact = hit->side != STORE_SIDE_SOURCE,
        .what = what_of(hit->kind),
        .organisation = hit->requester,
        .why = words_of(hit->purpose, arena),
        .basis = words_of(hit->basis, arena),
        .agreement = hit->agreement,
        .from = hit->source,
        .outcome = outcome_of(hit),
        .is_emergency = hit->emergency,
    };
    TRY(arena_failed(arena));
    if (explained != NULL && explained->verdict.decision == DECISION_REFUSE) {
        TRY(not_recorded_use(hit, arena, &line));
    } else if (explained != NULL) {
        TRY(explained_use(hit, explained, arena, &line));
    }
    *out_line = line;
    return LG_OK;
}
