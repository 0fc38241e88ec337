/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of SUBJECT_ACCESS entries, and what their steps come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/day.h"
#include "gateway/sar/sar.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA = 1 << 16, NUMBER = 40, DAY_2026_09_01 = 20697 };

static const int64_t DAY_MS = 86400000;

static struct sar_step step_of(enum sar_step_kind kind, int32_t day) {
    struct sar_step step = {
        .kind = kind,
        .number = kind == SAR_OPEN ? 0 : NUMBER,
        .at_ms = day * DAY_MS + 1,
        .agency = span_text("childrens-care"),
        .system = span_text("officer"),
        .user_id = span_text("ig-1"),
        .role = span_text("reviewer"),
        .reason = kind == SAR_OPEN ? span_of(NULL, 0) : span_text("Words."),
    };
    if (kind == SAR_OPEN) {
        memset(step.person.bytes, 7, sizeof step.person.bytes);
        step.has_person = true;
    }
    if (kind == SAR_OPEN || kind == SAR_PAUSE || kind == SAR_RESUME) {
        step.day = day;
    }
    step.months = kind == SAR_EXTEND ? 2 : 0;
    step.pause = kind == SAR_PAUSE ? SAR_PAUSE_IDENTITY : SAR_PAUSE_NONE;
    step.outcome = kind == SAR_CLOSE ? SAR_OUTCOME_ANSWERED : SAR_OUTCOME_NONE;
    step.exemption = kind == SAR_WITHHOLD ? 5 : 0;
    step.line = kind == SAR_WITHHOLD || kind == SAR_REVEAL ? 12 : 0;
    if (kind == SAR_EXPORT) {
        step.answer = (struct sar_answer){.form = SAR_ANSWER_CSV,
                                          .to = SAR_TO_PERSON,
                                          .covered = 90,
                                          .line_count = 3,
                                          .lines = {1, 2},
                                          .document = {3, 4}};
    }
    return step;
}

static void every_kind_is_read_as_it_was_written(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    for (int kind = SAR_OPEN; kind < SAR_STEP_END; kind++) {
        struct sar_step step = step_of((enum sar_step_kind)kind, DAY_2026_09_01);
        struct sar_step out;
        struct span body;
        struct span again;
        if (kind == SAR_OPEN) {
            step.is_represented = true;
            step.evidence = span_text("DEMO-LETTER-1");
            step.case_reference = span_text("SAR-7");
        }
        assert_false(lg_failed(sar_step_encode(&step, arena, &body)));
        assert_false(lg_failed(sar_step_decode(body, &out)));
        assert_false(lg_failed(sar_step_encode(&out, arena, &again)));
        assert_true(span_equal(body, again));
        assert_true(span_equal(out.evidence, step.evidence) && out.line == step.line);
        for (size_t len = 0; len < body.len; len++) {
            assert_true(lg_failed(sar_step_decode(span_of(body.ptr, len), &out)));
        }
        uint8_t longer[512];
        memcpy(longer, body.ptr, body.len);
        longer[body.len] = 0;
        assert_true(lg_failed(sar_step_decode(span_of(longer, body.len + 1), &out)));
        longer[0] = 3;
        assert_true(lg_failed(sar_step_decode(span_of(longer, body.len), &out)));
        longer[0] = 2;
        longer[1] = SAR_STEP_END;
        assert_true(lg_failed(sar_step_decode(span_of(longer, body.len), &out)));
    }
}

