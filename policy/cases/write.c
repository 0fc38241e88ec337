/* SPDX-License-Identifier: Apache-2.0 */
/* A question and its answer as a line of a cases file: what the reader reads back as the same. */
#include <string.h>

#include "policy/cases/cases.h"
#include "policy/cases/cases_int.h"
#include "policy/policy_int.h"

enum { CHILD_AGE = 9, ADULT_AGE = 40, DAY_S = 86400 };

struct writing {
    const struct policy_case_row *row;
    struct arena *arena;
    struct span cells[CASE_COLUMNS];
};

/* ---- cells ---- */

static struct span number(const struct writing *it, uint32_t value) {
    return arena_format(it->arena, "%u", (unsigned)value);
}

static struct span yes_no(bool yes) {
    return span_text(yes ? "yes" : "no");
}

static struct span moment(const struct writing *it, int64_t at_s) {
    char day[11];
    unsigned second = (unsigned)(at_s % DAY_S);
    policy_day_text((int32_t)(at_s / DAY_S), day);
    return arena_format(it->arena, "%sT%02u:%02u:%02uZ", day, second / 3600, second / 60 % 60,
                        second % 60);
}

static struct span state_of(const struct writing *it, const struct policy_force *force) {
    if (force->withdrawn.count > 0) {
        const struct span party = force->withdrawn.items[0];
        return arena_format(it->arena, "withdrawn:%.*s", (int)party.len, (const char *)party.ptr);
    }
    return span_text(force->is_suspended  ? "suspended"
                     : force->is_unsigned ? "unsigned"
                                          : "active");
}

static void question_cells(struct writing *it) {
    const struct policy_request *request = it->row->request;
    it->cells[CASE_ID] = it->row->id;
    it->cells[CASE_TITLE] = it->row->title;
    it->cells[CASE_WHY] = it->row->why;
    it->cells[CASE_AGREEMENT] = request->agreement;
    it->cells[CASE_AGREEMENT_STATE] = state_of(it, it->row->force);
    it->cells[CASE_AT] = moment(it, request->at_s);
    it->cells[CASE_RECIPIENT] = request->recipient;
    it->cells[CASE_ROLE] = request->role;
    it->cells[CASE_SOURCE] = request->sources.items[0];
    it->cells[CASE_PURPOSE] = request->purpose;
    it->cells[CASE_BASIS] = request->basis;
    it->cells[CASE_FIELDS] = policy_case_join(&request->fields, ';', it->arena);
    it->cells[CASE_NO_CONSENT_REASON] = request->no_consent_reason;
    it->cells[CASE_CASE_REF] = span_text(request->has_case_reference ? "C-1" : "");
    it->cells[CASE_SECOND_PERSON] = yes_no(request->has_second_person);
    it->cells[CASE_TRAININGS] = policy_case_join(&request->trainings, '|', it->arena);
    it->cells[CASE_PERSON_COUNT] = number(it, it->row->counts.person);
    it->cells[CASE_AGENCY_COUNT] = number(it, it->row->counts.agency);
    it->cells[CASE_SUBJECT_COUNT] = number(it, it->row->counts.subject);
    if (request->age_class != AGE_UNKNOWN) {
        it->cells[CASE_SUBJECT_AGE] =
            number(it, request->age_class == AGE_CHILD ? CHILD_AGE : ADULT_AGE);
    }
}

static void consent_cells(struct writing *it) {
    const struct consent *consent = it->row->consent;
    it->cells[CASE_CONSENT] = span_text("none");
    if (consent == NULL) {
        return;
    }
    it->cells[CASE_CONSENT] = span_text(consent->state == CONSENT_GIVEN     ? "given"
                                        : consent->state == CONSENT_REFUSED ? "refused"
                                                                            : "withdrawn");
    it->cells[CASE_CONSENT_EXPLICIT] = yes_no(consent->explicit_consent);
    it->cells[CASE_CONSENT_PURPOSES] = policy_case_join(&consent->purposes, '|', it->arena);
    it->cells[CASE_CONSENT_CATEGORIES] = policy_case_join(&consent->categories, '|', it->arena);
    it->cells[CASE_CONSENT_RECIPIENTS] = policy_case_join(&consent->recipients, '|', it->arena);
    it->cells[CASE_CONSENT_FROM] = consent->from;
    it->cells[CASE_CONSENT_UNTIL] = consent->until;
    it->cells[CASE_CONSENT_RECORDED_BY] = consent->recorded_by;
}

