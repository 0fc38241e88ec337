/* SPDX-License-Identifier: Apache-2.0 */
/* Two of our own streams: who the peer is, bytes both ways, the end, and time. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/loop/loop.h"
#include "tests/support/ca.h"
#include "tests/support/support.h"

#include <cmocka.h>

struct world {
    struct support_ca ca;
    struct support_files client_files;
    struct support_files server_files;
    struct tls_context *client;
    struct tls_context *server;
};

static const char SERVER_URI[] = "lockgate://bridgewater/hub/gateway";

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    support_ca_new(&world->ca, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&world->ca, "client", "police cases");
    support_ca_run(&world->ca, "server", "hub gateway gateway.example,127.0.0.1");
    support_files_set(&world->ca, "police/cases/client", &world->client_files);
    support_files_set(&world->ca, "hub/gateway/server", &world->server_files);
    struct diag diag = {0};
    struct lg_err err =
        tls_context_new(TLS_CLIENT, &world->client_files.files, &diag, &world->client);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    err = tls_context_new(TLS_SERVER, &world->server_files.files, &diag, &world->server);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    tls_context_free(&world->client);
    tls_context_free(&world->server);
    support_ca_free(&world->ca);
    free(world);
    return 0;
}

static void connect_pair(struct world *world, struct support_pair *pair) {
    support_pair_new(world->client, world->server, "gateway.example", SERVER_URI, pair);
    assert_false(lg_failed(pair->client_err));
    assert_false(lg_failed(pair->server_err));
}

static void test_both_sides_know_each_other(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    const struct tls_peer *police = tls_stream_peer(pair.server);
    assert_string_equal(police->uri, "lockgate://bridgewater/police/cases");
    assert_string_equal(police->partnership, "bridgewater");
    assert_string_equal(police->agency, "police");
    assert_string_equal(police->system, "cases");
    assert_int_equal(police->not_after_s - police->not_before_s, 30 * 86400);
    assert_in_range(police->serial_len, 1, TLS_SERIAL_MAX);
    const struct tls_peer *hub = tls_stream_peer(pair.client);
    assert_string_equal(hub->uri, SERVER_URI);
    assert_memory_not_equal(hub->fingerprint, police->fingerprint, TLS_FINGERPRINT_SIZE);
    assert_string_equal(tls_stream_server_name(pair.server), "gateway.example");
    assert_string_equal(tls_stream_server_name(pair.client), "");
    assert_int_equal(tls_stream_generation(pair.server), 1);
    support_pair_free(&pair);
}

static void test_an_address_is_checked_but_not_sent(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    support_pair_new(world->client, world->server, "127.0.0.1", SERVER_URI, &pair);
    assert_false(lg_failed(pair.client_err));
    assert_string_equal(tls_stream_server_name(pair.server), "");
    support_pair_free(&pair);
    support_pair_new(world->client, world->server, "127.0.0.2", SERVER_URI, &pair);
    assert_int_equal(lg_err_code(pair.client_err), TLS_IDENTITY);
    support_pair_free(&pair);
}

static void test_client_wants_this_name_and_this_system(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    const char *const names[] = {"other.example", "sub.gateway.example", "gateway", "hub"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        support_pair_new(world->client, world->server, names[i], SERVER_URI, &pair);
        assert_true(lg_failed(pair.client_err));
        assert_true(lg_failed(pair.server_err));
        support_pair_free(&pair);
    }
    const char *const uris[] = {"lockgate://bridgewater/hub/gateway2", "lockgate://bridgewater/hub",
                                "lockgate://other/hub/gateway"};
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        support_pair_new(world->client, world->server, "gateway.example", uris[i], &pair);
        assert_int_equal(lg_err_code(pair.client_err), TLS_IDENTITY);
        assert_true(lg_failed(pair.server_err));
        support_pair_free(&pair);
    }
}

static void test_client_without_a_name_to_dial(void **state) {
    struct world *world = *state;
    char name[258];
    memset(name, 'a', sizeof name);
    name[257] = '\0';
    const char *const names[] = {"", name};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct tls_stream *stream = NULL;
        struct lg_err err = tls_stream_new(world->client, 0, names[i], SERVER_URI, &stream);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_null(stream);
    }
}

static void expect_read(struct tls_stream *stream, const uint8_t *want, size_t len) {
    uint8_t *got = malloc(len);
    assert_non_null(got);
    size_t have = 0;
    while (have < len) {
        size_t more = 0;
        assert_false(lg_failed(tls_stream_read(stream, got + have, len - have, &more)));
        assert_true(more > 0);
        have += more;
    }
    assert_memory_equal(got, want, len);
    free(got);
}

static void test_bytes_in_records_of_16_kib(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    static uint8_t bytes[40000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    size_t sent = 99;
    assert_false(lg_failed(tls_stream_write(pair.client, span_of(NULL, 0), &sent)));
    assert_int_equal(sent, 0);
    assert_false(lg_failed(tls_stream_write(pair.client, span_of(bytes, sizeof bytes), &sent)));
    assert_int_equal(sent, 16384);
    assert_false(lg_failed(tls_stream_write(pair.client, span_of(bytes + sent, 10), &sent)));
    assert_int_equal(sent, 10);
    expect_read(pair.server, bytes, 16394);
    uint8_t one[1];
    struct lg_err err = tls_stream_read(pair.server, one, sizeof one, &sent);
    assert_int_equal(lg_err_code(err), TLS_AGAIN);
    assert_false(tls_stream_has_pending(pair.server));
    support_pair_free(&pair);
}

/* A small read leaves decrypted bytes and a whole further record inside while the socket has
 * nothing: the owner has to be told, or the question waits for the next one. */
