/* SPDX-License-Identifier: Apache-2.0 */
/* One reader of the log: what is derived from it comes from one reading of each entry, and what
 * fails does so alone. */
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>

#include "gateway/index/index_int.h"
#include "tests/unit/index_fixture.h"

/* Calls of the index are counted here: linked with --wrap. */
struct counted {
    size_t reads;
    size_t opens;
};
static struct counted counted;

struct lg_err __real_audit_entry_get(struct audit_log *log, uint64_t index, struct arena *arena,
                                     struct span *out_leaf);
struct lg_err __wrap_audit_entry_get(struct audit_log *log, uint64_t index, struct arena *arena,
                                     struct span *out_leaf);
struct lg_err __wrap_audit_entry_get(struct audit_log *log, uint64_t index, struct arena *arena,
                                     struct span *out_leaf) {
    counted.reads++;
    return __real_audit_entry_get(log, index, arena, out_leaf);
}
struct lg_err __real_audit_entry_open(struct span leaf, struct vault_key *key, struct arena *arena,
                                      struct audit_opened *out_opened);
struct lg_err __wrap_audit_entry_open(struct span leaf, struct vault_key *key, struct arena *arena,
                                      struct audit_opened *out_opened);
struct lg_err __wrap_audit_entry_open(struct span leaf, struct vault_key *key, struct arena *arena,
                                      struct audit_opened *out_opened) {
    counted.opens++;
    return __real_audit_entry_open(leaf, key, arena, out_opened);
}

/* Who follows, as the test wants it to be. */
struct follower {
    struct index_follower it;
    uint64_t place;
    _Atomic uint64_t asked; /* entries of those who asked that it was handed */
    size_t taken;           /* calls */
    size_t paused;
    bool fails;
    bool has_failed; /* at the last call, as it was told */
    sem_t *told;     /* NULL: nobody waits */
};

static struct lg_err failure(const struct follower *f) {
    return f->fails ? lg_err_make(LG_CLASS_STORE, LG_STORE, STORE_IO) : LG_OK;
}

static struct lg_err on_place(void *ctx, uint64_t *out_place) {
    const struct follower *f = ctx;
    *out_place = f->place;
    return LG_OK;
}

static struct lg_err on_take(void *ctx, const struct index_asked_found *found) {
    struct follower *f = ctx;
    uint64_t before = f->place;
    f->taken++;
    TRY(failure(f));
    for (size_t i = 0; i < found->count; i++) {
        assert_true(found->items[i].position >= before);
        assert_true(found->items[i].position < found->through);
        assert_int_equal(found->items[i].entry.kind, AUDIT_ASK);
        assert_int_equal(found->items[i].user_id.len, 1); /* opened, whoever it is about */
        before = found->items[i].position;
    }
    f->place = found->through;
    f->asked += found->count;
    return LG_OK;
}

static struct lg_err on_pause(void *ctx) {
    struct follower *f = ctx;
    f->paused++;
    return failure(f);
}

static void on_tell(void *ctx, struct lg_err err) {
    struct follower *f = ctx;
    f->has_failed = lg_failed(err);
    if (f->told != NULL) {
        assert_int_equal(sem_post(f->told), 0);
    }
}

static void follow(struct world *w, struct follower *f) {
    f->it = (struct index_follower){
        .ctx = f, .place = on_place, .take = on_take, .pause = on_pause, .tell = on_tell};
    index_follow(w->index, &f->it);
}

static uint64_t covered(struct world *w) {
    uint64_t covers = 0;
    assert_false(lg_failed(index_size(w->index, &covers)));
    return covers;
}

static void file_limit(rlim_t size) {
    struct rlimit limit;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* ---- Once ---- */

/* Parts and what is about somebody are opened for the index; questions about nobody for who
 * follows; nothing twice. */
static void each_entry_is_read_and_opened_once(void **state) {
    struct world *w = *state;
    struct follower f = {.place = 0};
    fill(w);
    f.place = covered(w);
    follow(w, &f);
    for (uint32_t i = 0; i < 20; i++) {
        (void)ask(w, i, (uint8_t)(i % 3));
        (void)release(w, i, (uint8_t)(i % 3));
    }
    bool did = false;
    counted = (struct counted){.reads = 0};
    assert_false(lg_failed(index_fill(w->index, &did)));
    assert_true(did);
    assert_int_equal(counted.reads, 40);
    assert_int_equal(counted.opens, 40);
    assert_int_equal(f.asked, 20);
    assert_int_equal(f.place, audit_size(w->log));
    assert_int_equal(covered(w), audit_size(w->log));
    assert_false(lg_failed(index_fill(w->index, &did)));
    assert_false(did);
    assert_int_equal(counted.reads, 40);
    assert_true(f.paused > 0);
}

/* More words than places, in turn and again: each comes out as without the map. */
static void words_are_made_alike(void **state) {
    struct world *w = *state;
    static struct index_words words;
    for (unsigned i = 0; i < 4 * INDEX_WORDS_SLOTS; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "word-%u", i % (2 * INDEX_WORDS_SLOTS + 1));
        struct span word = span_text(text);
        int64_t number = store_entry_word(w->store.store, word);
        assert_int_equal(index_word_get(&words, w->store.store, word), number);
        assert_int_equal(index_word_get(&words, w->store.store, word), number);
        assert_int_equal(index_word_get(NULL, w->store.store, word), number);
        word.len--; /* another one, that begins alike */
        number = store_entry_word(w->store.store, word);
        assert_int_equal(index_word_get(&words, w->store.store, word), number);
    }
    assert_int_equal(index_word_get(&words, w->store.store, span_of(NULL, 0)), 0);
}

