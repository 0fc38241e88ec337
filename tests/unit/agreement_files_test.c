/* SPDX-License-Identifier: Apache-2.0 */
/* What is on disk: every changed byte of text and signatures takes the version out of force at the
 * next start, and whatever a crash cuts off, an act happened or it did not. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/book_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { PATH_SIZE = 128 };

static void path_of(const struct book_world *w, const char *name, char out[static PATH_SIZE]) {
    (void)snprintf(out, PATH_SIZE, "%s/otr/%s", w->folder, name);
}

static void file_put(const struct book_world *w, const char *name, const char *bytes, size_t len) {
    char path[PATH_SIZE];
    path_of(w, name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static char *file_get(const struct book_world *w, const char *name, size_t *out_len) {
    char folder[PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%s/otr", w->folder);
    char *bytes = support_file_read(folder, name, out_len);
    assert_non_null(bytes);
    return bytes;
}

static void is_out_of_force(struct book_world *w) {
    assert_int_equal(book_world_reopen(w), 1);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_BROKEN);
    assert_null(book_force(w, w->wall_ms / 1000));
}

static void is_in_force(struct book_world *w) {
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
    assert_non_null(book_force(w, w->wall_ms / 1000));
}

static void force_make(struct book_world *w) {
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
}

static void each_byte_changed(struct book_world *w, const char *name) {
    size_t len = 0;
    char *bytes = file_get(w, name, &len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 0x01;
        file_put(w, name, bytes, len);
        is_out_of_force(w);
        bytes[i] ^= 0x01;
    }
    file_put(w, name, bytes, len);
    is_in_force(w);
    free(bytes);
}

static void every_byte_of_the_text_counts(void **state) {
    force_make(*state);
    each_byte_changed(*state, "1.isa");
}

static void every_byte_of_the_signatures_counts(void **state) {
    force_make(*state);
    each_byte_changed(*state, "1.sig");
}

static void what_is_missing_or_cut(void **state) {
    struct book_world *w = *state;
    static const char *const names[] = {"1.isa", "1.sig"};
    force_make(w);
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_SIZE];
        size_t len = 0;
        char *bytes = file_get(w, names[i], &len);
        file_put(w, names[i], bytes, len - 1);
        path_of(w, names[i], path);
        /* The last newline of the signatures is no part of a line. */
        if (i == 0) {
            is_out_of_force(w);
        }
        file_put(w, names[i], bytes, len / 2);
        is_out_of_force(w);
        assert_int_equal(unlink(path), 0);
        is_out_of_force(w);
        file_put(w, names[i], bytes, len);
        assert_int_equal(chmod(path, 0600), 0);
        free(bytes);
        is_in_force(w);
    }
}

static void more_lines_than_the_log_knows_are_nothing(void **state) {
    struct book_world *w = *state;
    size_t len = 0;
    force_make(w);
    char *bytes = file_get(w, "1.sig", &len);
    char *more = malloc(len + 8);
    assert_non_null(more);
    memcpy(more, bytes, len);
    memcpy(more + len, "scratch\n", 8);
    file_put(w, "1.sig", more, len + 8);
    is_in_force(w);
    free(more);
    free(bytes);
}

static void a_broken_version_brings_no_older_one_back(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    force_make(w);
    const struct book_text form = {.version = 2, .replaces = 1};
    book_bring_into_force(w, book_text_make(w, &form, text), 2);
    file_put(w, "2.isa", "isa 1\n", 6);
    assert_int_equal(book_world_reopen(w), 1);
    assert_int_equal(book_state(w, 2), AGREEMENT_STATE_BROKEN);
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_SUPERSEDED);
    assert_null(book_force(w, w->wall_ms / 1000));
}

static void a_pinned_key_that_changed_breaks_the_chain(void **state) {
    struct book_world *w = *state;
    force_make(w);
    w->parties[1].signing_key[0] ^= 1;
    is_out_of_force(w);
    w->parties[1].signing_key[0] ^= 1;
    is_in_force(w);
}

static void what_this_gateway_cannot_evaluate(void **state) {
    struct book_world *w = *state;
    force_make(w);
    w->unfit = true;
    is_out_of_force(w);
}

/* ---- Crashes: between the files and the log ---- */

static void prepared_and_cut_off(struct book_world *w, const struct agreement_wish *wish,
                                 enum agreement_state expected) {
    struct agreement_ready ready;
    w->diag = (struct diag){0};
    assert_false(lg_failed(agreement_book_prepare(w->book, wish, &w->diag, &ready)));
    assert_int_equal(book_world_reopen(w), 0);
    assert_int_equal(book_state(w, 1), expected);
    assert_false(lg_failed(book_wish_do(w, wish)));
}

