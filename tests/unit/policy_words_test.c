/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a text: numbers, names, numbers of clauses, the nearest word; and texts that are built
 * up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/policy.h"
#include "policy/text/out.h"
#include "policy/text/words.h"

#include <cmocka.h>

enum { ARENA = 1 << 16 };

static void numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t max;
        bool is_one;
        uint32_t value;
    } all[] = {
        {"0", 9, true, 0},
        {"9", 9, true, 9},
        {"10", 9, false, 0},
        {"4294967295", UINT32_MAX, true, UINT32_MAX},
        {"4294967296", UINT32_MAX, false, 0},
        {"9999999999", UINT32_MAX, false, 0},
        {"10000000000", UINT32_MAX, false, 0},
        {"", 9, false, 0},
        {"00", 9, false, 0},
        {"01", 9, false, 0},
        {"1a", 99, false, 0},
        {"1/", 99, false, 0},
        {"-1", 99, false, 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint32_t value = 77;
        bool is_one = policy_words_number_parse(span_text(all[i].text), all[i].max, &value);
        if (is_one != all[i].is_one || value != (all[i].is_one ? all[i].value : 77)) {
            fail_msg("`%s`: %u", all[i].text, (unsigned)value);
        }
    }
}

/* A text of so many letters. */
static struct span letters(size_t len) {
    static char text[LIMIT_POLICY_NAME_SIZE + 2];
    memset(text, 'a', sizeof text);
    return span_of(text, len);
}

static void names(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is_name;
        bool is_clause;
    } all[] = {
        {"a", true, true},    {"a1", true, true},   {"a-b", true, true},   {"a-1", true, true},
        {"", false, false},   {"1", false, true},   {"1.2", false, true},  {"A", false, true},
        {"aB", false, true},  {"a-", false, true},  {"a--b", false, true}, {"-a", false, false},
        {".a", false, false}, {"a.b", false, true}, {"a_b", false, false}, {"a b", false, false},
        {"a[", false, false}, {"a`", false, false}, {"a{", false, false},  {"a:", false, false},
        {"a/", false, false}, {"`", false, false},  {"{", false, false},   {"@", false, false},
        {"Z9", false, true},  {"z-9", true, true},  {"[", false, false},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct span text = span_text(all[i].text);
        if (policy_words_is_name(text) != all[i].is_name ||
            policy_words_is_clause_id(text) != all[i].is_clause) {
            fail_msg("`%s`", all[i].text);
        }
    }
    for (size_t more = 0; more < 2; more++) {
        struct span text = letters(LIMIT_POLICY_NAME_SIZE + more);
        assert_int_equal(policy_words_is_name(text), more == 0);
        assert_int_equal(policy_words_is_clause_id(text), more == 0);
    }
}

static void nearest(void **state) {
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        size_t bound;
        size_t distance;
    } all[] = {
        {"", "", 3, 0},         {"care", "care", 3, 0},     {"care", "cares", 3, 1},
        {"care", "acre", 3, 1}, {"care", "kare!!", 3, 3},   {"ab", "ba", 3, 1},
        {"care", "", 3, 4},     {"care", "careless", 3, 4}, {"care", "car", 3, 1},
        {"abcd", "badc", 3, 2}, {"care", "cart", 0, 1},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        size_t there =
            policy_nearest_distance(span_text(all[i].a), span_text(all[i].b), all[i].bound);
        size_t back =
            policy_nearest_distance(span_text(all[i].b), span_text(all[i].a), all[i].bound);
        assert_int_equal(there, all[i].distance);
        assert_int_equal(back, all[i].distance);
    }
    /* What is too long to be a name is near to nothing, not even to itself. */
    struct span most = letters(LIMIT_POLICY_NAME_SIZE);
    struct span more = letters(LIMIT_POLICY_NAME_SIZE + 1);
    assert_int_equal(policy_nearest_distance(most, most, 3), 0);
    assert_int_equal(policy_nearest_distance(more, most, 3), 4);
    assert_int_equal(policy_nearest_distance(most, more, 3), 4);
    assert_int_equal(policy_nearest_distance(more, more, 3), 4);
}

/* The first of the nearest stays; nothing is nearer than the word itself. */
static void the_first_of_the_nearest(void **state) {
    (void)state;
    static const char *const offered[] = {"cave", "cart", "care", "card"};
    struct nearest nearest = policy_nearest_of(span_text("care"));
    for (size_t i = 0; i < 2; i++) {
        policy_nearest_offer(&nearest, span_text(offered[i]));
        assert_true(span_equal_text(nearest.best, "cave"));
    }
    for (size_t i = 2; i < 4; i++) {
        policy_nearest_offer(&nearest, span_text(offered[i]));
        assert_true(span_equal_text(nearest.best, "care"));
    }
}

static void texts_grow(void **state) {
    (void)state;
    OWN(arena_free) struct arena *arena = NULL;
    struct span text;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct out out = {.arena = arena};
    assert_false(lg_failed(policy_out_done(&out, &text)));
    assert_int_equal(text.len, 0);
    policy_out_text(&out, "");
    policy_out_byte(&out, 'x', 0);
    policy_out_text(&out, "one");
    policy_out_byte(&out, '-', 200);
    policy_out_format(&out, "%d", 2);
    policy_out_words(&out, span_text("  three \n four "));
    assert_false(lg_failed(policy_out_done(&out, &text)));
    assert_int_equal(text.len, 3 + 200 + 1 + 10);
    assert_memory_equal(text.ptr + 203, "2three four", 11);
}

/* Longer than memory, longer than one format may be, or behind a failure: LIMIT, whatever comes. */
static void texts_that_are_too_long(void **state) {
    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span text;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        struct out out = {.arena = arena};
        policy_out_text(&out, "a");
        if (way == 0) {
            policy_out_byte(&out, ' ', SIZE_MAX);
        } else if (way == 1) {
            policy_out_byte(&out, ' ', ARENA + 1);
        } else {
            policy_out_format(&out, "%1024d", 1);
        }
        policy_out_text(&out, "b");
        struct lg_err err = policy_out_done(&out, &text);
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),    cmocka_unit_test(names),
        cmocka_unit_test(nearest),    cmocka_unit_test(the_first_of_the_nearest),
        cmocka_unit_test(texts_grow), cmocka_unit_test(texts_that_are_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
