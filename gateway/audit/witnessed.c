/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/audit/witnessed.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/log.h"

static const char FROZEN[] = "frozen";

/* ---- The cosigned checkpoint */

struct lg_err audit_witnessed_set(struct audit_log *log, struct span note) {
    struct audit_note parsed;
    struct audit_checkpoint checkpoint;
    TRY(audit_note_read(note, &parsed));
    TRY(audit_checkpoint_parse(parsed.body, &checkpoint));
    if (note.len > LIMIT_AUDIT_WITNESSED || checkpoint.size > audit_size(log)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
    }
    (void)pthread_mutex_lock(&log->state_lock);
    struct audit_witnessed *kept = &log->state.witnessed;
    if (checkpoint.size >= kept->size) {
        memcpy(kept->text, note.ptr, note.len);
        kept->len = note.len;
        kept->size = checkpoint.size;
        kept->kept_ms = clock_mono_ms(&log->clock);
    }
    (void)pthread_mutex_unlock(&log->state_lock);
    return LG_OK;
}

struct lg_err audit_witnessed_read(struct audit_log *log, int64_t age_max_ms, struct arena *arena,
                                   struct span *out_note, uint64_t *out_size) {
    char text[LIMIT_AUDIT_WITNESSED];
    (void)pthread_mutex_lock(&log->state_lock);
    const struct audit_witnessed *kept = &log->state.witnessed;
    size_t len = clock_mono_ms(&log->clock) - kept->kept_ms <= age_max_ms ? kept->len : 0;
    uint64_t size = len > 0 ? kept->size : 0;
    memcpy(text, kept->text, len);
    (void)pthread_mutex_unlock(&log->state_lock);
    struct span note = {0};
    if (len > 0) {
        note = arena_copy(arena, span_of(text, len));
        TRY(arena_failed(arena));
    }
    *out_note = note;
    *out_size = size;
    return LG_OK;
}

/* ---- Frozen */

static struct lg_err frozen_write(const struct audit_log *log, const char *why) {
    const struct audit_file_ops *ops = log->folder.ops;
    int fd = -1;
    TRY(audit_folder_open(&log->folder, FROZEN, AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE, &fd));
    struct lg_err err = ops->write(ops->ctx, fd, 0, span_text(why));
    if (!lg_failed(err)) {
        err = ops->sync(ops->ctx, fd);
    }
    ops->close(ops->ctx, fd);
    TRY(err);
    return audit_folder_sync(&log->folder);
}

void audit_log_freeze(struct audit_log *log, const char *why) {
    if (atomic_exchange(&log->is_frozen, true)) {
        return;
    }
    log_line(LOG_ERROR, "audit.frozen", "why=%s", why);
    struct lg_err err = frozen_write(log, why);
    if (lg_failed(err)) {
        log_line(LOG_ERROR, "audit.frozen.unwritten", "class=%s code=%u hint=do_not_start_again",
                 lg_class_name(lg_err_class(err)), lg_err_code(err));
    }
}

bool audit_log_is_frozen(const struct audit_log *log) {
    return atomic_load(&log->is_frozen);
}

struct lg_err audit_frozen_check(const struct audit_folder *folder, struct diag *diag) {
    int fd = -1;
    struct lg_err err = audit_folder_open(folder, FROZEN, AUDIT_OPEN_READ, &fd);
    if (lg_failed(err)) {
        return audit_is(err, AUDIT_ABSENT) ? LG_OK : err;
    }
    folder->ops->close(folder->ops->ctx, fd);
    diag_set(
        diag, 0,
        "the audit log is frozen: a witness knows more of it than is here, or another history. "
        "Put the newest copy of its folder back and compare it with the witnesses; only then "
        "remove the file `frozen` in it.");
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_FROZEN);
}
