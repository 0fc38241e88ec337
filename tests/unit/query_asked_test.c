/* SPDX-License-Identifier: Apache-2.0 */
/* What changes between the grant and its ASK: nobody is asked for what is no longer granted. */
#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/access/access.h"
#include "gateway/base/limits.h"
#include "gateway/query/query_int.h"
#include "gateway/store/keys.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_SCHOOL = 1U << LINE_SCHOOL,
    AT_TRUST = 1U << LINE_TRUST,
};

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", "tenancy.arrears",
                                      "250", NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};
static const char *const health[] = {"mental-health.status", "open", NULL};

static struct span_list name_of(struct line_world *w, const char *name) {
    struct span *names = arena_alloc(w->arena, sizeof *names);
    assert_non_null(names);
    *names = span_text(name);
    return (struct span_list){names, 1};
}

static struct line_ask asked(struct line_world *w, const struct person_id *person,
                             const char *source, bool is_enough) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, person, is_enough));
    ask.question.sources = name_of(w, source);
    return ask;
}

static void run_out(struct line_ask *ask, bool passes) {
    for (int i = 0; i < 400 && !ask->is_closed; i++) {
        line_pass(ask->world, passes ? 50 : 0);
    }
    assert_true(ask->is_closed);
}

static bool was_asked_for(const struct line_agency *agency, const char *item) {
    for (size_t i = 0; i < agency->last.items.count; i++) {
        if (span_equal_text(agency->last.items.items[i], item)) {
            return true;
        }
    }
    return false;
}

static void a_withdrawal_on_its_way_asks_nobody(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    struct line_ask ask = asked(w, &amy, "school", true);
    ask.question.items = name_of(w, "schooling.attendance");
    uint64_t from = audit_size(w->gateway.log);
    line_consent_begin(w, &amy, CONSENT_WITHDRAWN);
    line_ask_begin(&ask);
    run_out(&ask, false);
    assert_int_equal(w->agencies[LINE_SCHOOL].fetches, 0);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_WITHHELD_BY_CONSENT);
    line_log_read(w, from, &log);
    assert_int_equal(log.entries[0].kind, AUDIT_CONSENT); /* it did come before the question */
    assert_int_equal(line_log_count(&log, AUDIT_ASK), 1);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 0);
    assert_int_equal(line_log_finals(&log), 1);
    assert_true(
        span_equal_text(line_log_one(&log, AUDIT_DENIAL, "school")->reason, "CONSENT_MISSING"));
}

static void what_needs_no_consent_is_asked_for_all_the_same(void **state) {
    struct line_world *w = *state;
    struct line_agency *homes = &w->agencies[LINE_HOMES];
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    homes->answer = line_answer(w, tenancy, NULL, 0);
    for (unsigned withdraws = 0; withdraws < 2; withdraws++) {
        struct line_ask ask = asked(w, &amy, "homes", true);
        if (withdraws == 1) {
            line_consent_begin(w, &amy, CONSENT_WITHDRAWN);
        }
        line_ask_begin(&ask);
        run_out(&ask, false);
        assert_int_equal(homes->fetches, 1 + withdraws);
        assert_true(was_asked_for(homes, "tenancy.address"));
        assert_int_equal(was_asked_for(homes, "tenancy.arrears"), withdraws == 0);
        assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "1 Sample Street");
    }
}

/* A hidden source is called whatever the person wants, at its slot, and no longer about them. */
static void a_hidden_source_gets_a_decoy(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, NULL, 0);
    struct line_ask ask = asked(w, &amy, "trust", false);
    ask.question.items = name_of(w, "mental-health.status");
    int64_t begun_ms = w->mono_ms;
    line_consent_begin(w, &amy, CONSENT_WITHDRAWN);
    line_ask_begin(&ask);
    run_out(&ask, true);
    assert_int_equal(w->agencies[LINE_TRUST].fetches, 1);
    assert_int_equal(w->agencies[LINE_TRUST].real_fetches, 0);
    assert_int_equal(line_part_of(&ask, "trust")->extract.state, SOURCE_NOTHING_TO_SHOW);
    assert_int_equal(ask.pseudonym.len, 0);
    assert_int_equal(ask.ended_ms - begun_ms, LINE_SLOT_MS);
}

static void on_stop(void *ctx, const struct audit_outcome *outcome) {
    (void)ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
}

