/* SPDX-License-Identifier: Apache-2.0 */
/* Duties whose day has passed escalate by themselves, once: officers of the agreement's lead see
 * them too from then on, or those of the host. Nobody has to ask for it. A turn looks at some, from
 * where the last one ended, and begins again at the first once it came to the end. */
#include "gateway/agreement/set.h"
#include "gateway/base/day.h"
#include "gateway/service/duties_int.h"
#include "policy/signing.h"

/* Bytes of the rows of a turn with their acts; and of one case with what was done with it. */
enum { TURN_BUDGET = 4 << 20, CASE_BUDGET = 1 << 19, LOOK_MAX = LIMIT_DUTY_PAGE };

static const int64_t DAY_MS = 86400000;

struct turn {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    const struct agreement_forces *forces;
    int64_t now_ms;
    size_t count; /* that were escalated */
};

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

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static struct lg_err escalate(struct turn *turn, const struct store_duty *duty,
                              struct arena *arena) {
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
    bool committed = false;
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(duty_act_encode(&act, arena, &fields.sealed));
    TRY(audit_commit_wait(turn->gateway->log, &(struct audit_batch){.entries = &fields, .count = 1},
                          on_committed, &committed));
    turn->count += committed ? 1 : 0;
    return committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
}

/* Whether nobody escalated it, and it is not over. */
static bool is_due(const struct turn *turn, const struct duty_standing *standing) {
    return !duty_is_over(standing) && standing->escalated.kind == 0 &&
           duty_is_past(&standing->duty, turn->now_ms);
}

/* ---- Rows ---- */

static struct lg_err row_look(struct turn *turn, const struct store_duty *duty,
                              struct arena *arena) {
    struct duty_standing standing;
    TRY(service_duty_standing(turn->reader, duty, turn->now_ms, arena, &standing));
    return is_due(turn, &standing) ? escalate(turn, duty, arena) : LG_OK;
}

static struct lg_err rows_escalate(struct turn *turn, struct service_duty_sweep *sweep) {
    OWN(arena_free) struct arena *arena = NULL;
    struct index_duties rows;
    const struct store_duty_look look = {
        .due_before = day_of_ms(turn->now_ms),
        .after_day = sweep->has_row ? sweep->after_day : INT32_MIN,
        .after_id = sweep->after_id,
        .most = LOOK_MAX,
    };
    TRY(arena_new(TURN_BUDGET, &arena));
    TRY(index_duties_list(turn->gateway->index, &look, arena, &rows));
    for (size_t i = 0; i < rows.duties.count && turn->count < LIMIT_DUTY_TURN; i++) {
        const struct store_duty *duty = &rows.duties.items[i];
        TRY(row_look(turn, duty, arena));
        sweep->after_day = duty->due_day;
        sweep->after_id = duty->id;
    }
    sweep->has_row = rows.duties.count == LOOK_MAX || turn->count == LIMIT_DUTY_TURN;
    return LG_OK;
}

/* ---- Persons to be told ---- */

static struct lg_err telling_look(struct turn *turn, const struct review_id *id) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_review review;
    struct duty_standing standing;
    bool found = false;
    TRY(arena_new(CASE_BUDGET, &arena));
    TRY(store_review_find(turn->reader, id, arena, &found, &review));
    if (!found) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    TRY(service_telling_standing(turn->reader, &review, turn->now_ms, arena, &standing));
    return is_due(turn, &standing) ? escalate(turn, &standing.duty, arena) : LG_OK;
}

static struct lg_err tellings_escalate(struct turn *turn, struct service_duty_sweep *sweep) {
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
        TRY(telling_look(turn, &tellings[i].id));
        sweep->after_telling = tellings[i];
    }
    sweep->has_telling = count == LIMIT_DUTY_TURN;
    return LG_OK;
}

struct lg_err service_duties_lapse(const struct query_gateway *gateway, struct store_reader *reader,
                                   struct service_duty_sweep *sweep, size_t *out_count) {
    int64_t now_ms = clock_wall_ms(&gateway->clock);
    struct agreement_view view = agreement_view_of(gateway->agreements);
    const struct agreement_forces forces =
        agreement_set_at(agreement_view_set(&view), now_ms / 1000);
    struct turn turn = {.gateway = gateway, .reader = reader, .forces = &forces, .now_ms = now_ms};
    struct lg_err err = tellings_escalate(&turn, sweep);
    if (!lg_failed(err) && gateway->index != NULL && index_is_ready(gateway->index)) {
        err = rows_escalate(&turn, sweep);
    }
    agreement_view_done(&view);
    *out_count = turn.count;
    return err;
}
