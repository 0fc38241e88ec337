/* SPDX-License-Identifier: Apache-2.0 */
/* Where three accounts of the same disclosures differ.
 *
 * A source's record and the log meet by the call reference: the leaf's request id. Receipts meet
 * the log by the position of their leaf, which must be the same leaf. What a gateway may honestly
 * say and a record not hold, or the other way round, is no difference: an agency that was not
 * asked has no record, an answer that came too late has a leaf which says so, and a link names a
 * person about whom nobody was asked. A hidden source's leaf tells nothing about what became of the
 * call: without a record of it they are counted, and told as what cannot be told apart. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lockgate/reconcile_int.h"

static const int64_t DAY_MS = 86400000;

/* ---- order ----------------------------------------------------------------------------------- */

static int difference_order(const void *a, const void *b) {
    const struct reconcile_difference *one = a;
    const struct reconcile_difference *other = b;
    if (one->time_ms != other->time_ms) {
        return one->time_ms < other->time_ms ? -1 : 1;
    }
    if (one->index != other->index) {
        return one->index < other->index ? -1 : 1;
    }
    int order = memcmp(&one->call, &other->call, sizeof one->call);
    return order != 0 ? order : (int)one->kind - (int)other->kind;
}

static void sort(void *items, size_t count, size_t size, int (*order)(const void *, const void *)) {
    if (count > 0) {
        qsort(items, count, size, order);
    }
}

/* The first record of the call that a part is of, or NULL. */
static struct reconcile_left *left_find(const struct reconcile *it,
                                        const struct request_id *request) {
    static_assert(sizeof request->bytes == sizeof(struct call_reference),
                  "a part's id is the call");
    struct call_reference call;
    memcpy(call.bytes, request->bytes, sizeof call.bytes);
    return reconcile_left_find(it, &call);
}

/* ---- what is told ---------------------------------------------------------------------------- */

static bool is_in_range(const struct reconcile *it, int64_t time_ms) {
    return time_ms >= it->from_ms && time_ms < it->to_ms;
}

static struct lg_err add(struct reconcile *it, const struct reconcile_difference *difference) {
    if (it->difference_count == RECONCILE_DIFFERENCES_MAX) {
        it->more++;
        return LG_OK;
    }
    it->differences =
        arena_more(it->arena, it->differences, it->difference_count, sizeof *it->differences);
    TRY(arena_failed(it->arena));
    it->differences[it->difference_count++] = *difference;
    return LG_OK;
}

static struct lg_err add_left(struct reconcile *it, enum reconcile_kind kind,
                              const struct reconcile_left *left) {
    return add(it, &(struct reconcile_difference){.kind = kind,
                                                  .has_call = true,
                                                  .call = left->call,
                                                  .has_index = left->has_receipt,
                                                  .index = left->has_receipt ? left->index : 0,
                                                  .agreement = left->agreement,
                                                  .time_ms = left->time_ms});
}

static struct lg_err add_leaf(struct reconcile *it, enum reconcile_kind kind,
                              const struct reconcile_leaf *leaf) {
    struct reconcile_difference difference = {.kind = kind,
                                              .has_call = leaf->is_part,
                                              .has_index = true,
                                              .index = leaf->index,
                                              .agreement = leaf->agreement,
                                              .time_ms = leaf->time_ms};
    memcpy(difference.call.bytes, leaf->request.bytes, sizeof difference.call.bytes);
    return add(it, &difference);
}

static struct lg_err add_kept(struct reconcile *it, enum reconcile_kind kind,
                              const struct reconcile_kept *kept) {
    struct reconcile_difference difference = {.kind = kind,
                                              .has_call = kept->is_proven,
                                              .has_index = kept->is_proven,
                                              .index = kept->index,
                                              .agreement = kept->agreement,
                                              .time_ms = kept->time_ms,
                                              .file = kept->file};
    memcpy(difference.call.bytes, kept->request.bytes, sizeof difference.call.bytes);
    return add(it, &difference);
}

/* ---- source and log -------------------------------------------------------------------------- */

static bool says(const struct reconcile_leaf *leaf, const char *reason) {
    return span_equal_text(leaf->reason, reason);
}

/* The log says that something of this source's went out. */
static bool is_release(const struct reconcile_leaf *leaf) {
    return leaf->kind == AUDIT_RELEASE && says(leaf, "ANSWERED");
}

/* A hidden source's leaf says the same for everything, also where the source was not reached. */
static bool is_unsure(const struct reconcile_leaf *leaf) {
    return leaf->kind == AUDIT_RELEASE && says(leaf, "HIDDEN");
}

