/* SPDX-License-Identifier: Apache-2.0 */
/* What is to leave fits its message and has a place in the transport, before the log says that it
 * left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { AT_HOMES = 1U << LINE_HOMES, AT_SCHOOL = 1U << LINE_SCHOOL };

static void log_take(struct line_world *w, uint64_t from, struct line_log *out_log) {
    line_log_read(w, from, out_log);
    assert_true(out_log->count > 0);
    assert_int_equal(line_log_finals(out_log), 1);
}

/* As many records as one answer may have, with an address of this size in each. */
static struct answer long_answer(struct line_world *w, const char *item, size_t value_size) {
    struct source_record *records = arena_array(w->arena, 36, sizeof *records);
    struct source_item *one = arena_array(w->arena, 1, sizeof *one);
    char *value = arena_alloc(w->arena, value_size);
    assert_non_null(records);
    assert_non_null(one);
    assert_non_null(value);
    memset(value, 'v', value_size);
    *one = (struct source_item){.item = span_text(item), .value = span_of(value, value_size)};
    for (size_t i = 0; i < 36; i++) {
        records[i] = (struct source_record){.items = one, .item_count = 1};
    }
    return (struct answer){.records = records, .record_count = 36};
}

/* What could not be sent is not in the log as released: the longest line is left out before. */
static void what_does_not_fit_a_reply_is_left_out_before_the_log(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = long_answer(w, "tenancy.address", 400);
    w->agencies[LINE_SCHOOL].answer = long_answer(w, "schooling.attendance", 200);
    for (enum query_kind kind = QUERY_ASK; kind <= QUERY_WATCH; kind++) {
        /* Either fits alone; both fit a stream. */
        w->gateway.message_max = LIMIT_QUERY_REPLY_REST + (size_t)2 * 8192 + 20000;
        struct line_ask ask = line_ask_of(w, kind, line_handle(w, &amy, true));
        struct span names[] = {span_text("homes"), span_text("school")};
        ask.question.sources = (struct span_list){names, 2};
        uint64_t from = audit_size(w->gateway.log);
        line_ask_run(&ask, false);
        assert_int_equal(ask.status, GRPC_OK);
        const struct line_part *homes = line_part_of(&ask, "homes");
        assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_ANSWERED);
        bool is_whole = kind == QUERY_WATCH;
        assert_int_equal(homes->extract.state, is_whole ? SOURCE_ANSWERED : SOURCE_UNAVAILABLE);
        assert_int_equal(homes->extract.record_count, is_whole ? 36 : 0);
        log_take(w, from, &log);
        const struct audit_entry *release = line_log_one(&log, AUDIT_RELEASE, "homes");
        assert_true(span_equal_text(release->reason, is_whole ? "ANSWERED" : "UNAVAILABLE"));
        assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 0);
    }
    /* Of a stream a line that is too long alone. */
    w->gateway.message_max = LIMIT_QUERY_REPLY_REST + 8192 + 10000;
    struct line_ask ask = line_ask_of(w, QUERY_WATCH, line_handle(w, &amy, true));
    line_ask_run(&ask, true);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_UNAVAILABLE);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_ANSWERED);
}

/* `serial`: of a person who was not there before. */
static struct line_ask ask_both(struct line_world *w, uint32_t serial, enum query_kind kind) {
    static struct span names[2];
    struct person_id amy = line_person(w, serial, AT_HOMES | AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    names[0] = span_text("homes");
    names[1] = span_text("school");
    struct line_ask ask = line_ask_of(w, kind, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){names, 2};
    return ask;
}

/* Bytes would do, text does not: judged by what the caller gets. */
static void as_text_a_line_takes_more(void **state) {
    struct line_world *w = *state;
    w->agencies[LINE_HOMES].answer = long_answer(w, "tenancy.address", 400);
    w->agencies[LINE_SCHOOL].answer = long_answer(w, "schooling.attendance", 200);
    w->gateway.message_max = (LIMIT_QUERY_REPLY_REST + (size_t)2 * 8192) * 3 / 2 + 30000;
    for (size_t factor = 0; factor <= 2; factor += 2) {
        struct line_log log;
        struct line_ask ask = ask_both(w, (uint32_t)factor + 1, QUERY_ASK);
        uint64_t from = audit_size(w->gateway.log);
        ask.text_factor = factor;
        line_ask_run(&ask, false);
        assert_int_equal(ask.status, GRPC_OK);
        assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_ANSWERED);
        assert_int_equal(line_part_of(&ask, "homes")->extract.state,
                         factor == 0 ? SOURCE_ANSWERED : SOURCE_UNAVAILABLE);
        log_take(w, from, &log);
        assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 0);
    }
}

