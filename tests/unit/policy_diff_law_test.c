/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison under a statute register: one setting or one word of the register at a time, and
 * what moves both ways at once. */
#include "policy/compare/compare.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"
#include "tests/unit/policy_law_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* from becomes to: `forth` is the class of the lines, `back` that of the way back. */
struct single {
    const char *from;
    const char *to;
    enum policy_change_class forth;
    enum policy_change_class back;
    bool is_cell;
};

#define WEAKER POLICY_CHANGE_WEAKER
#define STRONGER POLICY_CHANGE_STRONGER
#define CHANGED POLICY_CHANGE_CHANGED
#define NEW POLICY_CHANGE_NEW
#define GONE POLICY_CHANGE_GONE

static const struct single singles[] = {
    /* conditions of a clause */
    {"  objection: refer\n  requires: necessity\n", "  objection: refer\n", WEAKER, STRONGER, true},
    {"  requires: case reference\n", "  requires: case reference, statement\n", STRONGER, WEAKER,
     true},
    {"  objection: refer\n  requires: necessity\n", "  requires: necessity\n", WEAKER, STRONGER,
     true},
    {"  objection: refer\n  requires: necessity\n", "  objection: note\n  requires: necessity\n",
     WEAKER, STRONGER, true},
    {"implied consent, explicit consent\n", "implied consent\n", STRONGER, WEAKER, true},
    {"explicit consent, public interest\n", "explicit consent, best interests\n", CHANGED, CHANGED,
     true},
    {"section 251 25/CAG/0042\n", "section 251 25/CAG/0043\n", CHANGED, CHANGED, true},
    /* what clauses refer to */
    {"  received under: care-act-45\n", "", NEW, GONE, true},
    {"  patient information: yes\n\ncategory support", "\ncategory support", WEAKER, STRONGER,
     false},
    {"at most 7 days old\n", "at most 9 days old\n", WEAKER, STRONGER, false},
    {"  opt-out: national, at most 7 days old\n", "  opt-out: none\n", WEAKER, STRONGER, false},
    {"  covers: direct-care\n  gateway: hsca-2012-251b\n", "  covers: direct-care\n", GONE, NEW,
     true},
    {"  function: direct-care\n", "  function: council-functions\n", GONE, NEW, true},
    {"  covers: crime-prevention\n  function: crime-strategy\n",
     "  covers: crime-prevention\n  function: crime-and-disorder\n", CHANGED, CHANGED, false},
    {"  body: nhs-body\n", "  body: voluntary\n", GONE, NEW, true},
    {"  fields: package, worker\n  existence: open\n  confidential: yes\n"
     "  patient information: yes\n  opt-out: national, at most 7 days old\n",
     "  fields: package, worker\n  existence: open\n  confidential: yes\n"
     "  patient information: yes\n",
     CHANGED, CHANGED, false},
    {"  fields: diagnosis, medication\n  confidential: yes\n  patient information: yes\n",
     "  fields: diagnosis, medication\n  confidential: yes\n  patient information: yes\n"
     "  opt-out: none\n",
     WEAKER, STRONGER, false},
    {"  gateway: care-act-45\n", "  gateway: care-act-42\n", GONE, NEW, true},
    {"  article 6: c\n  article 9: g, DPA 2018 Sch 1 para 18\n  covers: board-review\n",
     "  article 6: e\n  article 9: g, DPA 2018 Sch 1 para 18\n  covers: board-review\n", CHANGED,
     CHANGED, false},
    {"  article 9: g, DPA 2018 Sch 1 para 18\n  covers: board-review\n",
     "  article 9: g, DPA 2018 Sch 1 para 6\n  covers: board-review\n", CHANGED, CHANGED, false},
    {"  article 10: DPA 2018 Sch 1 para 10\n  covers: crime-prevention\n",
     "  article 10: DPA 2018 Sch 1 para 18\n  covers: crime-prevention\n", CHANGED, CHANGED, false},
    {"  direct care: yes\n", "", GONE, NEW, true},
    {"  direct care: no\n", "", CHANGED, CHANGED, false},
    /* Who opted out is not asked for any more. */
    {"  secondary use: yes\n", "  secondary use: no\n", WEAKER, STRONGER, true},
    {"  confidentiality: implied consent, explicit consent\n", "", STRONGER, WEAKER, true},
    /* the emergency */
    {"\n  sets aside:", "\n  requires: second person\n  sets aside:", STRONGER, WEAKER, false},
    {"\n  sets aside:", "\n  overdue reviews: refused from 6\n  sets aside:", STRONGER, WEAKER,
     false},
};

