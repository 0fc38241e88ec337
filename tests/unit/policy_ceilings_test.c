/* SPDX-License-Identifier: Apache-2.0 */
/* Texts at a ceiling of gateway/base/limits_policy.h load, and one more does not; and whichever
 * step of the work is one too many, the load says so and gives nothing. The linker puts the
 * function below in place of the one that counts steps (tests/unit/CMakeLists.txt). */
#include "policy/compare/prove_int.h"
#include "policy/lint/lint.h"
#include "policy/load/load.h"
#include "tests/unit/policy_fault.h"

enum { TRIES_MAX = 100000, FINDINGS_ARENA = 1 << 22 };

static uint64_t seen;
static uint64_t fail_at;
static bool proof_is_too_long;

struct lg_err __real_policy_load_steps(struct load *load, uint64_t steps);
struct lg_err __wrap_policy_load_steps(struct load *load, uint64_t steps);

struct lg_err __wrap_policy_load_steps(struct load *load, uint64_t steps) {
    seen++;
    return __real_policy_load_steps(load, seen == fail_at ? LIMIT_POLICY_STEPS + 1 : steps);
}

struct lg_err __real_policy_prove_promise(struct prove *prove);
struct lg_err __wrap_policy_prove_promise(struct prove *prove);

struct lg_err __wrap_policy_prove_promise(struct prove *prove) {
    if (!proof_is_too_long) {
        return __real_policy_prove_promise(prove);
    }
    prove->questions = prove->questions_max;
    prove->cells = 1;
    return lg_err_make(LG_CLASS_LIMIT, LG_POLICY, POLICY_TOO_LARGE);
}

/* ---- texts ---- */

struct text {
    char *bytes;
    size_t len;
};

static struct text text_new(void) {
    struct text text = {.bytes = calloc(1, LIMIT_POLICY_TEXT_SIZE + 1)};
    assert_non_null(text.bytes);
    return text;
}

static void add(struct text *text, const char *format, ...) LG_PRINTF(2, 3);

static void add(struct text *text, const char *format, ...) {
    size_t room = LIMIT_POLICY_TEXT_SIZE + 1 - text->len;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text->bytes + text->len, room, format, args);
    va_end(args);
    assert_true(len >= 0 && (size_t)len < room);
    text->len += (size_t)len;
}

static void add_party(struct text *text, unsigned number) {
    add(text,
        "party p%u\n  name: P\n  legal entity: P\n  public authority: yes\n"
        "  competent authority: no\n  signs as: P\n",
        number);
}

static void add_roles(struct text *text, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        add(text, "role p1/r%u\n", i);
    }
}

static void add_purposes(struct text *text, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        add(text, "purpose u%u\n  title: U\n", i);
    }
}

static void add_basis(struct text *text, unsigned purposes) {
    add(text, "basis b\n  title: B\n  kind: statutory\n  article 6: e\n  covers: ");
    for (unsigned i = 0; i < purposes; i++) {
        add(text, i == 0 ? "u%u" : ",\n    u%u", i);
    }
    add(text, "\n");
}

/* A category whose fields are NAMEfirst and so on. */
static void add_category(struct text *text, const char *name, unsigned first, unsigned count) {
    add(text, "category %s\n  title: C\n  class: ordinary\n  held by: any\n  fields:", name);
    for (unsigned i = 0; i < count; i++) {
        add(text, "%s%s%x", i == 0 ? " " : i % 100 == 0 ? ",\n    " : ",", name, first + i);
    }
    add(text, "\n");
}

struct size {
    unsigned parties;
    unsigned roles;
    unsigned purposes;
    unsigned fields;
};

/* An agreement of this size that shares nothing yet. */
static struct text agreement(struct size size) {
    struct text text = text_new();
    add(&text,
        "isa 1\nagreement a\n  title: T\n  version: 1\n  in force: 2026-04-01 to 2027-03-31\n"
        "  review due: 2027-01-31\n  review grace: 1 day\n  time zone: UTC\n  lead: p0\n"
        "  signatures needed: all parties\n  assessment: D\n  contact: C\n");
    for (unsigned i = 0; i < size.parties; i++) {
        add_party(&text, i);
    }
    add_roles(&text, size.roles);
    add_purposes(&text, size.purposes);
    if (size.purposes > 0) {
        add_basis(&text, size.purposes);
    }
    if (size.fields > 0) {
        add_category(&text, "c", 0, size.fields);
    }
    return text;
}

