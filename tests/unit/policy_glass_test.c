/* SPDX-License-Identifier: Apache-2.0 */
/* What an emergency needs beyond its first rules: a second person, reviews in time, a basis that
 * carries a refusal; and when its review is due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/glass.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char agreement[] =
    "isa 1\n"
    "agreement line\n"
    "  title: Break-glass\n  version: 4\n  in force: 2026-01-01 to 2026-12-31\n"
    "  review due: 2026-12-01\n  review grace: 30 days\n  time zone: Europe/London\n"
    "  lead: care\n  signatures needed: all parties\n  assessment: DPIA-1\n  contact: lead\n"
    "party care\n  name: Care\n  legal entity: Council\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Director\n"
    "party trust\n  name: Trust\n  legal entity: Trust\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Guardian\n"
    "role care/worker\nrole care/senior\n"
    "purpose safeguarding\n  title: Protect\n"
    "basis act\n  title: An Act\n  kind: statutory\n  article 6: e\n"
    "  article 9: g, DPA 2018 Sch 1 para 18\n  covers: safeguarding\n"
    "  reason for no consent: not needed\n"
    "basis vital\n  title: Vital interests\n  kind: vital\n  article 6: d\n"
    "  article 9: c\n  covers: safeguarding\n  reason for no consent: not needed\n"
    "category mental-health\n  title: Mental health\n  class: special\n  held by: trust\n"
    "  fields: status\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "limit some\n  per person: 200 in 1 hour\n"
    "defaults\n  hours: always\n  limit: some\n  keep: 90 days\n  onward: no\n"
    "clause 3 share\n  title: Health\n  from: trust\n  to: care/worker, care/senior\n"
    "  purpose: safeguarding\n  basis: act\n  consent: required unless emergency\n"
    "  pass: mental-health.status\n"
    "emergency break-glass\n  declared by: care/worker, care/senior\n  purpose: safeguarding\n"
    "  refusal set aside by: care/senior\n"
    "  basis: vital\n  reasons: risk-to-life\n  rationale: at least 20 characters\n"
    "  lasts: 4 hours\n  sets aside: missing consent, hours, limit\n"
    "  tell: data-protection-lead within 1 hour\n  check: within 3 working days\n"
    "  at most: 3 per person in 1 day\n";

static const char second_always[] = "  requires: second person\n";
static const char second_late[] = "  overdue reviews: second person from 3, refused from 5\n";
static const char refused_alone[] = "  overdue reviews: refused from 2\n";
static const char for_refusal[] = "  basis for refusal: act\n";

static struct policy *compile(const char *more) {
    char text[8192];
    struct diag diag = {0};
    struct policy *policy = NULL;
    (void)snprintf(text, sizeof text, "%s%s", agreement, more);
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    return policy;
}

struct asked {
    const char *role;
    uint32_t overdue;
    bool has_second;
    enum capacity capacity;
    enum age_class age;
    enum consent_state consent; /* 0: none */
};

struct got {
    enum policy_reason refusal;
    bool by_emergency;
    bool by_basis_for_refusal;
};

static int64_t at(const char *day, int hour) {
    int32_t days = 0;
    assert_true(policy_day_parse(span_text(day), &days));
    return (int64_t)days * 86400 + hour * 3600;
}

