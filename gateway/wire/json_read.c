/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to the bytes of a message.
 *
 * The bytes are written from their end to their start: a message's length stands before it and is
 * known once its fields are written. So the fields are taken from the last to the first and lists
 * from their end, objects within objects wait in a stack of levels, and nothing recurses. */
#include <string.h>

#include "gateway/wire/json_int.h"

/* An object under way. row: how many fields are left, and so the index of the one being written.
 * list: the list that is this field's value, or NULL; left: how many of its elements are left, and
 * so the index of the one being written; element: the last of those. end: where the message's bytes
 * end. */
struct level {
    const struct shape *shape;
    const struct wire_json_node *values[SHAPE_FIELDS_MAX]; /* by row; NULL: absent or null */
    size_t row;
    const struct wire_json_node *list;
    const struct wire_json_node *element;
    size_t left;
    const uint8_t *end;
};

/* at: start of what is written; never before `start`. */
struct reading {
    struct level levels[LIMIT_WIRE_DEPTH];
    size_t depth;
    uint8_t *start;
    uint8_t *at;
    struct wire_report *report;
};

static struct level *top(struct reading *reading) {
    return &reading->levels[reading->depth - 1];
}

static const ProtobufCFieldDescriptor *field_of(const struct level *level, size_t row) {
    return &level->shape->message->fields[row];
}

/* ---- Sentences --------------------------------------------------------------------------- */

/* person.tokens.tokens[2].sealed: the fields under way of the first `depth` levels. */
static void add_path(struct wire_sentence *sentence, const struct reading *reading, size_t depth) {
    for (size_t i = 0; i < depth; i++) {
        const struct level *level = &reading->levels[i];
        wire_sentence_add(sentence, "%s%s", i > 0 ? "." : "", field_of(level, level->row)->name);
        if (level->list != NULL) {
            wire_sentence_add(sentence, "[%zu]", level->left);
        }
    }
}

LG_MUST_USE static struct lg_err refuse_at(const struct reading *reading, size_t depth,
                                           uint16_t code, const char *what) {
    struct wire_sentence sentence = {.text = reading->report->sentence};
    add_path(&sentence, reading, depth);
    wire_sentence_add(&sentence, "%s%s", depth > 0 ? ": " : "The message ", what);
    return lg_err_make(LG_CLASS_INPUT, LG_WIRE, code);
}

/* A fault of the value under way. */
LG_MUST_USE static struct lg_err refuse(const struct reading *reading, uint16_t code,
                                        const char *what) {
    return refuse_at(reading, reading->depth, code, what);
}

/* A fault of the object that is being opened: the path to it is that of the levels below. */
LG_MUST_USE static struct lg_err refuse_object(const struct reading *reading, uint16_t code,
                                               const char *what) {
    return refuse_at(reading, reading->depth - 1, code, what);
}

LG_MUST_USE static struct lg_err error_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
}

/* ---- Bytes, backwards -------------------------------------------------------------------- */

enum { VARINT_BYTES_MAX = 10 };

/* Room for `len` bytes before what is written, or NULL. */
static uint8_t *put_room(struct reading *reading, size_t len) {
    if ((size_t)(reading->at - reading->start) < len) {
        return NULL;
    }
    reading->at -= len;
    return reading->at;
}

LG_MUST_USE static struct lg_err put_varint(struct reading *reading, uint64_t value) {
    uint8_t bytes[VARINT_BYTES_MAX];
    size_t len = 0;
    do {
        bytes[len] = (uint8_t)(value & 0x7fU);
        value >>= 7;
        bytes[len] |= value > 0 ? 0x80U : 0;
        len++;
    } while (value > 0);
    uint8_t *room = put_room(reading, len);
    if (room == NULL) {
        return error_memory();
    }
    memcpy(room, bytes, len);
    return LG_OK;
}

/* The key of the field under way, before its value. */
LG_MUST_USE static struct lg_err put_key(struct reading *reading, bool has_length) {
    const struct level *level = top(reading);
    uint64_t number = field_of(level, level->row)->id;
    return put_varint(reading, number << 3 | (has_length ? 2U : 0U));
}

