/* SPDX-License-Identifier: Apache-2.0 */
/* When each person, agreement and caller last changed: what makes a grant stale (audit.md 4.8). */
#ifndef GATEWAY_AUDIT_SCOPES_H
#define GATEWAY_AUDIT_SCOPES_H

#include "gateway/audit/audit.h"

/* One thread. Always true: a change that was noted is remembered by its scope, or by the floor. */
struct audit_scopes;

/* `most`: scopes remembered, a power of two. LIMIT AUDIT_MEMORY. The caller frees it. */
LG_MUST_USE struct lg_err audit_scopes_new(size_t most, struct audit_scopes **out_scopes);
void audit_scopes_free(struct audit_scopes **scopes);
/* A change of the scope has log index `index`, which never decreases. When the table is full it is
 * emptied and the floor raised past every change so far: grants read earlier are then stale. */
void audit_scopes_note(struct audit_scopes *scopes, const struct audit_scope *scope,
                       uint64_t index);
/* A change of no one knows how many scopes: grants read before it are stale, all of them. */
void audit_scopes_note_all(struct audit_scopes *scopes, uint64_t index);
/* True when a grant read at the condition's applied_through may have missed a change. */
bool audit_scopes_is_stale(const struct audit_scopes *scopes,
                           const struct audit_condition *condition);

#endif
