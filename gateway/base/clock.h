/* SPDX-License-Identifier: Apache-2.0 */
/* Time comes in as an interface, so that a test can own it. */
#ifndef GATEWAY_BASE_CLOCK_H
#define GATEWAY_BASE_CLOCK_H

#include <stdint.h>

/* wall_ms: milliseconds since 1970 UTC. mono_ms: milliseconds that never go back. */
struct clock {
    int64_t (*wall_ms)(void *ctx);
    int64_t (*mono_ms)(void *ctx);
    void *ctx;
};

/* The machine's clocks. */
struct clock clock_system(void);

static inline int64_t clock_wall_ms(const struct clock *clock) {
    return clock->wall_ms(clock->ctx);
}

static inline int64_t clock_mono_ms(const struct clock *clock) {
    return clock->mono_ms(clock->ctx);
}

#endif
