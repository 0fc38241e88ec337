/* SPDX-License-Identifier: Apache-2.0 */
/* Who begins, who waits and who is turned away: the decisions. Lines are kept in admission_line.c,
 * what they are decided by is measured in admission_measure.c. */
#include "gateway/grpc/admission.h"

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/grpc/admission_int.h"

static uint32_t *held_of(struct admission_ticket *ticket) {
    return ticket->lane == GRPC_LANE_URGENT ? &ticket->party->urgent : &ticket->party->plain;
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
    int64_t spare_ms = ticket->deadline_ms - now_ms - admission_pace_read(ticket->pace, now_ms);
    int64_t part = ticket->lane == GRPC_LANE_URGENT ? (int64_t)LIMIT_ADMISSION_WAIT_PART_URGENT
                                                    : (int64_t)LIMIT_ADMISSION_WAIT_PART;
    int64_t patience_ms = spare_ms / part;
    patience_ms = patience_ms < LIMIT_ADMISSION_WAIT_MS ? patience_ms : LIMIT_ADMISSION_WAIT_MS;
    return spare_ms <= 0 || admission_wait_for(admission, ticket, now_ms) > patience_ms;
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
    bool is_now = admission_waiting(admission) == 0 && has_place(admission, ticket->lane) &&
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
    admission_line_add(admission, ticket);
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
           ticket->deadline_ms - now_ms <= admission_pace_read(ticket->pace, now_ms);
}

struct admission_ticket *admission_next(struct admission *admission, int64_t now_ms,
                                        bool *out_late) {
    enum grpc_lane lane = GRPC_LANE_NORMAL;
    *out_late = false;
    if (admission_waiting(admission) == 0) {
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
        admission_place_note(ticket, now_ms);
        *out_late = true;
        return ticket;
    }
    admission_line_remove(admission, ticket);
    admission_place_note(ticket, now_ms);
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
           (admission_waiting(admission) > urgent && has_place(admission, GRPC_LANE_NORMAL));
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
        admission_pace_note(ticket->pace, took_ms, now_ms);
    }
    admission_own_note(admission, ticket, took_ms - rested_ms(ticket, now_ms), now_ms);
}

void admission_leave(struct admission *admission, struct admission_ticket *ticket) {
    if (ticket->stage == ADMISSION_OUT) {
        return;
    }
    if (ticket->stage == ADMISSION_WAITING) {
        admission_line_remove(admission, ticket);
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
