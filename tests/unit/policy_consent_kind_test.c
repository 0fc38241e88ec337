/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of consent kept apart, whose data a consent is about, and which fact decided: `consent is`
 * of the clause, the kind of the basis, and two consents that contradict each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char agreement[] =
    "isa 1\n"
    "agreement kinds\n"
    "  title: Kinds of consent\n"
    "  version: 1\n"
    "  in force: 2026-01-01 to 2026-12-31\n"
    "  review due: 2026-12-01\n"
    "  review grace: 10 days\n"
    "  time zone: UTC\n"
    "  lead: asker\n"
    "  signatures needed: all parties\n"
    "  assessment: DPIA-2\n"
    "  contact: lead\n"
    "party asker\n  name: Asker\n  legal entity: A\n  public authority: yes\n"
    "  competent authority: no\n  signs as: A\n"
    "party source\n  name: Source\n  legal entity: S\n  public authority: yes\n"
    "  competent authority: no\n  signs as: S\n"
    "party third\n  name: Third\n  legal entity: T\n  public authority: yes\n"
    "  competent authority: no\n  signs as: T\n"
    "role asker/worker\n"
    "purpose help\n  title: Help\n"
    "basis duty\n  title: Duty\n  kind: statutory\n  article 6: e\n  covers: help\n"
    "  reason for no consent: not needed\n"
    "basis asked\n  title: Consent\n  kind: consent\n  article 6: a\n  covers: help\n"
    "  reason for no consent: not needed\n"
    "category record\n  title: Record\n  class: ordinary\n  held by: source\n"
    "  fields: unset, basis, confidence, service, noted\n"
    "hours always\n  open: 00:00 to 24:00 on every day\n"
    "defaults\n  hours: always\n  keep: 90 days\n  onward: no\n"
    "clause 1 share\n  title: Unset\n  from: source\n  to: asker/*\n  purpose: help\n"
    "  basis: duty, asked\n  consent: required\n  pass: record.unset\n"
    "clause 2 share\n  title: Basis\n  from: source\n  to: asker/*\n  purpose: help\n"
    "  basis: duty\n  consent: required\n  consent is: lawful basis\n  pass: record.basis\n"
    "clause 3 share\n  title: Confidence\n  from: source\n  to: asker/*\n  purpose: help\n"
    "  basis: duty, asked\n  consent: required\n  consent is: confidentiality\n"
    "  pass: record.confidence\n"
    "clause 4 share\n  title: Service\n  from: source\n  to: asker/*\n  purpose: help\n"
    "  basis: duty\n  consent: required\n  consent is: service\n  pass: record.service\n"
    "clause 5 share\n  title: Noted\n  from: source\n  to: asker/*\n  purpose: help\n"
    "  basis: duty\n  consent: not needed\n  pass: record.noted\n";

struct world {
    struct policy *policy;
    struct arena *arena;
};

static int set_up(void **state) {
    static struct world world;
    world = (struct world){0};
    struct diag diag = {0};
    if (lg_failed(policy_compile(span_text(agreement), span_of(NULL, 0), &diag, &world.policy))) {
        print_error("line %u: %s\n", (unsigned)diag.line, diag.text);
        return 1;
    }
    *state = &world;
    return lg_failed(arena_new(1 << 22, &world.arena)) ? 1 : 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    arena_free(&w->arena);
    policy_free(&w->policy);
    return 0;
}

/* The ruling on one field with these facts. */
static struct policy_ruling rule(const struct world *w, const char *field, const char *basis,
                                 const struct consent *consents, size_t count) {
    const struct policy_force force = {.policy = w->policy};
    const struct span name = span_text(field);
    const struct policy_request request = {.at_s = 1781092800, /* 2026-06-10 12:00 UTC */
                                           .recipient = span_text("asker"),
                                           .role = span_text("worker"),
                                           .fields = {&name, 1},
                                           .purpose = span_text("help"),
                                           .basis = span_text(basis),
                                           .age_class = AGE_ADULT};
    const struct permit *permit = NULL;
    struct policy_outcome outcome;
    const struct policy_facts facts = {.consents = consents, .consent_count = count};
    assert_false(lg_failed(policy_decide(&force, 1, &request, w->arena, &permit)));
    size_t source = 0;
    while (!span_equal_text(policy_permit_source(permit, source), "source")) {
        source++;
    }
    assert_false(lg_failed(policy_settle(permit, source, &facts, w->arena, &outcome)));
    assert_int_equal(outcome.ruling_count, 1);
    return outcome.rulings[0];
}

enum { KINDS = CONSENT_KIND_END };

/* Rows: clause and basis. Columns: not stated, basis, confidentiality, service, objection; and a
 * kind that nobody knows, which counts for nothing. */
static const struct {
    const char *field;
    const char *basis;
    bool counts[KINDS + 1];
} rows[] = {
    {"record.unset", "duty", {true, true, true, true, false}},
    {"record.basis", "duty", {true, true, false, false, false}},
    {"record.confidence", "duty", {true, false, true, false, false}},
    {"record.service", "duty", {true, false, false, true, false}},
    /* A basis that is consent asks for consent as a basis, whatever else the clause says. */
    {"record.unset", "asked", {true, true, false, false, false}},
    {"record.confidence", "asked", {true, true, false, false, false}},
};

