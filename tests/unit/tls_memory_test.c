/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at each step of the judgement over a peer: a good one may then be refused, a bad
 * one is never let in. A check that quietly did not run would show here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/chain.h"
#include "tests/support/support.h"
#include "tests/support/tls_world.h"

#include <cmocka.h>

/* Thousands of allocations and a handshake each: every one for the good peer, every fifth for each
 * of the bad, which begin at another one in turn. */
enum { STEP = 5 };

struct scene {
    struct chain_world world;
    struct chain_plan plan;
    struct chain_session *session;
    struct raw_chain chain;
};

static void begin(struct scene *scene, void (*spoil)(struct chain_plan *plan)) {
    chain_world_new(&scene->world);
    chain_plan_init(&scene->world, TLS_SERVER, &scene->plan);
    if (spoil != NULL) {
        spoil(&scene->plan);
    }
    scene->session = chain_session_open(&scene->world, &scene->plan);
    scene->chain = (struct raw_chain){
        .certificates = {chain_leaf(&scene->plan)}, .count = 1, .key = scene->plan.leaf.key};
}

static void end(struct scene *scene) {
    OPENSSL_free((void *)(uintptr_t)scene->chain.certificates[0].ptr);
    chain_session_close(&scene->session);
    chain_world_free(&scene->world);
}

/* The client has sent all; the n-th allocation of our side's last step fails. Whether it was let
 * in, and in *out_done whether there was no n-th allocation any more. */
static bool is_let_in(struct scene *scene, uint64_t n, bool *out_done) {
    struct raw_meeting meeting;
    unsigned events = 0;
    raw_meeting_new(chain_session_context(scene->session), NULL, NULL, &meeting);
    assert_true(raw_client_hello(&meeting, NULL));
    raw_send_certificate(meeting.raw, &scene->chain);
    raw_send_verify(meeting.raw, scene->chain.key);
    raw_send_finished(meeting.raw);
    support_alloc_fail_at(n);
    struct lg_err err = tls_stream_handshake(meeting.ours, &events);
    *out_done = support_alloc_seen() < n;
    support_alloc_fail_at(0);
    bool let_in = !lg_failed(err);
    if (let_in) {
        assert_string_equal(tls_stream_peer(meeting.ours)->agency, "police");
    }
    raw_meeting_free(&meeting);
    return let_in;
}

/* How often it was let in; of the allocations every `step`-th fails, from the `first` on. */
static size_t let_in_of(void (*spoil)(struct chain_plan *plan), uint64_t first, uint64_t step) {
    struct scene scene;
    size_t let_in = 0;
    bool done = false;
    begin(&scene, spoil);
    for (uint64_t n = first; !done; n += step) {
        assert_true(n < 20000);
        let_in += is_let_in(&scene, n, &done) ? 1 : 0;
    }
    end(&scene);
    return let_in;
}

static void test_a_good_peer(void **state) {
    (void)state;
    /* The last round, where nothing fails, at least. */
    assert_true(let_in_of(NULL, 1, 1) >= 1);
}

static void authority(struct chain_plan *plan) {
    plan->leaf.slots[CHAIN_BASIC] = "basicConstraints=critical,CA:TRUE";
}

static void both_usages(struct chain_plan *plan) {
    plan->leaf.slots[CHAIN_EXTENDED] = "extendedKeyUsage=clientAuth,serverAuth";
}

static void server_usage(struct chain_plan *plan) {
    plan->leaf.slots[CHAIN_EXTENDED] = "extendedKeyUsage=serverAuth";
}

static void no_usage(struct chain_plan *plan) {
    plan->leaf.slots[CHAIN_USAGE] = NULL;
}

static void host_beside(struct chain_plan *plan) {
    plan->leaf.slots[CHAIN_NAMES] =
        "subjectAltName=URI:lockgate://bridgewater/police/cases,DNS:police.example";
}

static void critical(struct chain_plan *plan) {
    plan->leaf.slots[CHAIN_MORE] = "1.2.3.4=critical,DER:0500";
}

static void name_constraint(struct chain_plan *plan) {
    plan->root.slots[CHAIN_MORE] = "nameConstraints=critical,permitted;URI:otherwater";
}

static void digest(struct chain_plan *plan) {
    plan->leaf.digest = EVP_sha512();
}

static void expired(struct chain_plan *plan) {
    plan->leaf.until_s = CHAIN_NOW - 1;
}

static void century(struct chain_plan *plan) {
    plan->leaf.until_s = plan->leaf.from_s + 36525 * (int64_t)CHAIN_DAY;
}

static void revoked(struct chain_plan *plan) {
    plan->revoked = plan->leaf.serial;
}

static void stranger(struct chain_plan *plan) {
    plan->signer = plan->between.key;
}

static void test_bad_peers(void **state) {
    void (*const spoils[])(struct chain_plan *) = {
        authority,       both_usages, server_usage, no_usage, host_beside, critical,
        name_constraint, digest,      expired,      century,  revoked,     stranger};
    (void)state;
    for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
        assert_int_equal(let_in_of(spoils[i], 1 + i % STEP, STEP), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_peer),
        cmocka_unit_test(test_bad_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
