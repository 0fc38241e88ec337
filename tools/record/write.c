/* SPDX-License-Identifier: Apache-2.0 */
/* Adding to a record.
 *
 * An entry is written in one call and made durable by the next flush. A file never gets shorter
 * and nothing in it is written again: what a crash, or a disk that was full for a moment, left
 * behind the last whole entry stays, and the next entry begins a new file, whose head says how much
 * of the one before counts. A new file is made under another name with its head, and gets its own
 * when that is durable, so that there is none without a head.
 *
 * After each flush the mark of what is acknowledged moves on (mark.c). A file that ends before its
 * mark was damaged, and the head of the next one keeps that, before the mark goes on to it. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "tools/record/record.h"

enum { FILE_MAX = 16 << 20, FILES = 64, PATH_SIZE = 4160 };

static struct lg_err fail(enum lg_class klass, enum record_code code) {
    return lg_err_make(klass, LG_TOOLS, (uint16_t)code);
}

static struct lg_err io_failed(const struct record_book *book, struct diag *diag) {
    diag_set(diag, 0, "%s: %s", book->folder, strerror(errno));
    return fail(LG_CLASS_STORE, RECORD_IO);
}

static void path_of(const struct record_book *book, uint32_t number, char out[static PATH_SIZE]) {
    (void)snprintf(out, PATH_SIZE, "%s/%08" PRIu32 ".rec", book->folder, number);
}

static bool all_written(int fd, struct span bytes) {
    ssize_t count = 0;
    do {
        count = write(fd, bytes.ptr, bytes.len);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)bytes.len;
}

static bool folder_sync(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return good;
}

/* ---- a new file ------------------------------------------------------------------------------ */

