/* SPDX-License-Identifier: Apache-2.0 */
/* What an emergency needs beyond its first rules: a second person, and what late reviews leave of
 * the allowance.
 *
 *   requires: second person
 *   overdue reviews: second person from 3, refused from 6     either part alone will do */
#include "policy/load/load.h"

enum { OVERDUE_MAX = 1000 };

static struct lg_err load_requires(struct load *load, struct value value,
                                   struct emergency *emergency) {
    static const char *const choices[] = {"second person", NULL};
    uint32_t index = UINT32_MAX;
    TRY(policy_value_choice(load, value, choices, &index));
    emergency->requires_second = index == 0;
    return LG_OK;
}

static bool from_read(struct words *words, uint32_t *out_from) {
    if (*out_from != 0) {
        return false; /* said before */
    }
    if (!policy_words_take(words, "from")) {
        return false;
    }
    return policy_words_number(words, OVERDUE_MAX, out_from) && *out_from > 0 &&
           policy_words_end(words);
}

static bool overdue_read(struct value item, struct emergency *emergency) {
    struct words words = policy_words_of(item.text, item.line);
    if (policy_words_take(&words, "second")) {
        return policy_words_take(&words, "person") && from_read(&words, &emergency->second_from);
    }
    return policy_words_take(&words, "refused") && from_read(&words, &emergency->refused_from);
}

static struct lg_err load_overdue(struct load *load, struct value value,
                                  struct emergency *emergency) {
    struct words words = policy_words_of(value.text, value.line);
    struct value item;
    bool good = true;
    while (good && policy_words_item(&words, &item.text)) {
        item.line = words.line;
        good = overdue_read(item, emergency);
    }
    uint32_t refused = emergency->refused_from;
    bool reached = refused == 0 || emergency->second_from < refused;
    return good && reached
               ? LG_OK
               : policy_load_fault(load, "E01", value,
                                   "what overdue reviews leave is written `second person from 3, "
                                   "refused from 6`, the first number below the second");
}

struct lg_err policy_load_allowance(struct load *load, const struct value *values,
                                    struct emergency *emergency) {
    if (values[EMERGENCY_REQUIRES].text.ptr != NULL) {
        TRY(load_requires(load, values[EMERGENCY_REQUIRES], emergency));
    }
    if (values[EMERGENCY_OVERDUE].text.ptr != NULL) {
        TRY(load_overdue(load, values[EMERGENCY_OVERDUE], emergency));
    }
    return LG_OK;
}
