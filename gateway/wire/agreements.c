/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Agreements. */
#include "gateway/wire/agreements.h"

#include <lockgate/v1/agreements.pb-c.h>

#include "gateway/base/limits.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire_int.h"

enum { KEY_ID_SIZE = 8, SIGNATURE_SIZE = 64 };

static const struct shape_row party_rows[] = {
    ROW_TEXT(1, struct wire_agreement_party, party, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(2, struct wire_agreement_party, office, 0, LIMIT_WIRE_SENTENCE),
    ROW_BOOL(3, struct wire_agreement_party, has_signed),
    ROW_BOOL(4, struct wire_agreement_party, has_refused),
    ROW_I64(5, struct wire_agreement_party, signed_s),
    ROW_TEXT(6, struct wire_agreement_party, office_held, 0, LIMIT_WIRE_SENTENCE),
    ROW_BYTES(7, struct wire_agreement_party, key_id, 0, KEY_ID_SIZE),
    ROW_BOOL(8, struct wire_agreement_party, is_suspended),
    ROW_TEXT(9, struct wire_agreement_party, withdrawn_day, 0, LIMIT_WIRE_DATE),
    ROW_BOOL(10, struct wire_agreement_party, is_carried),
};

static const struct shape shape_party =
    SHAPE_OF(lockgate__v1__agreement_party__descriptor, struct wire_agreement_party, party_rows);

static const struct shape_row info_rows[] = {
    ROW_TEXT(1, struct wire_agreement_info, id, 0, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_agreement_info, version, 0),
    ROW_TEXT(3, struct wire_agreement_info, title, 0, LIMIT_WIRE_SENTENCE),
    ROW_ENUM(4, struct wire_agreement_info, state, false),
    ROW_BYTES(5, struct wire_agreement_info, sha256, 0, MODEL_HASH_SIZE),
    ROW_TEXT(6, struct wire_agreement_info, first_day, 0, LIMIT_WIRE_DATE),
    ROW_TEXT(7, struct wire_agreement_info, last_day, 0, LIMIT_WIRE_DATE),
    ROW_TEXT(8, struct wire_agreement_info, review_day, 0, LIMIT_WIRE_DATE),
    ROW_U32(9, struct wire_agreement_info, grace_days, 0),
    ROW_U32(10, struct wire_agreement_info, replaces, 0),
    ROW_TEXT(11, struct wire_agreement_info, lead, 0, LIMIT_WIRE_PARTY),
    ROW_BYTES(12, struct wire_agreement_info, report_sha256, 0, MODEL_HASH_SIZE),
    ROW_MESSAGES(13, struct wire_agreement_info, parties, party_count, shape_party, 0,
                 LIMIT_POLICY_PARTIES),
    ROW_TEXT(14, struct wire_agreement_info, end_day, 0, LIMIT_WIRE_DATE),
    ROW_BOOL(15, struct wire_agreement_info, both_sides),
};

static const struct shape shape_info =
    SHAPE_OF(lockgate__v1__agreement_info__descriptor, struct wire_agreement_info, info_rows);

static const struct shape_row finding_rows[] = {
    ROW_U32(1, struct wire_finding, line, 0),
    ROW_TEXT(2, struct wire_finding, code, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(3, struct wire_finding, sentence, 0, LIMIT_WIRE_SENTENCE),
};

const struct shape wire_shape_finding =
    SHAPE_OF(lockgate__v1__finding__descriptor, struct wire_finding, finding_rows);

static const struct shape_row check_agreement_request_rows[] = {
    ROW_BYTES(1, struct wire_check_agreement_request, text, 1, LIMIT_AGREEMENT_TEXT_SIZE),
};
static const struct shape_row check_agreement_reply_rows[] = {
    ROW_BOOL(1, struct wire_check_agreement_reply, accepted),
    ROW_MESSAGES(2, struct wire_check_agreement_reply, findings, finding_count, wire_shape_finding,
                 0, LIMIT_POLICY_FINDINGS),
};
static const struct shape_row propose_agreement_request_rows[] = {
    ROW_BYTES(1, struct wire_propose_agreement_request, text, 1, LIMIT_AGREEMENT_TEXT_SIZE),
    ROW_BYTES(2, struct wire_propose_agreement_request, report, 0, LIMIT_AGREEMENT_ATTACHED_SIZE),
    ROW_BYTES(3, struct wire_propose_agreement_request, cases, 0, LIMIT_AGREEMENT_CASES_SIZE),
    ROW_MESSAGE(4, struct wire_propose_agreement_request, actor, wire_shape_actor, true),
};
static const struct shape_row propose_agreement_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_propose_agreement_reply, agreement, shape_info, false),
    ROW_MESSAGES(2, struct wire_propose_agreement_reply, findings, finding_count,
                 wire_shape_finding, 0, LIMIT_POLICY_FINDINGS),
    ROW_FLAGGED(3, struct wire_propose_agreement_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(4, struct wire_propose_agreement_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};
static const struct shape_row list_agreements_reply_rows[] = {
    ROW_MESSAGES(1, struct wire_list_agreements_reply, agreements, agreement_count, shape_info, 0,
                 LIMIT_AGREEMENTS *LIMIT_AGREEMENT_VERSIONS),
};
static const struct shape_row get_agreement_request_rows[] = {
    ROW_TEXT(1, struct wire_get_agreement_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_get_agreement_request, version, 0),
};
static const struct shape_row get_agreement_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_get_agreement_reply, agreement, shape_info, false),
    ROW_BYTES(2, struct wire_get_agreement_reply, text, 0, LIMIT_POLICY_TEXT_SIZE),
    ROW_BYTES(3, struct wire_get_agreement_reply, signatures, 0, LIMIT_AGREEMENT_SIGNATURES_SIZE),
    ROW_BYTES(4, struct wire_get_agreement_reply, report, 0, LIMIT_AGREEMENT_REPORT_SIZE),
    ROW_BYTES(5, struct wire_get_agreement_reply, cases, 0, LIMIT_AGREEMENT_CASES_SIZE),
};

