/* SPDX-License-Identifier: Apache-2.0 */
/* Put before a program (LD_PRELOAD): each write and read at a place moves a few bytes at most, as a
 * kernel may, and every other call is interrupted first. With LOCKGATE_SHORT_FAIL=N the N-th write
 * moves its few bytes, and all after it say that the disk is full. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Bytes of a write: divides no block. Of a read: one page, as direct ones must. */
enum { FEW = 509, PAGE = 4096 };

static atomic_ulong calls;
static atomic_ulong writes;

static unsigned long fail_at(void) {
    const char *text = getenv("LOCKGATE_SHORT_FAIL");
    return text == NULL ? 0 : strtoul(text, NULL, 10);
}

static int is_interrupted(void) {
    return atomic_fetch_add(&calls, 1) % 2 == 0;
}

ssize_t pwrite(int fd, const void *buf, size_t size, off_t at) {
    unsigned long most = fail_at();
    if (is_interrupted()) {
        errno = EINTR;
        return -1;
    }
    if (atomic_fetch_add(&writes, 1) >= most && most > 0) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, buf, size < FEW ? size : FEW, at);
}

ssize_t pread(int fd, void *buf, size_t size, off_t at) {
    if (is_interrupted()) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_pread64, fd, buf, size < PAGE ? size : PAGE, at);
}
