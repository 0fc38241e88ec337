/* SPDX-License-Identifier: Apache-2.0 */
/* One share clause beside another, setting by setting: which moved, and in which direction. Names
 * are compared, never numbers, for the two versions count differently. */
#include "policy/compare/compare_int.h"
#include "policy/law/axes.h"

enum { DAYS_A_WEEK = 7, DAY_MINUTES = 1440, HOURS_UNKNOWN = 0xff };

/* The move of something whose larger number is more open. */
static uint8_t rising(uint64_t before, uint64_t after) {
    if (before == after) {
        return 0;
    }
    return after > before ? MOVE_WEAKER : MOVE_STRONGER;
}

static uint8_t differing(bool differs) {
    return differs ? MOVE_CHANGED : 0;
}

/* A condition that is met less often than not: its coming is stronger. */
static uint8_t condition(bool before, bool after) {
    return rising(!before, !after);
}

/* ---- hours ---- */

/* What one weekday gains and loses between two weeks. NULL: always open. */
static uint8_t weekday_move(const struct hours *before, const struct hours *after,
                            uint32_t weekday) {
    uint8_t move = 0;
    for (uint32_t i = weekday * DAY_MINUTES; i < (weekday + 1) * DAY_MINUTES; i++) {
        bool was = before == NULL || policy_bits_has(&before->week, i);
        bool is = after == NULL || policy_bits_has(&after->week, i);
        move |= (uint8_t)(is && !was ? MOVE_WEAKER : 0);
        move |= (uint8_t)(was && !is ? MOVE_STRONGER : 0);
    }
    return move;
}

static bool opens_on(const struct hours *hours, uint32_t weekday) {
    for (uint32_t i = weekday * DAY_MINUTES; i < (weekday + 1) * DAY_MINUTES; i++) {
        if (hours == NULL || policy_bits_has(&hours->week, i)) {
            return true;
        }
    }
    return false;
}

/* Over every day of both terms, so that a closed Monday and a week without Mondays are the same. */
static uint8_t hours_move(const struct compare *compare, const struct hours *before,
                          const struct hours *after) {
    int32_t first = compare->before->days.first_day;
    int32_t last = compare->before->days.last_day;
    uint8_t moves[DAYS_A_WEEK];
    uint8_t move = 0;
    first = compare->after->days.first_day < first ? compare->after->days.first_day : first;
    last = compare->after->days.last_day > last ? compare->after->days.last_day : last;
    for (uint32_t i = 0; i < DAYS_A_WEEK; i++) {
        moves[i] = weekday_move(before, after, i);
    }
    for (int32_t day = first; day <= last && move != MOVE_CHANGED; day++) {
        bool was_closed = before != NULL && policy_hours_closed(before, day);
        bool is_closed = after != NULL && policy_hours_closed(after, day);
        uint32_t weekday = policy_weekday_of(day);
        if (!was_closed && !is_closed) {
            move |= moves[weekday];
        } else if (was_closed && !is_closed && opens_on(after, weekday)) {
            move |= MOVE_WEAKER;
        } else if (is_closed && !was_closed && opens_on(before, weekday)) {
            move |= MOVE_STRONGER;
        }
    }
    return move;
}

uint8_t policy_compare_hours(const struct compare *compare, uint16_t before, uint16_t after) {
    uint32_t row = before == POLICY_NO16 ? 0 : before + 1U;
    uint32_t column = after == POLICY_NO16 ? 0 : after + 1U;
    uint8_t *place = &compare->hours[row * (compare->after->hours_names.count + 1) + column];
    if (*place == HOURS_UNKNOWN) {
        *place = hours_move(compare, row == 0 ? NULL : &compare->before->hours[before],
                            column == 0 ? NULL : &compare->after->hours[after]);
    }
    return *place;
}

/* ---- limits ---- */

/* count in a window: what a history of questions may be and still be answered. A shorter window
 * forgets sooner, so it always answers something more; a longer one something less. */
static uint8_t rate_move(struct policy_rate before, struct policy_rate after) {
    if (before.count == 0 || after.count == 0) {
        return rising(before.count == 0, after.count == 0);
    }
    uint8_t move = rising(before.count, after.count);
    if (after.window_s < before.window_s) {
        return (uint8_t)(MOVE_WEAKER | (move & MOVE_STRONGER));
    }
    if (after.window_s > before.window_s) {
        return (uint8_t)(MOVE_STRONGER | (move & MOVE_WEAKER));
    }
    return move;
}

