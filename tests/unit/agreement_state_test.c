/* SPDX-License-Identifier: Apache-2.0 */
/* Every state of a version, every edge day, the order of the rows, and local midnight about the
 * days on which clocks change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/agreement/entry.h"
#include "gateway/agreement/state.h"
#include "policy/signing.h"

#include <cmocka.h>

enum { FIRST = 20000, LAST = 20364, REVIEW = 20300, GRACE = 14 };

static struct agreement_facts activated(int32_t today) {
    return (struct agreement_facts){
        .is_proposed = true,
        .signed_count = 2,
        .is_signed = true,
        .is_activated = true,
        .days = {.first_day = FIRST, .last_day = LAST, .review_day = REVIEW, .grace_days = GRACE},
        .today = today,
    };
}

static void before_it_is_activated(void **state) {
    (void)state;
    struct agreement_facts facts = {0};
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_NONE);
    facts.is_proposed = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_PROPOSED);
    facts.signed_count = 1;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_SIGNING);
    facts.is_signed = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_SIGNED);
    facts.is_refused = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_REFUSED);
    facts.is_broken = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_BROKEN);
}

static void every_edge_day(void **state) {
    (void)state;
    static const struct {
        int32_t today;
        enum agreement_state state;
    } days[] = {
        {FIRST - 1, AGREEMENT_STATE_SCHEDULED},  {FIRST, AGREEMENT_STATE_ACTIVE},
        {REVIEW - 91, AGREEMENT_STATE_ACTIVE},   {REVIEW - 90, AGREEMENT_STATE_REVIEW_DUE},
        {REVIEW, AGREEMENT_STATE_REVIEW_DUE},    {REVIEW + 1, AGREEMENT_STATE_GRACE},
        {REVIEW + GRACE, AGREEMENT_STATE_GRACE}, {REVIEW + GRACE + 1, AGREEMENT_STATE_OVERDUE},
        {LAST, AGREEMENT_STATE_OVERDUE},         {LAST + 1, AGREEMENT_STATE_EXPIRED},
        {INT32_MAX, AGREEMENT_STATE_EXPIRED},    {INT32_MIN, AGREEMENT_STATE_SCHEDULED},
    };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        struct agreement_facts facts = activated(days[i].today);
        assert_int_equal(agreement_state_of(&facts), days[i].state);
    }
}

static void a_review_moves_its_day_alone(void **state) {
    (void)state;
    struct agreement_facts facts = activated(REVIEW + GRACE + 1);
    facts.days.review_day = REVIEW + 200;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_ACTIVE);
}

static void suspension_yields_to_what_is_final(void **state) {
    (void)state;
    struct agreement_facts facts = activated(FIRST);
    facts.is_suspended = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_SUSPENDED);
    facts.today = REVIEW + GRACE + 1;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_SUSPENDED);
    facts.today = FIRST - 1;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_SCHEDULED);
    facts.today = LAST + 1;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_EXPIRED);
    facts.is_superseded = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_SUPERSEDED);
}

static void an_end_counts_from_its_day(void **state) {
    (void)state;
    struct agreement_facts facts = activated(FIRST + 9);
    facts.has_end = true;
    facts.end_day = FIRST + 10;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_ACTIVE);
    facts.today = FIRST + 10;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_ENDED);
    facts.is_superseded = true;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_ENDED);
    facts.end_day = FIRST - 5;
    facts.today = FIRST - 5;
    assert_int_equal(agreement_state_of(&facts), AGREEMENT_STATE_ENDED);
}

static void in_force_is_three_states(void **state) {
    (void)state;
    unsigned count = 0;
    for (int i = AGREEMENT_STATE_NONE; i <= AGREEMENT_STATE_BROKEN; i++) {
        assert_true(agreement_state_name((enum agreement_state)i)[0] != '\0');
        count += agreement_state_is_in_force((enum agreement_state)i) ? 1 : 0;
    }
    assert_int_equal(count, 3);
    assert_string_equal(agreement_state_name((enum agreement_state)99), "");
}

static void reminders_at_90_30_and_7_days(void **state) {
    (void)state;
    assert_int_equal(agreement_reminder(100, 191), 0);
    assert_int_equal(agreement_reminder(100, 190), 90);
    assert_int_equal(agreement_reminder(100, 131), 90);
    assert_int_equal(agreement_reminder(100, 130), 30);
    assert_int_equal(agreement_reminder(100, 108), 30);
    assert_int_equal(agreement_reminder(100, 107), 7);
    assert_int_equal(agreement_reminder(100, 100), 7);
    assert_int_equal(agreement_reminder(100, 99), 7);
    assert_int_equal(agreement_reminder(INT32_MIN, INT32_MAX), 0);
}

/* ---- local midnight ---- */

