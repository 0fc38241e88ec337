/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/audit/recovery.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/journal.h"
#include "gateway/base/assert.h"
#include "gateway/base/bytes.h"

enum { WINDOW_SIZE = 1 << 20, COPY_STEP = WINDOW_SIZE };

static_assert(WINDOW_SIZE >= AUDIT_FRAME_SIZE_MAX + 2 * AUDIT_DIRECT_ALIGN,
              "a frame fits the window wherever it starts");

static struct lg_err corrupt(void) {
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT);
}

/* ---- One file, read through an aligned window */

struct window {
    const struct audit_file_ops *ops;
    int fd;
    uint64_t file_size;
    uint8_t *buf;
    uint64_t at; /* of buf in the file; a multiple of AUDIT_DIRECT_ALIGN */
    size_t len;
};

static struct lg_err window_new(struct window *out_window, const struct audit_file_ops *ops) {
    *out_window = (struct window){.ops = ops, .fd = -1};
    out_window->buf = aligned_alloc(AUDIT_DIRECT_ALIGN, WINDOW_SIZE);
    return out_window->buf != NULL ? LG_OK : lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
}

static void window_close(struct window *window) {
    if (window->fd >= 0) {
        window->ops->close(window->ops->ctx, window->fd);
        window->fd = -1;
    }
}

static void window_done(struct window *window) {
    window_close(window);
    free(window->buf);
    window->buf = NULL;
}

static struct lg_err window_open(struct window *window, const struct audit_folder *folder,
                                 uint64_t number) {
    char name[AUDIT_SEGMENT_NAME_SIZE];
    window_close(window);
    window->len = 0;
    audit_segment_name(number, name);
    TRY(audit_folder_open(folder, name, AUDIT_OPEN_READ | AUDIT_OPEN_DIRECT, &window->fd));
    return window->ops->size(window->ops->ctx, window->fd, &window->file_size);
}

/* The bytes from `at`, `len` of them or up to the end of the file; valid until the next call. */
static struct lg_err window_get(struct window *window, uint64_t at, size_t len,
                                struct span *out_bytes) {
    uint64_t rest = at < window->file_size ? window->file_size - at : 0;
    size_t wanted = rest < len ? (size_t)rest : len;
    bool inside = at >= window->at && at + wanted <= window->at + window->len;
    if (!inside) {
        struct audit_into into = {.buf = window->buf, .size = WINDOW_SIZE};
        window->at = at / AUDIT_DIRECT_ALIGN * AUDIT_DIRECT_ALIGN;
        window->len = 0;
        TRY(window->ops->read(window->ops->ctx, window->fd, window->at, &into));
        window->len = into.len;
    }
    if (wanted > 0 && at + wanted > window->at + window->len) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
    }
    *out_bytes = span_of(window->buf + (at - window->at), wanted);
    return LG_OK;
}

