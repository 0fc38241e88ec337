/* SPDX-License-Identifier: Apache-2.0 */
/* The heading of a case file. */
#include "gateway/base/num.h"
#include "policy/cases/cases.h"
#include "policy/cases/cases_int.h"

const char *policy_case_column_name(enum case_column column) {
    static const char *const names[CASE_COLUMNS] = {
        [CASE_ID] = "id",
        [CASE_TITLE] = "title",
        [CASE_AGREEMENT] = "agreement",
        [CASE_AGREEMENT_STATE] = "agreement_state",
        [CASE_AT] = "at",
        [CASE_RECIPIENT] = "recipient",
        [CASE_ROLE] = "role",
        [CASE_SOURCE] = "source",
        [CASE_SUBJECT_AGE] = "subject_age",
        [CASE_PURPOSE] = "purpose",
        [CASE_BASIS] = "basis",
        [CASE_FIELDS] = "fields",
        [CASE_CONSENT] = "consent",
        [CASE_CONSENT_EXPLICIT] = "consent_explicit",
        [CASE_CONSENT_PURPOSES] = "consent_purposes",
        [CASE_CONSENT_CATEGORIES] = "consent_categories",
        [CASE_CONSENT_UNTIL] = "consent_until",
        [CASE_NO_CONSENT_REASON] = "no_consent_reason",
        [CASE_CASE_REF] = "case_ref",
        [CASE_EMERGENCY] = "emergency",
        [CASE_EMERGENCY_REASON] = "emergency_reason",
        [CASE_RATIONALE_CHARS] = "rationale_chars",
        [CASE_EMERGENCY_AGE_MIN] = "emergency_age_min",
        [CASE_EMERGENCY_COUNT] = "emergency_count",
        [CASE_PERSON_COUNT] = "person_count",
        [CASE_AGENCY_COUNT] = "agency_count",
        [CASE_EXPECTED_DECISION] = "expected_decision",
        [CASE_EXPECTED_FIELDS] = "expected_fields",
        [CASE_EXPECTED_REASON] = "expected_reason",
        [CASE_EXPECTED_CLAUSES] = "expected_clauses",
        [CASE_EXPECTED_OBLIGATIONS] = "expected_obligations",
        [CASE_WHY] = "why",
        [CASE_EMERGENCY_ID] = "emergency_id",
        [CASE_SECOND_PERSON] = "second_person",
        [CASE_TRAININGS] = "trainings",
        [CASE_SUBJECT_COUNT] = "subject_count",
        [CASE_CONSENT_FROM] = "consent_from",
        [CASE_CONSENT_RECIPIENTS] = "consent_recipients",
        [CASE_CONSENT_RECORDED_BY] = "consent_recorded_by",
    };
    return names[column];
}

static size_t column_find(struct span name) {
    size_t i = 0;
    while (i < CASE_COLUMNS && !span_equal_text(name, policy_case_column_name(i))) {
        i++;
    }
    return i;
}

struct lg_err policy_case_heading(const struct csv_row *row, struct diag *diag,
                                  struct case_heading *out_heading) {
    struct case_heading heading = {.width = row->count};
    for (size_t i = 0; i < CASE_COLUMNS; i++) {
        heading.places[i] = SIZE_MAX;
    }
    for (size_t i = 0; i < row->count; i++) {
        size_t column = column_find(row->fields[i]);
        if (column == CASE_COLUMNS || heading.places[column] != SIZE_MAX) {
            diag_set(diag, row->line, "column `%.*s` is %s", (int)num_min(row->fields[i].len, 64),
                     (const char *)row->fields[i].ptr,
                     column == CASE_COLUMNS ? "not known" : "there twice");
            return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_CASES_WRONG);
        }
        heading.places[column] = i;
    }
    for (size_t i = 0; i < CASE_OPTIONAL; i++) {
        if (heading.places[i] == SIZE_MAX) {
            diag_set(diag, row->line, "column `%s` is missing", policy_case_column_name(i));
            return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_CASES_WRONG);
        }
    }
    *out_heading = heading;
    return LG_OK;
}
