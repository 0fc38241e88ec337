/* SPDX-License-Identifier: Apache-2.0 */
/* When cases of misuse are opened: neither the moment nor how much the log grows tells which
 * question was a hit. */
#include "gateway/service/signals_int.h"
#include "tests/unit/signals_fixture.h"

static const int64_t EVERY_MS = 6 * 60 * 60000;

/* As in production, where the rest of this file has milliseconds. */
static struct scene scene_slow(void **state) {
    struct scene s = scene_of(*state);
    s.w->gateway.limits.signals_every_ms = (uint32_t)EVERY_MS;
    crash(&s);
    read_all(&s);
    return s;
}

/* How much the log grows until the next moment is past. */
static uint64_t growth_at_moment(struct scene *s) {
    uint64_t before = audit_size(s->w->gateway.log);
    int64_t moment_ms = s->signals->moment_ms;
    assert_true(moment_ms - s->w->wall_ms <= EVERY_MS / 6 * LIMIT_SIGNALS_EVERY_PARTS_MOST);
    s->w->wall_ms = moment_ms - 1;
    read_all(s);
    assert_int_equal(audit_size(s->w->gateway.log), before);
    s->w->wall_ms++;
    read_all(s);
    assert_true(s->signals->moment_ms - s->w->wall_ms >= EVERY_MS / 6);
    return audit_size(s->w->gateway.log) - before;
}

/* Neither when the log grows nor by how much tells that a question was a hit. */
static void a_case_waits_for_its_moment_and_is_covered(void **state) {
    struct scene s = scene_slow(state);
    const struct who eighteen = {"care", "u-18", "C-1"};
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    assert_int_equal(service_signals_done(s.signals).opened, 0);
    refused(&s, &seventeen, 2 * LIMIT_SIGNALS_REFUSALS);
    refused(&s, &eighteen, LIMIT_SIGNALS_REFUSALS);
    read_all(&s);
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    assert_int_equal(service_signals_done(s.signals).opened, 2);
    struct store_review_side *sides = NULL;
    struct review_case it;
    assert_int_equal(listed(&s, "care", &sides), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_false(
            lg_failed(review_case_read(s.w->worker.reader, &sides[i].review, s.w->arena, &it)));
        assert_int_equal(it.opening.opened_ms, s.w->wall_ms);
        assert_int_equal(it.opening.due_ms, s.w->wall_ms + LIMIT_SIGNALS_DUE_DAYS * DAY_MS);
    }
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    assert_int_equal(service_signals_done(s.signals).opened, 2);
    scene_done(&s);
}

/* Many are opened at one moment, in whole covers. */
static void many_cases_are_opened_at_one_moment(void **state) {
    struct scene s = scene_slow(state);
    struct config_party *care = &s.w->parties[CARE];
    struct store_review_side *sides = NULL;
    char text[] = "sun-sun 00:00-00:00"; /* never */
    care->working_hours_text = text;
    care->working_hours = (struct config_hours){6, 6, 0, 0};
    for (unsigned i = 0; i < LIMIT_SIGNALS_COVER + 1; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u-%u", i);
        const struct who who = {"care", user, "C-1"};
        put(&s, &who, AUDIT_SEARCH, NULL);
    }
    read_all(&s);
    assert_int_equal(growth_at_moment(&s), 2 * LIMIT_SIGNALS_COVER);
    assert_int_equal(listed(&s, "care", &sides), LIMIT_SIGNALS_COVER + 1);
    care->working_hours_text = NULL;
    scene_done(&s);
}

/* No start is a moment, whatever waits; the moment stays what it was, and one that passed meanwhile
 * is drawn anew. */
