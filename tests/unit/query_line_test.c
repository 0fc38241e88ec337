/* SPDX-License-Identifier: Apache-2.0 */
/* One question from begin to closed: decisions, sources of every manner, what is released and what
 * the log holds of it. Every question that was asked ends in exactly one final entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_SCHOOL = 1U << LINE_SCHOOL,
    AT_TRUST = 1U << LINE_TRUST,
};

static const char *const tenancy[] = {"tenancy.address",
                                      "1 Sample Street",
                                      "tenancy.born",
                                      "2012-03-04",
                                      "tenancy.nhs-number",
                                      "9990000018",
                                      "tenancy.notes",
                                      "canary-note",
                                      "tenancy.arrears",
                                      "250",
                                      "other.item",
                                      "canary-item",
                                      NULL};
static const char *const schooling[] = {"schooling.attendance", "91", NULL};
static const char *const health[] = {"mental-health.status", "open", "mental-health.plan", "yes",
                                     NULL};

static struct line_ask ask_one(struct line_world *w, struct span handle, const char *agency) {
    struct line_ask ask = line_ask_of(w, QUERY_ASK, handle);
    struct span *name = arena_alloc(w->arena, sizeof *name);
    assert_non_null(name);
    *name = span_text(agency);
    ask.question.sources = (struct span_list){name, 1};
    return ask;
}

/* The log's entries of the question: ASK first, one final, nothing after it. */
static void log_take(struct line_world *w, uint64_t from, struct line_log *out_log) {
    line_log_read(w, from, out_log);
    assert_true(out_log->count > 0);
    assert_int_equal(line_log_finals(out_log), 1);
}

static bool bytes_have(struct span bytes, const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= bytes.len; i++) {
        if (memcmp(bytes.ptr + i, text, len) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- decisions ---- */

static void an_answer_is_trimmed_logged_and_released(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    assert_int_equal(ask.ends, 1);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(ask.verdict.decision, DECISION_PARTIAL);
    assert_int_equal(ask.part_count, 1);
    assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "1 Sample Street");
    assert_int_equal(strlen(line_value(&ask, "homes", "tenancy.born")), strlen("10 to 14"));
    assert_int_equal(strlen(line_value(&ask, "homes", "tenancy.nhs-number")), 58);
    assert_int_equal(ask.pseudonym.len, 58);
    const char *const kept_back[] = {"canary-note", "canary-item", "2012-03-04",
                                     "9990000018",  "rec-1",       "250"};
    for (size_t i = 0; i < sizeof kept_back / sizeof *kept_back; i++) {
        assert_false(bytes_have(ask.parts[0].result, kept_back[i]));
    }
    log_take(w, from, &log);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.entries[0].kind, AUDIT_ASK);
    const struct audit_entry *release = line_log_one(&log, AUDIT_RELEASE, "homes");
    assert_true(span_equal_text(release->reason, "ANSWERED"));
    struct audit_detail detail = line_detail(&ask, "homes");
    assert_int_equal(detail.record_count, 1);
    assert_true(span_equal_text(detail.purpose, "child-safeguarding"));
    assert_memory_equal(detail.question_id.bytes, ask.question.id.bytes, MODEL_REQUEST_ID_SIZE);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].acknowledged, 1);
}

/* Rule 13: neither requester nor purpose, in the request and in the receipt of the leaf. */
static void a_source_learns_the_permit_and_no_more(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    line_ask_run(&ask, false);
    line_settle(w);
    const struct line_agency *homes = &w->agencies[LINE_HOMES];
    const struct span seen[] = {homes->last_message, homes->last_receipt_leaf};
    const char *const hidden[] = {"care", "safeguarding", "u-17", "worker", "case-9", "act"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(seen[i].len > 0);
        for (size_t j = 0; j < sizeof hidden / sizeof *hidden; j++) {
            assert_false(bytes_have(seen[i], hidden[j]));
        }
        assert_false(bytes_have(seen[i], (const char[]){(char)w->next_id, (char)w->next_id,
                                                        (char)w->next_id, (char)w->next_id, '\0'}));
    }
    assert_true(bytes_have(homes->last_message, "line"));
    assert_false(bytes_have(homes->last_message, "tenancy.notes"));
    assert_false(bytes_have(homes->last_message, "tenancy.arrears"));
}

