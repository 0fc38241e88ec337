/* SPDX-License-Identifier: Apache-2.0 */
/* Whose key signs: a key changes by a signature of the old one, and by nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/book_world.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA, SPARE };

static struct lg_err sign(struct book_world *w, const char *text, size_t party) {
    const struct book_signed act = {
        .act = AGREEMENT_SIGN, .text = text, .party = party, .key = party};
    return book_signed_do(w, &act);
}

static bool fails(struct lg_err err, enum agreement_code code) {
    return lg_failed(err) && lg_err_module(err) == LG_AGREEMENT && lg_err_code(err) == code;
}

/* Nobody signed version 1: version 2 would say who signs for beta, by whoever wrote it. */
static void what_was_never_in_force_changes_no_key(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    const struct book_text form = {.version = 2, .replaces = 1, .keys = {0, SPARE + 1, 0}};
    assert_false(
        lg_failed(book_propose(w, book_text_make(w, &(struct book_text){0}, text), ALPHA)));
    size_t count = w->log_count;
    assert_true(fails(book_propose(w, book_text_make(w, &form, text), ALPHA), AGREEMENT_SIGNATURE));
    assert_non_null(strstr(w->diag.text, "beta"));
    assert_int_equal(w->log_count, count);
}

/* By alpha and gamma alone. */
static void second_bring_into_force(struct book_world *w, const char *next) {
    assert_false(lg_failed(book_propose(w, next, ALPHA)));
    assert_false(lg_failed(sign(w, next, ALPHA)));
    assert_false(lg_failed(sign(w, next, GAMMA)));
    assert_false(lg_failed(book_activate(w, 2, ALPHA)));
}

static void a_version_without_its_party_changes_no_key(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    char third[BOOK_TEXT_SIZE];
    struct book_text form = {.needed = "both sides"};
    book_bring_into_force(w, book_text_make(w, &form, text), 1);
    form = (struct book_text){
        .version = 2, .replaces = 1, .needed = "both sides", .keys = {0, SPARE + 1, 0}};
    second_bring_into_force(w, book_text_make(w, &form, next));
    form.version = 3;
    form.replaces = 2;
    assert_false(lg_failed(book_propose(w, book_text_make(w, &form, third), ALPHA)));
    struct book_signed act = {.act = AGREEMENT_SIGN, .text = third, .party = BETA, .key = SPARE};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_SIGNATURE));
    act.key = BETA;
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_world_reopen(w), 0);
    /* A later signature over version 2 makes nothing of before untrue. */
    act.text = next;
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_world_reopen(w), 0);
}

static void the_new_key_acts_after_the_old_one_signed(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    struct book_text form = {.needed = "both sides"};
    book_bring_into_force(w, book_text_make(w, &form, text), 1);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    form = (struct book_text){
        .version = 2, .replaces = 1, .needed = "both sides", .keys = {0, SPARE + 1, 0}};
    second_bring_into_force(w, book_text_make(w, &form, next));
    act = (struct book_signed){.act = AGREEMENT_RESUME, .text = next, .party = BETA, .key = SPARE};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_SIGNATURE));
    act.key = BETA;
    assert_false(lg_failed(book_signed_do(w, &act)));
    act.act = AGREEMENT_SIGN;
    assert_false(lg_failed(book_signed_do(w, &act)));
    act = (struct book_signed){
        .act = AGREEMENT_SUSPEND, .text = next, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_SIGNATURE));
    act.key = SPARE;
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_world_reopen(w), 0);
}

/* Who never signed has the pinned key alone. */
static void who_never_signed_keeps_the_pinned_key(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    struct book_text form = {.needed = "both sides"};
    book_text_make(w, &form, text);
    assert_false(lg_failed(book_propose(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, ALPHA)));
    assert_false(lg_failed(sign(w, text, GAMMA)));
    assert_false(lg_failed(book_activate(w, 1, ALPHA)));
    form = (struct book_text){
        .version = 2, .replaces = 1, .needed = "both sides", .keys = {0, SPARE + 1, 0}};
    book_text_make(w, &form, text);
    assert_true(fails(book_propose(w, text, ALPHA), AGREEMENT_SIGNATURE));
    form.keys[1] = 0;
    form.keys[2] = SPARE + 1; /* gamma has signed, and may */
    assert_false(lg_failed(book_propose(w, book_text_make(w, &form, text), ALPHA)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_never_in_force_changes_no_key),
        TEST(a_version_without_its_party_changes_no_key),
        TEST(the_new_key_acts_after_the_old_one_signed),
        TEST(who_never_signed_keeps_the_pinned_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