/* ---- Acts ---- */

static const struct shape_row signed_rows[] = {
    ROW_TEXT(1, struct wire_agreement_act_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_agreement_act_request, version, 1),
    ROW_BYTES(3, struct wire_agreement_act_request, signature, SIGNATURE_SIZE, SIGNATURE_SIZE),
    ROW_TEXT(4, struct wire_agreement_act_request, office, 1, LIMIT_WIRE_SENTENCE),
    ROW_I64(5, struct wire_agreement_act_request, signed_s),
    ROW_MESSAGE(6, struct wire_agreement_act_request, actor, wire_shape_actor, true),
};
static const struct shape_row unsigned_rows[] = {
    ROW_TEXT(1, struct wire_agreement_act_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_agreement_act_request, version, 1),
    ROW_MESSAGE(3, struct wire_agreement_act_request, actor, wire_shape_actor, true),
};
static const struct shape_row reasoned_rows[] = {
    ROW_TEXT(1, struct wire_agreement_act_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_agreement_act_request, version, 1),
    ROW_TEXT(3, struct wire_agreement_act_request, reason, 1, LIMIT_WIRE_REASON),
    ROW_BYTES(4, struct wire_agreement_act_request, signature, SIGNATURE_SIZE, SIGNATURE_SIZE),
    ROW_TEXT(5, struct wire_agreement_act_request, office, 1, LIMIT_WIRE_SENTENCE),
    ROW_I64(6, struct wire_agreement_act_request, signed_s),
    ROW_MESSAGE(7, struct wire_agreement_act_request, actor, wire_shape_actor, true),
};
static const struct shape_row dated_reasoned_rows[] = {
    ROW_TEXT(1, struct wire_agreement_act_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_agreement_act_request, version, 1),
    ROW_TEXT(3, struct wire_agreement_act_request, reason, 1, LIMIT_WIRE_REASON),
    ROW_BYTES(4, struct wire_agreement_act_request, signature, SIGNATURE_SIZE, SIGNATURE_SIZE),
    ROW_TEXT(5, struct wire_agreement_act_request, office, 1, LIMIT_WIRE_SENTENCE),
    ROW_I64(6, struct wire_agreement_act_request, signed_s),
    ROW_MESSAGE(7, struct wire_agreement_act_request, actor, wire_shape_actor, true),
    ROW_TEXT(8, struct wire_agreement_act_request, day, LIMIT_WIRE_DATE, LIMIT_WIRE_DATE),
};
static const struct shape_row dated_rows[] = {
    ROW_TEXT(1, struct wire_agreement_act_request, id, 1, LIMIT_WIRE_NAME),
    ROW_U32(2, struct wire_agreement_act_request, version, 1),
    ROW_BYTES(3, struct wire_agreement_act_request, signature, SIGNATURE_SIZE, SIGNATURE_SIZE),
    ROW_TEXT(4, struct wire_agreement_act_request, office, 1, LIMIT_WIRE_SENTENCE),
    ROW_I64(5, struct wire_agreement_act_request, signed_s),
    ROW_MESSAGE(6, struct wire_agreement_act_request, actor, wire_shape_actor, true),
    ROW_TEXT(7, struct wire_agreement_act_request, day, LIMIT_WIRE_DATE, LIMIT_WIRE_DATE),
};
static const struct shape_row act_reply_rows[] = {
    ROW_MESSAGE(1, struct wire_agreement_act_reply, agreement, shape_info, false),
    ROW_FLAGGED(2, struct wire_agreement_act_reply, logged.receipt, logged.has_receipt,
                wire_shape_receipt),
    ROW_MESSAGE(3, struct wire_agreement_act_reply, logged.checkpoint, wire_shape_checkpoint,
                false),
};

