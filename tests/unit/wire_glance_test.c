/* SPDX-License-Identifier: Apache-2.0 */
/* The first look at a request sees what the strict reading sees, and harms nothing where that will
 * refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/limits.h"
#include "gateway/wire/disclosures.h"
#include "gateway/wire/glance.h"
#include "gateway/wire/subjects.h"

#include <cmocka.h>

enum { BUDGET = 1 << 20 };

#define BYTES(text) (text), sizeof(text) - 1

static struct question question_of(struct arena *arena, size_t sources, size_t items) {
    struct span *names = arena_array(arena, sources + items, sizeof *names);
    assert_non_null(names);
    for (size_t i = 0; i < sources + items; i++) {
        names[i] = arena_format(arena, "category.field-%zu", i);
    }
    struct question question = {
        .person = {.kind = PERSON_HANDLE, .handle = span_text("handle")},
        .sources = {names, sources},
        .items = {names + sources, items},
        .ground =
            {
                .agreement = span_text("bridgewater"),
                .purpose = span_text("child-safeguarding"),
                .basis = span_text("children-act"),
                .case_reference = span_text("CASE-1"),
                .actor = {.user_id = span_text("u-17"), .role = span_text("social-worker")},
            },
    };
    memset(question.id.bytes, 7, sizeof question.id.bytes);
    return question;
}

static struct span ask_bytes(struct arena *arena, const struct question *question) {
    struct span bytes = {0};
    assert_false(lg_failed(wire_ask_request_encode(arena, question, &bytes)));
    return bytes;
}

static void test_sees_the_purpose(void **state) {
    (void)state;
    static const size_t COUNTS[][2] = {{0, 0}, {1, 1}, {LIMIT_WIRE_SOURCES, LIMIT_WIRE_ITEMS}};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
        OWN(arena_free) struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(BUDGET, &arena)));
        struct question question = question_of(arena, COUNTS[i][0], COUNTS[i][1]);
        struct wire_glance seen = wire_ask_request_glance(ask_bytes(arena, &question));
        assert_true(span_equal_text(seen.purpose, "child-safeguarding"));
        assert_false(seen.has_emergency);
        question.emergency_declared = true;
        question.emergency_reason = span_text("risk-to-life");
        question.emergency_rationale = span_text("A child is in danger at this moment, made up");
        seen = wire_ask_request_glance(ask_bytes(arena, &question));
        assert_true(seen.has_emergency);
        assert_true(span_equal_text(seen.purpose, "child-safeguarding"));
    }
}

static void test_sees_it_in_each_request(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    struct span bytes = {0};
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    struct question question = question_of(arena, 3, 3);
    assert_false(lg_failed(wire_can_ask_request_encode(arena, &question, &bytes)));
    struct wire_glance seen = wire_can_ask_request_glance(bytes);
    assert_true(span_equal_text(seen.purpose, "child-safeguarding"));
    assert_false(seen.has_emergency);
    question.sources = (struct span_list){0};
    question.items = (struct span_list){0};
    question.person = (struct person_ref){
        .kind = PERSON_IDENTITY,
        .identity = {.family_name = span_text("EXAMPLE"), .born = span_text("2015-01-02")}};
    assert_false(lg_failed(wire_find_request_encode(arena, &question, &bytes)));
    seen = wire_find_request_glance(bytes);
    assert_true(span_equal_text(seen.purpose, "child-safeguarding"));
    assert_false(seen.has_emergency);
}

/* A request cut anywhere: what is seen is the whole purpose, or nothing. */
static void test_cut_anywhere(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(BUDGET, &arena)));
    struct question question = question_of(arena, 2, 2);
    struct span whole = ask_bytes(arena, &question);
    for (size_t len = 0; len <= whole.len; len++) {
        uint8_t *part = malloc(len + 1); /* its end is where a sanitizer looks */
        assert_non_null(part);
        memcpy(part, whole.ptr, len);
        struct wire_glance seen = wire_ask_request_glance(span_of(part, len));
        assert_true(seen.purpose.len == 0 || span_equal_text(seen.purpose, "child-safeguarding"));
        assert_true(len < whole.len || seen.purpose.len > 0);
        free(part);
    }
}

static void test_what_is_no_request(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *purpose;
    } CASES[] = {
        {BYTES(""), ""},
        {BYTES("\x32"), ""},                        /* no length */
        {BYTES("\x32\x03\x12\x01"), ""},            /* too short for its length */
        {BYTES("\x32\x03\x12\x02x"), ""},           /* the ground is */
        {BYTES("\x32\x03\x12\x01x"), "x"},          /* whole */
        {BYTES("\x32\x00\x32\x03\x12\x01x"), ""},   /* the first ground counts */
        {BYTES("\x32\x06\x12\x01x\x12\x01y"), "x"}, /* the first purpose */
        {BYTES("\x30\x01\x32\x03\x12\x01x"), ""},   /* a number in the ground's place */
        {BYTES("\x08\x80\x80\x01\x32\x03\x12\x01x"), "x"},
        {BYTES("\x09zzzzzzzz\x0dzzzz\x32\x03\x12\x01x"), "x"},
        {BYTES("\x0b\x32\x03\x12\x01x"), ""}, /* a group */
        {BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), ""},
        {BYTES("\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x01x"), ""},
        {BYTES("{\"ground\":{\"purpose\":\"x\"}}"), ""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct wire_glance seen = wire_ask_request_glance(span_of(CASES[i].bytes, CASES[i].len));
        assert_true(span_equal_text(seen.purpose, CASES[i].purpose));
        assert_false(seen.has_emergency);
    }
}

/* Whoever hides the ground behind more fields than a question has is not looked after. */
static void test_looks_at_so_many_fields(void **state) {
    (void)state;
    enum { GROUND = 5 };
    static uint8_t bytes[2 * LIMIT_WIRE_GLANCE + GROUND];
    for (size_t before = LIMIT_WIRE_GLANCE - 1; before <= LIMIT_WIRE_GLANCE; before++) {
        for (size_t i = 0; i < before; i++) {
            memcpy(bytes + 2 * i, "\x1a", 2); /* an empty source */
        }
        memcpy(bytes + 2 * before, "\x32\x03\x12\x01x", GROUND);
        struct wire_glance seen = wire_ask_request_glance(span_of(bytes, 2 * before + GROUND));
        assert_int_equal(seen.purpose.len, before < LIMIT_WIRE_GLANCE ? 1 : 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sees_the_purpose),
        cmocka_unit_test(test_sees_it_in_each_request),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_what_is_no_request),
        cmocka_unit_test(test_looks_at_so_many_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
