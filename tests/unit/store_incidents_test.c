/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents as the log's entries are applied to the store: opened once, changed by version, told
 * and answered once, and what of them goes with a person. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/incidents.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const int64_t DAY_MS = 86400000;
static const struct store_tag ID = {.bytes = {1}};
static const struct store_tag MARK = {.bytes = {9}};
static const struct store_tag LATER = {.bytes = {8}};

static int set_up(void **state) {
    static struct store_support support;
    store_support_init(&support);
    *state = &support;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(*state);
    return 0;
}

static struct store_incident_change change_of(uint64_t index, enum store_incident_op op) {
    return (struct store_incident_change){.log_index = index,
                                          .op = op,
                                          .id = ID,
                                          .mark = MARK,
                                          .due_ms = op == STORE_INCIDENT_OPENS ? 1000 : 0,
                                          .agency = span_text("housing"),
                                          .body = span_text("a body")};
}

static struct store_incident_change step_of(uint64_t index, uint32_t version) {
    struct store_incident_change change = change_of(index, STORE_INCIDENT_STEPS);
    change.version = version;
    change.mark = LATER;
    return change;
}

static void apply(struct store_support *s, const struct store_incident_change *change) {
    const struct store_changes changes = {
        .incidents = change, .incident_count = 1, .through = change->log_index + 1};
    assert_false(lg_failed(store_changes_apply(s->store, &changes)));
}

static struct store_incident *found(struct store_support *s, const char *agency) {
    struct store_incident *row = NULL;
    assert_false(lg_failed(store_incident_find(s->reader, span_text(agency), &ID, s->arena, &row)));
    return row;
}

static void opened(struct store_support *s) {
    const struct store_incident_change open = change_of(1, STORE_INCIDENT_OPENS);
    apply(s, &open);
}

static void an_id_is_opened_once(void **state) {
    struct store_support *s = *state;
    struct store_incident_change again = change_of(2, STORE_INCIDENT_OPENS);
    assert_null(found(s, "housing"));
    opened(s);
    again.body = span_text("another");
    apply(s, &again);
    assert_non_null(found(s, "housing"));
    assert_null(found(s, "police"));
    assert_int_equal(found(s, "housing")->log_index, 1);
    assert_int_equal(found(s, "housing")->version, 1);
    assert_true(span_equal_text(found(s, "housing")->body, "a body"));
}

static void too_many_open_ones_are_not_opened(void **state) {
    struct store_support *s = *state;
    const struct store_incident_count none = {0, 0};
    struct store_incident_count counts = none;
    for (uint64_t i = 0; i <= LIMIT_INCIDENT_OPEN; i++) {
        struct store_incident_change change = change_of(i + 1, STORE_INCIDENT_OPENS);
        change.id.bytes[1] = (uint8_t)(i + 1);
        change.at_ms = (int64_t)i * DAY_MS;
        apply(s, &change);
    }
    assert_false(lg_failed(store_incident_count(s->reader, span_text("housing"), 0, &counts)));
    assert_int_equal(counts.open, LIMIT_INCIDENT_OPEN);
}

static void so_many_are_opened_in_a_day(void **state) {
    struct store_support *s = *state;
    struct store_incident_count counts;
    for (uint64_t i = 0; i < LIMIT_INCIDENT_DAY + 2; i++) {
        struct store_incident_change change = change_of(2 * i + 1, STORE_INCIDENT_OPENS);
        struct store_incident_change close = step_of(2 * i + 2, 1);
        change.id.bytes[1] = close.id.bytes[1] = (uint8_t)(i + 1);
        change.at_ms = DAY_MS;
        close.closes = true;
        apply(s, &change);
        apply(s, &close);
    }
    assert_false(lg_failed(store_incident_count(s->reader, span_text("housing"), DAY_MS, &counts)));
    assert_int_equal(counts.open, 0);
    assert_int_equal(counts.of_day, LIMIT_INCIDENT_DAY);
    assert_false(
        lg_failed(store_incident_count(s->reader, span_text("housing"), 2 * DAY_MS, &counts)));
    assert_int_equal(counts.of_day, 0);
    struct store_incident_change later = change_of(900, STORE_INCIDENT_OPENS);
    later.id.bytes[1] = 200;
    later.at_ms = 2 * DAY_MS;
    apply(s, &later);
    assert_false(
        lg_failed(store_incident_count(s->reader, span_text("housing"), 2 * DAY_MS, &counts)));
    assert_int_equal(counts.of_day, 1);
}

