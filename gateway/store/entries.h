/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the index of the log (audit.md 4.3): entries.db, derived and made again from the log, so
 * that the log alone is evidence.
 *
 * A row is an entry as one agency may see it, its side: what the leaf of a part does not show its
 * source is not in the source's row either, so that no filter can find it out. Nothing stands in
 * clear: words (agencies, agreements, purposes, bases) are 64-bit tags, questions and subjects tags
 * of 16 bytes, all under a key that is neither in the log nor in this file. A subject's tag is made
 * of the subject's key of the quarter: where that is destroyed, no row leads to the person any
 * more, though it be there.
 *
 * How far they go is written with a code under that key: a number that the disk changed counts as
 * no word about the log.
 *
 * One thread adds; any thread finds. A failure of this file never latches the store. */
#ifndef GATEWAY_STORE_ENTRIES_H
#define GATEWAY_STORE_ENTRIES_H

#include "gateway/store/store.h"

struct store_entries;

/* Opens the file, or makes it: where it is missing, of another version, of another root key, or
 * holds what is no database, it begins anew. Where the disk fails (full, an error, too many open
 * files) the file is left, and the next use opens it again. The store is kept. LIMIT. */
LG_MUST_USE struct lg_err store_entries_open(struct store *store,
                                             struct store_entries **out_entries);
void store_entries_free(struct store_entries **entries);
/* Opens again what the disk did not let open, or broke, and makes the file where it is missing.
 * Errors of the disk; LIMIT. */
LG_MUST_USE struct lg_err store_entries_mend(struct store_entries *entries);
/* Removes everything and begins anew. */
LG_MUST_USE struct lg_err store_entries_reset(struct store_entries *entries);
/* Whether the file itself was found to be wrong since it was opened or reset: no disk that failed
 * for a while, and nothing of the store's other files. Then it has to be reset. */
bool store_entries_is_ruined(const struct store_entries *entries);
/* What is wrong with the file is known to the caller: it has to be reset. */
void store_entries_ruin(struct store_entries *entries);

/* ---- Tags: pure ------------------------------------------------------------------------------ */

/* Never 0 for a word, and 0 for an empty one. */
int64_t store_entry_word(const struct store *store, struct span word);
void store_entry_question(const struct store *store, const struct request_id *id,
                          struct store_tag *out_tag);
/* subject: the person's key of a quarter. */
void store_entry_subject(const struct store *store, struct vault_key *subject,
                         struct store_tag *out_tag);

/* Of a row that the person is not to lead to, while it holds what has to go with the person's key:
 * made of the subject's tag, and found by nobody but who erases. */
void store_entry_unled(const struct store *store, const struct store_tag *subject,
                       struct store_tag *out_tag);

/* The subject key of a quarter, or *out_key NULL where there is none (or none any more): unlike
 * store_key_subject it never makes one. person NULL: nobody's. */
LG_MUST_USE struct lg_err store_key_find(struct store *store, const struct person_id *person,
                                         uint32_t quarter, struct vault_key **out_key);

/* ---- Rows ------------------------------------------------------------------------------------ */

enum store_side_role { STORE_SIDE_REQUESTER = 1, STORE_SIDE_SOURCE = 2 };

struct store_side {
    int64_t agency; /* whose side it is */
    uint64_t position;
    enum store_side_role role;
    bool has_subject;
    struct store_tag subject;
    struct store_tag question; /* what belongs to one question, for this reader */
    int64_t other;             /* source for the requester, requester for the source */
    int64_t agreement;
    int64_t purpose;
    int64_t basis;
    int64_t time_ms; /* of a source's part its day */
    unsigned kind;
    unsigned decision;
    bool is_emergency;
    /* On the requester's side: through which system and by whom it was asked or looked, 0 where
     * that does not open any more. */
    int64_t system;
    int64_t actor;
    bool is_received;   /* of a part, on both sides: records of the source were passed on */
    struct span detail; /* of a part, on the requester's side: sealed in the file; else empty */
};

enum { STORE_SIDE_DETAIL_MAX = 512 };

/* How far the index goes. `last`: what the caller knows its last entry by. turn: another one after
 * each reset of this process; not written. */
struct store_coverage {
    uint64_t size;
    uint8_t last[32];
    uint64_t turn;
};
LG_MUST_USE struct lg_err store_entries_coverage(struct store_entries *entries,
                                                 struct store_coverage *out_coverage);
/* Adds rows and says how far they go, in one transaction. latest_ms: of the entries covered, all of
 * them. STORE STORE_IO, STORE_CORRUPT; LIMIT. */
