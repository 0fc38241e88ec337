/* SPDX-License-Identifier: Apache-2.0 */
/* The services over the wire: repeats of a question, and every way in which an enrolment can end.
 */
#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/wire/subjects.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { MESSAGES_MAX = 8, AT_HOMES = 1U << LINE_HOMES };

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};

/* One call of care's case system. */
struct call {
    struct line_world *world;
    struct grpc_leg *leg;
    struct span messages[MESSAGES_MAX];
    size_t count;
    bool is_done;
    enum grpc_status status;
};

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    struct call *call = ctx;
    (void)leg;
    assert_true(call->count < MESSAGES_MAX);
    call->messages[call->count++] = arena_copy(call->world->arena, message);
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct call *call = ctx;
    (void)leg;
    assert_false(call->is_done);
    call->is_done = true;
    call->leg = NULL;
    call->status = outcome->status;
}

static const struct grpc_leg_events call_events = {.on_message = on_message, .on_done = on_done};

static void begin(struct line_world *w, struct call *call, const char *path, enum grpc_kind kind,
                  struct span message) {
    const struct grpc_request request = {
        .path = path, .kind = kind, .message = message, .deadline_ms = w->mono_ms + 20000};
    *call = (struct call){.world = w};
    assert_false(
        lg_failed(grpc_channel_call(w->channel, &request, &call_events, call, &call->leg)));
}

static void finish(struct call *call) {
    line_until(call->world, &call->is_done);
}

/* ---- questions ---- */

static struct span ask_bytes(struct line_world *w, struct span handle, uint8_t id,
                             const char *case_reference) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, handle);
    struct span homes = span_text("homes");
    struct span bytes;
    memset(ask.question.id.bytes, id, sizeof ask.question.id.bytes);
    ask.question.sources = (struct span_list){&homes, 1};
    ask.question.ground.case_reference = span_text(case_reference);
    ask.question.ground.actor =
        (struct actor){.user_id = span_text("u-17"), .role = span_text("worker")};
    assert_false(lg_failed(wire_ask_request_encode(w->arena, &ask.question, &bytes)));
    return bytes;
}

static const char ask_path[] = "/lockgate.v1.Disclosures/Ask";
static const char watch_path[] = "/lockgate.v1.Disclosures/Watch";

static void begin_ask(struct line_world *w, struct call *call, struct span bytes) {
    begin(w, call, ask_path, GRPC_UNARY, bytes);
}

static struct span handle_of_amy(struct line_world *w) {
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    return line_handle(w, &amy, true);
}

static struct ask_reply reply_of(const struct call *call) {
    struct ask_reply reply = {0};
    struct wire_report report;
    assert_int_equal(call->status, GRPC_OK);
    assert_int_equal(call->count, 1);
    assert_false(
        lg_failed(wire_ask_reply_decode(call->world->arena, call->messages[0], &report, &reply)));
    return reply;
}

static void a_repeat_in_flight_joins(void **state) {
    struct line_world *w = *state;
    struct call first;
    struct call second;
    struct span bytes = ask_bytes(w, handle_of_amy(w), 1, "case-1");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    begin_ask(w, &first, bytes);
    line_until_fetched(w, LINE_HOMES, 1);
    begin_ask(w, &second, bytes);
    line_settle(w);
    line_agency_release(w, LINE_HOMES);
    finish(&first);
    finish(&second);
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 1);
    assert_true(span_equal(first.messages[0], second.messages[0]));
    assert_true(reply_of(&second).parts[0].result.len > 0);
}

static void a_repeat_after_the_end_gets_receipts_and_no_records(void **state) {
    struct line_world *w = *state;
    struct call first;
    struct call second;
    struct call other;
    struct span handle = handle_of_amy(w);
    struct span bytes = ask_bytes(w, handle, 1, "case-1");
    begin_ask(w, &first, bytes);
    finish(&first);
    uint64_t size = audit_size(w->gateway.log);
    begin_ask(w, &second, bytes);
    finish(&second);
    struct ask_reply full = reply_of(&first);
    struct ask_reply kept = reply_of(&second);
    assert_true(kept.repeated_request);
    assert_int_equal(kept.part_count, 1);
    assert_int_equal(kept.parts[0].result.len, 0);
    assert_int_equal(kept.pseudonym.len, 0);
    assert_true(span_equal(full.parts[0].receipt.leaf, kept.parts[0].receipt.leaf));
    assert_int_equal(audit_size(w->gateway.log), size);
    begin_ask(w, &other, ask_bytes(w, handle, 1, "case-2"));
    finish(&other);
    assert_int_equal(other.status, GRPC_ALREADY_EXISTS);
}

