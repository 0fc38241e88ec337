/* SPDX-License-Identifier: Apache-2.0 */
/* Reviews whose day has passed: to whom they go, what the log says of it, once; and limits, budgets
 * and declarations count for one person however their name is written. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/review/review.h"
#include "tests/support/line_glass.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { AT_HOMES = 1U << LINE_HOMES, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

static size_t lapse(struct line_world *w) {
    size_t count = 99;
    assert_false(lg_failed(service_reviews_lapse(&w->gateway, w->worker.reader, &count)));
    return count;
}

static struct review_case case_of(struct line_world *w, const struct review_id *id) {
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(store_review_find(w->worker.reader, id, w->arena, &found, &row)));
    assert_true(found);
    assert_false(lg_failed(review_case_read(w->worker.reader, &row, w->arena, &it)));
    return it;
}

/* Care is the lead of its own agreement: beyond it there is the host. */
static void a_late_case_of_the_lead_goes_to_the_host(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    struct line_log log;
    enum system_kind before = w->parties[1].systems[0].kind;
    w->parties[1].systems[0].kind = SYSTEM_GATEWAY;
    assert_string_equal(line_glass_declare(w, &amy, &id), "");
    assert_int_equal(lapse(w), 0);
    w->wall_ms += 9 * (int64_t)DAY_MS;
    uint64_t from = audit_size(w->gateway.log);
    assert_int_equal(lapse(w), 1);
    assert_int_equal(lapse(w), 0);
    line_log_read(w, from, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
    assert_true(span_equal_text(log.entries[0].reason, "REVIEW_OVERDUE"));
    struct review_case it = case_of(w, &id);
    assert_int_equal(it.state, STORE_REVIEW_ESCALATED);
    assert_true(span_equal_text(it.lapsed_to, w->parties[1].id));
    assert_int_equal(it.lapsed_ms, w->wall_ms);
    w->parties[1].systems[0].kind = before;
}

static void case_put(struct line_world *w, const struct review_opening *opening) {
    struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                        .requesting_agency = opening->reviewer,
                                        .decision = AUDIT_DECISION_PERMIT};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    assert_false(lg_failed(review_opening_encode(opening, w->arena, &fields.sealed)));
    line_log_put(w, &fields);
}

/* A consent that somebody of `asker` recorded for their own question; homes review it. */
static struct review_id late_consent(struct line_world *w, const char *asker, uint8_t number) {
    struct review_opening opening = {
        .id = {{number}},
        .kind = REVIEW_CONSENT_BY_ASKER,
        .reviewer = span_text("homes"),
        .opener = {span_text(asker), span_text("u-1"), span_text("line")},
        .opened_ms = w->wall_ms,
        .due_ms = w->wall_ms + DAY_MS};
    case_put(w, &opening);
    w->wall_ms += 2 * (int64_t)DAY_MS;
    return opening.id;
}

static void a_late_case_of_another_goes_to_the_lead(void **state) {
    struct line_world *w = *state;
    struct review_id id = late_consent(w, "school", 5);
    assert_int_equal(lapse(w), 1);
    assert_true(span_equal_text(case_of(w, &id).lapsed_to, "care"));
}

/* What the lead's own people did is not for the lead to review. */
static void a_late_case_does_not_go_to_whose_doing_it_is(void **state) {
    struct line_world *w = *state;
    struct config_system *system = &w->parties[1 + LINE_TRUST].systems[0];
    enum system_kind before = system->kind;
    system->kind = SYSTEM_GATEWAY;
    struct review_id id = late_consent(w, "care", 5);
    struct review_id other = late_consent(w, "trust", 6);
    assert_int_equal(lapse(w), 2);
    assert_true(span_equal_text(case_of(w, &id).lapsed_to, "trust"));
    assert_true(span_equal_text(case_of(w, &other).lapsed_to, "care"));
    system->kind = before;
    id = late_consent(w, "care", 7); /* the host is gone: it stays where it is */
    assert_int_equal(lapse(w), 1);
    assert_true(span_equal_text(case_of(w, &id).lapsed_to, "homes"));
}

/* What a rule of misuse says of somebody is for their own agency's officers: late, it stays there.
 */
static void a_late_anomaly_stays_with_its_agency(void **state) {
    struct line_world *w = *state;
    const struct review_opening opening = {
        .id = {{9}},
        .kind = REVIEW_ANOMALY,
        .reviewer = span_text("homes"),
        .opener = {span_text("homes"), span_text("u-1"), span_of(NULL, 0)},
        .opened_ms = w->wall_ms,
        .due_ms = w->wall_ms + 1};
    case_put(w, &opening);
    w->wall_ms += 1000;
    assert_int_equal(lapse(w), 1);
    assert_int_equal(lapse(w), 0);
    struct review_case it = case_of(w, &opening.id);
    assert_true(span_equal_text(it.lapsed_to, "homes"));
    assert_int_equal(it.state, STORE_REVIEW_ESCALATED);
    struct span leaf;
    struct audit_entry entry;
    assert_false(lg_failed(
        audit_entry_get(w->gateway.log, audit_size(w->gateway.log) - 1, w->arena, &leaf)));
    assert_false(lg_failed(audit_entry_decode(leaf, &entry)));
    assert_int_equal(entry.kind, AUDIT_REVIEW);
    assert_int_equal(entry.requesting_agency.len, 0); /* nor is it shown to its user in the log */
}