/* Lines of the class are there, and none of one that points the other way. */
static bool has_class(const struct policy_diff *diff, enum policy_change_class wanted) {
    bool opens = diff->counts[NEW] + diff->counts[WEAKER] > 0;
    bool closes = diff->counts[GONE] + diff->counts[STRONGER] > 0;
    bool may_open = wanted == NEW || wanted == WEAKER;
    bool may_close = wanted == GONE || wanted == STRONGER;
    return diff->counts[wanted] > 0 && opens == may_open && closes == may_close &&
           diff->counts[POLICY_CHANGE_TEXT] == 0;
}

static void diff_is(const struct policy *before, const struct policy *after,
                    const struct single *single, enum policy_change_class wanted) {
    struct policy_diff diff;
    struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 26, &arena)));
    assert_false(lg_failed(policy_diff_make(before, after, arena, &diff)));
    if (!has_class(&diff, wanted) || (diff.cells_changed > 0) != single->is_cell) {
        fail_msg("`%s` to `%s`: %zu lines, %u cells, not class %d", single->from, single->to,
                 diff.count, (unsigned)diff.cells_changed, (int)wanted);
    }
    arena_free(&arena);
}

static void each_setting_has_its_class(void **state) {
    struct law *law = *state;
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        char *text = edited(law->text, singles[i].from, singles[i].to);
        OWN(policy_free) struct policy *after = law_compile(law, text);
        diff_is(law->policy, after, &singles[i], singles[i].forth);
        diff_is(after, law->policy, &singles[i], singles[i].back);
        free(text);
    }
}

#define PROMISE_P3                                                                                 \
    "promise P3 always\n  who: alpha/worker\n  from: gamma\n  sees: health.status\n"               \
    "  for: child-care\n"

/* Numbers of bodies and powers are those of the register: another edition of the same words is
 * asked cell by cell, and says the same. */
static void the_register_decides_too(void **state) {
    struct law *law = *state;
    size_t size = strlen(law->register_text) + 16;
    char *text = calloc(1, size);
    struct diag diag = {0};
    struct policy_register *other = NULL;
    struct policy *same = NULL;
    struct policy *without = NULL;
    struct policy_diff diff;
    assert_non_null(text);
    snprintf(text, size, "%s\n# a comment\n", law->register_text);
    assert_false(lg_failed(policy_register_compile(span_text(text), &diag, &other)));
    assert_false(
        lg_failed(policy_compile_law(span_text(law->text), span_of(NULL, 0), other, &diag, &same)));
    assert_false(lg_failed(policy_diff_make(law->policy, same, law->arena, &diff)));
    assert_int_equal(diff.count, 0);
    assert_int_equal(diff.cells_changed, 0);
    assert_false(
        lg_failed(policy_compile(span_text(law->text), span_of(NULL, 0), &diag, &without)));
    assert_false(lg_failed(policy_diff_make(law->policy, without, law->arena, &diff)));
    assert_true(diff.cells_changed > 0);
    assert_true(policy_diff_opens(&diff));
    policy_free(&without);
    policy_free(&same);
    policy_register_free(&other);
    free(text);
}

/* Nothing but the register's presence differs: no gateway is cited, no body is named. */
static void a_register_alone_decides_too(void **state) {
    struct law *law = *state;
    struct diag diag = {0};
    struct policy *with = NULL;
    struct policy *without = NULL;
    struct policy_diff diff;
    char *text = vector("whole.isa");
    text = edited_more(text, "  law: edition-2026\n", "  law: uk-2026-11\n");
    text = edited_more(text, "  gateway: act-1\n", "");
    text = edited_more(text, PROMISE_P3, "");
    assert_false(lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &without)));
    if (lg_failed(
            policy_compile_law(span_text(text), span_of(NULL, 0), law->statutes, &diag, &with))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    assert_false(lg_failed(policy_diff_make(without, with, law->arena, &diff)));
    assert_true(diff.cells_changed > 0);
    assert_true(diff.counts[GONE] > 0);
    policy_free(&with);
    policy_free(&without);
    free(text);
}

