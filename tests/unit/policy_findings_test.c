/* SPDX-License-Identifier: Apache-2.0 */
/* The E rules as findings: code, line, column and nearest word, several in one run. The text of
 * departure is tests/vectors/policy/whole.isa, which is the clean twin of every change here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/lint/lint.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy";

struct checked {
    struct arena *arena;
    struct policy_findings findings;
    const char *text; /* of the file that findings are expected in */
};

static char *whole_text(void) {
    size_t len;
    char *text = support_file_read(FOLDER, "whole.isa", &len);
    assert_non_null(text);
    return text;
}

/* The text with the first `from` replaced, if there is one. Frees the old. */
static char *change(char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = calloc(1, size);
    if (at == NULL || changed == NULL) {
        fail_msg("not in the text: %s", from);
        return NULL;
    }
    snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    free(text);
    return changed;
}

static void check_text(const char *text, const char *floor, struct checked *out) {
    struct policy *policy = NULL;
    *out = (struct checked){.text = floor == NULL ? text : floor};
    assert_false(lg_failed(arena_new(1 << 20, &out->arena)));
    assert_false(lg_failed(policy_findings_init(&out->findings, out->arena)));
    struct lg_err err = policy_check(span_text(text), span_text(floor), &out->findings, &policy);
    assert_int_equal(policy == NULL, lg_failed(err));
    assert_int_equal(lg_failed(err), out->findings.count > 0);
    policy_free(&policy);
}

/* Line and column of the first `at` of the text, counted in characters. */
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
        *out_column += ((unsigned char)*c & 0xc0U) != 0x80;
        *out_column = *c == '\n' ? 1 : *out_column;
    }
}

static void expect(const struct checked *checked, uint32_t index, const char *code, const char *at,
                   const char *says) {
    uint32_t line;
    uint32_t column;
    assert_true(index < checked->findings.count);
    const struct policy_finding *finding = &checked->findings.items[index];
    const char *sentence = (const char *)finding->sentence.ptr;
    place_of(checked->text, at, &line, &column);
    bool good = strcmp(finding->code, code) == 0 && finding->line == line &&
                finding->column == column && strstr(sentence, says) != NULL;
    if (!good) {
        fail_msg("got %s %u:%u %s\nwanted %s %u:%u %s", finding->code, (unsigned)finding->line,
                 (unsigned)finding->column, sentence, code, (unsigned)line, (unsigned)column, says);
    }
}

struct one {
    const char *from;
    const char *to;
    const char *code;
    const char *at; /* what stands at the place, in the changed text */
    const char *says;
};

static void clean(void **state) {
    (void)state;
    struct checked checked;
    char *text = whole_text();
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 0);
    arena_free(&checked.arena);
    free(text);
}

