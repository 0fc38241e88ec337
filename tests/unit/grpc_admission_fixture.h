/* SPDX-License-Identifier: Apache-2.0 */
/* Admission in a time of its own: agencies, tickets, turns. Included by its tests, after cmocka. */
#ifndef TESTS_UNIT_GRPC_ADMISSION_FIXTURE_H
#define TESTS_UNIT_GRPC_ADMISSION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/admission.h"

#include <cmocka.h>

enum { PARTIES = 4, TICKETS = 16384, DEADLINE_MS = 10000, NEVER_MS = 1000000000 };
enum { OWN_MS = 60 };

struct world {
    struct admission admission;
    struct admission_party parties[PARTIES];
    struct admission_pace pace;
    struct admission_ticket tickets[TICKETS];
    size_t used;
    int64_t now_ms;
    uint64_t turn;
};

static inline int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->now_ms = 1000;
    world->pace = (struct admission_pace){
        .from_ms = world->now_ms, .least_ms = INT64_MAX, .before_ms = INT64_MAX};
    admission_init(&world->admission, 0, world->now_ms);
    assert_int_equal(world->admission.under_way_max, LIMIT_ADMISSION_UNDER_WAY);
    admission_init(&world->admission, OWN_MS, world->now_ms);
    assert_int_equal(world->admission.under_way_max, LIMIT_ADMISSION_UNDER_WAY_FIRST);
    world->admission.under_way_max = LIMIT_ADMISSION_UNDER_WAY;
    *state = world;
    return 0;
}

static inline int teardown(void **state) {
    free(*state);
    return 0;
}

static inline struct admission_ticket *ticket(struct world *world, int party, enum grpc_lane lane,
                                              int64_t in_ms) {
    assert_true(world->used < TICKETS);
    struct admission_ticket *it = &world->tickets[world->used++];
    *it = (struct admission_ticket){
        .party = &world->parties[party],
        .pace = &world->pace,
        .lane = lane,
        .size = 100,
        .deadline_ms = world->now_ms + in_ms,
    };
    return it;
}

static inline enum admission_answer offer(struct world *world, int party, enum grpc_lane lane) {
    enum admission_answer answer =
        admission_offer(&world->admission, ticket(world, party, lane, DEADLINE_MS), world->now_ms);
    assert_true(admission_valid(&world->admission));
    return answer;
}

static inline void turn(struct world *world, int64_t len_ms) {
    world->now_ms += len_ms;
    admission_turn(&world->admission, ++world->turn, world->now_ms);
}

static inline int party_of(const struct world *world, const struct admission_ticket *it) {
    return (int)(it->party - world->parties);
}

/* Begins what this turn may; how many of each party. */
static inline int begin_turn(struct world *world, int of_party[static PARTIES]) {
    int count = 0;
    bool is_late = false;
    struct admission_ticket *it = admission_next(&world->admission, world->now_ms, &is_late);
    while (it != NULL) {
        assert_false(is_late);
        assert_int_equal(it->stage, ADMISSION_BEGUN);
        of_party[party_of(world, it)]++;
        count++;
        it = admission_next(&world->admission, world->now_ms, &is_late);
    }
    assert_true(admission_valid(&world->admission));
    return count;
}

/* Fills this turn, so that what comes next waits. */
static inline void fill_turn(struct world *world) {
    while (world->admission.turn_begins < world->admission.turn_begins_max) {
        assert_int_equal(offer(world, PARTIES - 1, GRPC_LANE_NORMAL), ADMISSION_BEGIN);
    }
}

static inline void leave_all(struct world *world) {
    for (size_t i = 0; i < world->used; i++) {
        admission_leave(&world->admission, &world->tickets[i]);
    }
    assert_int_equal(world->admission.under_way, 0);
    assert_int_equal(world->admission.waiting_size, 0);
    assert_null(admission_any(&world->admission));
    for (size_t i = 0; i < PARTIES; i++) {
        assert_int_equal(world->parties[i].plain, 0);
        assert_int_equal(world->parties[i].urgent, 0);
    }
    assert_true(admission_valid(&world->admission));
    world->used = 0;
}

#endif
