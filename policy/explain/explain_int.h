/* SPDX-License-Identifier: Apache-2.0 */
/* Inside policy/explain only. */
#ifndef POLICY_EXPLAIN_EXPLAIN_INT_H
#define POLICY_EXPLAIN_EXPLAIN_INT_H

#include "policy/decide/permit_int.h"
#include "policy/explain/explain.h"

/* One ruling as one reader may see it. */
struct telling {
    const struct permit *permit;
    size_t source;
    const struct policy_ruling *ruling;
    uint32_t checks; /* marks of the checks that this reader is told of */
    enum policy_reader reader;
    bool is_hidden; /* what is read must not depend on the person */
    bool is_half;   /* of the axes likewise: those of the first half */
    struct arena *arena;
};

/* The term of a ruling is the first member of the candidate that it came from. */
const struct candidate *policy_candidate_of(const struct policy_ruling *ruling);
/* For printing with "%.*s". */
static inline int policy_len(struct span text) {
    return (int)text.len;
}
static inline const char *policy_str(struct span text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}
/* What was decided, in one or two sentences. */
struct span policy_tell_sentence(const struct telling *telling);
/* Each check that was made. */
void policy_tell_checks(const struct telling *telling, struct policy_explanation *explanation);
/* Each axis that this reader may know of. */
void policy_tell_axes(const struct telling *telling, struct policy_explanation *explanation);
/* Whether this reader may learn who asks, why and under which basis. */
bool policy_knows_asker(const struct telling *telling);
/* "needs the adult's agreement; it was refused on 3 June 2026": for those who may know. */
struct span policy_tell_consent_state(const struct telling *telling);
/* "3 June 2026". */
struct span policy_day_words(int32_t day, struct arena *arena);
/* "10:00 on 2026-06-10"; the day alone where it begins. */
struct span policy_moment_words(struct local_time at, struct arena *arena);
/* At most POLICY_NEAREST_MAX clauses, the nearest first; returns how many. */
size_t policy_nearest_find(const struct candidate *candidate,
                           struct policy_nearest out[static POLICY_NEAREST_MAX]);

#endif
