/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service SubjectAccess. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_SUBJECT_ACCESS_H
#define GATEWAY_WIRE_SUBJECT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_sar.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/audit_search.h"
#include "gateway/wire/wire.h"

/* Values are the contract's. */
enum wire_sar_step {
    WIRE_SAR_STEP_UNSPECIFIED = 0,
    WIRE_SAR_EXTEND = 2,
    WIRE_SAR_PAUSE = 3,
    WIRE_SAR_RESUME = 4,
    WIRE_SAR_WITHHOLD = 5,
    WIRE_SAR_REVEAL = 6,
    WIRE_SAR_CLOSE = 7,
    WIRE_SAR_EXPORT = 8,
};
enum wire_sar_form {
    WIRE_SAR_FORM_UNSPECIFIED = 0,
    WIRE_SAR_HTML = 1,
    WIRE_SAR_CSV = 2,
    WIRE_SAR_JSON = 3,
};
enum wire_sar_recipient {
    WIRE_SAR_TO_UNSPECIFIED = 0,
    WIRE_SAR_TO_PERSON = 1,
    WIRE_SAR_TO_REPRESENTATIVE = 2,
};
enum { WIRE_SAR_DIGEST_SIZE = 32 };
/* Both digests have WIRE_SAR_DIGEST_SIZE bytes. */
struct wire_sar_answer {
    enum wire_sar_form form;
    enum wire_sar_recipient to;
    uint64_t covered_size;
    uint32_t line_count;
    struct span lines_digest;
    struct span document_digest;
};
enum wire_sar_pause {
    WIRE_SAR_PAUSE_UNSPECIFIED = 0,
    WIRE_SAR_PAUSE_IDENTITY = 1,
    WIRE_SAR_PAUSE_CLARIFICATION = 2,
};
enum wire_sar_outcome {
    WIRE_SAR_OUTCOME_UNSPECIFIED = 0,
    WIRE_SAR_OUTCOME_ANSWERED = 1,
    WIRE_SAR_OUTCOME_REFUSED = 2,
    WIRE_SAR_OUTCOME_WITHDRAWN = 3,
};

/* Days are YYYY-MM-DD. */
struct wire_sar_case {
    uint64_t number;
    struct span received_day;
    struct span due_day;
    bool overdue;
    uint32_t extended_months;
    enum wire_sar_pause pause;
    struct span paused_since;
    enum wire_sar_outcome outcome;
    uint32_t withheld_count;
    struct span representative_evidence;
    struct span case_reference;
    struct span opened_by;
    int64_t opened_ms;
    uint32_t export_count;
    bool has_answer;
    struct wire_sar_answer answer; /* the last */
    int64_t answered_ms;
};

struct wire_sar_open_request {
    struct request_id id;
    struct person_ref person;
    struct ground ground;
    struct span received_day;
    struct span representative_evidence;
};
struct wire_sar_open_reply {
    struct verdict verdict;
    bool has_state;
    struct wire_sar_case state;
    struct wire_logged logged;
};

struct wire_sar_act_request {
    struct actor actor;
    uint64_t number;
    enum wire_sar_step step;
    struct span reason;
    uint32_t months;
    enum wire_sar_pause pause;
    struct span day;
    uint64_t line;
    struct span exemption;
    enum wire_sar_outcome outcome;
    bool has_answer;
    struct wire_sar_answer answer;
};
struct wire_sar_act_reply {
    bool has_state;
    struct wire_sar_case state;
    struct wire_logged logged;
};

struct wire_sar_collect_request {
    struct ground ground;
    uint64_t number;
    uint32_t most;
    struct span cursor; /* WIRE_SEARCH_CURSOR_SIZE bytes, or empty */
};
struct wire_sar_mark {
    uint64_t line;
    struct span exemption;
    struct span words;
    struct span statute;
    bool is_told;
    int64_t decided_ms;
    struct span decided_by;
    struct span reason;
};
struct wire_sar_untold {
    uint64_t line;
    struct span telling; /* as of a review: "blocked", "tell-later", "do-not-tell-harm" and such */
};
/* entries[i] is the receipt of hits[i]. */
struct wire_sar_collect_reply {
    struct verdict verdict;
    const struct receipt_form *entries;
    size_t entry_count;
    const struct wire_audit_hit *hits;
    size_t hit_count;
    const struct wire_sar_mark *marks;
    size_t mark_count;
    const struct wire_sar_untold *untold;
    size_t untold_count;
    uint64_t covered_size;
    struct span checkpoint;
    struct span cursor;
    bool has_state;
    struct wire_sar_case state;
    bool has_search_receipt;
    struct receipt_form search_receipt;
    struct span search_checkpoint;
};

struct wire_sar_list_request {
    struct actor actor;
    bool closed;
};
struct wire_sar_list_reply {
    const struct wire_sar_case *cases;
    size_t case_count;
    struct wire_logged logged;
};

/* Requests strict, replies lenient. */
LG_MUST_USE struct lg_err wire_sar_open_request_decode(struct arena *arena, struct span bytes,
                                                       struct wire_report *report,
                                                       struct wire_sar_open_request *out_request);
LG_MUST_USE struct lg_err wire_sar_open_request_encode(struct arena *arena,
                                                       const struct wire_sar_open_request *request,
                                                       struct span *out_bytes);
LG_MUST_USE struct lg_err wire_sar_open_reply_decode(struct arena *arena, struct span bytes,
                                                     struct wire_report *report,
                                                     struct wire_sar_open_reply *out_reply);
LG_MUST_USE struct lg_err wire_sar_open_reply_encode(struct arena *arena,
                                                     const struct wire_sar_open_reply *reply,
                                                     struct span *out_bytes);
LG_MUST_USE struct lg_err wire_sar_act_request_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_sar_act_request *out_request);
LG_MUST_USE struct lg_err wire_sar_act_request_encode(struct arena *arena,
                                                      const struct wire_sar_act_request *request,
                                                      struct span *out_bytes);
LG_MUST_USE struct lg_err wire_sar_act_reply_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_sar_act_reply *out_reply);
LG_MUST_USE struct lg_err wire_sar_act_reply_encode(struct arena *arena,
                                                    const struct wire_sar_act_reply *reply,
                                                    struct span *out_bytes);
LG_MUST_USE struct lg_err
wire_sar_collect_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_sar_collect_request *out_request);
LG_MUST_USE struct lg_err
wire_sar_collect_request_encode(struct arena *arena, const struct wire_sar_collect_request *request,
                                struct span *out_bytes);
LG_MUST_USE struct lg_err wire_sar_collect_reply_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_sar_collect_reply *out_reply);
LG_MUST_USE struct lg_err wire_sar_collect_reply_encode(struct arena *arena,
                                                        const struct wire_sar_collect_reply *reply,
                                                        struct span *out_bytes);
LG_MUST_USE struct lg_err wire_sar_list_request_decode(struct arena *arena, struct span bytes,
                                                       struct wire_report *report,
                                                       struct wire_sar_list_request *out_request);
LG_MUST_USE struct lg_err wire_sar_list_request_encode(struct arena *arena,
                                                       const struct wire_sar_list_request *request,
                                                       struct span *out_bytes);
LG_MUST_USE struct lg_err wire_sar_list_reply_decode(struct arena *arena, struct span bytes,
                                                     struct wire_report *report,
                                                     struct wire_sar_list_reply *out_reply);
LG_MUST_USE struct lg_err wire_sar_list_reply_encode(struct arena *arena,
                                                     const struct wire_sar_list_reply *reply,
                                                     struct span *out_bytes);

#endif