/* The register as edited, compiled. The entry is the one whose line begins so. */
static struct policy_register *register_edited(const struct law *law, const char *entry,
                                               struct edit edit) {
    const char *at = strstr(law->register_text, entry);
    struct policy_register *statutes = NULL;
    struct diag diag = {0};
    assert_non_null(at);
    char *tail = edited(at, edit.from, edit.to);
    size_t size = (size_t)(at - law->register_text) + strlen(tail) + 1;
    char *text = calloc(1, size);
    assert_non_null(text);
    snprintf(text, size, "%.*s%s", (int)(at - law->register_text), law->register_text, tail);
    if (lg_failed(policy_register_compile(span_text(text), &diag, &statutes))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    free(text);
    free(tail);
    return statutes;
}

/* What a statute asks for that is there where everything is at its best: a word of the register
 * more or less is told of the cells that rest on it, and so is one that begins within the term. */
static void what_a_statute_asks_is_told(void **state) {
    static const struct {
        const char *entry;
        struct edit word;
        enum policy_change_class forth;
        enum policy_change_class back;
    } words[] = {
        {"entry hsca-2012-251b\n",
         {"  objection: refers\n", "  confidence: lifted\n  objection: refers\n"},
         WEAKER,
         STRONGER},
        {"entry hsca-2012-251b\n", {"  objection: refers\n", ""}, WEAKER, STRONGER},
        {"entry children-act-2004-16la\n", {"2026-09-30", "2027-01-15"}, STRONGER, WEAKER},
        {"entry children-act-2004-16la\n", {"2026-09-30", "2026-10-01"}, 0, 0},
        /* Begins when the agreement has ended. */
        {"entry children-act-2004-16la\n", {"2026-09-30", "2027-10-01"}, GONE, NEW},
    };
    struct law *law = *state;
    char *changed = law_replaced(law->text, "  confidentiality: implied consent\n",
                                 "  confidentiality: statute, best interests\n");
    OWN(policy_free) struct policy *before = law_compile(law, changed);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct law other = *law;
        other.statutes = register_edited(law, words[i].entry, words[i].word);
        OWN(policy_free) struct policy *after = law_compile(&other, changed);
        for (int back = 0; back < 2; back++) {
            enum policy_change_class wanted = back ? words[i].back : words[i].forth;
            struct policy_diff diff;
            OWN(arena_free) struct arena *arena = NULL;
            const struct policy *both[] = {before, after};
            assert_false(lg_failed(arena_new(1 << 26, &arena)));
            assert_false(lg_failed(policy_diff_make(both[back], both[1 - back], arena, &diff)));
            bool told = wanted == 0 ? diff.count == 0 : has_class(&diff, wanted);
            if (!told || (diff.cells_changed > 0) != (wanted != 0)) {
                fail_msg("%s%s, %d: %zu lines, %u cells", words[i].entry, words[i].word.from, back,
                         diff.count, (unsigned)diff.cells_changed);
            }
        }
        policy_register_free(&other.statutes);
    }
    free(changed);
}

/* A basis that is consent, and confidence that explicit consent sets aside: only a word that states
 * no kind carries both. Outside an emergency, which sets consent aside. */
static void one_consent_for_two_things_is_asked(void **state) {
    static const char *const edits[][2] = {
        {"  title: Public task of the practice\n  kind: statutory\n",
         "  title: Consent\n  kind: consent\n"},
        {"homelessness, child-welfare, tenancy-support\n  basis: vital-interests\n",
         "homelessness, child-welfare\n  basis: vital-interests\n"},
        {"  basis: practice-task\n  consent: not needed\n",
         "  basis: practice-task\n  consent: required\n"},
        {"  basis: practice-task\n  consent: not needed\n",
         "  basis: practice-task\n  consent: required\n"},
        {"  confidentiality: implied consent, explicit consent\n",
         "  confidentiality: explicit consent\n"},
        {"  pass: practice.diagnosis, support-headline.in-place\n",
         "  pass: support-headline.in-place\n"},
    };
    enum { COUNT = sizeof edits / sizeof *edits };
    static const struct single single = {
        .from = "practice.diagnosis", .to = "nothing", .is_cell = true};
    struct law *law = *state;
    struct policy *both[2] = {NULL, NULL};
    char *text = law_replaced(law->text, "", "");
    for (size_t i = 0; i < COUNT; i++) {
        if (i == COUNT - 1) {
            both[0] = law_compile(law, text);
        }
        char *changed = law_replaced(text, edits[i][0], edits[i][1]);
        free(text);
        text = changed;
    }
    both[1] = law_compile(law, text);
    diff_is(both[0], both[1], &single, GONE);
    diff_is(both[1], both[0], &single, NEW);
    policy_free(&both[0]);
    policy_free(&both[1]);
    free(text);
}

/* ---- more than one thing at a time ---- */

/* Edits of both texts, of the later one, and of the register that it is under. */
struct several {
    struct edit both[2];
    struct edit later[2];
    const char *entry;
    struct edit word;
    enum policy_change_class forth;
    enum policy_change_class back;
    const char *sentence; /* forth, a part of one */
};

