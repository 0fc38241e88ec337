/* SPDX-License-Identifier: Apache-2.0 */
/* The one order. Takes what waits, up to a frame's worth, once a worker's turn is over (commit.c);
 * while a flush runs the next batch gathers, so there is no timer. For each group:
 *
 *   memory     all that the steps below need, so that nothing fails between flush and receipt
 *   compose    refuse what is stale or below the reserve, mix the parts of questions, put all into
 *              the frame, hash each leaf again from the frame's own bytes
 *   durable    one write, one flush (journal.c)
 *   sign       the checkpoint over the new root, then publish it
 *   wake       the waiters, those of one loop by one message
 *   apply      changes to the store
 *   wake       those of the changes, and those whom a change made stale
 *
 * An error from `durable` on ends the process (I9). */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/entry.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"

_Noreturn void audit_stop_process(const char *step, struct lg_err err) {
    log_line(LOG_ERROR, "audit.stopped", "step=%s class=%s code=%u", step,
             lg_class_name(lg_err_class(err)), (unsigned)lg_err_code(err));
    _exit(AUDIT_EXIT_STATUS);
}

/* What one turn works on. */
struct group {
    struct audit_item *first;
    struct audit_frame frame;
    struct audit_edge edge;
    int64_t time_ms;
    size_t leaf_count;
    size_t change_count;
};

/* ---- Taking */

/* The items at the front of the queue that fit one frame, the first always; NULL when the log is
 * closing and nothing waits. What does not fit needs no bell of its own. */
static struct audit_item *queue_take(struct audit_log *log) {
    struct audit_frame room = audit_frame_begin(NULL);
    (void)pthread_mutex_lock(&log->queue_lock);
    while (!(log->queue_head != NULL && log->is_rung) && !log->closing) {
        (void)pthread_cond_wait(&log->queue_filled, &log->queue_lock);
    }
    struct audit_item *first = log->queue_head;
    struct audit_item *last = NULL;
    for (struct audit_item *item = first;
         item != NULL && audit_frame_has_room(&room, item->count, item->leaf_bytes);
         item = item->next) {
        room.count += (uint32_t)item->count;
        room.entry_bytes += item->leaf_bytes;
        log->queue_count--;
        last = item;
    }
    if (last != NULL) {
        log->queue_head = last->next;
        log->queue_tail = log->queue_head == NULL ? NULL : log->queue_tail;
        last->next = NULL;
    }
    log->is_rung = log->queue_head != NULL;
    (void)pthread_mutex_unlock(&log->queue_lock);
    return first;
}

/* ---- Composing */

static bool is_stale(const struct audit_log *log, const struct audit_item *item) {
    for (size_t i = 0; i < item->condition_count; i++) {
        if (audit_scopes_is_stale(log->scopes, &item->conditions[i])) {
            return true;
        }
    }
    return false;
}

static enum audit_result judge(struct audit_log *log, const struct audit_item *item) {
    if (item->needs_reserve && audit_spares_low(&log->spares)) {
        return AUDIT_REFUSED_SPACE;
    }
    return is_stale(log, item) ? AUDIT_REFUSED_STALE : AUDIT_COMMITTED;
}

/* The entries of an item get the next places; they are put there when all are known. */
static void item_take(struct audit_log *log, struct group *group, struct audit_item *item) {
    item->result = judge(log, item);
    if (item->result != AUDIT_COMMITTED) {
        return;
    }
    for (size_t i = 0; i < item->count; i++) {
        log->mix->receipts[group->leaf_count] = &item->receipts[i];
        group->leaf_count++;
    }
    for (size_t i = 0; i < item->changed_count; i++) {
        audit_scopes_note(log->scopes, &item->changed[i], group->edge.size + group->leaf_count - 1);
    }
    if (item->changed_all) {
        audit_scopes_note_all(log->scopes, group->edge.size + group->leaf_count - 1);
    }
    group->time_ms = item->time_ms;
}

/* The parts in a stretch of the frame, and whether they are of several questions. */
static bool parts_find(struct audit_mix *mix, size_t from, size_t end, size_t *out_parts) {
    bool is_several = false;
    size_t parts = 0;
    for (size_t i = from; i < end; i++) {
        if (mix->receipts[i]->is_part) {
            mix->places[parts++] = (uint16_t)i;
            is_several =
                is_several || mix->receipts[i]->item != mix->receipts[mix->places[0]]->item;
        }
    }
    *out_parts = parts;
    return is_several;
}

/* Parts of all questions of the stretch change places with each other (Fisher and Yates), so that
 * two leaves side by side need not be of one question. Those of one question alone are left as they
 * are: there is nobody to mix them with, and the place in the log must not make its receipts differ
 * in size by chance. Everything else stays where it came: the order of changes is that in which
 * they are applied, and their times do not decrease. */
