/* SPDX-License-Identifier: Apache-2.0 */
/* Carries values between protobuf-c's structs and ours, field by field as the rows say. Nested
 * messages wait in a stack of lanes, so that nothing recurses. All bytes were walked by scan.c
 * before (reading) or are walked after (writing). */
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/wire/wire_int.h"

/* `left` messages of one shape, side by side: plain structs in an array, protobuf-c's behind an
 * array of pointers. row: the next row of the first of them. is_optional: a single one that is left
 * out when it holds nothing (writing). */
struct lane {
    const struct shape *shape;
    uint8_t *plain;
    ProtobufCMessage **proto;
    size_t left;
    uint16_t row;
    bool is_optional;
};

struct walk {
    struct arena *arena;
    struct lane lanes[LIMIT_WIRE_DEPTH];
    size_t depth;
};

/* One field while it is carried: where it lies on both sides. */
struct spot {
    const struct shape_row *row;
    const ProtobufCFieldDescriptor *field;
    uint8_t *plain; /* start of the plain struct */
    uint8_t *proto; /* start of the message */
};

LG_MUST_USE static struct lg_err error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
}

static struct spot spot_of(const struct lane *lane) {
    return (struct spot){
        .row = &lane->shape->rows[lane->row],
        .field = &lane->shape->message->fields[lane->row],
        .plain = lane->plain,
        .proto = (uint8_t *)*lane->proto,
    };
}

