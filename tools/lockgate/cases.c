/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lockgate/cases.h"

#include "gateway/base/num.h"
#include "tools/lockgate/csv.h"

enum { CASES_WRONG = 10, CASES_MEMORY };
enum { ADULT_YEARS = 18, CASE_MEMORY = 4194304, LIST_MAX = 256, NUMBER_MAX = 1000000000 };

enum column {
    ID,
    TITLE,
    AGREEMENT,
    AGREEMENT_STATE,
    AT,
    RECIPIENT,
    ROLE,
    SOURCE,
    SUBJECT_AGE,
    PURPOSE,
    BASIS,
    FIELDS,
    CONSENT,
    CONSENT_EXPLICIT,
    CONSENT_PURPOSES,
    CONSENT_CATEGORIES,
    CONSENT_UNTIL,
    NO_CONSENT_REASON,
    CASE_REF,
    EMERGENCY,
    EMERGENCY_REASON,
    RATIONALE_CHARS,
    EMERGENCY_AGE_MIN,
    EMERGENCY_COUNT,
    PERSON_COUNT,
    AGENCY_COUNT,
    EXPECTED_DECISION,
    EXPECTED_FIELDS,
    EXPECTED_REASON,
    EXPECTED_CLAUSES,
    EXPECTED_OBLIGATIONS,
    WHY,
    COLUMN_COUNT,
};

static const char *const column_names[COLUMN_COUNT] = {
    "id",
    "title",
    "agreement",
    "agreement_state",
    "at",
    "recipient",
    "role",
    "source",
    "subject_age",
    "purpose",
    "basis",
    "fields",
    "consent",
    "consent_explicit",
    "consent_purposes",
    "consent_categories",
    "consent_until",
    "no_consent_reason",
    "case_ref",
    "emergency",
    "emergency_reason",
    "rationale_chars",
    "emergency_age_min",
    "emergency_count",
    "person_count",
    "agency_count",
    "expected_decision",
    "expected_fields",
    "expected_reason",
    "expected_clauses",
    "expected_obligations",
    "why",
};

/* One row as it is put to the agreement. cells are by column. */
struct question_case {
    struct span cells[COLUMN_COUNT];
    uint32_t line;
    struct span source;
    struct span withdrawn;
    struct policy_force force;
    struct policy_request request;
    struct consent consent;
    size_t consent_count;
    struct policy_counts counts;
};

struct run {
    const struct policy *policy;
    const struct cases_watch *watch;
    struct diag *diag;
    size_t places[COLUMN_COUNT]; /* of each column in a row */
    size_t width;
};

static struct lg_err wrong(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_TOOLS, CASES_WRONG);
}

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, CASES_MEMORY);
}

static struct lg_err bad_value(struct run *run, const struct question_case *it,
                               enum column column) {
    struct span cell = it->cells[column];
    diag_set(run->diag, it->line, "column %s: `%.*s` cannot be read", column_names[column],
             (int)num_min(cell.len, 64), cell.len == 0 ? "" : (const char *)cell.ptr);
    return wrong();
}

static size_t column_find(struct span name) {
    size_t i = 0;
    while (i < COLUMN_COUNT && !span_equal_text(name, column_names[i])) {
        i++;
    }
    return i;
}

static struct lg_err read_header(struct run *run, const struct csv_row *row) {
    bool seen[COLUMN_COUNT] = {false};
    for (size_t i = 0; i < row->count; i++) {
        size_t column = column_find(row->fields[i]);
        if (column == COLUMN_COUNT || seen[column]) {
            diag_set(run->diag, row->line, "column `%.*s` is %s",
                     (int)num_min(row->fields[i].len, 64), (const char *)row->fields[i].ptr,
                     column == COLUMN_COUNT ? "not known" : "there twice");
            return wrong();
        }
        seen[column] = true;
        run->places[column] = i;
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (!seen[i]) {
            diag_set(run->diag, row->line, "column `%s` is missing", column_names[i]);
            return wrong();
        }
    }
    run->width = row->count;
    return LG_OK;
}

/* ---- values ---- */

/* Empty gives 0 and *out_given false. */
static struct lg_err read_number(struct run *run, const struct question_case *it,
                                 enum column column, uint32_t *out_number) {
    struct span cell = it->cells[column];
    uint64_t value = 0;
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] < '0' || cell.ptr[i] > '9' || value > NUMBER_MAX) {
            return bad_value(run, it, column);
        }
        value = value * 10 + (uint64_t)(cell.ptr[i] - '0');
    }
    if (value > NUMBER_MAX) {
        return bad_value(run, it, column);
    }
    *out_number = (uint32_t)value;
    return LG_OK;
}

static struct lg_err read_flag(struct run *run, const struct question_case *it, enum column column,
                               bool *out_flag) {
    struct span cell = it->cells[column];
    *out_flag = span_equal_text(cell, "yes");
    if (!*out_flag && cell.len > 0 && !span_equal_text(cell, "no")) {
        return bad_value(run, it, column);
    }
    return LG_OK;
}

