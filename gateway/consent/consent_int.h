/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of consent. */
#ifndef GATEWAY_CONSENT_CONSENT_INT_H
#define GATEWAY_CONSENT_CONSENT_INT_H

#include "gateway/consent/consent.h"

LG_MUST_USE struct lg_err consent_fail(enum lg_class klass, enum consent_code code);

/* A person's facts as the policy takes them, newest first, and what they were read at. */
struct consent_facts {
    struct consent *items; /* one more than count: see consent_facts_close */
    size_t count;
    uint64_t applied_through;
};

/* person NULL: nobody, with the same work. */
LG_MUST_USE struct lg_err consent_facts_read(struct store_reader *reader,
                                             const struct person_id *person, struct arena *arena,
                                             struct consent_facts *out_facts);

/* Where a person has more facts than are read, what was left out may have been a refusal. Counts
 * one in, older than all that was read, for decisions; never shown. */
void consent_facts_close(struct consent_facts *facts);

/* One counter: whom it counts under which limit. */
struct consent_bucket {
    struct store_tag key;
    struct policy_rate rate;
};

/* Whose keys the counters use. */
const struct store *consent_counters_store(const struct consent_counters *counters);
/* The counters are locked between the two, so that no use slips in between look and take. */
void consent_counters_enter(struct consent_counters *counters);
void consent_counters_leave(struct consent_counters *counters);
/* Uses inside the window now; UINT32_MAX where the table has no room for this counter. A rate
 * without a count is not limited and gives 0. */
uint32_t consent_counters_look(struct consent_counters *counters,
                               const struct consent_bucket *bucket, int64_t mono_ms);
/* Counts one use. Only after a look. False, with nothing counted, where too much is owed at once.
 */
bool consent_counters_take(struct consent_counters *counters, const struct consent_bucket *bucket,
                           int64_t mono_ms);
/* Rises with all that is owed; between enter and leave. */
uint64_t consent_counters_number(const struct consent_counters *counters);

#endif
