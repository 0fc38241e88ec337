/* SPDX-License-Identifier: Apache-2.0 */
/* From permit and person to grant, with a small agreement: housing is open, health is hidden and
 * needs consent, and there is a limit of three questions an hour. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/access/access.h"
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
    "  lead: care\n"
    "  signatures needed: all parties\n"
    "  assessment: DPIA-1\n"
    "  contact: lead\n"
    "party care\n  name: Care\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party housing\n  name: Homes\n  legal entity: Homes\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Secretary\n"
    "party health\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n  existence: hidden\n"
    "role care/worker\n"
    "purpose safeguarding\n  title: Protect\n"
    "purpose child-safeguarding\n  title: Protect a child\n  within: safeguarding\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n"
    "  article 9: g, DPA 2018 Sch 1 para 18\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "category tenancy\n  title: Tenancy\n  class: ordinary\n  held by: housing\n"
    "  fields: address, arrears, notes\n"
    "category mental-health\n  title: Mental health\n  class: special\n  held by: health\n"
    "  fields: status\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "limit few\n  per person: 3 in 1 hour\n  per subject: 5 in 1 hour\n"
    "defaults\n  hours: always\n  limit: few\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Tenancy\n  from: housing\n  to: care/*\n  purpose: safeguarding\n"
    "  basis: act\n  consent: not needed\n  pass: tenancy.address\n  redact: tenancy.notes\n"
    "clause 2 share\n  title: Arrears\n  from: housing\n  to: care/*\n  purpose: safeguarding\n"
    "  basis: act\n  consent: required\n  pass: tenancy.arrears\n"
    "clause 3 share\n  title: Health\n  from: health\n  to: care/*\n  purpose: safeguarding\n"
    "  basis: act\n  consent: required\n  pass: mental-health.status\n";

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

struct world {
    struct store_support s;
    struct policy *policy;
    struct policy_force force;
    struct consent_counters *counters;
    struct caller caller;
    struct span fields[4];
    size_t field_count;
    struct person_id person;
    uint64_t size;
    int64_t now_ms;
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
    w->caller = (struct caller){.agency = span_text("care"),
                                .system = span_text("case-1"),
                                .user_id = span_text("user-1"),
                                .role = span_text("worker")};
    w->fields[0] = span_text("tenancy.address");
    w->fields[1] = span_text("tenancy.arrears");
    w->fields[2] = span_text("mental-health.status");
    w->field_count = 3;
    store_support_enrol(&w->s, "housing", 1, &amy);
    assert_true(store_support_person(&w->s, "housing", 1, &w->person));
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

static void fact(struct world *w, enum consent_state state, const char *purpose,
                 const char *category) {
    struct span purpose_name = span_text(purpose);
    struct span category_name = span_text(category);
    struct consent consent = {.state = state,
                              .purposes = {&purpose_name, purpose[0] != 0},
                              .categories = {&category_name, category[0] != 0},
                              .recorded_by = span_text("health")};
    vault_random(consent.id.bytes, sizeof consent.id.bytes);
    struct consent_logged logged = {.log_index = w->size};
    assert_false(lg_failed(consent_entry_encode(&w->person, &consent, w->s.arena, &logged.body)));
    w->size++;
    assert_false(lg_failed(consent_apply(w->s.store, &logged, 1, w->size)));
}

static const struct permit *permit_of(struct world *w, const char *purpose) {
    struct policy_request request = {.at_s = 1795435200,
                                     .recipient = w->caller.agency,
                                     .role = w->caller.role,
                                     .fields = {w->fields, w->field_count},
                                     .purpose = span_text(purpose),
                                     .basis = span_text("act"),
                                     .age_class = AGE_CHILD};
    const struct permit *permit = NULL;
    assert_false(lg_failed(policy_decide(&w->force, 1, &request, w->s.arena, &permit)));
    return permit;
}

enum who { NOBODY, HIDDEN_ONLY, KNOWN };

static const struct grant *settle_at(struct world *w, enum who who, const char *purpose,
                                     int64_t mono_ms) {
    struct consent_question question = {.permit = permit_of(w, purpose),
                                        .caller = &w->caller,
                                        .person = who == NOBODY ? NULL : &w->person,
                                        .is_enough = who == KNOWN,
                                        .mono_ms = mono_ms};
    const struct grant *grant = NULL;
    assert_false(
        lg_failed(consent_settle(w->counters, w->s.reader, &question, w->s.arena, &grant)));
    return grant;
}

/* Every question an hour after the one before: the limit is out of the way. */
static const struct grant *settle_for(struct world *w, enum who who, const char *purpose) {
    w->now_ms += 3600000;
    return settle_at(w, who, purpose, w->now_ms);
}