/* More than one call takes are all handed on. */
static void many_late_cases_take_more_than_one_call(void **state) {
    struct line_world *w = *state;
    for (uint8_t i = 1; i <= 20; i++) {
        struct review_opening opening = {.id = {{i}},
                                         .kind = REVIEW_ANOMALY,
                                         .reviewer = span_text("homes"),
                                         .opened_ms = w->wall_ms,
                                         .due_ms = w->wall_ms + i};
        case_put(w, &opening);
    }
    w->wall_ms += 1000;
    assert_int_equal(lapse(w), 16);
    assert_int_equal(lapse(w), 4);
    assert_int_equal(lapse(w), 0);
}

/* In the file, below the store: of the longest due, what was sealed is no longer what is read. */
static void oldest_damage(struct line_world *w, unsigned count) {
    char path[STORE_SUPPORT_PATH + 32];
    char sql[256];
    sqlite3 *db = NULL;
    (void)snprintf(sql, sizeof sql,
                   "UPDATE review SET body = zeroblob(length(body)) WHERE review_id IN"
                   " (SELECT review_id FROM review ORDER BY due_ms LIMIT %u)",
                   count);
    (void)snprintf(path, sizeof path, "%s/lockgate.db", w->store.folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), (int)count);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_case_that_cannot_be_read_stops_no_other(void **state) {
    struct line_world *w = *state;
    size_t count = 99;
    for (uint8_t i = 1; i <= 3; i++) {
        const struct review_opening opening = {.id = {{i}},
                                               .kind = REVIEW_ANOMALY,
                                               .reviewer = span_text("homes"),
                                               .opened_ms = w->wall_ms,
                                               .due_ms = w->wall_ms + i};
        case_put(w, &opening);
    }
    oldest_damage(w, 1);
    w->wall_ms += 1000;
    struct lg_err err = service_reviews_lapse(&w->gateway, w->worker.reader, &count);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_int_equal(count, 2);
    assert_true(case_of(w, &(struct review_id){{3}}).lapsed_ms != 0);
    err = service_reviews_lapse(&w->gateway, w->worker.reader, &count);
    assert_true(lg_failed(err));
    assert_int_equal(count, 0);
}

/* As many as one call looks at, and more, stand before one that can be read. */
static void many_cases_that_cannot_be_read_stop_no_other(void **state) {
    enum { DAMAGED = 40, CASES = 60 };
    struct line_world *w = *state;
    size_t count = 99;
    for (uint8_t i = 1; i <= CASES; i++) {
        /* Some are due at one moment. */
        const struct review_opening opening = {.id = {{i}},
                                               .kind = REVIEW_ANOMALY,
                                               .reviewer = span_text("homes"),
                                               .opened_ms = w->wall_ms,
                                               .due_ms = w->wall_ms + (i > DAMAGED ? 41 : i / 10)};
        case_put(w, &opening);
    }
    oldest_damage(w, DAMAGED);
    w->wall_ms += 1000;
    const size_t handed_on[] = {16, 4, 0};
    for (size_t i = 0; i < sizeof handed_on / sizeof *handed_on; i++) {
        struct lg_err err = service_reviews_lapse(&w->gateway, w->worker.reader, &count);
        assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
        assert_int_equal(count, handed_on[i]);
    }
    assert_true(case_of(w, &(struct review_id){{CASES}}).lapsed_ms != 0);
}

/* Three a day, counted whatever the case of the letters. */
static void one_person_has_one_allowance(void **state) {
    struct line_world *w = *state;
    static const char *const spellings[] = {"User-7", "user-7", "USER-7"};
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct span before = w->caller.user_id;
    for (size_t i = 0; i < 3; i++) {
        w->caller.user_id = span_text(spellings[i]);
        assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    }
    w->caller.user_id = span_text("uSER-7");
    assert_string_equal(line_glass_declare(w, &amy, NULL), "EMERGENCY_LIMIT");
    w->caller.user_id = span_text("user-8");
    assert_string_equal(line_glass_declare(w, &amy, NULL), "");
    w->caller.user_id = before;
}

static void memory_may_end_anywhere(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    bool done = false;
    assert_string_equal(line_glass_declare(w, &amy, &id), "");
    w->wall_ms += 9 * (int64_t)DAY_MS;
    for (uint64_t n = 1; !done; n++) {
        size_t count = 99;
        assert_true(n < 1000);
        support_alloc_fail_at(n);
        struct lg_err err = service_reviews_lapse(&w->gateway, w->worker.reader, &count);
        support_alloc_fail_at(0);
        done = !lg_failed(err);
        assert_true(!done || count == 1 || case_of(w, &id).lapsed_ms != 0);
    }
    assert_int_equal(lapse(w), 0);
    assert_true(case_of(w, &id).lapsed_ms != 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_glass_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_late_case_of_the_lead_goes_to_the_host),
        T(a_late_case_of_another_goes_to_the_lead),
        T(a_late_case_does_not_go_to_whose_doing_it_is),
        T(a_case_that_cannot_be_read_stops_no_other),
        T(many_cases_that_cannot_be_read_stop_no_other),
        T(a_late_anomaly_stays_with_its_agency),
        T(many_late_cases_take_more_than_one_call),
        T(one_person_has_one_allowance),
        T(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
