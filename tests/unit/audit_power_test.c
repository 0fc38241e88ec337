/* SPDX-License-Identifier: Apache-2.0 */
/* The power goes before every single operation, and four things may become of what was not synced
 * (audit.md 5 and 6); then before operations drawn at random, of scripts drawn at random, with a
 * random part of what was not synced kept: 500 times, a tenth of them where the address sanitizer
 * makes each ten times as long; LOCKGATE_LONG: 20,000. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "tests/support/audit_mini.h"

#include <cmocka.h>

enum { FIRST_FRAME = AUDIT_SEGMENT_HEADER_SIZE };

/* ---- Power */

struct script_result {
    uint64_t acknowledged;
    uint64_t marked;
};

/* Appends frames of growing size over several segments, with spares and marks between, until an
 * operation fails or the script ends. */
static bool script_run(struct mini *mini, struct script_result *result) {
    if (lg_failed(mini_open(mini))) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < 16 && good; i++) {
        good = !lg_failed(mini_append(mini, 1 + i * 29 % 197));
        result->acknowledged = good ? mini->journal.size : result->acknowledged;
        if (good && i % 5 == 0) {
            good = !lg_failed(audit_spares_fill(&mini->spares));
        }
        if (good && i % 7 == 3) {
            good = !lg_failed(mini_mark(mini, false));
        }
    }
    if (good) {
        good = !lg_failed(mini_mark(mini, true));
    }
    mini_close(mini);
    return good;
}

static void power_cut_before_every_operation(void **state) {
    static struct mini mini;
    static const enum disk_loss losses[] = {DISK_LOSES_ALL, DISK_KEEPS_ALL, DISK_KEEPS_RANDOM,
                                            DISK_KEEPS_RANDOM};
    (void)state;
    bool finished = false;
    uint64_t stop = 1;
    for (; !finished; stop++) {
        for (uint32_t way = 0; way < 4; way++) {
            struct script_result result = {0, 0};
            mini = (struct mini){.disk = disk_new(0)};
            disk_stop_at(mini.disk, stop);
            finished = script_run(&mini, &result);
            disk_power_cut(mini.disk, losses[way], (uint32_t)stop * 4 + way);
            /* Twice: the first start has itself only just begun when the power goes again. */
            int64_t found = mini_entries_found(mini.disk);
            if (found < (int64_t)result.acknowledged) {
                fail_msg("stop %u way %u: %d found, %u acknowledged", (unsigned)stop, way,
                         (int)found, (unsigned)result.acknowledged);
            }
            assert_int_equal(mini_entries_found(mini.disk), found);
            mini = (struct mini){.disk = mini.disk};
            assert_false(lg_failed(mini_open(&mini)));
            assert_false(lg_failed(mini_append(&mini, 3)));
            mini_close(&mini);
            disk_power_cut(mini.disk, DISK_LOSES_ALL, 1);
            assert_int_equal(mini_entries_found(mini.disk), found + 3);
            disk_free(&mini.disk);
        }
    }
    assert_true(stop > 60);
    print_message("%u operations, four ways each: 0 violations\n", (unsigned)stop - 1);
}

/* ---- Scripts and cuts drawn at random */

#ifdef __SANITIZE_ADDRESS__
enum { DRAWS = 50 };
#else
enum { DRAWS = 500 };
#endif

enum { DRAWS_LONG = 20000, STEPS = 24, OPERATIONS_MAX = 200 };

/* Xorshift (Marsaglia): what it draws is the same in every run, and told where it fails. */
static uint32_t draw(uint32_t *state, uint32_t below) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % below;
}

/* Frames, spares, marks and orderly ends in any order, until the power goes. */
static void random_run(struct mini *mini, uint32_t *seed, struct script_result *result) {
    bool good = !lg_failed(mini_open(mini));
    for (size_t i = 0; i < STEPS && good; i++) {
        uint32_t what = draw(seed, 16);
        if (what < 11) {
            good = !lg_failed(mini_append(mini, 1 + draw(seed, 120)));
            result->acknowledged = good ? mini->journal.size : result->acknowledged;
        } else if (what < 13) {
            good = !lg_failed(audit_spares_fill(&mini->spares));
        } else if (what < 15) {
            good = !lg_failed(mini_mark(mini, false));
        } else {
            good = !lg_failed(mini_mark(mini, true));
            mini_close(mini);
            disk_process_end(mini->disk);
            good = good && !lg_failed(mini_open(mini));
        }
    }
    mini_close(mini);
}

