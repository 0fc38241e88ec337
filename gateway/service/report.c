/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/report.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/day.h"
#include "gateway/service/replay.h"
#include "policy/policy.h"

enum { STEP_MEMORY = LIMIT_REPORT_STEP * 2 * LIMIT_AUDIT_ENTRY };

static const int64_t DAY_MS = 86400000;

static struct audit_log *log_of(const struct report *report) {
    return report->gateway->log;
}

/* ---- the quarter ----------------------------------------------------------------------------- */

static bool quarter_begin_ms(uint32_t quarter, int64_t *out_ms) {
    char text[24];
    int32_t day = 0;
    (void)snprintf(text, sizeof text, "%04u-%02u-01", (unsigned)(quarter / 4),
                   (unsigned)(quarter % 4 * 3 + 1));
    bool good = day_read(span_text(text), &day);
    *out_ms = day * DAY_MS;
    return good;
}

bool service_report_quarter(uint32_t quarter, int64_t *out_from_ms, int64_t *out_to_ms) {
    return quarter_begin_ms(quarter, out_from_ms) && quarter_begin_ms(quarter + 1, out_to_ms);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const char *const REVIEW_STEPS[] = {
    "EMERGENCY_OPENED", "BUDGET_SOFT_LINE", "CONSENT_BY_ASKER", "DIFFERENCE_FOUND", "REVIEW_TAKEN",
    "REVIEW_CLOSED",    "REVIEW_ESCALATED", "REVIEW_OVERDUE",   "PERSON_TOLD"};
static const char *const CONSENT_ASKED[] = {"CONSENT_GIVEN", "CONSENT_REFUSED"};
static const char *const CONSENT_LATER[] = {"CONSENT_WITHDRAWN", "CONSENT_RELIED_ON",
                                            "OBJECTION_POSSIBLE", "NOTICE_ACKNOWLEDGED"};
static const char *const EMERGENCIES[] = {"declared emergency"};
static const char *const STATES[] = {"NOTHING_TO_SHOW", "NO_ANSWER_IN_TIME", "UNAVAILABLE",
                                     "HIDDEN"};

enum {
    REVIEW_STEPS_COUNT = sizeof REVIEW_STEPS / sizeof REVIEW_STEPS[0],
    CONSENT_ASKED_COUNT = sizeof CONSENT_ASKED / sizeof CONSENT_ASKED[0],
    CONSENT_LATER_COUNT = sizeof CONSENT_LATER / sizeof CONSENT_LATER[0],
    EMERGENCIES_COUNT = sizeof EMERGENCIES / sizeof EMERGENCIES[0],
    STATES_COUNT = sizeof STATES / sizeof STATES[0],
};

/* Room for `count` rows and the one for the rest. */
static struct lg_err rows_new(struct report *report, enum report_tally tally, size_t count) {
    struct report_rows *rows = &report->rows[tally];
    rows->names = arena_array(report->arena, count + 1, sizeof *rows->names);
    rows->counts = arena_array(report->arena, count + 1, sizeof *rows->counts);
    return arena_failed(report->arena);
}

static void row_add(struct report_rows *rows, struct span name) {
    rows->names[rows->count++] = name;
}

static struct lg_err rows_of(struct report *report, enum report_tally tally,
                             const char *const *names, size_t count) {
    TRY(rows_new(report, tally, count));
    for (size_t i = 0; i < count; i++) {
        row_add(&report->rows[tally], span_text(names[i]));
    }
    row_add(&report->rows[tally],
            span_text(tally == REPORT_EMERGENCIES ? "all others" : "anything else"));
    return LG_OK;
}

/* Each agreement once: its versions stand side by side. */
static struct lg_err agreement_rows(struct report *report) {
    struct report_rows *rows = &report->rows[REPORT_ASKED_UNDER];
    TRY(agreement_book_list(report->gateway->book, report->arena, &report->agreements,
                            &report->agreement_count));
    TRY(rows_new(report, REPORT_ASKED_UNDER, report->agreement_count));
    for (size_t i = 0; i < report->agreement_count; i++) {
        struct span id = report->agreements[i].id;
        if (rows->count == 0 || !span_equal(rows->names[rows->count - 1], id)) {
            row_add(rows, id);
        }
    }
    row_add(rows, span_text("anything else"));
    return LG_OK;
}

static struct lg_err party_rows(struct report *report) {
    const struct config_partnership *registry = report->gateway->registry;
    size_t count = registry->party_count;
    TRY(rows_new(report, REPORT_ASKED_BY, count));
    TRY(rows_new(report, REPORT_ANSWERS, count + STATES_COUNT));
    for (size_t i = 0; i < count; i++) {
        row_add(&report->rows[REPORT_ASKED_BY], span_text(registry->parties[i].id));
        row_add(&report->rows[REPORT_ANSWERS], span_text(registry->parties[i].id));
    }
    for (size_t i = 0; i < STATES_COUNT; i++) {
        row_add(&report->rows[REPORT_ANSWERS], span_text(STATES[i]));
    }
    row_add(&report->rows[REPORT_ASKED_BY], span_text("anybody else"));
    row_add(&report->rows[REPORT_ANSWERS], span_text("anything else"));
    return LG_OK;
}

static struct lg_err reason_rows(struct report *report) {
    TRY(rows_new(report, REPORT_REFUSALS, POLICY_REASON_END));
    for (int reason = POLICY_NO_AGREEMENT; reason < POLICY_REASON_END; reason++) {
        row_add(&report->rows[REPORT_REFUSALS],
                span_text(policy_reason_name((enum policy_reason)reason)));
    }
    row_add(&report->rows[REPORT_REFUSALS], span_text("anything else"));
    return LG_OK;
}

static struct lg_err begin(struct report *report) {
    report->end = audit_size(log_of(report));
    TRY(store_reader_open(report->gateway->store, &report->reader));
    TRY(agreement_rows(report));
    TRY(party_rows(report));
    TRY(reason_rows(report));
    TRY(rows_of(report, REPORT_EMERGENCIES, EMERGENCIES, EMERGENCIES_COUNT));
    TRY(rows_of(report, REPORT_REVIEWS, REVIEW_STEPS, REVIEW_STEPS_COUNT));
    TRY(rows_of(report, REPORT_CONSENT_ASKED, CONSENT_ASKED, CONSENT_ASKED_COUNT));
    TRY(rows_of(report, REPORT_CONSENT_LATER, CONSENT_LATER, CONSENT_LATER_COUNT));
    TRY(service_log_first(log_of(report), report->from_ms, report->end, &report->first));
    report->next = report->first;
    report->closed_through = report->first;
    report->has_begun = true;
    return LG_OK;
}

/* ---- counting -------------------------------------------------------------------------------- */

/* The last row takes what has none of its own. */
static void row_count(struct report *report, enum report_tally tally, struct span name) {
    struct report_rows *rows = &report->rows[tally];
    for (size_t i = 0; i + 1 < rows->count; i++) {
        if (span_equal(rows->names[i], name)) {
            rows->counts[i]++;
            return;
        }
    }
    rows->counts[rows->count - 1]++;
}

static bool is_one_of(struct span name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (span_equal_text(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void ask_count(struct report *report, const struct audit_entry *entry) {
    bool is_emergency = (entry->flags & AUDIT_FLAG_EMERGENCY) != 0;
    row_count(report, REPORT_ASKED_UNDER, entry->agreement);
    row_count(report, REPORT_ASKED_BY, entry->requesting_agency);
    row_count(report, REPORT_EMERGENCIES,
              is_emergency ? span_text(EMERGENCIES[0]) : span_of(NULL, 0));
}

/* Of a link nobody was asked. */
static void release_count(struct report *report, const struct audit_entry *entry) {
    if (span_equal_text(entry->reason, "LINK")) {
        return;
    }
    bool is_answer = span_equal_text(entry->reason, "ANSWERED");
    row_count(report, REPORT_ANSWERS, is_answer ? entry->source_agency : entry->reason);
}

static void consent_count(struct report *report, const struct audit_entry *entry) {
    bool is_asked = is_one_of(entry->reason, CONSENT_ASKED, CONSENT_ASKED_COUNT);
    row_count(report, is_asked ? REPORT_CONSENT_ASKED : REPORT_CONSENT_LATER, entry->reason);
}

static void entry_count(struct report *report, const struct audit_entry *entry) {
    if (entry->time_ms < report->from_ms || entry->time_ms >= report->to_ms) {
        return;
    }
    switch (entry->kind) {
    case AUDIT_ASK:
        ask_count(report, entry);
        break;
    case AUDIT_RELEASE:
        release_count(report, entry);
        break;
    case AUDIT_DENIAL:
        row_count(report, REPORT_REFUSALS, entry->reason);
        break;
    case AUDIT_REVIEW:
        row_count(report, REPORT_REVIEWS, entry->reason);
        break;
    case AUDIT_CONSENT:
        consent_count(report, entry);
        break;
    default:
        break;
    }
}

static struct lg_err entries_step(struct report *report) {
    OWN(arena_free) struct arena *arena = NULL;
    TRY(arena_new(STEP_MEMORY, &arena));
    for (size_t i = 0; i < LIMIT_REPORT_STEP && report->next < report->end; i++) {
        struct audit_entry entry;
        struct span leaf;
        TRY(audit_entry_get(log_of(report), report->next, arena, &leaf));
        TRY(audit_entry_decode(leaf, &entry));
        if (!entry.is_part && entry.time_ms >= report->to_ms) {
            report->end = report->next;
            break;
        }
        entry_count(report, &entry);
        report->next++;
    }
    report->is_read = report->next >= report->end;
    return LG_OK;
}

/* ---- how long reviews took ------------------------------------------------------------------- */

static struct lg_err closing_count(struct report *report,
                                   const struct store_review_closing *closing) {
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry entry;
    struct span leaf;
    TRY(arena_new(2 * LIMIT_AUDIT_ENTRY, &arena));
    TRY(audit_entry_get(log_of(report), closing->log_index, arena, &leaf));
    TRY(audit_entry_decode(leaf, &entry));
    int64_t days = (entry.time_ms - closing->opened_ms) / DAY_MS;
    days = days < 0 ? 0 : days;
    days = days > LIMIT_REPORT_DAYS ? LIMIT_REPORT_DAYS : days;
    if (closing->kind < REVIEW_KIND_END) {
        report->days[closing->kind][days]++;
    }
    return LG_OK;
}

static struct lg_err closings_step(struct report *report, bool *out_done) {
    struct store_review_closing closings[LIMIT_REPORT_CLOSED];
    size_t count = 0;
    const struct store_closing_look look = {
        .from = report->closed_through, .to = report->end, .count = LIMIT_REPORT_CLOSED};
    TRY(store_reviews_closed(report->reader, &look, closings, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(closing_count(report, &closings[i]));
        report->closed_through = closings[i].log_index + 1;
    }
    *out_done = count < LIMIT_REPORT_CLOSED;
    return LG_OK;
}

struct lg_err service_report_step(struct report *report, bool *out_done) {
    *out_done = false;
    if (!report->has_begun) {
        return begin(report);
    }
    return report->is_read ? closings_step(report, out_done) : entries_step(report);
}

void service_report_done(struct report *report) {
    store_reader_free(&report->reader);
}
