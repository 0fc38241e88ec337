/* SPDX-License-Identifier: Apache-2.0 */
/* Break-glass on the line: the case before the question, the time box, who it is about, how often,
 * late reviews, and what is not opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/review/review.h"
#include "tests/support/line_world.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum {
    AT_HOMES = 1U << LINE_HOMES,
    AT_TRUST = 1U << LINE_TRUST,
    AT_SCHOOL = 1U << LINE_SCHOOL,
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
};

static const char agreement[] =
    "isa 1\n"
    "agreement line\n"
    "  title: Break-glass\n  version: 4\n  in force: %s to %s\n  review due: %s\n"
    "  review grace: 30 days\n  time zone: Europe/London\n  lead: care\n"
    "  signatures needed: all parties\n  assessment: DPIA-1\n  contact: lead\n"
    "party care\n  name: Care\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party homes\n  name: Homes\n  legal entity: Homes\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Secretary\n"
    "party school\n  name: School\n  legal entity: School\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Head\n"
    "party trust\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n  existence: hidden\n"
    "role care/worker\nrole care/visitor\nrole care/senior\n"
    "purpose safeguarding\n  title: Protect\n"
    "purpose child-safeguarding\n  title: Protect a child\n  within: safeguarding\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n"
    "  article 9: g, DPA 2018 Sch 1 para 18\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "basis vital\n  title: Vital interests\n  kind: vital\n  article 6: d\n"
    "  article 9: c\n  article 10: DPA 2018 Sch 1 para 30\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "category tenancy\n  title: Tenancy\n  class: ordinary\n  held by: homes\n"
    "  fields: address, arrears\n"
    "category mental-health\n  title: Mental health\n  class: special\n  held by: trust\n"
    "  fields: status, allergies\n"
    "category schooling\n  title: Schooling\n  class: ordinary\n  held by: school\n"
    "  fields: attendance\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "limit some\n  per person: 200 in 1 hour\n"
    "defaults\n  hours: always\n  limit: some\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Tenancy\n  from: homes\n  to: care/worker, care/visitor\n"
    "  purpose: safeguarding\n  basis: act\n  consent: not needed\n  pass: tenancy.address\n"
    "clause 2 share\n  title: Arrears\n  from: homes\n"
    "  to: care/worker, care/visitor, care/senior\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: tenancy.arrears\n"
    "clause 3 share\n  title: Health\n  from: trust\n  to: care/worker\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: mental-health.status\n"
    "clause 4 share\n  title: Allergies\n  from: trust\n  to: care/worker\n"
    "  purpose: safeguarding\n  basis: act\n  consent: not needed\n  objection: refer\n"
    "  pass: mental-health.allergies\n"
    "clause 5 share\n  title: Schooling\n  from: school\n  to: care/senior\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: schooling.attendance\n"
    "clause 7 enrol\n  title: Everybody\n  from: care, homes, school, trust\n  people: all\n"
    "  classes: N, A, C, D, E\n  basis: act\n  keep: 365 days\n"
    "emergency break-glass\n  declared by: care/worker, care/senior\n  purpose: safeguarding\n"
    "  basis: vital\n  reasons: risk-to-life, serious-harm\n  rationale: at least 20 characters\n"
    "  lasts: 4 hours\n  sets aside: missing consent, hours, limit\n"
    "  refusal set aside by: care/senior\n"
    "  tell: data-protection-lead within 1 hour\n  check: within 3 working days\n"
    "  at most: 3 per person in 1 day\n"
    "  overdue reviews: second person from 3, refused from 5\n";

static const char *const arrears[] = {"tenancy.address", "1 Sample Street", "tenancy.arrears",
                                      "300", NULL};
static const char *const status[] = {"mental-health.status", "in care", NULL};

static void policy_change(struct line_world *w) {
    char from[11];
    char to[11];
    char review[11];
    static char text[8192];
    struct diag diag = {0};
    int32_t today = (int32_t)(w->wall_ms / DAY_MS);
    policy_day_text(today - 100, from);
    policy_day_text(today + 200, to);
    policy_day_text(today + 100, review);
    (void)snprintf(text, sizeof text, agreement, from, to, review);
    struct policy *old = w->policy;
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &w->policy))) {
        fail_msg("line %u: %s", diag.line, diag.text);
    }
    w->force = (struct policy_force){.policy = w->policy};
    line_world_agreements_put(w);
    (void)query_agreements_now(&w->worker);
    policy_free(&old);
}

static int open_world(void **state) {
    if (line_world_open(state) != 0) {
        return 1;
    }
    struct line_world *w = *state;
    policy_change(w);
    w->agencies[LINE_HOMES].answer = line_answer(w, arrears, NULL, 0);
    w->agencies[LINE_TRUST].answer = line_answer(w, status, NULL, 0);
    return 0;
}

static struct span homes_only[1];

/* Arrears of somebody, under an emergency. */
static struct line_ask ask_of(struct line_world *w, const struct person_id *person) {
    homes_only[0] = span_text("homes");
    struct line_ask ask = line_ask_of(w, QUERY_ASK, line_handle(w, person, true));
    ask.question.sources = (struct span_list){homes_only, 1};
    ask.question.age_class = AGE_ADULT;
    ask.question.emergency_declared = true;
    ask.question.emergency_reason = span_text("risk-to-life");
    ask.question.emergency_rationale = span_text("Found unconscious in the street.");
    ask.question.capacity = CAPACITY_CANNOT;
    ask.question.capacity_basis = span_text("seen");
    return ask;
}