static void what_does_not_go_together_is_not_written(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    static uint8_t large[STORE_SAR_BODY_MAX];
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_SAR, SAR_FIELDS);
    struct sar_step bad[29];
    struct span body;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA * 4, &arena)));
    for (size_t i = 0; i < 8; i++) {
        bad[i] = step_of(SAR_OPEN, DAY_2026_09_01);
    }
    bad[0].agency = bad[1].system = bad[2].user_id = bad[3].role = span_of(NULL, 0);
    bad[4].is_represented = true; /* without evidence */
    bad[5].evidence = span_text("x");
    memset(bad[6].person.bytes, 0, sizeof bad[6].person.bytes);
    bad[7].day = 0;
    for (size_t i = 8; i < 14; i++) {
        bad[i] = step_of(SAR_EXTEND, DAY_2026_09_01);
    }
    bad[8].months = 0;
    bad[9].months = 3;
    bad[10].number = 0;
    bad[11].reason = span_of(NULL, 0);
    bad[12].day = DAY_2026_09_01;
    bad[13].reason = span_of(large, sizeof large);
    bad[14] = step_of(SAR_PAUSE, DAY_2026_09_01);
    bad[14].pause = SAR_PAUSE_END;
    bad[15] = step_of(SAR_CLOSE, DAY_2026_09_01);
    bad[15].outcome = SAR_OUTCOME_NONE;
    bad[16] = step_of(SAR_WITHHOLD, DAY_2026_09_01);
    bad[16].exemption = 0;
    bad[17] = step_of(SAR_WITHHOLD, DAY_2026_09_01);
    bad[17].exemption = 200;
    bad[18] = step_of(SAR_REVEAL, DAY_2026_09_01);
    bad[18].exemption = 1;
    bad[19] = step_of(SAR_CLOSE, DAY_2026_09_01);
    bad[19].line = 3;
    bad[20] = step_of(SAR_CLOSE, DAY_2026_09_01);
    bad[20].has_person = true;
    bad[21] = step_of(SAR_CLOSE, DAY_2026_09_01);
    bad[21].at_ms = -1;
    bad[22] = step_of(SAR_CLOSE, DAY_2026_09_01);
    bad[22].answer.document[31] = 1;
    for (size_t i = 23; i < 29; i++) {
        bad[i] = step_of(SAR_EXPORT, DAY_2026_09_01);
    }
    bad[23].answer.form = SAR_ANSWER_END;
    bad[24].answer.to = SAR_TO_NOBODY;
    bad[25].answer.covered = 0;
    bad[26].answer.line_count = 91;
    bad[27].answer.covered = UINT64_MAX;
    bad[28].line = 3;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (!lg_err_same(sar_step_encode(&bad[i], arena, &body), wrong)) {
            fail_msg("%zu was written", i);
        }
    }
    OWN(arena_free) struct arena *small = NULL;
    struct sar_step good = step_of(SAR_OPEN, DAY_2026_09_01);
    assert_false(lg_failed(arena_new(64, &small)));
    assert_int_equal(lg_err_class(sar_step_encode(&good, small, &body)), LG_CLASS_LIMIT);
}

/* A log is for ever: bodies of before there were exports end where the answer begins now. */
static void what_was_written_before_is_read(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    for (int kind = SAR_OPEN; kind < SAR_STEP_END; kind++) {
        struct sar_step step = step_of((enum sar_step_kind)kind, DAY_2026_09_01);
        struct sar_step out;
        struct span body;
        uint8_t old[512];
        assert_false(lg_failed(sar_step_encode(&step, arena, &body)));
        assert_true(body.len > 2 && body.len <= sizeof old);
        memcpy(old, body.ptr, body.len);
        old[0] = 1;
        assert_true(lg_failed(sar_step_decode(span_of(old, body.len), &out)));
        struct lg_err err = sar_step_decode(span_of(old, body.len - 2), &out);
        assert_int_equal(lg_failed(err), kind == SAR_EXPORT);
        assert_true(lg_failed(err) || (out.kind == step.kind && out.line == step.line));
    }
}

static void a_row_is_of_its_request(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct store_sar row;
    struct span body;
    (void)state;
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    struct sar_step opened = step_of(SAR_OPEN, DAY_2026_09_01);
    assert_false(lg_failed(sar_step_encode(&opened, arena, &body)));
    assert_false(lg_failed(sar_row_make(NUMBER, body, &row)));
    assert_true(row.opens && row.number == NUMBER && row.log_index == NUMBER);
    struct sar_step mark = step_of(SAR_REVEAL, DAY_2026_09_01);
    assert_false(lg_failed(sar_step_encode(&mark, arena, &body)));
    assert_false(lg_failed(sar_row_make(NUMBER + 1, body, &row)));
    assert_true(row.marks && row.is_lifted && row.line == 12 && row.number == NUMBER);
    assert_true(lg_failed(sar_row_make(NUMBER, body, &row))); /* no later than what it is about */
    assert_true(lg_failed(sar_row_make(NUMBER, span_text("x"), &row)));
}

static struct sar_request request_on(int32_t day) {
    return (struct sar_request){.number = NUMBER, .opened = step_of(SAR_OPEN, day)};
}

static bool done(struct sar_request *request, enum sar_step_kind kind, int32_t day) {
    struct sar_step step = step_of(kind, day);
    return sar_step_apply(request, &step);
}

