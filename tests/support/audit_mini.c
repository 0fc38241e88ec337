/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/audit_mini.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"

#include <cmocka.h>

static size_t entry_text(uint64_t index, char out[static 2048]) {
    int len = snprintf(out, 2048, "entry %llu ", (unsigned long long)index);
    size_t size = 20 + (size_t)(index * 37 % 900);
    memset(out + len, 'a' + (char)(index % 26), size - (size_t)len);
    return size;
}

static struct lg_err on_frame(void *ctx, const struct audit_frame_view *frame, uint64_t segment,
                              uint64_t at) {
    struct mini *mini = ctx;
    struct reader r = reader_of(frame->entries);
    (void)segment;
    (void)at;
    for (uint32_t i = 0; i < frame->head.count; i++) {
        char text[2048];
        size_t len = entry_text(mini->read_count, text);
        struct audit_hash hash;
        struct span entry = reader_part(&r);
        assert_true(span_equal(entry, span_of(text, len)));
        audit_merkle_leaf(entry, &hash);
        audit_edge_add(&mini->edge, &hash);
        mini->read_count++;
    }
    struct audit_hash root;
    audit_edge_root(&mini->edge, &root);
    assert_memory_equal(root.bytes, frame->head.root.bytes, AUDIT_HASH_SIZE);
    return LG_OK;
}

void mini_close(struct mini *mini) {
    audit_journal_close(&mini->journal);
    if (mini->has_spares) {
        audit_spares_done(&mini->spares);
        mini->has_spares = false;
    }
    audit_begun_done(&mini->begun);
}

struct lg_err mini_start(struct mini *mini, const char *origin) {
    struct audit_folder folder = {.ops = &mini->ops, .path = "log"};
    struct diag diag;
    mini->ops = disk_ops(mini->disk);
    mini->begun = audit_begun_init(&folder, origin);
    mini->journal = (struct audit_journal){.folder = folder, .fd = -1};
    mini->edge = (struct audit_edge){.size = 0};
    mini->read_count = 0;
    TRY(audit_begin_lock(&mini->begun, &diag));
    TRY(audit_begin_read(&mini->begun, on_frame, mini, &diag));
    TRY(audit_begin_write(&mini->begun));
    TRY(audit_spares_init(&folder, MINI_SEGMENT_SIZE, &mini->spares));
    mini->has_spares = true;
    mini->journal = audit_begun_journal(&mini->begun, &mini->spares);
    return LG_OK;
}

struct lg_err mini_open(struct mini *mini) {
    struct lg_err err = mini_start(mini, "log.example");
    if (lg_failed(err)) {
        mini_close(mini);
    }
    return err;
}

struct lg_err mini_append(struct mini *mini, size_t count) {
    struct audit_frame frame = audit_frame_begin(mini->frame);
    struct audit_edge edge = mini->edge;
    struct audit_hash root;
    struct audit_place place;
    for (size_t i = 0; i < count; i++) {
        char text[2048];
        size_t len = entry_text(edge.size, text);
        struct audit_hash hash;
        (void)audit_frame_add(&frame, span_of(text, len));
        audit_merkle_leaf(span_of(text, len), &hash);
        audit_edge_add(&edge, &hash);
    }
    audit_edge_root(&edge, &root);
    TRY(audit_journal_append(&mini->journal, &frame, 1000, &root, &place));
    mini->edge = edge;
    return LG_OK;
}

struct lg_err mini_mark(struct mini *mini, bool closed) {
    struct audit_mark mark = {.generation = mini->begun.generation,
                              .size = mini->journal.size,
                              .frame = mini->journal.previous,
                              .root = mini->journal.root,
                              .closed = closed};
    return audit_highwater_write(&mini->begun.highwater, &mark);
}

struct disk *mini_disk_with(size_t frames, size_t marked) {
    static struct mini mini;
    mini = (struct mini){.disk = disk_new(0)};
    assert_false(lg_failed(mini_open(&mini)));
    for (size_t i = 0; i < frames; i++) {
        assert_false(lg_failed(mini_append(&mini, 1)));
        if (i + 1 == marked) {
            assert_false(lg_failed(mini_mark(&mini, false)));
        }
    }
    mini_close(&mini);
    disk_power_cut(mini.disk, DISK_LOSES_ALL, 1);
    return mini.disk;
}

int64_t mini_entries_found(struct disk *disk) {
    static struct mini mini;
    mini = (struct mini){.disk = disk};
    struct lg_err err = mini_open(&mini);
    if (lg_failed(err)) {
        disk_power_cut(disk, DISK_KEEPS_ALL, 1);
        return -(int64_t)lg_err_code(err);
    }
    int64_t count = (int64_t)mini.read_count;
    mini_close(&mini);
    disk_power_cut(disk, DISK_LOSES_ALL, 1);
    return count;
}
