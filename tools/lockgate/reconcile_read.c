/* SPDX-License-Identifier: Apache-2.0 */
/* What a source wrote down, put together by its calls. */
#include <stdlib.h>
#include <string.h>

#include "tools/lockgate/reconcile_int.h"

static const int64_t DAY_MS = 86400000;
static const int64_t MARGIN_MS = 2 * INT64_C(86400000);

struct lg_err reconcile_too_many(struct reconcile *it, const char *what, size_t most) {
    diag_set(&it->diag, 0, "more than %zu %s; compare a shorter stretch: --since, --until", most,
             what);
    return lg_err_make(LG_CLASS_LIMIT, LG_TOOLS, RECONCILE_LIMIT);
}

/* The record is read once for its answers and once for what came after them, so that what is held
 * at a time follows from the stretch that is compared and not from all that is kept. */
struct gathering {
    struct reconcile *it;
    struct span agreement; /* of the entry before: most have the same */
    int64_t first_ms;      /* of the record's first entry */
};

/* A leaf has its day only, and clocks differ. */
static bool is_near(const struct reconcile *it, int64_t time_ms) {
    bool begins = it->from_ms <= MARGIN_MS || time_ms >= it->from_ms - MARGIN_MS;
    return begins && (it->to_ms > INT64_MAX - MARGIN_MS || time_ms < it->to_ms + MARGIN_MS);
}

static struct lg_err left_take(struct gathering *gathering, const struct record_entry *entry) {
    struct reconcile *it = gathering->it;
    struct request_id id;
    if (it->left_count == RECONCILE_LEFT_MAX) {
        return reconcile_too_many(it, "answers in the record", RECONCILE_LEFT_MAX);
    }
    it->left = arena_more(it->arena, it->left, it->left_count, sizeof *it->left);
    TRY(arena_failed(it->arena));
    if (!span_equal(gathering->agreement, entry->agreement)) {
        gathering->agreement = arena_copy(it->arena, entry->agreement);
        TRY(arena_failed(it->arena));
    }
    struct reconcile_left *left = &it->left[it->left_count++];
    *left = (struct reconcile_left){
        .call = entry->call,
        .time_ms = entry->time_ms,
        .agreement = gathering->agreement,
        .agreement_version = entry->agreement_version,
        .record_count = entry->record_count,
        .is_withheld = entry->withheld.len > 0,
    };
    memcpy(id.bytes, entry->call.bytes, sizeof id.bytes);
    audit_part_items(&id, entry->items, left->items);
    return LG_OK;
}

static struct lg_err on_answer(void *ctx, const struct record_entry *entry) {
    struct gathering *gathering = ctx;
    if (gathering->first_ms < 0) {
        gathering->first_ms = entry->time_ms;
    }
    bool counts = entry->kind == RECORD_LEFT && is_near(gathering->it, entry->time_ms);
    return counts ? left_take(gathering, entry) : LG_OK;
}

/* Of two receipts the first counts. */
static void after_join(struct reconcile_left *left, const struct record_entry *after) {
    if (after->kind == RECORD_UNSENT) {
        left->is_unsent = true;
    } else if (!left->has_receipt) {
        left->has_receipt = true;
        left->index = after->index;
        memcpy(left->leaf_hash, after->leaf_hash, sizeof left->leaf_hash);
        left->has_commitment = after->has_commitment;
        memcpy(left->commitment, after->commitment, sizeof left->commitment);
    } else if (left->index != after->index ||
               memcmp(left->leaf_hash, after->leaf_hash, sizeof left->leaf_hash) != 0) {
        left->is_contradicted = true;
    }
}

static struct lg_err orphan_add(struct reconcile *it, const struct record_entry *entry) {
    if (it->orphan_count == RECONCILE_LEFT_MAX) {
        return reconcile_too_many(it, "receipts without an answer in the record",
                                  RECONCILE_LEFT_MAX);
    }
    it->orphans = arena_more(it->arena, it->orphans, it->orphan_count, sizeof *it->orphans);
    TRY(arena_failed(it->arena));
    it->orphans[it->orphan_count++] = (struct reconcile_orphan){
        .call = entry->call, .time_ms = entry->time_ms, .index = entry->index};
    return LG_OK;
}

static struct lg_err on_after(void *ctx, const struct record_entry *entry) {
    struct reconcile *it = ((struct gathering *)ctx)->it;
    struct reconcile_left *end = it->left + it->left_count;
    struct reconcile_left *left =
        entry->kind == RECORD_LEFT ? NULL : reconcile_left_find(it, &entry->call);
    if (left == NULL) {
        bool counts = entry->kind == RECORD_RECEIPT && is_near(it, entry->time_ms);
        return counts ? orphan_add(it, entry) : LG_OK;
    }
    for (; left < end && memcmp(&left->call, &entry->call, sizeof left->call) == 0; left++) {
        after_join(left, entry);
    }
    return LG_OK;
}

static int orphan_order(const void *a, const void *b) {
    return memcmp(&((const struct reconcile_orphan *)a)->call,
                  &((const struct reconcile_orphan *)b)->call, sizeof(struct call_reference));
}

static bool is_same_call(const struct reconcile_orphan *orphan, const struct call_reference *call) {
    return memcmp(&orphan->call, call, sizeof *call) == 0;
}

/* Its answer is in the record after all, outside of what is compared: no orphan. */
static struct lg_err on_any_answer(void *ctx, const struct record_entry *entry) {
    struct reconcile *it = ((struct gathering *)ctx)->it;
    const struct reconcile_orphan key = {.call = entry->call};
    if (entry->kind != RECORD_LEFT) {
        return LG_OK;
    }
    struct reconcile_orphan *end = it->orphans + it->orphan_count;
    struct reconcile_orphan *at =
        bsearch(&key, it->orphans, it->orphan_count, sizeof key, orphan_order);
    while (at != NULL && at > it->orphans && is_same_call(at - 1, &entry->call)) {
        at--;
    }
    for (; at != NULL && at < end && is_same_call(at, &entry->call); at++) {
        at->time_ms = -1;
    }
    return LG_OK;
}

/* What is left are receipts for calls that the record does not have at all. Where its first files
 * went for their age their answers went with them: that day's receipts say nothing. */
static struct lg_err orphans_settle(struct gathering *gathering, const char *path) {
    struct reconcile *it = gathering->it;
    struct record_state state;
    if (it->orphan_count == 0) {
        return LG_OK;
    }
    qsort(it->orphans, it->orphan_count, sizeof *it->orphans, orphan_order);
    TRY(record_read(path, on_any_answer, gathering, &it->diag, &state));
    int64_t whole_ms = it->record.first > 1 ? (gathering->first_ms / DAY_MS + 1) * DAY_MS : 0;
    size_t count = 0;
    for (size_t i = 0; i < it->orphan_count; i++) {
        bool is_told = count > 0 && is_same_call(&it->orphans[count - 1], &it->orphans[i].call);
        if (it->orphans[i].time_ms >= whole_ms && !is_told) {
            it->orphans[count++] = it->orphans[i];
        }
    }
    it->orphan_count = count;
    return LG_OK;
}

struct lg_err reconcile_record_read(struct reconcile *it, const char *path) {
    struct gathering gathering = {.it = it, .first_ms = -1};
    struct record_state state;
    it->has_record = true;
    TRY(record_read(path, on_answer, &gathering, &it->diag, &it->record));
    reconcile_left_sort(it);
    TRY(record_read(path, on_after, &gathering, &it->diag, &state));
    return orphans_settle(&gathering, path);
}