static void expect_code(const struct line_ask *ask, const char *code) {
    assert_int_equal(ask->status, GRPC_OK);
    if (!span_equal_text(ask->verdict.code, code)) {
        fail_msg("%.*s, not %s", (int)ask->verdict.code.len, (const char *)ask->verdict.code.ptr,
                 code);
    }
}

static const char *refusal_of(const struct line_ask *ask) {
    const struct extract *extract = &line_part_of(ask, "homes")->extract;
    for (size_t i = 0; i < extract->held_back_count; i++) {
        if (span_equal_text(extract->held_back[i].item, "tenancy.arrears")) {
            return arena_text(ask->world->arena, extract->held_back[i].code);
        }
    }
    return "";
}

/* Declares anew; the code under which arrears were held back, "" where they were shared. */
static const char *declare(struct line_world *w, const struct person_id *person,
                           struct review_id *out_id) {
    struct line_ask ask = ask_of(w, person);
    line_ask_run(&ask, false);
    assert_int_equal(ask.status, GRPC_OK);
    if (out_id != NULL) {
        *out_id = ask.emergency.review_id;
    }
    return refusal_of(&ask);
}

static void the_case_is_durable_before_anybody_is_asked(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_ask ask = ask_of(w, &amy);
    struct line_log log;
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    expect_code(&ask, "PERMIT_EMERGENCY");
    assert_string_equal(line_value(&ask, "homes", "tenancy.arrears"), "300");
    line_log_read(w, from, &log);
    assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
    assert_int_equal(log.entries[1].kind, AUDIT_ASK);
    assert_true((log.entries[0].flags & AUDIT_FLAG_EMERGENCY) != 0);
    assert_true((log.entries[1].flags & AUDIT_FLAG_EMERGENCY) != 0);
    assert_true((line_detail(&ask, "homes").flags & AUDIT_FLAG_EMERGENCY) != 0);
    assert_true(ask.has_emergency);
    assert_true(ask.emergency.was_used);
    assert_int_equal(ask.emergency.ends_ms, w->wall_ms + 4 * HOUR_MS);
    assert_int_equal(ask.emergency.tell_due_ms, w->wall_ms + HOUR_MS);
    assert_true(ask.emergency.review_due_ms > w->wall_ms + 2 * (int64_t)DAY_MS);
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(
        store_review_find(w->store.reader, &ask.emergency.review_id, w->arena, &found, &row)));
    assert_true(found);
    assert_false(lg_failed(review_case_read(w->store.reader, &row, w->arena, &it)));
    assert_int_equal(it.opening.capacity, CAPACITY_CANNOT);
    assert_int_equal(it.opening.due_ms, ask.emergency.review_due_ms);
    assert_true(span_equal_text(it.opening.rationale, "Found unconscious in the street."));
    assert_int_equal(it.opening.sources.count, 1);
    assert_true(span_equal_text(it.opening.sources.items[0], "homes"));
}

