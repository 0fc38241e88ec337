/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a register, each with the one way to write it, and where a fault is. */
#include <stdarg.h>
#include <stdio.h>

#include "gateway/base/limits.h"
#include "gateway/base/num.h"
#include "policy/register/register_int.h"
#include "policy/text/words.h"

struct lg_err policy_register_stop(struct register_reader *reader, struct register_value where,
                                   const char *format, ...) {
    const struct policy_faults faults = {.diag = reader->diag};
    struct policy_spot spot = {.code = "R01", .line = where.line};
    char text[sizeof reader->diag->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)policy_doc_spot(&reader->doc, where.text.ptr, &spot.line, &spot.column);
    return policy_faults_put(&faults, spot, text);
}

static int shown_len(struct span text) {
    return (int)num_min(text.len, LIMIT_POLICY_NAME_SIZE);
}

static struct lg_err stop_unknown(struct register_reader *reader, struct register_value word,
                                  const char *what, struct span best) {
    if (best.len == 0) {
        return policy_register_stop(reader, word, "`%.*s` is not %s", shown_len(word.text),
                                    (const char *)word.text.ptr, what);
    }
    return policy_register_stop(reader, word, "`%.*s` is not %s; did you mean `%.*s`?",
                                shown_len(word.text), (const char *)word.text.ptr, what,
                                shown_len(best), (const char *)best.ptr);
}

struct lg_err policy_register_choice(struct register_reader *reader, struct register_value value,
                                     const char *const *choices, uint32_t *out_index) {
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    struct nearest nearest = policy_nearest_of(value.text);
    for (uint32_t i = 0; choices[i] != NULL; i++) {
        if (span_equal_text(value.text, choices[i])) {
            *out_index = i;
            return LG_OK;
        }
        policy_nearest_offer(&nearest, span_text(choices[i]));
    }
    return stop_unknown(reader, value, "a word that stands here", nearest.best);
}

struct lg_err policy_register_flag(struct register_reader *reader, struct register_value value,
                                   const char *const *words, bool *out_flag) {
    uint32_t index = *out_flag;
    TRY(policy_register_choice(reader, value, words, &index));
    *out_flag = index == 1;
    return LG_OK;
}

struct lg_err policy_register_date(struct register_reader *reader, struct register_value value,
                                   int32_t *out_day) {
    if (value.text.ptr != NULL && !policy_day_parse(value.text, out_day)) {
        return policy_register_stop(reader, value, "a date is needed here, such as `2026-04-01`");
    }
    return LG_OK;
}

struct lg_err policy_register_text_of(struct register_reader *reader, struct register_value value,
                                      struct span *out_text) {
    if (value.text.ptr == NULL) {
        return LG_OK;
    }
    uint8_t *copy = arena_alloc(reader->arena, value.text.len);
    struct words words = policy_words_of(value.text, value.line);
    struct span word;
    size_t used = 0;
    if (copy == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
    }
    /* One blank between words, wherever the lines were broken: never longer than it was. */
    while (policy_words_next(&words, &word)) {
        if (used > 0) {
            copy[used++] = ' ';
        }
        for (size_t i = 0; i < word.len; i++) {
            copy[used++] = word.ptr[i];
        }
    }
    *out_text = span_of(copy, used);
    return LG_OK;
}

/* What a list may name. */
struct list_of {
    const struct names *names;
    const char *what;
    bool any_allowed;
};

static struct lg_err add_bit(struct register_reader *reader, struct register_value item,
                             uint64_t bit, uint64_t *bits) {
    if ((*bits & bit) != 0) {
        return policy_register_stop(reader, item, "`%.*s` is listed twice", shown_len(item.text),
                                    (const char *)item.text.ptr);
    }
    *bits |= bit;
    return LG_OK;
}

static struct lg_err list_bits(struct register_reader *reader, struct register_value value,
                               struct list_of known, uint64_t *out_bits) {
    struct words words = policy_words_of(value.text, value.line);
    struct register_value item;
    uint64_t bits = 0;
    if (known.any_allowed && span_equal_text(value.text, "any")) {
        *out_bits = REGISTER_ANY;
        return LG_OK;
    }
    while (policy_words_item(&words, &item.text)) {
        item.line = words.line;
        uint32_t index = policy_names_find(known.names, item.text);
        if (index == POLICY_NONE) {
            return stop_unknown(reader, item, known.what,
                                policy_names_nearest(known.names, item.text));
        }
        TRY(add_bit(reader, item, UINT64_C(1) << index, &bits));
    }
    *out_bits = value.text.ptr == NULL ? *out_bits : bits;
    return LG_OK;
}

struct lg_err policy_register_bodies(struct register_reader *reader, struct register_value value,
                                     uint64_t *out_bits) {
    struct list_of known = {&reader->out->body_names, "a body of this register, nor `any`", true};
    return list_bits(reader, value, known, out_bits);
}

struct lg_err policy_register_functions(struct register_reader *reader, struct register_value value,
                                        uint64_t *out_bits) {
    struct list_of known = {&reader->out->function_names, "a function of this register", false};
    return list_bits(reader, value, known, out_bits);
}

struct lg_err policy_register_data(struct register_reader *reader, struct register_value value,
                                   uint8_t *out_kinds) {
    static const char *const kinds[] = {"patient information", "special", "criminal", NULL};
    struct words words = policy_words_of(value.text, value.line);
    struct register_value item;
    uint64_t bits = 0;
    while (policy_words_item(&words, &item.text)) {
        uint32_t index = 0;
        item.line = words.line;
        TRY(policy_register_choice(reader, item, kinds, &index));
        TRY(add_bit(reader, item, UINT64_C(1) << index, &bits));
    }
    *out_kinds = (uint8_t)bits;
    return LG_OK;
}
