/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the comparison: what they say, in which order; numbering anew; memory. */
#include "policy/compare/compare.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { EDITS = 6 };

static struct policy_diff diff_of(struct fixture *fixture, const struct policy *before,
                                  const struct policy *after) {
    struct policy_diff diff;
    assert_false(lg_failed(policy_diff_make(before, after, fixture->arena, &diff)));
    return diff;
}

static void expect_line(const struct policy_diff *diff, enum policy_change_class class,
                        const char *sentence) {
    for (size_t i = 0; i < diff->count; i++) {
        if (diff->changes[i].class == class &&
            span_equal_text(diff->changes[i].sentence, sentence)) {
            return;
        }
        print_message("%s: %.*s\n", policy_change_name(diff->changes[i].class),
                      (int)diff->changes[i].sentence.len,
                      (const char *)diff->changes[i].sentence.ptr);
    }
    fail_msg("no such line: %s", sentence);
}

static const char clause_6[] =
    "clause 6 share\n  title: Counts\n  from: beta\n  to: beta/analyst, alpha/manager\n"
    "  purpose: counting\n  basis: duty\n  consent: not needed\n  aggregate: record.count\n"
    "  smallest group: 10\n";
static const char clause_7[] =
    "clause 7 share\n  title: Records for crime\n  from: alpha\n  to: beta/*\n  purpose: crime\n"
    "  basis: policing\n  consent: not needed\n  pass: person.name\n  hours: some\n";

static void lines_say_what_changed(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *from;
        const char *to;
        enum policy_change_class class;
        const char *sentence;
    } edits[] = {
        {clause_7, "", POLICY_CHANGE_GONE,
         "`beta/*` no longer sees `person.name` from alpha for crime (was clause 7)"},
        {"  keep: 5 days\n", "  keep: 30 days\n", POLICY_CHANGE_WEAKER,
         "`beta/*` sees `person.number` from alpha, gamma and delta for child-care and "
         "urgent-child-care more openly: kept 30 days, was 5 days (clause 2)"},
        {"  smallest group: 10\n", "  smallest group: 12\n", POLICY_CHANGE_STRONGER,
         "`alpha/manager` sees `record.count` from beta for counting less openly: smallest group "
         "12, was 10 (clause 6)"},
        {"  requires: reason for no consent\n  about: anyone\n", "  about: children\n",
         POLICY_CHANGE_STRONGER,
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care less "
         "openly: about children, was anyone (clause 4)"},
        {"  rationale: at least 20 characters\n", "  rationale: at least 10 characters\n",
         POLICY_CHANGE_WEAKER,
         "emergency break-glass: `rationale` is `at least 10 characters`, was `at least 20 "
         "characters`"},
        {"promise P1 never\n  who: gamma/*\n  sees: health.*, record.*\n", "", POLICY_CHANGE_WEAKER,
         "promise P1 never is gone"},
        {"  classes: N\n", "  classes: N, E\n", POLICY_CHANGE_WEAKER,
         "clause e.2 enrol: `classes` is `N, E`, was `N`"},
        {"  title: Counts\n", "  title: Counting\n", POLICY_CHANGE_TEXT,
         "clause 6 share: `title` is `Counting`, was `Counts`"},
        {"  data: health.notes\n", "  data: health.notes, health.status\n", POLICY_CHANGE_GONE,
         "`beta/officer` no longer sees `health.status` from delta for care, child-care and "
         "urgent-child-care (was clause 3; now prohibited by clause n.1)"},
    };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        char *text = edited_more(vector("whole.isa"), edits[i].from, edits[i].to);
        OWN(policy_free) struct policy *after = compile(text, NULL);
        struct policy_diff diff = diff_of(fixture, fixture->policy, after);
        expect_line(&diff, edits[i].class, edits[i].sentence);
        free(text);
        arena_free(&fixture->arena);
        assert_false(lg_failed(arena_new(ARENA, &fixture->arena)));
    }
}

