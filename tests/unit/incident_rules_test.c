/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents as their entries say: what a step may hold, the 72 hours, what may be done when, and
 * the text of a notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/bytes.h"
#include "gateway/incident/incident.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 1 << 20 };
#define HOUR_MS INT64_C(3600000)
#define NOW_MS INT64_C(1800000000000)

static int set_up(void **state) {
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    *state = arena;
    return 0;
}

static int tear_down(void **state) {
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

static const uint8_t ENTRIES[] = {0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 0};

static struct incident_step step_of(enum incident_step_kind kind) {
    return (struct incident_step){.kind = kind,
                                  .id = {.bytes = {1}},
                                  .at_ms = NOW_MS,
                                  .agency = span_text("housing"),
                                  .system = span_text("officer"),
                                  .user_id = span_text("ig-1"),
                                  .role = span_text("manager")};
}

static struct incident_step opening(void) {
    struct incident_step step = step_of(INCIDENT_OPEN);
    step.what = INCIDENT_LOST_DEVICE;
    step.aware_ms = NOW_MS - HOUR_MS;
    step.reason = span_text("A laptop was left on a train.");
    step.scope_agency = span_text("housing");
    step.scope_system = span_text("cases");
    return step;
}

static struct incident_step notice(void) {
    return (struct incident_step){.kind = INCIDENT_NOTICE,
                                  .id = {.bytes = {1}},
                                  .at_ms = NOW_MS,
                                  .what = INCIDENT_WRONG_PERSON,
                                  .by_ms = NOW_MS + HOUR_MS,
                                  .is_recall = true,
                                  .entries = {ENTRIES, sizeof ENTRIES},
                                  .agency = span_text("police"),
                                  .other = span_text("housing")};
}

static struct incident_step decision(enum incident_ico ico) {
    struct incident_step step = step_of(INCIDENT_DECIDE);
    step.version = 1;
    step.ico = ico;
    step.persons = INCIDENT_PERSONS_NOT;
    step.reason = span_text("No risk: the disk is encrypted.");
    step.effects = span_text("None known.");
    return step;
}

static bool is_taken(struct arena *arena, const struct incident_step *step) {
    struct span body;
    struct span again;
    struct incident_step back;
    if (lg_failed(incident_step_encode(step, arena, &body))) {
        return false;
    }
    assert_false(lg_failed(incident_step_decode(body, &back)));
    assert_false(lg_failed(incident_step_encode(&back, arena, &again)));
    assert_true(span_equal(body, again));
    return true;
}

static void every_step_comes_back_as_it_went(void **state) {
    struct incident_step steps[] = {
        opening(),
        step_of(INCIDENT_SUBJECT),
        step_of(INCIDENT_NOTIFY),
        notice(),
        step_of(INCIDENT_ACKNOWLEDGE),
        decision(INCIDENT_ICO_NOT),
        step_of(INCIDENT_CLOSE),
        {.kind = INCIDENT_ESCALATE,
         .id = {.bytes = {1}},
         .what = INCIDENT_LOST_DEVICE,
         .aware_ms = 1,
         .agency = span_text("housing")},
    };
    steps[1].has_person = true;
    steps[1].person.bytes[3] = 9;
    steps[2].version = 3;
    steps[2].by_ms = NOW_MS + 1;
    steps[2].covered = 900;
    steps[2].entry_count = 2;
    steps[2].notice_count = 1;
    steps[4].number = 55;
    steps[4].outcome = INCIDENT_OUTCOME_KEPT;
    steps[4].reason = span_text("A claim is before the court.");
    steps[6].version = 2;
    steps[6].reason = span_text("Devices are encrypted now.");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_true(is_taken(*state, &steps[i]));
    }
}

