/* SPDX-License-Identifier: Apache-2.0 */
/* One case as it is read and put to an agreement, inside policy/ only. */
#ifndef POLICY_CASES_CASES_INT_H
#define POLICY_CASES_CASES_INT_H

#include "policy/cases/csv.h"
#include "policy/policy.h"

/* Columns of a case file. Those from CASE_OPTIONAL on may be absent. */
enum case_column {
    CASE_ID,
    CASE_TITLE,
    CASE_AGREEMENT,
    CASE_AGREEMENT_STATE,
    CASE_AT,
    CASE_RECIPIENT,
    CASE_ROLE,
    CASE_SOURCE,
    CASE_SUBJECT_AGE,
    CASE_PURPOSE,
    CASE_BASIS,
    CASE_FIELDS,
    CASE_CONSENT,
    CASE_CONSENT_EXPLICIT,
    CASE_CONSENT_PURPOSES,
    CASE_CONSENT_CATEGORIES,
    CASE_CONSENT_UNTIL,
    CASE_NO_CONSENT_REASON,
    CASE_CASE_REF,
    CASE_EMERGENCY,
    CASE_EMERGENCY_REASON,
    CASE_RATIONALE_CHARS,
    CASE_EMERGENCY_AGE_MIN,
    CASE_EMERGENCY_COUNT,
    CASE_PERSON_COUNT,
    CASE_AGENCY_COUNT,
    CASE_EXPECTED_DECISION,
    CASE_EXPECTED_FIELDS,
    CASE_EXPECTED_REASON,
    CASE_EXPECTED_CLAUSES,
    CASE_EXPECTED_OBLIGATIONS,
    CASE_WHY,
    CASE_OPTIONAL,
    CASE_EMERGENCY_ID = CASE_OPTIONAL,
    CASE_SECOND_PERSON,
    CASE_TRAININGS,
    CASE_SUBJECT_COUNT,
    CASE_CONSENT_FROM,
    CASE_CONSENT_RECIPIENTS,
    CASE_CONSENT_RECORDED_BY,
    CASE_COLUMNS,
};

/* The word in the heading: a static string. */
const char *policy_case_column_name(enum case_column column);

/* Where each column stands in a row; SIZE_MAX where it is absent. */
struct case_heading {
    size_t places[CASE_COLUMNS];
    size_t width;
};

/* INPUT POLICY_CASES_WRONG with the diag filled for a column that is unknown, repeated or missing.
 */
LG_MUST_USE struct lg_err policy_case_heading(const struct csv_row *row, struct diag *diag,
                                              struct case_heading *out_heading);

/* One row as it is put to the agreement. Holds pointers into itself: it is filled in place and
 * never copied. cells are by column, empty where the column is absent. */
struct question_case {
    struct span cells[CASE_COLUMNS];
    uint32_t line;
    struct span source;
    struct span withdrawn;
    struct policy_force force;
    struct policy_request request;
    struct consent consent;
    size_t consent_count;
    struct policy_counts counts;
};

/* Reads cells into the request and its facts; cells, line and force.policy are set before. Lists
 * come from the arena. INPUT POLICY_CASES_WRONG with the diag filled for a value that cannot be
 * read; LIMIT POLICY_MEMORY. */
LG_MUST_USE struct lg_err policy_case_read(struct question_case *it, struct arena *arena,
                                           struct diag *diag);

/* What the expected_ columns are held against. */
struct case_answer {
    struct span decision;
    struct span fields;
    struct span reason;
    struct span clauses;
    struct span obligations;
};

/* Puts the question. LIMIT. */
LG_MUST_USE struct lg_err policy_case_ask(const struct question_case *it, struct arena *arena,
                                          struct case_answer *out_answer);

/* A ruling as the column expected_fields writes it; ptr NULL where memory is used up. */
struct span policy_case_ruling_text(const struct policy_ruling *ruling, struct arena *arena);
/* permit, partial or deny. */
struct span policy_case_decision_text(enum decision decision);
/* The items with `mark` between them; ptr NULL where memory is used up. */
struct span policy_case_join(const struct span_list *list, char mark, struct arena *arena);

#endif
