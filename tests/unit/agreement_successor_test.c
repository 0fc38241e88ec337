/* SPDX-License-Identifier: Apache-2.0 */
/* A stop or a notice on a version, when the version that replaces it begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/book_world.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA };

static bool fails(struct lg_err err, enum agreement_code code) {
    return lg_failed(err) && lg_err_module(err) == LG_AGREEMENT && lg_err_code(err) == code;
}

static int64_t now_s(const struct book_world *w) {
    return w->wall_ms / 1000;
}

static bool list_has(const struct span_list *list, const char *party) {
    for (size_t i = 0; i < list->count; i++) {
        if (span_equal_text(list->items[i], party)) {
            return true;
        }
    }
    return false;
}

/* Version 1 in force, version 2 signed by all and activated, and begins on 30 March. */
static void successor_make(struct book_world *w, char *text, char *next) {
    const struct book_text form = {.version = 2, .replaces = 1, .from = "2026-03-30"};
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    book_bring_into_force(w, book_text_make(w, &form, next), 2);
}

static const int64_t successor_begins = 1774825200; /* 2026-03-30 00:00 BST */

/* Beta signed version 2 before it knew: what it stopped since then stays stopped. */
static void a_suspension_outlasts_the_version(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    successor_make(w, text, next);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    const struct policy_force *force = book_force(w, successor_begins);
    assert_int_equal(policy_version(force->policy), 2);
    assert_true(list_has(&force->suspended, "beta"));
    assert_false(list_has(&force->suspended, "gamma"));
    assert_int_equal(book_world_reopen(w), 0);
    assert_true(list_has(&book_force(w, successor_begins)->suspended, "beta"));
    w->wall_ms = successor_begins * 1000;
    act = (struct book_signed){.act = AGREEMENT_RESUME, .text = next, .party = BETA, .key = BETA};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_false(list_has(&book_force(w, successor_begins)->suspended, "beta"));
    assert_true(fails(book_signed_do(w, &act), AGREEMENT_STATE));
}

static void what_is_resumed_before_the_successor_is_not_stopped_in_it(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    successor_make(w, text, next);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = ALPHA, .key = ALPHA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_true(book_force(w, successor_begins)->is_suspended); /* by the lead */
    act = (struct book_signed){.act = AGREEMENT_RESUME, .text = text, .party = ALPHA, .key = ALPHA};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_false(book_force(w, successor_begins)->is_suspended);
}

