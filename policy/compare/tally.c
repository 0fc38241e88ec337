/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a replay: fields that took the same turn, each row with its first as a sample. */
#include <stdlib.h>
#include <string.h>

#include "policy/compare/rehearse_int.h"

static struct span clause_of(const struct seen *seen) {
    return seen->ruling == NULL ? span_of(NULL, 0) : seen->ruling->term->clause;
}

static const char *seen_word(const struct seen *seen) {
    static const char *const words[] = {
        [TREATMENT_NONE] = "refused",          [TREATMENT_PASS] = "pass",
        [TREATMENT_GENERALISE] = "generalise", [TREATMENT_PSEUDONYMISE] = "pseudonymise",
        [TREATMENT_AGGREGATE] = "aggregate",   [TREATMENT_REDACT] = "redact",
    };
    return seen->reason != POLICY_REASON_NONE ? policy_reason_name(seen->reason)
                                              : words[seen->treatment];
}

static struct span sample_of(const struct scene *scene, struct span field, const struct seen *old,
                             const struct seen *new) {
    return arena_format(scene->staging->rehearsal->arena, "`%.*s` from %.*s: %s, was %s",
                        (int)field.len, (const char *)field.ptr, (int)scene->source.len,
                        (const char *)scene->source.ptr, seen_word(new), seen_word(old));
}

static struct policy_turns *row_find(struct rehearsal *rehearsal, const struct policy_turns *key) {
    for (size_t i = 0; i < rehearsal->row_count; i++) {
        struct policy_turns *row = &rehearsal->rows[i];
        if (row->turn == key->turn && span_equal(row->clause, key->clause) &&
            span_equal(row->role, key->role) && span_equal(row->purpose, key->purpose)) {
            return row;
        }
    }
    return NULL;
}

/* A new row: what it names is copied, for the record goes. */
static struct lg_err row_add(struct rehearsal *rehearsal, struct policy_turns row) {
    if (rehearsal->row_count == LIMIT_POLICY_CHANGES) {
        return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
    }
    rehearsal->rows = arena_more(rehearsal->arena, rehearsal->rows, rehearsal->row_count,
                                 sizeof *rehearsal->rows);
    row.clause = arena_copy(rehearsal->arena, row.clause);
    row.role = arena_copy(rehearsal->arena, row.role);
    row.purpose = arena_copy(rehearsal->arena, row.purpose);
    if (lg_failed(arena_failed(rehearsal->arena))) {
        return policy_no_memory();
    }
    rehearsal->rows[rehearsal->row_count++] = row;
    return LG_OK;
}

struct lg_err policy_tally_row(const struct scene *scene, struct span field,
                               const struct seen sides[static 2], struct policy_turns row) {
    struct rehearsal *rehearsal = scene->staging->rehearsal;
    const struct policy_request *request = &scene->staging->new.request;
    const struct seen *old = &sides[0];
    const struct seen *new = &sides[1];
    row.purpose = request->purpose;
    row.clause = clause_of(new).len > 0 ? clause_of(new) : clause_of(old);
    row.role = arena_format(scene->staging->arena, "%.*s/%.*s", (int)request->recipient.len,
                            (const char *)request->recipient.ptr, (int)request->role.len,
                            (const char *)request->role.ptr);
    struct policy_turns *known = row_find(rehearsal, &row);
    if (known != NULL) {
        known->count++;
        return LG_OK;
    }
    row.count = 1;
    row.sample = sample_of(scene, field, old, new);
    row.sample_index = scene->index;
    return row_add(rehearsal, row);
}

/* ---- the report ---- */

static int compare_rows(const void *left, const void *right) {
    const struct policy_turns *a = left;
    const struct policy_turns *b = right;
    int order = (a->turn > b->turn) - (a->turn < b->turn);
    order = order != 0 ? order : span_compare(a->clause, b->clause);
    order = order != 0 ? order : span_compare(a->role, b->role);
    return order != 0 ? order : span_compare(a->purpose, b->purpose);
}

struct lg_err policy_rehearse_report(struct rehearsal *rehearsal,
                                     struct policy_rehearsal *out_report) {
    struct policy_turns *rows = arena_array(rehearsal->arena, rehearsal->row_count, sizeof *rows);
    if (rows == NULL) {
        return policy_no_memory();
    }
    for (size_t i = 0; i < rehearsal->row_count; i++) {
        rows[i] = rehearsal->rows[i];
    }
    if (rehearsal->row_count > 1) {
        qsort(rows, rehearsal->row_count, sizeof *rows, compare_rows);
    }
    *out_report = (struct policy_rehearsal){
        .rows = rows,
        .row_count = rehearsal->row_count,
        .questions = rehearsal->questions,
        .unfaithful = rehearsal->unfaithful,
        .withheld = rehearsal->withheld,
    };
    memcpy(out_report->totals, rehearsal->totals, sizeof out_report->totals);
    return LG_OK;
}
