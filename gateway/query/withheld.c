/* SPDX-License-Identifier: Apache-2.0 */
/* A source that judges that sharing does more harm than good (Children Act 2004, s.16LA(3)), or
 * uses the choice that a power leaves it. Its answer becomes a refusal, decided by the same rules
 * as all others; of a hidden source nothing of that shows, and the sealed part of its leaf holds
 * it. */
#include "gateway/query/query_int.h"

/* The codes of source.proto; nothing else that a source says gets into the log. */
static struct span code_known(struct span code) {
    static const char *const codes[] = {"more-detrimental", "not-necessary", "not-reasonable"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (span_equal_text(code, codes[i])) {
            return span_text(codes[i]);
        }
    }
    return span_text("other");
}

void query_part_withhold(struct query_part *part) {
    part->is_withheld = true;
    part->withholding = (struct withholding){
        .code = code_known(part->answer.withholding.code),
        .office = part->answer.withholding.office,
    };
    part->denied = POLICY_HOLDER_WITHHOLDS;
    part->has_answer = false;
    part->answer = (struct answer){0};
    part->state = SOURCE_NOTHING_TO_SHOW;
}

/* By what is told: of special and criminal data one state stands for all that depends on the
 * person. */
enum source_state query_state_of(const struct policy_outcome *outcome) {
    if (outcome->told == POLICY_HOLDER_WITHHOLDS) {
        return SOURCE_WITHHELD_BY_SOURCE;
    }
    return policy_reason_is_personal(outcome->told) ? SOURCE_WITHHELD_BY_CONSENT
                                                    : SOURCE_NOT_PERMITTED;
}

struct lg_err query_part_withheld_settle(struct query *query, struct query_part *part) {
    if (!part->is_withheld) {
        return LG_OK;
    }
    part->withheld_facts = *consent_grant_facts(query->grant, part->source);
    part->withheld_facts.holder_withholds = true;
    TRY(policy_settle(query->permit, part->source, &part->withheld_facts, query->arena,
                      &part->withheld_outcome));
    if (!part->is_hidden) {
        part->state = query_state_of(&part->withheld_outcome);
        part->denied = part->withheld_outcome.reason;
    }
    return LG_OK;
}

const struct policy_outcome *query_part_shown(const struct query *query,
                                              const struct query_part *part) {
    return part->is_withheld && !part->is_hidden ? &part->withheld_outcome
                                                 : consent_grant_shown(query->grant, part->source);
}
