/* SPDX-License-Identifier: Apache-2.0 */
/* A log to test with: keys derived from one root, a clock in the test's hand, a folder that goes.
 */
#ifndef TESTS_SUPPORT_AUDIT_SUPPORT_H
#define TESTS_SUPPORT_AUDIT_SUPPORT_H

#include "gateway/audit/audit.h"
#include "gateway/audit/files.h"

enum { SUPPORT_PATH_SIZE = 256, SUPPORT_PEOPLE_MAX = 8 };

/* A subject's key is derived from root, person and quarter. `each` walks the people named here. */
struct audit_support {
    char folder[SUPPORT_PATH_SIZE];
    struct vault_key *root;
    struct vault_key *sign;
    struct person_id people[SUPPORT_PEOPLE_MAX];
    size_t people_count;
    int64_t now_ms;
    struct audit_config config;
};

/* A fresh folder and keys; the clock stands at 2026-11-23 12:00 UTC. */
void audit_support_init(struct audit_support *support);
/* Removes the folder with all that is in it. */
void audit_support_done(struct audit_support *support);
/* Opens the log of the folder; fails the test where that fails. */
struct audit_log *audit_support_open(struct audit_support *support);

/* A person of the list, by number. */
const struct person_id *audit_support_person(struct audit_support *support, uint8_t number);

/* The id 00..00 number. */
struct request_id audit_support_id(uint32_t number);
/* Fields of an ASK, without a person. */
struct audit_entry_fields audit_support_ask(uint32_t number);

/* The same as the part of a source: RELEASE, or DENIAL, with this commitment (kept). *detail gets
 * what the leaf does not show; kept as well. */
struct audit_entry_fields audit_support_part(uint32_t number, enum audit_kind kind,
                                             const struct audit_commitment *commitment,
                                             struct audit_detail *detail);

/* Commits and gives the result; receipts are held in out_receipts where it is not NULL. Fails the
 * test on an error. */
enum audit_result audit_support_commit(struct audit_log *log, const struct audit_batch *batch,
                                       struct receipt **out_receipts);
/* Commits one entry and gives its receipt, which the caller frees. */
struct receipt *audit_support_commit_one(struct audit_log *log,
                                         const struct audit_entry_fields *fields);

#endif
