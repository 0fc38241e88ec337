/* SPDX-License-Identifier: Apache-2.0 */
/* Which quarters may end, and who decides. */
#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/limits_erasure.h"
#include "gateway/erasure/erasure.h"

enum { QUARTER_TEXT = 7, YEAR_FIRST = 1970 };

bool erasure_quarter_read(struct span text, uint32_t *out_quarter) {
    uint32_t year = 0;
    if (text.len != QUARTER_TEXT || text.ptr[4] != '-' || text.ptr[5] != 'Q' || text.ptr[6] < '1' ||
        text.ptr[6] > '4') {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        year = year * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *out_quarter = year * 4 + (uint32_t)(text.ptr[6] - '1');
    return year >= YEAR_FIRST;
}

void erasure_quarter_write(uint32_t quarter, char out[static ERASURE_QUARTER_SIZE]) {
    (void)snprintf(out, ERASURE_QUARTER_SIZE, "%04" PRIu32 "-Q%" PRIu32, quarter / 4,
                   quarter % 4 + 1);
}

bool erasure_quarter_is_due(uint32_t quarter, uint32_t now) {
    return quarter < now && now - quarter > LIMIT_ERASURE_KEEP_QUARTERS;
}

static bool is_same_person(const struct erasure_act *asked, const struct caller *caller) {
    return span_equal(asked->agency, caller->agency) &&
           span_equal_folded(asked->user_id, caller->user_id);
}

enum erasure_fault erasure_decision_check(const struct erasure_decision *decision) {
    if (!decision->is_host) {
        return ERASURE_FAULT_FOREIGN;
    }
    bool is_own = decision->asked == NULL ? !decision->is_refusal
                                          : is_same_person(decision->asked, decision->caller);
    if (is_own) {
        return ERASURE_FAULT_SELF;
    }
    if (decision->is_refusal) {
        return ERASURE_FAULT_NONE;
    }
    if (decision->is_changed) {
        return ERASURE_FAULT_CHANGED;
    }
    if (decision->is_held) {
        return ERASURE_FAULT_HELD;
    }
    return decision->is_owed ? ERASURE_FAULT_OWED : ERASURE_FAULT_NONE;
}
