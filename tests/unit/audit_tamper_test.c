/* SPDX-License-Identifier: Apache-2.0 */
/* A log on disk and somebody who may write to it: every field of every entry, of every frame and of
 * every segment is changed in turn, as it is and with the hash of the frame made to fit again. The
 * check at start finds each, and so does whoever holds a receipt of the entry and nothing else. A
 * short log. LOCKGATE_LONG: 10,000 entries, of which the start is given one field each, another
 * each time, and the holder all; LOCKGATE_TAMPER_ALL as well: both all, which takes hours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/begin.h"
#include "gateway/audit/restore.h"
#include "gateway/base/bytes.h"
#include "tests/support/audit_disk.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum {
    ENTRIES = 48,
    ENTRIES_LONG = 10000,
    FIELDS_MAX = 64,
    BATCH_MOST = 7,
    BATCH_MOST_LONG = AUDIT_BATCH_MAX,
    FRAMES_MAX = ENTRIES_LONG + 1,
    ARENA_SIZE = 1 << 16,
    MARK_SIZE = 8192,
};

/* Bytes from `at` on in whatever is being changed. */
struct field {
    size_t at;
    size_t len;
};

struct fields {
    struct field items[FIELDS_MAX];
    size_t count;
};

struct frame_place {
    uint64_t segment;
    uint64_t at;
    size_t size;
    uint64_t first_index;
    uint32_t count;
    size_t ends_at; /* in the frame */
    size_t ends_len;
};

struct world {
    struct audit_support support;
    struct disk *disk;
    struct audit_file_ops ops;
    struct audit_log *log;
    struct audit_tree *tree; /* of the last check */
    struct audit_restore restore;
    bool keeps_places;
    struct frame_place *frames;
    size_t frame_count;
    struct audit_leaf *leaves;
    uint64_t size;
    uint64_t tried;
    uint64_t found;
    uint8_t mark[MARK_SIZE]; /* the high-water file of the log's beginning */
    size_t mark_len;
};

/* ---- The log */

static struct lg_err apply(void *ctx, const struct audit_change *changes, size_t count) {
    (void)ctx;
    (void)changes;
    (void)count;
    return LG_OK;
}

static void batch_commit(struct world *w, uint32_t number, size_t count) {
    struct audit_entry_fields entries[BATCH_MOST_LONG];
    struct audit_commitment commitment;
    struct audit_detail details[BATCH_MOST_LONG];
    struct request_id ends = audit_support_id(number);
    struct audit_batch batch = {.entries = entries, .count = count};
    audit_commitment_make(span_text("one source's part"), &commitment);
    for (uint32_t i = 0; i < count; i++) {
        entries[i] = audit_support_ask(number + i);
        if (number % 3 == 1) {
            entries[i] = audit_support_part(number + i, AUDIT_RELEASE, &commitment, &details[i]);
            entries[i].person = audit_support_person(&w->support, (uint8_t)(1 + i % 4));
            batch.ends = &ends;
        } else if (number % 3 == 2) {
            entries[i].kind = AUDIT_CONSENT;
            entries[i].items_form = AUDIT_ITEMS_BITMAP;
        }
    }
    assert_int_equal(audit_support_commit(w->log, &batch, NULL), AUDIT_COMMITTED);
}

static void mark_path(const struct world *w, char path[static SUPPORT_PATH_SIZE + 32]) {
    snprintf(path, SUPPORT_PATH_SIZE + 32, "%s/high-water", w->support.folder);
}

/* A disk with no high-water file to speak of: it is as it was before the first entry. */
static void mark_put_back(struct world *w) {
    char path[SUPPORT_PATH_SIZE + 32];
    mark_path(w, path);
    disk_file_set(w->disk, path, span_of(w->mark, w->mark_len));
}

static void mark_keep(struct world *w) {
    char path[SUPPORT_PATH_SIZE + 32];
    struct diag diag;
    assert_false(lg_failed(audit_log_recover(&w->support.config, &diag, &w->log)));
    audit_log_close(&w->log);
    mark_path(w, path);
    struct span mark = disk_file(w->disk, path);
    assert_in_range(mark.len, 1, MARK_SIZE);
    memcpy(w->mark, mark.ptr, mark.len);
    w->mark_len = mark.len;
    disk_process_end(w->disk);
}

static struct world *world_new(uint64_t entries) {
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    audit_support_init(&w->support);
    w->disk = disk_new(0);
    w->ops = disk_ops(w->disk);
    w->support.config.files = &w->ops;
    w->support.config.apply = apply;
    w->frames = calloc(FRAMES_MAX, sizeof w->frames[0]);
    w->leaves = calloc(LIMIT_AUDIT_FRAME_ENTRIES, sizeof w->leaves[0]);
    assert_non_null(w->frames);
    assert_non_null(w->leaves);
    mark_keep(w);
    w->log = audit_support_open(&w->support);
    uint32_t number = 0;
    while (audit_size(w->log) < entries) {
        batch_commit(w, number, 1 + number % (entries > ENTRIES ? BATCH_MOST_LONG : BATCH_MOST));
        number++;
    }
    w->size = audit_size(w->log);
    return w;
}

