/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file of exported decision records. Either the reading stops with a sentence, or
 * every field that was counted stands in the totals, and in a row where it changed. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "tools/lockgate/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char draft_text[] =
    "isa 1\nagreement small\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
    "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: a\n"
    "  signatures needed: all parties\n  assessment: A\n  contact: c\n"
    "party a\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\n"
    "party b\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\nrole a/w\n"
    "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
    "  covers: p\ncategory c\n  title: C\n  class: ordinary\n  held by: any\n  fields: f\n"
    "clause 1 share\n  from: any\n  to: any\n  purpose: p\n  basis: d\n"
    "  consent: not needed\n  pass: c.f\n";

static void check(const struct policy_rehearsal *report) {
    uint64_t fields = 0;
    uint64_t in_rows = 0;
    for (int i = 0; i < POLICY_TURNS; i++) {
        fields += i == POLICY_TURN_SAME ? 0 : report->totals[i];
    }
    for (size_t i = 0; i < report->row_count; i++) {
        ASSERT(report->rows[i].turn != POLICY_TURN_SAME);
        ASSERT(report->rows[i].count > 0);
        in_rows += report->rows[i].count;
    }
    ASSERT(fields == in_rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    OWN(policy_free) struct policy *draft = NULL;
    OWN(arena_free) struct arena *arena = NULL;
    struct diag diag = {0};
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    ASSERT(!lg_failed(policy_compile(span_text(draft_text), span_of(NULL, 0), &diag, &draft)));
    if (lg_failed(arena_new(1 << 22, &arena)) ||
        lg_failed(policy_rehearse_begin(draft, arena, &rehearsal))) {
        return 0;
    }
    struct lg_err err = records_rehearse(span_of(data, size), NULL, rehearsal, &diag);
    ASSERT(lg_err_class(err) != LG_CLASS_INPUT || diag.text[0] != 0);
    if (!lg_failed(policy_rehearse_report(rehearsal, &report))) {
        check(&report);
    }
    return 0;
}
