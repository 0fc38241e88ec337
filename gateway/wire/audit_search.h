/* SPDX-License-Identifier: Apache-2.0 */
/* Searches of the log as they travel. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_AUDIT_SEARCH_H
#define GATEWAY_WIRE_AUDIT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_index.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

/* Values are those of the contract. */
enum wire_search_reason {
    WIRE_SEARCH_NO_REASON = 0,
    WIRE_SEARCH_SUBJECT_ACCESS = 1,
    WIRE_SEARCH_COMPLAINT = 2,
    WIRE_SEARCH_CASE = 3,
};

enum { WIRE_SEARCH_CURSOR_SIZE = 32 };

/* kind, outcome and side: numbers of enum audit_kind, enum audit_decision and enum store_side_role,
 * which are those of the contract; 0: any. */
struct wire_audit_search_request {
    struct ground ground;
    int64_t from_ms;
    int64_t to_ms;
    bool has_person;
    struct person_ref person;
    uint32_t most;
    enum wire_search_reason reason;
    unsigned side;
    struct span agency;
    struct span agreement;
    struct span purpose;
    struct span basis;
    unsigned kind;
    unsigned outcome;
    bool emergency;
    struct span question_id; /* 16 bytes, or empty */
    struct span cursor;      /* WIRE_SEARCH_CURSOR_SIZE bytes, or empty */
    bool rescan;
    /* Of an export alone, which has no most, cursor and rescan. */
    uint64_t from_index;
    uint64_t to_index; /* 0: no end */
};

struct wire_audit_hit {
    uint64_t index;
    unsigned side;
    unsigned kind;
    unsigned outcome;
    int64_t time_ms;
    struct span question_id; /* 16 bytes */
    struct span requester;
    struct span source;
    struct span agreement;
    uint32_t agreement_version;
    struct span purpose;
    struct span basis;
    struct span reason;
    bool emergency;
    uint32_t record_count;
};

/* entries[i] is the receipt of hits[i]. */
struct wire_audit_search_reply {
    const struct receipt_form *entries;
    size_t entry_count;
    uint64_t covered_size;
    struct span checkpoint;
    struct verdict verdict;
    const struct wire_audit_hit *hits;
    size_t hit_count;
    struct span cursor;
    bool has_search_receipt;
    struct receipt_form search_receipt;
    struct span search_checkpoint;
    uint64_t rescanned_size;
    uint64_t rescan_missing;
};

struct wire_audit_export_begin {
    struct verdict verdict;
    bool has_search_receipt;
    struct receipt_form search_receipt;
    struct span search_checkpoint;
    uint64_t covered_size;
    struct span checkpoint;
};

/* Either begin, or an entry with its hit. */
struct wire_audit_export_reply {
    bool has_begin;
    struct wire_audit_export_begin begin;
    bool has_entry;
    struct receipt_form entry;
    struct wire_audit_hit hit;
};

/* AuditSearchRequest. Strict. */
LG_MUST_USE struct lg_err
wire_audit_search_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_audit_search_request *out_request);
LG_MUST_USE struct lg_err wire_audit_search_request_encode(
    struct arena *arena, const struct wire_audit_search_request *request, struct span *out_bytes);

/* AuditSearchReply. Lenient. */
LG_MUST_USE struct lg_err wire_audit_search_reply_decode(struct arena *arena, struct span bytes,
                                                         struct wire_report *report,
                                                         struct wire_audit_search_reply *out_reply);
LG_MUST_USE struct lg_err
wire_audit_search_reply_encode(struct arena *arena, const struct wire_audit_search_reply *reply,
                               struct span *out_bytes);

/* ExportRequest. Strict. */
LG_MUST_USE struct lg_err
wire_audit_export_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_audit_search_request *out_request);
LG_MUST_USE struct lg_err wire_audit_export_request_encode(
    struct arena *arena, const struct wire_audit_search_request *request, struct span *out_bytes);

/* ExportReply, a message of the stream. Lenient. */
LG_MUST_USE struct lg_err wire_audit_export_reply_decode(struct arena *arena, struct span bytes,
                                                         struct wire_report *report,
                                                         struct wire_audit_export_reply *out_reply);
LG_MUST_USE struct lg_err
wire_audit_export_reply_encode(struct arena *arena, const struct wire_audit_export_reply *reply,
                               struct span *out_bytes);

#endif
