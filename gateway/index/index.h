/* SPDX-License-Identifier: Apache-2.0 */
/* The index of the log (audit.md 4.3): who may look for what among the entries, and how they are
 * found. Derived from the log by a thread of its own, which reads what is durable and never stands
 * in the way of a commit; whatever happens to its file, it is made again. That thread is the one
 * reader of the log: what else is derived from it follows (struct index_follower), so that an entry
 * is read and opened once.
 *
 * An answer is as complete as the log: entries that are not in the index yet are derived in memory
 * and searched by the same rule. It says up to which size it covers the log; that is less than the
 * log only where very much is missing, or whom it is about is not remembered and would take too
 * many keys to find out, as after the file was lost.
 *
 * What a reader may look for is what that reader may see (store/entries.h): the agency that asked
 * reads its questions whole, a source reads its own leaves and nothing that they do not show. A
 * source that was sent a decoy, or was not asked at all, is not led from the person to the entry:
 * it would learn that somebody asked about a person whom it does not know. Nor is the agency that
 * asked where it could not know of the person when it did: were it led there once it knows them,
 * it would learn that a hidden source had known them before. Both are as they were sealed in the
 * entry, whatever is known by now. */
#ifndef GATEWAY_INDEX_INDEX_H
#define GATEWAY_INDEX_INDEX_H

#include "gateway/audit/audit.h"
#include "gateway/base/limits_index.h"
#include "gateway/base/limits_signals.h"
#include "gateway/store/duties.h"
#include "gateway/store/entries.h"
#include "gateway/store/store.h"

struct index_log;

/* All kept until index_free. agencies: those of the partnership, who may have asked. */
struct index_config {
    struct store *store;
    struct audit_log *log;
    struct span_list agencies;
};

/* What the file says of the log, to be asked before anything is added to it (I4): it covers only
 * what was durable, so that a log that is shorter, or has another entry where the index ends, has
 * lost entries. `covered` is how many the file covers; a file that cannot be read says nothing.
 * Errors of the log; LIMIT. */
struct index_word {
    uint64_t covered;
    bool is_against; /* the log is not the one that was indexed, or is shorter */
};
LG_MUST_USE struct lg_err index_word_read(struct store *store, struct audit_log *log,
                                          struct index_word *out_word);
/* Opens the file, and begins anew where it is of another log or ahead of this one (I8). Where the
 * disk fails the thread tries again, and searches fail until then. LIMIT. */
LG_MUST_USE struct lg_err index_open(const struct index_config *config,
                                     struct index_log **out_index);
/* Ends the thread where it runs. Before the log is closed. */
void index_free(struct index_log **index);
/* Entries that the file covers. */
LG_MUST_USE struct lg_err index_size(struct index_log *index, uint64_t *out_size);
/* Adds what is missing, at most LIMIT_INDEX_BATCH entries, and hands as many to who follows; false
 * when nothing was. For whoever opened the index and started no thread; it is what the thread does.
 * Where both fail, the error is the index's. */
LG_MUST_USE struct lg_err index_fill(struct index_log *index, bool *out_did);

/* ---- Looking --------------------------------------------------------------------------------- */

/* Empty, 0, NULL and false narrow nothing; agency is needed, before is UINT64_MAX for the newest.
 * by_person: entries about one person, of so many ids (aliases); with none of them nothing is
 * found, in the same way and by the same work. */
struct index_query {
    struct span agency;
    bool by_person;
    const struct person_id *persons;
    size_t person_count; /* at most LIMIT_INDEX_ALIASES */
    const struct request_id *question;
    enum store_side_role role; /* 0: both */
    struct span other;
    struct span agreement;
    struct span purpose;
    struct span basis;
    unsigned kind;
    unsigned decision;
    bool in_emergency;
    struct span system; /* of the own side: who asked or looked, through what */
    struct span user_id;
    int64_t from_ms;
    int64_t to_ms; /* 0: no end */
    uint64_t before;
    size_t most;
    int64_t now_ms;
    bool (*is_cancelled)(void *ctx); /* asked on the caller's thread; NULL: never */
    void *ctx;
};

/* One entry, as its reader may see it. */
struct index_hit {
    struct store_side side;
    struct span leaf;
    struct audit_entry entry;
    bool has_detail; /* of a part, for who asked */
    struct audit_detail detail;
};

struct index_found {
    struct index_hit *hits; /* newest first, in the arena */
    size_t count;
    bool is_more;
    uint64_t covered;
};

/* Reads the disk: for a pool. Errors of log and store, STORE STORE_IO also where the file was not
 * opened yet, is made anew all the time, or the query was cancelled; LIMIT where the arena is full.
 */
LG_MUST_USE struct lg_err index_find(struct index_log *index, const struct index_query *query,
                                     struct arena *arena, struct index_found *out_found);

/* The question that a part answers, for the agency that asked it: found false for every other, for
 * what no key opens any more, and for what is not in the file yet. Errors of index_find. */
struct index_part {
    struct span agency;
    uint64_t position;
};
LG_MUST_USE struct lg_err index_question_find(struct index_log *index,
                                              const struct index_part *part, struct arena *arena,
                                              bool *out_found, struct request_id *out_question);

/* ---- Completeness ---------------------------------------------------------------------------- */

/* A walk over the log itself, some LIMIT_INDEX_TAIL entries a call, that asks of every leaf whether
 * it is about one of these persons (the tag under the person's key), and whether the index has it.
 * What it has not is put there, whosever row it is, but only the agency's is counted: what other
 * agencies have of the person is not its to know. Begin with {.next = 0}; done when next is
 * through. */
