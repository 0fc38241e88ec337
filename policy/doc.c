/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/doc.h"

#include <string.h>

#include "gateway/base/limits.h"
#include "policy/policy.h"
#include "policy/words.h"

enum { SETTING_INDENT = 2, MORE_INDENT = 4 };

/* One pass over the lines; run twice, first to count (doc NULL parts), then to fill. */
struct walk {
    struct span rest;
    struct span line;
    uint32_t number;
    size_t indent;
};

static struct lg_err stop(struct diag *diag) {
    (void)diag;
    return lg_err_make(LG_CLASS_CONFIG, LG_POLICY, POLICY_TEXT_WRONG);
}

static struct lg_err out_of_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
}

static size_t indent_of(struct span line) {
    size_t indent = 0;
    while (indent < line.len && line.ptr[indent] == ' ') {
        indent++;
    }
    return indent;
}

/* Next line with something on it that is not a comment. */
static bool walk_next(struct walk *walk) {
    while (span_split(&walk->rest, '\n', &walk->line)) {
        walk->number++;
        walk->indent = indent_of(walk->line);
        if (walk->indent < walk->line.len && walk->line.ptr[walk->indent] != '#') {
            return true;
        }
    }
    return false;
}

/* The code point of a well-formed sequence; *at moves past it. */
static uint32_t code_point(struct span text, size_t *at) {
    uint8_t lead = text.ptr[*at];
    size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t value = more == 0 ? lead : lead & (0x3fU >> more);
    for (size_t i = 1; i <= more; i++) {
        value = (value << 6) | (text.ptr[*at + i] & 0x3fU);
    }
    *at += more + 1;
    return value;
}

/* Unicode ranges of control, format, odd space and private-use characters: a reviewer does not see
 * them, or sees the text in another order (Trojan Source, CVE-2021-42574). */
