/* SPDX-License-Identifier: Apache-2.0 */
/* The codes, their names and their sentences in one table. */
#include "gateway/base/assert.h"
#include "policy/policy.h"

struct reason_spec {
    const char *name;
    const char *sentence;
};

static const struct reason_spec specs[POLICY_REASON_END] = {
    [POLICY_REASON_NONE] = {"NONE", "Nothing is decided yet."},
    [POLICY_PERMIT_CLAUSE] = {"PERMIT_CLAUSE", "A clause of the agreement shares it."},
    [POLICY_PERMIT_EMERGENCY] = {"PERMIT_EMERGENCY",
                                 "It is shared because of the emergency that was declared."},
    [POLICY_PARTIAL] = {"PARTIAL", "Some of what was asked for is shared."},
    [POLICY_REDACTED] = {"REDACTED", "The clause leaves everything out that was asked for."},
    [POLICY_NO_AGREEMENT] = {"NO_AGREEMENT", "No agreement is in force that covers this."},
    [POLICY_AGREEMENT_SUSPENDED] = {"AGREEMENT_SUSPENDED", "The agreement is suspended."},
    [POLICY_AGREEMENT_NOT_SIGNED] = {"AGREEMENT_NOT_SIGNED",
                                     "The agreement is not signed by all who must sign."},
    [POLICY_AGREEMENT_NOT_STARTED] = {"AGREEMENT_NOT_STARTED",
                                      "The agreement is not in force yet."},
    [POLICY_AGREEMENT_EXPIRED] = {"AGREEMENT_EXPIRED", "The agreement has ended."},
    [POLICY_PARTY_WITHDRAWN] = {"PARTY_WITHDRAWN", "A party has left the agreement."},
    [POLICY_NOT_A_PARTY] = {"NOT_A_PARTY", "The agency is no party of the agreement."},
    [POLICY_ROLE_UNKNOWN] = {"ROLE_UNKNOWN", "The agreement knows no such role of this agency."},
    [POLICY_TRAINING_NOT_CURRENT] = {"TRAINING_NOT_CURRENT",
                                     "The role needs a training that is not shown as current."},
    [POLICY_SAME_PARTY] = {"SAME_PARTY", "An agency does not ask itself through the gateway."},
    [POLICY_PURPOSE_UNKNOWN] = {"PURPOSE_UNKNOWN", "The agreement knows no such purpose."},
    [POLICY_FIELD_UNKNOWN] = {"FIELD_UNKNOWN", "The agreement knows no such field."},
    [POLICY_AGREEMENT_REVIEW_OVERDUE] = {"AGREEMENT_REVIEW_OVERDUE",
                                         "The agreement's review is overdue."},
    [POLICY_SOURCE_DOES_NOT_HOLD] = {"SOURCE_DOES_NOT_HOLD",
                                     "The agency does not hold this kind of data."},
    [POLICY_FLOOR_PROHIBITED] = {"FLOOR_PROHIBITED", "The partnership's floor forbids it."},
    [POLICY_PROHIBITED] = {"PROHIBITED", "A clause forbids it."},
    [POLICY_NO_CLAUSE] = {"NO_CLAUSE", "No clause shares this with this role for this purpose."},
    [POLICY_EMERGENCY_ONLY] = {"EMERGENCY_ONLY", "The clause shares in an emergency only."},
    [POLICY_BASIS_NOT_OPEN_TO_BODY] = {"BASIS_NOT_OPEN_TO_BODY",
                                       "A public authority cannot rely on a recognised legitimate "
                                       "interest for its own task."},
    [POLICY_BASIS_NOT_ACCEPTED] = {"BASIS_NOT_ACCEPTED",
                                   "The clause does not accept this lawful basis here."},
    [POLICY_STATEMENT_MISSING] = {"STATEMENT_MISSING",
                                  "The requester has not stated that it needs this for its own "
                                  "public task."},
    [POLICY_POWER_NOT_KNOWN] = {"POWER_NOT_KNOWN",
                                "It is not known which legal power covers this; a named officer "
                                "has to decide."},
    [POLICY_POWER_MISSING] = {"POWER_MISSING",
                              "No legal power or duty that is cited covers this disclosure."},
    [POLICY_POWER_NOT_COMMENCED] = {"POWER_NOT_COMMENCED",
                                    "The legal power that is cited is not in force yet."},
    [POLICY_POWER_CARVED_OUT] = {"POWER_CARVED_OUT",
                                 "The legal power that is cited leaves this data out."},
    [POLICY_PURPOSE_LOCKED] = {"PURPOSE_LOCKED",
                               "It was received under a statute that allows other functions only."},
    [POLICY_SUBJECT_NOT_COVERED] = {"SUBJECT_NOT_COVERED",
                                    "The clause does not cover people of this age."},
    [POLICY_CASE_REFERENCE_MISSING] = {"CASE_REFERENCE_MISSING",
                                       "The clause needs a case reference."},
    [POLICY_SECOND_PERSON_MISSING] = {"SECOND_PERSON_MISSING",
                                      "The clause needs a second person to confirm."},
    [POLICY_NECESSITY_MISSING] = {"NECESSITY_MISSING",
                                  "The clause needs all five reasons of necessity to be recorded."},
    [POLICY_OUT_OF_HOURS] = {"OUT_OF_HOURS", "The clause is open at other hours."},
    [POLICY_NO_CONSENT_REASON_MISSING] = {"NO_CONSENT_REASON_MISSING",
                                          "The clause needs the reason why consent was not "
                                          "sought."},
    [POLICY_CONSENT_MISSING] = {"CONSENT_MISSING",
                                "Nothing can be shared without the person's consent."},
    [POLICY_CONSENT_REFUSED] = {"CONSENT_REFUSED", "The person refused consent."},
    [POLICY_CONSENT_WITHDRAWN] = {"CONSENT_WITHDRAWN", "The person withdrew consent."},
    [POLICY_CONSENT_EXPIRED] = {"CONSENT_EXPIRED", "The person's consent has run out."},
    [POLICY_CONSENT_OUT_OF_SCOPE] = {"CONSENT_OUT_OF_SCOPE",
                                     "The person's consent does not cover this."},
    [POLICY_CONSENT_NOT_EXPLICIT] = {"CONSENT_NOT_EXPLICIT",
                                     "The person's consent is not explicit."},
    [POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL] =
        {"EMERGENCY_CANNOT_SET_ASIDE_REFUSAL",
         "This role's emergency does not set a refusal aside."},
    [POLICY_CONFIDENTIALITY_NOT_KNOWN] = {"CONFIDENTIALITY_NOT_KNOWN",
                                          "Whether the duty of confidence allows this is for a "
                                          "named officer to decide."},
    [POLICY_CONFIDENTIALITY_NOT_MET] = {"CONFIDENTIALITY_NOT_MET",
                                        "Nothing sets the duty of confidence aside here."},
    [POLICY_OBJECTION_REGISTERED] = {"OBJECTION_REGISTERED",
                                     "The person objects; a named officer has to decide."},
    [POLICY_OPT_OUT_UNKNOWN] = {"OPT_OUT_UNKNOWN",
                                "The National Data Opt-Out was not checked recently enough."},
    [POLICY_OPT_OUT_APPLIES] = {"OPT_OUT_APPLIES", "The National Data Opt-Out applies."},
    [POLICY_HOLDER_WITHHOLDS] = {"HOLDER_WITHHOLDS",
                                 "The holder judges that sharing would do more harm."},
    [POLICY_RATE_LIMIT] = {"RATE_LIMIT", "The number of questions that is allowed was reached."},
    [POLICY_EMERGENCY_NOT_PROVIDED] = {"EMERGENCY_NOT_PROVIDED",
                                       "The agreement provides no such emergency."},
    [POLICY_EMERGENCY_PURPOSE] = {"EMERGENCY_PURPOSE",
                                  "The emergency does not serve this purpose."},
    [POLICY_EMERGENCY_ROLE] = {"EMERGENCY_ROLE", "This role may not declare an emergency."},
    [POLICY_EMERGENCY_REASON] = {"EMERGENCY_REASON",
                                 "The emergency's reason is not one of the agreement."},
    [POLICY_EMERGENCY_RATIONALE] = {"EMERGENCY_RATIONALE",
                                    "The emergency's rationale is too short."},
    [POLICY_EMERGENCY_LAPSED] = {"EMERGENCY_LAPSED", "The emergency has lapsed."},
    [POLICY_EMERGENCY_LIMIT] = {"EMERGENCY_LIMIT",
                                "This person declared as many emergencies as are allowed."},
    [POLICY_EMERGENCY_REVIEWS_OVERDUE] =
        {"EMERGENCY_REVIEWS_OVERDUE",
         "Too many reviews of this person's earlier emergencies are overdue."},
    [POLICY_EMERGENCY_SECOND_PERSON] =
        {"EMERGENCY_SECOND_PERSON",
         "A second person of the same agency has to confirm this emergency."},
};

