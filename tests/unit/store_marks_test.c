/* SPDX-License-Identifier: Apache-2.0 */
/* Marks of people by tokens, hits of rules, and counts: what is put is found, by whom it is meant
 * for, within its ceilings, and not by anybody's label in clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/signals.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 8 << 20 };

struct world {
    struct store_support store;
    struct arena *arena;
};

static int setup(void **state) {
    static struct world w;
    w = (struct world){.arena = NULL};
    store_support_init(&w.store);
    assert_false(lg_failed(arena_new(ARENA, &w.arena)));
    *state = &w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    arena_free(&w->arena);
    store_support_done(&w->store);
    return 0;
}

/* A person's tokens: of class N and of the composites, by a number. */
static void tokens_of(uint8_t number, struct store_token out[static 3]) {
    static const enum token_class classes[] = {TOKEN_N, TOKEN_A, TOKEN_E};
    for (size_t i = 0; i < 3; i++) {
        out[i] = (struct store_token){.token_class = classes[i], .epoch = 1};
        memset(out[i].point, number, sizeof out[i].point);
        out[i].point[0] = (uint8_t)i;
    }
}

static struct person_id enrol(struct world *w, const char *agency, uint8_t number) {
    static const uint8_t reference[STORE_REFERENCE_SIZE];
    struct store_token tokens[3];
    struct store_enrolled result;
    tokens_of(number, tokens);
    struct store_record record = {
        .reference = {reference, sizeof reference}, .tokens = tokens, .token_count = 3};
    record.record_tag.bytes[0] = number;
    const struct store_enrolment batch = {.agency = span_text(agency),
                                          .agreement = span_text("line"),
                                          .now_ms = 1000,
                                          .quarter = 8104,
                                          .records = &record,
                                          .count = 1};
    assert_false(lg_failed(store_enrol(w->store.store, &batch, &result)));
    return result.person;
}

static struct store_marked mark_some(struct world *w, const char *agency, enum store_mark_kind kind,
                                     const char *label, size_t token_count, uint8_t number) {
    struct store_token tokens[3];
    struct store_tag tags[3];
    struct store_marked marked;
    tokens_of(number, tokens);
    assert_false(lg_failed(store_mark_tags(w->store.store, tokens, 3, tags)));
    const struct store_mark mark = {.agency = span_text(agency),
                                    .kind = kind,
                                    .label = span_text(label),
                                    .tags = tags,
                                    .tag_count = token_count};
    assert_false(lg_failed(store_mark_put(w->store.store, &mark, &marked)));
    return marked;
}

static size_t matches(struct world *w, const char *agency, const struct person_id *person) {
    struct store_mark_matches found;
    assert_false(
        lg_failed(store_marks_match(w->store.reader, span_text(agency), person, w->arena, &found)));
    return found.count;
}

/* ---- Marks ---- */

static void staff_count_for_their_own_agency(void **state) {
    struct world *w = *state;
    struct person_id amy = enrol(w, "homes", 1);
    struct person_id bob = enrol(w, "homes", 2);
    assert_int_equal(matches(w, "care", &amy), 0);
    assert_int_equal(mark_some(w, "care", STORE_MARK_STAFF, "u-17", 3, 1).count, 1);
    assert_int_equal(matches(w, "care", &amy), 3);
    assert_int_equal(matches(w, "care", &bob), 0);
    assert_int_equal(matches(w, "homes", &amy), 0);
    assert_int_equal(matches(w, "trust", &amy), 0);
}

static void canaries_count_for_everybody_and_only_of_own_records(void **state) {
    struct world *w = *state;
    struct person_id amy = enrol(w, "homes", 1);
    (void)mark_some(w, "trust", STORE_MARK_CANARY, "x", 3, 1);
    assert_int_equal(matches(w, "care", &amy), 0); /* the trust has no such record */
    (void)mark_some(w, "homes", STORE_MARK_CANARY, "x", 3, 1);
    assert_int_equal(matches(w, "care", &amy), 3);
    assert_int_equal(matches(w, "trust", &amy), 3);
    struct person_id same = enrol(w, "trust", 1);
    assert_memory_equal(&same, &amy, sizeof amy);
    assert_int_equal(matches(w, "care", &amy), 6);
}

