/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Agreements. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_AGREEMENTS_H
#define GATEWAY_WIRE_AGREEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_agreement_party {
    struct span party;
    struct span office;
    bool has_signed;
    bool has_refused;
    int64_t signed_s;
    struct span office_held;
    struct span key_id; /* 8 bytes, or empty */
    bool is_suspended;
    struct span withdrawn_day; /* YYYY-MM-DD or empty, as all days here */
    bool is_carried;
};

/* Values of the contract (AgreementState). */
enum wire_agreement_state { WIRE_AGREEMENT_STATE_UNSPECIFIED = 0, WIRE_AGREEMENT_STATE_END = 15 };

struct wire_agreement_info {
    struct span id;
    uint32_t version;
    struct span title;
    enum wire_agreement_state state;
    struct span sha256; /* 32 bytes */
    struct span first_day;
    struct span last_day;
    struct span review_day;
    uint32_t grace_days;
    uint32_t replaces;
    struct span lead;
    struct span report_sha256; /* 32 bytes, or empty */
    const struct wire_agreement_party *parties;
    size_t party_count;
    struct span end_day;
    bool both_sides;
};

struct wire_finding {
    uint32_t line;
    struct span code;
    struct span sentence;
};

struct wire_check_agreement_request {
    struct span text;
};

struct wire_check_agreement_reply {
    bool accepted;
    const struct wire_finding *findings;
    size_t finding_count;
};

struct wire_propose_agreement_request {
    struct span text;
    struct span report;
    struct span cases;
    struct actor actor;
};

struct wire_propose_agreement_reply {
    struct wire_agreement_info agreement;
    const struct wire_finding *findings;
    size_t finding_count;
    struct wire_logged logged;
};

/* What every act on a version carries, as far as it has it. */
struct wire_agreement_act_request {
    struct span id;
    uint32_t version;
    struct span reason;
    struct span signature; /* 64 bytes */
    struct span office;
    int64_t signed_s;
    struct span day;
    struct actor actor;
};

struct wire_agreement_act_reply {
    struct wire_agreement_info agreement;
    struct wire_logged logged;
};

struct wire_list_agreements_reply {
    const struct wire_agreement_info *agreements;
    size_t agreement_count;
};

struct wire_get_agreement_request {
    struct span id;
    uint32_t version;
};

struct wire_get_agreement_reply {
    struct wire_agreement_info agreement;
    struct span text;
    struct span signatures;
    struct span report;
    struct span cases;
};

/* Acts of the service, each a method with a request and a reply of its own. */
enum wire_agreement_act {
    WIRE_AGREEMENT_SIGN,
    WIRE_AGREEMENT_ACTIVATE,
    WIRE_AGREEMENT_SUSPEND,
    WIRE_AGREEMENT_RESUME,
    WIRE_AGREEMENT_REFUSE,
    WIRE_AGREEMENT_WITHDRAW,
    WIRE_AGREEMENT_REVIEW,
    WIRE_AGREEMENT_END,
    WIRE_AGREEMENT_ACTS,
};

/* SignAgreementRequest and so on. Strict. */
LG_MUST_USE struct lg_err
wire_agreement_act_request_decode(enum wire_agreement_act act, struct arena *arena,
                                  struct span bytes, struct wire_report *report,
                                  struct wire_agreement_act_request *out_request);
LG_MUST_USE struct lg_err
wire_agreement_act_request_encode(enum wire_agreement_act act, struct arena *arena,
                                  const struct wire_agreement_act_request *request,
                                  struct span *out_bytes);
/* SignAgreementReply and so on. Lenient. */
LG_MUST_USE struct lg_err
wire_agreement_act_reply_decode(enum wire_agreement_act act, struct arena *arena, struct span bytes,
                                struct wire_report *report,
                                struct wire_agreement_act_reply *out_reply);
LG_MUST_USE struct lg_err
wire_agreement_act_reply_encode(enum wire_agreement_act act, struct arena *arena,
                                const struct wire_agreement_act_reply *reply,
                                struct span *out_bytes);

/* CheckAgreementRequest. Strict. */
LG_MUST_USE struct lg_err
wire_check_agreement_request_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_check_agreement_request *out_request);
LG_MUST_USE struct lg_err
wire_check_agreement_request_encode(struct arena *arena,
                                    const struct wire_check_agreement_request *request,
                                    struct span *out_bytes);

/* CheckAgreementReply. Lenient. */
LG_MUST_USE struct lg_err
wire_check_agreement_reply_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_check_agreement_reply *out_reply);
LG_MUST_USE struct lg_err wire_check_agreement_reply_encode(
    struct arena *arena, const struct wire_check_agreement_reply *reply, struct span *out_bytes);

/* ProposeAgreementRequest. Strict. */
LG_MUST_USE struct lg_err
wire_propose_agreement_request_decode(struct arena *arena, struct span bytes,
                                      struct wire_report *report,
                                      struct wire_propose_agreement_request *out_request);
LG_MUST_USE struct lg_err
wire_propose_agreement_request_encode(struct arena *arena,
                                      const struct wire_propose_agreement_request *request,
                                      struct span *out_bytes);

/* ProposeAgreementReply. Lenient. */
LG_MUST_USE struct lg_err
wire_propose_agreement_reply_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_propose_agreement_reply *out_reply);
LG_MUST_USE struct lg_err wire_propose_agreement_reply_encode(
    struct arena *arena, const struct wire_propose_agreement_reply *reply, struct span *out_bytes);

/* ListAgreementsReply. Lenient. */
LG_MUST_USE struct lg_err
wire_list_agreements_reply_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_list_agreements_reply *out_reply);
LG_MUST_USE struct lg_err wire_list_agreements_reply_encode(
    struct arena *arena, const struct wire_list_agreements_reply *reply, struct span *out_bytes);

/* GetAgreementRequest. Strict. */
LG_MUST_USE struct lg_err
wire_get_agreement_request_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_get_agreement_request *out_request);
LG_MUST_USE struct lg_err wire_get_agreement_request_encode(
    struct arena *arena, const struct wire_get_agreement_request *request, struct span *out_bytes);

/* GetAgreementReply. Lenient. */
LG_MUST_USE struct lg_err
wire_get_agreement_reply_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_get_agreement_reply *out_reply);
LG_MUST_USE struct lg_err
wire_get_agreement_reply_encode(struct arena *arena, const struct wire_get_agreement_reply *reply,
                                struct span *out_bytes);

#endif
