/* SPDX-License-Identifier: Apache-2.0 */
/* Duties whose day has passed escalate by themselves, once: officers of the agreement's lead see
 * them too from then on, or those of the host. Nobody has to ask for it.
 *
 * What is past its day changes with the day alone, so one pass a day goes through it, some at a
 * turn; a turn's escalations are one batch. One that cannot be read is left out and keeps no other
 * from its escalation; the next pass meets it again. */
#include "gateway/agreement/set.h"
#include "gateway/base/day.h"
#include "gateway/service/duties_int.h"
#include "policy/signing.h"

/* Bytes of the rows of a turn, its cases and what was done about them. */
enum { TURN_BUDGET = 16 << 20, LOOK_MAX = LIMIT_DUTY_PAGE };

static const int64_t DAY_MS = 86400000;

struct turn {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    const struct agreement_forces *forces;
    int64_t now_ms;
    struct arena *arena;
    struct audit_entry_fields entries[2 * LIMIT_DUTY_TURN];
    size_t count;
    struct lg_err first; /* of what could not be read */
};

static void note(struct turn *turn, struct lg_err err) {
    turn->first = lg_failed(turn->first) ? turn->first : err;
}

static bool suits(struct span agency, struct span owner) {
    return agency.len > 0 && !span_equal(agency, owner);
}

/* The owner itself where it is the host, and the lead of its own agreement. */
static struct span next_of(const struct turn *turn, const struct store_duty *duty) {
    const struct policy_force *force = agreement_forces_find(*turn->forces, duty->agreement);
    struct span lead = force != NULL ? policy_lead(force->policy) : span_of(NULL, 0);
    if (suits(lead, duty->agency) && config_party_find(turn->gateway->registry, lead) != NULL) {
        return lead;
    }
    const struct config_party *host = config_host_find(turn->gateway->registry);
    bool has_host = host != NULL && suits(span_text(host->id), duty->agency);
    return has_host ? span_text(host->id) : duty->agency;
}

