/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "gateway/audit/begin.h"

struct audit_begun audit_begun_init(const struct audit_folder *folder, const char *origin) {
    struct audit_begun begun = {.folder = *folder, .lock_fd = -1, .highwater = {.fd = -1}};
    vault_sha256(span_text(origin), begun.origin.bytes);
    return begun;
}

static struct lg_err folder_lock(struct audit_begun *begun, struct diag *diag) {
    const struct audit_file_ops *ops = begun->folder.ops;
    unsigned how = AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE;
    struct lg_err err = audit_folder_open(&begun->folder, "lock", how, &begun->lock_fd);
    if (lg_failed(err)) {
        diag_set(diag, 0, "the audit folder cannot be opened: it has to exist and be writable");
        return err;
    }
    err = ops->lock(ops->ctx, begun->lock_fd);
    if (audit_is(err, AUDIT_LOCKED)) {
        diag_set(diag, 0, "another process has this audit log open. Stop it first.");
    }
    return err;
}

static struct lg_err highwater_open(struct audit_begun *begun, struct diag *diag) {
    uint64_t segments = 0;
    struct lg_err err = audit_segments_count(&begun->folder, &segments);
    if (lg_failed(err)) {
        diag_set(diag, 0,
                 "a file of the audit journal is missing: the numbers of its segments leave a "
                 "gap. Nothing was changed. Restore the folder.");
        return err;
    }
    err = audit_highwater_open(&begun->folder, false, &begun->highwater);
    if (audit_is(err, AUDIT_ABSENT) && segments == 0) {
        return audit_highwater_open(&begun->folder, true, &begun->highwater);
    }
    if (lg_failed(err)) {
        diag_set(diag, 0,
                 "the high-water file of the audit log is missing or damaged, so nobody can tell "
                 "whether entries are missing. Restore it beside the journal.");
    }
    return audit_is(err, AUDIT_ABSENT) ? lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_CORRUPT) : err;
}

struct lg_err audit_begin_lock(struct audit_begun *begun, struct diag *diag) {
    TRY(folder_lock(begun, diag));
    return highwater_open(begun, diag);
}

struct lg_err audit_begin_read(struct audit_begun *begun, audit_on_frame_fn on_frame, void *ctx,
                               struct diag *diag) {
    struct audit_recovery_input input = {
        .folder = begun->folder,
        .origin = begun->origin,
        .mark = &begun->highwater.mark,
        .on_frame = on_frame,
        .ctx = ctx,
    };
    return audit_recover(&input, diag, &begun->found);
}

struct lg_err audit_begin_write(struct audit_begun *begun) {
    const struct audit_recovered *found = &begun->found;
    uint64_t highest = begun->highwater.mark.generation;
    begun->generation = (highest > found->generation ? highest : found->generation) + 1;
    struct audit_mark mark = {.generation = begun->generation,
                              .size = found->size,
                              .frame = found->previous,
                              .root = found->root};
    TRY(audit_recovery_tidy(&begun->folder, begun->highwater.mark.closed, found));
    return audit_highwater_write(&begun->highwater, &mark);
}

struct audit_journal audit_begun_journal(const struct audit_begun *begun,
                                         struct audit_spares *spares) {
    const struct audit_recovered *found = &begun->found;
    return (struct audit_journal){
        .folder = begun->folder,
        .spares = spares,
        .segment_size = spares->segment_size,
        .origin = begun->origin,
        .fd = -1,
        .segment = found->segment_count,
        .generation = begun->generation,
        .batch = found->batch,
        .size = found->size,
        .time_ms = found->time_ms,
        .previous = found->previous,
        .root = found->root,
    };
}

void audit_begun_done(struct audit_begun *begun) {
    audit_highwater_close(&begun->highwater);
    if (begun->lock_fd >= 0) {
        begun->folder.ops->close(begun->folder.ops->ctx, begun->lock_fd);
        begun->lock_fd = -1;
    }
}
