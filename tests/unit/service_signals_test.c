/* SPDX-License-Identifier: Apache-2.0 */
/* From the log to review cases: whose officers see them, what joins what, what a restart and a
 * crash between two steps leave, and that a flood opens no more than a day's cases. */
#include "gateway/audit/hints.h"
#include "tests/unit/signals_fixture.h"

static void close_it(struct scene *s, const struct review_case *it) {
    const enum review_act_kind kinds[] = {REVIEW_TAKE, REVIEW_CLOSE};
    for (size_t i = 0; i < 2; i++) {
        const struct review_act act = {
            .id = it->opening.id,
            .kind = kinds[i],
            .at_ms = s->w->wall_ms,
            .agency = span_text("care"),
            .user_id = span_text("ig-1"),
            .outcome = span_text(i == 0 ? "" : "not-justified"),
            .reasons = span_text("Spoken to."),
        };
        struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                            .requesting_agency = span_text("care"),
                                            .decision = AUDIT_DECISION_PERMIT};
        vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
        assert_false(lg_failed(review_act_encode(&act, s->w->arena, &fields.sealed)));
        line_log_put(s->w, &fields);
    }
}

static void repeated_refusals_open_one_case_of_the_own_agency(void **state) {
    struct scene s = scene_of(*state);
    struct store_review_side *sides = NULL;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS - 1);
    assert_int_equal(run(&s), 0);
    refused(&s, &seventeen, 1);
    uint64_t fifth = audit_size(s.w->gateway.log) - 1;
    assert_int_equal(run(&s), 1);
    struct review_case it = one(&s);
    assert_int_equal(it.opening.kind, REVIEW_ANOMALY);
    assert_true(span_equal_text(it.opening.cause, "repeated-refusals"));
    assert_true(
        span_equal_text(it.opening.rationale, "The user was refused 5 times within an hour."));
    assert_true(span_equal_text(it.opening.opener.user_id, "u-17"));
    assert_true(span_equal_text(it.opening.role, "worker"));
    assert_int_equal(it.state, STORE_REVIEW_OPEN);
    assert_int_equal(it.opening.due_ms - it.opening.opened_ms, LIMIT_SIGNALS_DUE_DAYS * DAY_MS);
    struct store_signals_of of = hits_of(&s, &it);
    assert_int_equal(of.count, 1);
    assert_int_equal(of.earlier, 0);
    assert_int_equal(of.shown[0].log_index, fifth);
    assert_int_equal(listed(&s, "homes", &sides), 0);
    assert_int_equal(listed(&s, "trust", &sides), 0);
    assert_int_equal(run(&s), 0);
    scene_done(&s);
}

/* Nothing of whom it was about is in the case, whoever knows them. */
static void a_case_is_about_nobody(void **state) {
    struct scene s = scene_of(*state);
    struct person_id amy = line_person(s.w, 1, 1U << LINE_TRUST);
    struct audit_hint hint;
    for (size_t i = 0; i < LIMIT_SIGNALS_REFUSALS; i++) {
        put(&s, &seventeen, AUDIT_DENIAL, &amy);
    }
    uint64_t at = audit_size(s.w->gateway.log);
    assert_int_equal(run(&s), 1);
    struct review_case it = one(&s);
    assert_false(it.opening.has_person);
    assert_int_equal(it.opening.sources.count, 0);
    audit_hint_find(s.w->gateway.log, at, &hint);
    assert_true(hint.is_known);
    assert_false(hint.has_person);
    scene_done(&s);
}

static void the_same_rule_and_user_join_an_open_case(void **state) {
    struct scene s = scene_of(*state);
    const struct who capital = {"care", "U-17", "C-1"};
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    struct review_case first = one(&s);
    refused(&s, &capital, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 0);
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, 2);
    close_it(&s, &it);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    it = one(&s);
    assert_memory_not_equal(&it.opening.id, &first.opening.id, sizeof it.opening.id);
    assert_int_equal(hits_of(&s, &it).count, 1);
    assert_int_equal(hits_of(&s, &it).earlier, 2);
    scene_done(&s);
}

