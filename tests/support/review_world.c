/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/review_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct review_id review_first = {{1}};

static struct span two_sources[2];

struct review_opening review_emergency(struct review_id id) {
    two_sources[0] = span_text("homes");
    two_sources[1] = span_text("school");
    return (struct review_opening){
        .id = id,
        .kind = REVIEW_EMERGENCY,
        .reviewer = span_text("police"),
        .opener = {span_text("police"), span_text("user-1"), span_text("otr")},
        .system = span_text("cases"),
        .role = span_text("sergeant"),
        .opened_ms = 1000,
        .due_ms = 1000 + 3 * REVIEW_DAY_MS,
        .has_person = true,
        .person = {{7}},
        .cause = span_text("risk-to-life"),
        .rationale = span_text("Found unconscious in the street; no answer at the home."),
        .capacity = CAPACITY_CANNOT,
        .capacity_basis = span_text("seen"),
        .second_user = span_text("user-2"),
        .tell_office = span_text("data-protection-lead"),
        .tell_due_ms = 1000 + 3600000,
        .sources = {two_sources, 2},
    };
}

void review_commit(struct review_world *w, struct span body) {
    const struct review_logged logged = {.log_index = w->size, .body = body};
    struct review_rows rows;
    w->size++;
    assert_false(lg_failed(review_rows_make(w->s.store, &logged, 1, w->s.arena, &rows)));
    const struct store_changes changes = {
        .opens = rows.opens,
        .open_count = rows.open_count,
        .acts = rows.acts,
        .act_count = rows.act_count,
        .through = w->size,
    };
    assert_false(lg_failed(store_changes_apply(w->s.store, &changes)));
}

void review_open(struct review_world *w, const struct review_opening *opening) {
    struct span body;
    assert_false(lg_failed(review_opening_encode(opening, w->s.arena, &body)));
    review_commit(w, body);
}

struct review_case review_case_of(struct review_world *w, struct review_id id) {
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(store_review_find(w->s.reader, &id, w->s.arena, &found, &row)));
    assert_true(found);
    assert_false(lg_failed(review_case_read(w->s.reader, &row, w->s.arena, &it)));
    return it;
}

struct review_act review_act_of(enum review_act_kind kind, const char *user) {
    return (struct review_act){
        .id = review_first,
        .kind = kind,
        .at_ms = 5000,
        .agency = span_text("police"),
        .user_id = span_text(user),
        .role = span_text("reviewer"),
    };
}

void review_do(struct review_world *w, const struct review_act *act) {
    struct span body;
    assert_false(lg_failed(review_act_encode(act, w->s.arena, &body)));
    review_commit(w, body);
}

enum review_fault review_check(struct review_world *w, const struct review_act *act) {
    struct review_case it = review_case_of(w, act->id);
    return review_act_check(&it, act);
}

struct review_act review_closing_of(const char *user) {
    struct review_act close = review_act_of(REVIEW_CLOSE, user);
    close.outcome = span_text("justified");
    close.reasons = span_text("It was.");
    close.telling = span_text("tell");
    return close;
}

size_t review_listed(struct review_world *w, const char *agency, bool open,
                     struct store_review_side **out_sides) {
    const struct store_review_list which = {
        .agency = span_text(agency), .before_index = UINT64_MAX, .is_unclosed = open};
    size_t count = 99;
    assert_false(lg_failed(store_reviews_list(w->s.reader, &which, w->s.arena, out_sides, &count)));
    return count;
}
