/* SPDX-License-Identifier: Apache-2.0 */
/* What an agreement says of data binds on once it is superseded or has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits_policy.h"
#include "policy/register/register.h"
#include "tests/support/book_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ALPHA, BETA, GAMMA };
static const char SILENT[] = "  held by: any\n  fields: f\n";
static const char HELD_IN_CONFIDENCE[] = "  held by: any\n  fields: f\n  confidential: yes\n";

static const char LOCKED[] = "  held by: any\n  fields: f\n  received under: care-act-45\n";

static int64_t now_s(const struct book_world *w) {
    return w->wall_ms / 1000;
}

static void replace(char text[static BOOK_TEXT_SIZE], const char *from, const char *to) {
    char before[BOOK_TEXT_SIZE];
    char *at = strstr(text, from);
    assert_non_null(at);
    memcpy(before, text, BOOK_TEXT_SIZE);
    assert_true(snprintf(at, BOOK_TEXT_SIZE - (size_t)(at - text), "%s%s", to,
                         before + (at - text) + strlen(from)) > 0);
}

static struct agreement_forces forces_at(struct book_world *w, int64_t at_s) {
    return agreement_set_at(agreement_view_set(&w->view), at_s);
}

/* Another agreement, in force all the time, that says nothing of the data. */
static void other_make(struct book_world *w) {
    char text[BOOK_TEXT_SIZE];
    book_text_make(w, &(struct book_text){0}, text);
    replace(text, "agreement otr\n", "agreement tro\n");
    w->agreement = "tro";
    book_bring_into_force(w, text, 1);
    w->agreement = NULL;
}

static void confidential_make(struct book_world *w, char text[static BOOK_TEXT_SIZE]) {
    book_text_make(w, &(struct book_text){0}, text);
    replace(text, SILENT, HELD_IN_CONFIDENCE);
    book_bring_into_force(w, text, 1);
}

static void must_bind(struct book_world *w, int64_t at_s, size_t count) {
    struct agreement_forces forces = forces_at(w, at_s);
    assert_true(forces.count > 0);
    for (size_t i = 0; i < forces.count; i++) {
        assert_int_equal(forces.force[i].bystander_count, count);
        for (size_t j = 0; j < count; j++) {
            const struct policy_bystander *it = &forces.force[i].bystanders[j];
            struct agreement_text *text = NULL;
            assert_true(span_equal_text(policy_id(it->policy), "otr"));
            assert_int_equal(policy_version(it->policy), 1);
            /* A record that names it can be read for ever. */
            assert_false(lg_failed(
                agreement_book_text_marked(w->book, span_of(it->hash, sizeof it->hash), &text)));
            agreement_text_free(&text);
        }
    }
}

static void an_ended_agreement_binds_the_others(void **state) {
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    other_make(w);
    confidential_make(w, text);
    assert_int_equal(forces_at(w, now_s(w)).count, 2);
    must_bind(w, now_s(w), 0); /* in force: it is no bystander */
    const struct book_signed end = {.act = AGREEMENT_END,
                                    .text = text,
                                    .party = ALPHA,
                                    .key = ALPHA,
                                    .day = book_day("2026-04-20"),
                                    .reason = "Over"};
    assert_false(lg_failed(book_signed_do(w, &end)));
    for (unsigned again = 0; again < 2; again++) {
        const int64_t ended = 1776639600; /* 2026-04-20 00:00 BST */
        must_bind(w, ended - 1, 0);
        assert_int_equal(forces_at(w, ended).count, 1);
        must_bind(w, ended, 1);
        assert_false(forces_at(w, ended).force[0].bystanders[0].is_superseded);
        assert_int_equal(book_world_reopen(w), 0);
    }
}

static void lock(char text[static BOOK_TEXT_SIZE]) {
    replace(text, SILENT, LOCKED);
    replace(text, "  contact: c\n", "  contact: c\n  law: uk-2026-11\n");
}

static struct policy_register *register_make(void) {
    struct policy_register *statutes = NULL;
    struct diag diag = {0};
    size_t len = 0;
    char *text = support_file_read(LOCKGATE_SOURCE "/policy/register", "uk.register", &len);
    assert_non_null(text);
    assert_false(lg_failed(policy_register_compile(span_text(text), &diag, &statutes)));
    free(text);
    return statutes;
}

/* A version without the lock does not lift it from what was received before; one that says it
 * again takes its place. */
static void a_lock_outlasts_its_version(void **state) {
    const struct book_text form = {.version = 2, .replaces = 1, .from = "2026-03-30"};
    const struct book_text later = {.version = 3, .replaces = 2, .from = "2026-04-10"};
    const int64_t begins = 1774825200; /* 2026-03-30 00:00 BST */
    const int64_t again = 1775775600;  /* 2026-04-10 00:00 BST */
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    char last[BOOK_TEXT_SIZE];
    struct policy_register *statutes = register_make();
    w->ground.statutes = statutes;
    assert_int_equal(book_world_reopen(w), 0);
    book_text_make(w, &(struct book_text){0}, text);
    lock(text);
    book_bring_into_force(w, text, 1);
    book_bring_into_force(w, book_text_make(w, &form, next), 2);
    must_bind(w, begins - 1, 0);
    must_bind(w, begins, 1);
    assert_true(forces_at(w, begins).force[0].bystanders[0].is_superseded);
    book_text_make(w, &later, last);
    lock(last);
    w->wall_ms = begins * 1000;
    book_bring_into_force(w, last, 3);
    must_bind(w, again - 1, 1);
    /* Version 2 says less than version 3, which says as much as version 1. */
    assert_int_equal(forces_at(w, again).force[0].bystander_count, 0);
    policy_register_free(&statutes); /* policies only point to it */
}

