/* SPDX-License-Identifier: Apache-2.0 */
/* What others read of the log while it grows, and what the store replays after a crash. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/entry.h"
#include "gateway/audit/witnessed.h"
#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"
#include "gateway/base/log.h"

enum { REPLAY_ARENA_SIZE = 64 << 10 };

static struct lg_err out_of_range(void) {
    return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
}

static struct audit_signed *checkpoint_hold(struct audit_log *log, uint64_t *out_size) {
    (void)pthread_mutex_lock(&log->state_lock);
    ASSERT(log->state.checkpoint != NULL); /* an open log has signed what it found */
    struct audit_signed *checkpoint = audit_signed_hold(log->state.checkpoint);
    *out_size = log->state.mark.size;
    (void)pthread_mutex_unlock(&log->state_lock);
    return checkpoint;
}

void audit_checkpoint_read(struct audit_log *log, char out[static AUDIT_CHECKPOINT_SIZE_MAX],
                           size_t *out_len) {
    uint64_t size = 0;
    struct audit_signed *checkpoint = checkpoint_hold(log, &size);
    memcpy(out, checkpoint->note.text, checkpoint->note.len);
    *out_len = checkpoint->note.len;
    audit_signed_free(&checkpoint);
}

uint64_t audit_size(struct audit_log *log) {
    (void)pthread_mutex_lock(&log->state_lock);
    uint64_t size = log->state.mark.size;
    (void)pthread_mutex_unlock(&log->state_lock);
    return size;
}

void audit_vkey_write(const struct audit_log *log, char out[static AUDIT_VKEY_SIZE_MAX]) {
    audit_vkey_text(&log->vkey, out);
}

/* ---- Entries */

static struct lg_err bytes_read(const struct audit_log *log, const struct audit_leaf *leaf,
                                uint8_t *out) {
    const struct audit_file_ops *ops = log->folder.ops;
    char name[AUDIT_SEGMENT_NAME_SIZE];
    struct audit_into into = {.buf = out, .size = leaf->len};
    int fd = -1;
    audit_segment_name(leaf->segment, name);
    TRY(audit_folder_open(&log->folder, name, AUDIT_OPEN_READ, &fd));
    struct lg_err err = ops->read(ops->ctx, fd, leaf->at, &into);
    ops->close(ops->ctx, fd);
    TRY(err);
    return into.len == leaf->len ? LG_OK : lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
}

struct lg_err audit_entry_get(struct audit_log *log, uint64_t index, struct arena *arena,
                              struct span *out_leaf) {
    struct audit_leaf leaf;
    struct audit_hash hash;
    if (index >= audit_size(log)) {
        return out_of_range();
    }
    TRY(audit_tree_leaf(log->tree, index, &leaf));
    uint8_t *bytes = arena_alloc(arena, leaf.len);
    TRY(arena_failed(arena));
    TRY(bytes_read(log, &leaf, bytes));
    audit_merkle_leaf(span_of(bytes, leaf.len), &hash);
    if (memcmp(hash.bytes, leaf.hash.bytes, AUDIT_HASH_SIZE) != 0) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
    }
    *out_leaf = span_of(bytes, leaf.len);
    return LG_OK;
}

struct lg_err audit_entry_is_asked_by(struct audit_log *log, const struct audit_entry *entry,
                                      struct span agency, bool *out_is) {
    struct vault_key *nobody = NULL;
    *out_is = agency.len > 0 && span_equal(entry->requesting_agency, agency);
    if (*out_is || !entry->is_part || agency.len == 0) {
        return LG_OK;
    }
    if (lg_failed(log->keys.nobody(log->keys.ctx, entry->quarter, &nobody))) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_KEYS);
    }
    *out_is = audit_entry_asker_is(entry, nobody, agency);
    vault_key_free(&nobody);
    return LG_OK;
}

/* ---- Proofs */

struct lg_err audit_prove(struct audit_log *log, uint64_t index, uint64_t size,
                          struct audit_inclusion *out_inclusion) {
    uint64_t durable = audit_size(log);
    if (size > durable) {
        return out_of_range();
    }
    return audit_tree_inclusion(log->tree, index, size == 0 ? durable : size, out_inclusion);
}

struct lg_err audit_consistency(struct audit_log *log, uint64_t from_size, uint64_t to_size,
                                struct audit_path *out_path) {
    uint64_t durable = audit_size(log);
    uint64_t to = to_size == 0 ? durable : to_size;
    if (to > durable) {
        return out_of_range();
    }
    return audit_tree_consistency(log->tree, from_size, to, out_path);
}