static void a_notice_outlasts_the_version(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    struct agreement_leaver leavers[4];
    successor_make(w, text, next);
    const struct book_signed act = {.act = AGREEMENT_WITHDRAW,
                                    .text = text,
                                    .party = GAMMA,
                                    .key = GAMMA,
                                    .day = book_day("2026-04-01"),
                                    .reason = "Merger"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    const int64_t leaves = successor_begins + (int64_t)2 * 86400;
    assert_false(list_has(&book_force(w, leaves - 1)->withdrawn, "gamma"));
    assert_int_equal(policy_version(book_force(w, leaves)->policy), 2);
    assert_true(list_has(&book_force(w, leaves)->withdrawn, "gamma"));
    w->wall_ms = leaves * 1000;
    assert_int_equal(agreement_book_leavers(w->book, leavers, 4), 1);
    assert_string_equal(leavers[0].party, "gamma");
    assert_int_equal(leavers[0].version, 2);
}

/* Who signs the newer version after that takes part in it. */
static void a_later_signature_begins_anew(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    const struct book_text form = {.version = 2, .replaces = 1};
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = BETA, .key = BETA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    act.act = AGREEMENT_WITHDRAW;
    act.day = book_day("2026-03-28");
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_true(list_has(&book_force(w, now_s(w))->withdrawn, "beta"));
    book_bring_into_force(w, book_text_make(w, &form, next), 2);
    assert_false(list_has(&book_force(w, now_s(w))->suspended, "beta"));
    assert_false(list_has(&book_force(w, now_s(w))->withdrawn, "beta"));
}

/* The same text with another lead. */
static void lead_change(char *text) {
    static const char old_lead[] = "lead: alpha\n";
    static const char new_lead[] = "lead: beta\n";
    char *at = strstr(text, old_lead);
    assert_non_null(at);
    memcpy(at, new_lead, sizeof new_lead - 1);
    memmove(at + sizeof new_lead - 1, at + sizeof old_lead - 1,
            strlen(at + sizeof old_lead - 1) + 1);
}

/* It suspended all of it as the lead: that another leads the next version makes no less of it. */
static void a_suspension_of_all_outlasts_the_lead(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    const struct book_text forms[2] = {{.needed = "both sides"},
                                       {.version = 2, .replaces = 1, .needed = "both sides"}};
    book_bring_into_force(w, book_text_make(w, &forms[0], text), 1);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = text, .party = ALPHA, .key = ALPHA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SUSPENDED);
    book_text_make(w, &forms[1], next);
    lead_change(next);
    assert_false(lg_failed(book_propose(w, next, BETA)));
    for (size_t party = BETA; party <= GAMMA; party++) {
        w->wall_ms += 1000;
        const struct book_signed sign = {
            .act = AGREEMENT_SIGN, .text = next, .party = party, .key = party};
        assert_false(lg_failed(book_signed_do(w, &sign)));
    }
    assert_false(lg_failed(book_activate(w, 2, BETA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SUSPENDED);
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SUSPENDED);
    /* Who suspended it lets it go on; then one of its own stops its own clauses alone. */
    w->wall_ms += 1000;
    act = (struct book_signed){.act = AGREEMENT_RESUME, .text = next, .party = ALPHA, .key = ALPHA};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_ACTIVE);
    w->wall_ms += 1000;
    act = (struct book_signed){
        .act = AGREEMENT_SUSPEND, .text = next, .party = ALPHA, .key = ALPHA, .reason = "Again"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_ACTIVE);
    assert_true(list_has(&book_force(w, now_s(w))->suspended, "alpha"));
}

/* Alpha, a party of version 2 that beta will lead, stops its own clauses there and then, as the
 * lead of version 1, all of that: the first does not hide the second. */
static void a_stop_of_its_own_clauses_hides_none_of_all(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    const struct book_text forms[2] = {
        {.needed = "both sides"},
        {.version = 2, .replaces = 1, .from = "2026-03-30", .needed = "both sides"}};
    book_bring_into_force(w, book_text_make(w, &forms[0], text), 1);
    book_text_make(w, &forms[1], next);
    lead_change(next);
    assert_false(lg_failed(book_propose(w, next, BETA)));
    for (size_t party = ALPHA; party <= GAMMA; party++) {
        w->wall_ms += 1000;
        const struct book_signed sign = {
            .act = AGREEMENT_SIGN, .text = next, .party = party, .key = party};
        assert_false(lg_failed(book_signed_do(w, &sign)));
    }
    assert_false(lg_failed(book_activate(w, 2, BETA)));
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_SCHEDULED);
    struct book_signed act = {
        .act = AGREEMENT_SUSPEND, .text = next, .party = ALPHA, .key = ALPHA, .reason = "Breach"};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_false(book_force(w, successor_begins)->is_suspended);
    act.text = text;
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_true(book_force(w, successor_begins)->is_suspended);
    assert_int_equal(book_world_reopen(w), 0);
    assert_true(book_force(w, successor_begins)->is_suspended);
    /* It lets both go on where the newer one is. */
    act = (struct book_signed){.act = AGREEMENT_RESUME, .text = next, .party = ALPHA, .key = ALPHA};
    assert_false(lg_failed(book_signed_do(w, &act)));
    assert_false(book_force(w, successor_begins)->is_suspended);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_suspension_outlasts_the_version),
        TEST(what_is_resumed_before_the_successor_is_not_stopped_in_it),
        TEST(a_notice_outlasts_the_version),
        TEST(a_later_signature_begins_anew),
        TEST(a_suspension_of_all_outlasts_the_lead),
        TEST(a_stop_of_its_own_clauses_hides_none_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
