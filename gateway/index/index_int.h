/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GATEWAY_INDEX_INDEX_INT_H
#define GATEWAY_INDEX_INDEX_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/base/pace.h"
#include "gateway/index/index.h"
#include "policy/policy.h"

struct index_log {
    struct index_config config;
    struct store_entries *entries;
    /* The file was compared with the log since it was opened; till then nobody looks into it. */
    _Atomic bool is_checked;
    /* Filling, checking and forgetting: one at a time. */
    pthread_mutex_t fill_mutex;
    atomic_uint_fast64_t forgotten;        /* of store_forgets */
    const struct index_follower *follower; /* NULL: none */
    pthread_t thread;
    bool has_thread;
    struct pace pace;
};

/* An entry with all that its rows are made of. */
struct index_derived {
    uint64_t position;
    size_t neighbours; /* so many entries right before it stand right before it here as well */
    struct span leaf;
    struct audit_entry entry;
    bool is_resolved; /* whom it is about is known: a person, or nobody */
    bool is_open;     /* detail is there */
    bool has_subject;
    struct store_tag subject;
    /* Whether its reader may be led to it from the person: who asked, where they could know of the
     * person when they did; the source, where it was asked about somebody whom it holds. */
    bool leads_requester;
    bool leads_source;
    bool wants_sealed; /* set before: what it seals is wanted, also where it is about nobody */
    struct span sealed;
    bool has_person; /* whom it is about is known by id: only where the log remembers */
    struct person_id person;
    struct span detail_bytes;
    struct audit_detail detail;
    /* Of a part that left: what it lays on who asked. */
    uint32_t keep_days; /* 0: nothing, likewise onward */
    enum policy_onward onward;
    bool is_received;   /* of a part: records of the source left */
    struct span system; /* who asked or looked; empty where that does not open */
    struct span user_id;
};

/* Everything of one entry, in the arena: the leaf, what it seals, once under nobody's key and once
 * under a person's, and what that says; of a part the same of its question. */
enum { INDEX_ENTRY_ARENA = 6 * AUDIT_ENTRY_SIZE_MAX };

/* Entries [first, first + count), and how much may be done to find out whom they are about. */
struct index_stretch {
    uint64_t first;
    size_t count;
    bool wants_asked;           /* what is sealed by who asked is opened whoever it is about */
    uint64_t trials;            /* keys times entries that may still be tried: counted down */
    bool (*is_over)(void *ctx); /* NULL: nobody ends it */
    void *ctx;
    bool is_spent; /* set where it came to its end before all were tried: then leave it */
};
/* Reads them and opens of them what there are keys for. */
LG_MUST_USE struct lg_err index_derive(struct index_log *index, struct index_stretch *stretch,
                                       struct arena *arena, struct index_derived **out_derived);
/* Whether an entry's sealed part says who asked or looked, as the ASK of a part does for it. */
bool index_says_who(const struct audit_entry *entry);
/* who.c: system and user of an entry that was opened under this key; of a part those of its ASK.
 * Errors of the log; LIMIT. */
LG_MUST_USE struct lg_err index_who_find(struct index_log *index, struct index_derived *derived,
                                         struct vault_key *key, struct arena *arena);
/* Compares the file with the log, and begins it anew where it is of another or ruined. With
 * fill_mutex. Errors of the disk; LIMIT. */
LG_MUST_USE struct lg_err index_file_check(struct index_log *index);
/* Opens those of the stretch, which were read, and resolves whom each is about; they need not be
 * neighbours. */
LG_MUST_USE struct lg_err index_resolve(struct index_log *index, struct index_stretch *stretch,
                                        struct index_derived *items, struct arena *arena);
/* Reads one without opening it. */
LG_MUST_USE struct lg_err index_read(struct index_log *index, uint64_t position,
                                     struct arena *arena, struct index_derived *out_derived);
/* Opens it under the key of whom it is about. */
LG_MUST_USE struct lg_err index_derived_open(struct index_log *index, struct index_derived *derived,
                                             struct vault_key *key, bool is_person,
                                             struct arena *arena);
/* The words of a stretch are few, and each is a code under a key: made once, not for each row. All
 * zero before the first; a place that another word needs is given up. */
enum { INDEX_WORDS_SLOTS = 128 };
struct index_words {
    struct {
        size_t len; /* 0: free */
        uint8_t bytes[AUDIT_CODE_SIZE_MAX];
        int64_t number;
    } slots[INDEX_WORDS_SLOTS];
};
/* As store_entry_word. words NULL: there is one entry alone. */
int64_t index_word_get(struct index_words *words, const struct store *store, struct span word);
/* Its rows: none, the requester's, the source's, or both. words: as in index_word_get. */
enum { INDEX_SIDES_MAX = 2 };
LG_MUST_USE struct lg_err index_sides(struct index_log *index, const struct index_derived *derived,
                                      struct index_words *words,
                                      struct store_side out_sides[static INDEX_SIDES_MAX],
                                      size_t *out_count);
/* The duties that entries of the index make, added up: at most two for each. Lists from the arena;
 * names point into the entries. */
LG_MUST_USE struct lg_err index_duties_make(struct index_log *index,
                                            const struct index_derived *derived, size_t count,
                                            struct arena *arena, struct store_duties *out_duties);
/* Whether keys were destroyed since the rows were last cleared of such. */
bool index_is_stale(struct index_log *index);
/* index_forget under fill_mutex. */
LG_MUST_USE struct lg_err index_forget_locked(struct index_log *index);

/* ---- The reader of the log: reader.c --------------------------------------------------------- */

/* Those who read: the index itself, and who follows. */
enum index_taker { INDEX_ITSELF, INDEX_FOLLOWER, INDEX_PARTS };
/* One step: what each part came to. */
struct index_step {
    bool skips[INDEX_PARTS]; /* set before: it is left alone this time */
    bool did[INDEX_PARTS];
    struct lg_err err[INDEX_PARTS];
    uint64_t left; /* entries that one of them, whichever is further behind, had left before */
};
/* A stretch for each part, or one for both. Whatever fails is in the step. */
void index_step_run(struct index_log *index, struct index_step *step);
/* The thread; ctx is the index. */
void *index_reader_run(void *ctx);

/* fill.c, with fill_mutex. Where the index goes on, after what has to be done to its file first. */
LG_MUST_USE struct lg_err index_place(struct index_log *index, uint64_t *out_place);
/* Adds the rows of entries [first, first + count), which were derived. */
LG_MUST_USE struct lg_err index_rows_add(struct index_log *index,
                                         const struct index_derived *derived, uint64_t first,
                                         size_t count, struct arena *arena);
/* asked.c. Whether who follows is shown such an entry, and what. */
bool index_asked_is_wanted(const struct audit_entry *entry);
/* Of a stretch all of whose entries were derived, with what is wanted open; in the arena. LIMIT. */
LG_MUST_USE struct lg_err index_asked_make(const struct index_derived *derived, size_t count,
                                           struct arena *arena,
                                           struct index_asked_found *out_found);

/* No earlier than the entry's time. */
int64_t index_latest_ms(const struct index_derived *derived);

#endif