static void parts_mix(struct audit_mix *mix, size_t from, size_t end) {
    size_t parts = 0;
    if (!parts_find(mix, from, end, &parts)) {
        return;
    }
    vault_random(mix->draws, parts * sizeof mix->draws[0]);
    for (size_t left = parts; left > 1; left--) {
        /* Of 1,024 places at most, the remainder of 32 random bits prefers none by 2^-22. */
        size_t other = mix->places[mix->draws[left - 1] % left];
        size_t place = mix->places[left - 1];
        struct receipt *receipt = mix->receipts[place];
        mix->receipts[place] = mix->receipts[other];
        mix->receipts[other] = receipt;
    }
}

/* No part passes a change. A release that was judged before a withdrawal stands before it, and one
 * that was judged after it behind: whoever reads the log takes its order for the order of things
 * (README, rule 4). */
static void frame_mix(struct audit_mix *mix, size_t count) {
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        if (audit_kind_is_change(mix->receipts[i]->kind)) {
            parts_mix(mix, from, i);
            from = i + 1;
        }
    }
    parts_mix(mix, from, count);
}

static void leaf_place(struct audit_log *log, struct group *group, size_t i) {
    struct receipt *receipt = log->mix->receipts[i];
    struct audit_leaf *leaf = &log->frame_leaves[i];
    size_t at = audit_frame_add(&group->frame, receipt->leaf);
    audit_merkle_leaf(span_of(group->frame.buf + at, receipt->leaf.len), &leaf->hash);
    if (memcmp(leaf->hash.bytes, receipt->leaf_hash.bytes, AUDIT_HASH_SIZE) != 0) {
        /* One flipped bit of memory here ended a public log for good. */
        audit_stop_process("hash", lg_err_make(LG_CLASS_INTERNAL, LG_AUDIT, AUDIT_CORRUPT));
    }
    leaf->at = (uint32_t)at; /* within the frame, until the frame has its place */
    leaf->len = (uint16_t)receipt->leaf.len;
    receipt->index = group->edge.size;
    audit_edge_add(&group->edge, &leaf->hash);
}

static void compose(struct audit_log *log, struct group *group) {
    group->frame = audit_frame_begin(log->frame_buf);
    audit_tree_edge(log->tree, &group->edge);
    for (struct audit_item *item = group->first; item != NULL; item = item->next) {
        item_take(log, group, item);
    }
    frame_mix(log->mix, group->leaf_count);
    for (size_t i = 0; i < group->leaf_count; i++) {
        leaf_place(log, group, i);
    }
    for (struct audit_item *item = group->first; item != NULL; item = item->next) {
        if (item->result == AUDIT_COMMITTED && item->has_end) {
            audit_frame_add_end(&group->frame, &item->end);
        }
    }
}

/* ---- Durable, signed, published */

static void make_durable(struct audit_log *log, struct group *group,
                         const struct audit_hash *root) {
    struct audit_place place;
    struct lg_err err =
        audit_journal_append(&log->journal, &group->frame, group->time_ms, root, &place);
    if (lg_failed(err)) {
        audit_stop_process("journal", err);
    }
    for (size_t i = 0; i < group->leaf_count; i++) {
        log->frame_leaves[i].segment = (uint32_t)place.segment;
        log->frame_leaves[i].at += (uint32_t)place.at;
    }
    err = audit_tree_append(log->tree, log->frame_leaves, group->leaf_count);
    if (lg_failed(err)) {
        audit_stop_process("leaves", err);
    }
}

static void publish(struct audit_log *log, struct audit_signed *checkpoint) {
    struct audit_signed *old = NULL;
    (void)pthread_mutex_lock(&log->state_lock);
    old = log->state.checkpoint;
    log->state.checkpoint = audit_signed_hold(checkpoint);
    log->state.mark = (struct audit_mark){
        .generation = log->journal.generation,
        .size = log->journal.size,
        .frame = log->journal.previous,
        .root = log->journal.root,
    };
    log->state.mark_is_new = true;
    (void)pthread_mutex_unlock(&log->state_lock);
    audit_signed_free(&old);
}

static void receipts_finish(struct audit_log *log, struct group *group,
                            struct audit_signed *checkpoint) {
    for (struct audit_item *item = group->first; item != NULL; item = item->next) {
        if (item->result != AUDIT_COMMITTED) {
            continue;
        }
        item->checkpoint = audit_signed_hold(checkpoint);
        for (size_t i = 0; i < item->count; i++) {
            struct receipt *receipt = &item->receipts[i];
            struct lg_err err = audit_tree_paths(log->tree, receipt->index, 1, &receipt->path);
            if (lg_failed(err)) {
                audit_stop_process("path", err);
            }
        }
    }
}

/* ---- Applying changes */

static void change_of(const struct audit_item *item, size_t i, struct audit_change *out_change) {
    const struct receipt *receipt = &item->receipts[i];
    struct audit_entry entry;
    struct lg_err err = audit_entry_decode(receipt->leaf, &entry);
    ASSERT(!lg_failed(err)); /* we encoded it */
    *out_change = (struct audit_change){
        .index = receipt->index,
        .time_ms = entry.time_ms,
        .kind = entry.kind,
        .request_id = entry.request_id,
        .requesting_agency = entry.requesting_agency,
        .agreement = entry.agreement,
        .agreement_version = entry.agreement_version,
        .reason = entry.reason,
        .items = entry.items,
        .sealed = item->open_parts[i],
    };
}

