/* SPDX-License-Identifier: Apache-2.0 */
/* Commits under way, and the receipts that come out of them. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/entry.h"
#include "gateway/base/assert.h"

/* A byte pool cut from the front; parts are aligned for what goes into them. */
struct pool {
    uint8_t *base; /* NULL: only counts */
    size_t used;
};

static void *pool_take(struct pool *pool, size_t size) {
    size_t at = (pool->used + 15) / 16 * 16;
    pool->used = at + size;
    return pool->base == NULL ? NULL : pool->base + at;
}

static void layout(const struct audit_item_size *size, struct pool *pool, struct audit_item *item) {
    (void)pool_take(pool, sizeof *item);
    item->receipts = pool_take(pool, size->count * sizeof *item->receipts);
    item->list = pool_take(pool, size->count * sizeof *item->list);
    item->open_parts = pool_take(pool, size->count * sizeof *item->open_parts);
    item->conditions = pool_take(pool, size->conditions * sizeof *item->conditions);
    item->changed = pool_take(pool, size->changed * sizeof *item->changed);
    item->leaves = pool_take(pool, size->leaves);
    item->details = pool_take(pool, size->details);
    item->open = span_of(pool_take(pool, size->open), size->open);
}

struct lg_err audit_item_new(const struct audit_item_size *size, struct audit_item **out_item) {
    struct audit_item shape = {.count = size->count};
    struct pool pool = {.base = NULL};
    /* Each number is bounded by limits of the batch, so that nothing here can overflow. */
    layout(size, &pool, &shape);
    struct audit_item *item = calloc(1, pool.used);
    if (item == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    pool = (struct pool){.base = (uint8_t *)item};
    layout(size, &pool, item);
    atomic_init(&item->holders, 1);
    item->count = size->count;
    item->condition_count = size->conditions;
    item->changed_count = size->changed;
    item->leaves_size = size->leaves;
    item->details_size = size->details;
    for (size_t i = 0; i < size->count; i++) {
        item->receipts[i].item = item;
        item->list[i] = &item->receipts[i];
    }
    *out_item = item;
    return LG_OK;
}

static void open_wipe(struct audit_item *item) {
    if (item->open.len > 0) {
        /* The span is const to readers; its memory is the item's own. */
        size_t at = (size_t)(item->open.ptr - (const uint8_t *)item);
        vault_wipe((uint8_t *)item + at, item->open.len);
    }
}

void audit_item_free(struct audit_item **item) {
    struct audit_item *it = *item;
    *item = NULL;
    if (it == NULL || atomic_fetch_sub(&it->holders, 1) != 1) {
        return;
    }
    open_wipe(it);
    audit_signed_free(&it->checkpoint);
    free(it);
}

struct audit_signed *audit_signed_hold(struct audit_signed *checkpoint) {
    (void)atomic_fetch_add(&checkpoint->holders, 1);
    return checkpoint;
}

void audit_signed_free(struct audit_signed **checkpoint) {
    struct audit_signed *it = *checkpoint;
    *checkpoint = NULL;
    if (it != NULL && atomic_fetch_sub(&it->holders, 1) == 1) {
        free(it);
    }
}

void audit_item_deliver(struct audit_item *item) {
    struct audit_outcome outcome = {.result = item->result};
    if (item->result == AUDIT_COMMITTED) {
        outcome.receipts = item->list;
        outcome.receipt_count = item->count;
    }
    item->on_done(item->ctx, &outcome);
    audit_item_free(&item);
}

/* ---- Receipts */

struct receipt *audit_receipt_hold(const struct receipt *receipt) {
    (void)atomic_fetch_add(&receipt->item->holders, 1);
    return &receipt->item->receipts[receipt - receipt->item->receipts];
}

void audit_receipt_free(struct receipt **receipt) {
    if (*receipt != NULL) {
        struct audit_item *item = (*receipt)->item;
        *receipt = NULL;
        audit_item_free(&item);
    }
}

uint64_t audit_receipt_index(const struct receipt *receipt) {
    return receipt->index;
}

enum audit_kind audit_receipt_kind(const struct receipt *receipt) {
    return receipt->kind;
}

struct request_id audit_receipt_request_id(const struct receipt *receipt) {
    return receipt->request_id;
}

struct span audit_receipt_leaf(const struct receipt *receipt) {
    return receipt->leaf;
}

size_t audit_receipt_path_count(const struct receipt *receipt) {
    return receipt->path.count;
}

struct span audit_receipt_path(const struct receipt *receipt, size_t i) {
    ASSERT(i < receipt->path.count);
    return span_of(receipt->path.hashes[i].bytes, AUDIT_HASH_SIZE);
}

struct span audit_receipt_checkpoint(const struct receipt *receipt) {
    const struct audit_checkpoint_text *note = &receipt->item->checkpoint->note;
    return span_of(note->text, note->len);
}

uint64_t audit_receipt_size(const struct receipt *receipt) {
    struct audit_note note;
    struct audit_checkpoint checkpoint = {.size = UINT64_MAX};
    if (lg_failed(audit_note_read(audit_receipt_checkpoint(receipt), &note)) ||
        lg_failed(audit_checkpoint_parse(note.body, &checkpoint))) {
        return UINT64_MAX; /* more than any witness has seen */
    }
    return checkpoint.size;
}

bool audit_receipt_commitment_matches(const struct receipt *receipt,
                                      const uint8_t salt[static AUDIT_SALT_SIZE],
                                      struct span payload) {
    struct audit_entry entry;
    struct vault_sha256 hash;
    uint8_t digest[VAULT_SHA256_SIZE];
    if (lg_failed(audit_entry_decode(receipt->leaf, &entry)) || entry.commitment.len == 0) {
        return false;
    }
    vault_sha256_begin(&hash);
    vault_sha256_add(&hash, span_of(salt, AUDIT_SALT_SIZE));
    vault_sha256_add(&hash, payload);
    vault_sha256_end(&hash, digest);
    return vault_equal(span_of(digest, sizeof digest), entry.commitment);
}

struct lg_err audit_receipt_form(const struct receipt *receipt, struct span salt,
                                 struct arena *arena, struct receipt_form *out_form) {
    struct span *items = arena_array(arena, receipt->path.count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < receipt->path.count; i++) {
        items[i] = audit_receipt_path(receipt, i);
    }
    *out_form = (struct receipt_form){
        .index = receipt->index,
        .leaf = receipt->leaf,
        .path = {.items = items, .count = receipt->path.count},
        .salt = salt,
        .detail = receipt->detail,
    };
    return LG_OK;
}