static const struct shape act_requests[] = {
    [WIRE_AGREEMENT_SIGN] = SHAPE_OF(lockgate__v1__sign_agreement_request__descriptor,
                                     struct wire_agreement_act_request, signed_rows),
    [WIRE_AGREEMENT_ACTIVATE] = SHAPE_OF(lockgate__v1__activate_agreement_request__descriptor,
                                         struct wire_agreement_act_request, unsigned_rows),
    [WIRE_AGREEMENT_SUSPEND] = SHAPE_OF(lockgate__v1__suspend_agreement_request__descriptor,
                                        struct wire_agreement_act_request, reasoned_rows),
    [WIRE_AGREEMENT_RESUME] = SHAPE_OF(lockgate__v1__resume_agreement_request__descriptor,
                                       struct wire_agreement_act_request, signed_rows),
    [WIRE_AGREEMENT_REFUSE] = SHAPE_OF(lockgate__v1__refuse_agreement_request__descriptor,
                                       struct wire_agreement_act_request, reasoned_rows),
    [WIRE_AGREEMENT_WITHDRAW] = SHAPE_OF(lockgate__v1__withdraw_agreement_request__descriptor,
                                         struct wire_agreement_act_request, dated_reasoned_rows),
    [WIRE_AGREEMENT_REVIEW] = SHAPE_OF(lockgate__v1__review_agreement_request__descriptor,
                                       struct wire_agreement_act_request, dated_rows),
    [WIRE_AGREEMENT_END] = SHAPE_OF(lockgate__v1__end_agreement_request__descriptor,
                                    struct wire_agreement_act_request, dated_reasoned_rows),
};
static const struct shape act_replies[] = {
    [WIRE_AGREEMENT_SIGN] = SHAPE_OF(lockgate__v1__sign_agreement_reply__descriptor,
                                     struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_ACTIVATE] = SHAPE_OF(lockgate__v1__activate_agreement_reply__descriptor,
                                         struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_SUSPEND] = SHAPE_OF(lockgate__v1__suspend_agreement_reply__descriptor,
                                        struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_RESUME] = SHAPE_OF(lockgate__v1__resume_agreement_reply__descriptor,
                                       struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_REFUSE] = SHAPE_OF(lockgate__v1__refuse_agreement_reply__descriptor,
                                       struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_WITHDRAW] = SHAPE_OF(lockgate__v1__withdraw_agreement_reply__descriptor,
                                         struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_REVIEW] = SHAPE_OF(lockgate__v1__review_agreement_reply__descriptor,
                                       struct wire_agreement_act_reply, act_reply_rows),
    [WIRE_AGREEMENT_END] = SHAPE_OF(lockgate__v1__end_agreement_reply__descriptor,
                                    struct wire_agreement_act_reply, act_reply_rows),
};
static const struct wire_message act_request_messages[] = {
    [WIRE_AGREEMENT_SIGN] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_SIGN]),
    [WIRE_AGREEMENT_ACTIVATE] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_ACTIVATE]),
    [WIRE_AGREEMENT_SUSPEND] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_SUSPEND]),
    [WIRE_AGREEMENT_RESUME] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_RESUME]),
    [WIRE_AGREEMENT_REFUSE] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_REFUSE]),
    [WIRE_AGREEMENT_WITHDRAW] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_WITHDRAW]),
    [WIRE_AGREEMENT_REVIEW] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_REVIEW]),
    [WIRE_AGREEMENT_END] = WIRE_REQUEST(act_requests[WIRE_AGREEMENT_END]),
};
static const struct wire_message act_reply_messages[] = {
    [WIRE_AGREEMENT_SIGN] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_SIGN]),
    [WIRE_AGREEMENT_ACTIVATE] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_ACTIVATE]),
    [WIRE_AGREEMENT_SUSPEND] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_SUSPEND]),
    [WIRE_AGREEMENT_RESUME] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_RESUME]),
    [WIRE_AGREEMENT_REFUSE] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_REFUSE]),
    [WIRE_AGREEMENT_WITHDRAW] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_WITHDRAW]),
    [WIRE_AGREEMENT_REVIEW] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_REVIEW]),
    [WIRE_AGREEMENT_END] = WIRE_REPLY(act_replies[WIRE_AGREEMENT_END]),
};

