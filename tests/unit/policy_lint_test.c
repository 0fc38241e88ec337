/* SPDX-License-Identifier: Apache-2.0 */
/* The W rules: each has a change of tests/vectors/policy/lint/clean.isa that triggers it and
 * nothing else; clean.isa itself is the clean twin of all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/lint/lint.h"
#include "tests/support/arena_fail.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy/lint";

enum { ARENA = 1 << 24 };

/* What compiles is looked through once more for each request for memory, that one failing. */
static struct lg_err lint_again(void *ctx, struct arena *arena) {
    struct policy_findings findings;
    TRY(policy_findings_init(&findings, arena));
    TRY(policy_lint(ctx, &findings));
    assert_true(findings.count > 0);
    return LG_OK;
}

static void lint_fails(const char *text) {
    struct policy *policy = NULL;
    struct diag diag = {0};
    assert_false(lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy)));
    arena_fail_each(policy, lint_again);
    policy_free(&policy);
}

/* Replace each `from` by its `to`; then `code` stands at the first `at` of the changed text and
 * `says` is in the sentence. */
struct change {
    const char *from;
    const char *to;
};
struct doubt {
    const char *code;
    const char *at;
    const char *says;
    struct change changes[6];
};

static char *read_text(const char *folder, const char *name) {
    size_t len;
    char *text = support_file_read(folder, name, &len);
    assert_non_null(text);
    return text;
}

static char *changed(char *text, const struct change *change) {
    const char *at = strstr(text, change->from);
    size_t size = strlen(text) + strlen(change->to) + 1;
    char *copy = calloc(1, size);
    if (at == NULL || copy == NULL) {
        fail_msg("not in the text: %s", change->from);
        return NULL;
    }
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, change->to, at + strlen(change->from));
    free(text);
    return copy;
}

static void lint(const char *text, struct arena *arena, struct policy_findings *out) {
    struct policy *policy = NULL;
    struct diag diag = {0};
    assert_false(lg_failed(policy_findings_init(out, arena)));
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &policy))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    assert_false(lg_failed(policy_lint(policy, out)));
    policy_free(&policy);
}

static void print_all(const struct policy_findings *findings) {
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct policy_finding *it = &findings->items[i];
        print_error("%s %u:%u %s\n", it->code, (unsigned)it->line, (unsigned)it->column,
                    (const char *)it->sentence.ptr);
    }
}

static void place_of(const char *text, const char *at, uint32_t *out_line, uint32_t *out_column) {
    const char *found = strstr(text, at);
    *out_line = 1;
    *out_column = 1;
    if (found == NULL) {
        fail_msg("not in the text: %s", at);
        return;
    }
    for (const char *c = text; c < found; c++) {
        *out_line += *c == '\n';
        *out_column = *c == '\n' ? 1 : *out_column + 1;
    }
}

static void clean(void **state) {
    (void)state;
    struct arena *arena = NULL;
    struct policy_findings findings;
    char *text = read_text(FOLDER, "clean.isa");
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    lint(text, arena, &findings);
    print_all(&findings);
    assert_int_equal(findings.count, 0);
    arena_free(&arena);
    free(text);
}

static void check(const struct doubt *doubt) {
    struct arena *arena = NULL;
    struct policy_findings findings;
    uint32_t line;
    uint32_t column;
    char *text = read_text(FOLDER, "clean.isa");
    for (size_t i = 0; i < 6 && doubt->changes[i].from != NULL; i++) {
        text = changed(text, &doubt->changes[i]);
    }
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    lint(text, arena, &findings);
    place_of(text, doubt->at, &line, &column);
    const struct policy_finding *it = &findings.items[0];
    bool good = findings.count == 1 && strcmp(it->code, doubt->code) == 0 && it->line == line &&
                it->column == column && strstr((const char *)it->sentence.ptr, doubt->says) != NULL;
    if (!good) {
        print_all(&findings);
        fail_msg("wanted %s %u:%u %s", doubt->code, (unsigned)line, (unsigned)column, doubt->says);
    }
    arena_free(&arena);
    lint_fails(text);
    free(text);
}

