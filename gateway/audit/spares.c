/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/journal.h"

enum { FILL_CHUNK = 1 << 20 };

static const char *const SPARE_NAMES[AUDIT_SPARE_COUNT] = {"spare-0", "spare-1"};
static const char UNFINISHED[] = "spare.unfinished";

/* True when the file is there in full; removes it where it is of another size. */
static struct lg_err spare_check(const struct audit_spares *spares, const char *name,
                                 bool *out_ready) {
    const struct audit_file_ops *ops = spares->folder.ops;
    int fd = -1;
    uint64_t size = 0;
    *out_ready = false;
    struct lg_err err = audit_folder_open(&spares->folder, name, AUDIT_OPEN_READ, &fd);
    if (audit_is(err, AUDIT_ABSENT)) {
        return LG_OK;
    }
    TRY(err);
    err = ops->size(ops->ctx, fd, &size);
    ops->close(ops->ctx, fd);
    TRY(err);
    *out_ready = size == spares->segment_size;
    return *out_ready ? LG_OK : audit_folder_remove(&spares->folder, name);
}

struct lg_err audit_spares_init(const struct audit_folder *folder, uint64_t segment_size,
                                struct audit_spares *out_spares) {
    *out_spares = (struct audit_spares){.folder = *folder, .segment_size = segment_size};
    for (size_t i = 0; i < AUDIT_SPARE_COUNT; i++) {
        TRY(spare_check(out_spares, SPARE_NAMES[i], &out_spares->ready[i]));
    }
    if (pthread_mutex_init(&out_spares->lock, NULL) != 0) {
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    if (pthread_cond_init(&out_spares->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&out_spares->lock);
        return lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY);
    }
    return LG_OK;
}

void audit_spares_done(struct audit_spares *spares) {
    (void)pthread_cond_destroy(&spares->changed);
    (void)pthread_mutex_destroy(&spares->lock);
}

static struct lg_err zeros_write(const struct audit_spares *spares, int fd) {
    const struct audit_file_ops *ops = spares->folder.ops;
    uint8_t *zeros = calloc(1, FILL_CHUNK);
    struct lg_err err = zeros == NULL ? lg_err_make(LG_CLASS_LIMIT, LG_AUDIT, AUDIT_MEMORY) : LG_OK;
    for (uint64_t at = 0; at < spares->segment_size && !lg_failed(err); at += FILL_CHUNK) {
        uint64_t rest = spares->segment_size - at;
        size_t len = rest < FILL_CHUNK ? (size_t)rest : FILL_CHUNK;
        err = ops->write(ops->ctx, fd, at, span_of(zeros, len));
    }
    free(zeros);
    return err;
}

/* A whole file of zeros on disk under `name`: real blocks, so that writing over them needs no new
 * ones and their flush no change of the file's own data. */
static struct lg_err spare_make(const struct audit_spares *spares, const char *name) {
    const struct audit_file_ops *ops = spares->folder.ops;
    int fd = -1;
    unsigned how = AUDIT_OPEN_WRITE | AUDIT_OPEN_CREATE;
    TRY(audit_folder_open(&spares->folder, UNFINISHED, how, &fd));
    struct lg_err err = ops->truncate(ops->ctx, fd, 0); /* an attempt that a crash cut off */
    if (!lg_failed(err)) {
        err = zeros_write(spares, fd);
    }
    if (!lg_failed(err)) {
        err = ops->sync(ops->ctx, fd);
    }
    ops->close(ops->ctx, fd);
    if (lg_failed(err)) {
        lg_err_ignore(audit_folder_remove(&spares->folder, UNFINISHED), "the first error counts");
        return err;
    }
    TRY(audit_folder_rename(&spares->folder, UNFINISHED, name));
    return audit_folder_sync(&spares->folder);
}

static size_t find(const struct audit_spares *spares, bool ready) {
    size_t i = 0;
    while (i < AUDIT_SPARE_COUNT && spares->ready[i] != ready) {
        i++;
    }
    return i;
}

/* With the lock held; it is let go while the file is written. */
static struct lg_err fill_locked(struct audit_spares *spares) {
    size_t i = find(spares, false);
    if (i == AUDIT_SPARE_COUNT || spares->filling) {
        return LG_OK;
    }
    spares->filling = true;
    (void)pthread_mutex_unlock(&spares->lock);
    struct lg_err err = spare_make(spares, SPARE_NAMES[i]);
    (void)pthread_mutex_lock(&spares->lock);
    spares->filling = false;
    spares->ready[i] = !lg_failed(err);
    spares->short_of_space = audit_is(err, AUDIT_NO_SPACE);
    (void)pthread_cond_broadcast(&spares->changed);
    return err;
}

struct lg_err audit_spares_fill(struct audit_spares *spares) {
    (void)pthread_mutex_lock(&spares->lock);
    struct lg_err err = fill_locked(spares);
    (void)pthread_mutex_unlock(&spares->lock);
    return err;
}

static struct lg_err take_locked(struct audit_spares *spares, const char *name) {
    size_t i = 0;
    while ((i = find(spares, true)) == AUDIT_SPARE_COUNT) {
        if (spares->filling) {
            (void)pthread_cond_wait(&spares->changed, &spares->lock);
        } else {
            TRY(fill_locked(spares));
        }
    }
    TRY(audit_folder_rename(&spares->folder, SPARE_NAMES[i], name));
    spares->ready[i] = false;
    return LG_OK;
}

struct lg_err audit_spares_take(struct audit_spares *spares, const char *name) {
    (void)pthread_mutex_lock(&spares->lock);
    struct lg_err err = take_locked(spares, name);
    (void)pthread_mutex_unlock(&spares->lock);
    return err;
}

bool audit_spares_low(struct audit_spares *spares) {
    (void)pthread_mutex_lock(&spares->lock);
    bool low = spares->short_of_space && find(spares, false) != AUDIT_SPARE_COUNT;
    (void)pthread_mutex_unlock(&spares->lock);
    return low;
}
