/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked in a period, read from the log for one organisation and put to a draft.
 *
 * Whose side. An organisation reads its own questions with every answer to them, and of other
 * organisations' questions the answers of its own data. The lead of an agreement reads no more than
 * that: records tell of every source what its clauses hide from all others, and of every question
 * who asked. For a report over all sides each party replays its own.
 *
 * In steps, each on a pool: first the entries of the period are gone through and the records of our
 * side are opened, then each question is put to the draft. Not thread-safe; one step at a time. */
#ifndef GATEWAY_SERVICE_REPLAY_H
#define GATEWAY_SERVICE_REPLAY_H

#include "gateway/query/query.h"
#include "policy/compare/rehearse.h"

enum replay_code { SERVICE_REPLAY_TOO_LONG = 2 }; /* LIMIT: the period holds too much */

struct replay_item;

struct replay {
    /* To be set. All borrowed. */
    const struct query_gateway *gateway;
    struct span agency;
    int64_t from_ms; /* questions from then on */
    int64_t to_ms;   /* and before then */
    struct rehearsal *rehearsal;
    struct arena *arena;
    /* Its own. */
    bool has_begun;
    bool is_read; /* all records are here */
    uint64_t next;
    uint64_t end;
    uint64_t seen; /* entries */
    struct replay_item *items;
    size_t count;
    size_t played;
    uint64_t erased;       /* answers that cannot be opened any more */
    uint64_t without_text; /* answers whose text is not here or whose record cannot be read */
};

/* The first entry of the first `size` that is not known to come before a moment (log_first.c). Any
 * thread; errors of audit_entry_get. */
LG_MUST_USE struct lg_err service_log_first(struct audit_log *log, int64_t from_ms, uint64_t size,
                                            uint64_t *out_index);
/* The next part of the work; *out_done: there is no more. LIMIT SERVICE_REPLAY_TOO_LONG, errors of
 * audit_entries_unseal and policy_rehearse_record. */
LG_MUST_USE struct lg_err service_replay_step(struct replay *replay, bool *out_done);

#endif
