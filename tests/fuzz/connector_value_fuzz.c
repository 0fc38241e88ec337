/* SPDX-License-Identifier: Apache-2.0 */
/* Fields. The first bytes choose cleaners, date form and split; the rest is the text. What comes
 * out is text of bounded length without control characters; a date is one of the calendar in its
 * one form, and reads as itself. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/base/limits.h"
#include "tools/connector/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds) {
        abort();
    }
}

static void check_value(const struct mapping_field *field, const struct connector_value *value) {
    if (value->state != CONNECTOR_PRESENT) {
        require(value->text.len == 0);
        return;
    }
    require(value->text.len >= 1 && value->text.len <= LIMIT_CONNECTOR_VALUE);
    require(span_is_text(value->text));
    for (size_t i = 0; i < value->text.len; i++) {
        require(value->text.ptr[i] >= 0x20 && value->text.ptr[i] != 0x7f);
    }
    if (field->date != MAPPING_DATE_NONE) {
        char again[CONNECTOR_DATE_SIZE + 1];
        require(connector_date_read(MAPPING_DATE_ISO, value->text, again));
        require(span_equal_text(value->text, again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *arena = NULL;
    if (size < 4 || lg_failed(arena_new(1 << 20, &arena))) {
        return 0;
    }
    enum mapping_cleaner cleaners[2] = {(enum mapping_cleaner)(1 + data[0] % MAPPING_MONTH),
                                        (enum mapping_cleaner)(1 + data[1] % MAPPING_MONTH)};
    char column[] = "a";
    char by[] = ",";
    struct mapping_split split = {.by = by, .take = 1U + data[3] % 3U};
    struct mapping_field field = {.from = column,
                                  .clean = cleaners,
                                  .clean_count = data[0] >> 6,
                                  .date = (enum mapping_date)(data[2] % (MAPPING_DATE_MONTH + 1)),
                                  .split = (data[3] & 128) != 0 ? &split : NULL};
    field.clean_count = field.clean_count > 2 ? 2 : field.clean_count;
    const char *columns[] = {"a"};
    struct span values[] = {span_of(data + 4, size - 4)};
    struct connector_row row = {.columns = columns, .values = values, .count = 1};
    struct mapping_source source = {.missing_count = 0};
    struct connector_value value;
    if (!lg_failed(connector_value_read(&source, &field, &row, arena, &value))) {
        check_value(&field, &value);
    }
    arena_free(&arena);
    return 0;
}
