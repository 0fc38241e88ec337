/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a case file of a small agreement. Either the run stops with a sentence and counts
 * nothing, or every row passed or failed, each failed row with a difference. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "policy/cases/cases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char agreement[] =
    "isa 1\nagreement small\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
    "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: a\n"
    "  signatures needed: all parties\n  assessment: A\n  contact: c\n"
    "party a\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\n"
    "party b\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\nrole a/w\n"
    "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
    "  covers: p\ncategory c\n  title: C\n  class: ordinary\n  held by: any\n  fields: f\n"
    "limit l\n  per person: 2 in 1 hour\n"
    "clause 1 share\n  from: any\n  to: any\n  purpose: p\n  basis: d\n"
    "  consent: required\n  limit: l\n  pass: c.f\n";

struct seen {
    struct span id;
    uint32_t rows;
};

/* Differences of one row come one after the other and name it by the same bytes. */
static void on_difference(void *ctx, struct span id, const char *column, struct span expected,
                          struct span got) {
    struct seen *seen = ctx;
    ASSERT(column[0] != 0);
    ASSERT(!span_equal(expected, got));
    seen->rows += seen->rows == 0 || id.ptr != seen->id.ptr;
    seen->id = id;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN(policy_free) struct policy *policy = NULL;
    struct diag diag = {0};
    ASSERT(!lg_failed(policy_compile(span_text(agreement), span_of(NULL, 0), &diag, &policy)));
    struct seen seen = {0};
    const struct policy_cases_watch watch = {.on_difference = on_difference, .ctx = &seen};
    struct policy_cases_result result = {0};
    struct lg_err err = policy_cases_run(policy, span_of(data, size), &watch, &diag, &result);
    ASSERT(!lg_failed(err) || result.passed + result.failed == 0);
    ASSERT(lg_err_class(err) != LG_CLASS_INPUT || diag.text[0] != 0);
    ASSERT(lg_failed(err) || (result.failed == 0) == (seen.rows == 0));
    return 0;
}