static struct lg_err path_to_list(const struct audit_path *path, struct arena *arena,
                                  struct span_list *out_list) {
    struct span *items = arena_array(arena, path->count, sizeof *items);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < path->count; i++) {
        items[i] = arena_copy(arena, span_of(path->hashes[i].bytes, AUDIT_HASH_SIZE));
    }
    TRY(arena_failed(arena));
    *out_list = (struct span_list){.items = items, .count = path->count};
    return LG_OK;
}

static struct lg_err receipt_checkpoint(struct audit_log *log, uint64_t index, struct arena *arena,
                                        struct span *out_text, uint64_t *out_size) {
    TRY(audit_witnessed_of(log, index, arena, out_text, out_size));
    if (index < *out_size) {
        return LG_OK;
    }
    struct audit_signed *checkpoint = checkpoint_hold(log, out_size);
    *out_text = arena_copy(arena, span_of(checkpoint->note.text, checkpoint->note.len));
    audit_signed_free(&checkpoint);
    return arena_failed(arena);
}

struct lg_err audit_receipts_checkpoint(struct audit_log *log, uint64_t newest, struct arena *arena,
                                        struct audit_receipts_under *out_under) {
    struct audit_receipts_under under = {.size = 0};
    TRY(receipt_checkpoint(log, newest, arena, &under.checkpoint, &under.size));
    *out_under = under;
    return LG_OK;
}

struct lg_err audit_receipt_under(struct audit_log *log, uint64_t index,
                                  const struct audit_receipts_under *under, struct arena *arena,
                                  struct receipt_form *out_form) {
    struct audit_inclusion inclusion;
    struct receipt_form form = {.index = index};
    TRY(audit_entry_get(log, index, arena, &form.leaf));
    TRY(audit_tree_inclusion(log->tree, index, under->size, &inclusion));
    TRY(path_to_list(&inclusion.path, arena, &form.path));
    *out_form = form;
    return LG_OK;
}

struct lg_err audit_entry_receipt(struct audit_log *log, uint64_t index, struct arena *arena,
                                  struct receipt_form *out_form, struct span *out_checkpoint) {
    struct audit_receipts_under under;
    TRY(audit_receipts_checkpoint(log, index, arena, &under));
    TRY(audit_receipt_under(log, index, &under, arena, out_form));
    *out_checkpoint = under.checkpoint;
    return LG_OK;
}

/* ---- Replay */

struct key_search {
    struct span leaf;
    const struct audit_entry *entry;
    struct arena *arena;
    struct lg_err err;
    bool found;
    struct audit_opened opened;
};

static bool on_key(void *ctx, struct vault_key *key) {
    struct key_search *search = ctx;
    if (!audit_entry_is_about(search->entry, key)) {
        return true;
    }
    search->found = true;
    search->err = audit_entry_open(search->leaf, key, search->arena, &search->opened);
    return false;
}

/* An entry about nobody does not say so: it is the one that no subject's key is for. One that opens
 * under no key at all was erased. */
static struct lg_err nobody_open(struct audit_log *log, struct key_search *search) {
    struct vault_key *key = NULL;
    TRY(log->keys.nobody(log->keys.ctx, search->entry->quarter, &key));
    struct lg_err err = audit_entry_open(search->leaf, key, search->arena, &search->opened);
    vault_key_free(&key);
    search->found = !lg_failed(err);
    bool is_other = lg_err_class(err) == LG_CLASS_INPUT && lg_err_code(err) == AUDIT_SEALED;
    return is_other ? LG_OK : err;
}

static struct lg_err change_open(struct audit_log *log, struct key_search *search) {
    ASSERT(log->keys.each != NULL);
    TRY(log->keys.each(log->keys.ctx, search->entry->quarter, on_key, search));
    TRY(search->err);
    return search->found ? LG_OK : nobody_open(log, search);
}

/* Goes on where it found one: how long the search takes must not tell whose entry it is. */
static bool on_key_of_all(void *ctx, struct vault_key *key) {
    struct key_search *search = ctx;
    if (!search->found) {
        (void)on_key(ctx, key);
    } else {
        (void)audit_entry_is_about(search->entry, key);
    }
    return true;
}

/* Entries of one quarter that wait for their keys. */
struct key_searches {
    struct key_search *items;
    size_t count;
};

static bool on_key_of_many(void *ctx, struct vault_key *key) {
    const struct key_searches *searches = ctx;
    for (size_t i = 0; i < searches->count; i++) {
        (void)on_key_of_all(&searches->items[i], key);
    }
    return true;
}

