/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over a quarter of the log, by what stands in clear in its entries: codes, agencies,
 * agreements, flags, days. No entry is opened; of a case that was closed the store says how. What
 * is counted goes out through small_table_close alone (report_tables.c).
 *
 * The rules of small numbers are about people, and one person may be in many entries. The index has
 * a tag for whom an entry is about, which is equal for entries of one quarter about one person and
 * says nothing else: by it people are told apart. All entries that have none (about nobody whom the
 * index knows, or about somebody who was erased) count as one person together, so that an erasure
 * never shows what was hidden. What is about no person (a refusal before anybody was looked up, a
 * step of an officer) counts entry by entry.
 *
 * In steps, each on a pool. Not thread-safe; one step at a time. */
#ifndef GATEWAY_SERVICE_REPORT_H
#define GATEWAY_SERVICE_REPORT_H

#include "gateway/agreement/book.h"
#include "gateway/base/limits_agreement.h"
#include "gateway/base/limits_report.h"
#include "gateway/base/small.h"
#include "gateway/index/index.h"
#include "gateway/query/query.h"
#include "gateway/review/review.h"
#include "gateway/wire/reports.h"

/* What is counted, each a table of the report. */
enum report_tally {
    REPORT_ASKED_UNDER,   /* questions by agreement */
    REPORT_ASKED_BY,      /* questions by the agency that asked */
    REPORT_EMERGENCIES,   /* questions, declared emergencies and others */
    REPORT_ANSWERS,       /* answers by source, or what there was instead */
    REPORT_REFUSALS,      /* questions and lines of questions that were refused, by reason */
    REPORT_LOOKS_REFUSED, /* searches and other looks that were refused, by reason */
    REPORT_REVIEWS,       /* steps of reviews, break-glass and escalations among them */
    REPORT_CASES,         /* emergencies and misuse whose case was closed, by outcome */
    REPORT_CONSENT_ASKED, /* consent given and refused */
    REPORT_CONSENT_LATER, /* consent withdrawn, relied on, told of */
    REPORT_TALLY_END
};

/* Rows with names that do not depend on what is counted; the last takes what fits no other. */
struct report_rows {
    struct span *names;
    uint64_t *counts;
    struct small_people *people; /* row by row */
    size_t count;
};

/* Whether an agreement was used: by some quarter of the year that ends with the reported one. */
struct report_year {
    bool is_used; /* not few questions about not few people */
    uint32_t quarter;
    uint64_t count; /* of that quarter, as are people */
    struct small_people people;
};

struct report {
    /* To be set. Borrowed. */
    const struct query_gateway *gateway;
    int64_t year_from_ms; /* of the year that ends with the quarter */
    int64_t from_ms;      /* of the quarter */
    int64_t to_ms;        /* and before then */
    struct arena *arena;
    /* Its own. */
    struct store_reader *reader; /* freed by service_report_done */
    bool has_begun;
    uint64_t first; /* entry of the quarter */
    uint64_t next;  /* entry to be read, from the year's first on */
    uint64_t end;
    struct store_entry_person *persons; /* of a step */
    bool is_read;                       /* the log is through */
    uint64_t closed_through;            /* closings before this index are counted */
    struct report_rows rows[REPORT_TALLY_END];
    struct report_year *year;          /* as the rows of REPORT_ASKED_UNDER */
    struct agreement_info *agreements; /* every version */
    size_t agreement_count;
    /* closings by kind of case and whole days; the last day takes longer ones */
    uint64_t days[REVIEW_KIND_END][LIMIT_REPORT_DAYS + 1];
    struct small_people closed[REVIEW_KIND_END]; /* whom they were about */
};

/* The next part of the work; *out_done: there is no more. STORE, also where the index does not go
 * so far yet; LIMIT. */
LG_MUST_USE struct lg_err service_report_step(struct report *report, bool *out_done);
void service_report_done(struct report *report);
/* What may be shown of it, in `arena`; quarter and logged are the caller's. LIMIT. */
LG_MUST_USE struct lg_err service_report_tables(const struct report *report, struct arena *arena,
                                                struct wire_quarter_reply *out_reply);

/* ---- Between the files of the report ----------------------------------------------------------
 */

/* All rows, empty. LIMIT. */
LG_MUST_USE struct lg_err service_report_rows(struct report *report);
/* One entry of the year. */
void service_report_count(struct report *report, uint64_t index, const struct audit_entry *entry,
                          const struct store_entry_person *of);
/* A case that was closed in the quarter: whom it was about, and how it ended. */
void service_report_closed(struct report *report, const struct store_review_closing *closing,
                           const struct store_entry_person *of);
void service_report_case(struct report *report, const struct review_case *it,
                         const struct store_entry_person *of);

/* ---- The quarter ------------------------------------------------------------------------------
 */

/* First and last moment of a quarter, year * 4 + quarter from 0; false where it has none. */
bool service_report_quarter(uint32_t quarter, int64_t *out_from_ms, int64_t *out_to_ms);

#endif
