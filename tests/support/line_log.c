/* SPDX-License-Identifier: Apache-2.0 */
/* What the log says of questions: its entries by the log itself, and the ends of questions from the
 * frames of its journal, where they stand outside every entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/frame.h"
#include "gateway/base/bytes.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { SEGMENTS_MAX = 64 };

static bool names(struct span ends, const struct request_id *id) {
    for (size_t at = 0; at < ends.len; at += MODEL_REQUEST_ID_SIZE) {
        if (memcmp(ends.ptr + at, id->bytes, MODEL_REQUEST_ID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

struct audit_detail line_detail(const struct line_ask *ask, const char *agency) {
    const struct line_part *part = line_part_of(ask, agency);
    struct audit_entry entry;
    struct audit_detail detail;
    assert_false(lg_failed(audit_entry_decode(part->leaf, &entry)));
    assert_false(lg_failed(audit_detail_read(&entry, part->detail, &detail)));
    return detail;
}

/* An entry that is an end itself counts unless its frame names the same question. */
static size_t ends_of(const struct audit_frame_view *frame) {
    struct reader r = reader_of(frame->entries);
    size_t count = frame->head.end_count;
    for (uint32_t i = 0; i < frame->head.count; i++) {
        struct audit_entry entry;
        assert_false(lg_failed(audit_entry_decode(reader_part(&r), &entry)));
        bool is_end = (entry.flags & AUDIT_FLAG_FINAL) != 0;
        count += is_end && !names(frame->ends, &entry.request_id) ? 1 : 0;
    }
    return count;
}

/* The frames of one segment that begin at index `from` or later. */
static size_t segment_ends(struct span segment, uint64_t from) {
    size_t count = 0;
    size_t at = AUDIT_SEGMENT_HEADER_SIZE;
    size_t size = 1;
    while (size > 0 && at + AUDIT_FRAME_HEADER_SIZE <= segment.len) {
        struct audit_frame_view frame;
        size = audit_frame_size_peek(span_slice(segment, at, segment.len));
        if (size > 0) {
            struct lg_err err = audit_frame_read(span_slice(segment, at, size), &frame);
            assert_false(lg_failed(err));
            count += frame.head.first_index >= from ? ends_of(&frame) : 0;
        }
        at += size;
    }
    return count;
}

static size_t journal_ends(const struct line_world *world, uint64_t from) {
    uint8_t *bytes = malloc(LINE_SEGMENT_SIZE);
    size_t count = 0;
    assert_non_null(bytes);
    for (unsigned i = 0; i < SEGMENTS_MAX; i++) {
        char path[STORE_SUPPORT_PATH + 32];
        (void)snprintf(path, sizeof path, "%s/segment-%010u", world->log_folder, i);
        FILE *file = fopen(path, "rb");
        if (file == NULL) {
            break;
        }
        size_t len = fread(bytes, 1, LINE_SEGMENT_SIZE, file);
        (void)fclose(file);
        count += segment_ends(span_of(bytes, len), from);
    }
    free(bytes);
    return count;
}

void line_log_read(struct line_world *world, uint64_t from, struct line_log *out_log) {
    uint64_t size = audit_size(world->gateway.log);
    *out_log = (struct line_log){.finals = journal_ends(world, from)};
    for (uint64_t i = from; i < size; i++) {
        assert_true(out_log->count < LINE_LOG_MAX);
        struct span *leaf = &out_log->leaves[out_log->count];
        assert_false(lg_failed(audit_entry_get(world->gateway.log, i, world->arena, leaf)));
        assert_false(lg_failed(audit_entry_decode(*leaf, &out_log->entries[out_log->count])));
        out_log->count++;
    }
}

size_t line_log_count(const struct line_log *log, enum audit_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < log->count; i++) {
        count += log->entries[i].kind == kind ? 1 : 0;
    }
    return count;
}

size_t line_log_finals(const struct line_log *log) {
    return log->finals;
}

const struct audit_entry *line_log_one(const struct line_log *log, enum audit_kind kind,
                                       const char *source) {
    const struct audit_entry *found = NULL;
    for (size_t i = 0; i < log->count; i++) {
        const struct audit_entry *entry = &log->entries[i];
        if (entry->kind == kind && span_equal_text(entry->source_agency, source)) {
            assert_null(found);
            found = entry;
        }
    }
    assert_non_null(found);
    return found;
}
