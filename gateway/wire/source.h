/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Source, which agencies implement. wire.h says what decoding and encoding
 * promise. */
#ifndef GATEWAY_WIRE_SOURCE_H
#define GATEWAY_WIRE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_acknowledge_request {
    struct call_reference call_reference;
    struct wire_logged logged;
};

/* FetchRequest. A request without tier asks for the headline. Strict. */
LG_MUST_USE struct lg_err wire_fetch_request_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct fetch_request *out_request);
LG_MUST_USE struct lg_err wire_fetch_request_encode(struct arena *arena,
                                                    const struct fetch_request *request,
                                                    struct span *out_bytes);

/* FetchReply <-> answer, without padding. Lenient. */
LG_MUST_USE struct lg_err wire_fetch_reply_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct answer *out_answer);
/* As the others, padded with spaces to exactly `size` bytes; 0: no padding. LIMIT WIRE_FULL where
 * it does not fit or no padding makes that size (it wants 3 bytes to spare at least; past those,
 * only the gaps 130 and 16,387 have none): take the next larger size. */
LG_MUST_USE struct lg_err wire_fetch_reply_encode(struct arena *arena, const struct answer *answer,
                                                  size_t size, struct span *out_bytes);

/* AcknowledgeRequest. Strict. */
LG_MUST_USE struct lg_err
wire_acknowledge_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_acknowledge_request *out_request);
LG_MUST_USE struct lg_err
wire_acknowledge_request_encode(struct arena *arena, const struct wire_acknowledge_request *request,
                                struct span *out_bytes);

#endif