static void an_emergency_that_nothing_needed_opens_no_case(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_log log;
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    struct line_ask ask = ask_of(w, &amy);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_run(&ask, false);
    expect_code(&ask, "PERMIT_CLAUSE");
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 0);
    assert_true(ask.has_emergency);
    assert_false(ask.emergency.was_used);
}

static void its_own_fault_is_the_reason_where_it_would_have_helped(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_ask ask = ask_of(w, &amy);
    ask.question.emergency_rationale = span_text("Found.");
    line_ask_run(&ask, false);
    expect_code(&ask, "PARTIAL");
    assert_string_equal(refusal_of(&ask), "EMERGENCY_RATIONALE");
    assert_string_equal(line_value(&ask, "homes", "tenancy.address"), "1 Sample Street");
    assert_false(ask.emergency.was_used);
    ask = ask_of(w, &amy);
    ask.question.emergency_reason = span_text("curiosity");
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_REASON");
    w->caller.role = span_text("visitor");
    ask = ask_of(w, &amy);
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_ROLE");
    w->caller.role = span_text("worker");
}

/* Twenty characters are not twenty bytes. */
static void characters_of_the_rationale_are_counted(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_ask ask = ask_of(w, &amy);
    ask.question.emergency_rationale =
        span_text("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_RATIONALE");
}

static struct line_ask again_of(struct line_world *w, const struct person_id *person,
                                const struct review_id *id) {
    struct line_ask ask = ask_of(w, person);
    ask.question.declaration = *id;
    ask.question.emergency_reason = span_of(NULL, 0);
    ask.question.emergency_rationale = span_of(NULL, 0);
    return ask;
}

static void questions_go_on_inside_the_time_box(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    struct line_log log;
    assert_string_equal(declare(w, &amy, &id), "");
    w->wall_ms += 3 * HOUR_MS;
    uint64_t from = audit_size(w->gateway.log);
    struct line_ask ask = again_of(w, &amy, &id);
    line_ask_run(&ask, false);
    expect_code(&ask, "PERMIT_EMERGENCY");
    assert_memory_equal(&ask.emergency.review_id, &id, sizeof id);
    assert_int_equal(ask.emergency.ends_ms, w->wall_ms + HOUR_MS);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 0);
    w->wall_ms += HOUR_MS;
    ask = again_of(w, &amy, &id);
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_LAPSED");
}

/* What the declaration said counts only where the question is silent. */
static void a_question_that_goes_on_keeps_its_own_words(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    assert_string_equal(declare(w, &amy, &id), "");
    struct line_ask ask = again_of(w, &amy, &id);
    ask.question.emergency_reason = span_text("curiosity");
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_REASON");
    ask = again_of(w, &amy, &id);
    ask.question.emergency_rationale = span_text("Still there.");
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_RATIONALE");
    /* Whoever can consent by now has their refusal back. */
    line_consent(w, &amy, CONSENT_REFUSED, NULL);
    w->caller.role = span_text("senior");
    ask = again_of(w, &amy, &id);
    ask.question.capacity = CAPACITY_UNSTATED;
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "");
    ask = again_of(w, &amy, &id);
    ask.question.capacity = CAPACITY_CAN;
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_CANNOT_SET_ASIDE_REFUSAL");
    w->caller.role = span_text("worker");
}

