/* SPDX-License-Identifier: Apache-2.0 */
/* The line's world with an index and the rules of misuse over its log. */
#ifndef TESTS_UNIT_SIGNALS_FIXTURE_H
#define TESTS_UNIT_SIGNALS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits_signals.h"
#include "gateway/index/index.h"
#include "gateway/review/review.h"
#include "gateway/service/signals.h"
#include "gateway/store/signals.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

/* Tuesday 2027-01-05, 12:00 UTC. */
static const int64_t NOON_MS = INT64_C(1799150400000);

struct scene {
    struct line_world *w;
    struct index_log *index;
    struct service_signals *signals;
};

static inline void begin(struct scene *s) {
    assert_false(lg_failed(service_signals_open(&s->w->gateway, s->w->worker.reader, &s->signals)));
    index_follow(s->index, service_signals_follower(s->signals));
}

/* As after a crash: what was not written is gone. */
static inline void crash(struct scene *s) {
    service_signals_free(&s->signals);
    begin(s);
}

static inline struct scene scene_of(struct line_world *w) {
    static const struct span agencies[] = {{(const uint8_t *)"care", 4},
                                           {(const uint8_t *)"homes", 5}};
    struct scene s = {.w = w};
    const struct index_config config = {
        .store = w->gateway.store, .log = w->gateway.log, .agencies = {agencies, 2}};
    assert_false(lg_failed(index_open(&config, &s.index)));
    w->gateway.index = s.index;
    w->gateway.limits.signals_every_ms = LIMIT_SIGNALS_EVERY_PARTS;
    w->wall_ms = NOON_MS;
    begin(&s);
    return s;
}

static inline void scene_done(struct scene *s) {
    service_signals_free(&s->signals);
    s->w->gateway.index = NULL;
    index_free(&s->index);
}

static inline void read_all(struct scene *s) {
    bool did = true;
    while (did) {
        assert_false(lg_failed(index_fill(s->index, &did)));
    }
}

/* So long at most until the next cases are opened. */
enum { MOMENT_MS = LIMIT_SIGNALS_EVERY_PARTS_MOST };

/* Until the whole log is looked at, and what waits is opened; how many cases were. */
static inline size_t run(struct scene *s) {
    size_t before = service_signals_done(s->signals).opened;
    read_all(s);
    s->w->wall_ms += MOMENT_MS;
    read_all(s);
    return service_signals_done(s->signals).opened - before;
}

/* ---- Cases ---- */

static inline size_t listed(struct scene *s, const char *agency,
                            struct store_review_side **out_sides) {
    const struct store_review_list list = {
        .agency = span_text(agency), .before_index = UINT64_MAX, .is_unclosed = true};
    size_t count = 0;
    assert_false(
        lg_failed(store_reviews_list(s->w->worker.reader, &list, s->w->arena, out_sides, &count)));
    return count;
}

/* The only open case of care. */
static inline struct review_case one(struct scene *s) {
    struct store_review_side *sides = NULL;
    struct review_case it;
    assert_int_equal(listed(s, "care", &sides), 1);
    assert_true(sides[0].is_own);
    assert_false(
        lg_failed(review_case_read(s->w->worker.reader, &sides[0].review, s->w->arena, &it)));
    return it;
}

static inline struct store_signals_of hits_of(struct scene *s, const struct review_case *it) {
    struct store_signals_of of;
    assert_false(lg_failed(store_signals_of_case(s->w->worker.reader, &it->opening.id, &of)));
    return of;
}

#endif
