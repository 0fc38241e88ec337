/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an agreement, and as the floor of a small one. Either the load stops with a sentence
 * and nothing is left, or what loaded answers every question of its first parties without an error
 * and never shares what it refuses. */
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/assert.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char small_text[] =
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

static void check_outcome(const struct policy_outcome *outcome) {
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        const struct policy_ruling *ruling = &outcome->rulings[i];
        bool refused = ruling->refusal != POLICY_REASON_NONE;
        ASSERT(refused == (ruling->treatment == TREATMENT_NONE));
        ASSERT(refused || ruling->term->clause.len > 0);
        ASSERT(!refused || !ruling->by_emergency);
    }
}

/* Everything that the first role may ask under the first purpose. */
static void ask_all(const struct policy *policy) {
    OWN(arena_free) struct arena *arena = NULL;
    const struct policy_force force = {.policy = policy};
    struct policy_role role = policy_role_at(policy, 0);
    const struct policy_request request = {
        .at_s = (int64_t)policy_days(policy).first_day * 86400 + 43200,
        .recipient = role.party,
        .role = role.id,
        .purpose = policy_purpose_at(policy, 0),
        .has_case_reference = true,
    };
    const struct permit *permit = NULL;
    if (lg_failed(arena_new(1 << 24, &arena)) ||
        lg_failed(policy_decide(&force, 1, &request, arena, &permit))) {
        return;
    }
    for (size_t i = 0; i < policy_permit_source_count(permit); i++) {
        struct policy_facts facts = {0};
        struct policy_outcome outcome;
        if (!lg_failed(policy_settle(permit, i, &facts, arena, &outcome))) {
            check_outcome(&outcome);
        }
    }
}

static void compile(struct span text, struct span floor) {
    OWN(policy_free) struct policy *policy = NULL;
    struct diag diag = {0};
    struct lg_err err = policy_compile(text, floor, &diag, &policy);
    ASSERT(lg_failed(err) == (policy == NULL));
    ASSERT(lg_err_class(err) != LG_CLASS_CONFIG || diag.text[0] != 0);
    if (policy != NULL) {
        ASSERT(span_equal(policy_text(policy), text));
        ask_all(policy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size);
    compile(bytes, span_of(NULL, 0));
    compile(span_text(small_text), bytes);
    return 0;
}
