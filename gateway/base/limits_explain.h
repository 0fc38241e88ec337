/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of decision records and explanations; what all of them are for is said in
 * gateway/base/limits.h. */
#ifndef GATEWAY_BASE_LIMITS_EXPLAIN_H
#define GATEWAY_BASE_LIMITS_EXPLAIN_H

enum {
    /* A decision record shares the sealed part of a log entry: trainings, parties in a state of
     * their own and texts beside it of a question, and of a source its rulings (what lies beyond is
     * decided again from the facts), categories, limits and facts of consent. All of them are a
     * good half of it. */
    LIMIT_POLICY_RECORD_TRAININGS = 8,
    LIMIT_POLICY_RECORD_STANDINGS = 32,
    /* Texts that were not asked and whose word on data bound all the same. */
    LIMIT_POLICY_RECORD_BYSTANDERS = 8,
    LIMIT_POLICY_RECORD_FIELDS = 112,
    LIMIT_POLICY_RECORD_CATEGORIES = 64,
    LIMIT_POLICY_RECORD_LIMITS = 8,
    LIMIT_POLICY_RECORD_CONSENTS = 12,
    /* Checks, nearest clauses, sets of hints and hints of one item; items that a dry run explains,
     * each some searches with the evaluator; parties that sign. */
    LIMIT_WIRE_HINTS = 16,
    LIMIT_WIRE_MISSING = 64,
    LIMIT_WIRE_SIGNATORIES = 1024,
    /* Entries that Explain looks through for a request id: some seconds of a busy day, and a
     * quarter of a second's work. */
    LIMIT_SERVICE_EXPLAIN_SCAN = 16384,
};

#endif