/* ---- Apart ---- */

/* A file that was lost is made again from the first entry; meanwhile who follows goes on at the end
 * of the log. Then they meet. */
static void the_index_behind_does_not_hold_up_who_follows(void **state) {
    struct world *w = *state;
    struct follower f = {.place = 0};
    for (uint32_t i = 0; i < LIMIT_INDEX_BATCH + 44; i++) {
        (void)ask(w, i, (uint8_t)(i % 2));
    }
    f.place = audit_size(w->log);
    follow(w, &f);
    (void)ask(w, 9000, MARY);
    bool did = false;
    assert_false(lg_failed(index_fill(w->index, &did)));
    assert_int_equal(f.asked, 1);
    assert_int_equal(f.place, audit_size(w->log));
    assert_int_equal(covered(w), LIMIT_INDEX_BATCH);
    fill(w);
    assert_int_equal(covered(w), audit_size(w->log));
    (void)ask(w, 9001, 0);
    counted = (struct counted){.reads = 0};
    fill(w);
    assert_int_equal(counted.reads, 1);
    assert_int_equal(f.asked, 2);
}

/* It goes on from its own place, and stops where the index is: from there on they read together. */
static void who_follows_from_behind_meets_the_index(void **state) {
    struct world *w = *state;
    struct follower f = {.place = 0};
    for (uint32_t i = 0; i < 30; i++) {
        (void)ask(w, i, (uint8_t)(i % 2));
    }
    fill(w);
    uint64_t met = covered(w);
    follow(w, &f);
    for (uint32_t i = 0; i < 30; i++) {
        (void)ask(w, 100 + i, (uint8_t)(i % 2));
    }
    bool did = false;
    assert_false(lg_failed(index_fill(w->index, &did)));
    assert_int_equal(f.place, met);
    assert_int_equal(covered(w), audit_size(w->log));
    fill(w);
    assert_int_equal(f.asked, 60);
    assert_int_equal(f.place, audit_size(w->log));
}

/* ---- What fails ---- */

static void who_follows_may_fail_alone(void **state) {
    struct world *w = *state;
    struct follower f = {.fails = true};
    follow(w, &f);
    for (uint32_t i = 0; i < 12; i++) {
        (void)ask(w, i, MARY);
    }
    bool did = false;
    assert_true(lg_failed(index_fill(w->index, &did)));
    assert_true(did);
    assert_true(f.has_failed);
    assert_int_equal(covered(w), audit_size(w->log));
    assert_int_equal(about(w, "childrens-care", MARY), 12);
    assert_int_equal(f.place, 0);
    f.fails = false;
    fill(w);
    assert_false(f.has_failed);
    assert_int_equal(f.asked, 12);
}

static void the_index_may_fail_alone(void **state) {
    struct world *w = *state;
    struct follower f = {.place = 0};
    bool did = false;
    fill(w);
    f.place = covered(w);
    uint64_t before = covered(w);
    follow(w, &f);
    for (uint32_t i = 0; i < 12; i++) {
        (void)ask(w, i, MARY);
    }
    file_limit(0);
    struct lg_err err = index_fill(w->index, &did);
    file_limit(RLIM_INFINITY);
    assert_true(lg_failed(err));
    assert_true(did);
    assert_false(f.has_failed);
    assert_int_equal(f.asked, 12);
    assert_int_equal(covered(w), before);
    fill(w);
    assert_int_equal(covered(w), audit_size(w->log));
    assert_int_equal(f.asked, 12);
    assert_int_equal(about(w, "childrens-care", MARY), 12);
}

/* Each is tried again, and nothing is handed over twice or left out. */
static void memory_may_end_anywhere(void **state) {
    struct world *w = *state;
    struct follower f = {.place = 0};
    bool done = false;
    follow(w, &f);
    mixed_entries(w);
    for (uint64_t n = 1; !done; n++) {
        bool did = false;
        assert_true(n < 1000);
        support_alloc_fail_at(n);
        struct lg_err err = index_fill(w->index, &did);
        support_alloc_fail_at(0);
        done = !lg_failed(err) && !did;
    }
    assert_int_equal(f.asked, 6);
    assert_int_equal(f.place, audit_size(w->log));
    mixed_expect(w);
}

/* ---- The thread ---- */

static void the_thread_reads_for_both_and_ends(void **state) {
    struct world *w = *state;
    sem_t told;
    struct follower f = {.place = 0, .told = &told};
    assert_int_equal(sem_init(&told, 0, 0), 0);
    follow(w, &f);
    assert_false(lg_failed(index_start(w->index)));
    for (uint32_t i = 0; i < 40; i++) {
        (void)ask(w, i, (uint8_t)(i % 3));
    }
    while (f.asked < 40 || covered(w) < audit_size(w->log)) {
        assert_int_equal(sem_wait(&told), 0);
    }
    index_stop(w->index);
    assert_true(index_is_stopping(w->index));
    assert_int_equal(f.asked, 40);
    assert_int_equal(f.place, audit_size(w->log));
    assert_int_equal(covered(w), audit_size(w->log));
    index_stop(w->index);
    index_follow(w->index, NULL);
    assert_int_equal(sem_destroy(&told), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(each_entry_is_read_and_opened_once),
        T(words_are_made_alike),
        T(the_index_behind_does_not_hold_up_who_follows),
        T(who_follows_from_behind_meets_the_index),
        T(who_follows_may_fail_alone),
        T(the_index_may_fail_alone),
        T(memory_may_end_anywhere),
        T(the_thread_reads_for_both_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