static void world_free(struct world *w) {
    audit_tree_free(&w->tree);
    audit_log_close(&w->log);
    disk_free(&w->disk);
    audit_support_done(&w->support);
    free(w->frames);
    free(w->leaves);
    free(w);
}

/* ---- The check at start */

static struct lg_err on_frame(void *ctx, const struct audit_frame_view *frame, uint64_t segment,
                              uint64_t at) {
    struct world *w = ctx;
    if (w->keeps_places) {
        assert_true(w->frame_count < FRAMES_MAX);
        w->frames[w->frame_count] =
            (struct frame_place){.segment = segment,
                                 .at = at,
                                 .size = frame->size,
                                 .first_index = frame->head.first_index,
                                 .count = frame->head.count,
                                 .ends_at = AUDIT_FRAME_HEADER_SIZE + frame->entries.len,
                                 .ends_len = frame->ends.len};
        w->frame_count++;
    }
    return audit_restore_frame(&w->restore, frame, segment, at);
}

/* Reads all of it, as a start does before it writes anything. */
static bool is_whole(struct world *w) {
    const struct audit_folder folder = {.ops = &w->ops, .path = w->support.folder};
    OWN(audit_questions_free) struct audit_questions *questions = NULL;
    struct diag diag;
    struct audit_begun begun = audit_begun_init(&folder, w->support.config.origin);
    audit_tree_free(&w->tree);
    disk_process_end(w->disk);
    assert_false(lg_failed(audit_questions_new(&questions)));
    assert_false(lg_failed(audit_tree_new(&folder, &w->tree)));
    w->restore =
        (struct audit_restore){.tree = w->tree, .questions = questions, .leaves = w->leaves};
    struct lg_err err = audit_begin_lock(&begun, &diag);
    if (!lg_failed(err)) {
        err = audit_begin_read(&begun, on_frame, w, &diag);
    }
    audit_begun_done(&begun);
    return !lg_failed(err);
}

/* The durable bytes of a segment, to be changed; the caller frees them. */
static uint8_t *segment_copy(const struct world *w, uint64_t segment, char *path, size_t path_size,
                             size_t *out_len) {
    snprintf(path, path_size, "%s/segment-%010llu", w->support.folder, (unsigned long long)segment);
    struct span bytes = disk_file(w->disk, path);
    uint8_t *copy = malloc(bytes.len);
    assert_non_null(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    *out_len = bytes.len;
    return copy;
}

static void seal(uint8_t *bytes, size_t size) {
    vault_sha256(span_of(bytes, size - AUDIT_HASH_SIZE), bytes + size - AUDIT_HASH_SIZE);
}

/* What is changed: a field of a part of a segment that ends in the hash of its bytes. */
struct change {
    uint64_t segment;
    uint64_t part_at;
    size_t part_size;
    size_t at; /* of the field in the part */
    size_t len;
    bool sealed_again;
};

/* Which byte and bit of the field is another each time. */
static void change_try(struct world *w, const struct change *change) {
    char path[SUPPORT_PATH_SIZE + 32];
    size_t len = 0;
    uint8_t *bytes = segment_copy(w, change->segment, path, sizeof path, &len);
    uint8_t *whole = malloc(len);
    assert_non_null(whole);
    memcpy(whole, bytes, len);
    uint8_t *part = bytes + change->part_at;
    part[change->at + w->tried * 7 % change->len] ^= (uint8_t)(1U << w->tried % 8);
    if (change->sealed_again) {
        seal(part, change->part_size);
    }
    disk_file_set(w->disk, path, span_of(bytes, len));
    w->tried++;
    if (is_whole(w)) {
        print_error("not found: segment %llu, byte %llu, %zu of %zu%s\n",
                    (unsigned long long)change->segment, (unsigned long long)change->part_at,
                    change->at, change->len, change->sealed_again ? ", sealed again" : "");
    } else {
        w->found++;
    }
    disk_file_set(w->disk, path, span_of(whole, len));
    free(bytes);
    free(whole);
}

/* ---- Fields */

static void field_add(struct fields *fields, size_t *at, size_t len) {
    if (len > 0) {
        assert_true(fields->count < FIELDS_MAX);
        fields->items[fields->count] = (struct field){.at = *at, .len = len};
        fields->count++;
        *at += len;
    }
}

/* Of an entry, in the order of entry.c. */
static struct fields entry_fields(struct span leaf) {
    static const size_t first[] = {1, 1, 1, 1, MODEL_REQUEST_ID_SIZE, 4};
    static const size_t part[] = {4, AUDIT_TAG_SIZE, AUDIT_HASH_SIZE};
    static const size_t other[] = {2, 8, 8, 2, 4, 8};
    struct audit_entry entry;
    struct fields fields = {.count = 0};
    size_t at = 0;
    assert_false(lg_failed(audit_entry_decode(leaf, &entry)));
    const struct span codes[] = {entry.source_agency, entry.requesting_agency,
                                 entry.agreement,     entry.purpose,
                                 entry.basis,         entry.reason};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        field_add(&fields, &at, first[i]);
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        field_add(&fields, &at, 1);
        field_add(&fields, &at, codes[i].len);
    }
    field_add(&fields, &at, entry.items.len);
    field_add(&fields, &at, AUDIT_TAG_SIZE);
    field_add(&fields, &at, 1);
    field_add(&fields, &at, entry.commitment.len);
    const size_t *rest = entry.is_part ? part : other;
    size_t rest_count =
        entry.is_part ? sizeof part / sizeof part[0] : sizeof other / sizeof other[0];
    for (size_t i = 0; i < rest_count; i++) {
        field_add(&fields, &at, rest[i]);
    }
    field_add(&fields, &at, AUDIT_HASH_SIZE); /* key commitment */
    field_add(&fields, &at, 2);
    field_add(&fields, &at, 24); /* nonce */
    field_add(&fields, &at, leaf.len - at - 16);
    field_add(&fields, &at, 16);
    assert_int_equal(at, leaf.len);
    return fields;
}

