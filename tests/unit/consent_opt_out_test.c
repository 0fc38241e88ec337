/* SPDX-License-Identifier: Apache-2.0 */
/* The National Data Opt-Out from the records into the grant, source by source: the surgery is open,
 * the hospital hidden, and both hold patient information that planning may use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/consent.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char agreement[] =
    "isa 1\n"
    "agreement small\n"
    "  title: A small agreement\n"
    "  version: 4\n"
    "  in force: 2026-09-01 to 2027-08-31\n"
    "  review due: 2027-06-01\n"
    "  review grace: 30 days\n"
    "  time zone: Europe/London\n"
    "  lead: council\n"
    "  signatures needed: all parties\n"
    "  law: uk-2026-11\n"
    "  assessment: DPIA-1\n"
    "  contact: lead\n"
    "party council\n  name: Council\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party surgery\n  name: Surgery\n  legal entity: Partners\n  public authority: no\n"
    "  competent authority: no\n  signs as: Lead\n"
    "party hospital\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n  existence: hidden\n"
    "role council/analyst\n"
    "purpose planning\n  title: Plan services\n  secondary use: yes\n"
    "purpose care\n  title: Care\n  direct care: yes\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n"
    "  article 9: h, DPA 2018 Sch 1 para 2\n  covers: planning, care\n"
    "category practice\n  title: Practice\n  class: special\n  held by: surgery\n"
    "  fields: visits\n  existence: open\n  patient information: yes\n"
    "  opt-out: national, at most 7 days old\n"
    "category patient\n  title: Patients\n  class: special\n  held by: hospital\n"
    "  fields: stays\n  patient information: yes\n  opt-out: national, at most 7 days old\n"
    "defaults\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Visits and stays\n  from: surgery, hospital\n  to: council/*\n"
    "  purpose: planning, care\n  basis: act\n  consent: not needed\n"
    "  pass: practice.visits, patient.stays\n";

/* 2026-11-23 and the moment of the question on it. */
enum { TODAY = 20780 };
static const int64_t AT_S = 1795435200;

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

struct world {
    struct store_support s;
    struct policy *policy;
    struct policy_force force;
    struct consent_counters *counters;
    struct caller caller;
    struct span fields[2];
    struct person_id person;
    bool is_out_of_scope;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    struct world *w = &world;
    store_support_init(&w->s);
    struct diag diag = {0};
    struct lg_err err = policy_compile(span_text(agreement), span_of(NULL, 0), &diag, &w->policy);
    if (lg_failed(err)) {
        fail_msg("line %u: %s", diag.line, diag.text);
    }
    w->force = (struct policy_force){.policy = w->policy};
    assert_false(lg_failed(consent_counters_new(w->s.store, &w->counters)));
    w->caller = (struct caller){.agency = span_text("council"),
                                .system = span_text("case-1"),
                                .user_id = span_text("user-1"),
                                .role = span_text("analyst")};
    w->fields[0] = span_text("practice.visits");
    w->fields[1] = span_text("patient.stays");
    *state = w;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    consent_counters_free(&w->counters);
    policy_free(&w->policy);
    store_support_done(&w->s);
    return 0;
}

static void enrol(struct world *w, const char *agency, enum opt_out state, int32_t day) {
    struct store_token tokens[5];
    uint8_t reference[STORE_REFERENCE_SIZE] = {0};
    struct store_record record = {
        .record_tag = store_support_tag(1),
        .reference = span_of(reference, sizeof reference),
        .tokens = tokens,
        .token_count = store_support_tokens(&amy, tokens),
        .opt_out = {state, day},
    };
    struct store_enrolment batch = {
        .agency = span_text(agency),
        .agreement = span_text("small"),
        .now_ms = AT_S * 1000,
        .quarter = STORE_SUPPORT_QUARTER,
        .records = &record,
        .count = 1,
    };
    struct store_enrolled result;
    assert_false(lg_failed(store_enrol(w->s.store, &batch, &result)));
    w->person = result.person;
}

static const struct permit *permit_of(struct world *w, const char *purpose) {
    struct policy_request request = {.at_s = AT_S,
                                     .recipient = w->caller.agency,
                                     .role = w->caller.role,
                                     .fields = {w->fields, 2},
                                     .purpose = span_text(purpose),
                                     .basis = span_text("act"),
                                     .age_class = AGE_ADULT};
    const struct permit *permit = NULL;
    assert_false(lg_failed(policy_decide(&w->force, 1, &request, w->s.arena, &permit)));
    return permit;
}

enum who { NOBODY, HIDDEN_ONLY, KNOWN };

