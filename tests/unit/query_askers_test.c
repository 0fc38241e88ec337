/* SPDX-License-Identifier: Apache-2.0 */
/* Whose existence a caller may learn, kept for a minute: what is kept says the same as what is
 * worked out anew, for nobody else and no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/query/askers.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { MINUTE_S = 60, YEAR_S = 366 * 86400 };

static struct policy_request request_of(const struct line_world *w) {
    return (struct policy_request){
        .at_s = w->wall_ms / 1000 / MINUTE_S * MINUTE_S,
        .recipient = span_text("care"),
        .role = span_text("worker"),
        .purpose = span_text("safeguarding"),
        .basis = span_text("act"),
        .age_class = AGE_ADULT,
    };
}

static struct locate_asker asker_get(struct line_world *w, const struct policy_request *request) {
    struct locate_asker asker = {0};
    assert_false(lg_failed(query_askers_get(
        w->worker.askers, agreement_view_set(&w->worker.agreements), request, w->arena, &asker)));
    return asker;
}

/* By a table that has seen nothing. */
static struct locate_asker asker_fresh(struct line_world *w, const struct policy_request *request) {
    struct query_askers *askers = NULL;
    struct locate_asker asker = {0};
    assert_false(lg_failed(query_askers_new(&w->gateway, &askers)));
    assert_false(lg_failed(query_askers_get(askers, agreement_view_set(&w->worker.agreements),
                                            request, w->arena, &asker)));
    query_askers_free(&askers);
    assert_null(askers);
    return asker;
}

static void assert_same(const struct locate_asker *a, const struct locate_asker *b) {
    assert_int_equal(a->source_count, b->source_count);
    assert_int_equal(a->scope_count, b->scope_count);
    for (size_t i = 0; i < a->source_count; i++) {
        const struct span_list *under = &a->sources[i].enrolled_under;
        assert_true(span_equal(a->sources[i].agency, b->sources[i].agency));
        assert_int_equal(a->sources[i].is_visible, b->sources[i].is_visible);
        assert_int_equal(under->count, b->sources[i].enrolled_under.count);
        for (size_t j = 0; j < under->count; j++) {
            assert_true(span_equal(under->items[j], b->sources[i].enrolled_under.items[j]));
        }
    }
    for (size_t i = 0; i < a->scope_count; i++) {
        assert_memory_equal(a->scope[i].enrolment.bytes, b->scope[i].enrolment.bytes, 16);
        assert_int_equal(a->scope[i].is_visible, b->scope[i].is_visible);
    }
}

static size_t visible_count(const struct locate_asker *asker) {
    size_t count = 0;
    for (size_t i = 0; i < asker->source_count; i++) {
        count += asker->sources[i].is_visible ? 1 : 0;
    }
    return count;
}

static void what_is_kept_is_what_would_be_worked_out(void **state) {
    struct line_world *w = *state;
    struct policy_request worker = request_of(w);
    struct locate_asker first = asker_get(w, &worker);
    struct locate_asker again = asker_get(w, &worker);
    struct locate_asker fresh = asker_fresh(w, &worker);
    assert_same(&first, &again);
    assert_same(&first, &fresh);
    /* Care itself, homes and school; the trust hides. All four enrol. */
    assert_int_equal(visible_count(&first), 3);
    assert_int_equal(first.scope_count, 4);
}

/* A visitor has no clause, another agency no role of that name: they learn of their own alone, also
 * right after somebody who learns more. */
static void nobody_gets_what_was_kept_for_another(void **state) {
    struct line_world *w = *state;
    struct policy_request worker = request_of(w);
    struct policy_request others[] = {worker, worker, worker, worker, worker};
    others[0].role = span_text("visitor");
    others[1].recipient = span_text("homes");
    others[2].purpose = span_text("gossip");
    others[3].basis = span_text("index");
    others[4].agreement = span_text("another");
    (void)asker_get(w, &worker);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct locate_asker other = asker_get(w, &others[i]);
        struct locate_asker fresh = asker_fresh(w, &others[i]);
        assert_same(&other, &fresh);
        assert_int_equal(visible_count(&other), 1);
    }
}

