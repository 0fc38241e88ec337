/* SPDX-License-Identifier: Apache-2.0 */
/* The log in a process of its own that dies: by kill -9 under load, and of its own accord when a
 * write, a flush or the store fails. What was acknowledged before is compared with what the next
 * start finds. */
#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/audit/audit_int.h"
#include "gateway/audit/note.h"
#include "tests/support/audit_disk.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

/* What the child tells of a receipt. */
struct told {
    uint64_t index;
    uint64_t size;
    uint8_t leaf_hash[AUDIT_HASH_SIZE];
    uint8_t root[AUDIT_HASH_SIZE];
};

enum { CHILD_WRONG = 3, CHILD_ALIVE = 4, IN_FLIGHT = 64, COMMITS_BEFORE_FAULT = 3 };

/* ---- The child: never uses the test framework, which would jump into the parent's frames */

static void tell(int pipe_fd, const struct receipt *receipt) {
    struct audit_note note;
    struct audit_checkpoint checkpoint;
    struct audit_hash leaf_hash;
    struct told told = {.index = audit_receipt_index(receipt)};
    if (lg_failed(audit_note_read(audit_receipt_checkpoint(receipt), &note)) ||
        lg_failed(audit_checkpoint_parse(note.body, &checkpoint))) {
        _exit(CHILD_WRONG);
    }
    audit_merkle_leaf(audit_receipt_leaf(receipt), &leaf_hash);
    told.size = checkpoint.size;
    memcpy(told.leaf_hash, leaf_hash.bytes, AUDIT_HASH_SIZE);
    memcpy(told.root, checkpoint.root.bytes, AUDIT_HASH_SIZE);
    if (write(pipe_fd, &told, sizeof told) != (ssize_t)sizeof told) {
        _exit(CHILD_WRONG);
    }
}

struct load {
    struct audit_log *log;
    struct loop *loop;
    int pipe_fd;
    uint32_t next;
};

static void load_submit(struct load *load);

static void on_load_done(void *ctx, const struct audit_outcome *outcome) {
    struct load *load = ctx;
    for (size_t i = 0; i < outcome->receipt_count; i++) {
        tell(load->pipe_fd, outcome->receipts[i]);
    }
    load_submit(load);
}

/* Every other commit is an ASK, which ends IN_FLIGHT later: all that is in flight is flushed
 * together, and a question never ends in the flush that it began in. */
static void load_submit(struct load *load) {
    uint32_t number = load->next / 2;
    bool is_end = load->next % 2 == 1 && number >= IN_FLIGHT;
    struct audit_entry_fields fields = audit_support_ask(is_end ? number - IN_FLIGHT : number);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    if (is_end) {
        fields.kind = AUDIT_DENIAL;
        fields.flags = AUDIT_FLAG_FINAL;
    }
    load->next++;
    if (lg_failed(audit_commit(load->log, &batch, load->loop, on_load_done, load))) {
        _exit(CHILD_WRONG);
    }
}

/* Commits with IN_FLIGHT under way, for ever. */
static void child_load(struct audit_support *support, int pipe_fd) {
    struct load load = {.pipe_fd = pipe_fd};
    if (lg_failed(audit_log_open(&support->config, NULL, NULL, &load.log)) ||
        lg_failed(loop_new(clock_system(), &load.loop))) {
        _exit(CHILD_WRONG);
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        load_submit(&load);
    }
    loop_run(load.loop);
    _exit(CHILD_WRONG);
}

static pid_t child_start(struct audit_support *support,
                         void (*run)(struct audit_support *support, int pipe_fd), int *out_fd) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        run(support, ends[1]);
        _exit(CHILD_WRONG);
    }
    (void)close(ends[1]);
    *out_fd = ends[0];
    return pid;
}

static bool told_read(int fd, struct told *out_told) {
    size_t len = 0;
    while (len < sizeof *out_told) {
        ssize_t got = read(fd, (uint8_t *)out_told + len, sizeof *out_told - len);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
    }
    return true;
}

/* ---- kill -9 */

enum { ROUNDS = 12, ROUNDS_MAX = 600, TOLD_MAX = 4096 };

/* LOCKGATE_KILLS asks for more rounds: the long check. */
static size_t rounds_wanted(void) {
    const char *text = getenv("LOCKGATE_KILLS");
    size_t rounds = text == NULL ? ROUNDS : (size_t)strtoul(text, NULL, 10);
    return rounds >= 1 && rounds <= ROUNDS_MAX ? rounds : ROUNDS;
}

