/* SPDX-License-Identifier: Apache-2.0 */
/* Answers: limits, duties, whole answers over sources, existence, enrolment, sentences, and what an
 * agreement says of itself. */
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* ---- limits, duties ---- */

static void limits(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_limit_count(permit), 1);
    struct policy_limit limit = policy_permit_limit(permit, 0);
    assert_true(span_equal_text(limit.id, "small"));
    assert_true(span_equal_text(limit.agreement, "whole"));
    assert_int_equal(limit.per_person.count, 3);
    assert_int_equal(limit.per_person.window_s, 1800);
    assert_int_equal(limit.per_agency.window_s, 86400);
    assert_int_equal(limit.per_subject.window_s, 604800);
    static const struct {
        struct policy_counts counts;
        bool reached;
    } cases[] = {
        {{.person = 2, .agency = 9, .subject = 1}, false},
        {{.person = 3}, true},
        {{.agency = 10}, true},
        {{.subject = 2}, true},
        {{.person = UINT32_MAX}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct policy_outcome outcome = settle(fixture, permit, NULL, cases[i].counts);
        assert_int_equal(outcome.reason,
                         cases[i].reached ? POLICY_RATE_LIMIT : POLICY_PERMIT_CLAUSE);
    }
    /* No counts are no allowance. */
    struct policy_facts facts = {0};
    struct policy_outcome outcome;
    assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
    assert_int_equal(outcome.reason, POLICY_RATE_LIMIT);
    /* The limit is looked at last: what consent refuses says so. */
    request.no_consent_reason = span_text("");
    outcome = settle(fixture, decide(fixture, &force, &request), NULL,
                     (struct policy_counts){.person = 9});
    assert_int_equal(outcome.reason, POLICY_NO_CONSENT_REASON_MISSING);
}

static void duties_take_the_strictest(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    struct policy_counts none = {0};
    struct span_list codes;
    struct policy_outcome outcome = settle(fixture, decide(fixture, &force, &request), NULL, none);
    assert_true(span_equal_text(outcome.duties.onward, "to"));
    assert_int_equal(outcome.duties.keep_days, 56);
    /* At night, number (5 days, ask alpha) and, with consent, nothing else of beta's. */
    request = good(fixture);
    request.recipient = span_text("beta");
    request.role = span_text("officer");
    request.sources = list(fixture, "gamma");
    request.fields = list(fixture, "person.number person.name");
    request.at_s = at("2026-06-10", 23);
    request.emergency = declared("", "life"); /* hours of person.name */
    struct consent refused = {.state = CONSENT_REFUSED};
    struct consent given = {.state = CONSENT_GIVEN};
    const struct permit *permit = decide(fixture, &force, &request);
    outcome = settle(fixture, permit, &given, none);
    assert_int_equal(outcome.decision, DECISION_PERMIT);
    assert_int_equal(outcome.reason, POLICY_PERMIT_EMERGENCY);
    assert_false(lg_failed(policy_duty_codes(&outcome.duties, fixture->arena, &codes)));
    assert_int_equal(codes.count, 4);
    assert_true(span_equal_text(codes.items[0], "emergency-check"));
    assert_true(span_equal_text(codes.items[1], "emergency-tell"));
    assert_true(span_equal_text(codes.items[2], "keep=5d"));
    assert_true(span_equal_text(codes.items[3], "onward=no"));
    assert_int_equal(outcome.clauses.count, 2);
    assert_true(span_equal_text(outcome.clauses.items[0], "2"));
    /* Duties of what is refused do not count; the objection does. */
    outcome = settle(fixture, permit, &refused, none);
    assert_int_equal(outcome.decision, DECISION_PARTIAL);
    assert_int_equal(outcome.reason, POLICY_PARTIAL);
    assert_false(lg_failed(policy_duty_codes(&outcome.duties, fixture->arena, &codes)));
    assert_int_equal(codes.count, 3);
    assert_true(span_equal_text(codes.items[0], "keep=5d"));
    assert_true(span_equal_text(codes.items[1], "objection-noted"));
    assert_true(span_equal_text(codes.items[2], "onward=ask"));
}

