/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/service/report.h"

#include <stdio.h>

#include "gateway/base/day.h"
#include "gateway/service/replay.h"

enum {
    STEP_MEMORY = LIMIT_REPORT_STEP * 3 * LIMIT_AUDIT_ENTRY,
    CASE_MEMORY = 1 << 20, /* of a case: its acts, each of the longest, and the case itself */
};

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

/* ---- the log --------------------------------------------------------------------------------- */

static struct lg_err begin(struct report *report) {
    report->end = audit_size(log_of(report));
    TRY(store_reader_open(report->gateway->store, &report->reader));
    TRY(service_report_rows(report));
    report->persons = arena_array(report->arena, LIMIT_REPORT_STEP, sizeof *report->persons);
    TRY(arena_failed(report->arena));
    TRY(service_log_first(log_of(report), report->year_from_ms, report->end, &report->next));
    TRY(service_log_first(log_of(report), report->from_ms, report->end, &report->first));
    report->closed_through = report->first;
    report->has_begun = true;
    return LG_OK;
}

/* Up to the first entry that shows a time after the quarter: then the log is through. */
static struct lg_err entries_read(struct report *report, struct arena *arena,
                                  struct audit_entry *entries, size_t *out_count) {
    size_t count = 0;
    while (count < LIMIT_REPORT_STEP && report->next + count < report->end) {
        struct span leaf;
        TRY(audit_entry_get(log_of(report), report->next + count, arena, &leaf));
        TRY(audit_entry_decode(leaf, &entries[count]));
        if (!entries[count].is_part && entries[count].time_ms >= report->to_ms) {
            report->end = report->next + count;
            break;
        }
        count++;
    }
    *out_count = count;
    return LG_OK;
}

/* Whom the entries of a step are about the index has to know: another report of the quarter must
 * not tell less people apart because it was not ready. */
static struct lg_err entries_step(struct report *report) {
    OWN(arena_free) struct arena *arena = NULL;
    size_t count = 0;
    TRY(arena_new(STEP_MEMORY, &arena));
    struct audit_entry *entries = arena_array(arena, LIMIT_REPORT_STEP, sizeof *entries);
    TRY(arena_failed(arena));
    TRY(entries_read(report, arena, entries, &count));
    TRY(index_persons_read(report->gateway->index, report->next, count, report->persons));
    for (size_t i = 0; i < count; i++) {
        service_report_count(report, report->next + i, &entries[i], &report->persons[i]);
    }
    report->next += count;
    report->is_read = report->next >= report->end;
    return LG_OK;
}

/* ---- how long reviews took, and how they ended ----------------------------------------------- */

/* Of cases of these kinds: a break-glass use, or what looked like misuse. */
static struct lg_err outcome_count(struct report *report,
                                   const struct store_review_closing *closing,
                                   const struct store_entry_person *person, struct arena *arena) {
    struct store_review review;
    bool found = false;
    if (closing->kind != REVIEW_EMERGENCY && closing->kind != REVIEW_ANOMALY) {
        return LG_OK;
    }
    struct review_case *it = arena_alloc(arena, sizeof *it);
    TRY(arena_failed(arena));
    TRY(store_review_find(report->reader, &closing->id, arena, &found, &review));
    if (!found) {
        return lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_CORRUPT);
    }
    TRY(review_case_read(report->reader, &review, arena, it));
    service_report_case(report, it, person);
    return LG_OK;
}

static struct lg_err closing_count(struct report *report,
                                   const struct store_review_closing *closing) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_entry_person person;
    struct audit_entry entry;
    struct span leaf;
    TRY(arena_new(CASE_MEMORY, &arena));
    TRY(index_persons_read(report->gateway->index, closing->log_index, 1, &person));
    TRY(audit_entry_get(log_of(report), closing->log_index, arena, &leaf));
    TRY(audit_entry_decode(leaf, &entry));
    int64_t days = (entry.time_ms - closing->opened_ms) / DAY_MS;
    days = days < 0 ? 0 : days;
    days = days > LIMIT_REPORT_DAYS ? LIMIT_REPORT_DAYS : days;
    if (closing->kind < REVIEW_KIND_END) {
        report->days[closing->kind][days]++;
        service_report_closed(report, closing, &person);
    }
    return outcome_count(report, closing, &person, arena);
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
