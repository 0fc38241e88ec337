/* SPDX-License-Identifier: Apache-2.0 */
/* Admission by itself: who begins, who waits, in which order, and the bounds of every line. */
#include "tests/unit/grpc_admission_fixture.h"

static void test_begins_at_once(void **state) {
    struct world *world = *state;
    turn(world, 0);
    assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_BEGIN);
    assert_int_equal(offer(world, 0, GRPC_LANE_BULK), ADMISSION_BEGIN);
    assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_BEGIN);
    assert_int_equal(world->admission.under_way, 3);
    assert_false(admission_is_due(&world->admission));
    leave_all(world);
    admission_leave(&world->admission, &world->tickets[0]); /* twice is once */
    assert_int_equal(world->admission.under_way, 0);
}

/* One turn begins so many; the next so many again, and none is forgotten. */
static void test_turn_is_bounded(void **state) {
    struct world *world = *state;
    enum { COUNT = 3 * LIMIT_ADMISSION_TURN_BEGINS_FIRST + 1 };
    int of_party[PARTIES] = {0};
    bool is_late = false;
    turn(world, 0);
    for (int i = 0; i < COUNT; i++) {
        enum admission_answer answer = offer(world, 0, GRPC_LANE_NORMAL);
        assert_int_equal(answer,
                         i < LIMIT_ADMISSION_TURN_BEGINS_FIRST ? ADMISSION_BEGIN : ADMISSION_WAIT);
    }
    assert_true(admission_is_due(&world->admission));
    assert_null(admission_next(&world->admission, world->now_ms, &is_late));
    int left = COUNT - LIMIT_ADMISSION_TURN_BEGINS_FIRST;
    while (left > 0) {
        turn(world, LIMIT_ADMISSION_TURN_MS); /* neither long nor short */
        int begun = begin_turn(world, of_party);
        assert_int_equal(begun, left < LIMIT_ADMISSION_TURN_BEGINS_FIRST
                                    ? left
                                    : LIMIT_ADMISSION_TURN_BEGINS_FIRST);
        left -= begun;
    }
    assert_false(admission_is_due(&world->admission));
    leave_all(world);
}

/* In the order in which they came, of one agency and lane. */
static void test_order(void **state) {
    struct world *world = *state;
    bool is_late = false;
    turn(world, 0);
    fill_turn(world);
    size_t first = world->used;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    turn(world, 1);
    for (size_t i = 0; i < 5; i++) {
        assert_ptr_equal(admission_next(&world->admission, world->now_ms, &is_late),
                         &world->tickets[first + i]);
    }
    leave_all(world);
}

static void test_urgent_first_bulk_last(void **state) {
    struct world *world = *state;
    static const enum grpc_lane LANES[] = {GRPC_LANE_BULK, GRPC_LANE_NORMAL, GRPC_LANE_URGENT};
    static const enum grpc_lane ORDER[] = {GRPC_LANE_URGENT, GRPC_LANE_NORMAL, GRPC_LANE_BULK};
    bool is_late = false;
    turn(world, 0);
    fill_turn(world);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(offer(world, (int)i, LANES[i]), ADMISSION_WAIT);
    }
    turn(world, 1);
    world->admission.since_bulk = 0;
    for (size_t i = 0; i < 3; i++) {
        struct admission_ticket *it = admission_next(&world->admission, world->now_ms, &is_late);
        assert_non_null(it);
        assert_int_equal(it->lane, ORDER[i]);
    }
    leave_all(world);
}

/* Bulk moves on, one in so many, however much else waits. */
static void test_bulk_is_not_starved(void **state) {
    struct world *world = *state;
    int bulk = 0;
    bool is_late = false;
    turn(world, 0);
    fill_turn(world);
    leave_all(world);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(offer(world, i % 2, GRPC_LANE_NORMAL), ADMISSION_WAIT);
        assert_int_equal(offer(world, 2, GRPC_LANE_BULK), ADMISSION_WAIT);
    }
    for (int i = 0; i < 10 * LIMIT_ADMISSION_BULK_EVERY; i++) {
        turn(world, 1);
        struct admission_ticket *it = admission_next(&world->admission, world->now_ms, &is_late);
        assert_non_null(it);
        bulk += it->lane == GRPC_LANE_BULK ? 1 : 0;
    }
    assert_int_equal(bulk, 10);
    leave_all(world);
}

