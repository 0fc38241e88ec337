/* SPDX-License-Identifier: Apache-2.0 */
/* A log and its witness over HTTP/2 in one loop: what is cosigned is kept and given out; what the
 * witness knows better freezes the log; what is merely wrong with a witness does not. */
#define _POSIX_C_SOURCE 200809L
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

static int64_t now(void *ctx) {
    (void)ctx;
    return INT64_C(1796040000000);
}

static void on_round(void *ctx) {
    struct scene *scene = ctx;
    scene->rounds++;
}

static void on_broken(void *ctx) {
    struct scene *scene = ctx;
    scene->is_broken = true;
}

static int setup(void **state) {
    return grpc_world_setup(state, LOCKGATE_SOURCE);
}

/* ---- The scene ---- */

static void witness_start(struct scene *scene) {
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

static uint16_t scene_port(const struct scene *scene) {
    return scene->fake != NULL ? http2_listener_port(scene->fake)
                               : witness_server_port(scene->server);
}

static void client_start(struct scene *scene) {
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

static struct scene *scene_begin(void **state) {
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

static void scene_end(struct scene *scene) {
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
static void rounds_await(struct scene *scene, size_t rounds) {
    for (int i = 0; i < TURNS_MAX && scene->rounds < rounds; i++) {
        loop_turn(scene->world->loop, TURN_MS);
    }
    assert_int_equal(scene->rounds, rounds);
}

static void next_round(struct scene *scene) {
    size_t rounds = scene->rounds;
    scene->world->mono_ms += LIMIT_WITNESS_ROUND_MS;
    rounds_await(scene, rounds + 1);
}

static void entries_add(struct audit_log *log, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        struct receipt *receipt = audit_support_commit_one(log, &fields);
        audit_receipt_free(&receipt);
    }
}

/* The size of the newest checkpoint that the witness has seen, which is one that it has signed. */
static uint64_t witnessed(struct scene *scene) {
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

static bool can_commit(struct audit_log *log) {
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
static void log_replace(struct scene *scene, struct audit_support *other, uint32_t entries) {
    audit_log_close(&scene->log);
    audit_support_init(other);
    other->config.sign_key = scene->support.sign;
    scene->log = audit_support_open(other);
    entries_add(scene->log, entries);
}

static void log_put_back(struct scene *scene, struct audit_support *other) {
    witness_client_free(&scene->client);
    audit_log_close(&scene->log);
    audit_support_done(other);
}

/* ---- Seen ---- */

static void every_round_is_seen(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    assert_int_equal(witnessed(scene), 1); /* NODE_EPOCH */
    for (uint32_t i = 1; i < 6; i++) {
        entries_add(scene->log, i);
        next_round(scene);
        assert_int_equal(witnessed(scene), audit_size(scene->log));
    }
    next_round(scene); /* nothing new: the same once more */
    assert_int_equal(witnessed(scene), audit_size(scene->log));
    assert_true(can_commit(scene->log));
    scene_end(scene);
}

static void a_client_that_starts_again_learns_the_size(void **state) {
    struct scene *scene = scene_begin(state);
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    assert_int_equal(witnessed(scene), 7);
    witness_client_free(&scene->client);
    entries_add(scene->log, 3);
    client_start(scene);
    rounds_await(scene, 2);
    assert_int_equal(witnessed(scene), 10);
    scene_end(scene);
}

static void receipts_rest_on_what_was_seen(void **state) {
    struct scene *scene = scene_begin(state);
    struct receipt_form form;
    struct audit_proof proof;
    struct audit_verified verified;
    struct audit_vkey vkey;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    entries_add(scene->log, 4);
    assert_false(lg_failed(audit_vkey_read(span_text(scene->log_vkey), &vkey)));
    const struct {
        uint64_t index;
        uint64_t size;
        size_t lines;
    } cases[] = {{0, 7, 2}, {6, 7, 2}, {7, 11, 1}, {10, 11, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(lg_failed(audit_entry_receipt(scene->log, cases[i].index, scene->arena, &form,
                                                   &proof.checkpoint)));
        proof.form = form;
        assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
        assert_int_equal(verified.size, cases[i].size);
        struct audit_note note;
        size_t lines = 0;
        assert_false(lg_failed(audit_note_read(proof.checkpoint, &note)));
        for (size_t at = 0; at < note.signatures.len; at++) {
            lines += note.signatures.ptr[at] == '\n' ? 1 : 0;
        }
        assert_int_equal(lines, cases[i].lines);
    }
    scene_end(scene);
}

/* ---- Frozen ---- */

static void assert_frozen(struct scene *scene, struct audit_support *other, const char *why) {
    struct audit_log *log = NULL;
    struct diag diag;
    char path[2 * SUPPORT_PATH_SIZE];
    char text[64] = "";
    assert_false(can_commit(scene->log));
    snprintf(path, sizeof path, "%s/frozen", other->folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = '\0';
    assert_string_equal(text, why);
    witness_client_free(&scene->client);
    audit_log_close(&scene->log);
    struct lg_err err = audit_log_open(&other->config, &diag, NULL, &log);
    assert_int_equal(lg_err_code(err), AUDIT_FROZEN);
    assert_non_null(strstr(diag.text, "frozen"));
    assert_int_equal(remove(path), 0); /* somebody has looked */
    scene->log = audit_support_open(other);
    assert_true(can_commit(scene->log));
}

static void a_witness_that_knows_more_freezes_the_log(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_replace(scene, &other, 2);
    client_start(scene);
    rounds_await(scene, 2);
    assert_frozen(scene, &other, "larger-size");
    log_put_back(scene, &other);
    scene_end(scene);
}

static void another_history_freezes_the_log(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_replace(scene, &other, 9);
    client_start(scene);
    rounds_await(scene, 2);
    assert_frozen(scene, &other, "other-history");
    log_put_back(scene, &other);
    scene_end(scene);
}

static void another_root_of_one_size_freezes_the_log(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_replace(scene, &other, 6);
    client_start(scene);
    rounds_await(scene, 2);
    assert_frozen(scene, &other, "other-root");
    log_put_back(scene, &other);
    scene_end(scene);
}

/* ---- Merely missing ---- */

static void on_fake_headers(void *ctx, struct http2_stream *stream,
                            const struct http2_block *block) {
    (void)ctx;
    (void)stream;
    assert_true(span_equal_text(block->path, "/add-checkpoint"));
}

static void on_fake_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
}

static void on_fake_end(void *ctx, struct http2_stream *stream) {
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

static void fake_start(struct scene *scene) {
    struct http2_listen listen = {
        .host = scene->world->host, .tls = scene->world->server_tls, .events = &FAKE, .ctx = scene};
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &listen.address)));
    assert_false(lg_failed(http2_listener_new(&listen, &scene->fake)));
}

static void a_witness_that_errs_changes_nothing(void **state) {
    static char large[LIMIT_WITNESS_ANSWER + 2];
    static const struct {
        const char *status;
        const char *body;
    } answers[] = {
        {"200", "\n"},
        {"200", "no line\n"},
        {"200", "\xe2\x80\x94 witness.example AAAA\n"},
        {"200", "\xe2\x80\x94 another.example AAAAAAAA\n"},
        {"200", large},
        {"400", "bad\n"},
        {"403", "no\n"},
        {"404", "no\n"},
        {"409", "\n"},
        {"409", "many\n"},
        {"409", "3"},
        {"409", "-1\n"},
        {"409", "0\n"},
        {"409", "007\n"},
        {"409", "18446744073709551616\n"},
        {"422", "proof\n"},
        {"500", "oh\n"},
        {"", "\n"},
    };
    struct scene *scene = scene_begin(state);
    memset(large, 'x', sizeof large - 1);
    entries_add(scene->log, 6);
    fake_start(scene);
    scene->fake_status = "503";
    scene->fake_body = span_text("later\n");
    client_start(scene);
    rounds_await(scene, 1);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        scene->fake_status = answers[i].status;
        scene->fake_body = span_text(answers[i].body);
        next_round(scene);
        assert_int_equal(witnessed(scene), 0);
        assert_true(can_commit(scene->log));
    }
    scene_end(scene);
}

static void a_witness_that_is_not_there_changes_nothing(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    uint64_t size = witnessed(scene);
    witness_server_free(&scene->server);
    entries_add(scene->log, 3);
    next_round(scene);
    next_round(scene);
    assert_true(can_commit(scene->log));
    assert_int_equal(witnessed(scene), size);
    scene_end(scene);
}

/* Each allocation of the loop's thread fails in turn, at the witness and at the log: a round may be
 * lost by it, and nothing else. */
static void without_memory_a_round_is_lost(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    for (uint64_t n = 1; n < 150; n++) {
        support_alloc_fail_at(n);
        scene->world->mono_ms += LIMIT_WITNESS_ROUND_MS;
        for (int i = 0; i < 12; i++) {
            loop_turn(scene->world->loop, 1);
        }
        support_alloc_fail_at(0);
        assert_false(audit_log_is_frozen(scene->log));
        assert_false(scene->is_broken);
    }
    entries_add(scene->log, 2);
    scene->world->mono_ms += 2 * LIMIT_WITNESS_ROUND_MS;
    for (int i = 0; i < TURNS_MAX && witnessed(scene) < audit_size(scene->log); i++) {
        scene->world->mono_ms += LIMIT_WITNESS_ROUND_MS / 50;
        loop_turn(scene->world->loop, TURN_MS);
    }
    assert_int_equal(witnessed(scene), audit_size(scene->log));
    scene_end(scene);
}

static void a_key_that_is_no_witness_is_told(void **state) {
    struct scene *scene = scene_begin(state);
    struct diag diag = {0};
    scene->peer = (struct witness_peer){.dns = "127.0.0.1", .uri = URI, .vkey = scene->log_vkey};
    const struct witness_watch watch = {.log = scene->log,
                                        .host = scene->world->host,
                                        .tls = scene->world->client_tls,
                                        .peers = &scene->peer,
                                        .peer_count = 1};
    struct lg_err err = witness_client_new(&watch, &diag, &scene->client);
    assert_int_equal(lg_err_code(err), WITNESS_KEYS);
    assert_non_null(strstr(diag.text, URI));
    scene_end(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_round_is_seen),
        cmocka_unit_test(a_client_that_starts_again_learns_the_size),
        cmocka_unit_test(receipts_rest_on_what_was_seen),
        cmocka_unit_test(a_witness_that_knows_more_freezes_the_log),
        cmocka_unit_test(another_history_freezes_the_log),
        cmocka_unit_test(another_root_of_one_size_freezes_the_log),
        cmocka_unit_test(a_witness_that_errs_changes_nothing),
        cmocka_unit_test(a_witness_that_is_not_there_changes_nothing),
        cmocka_unit_test(without_memory_a_round_is_lost),
        cmocka_unit_test(a_key_that_is_no_witness_is_told),
    };
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
