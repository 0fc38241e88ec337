/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Session; its requests, and the reply of End, have no fields. wire.h says
 * what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_SESSION_H
#define GATEWAY_WIRE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/wire/wire.h"

struct wire_session_state {
    struct span display_name;
    struct span user_id;
    struct span role;
    struct span agency;
    struct span agency_name;
    struct span partnership_name;
    bool is_officer;
    uint64_t idle_left_ms;
    uint64_t left_ms;
    uint64_t asked_ms;
    bool one_operator;
    bool is_synthetic;
};

enum wire_session_method { WIRE_SESSION_CURRENT, WIRE_SESSION_EXTEND, WIRE_SESSION_METHODS };

/* CurrentSessionReply, ExtendSessionReply. Lenient. */
LG_MUST_USE struct lg_err wire_session_reply_decode(enum wire_session_method method,
                                                    struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_session_state *out_state);
LG_MUST_USE struct lg_err wire_session_reply_encode(enum wire_session_method method,
                                                    struct arena *arena,
                                                    const struct wire_session_state *state,
                                                    struct span *out_bytes);

#endif