/* Each rule alone: the change triggers it and nothing else. */
static void each_rule(void **state) {
    (void)state;
    static const struct one all[] = {
        {"  lead: alpha", "  lead alpha", "E00", "lead alpha", "colon"},
        {"  lead: alpha", "   lead: alpha", "E00", "lead: alpha", "indented by 3"},
        {"  lead: alpha", "  lead: alhpa", "E01", "alhpa", "did you mean `alpha`?"},
        {"  lead: alpha", "  leed: alpha\n  lead: alpha", "E01", "leed", "did you mean `lead`?"},
        {"  lead: alpha\n", "", "E01", "agreement whole", "lacks `lead`"},
        {"  lead: alpha", "  lead: alpha\n  lead: beta", "E01", "lead: beta", "set twice"},
        {"    diagnosis", "    Diagnosis", "E01", "Diagnosis", "is no name"},
        {"title: An agreement", "title: \xc5\xb4\n    # an aside\n    x", "", "", ""},
        {"basis: duty, asked, interest", "basis: duty, asked,\n    intrest", "E01", "intrest",
         "did you mean `interest`?"},
        {"clause 3 share",
         "clause 2.b share\n  from: any\n  to: beta/*\n  purpose: child-care\n  basis: duty\n"
         "  consent: not needed\n  pass: person.number\nclause 3 share",
         "E02", "clause 2.b share", "clauses 2 and 2.b both govern `person.number`"},
        {"purpose: care\n  basis: duty\n  consent: required unless emergency\n  consent is",
         "purpose: care\n  basis: plain-duty\n  consent: required unless emergency\n  consent is",
         "E03", "health.status\n  redact", "has no `article 9`"},
        {"consent: required\n", "consent: not needed\n", "E04", "clause 1 share",
         "consent is not needed"},
        {"purpose: counting\n  basis: duty", "purpose: crime\n  basis: duty", "E05",
         "clause 6 share", "no basis covers"},
        {"to: beta/*\n  purpose: crime", "to: alpha/*\n  purpose: crime", "E06", "clause 7 share",
         "competent authority"},
        {"from: any\n  to: any", "from: alpha, beta, delta\n  to: any", "E07", "clause 1 share",
         "every source is one"},
        {"  when: emergency\n", "", "E08", "clause 5 share", "needs `when: emergency`"},
        {"smallest group: 10", "smallest group: 4", "E09", "4\nclause 7", "at least 5"},
        {"from: beta\n  to: beta/analyst", "from: alpha\n  to: beta/analyst", "E10",
         "record.count\n  smallest", "do not hold it"},
        {"who: gamma/*\n  sees: health.*", "who: beta/*\n  sees: health.*", "E11", "promise P1",
         "promise P1 is broken"},
        {"2026-04-01 to 2027-03-31", "2026-04-01 to 2026-03-31", "E12", "2026-04-01 to 2026-03-31",
         "before the first"},
        {"2026-04-01 to 2027-03-31", "2026-02-29 to 2027-03-31", "E12", "2026-02-29", "two dates"},
        {"declared by: alpha/worker\n", "declared by: gamma/helper, alpha/worker\n", "", "", ""},
        {"refusal set aside by: alpha/manager", "refusal set aside by: gamma/helper", "E13",
         "gamma/helper, beta/officer\n  tell", "but not declare"},
        {"title: Care for a person", "title: Care for a\xe2\x80\x8bperson", "E14",
         "\xe2\x80\x8bperson", "U+200B"},
        {"title: Care for a person", "title: \xc3\xa9\xc3\xa9 \xe2\x80\xae x", "E14",
         "\xe2\x80\xae", "U+202E"},
        {"title: Care for a person", "title: Zoe\xcc\x88", "E14", "\xcc\x88", "another spelling"},
        {"title: Care for a person", "title: Care \xe2\x84\xaa", "E14", "\xe2\x84\xaa", "U+212A"},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct checked checked;
        char *text = change(whole_text(), all[i].from, all[i].to);
        check_text(text, NULL, &checked);
        if (checked.findings.count != (all[i].code[0] != 0)) {
            for (uint32_t j = 0; j < checked.findings.count; j++) {
                const struct policy_finding *it = &checked.findings.items[j];
                print_error("%s %u:%u %s\n", it->code, (unsigned)it->line, (unsigned)it->column,
                            (const char *)it->sentence.ptr);
            }
            fail_msg("%u findings for %s", (unsigned)checked.findings.count, all[i].to);
        }
        if (all[i].code[0] != 0) {
            expect(&checked, 0, all[i].code, all[i].at, all[i].says);
        }
        arena_free(&checked.arena);
        free(text);
    }
}

/* Faults that do not follow from one another come in one run, by line. */
static void several(void **state) {
    (void)state;
    struct checked checked;
    char *text = change(whole_text(), "lead: alpha", "lead: alhpa");
    text = change(text, "zone: Europe/London", "zone: Europe/Paris");
    text = change(text, "purpose: child-care", "purpose: child-car");
    text = change(text, "pseudonymise: person.number", "pseudonymise: person.numbr, person.brn");
    text = change(text, "lasts: 2 hours", "lasts: ever");
    text = change(text, "sees: health.*, record.*", "sees: health.*, records.*");
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 7);
    expect(&checked, 0, "E01", "Europe/Paris", "`Europe/Paris`");
    expect(&checked, 1, "E01", "alhpa", "`alpha`");
    expect(&checked, 2, "E01", "child-car\n", "`child-care`");
    expect(&checked, 3, "E01", "person.numbr", "`person.number`");
    expect(&checked, 4, "E01", "person.brn", "`person.born`");
    expect(&checked, 5, "E01", "ever\n  sets", "such as `4 hours`");
    expect(&checked, 6, "E01", "records.*", "`record`");
    arena_free(&checked.arena);
    free(text);
}

static void several_rules_and_settings(void **state) {
    (void)state;
    struct checked checked;
    char *text = change(whole_text(), "consent: required\n", "consent: not needed\n");
    text = change(text, "purpose: counting\n  basis", "purpose: crime\n  basis");
    text = change(text, "from: beta\n  to: beta/analyst", "from: alpha\n  to: beta/analyst");
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 3);
    expect(&checked, 0, "E04", "clause 1 share", "");
    expect(&checked, 1, "E05", "clause 6 share", "");
    expect(&checked, 2, "E10", "record.count\n  smallest", "");
    arena_free(&checked.arena);
    text = change(text, "signs as: Director\n", "sign as: Director\n");
    text = change(text, "hours office", "ours office");
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 1);
    expect(&checked, 0, "E01", "ours office\n  open", "`hours`");
    arena_free(&checked.arena);
    text = change(text, "ours office", "hours office");
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 2);
    expect(&checked, 0, "E01", "party alpha", "lacks `signs as`");
    expect(&checked, 1, "E01", "sign as", "did you mean `signs as`?");
    arena_free(&checked.arena);
    free(text);
}