static void add_share(struct text *text, const char *id, const char *to, const char *treatment) {
    add(text,
        "clause %s share\n  from: any\n  to: %s\n  purpose: u0\n  basis: b\n"
        "  consent: not needed\n  %s\n",
        id, to, treatment);
}

/* Loads where says is NULL, else is refused with that. Frees the text. */
static void expect_with(struct text *text, const char *floor, const char *says) {
    struct diag diag = {0};
    struct lg_err err = compile(text->bytes, floor, &diag);
    if (says == NULL) {
        if (lg_failed(err)) {
            fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
        }
    } else {
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        if (strstr(diag.text, says) == NULL) {
            fail_msg("not `%s`: %s", says, diag.text);
        }
    }
    free(text->bytes);
}

static void expect(struct text *text, const char *says) {
    expect_with(text, NULL, says);
}

/* ---- counts ---- */

static void nothing_is_no_agreement(void **state) {
    (void)state;
    static const struct {
        struct size size;
        const char *says;
    } all[] = {
        {{1, 0, 1, 1}, "needs two parties and a role"},
        {{2, 0, 1, 1}, "needs two parties and a role"},
        {{2, 1, 0, 1}, "needs a purpose and a category"},
        {{2, 1, 1, 0}, "needs a purpose and a category"},
        {{2, 1, 1, 1}, NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct text text = agreement(all[i].size);
        expect(&text, all[i].says);
    }
}

static void roles(void **state) {
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct text text = agreement((struct size){2, LIMIT_POLICY_ROLES + more, 1, 1});
        expect(&text, more == 0 ? NULL : "more than 65535 roles");
    }
}

static void fields(void **state) {
    (void)state;
    enum { EACH = LIMIT_POLICY_FIELDS / 15 };
    for (unsigned more = 0; more < 2; more++) {
        struct text text = agreement((struct size){2, 1, 1, EACH + more});
        for (char name[] = "d"; name[0] < 'd' + 14; name[0]++) {
            add_category(&text, name, 0, EACH);
        }
        expect(&text, more == 0 ? NULL : "65536 fields; at most 65535 are allowed");
    }
}

/* Those of the floor count as well. */
static void clauses(void **state) {
    (void)state;
    enum { OWN_CLAUSES = LIMIT_POLICY_CLAUSES / 2 };
    struct text floor = text_new();
    add(&floor, "isa 1\n");
    for (unsigned i = OWN_CLAUSES; i < LIMIT_POLICY_CLAUSES; i++) {
        add(&floor, "clause %x never\n  to: any\n  data: any\n", i);
    }
    for (unsigned more = 0; more < 2; more++) {
        struct text text = agreement((struct size){2, 1, 1, 1});
        for (unsigned i = 0; i < OWN_CLAUSES + more; i++) {
            add(&text, "clause %x never\n  to: any\n  data: any\n", i);
        }
        expect_with(&text, floor.bytes,
                    more == 0 ? NULL : "32768 clauses; at most 32767 are allowed");
    }
    free(floor.bytes);
}

static void promises(void **state) {
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        struct text text = agreement((struct size){2, 1, 1, 1});
        for (unsigned i = 0; i < LIMIT_POLICY_PROMISES + more; i++) {
            add(&text, "promise P%u never\n  who: any\n  sees: any\n", i);
        }
        expect(&text, more == 0 ? NULL : "more than 1024 promises");
    }
}

/* A clause whose fields are each generalised by a rule of their own. */
static void add_ruled(struct text *text, unsigned number, unsigned count) {
    char to[32];
    char id[32];
    snprintf(to, sizeof to, "p1/r%u", number);
    snprintf(id, sizeof id, "%u", number);
    add_share(text, id, to, "generalise: c.c0 by g0");
    text->len--;
    for (unsigned i = 1; i < count; i++) {
        add(text, ",%sc.c%x by g%u", i % 50 == 0 ? "\n    " : " ", i, i);
    }
    add(text, "\n");
}

/* How a clause treats its data, each way counted. */
static void treatments(void **state) {
    (void)state;
    enum { CLAUSES = LIMIT_POLICY_ARMS / LIMIT_POLICY_RULES };
    for (unsigned more = 0; more < 2; more++) {
        struct text text = agreement((struct size){2, CLAUSES + 1, 1, LIMIT_POLICY_RULES});
        for (unsigned i = 0; i < LIMIT_POLICY_RULES; i++) {
            add(&text, "generalise g%u\n  to: G\n", i);
        }
        for (unsigned i = 0; i < CLAUSES; i++) {
            add_ruled(&text, i, LIMIT_POLICY_RULES);
        }
        add_ruled(&text, CLAUSES, LIMIT_POLICY_ARMS % LIMIT_POLICY_RULES + more);
        expect(&text, more == 0 ? NULL : "more than 32767 clauses and treatments");
    }
}

