/* SPDX-License-Identifier: Apache-2.0 */
/* The three numbers that follow what is measured (how many begin in a turn, how fast the lines
 * move, how many are under way), and what they say of a wait. */
#include <assert.h>

#include "gateway/base/limits.h"
#include "gateway/grpc/admission_int.h"

enum { PACE_WINDOW_MS = 1000, RATE_WINDOW_MS = 50, RATE_SCALE = 1000000, US_PER_MS = 1000 };

static_assert(LIMIT_ADMISSION_TURN_BEGINS_LEAST >= 1, "a turn begins something");
static_assert(LIMIT_ADMISSION_UNDER_WAY_LEAST <= LIMIT_ADMISSION_UNDER_WAY, "a range");

/* ---- turns, and how fast calls begin ---- */

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* A turn that ended because its number was used up, and what it took: the next ones begin fewer
 * when it was long, more when it was short. Turns that waited for something say nothing. */
static void follow_turn(struct admission *admission, int64_t now_ms) {
    int64_t len_ms = now_ms - admission->turn_ms;
    uint32_t max = admission->turn_begins_max;
    if (!admission->is_busy) {
        return;
    }
    if (len_ms > 2 * (int64_t)LIMIT_ADMISSION_TURN_MS) {
        max = larger(max - max / 4, LIMIT_ADMISSION_TURN_BEGINS_LEAST);
    } else if (len_ms < LIMIT_ADMISSION_TURN_MS) {
        max = smaller(max + max / 8 + 1, LIMIT_ADMISSION_TURN_BEGINS);
    }
    admission->turn_begins_max = max;
}

/* What began while others waited is what can begin; without any waiting, as much can at least. */
static void follow_rate(struct admission *admission, int64_t now_ms) {
    int64_t len_ms = now_ms - admission->rate_from_ms;
    if (len_ms < RATE_WINDOW_MS) {
        return;
    }
    uint64_t rate = (uint64_t)admission->rate_begins * RATE_SCALE / (uint64_t)len_ms;
    bool is_saturated = admission_waiting(admission) > 0 && admission->rate != 0;
    if (is_saturated) {
        rate = (3 * admission->rate + rate) / 4;
        admission->rate = rate == 0 ? 1 : rate;
    } else {
        admission->rate = rate > admission->rate ? rate : admission->rate;
    }
    admission->rate_from_ms = now_ms;
    admission->rate_begins = 0;
}

void admission_turn(struct admission *admission, uint64_t turn, int64_t now_ms) {
    if (turn == admission->turn) {
        return;
    }
    follow_turn(admission, now_ms);
    follow_rate(admission, now_ms);
    admission->turn = turn;
    admission->turn_ms = now_ms;
    admission->turn_begins = 0;
    admission->is_busy = false;
}

/* ---- how long a method takes ---- */

/* 0: not known. It goes with the time, not with the next answer: calls that are refused because of
 * it have none. */
int64_t admission_pace_read(const struct admission_pace *pace, int64_t now_ms) {
    int64_t age_ms = now_ms - pace->from_ms;
    int64_t before_ms = age_ms < PACE_WINDOW_MS ? pace->before_ms : INT64_MAX;
    int64_t least_ms = age_ms < 2 * (int64_t)PACE_WINDOW_MS ? pace->least_ms : INT64_MAX;
    least_ms = before_ms < least_ms ? before_ms : least_ms;
    return least_ms == INT64_MAX ? 0 : least_ms;
}

void admission_pace_note(struct admission_pace *pace, int64_t took_ms, int64_t now_ms) {
    if (now_ms - pace->from_ms >= PACE_WINDOW_MS) {
        bool is_next = now_ms - pace->from_ms < 2 * (int64_t)PACE_WINDOW_MS;
        pace->before_ms = is_next ? pace->least_ms : INT64_MAX;
        pace->least_ms = INT64_MAX;
        pace->from_ms = now_ms;
    }
    pace->least_ms = took_ms < pace->least_ms ? took_ms : pace->least_ms;
}

/* ---- waits ---- */

/* What stands before one more ticket at the end of its party's line. */
static uint64_t before(const struct admission *admission, const struct admission_ticket *ticket) {
    const struct admission_ring *urgent = &admission->rings[GRPC_LANE_URGENT];
    const struct admission_ring *normal = &admission->rings[GRPC_LANE_NORMAL];
    const struct admission_ring *bulk = &admission->rings[GRPC_LANE_BULK];
    if (ticket->lane == GRPC_LANE_URGENT) {
        return urgent->waiting;
    }
    if (ticket->lane == GRPC_LANE_BULK) {
        return (uint64_t)urgent->waiting + normal->waiting + bulk->waiting;
    }
    uint64_t rounds = (uint64_t)ticket->party->plain * normal->count;
    return urgent->waiting + (rounds < normal->waiting ? rounds : normal->waiting);
}

