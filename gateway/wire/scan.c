/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a message before anything unpacks it.
 *
 * protobuf-c follows nesting by recursion without a limit, allocates for every element, accepts
 * text that is none and lets the last of two values win (design/security.md M3, M4). So the bytes
 * are first walked here: no recursion, no allocation, one frame for each open message, every field
 * held against its row. What passes is well-formed, small, shallow and within the contract.
 *
 * The pieces of the format are in field_int.h. No number of our contract is repeated, so that there
 * is no packed form to read. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/wire/field_int.h"
#include "gateway/wire/wire_int.h"

/* An open message: what is left of it, and how often each field was seen. entered_by: the row of
 * the frame below that it is the value of, for the sentence. */
struct frame {
    const struct shape *shape;
    struct span rest;
    uint16_t entered_by;
    uint32_t seen[SHAPE_FIELDS_MAX];
};

struct scan {
    struct frame frames[LIMIT_WIRE_DEPTH];
    size_t depth;
    uint32_t elements;
    uint32_t elements_max;
    bool strict;
    struct span bytes;
    uint8_t *own; /* the same bytes, to be blanked where they are spoilt; or NULL */
    struct wire_report *report;
};

void wire_sentence_add(struct wire_sentence *sentence, const char *format, ...) {
    va_list values;
    va_start(values, format);
    size_t room = WIRE_SENTENCE_SIZE - sentence->used;
    int wrote = vsnprintf(sentence->text + sentence->used, room, format, values);
    va_end(values);
    if (wrote > 0) {
        sentence->used += (size_t)wrote < room ? (size_t)wrote : room - 1;
    }
}

static const char *row_name(const struct frame *frame, size_t row) {
    return frame->shape->message->fields[row].name;
}

static void sentence_add_path(struct wire_sentence *sentence, const struct scan *scan) {
    for (size_t i = 1; i < scan->depth; i++) {
        const struct frame *outer = &scan->frames[i - 1];
        uint16_t row = scan->frames[i].entered_by;
        wire_sentence_add(sentence, "%s", row_name(outer, row));
        if (outer->shape->rows[row].repeated) {
            wire_sentence_add(sentence, "[%" PRIu32 "]", outer->seen[row] - 1);
        }
        wire_sentence_add(sentence, "%s", i + 1 < scan->depth ? "." : "");
    }
}

/* What is wrong, without a value, and what to do about it. */
static const char *const fault_texts[] = {
    [WIRE_TRUNCATED] = "ends within a field; send the whole message",
    [WIRE_VARINT] = "holds a number in more bytes than it needs; use a protobuf library",
    [WIRE_FIELD_NUMBER] = "holds a field number that protobuf does not have",
    [WIRE_TYPE] = "is not of the contract's type; generate the client from the contract",
    [WIRE_DEPTH] = "nests deeper than the contract",
    [WIRE_ELEMENTS] = "brings the message over the number of fields that it may hold; ask for less",
    [WIRE_BYTES] = "is larger than this message may be; ask for less",
    [WIRE_UNKNOWN] = "holds a field that the contract does not have; leave it out",
    [WIRE_ENUM] = "is none of the contract's values; choose one of them",
    [WIRE_DUPLICATE] = "comes twice, or beside another choice; send it once",
    [WIRE_TEXT] = "is not plain UTF-8 text; leave out control and direction characters",
    [WIRE_RANGE] = "is a number outside what the contract allows",
};

LG_MUST_USE static struct lg_err refusal(uint16_t code) {
    return lg_err_make(LG_CLASS_INPUT, LG_WIRE, code);
}

/* Writes the sentence for a fault of the row (or of the open message itself where row is NULL). */
static struct lg_err refuse(const struct scan *scan, uint16_t code, const struct shape_row *row) {
    const struct frame *frame = &scan->frames[scan->depth - 1];
    struct wire_sentence sentence = {.text = scan->report->sentence};
    sentence_add_path(&sentence, scan);
    if (row != NULL) {
        wire_sentence_add(&sentence, "%s%s", scan->depth > 1 ? "." : "",
                          row_name(frame, (size_t)(row - frame->shape->rows)));
    }
    wire_sentence_add(&sentence, "%s", sentence.used > 0 ? ": " : "The message ");
    if (code == WIRE_SIZE && row != NULL && row->low == row->high) {
        wire_sentence_add(&sentence, "exactly %" PRIu32 " bytes are needed", row->low);
    } else if (code == WIRE_SIZE && row != NULL) {
        wire_sentence_add(&sentence, "%" PRIu32 " to %" PRIu32 " bytes are allowed", row->low,
                          row->high);
    } else if (code == WIRE_COUNT && row != NULL && row->repeated) {
        wire_sentence_add(&sentence, "%" PRIu32 " to %" PRIu32 " are allowed", row->count_low,
                          row->count_high);
    } else if (code == WIRE_COUNT) {
        wire_sentence_add(&sentence, "is missing; set it");
    } else {
        wire_sentence_add(&sentence, "%s", fault_texts[code]);
    }
    return refusal(code);
}

