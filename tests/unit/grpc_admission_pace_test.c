/* SPDX-License-Identifier: Apache-2.0 */
/* Admission by itself: who is refused because of the time it would take, and how its numbers follow
 * what is measured. */
#include "tests/unit/grpc_admission_fixture.h"

/* Backlog of `count`, of which 240 begin, one a millisecond, so that the rate is known. */
static void learn_rate(struct world *world, int count) {
    enum { TURNS = 24, BEGINS = LIMIT_ADMISSION_TURN_MS };
    int of_party[PARTIES] = {0};
    turn(world, 0);
    fill_turn(world);
    for (int i = 0; i < count; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    }
    world->admission.turn_begins_max = BEGINS;
    for (int i = 0; i < TURNS; i++) {
        turn(world, BEGINS);
        assert_int_equal(begin_turn(world, of_party), BEGINS);
    }
}

/* Whoever would wait for more than a tenth of their time is refused when they come, and not a
 * moment later. */
static void test_refused_when_it_comes(void **state) {
    struct world *world = *state;
    learn_rate(world, 340);
    /* A hundred wait, and one begins a millisecond. */
    assert_int_equal(world->admission.rings[GRPC_LANE_NORMAL].waiting, 100);
    assert_in_range(admission_wait_ms(&world->admission), 75, 110);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 0, GRPC_LANE_NORMAL, 300), world->now_ms),
        ADMISSION_BUSY);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 0, GRPC_LANE_NORMAL, 2000), world->now_ms),
        ADMISSION_WAIT);
    /* Another agency does not stand behind the first one's line, and nobody urgent behind both. */
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 1, GRPC_LANE_NORMAL, 300), world->now_ms),
        ADMISSION_WAIT);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 2, GRPC_LANE_URGENT, 20), world->now_ms),
        ADMISSION_WAIT);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 2, GRPC_LANE_BULK, 300), world->now_ms),
        ADMISSION_BUSY);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 1, GRPC_LANE_NORMAL, 0), world->now_ms),
        ADMISSION_BUSY);
    leave_all(world);
}

/* What is urgent waits for longer before it is turned down. */
static void test_urgent_is_more_patient(void **state) {
    struct world *world = *state;
    struct admission *admission = &world->admission;
    learn_rate(world, 340);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(offer(world, 1, GRPC_LANE_URGENT), ADMISSION_WAIT);
    }
    /* A hundred urgent ones stand before both, and one begins a millisecond. */
    struct admission_ticket *plain = ticket(world, 2, GRPC_LANE_NORMAL, 600);
    struct admission_ticket *urgent = ticket(world, 2, GRPC_LANE_URGENT, 600);
    struct admission_ticket *hasty = ticket(world, 2, GRPC_LANE_URGENT, 150);
    assert_int_equal(admission_offer(admission, plain, world->now_ms), ADMISSION_BUSY);
    assert_int_equal(admission_offer(admission, urgent, world->now_ms), ADMISSION_WAIT);
    assert_int_equal(admission_offer(admission, hasty, world->now_ms), ADMISSION_BUSY);
    leave_all(world);
}

/* Nobody waits for longer than the limit, however long they say they can. */
static void test_wait_is_bounded(void **state) {
    struct world *world = *state;
    learn_rate(world, 900);
    for (int i = 0; i < LIMIT_GRPC_AGENCY_WORKS; i++) {
        enum admission_answer answer = admission_offer(
            &world->admission, ticket(world, 1, GRPC_LANE_NORMAL, NEVER_MS), world->now_ms);
        if (answer == ADMISSION_BUSY) {
            assert_in_range(admission_wait_ms(&world->admission), LIMIT_ADMISSION_WAIT_MS - 100,
                            LIMIT_ADMISSION_WAIT_MS + 100);
            leave_all(world);
            return;
        }
    }
    fail_msg("everything was taken");
}