struct lg_err wire_agreement_act_request_decode(enum wire_agreement_act act, struct arena *arena,
                                                struct span bytes, struct wire_report *report,
                                                struct wire_agreement_act_request *out_request) {
    return wire_message_decode(&act_request_messages[act], arena, bytes, report, out_request);
}

struct lg_err wire_agreement_act_request_encode(enum wire_agreement_act act, struct arena *arena,
                                                const struct wire_agreement_act_request *request,
                                                struct span *out_bytes) {
    return wire_message_encode(&act_request_messages[act], arena, request, out_bytes);
}

struct lg_err wire_agreement_act_reply_decode(enum wire_agreement_act act, struct arena *arena,
                                              struct span bytes, struct wire_report *report,
                                              struct wire_agreement_act_reply *out_reply) {
    return wire_message_decode(&act_reply_messages[act], arena, bytes, report, out_reply);
}

struct lg_err wire_agreement_act_reply_encode(enum wire_agreement_act act, struct arena *arena,
                                              const struct wire_agreement_act_reply *reply,
                                              struct span *out_bytes) {
    return wire_message_encode(&act_reply_messages[act], arena, reply, out_bytes);
}

/* ---- The others ---- */

static const struct shape shape_check_agreement_request =
    SHAPE_OF(lockgate__v1__check_agreement_request__descriptor, struct wire_check_agreement_request,
             check_agreement_request_rows);

static const struct wire_message message_check_agreement_request =
    WIRE_REQUEST(shape_check_agreement_request);

struct lg_err
wire_check_agreement_request_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_check_agreement_request *out_request) {
    return wire_message_decode(&message_check_agreement_request, arena, bytes, report, out_request);
}

struct lg_err
wire_check_agreement_request_encode(struct arena *arena,
                                    const struct wire_check_agreement_request *request,
                                    struct span *out_bytes) {
    return wire_message_encode(&message_check_agreement_request, arena, request, out_bytes);
}

static const struct shape shape_check_agreement_reply =
    SHAPE_OF(lockgate__v1__check_agreement_reply__descriptor, struct wire_check_agreement_reply,
             check_agreement_reply_rows);

static const struct wire_message message_check_agreement_reply =
    WIRE_REPLY(shape_check_agreement_reply);

struct lg_err wire_check_agreement_reply_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_check_agreement_reply *out_reply) {
    return wire_message_decode(&message_check_agreement_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_check_agreement_reply_encode(struct arena *arena,
                                                const struct wire_check_agreement_reply *reply,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_check_agreement_reply, arena, reply, out_bytes);
}

static const struct shape shape_propose_agreement_request =
    SHAPE_OF(lockgate__v1__propose_agreement_request__descriptor,
             struct wire_propose_agreement_request, propose_agreement_request_rows);

static const struct wire_message message_propose_agreement_request =
    WIRE_REQUEST(shape_propose_agreement_request);

struct lg_err
wire_propose_agreement_request_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report,
                                      struct wire_propose_agreement_request *out_request) {
    return wire_message_decode(&message_propose_agreement_request, arena, bytes, report,
                               out_request);
}

struct lg_err
wire_propose_agreement_request_encode(struct arena *arena,
                                      const struct wire_propose_agreement_request *request,
                                      struct span *out_bytes) {
    return wire_message_encode(&message_propose_agreement_request, arena, request, out_bytes);
}

