/* SPDX-License-Identifier: Apache-2.0 */
/* What each rule says: the one register of codes and sentences. */
#include "gateway/base/assert.h"
#include "gateway/signals/signals.h"

struct words {
    const char *code;
    const char *sentence;
};

/* The numbers are those of limits_signals.h; a test holds them together. */
static const struct words words[SIGNALS_RULE_END] = {
    [SIGNALS_OWN_RECORD] = {"own-record", "The user asked about their own record."},
    [SIGNALS_COLLEAGUE] = {"colleague",
                           "The user asked about somebody who is on the staff list of their own "
                           "agency."},
    [SIGNALS_CANARY] = {"canary", "The user asked about a marked record that nobody has a reason "
                                  "to see."},
    [SIGNALS_VOLUME] = {"volume", "The user asked more than 50 questions in one day, and more than "
                                  "three times as many as is usual in their role."},
    [SIGNALS_HOURS] = {"out-of-hours",
                       "The user asked or searched outside the working hours of their agency."},
    [SIGNALS_NO_CASE] = {"no-case-reference",
                         "The user gave no case reference for a purpose for which their agency "
                         "expects one."},
    [SIGNALS_REFUSALS] = {"repeated-refusals", "The user was refused 5 times within an hour."},
    [SIGNALS_SEARCHES] = {"search-without-view",
                          "The user searched for 10 people within a day and asked no question in "
                          "the half hour after."},
    [SIGNALS_MANY] = {"more-than-shown",
                      "50 cases were opened for this agency in one day: what else hit a rule that "
                      "day is not listed. Search the log of that day."},
};

const char *signals_rule_code(enum signals_rule rule) {
    ASSERT(rule > 0 && rule < SIGNALS_RULE_END);
    return words[rule].code;
}

const char *signals_sentence(struct span code) {
    for (int rule = 1; rule < SIGNALS_RULE_END; rule++) {
        if (span_equal_text(code, words[rule].code)) {
            return words[rule].sentence;
        }
    }
    return "";
}
