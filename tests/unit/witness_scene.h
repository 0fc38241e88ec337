/* SPDX-License-Identifier: Apache-2.0 */
/* A log and its witness over HTTP/2 in one loop. Included by its tests. */
#ifndef TESTS_UNIT_WITNESS_SCENE_H
#define TESTS_UNIT_WITNESS_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/note.h"
#include "gateway/audit/witnessed.h"
#include "gateway/witness/client.h"
#include "gateway/witness/serve.h"
#include "tests/support/audit_support.h"
#include "tests/support/grpc_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { TURNS_MAX = 2000, TURN_MS = 5, ARENA_SIZE = 1 << 20 };

static const char URI[] = "lockgate://bridgewater/hub/gateway";

/* A witness with its server, a log, and the client between them. */
struct scene {
    struct grpc_world *world;
    struct audit_support home; /* of the witness */
    struct audit_support support;
    struct audit_log *log;
    struct vault_key *key;
    char log_vkey[AUDIT_VKEY_SIZE_MAX];
    char vkey[AUDIT_VKEY_SIZE_MAX];
    struct witness *witness;
    struct witness_server *server;
    struct http2_listener *fake;
    const char *fake_status;
    struct span fake_body;
    struct witness_peer peer;
    struct witness_client *client;
    size_t rounds;
    bool is_broken;
    struct arena *arena;
};

static inline int64_t now(void *ctx) {
    (void)ctx;
    return INT64_C(1796040000000);
}

static inline void on_round(void *ctx) {
    struct scene *scene = ctx;
    scene->rounds++;
}

static inline void on_broken(void *ctx) {
    struct scene *scene = ctx;
    scene->is_broken = true;
}

static inline int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* ---- The scene ---- */

static inline void witness_start(struct scene *scene) {
    struct diag diag;
    const char *logs = scene->log_vkey;
    const struct witness_config config = {.folder = scene->home.folder,
                                          .name = "witness.example",
                                          .sign_key = scene->key,
                                          .is_new = true,
                                          .logs = &logs,
                                          .log_count = 1,
                                          .clock = {.wall_ms = now, .mono_ms = now}};
    assert_false(lg_failed(witness_open(&config, &diag, &scene->witness)));
    witness_vkey_write(scene->witness, scene->vkey);
    struct witness_serve serve = {.witness = scene->witness,
                                  .host = scene->world->host,
                                  .tls = scene->world->server_tls,
                                  .on_broken = on_broken,
                                  .ctx = scene};
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_false(lg_failed(witness_server_new(&serve, &scene->server)));
}

static inline uint16_t scene_port(const struct scene *scene) {
    return scene->fake != NULL ? http2_listener_port(scene->fake)
                               : witness_server_port(scene->server);
}

static inline void client_start(struct scene *scene) {
    struct diag diag;
    char text[64];
    snprintf(text, sizeof text, "127.0.0.1:%u", scene_port(scene));
    scene->peer = (struct witness_peer){.dns = "127.0.0.1", .uri = URI, .vkey = scene->vkey};
    assert_false(lg_failed(http2_address_resolve(text, &scene->peer.address)));
    const struct witness_watch watch = {.log = scene->log,
                                        .host = scene->world->host,
                                        .tls = scene->world->client_tls,
                                        .peers = &scene->peer,
                                        .peer_count = 1,
                                        .on_round = on_round,
                                        .ctx = scene};
    assert_false(lg_failed(witness_client_new(&watch, &diag, &scene->client)));
}

static inline struct scene *scene_begin(void **state) {
    static struct scene scene;
    scene = (struct scene){.world = *state};
    assert_false(lg_failed(arena_new(ARENA_SIZE, &scene.arena)));
    audit_support_init(&scene.home);
    audit_support_init(&scene.support);
    scene.log = audit_support_open(&scene.support);
    audit_vkey_write(scene.log, scene.log_vkey);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &scene.key)));
    witness_start(&scene);
    return &scene;
}

static inline void scene_end(struct scene *scene) {
    witness_client_free(&scene->client);
    witness_server_free(&scene->server);
    http2_listener_free(&scene->fake);
    for (int i = 0; i < 5; i++) {
        grpc_world_turn(scene->world);
    }
    witness_free(&scene->witness);
    audit_log_close(&scene->log);
    vault_key_free(&scene->key);
    arena_free(&scene->arena);
    audit_support_done(&scene->support);
    audit_support_done(&scene->home);
}

