/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of Agreements.Replay. */
#include "gateway/wire/agreement_replay.h"

#include <lockgate/v1/agreements.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/wire/wire_int.h"

/* A role is PARTY/ROLE. */
enum { ROLE_SIZE = 2 * LIMIT_POLICY_NAME_SIZE + 1 };

static const struct shape_row request_rows[] = {
    ROW_TEXT(1, struct wire_replay_agreement_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_replay_agreement_request, version, 0),
    ROW_I64(3, struct wire_replay_agreement_request, from_ms),
    ROW_I64(4, struct wire_replay_agreement_request, to_ms),
    ROW_BYTES(5, struct wire_replay_agreement_request, text, 0, LIMIT_AGREEMENT_TEXT_SIZE),
    ROW_MESSAGE(6, struct wire_replay_agreement_request, actor, wire_shape_actor, true),
};

static const struct shape_row row_rows[] = {
    ROW_ENUM(1, struct wire_replay_row, turn, false),
    ROW_TEXT(2, struct wire_replay_row, clause, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_replay_row, role, 0, ROLE_SIZE),
    ROW_TEXT(4, struct wire_replay_row, purpose, 0, LIMIT_WIRE_NAME),
    ROW_U64(5, struct wire_replay_row, fields, 0),
    ROW_U64(6, struct wire_replay_row, sample_index, 0),
    ROW_TEXT(7, struct wire_replay_row, sample, 0, LIMIT_WIRE_SENTENCE),
};

static const struct shape shape_row_of_replay =
    SHAPE_OF(lockgate__v1__replay_row__descriptor, struct wire_replay_row, row_rows);

static const struct shape_row left_out_rows[] = {
    ROW_U64(1, struct wire_replay_left_out, withheld, 0),
    ROW_U64(2, struct wire_replay_left_out, erased, 0),
    ROW_U64(3, struct wire_replay_left_out, without_text, 0),
};

static const struct shape shape_left_out =
    SHAPE_OF(lockgate__v1__replay_left_out__descriptor, struct wire_replay_left_out, left_out_rows);

static const struct shape_row reply_rows[] = {
    ROW_U64(1, struct wire_replay_agreement_reply, same, 0),
    ROW_U64(2, struct wire_replay_agreement_reply, newly_visible, 0),
    ROW_U64(3, struct wire_replay_agreement_reply, newly_refused, 0),
    ROW_MESSAGES(4, struct wire_replay_agreement_reply, samples, sample_count, wire_shape_finding,
                 0, LIMIT_POLICY_FINDINGS),
    ROW_U64(5, struct wire_replay_agreement_reply, weaker, 0),
    ROW_U64(6, struct wire_replay_agreement_reply, other, 0),
    ROW_U64(7, struct wire_replay_agreement_reply, stronger, 0),
    ROW_U64(8, struct wire_replay_agreement_reply, reason_changed, 0),
    ROW_U64(9, struct wire_replay_agreement_reply, rate_only, 0),
    ROW_U64(10, struct wire_replay_agreement_reply, cannot_tell, 0),
    ROW_MESSAGES(11, struct wire_replay_agreement_reply, rows, row_count, shape_row_of_replay, 0,
                 LIMIT_POLICY_CHANGES),
    ROW_U64(12, struct wire_replay_agreement_reply, questions, 0),
    ROW_MESSAGE(13, struct wire_replay_agreement_reply, left_out, shape_left_out, false),
    ROW_TEXT(14, struct wire_replay_agreement_reply, limit, 0, LIMIT_WIRE_SENTENCE),
    ROW_FLAGGED(15, struct wire_replay_agreement_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(16, struct wire_replay_agreement_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape shape_request =
    SHAPE_OF(lockgate__v1__replay_agreement_request__descriptor,
             struct wire_replay_agreement_request, request_rows);
static const struct shape shape_reply = SHAPE_OF(lockgate__v1__replay_agreement_reply__descriptor,
                                                 struct wire_replay_agreement_reply, reply_rows);

static const struct wire_message message_request = WIRE_REQUEST(shape_request);
static const struct wire_message message_reply = WIRE_REPLY(shape_reply);

struct lg_err
wire_replay_agreement_request_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_replay_agreement_request *out_request) {
    return wire_message_decode(&message_request, arena, bytes, report, out_request);
}

struct lg_err
wire_replay_agreement_request_encode(struct arena *arena,
                                     const struct wire_replay_agreement_request *request,
                                     struct span *out_bytes) {
    return wire_message_encode(&message_request, arena, request, out_bytes);
}

struct lg_err wire_replay_agreement_reply_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_replay_agreement_reply *out_reply) {
    return wire_message_decode(&message_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_replay_agreement_reply_encode(struct arena *arena,
                                                 const struct wire_replay_agreement_reply *reply,
                                                 struct span *out_bytes) {
    return wire_message_encode(&message_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_agreement_replay_messages[] = {
    &message_request,
    &message_reply,
    NULL,
};
