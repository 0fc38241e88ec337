/* SPDX-License-Identifier: Apache-2.0 */
/* A case as it stands, and who may do what with it.
 *
 *   state      may follow
 *   open       taken (by another than whose doing it is), escalated by its day that passed
 *   taken      taken by somebody else, escalated, closed
 *   escalated  taken by somebody who never escalated it, closed
 *   closed     the person told, where closing said that this is safe */
#include "gateway/review/review.h"

static struct lg_err corrupt(struct lg_err err) {
    return lg_err_class(err) == LG_CLASS_INPUT
               ? lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT)
               : err;
}

/* As store_user_tag_make has it: in upper or lower case it is one person. */
static bool is_who(struct span agency, struct span user, struct span other_agency,
                   struct span other_user) {
    return other_user.len > 0 && span_equal(agency, other_agency) &&
           span_equal_folded(user, other_user);
}

static bool is_own(const struct review_case *it, const struct review_act *act) {
    const struct review_opening *opening = &it->opening;
    return is_who(act->agency, act->user_id, opening->opener.agency, opening->opener.user_id) ||
           is_who(act->agency, act->user_id, opening->opener.agency, opening->second_user);
}

static bool has_taken(const struct review_case *it, const struct review_act *act) {
    return is_who(act->agency, act->user_id, it->taken_agency, it->taken_by);
}

static bool is_outcome(struct span outcome) {
    return span_equal_text(outcome, "justified") || span_equal_text(outcome, "not-justified");
}

/* An emergency needs a word on how the person is told, also where nobody was found: whether there
 * is somebody whom only a hidden source knows must not show in what is asked of the reviewer. */
static bool telling_fits(const struct review_case *it, const struct review_act *act) {
    return it->opening.kind == REVIEW_EMERGENCY ? review_telling_is_known(act->telling)
                                                : act->telling.len == 0;
}

static enum review_fault close_check(const struct review_case *it, const struct review_act *act) {
    if (!is_outcome(act->outcome) || act->reasons.len == 0) {
        return REVIEW_FAULT_OUTCOME;
    }
    return telling_fits(it, act) ? REVIEW_FAULT_NONE : REVIEW_FAULT_TELLING;
}

static enum review_fault tell_check(const struct review_case *it, const struct review_act *act) {
    bool may_tell =
        it->state == STORE_REVIEW_CLOSED &&
        (span_equal_text(it->telling, "tell") || span_equal_text(it->telling, "tell-later"));
    if (!may_tell) {
        return REVIEW_FAULT_BLOCKED;
    }
    if (it->told_ms != 0) {
        return REVIEW_FAULT_TOLD;
    }
    return review_channel_is_known(act->channel) ? REVIEW_FAULT_NONE : REVIEW_FAULT_CHANNEL;
}

/* Whoever has the case can always close it, so that it is handed on no more near the end of what is
 * read; a case that nobody has may still be taken. */
static bool is_full(const struct review_case *it) {
    return it->act_count >= STORE_REVIEW_ACTS_ESCALATED_MAX;
}

/* At any time: two who hand a case to and fro between them are nobody else. */
static bool has_escalated(const struct review_case *it, const struct review_act *act) {
    for (size_t i = 0; i < it->escalated_count; i++) {
        if (is_who(act->agency, act->user_id, it->escalated_by[i].agency,
                   it->escalated_by[i].user_id)) {
            return true;
        }
    }
    return false;
}

static enum review_fault take_check(const struct review_case *it, const struct review_act *act) {
    if (has_taken(it, act)) {
        return REVIEW_FAULT_TAKEN;
    }
    if (has_escalated(it, act)) {
        return REVIEW_FAULT_ESCALATED;
    }
    return is_full(it) && it->taken_by.len > 0 ? REVIEW_FAULT_FULL : REVIEW_FAULT_NONE;
}

static enum review_fault escalate_check(const struct review_case *it,
                                        const struct review_act *act) {
    if (act->reasons.len == 0) {
        return REVIEW_FAULT_OUTCOME;
    }
    return is_full(it) ? REVIEW_FAULT_FULL : REVIEW_FAULT_NONE;
}

enum review_fault review_act_check(const struct review_case *it, const struct review_act *act) {
    if (is_own(it, act)) {
        return REVIEW_FAULT_OWN;
    }
    if (act->kind == REVIEW_TELL) {
        return tell_check(it, act);
    }
    if (it->state == STORE_REVIEW_CLOSED) {
        return REVIEW_FAULT_CLOSED;
    }
    if (act->kind == REVIEW_TAKE) {
        return take_check(it, act);
    }
    if (!has_taken(it, act)) {
        return REVIEW_FAULT_NOT_TAKEN;
    }
    if (act->kind == REVIEW_ESCALATE) {
        return escalate_check(it, act);
    }
    return close_check(it, act);
}

static void act_take(struct review_case *it, const struct review_act *act) {
    it->taken_agency = act->agency;
    it->taken_by = act->user_id;
    it->seen_ms = it->seen_ms == 0 ? act->at_ms : it->seen_ms;
    if (it->state == STORE_REVIEW_OPEN) {
        it->state = STORE_REVIEW_TAKEN;
    }
}

/* Whoever escalates gives the case up: somebody else has to take it, who never did that. Past the
 * lapse nobody else may come to it any more: whoever did it before the last one may take it again
 * then, and where there is no other agency, everybody. */
