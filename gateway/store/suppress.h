/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives an erasure: that somebody had objected or refused (UK GDPR, Articles 17(3)(b) and
 * 21(3)). Without it the next enrolment of the same person would be of somebody who never said no,
 * and data would flow again.
 *
 * Kept are tags of the person's tokens, which only the store's key makes of a token, and what is
 * refused, in codes: no id, no name, no tag that any other table has. Nothing leads from it to the
 * person who was erased but their own tokens, sent again. At enrolment a record whose tokens would
 * have joined that person takes what was refused along, in the transaction that adds the record:
 * no question finds the person without it. Nobody is told: it is read where consent is settled, and
 * nowhere else.
 *
 * It comes from an entry of the log in front of the ERASURE that it goes with, one for every
 * erasure of a person, whether anything was refused or not, and of one size. An erasure that is
 * passed over leaves it behind, where it says no more than the person's own facts of then: what
 * they said since is newer. */
#ifndef GATEWAY_STORE_SUPPRESS_H
#define GATEWAY_STORE_SUPPRESS_H

#include "gateway/store/store.h"

enum {
    STORE_SUPPRESS_TOKENS_MAX = LIMIT_STORE_SUPPRESS_TOKENS,
    STORE_SUPPRESS_FACTS_MAX = LIMIT_STORE_SUPPRESS_FACTS,
    STORE_SUPPRESS_BODY_MAX = LIMIT_STORE_SUPPRESS_BODY,
};

struct store_suppress_token {
    struct store_tag tag;
    enum token_class token_class;
    uint32_t epoch;
};

/* One entry. No facts: what an older one kept of these tokens no longer stands. */
struct store_suppression {
    uint64_t log_index;
    const struct store_suppress_token *tokens;
    size_t token_count;
    const struct span *facts; /* the consent module's own format, STORE_SUPPRESS_BODY_MAX in all */
    size_t fact_count;
};
bool store_suppression_valid(const struct store_suppression *it, uint64_t through);

/* The tokens of all records of these people, those of the newest keys and that tell most first, at
 * most STORE_SUPPRESS_TOKENS_MAX. In the arena; the facts are left alone. */
LG_MUST_USE struct lg_err store_suppress_tokens(struct store_reader *reader,
                                                const struct person_id *people, size_t count,
                                                struct arena *arena,
                                                struct store_suppression *out_kept);

/* What the person took along, newest first, as store_consents_read gives facts: ids are zeros, and
 * every log_index is that of its suppression. applied_through is 0. person NULL: nobody; the same
 * work. */
LG_MUST_USE struct lg_err store_suppressed_read(struct store_reader *reader,
                                                const struct person_id *person, struct arena *arena,
                                                struct store_consents *out_facts);

#endif