static void an_old_case_is_not_joined(void **state) {
    struct scene s = scene_of(*state);
    struct store_review_side *sides = NULL;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    s.w->wall_ms += LIMIT_SIGNALS_JOIN_DAYS * DAY_MS - 1;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 0);
    s.w->wall_ms += 2 * HOUR_MS;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    assert_int_equal(listed(&s, "care", &sides), 2);
    scene_done(&s);
}

static void users_and_agencies_are_apart(void **state) {
    struct scene s = scene_of(*state);
    const struct who other = {"care", "u-18", ""};
    const struct who stranger = {"homes", "u-17", ""};
    struct store_review_side *sides = NULL;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS - 1);
    refused(&s, &other, LIMIT_SIGNALS_REFUSALS - 1);
    refused(&s, &stranger, LIMIT_SIGNALS_REFUSALS - 1);
    assert_int_equal(run(&s), 0);
    refused(&s, &other, 1);
    refused(&s, &stranger, 1);
    assert_int_equal(run(&s), 2);
    assert_int_equal(listed(&s, "care", &sides), 1);
    assert_int_equal(listed(&s, "homes", &sides), 1);
    scene_done(&s);
}

/* An officer is not shown what is about themselves. */
static void the_list_keeps_a_case_from_whose_doing_it_is(void **state) {
    struct scene s = scene_of(*state);
    const struct review_opener self = {.agency = span_text("care"), .user_id = span_text("U-17")};
    struct store_review_list list = {
        .agency = span_text("care"), .before_index = UINT64_MAX, .kept_kind = REVIEW_ANOMALY};
    struct store_review_side *sides = NULL;
    size_t count = 9;
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    assert_false(lg_failed(review_opener_tag(s.w->gateway.store, &self, &list.kept_opener)));
    assert_false(
        lg_failed(store_reviews_list(s.w->worker.reader, &list, s.w->arena, &sides, &count)));
    assert_int_equal(count, 0);
    list.kept_kind = REVIEW_BUDGET;
    assert_false(
        lg_failed(store_reviews_list(s.w->worker.reader, &list, s.w->arena, &sides, &count)));
    assert_int_equal(count, 1);
    scene_done(&s);
}

/* ---- Settings of the agency ---- */

static void hours_and_case_references_are_the_agencys(void **state) {
    struct scene s = scene_of(*state);
    struct config_party *care = &s.w->parties[CARE];
    char *purposes[] = {"child-safeguarding"};
    char text[] = "mon-fri 08:00-18:00";
    const struct who bare = {"care", "u-17", ""};
    put(&s, &bare, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 0); /* nothing is set */
    care->working_hours_text = text;
    care->working_hours = (struct config_hours){0, 4, 8 * 60, 18 * 60};
    put(&s, &bare, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 0);
    s.w->wall_ms = NOON_MS + 6 * HOUR_MS; /* 18:00 */
    put(&s, &bare, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "out-of-hours"));
    struct review_case it = one(&s);
    close_it(&s, &it);
    care->case_purposes = purposes;
    care->case_purpose_count = 1;
    s.w->wall_ms = NOON_MS + DAY_MS;
    put(&s, &seventeen, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 0);
    put(&s, &bare, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 1);
    assert_true(span_equal_text(one(&s).opening.cause, "no-case-reference"));
    care->working_hours_text = NULL;
    care->case_purpose_count = 0;
    scene_done(&s);
}

/* In summer clocks in London are an hour ahead; on a bank holiday nobody works. */
static void hours_are_those_of_london(void **state) {
    struct scene s = scene_of(*state);
    struct config_party *care = &s.w->parties[CARE];
    char text[] = "mon-fri 08:00-18:00";
    care->working_hours_text = text;
    care->working_hours = (struct config_hours){0, 4, 8 * 60, 18 * 60};
    s.w->wall_ms = INT64_C(1815030000000); /* Thursday 2027-07-08, 07:00 UTC */
    put(&s, &seventeen, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 0);
    s.w->wall_ms += 10 * HOUR_MS;
    put(&s, &seventeen, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 1);
    const struct who other = {"care", "u-18", "C-1"};
    s.w->wall_ms = INT64_C(1819623600000); /* Monday 2027-08-30, 12:00 in London */
    put(&s, &other, AUDIT_ASK, NULL);
    assert_int_equal(run(&s), 1);
    care->working_hours_text = NULL;
    scene_done(&s);
}

