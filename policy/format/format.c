/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/format/format.h"

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/base/num.h"
#include "policy/format/format_int.h"

enum { COLUMNS = 80, SETTING_INDENT = 2, MORE_INDENT = 4, UNIT_MAX = COLUMNS - MORE_INDENT };

/* ---- one value ---- */

bool policy_format_is_list(enum section_kind kind, const char *name) {
    static const char *const lists[] = {
        "covers",  "held by",         "fields",   "closed on",      "from",
        "to",      "purpose",         "basis",    "receives under", "requires",
        "pass",    "generalise",      "redact",   "pseudonymise",   "aggregate",
        "data",    "people",          "classes",  "declared by",    "refusal set aside by",
        "body",    "overdue reviews", "function", "gateway",        "confidentiality",
        "reasons", "sets aside",      "who",      "sees",           "for",
    };
    /* What a generalise section becomes is free text. */
    for (size_t i = 0; kind != SECTION_GENERALISE && i < sizeof lists / sizeof lists[0]; i++) {
        if (span_equal_text(span_text(name), lists[i])) {
            return true;
        }
    }
    return false;
}

static void list_value(struct span value, struct out *out) {
    struct words words = policy_words_of(value, 0);
    struct span item;
    for (bool first = true; policy_words_item(&words, &item); first = false) {
        if (!first) {
            policy_out_text(out, item.len > 0 ? ", " : ",");
        }
        policy_out_words(out, item);
    }
}

void policy_format_value(enum section_kind kind, const char *name, struct span value,
                         struct out *out) {
    if (policy_format_is_list(kind, name)) {
        list_value(value, out);
    } else {
        policy_out_words(out, value);
    }
}

/* Where the part that starts at `from` may end: before the next blank that may become a line
 * break, or at the end. A word with # in front would turn into a comment at the start of a line. */
static size_t part_end(struct span value, size_t from, bool at_commas) {
    for (size_t i = from + 1; i + 1 < value.len; i++) {
        bool breaks = value.ptr[i] == ' ' && value.ptr[i + 1] != '#' &&
                      (!at_commas || value.ptr[i - 1] == ',');
        if (breaks) {
            return i;
        }
    }
    return value.len;
}

/* The next part that stays on one line: an item of a list, a word of a text or of an item that is
 * wider than a line. */
static struct span next_part(struct span value, size_t from, bool is_list) {
    size_t end = part_end(value, from, is_list);
    struct span part = span_slice(value, from, end - from);
    if (is_list && policy_out_columns(part) > UNIT_MAX) {
        end = part_end(value, from, false);
        part = span_slice(value, from, end - from);
    }
    return part;
}

static void put_value(struct span value, size_t column, bool is_list, struct out *out) {
    for (size_t from = 0; from < value.len;) {
        struct span part = next_part(value, from, is_list);
        size_t width = policy_out_columns(part) + 1;
        bool fits = column + width <= COLUMNS || part.ptr[0] == '#';
        if (fits) {
            policy_out_byte(out, ' ', 1);
            column += width;
        } else {
            policy_out_byte(out, '\n', 1);
            policy_out_byte(out, ' ', MORE_INDENT);
            column = MORE_INDENT + width - 1;
        }
        policy_out_span(out, part);
        from += part.len + 1;
    }
    policy_out_byte(out, '\n', 1);
}

/* ---- sections ---- */

static void put_note(const struct note *note, size_t indent, struct out *out) {
    /* The widest comment still fits the longest line. */
    ASSERT(note->text.len <= LIMIT_POLICY_LINE_SIZE);
    policy_out_byte(out, ' ', num_min(indent, LIMIT_POLICY_LINE_SIZE - note->text.len));
    policy_out_span(out, note->text);
    policy_out_byte(out, '\n', 1);
}

static void put_notes(const struct sheet *sheet, struct notes notes, size_t indent,
                      struct out *out) {
    for (uint32_t i = notes.first; i < notes.end; i++) {
        put_note(&sheet->notes[i], indent, out);
    }
}

/* Comments at the margin, with the blank lines between them but not the first. */
static void put_block(const struct sheet *sheet, struct notes notes, struct out *out) {
    for (uint32_t i = notes.first; i < notes.end; i++) {
        policy_out_byte(out, '\n', i > notes.first && sheet->notes[i].after_blank);
        put_note(&sheet->notes[i], 0, out);
    }
}

static void put_setting(const struct sheet *sheet, enum section_kind kind, const char *name,
                        const struct doc_setting *setting, struct out *out) {
    struct out value = policy_out_of(out->arena);
    struct span text = span_text("");
    policy_format_value(kind, name, setting->value, &value);
    out->has_failed |= lg_failed(policy_out_done(&value, &text));
    put_notes(sheet, sheet->of_settings[setting - sheet->load.doc.settings], SETTING_INDENT, out);
    policy_out_byte(out, ' ', SETTING_INDENT);
    policy_out_text(out, name);
    policy_out_byte(out, ':', 1);
    put_value(text, SETTING_INDENT + span_text(name).len + 1, policy_format_is_list(kind, name),
              out);
}

static void put_settings(const struct sheet *sheet, uint32_t index, struct out *out) {
    const struct doc_section *section = &sheet->load.doc.sections[index];
    enum section_kind kind = sheet->load.kinds[index];
    const char *name;
    for (size_t n = 0; (name = policy_setting_name(kind, n)) != NULL; n++) {
        for (uint32_t i = section->first; i < section->first + section->count; i++) {
            const struct doc_setting *setting = &sheet->load.doc.settings[i];
            if (span_equal_text(setting->name, name)) {
                put_setting(sheet, kind, name, setting, out);
            }
        }
    }
}

