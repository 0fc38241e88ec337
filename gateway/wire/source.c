/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Source. */
#include "gateway/wire/source.h"

#include <lockgate/v1/source.pb-c.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row fetch_request_rows[] = {
    ROW_FIXED(1, struct fetch_request, call_reference.bytes, true),
    ROW_BYTES(2, struct fetch_request, reference, 1, LIMIT_WIRE_REFERENCE),
    ROW_TEXT(3, struct fetch_request, agreement, 0, LIMIT_WIRE_NAME),
    ROW_U32(4, struct fetch_request, agreement_version, 0),
    ROW_TEXTS(5, struct fetch_request, clauses, LIMIT_WIRE_NAME, LIMIT_WIRE_CLAUSES),
    ROW_TEXTS(6, struct fetch_request, items, LIMIT_WIRE_NAME, LIMIT_WIRE_ITEMS),
    ROW_ENUM_ELSE(7, struct fetch_request, tier, TIER_HEADLINE),
    ROW_TEXT(8, struct fetch_request, purpose, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(9, struct fetch_request, requesting_agency, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(10, struct fetch_request, acting_user, 0, LIMIT_WIRE_ACTOR),
};

static const struct shape shape_fetch_request =
    SHAPE_OF(lockgate__v1__fetch_request__descriptor, struct fetch_request, fetch_request_rows);

static const struct wire_message message_fetch_request = WIRE_REQUEST(shape_fetch_request);

struct lg_err wire_fetch_request_decode(struct arena *arena, struct span bytes,
                                        struct wire_report *report,
                                        struct fetch_request *out_request) {
    return wire_message_decode(&message_fetch_request, arena, bytes, report, out_request);
}

struct lg_err wire_fetch_request_encode(struct arena *arena, const struct fetch_request *request,
                                        struct span *out_bytes) {
    return wire_message_encode(&message_fetch_request, arena, request, out_bytes);
}

static const struct shape_row source_item_rows[] = {
    ROW_LOOSE(1, struct source_item, item, 1, LIMIT_WIRE_NAME),
    ROW_LOOSE(2, struct source_item, value, 0, LIMIT_WIRE_VALUE),
    ROW_LOOSE(3, struct source_item, date, 0, LIMIT_WIRE_DATE),
    ROW_ENUM(4, struct source_item, standing, false),
};

static const struct shape shape_source_item =
    SHAPE_OF(lockgate__v1__source_item__descriptor, struct source_item, source_item_rows);

static const struct shape_row source_link_rows[] = {
    ROW_FIXED(1, struct source_link, record_tag.bytes, true),
    ROW_LOOSE(2, struct source_link, relation, 0, LIMIT_WIRE_RELATION),
};

static const struct shape shape_source_link =
    SHAPE_OF(lockgate__v1__source_link__descriptor, struct source_link, source_link_rows);

static const struct shape_row source_record_rows[] = {
    ROW_LOOSE(1, struct source_record, record, 0, LIMIT_WIRE_RECORD),
    ROW_MESSAGES(2, struct source_record, items, item_count, shape_source_item, 0,
                 LIMIT_WIRE_ITEMS),
    ROW_MESSAGES(3, struct source_record, links, link_count, shape_source_link, 0,
                 LIMIT_WIRE_LINKS),
};

static const struct shape shape_source_record =
    SHAPE_OF(lockgate__v1__source_record__descriptor, struct source_record, source_record_rows);

static const struct shape_row withholding_rows[] = {
    ROW_LOOSE(1, struct withholding, code, 0, LIMIT_WIRE_NAME),
    ROW_LOOSE(2, struct withholding, office, 0, LIMIT_WIRE_OFFICE),
};

static const struct shape shape_withholding =
    SHAPE_OF(lockgate__v1__withholding__descriptor, struct withholding, withholding_rows);

struct padded_answer {
    struct answer answer;
    struct span padding;
};

static const struct shape_row fetch_reply_rows[] = {
    ROW_FIXED(1, struct padded_answer, answer.call_reference.bytes, true),
    ROW_MESSAGES(2, struct padded_answer, answer.records, answer.record_count, shape_source_record,
                 0, LIMIT_WIRE_RECORDS),
    ROW_I64(3, struct padded_answer, answer.as_of_s),
    ROW_ENUM(4, struct padded_answer, answer.age_class, false),
    ROW_BYTES(5, struct padded_answer, padding, 0, LIMIT_WIRE_BYTES),
    ROW_FLAGGED(6, struct padded_answer, answer.withholding, answer.is_withheld, shape_withholding),
};

static const struct shape shape_fetch_reply =
    SHAPE_OF(lockgate__v1__fetch_reply__descriptor, struct padded_answer, fetch_reply_rows);

static const struct wire_message message_fetch_reply = {
    .shape = &shape_fetch_reply,
    .lenient = true,
    .elements_max = LIMIT_WIRE_ELEMENTS,
    .bytes_max = LIMIT_WIRE_BYTES,
};

struct lg_err wire_fetch_reply_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report, struct answer *out_answer) {
    struct padded_answer padded;
    TRY(wire_message_decode(&message_fetch_reply, arena, bytes, report, &padded));
    *out_answer = padded.answer;
    return LG_OK;
}

