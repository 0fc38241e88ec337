/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that break RFC 8446 before the handshake is over: proofs that prove nothing, keys of
 * earlier sessions, messages out of place or in pieces. None is let in, and no byte of it is taken
 * for a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tls_world.h"

#include <cmocka.h>

static int setup(void **state) {
    return raw_world_setup(state, LOCKGATE_SOURCE);
}

/* ---- towards our server ---- */

static void test_no_certificate(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_hear_server(world);
    raw_send_certificate(raw, &(struct raw_chain){.count = 0});
    raw_send_finished(raw);
    raw_expect_refused(world, CERTIFICATE_REQUIRED);
    /* Not even an empty list. */
    raw = raw_hear_server(world);
    raw_send_finished(raw);
    raw_expect_refused(world, UNEXPECTED_MESSAGE);
}

static void test_certificate_without_proof(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_hear_server(world);
    raw_send_certificate(raw, &world->police);
    raw_send_finished(raw);
    raw_expect_refused(world, UNEXPECTED_MESSAGE);
    /* Somebody else's proof. */
    raw = raw_hear_server(world);
    raw_send_certificate(raw, &world->police);
    raw_send_verify(raw, world->other);
    raw_send_finished(raw);
    raw_expect_refused(world, DECRYPT_ERROR);
    /* What a server would sign: so that no proof of one side serves as the other's. */
    raw = raw_hear_server(world);
    raw_send_certificate(raw, &world->police);
    raw->is_server = true;
    raw_send_verify(raw, world->police.key);
    raw->is_server = false;
    raw_send_finished(raw);
    raw_expect_refused(world, DECRYPT_ERROR);
    /* A proof over another conversation: this one, one message ago. */
    raw = raw_hear_server(world);
    struct raw_bytes *body = raw_bytes_new();
    raw_certificate_verify(raw, world->police.key, body);
    raw_send_certificate(raw, &world->police);
    raw_send_message(raw, RAW_CERTIFICATE_VERIFY, raw_bytes_of(body));
    raw_send_finished(raw);
    free(body);
    raw_expect_refused(world, DECRYPT_ERROR);
}

static void test_proof_by_an_algorithm_that_was_not_offered(void **state) {
    struct raw_world *world = *state;
    const unsigned codes[] = {0x0503, 0x0603, 0x0203, 0x0804, 0x0401, 0x0000, 0x0807};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct raw_peer *raw = raw_hear_server(world);
        struct raw_bytes *body = raw_bytes_new();
        raw_send_certificate(raw, &world->police);
        raw_certificate_verify(raw, world->police.key, body);
        body->ptr[0] = (uint8_t)(codes[i] >> 8);
        body->ptr[1] = (uint8_t)codes[i];
        raw_send_message(raw, RAW_CERTIFICATE_VERIFY, raw_bytes_of(body));
        free(body);
        raw_expect_refused(world, ILLEGAL_PARAMETER);
    }
}

static void test_finished_that_is_wrong(void **state) {
    struct raw_world *world = *state;
    for (size_t at = 0; at < RAW_HASH_SIZE; at += 31) {
        struct raw_peer *raw = raw_hear_server(world);
        uint8_t body[RAW_HASH_SIZE];
        raw_send_certificate(raw, &world->police);
        raw_send_verify(raw, world->police.key);
        raw_finished(raw, body);
        body[at] ^= 1;
        raw_send_message(raw, RAW_FINISHED, span_of(body, sizeof body));
        raw_expect_refused(world, DECRYPT_ERROR);
    }
}

