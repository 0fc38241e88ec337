/* SPDX-License-Identifier: Apache-2.0 */
/* The library's small pieces of memory: room enough, nobody's twice, and no more kept than may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/http2/http2_int.h"

#include <cmocka.h>

enum { STEP = HTTP2_SHELF_STEP, ROOM_MAX = HTTP2_SHELF_STEP * HTTP2_SHELF_SIZES };

static void there_is_room_for_what_was_asked_for(void **state) {
    (void)state;
    static const size_t sizes[] = {0,    1,        STEP - 1,     STEP,   STEP + 1,
                                   1000, ROOM_MAX, ROOM_MAX + 1, 1 << 20};
    struct http2_shelf shelf = {0};
    for (int round = 0; round < 2; round++) { /* new ones, then those from the shelf */
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            void *ptr = http2_shelf_take(&shelf, sizes[i]);
            assert_non_null(ptr);
            assert_true(http2_shelf_room(ptr) >= sizes[i]);
            assert_int_equal((uintptr_t)ptr % _Alignof(max_align_t), 0);
            memset(ptr, 0x5a, http2_shelf_room(ptr));
            http2_shelf_give(&shelf, ptr);
        }
    }
    http2_shelf_clear(&shelf);
    assert_int_equal(shelf.kept, 0);
}

static void what_no_system_has_is_refused(void **state) {
    (void)state;
    struct http2_shelf shelf = {0};
    assert_null(http2_shelf_take(&shelf, SIZE_MAX));
    assert_null(http2_shelf_take(&shelf, SIZE_MAX - 8));
}

static void no_piece_is_out_twice(void **state) {
    (void)state;
    enum { COUNT = 64 };
    struct http2_shelf shelf = {0};
    uint8_t *pieces[COUNT];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            pieces[i] = http2_shelf_take(&shelf, 1 + i * 16);
            assert_non_null(pieces[i]);
            memset(pieces[i], (int)i, 1 + i * 16);
        }
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t at = 0; at < 1 + i * 16; at++) {
                assert_int_equal(pieces[i][at], i);
            }
            http2_shelf_give(&shelf, pieces[i]);
        }
    }
    http2_shelf_clear(&shelf);
}

static void no_more_is_kept_than_may_be(void **state) {
    (void)state;
    enum { COUNT = LIMIT_HTTP2_SHELF / ROOM_MAX + 8 };
    static void *pieces[COUNT];
    struct http2_shelf shelf = {0};
    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = http2_shelf_take(&shelf, ROOM_MAX);
        assert_non_null(pieces[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        http2_shelf_give(&shelf, pieces[i]);
        assert_true(shelf.kept <= LIMIT_HTTP2_SHELF);
    }
    http2_shelf_clear(&shelf);
    for (size_t i = 0; i < HTTP2_SHELF_SIZES; i++) {
        assert_null(shelf.first[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_room_for_what_was_asked_for),
        cmocka_unit_test(what_no_system_has_is_refused),
        cmocka_unit_test(no_piece_is_out_twice),
        cmocka_unit_test(no_more_is_kept_than_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