/* A value of the default is left out where its absence means the same: not in a list, and not as
 * the member that a oneof has. */
static bool is_left_out(const struct reading *reading, bool is_default) {
    const struct level *level = &reading->levels[reading->depth - 1];
    bool is_member = (field_of(level, level->row)->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    return is_default && level->list == NULL && !is_member;
}

LG_MUST_USE static struct lg_err put_number(struct reading *reading, uint64_t value) {
    if (is_left_out(reading, value == 0)) {
        return LG_OK;
    }
    TRY(put_varint(reading, value));
    return put_key(reading, false);
}

/* A string without its escapes. Where it has some, it is copied to the start of the room, which is
 * not written yet; NULL where what is decoded from it might not fit behind that copy. */
static struct span plain_text(struct reading *reading, struct span text) {
    if (span_index(text, '\\') == text.len) {
        return text;
    }
    if ((size_t)(reading->at - reading->start) < 2 * text.len) {
        return (struct span){0};
    }
    return span_of(reading->start, wire_json_unescape(text, reading->start));
}

/* ---- Values ------------------------------------------------------------------------------ */

LG_MUST_USE static struct lg_err read_text(struct reading *reading,
                                           const struct wire_json_node *value) {
    if (value->kind != WIRE_JSON_STRING) {
        return refuse(reading, WIRE_TYPE, "is not a string; send it in quotes");
    }
    size_t len = wire_json_unescape(value->text, NULL);
    if (is_left_out(reading, len == 0)) {
        return LG_OK;
    }
    uint8_t *room = put_room(reading, len);
    if (room == NULL) {
        return error_memory();
    }
    (void)wire_json_unescape(value->text, room);
    TRY(put_varint(reading, len));
    return put_key(reading, true);
}

LG_MUST_USE static struct lg_err read_bytes(struct reading *reading,
                                            const struct wire_json_node *value) {
    static const char not_base64[] = "is not base64; send the bytes as a base64 string";
    size_t size = 0;
    if (value->kind != WIRE_JSON_STRING) {
        return refuse(reading, WIRE_TYPE, not_base64);
    }
    struct span text = plain_text(reading, value->text);
    if (text.ptr == NULL) {
        return error_memory();
    }
    if (!wire_json_base64_size(&text, &size)) {
        return refuse(reading, WIRE_TYPE, not_base64);
    }
    if (is_left_out(reading, text.len == 0)) {
        return LG_OK;
    }
    uint8_t *room = put_room(reading, size);
    if (room == NULL) {
        return error_memory();
    }
    if (!wire_json_base64_read(text, room)) {
        return refuse(reading, WIRE_TYPE, not_base64);
    }
    TRY(put_varint(reading, size));
    return put_key(reading, true);
}

/* A whole number of up to 64 bits and its sign. */
struct integer {
    uint64_t magnitude;
    bool is_negative;
};

/* Decimal digits as JSON has them: no sign but minus, no leading zeros. */
static bool integer_of_text(struct span text, struct integer *out) {
    enum { TEN = 10 };
    *out = (struct integer){.is_negative = text.len > 0 && text.ptr[0] == '-'};
    struct span digits = span_slice(text, out->is_negative ? 1 : 0, text.len);
    if (digits.len == 0 || (digits.len > 1 && digits.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        unsigned digit = (unsigned)digits.ptr[i] - '0';
        if (digit >= TEN || out->magnitude > (UINT64_MAX - digit) / TEN) {
            return false;
        }
        out->magnitude = out->magnitude * TEN + digit;
    }
    return true;
}

/* Up to here an exponent is counted; further out no number but 0 is one of ours. */
enum { EXPONENT_MAX = 100000 };

/* Takes the exponent off a number's end. */
static int32_t take_exponent(struct span *number) {
    struct span mantissa = span_slice(*number, 0, span_index(*number, 'e'));
    mantissa = span_slice(mantissa, 0, span_index(mantissa, 'E'));
    struct span rest = span_slice(*number, mantissa.len + 1, number->len);
    bool is_signed = rest.len > 0 && (rest.ptr[0] == '-' || rest.ptr[0] == '+');
    bool is_negative = is_signed && rest.ptr[0] == '-';
    int32_t exponent = 0;
    for (size_t i = is_signed ? 1 : 0; i < rest.len && exponent < EXPONENT_MAX; i++) {
        exponent = exponent * 10 + (rest.ptr[i] - '0');
    }
    *number = mantissa;
    return is_negative ? -exponent : exponent;
}

/* One digit more; those of a fraction that the exponent does not make whole must be 0. */
static bool add_digit(struct integer *out, unsigned digit, bool is_whole) {
    enum { TEN = 10 };
    if (!is_whole) {
        return digit == 0;
    }
    if (out->magnitude > (UINT64_MAX - digit) / TEN) {
        return false;
    }
    out->magnitude = out->magnitude * TEN + digit;
    return true;
}

/* A JSON number, exactly and by its digits alone: 100, 100.0, 1e2 and 1000e-1 are the same. */
static bool integer_of_number(struct span number, struct integer *out) {
    int64_t places = take_exponent(&number);
    size_t dot = span_index(number, '.');
    *out = (struct integer){.is_negative = number.ptr[0] == '-'};
    int64_t whole = (int64_t)dot + places; /* digits before here make the number */
    int64_t at = out->is_negative ? 1 : 0;
    for (size_t i = (size_t)at; i < number.len; i++) {
        if (i == dot) {
            whole++;
        } else if (!add_digit(out, (unsigned)number.ptr[i] - '0', at < whole)) {
            return false;
        }
        at++;
    }
    for (; at < whole && out->magnitude > 0; at++) {
        if (!add_digit(out, 0, true)) {
            return false;
        }
    }
    return true;
}

static bool integer_of(struct reading *reading, const struct wire_json_node *value,
                       struct integer *out) {
    if (value->kind == WIRE_JSON_NUMBER) {
        return integer_of_number(value->text, out);
    }
    return value->kind == WIRE_JSON_STRING &&
           integer_of_text(plain_text(reading, value->text), out);
}

static bool integer_fits(const struct integer *integer, uint8_t kind) {
    const uint64_t past_positive = (uint64_t)INT64_MAX + 1;
    if (kind == SHAPE_I64) {
        return integer->is_negative ? integer->magnitude <= past_positive
                                    : integer->magnitude < past_positive;
    }
    bool is_narrow = kind == SHAPE_U32;
    return (!integer->is_negative || integer->magnitude == 0) &&
           (!is_narrow || integer->magnitude <= UINT32_MAX);
}

LG_MUST_USE static struct lg_err read_integer(struct reading *reading,
                                              const struct wire_json_node *value, uint8_t kind) {
    struct integer integer = {0};
    if (!integer_of(reading, value, &integer)) {
        return refuse(reading, WIRE_TYPE,
                      "is not a whole number; send digits, as a string where they are many");
    }
    if (!integer_fits(&integer, kind)) {
        return refuse(reading, WIRE_RANGE, "is a number outside what the contract allows");
    }
    uint64_t bits = integer.is_negative ? 0 - integer.magnitude : integer.magnitude;
    return put_number(reading, bits);
}

LG_MUST_USE static struct lg_err read_bool(struct reading *reading,
                                           const struct wire_json_node *value) {
    bool is_bool = value->kind == WIRE_JSON_TRUE || value->kind == WIRE_JSON_FALSE;
    if (!is_bool) {
        return refuse(reading, WIRE_TYPE, "is neither true nor false; send one of them, unquoted");
    }
    return put_number(reading, value->kind == WIRE_JSON_TRUE ? 1 : 0);
}

static const ProtobufCEnumValue *enum_named(const ProtobufCEnumDescriptor *names,
                                            struct span text) {
    for (unsigned i = 0; i < names->n_values; i++) {
        if (wire_json_text_is(text, names->values[i].name)) {
            return &names->values[i];
        }
    }
    return NULL;
}

LG_MUST_USE static struct lg_err read_enum(struct reading *reading,
                                           const struct wire_json_node *value) {
    static const char unknown[] = "is none of the contract's values; choose one of them, by name";
    const struct level *level = top(reading);
    const ProtobufCEnumDescriptor *names = field_of(level, level->row)->descriptor;
    const ProtobufCEnumValue *found = NULL;
    struct integer integer = {0};
    if (value->kind == WIRE_JSON_STRING) {
        found = enum_named(names, value->text);
    } else if (integer_of(reading, value, &integer) && integer_fits(&integer, SHAPE_U32) &&
               integer.magnitude <= INT32_MAX) {
        found = protobuf_c_enum_descriptor_get_value(names, (int)integer.magnitude);
    }
    if (found == NULL) {
        return refuse(reading, WIRE_ENUM, unknown);
    }
    return put_number(reading, (uint64_t)found->value);
}

/* ---- Objects ----------------------------------------------------------------------------- */

/* The row that a name means, or the count of rows. */
static size_t row_of_name(const struct shape *shape, struct span name) {
    for (size_t i = 0; i < shape->row_count; i++) {
        char camel[WIRE_JSON_NAME_SIZE];
        const char *original = shape->message->fields[i].name;
        wire_json_name(original, camel);
        if (wire_json_text_is(name, camel) || wire_json_text_is(name, original)) {
            return i;
        }
    }
    return shape->row_count;
}

LG_MUST_USE static struct lg_err refuse_unknown(const struct reading *reading, size_t member) {
    char what[WIRE_SENTENCE_SIZE];
    struct wire_sentence sentence = {.text = what};
    wire_sentence_add(&sentence,
                      "holds a name that the contract does not have (member %zu); leave it out",
                      member);
    return refuse_object(reading, WIRE_UNKNOWN, what);
}

/* Two members of the one oneof that a message of ours has at most. */
static bool has_two_choices(const struct level *level) {
    size_t count = 0;
    for (size_t i = 0; i < level->shape->row_count; i++) {
        bool is_member = (field_of(level, i)->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        count += is_member && level->values[i] != NULL ? 1 : 0;
    }
    return count > 1;
}

/* Sorts the members of an object to the rows. */
LG_MUST_USE static struct lg_err sort_members(struct reading *reading,
                                              const struct wire_json_node *object) {
    struct level *level = top(reading);
    bool is_seen[SHAPE_FIELDS_MAX] = {false};
    size_t member = object->count;
    for (const struct wire_json_node *it = object->last; it != NULL; it = it->before) {
        size_t row = row_of_name(level->shape, it->name);
        if (row == level->shape->row_count) {
            return refuse_unknown(reading, member);
        }
        member--;
        if (is_seen[row]) {
            level->row = row;
            return refuse(reading, WIRE_DUPLICATE,
                          "comes twice, by one or both of its names; "
                          "send it once");
        }
        is_seen[row] = true;
        level->values[row] = it->kind == WIRE_JSON_NULL ? NULL : it;
    }
    if (has_two_choices(level)) {
        return refuse_object(reading, WIRE_DUPLICATE,
                             "holds two fields of which only one may be set; send one");
    }
    return LG_OK;
}

LG_MUST_USE static struct lg_err open_object(struct reading *reading, const struct shape *shape,
                                             const struct wire_json_node *value) {
    if (reading->depth == LIMIT_WIRE_DEPTH) {
        return refuse(reading, WIRE_DEPTH, "nests deeper than the contract");
    }
    if (value->kind != WIRE_JSON_OBJECT) {
        return refuse(reading, WIRE_TYPE, "is not an object; send its fields in braces");
    }
    reading->depth++;
    *top(reading) = (struct level){.shape = shape, .row = shape->row_count, .end = reading->at};
    return sort_members(reading, value);
}

/* Its fields are written; its length and key follow, unless it is the whole message. */
LG_MUST_USE static struct lg_err close_object(struct reading *reading) {
    size_t len = (size_t)(top(reading)->end - reading->at);
    reading->depth--;
    if (reading->depth == 0) {
        return LG_OK;
    }
    TRY(put_varint(reading, len));
    return put_key(reading, true);
}

/* ---- The whole --------------------------------------------------------------------------- */

LG_MUST_USE static struct lg_err read_value(struct reading *reading,
                                            const struct wire_json_node *value) {
    const struct level *level = top(reading);
    const struct shape_row *row = &level->shape->rows[level->row];
    switch ((enum shape_kind)row->kind) {
    case SHAPE_TEXT:
        return read_text(reading, value);
    case SHAPE_BYTES:
    case SHAPE_FIXED:
        return read_bytes(reading, value);
    case SHAPE_U32:
    case SHAPE_U64:
    case SHAPE_I64:
        return read_integer(reading, value, row->kind);
    case SHAPE_BOOL:
        return read_bool(reading, value);
    case SHAPE_ENUM:
        return read_enum(reading, value);
    case SHAPE_MESSAGE:
    case SHAPE_RAW:
        return open_object(reading, row->shape, value);
    }
    return lg_err_make(LG_CLASS_INTERNAL, LG_WIRE, WIRE_TYPE);
}

LG_MUST_USE static struct lg_err step_list(struct reading *reading) {
    struct level *level = top(reading);
    if (level->left == 0) {
        level->list = NULL;
        return LG_OK;
    }
    const struct wire_json_node *value = level->element;
    level->left--;
    level->element = value->before;
    return read_value(reading, value);
}

LG_MUST_USE static struct lg_err step_field(struct reading *reading) {
    struct level *level = top(reading);
    level->row--;
    const struct wire_json_node *value = level->values[level->row];
    if (value == NULL) {
        return LG_OK;
    }
    if (!level->shape->rows[level->row].repeated) {
        return read_value(reading, value);
    }
    if (value->kind != WIRE_JSON_LIST) {
        return refuse(reading, WIRE_TYPE, "is not a list; send it in brackets");
    }
    level->list = value;
    level->left = value->count;
    level->element = value->last;
    return LG_OK;
}

LG_MUST_USE static struct lg_err step(struct reading *reading) {
    const struct level *level = top(reading);
    if (level->list != NULL) {
        return step_list(reading);
    }
    return level->row > 0 ? step_field(reading) : close_object(reading);
}

/* The bytes are at most twice the text: "a":-1, is 7 bytes and becomes a key of at most 2 and a
 * number of at most 10; a list's "", is 3 and becomes 3; all else shrinks. */
LG_MUST_USE static struct lg_err read_all(const struct wire_message *message, struct arena *arena,
                                          struct span json, struct wire_report *report,
                                          struct span *out_bytes) {
    enum { GROWTH = 2, ROOM = 16 };
    const struct wire_json_node *root = NULL;
    TRY(wire_json_parse(message, arena, json, report, &root));
    size_t size = json.len * GROWTH + ROOM;
    struct reading reading = {.report = report};
    reading.start = arena_alloc(arena, size);
    if (reading.start == NULL) {
        return error_memory();
    }
    reading.at = reading.start + size;
    TRY(open_object(&reading, message->shape, root));
    while (reading.depth > 0) {
        TRY(step(&reading));
    }
    *out_bytes = span_of(reading.at, (size_t)(reading.start + size - reading.at));
    return LG_OK;
}

struct lg_err wire_json_read(const struct wire_message *message, struct arena *arena,
                             struct span json, struct wire_report *report, struct span *out_bytes) {
    struct wire_report unread;
    struct span bytes = {0};
    struct wire_report *told = report != NULL ? report : &unread;
    *told = (struct wire_report){0};
    TRY(read_all(message, arena, json, told, &bytes));
    TRY(wire_scan(message, bytes, true, told));
    *out_bytes = bytes;
    return LG_OK;
}
