/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of gRPC's headers: messages, numbers, timeouts, content types, statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/grpc/grpc_int.h"

#include <cmocka.h>

static struct span encode(const char *message, char out[static GRPC_MESSAGE_TEXT_MAX]) {
    return grpc_message_encode(span_text(message), out);
}

/* Each byte alone: 0x20 to 0x7e as it is, but for '%'; and back. */
static void test_every_byte(void **state) {
    (void)state;
    static const char DIGITS[] = "0123456789ABCDEF";
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        char wire[GRPC_MESSAGE_TEXT_MAX];
        char back[LIMIT_GRPC_STATUS_MESSAGE];
        struct span text = grpc_message_encode(span_of(&byte, 1), wire);
        bool is_plain = i >= 0x20 && i <= 0x7e && i != '%';
        assert_int_equal(text.len, is_plain ? 1 : 3);
        if (!is_plain) {
            const char want[] = {'%', DIGITS[i >> 4], DIGITS[i & 15]};
            assert_memory_equal(text.ptr, want, 3);
        } else {
            assert_int_equal(text.ptr[0], byte);
        }
        struct span decoded = grpc_message_decode(text, back);
        assert_int_equal(decoded.len, 1);
        assert_int_equal(decoded.ptr[0], byte);
    }
}

/* Texts are looked at eight bytes at a time: each byte at each place of two and a half of those,
 * and with a neighbour that borrows or carries. */
static void test_every_place(void **state) {
    (void)state;
    enum { LEN = 20 };
    static const uint8_t OTHERS[] = {'m', 0x20, 0x21, '%' + 1, '%' - 1, 0x7e};
    for (size_t at = 0; at < LEN * 256 * sizeof OTHERS; at++) {
        uint8_t text[LEN];
        uint8_t byte = (uint8_t)(at % 256);
        memset(text, OTHERS[at / 256 % sizeof OTHERS], LEN);
        text[at / 256 / sizeof OTHERS] = byte;
        char wire[GRPC_MESSAGE_TEXT_MAX];
        bool is_plain = byte >= 0x20 && byte <= 0x7e && byte != '%';
        struct span encoded = grpc_message_encode(span_of(text, LEN), wire);
        assert_int_equal(encoded.len, is_plain ? LEN : LEN + 2);
    }
}

/* At the limit, one over, a thousand times over; a sequence of UTF-8 is never cut. */
static void test_long_messages(void **state) {
    (void)state;
    enum { LONG = LIMIT_GRPC_STATUS_MESSAGE * 1000 };
    static char wire[GRPC_MESSAGE_TEXT_MAX];
    char *text = malloc(LONG + 1);
    assert_non_null(text);
    memset(text, 'm', LONG);
    text[LONG] = '\0';
    assert_int_equal(encode(text, wire).len, LIMIT_GRPC_STATUS_MESSAGE);
    text[LIMIT_GRPC_STATUS_MESSAGE + 1] = '\0';
    assert_int_equal(encode(text, wire).len, LIMIT_GRPC_STATUS_MESSAGE);
    text[LIMIT_GRPC_STATUS_MESSAGE] = '\0';
    assert_int_equal(encode(text, wire).len, LIMIT_GRPC_STATUS_MESSAGE);
    static const char FACE[] = "\xf0\x9f\x98\x88"; /* four bytes */
    for (size_t kept = 1; kept <= 3; kept++) {
        memset(text, 'm', LONG);
        memcpy(text + LIMIT_GRPC_STATUS_MESSAGE - kept, FACE, sizeof FACE);
        assert_int_equal(encode(text, wire).len, LIMIT_GRPC_STATUS_MESSAGE - kept);
    }
    memset(text, 'm', LONG);
    memcpy(text + LIMIT_GRPC_STATUS_MESSAGE - 4, FACE, sizeof FACE);
    assert_int_equal(encode(text, wire).len, LIMIT_GRPC_STATUS_MESSAGE + 8);
    /* Nothing but what has to be encoded: three times as much, and still within. */
    memset(text, '\n', LIMIT_GRPC_STATUS_MESSAGE);
    text[LIMIT_GRPC_STATUS_MESSAGE] = '\0';
    assert_int_equal(encode(text, wire).len, GRPC_MESSAGE_TEXT_MAX);
    free(text);
}

