/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that break RFC 8446 once the connection stands, and servers that break it towards our
 * client: records that are too large, too many or in the clear, messages out of place. Each is
 * ended with bounded work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tls_world.h"

#include <cmocka.h>

static int setup(void **state) {
    return raw_world_setup(state, LOCKGATE_SOURCE);
}

enum { RECORD_MAX = 16384 };

/* ---- records ---- */

static struct lg_err read_ours(struct raw_world *world, uint8_t *buf, size_t size,
                               size_t *out_len) {
    return tls_stream_read(world->meeting.ours, buf, size, out_len);
}

/* Ours ends the connection, and tells the other side why. */
static void expect_broken(struct raw_world *world, int alert) {
    static uint8_t buf[RECORD_MAX];
    size_t len = 0;
    struct lg_err err = LG_OK;
    /* What came before the fault may be read; the reads are few, whatever waits. */
    for (int i = 0; i < 100 && (!lg_failed(err) || lg_err_code(err) == TLS_AGAIN); i++) {
        err = read_ours(world, buf, sizeof buf, &len);
        assert_true(lg_failed(err));
    }
    assert_int_equal(lg_err_code(err), TLS_BROKEN);
    raw_listen(world->meeting.raw);

    assert_int_equal(world->meeting.raw->alert, alert);
    raw_meeting_free(&world->meeting);
}

static void test_records_at_the_limit(void **state) {
    struct raw_world *world = *state;
    static uint8_t bytes[RECORD_MAX + 1];
    static uint8_t buf[RECORD_MAX + 1];
    size_t len = 0;
    struct raw_peer *raw = raw_connect_server(world);
    raw_send_record(raw, RAW_DATA, span_of(bytes, RECORD_MAX));
    raw_send_padded(raw, RAW_DATA, span_text("x"), RECORD_MAX - 1);
    assert_false(lg_failed(read_ours(world, buf, sizeof buf, &len)));
    assert_int_equal(len, RECORD_MAX);
    assert_false(lg_failed(read_ours(world, buf, sizeof buf, &len)));
    assert_int_equal(len, 1);
    raw_send_record(raw, RAW_DATA, span_of(bytes, RECORD_MAX + 1));
    expect_broken(world, RECORD_OVERFLOW);
    raw = raw_connect_server(world);
    /* The library takes up to 255 zeros more than RFC 8446, 5.4, allows, and not one more. */
    raw_send_padded(raw, RAW_DATA, span_text("x"), RECORD_MAX - 1 + 240);
    expect_broken(world, RECORD_OVERFLOW);
    raw = raw_connect_server(world);
    assert_true(raw_send_plain(raw, span_of("\27\3\3\x41\1", 5))); /* 2^14 + 257 sealed */
    expect_broken(world, RECORD_OVERFLOW);
}

static void test_a_flood_of_empty_records(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_connect_server(world);
    for (int i = 0; i < 5000; i++) {
        raw_send_record(raw, RAW_DATA, span_of("", 0));
    }
    expect_broken(world, UNEXPECTED_MESSAGE);
}

/* All padding, no content: each costs us the opening of 16 KiB. */
static void test_a_flood_of_padding(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_connect_server(world);
    for (int i = 0; i < 64; i++) {
        raw_send_padded(raw, RAW_DATA, span_of("", 0), RECORD_MAX);
    }
    expect_broken(world, UNEXPECTED_MESSAGE);
}

/* A record of zeros alone has no type (RFC 8446, 5.4). */
static void test_a_record_without_a_type(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_connect_server(world);
    raw_send_padded(raw, 0, span_of("", 0), 100);
    expect_broken(world, UNEXPECTED_MESSAGE);
}

/* Anybody on the way can put a record in the clear. It must not pass for the peer's word: neither
 * for its goodbye nor for a refusal. */
static void test_alerts_in_the_clear(void **state) {
    struct raw_world *world = *state;
    static const uint8_t codes[] = {0, 42, 44, 48, 49, 90};
    for (size_t i = 0; i < sizeof codes; i++) {
        const uint8_t alert[] = {RAW_ALERT, 3, 3, 0, 2, codes[i] == 0 ? 1 : 2, codes[i]};
        struct raw_peer *raw = raw_connect_server(world);
        assert_true(raw_send_plain(raw, span_of(alert, sizeof alert)));
        expect_broken(world, UNEXPECTED_MESSAGE);
    }
}

static void test_other_records_in_the_clear(void **state) {
    struct raw_world *world = *state;
    static const uint8_t types[] = {RAW_CIPHER_CHANGE, RAW_HANDSHAKE, 24, 0, 255};
    for (size_t i = 0; i < sizeof types; i++) {
        const uint8_t record[] = {types[i], 3, 3, 0, 1, 1};
        struct raw_peer *raw = raw_connect_server(world);
        assert_true(raw_send_plain(raw, span_of(record, sizeof record)));
        expect_broken(world, UNEXPECTED_MESSAGE);
    }
}

