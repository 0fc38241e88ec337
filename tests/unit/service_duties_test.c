/* SPDX-License-Identifier: Apache-2.0 */
/* Duties whose day has passed: to whom they go, once a day and in one batch; what cannot be read
 * keeps no other back. Here of people who are to be told after an emergency. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/duty/duty.h"
#include "tests/support/line_glass.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { DAY_MS = 24 * 3600 * 1000 };

static struct lg_err lapse_try(struct line_world *w, struct service_duty_sweep *sweep,
                               size_t *out_count) {
    /* The line has no index: of rows nothing is found. */
    return service_duties_lapse(&w->gateway, w->worker.reader, sweep, out_count);
}

static size_t lapse(struct line_world *w, struct service_duty_sweep *sweep) {
    size_t count = 99;
    assert_false(lg_failed(lapse_try(w, sweep, &count)));
    return count;
}

static void emergency_put(struct line_world *w, uint8_t number) {
    const struct review_opening opening = {
        .id = {{number}},
        .kind = REVIEW_EMERGENCY,
        .reviewer = span_text("homes"),
        .opener = {span_text("homes"), span_text("u-1"), span_text("line")},
        .opened_ms = w->wall_ms,
        .due_ms = w->wall_ms + DAY_MS};
    struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                        .requesting_agency = opening.reviewer,
                                        .decision = AUDIT_DECISION_PERMIT};
    vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
    assert_false(lg_failed(review_opening_encode(&opening, w->arena, &fields.sealed)));
    line_log_put(w, &fields);
}

static struct duty_act escalated(struct line_world *w, uint8_t number) {
    const struct store_tag id = {.bytes = {number}};
    struct store_duty_state state;
    struct duty_act act = {.at_ms = -1};
    assert_false(lg_failed(store_duty_state_read(w->worker.reader, &id, w->arena, &state)));
    if (state.escalated.len > 0) {
        assert_false(lg_failed(duty_act_decode(state.escalated, &act)));
    }
    return act;
}

static void days_pass(struct line_world *w, int64_t days) {
    w->wall_ms += days * DAY_MS;
}

/* Care is the lead of the line's agreement. */
static void a_person_not_told_in_time_is_the_leads_to_know(void **state) {
    struct line_world *w = *state;
    struct service_duty_sweep sweep = {.day = 0};
    struct line_log log;
    emergency_put(w, 1);
    days_pass(w, LIMIT_DUTY_TELL_DAYS);
    assert_int_equal(lapse(w, &sweep), 0);
    days_pass(w, 1);
    uint64_t from = audit_size(w->gateway.log);
    assert_int_equal(lapse(w, &sweep), 1);
    assert_int_equal(lapse(w, &sweep), 0);
    line_log_read(w, from, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.entries[0].kind, AUDIT_DUTY);
    assert_true(span_equal_text(log.entries[0].reason, "DUTY_OVERDUE"));
    struct duty_act act = escalated(w, 1);
    assert_true(span_equal_text(act.next, "care"));
    assert_true(span_equal_text(act.duty.agency, "homes"));
    assert_int_equal(act.at_ms, w->wall_ms);
    days_pass(w, 1);
    assert_int_equal(lapse(w, &sweep), 0); /* once for good */
}

/* More than one turn takes all come, and a turn is one batch. */
static void many_are_escalated_turn_by_turn(void **state) {
    struct line_world *w = *state;
    struct service_duty_sweep sweep = {.day = 0};
    for (uint8_t i = 1; i <= LIMIT_DUTY_TURN + 4; i++) {
        emergency_put(w, i);
    }
    days_pass(w, LIMIT_DUTY_TELL_DAYS + 1);
    assert_int_equal(lapse(w, &sweep), LIMIT_DUTY_TURN);
    assert_int_equal(lapse(w, &sweep), 4);
    assert_int_equal(lapse(w, &sweep), 0);
}

/* In the file, below the store: what was sealed is no longer what is read. */
static void first_damage(struct line_world *w, unsigned count) {
    char path[STORE_SUPPORT_PATH + 32];
    char sql[256];
    sqlite3 *db = NULL;
    (void)snprintf(sql, sizeof sql,
                   "UPDATE review SET body = zeroblob(length(body)) WHERE review_id IN"
                   " (SELECT review_id FROM review ORDER BY opened_ms, review_id LIMIT %u)",
                   count);
    (void)snprintf(path, sizeof path, "%s/lockgate.db", w->store.folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), (int)count);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void what_cannot_be_read_stops_no_other(void **state) {
    struct line_world *w = *state;
    struct service_duty_sweep sweep = {.day = 0};
    size_t count = 99;
    for (uint8_t i = 1; i <= 3; i++) {
        emergency_put(w, i);
    }
    days_pass(w, LIMIT_DUTY_TELL_DAYS + 1);
    first_damage(w, 2);
    assert_int_equal(lg_err_class(lapse_try(w, &sweep, &count)), LG_CLASS_STORE);
    assert_int_equal(count, 1);
    assert_true(escalated(w, 3).kind == STORE_DUTY_ESCALATED);
    assert_int_equal(lapse(w, &sweep), 0); /* not again today */
    days_pass(w, 1);
    assert_int_equal(lg_err_class(lapse_try(w, &sweep, &count)), LG_CLASS_STORE);
    assert_int_equal(count, 0);
}

/* Wherever memory ends, nothing is escalated twice and the next call goes on. */
static void memory_may_end_anywhere(void **state) {
    struct line_world *w = *state;
    struct service_duty_sweep sweep = {.day = 0};
    bool done = false;
    emergency_put(w, 1);
    days_pass(w, LIMIT_DUTY_TELL_DAYS + 1);
    for (uint64_t n = 1; !done; n++) {
        size_t count = 99;
        assert_true(n < 1000);
        support_alloc_fail_at(n);
        struct lg_err err = lapse_try(w, &sweep, &count);
        support_alloc_fail_at(0);
        done = !lg_failed(err);
    }
    days_pass(w, 1);
    assert_true(lapse(w, &sweep) == 0 || escalated(w, 1).kind == STORE_DUTY_ESCALATED);
    assert_int_equal(lapse(w, &sweep), 0);
    assert_true(escalated(w, 1).kind == STORE_DUTY_ESCALATED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_glass_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_person_not_told_in_time_is_the_leads_to_know),
        T(many_are_escalated_turn_by_turn),
        T(what_cannot_be_read_stops_no_other),
        T(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
