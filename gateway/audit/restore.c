/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/audit/restore.h"

#include <string.h>

#include "gateway/base/bytes.h"

static struct lg_err corrupt(void) {
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
}

static struct lg_err question_follow(struct audit_restore *restore, const struct audit_entry *entry,
                                     uint64_t index) {
    if (entry->kind == AUDIT_ASK) {
        return audit_questions_begin(restore->questions, &entry->request_id, index);
    }
    if ((entry->flags & AUDIT_FLAG_FINAL) != 0) {
        audit_questions_end(restore->questions, &entry->request_id);
    }
    return LG_OK;
}

static struct lg_err entry_take(struct audit_restore *restore, struct span bytes, uint64_t index,
                                struct audit_leaf *leaf) {
    struct audit_entry entry;
    struct lg_err err = audit_entry_decode(bytes, &entry);
    if (audit_is(err, AUDIT_LEAF_VERSION)) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_LEAF_VERSION);
    }
    if (lg_failed(err)) {
        return corrupt();
    }
    audit_merkle_leaf(bytes, &leaf->hash);
    return question_follow(restore, &entry, index);
}

static void ends_take(struct audit_restore *restore, const struct audit_frame_view *frame) {
    struct reader r = reader_of(frame->ends);
    for (uint32_t i = 0; i < frame->head.end_count; i++) {
        struct request_id id;
        reader_copy(&r, id.bytes, sizeof id.bytes);
        audit_questions_end(restore->questions, &id);
    }
}

static struct lg_err root_check(const struct audit_restore *restore,
                                const struct audit_frame_view *frame) {
    struct audit_edge edge;
    struct audit_hash root;
    audit_tree_edge(restore->tree, &edge);
    audit_edge_root(&edge, &root);
    if (edge.size != frame->head.new_size ||
        memcmp(root.bytes, frame->head.root.bytes, AUDIT_HASH_SIZE) != 0) {
        return corrupt();
    }
    return LG_OK;
}

struct lg_err audit_restore_frame(void *ctx, const struct audit_frame_view *frame, uint64_t segment,
                                  uint64_t at) {
    struct audit_restore *restore = ctx;
    struct reader r = reader_of(frame->entries);
    for (uint32_t i = 0; i < frame->head.count; i++) {
        struct audit_leaf *leaf = &restore->leaves[i];
        size_t entry_at = AUDIT_FRAME_HEADER_SIZE + frame->entries.len - r.rest.len + 2;
        struct span bytes = reader_part(&r);
        TRY(entry_take(restore, bytes, frame->head.first_index + i, leaf));
        leaf->segment = (uint32_t)segment;
        leaf->at = (uint32_t)(at + entry_at);
        leaf->len = (uint16_t)bytes.len;
    }
    TRY(reader_end(&r));
    ends_take(restore, frame);
    TRY(audit_tree_reserve(restore->tree, frame->head.count));
    TRY(audit_tree_append(restore->tree, restore->leaves, frame->head.count));
    return root_check(restore, frame);
}
