/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests go first: what the partnership calls urgent, what lies within it, what is declared
 * an emergency, withdrawals; and which go last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/service/service_int.h"
#include "gateway/wire/subjects.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

static int setup(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

static const struct grpc_method *method(const struct line_world *w, const char *path) {
    size_t count = 0;
    const struct grpc_method *methods = service_methods(w->service, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(methods[i].path, path) == 0) {
            return &methods[i];
        }
    }
    fail_msg("no such method");
    return NULL;
}

static enum grpc_lane lane_of(const struct line_world *w, const char *path, struct span message) {
    const struct grpc_method *it = method(w, path);
    assert_non_null(it->lane_of);
    return it->lane_of(it->ctx, message);
}

static struct question question_for(struct line_world *w, const char *purpose) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, span_text("handle"));
    ask.question.ground.purpose = span_text(purpose);
    ask.question.ground.actor =
        (struct actor){.user_id = span_text("u-17"), .role = span_text("worker")};
    memset(ask.question.id.bytes, 7, sizeof ask.question.id.bytes);
    return ask.question;
}

static enum grpc_lane ask_lane(struct line_world *w, const char *purpose) {
    struct span bytes;
    struct question question = question_for(w, purpose);
    assert_false(lg_failed(wire_ask_request_encode(w->arena, &question, &bytes)));
    assert_int_equal(lane_of(w, "/lockgate.v1.Disclosures/Watch", bytes),
                     lane_of(w, "/lockgate.v1.Disclosures/Ask", bytes));
    return lane_of(w, "/lockgate.v1.Disclosures/Ask", bytes);
}

static void urgent_set(struct line_world *w, char **purposes, uint32_t count) {
    w->registry.urgent_purposes = purposes;
    w->registry.urgent_purpose_count = count;
}

static void test_nothing_is_urgent_by_itself(void **state) {
    struct line_world *w = *state;
    urgent_set(w, NULL, 0);
    assert_int_equal(ask_lane(w, "child-safeguarding"), GRPC_LANE_NORMAL);
    assert_int_equal(ask_lane(w, "safeguarding"), GRPC_LANE_NORMAL);
}

static void test_listed_purposes(void **state) {
    struct line_world *w = *state;
    char child[] = "child-safeguarding";
    char all[] = "safeguarding";
    char other[] = "something-else";
    char *narrow[] = {other, child};
    char *wide[] = {all};
    urgent_set(w, narrow, 2);
    assert_int_equal(ask_lane(w, "child-safeguarding"), GRPC_LANE_URGENT);
    assert_int_equal(ask_lane(w, "safeguarding"), GRPC_LANE_NORMAL);
    assert_int_equal(ask_lane(w, "child-safeguardin"), GRPC_LANE_NORMAL);
    assert_int_equal(ask_lane(w, "child-safeguarding2"), GRPC_LANE_NORMAL);
    /* What the agreement puts within a listed purpose. */
    urgent_set(w, wide, 1);
    assert_int_equal(ask_lane(w, "child-safeguarding"), GRPC_LANE_URGENT);
    assert_int_equal(ask_lane(w, "safeguarding"), GRPC_LANE_URGENT);
    assert_int_equal(ask_lane(w, "something-else"), GRPC_LANE_NORMAL);
    urgent_set(w, NULL, 0);
}

