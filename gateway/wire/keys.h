/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Keys, which the key service implements. wire.h says what decoding and
 * encoding promise. */
#ifndef GATEWAY_WIRE_KEYS_H
#define GATEWAY_WIRE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/subjects.h"
#include "gateway/wire/wire.h"

struct wire_keys_evaluate_request {
    struct span agency;
    const struct wire_blinded_batch *batches;
    size_t batch_count;
    bool plain;
};

/* elements: 1 to 256 spans of 32 bytes. */
struct wire_pseudonymise_request {
    struct span agreement;
    struct span recipient;
    uint32_t epoch;
    struct span_list elements;
};

struct wire_keys_translate_request {
    struct span from_agreement;
    struct span from_recipient;
    struct span to_agreement;
    struct span to_recipient;
    uint32_t epoch;
    struct span_list elements;
};

struct wire_public_key {
    enum token_class token_class;
    uint32_t epoch;
    struct span key; /* 32 bytes */
};

struct wire_public_keys_reply {
    const struct wire_public_key *keys;
    size_t key_count;
};

/* KeysEvaluateRequest. Strict. */
LG_MUST_USE struct lg_err
wire_keys_evaluate_request_decode(struct arena *arena, struct span bytes,
                                  struct wire_report *report,
                                  struct wire_keys_evaluate_request *out_request);
LG_MUST_USE struct lg_err wire_keys_evaluate_request_encode(
    struct arena *arena, const struct wire_keys_evaluate_request *request, struct span *out_bytes);

/* KeysEvaluateReply. Lenient. */
LG_MUST_USE struct lg_err wire_keys_evaluate_reply_decode(struct arena *arena, struct span bytes,
                                                          struct wire_report *report,
                                                          struct wire_evaluate_reply *out_reply);
LG_MUST_USE struct lg_err wire_keys_evaluate_reply_encode(struct arena *arena,
                                                          const struct wire_evaluate_reply *reply,
                                                          struct span *out_bytes);

/* PseudonymiseRequest. Strict. */
LG_MUST_USE struct lg_err
wire_pseudonymise_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                 struct wire_pseudonymise_request *out_request);
LG_MUST_USE struct lg_err wire_pseudonymise_request_encode(
    struct arena *arena, const struct wire_pseudonymise_request *request, struct span *out_bytes);

/* PseudonymiseReply <-> its elements. Lenient. */
LG_MUST_USE struct lg_err wire_pseudonymise_reply_decode(struct arena *arena, struct span bytes,
                                                         struct wire_report *report,
                                                         struct span_list *out_elements);
LG_MUST_USE struct lg_err wire_pseudonymise_reply_encode(struct arena *arena,
                                                         const struct span_list *elements,
                                                         struct span *out_bytes);

/* KeysTranslateRequest. Strict. */
LG_MUST_USE struct lg_err
wire_keys_translate_request_decode(struct arena *arena, struct span bytes,
                                   struct wire_report *report,
                                   struct wire_keys_translate_request *out_request);
LG_MUST_USE struct lg_err wire_keys_translate_request_encode(
    struct arena *arena, const struct wire_keys_translate_request *request, struct span *out_bytes);

/* KeysTranslateReply <-> its elements. Lenient. */
LG_MUST_USE struct lg_err wire_keys_translate_reply_decode(struct arena *arena, struct span bytes,
                                                           struct wire_report *report,
                                                           struct span_list *out_elements);
LG_MUST_USE struct lg_err wire_keys_translate_reply_encode(struct arena *arena,
                                                           const struct span_list *elements,
                                                           struct span *out_bytes);

/* PublicKeysReply. Lenient. */
LG_MUST_USE struct lg_err wire_public_keys_reply_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_public_keys_reply *out_reply);
LG_MUST_USE struct lg_err wire_public_keys_reply_encode(struct arena *arena,
                                                        const struct wire_public_keys_reply *reply,
                                                        struct span *out_bytes);

#endif