static void redacted_alone_is_a_refusal(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    struct consent given = {.state = CONSENT_GIVEN};
    request.fields = list(fixture, "person.number");
    struct policy_outcome outcome =
        settle(fixture, decide(fixture, &force, &request), &given, (struct policy_counts){0});
    assert_int_equal(outcome.decision, DECISION_REFUSE);
    assert_int_equal(outcome.reason, POLICY_REDACTED);
    assert_int_equal(outcome.duties.obligations.count, 0);
    assert_int_equal(outcome.duties.keep_days, 0);
    request.fields = list(fixture, "person.number health.status person.name");
    request.no_consent_reason = span_text("");
    outcome = settle(fixture, decide(fixture, &force, &request), NULL, (struct policy_counts){0});
    assert_int_equal(outcome.reason, POLICY_CONSENT_MISSING);
}

static void several_sources_combine(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = list(fixture, "gamma beta delta omega");
    request.fields = list(fixture, "health.status");
    const struct permit *permit = decide(fixture, &force, &request);
    struct policy_outcome outcomes[4];
    struct policy_outcome whole;
    const struct policy_counts counts[2] = {{0}};
    const struct policy_facts facts = {.counts = counts, .count_count = 2};
    assert_int_equal(policy_permit_source_count(permit), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_false(lg_failed(policy_settle(permit, i, &facts, fixture->arena, &outcomes[i])));
    }
    assert_int_equal(outcomes[0].decision, DECISION_PERMIT);
    assert_int_equal(outcomes[1].reason, POLICY_SOURCE_DOES_NOT_HOLD);
    assert_int_equal(outcomes[2].reason, POLICY_CONSENT_MISSING);
    assert_int_equal(outcomes[3].reason, POLICY_NOT_A_PARTY);
    assert_false(lg_failed(policy_combine(outcomes, 4, fixture->arena, &whole)));
    assert_int_equal(whole.decision, DECISION_PARTIAL);
    assert_int_equal(whole.clauses.count, 2);
    assert_false(lg_failed(policy_combine(outcomes + 1, 3, fixture->arena, &whole)));
    assert_int_equal(whole.decision, DECISION_REFUSE);
    assert_int_equal(whole.reason, POLICY_CONSENT_MISSING); /* it got furthest */
    assert_false(lg_failed(policy_combine(outcomes, 0, fixture->arena, &whole)));
    assert_int_equal(whole.decision, DECISION_REFUSE);
}

/* ---- all sources, all fields ---- */

static void everything_that_is_governed(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    const struct permit *permit = decide(fixture, &force, &request);
    /* Every party but alpha itself, in the order of the file. */
    assert_int_equal(policy_permit_source_count(permit), 3);
    assert_true(span_equal_text(policy_permit_source(permit, 0), "beta"));
    assert_true(span_equal_text(policy_permit_source(permit, 1), "gamma"));
    /* gamma: three of person by clause 1, three of health by clause 4. */
    assert_int_equal(policy_permit_term_count(permit, 1), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(policy_permit_term(permit, 1, i)->refusal, POLICY_REASON_NONE);
    }
    /* A purpose that nothing serves leaves sources without fields, and says why. */
    request.purpose = span_text("crime");
    permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_term_count(permit, 1), 0);
    assert_int_equal(policy_permit_refusal(permit, 1), POLICY_NO_CLAUSE);
    struct policy_outcome outcome;
    const struct policy_facts facts = {0};
    assert_false(lg_failed(policy_settle(permit, 1, &facts, fixture->arena, &outcome)));
    assert_int_equal(outcome.decision, DECISION_REFUSE);
    assert_int_equal(outcome.reason, POLICY_NO_CLAUSE);
    request.at_s = at("2028-01-01", 10);
    permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_refusal(permit, 0), POLICY_AGREEMENT_EXPIRED);
}

