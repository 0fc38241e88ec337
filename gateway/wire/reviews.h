/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Reviews. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_REVIEWS_H
#define GATEWAY_WIRE_REVIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

/* The words are those of reviews.proto. */
struct wire_review_notice {
    struct span office;
    int64_t due_ms;
    int64_t seen_ms;
};

struct wire_review_detail {
    struct span user_id;
    struct span role;
    struct span purpose;
    struct span case_reference;
    struct span cause;
    struct span rationale;
    struct span capacity;
    struct span capacity_basis;
    struct span second_user;
    struct span_list sources;
    struct wire_review_notice notice;
    struct span telling;
    struct span channel;
    struct span reasons;
};

struct wire_review_hit {
    uint64_t log_index;
    int64_t at_ms;
};

struct wire_review_hits {
    uint32_t count;
    uint32_t earlier;
    const struct wire_review_hit *newest;
    size_t newest_count;
};

struct wire_review {
    struct review_id review_id;
    struct span kind;
    uint64_t log_index;
    int64_t opened_ms;
    int64_t due_ms;
    struct span taken_by;
    struct span outcome;
    struct span state;
    bool overdue;
    bool own;
    struct span agreement;
    bool has_detail;
    struct wire_review_detail detail;
    struct span escalated_to;
    bool telling_blocked;
    struct span rule;
    bool has_hits;
    struct wire_review_hits hits;
};

/* after_review_id of zeros: the newest. */
struct wire_list_reviews_request {
    struct actor actor;
    bool open_only;
    struct review_id after_review_id;
};

struct wire_list_reviews_reply {
    const struct wire_review *reviews;
    size_t review_count;
    struct wire_logged logged;
};

/* Get, Take, Close and Tell; what a method has no field for stays empty. */
struct wire_review_request {
    struct actor actor;
    struct review_id review_id;
    struct span outcome;
    struct span reasons;
    struct span telling;
    struct span channel;
};

struct wire_review_reply {
    struct wire_review review;
    struct wire_logged logged;
};

/* log_index counts where has_log_index; a call_reference of zeros: none. */
enum { WIRE_REVIEW_CHAIN = 32 };

/* record_file 0: what differs is no place of a record. */
struct wire_open_review_request {
    struct actor actor;
    struct span cause;
    struct call_reference call_reference;
    bool has_log_index;
    uint64_t log_index;
    struct span agreement;
    uint32_t record_file;
    uint64_t record_at;
    uint8_t record_chain[WIRE_REVIEW_CHAIN];
};

struct wire_open_review_reply {
    struct review_id review_id;
    bool is_new;
    struct wire_logged logged;
};

/* OpenReviewRequest. Strict. */
LG_MUST_USE struct lg_err
wire_open_review_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_open_review_request *out_request);
LG_MUST_USE struct lg_err
wire_open_review_request_encode(struct arena *arena, const struct wire_open_review_request *request,
                                struct span *out_bytes);
/* OpenReviewReply. Lenient. */
LG_MUST_USE struct lg_err wire_open_review_reply_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_open_review_reply *out_reply);
LG_MUST_USE struct lg_err wire_open_review_reply_encode(struct arena *arena,
                                                        const struct wire_open_review_reply *reply,
                                                        struct span *out_bytes);

/* No tokens: the mark is taken off. */
struct wire_mark_request {
    struct actor actor;
    struct span kind;
    struct span label;
    const struct token *tokens;
    size_t token_count;
};

struct wire_mark_reply {
    uint32_t marked;
    struct wire_logged logged;
};

/* MarkPersonRequest. Strict. */
LG_MUST_USE struct lg_err wire_mark_request_decode(struct arena *arena, struct span bytes,
                                                   struct wire_report *report,
                                                   struct wire_mark_request *out_request);
LG_MUST_USE struct lg_err wire_mark_request_encode(struct arena *arena,
                                                   const struct wire_mark_request *request,
                                                   struct span *out_bytes);

/* MarkPersonReply. Lenient. */
LG_MUST_USE struct lg_err wire_mark_reply_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_mark_reply *out_reply);
LG_MUST_USE struct lg_err wire_mark_reply_encode(struct arena *arena,
                                                 const struct wire_mark_reply *reply,
                                                 struct span *out_bytes);

/* ListReviewsRequest. Strict. */
LG_MUST_USE struct lg_err
wire_list_reviews_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_list_reviews_request *out_request);
LG_MUST_USE struct lg_err wire_list_reviews_request_encode(
    struct arena *arena, const struct wire_list_reviews_request *request, struct span *out_bytes);

/* ListReviewsReply. Lenient. */
LG_MUST_USE struct lg_err wire_list_reviews_reply_decode(struct arena *arena, struct span bytes,
                                                         struct wire_report *report,
                                                         struct wire_list_reviews_reply *out_reply);
LG_MUST_USE struct lg_err
wire_list_reviews_reply_encode(struct arena *arena, const struct wire_list_reviews_reply *reply,
                               struct span *out_bytes);

/* Which of the methods about one case a message is of. */
enum wire_review_method {
    WIRE_REVIEW_GET,
    WIRE_REVIEW_TAKE,
    WIRE_REVIEW_CLOSE,
    WIRE_REVIEW_TELL,
    WIRE_REVIEW_METHODS
};

/* GetReviewRequest, TakeReviewRequest, CloseReviewRequest, TellReviewRequest. Strict. */
LG_MUST_USE struct lg_err wire_review_request_decode(enum wire_review_method method,
                                                     struct arena *arena, struct span bytes,
                                                     struct wire_report *report,
                                                     struct wire_review_request *out_request);
LG_MUST_USE struct lg_err wire_review_request_encode(enum wire_review_method method,
                                                     struct arena *arena,
                                                     const struct wire_review_request *request,
                                                     struct span *out_bytes);

/* Their replies. Lenient. */
LG_MUST_USE struct lg_err wire_review_reply_decode(enum wire_review_method method,
                                                   struct arena *arena, struct span bytes,
                                                   struct wire_report *report,
                                                   struct wire_review_reply *out_reply);
LG_MUST_USE struct lg_err wire_review_reply_encode(enum wire_review_method method,
                                                   struct arena *arena,
                                                   const struct wire_review_reply *reply,
                                                   struct span *out_bytes);

#endif