struct index_check {
    const struct person_id *persons;
    size_t person_count;
    struct span agency; /* whose rows are counted; empty: all */
    uint64_t next;
    uint64_t through; /* set by the first call: what the file covers then */
    uint64_t missing; /* entries of which the index lacked a row of the agency */
};
LG_MUST_USE struct lg_err index_check_step(struct index_log *index, struct index_check *check);

/* ---- Who asked --------------------------------------------------------------------------------
 */

/* A question (ASK), a refusal of one or of a search (DENIAL), or a search for a person (SEARCH), as
 * the gateway itself may see it: for the signals of misuse alone. */
struct index_asked {
    uint64_t position;
    struct audit_entry entry;
    struct span system;
    struct span user_id; /* empty: nobody's, or it does not open any more */
    struct span role;
    struct span case_reference;
    /* It is about somebody: who, where the log remembers; and whether the asker could know of them,
     * else nothing about the person may follow from it. */
    bool has_subject;
    bool has_person;
    bool is_enough;
    struct person_id person;
    /* Where has_subject: what the person's key of that quarter makes of them, also where nobody
     * remembers who it is (store_entry_subject). */
    struct store_tag subject;
    enum age_class age_class; /* of a question, as the asker stated it */
};

/* Those among the entries [first, first + count), at most LIMIT_SIGNALS_BATCH, in the arena.
 * is_over, where not NULL, is asked now and then: true ends it with no entry and *out_is_over set.
 * Errors of log and store; LIMIT. */
struct index_asked_range {
    uint64_t first;
    size_t count;
    bool (*is_over)(void *ctx);
    void *ctx;
};
struct index_asked_found {
    struct index_asked *items;
    size_t count;
    int64_t latest_ms; /* of all entries of the range that show their time; INT64_MIN: none */
    uint64_t through;  /* the first entry after the range */
    bool is_over;
};
LG_MUST_USE struct lg_err index_asked_read(struct index_log *index,
                                           const struct index_asked_range *range,
                                           struct arena *arena,
                                           struct index_asked_found *out_found);
enum { INDEX_ASKED_ARENA = LIMIT_SIGNALS_BATCH * 5 * AUDIT_ENTRY_SIZE_MAX };

/* ---- Who follows ------------------------------------------------------------------------------
 */

/* What derives something else from who asked. It keeps its own place in the log: where that is the
 * index's, as it mostly is, each entry is read and opened once for both; where one of them is
 * behind, as after its file was lost or its disk failed, each goes on from its own place until they
 * meet, and neither waits for the other. All are called on the thread alone, or by index_fill. */
struct index_follower {
    void *ctx;
    /* The first entry that it has not taken. Errors: it is left alone for a while. */
    struct lg_err (*place)(void *ctx, uint64_t *out_place);
    /* Who asked in the entries from its place on, in their order. What it fails to take it gets
     * again from its place. */
    struct lg_err (*take)(void *ctx, const struct index_asked_found *found);
    /* Nothing is left; called several times a second. */
    struct lg_err (*pause)(void *ctx);
    /* What became of its call, after each. */
    void (*tell)(void *ctx, struct lg_err err);
};
/* follower: NULL for none; kept. Before index_start, or where no thread runs. */
void index_follow(struct index_log *index, const struct index_follower *follower);
/* Starts the thread. LIMIT. */
LG_MUST_USE struct lg_err index_start(struct index_log *index);
/* Ends it: whoever follows is not called any more. */
void index_stop(struct index_log *index);
/* Whether the thread is to end: for who follows and does long work. ctx: the index. */
bool index_is_stopping(void *ctx);
/* ---- Who is one person ----------------------------------------------------------------------- */

/* Of the entries [first, first + count): which of them, of one quarter, are about one person, and
 * nothing about whom. Reads the disk: for a pool. Errors of the store, STORE STORE_IO also where
 * the file does not cover them yet. */
LG_MUST_USE struct lg_err index_persons_read(struct index_log *index, uint64_t first, size_t count,
                                             struct store_entry_person *out_persons);

/* ---- Duties ---------------------------------------------------------------------------------- */

/* Those of the file, and how much of the log it covers; what is newer comes with the next search.
 * Reads the disk: for a pool. Errors of index_find. */
struct index_duties {
    struct store_duties duties;
    uint64_t covered;
};
LG_MUST_USE struct lg_err index_duties_list(struct index_log *index,
                                            const struct store_duty_look *look, struct arena *arena,
                                            struct index_duties *out_duties);
/* store_duties_over. For a pool. */
LG_MUST_USE struct lg_err index_duties_over(struct index_log *index,
                                            const struct store_duty *duties, size_t count);
/* Whether there is a file to look into: not yet while the thread compares it with the log, nor
 * while the disk fails. */
bool index_is_ready(const struct index_log *index);
/* found false: the agency has none of that id. */
LG_MUST_USE struct lg_err index_duty_find(struct index_log *index, const struct store_duty_key *key,
                                          struct arena *arena, bool *out_found,
                                          struct store_duty *out_duty);

/* ---- Erasure --------------------------------------------------------------------------------- */

/* Rows of entries whose keys were destroyed become what the leaves alone show. Every search does it
 * first, and the thread soon: nothing is shown that no longer opens. */
LG_MUST_USE struct lg_err index_forget(struct index_log *index);

#endif
