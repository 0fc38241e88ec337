/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of agencies in the rings of lanes, and what is always true of them. */
#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "gateway/grpc/admission_int.h"

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

void admission_line_add(struct admission *admission, struct admission_ticket *ticket) {
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

void admission_line_remove(struct admission *admission, struct admission_ticket *ticket) {
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

uint32_t admission_waiting(const struct admission *admission) {
    uint32_t waiting = 0;
    for (size_t i = 0; i < ADMISSION_LANES; i++) {
        waiting += admission->rings[i].waiting;
    }
    return waiting;
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