static const struct grant *settle(struct world *w, enum who who, const char *purpose) {
    static const struct span_list NONE = {.items = NULL};
    struct span small = span_text("small");
    const struct span_list own = {.items = &small, .count = 1};
    const struct permit *permit = permit_of(w, purpose);
    struct span_list lists[3];
    assert_true(policy_permit_source_count(permit) <= 3);
    for (size_t i = 0; i < 3; i++) {
        lists[i] = w->is_out_of_scope ? NONE : own;
    }
    struct consent_question question = {.permit = permit,
                                        .caller = &w->caller,
                                        .person = who == NOBODY ? NULL : &w->person,
                                        .is_enough = who == KNOWN,
                                        .enrolled_under = lists};
    const struct grant *grant = NULL;
    assert_false(
        lg_failed(consent_settle(w->counters, w->s.reader, &question, w->s.arena, &grant)));
    return grant;
}

static size_t source_of(const struct grant *grant, const char *agency) {
    const struct permit *permit = consent_grant_permit(grant);
    size_t i = 0;
    while (!span_equal_text(policy_permit_source(permit, i), agency)) {
        i++;
        assert_true(i < policy_permit_source_count(permit));
    }
    return i;
}

/* Of the one field that the source holds. */
static enum policy_reason refusal(const struct policy_outcome *outcome, const struct grant *grant,
                                  const char *agency) {
    size_t source = source_of(grant, agency);
    const char *field = strcmp(agency, "surgery") == 0 ? "practice.visits" : "patient.stays";
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        if (span_equal_text(policy_permit_term(consent_grant_permit(grant), source, i)->field,
                            field)) {
            return outcome->rulings[i].refusal;
        }
    }
    fail_msg("no such field: %s", field);
    return POLICY_REASON_END;
}

static enum policy_reason true_refusal(const struct grant *grant, const char *agency) {
    return refusal(consent_grant_outcome(grant, source_of(grant, agency)), grant, agency);
}

static enum policy_reason shown_refusal(const struct grant *grant, const char *agency) {
    return refusal(consent_grant_shown(grant, source_of(grant, agency)), grant, agency);
}

static enum consent_call call_of(const struct grant *grant, const char *agency) {
    return consent_grant_call(grant, source_of(grant, agency));
}

static void each_source_has_its_own(void **state) {
    struct world *w = *state;
    enrol(w, "surgery", OPT_OUT_DOES_NOT_APPLY, TODAY - 7);
    enrol(w, "hospital", OPT_OUT_APPLIES, TODAY);
    const struct grant *grant = settle(w, KNOWN, "planning");
    assert_int_equal(true_refusal(grant, "surgery"), POLICY_REASON_NONE);
    assert_int_equal(call_of(grant, "surgery"), CONSENT_CALL_HELD);
    assert_int_equal(true_refusal(grant, "hospital"), POLICY_OPT_OUT_APPLIES);
    assert_int_equal(call_of(grant, "hospital"), CONSENT_CALL_DECOY);
    const struct policy_facts *facts = consent_grant_facts(grant, source_of(grant, "hospital"));
    assert_true(facts->opt_out.is_known && facts->opt_out.applies);
    assert_int_equal(facts->opt_out.as_of_day, TODAY);
    facts = consent_grant_facts(grant, source_of(grant, "surgery"));
    assert_true(facts->opt_out.is_known && !facts->opt_out.applies);
    enrol(w, "hospital", OPT_OUT_DOES_NOT_APPLY, TODAY);
    enrol(w, "surgery", OPT_OUT_APPLIES, TODAY);
    grant = settle(w, KNOWN, "planning");
    assert_int_equal(true_refusal(grant, "surgery"), POLICY_OPT_OUT_APPLIES);
    assert_int_equal(call_of(grant, "surgery"), CONSENT_CALL_NO);
    assert_int_equal(true_refusal(grant, "hospital"), POLICY_REASON_NONE);
    assert_int_equal(call_of(grant, "hospital"), CONSENT_CALL_ALWAYS);
}

static void stale_and_not_stated_are_not_known(void **state) {
    struct world *w = *state;
    enrol(w, "surgery", OPT_OUT_DOES_NOT_APPLY, TODAY - 8);
    assert_int_equal(true_refusal(settle(w, KNOWN, "planning"), "surgery"), POLICY_OPT_OUT_UNKNOWN);
    enrol(w, "surgery", OPT_OUT_NOT_STATED, 0);
    assert_int_equal(true_refusal(settle(w, KNOWN, "planning"), "surgery"), POLICY_OPT_OUT_UNKNOWN);
}

