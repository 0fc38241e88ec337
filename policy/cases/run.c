/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the cases of a file to an agreement and compares the answers. */
#include "policy/cases/cases.h"
#include "policy/cases/cases_int.h"
#include "policy/policy_int.h"

/* Memory of one row, given back before the next. */
enum { CASE_MEMORY = 4194304 };

struct run {
    const struct policy *policy;
    const struct policy_cases_watch *watch;
    struct diag *diag;
    struct case_heading heading;
};

/* ---- answers ---- */

struct span policy_case_join(const struct span_list *list, char mark, struct arena *arena) {
    struct span text = span_of(NULL, 0);
    for (size_t i = 0; i < list->count; i++) {
        struct span item = list->items[i];
        text = i == 0 ? item
                      : arena_format(arena, "%.*s%c%.*s", (int)text.len, (const char *)text.ptr,
                                     mark, (int)item.len, (const char *)item.ptr);
    }
    return text;
}

struct span policy_case_ruling_text(const struct policy_ruling *ruling, struct arena *arena) {
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

struct span policy_case_decision_text(enum decision decision) {
    return span_text(decision == DECISION_PERMIT    ? "permit"
                     : decision == DECISION_PARTIAL ? "partial"
                                                    : "deny");
}

static bool same(struct run *run, const struct question_case *it, enum case_column column,
                 struct span got) {
    if (span_equal(it->cells[column], got)) {
        return true;
    }
    run->watch->on_difference(run->watch->ctx, it->cells[CASE_ID], policy_case_column_name(column),
                              it->cells[column], got);
    return false;
}

/* As the format says it: of a refusal, the reason of the first field that is not merely redacted.
 * The outcome's own is that of the field that got furthest, over any number of sources. */
static enum policy_reason reason_of(const struct policy_outcome *outcome) {
    if (outcome->decision != DECISION_REFUSE) {
        return outcome->reason;
    }
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        if (outcome->rulings[i].refusal != POLICY_REASON_NONE) {
            return outcome->rulings[i].refusal;
        }
    }
    return outcome->reason;
}

static struct lg_err answer_of(const struct policy_outcome *outcome, struct arena *arena,
                               struct case_answer *out_answer) {
    struct span_list codes;
    struct span *rulings = arena_array(arena, outcome->ruling_count, sizeof *rulings);
    if (rulings == NULL) {
        return policy_no_memory();
    }
    TRY(policy_duty_codes(&outcome->duties, arena, &codes));
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        rulings[i] = policy_case_ruling_text(&outcome->rulings[i], arena);
    }
    const struct span_list list = {.items = rulings, .count = outcome->ruling_count};
    *out_answer = (struct case_answer){
        .decision = policy_case_decision_text(outcome->decision),
        .fields = policy_case_join(&list, ';', arena),
        .reason = span_text(policy_reason_name(reason_of(outcome))),
        .clauses = policy_case_join(&outcome->clauses, ';', arena),
        .obligations = policy_case_join(&codes, ';', arena),
    };
    return arena_failed(arena);
}

struct lg_err policy_case_ask(const struct question_case *it, struct arena *arena,
                              struct case_answer *out_answer) {
    const struct permit *permit;
    struct policy_outcome outcome;
    TRY(policy_decide(&it->force, 1, &it->request, arena, &permit));
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(arena, limit_count, sizeof *counts);
    if (counts == NULL) {
        return policy_no_memory();
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
    return answer_of(&outcome, arena, out_answer);
}

static struct lg_err put_case(struct run *run, struct question_case *it, struct arena *arena,
                              bool *out_same) {
    struct case_answer answer;
    TRY(policy_case_read(it, arena, run->diag));
    TRY(policy_case_ask(it, arena, &answer));
    bool good = same(run, it, CASE_EXPECTED_DECISION, answer.decision);
    good &= same(run, it, CASE_EXPECTED_FIELDS, answer.fields);
    good &= same(run, it, CASE_EXPECTED_REASON, answer.reason);
    good &= same(run, it, CASE_EXPECTED_CLAUSES, answer.clauses);
    good &= same(run, it, CASE_EXPECTED_OBLIGATIONS, answer.obligations);
    *out_same = good;
    return LG_OK;
}

static struct lg_err run_row(struct run *run, struct csv *csv, bool *out_same) {
    OWN(arena_free) struct arena *arena = NULL;
    struct csv_row row;
    TRY(arena_new(CASE_MEMORY, &arena));
    TRY(policy_csv_next(csv, CASE_COLUMNS, arena, run->diag, &row));
    struct question_case it = {.line = row.line, .force = {.policy = run->policy}};
    if (row.count != run->heading.width) {
        diag_set(run->diag, row.line, "the row has %zu fields, the heading %zu", row.count,
                 run->heading.width);
        return lg_err_make(LG_CLASS_INPUT, LG_POLICY, POLICY_CASES_WRONG);
    }
    for (size_t i = 0; i < CASE_COLUMNS; i++) {
        size_t place = run->heading.places[i];
        it.cells[i] = place == SIZE_MAX ? span_of(NULL, 0) : row.fields[place];
    }
    return put_case(run, &it, arena, out_same);
}

static struct lg_err run_header(struct run *run, struct csv *csv) {
    OWN(arena_free) struct arena *arena = NULL;
    struct csv_row row;
    TRY(arena_new(CASE_MEMORY, &arena));
    TRY(policy_csv_next(csv, CASE_COLUMNS, arena, run->diag, &row));
    return policy_case_heading(&row, run->diag, &run->heading);
}

struct lg_err policy_cases_run(const struct policy *policy, struct span text,
                               const struct policy_cases_watch *watch, struct diag *diag,
                               struct policy_cases_result *out_result) {
    struct run run = {.policy = policy, .watch = watch, .diag = diag};
    struct csv csv = policy_csv_of(text);
    struct policy_cases_result result = {0};
    TRY(run_header(&run, &csv));
    while (!policy_csv_end(&csv)) {
        bool is_same = false;
        TRY(run_row(&run, &csv, &is_same));
        result.passed += is_same;
        result.failed += !is_same;
    }
    *out_result = result;
    return LG_OK;
}
