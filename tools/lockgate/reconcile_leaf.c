/* SPDX-License-Identifier: Apache-2.0 */
/* What a leaf of the log counts as is read from its proven bytes and from nothing beside them: a
 * gateway that says of a leaf that it is somebody else's, of another kind or of another question
 * changes nothing. Which agency this is the caller knows from its own certificate. */
#include <string.h>

#include "tools/lockgate/reconcile_int.h"

/* The receipt is checked as one that came in a file would be. */
static struct lg_err leaf_prove(const struct receipt_form *form, struct span checkpoint,
                                const struct audit_vkey *vkey, struct arena *arena,
                                struct audit_verified *out_verified) {
    struct audit_proof proof;
    struct span text;
    TRY(audit_proof_write(form, checkpoint, arena, &text));
    TRY(audit_proof_read(&text, arena, &proof));
    return audit_proof_verify(&proof, vkey, out_verified);
}

static bool is_part_end(const struct audit_entry *entry) {
    return entry->is_part && (entry->kind == AUDIT_RELEASE || entry->kind == AUDIT_DENIAL);
}

/* An OUTCOME can also say that witnesses confirmed what then left: that takes nothing back. */
static bool is_not_delivered(const struct audit_entry *entry) {
    return entry->kind == AUDIT_OUTCOME && (entry->decision == AUDIT_DECISION_NOT_DELIVERED ||
                                            entry->decision == AUDIT_DECISION_ABANDONED);
}

/* The side of a part that asked, and its question, stand in the detail that the leaf commits to;
 * where the detail is not shown nobody can tell. */
static struct lg_err asker_read(const struct reconcile *it, const struct audit_entry *entry,
                                struct span bytes, struct reconcile_leaf *leaf) {
    struct audit_detail detail;
    if (!entry->is_part) {
        leaf->is_requester_side = span_equal(entry->requesting_agency, it->agency);
        leaf->question = entry->request_id;
        return LG_OK;
    }
    leaf->is_asker_unknown = bytes.len == 0;
    if (leaf->is_asker_unknown) {
        return LG_OK;
    }
    TRY(audit_detail_read(entry, bytes, &detail));
    leaf->is_requester_side = span_equal(detail.requesting_agency, it->agency);
    leaf->question = detail.question_id;
    return LG_OK;
}

static struct lg_err leaf_fill(const struct reconcile *it, const struct audit_entry *entry,
                               const struct receipt_form *form,
                               const struct audit_verified *verified, struct reconcile_leaf *leaf) {
    *leaf = (struct reconcile_leaf){
        .index = form->index,
        .request = entry->request_id,
        .kind = entry->kind,
        .is_source_side = entry->is_part && span_equal(entry->source_agency, it->agency),
        .is_part = entry->is_part,
        .source = arena_copy(it->arena, entry->source_agency),
        .reason = arena_copy(it->arena, entry->reason),
        .agreement = arena_copy(it->arena, entry->agreement),
        .agreement_version = entry->agreement_version,
        .has_items = entry->items.len == sizeof leaf->items,
        .has_commitment = entry->commitment.len == sizeof leaf->commitment,
        .time_ms = entry->time_ms,
    };
    TRY(arena_failed(it->arena));
    memcpy(leaf->leaf_hash, verified->leaf_hash.bytes, sizeof leaf->leaf_hash);
    if (leaf->has_items) {
        memcpy(leaf->items, entry->items.ptr, sizeof leaf->items);
    }
    if (leaf->has_commitment) {
        memcpy(leaf->commitment, entry->commitment.ptr, sizeof leaf->commitment);
    }
    return asker_read(it, entry, form->detail, leaf);
}

struct lg_err reconcile_leaf_add(struct reconcile *it, const struct receipt_form *form,
                                 struct span checkpoint, const struct audit_vkey *vkey,
                                 struct arena *page) {
    struct audit_verified verified;
    struct audit_entry entry;
    TRY(leaf_prove(form, checkpoint, vkey, page, &verified));
    TRY(audit_entry_decode(form->leaf, &entry));
    if (!is_part_end(&entry) && !is_not_delivered(&entry)) {
        return LG_OK;
    }
    if (it->leaf_count == RECONCILE_LEAVES_MAX) {
        return reconcile_too_many(it, "leaves", RECONCILE_LEAVES_MAX);
    }
    it->leaves = arena_more(it->arena, it->leaves, it->leaf_count, sizeof *it->leaves);
    TRY(arena_failed(it->arena));
    TRY(leaf_fill(it, &entry, form, &verified, &it->leaves[it->leaf_count]));
    it->leaf_count++;
    return LG_OK;
}