static void test_what_waits_inside_is_told(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    size_t len = 0;
    assert_false(lg_failed(tls_stream_write(pair.client, span_text("abcdef"), &len)));
    assert_false(lg_failed(tls_stream_write(pair.client, span_text("ghi"), &len)));
    uint8_t buf[6];
    assert_false(lg_failed(tls_stream_read(pair.server, buf, 2, &len)));
    assert_true(tls_stream_has_pending(pair.server));
    assert_false(tls_stream_is_dry(pair.server));
    assert_false(lg_failed(tls_stream_read(pair.server, buf, 6, &len)));
    assert_int_equal(len, 4);
    assert_true(tls_stream_has_pending(pair.server));
    assert_false(tls_stream_is_dry(pair.server));
    assert_false(lg_failed(tls_stream_read(pair.server, buf, 6, &len)));
    assert_int_equal(len, 3);
    assert_memory_equal(buf, "ghi", 3);
    assert_true(tls_stream_is_dry(pair.server));
    assert_false(tls_stream_has_pending(pair.server));
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, 6, &len)), TLS_AGAIN);
    assert_false(tls_stream_has_pending(pair.server));
    support_pair_free(&pair);
}

/* A record that has come in part is not all that there was, nor is what a bounded read left in the
 * socket. */
static void test_dry_is_only_what_has_nothing_left(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    static uint8_t bytes[16384];
    static uint8_t buf[16384];
    uint8_t record[64];
    size_t len = 0;
    connect_pair(world, &pair);
    for (int i = 0; i < 2; i++) {
        assert_false(lg_failed(tls_stream_write(pair.client, span_of(bytes, sizeof bytes), &len)));
    }
    assert_false(lg_failed(tls_stream_read(pair.server, buf, sizeof buf, &len)));
    assert_false(tls_stream_is_dry(pair.server));
    assert_false(lg_failed(tls_stream_read(pair.server, buf, sizeof buf, &len)));
    assert_int_equal(len, sizeof buf);
    /* The next record in two parts, by way of a copy that is sent to the server's own socket. */
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, sizeof buf, &len)), TLS_AGAIN);
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    int kept = dup(tls_stream_fd(pair.client));
    assert_true(kept >= 0);
    assert_int_equal(dup2(fds[0], tls_stream_fd(pair.client)), tls_stream_fd(pair.client));
    assert_false(lg_failed(tls_stream_write(pair.client, span_text("question"), &len)));
    ssize_t whole = read(fds[1], record, sizeof record);
    assert_in_range(whole, 20, sizeof record - 1);
    assert_int_equal(write(kept, record, 3), 3);
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, sizeof buf, &len)), TLS_AGAIN);
    assert_false(tls_stream_is_dry(pair.server));
    assert_int_equal(write(kept, record + 3, (size_t)whole - 3), whole - 3);
    assert_false(lg_failed(tls_stream_read(pair.server, buf, sizeof buf, &len)));
    assert_int_equal(len, 8);
    assert_true(tls_stream_is_dry(pair.server));
    close(kept);
    close(fds[0]);
    close(fds[1]);
    support_pair_free(&pair);
}