static void check_all(const struct doubt *doubts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        check(&doubts[i]);
    }
}

static void effects(void **state) {
    (void)state;
    static const struct doubt doubts[] = {
        {"W01",
         "clause 1.b share",
         "governs nothing",
         {{"clause 2 share",
           "clause 1.b share\n  from: north, east\n  to: any\n  purpose: safeguarding\n"
           "  basis: care-duty\n  consent: not needed\n  pass: identity.*\n"
           "clause 1.c share\n  from: north, east\n  to: any\n  purpose: safeguarding\n"
           "  basis: care-duty\n  consent: not needed\n  generalise: identity.date-of-birth by "
           "age-band\nclause 2 share"}}},
        {"W01",
         "clause 4 share",
         "shares nothing",
         {{"to: east/*\n  data: incidents.summary",
           "to: east/*, north/worker\n  data: incidents.*"}}},
        {"W01",
         "clause 7 never",
         "forbids nothing",
         {{"emergency break", "clause 7 never\n  to: east/nurse\n  data: incidents.summary\n"
                              "emergency break"}}},
        {"W01",
         "clause 7 never",
         "its sources hold",
         {{"emergency break", "clause 7 never\n  from: north\n  to: east/nurse\n  data: health.*\n"
                              "emergency break"}}},
    };
    check_all(doubts, sizeof doubts / sizeof doubts[0]);
}

static void unused(void **state) {
    (void)state;
    static const struct doubt doubts[] = {
        {"W02",
         "shoe-size",
         "`identity.shoe-size`",
         {{"date-of-birth, nhs-number", "date-of-birth, nhs-number, shoe-size"}}},
        {"W02",
         "role north/driver",
         "role `north/driver` is never used",
         {{"role north/analyst", "role north/driver\nrole north/analyst"},
          {"to: any", "to: north/worker, "
                      "north/analyst, south/*, east/*"}}},
        {"W02",
         "purpose leisure",
         "purpose `leisure` is never used",
         {{"purpose planning", "purpose leisure\n  title: L\npurpose planning"}}},
        {"W02",
         "basis whim",
         "basis `whim` is never used",
         {{"basis help-consent", "basis whim\n  title: W\n  kind: statutory\n  article 6: e\n"
                                 "  covers: planning\nbasis help-consent"}}},
        {"W02",
         "generalise month",
         "is never used",
         {{"hours office", "generalise month\n  to: a month\nhours office"}}},
        {"W02",
         "hours night",
         "is never used",
         {{"limit standard", "hours night\n  open: 22:00 to 06:00 on every day\nlimit standard"}}},
        {"W02",
         "limit low",
         "is never used",
         {{"defaults\n", "limit low\n  per person: 1 in 1 day\ndefaults\n"}}},
        {"W10",
         "party west",
         "neither gives nor receives",
         {{"role north/worker", "party west\n  name: West\n  legal entity: West\n"
                                "  public authority: yes\n  competent authority: no\n"
                                "  signs as: Chief\nrole north/worker"},
          {"held by: any", "held by: north, east, south"}}},
        {"W10",
         "north/analyst\n  purpose",
         "one legal entity, North Council",
         {{"legal entity: Chief Constable", "legal entity: North Council"},
          {"to: north/worker\n  purpose: child",
           "to: north/worker, east/nurse\n  purpose: child"}}},
    };
    check_all(doubts, sizeof doubts / sizeof doubts[0]);
}

