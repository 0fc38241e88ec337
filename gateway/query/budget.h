/* SPDX-License-Identifier: Apache-2.0 */
/* How many people somebody looks at for one purpose, against fishing.
 *
 * Each look-up of a person (Ask, Watch, Find, and Consents List, Show and Record; no withdrawal is
 * ever held up by it) takes one from the budget of the acting user and the
 * purpose, whatever it finds: what is left never tells of anybody, and as it is counted by agency
 * and user, nobody sees what another agency asked. Beyond the soft line a review case is opened, at
 * most one at a time, and the question goes on; at the hard line it is refused BUDGET_REACHED. A
 * valid emergency is not held up by it: what goes beyond the hard line because of one has used it,
 * whatever else it needs it for, so that a case is opened and its own rules count it. */
#ifndef GATEWAY_QUERY_BUDGET_H
#define GATEWAY_QUERY_BUDGET_H

#include "gateway/agreement/set.h"
#include "gateway/audit/audit.h"
#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/base/span.h"
#include "gateway/model/model.h"

struct query_worker;

enum query_budget_state {
    QUERY_BUDGET_WITHIN,
    QUERY_BUDGET_SOFT,   /* the soft line is crossed and no case of it is open */
    QUERY_BUDGET_HARD,   /* nothing was taken */
    QUERY_BUDGET_BEYOND, /* the hard line is crossed, by an emergency */
};

struct query_budget_use {
    const struct query_worker *worker;
    const struct caller *caller;
    const struct ground *ground;
    struct agreement_forces forces; /* that decided were among these */
    struct span agreement;          /* that decided */
    bool is_emergency;              /* and valid */
};

/* The code and the words of a refusal. */
extern const char query_budget_code[];
extern const char query_budget_sentence[];
extern const char query_budget_remedy[];

/* Takes one. What rests on it waits until consent_counters_are_durable(*out_owed). Errors of the
 * store; LIMIT where too much is owed at once. */
LG_MUST_USE struct lg_err query_budget_take(const struct query_budget_use *use,
                                            enum query_budget_state *out_state, uint64_t *out_owed);
/* The entry that opens the case of a soft line; spans in the arena. */
LG_MUST_USE struct lg_err query_budget_case(const struct query_budget_use *use, struct arena *arena,
                                            struct audit_entry_fields *out_fields);

#endif
