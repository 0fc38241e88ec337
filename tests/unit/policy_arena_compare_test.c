/* SPDX-License-Identifier: Apache-2.0 */
/* Each request for memory failing in turn while two agreements are compared, promises are proven
 * and a draft is rehearsed: whatever runs out of memory says LIMIT. */
#include "policy/compare/compare.h"
#include "policy/compare/prove.h"
#include "tests/support/arena_fail.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_rehearse_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* Two agreements, records of questions to the first, and who reads their replay. */
struct pair {
    struct fixture *fixture;
    struct policy *before;
    struct policy *after;
    struct written written[QUESTIONS];
    enum policy_reader reader;
};

static struct lg_err compare_both(void *ctx, struct arena *arena) {
    const struct pair *pair = ctx;
    struct policy_diff diff;
    TRY(policy_diff_make(pair->before, pair->after, arena, &diff));
    assert_true(diff.count > 0);
    return LG_OK;
}

/* The second has a promise that the first breaks by passing on. */
static struct lg_err prove_both(void *ctx, struct arena *arena) {
    const struct pair *pair = ctx;
    const struct policy *other = pair->before;
    struct policy_proofs proofs;
    TRY(policy_prove(pair->after, &other, 1, arena, &proofs));
    assert_int_equal(proofs.broken, 2);
    return LG_OK;
}

static struct lg_err rehearse_draft(void *ctx, struct arena *arena) {
    const struct pair *pair = ctx;
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    const struct policy *texts[] = {pair->fixture->policy};
    TRY(policy_rehearse_begin(pair->after, arena, &rehearsal));
    for (size_t i = 0; i < QUESTIONS; i++) {
        const struct policy_rehearse_record record = {
            .ask = pair->written[i].ask,
            .parts = &pair->written[i].part,
            .part_count = pair->reader == POLICY_READER_REQUESTER ? i % 2 : 1,
            .texts = {.policies = texts, .count = 1},
            .reader = pair->reader,
        };
        TRY(policy_rehearse_record(rehearsal, &record));
    }
    TRY(policy_rehearse_report(rehearsal, &report));
    assert_int_equal(report.questions, QUESTIONS);
    return LG_OK;
}

/* What changes is of every kind: cells, settings, sections that come and go. */
static void diff_fails(void **state) {
    char *text = edited_more(vector("whole.isa"), "clause 6 share\n", "clause 6.1 share\n");
    text = edited_more(text, "  keep: 5 days\n", "  keep: 6 days\n");
    text = edited_more(text, "  at most: 3 per person", "  at most: 4 per person");
    text = edited_more(text, "  contact: data-protection-lead\n", "  contact: somebody\n");
    text = edited_more(text, "\n  notice: leaflet 7", "");
    text = edited_more(text, "clause e.2 enrol", "clause e.3 enrol");
    text = edited_more(text, "emergency flood", "emergency fire");
    text = edited_more(text, "agreement whole\n", "agreement other\n");
    struct pair pair = {.fixture = *state, .before = compile(text, NULL)};
    pair.after = pair.fixture->policy;
    arena_fail_each(&pair, compare_both);
    arena_fail_each(&(struct pair){.before = pair.after, .after = pair.before}, compare_both);
    policy_free(&pair.before);
    free(text);
}

static void proof_fails(void **state) {
    struct diag diag;
    struct pair pair = {.fixture = *state};
    char *text = edited_more(vector("whole.isa"), "\nend\n",
                             "\npromise A never\n  who: beta/officer\n  from: gamma\n"
                             "  sees: health.status\n"
                             "promise B always\n  who: alpha/*\n  sees: record.count\nend\n");
    assert_false(
        lg_failed(policy_compile_unproven(span_text(text), span_of(NULL, 0), &diag, &pair.after)));
    pair.before = pair.fixture->policy;
    arena_fail_each(&pair, prove_both);
    policy_free(&pair.after);
    free(text);
}

static void rehearsal_fails(void **state) {
    struct pair pair = {.fixture = *state};
    char *text = edited_more(vector("whole.isa"), "  pass: health.*\n", "  redact: health.*\n");
    text = edited_more(text,
                       "promise P3 always\n  who: alpha/worker\n  from: gamma\n  sees: "
                       "health.status\n  for: child-care\n",
                       "");
    pair.after = compile(text, NULL);
    record_all(pair.fixture, pair.written);
    pair.reader = POLICY_READER_AUDITOR;
    arena_fail_each(&pair, rehearse_draft);
    pair.reader = POLICY_READER_REQUESTER;
    arena_fail_each(&pair, rehearse_draft);
    policy_free(&pair.after);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(diff_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(proof_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(rehearsal_fails, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
