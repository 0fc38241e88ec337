/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as a sorted list, looked up by halves. */
#define _POSIX_C_SOURCE 200809L
#include "tools/connector/opt_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/day.h"
#include "gateway/base/limits.h"
#include "gateway/edge/edge.h"
#include "gateway/vault/vault.h"
#include "tools/connector/rows.h"

enum { NUMBER_SIZE = 10, LINE_MAX_SIZE = 80, NUMBERS_FIRST = 1024 };

struct connector_opt_out {
    uint64_t *numbers; /* ascending once read */
    size_t count;
    size_t size;
    char day[DAY_TEXT_SIZE + 1];
};

/* One file at work. */
struct reading {
    struct connector_opt_out *opt_out;
    const char *path;
    struct diag *diag;
    int32_t today;
    uint32_t line; /* from 1 */
};

static struct lg_err reading_wrong(const struct reading *reading, const char *sentence) {
    diag_set(reading->diag, reading->line, "%s: %s", reading->path, sentence);
    return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONNECTOR_OPT_OUT);
}

static struct lg_err no_memory(struct diag *diag) {
    diag_set(diag, 0, "no memory");
    return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CONNECTOR_MEMORY);
}

/* ---- numbers ------------------------------------------------------------------------------- */

static uint64_t number_of(const char text[static NUMBER_SIZE]) {
    uint64_t number = 0;
    for (size_t i = 0; i < NUMBER_SIZE; i++) {
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number;
}

/* Ten digits of a line without its blanks. */
static bool number_read(struct span line, uint64_t *out_number) {
    char text[NUMBER_SIZE + 1];
    size_t len = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == ' ') {
            continue;
        }
        if (len == NUMBER_SIZE) {
            return false;
        }
        text[len++] = (char)line.ptr[i];
    }
    text[len] = '\0';
    if (!edge_nhs_number_fits(text)) {
        return false;
    }
    *out_number = number_of(text);
    return true;
}

static struct lg_err numbers_grow(const struct reading *reading) {
    struct connector_opt_out *opt_out = reading->opt_out;
    size_t size = opt_out->size == 0 ? NUMBERS_FIRST : 2 * opt_out->size;
    uint64_t *larger = calloc(size, sizeof *larger);
    if (larger == NULL) {
        return no_memory(reading->diag);
    }
    if (opt_out->count > 0) {
        memcpy(larger, opt_out->numbers, opt_out->count * sizeof *larger);
        vault_wipe(opt_out->numbers, opt_out->count * sizeof *larger);
    }
    free(opt_out->numbers);
    opt_out->numbers = larger;
    opt_out->size = size;
    return LG_OK;
}

