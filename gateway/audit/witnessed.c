/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/audit/witnessed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/assert.h"
#include "gateway/base/log.h"

static const char FROZEN[] = "frozen";

/* ---- The cosigned checkpoint */

static size_t lines_of(struct span signatures) {
    size_t lines = 0;
    for (size_t i = 0; i < signatures.len; i++) {
        lines += signatures.ptr[i] == '\n' ? 1 : 0;
    }
    return lines;
}

static void keep(struct audit_witnessed *kept, struct span note,
                 const struct audit_witnessed *facts) {
    memcpy(kept->text, note.ptr, note.len);
    kept->len = note.len;
    kept->lines = facts->lines;
    kept->size = facts->size;
    kept->kept_ms = facts->kept_ms;
}

/* What more have seen is not given up for what fewer have: of the same size it stays the one to
 * show, of a smaller one the one that receipts of its entries rest on. */
static void keep_both(struct audit_state *state, struct span note,
                      const struct audit_witnessed *facts) {
    struct audit_witnessed *newest = &state->newest;
    struct audit_witnessed *fullest = &state->fullest;
    if (facts->size > newest->size ||
        (facts->size == newest->size && facts->lines >= newest->lines)) {
        keep(newest, note, facts);
    } else if (facts->size == newest->size) {
        newest->kept_ms = facts->kept_ms; /* seen again, by some of them */
    }
    if (facts->size >= fullest->size && facts->lines >= fullest->lines) {
        keep(fullest, note, facts);
    }
}

struct lg_err audit_witnessed_set(struct audit_log *log, struct span note) {
    struct audit_note parsed;
    struct audit_checkpoint checkpoint;
    TRY(audit_note_read(note, &parsed));
    TRY(audit_checkpoint_parse(parsed.body, &checkpoint));
    if (note.len > LIMIT_AUDIT_WITNESSED || checkpoint.size > audit_size(log)) {
        return lg_err_make(LG_CLASS_INPUT, LG_AUDIT, AUDIT_RANGE);
    }
    const struct audit_witnessed facts = {.size = checkpoint.size,
                                          .lines = lines_of(parsed.signatures),
                                          .kept_ms = clock_mono_ms(&log->clock)};
    (void)pthread_mutex_lock(&log->state_lock);
    keep_both(&log->state, note, &facts);
    (void)pthread_mutex_unlock(&log->state_lock);
    return LG_OK;
}

/* A copy in the arena; ptr NULL for one that is empty. */
static struct lg_err kept_copy(const struct audit_witnessed *kept, struct arena *arena,
                               struct span *out_note) {
    struct span note = {0};
    if (kept->len > 0) {
        note = arena_copy(arena, span_of(kept->text, kept->len));
        TRY(arena_failed(arena));
    }
    *out_note = note;
    return LG_OK;
}

struct lg_err audit_witnessed_of(struct audit_log *log, uint64_t index, struct arena *arena,
                                 struct span *out_note, uint64_t *out_size) {
    const struct audit_state *state = &log->state;
    (void)pthread_mutex_lock(&log->state_lock);
    struct audit_witnessed kept = {.len = 0};
    if (index < state->fullest.size) {
        kept = state->fullest;
    } else if (index < state->newest.size) {
        kept = state->newest;
    }
    (void)pthread_mutex_unlock(&log->state_lock);
    TRY(kept_copy(&kept, arena, out_note));
    *out_size = kept.size;
    return LG_OK;
}

struct lg_err audit_witnessed_show(struct audit_log *log, int64_t age_max_ms, struct arena *arena,
                                   struct span *out_note) {
    struct audit_state *state = &log->state;
    struct audit_witnessed kept = {.len = 0};
    (void)pthread_mutex_lock(&log->state_lock);
    const struct audit_signed *own = state->checkpoint;
    bool is_fresh = clock_mono_ms(&log->clock) - state->newest.kept_ms <= age_max_ms;
    if (is_fresh && state->newest.len > 0 && state->newest.size >= state->shown_size) {
        kept = state->newest;
    } else {
        static_assert(sizeof own->note.text <= sizeof kept.text, "a checkpoint fits");
        kept.size = state->mark.size;
        kept.len = own->note.len;
        memcpy(kept.text, own->note.text, own->note.len);
    }
    state->shown_size = kept.size;
    (void)pthread_mutex_unlock(&log->state_lock);
    return kept_copy(&kept, arena, out_note);
}

struct lg_err audit_witnessed_read(struct audit_log *log, int64_t age_max_ms, struct arena *arena,
                                   struct span *out_note, uint64_t *out_size) {
    char text[LIMIT_AUDIT_WITNESSED];
    (void)pthread_mutex_lock(&log->state_lock);
    const struct audit_witnessed *kept = &log->state.newest;
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

/* ---- How many */

void audit_seen_set(struct audit_log *log, uint64_t size, size_t count) {
    ASSERT(count <= LIMIT_WITNESS_COUNT);
    (void)pthread_mutex_lock(&log->state_lock);
    for (size_t i = 0; i < count; i++) {
        uint64_t *seen = &log->state.seen[i];
        *seen = size > *seen ? size : *seen;
    }
    (void)pthread_mutex_unlock(&log->state_lock);
}

size_t audit_seen_by(struct audit_log *log, uint64_t size) {
    size_t count = 0;
    (void)pthread_mutex_lock(&log->state_lock);
    while (count < LIMIT_WITNESS_COUNT && log->state.seen[count] >= size) {
        count++;
    }
    (void)pthread_mutex_unlock(&log->state_lock);
    return count;
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