/* ---- Searches ---- */

static void searches_without_a_view_come_by_time_alone(void **state) {
    struct scene s = scene_of(*state);
    for (size_t i = 0; i < LIMIT_SIGNALS_SEARCHES; i++) {
        put(&s, &seventeen, AUDIT_SEARCH, NULL);
        s.w->wall_ms += MINUTE_MS;
    }
    assert_int_equal(run(&s), 0);
    s.w->wall_ms += LIMIT_SIGNALS_VIEW_MS;
    assert_int_equal(run(&s), 1);
    struct review_case it = one(&s);
    assert_true(span_equal_text(it.opening.cause, "search-without-view"));
    assert_true(span_equal_text(it.opening.opener.user_id, "u-17"));
    scene_done(&s);
}

/* ---- A real question ---- */

static void what_the_line_writes_is_read(void **state) {
    struct scene s = scene_of(*state);
    struct config_party *care = &s.w->parties[CARE];
    const struct clock machine = clock_system();
    char text[] = "sun-sun 00:00-00:00";    /* never */
    s.w->wall_ms = clock_wall_ms(&machine); /* for the certificates */
    struct person_id amy = line_person(s.w, 1, 1U << LINE_HOMES);
    care->working_hours_text = text;
    care->working_hours = (struct config_hours){6, 6, 0, 0};
    struct line_ask ask = line_ask_of(s.w, QUERY_ASK, line_handle(s.w, &amy, true));
    line_ask_run(&ask, true);
    assert_int_equal(run(&s), 1);
    struct review_case it = one(&s);
    assert_true(span_equal_text(it.opening.cause, "out-of-hours"));
    assert_true(span_equal(it.opening.opener.user_id, s.w->caller.user_id));
    assert_true(span_equal(it.opening.purpose, ask.question.ground.purpose));
    assert_true(span_equal(it.opening.case_reference, ask.question.ground.case_reference));
    care->working_hours_text = NULL;
    scene_done(&s);
}

/* ---- Restarts ---- */

static void what_was_before_the_first_start_is_left(void **state) {
    struct scene s = scene_of(*state);
    service_signals_free(&s.signals);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    begin(&s);
    assert_int_equal(run(&s), 0);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    scene_done(&s);
}

static void counts_go_on_after_a_stop(void **state) {
    struct scene s = scene_of(*state);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS - 1);
    assert_int_equal(run(&s), 0);
    assert_false(lg_failed(service_signals_write(s.signals)));
    crash(&s);
    refused(&s, &seventeen, 1);
    assert_int_equal(run(&s), 1);
    scene_done(&s);
}

/* Counted again from the log it is the same case, and the same number of hits. */
static void after_a_crash_the_log_is_counted_again(void **state) {
    struct scene s = scene_of(*state);
    assert_int_equal(run(&s), 0); /* the first turn writes where it begins */
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS - 1);
    assert_int_equal(run(&s), 0);
    crash(&s);
    refused(&s, &seventeen, 1);
    assert_int_equal(run(&s), 1);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 0);
    for (size_t i = 0; i < 3; i++) {
        crash(&s);
        assert_int_equal(run(&s), 0);
    }
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, 2);
    scene_done(&s);
}

/* The case was durable, its row was not. */
static void a_crash_between_case_and_row_opens_no_second(void **state) {
    struct scene s = scene_of(*state);
    assert_int_equal(run(&s), 0);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    store_change(&s, "DELETE FROM signal_hit");
    crash(&s);
    assert_int_equal(run(&s), 0);
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, 1);
    scene_done(&s);
}