static const struct grant *settle(struct world *w, enum who who) {
    return settle_for(w, who, "child-safeguarding");
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

static enum policy_reason refusal(const struct policy_outcome *outcome, const struct grant *grant,
                                  size_t source, const char *field) {
    const struct permit *permit = consent_grant_permit(grant);
    for (size_t i = 0; i < outcome->ruling_count; i++) {
        if (span_equal_text(policy_permit_term(permit, source, i)->field, field)) {
            return outcome->rulings[i].refusal;
        }
    }
    fail_msg("no such field: %s", field);
    return POLICY_REASON_END;
}

static enum policy_reason true_refusal(const struct grant *grant, const char *agency,
                                       const char *field) {
    size_t source = source_of(grant, agency);
    return refusal(consent_grant_outcome(grant, source), grant, source, field);
}

static enum policy_reason shown_refusal(const struct grant *grant, const char *agency,
                                        const char *field) {
    size_t source = source_of(grant, agency);
    return refusal(consent_grant_shown(grant, source), grant, source, field);
}

static enum consent_call call_of(const struct grant *grant, const char *agency) {
    return consent_grant_call(grant, source_of(grant, agency));
}

/* ---- Consent -----------------------------------------------------------------------------------
 */

static void without_consent_the_rest_is_shared(void **state) {
    struct world *w = *state;
    const struct grant *grant = settle(w, KNOWN);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
    assert_int_equal(call_of(grant, "health"), CONSENT_CALL_DECOY);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.address"), POLICY_REASON_NONE);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_CONSENT_MISSING);
    assert_int_equal(true_refusal(grant, "health", "mental-health.status"), POLICY_CONSENT_MISSING);
    assert_int_equal(consent_grant_shown_all(grant)->decision, DECISION_PARTIAL);
}

static void the_newest_fact_wins_for_purpose_and_category(void **state) {
    struct world *w = *state;
    fact(w, CONSENT_GIVEN, "safeguarding", "");
    const struct grant *grant = settle(w, KNOWN);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_REASON_NONE);
    assert_int_equal(call_of(grant, "health"), CONSENT_CALL_ALWAYS);
    fact(w, CONSENT_REFUSED, "child-safeguarding", "tenancy");
    grant = settle(w, KNOWN);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_CONSENT_REFUSED);
    assert_int_equal(true_refusal(grant, "health", "mental-health.status"), POLICY_REASON_NONE);
    grant = settle_for(w, KNOWN, "safeguarding");
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_REASON_NONE);
    fact(w, CONSENT_WITHDRAWN, "", "mental-health");
    grant = settle(w, KNOWN);
    assert_int_equal(true_refusal(grant, "health", "mental-health.status"),
                     POLICY_CONSENT_WITHDRAWN);
    fact(w, CONSENT_GIVEN, "", "");
    grant = settle(w, KNOWN);
    assert_int_equal(true_refusal(grant, "health", "mental-health.status"), POLICY_REASON_NONE);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_REASON_NONE);
}

/* ---- Hidden people -----------------------------------------------------------------------------
 */

static bool outcomes_same(const struct policy_outcome *a, const struct policy_outcome *b) {
    bool same =
        a->decision == b->decision && a->reason == b->reason && a->ruling_count == b->ruling_count;
    for (size_t i = 0; same && i < a->ruling_count; i++) {
        same = a->rulings[i].refusal == b->rulings[i].refusal &&
               a->rulings[i].treatment == b->rulings[i].treatment &&
               a->rulings[i].checks == b->rulings[i].checks;
    }
    return same;
}

/* Everything that the caller sees, and whom it calls, in a world with a person whom only the
 * hidden agency knows and in one without. */
static void what_is_shown_does_not_tell_of_hidden_people(void **state) {
    struct world *w = *state;
    const enum consent_state states[] = {CONSENT_GIVEN, CONSENT_REFUSED, CONSENT_WITHDRAWN};
    for (size_t i = 0; i < 3; i++) {
        fact(w, states[i], "", "");
        const struct grant *with = settle(w, HIDDEN_ONLY);
        const struct grant *without = settle(w, NOBODY);
        for (size_t j = 0; j < 2; j++) {
            assert_true(
                outcomes_same(consent_grant_shown(with, j), consent_grant_shown(without, j)));
            bool called = consent_grant_call(with, j) != CONSENT_CALL_NO;
            assert_int_equal(called, consent_grant_call(without, j) != CONSENT_CALL_NO);
        }
        assert_true(outcomes_same(consent_grant_shown_all(with), consent_grant_shown_all(without)));
        assert_int_equal(consent_grant_scope_count(with), consent_grant_scope_count(without));
        assert_int_equal(consent_grant_applied_through(with),
                         consent_grant_applied_through(without));
        /* The open agency is settled as for nobody, the hidden one by the person's own word. */
        assert_int_equal(true_refusal(with, "housing", "tenancy.arrears"), POLICY_CONSENT_MISSING);
        assert_int_equal(call_of(with, "health"),
                         states[i] == CONSENT_GIVEN ? CONSENT_CALL_ALWAYS : CONSENT_CALL_DECOY);
        assert_int_equal(shown_refusal(with, "health", "mental-health.status"),
                         POLICY_CONSENT_MISSING);
    }
}