/* What the next version says of the data is the agreement's word from then on. */
static void a_superseded_version_marks_nothing(void **state) {
    const struct book_text form = {.version = 2, .replaces = 1, .from = "2026-03-30"};
    const int64_t begins = 1774825200; /* 2026-03-30 00:00 BST */
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    char next[BOOK_TEXT_SIZE];
    confidential_make(w, text);
    book_bring_into_force(w, book_text_make(w, &form, next), 2);
    assert_int_equal(policy_version(book_force(w, begins)->policy), 2);
    must_bind(w, begins - 1, 0);
    must_bind(w, begins, 0);
}

/* ---- what is broken ---- */

static void file_put(const struct book_world *w, const char *name, const char *bytes) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/otr/%s", w->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(bytes, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Version 1 locks, version 2 marks, both began; another agreement is in force. */
static struct policy_register *two_versions_make(struct book_world *w,
                                                 char next[static BOOK_TEXT_SIZE]) {
    const struct book_text form = {.version = 2, .replaces = 1};
    char text[BOOK_TEXT_SIZE];
    struct policy_register *statutes = register_make();
    w->ground.statutes = statutes;
    assert_int_equal(book_world_reopen(w), 0);
    other_make(w);
    book_text_make(w, &(struct book_text){0}, text);
    lock(text);
    book_bring_into_force(w, text, 1);
    book_text_make(w, &form, next);
    replace(next, SILENT, HELD_IN_CONFIDENCE);
    book_bring_into_force(w, next, 2);
    return statutes;
}

static void must_bind_both(struct book_world *w) {
    struct agreement_forces forces = forces_at(w, now_s(w));
    assert_int_equal(forces.count, 1);
    assert_int_equal(forces.force[0].bystander_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct policy_bystander *it = &forces.force[0].bystanders[i];
        struct agreement_text *text = NULL;
        assert_int_equal(policy_version(it->policy), 2 - i);
        assert_int_equal(it->is_superseded, i == 1);
        assert_false(lg_failed(
            agreement_book_text_marked(w->book, span_of(it->hash, sizeof it->hash), &text)));
        agreement_text_free(&text);
    }
}

/* The text is the one that was signed: what it says of data binds, and so does what it replaced. */
static void a_broken_version_lifts_no_lock(void **state) {
    static const char strange[] = "isa 1\nclause F3 never\n  to: any\n  data: \n";
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    struct policy_register *statutes = two_versions_make(w, text);
    assert_int_equal(forces_at(w, now_s(w)).count, 2);
    file_put(w, "2.sig", "nobody signed\n");
    assert_int_equal(book_world_reopen(w), 1);
    must_bind_both(w);
    w->ground.floor = span_text(strange); /* nothing compiles under it */
    assert_int_equal(book_world_reopen(w), 3);
    assert_int_equal(forces_at(w, now_s(w)).count, 0);
    policy_register_free(&statutes);
}

/* Of a text that is gone nobody can tell what it locks: under no agreement anything is shared. */
static void what_cannot_be_read_stops_all(void **state) {
    static const char *const names[] = {"2.isa", "1.isa"};
    struct book_world *w = *state;
    char text[BOOK_TEXT_SIZE];
    struct policy_register *statutes = two_versions_make(w, text);
    for (size_t i = 0; i < 2; i++) {
        char folder[128];
        size_t len = 0;
        (void)snprintf(folder, sizeof folder, "%s/otr", w->folder);
        char *kept = support_file_read(folder, names[i], &len);
        assert_non_null(kept);
        file_put(w, names[i], "isa 1\n");
        assert_true(book_world_reopen(w) > 0);
        assert_int_equal(forces_at(w, now_s(w)).count, 0);
        file_put(w, names[i], kept);
        assert_int_equal(book_world_reopen(w), 0);
        assert_int_equal(forces_at(w, now_s(w)).count, 2);
        free(kept);
    }
    policy_register_free(&statutes);
}

/* One more than there is room for: what it says of data binds the others. */
static void one_too_many_binds_the_others(void **state) {
    struct book_world *w = *state;
    for (unsigned i = 0; i <= LIMIT_POLICY_AGREEMENTS; i++) {
        char text[BOOK_TEXT_SIZE];
        char head[] = "agreement za\n";
        char id[] = "za";
        head[11] = id[1] = (char)('a' + i);
        book_text_make(w, &(struct book_text){0}, text);
        replace(text, "agreement otr\n", head);
        if (i == LIMIT_POLICY_AGREEMENTS) {
            replace(text, SILENT, HELD_IN_CONFIDENCE);
        }
        w->agreement = id;
        book_bring_into_force(w, text, 1);
        w->agreement = NULL;
    }
    struct agreement_forces forces = forces_at(w, now_s(w));
    assert_int_equal(forces.count, LIMIT_POLICY_AGREEMENTS);
    for (size_t i = 0; i < forces.count; i++) {
        assert_int_equal(forces.force[i].bystander_count, 1);
        assert_true(span_equal_text(policy_id(forces.force[i].bystanders[0].policy), "zq"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, book_world_setup, book_world_teardown)
        CASE(an_ended_agreement_binds_the_others), CASE(a_lock_outlasts_its_version),
        CASE(a_superseded_version_marks_nothing),  CASE(a_broken_version_lifts_no_lock),
        CASE(what_cannot_be_read_stops_all),       CASE(one_too_many_binds_the_others),
#undef CASE
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