static void clauses(void **state) {
    (void)state;
    static const struct doubt doubts[] = {
        {"W03",
         "any\n  purpose: safeguarding\n  basis: care-duty\n  consent: required",
         "special category data (`health.status`) to `any`",
         {{"to: north/worker, south/sergeant", "to: any"}}},
        {"W03",
         "any\n  to: north/worker\n  purpose: child",
         "criminal offence data (`incidents.*`) from",
         {{"from: south\n  to: north/worker", "from: any\n  to: north/worker"},
          {"pass: incidents.count, incidents.summary", "pass: incidents.*"}}},
        {"W04",
         "91 days",
         "kept for 91 days; usual by the defaults is 90",
         {{"keep: 30 days", "keep: 91 days"}}},
        {"W04",
         "366 days\nclause 5",
         "usual where the defaults are silent is 365",
         {{"  keep: 90 days\n", ""},
          {"redact: identity.nhs-number\n", "redact: identity.nhs-number\n  keep: 365 days\n"},
          {"by age-band\nclause 3", "by age-band\n  keep: 1 day\nclause 3"},
          {"redact: health.risk\n", "redact: health.risk\n  keep: 1 day\n"},
          {"keep: 30 days", "keep: 366 days"},
          {"smallest group: 10\n", "smallest group: 10\n  keep: 1 week\n"}}},
        {"W04",
         "clause 5 share",
         "does not say how long",
         {{"  keep: 90 days\n", ""},
          {"redact: identity.nhs-number\n", "redact: identity.nhs-number\n  keep: 365 days\n"},
          {"by age-band\nclause 3", "by age-band\n  keep: 1 day\nclause 3"},
          {"redact: health.risk\n", "redact: health.risk\n  keep: 1 day\n"}}},
        {"W05",
         "required unless",
         "`consent is` is not stated",
         {{"  consent is: confidentiality\n", ""}}},
        {"W13",
         "safeguarding\n  basis: child-duty\n  consent: required",
         "cover only child-safeguarding: a request for `safeguarding` is refused",
         {{"basis help-consent",
           "basis child-duty\n  title: C\n  kind: statutory\n  article 6: e\n"
           "  article 9: g\n  covers: child-safeguarding\nbasis help-consent"},
          {"basis: care-duty\n  consent: required", "basis: child-duty\n  consent: required"}}},
        {"W13",
         "safeguarding\n  basis: person-duty\n  consent: required",
         "cover only child-safeguarding, adult-safeguarding: a request",
         {{"purpose early-help", "purpose adult-safeguarding\n  title: A\n  within: safeguarding\n"
                                 "purpose safeguarding-review\n  title: R\n  within: safeguarding\n"
                                 "purpose early-help"},
          {"basis help-consent",
           "basis person-duty\n  title: C\n  kind: statutory\n  article 6: e\n"
           "  article 9: g\n  covers: child-safeguarding, adult-safeguarding\nbasis help-consent"},
          {"basis: care-duty\n  consent: required", "basis: person-duty\n  consent: required"}}},
        {"W13",
         "safeguarding, planning\n  basis: serious-harm",
         "`planning`, and its bases cover only no",
         {{"purpose: safeguarding\n  basis: care-duty\n  consent: not needed\n  pass: "
           "identity.name",
           "purpose: safeguarding, planning\n  basis: serious-harm\n  consent: not needed\n"
           "  generalise: identity.date-of-birth by age-band"},
          {"redact: identity.nhs-number", "redact: identity.nhs-number, identity.name"}}},
    };
    check_all(doubts, sizeof doubts / sizeof doubts[0]);
}

static void identities(void **state) {
    (void)state;
    static const struct doubt doubts[] = {
        {"W06",
         "identity.name\nclause 3",
         "passes `identity.name` in clear for `early-help`",
         {{"  generalise: identity.date-of-birth by age-band\nclause 3",
           "  generalise: identity.date-of-birth by age-band\n  pass: identity.name\nclause 3"}}},
        {"W06",
         "identity.*\nclause 3",
         "passes `identity.name` in clear for `early-help`",
         {{"  generalise: identity.date-of-birth by age-band\nclause 3",
           "  generalise: identity.date-of-birth by age-band\n  pass: identity.*\nclause 3"}}},
        {"W07",
         "identity.nhs-number, identity.date-of-birth\nclause 2",
         "a pseudonym for `identity.date-of-birth` by clause 1 and `identity.name` in clear",
         {{"  redact: identity.nhs-number",
           "  pseudonymise: identity.nhs-number, identity.date-of-birth"}}},
        {"W07",
         "identity.nhs-number\nclause 2",
         "a pseudonym for `identity.nhs-number` by clause 1 and `identity.name` in clear by clause "
         "1",
         {{"  redact: identity.nhs-number", "  pseudonymise: identity.nhs-number"}}},
        {"W11",
         "5\nclause 6",
         "groups of 5, and north/analyst gets single records of `incidents`",
         {{"smallest group: 10", "smallest group: 5"},
          {"to: north/worker\n  purpose: child",
           "to: north/worker, north/analyst\n  purpose: child"}}},
    };
    check_all(doubts, sizeof doubts / sizeof doubts[0]);
}

