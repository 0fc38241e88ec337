/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over a quarter of the log, by what stands in clear in its entries: codes, agencies,
 * agreements, flags, days. Nothing that is sealed is opened. What is counted goes out through
 * small_table_close alone (report_tables.c).
 *
 * In steps, each on a pool. Not thread-safe; one step at a time. */
#ifndef GATEWAY_SERVICE_REPORT_H
#define GATEWAY_SERVICE_REPORT_H

#include "gateway/agreement/book.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/base/limits_report.h"
#include "gateway/query/query.h"
#include "gateway/review/review.h"
#include "gateway/wire/reports.h"

/* What is counted, each a table of the report. */
enum report_tally {
    REPORT_ASKED_UNDER,   /* questions by agreement */
    REPORT_ASKED_BY,      /* questions by the agency that asked */
    REPORT_EMERGENCIES,   /* questions, declared emergencies and others */
    REPORT_ANSWERS,       /* answers by source, or what there was instead */
    REPORT_REFUSALS,      /* refusals by reason */
    REPORT_REVIEWS,       /* steps of reviews, break-glass and escalations among them */
    REPORT_CONSENT_ASKED, /* consent given and refused */
    REPORT_CONSENT_LATER, /* consent withdrawn, relied on, told of */
    REPORT_TALLY_END
};

/* Rows with names that do not depend on what is counted; the last takes what fits no other. */
struct report_rows {
    struct span *names;
    uint64_t *counts;
    size_t count;
};

struct report {
    /* To be set. Borrowed. */
    const struct query_gateway *gateway;
    int64_t from_ms; /* of the quarter */
    int64_t to_ms;   /* and before then */
    struct arena *arena;
    /* Its own. */
    struct store_reader *reader; /* freed by service_report_done */
    bool has_begun;
    uint64_t first; /* entries of the quarter */
    uint64_t next;
    uint64_t end;
    bool is_read;            /* the log is through */
    uint64_t closed_through; /* closings before this index are counted */
    struct report_rows rows[REPORT_TALLY_END];
    struct agreement_info *agreements; /* every version */
    size_t agreement_count;
    /* closings by kind of case and whole days; the last day takes longer ones */
    uint64_t days[REVIEW_KIND_END][LIMIT_REPORT_DAYS + 1];
};

/* The next part of the work; *out_done: there is no more. STORE, LIMIT. */
LG_MUST_USE struct lg_err service_report_step(struct report *report, bool *out_done);
void service_report_done(struct report *report);
/* What may be shown of it, in `arena`; quarter and logged are the caller's. LIMIT. */
LG_MUST_USE struct lg_err service_report_tables(const struct report *report, struct arena *arena,
                                                struct wire_quarter_reply *out_reply);

/* First and last moment of a quarter, year * 4 + quarter from 0; false where it has none. */
bool service_report_quarter(uint32_t quarter, int64_t *out_from_ms, int64_t *out_to_ms);

#endif