static bool is_zero(struct span bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

/* True when nothing but zeros stands from `at` to the end. */
static struct lg_err rest_is_zero(struct window *window, uint64_t at, bool *out_zero) {
    struct span bytes;
    *out_zero = false;
    for (; at < window->file_size; at += AUDIT_DIRECT_ALIGN) {
        TRY(window_get(window, at, AUDIT_DIRECT_ALIGN, &bytes));
        if (!is_zero(bytes)) {
            return LG_OK;
        }
    }
    *out_zero = true;
    return LG_OK;
}

/* ---- The walk */

struct walk {
    const struct audit_recovery_input *input;
    struct diag *diag;
    struct window window;
    struct audit_recovered found;
    uint64_t segment_count; /* files */
    uint64_t segment;
    uint64_t at;
    bool mark_met;
};

static struct lg_err corrupt_at(const struct walk *walk, const char *what) {
    diag_set(walk->diag, 0,
             "the audit journal is damaged: %s, in segment %" PRIu64 " at byte %" PRIu64
             ", after %" PRIu64 " entries. Nothing was changed. Keep a copy of the folder and "
             "restore it from the newest backup that passes.",
             what, walk->segment, walk->at, walk->found.size);
    return corrupt();
}

static bool hash_same(const struct audit_hash *a, const struct audit_hash *b) {
    return memcmp(a->bytes, b->bytes, AUDIT_HASH_SIZE) == 0;
}

static struct lg_err header_follows(struct walk *walk, const struct audit_segment_header *header) {
    const struct audit_recovered *found = &walk->found;
    if (!hash_same(&header->origin, &walk->input->origin)) {
        diag_set(walk->diag, 0,
                 "this folder holds the audit log of another origin. Set the origin "
                 "back, or give this log a folder of its own.");
        return lg_err_make(LG_CLASS_CONFIG, LG_AUDIT, AUDIT_FOREIGN);
    }
    if (header->number != walk->segment || header->generation < found->generation ||
        header->first_index != found->size || header->first_batch != found->batch ||
        !hash_same(&header->previous, &found->previous) ||
        !hash_same(&header->root, &found->root)) {
        return corrupt_at(walk, "a segment does not continue the one before it");
    }
    return LG_OK;
}

static bool frame_follows(const struct walk *walk, const struct audit_frame_view *frame) {
    const struct audit_recovered *found = &walk->found;
    return frame->head.generation == found->generation && frame->head.batch == found->batch &&
           frame->head.first_index == found->size && frame->head.time_ms >= found->time_ms &&
           hash_same(&frame->head.previous, &found->previous);
}

static struct lg_err mark_check(struct walk *walk, const struct audit_frame_view *frame) {
    const struct audit_mark *mark = walk->input->mark;
    if (frame->head.new_size == mark->size) {
        walk->mark_met = hash_same(&frame->hash, &mark->frame);
        if (!walk->mark_met) {
            return corrupt_at(walk, "it holds another history than the high-water file");
        }
    }
    return LG_OK;
}

static struct lg_err frame_take(struct walk *walk, const struct audit_frame_view *frame) {
    if (!frame_follows(walk, frame)) {
        return corrupt_at(walk, "a frame of another place or generation");
    }
    TRY(mark_check(walk, frame));
    struct lg_err err = walk->input->on_frame(walk->input->ctx, frame, walk->segment, walk->at);
    if (audit_is(err, AUDIT_CORRUPT)) {
        return corrupt_at(walk, "entries and root of a frame disagree");
    }
    if (audit_is(err, AUDIT_LEAF_VERSION)) {
        diag_set(walk->diag, 0,
                 "the audit journal holds entries of a version that this program does not read, "
                 "after %" PRIu64 " entries. Nothing was changed. Start the program that wrote it, "
                 "or give this one an empty folder.",
                 walk->found.size);
    }
    TRY(err);
    walk->found.size = frame->head.new_size;
    walk->found.batch++;
    walk->found.time_ms = frame->head.time_ms;
    walk->found.previous = frame->hash;
    walk->found.root = frame->head.root;
    walk->at += frame->size;
    walk->found.tail_used = walk->at;
    return LG_OK;
}

/* Looks at the bytes where the next frame would start. */
static struct lg_err frame_look(struct walk *walk, bool *out_good,
                                struct audit_frame_view *out_frame) {
    struct span bytes;
    *out_good = false;
    TRY(window_get(&walk->window, walk->at, AUDIT_FRAME_HEADER_SIZE, &bytes));
    size_t size = audit_frame_size_peek(bytes);
    if (size == 0) {
        return LG_OK;
    }
    TRY(window_get(&walk->window, walk->at, size, &bytes));
    *out_good = !lg_failed(audit_frame_read(bytes, out_frame));
    return LG_OK;
}

/* After a bad frame nothing good may stand: that would not be a torn end but a damaged middle. */
static struct lg_err nothing_good_follows(struct walk *walk) {
    uint64_t bad_at = walk->at;
    for (walk->at += AUDIT_BLOCK_SIZE; walk->at < walk->window.file_size;
         walk->at += AUDIT_BLOCK_SIZE) {
        struct audit_frame_view frame;
        bool good = false;
        TRY(frame_look(walk, &good, &frame));
        if (good) {
            return corrupt_at(walk, "a good frame stands after a bad one");
        }
    }
    walk->at = bad_at;
    return LG_OK;
}

/* The bytes after the last good frame of this segment. */
static struct lg_err segment_end(struct walk *walk) {
    bool zero = false;
    TRY(rest_is_zero(&walk->window, walk->at, &zero));
    if (zero) {
        return LG_OK;
    }
    if (walk->segment + 1 != walk->segment_count) {
        return corrupt_at(walk, "a bad frame before a later segment");
    }
    if (walk->input->mark->closed) {
        return corrupt_at(walk, "bytes after the end of a log that was closed in order");
    }
    TRY(nothing_good_follows(walk));
    walk->found.tail_dropped = true;
    return LG_OK;
}

static struct lg_err frames_walk(struct walk *walk) {
    bool good = true;
    walk->at = AUDIT_SEGMENT_HEADER_SIZE;
    walk->found.tail_used = walk->at;
    while (good) {
        struct audit_frame_view frame;
        TRY(frame_look(walk, &good, &frame));
        if (good) {
            TRY(frame_take(walk, &frame));
        }
    }
    return segment_end(walk);
}

/* A last file without a header: the process ended between naming it and writing to it. */
static struct lg_err headless(struct walk *walk) {
    bool zero = false;
    if (walk->segment + 1 == walk->segment_count) {
        TRY(rest_is_zero(&walk->window, AUDIT_SEGMENT_HEADER_SIZE, &zero));
    }
    if (!zero) {
        return corrupt_at(walk, "a bad segment header");
    }
    walk->found.leftover = true;
    return LG_OK;
}

static struct lg_err segment_walk(struct walk *walk) {
    struct span bytes;
    struct audit_segment_header header;
    walk->at = 0;
    TRY(window_open(&walk->window, &walk->input->folder, walk->segment));
    TRY(window_get(&walk->window, 0, AUDIT_SEGMENT_HEADER_SIZE, &bytes));
    if (bytes.len < AUDIT_SEGMENT_HEADER_SIZE ||
        lg_failed(audit_segment_header_read(bytes.ptr, &header))) {
        return headless(walk);
    }
    TRY(header_follows(walk, &header));
    walk->found.generation = header.generation;
    TRY(frames_walk(walk));
    walk->found.segment_count++;
    return LG_OK;
}

static struct lg_err mark_end_check(const struct walk *walk) {
    const struct audit_mark *mark = walk->input->mark;
    if (walk->found.size < mark->size) {
        diag_set(walk->diag, 0,
                 "the audit journal holds %" PRIu64 " entries, but %" PRIu64
                 " were durable once. Entries are missing: was an older copy put back? Nothing was "
                 "changed. Restore the newest copy of the folder.",
                 walk->found.size, mark->size);
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_BEHIND);
    }
    if ((mark->size > 0 && !walk->mark_met) || (mark->closed && walk->found.size != mark->size)) {
        return corrupt_at(walk, "it does not meet the high-water file");
    }
    return LG_OK;
}

