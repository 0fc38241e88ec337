/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/arena.h"
#include "gateway/base/bytes.h"
#include "gateway/base/num.h"
#include "gateway/base/span.h"
#include "tests/support/support.h"

#include <cmocka.h>

static void split_gives_every_part(void **state) {
    (void)state;
    struct span rest = span_text("a,,b");
    struct span part;
    assert_true(span_split(&rest, ',', &part));
    assert_true(span_equal_text(part, "a"));
    assert_true(span_split(&rest, ',', &part));
    assert_int_equal(part.len, 0);
    assert_true(span_split(&rest, ',', &part));
    assert_true(span_equal_text(part, "b"));
    assert_false(span_split(&rest, ',', &part));
}

static void letters_are_folded_and_nothing_else(void **state) {
    (void)state;
    assert_true(span_equal_folded(span_text("User-AZ9"), span_text("uSER-az9")));
    assert_true(span_equal_folded(span_text(""), span_of(NULL, 0)));
    assert_false(span_equal_folded(span_text("user"), span_text("user-")));
    assert_false(span_equal_folded(span_text("@["), span_text("`{")));
    assert_false(span_equal_folded(span_text("\xc3\x8b"), span_text("\xc3\xab")));
}

static void utf8_edges(void **state) {
    (void)state;
    assert_true(span_is_text(span_text("")));
    assert_true(span_is_text(span_text("Zo\xc3\xab \xf0\x9f\x98\x80")));
    assert_false(span_is_text(span_of("a\0b", 3)));
    assert_false(span_is_text(span_text("\xc0\xaf")));         /* overlong */
    assert_false(span_is_text(span_text("\xed\xa0\x80")));     /* surrogate */
    assert_false(span_is_text(span_text("\xf4\x90\x80\x80"))); /* past U+10FFFF */
    assert_false(span_is_text(span_text("\xe2\x82")));         /* cut */
}

static void reader_sticks_at_first_error(void **state) {
    (void)state;
    const uint8_t bytes[] = {1, 2, 3, 0, 1, 9};
    struct reader r = reader_of(span_of(bytes, sizeof bytes));
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_u16(&r), 0x0203);
    assert_int_equal(reader_part(&r).len, 1);
    assert_false(lg_failed(reader_end(&r)));
    assert_int_equal(reader_u32(&r), 0);
    assert_true(lg_failed(reader_end(&r)));
    r = reader_of(span_of(bytes, 2));
    assert_int_equal(reader_u64(&r), 0);
    assert_int_equal(reader_u8(&r), 0);
    assert_true(lg_failed(reader_end(&r)));
}

static void writer_never_passes_its_end(void **state) {
    (void)state;
    uint8_t buf[4] = {0, 0, 0, 0xee};
    struct writer w = writer_of(buf, 3);
    writer_u16(&w, 0x0102);
    writer_u16(&w, 0x0304);
    struct span out = {0};
    assert_true(lg_failed(writer_end(&w, &out)));
    assert_int_equal(buf[3], 0xee);
    w = writer_of(buf, 3);
    writer_part(&w, span_text("x"));
    assert_false(lg_failed(writer_end(&w, &out)));
    assert_int_equal(out.len, 3);
}

static void text_codings_round_trip(void **state) {
    (void)state;
    uint8_t bytes[40];
    char text[96];
    uint8_t back[48];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)(i * 37 + len);
        }
        size_t out_len = 0;
        bytes_to_base64(span_of(bytes, len), text);
        assert_false(lg_failed(bytes_from_base64(span_text(text), back, sizeof back, &out_len)));
        assert_int_equal(out_len, len);
        assert_memory_equal(back, bytes, len);
        bytes_to_base32(span_of(bytes, len), text);
        assert_false(lg_failed(bytes_from_base32(span_text(text), back, len)));
        assert_memory_equal(back, bytes, len);
        bytes_to_hex(span_of(bytes, len), text);
        assert_false(lg_failed(bytes_from_hex(span_text(text), back, len)));
        assert_memory_equal(back, bytes, len);
    }
}

static void text_codings_refuse(void **state) {
    (void)state;
    uint8_t out[16];
    size_t len = 0;
    const char *const bad[] = {"A", "AAA", "A===", "====", "AB==x", "AA=A", "AB=="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(lg_failed(bytes_from_base64(span_text(bad[i]), out, sizeof out, &len)));
    }
    assert_true(lg_failed(bytes_from_base64(span_text("AAAA"), out, 2, &len)));
    assert_true(lg_failed(bytes_from_base32(span_text("ab"), out, 2)));
    assert_true(lg_failed(bytes_from_base32(span_text("AA"), out, 1)));
    assert_true(lg_failed(bytes_from_base32(span_text("ab"), out, 1))); /* tail bits */
    assert_true(lg_failed(bytes_from_hex(span_text("0g"), out, 1)));
}

static void arena_keeps_its_budget(void **state) {
    (void)state;
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(100, &arena)));
    assert_non_null(arena_alloc(arena, 100));
    assert_non_null(arena_alloc(arena, 0));
    assert_false(lg_failed(arena_failed(arena)));
    assert_null(arena_alloc(arena, 1));
    assert_true(lg_failed(arena_failed(arena)));
    assert_null(arena_array(arena, SIZE_MAX, 2));
    arena_free(&arena);
    assert_null(arena);
    arena_free(&arena);
}

