/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Edge, which a connector offers to its own agency. wire.h says what
 * decoding and encoding promise. */
#ifndef GATEWAY_WIRE_EDGE_H
#define GATEWAY_WIRE_EDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_blind_person {
    struct identity identity;
    struct span local_reference;
};

struct wire_blind_request {
    struct ground ground;
    const struct wire_blind_person *persons; /* 1 to 50 */
    size_t person_count;
};

/* record_tag counts where reference is not empty. */
struct wire_blinded_person {
    const struct token *tokens;
    size_t token_count;
    struct record_tag record_tag;
    struct span reference;
    struct span code;
};

struct wire_blind_reply {
    const struct wire_blinded_person *persons; /* in the order of the request */
    size_t person_count;
};

/* BlindRequest. Strict. */
LG_MUST_USE struct lg_err wire_blind_request_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_blind_request *out_request);
LG_MUST_USE struct lg_err wire_blind_request_encode(struct arena *arena,
                                                    const struct wire_blind_request *request,
                                                    struct span *out_bytes);

/* BlindReply. Lenient. */
LG_MUST_USE struct lg_err wire_blind_reply_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct wire_blind_reply *out_reply);
LG_MUST_USE struct lg_err wire_blind_reply_encode(struct arena *arena,
                                                  const struct wire_blind_reply *reply,
                                                  struct span *out_bytes);

#endif
