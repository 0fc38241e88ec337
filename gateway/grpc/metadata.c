/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of both directions (PROTOCOL-HTTP2, "Custom-Metadata"): names of [0-9a-z_.-]; values of
 * printable ASCII, or, where the name ends in "-bin", any bytes, which travel as base64: we write
 * it without padding, read it with and without, and several values may stand in one field with
 * commas between them. A value that cannot be read is absent; it never fails its call. */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/grpc/grpc_int.h"

enum { BASE64_GROUP = 4 };

static bool is_binary(const char *name) {
    static const char END[] = "-bin";
    size_t len = strlen(name);
    return len >= sizeof END - 1 && strcmp(name + len - (sizeof END - 1), END) == 0;
}

/* ---- names ---- */

static bool is_name_byte(uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '_' ||
           byte == '-' || byte == '.';
}

/* What gRPC, Connect and HTTP mean something by is not metadata. */
static bool is_reserved(struct span name) {
    static const char *const PREFIXES[] = {"grpc-", "connect-"};
    static const char *const NAMES[] = {
        "accept-encoding", "connection",        "content-encoding",
        "content-length",  "content-type",      "host",
        "keep-alive",      "proxy-connection",  "te",
        "trailer",         "transfer-encoding", "upgrade",
        "user-agent",
    };
    for (size_t i = 0; i < sizeof PREFIXES / sizeof PREFIXES[0]; i++) {
        if (span_starts_with(name, span_text(PREFIXES[i]))) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (span_equal_text(name, NAMES[i])) {
            return true;
        }
    }
    return false;
}

static bool is_name(struct span name) {
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_byte(name.ptr[i])) {
            return false;
        }
    }
    return name.len > 0 && !is_reserved(name);
}

/* ---- values ---- */

static bool is_ascii(struct span value) {
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < 0x20 || value.ptr[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* The padding that was left out is put back, since the decoder wants it. 0 bytes of text are 0
 * bytes. */
static bool decode(struct span text, uint8_t *out, size_t size_max, size_t *out_len) {
    uint8_t padded[(LIMIT_GRPC_METADATA_SIZE + 2) / 3 * BASE64_GROUP];
    size_t len = (text.len + BASE64_GROUP - 1) / BASE64_GROUP * BASE64_GROUP;
    if (len > sizeof padded) {
        return false;
    }
    memset(padded, '=', sizeof padded);
    if (text.len > 0) {
        memcpy(padded, text.ptr, text.len);
    }
    bool is_read = !lg_failed(bytes_from_base64(span_of(padded, len), out, size_max, out_len));
    explicit_bzero(padded, sizeof padded);
    return is_read;
}

/* ---- what we send ---- */

void grpc_fields_free(struct grpc_fields **fields) {
    if (*fields != NULL) {
        explicit_bzero(*fields, sizeof **fields);
        free(*fields);
        *fields = NULL;
    }
}

/* The value as it travels, behind the name; false when there is no room. */
static bool put_value(struct writer *writer, bool is_bin, struct span value) {
    if (!is_bin) {
        writer_bytes(writer, value);
        return !writer->failed;
    }
    size_t len = (value.len + 2) / 3 * BASE64_GROUP;
    if (writer->failed || writer->size - writer->used < len + 1) {
        return false;
    }
    bytes_to_base64(value, (char *)writer->buf + writer->used);
    writer->used += len - (3 - value.len % 3) % 3;
    return true;
}

struct lg_err grpc_fields_add(struct grpc_fields **fields, const char *name, struct span value) {
    struct span name_text = span_text(name);
    bool is_bin = is_binary(name);
    bool is_good =
        is_name(name_text) && (is_bin || (is_ascii(value) && span_trim(value).len == value.len));
    if (!is_good) {
        return lg_err_make(LG_CLASS_INPUT, LG_GRPC, GRPC_FIELD);
    }
    if (*fields == NULL) {
        *fields = calloc(1, sizeof **fields);
        if (*fields == NULL) {
            return grpc_error_memory();
        }
    }
    struct grpc_fields *it = *fields;
    struct writer writer = writer_of(it->text + it->used, sizeof it->text - it->used);
    writer_bytes(&writer, name_text);
    if (it->count == LIMIT_GRPC_ADDED_FIELDS || value.len > sizeof it->text ||
        !put_value(&writer, is_bin, value)) {
        return grpc_error_full();
    }
    it->parts[it->count] = (struct grpc_part){.name_len = (uint16_t)name_text.len,
                                              .value_len = (uint16_t)(writer.used - name_text.len)};
    it->count++;
    it->used += writer.used;
    return LG_OK;
}

size_t grpc_fields_list(const struct grpc_fields *fields,
                        struct http2_field out[static LIMIT_GRPC_ADDED_FIELDS]) {
    size_t at = 0;
    if (fields == NULL) {
        return 0;
    }
    for (size_t i = 0; i < fields->count; i++) {
        struct grpc_part part = fields->parts[i];
        out[i] = (struct http2_field){
            .name = span_of(fields->text + at, part.name_len),
            .value = span_of(fields->text + at + part.name_len, part.value_len),
        };
        at += (size_t)part.name_len + part.value_len;
    }
    return fields->count;
}

/* ---- what we receive ---- */

static void keep(struct grpc_kept *kept, const char *name, struct span value) {
    size_t room = sizeof kept->text - kept->used;
    size_t len = value.len;
    if (kept->count == LIMIT_GRPC_METADATA_FIELDS) {
        return;
    }
    if (is_binary(name)) {
        if (!decode(value, kept->text + kept->used, room, &len)) {
            return;
        }
    } else if (len > room || !is_ascii(value)) {
        return;
    } else if (len > 0) {
        memcpy(kept->text + kept->used, value.ptr, len);
    }
    kept->values[kept->count] =
        (struct grpc_metadata){.name = name, .from = (uint16_t)kept->used, .len = (uint16_t)len};
    kept->count++;
    kept->used += len;
}

void grpc_kept_take(struct grpc_kept *kept, const struct http2_block *block, const char *name) {
    struct span wanted = span_text(name);
    for (size_t i = 0; i < block->field_count; i++) {
        struct span rest = block->fields[i].value;
        struct span value = rest;
        if (!span_equal(block->fields[i].name, wanted)) {
            continue;
        }
        if (!is_binary(name)) {
            keep(kept, name, value);
            continue;
        }
        while (span_split(&rest, ',', &value)) {
            keep(kept, name, span_trim(value));
        }
    }
}

struct span grpc_kept_find(const struct grpc_kept *kept, const char *name, size_t index) {
    for (size_t i = 0; i < kept->count; i++) {
        const struct grpc_metadata *it = &kept->values[i];
        if (strcmp(it->name, name) != 0) {
            continue;
        }
        if (index == 0) {
            return span_of(kept->text + it->from, it->len);
        }
        index--;
    }
    return (struct span){0};
}