static void watched(struct call *call, size_t i, struct wire_watch_reply *out) {
    struct wire_report report;
    *out = (struct wire_watch_reply){0};
    assert_false(
        lg_failed(wire_watch_reply_decode(call->world->arena, call->messages[i], &report, out)));
}

static void a_watch_is_joined_and_repeated_whole(void **state) {
    struct line_world *w = *state;
    struct call calls[3];
    struct span bytes = ask_bytes(w, handle_of_amy(w), 1, "case-1");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    begin(w, &calls[0], watch_path, GRPC_SERVER_STREAM, bytes);
    line_until_fetched(w, LINE_HOMES, 1);
    begin(w, &calls[1], watch_path, GRPC_SERVER_STREAM, bytes);
    line_settle(w);
    line_agency_release(w, LINE_HOMES);
    finish(&calls[0]);
    finish(&calls[1]);
    begin(w, &calls[2], watch_path, GRPC_SERVER_STREAM, bytes);
    finish(&calls[2]);
    for (size_t i = 0; i < 3; i++) {
        struct wire_watch_reply part;
        struct wire_watch_reply end;
        assert_int_equal(calls[i].status, GRPC_OK);
        assert_int_equal(calls[i].count, 2);
        watched(&calls[i], 0, &part);
        watched(&calls[i], 1, &end);
        assert_int_equal(part.kind, WIRE_WATCH_PART);
        assert_int_equal(end.kind, WIRE_WATCH_END);
        assert_true(part.part.part.receipt.leaf.len > 0);
        assert_int_equal(part.part.part.result.len > 0, i < 2);
        assert_int_equal(part.part.pseudonym.len > 0, i < 2);
    }
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 1);
}

static void a_joiner_of_a_question_that_ends_without_answer_is_told(void **state) {
    struct line_world *w = *state;
    struct call first;
    struct call second;
    struct span bytes = ask_bytes(w, handle_of_amy(w), 1, "case-1");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    begin_ask(w, &first, bytes);
    line_until_fetched(w, LINE_HOMES, 1);
    begin_ask(w, &second, bytes);
    line_settle(w);
    grpc_leg_cancel(&first.leg);
    finish(&second);
    assert_int_equal(second.status, GRPC_ABORTED);
}

static void a_joiner_may_leave(void **state) {
    struct line_world *w = *state;
    struct call first;
    struct call second;
    struct span bytes = ask_bytes(w, handle_of_amy(w), 1, "case-1");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    begin_ask(w, &first, bytes);
    line_until_fetched(w, LINE_HOMES, 1);
    begin_ask(w, &second, bytes);
    line_settle(w);
    grpc_leg_cancel(&second.leg);
    line_settle(w);
    line_agency_release(w, LINE_HOMES);
    finish(&first);
    assert_true(reply_of(&first).parts[0].result.len > 0);
}

/* The server goes while questions are under way: every one is closed, none is answered twice. */
static void a_server_that_ends_closes_its_questions(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct call calls[2];
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    struct span handle = handle_of_amy(w);
    uint64_t from = audit_size(w->gateway.log);
    begin_ask(w, &calls[0], ask_bytes(w, handle, 1, "case-1"));
    begin_ask(w, &calls[1], ask_bytes(w, handle, 2, "case-2"));
    line_until_fetched(w, LINE_HOMES, 2);
    grpc_server_free(&w->server);
    finish(&calls[0]);
    finish(&calls[1]);
    for (int i = 0; i < 400 && http2_host_counters(w->host)->works > 2; i++) {
        line_settle(w); /* what is left are the two at the agency */
    }
    line_agency_release(w, LINE_HOMES);
    line_settle(w);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_ASK), 2);
    assert_int_equal(line_log_finals(&log), 2);
}

/* ---- evaluation ---- */

static void begin_evaluate(struct line_world *w, struct call *call) {
    struct vault_point point;
    struct span bytes;
    vault_point_random(&point);
    struct span element = span_of(point.bytes, sizeof point.bytes);
    const struct wire_blinded_batch batch = {.token_class = TOKEN_N, .elements = {&element, 1}};
    struct wire_evaluate_request request = {.batches = &batch, .batch_count = 1};
    request.ground.actor =
        (struct actor){.user_id = span_text("u-17"), .role = span_text("worker")};
    request.ground.purpose = span_text("child-safeguarding");
    request.ground.basis = span_text("act");
    assert_false(lg_failed(wire_evaluate_request_encode(w->arena, &request, &bytes)));
    begin(w, call, "/lockgate.v1.Subjects/Evaluate", GRPC_UNARY, bytes);
}