static void existence_and_finding(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = (struct span_list){0};
    request.fields = (struct span_list){0};
    const struct permit *permit = decide(fixture, &force, &request);
    /* beta: open party; gamma: hidden party, but clause 4 says open for health; delta: ordinary
     * fields open, health hidden by clause 3, so the source is hidden for the whole question. */
    assert_false(policy_permit_is_hidden(permit, 0));
    assert_true(policy_permit_is_hidden(permit, 1));
    assert_true(policy_permit_is_hidden(permit, 2));
    struct span_list found;
    assert_false(lg_failed(policy_permit_findable(permit, fixture->arena, &found)));
    assert_int_equal(found.count, 3);
    /* Without clause 4, gamma is not to be found. */
    request.role = span_text("manager");
    request.trainings = list(fixture, "safeguarding-2");
    request.has_case_reference = false;
    permit = decide(fixture, &force, &request);
    assert_false(lg_failed(policy_permit_findable(permit, fixture->arena, &found)));
    assert_int_equal(found.count, 2);
    assert_true(span_equal_text(found.items[0], "beta"));
    assert_true(span_equal_text(found.items[1], "delta"));
    /* Nobody may be found for a purpose that shares nothing. */
    request.purpose = span_text("crime");
    permit = decide(fixture, &force, &request);
    assert_false(lg_failed(policy_permit_findable(permit, fixture->arena, &found)));
    assert_int_equal(found.count, 0);
    /* What the source may learn of the asker. */
    request = good(fixture);
    request.sources = list(fixture, "gamma delta");
    permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_tells(permit, 0), POLICY_TELLS_PURPOSE);
    assert_int_equal(policy_permit_tells(permit, 1), POLICY_TELLS_PERSON);
    request.fields = list(fixture, "health.status person.name");
    permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_tells(permit, 1), POLICY_TELLS_PERMIT);
}

static void terms_carry_the_clause(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    const struct policy_term *term = term_of(fixture, &force, &request);
    int32_t from = 0;
    assert_true(policy_day_parse(span_text("2020-01-01"), &from));
    assert_int_equal(term->data_from_day, from);
    assert_int_equal(term->recorder, POLICY_RECORDER_SOURCE);
    assert_true(term->consent_shown);
    assert_true(span_equal_text(term->onward_party, "delta"));
    assert_true(span_equal_text(term->onward_purpose, "care"));
    assert_int_equal(term->agreement_version, 2);
    assert_int_equal(term->data_class, POLICY_SPECIAL);
    request.sources = list(fixture, "delta");
    term = term_of(fixture, &force, &request);
    assert_int_equal(term->data_from_day, policy_local_day(fixture->policy, request.at_s) - 364);
    request.fields = list(fixture, "person.born");
    term = term_of(fixture, &force, &request);
    assert_int_equal(term->treatment, TREATMENT_GENERALISE);
    assert_true(span_equal_text(term->rule, "band"));
    assert_true(span_equal_text(term->receives_under, "plain-duty"));
    assert_int_equal(term->data_from_day, INT32_MIN);
}

/* ---- ceilings ---- */

static void too_much_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct policy_force force[LIMIT_POLICY_AGREEMENTS + 1];
    for (size_t i = 0; i < LIMIT_POLICY_AGREEMENTS + 1; i++) {
        force[i] = (struct policy_force){.policy = fixture->policy};
    }
    struct policy_request request = good(fixture);
    const struct permit *permit = NULL;
    assert_false(lg_failed(
        policy_decide(force, LIMIT_POLICY_AGREEMENTS, &request, fixture->arena, &permit)));
    struct lg_err err =
        policy_decide(force, LIMIT_POLICY_AGREEMENTS + 1, &request, fixture->arena, &permit);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
    static struct span many[LIMIT_POLICY_ASKED + 1];
    static char names_text[LIMIT_POLICY_ASKED + 1][8];
    for (size_t i = 0; i < LIMIT_POLICY_ASKED + 1; i++) {
        snprintf(names_text[i], sizeof names_text[i], "f%zu", i);
        many[i] = span_text(names_text[i]);
    }
    request.fields = (struct span_list){.items = many, .count = LIMIT_POLICY_ASKED};
    assert_false(lg_failed(policy_decide(force, 1, &request, fixture->arena, &permit)));
    request.fields.count++;
    assert_true(lg_failed(policy_decide(force, 1, &request, fixture->arena, &permit)));
    request.fields.count = SIZE_MAX;
    assert_true(lg_failed(policy_decide(force, 1, &request, fixture->arena, &permit)));
    request = good(fixture);
    request.sources = (struct span_list){.items = many, .count = LIMIT_POLICY_SOURCES + 1};
    assert_true(lg_failed(policy_decide(force, 1, &request, fixture->arena, &permit)));
    struct policy_facts facts = {.consent_count = LIMIT_POLICY_CONSENTS + 1};
    struct policy_outcome outcome;
    request = good(fixture);
    permit = decide(fixture, force, &request);
    assert_true(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
}