static void a_declaration_is_for_one_user_and_one_person(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct person_id ben = line_person(w, 2, AT_HOMES);
    struct review_id id;
    struct review_id unknown = {{9}};
    assert_string_equal(declare(w, &amy, &id), "");
    struct line_ask ask = again_of(w, &ben, &id);
    line_ask_run(&ask, false);
    expect_code(&ask, "EMERGENCY_LAPSED");
    assert_true(ask.has_refusal_receipt);
    assert_int_equal(ask.part_count, 0);
    ask = again_of(w, &amy, &unknown);
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_REASON");
    w->caller.user_id = span_text("u-18");
    ask = ask_of(w, &amy);
    ask.question.declaration = id;
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_LAPSED");
    w->caller.user_id = span_text("u-17");
}

static void nobody_whom_the_caller_may_know_is_nobody(void **state) {
    struct line_world *w = *state;
    struct person_id hidden = line_person(w, 1, AT_TRUST);
    struct span trust[] = {span_text("trust")};
    struct line_ask ask[2];
    for (size_t i = 0; i < 2; i++) {
        ask[i] = ask_of(w, &hidden);
        ask[i].question.sources = (struct span_list){trust, 1};
        ask[i].question.person.handle =
            i == 0 ? line_handle(w, &hidden, false) : line_handle_nobody(w);
        line_ask_run(&ask[i], true);
        assert_int_equal(ask[i].status, GRPC_OK);
        assert_true(ask[i].emergency.was_used);
        struct line_ask again = again_of(w, &hidden, &ask[i].emergency.review_id);
        again.question.sources = (struct span_list){trust, 1};
        again.question.person.handle = ask[i].question.person.handle;
        line_ask_run(&again, true);
        expect_code(&again, "EMERGENCY_LAPSED");
    }
    struct store_review row;
    struct review_case it;
    bool found = false;
    assert_false(lg_failed(
        store_review_find(w->store.reader, &ask[0].emergency.review_id, w->arena, &found, &row)));
    assert_false(lg_failed(review_case_read(w->store.reader, &row, w->arena, &it)));
    assert_false(it.opening.has_person);
}

/* Of a hidden source a case says nothing of what its person said, or whether there is one: it is
 * there for somebody whose refusal the emergency sets aside, and for everybody else. */
static void a_hidden_source_releases_nothing_without_a_case(void **state) {
    struct line_world *w = *state;
    static const char *const allergies[] = {"mental-health.allergies", "nuts", NULL};
    struct person_id objects = line_person(w, 1, AT_TRUST);
    struct person_id silent = line_person(w, 2, AT_TRUST);
    struct span trust[] = {span_text("trust")};
    struct span items[] = {span_text("mental-health.allergies")};
    w->agencies[LINE_TRUST].answer = line_answer(w, allergies, NULL, 0);
    line_consent(w, &objects, CONSENT_REFUSED, NULL);
    for (size_t i = 0; i < 3; i++) {
        struct line_log log;
        struct line_ask ask = ask_of(w, &objects);
        uint64_t from = audit_size(w->gateway.log);
        unsigned fetches = w->agencies[LINE_TRUST].real_fetches;
        ask.question.sources = (struct span_list){trust, 1};
        ask.question.items = (struct span_list){items, 1};
        ask.question.person.handle = i == 0   ? line_handle(w, &objects, false)
                                     : i == 1 ? line_handle(w, &silent, false)
                                              : line_handle_nobody(w);
        line_ask_run(&ask, true);
        assert_int_equal(ask.status, GRPC_OK);
        assert_int_equal(w->agencies[LINE_TRUST].real_fetches - fetches, i < 2 ? 1 : 0);
        assert_true(ask.emergency.was_used);
        line_log_read(w, from, &log);
        assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
        assert_int_equal(log.entries[1].kind, AUDIT_ASK);
        assert_true((log.entries[1].flags & AUDIT_FLAG_EMERGENCY) != 0);
        assert_true((line_detail(&ask, "trust").flags & AUDIT_FLAG_EMERGENCY) != 0);
    }
}