/* A request that comes before the proof is no request. */
static void test_data_before_the_end_of_the_handshake(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_hear_server(world);
    raw_send_record(raw, RAW_DATA, span_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    raw_expect_refused(world, UNEXPECTED_MESSAGE);
    raw = raw_hear_server(world);
    raw_send_certificate(raw, &world->police);
    raw_send_record(raw, RAW_DATA, span_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    raw_expect_refused(world, UNEXPECTED_MESSAGE);
}

static void test_messages_out_of_place(void **state) {
    struct raw_world *world = *state;
    const enum raw_message types[] = {RAW_CLIENT_HELLO,
                                      RAW_SERVER_HELLO,
                                      RAW_TICKET,
                                      RAW_EXTENSIONS,
                                      RAW_FINISHED,
                                      RAW_KEY_UPDATE,
                                      RAW_CERTIFICATE_REQUEST,
                                      0,
                                      254};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct raw_peer *raw = raw_hear_server(world);
        raw_send_message(raw, types[i], span_of("\0", 1));
        raw_expect_refused(world, UNEXPECTED_MESSAGE);
    }
}

/* RFC 8446, 5.1: the hello in two records, cut at each byte; then byte by byte as TCP may bring it.
 */
static void test_hello_cut_at_each_byte(void **state) {
    struct raw_world *world = *state;
    struct raw_bytes *body = raw_bytes_new();
    struct raw_bytes *message = raw_bytes_new();
    size_t len = 2;
    for (size_t cut = 1; cut < len; cut++) {
        struct raw_peer *raw = raw_meet_server(world);
        struct raw_hello hello;
        raw_hello_init(&hello);
        body->len = 0;
        message->len = 0;
        raw_hello_write(raw, &hello, body);
        raw_message(raw, RAW_CLIENT_HELLO, raw_bytes_of(body), message);
        len = message->len;
        raw_send_record(raw, RAW_HANDSHAKE, span_slice(raw_bytes_of(message), 0, cut));
        raw_pump(&world->meeting);
        raw_send_record(raw, RAW_HANDSHAKE, span_slice(raw_bytes_of(message), cut, len));
        raw_pump(&world->meeting);
        assert_true(raw_client_hear(&world->meeting));
        raw_client_answer(&world->meeting, &world->police);
        assert_false(lg_failed(world->meeting.err));
        raw_meeting_free(&world->meeting);
    }
    free(body);
    free(message);
}

static void test_bytes_that_come_one_by_one(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_meet_server(world);
    struct raw_bytes *body = raw_bytes_new();
    struct raw_bytes *message = raw_bytes_new();
    struct raw_hello hello;
    raw_hello_init(&hello);
    raw_hello_write(raw, &hello, body);
    raw_message(raw, RAW_CLIENT_HELLO, raw_bytes_of(body), message);
    uint8_t head[5] = {RAW_HANDSHAKE, 3, 1, (uint8_t)(message->len >> 8), (uint8_t)message->len};
    for (size_t i = 0; i < sizeof head; i++) {
        assert_true(raw_send_plain(raw, span_of(head + i, 1)));
        raw_pump(&world->meeting);
    }
    for (size_t i = 0; i < message->len; i++) {
        assert_true(raw_send_plain(raw, span_of(message->ptr + i, 1)));
        raw_pump(&world->meeting);
    }
    assert_true(raw_client_hear(&world->meeting));
    raw_client_answer(&world->meeting, &world->police);
    assert_false(lg_failed(world->meeting.err));
    raw_meeting_free(&world->meeting);
    free(body);
    free(message);
}

/* A message that says that it is longer than any that we take: refused by its head, not stored. */
static void test_messages_that_say_they_are_huge(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_meet_server(world);
    raw_send_record(raw, RAW_HANDSHAKE, span_of("\1\xff\xff\xff\3\3", 6));
    raw_expect_refused(world, ILLEGAL_PARAMETER);
    raw = raw_hear_server(world);
    raw_send_record(raw, RAW_HANDSHAKE, span_of("\13\0\x40\1", 4)); /* 16 KiB and one byte */
    raw_expect_refused(world, ILLEGAL_PARAMETER);
}

/* Changes of cipher are for middle boxes: one is skipped, a flood of them is not. */
static void test_changes_of_cipher(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_hear_server(world);
    raw_send_record(raw, RAW_CIPHER_CHANGE, span_of("\1", 1));
    raw_client_answer(&world->meeting, &world->police);
    assert_false(lg_failed(world->meeting.err));
    raw_meeting_free(&world->meeting);
    raw = raw_hear_server(world);
    for (int i = 0; i < 1000; i++) {
        raw_send_record(raw, RAW_CIPHER_CHANGE, span_of("\1", 1));
    }
    raw_expect_refused(world, UNEXPECTED_MESSAGE);
    raw = raw_hear_server(world);
    raw_send_record(raw, RAW_CIPHER_CHANGE, span_of("\2", 1));
    raw_expect_refused(world, ILLEGAL_PARAMETER);
}

/* ---- keys of earlier sessions ---- */

/* An identity of nobody's with a binder of zeros, and early data where wanted. */
static void offer_key(struct raw_bytes *room, bool early) {
    raw_put(room, span_of("\0\55\0\2\1\1", 6)); /* psk_key_exchange_modes */
    if (early) {
        raw_put(room, span_of("\0\52\0\0", 4));
    }
    raw_put(room, span_of("\0\51\0\63\0\16\0\10resumeme\0\0\0\0\0\41\40", 4 + 16 + 3));
    raw_put(room, span_of((uint8_t[32]){0}, 32));
}

/* Nothing is resumed: the certificate is asked for, and without one there is no connection. */
static void test_a_session_is_never_resumed(void **state) {
    struct raw_world *world = *state;
    for (int early = 0; early < 2; early++) {
        struct raw_peer *raw = raw_meet_server(world);
        struct raw_text *text = raw_text_new();
        struct raw_bytes *room = raw_bytes_new();
        struct raw_hello hello;
        raw_hello_init(&hello);
        offer_key(room, early == 1);
        hello.more = raw_bytes_of(room);
        raw->text = text;
        assert_true(raw_client_hello(&world->meeting, &hello));
        assert_non_null(strstr(text->ptr, "CertificateRequest"));
        assert_null(strstr(text->ptr, "pre_shared_key"));
        assert_null(strstr(text->ptr, "early_data"));
        raw_use_application(raw, false, true);
        raw_send_certificate(raw, &(struct raw_chain){.count = 0});
        raw_send_finished(raw);
        raw_expect_refused(world, CERTIFICATE_REQUIRED);
        free(room);
        free(text);
    }
}

/* Early data is skipped while the handshake goes on (RFC 8446, 4.2.10): no byte of it comes out. */
static void test_early_data_is_lost(void **state) {
    struct raw_world *world = *state;
    struct raw_peer *raw = raw_meet_server(world);
    struct raw_bytes *room = raw_bytes_new();
    struct raw_hello hello;
    uint8_t sealed[5 + 64] = {RAW_DATA, 3, 3, 0, 64};
    uint8_t buf[64];
    size_t len = 0;
    raw_hello_init(&hello);
    offer_key(room, true);
    hello.more = raw_bytes_of(room);
    raw_client_first(&world->meeting, &hello);
    assert_true(raw_send_plain(raw, span_of(sealed, sizeof sealed)));
    raw_pump(&world->meeting);
    free(room);
    if (raw_client_hear(&world->meeting)) {
        raw_client_answer(&world->meeting, &world->police);
    }
    if (!lg_failed(world->meeting.err)) {
        struct lg_err err = tls_stream_read(world->meeting.ours, buf, sizeof buf, &len);
        assert_int_equal(lg_err_code(err), TLS_AGAIN);
    }
    raw_meeting_free(&world->meeting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_certificate),
        cmocka_unit_test(test_certificate_without_proof),
        cmocka_unit_test(test_proof_by_an_algorithm_that_was_not_offered),
        cmocka_unit_test(test_finished_that_is_wrong),
        cmocka_unit_test(test_data_before_the_end_of_the_handshake),
        cmocka_unit_test(test_messages_out_of_place),
        cmocka_unit_test(test_hello_cut_at_each_byte),
        cmocka_unit_test(test_bytes_that_come_one_by_one),
        cmocka_unit_test(test_messages_that_say_they_are_huge),
        cmocka_unit_test(test_changes_of_cipher),
        cmocka_unit_test(test_a_session_is_never_resumed),
        cmocka_unit_test(test_early_data_is_lost),
    };
    return cmocka_run_group_tests(tests, setup, raw_world_teardown);
}
