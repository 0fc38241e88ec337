/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an entry: a leaf of the tree. */
#ifndef GATEWAY_AUDIT_ENTRY_H
#define GATEWAY_AUDIT_ENTRY_H

#include "gateway/audit/audit.h"

/* What the log itself adds to an entry. */
struct audit_stamp {
    uint16_t node;
    uint64_t epoch;
    int64_t time_ms;
    bool clock_held;
};

/* INPUT AUDIT_FIELDS unless every field is in its range. */
LG_MUST_USE struct lg_err audit_entry_check(const struct audit_entry_fields *fields);
/* The exact size of the entry that checked fields make. */
size_t audit_entry_size(const struct audit_entry_fields *fields);
/* Draws the entry into out. The key is that of fields->person, or the nobody key, for the stamp's
 * quarter. INPUT AUDIT_FIELDS, LIMIT AUDIT_ENTRY_SIZE. */
LG_MUST_USE struct lg_err audit_entry_encode(const struct audit_entry_fields *fields,
                                             const struct audit_stamp *stamp, struct vault_key *key,
                                             uint8_t out[static AUDIT_ENTRY_SIZE_MAX],
                                             struct span *out_leaf);

/* CONSENT, STOP, AGREEMENT and ENROL: what grants rest on. */
bool audit_kind_is_change(enum audit_kind kind);
/* ASK, RELEASE and SEARCH lead to a disclosure, and stop below the reserve (I10). */
bool audit_kind_needs_reserve(enum audit_kind kind);

#endif