/* What takes 100 ms at the fastest is not begun for somebody who has 90 left. */
static void test_too_short_for_the_work(void **state) {
    struct world *world = *state;
    bool is_late = false;
    turn(world, 0);
    struct admission_ticket *it = ticket(world, 0, GRPC_LANE_NORMAL, DEADLINE_MS);
    assert_int_equal(admission_offer(&world->admission, it, world->now_ms), ADMISSION_BEGIN);
    world->now_ms += 100;
    admission_note(&world->admission, it, ADMISSION_DONE, world->now_ms);
    admission_leave(&world->admission, it);
    turn(world, 0);
    fill_turn(world);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 0, GRPC_LANE_NORMAL, 100), world->now_ms),
        ADMISSION_BUSY);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 0, GRPC_LANE_NORMAL, 150), world->now_ms),
        ADMISSION_WAIT);
    turn(world, 50);
    assert_non_null(admission_next(&world->admission, world->now_ms, &is_late));
    assert_true(is_late);
    /* What was measured is forgotten after two seconds without any. */
    turn(world, 1500);
    it = ticket(world, 0, GRPC_LANE_NORMAL, DEADLINE_MS);
    assert_int_equal(admission_offer(&world->admission, it, world->now_ms), ADMISSION_BEGIN);
    admission_note(&world->admission, it, ADMISSION_DONE, world->now_ms + 1);
    world->now_ms += 1000;
    struct admission_ticket *again = ticket(world, 0, GRPC_LANE_NORMAL, DEADLINE_MS);
    assert_int_equal(admission_offer(&world->admission, again, world->now_ms), ADMISSION_BEGIN);
    world->now_ms += 1000;
    admission_note(&world->admission, again, ADMISSION_DONE, world->now_ms);
    turn(world, 0);
    fill_turn(world);
    assert_int_equal(
        admission_offer(&world->admission, ticket(world, 0, GRPC_LANE_NORMAL, 900), world->now_ms),
        ADMISSION_WAIT);
    leave_all(world);
}

/* A method that was slow once is tried again, also where nobody's time is as long as it took then,
 * and calls of other methods leave it no turn without a line. */
static void test_slow_pace_is_forgotten(void **state) {
    enum { SLOW_MS = 2900, TIME_MS = 2000, WINDOWS_MS = 2000 };
    struct world *world = *state;
    struct admission_pace other = {
        .from_ms = world->now_ms, .least_ms = INT64_MAX, .before_ms = INT64_MAX};
    turn(world, 0);
    struct admission_ticket *it = ticket(world, 0, GRPC_LANE_NORMAL, DEADLINE_MS);
    assert_int_equal(admission_offer(&world->admission, it, world->now_ms), ADMISSION_BEGIN);
    world->now_ms += SLOW_MS;
    admission_note(&world->admission, it, ADMISSION_DONE, world->now_ms);
    admission_leave(&world->admission, it);
    for (int after_ms = 0; after_ms <= WINDOWS_MS; after_ms += WINDOWS_MS / 2) {
        turn(world, after_ms == 0 ? 0 : WINDOWS_MS / 2);
        while (world->admission.turn_begins < world->admission.turn_begins_max) {
            it = ticket(world, 1, GRPC_LANE_NORMAL, DEADLINE_MS);
            it->pace = &other;
            assert_int_equal(admission_offer(&world->admission, it, world->now_ms),
                             ADMISSION_BEGIN);
        }
        it = ticket(world, 0, GRPC_LANE_NORMAL, TIME_MS);
        assert_int_equal(admission_offer(&world->admission, it, world->now_ms),
                         after_ms < WINDOWS_MS ? ADMISSION_BUSY : ADMISSION_WAIT);
    }
    leave_all(world);
}

/* Half of its time went by without a turn: told so, and not begun. */
static void test_late(void **state) {
    struct world *world = *state;
    bool is_late = false;
    turn(world, 0);
    fill_turn(world);
    struct admission_ticket *soon = ticket(world, 0, GRPC_LANE_NORMAL, 100);
    struct admission_ticket *then = ticket(world, 0, GRPC_LANE_NORMAL, 1000);
    assert_int_equal(admission_offer(&world->admission, soon, world->now_ms), ADMISSION_WAIT);
    assert_int_equal(admission_offer(&world->admission, then, world->now_ms), ADMISSION_WAIT);
    uint32_t under_way = world->admission.under_way;
    turn(world, 51);
    assert_ptr_equal(admission_next(&world->admission, world->now_ms, &is_late), soon);
    assert_true(is_late);
    assert_int_equal(soon->stage, ADMISSION_OUT);
    assert_int_equal(world->admission.under_way, under_way);
    assert_ptr_equal(admission_next(&world->admission, world->now_ms, &is_late), then);
    assert_false(is_late);
    leave_all(world);
}