/* Bytes of a padding field that holds `len` bytes: key, length, content. */
static size_t padding_field_size(size_t len) {
    size_t size = 2 + len;
    for (size_t rest = len >> 7; rest > 0; rest >>= 7) {
        size++;
    }
    return size;
}

/* The content that makes a padding field of exactly `gap` bytes, or 0 where there is none. */
static size_t padding_len_for(size_t gap) {
    for (size_t over = 2; over <= 5 && over < gap; over++) {
        if (padding_field_size(gap - over) == gap) {
            return gap - over;
        }
    }
    return 0;
}

struct lg_err wire_fetch_reply_encode(struct arena *arena, const struct answer *answer, size_t size,
                                      struct span *out_bytes) {
    struct padded_answer padded = {.answer = *answer};
    struct span bytes = {0};
    TRY(wire_message_encode(&message_fetch_reply, arena, &padded, &bytes));
    if (size == 0 || bytes.len == size) {
        *out_bytes = bytes;
        return LG_OK;
    }
    size_t len = bytes.len < size ? padding_len_for(size - bytes.len) : 0;
    if (len == 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_FULL);
    }
    uint8_t *spaces = arena_alloc(arena, len);
    if (spaces == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WIRE, WIRE_MEMORY);
    }
    memset(spaces, ' ', len);
    padded.padding = span_of(spaces, len);
    return wire_message_encode(&message_fetch_reply, arena, &padded, out_bytes);
}

static const struct shape_row acknowledge_request_rows[] = {
    ROW_FIXED(1, struct wire_acknowledge_request, call_reference.bytes, true),
    ROW_FLAGGED(2, struct wire_acknowledge_request, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(3, struct wire_acknowledge_request, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape shape_acknowledge_request =
    SHAPE_OF(lockgate__v1__acknowledge_request__descriptor, struct wire_acknowledge_request,
             acknowledge_request_rows);

static const struct wire_message message_acknowledge_request =
    WIRE_REQUEST(shape_acknowledge_request);

struct lg_err wire_acknowledge_request_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_acknowledge_request *out_request) {
    return wire_message_decode(&message_acknowledge_request, arena, bytes, report, out_request);
}

struct lg_err wire_acknowledge_request_encode(struct arena *arena,
                                              const struct wire_acknowledge_request *request,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_acknowledge_request, arena, request, out_bytes);
}

const struct wire_message *const wire_source_messages[] = {
    &message_fetch_request,
    &message_fetch_reply,
    &message_acknowledge_request,
    NULL,
};
