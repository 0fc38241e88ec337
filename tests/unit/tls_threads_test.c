/* SPDX-License-Identifier: Apache-2.0 */
/* Workers shake hands and look at their peers while another thread takes new certificates and lists
 * over: every handshake is whole, with the old or with the new. Made for the thread sanitizer. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "tests/support/ca.h"

#include <cmocka.h>

enum { WORKERS = 3, RENEWALS = 6 };

struct shared {
    struct tls_context *client;
    struct tls_context *server;
    atomic_bool is_over;
    atomic_uint handshakes;
    atomic_uint failed;
    int64_t now_s;
};

static void *work(void *ctx) {
    struct shared *shared = ctx;
    while (!atomic_load(&shared->is_over)) {
        struct support_pair pair;
        support_pair_new(shared->client, shared->server, "localhost",
                         "lockgate://bridgewater/hub/gateway", &pair);
        bool good = !lg_failed(pair.client_err) && !lg_failed(pair.server_err) &&
                    tls_stream_peer_is_valid(pair.server, shared->now_s) &&
                    tls_stream_peer_is_valid(pair.client, shared->now_s);
        atomic_fetch_add(good ? &shared->handshakes : &shared->failed, 1);
        support_pair_free(&pair);
    }
    return NULL;
}

static void refresh(struct tls_context *context) {
    struct diag diag = {0};
    bool changed = false;
    assert_false(lg_failed(tls_context_refresh(context, &diag, &changed)));
    assert_true(changed);
}

static void test_refresh_beside_handshakes(void **state) {
    struct support_ca ca;
    struct support_files files[2];
    struct shared shared = {.now_s = (int64_t)time(NULL) + 60};
    pthread_t threads[WORKERS];
    (void)state;
    support_ca_new(&ca, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&ca, "client", "police cases");
    support_ca_run(&ca, "server", "hub gateway localhost");
    support_files_set(&ca, "police/cases/client", &files[0]);
    support_files_set(&ca, "hub/gateway/server", &files[1]);
    assert_false(lg_failed(tls_context_new(TLS_CLIENT, &files[0].files, NULL, &shared.client)));
    assert_false(lg_failed(tls_context_new(TLS_SERVER, &files[1].files, NULL, &shared.server)));
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, &shared), 0);
    }
    for (int i = 0; i < RENEWALS; i++) {
        unsigned before = atomic_load(&shared.handshakes);
        support_ca_run(&ca, "renew", i % 2 == 0 ? "hub/gateway" : "police/cases");
        support_ca_run(&ca, "crl", "");
        refresh(shared.server);
        refresh(shared.client);
        while (atomic_load(&shared.handshakes) < before + WORKERS &&
               atomic_load(&shared.failed) == 0) {
            (void)sched_yield();
        }
    }
    atomic_store(&shared.is_over, true);
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&shared.failed), 0);
    assert_int_equal(tls_context_generation(shared.server), 1 + RENEWALS / 2);
    assert_int_equal(tls_context_generation(shared.client), 1 + RENEWALS / 2);
    tls_context_free(&shared.client);
    tls_context_free(&shared.server);
    support_ca_free(&ca);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refresh_beside_handshakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