/* Nor is it by urgent calls, of one agency or of several, with nothing normal between. */
static void test_bulk_beside_urgent(void **state) {
    struct world *world = *state;
    for (int parties = 1; parties <= 2; parties++) {
        int bulk = 0;
        bool is_late = false;
        turn(world, 0);
        fill_turn(world);
        leave_all(world);
        for (int i = 0; i < 200; i++) {
            assert_int_equal(offer(world, i % parties, GRPC_LANE_URGENT), ADMISSION_WAIT);
        }
        for (int i = 0; i < 20; i++) {
            assert_int_equal(offer(world, 2, GRPC_LANE_BULK), ADMISSION_WAIT);
        }
        world->admission.since_bulk = 0;
        for (int i = 0; i < 10 * LIMIT_ADMISSION_BULK_EVERY; i++) {
            turn(world, 1);
            struct admission_ticket *it =
                admission_next(&world->admission, world->now_ms, &is_late);
            assert_non_null(it);
            bulk += it->lane == GRPC_LANE_BULK ? 1 : 0;
        }
        assert_int_equal(bulk, 10);
        leave_all(world);
    }
}

/* One agency's flood leaves every other its turn. */
static void test_fair_between_agencies(void **state) {
    struct world *world = *state;
    int of_party[PARTIES] = {0};
    turn(world, 0);
    fill_turn(world);
    leave_all(world);
    for (int i = 0; i < 900; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    for (int i = 0; i < 30; i++) {
        assert_int_equal(offer(world, 1, GRPC_LANE_NORMAL), ADMISSION_WAIT);
        assert_int_equal(offer(world, 2, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    int begun = 0;
    while (begun < 90) {
        turn(world, LIMIT_ADMISSION_TURN_MS);
        begun += begin_turn(world, of_party);
    }
    assert_true(of_party[1] >= 29 && of_party[2] >= 29);
    assert_true(of_party[0] <= begun - 58);
    leave_all(world);
}

/* Somebody who calls everything urgent gets what the others get, and a little at first. */
static void test_urgent_is_of_ones_own_share(void **state) {
    struct world *world = *state;
    int of_party[PARTIES] = {0};
    turn(world, 0);
    fill_turn(world);
    leave_all(world);
    for (int i = 0; i < 300; i++) {
        if (i < LIMIT_GRPC_AGENCY_URGENT) {
            assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_WAIT);
        }
        assert_int_equal(offer(world, 1, GRPC_LANE_NORMAL), ADMISSION_WAIT);
        assert_int_equal(offer(world, 2, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    int begun = 0;
    while (begun < 320) {
        turn(world, LIMIT_ADMISSION_TURN_MS);
        begun += begin_turn(world, of_party);
    }
    int others = (begun - LIMIT_ADMISSION_URGENT_AHEAD) / 3;
    assert_in_range(of_party[0], others, others + LIMIT_ADMISSION_URGENT_AHEAD + 2);
    assert_in_range(of_party[1], others - 2, others + 2);
    assert_in_range(of_party[2], others - 2, others + 2);
    leave_all(world);
}

/* An honest share of urgent calls goes before everybody's others. */
static void test_urgent_passes_the_flood(void **state) {
    struct world *world = *state;
    bool is_late = false;
    turn(world, 0);
    fill_turn(world);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(offer(world, i % 2, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    for (int i = 0; i < 100; i++) {
        turn(world, LIMIT_ADMISSION_TURN_MS);
        assert_int_equal(offer(world, i % 2, GRPC_LANE_URGENT), ADMISSION_WAIT);
        struct admission_ticket *it = admission_next(&world->admission, world->now_ms, &is_late);
        assert_int_equal(it->lane, GRPC_LANE_URGENT);
        for (int j = 0; j < 4; j++) {
            it = admission_next(&world->admission, world->now_ms, &is_late);
            assert_int_equal(it->lane, GRPC_LANE_NORMAL);
        }
    }
    leave_all(world);
}

/* Urgent parties alone: each in its turn, none is stuck for having drawn ahead. */
static void test_urgent_alone(void **state) {
    struct world *world = *state;
    int of_party[PARTIES] = {0};
    turn(world, 0);
    fill_turn(world);
    leave_all(world);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_WAIT);
        assert_int_equal(offer(world, 1, GRPC_LANE_URGENT), ADMISSION_WAIT);
    }
    int begun = 0;
    for (int i = 0; i < 1000 && begun < 400; i++) {
        turn(world, LIMIT_ADMISSION_TURN_MS);
        begun += begin_turn(world, of_party);
    }
    assert_int_equal(of_party[0], 200);
    assert_int_equal(of_party[1], 200);
    leave_all(world);
}

/* An agency's share: at it, one over, and a thousand over. */
static void test_share_of_an_agency(void **state) {
    struct world *world = *state;
    turn(world, 0);
    for (int i = 0; i < LIMIT_GRPC_AGENCY_WORKS; i++) {
        assert_in_range(offer(world, 0, i % 2 == 0 ? GRPC_LANE_NORMAL : GRPC_LANE_BULK),
                        ADMISSION_BEGIN, ADMISSION_WAIT);
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_SHARE);
    }
    assert_int_equal(world->parties[0].plain, LIMIT_GRPC_AGENCY_WORKS);
    /* Its urgent ones have room of their own; beyond that they are as the others. */
    for (int i = 0; i < LIMIT_GRPC_AGENCY_URGENT; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_WAIT);
    }
    assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_SHARE);
    assert_int_equal(offer(world, 1, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    for (int i = 0; i < LIMIT_GRPC_AGENCY_URGENT; i++) {
        assert_int_equal(offer(world, 2, GRPC_LANE_URGENT), ADMISSION_WAIT);
    }
    assert_int_equal(offer(world, 2, GRPC_LANE_URGENT), ADMISSION_WAIT);
    assert_int_equal(world->tickets[world->used - 1].lane, GRPC_LANE_NORMAL);
    leave_all(world);
}

/* A lane holds so many, and so many bytes, whoever sends them. */
static void test_lane_is_bounded(void **state) {
    struct world *world = *state;
    turn(world, 0);
    fill_turn(world);
    leave_all(world);
    for (int i = 0; i < LIMIT_ADMISSION_LANE; i++) {
        assert_int_equal(admission_offer(&world->admission,
                                         ticket(world, i % PARTIES, GRPC_LANE_NORMAL, DEADLINE_MS),
                                         world->now_ms),
                         ADMISSION_WAIT);
    }
    leave_all(world);
    for (int i = 0; i < 3; i++) {
        struct admission_ticket *large = ticket(world, i, GRPC_LANE_NORMAL, DEADLINE_MS);
        large->size = i == 0 ? LIMIT_ADMISSION_WAITING_SIZE : 1;
        assert_int_equal(admission_offer(&world->admission, large, world->now_ms),
                         i == 0 ? ADMISSION_WAIT : ADMISSION_BUSY);
    }
    admission_leave(&world->admission, &world->tickets[0]);
    assert_int_equal(offer(world, 1, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    leave_all(world);
}

/* Leaving while it waits frees the place, wherever it stands in line. */
static void test_leaving_the_line(void **state) {
    struct world *world = *state;
    bool is_late = false;
    turn(world, 0);
    fill_turn(world);
    size_t first = world->used;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(offer(world, i / 3, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    static const size_t GO[] = {1, 0, 5, 2};
    for (size_t i = 0; i < 4; i++) {
        admission_leave(&world->admission, &world->tickets[first + GO[i]]);
        assert_true(admission_valid(&world->admission));
    }
    assert_int_equal(world->admission.rings[GRPC_LANE_NORMAL].waiting, 2);
    assert_int_equal(world->admission.rings[GRPC_LANE_NORMAL].count, 1);
    assert_int_equal(world->parties[0].plain, 0);
    turn(world, 1);
    assert_ptr_equal(admission_next(&world->admission, world->now_ms, &is_late),
                     &world->tickets[first + 3]);
    assert_ptr_equal(admission_next(&world->admission, world->now_ms, &is_late),
                     &world->tickets[first + 4]);
    assert_null(admission_next(&world->admission, world->now_ms, &is_late));
    leave_all(world);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_begins_at_once),
        CASE(test_turn_is_bounded),
        CASE(test_order),
        CASE(test_urgent_first_bulk_last),
        CASE(test_bulk_is_not_starved),
        CASE(test_bulk_beside_urgent),
        CASE(test_fair_between_agencies),
        CASE(test_urgent_is_of_ones_own_share),
        CASE(test_urgent_passes_the_flood),
        CASE(test_urgent_alone),
        CASE(test_share_of_an_agency),
        CASE(test_lane_is_bounded),
        CASE(test_leaving_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
