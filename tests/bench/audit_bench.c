/* SPDX-License-Identifier: Apache-2.0 */
/* What the log costs, in one run on one disk: `audit_bench [FOLDER [LARGEST]]`, where FOLDER
 * decides which disk is measured (TMPDIR or /tmp without it) and LARGEST how many entries the log
 * grows to (100,000 without it). Prints; asserts nothing. In turn:
 *
 *   the disk        one write of 4 KiB over bytes that are there, and its fdatasync
 *   appends         one entry a commit, so many in flight; SQLite beside it, a row of that size
 *   growth          the cost of an entry at each power of ten of a new log, and of a proof there
 *   a start         reads every entry and checks every hash */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/audit/audit.h"
#include "gateway/store/erasure.h"
#include "gateway/store/keys.h"
#include "gateway/store/store.h"
#include "tests/bench/audit_sqlite.h"
#include "tests/support/audit_support.h"
#include "tests/support/store_support.h"

#include <cmocka.h>

enum {
    COMMITS_MAX = 20000,
    COMMITS_EACH = 2000, /* of one in flight, as slow as the disk */
    IN_FLIGHT_MAX = 256,
    SYNCS = 1000,
    PROOFS = 10000,
    LARGEST = 100000,
    BLOCK = 4096,
};

struct bench;

struct flight {
    struct bench *bench;
    int64_t start_us;
};

struct bench {
    struct audit_support *support;
    struct audit_log *log;
    struct loop *loop;
    size_t entries; /* of one commit */
    size_t commits; /* wanted */
    size_t started;
    size_t done;
    size_t entry_size;
    int64_t times_us[COMMITS_MAX];
    struct flight flights[IN_FLIGHT_MAX];
};

static int64_t us_of(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int by_time(const void *a, const void *b) {
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return first < second ? -1 : first > second;
}

static void figures_print(const char *name, int64_t *times_us, size_t count, int64_t took_us) {
    qsort(times_us, count, sizeof times_us[0], by_time);
    printf("  %-28s %8lld/s   p50 %7lld us   p99 %7lld us\n", name,
           (long long)((int64_t)count * 1000000 / took_us), (long long)times_us[count / 2],
           (long long)times_us[count * 99 / 100]);
    (void)fflush(stdout);
}

/* ---- The disk */

static void disk_measure(const char *folder) {
    static int64_t times_us[SYNCS];
    static uint8_t block[BLOCK];
    char path[SUPPORT_PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/syncs", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        abort();
    }
    for (off_t i = 0; i < SYNCS; i++) {
        if (pwrite(fd, block, sizeof block, i * BLOCK) != BLOCK) {
            abort();
        }
    }
    if (fsync(fd) != 0) {
        abort();
    }
    int64_t start_us = us_of(CLOCK_MONOTONIC);
    for (off_t i = 0; i < SYNCS; i++) {
        int64_t begun_us = us_of(CLOCK_MONOTONIC);
        block[0]++;
        if (pwrite(fd, block, sizeof block, i * BLOCK) != BLOCK || fdatasync(fd) != 0) {
            abort();
        }
        times_us[i] = us_of(CLOCK_MONOTONIC) - begun_us;
    }
    figures_print("fdatasync of 4 KiB", times_us, SYNCS, us_of(CLOCK_MONOTONIC) - start_us);
    (void)close(fd);
    (void)unlink(path);
}

/* ---- Appends */

static void submit(struct flight *flight);

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    struct flight *flight = ctx;
    struct bench *bench = flight->bench;
    if (outcome->result != AUDIT_COMMITTED) {
        abort();
    }
    if (bench->done < COMMITS_MAX) {
        bench->times_us[bench->done] = us_of(CLOCK_MONOTONIC) - flight->start_us;
    }
    bench->entry_size = audit_receipt_leaf(outcome->receipts[0]).len;
    bench->done++;
    if (bench->done == bench->commits) {
        loop_stop(bench->loop);
    } else if (bench->started < bench->commits) {
        submit(flight);
    }
}

/* RELEASE entries about one person, each with a commitment, as a question writes them. */
static void submit(struct flight *flight) {
    struct bench *bench = flight->bench;
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    struct audit_commitment commitments[AUDIT_BATCH_MAX];
    struct audit_detail details[AUDIT_BATCH_MAX];
    struct audit_batch batch = {.entries = entries, .count = bench->entries};
    for (size_t i = 0; i < bench->entries; i++) {
        static const uint8_t reply[1024];
        audit_commitment_make(span_of(reply, sizeof reply), &commitments[i]);
        entries[i] = audit_support_part((uint32_t)bench->started, AUDIT_RELEASE, &commitments[i],
                                        &details[i]);
        entries[i].person = audit_support_person(bench->support, (uint8_t)(bench->started % 8 + 1));
    }
    flight->start_us = us_of(CLOCK_MONOTONIC);
    bench->started++;
    if (lg_failed(audit_commit(bench->log, &batch, bench->loop, on_done, flight))) {
        abort();
    }
}

/* How long it took, in microseconds. */
static int64_t commits_run(struct bench *bench, size_t commits, size_t entries, size_t in_flight) {
    bench->commits = commits;
    bench->entries = entries;
    bench->started = 0;
    bench->done = 0;
    in_flight = in_flight < commits ? in_flight : commits;
    int64_t start_us = us_of(CLOCK_MONOTONIC);
    for (size_t i = 0; i < in_flight; i++) {
        bench->flights[i].bench = bench;
        submit(&bench->flights[i]);
    }
    loop_run(bench->loop);
    return us_of(CLOCK_MONOTONIC) - start_us;
}