static void arena_survives_each_failed_allocation(void **state) {
    (void)state;
    for (uint64_t n = 1; n <= 4; n++) {
        struct arena *arena = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = arena_new(100000, &arena);
        if (!lg_failed(err)) {
            (void)arena_alloc(arena, 10);
            (void)arena_alloc(arena, 20000);
            arena_free(&arena);
        }
        support_alloc_fail_at(0);
        assert_null(arena);
    }
}

static void an_array_grows_and_keeps_what_it_has(void **state) {
    (void)state;
    struct arena *arena = NULL;
    uint32_t *numbers = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    for (uint32_t i = 0; i < 1000; i++) {
        numbers = arena_more(arena, numbers, i, sizeof *numbers);
        assert_non_null(numbers);
        assert_int_equal(numbers[i], 0);
        numbers[i] = i + 1;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], i + 1);
    }
    arena_free(&arena);
    assert_false(lg_failed(arena_new(3 * sizeof *numbers, &arena)));
    assert_null(arena_more(arena, NULL, 0, sizeof *numbers));
    assert_true(lg_failed(arena_failed(arena)));
    arena_free(&arena);
}

static bool all_zero(const uint8_t *bytes, size_t len) {
    size_t at = 0;
    while (at < len && bytes[at] == 0) {
        at++;
    }
    return at == len;
}

/* Written full and left on the shelf, a block comes back as zeros; so does what was never used. */
static void a_shelf_gives_out_zeros(void **state) {
    (void)state;
    struct arena_shelf *shelf = NULL;
    assert_false(lg_failed(arena_shelf_new(2, &shelf)));
    for (int round = 0; round < 3; round++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new_on(shelf, 1 << 20, &arena)));
        for (int i = 0; i < 5; i++) { /* one more block than the shelf holds, and a large one */
            size_t size = i == 4 ? 50000 : 5000;
            uint8_t *bytes = arena_alloc(arena, size);
            assert_non_null(bytes);
            assert_true(all_zero(bytes, size));
            memset(bytes, 0xaa, size);
        }
        arena_free(&arena);
        assert_null(arena);
    }
    arena_shelf_free(&shelf);
    assert_null(shelf);
    arena_shelf_free(&shelf);
}

static void a_shelf_survives_each_failed_allocation(void **state) {
    (void)state;
    for (uint64_t n = 1; n <= 5; n++) {
        struct arena_shelf *shelf = NULL;
        struct arena *arena = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = arena_shelf_new(4, &shelf);
        if (!lg_failed(err)) {
            err = arena_new_on(shelf, 100000, &arena);
        }
        if (!lg_failed(err)) {
            (void)arena_alloc(arena, 10);
            (void)arena_alloc(arena, 20000);
            assert_int_equal(lg_failed(arena_failed(arena)), n <= 4);
        }
        arena_free(&arena);
        arena_shelf_free(&shelf);
        support_alloc_fail_at(0);
        assert_null(arena);
    }
}

/* Every byte at every place of texts longer than two steps. */
static void plain_text_ends_at_the_first_other_byte(void **state) {
    (void)state;
    for (size_t len = 0; len <= 19; len++) {
        for (size_t at = 0; at <= len; at++) {
            for (unsigned byte = 0; byte < 256 && at < len; byte++) {
                uint8_t text[19];
                memset(text, 'a', sizeof text);
                text[at] = (uint8_t)byte;
                bool plain = byte >= 0x20 && byte <= 0x7e;
                assert_int_equal(span_plain_len(span_of(text, len)), plain ? len : at);
            }
        }
    }
    assert_int_equal(span_plain_len(span_of(NULL, 0)), 0);
    assert_int_equal(span_plain_len(span_text("  ~~ A line of text and\n")), 23);
}

static void sums_are_checked(void **state) {
    (void)state;
    size_t out = 7;
    uint16_t narrow = 7;
    assert_true(lg_failed(num_add(SIZE_MAX, 1, &out)));
    assert_true(lg_failed(num_mul(SIZE_MAX, 2, &out)));
    assert_true(lg_failed(num_narrow_u16(65536, &narrow)));
    assert_int_equal(out, 7);
    assert_false(lg_failed(num_mul(0, SIZE_MAX, &out)));
    assert_false(lg_failed(num_narrow_u16(65535, &narrow)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_gives_every_part),
        cmocka_unit_test(letters_are_folded_and_nothing_else),
        cmocka_unit_test(utf8_edges),
        cmocka_unit_test(reader_sticks_at_first_error),
        cmocka_unit_test(writer_never_passes_its_end),
        cmocka_unit_test(text_codings_round_trip),
        cmocka_unit_test(text_codings_refuse),
        cmocka_unit_test(arena_keeps_its_budget),
        cmocka_unit_test(arena_survives_each_failed_allocation),
        cmocka_unit_test(an_array_grows_and_keeps_what_it_has),
        cmocka_unit_test(plain_text_ends_at_the_first_other_byte),
        cmocka_unit_test(a_shelf_gives_out_zeros),
        cmocka_unit_test(a_shelf_survives_each_failed_allocation),
        cmocka_unit_test(sums_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
