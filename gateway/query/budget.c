/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/query/budget.h"

#include "gateway/query/query.h"
#include "gateway/review/review.h"
#include "policy/glass.h"

/* Working days in which the case of a soft line is looked at. */
enum { CHECK_DAYS = 5 };

const char query_budget_code[] = "BUDGET_REACHED";
const char query_budget_sentence[] =
    "Refused. You have looked at as many people for this purpose as your partnership allows.";
const char query_budget_remedy[] =
    "Wait, or ask your agency's information governance officer to look at the review case.";

static bool fits(const char *wanted, struct span word) {
    return wanted == NULL || span_equal_text(word, wanted);
}

/* The first of the file that fits; NULL: not limited. */
static const struct config_budget *budget_find(const struct query_budget_use *use) {
    const struct config_partnership *registry = use->worker->gateway->registry;
    for (uint32_t i = 0; i < registry->budget_count; i++) {
        const struct config_budget *budget = &registry->budgets[i];
        if (fits(budget->role, use->caller->role) && fits(budget->purpose, use->ground->purpose)) {
            return budget;
        }
    }
    return NULL;
}

static struct review_opener opener_of(const struct query_budget_use *use) {
    return (struct review_opener){.agency = use->caller->agency, .user_id = use->caller->user_id};
}

/* One case at a time: whoever has one open is being looked at. */
static struct lg_err case_is_open(const struct query_budget_use *use, bool *out_open) {
    const struct review_opener opener = opener_of(use);
    struct store_review_count which = {.kind = REVIEW_BUDGET,
                                       .opened_after_ms = INT64_MIN,
                                       .due_before_ms = INT64_MAX,
                                       .is_unclosed = true};
    uint32_t count = 0;
    TRY(review_opener_tag(use->worker->gateway->store, &opener, &which.opener));
    TRY(store_reviews_count(use->worker->reader, &which, &count));
    *out_open = count > 0;
    return LG_OK;
}

static struct lg_err state_of(const struct query_budget_use *use,
                              const struct config_budget *budget, uint32_t before,
                              enum query_budget_state *out_state) {
    bool is_open = true;
    *out_state = QUERY_BUDGET_WITHIN;
    if (before >= budget->soft) {
        TRY(case_is_open(use, &is_open));
    }
    if (!is_open) {
        *out_state = QUERY_BUDGET_SOFT;
    }
    return LG_OK;
}

struct lg_err query_budget_take(const struct query_budget_use *use,
                                enum query_budget_state *out_state, uint64_t *out_owed) {
    const struct config_budget *budget = budget_find(use);
    *out_state = QUERY_BUDGET_WITHIN;
    *out_owed = 0;
    if (budget == NULL) {
        return LG_OK;
    }
    struct span parts[] = {span_text("budget"), use->caller->agency, use->ground->purpose,
                           use->caller->user_id};
    struct consent_use counted = {
        .rate = {.count = budget->hard, .window_s = budget->window_hours * 3600},
        .mono_ms = loop_now_ms(use->worker->loop),
        .goes_beyond = use->is_emergency,
    };
    TRY(store_user_tag_make(use->worker->gateway->store, STORE_TAG_COUNTER, parts, 4,
                            &counted.key));
    struct consent_used used;
    TRY(consent_counters_use(use->worker->gateway->counters, &counted, &used));
    if (!used.is_taken) {
        *out_state = QUERY_BUDGET_HARD;
        return LG_OK;
    }
    *out_owed = used.owed;
    if (used.before >= budget->hard) {
        *out_state = QUERY_BUDGET_BEYOND;
        return LG_OK;
    }
    return state_of(use, budget, used.before, out_state);
}

/* Due by the calendar of the agreement that decided; there is one, since the question is permitted.
 */
static int64_t due_of(const struct query_budget_use *use, int64_t now_ms) {
    const struct policy_force *force = agreement_forces_find(use->forces, use->agreement);
    int64_t days_ms = (int64_t)CHECK_DAYS * 24 * 3600 * 1000;
    return force == NULL ? now_ms + days_ms
                         : policy_working_days_end(force->policy, now_ms / 1000, CHECK_DAYS) * 1000;
}

struct lg_err query_budget_case(const struct query_budget_use *use, struct arena *arena,
                                struct audit_entry_fields *out_fields) {
    int64_t now_ms = clock_wall_ms(&use->worker->gateway->clock);
    struct review_opening opening = {
        .kind = REVIEW_BUDGET,
        .reviewer = use->caller->agency,
        .opener = opener_of(use),
        .system = use->caller->system,
        .role = use->caller->role,
        .purpose = use->ground->purpose,
        .case_reference = use->ground->case_reference,
        .opened_ms = now_ms,
        .due_ms = due_of(use, now_ms),
        .cause = span_text("soft-line"),
    };
    vault_random(opening.id.bytes, sizeof opening.id.bytes);
    *out_fields = (struct audit_entry_fields){
        .kind = AUDIT_REVIEW,
        .requesting_agency = use->caller->agency,
        .agreement = use->agreement,
        .decision = AUDIT_DECISION_PERMIT,
        .reason = span_text("BUDGET_SOFT_LINE"),
    };
    vault_random(out_fields->request_id.bytes, sizeof out_fields->request_id.bytes);
    return review_opening_encode(&opening, arena, &out_fields->sealed);
}
