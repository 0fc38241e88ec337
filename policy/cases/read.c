/* SPDX-License-Identifier: Apache-2.0 */
/* The cells of a case as a request and its facts. */
#include "gateway/base/num.h"
#include "policy/cases/cases.h"
#include "policy/cases/cases_int.h"
#include "policy/policy_int.h"

enum { ADULT_YEARS = 18, LIST_MAX = 256, NUMBER_MAX = 1000000000 };

/* One row while it is read. */
struct reading {
    struct question_case *it;
    struct arena *arena;
    struct diag *diag;
};

static struct lg_err bad_value(const struct reading *reading, enum case_column column) {
    struct span cell = reading->it->cells[column];
    diag_set(reading->diag, reading->it->line, "column %s: `%.*s` cannot be read",
             policy_case_column_name(column), (int)num_min(cell.len, 64),
             cell.len == 0 ? "" : (const char *)cell.ptr);
    return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_CASES_WRONG);
}

/* ---- values ---- */

/* Empty gives 0. */
static struct lg_err read_number(const struct reading *reading, enum case_column column,
                                 uint32_t *out_number) {
    struct span cell = reading->it->cells[column];
    uint64_t value = 0;
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] < '0' || cell.ptr[i] > '9') {
            return bad_value(reading, column);
        }
        value = value * 10 + (uint64_t)(cell.ptr[i] - '0');
        if (value > NUMBER_MAX) {
            return bad_value(reading, column);
        }
    }
    *out_number = (uint32_t)value;
    return LG_OK;
}

static struct lg_err read_flag(const struct reading *reading, enum case_column column,
                               bool *out_flag) {
    struct span cell = reading->it->cells[column];
    *out_flag = span_equal_text(cell, "yes");
    if (!*out_flag && cell.len > 0 && !span_equal_text(cell, "no")) {
        return bad_value(reading, column);
    }
    return LG_OK;
}

/* Items between `mark`; an empty cell has none. */
static struct lg_err read_list(const struct reading *reading, enum case_column column,
                               struct span_list *out_list) {
    uint8_t mark = column == CASE_FIELDS ? ';' : '|';
    struct span *items = arena_array(reading->arena, LIST_MAX, sizeof *items);
    struct span rest = reading->it->cells[column];
    size_t count = 0;
    struct span item;
    if (items == NULL) {
        return policy_no_memory();
    }
    while (reading->it->cells[column].len > 0 && span_split(&rest, mark, &item)) {
        if (item.len == 0 || count == LIST_MAX) {
            return bad_value(reading, column);
        }
        items[count++] = item;
    }
    *out_list = (struct span_list){.items = items, .count = count};
    return LG_OK;
}

static bool two_digits(struct span text, size_t at, uint32_t below, uint32_t *out_value) {
    if (text.ptr[at] < '0' || text.ptr[at] > '9' || text.ptr[at + 1] < '0' ||
        text.ptr[at + 1] > '9') {
        return false;
    }
    *out_value = (uint32_t)(text.ptr[at] - '0') * 10 + (uint32_t)(text.ptr[at + 1] - '0');
    return *out_value < below;
}

/* YYYY-MM-DDTHH:MM:SSZ. */
static struct lg_err read_time(const struct reading *reading, int64_t *out_s) {
    struct span cell = reading->it->cells[CASE_AT];
    int32_t day;
    uint32_t hour;
    uint32_t minute;
    uint32_t second;
    bool good = cell.len == 20 && policy_day_parse(span_slice(cell, 0, 10), &day) &&
                cell.ptr[10] == 'T' && two_digits(cell, 11, 24, &hour) && cell.ptr[13] == ':' &&
                two_digits(cell, 14, 60, &minute) && cell.ptr[16] == ':' &&
                two_digits(cell, 17, 60, &second) && cell.ptr[19] == 'Z';
    if (!good) {
        return bad_value(reading, CASE_AT);
    }
    *out_s = (int64_t)day * 86400 + hour * 3600 + minute * 60 + second;
    return LG_OK;
}

static struct lg_err read_state(const struct reading *reading) {
    struct question_case *it = reading->it;
    struct span cell = it->cells[CASE_AGREEMENT_STATE];
    struct span prefix = span_text("withdrawn:");
    if (span_equal_text(cell, "active")) {
        return LG_OK;
    }
    if (span_equal_text(cell, "unsigned")) {
        it->force.is_unsigned = true;
        return LG_OK;
    }
    if (span_equal_text(cell, "suspended")) {
        it->force.is_suspended = true;
        return LG_OK;
    }
    if (span_starts_with(cell, prefix) && cell.len > prefix.len) {
        it->withdrawn = span_slice(cell, prefix.len, cell.len);
        it->force.withdrawn = (struct span_list){.items = &it->withdrawn, .count = 1};
        return LG_OK;
    }
    return bad_value(reading, CASE_AGREEMENT_STATE);
}

