/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory that forgets what was not synced, and fails on demand. */
#ifndef TESTS_SUPPORT_AUDIT_DISK_H
#define TESTS_SUPPORT_AUDIT_DISK_H

#include "gateway/audit/files.h"

struct disk;

/* A disk of `capacity` bytes; 0: without end. The caller frees it. */
struct disk *disk_new(uint64_t capacity);
void disk_free(struct disk **disk);
struct audit_file_ops disk_ops(struct disk *disk);

/* What becomes of bytes and names that were never synced when the power goes. */
enum disk_loss {
    DISK_LOSES_ALL,    /* the disk wrote nothing of its own accord */
    DISK_KEEPS_ALL,    /* the disk wrote everything just in time: as kill -9 */
    DISK_KEEPS_RANDOM, /* each block of 512 bytes, and each name, by the throw of a coin */
};
/* The power goes and comes back: descriptors and locks are gone. */
void disk_power_cut(struct disk *disk, enum disk_loss loss, uint32_t seed);

/* The process ends and the machine goes on: descriptors and locks are gone, the cache stays. */
void disk_process_end(struct disk *disk);

/* Operations that change something, so far. */
uint64_t disk_operations(const struct disk *disk);
/* From the n-th changing operation from now on (1-based), every one fails, as if the power went
 * just before it; 0: none. */
void disk_stop_at(struct disk *disk, uint64_t n);
/* The n-th sync from now fails once, and what it should have written is lost while the cache still
 * shows it, as Linux does; 0: none. */
void disk_fail_sync_at(struct disk *disk, uint64_t n);
/* The n-th write from now fails once and writes nothing, and the next sync does not say so; 0:
 * none. */
void disk_fail_write_at(struct disk *disk, uint64_t n);
/* Holds up every operation until it is let go. */
void disk_hold(struct disk *disk);
void disk_let_go(struct disk *disk);
void disk_capacity_set(struct disk *disk, uint64_t capacity);

/* The durable bytes of a file (borrowed) or ptr NULL; and changing them behind everybody's back. */
struct span disk_file(const struct disk *disk, const char *path);
void disk_file_set(struct disk *disk, const char *path, struct span bytes);
void disk_file_remove(struct disk *disk, const char *path);
/* A copy of the disk as it is durably; the caller frees it. */
struct disk *disk_copy(const struct disk *disk);

#endif