/* Every tie and every promise is a finding of its own; a tie of two clauses is one. */
static void ties_and_promises(void **state) {
    (void)state;
    static const char more[] =
        "clause 2.b share\n  from: any\n  to: beta/*\n  purpose: child-care\n  basis: duty\n"
        "  consent: not needed\n  pass: person.number\n"
        "clause 2.c share\n  from: any\n  to: beta/*\n  purpose: child-care\n  basis: duty\n"
        "  consent: not needed\n  pass: person.number\nclause 3 share";
    struct checked checked;
    char *text = change(whole_text(), "clause 3 share", more);
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 1);
    expect(&checked, 0, "E02", "clause 2.c", "2.c");
    arena_free(&checked.arena);
    free(text);
    text = change(whole_text(), "who: gamma/*\n  sees: health.*", "who: beta/*\n  sees: health.*");
    text = change(text, "  sees: health.status\n  for: child-care", "  sees: person.number");
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, 2);
    expect(&checked, 0, "E11", "promise P1", "P1");
    expect(&checked, 1, "E11", "promise P3", "P3");
    arena_free(&checked.arena);
    free(text);
}

static void floor_is_marked(void **state) {
    (void)state;
    struct checked checked;
    char *text = whole_text();
    check_text(text, "isa 1\nclause 1 never\n  to: any\n  data: helth.*\n", &checked);
    assert_int_equal(checked.findings.count, 1);
    expect(&checked, 0, "E01", "helth", "did you mean `health`?");
    assert_true(checked.findings.items[0].in_floor);
    assert_false(checked.findings.is_cut);
    arena_free(&checked.arena);
    free(text);
}

/* The agreement's own come first, wherever the floor's stand. */
static void faults_of_both_are_told(void **state) {
    (void)state;
    struct checked checked;
    char *text = whole_text();
    char *at = strstr(text, "emergency break-glass");
    assert_non_null(at);
    char *word = strstr(at, "lasts");
    assert_non_null(word);
    word[0] = 'L';
    check_text(text, "isa 1\nclawse 1 never\n  to: any\n  data: health.*\n", &checked);
    assert_true(checked.findings.count >= 2);
    assert_false(checked.findings.items[0].in_floor);
    assert_true(checked.findings.items[checked.findings.count - 1].in_floor);
    arena_free(&checked.arena);
    free(text);
}

/* A draft in which nothing of a kind is defined yet: each use of it is a fault, and the rest is
 * looked through all the same. */
static void nothing_defined_yet(void **state) {
    (void)state;
    static const char draft[] =
        "isa 1\nagreement draft\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
        "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: a\n"
        "  signatures needed: all parties\n  assessment: A\n  contact: c\n"
        "party a\n  name: N\n  legal entity: L\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\nrole a/w\n"
        "clause 1 share\n  from: any\n  to: any\n  purpose: p\n  basis: d\n"
        "  consent: not needed\n  pass: c.f\n";
    struct checked checked;
    check_text(draft, NULL, &checked);
    assert_int_equal(checked.findings.count, 3);
    expect(&checked, 0, "E01", "p\n  basis", "`p`");
    expect(&checked, 1, "E01", "d\n  consent", "`d`");
    expect(&checked, 2, "E01", "c.f", "`c.f`");
    arena_free(&checked.arena);
}

/* A file of nothing but faults: as many as are kept, and it says that there are more. */
static void no_more_than_allowed(void **state) {
    (void)state;
    struct checked checked;
    static const char line[] = "wrong\t\n";
    char text[(LIMIT_POLICY_FINDINGS + 20) * (sizeof line - 1) + 1];
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        text[i] = line[i % (sizeof line - 1)];
    }
    text[sizeof text - 1] = 0;
    check_text(text, NULL, &checked);
    assert_int_equal(checked.findings.count, LIMIT_POLICY_FINDINGS);
    assert_true(checked.findings.is_cut);
    arena_free(&checked.arena);
}

static void every_rule_has_its_text(void **state) {
    (void)state;
    static const char *const codes[] = {"E00", "E07", "E14", "W01", "W14", "W16"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const struct policy_rule_text *rule = policy_rule_text_find(codes[i]);
        assert_non_null(rule);
        assert_string_equal(rule->code, codes[i]);
    }
    assert_null(policy_rule_text_find("E15"));
    size_t count = 0;
    for (const struct policy_rule_text *rule = policy_rule_texts(); rule->code != NULL; rule++) {
        assert_true(strlen(rule->title) > 0 && strlen(rule->why) > 0);
        assert_true(strlen(rule->what_to_do) > 0);
        count++;
    }
    assert_int_equal(count, 31);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean),
        cmocka_unit_test(each_rule),
        cmocka_unit_test(several),
        cmocka_unit_test(several_rules_and_settings),
        cmocka_unit_test(ties_and_promises),
        cmocka_unit_test(floor_is_marked),
        cmocka_unit_test(faults_of_both_are_told),
        cmocka_unit_test(nothing_defined_yet),
        cmocka_unit_test(no_more_than_allowed),
        cmocka_unit_test(every_rule_has_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