static void repeats_count_once(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    request.sources = list(fixture, "gamma gamma delta gamma");
    request.fields = list(fixture, "health.status health.status");
    const struct permit *permit = decide(fixture, &force, &request);
    assert_int_equal(policy_permit_source_count(permit), 2);
    assert_int_equal(policy_permit_term_count(permit, 0), 1);
}

/* ---- enrolment ---- */

static void enrolment(void **state) {
    struct fixture *fixture = *state;
    struct policy_force force = {.policy = fixture->policy};
    int64_t now = at("2026-06-10", 10);
    struct policy_enrolment it =
        policy_enrol_find(&force, 1, span_text("alpha"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_REASON_NONE);
    assert_int_equal(it.classes,
                     1U << TOKEN_N | 1U << TOKEN_A | 1U << TOKEN_C | 1U << TOKEN_D | 1U << TOKEN_E);
    assert_int_equal(it.keep_days, 364);
    assert_true(span_equal_text(it.clause, "e.1"));
    assert_false(it.return_on_leaving);
    it = policy_enrol_find(&force, 1, span_text("beta"), span_text("sale"), now);
    assert_int_equal(it.refusal, POLICY_REASON_NONE);
    assert_int_equal(it.classes, 1U << TOKEN_N);
    assert_true(it.return_on_leaving);
    it = policy_enrol_find(&force, 1, span_text("beta"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_NO_CLAUSE);
    it = policy_enrol_find(&force, 1, span_text("beta"), span_text("urmston"), now);
    assert_int_equal(it.refusal, POLICY_NO_CLAUSE);
    it = policy_enrol_find(&force, 1, span_text("delta"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_NO_CLAUSE);
    assert_int_equal(it.classes, 0);
    it = policy_enrol_find(&force, 1, span_text("omega"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_NOT_A_PARTY);
    it = policy_enrol_find(&force, 0, span_text("alpha"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_NO_AGREEMENT);
    it = policy_enrol_find(&force, 1, span_text("alpha"), span_text(""), at("2027-04-01", 10));
    assert_int_equal(it.refusal, POLICY_AGREEMENT_EXPIRED);
    it = policy_enrol_find(&force, 1, span_text("alpha"), span_text(""), at("2027-03-01", 10));
    assert_int_equal(it.refusal, POLICY_AGREEMENT_REVIEW_OVERDUE);
    force.withdrawn = list(fixture, "alpha");
    it = policy_enrol_find(&force, 1, span_text("alpha"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_PARTY_WITHDRAWN);
    force.is_suspended = true;
    it = policy_enrol_find(&force, 1, span_text("alpha"), span_text(""), now);
    assert_int_equal(it.refusal, POLICY_AGREEMENT_SUSPENDED);
    assert_int_equal(it.classes, 0);
}

/* ---- sentences ---- */

static void says(struct fixture *fixture, const struct policy_request *request,
                 const struct consent *consent, const char *sentence, const char *remedy) {
    const struct policy_force force = {.policy = fixture->policy};
    const struct permit *permit = decide(fixture, &force, request);
    struct policy_outcome outcome = settle(fixture, permit, consent, (struct policy_counts){0});
    struct span said = policy_sentence(permit, 0, &outcome.rulings[0], fixture->arena);
    struct span way = policy_remedy(permit, 0, &outcome.rulings[0], fixture->arena);
    if (!span_equal_text(said, sentence) || !span_equal_text(way, remedy)) {
        print_error("`%.*s` / `%.*s`\n", (int)said.len, (const char *)said.ptr, (int)way.len,
                    way.len == 0 ? "" : (const char *)way.ptr);
        fail();
    }
}

static void sentences(void **state) {
    struct fixture *fixture = *state;
    struct policy_request request = good(fixture);
    struct consent given = {.state = CONSENT_GIVEN, .recorded_by = span_text("gamma")};
    struct consent refused = {.state = CONSENT_REFUSED};
    says(fixture, &request, NULL, "Shared as it is under clause 4.", "");
    request.fields = list(fixture, "person.born");
    says(fixture, &request, &given, "Shared in general form (band) under clause 1.", "");
    says(fixture, &request, NULL,
         "Nothing can be shared under clause 1 without the person's consent.", "Ask the person.");
    says(fixture, &request, &refused,
         "Nothing can be shared under clause 1 without the person's consent.", "Ask the person.");
    request.fields = list(fixture, "person.number");
    says(fixture, &request, &given, "Left out under clause 1.", "");
    request = good(fixture);
    request.sources = list(fixture, "delta");
    request.basis = span_text("plain-duty");
    says(fixture, &request, NULL,
         "Refused under clause 3 (line 185). The clause does not accept this lawful basis here.",
         "Cite duty, if it applies.");
    request.basis = span_text("duty");
    request.has_case_reference = false;
    says(fixture, &request, NULL,
         "Refused under clause 3 (line 185). The clause needs a case reference.",
         "Give the case reference.");
    request.has_case_reference = true;
    request.age_class = AGE_UNKNOWN;
    says(fixture, &request, NULL,
         "Refused under clause 3 (line 185). The clause does not cover people of this age.",
         "Say whether the person is a child or an adult.");
    request.age_class = AGE_ADULT;
    says(fixture, &request, NULL,
         "Refused under clause 3 (line 185). The clause does not cover people of this age.", "");
    request.age_class = AGE_CHILD;
    request.at_s = at("2026-06-12", 20); /* a Friday evening */
    says(fixture, &request, NULL,
         "Refused. Clause 3 is open 08:00 to 18:00 on weekdays and 10:00 to 12:30 on saturday.",
         "Ask from 10:00 on 2026-06-13. If a life is in danger, your role may declare an "
         "emergency.");
    request = good(fixture);
    request.no_consent_reason = span_text("");
    says(fixture, &request, NULL,
         "Refused under clause 4 (line 202). The clause needs the reason why consent was not "
         "sought.",
         "Ask the person, or say why not: cannot-give, cannot-reasonably-obtain or "
         "would-prejudice.");
    request = good(fixture);
    request.purpose = span_text("crime");
    says(fixture, &request, NULL,
         "Refused. No clause shares this with this role for this purpose. Clause 4 differs in "
         "purpose. Clause 3 differs in source and purpose.",
         "");
    request = good(fixture);
    request.at_s = at("2026-01-01", 10);
    says(fixture, &request, NULL, "Refused. The agreement is not in force yet.",
         "Ask from 08:00 on 2026-04-01.");
}

static void verdict_of_the_first_half(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    struct verdict verdict;
    assert_false(lg_failed(
        policy_permit_verdict(decide(fixture, &force, &request), fixture->arena, &verdict)));
    assert_int_equal(verdict.decision, DECISION_PERMIT);
    assert_true(span_equal_text(verdict.code, "PERMIT_CLAUSE"));
    assert_true(span_equal_text(verdict.agreement, "whole"));
    assert_int_equal(verdict.clauses.count, 1);
    request.basis = span_text("asked");
    assert_false(lg_failed(
        policy_permit_verdict(decide(fixture, &force, &request), fixture->arena, &verdict)));
    assert_int_equal(verdict.decision, DECISION_REFUSE);
    assert_true(span_equal_text(verdict.code, "BASIS_NOT_ACCEPTED"));
    assert_true(span_equal_text(verdict.remedy, "Cite duty, if it applies."));
    const struct permit *permit;
    assert_false(lg_failed(policy_decide(NULL, 0, &request, fixture->arena, &permit)));
    assert_false(lg_failed(policy_permit_verdict(permit, fixture->arena, &verdict)));
    assert_int_equal(verdict.decision, DECISION_REFUSE);
    assert_true(span_equal_text(verdict.code, "NO_AGREEMENT"));
    assert_int_equal(policy_permit_term(permit, 0, 0)->refusal, POLICY_NO_AGREEMENT);
}

static void reasons_have_names(void **state) {
    (void)state;
    for (unsigned i = 0; i < POLICY_REASON_END; i++) {
        enum policy_reason reason = (enum policy_reason)i;
        const char *name = policy_reason_name(reason);
        assert_non_null(name);
        assert_true(strlen(policy_reason_sentence(reason)) > 10);
        if (reason != POLICY_REASON_NONE) {
            assert_int_equal(policy_reason_find(span_text(name)), reason);
        }
        enum policy_reason coarse = policy_reason_coarse(reason);
        assert_true(coarse == reason || coarse == POLICY_CONSENT_MISSING);
    }
    assert_int_equal(policy_reason_find(span_text("CONSENT")), POLICY_REASON_END);
    assert_int_equal(policy_reason_coarse(POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL),
                     POLICY_CONSENT_MISSING);
    assert_int_equal(policy_reason_coarse(POLICY_RATE_LIMIT), POLICY_RATE_LIMIT);
}

static void reading_the_agreement(void **state) {
    struct fixture *fixture = *state;
    const struct policy *policy = fixture->policy;
    struct policy_party party;
    struct policy_role role;
    struct policy_field field;
    struct policy_clause clause;
    assert_true(span_equal_text(policy_id(policy), "whole"));
    assert_true(span_equal_text(policy_title(policy), "An agreement that uses every word"));
    assert_true(span_equal_text(policy_contact(policy), "data-protection-lead"));
    assert_true(span_equal_text(policy_notice(policy), "leaflet 7"));
    assert_int_equal(policy_version(policy), 2);
    assert_int_equal(policy_party_count(policy), 4);
    assert_true(policy_party_find(policy, span_text("gamma"), &party));
    assert_true(party.lookup_is_plain);
    assert_int_equal(party.existence, POLICY_HIDDEN);
    assert_true(policy_party_find(policy, span_text("delta"), &party));
    assert_false(party.lookup_is_plain);
    assert_false(policy_party_find(policy, span_text("delt"), &party));
    assert_true(policy_role_find(policy, span_text("alpha"), span_text("manager"), &role));
    assert_int_equal(role.holders_max, 5);
    assert_false(policy_role_find(policy, span_text("beta"), span_text("manager"), &role));
    assert_true(policy_field_find(policy, span_text("health.diagnosis"), &field));
    assert_int_equal(field.data_class, POLICY_SPECIAL);
    assert_true(policy_clause_find(policy, span_text("n.2"), &clause));
    assert_true(clause.is_never);
    assert_true(policy_clause_find(policy, span_text("e.2"), &clause));
    assert_true(clause.is_enrol);
    assert_false(policy_clause_find(policy, span_text("f.1"), &clause));
    assert_int_equal(policy_clause_count(fixture->floored), policy_clause_count(policy) + 2);
    assert_true(policy_clause_at(fixture->floored, policy_clause_count(policy)).is_floor);
    assert_true(policy_purpose_covers(policy, span_text("care"), span_text("urgent-child-care")));
    assert_false(policy_purpose_covers(policy, span_text("urgent-child-care"), span_text("care")));
    assert_false(policy_purpose_covers(policy, span_text("care"), span_text("crime")));
    assert_true(policy_source_holds(policy, span_text("beta"), span_text("record.count")));
    assert_false(policy_source_holds(policy, span_text("alpha"), span_text("record.count")));
    char *text = vector("whole.isa");
    assert_true(span_equal_text(policy_text(policy), text));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(limits, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(duties_take_the_strictest, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(redacted_alone_is_a_refusal, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(several_sources_combine, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(everything_that_is_governed, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(existence_and_finding, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(terms_carry_the_clause, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(too_much_is_refused, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(repeats_count_once, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(enrolment, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(sentences, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(verdict_of_the_first_half, arena_begin, arena_end),
        cmocka_unit_test(reasons_have_names),
        cmocka_unit_test(reading_the_agreement),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
