/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/cases/csv.h"

static struct lg_err wrong(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_CSV_WRONG);
}

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
}

struct csv policy_csv_of(struct span text) {
    return (struct csv){.rest = text, .line = 1};
}

bool policy_csv_end(const struct csv *csv) {
    return csv->rest.len == 0;
}

static uint8_t peek(const struct csv *csv) {
    return csv->rest.len == 0 ? '\n' : csv->rest.ptr[0];
}

static void step(struct csv *csv) {
    if (csv->rest.len > 0) {
        csv->line += csv->rest.ptr[0] == '\n';
        csv->rest = span_of(csv->rest.ptr + 1, csv->rest.len - 1);
    }
}

/* The end of a row: LF, CR LF or the end of the text. */
static bool at_row_end(const struct csv *csv) {
    bool crlf = csv->rest.len >= 2 && csv->rest.ptr[0] == '\r' && csv->rest.ptr[1] == '\n';
    return csv->rest.len == 0 || csv->rest.ptr[0] == '\n' || crlf;
}

static void step_row_end(struct csv *csv) {
    if (peek(csv) == '\r') {
        step(csv);
    }
    step(csv);
}

/* Bytes up to the closing quote, doubled ones counted twice; the whole rest where there is none. */
static size_t quoted_len(struct span rest) {
    size_t at = 0;
    while (at < rest.len) {
        bool doubled = at + 1 < rest.len && rest.ptr[at] == '"' && rest.ptr[at + 1] == '"';
        if (rest.ptr[at] == '"' && !doubled) {
            break;
        }
        at += doubled ? 2 : 1;
    }
    return at;
}

/* The field after an opening quote; a doubled quote stands for one. */
static struct lg_err read_quoted(struct csv *csv, struct arena *arena, struct diag *diag,
                                 struct span *out_field) {
    uint32_t first_line = csv->line;
    step(csv);
    size_t len = quoted_len(csv->rest);
    if (len == csv->rest.len) {
        diag_set(diag, first_line, "the quote that opens here is never closed");
        return wrong();
    }
    uint8_t *copy = arena_alloc(arena, len);
    size_t used = 0;
    if (copy == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = peek(csv);
        copy[used++] = byte;
        step(csv);
        if (byte == '"') {
            step(csv);
            i++;
        }
    }
    step(csv);
    *out_field = span_of(copy, used);
    return LG_OK;
}

static struct lg_err read_plain(struct csv *csv, struct diag *diag, struct span *out_field) {
    const uint8_t *start = csv->rest.ptr;
    size_t used = 0;
    while (!at_row_end(csv) && peek(csv) != ',') {
        if (peek(csv) == '"' || peek(csv) == '\r') {
            diag_set(diag, csv->line, "a quote or CR stands inside a field without quotes");
            return wrong();
        }
        step(csv);
        used++;
    }
    *out_field = span_of(start, used);
    return LG_OK;
}

static struct lg_err read_field(struct csv *csv, struct arena *arena, struct diag *diag,
                                struct span *out_field) {
    TRY(peek(csv) == '"' ? read_quoted(csv, arena, diag, out_field)
                         : read_plain(csv, diag, out_field));
    if (!at_row_end(csv) && peek(csv) != ',') {
        diag_set(diag, csv->line, "text follows a closing quote");
        return wrong();
    }
    if (!span_is_text(*out_field)) {
        diag_set(diag, csv->line, "a field is not UTF-8 text");
        return wrong();
    }
    return LG_OK;
}

struct lg_err policy_csv_next(struct csv *csv, size_t column_max, struct arena *arena,
                              struct diag *diag, struct csv_row *out_row) {
    struct csv_row row = {.line = csv->line};
    row.fields = arena_array(arena, column_max, sizeof *row.fields);
    if (row.fields == NULL) {
        return no_memory();
    }
    for (;;) {
        if (row.count == column_max) {
            diag_set(diag, row.line, "the row has more than %zu fields", column_max);
            return wrong();
        }
        TRY(read_field(csv, arena, diag, &row.fields[row.count]));
        row.count++;
        if (at_row_end(csv)) {
            break;
        }
        step(csv);
    }
    step_row_end(csv);
    *out_row = row;
    return LG_OK;
}
