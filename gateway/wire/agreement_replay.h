/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of Agreements.Replay. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_AGREEMENT_REPLAY_H
#define GATEWAY_WIRE_AGREEMENT_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/agreements.h"
#include "gateway/wire/wire.h"

struct wire_replay_agreement_request {
    struct span id;
    uint32_t version; /* 0 without a text: the one in force */
    int64_t from_ms;
    int64_t to_ms;
    struct span text; /* empty: a version is replayed */
    struct actor actor;
};

/* Values of the contract (ReplayTurn). */
enum wire_replay_turn { WIRE_REPLAY_TURN_UNSPECIFIED = 0, WIRE_REPLAY_TURN_END = 9 };

struct wire_replay_row {
    enum wire_replay_turn turn;
    struct span clause;
    struct span role;
    struct span purpose;
    uint64_t fields;
    uint64_t sample_index;
    struct span sample;
};

/* Answers. */
struct wire_replay_left_out {
    uint64_t withheld;
    uint64_t erased;
    uint64_t without_text;
};

/* Numbers are of fields of answers up to cannot_tell. */
struct wire_replay_agreement_reply {
    uint64_t same;
    uint64_t newly_visible;
    uint64_t newly_refused;
    const struct wire_finding *samples; /* none: rows says more */
    size_t sample_count;
    uint64_t weaker;
    uint64_t other;
    uint64_t stronger;
    uint64_t reason_changed;
    uint64_t rate_only;
    uint64_t cannot_tell;
    const struct wire_replay_row *rows;
    size_t row_count;
    uint64_t questions;
    struct wire_replay_left_out left_out;
    struct span limit;
    struct wire_logged logged;
};

/* ReplayAgreementRequest. Strict. */
LG_MUST_USE struct lg_err
wire_replay_agreement_request_decode(struct arena *arena, struct span bytes,
                                     struct wire_report *report,
                                     struct wire_replay_agreement_request *out_request);
LG_MUST_USE struct lg_err
wire_replay_agreement_request_encode(struct arena *arena,
                                     const struct wire_replay_agreement_request *request,
                                     struct span *out_bytes);

/* ReplayAgreementReply. Lenient. */
LG_MUST_USE struct lg_err
wire_replay_agreement_reply_decode(struct arena *arena, struct span bytes,
                                   struct wire_report *report,
                                   struct wire_replay_agreement_reply *out_reply);
LG_MUST_USE struct lg_err wire_replay_agreement_reply_encode(
    struct arena *arena, const struct wire_replay_agreement_reply *reply, struct span *out_bytes);

#endif