/* The loop turns until so many rounds are over. */
static inline void rounds_await(struct scene *scene, size_t rounds) {
    for (int i = 0; i < TURNS_MAX && scene->rounds < rounds; i++) {
        loop_turn(scene->world->loop, TURN_MS);
    }
    assert_int_equal(scene->rounds, rounds);
}

static inline void next_round(struct scene *scene) {
    size_t rounds = scene->rounds;
    scene->world->mono_ms += LIMIT_WITNESS_ROUND_MS;
    rounds_await(scene, rounds + 1);
}

static inline void entries_add(struct audit_log *log, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        struct receipt *receipt = audit_support_commit_one(log, &fields);
        audit_receipt_free(&receipt);
    }
}

/* The size of the newest checkpoint that the witness has seen, which is one that it has signed. */
static inline uint64_t witnessed(struct scene *scene) {
    struct span note;
    struct audit_note parsed;
    struct audit_vkey keys[2];
    struct audit_signer signers[2];
    uint64_t size = 0;
    assert_false(
        lg_failed(audit_witnessed_read(scene->log, INT64_MAX, scene->arena, &note, &size)));
    if (note.ptr == NULL) {
        return 0;
    }
    assert_false(lg_failed(audit_vkey_read(span_text(scene->vkey), &keys[0])));
    assert_false(lg_failed(audit_vkey_read(span_text(scene->log_vkey), &keys[1])));
    assert_false(lg_failed(audit_note_read(note, &parsed)));
    assert_false(lg_failed(audit_note_signers(&parsed, keys, 2, signers)));
    assert_true(signers[0].has_signed);
    assert_true(signers[1].has_signed);
    return size;
}

static inline bool can_commit(struct audit_log *log) {
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    if (audit_log_is_frozen(log)) {
        struct lg_err err = audit_commit_wait(log, &batch, (audit_on_done_fn)abort, NULL);
        assert_int_equal(lg_err_code(err), AUDIT_FROZEN);
        assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
        return false;
    }
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    return true;
}

/* Another log of the same name and key in a folder of its own: what a copy that was put back, or a
 * second gateway, is. */
static inline void log_replace(struct scene *scene, struct audit_support *other, uint32_t entries) {
    audit_log_close(&scene->log);
    audit_support_init(other);
    other->config.sign_key = scene->support.sign;
    scene->log = audit_support_open(other);
    entries_add(scene->log, entries);
}

static inline void log_put_back(struct scene *scene, struct audit_support *other) {
    witness_client_free(&scene->client);
    audit_log_close(&scene->log);
    audit_support_done(other);
}

/* ---- A server that says whatever it is told to ---- */

static inline void on_fake_headers(void *ctx, struct http2_stream *stream,
                                   const struct http2_block *block) {
    (void)ctx;
    (void)stream;
    assert_true(span_equal_text(block->path, "/add-checkpoint"));
}

static inline void on_fake_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
}

static inline void on_fake_end(void *ctx, struct http2_stream *stream) {
    struct scene *scene = ctx;
    const struct http2_field status = {.name = span_text(":status"),
                                       .value = span_text(scene->fake_status)};
    if (scene->fake_status[0] == '\0') {
        http2_stream_reset(stream, HTTP2_INTERNAL_ERROR, false);
    } else {
        assert_false(lg_failed(http2_stream_respond(stream, &status, 1, false)));
        assert_false(lg_failed(http2_stream_send(stream, (struct span){0}, scene->fake_body)));
        assert_false(lg_failed(http2_stream_finish(stream, NULL, 0)));
    }
    http2_stream_release(&stream);
}

static const struct http2_events FAKE = {
    .on_headers = on_fake_headers, .on_data = on_fake_data, .on_end = on_fake_end};

static inline void fake_start(struct scene *scene) {
    struct http2_listen listen = {
        .host = scene->world->host, .tls = scene->world->server_tls, .events = &FAKE, .ctx = scene};
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &listen.address)));
    assert_false(lg_failed(http2_listener_new(&listen, &scene->fake)));
}

#endif