static int64_t wait_of(const struct admission *admission, uint64_t tickets) {
    return admission->rate == 0 ? 0 : (int64_t)(tickets * RATE_SCALE / admission->rate);
}

/* By the whole, which is known first, or by this line, which may be slower: an agency that draws
 * most of its share as urgent leaves its other calls little. */
int64_t admission_wait_for(const struct admission *admission, const struct admission_ticket *ticket,
                           int64_t now_ms) {
    const struct admission_line *line = &ticket->party->lines[ticket->lane];
    int64_t by_all_ms = wait_of(admission, before(admission, ticket));
    int64_t by_line_ms = ((int64_t)line->count + 1) * line->place_us / US_PER_MS;
    /* An empty line that nobody left for a while: what it took then may be over, and whoever is
     * refused for it cannot tell. One is let in to find out. */
    bool is_known = line->count > 0 || now_ms - line->placed_ms < LIMIT_ADMISSION_PLACE_MS;
    return by_all_ms > by_line_ms || !is_known ? by_all_ms : by_line_ms;
}

/* Two turns are what it takes at least, at any place in line. */
void admission_place_note(const struct admission_ticket *ticket, int64_t now_ms) {
    enum { WEIGHT = 8, PLACE_MS_MAX = 60000 };
    struct admission_line *line = &ticket->party->lines[ticket->lane];
    int64_t waited_ms = now_ms - ticket->arrived_ms - 2 * (int64_t)LIMIT_ADMISSION_TURN_MS;
    waited_ms = waited_ms < PLACE_MS_MAX ? waited_ms : PLACE_MS_MAX;
    int64_t place_us = waited_ms < 0 ? 0 : waited_ms * US_PER_MS / ((int64_t)ticket->ahead + 1);
    bool is_first = line->place_us == 0;
    line->placed_ms = now_ms;
    line->place_us =
        (uint32_t)(is_first ? place_us
                            : (line->place_us * (int64_t)(WEIGHT - 1) + place_us) / WEIGHT);
}

int64_t admission_wait_ms(const struct admission *admission) {
    return wait_of(admission, admission_waiting(admission));
}

/* ---- our own part ---- */

/* Our own part of a call is in proportion to how many are under way, once they stand in a line
 * somewhere: where it is too long, as many as make it three quarters of what it should be, and no
 * fewer than half of those before; where it is short and more could be begun, some more, for few at
 * once make small records and commits. */
static uint32_t fitting(const struct admission *admission) {
    int64_t own_ms = admission->own_sum_ms / admission->own_count;
    int64_t own_max_ms = admission->own_max_ms;
    int64_t max = admission->under_way_max;
    if (own_ms > own_max_ms) {
        int64_t held = max < admission->under_way ? max : admission->under_way;
        int64_t fit = held * own_max_ms * 3 / (4 * own_ms);
        max = fit > max / 2 ? fit : max / 2;
    } else if (admission->is_bound && own_ms <= own_max_ms * 3 / 4) {
        max += own_ms <= own_max_ms / 2 ? max / 2 : max / 8;
    }
    max = max > LIMIT_ADMISSION_UNDER_WAY_LEAST ? max : LIMIT_ADMISSION_UNDER_WAY_LEAST;
    return (uint32_t)(max < LIMIT_ADMISSION_UNDER_WAY ? max : LIMIT_ADMISSION_UNDER_WAY);
}

static void follow_own(struct admission *admission, int64_t now_ms) {
    uint32_t max = fitting(admission);
    if (max != admission->under_way_max) {
        admission->under_way_max = max;
        admission->max_set_ms = now_ms;
    }
    admission->is_bound = false;
    admission->own_sum_ms = 0;
    admission->own_count = 0;
}

/* Calls that were begun before the last change tell of what was before it. */
void admission_own_note(struct admission *admission, const struct admission_ticket *ticket,
                        int64_t own_ms, int64_t now_ms) {
    if (admission->own_max_ms == 0 || ticket->begun_ms < admission->max_set_ms) {
        return;
    }
    if (admission->own_count == 0) {
        admission->look_from_ms = now_ms;
    }
    admission->own_sum_ms += own_ms;
    admission->own_count++;
    if (admission->own_count >= LIMIT_ADMISSION_LOOK_CALLS &&
        now_ms - admission->look_from_ms >= LIMIT_ADMISSION_LOOK_MS) {
        follow_own(admission, now_ms);
    }
}