/* What is not well-formed stays as it is. */
static void test_decoding(void **state) {
    static const char *const TEXTS[][2] = {
        {"", ""},         {"plain", "plain"}, {"%41", "A"},
        {"%4", "%4"},     {"%", "%"},         {"%%41", "%A"},
        {"%zz", "%zz"},   {"%4g%41", "%4gA"}, {"a%c3%A4", "a\xc3\xa4"},
        {"%2541", "%41"}, {"%4%31", "%41"},   {"100%", "100%"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        char out[LIMIT_GRPC_STATUS_MESSAGE];
        struct span decoded = grpc_message_decode(span_text(TEXTS[i][0]), out);
        assert_true(span_equal_text(decoded, TEXTS[i][1]));
    }
    static char large[3 * LIMIT_GRPC_STATUS_MESSAGE + 100];
    char out[LIMIT_GRPC_STATUS_MESSAGE];
    memset(large, 'x', sizeof large);
    assert_int_equal(grpc_message_decode(span_of(large, sizeof large), out).len, sizeof out);
    assert_int_equal(grpc_message_decode(span_of(large, sizeof out), out).len, sizeof out);
}

static void test_numbers(void **state) {
    static const struct {
        const char *text;
        int64_t number; /* -1: refused */
    } NUMBERS[] = {
        {"0", 0},
        {"007", 7},
        {"999999999999999", 999999999999999},
        {"1000000000000000", -1},
        {"", -1},
        {"-1", -1},
        {"+1", -1},
        {" 1", -1},
        {"1 ", -1},
        {"1.0", -1},
        {"0x1", -1},
        {"\xb2", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        int64_t number = -1;
        bool is_read = grpc_number_read(span_text(NUMBERS[i].text), &number);
        assert_int_equal(is_read, NUMBERS[i].number >= 0);
        assert_int_equal(number, NUMBERS[i].number);
    }
}

/* What we write, others and we read back: never more than was left, never more than 8 digits. */
static void test_timeouts(void **state) {
    static const struct {
        int64_t ms;
        const char *text;
    } TIMEOUTS[] = {
        {0, "0m"},
        {1, "1m"},
        {99999999, "99999999m"},
        {100000000, "100000S"},
        {100000999, "100000S"},
        {INT64_C(99999999000), "99999999S"},
        {INT64_C(100000000000), "99999999S"},
        {INT64_MAX, "99999999S"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TIMEOUTS / sizeof TIMEOUTS[0]; i++) {
        char text[GRPC_TIMEOUT_TEXT_MAX];
        int64_t back = 0;
        grpc_timeout_format(TIMEOUTS[i].ms, text);
        assert_string_equal(text, TIMEOUTS[i].text);
        assert_false(lg_failed(grpc_timeout_parse(span_text(text), &back)));
        assert_true(back <= TIMEOUTS[i].ms);
    }
}

static void test_content_types(void **state) {
    static const struct {
        const char *text;
        bool is_grpc;
    } TYPES[] = {
        {"application/grpc", true},      {"application/grpc+proto", true},
        {"application/grpc+json", true}, {"application/grpc;charset=utf-8", true},
        {"application/grpc-web", false}, {"application/grpc-web+proto", false},
        {"application/grpcs", false},    {"application/grp", false},
        {"application/json", false},     {"Application/grpc", false},
        {" application/grpc", false},    {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        assert_int_equal(grpc_content_type_is_grpc(span_text(TYPES[i].text)), TYPES[i].is_grpc);
    }
    assert_false(grpc_content_type_is_grpc((struct span){0}));
}

static void test_statuses(void **state) {
    (void)state;
    for (int i = 0; i < GRPC_STATUS_COUNT; i++) {
        enum grpc_status status = (enum grpc_status)i;
        assert_int_equal(grpc_status_read(span_text(grpc_status_digits(status))), i);
        assert_true(grpc_status_digits(status)[0] != '0' || i == 0);
        assert_true(strlen(grpc_status_name(status)) >= 2);
    }
    static const char *const BAD[] = {"", "17", "-1", "1 ", "x", "18446744073709551617", "99999"};
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_int_equal(grpc_status_read(span_text(BAD[i])), GRPC_UNKNOWN);
    }
    assert_string_equal(grpc_status_name((enum grpc_status)17), "UNKNOWN");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),    cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_long_messages), cmocka_unit_test(test_decoding),
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_content_types), cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
