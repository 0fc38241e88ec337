/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out to what each comment belongs. */
#include "gateway/base/limits.h"
#include "policy/format/format_int.h"

enum { SETTING_INDENT = 2 };

/* A walk over the lines of the text, in step with the sections and settings of the doc. */
struct walk {
    struct sheet *sheet;
    uint32_t section; /* the next one */
    uint32_t setting;
    uint32_t pending; /* first note that belongs to nothing yet */
    bool after_blank;
};

static size_t indent_of(struct span line) {
    size_t indent = 0;
    while (indent < line.len && line.ptr[indent] == ' ') {
        indent++;
    }
    return indent;
}

static uint32_t count_notes(struct span text) {
    uint32_t count = 0;
    struct span line;
    while (span_split(&text, '\n', &line)) {
        size_t indent = indent_of(line);
        count += indent < line.len && line.ptr[indent] == '#';
    }
    return count;
}

static struct notes take_pending(struct walk *walk, uint32_t end) {
    struct notes notes = {walk->pending, end};
    walk->pending = end;
    return notes;
}

/* Indented comments behind the last setting close their section. */
static void close_section(struct walk *walk) {
    struct sheet *sheet = walk->sheet;
    uint32_t end = walk->pending;
    while (end < sheet->note_count && sheet->notes[end].is_indented) {
        end++;
    }
    if (walk->section > 0) {
        sheet->behind[walk->section - 1] = take_pending(walk, end);
    }
}

static void meet_section(struct walk *walk) {
    struct sheet *sheet = walk->sheet;
    close_section(walk);
    sheet->before[walk->section] = take_pending(walk, sheet->note_count);
    sheet->after_blank[walk->section] = walk->after_blank;
    walk->section++;
}

/* A comment between two lines of a value goes before its setting. */
static void meet_more(struct walk *walk) {
    struct sheet *sheet = walk->sheet;
    sheet->of_settings[walk->setting - 1].end = sheet->note_count;
    walk->pending = sheet->note_count;
}

static void meet_line(struct walk *walk, struct span line) {
    struct sheet *sheet = walk->sheet;
    size_t indent = indent_of(line);
    if (indent == line.len) {
        walk->after_blank = true;
        return;
    }
    if (line.ptr[indent] == '#') {
        sheet->notes[sheet->note_count++] = (struct note){
            .text = span_slice(line, indent, line.len),
            .is_indented = indent > 0,
            .after_blank = walk->after_blank,
        };
    } else if (indent == 0) {
        meet_section(walk);
    } else if (indent == SETTING_INDENT) {
        sheet->of_settings[walk->setting++] = take_pending(walk, sheet->note_count);
    } else {
        meet_more(walk);
    }
    walk->after_blank = false;
}

static struct lg_err allocate(struct sheet *sheet, struct span text, struct arena *arena) {
    const struct doc *doc = &sheet->load.doc;
    sheet->notes = arena_array(arena, count_notes(text), sizeof *sheet->notes);
    sheet->of_settings = arena_array(arena, doc->setting_count, sizeof *sheet->of_settings);
    sheet->before = arena_array(arena, doc->section_count, sizeof *sheet->before);
    sheet->behind = arena_array(arena, doc->section_count, sizeof *sheet->behind);
    sheet->after_blank = arena_array(arena, doc->section_count, sizeof *sheet->after_blank);
    return lg_failed(arena_failed(arena)) ? policy_no_memory() : LG_OK;
}

struct lg_err policy_sheet_read(struct span text, struct policy *scratch, struct diag *diag,
                                struct sheet *out_sheet) {
    struct sheet sheet = {.load = {.policy = scratch, .diag = diag}};
    TRY(policy_doc_read(text, scratch->arena, diag, &sheet.load.doc));
    TRY(policy_sections_classify(&sheet.load));
    TRY(policy_sections_check(&sheet.load));
    TRY(allocate(&sheet, text, scratch->arena));
    struct walk walk = {.sheet = &sheet};
    struct span line;
    while (span_split(&text, '\n', &line)) {
        meet_line(&walk, line);
    }
    close_section(&walk);
    sheet.at_end = take_pending(&walk, sheet.note_count);
    *out_sheet = sheet;
    return LG_OK;
}
