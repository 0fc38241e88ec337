/* SPDX-License-Identifier: Apache-2.0 */
/* An enrolment that makes one person of two: grants that rest on either are stale from then on, and
 * the log does not tell by its length whether it happened. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/consent/consent.h"
#include "gateway/wire/subjects.h"
#include "tests/support/audit_support.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

/* CARE_RECORD: the number of care's own record, which nobody else has at first. */
enum { AMY = 1, BEN = 2, CARE_RECORD = 50, AT_SCHOOL = 1U << LINE_SCHOOL };

struct call {
    struct line_world *world;
    struct grpc_leg *leg;
    struct wire_enrol_reply reply;
    bool is_done;
    enum grpc_status status;
};

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    struct call *call = ctx;
    struct wire_report report;
    (void)leg;
    assert_false(
        lg_failed(wire_enrol_reply_decode(call->world->arena, message, &report, &call->reply)));
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct call *call = ctx;
    (void)leg;
    call->is_done = true;
    call->leg = NULL;
    call->status = outcome->status;
}

static const struct grpc_leg_events call_events = {.on_message = on_message, .on_done = on_done};

static void message_send(struct call *call, const struct wire_enrol_request *request) {
    struct span bytes;
    assert_false(lg_failed(wire_enrol_request_encode(call->world->arena, request, &bytes)));
    assert_false(lg_failed(grpc_leg_send(call->leg, bytes)));
}

/* The identifier of person `number`, as line_person has it, or one of nobody. */
static struct edge_token identifier(uint32_t number) {
    struct store_token tokens[5];
    char text[16];
    struct edge_token token = {.token_class = TOKEN_N, .epoch = 1};
    (void)snprintf(text, sizeof text, "999%07u", number);
    const struct made_person person = {"m", "example", "19840517", "ZZ1 1AA", text};
    size_t count = store_support_tokens(&person, tokens);
    for (size_t i = 0; i < count; i++) {
        if (tokens[i].token_class == TOKEN_N) {
            token.epoch = tokens[i].epoch;
            memcpy(token.point.bytes, tokens[i].point, sizeof token.point.bytes);
        }
    }
    return token;
}

/* Care's one record, with the identifier of this person. */
static struct wire_enrol_reply care_enrols_as(struct line_world *w, uint32_t number,
                                              enum opt_out opt_out, const char *day) {
    struct edge_token token = identifier(number);
    struct edge_sealed_token sealed;
    struct edge_sealed_reference reference;
    struct vault_box_public index = vault_box_public(w->index_key);
    struct vault_box_public agency = vault_box_public(w->agencies[LINE_HOMES].box);
    assert_false(lg_failed(edge_token_seal(&index, &token, &sealed)));
    assert_false(lg_failed(edge_reference_seal(&agency, span_text("P-1"), &reference)));
    const struct token sent = {TOKEN_N, token.epoch, span_of(sealed.bytes, sizeof sealed.bytes)};
    const struct wire_enrol_request header = {.kind = WIRE_ENROL_HEADER,
                                              .header = {.agreement = span_text("line")}};
    const struct wire_enrol_request record = {
        .kind = WIRE_ENROL_RECORD,
        .record = {.line = 1,
                   .record_tag = line_tag(CARE_RECORD),
                   .reference = span_of(reference.bytes, sizeof reference.bytes),
                   .tokens = &sent,
                   .token_count = 1,
                   .opt_out = opt_out,
                   .opt_out_day = span_text(day)},
    };
    struct call call = {.world = w};
    const struct grpc_request request = {.path = "/lockgate.v1.Subjects/Enrol",
                                         .kind = GRPC_CLIENT_STREAM,
                                         .deadline_ms = w->mono_ms + 20000};
    assert_false(
        lg_failed(grpc_channel_call(w->channel, &request, &call_events, &call, &call.leg)));
    message_send(&call, &header);
    message_send(&call, &record);
    grpc_leg_end(call.leg);
    for (int i = 0; i < 400 && !call.is_done; i++) {
        line_settle(w);
    }
    assert_true(call.is_done);
    assert_int_equal(call.status, GRPC_OK);
    return call.reply;
}

static void care_enrols(struct line_world *w, uint32_t number) {
    struct wire_enrol_reply reply = care_enrols_as(w, number, OPT_OUT_NOT_STATED, "");
    assert_int_equal(reply.added + reply.updated, 1);
}

static struct person_id care_person(struct line_world *w) {
    struct person_id person;
    assert_true(store_support_person(&w->store, "care", CARE_RECORD, &person));
    return person;
}

/* ---- what rests on a person */

static void on_result(void *ctx, const struct audit_outcome *outcome) {
    enum audit_result *result = ctx;
    *result = outcome->result;
}

