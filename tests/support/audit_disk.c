/* SPDX-License-Identifier: Apache-2.0 */
/* Every file has bytes as seen (the cache) and bytes as durable, and for each block of 512 whether
 * the cache is ahead. Every name likewise: as seen, and as durable. */
#define _POSIX_C_SOURCE 200809L
#include "tests/support/audit_disk.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILES_MAX = 48, NAME_MAX_LEN = 96, DESCRIPTORS = 64, BLOCK = 512, BLOCKS_MAX = 2048 };

struct node {
    bool used;
    uint8_t *seen;
    uint64_t seen_size;
    uint8_t *durable;
    uint64_t durable_size;
    bool ahead[BLOCKS_MAX];
};

struct name {
    char text[NAME_MAX_LEN];
    int node; /* -1: none */
};

struct descriptor {
    bool used;
    int node;
    bool direct;
};

struct disk {
    struct node nodes[FILES_MAX];
    struct name seen[FILES_MAX];
    struct name durable[FILES_MAX];
    struct descriptor open[DESCRIPTORS];
    uint64_t capacity;
    uint64_t operations;
    uint64_t stop_at;
    uint64_t syncs;
    uint64_t fail_sync_at;
    uint64_t writes;
    uint64_t fail_write_at;
    bool locked;
    pthread_mutex_t lock;
};

static struct lg_err io_error(void) {
    return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_IO);
}

struct disk *disk_new(uint64_t capacity) {
    struct disk *disk = calloc(1, sizeof *disk);
    assert_non_null(disk);
    disk->capacity = capacity;
    for (size_t i = 0; i < FILES_MAX; i++) {
        disk->seen[i].node = -1;
        disk->durable[i].node = -1;
    }
    assert_int_equal(pthread_mutex_init(&disk->lock, NULL), 0);
    return disk;
}

void disk_free(struct disk **disk) {
    struct disk *d = *disk;
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < FILES_MAX; i++) {
        free(d->nodes[i].seen);
        free(d->nodes[i].durable);
    }
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
    *disk = NULL;
}

/* ---- Names and nodes */

static struct name *name_find(struct name *names, const char *path) {
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (names[i].node >= 0 && strcmp(names[i].text, path) == 0) {
            return &names[i];
        }
    }
    return NULL;
}

static struct name *name_add(struct name *names, const char *path, int node) {
    size_t i = 0;
    while (i < FILES_MAX && names[i].node >= 0) {
        i++;
    }
    assert_true(i < FILES_MAX);
    assert_true(strlen(path) < NAME_MAX_LEN);
    snprintf(names[i].text, NAME_MAX_LEN, "%s", path);
    names[i].node = node;
    return &names[i];
}

static bool node_is_named(const struct disk *disk, int node) {
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->seen[i].node == node || disk->durable[i].node == node) {
            return true;
        }
    }
    for (size_t i = 0; i < DESCRIPTORS; i++) {
        if (disk->open[i].used && disk->open[i].node == node) {
            return true;
        }
    }
    return false;
}

static void nodes_sweep(struct disk *disk) {
    for (int i = 0; i < FILES_MAX; i++) {
        struct node *node = &disk->nodes[i];
        if (node->used && !node_is_named(disk, i)) {
            free(node->seen);
            free(node->durable);
            *node = (struct node){.used = false};
        }
    }
}

static int node_new(struct disk *disk) {
    nodes_sweep(disk);
    int i = 0;
    while (i < FILES_MAX && disk->nodes[i].used) {
        i++;
    }
    assert_true(i < FILES_MAX);
    disk->nodes[i].used = true;
    return i;
}

static uint64_t disk_used(const struct disk *disk) {
    uint64_t used = 0;
    for (size_t i = 0; i < FILES_MAX; i++) {
        used += disk->nodes[i].used ? disk->nodes[i].seen_size : 0;
    }
    return used;
}

static void bytes_resize(uint8_t **bytes, uint64_t *size, uint64_t new_size) {
    uint8_t *resized = realloc(*bytes, new_size + 1);
    assert_non_null(resized);
    if (new_size > *size) {
        memset(resized + *size, 0, new_size - *size);
    }
    *bytes = resized;
    *size = new_size;
}

/* ---- Faults */

static bool stopped(struct disk *disk) {
    disk->operations++;
    return disk->stop_at != 0 && disk->operations >= disk->stop_at;
}

