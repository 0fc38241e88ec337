/* SPDX-License-Identifier: Apache-2.0 */
/* A batch becomes a queued item: checked and measured, its keys fetched, then built and queued
 * under the order lock, so that entries have the time and the order in which they enter.
 *
 * The bell that lets the sequencer take the queue is rung at the end of the worker's turn, when all
 * that the turn asks for is in it: a flush costs the same for one entry and for a hundred, and a
 * sequencer that takes the first at once makes a hundred flushes of them. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/entry.h"
#include "gateway/base/assert.h"

/* The quarter can end between fetching keys and building, but not again and again. */
enum { KEY_ROUNDS = 4 };

static struct lg_err bad_fields(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_FIELDS);
}

/* ---- Checking and measuring */

static bool lists_fit(const struct audit_batch *batch, bool all_change, bool any_grant) {
    return batch->count >= 1 && batch->count <= AUDIT_BATCH_MAX &&
           batch->condition_count <= AUDIT_CONDITION_MAX &&
           batch->changed_count <= AUDIT_CONDITION_MAX &&
           (batch->condition_count == 0 || any_grant) &&
           ((batch->changed_count == 0 && !batch->changed_all) || all_change);
}

static struct lg_err batch_measure(const struct audit_batch *batch,
                                   struct audit_item_size *out_size, bool *out_is_change) {
    struct audit_item_size size = {.count = batch->count,
                                   .conditions = batch->condition_count,
                                   .changed = batch->changed_count};
    size_t changes = 0;
    bool any_grant = false;
    if (batch->count == 0 || batch->count > AUDIT_BATCH_MAX) {
        return bad_fields();
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct audit_entry_fields *fields = &batch->entries[i];
        TRY(audit_entry_check(fields));
        size.leaves += audit_entry_size(fields);
        size.details += audit_detail_size(fields);
        changes += audit_kind_is_change(fields->kind) ? 1 : 0;
        size.open += audit_kind_is_change(fields->kind) ? fields->sealed.len : 0;
        any_grant = any_grant || fields->kind == AUDIT_RELEASE || fields->kind == AUDIT_ASK ||
                    (fields->kind == AUDIT_OUTCOME && fields->decision == AUDIT_DECISION_PERMIT);
    }
    /* A change is applied before it is told, so it shares no batch with what is not one. */
    if ((changes != 0 && changes != batch->count) ||
        !lists_fit(batch, changes == batch->count, any_grant)) {
        return bad_fields();
    }
    *out_size = size;
    *out_is_change = changes != 0;
    return LG_OK;
}

/* How much may wait before an entry of this kind is turned down. */
static size_t queue_max_of(enum audit_kind kind) {
    switch (kind) {
    case AUDIT_ASK:
    case AUDIT_SEARCH:
        return LIMIT_AUDIT_QUEUE_BEGINS;
    case AUDIT_RELEASE:
    case AUDIT_DENIAL:
    case AUDIT_OUTCOME:
        return LIMIT_AUDIT_QUEUE_ENDS;
    default:
        return LIMIT_AUDIT_QUEUE;
    }
}

static void item_copy(struct audit_item *item, const struct audit_batch *batch, bool is_change) {
    if (batch->condition_count > 0) {
        memcpy(item->conditions, batch->conditions,
               batch->condition_count * sizeof batch->conditions[0]);
    }
    if (batch->changed_count > 0) {
        memcpy(item->changed, batch->changed, batch->changed_count * sizeof batch->changed[0]);
    }
    item->is_change = is_change;
    item->changed_all = batch->changed_all;
    item->has_end = batch->ends != NULL;
    if (batch->ends != NULL) {
        item->end = *batch->ends;
    }
    uint8_t *open = (uint8_t *)item + (item->open.ptr - (const uint8_t *)item);
    for (size_t i = 0; i < batch->count; i++) {
        const struct audit_entry_fields *fields = &batch->entries[i];
        item->needs_reserve = item->needs_reserve || audit_kind_needs_reserve(fields->kind);
        size_t queue_max = queue_max_of(fields->kind);
        item->queue_max = queue_max > item->queue_max ? queue_max : item->queue_max;
        if (is_change && fields->sealed.len > 0) {
            memcpy(open, fields->sealed.ptr, fields->sealed.len);
            item->open_parts[i] = span_of(open, fields->sealed.len);
            open += fields->sealed.len;
        }
    }
}

/* ---- Keys */