static struct lg_err pair_check(struct reconcile *it, const struct reconcile_left *left,
                                const struct reconcile_leaf *leaf) {
    size_t before = it->difference_count;
    int64_t apart = left->time_ms / DAY_MS * DAY_MS - leaf->time_ms;
    bool is_answered = leaf->kind == AUDIT_RELEASE && says(leaf, "ANSWERED");
    if (!span_equal(left->agreement, leaf->agreement) ||
        left->agreement_version != leaf->agreement_version) {
        TRY(add_leaf(it, RECONCILE_AGREEMENT_DIFFERS, leaf));
    }
    /* What a hidden source could have been asked for follows from more than it was sent. */
    if (!says(leaf, "HIDDEN") &&
        (!leaf->has_items || memcmp(left->items, leaf->items, sizeof left->items) != 0)) {
        TRY(add_leaf(it, RECONCILE_ITEMS_DIFFER, leaf));
    }
    if (apart > DAY_MS || apart < -DAY_MS) {
        TRY(add_leaf(it, RECONCILE_DAY_DIFFERS, leaf));
    }
    if (is_answered && left->is_withheld) {
        TRY(add_leaf(it, RECONCILE_RELEASED_THOUGH_WITHHELD, leaf));
    } else if (is_answered && (left->is_unsent || left->record_count == 0)) {
        TRY(add_leaf(it, RECONCILE_RELEASED_THOUGH_NOTHING_LEFT, leaf));
    }
    it->agreed += it->difference_count == before ? 1 : 0;
    return LG_OK;
}

/* It may be newer than this copy of the record: for a day, and not for good. A day that has not
 * begun yet is none to wait for. */
static bool is_too_new(const struct reconcile *it, uint64_t index, int64_t day_ms) {
    return index > it->receipt_last && day_ms > it->settled_ms - DAY_MS &&
           day_ms < it->settled_ms + DAY_MS;
}

static struct lg_err leaf_check(struct reconcile *it, const struct reconcile_leaf *leaf) {
    struct reconcile_left *left = left_find(it, &leaf->request);
    if (left != NULL) {
        /* One call has one end: the second leaf would show the recipient something else. */
        bool is_end = leaf->kind == AUDIT_RELEASE || leaf->kind == AUDIT_DENIAL;
        if (is_end && left->is_in_log && is_in_range(it, left->time_ms)) {
            return add_leaf(it, RECONCILE_ASKED_TWICE, leaf);
        }
        left->is_in_log = left->is_in_log || is_end;
        return is_in_range(it, left->time_ms) ? pair_check(it, left, leaf) : LG_OK;
    }
    if (!is_in_range(it, leaf->time_ms) || (!is_release(leaf) && !is_unsure(leaf))) {
        return LG_OK;
    }
    if (is_too_new(it, leaf->index, leaf->time_ms)) {
        it->pending++;
        return LG_OK;
    }
    if (is_unsure(leaf)) {
        it->unreached++;
        return LG_OK;
    }
    return add_leaf(it, RECONCILE_LEAF_WITHOUT_RECORD, leaf);
}

/* What was promised at a position, and what stands there. */
static enum reconcile_kind leaf_difference(const uint8_t *commitment, bool has_commitment,
                                           const struct reconcile_leaf *leaf) {
    bool is_same = has_commitment == leaf->has_commitment &&
                   (!has_commitment || memcmp(commitment, leaf->commitment, AUDIT_HASH_SIZE) == 0);
    return is_same ? RECONCILE_LEAF_DIFFERS : RECONCILE_COMMITMENT_DIFFERS;
}

static bool is_receipt_of(const struct reconcile_left *left, const struct reconcile_leaf *leaf) {
    return memcmp(leaf->leaf_hash, left->leaf_hash, sizeof leaf->leaf_hash) == 0 &&
           memcmp(leaf->request.bytes, left->call.bytes, sizeof left->call.bytes) == 0;
}

/* How far the record reaches in the log: an index counts where the leaf at it is proven and is the
 * one of the receipt. What else the gateway wrote into a receipt moves nothing. */
static uint64_t receipt_last_find(const struct reconcile *it) {
    uint64_t last = 0;
    for (size_t i = 0; i < it->left_count; i++) {
        const struct reconcile_left *left = &it->left[i];
        const struct reconcile_leaf *leaf =
            left->has_receipt && left->index > last ? reconcile_leaf_find(it, left->index) : NULL;
        last = leaf != NULL && is_receipt_of(left, leaf) ? left->index : last;
    }
    return last;
}

