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

/* Keys of an entry: that of fields->person, or nobody's, and nobody's, for the stamp's quarter. */
struct audit_entry_keys {
    struct vault_key *subject;
    struct vault_key *nobody; /* of a part; else it may be NULL */
};

/* An entry as it was drawn. The detail is empty but for a part. */
struct audit_drawn {
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    size_t leaf_len;
    uint8_t detail[AUDIT_DETAIL_SIZE_MAX];
    size_t detail_len;
};

/* INPUT AUDIT_FIELDS unless every field is in its range. */
LG_MUST_USE struct lg_err audit_entry_check(const struct audit_entry_fields *fields);
/* The exact sizes of the entry that checked fields make, and of its detail. */
size_t audit_entry_size(const struct audit_entry_fields *fields);
size_t audit_detail_size(const struct audit_entry_fields *fields);
/* INPUT AUDIT_FIELDS, LIMIT AUDIT_ENTRY_SIZE. */
LG_MUST_USE struct lg_err audit_entry_encode(const struct audit_entry_fields *fields,
                                             const struct audit_stamp *stamp,
                                             const struct audit_entry_keys *keys,
                                             struct audit_drawn *out);
/* True for a part whose question this agency asked. */
bool audit_entry_asker_is(const struct audit_entry *entry, struct vault_key *nobody,
                          struct span agency);

/* CONSENT, STOP, AGREEMENT, ENROL and REVIEW: what is derived from the log, and grants rest on. */
bool audit_kind_is_change(enum audit_kind kind);
/* ASK, RELEASE and SEARCH lead to a disclosure, and stop below the reserve (I10). */
bool audit_kind_needs_reserve(enum audit_kind kind);

#endif
