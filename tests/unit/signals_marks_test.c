/* SPDX-License-Identifier: Apache-2.0 */
/* What the entry of a mark seals: it comes back alike, and nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "gateway/signals/signals.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 1 << 16 };

static const struct store_tag TAGS[STORE_TOKENS_MAX + 1] = {{{1}}, {{2}}, {{3}}};

static struct signals_mark_entry entry_of(size_t tag_count) {
    return (struct signals_mark_entry){
        .system = span_text("officer"),
        .user_id = span_text("ig-1"),
        .role = span_text("officer"),
        .display_name = span_text("A Name"),
        .mark = {.kind = STORE_MARK_CANARY,
                 .label = span_text("x-1"),
                 .tags = TAGS,
                 .tag_count = tag_count},
    };
}

static void what_is_written_is_read(void **state) {
    (void)state;
    const size_t counts[] = {0, 1, STORE_TOKENS_MAX};
    for (size_t i = 0; i < 3; i++) {
        OWN(arena_free) struct arena *arena = NULL;
        const struct signals_mark_entry entry = entry_of(counts[i]);
        struct signals_mark_entry back;
        struct span body;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        assert_false(lg_failed(signals_mark_encode(&entry, arena, &body)));
        assert_false(lg_failed(signals_mark_decode(body, arena, &back)));
        assert_true(span_equal_text(back.system, "officer"));
        assert_true(span_equal_text(back.user_id, "ig-1"));
        assert_true(span_equal_text(back.display_name, "A Name"));
        assert_true(span_equal_text(back.mark.label, "x-1"));
        assert_int_equal(back.mark.kind, STORE_MARK_CANARY);
        assert_int_equal(back.mark.tag_count, counts[i]);
        assert_memory_equal(back.mark.tags, TAGS, counts[i] * sizeof TAGS[0]);
    }
}

static bool decodes(struct span body) {
    OWN(arena_free) struct arena *arena = NULL;
    struct signals_mark_entry back;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct lg_err err = signals_mark_decode(body, arena, &back);
    assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_INPUT);
    return !lg_failed(err);
}

static void nothing_else_is_one(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    (void)state;
    const struct signals_mark_entry entry = entry_of(3);
    struct span body;
    uint8_t bytes[512] = {0};
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(signals_mark_encode(&entry, arena, &body)));
    assert_true(body.len < sizeof bytes);
    memcpy(bytes, body.ptr, body.len);
    assert_true(decodes(span_of(bytes, body.len)));
    for (size_t len = 0; len < body.len; len++) {
        assert_false(decodes(span_of(bytes, len)));
    }
    assert_false(decodes(span_of(bytes, body.len + 1)));
    size_t kind_at = body.len - 3 * sizeof TAGS[0] - 2;
    const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{0, 1}, {0, 3}, {kind_at, 0}, {kind_at, 3}, {kind_at + 1, STORE_TOKENS_MAX + 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memcpy(bytes, body.ptr, body.len);
        bytes[wrong[i].at] = wrong[i].value;
        assert_false(decodes(span_of(bytes, sizeof bytes)));
        assert_false(decodes(span_of(bytes, body.len)));
    }
}

static void what_is_too_much_is_not_written(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    (void)state;
    static const uint8_t large[4096];
    struct signals_mark_entry entry = entry_of(STORE_TOKENS_MAX + 1);
    struct span body;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_int_equal(lg_err_class(signals_mark_encode(&entry, arena, &body)), LG_CLASS_INPUT);
    entry = entry_of(1);
    entry.mark.label = span_of(large, sizeof large);
    assert_int_equal(lg_err_class(signals_mark_encode(&entry, arena, &body)), LG_CLASS_INPUT);
}

static void reasons_are_those_of_marks(void **state) {
    (void)state;
    const struct store_mark on = {.kind = STORE_MARK_STAFF, .tag_count = 1};
    const struct store_mark off = {.kind = STORE_MARK_CANARY};
    assert_string_equal(signals_mark_reason(&on), "STAFF_MARKED");
    assert_string_equal(signals_mark_reason(&off), "CANARY_TAKEN_OFF");
    assert_true(signals_mark_is(span_text("STAFF_TAKEN_OFF")));
    assert_true(signals_mark_is(span_text("CANARY_MARKED")));
    assert_false(signals_mark_is(span_text("ENROLLED")));
    assert_false(signals_mark_is(span_text("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(nothing_else_is_one),
        cmocka_unit_test(what_is_too_much_is_not_written),
        cmocka_unit_test(reasons_are_those_of_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