static struct got ask(const struct policy *policy, const struct asked *asked) {
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    const struct policy_force force = {.policy = policy};
    struct span fields[] = {span_text("mental-health.status")};
    struct span sources[] = {span_text("trust")};
    const struct policy_request request = {
        .agreement = span_text("line"),
        .at_s = at("2026-06-10", 11),
        .recipient = span_text("care"),
        .role = span_text(asked->role),
        .sources = {sources, 1},
        .fields = {fields, 1},
        .purpose = span_text("safeguarding"),
        .basis = span_text("act"),
        .age_class = asked->age,
        .has_second_person = asked->has_second,
        .emergency = {.is_declared = true,
                      .reason = span_text("risk-to-life"),
                      .rationale_chars = 30,
                      .has_age = true,
                      .overdue = asked->overdue,
                      .capacity = asked->capacity},
    };
    const struct permit *permit = NULL;
    assert_false(lg_failed(policy_decide(&force, 1, &request, arena, &permit)));
    const struct consent consent = {.state = asked->consent, .log_index = 1};
    const struct policy_counts counts = {0};
    const struct policy_facts facts = {.consents = &consent,
                                       .consent_count = asked->consent != 0 ? 1 : 0,
                                       .counts = &counts,
                                       .count_count = 1};
    struct policy_outcome outcome;
    assert_false(lg_failed(policy_settle(permit, 0, &facts, arena, &outcome)));
    const struct policy_ruling *ruling = &outcome.rulings[0];
    return (struct got){ruling->refusal, ruling->by_emergency,
                        span_equal_text(ruling->basis, "act")};
}

static void expect(const struct policy *policy, struct asked asked, enum policy_reason wanted) {
    struct got got = ask(policy, &asked);
    if (got.refusal != wanted) {
        fail_msg("%s, not %s", policy_reason_name(got.refusal), policy_reason_name(wanted));
    }
    assert_int_equal(got.by_emergency, wanted == POLICY_REASON_NONE);
}

static void without_the_settings_late_reviews_change_nothing(void **state) {
    (void)state;
    struct policy *policy = compile("");
    expect(policy, (struct asked){.role = "worker", .overdue = 1000}, POLICY_REASON_NONE);
    policy_free(&policy);
}

static void a_second_person_may_be_needed_always(void **state) {
    (void)state;
    struct policy *policy = compile(second_always);
    expect(policy, (struct asked){.role = "worker"}, POLICY_EMERGENCY_SECOND_PERSON);
    expect(policy, (struct asked){.role = "worker", .has_second = true}, POLICY_REASON_NONE);
    policy_free(&policy);
}

static void late_reviews_tighten_the_allowance(void **state) {
    (void)state;
    struct policy *policy = compile(second_late);
    expect(policy, (struct asked){.role = "worker", .overdue = 2}, POLICY_REASON_NONE);
    expect(policy, (struct asked){.role = "worker", .overdue = 3}, POLICY_EMERGENCY_SECOND_PERSON);
    expect(policy, (struct asked){.role = "worker", .overdue = 4, .has_second = true},
           POLICY_REASON_NONE);
    expect(policy, (struct asked){.role = "worker", .overdue = 5, .has_second = true},
           POLICY_EMERGENCY_REVIEWS_OVERDUE);
    policy_free(&policy);
    policy = compile(refused_alone);
    expect(policy, (struct asked){.role = "worker", .overdue = 1}, POLICY_REASON_NONE);
    expect(policy, (struct asked){.role = "worker", .overdue = 2},
           POLICY_EMERGENCY_REVIEWS_OVERDUE);
    policy_free(&policy);
}