/* Reads up to `limit` receipts, then kills and reads what was still in the pipe: all of it was
 * acknowledged. */
static size_t told_until_kill(pid_t pid, int fd, size_t limit, struct told *told) {
    size_t count = 0;
    int status = 0;
    while (count < limit && told_read(fd, &told[count])) {
        count++;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (count < TOLD_MAX && told_read(fd, &told[count])) {
        count++;
    }
    (void)close(fd);
    return count;
}

static void check_told(struct audit_log *log, const struct told *told) {
    struct audit_inclusion inclusion;
    OWN(arena_free) struct arena *arena = NULL;
    struct span leaf;
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    assert_false(lg_failed(audit_prove(log, told->index, told->size, &inclusion)));
    assert_memory_equal(inclusion.leaf_hash.bytes, told->leaf_hash, AUDIT_HASH_SIZE);
    assert_memory_equal(inclusion.root.bytes, told->root, AUDIT_HASH_SIZE); /* one root a size */
    assert_false(lg_failed(audit_entry_get(log, told->index, arena, &leaf)));
}

static void killed_under_load_nothing_told_is_lost(void **state) {
    static struct told told[ROUNDS_MAX][TOLD_MAX];
    static size_t counts[ROUNDS_MAX];
    size_t rounds = rounds_wanted();
    struct audit_support support;
    uint64_t abandoned = 0;
    (void)state;
    audit_support_init(&support);
    for (size_t round = 0; round < rounds; round++) {
        int fd = -1;
        pid_t pid = child_start(&support, child_load, &fd);
        counts[round] = told_until_kill(pid, fd, 1 + round * round * 11 % 700, told[round]);
        struct audit_recovery recovery;
        struct audit_log *log = NULL;
        assert_false(lg_failed(audit_log_open(&support.config, NULL, &recovery, &log)));
        abandoned += recovery.questions_abandoned;
        /* The newest each time, and at the end all of them once more. */
        size_t first = round < 2 || round + 1 == rounds ? 0 : round - 1;
        for (size_t r = first; r <= round; r++) {
            for (size_t i = 0; i < counts[r]; i++) {
                check_told(log, &told[r][i]);
            }
        }
        audit_log_close(&log);
    }
    assert_true(abandoned > 0); /* it was killed with questions open */
    audit_support_done(&support);
}

/* ---- Failing disk and store */

struct fault {
    struct audit_support support;
    struct disk *disk;
    void (*arm)(struct disk *disk);
};

static void arm_sync(struct disk *disk) {
    disk_fail_sync_at(disk, 1); /* once: later ones would succeed, and must not be reached */
}

static void arm_write(struct disk *disk) {
    disk_stop_at(disk, 1);
}

static void arm_write_once(struct disk *disk) {
    disk_fail_write_at(disk, 1); /* and the flush after it would succeed */
}

static void arm_full(struct disk *disk) {
    disk_capacity_set(disk, 1);
}

static void on_tell(void *ctx, const struct audit_outcome *outcome) {
    for (size_t i = 0; i < outcome->receipt_count; i++) {
        tell(*(int *)ctx, outcome->receipts[i]);
    }
}

static void commit_denial(struct audit_log *log, int *pipe_fd, uint32_t number) {
    struct audit_entry_fields fields = audit_support_ask(number);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    fields.kind = AUDIT_DENIAL;
    if (lg_failed(audit_commit_wait(log, &batch, on_tell, pipe_fd))) {
        _exit(CHILD_WRONG);
    }
}

/* The support comes first in struct fault, so that one pointer serves both. */
static void child_fault(struct audit_support *support, int pipe_fd) {
    struct fault *fault = (struct fault *)support;
    struct audit_log *log = NULL;
    if (lg_failed(audit_log_open(&support->config, NULL, NULL, &log))) {
        _exit(CHILD_WRONG);
    }
    /* Both spares are there, so that the keeper has nothing to do that the fault could hit. */
    while (!log->spares.ready[0] || !log->spares.ready[1]) {
        if (lg_failed(audit_spares_fill(&log->spares))) {
            _exit(CHILD_WRONG);
        }
    }
    for (uint32_t i = 0; i < COMMITS_BEFORE_FAULT; i++) {
        commit_denial(log, &pipe_fd, i);
    }
    fault->arm(fault->disk);
    for (uint32_t i = 0; i < 1000; i++) {
        commit_denial(log, &pipe_fd, i);
    }
    _exit(CHILD_ALIVE);
}

/* Runs the child; gives its exit status and how many receipts it told of. */
static int fault_run(void (*arm)(struct disk *disk), size_t *out_told) {
    struct fault fault = {.disk = disk_new(0), .arm = arm};
    struct audit_file_ops ops = disk_ops(fault.disk);
    struct told told;
    int fd = -1;
    int status = 0;
    audit_support_init(&fault.support);
    fault.support.config.files = &ops;
    pid_t pid = child_start(&fault.support, child_fault, &fd);
    *out_told = 0;
    while (told_read(fd, &told)) {
        (*out_told)++;
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)close(fd);
    audit_support_done(&fault.support);
    disk_free(&fault.disk);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void failed_flush_ends_the_process(void **state) {
    size_t told = 0;
    (void)state;
    assert_int_equal(fault_run(arm_sync, &told), AUDIT_EXIT_STATUS);
    assert_int_equal(told, COMMITS_BEFORE_FAULT);
}

static void failed_write_ends_the_process(void **state) {
    size_t told = 0;
    (void)state;
    assert_int_equal(fault_run(arm_write, &told), AUDIT_EXIT_STATUS);
    assert_int_equal(told, COMMITS_BEFORE_FAULT);
}

static void a_write_that_fails_once_ends_the_process(void **state) {
    size_t told = 0;
    (void)state;
    assert_int_equal(fault_run(arm_write_once, &told), AUDIT_EXIT_STATUS);
    assert_int_equal(told, COMMITS_BEFORE_FAULT);
}

/* Denials go in until segment and both spares are used up; the derived file of leaves grows with
 * each, so that on a disk without one more byte it is what stops first. */
static void full_disk_ends_the_process_and_tells_nothing_false(void **state) {
    size_t told = 0;
    (void)state;
    assert_int_equal(fault_run(arm_full, &told), AUDIT_EXIT_STATUS);
    assert_int_equal(told, COMMITS_BEFORE_FAULT);
}

/* ---- A bit of memory flips between building a leaf and writing it */

static size_t queue_count(struct audit_log *log) {
    (void)pthread_mutex_lock(&log->queue_lock);
    size_t count = log->queue_count;
    (void)pthread_mutex_unlock(&log->queue_lock);
    return count;
}

/* Both were told: then the flip went unnoticed. */
static void on_flip_tell(void *ctx, const struct audit_outcome *outcome) {
    static size_t told;
    on_tell(ctx, outcome);
    told += outcome->receipt_count;
    if (told == 2) {
        _exit(CHILD_ALIVE);
    }
}

static void child_flip(struct audit_support *support, int pipe_fd) {
    struct fault *fault = (struct fault *)support;
    struct audit_log *log = NULL;
    struct loop *loop = NULL;
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    if (lg_failed(audit_log_open(&support->config, NULL, NULL, &log)) ||
        lg_failed(loop_new(clock_system(), &loop))) {
        _exit(CHILD_WRONG);
    }
    disk_hold(fault->disk);
    if (lg_failed(audit_commit(log, &batch, loop, on_flip_tell, &pipe_fd))) {
        _exit(CHILD_WRONG);
    }
    loop_turn(loop, 0);
    while (queue_count(log) > 0) {
        (void)sched_yield(); /* the sequencer takes the first and stands before the disk */
    }
    if (lg_failed(audit_commit(log, &batch, loop, on_flip_tell, &pipe_fd))) {
        _exit(CHILD_WRONG);
    }
    log->queue_head->leaves[40] ^= 4;
    disk_let_go(fault->disk);
    loop_run(loop);
    _exit(CHILD_ALIVE);
}

static void flipped_memory_ends_the_process_before_it_signs(void **state) {
    struct fault fault = {.disk = disk_new(0)};
    struct audit_file_ops ops = disk_ops(fault.disk);
    struct told told;
    size_t count = 0;
    int fd = -1;
    int status = 0;
    (void)state;
    audit_support_init(&fault.support);
    fault.support.config.files = &ops;
    pid_t pid = child_start(&fault.support, child_flip, &fd);
    while (told_read(fd, &told)) {
        count++;
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), AUDIT_EXIT_STATUS);
    assert_true(count <= 1); /* the first may have been told; the flipped one never */
    (void)close(fd);
    audit_support_done(&fault.support);
    disk_free(&fault.disk);
}

static struct lg_err apply_fails(void *ctx, const struct audit_change *changes, size_t count) {
    (void)ctx;
    (void)changes;
    (void)count;
    return lg_err_make(LG_CLASS_STORE, LG_STORE, 1);
}

static void child_apply(struct audit_support *support, int pipe_fd) {
    struct audit_log *log = NULL;
    struct audit_entry_fields fields = {.kind = AUDIT_CONSENT, .sealed = span_text("withdrawn")};
    struct audit_batch batch = {.entries = &fields, .count = 1};
    support->config.apply = apply_fails;
    if (lg_failed(audit_log_open(&support->config, NULL, NULL, &log)) ||
        lg_failed(audit_commit_wait(log, &batch, on_tell, &pipe_fd))) {
        _exit(CHILD_WRONG);
    }
    _exit(CHILD_ALIVE);
}

static void failed_apply_ends_the_process_and_is_replayed(void **state) {
    struct audit_support support;
    struct told told;
    int fd = -1;
    int status = 0;
    (void)state;
    audit_support_init(&support);
    pid_t pid = child_start(&support, child_apply, &fd);
    assert_false(told_read(fd, &told)); /* not acknowledged */
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), AUDIT_EXIT_STATUS);
    (void)close(fd);
    support.config.apply = apply_fails;
    struct audit_log *log = audit_support_open(&support);
    size_t count = 0;
    struct lg_err err = audit_log_replay(log, 0, &count); /* it is in the log */
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    audit_log_close(&log);
    audit_support_done(&support);
}

