/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: origin, missing words, split, cleaners, date, map; in this order, each a small step. */
#include "tools/connector/value.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"

static const struct connector_value MISSING = {.state = CONNECTOR_MISSING};
static const struct connector_value REJECTED = {.state = CONNECTOR_REJECTED};

static struct connector_value present(struct span text) {
    return (struct connector_value){.state = CONNECTOR_PRESENT, .text = text};
}

struct span connector_row_text(const struct connector_row *row, const char *column) {
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->columns[i], column) == 0) {
            return row->values[i];
        }
    }
    return (struct span){.ptr = NULL};
}

static bool is_missing(const struct mapping_source *source, struct span text) {
    struct span bare = span_trim(text);
    for (uint32_t i = 0; i < source->missing_count; i++) {
        if (span_equal_text(bare, source->missing[i])) {
            return true;
        }
    }
    return bare.len == 0;
}

/* ---- dates --------------------------------------------------------------------------------- */

struct date {
    unsigned year;
    unsigned month;
    unsigned day;
};

/* Where the parts of a form stand: y, m, d are their digits, every other letter is itself. */
static const char *date_form(enum mapping_date form) {
    switch (form) {
    case MAPPING_DATE_UK:
        return "dd/mm/yyyy";
    case MAPPING_DATE_US:
        return "mm/dd/yyyy";
    case MAPPING_DATE_DOTS:
        return "dd.mm.yyyy";
    case MAPPING_DATE_PLAIN:
        return "yyyymmdd";
    case MAPPING_DATE_MONTH:
        return "dd MMM yyyy";
    case MAPPING_DATE_ISO:
    case MAPPING_DATE_NONE:
        break;
    }
    return "yyyy-mm-dd";
}

static bool digit_add(unsigned *number, uint8_t byte) {
    if (byte < '0' || byte > '9') {
        return false;
    }
    *number = *number * 10 + (unsigned)(byte - '0');
    return true;
}

static bool date_part(struct date *date, char mark, uint8_t byte) {
    switch (mark) {
    case 'y':
        return digit_add(&date->year, byte);
    case 'm':
        return digit_add(&date->month, byte);
    case 'd':
        return digit_add(&date->day, byte);
    case 'M':
        return true;
    default:
        return (uint8_t)mark == byte;
    }
}

static unsigned month_of(struct span text) {
    static const char *const MONTHS[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    char word[4] = {0};
    for (size_t i = 0; i < 3; i++) {
        word[i] = (char)(text.ptr[i] | 0x20);
    }
    for (unsigned i = 0; i < 12; i++) {
        if (strcmp(word, MONTHS[i]) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool date_is_real(const struct date *date) {
    static const uint8_t DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date->year < 1800 || date->month < 1 || date->month > 12 || date->day < 1) {
        return false;
    }
    bool leap = (date->year % 4 == 0 && date->year % 100 != 0) || date->year % 400 == 0;
    unsigned days = DAYS[date->month - 1] + (date->month == 2 && leap ? 1U : 0U);
    return date->day <= days;
}

bool connector_date_read(enum mapping_date form, struct span text,
                         char out[static CONNECTOR_DATE_SIZE + 1]) {
    const char *marks = date_form(form);
    if (text.len != strlen(marks)) {
        return false;
    }
    struct date date = {.year = 0};
    for (size_t i = 0; i < text.len; i++) {
        if (!date_part(&date, marks[i], text.ptr[i])) {
            return false;
        }
    }
    if (form == MAPPING_DATE_MONTH) {
        date.month = month_of(span_slice(text, 3, 3));
    }
    if (!date_is_real(&date)) {
        return false;
    }
    (void)snprintf(out, CONNECTOR_DATE_SIZE + 1, "%04u-%02u-%02u", date.year % 10000U,
                   date.month % 100U, date.day % 100U);
    return true;
}

static struct connector_value date_read(enum mapping_date form, struct span text,
                                        struct arena *arena) {
    char iso[CONNECTOR_DATE_SIZE + 1];
    if (!connector_date_read(form, span_trim(text), iso)) {
        return REJECTED;
    }
    return present(arena_copy(arena, span_text(iso)));
}

/* ---- cleaners ------------------------------------------------------------------------------ */

static struct span first_word(struct span text) {
    struct span bare = span_trim(text);
    return span_slice(bare, 0, span_index(bare, ' '));
}

static struct span last_word(struct span text) {
    struct span bare = span_trim(text);
    size_t from = bare.len;
    while (from > 0 && bare.ptr[from - 1] != ' ') {
        from--;
    }
    return span_slice(bare, from, bare.len - from);
}

static struct connector_value digits_only(struct span text, struct arena *arena) {
    uint8_t *kept = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; kept != NULL && i < text.len; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9') {
            kept[len++] = text.ptr[i];
        }
    }
    return len == 0 ? REJECTED : present(span_of(kept, len));
}

static bool is_letter(uint8_t byte) {
    return byte >= 'A' && byte <= 'Z';
}

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

/* Outward part of 2 to 4, then a digit and two letters; the blank before the last three. */
static struct connector_value postcode(struct span text, struct arena *arena) {
    uint8_t kept[8];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];
        if (byte == ' ') {
            continue;
        }
        uint8_t upper = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 32) : byte;
        if (len == 7 || !(is_letter(upper) || is_digit(upper))) {
            return REJECTED;
        }
        kept[len++] = upper;
    }
    bool shaped = len >= 5 && is_letter(kept[0]) && is_digit(kept[len - 3]) &&
                  is_letter(kept[len - 2]) && is_letter(kept[len - 1]);
    if (!shaped) {
        return REJECTED;
    }
    return present(arena_format(arena, "%.*s %.3s", (int)(len - 3), (const char *)kept,
                                (const char *)kept + len - 3));
}

