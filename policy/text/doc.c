/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/text/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "policy/policy.h"
#include "policy/text/words.h"

enum { SETTING_INDENT = 2, MORE_INDENT = 4 };

/* One pass over the lines; run twice, first to count (doc NULL parts), then to fill. */
struct walk {
    struct span rest;
    struct span line;
    uint32_t number;
    size_t indent;
};

/* Text and faults of one reading. */
struct read {
    const struct policy_faults *faults;
    struct doc doc;
};

static struct lg_err fault(const struct read *read, struct policy_spot spot, const char *format,
                           ...) LG_PRINTF(3, 4);

static struct lg_err fault(const struct read *read, struct policy_spot spot, const char *format,
                           ...) {
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return policy_faults_put(read->faults, spot, text);
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

/* Next line with something on it; comments are blank by then. */
static bool walk_next(struct walk *walk) {
    while (span_split(&walk->rest, '\n', &walk->line)) {
        walk->number++;
        walk->indent = indent_of(walk->line);
        if (walk->indent < walk->line.len) {
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

/* Marks that join the letter before them, and the three signs that Unicode keeps only for old
 * files: two spellings of one word look the same and are not (Unicode Annex 15). */
static bool is_twofold(uint32_t point) {
    return (point >= 0x0300 && point <= 0x036f) || (point >= 0x1ab0 && point <= 0x1aff) ||
           (point >= 0x1dc0 && point <= 0x1dff) || (point >= 0x20d0 && point <= 0x20ff) ||
           (point >= 0xfe20 && point <= 0xfe2f) || point == 0x2126 || point == 0x212a ||
           point == 0x212b;
}

/* E14 for one character of a line. */
static struct lg_err check_point(const struct read *read, uint32_t point, struct policy_spot spot) {
    if (point == '\t') {
        return fault(read, spot, "character %u is a tab; indent with spaces",
                     (unsigned)spot.column);
    }
    if (point == '\r') {
        return fault(read, spot, "the line holds CR; end lines with LF alone");
    }
    if (point == 0xfeff && spot.line == 1 && spot.column == 1) {
        return fault(read, spot, "the file starts with a byte order mark; save it without one");
    }
    if (is_twofold(point)) {
        return fault(read, spot,
                     "character %u is U+%04X, which makes another spelling of the same letter; "
                     "write the letter as one character",
                     (unsigned)spot.column, (unsigned)point);
    }
    return fault(read, spot, "character %u is U+%04X, which a reviewer cannot see; remove it",
                 (unsigned)spot.column, (unsigned)point);
}

/* The first such character of a line is enough. */
static struct lg_err check_characters(const struct read *read, struct span line, uint32_t number) {
    struct policy_spot spot = {"E14", number, 1};
    if (!span_is_text(line)) {
        return fault(read, spot, "the line is not UTF-8 text; save the file as UTF-8");
    }
    size_t at = 0;
    while (at < line.len) {
        uint32_t point = code_point(line, &at);
        if (is_invisible(point) || is_twofold(point)) {
            return check_point(read, point, spot);
        }
        spot.column++;
    }
    if (line.len > 0 && line.ptr[line.len - 1] == ' ') {
        spot.column--;
        return fault(read, spot, "the line ends in a space; remove it");
    }
    return LG_OK;
}

static struct lg_err check_line(const struct read *read, struct span line, uint32_t number) {
    if (line.len > LIMIT_POLICY_LINE_SIZE) {
        return fault(read, (struct policy_spot){"E00", number, 1},
                     "the line has %zu bytes; at most %d are allowed", line.len,
                     LIMIT_POLICY_LINE_SIZE);
    }
    return check_characters(read, line, number);
}

static uint32_t last_line(struct span text) {
    uint32_t number = 1;
    for (size_t i = 0; i < text.len; i++) {
        number += text.ptr[i] == '\n';
    }
    return number;
}

static struct lg_err check_lines(const struct read *read, struct span text) {
    struct policy_spot whole = {"E00", 1, 1};
    if (text.len > LIMIT_POLICY_TEXT_SIZE) {
        return fault(read, whole, "the file has %zu bytes; at most %d are allowed", text.len,
                     LIMIT_POLICY_TEXT_SIZE);
    }
    if (text.len == 0 || text.ptr[text.len - 1] != '\n') {
        return fault(read, (struct policy_spot){"E00", last_line(text), 1},
                     "the last line does not end in a line break; the file may be cut off");
    }
    struct lg_err first = LG_OK;
    struct span rest = span_slice(text, 0, text.len - 1);
    struct span line;
    for (uint32_t number = 1; span_split(&rest, '\n', &line); number++) {
        struct lg_err err = check_line(read, line, number);
        TRY(policy_faults_past(read->faults, err));
        first = lg_failed(first) ? first : err;
    }
    return first;
}

static void count_lines(struct span text, struct doc *doc) {
    struct walk walk = {.rest = text};
    while (walk_next(&walk)) {
        doc->section_count += walk.indent == 0;
        doc->setting_count += walk.indent > 0 && walk.indent < MORE_INDENT;
    }
}

static void add_section(struct doc *doc, const struct walk *walk) {
    struct words words = policy_words_of(walk->line, walk->number);
    struct span kind;
    /* The line has a first character that is not a space, so there is a word. */
    ASSERT(policy_words_next(&words, &kind));
    doc->sections[doc->section_count++] = (struct doc_section){
        .kind = kind,
        .head = policy_words_rest(&words),
        .line = walk->number,
        .first = doc->setting_count,
    };
}

static struct lg_err add_setting(struct read *read, const struct walk *walk) {
    struct doc *doc = &read->doc;
    struct span line = span_slice(walk->line, walk->indent, walk->line.len);
    struct policy_spot spot = {"E00", walk->number, (uint32_t)walk->indent + 1};
    size_t colon = span_index(line, ':');
    if (walk->indent != SETTING_INDENT) {
        return fault(read, spot,
                     "the line is indented by %zu spaces; a setting by two, more of a value by "
                     "four",
                     walk->indent);
    }
    if (doc->section_count == 0) {
        return fault(read, spot, "a setting stands before the first section");
    }
    if (colon == line.len) {
        return fault(read, spot, "a setting is written `name: value`; the colon is missing");
    }
    doc->settings[doc->setting_count++] = (struct doc_setting){
        .name = span_slice(line, 0, colon),
        .value = span_trim(span_slice(line, colon + 1, line.len)),
        .line = walk->number,
    };
    doc->sections[doc->section_count - 1].count++;
    return LG_OK;
}

/* Stretches the newest setting over a further line. */
static struct lg_err add_more(struct read *read, const struct walk *walk) {
    struct doc *doc = &read->doc;
    struct policy_spot spot = {"E00", walk->number, (uint32_t)walk->indent + 1};
    bool has_setting = doc->section_count > 0 && doc->sections[doc->section_count - 1].count > 0;
    if (!has_setting) {
        return fault(read, spot, "the line goes on with a value, but no setting was begun");
    }
    struct doc_setting *setting = &doc->settings[doc->setting_count - 1];
    if (setting->value.len == 0) {
        setting->value.ptr = walk->line.ptr + walk->indent;
        setting->line = walk->number;
    }
    size_t len = (size_t)(walk->line.ptr + walk->line.len - setting->value.ptr);
    if (len > LIMIT_POLICY_VALUE_SIZE) {
        return fault(read, spot, "the value has more than %d bytes", LIMIT_POLICY_VALUE_SIZE);
    }
    setting->value.len = len;
    return LG_OK;
}

static struct lg_err fill(struct read *read) {
    struct walk walk = {.rest = read->doc.text};
    struct lg_err first = LG_OK;
    while (walk_next(&walk)) {
        struct lg_err err = LG_OK;
        if (walk.indent == 0) {
            add_section(&read->doc, &walk);
        } else if (walk.indent < MORE_INDENT) {
            err = add_setting(read, &walk);
        } else {
            err = add_more(read, &walk);
        }
        TRY(policy_faults_past(read->faults, err));
        first = lg_failed(first) ? first : err;
    }
    return first;
}

/* A copy whose comment lines are blank, so that values can run over them. */
static struct lg_err blank_comments(struct span text, struct arena *arena, struct span *out_text) {
    uint8_t *copy = arena_alloc(arena, text.len);
    if (copy == NULL) {
        return out_of_memory();
    }
    memcpy(copy, text.ptr, text.len);
    struct span rest = span_of(copy, text.len);
    struct span line;
    while (span_split(&rest, '\n', &line)) {
        size_t indent = indent_of(line);
        if (indent < line.len && line.ptr[indent] == '#') {
            memset(copy + (line.ptr - copy), ' ', line.len);
        }
    }
    *out_text = span_of(copy, text.len);
    return LG_OK;
}

struct lg_err policy_doc_check(struct span text, struct arena *arena,
                               const struct policy_faults *faults, struct doc *out_doc) {
    struct read read = {.faults = faults};
    TRY(check_lines(&read, text));
    TRY(blank_comments(text, arena, &read.doc.text));
    count_lines(read.doc.text, &read.doc);
    read.doc.sections = arena_array(arena, read.doc.section_count, sizeof *read.doc.sections);
    read.doc.settings = arena_array(arena, read.doc.setting_count, sizeof *read.doc.settings);
    if (read.doc.sections == NULL || read.doc.settings == NULL) {
        return out_of_memory();
    }
    read.doc.section_count = 0;
    read.doc.setting_count = 0;
    TRY(fill(&read));
    *out_doc = read.doc;
    return LG_OK;
}

struct lg_err policy_doc_read(struct span text, struct arena *arena, struct diag *diag,
                              struct doc *out_doc) {
    const struct policy_faults faults = {.diag = diag};
    return policy_doc_check(text, arena, &faults, out_doc);
}

bool policy_doc_spot(const struct doc *doc, const uint8_t *ptr, uint32_t *out_line,
                     uint32_t *out_column) {
    const uint8_t *start = doc->text.ptr;
    /* What lies before the text, or is NULL, is far behind it when counted round. */
    if ((uintptr_t)ptr - (uintptr_t)start >= doc->text.len) {
        return false;
    }
    uint32_t line = 1;
    uint32_t column = 1;
    for (const uint8_t *at = start; at < ptr; at++) {
        bool breaks = *at == '\n';
        bool begins = (*at & 0xc0U) != 0x80; /* a character of UTF-8 and not the rest of one */
        line += breaks;
        column = breaks ? 1 : column + begins;
    }
    *out_line = line;
    *out_column = column;
    return true;
}
