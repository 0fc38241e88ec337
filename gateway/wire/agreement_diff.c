/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of Agreements.Diff. */
#include "gateway/wire/agreement_diff.h"

#include <lockgate/v1/agreements.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/wire/wire_int.h"

/* A role is PARTY/ROLE, a field CATEGORY.FIELD. */
enum { PAIR_SIZE = 2 * LIMIT_POLICY_NAME_SIZE + 1 };

static const struct shape_row request_rows[] = {
    ROW_TEXT(1, struct wire_diff_agreements_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_diff_agreements_request, old_version, 0),
    ROW_U32(3, struct wire_diff_agreements_request, new_version, 1),
};

static const struct shape_row change_rows[] = {
    ROW_ENUM(1, struct wire_agreement_change, change, false),
    ROW_BOOL(2, struct wire_agreement_change, of_cells),
    ROW_TEXT(3, struct wire_agreement_change, data_class, 0, LIMIT_WIRE_NAME),
    ROW_TEXTS(4, struct wire_agreement_change, roles, PAIR_SIZE, LIMIT_POLICY_ROLES),
    ROW_TEXTS(5, struct wire_agreement_change, sources, LIMIT_POLICY_NAME_SIZE,
              LIMIT_POLICY_PARTIES),
    ROW_TEXTS(6, struct wire_agreement_change, purposes, LIMIT_POLICY_NAME_SIZE,
              LIMIT_POLICY_PURPOSES),
    ROW_TEXTS(7, struct wire_agreement_change, fields, PAIR_SIZE, LIMIT_POLICY_FIELDS),
    ROW_TEXT(8, struct wire_agreement_change, clause_before, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(9, struct wire_agreement_change, clause_after, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(10, struct wire_agreement_change, sentence, 0, LIMIT_AGREEMENT_CHANGE_SENTENCE),
};

static const struct shape shape_change =
    SHAPE_OF(lockgate__v1__agreement_change__descriptor, struct wire_agreement_change, change_rows);

static const struct shape_row reply_rows[] = {
    ROW_MESSAGES(1, struct wire_diff_agreements_reply, changes, change_count, wire_shape_finding, 0,
                 LIMIT_POLICY_FINDINGS),
    ROW_MESSAGES(2, struct wire_diff_agreements_reply, lines, line_count, shape_change, 0,
                 LIMIT_POLICY_CHANGES),
    ROW_U64(3, struct wire_diff_agreements_reply, cells, 0),
    ROW_U64(4, struct wire_diff_agreements_reply, cells_changed, 0),
    ROW_BOOL(5, struct wire_diff_agreements_reply, opens),
};

static const struct shape shape_request =
    SHAPE_OF(lockgate__v1__diff_agreements_request__descriptor, struct wire_diff_agreements_request,
             request_rows);
static const struct shape shape_reply = SHAPE_OF(lockgate__v1__diff_agreements_reply__descriptor,
                                                 struct wire_diff_agreements_reply, reply_rows);

static const struct wire_message message_request = WIRE_REQUEST(shape_request);
static const struct wire_message message_reply = WIRE_REPLY(shape_reply);

struct lg_err
wire_diff_agreements_request_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_diff_agreements_request *out_request) {
    return wire_message_decode(&message_request, arena, bytes, report, out_request);
}

struct lg_err
wire_diff_agreements_request_encode(struct arena *arena,
                                    const struct wire_diff_agreements_request *request,
                                    struct span *out_bytes) {
    return wire_message_encode(&message_request, arena, request, out_bytes);
}

struct lg_err wire_diff_agreements_reply_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_diff_agreements_reply *out_reply) {
    return wire_message_decode(&message_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_diff_agreements_reply_encode(struct arena *arena,
                                                const struct wire_diff_agreements_reply *reply,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_agreement_diff_messages[] = {
    &message_request,
    &message_reply,
    NULL,
};
