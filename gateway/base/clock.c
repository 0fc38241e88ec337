/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/base/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_ms(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *ctx) {
    (void)ctx;
    return read_ms(CLOCK_REALTIME);
}

static int64_t system_mono_ms(void *ctx) {
    (void)ctx;
    return read_ms(CLOCK_MONOTONIC);
}

struct clock clock_system(void) {
    return (struct clock){.wall_ms = system_wall_ms, .mono_ms = system_mono_ms, .ctx = NULL};
}
