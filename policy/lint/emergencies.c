/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about emergencies: W08, W12, W14. */
#include "policy/lint/lint_int.h"

enum { LASTS_MAX_MIN = 1440, A_DAY_MAX = 10, DAY_S = 86400 };

/* W08: the office that is told reviews the case; no role of that name may set a refusal aside. */
static struct lg_err check_reviewer(struct lint *lint, const struct emergency *emergency) {
    const struct policy *policy = lint->policy;
    for (uint32_t i = 0; i < policy->role_names.count; i++) {
        const struct policy_role *role = &policy->roles[i].shown;
        if (policy_bits_has(&emergency->refusal_by, i) && span_equal(role->id, emergency->tell)) {
            return policy_lint_say(lint, "W08", (struct lint_place){emergency->line, "tell"},
                                   "emergency %.*s: `%.*s/%.*s` may set a refusal aside, and "
                                   "`%.*s` is who is told and checks it",
                                   lint_len(emergency->id), lint_str(emergency->id),
                                   lint_len(role->party), lint_str(role->party), lint_len(role->id),
                                   lint_str(role->id), lint_len(emergency->tell),
                                   lint_str(emergency->tell));
        }
    }
    return LG_OK;
}

/* How many may fall on one day. */
static uint64_t most_a_day(struct policy_rate rate) {
    uint64_t windows = ((uint64_t)DAY_S + rate.window_s - 1) / rate.window_s;
    return windows * rate.count;
}

static struct lg_err check_width(struct lint *lint, const struct emergency *emergency) {
    uint64_t most = most_a_day(emergency->at_most);
    if (emergency->lasts_min > LASTS_MAX_MIN) {
        TRY(policy_lint_say(lint, "W12", (struct lint_place){emergency->line, "lasts"},
                            "emergency %.*s lasts %u hours, more than 24", lint_len(emergency->id),
                            lint_str(emergency->id), (unsigned)emergency->lasts_min / 60));
    }
    if (most > A_DAY_MAX) {
        return policy_lint_say(lint, "W12", (struct lint_place){emergency->line, "at most"},
                               "emergency %.*s may be declared %llu times a day by one person, "
                               "more than %d",
                               lint_len(emergency->id), lint_str(emergency->id),
                               (unsigned long long)most, A_DAY_MAX);
    }
    return LG_OK;
}

static bool has_any(const struct bits *bits) {
    for (uint32_t i = 0; i < policy_bits_words(bits->size); i++) {
        if (bits->words[i] != 0) {
            return true;
        }
    }
    return false;
}

static struct lg_err check_refusal(struct lint *lint, const struct emergency *emergency) {
    if (!has_any(&emergency->refusal_by) || emergency->basis_for_refusal != POLICY_NO16) {
        return LG_OK;
    }
    const struct basis *basis = &lint->policy->bases[emergency->basis];
    return policy_lint_say(
        lint, "W14", (struct lint_place){emergency->line, "refusal set aside by"},
        "emergency %.*s lets a refusal be set aside under `%.*s` alone; no "
        "`basis for refusal` is named",
        lint_len(emergency->id), lint_str(emergency->id), lint_len(basis->id), lint_str(basis->id));
}

struct lg_err policy_lint_emergencies(struct lint *lint) {
    for (uint32_t i = 0; i < lint->policy->emergency_names.count; i++) {
        const struct emergency *emergency = &lint->policy->emergencies[i];
        TRY(check_reviewer(lint, emergency));
        TRY(check_width(lint, emergency));
        TRY(check_refusal(lint, emergency));
    }
    return LG_OK;
}
