/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison at its ceiling: more rows than lines, which join or do not. */
#include <assert.h>

#include "policy/compare/compare.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* As many roles as parties: their product is above LIMIT_POLICY_CHANGES. */
enum { PARTIES = 258, TEXT_SIZE = 1 << 18, LARGE_ARENA = 1 << 26 };
static_assert(PARTIES * (PARTIES - 1) > LIMIT_POLICY_CHANGES, "more cells than lines");

/* Who has a clause of their own. */
enum split { ONE_CLAUSE, EACH_SOURCE, EACH_RECIPIENT };

struct text {
    char bytes[TEXT_SIZE];
    size_t len;
};

LG_PRINTF(2, 3) static void put(struct text *text, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text->bytes + text->len, TEXT_SIZE - text->len, format, args);
    va_end(args);
    assert_in_range(len, 0, TEXT_SIZE - text->len - 1);
    text->len += (size_t)len;
}

static void put_clause(struct text *text, unsigned number, enum split split, unsigned keep_days) {
    put(text, "clause %u share\n", number);
    put(text, split == EACH_SOURCE ? "  from: p%u\n" : "  from: any\n", number);
    put(text, split == EACH_RECIPIENT ? "  to: p%u/r\n" : "  to: any\n", number);
    put(text,
        "  purpose: care\n  basis: duty\n  consent: not needed\n  pass: a.f\n  keep: %u days\n",
        keep_days);
}

static struct policy *large(enum split split, unsigned keep_days) {
    struct text *text = calloc(1, sizeof *text);
    assert_non_null(text);
    put(text, "isa 1\nagreement large\n  title: T\n  version: 1\n"
              "  in force: 2026-01-01 to 2026-12-31\n  review due: 2026-12-31\n"
              "  review grace: 0 days\n  time zone: UTC\n  lead: p0\n"
              "  signatures needed: all parties\n  assessment: A\n  contact: c\n");
    for (unsigned i = 0; i < PARTIES; i++) {
        put(text,
            "party p%u\n  name: N\n  legal entity: L%u\n  public authority: yes\n"
            "  competent authority: no\n  signs as: S\nrole p%u/r\n",
            i, i, i);
    }
    put(text, "purpose care\n  title: P\nbasis duty\n  title: D\n  kind: statutory\n"
              "  article 6: e\n  covers: care\n"
              "category a\n  title: C\n  class: ordinary\n  held by: any\n  fields: f\n");
    for (unsigned i = 0; i < (split == ONE_CLAUSE ? 1 : PARTIES); i++) {
        put_clause(text, i, split, keep_days);
    }
    struct policy *policy = compile(text->bytes, NULL);
    free(text);
    return policy;
}

static struct lg_err compare(enum split before, enum split after, struct arena *arena,
                             struct policy_diff *out_diff) {
    OWN(policy_free) struct policy *was = large(before, 5);
    OWN(policy_free) struct policy *is = large(after, 6);
    return policy_diff_make(was, is, arena, out_diff);
}

/* Every row has one change, the same: they are one line in the end, and must come to it. */
static void rows_that_join_are_one_line(void **state) {
    OWN(arena_free) struct arena *arena = NULL;
    struct policy_diff diff;
    (void)state;
    assert_false(lg_failed(arena_new(LARGE_ARENA, &arena)));
    assert_false(lg_failed(compare(ONE_CLAUSE, ONE_CLAUSE, arena, &diff)));
    assert_int_equal(diff.cells_changed, PARTIES * (PARTIES - 1));
    assert_int_equal(diff.count, 1);
    assert_int_equal(diff.changes[0].roles.count, PARTIES);
    assert_int_equal(diff.changes[0].sources.count, PARTIES);
}

/* A clause for each source, so that every row stays by itself until roles are joined; and another
 * for each recipient after it, so that every cell changes in a way of its own. */
static void too_many_are_refused(void **state) {
    static const enum split after[] = {ONE_CLAUSE, EACH_RECIPIENT};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct policy_diff diff;
        assert_false(lg_failed(arena_new(LARGE_ARENA, &arena)));
        struct lg_err err = compare(EACH_SOURCE, after[i], arena, &diff);
        assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        assert_int_equal(lg_err_code(err), POLICY_TOO_LARGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_join_are_one_line),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