/* Of a frame's head, in the order of frame.c, and its endings, padding and hash. */
static struct fields frame_fields(const struct frame_place *frame) {
    static const size_t head[] = {8, 4, 4, 8, 8, 8, 8, 8, 4, 4, 32, 32};
    struct fields fields = {.count = 0};
    size_t at = 0;
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
        field_add(&fields, &at, head[i]);
    }
    assert_int_equal(at, AUDIT_FRAME_HEADER_SIZE);
    at = frame->ends_at;
    field_add(&fields, &at, frame->ends_len);
    field_add(&fields, &at, frame->size - AUDIT_HASH_SIZE - at);
    field_add(&fields, &at, AUDIT_HASH_SIZE);
    return fields;
}

static struct fields segment_fields(void) {
    static const size_t header[] = {8, 8, 8, 8, 8, 32, 32, 32, 344, 32};
    struct fields fields = {.count = 0};
    size_t at = 0;
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++) {
        field_add(&fields, &at, header[i]);
    }
    assert_int_equal(at, AUDIT_SEGMENT_HEADER_SIZE);
    return fields;
}

/* ---- Every one of them */

static const struct frame_place *frame_of(const struct world *w, uint64_t index) {
    size_t i = 0;
    while (index >= w->frames[i].first_index + w->frames[i].count) {
        i++;
    }
    return &w->frames[i];
}

/* Each field of each entry, or one of each entry, another each time: reading a long log so often is
 * the cost. */
static void entries_change(struct world *w, const struct audit_leaf *leaves, bool all) {
    for (uint64_t index = 0; index < w->size; index++) {
        const struct frame_place *frame = frame_of(w, index);
        char path[SUPPORT_PATH_SIZE + 32];
        size_t len = 0;
        uint8_t *bytes = segment_copy(w, frame->segment, path, sizeof path, &len);
        struct fields fields = entry_fields(span_of(bytes + leaves[index].at, leaves[index].len));
        free(bytes);
        for (size_t i = all ? 0 : index % fields.count; i < fields.count;
             i += all ? 1 : FIELDS_MAX) {
            struct change change = {.segment = frame->segment,
                                    .part_at = frame->at,
                                    .part_size = frame->size,
                                    .at = leaves[index].at - frame->at + fields.items[i].at,
                                    .len = fields.items[i].len};
            change_try(w, &change);
            change.sealed_again = true;
            change_try(w, &change);
        }
    }
}

static void part_change(struct world *w, const struct fields *fields, struct change change) {
    for (size_t i = 0; i < fields->count; i++) {
        change.at = fields->items[i].at;
        change.len = fields->items[i].len;
        change.sealed_again = false;
        change_try(w, &change);
        if (i + 1 < fields->count) { /* the last one is the hash itself */
            change.sealed_again = true;
            change_try(w, &change);
        }
    }
}

static void frames_change(struct world *w) {
    for (size_t i = 0; i < w->frame_count; i++) {
        struct fields fields = frame_fields(&w->frames[i]);
        part_change(w, &fields,
                    (struct change){.segment = w->frames[i].segment,
                                    .part_at = w->frames[i].at,
                                    .part_size = w->frames[i].size});
    }
    struct fields header = segment_fields();
    for (uint64_t segment = 0; segment <= w->frames[w->frame_count - 1].segment; segment++) {
        part_change(w, &header,
                    (struct change){.segment = segment, .part_size = AUDIT_SEGMENT_HEADER_SIZE});
    }
}

