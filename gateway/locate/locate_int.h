/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of locate. */
#ifndef GATEWAY_LOCATE_LOCATE_INT_H
#define GATEWAY_LOCATE_LOCATE_INT_H

#include "gateway/locate/locate.h"

struct locate {
    struct store *store;         /* kept */
    struct vault_key *index_key; /* kept; opens tokens */
    struct vault_key *handle_key;
    struct vault_point spare; /* nobody's: drawn once, as drawing one costs a tenth of a question */
};

LG_MUST_USE struct lg_err locate_fail(enum lg_class klass, enum locate_code code);

/* Nobody: a random person, and a point that stands for none. */
void locate_nobody(const struct locate *locate, struct located *out_located);
/* The person of this id, and whether the asker may see a row of theirs. */
LG_MUST_USE struct lg_err locate_known(const struct locate_look *look,
                                       const struct person_id *person, struct located *out_located);
/* What a handle binds. INPUT LOCATE_HANDLE, LOCATE_HANDLE_OLD. */
struct locate_bound {
    bool is_known;
    bool is_enough;
    struct person_id person;
};
LG_MUST_USE struct lg_err locate_handle_open(const struct locate *locate,
                                             const struct locate_asker *asker, struct span handle,
                                             struct locate_bound *out_bound);

#endif
