/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews whose day has passed escalate by themselves, once: officers of the agreement's lead see
 * the case too from then on; where its own officers are the lead's, or it is the lead's doing,
 * those of the host. Nobody has to ask for it, and nobody at the agency whose case it is can keep
 * it from happening. What a rule of misuse says of somebody is their own agency's business: such a
 * case stays there, and is marked. */
#include "gateway/agreement/set.h"
#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "policy/signing.h"

/* Bytes of a list, and those in which one case is read with what was done with it. */
enum { LIST_BUDGET = 1 << 12, CASE_BUDGET = 1 << 19 };

/* Another than whose officers have not closed it by its day, and than whose doing it is. */
static bool suits(struct span agency, const struct review_opening *opening) {
    return agency.len > 0 && !span_equal(agency, opening->reviewer) &&
           !span_equal(agency, opening->opener.agency);
}

static struct span next_of(const struct query_gateway *gateway,
                           const struct agreement_forces *forces,
                           const struct review_opening *opening) {
    if (opening->kind == REVIEW_ANOMALY) {
        return opening->reviewer;
    }
    const struct policy_force *force = agreement_forces_find(*forces, opening->opener.agreement);
    struct span lead = force != NULL ? policy_lead(force->policy) : span_of(NULL, 0);
    if (suits(lead, opening) && config_party_find(gateway->registry, lead) != NULL) {
        return lead;
    }
    const struct config_party *host = config_host_find(gateway->registry);
    bool has_host = host != NULL && suits(span_text(host->id), opening);
    return has_host ? span_text(host->id) : opening->reviewer;
}

static void on_committed(void *ctx, const struct audit_outcome *outcome) {
    bool *committed = ctx;
    *committed = outcome->result == AUDIT_COMMITTED;
}

static struct lg_err case_lapse(const struct query_gateway *gateway,
                                const struct agreement_forces *forces, const struct review_case *it,
                                struct arena *arena) {
    const struct review_opening *opening = &it->opening;
    struct audit_entry_fields fields = {
        .kind = AUDIT_REVIEW,
        .requesting_agency = review_leaf_agency(opening->kind, opening->reviewer),
        .agreement = query_known_agreement(*forces, opening->opener.agreement),
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("REVIEW_OVERDUE"),
        .person = opening->has_person ? &opening->person : NULL,
    };
    bool committed = false;
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    TRY(review_lapse_encode(it, next_of(gateway, forces, opening), clock_wall_ms(&gateway->clock),
                            arena, &fields.sealed));
    TRY(audit_commit_wait(gateway->log, &(struct audit_batch){.entries = &fields, .count = 1},
                          on_committed, &committed));
    return committed ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG);
}

static struct lg_err case_read(struct store_reader *reader, const struct review_id *id,
                               struct arena *arena, struct review_case *out_case) {
    struct store_review review;
    bool found = false;
    TRY(store_review_find(reader, id, arena, &found, &review));
    if (!found) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    return review_case_read(reader, &review, arena, out_case);
}

static struct lg_err id_lapse(const struct query_gateway *gateway, struct store_reader *reader,
                              const struct agreement_forces *forces, const struct review_id *id) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(CASE_BUDGET, &arena));
    struct review_case *it = arena_alloc(arena, sizeof *it);
    TRY(arena_failed(arena));
    TRY(case_read(reader, id, arena, it));
    return case_lapse(gateway, forces, it, arena);
}

static bool is_of_log(struct lg_err err) {
    return lg_err_module(err) == LG_AUDIT ||
           lg_err_same(err, lg_err_make(LG_CLASS_STORE, LG_SERVICE, SERVICE_LOG));
}

/* One turn: what it hands on, and the first error that stood in its way. */
struct turn {
    const struct query_gateway *gateway;
    struct store_reader *reader;
    const struct agreement_forces *forces;
    size_t count;
    struct lg_err first;
};

/* A case that cannot be read keeps no other from being handed on. Without the log none can be. */
static struct lg_err dues_lapse(struct turn *turn, const struct store_review_due *dues,
                                size_t count) {
    for (size_t i = 0; i < count && turn->count < STORE_REVIEWS_DUE_MAX; i++) {
        struct lg_err err = id_lapse(turn->gateway, turn->reader, turn->forces, &dues[i].id);
        turn->count += lg_failed(err) ? 0 : 1;
        if (is_of_log(err)) {
            return err;
        }
        turn->first = lg_failed(turn->first) ? turn->first : err;
    }
    return LG_OK;
}

/* Those that cannot be read stay due, and come first every time: what is behind them is looked for
 * beyond them. */
static struct lg_err pages_lapse(struct turn *turn, int64_t now_ms) {
    struct store_review_due after;
    bool is_full = true;
    for (size_t page = 0;
         page < LIMIT_SERVICE_REVIEWS_DUE_PAGES && is_full && turn->count < STORE_REVIEWS_DUE_MAX;
         page++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct store_review_due *dues = NULL;
        size_t count = 0;
        TRY(arena_new(LIST_BUDGET, &arena));
        const struct store_due_look look = {now_ms, page == 0 ? NULL : &after};
        TRY(store_reviews_due(turn->reader, &look, arena, &dues, &count));
        TRY(dues_lapse(turn, dues, count));
        is_full = count == STORE_REVIEWS_DUE_MAX;
        if (is_full) {
            after = dues[count - 1];
        }
    }
    return turn->first;
}

struct lg_err service_reviews_lapse(const struct query_gateway *gateway,
                                    struct store_reader *reader, size_t *out_count) {
    int64_t now_ms = clock_wall_ms(&gateway->clock);
    struct agreement_view view = agreement_view_of(gateway->agreements);
    const struct agreement_forces forces =
        agreement_set_at(agreement_view_set(&view), now_ms / 1000);
    struct turn turn = {.gateway = gateway, .reader = reader, .forces = &forces, .first = LG_OK};
    struct lg_err err = pages_lapse(&turn, now_ms);
    agreement_view_done(&view);
    *out_count = turn.count;
    return err;
}