static void a_new_clause_is_newly_visible(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), clause_7, "");
    OWN(policy_free) struct policy *before = compile(text, NULL);
    struct policy_diff diff = diff_of(fixture, before, fixture->policy);
    assert_int_equal(diff.count, 1);
    assert_int_equal(diff.counts[POLICY_CHANGE_NEW], 1);
    assert_int_equal(diff.cells_changed, 2);
    assert_true(policy_diff_opens(&diff));
    expect_line(&diff, POLICY_CHANGE_NEW,
                "`beta/*` newly sees `person.name` from alpha for crime, basis policing, no "
                "consent (new clause 7)");
    assert_int_equal(diff.changes[0].roles.count, 2);
    assert_true(span_equal_text(diff.changes[0].clause_after, "7"));
    assert_int_equal(diff.changes[0].clause_before.len, 0);
    free(text);
}

static void numbering_anew_is_no_difference(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), clause_6, "");
    text = edited_more(text, clause_7, "");
    char joined[1024];
    snprintf(joined, sizeof joined, "clause 7%s%sclause n.1 never", strchr(clause_6, ' ') + 2,
             clause_7);
    char *at = strstr(joined, "clause 7 share\n  title: Records");
    assert_non_null(at);
    at[7] = '6';
    text = edited_more(text, "clause n.1 never", joined);
    text = edited_more(text, "clause n.2 never", "clause zz never");
    OWN(policy_free) struct policy *after = compile(text, NULL);
    struct policy_diff diff = diff_of(fixture, fixture->policy, after);
    assert_int_equal(diff.count, 0);
    assert_false(policy_diff_opens(&diff));
    free(text);
}

/* The floor takes away, and a floor that only forbids what nobody shares is told as well. */
static void the_floor_is_compared(void **state) {
    struct fixture *fixture = *state;
    struct policy_diff closes = diff_of(fixture, fixture->policy, fixture->floored);
    struct policy_diff opens = diff_of(fixture, fixture->floored, fixture->policy);
    assert_true(closes.count > 0);
    assert_int_equal(closes.counts[POLICY_CHANGE_NEW] + closes.counts[POLICY_CHANGE_WEAKER], 0);
    assert_false(policy_diff_opens(&closes));
    assert_true(policy_diff_opens(&opens));
    assert_int_equal(opens.cells_changed, closes.cells_changed);
}

static void special_and_criminal_come_first(void **state) {
    struct fixture *fixture = *state;
    char *text = vector("whole.isa");
    text = edited_more(text, "  keep: 8 weeks\n", "  keep: 9 weeks\n");
    OWN(policy_free) struct policy *after = compile(text, NULL);
    struct policy_diff diff = diff_of(fixture, fixture->policy, after);
    int last = 0;
    for (size_t i = 0; i < diff.count && diff.changes[i].is_cell; i++) {
        int order = diff.changes[i].data_class == POLICY_SPECIAL    ? 0
                    : diff.changes[i].data_class == POLICY_CRIMINAL ? 1
                                                                    : 2;
        assert_true(order >= last);
        last = order;
    }
    assert_int_equal(last, 2);
    assert_int_equal(diff.changes[0].data_class, POLICY_SPECIAL);
    free(text);
}

static void each_allocation_fails(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), clause_7, "");
    OWN(policy_free) struct policy *before = compile(text, NULL);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct policy_diff diff;
        assert_false(lg_failed(arena_new(1 << 26, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = policy_diff_make(before, fixture->policy, arena, &diff);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (!lg_failed(err)) {
            assert_int_equal(diff.count, 1);
        } else {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        }
        arena_free(&arena);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 1000);
    }
    free(text);
}

static void small_arenas(void **state) {
    struct fixture *fixture = *state;
    bool worked = false;
    for (size_t size = 1; !worked; size *= 2) {
        struct arena *arena = NULL;
        struct policy_diff diff;
        assert_false(lg_failed(arena_new(size, &arena)));
        struct lg_err err = policy_diff_make(fixture->policy, fixture->floored, arena, &diff);
        worked = !lg_failed(err);
        assert_true(worked || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(size < 1 << 28);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_say_what_changed, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(a_new_clause_is_newly_visible, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(numbering_anew_is_no_difference, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_floor_is_compared, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(special_and_criminal_come_first, arena_begin, arena_end),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(small_arenas),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