/* Law.md 4.3, rule 11: vital interests do not carry a refusal by an adult who can consent. */
static void a_refusal_of_who_can_consent_needs_its_own_basis(void **state) {
    (void)state;
    static const enum capacity capacities[] = {CAPACITY_CAN, CAPACITY_NOT_KNOWN};
    static const enum consent_state states[] = {CONSENT_REFUSED, CONSENT_WITHDRAWN};
    struct policy *bare = compile("");
    struct policy *based = compile(for_refusal);
    for (size_t i = 0; i < 4; i++) {
        struct asked asked = {.role = "senior",
                              .age = AGE_ADULT,
                              .capacity = capacities[i / 2],
                              .consent = states[i % 2]};
        expect(bare, asked, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        expect(based, asked, POLICY_REASON_NONE);
        assert_true(ask(based, &asked).by_basis_for_refusal);
        asked.age = AGE_UNKNOWN; /* may be an adult */
        expect(bare, asked, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
        asked.role = "worker";
        expect(based, asked, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL);
    }
    policy_free(&bare);
    policy_free(&based);
}

static void who_cannot_consent_is_covered_by_vital_interests(void **state) {
    (void)state;
    struct policy *bare = compile("");
    struct policy *based = compile(for_refusal);
    struct asked asked = {.role = "senior",
                          .age = AGE_ADULT,
                          .capacity = CAPACITY_CANNOT,
                          .consent = CONSENT_REFUSED};
    expect(bare, asked, POLICY_REASON_NONE);
    expect(based, asked, POLICY_REASON_NONE);
    assert_false(ask(based, &asked).by_basis_for_refusal);
    asked.capacity = CAPACITY_CAN;
    asked.age = AGE_CHILD;
    expect(bare, asked, POLICY_REASON_NONE);
    /* Nobody refused: capacity changes nothing. */
    asked = (struct asked){.role = "worker", .age = AGE_ADULT, .capacity = CAPACITY_CAN};
    expect(bare, asked, POLICY_REASON_NONE);
    policy_free(&bare);
    policy_free(&based);
}

static void unstated_capacity_leaves_the_truth_table_as_it_was(void **state) {
    (void)state;
    struct policy *bare = compile("");
    const struct asked asked = {.role = "senior", .age = AGE_ADULT, .consent = CONSENT_REFUSED};
    expect(bare, asked, POLICY_REASON_NONE);
    policy_free(&bare);
}

static void settings_that_say_nothing_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "  requires: third person\n",
        "  overdue reviews: 3\n",
        "  overdue reviews: second person from 0\n",
        "  overdue reviews: second person from 3, refused from 3\n",
        "  overdue reviews: second person from 5, refused from 2\n",
        "  overdue reviews: second person from 3, second person from 4\n",
        "  overdue reviews: refused\n",
        "  overdue reviews: refused from 3 days\n",
        "  overdue reviews: second person from 3,\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[8192];
        struct diag diag = {0};
        struct policy *policy = NULL;
        (void)snprintf(text, sizeof text, "%s%s", agreement, wrong[i]);
        struct lg_err err = policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy);
        if (!lg_failed(err) || diag.line == 0) {
            fail_msg("taken: %s", wrong[i]);
        }
        policy_free(&policy);
    }
}