static size_t steps(struct store_support *s) {
    struct store_incident_steps found_steps;
    assert_false(lg_failed(store_incident_steps_read(s->reader, &ID, s->arena, &found_steps)));
    return found_steps.count;
}

static void of_two_steps_for_one_version_the_first_counts(void **state) {
    struct store_support *s = *state;
    struct store_incident_change changes[] = {step_of(2, 1), step_of(3, 1), step_of(4, 3),
                                              step_of(5, 2)};
    opened(s);
    changes[3].agency = span_text("police");
    for (size_t i = 0; i < 4; i++) {
        apply(s, &changes[i]);
    }
    assert_int_equal(found(s, "housing")->version, 2);
    assert_int_equal(steps(s), 1);
    struct store_incident_change close = step_of(6, 2);
    close.closes = true;
    apply(s, &close);
    assert_true(found(s, "housing")->is_closed);
    const struct store_incident_change late = step_of(7, 3);
    apply(s, &late);
    assert_int_equal(steps(s), 2);
}

static void steps_have_an_end_and_one_is_left_to_close(void **state) {
    struct store_support *s = *state;
    opened(s);
    /* Runs of notices leave some to decisions, and these one to the end. */
    for (uint32_t i = 0; i < LIMIT_INCIDENT_STEPS + 4; i++) {
        const struct store_incident_change step = step_of(2 + i, 1 + i);
        apply(s, &step);
    }
    assert_int_equal(steps(s), LIMIT_INCIDENT_STEPS - LIMIT_INCIDENT_STEPS_TO_DECIDE);
    for (uint32_t i = 0; i < LIMIT_INCIDENT_STEPS_TO_DECIDE + 4; i++) {
        uint32_t version = 1 + LIMIT_INCIDENT_STEPS - LIMIT_INCIDENT_STEPS_TO_DECIDE + i;
        struct store_incident_change decide = step_of(60 + i, version);
        decide.stops_clock = true;
        apply(s, &decide);
    }
    assert_int_equal(steps(s), LIMIT_INCIDENT_STEPS);
    struct store_incident_change close = step_of(100, LIMIT_INCIDENT_STEPS + 1);
    close.closes = true;
    apply(s, &close);
    assert_int_equal(steps(s), LIMIT_INCIDENT_STEPS + 1);
    assert_true(found(s, "housing")->is_closed);
}

/* ---- Notices ---- */

static struct store_incident_change notice_of(uint64_t index, const char *agency) {
    struct store_incident_change change = change_of(index, STORE_INCIDENT_TELLS);
    change.agency = span_text(agency);
    return change;
}

static struct store_incident_notices notices(struct store_support *s) {
    struct store_incident_notices rows;
    assert_false(lg_failed(store_incident_notices_of(s->reader, &ID, s->arena, &rows)));
    return rows;
}

static void a_notice_is_of_its_run(void **state) {
    struct store_support *s = *state;
    opened(s);
    struct store_incident_change other = notice_of(2, "police");
    other.mark = LATER;
    apply(s, &other);
    assert_int_equal(notices(s).count, 0);
    const struct store_incident_change step = step_of(3, 1);
    apply(s, &step);
    other.log_index = 4;
    apply(s, &other);
    assert_int_equal(notices(s).count, 1);
    const struct store_incident_change before = notice_of(5, "police");
    apply(s, &before);
    assert_int_equal(notices(s).count, 1);
}

static void notices_are_capped(void **state) {
    struct store_support *s = *state;
    char agency[16];
    opened(s);
    for (uint64_t i = 0; i < LIMIT_INCIDENT_AGENCY_NOTICES + 3; i++) {
        const struct store_incident_change notice = notice_of(2 + i, "police");
        apply(s, &notice);
    }
    assert_int_equal(notices(s).count, LIMIT_INCIDENT_AGENCY_NOTICES);
    for (uint64_t i = 0; i < LIMIT_INCIDENT_NOTICES; i++) {
        (void)snprintf(agency, sizeof agency, "agency-%u", (unsigned)i);
        const struct store_incident_change notice = notice_of(100 + i, agency);
        apply(s, &notice);
    }
    assert_int_equal(notices(s).count, LIMIT_INCIDENT_NOTICES);
}

