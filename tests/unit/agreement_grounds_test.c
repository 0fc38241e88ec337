/* SPDX-License-Identifier: Apache-2.0 */
/* A text is found by the mark of a decision of long ago, under the floor and the register of then.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/bytes.h"
#include "gateway/base/limits_agreement.h"
#include "policy/register/register.h"
#include "tests/support/book_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char first_floor[] = "isa 1\nclause F1 never\n  to: beta/*\n  data: c.f\n";
static const char second_floor[] = "isa 1\nclause F2 never\n  to: gamma/*\n  data: c.f\n";

static void under(struct book_world *w, const char *floor) {
    w->ground.floor = span_text(floor);
    assert_int_equal(book_world_reopen(w), 0);
}

struct mark {
    uint8_t bytes[VAULT_SHA256_SIZE];
};

static struct mark mark_now(struct book_world *w) {
    struct mark mark;
    struct agreement_text *text = NULL;
    assert_false(lg_failed(agreement_book_text(w->book, span_text("otr"), 1, &text)));
    memcpy(mark.bytes, agreement_text_mark(text).ptr, sizeof mark.bytes);
    agreement_text_free(&text);
    return mark;
}

/* Whether the mark's text has this clause of a floor; false where there is no such text. */
static bool has_clause(struct book_world *w, const struct mark *mark, const char *clause) {
    struct agreement_text *text = NULL;
    struct lg_err err =
        agreement_book_text_marked(w->book, span_of(mark->bytes, sizeof mark->bytes), &text);
    if (lg_failed(err)) {
        assert_int_equal(lg_err_code(err), AGREEMENT_UNKNOWN);
        return false;
    }
    const struct policy *policy = agreement_text_policy(text);
    bool has = false;
    for (size_t i = 0; i < policy_clause_count(policy); i++) {
        const struct policy_clause found = policy_clause_at(policy, i);
        has = has || (found.is_floor && span_equal_text(found.id, clause));
    }
    assert_true(span_equal(agreement_text_mark(text), span_of(mark->bytes, sizeof mark->bytes)));
    agreement_text_free(&text);
    return has;
}

static void in_force(struct book_world *w) {
    char text[BOOK_TEXT_SIZE];
    book_bring_into_force(w, book_text_make(w, &(struct book_text){0}, text), 1);
}

static void a_floor_of_old_is_kept(void **state) {
    struct book_world *w = *state;
    in_force(w);
    struct mark none = mark_now(w);
    under(w, first_floor);
    struct mark first = mark_now(w);
    assert_true(has_clause(w, &first, "F1"));
    under(w, second_floor);
    struct mark second = mark_now(w);
    for (unsigned again = 0; again < 3; again++) { /* found, known, and after a restart */
        assert_true(has_clause(w, &first, "F1"));
        assert_false(has_clause(w, &first, "F2"));
        assert_true(has_clause(w, &second, "F2"));
        assert_true(has_clause(w, &none, "F1") == false);
        if (again == 1) {
            under(w, second_floor);
        }
    }
    under(w, "");
    assert_true(has_clause(w, &first, "F1"));
    assert_true(has_clause(w, &second, "F2"));
    struct mark unknown = {{7}};
    assert_false(has_clause(w, &unknown, "F1"));
    assert_false(has_clause(w, &unknown, "F1"));
}

static void path_of(const struct book_world *w, const char *floor, char out[static 256]) {
    uint8_t hash[VAULT_SHA256_SIZE];
    char hex[2 * VAULT_SHA256_SIZE + 1];
    agreement_text_hash(span_text(floor), hash);
    bytes_to_hex(span_of(hash, sizeof hash), hex);
    (void)snprintf(out, 256, "%s/.grounds/%s.floor", w->folder, hex);
}

/* What was changed on disk is not what decided. */
static void a_floor_that_was_changed_is_none(void **state) {
    struct book_world *w = *state;
    char path[256];
    in_force(w);
    under(w, first_floor);
    struct mark first = mark_now(w);
    under(w, second_floor);
    path_of(w, first_floor, path);
    struct stat kept;
    assert_int_equal(stat(path, &kept), 0);
    assert_int_equal(kept.st_mode & 0777, 0600);
    assert_false(
        lg_failed(vault_private_write(path, span_text(second_floor), VAULT_WRITE_REPLACE, NULL)));
    assert_false(has_clause(w, &first, "F1"));
    assert_false(
        lg_failed(vault_private_write(path, span_text(first_floor), VAULT_WRITE_REPLACE, NULL)));
    under(w, second_floor);
    assert_true(has_clause(w, &first, "F1"));
}

static void floor_write(const struct book_world *w, const char *floor) {
    char path[256];
    path_of(w, floor, path);
    assert_false(lg_failed(vault_private_write(path, span_text(floor), VAULT_WRITE_REPLACE, NULL)));
}

