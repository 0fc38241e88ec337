/* SPDX-License-Identifier: Apache-2.0 */
/* One value of a file against its schema. Stricter than YAML: a number is decimal, a switch is
 * `true` or `false`, a word stands in its list, and a text has no control characters but tabs. */
#include "gateway/config/document_int.h"

enum { DIGITS_MAX = 9, WORDS_MAX = 64 };

static const char *number_fault(struct span scalar) {
    bool good =
        scalar.len >= 1 && scalar.len <= DIGITS_MAX && (scalar.len == 1 || scalar.ptr[0] != '0');
    for (size_t i = 0; good && i < scalar.len; i++) {
        good = scalar.ptr[i] >= '0' && scalar.ptr[i] <= '9';
    }
    return good ? NULL : "a whole number of at most 9 digits belongs here";
}

static const char *text_fault(struct span scalar, const cyaml_schema_value_t *schema) {
    if (scalar.len < schema->string.min) {
        return "is too short";
    }
    if (scalar.len > schema->string.max) {
        return "is too long";
    }
    for (size_t i = 0; i < scalar.len; i++) {
        if ((scalar.ptr[i] < 0x20 && scalar.ptr[i] != '\t') || scalar.ptr[i] == 0x7f) {
            return "holds a control character or a line break";
        }
    }
    return NULL;
}

static const char *word_fault(struct span scalar, const cyaml_schema_value_t *schema,
                              const char **out_nearest) {
    const char *known[WORDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < schema->enumeration.count && count < WORDS_MAX; i++) {
        known[count] = schema->enumeration.strings[i].str;
        if (span_equal_text(scalar, known[count])) {
            return NULL;
        }
        count++;
    }
    *out_nearest = config_nearest(scalar, known, count);
    return "is not one of the words for this";
}

const char *config_scalar_fault(struct span scalar, const cyaml_schema_value_t *schema,
                                const char **out_nearest) {
    switch (schema->type) {
    case CYAML_UINT:
        return number_fault(scalar);
    case CYAML_STRING:
        return text_fault(scalar, schema);
    case CYAML_ENUM:
        return word_fault(scalar, schema, out_nearest);
    case CYAML_BOOL:
        return span_equal_text(scalar, "true") || span_equal_text(scalar, "false")
                   ? NULL
                   : "true or false belongs here";
    default:
        return "this kind of value has no reader";
    }
}