/* ---- Below the reserve (I10) */

static void keep_result(void *ctx, const struct audit_outcome *outcome) {
    *(enum audit_result *)ctx = outcome->result;
}

static enum audit_result commit_kind(struct audit_log *log, enum audit_kind kind) {
    enum audit_result result = AUDIT_REFUSED_MEMORY;
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    fields.kind = kind;
    assert_false(lg_failed(audit_commit_wait(log, &batch, keep_result, &result)));
    return result;
}

static void below_the_reserve_only_denials_go_in(void **state) {
    struct audit_support support;
    struct disk *disk = disk_new(0);
    struct audit_file_ops ops = disk_ops(disk);
    (void)state;
    audit_support_init(&support);
    support.config.files = &ops;
    /* One segment and a little: no spare will fit. */
    disk_capacity_set(disk, support.config.segment_size + 65536);
    struct audit_log *log = audit_support_open(&support);
    lg_err_ignore(audit_spares_fill(&log->spares), "the keeper may be at it");
    while (!audit_spares_low(&log->spares)) {
        lg_err_ignore(audit_spares_fill(&log->spares), "it fails: that is what we wait for");
    }
    assert_int_equal(commit_kind(log, AUDIT_ASK), AUDIT_REFUSED_SPACE);
    assert_int_equal(commit_kind(log, AUDIT_SEARCH), AUDIT_REFUSED_SPACE);
    assert_int_equal(commit_kind(log, AUDIT_DENIAL), AUDIT_COMMITTED);
    assert_int_equal(commit_kind(log, AUDIT_OUTCOME), AUDIT_COMMITTED);
    disk_capacity_set(disk, 0);
    while (audit_spares_low(&log->spares)) {
        lg_err_ignore(audit_spares_fill(&log->spares), "it succeeds in the end");
    }
    assert_int_equal(commit_kind(log, AUDIT_ASK), AUDIT_COMMITTED);
    audit_log_close(&log);
    audit_support_done(&support);
    disk_free(&disk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_flush_ends_the_process),
        cmocka_unit_test(failed_write_ends_the_process),
        cmocka_unit_test(a_write_that_fails_once_ends_the_process),
        cmocka_unit_test(full_disk_ends_the_process_and_tells_nothing_false),
        cmocka_unit_test(failed_apply_ends_the_process_and_is_replayed),
        cmocka_unit_test(below_the_reserve_only_denials_go_in),
        cmocka_unit_test(flipped_memory_ends_the_process_before_it_signs),
        cmocka_unit_test(killed_under_load_nothing_told_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