/* ---- Limits ------------------------------------------------------------------------------------
 */

static void a_limit_is_kept_and_leaks(void **state) {
    struct world *w = *state;
    const enum who who[] = {KNOWN, NOBODY, HIDDEN_ONLY};
    for (size_t i = 0; i < 3; i++) {
        const struct grant *grant = settle_at(w, who[i], "child-safeguarding", 1000);
        assert_int_equal(true_refusal(grant, "housing", "tenancy.address"), POLICY_REASON_NONE);
    }
    const struct grant *grant = settle_at(w, KNOWN, "child-safeguarding", 1000);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.address"), POLICY_RATE_LIMIT);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_NO);
    /* Not called either, whatever consent says of the hidden one. */
    assert_int_equal(call_of(grant, "health"), CONSENT_CALL_NO);
    fact(w, CONSENT_GIVEN, "", "");
    grant = settle_at(w, HIDDEN_ONLY, "child-safeguarding", 1000);
    assert_int_equal(call_of(grant, "health"), CONSENT_CALL_NO);
    /* Refused questions took nothing: a third of an hour later there is room for one. */
    grant = settle_at(w, KNOWN, "child-safeguarding", 1000 + 1200001);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
    grant = settle_at(w, KNOWN, "child-safeguarding", 1000 + 1200001);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_NO);
    /* Another person at the same agency has a count of their own. */
    w->caller.user_id = span_text("user-2");
    grant = settle_at(w, KNOWN, "child-safeguarding", 1000 + 1200001);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
}

static void the_subjects_limit_is_every_askers_together(void **state) {
    struct world *w = *state;
    const char *users[] = {"u1", "u2", "u3", "u4", "u5", "u6"};
    for (size_t i = 0; i < 6; i++) {
        w->caller.user_id = span_text(users[i]);
        const struct grant *grant = settle_at(w, KNOWN, "child-safeguarding", 1000);
        assert_int_equal(call_of(grant, "housing"), i < 5 ? CONSENT_CALL_HELD : CONSENT_CALL_NO);
    }
    /* A count of people whom the caller may not know would tell that they are there. */
    w->caller.user_id = span_text("u7");
    const struct grant *grant = settle_at(w, HIDDEN_ONLY, "child-safeguarding", 1000);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
}

static void nothing_shared_takes_nothing(void **state) {
    struct world *w = *state;
    w->fields[0] = span_text("tenancy.arrears"); /* consent required, none given */
    w->fields[1] = span_text("tenancy.notes");   /* redacted */
    w->field_count = 2;
    for (size_t i = 0; i < 5; i++) {
        const struct grant *grant = settle_at(w, KNOWN, "child-safeguarding", 1000);
        assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_NO);
        assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_CONSENT_MISSING);
    }
    w->fields[0] = span_text("tenancy.address");
    const struct grant *grant = settle_at(w, KNOWN, "child-safeguarding", 1000);
    assert_int_equal(call_of(grant, "housing"), CONSENT_CALL_HELD);
}

/* ---- What a grant rests on ---------------------------------------------------------------------
 */

static bool rests_on(const struct grant *grant, const struct store_tag *scope) {
    bool rests = false;
    for (size_t i = 0; i < consent_grant_scope_count(grant); i++) {
        rests = rests || memcmp(consent_grant_scope(grant, i), scope, sizeof *scope) == 0;
    }
    return rests;
}

static void a_grant_names_its_scopes(void **state) {
    struct world *w = *state;
    fact(w, CONSENT_GIVEN, "", "");
    const struct grant *grant = settle(w, KNOWN);
    assert_int_equal(consent_grant_applied_through(grant), 1);
    assert_int_equal(consent_grant_scope_count(grant), 5);
    struct store_tag *persons = NULL;
    size_t count = 0;
    struct store_tag scope;
    assert_false(
        lg_failed(consent_scopes_person(w->s.reader, &w->person, w->s.arena, &persons, &count)));
    assert_int_equal(count, 1);
    assert_true(rests_on(grant, &persons[0]));
    assert_false(rests_on(settle(w, NOBODY), &persons[0]));
    assert_false(lg_failed(consent_scope_agreement(w->s.store, span_text("small"), &scope)));
    assert_true(rests_on(grant, &scope));
    assert_false(lg_failed(consent_scope_agreement(w->s.store, span_text("other"), &scope)));
    assert_false(rests_on(grant, &scope));
    const struct access_whom whom = {.agency = span_text("care"), .user_id = span_text("user-1")};
    assert_false(lg_failed(access_scope_make(w->s.store, &whom, &scope)));
    assert_true(rests_on(grant, &scope));
    struct span care = span_text("care");
    assert_false(lg_failed(consent_scope_caller(w->s.store, care, span_text("case-1"), &scope)));
    assert_true(rests_on(grant, &scope));
    assert_false(lg_failed(consent_scope_caller(w->s.store, care, span_text(""), &scope)));
    assert_true(rests_on(grant, &scope));
    assert_false(lg_failed(consent_scope_caller(w->s.store, care, span_text("case-2"), &scope)));
    assert_false(rests_on(grant, &scope));
}

