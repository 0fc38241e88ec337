/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/audit/journal.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/assert.h"

void audit_segment_name(uint64_t number, char out[static AUDIT_SEGMENT_NAME_SIZE]) {
    ASSERT(number < LIMIT_AUDIT_SEGMENTS);
    snprintf(out, AUDIT_SEGMENT_NAME_SIZE, "segment-%010" PRIu64, number);
}

static struct lg_err header_put(struct audit_journal *journal, int fd) {
    const struct audit_file_ops *ops = journal->folder.ops;
    uint8_t bytes[AUDIT_SEGMENT_HEADER_SIZE];
    struct audit_segment_header header = {
        .number = journal->segment,
        .generation = journal->generation,
        .first_index = journal->size,
        .first_batch = journal->batch,
        .previous = journal->previous,
        .root = journal->root,
        .origin = journal->origin,
    };
    audit_segment_header_write(&header, bytes);
    TRY(ops->write(ops->ctx, fd, 0, span_of(bytes, sizeof bytes)));
    return ops->sync(ops->ctx, fd);
}

/* The next segment, with its header and its name durable before the first frame. */
static struct lg_err segment_begin(struct audit_journal *journal) {
    const struct audit_file_ops *ops = journal->folder.ops;
    char name[AUDIT_SEGMENT_NAME_SIZE];
    int fd = -1;
    if (journal->segment >= LIMIT_AUDIT_SEGMENTS) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_NO_SPACE);
    }
    audit_segment_name(journal->segment, name);
    TRY(audit_spares_take(journal->spares, name));
    TRY(audit_folder_open(&journal->folder, name, AUDIT_OPEN_WRITE, &fd));
    struct lg_err err = header_put(journal, fd);
    if (!lg_failed(err)) {
        err = audit_folder_sync(&journal->folder);
    }
    if (lg_failed(err)) {
        ops->close(ops->ctx, fd);
        return err;
    }
    journal->fd = fd;
    journal->at = AUDIT_SEGMENT_HEADER_SIZE;
    return LG_OK;
}

/* What is left of a full segment goes back to the disk. */
static struct lg_err segment_end(struct audit_journal *journal) {
    const struct audit_file_ops *ops = journal->folder.ops;
    TRY(ops->truncate(ops->ctx, journal->fd, journal->at));
    audit_journal_close(journal);
    journal->segment++;
    return LG_OK;
}

static struct lg_err room_make(struct audit_journal *journal, size_t frame_size) {
    if (journal->fd >= 0 && journal->segment_size - journal->at < frame_size) {
        TRY(segment_end(journal));
    }
    return journal->fd < 0 ? segment_begin(journal) : LG_OK;
}

struct lg_err audit_journal_append(struct audit_journal *journal, struct audit_frame *frame,
                                   int64_t time_ms, const struct audit_hash *root,
                                   struct audit_place *out_place) {
    const struct audit_file_ops *ops = journal->folder.ops;
    struct audit_hash hash;
    struct audit_frame_head head = {
        .generation = journal->generation,
        .batch = journal->batch,
        .first_index = journal->size,
        .new_size = journal->size + frame->count,
        .time_ms = time_ms > journal->time_ms ? time_ms : journal->time_ms,
        .previous = journal->previous,
        .root = *root,
    };
    ASSERT(frame->count > 0);
    struct span bytes = audit_frame_seal(frame, &head, &hash);
    TRY(room_make(journal, bytes.len));
    ASSERT(bytes.len <= journal->segment_size - journal->at);
    TRY(ops->write(ops->ctx, journal->fd, journal->at, bytes));
    TRY(ops->sync(ops->ctx, journal->fd));
    *out_place = (struct audit_place){.segment = journal->segment, .at = journal->at};
    journal->at += bytes.len;
    journal->batch++;
    journal->size = head.new_size;
    journal->time_ms = head.time_ms;
    journal->previous = hash;
    journal->root = *root;
    return LG_OK;
}

void audit_journal_close(struct audit_journal *journal) {
    if (journal->fd >= 0) {
        journal->folder.ops->close(journal->folder.ops->ctx, journal->fd);
        journal->fd = -1;
    }
}