static void a_label_has_what_it_got_last(void **state) {
    struct world *w = *state;
    struct person_id amy = enrol(w, "homes", 1);
    struct person_id bob = enrol(w, "homes", 2);
    (void)mark_some(w, "care", STORE_MARK_STAFF, "u-17", 3, 1);
    assert_int_equal(mark_some(w, "care", STORE_MARK_STAFF, "U-17", 1, 2).count, 1);
    assert_int_equal(matches(w, "care", &amy), 0);
    assert_int_equal(matches(w, "care", &bob), 1);
    assert_int_equal(mark_some(w, "care", STORE_MARK_CANARY, "u-17", 3, 1).count, 1);
    assert_int_equal(mark_some(w, "care", STORE_MARK_STAFF, "u-17", 0, 1).count, 0);
    assert_int_equal(matches(w, "care", &bob), 0);
    assert_int_equal(mark_some(w, "care", STORE_MARK_STAFF, "u-17", 0, 1).count, 0);
}

static void who_is_nobody_matches_nobody(void **state) {
    struct world *w = *state;
    const struct person_id nobody = {{7}};
    (void)mark_some(w, "care", STORE_MARK_STAFF, "u-17", 3, 1);
    assert_int_equal(matches(w, "care", &nobody), 0);
}

static void marks_go_with_their_agency(void **state) {
    struct world *w = *state;
    uint64_t removed = 9;
    struct person_id amy = enrol(w, "homes", 1);
    (void)mark_some(w, "care", STORE_MARK_STAFF, "u-17", 3, 1);
    (void)mark_some(w, "homes", STORE_MARK_CANARY, "x", 3, 1);
    assert_false(lg_failed(store_party_leave(w->store.store, span_text("care"), &removed)));
    assert_int_equal(removed, 0);
    assert_int_equal(matches(w, "care", &amy), 3); /* the canary of homes */
}

static void marks_have_a_ceiling(void **state) {
    struct world *w = *state;
    char label[16];
    for (unsigned i = 0; i < LIMIT_SIGNALS_MARKS; i++) {
        (void)snprintf(label, sizeof label, "u-%u", i);
        struct store_marked marked = mark_some(w, "care", STORE_MARK_STAFF, label, 1, 1);
        assert_false(marked.is_full);
        assert_int_equal(marked.count, i + 1);
    }
    assert_true(mark_some(w, "care", STORE_MARK_STAFF, "one-more", 1, 1).is_full);
    assert_false(mark_some(w, "care", STORE_MARK_STAFF, label, 2, 1).is_full); /* in its place */
    assert_false(mark_some(w, "care", STORE_MARK_CANARY, "x", 1, 1).is_full);
    assert_false(mark_some(w, "homes", STORE_MARK_STAFF, "u-1", 1, 1).is_full);
    assert_int_equal(mark_some(w, "care", STORE_MARK_STAFF, label, 0, 1).count,
                     LIMIT_SIGNALS_MARKS - 1);
    assert_false(mark_some(w, "care", STORE_MARK_STAFF, "one-more", 1, 1).is_full);
    struct person_id amy = enrol(w, "homes", 1);
    assert_int_equal(matches(w, "care", &amy), LIMIT_SIGNALS_MATCHES);
    (void)mark_some(w, "homes", STORE_MARK_CANARY, "x", 1, 1); /* is not crowded out */
    assert_int_equal(matches(w, "care", &amy), LIMIT_SIGNALS_MATCHES + 1);
}

/* ---- Hits ---- */

static struct store_signal signal_of(uint8_t user, uint32_t rule, uint64_t at, uint8_t review) {
    return (struct store_signal){.opener = {{user}},
                                 .rule = rule,
                                 .log_index = at,
                                 .at_ms = (int64_t)at * 1000,
                                 .review = {{review}}};
}

static void add(struct world *w, struct store_signal signal) {
    assert_false(lg_failed(store_signals_add(w->store.store, &signal, 1)));
}

static void the_newest_hit_of_a_rule_and_user_is_found(void **state) {
    struct world *w = *state;
    struct store_signal last;
    bool found = true;
    const struct store_tag user = {{1}};
    assert_false(lg_failed(store_signal_last(w->store.reader, &user, 2, &found, &last)));
    assert_false(found);
    add(w, signal_of(1, 2, 10, 1));
    add(w, signal_of(1, 2, 30, 2));
    add(w, signal_of(1, 2, 20, 1));
    add(w, signal_of(1, 3, 40, 3));
    add(w, signal_of(2, 2, 50, 4));
    assert_false(lg_failed(store_signal_last(w->store.reader, &user, 2, &found, &last)));
    assert_true(found);
    assert_int_equal(last.log_index, 30);
    assert_int_equal(last.at_ms, 30000);
    assert_int_equal(last.review.bytes[0], 2);
}

