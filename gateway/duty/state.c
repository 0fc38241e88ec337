/* SPDX-License-Identifier: Apache-2.0 */
/* How a duty stands: what it is, what was done about it, and what day it is. */
#include <assert.h>
#include <string.h>

#include "gateway/base/day.h"
#include "gateway/duty/duty.h"

bool duty_is_past(const struct store_duty *duty, int64_t now_ms) {
    return day_of_ms(now_ms) > duty->due_day;
}

static struct lg_err act_read(struct span body, struct duty_act *out_act) {
    if (body.len == 0) {
        return LG_OK;
    }
    return lg_failed(duty_act_decode(body, out_act))
               ? lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT)
               : LG_OK;
}

/* What is not over. */
static enum duty_state state_left(const struct duty_standing *standing, int64_t now_ms) {
    if (standing->escalated.kind != 0) {
        return DUTY_ESCALATED;
    }
    if (duty_is_past(&standing->duty, now_ms)) {
        return DUTY_OVERDUE;
    }
    return standing->last_taken.kind != 0 ? DUTY_TAKEN : DUTY_OPEN;
}

static enum duty_state state_done(struct span outcome) {
    return span_equal_text(outcome, "done") ? DUTY_DONE : DUTY_ATTESTED;
}

struct lg_err duty_standing_make(const struct store_duty *duty, const struct store_duty_state *acts,
                                 int64_t now_ms, struct duty_standing *out_standing) {
    struct duty_standing standing = {.duty = *duty};
    TRY(act_read(acts->taken, &standing.last_taken));
    TRY(act_read(acts->done, &standing.last_done));
    TRY(act_read(acts->escalated, &standing.escalated));
    bool is_done = standing.last_done.kind != 0 && standing.last_done.duty.through >= duty->through;
    standing.state =
        is_done ? state_done(standing.last_done.outcome) : state_left(&standing, now_ms);
    *out_standing = standing;
    return LG_OK;
}

/* ---- The person's telling ---- */

static bool is_not_told(struct span telling) {
    return span_equal_text(telling, "do-not-tell-crime") ||
           span_equal_text(telling, "do-not-tell-harm") || span_equal_text(telling, "not-needed");
}

/* A review that put the telling off lets the month begin when it was closed. */
static int32_t tell_from_day(const struct review_case *it) {
    bool is_later = it->closed_ms > 0 && span_equal_text(it->telling, "tell-later");
    return day_of_ms(is_later ? it->closed_ms : it->opening.opened_ms);
}

struct lg_err duty_standing_of_case(const struct review_case *it,
                                    const struct store_duty_state *acts, int64_t now_ms,
                                    struct duty_standing *out_standing) {
    const struct review_opening *opening = &it->opening;
    struct span telling = review_case_telling(it);
    struct duty_standing standing = {.duty = {.kind = STORE_DUTY_TELL,
                                              .agency = opening->reviewer,
                                              .agreement = opening->opener.agreement,
                                              .day = day_of_ms(opening->opened_ms),
                                              .count = 1,
                                              .through = it->log_index}};
    standing.duty.due_day = tell_from_day(it) + LIMIT_DUTY_TELL_DAYS;
    static_assert(sizeof standing.duty.id.bytes == sizeof opening->id.bytes, "a case is a duty");
    memcpy(standing.duty.id.bytes, opening->id.bytes, sizeof opening->id.bytes);
    TRY(act_read(acts->escalated, &standing.escalated));
    standing.is_blocked = it->closed_ms == 0;
    if (it->told_ms != 0) {
        standing.state = DUTY_DONE;
    } else if (is_not_told(telling)) {
        standing.state = DUTY_ATTESTED;
    } else {
        standing.state = state_left(&standing, now_ms);
        bool is_taken = it->taken_by.len > 0 && standing.state == DUTY_OPEN;
        standing.state = is_taken ? DUTY_TAKEN : standing.state;
    }
    *out_standing = standing;
    return LG_OK;
}

bool duty_is_over(const struct duty_standing *standing) {
    return standing->state == DUTY_DONE || standing->state == DUTY_ATTESTED;
}