/* Descriptor of a whole head under a name that no reader looks for, or -1. */
static int head_put(const struct record_book *book, const uint8_t head[static RECORD_HEAD_SIZE],
                    char made[static PATH_SIZE]) {
    (void)snprintf(made, PATH_SIZE, "%s/new", book->folder);
    int fd = open(made, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 && (!all_written(fd, span_of(head, RECORD_HEAD_SIZE)) || fdatasync(fd) != 0)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* The oldest go, so that there are at most so many. */
static void oldest_drop(struct record_book *book) {
    char path[PATH_SIZE];
    for (uint32_t number = book->number; number > book->sizes.files; number--) {
        path_of(book, number - book->sizes.files, path);
        if (unlink(path) != 0) {
            return; /* older ones went before it */
        }
        book->dropped++;
    }
}

static bool mark_set(const struct record_book *book) {
    struct record_mark mark = {.number = book->number, .len = book->len};
    memcpy(mark.chain, book->chain, sizeof mark.chain);
    return record_mark_write(book->mark_fd, &mark);
}

static struct lg_err file_begin(struct record_book *book, int64_t now_ms, struct diag *diag) {
    struct record_head head = {.number = book->number + 1,
                               .made_ms = now_ms,
                               .before_len = book->len,
                               .before_lost = book->before_lost};
    uint8_t bytes[RECORD_HEAD_SIZE];
    char made[PATH_SIZE];
    char path[PATH_SIZE];
    memcpy(head.before_chain, book->chain, sizeof head.before_chain);
    record_head_write(&head, bytes);
    path_of(book, head.number, path);
    int fd = head_put(book, bytes, made);
    if (fd < 0 || rename(made, path) != 0 || !folder_sync(book->folder)) {
        struct lg_err err = io_failed(book, diag);
        if (fd >= 0) {
            (void)close(fd);
        }
        return err;
    }
    if (book->fd >= 0) {
        (void)close(book->fd);
    }
    book->fd = fd;
    book->number = head.number;
    book->len = RECORD_HEAD_SIZE;
    book->is_torn = false;
    book->before_lost = 0;
    record_chain_begin(bytes, book->chain);
    oldest_drop(book);
    return mark_set(book) ? LG_OK : io_failed(book, diag);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The highest number that a file of the folder has; 0: there is none. */
static struct lg_err newest_find(struct record_book *book, struct diag *diag) {
    DIR *folder = opendir(book->folder);
    if (folder == NULL) {
        return io_failed(book, diag);
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        uint32_t number = 0;
        if (record_name_read(entry->d_name, &number) && number > book->number) {
            book->number = number;
        }
    }
    (void)closedir(folder);
    return LG_OK;
}

static struct lg_err on_nothing(void *ctx, const struct record_entry *entry) {
    (void)ctx;
    (void)entry;
    return LG_OK;
}

/* The end of the newest file: what its last whole entry is, and whether anything is behind it. */
static struct lg_err newest_open(struct record_book *book, struct diag *diag) {
    char path[PATH_SIZE];
    struct record_file file;
    path_of(book, book->number, path);
    TRY(record_file_read(path, on_nothing, NULL, diag, &file));
    if (file.head.number != book->number) {
        diag_set(diag, 0, "%s: it is another file of the record; put it under its own name", path);
        return fail(LG_CLASS_INPUT, RECORD_FORMAT);
    }
    book->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (book->fd < 0) {
        return io_failed(book, diag);
    }
    /* A kill may have left whole entries that no flush has made durable yet. */
    book->is_dirty = true;
    book->len = file.len;
    book->is_torn = file.size > file.len;
    book->lost = file.lost < UINT32_MAX ? (uint32_t)file.lost : UINT32_MAX;
    memcpy(book->chain, file.chain, sizeof book->chain);
    return LG_OK;
}

/* The file that the mark speaks of is gone, and all after it: the next one stands behind it. */
static void gone_take(struct record_book *book, const struct record_mark *mark) {
    book->number = mark->number;
    book->len = mark->len;
    book->lost = mark->len < UINT32_MAX ? (uint32_t)mark->len : UINT32_MAX;
    memcpy(book->chain, mark->chain, sizeof book->chain);
}

/* Goes on where the record ends. */
static struct lg_err end_open(struct record_book *book, int64_t now_ms, struct diag *diag) {
    struct record_mark mark;
    (void)record_mark_read(book->folder, &mark);
    book->mark_fd = record_mark_open(book->folder);
    if (book->mark_fd < 0) {
        return io_failed(book, diag);
    }
    if (mark.number > book->number) {
        gone_take(book, &mark);
    } else if (book->number > 0) {
        TRY(newest_open(book, diag));
    }
    book->before_lost = book->lost;
    return book->number == 0 || book->lost > 0 ? file_begin(book, now_ms, diag) : LG_OK;
}

static struct lg_err lock_take(struct record_book *book, struct diag *diag) {
    char path[PATH_SIZE];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    (void)snprintf(path, sizeof path, "%s/lock", book->folder);
    book->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (book->lock_fd < 0) {
        return io_failed(book, diag);
    }
    if (fcntl(book->lock_fd, F_SETLK, &lock) != 0) {
        diag_set(diag, 0, "%s: another connector writes to this record; stop it first",
                 book->folder);
        return fail(LG_CLASS_STORE, RECORD_LOCKED);
    }
    return LG_OK;
}

struct lg_err record_book_open(const char *folder, const struct record_sizes *sizes, int64_t now_ms,
                               struct diag *diag, struct record_book *out_book) {
    *out_book = (struct record_book){.lock_fd = -1, .fd = -1, .mark_fd = -1, .sizes = *sizes};
    struct record_book *book = out_book;
    if (book->sizes.file_max == 0) {
        book->sizes.file_max = FILE_MAX;
    }
    if (book->sizes.files < 2) {
        book->sizes.files = FILES;
    }
    if (strlen(folder) >= sizeof book->folder) {
        diag_set(diag, 0, "the path of the record's folder is too long");
        return fail(LG_CLASS_STORE, RECORD_IO);
    }
    (void)snprintf(book->folder, sizeof book->folder, "%s", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return io_failed(book, diag);
    }
    TRY(lock_take(book, diag));
    TRY(newest_find(book, diag));
    return end_open(book, now_ms, diag);
}

void record_book_close(struct record_book *book) {
    if (book->fd >= 0) {
        (void)close(book->fd);
    }
    if (book->mark_fd >= 0) {
        (void)close(book->mark_fd);
    }
    if (book->lock_fd >= 0) {
        (void)close(book->lock_fd);
    }
    book->fd = -1;
    book->mark_fd = -1;
    book->lock_fd = -1;
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* A file that is full or torn is left behind, durable, before the next one is begun. */
static struct lg_err room_make(struct record_book *book, size_t size, int64_t now_ms) {
    struct diag diag = {.line = 0};
    bool is_full = book->len > RECORD_HEAD_SIZE && book->len + size > book->sizes.file_max;
    if (!is_full && !book->is_torn) {
        return LG_OK;
    }
    TRY(record_book_flush(book));
    return file_begin(book, now_ms, &diag);
}

struct lg_err record_book_add(struct record_book *book, struct arena *arena,
                              const struct record_entry *entry) {
    struct span body;
    struct span whole;
    uint8_t chain[RECORD_HASH_SIZE];
    if (book->is_broken) {
        return fail(LG_CLASS_STORE, RECORD_BROKEN);
    }
    TRY(record_body_write(entry, arena, &body));
    size_t size = body.len + RECORD_FRAME;
    uint8_t *buf = arena_alloc(arena, size);
    TRY(arena_failed(arena));
    TRY(room_make(book, size, entry->time_ms));
    memcpy(chain, book->chain, sizeof chain);
    record_chain_next(chain, body);
    struct writer w = writer_of(buf, size);
    writer_u32(&w, (uint32_t)body.len);
    writer_bytes(&w, body);
    writer_bytes(&w, span_of(chain, sizeof chain));
    TRY(writer_end(&w, &whole));
    book->is_dirty = true;
    if (!all_written(book->fd, whole)) {
        book->is_torn = true;
        return fail(LG_CLASS_STORE, RECORD_IO);
    }
    memcpy(book->chain, chain, sizeof book->chain);
    book->len += size;
    return LG_OK;
}

struct lg_err record_book_flush(struct record_book *book) {
    if (book->is_broken) {
        return fail(LG_CLASS_STORE, RECORD_BROKEN);
    }
    if (book->is_dirty && (fdatasync(book->fd) != 0 || !mark_set(book))) {
        book->is_broken = true;
        return fail(LG_CLASS_STORE, RECORD_IO);
    }
    book->is_dirty = false;
    return LG_OK;
}