static struct lg_err receipt_check(struct reconcile *it, const struct reconcile_left *left) {
    const struct reconcile_leaf *leaf = reconcile_leaf_find(it, left->index);
    if (leaf == NULL) {
        return add_left(it, RECONCILE_RECEIPT_UNPROVEN, left);
    }
    if (memcmp(leaf->leaf_hash, left->leaf_hash, sizeof leaf->leaf_hash) != 0) {
        return add_left(it, leaf_difference(left->commitment, left->has_commitment, leaf), left);
    }
    return is_receipt_of(left, leaf) ? LG_OK : add_left(it, RECONCILE_LEAF_DIFFERS, left);
}

static struct lg_err left_check(struct reconcile *it, const struct reconcile_left *left) {
    if (!is_in_range(it, left->time_ms)) {
        return LG_OK;
    }
    if (left->is_contradicted) {
        TRY(add_left(it, RECONCILE_LEAF_DIFFERS, left));
    }
    if (left->has_receipt) {
        return receipt_check(it, left);
    }
    if (left->is_unsent) {
        return LG_OK;
    }
    if (left->time_ms >= it->settled_ms) {
        it->pending++;
        return LG_OK;
    }
    return add_left(it, left->is_in_log ? RECONCILE_RECEIPT_MISSING : RECONCILE_LEFT_WITHOUT_LEAF,
                    left);
}

/* A call reference is of one call alone: the first record of it counts for the rest. */
static struct lg_err twice_check(struct reconcile *it) {
    size_t count = 0;
    for (size_t i = 0; i < it->left_count; i++) {
        if (count > 0 &&
            memcmp(&it->left[count - 1].call, &it->left[i].call, sizeof it->left[i].call) == 0) {
            TRY(is_in_range(it, it->left[i].time_ms)
                    ? add_left(it, RECONCILE_ASKED_TWICE, &it->left[i])
                    : LG_OK);
        } else {
            it->left[count++] = it->left[i];
        }
    }
    it->left_count = count;
    return LG_OK;
}

/* What is wrong with the record by itself. */
static struct lg_err record_check(struct reconcile *it) {
    for (size_t i = 0; i < it->record.damage_count; i++) {
        TRY(add(it, &(struct reconcile_difference){.kind = RECONCILE_RECORD_DAMAGED,
                                                   .damage = &it->record.damages[i]}));
    }
    for (size_t i = 0; i < it->orphan_count; i++) {
        const struct reconcile_orphan *orphan = &it->orphans[i];
        const struct reconcile_difference difference = {
            .kind = RECONCILE_RECEIPT_WITHOUT_ANSWER,
            .has_call = true,
            .call = orphan->call,
            .has_index = true,
            .index = orphan->index,
            .time_ms = orphan->time_ms,
        };
        TRY(is_in_range(it, orphan->time_ms) ? add(it, &difference) : LG_OK);
    }
    return LG_OK;
}

static struct lg_err source_compare(struct reconcile *it) {
    for (size_t i = 0; i < it->left_count; i++) {
        it->left[i].is_in_log = false;
    }
    TRY(twice_check(it));
    it->receipt_last = receipt_last_find(it);
    TRY(record_check(it));
    for (size_t i = 0; i < it->leaf_count; i++) {
        const struct reconcile_leaf *leaf = &it->leaves[i];
        if (leaf->is_source_side && leaf->is_part && !says(leaf, "LINK")) {
            TRY(leaf_check(it, leaf));
        }
    }
    for (size_t i = 0; i < it->left_count; i++) {
        TRY(left_check(it, &it->left[i]));
    }
    return LG_OK;
}

/* ---- recipient and log ----------------------------------------------------------------------- */

/* Of a run for a source: whether the receipt is of a leaf of its own. */
static bool is_own(const struct reconcile *it, const struct reconcile_kept *kept) {
    return left_find(it, &kept->request) != NULL || span_equal(kept->source, it->agency);
}

/* Whether the recipient holds more records than the source let out: without a record of the call,
 * or where nothing went out, each one is too many. */
static bool is_more(const struct reconcile *it, const struct reconcile_kept *kept) {
    const struct reconcile_left *left = left_find(it, &kept->request);
    if (!it->has_record || !kept->has_count) {
        return false;
    }
    if (left == NULL) {
        return kept->record_count > 0 && !is_too_new(it, kept->index, kept->time_ms);
    }
    bool is_nothing = left->is_unsent || left->is_withheld;
    return kept->record_count > (is_nothing ? 0 : left->record_count);
}

