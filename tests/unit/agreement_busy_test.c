/* SPDX-License-Identifier: Apache-2.0 */
/* While an act compiles and writes, everybody else goes on: workers that read the book, and the
 * log's thread that applies what others did; of that one agreement nobody begins another act. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/book_world.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA, STUCK_S = 120 };

static char text[BOOK_TEXT_SIZE];
static size_t compiled;

static void *look(void *ctx) {
    struct book_world *w = ctx;
    OWN(arena_free) struct arena *arena = NULL;
    struct agreement_info *infos = NULL;
    size_t count = 0;
    bool good = !lg_failed(arena_new(1 << 20, &arena)) &&
                !lg_failed(agreement_book_list(w->book, arena, &infos, &count)) &&
                !lg_failed(agreement_book_refresh(w->book));
    return good ? w : NULL;
}

/* On another thread: it would wait for ever where the act held the book. */
static void somebody_looks(struct book_world *w) {
    pthread_t thread;
    void *result = NULL;
    assert_int_equal(pthread_create(&thread, NULL, look, w), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_non_null(result);
    compiled++;
}

/* The same agreement, in that moment. */
static void somebody_acts(struct book_world *w) {
    const struct book_signed act = {
        .act = AGREEMENT_REFUSE, .text = text, .party = GAMMA, .key = GAMMA, .reason = "No"};
    struct agreement_ready ready;
    const struct agreement_wish wish = {
        .act = act.act, .agency = span_text(book_parties[GAMMA]), .line = book_line(w, &act)};
    struct lg_err err = agreement_book_prepare(w->book, &wish, &w->diag, &ready);
    assert_true(lg_err_same(err, lg_err_make(LG_CLASS_LIMIT, LG_AGREEMENT, AGREEMENT_BUSY)));
    somebody_looks(w);
}

static void signed_by_all(struct book_world *w) {
    book_text_make(w, &(struct book_text){0}, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    for (size_t party = ALPHA; party <= GAMMA; party++) {
        w->wall_ms += 1000;
        const struct book_signed sign = {
            .act = AGREEMENT_SIGN, .text = text, .party = party, .key = party};
        assert_false(lg_failed(book_signed_do(w, &sign)));
    }
}

static void nobody_waits_for_a_proposal(void **state) {
    struct book_world *w = *state;
    compiled = 0;
    w->on_fits = somebody_looks;
    assert_false(
        lg_failed(book_propose(w, book_text_make(w, &(struct book_text){0}, text), ALPHA)));
    assert_int_equal(compiled, 1);
    w->on_fits = NULL;
}

static void nobody_waits_for_an_activation(void **state) {
    struct book_world *w = *state;
    signed_by_all(w);
    compiled = 0;
    w->on_fits = somebody_acts;
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
    w->on_fits = NULL;
    assert_int_equal(compiled, 1);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    /* And the next act finds it free. */
    const struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
}

static char next_text[BOOK_TEXT_SIZE];

static struct lg_err prepare(struct book_world *w, const struct book_signed *act,
                             struct agreement_ready *out) {
    w->wall_ms += 1000;
    const struct agreement_wish wish = {
        .act = act->act, .agency = span_text(book_parties[act->party]), .line = book_line(w, act)};
    return agreement_book_prepare(w->book, &wish, &w->diag, out);
}

/* Version 1 is in force, and 2 is signed by all. */
static void successor_sign(struct book_world *w) {
    const struct book_text form = {.version = 2, .replaces = 1, .from = "2026-03-30"};
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    book_text_make(w, &form, next_text);
    assert_false(lg_failed(book_propose(w, next_text, ALPHA)));
    for (size_t party = ALPHA; party <= GAMMA; party++) {
        w->wall_ms += 1000;
        const struct book_signed sign = {
            .act = AGREEMENT_SIGN, .text = next_text, .party = party, .key = party};
        assert_false(lg_failed(book_signed_do(w, &sign)));
    }
}

/* Stops version 1 while the next is compiled; the second act of that moment is no stop. */
static void beta_stops(struct book_world *w) {
    w->on_fits = NULL;
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_force(w, w->wall_ms / 1000)->suspended.count, 1);
    act = (struct book_signed){.act = AGREEMENT_RESUME, .text = text, .party = BETA, .key = BETA};
    struct agreement_ready ready;
    struct lg_err err = prepare(w, &act, &ready);
    assert_true(lg_err_same(err, lg_err_make(LG_CLASS_LIMIT, LG_AGREEMENT, AGREEMENT_BUSY)));
    somebody_looks(w);
}

static void a_stop_does_not_wait_for_an_activation(void **state) {
    struct book_world *w = *state;
    successor_sign(w);
    compiled = 0;
    w->on_fits = beta_stops;
    assert_false(lg_failed(book_activate(w, 2, ALPHA)));
    assert_int_equal(compiled, 1);
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SCHEDULED);
    assert_int_equal(book_force(w, w->wall_ms / 1000)->suspended.count, 1);
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_force(w, w->wall_ms / 1000)->suspended.count, 1);
}

static struct agreement_ready stopping;

static void beta_is_stopping(struct book_world *w) {
    const struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    w->on_fits = NULL;
    assert_false(lg_failed(prepare(w, &act, &stopping)));
}

/* A stop that is on its way to the log comes first: the activation is to be tried again. */
static void an_activation_waits_for_a_stop(void **state) {
    struct book_world *w = *state;
    successor_sign(w);
    w->on_fits = beta_is_stopping;
    struct lg_err err = book_activate(w, 2, ALPHA);
    assert_true(lg_err_same(err, lg_err_make(LG_CLASS_LIMIT, LG_AGREEMENT, AGREEMENT_BUSY)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SIGNED);
    agreement_book_release(w->book, &stopping);
    assert_false(lg_failed(book_activate(w, 2, ALPHA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SCHEDULED);
}

/* It fails after it began: the agreement is free again, and what is in force stays. */
static void unfit_make(struct book_world *w) {
    w->unfit = true;
    somebody_looks(w);
}

static void an_activation_that_fails_leaves_it_free(void **state) {
    struct book_world *w = *state;
    signed_by_all(w);
    w->on_fits = unfit_make;
    assert_true(lg_failed(book_activate(w, 1, ALPHA)));
    w->on_fits = NULL;
    w->unfit = false;
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_BROKEN);
    assert_int_equal(book_world_reopen(w), 0);
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(nobody_waits_for_a_proposal),
        TEST(nobody_waits_for_an_activation),
        TEST(an_activation_that_fails_leaves_it_free),
        TEST(a_stop_does_not_wait_for_an_activation),
        TEST(an_activation_waits_for_a_stop),
    };
    (void)alarm(STUCK_S); /* a thread that waits for ever ends the program */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
