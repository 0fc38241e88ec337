/* SPDX-License-Identifier: Apache-2.0 */
/* Ceilings of versions and acts: what does not fit is refused before it is durable, since applying
 * it would end the process, and each start after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/agreement/book_int.h"
#include "tests/support/book_world.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA };

static bool is_refused(struct lg_err err) {
    return lg_err_class(err) == LG_CLASS_INPUT && lg_err_module(err) == LG_AGREEMENT &&
           lg_err_code(err) == AGREEMENT_STATE;
}

static struct lg_err propose(struct book_world *w, uint32_t version, uint32_t replaces,
                             size_t party) {
    char text[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){.version = version, .replaces = replaces}, text);
    return book_propose(w, text, party);
}

/* Proposals by others, as the log of another time may hold them. Their texts are not on disk. */
static void versions_apply(struct book_world *w, uint32_t first, uint32_t last) {
    uint8_t body[AGREEMENT_BODY_SIZE_MAX];
    for (uint32_t i = first; i <= last; i++) {
        struct span written;
        const struct agreement_entry entry = {.act = AGREEMENT_PROPOSE,
                                              .agreement = span_text("otr"),
                                              .version = i,
                                              .agency = span_text("delta"),
                                              .system = span_text("officer"),
                                              .user_id = span_text("u"),
                                              .role = span_text("ig")};
        assert_false(lg_failed(agreement_entry_encode(&entry, body, &written)));
        book_entry_apply(w, written);
    }
}

static void proposals_of_one_party_are_counted(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    for (uint32_t i = 0; i < LIMIT_AGREEMENT_PROPOSED; i++) {
        assert_false(lg_failed(propose(w, 2 + i, 1, BETA)));
    }
    size_t count = w->log_count;
    assert_true(is_refused(propose(w, 100, 1, BETA)));
    assert_non_null(strstr(w->diag.text, "never activated"));
    assert_int_equal(w->log_count, count);
    assert_false(lg_failed(propose(w, 2, 1, BETA))); /* the same again is nothing new */
    assert_false(lg_failed(propose(w, 100, 1, ALPHA)));
    assert_int_equal(book_world_reopen(w), 0);
    assert_true(is_refused(propose(w, 101, 1, BETA)));
}

static void the_last_versions_are_the_leads(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    uint32_t most = LIMIT_AGREEMENT_VERSIONS - LIMIT_AGREEMENT_VERSIONS_LEAD;
    versions_apply(w, 2, most - 1);
    assert_false(lg_failed(propose(w, 1000, 1, BETA)));
    assert_true(is_refused(propose(w, 1001, 1, BETA)));
    assert_false(lg_failed(propose(w, 1001, 1, ALPHA)));
    versions_apply(w, most, LIMIT_AGREEMENT_VERSIONS - 3);
    assert_false(lg_failed(propose(w, 1002, 1, ALPHA)));
    assert_true(is_refused(propose(w, 1003, 1, ALPHA)));
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
}

static struct lg_err act_do(struct book_world *w, enum agreement_act act, const char *text,
                            size_t party) {
    const bool has_day = agreement_act_has_day(act);
    const bool has_reason = act != AGREEMENT_RESUME && act != AGREEMENT_REVIEW;
    const struct book_signed it = {.act = act,
                                   .text = text,
                                   .party = party,
                                   .key = party,
                                   .day = has_day ? book_day("2026-05-01") : 0,
                                   .reason = has_reason ? "Breach" : NULL};
    return book_signed_do(w, &it);
}

/* The last act of the log, again and again. */
static void acts_apply(struct book_world *w, size_t count) {
    const struct book_logged *last = &w->log[w->log_count - 1];
    for (size_t i = 0; i < count; i++) {
        book_entry_apply(w, span_of(last->body, last->len));
    }
}

static void the_last_acts_are_those_that_stop(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_RESUME, text, BETA)));
    size_t acts = 7; /* propose, three signatures, activate, suspend, resume */
    acts_apply(w, LIMIT_AGREEMENT_ACTS - LIMIT_AGREEMENT_ACTS_STOP - acts);
    size_t count = w->log_count;
    assert_true(is_refused(act_do(w, AGREEMENT_REVIEW, text, ALPHA)));
    assert_non_null(strstr(w->diag.text, "as many acts"));
    assert_int_equal(w->log_count, count);
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
    assert_true(is_refused(act_do(w, AGREEMENT_RESUME, text, BETA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_WITHDRAW, text, GAMMA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_END, text, ALPHA)));
    assert_true(is_refused(act_do(w, AGREEMENT_END, text, ALPHA)));
    acts_apply(w, LIMIT_AGREEMENT_ACTS_STOP - 3);
    assert_true(is_refused(act_do(w, AGREEMENT_SUSPEND, text, GAMMA)));
}

static void a_suspension_that_stands_is_not_repeated(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
    assert_true(is_refused(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, GAMMA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_RESUME, text, BETA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
}

/* Suspending is never refused, so it is resuming that has an end. */
static void a_party_resumes_so_often(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
    for (size_t i = 0; i < LIMIT_AGREEMENT_RESUMES; i++) {
        assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
        assert_false(lg_failed(act_do(w, AGREEMENT_RESUME, text, BETA)));
    }
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, BETA)));
    assert_true(is_refused(act_do(w, AGREEMENT_RESUME, text, BETA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_SUSPEND, text, GAMMA)));
    assert_false(lg_failed(act_do(w, AGREEMENT_RESUME, text, GAMMA)));
}

/* What is longer than the file's ceiling could not be read again at a start. */
static void lines_of_all_acts_fit_their_file(void **state) {
    struct book_world *w = *state;
    static const uint8_t longest[AGREEMENT_LINE_SIZE_MAX];
    static struct kept_act acts[LIMIT_AGREEMENT_ACTS];
    const struct span line = span_of(longest, sizeof longest);
    const struct span nobody = span_text("nobody");
    size_t fit = LIMIT_AGREEMENT_SIGNATURES_SIZE / sizeof longest;
    assert_true(fit < LIMIT_AGREEMENT_ACTS);
    for (size_t i = 0; i < fit; i++) {
        acts[i].entry.act = AGREEMENT_RESUME;
        acts[i].entry.line = line;
    }
    struct kept_version version = {.acts = acts, .count = fit - LIMIT_AGREEMENT_ACTS_STOP - 1};
    assert_false(lg_failed(agreement_room_act(&version, AGREEMENT_RESUME, nobody, line, &w->diag)));
    version.count++;
    assert_true(is_refused(agreement_room_act(&version, AGREEMENT_RESUME, nobody, line, &w->diag)));
    assert_false(
        lg_failed(agreement_room_act(&version, AGREEMENT_SUSPEND, nobody, line, &w->diag)));
    version.count = fit - 1;
    assert_false(
        lg_failed(agreement_room_act(&version, AGREEMENT_WITHDRAW, nobody, line, &w->diag)));
    version.count++;
    assert_true(
        is_refused(agreement_room_act(&version, AGREEMENT_WITHDRAW, nobody, line, &w->diag)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(proposals_of_one_party_are_counted), TEST(the_last_versions_are_the_leads),
        TEST(the_last_acts_are_those_that_stop),  TEST(a_suspension_that_stands_is_not_repeated),
        TEST(a_party_resumes_so_often),           TEST(lines_of_all_acts_fit_their_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