static void earlier_emergencies_are_counted(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(declare(w, &amy, NULL), "");
        w->wall_ms += HOUR_MS;
    }
    assert_string_equal(declare(w, &amy, NULL), "EMERGENCY_LIMIT");
    w->caller.user_id = span_text("u-18");
    assert_string_equal(declare(w, &amy, NULL), "");
    w->caller.user_id = span_text("u-17");
    w->wall_ms += 21 * HOUR_MS + 60000; /* the first is out of the window */
    assert_string_equal(declare(w, &amy, NULL), "");
    assert_string_equal(declare(w, &amy, NULL), "EMERGENCY_LIMIT");
}

/* Two at one moment do not both find room for one. */
static void those_under_way_are_counted(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    assert_string_equal(declare(w, &amy, NULL), "");
    assert_string_equal(declare(w, &amy, NULL), "");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    unsigned fetches = w->agencies[LINE_HOMES].fetches;
    struct line_ask first = ask_of(w, &amy);
    struct line_ask other = ask_of(w, &amy);
    line_ask_begin(&first);
    line_ask_begin(&other);
    line_until_fetched(w, LINE_HOMES, fetches + 2);
    line_agency_release(w, LINE_HOMES);
    line_until(w, &first.is_closed);
    line_until(w, &other.is_closed);
    bool one = refusal_of(&first)[0] == '\0' && first.emergency.was_used;
    bool two = refusal_of(&other)[0] == '\0' && other.emergency.was_used;
    assert_true(one != two);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
}

/* One that waits for its answer is counted once: by its case. */
static void one_that_is_opened_counts_once(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    assert_string_equal(declare(w, &amy, NULL), "");
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    unsigned fetches = w->agencies[LINE_HOMES].fetches;
    struct line_ask first = ask_of(w, &amy);
    line_ask_begin(&first);
    line_until_fetched(w, LINE_HOMES, fetches + 1);
    struct line_ask other = ask_of(w, &amy);
    line_ask_begin(&other);
    line_until_fetched(w, LINE_HOMES, fetches + 2);
    line_agency_release(w, LINE_HOMES);
    line_until(w, &first.is_closed);
    line_until(w, &other.is_closed);
    assert_true(first.emergency.was_used);
    assert_true(other.emergency.was_used);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
    assert_string_equal(declare(w, &amy, NULL), "EMERGENCY_LIMIT");
}

/* Nothing else needs this emergency. */
static void what_lifts_the_hard_line_has_its_case(void **state) {
    struct line_world *w = *state;
    struct config_budget budget = {.window_hours = 24, .soft = 1, .hard = 2};
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_log log;
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->registry.budgets = &budget;
    w->registry.budget_count = 1;
    for (int i = 0; i < 5; i++) {
        struct line_ask ask = ask_of(w, &amy);
        uint64_t from = audit_size(w->gateway.log);
        line_ask_run(&ask, false);
        if (i < 2) {
            expect_code(&ask, "PERMIT_CLAUSE");
            assert_false(ask.emergency.was_used);
            continue;
        }
        expect_code(&ask, "PERMIT_CLAUSE");
        assert_true(ask.emergency.was_used);
        line_log_read(w, from, &log);
        assert_int_equal(log.entries[0].kind, AUDIT_REVIEW);
        assert_int_equal(log.entries[1].kind, AUDIT_ASK);
        assert_true((log.entries[1].flags & AUDIT_FLAG_EMERGENCY) != 0);
    }
    /* Three a day: no longer valid, so the line holds. */
    struct line_ask ask = ask_of(w, &amy);
    line_ask_run(&ask, false);
    expect_code(&ask, "BUDGET_REACHED");
    w->registry.budgets = NULL;
    w->registry.budget_count = 0;
}

static void ignore(void *ctx, const struct audit_outcome *outcome) {
    (void)ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
}