static const char text_form[] =
    "isa 1\nagreement small\n  title: T\n  version: 2\n  replaces: 1\n"
    "  in force: 2026-01-01 to 2026-12-31\n  review due: 2026-12-31\n  review grace: 0 days\n"
    "  time zone: %s\n  lead: b\n  signatures needed: %s\n  assessment: A\n  contact: c\n"
    "party a\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: Owner\n  key: 00\n"
    "party b\n  name: N\n  legal entity: L\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\nrole a/w\n"
    "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
    "  covers: p\ncategory c\n  title: C\n  class: ordinary\n  held by: any\n  fields: f\n"
    "clause 1 share\n  from: any\n  to: any\n  purpose: p\n  basis: d\n"
    "  consent: not needed\n  pass: c.f\n";

static struct policy *compiled(const char *zone, const char *needed) {
    char text[2048];
    struct diag diag = {0};
    struct policy *policy = NULL;
    (void)snprintf(text, sizeof text, text_form, zone, needed);
    assert_false(lg_failed(policy_compile(span_text(text), span_text(""), &diag, &policy)));
    return policy;
}

static int64_t begins(const struct policy *policy, const char *day) {
    int32_t number = 0;
    assert_true(policy_day_parse(span_text(day), &number));
    int64_t at = policy_day_begins(policy, number);
    assert_int_equal(policy_local_day(policy, at), number);
    assert_int_equal(policy_local_day(policy, at - 1), number - 1);
    return at;
}

static void midnight_is_local(void **state) {
    (void)state;
    struct policy *london = compiled("Europe/London", "both sides");
    struct policy *utc = compiled("UTC", "all parties");
    assert_int_equal(begins(utc, "2026-07-01"), 1782864000);
    assert_int_equal(begins(london, "2026-07-01"), 1782864000 - 3600);
    assert_int_equal(begins(london, "2026-01-01"), begins(utc, "2026-01-01"));
    /* Clocks go forward on 29 March and back on 25 October 2026. */
    assert_int_equal(begins(london, "2026-03-29"), begins(utc, "2026-03-29"));
    assert_int_equal(begins(london, "2026-03-30"), begins(utc, "2026-03-30") - 3600);
    assert_int_equal(begins(london, "2026-10-25"), begins(utc, "2026-10-25") - 3600);
    assert_int_equal(begins(london, "2026-10-26"), begins(utc, "2026-10-26"));
    policy_free(&london);
    policy_free(&utc);
}

static void who_signs_is_read_from_the_text(void **state) {
    (void)state;
    struct policy *policy = compiled("UTC", "both sides");
    assert_true(policy_signs_both_sides(policy));
    assert_int_equal(policy_replaces(policy), 1);
    assert_true(span_equal_text(policy_lead(policy), "b"));
    struct policy_signer signer = policy_signer_at(policy, 0);
    assert_true(span_equal_text(signer.party, "a"));
    assert_true(span_equal_text(signer.office, "Owner"));
    assert_int_equal(policy_signer_at(policy, 1).key.len, 0);
    assert_false(policy_returns_on_leaving(policy, span_text("a")));
    assert_false(policy_returns_on_expiry(policy));
    policy_free(&policy);
}

/* What a stopped agency may not do, and what stays open to it. */
static void no_act_both_starts_and_stops(void **state) {
    (void)state;
    static const bool starts[AGREEMENT_ACT_END] = {
        [AGREEMENT_PROPOSE] = true, [AGREEMENT_ACTIVATE] = true, [AGREEMENT_RESUME] = true};
    for (enum agreement_act act = AGREEMENT_PROPOSE; act < AGREEMENT_ACT_END; act++) {
        assert_int_equal(agreement_act_starts(act), starts[act]);
        assert_false(agreement_act_starts(act) && agreement_act_stops(act));
    }
    assert_false(agreement_act_starts(AGREEMENT_ACT_END));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_act_both_starts_and_stops),
        cmocka_unit_test(before_it_is_activated),
        cmocka_unit_test(every_edge_day),
        cmocka_unit_test(a_review_moves_its_day_alone),
        cmocka_unit_test(suspension_yields_to_what_is_final),
        cmocka_unit_test(an_end_counts_from_its_day),
        cmocka_unit_test(in_force_is_three_states),
        cmocka_unit_test(reminders_at_90_30_and_7_days),
        cmocka_unit_test(midnight_is_local),
        cmocka_unit_test(who_signs_is_read_from_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