static void emergencies(void **state) {
    (void)state;
    static const struct doubt doubts[] = {
        {"W08",
         "sergeant within",
         "`south/sergeant` may set a refusal aside",
         {{"tell: data-protection-lead", "tell: sergeant"}}},
        {"W12", "25 hours", "lasts 25 hours", {{"lasts: 4 hours", "lasts: 25 hours"}}},
        {"W12", "11 per person", "11 times a day", {{"at most: 5", "at most: 11"}}},
        {"W12",
         "1 per person in 1 hour",
         "24 times a day",
         {{"5 per person in 1 day", "1 per person in 1 hour"}}},
        {"W12",
         "11 per person in 1 week",
         "11 times a day",
         {{"5 per person in 1 day", "11 per person in 1 week"}}},
        {"W14",
         "south/sergeant\n  tell",
         "under `vital-interests` alone",
         {{"  basis for refusal: serious-harm\n", ""},
          {"basis: care-duty\n  consent: required",
           "basis: care-duty, serious-harm\n  consent: required"}}},
    };
    check_all(doubts, sizeof doubts / sizeof doubts[0]);
}

/* Findings of a rule, all of which say this; NULL: whatever they say. */
static unsigned count_of(const struct policy_findings *findings, const char *code,
                         const char *says) {
    unsigned count = 0;
    for (uint32_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].code, code) == 0) {
            assert_true(says == NULL ||
                        strstr((const char *)findings->items[i].sentence.ptr, says) != NULL);
            count++;
        }
    }
    return count;
}

/* How often a rule speaks of the agreement that cites law, with a part of it changed. */
static unsigned judged(const struct policy_register *law, const struct change *change,
                       const char *code, const char *says) {
    struct arena *arena = NULL;
    struct policy *policy = NULL;
    struct policy_findings findings;
    char *text = changed(read_text(LOCKGATE_SOURCE "/tests/vectors/policy", "law.isa"), change);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(policy_findings_init(&findings, arena)));
    assert_false(
        lg_failed(policy_check_law(span_text(text), span_of(NULL, 0), law, &findings, &policy)));
    assert_false(lg_failed(policy_lint(policy, &findings)));
    unsigned count = count_of(&findings, code, says);
    policy_free(&policy);
    arena_free(&arena);
    free(text);
    return count;
}

/* W15, W16: for want of a word the register refuses or refers. */
static void what_the_register_will_refuse(void **state) {
    (void)state;
    static const struct change none = {"law: uk-2026-11", "law: uk-2026-11"};
    static const struct change uncited = {"  covers: crime-prevention\n  gateway: cda-1998-115\n",
                                          "  covers: crime-prevention\n"};
    static const struct change silent = {"  patient information: no\n  received under",
                                         "  received under"};
    char *entries = read_text(LOCKGATE_SOURCE "/policy/register", "uk.register");
    struct policy_register *law = NULL;
    assert_false(lg_failed(policy_register_compile(span_text(entries), NULL, &law)));
    unsigned before = judged(law, &none, "W15", "cites no `gateway`");
    assert_true(before > 0); /* basis no-gateway is there for it */
    assert_true(judged(law, &uncited, "W15", "cites no `gateway`") > before);
    assert_int_equal(judged(law, &none, "W16", NULL), 0); /* a refuge is no body of care */
    assert_int_equal(judged(law, &silent, "W16", "`board-papers` is special category data"), 1);
    assert_int_equal(judged(NULL, &silent, "W15", NULL), 0);
    assert_int_equal(judged(NULL, &silent, "W16", NULL), 0);
    policy_register_free(&law);
    free(entries);
}