/* Whoever read the person's rows at the same moment gives them, and they are not read again. */
static void rows_that_were_read_already_count(void **state) {
    struct world *w = *state;
    struct span small = span_text("small");
    const struct span_list lists[3] = {{&small, 1}, {&small, 1}, {&small, 1}};
    struct consent_question question = {.permit = permit_of(w, "planning"),
                                        .caller = &w->caller,
                                        .person = &w->person,
                                        .is_enough = true,
                                        .enrolled_under = lists};
    struct store_row *rows = NULL;
    enrol(w, "surgery", OPT_OUT_DOES_NOT_APPLY, TODAY);
    assert_false(lg_failed(
        store_rows_read(w->s.reader, &w->person, w->s.arena, &rows, &question.row_count)));
    question.rows = rows;
    enrol(w, "surgery", OPT_OUT_APPLIES, TODAY);
    for (int has_rows = 0; has_rows < 2; has_rows++) {
        const struct grant *grant = NULL;
        question.has_rows = has_rows == 1;
        assert_false(
            lg_failed(consent_settle(w->counters, w->s.reader, &question, w->s.arena, &grant)));
        assert_int_equal(true_refusal(grant, "surgery"),
                         has_rows == 1 ? POLICY_REASON_NONE : POLICY_OPT_OUT_APPLIES);
    }
}

static void care_is_never_affected(void **state) {
    struct world *w = *state;
    enrol(w, "surgery", OPT_OUT_APPLIES, TODAY);
    assert_int_equal(true_refusal(settle(w, KNOWN, "care"), "surgery"), POLICY_REASON_NONE);
    enrol(w, "surgery", OPT_OUT_NOT_STATED, 0);
    assert_int_equal(true_refusal(settle(w, KNOWN, "care"), "surgery"), POLICY_REASON_NONE);
}

/* What a caller sees of a hidden source, and of anybody whom only one knows, is what it sees of
 * nobody. */
static void nothing_shows_of_people_whom_the_caller_may_not_know(void **state) {
    struct world *w = *state;
    static const enum opt_out STATES[] = {OPT_OUT_NOT_STATED, OPT_OUT_APPLIES,
                                          OPT_OUT_DOES_NOT_APPLY};
    for (size_t i = 0; i < sizeof STATES / sizeof STATES[0]; i++) {
        int32_t day = STATES[i] == OPT_OUT_NOT_STATED ? 0 : TODAY;
        enrol(w, "hospital", STATES[i], day);
        enrol(w, "surgery", STATES[i], day);
        const struct grant *known = settle(w, HIDDEN_ONLY, "planning");
        const struct grant *nobody = settle(w, NOBODY, "planning");
        const struct grant *grants[] = {known, nobody};
        for (size_t j = 0; j < 2; j++) {
            assert_int_equal(shown_refusal(grants[j], "hospital"), POLICY_OPT_OUT_UNKNOWN);
            assert_int_equal(shown_refusal(grants[j], "surgery"), POLICY_OPT_OUT_UNKNOWN);
            assert_int_equal(call_of(grants[j], "surgery"), CONSENT_CALL_NO);
            assert_int_not_equal(call_of(grants[j], "hospital"), CONSENT_CALL_NO);
        }
        assert_int_equal(consent_grant_shown_all(known)->reason,
                         consent_grant_shown_all(nobody)->reason);
    }
}

/* A record that does not count for this caller says nothing. */
static void records_out_of_scope_say_nothing(void **state) {
    struct world *w = *state;
    enrol(w, "surgery", OPT_OUT_APPLIES, TODAY);
    w->is_out_of_scope = true;
    assert_int_equal(true_refusal(settle(w, KNOWN, "planning"), "surgery"), POLICY_OPT_OUT_UNKNOWN);
}

static void settling_survives_every_failed_allocation(void **state) {
    struct world *w = *state;
    enrol(w, "surgery", OPT_OUT_APPLIES, TODAY);
    const struct permit *permit = permit_of(w, "planning");
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        struct consent_question question = {
            .permit = permit, .caller = &w->caller, .person = &w->person, .is_enough = true};
        const struct grant *grant = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = consent_settle(w->counters, w->s.reader, &question, arena, &grant);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_int_equal(grant == NULL, lg_failed(err));
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(each_source_has_its_own),
        CASE(stale_and_not_stated_are_not_known),
        CASE(rows_that_were_read_already_count),
        CASE(care_is_never_affected),
        CASE(nothing_shows_of_people_whom_the_caller_may_not_know),
        CASE(records_out_of_scope_say_nothing),
        CASE(settling_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
