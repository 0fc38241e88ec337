/* SPDX-License-Identifier: Apache-2.0 */
/* How long the index of the log takes to find one person: `index_bench [ENTRIES [PERSONS]]`, an
 * index of so many made-up entries (100,000 without it) of so many people (a twentieth of them), in
 * TMPDIR or /tmp. A quarter of the entries are questions, the rest answers with a row on both
 * sides, spread over eight agencies. Prints; asserts nothing. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/store/entries.h"
#include "tests/support/store_support.h"

#include <cmocka.h>

enum { BATCH = 4096, LOOKS = 1000, MOST = 101, AGENCIES = 8, ARENA = 4 << 20 };
static const int64_t BEGIN_MS = INT64_C(1767225600000);

struct bench {
    struct store_support support;
    struct store_entries *entries;
    uint64_t count;
    uint64_t persons;
    uint64_t state; /* of the numbers: xorshift, so that every run has the same index */
};

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t draw(struct bench *bench) {
    bench->state ^= bench->state << 13;
    bench->state ^= bench->state >> 7;
    bench->state ^= bench->state << 17;
    return bench->state;
}

static void subject_tag(uint64_t person, struct store_tag *out_tag) {
    memset(out_tag->bytes, 0, sizeof out_tag->bytes);
    uint64_t mixed = (person + 1) * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(out_tag->bytes, &mixed, sizeof mixed);
    memcpy(out_tag->bytes + 8, &person, sizeof person);
}

static struct store_side side_make(struct bench *bench, uint64_t position) {
    struct store_side side = {
        .agency = 1 + (int64_t)(draw(bench) % AGENCIES),
        .position = position,
        .role = STORE_SIDE_REQUESTER,
        .has_subject = true,
        .other = 1 + (int64_t)(draw(bench) % AGENCIES),
        .agreement = 1 + (int64_t)(draw(bench) % 12),
        .purpose = 1 + (int64_t)(draw(bench) % 20),
        .basis = 1 + (int64_t)(draw(bench) % 10),
        .time_ms = BEGIN_MS + (int64_t)position * 1000,
        .kind = position % 4 == 0 ? 1 : 2,
        .decision = draw(bench) % 20 == 0 ? 3 : 1,
        .is_emergency = draw(bench) % 1000 == 0,
    };
    subject_tag(draw(bench) % bench->persons, &side.subject);
    subject_tag(position / 4 + (UINT64_C(1) << 40), &side.question);
    return side;
}

static void batch_add(struct bench *bench, uint64_t first, uint64_t end) {
    static struct store_side rows[2 * BATCH];
    static const uint8_t detail[150] = {1};
    size_t count = 0;
    for (uint64_t i = first; i < end; i++) {
        struct store_side side = side_make(bench, i);
        side.detail = span_of(detail, i % 4 == 0 ? 0 : sizeof detail);
        rows[count++] = side;
        if (i % 4 != 0) {
            struct store_side other = side;
            other.role = STORE_SIDE_SOURCE;
            other.agency = side.other;
            other.other = side.agency;
            other.detail = span_of(NULL, 0);
            rows[count++] = other;
        }
    }
    const struct store_sides sides = {.sides = rows,
                                      .count = count,
                                      .coverage = {.size = end},
                                      .latest_ms = BEGIN_MS + (int64_t)end * 1000};
    if (lg_failed(store_entries_add(bench->entries, &sides))) {
        abort();
    }
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* by_person: entries of one person, as one agency; else those of one purpose. */
static void look(struct bench *bench, const char *what, bool by_person) {
    static int64_t times[LOOKS];
    size_t found_all = 0;
    for (size_t i = 0; i < LOOKS; i++) {
        struct store_tag subject;
        struct store_sides_found found;
        OWN(arena_free) struct arena *arena = NULL;
        subject_tag(draw(bench) % bench->persons, &subject);
        const struct store_side_filter filter = {
            .agency = 1 + (int64_t)(draw(bench) % AGENCIES),
            .subject = by_person ? &subject : NULL,
            .purpose = by_person ? 0 : 1 + (int64_t)(draw(bench) % 20),
            .to_ms = INT64_MAX,
            .before = UINT64_MAX,
            .most = MOST,
        };
        int64_t start = now_ns();
        if (lg_failed(arena_new(ARENA, &arena)) ||
            lg_failed(store_entries_find(bench->entries, &filter, arena, &found))) {
            abort();
        }
        times[i] = now_ns() - start;
        found_all += found.count;
    }
    qsort(times, LOOKS, sizeof times[0], by_size);
    (void)printf(
        "%s: p50 %" PRId64 " ns, p99 %" PRId64 " ns, most %" PRId64 " ns, %zu rows in %d looks\n",
        what, times[LOOKS / 2], times[LOOKS * 99 / 100], times[LOOKS - 1], found_all, LOOKS);
}

int main(int argc, char **argv) {
    static struct bench bench = {.state = 88172645463325252};
    bench.count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    bench.persons = argc > 2 ? strtoull(argv[2], NULL, 10) : bench.count / 20;
    if (bench.count == 0 || bench.persons == 0) {
        (void)fprintf(stderr, "index_bench [ENTRIES [PERSONS]]: 1 or more of each\n");
        return 2;
    }
    store_support_init(&bench.support);
    if (lg_failed(store_entries_open(bench.support.store, &bench.entries))) {
        abort();
    }
    int64_t start = now_ns();
    for (uint64_t first = 0; first < bench.count; first += BATCH) {
        batch_add(&bench, first, first + BATCH < bench.count ? first + BATCH : bench.count);
    }
    (void)printf("made: %" PRIu64 " entries of %" PRIu64 " people, %" PRId64 " ns an entry\n",
                 bench.count, bench.persons, (now_ns() - start) / (int64_t)bench.count);
    look(&bench, "by person", true);
    look(&bench, "by purpose", false);
    store_entries_free(&bench.entries);
    store_support_done(&bench.support);
    return 0;
}