static struct lg_err run_open(struct audit_log *log, struct key_searches *run,
                              struct audit_unsealing *items) {
    ASSERT(log->keys.each != NULL);
    TRY(log->keys.each(log->keys.ctx, run->items[0].entry->quarter, on_key_of_many, run));
    for (size_t i = 0; i < run->count; i++) {
        struct key_search *search = &run->items[i];
        struct key_search nobody = *search;
        nobody.found = false;
        TRY(search->err);
        TRY(nobody_open(log, &nobody));
        items[i].found = search->found || nobody.found;
        items[i].opened = search->found ? search->opened : nobody.opened;
    }
    return LG_OK;
}

struct lg_err audit_entries_unseal(struct audit_log *log, struct audit_unsealing *items,
                                   size_t count, struct arena *arena) {
    struct audit_entry *entries = arena_array(arena, count, sizeof *entries);
    struct key_search *searches = arena_array(arena, count, sizeof *searches);
    TRY(arena_failed(arena));
    for (size_t i = 0; i < count; i++) {
        TRY(audit_entry_decode(items[i].leaf, &entries[i]));
        searches[i] =
            (struct key_search){.leaf = items[i].leaf, .entry = &entries[i], .arena = arena};
    }
    for (size_t first = 0, end = 0; first < count; first = end) {
        while (end < count && entries[end].quarter == entries[first].quarter) {
            end++;
        }
        struct key_searches run = {.items = &searches[first], .count = end - first};
        TRY(run_open(log, &run, &items[first]));
    }
    return LG_OK;
}

struct lg_err audit_entry_unseal(struct audit_log *log, struct span leaf, struct arena *arena,
                                 struct audit_opened *out_opened, bool *out_found) {
    struct audit_unsealing item = {.leaf = leaf};
    TRY(audit_entries_unseal(log, &item, 1, arena));
    *out_found = item.found;
    *out_opened = item.opened;
    return LG_OK;
}

/* A change of somebody whose key is lost, not destroyed, must not be passed over: it may be that
 * they withdrew their consent. */
static struct lg_err erased_check(struct audit_log *log, uint64_t index, uint32_t quarter) {
    bool any = true;
    if (log->keys.any_destroyed != NULL) {
        TRY(log->keys.any_destroyed(log->keys.ctx, quarter, &any));
    }
    if (!any) {
        log_line(LOG_ERROR, "audit.replay.key_missing", "index=%llu", (unsigned long long)index);
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_KEYS);
    }
    return LG_OK;
}

static struct lg_err change_replay(struct audit_log *log, uint64_t index, struct span leaf,
                                   struct arena *arena, size_t *count) {
    struct audit_entry entry;
    TRY(audit_entry_decode(leaf, &entry));
    if (!audit_kind_is_change(entry.kind)) {
        return LG_OK;
    }
    struct key_search search = {.leaf = leaf, .entry = &entry, .arena = arena};
    TRY(change_open(log, &search));
    if (!search.found && entry.kind != AUDIT_ERASURE) {
        /* The subject was erased since: so was what the change is about. What an erasure destroys
         * stands in clear, so that it is done again whatever became of its own key. */
        TRY(erased_check(log, index, entry.quarter));
        log_line(LOG_WARN, "audit.replay.erased", "index=%llu", (unsigned long long)index);
        return LG_OK;
    }
    struct audit_change change = {
        .index = index,
        .time_ms = entry.time_ms,
        .kind = entry.kind,
        .request_id = entry.request_id,
        .requesting_agency = entry.requesting_agency,
        .agreement = entry.agreement,
        .agreement_version = entry.agreement_version,
        .reason = entry.reason,
        .items = entry.items,
        .sealed = search.found ? search.opened.sealed : span_of(NULL, 0),
    };
    ASSERT(log->apply != NULL);
    TRY(log->apply(log->apply_ctx, &change, 1));
    (*count)++;
    return LG_OK;
}

struct lg_err audit_log_replay(struct audit_log *log, uint64_t from_index, size_t *out_count) {
    uint64_t size = audit_size(log);
    size_t count = 0;
    if (from_index > size) {
        return out_of_range();
    }
    for (uint64_t index = from_index; index < size; index++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span leaf;
        TRY(arena_new(REPLAY_ARENA_SIZE, &arena));
        TRY(audit_entry_get(log, index, arena, &leaf));
        TRY(change_replay(log, index, leaf, arena, &count));
    }
    *out_count = count;
    return LG_OK;
}
