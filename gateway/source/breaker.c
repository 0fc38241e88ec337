/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/source/breaker.h"

#include "gateway/base/limits.h"

bool source_breaker_would_pass(const struct source_breaker *breaker, int64_t now_ms) {
    return !breaker->is_open || (!breaker->is_probing && now_ms >= breaker->rest_until_ms);
}

bool source_breaker_enter(struct source_breaker *breaker, int64_t now_ms, uint32_t *out_round) {
    if (!source_breaker_would_pass(breaker, now_ms)) {
        return false;
    }
    breaker->is_probing = breaker->is_open;
    *out_round = breaker->round;
    return true;
}

void source_breaker_succeeded(struct source_breaker *breaker, uint32_t round) {
    if (round == breaker->round) {
        *breaker = (struct source_breaker){.round = breaker->is_open ? round + 1 : round};
    }
}

static int64_t rest_next(int64_t rest_ms) {
    if (rest_ms == 0) {
        return LIMIT_SOURCE_REST_MS;
    }
    return 2 * rest_ms < LIMIT_SOURCE_REST_MAX_MS ? 2 * rest_ms : LIMIT_SOURCE_REST_MAX_MS;
}

bool source_breaker_failed(struct source_breaker *breaker, uint32_t round, int64_t now_ms) {
    if (round != breaker->round) {
        return false;
    }
    breaker->failures += breaker->failures < LIMIT_SOURCE_FAILURES ? 1 : 0;
    if (breaker->failures < LIMIT_SOURCE_FAILURES) {
        return false;
    }
    bool was_open = breaker->is_open;
    breaker->rest_ms = rest_next(breaker->rest_ms);
    breaker->rest_until_ms = now_ms + breaker->rest_ms;
    breaker->is_open = true;
    breaker->is_probing = false;
    breaker->round++;
    return !was_open;
}

void source_breaker_undecided(struct source_breaker *breaker, uint32_t round) {
    if (round == breaker->round) {
        breaker->is_probing = false;
    }
}