const char *policy_reason_name(enum policy_reason reason) {
    ASSERT(reason < POLICY_REASON_END);
    return specs[reason].name;
}

const char *policy_reason_sentence(enum policy_reason reason) {
    ASSERT(reason < POLICY_REASON_END);
    return specs[reason].sentence;
}

enum policy_reason policy_reason_find(struct span name) {
    enum policy_reason reason = POLICY_PERMIT_CLAUSE;
    while (reason < POLICY_REASON_END && !span_equal_text(name, specs[reason].name)) {
        reason++;
    }
    return reason;
}

bool policy_reason_is_consent(enum policy_reason reason) {
    return reason >= POLICY_CONSENT_MISSING && reason <= POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL;
}

bool policy_reason_is_personal(enum policy_reason reason) {
    return reason >= POLICY_CONSENT_MISSING && reason <= POLICY_HOLDER_WITHHOLDS;
}

bool policy_reason_is_referral(enum policy_reason reason) {
    return reason == POLICY_POWER_NOT_KNOWN || reason == POLICY_CONFIDENTIALITY_NOT_KNOWN ||
           reason == POLICY_OBJECTION_REGISTERED || reason == POLICY_OPT_OUT_UNKNOWN;
}

enum policy_reason policy_reason_coarse(enum policy_reason reason) {
    return policy_reason_is_personal(reason) ? POLICY_CONSENT_MISSING : reason;
}