static struct lg_err walk_all(struct walk *walk) {
    TRY(audit_segments_count(&walk->input->folder, &walk->segment_count));
    for (walk->segment = 0; walk->segment < walk->segment_count; walk->segment++) {
        TRY(segment_walk(walk));
    }
    return mark_end_check(walk);
}

struct lg_err audit_recover(const struct audit_recovery_input *input, struct diag *diag,
                            struct audit_recovered *out_recovered) {
    struct walk walk = {.input = input, .diag = diag};
    vault_sha256((struct span){0}, walk.found.root.bytes);
    diag_set(diag, 0, "the audit journal cannot be read: see the system's log for disk errors");
    TRY(window_new(&walk.window, input->folder.ops));
    struct lg_err err = walk_all(&walk);
    window_done(&walk.window);
    TRY(err);
    *out_recovered = walk.found;
    return LG_OK;
}

/* ---- Files of the journal */

struct listing {
    uint64_t count;
    uint64_t end; /* highest number and one */
};

static struct lg_err on_name(void *ctx, const char *name) {
    static const char prefix[] = "segment-";
    struct listing *listing = ctx;
    struct span rest = span_text(name);
    uint64_t number = 0;
    if (!span_starts_with(rest, span_text(prefix))) {
        return LG_OK;
    }
    rest = span_slice(rest, strlen(prefix), rest.len);
    if (rest.len != AUDIT_SEGMENT_NAME_SIZE - 1 - strlen(prefix)) {
        return LG_OK;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] < '0' || rest.ptr[i] > '9') {
            return LG_OK;
        }
        number = number * 10 + (uint64_t)(rest.ptr[i] - '0');
    }
    listing->count++;
    listing->end = number + 1 > listing->end ? number + 1 : listing->end;
    return LG_OK;
}

