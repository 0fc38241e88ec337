/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of explanations share: a question of whole.isa in a situation, explained. */
#ifndef TESTS_UNIT_POLICY_TOLD_FIXTURE_H
#define TESTS_UNIT_POLICY_TOLD_FIXTURE_H

#include "policy/explain/explain.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

#define AUDITOR POLICY_READER_AUDITOR

/* A question, what is known of consent, and how often was asked before. */
struct situation {
    struct policy_request request;
    struct consent consent;
    bool has_consent;
    uint32_t count;
};
typedef void (*spoil_fn)(struct fixture *fixture, struct situation *question);

/* Clause 3: delta's health status for alpha/worker, a child's. */
static inline struct situation of_delta(struct fixture *fixture) {
    struct situation question = {.request = good(fixture)};
    question.request.sources = list(fixture, "delta");
    return question;
}

static inline struct policy_explanation explain(struct fixture *fixture,
                                                const struct policy *policy,
                                                const struct situation *question,
                                                enum policy_reader reader) {
    const struct policy_force force = {.policy = policy};
    const struct permit *permit = decide(fixture, &force, &question->request);
    size_t limit_count = policy_permit_limit_count(permit);
    struct policy_counts *counts = arena_array(fixture->arena, limit_count, sizeof *counts);
    for (size_t i = 0; i < limit_count; i++) {
        counts[i].person = question->count;
    }
    const struct policy_facts facts = {.consents = &question->consent,
                                       .consent_count = question->has_consent,
                                       .counts = counts,
                                       .count_count = limit_count};
    const struct policy_explain_what what = {.facts = &facts, .reader = reader};
    struct policy_explained_source out;
    assert_false(lg_failed(policy_explain(permit, &what, fixture->arena, &out)));
    return out.fields[0];
}

static inline struct policy *with(const struct edit *edits, size_t count) {
    char *text = with_edits(vector("whole.isa"), edits, count);
    struct policy *policy = compile(text, NULL);
    free(text);
    return policy;
}

/* ---- what the person said ---- */

static inline void none(struct fixture *fixture, struct situation *question) {
    (void)fixture;
    question->has_consent = false;
}

static inline void say(struct situation *question, enum consent_state state) {
    question->has_consent = true;
    question->consent.state = state;
    question->consent.recorded_by = span_text("delta");
    question->consent.recorded_ms = INT64_C(1780488000000); /* 3 June 2026 */
}

static inline void given(struct fixture *fixture, struct situation *question) {
    (void)fixture;
    say(question, CONSENT_GIVEN);
}

static inline void given_as_the_basis(struct fixture *fixture, struct situation *question) {
    given(fixture, question);
    question->request.basis = span_text("asked");
}

static inline void given_explicitly(struct fixture *fixture, struct situation *question) {
    given(fixture, question);
    question->consent.explicit_consent = true;
}

static inline void refused(struct fixture *fixture, struct situation *question) {
    (void)fixture;
    say(question, CONSENT_REFUSED);
}

static inline void refused_some_day(struct fixture *fixture, struct situation *question) {
    refused(fixture, question);
    question->consent.recorded_ms = 0;
}

static inline void refused_at_no_time(struct fixture *fixture, struct situation *question) {
    refused(fixture, question);
    question->consent.recorded_ms = INT64_MAX;
}

static inline void withdrawn(struct fixture *fixture, struct situation *question) {
    (void)fixture;
    say(question, CONSENT_WITHDRAWN);
}

/* ---- what is read ---- */

static inline const struct policy_explained_check *check_of(const struct policy_explanation *it,
                                                            enum policy_check check) {
    for (size_t i = 0; i < it->check_count; i++) {
        if (it->checks[i].check == check) {
            return &it->checks[i];
        }
    }
    return NULL;
}

static inline void must_say(size_t row, struct span said, const char *wanted) {
    if (!span_equal_text(said, wanted)) {
        fail_msg("row %zu: `%.*s`, wanted `%s`", row, (int)said.len,
                 said.len == 0 ? "" : (const char *)said.ptr, wanted);
    }
}

#endif