static int by_number(const void *a, const void *b) {
    uint64_t first = *(const uint64_t *)a;
    uint64_t second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

/* ---- lines --------------------------------------------------------------------------------- */

static struct lg_err day_take(const struct reading *reading, struct span text) {
    int32_t day = 0;
    if (!day_read(text, &day)) {
        return reading_wrong(reading, "the date of the result is not of the form YYYY-MM-DD");
    }
    if (day > reading->today) {
        return reading_wrong(reading, "the date of the result is in the future");
    }
    memcpy(reading->opt_out->day, text.ptr, DAY_TEXT_SIZE);
    return LG_OK;
}

static struct lg_err number_take(const struct reading *reading, struct span line) {
    struct connector_opt_out *opt_out = reading->opt_out;
    if (line.len > 0 && line.ptr[line.len - 1] == ',') {
        line = span_trim(span_slice(line, 0, line.len - 1));
    }
    if (opt_out->count == LIMIT_CONNECTOR_ROWS) {
        return reading_wrong(reading, "more numbers than a source may have people");
    }
    if (opt_out->count == opt_out->size) {
        TRY(numbers_grow(reading));
    }
    if (!number_read(line, &opt_out->numbers[opt_out->count])) {
        return reading_wrong(reading, "not an NHS number, or its check digit is wrong");
    }
    opt_out->count++;
    return LG_OK;
}

static struct lg_err line_take(struct reading *reading, struct span line) {
    static const char BOM[] = "\xef\xbb\xbf";
    static const char DATE[] = "date:";
    if (reading->line == 1 && line.len >= 3 && memcmp(line.ptr, BOM, 3) == 0) {
        line = span_trim(span_slice(line, 3, line.len));
    }
    if (reading->opt_out->day[0] != '\0') {
        return line.len == 0 ? LG_OK : number_take(reading, line);
    }
    size_t word = sizeof DATE - 1;
    if (line.len < word || memcmp(line.ptr, DATE, word) != 0) {
        return reading_wrong(reading, "the first line is to be \"date: YYYY-MM-DD\", the day of "
                                      "the result, where the mapping does not say `date`");
    }
    return day_take(reading, span_trim(span_slice(line, word, line.len)));
}

static struct lg_err lines_read(struct reading *reading, FILE *file) {
    char text[LINE_MAX_SIZE + 1];
    while (fgets(text, sizeof text, file) != NULL) {
        reading->line++;
        size_t len = strlen(text);
        if (len == 0 || (text[len - 1] != '\n' && !feof(file))) {
            return reading_wrong(reading, "not an NHS number, or its check digit is wrong");
        }
        len = strcspn(text, "\r\n");
        TRY(line_take(reading, span_trim(span_of(text, len))));
    }
    if (ferror(file) != 0) {
        return reading_wrong(reading, strerror(errno));
    }
    vault_wipe(text, sizeof text);
    if (reading->opt_out->count == 0) {
        return reading_wrong(reading, "names nobody: an empty result would opt everybody out");
    }
    return LG_OK;
}

/* ---- use ----------------------------------------------------------------------------------- */

struct lg_err connector_opt_out_read(const struct connector_opt_out_file *file, int64_t now_ms,
                                     struct diag *diag, struct connector_opt_out **out_opt_out) {
    OWN(connector_opt_out_close) struct connector_opt_out *opt_out = calloc(1, sizeof *opt_out);
    if (opt_out == NULL) {
        return no_memory(diag);
    }
    struct reading reading = {
        .opt_out = opt_out, .path = file->name, .diag = diag, .today = day_of_ms(now_ms)};
    if (file->date != NULL) {
        TRY(day_take(&reading, span_text(file->date)));
    }
    TRY(lines_read(&reading, file->stream));
    qsort(opt_out->numbers, opt_out->count, sizeof *opt_out->numbers, by_number);
    *out_opt_out = TAKE(opt_out);
    return LG_OK;
}

struct lg_err connector_opt_out_open(const struct mapping *mapping, int64_t now_ms,
                                     struct diag *diag, struct connector_opt_out **out_opt_out) {
    *out_opt_out = NULL;
    const struct mapping_opt_out *from = mapping->opt_out;
    if (from == NULL) {
        return LG_OK;
    }
    FILE *stream = fopen(from->file, "re");
    if (stream == NULL) {
        diag_set(diag, 0, "%s: %s", from->file, strerror(errno));
        return lg_err_make(LG_CLASS_CONFIG, LG_TOOLS, CONNECTOR_OPT_OUT);
    }
    const struct connector_opt_out_file file = {
        .stream = stream, .name = from->file, .date = from->date};
    struct lg_err err = connector_opt_out_read(&file, now_ms, diag, out_opt_out);
    (void)fclose(stream);
    return err;
}

void connector_opt_out_close(struct connector_opt_out **opt_out) {
    struct connector_opt_out *open = *opt_out;
    if (open == NULL) {
        return;
    }
    if (open->numbers != NULL) {
        vault_wipe(open->numbers, open->count * sizeof *open->numbers);
    }
    free(open->numbers);
    free(open);
    *opt_out = NULL;
}

enum opt_out connector_opt_out_of(const struct connector_opt_out *opt_out,
                                  const struct identity *identity) {
    if (opt_out == NULL) {
        return OPT_OUT_NOT_STATED;
    }
    const struct edge_identity given = {
        .primary = {.scheme = identity->scheme, .identifier = identity->identifier}};
    struct edge_plain plain;
    edge_identity_normalise(&given, &plain);
    enum opt_out state = OPT_OUT_NOT_STATED;
    if (strcmp(plain.scheme, "nhs") == 0) {
        uint64_t number = number_of(plain.identifier);
        bool may_be_used =
            bsearch(&number, opt_out->numbers, opt_out->count, sizeof number, by_number) != NULL;
        state = may_be_used ? OPT_OUT_DOES_NOT_APPLY : OPT_OUT_APPLIES;
    }
    vault_wipe(&plain, sizeof plain);
    return state;
}

size_t connector_opt_out_count(const struct connector_opt_out *opt_out) {
    return opt_out->count;
}

struct span connector_opt_out_day(const struct connector_opt_out *opt_out, enum opt_out state) {
    return state == OPT_OUT_NOT_STATED ? span_of(NULL, 0) : span_text(opt_out->day);
}
