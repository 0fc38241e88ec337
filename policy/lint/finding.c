/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/lint/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/limits.h"
#include "policy/policy.h"

static struct lg_err no_memory(void) {
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_MEMORY);
}

struct lg_err policy_findings_init(struct policy_findings *findings, struct arena *arena) {
    *findings = (struct policy_findings){.arena = arena};
    findings->items = arena_array(arena, LIMIT_POLICY_FINDINGS, sizeof *findings->items);
    return findings->items == NULL ? no_memory() : LG_OK;
}

bool policy_findings_are_full(const struct policy_findings *findings) {
    return findings->count == LIMIT_POLICY_FINDINGS;
}

struct lg_err policy_findings_add(struct policy_findings *findings,
                                  const struct policy_finding *finding) {
    ASSERT(!policy_findings_are_full(findings));
    struct policy_finding copy = *finding;
    copy.sentence = arena_copy(findings->arena, finding->sentence);
    if (copy.sentence.ptr == NULL) {
        return no_memory();
    }
    findings->items[findings->count++] = copy;
    return LG_OK;
}

static int order(uint32_t a, uint32_t b) {
    return (a > b) - (a < b);
}

static int compare(const void *left, const void *right) {
    const struct policy_finding *a = left;
    const struct policy_finding *b = right;
    int result = order(a->in_floor, b->in_floor);
    result = result != 0 ? result : order(a->line, b->line);
    result = result != 0 ? result : order(a->column, b->column);
    result = result != 0 ? result : strcmp(a->code, b->code);
    /* The sort of the C library need not be stable: the same findings give the same list. */
    return result != 0 ? result : span_compare(a->sentence, b->sentence);
}

void policy_findings_sort(struct policy_findings *findings) {
    if (findings->count > 1) {
        qsort(findings->items, findings->count, sizeof *findings->items, compare);
    }
}

struct lg_err policy_faults_put(const struct policy_faults *faults, struct policy_spot spot,
                                const char *sentence) {
    diag_set(faults->diag, spot.line, "%s%s", faults->is_floor ? "floor: " : "", sentence);
    diag_place(faults->diag, spot.code, spot.column);
    if (faults->findings != NULL) {
        struct policy_finding finding = {
            .in_floor = faults->is_floor,
            .line = spot.line,
            .column = spot.line == 0 ? 0 : spot.column,
            .sentence = span_text(sentence),
        };
        snprintf(finding.code, sizeof finding.code, "%s", spot.code);
        struct lg_err err = policy_findings_add(faults->findings, &finding);
        if (lg_failed(err)) {
            return err;
        }
    }
    return lg_err_make(LG_CLASS_CONFIG, LG_POLICY, POLICY_TEXT_WRONG);
}

struct lg_err policy_faults_past(const struct policy_faults *faults, struct lg_err err) {
    if (lg_err_class(err) != LG_CLASS_CONFIG || faults->findings == NULL) {
        return err;
    }
    /* What comes after is not read. */
    faults->findings->is_cut = policy_findings_are_full(faults->findings);
    return faults->findings->is_cut ? err : LG_OK;
}