static struct lg_err entry_add(struct turn *turn, const struct store_duty *duty) {
    const struct duty_act act = {.kind = STORE_DUTY_ESCALATED,
                                 .at_ms = turn->now_ms,
                                 .duty = *duty,
                                 .next = next_of(turn, duty)};
    struct audit_entry_fields fields = {
        .kind = AUDIT_DUTY,
        .requesting_agency = duty->agency,
        .agreement = query_known_agreement(*turn->forces, duty->agreement),
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(duty_act_code(act.kind)),
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(duty_act_encode(&act, turn->arena, &fields.sealed));
    turn->entries[turn->count++] = fields;
    return LG_OK;
}

/* Where nobody escalated it, and it is not over. */
static struct lg_err standing_take(struct turn *turn, const struct duty_standing *standing) {
    bool is_due = !duty_is_over(standing) && standing->escalated.kind == 0 &&
                  duty_is_past(&standing->duty, turn->now_ms);
    return is_due ? entry_add(turn, &standing->duty) : LG_OK;
}

/* ---- Rows ---- */

static struct lg_err row_look(struct turn *turn, const struct store_duty *duty, bool *out_over) {
    struct duty_standing standing;
    TRY(service_duty_standing(turn->reader, duty, turn->now_ms, turn->arena, &standing));
    *out_over = duty_is_over(&standing);
    return standing_take(turn, &standing);
}

static struct lg_err rows_look(struct turn *turn, struct service_duty_sweep *sweep) {
    struct store_duty over[LOOK_MAX];
    struct index_duties rows;
    size_t over_count = 0;
    size_t seen = 0;
    const struct store_duty_look look = {
        .due_before = day_of_ms(turn->now_ms),
        .after_day = sweep->has_row ? sweep->after_day : INT32_MIN,
        .after_id = sweep->after_id,
        .most = LOOK_MAX,
    };
    TRY(index_duties_list(turn->gateway->index, &look, turn->arena, &rows));
    while (seen < rows.duties.count && turn->count < LIMIT_DUTY_TURN) {
        const struct store_duty *duty = &rows.duties.items[seen++];
        bool is_over = false;
        note(turn, row_look(turn, duty, &is_over));
        if (is_over) {
            over[over_count++] = *duty;
        }
        sweep->after_day = duty->due_day;
        sweep->after_id = duty->id;
        sweep->has_row = true;
    }
    lg_err_ignore(index_duties_over(turn->gateway->index, over, over_count),
                  "the next pass meets them again");
    sweep->rows_over = seen == rows.duties.count && rows.duties.count < LOOK_MAX;
    return LG_OK;
}

/* ---- Persons to be told ---- */

static struct lg_err telling_look(struct turn *turn, const struct review_id *id) {
    struct store_review review;
    struct duty_standing standing;
    bool found = false;
    TRY(store_review_find(turn->reader, id, turn->arena, &found, &review));
    if (!found) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    TRY(service_telling_standing(turn->reader, &review, turn->now_ms, turn->arena, &standing));
    return standing_take(turn, &standing);
}

static struct lg_err tellings_look(struct turn *turn, struct service_duty_sweep *sweep) {
    struct store_telling tellings[LIMIT_DUTY_TURN];
    size_t count = 0;
    int64_t today_ms = day_of_ms(turn->now_ms) * DAY_MS;
    const struct store_telling_look look = {
        .kind = REVIEW_EMERGENCY,
        .opened_before_ms = today_ms - LIMIT_DUTY_TELL_DAYS * DAY_MS,
        .after = sweep->has_telling ? sweep->after_telling
                                    : (struct store_telling){.opened_ms = INT64_MIN},
    };
    TRY(store_tellings_list(turn->reader, &look, tellings, &count));
    for (size_t i = 0; i < count; i++) {
        note(turn, telling_look(turn, &tellings[i].id));
        sweep->after_telling = tellings[i];
        sweep->has_telling = true;
    }
    sweep->tellings_over = count < LIMIT_DUTY_TURN;
    return LG_OK;
}

/* ---- A turn ---- */

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static struct lg_err entries_commit(struct turn *turn) {
    bool committed = false;
    if (turn->count == 0) {
        return LG_OK;
    }
    const struct audit_batch batch = {.entries = turn->entries, .count = turn->count};
    TRY(audit_commit_wait(turn->gateway->log, &batch, on_committed, &committed));
    return committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
}

static bool has_index(const struct turn *turn) {
    return turn->gateway->index != NULL && index_is_ready(turn->gateway->index);
}

static struct lg_err turn_run(struct turn *turn, struct service_duty_sweep *sweep) {
    if (!sweep->tellings_over) {
        TRY(tellings_look(turn, sweep));
    }
    if (!sweep->rows_over && has_index(turn)) {
        TRY(rows_look(turn, sweep));
    }
    TRY(entries_commit(turn));
    return turn->first;
}

/* What is not committed is looked at again: the pass begins anew. */
static struct lg_err sweep_run(struct turn *turn, struct service_duty_sweep *sweep) {
    const struct service_duty_sweep before = *sweep;
    struct lg_err err = arena_new(TURN_BUDGET, &turn->arena);
    if (!lg_failed(err)) {
        err = turn_run(turn, sweep);
    }
    if (lg_failed(err) && !lg_failed(turn->first)) {
        *sweep = before;
        turn->count = 0;
    }
    arena_free(&turn->arena);
    return err;
}

struct lg_err service_duties_lapse(const struct query_gateway *gateway, struct store_reader *reader,
                                   struct service_duty_sweep *sweep, size_t *out_count) {
    int64_t now_ms = clock_wall_ms(&gateway->clock);
    *out_count = 0;
    if (sweep->day != day_of_ms(now_ms)) {
        *sweep = (struct service_duty_sweep){.day = day_of_ms(now_ms)};
    }
    if (sweep->tellings_over && sweep->rows_over) {
        return LG_OK;
    }
    struct agreement_view view = agreement_view_of(gateway->agreements);
    const struct agreement_forces forces =
        agreement_set_at(agreement_view_set(&view), now_ms / 1000);
    struct turn turn = {
        .gateway = gateway, .reader = reader, .forces = &forces, .now_ms = now_ms, .first = LG_OK};
    struct lg_err err = sweep_run(&turn, sweep);
    agreement_view_done(&view);
    *out_count = turn.count;
    return err;
}