static void test_alerts_that_are_no_end(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_connect_server(world);
    /* user_canceled, as a warning: a flood of them is a fault. */
    for (int i = 0; i < 100; i++) {
        raw_send_record(raw, RAW_ALERT, span_of("\1\132", 2));
    }
    expect_broken(world, UNEXPECTED_MESSAGE);
}

static void test_handshakes_again(void **state) {
    struct raw_world *world = *state;
    const enum raw_message types[] = {RAW_CLIENT_HELLO, RAW_CERTIFICATE, RAW_CERTIFICATE_REQUEST,
                                      RAW_TICKET, RAW_FINISHED};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct raw_peer *raw = raw_connect_server(world);
        raw_send_message(raw, types[i], span_of("\0\0\0\0", 4));
        expect_broken(world, UNEXPECTED_MESSAGE);
    }
}

/* Each asks for new keys of ours as well. Behind the ceiling nothing is answered any more. */
static void test_a_flood_of_key_updates_that_want_ours(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_connect_server(world);
    uint8_t buf[16];
    size_t len = 0;
    for (int i = 0; i < 1000; i++) {
        raw_send_message(raw, RAW_KEY_UPDATE, span_of("\1", 1));
        raw_update_sending(raw);
    }
    struct lg_err err = lg_err_make(LG_CLASS_PEER, LG_TLS, TLS_AGAIN);
    int reads = 0;
    for (; reads < 100 && lg_err_code(err) == TLS_AGAIN; reads++) {
        err = read_ours(world, buf, sizeof buf, &len);
    }
    assert_int_equal(lg_err_code(err), TLS_BROKEN);
    assert_true(reads < 4);
    raw_meeting_free(&world->meeting);
}

static void test_key_update_that_says_nothing(void **state) {
    struct raw_world *world = *state;
    const struct span bodies[] = {span_of("\2", 1), span_of("", 0), span_of("\0\0", 2)};
    const int alerts[] = {ILLEGAL_PARAMETER, DECODE_ERROR, ILLEGAL_PARAMETER};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct raw_peer *raw = raw_connect_server(world);
        raw_send_message(raw, RAW_KEY_UPDATE, bodies[i]);
        expect_broken(world, alerts[i]);
    }
}

/* ---- towards our client ---- */

static struct raw_peer *meet_client(struct raw_world *world) {
    raw_meeting_new(world->client, "gateway.example", SERVER_URI, &world->meeting);
    return world->meeting.raw;
}

static struct raw_peer *connect_client(struct raw_world *world) {
    struct raw_peer *raw = meet_client(world);
    raw_server_answer(&world->meeting, &world->hub);
    assert_false(lg_failed(world->meeting.err));
    assert_true(raw_server_finish(&world->meeting));
    return raw;
}

static void test_server_without_proof(void **state) {
    struct raw_world *world = *state;
    struct raw_chain chain = world->hub;
    meet_client(world);
    chain.key = NULL;
    raw_server_answer(&world->meeting, &chain);
    raw_expect_refused(world, UNEXPECTED_MESSAGE);
    meet_client(world);
    chain.key = world->other;
    raw_server_answer(&world->meeting, &chain);
    raw_expect_refused(world, DECRYPT_ERROR);
    meet_client(world);
    chain.count = 0;
    raw_server_answer(&world->meeting, &chain);
    raw_expect_refused(world, DECODE_ERROR);
}

/* A server asks for a certificate once, in the handshake. */
static void test_server_that_asks_again(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = connect_client(world);
    static const uint8_t request[] = {1, 7, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3};
    raw_send_message(raw, RAW_CERTIFICATE_REQUEST, span_of(request, sizeof request));
    expect_broken(world, UNEXPECTED_MESSAGE);
}

static void put_ticket(struct raw_bytes *body) {
    raw_put_number(body, 7200, 4);
    raw_put_number(body, 1, 4);
    raw_put(body, span_of("\1n", 2));
    raw_put_number(body, 16, 2);
    raw_put(body, span_of("sixteen bytes of", 16));
    raw_put_number(body, 0, 2);
}

