/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of proto/lockgate/v1 as plain structs, both ways. The only door to protobuf-c; no
 * other module sees generated code. One header a service: disclosures.h, subjects.h, consents.h,
 * source.h, keys.h, edge.h, audit.h, agreements.h. Each message X has
 *
 *   wire_X_decode(arena, bytes, report, out)   from the wire
 *   wire_X_encode(arena, x, out_bytes)         to the wire
 *
 * Decoding. Nothing of `bytes` is kept: all spans of the result point into the arena and live as
 * long as it does. The bytes are walked before anything is unpacked (design/security.md 4.2, M3,
 * M4): INPUT with one of the codes below, and a sentence in the report that names the field and
 * never its value, on whatever is not well-formed, breaks a ceiling of limits.h or breaks a size of
 * the contract. Requests are read strictly: unknown fields, unknown enum values, a field sent twice
 * and two members of a oneof are refused too. Replies are read leniently: those are ignored and
 * counted in report->ignored (the last one wins; an unknown enum value reads as unspecified; a
 * message inside a message sent twice is still refused). LIMIT WIRE_MEMORY when the arena is full;
 * it takes some 20 times the bytes at worst, as there is a ceiling to elements.
 *
 * Encoding gives what the official libraries emit: fields ascending, defaults left out.
 * Sub-messages whose every field is the default are left out, where no flag says that they are
 * there. The result is checked like an incoming message: INTERNAL with the same codes, as a caller
 * of ours made it. LIMIT WIRE_MEMORY.
 *
 * A message without fields is no bytes at all: encode it as the empty span, read it by
 * wire_empty_decode. */
#ifndef GATEWAY_WIRE_WIRE_H
#define GATEWAY_WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"

enum wire_code {
    WIRE_TRUNCATED = 1, /* ends within a field */
    WIRE_VARINT,        /* a number longer than needed, or past 64 bits */
    WIRE_FIELD_NUMBER,  /* 0 or above 2^29 - 1 */
    WIRE_TYPE,          /* a group, an unknown wire type, or not the type of this field */
    WIRE_DEPTH,         /* messages within messages beyond LIMIT_WIRE_DEPTH */
    WIRE_ELEMENTS,      /* more fields in all than the message may hold */
    WIRE_BYTES,         /* the whole message is too large */
    WIRE_UNKNOWN,       /* a field that the contract does not have */
    WIRE_ENUM,          /* an enum value that the contract does not have, or none where needed */
    WIRE_DUPLICATE,     /* a single field twice, or two members of a oneof */
    WIRE_TEXT,          /* not UTF-8, or NUL, control or direction characters in it */
    WIRE_SIZE,          /* a text or bytes shorter or longer than the contract says */
    WIRE_COUNT,         /* more or fewer of a repeated field than the contract says */
    WIRE_RANGE,         /* a number that does not fit its type or the contract */
    WIRE_MEMORY,        /* LIMIT: the arena is full */
    WIRE_FULL,          /* LIMIT: an answer does not fit the size it is to be padded to */
    WIRE_JSON,          /* not a JSON object (json.h) */
};

enum { WIRE_SENTENCE_SIZE = 256 };

/* What decoding has to tell. Set anew by each call. The sentence says which field, what is wrong
 * and what to do; it is empty on success and may be shown to the peer. */
struct wire_report {
    uint32_t ignored;
    uint32_t spoilt; /* texts of a reply that were not plain, and were blanked */
    char sentence[WIRE_SENTENCE_SIZE];
};

/* The log's side of a reply. receipt counts where has_receipt; checkpoint is a note, or empty. */
struct wire_logged {
    bool has_receipt;
    struct receipt_form receipt;
    struct span checkpoint;
};

/* INPUT unless the bytes are an empty request. */
LG_MUST_USE struct lg_err wire_empty_decode(struct span bytes, struct wire_report *report);

#endif
