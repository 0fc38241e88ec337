/* SPDX-License-Identifier: Apache-2.0 */
/* The key service over the wire: our client, our server, certificates of a CA made for the run. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/arena.h"
#include "gateway/keyd/keyd.h"
#include "gateway/keyd/serve.h"
#include "gateway/wire/keys.h"
#include "tests/support/ca.h"

#include <cmocka.h>

enum { ARENA_SIZE = 4 << 20, TURNS_MAX = 3000, CALL_MS = 5000 };

struct fixture {
    struct support_ca ca;
    struct support_files server_files;
    struct support_files client_files;
    char folder[64];
    int64_t now_ms; /* stands still after the start: certificates are valid, timers never fire */
    char caller[64];
    char *callers[1];
    struct config_keyd config;
    struct config_party party;
    struct config_partnership partnership;
    struct keyd *keyd;
    struct tls_context *server_tls;
    struct tls_context *client_tls;
    struct keyd_worker *worker;
    struct http2_host *host;
    struct grpc_channel *channel;
    struct arena *arena;
    bool done;
    enum grpc_status status;
    char sentence[256];
    struct span reply;
};

static int64_t fixture_clock(void *ctx) {
    return ((const struct fixture *)ctx)->now_ms;
}

static void keys_open(struct fixture *f) {
    const struct keyd_settings settings = {
        .folder = f->folder,
        .epoch_first = 1,
        .epoch_last = 1,
        .evaluations_per_day = 300,
        .plain_evaluations_per_day = 1,
        .clock = {.wall_ms = fixture_clock, .mono_ms = fixture_clock, .ctx = f},
    };
    static char police[] = "police";
    snprintf(f->folder, sizeof f->folder, "/tmp/lockgate-serve-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->party.id = police;
    f->partnership.parties = &f->party;
    f->partnership.party_count = 1;
    assert_false(lg_failed(keyd_open(&settings, NULL, &f->keyd)));
}

static void certificates_make(struct fixture *f) {
    support_ca_new(&f->ca, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&f->ca, "server", "keys keyd localhost");
    support_ca_run(&f->ca, "client", "hub gateway");
    support_files_set(&f->ca, "keys/keyd/server", &f->server_files);
    support_files_set(&f->ca, "hub/gateway/client", &f->client_files);
    assert_false(
        lg_failed(tls_context_new(TLS_SERVER, &f->server_files.files, NULL, &f->server_tls)));
    assert_false(
        lg_failed(tls_context_new(TLS_CLIENT, &f->client_files.files, NULL, &f->client_tls)));
}

/* A worker that lets `caller` in, and a channel to it in the same loop. */
static void network_open(struct fixture *f, const char *caller) {
    char address[32];
    snprintf(f->caller, sizeof f->caller, "%s", caller);
    f->callers[0] = f->caller;
    f->config.callers = f->callers;
    f->config.caller_count = 1;
    struct keyd_serve serve = {
        .answers = {.keyd = f->keyd, .partnership = &f->partnership},
        .config = &f->config,
        .tls = f->server_tls,
        .clock = {.wall_ms = fixture_clock, .mono_ms = fixture_clock, .ctx = f},
    };
    assert_false(lg_failed(http2_address_resolve("127.0.0.1:0", &serve.address)));
    assert_false(lg_failed(keyd_worker_new(&serve, &f->worker)));
    assert_false(lg_failed(http2_host_new(keyd_worker_loop(f->worker), &f->host)));
    snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)keyd_worker_port(f->worker));
    struct grpc_dial dial = {
        .host = f->host,
        .tls = f->client_tls,
        .dns_name = "localhost",
        .uri = "lockgate://bridgewater/keys/keyd",
        .seed = 1,
    };
    assert_false(lg_failed(http2_address_resolve(address, &dial.address)));
    assert_false(lg_failed(grpc_channel_new(&dial, &f->channel)));
}