static struct lg_err kept_check(struct reconcile *it, const struct reconcile_kept *kept) {
    if (!kept->is_proven) {
        return add_kept(it, RECONCILE_RECEIPT_UNPROVEN, kept);
    }
    if (!is_in_range(it, kept->time_ms)) {
        return LG_OK;
    }
    if (it->has_record && !is_own(it, kept)) {
        it->others++;
        return LG_OK;
    }
    size_t before = it->difference_count;
    const struct reconcile_leaf *leaf = reconcile_leaf_find(it, kept->index);
    if (leaf == NULL) {
        TRY(add_kept(it, RECONCILE_RECEIPT_UNPROVEN, kept));
    } else if (memcmp(leaf->leaf_hash, kept->leaf_hash, sizeof leaf->leaf_hash) != 0) {
        TRY(add_kept(it, leaf_difference(kept->commitment, kept->has_commitment, leaf), kept));
    }
    if (kept->has_answer && !kept->answer_matches) {
        TRY(add_kept(it, RECONCILE_ANSWER_DIFFERS, kept));
    }
    if (kept->is_miscounted) {
        TRY(add_kept(it, RECONCILE_COUNT_DIFFERS, kept));
    }
    if (is_more(it, kept)) {
        TRY(add_kept(it, RECONCILE_MORE_THAN_LEFT, kept));
    }
    it->agreed += it->difference_count == before ? 1 : 0;
    return LG_OK;
}

static int question_order(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct request_id));
}

/* The questions of which the log says that their answers were not delivered. */
struct undelivered {
    struct request_id *questions;
    size_t count;
};

static struct lg_err undelivered_list(const struct reconcile *it, struct undelivered *out) {
    *out = (struct undelivered){.questions =
                                    arena_array(it->arena, it->leaf_count, sizeof *out->questions)};
    TRY(arena_failed(it->arena));
    for (size_t i = 0; i < it->leaf_count; i++) {
        if (it->leaves[i].kind == AUDIT_OUTCOME && it->leaves[i].is_requester_side) {
            out->questions[out->count++] = it->leaves[i].question;
        }
    }
    sort(out->questions, out->count, sizeof *out->questions, question_order);
    return LG_OK;
}

static bool is_undelivered(const struct undelivered *list, const struct request_id *question) {
    return list->count > 0 && bsearch(question, list->questions, list->count, sizeof *question,
                                      question_order) != NULL;
}

static struct lg_err unkept_find(struct reconcile *it) {
    struct undelivered undelivered;
    TRY(undelivered_list(it, &undelivered));
    for (size_t i = 0; i < it->leaf_count; i++) {
        const struct reconcile_leaf *leaf = &it->leaves[i];
        bool counts = leaf->kind == AUDIT_RELEASE && !says(leaf, "LINK") &&
                      is_in_range(it, leaf->time_ms) && !reconcile_is_kept(it, leaf->index);
        if (counts && leaf->is_asker_unknown && !leaf->is_source_side) {
            it->unknown++;
        }
        if (counts && leaf->is_requester_side && !is_undelivered(&undelivered, &leaf->question)) {
            TRY(add_leaf(it, RECONCILE_RECEIPT_NOT_KEPT, leaf));
        }
    }
    return LG_OK;
}

static struct lg_err recipient_compare(struct reconcile *it) {
    for (size_t i = 0; i < it->kept_count; i++) {
        TRY(kept_check(it, &it->kept[i]));
    }
    return it->has_record ? LG_OK : unkept_find(it);
}

/* An agency that asks itself finds its leaf twice; two leaves at one position are two logs. */
static struct lg_err leaves_once(struct reconcile *it) {
    size_t count = 0;
    for (size_t i = 0; i < it->leaf_count; i++) {
        const struct reconcile_leaf *leaf = &it->leaves[i];
        const struct reconcile_leaf *last = count == 0 ? NULL : &it->leaves[count - 1];
        if (last == NULL || last->index != leaf->index) {
            it->leaves[count++] = *leaf;
        } else if (memcmp(last->leaf_hash, leaf->leaf_hash, sizeof leaf->leaf_hash) != 0) {
            TRY(add_leaf(it, RECONCILE_LEAF_DIFFERS, leaf));
        }
    }
    it->leaf_count = count;
    return LG_OK;
}

struct lg_err reconcile_compare(struct reconcile *it) {
    reconcile_sort(it);
    TRY(leaves_once(it));
    if (it->has_record) {
        TRY(source_compare(it));
    }
    if (it->has_kept) {
        TRY(recipient_compare(it));
    }
    sort(it->differences, it->difference_count, sizeof *it->differences, difference_order);
    return LG_OK;
}