/* ---- One field --------------------------------------------------------------------------- */

const struct shape_row *wire_row_find(const struct shape *shape, uint64_t number) {
    /* Rows ascend, and few numbers are left out. */
    if (number - 1 < shape->row_count && shape->rows[number - 1].number == number) {
        return &shape->rows[number - 1];
    }
    for (size_t i = 0; i < shape->row_count; i++) {
        if (shape->rows[i].number == number) {
            return &shape->rows[i];
        }
    }
    return NULL;
}

static uint32_t type_of_kind(uint8_t kind) {
    switch (kind) {
    case SHAPE_U32:
    case SHAPE_U64:
    case SHAPE_I64:
    case SHAPE_BOOL:
    case SHAPE_ENUM:
        return WIRE_TYPE_VARINT;
    default:
        return WIRE_TYPE_BYTES;
    }
}

static bool enum_is_known(const struct frame *frame, const struct shape_row *row, uint64_t value) {
    const ProtobufCFieldDescriptor *field =
        &frame->shape->message->fields[row - frame->shape->rows];
    return value <= INT32_MAX &&
           protobuf_c_enum_descriptor_get_value(field->descriptor, (int)value) != NULL;
}

static struct lg_err check_number(struct scan *scan, const struct shape_row *row, uint64_t value) {
    const struct frame *frame = &scan->frames[scan->depth - 1];
    bool is_narrow = row->kind == SHAPE_U32 || row->kind == SHAPE_BOOL;
    uint64_t high = row->kind == SHAPE_BOOL ? 1 : UINT32_MAX;
    if (row->kind == SHAPE_ENUM && !enum_is_known(frame, row, value)) {
        if (scan->strict) {
            return refuse(scan, WIRE_ENUM, row);
        }
        scan->report->ignored++;
        return LG_OK;
    }
    if (value < row->low) {
        return refuse(scan, row->kind == SHAPE_ENUM ? WIRE_ENUM : WIRE_RANGE, row);
    }
    return is_narrow && value > high ? refuse(scan, WIRE_RANGE, row) : LG_OK;
}

/* Only what is blanked goes on: nobody further in can show it by mistake. */
static struct lg_err text_blank(struct scan *scan, struct span text) {
    scan->report->spoilt++;
    if (scan->own != NULL) {
        memset(scan->own + (text.ptr - scan->bytes.ptr), MODEL_SPOILT, text.len);
    }
    return LG_OK;
}

static struct lg_err check_bytes(struct scan *scan, const struct shape_row *row,
                                 struct span bytes) {
    bool is_absent = bytes.len == 0 && !row->needed && !row->repeated;
    if (bytes.len > row->high || (bytes.len < row->low && !is_absent)) {
        return refuse(scan, WIRE_SIZE, row);
    }
    if (row->kind == SHAPE_TEXT && !span_is_plain(bytes)) {
        return row->is_loose && !scan->strict ? text_blank(scan, bytes)
                                              : refuse(scan, WIRE_TEXT, row);
    }
    return LG_OK;
}

static struct lg_err frame_open(struct scan *scan, const struct shape_row *row, struct span bytes) {
    if (scan->depth == LIMIT_WIRE_DEPTH) {
        return refuse(scan, WIRE_DEPTH, row);
    }
    const struct frame *outer = &scan->frames[scan->depth - 1];
    scan->frames[scan->depth] = (struct frame){
        .shape = row->shape,
        .rest = bytes,
        .entered_by = (uint16_t)(row - outer->shape->rows),
    };
    scan->depth++;
    return LG_OK;
}

/* Counts the field and refuses what is there too often. */
static struct lg_err check_count(struct scan *scan, const struct shape_row *row) {
    struct frame *frame = &scan->frames[scan->depth - 1];
    const struct shape *shape = frame->shape;
    uint32_t seen = ++frame->seen[row - shape->rows];
    if (row->repeated) {
        return seen > row->count_high ? refuse(scan, WIRE_COUNT, row) : LG_OK;
    }
    bool is_second = seen > 1;
    for (size_t i = 0; shape->choice_at != SHAPE_NOWHERE && i < shape->row_count; i++) {
        is_second = is_second || (&shape->rows[i] != row && frame->seen[i] > 0);
    }
    if (!is_second) {
        return LG_OK;
    }
    bool is_message = row->kind == SHAPE_MESSAGE || row->kind == SHAPE_RAW;
    if (scan->strict || (is_message && seen > 1)) {
        return refuse(scan, WIRE_DUPLICATE, row);
    }
    scan->report->ignored++;
    return LG_OK;
}

