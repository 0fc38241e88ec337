/* SPDX-License-Identifier: Apache-2.0 */
/* What the log's changes mean for the store: consents, review cases, stops, duties, erasures,
 * subject access requests, marks and incidents, in one transaction with the size of the log that
 * they are read at. Other changes move that size alone. */
#include "gateway/query/apply.h"

#include "gateway/access/access.h"
#include "gateway/agreement/entry.h"
#include "gateway/consent/consent.h"
#include "gateway/duty/duty.h"
#include "gateway/erasure/erasure.h"
#include "gateway/erasure/suppression.h"
#include "gateway/incident/incident.h"
#include "gateway/review/review.h"
#include "gateway/sar/sar.h"
#include "gateway/signals/signals.h"
#include "gateway/store/reliance.h"

/* Lists of one run of changes, each with room for all of them. */
struct lists {
    struct consent_logged *consents;
    size_t consent_count;
    struct review_logged *reviews;
    size_t review_count;
    struct store_stop *stops;
    size_t stop_count;
    struct store_agreement_act *agreements;
    size_t agreement_count;
    struct store_erasure *erasures;
    size_t erasure_count;
    struct store_suppression *suppressions;
    size_t suppression_count;
    struct store_sar *sars;
    size_t sar_count;
    struct store_duty_act *duty_acts;
    size_t duty_act_count;
    struct store_mark_change *marks;
    size_t mark_count;
    struct store_incident_change *incidents;
    size_t incident_count;
};

/* Names that the bodies are decoded to, and dropped again. */
enum { APPLY_BUDGET = 1 << 20, APPLY_ENTRY_BUDGET = 8192 + CONSENT_APPLY_ENTRY };

/* A party that suspends or leaves has STOP entries too: those name other reasons. */
static bool is_access(const struct audit_change *change) {
    return change->kind == AUDIT_STOP && (span_equal_text(change->reason, ACCESS_REASON_STOP) ||
                                          span_equal_text(change->reason, ACCESS_REASON_RESUME));
}

bool query_apply_is_agreement(const struct audit_change *change) {
    bool kind = change->kind == AUDIT_AGREEMENT || change->kind == AUDIT_STOP;
    return kind && agreement_entry_is(change->sealed);
}

static struct lg_err erasure_make(const struct audit_change *change, struct store_erasure *out) {
    const struct erasure_logged logged = {
        .log_index = change->index,
        .agency = change->requesting_agency,
        .reason = change->reason,
        .items = change->items,
        .body = change->sealed,
    };
    return erasure_row_make(&logged, out);
}

/* An entry of before the log held marks is in the store, or nowhere. */
static struct lg_err mark_add(const struct audit_change *change, struct arena *arena,
                              struct lists *lists) {
    struct signals_mark_entry entry;
    struct lg_err err = signals_mark_decode(change->sealed, arena, &entry);
    if (lg_err_class(err) == LG_CLASS_INPUT) {
        return LG_OK;
    }
    TRY(err);
    struct store_mark_change *mark = &lists->marks[lists->mark_count++];
    *mark = (struct store_mark_change){.log_index = change->index, .mark = entry.mark};
    mark->mark.agency = change->requesting_agency;
    return LG_OK;
}

static struct lg_err lists_fill(struct store *store, const struct audit_change *changes,
                                size_t count, struct arena *arena, struct lists *lists) {
    lists->consents = arena_array(arena, count, sizeof *lists->consents);
    lists->reviews = arena_array(arena, count, sizeof *lists->reviews);
    lists->stops = arena_array(arena, count, sizeof *lists->stops);
    lists->agreements = arena_array(arena, count, sizeof *lists->agreements);
    lists->erasures = arena_array(arena, count, sizeof *lists->erasures);
    lists->suppressions = arena_array(arena, count, sizeof *lists->suppressions);
    lists->sars = arena_array(arena, count, sizeof *lists->sars);
    lists->duty_acts = arena_array(arena, count, sizeof *lists->duty_acts);
    lists->marks = arena_array(arena, count, sizeof *lists->marks);
    lists->incidents = arena_array(arena, count, sizeof *lists->incidents);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        const struct audit_change *it = &changes[i];
        if (it->kind == AUDIT_CONSENT) {
            lists->consents[lists->consent_count++] =
                (struct consent_logged){.log_index = it->index, .body = it->sealed};
        } else if (it->kind == AUDIT_REVIEW) {
            lists->reviews[lists->review_count++] =
                (struct review_logged){.log_index = it->index, .body = it->sealed};
        } else if (query_apply_is_agreement(it)) {
            lists->agreements[lists->agreement_count++] = (struct store_agreement_act){
                .log_index = it->index, .time_ms = it->time_ms, .body = it->sealed};
        } else if (it->kind == AUDIT_ERASURE) {
            TRY(erasure_make(it, &lists->erasures[lists->erasure_count++]));
        } else if (it->kind == AUDIT_SUPPRESSION) {
            TRY(erasure_suppression_decode(it->index, it->sealed, arena,
                                           &lists->suppressions[lists->suppression_count++]));
        } else if (it->kind == AUDIT_SUBJECT_ACCESS) {
            TRY(sar_row_make(it->index, it->sealed, &lists->sars[lists->sar_count++]));
        } else if (it->kind == AUDIT_DUTY) {
            TRY(duty_row_make(it->index, it->sealed, &lists->duty_acts[lists->duty_act_count++]));
        } else if (it->kind == AUDIT_ENROL && signals_mark_is(it->reason)) {
            TRY(mark_add(it, arena, lists));
        } else if (it->kind == AUDIT_INCIDENT) {
            TRY(incident_row_make(it->index, it->sealed,
                                  &lists->incidents[lists->incident_count++]));
        } else if (is_access(it)) {
            TRY(access_row_make(store, it->index, it->sealed, &lists->stops[lists->stop_count++]));
        }
    }
    return LG_OK;
}

struct lg_err query_apply(void *ctx, const struct audit_change *changes, size_t count) {
    struct store *store = ctx;
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(APPLY_BUDGET + count * APPLY_ENTRY_BUDGET, &arena));
    struct lists lists = {0};
    TRY(lists_fill(store, changes, count, arena, &lists));
    struct store_consent_change *consents =
        arena_array(arena, lists.consent_count + 1, sizeof *consents);
    TRY(arena_failed(arena));
    TRY(consent_rows_make(store, lists.consents, lists.consent_count, arena, consents));
    struct review_rows rows;
    TRY(review_rows_make(store, lists.reviews, lists.review_count, arena, &rows));
    const struct store_changes applied = {
        .consents = consents,
        .consent_count = lists.consent_count,
        .ending = consent_ending(),
        .opens = rows.opens,
        .open_count = rows.open_count,
        .acts = rows.acts,
        .act_count = rows.act_count,
        .stops = lists.stops,
        .stop_count = lists.stop_count,
        .agreement_acts = lists.agreements,
        .agreement_act_count = lists.agreement_count,
        .erasures = lists.erasures,
        .erasure_count = lists.erasure_count,
        .suppressions = lists.suppressions,
        .suppression_count = lists.suppression_count,
        .sars = lists.sars,
        .sar_count = lists.sar_count,
        .duty_acts = lists.duty_acts,
        .duty_act_count = lists.duty_act_count,
        .marks = lists.marks,
        .mark_count = lists.mark_count,
        .incidents = lists.incidents,
        .incident_count = lists.incident_count,
        .through = changes[count - 1].index + 1,
    };
    return store_changes_apply(store, &applied);
}
