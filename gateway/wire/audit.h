/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the service Audit. wire.h says what decoding and encoding promise. */
#ifndef GATEWAY_WIRE_AUDIT_H
#define GATEWAY_WIRE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/wire/wire.h"

struct wire_audit_get_request {
    struct ground ground;
    uint64_t index;
    uint64_t held_size; /* of the tree of an earlier receipt of the entry; 0: none */
};

struct wire_audit_get_reply {
    struct verdict verdict;
    struct wire_logged logged;
    uint64_t held_size;
    struct span_list consistency; /* 32-byte hashes, from held_size to the checkpoint's */
};

struct wire_prove_request {
    uint64_t index;
    uint64_t size; /* of the tree; 0: the newest checkpoint's */
};

/* path: 32-byte hashes, from the leaf up; leaf_hash and root: 32 bytes. */
struct wire_prove_reply {
    uint64_t index;
    uint64_t size;
    struct span_list path;
    struct span leaf_hash;
    struct span root;
};

struct wire_consistency_request {
    uint64_t from_size;
    uint64_t to_size; /* 0: the newest checkpoint's */
};

struct wire_consistency_reply {
    uint64_t from_size;
    uint64_t to_size;
    struct span_list path;
};

/* AuditGetRequest. Strict. */
LG_MUST_USE struct lg_err wire_audit_get_request_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_audit_get_request *out_request);
LG_MUST_USE struct lg_err
wire_audit_get_request_encode(struct arena *arena, const struct wire_audit_get_request *request,
                              struct span *out_bytes);

/* AuditGetReply. Lenient. */
LG_MUST_USE struct lg_err wire_audit_get_reply_decode(struct arena *arena, struct span bytes,
                                                      struct wire_report *report,
                                                      struct wire_audit_get_reply *out_reply);
LG_MUST_USE struct lg_err wire_audit_get_reply_encode(struct arena *arena,
                                                      const struct wire_audit_get_reply *reply,
                                                      struct span *out_bytes);

/* ProveRequest. Strict. */
LG_MUST_USE struct lg_err wire_prove_request_decode(struct arena *arena, struct span bytes,
                                                    struct wire_report *report,
                                                    struct wire_prove_request *out_request);
LG_MUST_USE struct lg_err wire_prove_request_encode(struct arena *arena,
                                                    const struct wire_prove_request *request,
                                                    struct span *out_bytes);

/* ProveReply. Lenient. */
LG_MUST_USE struct lg_err wire_prove_reply_decode(struct arena *arena, struct span bytes,
                                                  struct wire_report *report,
                                                  struct wire_prove_reply *out_reply);
LG_MUST_USE struct lg_err wire_prove_reply_encode(struct arena *arena,
                                                  const struct wire_prove_reply *reply,
                                                  struct span *out_bytes);

/* CheckpointReply <-> the note of its checkpoint. Lenient. */
LG_MUST_USE struct lg_err wire_checkpoint_reply_decode(struct arena *arena, struct span bytes,
                                                       struct wire_report *report,
                                                       struct span *out_note);
LG_MUST_USE struct lg_err wire_checkpoint_reply_encode(struct arena *arena, const struct span *note,
                                                       struct span *out_bytes);

/* ConsistencyRequest. Strict. */
LG_MUST_USE struct lg_err
wire_consistency_request_decode(struct arena *arena, struct span bytes, struct wire_report *report,
                                struct wire_consistency_request *out_request);
LG_MUST_USE struct lg_err
wire_consistency_request_encode(struct arena *arena, const struct wire_consistency_request *request,
                                struct span *out_bytes);

/* ConsistencyReply. Lenient. */
LG_MUST_USE struct lg_err wire_consistency_reply_decode(struct arena *arena, struct span bytes,
                                                        struct wire_report *report,
                                                        struct wire_consistency_reply *out_reply);
LG_MUST_USE struct lg_err wire_consistency_reply_encode(struct arena *arena,
                                                        const struct wire_consistency_reply *reply,
                                                        struct span *out_bytes);

#endif
