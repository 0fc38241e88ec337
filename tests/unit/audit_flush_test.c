/* SPDX-License-Identifier: Apache-2.0 */
/* What the log tells, and when: nothing of a frame before its flush, and of what was flushed the
 * high-water file knows soon after. */
#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "gateway/audit/highwater.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { PATIENCE_S = 8 };

/* Files of the machine, and what the log told while one of them was being written or flushed. */
struct watch {
    struct audit_support support;
    struct audit_file_ops ops;
    struct audit_log *log; /* NULL: nobody looks */
    uint64_t expected;     /* its size until the flush is over */
    char note[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t note_len;
    size_t looks;
    size_t early; /* looks that saw more */
};

static void look(struct watch *watch) {
    char note[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    if (watch->log == NULL) {
        return;
    }
    audit_checkpoint_read(watch->log, note, &len);
    bool is_same = len == watch->note_len && memcmp(note, watch->note, len) == 0;
    watch->looks++;
    watch->early += audit_size(watch->log) == watch->expected && is_same ? 0 : 1;
}

static struct lg_err watched_write(void *ctx, int fd, uint64_t at, struct span bytes) {
    look(ctx);
    return audit_files_system()->write(NULL, fd, at, bytes);
}

static struct lg_err watched_sync(void *ctx, int fd) {
    struct lg_err err = audit_files_system()->sync(NULL, fd);
    look(ctx);
    return err;
}

static int setup(void **state) {
    static struct watch watch;
    watch = (struct watch){.ops = *audit_files_system()};
    audit_support_init(&watch.support);
    watch.ops.ctx = &watch;
    watch.ops.write = watched_write;
    watch.ops.sync = watched_sync;
    watch.support.config.files = &watch.ops;
    *state = &watch;
    return 0;
}

static int teardown(void **state) {
    audit_support_done(*state);
    return 0;
}

/* Looked at from inside the write and the flush of each frame, on the thread that does them. The
 * keeper's files are written too: that may be at any time, so only these commits are looked at. */
static void nothing_is_told_before_the_flush(void **state) {
    struct watch *watch = *state;
    struct audit_log *log = audit_support_open(&watch->support);
    for (uint32_t i = 0; i < 5; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        watch->expected = audit_size(log);
        audit_checkpoint_read(log, watch->note, &watch->note_len);
        watch->log = log;
        struct receipt *receipt = audit_support_commit_one(log, &fields);
        watch->log = NULL;
        assert_int_equal(audit_size(log), watch->expected + 1);
        audit_receipt_free(&receipt);
    }
    assert_true(watch->looks >= 10);
    assert_int_equal(watch->early, 0);
    audit_log_close(&log);
}

static uint64_t marked(const struct watch *watch) {
    const struct audit_folder folder = {.ops = audit_files_system(), .path = watch->support.folder};
    struct audit_highwater highwater;
    if (lg_failed(audit_highwater_open(&folder, false, &highwater))) {
        return 0; /* caught while it was being written */
    }
    uint64_t size = highwater.mark.size;
    audit_highwater_close(&highwater);
    return size;
}

static time_t seconds(void) {
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return now.tv_sec;
}

static void high_water_follows_the_log(void **state) {
    struct watch *watch = *state;
    struct audit_log *log = audit_support_open(&watch->support);
    for (uint32_t i = 0; i < 3; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        struct receipt *receipt = audit_support_commit_one(log, &fields);
        audit_receipt_free(&receipt);
    }
    time_t until = seconds() + PATIENCE_S; /* the keeper's turn is a second */
    while (marked(watch) < audit_size(log) && seconds() < until) {
        (void)sched_yield();
    }
    assert_int_equal(marked(watch), audit_size(log));
    audit_log_close(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_told_before_the_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(high_water_follows_the_log, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