/* So many withdrawals of something else that the refusal is not read any more: it still counts. */
static void a_refusal_cannot_be_pushed_out(void **state) {
    struct world *w = *state;
    fact(w, CONSENT_REFUSED, "child-safeguarding", "tenancy");
    for (size_t i = 0; i < STORE_CONSENTS_MAX; i++) {
        fact(w, CONSENT_WITHDRAWN, "child-safeguarding", "mental-health");
    }
    const struct grant *grant = settle(w, KNOWN);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_CONSENT_REFUSED);
    /* What is newer than all that counts for itself. */
    fact(w, CONSENT_GIVEN, "child-safeguarding", "tenancy");
    grant = settle(w, KNOWN);
    assert_int_equal(true_refusal(grant, "housing", "tenancy.arrears"), POLICY_REASON_NONE);
}

static void names_are_those_of_agreements(void **state) {
    struct world *w = *state;
    struct span known[] = {span_text("child-safeguarding"), span_text("mental-health"),
                           span_text("care")};
    struct consent consent = {
        .purposes = {&known[0], 1}, .categories = {&known[1], 1}, .recipients = {&known[2], 1}};
    assert_false(lg_failed(consent_names_check(&w->force, 1, &consent)));
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_CONSENT, CONSENT_NAME);
    for (size_t i = 0; i < 3; i++) {
        struct span kept = known[i];
        known[i] = span_text("chld-safeguarding");
        assert_true(lg_err_same(consent_names_check(&w->force, 1, &consent), wrong));
        known[i] = kept;
    }
    assert_true(lg_err_same(consent_names_check(&w->force, 0, &consent), wrong));
    struct consent all = {0};
    assert_false(lg_failed(consent_names_check(&w->force, 0, &all)));
}

/* What is shown follows the tree of purposes, as decisions do. */
static void a_withdrawal_for_a_wider_purpose_is_shown(void **state) {
    struct world *w = *state;
    struct consent *list = NULL;
    size_t count = 0;
    const struct consent_look look = {
        .reader = w->s.reader, .person = &w->person, .force = &w->force, .force_count = 1};
    fact(w, CONSENT_GIVEN, "child-safeguarding", "");
    assert_false(lg_failed(consent_list(&look, w->s.arena, &list, &count)));
    assert_int_equal(list[0].state, CONSENT_GIVEN);
    fact(w, CONSENT_WITHDRAWN, "safeguarding", "");
    assert_false(lg_failed(consent_list(&look, w->s.arena, &list, &count)));
    assert_int_equal(count, 2);
    assert_int_equal(list[1].state, CONSENT_WITHDRAWN);
    /* The other way round only a part is withdrawn. */
    fact(w, CONSENT_GIVEN, "safeguarding", "");
    fact(w, CONSENT_WITHDRAWN, "child-safeguarding", "");
    assert_false(lg_failed(consent_list(&look, w->s.arena, &list, &count)));
    assert_int_equal(list[1].state, CONSENT_GIVEN);
}

static void settling_survives_every_failed_allocation(void **state) {
    struct world *w = *state;
    fact(w, CONSENT_GIVEN, "", "");
    const struct permit *permit = permit_of(w, "child-safeguarding");
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct arena *arena = NULL;
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        struct consent_question question = {.permit = permit,
                                            .caller = &w->caller,
                                            .person = &w->person,
                                            .is_enough = true,
                                            .mono_ms = (int64_t)n * 36000000};
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

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(without_consent_the_rest_is_shared),
        CASE(the_newest_fact_wins_for_purpose_and_category),
        CASE(what_is_shown_does_not_tell_of_hidden_people),
        CASE(a_limit_is_kept_and_leaks),
        CASE(the_subjects_limit_is_every_askers_together),
        CASE(nothing_shared_takes_nothing),
        CASE(a_grant_names_its_scopes),
        CASE(a_refusal_cannot_be_pushed_out),
        CASE(names_are_those_of_agreements),
        CASE(a_withdrawal_for_a_wider_purpose_is_shown),
        CASE(settling_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