static bool is_renamed(const struct compare *compare, struct span before, struct span after) {
    return policy_names_find(&compare->after->limit_names, before) == POLICY_NONE &&
           policy_names_find(&compare->before->limit_names, after) == POLICY_NONE;
}

uint8_t policy_compare_limits(const struct compare *compare, uint16_t before, uint16_t after) {
    const struct limit none = {0};
    const struct limit *was = before == POLICY_NO16 ? &none : &compare->before->limits[before];
    const struct limit *is = after == POLICY_NO16 ? &none : &compare->after->limits[after];
    uint8_t move = rate_move(was->per_person, is->per_person);
    move |= rate_move(was->per_agency, is->per_agency);
    move |= rate_move(was->per_subject, is->per_subject);
    bool is_other = before != POLICY_NO16 && after != POLICY_NO16 && !span_equal(was->id, is->id);
    /* What is counted together with what is a matter of the limit's name. */
    if (move == 0 && is_other && !is_renamed(compare, was->id, is->id)) {
        return MOVE_CHANGED;
    }
    return move;
}

/* ---- single settings ---- */

static bool same_bases(const struct compare *compare, const struct clause *before,
                       const struct clause *after) {
    for (uint32_t i = 0; i < compare->bases.count; i++) {
        const struct pair *pair = &compare->bases.items[i];
        bool was = pair->before != POLICY_NONE && (before->bases >> pair->before & 1U) != 0;
        bool is = pair->after != POLICY_NONE && (after->bases >> pair->after & 1U) != 0;
        if (was != is) {
            return false;
        }
    }
    return true;
}

static uint8_t consent_move(const struct clause *before, const struct clause *after) {
    static const uint8_t openness[] = {
        [POLICY_CONSENT_REQUIRED] = 0,
        [POLICY_CONSENT_UNLESS_EMERGENCY] = 1,
        [POLICY_CONSENT_NOT_NEEDED] = 2,
    };
    return rising(openness[before->consent], openness[after->consent]);
}

static uint8_t about_move(const struct clause *before, const struct clause *after) {
    if (before->about == after->about) {
        return 0;
    }
    if (before->about == SUBJECT_ANYONE) {
        return MOVE_STRONGER;
    }
    return after->about == SUBJECT_ANYONE ? MOVE_WEAKER : MOVE_CHANGED;
}

/* Of an arm that generalises. */
static struct span rule_id(const struct policy *policy, const struct arm *arm) {
    return policy->rules[arm->rule].id;
}

/* Two rules cannot be ranked: nothing says that one is coarser. */
static uint8_t treatment_move(const struct compare *compare, const struct change *change) {
    static const uint8_t openness[] = {
        [TREATMENT_NONE] = 0,         [TREATMENT_REDACT] = 1,     [TREATMENT_AGGREGATE] = 2,
        [TREATMENT_PSEUDONYMISE] = 3, [TREATMENT_GENERALISE] = 4, [TREATMENT_PASS] = 5,
    };
    const struct arm *was = &compare->before->arms[change->before.arm];
    const struct arm *is = &compare->after->arms[change->after.arm];
    if (was->treatment == TREATMENT_GENERALISE && is->treatment == TREATMENT_GENERALISE) {
        return differing(!span_equal(rule_id(compare->before, was), rule_id(compare->after, is)));
    }
    return rising(openness[was->treatment], openness[is->treatment]);
}

/* Of two aggregates the smaller group is more open. */
static uint8_t group_move(const struct compare *compare, const struct change *change) {
    const struct arm *was = &compare->before->arms[change->before.arm];
    const struct arm *is = &compare->after->arms[change->after.arm];
    if (was->treatment != TREATMENT_AGGREGATE || is->treatment != TREATMENT_AGGREGATE) {
        return 0;
    }
    return rising(compare->after->clauses[change->after.clause].group_min,
                  compare->before->clauses[change->before.clause].group_min);
}

static struct span onward_party(const struct policy *policy, const struct onward *onward) {
    return onward->party == POLICY_NO16 ? span_of(NULL, 0)
                                        : policy->parties[onward->party].shown.id;
}

static struct span onward_purpose(const struct policy *policy, const struct onward *onward) {
    return onward->purpose == POLICY_NO16 ? span_of(NULL, 0) : policy->purposes[onward->purpose].id;
}

static uint8_t onward_move(const struct compare *compare, const struct onward *before,
                           const struct onward *after) {
    if (before->kind != after->kind) {
        return rising(after->kind, before->kind);
    }
    return differing(
        !span_equal(onward_party(compare->before, before), onward_party(compare->after, after)) ||
        !span_equal(onward_purpose(compare->before, before),
                    onward_purpose(compare->after, after)));
}

