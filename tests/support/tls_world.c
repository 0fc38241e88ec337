/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct tls_context *context_of(const struct support_ca *ca, enum tls_side side,
                                      const char *leaf) {
    struct support_files files;
    struct tls_context *context = NULL;
    struct diag diag = {0};
    support_files_set(ca, leaf, &files);
    assert_false(lg_failed(tls_context_new(side, &files.files, &diag, &context)));
    return context;
}

int raw_world_setup(void **state, const char *source_dir) {
    struct raw_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    support_ca_new(&world->ca, source_dir, "bridgewater");
    support_ca_run(&world->ca, "client", "police cases");
    support_ca_run(&world->ca, "server", "hub gateway gateway.example");
    world->client = context_of(&world->ca, TLS_CLIENT, "police/cases/client");
    world->server = context_of(&world->ca, TLS_SERVER, "hub/gateway/server");
    raw_chain_read(world->ca.dir, "police/cases/client", &world->police);
    raw_chain_read(world->ca.dir, "hub/gateway/server", &world->hub);
    world->other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    *state = world;
    return 0;
}

int raw_world_teardown(void **state) {
    struct raw_world *world = *state;
    raw_chain_done(&world->police);
    raw_chain_done(&world->hub);
    EVP_PKEY_free(world->other);
    tls_context_free(&world->client);
    tls_context_free(&world->server);
    support_ca_free(&world->ca);
    free(world);
    return 0;
}

struct span raw_bytes_of(const struct raw_bytes *bytes) {
    return span_of(bytes->ptr, bytes->len);
}

struct raw_bytes *raw_bytes_new(void) {
    struct raw_bytes *bytes = calloc(1, sizeof *bytes);
    assert_non_null(bytes);
    return bytes;
}

struct raw_peer *raw_meet_server(struct raw_world *world) {
    raw_meeting_new(world->server, NULL, NULL, &world->meeting);
    return world->meeting.raw;
}

struct raw_peer *raw_hear_server(struct raw_world *world) {
    struct raw_peer *raw = raw_meet_server(world);
    assert_true(raw_client_hello(&world->meeting, NULL));
    raw_use_application(raw, false, true);
    return raw;
}

struct raw_peer *raw_connect_server(struct raw_world *world) {
    struct raw_peer *raw = raw_meet_server(world);
    assert_true(raw_client_hello(&world->meeting, NULL));
    raw_client_answer(&world->meeting, &world->police);
    assert_false(lg_failed(world->meeting.err));
    return raw;
}

void raw_listen(struct raw_peer *raw) {
    struct raw_bytes *record = raw_bytes_new();
    enum raw_record type;
    while (raw_read_record(raw, &type, record)) {
    }
    free(record);
}

void raw_expect_refused(struct raw_world *world, int alert) {
    raw_pump(&world->meeting);
    raw_listen(world->meeting.raw);
    assert_true(lg_failed(world->meeting.err));
    assert_int_equal(lg_err_code(world->meeting.err), TLS_HANDSHAKE);
    assert_null(world->meeting.ours);

    assert_int_equal(world->meeting.raw->alert, alert);
    raw_meeting_free(&world->meeting);
}

void raw_send_certificate(struct raw_peer *raw, const struct raw_chain *chain) {
    struct raw_bytes *body = raw_bytes_new();
    raw_put_certificate(chain, body);
    raw_send_message(raw, RAW_CERTIFICATE, raw_bytes_of(body));
    free(body);
}

void raw_send_verify(struct raw_peer *raw, EVP_PKEY *key) {
    struct raw_bytes *body = raw_bytes_new();
    raw_certificate_verify(raw, key, body);
    raw_send_message(raw, RAW_CERTIFICATE_VERIFY, raw_bytes_of(body));
    free(body);
}

void raw_send_finished(struct raw_peer *raw) {
    uint8_t body[RAW_HASH_SIZE];
    raw_finished(raw, body);
    raw_send_message(raw, RAW_FINISHED, span_of(body, sizeof body));
}