static int setup(void **state) {
    struct vault_report report;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_false(lg_failed(vault_init(&report)));
    certificates_make(f);
    f->now_ms = (int64_t)time(NULL) * 1000;
    keys_open(f);
    assert_false(lg_failed(arena_new(ARENA_SIZE, &f->arena)));
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char path[128];
    grpc_channel_free(&f->channel);
    for (int i = 0; i < 10; i++) { /* what is closed goes at the end of a turn */
        loop_turn(keyd_worker_loop(f->worker), 0);
    }
    http2_host_free(&f->host);
    keyd_worker_free(&f->worker);
    tls_context_free(&f->server_tls);
    tls_context_free(&f->client_tls);
    keyd_close(&f->keyd);
    arena_free(&f->arena);
    support_ca_free(&f->ca);
    snprintf(path, sizeof path, "%s/root.key", f->folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/scalars", f->folder);
    unlink(path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    struct fixture *f = ctx;
    (void)leg;
    f->reply = arena_copy(f->arena, message);
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct fixture *f = ctx;
    (void)leg;
    f->done = true;
    f->status = outcome->status;
    snprintf(f->sentence, sizeof f->sentence, "%.*s", (int)outcome->message.len,
             outcome->message.ptr == NULL ? "" : (const char *)outcome->message.ptr);
}

static enum grpc_status call(struct fixture *f, const char *path, struct span message) {
    static const struct grpc_leg_events events = {.on_message = on_message, .on_done = on_done};
    struct grpc_leg *leg = NULL;
    struct grpc_request request = {
        .path = path, .kind = GRPC_UNARY, .message = message, .deadline_ms = f->now_ms + CALL_MS};
    f->done = false;
    f->reply = span_of(NULL, 0);
    assert_false(lg_failed(grpc_channel_call(f->channel, &request, &events, f, &leg)));
    for (int i = 0; i < TURNS_MAX && !f->done; i++) {
        loop_turn(keyd_worker_loop(f->worker), 1);
    }
    assert_true(f->done);
    return f->status;
}

/* `count` fresh elements of class N. */
static struct span evaluation(struct fixture *f, size_t count, const char *agency, bool plain) {
    struct vault_point *points = arena_array(f->arena, count, sizeof *points);
    struct span *items = arena_array(f->arena, count, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        vault_point_random(&points[i]);
        items[i] = span_of(points[i].bytes, sizeof points[i].bytes);
    }
    const struct wire_blinded_batch batch = {.token_class = TOKEN_N,
                                             .elements = {.items = items, .count = count}};
    const struct wire_keys_evaluate_request request = {
        .agency = span_text(agency), .batches = &batch, .batch_count = 1, .plain = plain};
    struct span message;
    assert_false(lg_failed(wire_keys_evaluate_request_encode(f->arena, &request, &message)));
    return message;
}

static void methods_answer(void **state) {
    struct fixture *f = *state;
    struct wire_report report;
    struct wire_evaluate_reply evaluated;
    struct wire_public_keys_reply keys;
    network_open(f, "lockgate://bridgewater/hub/gateway");
    assert_int_equal(call(f, "/lockgate.v1.Keys/PublicKeys", span_of(NULL, 0)), GRPC_OK);
    assert_false(lg_failed(wire_public_keys_reply_decode(f->arena, f->reply, &report, &keys)));
    assert_int_equal(keys.key_count, 5);
    struct span message = evaluation(f, VAULT_BATCH_MAX, "police", false);
    assert_int_equal(call(f, "/lockgate.v1.Keys/Evaluate", message), GRPC_OK);
    assert_false(
        lg_failed(wire_keys_evaluate_reply_decode(f->arena, f->reply, &report, &evaluated)));
    assert_int_equal(evaluated.batch_count, 1);
    assert_int_equal(evaluated.batches[0].elements.count, VAULT_BATCH_MAX);
    assert_int_equal(evaluated.batches[0].proof.len, VAULT_PROOF_SIZE);
}

static void refusals_have_their_status(void **state) {
    struct fixture *f = *state;
    network_open(f, "lockgate://bridgewater/hub/gateway");
    struct span message = evaluation(f, 2, "police", true);
    assert_int_equal(call(f, "/lockgate.v1.Keys/Evaluate", message), GRPC_RESOURCE_EXHAUSTED);
    assert_non_null(strstr(f->sentence, "today"));
    message = evaluation(f, 1, "stranger", false);
    assert_int_equal(call(f, "/lockgate.v1.Keys/Evaluate", message), GRPC_INVALID_ARGUMENT);
    assert_null(strstr(f->sentence, "stranger"));
    assert_int_equal(call(f, "/lockgate.v1.Keys/Evaluate", span_text("\xff\xff")),
                     GRPC_INVALID_ARGUMENT);
    assert_int_equal(call(f, "/lockgate.v1.Keys/Rotate", span_of(NULL, 0)), GRPC_UNIMPLEMENTED);
    /* And the connection still serves. */
    assert_int_equal(call(f, "/lockgate.v1.Keys/PublicKeys", span_of(NULL, 0)), GRPC_OK);
}

static void only_named_callers_are_served(void **state) {
    struct fixture *f = *state;
    network_open(f, "lockgate://bridgewater/hub/other");
    assert_int_not_equal(call(f, "/lockgate.v1.Keys/PublicKeys", span_of(NULL, 0)), GRPC_OK);
    assert_int_equal(f->reply.len, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(methods_answer),
        CASE(refusals_have_their_status),
        CASE(only_named_callers_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