/* Its place is free at once: a caller who goes away holds nothing up, nor does a stop. */
static void an_evaluation_ends_with_its_caller(void **state) {
    struct line_world *w = *state;
    struct call call;
    w->keys.manner = LINE_HOLDS;
    uint64_t works = http2_host_counters(w->host)->works;
    begin_evaluate(w, &call);
    for (int i = 0; i < 400 && w->keys.evaluations == 0; i++) {
        line_settle(w);
    }
    grpc_leg_cancel(&call.leg);
    line_settle(w);
    assert_int_equal(http2_host_counters(w->host)->works, works + 1); /* at the key service */
    line_keys_release(w);
    line_settle(w);
    assert_int_equal(http2_host_counters(w->host)->works, works);
}

/* After the agreement's last day, with certificates still good. */
static int64_t late_wall(void *ctx) {
    return ((const struct line_world *)ctx)->wall_ms + INT64_C(86400000) * 201;
}

static void an_evaluation_needs_an_agreement_in_force(void **state) {
    struct line_world *w = *state;
    struct call call;
    begin_evaluate(w, &call);
    finish(&call);
    assert_int_equal(call.status, GRPC_UNAVAILABLE); /* the test's key service has no keys */
    w->gateway.clock.wall_ms = late_wall;
    begin_evaluate(w, &call);
    finish(&call);
    assert_int_equal(call.status, GRPC_PERMISSION_DENIED);
    assert_int_equal(w->keys.evaluations, 1);
}

/* ---- enrolment ---- */

static struct span header_bytes(struct line_world *w, const char *agreement) {
    const struct wire_enrol_request request = {.kind = WIRE_ENROL_HEADER,
                                               .header = {.agreement = span_text(agreement)}};
    struct span bytes;
    assert_false(lg_failed(wire_enrol_request_encode(w->arena, &request, &bytes)));
    return bytes;
}

static struct span record_bytes(struct line_world *w, uint32_t number) {
    struct edge_token token = {.token_class = TOKEN_N, .epoch = 1};
    struct edge_sealed_token sealed;
    struct edge_sealed_reference reference;
    struct vault_box_public index = vault_box_public(w->index_key);
    struct vault_box_public agency = vault_box_public(w->agencies[LINE_HOMES].box);
    struct span bytes;
    vault_point_random(&token.point);
    assert_false(lg_failed(edge_token_seal(&index, &token, &sealed)));
    assert_false(lg_failed(edge_reference_seal(&agency, span_text("P-1"), &reference)));
    const struct token sent = {TOKEN_N, 1, span_of(sealed.bytes, sizeof sealed.bytes)};
    const struct wire_enrol_request request = {
        .kind = WIRE_ENROL_RECORD,
        .record = {.line = number + 1,
                   .record_tag = line_tag(number),
                   .reference = span_of(reference.bytes, sizeof reference.bytes),
                   .tokens = &sent,
                   .token_count = 1},
    };
    assert_false(lg_failed(wire_enrol_request_encode(w->arena, &request, &bytes)));
    return bytes;
}

static void enrol_begin(struct line_world *w, struct call *call) {
    begin(w, call, "/lockgate.v1.Subjects/Enrol", GRPC_CLIENT_STREAM, span_of(NULL, 0));
}

static void enrol_send(struct call *call, struct span message) {
    struct lg_err err = grpc_leg_send(call->leg, message);
    for (int i = 0; i < 100 && lg_failed(err); i++) {
        line_settle(call->world);
        err = grpc_leg_send(call->leg, message);
    }
    assert_false(lg_failed(err));
}

static void send_records(struct line_world *w, struct call *call, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        enrol_send(call, record_bytes(w, i));
    }
}

static uint64_t enrolled(struct line_world *w) {
    uint64_t count = 0;
    assert_false(lg_failed(store_agency_count(w->store.reader, span_text("care"), &count)));
    return count;
}

static void until_enrolled(struct line_world *w, uint64_t count) {
    for (int i = 0; i < 400 && enrolled(w) < count; i++) {
        line_settle(w);
    }
    assert_int_equal(enrolled(w), count);
}

static void until_logged(struct line_world *w, uint64_t size) {
    for (int i = 0; i < 400 && audit_size(w->gateway.log) < size; i++) {
        line_settle(w);
    }
    line_settle(w);
    assert_int_equal(audit_size(w->gateway.log), size);
}

