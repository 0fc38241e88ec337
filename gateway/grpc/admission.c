/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of agencies in rings of lanes, and the three numbers that follow what is measured. */
#include "gateway/grpc/admission.h"

#include <assert.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"

enum { PACE_WINDOW_MS = 1000, RATE_WINDOW_MS = 50, RATE_SCALE = 1000000, US_PER_MS = 1000 };

static_assert(LIMIT_ADMISSION_TURN_BEGINS_LEAST >= 1, "a turn begins something");
static_assert(LIMIT_ADMISSION_UNDER_WAY_LEAST <= LIMIT_ADMISSION_UNDER_WAY, "a range");

/* ---- lines and rings ---- */

static void ring_add(struct admission_ring *ring, struct admission_party *party, size_t lane) {
    struct admission_line *line = &party->lines[lane];
    if (ring->first == NULL) {
        line->prev = party;
        line->next = party;
        ring->first = party;
    } else {
        struct admission_party *first = ring->first;
        struct admission_party *last = first->lines[lane].prev;
        line->prev = last;
        line->next = first;
        last->lines[lane].next = party;
        first->lines[lane].prev = party;
    }
    ring->count++;
}

static void ring_remove(struct admission_ring *ring, struct admission_party *party, size_t lane) {
    struct admission_line *line = &party->lines[lane];
    ring->count--;
    if (ring->count == 0) {
        ring->first = NULL;
    } else {
        line->prev->lines[lane].next = line->next;
        line->next->lines[lane].prev = line->prev;
        ring->first = ring->first == party ? line->next : ring->first;
    }
    line->prev = NULL;
    line->next = NULL;
}

static void line_add(struct admission *admission, struct admission_ticket *ticket) {
    struct admission_ring *ring = &admission->rings[ticket->lane];
    struct admission_line *line = &ticket->party->lines[ticket->lane];
    ticket->next = NULL;
    ticket->prev = line->last;
    if (line->last == NULL) {
        line->first = ticket;
        ring_add(ring, ticket->party, ticket->lane);
    } else {
        line->last->next = ticket;
    }
    line->last = ticket;
    ticket->ahead = line->count;
    line->count++;
    ring->waiting++;
    admission->waiting_size += ticket->size;
    ticket->stage = ADMISSION_WAITING;
}

static void line_remove(struct admission *admission, struct admission_ticket *ticket) {
    struct admission_ring *ring = &admission->rings[ticket->lane];
    struct admission_line *line = &ticket->party->lines[ticket->lane];
    ASSERT(ring->waiting > 0);
    if (ticket->prev != NULL) {
        ticket->prev->next = ticket->next;
    } else {
        line->first = ticket->next;
    }
    if (ticket->next != NULL) {
        ticket->next->prev = ticket->prev;
    } else {
        line->last = ticket->prev;
    }
    ticket->prev = NULL;
    ticket->next = NULL;
    line->count--;
    ring->waiting--;
    admission->waiting_size -= ticket->size;
    if (line->first == NULL) {
        ring_remove(ring, ticket->party, ticket->lane);
    }
}

static uint32_t waiting_of(const struct admission *admission) {
    uint32_t waiting = 0;
    for (size_t i = 0; i < ADMISSION_LANES; i++) {
        waiting += admission->rings[i].waiting;
    }
    return waiting;
}

static uint32_t *held_of(struct admission_ticket *ticket) {
    return ticket->lane == GRPC_LANE_URGENT ? &ticket->party->urgent : &ticket->party->plain;
}

/* ---- measures ---- */

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
    bool is_saturated = waiting_of(admission) > 0 && admission->rate != 0;
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

/* 0: not known. It goes with the time, not with the next answer: calls that are refused because of
 * it have none. */
static int64_t pace_of(const struct admission_pace *pace, int64_t now_ms) {
    int64_t age_ms = now_ms - pace->from_ms;
    int64_t before_ms = age_ms < PACE_WINDOW_MS ? pace->before_ms : INT64_MAX;
    int64_t least_ms = age_ms < 2 * (int64_t)PACE_WINDOW_MS ? pace->least_ms : INT64_MAX;
    least_ms = before_ms < least_ms ? before_ms : least_ms;
    return least_ms == INT64_MAX ? 0 : least_ms;
}