static void cut_off_between_any_two_steps(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char other[BOOK_TEXT_SIZE];
    uint8_t lines[BOOK_PARTIES][AGREEMENT_LINE_SIZE_MAX];
    book_text_make(w, &(struct book_text){0}, text);
    book_text_make(w, &(struct book_text){.review = "2026-09-01"}, other);
    struct agreement_wish wish = {
        .act = AGREEMENT_PROPOSE, .agency = span_text("alpha"), .text = span_text(other)};
    struct agreement_ready lost;
    assert_false(lg_failed(agreement_book_prepare(w->book, &wish, &w->diag, &lost)));
    assert_int_equal(book_world_reopen(w), 0); /* another text of that number was never proposed */
    wish.text = span_text(text);
    prepared_and_cut_off(w, &wish, AGREEMENT_STATE_NONE);
    for (size_t i = 0; i < BOOK_PARTIES; i++) {
        const struct book_signed act = {.act = AGREEMENT_SIGN, .text = text, .party = i, .key = i};
        struct span line = book_line(w, &act);
        memcpy(lines[i], line.ptr, line.len);
        const struct agreement_wish sign = {.act = AGREEMENT_SIGN,
                                            .agency = span_text(book_parties[i]),
                                            .line = span_of(lines[i], line.len)};
        prepared_and_cut_off(w, &sign, i == 0 ? AGREEMENT_STATE_PROPOSED : AGREEMENT_STATE_SIGNING);
    }
    const struct agreement_wish activate = {.act = AGREEMENT_ACTIVATE,
                                            .agency = span_text("alpha"),
                                            .agreement = span_text("otr"),
                                            .version = 1};
    prepared_and_cut_off(w, &activate, AGREEMENT_STATE_SIGNED);
    is_in_force(w);
}

static void acts_apply_once(void **state) {
    struct book_world *w = *state;
    force_make(w);
    for (size_t i = 0; i < w->log_count; i++) {
        assert_false(
            lg_failed(agreement_book_apply(w->book, i, 0, span_of(w->log[i].body, w->log[i].len))));
    }
    assert_int_equal(book_state(w, 1), AGREEMENT_STATE_ACTIVE);
}

static void a_body_that_is_none(void **state) {
    struct book_world *w = *state;
    force_make(w);
    struct book_logged last = w->log[w->log_count - 1];
    for (size_t i = 0; i < last.len; i++) {
        struct agreement_entry entry;
        struct lg_err err = agreement_entry_decode(span_of(last.body, i), &entry);
        assert_int_equal(lg_err_code(err), AGREEMENT_ENTRY);
    }
    assert_true(agreement_entry_is(span_of(last.body, last.len)));
    assert_false(agreement_entry_is(span_of(last.body, 3)));
    assert_true(lg_failed(
        agreement_book_apply(w->book, w->log_count, 0, span_text("AGR1 and nothing of ours"))));
}

/* ---- Memory ---- */

/* Each allocation of an act fails in turn: the act is told as one that did not happen, and the next
 * try does it. */
static void with_each_allocation_failing(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){0}, text);
    const struct agreement_wish propose = {
        .act = AGREEMENT_PROPOSE, .agency = span_text("alpha"), .text = span_text(text)};
    struct agreement_ready ready;
    for (uint64_t n = 1;; n++) {
        support_alloc_fail_at(n);
        struct lg_err err = agreement_book_prepare(w->book, &propose, &w->diag, &ready);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (!lg_failed(err)) {
            agreement_book_release(w->book, &ready);
        }
        if (!lg_failed(err) && seen < n) {
            break;
        }
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        assert_true(n < 10000);
    }
    force_make(w);
    for (uint64_t n = 1;; n++) {
        size_t broken = 0;
        support_alloc_fail_at(n);
        struct lg_err err = agreement_book_open(w->book, &broken);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (!lg_failed(err) && seen < n) {
            assert_int_equal(broken, 0);
            break;
        }
        /* What cannot be verified is not in force. */
        assert_true(lg_failed(err) || broken == 1 || book_state(w, 1) == AGREEMENT_STATE_ACTIVE);
        assert_true(n < 10000);
    }
    is_in_force(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_byte_of_the_text_counts),
        TEST(every_byte_of_the_signatures_counts),
        TEST(what_is_missing_or_cut),
        TEST(more_lines_than_the_log_knows_are_nothing),
        TEST(a_broken_version_brings_no_older_one_back),
        TEST(a_pinned_key_that_changed_breaks_the_chain),
        TEST(what_this_gateway_cannot_evaluate),
        TEST(cut_off_between_any_two_steps),
        TEST(acts_apply_once),
        TEST(a_body_that_is_none),
        TEST(with_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
