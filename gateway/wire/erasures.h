/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Erasures. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_ERASURES_H
#define GATEWAY_WIRE_ERASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_erasure.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

/* ---- About a person: Propose and Hold */

enum wire_erasure_person_method {
    WIRE_ERASURE_PROPOSE,
    WIRE_ERASURE_HOLD,
    WIRE_ERASURE_PERSON_METHODS
};

struct wire_erasure_person_request {
    struct request_id id;
    struct person_ref person;
    struct ground ground;
    struct span reason;
    bool lifted; /* Hold */
};

struct wire_erasure_person_reply {
    struct verdict verdict;
    uint64_t proposal; /* Propose */
    struct wire_logged logged;
};

/* ProposeErasureRequest, HoldErasureRequest. Strict. */
LG_MUST_USE struct lg_err
wire_erasure_person_request_decode(enum wire_erasure_person_method method, struct arena *arena,
                                   struct span bytes, struct wire_report *report,
                                   struct wire_erasure_person_request *out_request);
LG_MUST_USE struct lg_err
wire_erasure_person_request_encode(enum wire_erasure_person_method method, struct arena *arena,
                                   const struct wire_erasure_person_request *request,
                                   struct span *out_bytes);
/* ProposeErasureReply, HoldErasureReply. Lenient. */
LG_MUST_USE struct lg_err
wire_erasure_person_reply_decode(enum wire_erasure_person_method method, struct arena *arena,
                                 struct span bytes, struct wire_report *report,
                                 struct wire_erasure_person_reply *out_reply);
LG_MUST_USE struct lg_err
wire_erasure_person_reply_encode(enum wire_erasure_person_method method, struct arena *arena,
                                 const struct wire_erasure_person_reply *reply,
                                 struct span *out_bytes);

/* ---- About nobody: ProposeExpiry and Decide */

enum wire_erasure_method { WIRE_ERASURE_EXPIRY, WIRE_ERASURE_DECIDE, WIRE_ERASURE_METHODS };

struct wire_erasure_request {
    struct actor actor;
    struct span quarter; /* ProposeExpiry */
    uint64_t proposal;   /* Decide, as the next */
    bool refused;
    struct span reason;
};

struct wire_erasure_reply {
    uint64_t proposal; /* ProposeExpiry */
    struct wire_logged logged;
};

/* ProposeExpiryRequest, DecideErasureRequest. Strict. */
LG_MUST_USE struct lg_err wire_erasure_request_decode(enum wire_erasure_method method,
                                                      struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_erasure_request *out_request);
LG_MUST_USE struct lg_err wire_erasure_request_encode(enum wire_erasure_method method,
                                                      struct arena *arena,
                                                      const struct wire_erasure_request *request,
                                                      struct span *out_bytes);
/* ProposeExpiryReply, DecideErasureReply. Lenient. */
LG_MUST_USE struct lg_err wire_erasure_reply_decode(enum wire_erasure_method method,
                                                    struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_erasure_reply *out_reply);
LG_MUST_USE struct lg_err wire_erasure_reply_encode(enum wire_erasure_method method,
                                                    struct arena *arena,
                                                    const struct wire_erasure_reply *reply,
                                                    struct span *out_bytes);

/* ---- List */

/* Values are the contract's. */
enum wire_erasure_kind {
    WIRE_ERASURE_KIND_UNSPECIFIED = 0,
    WIRE_ERASURE_KIND_PERSON = 1,
    WIRE_ERASURE_KIND_QUARTER = 2,
    WIRE_ERASURE_KIND_HOLD = 3,
};

struct wire_standing_erasure {
    uint64_t log_index;
    enum wire_erasure_kind kind;
    struct span quarter;
    int64_t since_ms;
    struct span by_agency;
    struct span by_user;
    struct span case_reference;
    struct span reason;
};

struct wire_list_erasures_reply {
    const struct wire_standing_erasure *standing;
    size_t standing_count;
    struct wire_logged logged;
};

/* ListErasuresRequest <-> its actor. Strict. */
LG_MUST_USE struct lg_err wire_list_erasures_request_decode(struct arena *arena, struct span bytes,
                                                            struct wire_report *report,
                                                            struct actor *out_actor);
LG_MUST_USE struct lg_err wire_list_erasures_request_encode(struct arena *arena,
                                                            const struct actor *actor,
                                                            struct span *out_bytes);
/* ListErasuresReply. Lenient. */
LG_MUST_USE struct lg_err
wire_list_erasures_reply_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_list_erasures_reply *out_reply);
LG_MUST_USE struct lg_err
wire_list_erasures_reply_encode(struct arena *arena, const struct wire_list_erasures_reply *reply,
                                struct span *out_bytes);

#endif