/* Long turns begin fewer calls, short ones more, within their bounds. */
static void test_turns_are_followed(void **state) {
    struct world *world = *state;
    int of_party[PARTIES] = {0};
    uint32_t least = LIMIT_ADMISSION_TURN_BEGINS;
    turn(world, 0);
    fill_turn(world);
    for (int round = 0; round < 100; round++) {
        while (world->admission.rings[GRPC_LANE_NORMAL].waiting <= LIMIT_ADMISSION_TURN_BEGINS) {
            if (world->admission.rings[GRPC_LANE_NORMAL].waiting == 0) {
                leave_all(world);
                turn(world, 0);
                fill_turn(world);
            }
            struct admission_ticket *it = ticket(world, 0, GRPC_LANE_NORMAL, NEVER_MS);
            world->admission.rate = 0;
            assert_int_equal(admission_offer(&world->admission, it, world->now_ms), ADMISSION_WAIT);
        }
        turn(world, round < 50 ? 2 * LIMIT_ADMISSION_TURN_MS + 1 : 1);
        (void)begin_turn(world, of_party);
        least = world->admission.turn_begins_max < least ? world->admission.turn_begins_max : least;
        for (size_t i = 0; i < world->used; i++) {
            if (world->tickets[i].stage == ADMISSION_BEGUN) {
                admission_leave(&world->admission, &world->tickets[i]);
            }
        }
    }
    assert_int_equal(least, LIMIT_ADMISSION_TURN_BEGINS_LEAST);
    assert_int_equal(world->admission.turn_begins_max, LIMIT_ADMISSION_TURN_BEGINS);
    leave_all(world);
}

/* A long rest of an idle loop is no long turn. */
static void test_idle_turns_say_nothing(void **state) {
    struct world *world = *state;
    for (int i = 0; i < 20; i++) {
        turn(world, 5000);
        assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_BEGIN);
        leave_all(world);
    }
    assert_int_equal(world->admission.turn_begins_max, LIMIT_ADMISSION_TURN_BEGINS_FIRST);
}

/* Some calls of which our own part takes so long, ending one after the other until it is looked at.
 */
static void look(struct world *world, int64_t own_ms) {
    struct admission_ticket *its[LIMIT_ADMISSION_LOOK_CALLS + 1];
    for (size_t i = 0; i <= LIMIT_ADMISSION_LOOK_CALLS; i++) {
        its[i] = ticket(world, 0, GRPC_LANE_URGENT, NEVER_MS);
        its[i]->stage = ADMISSION_BEGUN;
        its[i]->begun_ms = world->now_ms;
        world->admission.under_way++;
        world->parties[0].urgent++;
    }
    world->now_ms += own_ms;
    for (size_t i = 0; i <= LIMIT_ADMISSION_LOOK_CALLS; i++) {
        if (i == LIMIT_ADMISSION_LOOK_CALLS) {
            world->now_ms += LIMIT_ADMISSION_LOOK_MS;
            its[i]->begun_ms = world->now_ms - own_ms;
        }
        enum admission_end end = i % 2 == 0 ? ADMISSION_DONE : ADMISSION_MISSED;
        admission_note(&world->admission, its[i], end, world->now_ms);
        admission_leave(&world->admission, its[i]);
    }
    assert_int_equal(world->admission.own_count, 0);
}

/* Where our own part of calls takes long, fewer are under way at once; where it is short and calls
 * wait, more again, within a few seconds. */