static void the_clock_stands_still_while_an_answer_is_waited_for(void **state) {
    const int32_t first = DAY_2026_09_01; /* due on Thursday, 1 October: 30 days */
    struct sar_request request = request_on(first);
    (void)state;
    assert_int_equal(sar_request_due(&request, first), first + 30);
    assert_false(done(&request, SAR_RESUME, first + 1));
    assert_false(done(&request, SAR_PAUSE, first - 1));
    assert_true(done(&request, SAR_PAUSE, first + 1));
    assert_false(done(&request, SAR_PAUSE, first + 2));
    assert_int_equal(sar_request_due(&request, first + 1), first + 30);
    assert_int_equal(sar_request_due(&request, first + 8), first + 37);
    assert_false(sar_request_is_overdue(&request, first + 400));
    assert_false(done(&request, SAR_RESUME, first)); /* before it began */
    assert_true(done(&request, SAR_RESUME, first + 8));
    assert_int_equal(request.paused_days, 7);
    assert_int_equal(sar_request_due(&request, first + 300), first + 37);
    assert_false(sar_request_is_overdue(&request, first + 37));
    assert_true(sar_request_is_overdue(&request, first + 38));
    struct sar_step tomorrow = step_of(SAR_PAUSE, first + 11);
    tomorrow.at_ms -= DAY_MS;
    assert_false(sar_step_apply(&request, &tomorrow));
    assert_false(done(&request, SAR_PAUSE, first + 38)); /* too late to ask */
}

/* Entered one day at a time, each may reach back: but no day is counted twice. */
static void pauses_do_not_overlap(void **state) {
    const int32_t first = DAY_2026_09_01;
    struct sar_request request = request_on(first);
    struct sar_step again = step_of(SAR_PAUSE, first + 12);
    (void)state;
    assert_true(done(&request, SAR_PAUSE, first + 2));
    assert_true(done(&request, SAR_RESUME, first + 12));
    again.day = first + 11;
    assert_false(sar_step_apply(&request, &again));
    assert_int_equal(request.paused_days, 10);
    again.day = first + 12;
    assert_true(sar_step_apply(&request, &again));
    assert_int_equal(sar_request_due(&request, first + 12), first + 41); /* a Sunday before */
}

/* What is late stays late, whatever is entered about the days before. */
static void a_pause_entered_late_undoes_nothing(void **state) {
    const int32_t first = DAY_2026_09_01;
    struct sar_request request = request_on(first);
    struct sar_step late = step_of(SAR_PAUSE, first + 31);
    (void)state;
    late.day = first + 5;
    assert_false(sar_step_apply(&request, &late));
    assert_true(sar_request_is_overdue(&request, first + 31));
    late.at_ms -= DAY_MS; /* on the last day */
    assert_true(sar_step_apply(&request, &late));
}

/* Half past eleven by Greenwich is tomorrow for whoever has summer time. */
static void its_days_are_those_of_the_office(void **state) {
    const int32_t first = DAY_2026_09_01;
    struct sar_request request = request_on(first);
    struct sar_step late = step_of(SAR_EXTEND, first + 30);
    struct sar_step pause = step_of(SAR_PAUSE, first + 3);
    (void)state;
    pause.at_ms = (first + 2) * DAY_MS + 23 * 3600000 + 1800000;
    assert_true(sar_step_apply(&request, &pause));
    request = request_on(first);
    late.at_ms += 23 * 3600000;
    assert_false(sar_step_apply(&request, &late)); /* the day has passed */
    late.at_ms -= 2;
    assert_true(sar_step_apply(&request, &late));
}

static void the_day_of_a_closed_one_stands_still(void **state) {
    const int32_t first = DAY_2026_09_01;
    struct sar_request request = request_on(first);
    (void)state;
    assert_true(done(&request, SAR_PAUSE, first + 1));
    assert_true(done(&request, SAR_EXPORT, first + 2));
    assert_true(done(&request, SAR_CLOSE, first + 8));
    assert_int_equal(request.pause, SAR_PAUSE_NONE);
    assert_int_equal(sar_request_due(&request, first + 8), first + 37);
    assert_int_equal(sar_request_due(&request, first + 300), first + 37);
}

static void it_is_extended_once_and_in_time(void **state) {
    const int32_t first = DAY_2026_09_01;
    struct sar_request late = request_on(first);
    struct sar_request request = request_on(first);
    (void)state;
    assert_false(done(&late, SAR_EXTEND, first + 31));
    assert_int_equal(late.extra_months, 0);
    assert_true(done(&request, SAR_EXTEND, first + 30));
    assert_int_equal(sar_request_due(&request, first), first + 91); /* 1 December */
    assert_false(done(&request, SAR_EXTEND, first + 30));
}