static void escalated_forget(struct review_case *it) {
    if (it->lapsed_ms != 0) {
        it->escalated_count = 0;
    }
}

static bool is_alone(const struct review_case *it) {
    return it->lapsed_ms != 0 && span_equal(it->lapsed_to, it->opening.reviewer);
}

static void act_escalate(struct review_case *it, const struct review_act *act) {
    it->state = STORE_REVIEW_ESCALATED;
    it->reasons = act->reasons;
    escalated_forget(it);
    if (!is_alone(it) && it->escalated_count < STORE_REVIEW_ACTS_MAX) {
        it->escalated_by[it->escalated_count++] =
            (struct review_who){.agency = act->agency, .user_id = act->user_id};
    }
    it->taken_agency = span_of(NULL, 0);
    it->taken_by = span_of(NULL, 0);
}

/* Whoever had it may take it again: with one officer on each side it could not be closed else. So
 * may who escalated it, where there is no other agency that it goes to. */
static void act_lapse(struct review_case *it, const struct review_act *act) {
    if (span_equal(act->agency, it->opening.reviewer)) {
        it->escalated_count = 0;
    }
    it->state = STORE_REVIEW_ESCALATED;
    it->lapsed_ms = act->at_ms;
    it->lapsed_to = act->agency;
    it->taken_agency = span_of(NULL, 0);
    it->taken_by = span_of(NULL, 0);
}

static void act_close(struct review_case *it, const struct review_act *act) {
    it->state = STORE_REVIEW_CLOSED;
    it->outcome = act->outcome;
    it->reasons = act->reasons;
    it->telling = act->telling;
    it->closed_ms = act->at_ms;
}

void review_case_apply(struct review_case *it, const struct review_act *act) {
    switch (act->kind) {
    case REVIEW_TAKE:
        act_take(it, act);
        break;
    case REVIEW_ESCALATE:
        act_escalate(it, act);
        break;
    case REVIEW_CLOSE:
        act_close(it, act);
        break;
    case REVIEW_TELL:
        it->told_ms = act->at_ms;
        it->channel = act->channel;
        break;
    case REVIEW_LAPSE:
        act_lapse(it, act);
        break;
    case REVIEW_ACT_END:
        break;
    }
}

/* Acts were checked before they entered the log. Two that were checked at one moment both stand
 * there: the case that is closed stays closed, and a close counts though the case was handed on in
 * that moment, as in the state that the store keeps. */
static bool act_counts(const struct review_case *it, const struct review_act *act) {
    if (act->kind == REVIEW_TELL) {
        return it->state == STORE_REVIEW_CLOSED && it->told_ms == 0;
    }
    if (act->kind == REVIEW_LAPSE && it->lapsed_ms != 0) {
        return false;
    }
    return it->state != STORE_REVIEW_CLOSED && !is_own(it, act);
}

struct lg_err review_case_read(struct store_reader *reader, const struct store_review *review,
                               struct arena *arena, struct review_case *out_case) {
    struct review_entry entry;
    TRY(corrupt(review_entry_decode(review->body, arena, &entry)));
    struct review_case it = {
        .opening = entry.opening,
        .log_index = review->log_index,
        .state = STORE_REVIEW_OPEN,
    };
    struct store_review_act *acts = NULL;
    size_t count = 0;
    TRY(store_review_acts_read(reader, &review->id, arena, &acts, &count));
    it.act_count = count;
    for (size_t i = 0; i < count; i++) {
        TRY(corrupt(review_entry_decode(acts[i].body, arena, &entry)));
        if (!entry.is_opening && act_counts(&it, &entry.act)) {
            review_case_apply(&it, &entry.act);
        }
    }
    *out_case = it;
    return LG_OK;
}

bool review_act_counted(const struct review_case *it, const struct review_act *act) {
    switch (act->kind) {
    case REVIEW_TAKE:
        return has_taken(it, act) && it->state != STORE_REVIEW_CLOSED;
    case REVIEW_ESCALATE:
        return it->state == STORE_REVIEW_ESCALATED && !has_taken(it, act);
    case REVIEW_CLOSE:
        return it->closed_ms == act->at_ms && span_equal(it->reasons, act->reasons) &&
               span_equal(it->outcome, act->outcome);
    case REVIEW_TELL:
        return it->told_ms == act->at_ms && span_equal(it->channel, act->channel);
    default:
        return true;
    }
}

bool review_case_is_overdue(const struct review_case *it, int64_t now_ms) {
    return it->state != STORE_REVIEW_CLOSED && it->opening.due_ms < now_ms;
}

struct lg_err review_lapse_encode(const struct review_case *it, struct span next, int64_t now_ms,
                                  struct arena *arena, struct span *out_body) {
    const struct review_act act = {
        .id = it->opening.id,
        .kind = REVIEW_LAPSE,
        .at_ms = now_ms,
        .agency = next,
        .reasons = span_text("The case was not closed by its day."),
    };
    return review_act_encode(&act, arena, out_body);
}

struct span review_case_telling(const struct review_case *it) {
    if (it->opening.kind != REVIEW_EMERGENCY) {
        return span_of(NULL, 0);
    }
    if (it->told_ms != 0) {
        return span_text("told");
    }
    return it->state == STORE_REVIEW_CLOSED ? it->telling : span_text("blocked");
}