/* The rules that go by them begin anew, and all others go on. */
static void counts_that_cannot_be_read_stop_nothing(void **state) {
    struct scene s = scene_of(*state);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS - 1);
    assert_int_equal(run(&s), 0);
    assert_false(lg_failed(service_signals_write(s.signals)));
    store_change(&s, "UPDATE signal_count SET body = zeroblob(length(body))");
    crash(&s);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS - 1);
    assert_int_equal(run(&s), 0);
    refused(&s, &seventeen, 1);
    assert_int_equal(run(&s), 1);
    scene_done(&s);
}

/* Whoever it is about is found by trying keys where the log does not remember them. */
static void memory_may_end_anywhere(void **state) {
    struct scene s = scene_of(*state);
    assert_int_equal(run(&s), 0);
    refused(&s, &seventeen, LIMIT_SIGNALS_REFUSALS);
    bool done = false;
    size_t before = service_signals_done(s.signals).opened;
    for (uint64_t n = 1; !done; n++) {
        bool did = false;
        assert_true(n < 1000);
        support_alloc_fail_at(n);
        struct lg_err err = index_fill(s.index, &did);
        support_alloc_fail_at(0);
        done = !lg_failed(err) && !did;
    }
    done = false;
    s.w->wall_ms += MOMENT_MS;
    for (uint64_t n = 1; !done; n++) {
        bool did = false;
        assert_true(n < 1000);
        support_alloc_fail_at(n);
        struct lg_err err = index_fill(s.index, &did);
        support_alloc_fail_at(0);
        done = !lg_failed(err) && !did;
    }
    assert_int_equal(service_signals_done(s.signals).opened - before, 1);
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, 1);
    scene_done(&s);
}

/* ---- Floods ---- */

static void hits_of_one_case_have_a_ceiling(void **state) {
    struct scene s = scene_of(*state);
    struct config_party *care = &s.w->parties[CARE];
    char text[] = "sun-sun 00:00-24:00";
    care->working_hours_text = text;
    care->working_hours = (struct config_hours){6, 6, 0, 24 * 60};
    for (size_t i = 0; i < LIMIT_SIGNALS_HITS + 40; i++) {
        put(&s, &seventeen, AUDIT_SEARCH, NULL);
    }
    assert_int_equal(run(&s), 1);
    struct review_case it = one(&s);
    assert_int_equal(hits_of(&s, &it).count, LIMIT_SIGNALS_HITS);
    assert_int_equal(hits_of(&s, &it).shown_count, LIMIT_SIGNALS_HITS_SHOWN);
    care->working_hours_text = NULL;
    scene_done(&s);
}

/* An officer who did what is in the case has one less in their list: this one. */
static void is_kept_from(struct scene *s, const char *user, const struct review_case *it) {
    const struct review_opener self = {.agency = span_text("care"), .user_id = span_text(user)};
    struct store_review_list list = {
        .agency = span_text("care"), .before_index = UINT64_MAX, .kept_kind = REVIEW_ANOMALY};
    struct store_review_side *sides = NULL;
    size_t count = 0;
    bool has = false;
    assert_false(lg_failed(review_opener_tag(s->w->gateway.store, &self, &list.kept_opener)));
    assert_false(
        lg_failed(store_reviews_list(s->w->worker.reader, &list, s->w->arena, &sides, &count)));
    assert_int_equal(count, LIMIT_SIGNALS_CASES);
    for (size_t i = 0; i < count; i++) {
        assert_memory_not_equal(&sides[i].review.id, &it->opening.id, sizeof it->opening.id);
    }
    assert_false(
        lg_failed(store_signal_has(s->w->worker.reader, &it->opening.id, &list.kept_opener, &has)));
    assert_true(has);
}

