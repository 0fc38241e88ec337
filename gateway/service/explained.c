/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations as they travel. */
#include "gateway/service/service_int.h"

/* At most so many bytes, and never half a character. */
static struct span cut(struct span text, size_t len_max) {
    size_t len = text.len <= len_max ? text.len : len_max;
    while (len < text.len && len > 0 && (text.ptr[len] & 0xc0U) == 0x80U) {
        len--;
    }
    return span_of(text.ptr, len);
}

static struct span sentence(struct span text) {
    return cut(text, LIMIT_WIRE_SENTENCE);
}

static const char *treatment_word(enum treatment treatment) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "",
        [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise",
        [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",
        [TREATMENT_REDACT] = "redact",
    };
    return words[treatment];
}

static struct lg_err checks_make(const struct policy_explanation *from, struct arena *arena,
                                 struct wire_explained_item *item) {
    struct wire_explained_check *checks = arena_array(arena, from->check_count, sizeof *checks);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < from->check_count; i++) {
        checks[i] = (struct wire_explained_check){
            .check = span_text(policy_check_name(from->checks[i].check)),
            .mark = span_text(policy_mark_name(from->checks[i].mark)),
            .asked = sentence(from->checks[i].asked),
            .found = sentence(from->checks[i].found),
        };
    }
    item->checks = checks;
    item->check_count = from->check_count;
    return LG_OK;
}

static struct lg_err axes_make(const struct policy_explanation *from, struct arena *arena,
                               struct wire_explained_item *item) {
    struct wire_explained_axis *axes = arena_array(arena, from->axis_count, sizeof *axes);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < from->axis_count; i++) {
        axes[i] = (struct wire_explained_axis){
            .axis = span_text(policy_axis_name(from->axes[i].axis)),
            .verdict = span_text(policy_axis_verdict_name(from->axes[i].verdict)),
            .source = sentence(from->axes[i].source),
        };
    }
    item->axes = axes;
    item->axis_count = from->axis_count;
    return LG_OK;
}

static struct lg_err nearest_make(const struct policy_explanation *from, struct arena *arena,
                                  struct wire_explained_item *item) {
    struct wire_nearest *nearest = arena_array(arena, from->nearest_count, sizeof *nearest);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < from->nearest_count; i++) {
        nearest[i] = (struct wire_nearest){
            .clause = from->nearest[i].clause,
            .line = from->nearest[i].line,
            .differs = from->nearest[i].differs,
        };
    }
    item->nearest = nearest;
    item->nearest_count = from->nearest_count;
    return LG_OK;
}

static struct lg_err set_make(const struct policy_hint_set *from, struct arena *arena,
                              struct wire_hint_set *set) {
    struct wire_hint *hints = arena_array(arena, from->count, sizeof *hints);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < from->count; i++) {
        const struct policy_hint *hint = &from->hints[i];
        hints[i] = (struct wire_hint){
            .kind = span_text(policy_hint_name(hint->kind)),
            .value = sentence(hint->value),
            .at_s = hint->at_s,
            .number = hint->number,
            .sentence = sentence(policy_hint_sentence(hint, arena)),
        };
    }
    *set = (struct wire_hint_set){
        .hints = hints, .hint_count = from->count, .changes_request = from->changes_request};
    return arena_failed(arena);
}

static struct lg_err sets_make(const struct policy_explanation *from, struct arena *arena,
                               struct wire_explained_item *item) {
    struct wire_hint_set *sets = arena_array(arena, from->hints.count, sizeof *sets);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < from->hints.count; i++) {
        TRY(set_make(&from->hints.sets[i], arena, &sets[i]));
    }
    item->hint_sets = sets;
    item->hint_set_count = from->hints.count;
    return LG_OK;
}

struct lg_err service_explained_item(const struct policy_explanation *from, struct arena *arena,
                                     struct wire_explained_item *out_item) {
    bool is_refused = from->reason != POLICY_REASON_NONE;
    struct wire_explained_item item = {
        .item = from->field,
        .code = is_refused ? span_text(policy_reason_name(from->reason)) : span_of(NULL, 0),
        .treatment = span_text(treatment_word(from->treatment)),
        .sentence = sentence(from->sentence),
        .clause = from->clause,
        .clause_title = sentence(from->clause_title),
        .clause_line = from->clause_line,
        .rule = from->rule,
    };
    TRY(checks_make(from, arena, &item));
    TRY(axes_make(from, arena, &item));
    TRY(nearest_make(from, arena, &item));
    TRY(sets_make(from, arena, &item));
    *out_item = item;
    return LG_OK;
}

struct lg_err service_explained_source(const struct policy_explained_source *from,
                                       struct arena *arena,
                                       struct wire_explained_source *out_source) {
    struct wire_explained_item *items = arena_array(arena, from->field_count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < from->field_count; i++) {
        TRY(service_explained_item(&from->fields[i], arena, &items[i]));
    }
    *out_source = (struct wire_explained_source){
        .source = from->source,
        .decision = from->decision,
        .code = span_text(policy_reason_name(from->reason)),
        .items = items,
        .item_count = from->field_count,
        .obligations = from->obligations,
    };
    return LG_OK;
}