static void working_days_pass_weekends_and_bank_holidays(void **state) {
    (void)state;
    struct policy *policy = compile("");
    static const struct {
        const char *from;
        int hour;
        uint32_t days;
        const char *last; /* the day at whose end, in London, it is due */
        int ahead;        /* of UTC, hours */
    } cases[] = {
        {"2026-06-10", 11, 3, "2026-06-15", 1}, /* Wednesday to Monday */
        {"2026-06-12", 23, 1, "2026-06-15", 1}, /* Saturday in London already */
        {"2026-06-13", 12, 1, "2026-06-15", 1},
        {"2026-04-02", 9, 1, "2026-04-07", 1}, /* Good Friday, Easter Monday */
        {"2026-12-24", 9, 1, "2026-12-29", 0}, /* Boxing Day moved to the 28th */
        {"2026-03-27", 9, 1, "2026-03-30", 1}, /* the clocks went forward */
        {"2026-10-23", 9, 1, "2026-10-26", 0}, /* and back */
        {"2026-06-10", 11, 0, "2026-06-10", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t due =
            policy_working_days_end(policy, at(cases[i].from, cases[i].hour), cases[i].days);
        if (due != at(cases[i].last, 24 - cases[i].ahead)) {
            char day[11];
            policy_day_text((int32_t)(due / 86400), day);
            fail_msg("from %s: %s, second %ld of the day", cases[i].from, day, (long)(due % 86400));
        }
    }
    policy_free(&policy);
}

static void an_agreement_tells_what_it_provides(void **state) {
    (void)state;
    struct policy *policy = compile(second_late);
    assert_int_equal(policy_provision_count(policy), 1);
    struct policy_provision provision = policy_provision_at(policy, 0);
    assert_int_equal(provision.lasts_min, 240);
    assert_int_equal(provision.tell_min, 60);
    assert_int_equal(provision.check_days, 3);
    assert_true(provision.counts_overdue);
    assert_true(span_equal_text(provision.tell, "data-protection-lead"));
    assert_int_equal(policy_provision_window(policy), 86400);
    policy_free(&policy);
}

/* Late reviews matter where either part of the setting is there. */
static void late_reviews_that_matter(void **state) {
    (void)state;
    static const struct {
        const char *more;
        bool counts;
    } cases[] = {{"", false},
                 {second_always, false},
                 {second_late, true},
                 {refused_alone, true},
                 {"  overdue reviews: second person from 3\n", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy *policy = compile(cases[i].more);
        assert_int_equal(policy_provision_at(policy, 0).counts_overdue, cases[i].counts);
        policy_free(&policy);
    }
}

/* What a permit's agreement says of the emergency that was declared. */
static void what_was_declared(void **state) {
    (void)state;
    static const struct {
        bool declares;
        const char *named; /* emergency */
        const char *asked; /* agreement of the request; empty: all */
        const char *of;    /* agreement that is looked at */
        bool is_told;
        bool has_provision;
        enum policy_reason fault;
    } cases[] = {
        {false, "", "", "line", false, false, POLICY_REASON_NONE},
        {true, "", "", "line", true, true, POLICY_REASON_NONE},
        {true, "break-glass", "line", "line", true, true, POLICY_REASON_NONE},
        {true, "other", "", "line", true, false, POLICY_EMERGENCY_NOT_PROVIDED},
        {true, "", "", "other", false, false, POLICY_REASON_NONE},
        {true, "", "other", "line", false, false, POLICY_REASON_NONE},
    };
    struct policy *policy = compile("");
    const struct policy_force force = {.policy = policy};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct span sources[] = {span_text("trust")};
        const struct policy_request request = {
            .agreement = span_text(cases[i].asked),
            .at_s = at("2026-06-10", 11),
            .recipient = span_text("care"),
            .role = span_text("worker"),
            .sources = {sources, 1},
            .purpose = span_text("safeguarding"),
            .basis = span_text("act"),
            .emergency = {.is_declared = cases[i].declares,
                          .id = span_text(cases[i].named),
                          .reason = span_text("risk-to-life"),
                          .rationale_chars = 30,
                          .has_age = true},
        };
        const struct permit *permit = NULL;
        struct policy_declared declared;
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        assert_false(lg_failed(policy_decide(&force, 1, &request, arena, &permit)));
        assert_int_equal(policy_permit_declared(permit, span_text(cases[i].of), &declared),
                         cases[i].is_told);
        assert_int_equal(declared.has_provision, cases[i].has_provision);
        assert_int_equal(declared.fault, cases[i].fault);
        assert_int_equal(declared.is_valid, cases[i].has_provision);
        assert_int_equal(declared.provision.lasts_min, cases[i].has_provision ? 240 : 0);
    }
    policy_free(&policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_settings_late_reviews_change_nothing),
        cmocka_unit_test(a_second_person_may_be_needed_always),
        cmocka_unit_test(late_reviews_tighten_the_allowance),
        cmocka_unit_test(a_refusal_of_who_can_consent_needs_its_own_basis),
        cmocka_unit_test(who_cannot_consent_is_covered_by_vital_interests),
        cmocka_unit_test(unstated_capacity_leaves_the_truth_table_as_it_was),
        cmocka_unit_test(settings_that_say_nothing_are_refused),
        cmocka_unit_test(working_days_pass_weekends_and_bank_holidays),
        cmocka_unit_test(an_agreement_tells_what_it_provides),
        cmocka_unit_test(late_reviews_that_matter),
        cmocka_unit_test(what_was_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