static void stop_begin(struct line_world *w) {
    const struct access_stop stop = {.whom = {.agency = span_text("care")},
                                     .at_ms = w->wall_ms,
                                     .by_agency = span_text("homes"),
                                     .by_user = span_text("o1"),
                                     .by_role = span_text("ig-officer"),
                                     .reason = span_text("of the test")};
    struct store_tag tag;
    struct audit_scope scope;
    struct audit_entry_fields fields = {.kind = AUDIT_STOP,
                                        .requesting_agency = span_text("homes"),
                                        .reason = span_text(ACCESS_REASON_STOP)};
    assert_false(lg_failed(access_scope_make(w->store.store, &stop.whom, &tag)));
    assert_false(lg_failed(access_stop_encode(&stop, w->arena, &fields.sealed)));
    memcpy(scope.bytes, tag.bytes, sizeof scope.bytes);
    const struct audit_batch batch = {
        .entries = &fields, .count = 1, .changed = &scope, .changed_count = 1};
    assert_false(lg_failed(audit_commit(w->gateway.log, &batch, w->worker.loop, on_stop, NULL)));
}

static void a_stop_of_the_caller_on_its_way_is_a_refusal(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    struct line_ask ask = asked(w, &amy, "homes", true);
    uint64_t from = audit_size(w->gateway.log);
    stop_begin(w);
    line_ask_begin(&ask);
    run_out(&ask, false);
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 0);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(ask.verdict.decision, DECISION_REFUSE);
    assert_true(span_equal_text(ask.verdict.code, query_stopped_code));
    assert_true(ask.has_refusal_receipt);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_ASK), 0);
    assert_true(span_equal_text(line_log_one(&log, AUDIT_DENIAL, "")->reason, query_stopped_code));
}

/* Whoever gives their consent again, each time that the question is about to go on. */
struct giver {
    struct line_world *world;
    const struct line_ask *ask;
    struct person_id person;
    struct loop_later later;
};

static void on_before_the_question(void *ctx) {
    struct giver *giver = ctx;
    const struct query *query = giver->ask->query;
    if (!giver->ask->is_closed && query->has_commit_result &&
        query->commit_result == AUDIT_REFUSED_STALE) {
        line_consent_begin(giver->world, &giver->person, CONSENT_GIVEN);
    }
}

static bool is_about(struct line_world *w, const struct audit_entry *entry,
                     const struct person_id *person) {
    struct vault_key *key = NULL;
    assert_false(lg_failed(store_key_subject(w->store.store, person, entry->quarter, &key)));
    bool is = audit_entry_is_about(entry, key);
    vault_key_free(&key);
    return is;
}

/* It gives up, and that it was there is in the log, where the person's report finds it. */
static void a_question_given_up_before_it_was_asked_is_in_the_log(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    struct line_ask ask = asked(w, &amy, "homes", true);
    uint64_t from = audit_size(w->gateway.log);
    struct giver giver = {.world = w, .ask = &ask, .person = amy};
    line_consent_begin(w, &amy, CONSENT_GIVEN);
    line_ask_begin(&ask);
    for (int i = 0; i < 4000000 && !ask.is_closed;
         i++) { /* what runs later keeps it from waiting */
        loop_later_start(w->worker.loop, &giver.later, on_before_the_question, &giver);
        loop_turn(w->worker.loop, 0);
        (void)sched_yield();
    }
    assert_true(ask.is_closed);
    loop_later_stop(w->worker.loop, &giver.later);
    assert_int_equal(ask.status, GRPC_ABORTED);
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 0);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_ASK), 0);
    assert_int_equal(line_log_finals(&log), 1);
    const struct audit_entry *entry = line_log_one(&log, AUDIT_DENIAL, "");
    assert_true(span_equal_text(entry->reason, "CHANGED_MEANWHILE"));
    struct person_id other = line_person(w, 2, AT_HOMES);
    assert_true(is_about(w, entry, &amy));
    assert_false(is_about(w, entry, &other));
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_withdrawal_on_its_way_asks_nobody),
        T(what_needs_no_consent_is_asked_for_all_the_same),
        T(a_hidden_source_gets_a_decoy),
        T(a_stop_of_the_caller_on_its_way_is_a_refusal),
        T(a_question_given_up_before_it_was_asked_is_in_the_log),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
