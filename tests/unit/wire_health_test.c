/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of grpc.health.v1 in JSON, as Connect clients send them by default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/wire/json.h"

#include <cmocka.h>

static const char *const paths[] = {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"};

enum { ARENA = 65536 };

static int open_arena(void **state) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    *state = arena;
    return 0;
}

static int close_arena(void **state) {
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

static void requests_are_read(void **state) {
    static const char *const good[][2] = {{"{}", ""},
                                          {"{\"service\":\"\"}", ""},
                                          {"{\"service\":\"a.B\"}", "\x0a\x03"
                                                                    "a.B"}};
    static const char *const bad[] = {"", "[]", "{\"service\":1}", "{\"name\":\"a\"}",
                                      "{\"service\":\"a\",\"service\":\"b\"}"};
    const char *sentence = NULL;
    struct span bytes;
    for (size_t p = 0; p < 2; p++) {
        assert_true(wire_json_knows(paths[p]));
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
            assert_false(lg_failed(
                wire_json_request(paths[p], *state, span_text(good[i][0]), &sentence, &bytes)));
            assert_true(span_equal_text(bytes, good[i][1]));
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            struct lg_err err =
                wire_json_request(paths[p], *state, span_text(bad[i]), &sentence, &bytes);
            assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
            assert_non_null(sentence);
        }
    }
}

static void replies_are_written(void **state) {
    static const char *const said[] = {"{}", "{\"status\":\"SERVING\"}",
                                       "{\"status\":\"NOT_SERVING\"}",
                                       "{\"status\":\"SERVICE_UNKNOWN\"}"};
    for (uint8_t status = 0; status < 4; status++) {
        const uint8_t bytes[] = {0x08, status};
        struct span json;
        assert_false(lg_failed(wire_json_reply(
            paths[0], *state, span_of(bytes, status == 0 ? 0 : sizeof bytes), &json)));
        assert_true(span_equal_text(json, said[status]));
    }
}

static void they_are_not_of_the_contract(void **state) {
    (void)state;
    assert_false(wire_json_knows("/grpc.health.v1.Health/Other"));
    assert_false(wire_json_knows("/lockgate.v1.Health/Check"));
    assert_null(wire_json_message_find(span_text("lockgate.v1.HealthCheckRequest")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_read, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(replies_are_written, open_arena, close_arena),
        cmocka_unit_test(they_are_not_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