/* Roles times parties times purposes. */
static void cells(void **state) {
    (void)state;
    enum { PARTIES = 64, PURPOSES = 256, ROLES = LIMIT_POLICY_CELLS / PARTIES / PURPOSES };
    struct text text = agreement((struct size){PARTIES, ROLES + 1, PURPOSES, 1});
    expect(&text, "roles x parties x purposes make 4210688 cells; at most 4194304 are allowed");
}

/* Each field of each role for each purpose has another set of prohibitions: of the floor by
 * purpose, of the agreement by role, and one that an emergency lifts by field. 7 x 31 x 151 are
 * 32,767. */
static void prohibitions(void **state) {
    (void)state;
    enum { ROLES = 31, FIELDS = 151, PURPOSES = 7 };
    assert_int_equal(ROLES * FIELDS * PURPOSES, LIMIT_POLICY_BANS);
    for (unsigned more = 0; more < 2; more++) {
        struct text floor = text_new();
        struct text text = agreement((struct size){2, ROLES, PURPOSES + more, FIELDS});
        add(&floor, "isa 1\n");
        for (unsigned i = 0; i < PURPOSES + more; i++) {
            add(&floor, "clause f%u never\n  to: any\n  purpose: u%u\n  data: any\n", i, i);
        }
        for (unsigned i = 0; i < ROLES; i++) {
            add(&text, "clause r%u never\n  from: p0\n  to: p1/r%u\n  data: any\n", i, i);
        }
        for (unsigned i = 0; i < FIELDS; i++) {
            add(&text,
                "clause s%u never\n  from: p0\n  to: any\n  data: c.c%x\n  unless: emergency\n", i,
                i);
        }
        add(&text, "clause p1 never\n  from: p1\n  to: any\n  data: any\n");
        expect_with(&text, floor.bytes,
                    more == 0 ? NULL : "prohibitions and shares meet in more than 32767 ways");
        free(floor.bytes);
    }
}

/* ---- work ---- */

static void each_step_may_be_one_too_many(void **state) {
    (void)state;
    char *text = whole_text();
    for (uint64_t n = 1;; n++) {
        struct policy *policy = NULL;
        struct diag diag = {0};
        seen = 0;
        fail_at = n;
        struct lg_err err = policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy);
        fail_at = 0;
        assert_int_equal(policy == NULL, lg_failed(err));
        policy_free(&policy);
        if (seen < n) {
            assert_false(lg_failed(err));
            assert_true(n > 100);
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_non_null(strstr(diag.text, "more combinations than can be worked out"));
        assert_true(n < TRIES_MAX);
    }
    free(text);
}

/* The same where faults are gathered. */
static void too_much_work_is_a_finding(void **state) {
    (void)state;
    char *text = whole_text();
    for (uint64_t n = 1;; n += 7) {
        OWN(arena_free) struct arena *arena = NULL;
        struct policy_findings findings;
        struct policy *policy = NULL;
        assert_false(lg_failed(arena_new(FINDINGS_ARENA, &arena)));
        assert_false(lg_failed(policy_findings_init(&findings, arena)));
        seen = 0;
        fail_at = n;
        struct lg_err err = policy_check(span_text(text), span_of(NULL, 0), &findings, &policy);
        fail_at = 0;
        assert_int_equal(policy == NULL, lg_failed(err));
        policy_free(&policy);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_true(findings.count > 0);
        assert_string_equal(findings.items[0].code, "E00");
        assert_true(n < TRIES_MAX);
    }
    free(text);
}

/* A promise that would take too many questions to prove is too much work, not one that is kept. */
static void a_proof_that_is_too_long(void **state) {
    (void)state;
    char *text = whole_text();
    struct diag diag = {0};
    proof_is_too_long = true;
    struct lg_err err = compile(text, NULL, &diag);
    proof_is_too_long = false;
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_non_null(strstr(diag.text, "more combinations than can be worked out"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_agreement),
        cmocka_unit_test(roles),
        cmocka_unit_test(fields),
        cmocka_unit_test(clauses),
        cmocka_unit_test(promises),
        cmocka_unit_test(treatments),
        cmocka_unit_test(cells),
        cmocka_unit_test(prohibitions),
        cmocka_unit_test(each_step_may_be_one_too_many),
        cmocka_unit_test(too_much_work_is_a_finding),
        cmocka_unit_test(a_proof_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