/* Answers are remembered, and never for another purpose, list or set of agreements. */
static void test_what_is_remembered_is_for_one_purpose(void **state) {
    struct line_world *w = *state;
    char child[] = "child-safeguarding";
    char longest[128];
    char *list[] = {child};
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    urgent_set(w, list, 1);
    for (int i = 0; i < 3 * SERVICE_LANE_MEMOS; i++) {
        char other[32];
        snprintf(other, sizeof other, "purpose-%d", i);
        assert_int_equal(ask_lane(w, other), GRPC_LANE_NORMAL);
        assert_int_equal(ask_lane(w, other), GRPC_LANE_NORMAL);
        assert_int_equal(ask_lane(w, child), GRPC_LANE_URGENT);
        assert_int_equal(ask_lane(w, longest), GRPC_LANE_NORMAL);
        assert_int_equal(ask_lane(w, "safeguarding"), GRPC_LANE_NORMAL);
    }
    /* Only what an agreement knows: any other text is the caller's own. */
    assert_int_equal(w->service->lanes[0].purpose_len, strlen(child));
    assert_int_equal(w->service->lanes[1].purpose_len, strlen("safeguarding"));
    assert_int_equal(w->service->lanes[2].purpose_len, 0);
    /* The same purpose under another list; under other agreements, which say that it lies within
     * one that is listed, and then do not. */
    char all[] = "safeguarding";
    char *wide[] = {all};
    urgent_set(w, wide, 1);
    assert_int_equal(ask_lane(w, child), GRPC_LANE_URGENT);
    struct service_lane_memo *memos = w->service->lanes;
    for (size_t i = 0; i < SERVICE_LANE_MEMOS; i++) {
        memos[i].serial++;
        memos[i].is_urgent = !memos[i].is_urgent;
    }
    assert_int_equal(ask_lane(w, child), GRPC_LANE_URGENT);
    assert_int_equal(ask_lane(w, "something-else"), GRPC_LANE_NORMAL);
    urgent_set(w, NULL, 0);
    assert_int_equal(ask_lane(w, child), GRPC_LANE_NORMAL);
}

static void test_emergency(void **state) {
    struct line_world *w = *state;
    struct span bytes;
    struct question question = question_for(w, "safeguarding");
    urgent_set(w, NULL, 0);
    question.emergency_declared = true;
    question.emergency_reason = span_text("risk-to-life");
    question.emergency_rationale = span_text("Made up for this test, and long enough to be one");
    assert_false(lg_failed(wire_ask_request_encode(w->arena, &question, &bytes)));
    assert_int_equal(lane_of(w, "/lockgate.v1.Disclosures/Ask", bytes), GRPC_LANE_URGENT);
}

static void test_other_requests(void **state) {
    struct line_world *w = *state;
    struct span bytes;
    char child[] = "child-safeguarding";
    char *narrow[] = {child};
    struct question question = question_for(w, "child-safeguarding");
    urgent_set(w, narrow, 1);
    assert_false(lg_failed(wire_can_ask_request_encode(w->arena, &question, &bytes)));
    assert_int_equal(lane_of(w, "/lockgate.v1.Disclosures/CanAsk", bytes), GRPC_LANE_URGENT);
    question.person = (struct person_ref){
        .kind = PERSON_IDENTITY,
        .identity = {.family_name = span_text("EXAMPLE"), .born = span_text("2015-01-02")}};
    assert_false(lg_failed(wire_find_request_encode(w->arena, &question, &bytes)));
    assert_int_equal(lane_of(w, "/lockgate.v1.Subjects/Find", bytes), GRPC_LANE_URGENT);
    assert_int_equal(lane_of(w, "/lockgate.v1.Subjects/Find", span_text("")), GRPC_LANE_NORMAL);
    urgent_set(w, NULL, 0);
    assert_int_equal(lane_of(w, "/lockgate.v1.Subjects/Find", bytes), GRPC_LANE_NORMAL);
    assert_int_equal(method(w, "/lockgate.v1.Consents/Withdraw")->lane, GRPC_LANE_URGENT);
    assert_int_equal(method(w, "/lockgate.v1.Consents/Record")->lane, GRPC_LANE_NORMAL);
    assert_int_equal(method(w, "/lockgate.v1.Subjects/Enrol")->lane, GRPC_LANE_BULK);
    assert_int_equal(method(w, "/lockgate.v1.Subjects/Retire")->lane, GRPC_LANE_BULK);
    assert_int_equal(method(w, "/lockgate.v1.Audit/Get")->lane, GRPC_LANE_NORMAL);
}

int main(void) {
#define CASE(test) cmocka_unit_test_setup_teardown(test, line_world_open, line_world_close)
    const struct CMUnitTest tests[] = {
        CASE(test_nothing_is_urgent_by_itself),
        CASE(test_listed_purposes),
        CASE(test_what_is_remembered_is_for_one_purpose),
        CASE(test_emergency),
        CASE(test_other_requests),
    };
    return cmocka_run_group_tests(tests, setup, line_world_teardown);
}
