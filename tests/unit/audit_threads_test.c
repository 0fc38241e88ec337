/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads commit while others read: one order, time that never steps back by index, and
 * checkpoints each of which begins the next. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { WRITERS = 4, EACH = 150, READS = 200 };

struct shared {
    struct audit_support support;
    struct audit_log *log;
    atomic_llong now_ms;
    atomic_uint wrong;
};

struct writer {
    struct shared *shared;
    pthread_t thread;
    uint64_t indexes[EACH];
    size_t count;
};

/* A clock that runs, and now and then steps back. */
static int64_t restless_clock(void *ctx) {
    struct shared *shared = ctx;
    long long now = atomic_fetch_add(&shared->now_ms, 1);
    return now % 17 == 0 ? now - 40 : now;
}

static void on_written(void *ctx, const struct audit_outcome *outcome) {
    struct writer *writer = ctx;
    if (outcome->result != AUDIT_COMMITTED || outcome->receipt_count != 1) {
        (void)atomic_fetch_add(&writer->shared->wrong, 1);
        return;
    }
    writer->indexes[writer->count] = audit_receipt_index(outcome->receipts[0]);
    writer->count++;
}

static void *writer_run(void *ctx) {
    struct writer *writer = ctx;
    for (uint32_t i = 0; i < EACH; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        struct audit_batch batch = {.entries = &fields, .count = 1};
        fields.kind = AUDIT_SEARCH;
        if (lg_failed(audit_commit_wait(writer->shared->log, &batch, on_written, writer))) {
            (void)atomic_fetch_add(&writer->shared->wrong, 1);
        }
    }
    return NULL;
}

static bool checkpoint_now(struct audit_log *log, struct audit_checkpoint *out_checkpoint) {
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    struct audit_note note;
    audit_checkpoint_read(log, text, &len);
    return !lg_failed(audit_note_read(span_of(text, len), &note)) &&
           !lg_failed(audit_checkpoint_parse(note.body, out_checkpoint));
}

static bool is_beginning(struct audit_log *log, const struct audit_checkpoint *old,
                         const struct audit_checkpoint *new) {
    struct audit_path path;
    struct audit_inclusion inclusion;
    struct audit_consistency_claim claim = {old->size, new->size, &old->root, &new->root};
    if (lg_failed(audit_consistency(log, old->size, new->size, &path)) ||
        lg_failed(audit_merkle_consistency_check(&claim, path.hashes, path.count))) {
        return false;
    }
    return !lg_failed(audit_prove(log, old->size / 2, new->size, &inclusion)) &&
           memcmp(inclusion.root.bytes, new->root.bytes, AUDIT_HASH_SIZE) == 0;
}

static void *reader_run(void *ctx) {
    struct shared *shared = ctx;
    struct audit_checkpoint old;
    bool good = checkpoint_now(shared->log, &old);
    for (size_t i = 0; i < READS && good; i++) {
        struct audit_checkpoint new;
        good = checkpoint_now(shared->log, &new) &&
               new.size >= old.size &&is_beginning(shared->log, &old, &new);
        old = new;
    }
    if (!good) {
        (void)atomic_fetch_add(&shared->wrong, 1);
    }
    return NULL;
}

static void check_order(struct shared *shared) {
    int64_t last_ms = 0;
    for (uint64_t index = 0; index < audit_size(shared->log); index++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span leaf;
        struct audit_entry entry;
        assert_false(lg_failed(arena_new(1 << 14, &arena)));
        assert_false(lg_failed(audit_entry_get(shared->log, index, arena, &leaf)));
        assert_false(lg_failed(audit_entry_decode(leaf, &entry)));
        assert_true(entry.time_ms >= last_ms);
        last_ms = entry.time_ms;
    }
}

static void writers_and_readers(void **state) {
    static struct shared shared;
    static struct writer writers[WRITERS];
    static bool seen[1 + WRITERS * EACH];
    pthread_t reader;
    (void)state;
    audit_support_init(&shared.support);
    atomic_init(&shared.now_ms, shared.support.now_ms);
    shared.support.config.clock = (struct clock){restless_clock, restless_clock, &shared};
    shared.log = audit_support_open(&shared.support);
    assert_int_equal(pthread_create(&reader, NULL, reader_run, &shared), 0);
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i].shared = &shared;
        assert_int_equal(pthread_create(&writers[i].thread, NULL, writer_run, &writers[i]), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
    }
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(atomic_load(&shared.wrong), 0);
    assert_int_equal(audit_size(shared.log), 1 + WRITERS * EACH);
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(writers[i].count, EACH);
        for (size_t k = 0; k < EACH; k++) {
            assert_true(k == 0 || writers[i].indexes[k] > writers[i].indexes[k - 1]);
            assert_false(seen[writers[i].indexes[k]]);
            seen[writers[i].indexes[k]] = true;
        }
    }
    check_order(&shared);
    audit_log_close(&shared.log);
    audit_support_done(&shared.support);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(writers_and_readers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