static uint8_t data_from_move(const struct clause *before, const struct clause *after) {
    if (before->data_from == after->data_from) {
        /* An earlier day, and more days back, are more open. */
        return before->data_from == DATA_FROM_DAY
                   ? rising((uint64_t)((int64_t)INT32_MAX - before->data_from_value),
                            (uint64_t)((int64_t)INT32_MAX - after->data_from_value))
                   : rising((uint64_t)before->data_from_value, (uint64_t)after->data_from_value);
    }
    if (before->data_from == DATA_FROM_NONE) {
        return MOVE_STRONGER;
    }
    return after->data_from == DATA_FROM_NONE ? MOVE_WEAKER : MOVE_CHANGED;
}

/* None stated is the longest. */
static uint64_t keep_of(const struct clause *clause) {
    return clause->keep_days == 0 ? UINT64_MAX : clause->keep_days;
}

/* Each more way to set the duty of confidence aside is more open; two approvals cannot be ranked.
 */
static uint8_t confidence_move(const struct clause_law *before, const struct clause_law *after) {
    uint8_t move = 0;
    move |= (uint8_t)((after->routes & ~before->routes) != 0 ? MOVE_WEAKER : 0);
    move |= (uint8_t)((before->routes & ~after->routes) != 0 ? MOVE_STRONGER : 0);
    bool both = (before->routes & after->routes & 1U << POLICY_CONFIDENCE_SECTION_251) != 0;
    return move | differing(both && !span_equal(before->approval, after->approval));
}

static void law_moves(const struct clause_law *before, const struct clause_law *after,
                      uint8_t moves[static CELL_SETTINGS]) {
    moves[CELL_NECESSITY] = condition(before->requires_necessity, after->requires_necessity);
    moves[CELL_STATEMENT] = condition(before->requires_statement, after->requires_statement);
    moves[CELL_CONFIDENTIALITY] = confidence_move(before, after);
    moves[CELL_OBJECTION] = condition(before->objection_refers, after->objection_refers);
}

static void question_moves(const struct compare *compare, const struct clause *before,
                           const struct clause *after, uint8_t moves[static CELL_SETTINGS]) {
    moves[CELL_BASIS] = differing(!same_bases(compare, before, after));
    moves[CELL_CONSENT] = consent_move(before, after);
    moves[CELL_CONSENT_IS] = differing(before->consent_is != after->consent_is);
    moves[CELL_RECORDER] = differing(before->recorder != after->recorder);
    moves[CELL_REASON] = condition(before->requires_reason, after->requires_reason);
    moves[CELL_WHEN] = condition(before->when_emergency, after->when_emergency);
    moves[CELL_ABOUT] = about_move(before, after);
    moves[CELL_CASE] = condition(before->requires_case, after->requires_case);
    moves[CELL_SECOND] = condition(before->requires_second, after->requires_second);
    law_moves(&before->law, &after->law, moves);
    moves[CELL_HOURS] = policy_compare_hours(compare, before->hours, after->hours);
    moves[CELL_LIMIT] = policy_compare_limits(compare, before->limit, after->limit);
}

void policy_compare_settings(const struct compare *compare, const struct change *change,
                             uint8_t out_moves[static CELL_SETTINGS]) {
    const struct clause *before = &compare->before->clauses[change->before.clause];
    const struct clause *after = &compare->after->clauses[change->after.clause];
    uint8_t *moves = out_moves;
    question_moves(compare, before, after, moves);
    moves[CELL_BAN] =
        condition(change->before.ban != POLICY_NONE, change->after.ban != POLICY_NONE);
    moves[CELL_EMERGENCY] = 0;
    moves[CELL_TREATMENT] = treatment_move(compare, change);
    moves[CELL_GROUP] = group_move(compare, change);
    moves[CELL_KEEP] = rising(keep_of(before), keep_of(after));
    moves[CELL_ONWARD] = onward_move(compare, &before->onward, &after->onward);
    moves[CELL_DATA_FROM] = data_from_move(before, after);
    moves[CELL_EXISTENCE] = rising(!change->before.hidden, !change->after.hidden);
    moves[CELL_TELLS] = differing(before->tells != after->tells);
    moves[CELL_SHOWN] = rising(before->consent_shown, after->consent_shown);
    moves[CELL_RECEIVES] = differing(!span_equal(before->receives_under, after->receives_under));
}
