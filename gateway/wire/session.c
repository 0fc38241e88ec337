/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Session. */
#include "gateway/wire/session.h"

#include <lockgate/v1/session.pb-c.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/wire/wire_int.h"

static const struct shape_row session_state_rows[] = {
    ROW_TEXT(1, struct wire_session_state, display_name, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(2, struct wire_session_state, user_id, 0, LIMIT_WIRE_ACTOR),
    ROW_TEXT(3, struct wire_session_state, role, 0, LIMIT_WIRE_NAME),
    ROW_TEXT(4, struct wire_session_state, agency, 0, LIMIT_WIRE_PARTY),
    ROW_TEXT(5, struct wire_session_state, agency_name, 0, LIMIT_WIRE_SENTENCE),
    ROW_TEXT(6, struct wire_session_state, partnership_name, 0, LIMIT_WIRE_SENTENCE),
    ROW_BOOL(7, struct wire_session_state, is_officer),
    ROW_U64(8, struct wire_session_state, idle_left_ms, 0),
    ROW_U64(9, struct wire_session_state, left_ms, 0),
    ROW_U64(10, struct wire_session_state, asked_ms, 0),
    ROW_BOOL(11, struct wire_session_state, one_operator),
    ROW_BOOL(12, struct wire_session_state, is_synthetic),
};

static const struct shape shape_session_state = SHAPE_OF(
    lockgate__v1__session_state__descriptor, struct wire_session_state, session_state_rows);

struct session_reply {
    struct wire_session_state state;
};

static const struct shape_row session_reply_rows[] = {
    ROW_MESSAGE(1, struct session_reply, state, shape_session_state, false),
};

static const struct shape shape_current_session_reply = SHAPE_OF(
    lockgate__v1__current_session_reply__descriptor, struct session_reply, session_reply_rows);
static const struct shape shape_extend_session_reply = SHAPE_OF(
    lockgate__v1__extend_session_reply__descriptor, struct session_reply, session_reply_rows);

static const struct wire_message session_replies[WIRE_SESSION_METHODS] = {
    [WIRE_SESSION_CURRENT] = WIRE_REPLY(shape_current_session_reply),
    [WIRE_SESSION_EXTEND] = WIRE_REPLY(shape_extend_session_reply),
};

struct lg_err wire_session_reply_decode(enum wire_session_method method, struct arena *arena,
                                        struct span bytes, struct wire_report *report,
                                        struct wire_session_state *out_state) {
    struct session_reply reply = {0};
    ASSERT(method < WIRE_SESSION_METHODS);
    TRY(wire_message_decode(&session_replies[method], arena, bytes, report, &reply));
    *out_state = reply.state;
    return LG_OK;
}

struct lg_err wire_session_reply_encode(enum wire_session_method method, struct arena *arena,
                                        const struct wire_session_state *state,
                                        struct span *out_bytes) {
    const struct session_reply reply = {.state = *state};
    ASSERT(method < WIRE_SESSION_METHODS);
    return wire_message_encode(&session_replies[method], arena, &reply, out_bytes);
}

const struct wire_message *const wire_session_messages[] = {
    &session_replies[WIRE_SESSION_CURRENT],
    &session_replies[WIRE_SESSION_EXTEND],
    NULL,
};