static struct connector_value month(struct span text) {
    char iso[CONNECTOR_DATE_SIZE + 1];
    if (!connector_date_read(MAPPING_DATE_ISO, text, iso)) {
        return REJECTED;
    }
    return present(span_slice(text, 0, strlen("YYYY-MM")));
}

static struct connector_value clean(enum mapping_cleaner cleaner, struct span text,
                                    struct arena *arena) {
    switch (cleaner) {
    case MAPPING_TRIM:
        return present(span_trim(text));
    case MAPPING_FIRST_WORD:
        return present(first_word(text));
    case MAPPING_LAST_WORD:
        return present(last_word(text));
    case MAPPING_DIGITS:
        return digits_only(text, arena);
    case MAPPING_POSTCODE:
        return postcode(text, arena);
    case MAPPING_MONTH:
        return month(text);
    }
    return REJECTED;
}

/* ---- the way of a field -------------------------------------------------------------------- */

static struct span joined(const struct mapping_source *source, const struct mapping_field *field,
                          const struct connector_row *row, struct arena *arena) {
    struct span whole = {.ptr = NULL};
    for (uint32_t i = 0; i < field->join_count; i++) {
        struct span part = span_trim(connector_row_text(row, field->join[i]));
        if (is_missing(source, part)) {
            continue;
        }
        whole = whole.len == 0
                    ? part
                    : arena_format(arena, "%.*s %.*s", (int)whole.len, (const char *)whole.ptr,
                                   (int)part.len, (const char *)part.ptr);
    }
    return whole;
}

static struct connector_value split(const struct mapping_split *split, struct span text) {
    struct span rest = text;
    struct span part = {.ptr = NULL};
    for (uint32_t i = 0; i < split->take; i++) {
        if (!span_split(&rest, (uint8_t)split->by[0], &part)) {
            return MISSING;
        }
    }
    return span_trim(part).len == 0 ? MISSING : present(span_trim(part));
}

static struct connector_value map(const struct mapping_field *field, struct span text) {
    for (uint32_t i = 0; i < field->map_count; i++) {
        if (span_equal_text(text, field->map[i].when)) {
            return present(span_text(field->map[i].value));
        }
    }
    switch (field->otherwise) {
    case MAPPING_KEEP:
        return present(text);
    case MAPPING_LEAVE_OUT:
        return MISSING;
    case MAPPING_REFUSE:
        break;
    }
    return REJECTED;
}

static struct connector_value worked(const struct mapping_field *field, struct span text,
                                     struct arena *arena) {
    struct connector_value value = present(text);
    if (field->split != NULL) {
        value = split(field->split, value.text);
    }
    for (uint32_t i = 0; value.state == CONNECTOR_PRESENT && i < field->clean_count; i++) {
        value = clean(field->clean[i], value.text, arena);
    }
    if (value.state == CONNECTOR_PRESENT && field->date != MAPPING_DATE_NONE) {
        value = date_read(field->date, value.text, arena);
    }
    if (value.state == CONNECTOR_PRESENT && field->map_count > 0) {
        value = map(field, value.text);
    }
    return value;
}

/* What may leave at all: text that every receiver takes. */
static struct connector_value settled(struct connector_value value) {
    if (value.state != CONNECTOR_PRESENT) {
        return value;
    }
    if (value.text.len == 0) {
        return MISSING;
    }
    if (value.text.len > LIMIT_CONNECTOR_VALUE || !span_is_plain(value.text)) {
        return REJECTED;
    }
    for (size_t i = 0; i < value.text.len; i++) {
        if (value.text.ptr[i] < 0x20 || value.text.ptr[i] == 0x7f) {
            return REJECTED;
        }
    }
    return value;
}

struct lg_err connector_value_read(const struct mapping_source *source,
                                   const struct mapping_field *field,
                                   const struct connector_row *row, struct arena *arena,
                                   struct connector_value *out_value) {
    if (field->value != NULL) {
        *out_value = settled(present(span_text(field->value)));
        return LG_OK;
    }
    struct span text = field->from != NULL ? arena_copy(arena, connector_row_text(row, field->from))
                                           : joined(source, field, row, arena);
    struct connector_value value = is_missing(source, text) ? MISSING : worked(field, text, arena);
    TRY(arena_failed(arena));
    *out_value = settled(value);
    return LG_OK;
}
