/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Disclosures. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_DISCLOSURES_H
#define GATEWAY_WIRE_DISCLOSURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/explain.h"
#include "gateway/wire/wire.h"

enum wire_watch_kind { WIRE_WATCH_NONE, WIRE_WATCH_PART, WIRE_WATCH_END };

struct wire_watch_part {
    struct reply_part part;
    struct span pseudonym;
    struct span checkpoint;
};

struct wire_watch_end {
    struct verdict verdict;
    struct duties duties;
    bool has_refusal_receipt;
    struct receipt_form refusal_receipt;
    struct span checkpoint;
    bool has_emergency;
    struct emergency_note emergency;
};

/* kind says which of the two counts. */
struct wire_watch_reply {
    enum wire_watch_kind kind;
    struct wire_watch_part part;
    struct wire_watch_end end;
};

/* treatment: "pass", "generalise", "pseudonymise" or "aggregate". */
struct wire_permitted_item {
    struct span item;
    struct span treatment;
    struct span rule;
    struct span clause;
    struct span consent;
};

struct wire_source_permit {
    struct span source;
    const struct wire_permitted_item *items;
    size_t item_count;
    const struct held_back *held_back;
    size_t held_back_count;
    const struct wire_explained_item *missing;
    size_t missing_count;
};

struct wire_can_ask_reply {
    struct verdict verdict;
    const struct wire_source_permit *sources;
    size_t source_count;
};

/* AskRequest <-> question. A request without tier asks for the headline. Strict. */
LG_MUST_USE struct lg_err wire_ask_request_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct question *out_question);
LG_MUST_USE struct lg_err wire_ask_request_encode(struct arena *arena,
                                                  const struct question *question,
                                                  struct span *out_bytes);

/* SourceResult <-> extract. The encoded bytes are what the RELEASE leaf commits to. Lenient. */
LG_MUST_USE struct lg_err wire_source_result_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct extract *out_extract);
LG_MUST_USE struct lg_err wire_source_result_encode(struct arena *arena,
                                                    const struct extract *extract,
                                                    struct span *out_bytes);

/* AskReply <-> ask_reply. The result of a part goes in and comes out as the very bytes that were
 * committed to; read it with wire_source_result_decode. A part without a result is its receipt
 * alone (a repeated request). Lenient. */
LG_MUST_USE struct lg_err wire_ask_reply_decode(struct arena *arena, struct span bytes,
                                                struct wire_report *report,
                                                struct ask_reply *out_reply);
LG_MUST_USE struct lg_err wire_ask_reply_encode(struct arena *arena, const struct ask_reply *reply,
                                                struct span *out_bytes);

/* WatchReply. Lenient. */
LG_MUST_USE struct lg_err wire_watch_reply_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct wire_watch_reply *out_reply);
LG_MUST_USE struct lg_err wire_watch_reply_encode(struct arena *arena,
                                                  const struct wire_watch_reply *reply,
                                                  struct span *out_bytes);

/* CanAskRequest <-> sources, items, ground, age_class and no_consent_reason of a question; tier is
 * the headline, the rest is empty. Strict. */
LG_MUST_USE struct lg_err wire_can_ask_request_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct question *out_question);
LG_MUST_USE struct lg_err wire_can_ask_request_encode(struct arena *arena,
                                                      const struct question *question,
                                                      struct span *out_bytes);

/* CanAskReply. Lenient. */
LG_MUST_USE struct lg_err wire_can_ask_reply_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_can_ask_reply *out_reply);
LG_MUST_USE struct lg_err wire_can_ask_reply_encode(struct arena *arena,
                                                    const struct wire_can_ask_reply *reply,
                                                    struct span *out_bytes);

#endif