/* What could not be read is looked for again: it is not known that there is none. */
static void a_failed_read_is_not_remembered(void **state) {
    struct book_world *w = *state;
    char path[256];
    in_force(w);
    under(w, first_floor);
    struct mark first = mark_now(w);
    under(w, second_floor);
    path_of(w, first_floor, path);
    assert_int_equal(chmod(path, 0644), 0); /* then it is nobody's own, and not read */
    assert_false(has_clause(w, &first, "F1"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(has_clause(w, &first, "F1"));
}

/* Of more than are looked through it is not known either. */
static void what_lies_beyond_is_not_remembered_as_none(void **state) {
    enum { MANY = 4 * LIMIT_AGREEMENT_GROUNDS };
    struct book_world *w = *state;
    char path[256];
    char text[64];
    in_force(w);
    under(w, first_floor);
    struct mark first = mark_now(w);
    under(w, second_floor);
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "isa 1\n# %u\n", i);
        floor_write(w, text);
    }
    path_of(w, first_floor, path);
    assert_int_equal(unlink(path), 0);
    assert_false(has_clause(w, &first, "F1"));
    for (unsigned i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "isa 1\n# %u\n", i);
        path_of(w, text, path);
        assert_int_equal(unlink(path), 0);
    }
    floor_write(w, first_floor);
    assert_true(has_clause(w, &first, "F1"));
}

/* The version itself does not compile under the floor of today, and did under that of then. */
static void a_version_broken_by_a_floor_is_found_under_the_old(void **state) {
    static const char strange[] = "isa 1\nclause F3 never\n  to: any\n  data: \n";
    struct book_world *w = *state;
    in_force(w);
    under(w, first_floor);
    struct mark first = mark_now(w);
    w->ground.floor = span_text(strange);
    assert_int_equal(book_world_reopen(w), 1);
    assert_true(has_clause(w, &first, "F1"));
}

static void a_register_of_old_is_kept(void **state) {
    struct book_world *w = *state;
    struct policy_register *statutes = NULL;
    struct policy_register *next = NULL;
    struct diag diag = {0};
    char text[BOOK_TEXT_SIZE];
    char whole[BOOK_TEXT_SIZE];
    size_t len = 0;
    char *law = support_file_read(LOCKGATE_SOURCE "/policy/register", "uk.register", &len);
    assert_non_null(law);
    assert_false(lg_failed(policy_register_compile(span_text(law), &diag, &statutes)));
    w->ground.statutes = statutes;
    assert_int_equal(book_world_reopen(w), 0);
    book_text_make(w, &(struct book_text){0}, whole);
    char *contact = strstr(whole, "  contact: c\n");
    assert_non_null(contact);
    (void)snprintf(text, sizeof text, "%.*s  law: uk-2026-11\n%s", (int)(contact - whole), whole,
                   contact);
    book_bring_into_force(w, text, 1);
    struct mark mark = mark_now(w);
    /* Another edition under the same name but for a byte: the mark goes by the whole text. */
    char *title = strstr(law, "title: ");
    assert_non_null(title);
    title[strlen("title: ")] = 'X';
    assert_false(lg_failed(policy_register_compile(span_text(law), &diag, &next)));
    w->ground.statutes = next;
    assert_int_equal(book_world_reopen(w), 0);
    struct mark now = mark_now(w);
    assert_memory_not_equal(now.bytes, mark.bytes, sizeof mark.bytes);
    struct agreement_text *found = NULL;
    assert_false(lg_failed(
        agreement_book_text_marked(w->book, span_of(mark.bytes, sizeof mark.bytes), &found)));
    const struct policy_register *of_then = policy_law(agreement_text_policy(found));
    assert_non_null(of_then);
    assert_true(of_then != next && of_then != statutes);
    agreement_text_free(&found);
    free(law);
    policy_register_free(&statutes);
    agreement_book_free(&w->book);
    agreement_view_done(&w->view);
    policy_register_free(&next);
}

static void memory_may_end_anywhere(void **state) {
    struct book_world *w = *state;
    bool done = false;
    in_force(w);
    under(w, first_floor);
    struct mark first = mark_now(w);
    under(w, second_floor);
    for (uint64_t n = 1; !done; n++) {
        struct agreement_text *text = NULL;
        assert_true(n < 100000);
        support_alloc_fail_at(n);
        struct lg_err err =
            agreement_book_text_marked(w->book, span_of(first.bytes, sizeof first.bytes), &text);
        support_alloc_fail_at(0);
        done = !lg_failed(err);
        /* The folder may be what could not be opened. */
        assert_true(done || lg_err_class(err) == LG_CLASS_LIMIT ||
                    lg_err_class(err) == LG_CLASS_STORE);
        agreement_text_free(&text);
    }
    assert_true(has_clause(w, &first, "F1"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)
        CASE(a_floor_of_old_is_kept),
        CASE(a_floor_that_was_changed_is_none),
        CASE(a_failed_read_is_not_remembered),
        CASE(what_lies_beyond_is_not_remembered_as_none),
        CASE(a_version_broken_by_a_floor_is_found_under_the_old),
        CASE(a_register_of_old_is_kept),
        CASE(memory_may_end_anywhere),
#undef CASE
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