static void a_consent_counts_for_its_kind_alone(void **state) {
    const struct world *w = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned kind = 0; kind <= KINDS; kind++) {
            struct consent fact = {.state = CONSENT_GIVEN, .kind = (enum consent_kind)kind};
            struct policy_ruling ruling = rule(w, rows[i].field, rows[i].basis, &fact, 1);
            /* Consent of another kind is none: it is not even out of scope. */
            assert_int_equal(ruling.refusal,
                             rows[i].counts[kind] ? POLICY_REASON_NONE : POLICY_CONSENT_MISSING);
            assert_ptr_equal(ruling.consent, rows[i].counts[kind] ? &fact : NULL);
        }
    }
}

static void a_refusal_of_one_kind_is_none_of_another(void **state) {
    const struct world *w = *state;
    static const enum consent_state against[] = {CONSENT_REFUSED, CONSENT_WITHDRAWN};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned bits = 0; bits < 2 * KINDS; bits++) {
            unsigned kind = bits / 2;
            const struct consent facts[] = {
                {.state = CONSENT_GIVEN, .log_index = 1},
                {.state = against[bits % 2], .kind = (enum consent_kind)kind, .log_index = 2},
            };
            struct policy_ruling ruling = rule(w, rows[i].field, rows[i].basis, facts, 2);
            enum policy_reason refused =
                bits % 2 == 0 ? POLICY_CONSENT_REFUSED : POLICY_CONSENT_WITHDRAWN;
            assert_int_equal(ruling.refusal, rows[i].counts[kind] ? refused : POLICY_REASON_NONE);
        }
    }
}

/* An objection under Article 21 is no refusal of consent. */
static void an_objection_is_not_read_as_consent(void **state) {
    const struct world *w = *state;
    struct consent fact = {.state = CONSENT_REFUSED, .kind = CONSENT_KIND_OBJECTION};
    struct policy_ruling ruling = rule(w, "record.noted", "duty", &fact, 1);
    assert_int_equal(ruling.refusal, POLICY_REASON_NONE);
    assert_null(ruling.consent);
    fact.kind = CONSENT_KIND_SERVICE;
    ruling = rule(w, "record.noted", "duty", &fact, 1);
    assert_true(ruling.objection_noted);
    assert_ptr_equal(ruling.consent, &fact);
}

static void a_consent_covers_the_sources_it_names(void **state) {
    const struct world *w = *state;
    const struct span source = span_text("source");
    const struct span third = span_text("third");
    struct consent fact = {.state = CONSENT_GIVEN, .sources = {&source, 1}};
    assert_int_equal(rule(w, "record.unset", "duty", &fact, 1).refusal, POLICY_REASON_NONE);
    fact.sources.items = &third;
    assert_int_equal(rule(w, "record.unset", "duty", &fact, 1).refusal,
                     POLICY_CONSENT_OUT_OF_SCOPE);
    fact.state = CONSENT_REFUSED;
    assert_int_equal(rule(w, "record.unset", "duty", &fact, 1).refusal, POLICY_CONSENT_MISSING);
}

static void a_later_and_narrower_refusal_wins_and_says_so(void **state) {
    const struct world *w = *state;
    const struct span help = span_text("help");
    struct consent facts[] = {
        {.state = CONSENT_GIVEN, .log_index = 20},                           /* the broad yes */
        {.state = CONSENT_REFUSED, .purposes = {&help, 1}, .log_index = 60}, /* the narrow no */
        {.state = CONSENT_GIVEN, .log_index = 10},
    };
    struct policy_ruling ruling = rule(w, "record.unset", "duty", facts, 3);
    assert_int_equal(ruling.refusal, POLICY_CONSENT_REFUSED);
    assert_ptr_equal(ruling.consent, &facts[1]);
    assert_ptr_equal(ruling.conflicts, &facts[0]); /* the newest that was set aside */
    /* The other way round the newest wins as well, and the refusal is named. */
    facts[0].log_index = 70;
    ruling = rule(w, "record.unset", "duty", facts, 3);
    assert_int_equal(ruling.refusal, POLICY_REASON_NONE);
    assert_ptr_equal(ruling.consent, &facts[0]);
    assert_ptr_equal(ruling.conflicts, &facts[1]);
    /* What has run out contradicts nothing; neither does a withdrawal, nor another kind. */
    facts[0].log_index = 20;
    facts[0].until = span_text("2026-06-09");
    facts[2].until = span_text("2026-06-09");
    assert_null(rule(w, "record.unset", "duty", facts, 3).conflicts);
    facts[0].until = span_of(NULL, 0);
    facts[1].state = CONSENT_WITHDRAWN;
    assert_null(rule(w, "record.unset", "duty", facts, 3).conflicts);
    facts[1].state = CONSENT_REFUSED;
    facts[1].kind = CONSENT_KIND_CONFIDENTIALITY;
    facts[0].kind = CONSENT_KIND_BASIS;
    ruling = rule(w, "record.confidence", "duty", facts, 2);
    assert_int_equal(ruling.refusal, POLICY_CONSENT_REFUSED);
    assert_null(ruling.conflicts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consent_counts_for_its_kind_alone),
        cmocka_unit_test(a_refusal_of_one_kind_is_none_of_another),
        cmocka_unit_test(an_objection_is_not_read_as_consent),
        cmocka_unit_test(a_consent_covers_the_sources_it_names),
        cmocka_unit_test(a_later_and_narrower_refusal_wins_and_says_so),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
