/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents whose 72 hours have passed and that nobody decided escalate by themselves, once: the
 * host's officers see from then on whose it is, of what kind and since when. Nobody has to ask for
 * it. A turn's escalations are one batch. */
#include "gateway/service/incidents_int.h"

/* Bytes of a turn's rows. */
enum { TURN_BUDGET = 4 << 20 };

struct turn {
    const struct query_gateway *gateway;
    int64_t now_ms;
    struct arena *arena;
    struct audit_entry_fields entries[LIMIT_INCIDENT_TURN];
    size_t count;
    struct lg_err first; /* of what could not be read */
};

/* The host's own goes to nobody else. */
static struct span next_of(const struct turn *turn, struct span agency) {
    const struct config_party *host = config_host_find(turn->gateway->registry);
    bool has_host = host != NULL && !span_equal_text(agency, host->id);
    return has_host ? span_text(host->id) : span_of(NULL, 0);
}

static struct lg_err entry_add(struct turn *turn, const struct store_incident *row) {
    struct incident_step opened;
    if (lg_failed(incident_step_decode(row->body, &opened))) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    struct incident_step step = {
        .kind = INCIDENT_ESCALATE,
        .id = row->id,
        .at_ms = turn->now_ms,
        .what = opened.what,
        .aware_ms = opened.aware_ms,
        .agency = opened.agency,
        .other = next_of(turn, opened.agency),
    };
    struct audit_entry_fields fields = {
        .kind = AUDIT_INCIDENT,
        .requesting_agency = opened.agency,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text(INCIDENT_REASON),
    };
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(incident_step_encode(&step, turn->arena, &fields.sealed));
    turn->entries[turn->count++] = fields;
    return LG_OK;
}

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static struct lg_err turn_run(struct turn *turn, struct store_reader *reader) {
    struct store_incidents rows;
    bool committed = false;
    TRY(store_incidents_due(reader, turn->now_ms, turn->arena, &rows));
    if (rows.damaged > 0) {
        turn->first = lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    for (size_t i = 0; i < rows.count; i++) {
        struct lg_err err = entry_add(turn, &rows.items[i]);
        turn->first = lg_failed(turn->first) ? turn->first : err;
    }
    if (turn->count == 0) {
        return turn->first;
    }
    const struct audit_batch batch = {.entries = turn->entries, .count = turn->count};
    TRY(audit_commit_wait(turn->gateway->log, &batch, on_committed, &committed));
    return committed ? turn->first : lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
}

struct lg_err service_incidents_lapse(const struct query_gateway *gateway,
                                      struct store_reader *reader, size_t *out_count) {
    struct turn turn = {
        .gateway = gateway, .now_ms = clock_wall_ms(&gateway->clock), .first = LG_OK};
    struct lg_err err = arena_new(TURN_BUDGET, &turn.arena);
    if (!lg_failed(err)) {
        err = turn_run(&turn, reader);
    }
    *out_count = lg_failed(err) && !lg_failed(turn.first) ? 0 : turn.count;
    arena_free(&turn.arena);
    return err;
}