static void pace_note(struct admission_pace *pace, int64_t took_ms, int64_t now_ms) {
    if (now_ms - pace->from_ms >= PACE_WINDOW_MS) {
        bool is_next = now_ms - pace->from_ms < 2 * (int64_t)PACE_WINDOW_MS;
        pace->before_ms = is_next ? pace->least_ms : INT64_MAX;
        pace->least_ms = INT64_MAX;
        pace->from_ms = now_ms;
    }
    pace->least_ms = took_ms < pace->least_ms ? took_ms : pace->least_ms;
}

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
static int64_t wait_for(const struct admission *admission, const struct admission_ticket *ticket,
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
static void place_note(const struct admission_ticket *ticket, int64_t now_ms) {
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
    return wait_of(admission, waiting_of(admission));
}

/* ---- arriving ---- */

/* Urgent calls find room where the others have used theirs up. */
static bool has_place(const struct admission *admission, enum grpc_lane lane) {
    bool is_urgent = lane == GRPC_LANE_URGENT;
    uint32_t max = admission->under_way_max + (is_urgent ? admission->under_way_max / 4 : 0);
    uint32_t begun_max = LIMIT_ADMISSION_BEGUN + (is_urgent ? LIMIT_ADMISSION_BEGUN / 4 : 0);
    return admission->under_way < max && admission->under_way + admission->resting < begun_max;
}

static void begin(struct admission *admission, struct admission_ticket *ticket, int64_t now_ms) {
    ticket->stage = ADMISSION_BEGUN;
    ticket->begun_ms = now_ms;
    admission->under_way++;
    admission->turn_begins++;
    admission->rate_begins++;
}

/* A tenth of the time that is left besides what the work itself takes, or a third. */
static bool is_hopeless(const struct admission *admission, const struct admission_ticket *ticket,
                        int64_t now_ms) {
    int64_t spare_ms = ticket->deadline_ms - now_ms - pace_of(ticket->pace, now_ms);
    int64_t part = ticket->lane == GRPC_LANE_URGENT ? (int64_t)LIMIT_ADMISSION_WAIT_PART_URGENT
                                                    : (int64_t)LIMIT_ADMISSION_WAIT_PART;
    int64_t patience_ms = spare_ms / part;
    patience_ms = patience_ms < LIMIT_ADMISSION_WAIT_MS ? patience_ms : LIMIT_ADMISSION_WAIT_MS;
    return spare_ms <= 0 || wait_for(admission, ticket, now_ms) > patience_ms;
}

static bool is_full(const struct admission *admission, const struct admission_ticket *ticket) {
    return admission->rings[ticket->lane].waiting >= LIMIT_ADMISSION_LANE ||
           ticket->size > LIMIT_ADMISSION_WAITING_SIZE - admission->waiting_size;
}

enum admission_answer admission_offer(struct admission *admission, struct admission_ticket *ticket,
                                      int64_t now_ms) {
    ASSERT(ticket->stage == ADMISSION_OUT);
    ASSERT(ticket->lane < GRPC_LANE_COUNT);
    struct admission_party *party = ticket->party;
    if (ticket->lane == GRPC_LANE_URGENT && party->urgent >= LIMIT_GRPC_AGENCY_URGENT) {
        ticket->lane = GRPC_LANE_NORMAL;
    }
    if (ticket->lane != GRPC_LANE_URGENT && party->plain >= LIMIT_GRPC_AGENCY_WORKS) {
        return ADMISSION_SHARE;
    }
    ticket->arrived_ms = now_ms;
    bool is_now = waiting_of(admission) == 0 && has_place(admission, ticket->lane) &&
                  admission->turn_begins < admission->turn_begins_max;
    if (is_now) {
        (*held_of(ticket))++;
        begin(admission, ticket, now_ms);
        return ADMISSION_BEGIN;
    }
    if (is_hopeless(admission, ticket, now_ms) || is_full(admission, ticket)) {
        return ADMISSION_BUSY;
    }
    (*held_of(ticket))++;
    line_add(admission, ticket);
    return ADMISSION_WAIT;
}

/* ---- taking turns ---- */

static bool may_draw(const struct admission *admission, const struct admission_party *party) {
    return party->round < admission->round + LIMIT_ADMISSION_URGENT_AHEAD;
}

static void draw(struct admission *admission, struct admission_party *party) {
    party->round = (party->round > admission->round ? party->round : admission->round) + 1;
    admission->round_last =
        party->round > admission->round_last ? party->round : admission->round_last;
}

static struct admission_party *rotate(struct admission_ring *ring, size_t lane) {
    struct admission_party *party = ring->first;
    ring->first = party->lines[lane].next;
    return party;
}

/* Where nobody else waits, what was drawn in advance has cost nobody anything. */
static struct admission_party *pick_urgent(struct admission *admission) {
    struct admission_ring *ring = &admission->rings[GRPC_LANE_URGENT];
    if (admission->rings[GRPC_LANE_NORMAL].waiting == 0 && ring->count == 1) {
        admission->round = admission->round_last;
    }
    for (uint32_t i = 0; i < ring->count; i++) {
        struct admission_party *party = rotate(ring, GRPC_LANE_URGENT);
        if (may_draw(admission, party)) {
            return party;
        }
    }
    return NULL;
}

/* A party that drew ahead is passed over, in at most LIMIT_ADMISSION_URGENT_AHEAD rounds and one.
 */
static struct admission_party *pick_normal(struct admission *admission) {
    struct admission_ring *ring = &admission->rings[GRPC_LANE_NORMAL];
    uint32_t most = ring->count * (LIMIT_ADMISSION_URGENT_AHEAD + 2);
    for (uint32_t i = 0; i < most; i++) {
        if (admission->visits == 0) {
            admission->round++;
            admission->visits = ring->count;
        }
        struct admission_party *party = rotate(ring, GRPC_LANE_NORMAL);
        admission->visits--;
        if (party->round <= admission->round) {
            return party;
        }
    }
    return NULL;
}

/* Only urgent parties can begin, all of them ahead: a round for them. */
static struct admission_party *pick_ahead(struct admission *admission) {
    admission->round++;
    return pick_urgent(admission);
}

static struct admission_party *pick_bulk(struct admission *admission) {
    return rotate(&admission->rings[GRPC_LANE_BULK], GRPC_LANE_BULK);
}

static struct admission_party *pick(struct admission *admission, enum grpc_lane *out_lane) {
    const struct admission_ring *rings = admission->rings;
    bool is_bulk_due = rings[GRPC_LANE_BULK].waiting > 0 && has_place(admission, GRPC_LANE_BULK) &&
                       admission->since_bulk >= LIMIT_ADMISSION_BULK_EVERY - 1;
    if (is_bulk_due) {
        *out_lane = GRPC_LANE_BULK;
        return pick_bulk(admission);
    }
    *out_lane = GRPC_LANE_URGENT;
    bool has_urgent = rings[GRPC_LANE_URGENT].waiting > 0 && has_place(admission, GRPC_LANE_URGENT);
    struct admission_party *party = has_urgent ? pick_urgent(admission) : NULL;
    bool is_alone = rings[GRPC_LANE_NORMAL].waiting == 0 || !has_place(admission, GRPC_LANE_NORMAL);
    if (party == NULL && has_urgent && is_alone) {
        party = pick_ahead(admission);
    }
    if (party != NULL || !has_place(admission, GRPC_LANE_NORMAL)) {
        return party;
    }
    if (rings[GRPC_LANE_NORMAL].waiting > 0) {
        *out_lane = GRPC_LANE_NORMAL;
        return pick_normal(admission);
    }
    *out_lane = GRPC_LANE_BULK;
    return rings[GRPC_LANE_BULK].waiting > 0 ? pick_bulk(admission) : NULL;
}

/* It waited for more than half of its time, or what is left is too short for the work. */
static bool is_late(const struct admission_ticket *ticket, int64_t now_ms) {
    int64_t half_ms = (ticket->deadline_ms - ticket->arrived_ms) / 2;
    return now_ms - ticket->arrived_ms > half_ms ||
           ticket->deadline_ms - now_ms <= pace_of(ticket->pace, now_ms);
}

struct admission_ticket *admission_next(struct admission *admission, int64_t now_ms,
                                        bool *out_late) {
    enum grpc_lane lane = GRPC_LANE_NORMAL;
    *out_late = false;
    if (waiting_of(admission) == 0) {
        return NULL;
    }
    admission->is_bound = admission->is_bound || !has_place(admission, GRPC_LANE_NORMAL);
    if (admission->turn_begins >= admission->turn_begins_max) {
        admission->is_busy = true;
        return NULL;
    }
    struct admission_party *party = pick(admission, &lane);
    if (party == NULL) {
        return NULL;
    }
    struct admission_ticket *ticket = party->lines[lane].first;
    if (is_late(ticket, now_ms)) {
        admission_leave(admission, ticket);
        place_note(ticket, now_ms);
        *out_late = true;
        return ticket;
    }
    line_remove(admission, ticket);
    place_note(ticket, now_ms);
    if (lane != GRPC_LANE_BULK) {
        draw(admission, party);
    }
    admission->since_bulk = lane == GRPC_LANE_BULK ? 0 : admission->since_bulk + 1;
    begin(admission, ticket, now_ms);
    return ticket;
}

bool admission_is_due(const struct admission *admission) {
    uint32_t urgent = admission->rings[GRPC_LANE_URGENT].waiting;
    return (urgent > 0 && has_place(admission, GRPC_LANE_URGENT)) ||
           (waiting_of(admission) > urgent && has_place(admission, GRPC_LANE_NORMAL));
}

struct admission_ticket *admission_any(const struct admission *admission) {
    for (size_t i = 0; i < ADMISSION_LANES; i++) {
        if (admission->rings[i].first != NULL) {
            return admission->rings[i].first->lines[i].first;
        }
    }
    return NULL;
}

/* ---- ending ---- */

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
static void own_note(struct admission *admission, const struct admission_ticket *ticket,
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

static int64_t rested_ms(const struct admission_ticket *ticket, int64_t now_ms) {
    return ticket->is_resting ? now_ms - ticket->rest_ms : ticket->rest_ms;
}

void admission_rest(struct admission *admission, struct admission_ticket *ticket, bool rests,
                    int64_t now_ms) {
    if (ticket->stage != ADMISSION_BEGUN || ticket->is_resting == rests) {
        return;
    }
    ASSERT(!rests || admission->under_way > 0);
    ASSERT(rests || admission->resting > 0);
    /* Kept as the moment from which all rests together would have lasted until now. */
    ticket->rest_ms = now_ms - ticket->rest_ms;
    ticket->is_resting = rests;
    if (rests) {
        admission->under_way--;
        admission->resting++;
    } else {
        admission->under_way++;
        admission->resting--;
    }
}

void admission_note(struct admission *admission, struct admission_ticket *ticket,
                    enum admission_end end, int64_t now_ms) {
    ASSERT(ticket->stage == ADMISSION_BEGUN);
    int64_t took_ms = now_ms - ticket->begun_ms;
    if (ticket->is_noted || end == ADMISSION_GIVEN_UP) {
        return;
    }
    ticket->is_noted = true;
    if (end == ADMISSION_DONE) {
        pace_note(ticket->pace, took_ms, now_ms);
    }
    own_note(admission, ticket, took_ms - rested_ms(ticket, now_ms), now_ms);
}

void admission_leave(struct admission *admission, struct admission_ticket *ticket) {
    if (ticket->stage == ADMISSION_OUT) {
        return;
    }
    if (ticket->stage == ADMISSION_WAITING) {
        line_remove(admission, ticket);
    } else if (ticket->is_resting) {
        ASSERT(admission->resting > 0);
        admission->resting--;
    } else {
        ASSERT(admission->under_way > 0);
        admission->under_way--;
    }
    ASSERT(*held_of(ticket) > 0);
    (*held_of(ticket))--;
    ticket->stage = ADMISSION_OUT;
}

void admission_init(struct admission *admission, int64_t own_max_ms, int64_t now_ms) {
    *admission = (struct admission){
        .under_way_max =
            own_max_ms > 0 ? LIMIT_ADMISSION_UNDER_WAY_FIRST : LIMIT_ADMISSION_UNDER_WAY,
        .own_max_ms = own_max_ms,
        .max_set_ms = now_ms,
        .turn_ms = now_ms,
        .turn_begins_max = LIMIT_ADMISSION_TURN_BEGINS_FIRST,
        .rate_from_ms = now_ms,
    };
}

/* ---- validity ---- */

static bool line_valid(const struct admission_line *line, size_t lane, uint32_t *waiting,
                       size_t *size) {
    const struct admission_ticket *prev = NULL;
    uint32_t count = 0;
    for (const struct admission_ticket *it = line->first; it != NULL; it = it->next) {
        if (it->stage != ADMISSION_WAITING || it->lane != lane || it->prev != prev) {
            return false;
        }
        prev = it;
        count++;
        *size += it->size;
    }
    *waiting += count;
    return line->first != NULL && line->last == prev && line->count == count;
}

static bool ring_valid(const struct admission_ring *ring, size_t lane, size_t *size) {
    const struct admission_party *party = ring->first;
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < ring->count; i++) {
        const struct admission_party *next = party->lines[lane].next;
        if (!line_valid(&party->lines[lane], lane, &waiting, size) ||
            next->lines[lane].prev != party) {
            return false;
        }
        party = next;
    }
    return party == ring->first && waiting == ring->waiting &&
           (ring->first == NULL) == (ring->count == 0);
}

bool admission_valid(const struct admission *admission) {
    size_t size = 0;
    for (size_t i = 0; i < ADMISSION_LANES; i++) {
        if (!ring_valid(&admission->rings[i], i, &size)) {
            return false;
        }
    }
    return size == admission->waiting_size && size <= LIMIT_ADMISSION_WAITING_SIZE &&
           admission->under_way_max >= LIMIT_ADMISSION_UNDER_WAY_LEAST &&
           admission->under_way_max <= LIMIT_ADMISSION_UNDER_WAY &&
           admission->turn_begins_max >= LIMIT_ADMISSION_TURN_BEGINS_LEAST &&
           admission->turn_begins_max <= LIMIT_ADMISSION_TURN_BEGINS;
}
