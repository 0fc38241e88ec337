/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Consents about what follows a consent: notices and counts. wire.h says
 * what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_NOTICES_H
#define GATEWAY_WIRE_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

enum { WIRE_NOTICE_ID_SIZE = 16, WIRE_NOTICE_PAGE_SIZE = 72 };

struct wire_notice_item {
    struct span source;
    struct span category;
    struct span purpose;
    uint64_t log_index;
};

struct wire_notice {
    uint8_t notice_id[WIRE_NOTICE_ID_SIZE];
    struct span recipient;
    struct span agreement;
    enum consent_kind kind;
    struct span pseudonym;
    const struct wire_notice_item *items;
    size_t item_count;
    bool acknowledged;
    struct span note;
};

struct wire_notices_request {
    struct request_id id;
    struct ground ground;
    bool of_source;
    bool outstanding_only;
    struct span page; /* empty, or WIRE_NOTICE_PAGE_SIZE bytes */
};

struct wire_notices_reply {
    struct verdict verdict;
    const struct wire_notice *notices;
    size_t notice_count;
    struct wire_logged logged;
    struct span next;
};

struct wire_acknowledge_notice_request {
    struct request_id id;
    struct ground ground;
    uint8_t notice_id[WIRE_NOTICE_ID_SIZE];
};

struct wire_acknowledge_notice_reply {
    struct verdict verdict;
    struct wire_logged logged;
};

struct wire_consent_counts_request {
    struct request_id id;
    struct ground ground;
    struct span month; /* 7 bytes */
};

struct wire_consent_count {
    struct span agency;
    uint32_t asked;
    uint32_t given;
    uint32_t refused;
    uint32_t withdrawn;
    uint32_t objected;
    bool suppressed;
};

struct wire_consent_counts_reply {
    struct verdict verdict;
    const struct wire_consent_count *counts;
    size_t count_count;
    struct wire_logged logged;
};

/* NoticesRequest. Strict. */
LG_MUST_USE struct lg_err wire_notices_request_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_notices_request *out_request);
LG_MUST_USE struct lg_err wire_notices_request_encode(struct arena *arena,
                                                      const struct wire_notices_request *request,
                                                      struct span *out_bytes);

/* NoticesReply. Lenient. */
LG_MUST_USE struct lg_err wire_notices_reply_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_notices_reply *out_reply);
LG_MUST_USE struct lg_err wire_notices_reply_encode(struct arena *arena,
                                                    const struct wire_notices_reply *reply,
                                                    struct span *out_bytes);

/* AcknowledgeNoticeRequest. Strict. */
LG_MUST_USE struct lg_err
wire_acknowledge_notice_request_decode(struct arena *arena, struct span bytes,
                                       struct wire_report *report,
                                       struct wire_acknowledge_notice_request *out_request);
LG_MUST_USE struct lg_err
wire_acknowledge_notice_request_encode(struct arena *arena,
                                       const struct wire_acknowledge_notice_request *request,
                                       struct span *out_bytes);

/* AcknowledgeNoticeReply. Lenient. */
LG_MUST_USE struct lg_err
wire_acknowledge_notice_reply_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_acknowledge_notice_reply *out_reply);
LG_MUST_USE struct lg_err wire_acknowledge_notice_reply_encode(
    struct arena *arena, const struct wire_acknowledge_notice_reply *reply, struct span *out_bytes);

/* ConsentCountsRequest. Strict. */
LG_MUST_USE struct lg_err
wire_consent_counts_request_decode(struct arena *arena, struct span bytes,
                                   struct wire_report *report,
                                   struct wire_consent_counts_request *out_request);
LG_MUST_USE struct lg_err wire_consent_counts_request_encode(
    struct arena *arena, const struct wire_consent_counts_request *request, struct span *out_bytes);

/* ConsentCountsReply. Lenient. */
LG_MUST_USE struct lg_err
wire_consent_counts_reply_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_consent_counts_reply *out_reply);
LG_MUST_USE struct lg_err
wire_consent_counts_reply_encode(struct arena *arena, const struct wire_consent_counts_reply *reply,
                                 struct span *out_bytes);

#endif
