/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a message to JSON.
 *
 * The bytes are walked twice, first to count and then to write, so that the text gets exactly the
 * memory that it needs. Before that wire_scan has found them well-formed; what is left to check is
 * that fields ascend, without which one name would come twice. */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/wire/field_int.h"
#include "gateway/wire/json_int.h"

/* A message under way. row: the field last written, or row_count before the first. in_list: its
 * bracket is open. */
struct level {
    const struct shape *shape;
    struct span rest;
    size_t row;
    bool in_list;
};

/* text NULL: only counted. */
struct writing {
    struct level levels[LIMIT_WIRE_DEPTH];
    size_t depth;
    char *text;
    size_t used;
};

/* ---- Text -------------------------------------------------------------------------------- */

static void put(struct writing *writing, const void *text, size_t len) {
    if (writing->text != NULL && len > 0) {
        memcpy(writing->text + writing->used, text, len);
    }
    writing->used += len;
}

static void put_text(struct writing *writing, const char *text) {
    put(writing, text, strlen(text));
}

static void put_byte(struct writing *writing, uint8_t byte) {
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15U]};
    switch (byte) {
    case '"':
        put_text(writing, "\\\"");
        return;
    case '\\':
        put_text(writing, "\\\\");
        return;
    case '\n':
        put_text(writing, "\\n");
        return;
    case '\r':
        put_text(writing, "\\r");
        return;
    case '\t':
        put_text(writing, "\\t");
        return;
    default:
        break;
    }
    if (byte < 0x20) {
        put(writing, escape, sizeof escape);
    } else {
        put(writing, &byte, 1);
    }
}

static void put_string(struct writing *writing, struct span text) {
    put_text(writing, "\"");
    for (size_t i = 0; i < text.len; i++) {
        put_byte(writing, text.ptr[i]);
    }
    put_text(writing, "\"");
}

/* In pieces of whole groups, so that only the last one is padded. */
static void put_base64(struct writing *writing, struct span bytes) {
    enum { PIECE = 48, PIECE_TEXT = PIECE / 3 * 4 + 1 };
    char text[PIECE_TEXT];
    put_text(writing, "\"");
    for (size_t from = 0; from < bytes.len; from += PIECE) {
        bytes_to_base64(span_slice(bytes, from, PIECE), text);
        put_text(writing, text);
    }
    put_text(writing, "\"");
    explicit_bzero(text, sizeof text);
}

static void put_enum(struct writing *writing, const ProtobufCFieldDescriptor *field,
                     uint64_t number) {
    char digits[24];
    int value = (int)(int64_t)number;
    const ProtobufCEnumValue *known =
        protobuf_c_enum_descriptor_get_value(field->descriptor, value);
    if (known != NULL) {
        put_string(writing, span_text(known->name));
        return;
    }
    snprintf(digits, sizeof digits, "%d", value);
    put_text(writing, digits);
}

/* ---- Fields ------------------------------------------------------------------------------ */

static void put_value(struct writing *writing, const struct level *level,
                      const struct wire_value *value) {
    char digits[24] = "";
    const struct shape_row *row = &level->shape->rows[level->row];
    switch ((enum shape_kind)row->kind) {
    case SHAPE_TEXT:
        put_string(writing, value->bytes);
        return;
    case SHAPE_BYTES:
    case SHAPE_FIXED:
        put_base64(writing, value->bytes);
        return;
    case SHAPE_ENUM:
        put_enum(writing, &level->shape->message->fields[level->row], value->number);
        return;
    case SHAPE_U32:
        snprintf(digits, sizeof digits, "%" PRIu32, (uint32_t)value->number);
        break;
    case SHAPE_U64:
        snprintf(digits, sizeof digits, "\"%" PRIu64 "\"", value->number);
        break;
    case SHAPE_I64:
        snprintf(digits, sizeof digits, "\"%" PRId64 "\"", (int64_t)value->number);
        break;
    case SHAPE_BOOL:
        put_text(writing, value->number != 0 ? "true" : "false");
        return;
    case SHAPE_MESSAGE:
    case SHAPE_RAW:
        return;
    }
    put_text(writing, digits);
}

