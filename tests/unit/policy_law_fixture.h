/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the axes share: tests/vectors/policy/law.isa under policy/register/uk.register,
 * a question in one line, and its verdicts in one word. */
#ifndef TESTS_UNIT_POLICY_LAW_FIXTURE_H
#define TESTS_UNIT_POLICY_LAW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/law/axes.h"
#include "policy/register/register.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { LAW_ARENA = 1 << 22 };

/* facts and request are for a test to spoil before it asks; both start anew with each test. */
struct law {
    char *text;
    char *register_text;
    struct policy_register *statutes;
    struct policy *policy;
    struct arena *arena;
    struct policy_force force;
    struct policy_force other; /* a second agreement in force; policy NULL: there is none */
    struct policy_request request;
    struct policy_facts facts;
    const struct permit *permit;
    struct policy_outcome outcome;
};

static inline struct policy *law_compile(const struct law *law, const char *text) {
    struct diag diag = {0};
    struct policy *policy = NULL;
    if (lg_failed(
            policy_compile_law(span_text(text), span_of(NULL, 0), law->statutes, &diag, &policy))) {
        fail_msg("line %u, column %u: %s", (unsigned)diag.line, (unsigned)diag.column, diag.text);
    }
    return policy;
}

static inline int law_set_up(void **state) {
    struct law *law = calloc(1, sizeof *law);
    struct diag diag = {0};
    size_t len;
    assert_non_null(law);
    law->text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "law.isa", &len);
    law->register_text = support_file_read(LOCKGATE_SOURCE "/policy/register", "uk.register", &len);
    assert_non_null(law->text);
    assert_non_null(law->register_text);
    if (lg_failed(policy_register_compile(span_text(law->register_text), &diag, &law->statutes))) {
        fail_msg("line %u, column %u: %s", (unsigned)diag.line, (unsigned)diag.column, diag.text);
    }
    law->policy = law_compile(law, law->text);
    *state = law;
    return 0;
}

static inline int law_tear_down(void **state) {
    struct law *law = *state;
    policy_free(&law->policy);
    policy_register_free(&law->statutes);
    free(law->text);
    free(law->register_text);
    free(law);
    return 0;
}

static inline int64_t law_time(const char *day, int hour) {
    int32_t days = 0;
    assert_true(policy_day_parse(span_text(day), &days));
    return (int64_t)days * 86400 + hour * 3600;
}

static inline int law_begin(void **state) {
    struct law *law = *state;
    law->force = (struct policy_force){.policy = law->policy};
    law->other = (struct policy_force){0};
    law->facts = (struct policy_facts){0};
    law->request = (struct policy_request){
        .at_s = law_time("2026-11-11", 12),
        .age_class = AGE_ADULT,
        .has_case_reference = true,
        .no_consent_reason = span_text("would-prejudice"),
    };
    return lg_failed(arena_new(LAW_ARENA, &law->arena));
}

static inline int law_end(void **state) {
    struct law *law = *state;
    arena_free(&law->arena);
    return 0;
}

static inline struct span_list law_one(struct law *law, const char *word) {
    struct span *items = arena_array(law->arena, 1, sizeof *items);
    assert_non_null(items);
    items[0] = span_text(word);
    return (struct span_list){.items = items, .count = 1};
}

/* Who asks ("party/role"), whom, under which purpose and basis, for which field. */
struct law_question {
    const char *who;
    const char *source;
    const char *purpose;
    const char *basis;
    const char *field;
};

static inline const struct policy_ruling *law_ask(struct law *law, struct law_question question) {
    struct span who = span_text(question.who);
    size_t slash = span_index(who, '/');
    law->request.recipient = span_slice(who, 0, slash);
    law->request.role = span_slice(who, slash + 1, who.len);
    law->request.sources = law_one(law, question.source);
    law->request.fields = law_one(law, question.field);
    law->request.purpose = span_text(question.purpose);
    law->request.basis = span_text(question.basis);
    const struct policy_force both[] = {law->force, law->other};
    size_t count = law->other.policy == NULL ? 1 : 2;
    assert_false(lg_failed(policy_decide(both, count, &law->request, law->arena, &law->permit)));
    assert_false(lg_failed(policy_settle(law->permit, 0, &law->facts, law->arena, &law->outcome)));
    assert_int_equal(law->outcome.ruling_count, 1);
    return &law->outcome.rulings[0];
}

/* One letter an axis, in their order: - not asked, m met, w met with a warning, s set aside, r
 * referred, n not met. */
static inline void law_verdicts(const struct policy_ruling *ruling, const char *letters) {
    char found[POLICY_AXES + 1] = {0};
    for (unsigned i = 0; i < POLICY_AXES; i++) {
        found[i] = "-mwsrn"[policy_axes_get(ruling->axes, (enum policy_axis)i)];
    }
    assert_string_equal(found, letters);
}

static inline void law_refused(const struct policy_ruling *ruling, enum policy_reason reason) {
    if (ruling->refusal != reason) {
        fail_msg("%s instead of %s", policy_reason_name(ruling->refusal),
                 policy_reason_name(reason));
    }
    assert_int_equal(ruling->treatment == TREATMENT_NONE, reason != POLICY_REASON_NONE);
}

static inline void law_shared(const struct policy_ruling *ruling) {
    law_refused(ruling, POLICY_REASON_NONE);
}

static inline bool law_has_duty(const struct law *law, const char *code) {
    const struct span_list *codes = &law->outcome.duties.obligations;
    for (size_t i = 0; i < codes->count; i++) {
        if (span_equal_text(codes->items[i], code)) {
            return true;
        }
    }
    return false;
}

static inline void law_declare(struct law *law) {
    law->request.emergency = (struct policy_emergency){.is_declared = true,
                                                       .reason = span_text("risk-to-life"),
                                                       .rationale_chars = 40,
                                                       .has_age = true,
                                                       .age_min = 5};
}

/* The person's only fact. */
static inline void law_said(struct law *law, enum consent_kind kind, enum consent_state state) {
    struct consent *fact = arena_alloc(law->arena, sizeof *fact);
    assert_non_null(fact);
    *fact = (struct consent){.state = state, .kind = kind, .explicit_consent = true};
    law->facts.consents = fact;
    law->facts.consent_count = 1;
}

/* The text with a part of it replaced; the caller frees it. */
static inline char *law_replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = calloc(1, size);
    assert_non_null(changed);
    snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return changed;
}

/* The agreement with a line of it replaced, in force for the rest of the test. */
static inline struct policy *law_spoil(struct law *law, const char *from, const char *to) {
    char *changed = law_replaced(law->text, from, to);
    struct policy *policy = law_compile(law, changed);
    free(changed);
    law->force.policy = policy;
    return policy;
}

/* The entry of the register that a ruling rests on, or failed by. */
static inline void law_rests_on(const struct law *law, const struct policy_ruling *ruling,
                                const char *id) {
    uint32_t place = policy_axes_entry(ruling->axes);
    assert_true(place > 0);
    struct policy_register_entry entry = policy_register_at(law->statutes, place - 1);
    assert_true(span_equal_text(entry.id, id));
}

#endif
