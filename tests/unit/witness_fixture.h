/* SPDX-License-Identifier: Apache-2.0 */
/* A log whose tree can be had at every size, and a witness of it on a disk that forgets. Included
 * by its tests. */
#ifndef TESTS_UNIT_WITNESS_FIXTURE_H
#define TESTS_UNIT_WITNESS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "gateway/witness/witness.h"
#include "tests/support/audit_disk.h"
#include "tests/support/audit_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA_SIZE = 1 << 20, LEAVES = 64, SIGNED_SIZE = 4 + VAULT_SIGNATURE_SIZE };

static const char ORIGIN[] = "log.example/one";
static const int64_t NOW_MS = INT64_C(1796040000000);

/* A log of LEAVES leaves whose tree can be had at every size, and a witness of it. */
struct world {
    struct disk *disk;
    struct audit_file_ops ops;
    struct vault_key *log_key;
    struct vault_key *other_key;
    struct vault_key *witness_key;
    struct audit_vkey log_vkey;
    char log_text[AUDIT_VKEY_SIZE_MAX];
    char other_text[AUDIT_VKEY_SIZE_MAX];
    const char *logs[2];
    struct witness_config config;
    struct witness *witness;
    struct arena *arena;
};

static inline int64_t now(void *ctx) {
    (void)ctx;
    return NOW_MS;
}

static inline void leaf_of(uint64_t index, struct audit_hash *out_hash) {
    uint8_t byte = (uint8_t)index;
    audit_merkle_leaf(span_of(&byte, 1), out_hash);
}

LG_MUST_USE static inline struct lg_err node_of(void *ctx, unsigned level, uint64_t index,
                                                struct audit_hash *out_node) {
    struct audit_edge edge = {.size = 0};
    (void)ctx;
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        struct audit_hash hash;
        leaf_of(i, &hash);
        audit_edge_add(&edge, &hash);
    }
    audit_edge_root(&edge, out_node);
    return LG_OK;
}

static const struct audit_nodes NODES = {.node = node_of};

static inline void witness_start(struct world *world) {
    struct diag diag;
    assert_false(lg_failed(witness_open(&world->config, &diag, &world->witness)));
}

static inline void world_init(struct world *world) {
    *world = (struct world){.disk = disk_new(0)};
    world->ops = disk_ops(world->disk);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->log_key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->other_key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->witness_key)));
    assert_false(lg_failed(arena_new(ARENA_SIZE, &world->arena)));
    world->log_vkey = audit_vkey_of(ORIGIN, world->log_key, AUDIT_KEY_ED25519);
    struct audit_vkey other = audit_vkey_of(ORIGIN, world->other_key, AUDIT_KEY_ED25519);
    audit_vkey_text(&world->log_vkey, world->log_text);
    audit_vkey_text(&other, world->other_text);
    world->logs[0] = world->log_text;
    world->logs[1] = world->other_text;
    world->config = (struct witness_config){
        .folder = "witness",
        .name = "witness.example",
        .sign_key = world->witness_key,
        .is_new = true,
        .logs = world->logs,
        .log_count = 1,
        .clock = {.wall_ms = now, .mono_ms = now},
        .files = &world->ops,
    };
    witness_start(world);
    world->config.is_new = false;
}

/* The process ends, and the machine goes on. */
static inline void witness_end(struct world *world) {
    witness_free(&world->witness);
    disk_process_end(world->disk);
}

static inline void world_done(struct world *world) {
    witness_end(world);
    vault_key_free(&world->log_key);
    vault_key_free(&world->other_key);
    vault_key_free(&world->witness_key);
    arena_free(&world->arena);
    disk_free(&world->disk);
}

/* ---- Requests */

static inline void root_of(uint64_t size, struct audit_hash *out_root) {
    assert_false(lg_failed(audit_merkle_root(&NODES, size, out_root)));
}

static inline struct span checkpoint_of(struct world *world, uint64_t size,
                                        const struct audit_hash *root) {
    struct audit_checkpoint_text text;
    audit_checkpoint_sign(&world->log_vkey, world->log_key, size, root, &text);
    return arena_copy(world->arena, span_of(text.text, text.len));
}

/* The honest request from one size to another. */
static inline struct witness_request request_of(struct world *world, uint64_t from, uint64_t to) {
    struct witness_request request = {.old_size = from};
    struct audit_hash root;
    root_of(to, &root);
    if (from > 0 && from <= to) {
        assert_false(lg_failed(audit_merkle_consistency(&NODES, from, to, &request.proof)));
    }
    request.note = checkpoint_of(world, to, &root);
    return request;
}

static inline struct span bytes_of(struct world *world, const struct witness_request *request) {
    struct span bytes;
    assert_false(lg_failed(witness_request_write(request, world->arena, &bytes)));
    return bytes;
}

static inline unsigned status_of(struct world *world, struct span bytes) {
    struct witness_reply reply = {.status = 0};
    assert_false(lg_failed(witness_add_checkpoint(world->witness, bytes, &reply)));
    assert_true(reply.len > 0);
    assert_true(reply.len < sizeof reply.body);
    assert_int_equal(reply.body[reply.len - 1], '\n');
    return reply.status;
}

static inline unsigned ask(struct world *world, uint64_t from, uint64_t to) {
    struct witness_request request = request_of(world, from, to);
    return status_of(world, bytes_of(world, &request));
}

/* 409 with this size, and its content type. */
static inline void assert_conflict(struct world *world, const struct witness_request *request,
                                   const char *size) {
    struct witness_reply reply = {.status = 0};
    assert_false(
        lg_failed(witness_add_checkpoint(world->witness, bytes_of(world, request), &reply)));
    assert_int_equal(reply.status, 409);
    assert_string_equal(reply.type, "text/x.tlog.size");
    assert_true(span_equal_text(span_of(reply.body, reply.len), size));
}

#endif
