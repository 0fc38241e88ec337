/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Access. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_ACCESS_H
#define GATEWAY_WIRE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_access_scope {
    struct span agency;
    struct span system;
    struct span user_id;
};

/* Stop and Resume. */
struct wire_access_request {
    struct actor actor;
    struct wire_access_scope scope;
    struct span reason;
};

struct wire_access_reply {
    struct wire_logged logged;
};

struct wire_stopped_access {
    struct wire_access_scope scope;
    int64_t since_ms;
    struct span by_agency;
    struct span by_user;
    struct span reason;
    uint64_t log_index;
};

struct wire_list_stops_reply {
    const struct wire_stopped_access *stops;
    size_t stop_count;
    struct wire_logged logged;
};

enum wire_access_method { WIRE_ACCESS_STOP, WIRE_ACCESS_RESUME, WIRE_ACCESS_METHODS };

/* StopAccessRequest, ResumeAccessRequest. Strict. */
LG_MUST_USE struct lg_err wire_access_request_decode(enum wire_access_method method,
                                                     struct arena *arena, struct span bytes,
                                                     struct wire_report *report,
                                                     struct wire_access_request *out_request);
LG_MUST_USE struct lg_err wire_access_request_encode(enum wire_access_method method,
                                                     struct arena *arena,
                                                     const struct wire_access_request *request,
                                                     struct span *out_bytes);

/* StopAccessReply, ResumeAccessReply. Lenient. */
LG_MUST_USE struct lg_err wire_access_reply_decode(enum wire_access_method method,
                                                   struct arena *arena, struct span bytes,
                                                   struct wire_report *report,
                                                   struct wire_access_reply *out_reply);
LG_MUST_USE struct lg_err wire_access_reply_encode(enum wire_access_method method,
                                                   struct arena *arena,
                                                   const struct wire_access_reply *reply,
                                                   struct span *out_bytes);

/* ListStopsRequest <-> its actor. Strict. */
LG_MUST_USE struct lg_err wire_list_stops_request_decode(struct arena *arena, struct span bytes,
                                                         struct wire_report *report,
                                                         struct actor *out_actor);
LG_MUST_USE struct lg_err wire_list_stops_request_encode(struct arena *arena,
                                                         const struct actor *actor,
                                                         struct span *out_bytes);

/* ListStopsReply. Lenient. */
LG_MUST_USE struct lg_err wire_list_stops_reply_decode(struct arena *arena, struct span bytes,
                                                       struct wire_report *report,
                                                       struct wire_list_stops_reply *out_reply);
LG_MUST_USE struct lg_err wire_list_stops_reply_encode(struct arena *arena,
                                                       const struct wire_list_stops_reply *reply,
                                                       struct span *out_bytes);

#endif
