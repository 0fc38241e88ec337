/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/audit_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "tests/support/support.h"

#include <cmocka.h>

json_t *vectors_object(const char *data_dir, const char *name) {
    size_t len = 0;
    char *text = support_file_read(data_dir, name, &len);
    if (text == NULL) {
        return NULL;
    }
    json_t *object = json_loadb(text, len, JSON_DECODE_INT_AS_REAL, NULL);
    free(text);
    assert_non_null(object);
    return object;
}

json_t *vectors_lines(const char *data_dir, const char *name) {
    size_t len = 0;
    char *text = support_file_read(data_dir, name, &len);
    if (text == NULL) {
        return NULL;
    }
    json_t *lines = json_array();
    struct span rest = span_of(text, len);
    struct span line;
    while (span_split(&rest, '\n', &line)) {
        if (line.len > 0) {
            json_t *object =
                json_loadb((const char *)line.ptr, line.len, JSON_DECODE_INT_AS_REAL, NULL);
            assert_non_null(object);
            assert_int_equal(json_array_append_new(lines, object), 0);
        }
    }
    free(text);
    return lines;
}

const char *vectors_text(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));
    assert_non_null(text);
    return text;
}

/* One vector holds 2^64 - 1, which is no integer to the JSON library: numbers are read as doubles,
 * exact up to 2^53, and this one is told by its size. */
uint64_t vectors_number(const json_t *object, const char *member) {
    const json_t *number = json_object_get(object, member);
    assert_true(json_is_real(number));
    double value = json_real_value(number);
    return value >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)value;
}

struct span vectors_base64(const char *text) {
    size_t len = 0;
    uint8_t *bytes = malloc(VECTORS_BYTES_MAX);
    assert_non_null(bytes);
    assert_false(lg_failed(bytes_from_base64(span_text(text), bytes, VECTORS_BYTES_MAX, &len)));
    return span_of(bytes, len);
}

struct span vectors_hex(const char *text) {
    size_t len = strlen(text) / 2;
    uint8_t *bytes = malloc(len + 1);
    assert_non_null(bytes);
    assert_false(lg_failed(bytes_from_hex(span_text(text), bytes, len)));
    return span_of(bytes, len);
}

bool vectors_hash(const char *text, struct audit_hash *out_hash) {
    struct span bytes = vectors_base64(text);
    bool fits = bytes.len == AUDIT_HASH_SIZE;
    if (fits) {
        memcpy(out_hash->bytes, bytes.ptr, AUDIT_HASH_SIZE);
    }
    free((void *)(uintptr_t)bytes.ptr);
    return fits;
}

bool vectors_hashes(const json_t *array, struct audit_hash *out_hashes, size_t *out_count) {
    *out_count = json_array_size(array);
    assert_true(*out_count <= 64);
    for (size_t i = 0; i < *out_count; i++) {
        if (!vectors_hash(json_string_value(json_array_get(array, i)), &out_hashes[i])) {
            return false;
        }
    }
    return true;
}
