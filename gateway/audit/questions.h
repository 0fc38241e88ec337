/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that began and did not end, gathered while the journal is read at start (R10). */
#ifndef GATEWAY_AUDIT_QUESTIONS_H
#define GATEWAY_AUDIT_QUESTIONS_H

#include "gateway/audit/audit.h"

struct audit_open_question {
    struct request_id id;
    uint64_t index; /* of its ASK entry */
};

/* One thread. Two callers may have chosen one id: each ASK is then ended by one end. */
struct audit_questions;

/* LIMIT AUDIT_MEMORY. The caller frees it. */
LG_MUST_USE struct lg_err audit_questions_new(struct audit_questions **out_questions);
void audit_questions_free(struct audit_questions **questions);
/* LIMIT AUDIT_MEMORY; beyond LIMIT_AUDIT_OPEN_QUESTIONS the question is counted and not kept. */
LG_MUST_USE struct lg_err audit_questions_begin(struct audit_questions *questions,
                                                const struct request_id *id, uint64_t index);
/* Ends the newest open one of the id; none: nothing happens. */
void audit_questions_end(struct audit_questions *questions, const struct request_id *id);

size_t audit_questions_count(const struct audit_questions *questions);
/* i < count; in no order. */
const struct audit_open_question *audit_questions_get(const struct audit_questions *questions,
                                                      size_t i);
/* Questions that found no room. */
uint64_t audit_questions_missed(const struct audit_questions *questions);

#endif