static void open_level(struct writing *writing, const struct shape *shape, struct span bytes) {
    ASSERT(writing->depth < LIMIT_WIRE_DEPTH);
    writing->levels[writing->depth] =
        (struct level){.shape = shape, .rest = bytes, .row = shape->row_count};
    writing->depth++;
    put_text(writing, "{");
}

static void close_level(struct writing *writing) {
    const struct level *level = &writing->levels[writing->depth - 1];
    put_text(writing, level->in_list ? "]}" : "}");
    writing->depth--;
}

/* What stands before a value: a comma within a list, else the name and what came before it. */
static void put_name(struct writing *writing, struct level *level, size_t row) {
    char name[WIRE_JSON_NAME_SIZE];
    bool is_first = level->row == level->shape->row_count;
    if (!is_first && row == level->row) {
        put_text(writing, ",");
        return;
    }
    put_text(writing, level->in_list ? "]," : is_first ? "" : ",");
    wire_json_name(level->shape->message->fields[row].name, name);
    put_string(writing, span_text(name));
    level->in_list = level->shape->rows[row].repeated;
    level->row = row;
    put_text(writing, level->in_list ? ":[" : ":");
}

/* Sent although it is the default, where nothing tells that apart from absence. */
static bool is_left_out(const struct level *level, size_t row, uint32_t type,
                        const struct wire_value *value) {
    const ProtobufCFieldDescriptor *field = &level->shape->message->fields[row];
    const struct shape_row *it = &level->shape->rows[row];
    bool is_message = it->kind == SHAPE_MESSAGE || it->kind == SHAPE_RAW;
    bool is_default = type == WIRE_TYPE_VARINT ? value->number == 0 : value->bytes.len == 0;
    bool is_member = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    return is_default && !it->repeated && !is_message && !is_member;
}

/* 0 or the code of what is wrong. */
static uint16_t write_field(struct writing *writing) {
    struct level *level = &writing->levels[writing->depth - 1];
    struct wire_key key = {0};
    struct wire_value value = {0};
    uint16_t fault = wire_key_take(&level->rest, &key);
    if (fault == 0) {
        fault = wire_value_take(&level->rest, key.type, &value);
    }
    ASSERT(fault == 0); /* the scan has seen these bytes */
    const struct shape_row *it = wire_row_find(level->shape, key.number);
    if (it == NULL) {
        return WIRE_UNKNOWN;
    }
    size_t row = (size_t)(it - level->shape->rows);
    bool is_first = level->row == level->shape->row_count;
    if (!is_first && (row < level->row || (row == level->row && !it->repeated))) {
        return WIRE_DUPLICATE;
    }
    if (is_left_out(level, row, key.type, &value)) {
        return 0;
    }
    put_name(writing, level, row);
    put_value(writing, level, &value);
    if (it->kind == SHAPE_MESSAGE || it->kind == SHAPE_RAW) {
        open_level(writing, it->shape, value.bytes);
    }
    return 0;
}

static uint16_t write_all(struct writing *writing, const struct shape *shape, struct span bytes) {
    uint16_t fault = 0;
    open_level(writing, shape, bytes);
    while (writing->depth > 0 && fault == 0) {
        if (writing->levels[writing->depth - 1].rest.len > 0) {
            fault = write_field(writing);
        } else {
            close_level(writing);
        }
    }
    return fault;
}

struct lg_err wire_json_write(const struct wire_message *message, struct arena *arena,
                              struct span bytes, struct span *out_json) {
    struct wire_report report;
    struct writing counted = {0};
    struct lg_err err = wire_scan(message, bytes, false, &report);
    if (lg_failed(err)) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, lg_err_code(err));
    }
    uint16_t fault = write_all(&counted, message->shape, bytes);
    if (fault != 0) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, fault);
    }
    struct writing writing = {.text = arena_alloc(arena, counted.used)};
    if (writing.text == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
    }
    fault = write_all(&writing, message->shape, bytes);
    ASSERT(fault == 0 && writing.used == counted.used);
    *out_json = span_of(writing.text, writing.used);
    return LG_OK;
}