uint64_t disk_operations(const struct disk *disk) {
    return disk->operations;
}

void disk_stop_at(struct disk *disk, uint64_t n) {
    disk->stop_at = n == 0 ? 0 : disk->operations + n;
}

void disk_fail_sync_at(struct disk *disk, uint64_t n) {
    disk->fail_sync_at = n == 0 ? 0 : disk->syncs + n;
}

void disk_fail_write_at(struct disk *disk, uint64_t n) {
    disk->fail_write_at = n == 0 ? 0 : disk->writes + n;
}

void disk_hold(struct disk *disk) {
    (void)pthread_mutex_lock(&disk->lock);
}

void disk_let_go(struct disk *disk) {
    (void)pthread_mutex_unlock(&disk->lock);
}

void disk_capacity_set(struct disk *disk, uint64_t capacity) {
    (void)pthread_mutex_lock(&disk->lock);
    disk->capacity = capacity;
    (void)pthread_mutex_unlock(&disk->lock);
}

/* ---- Operations, with the lock held */

static struct lg_err do_open(struct disk *disk, const char *path, unsigned how, int *out_fd) {
    const struct name *name = name_find(disk->seen, path);
    if (name == NULL && (how & AUDIT_OPEN_CREATE) == 0) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_ABSENT);
    }
    if (name == NULL) {
        if (stopped(disk)) {
            return io_error();
        }
        name = name_add(disk->seen, path, node_new(disk));
    }
    int fd = 0;
    while (fd < DESCRIPTORS && disk->open[fd].used) {
        fd++;
    }
    assert_true(fd < DESCRIPTORS);
    disk->open[fd] = (struct descriptor){true, name->node, (how & AUDIT_OPEN_DIRECT) != 0};
    *out_fd = fd;
    return LG_OK;
}

/* A direct read sees what the disk holds, plus what the cache has yet to write. */
static const uint8_t *bytes_for(const struct node *node, bool direct, uint64_t block) {
    bool from_disk = direct && !node->ahead[block] && block * BLOCK < node->durable_size;
    return from_disk ? node->durable : node->seen;
}

static void do_read(const struct disk *disk, int fd, uint64_t at, struct audit_into *into) {
    const struct descriptor *open = &disk->open[fd];
    const struct node *node = &disk->nodes[open->node];
    size_t len = 0;
    while (len < into->size && at + len < node->seen_size) {
        uint64_t place = at + len;
        uint64_t block = place / BLOCK;
        uint64_t block_end = (block + 1) * BLOCK;
        uint64_t end = block_end < node->seen_size ? block_end : node->seen_size;
        size_t step = (size_t)(end - place);
        step = step < into->size - len ? step : into->size - len;
        memcpy((uint8_t *)into->buf + len, bytes_for(node, open->direct, block) + place, step);
        len += step;
    }
    into->len = len;
}

static struct lg_err do_write(struct disk *disk, int fd, uint64_t at, struct span bytes) {
    struct node *node = &disk->nodes[disk->open[fd].node];
    uint64_t end = at + bytes.len;
    disk->writes++;
    if (stopped(disk) || disk->writes == disk->fail_write_at) {
        return io_error();
    }
    if (disk->capacity != 0 && end > node->seen_size &&
        disk_used(disk) + (end - node->seen_size) > disk->capacity) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_NO_SPACE);
    }
    assert_true(end <= (uint64_t)BLOCKS_MAX * BLOCK);
    if (end > node->seen_size) {
        bytes_resize(&node->seen, &node->seen_size, end);
    }
    memcpy(node->seen + at, bytes.ptr, bytes.len);
    for (uint64_t block = at / BLOCK; block * BLOCK < end; block++) {
        node->ahead[block] = true;
    }
    return LG_OK;
}

static void block_settle(struct node *node, uint64_t block) {
    uint64_t at = block * BLOCK;
    uint64_t end = at + BLOCK < node->seen_size ? at + BLOCK : node->seen_size;
    if (at < end) {
        if (end > node->durable_size) {
            bytes_resize(&node->durable, &node->durable_size, end);
        }
        memcpy(node->durable + at, node->seen + at, end - at);
    }
    node->ahead[block] = false;
}

