/* SPDX-License-Identifier: Apache-2.0 */
/* Which call begins now, which waits for its turn, and which is told at once that it cannot be
 * served. Pure: it knows times and tickets, no calls and no clock; one for each server, on the
 * thread of its loop.
 *
 * What keeps answers in time when more is asked than can be answered:
 *
 *   finish first   one turn of the loop begins so many calls and no more, and that number follows
 *                  the length of the turns. What is under way is carried on with in every turn, so
 *                  that as many end as begin, whatever is offered.
 *   refuse early   whether a call will have its turn in time is judged when it arrives: by what
 *                  stands before it, and how fast the line moves. It may wait for a tenth of the
 *                  time that its caller gave it, an urgent one for a third, no longer.
 *   few at once    what this thread began may still stand in other lines: for the disk, for the
 *                  pool. How long calls take, the time apart in which they rest (they wait for an
 *                  agency, which we cannot hurry), grows with the number that is under way: that
 *                  number follows it (Little's law).
 *
 * Three lanes. Urgent calls go first and have room that no others may take; bulk gets what is left,
 * and one beginning in LIMIT_ADMISSION_BULK_EVERY. Within a lane each agency has its turn: a round
 * gives every waiting agency one beginning. What an agency begins as urgent is of its own share, of
 * which it may draw LIMIT_ADMISSION_URGENT_AHEAD rounds in advance: so somebody who calls
 * everything urgent gets what all others get (start-time fair queueing, Goyal and others, 1996). */
#ifndef GATEWAY_GRPC_ADMISSION_H
#define GATEWAY_GRPC_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/grpc/grpc.h"

enum { ADMISSION_LANES = GRPC_LANE_COUNT };

struct admission_party;

/* The shortest time in which calls of one method were answered, in this second and the one before:
 * one that has less left cannot be answered. */
struct admission_pace {
    int64_t from_ms;
    int64_t least_ms; /* INT64_MAX: none yet */
    int64_t before_ms;
};

enum admission_stage { ADMISSION_OUT, ADMISSION_WAITING, ADMISSION_BEGUN };

/* One call's place. Set by the owner before it is offered: all of the first group. */
struct admission_ticket {
    void *ctx; /* the owner's */
    struct admission_party *party;
    struct admission_pace *pace;
    enum grpc_lane lane; /* may become NORMAL when it is offered */
    size_t size;         /* bytes held while it waits */
    int64_t deadline_ms;

    enum admission_stage stage;
    bool is_resting;
    bool is_noted;
    int64_t arrived_ms;
    int64_t begun_ms;
    int64_t rest_ms; /* of a rest: when it began; else how long those before took */
    uint32_t ahead;  /* in its line when it came */
    struct admission_ticket *prev;
    struct admission_ticket *next;
};

struct admission_line {
    struct admission_ticket *first;
    struct admission_ticket *last;
    uint32_t count;
    uint32_t place_us; /* what moving up by one place takes, as the last ones that left it saw it */
    int64_t placed_ms; /* when the last of them left */
    struct admission_party *prev; /* among the parties with a ticket in this lane: a ring */
    struct admission_party *next;
};

/* An agency; zeroed before its first ticket. */
struct admission_party {
    struct admission_line lines[ADMISSION_LANES];
    uint32_t plain;  /* waiting and begun, all lanes but the urgent one */
    uint32_t urgent; /* the same of that one */
    uint64_t round;  /* up to which it has had its share */
};

struct admission_ring {
    struct admission_party *first;
    uint32_t count;   /* parties */
    uint32_t waiting; /* tickets */
};

struct admission {
    struct admission_ring rings[ADMISSION_LANES];
    size_t waiting_size;
    uint32_t under_way; /* begun and not ended, and not resting */
    uint32_t resting;
    uint32_t under_way_max; /* LIMIT_ADMISSION_UNDER_WAY_LEAST to LIMIT_ADMISSION_UNDER_WAY */
    bool is_bound;          /* something had to wait for it since the last look */
    int64_t own_max_ms;     /* what our own part should take at most; 0: not looked at */
    int64_t max_set_ms;     /* when it was last changed */
    int64_t look_from_ms;
    int64_t own_sum_ms; /* of own_count calls since then */
    uint32_t own_count;
    uint64_t round;
    uint64_t round_last; /* the furthest that any party drew */
    uint32_t visits;     /* left in this round */
    uint32_t since_bulk;
    uint64_t turn;
    int64_t turn_ms;
    uint32_t turn_begins;     /* begun in this turn */
    uint32_t turn_begins_max; /* LIMIT_ADMISSION_TURN_BEGINS_LEAST to LIMIT_ADMISSION_TURN_BEGINS */
    bool is_busy;             /* the turn ended because of that number */
    int64_t rate_from_ms;
    uint32_t rate_begins;
    uint64_t rate; /* beginnings in 1,000 s that are possible; 0: not known */
};

/* own_max_ms: what our own part of a call should take at most when there are many; 0 where calls
 * take their time for other reasons than that there are many. */
void admission_init(struct admission *admission, int64_t own_max_ms, int64_t now_ms);

/* A turn of the loop; the same number again changes nothing. */
void admission_turn(struct admission *admission, uint64_t turn, int64_t now_ms);

enum admission_answer {
    ADMISSION_BEGIN, /* now: it counts as begun */
    ADMISSION_WAIT,  /* admission_next gives it when it is its turn */
    ADMISSION_BUSY,  /* it would not be answered in time; not taken */
    ADMISSION_SHARE, /* its party holds its whole share; not taken */
};
enum admission_answer admission_offer(struct admission *admission, struct admission_ticket *ticket,
                                      int64_t now_ms);

/* The next call of this turn, or NULL. *out_late: it waited in vain, and is out again; else it
 * counts as begun. */
struct admission_ticket *admission_next(struct admission *admission, int64_t now_ms,
                                        bool *out_late);
/* Calls wait that could begin, and only this turn is used up. */
bool admission_is_due(const struct admission *admission);
/* Any ticket that waits, or NULL: for an end of everything. */
struct admission_ticket *admission_any(const struct admission *admission);
/* How long a call would wait that comes now: for work that has no turn of its own. */
int64_t admission_wait_ms(const struct admission *admission);

enum admission_end {
    ADMISSION_DONE,   /* answered */
    ADMISSION_MISSED, /* not answered within its deadline */
    ADMISSION_GIVEN_UP,
};
/* A begun call waits for somebody outside, or goes on: while it rests it takes no place among those
 * under way. */
void admission_rest(struct admission *admission, struct admission_ticket *ticket, bool rests,
                    int64_t now_ms);
/* What became of a call that was begun, once; its place is held until admission_leave. */
void admission_note(struct admission *admission, struct admission_ticket *ticket,
                    enum admission_end end, int64_t now_ms);
/* Waiting or begun, it is out. Ignored for one that is. */
void admission_leave(struct admission *admission, struct admission_ticket *ticket);

/* Everything that is always true of it, for asserts and tests. */
bool admission_valid(const struct admission *admission);

#endif
