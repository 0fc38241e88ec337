/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Obligations. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_DUTIES_H
#define GATEWAY_WIRE_DUTIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/limits_duty.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

enum { WIRE_DUTY_ID_SIZE = 16 };

/* Values are the contract's. */
enum wire_duty_kind {
    WIRE_DUTY_KIND_UNSPECIFIED = 0,
    WIRE_DUTY_KIND_KEEP = 1,
    WIRE_DUTY_KIND_ONWARD = 2,
    WIRE_DUTY_KIND_TELL = 3,
};
enum wire_duty_state {
    WIRE_DUTY_STATE_UNSPECIFIED = 0,
    WIRE_DUTY_STATE_OPEN = 1,
    WIRE_DUTY_STATE_TAKEN = 2,
    WIRE_DUTY_STATE_DONE = 3,
    WIRE_DUTY_STATE_ATTESTED = 4,
    WIRE_DUTY_STATE_OVERDUE = 5,
    WIRE_DUTY_STATE_ESCALATED = 6,
};

struct wire_duty_id {
    uint8_t bytes[WIRE_DUTY_ID_SIZE];
};

struct wire_duty_ref {
    struct wire_duty_id duty_id;
};

struct wire_duty {
    struct wire_duty_id duty_id;
    enum wire_duty_kind kind;
    enum wire_duty_state state;
    struct span agency;
    struct span agreement;
    uint32_t agreement_version;
    struct span rule;
    struct span source;
    uint64_t count;
    int64_t received_ms;
    int64_t due_ms;
    bool blocked;
    struct span taken_by;
    struct span attested_by;
    int64_t attested_ms;
    struct span outcome;
    struct span reason;
    struct span escalated_to;
};

struct wire_list_duties_request {
    struct actor actor;
    enum wire_duty_kind kind;
    bool open_only;
    bool overdue_only;
    bool escalated;
    struct span cursor;
};

struct wire_list_duties_reply {
    const struct wire_duty *duties;
    size_t duty_count;
    struct span cursor;
    uint64_t covered_size;
    struct wire_logged logged;
};

/* ListDutiesRequest. Strict. */
LG_MUST_USE struct lg_err
wire_list_duties_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_list_duties_request *out_request);
LG_MUST_USE struct lg_err
wire_list_duties_request_encode(struct arena *arena, const struct wire_list_duties_request *request,
                                struct span *out_bytes);
/* ListDutiesReply. Lenient. */
LG_MUST_USE struct lg_err wire_list_duties_reply_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_list_duties_reply *out_reply);
LG_MUST_USE struct lg_err wire_list_duties_reply_encode(struct arena *arena,
                                                        const struct wire_list_duties_reply *reply,
                                                        struct span *out_bytes);

/* ---- Take and Attest ---- */

enum wire_duty_method { WIRE_DUTY_TAKE, WIRE_DUTY_ATTEST, WIRE_DUTY_METHODS };

struct wire_duty_request {
    struct actor actor;
    const struct wire_duty_ref *duties; /* at least one */
    size_t duty_count;
    struct span outcome; /* Attest, as the next */
    struct span reason;
};

struct wire_duty_reply {
    const struct wire_duty *duties;
    size_t duty_count;
    struct wire_logged logged;
};

/* TakeDutiesRequest, AttestDutiesRequest. Strict. */
LG_MUST_USE struct lg_err wire_duty_request_decode(enum wire_duty_method method,
                                                   struct arena *arena, struct span bytes,
                                                   struct wire_report *report,
                                                   struct wire_duty_request *out_request);
LG_MUST_USE struct lg_err wire_duty_request_encode(enum wire_duty_method method,
                                                   struct arena *arena,
                                                   const struct wire_duty_request *request,
                                                   struct span *out_bytes);
/* Their replies. Lenient. */
LG_MUST_USE struct lg_err wire_duty_reply_decode(enum wire_duty_method method, struct arena *arena,
                                                 struct span bytes, struct wire_report *report,
                                                 struct wire_duty_reply *out_reply);
LG_MUST_USE struct lg_err wire_duty_reply_encode(enum wire_duty_method method, struct arena *arena,
                                                 const struct wire_duty_reply *reply,
                                                 struct span *out_bytes);

#endif