static void a_refusal_is_logged_and_looks_nobody_up(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, span_text("not a handle at all"));
    struct span item = span_text("someone.canary-name");
    ask.question.ground.purpose = span_text("canary-purpose");
    ask.question.ground.basis = span_text("canary-basis");
    ask.question.items = (struct span_list){&item, 1};
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(ask.verdict.decision, DECISION_REFUSE);
    assert_true(ask.has_refusal_receipt);
    log_take(w, from, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.entries[0].kind, AUDIT_DENIAL);
    assert_int_equal(log.entries[0].items_form, AUDIT_ITEMS_NONE);
    assert_false(bytes_have(log.leaves[0], "canary"));
    assert_int_equal(w->agencies[LINE_HOMES].fetches, 0);
}

static void a_reference_of_somebody_else_is_refused_and_logged(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct line_ask ask = line_ask_of(w, QUERY_ASK, span_text("not a handle at all"));
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_INVALID_ARGUMENT);
    log_take(w, from, &log);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.entries[0].kind, AUDIT_DENIAL);
    assert_true(span_equal_text(log.entries[0].reason, "REFERENCE_REFUSED"));
}

static void consent_decides_field_by_field(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    struct span names[] = {span_text("homes"), span_text("school")};
    ask.question.sources = (struct span_list){names, 2};
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_WITHHELD_BY_CONSENT);
    assert_int_equal(w->agencies[LINE_SCHOOL].fetches, 0);
    log_take(w, from, &log);
    assert_int_equal(line_log_one(&log, AUDIT_DENIAL, "school")->decision, AUDIT_DECISION_REFUSE);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    ask.question.sources = (struct span_list){names, 2};
    line_ask_run(&ask, false);
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "250");
    assert_string_equal(line_value(&ask, "school", "schooling.attendance"), "91");
}

/* The age class decided what the clauses cover; a source that knows better withholds its part. */
static void a_source_that_knows_another_age_withholds_its_part(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_HOMES].answer.age_class = AGE_ADULT;
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_NOT_PERMITTED);
    assert_int_equal(line_part_of(&ask, "homes")->extract.record_count, 0);
    log_take(w, from, &log);
    assert_true(
        span_equal_text(line_log_one(&log, AUDIT_DENIAL, "homes")->reason, "SUBJECT_NOT_COVERED"));
    w->agencies[LINE_HOMES].answer.age_class = AGE_CHILD;
    ask = ask_one(w, line_handle(w, &amy, true), "homes");
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_ANSWERED);
}

/* ---- sources of every manner ---- */

static void expect_state(struct line_world *w, enum line_manner manner, bool passes,
                         enum source_state expected) {
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_HOMES].manner = manner;
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, passes);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, expected);
    assert_int_equal(line_part_of(&ask, "homes")->extract.record_count, 0);
    assert_true(line_part_of(&ask, "homes")->extract.sentence.len > 0);
    log_take(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_RELEASE), 1);
    line_settle(w);
    assert_int_equal(w->agencies[LINE_HOMES].acknowledged, 0);
}

static void a_slow_source_is_told_as_slow(void **state) {
    expect_state(*state, LINE_HOLDS, true, SOURCE_NO_ANSWER_IN_TIME);
}

static void a_failing_source_is_told_as_unavailable(void **state) {
    expect_state(*state, LINE_FAILS, false, SOURCE_UNAVAILABLE);
}

static void a_lying_source_is_told_as_unavailable(void **state) {
    expect_state(*state, LINE_LIES, false, SOURCE_UNAVAILABLE);
}

static void a_source_of_rubbish_is_told_as_unavailable(void **state) {
    expect_state(*state, LINE_TALKS_RUBBISH, false, SOURCE_UNAVAILABLE);
}

static void a_dead_source_is_told_as_unavailable(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    grpc_server_free(&w->agencies[LINE_HOMES].server);
    line_settle(w);
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    struct span names[] = {span_text("homes"), span_text("school")};
    ask.question.sources = (struct span_list){names, 2};
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_UNAVAILABLE);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_ANSWERED);
}

/* A caller who leaves no time learns that there was none, and closes no source to others. */
static void a_short_deadline_opens_no_breaker(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    for (int i = 0; i < LIMIT_SOURCE_FAILURES + 1; i++) {
        struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
        ask.deadline_ms = 200;
        line_ask_run(&ask, false);
        assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_NO_ANSWER_IN_TIME);
    }
    assert_true(source_is_available(w->worker.sources, span_text("homes")));
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    line_ask_run(&ask, false);
    assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_ANSWERED);
}