/* A system that makes up people: a day's cases, and one that says that there were more. */
static void made_up_people_open_a_days_cases(void **state) {
    struct scene s = scene_of(*state);
    struct config_party *care = &s.w->parties[CARE];
    struct store_review_side *sides = NULL;
    char text[] = "sun-sun 00:00-24:00";
    care->working_hours_text = text;
    care->working_hours = (struct config_hours){6, 6, 0, 24 * 60};
    assert_int_equal(run(&s), 0); /* the first turn writes where it begins */
    for (unsigned i = 0; i < 4 * LIMIT_SIGNALS_CASES; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "made-up-%u", i);
        const struct who who = {"care", user, "C-1"};
        put(&s, &who, AUDIT_SEARCH, NULL);
    }
    assert_int_equal(run(&s), LIMIT_SIGNALS_CASES + 1);
    assert_int_equal(listed(&s, "care", &sides), LIMIT_SIGNALS_CASES + 1);
    assert_int_equal(service_signals_done(s.signals).left_out, 3 * LIMIT_SIGNALS_CASES);
    struct review_case it;
    size_t said = 0;
    for (size_t i = 0; i < LIMIT_SIGNALS_CASES + 1; i++) {
        assert_false(
            lg_failed(review_case_read(s.w->worker.reader, &sides[i].review, s.w->arena, &it)));
        if (span_equal_text(it.opening.cause, "more-than-shown")) {
            said++;
            assert_int_equal(hits_of(&s, &it).count, LIMIT_SIGNALS_HITS);
            is_kept_from(&s, "made-up-50", &it);
            is_kept_from(&s, "made-up-70", &it);
        }
    }
    assert_int_equal(said, 1);
    assert_int_equal(run(&s), 0);
    crash(&s); /* counted again, the day is as full as it was */
    const struct who late = {"care", "made-up-late", "C-1"};
    put(&s, &late, AUDIT_SEARCH, NULL);
    assert_int_equal(run(&s), 0);
    const struct who other = {"homes", "u-1", "C-1"}; /* another agency has its own day */
    refused(&s, &other, LIMIT_SIGNALS_REFUSALS);
    assert_int_equal(run(&s), 1);
    care->working_hours_text = NULL;
    scene_done(&s);
}

/* Entries that no version of this program wrote, and of agencies that are no party, are passed. */
static void strange_entries_are_passed(void **state) {
    struct scene s = scene_of(*state);
    const struct who stranger = {"nobody-here", "u-17", ""};
    const struct who unnamed = {"care", "", ""};
    const char *const bodies[] = {"", "\x01", "\x09\x00", "rubbish"};
    refused(&s, &stranger, LIMIT_SIGNALS_REFUSALS);
    refused(&s, &unnamed, LIMIT_SIGNALS_REFUSALS);
    for (size_t i = 0; i < 4 * LIMIT_SIGNALS_REFUSALS; i++) {
        struct audit_entry_fields fields = {.kind = AUDIT_DENIAL,
                                            .requesting_agency = span_text("care"),
                                            .decision = AUDIT_DECISION_REFUSE,
                                            .sealed = span_text(bodies[i % 4])};
        vault_random(fields.request_id.bytes, sizeof fields.request_id.bytes);
        line_log_put(s.w, &fields);
    }
    assert_int_equal(run(&s), 0);
    scene_done(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(repeated_refusals_open_one_case_of_the_own_agency),
        T(a_case_is_about_nobody),
        T(the_same_rule_and_user_join_an_open_case),
        T(an_old_case_is_not_joined),
        T(users_and_agencies_are_apart),
        T(the_list_keeps_a_case_from_whose_doing_it_is),
        T(hours_and_case_references_are_the_agencys),
        T(hours_are_those_of_london),
        T(searches_without_a_view_come_by_time_alone),
        T(what_the_line_writes_is_read),
        T(what_was_before_the_first_start_is_left),
        T(counts_go_on_after_a_stop),
        T(after_a_crash_the_log_is_counted_again),
        T(a_crash_between_case_and_row_opens_no_second),
        T(counts_that_cannot_be_read_stop_nothing),
        T(memory_may_end_anywhere),
        T(hits_of_one_case_have_a_ceiling),
        T(made_up_people_open_a_days_cases),
        T(strange_entries_are_passed),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