static struct lg_err do_sync(struct disk *disk, int fd) {
    struct node *node = &disk->nodes[disk->open[fd].node];
    if (stopped(disk)) {
        return io_error();
    }
    disk->syncs++;
    bool fails = disk->syncs == disk->fail_sync_at;
    for (uint64_t block = 0; block < BLOCKS_MAX; block++) {
        if (node->ahead[block] && fails) {
            node->ahead[block] = false; /* the cache calls it clean; the disk never gets it */
        } else if (node->ahead[block]) {
            block_settle(node, block);
        }
    }
    if (!fails && node->durable_size != node->seen_size) {
        bytes_resize(&node->durable, &node->durable_size, node->seen_size);
    }
    return fails ? io_error() : LG_OK;
}

static struct lg_err do_truncate(struct disk *disk, int fd, uint64_t size) {
    struct node *node = &disk->nodes[disk->open[fd].node];
    if (stopped(disk)) {
        return io_error();
    }
    bytes_resize(&node->seen, &node->seen_size, size);
    return LG_OK;
}

static struct lg_err do_rename(struct disk *disk, const char *from, const char *to) {
    struct name *source = name_find(disk->seen, from);
    if (stopped(disk)) {
        return io_error();
    }
    if (source == NULL) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_ABSENT);
    }
    struct name *target = name_find(disk->seen, to);
    if (target != NULL) {
        target->node = -1;
    }
    assert_true(strlen(to) < NAME_MAX_LEN);
    snprintf(source->text, NAME_MAX_LEN, "%s", to);
    return LG_OK;
}

static struct lg_err do_remove(struct disk *disk, const char *path) {
    struct name *name = name_find(disk->seen, path);
    if (stopped(disk)) {
        return io_error();
    }
    if (name == NULL) {
        return lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_ABSENT);
    }
    name->node = -1;
    return LG_OK;
}

/* ---- The interface */

static struct lg_err ops_open(void *ctx, const char *path, unsigned how, int *out_fd) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = do_open(disk, path, how, out_fd);
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static void ops_close(void *ctx, int fd) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    disk->open[fd].used = false;
    (void)pthread_mutex_unlock(&disk->lock);
}

static struct lg_err ops_read(void *ctx, int fd, uint64_t at, struct audit_into *into) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    if (disk->open[fd].direct) {
        assert_int_equal(at % AUDIT_DIRECT_ALIGN, 0);
        assert_int_equal((uintptr_t)into->buf % AUDIT_DIRECT_ALIGN, 0);
    }
    do_read(disk, fd, at, into);
    (void)pthread_mutex_unlock(&disk->lock);
    return LG_OK;
}

static struct lg_err ops_write(void *ctx, int fd, uint64_t at, struct span bytes) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = do_write(disk, fd, at, bytes);
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static struct lg_err ops_sync(void *ctx, int fd) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = do_sync(disk, fd);
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static struct lg_err ops_size(void *ctx, int fd, uint64_t *out_size) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    *out_size = disk->nodes[disk->open[fd].node].seen_size;
    (void)pthread_mutex_unlock(&disk->lock);
    return LG_OK;
}

static struct lg_err ops_truncate(void *ctx, int fd, uint64_t size) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = do_truncate(disk, fd, size);
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static struct lg_err ops_lock(void *ctx, int fd) {
    struct disk *disk = ctx;
    (void)fd;
    (void)pthread_mutex_lock(&disk->lock);
    bool taken = disk->locked;
    disk->locked = true;
    (void)pthread_mutex_unlock(&disk->lock);
    return taken ? lg_err_make(LG_CLASS_STORE, LG_AUDIT, AUDIT_LOCKED) : LG_OK;
}

static struct lg_err ops_rename(void *ctx, const char *from, const char *to) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = do_rename(disk, from, to);
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static struct lg_err ops_remove(void *ctx, const char *path) {
    struct disk *disk = ctx;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = do_remove(disk, path);
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static struct lg_err ops_sync_folder(void *ctx, const char *path) {
    struct disk *disk = ctx;
    (void)path;
    (void)pthread_mutex_lock(&disk->lock);
    struct lg_err err = stopped(disk) ? io_error() : LG_OK;
    if (!lg_failed(err)) {
        memcpy(disk->durable, disk->seen, sizeof disk->durable);
    }
    (void)pthread_mutex_unlock(&disk->lock);
    return err;
}

static struct lg_err ops_list(void *ctx, const char *path, audit_on_name_fn on_name, void *on_ctx) {
    struct disk *disk = ctx;
    size_t prefix = strlen(path) + 1;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->seen[i].node >= 0) {
            TRY(on_name(on_ctx, disk->seen[i].text + prefix));
        }
    }
    return LG_OK;
}