/* Errors and rubbish to one question may lie in that question. */
static void a_poisoned_question_opens_no_breaker(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].manner = LINE_FAILS;
    for (int i = 0; i < LIMIT_SOURCE_FAILURES + 1; i++) {
        struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
        line_ask_run(&ask, false);
        assert_int_equal(line_part_of(&ask, "homes")->extract.state, SOURCE_UNAVAILABLE);
    }
    assert_true(source_is_available(w->worker.sources, span_text("homes")));
}

/* 64 KiB of records without anything in them: twenty times as much when read. */
static struct answer swelling_answer(struct line_world *w) {
    struct source_record *records = arena_array(w->arena, 36, sizeof *records);
    struct source_item *items = arena_array(w->arena, 256, sizeof *items);
    assert_non_null(records);
    assert_non_null(items);
    for (size_t i = 0; i < 256; i++) {
        items[i].item = span_text("tenancy.address");
    }
    for (size_t i = 0; i < 36; i++) {
        records[i] = (struct source_record){.items = items, .item_count = i < 13 ? 256 : 1};
    }
    return (struct answer){.records = records, .record_count = 36};
}

/* Rule 8: what one source sends uses up its own line alone. */
static void a_swelling_answer_harms_its_own_line_alone(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].answer = swelling_answer(w);
    w->agencies[LINE_SCHOOL].answer = line_answer(w, schooling, NULL, 0);
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, &amy, true));
    struct span names[] = {span_text("homes"), span_text("school")};
    ask.question.sources = (struct span_list){names, 2};
    ask.memory = 512 * 1024;
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    assert_int_equal(line_part_of(&ask, "school")->extract.state, SOURCE_ANSWERED);
}

/* A value that would turn round what stands beside it costs itself and nothing else, and is never
 * shown; neither is what is left of it. */
static void a_spoilt_value_is_held_back_alone(void **state) {
    struct line_world *w = *state;
    static const char *const items[] = {"tenancy.address", "1 Sample @@@ Street", "tenancy.born",
                                        "2012-03-04", NULL};
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, items, NULL, 0);
    w->agencies[LINE_HOMES].manner = LINE_SPOILS;
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    line_ask_run(&ask, false);
    const struct line_part *homes = line_part_of(&ask, "homes");
    assert_int_equal(homes->extract.state, SOURCE_ANSWERED);
    assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "");
    assert_string_equal(line_value(&ask, "homes", "tenancy.born"), "10 to 14");
    bool is_told = false;
    for (size_t i = 0; i < homes->extract.held_back_count; i++) {
        const struct held_back *held = &homes->extract.held_back[i];
        is_told = is_told || (span_equal_text(held->item, "tenancy.address") &&
                              span_equal_text(held->code, "VALUE_UNREADABLE"));
    }
    assert_true(is_told);
    const char *const never[] = {"Sample", "\xe2\x80\xae", "\x7f"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_false(bytes_have(homes->result, never[i]));
    }
}

/* ---- the key service ---- */

static void expect_no_names(struct line_world *w, enum line_manner manner, bool passes) {
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->keys.manner = manner;
    struct line_ask ask = ask_one(w, line_handle(w, &amy, true), "homes");
    int64_t begun_ms = w->mono_ms;
    line_ask_run(&ask, passes);
    assert_int_equal(ask.status, GRPC_OK);
    assert_true(ask.ended_ms - begun_ms < LINE_DEADLINE_MS - 1000);
    assert_int_equal(w->keys.calls, 1);
    assert_int_equal(ask.pseudonym.len, 0);
    assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "1 Sample Street");
    assert_string_equal(line_value(&ask, "homes", "tenancy.nhs-number"), "");
    const struct extract *extract = &line_part_of(&ask, "homes")->extract;
    bool told = false;
    for (size_t i = 0; i < extract->held_back_count; i++) {
        told = told || span_equal_text(extract->held_back[i].item, "tenancy.nhs-number");
    }
    assert_true(told);
}

static void a_failing_key_service_costs_the_names(void **state) {
    expect_no_names(*state, LINE_FAILS, false);
}

static void a_lying_key_service_costs_the_names(void **state) {
    expect_no_names(*state, LINE_TALKS_RUBBISH, false);
}

static void a_hanging_key_service_costs_the_names(void **state) {
    expect_no_names(*state, LINE_HOLDS, true);
}

static void a_pseudonym_is_stable_and_asked_for_once(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    struct line_ask first = ask_one(w, line_handle(w, &amy, true), "homes");
    line_ask_run(&first, false);
    struct line_ask second = ask_one(w, span_of("", 0), "homes");
    second.question.person =
        (struct person_ref){.kind = PERSON_PSEUDONYM, .pseudonym = first.pseudonym};
    line_ask_run(&second, false);
    assert_int_equal(second.status, GRPC_OK);
    assert_true(span_equal(first.pseudonym, second.pseudonym));
    assert_int_equal(w->keys.calls, 1);
}

