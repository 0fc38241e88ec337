/* SPDX-License-Identifier: Apache-2.0 */
/* Duties that a permit lays on whoever receives something: to keep it no longer than agreed, to
 * pass it on only as agreed, and after an emergency to tell the person.
 *
 * The duties themselves are derived from the log (gateway/store/duties.h); what people do about
 * them are DUTY entries, sealed under the quarter's nobody key, since no person is in them. A duty
 * belongs to the agency that asked. Past its day it escalates by itself, once: officers of the
 * agreement's lead, or of the host, see that it is open, but neither of which source nor how much.
 *
 * Whether a person is told is decided by the review of the emergency (DPA 2018 Sch 2 para 2 and
 * Sch 3 para 5: telling can be unsafe or unlawful); until then the duty is there and blocked. */
#ifndef GATEWAY_DUTY_DUTY_H
#define GATEWAY_DUTY_DUTY_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"
#include "gateway/review/review.h"
#include "gateway/store/duties.h"

enum duty_code {
    DUTY_FIELDS = 1, /* INPUT: a text is missing or longer than an entry holds */
    DUTY_BODY,       /* INPUT: bytes that are not the body of a DUTY entry */
    DUTY_MEMORY,     /* LIMIT: the arena is used up */
};

/* ---- Entries ---- */

/* What somebody did about a duty, or the gateway itself: then user and role are empty. */
struct duty_act {
    enum store_duty_act_kind kind;
    int64_t at_ms;
    struct store_duty duty; /* as it was then */
    struct span user_id;
    struct span role;
    struct span outcome; /* DONE: duty_outcome_is_known */
    struct span reason;  /* DONE: a sentence */
    struct span next;    /* ESCALATED: the agency whose officers see it too */
};
/* "done": deleted, or passed on only after leave was asked. "attested": nothing was passed on.
 * "kept": longer, on a ground that the reason names, as a claim or a duty of the agency's own.
 * "not-held": there is nothing of it any more or there never was. */
bool duty_outcome_is_known(struct span outcome);
/* "DUTY_TAKEN", "DUTY_DONE", "DUTY_OVERDUE": the reason of the entry in clear. */
const char *duty_act_code(enum store_duty_act_kind kind);
/* The body of a DUTY entry, in the arena. INPUT DUTY_FIELDS; LIMIT DUTY_MEMORY. */
LG_MUST_USE struct lg_err duty_act_encode(const struct duty_act *act, struct arena *arena,
                                          struct span *out_body);
/* Spans point into the body. INPUT DUTY_BODY. */
LG_MUST_USE struct lg_err duty_act_decode(struct span body, struct duty_act *out_act);
/* The store's row for a durable entry. INPUT DUTY_BODY. */
LG_MUST_USE struct lg_err duty_row_make(uint64_t log_index, struct span body,
                                        struct store_duty_act *out_row);

/* ---- How one stands ---- */

/* Values are the contract's. */
enum duty_state {
    DUTY_OPEN = 1,
    DUTY_TAKEN,
    DUTY_DONE,
    DUTY_ATTESTED, /* by an officer's word alone; of a person: not to be told */
    DUTY_OVERDUE,
    DUTY_ESCALATED,
};
struct duty_standing {
    struct store_duty duty;
    enum duty_state state;
    bool is_blocked;            /* the review has not said that telling is safe */
    struct duty_act last_taken; /* kind 0 where there is none, as are the next two */
    struct duty_act last_done;
    struct duty_act escalated;
};
/* Whether today is past the due day. Moments are milliseconds UTC. */
bool duty_is_past(const struct store_duty *duty, int64_t now_ms);
/* Of a row; what came after it was done is open again. STORE STORE_CORRUPT for acts that cannot be
 * read. */
LG_MUST_USE struct lg_err duty_standing_make(const struct store_duty *duty,
                                             const struct store_duty_state *acts, int64_t now_ms,
                                             struct duty_standing *out_standing);
/* Of an emergency: to tell the person. acts: only its escalation counts. */
LG_MUST_USE struct lg_err duty_standing_of_case(const struct review_case *it,
                                                const struct store_duty_state *acts, int64_t now_ms,
                                                struct duty_standing *out_standing);
/* Whether nothing is left to do. */
bool duty_is_over(const struct duty_standing *standing);

#endif
