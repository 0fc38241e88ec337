/* SPDX-License-Identifier: Apache-2.0 */
/* A search for what would make a refusal lawful, inside policy/explain only. */
#ifndef POLICY_EXPLAIN_SEEK_INT_H
#define POLICY_EXPLAIN_SEEK_INT_H

#include "policy/explain/explain_int.h"

/* A search for one set of changes. */
struct seeking {
    const struct candidate *it; /* as it was refused */
    struct arena *arena;
    struct policy_attempt attempt;
    struct scope scope; /* of the attempt as it is now; likewise below */
    struct candidate candidate;
    struct policy_ruling ruling;
    bool is_half;     /* consent and limits are not known: the first half is to be mended */
    bool may_declare; /* the set may begin with an emergency, or mend the one that was declared */
    struct policy_hint hints[POLICY_HINT_END]; /* of each kind at most one */
    size_t count;
    bool is_lead_only; /* nothing that the asker could change */
};

/* Puts the attempt to the evaluator. */
void policy_seek_evaluate(struct seeking *s);
/* How a check of the attempt came out. */
enum policy_mark policy_seek_mark(const struct seeking *s, enum policy_check check);
/* The first check that fails; POLICY_CHECKS where none does. */
unsigned policy_seek_failed(const struct seeking *s);

/* The next change, or NONE where nothing helps. */
struct policy_hint policy_remedy_next(struct seeking *s);
/* Declaring this section; NONE where this role may not, or not for this purpose. */
struct policy_hint policy_remedy_declare(const struct seeking *s, uint32_t section);
/* To be left to the officer who judges the law. */
struct policy_hint policy_remedy_officer(const struct seeking *s);

#endif