static const struct shape shape_propose_agreement_reply =
    SHAPE_OF(lockgate__v1__propose_agreement_reply__descriptor, struct wire_propose_agreement_reply,
             propose_agreement_reply_rows);

static const struct wire_message message_propose_agreement_reply =
    WIRE_REPLY(shape_propose_agreement_reply);

struct lg_err wire_propose_agreement_reply_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct wire_propose_agreement_reply *out_reply) {
    return wire_message_decode(&message_propose_agreement_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_propose_agreement_reply_encode(struct arena *arena,
                                                  const struct wire_propose_agreement_reply *reply,
                                                  struct span *out_bytes) {
    return wire_message_encode(&message_propose_agreement_reply, arena, reply, out_bytes);
}

static const struct shape shape_list_agreements_reply =
    SHAPE_OF(lockgate__v1__list_agreements_reply__descriptor, struct wire_list_agreements_reply,
             list_agreements_reply_rows);

static const struct wire_message message_list_agreements_reply =
    WIRE_REPLY(shape_list_agreements_reply);

struct lg_err wire_list_agreements_reply_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_list_agreements_reply *out_reply) {
    return wire_message_decode(&message_list_agreements_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_list_agreements_reply_encode(struct arena *arena,
                                                const struct wire_list_agreements_reply *reply,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_list_agreements_reply, arena, reply, out_bytes);
}

static const struct shape shape_get_agreement_request =
    SHAPE_OF(lockgate__v1__get_agreement_request__descriptor, struct wire_get_agreement_request,
             get_agreement_request_rows);

static const struct wire_message message_get_agreement_request =
    WIRE_REQUEST(shape_get_agreement_request);

struct lg_err wire_get_agreement_request_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct wire_get_agreement_request *out_request) {
    return wire_message_decode(&message_get_agreement_request, arena, bytes, report, out_request);
}

struct lg_err wire_get_agreement_request_encode(struct arena *arena,
                                                const struct wire_get_agreement_request *request,
                                                struct span *out_bytes) {
    return wire_message_encode(&message_get_agreement_request, arena, request, out_bytes);
}

static const struct shape shape_get_agreement_reply =
    SHAPE_OF(lockgate__v1__get_agreement_reply__descriptor, struct wire_get_agreement_reply,
             get_agreement_reply_rows);

static const struct wire_message message_get_agreement_reply =
    WIRE_REPLY(shape_get_agreement_reply);

struct lg_err wire_get_agreement_reply_decode(struct arena *arena, struct span bytes,
                                              struct wire_report *report,
                                              struct wire_get_agreement_reply *out_reply) {
    return wire_message_decode(&message_get_agreement_reply, arena, bytes, report, out_reply);
}

struct lg_err wire_get_agreement_reply_encode(struct arena *arena,
                                              const struct wire_get_agreement_reply *reply,
                                              struct span *out_bytes) {
    return wire_message_encode(&message_get_agreement_reply, arena, reply, out_bytes);
}

const struct wire_message *const wire_agreements_messages[] = {
    &message_check_agreement_request,
    &message_check_agreement_reply,
    &message_propose_agreement_request,
    &message_propose_agreement_reply,
    &message_list_agreements_reply,
    &message_get_agreement_request,
    &message_get_agreement_reply,
    &act_request_messages[WIRE_AGREEMENT_SIGN],
    &act_reply_messages[WIRE_AGREEMENT_SIGN],
    &act_request_messages[WIRE_AGREEMENT_ACTIVATE],
    &act_reply_messages[WIRE_AGREEMENT_ACTIVATE],
    &act_request_messages[WIRE_AGREEMENT_SUSPEND],
    &act_reply_messages[WIRE_AGREEMENT_SUSPEND],
    &act_request_messages[WIRE_AGREEMENT_RESUME],
    &act_reply_messages[WIRE_AGREEMENT_RESUME],
    &act_request_messages[WIRE_AGREEMENT_REFUSE],
    &act_reply_messages[WIRE_AGREEMENT_REFUSE],
    &act_request_messages[WIRE_AGREEMENT_WITHDRAW],
    &act_reply_messages[WIRE_AGREEMENT_WITHDRAW],
    &act_request_messages[WIRE_AGREEMENT_REVIEW],
    &act_reply_messages[WIRE_AGREEMENT_REVIEW],
    &act_request_messages[WIRE_AGREEMENT_END],
    &act_reply_messages[WIRE_AGREEMENT_END],
    NULL,
};