static bool spot_is_choice(const struct spot *spot) {
    return (spot->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

static void lane_push(struct walk *walk, struct lane lane) {
    ASSERT(walk->depth < LIMIT_WIRE_DEPTH);
    walk->lanes[walk->depth] = lane;
    walk->depth++;
}

/* ---- Reading ----------------------------------------------------------------------------- */

static struct span span_of_string(const char *text) {
    return text != NULL ? span_of(text, strlen(text)) : (struct span){0};
}

static struct lg_err read_list(struct walk *walk, const struct spot *spot) {
    size_t count = 0;
    memcpy(&count, spot->proto + spot->field->quantifier_offset, sizeof count);
    struct span *items = arena_array(walk->arena, count, sizeof *items);
    if (items == NULL) {
        return error_memory();
    }
    const uint8_t *from = NULL;
    memcpy(&from, spot->proto + spot->field->offset, sizeof from);
    for (size_t i = 0; i < count; i++) {
        if (spot->row->kind == SHAPE_TEXT) {
            const char *text = NULL;
            memcpy(&text, from + i * sizeof text, sizeof text);
            items[i] = span_of_string(text);
        } else {
            ProtobufCBinaryData bytes = {0};
            memcpy(&bytes, from + i * sizeof bytes, sizeof bytes);
            items[i] = span_of(bytes.data, bytes.len);
        }
    }
    struct span_list list = {.items = items, .count = count};
    memcpy(spot->plain + spot->row->at, &list, sizeof list);
    return LG_OK;
}

static void read_text(const struct spot *spot) {
    const char *text = NULL;
    memcpy(&text, spot->proto + spot->field->offset, sizeof text);
    struct span value = span_of_string(text);
    memcpy(spot->plain + spot->row->at, &value, sizeof value);
}

static void read_bytes(const struct spot *spot) {
    ProtobufCBinaryData bytes = {0};
    memcpy(&bytes, spot->proto + spot->field->offset, sizeof bytes);
    if (spot->row->kind == SHAPE_FIXED) {
        if (bytes.len == spot->row->high) {
            memcpy(spot->plain + spot->row->at, bytes.data, bytes.len);
        }
        return;
    }
    struct span value = span_of(bytes.data, bytes.len);
    memcpy(spot->plain + spot->row->at, &value, sizeof value);
}

static void read_bool(const struct spot *spot) {
    protobuf_c_boolean flag = 0;
    memcpy(&flag, spot->proto + spot->field->offset, sizeof flag);
    bool value = flag != 0;
    memcpy(spot->plain + spot->row->at, &value, sizeof value);
}

/* A value that the contract does not have (only in replies) reads as unspecified. */
static void read_enum(const struct spot *spot) {
    int value = 0;
    memcpy(&value, spot->proto + spot->field->offset, sizeof value);
    if (protobuf_c_enum_descriptor_get_value(spot->field->descriptor, value) == NULL) {
        value = 0;
    }
    value = value == 0 ? spot->row->fallback : value;
    memcpy(spot->plain + spot->row->at, &value, sizeof value);
}

static void read_message(struct walk *walk, const struct spot *spot) {
    ProtobufCMessage **slot = (ProtobufCMessage **)(void *)(spot->proto + spot->field->offset);
    if (*slot == NULL) {
        return;
    }
    if (spot->row->flag_at != SHAPE_NOWHERE) {
        bool is_there = true;
        memcpy(spot->plain + spot->row->flag_at, &is_there, sizeof is_there);
    }
    lane_push(walk, (struct lane){
                        .shape = spot->row->shape,
                        .plain = spot->plain + spot->row->at,
                        .proto = slot,
                        .left = 1,
                    });
}

static struct lg_err read_messages(struct walk *walk, const struct spot *spot) {
    const struct shape *shape = spot->row->shape;
    size_t count = 0;
    ProtobufCMessage **from = NULL;
    memcpy(&count, spot->proto + spot->field->quantifier_offset, sizeof count);
    memcpy(&from, spot->proto + spot->field->offset, sizeof from);
    uint8_t *items = arena_array(walk->arena, count, shape->size);
    if (items == NULL) {
        return error_memory();
    }
    memcpy(spot->plain + spot->row->at, &items, sizeof items);
    memcpy(spot->plain + spot->row->count_at, &count, sizeof count);
    if (count > 0) {
        lane_push(walk,
                  (struct lane){.shape = shape, .plain = items, .proto = from, .left = count});
    }
    return LG_OK;
}

static struct lg_err read_spot(struct walk *walk, const struct spot *spot) {
    const struct shape_row *row = spot->row;
    if (row->repeated) {
        return row->kind == SHAPE_MESSAGE ? read_messages(walk, spot) : read_list(walk, spot);
    }
    switch ((enum shape_kind)row->kind) {
    case SHAPE_TEXT:
        read_text(spot);
        break;
    case SHAPE_BYTES:
    case SHAPE_FIXED:
    case SHAPE_RAW:
        read_bytes(spot);
        break;
    case SHAPE_U32:
        memcpy(spot->plain + row->at, spot->proto + spot->field->offset, sizeof(uint32_t));
        break;
    case SHAPE_U64:
    case SHAPE_I64:
        memcpy(spot->plain + row->at, spot->proto + spot->field->offset, sizeof(uint64_t));
        break;
    case SHAPE_BOOL:
        read_bool(spot);
        break;
    case SHAPE_ENUM:
        read_enum(spot);
        break;
    case SHAPE_MESSAGE:
        read_message(walk, spot);
        break;
    }
    return LG_OK;
}

/* True when the field is a member of a oneof that is not the one set; notes the one that is. */
static bool read_is_other_choice(const struct lane *lane, const struct spot *spot) {
    uint32_t set = 0;
    if (!spot_is_choice(spot)) {
        return false;
    }
    memcpy(&set, spot->proto + spot->field->quantifier_offset, sizeof set);
    if (set != spot->row->number) {
        return true;
    }
    int choice = (int)set;
    memcpy(spot->plain + lane->shape->choice_at, &choice, sizeof choice);
    return false;
}

/* The lane to work on: without the messages and lanes that are done. NULL at the end. */
static struct lane *walk_top(struct walk *walk) {
    while (walk->depth > 0) {
        struct lane *lane = &walk->lanes[walk->depth - 1];
        if (lane->left > 0 && lane->row < lane->shape->row_count) {
            return lane;
        }
        if (lane->left == 0) {
            walk->depth--;
            continue;
        }
        if (lane->is_optional && protobuf_c_message_get_packed_size(*lane->proto) == 0) {
            *lane->proto = NULL;
        }
        lane->row = 0;
        lane->left--;
        lane->plain += lane->shape->size;
        lane->proto++;
    }
    return NULL;
}

struct lg_err wire_convert_read(struct arena *arena, const struct shape *shape,
                                ProtobufCMessage *from, void *to) {
    struct walk walk = {.arena = arena};
    lane_push(&walk, (struct lane){.shape = shape, .plain = to, .proto = &from, .left = 1});
    for (struct lane *lane = walk_top(&walk); lane != NULL; lane = walk_top(&walk)) {
        struct spot spot = spot_of(lane);
        bool is_other = read_is_other_choice(lane, &spot);
        lane->row++;
        if (!is_other) {
            TRY(read_spot(&walk, &spot));
        }
    }
    return LG_OK;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static ProtobufCMessage *message_new(struct arena *arena, const struct shape *shape) {
    ProtobufCMessage *message = arena_alloc(arena, shape->message->sizeof_message);
    if (message != NULL) {
        protobuf_c_message_init(shape->message, message);
    }
    return message;
}

static struct lg_err write_string(struct arena *arena, struct span text, uint8_t *to) {
    if (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, WIRE_TEXT);
    }
    char *copy = arena_text(arena, text);
    if (copy == NULL) {
        return error_memory();
    }
    memcpy(to, &copy, sizeof copy);
    return LG_OK;
}

/* Borrows: protobuf-c only reads what it packs, but its struct has no const. */
static void write_blob(const void *ptr, size_t len, uint8_t *to) {
    ProtobufCBinaryData bytes = {.len = len};
    memcpy(&bytes.data, &ptr, sizeof ptr);
    memcpy(to, &bytes, sizeof bytes);
}

static struct lg_err write_list(struct walk *walk, const struct spot *spot) {
    struct span_list list = {0};
    memcpy(&list, spot->plain + spot->row->at, sizeof list);
    bool is_text = spot->row->kind == SHAPE_TEXT;
    size_t size = is_text ? sizeof(char *) : sizeof(ProtobufCBinaryData);
    uint8_t *items = arena_array(walk->arena, list.count, size);
    if (items == NULL) {
        return error_memory();
    }
    for (size_t i = 0; i < list.count; i++) {
        if (is_text) {
            TRY(write_string(walk->arena, list.items[i], items + i * size));
        } else {
            write_blob(list.items[i].ptr, list.items[i].len, items + i * size);
        }
    }
    memcpy(spot->proto + spot->field->offset, &items, sizeof items);
    memcpy(spot->proto + spot->field->quantifier_offset, &list.count, sizeof list.count);
    return LG_OK;
}

static struct lg_err write_text(struct walk *walk, const struct spot *spot) {
    struct span value = {0};
    memcpy(&value, spot->plain + spot->row->at, sizeof value);
    if (value.len == 0 && !spot_is_choice(spot)) {
        return LG_OK;
    }
    return write_string(walk->arena, value, spot->proto + spot->field->offset);
}

static bool bytes_are_zero(const uint8_t *bytes, size_t len) {
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

static void write_bytes(const struct spot *spot) {
    const uint8_t *plain = spot->plain + spot->row->at;
    uint8_t *to = spot->proto + spot->field->offset;
    if (spot->row->kind == SHAPE_FIXED) {
        if (spot->row->needed || !bytes_are_zero(plain, spot->row->high)) {
            write_blob(plain, spot->row->high, to);
        }
        return;
    }
    struct span value = {0};
    memcpy(&value, plain, sizeof value);
    write_blob(value.ptr, value.len, to);
}

static void write_bool(const struct spot *spot) {
    bool value = false;
    memcpy(&value, spot->plain + spot->row->at, sizeof value);
    protobuf_c_boolean flag = value ? 1 : 0;
    memcpy(spot->proto + spot->field->offset, &flag, sizeof flag);
}

static struct lg_err write_message(struct walk *walk, const struct spot *spot) {
    const struct shape_row *row = spot->row;
    bool is_there = true;
    if (row->flag_at != SHAPE_NOWHERE) {
        memcpy(&is_there, spot->plain + row->flag_at, sizeof is_there);
    }
    if (!is_there) {
        return LG_OK;
    }
    ProtobufCMessage **slot = (ProtobufCMessage **)(void *)(spot->proto + spot->field->offset);
    *slot = message_new(walk->arena, row->shape);
    if (*slot == NULL) {
        return error_memory();
    }
    lane_push(walk, (struct lane){
                        .shape = row->shape,
                        .plain = spot->plain + row->at,
                        .proto = slot,
                        .left = 1,
                        .is_optional =
                            !row->needed && row->flag_at == SHAPE_NOWHERE && !spot_is_choice(spot),
                    });
    return LG_OK;
}

static struct lg_err write_messages(struct walk *walk, const struct spot *spot) {
    const struct shape_row *row = spot->row;
    uint8_t *from = NULL;
    size_t count = 0;
    memcpy(&from, spot->plain + row->at, sizeof from);
    memcpy(&count, spot->plain + row->count_at, sizeof count);
    ProtobufCMessage **items = arena_array(walk->arena, count, sizeof(ProtobufCMessage *));
    if (items == NULL) {
        return error_memory();
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = message_new(walk->arena, row->shape);
        if (items[i] == NULL) {
            return error_memory();
        }
    }
    memcpy(spot->proto + spot->field->offset, &items, sizeof items);
    memcpy(spot->proto + spot->field->quantifier_offset, &count, sizeof count);
    if (count > 0) {
        lane_push(walk,
                  (struct lane){.shape = row->shape, .plain = from, .proto = items, .left = count});
    }
    return LG_OK;
}

static struct lg_err write_spot(struct walk *walk, const struct spot *spot) {
    const struct shape_row *row = spot->row;
    if (row->repeated) {
        return row->kind == SHAPE_MESSAGE ? write_messages(walk, spot) : write_list(walk, spot);
    }
    switch ((enum shape_kind)row->kind) {
    case SHAPE_TEXT:
        return write_text(walk, spot);
    case SHAPE_BYTES:
    case SHAPE_FIXED:
    case SHAPE_RAW:
        write_bytes(spot);
        break;
    case SHAPE_U32:
        memcpy(spot->proto + spot->field->offset, spot->plain + row->at, sizeof(uint32_t));
        break;
    case SHAPE_U64:
    case SHAPE_I64:
        memcpy(spot->proto + spot->field->offset, spot->plain + row->at, sizeof(uint64_t));
        break;
    case SHAPE_BOOL:
        write_bool(spot);
        break;
    case SHAPE_ENUM:
        memcpy(spot->proto + spot->field->offset, spot->plain + row->at, sizeof(int));
        break;
    case SHAPE_MESSAGE:
        return write_message(walk, spot);
    }
    return LG_OK;
}

/* True when the field is a member of a oneof that is not the chosen one; sets the chosen one. */
static bool write_is_other_choice(const struct lane *lane, const struct spot *spot) {
    int choice = 0;
    if (!spot_is_choice(spot)) {
        return false;
    }
    memcpy(&choice, spot->plain + lane->shape->choice_at, sizeof choice);
    if (choice != spot->row->number) {
        return true;
    }
    uint32_t set = spot->row->number;
    memcpy(spot->proto + spot->field->quantifier_offset, &set, sizeof set);
    return false;
}

struct lg_err wire_convert_write(struct arena *arena, const struct shape *shape, const void *from,
                                 ProtobufCMessage **out_to) {
    struct walk walk = {.arena = arena};
    ProtobufCMessage *top = message_new(arena, shape);
    if (top == NULL) {
        return error_memory();
    }
    uint8_t *plain = NULL;
    memcpy(&plain, &from, sizeof plain);
    lane_push(&walk, (struct lane){.shape = shape, .plain = plain, .proto = &top, .left = 1});
    for (struct lane *lane = walk_top(&walk); lane != NULL; lane = walk_top(&walk)) {
        struct spot spot = spot_of(lane);
        bool is_other = write_is_other_choice(lane, &spot);
        lane->row++;
        if (!is_other) {
            TRY(write_spot(&walk, &spot));
        }
    }
    *out_to = top;
    return LG_OK;
}
