/* SPDX-License-Identifier: Apache-2.0 */
/* When to stop asking an agency that fails. States:
 *
 *   closed     asks go through; LIMIT_SOURCE_FAILURES failures in a row -> open
 *   open       nothing goes through until rest_until_ms            -> probing
 *   probing    one ask goes through: success -> closed, failure -> open with twice the rest
 *
 * A leg that ran out of time is no failure: a slow agency is honest about being slow. Each opening
 * and each closing begins a new round; what an ask of an older round meets says nothing any more:
 * neither is it the probe's, nor does it tell how the agency is now. */
#ifndef GATEWAY_SOURCE_BREAKER_H
#define GATEWAY_SOURCE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct source_breaker {
    uint32_t failures; /* in a row */
    int64_t rest_ms;   /* of the next opening */
    int64_t rest_until_ms;
    uint32_t round;
    bool is_open;
    bool is_probing;
};

/* Whether an ask would go through at this moment; changes nothing. */
bool source_breaker_would_pass(const struct source_breaker *breaker, int64_t now_ms);
/* Takes the place of one ask, which keeps its round; false: do not ask. */
bool source_breaker_enter(struct source_breaker *breaker, int64_t now_ms, uint32_t *out_round);
void source_breaker_succeeded(struct source_breaker *breaker, uint32_t round);
/* True when this failure opened it. */
bool source_breaker_failed(struct source_breaker *breaker, uint32_t round, int64_t now_ms);
/* The ask ended without telling anything of the agency's health (cancelled, out of time). */
void source_breaker_undecided(struct source_breaker *breaker, uint32_t round);

#endif
