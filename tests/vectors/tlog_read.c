/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "tests/support/support.h"
#include "tests/vectors/tlog.h"

struct span tlog_file(struct tlog_run *run, const char *name) {
    size_t len = 0;
    char *text = support_file_read(run->folder, name, &len);
    if (text == NULL) {
        return (struct span){0};
    }
    struct span copy = arena_copy(run->arena, span_of(text, len));
    free(text);
    return copy;
}

json_t *tlog_object(struct tlog_run *run, const char *name) {
    struct span text = tlog_file(run, name);
    return text.ptr == NULL
               ? NULL
               : json_loadb((const char *)text.ptr, text.len, JSON_DECODE_INT_AS_REAL, NULL);
}

json_t *tlog_lines(struct tlog_run *run, const char *name) {
    struct span rest = tlog_file(run, name);
    struct span line;
    json_t *lines = json_array();
    while (rest.ptr != NULL && span_split(&rest, '\n', &line)) {
        if (line.len == 0) {
            continue;
        }
        json_t *object =
            json_loadb((const char *)line.ptr, line.len, JSON_DECODE_INT_AS_REAL, NULL);
        tlog_case(run, "a line that is no JSON",
                  object != NULL && json_array_append_new(lines, object) == 0);
    }
    /* Only broken lines count: a line in order is a case of its group. */
    run->passed -= json_array_size(lines);
    return lines;
}

const char *tlog_text(const json_t *object, const char *member) {
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "";
}

/* One vector holds 2^64 - 1, which is no integer to the JSON library: numbers are read as doubles,
 * exact up to 2^53, and this one is told by its size. */
uint64_t tlog_number(const json_t *object, const char *member) {
    double value = json_real_value(json_object_get(object, member));
    return value >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)value;
}

struct span tlog_base64(struct tlog_run *run, const char *text) {
    size_t size = strlen(text) + 1;
    size_t len = 0;
    uint8_t *bytes = arena_alloc(run->arena, size);
    bool good = bytes != NULL && !lg_failed(bytes_from_base64(span_text(text), bytes, size, &len));
    return good ? span_of(bytes, len) : (struct span){0};
}

struct span tlog_hex(struct tlog_run *run, const char *text) {
    size_t len = strlen(text) / 2;
    uint8_t *bytes = arena_alloc(run->arena, len + 1);
    bool good = bytes != NULL && !lg_failed(bytes_from_hex(span_text(text), bytes, len));
    return good ? span_of(bytes, len) : (struct span){0};
}

static bool hash_take(struct span bytes, struct audit_hash *out_hash) {
    if (bytes.len != AUDIT_HASH_SIZE) {
        return false;
    }
    memcpy(out_hash->bytes, bytes.ptr, AUDIT_HASH_SIZE);
    return true;
}

bool tlog_hash(struct tlog_run *run, const char *text, struct audit_hash *out_hash) {
    return text != NULL && hash_take(tlog_base64(run, text), out_hash);
}

bool tlog_hash_hex(struct tlog_run *run, const char *text, struct audit_hash *out_hash) {
    return text != NULL && hash_take(tlog_hex(run, text), out_hash);
}

bool tlog_hashes(struct tlog_run *run, const json_t *array, struct audit_hash *out_hashes,
                 size_t *out_count) {
    *out_count = json_array_size(array);
    bool good = *out_count <= TLOG_HASHES_MAX;
    for (size_t i = 0; i < *out_count && good; i++) {
        good = tlog_hash(run, json_string_value(json_array_get(array, i)), &out_hashes[i]);
    }
    return good;
}

bool tlog_hash_is(const struct audit_hash *hash, const char *hex) {
    char text[2 * AUDIT_HASH_SIZE + 1];
    bytes_to_hex(span_of(hash->bytes, AUDIT_HASH_SIZE), text);
    return hex != NULL && strcmp(text, hex) == 0;
}
