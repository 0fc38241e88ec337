/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluations of each agency and UTC day, in memory. The ceiling is what keeps a curious edge from
 * walking through every number there is (subjects.md 5.7). */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/keyd/keyd.h"
#include "gateway/keyd/keyd_int.h"

/* used[0] blind, used[1] in clear; both of `day`. */
struct counter {
    uint8_t name[KEYD_AGENCY_SIZE_MAX];
    size_t name_len;
    bool has_budget; /* its own; such a counter is never given away */
    uint64_t budget;
    int64_t day;
    uint64_t used[2];
};

struct keyd_counters {
    uint64_t common[2];
    struct counter *items; /* LIMIT_KEYD_AGENCIES */
    size_t count;
};

static bool name_fits(struct span name) {
    return name.len >= 1 && name.len <= KEYD_AGENCY_SIZE_MAX;
}

static struct counter *counter_find(struct keyd_counters *counters, struct span name) {
    for (size_t i = 0; i < counters->count; i++) {
        struct counter *counter = &counters->items[i];
        if (span_equal(span_of(counter->name, counter->name_len), name)) {
            return counter;
        }
    }
    return NULL;
}

/* A fresh counter, or one that counted nothing since `day` began; NULL where there is none. */
static struct counter *counter_slot(struct keyd_counters *counters, int64_t day) {
    if (counters->count < LIMIT_KEYD_AGENCIES) {
        return &counters->items[counters->count++];
    }
    for (size_t i = 0; i < counters->count; i++) {
        struct counter *counter = &counters->items[i];
        if (!counter->has_budget && counter->day < day) {
            return counter;
        }
    }
    return NULL;
}

static struct counter *counter_add(struct keyd_counters *counters, struct span name, int64_t day) {
    struct counter *counter = counter_slot(counters, day);
    if (counter != NULL) {
        *counter = (struct counter){.name_len = name.len, .day = day};
        memcpy(counter->name, name.ptr, name.len);
    }
    return counter;
}

static struct lg_err budgets_copy(const struct keyd_settings *settings,
                                  struct keyd_counters *counters) {
    for (size_t i = 0; i < settings->budget_count; i++) {
        const struct keyd_budget *budget = &settings->budgets[i];
        if (!name_fits(budget->agency) || counter_find(counters, budget->agency) != NULL) {
            return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
        }
        struct counter *counter = counter_add(counters, budget->agency, 0);
        if (counter == NULL) {
            return keyd_fail(LG_CLASS_LIMIT, KEYD_AGENCIES);
        }
        counter->has_budget = true;
        counter->budget = budget->evaluations_per_day;
    }
    return LG_OK;
}

struct lg_err keyd_counters_new(const struct keyd_settings *settings,
                                struct keyd_counters **out_counters) {
    OWN(keyd_counters_free) struct keyd_counters *counters = calloc(1, sizeof *counters);
    if (counters == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    counters->items = calloc(LIMIT_KEYD_AGENCIES, sizeof *counters->items);
    if (counters->items == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_MEMORY);
    }
    counters->common[0] = settings->evaluations_per_day;
    counters->common[1] = settings->plain_evaluations_per_day;
    TRY(budgets_copy(settings, counters));
    *out_counters = TAKE(counters);
    return LG_OK;
}

void keyd_counters_free(struct keyd_counters **counters) {
    if (*counters != NULL) {
        free((*counters)->items);
        free(*counters);
        *counters = NULL;
    }
}

struct lg_err keyd_counters_charge(struct keyd_counters *counters,
                                   const struct keyd_charge *charge) {
    if (!name_fits(charge->agency)) {
        return keyd_fail(LG_CLASS_INPUT, KEYD_NAME);
    }
    struct counter *counter = counter_find(counters, charge->agency);
    if (counter == NULL) {
        counter = counter_add(counters, charge->agency, charge->day);
    }
    if (counter == NULL) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_AGENCIES);
    }
    /* A clock that is set back gives nobody a second day. */
    if (charge->day > counter->day) {
        counter->day = charge->day;
        counter->used[0] = 0;
        counter->used[1] = 0;
    }
    size_t kind = charge->plain ? 1 : 0;
    uint64_t budget =
        counter->has_budget && !charge->plain ? counter->budget : counters->common[kind];
    if (counter->used[kind] > budget || charge->amount > budget - counter->used[kind]) {
        return keyd_fail(LG_CLASS_LIMIT, KEYD_BUDGET);
    }
    counter->used[kind] += charge->amount;
    return LG_OK;
}