static bool random_cut_holds(uint32_t number) {
    static struct mini mini;
    struct script_result result = {0, 0};
    uint32_t seed = 2463534242U + number * 2654435761U;
    mini = (struct mini){.disk = disk_new(0)};
    disk_stop_at(mini.disk, 1 + draw(&seed, OPERATIONS_MAX));
    random_run(&mini, &seed, &result);
    disk_power_cut(mini.disk, DISK_KEEPS_RANDOM, draw(&seed, UINT32_MAX));
    int64_t found = mini_entries_found(mini.disk);
    /* And once more, before what the start itself wrote was all on the disk. */
    disk_stop_at(mini.disk, 1 + draw(&seed, 12));
    mini = (struct mini){.disk = mini.disk};
    if (!lg_failed(mini_open(&mini))) {
        mini_close(&mini);
    }
    disk_power_cut(mini.disk, DISK_KEEPS_RANDOM, draw(&seed, UINT32_MAX));
    int64_t again = mini_entries_found(mini.disk);
    bool holds = found >= (int64_t)result.acknowledged && again == found;
    if (!holds) {
        print_error("draw %u: %d found, then %d; %u acknowledged\n", number, (int)found, (int)again,
                    (unsigned)result.acknowledged);
    }
    disk_free(&mini.disk);
    return holds;
}

static void power_cut_at_random(void **state) {
    uint32_t draws = getenv("LOCKGATE_LONG") != NULL ? DRAWS_LONG : DRAWS;
    uint32_t violations = 0;
    (void)state;
    for (uint32_t number = 0; number < draws; number++) {
        violations += random_cut_holds(number) ? 0 : 1;
    }
    print_message("%u random cuts: %u violations\n", draws, violations);
    assert_int_equal(violations, 0);
}

static void power_cut_while_recovering(void **state) {
    static struct mini mini;
    struct disk *before = mini_disk_with(6, 2);
    (void)state;
    bool finished = false;
    for (uint64_t stop = 1; !finished; stop++) {
        for (uint32_t way = 0; way < 3; way++) {
            mini = (struct mini){.disk = disk_copy(before)};
            disk_stop_at(mini.disk, stop);
            finished = !lg_failed(mini_open(&mini));
            if (finished) {
                mini_close(&mini);
            }
            disk_power_cut(mini.disk, (enum disk_loss)way, (uint32_t)stop);
            assert_int_equal(mini_entries_found(mini.disk), 6);
            disk_free(&mini.disk);
        }
    }
    disk_free(&before);
}

static void bytes_that_only_the_cache_has_are_not_believed(void **state) {
    static struct mini mini;
    (void)state;
    mini = (struct mini){.disk = disk_new(0)};
    assert_false(lg_failed(mini_open(&mini)));
    assert_false(lg_failed(mini_append(&mini, 1)));
    disk_fail_sync_at(mini.disk, 1);
    struct lg_err err = mini_append(&mini, 1);
    assert_int_equal(lg_err_code(err), AUDIT_IO);
    mini_close(&mini); /* the process ends; the machine and its cache go on */
    uint8_t cached[AUDIT_BLOCK_SIZE];
    int fd = -1;
    mini.ops = disk_ops(mini.disk);
    assert_false(
        lg_failed(mini.ops.open(mini.disk, "log/segment-0000000000", AUDIT_OPEN_READ, &fd)));
    struct audit_into into = {.buf = cached, .size = sizeof cached};
    assert_false(lg_failed(mini.ops.read(mini.disk, fd, FIRST_FRAME + AUDIT_BLOCK_SIZE, &into)));
    assert_true(audit_frame_size_peek(span_of(cached, into.len)) >
                0); /* the cache does show the second frame */
    mini.ops.close(mini.disk, fd);
    disk_process_end(mini.disk);
    assert_int_equal(mini_entries_found(mini.disk), 1);
    disk_free(&mini.disk);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_cut_before_every_operation),
        cmocka_unit_test(power_cut_at_random),
        cmocka_unit_test(power_cut_while_recovering),
        cmocka_unit_test(bytes_that_only_the_cache_has_are_not_believed),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