/* What sources and fields a question names changes nothing. */
static void the_question_itself_does_not_matter(void **state) {
    struct line_world *w = *state;
    struct policy_request worker = request_of(w);
    struct locate_asker over_all = asker_fresh(w, &worker);
    struct span trust = span_text("trust");
    struct span plan = span_text("mental-health.plan");
    worker.sources = (struct span_list){.items = &trust, .count = 1};
    worker.fields = (struct span_list){.items = &plan, .count = 1};
    struct locate_asker named = asker_get(w, &worker);
    assert_same(&over_all, &named);
}

static void nothing_is_kept_longer_than_its_minute(void **state) {
    struct line_world *w = *state;
    struct policy_request now = request_of(w);
    struct policy_request later = now;
    struct locate_asker before = asker_get(w, &now);
    assert_int_equal(visible_count(&before), 3);
    later.at_s += YEAR_S; /* the agreement is over by then */
    struct locate_asker after = asker_get(w, &later);
    assert_int_equal(visible_count(&after), 1);
    assert_int_equal(after.scope_count, 0);
    later.at_s = now.at_s + MINUTE_S - 1;
    struct locate_asker within = asker_get(w, &later);
    assert_same(&before, &within);
}

/* Many more kinds than there are places: lists given out before stay as they were. */
static void newcomers_take_places_not_lists(void **state) {
    struct line_world *w = *state;
    struct policy_request worker = request_of(w);
    struct locate_asker first = asker_get(w, &worker);
    struct locate_asker fresh = asker_fresh(w, &worker);
    for (int i = 0; i < 8 * LIMIT_QUERY_ASKERS; i++) {
        char role[16];
        struct policy_request other = worker;
        (void)snprintf(role, sizeof role, "role-%d", i);
        other.role = span_text(role);
        struct locate_asker one = asker_get(w, &other);
        assert_int_equal(visible_count(&one), 1);
    }
    assert_same(&first, &fresh);
    struct locate_asker again = asker_get(w, &worker);
    assert_same(&first, &again);
}

/* Words longer than a key: worked out each time. */
static void long_words_are_not_kept(void **state) {
    struct line_world *w = *state;
    char words[600];
    struct policy_request worker = request_of(w);
    memset(words, 'x', sizeof words);
    worker.no_consent_reason = span_of((const uint8_t *)words, sizeof words);
    struct locate_asker once = asker_get(w, &worker);
    struct locate_asker twice = asker_get(w, &worker);
    assert_same(&once, &twice);
    assert_int_equal(visible_count(&once), 3);
}

static void each_allocation_failing(void **state) {
    struct line_world *w = *state;
    struct policy_request worker = request_of(w);
    struct lg_err err = lg_err_make(LG_CLASS_LIMIT, LG_QUERY, 0);
    for (uint64_t n = 1; lg_failed(err); n++) {
        struct query_askers *askers = NULL;
        struct arena *arena = NULL;
        struct locate_asker asker = {0};
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        support_alloc_fail_at(n);
        err = query_askers_new(&w->gateway, &askers);
        if (!lg_failed(err)) {
            err = query_askers_get(askers, agreement_view_set(&w->worker.agreements), &worker,
                                   arena, &asker);
        }
        support_alloc_fail_at(0);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        if (askers != NULL && lg_failed(err)) { /* what failed is not kept half made */
            assert_false(lg_failed(query_askers_get(
                askers, agreement_view_set(&w->worker.agreements), &worker, w->arena, &asker)));
            assert_int_equal(visible_count(&asker), 3);
        }
        query_askers_free(&askers);
        arena_free(&arena);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_is_kept_is_what_would_be_worked_out),
        T(nobody_gets_what_was_kept_for_another),
        T(the_question_itself_does_not_matter),
        T(nothing_is_kept_longer_than_its_minute),
        T(newcomers_take_places_not_lists),
        T(long_words_are_not_kept),
        T(each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
