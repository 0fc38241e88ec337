/* SPDX-License-Identifier: Apache-2.0 */
/* People and answers out of an agency's rows, by its mapping. */
#ifndef TOOLS_CONNECTOR_ANSWER_H
#define TOOLS_CONNECTOR_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/err.h"
#include "gateway/model/model.h"
#include "gateway/vault/vault.h"
#include "tools/connector/rows.h"

/* Fields of an identity, as bits. */
enum connector_identity_field {
    CONNECTOR_FAMILY_NAME = 1,
    CONNECTOR_GIVEN_NAME = 2,
    CONNECTOR_BORN = 4,
    CONNECTOR_POSTCODE = 8,
    CONNECTOR_IDENTIFIER = 16,
};
enum { CONNECTOR_IDENTITY_FIELDS = 5 };

/* A row of the person table. key is 1 to EDGE_LOCAL_SIZE_MAX bytes, or empty where the row has
 * none of that size: such a row is nobody. */
struct connector_person {
    uint64_t line;
    struct span key;
    struct identity identity;
    unsigned rejected; /* enum connector_identity_field: there, but not covered by the mapping */
    bool is_key_long;  /* it is there and longer than a key can be */
    bool hidden;       /* by the mapping's hide rule: nothing to show, never enrolled */
    const struct mapping_withhold *withhold; /* the mapping's rule that fits; NULL: none */
};

/* LIMIT when the arena is full. */
LG_MUST_USE struct lg_err connector_person_read(const struct mapping *mapping,
                                                const struct connector_row *row, uint64_t line,
                                                struct arena *arena,
                                                struct connector_person *out_person);

/* What is asked: `key` is the agency's own reference of the person, or, for a decoy, text that is
 * no key, so that the work is the same. */
struct connector_question {
    struct span key;
    bool is_decoy;
    struct span_list items;
    enum tier tier;
    int64_t now_s;
    struct vault_key *tag_key; /* kind SECRET: makes the tags of linked people */
};

/* The records that the mapping gives: asked-for items only; a record for each row, newest first in
 * its group; for a headline the newest row of each group, put together to one record. No record for
 * a decoy, an unknown or a hidden person, and a withholding instead of records where a rule of the
 * mapping says so; the same queries are run for all of them. call_reference
 * is left zero. STORE CONNECTOR_QUERY, LIMIT. */
LG_MUST_USE struct lg_err connector_answer(struct connector_rows *rows,
                                           const struct connector_question *question,
                                           struct arena *arena, struct answer *out_answer);

#endif