static void emergency_cells(struct writing *it) {
    const struct policy_emergency *emergency = &it->row->request->emergency;
    it->cells[CASE_EMERGENCY] = yes_no(emergency->is_declared);
    if (!emergency->is_declared) {
        return;
    }
    it->cells[CASE_EMERGENCY_ID] = emergency->id;
    it->cells[CASE_EMERGENCY_REASON] = emergency->reason;
    it->cells[CASE_RATIONALE_CHARS] = number(it, emergency->rationale_chars);
    it->cells[CASE_EMERGENCY_COUNT] = number(it, emergency->count);
    if (emergency->has_age) {
        it->cells[CASE_EMERGENCY_AGE_MIN] = number(it, emergency->age_min);
    }
}

static struct lg_err answer_cells(struct writing *it) {
    struct question_case question = {
        .force = *it->row->force, .request = *it->row->request, .counts = it->row->counts};
    if (it->row->consent != NULL) {
        question.consent = *it->row->consent;
        question.consent_count = 1;
    }
    struct case_answer answer;
    TRY(policy_case_ask(&question, it->arena, &answer));
    it->cells[CASE_EXPECTED_DECISION] = answer.decision;
    it->cells[CASE_EXPECTED_FIELDS] = answer.fields;
    it->cells[CASE_EXPECTED_REASON] = answer.reason;
    it->cells[CASE_EXPECTED_CLAUSES] = answer.clauses;
    it->cells[CASE_EXPECTED_OBLIGATIONS] = answer.obligations;
    return LG_OK;
}

/* ---- the line (RFC 4180, section 2) ---- */

static bool needs_quotes(struct span cell) {
    for (size_t i = 0; i < cell.len; i++) {
        if (memchr(",\"\r\n", cell.ptr[i], 4) != NULL) {
            return true;
        }
    }
    return false;
}

static size_t cell_write(struct span cell, uint8_t *out) {
    size_t used = 0;
    bool quoted = needs_quotes(cell);
    if (quoted) {
        out[used++] = '"';
    }
    for (size_t i = 0; i < cell.len; i++) {
        out[used++] = cell.ptr[i];
        if (cell.ptr[i] == '"') {
            out[used++] = '"';
        }
    }
    if (quoted) {
        out[used++] = '"';
    }
    return used;
}

static struct span line_of(const struct span cells[static CASE_COLUMNS], struct arena *arena) {
    size_t size = 0;
    size_t used = 0;
    for (size_t i = 0; i < CASE_COLUMNS; i++) {
        size += 2 * cells[i].len + 3;
    }
    uint8_t *bytes = arena_alloc(arena, size);
    for (size_t i = 0; bytes != NULL && i < CASE_COLUMNS; i++) {
        if (i > 0) {
            bytes[used++] = ',';
        }
        used += cell_write(cells[i], bytes + used);
    }
    return span_of(bytes, used);
}

struct lg_err policy_case_row_write(const struct policy_case_row *row, struct arena *arena,
                                    struct span *out_line) {
    struct writing it = {.row = row, .arena = arena};
    question_cells(&it);
    consent_cells(&it);
    emergency_cells(&it);
    TRY(answer_cells(&it));
    *out_line = line_of(it.cells, arena);
    return lg_failed(arena_failed(arena)) ? policy_no_memory() : LG_OK;
}

struct lg_err policy_case_heading_write(struct arena *arena, struct span *out_line) {
    struct span cells[CASE_COLUMNS];
    for (size_t i = 0; i < CASE_COLUMNS; i++) {
        cells[i] = span_text(policy_case_column_name((enum case_column)i));
    }
    *out_line = line_of(cells, arena);
    return out_line->ptr == NULL ? policy_no_memory() : LG_OK;
}
