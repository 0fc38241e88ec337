/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Consents. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_CONSENTS_H
#define GATEWAY_WIRE_CONSENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

/* consent: GIVEN or REFUSED; id, recorded and log fields are the gateway's and come as zeros. */
struct wire_record_consent_request {
    struct request_id id;
    struct person_ref person;
    struct ground ground;
    struct consent consent;
};

/* consent_id: zeros where nothing was recorded. */
struct wire_record_consent_reply {
    struct verdict verdict;
    struct consent_id consent_id;
    struct wire_logged logged;
};

/* consent_id of zeros: every consent of the person for these purposes and categories. */
struct wire_withdraw_consent_request {
    struct request_id id;
    struct person_ref person;
    struct ground ground;
    struct consent_id consent_id;
    struct span_list purposes;
    struct span_list categories;
    enum consent_kind kind;
    struct span_list recipients;
    struct consent_how how;
};

struct wire_withdraw_consent_reply {
    struct verdict verdict;
    uint32_t withdrawn;
    struct consent_id consent_id;
    struct wire_logged logged;
};

struct wire_show_consent_request {
    struct request_id id;
    struct person_ref person;
    struct ground ground;
    struct consent_id consent_id;
};

struct wire_show_consent_reply {
    struct verdict verdict;
    bool has_consent;
    struct consent consent;
    struct wire_logged logged;
};

struct wire_list_consents_request {
    struct request_id id;
    struct person_ref person;
    struct ground ground;
};

struct wire_list_consents_reply {
    struct verdict verdict;
    const struct consent *consents;
    size_t consent_count;
    struct wire_logged logged;
};

struct wire_consent_receipt_request {
    struct request_id id;
    struct ground ground;
    struct consent_id consent_id;
};

struct wire_consent_receipt_reply {
    struct verdict verdict;
    struct span page;
    struct wire_logged logged;
};

/* RecordConsentRequest. Strict. */
LG_MUST_USE struct lg_err
wire_record_consent_request_decode(struct arena *arena, struct span bytes,
                                   struct wire_report *report,
                                   struct wire_record_consent_request *out_request);
LG_MUST_USE struct lg_err wire_record_consent_request_encode(
    struct arena *arena, const struct wire_record_consent_request *request, struct span *out_bytes);

/* RecordConsentReply. Lenient. */
LG_MUST_USE struct lg_err
wire_record_consent_reply_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_record_consent_reply *out_reply);
LG_MUST_USE struct lg_err
wire_record_consent_reply_encode(struct arena *arena, const struct wire_record_consent_reply *reply,
                                 struct span *out_bytes);

/* WithdrawConsentRequest. Strict. */
LG_MUST_USE struct lg_err
wire_withdraw_consent_request_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_withdraw_consent_request *out_request);
LG_MUST_USE struct lg_err
wire_withdraw_consent_request_encode(struct arena *arena,
                                     const struct wire_withdraw_consent_request *request,
                                     struct span *out_bytes);

/* WithdrawConsentReply. Lenient. */
LG_MUST_USE struct lg_err
wire_withdraw_consent_reply_decode(struct arena *arena, struct span bytes,
                                   struct wire_report *report,
                                   struct wire_withdraw_consent_reply *out_reply);
LG_MUST_USE struct lg_err wire_withdraw_consent_reply_encode(
    struct arena *arena, const struct wire_withdraw_consent_reply *reply, struct span *out_bytes);

/* ShowConsentRequest. Strict. */
LG_MUST_USE struct lg_err
wire_show_consent_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_show_consent_request *out_request);
LG_MUST_USE struct lg_err wire_show_consent_request_encode(
    struct arena *arena, const struct wire_show_consent_request *request, struct span *out_bytes);

/* ShowConsentReply. Lenient. */
LG_MUST_USE struct lg_err wire_show_consent_reply_decode(struct arena *arena, struct span bytes,
                                                         struct wire_report *report,
                                                         struct wire_show_consent_reply *out_reply);
LG_MUST_USE struct lg_err
wire_show_consent_reply_encode(struct arena *arena, const struct wire_show_consent_reply *reply,
                               struct span *out_bytes);

/* ListConsentsRequest. Strict. */
LG_MUST_USE struct lg_err
wire_list_consents_request_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_list_consents_request *out_request);
LG_MUST_USE struct lg_err wire_list_consents_request_encode(
    struct arena *arena, const struct wire_list_consents_request *request, struct span *out_bytes);

/* ListConsentsReply. Lenient. */
LG_MUST_USE struct lg_err
wire_list_consents_reply_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_list_consents_reply *out_reply);
LG_MUST_USE struct lg_err
wire_list_consents_reply_encode(struct arena *arena, const struct wire_list_consents_reply *reply,
                                struct span *out_bytes);

/* ConsentReceiptRequest. Strict. */
LG_MUST_USE struct lg_err
wire_consent_receipt_request_decode(struct arena *arena, struct span bytes,
                                    struct wire_report *report,
                                    struct wire_consent_receipt_request *out_request);
LG_MUST_USE struct lg_err
wire_consent_receipt_request_encode(struct arena *arena,
                                    const struct wire_consent_receipt_request *request,
                                    struct span *out_bytes);

/* ConsentReceiptReply. Lenient. */
LG_MUST_USE struct lg_err
wire_consent_receipt_reply_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_consent_receipt_reply *out_reply);
LG_MUST_USE struct lg_err wire_consent_receipt_reply_encode(
    struct arena *arena, const struct wire_consent_receipt_reply *reply, struct span *out_bytes);

#endif