/* One fault each. */
static void a_step_holds_what_it_needs_and_nothing_else(void **state) {
    static const uint8_t falling[] = {0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7};
    struct incident_step steps[16];
    for (size_t i = 0; i < 8; i++) {
        steps[i] = opening();
    }
    for (size_t i = 8; i < 16; i++) {
        steps[i] = notice();
    }
    steps[0].scope_user = span_text("user-1");
    steps[1].scope_agency = span_of(NULL, 0);
    steps[2].aware_ms = NOW_MS + 1;
    steps[3].reason = span_of(NULL, 0);
    steps[4].to_ms = 5;
    steps[4].from_ms = 5;
    steps[5].version = 1;
    steps[6].user_id = span_of(NULL, 0);
    steps[7].person.bytes[0] = 1;
    steps[8].entries = span_of(falling, sizeof falling);
    steps[9].entries = span_of(ENTRIES, 7);
    steps[10].entries = span_of(NULL, 0);
    steps[11].user_id = span_text("ig-1");
    steps[12].reason = span_text("Words of somebody.");
    steps[13].by_ms = NOW_MS;
    steps[14].scope_system = span_text("cases");
    steps[15].what = INCIDENT_KIND_END;
    for (size_t i = 0; i < 16; i++) {
        assert_false(is_taken(*state, &steps[i]));
    }
    struct incident_step by_person = opening();
    by_person.scope_agency = by_person.scope_system = span_of(NULL, 0);
    assert_false(is_taken(*state, &by_person));
    by_person.is_of_person = true;
    assert_true(is_taken(*state, &by_person));
    by_person.entries = span_of(ENTRIES, sizeof ENTRIES);
    assert_false(is_taken(*state, &by_person));
}

static void the_longest_of_each_fits_into_an_entry(void **state) {
    static char sentence[LIMIT_INCIDENT_SENTENCE];
    static char name[STORE_NAME_SIZE_MAX];
    static char user[128];
    static uint8_t entries[LIMIT_INCIDENT_NOTICE_ENTRIES * 8];
    memset(sentence, 'x', sizeof sentence);
    memset(name, 'n', sizeof name);
    memset(user, 'u', sizeof user);
    for (size_t i = 0; i < LIMIT_INCIDENT_NOTICE_ENTRIES; i++) {
        entries[i * 8 + 7] = (uint8_t)(i + 1);
    }
    struct incident_step decide = decision(INCIDENT_ICO_NOTIFY);
    decide.reason = decide.effects = decide.delay = span_of(sentence, sizeof sentence);
    decide.agency = decide.system = span_of(name, sizeof name);
    decide.user_id = decide.role = span_of(user, sizeof user);
    assert_true(is_taken(*state, &decide));
    struct incident_step told = notice();
    told.entries = span_of(entries, sizeof entries);
    told.agency = told.other = told.scope_agency = told.scope_system = span_of(name, sizeof name);
    assert_true(is_taken(*state, &told));
    struct incident_notice all = {.number = UINT64_MAX, .sent = told};
    struct span text;
    assert_false(lg_failed(incident_note_write(&all, *state, &text)));
}

static void bytes_that_are_no_step_are_refused(void **state) {
    struct incident_step step = notice();
    struct incident_step back;
    struct span body;
    uint8_t copy[STORE_INCIDENT_BODY_MAX + 1];
    assert_false(lg_failed(incident_step_encode(&step, *state, &body)));
    memcpy(copy, body.ptr, body.len);
    for (size_t len = 0; len < body.len; len++) {
        assert_true(lg_failed(incident_step_decode(span_of(copy, len), &back)));
    }
    copy[body.len] = 0;
    assert_true(lg_failed(incident_step_decode(span_of(copy, body.len + 1), &back)));
    copy[0] = 2;
    assert_true(lg_failed(incident_step_decode(span_of(copy, body.len), &back)));
}

/* ---- The clock ---- */

static struct incident_state state_of(int64_t aware_ms) {
    struct incident_state it = {.version = 1, .opened = opening()};
    it.opened.aware_ms = aware_ms;
    return it;
}

static void seventy_two_hours_are_counted(void **state) {
    const struct incident_state it = state_of(NOW_MS);
    (void)state;
    assert_int_equal(incident_due_ms(NOW_MS), NOW_MS + 72 * HOUR_MS);
    assert_int_equal(incident_hours_left(&it, NOW_MS), 72);
    assert_int_equal(incident_hours_left(&it, NOW_MS + 1), 71);
    assert_int_equal(incident_hours_left(&it, NOW_MS + 72 * HOUR_MS), 0);
    assert_int_equal(incident_hours_left(&it, NOW_MS + 72 * HOUR_MS + 1), -1);
    assert_false(incident_is_overdue(&it, NOW_MS + 72 * HOUR_MS));
    assert_true(incident_is_overdue(&it, NOW_MS + 72 * HOUR_MS + 1));
    struct incident_state decided = it;
    decided.decided = decision(INCIDENT_ICO_NOT);
    assert_false(incident_is_overdue(&decided, INT64_MAX / 2));
}