/* A ticket is taken and forgotten: the next hello offers no key. A flood of them is an end. */
static void test_tickets_of_a_server(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = connect_client(world);
    struct raw_bytes *ticket = raw_bytes_new();
    uint8_t buf[16];
    size_t len = 0;
    enum raw_message type;
    struct span hello;
    put_ticket(ticket);
    raw_send_message(raw, RAW_TICKET, raw_bytes_of(ticket));
    assert_int_equal(lg_err_code(read_ours(world, buf, sizeof buf, &len)), TLS_AGAIN);
    raw_send_record(raw, RAW_DATA, span_text("answer"));
    assert_false(lg_failed(read_ours(world, buf, sizeof buf, &len)));
    assert_int_equal(len, 6);
    for (int i = 0; i < 1000; i++) {
        raw_send_message(raw, RAW_TICKET, raw_bytes_of(ticket));
    }
    int reads = 0;
    while (reads < 100 && lg_err_code(read_ours(world, buf, sizeof buf, &len)) == TLS_AGAIN) {
        reads++;
    }
    assert_true(reads < 4);
    raw_meeting_free(&world->meeting);
    raw = meet_client(world);
    raw_pump(&world->meeting);
    assert_true(raw_read_message(raw, &type, &hello));
    assert_null(raw_hello_extension(RAW_CLIENT_HELLO, hello, 41).ptr);
    assert_null(raw_hello_extension(RAW_CLIENT_HELLO, hello, 42).ptr);
    raw_meeting_free(&world->meeting);
    free(ticket);
}

/* A ServerHello with `len` bytes put in place of those at `at`, counted from the version. */
static void answer_with(struct raw_world *world, size_t at, struct span bytes) {
    struct raw_peer *raw = meet_client(world);
    uint8_t body[2 + 32 + 1 + 32 + 3 + 2 + 6 + 40] = {3, 3};
    enum raw_message type;
    struct span hello;
    raw_pump(&world->meeting);
    assert_true(raw_read_message(raw, &type, &hello));
    memset(body + 2, 's', 32);
    body[34] = 32;
    memcpy(body + 35, hello.ptr + 35, 32);
    memcpy(body + 67, "\x13\x01\0\0\56\0\53\0\2\3\4\0\63\0\44\0\35\0\40", 19);
    raw_share(raw, body + 86);
    memcpy(body + at, bytes.ptr, bytes.len);
    raw_send_message(raw, RAW_SERVER_HELLO, span_of(body, sizeof body));
    raw_pump(&world->meeting);
}

static void test_server_hello_that_we_did_not_ask_for(void **state) {
    struct raw_world *world = *state;
    const struct {
        size_t at;
        struct span bytes;
        int alert;
    } cases[] = {
        {67, span_of("\x13\x04", 2), ILLEGAL_PARAMETER}, /* a cipher that was not offered */
        {67, span_of("\xc0\x2b", 2), ILLEGAL_PARAMETER},
        {69, span_of("\1", 1), ILLEGAL_PARAMETER}, /* compression */
        {35, span_of("another session", 15), ILLEGAL_PARAMETER},
        {76, span_of("\3\3", 2), ILLEGAL_PARAMETER}, /* TLS 1.2 after all */
        {76, span_of("\3\5", 2), ILLEGAL_PARAMETER},
        {82, span_of("\0\27", 2), ILLEGAL_PARAMETER}, /* a group without a share of ours */
        {82, span_of("\0\30", 2), ILLEGAL_PARAMETER},
        {72, span_of("\0\52", 2), ILLEGAL_PARAMETER}, /* early_data in place of the version */
        {86, span_of((uint8_t[32]){0}, 32), ILLEGAL_PARAMETER}, /* a point of small order */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer_with(world, cases[i].at, cases[i].bytes);
        if (world->meeting.raw->alert < 0) {
            raw_listen(world->meeting.raw);
        }
        if (world->meeting.raw->alert != cases[i].alert) {
            print_error("case %zu: alert %d\n", i, world->meeting.raw->alert);
        }
        raw_expect_refused(world, cases[i].alert);
    }
}

static void test_floods_of_a_server(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = connect_client(world);
    for (int i = 0; i < 5000; i++) {
        raw_send_record(raw, RAW_DATA, span_of("", 0));
    }
    expect_broken(world, UNEXPECTED_MESSAGE);
    raw = connect_client(world);
    raw_send_record(raw, RAW_DATA, span_of((uint8_t[RECORD_MAX + 1]){0}, RECORD_MAX + 1));
    expect_broken(world, RECORD_OVERFLOW);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_at_the_limit),
        cmocka_unit_test(test_a_flood_of_empty_records),
        cmocka_unit_test(test_a_flood_of_padding),
        cmocka_unit_test(test_a_record_without_a_type),
        cmocka_unit_test(test_alerts_in_the_clear),
        cmocka_unit_test(test_other_records_in_the_clear),
        cmocka_unit_test(test_alerts_that_are_no_end),
        cmocka_unit_test(test_handshakes_again),
        cmocka_unit_test(test_a_flood_of_key_updates_that_want_ours),
        cmocka_unit_test(test_key_update_that_says_nothing),
        cmocka_unit_test(test_server_without_proof),
        cmocka_unit_test(test_server_that_asks_again),
        cmocka_unit_test(test_tickets_of_a_server),
        cmocka_unit_test(test_server_hello_that_we_did_not_ask_for),
        cmocka_unit_test(test_floods_of_a_server),
    };
    return cmocka_run_group_tests(tests, setup, raw_world_teardown);
}
