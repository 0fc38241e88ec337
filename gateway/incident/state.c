/* SPDX-License-Identifier: Apache-2.0 */
/* What an incident is, from its steps in their order. */
#include "gateway/incident/incident.h"

static const int64_t HOUR_MS = 3600000;
/* UK GDPR, Article 33(1): without undue delay and, where feasible, not later than 72 hours. */
enum { CLOCK_HOURS = 72 };

int64_t incident_due_ms(int64_t aware_ms) {
    return aware_ms + CLOCK_HOURS * HOUR_MS;
}

int32_t incident_hours_left(const struct incident_state *state, int64_t now_ms) {
    int64_t left_ms = incident_due_ms(state->opened.aware_ms) - now_ms;
    int64_t hours = left_ms / HOUR_MS - (left_ms < 0 && left_ms % HOUR_MS != 0 ? 1 : 0);
    hours = hours < INT32_MIN ? INT32_MIN : hours;
    return (int32_t)(hours > INT32_MAX ? INT32_MAX : hours);
}

bool incident_is_overdue(const struct incident_state *state, int64_t now_ms) {
    return state->decided.kind == 0 && now_ms > incident_due_ms(state->opened.aware_ms);
}

bool incident_is_same(const struct incident_step *one, const struct incident_step *other) {
    return one->what == other->what && one->aware_ms == other->aware_ms &&
           one->from_ms == other->from_ms && one->to_ms == other->to_ms &&
           one->is_of_person == other->is_of_person && span_equal(one->entries, other->entries) &&
           span_equal(one->scope_agency, other->scope_agency) &&
           span_equal(one->scope_system, other->scope_system) &&
           span_equal(one->scope_user, other->scope_user) && span_equal(one->reason, other->reason);
}

static const char *decision_fault(const struct incident_state *state,
                                  const struct incident_step *step) {
    bool is_late = step->at_ms > incident_due_ms(state->opened.aware_ms);
    if (step->ico == INCIDENT_ICO_NOTIFY && is_late && step->delay.len == 0) {
        return "delay: the 72 hours have passed; say why the Commissioner is notified later (UK "
               "GDPR, Article 33(1))";
    }
    if (step->delay.len > 0 && (!is_late || step->ico != INCIDENT_ICO_NOTIFY)) {
        return "delay: only where the Commissioner is notified after the 72 hours";
    }
    return NULL;
}

const char *incident_step_fault(const struct incident_state *state,
                                const struct incident_step *step) {
    if (state->closed.kind != 0) {
        return "the incident is closed; open another one for what came to light since";
    }
    if (step->version != state->version) {
        return "version: somebody else changed the incident since; show it again, and decide by "
               "what it is now";
    }
    if (step->kind == INCIDENT_NOTIFY &&
        state->version > LIMIT_INCIDENT_STEPS - LIMIT_INCIDENT_STEPS_TO_DECIDE) {
        return "others were told as many times as there may be for one incident; open another one "
               "for what came since";
    }
    if (step->kind == INCIDENT_DECIDE && state->version > LIMIT_INCIDENT_STEPS) {
        return "it was decided as often as there may be for one incident; close it, and open "
               "another "
               "one for what came to light since";
    }
    if (step->kind == INCIDENT_DECIDE) {
        return decision_fault(state, step);
    }
    if (step->kind == INCIDENT_CLOSE && state->decided.kind == 0) {
        return "decide first whether the Commissioner is notified and the persons are told; an "
               "incident is not closed without";
    }
    return NULL;
}

static void step_take(struct incident_state *state, const struct incident_step *step) {
    switch (step->kind) {
    case INCIDENT_NOTIFY:
        state->entry_count += step->entry_count;
        state->notice_count += step->notice_count;
        state->covered = step->covered;
        break;
    case INCIDENT_DECIDE:
        state->decided = *step;
        break;
    case INCIDENT_CLOSE:
        state->closed = *step;
        break;
    default:
        break;
    }
}

static struct lg_err decoded(struct span body, struct incident_step *out_step) {
    return lg_failed(incident_step_decode(body, out_step))
               ? lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT)
               : LG_OK;
}

struct lg_err incident_read(struct store_reader *reader, const struct store_incident *row,
                            uint64_t asked, struct arena *arena, struct incident_state *out_state) {
    struct store_incident_steps steps;
    struct incident_state state = {.id = row->id,
                                   .number = row->log_index,
                                   .version = row->version,
                                   .is_escalated = row->escalated_index > 0};
    TRY(decoded(row->body, &state.opened));
    TRY(store_incident_steps_read(reader, &row->id, arena, &steps));
    for (size_t i = 0; i < steps.count; i++) {
        struct incident_step step;
        TRY(decoded(steps.items[i].body, &step));
        step_take(&state, &step);
        state.is_asked_done = state.is_asked_done || steps.items[i].log_index == asked;
    }
    *out_state = state;
    return LG_OK;
}

struct lg_err incident_notice_read(const struct store_incident_notice *row,
                                   struct incident_notice *out_notice) {
    struct incident_notice notice = {.number = row->log_index};
    TRY(decoded(row->body, &notice.sent));
    if (row->answer.len > 0) {
        TRY(decoded(row->answer, &notice.answered));
    }
    *out_notice = notice;
    return LG_OK;
}
