/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of consent. */
#ifndef GATEWAY_CONSENT_CONSENT_INT_H
#define GATEWAY_CONSENT_CONSENT_INT_H

#include "gateway/base/bytes.h"
#include "gateway/consent/consent.h"
#include "gateway/consent/use.h"

/* The first byte of the body of a CONSENT entry: which of three it is, and in which format. */
enum consent_body {
    CONSENT_BODY_FIRST = 1, /* a fact, before kinds were told apart */
    CONSENT_BODY_FACT,
    CONSENT_BODY_USE,
    CONSENT_BODY_ACKNOWLEDGEMENT,
};

/* Parts of bodies: a name of [a-z0-9.-], and at most CONSENT_NAMES_MAX of them. */
bool consent_name_valid(struct span name);
void consent_names_write(struct writer *w, const struct span_list *names);
LG_MUST_USE struct lg_err consent_names_read(struct reader *r, struct arena *arena,
                                             struct span_list *out_names);

/* use.c: the rows that a use makes, into a change. */
LG_MUST_USE struct lg_err consent_use_rows(const struct person_id *person,
                                           const struct consent_reliance *use, struct arena *arena,
                                           struct store_consent_change *change);
/* Whether the fact ends the use, as struct store_ending asks; ctx is an arena. */
LG_MUST_USE struct lg_err consent_use_ends(void *ctx, struct span fact_body, struct span use_body,
                                           bool *out_ends, struct store_notice_key *out_key);

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

/* The same with what the person took along from an erasure (refusals.c): for decisions alone, never
 * shown. */
LG_MUST_USE struct lg_err consent_facts_settle(struct store_reader *reader,
                                               const struct person_id *person, struct arena *arena,
                                               struct consent_facts *out_facts);

/* Where a person has more facts than are read, what was left out may have been a refusal. Counts
 * one in, older than all that was read, for decisions; never shown. */
void consent_facts_close(struct consent_facts *facts);

/* The National Data Opt-Out of the question's person as each source of its permit stated it, one
 * for each, in the arena. Nobody has none, with the same query. Errors of the store; LIMIT
 * CONSENT_MEMORY. */
LG_MUST_USE struct lg_err consent_opt_outs_read(struct store_reader *reader,
                                                const struct consent_question *question,
                                                struct arena *arena,
                                                struct policy_opt_out **out_opt_outs);

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
/* What a use that was just counted waits for: the number of the counter's last reservation, whoever
 * made it, 0 where that is durable. Between enter and leave. */
uint64_t consent_counters_owed(struct consent_counters *counters,
                               const struct consent_bucket *bucket, int64_t mono_ms);

/* What states no kind is of every kind but an objection. */
static inline bool consent_kind_covers(enum consent_kind wide, enum consent_kind narrow) {
    return wide == narrow || (wide == CONSENT_KIND_NOT_STATED && narrow != CONSENT_KIND_OBJECTION);
}

#endif