struct store_duty;
struct store_sides {
    const struct store_side *sides;
    size_t count;
    const struct store_duty *duties; /* duties.h: added to those that are there */
    size_t duty_count;
    struct store_coverage coverage;
    int64_t latest_ms;
};
LG_MUST_USE struct lg_err store_entries_add(struct store_entries *entries,
                                            const struct store_sides *sides);
/* Puts rows again, under what is covered already. */
LG_MUST_USE struct lg_err store_entries_put(struct store_entries *entries,
                                            const struct store_side *sides, size_t count);
/* Whether exactly this row is there; its detail, and who it says it was, are not looked at. */
LG_MUST_USE struct lg_err store_entries_has(struct store_entries *entries,
                                            const struct store_side *side, bool *out_has);
/* Deletes the rows of a subject's quarter; their positions come in the arena. */
LG_MUST_USE struct lg_err store_entries_forget(struct store_entries *entries,
                                               const struct store_tag *subject, struct arena *arena,
                                               uint64_t **out_positions, size_t *out_count);

/* Positions of the rows of a subject's quarter, in the arena. */
LG_MUST_USE struct lg_err store_entries_of(struct store_entries *entries,
                                           const struct store_tag *subject, struct arena *arena,
                                           uint64_t **out_positions, size_t *out_count);
/* Positions of rows with a time in [from_ms, to_ms), in the arena. */
struct store_positions {
    uint64_t *items;
    size_t count;
};
LG_MUST_USE struct lg_err store_entries_between(struct store_entries *entries, int64_t from_ms,
                                                int64_t to_ms, struct arena *arena,
                                                struct store_positions *out_positions);
/* Deletes the rows of that time which have a detail. */
LG_MUST_USE struct lg_err store_entries_detailed_drop(struct store_entries *entries,
                                                      int64_t from_ms, int64_t to_ms);

/* Whom an entry is about, by the row of who asked: two entries of one quarter are about one person
 * where a code of the one is a code of the other. Says nothing else of the person. */
struct store_entry_person {
    bool is_there; /* there is such a row */
    bool is_emergency;
    bool is_known; /* false: nobody, or it is not told any more */
    struct store_tag code;
    struct store_tag other;
};
/* Of the entries [first, first + count). agencies: whose rows are looked at. Filled where one of
 * them asked. */
struct store_entry_stretch {
    uint64_t first;
    size_t count;
    struct span_list agencies;
};
LG_MUST_USE struct lg_err store_entries_persons(struct store_entries *entries,
                                                const struct store_entry_stretch *stretch,
                                                struct store_entry_person *out_persons);

/* ---- What was destroyed ---------------------------------------------------------------------- */

/* What rows are left of keys that were destroyed: those of a subject, or of a whole quarter. Noted
 * in keys.db in the transaction that destroys, and kept there until the rows are gone. */
struct store_forget {
    int64_t number;
    bool is_quarter;
    uint32_t quarter;
    struct store_tag subject;
};
/* Rises with every destruction, before anybody is told of it; 1 or more. */
uint64_t store_forgets(struct store *store);
/* The oldest. STORE; LIMIT. */
LG_MUST_USE struct lg_err store_forget_next(struct store *store, bool *out_found,
                                            struct store_forget *out_forget);
/* Its rows are gone. */
LG_MUST_USE struct lg_err store_forget_end(struct store *store, int64_t number);

/* What is looked for; 0, NULL and false narrow nothing, but agency, before, to_ms and most are
 * needed. */
struct store_side_filter {
    int64_t agency;
    const struct store_tag *subject;
    const struct store_tag *question;
    unsigned role;
    int64_t other;
    int64_t agreement;
    int64_t purpose;
    int64_t basis;
    unsigned kind;
    unsigned decision;
    bool in_emergency;
    int64_t system;
    int64_t actor;
    int64_t from_ms; /* included */
    int64_t to_ms;   /* not */
    uint64_t before; /* positions below */
    size_t most;
};

/* Whether a row is one of them: the rule that the statements state as well. */
bool store_side_matches(const struct store_side_filter *filter, const struct store_side *side);
/* At most filter->most of them, newest first, in the arena. STORE STORE_IO, STORE_CORRUPT; LIMIT.
 */
struct store_sides_found {
    struct store_side *sides;
    size_t count;
};
LG_MUST_USE struct lg_err store_entries_find(struct store_entries *entries,
                                             const struct store_side_filter *filter,
                                             struct arena *arena,
                                             struct store_sides_found *out_found);

#endif