static struct lg_err read_consent(const struct reading *reading) {
    struct question_case *it = reading->it;
    static const struct {
        const char *word;
        enum consent_state state;
    } states[] = {
        {"given", CONSENT_GIVEN}, {"refused", CONSENT_REFUSED}, {"withdrawn", CONSENT_WITHDRAWN}};
    struct span cell = it->cells[CASE_CONSENT];
    for (size_t i = 0; i < 3; i++) {
        if (span_equal_text(cell, states[i].word)) {
            it->consent.state = states[i].state;
            it->consent_count = 1;
        }
    }
    if (it->consent_count == 0 && cell.len > 0 && !span_equal_text(cell, "none")) {
        return bad_value(reading, CASE_CONSENT);
    }
    it->consent.from = it->cells[CASE_CONSENT_FROM];
    it->consent.until = it->cells[CASE_CONSENT_UNTIL];
    it->consent.recorded_by = it->cells[CASE_CONSENT_RECORDED_BY];
    TRY(read_flag(reading, CASE_CONSENT_EXPLICIT, &it->consent.explicit_consent));
    TRY(read_list(reading, CASE_CONSENT_PURPOSES, &it->consent.purposes));
    TRY(read_list(reading, CASE_CONSENT_RECIPIENTS, &it->consent.recipients));
    return read_list(reading, CASE_CONSENT_CATEGORIES, &it->consent.categories);
}

static struct lg_err read_emergency(const struct reading *reading) {
    struct policy_emergency *emergency = &reading->it->request.emergency;
    emergency->id = reading->it->cells[CASE_EMERGENCY_ID];
    emergency->reason = reading->it->cells[CASE_EMERGENCY_REASON];
    emergency->has_age = reading->it->cells[CASE_EMERGENCY_AGE_MIN].len > 0;
    TRY(read_flag(reading, CASE_EMERGENCY, &emergency->is_declared));
    TRY(read_number(reading, CASE_RATIONALE_CHARS, &emergency->rationale_chars));
    TRY(read_number(reading, CASE_EMERGENCY_AGE_MIN, &emergency->age_min));
    return read_number(reading, CASE_EMERGENCY_COUNT, &emergency->count);
}

static struct lg_err read_age(const struct reading *reading) {
    uint32_t years = 0;
    TRY(read_number(reading, CASE_SUBJECT_AGE, &years));
    if (reading->it->cells[CASE_SUBJECT_AGE].len > 0) {
        reading->it->request.age_class = years < ADULT_YEARS ? AGE_CHILD : AGE_ADULT;
    }
    return LG_OK;
}

static struct lg_err read_case(const struct reading *reading) {
    struct question_case *it = reading->it;
    struct policy_request *request = &it->request;
    request->agreement = it->cells[CASE_AGREEMENT];
    request->recipient = it->cells[CASE_RECIPIENT];
    request->role = it->cells[CASE_ROLE];
    request->purpose = it->cells[CASE_PURPOSE];
    request->basis = it->cells[CASE_BASIS];
    request->has_case_reference = it->cells[CASE_CASE_REF].len > 0;
    request->no_consent_reason = it->cells[CASE_NO_CONSENT_REASON];
    it->source = it->cells[CASE_SOURCE];
    request->sources = (struct span_list){.items = &it->source, .count = 1};
    TRY(read_time(reading, &request->at_s));
    TRY(read_list(reading, CASE_FIELDS, &request->fields));
    TRY(read_age(reading));
    TRY(read_state(reading));
    TRY(read_consent(reading));
    TRY(read_emergency(reading));
    TRY(read_number(reading, CASE_PERSON_COUNT, &it->counts.person));
    TRY(read_number(reading, CASE_AGENCY_COUNT, &it->counts.agency));
    TRY(read_flag(reading, CASE_SECOND_PERSON, &request->has_second_person));
    TRY(read_list(reading, CASE_TRAININGS, &request->trainings));
    return read_number(reading, CASE_SUBJECT_COUNT, &it->counts.subject);
}

struct lg_err policy_case_read(struct question_case *it, struct arena *arena, struct diag *diag) {
    const struct reading reading = {.it = it, .arena = arena, .diag = diag};
    return read_case(&reading);
}
