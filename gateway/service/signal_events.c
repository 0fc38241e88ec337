/* SPDX-License-Identifier: Apache-2.0 */
/* From an entry of the log to what the rules look at. */
#include "gateway/base/log.h"
#include "gateway/review/review.h"
#include "gateway/service/service_int.h"
#include "gateway/service/signal_marks.h"
#include "gateway/service/signals_int.h"

bool service_signals_agency_find(const struct service_signals *signals,
                                 const struct index_asked *asked, size_t *out_agency) {
    const struct config_partnership *registry = signals->gateway->registry;
    for (uint32_t i = 0; i < registry->party_count; i++) {
        if (span_equal_text(asked->entry.requesting_agency, registry->parties[i].id)) {
            *out_agency = i;
            return asked->user_id.len > 0;
        }
    }
    return false;
}

/* Whom a question is about, where the asker could know of them. */
static struct lg_err marks_read(const struct service_signals *signals,
                                const struct index_asked *asked, struct signals_event *event) {
    const struct service_marks_look look = {.gateway = signals->gateway,
                                            .reader = signals->reader,
                                            .askers = signals->askers,
                                            .known = signals->known,
                                            .asked = asked};
    struct service_marks marks;
    if (asked->entry.kind != AUDIT_ASK || !asked->has_subject || !asked->is_enough) {
        return LG_OK;
    }
    struct lg_err err = service_marks_find(&look, &marks);
    if (lg_err_class(err) == LG_CLASS_STORE || lg_err_class(err) == LG_CLASS_LIMIT) {
        return err; /* another turn may do better */
    }
    if (lg_failed(err)) { /* one question must not keep all that come after it from being seen */
        log_line(LOG_WARN, "signals.marks", "entry=%llu looked=no",
                 (unsigned long long)asked->position);
        return LG_OK;
    }
    event->is_own_record = marks.is_own_record;
    event->is_colleague = marks.is_colleague;
    event->is_canary = marks.is_canary;
    return LG_OK;
}

static enum signals_kind kind_of(const struct index_asked *asked) {
    switch (asked->entry.kind) {
    case AUDIT_DENIAL:
        return SIGNALS_REFUSAL;
    case AUDIT_SEARCH:
        return SIGNALS_SEARCH;
    default:
        return SIGNALS_ASK;
    }
}

struct lg_err service_signals_event_make(const struct service_signals *signals, size_t agency,
                                         const struct index_asked *asked,
                                         struct signals_event *out) {
    const struct config_party *party = &signals->gateway->registry->parties[agency];
    const struct store *store = signals->gateway->store;
    const struct policy_london london = policy_london_time(asked->entry.time_ms / 1000);
    struct signals_event event = {
        .kind = kind_of(asked),
        .log_index = asked->position,
        .at_ms = asked->entry.time_ms,
        .is_outside_hours =
            party->working_hours_text != NULL &&
            (london.is_bank_holiday || !config_hours_include(party, london.weekday, london.minute)),
        .lacks_case = asked->case_reference.len == 0 &&
                      config_purpose_wants_case(party, asked->entry.purpose),
    };
    const struct review_opener opener = {.agency = asked->entry.requesting_agency,
                                         .user_id = asked->user_id};
    struct span role[] = {span_text("role"), asked->role};
    TRY(review_opener_tag(store, &opener, &event.user));
    TRY(store_tag_make(store, STORE_TAG_OPENER, role, 2, &event.role));
    TRY(marks_read(signals, asked, &event));
    *out = event;
    return LG_OK;
}