static struct audit_leaf *places_find(struct world *w) {
    struct audit_leaf *leaves = calloc(w->size, sizeof *leaves);
    assert_non_null(leaves);
    w->keeps_places = true;
    assert_true(is_whole(w));
    w->keeps_places = false;
    for (uint64_t i = 0; i < w->size; i++) {
        assert_false(lg_failed(audit_tree_leaf(w->tree, i, &leaves[i])));
    }
    return leaves;
}

static void the_start_finds_every_change(void **state) {
    bool is_long = getenv("LOCKGATE_LONG") != NULL;
    struct world *w = world_new(is_long ? ENTRIES_LONG : ENTRIES);
    (void)state;
    audit_log_close(&w->log);
    struct audit_leaf *leaves = places_find(w);
    frames_change(w);
    uint64_t parts = w->tried;
    entries_change(w, leaves, !is_long || getenv("LOCKGATE_TAMPER_ALL") != NULL);
    assert_true(is_whole(w)); /* and it was put back each time */
    print_message("%llu entries in %zu frames: %llu changes of entries and %llu of frames and "
                  "segments, %llu found at start\n",
                  (unsigned long long)w->size, w->frame_count,
                  (unsigned long long)(w->tried - parts), (unsigned long long)parts,
                  (unsigned long long)w->found);
    assert_int_equal(w->found, w->tried);
    free(leaves);
    world_free(w);
}

/* Nothing but the root of the frame itself speaks against a change of the newest entries: no later
 * frame, and no high-water file that knows of them. */
static void the_newest_frame_is_found_by_its_root(void **state) {
    struct world *w = world_new(ENTRIES);
    (void)state;
    audit_log_close(&w->log);
    struct audit_leaf *leaves = places_find(w);
    const struct frame_place *frame = &w->frames[w->frame_count - 1];
    mark_put_back(w);
    assert_true(is_whole(w));
    for (uint64_t index = frame->first_index; index < w->size; index++) {
        struct change change = {.segment = frame->segment,
                                .part_at = frame->at,
                                .part_size = frame->size,
                                .at = leaves[index].at - frame->at + 4, /* the request id */
                                .len = MODEL_REQUEST_ID_SIZE,
                                .sealed_again = true};
        change_try(w, &change);
    }
    assert_true(w->tried > 0);
    assert_int_equal(w->found, w->tried);
    free(leaves);
    world_free(w);
}

/* ---- Whoever holds the receipt */

static void leaf_change(struct world *w, const struct audit_proof *proof,
                        const struct audit_vkey *vkey, const struct field *field) {
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    struct audit_proof changed = *proof;
    struct audit_verified verified;
    memcpy(leaf, proof->form.leaf.ptr, proof->form.leaf.len);
    leaf[field->at + w->tried * 7 % field->len] ^= (uint8_t)(1U << w->tried % 8);
    changed.form.leaf = span_of(leaf, proof->form.leaf.len);
    w->tried++;
    w->found += lg_failed(audit_proof_verify(&changed, vkey, &verified)) ? 1 : 0;
}

/* The whole log may have been written anew, with every hash made to fit: the checkpoint that
 * somebody outside has kept does not lead to the changed entry. */
static void a_holder_of_a_receipt_finds_every_change(void **state) {
    struct world *w = world_new(getenv("LOCKGATE_LONG") != NULL ? ENTRIES_LONG : ENTRIES);
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey;
    struct audit_verified verified;
    (void)state;
    audit_vkey_write(w->log, vkey_text);
    assert_false(lg_failed(audit_vkey_read(span_text(vkey_text), &vkey)));
    for (uint64_t index = 0; index < w->size; index++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct audit_proof proof = {.checkpoint = {0}};
        assert_false(lg_failed(arena_new(ARENA_SIZE, &arena)));
        assert_false(
            lg_failed(audit_entry_receipt(w->log, index, arena, &proof.form, &proof.checkpoint)));
        assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
        struct fields fields = entry_fields(proof.form.leaf);
        for (size_t i = 0; i < fields.count; i++) {
            leaf_change(w, &proof, &vkey, &fields.items[i]);
        }
    }
    print_message("%llu entries: %llu changes, %llu found by who holds the receipt\n",
                  (unsigned long long)w->size, (unsigned long long)w->tried,
                  (unsigned long long)w->found);
    assert_int_equal(w->found, w->tried);
    world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start_finds_every_change),
        cmocka_unit_test(the_newest_frame_is_found_by_its_root),
        cmocka_unit_test(a_holder_of_a_receipt_finds_every_change),
    };
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