static const struct several several[] = {
    /* The clause opens what the statute opens as well: the setting says it, once. */
    {.both = {{"  confidentiality: implied consent\n",
               "  confidentiality: statute, best interests\n"}},
     .later = {{"  confidentiality: statute, best interests\n",
                "  confidentiality: statute, best interests, explicit consent\n"}},
     .entry = "entry hsca-2012-251b\n",
     .word = {"  objection: refers\n", "  confidence: lifted\n  objection: refers\n"},
     .forth = WEAKER,
     .back = STRONGER,
     .sentence = "set aside by explicit consent, statute, best interests, was statute, best"},
    /* Who opted out is no longer left out, who objects now is. */
    {.later = {{"  fields: name, attendance, allergies\n  confidential: yes\n"
                "  patient information: yes\n  opt-out: national, at most 7 days old\n",
                "  fields: name, attendance, allergies\n  confidential: yes\n"
                "  patient information: yes\n  opt-out: none\n"},
               {"25/CAG/0042\n  pseudonymise: patient.attendance\n  redact",
                "25/CAG/0042\n  objection: refer\n  pseudonymise: patient.attendance\n  redact"}},
     .entry = "entry hsca-2012-251b\n",
     .word = {"  section: s.251B\n", "  section: s.251B\n"},
     .forth = CHANGED,
     .back = CHANGED,
     .sentence = "opt-out"},
};

static bool has_sentence(const struct policy_diff *diff, const char *part) {
    for (size_t i = 0; i < diff->count; i++) {
        char text[2048] = {0};
        struct span sentence = diff->changes[i].sentence;
        snprintf(text, sizeof text, "%.*s", (int)sentence.len, (const char *)sentence.ptr);
        if (strstr(text, part) != NULL) {
            return true;
        }
        print_message("%s: %s\n", policy_change_name(diff->changes[i].class), text);
    }
    return false;
}

static void several_moves_are_told_together(void **state) {
    struct law *law = *state;
    for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
        const struct several *it = &several[i];
        struct law under = *law;
        char *text = with_edits(law_replaced(law->text, "", ""), it->both, 2);
        OWN(policy_free) struct policy *before = law_compile(law, text);
        text = with_edits(text, it->later, 2);
        under.statutes = register_edited(law, it->entry, it->word);
        OWN(policy_free) struct policy *after = law_compile(&under, text);
        const struct policy *both[] = {before, after};
        for (int back = 0; back < 2; back++) {
            struct policy_diff diff;
            OWN(arena_free) struct arena *arena = NULL;
            assert_false(lg_failed(arena_new(1 << 26, &arena)));
            assert_false(lg_failed(policy_diff_make(both[back], both[1 - back], arena, &diff)));
            if (diff.counts[back ? it->back : it->forth] == 0 ||
                (!back && !has_sentence(&diff, it->sentence))) {
                fail_msg("case %zu, %d: %zu lines", i, back, diff.count);
            }
        }
        policy_register_free(&under.statutes);
        free(text);
    }
}

/* Without a register the law is asked as soon as one version marks its data. What no question comes
 * out otherwise by is still told. */
static void marks_speak_without_a_register(void **state) {
    struct law *law = *state;
    struct diag diag = {0};
    char *text = edited_more(vector("whole.isa"), "  confidential: yes\n", "");
    OWN(policy_free) struct policy *plain = NULL;
    OWN(policy_free) struct policy *marked = NULL;
    struct policy_diff diff;
    assert_false(lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &plain)));
    text = edited_more(text, "category health\n", "category health\n  confidential: yes\n");
    if (lg_failed(policy_compile(span_text(text), span_of(NULL, 0), &diag, &marked))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    assert_false(lg_failed(policy_diff_make(plain, marked, law->arena, &diff)));
    assert_int_equal(diff.counts[CHANGED], 1);
    assert_true(has_sentence(&diff, "category health: `confidential` is `yes`, was not set"));
    assert_int_equal(diff.cells_changed, 0);
    assert_false(lg_failed(policy_diff_make(marked, plain, law->arena, &diff)));
    assert_int_equal(diff.counts[CHANGED], 1);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_setting_has_its_class, law_begin, law_end),
        cmocka_unit_test_setup_teardown(the_register_decides_too, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_register_alone_decides_too, law_begin, law_end),
        cmocka_unit_test_setup_teardown(what_a_statute_asks_is_told, law_begin, law_end),
        cmocka_unit_test_setup_teardown(one_consent_for_two_things_is_asked, law_begin, law_end),
        cmocka_unit_test_setup_teardown(several_moves_are_told_together, law_begin, law_end),
        cmocka_unit_test_setup_teardown(marks_speak_without_a_register, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