static void nothing_is_done_to_a_closed_one(void **state) {
    struct sar_request request = request_on(DAY_2026_09_01);
    (void)state;
    assert_true(done(&request, SAR_PAUSE, DAY_2026_09_01));
    assert_true(done(&request, SAR_EXPORT, DAY_2026_09_01));
    assert_true(done(&request, SAR_CLOSE, DAY_2026_09_01 + 50));
    assert_int_equal(request.outcome, SAR_OUTCOME_ANSWERED);
    for (int kind = SAR_OPEN; kind < SAR_STEP_END; kind++) {
        assert_false(done(&request, (enum sar_step_kind)kind, DAY_2026_09_01 + 60));
    }
    assert_false(sar_request_is_overdue(&request, DAY_2026_09_01 + 400));
    request = request_on(DAY_2026_09_01);
    request.step_count = LIMIT_SAR_STEPS;
    assert_false(done(&request, SAR_EXTEND, DAY_2026_09_01));
    assert_true(done(&request, SAR_WITHHOLD, DAY_2026_09_01));
    assert_true(done(&request, SAR_EXPORT, DAY_2026_09_01)); /* of these some are left */
    request.step_count = LIMIT_SAR_ALL_STEPS - 1;
    assert_false(done(&request, SAR_EXPORT, DAY_2026_09_01));
    assert_true(done(&request, SAR_CLOSE, DAY_2026_09_01));
}

/* What was answered is in the log before the request counts as answered. */
static void it_is_answered_by_an_export(void **state) {
    const int32_t first = DAY_2026_09_01;
    struct sar_request request = request_on(first);
    struct sar_step export = step_of(SAR_EXPORT, first + 3);
    struct sar_step refuse = step_of(SAR_CLOSE, first + 4);
    (void)state;
    assert_false(done(&request, SAR_CLOSE, first + 2));
    export.answer.to = SAR_TO_REPRESENTATIVE; /* nobody asks for them */
    assert_false(sar_step_apply(&request, &export));
    request.opened.is_represented = true;
    assert_true(sar_step_apply(&request, &export));
    export.answer.line_count = 2;
    export.at_ms++;
    assert_true(sar_step_apply(&request, &export));
    assert_int_equal(request.export_count, 2);
    assert_int_equal(request.answer.line_count, 2);
    assert_true(request.answered_ms == export.at_ms);
    assert_true(done(&request, SAR_CLOSE, first + 4));
    request = request_on(first);
    refuse.outcome = SAR_OUTCOME_REFUSED; /* needs none */
    assert_true(sar_step_apply(&request, &refuse));
}

static void exemptions_are_found_by_code_and_number(void **state) {
    const struct sar_exemption *all = NULL;
    size_t count = sar_exemptions(&all);
    uint8_t number = 0;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(sar_exemption_find(span_text(all[i].code), &number), &all[i]);
        assert_int_equal(number, i + 1);
        assert_ptr_equal(sar_exemption_at(number), &all[i]);
    }
    assert_null(sar_exemption_at(0));
    assert_null(sar_exemption_at((uint8_t)(count + 1)));
    assert_null(sar_exemption_find(span_text("cri"), &number));
    assert_null(sar_exemption_find(span_of(NULL, 0), &number));
    /* Stored: neither may ever be another's. */
    assert_string_equal(sar_exemption_at(1)->code, "crime");
    assert_string_equal(sar_exemption_at(12)->code, "law-enforcement");
    assert_false(sar_exemption_at(1)->is_told || sar_exemption_at(12)->is_told);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read_as_it_was_written),
        cmocka_unit_test(what_does_not_go_together_is_not_written),
        cmocka_unit_test(what_was_written_before_is_read),
        cmocka_unit_test(a_row_is_of_its_request),
        cmocka_unit_test(the_clock_stands_still_while_an_answer_is_waited_for),
        cmocka_unit_test(pauses_do_not_overlap),
        cmocka_unit_test(a_pause_entered_late_undoes_nothing),
        cmocka_unit_test(its_days_are_those_of_the_office),
        cmocka_unit_test(the_day_of_a_closed_one_stands_still),
        cmocka_unit_test(it_is_extended_once_and_in_time),
        cmocka_unit_test(nothing_is_done_to_a_closed_one),
        cmocka_unit_test(it_is_answered_by_an_export),
        cmocka_unit_test(exemptions_are_found_by_code_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