static struct lg_err field_known(struct scan *scan, const struct shape_row *row, uint32_t type) {
    struct wire_value value = {0};
    if (type != type_of_kind(row->kind)) {
        return refuse(scan, WIRE_TYPE, row);
    }
    uint16_t fault = wire_value_take(&scan->frames[scan->depth - 1].rest, type, &value);
    if (fault != 0) {
        return refuse(scan, fault, row);
    }
    TRY(check_count(scan, row));
    if (type == WIRE_TYPE_VARINT) {
        return check_number(scan, row, value.number);
    }
    if (row->kind == SHAPE_MESSAGE || row->kind == SHAPE_RAW) {
        return frame_open(scan, row, value.bytes);
    }
    return check_bytes(scan, row, value.bytes);
}

static struct lg_err field_unknown(struct scan *scan, uint32_t type) {
    struct wire_value value = {0};
    uint16_t fault = wire_value_take(&scan->frames[scan->depth - 1].rest, type, &value);
    if (fault == 0 && scan->strict) {
        fault = WIRE_UNKNOWN;
    }
    if (fault != 0) {
        return refuse(scan, fault, NULL);
    }
    scan->report->ignored++;
    return LG_OK;
}

static struct lg_err scan_field(struct scan *scan) {
    struct frame *frame = &scan->frames[scan->depth - 1];
    struct wire_key key = {0};
    if (++scan->elements > scan->elements_max) {
        return refuse(scan, WIRE_ELEMENTS, NULL);
    }
    uint16_t fault = wire_key_take(&frame->rest, &key);
    if (fault != 0) {
        return refuse(scan, fault, NULL);
    }
    const struct shape_row *row = wire_row_find(frame->shape, key.number);
    uint32_t type = key.type;
    return row != NULL ? field_known(scan, row, type) : field_unknown(scan, type);
}

/* ---- The whole --------------------------------------------------------------------------- */

/* At the end of a message: is everything there that the contract needs? */
static struct lg_err frame_check(const struct scan *scan) {
    const struct frame *frame = &scan->frames[scan->depth - 1];
    const struct shape *shape = frame->shape;
    uint32_t seen = 0;
    for (size_t i = 0; i < shape->row_count; i++) {
        const struct shape_row *row = &shape->rows[i];
        bool is_choice = shape->choice_at != SHAPE_NOWHERE;
        seen += frame->seen[i];
        if (row->needed && frame->seen[i] == 0 && !is_choice) {
            return refuse(scan, WIRE_COUNT, row);
        }
        if (row->repeated && frame->seen[i] < row->count_low) {
            return refuse(scan, WIRE_COUNT, row);
        }
    }
    if (shape->choice_at != SHAPE_NOWHERE && seen == 0 && scan->strict) {
        return refuse(scan, WIRE_COUNT, NULL);
    }
    return LG_OK;
}

static struct lg_err scan_all(struct scan *scan, const struct wire_message *message) {
    ASSERT(scan->report != NULL);
    *scan->report = (struct wire_report){0};
    scan->depth = 1;
    scan->elements_max = message->elements_max;
    scan->frames[0] = (struct frame){.shape = message->shape, .rest = scan->bytes};
    if (scan->bytes.len > message->bytes_max) {
        return refuse(scan, WIRE_BYTES, NULL);
    }
    while (scan->depth > 0) {
        if (scan->frames[scan->depth - 1].rest.len > 0) {
            TRY(scan_field(scan));
            continue;
        }
        TRY(frame_check(scan));
        scan->depth--;
    }
    return LG_OK;
}

struct lg_err wire_scan(const struct wire_message *message, struct span bytes, bool strict,
                        struct wire_report *report) {
    struct scan scan = {.strict = strict, .bytes = bytes, .report = report};
    return scan_all(&scan, message);
}

struct lg_err wire_scan_blank(const struct wire_message *message, uint8_t *bytes, size_t len,
                              struct wire_report *report) {
    struct scan scan = {.bytes = span_of(bytes, len), .own = bytes, .report = report};
    return scan_all(&scan, message);
}
