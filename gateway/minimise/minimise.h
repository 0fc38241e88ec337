/* SPDX-License-Identifier: Apache-2.0 */
/* What of an answer may leave: every field passed, generalised, pseudonymised or left out. Pure: no
 * I/O, no clock. A value that its rule cannot read is held back, never passed as it is. */
#ifndef GATEWAY_MINIMISE_MINIMISE_H
#define GATEWAY_MINIMISE_MINIMISE_H

#include <stdbool.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"

/* Maps the front of a postcode (outward code, or outward and sector digit) to an electoral ward. */
struct minimise_ward {
    struct span postcode;
    struct span ward;
};

/* What rules need besides the value. today: YYYY-MM-DD in the agreement's zone. */
struct minimise_tables {
    const struct minimise_ward *wards;
    size_t ward_count;
    struct span today;
};

/* What the grant says of one field of the source. Where it is not shared, code, clause and sentence
 * say why. */
struct minimise_field {
    struct span item;
    bool shared;
    enum treatment treatment;
    struct span rule;
    struct span data_from; /* oldest date shared, YYYY-MM-DD; empty: any */
    struct span code;
    struct span clause;
    struct span sentence;
};

struct minimise_input {
    struct span source;
    const struct answer *answer;
    const struct minimise_field *fields;
    size_t field_count;
    enum tier tier;
    struct span pseudonym; /* the person's, for this recipient; empty: nothing is pseudonymised */
    /* The row pseudonym of a record reference, allocated in `arena`; ptr NULL on failure. */
    struct span (*row_pseudonym)(void *ctx, struct arena *arena, struct span record);
    /* The released form of a link of record `record_index`, or false where the linked person may
     * not be shown: then the link is absent and uncounted. */
    bool (*link)(void *ctx, size_t record_index, size_t link_index, struct released_link *out);
    void *ctx;
    const struct minimise_tables *tables;
};

/* Makes the extract of one source in `arena`. Items that no field names are dropped. The state is
 * ANSWERED when any item or link is left, else NOTHING_TO_SHOW. LIMIT when the arena is used up. */
LG_MUST_USE struct lg_err minimise_apply(const struct minimise_input *input, struct arena *arena,
                                         struct extract *out_extract);

/* True when there is a rule of this name; the load of an agreement asks for each of its rules. */
bool minimise_rule_exists(struct span rule);

/* The word for how two people stand to each other that may leave: one of a closed list, else
 * "linked to". What a source writes there is text that no clause covers. Static. */
struct span minimise_relation(struct span relation);

/* Applies one rule. False when the value does not fit the rule: then nothing may be shown. */
bool minimise_rule_apply(struct span rule, struct span value, const struct minimise_tables *tables,
                         struct arena *arena, struct span *out_value);

#endif