static void a_cases_hits_are_counted_and_those_before_it(void **state) {
    struct world *w = *state;
    struct store_signals_of of;
    const struct review_id second = {{2}};
    for (uint64_t i = 0; i < 5; i++) {
        add(w, signal_of(1, 2, 10 + i, 1));
        add(w, signal_of(1, 3, 10 + i, 9)); /* another rule, another user */
        add(w, signal_of(2, 2, 10 + i, 8));
    }
    for (uint64_t i = 0; i < LIMIT_SIGNALS_HITS + 5; i++) {
        add(w, signal_of(1, 2, 100 + i, 2));
        add(w, signal_of(1, 2, 100 + i, 2)); /* again: nothing more */
    }
    assert_false(lg_failed(store_signals_of_case(w->store.reader, &second, &of)));
    assert_int_equal(of.count, LIMIT_SIGNALS_HITS);
    assert_int_equal(of.earlier, 5);
    assert_int_equal(of.shown_count, LIMIT_SIGNALS_HITS_SHOWN);
    assert_int_equal(of.shown[0].log_index, 100 + LIMIT_SIGNALS_HITS - 1);
    const struct review_id none = {{77}};
    assert_false(lg_failed(store_signals_of_case(w->store.reader, &none, &of)));
    assert_int_equal(of.count + of.earlier + of.shown_count, 0);
}

/* ---- Counts ---- */

static struct span read_back(struct world *w, const char *agency) {
    struct span body;
    assert_false(
        lg_failed(store_signals_read(w->store.reader, span_text(agency), w->arena, &body)));
    return body;
}

static void counts_are_replaced_and_old_hits_forgotten(void **state) {
    struct world *w = *state;
    static uint8_t large[STORE_SIGNALS_BODY_MAX];
    struct store_signals_of of;
    bool found = true;
    uint64_t through = 9;
    const struct review_id first = {{1}};
    for (size_t i = 0; i < sizeof large; i++) {
        large[i] = (uint8_t)(i * 31 >> 3);
    }
    assert_false(lg_failed(store_signals_through(w->store.reader, &found, &through)));
    assert_false(found);
    assert_int_equal(read_back(w, "care").len, 0);
    add(w, signal_of(1, 2, 10, 1));
    add(w, signal_of(1, 2, 20, 1));
    const struct store_signal_counts both[] = {
        {span_text("care"), span_of(large, sizeof large)},
        {span_text("homes"), span_text("few")},
    };
    struct store_signals_written written = {
        .counts = both, .count = 2, .through = 42, .forget_ms = 20000};
    assert_false(lg_failed(store_signals_write(w->store.store, &written)));
    assert_true(span_equal(read_back(w, "care"), both[0].body));
    assert_true(span_equal_text(read_back(w, "homes"), "few"));
    assert_false(lg_failed(store_signals_through(w->store.reader, &found, &through)));
    assert_true(found);
    assert_int_equal(through, 42);
    assert_false(lg_failed(store_signals_of_case(w->store.reader, &first, &of)));
    assert_int_equal(of.count, 1);
    const struct store_signal_counts less = {span_text("care"), span_text("less")};
    written = (struct store_signals_written){.counts = &less, .count = 1, .through = 43};
    assert_false(lg_failed(store_signals_write(w->store.store, &written)));
    assert_true(span_equal_text(read_back(w, "care"), "less"));
    assert_true(span_equal_text(read_back(w, "homes"), "few"));
}

static void what_is_too_long_is_refused(void **state) {
    struct world *w = *state;
    static const uint8_t large[STORE_SIGNALS_BODY_MAX + 1];
    const struct store_signal_counts counts = {span_text("care"), span_of(large, sizeof large)};
    const struct store_signals_written written = {.counts = &counts, .count = 1, .through = 42};
    struct lg_err err = store_signals_write(w->store.store, &written);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    static const struct store_tag tags[STORE_TOKENS_MAX + 1];
    struct store_marked marked;
    const struct store_mark mark = {.agency = span_text("care"),
                                    .kind = STORE_MARK_STAFF,
                                    .label = span_text("u"),
                                    .tags = tags,
                                    .tag_count = STORE_TOKENS_MAX + 1};
    err = store_mark_put(w->store.store, &mark, &marked);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    assert_true(marked.is_full);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(staff_count_for_their_own_agency),
        T(canaries_count_for_everybody_and_only_of_own_records),
        T(a_label_has_what_it_got_last),
        T(who_is_nobody_matches_nobody),
        T(marks_go_with_their_agency),
        T(marks_have_a_ceiling),
        T(the_newest_hit_of_a_rule_and_user_is_found),
        T(a_cases_hits_are_counted_and_those_before_it),
        T(counts_are_replaced_and_old_hits_forgotten),
        T(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
