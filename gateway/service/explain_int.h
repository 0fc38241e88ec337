/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of Explain share: the call, and the decision that is made again. */
#ifndef GATEWAY_SERVICE_EXPLAIN_INT_H
#define GATEWAY_SERVICE_EXPLAIN_INT_H

#include "gateway/service/service_int.h"
#include "policy/record/record.h"

/* Why there is no explanation: a verdict, not a status. */
enum explain_end {
    EXPLAIN_DONE,
    EXPLAIN_NOT_YOURS,
    EXPLAIN_NOT_FOUND,
    EXPLAIN_NO_DECISION,
    EXPLAIN_ERASED,
    EXPLAIN_NO_TEXT,
    EXPLAIN_CUT,
};

struct explaining {
    struct service_search search;
    uint64_t index;
    struct span request_id;
    struct loop_job job;
    struct lg_err err;
    struct span denied; /* reason of the entry, where all of the question was refused */
    enum explain_end end;
    enum policy_reader reader;
    struct wire_explain_reply reply;
    /* The decision again. */
    struct policy_record_ask ask;
    struct policy_record_part part;
    bool is_part;
    struct withholding withholding; /* of a part that its source withheld */
    struct policy_record_texts texts;
    struct agreement_text **held; /* of versions that are not in force any more */
    size_t held_count;
    struct policy_replay replay;
    const struct permit *permit;
};

/* The decision of this leaf again, from its record and the texts that it names, into the reply;
 * `end` says where it cannot be made. Whatever comes of it, explaining_done. */
LG_MUST_USE struct lg_err explaining_make(struct explaining *e, struct span leaf);
void explaining_done(struct explaining *e);

#endif