/* The socket fills up; the refused bytes go out later, from another place in memory. */
static void test_full_socket_says_again_and_loses_nothing(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    enum { RECORD = 16384 };
    uint8_t *bytes = malloc(RECORD);
    assert_non_null(bytes);
    size_t records = 0;
    struct lg_err err = LG_OK;
    while (!lg_failed(err)) {
        size_t len = 0;
        memset(bytes, (int)(records & 0xff), RECORD);
        err = tls_stream_write(pair.client, span_of(bytes, RECORD), &len);
        records += lg_failed(err) ? 0 : 1;
        assert_true(records < 10000);
    }
    assert_int_equal(lg_err_code(err), TLS_AGAIN);
    uint8_t *moved = malloc(RECORD);
    assert_non_null(moved);
    memcpy(moved, bytes, RECORD);
    memset(bytes, 0xee, RECORD);
    uint8_t want[RECORD];
    for (size_t i = 0; i < records; i++) {
        memset(want, (int)(i & 0xff), RECORD);
        expect_read(pair.server, want, RECORD);
    }
    size_t len = 0;
    assert_false(lg_failed(tls_stream_write(pair.client, span_of(moved, RECORD), &len)));
    assert_int_equal(len, RECORD);
    expect_read(pair.server, moved, RECORD);
    free(bytes);
    free(moved);
    support_pair_free(&pair);
}

/* However much waits in the socket, one call takes a bounded part of it. */
static void test_one_read_takes_a_bounded_part(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    static uint8_t bytes[16384];
    static uint8_t all[8 * 16384];
    size_t total = 0;
    for (int i = 0; i < 8; i++) {
        size_t len = 0;
        assert_false(lg_failed(tls_stream_write(pair.client, span_of(bytes, sizeof bytes), &len)));
        total += len;
    }
    size_t have = 0;
    while (have < total) {
        size_t len = 0;
        assert_false(lg_failed(tls_stream_read(pair.server, all, sizeof all, &len)));
        assert_in_range(len, 1, 16384);
        have += len;
    }
    assert_int_equal(have, total);
    support_pair_free(&pair);
}

static void test_goodbye_and_sudden_end(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    uint8_t buf[8];
    size_t len = 0;
    connect_pair(world, &pair);
    assert_false(lg_failed(tls_stream_write(pair.client, span_text("last"), &len)));
    tls_stream_free(&pair.client);
    assert_false(lg_failed(tls_stream_read(pair.server, buf, sizeof buf, &len)));
    assert_int_equal(len, 4);
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, sizeof buf, &len)), TLS_CLOSED);
    support_pair_free(&pair);

    connect_pair(world, &pair);
    assert_int_equal(shutdown(tls_stream_fd(pair.client), SHUT_RDWR), 0);
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, sizeof buf, &len)), TLS_CLOSED);
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, sizeof buf, &len)), TLS_BROKEN);
    /* No SIGPIPE: the test would not come here. */
    assert_true(lg_failed(tls_stream_write(pair.client, span_text("x"), &len)));
    support_pair_free(&pair);
}

