/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of requests share: tests/vectors/policy/whole.isa, with and without its floor, and
 * a request that it answers, for a test to spoil one thing of. */
#ifndef TESTS_UNIT_POLICY_FIXTURE_H
#define TESTS_UNIT_POLICY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

/* Where the vectors are: each test says so itself, for only tests know the source folder. */
extern const char policy_fixture_folder[];

enum { ARENA = 1 << 22 };

struct fixture {
    struct policy *policy;
    struct policy *floored;
    struct arena *arena;
};

static inline char *vector(const char *name) {
    size_t len;
    char *text = support_file_read(policy_fixture_folder, name, &len);
    assert_non_null(text);
    return text;
}

static inline struct policy *compile(const char *text, const char *floor) {
    struct diag diag = {0};
    struct policy *policy = NULL;
    if (lg_failed(policy_compile(span_text(text), span_text(floor), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    return policy;
}

static inline int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    char *text = vector("whole.isa");
    char *floor = vector("floor.isa");
    assert_non_null(fixture);
    fixture->policy = compile(text, NULL);
    fixture->floored = compile(text, floor);
    free(text);
    free(floor);
    *state = fixture;
    return 0;
}

static inline int tear_down(void **state) {
    struct fixture *fixture = *state;
    policy_free(&fixture->policy);
    policy_free(&fixture->floored);
    free(fixture);
    return 0;
}

static inline int arena_begin(void **state) {
    struct fixture *fixture = *state;
    return lg_failed(arena_new(ARENA, &fixture->arena));
}

static inline int arena_end(void **state) {
    struct fixture *fixture = *state;
    arena_free(&fixture->arena);
    return 0;
}

/* A list out of words with blanks between. */
static inline struct span_list list(struct fixture *fixture, const char *words) {
    struct span rest = arena_copy(fixture->arena, span_text(words));
    struct span *items = arena_array(fixture->arena, 32, sizeof *items);
    size_t count = 0;
    while (words[0] != 0 && span_split(&rest, ' ', &items[count])) {
        count++;
    }
    return (struct span_list){.items = items, .count = count};
}

static inline int64_t at(const char *day, int hour) {
    int32_t days = 0;
    assert_true(policy_day_parse(span_text(day), &days));
    return (int64_t)days * 86400 + hour * 3600;
}

/* Clause 4: gamma's whole health record, to alpha/worker for child care. Everything is as it should
 * be; tests spoil one thing. A Wednesday at noon. */
static inline struct policy_request good(struct fixture *fixture) {
    return (struct policy_request){
        .at_s = at("2026-06-10", 11),
        .recipient = span_text("alpha"),
        .role = span_text("worker"),
        .sources = list(fixture, "gamma"),
        .fields = list(fixture, "health.status"),
        .purpose = span_text("child-care"),
        .basis = span_text("duty"),
        .age_class = AGE_CHILD,
        .has_case_reference = true,
        .has_second_person = true,
        .no_consent_reason = span_text("would-prejudice"),
    };
}

static inline const struct permit *decide(struct fixture *fixture, const struct policy_force *force,
                                          const struct policy_request *request) {
    const struct permit *permit = NULL;
    assert_false(lg_failed(policy_decide(force, 1, request, fixture->arena, &permit)));
    return permit;
}

static inline const struct policy_term *term_of(struct fixture *fixture,
                                                const struct policy_force *force,
                                                const struct policy_request *request) {
    return policy_permit_term(decide(fixture, force, request), 0, 0);
}

static inline struct policy_outcome settle(struct fixture *fixture, const struct permit *permit,
                                           const struct consent *consent,
                                           struct policy_counts counts) {
    struct policy_outcome outcome;
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *all = arena_array(fixture->arena, limit_count, sizeof *all);
    for (size_t i = 0; i < limit_count; i++) {
        all[i] = counts;
    }
    const struct policy_facts facts = {.consents = consent,
                                       .consent_count = consent != NULL,
                                       .counts = all,
                                       .count_count = limit_count};
    assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &outcome)));
    return outcome;
}

/* An emergency of 30 characters, ten minutes old. */
static inline struct policy_emergency declared(const char *id, const char *reason) {
    return (struct policy_emergency){.is_declared = true,
                                     .id = span_text(id),
                                     .reason = span_text(reason),
                                     .rationale_chars = 30,
                                     .has_age = true,
                                     .age_min = 10};
}

#endif
