/* SPDX-License-Identifier: Apache-2.0 */
/* Proving one promise, inside policy/ only. */
#ifndef POLICY_COMPARE_PROVE_INT_H
#define POLICY_COMPARE_PROVE_INT_H

#include "policy/compare/probe_int.h"
#include "policy/compare/prove.h"

/* An agreement with what is needed to ask it. */
struct prove_agreement {
    const struct policy *policy;
    struct probe probe;
};

/* Somebody who has a field and may give it, and how it came there. */
struct prove_holder {
    struct span party;
    size_t parent; /* SIZE_MAX: holds it first-hand */
    struct policy_step step;
};

/* One promise over several agreements; agreements[0] makes it. */
struct prove {
    const struct prove_agreement *agreements;
    size_t agreement_count;
    const struct promise *promise;
    struct arena *arena;
    uint64_t cells;
    uint64_t questions;
    uint64_t
        questions_max; /* together with cells: more stop the proof with LIMIT POLICY_TOO_LARGE */
    struct span field; /* whose paths are followed */
    struct prove_holder *holders;
    size_t holder_count;
    bool is_broken;
    struct policy_step last; /* that breaks it */
    size_t last_parent;      /* holder who gave it */
    struct span lacking;     /* of a broken `always`: the role, and the field */
    struct span lacking_field;
};

/* Proves prove->promise; is_broken says how it came out. LIMIT. */
LG_MUST_USE struct lg_err policy_prove_promise(struct prove *prove);
/* "police/sergeant gets `x` from y for z under b by clause 9.2, ..." of the last step. */
struct span policy_prove_sentence(const struct prove *prove);

#endif