static void test_garbage_breaks_the_stream(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    uint8_t buf[8];
    size_t len = 0;
    connect_pair(world, &pair);
    const uint8_t forged[] = {0x17, 0x03, 0x03, 0x00, 0x12, 1,  2,  3,  4,  5,  6, 7,
                              8,    9,    10,   11,   12,   13, 14, 15, 16, 17, 18};
    assert_int_equal(write(tls_stream_fd(pair.client), forged, sizeof forged), sizeof forged);
    assert_int_equal(lg_err_code(tls_stream_read(pair.server, buf, sizeof buf, &len)), TLS_BROKEN);
    assert_int_equal(lg_err_code(tls_stream_write(pair.server, span_text("x"), &len)), TLS_BROKEN);
    assert_false(tls_stream_has_pending(pair.server));
    support_pair_free(&pair);
}

static void test_handshake_says_what_it_waits_for(void **state) {
    struct world *world = *state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    struct tls_stream *server = NULL;
    unsigned events = 0;
    assert_false(lg_failed(tls_stream_new(world->server, fds[1], NULL, NULL, &server)));
    assert_int_equal(lg_err_code(tls_stream_handshake(server, &events)), TLS_AGAIN);
    assert_int_equal(events, LOOP_READ);
    assert_false(tls_stream_peer_is_valid(server, 1));
    assert_int_equal(write(fds[0], "GET / HTTP/1.1\r\n\r\n", 18), 18);
    assert_int_equal(lg_err_code(tls_stream_handshake(server, &events)), TLS_HANDSHAKE);
    assert_int_equal(lg_err_code(tls_stream_handshake(server, &events)), TLS_BROKEN);
    tls_stream_free(&server);
    close(fds[0]);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_false(lg_failed(tls_stream_new(world->server, fds[1], NULL, NULL, &server)));
    close(fds[0]);
    assert_int_equal(lg_err_code(tls_stream_handshake(server, &events)), TLS_CLOSED);
    tls_stream_free(&server);
}

static void test_validity_is_looked_at_again(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    const struct tls_peer *peer = tls_stream_peer(pair.server);
    int64_t from = peer->not_before_s;
    int64_t until = peer->not_after_s;
    assert_false(tls_stream_peer_is_valid(pair.server, from - 1));
    assert_true(tls_stream_peer_is_valid(pair.server, from));
    /* The list was made before the leaf and has as many days: it is the first to run out. */
    assert_true(tls_stream_peer_is_valid(pair.server, until - 60));
    assert_false(tls_stream_peer_is_valid(pair.server, until + 1));
    assert_true(tls_stream_peer_is_valid(pair.client, from + 1));
    support_pair_free(&pair);
}

static void test_each_allocation_failing(void **state) {
    struct world *world = *state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    bool done = false;
    for (uint64_t n = 1; !done && n < 2000; n++) {
        struct tls_stream *stream = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = tls_stream_new(world->client, fds[0], "a.example", "b", &stream);
        done = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
            assert_null(stream);
        } else if (!done) {
            /* OpenSSL went on without something: then the stream has to be whole. */
            assert_int_equal(tls_stream_fd(stream), fds[0]);
            tls_stream_free(&stream);
            close(fds[1]);
            assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        } else {
            tls_stream_free(&stream);
        }
    }
    assert_true(done);
    close(fds[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_sides_know_each_other),
        cmocka_unit_test(test_an_address_is_checked_but_not_sent),
        cmocka_unit_test(test_client_wants_this_name_and_this_system),
        cmocka_unit_test(test_client_without_a_name_to_dial),
        cmocka_unit_test(test_bytes_in_records_of_16_kib),
        cmocka_unit_test(test_what_waits_inside_is_told),
        cmocka_unit_test(test_dry_is_only_what_has_nothing_left),
        cmocka_unit_test(test_full_socket_says_again_and_loses_nothing),
        cmocka_unit_test(test_one_read_takes_a_bounded_part),
        cmocka_unit_test(test_goodbye_and_sudden_end),
        cmocka_unit_test(test_garbage_breaks_the_stream),
        cmocka_unit_test(test_handshake_says_what_it_waits_for),
        cmocka_unit_test(test_validity_is_looked_at_again),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