static void case_close(struct line_world *w, const struct review_id *id) {
    for (enum review_act_kind kind = REVIEW_TAKE; kind <= REVIEW_CLOSE; kind++) {
        const struct review_act act = {
            .id = *id,
            .kind = kind,
            .at_ms = w->wall_ms,
            .agency = span_text("care"),
            .user_id = span_text("ig-1"),
            .outcome = span_text("justified"),
            .telling = span_text("tell"),
            .reasons = span_text("The ambulance service attended."),
        };
        struct audit_entry_fields fields = {.kind = AUDIT_REVIEW,
                                            .requesting_agency = span_text("care")};
        assert_false(lg_failed(review_act_encode(&act, w->arena, &fields.sealed)));
        const struct audit_batch batch = {.entries = &fields, .count = 1};
        assert_false(lg_failed(audit_commit_wait(w->gateway.log, &batch, ignore, NULL)));
    }
}

static void nothing_goes_on_under_a_closed_case(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id;
    assert_string_equal(declare(w, &amy, &id), "");
    case_close(w, &id);
    struct line_ask ask = again_of(w, &amy, &id);
    line_ask_run(&ask, false);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_LAPSED");
    assert_false(ask.emergency.was_used);
}

/* A consent that goes while the question is under way, at a source that nobody opened a case for;
 * another source of the question has one. */
static void a_source_outside_the_case_does_not_join_it(void **state) {
    struct line_world *w = *state;
    static const char *const attendance[] = {"schooling.attendance", "91", NULL};
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_SCHOOL);
    struct span both[] = {span_text("homes"), span_text("school")};
    struct line_log log;
    w->caller.role = span_text("senior");
    w->agencies[LINE_SCHOOL].answer = line_answer(w, attendance, NULL, 0);
    line_consent(w, &amy, CONSENT_GIVEN, "schooling");
    w->agencies[LINE_SCHOOL].manner = LINE_HOLDS;
    struct line_ask ask = ask_of(w, &amy);
    uint64_t from = audit_size(w->gateway.log);
    ask.question.sources = (struct span_list){both, 2};
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_SCHOOL, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, "schooling");
    line_agency_release(w, LINE_SCHOOL);
    line_until(w, &ask.is_closed);
    assert_int_equal(ask.status, GRPC_ABORTED);
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 1);
    w->agencies[LINE_SCHOOL].manner = LINE_ANSWERS;
    w->caller.role = span_text("worker");
}

static void late_reviews_ask_for_a_second_person(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct review_id id[3];
    for (int i = 0; i < 3; i++) {
        assert_string_equal(declare(w, &amy, &id[i]), "");
    }
    w->wall_ms += 10 * (int64_t)DAY_MS;
    assert_string_equal(declare(w, &amy, NULL), "EMERGENCY_SECOND_PERSON");
    struct line_ask ask = ask_of(w, &amy);
    ask.question.second_person =
        (struct actor){.user_id = span_text("u-20"), .role = span_text("worker")};
    line_ask_run(&ask, false);
    expect_code(&ask, "PERMIT_EMERGENCY");
    /* Under that one the second person need not be named again. */
    struct line_ask again = again_of(w, &amy, &ask.emergency.review_id);
    line_ask_run(&again, false);
    expect_code(&again, "PERMIT_EMERGENCY");
    /* A colleague's backlog is not this one's. */
    w->caller.user_id = span_text("u-18");
    assert_string_equal(declare(w, &amy, NULL), "");
    w->caller.user_id = span_text("u-17");
    /* One review done, and two late ones are below the line. */
    case_close(w, &id[0]);
    assert_string_equal(declare(w, &amy, NULL), "");
}

