/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a subject access request as the person gets it: a page to print, a table, or lines
 * with their proofs. Who decided to withhold a line is not in it, nor are lines that are withheld,
 * nor user ids of anybody: role and organisation alone. */
#ifndef TOOLS_LOCKGATE_SAR_REPORT_H
#define TOOLS_LOCKGATE_SAR_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gateway/base/arena.h"
#include "gateway/base/attr.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/wire/explain.h"
#include "gateway/wire/subject_access.h"

/* One line, in words where there are any. Empty: not recorded, or not told. */
struct sar_line {
    uint64_t index;
    int64_t time_ms;
    bool is_exact; /* else the day alone is known */
    const char *what;
    struct span organisation; /* who asked */
    struct span role;
    struct span why; /* purpose */
    struct span basis;
    struct span agreement; /* its title, or its id */
    struct span_list categories;
    struct span from; /* who was asked */
    const char *outcome;
    bool is_emergency;
    struct span proof; /* c2sp.org/tlog-proof; empty where it would show more than the line */
};

/* How many lines are withheld under one exemption of which the person is told. */
struct sar_withheld {
    struct span words;
    struct span statute;
    size_t count;
};

struct sar_report {
    struct span received_day;
    struct span case_reference;
    bool is_represented;
    int64_t made_ms;
    uint64_t covered_size;
    const struct sar_line *lines;
    size_t line_count;
    const struct sar_withheld *withheld;
    size_t withheld_count;
};

/* Whether Explain refused because there is nothing to show: no decision, erased, or not recorded so
 * that it could be shown. Of any other code the reader is kept from it. */
bool sar_is_not_recorded(struct span code);
/* The line of a hit; explained NULL where its kind has no decision; one that was refused leaves its
 * cells "not recorded". Texts of the hit are borrowed,
 * others are copied to the arena. LIMIT. */
LG_MUST_USE struct lg_err sar_line_make(const struct wire_audit_hit *hit,
                                        const struct wire_explain_reply *explained,
                                        struct arena *arena, struct sar_line *out_line);

/* Whether a hit is a line of the person's copy, as far as its kind says: not a review, which is how
 * the agency looks at itself and may give away an emergency, and no third party's. */
bool sar_hit_is_told(const struct wire_audit_hit *hit);
/* A question about somebody else that led to this person, which is as much about the other. */
bool sar_hit_is_third_party(const struct wire_audit_hit *hit);
/* Whether the leaf says no more than the line: that of a question and of its end says whom else it
 * went to, which may be a line that is withheld; that of a refusal, more of the reason. */
bool sar_hit_has_proof(const struct wire_audit_hit *hit);

enum sar_form { SAR_FORM_NONE = 0, SAR_FORM_HTML = 1, SAR_FORM_CSV, SAR_FORM_JSON };
void sar_report_write(const struct sar_report *report, enum sar_form form, FILE *stream);

/* Text of a page, so that nothing in it is markup. */
void sar_html_text(FILE *stream, struct span text);
/* A cell, in quotes (RFC 4180), such that no spreadsheet takes it for a formula. */
void sar_csv_cell(FILE *stream, struct span text);

#endif