static void an_enrolment_is_counted_and_logged(void **state) {
    struct line_world *w = *state;
    struct call call;
    struct line_log log;
    struct wire_report report;
    struct wire_enrol_reply reply = {0};
    uint64_t from = audit_size(w->gateway.log);
    enrol_begin(w, &call);
    enrol_send(&call, header_bytes(w, "line"));
    send_records(w, &call, LIMIT_SERVICE_ENROL_BATCH + 2);
    grpc_leg_end(call.leg);
    finish(&call);
    assert_int_equal(call.status, GRPC_OK);
    assert_false(lg_failed(wire_enrol_reply_decode(w->arena, call.messages[0], &report, &reply)));
    assert_int_equal(reply.received, LIMIT_SERVICE_ENROL_BATCH + 2);
    assert_int_equal(reply.added, LIMIT_SERVICE_ENROL_BATCH + 2);
    line_log_read(w, from, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.entries[0].kind, AUDIT_ENROL);
    assert_int_equal(log.entries[0].record_count, LIMIT_SERVICE_ENROL_BATCH + 2);
}

/* Just one batch: the end comes while it is written. */
static void the_end_may_come_while_a_batch_is_written(void **state) {
    struct line_world *w = *state;
    struct call call;
    enrol_begin(w, &call);
    enrol_send(&call, header_bytes(w, "line"));
    send_records(w, &call, LIMIT_SERVICE_ENROL_BATCH);
    grpc_leg_end(call.leg);
    finish(&call);
    assert_int_equal(call.status, GRPC_OK);
    assert_int_equal(enrolled(w), LIMIT_SERVICE_ENROL_BATCH);
}

/* What was written by a stream that broke is in the index, so it is in the log. */
static void a_broken_stream_leaves_its_entry(void **state) {
    struct line_world *w = *state;
    struct call call;
    struct line_log log;
    uint64_t from = audit_size(w->gateway.log);
    enrol_begin(w, &call);
    enrol_send(&call, header_bytes(w, "line"));
    send_records(w, &call, LIMIT_SERVICE_ENROL_BATCH + 1);
    until_enrolled(w, LIMIT_SERVICE_ENROL_BATCH);
    line_settle(w);
    grpc_leg_cancel(&call.leg);
    until_logged(w, from + 1);
    line_log_read(w, from, &log);
    assert_int_equal(log.entries[0].kind, AUDIT_ENROL);
    assert_int_equal(log.entries[0].record_count, LIMIT_SERVICE_ENROL_BATCH);
}

static void a_stream_may_break_while_a_batch_is_written(void **state) {
    struct line_world *w = *state;
    struct call call;
    uint64_t from = audit_size(w->gateway.log);
    enrol_begin(w, &call);
    enrol_send(&call, header_bytes(w, "line"));
    send_records(w, &call, LIMIT_SERVICE_ENROL_BATCH);
    for (int i = 0; i < 4; i++) {
        loop_turn(w->worker.loop, 0);
    }
    grpc_leg_cancel(&call.leg);
    line_settle(w);
    /* The batch got there or it did not; where it did, it is logged. */
    for (int i = 0; i < 20; i++) {
        line_settle(w);
    }
    assert_int_equal(audit_size(w->gateway.log), enrolled(w) > 0 ? from + 1 : from);
}

/* A fault in the middle refuses the stream and still logs what was taken. */
static void a_second_header_refuses_and_logs_what_was_taken(void **state) {
    struct line_world *w = *state;
    struct call call;
    uint64_t from = audit_size(w->gateway.log);
    enrol_begin(w, &call);
    enrol_send(&call, header_bytes(w, "line"));
    send_records(w, &call, LIMIT_SERVICE_ENROL_BATCH);
    until_enrolled(w, LIMIT_SERVICE_ENROL_BATCH);
    enrol_send(&call, header_bytes(w, "line"));
    finish(&call);
    assert_int_equal(call.status, GRPC_INVALID_ARGUMENT);
    until_logged(w, from + 1);
}

static void expect_refused(struct line_world *w, const struct span *messages, size_t count,
                           enum grpc_status status) {
    struct call call;
    enrol_begin(w, &call);
    for (size_t i = 0; i < count; i++) {
        if (call.leg != NULL) {
            enrol_send(&call, messages[i]);
        }
        line_settle(w);
    }
    if (call.leg != NULL) {
        grpc_leg_end(call.leg);
    }
    finish(&call);
    assert_int_equal(call.status, status);
    assert_int_equal(enrolled(w), 0);
}

