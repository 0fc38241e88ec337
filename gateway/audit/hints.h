/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the newest entries are about, in memory. A leaf does not tell, and to find out tries the key
 * of every person of the quarter; whoever committed the entry knew. For the derived index alone. */
#ifndef GATEWAY_AUDIT_HINTS_H
#define GATEWAY_AUDIT_HINTS_H

#include "gateway/audit/audit.h"

/* is_known false: the entry is too old, or this process did not write it. */
struct audit_hint {
    bool is_known;
    bool has_person;
    struct person_id person;
};

/* Of an entry under audit_size. Any thread. */
void audit_hint_find(struct audit_log *log, uint64_t index, struct audit_hint *out_hint);

#endif
