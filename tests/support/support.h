/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers of the tests: outside data, failing allocations. */
#ifndef TESTS_SUPPORT_SUPPORT_H
#define TESTS_SUPPORT_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ctest's code for "skipped". */
enum { TEST_SKIPPED = 77 };

/* The whole file `data_dir/name` with a NUL after it, or NULL where it does not exist. The caller
 * frees it with free(). */
char *support_file_read(const char *data_dir, const char *name, size_t *out_len);

/* Makes the n-th allocation from now fail (malloc, calloc, realloc, reallocarray), 1-based; 0 turns
 * it off. Works in programs linked with this library; counts on the calling thread only. */
void support_alloc_fail_at(uint64_t n);
/* Allocations seen on this thread since support_alloc_fail_at was last called. */
uint64_t support_alloc_seen(void);
/* While it is paused, nothing fails and nothing is counted on this thread: for what a test does of
 * its own in between. Gives what it was before. */
bool support_alloc_pause(bool pause);

#endif