/* Items between `mark`; an empty cell has none. */
static struct lg_err read_list(struct run *run, const struct question_case *it, enum column column,
                               struct arena *arena, struct span_list *out_list) {
    uint8_t mark = column == FIELDS ? ';' : '|';
    struct span *items = arena_array(arena, LIST_MAX, sizeof *items);
    struct span rest = it->cells[column];
    size_t count = 0;
    struct span item;
    if (items == NULL) {
        return no_memory();
    }
    while (it->cells[column].len > 0 && span_split(&rest, mark, &item)) {
        if (item.len == 0 || count == LIST_MAX) {
            return bad_value(run, it, column);
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
static struct lg_err read_time(struct run *run, const struct question_case *it, int64_t *out_s) {
    struct span cell = it->cells[AT];
    int32_t day;
    uint32_t hour;
    uint32_t minute;
    uint32_t second;
    bool good = cell.len == 20 && policy_day_parse(span_slice(cell, 0, 10), &day) &&
                cell.ptr[10] == 'T' && two_digits(cell, 11, 24, &hour) && cell.ptr[13] == ':' &&
                two_digits(cell, 14, 60, &minute) && cell.ptr[16] == ':' &&
                two_digits(cell, 17, 60, &second) && cell.ptr[19] == 'Z';
    if (!good) {
        return bad_value(run, it, AT);
    }
    *out_s = (int64_t)day * 86400 + hour * 3600 + minute * 60 + second;
    return LG_OK;
}

static struct lg_err read_state(struct run *run, struct question_case *it) {
    struct span cell = it->cells[AGREEMENT_STATE];
    struct span prefix = span_text("withdrawn:");
    it->force.policy = run->policy;
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
    return bad_value(run, it, AGREEMENT_STATE);
}

static struct lg_err read_consent(struct run *run, struct question_case *it, struct arena *arena) {
    static const struct {
        const char *word;
        enum consent_state state;
    } states[] = {
        {"given", CONSENT_GIVEN}, {"refused", CONSENT_REFUSED}, {"withdrawn", CONSENT_WITHDRAWN}};
    struct span cell = it->cells[CONSENT];
    for (size_t i = 0; i < 3; i++) {
        if (span_equal_text(cell, states[i].word)) {
            it->consent.state = states[i].state;
            it->consent_count = 1;
        }
    }
    if (it->consent_count == 0 && cell.len > 0 && !span_equal_text(cell, "none")) {
        return bad_value(run, it, CONSENT);
    }
    it->consent.until = it->cells[CONSENT_UNTIL];
    TRY(read_flag(run, it, CONSENT_EXPLICIT, &it->consent.explicit_consent));
    TRY(read_list(run, it, CONSENT_PURPOSES, arena, &it->consent.purposes));
    return read_list(run, it, CONSENT_CATEGORIES, arena, &it->consent.categories);
}

static struct lg_err read_emergency(struct run *run, struct question_case *it) {
    struct policy_emergency *emergency = &it->request.emergency;
    emergency->reason = it->cells[EMERGENCY_REASON];
    emergency->has_age = it->cells[EMERGENCY_AGE_MIN].len > 0;
    TRY(read_flag(run, it, EMERGENCY, &emergency->is_declared));
    TRY(read_number(run, it, RATIONALE_CHARS, &emergency->rationale_chars));
    TRY(read_number(run, it, EMERGENCY_AGE_MIN, &emergency->age_min));
    return read_number(run, it, EMERGENCY_COUNT, &emergency->count);
}

static struct lg_err read_age(struct run *run, struct question_case *it) {
    uint32_t years = 0;
    TRY(read_number(run, it, SUBJECT_AGE, &years));
    if (it->cells[SUBJECT_AGE].len > 0) {
        it->request.age_class = years < ADULT_YEARS ? AGE_CHILD : AGE_ADULT;
    }
    return LG_OK;
}

static struct lg_err read_case(struct run *run, struct question_case *it, struct arena *arena) {
    struct policy_request *request = &it->request;
    request->agreement = it->cells[AGREEMENT];
    request->recipient = it->cells[RECIPIENT];
    request->role = it->cells[ROLE];
    request->purpose = it->cells[PURPOSE];
    request->basis = it->cells[BASIS];
    request->has_case_reference = it->cells[CASE_REF].len > 0;
    request->no_consent_reason = it->cells[NO_CONSENT_REASON];
    it->source = it->cells[SOURCE];
    request->sources = (struct span_list){.items = &it->source, .count = 1};
    TRY(read_time(run, it, &request->at_s));
    TRY(read_list(run, it, FIELDS, arena, &request->fields));
    TRY(read_age(run, it));
    TRY(read_state(run, it));
    TRY(read_consent(run, it, arena));
    TRY(read_emergency(run, it));
    TRY(read_number(run, it, PERSON_COUNT, &it->counts.person));
    return read_number(run, it, AGENCY_COUNT, &it->counts.agency);
}

/* ---- answers ---- */

static struct span join(struct span text, struct span item, struct arena *arena) {
    if (text.len == 0) {
        return item;
    }
    return arena_format(arena, "%.*s;%.*s", (int)text.len, (const char *)text.ptr, (int)item.len,
                        (const char *)item.ptr);
}

static struct span join_all(const struct span_list *list, struct arena *arena) {
    struct span text = span_of(NULL, 0);
    for (size_t i = 0; i < list->count; i++) {
        text = join(text, list->items[i], arena);
    }
    return text;
}

static struct span ruling_text(const struct policy_ruling *ruling, struct arena *arena) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "none",
        [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise",
        [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",
        [TREATMENT_REDACT] = "redact",
    };
    if (ruling->refusal != POLICY_REASON_NONE) {
        return arena_format(arena, "deny:%s", policy_reason_name(ruling->refusal));
    }
    if (ruling->treatment == TREATMENT_GENERALISE) {
        return arena_format(arena, "generalise(%.*s)", (int)ruling->term->rule.len,
                            (const char *)ruling->term->rule.ptr);
    }
    return span_text(words[ruling->treatment]);
}

static struct span decision_text(enum decision decision) {
    return span_text(decision == DECISION_PERMIT    ? "permit"
                     : decision == DECISION_PARTIAL ? "partial"
                                                    : "deny");
}

static bool same(struct run *run, const struct question_case *it, enum column column,
                 struct span got) {
    if (span_equal(it->cells[column], got)) {
        return true;
    }
    run->watch->on_difference(run->watch->ctx, it->cells[ID], column_names[column],
                              it->cells[column], got);
    return false;
}

static struct lg_err compare(struct run *run, const struct question_case *it,
                             const struct policy_outcome *outcome, struct arena *arena,
                             bool *out_same) {
    struct span_list codes;
    struct span fields = span_of(NULL, 0);
    TRY(policy_duty_codes(&outcome->duties, arena, &codes));
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        fields = join(fields, ruling_text(&outcome->rulings[i], arena), arena);
    }
    struct span clauses = join_all(&outcome->clauses, arena);
    struct span duties = join_all(&codes, arena);
    TRY(arena_failed(arena));
    bool good = same(run, it, EXPECTED_DECISION, decision_text(outcome->decision));
    good &= same(run, it, EXPECTED_FIELDS, fields);
    good &= same(run, it, EXPECTED_REASON, span_text(policy_reason_name(outcome->reason)));
    good &= same(run, it, EXPECTED_CLAUSES, clauses);
    good &= same(run, it, EXPECTED_OBLIGATIONS, duties);
    *out_same = good;
    return LG_OK;
}

static struct lg_err put_case(struct run *run, struct question_case *it, struct arena *arena,
                              bool *out_same) {
    const struct permit *permit;
    struct policy_outcome outcome;
    TRY(read_case(run, it, arena));
    TRY(policy_decide(&it->force, 1, &it->request, arena, &permit));
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(arena, limit_count, sizeof *counts);
    if (counts == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < limit_count; i++) {
        counts[i] = it->counts;
    }
    struct policy_facts facts = {
        .consents = &it->consent,
        .consent_count = it->consent_count,
        .counts = counts,
        .count_count = limit_count,
    };
    TRY(policy_settle(permit, 0, &facts, arena, &outcome));
    return compare(run, it, &outcome, arena, out_same);
}

static struct lg_err run_row(struct run *run, struct csv *csv, bool *out_same) {
    OWN(arena_free) struct arena *arena = NULL;
    struct csv_row row;
    TRY(arena_new(CASE_MEMORY, &arena));
    TRY(csv_row_next(csv, COLUMN_COUNT, arena, run->diag, &row));
    struct question_case it = {.line = row.line};
    if (row.count != run->width) {
        diag_set(run->diag, row.line, "the row has %zu fields, the heading %zu", row.count,
                 run->width);
        return wrong();
    }
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        it.cells[i] = row.fields[run->places[i]];
    }
    return put_case(run, &it, arena, out_same);
}

static struct lg_err run_header(struct run *run, struct csv *csv) {
    OWN(arena_free) struct arena *arena = NULL;
    struct csv_row row;
    TRY(arena_new(CASE_MEMORY, &arena));
    TRY(csv_row_next(csv, COLUMN_COUNT, arena, run->diag, &row));
    return read_header(run, &row);
}

struct lg_err cases_run(const struct policy *policy, struct span text,
                        const struct cases_watch *watch, struct diag *diag,
                        struct cases_result *out_result) {
    struct run run = {.policy = policy, .watch = watch, .diag = diag};
    struct csv csv = csv_of(text);
    struct cases_result result = {0};
    TRY(run_header(&run, &csv));
    while (!csv_end(&csv)) {
        bool is_same = false;
        TRY(run_row(&run, &csv, &is_same));
        result.passed += is_same;
        result.failed += !is_same;
    }
    *out_result = result;
    return LG_OK;
}