struct audit_file_ops disk_ops(struct disk *disk) {
    return (struct audit_file_ops){
        .ctx = disk,
        .open = ops_open,
        .close = ops_close,
        .read = ops_read,
        .write = ops_write,
        .sync = ops_sync,
        .size = ops_size,
        .truncate = ops_truncate,
        .lock = ops_lock,
        .rename = ops_rename,
        .remove = ops_remove,
        .sync_folder = ops_sync_folder,
        .list = ops_list,
    };
}

/* ---- Power */

static bool coin(uint32_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return (*seed & 1U) != 0;
}

static void node_cut(struct node *node, enum disk_loss loss, uint32_t *seed) {
    for (uint64_t block = 0; block < BLOCKS_MAX; block++) {
        if (!node->ahead[block]) {
            continue;
        }
        if (loss == DISK_KEEPS_ALL || (loss == DISK_KEEPS_RANDOM && coin(seed))) {
            block_settle(node, block);
        }
        node->ahead[block] = false;
    }
    if (loss == DISK_KEEPS_ALL && node->durable_size != node->seen_size) {
        bytes_resize(&node->durable, &node->durable_size, node->seen_size);
    }
    bytes_resize(&node->seen, &node->seen_size, node->durable_size);
    if (node->durable_size > 0) {
        memcpy(node->seen, node->durable, node->durable_size);
    }
}

/* Renames are atomic and in order: either the names as seen, or as durable. */
static void names_cut(struct disk *disk, enum disk_loss loss, uint32_t *seed) {
    if (loss == DISK_KEEPS_ALL || (loss == DISK_KEEPS_RANDOM && coin(seed))) {
        memcpy(disk->durable, disk->seen, sizeof disk->durable);
    } else {
        memcpy(disk->seen, disk->durable, sizeof disk->seen);
    }
}

void disk_power_cut(struct disk *disk, enum disk_loss loss, uint32_t seed) {
    seed = seed * 2654435761U + 1;
    names_cut(disk, loss, &seed);
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->nodes[i].used) {
            node_cut(&disk->nodes[i], loss, &seed);
        }
    }
    disk_process_end(disk);
}

void disk_process_end(struct disk *disk) {
    for (size_t i = 0; i < DESCRIPTORS; i++) {
        disk->open[i].used = false;
    }
    disk->locked = false;
    disk->stop_at = 0;
    disk->fail_sync_at = 0;
    nodes_sweep(disk);
}

/* ---- Behind everybody's back */

struct span disk_file(const struct disk *disk, const char *path) {
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->durable[i].node >= 0 && strcmp(disk->durable[i].text, path) == 0) {
            const struct node *node = &disk->nodes[disk->durable[i].node];
            return span_of(node->durable, node->durable_size);
        }
    }
    return (struct span){0};
}

void disk_file_set(struct disk *disk, const char *path, struct span bytes) {
    disk_file_remove(disk, path);
    int at = node_new(disk);
    struct node *node = &disk->nodes[at];
    bytes_resize(&node->seen, &node->seen_size, bytes.len);
    bytes_resize(&node->durable, &node->durable_size, bytes.len);
    if (bytes.len > 0) {
        memcpy(node->seen, bytes.ptr, bytes.len);
        memcpy(node->durable, bytes.ptr, bytes.len);
    }
    name_add(disk->seen, path, at);
    name_add(disk->durable, path, at);
}

void disk_file_remove(struct disk *disk, const char *path) {
    struct name *name = name_find(disk->seen, path);
    if (name != NULL) {
        name->node = -1;
    }
    name = name_find(disk->durable, path);
    if (name != NULL) {
        name->node = -1;
    }
}

struct disk *disk_copy(const struct disk *disk) {
    struct disk *copy = disk_new(disk->capacity);
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->durable[i].node >= 0) {
            disk_file_set(copy, disk->durable[i].text, disk_file(disk, disk->durable[i].text));
        }
    }
    return copy;
}
