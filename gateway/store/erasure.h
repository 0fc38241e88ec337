/* SPDX-License-Identifier: Apache-2.0 */
/* Erasure: the keys of a person, or of a quarter, destroyed for good; what stands before it (asked
 * for, or held); and the rows about the person that go with the keys.
 *
 * Order, and why a crash between two steps is safe:
 *
 *   1  the ERASURE entry is durable in the log; it says in clear which key is meant
 *   2  keys.db: the wrapped keys are overwritten, the key's id is kept as destroyed, and the
 *      write-ahead file is cut to nothing
 *   3  lockgate.db: the person's rows and applied_through, in one transaction
 *   4  the caller is answered
 *
 * After a crash behind 1 or 2 the store's applied_through is still below the entry: the start
 * applies it again, and both steps give the same when they are done twice. Nobody was told of an
 * erasure that is not in the log. A keys.db that comes back from a backup is compared with what
 * lockgate.db has of the log (store_keys_settle), before the first question.
 *
 * What was destroyed is not made again: who still asks for such a key, because an entry about the
 * person is under way, gets one that is nowhere else and opens nothing later. */
#ifndef GATEWAY_STORE_ERASURE_H
#define GATEWAY_STORE_ERASURE_H

#include "gateway/store/store.h"

/* What names a key in the log, in clear:
 *
 *    1  1: a person's keys, of every quarter; 2: a quarter's
 *   16  of a person: a keyed tag of their id, which nothing else in the log has. Of a quarter: its
 *       number in 4 bytes, big-endian, and zeros
 *   15  zeros
 */
enum { STORE_KEY_ID_SIZE = 32 };
struct store_key_id {
    uint8_t bytes[STORE_KEY_ID_SIZE];
};
enum store_key_kind { STORE_KEY_PERSON = 1, STORE_KEY_QUARTER = 2 };

LG_MUST_USE struct lg_err store_key_id_person(const struct store *store,
                                              const struct person_id *person,
                                              struct store_key_id *out_id);
struct store_key_id store_key_id_quarter(uint32_t quarter);
/* INPUT STORE_FIELDS for anything else than the above. */
LG_MUST_USE struct lg_err store_key_id_read(struct span bytes, struct store_key_id *out_id,
                                            enum store_key_kind *out_kind);
/* Of an id of that kind. */
uint32_t store_key_quarter(const struct store_key_id *id);

/* Values are stored. */
enum store_erasure_step {
    STORE_ERASURE_ASKED = 1, /* an officer asks for it */
    STORE_ERASURE_REFUSED,   /* what was asked for no longer stands */
    STORE_ERASURE_DONE,      /* the keys are destroyed, where nothing stands against it (below) */
    STORE_ERASURE_HELD,      /* an agency needs the entries: Article 17(3) */
    STORE_ERASURE_RELEASED,  /* it no longer does */
};

/* One ERASURE entry. A decision on several keys has an entry for each.
 *
 * DONE is passed over, and nothing destroyed, where
 *
 *   -  the ASKED that it names does not stand any more: somebody else decided
 *   -  the person has keys now that are not among those decided on: a merge came between
 *   -  an agency holds one of them; of a quarter, where any agency holds anybody: whom the entries
 *      of a quarter are about is not known without opening them all
 *   -  an agency has an open subject access request about the person: it owes them an answer
 *      (Article 12(3)), and what the answer is made of must not be destroyed before (DPA 2018,
 *      section 173). Once the request is closed, it is decided on anew */
enum { STORE_KEY_TAG_SIZE = 16 };
struct store_erasure {
    enum store_erasure_step step;
    struct store_key_id key_id;
    uint64_t log_index;
    uint64_t proposal;  /* of REFUSED and DONE: the index of its ASKED; else 0 */
    struct span named;  /* of DONE: the tags of all keys decided on; empty: key_id alone */
    struct span agency; /* whose officer acts */
    struct span body;   /* 0 to STORE_REVIEW_BODY_MAX; empty where the log no longer opens it */
};

/* True where some agency holds one of these keys; of a quarter's, where any holds any. */
LG_MUST_USE struct lg_err store_erasure_is_held(struct store_reader *reader,
                                                const struct store_key_id *ids, size_t count,
                                                bool *out_held);
/* The same of one agency's own holds, of persons' keys. */
LG_MUST_USE struct lg_err store_erasure_is_held_by(struct store_reader *reader,
                                                   const struct store_key_id *ids, size_t count,
                                                   struct span agency, bool *out_held);
/* True where some agency owes whoever the key is of an answer to a subject access request. */
LG_MUST_USE struct lg_err store_erasure_is_owed(struct store_reader *reader,
                                                const struct store_key_id *id, bool *out_owed);
/* Whether the keys were destroyed, as far as the log is applied. */
LG_MUST_USE struct lg_err store_erasure_is_done(struct store_reader *reader,
                                                const struct store_key_id *id, bool *out_done);
/* What stands under this index; ASKED and HELD alone do. Spans in the arena; agency is empty. */
LG_MUST_USE struct lg_err store_erasure_find(struct store_reader *reader, uint64_t log_index,
                                             struct arena *arena, bool *out_found,
                                             struct store_erasure *out_erasure);
/* What stands, of this agency (empty: of all), newest first, at most STORE_ERASURES_MAX. */
enum { STORE_ERASURES_MAX = 256 };
LG_MUST_USE struct lg_err store_erasures_list(struct store_reader *reader, struct span agency,
                                              struct arena *arena, struct store_erasure **out_rows,
                                              size_t *out_count);
/* Whose keys an id names: the person and every alias, or nobody (count 0). In the arena. */
LG_MUST_USE struct lg_err store_key_persons(struct store_reader *reader,
                                            const struct store_key_id *id, struct arena *arena,
                                            struct person_id **out_ids, size_t *out_count);

/* Destroys again what the log says was destroyed and keys.db does not know of: after it came back
 * from a backup. Blocks on the disk; at start, once the log is applied. Errors of the store: no
 * question may be taken. */
LG_MUST_USE struct lg_err store_keys_settle(struct store *store, size_t *out_destroyed);
/* People of lockgate.db whose keys keys.db knows as destroyed: with the log applied there are none,
 * unless lockgate.db and the log are older copies than keys.db. Blocks on the disk; at start, once
 * the log is applied. */
LG_MUST_USE struct lg_err store_keys_outlived(struct store *store, size_t *out_people);
/* For the replay of the log (audit.h): whether any person's key was ever destroyed, or the
 * quarter's; ctx is the store. Any thread. */
LG_MUST_USE struct lg_err store_key_any_destroyed(void *ctx, uint32_t quarter, bool *out_any);
/* Takes some rows away that a destroyed quarter left, which nothing opens any more; *out_left:
 * whether there may be more. For the background. */
LG_MUST_USE struct lg_err store_keys_sweep(struct store *store, bool *out_left);

#endif