static void consent_that_goes_meanwhile_opens_nothing(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct line_log log;
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_HOMES].manner = LINE_HOLDS;
    struct line_ask ask = ask_of(w, &amy);
    uint64_t from = audit_size(w->gateway.log);
    line_ask_begin(&ask);
    line_until_fetched(w, LINE_HOMES, 1);
    line_consent(w, &amy, CONSENT_WITHDRAWN, NULL);
    line_agency_release(w, LINE_HOMES);
    line_until(w, &ask.is_closed);
    /* This role's emergency sets no refusal aside: held back, and still no case. */
    assert_int_equal(ask.status, GRPC_OK);
    assert_string_equal(refusal_of(&ask), "EMERGENCY_CANNOT_SET_ASIDE_REFUSAL");
    line_log_read(w, from, &log);
    assert_int_equal(line_log_count(&log, AUDIT_REVIEW), 0);
    w->agencies[LINE_HOMES].manner = LINE_ANSWERS;
}

/* Whatever fails: nobody is asked under an emergency whose case is not in the log before it. */
static void expect_case_first(struct line_world *w, uint64_t from) {
    struct line_log log;
    line_log_read(w, from, &log);
    for (size_t i = 0; i < log.count; i++) {
        const struct audit_entry *entry = &log.entries[i];
        if (entry->kind == AUDIT_ASK && (entry->flags & AUDIT_FLAG_EMERGENCY) != 0) {
            assert_true(i > 0);
            assert_int_equal(log.entries[i - 1].kind, AUDIT_REVIEW);
            assert_memory_equal(&log.entries[i - 1].request_id, &entry->request_id,
                                sizeof entry->request_id);
        }
    }
}

static bool ask_failing_at(struct line_world *w, const struct person_id *person, uint64_t n) {
    uint64_t from = audit_size(w->gateway.log);
    w->caller.user_id = arena_format(w->arena, "u-%u", (unsigned)n);
    struct line_ask ask = ask_of(w, person);
    support_alloc_fail_at(n);
    line_ask_begin(&ask);
    for (int i = 0; i < 600 && !ask.is_closed; i++) {
        loop_turn(w->worker.loop, 1);
    }
    bool was_reached = support_alloc_seen() >= n;
    support_alloc_fail_at(0);
    for (int i = 0; i < 100 && !ask.is_closed; i++) {
        line_pass(w, 100);
    }
    assert_true(ask.is_closed);
    expect_case_first(w, from);
    return was_reached;
}

static void each_allocation_may_fail(void **state) {
    struct line_world *w = *state;
    struct arena_shelf *shelf = w->worker.shelf;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    w->worker.shelf = NULL;
    uint64_t n = 1;
    while (n < 2000 && ask_failing_at(w, &amy, n)) {
        n += 2;
        if (n % 16 == 1) { /* connections that broke come back, and breakers close */
            w->wall_ms += 1000;
            for (int i = 0; i < 5; i++) {
                line_pass(w, 2000);
            }
        }
    }
    assert_true(n > 8); /* a sanitizer shows the allocations of our own code alone */
    assert_true(n < 2000);
    w->worker.shelf = shelf;
    w->caller.user_id = span_text("u-17");
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_world, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(the_case_is_durable_before_anybody_is_asked),
        T(an_emergency_that_nothing_needed_opens_no_case),
        T(its_own_fault_is_the_reason_where_it_would_have_helped),
        T(characters_of_the_rationale_are_counted),
        T(questions_go_on_inside_the_time_box),
        T(a_question_that_goes_on_keeps_its_own_words),
        T(nothing_goes_on_under_a_closed_case),
        T(a_source_outside_the_case_does_not_join_it),
        T(a_declaration_is_for_one_user_and_one_person),
        T(nobody_whom_the_caller_may_know_is_nobody),
        T(a_hidden_source_releases_nothing_without_a_case),
        T(earlier_emergencies_are_counted),
        T(those_under_way_are_counted),
        T(one_that_is_opened_counts_once),
        T(what_lifts_the_hard_line_has_its_case),
        T(late_reviews_ask_for_a_second_person),
        T(consent_that_goes_meanwhile_opens_nothing),
        T(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
