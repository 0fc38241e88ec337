/* SPDX-License-Identifier: Apache-2.0 */
/* Test cases of an agreement: questions in a CSV file with the right answers beside them (design,
 * 15.5). Pure: the text is passed in, so that the command line and the activation of an agreement
 * run the same cases alike.
 *
 * A file is RFC 4180 text. Its heading names, in any order, every column of data/policy/README.md
 * and any of these, which count as empty where they are absent:
 *
 *   emergency_id          section of the agreement that the declaration names
 *   second_person         yes where another person of the recipient confirmed the question
 *   trainings             that the person is vouched to have current, a bar between items
 *   subject_count         earlier questions about the person inside the window of the limit
 *   consent_from          first day on which the consent is valid
 *   consent_recipients    parties that the consent covers, a bar between items; empty covers all
 *   consent_recorded_by   party that recorded it
 */
#ifndef POLICY_CASES_CASES_H
#define POLICY_CASES_CASES_H

#include "gateway/base/diag.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "policy/policy.h"

/* INPUT: the text is no case file; the diag says where and why. */
enum { POLICY_CASES_WRONG = 65 };

struct policy_cases_result {
    uint32_t passed;
    uint32_t failed;
};

/* Called for every column of a case that differs. The spans are valid for the call. */
struct policy_cases_watch {
    void (*on_difference)(void *ctx, struct span id, const char *column, struct span expected,
                          struct span got);
    void *ctx;
};

/* Puts every row of the text to the agreement. INPUT with the diag filled where the text is no case
 * file (unknown or missing column, a value that cannot be read, with its line); LIMIT for memory:
 * a row takes at most 4 MiB, given back before the next. */
LG_MUST_USE struct lg_err policy_cases_run(const struct policy *policy, struct span text,
                                           const struct policy_cases_watch *watch,
                                           struct diag *diag,
                                           struct policy_cases_result *out_result);

/* ---- Writing ----------------------------------------------------------------------------------
 */

/* A question of one source, to be kept as a case. consent NULL: none. Borrowed for the call. */
struct policy_case_row {
    struct span id;
    struct span title;
    struct span why;
    const struct policy_force *force;
    const struct policy_request *request; /* with one source */
    const struct consent *consent;
    struct policy_counts counts; /* of every limit */
};

/* Both without a line end, with every column that there is; the row with the answer that the
 * agreement gives. An age becomes 9 or 40 years, a case reference C-1: what the case asks is the
 * same. LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_case_heading_write(struct arena *arena, struct span *out_line);
LG_MUST_USE struct lg_err policy_case_row_write(const struct policy_case_row *row,
                                                struct arena *arena, struct span *out_line);

#endif