static void test_own_part_is_followed(void **state) {
    struct world *world = *state;
    struct admission *admission = &world->admission;
    for (int i = 0; i < 200; i++) {
        turn(world, 0);
        assert_int_equal(offer(world, i % PARTIES, GRPC_LANE_NORMAL), ADMISSION_BEGIN);
    }
    look(world, OWN_MS);
    assert_int_equal(admission->under_way_max, LIMIT_ADMISSION_UNDER_WAY);
    look(world, OWN_MS + 1); /* to what is under way, and no faster than by half */
    assert_int_equal(admission->under_way_max, LIMIT_ADMISSION_UNDER_WAY / 2);
    look(world, 2 * OWN_MS);
    look(world, 2 * OWN_MS);
    assert_int_equal(admission->under_way_max, LIMIT_ADMISSION_UNDER_WAY / 8);
    for (int i = 0; i < 10; i++) {
        look(world, 10 * OWN_MS);
    }
    assert_int_equal(admission->under_way_max, LIMIT_ADMISSION_UNDER_WAY_LEAST);
    /* At its limit: others wait, urgent ones find room. */
    turn(world, 0);
    assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    assert_false(admission_is_due(admission));
    for (size_t i = 0; i < 200 - LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
        admission_leave(admission, &world->tickets[i]);
    }
    assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_WAIT);
    assert_true(admission_is_due(admission));
    int of_party[PARTIES] = {0};
    assert_int_equal(begin_turn(world, of_party), 1);
    /* Short, but nobody waited for a place: it stays. */
    admission->is_bound = false;
    look(world, 1);
    assert_int_equal(admission->under_way_max, LIMIT_ADMISSION_UNDER_WAY_LEAST);
    int64_t since_ms = world->now_ms;
    while (admission->under_way_max < LIMIT_ADMISSION_UNDER_WAY) {
        admission->is_bound = true;
        look(world, 1);
    }
    assert_true(world->now_ms - since_ms <= 5000);
    leave_all(world);
}

/* What a call waits for outside is not our part, and takes nobody's place. */
static void test_rests(void **state) {
    struct world *world = *state;
    struct admission *admission = &world->admission;
    admission->under_way_max = LIMIT_ADMISSION_UNDER_WAY_LEAST;
    size_t first = world->used;
    turn(world, 0);
    for (int i = 0; i < LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
        assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_BEGIN);
    }
    turn(world, 0);
    assert_int_equal(offer(world, 1, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    assert_false(admission_is_due(admission));
    for (int i = 0; i < LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
        admission_rest(admission, &world->tickets[first + (size_t)i], true, world->now_ms);
        admission_rest(admission, &world->tickets[first + (size_t)i], true, world->now_ms);
    }
    assert_int_equal(admission->under_way, 0);
    assert_int_equal(admission->resting, LIMIT_ADMISSION_UNDER_WAY_LEAST);
    assert_true(admission_is_due(admission));
    /* Ten seconds of rest and ten milliseconds of work, twice. */
    for (int round = 0; round < 2; round++) {
        world->now_ms += 10000;
        for (int i = 0; i < LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
            admission_rest(admission, &world->tickets[first + (size_t)i], false, world->now_ms);
        }
        world->now_ms += 10;
        for (int i = 0; round == 0 && i < LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
            admission_rest(admission, &world->tickets[first + (size_t)i], true, world->now_ms);
        }
    }
    for (int i = 0; i < LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
        struct admission_ticket *it = &world->tickets[first + (size_t)i];
        admission_note(admission, it, ADMISSION_DONE, world->now_ms);
        admission_note(admission, it, ADMISSION_DONE, world->now_ms + 99999); /* once */
    }
    assert_int_equal(admission->own_count, LIMIT_ADMISSION_UNDER_WAY_LEAST);
    assert_int_equal(admission->own_sum_ms, 20 * LIMIT_ADMISSION_UNDER_WAY_LEAST);
    /* Leaving from a rest. */
    admission_rest(admission, &world->tickets[first], true, world->now_ms);
    admission_leave(admission, &world->tickets[first]);
    assert_int_equal(admission->resting, 0);
    admission_rest(admission, &world->tickets[first], false, world->now_ms); /* it is out */
    assert_int_equal(admission->under_way, LIMIT_ADMISSION_UNDER_WAY_LEAST - 1);
    leave_all(world);
}

/* However many rest, memory is bounded. */
static void test_rests_are_bounded(void **state) {
    struct world *world = *state;
    struct admission *admission = &world->admission;
    for (int i = 0; i < LIMIT_ADMISSION_BEGUN; i++) {
        turn(world, 0);
        struct admission_ticket *it = ticket(world, i % PARTIES, GRPC_LANE_NORMAL, DEADLINE_MS);
        assert_int_equal(admission_offer(admission, it, world->now_ms), ADMISSION_BEGIN);
        admission_rest(admission, it, true, world->now_ms);
    }
    turn(world, 0);
    for (size_t i = 0; i < PARTIES; i++) {
        world->parties[i].plain--; /* not the share of one is what stops it */
    }
    assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    assert_false(admission_is_due(admission));
    for (size_t i = 0; i < PARTIES; i++) {
        world->parties[i].plain++;
    }
    assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_WAIT);
    assert_true(admission_is_due(admission));
    admission_leave(admission, &world->tickets[0]);
    assert_true(admission_is_due(admission));
    leave_all(world);
}

