/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation failure on demand: the C library's own entry points stand behind ours. Test support
 * may hold this global state (STYLE.md, Shape). */
#include <errno.h>
#include <stdlib.h>

#include "tests/support/support.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static _Thread_local uint64_t seen;
static _Thread_local uint64_t fail_at;

void support_alloc_fail_at(uint64_t n) {
    seen = 0;
    fail_at = n;
}

uint64_t support_alloc_seen(void) {
    return seen;
}

/* Clang tells in another way than GCC that a sanitizer owns the heap. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool must_fail(void) {
    seen++;
    if (fail_at != 0 && seen == fail_at) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

void *malloc(size_t size) {
    return must_fail() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return must_fail() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    return must_fail() ? NULL : __libc_realloc(old, size);
}
#endif
