/* SPDX-License-Identifier: Apache-2.0 */
/* What witnesses know of the log: the newest checkpoint that they have seen, and what becomes of
 * the log when they know better. */
#ifndef GATEWAY_AUDIT_WITNESSED_H
#define GATEWAY_AUDIT_WITNESSED_H

#include "gateway/audit/audit.h"
#include "gateway/base/limits_witness.h"

/* Keeps a checkpoint of this log with its cosignatures, which the caller has checked; one of a
 * smaller size than the one before is left out, and so is one of the same size that fewer have
 * signed. Receipts rest on it from now on, where it covers their entry and the one that most have
 * signed does not. Any thread. INPUT AUDIT_RANGE beyond LIMIT_AUDIT_WITNESSED bytes or the log's
 * size, AUDIT_NOTE_FORMAT. */
LG_MUST_USE struct lg_err audit_witnessed_set(struct audit_log *log, struct span note);
/* The newest one, in the arena, with its size; ptr NULL and 0 where there is none, or none that was
 * kept within the last age_max_ms. LIMIT. */
LG_MUST_USE struct lg_err audit_witnessed_read(struct audit_log *log, int64_t age_max_ms,
                                               struct arena *arena, struct span *out_note,
                                               uint64_t *out_size);

/* The one that the receipt of an entry rests on: that most have signed of those that cover it; ptr
 * NULL and 0 where none does. LIMIT. */
LG_MUST_USE struct lg_err audit_witnessed_of(struct audit_log *log, uint64_t index,
                                             struct arena *arena, struct span *out_note,
                                             uint64_t *out_size);
/* The one to show: that witnesses have seen and that was kept within the last age_max_ms, else the
 * newest of the log's own. Never of a smaller size than the one shown before: to who mirrors the
 * log that would be a log that shrinks. LIMIT. */
LG_MUST_USE struct lg_err audit_witnessed_show(struct audit_log *log, int64_t age_max_ms,
                                               struct arena *arena, struct span *out_note);

/* So many witnesses have cosigned the checkpoint of this size, which the caller has checked: told
 * as each of them answers, before the checkpoint is kept with all their lines. count at most
 * LIMIT_WITNESS_COUNT. Any thread. */
void audit_seen_set(struct audit_log *log, uint64_t size, size_t count);
/* How many witnesses have cosigned one and the same checkpoint that covers the first `size`
 * entries; since this process began. Never less than it was. Any thread. */
size_t audit_seen_by(struct audit_log *log, uint64_t size);

/* Somebody outside knows more of this log than is here, or something else of it: it was put back
 * from an older copy, or there are two of it. Every commit is refused from now on (STORE
 * AUDIT_FROZEN), here and after every start, until somebody has looked: a file "frozen" stands in
 * the folder. `why` is one line of ours. Any thread. */
void audit_log_freeze(struct audit_log *log, const char *why);
bool audit_log_is_frozen(const struct audit_log *log);

#endif
