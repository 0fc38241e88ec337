/* SPDX-License-Identifier: Apache-2.0 */
/* grpc.reflection.*.ServerReflectionRequest and -Response:
 *
 *   request   1 host, 3 to 7 the question (reflection.h); 5 is a message: 1 containing_type,
 *             2 extension_number
 *   response  1 valid_host, 2 original_request (message), and one of
 *             4 message: 1 file_descriptor_proto, repeated
 *             6 message: 1 service, repeated message: 1 name
 *             7 message: 1 error_code, 2 error_message
 */
#include "gateway/wire/reflection.h"

#include <stdio.h>
#include <string.h>

#include "gateway/wire/field_int.h"

enum { REQUEST_HOST = 1, EXTENSION_TYPE = 1, EXTENSION_NUMBER = 2 };
enum { REPLY_HOST = 1, REPLY_REQUEST = 2 };
enum { FILES_FILE = 1, NAMES_SERVICE = 1, SERVICE_NAME = 1, ERROR_CODE = 1, ERROR_MESSAGE = 2 };

/* ---- the request ---- */

LG_MUST_USE static struct lg_err refuse(struct wire_report *report, uint16_t code) {
    (void)snprintf(report->sentence, sizeof report->sentence,
                   "The message is no ServerReflectionRequest: generate the client from "
                   "grpc/reflection/v1/reflection.proto");
    return lg_err_make(LG_CLASS_INPUT, LG_WIRE, code);
}

static uint16_t take_field(struct span *rest, struct wire_key *out_key,
                           struct wire_value *out_value) {
    uint16_t fault = wire_key_take(rest, out_key);
    return fault != 0 ? fault : wire_value_take(rest, out_key->type, out_value);
}

static uint16_t text_check(const struct wire_key *key, struct span text) {
    if (key->type != WIRE_TYPE_BYTES) {
        return WIRE_TYPE;
    }
    return span_is_text(text) ? 0 : WIRE_TEXT;
}

/* The name inside an ExtensionRequest. */
static uint16_t extension_read(const struct wire_key *outer, struct span message,
                               struct span *out_name) {
    struct span rest = message;
    *out_name = (struct span){0};
    if (outer->type != WIRE_TYPE_BYTES) {
        return WIRE_TYPE;
    }
    while (rest.len > 0) {
        struct wire_key key = {0};
        struct wire_value value = {0};
        uint16_t fault = take_field(&rest, &key, &value);
        if (fault == 0 && key.number == EXTENSION_TYPE) {
            fault = text_check(&key, value.bytes);
            *out_name = value.bytes;
        } else if (fault == 0 && key.number == EXTENSION_NUMBER) {
            fault = key.type == WIRE_TYPE_VARINT ? 0 : WIRE_TYPE;
        }
        if (fault != 0) {
            return fault;
        }
    }
    return 0;
}

static uint16_t field_read(const struct wire_key *key, struct span bytes,
                           struct wire_reflection_request *request) {
    switch (key->number) {
    case REQUEST_HOST:
        request->host = bytes;
        return text_check(key, bytes);
    case WIRE_REFLECTION_EXTENSION:
        request->ask = WIRE_REFLECTION_EXTENSION;
        return extension_read(key, bytes, &request->name);
    case WIRE_REFLECTION_FILE:
    case WIRE_REFLECTION_SYMBOL:
    case WIRE_REFLECTION_EXTENSIONS:
    case WIRE_REFLECTION_SERVICES:
        request->ask = (enum wire_reflection_ask)key->number;
        request->name = bytes;
        return text_check(key, bytes);
    default:
        return 0;
    }
}

struct lg_err wire_reflection_decode(struct span bytes, struct wire_report *report,
                                     struct wire_reflection_request *out_request) {
    struct wire_reflection_request request = {0};
    struct span rest = bytes;
    *report = (struct wire_report){0};
    while (rest.len > 0) {
        struct wire_key key = {0};
        struct wire_value value = {0};
        uint16_t fault = take_field(&rest, &key, &value);
        if (fault == 0) {
            fault = field_read(&key, value.bytes, &request);
        }
        if (fault != 0) {
            return refuse(report, fault);
        }
    }
    *out_request = request;
    return LG_OK;
}

/* ---- the reply ---- */

/* Written twice: without a buffer, to know the length, then for good. Lengths are sums of what is
 * in memory already, so that they cannot pass its size. */
struct output {
    uint8_t *buf; /* NULL: only counted */
    size_t used;
};

static void put_byte(struct output *output, uint8_t byte) {
    if (output->buf != NULL) {
        output->buf[output->used] = byte;
    }
    output->used++;
}

static void put_varint(struct output *output, uint64_t value) {
    while (value >= 0x80) {
        put_byte(output, (uint8_t)(value | 0x80U));
        value >>= 7;
    }
    put_byte(output, (uint8_t)value);
}

static void put_head(struct output *output, uint32_t number, size_t len) {
    put_varint(output, number << 3 | WIRE_TYPE_BYTES);
    put_varint(output, len);
}

static void put_bytes(struct output *output, uint32_t number, struct span bytes) {
    put_head(output, number, bytes.len);
    if (output->buf != NULL && bytes.len > 0) {
        memcpy(output->buf + output->used, bytes.ptr, bytes.len);
    }
    output->used += bytes.len;
}

static size_t bytes_size(uint32_t number, struct span bytes) {
    struct output counted = {0};
    put_bytes(&counted, number, bytes);
    return counted.used;
}

static void put_service(struct output *output, struct span name) {
    put_head(output, NAMES_SERVICE, bytes_size(SERVICE_NAME, name));
    put_bytes(output, SERVICE_NAME, name);
}

/* What is inside the member of the oneof. */
static void put_inside(struct output *output, const struct wire_reflection_reply *reply) {
    if (reply->tell == WIRE_REFLECTION_ERROR) {
        put_varint(output, ERROR_CODE << 3 | WIRE_TYPE_VARINT);
        put_varint(output, reply->error_code);
        put_bytes(output, ERROR_MESSAGE, reply->error_message);
        return;
    }
    for (size_t i = 0; i < reply->item_count; i++) {
        if (reply->tell == WIRE_REFLECTION_FILES) {
            put_bytes(output, FILES_FILE, reply->items[i]);
        } else {
            put_service(output, reply->items[i]);
        }
    }
}

static void put_reply(struct output *output, const struct wire_reflection_reply *reply) {
    struct output inside = {0};
    put_inside(&inside, reply);
    if (reply->host.len > 0) {
        put_bytes(output, REPLY_HOST, reply->host);
    }
    put_bytes(output, REPLY_REQUEST, reply->request);
    put_head(output, (uint32_t)reply->tell, inside.used);
    put_inside(output, reply);
}

struct lg_err wire_reflection_encode(struct arena *arena, const struct wire_reflection_reply *reply,
                                     struct span *out_bytes) {
    struct output output = {0};
    put_reply(&output, reply);
    size_t size = output.used;
    output = (struct output){.buf = arena_alloc(arena, size)};
    if (output.buf == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
    }
    put_reply(&output, reply);
    *out_bytes = span_of(output.buf, output.used);
    return LG_OK;
}
