/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON mapping: every message both ways, every form that a value may be sent in, what is
 * written, and what happens without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/wire/json.h"
#include "gateway/wire/wire_int.h"
#include "tests/support/messages.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { BUDGET = 64 << 20, CHOICES = 4 };

static struct arena *arena_of(size_t budget) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(budget, &arena)));
    return arena;
}

static const struct wire_message *message_of(const char *name) {
    const struct wire_message *message = wire_json_message_find(span_text(name));
    assert_non_null(message);
    return message;
}

/* ---- both ways ---- */

static void check_round_trip(const struct wire_message *message, enum messages_fill fill,
                             size_t choice) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct wire_report report;
    struct span bytes = {0};
    struct span json = {0};
    struct span back = {0};
    const void *plain = messages_filled(arena, message, fill, choice);
    assert_false(lg_failed(wire_message_encode(message, arena, plain, &bytes)));
    assert_false(lg_failed(wire_json_write(message, arena, bytes, &json)));
    if (lg_failed(wire_json_read(message, arena, json, &report, &back))) {
        fail_msg("%s: %s\n%.*s", message->shape->message->name, report.sentence, (int)json.len,
                 (const char *)json.ptr);
    }
    if (!span_equal(bytes, back)) {
        fail_msg("%s changes on its way", message->shape->message->name);
    }
}

static void every_message_comes_back_as_it_went(void **state) {
    (void)state;
    const struct wire_message *message = NULL;
    for (size_t count = 0; (message = messages_at(count)) != NULL; count++) {
        char name[128];
        snprintf(name, sizeof name, "lockgate.v1.%s", message->shape->message->short_name);
        assert_ptr_equal(message_of(name), message);
        for (size_t i = 0; i < (size_t)MESSAGES_FILLS * CHOICES; i++) {
            check_round_trip(message, (enum messages_fill)(i / CHOICES), i % CHOICES);
        }
    }
}

static void the_empty_message_is_braces(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    const struct wire_message *message = message_of("lockgate.v1.CheckpointRequest");
    struct span bytes = span_text("x");
    struct span json = {0};
    assert_false(lg_failed(wire_json_read(message, arena, span_text(" { } "), NULL, &bytes)));
    assert_int_equal(bytes.len, 0);
    assert_false(lg_failed(wire_json_write(message, arena, bytes, &json)));
    assert_true(span_equal_text(json, "{}"));
    assert_true(lg_failed(wire_json_read(message, arena, span_text("{\"a\":1}"), NULL, &bytes)));
}

/* ---- forms ---- */

/* Reads `json` as the message and expects what reading `same` gives. */
static void expect_same(const char *name, const char *json, const char *same) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    const struct wire_message *message = message_of(name);
    struct wire_report report;
    struct span first = {0};
    struct span second = {0};
    if (lg_failed(wire_json_read(message, arena, span_text(json), &report, &first))) {
        fail_msg("%s: %s", json, report.sentence);
    }
    if (lg_failed(wire_json_read(message, arena, span_text(same), &report, &second))) {
        fail_msg("%s: %s", same, report.sentence);
    }
    if (!span_equal(first, second)) {
        fail_msg("%s is not the same as %s", json, same);
    }
}

static const char CAN_ASK[] = "lockgate.v1.CanAskRequest";
static const char PROVE[] = "lockgate.v1.ProveRequest";
static const char FIND[] = "lockgate.v1.FindRequest";

/* A FindRequest of one token. */
#define ONE_TOKEN(fields)                                                                          \
    "{\"requestId\":\"AAECAwQFBgcICQoLDA0ODw==\",\"ground\":{\"purpose\":\"p\"},"                  \
    "\"person\":{\"tokens\":{\"tokens\":[" fields "]}}}"

