/* SPDX-License-Identifier: Apache-2.0 */
/* What the turns of a replay are called. */
#include "policy/compare/rehearse.h"

const char *policy_turn_name(enum policy_turn turn) {
    static const char *const names[POLICY_TURNS] = {
        [POLICY_TURN_NEW] = "newly visible",
        [POLICY_TURN_WEAKER] = "treatment weaker",
        [POLICY_TURN_OTHER] = "treatment other",
        [POLICY_TURN_STRONGER] = "treatment stronger",
        [POLICY_TURN_REFUSED] = "permit to refuse",
        [POLICY_TURN_REASON] = "reason changed",
        [POLICY_TURN_RATE] = "rate limit only",
        [POLICY_TURN_UNKNOWN] = "cannot tell",
        [POLICY_TURN_SAME] = "same",
    };
    return names[turn];
}