/* Callers who give up say nothing about us, and where calls take their time for other reasons
 * nothing is looked at. */
static void test_what_is_not_looked_at(void **state) {
    struct world *world = *state;
    struct admission *admission = &world->admission;
    turn(world, 1000);
    struct admission_ticket *it = ticket(world, 0, GRPC_LANE_NORMAL, DEADLINE_MS);
    assert_int_equal(admission_offer(admission, it, world->now_ms), ADMISSION_BEGIN);
    admission_note(admission, it, ADMISSION_GIVEN_UP, world->now_ms + 1000);
    assert_int_equal(admission->own_count, 0);
    admission->own_max_ms = 0;
    for (int i = 0; i < 20; i++) {
        look(world, 10 * OWN_MS);
    }
    assert_int_equal(admission->under_way_max, LIMIT_ADMISSION_UNDER_WAY);
    leave_all(world);
}

/* With places for nobody else, urgent calls of those who drew ahead still go. */
static void test_urgent_ahead_without_places(void **state) {
    struct world *world = *state;
    struct admission *admission = &world->admission;
    int of_party[PARTIES] = {0};
    admission->under_way_max = LIMIT_ADMISSION_UNDER_WAY_LEAST;
    for (int i = 0; i < LIMIT_ADMISSION_UNDER_WAY_LEAST; i++) {
        turn(world, 0);
        assert_int_equal(offer(world, 3, GRPC_LANE_NORMAL), ADMISSION_BEGIN);
    }
    assert_int_equal(offer(world, 1, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    assert_int_equal(offer(world, 0, GRPC_LANE_URGENT), ADMISSION_WAIT);
    world->parties[0].round = admission->round + LIMIT_ADMISSION_URGENT_AHEAD;
    turn(world, 1);
    assert_true(admission_is_due(admission));
    assert_int_equal(begin_turn(world, of_party), 1);
    assert_int_equal(of_party[0], 1);
    assert_false(admission_is_due(admission));
    leave_all(world);
}

/* A line that stood still once moves again: what it took then does not keep its agency out for as
 * long as others keep the server busy. */
static void test_slow_place_is_forgotten(void **state) {
    enum { STALL_MS = 4000, PATIENT_MS = 10000, TURNS = 3000 };
    struct world *world = *state;
    struct admission *admission = &world->admission;
    int of_party[PARTIES] = {0};
    turn(world, 0);
    fill_turn(world);
    leave_all(world);
    assert_int_equal(offer(world, 0, GRPC_LANE_NORMAL), ADMISSION_WAIT);
    turn(world, STALL_MS); /* a disk that did not answer */
    assert_int_equal(begin_turn(world, of_party), 1);
    assert_true(world->parties[0].lines[GRPC_LANE_NORMAL].place_us > 0);
    leave_all(world);
    /* Another agency always has calls waiting, and eight begin a turn. */
    admission->turn_begins_max = LIMIT_ADMISSION_TURN_BEGINS_LEAST;
    int taken = 0;
    for (int i = 0; i < TURNS; i++) {
        turn(world, LIMIT_ADMISSION_TURN_MS + 1);
        world->used = world->used > TICKETS / 2 ? 0 : world->used;
        for (int j = 0; j < LIMIT_ADMISSION_TURN_BEGINS_LEAST + 1; j++) {
            struct admission_ticket *it = ticket(world, 1, GRPC_LANE_NORMAL, PATIENT_MS);
            (void)admission_offer(admission, it, world->now_ms);
        }
        struct admission_ticket *mine = ticket(world, 0, GRPC_LANE_NORMAL, PATIENT_MS);
        enum admission_answer answer = admission_offer(admission, mine, world->now_ms);
        assert_int_not_equal(answer, ADMISSION_BEGIN);
        taken += answer == ADMISSION_WAIT ? 1 : 0;
        bool is_late = false;
        struct admission_ticket *it = admission_next(admission, world->now_ms, &is_late);
        for (; it != NULL; it = admission_next(admission, world->now_ms, &is_late)) {
            admission_leave(admission, it);
        }
    }
    assert_true(taken > TURNS / 2);
    assert_true(admission_valid(admission));
}

/* Five times what one server does, for a minute of made-up time: what is answered is in time, what
 * is refused is refused when it comes, and when it is over nothing is left. One begins a
 * millisecond, ends 30 ms later. */
static void test_five_times_too_much(void **state) {
    enum { MINUTE_MS = 60000, OFFERED_PER_MS = 5, SERVICE_MS = 30, CALL_MS = 1000 };
    struct world *world = *state;
    struct admission *admission = &world->admission;
    size_t ring[SERVICE_MS][LIMIT_ADMISSION_TURN_BEGINS];
    int begun_in[SERVICE_MS] = {0};
    int answered = 0;
    int urgent = 0;
    int urgent_refused = 0;
    int late = 0;
    int refused = 0;
    bool is_late = false;
    for (int now = 0; now < MINUTE_MS; now++) {
        turn(world, 1);
        admission->turn_begins_max = 1; /* what the machine can do */
        int slot = now % SERVICE_MS;
        for (int i = 0; i < begun_in[slot]; i++) {
            struct admission_ticket *it = &world->tickets[ring[slot][i]];
            assert_true(world->now_ms <= it->deadline_ms);
            admission_note(admission, it, ADMISSION_DONE, world->now_ms);
            admission_leave(admission, it);
            answered++;
        }
        begun_in[slot] = 0;
        for (int i = 0; i < OFFERED_PER_MS; i++) {
            bool is_urgent = (now * OFFERED_PER_MS + i) % 20 == 0;
            /* Tickets are used again long after they are out. */
            world->used = world->used == TICKETS ? 0 : world->used;
            size_t index = world->used;
            struct admission_ticket *it =
                ticket(world, i % 3, is_urgent ? GRPC_LANE_URGENT : GRPC_LANE_NORMAL, CALL_MS);
            enum admission_answer answer = admission_offer(admission, it, world->now_ms);
            urgent += is_urgent ? 1 : 0;
            refused += answer == ADMISSION_BUSY ? 1 : 0;
            urgent_refused += is_urgent && answer == ADMISSION_BUSY ? 1 : 0;
            if (answer == ADMISSION_BEGIN) {
                ring[slot][begun_in[slot]++] = index;
            }
        }
        struct admission_ticket *it = admission_next(admission, world->now_ms, &is_late);
        for (; it != NULL; it = admission_next(admission, world->now_ms, &is_late)) {
            late += is_late ? 1 : 0;
            if (!is_late) {
                ring[slot][begun_in[slot]++] = (size_t)(it - world->tickets);
            }
        }
    }
    assert_true(answered >= MINUTE_MS - 2 * SERVICE_MS);
    /* What was promised a turn and did not get it in time: fewer than one refusal in a thousand. */
    assert_true(late * 1000 <= refused);
    assert_true(urgent > 14000);
    assert_int_equal(urgent_refused, 0);
    admission->turn_begins_max = LIMIT_ADMISSION_TURN_BEGINS_LEAST;
    assert_true(admission_wait_ms(admission) <= CALL_MS / LIMIT_ADMISSION_WAIT_PART + 1);
    assert_true(admission_valid(admission));
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_refused_when_it_comes),
        CASE(test_urgent_is_more_patient),
        CASE(test_wait_is_bounded),
        CASE(test_too_short_for_the_work),
        CASE(test_slow_pace_is_forgotten),
        CASE(test_late),
        CASE(test_turns_are_followed),
        CASE(test_idle_turns_say_nothing),
        CASE(test_own_part_is_followed),
        CASE(test_rests),
        CASE(test_rests_are_bounded),
        CASE(test_what_is_not_looked_at),
        CASE(test_urgent_ahead_without_places),
        CASE(test_slow_place_is_forgotten),
        CASE(test_five_times_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