/* The key of each entry, entries about one person sharing one, and nobody's. */
struct key_ring {
    uint32_t quarter;
    size_t count;
    struct vault_key *nobody; /* NULL until a part needs it */
    struct vault_key *owned[AUDIT_BATCH_MAX];
    struct vault_key *of_entry[AUDIT_BATCH_MAX];
};

static void ring_clear(struct key_ring *ring) {
    for (size_t i = 0; i < ring->count; i++) {
        vault_key_free(&ring->owned[i]);
    }
    ring->count = 0;
    vault_key_free(&ring->nobody);
}

static bool same_person(const struct person_id *a, const struct person_id *b) {
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return memcmp(a->bytes, b->bytes, MODEL_PERSON_ID_SIZE) == 0;
}

static struct lg_err key_fetch(const struct audit_keys *keys, const struct person_id *person,
                               uint32_t quarter, struct vault_key **out_key) {
    struct lg_err err = person == NULL ? keys->nobody(keys->ctx, quarter, out_key)
                                       : keys->subject(keys->ctx, person, quarter, out_key);
    return lg_failed(err) ? lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_KEYS) : LG_OK;
}

static struct lg_err ring_fill(struct key_ring *ring, const struct audit_log *log,
                               const struct audit_batch *batch, uint32_t quarter) {
    ring_clear(ring);
    ring->quarter = quarter;
    for (size_t i = 0; i < batch->count; i++) {
        const struct person_id *person = batch->entries[i].person;
        size_t j = 0;
        if (batch->entries[i].detail != NULL && ring->nobody == NULL) {
            TRY(key_fetch(&log->keys, NULL, quarter, &ring->nobody));
        }
        while (j < i && !same_person(batch->entries[j].person, person)) {
            j++;
        }
        if (j < i) {
            ring->of_entry[i] = ring->of_entry[j];
            continue;
        }
        TRY(key_fetch(&log->keys, person, quarter, &ring->owned[ring->count]));
        ring->of_entry[i] = ring->owned[ring->count];
        ring->count++;
    }
    return LG_OK;
}

/* ---- Building and queueing, under the order lock */

static struct lg_err leaves_build(struct audit_item *item, const struct audit_batch *batch,
                                  const struct audit_stamp *stamp, const struct key_ring *ring) {
    size_t used = 0;
    size_t told = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct audit_drawn drawn;
        struct receipt *receipt = &item->receipts[i];
        const struct audit_entry_keys keys = {.subject = ring->of_entry[i], .nobody = ring->nobody};
        TRY(audit_entry_encode(&batch->entries[i], stamp, &keys, &drawn));
        ASSERT(drawn.leaf_len <= item->leaves_size - used);
        ASSERT(drawn.detail_len <= item->details_size - told);
        memcpy(item->leaves + used, drawn.leaf, drawn.leaf_len);
        if (drawn.detail_len > 0) {
            memcpy(item->details + told, drawn.detail, drawn.detail_len);
        }
        receipt->leaf = span_of(item->leaves + used, drawn.leaf_len);
        receipt->detail = span_of(item->details + told, drawn.detail_len);
        receipt->kind = batch->entries[i].kind;
        receipt->is_part = batch->entries[i].detail != NULL;
        receipt->request_id = batch->entries[i].request_id;
        receipt->has_person = batch->entries[i].person != NULL;
        if (receipt->has_person) {
            receipt->person = *batch->entries[i].person;
        }
        audit_merkle_leaf(receipt->leaf, &receipt->leaf_hash);
        used += drawn.leaf_len;
        told += drawn.detail_len;
    }
    item->leaf_bytes = used;
    item->time_ms = stamp->time_ms;
    return LG_OK;
}

static struct lg_err queue_push(struct audit_log *log, struct audit_item *item) {
    struct lg_err err = LG_OK;
    (void)pthread_mutex_lock(&log->queue_lock);
    if (log->closing) {
        err = lg_err_make(LG_CLASS_INTERNAL, LG_AUDIT, AUDIT_CLOSED);
    } else if (log->queue_count >= item->queue_max) {
        err = lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_QUEUE_FULL);
    } else {
        if (log->queue_tail == NULL) {
            log->queue_head = item;
        } else {
            log->queue_tail->next = item;
        }
        log->queue_tail = item;
        log->queue_count++;
    }
    (void)pthread_mutex_unlock(&log->queue_lock);
    return err;
}