static void a_late_notification_says_why(void **state) {
    const struct incident_state late = state_of(NOW_MS - 73 * HOUR_MS);
    const struct incident_state early = state_of(NOW_MS - 71 * HOUR_MS);
    struct incident_step step = decision(INCIDENT_ICO_NOTIFY);
    (void)state;
    assert_null(incident_step_fault(&early, &step));
    assert_non_null(incident_step_fault(&late, &step));
    step.delay = span_text("It was found late.");
    assert_null(incident_step_fault(&late, &step));
    assert_non_null(incident_step_fault(&early, &step));
    step.ico = INCIDENT_ICO_NOT;
    assert_non_null(incident_step_fault(&late, &step));
    step.delay = span_of(NULL, 0);
    assert_null(incident_step_fault(&late, &step));
}

static void a_step_is_for_the_version_that_is(void **state) {
    struct incident_state it = state_of(NOW_MS);
    struct incident_step step = decision(INCIDENT_ICO_NOT);
    struct incident_step close = step_of(INCIDENT_CLOSE);
    (void)state;
    close.version = 1;
    assert_non_null(incident_step_fault(&it, &close)); /* nothing is decided */
    step.version = 2;
    assert_non_null(incident_step_fault(&it, &step));
    it.version = 2;
    assert_null(incident_step_fault(&it, &step));
    it.decided = step;
    close.version = 2;
    assert_null(incident_step_fault(&it, &close));
    it.closed = close;
    assert_non_null(incident_step_fault(&it, &step));
}

/* Said before an entry is written, and by the same numbers as the store's. */
static void telling_leaves_room_to_decide(void **state) {
    struct incident_state it = state_of(NOW_MS);
    struct incident_step tell = step_of(INCIDENT_NOTIFY);
    struct incident_step decide = decision(INCIDENT_ICO_NOT);
    (void)state;
    it.version = tell.version = LIMIT_INCIDENT_STEPS - LIMIT_INCIDENT_STEPS_TO_DECIDE;
    assert_null(incident_step_fault(&it, &tell));
    it.version = tell.version = decide.version = it.version + 1;
    assert_non_null(incident_step_fault(&it, &tell));
    assert_null(incident_step_fault(&it, &decide));
    it.version = decide.version = LIMIT_INCIDENT_STEPS;
    assert_null(incident_step_fault(&it, &decide));
    it.version = decide.version = LIMIT_INCIDENT_STEPS + 1;
    assert_non_null(incident_step_fault(&it, &decide));
}

static void a_repeated_opening_says_the_same(void **state) {
    struct incident_step one = opening();
    struct incident_step other = opening();
    (void)state;
    other.at_ms++;
    other.user_id = span_text("ig-2");
    assert_true(incident_is_same(&one, &other));
    other.reason = span_text("Another.");
    assert_false(incident_is_same(&one, &other));
    other = one;
    other.from_ms = 1;
    assert_false(incident_is_same(&one, &other));
}

static void a_note_names_its_entries_and_nobody(void **state) {
    struct incident_notice it = {.number = 42, .sent = notice()};
    struct span text;
    assert_false(lg_failed(incident_note_write(&it, *state, &text)));
    assert_true(span_equal_text(text, "lockgate incident notice 1\nnotice 42\nto police\n"
                                      "from housing\nincident wrong-person\ndo recall\n"
                                      "by 1800003600000\nentry 7\nentry 256\n"));
    it.sent.other = span_of(NULL, 0);
    it.sent.is_recall = false;
    assert_false(lg_failed(incident_note_write(&it, *state, &text)));
    assert_true(span_equal_text(text, "lockgate incident notice 1\nnotice 42\nto police\n"
                                      "incident wrong-person\ndo know\nby 1800003600000\n"
                                      "entry 7\nentry 256\n"));
}

static void memory_may_end_anywhere(void **state) {
    const struct incident_step step = notice();
    const struct incident_notice it = {.number = 42, .sent = step};
    (void)state;
    for (size_t budget = 64; budget < 16384; budget += 64) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span out;
        assert_false(lg_failed(arena_new(budget, &arena)));
        struct lg_err err = incident_step_encode(&step, arena, &out);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        err = incident_note_write(&it, arena, &out);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_step_comes_back_as_it_went),
        TEST(a_step_holds_what_it_needs_and_nothing_else),
        TEST(the_longest_of_each_fits_into_an_entry),
        TEST(bytes_that_are_no_step_are_refused),
        TEST(seventy_two_hours_are_counted),
        TEST(a_late_notification_says_why),
        TEST(a_step_is_for_the_version_that_is),
        TEST(telling_leaves_room_to_decide),
        TEST(a_repeated_opening_says_the_same),
        TEST(a_note_names_its_entries_and_nobody),
        TEST(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
