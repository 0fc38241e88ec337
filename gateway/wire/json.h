/* SPDX-License-Identifier: Apache-2.0 */
/* The protobuf JSON mapping (protobuf.dev, "ProtoJSON Format") of the contract's messages, strict,
 * both ways: JSON text to the bytes of a message, which its wire_X_decode then reads, and the bytes
 * that a wire_X_encode gave to JSON text.
 *
 * Reading. One object. A field goes by its lowerCamelCase name or by its name in the contract; null
 * and absent are the same. Numbers are whole, to the last digit (1.0 and 1e2 are), or decimal
 * digits in a string; bytes are base64 of the standard or the URL alphabet, with padding or
 * without; enum values go by name or number. Refused, as INPUT of the codes of wire.h: a name that
 * the contract does not have (also in replies), a field twice by whatever names, two members of a
 * oneof, null in a list, another JSON type than the field's, what is not UTF-8, NUL, base64 with
 * stray bits, and everything that reading the bytes would refuse. The report's sentence names the
 * field by its path in the contract, what is wrong and what to do; never a value, nor a name that
 * the peer made up. LIMIT WIRE_MEMORY.
 *
 * The text is parsed here and not by jansson: a parse of jansson 2.14 that finds no memory drops
 * characters of strings and goes on, it recurses, it leaves names of people in the heap, and it
 * takes no number above 2^63 - 1. Here nothing is copied but into the arena.
 *
 * Writing. lowerCamelCase names in the order of the contract, no white space, defaults left out,
 * 64-bit numbers as strings, bytes as padded standard base64, enum values by name (by number where
 * the contract has none). */
#ifndef GATEWAY_WIRE_JSON_H
#define GATEWAY_WIRE_JSON_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/wire/wire.h"

/* A message that travels on its own; they live for ever. */
struct wire_message;

struct wire_json_method {
    const struct wire_message *request;
    const struct wire_message *reply;
};

/* Request and reply of "/lockgate.v1.Service/Method", or of a method of grpc.health.v1.Health.
 * False where the path is none of these, or its messages are not built. */
bool wire_json_method_find(struct span path, struct wire_json_method *out_method);
/* By its name, "lockgate.v1.AskRequest"; NULL: there is none. */
const struct wire_message *wire_json_message_find(struct span name);

/* JSON to bytes in the arena, fields ascending. report may be NULL. */
LG_MUST_USE struct lg_err wire_json_read(const struct wire_message *message, struct arena *arena,
                                         struct span json, struct wire_report *report,
                                         struct span *out_bytes);
/* Bytes to JSON in the arena. INTERNAL, with the same codes, where they are not a message whose
 * fields ascend, or hold a field that the contract does not have: a caller of ours made them. */
LG_MUST_USE struct lg_err wire_json_write(const struct wire_message *message, struct arena *arena,
                                          struct span bytes, struct span *out_json);

/* Of methods by their path, in the shape that a transport's codec has (grpc_codec). */
bool wire_json_knows(const char *path);
/* A request; *out_sentence is the report's, in the arena, or NULL where there is none. */
LG_MUST_USE struct lg_err wire_json_request(const char *path, struct arena *arena, struct span json,
                                            const char **out_sentence, struct span *out_bytes);
LG_MUST_USE struct lg_err wire_json_reply(const char *path, struct arena *arena, struct span bytes,
                                          struct span *out_json);

#endif
