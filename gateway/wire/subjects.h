/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Subjects. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_SUBJECTS_H
#define GATEWAY_WIRE_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

enum wire_find_band { WIRE_FIND_NONE, WIRE_FIND_ENOUGH, WIRE_FIND_NOT_ENOUGH_TO_DECIDE };

struct wire_find_reply {
    struct verdict verdict;
    enum wire_find_band band;
    struct span handle;
    struct wire_logged logged;
};

/* elements: 1 to 256 spans of 32 bytes. */
struct wire_blinded_batch {
    enum token_class token_class;
    struct span_list elements;
};

/* proof: 64 bytes. */
struct wire_evaluated_batch {
    enum token_class token_class;
    uint32_t epoch;
    struct span_list elements;
    struct span proof;
};

struct wire_evaluate_request {
    struct ground ground;
    const struct wire_blinded_batch *batches;
    size_t batch_count;
};

struct wire_evaluate_reply {
    const struct wire_evaluated_batch *batches;
    size_t batch_count;
};

struct wire_enrol_header {
    struct span agreement;
    uint64_t expected; /* lines announced; 0 unknown */
};

struct wire_enrol_record {
    uint64_t line; /* 1 or more */
    struct record_tag record_tag;
    struct span reference;
    const struct token *tokens;
    size_t token_count; /* 1 to 32 */
    enum opt_out opt_out;
    struct span opt_out_day; /* at most 10 bytes, not checked */
};

enum wire_enrol_kind { WIRE_ENROL_NONE, WIRE_ENROL_HEADER, WIRE_ENROL_RECORD };

/* kind says which of the two counts; never NONE after decoding. */
struct wire_enrol_request {
    enum wire_enrol_kind kind;
    struct wire_enrol_header header;
    struct wire_enrol_record record;
};

struct wire_rejected_line {
    uint64_t line;
    struct span code;
    struct span sentence;
};

struct wire_enrol_reply {
    uint64_t received;
    uint64_t added;
    uint64_t updated;
    uint64_t unchanged;
    uint64_t rejected;
    const struct wire_rejected_line *rejected_lines; /* the first 1,000 */
    size_t rejected_line_count;
    struct wire_logged logged;
};

/* record_tags: at most 1,000 spans of 16 bytes. */
struct wire_retire_request {
    struct span agreement;
    struct span_list record_tags;
};

struct wire_retire_reply {
    uint64_t retired;
    uint64_t unknown;
    struct wire_logged logged;
};

struct wire_translate_request {
    struct ground ground;
    struct span pseudonym;
    struct span to_agreement;
};

struct wire_translate_reply {
    struct verdict verdict;
    struct span pseudonym;
    struct wire_logged logged;
};

/* FindRequest <-> id, person, ground and age_class of a question; the rest is empty. Strict. */
LG_MUST_USE struct lg_err wire_find_request_decode(struct arena *arena, struct span bytes,
                                                   struct wire_report *report,
                                                   struct question *out_question);
LG_MUST_USE struct lg_err wire_find_request_encode(struct arena *arena,
                                                   const struct question *question,
                                                   struct span *out_bytes);

/* FindReply. Lenient. */
LG_MUST_USE struct lg_err wire_find_reply_decode(struct arena *arena, struct span bytes,
                                                 struct wire_report *report,
                                                 struct wire_find_reply *out_reply);
LG_MUST_USE struct lg_err wire_find_reply_encode(struct arena *arena,
                                                 const struct wire_find_reply *reply,
                                                 struct span *out_bytes);

/* EvaluateRequest. Strict. */
LG_MUST_USE struct lg_err wire_evaluate_request_decode(struct arena *arena, struct span bytes,
                                                       struct wire_report *report,
                                                       struct wire_evaluate_request *out_request);
LG_MUST_USE struct lg_err wire_evaluate_request_encode(struct arena *arena,
                                                       const struct wire_evaluate_request *request,
                                                       struct span *out_bytes);

/* EvaluateReply. Lenient. */
LG_MUST_USE struct lg_err wire_evaluate_reply_decode(struct arena *arena, struct span bytes,
                                                     struct wire_report *report,
                                                     struct wire_evaluate_reply *out_reply);
LG_MUST_USE struct lg_err wire_evaluate_reply_encode(struct arena *arena,
                                                     const struct wire_evaluate_reply *reply,
                                                     struct span *out_bytes);

/* EnrolRequest, one message of the stream. Strict. */
LG_MUST_USE struct lg_err wire_enrol_request_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_enrol_request *out_request);
LG_MUST_USE struct lg_err wire_enrol_request_encode(struct arena *arena,
                                                    const struct wire_enrol_request *request,
                                                    struct span *out_bytes);

/* EnrolReply. Lenient. */
LG_MUST_USE struct lg_err wire_enrol_reply_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct wire_enrol_reply *out_reply);
LG_MUST_USE struct lg_err wire_enrol_reply_encode(struct arena *arena,
                                                  const struct wire_enrol_reply *reply,
                                                  struct span *out_bytes);

/* RetireRequest. Strict. */
LG_MUST_USE struct lg_err wire_retire_request_decode(struct arena *arena, struct span bytes,
                                                     struct wire_report *report,
                                                     struct wire_retire_request *out_request);
LG_MUST_USE struct lg_err wire_retire_request_encode(struct arena *arena,
                                                     const struct wire_retire_request *request,
                                                     struct span *out_bytes);

/* RetireReply. Lenient. */
LG_MUST_USE struct lg_err wire_retire_reply_decode(struct arena *arena, struct span bytes,
                                                   struct wire_report *report,
                                                   struct wire_retire_reply *out_reply);
LG_MUST_USE struct lg_err wire_retire_reply_encode(struct arena *arena,
                                                   const struct wire_retire_reply *reply,
                                                   struct span *out_bytes);

/* TranslateRequest. Strict. */
LG_MUST_USE struct lg_err wire_translate_request_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_translate_request *out_request);
LG_MUST_USE struct lg_err
wire_translate_request_encode(struct arena *arena, const struct wire_translate_request *request,
                              struct span *out_bytes);

/* TranslateReply. Lenient. */
LG_MUST_USE struct lg_err wire_translate_reply_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_translate_reply *out_reply);
LG_MUST_USE struct lg_err wire_translate_reply_encode(struct arena *arena,
                                                      const struct wire_translate_reply *reply,
                                                      struct span *out_bytes);

#endif
