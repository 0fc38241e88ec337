/* SPDX-License-Identifier: Apache-2.0 */
/* Every ceiling of the gateway, with the attack or fault that it stops beside it. */
#ifndef GATEWAY_BASE_LIMITS_H
#define GATEWAY_BASE_LIMITS_H

/* loop */
enum {
    /* Descriptors of one loop: a flood of connections ends in a refusal, not in memory. */
    LIMIT_LOOP_WATCHES = 65536,
    /* Running timers of one loop: a connection and each of its streams hold a few. */
    LIMIT_LOOP_TIMERS = 262144,
    /* Events taken from the kernel in a turn: what became ready first cannot starve the timers. */
    LIMIT_LOOP_EVENTS = 256,
};

#endif