static void every_form_of_a_value_is_read(void **state) {
    (void)state;
    static const char can_ask[] =
        "{\"ground\":{\"lawfulBasis\":\"b\"},\"ageClass\":\"AGE_CLASS_ADULT\"}";
    static const char token[] =
        ONE_TOKEN("{\"tokenClass\":\"TOKEN_CLASS_A\",\"epoch\":7,\"sealed\":\"+/8=\"}");
    const struct {
        const char *name;
        const char *json;
        const char *same;
    } cases[] = {
        {CAN_ASK, "{\"age_class\":2,\"ground\":{\"lawful_basis\":\"b\"}}", can_ask},
        {CAN_ASK, " {\"ageClass\" :\n2,\t\"ground\":{\"lawfulBasis\":\"\\u0062\"}}\r\n", can_ask},
        {CAN_ASK, "{\"ageClass\":2,\"sources\":null,\"ground\":{\"lawfulBasis\":\"b\"}}", can_ask},
        {CAN_ASK,
         "{\"ageClass\":2,\"sources\":[],\"ground\":{\"lawfulBasis\":\"b\",\"actor\":null}}",
         can_ask},
        {CAN_ASK, "{\"ageClass\":2,\"noConsentReason\":\"\",\"ground\":{\"lawfulBasis\":\"b\"}}",
         can_ask},
        {CAN_ASK, "{\"ground\":{\"purpose\":\"\\ud83d\\ude00\"}}",
         "{\"ground\":{\"purpose\":\"\xf0\x9f\x98\x80\"}}"},
        {FIND, ONE_TOKEN("{\"token_class\":2,\"epoch\":\"7\",\"sealed\":\"-_8\"}"), token},
        {FIND, ONE_TOKEN("{\"token_class\":2,\"epoch\":7,\"sealed\":\"-_8=\"}"), token},
        {FIND, ONE_TOKEN("{\"token_class\":2,\"epoch\":7,\"sealed\":\"+/8\"}"), token},
        {FIND,
         ONE_TOKEN("{\"token\\u0043lass\":\"TOKEN_CLASS\\u005fA\",\"epoch\":\"\\u0037\","
                   "\"sealed\":\"+\\/8=\"}"),
         token},
        {CAN_ASK, "{\"ground\":{\"purpose\":\"\\\"\\\\\\/\\n\\r\\t\\u00e9\\u20aC\"}}",
         "{\"ground\":{\"purpose\":\"\\u0022\\u005C/\\u000a\\u000d\\u0009\xc3\xa9\xe2\x82\xac\"}}"},
        {PROVE, "{\"index\":18446744073709551615}", "{\"index\":\"18446744073709551615\"}"},
        {PROVE, "{\"index\":\"0\",\"size\":-0}", "{}"},
        {PROVE, "{\"index\":0.000,\"size\":-0e99999999999}", "{}"},
        {PROVE, "{\"index\":100.00,\"size\":1e2}", "{\"index\":100,\"size\":\"100\"}"},
        {PROVE, "{\"index\":1000E-1,\"size\":0.1e+3}", "{\"index\":100,\"size\":100}"},
        {PROVE, "{\"index\":12.50e1,\"size\":1.0}", "{\"index\":125,\"size\":1}"},
        {PROVE, "{\"index\":1844674407370955161.5e1}", "{\"index\":18446744073709551615}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_same(cases[i].name, cases[i].json, cases[i].same);
    }
}

static void numbers_reach_their_bytes_whole(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    static const uint8_t most[] = {0x08, 0xff, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 0xff, 0x01};
    struct span bytes = {0};
    const struct wire_message *message = message_of(PROVE);
    struct span json = span_text("{\"index\":\"18446744073709551615\"}");
    assert_false(lg_failed(wire_json_read(message, arena, json, NULL, &bytes)));
    assert_true(span_equal(bytes, span_of(most, sizeof most)));
}

static void a_negative_number_is_ten_bytes(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct span bytes = {0};
    struct span json = {0};
    const struct wire_message *message = message_of("lockgate.v1.SourceResult");
    struct span text = span_text("{\"source\":\"a\",\"asOfS\":\"-9223372036854775808\"}");
    assert_false(lg_failed(wire_json_read(message, arena, text, NULL, &bytes)));
    assert_int_equal(bytes.len, 3 + 11);
    assert_false(lg_failed(wire_json_write(message, arena, bytes, &json)));
    assert_true(span_equal(json, text));
    struct span number = span_text("{\"asOfS\":-1,\"source\":\"a\"}");
    assert_false(lg_failed(wire_json_read(message, arena, number, NULL, &bytes)));
    assert_int_equal(bytes.len, 3 + 11);
}

/* ---- memory ---- */

static void each_allocation_may_fail(void **state) {
    (void)state;
    const struct wire_message *message = message_of(FIND);
    static const char json[] =
        ONE_TOKEN("{\"tokenClass\":\"TOKEN_CLASS_A\",\"epoch\":\"7\",\"sealed\":\"+/8=\"}");
    uint64_t count = 0;
    for (uint64_t n = 0; n <= count; n++) {
        OWN(arena_free) struct arena *arena = arena_of(BUDGET);
        struct span bytes = {0};
        struct span text = {0};
        support_alloc_fail_at(n);
        struct lg_err err = wire_json_read(message, arena, span_text(json), NULL, &bytes);
        if (!lg_failed(err)) {
            err = wire_json_write(message, arena, bytes, &text);
        }
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        count = n == 0 ? seen : count;
        assert_int_equal(lg_failed(err), n > 0);
        assert_true(n == 0 || lg_err_class(err) == LG_CLASS_LIMIT);
    }
    assert_true(count > 0);
}

static void a_small_arena_is_a_limit(void **state) {
    (void)state;
    static const char json[] = "{\"ground\":{\"purpose\":\"p\"}}";
    for (size_t budget = 1; budget < 2 * (sizeof json - 1) + 16; budget++) {
        OWN(arena_free) struct arena *arena = arena_of(budget);
        struct span bytes = {0};
        struct lg_err err =
            wire_json_read(message_of(CAN_ASK), arena, span_text(json), NULL, &bytes);
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_int_equal(lg_err_code(err), WIRE_MEMORY);
    }
    OWN(arena_free) struct arena *arena = arena_of(8);
    struct span text = {0};
    struct lg_err err = wire_json_write(message_of(PROVE), arena, span_text("\x08\x01"), &text);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
}

/* ---- writing ---- */

static void check_written(const char *name, struct span bytes, const char *json) {
    OWN(arena_free) struct arena *arena = arena_of(BUDGET);
    struct span text = {0};
    assert_false(lg_failed(wire_json_write(message_of(name), arena, bytes, &text)));
    if (!span_equal_text(text, json)) {
        fail_msg("%.*s is not %s", (int)text.len, (const char *)text.ptr, json);
    }
}

static void text_is_escaped_and_defaults_are_left_out(void **state) {
    (void)state;
    static const uint8_t quoted[] = {0x0a, 1,    'a',  0x32, 8,    '"', '\\',
                                     '\n', '\t', '\r', '/',  0xc3, 0xa9};
    static const uint8_t unknown_state[] = {0x0a, 1, 'a', 0x10, 99};
    check_written("lockgate.v1.SourceResult", span_of(quoted, sizeof quoted),
                  "{\"source\":\"a\",\"sentence\":\"\\\"\\\\\\n\\t\\r/\xc3\xa9\"}");
    check_written("lockgate.v1.SourceResult", span_of(unknown_state, sizeof unknown_state),
                  "{\"source\":\"a\",\"state\":99}");
    check_written(PROVE, span_text(""), "{}");
}

static void bytes_that_no_encoder_of_ours_gives_are_internal(void **state) {
    (void)state;
    static const uint8_t unknown[] = {0x0a, 1, 'a', 0x78, 1};
    static const uint8_t descending[] = {0x10, 1, 0x0a, 1, 'a'};
    static const uint8_t apart[] = {0x0a, 1, 'a', 0x10, 1, 0x0a, 1, 'a'};
    static const uint8_t cut[] = {0x0a, 2, 'a'};
    const struct {
        struct span bytes;
        uint16_t code;
    } cases[] = {
        {span_of(unknown, sizeof unknown), WIRE_UNKNOWN},
        {span_of(descending, sizeof descending), WIRE_DUPLICATE},
        {span_of(apart, sizeof apart), WIRE_DUPLICATE},
        {span_of(cut, sizeof cut), WIRE_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OWN(arena_free) struct arena *arena = arena_of(BUDGET);
        struct span text = {0};
        struct lg_err err =
            wire_json_write(message_of("lockgate.v1.SourceResult"), arena, cases[i].bytes, &text);
        assert_int_equal(lg_err_class(err), LG_CLASS_INTERNAL);
        assert_int_equal(lg_err_code(err), cases[i].code);
    }
}

/* ---- methods ---- */

static void methods_are_found_by_their_path(void **state) {
    (void)state;
    struct wire_json_method method = {0};
    assert_true(wire_json_method_find(span_text("/lockgate.v1.Disclosures/Ask"), &method));
    assert_ptr_equal(method.request, message_of("lockgate.v1.AskRequest"));
    assert_ptr_equal(method.reply, message_of("lockgate.v1.AskReply"));
    assert_true(wire_json_method_find(span_text("/lockgate.v1.Disclosures/Watch"), &method));
    assert_ptr_equal(method.reply, message_of("lockgate.v1.WatchReply"));
    assert_true(wire_json_method_find(span_text("/lockgate.v1.Audit/Checkpoint"), &method));
    assert_ptr_equal(method.request, message_of("lockgate.v1.CheckpointRequest"));
    static const char *const none[] = {"",
                                       "/",
                                       "/lockgate.v1.Disclosures",
                                       "/lockgate.v1.Disclosures/",
                                       "/lockgate.v1.Disclosures/ask",
                                       "lockgate.v1.Disclosures/Ask",
                                       "/lockgate.v1.Disclosures/Ask/",
                                       "/lockgate.v1.Audit/SubjectReport",
                                       "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_false(wire_json_method_find(span_text(none[i]), &method));
    }
    assert_null(wire_json_message_find(span_text("lockgate.v1.Asked")));
    assert_null(wire_json_message_find(span_text("AskRequest")));
    assert_non_null(wire_json_message_find(span_text("lockgate.v1.PublicKeysRequest")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_back_as_it_went),
        cmocka_unit_test(the_empty_message_is_braces),
        cmocka_unit_test(every_form_of_a_value_is_read),
        cmocka_unit_test(numbers_reach_their_bytes_whole),
        cmocka_unit_test(a_negative_number_is_ten_bytes),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_small_arena_is_a_limit),
        cmocka_unit_test(text_is_escaped_and_defaults_are_left_out),
        cmocka_unit_test(bytes_that_no_encoder_of_ours_gives_are_internal),
        cmocka_unit_test(methods_are_found_by_their_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
