/* SPDX-License-Identifier: Apache-2.0 */
/* Proving promises (design, 15.4): `never` and `always` by going through every question, onward
 * paths by breadth-first search over all agreements in force. Pure.
 *
 * Complete, though not every fact is varied. Varied are role, source, purpose, field, basis, the
 * declaration of each emergency section or none, consent given or not, child or adult. Set to their
 * best are the facts that can only refuse more, each a check that is passed or failed on its own:
 * case reference, second person, training, reason for no consent, hours, limits, signatures, dates
 * and review. Of consents, one that is given explicitly, states no kind, was recorded by the source
 * and covers all shares whatever any consent shares; where a refusal or withdrawal is shared, so is
 * no consent at all. A declaration that does not hold shares what none shares, and an age that is
 * not known what both ages share. So if any question breaks a promise, one that is tried does. */
#ifndef POLICY_COMPARE_PROVE_H
#define POLICY_COMPARE_PROVE_H

#include "policy/policy.h"

/* As policy_compile, but broken promises do not stop it: to prove them one by one. Not for
 * decisions. */
LG_MUST_USE struct lg_err policy_compile_unproven(struct span text, struct span floor,
                                                  struct diag *diag, struct policy **out_policy);

/* The same under a register of statutes; NULL: none. */
struct policy_register;
struct policy_unproven {
    struct span text;
    struct span floor;
    const struct policy_register *statutes;
};
LG_MUST_USE struct lg_err policy_compile_unproven_law(const struct policy_unproven *input,
                                                      struct diag *diag,
                                                      struct policy **out_policy);

/* One hop of a path: a question that an agreement shares, and what becomes of the answer. */
struct policy_step {
    struct span agreement;
    struct span role; /* "party/role" */
    struct span source;
    struct span purpose;
    struct span field;
    struct span clause;
    struct span basis;
    struct span emergency; /* section; empty: none declared */
    bool with_consent;
    bool about_adult;
    struct span onward_party; /* that it is passed on to; empty: it is not */
    struct span onward_purpose;
    struct span case_line; /* the question as a line of a cases file, with the answer it gets */
};

struct policy_proof {
    struct span id;
    bool is_never;
    bool holds;
    uint64_t cells;       /* that were looked at; those without a share clause share nothing */
    uint64_t questions;   /* that were put about the others */
    struct span sentence; /* why it is broken; empty where it holds */
    const struct policy_step *steps; /* of a `never` that is broken: the path, one hop or more */
    size_t step_count;
};

struct policy_proofs {
    const struct policy_proof *proofs;
    size_t count;
    size_t broken;
};

/* Proves every promise of `policy` over it and the others, each in force beside it. `policy` comes
 * first in a path wherever there is a choice. LIMIT POLICY_MEMORY, or POLICY_TOO_LARGE where there
 * are more questions than LIMIT_POLICY_STEPS. */
LG_MUST_USE struct lg_err policy_prove(const struct policy *policy,
                                       const struct policy *const *others, size_t other_count,
                                       struct arena *arena, struct policy_proofs *out_proofs);

#endif