static void changes_apply(struct audit_log *log, struct group *group) {
    for (struct audit_item *item = group->first; item != NULL; item = item->next) {
        if (item->result != AUDIT_COMMITTED || !item->is_change) {
            continue;
        }
        for (size_t i = 0; i < item->count; i++) {
            change_of(item, i, &log->frame_changes[group->change_count]);
            group->change_count++;
        }
    }
    if (group->change_count == 0) {
        return;
    }
    struct lg_err err = log->apply(log->apply_ctx, log->frame_changes, group->change_count);
    if (lg_failed(err)) {
        audit_stop_process("apply", err);
    }
}

/* ---- Waking */

/* One loop's items of a group; each may be gone after it was delivered. */
static void on_woken(void *ctx) {
    struct audit_item *item = ctx;
    while (item != NULL) {
        struct audit_item *next = item->next;
        audit_item_deliver(item);
        item = next;
    }
}

static void waiter_wake(struct audit_log *log, struct audit_item *item) {
    (void)pthread_mutex_lock(&log->done_lock);
    item->done = true;
    (void)pthread_cond_broadcast(&log->done_changed);
    (void)pthread_mutex_unlock(&log->done_lock);
}

/* A change is told when it is in the store. Whoever was refused for one reads the store again:
 * before that, it would be refused for the same one once more. */
static bool waits_for_store(const struct audit_item *item) {
    return item->is_change || item->result == AUDIT_REFUSED_STALE;
}

/* Takes out of the group, in log order, the items of this kind that wait on `loop`. */
static struct audit_item *items_take(struct group *group, bool after, const struct loop *loop) {
    struct audit_item *taken = NULL;
    struct audit_item **end = &taken;
    struct audit_item **link = &group->first;
    while (*link != NULL) {
        struct audit_item *item = *link;
        if (waits_for_store(item) != after || item->loop != loop) {
            link = &item->next;
            continue;
        }
        *link = item->next;
        item->next = NULL;
        *end = item;
        end = &item->next;
    }
    return taken;
}

static struct audit_item *item_find(const struct group *group, bool after) {
    struct audit_item *item = group->first;
    while (item != NULL && waits_for_store(item) != after) {
        item = item->next;
    }
    return item;
}

/* Those who wait for the store, or those who do not; woken items may be gone at once. What one loop
 * gets in one turn goes on together, into the next group or to the same connections. */
static void group_wake(struct audit_log *log, struct group *group, bool after) {
    struct audit_item *item = NULL;
    while ((item = item_find(group, after)) != NULL) {
        struct audit_item *taken = items_take(group, after, item->loop);
        if (taken->loop != NULL) {
            loop_post(taken->loop, &taken->message, on_woken, taken);
            continue;
        }
        while (taken != NULL) {
            struct audit_item *next = taken->next;
            waiter_wake(log, taken);
            taken = next;
        }
    }
}

/* ---- One group */

static struct audit_signed *memory_take(struct audit_log *log) {
    struct audit_signed *checkpoint = calloc(1, sizeof *checkpoint);
    if (checkpoint == NULL || lg_failed(audit_tree_reserve(log->tree, LIMIT_AUDIT_FRAME_ENTRIES))) {
        free(checkpoint);
        return NULL;
    }
    atomic_init(&checkpoint->holders, 1);
    return checkpoint;
}

static void group_refuse(struct group *group) {
    for (struct audit_item *item = group->first; item != NULL; item = item->next) {
        item->result = AUDIT_REFUSED_MEMORY;
    }
}

static void group_commit(struct audit_log *log, struct group *group,
                         struct audit_signed *checkpoint) {
    struct audit_hash root;
    compose(log, group);
    if (group->leaf_count == 0) {
        return;
    }
    audit_edge_root(&group->edge, &root);
    make_durable(log, group, &root);
    audit_checkpoint_sign(&log->vkey, log->sign_key, log->journal.size, &root, &checkpoint->note);
    audit_hints_add(log->hints, log->mix->receipts, group->leaf_count);
    publish(log, checkpoint);
    receipts_finish(log, group, checkpoint);
}

void *audit_sequencer_run(void *ctx) {
    struct audit_log *log = ctx;
    struct group group = {.first = queue_take(log)};
    while (group.first != NULL) {
        struct audit_signed *checkpoint = memory_take(log);
        if (checkpoint == NULL) {
            group_refuse(&group);
        } else {
            group_commit(log, &group, checkpoint);
        }
        audit_signed_free(&checkpoint);
        /* Questions need not wait for the store. */
        group_wake(log, &group, false);
        changes_apply(log, &group);
        group_wake(log, &group, true);
        group = (struct group){.first = queue_take(log)};
    }
    return NULL;
}