/* A release that rests on this person as of `through`. */
static enum audit_result release(struct line_world *w, const struct person_id *person,
                                 uint64_t through) {
    struct audit_commitment commitment;
    struct audit_detail detail;
    struct audit_condition condition = {.applied_through = through};
    struct store_tag scope;
    struct span id = span_of(person->bytes, sizeof person->bytes);
    enum audit_result result = AUDIT_REFUSED_MEMORY;
    audit_commitment_make(span_text("part"), &commitment);
    const struct audit_entry_fields fields =
        audit_support_part(1, AUDIT_RELEASE, &commitment, &detail);
    assert_false(lg_failed(store_tag_make(w->store.store, STORE_TAG_SCOPE_PERSON, &id, 1, &scope)));
    memcpy(condition.scope, scope.bytes, sizeof condition.scope);
    const struct audit_batch batch = {
        .entries = &fields, .count = 1, .conditions = &condition, .condition_count = 1};
    assert_false(lg_failed(audit_commit_wait(w->gateway.log, &batch, on_result, &result)));
    return result;
}

static void a_merge_makes_grants_of_both_stale(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, AMY, AT_SCHOOL);
    struct person_id ben = line_person(w, BEN, AT_SCHOOL);
    care_enrols(w, CARE_RECORD);
    struct person_id alone = care_person(w);
    assert_memory_not_equal(&alone, &amy, sizeof amy);
    uint64_t through = audit_size(w->gateway.log);
    assert_int_equal(release(w, &amy, through), AUDIT_COMMITTED);
    assert_int_equal(release(w, &alone, through), AUDIT_COMMITTED);
    care_enrols(w, AMY);
    struct person_id now = care_person(w);
    assert_memory_equal(&now, &amy, sizeof amy);
    assert_int_equal(release(w, &amy, through), AUDIT_REFUSED_STALE);
    assert_int_equal(release(w, &alone, through), AUDIT_REFUSED_STALE);
    assert_int_equal(release(w, &ben, through), AUDIT_COMMITTED);
    assert_int_equal(release(w, &amy, audit_size(w->gateway.log)), AUDIT_COMMITTED);
}

/* Care must not learn from the number of entries that somebody else knows its person. */
static void an_update_has_the_same_entries_merged_or_not(void **state) {
    struct line_world *w = *state;
    (void)line_person(w, AMY, AT_SCHOOL);
    const uint32_t changes[] = {CARE_RECORD, AMY, CARE_RECORD + 1};
    uint64_t entries[3];
    for (size_t i = 0; i < 3; i++) {
        uint64_t from = audit_size(w->gateway.log);
        care_enrols(w, changes[i]);
        entries[i] = audit_size(w->gateway.log) - from;
    }
    assert_int_equal(entries[0], 1);
    assert_int_equal(entries[1], 2); /* merged */
    assert_int_equal(entries[2], 2); /* not */
}

static void opting_out_makes_grants_stale(void **state) {
    struct line_world *w = *state;
    assert_int_equal(care_enrols_as(w, CARE_RECORD, OPT_OUT_DOES_NOT_APPLY, "2020-01-01").added, 1);
    struct person_id person = care_person(w);
    uint64_t through = audit_size(w->gateway.log);
    /* A newer day takes nothing away. */
    assert_int_equal(care_enrols_as(w, CARE_RECORD, OPT_OUT_DOES_NOT_APPLY, "2020-01-08").unchanged,
                     1);
    assert_int_equal(release(w, &person, through), AUDIT_COMMITTED);
    assert_int_equal(care_enrols_as(w, CARE_RECORD, OPT_OUT_APPLIES, "2020-01-15").updated, 1);
    assert_int_equal(release(w, &person, through), AUDIT_REFUSED_STALE);
    assert_int_equal(release(w, &person, audit_size(w->gateway.log)), AUDIT_COMMITTED);
}

static void an_opt_out_without_its_day_is_rejected(void **state) {
    struct line_world *w = *state;
    static const struct {
        enum opt_out opt_out;
        const char *day;
    } WRONG[] = {
        {OPT_OUT_APPLIES, ""},           {OPT_OUT_NOT_STATED, "2020-01-01"},
        {OPT_OUT_APPLIES, "2020-02-30"}, {OPT_OUT_DOES_NOT_APPLY, "2999-01-01"},
        {OPT_OUT_APPLIES, "01/01/2020"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct wire_enrol_reply reply =
            care_enrols_as(w, CARE_RECORD, WRONG[i].opt_out, WRONG[i].day);
        assert_int_equal(reply.received, 1);
        assert_int_equal(reply.added + reply.updated + reply.unchanged, 0);
        assert_int_equal(reply.rejected_line_count, 1);
        assert_int_equal(reply.rejected_lines[0].line, 1);
        assert_true(span_equal_text(reply.rejected_lines[0].code, "OPT_OUT"));
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_merge_makes_grants_of_both_stale),
        T(an_update_has_the_same_entries_merged_or_not),
        T(opting_out_makes_grants_stale),
        T(an_opt_out_without_its_day_is_rejected),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