/* ---- look-up in clear ---- */

static struct line_ask ask_in_clear(struct line_world *w, const char *family_name) {
    struct line_ask ask = ask_one(w, span_of("", 0), "homes");
    ask.question.person = (struct person_ref){.kind = PERSON_IDENTITY,
                                              .identity = {.family_name = span_text(family_name),
                                                           .given_name = span_text("AMY"),
                                                           .born = span_text("1984-05-17")}};
    return ask;
}

/* Told as what it is; the key service has nothing to do. */
static void an_identity_of_which_nothing_is_usable_is_refused(void **state) {
    struct line_world *w = *state;
    struct line_ask ask = ask_in_clear(w, "");
    ask.question.person.identity.given_name = span_of("", 0);
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_INVALID_ARGUMENT);
    assert_int_equal(w->keys.evaluations, 0);
}

static void a_look_up_in_clear_needs_the_key_service(void **state) {
    struct line_world *w = *state;
    uint64_t from = audit_size(w->gateway.log);
    w->keys.manner = LINE_FAILS;
    struct line_ask ask = ask_in_clear(w, "EXAMPLE");
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_UNAVAILABLE);
    assert_int_equal(w->keys.evaluations, 1);
    assert_int_equal(audit_size(w->gateway.log), from);
}

static void a_look_up_in_clear_may_be_cancelled(void **state) {
    struct line_world *w = *state;
    w->keys.manner = LINE_HOLDS;
    struct line_ask ask = ask_in_clear(w, "EXAMPLE");
    line_ask_begin(&ask);
    for (int i = 0; i < 400 && w->keys.evaluations == 0; i++) {
        line_settle(w);
    }
    query_cancel(ask.query);
    line_settle(w);
    assert_true(ask.is_closed);
    assert_int_equal(ask.ends, 0);
}

/* ---- hidden sources ---- */

static void a_hidden_answer_leaves_at_its_slot(void **state) {
    struct line_world *w = *state;
    struct line_log log;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, NULL, 0);
    struct line_ask ask = ask_one(w, line_handle(w, &amy, false), "trust");
    uint64_t from = audit_size(w->gateway.log);
    int64_t begun_ms = w->mono_ms;
    line_ask_run(&ask, true);
    assert_int_equal(line_part_of(&ask, "trust")->extract.state, SOURCE_ANSWERED);
    assert_string_equal(line_value(&ask, "trust", "mental-health.status"), "open");
    assert_int_equal(ask.pseudonym.len, 58);
    assert_true(ask.ended_ms - begun_ms >= LINE_SLOT_MS);
    assert_int_equal(w->agencies[LINE_TRUST].real_fetches, 1);
    log_take(w, from, &log);
    const struct audit_entry *release = line_log_one(&log, AUDIT_RELEASE, "trust");
    assert_true(span_equal_text(release->reason, "HIDDEN"));
    assert_true(span_equal_text(line_detail(&ask, "trust").reason, "HIDDEN"));
    assert_int_equal(line_detail(&ask, "trust").record_count, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(an_answer_is_trimmed_logged_and_released),
        T(a_source_learns_the_permit_and_no_more),
        T(a_refusal_is_logged_and_looks_nobody_up),
        T(a_reference_of_somebody_else_is_refused_and_logged),
        T(consent_decides_field_by_field),
        T(a_source_that_knows_another_age_withholds_its_part),
        T(a_slow_source_is_told_as_slow),
        T(a_failing_source_is_told_as_unavailable),
        T(a_lying_source_is_told_as_unavailable),
        T(a_source_of_rubbish_is_told_as_unavailable),
        T(a_dead_source_is_told_as_unavailable),
        T(a_short_deadline_opens_no_breaker),
        T(a_poisoned_question_opens_no_breaker),
        T(a_swelling_answer_harms_its_own_line_alone),
        T(a_spoilt_value_is_held_back_alone),
        T(a_failing_key_service_costs_the_names),
        T(a_lying_key_service_costs_the_names),
        T(a_hanging_key_service_costs_the_names),
        T(a_pseudonym_is_stable_and_asked_for_once),
        T(an_identity_of_which_nothing_is_usable_is_refused),
        T(a_look_up_in_clear_needs_the_key_service),
        T(a_look_up_in_clear_may_be_cancelled),
        T(a_hidden_answer_leaves_at_its_slot),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