struct lg_err audit_segments_count(const struct audit_folder *folder, uint64_t *out_count) {
    struct listing listing = {.count = 0};
    TRY(folder->ops->list(folder->ops->ctx, folder->path, on_name, &listing));
    if (listing.count != listing.end || listing.end > LIMIT_AUDIT_SEGMENTS) {
        return corrupt();
    }
    *out_count = listing.count;
    return LG_OK;
}

/* ---- Tidying the end */

static const char COPY_NAME[] = "segment.copy";

static struct lg_err bytes_copy(struct window *from, int to_fd, uint64_t used) {
    const struct audit_file_ops *ops = from->ops;
    for (uint64_t at = 0; at < used; at += COPY_STEP) {
        struct span bytes;
        size_t len = used - at < COPY_STEP ? (size_t)(used - at) : COPY_STEP;
        TRY(window_get(from, at, len, &bytes));
        TRY(ops->write(ops->ctx, to_fd, at, bytes));
    }
    return ops->sync(ops->ctx, to_fd);
}

static struct lg_err tail_copy_to(const struct audit_folder *folder, struct window *from,
                                  uint64_t used) {
    const struct audit_file_ops *ops = folder->ops;
    int fd = -1;
    TRY(audit_folder_open(folder, COPY_NAME, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &fd));
    struct lg_err err = ops->truncate(ops->ctx, fd, 0);
    if (!lg_failed(err)) {
        err = bytes_copy(from, fd, used);
    }
    ops->close(ops->ctx, fd);
    return err;
}

static struct lg_err tail_copy(const struct audit_folder *folder, uint64_t number, uint64_t used) {
    struct window window;
    char name[AUDIT_SEGMENT_NAME_SIZE];
    audit_segment_name(number, name);
    TRY(window_new(&window, folder->ops));
    struct lg_err err = window_open(&window, folder, number);
    if (!lg_failed(err)) {
        err = tail_copy_to(folder, &window, used);
    }
    window_done(&window);
    TRY(err);
    return audit_folder_rename(folder, COPY_NAME, name);
}

static struct lg_err tail_cut(const struct audit_folder *folder, uint64_t number, uint64_t used) {
    char name[AUDIT_SEGMENT_NAME_SIZE];
    int fd = -1;
    audit_segment_name(number, name);
    TRY(audit_folder_open(folder, name, AUDIT_OPEN_WRITE, &fd));
    struct lg_err err = folder->ops->truncate(folder->ops->ctx, fd, used);
    folder->ops->close(folder->ops->ctx, fd);
    return err;
}

struct lg_err audit_recovery_tidy(const struct audit_folder *folder, bool closed,
                                  const struct audit_recovered *recovered) {
    if (recovered->leftover) {
        char name[AUDIT_SEGMENT_NAME_SIZE];
        audit_segment_name(recovered->segment_count, name);
        TRY(audit_folder_remove(folder, name));
    }
    if (recovered->segment_count > 0) {
        uint64_t number = recovered->segment_count - 1;
        TRY(closed ? tail_cut(folder, number, recovered->tail_used)
                   : tail_copy(folder, number, recovered->tail_used));
    }
    return audit_folder_sync(folder);
}
