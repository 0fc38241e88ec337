/* SPDX-License-Identifier: Apache-2.0 */
/* Stands behind pthread_create in the unit tests that are not listed as having threads: only those
 * on the list run under the thread sanitizer, so a test that begins one has to be on it. The linker
 * puts it there (lg_unit). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/support.h"

extern int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                 void *(*run)(void *), void *ctx);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *ctx) {
    (void)thread;
    (void)attributes;
    (void)run;
    (void)ctx;
    fputs("This test begins a thread: name it under THREADS in tests/unit/CMakeLists.txt\n",
          stderr);
    abort();
}
