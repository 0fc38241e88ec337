/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/law/axes.h"

#include "gateway/base/assert.h"

const char *policy_axis_name(enum policy_axis axis) {
    static const char *const names[POLICY_AXES] = {
        [POLICY_AXIS_AGREEMENT] = "agreement", [POLICY_AXIS_POWER] = "power",
        [POLICY_AXIS_BASIS] = "basis",         [POLICY_AXIS_CONFIDENTIALITY] = "confidentiality",
        [POLICY_AXIS_OBJECTION] = "objection", [POLICY_AXIS_NECESSITY] = "necessity",
    };
    ASSERT(axis < POLICY_AXES);
    return names[axis];
}

const char *policy_axis_verdict_name(enum policy_axis_verdict verdict) {
    static const char *const names[] = {
        [POLICY_AXIS_NOT_ASKED] = "not-asked",
        [POLICY_AXIS_MET] = "met",
        [POLICY_AXIS_MET_WITH_WARNING] = "met-with-warning",
        [POLICY_AXIS_SET_ASIDE] = "set-aside",
        [POLICY_AXIS_REFERRED] = "referred",
        [POLICY_AXIS_NOT_MET] = "not-met",
    };
    ASSERT(verdict <= POLICY_AXIS_NOT_MET);
    return names[verdict];
}

const char *policy_confidence_name(enum policy_confidence confidence) {
    static const char *const names[POLICY_CONFIDENCES] = {
        [POLICY_CONFIDENCE_NONE] = "none",
        [POLICY_CONFIDENCE_IMPLIED] = "implied consent",
        [POLICY_CONFIDENCE_EXPLICIT] = "explicit consent",
        [POLICY_CONFIDENCE_STATUTE] = "statute",
        [POLICY_CONFIDENCE_SECTION_251] = "section 251",
        [POLICY_CONFIDENCE_PUBLIC_INTEREST] = "public interest",
        [POLICY_CONFIDENCE_BEST_INTERESTS] = "best interests",
    };
    ASSERT(confidence < POLICY_CONFIDENCES);
    return names[confidence];
}
