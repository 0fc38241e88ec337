/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/decide/foremost.h"

/* How far a refusal got: the step of its check. Codes that one step chooses among are equally far,
 * so that what the person said, or how a power failed, never chooses the agreement. */
static enum policy_reason step_of(enum policy_reason stage) {
    static const struct {
        enum policy_reason first;
        enum policy_reason last;
    } steps[] = {
        {POLICY_BASIS_NOT_OPEN_TO_BODY, POLICY_BASIS_NOT_ACCEPTED},
        {POLICY_POWER_NOT_KNOWN, POLICY_POWER_CARVED_OUT},
        {POLICY_CONSENT_MISSING, POLICY_CONSENT_NOT_EXPLICIT},
        {POLICY_CONFIDENTIALITY_NOT_KNOWN, POLICY_CONFIDENTIALITY_NOT_MET},
        {POLICY_OPT_OUT_UNKNOWN, POLICY_OPT_OUT_APPLIES},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (stage >= steps[i].first && stage <= steps[i].last) {
            return steps[i].first;
        }
    }
    return stage;
}

bool policy_comes_first(const struct contender *a, const struct contender *b) {
    bool a_refused = a->refusal != POLICY_REASON_NONE;
    bool b_refused = b->refusal != POLICY_REASON_NONE;
    if (a_refused != b_refused) {
        return b_refused;
    }
    if (a_refused && step_of(a->stage) != step_of(b->stage)) {
        return step_of(a->stage) > step_of(b->stage);
    }
    if (a->it->fit != b->it->fit) {
        return a->it->fit > b->it->fit;
    }
    if (a->it->treatment != b->it->treatment) {
        return a->it->treatment > b->it->treatment;
    }
    return span_compare(a->it->term.agreement, b->it->term.agreement) < 0;
}