/* A job of the pool that lasts until it is let go. */
struct stuck {
    _Atomic bool is_free;
    bool is_done;
    struct loop_job job;
};

static void stuck_work(void *ctx) {
    struct stuck *stuck = ctx;
    while (!atomic_load(&stuck->is_free)) {
        (void)sched_yield();
    }
}

static void on_stuck(void *ctx) {
    ((struct stuck *)ctx)->is_done = true;
}

/* However many batches wait to be written, a question that needs a name written waits for none. */
static void enrolments_hold_no_question_up(void **state) {
    struct line_world *w = *state;
    struct stuck stuck = {.is_free = false};
    struct call enrolment;
    struct call question;
    struct span bytes = ask_bytes(w, handle_of_amy(w), 1, "case-1");
    stuck.job = (struct loop_job){
        .work = stuck_work, .on_done = on_stuck, .ctx = &stuck, .loop = w->worker.loop};
    loop_pool_send(w->gateway.bulk, &stuck.job);
    enrol_begin(w, &enrolment);
    enrol_send(&enrolment, header_bytes(w, "line"));
    send_records(w, &enrolment, LIMIT_SERVICE_ENROL_BATCH);
    grpc_leg_end(enrolment.leg);
    line_settle(w);
    begin_ask(w, &question, bytes);
    finish(&question);
    assert_int_equal(reply_of(&question).pseudonym.len, 58);
    assert_int_equal(enrolled(w), 0);
    atomic_store(&stuck.is_free, true);
    finish(&enrolment);
    assert_int_equal(enrolment.status, GRPC_OK);
    assert_true(stuck.is_done);
}

static void faults_refuse_the_stream(void **state) {
    struct line_world *w = *state;
    uint64_t from = audit_size(w->gateway.log);
    const struct span record = record_bytes(w, 1);
    const struct span unknown = header_bytes(w, "somebody-elses");
    const struct span rubbish = span_text("\xff\xff\xff");
    const struct span twice[] = {header_bytes(w, "line"), header_bytes(w, "line")};
    expect_refused(w, NULL, 0, GRPC_INVALID_ARGUMENT);
    expect_refused(w, &record, 1, GRPC_INVALID_ARGUMENT);
    expect_refused(w, &unknown, 1, GRPC_PERMISSION_DENIED);
    expect_refused(w, &rubbish, 1, GRPC_INVALID_ARGUMENT);
    expect_refused(w, twice, 2, GRPC_INVALID_ARGUMENT);
    assert_int_equal(audit_size(w->gateway.log), from);
}

/* What a caller calls an agreement does not get into the log. */
static void a_retirement_logs_known_names_only(void **state) {
    struct line_world *w = *state;
    struct call call;
    struct line_log log;
    struct record_tag tag = line_tag(7);
    struct span tags = span_of(tag.bytes, sizeof tag.bytes);
    struct wire_retire_request request = {.agreement = span_text("canary of 64 bytes or more "
                                                                 "that is no agreement of anybody "
                                                                 "at all, ever"),
                                          .record_tags = {&tags, 1}};
    struct span bytes;
    uint64_t from = audit_size(w->gateway.log);
    assert_false(lg_failed(wire_retire_request_encode(w->arena, &request, &bytes)));
    begin(w, &call, "/lockgate.v1.Subjects/Retire", GRPC_UNARY, bytes);
    finish(&call);
    assert_int_equal(call.status, GRPC_OK);
    line_log_read(w, from, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.entries[0].agreement.len, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_repeat_in_flight_joins),
        T(a_repeat_after_the_end_gets_receipts_and_no_records),
        T(a_watch_is_joined_and_repeated_whole),
        T(a_joiner_of_a_question_that_ends_without_answer_is_told),
        T(a_joiner_may_leave),
        T(a_server_that_ends_closes_its_questions),
        T(an_evaluation_ends_with_its_caller),
        T(an_evaluation_needs_an_agreement_in_force),
        T(an_enrolment_is_counted_and_logged),
        T(the_end_may_come_while_a_batch_is_written),
        T(a_broken_stream_leaves_its_entry),
        T(a_stream_may_break_while_a_batch_is_written),
        T(a_second_header_refuses_and_logs_what_was_taken),
        T(enrolments_hold_no_question_up),
        T(faults_refuse_the_stream),
        T(a_retirement_logs_known_names_only),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
