/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/arena_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TRIES_MAX = 200000, FORMATTED_MAX = 65536, ARENA = 1 << 23 };

static uint64_t seen;
static uint64_t fail_at;
static bool paused;

void *__real_arena_alloc(struct arena *arena, size_t size);
void *__real_arena_array(struct arena *arena, size_t count, size_t size);
void *__real_arena_more(struct arena *arena, void *items, size_t count, size_t size);
struct span __real_arena_copy(struct arena *arena, struct span bytes);
char *__real_arena_text(struct arena *arena, struct span bytes);
void *__wrap_arena_alloc(struct arena *arena, size_t size);
void *__wrap_arena_array(struct arena *arena, size_t count, size_t size);
void *__wrap_arena_more(struct arena *arena, void *items, size_t count, size_t size);
struct span __wrap_arena_copy(struct arena *arena, struct span bytes);
char *__wrap_arena_text(struct arena *arena, struct span bytes);
struct span __wrap_arena_format(struct arena *arena, const char *format, ...) LG_PRINTF(2, 3);

bool arena_fail_pause(bool pause) {
    bool was = paused;
    paused = pause;
    return was;
}

/* True where this one is to fail; the arena knows of it then. */
static bool must_fail(struct arena *arena) {
    if (paused) {
        return false;
    }
    seen++;
    if (seen != fail_at) {
        return false;
    }
    assert_null(__real_arena_alloc(arena, SIZE_MAX / 2));
    return true;
}

void *__wrap_arena_alloc(struct arena *arena, size_t size) {
    return must_fail(arena) ? NULL : __real_arena_alloc(arena, size);
}

void *__wrap_arena_array(struct arena *arena, size_t count, size_t size) {
    return must_fail(arena) ? NULL : __real_arena_array(arena, count, size);
}

void *__wrap_arena_more(struct arena *arena, void *items, size_t count, size_t size) {
    return must_fail(arena) ? NULL : __real_arena_more(arena, items, count, size);
}

struct span __wrap_arena_copy(struct arena *arena, struct span bytes) {
    return must_fail(arena) ? span_of(NULL, 0) : __real_arena_copy(arena, bytes);
}

char *__wrap_arena_text(struct arena *arena, struct span bytes) {
    return must_fail(arena) ? NULL : __real_arena_text(arena, bytes);
}

struct span __wrap_arena_format(struct arena *arena, const char *format, ...) {
    char text[FORMATTED_MAX];
    va_list args;
    if (must_fail(arena)) {
        return span_of(NULL, 0);
    }
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(len, 0, sizeof text - 1);
    return __real_arena_copy(arena, span_of(text, (size_t)len));
}

void arena_fail_each(void *ctx, arena_attempt attempt) {
    bool is_over = false;
    for (uint64_t n = 1; !is_over; n++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        seen = 0;
        fail_at = n;
        struct lg_err err = attempt(ctx, arena);
        is_over = seen < n;
        fail_at = 0;
        arena_free(&arena);
        if (lg_failed(err)) {
            assert_false(is_over);
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        }
        assert_true(!is_over || n > 1);
        assert_true(n < TRIES_MAX);
    }
}