static void the_first_answer_of_its_recipient_counts(void **state) {
    struct store_support *s = *state;
    const struct store_incident_change notice = notice_of(2, "police");
    struct store_incident_change answer = change_of(3, STORE_INCIDENT_ENDS);
    answer.number = 2;
    opened(s);
    apply(s, &notice);
    apply(s, &answer); /* the sender's */
    assert_int_equal(notices(s).items[0].answer.len, 0);
    answer.agency = span_text("police");
    answer.log_index = 4;
    answer.body = span_text("first");
    apply(s, &answer);
    answer.log_index = 5;
    answer.body = span_text("second");
    apply(s, &answer);
    assert_true(span_equal_text(notices(s).items[0].answer, "first"));
    assert_int_equal(notices(s).items[0].answer_index, 4);
    struct store_incident_notice *row = NULL;
    assert_false(
        lg_failed(store_incident_notice_find(s->reader, span_text("housing"), 2, s->arena, &row)));
    assert_null(row);
    assert_false(
        lg_failed(store_incident_notice_find(s->reader, span_text("police"), 2, s->arena, &row)));
    assert_non_null(row);
}

/* ---- The clock ---- */

static size_t due(struct store_support *s, int64_t now_ms) {
    struct store_incidents rows;
    assert_false(lg_failed(store_incidents_due(s->reader, now_ms, s->arena, &rows)));
    return rows.count;
}

static void the_clock_runs_out_once(void **state) {
    struct store_support *s = *state;
    struct store_incident_change lapse = change_of(2, STORE_INCIDENT_LAPSES);
    struct store_incidents rows;
    const struct store_incident_look look = {
        .agency = span_text("hub"), .is_escalated = true, .before = UINT64_MAX};
    opened(s);
    assert_int_equal(due(s, 1000), 0);
    assert_int_equal(due(s, 1001), 1);
    lapse.next = span_text("hub");
    apply(s, &lapse);
    assert_int_equal(due(s, 1001), 0);
    lapse.log_index = 3;
    lapse.next = span_text("police");
    apply(s, &lapse);
    assert_false(lg_failed(store_incidents_list(s->reader, &look, s->arena, &rows)));
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.items[0].escalated_index, 2);
}

static void what_is_decided_is_not_due(void **state) {
    struct store_support *s = *state;
    struct store_incident_change decide = step_of(2, 1);
    decide.stops_clock = true;
    opened(s);
    apply(s, &decide);
    assert_int_equal(due(s, 2000), 0);
}

/* The gateway saw it undecided, and the decision came before its entry: nobody else is shown it. */
static void what_was_decided_meanwhile_is_not_escalated(void **state) {
    struct store_support *s = *state;
    struct store_incident_change decide = step_of(2, 1);
    struct store_incident_change lapse = change_of(3, STORE_INCIDENT_LAPSES);
    struct store_incidents rows;
    const struct store_incident_look look = {
        .agency = span_text("hub"), .is_escalated = true, .before = UINT64_MAX};
    decide.stops_clock = true;
    lapse.next = span_text("hub");
    opened(s);
    apply(s, &decide);
    apply(s, &lapse);
    assert_false(lg_failed(store_incidents_list(s->reader, &look, s->arena, &rows)));
    assert_int_equal(rows.count, 0);
    assert_int_equal(found(s, "housing")->escalated_index, 0);
}