static void sqlite_compare(const struct bench *bench, size_t commits, size_t in_flight) {
    static int64_t times_us[COMMITS_MAX];
    struct sqlite_bench other = {.folder = bench->support->folder,
                                 .entry_size = bench->entry_size,
                                 .in_flight = in_flight,
                                 .rows = commits < COMMITS_EACH * 2 ? commits : COMMITS_EACH * 2};
    int64_t took_us = sqlite_bench_run(&other, times_us);
    figures_print("SQLite, a transaction each", times_us, other.rows, took_us);
    other.rows = commits;
    other.is_grouped = 1;
    took_us = sqlite_bench_run(&other, times_us);
    figures_print("SQLite, one for all waiting", times_us, other.rows, took_us);
}

static void appends_measure(struct bench *bench) {
    static const size_t in_flight[] = {1, 16, 64, 256};
    for (size_t i = 0; i < sizeof in_flight / sizeof in_flight[0]; i++) {
        size_t commits = in_flight[i] == 1 ? COMMITS_EACH : COMMITS_MAX;
        int64_t took_us = commits_run(bench, commits, 1, in_flight[i]);
        printf("%zu in flight, entries of %zu bytes\n", in_flight[i], bench->entry_size);
        figures_print("the log", bench->times_us, commits, took_us);
        sqlite_compare(bench, commits, in_flight[i]);
    }
}

/* ---- Growth */

static void proofs_measure(struct bench *bench) {
    static int64_t times_us[PROOFS];
    uint64_t size = audit_size(bench->log);
    int64_t start_us = us_of(CLOCK_MONOTONIC);
    for (uint64_t i = 0; i < PROOFS; i++) {
        struct audit_inclusion inclusion;
        int64_t begun_us = us_of(CLOCK_MONOTONIC);
        /* A step that is no divisor of a power of two: all over the tree. */
        if (lg_failed(
                audit_prove(bench->log, i * UINT64_C(7919) * 104729 % size, size, &inclusion))) {
            abort();
        }
        times_us[i] = us_of(CLOCK_MONOTONIC) - begun_us;
    }
    figures_print("proofs", times_us, PROOFS, us_of(CLOCK_MONOTONIC) - start_us);
}

static void growth_measure(struct bench *bench, uint64_t largest) {
    for (uint64_t size = 10000; size <= largest; size *= 10) {
        uint64_t last = size / 10;
        while (audit_size(bench->log) + last < size) {
            uint64_t left = (size - last - audit_size(bench->log)) / AUDIT_BATCH_MAX + 1;
            (void)commits_run(bench, left < COMMITS_MAX ? left : COMMITS_MAX, AUDIT_BATCH_MAX, 16);
        }
        int64_t cpu_us = us_of(CLOCK_PROCESS_CPUTIME_ID);
        uint64_t commits = last / AUDIT_BATCH_MAX + 1;
        int64_t took_us = commits_run(bench, commits, AUDIT_BATCH_MAX, 16);
        cpu_us = us_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_us;
        int64_t entries = (int64_t)(commits * AUDIT_BATCH_MAX);
        printf("%llu entries: %lld.%02lld us an entry, %lld.%02lld us of them CPU\n",
               (unsigned long long)audit_size(bench->log), (long long)(took_us / entries),
               (long long)(took_us * 100 / entries % 100), (long long)(cpu_us / entries),
               (long long)(cpu_us * 100 / entries % 100));
        proofs_measure(bench);
    }
}

static void start_measure(struct bench *bench) {
    audit_log_close(&bench->log);
    int64_t start_us = us_of(CLOCK_MONOTONIC);
    bench->log = audit_support_open(bench->support);
    printf("start over %llu entries: %lld ms\n", (unsigned long long)audit_size(bench->log),
           (long long)((us_of(CLOCK_MONOTONIC) - start_us) / 1000));
}

/* A log in a folder of its own, with the keys of the gateway's own store: what a key of each person
 * and quarter costs is a part of an entry's cost. */
static void bench_open(struct bench *bench, struct audit_support *support,
                       const struct store_support *store) {
    *bench = (struct bench){.support = support};
    audit_support_init(support);
    support->config.segment_size = 64 << 20;
    support->config.keys = (struct audit_keys){.ctx = store->store,
                                               .subject = store_key_subject,
                                               .nobody = store_key_nobody,
                                               .each = store_key_each,
                                               .any_destroyed = store_key_any_destroyed};
    bench->log = audit_support_open(support);
    if (lg_failed(loop_new(clock_system(), &bench->loop))) {
        abort();
    }
}

static void bench_close(struct bench *bench) {
    loop_free(&bench->loop);
    audit_log_close(&bench->log);
    audit_support_done(bench->support);
}

int main(int argc, char **argv) {
    static struct bench bench;
    struct audit_support support;
    struct store_support store;
    if (argc > 3 || (argc > 1 && setenv("TMPDIR", argv[1], 1) != 0)) {
        fprintf(stderr, "usage: audit_bench [FOLDER [LARGEST]]\n");
        return 2;
    }
    store_support_init(&store);
    bench_open(&bench, &support, &store);
    printf("the disk\n");
    disk_measure(support.folder);
    appends_measure(&bench);
    bench_close(&bench);
    bench_open(&bench, &support, &store);
    growth_measure(&bench, argc > 2 ? strtoull(argv[2], NULL, 10) : LARGEST);
    start_measure(&bench);
    bench_close(&bench);
    store_support_done(&store);
    return 0;
}