/* W09: looked up in the register that the project keeps, and not at all. */
static void statutes(void **state) {
    (void)state;
    static const struct {
        const char *title; /* of the basis */
        const char *says;  /* NULL: no finding */
        bool has_register;
    } all[] = {
        {"Care Act 2014 s.42, Children Act 1989 s.47", NULL, true},
        {"Care Act 2014", "`children-act-1989-47` is in the Children Act 1989", true},
        {"Care Act 2010, Children Act 1989", "`care-act-42` is in the Care Act 2014", true},
        {"Care Act 2014 s.42, Children Act 1989 s.47", "was not looked up", false},
    };
    char *entries = read_text(LOCKGATE_SOURCE "/policy/register", "uk.register");
    struct policy_register *law = NULL;
    assert_false(lg_failed(policy_register_compile(span_text(entries), NULL, &law)));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct change changes[] = {
            {"contact: data-protection-lead\n",
             "contact: data-protection-lead\n  law: uk-2026-11\n"},
            {"title: A duty to safeguard", ""},
        };
        char basis[300];
        struct arena *arena = NULL;
        struct policy *policy = NULL;
        struct policy_findings findings;
        snprintf(basis, sizeof basis, "title: %s\n  gateway: care-act-42, children-act-1989-47",
                 all[i].title);
        const struct change title = {changes[1].from, basis};
        char *text = changed(changed(read_text(FOLDER, "clean.isa"), &changes[0]), &title);
        assert_false(lg_failed(arena_new(ARENA, &arena)));
        assert_false(lg_failed(policy_findings_init(&findings, arena)));
        struct lg_err err = policy_check_law(span_text(text), span_of(NULL, 0),
                                             all[i].has_register ? law : NULL, &findings, &policy);
        print_all(&findings);
        assert_false(lg_failed(err));
        assert_false(lg_failed(policy_lint(policy, &findings)));
        print_all(&findings);
        assert_int_equal(count_of(&findings, "W09", all[i].says), all[i].says == NULL   ? 0
                                                                  : all[i].has_register ? 1
                                                                                        : 2);
        policy_free(&policy);
        arena_free(&arena);
        if (!all[i].has_register) {
            lint_fails(text);
        }
        free(text);
    }
    policy_register_free(&law);
    free(entries);
}

/* An entry that the register lacks stops the agreement. */
static void unknown_gateway(void **state) {
    (void)state;
    static const struct change changes[] = {
        {"contact: data-protection-lead\n", "contact: data-protection-lead\n  law: uk-2026-11\n"},
        {"covers: safeguarding, planning",
         "covers: safeguarding, planning\n  gateway: care-act-41"},
    };
    char *entries = read_text(LOCKGATE_SOURCE "/policy/register", "uk.register");
    char *text = changed(changed(read_text(FOLDER, "clean.isa"), &changes[0]), &changes[1]);
    struct policy_register *law = NULL;
    struct policy *policy = NULL;
    struct arena *arena = NULL;
    struct policy_findings findings;
    assert_false(lg_failed(policy_register_compile(span_text(entries), NULL, &law)));
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    assert_false(lg_failed(policy_findings_init(&findings, arena)));
    assert_true(
        lg_failed(policy_check_law(span_text(text), span_of(NULL, 0), law, &findings, &policy)));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].code, "E01");
    assert_non_null(strstr((const char *)findings.items[0].sentence.ptr, "`care-act-42`?"));
    arena_free(&arena);
    policy_register_free(&law);
    free(text);
    free(entries);
}

/* A small group is no doubt where nobody who gets the count gets the records. */
static void groups_without_records(void **state) {
    (void)state;
    static const struct change changes[] = {
        {"  aggregate: incidents.count\n  smallest group: 10\n",
         "  aggregate: incidents.count\n  redact: incidents.summary\n  smallest group: 5\n"}};
    struct arena *arena = NULL;
    struct policy_findings findings;
    char *text = changed(read_text(FOLDER, "clean.isa"), &changes[0]);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    lint(text, arena, &findings);
    print_all(&findings);
    assert_int_equal(findings.count, 0);
    arena_free(&arena);
    free(text);
}

