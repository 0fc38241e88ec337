/* SPDX-License-Identifier: Apache-2.0 */
/* The log from the inside. Threads: callers build commits and queue them; the sequencer alone
 * writes the journal; the keeper makes spare segments and flushes the high-water file.
 *
 * Locks, in the order in which they nest: order, then queue or state; tree and spares have their
 * own, taken last. */
#ifndef GATEWAY_AUDIT_AUDIT_INT_H
#define GATEWAY_AUDIT_AUDIT_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/audit/begin.h"
#include "gateway/audit/hints.h"
#include "gateway/audit/note.h"
#include "gateway/audit/questions.h"
#include "gateway/audit/scopes.h"
#include "gateway/audit/tree.h"
#include "gateway/audit/volumes.h"

/* The exit status of a process that could not write its log. */
enum { AUDIT_EXIT_STATUS = 74 };

/* A signed checkpoint, shared by the receipts of one flush. */
struct audit_signed {
    atomic_size_t holders;
    struct audit_checkpoint_text note;
};

struct audit_item;

struct receipt {
    struct audit_item *item; /* holds the memory of all its receipts */
    uint64_t index;
    enum audit_kind kind;
    bool is_part;
    bool has_person;
    struct person_id person;
    struct request_id request_id;
    struct span leaf;
    struct span detail;
    struct audit_hash leaf_hash;
    struct audit_path path;
};

/* One commit under way, and afterwards the home of its receipts. One allocation; leaves and the
 * open bytes of changes follow it. */
struct audit_item {
    atomic_size_t holders;
    struct audit_item *next; /* in the queue, in the sequencer's list, then in the loop's */
    struct audit_log *log;
    struct loop *loop; /* NULL: a thread waits in audit_commit_wait */
    struct loop_message message;
    audit_on_done_fn on_done;
    void *ctx;
    enum audit_result result;
    bool done; /* under log->done_lock */
    struct audit_signed *checkpoint;
    size_t count;
    size_t leaf_bytes; /* of all leaves */
    int64_t time_ms;
    size_t queue_max; /* commits before it in the queue */
    bool needs_reserve;
    bool is_change;
    struct audit_condition *conditions;
    size_t condition_count;
    struct audit_scope *changed;
    size_t changed_count;
    bool changed_all;
    bool has_end;
    struct request_id end;
    struct span open; /* sealed bytes of a change in the open, wiped with the item */
    struct span *open_parts;
    const struct receipt **list; /* for the outcome */
    struct receipt *receipts;
    uint8_t *leaves;
    size_t leaves_size;
    uint8_t *details;
    size_t details_size;
};

/* The entries of a frame in the order that they get, and what mixing its parts needs. */
struct audit_mix {
    struct receipt *receipts[LIMIT_AUDIT_FRAME_ENTRIES];
    uint16_t places[LIMIT_AUDIT_FRAME_ENTRIES]; /* of the parts */
    uint32_t draws[LIMIT_AUDIT_FRAME_ENTRIES];
};

/* The newest checkpoint that witnesses have seen; len 0: none yet. */
struct audit_witnessed {
    uint64_t size;
    int64_t kept_ms; /* monotonic */
    size_t lines;    /* of signatures, the log's own among them */
    size_t len;
    char text[LIMIT_AUDIT_WITNESSED];
};

/* What is told to readers; replaced whole, under state_lock. */
struct audit_state {
    struct audit_witnessed newest;      /* that any witness has seen */
    struct audit_witnessed fullest;     /* the newest that most have seen; of no larger size */
    uint64_t seen[LIMIT_WITNESS_COUNT]; /* [i]: the largest size that i + 1 witnesses cosigned */
    uint64_t shown_size;                /* the largest that was given to who mirrors the log */
    struct audit_signed *checkpoint;
    struct audit_mark mark; /* the newest durable frame */
    bool mark_is_new;       /* not yet in the high-water file */
};

struct audit_log {
    char *folder_path;
    char *origin;
    struct audit_folder folder;
    struct vault_key *sign_key;
    struct clock clock;
    struct audit_keys keys;
    audit_apply_fn apply;
    void *apply_ctx;
    uint16_t node;
    struct audit_vkey vkey;
    struct audit_begun files;          /* its high-water file is the keeper's while that runs */
    struct audit_questions *questions; /* found open; NULL once the log has begun */

    /* Building: time and order are given under one lock, so that time never decreases by index. */
    pthread_mutex_t order_lock;
    int64_t last_time_ms;

    atomic_bool is_frozen;

    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled;
    struct audit_item *queue_head;
    struct audit_item *queue_tail;
    size_t queue_count;
    bool is_rung; /* what waits may be taken */
    bool closing;

    pthread_mutex_t done_lock;
    pthread_cond_t done_changed;

    pthread_mutex_t state_lock;
    struct audit_state state;

    /* The sequencer's own. */
    struct audit_journal journal;
    struct audit_scopes *scopes;
    uint8_t *frame_buf;
    struct audit_leaf *frame_leaves; /* LIMIT_AUDIT_FRAME_ENTRIES */
    struct audit_mix *mix;
    struct audit_change *frame_changes; /* the same number */

    struct audit_tree *tree;
    struct audit_volumes volumes; /* turned by the keeper */
    size_t volume_tiles;
    bool has_volumes;
    struct audit_spares spares;
    bool has_spares;

    struct audit_hints *hints;

    /* The keeper's own. */
    pthread_mutex_t keeper_lock;
    pthread_cond_t keeper_wake;
    bool keeper_stop;

    pthread_t sequencer;
    pthread_t keeper;
    bool sequencer_runs;
    bool keeper_runs;
};

/* Writes an ERROR line and ends the process without flushing anything. */
_Noreturn void audit_stop_process(const char *step, struct lg_err err);

/* ---- item.c */

/* What an item has to hold. */
struct audit_item_size {
    size_t leaves;
    size_t details;
    size_t open;
    size_t count;
    size_t conditions;
    size_t changed;
};
LG_MUST_USE struct lg_err audit_item_new(const struct audit_item_size *size,
                                         struct audit_item **out_item);
void audit_item_free(struct audit_item **item); /* gives up one hold */
struct audit_signed *audit_signed_hold(struct audit_signed *checkpoint);
void audit_signed_free(struct audit_signed **checkpoint); /* gives up one hold */
/* Calls on_done and gives up the pipeline's hold. */
void audit_item_deliver(struct audit_item *item);

/* ---- hints.c */

struct audit_hints;
/* `size`: of the log, before this process writes to it. LIMIT. */
LG_MUST_USE struct lg_err audit_hints_new(uint64_t size, struct audit_hints **out_hints);
void audit_hints_free(struct audit_hints **hints);
/* The next entries, in the order that they have in the log. The sequencer alone. */
void audit_hints_add(struct audit_hints *hints, struct receipt *const *receipts, size_t count);

/* ---- witnessed.c */

/* STORE AUDIT_FROZEN where the folder was frozen. */
LG_MUST_USE struct lg_err audit_frozen_check(const struct audit_folder *folder, struct diag *diag);

/* ---- Threads */

void *audit_sequencer_run(void *log);
void *audit_keeper_run(void *log);

#endif