static bool is_invisible(uint32_t point) {
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {
        {0x00, 0x1f},       {0x7f, 0xa0},        {0xad, 0xad},       {0x034f, 0x034f},
        {0x0600, 0x0605},   {0x061c, 0x061c},    {0x06dd, 0x06dd},   {0x070f, 0x070f},
        {0x08e2, 0x08e2},   {0x115f, 0x1160},    {0x1680, 0x1680},   {0x17b4, 0x17b5},
        {0x180b, 0x180f},   {0x2000, 0x200f},    {0x2028, 0x202f},   {0x205f, 0x206f},
        {0x2800, 0x2800},   {0x3000, 0x3000},    {0x3164, 0x3164},   {0xe000, 0xf8ff},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},    {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0x110bd, 0x110bd}, {0x13430, 0x1343f},  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };
    if (point >= ' ' && point <= '~') {
        return false;
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (point >= ranges[i].first && point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static struct lg_err check_characters(struct span line, uint32_t number, struct diag *diag) {
    if (!span_is_text(line)) {
        diag_set(diag, number, "the line is not UTF-8 text; save the file as UTF-8");
        return stop(diag);
    }
    size_t at = 0;
    while (at < line.len) {
        size_t column = at + 1;
        uint32_t point = code_point(line, &at);
        if (point == '\t') {
            diag_set(diag, number, "byte %zu is a tab; indent with spaces", column);
            return stop(diag);
        }
        if (point == '\r') {
            diag_set(diag, number, "the line holds CR; end lines with LF alone");
            return stop(diag);
        }
        if (point == 0xfeff && number == 1 && column == 1) {
            diag_set(diag, number, "the file starts with a byte order mark; save it without one");
            return stop(diag);
        }
        if (is_invisible(point)) {
            diag_set(diag, number, "byte %zu starts U+%04X, which a reviewer cannot see; remove it",
                     column, (unsigned)point);
            return stop(diag);
        }
    }
    return LG_OK;
}

static struct lg_err check_line(struct span line, uint32_t number, struct diag *diag) {
    if (line.len > LIMIT_POLICY_LINE_SIZE) {
        diag_set(diag, number, "the line has %zu bytes; at most %d are allowed", line.len,
                 LIMIT_POLICY_LINE_SIZE);
        return stop(diag);
    }
    TRY(check_characters(line, number, diag));
    if (line.len > 0 && line.ptr[line.len - 1] == ' ') {
        diag_set(diag, number, "the line ends in a space; remove it");
        return stop(diag);
    }
    return LG_OK;
}

static struct lg_err check_lines(struct span text, struct diag *diag) {
    if (text.len > LIMIT_POLICY_TEXT_SIZE) {
        diag_set(diag, 0, "the file has %zu bytes; at most %d are allowed", text.len,
                 LIMIT_POLICY_TEXT_SIZE);
        return stop(diag);
    }
    if (text.len == 0 || text.ptr[text.len - 1] != '\n') {
        diag_set(diag, 0, "the last line does not end in a line break; the file may be cut off");
        return stop(diag);
    }
    struct span rest = span_slice(text, 0, text.len - 1);
    struct span line;
    for (uint32_t number = 1; span_split(&rest, '\n', &line); number++) {
        TRY(check_line(line, number, diag));
    }
    return LG_OK;
}

static void count_lines(struct span text, struct doc *doc) {
    struct walk walk = {.rest = text};
    while (walk_next(&walk)) {
        doc->section_count += walk.indent == 0;
        doc->setting_count += walk.indent > 0 && walk.indent < MORE_INDENT;
    }
}

static struct lg_err add_section(struct doc *doc, const struct walk *walk, struct diag *diag) {
    struct words words = policy_words_of(walk->line, walk->number);
    struct span kind;
    if (!policy_words_next(&words, &kind)) {
        diag_set(diag, walk->number, "a section needs a kind");
        return stop(diag);
    }
    doc->sections[doc->section_count++] = (struct doc_section){
        .kind = kind,
        .head = policy_words_rest(&words),
        .line = walk->number,
        .first = doc->setting_count,
    };
    return LG_OK;
}

static struct lg_err add_setting(struct doc *doc, const struct walk *walk, struct diag *diag) {
    struct span line = span_slice(walk->line, walk->indent, walk->line.len);
    size_t colon = span_index(line, ':');
    if (walk->indent != SETTING_INDENT) {
        diag_set(diag, walk->number,
                 "the line is indented by %zu spaces; a setting by two, more of a value by four",
                 walk->indent);
        return stop(diag);
    }
    if (doc->section_count == 0) {
        diag_set(diag, walk->number, "a setting stands before the first section");
        return stop(diag);
    }
    if (colon == line.len) {
        diag_set(diag, walk->number, "a setting is written `name: value`; the colon is missing");
        return stop(diag);
    }
    doc->settings[doc->setting_count++] = (struct doc_setting){
        .name = span_slice(line, 0, colon),
        .value = span_trim(span_slice(line, colon + 1, line.len)),
        .line = walk->number,
    };
    doc->sections[doc->section_count - 1].count++;
    return LG_OK;
}

/* Appends a further line to the newest setting; `from` is where its text starts in the file. */
static struct lg_err add_more(struct doc *doc, const struct walk *walk, struct diag *diag) {
    bool has_setting = doc->section_count > 0 && doc->sections[doc->section_count - 1].count > 0;
    if (!has_setting) {
        diag_set(diag, walk->number, "the line goes on with a value, but no setting was begun");
        return stop(diag);
    }
    struct doc_setting *setting = &doc->settings[doc->setting_count - 1];
    /* The span is only stretched here; join_value makes the copy once its end is known. */
    const uint8_t *end = walk->line.ptr + walk->line.len;
    if (setting->value.len == 0) {
        setting->value.ptr = walk->line.ptr + walk->indent;
        setting->line = walk->number;
    }
    setting->value.len = (size_t)(end - setting->value.ptr);
    if (setting->value.len > LIMIT_POLICY_VALUE_SIZE) {
        diag_set(diag, walk->number, "the value has more than %d bytes", LIMIT_POLICY_VALUE_SIZE);
        return stop(diag);
    }
    return LG_OK;
}

/* Copies a value of several lines without indentation and comments, keeping its line breaks. */
static struct lg_err join_value(struct doc_setting *setting, struct arena *arena) {
    if (setting->value.len == 0 || span_index(setting->value, '\n') == setting->value.len) {
        return LG_OK;
    }
    uint8_t *copy = arena_alloc(arena, setting->value.len);
    if (copy == NULL) {
        return out_of_memory();
    }
    size_t used = 0;
    struct span rest = setting->value;
    struct span line;
    for (bool first = true; span_split(&rest, '\n', &line); first = false) {
        struct span part = span_trim(line);
        if (!first) {
            copy[used++] = '\n';
        }
        if (part.len > 0 && (first || part.ptr[0] != '#')) {
            memcpy(copy + used, part.ptr, part.len);
            used += part.len;
        }
    }
    setting->value = span_of(copy, used);
    return LG_OK;
}

static struct lg_err fill(struct span text, struct doc *doc, struct diag *diag) {
    struct walk walk = {.rest = text};
    while (walk_next(&walk)) {
        if (walk.indent == 0) {
            TRY(add_section(doc, &walk, diag));
        } else if (walk.indent < MORE_INDENT) {
            TRY(add_setting(doc, &walk, diag));
        } else {
            TRY(add_more(doc, &walk, diag));
        }
    }
    return LG_OK;
}

struct lg_err policy_doc_read(struct span text, struct arena *arena, struct diag *diag,
                              struct doc *out_doc) {
    TRY(check_lines(text, diag));
    struct doc doc = {0};
    count_lines(text, &doc);
    doc.sections = arena_array(arena, doc.section_count, sizeof *doc.sections);
    doc.settings = arena_array(arena, doc.setting_count, sizeof *doc.settings);
    if (doc.sections == NULL || doc.settings == NULL) {
        return out_of_memory();
    }
    doc.section_count = 0;
    doc.setting_count = 0;
    TRY(fill(text, &doc, diag));
    for (uint32_t i = 0; i < doc.setting_count; i++) {
        TRY(join_value(&doc.settings[i], arena));
    }
    *out_doc = doc;
    return LG_OK;
}