/* Short lines and long ones: what was set aside is enough for receipts and all else as well, so
 * that nothing fails to leave once the log says that it left. */
static void what_is_set_aside_is_enough(void **state) {
    struct line_world *w = *state;
    for (uint32_t i = 0; i < 6; i++) {
        enum query_kind kind = i % 2 == 0 ? QUERY_ASK : QUERY_WATCH;
        w->agencies[LINE_HOMES].answer = long_answer(w, "tenancy.address", 1 + (size_t)i / 2 * 400);
        w->agencies[LINE_SCHOOL].answer = long_answer(w, "schooling.attendance", 1);
        struct line_ask ask = ask_both(w, i + 1, kind);
        line_ask_run(&ask, false);
        assert_int_equal(ask.status, GRPC_OK);
        assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_ANSWERED);
        assert_true(ask.sent > ask.parts[0].result.len + ask.parts[0].leaf.len);
        assert_true(ask.sent <= ask.reserved);
    }
}

/* Until the caller reads, nothing is in the log as released. */
static void a_full_transport_is_waited_for(void **state) {
    struct line_world *w = *state;
    for (enum query_kind kind = QUERY_ASK; kind <= QUERY_WATCH; kind++) {
        struct line_log log;
        w->agencies[LINE_HOMES].answer = long_answer(w, "tenancy.address", 400);
        w->agencies[LINE_SCHOOL].answer = long_answer(w, "schooling.attendance", 200);
        struct line_ask ask = ask_both(w, (uint32_t)kind + 1, kind);
        uint64_t from = audit_size(w->gateway.log);
        ask.full_for = 7;
        line_ask_begin(&ask);
        while (ask.reserves < 5) {
            line_pass(w, LIMIT_QUERY_ROOM_LOOK_MS);
        }
        line_log_read(w, from, &log);
        assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
        while (!ask.is_closed) {
            line_pass(w, LIMIT_QUERY_ROOM_LOOK_MS);
        }
        assert_int_equal(ask.status, GRPC_OK);
        assert_int_equal(ask.measures, 2); /* however often it looked */
        assert_true(ask.reserved > line_part_of(&ask, "school")->result.len);
        log_take(w, from, &log);
        assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 2);
        assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 0);
    }
}

/* Who never reads gets nothing, and the log says so. */
static void a_transport_that_stays_full_ends_the_question(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    w->agencies[LINE_HOMES].answer = long_answer(w, "tenancy.address", 400);
    struct line_ask ask = ask_both(w, 1, QUERY_ASK);
    uint64_t from = audit_size(w->gateway.log);
    ask.full_for = UINT32_MAX;
    line_ask_run(&ask, true);
    assert_int_equal(ask.status, GRPC_RESOURCE_EXHAUSTED);
    assert_int_equal(ask.part_count, 0);
    log_take(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
    assert_int_equal(line_log_count(&log, AUDIT_OUTCOME), 1);
}

/* Each fits a stream, both at once do not: one after the other. */
static void lines_of_a_stream_go_one_after_the_other(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    w->agencies[LINE_HOMES].answer = long_answer(w, "tenancy.address", 1000);
    w->agencies[LINE_SCHOOL].answer = long_answer(w, "schooling.attendance", 1000);
    struct line_ask ask = ask_both(w, 1, QUERY_WATCH);
    uint64_t from = audit_size(w->gateway.log);
    ask.text_factor = LIMIT_GRPC_SEND_MAX / 60000;
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_ANSWERED);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_ANSWERED);
    assert_int_equal(ask.reserves, 2);
    log_take(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_does_not_fit_a_reply_is_left_out_before_the_log),
        T(as_text_a_line_takes_more),
        T(what_is_set_aside_is_enough),
        T(a_full_transport_is_waited_for),
        T(a_transport_that_stays_full_ends_the_question),
        T(lines_of_a_stream_go_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