static void damage(struct store_support *s, const char *sql) {
    char path[STORE_SUPPORT_PATH + 16];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/lockgate.db", s->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* However many there are: the clock of the others goes on. */
static void damaged_rows_are_passed_over(void **state) {
    struct store_support *s = *state;
    struct store_incidents rows;
    for (uint64_t i = 1; i <= LIMIT_INCIDENT_TURN + 2; i++) {
        struct store_incident_change open = change_of(i, STORE_INCIDENT_OPENS);
        open.id.bytes[1] = (uint8_t)i;
        open.due_ms = (int64_t)i;
        open.at_ms = (int64_t)i * DAY_MS;
        apply(s, &open);
    }
    damage(s, "UPDATE incident SET body = zeroblob(64) WHERE log_index <= 16");
    assert_false(lg_failed(store_incidents_due(s->reader, 1000, s->arena, &rows)));
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.damaged, LIMIT_INCIDENT_TURN);
    assert_int_equal(rows.items[0].log_index, LIMIT_INCIDENT_TURN + 1);
}

/* ---- Persons ---- */

static const struct made_person MARY = {"mary", "example", "19890714", "ZZ99 3VZ", "9990000018"};
static const struct made_person MOLLY = {"molly", "sample", "19870101", "ZZ99 3WZ", "9990000026"};

static struct person_id enrolled(struct store_support *s, uint32_t number,
                                 const struct made_person *made) {
    struct person_id person;
    (void)store_support_enrol(s, "housing", number, made);
    assert_true(store_support_person(s, "housing", number, &person));
    return person;
}

static bool has_subject(struct store_support *s, struct person_id *out_person) {
    bool is = false;
    assert_false(lg_failed(store_incident_person(s->reader, &ID, &is, out_person)));
    return is;
}

static void whom_it_is_about_comes_with_its_opening(void **state) {
    struct store_support *s = *state;
    struct person_id person;
    struct store_incident_change subject = change_of(2, STORE_INCIDENT_IS_OF);
    subject.is_of_person = true;
    subject.person = enrolled(s, 1, &MARY);
    opened(s);
    subject.mark = LATER;
    apply(s, &subject);
    assert_false(has_subject(s, &person));
    subject.mark = MARK;
    subject.log_index = 3;
    apply(s, &subject);
    assert_true(has_subject(s, &person));
    assert_memory_equal(&person, &subject.person, sizeof person);
    subject.person = enrolled(s, 2, &MOLLY);
    subject.log_index = 4;
    apply(s, &subject);
    assert_true(has_subject(s, &person));
    assert_memory_not_equal(&person, &subject.person, sizeof person);
}

static void names_and_words_are_sealed(void **state) {
    struct store_support *s = *state;
    struct store_incident_change open = change_of(1, STORE_INCIDENT_OPENS);
    open.body = span_text("an incident in words");
    apply(s, &open);
    assert_false(store_support_folder_has(s, span_text("an incident in words")));
    assert_false(store_support_folder_has(s, span_text("housing")));
    store_support_reopen(s);
    assert_true(span_equal_text(found(s, "housing")->body, "an incident in words"));
}

static void what_is_no_change_is_refused(void **state) {
    struct store_support *s = *state;
    struct store_incident_change changes[] = {
        change_of(1, STORE_INCIDENT_OPENS), change_of(1, (enum store_incident_op)0),
        change_of(1, (enum store_incident_op)7), change_of(1, STORE_INCIDENT_ENDS)};
    changes[0].body = span_of(NULL, 0);
    changes[3].number = 1;
    for (size_t i = 0; i < 4; i++) {
        const struct store_changes all = {
            .incidents = &changes[i], .incident_count = 1, .through = 2};
        assert_int_equal(lg_err_class(store_changes_apply(s->store, &all)), LG_CLASS_INPUT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_id_is_opened_once),
        TEST(too_many_open_ones_are_not_opened),
        TEST(so_many_are_opened_in_a_day),
        TEST(of_two_steps_for_one_version_the_first_counts),
        TEST(steps_have_an_end_and_one_is_left_to_close),
        TEST(a_notice_is_of_its_run),
        TEST(notices_are_capped),
        TEST(the_first_answer_of_its_recipient_counts),
        TEST(the_clock_runs_out_once),
        TEST(damaged_rows_are_passed_over),
        TEST(what_is_decided_is_not_due),
        TEST(what_was_decided_meanwhile_is_not_escalated),
        TEST(whom_it_is_about_comes_with_its_opening),
        TEST(names_and_words_are_sealed),
        TEST(what_is_no_change_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
