/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation failure on demand. Test support may hold this global state (STYLE.md, Shape). In plain
 * builds the C library's entry points stand behind ours, so that libraries' allocations fail too. A
 * sanitizer owns those names: there the linker wraps the calls of our own code (lg_unit). */
#include <errno.h>
#include <stdlib.h>

#include "tests/support/support.h"

/* Clang tells in another way than GCC that a sanitizer is at work. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ALLOC_IS_WRAPPED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOC_IS_WRAPPED 1
#endif

static _Thread_local uint64_t seen;
static _Thread_local uint64_t fail_at;
static _Thread_local bool paused;

void support_alloc_fail_at(uint64_t n) {
    seen = 0;
    fail_at = n;
}

uint64_t support_alloc_seen(void) {
    return seen;
}

bool support_alloc_pause(bool pause) {
    bool was = paused;
    paused = pause;
    return was;
}

static bool must_fail(void) {
    if (paused) {
        return false;
    }
    seen++;
    if (fail_at != 0 && seen == fail_at) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

#ifdef ALLOC_IS_WRAPPED
#define ALLOC_OURS(name) __wrap_##name
#define ALLOC_THEIRS(name) __real_##name
#else
#define ALLOC_OURS(name) name
#define ALLOC_THEIRS(name) __libc_##name
#endif

extern void *ALLOC_THEIRS(malloc)(size_t size);
extern void *ALLOC_THEIRS(calloc)(size_t count, size_t size);
extern void *ALLOC_THEIRS(realloc)(void *old, size_t size);
void *ALLOC_OURS(malloc)(size_t size);
void *ALLOC_OURS(calloc)(size_t count, size_t size);
void *ALLOC_OURS(realloc)(void *old, size_t size);

void *ALLOC_OURS(malloc)(size_t size) {
    return must_fail() ? NULL : ALLOC_THEIRS(malloc)(size);
}

void *ALLOC_OURS(calloc)(size_t count, size_t size) {
    return must_fail() ? NULL : ALLOC_THEIRS(calloc)(count, size);
}

void *ALLOC_OURS(realloc)(void *old, size_t size) {
    return must_fail() ? NULL : ALLOC_THEIRS(realloc)(old, size);
}
