/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/source/breaker.h"

#include "gateway/base/limits.h"

bool source_breaker_would_pass(const struct source_breaker *breaker, int64_t now_ms) {
    return !breaker->is_open || (!breaker->is_probing && now_ms >= breaker->rest_until_ms);
}

bool source_breaker_enter(struct source_breaker *breaker, int64_t now_ms) {
    if (!source_breaker_would_pass(breaker, now_ms)) {
        return false;
    }
    breaker->is_probing = breaker->is_open;
    return true;
}

void source_breaker_succeeded(struct source_breaker *breaker) {
    *breaker = (struct source_breaker){0};
}

static int64_t rest_next(int64_t rest_ms) {
    if (rest_ms == 0) {
        return LIMIT_SOURCE_REST_MS;
    }
    return 2 * rest_ms < LIMIT_SOURCE_REST_MAX_MS ? 2 * rest_ms : LIMIT_SOURCE_REST_MAX_MS;
}

bool source_breaker_failed(struct source_breaker *breaker, int64_t now_ms) {
    breaker->failures += breaker->failures < LIMIT_SOURCE_FAILURES ? 1 : 0;
    bool was_probe = breaker->is_probing;
    if (breaker->failures < LIMIT_SOURCE_FAILURES || (breaker->is_open && !was_probe)) {
        return false;
    }
    breaker->rest_ms = rest_next(breaker->rest_ms);
    breaker->rest_until_ms = now_ms + breaker->rest_ms;
    breaker->is_open = true;
    breaker->is_probing = false;
    return !was_probe;
}

void source_breaker_undecided(struct source_breaker *breaker) {
    breaker->is_probing = false;
}