static void a_start_opens_nothing(void **state) {
    struct scene s = scene_slow(state);
    struct store_review_side *sides = NULL;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    read_all(&s);
    uint64_t size = audit_size(s.w->gateway.log);
    int64_t moment_ms = s.signals->moment_ms;
    crash(&s);
    read_all(&s);
    assert_int_equal(s.signals->moment_ms, moment_ms);
    assert_int_equal(audit_size(s.w->gateway.log), size);
    s.w->wall_ms = moment_ms + 1;
    crash(&s);
    read_all(&s);
    assert_true(s.signals->moment_ms - s.w->wall_ms >= EVERY_MS / 6);
    assert_int_equal(audit_size(s.w->gateway.log), size);
    assert_int_equal(listed(&s, "care", &sides), 0);
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    assert_int_equal(listed(&s, "care", &sides), 1);
    scene_done(&s);
}

/* Another hit joins what waits; the case has both. */
static void a_hit_joins_a_case_that_waits(void **state) {
    struct scene s = scene_slow(state);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    read_all(&s);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    crash(&s);
    read_all(&s);
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, 2);
    scene_done(&s);
}

/* The entries were durable, and what said so was not. */
static void a_crash_after_the_moment_opens_no_second(void **state) {
    struct scene s = scene_slow(state);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    read_all(&s);
    store_change(&s, "CREATE TABLE kept AS SELECT * FROM signal_wait");
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    store_change(&s, "INSERT INTO signal_wait SELECT * FROM kept");
    store_change(&s, "DROP TABLE kept");
    crash(&s);
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    assert_int_equal(service_signals_done(s.signals).opened, 0);
    (void)one(&s);
    crash(&s);
    assert_int_equal(s.signals->waiting_count, 0);
    scene_done(&s);
}

/* A store that fails after it is not made up for with one cover after the other. */
static void a_store_that_fails_brings_no_second_cover(void **state) {
    struct scene s = scene_slow(state);
    bool did = false;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    read_all(&s);
    uint64_t before = audit_size(s.w->gateway.log);
    s.w->wall_ms = s.signals->moment_ms;
    store_change(&s, "CREATE TRIGGER fails BEFORE DELETE ON signal_wait"
                     " BEGIN SELECT RAISE(ABORT, 'fails'); END");
    assert_true(lg_failed(index_fill(s.index, &did)));
    assert_int_equal(audit_size(s.w->gateway.log), before + LIMIT_SIGNALS_COVER);
    for (size_t i = 0; i < 4; i++) {
        lg_err_ignore(index_fill(s.index, &did), "what it comes to is in the log");
    }
    assert_int_equal(audit_size(s.w->gateway.log), before + LIMIT_SIGNALS_COVER);
    store_change(&s, "DROP TRIGGER fails");
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    (void)one(&s);
    scene_done(&s);
}

/* What the disk changed is lost, and told; all others are opened. */
static void one_case_that_cannot_be_read_stops_no_other(void **state) {
    struct scene s = scene_slow(state);
    const struct who eighteen = {"care", "u-18", "C-1"};
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    refused(&s, &eighteen, LIMIT_SIGNALS_REFUSALS);
    read_all(&s);
    store_change(&s, "UPDATE signal_wait SET body = zeroblob(length(body))"
                     " WHERE review_id = (SELECT max(review_id) FROM signal_wait)");
    assert_int_equal(growth_at_moment(&s), LIMIT_SIGNALS_COVER);
    (void)one(&s);
    assert_int_equal(service_signals_done(s.signals).opened, 1);
    scene_done(&s);
}

/* A clock that was put back does not put the moment off for as long. */
static void a_clock_put_back_draws_anew(void **state) {
    struct scene s = scene_slow(state);
    s.w->wall_ms -= 400 * DAY_MS;
    read_all(&s);
    assert_true(s.signals->moment_ms - s.w->wall_ms <=
                EVERY_MS / 6 * LIMIT_SIGNALS_EVERY_PARTS_MOST);
    scene_done(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_case_waits_for_its_moment_and_is_covered),
        T(many_cases_are_opened_at_one_moment),
        T(a_start_opens_nothing),
        T(a_hit_joins_a_case_that_waits),
        T(a_crash_after_the_moment_opens_no_second),
        T(a_store_that_fails_brings_no_second_cover),
        T(one_case_that_cannot_be_read_stops_no_other),
        T(a_clock_put_back_draws_anew),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