/* Short sections of one kind may stand close together. */
static bool is_close(const struct sheet *sheet, uint32_t index) {
    const struct doc_section *section = &sheet->load.doc.sections[index];
    struct notes before = sheet->before[index];
    bool blank = before.first < before.end ? sheet->notes[before.first].after_blank
                                           : sheet->after_blank[index];
    return !blank && sheet->load.kinds[index] == sheet->load.kinds[index - 1] &&
           section->count <= 1 && section[-1].count <= 1;
}

static void put_section(const struct sheet *sheet, uint32_t index, struct out *out) {
    const struct doc_section *section = &sheet->load.doc.sections[index];
    struct notes before = sheet->before[index];
    policy_out_byte(out, '\n', index > 0 && !is_close(sheet, index));
    put_block(sheet, before, out);
    policy_out_byte(out, '\n', before.first < before.end && sheet->after_blank[index]);
    policy_out_span(out, section->kind);
    policy_out_byte(out, ' ', section->head.len > 0);
    policy_out_words(out, section->head);
    policy_out_byte(out, '\n', 1);
    put_settings(sheet, index, out);
    put_notes(sheet, sheet->behind[index], SETTING_INDENT, out);
}

/* ---- the same words ---- */

static bool same_value(const struct sheet *a, const struct sheet *b, uint32_t section,
                       size_t number, struct arena *arena) {
    const char *name = policy_setting_name(a->load.kinds[section], number);
    struct span texts[2] = {{0}, {0}};
    const struct sheet *sheets[2] = {a, b};
    for (size_t side = 0; side < 2; side++) {
        const struct doc *doc = &sheets[side]->load.doc;
        struct out out = policy_out_of(arena);
        for (uint32_t i = 0; i < doc->sections[section].count; i++) {
            const struct doc_setting *setting = &doc->settings[doc->sections[section].first + i];
            if (span_equal_text(setting->name, name)) {
                policy_format_value(a->load.kinds[section], name, setting->value, &out);
            }
        }
        if (lg_failed(policy_out_done(&out, &texts[side]))) {
            return false;
        }
    }
    return span_equal(texts[0], texts[1]);
}

static bool same_section(const struct sheet *a, const struct sheet *b, uint32_t index,
                         struct arena *arena) {
    const struct doc_section *one = &a->load.doc.sections[index];
    const struct doc_section *two = &b->load.doc.sections[index];
    if (a->load.kinds[index] != b->load.kinds[index] || one->count != two->count) {
        return false;
    }
    struct out heads[2] = {policy_out_of(arena), policy_out_of(arena)};
    struct span texts[2] = {{0}, {0}};
    policy_out_words(&heads[0], one->head);
    policy_out_words(&heads[1], two->head);
    bool is_done = !lg_failed(policy_out_done(&heads[0], &texts[0])) &&
                   !lg_failed(policy_out_done(&heads[1], &texts[1]));
    if (!is_done || !span_equal(texts[0], texts[1])) {
        return false;
    }
    for (size_t n = 0; policy_setting_name(a->load.kinds[index], n) != NULL; n++) {
        if (!same_value(a, b, index, n, arena)) {
            return false;
        }
    }
    return true;
}

struct lg_err policy_format_check(const struct sheet *sheet, struct span text,
                                  struct policy *scratch) {
    struct sheet again;
    struct diag diag = {0};
    struct lg_err err = policy_sheet_read(text, scratch, &diag, &again);
    bool same = !lg_failed(err) && again.note_count == sheet->note_count &&
                again.load.doc.section_count == sheet->load.doc.section_count;
    TRY(lg_err_class(err) == LG_CLASS_LIMIT ? err : LG_OK);
    for (uint32_t i = 0; same && i < sheet->load.doc.section_count; i++) {
        same = same_section(sheet, &again, i, scratch->arena);
    }
    TRY(lg_failed(arena_failed(scratch->arena)) ? policy_no_memory() : LG_OK);
    if (!same) {
        diag_set(sheet->load.diag, 0, "the text cannot be put into its one form: %s",
                 diag.text[0] == 0 ? "a word would change" : diag.text);
        diag_place(sheet->load.diag, "E00", 0);
        return lg_err_make(LG_CLASS_CONFIG, LG_POLICY, POLICY_TEXT_WRONG);
    }
    return LG_OK;
}

struct lg_err policy_format(struct span text, struct arena *arena, struct diag *diag,
                            struct span *out_text) {
    struct diag unused;
    struct policy scratch = {.arena = arena};
    struct out out = policy_out_of(arena);
    struct span written = span_text("");
    struct sheet sheet;
    TRY(policy_sheet_read(text, &scratch, diag == NULL ? &unused : diag, &sheet));
    for (uint32_t i = 0; i < sheet.load.doc.section_count; i++) {
        put_section(&sheet, i, &out);
    }
    policy_out_byte(&out, '\n', sheet.at_end.first < sheet.at_end.end);
    put_block(&sheet, sheet.at_end, &out);
    TRY(policy_out_done(&out, &written));
    TRY(policy_format_check(&sheet, written, &scratch));
    *out_text = written;
    return LG_OK;
}