static void bell_ring(void *ctx) {
    struct audit_log *log = ctx;
    (void)pthread_mutex_lock(&log->queue_lock);
    log->is_rung = log->queue_head != NULL;
    (void)pthread_cond_signal(&log->queue_filled);
    (void)pthread_mutex_unlock(&log->queue_lock);
}

static struct audit_stamp stamp_now(const struct audit_log *log) {
    int64_t now = clock_wall_ms(&log->clock);
    struct audit_stamp stamp = {.node = log->node, .epoch = log->files.generation, .time_ms = now};
    if (now < log->last_time_ms) {
        stamp.time_ms = log->last_time_ms;
        stamp.clock_held = true;
    }
    return stamp;
}

/* *out_built stays false when the quarter is another than that of the keys. */
static struct lg_err build_and_queue(struct audit_log *log, struct audit_item *item,
                                     const struct audit_batch *batch, const struct key_ring *ring,
                                     bool *out_built) {
    struct audit_stamp stamp = stamp_now(log);
    if (audit_quarter(stamp.time_ms) != ring->quarter) {
        return LG_OK;
    }
    TRY(leaves_build(item, batch, &stamp, ring));
    TRY(queue_push(log, item));
    log->last_time_ms = stamp.time_ms;
    *out_built = true;
    return LG_OK;
}

static uint32_t quarter_now(struct audit_log *log) {
    (void)pthread_mutex_lock(&log->order_lock);
    uint32_t quarter = audit_quarter(stamp_now(log).time_ms);
    (void)pthread_mutex_unlock(&log->order_lock);
    return quarter;
}

static struct lg_err item_submit(struct audit_log *log, struct audit_item *item,
                                 const struct audit_batch *batch) {
    struct key_ring ring = {.count = 0};
    struct lg_err err = LG_OK;
    bool built = false;
    for (unsigned round = 0; round < KEY_ROUNDS && !built && !lg_failed(err); round++) {
        err = ring_fill(&ring, log, batch, quarter_now(log));
        if (!lg_failed(err)) {
            (void)pthread_mutex_lock(&log->order_lock);
            err = build_and_queue(log, item, batch, &ring, &built);
            (void)pthread_mutex_unlock(&log->order_lock);
        }
    }
    ring_clear(&ring);
    if (!lg_failed(err) && !built) {
        err = lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_KEYS);
    }
    return err;
}

/* Checks, copies and queues; the item then belongs to the sequencer. */
static struct lg_err commit_begin(struct audit_log *log, const struct audit_batch *batch,
                                  const struct audit_item *call, struct audit_item **out_item) {
    struct audit_item_size size;
    struct audit_item *item = NULL;
    bool is_change = false;
    ASSERT(log->sequencer_runs);
    if (atomic_load(&log->is_frozen)) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_FROZEN);
    }
    TRY(batch_measure(batch, &size, &is_change));
    ASSERT(!is_change || log->apply != NULL);
    TRY(audit_item_new(&size, &item));
    item->log = log;
    item->loop = call->loop;
    item->on_done = call->on_done;
    item->ctx = call->ctx;
    item_copy(item, batch, is_change);
    struct lg_err err = item_submit(log, item, batch);
    if (lg_failed(err)) {
        audit_item_free(&item);
        return err;
    }
    *out_item = item;
    return LG_OK;
}

struct lg_err audit_commit(struct audit_log *log, const struct audit_batch *batch,
                           struct loop *loop, audit_on_done_fn on_done, void *ctx) {
    struct audit_item call = {.loop = loop, .on_done = on_done, .ctx = ctx};
    struct audit_item *item = NULL;
    ASSERT(loop != NULL);
    ASSERT(on_done != NULL);
    TRY(commit_begin(log, batch, &call, &item));
    loop_last(loop, bell_ring, log);
    return LG_OK;
}

struct lg_err audit_commit_wait(struct audit_log *log, const struct audit_batch *batch,
                                audit_on_done_fn on_done, void *ctx) {
    struct audit_item call = {.loop = NULL, .on_done = on_done, .ctx = ctx};
    struct audit_item *item = NULL;
    ASSERT(on_done != NULL);
    TRY(commit_begin(log, batch, &call, &item));
    bell_ring(log);
    (void)pthread_mutex_lock(&log->done_lock);
    while (!item->done) {
        (void)pthread_cond_wait(&log->done_changed, &log->done_lock);
    }
    (void)pthread_mutex_unlock(&log->done_lock);
    audit_item_deliver(item);
    return LG_OK;
}