/* Every kind of doubt behind as many as are kept. */
static void all_kinds_behind_those_that_are_kept(void **state) {
    (void)state;
    char more[8192] = "role east/nurse";
    static const struct change changes[] = {
        {"contact: data-protection-lead\n", "contact: lead\n  law: e-1\n"},
        {"  to: any\n", "  to: north/*, south/*, east/nurse\n"},
        {"basis help-consent",
         "basis child-duty\n  title: C\n  kind: statutory\n  article 6: e\n"
         "  article 9: g\n  covers: child-safeguarding\n  gateway: act-1\nbasis help-consent"},
        {"basis: care-duty\n  consent: required", "basis: child-duty\n  consent: required"},
        {"lasts: 4 hours", "lasts: 25 hours"},
        {"purpose planning", "purpose leisure\n  title: L\npurpose planning"},
    };
    for (int i = 0; i < LIMIT_POLICY_FINDINGS; i++) {
        size_t used = strlen(more);
        snprintf(more + used, sizeof more - used, "\nrole east/unused-%d", i);
    }
    const struct change roles = {"role east/nurse", more};
    struct arena *arena = NULL;
    struct policy_findings findings;
    char *text = changed(read_text(FOLDER, "clean.isa"), &roles);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        text = changed(text, &changes[i]);
    }
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    lint(text, arena, &findings);
    assert_int_equal(findings.count, LIMIT_POLICY_FINDINGS);
    assert_true(findings.is_cut);
    for (uint32_t i = 0; i < findings.count; i++) {
        assert_string_equal(findings.items[i].code, "W02");
    }
    arena_free(&arena);
    free(text);
}

static struct lg_err check_faults(void *ctx, struct arena *arena) {
    struct policy_findings findings;
    struct policy *policy = NULL;
    TRY(policy_findings_init(&findings, arena));
    struct lg_err err = policy_check(span_text(ctx), span_of(NULL, 0), &findings, &policy);
    assert_null(policy);
    assert_true(lg_failed(err));
    bool is_full = lg_err_class(err) == LG_CLASS_LIMIT;
    assert_true(is_full || findings.count == 2);
    return is_full ? err : LG_OK;
}

static void faults_fail(void **state) {
    (void)state;
    static const struct change changes[] = {{"lead: north", "lead: nowhere"},
                                            {"lasts: 4 hours", "lasts: long"}};
    char *text = changed(changed(read_text(FOLDER, "clean.isa"), &changes[0]), &changes[1]);
    arena_fail_each(text, check_faults);
    free(text);
}

/* More doubts than are kept: the rest is said to be there. */
static void more_than_are_kept(void **state) {
    (void)state;
    char more[4096] = "fields: status, risk";
    for (int i = 0; i < LIMIT_POLICY_FINDINGS + 20; i++) {
        size_t used = strlen(more);
        snprintf(more + used, sizeof more - used, ",\n    unused-%d", i);
    }
    const struct change change = {"fields: status, risk", more};
    struct arena *arena = NULL;
    struct policy_findings findings;
    char *text = changed(read_text(FOLDER, "clean.isa"), &change);
    assert_false(lg_failed(arena_new(ARENA, &arena)));
    lint(text, arena, &findings);
    assert_int_equal(findings.count, LIMIT_POLICY_FINDINGS);
    assert_true(findings.is_cut);
    arena_free(&arena);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean),
        cmocka_unit_test(effects),
        cmocka_unit_test(unused),
        cmocka_unit_test(clauses),
        cmocka_unit_test(identities),
        cmocka_unit_test(emergencies),
        cmocka_unit_test(statutes),
        cmocka_unit_test(what_the_register_will_refuse),
        cmocka_unit_test(unknown_gateway),
        cmocka_unit_test(groups_without_records),
        cmocka_unit_test(all_kinds_behind_those_that_are_kept),
        cmocka_unit_test(faults_fail),
        cmocka_unit_test(more_than_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
