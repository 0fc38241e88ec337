/* SPDX-License-Identifier: Apache-2.0 */
/* Audited commits per second with 64 in flight, and how long one and a start take: `audit_bench
 * [FOLDER]`, where FOLDER decides which disk is measured (TMPDIR or /tmp without it). Prints;
 * asserts nothing.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/audit/audit.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { COMMITS = 20000, IN_FLIGHT_MAX = 64 };

struct bench;

struct flight {
    struct bench *bench;
    int64_t start_us;
};

struct bench {
    struct audit_support *support;
    struct audit_log *log;
    struct loop *loop;
    size_t entries; /* of one commit: the sources of a question */
    size_t started;
    size_t done;
    int64_t times_us[COMMITS];
    struct flight flights[IN_FLIGHT_MAX];
};

static int64_t now_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t cpu_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void submit(struct flight *flight);

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    struct flight *flight = ctx;
    struct bench *bench = flight->bench;
    if (outcome->result != AUDIT_COMMITTED) {
        abort();
    }
    bench->times_us[bench->done] = now_us() - flight->start_us;
    bench->done++;
    if (bench->done == COMMITS) {
        loop_stop(bench->loop);
    } else if (bench->started < COMMITS) {
        submit(flight);
    }
}

/* RELEASE entries about one person, each with a commitment, as a question writes them. */
static void submit(struct flight *flight) {
    struct bench *bench = flight->bench;
    struct audit_entry_fields entries[8];
    struct audit_commitment commitments[8];
    struct audit_detail details[8];
    struct audit_batch batch = {.entries = entries, .count = bench->entries};
    for (size_t i = 0; i < bench->entries; i++) {
        static const uint8_t reply[1024];
        audit_commitment_make(span_of(reply, sizeof reply), &commitments[i]);
        entries[i] = audit_support_part((uint32_t)bench->started, AUDIT_RELEASE, &commitments[i],
                                        &details[i]);
        entries[i].person = audit_support_person(bench->support, (uint8_t)(bench->started % 8 + 1));
    }
    flight->start_us = now_us();
    bench->started++;
    if (lg_failed(audit_commit(bench->log, &batch, bench->loop, on_done, flight))) {
        abort();
    }
}

static int by_time(const void *a, const void *b) {
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return first < second ? -1 : first > second;
}

static void run(struct audit_support *support, size_t entries, size_t in_flight) {
    static struct bench bench;
    bench = (struct bench){.support = support, .entries = entries};
    bench.log = audit_support_open(support);
    if (lg_failed(loop_new(clock_system(), &bench.loop))) {
        abort();
    }
    int64_t start_us = now_us();
    int64_t start_cpu_us = cpu_us();
    for (size_t i = 0; i < in_flight; i++) {
        bench.flights[i].bench = &bench;
        submit(&bench.flights[i]);
    }
    loop_run(bench.loop);
    int64_t took_us = now_us() - start_us;
    int64_t took_cpu_us = cpu_us() - start_cpu_us;
    qsort(bench.times_us, COMMITS, sizeof bench.times_us[0], by_time);
    printf("%3zu in flight, %zu entries each: %7lld commits/s, %7lld entries/s, p50 %lld us, "
           "p99 %lld us, cpu %lld us a commit\n",
           in_flight, entries, (long long)(COMMITS * INT64_C(1000000) / took_us),
           (long long)((int64_t)entries * COMMITS * 1000000 / took_us),
           (long long)bench.times_us[COMMITS / 2], (long long)bench.times_us[COMMITS * 99 / 100],
           (long long)(took_cpu_us / COMMITS));
    loop_free(&bench.loop);
    audit_log_close(&bench.log);
}

/* A start reads every entry and checks every hash. */
static void start(struct audit_support *support) {
    int64_t start_us = now_us();
    struct audit_log *log = audit_support_open(support);
    int64_t took_us = now_us() - start_us;
    printf("start over %llu entries: %lld ms\n", (unsigned long long)audit_size(log),
           (long long)(took_us / 1000));
    audit_log_close(&log);
}

int main(int argc, char **argv) {
    struct audit_support support;
    if (argc > 1 && setenv("TMPDIR", argv[1], 1) != 0) {
        return 1;
    }
    audit_support_init(&support);
    support.config.segment_size = 64 << 20;
    run(&support, 1, 64);
    run(&support, 4, 64);
    start(&support);
    audit_support_done(&support);
    return 0;
}
