/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that a signatory would care about is left out: every setting of a rich agreement is
 * changed in every way that still compiles, one at a time, and the comparison must say something.
 * Only what is listed here as deciding nothing may come out as text alone. */
#include "policy/compare/compare.h"
#include "policy/compare/sections_int.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"
#include "tests/unit/policy_law_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { TEXT_MAX = 65536, KEYS_MAX = 256, TRIES = 4 };

struct out {
    char text[TEXT_MAX];
    size_t used;
};

static void put(struct out *out, struct span text) {
    assert_true(out->used + text.len + 1 < TEXT_MAX);
    for (size_t i = 0; i < text.len; i++) {
        out->text[out->used++] = text.ptr[i] == '\n' ? ' ' : (char)text.ptr[i];
    }
}

/* The document again, with setting `changed` given another value, or left out where it is NULL. */
static void write_doc(struct out *out, const struct doc *doc, uint32_t changed, const char *value) {
    out->used = 0;
    for (uint32_t i = 0; i < doc->section_count; i++) {
        const struct doc_section *section = &doc->sections[i];
        put(out, section->kind);
        put(out, span_text(section->head.len > 0 ? " " : ""));
        put(out, section->head);
        out->text[out->used++] = '\n';
        for (uint32_t j = section->first; j < section->first + section->count; j++) {
            if (j == changed && value == NULL) {
                continue;
            }
            put(out, span_text("  "));
            put(out, doc->settings[j].name);
            put(out, span_text(": "));
            put(out, j == changed ? span_text(value) : doc->settings[j].value);
            out->text[out->used++] = '\n';
        }
    }
}

static struct policy *try_compile(const struct out *out) {
    struct diag diag;
    struct policy *policy = NULL;
    struct lg_err err =
        policy_compile(span_of(out->text, out->used), span_of(NULL, 0), &diag, &policy);
    lg_err_ignore(err, "a change that does not compile is none");
    return policy;
}

/* ---- which settings were changed ---- */

struct keys {
    char names[KEYS_MAX][80];
    bool told[KEYS_MAX];
    bool only_text[KEYS_MAX];
    size_t count;
};

static size_t key_of(struct keys *keys, const struct doc_section *section, struct span setting) {
    char name[80];
    struct span kind = policy_section_kind(section);
    snprintf(name, sizeof name, "%.*s %.*s", (int)kind.len, (const char *)kind.ptr,
             (int)setting.len, (const char *)setting.ptr);
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->names[i], name) == 0) {
            return i;
        }
    }
    assert_true(keys->count < KEYS_MAX);
    snprintf(keys->names[keys->count], sizeof name, "%s", name);
    keys->only_text[keys->count] = true;
    return keys->count++;
}

/* Values that some setting or other takes. */
static const char *const values[] = {
    "another word",
    "yes",
    "no",
    "hidden",
    "open",
    "blind",
    "plain",
    "UTC",
    "all parties",
    "beta",
    "gamma",
    "3",
    "5 days",
    "20 weeks",
    "2026-04-02 to 2027-03-31",
    "2026-04-01 to 2027-03-30",
    "2027-01-15",
    "statutory",
    "a",
    "g, other words",
    "care",
    "care, counting, crime",
    "not needed",
    "needed for special",
    "ordinary",
    "special",
    "criminal",
    "delta, gamma, beta",
    "any",
    "required",
    "required unless emergency",
    "lawful basis",
    "confidentiality",
    "service",
    "case reference",
    "second person",
    "reason for no consent",
    "children",
    "adults",
    "emergency",
    "20",
    "night",
    "office",
    "small",
    "other",
    "no",
    "ask beta",
    "to beta for care",
    "last 3 weeks",
    "2021-01-01",
    "permit",
    "agency and purpose",
    "person asking too",
    "source",
    "either",
    "not the asker alone",
    "08:00 to 17:00 on every day",
    "2026-12-23",
    "bank holidays",
    "4 in 1 hour",
    "alpha/worker",
    "alpha/*, beta/*",
    "duty",
    "duty, asked",
    "life",
    "urgent-child-care",
    "child-care",
    "crime",
    "life, flood",
    "at least 7 characters",
    "9 hours",
    "missing consent",
    "hours",
    "lead within 3 hours",
    "within 9 working days",
    "2 per person in 1 day",
    "gamma/helper",
    "health.diagnosis",
    "health.notes",
    "person.name",
    "person.*",
    "record.*",
    "record.count",
    "person.name by band",
    "person.born by month",
    "consent",
    "alpha",
    "alpha, beta",
    "stretford",
    "all",
    "N",
    "N, A",
    "delete",
    "return",
    "name, born, number, extra",
    "count, summary, extra",
};

struct trial {
    struct policy *before;
    struct doc doc;
    struct keys keys;
    struct out out;
    unsigned compiled;
};

static bool moved_more_than_text(const struct policy_diff *diff) {
    return diff->count > diff->counts[POLICY_CHANGE_TEXT];
}

static void try_value(struct trial *trial, const struct doc_section *section, uint32_t setting,
                      const char *value) {
    struct span name = trial->doc.settings[setting].name;
    enum term_how how = policy_term_how(policy_section_kind(section), name);
    if (value != NULL &&
        policy_term_same(how, trial->doc.settings[setting].value, span_text(value))) {
        return;
    }
    write_doc(&trial->out, &trial->doc, setting, value);
    OWN(policy_free) struct policy *after = try_compile(&trial->out);
    if (after == NULL) {
        return;
    }
    struct arena *arena = NULL;
    struct policy_diff diff;
    size_t key = key_of(&trial->keys, section, name);
    assert_false(lg_failed(arena_new(1 << 26, &arena)));
    assert_false(lg_failed(policy_diff_make(trial->before, after, arena, &diff)));
    trial->compiled++;
    for (size_t i = 0; i < diff.count; i++) {
        assert_null(strstr((const char *)diff.changes[i].sentence.ptr, ":  ("));
    }
    if (diff.count == 0) {
        fail_msg("line %u: `%.*s` to `%s` is no difference",
                 (unsigned)trial->doc.settings[setting].line, (int)name.len, (const char *)name.ptr,
                 value == NULL ? "nothing" : value);
    }
    trial->keys.told[key] = true;
    trial->keys.only_text[key] &= !moved_more_than_text(&diff);
    arena_free(&arena);
}

static void trial_begin(struct trial *trial, struct arena *arena, const char *text) {
    struct diag diag;
    *trial = (struct trial){0};
    assert_false(lg_failed(policy_doc_read(span_text(text), arena, &diag, &trial->doc)));
    trial->before = compile(text, NULL);
}

/* What may come out as text alone, and nothing else may. */
static const char *const text_only[] = {
    "agreement title",  "agreement version", "agreement replaces", "agreement assessment",
    "agreement notice", "party name",        "purpose title",      "purpose dpv",
    "basis title",      "category title",    "generalise to",      "share title",
    "never title",      "enrol title",
};

static bool is_listed(const char *name) {
    for (size_t i = 0; i < sizeof text_only / sizeof text_only[0]; i++) {
        if (strcmp(text_only[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Another limit for a clause to have, a clause for emergencies whose basis allows any time, and a
 * promise that holds with and without each of its settings. */
static char *with_more(void) {
    char *text = edited_more(vector("whole.isa"), "defaults\n",
                             "limit other\n  per person: 9 in 1 hour\ndefaults\n");
    text = edited_more(text, "\nend\n",
                       "\npromise P4 never\n  who: gamma/*\n  sees: record.count\n  for: care\n"
                       "  without: consent\n  unless: emergency\nend\n");
    return edited_more(text, "  pseudonymise: person.number\n",
                       "  when: emergency\n  pseudonymise: person.number\n");
}

static void try_setting(struct trial *trial, const struct doc_section *section, uint32_t setting) {
    key_of(&trial->keys, section, trial->doc.settings[setting].name);
    try_value(trial, section, setting, NULL);
    unsigned first = trial->compiled;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (trial->compiled < first + TRIES) {
            try_value(trial, section, setting, values[i]);
        }
    }
}

static void every_setting_is_told(void **state) {
    struct fixture *fixture = *state;
    char *text = with_more();
    struct trial *trial = calloc(1, sizeof *trial);
    assert_non_null(trial);
    trial_begin(trial, fixture->arena, text);
    for (uint32_t i = 0; i < trial->doc.section_count; i++) {
        const struct doc_section *section = &trial->doc.sections[i];
        for (uint32_t j = section->first; j < section->first + section->count; j++) {
            try_setting(trial, section, j);
        }
    }
    for (size_t i = 0; i < trial->keys.count; i++) {
        const char *name = trial->keys.names[i];
        if (!trial->keys.told[i]) {
            fail_msg("`%s` was changed by nothing that compiles", name);
        }
        if (trial->keys.only_text[i] != is_listed(name)) {
            fail_msg("`%s` comes out as %s", name, is_listed(name) ? "more than text" : "text");
        }
    }
    print_message("%u changes of %zu settings\n", trial->compiled, trial->keys.count);
    assert_true(trial->compiled > 500);
    policy_free(&trial->before);
    free(trial);
    free(text);
}

/* The same words on other lines, without comments, are the same agreement. */
static void form_is_no_difference(void **state) {
    struct fixture *fixture = *state;
    char *text = vector("whole.isa");
    struct trial *trial = calloc(1, sizeof *trial);
    struct policy_diff diff;
    assert_non_null(trial);
    trial_begin(trial, fixture->arena, text);
    write_doc(&trial->out, &trial->doc, UINT32_MAX, NULL);
    OWN(policy_free) struct policy *after = try_compile(&trial->out);
    assert_non_null(after);
    assert_false(lg_failed(policy_diff_make(trial->before, after, fixture->arena, &diff)));
    assert_int_equal(diff.count, 0);
    assert_int_equal(diff.cells_changed, 0);
    assert_true(diff.cells > 500);
    policy_free(&trial->before);
    free(trial);
    free(text);
}

/* ---- one setting at a time, under a register ---- */

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

/* What a statute asks for that is there where everything is at its best: a word of the register
 * more or less is told of the cells that rest on it, and so is one that begins within the term. */
static void what_a_statute_asks_is_told(void **state) {
    static const struct {
        const char *entry;
        const char *from;
        const char *to;
        enum policy_change_class forth;
        enum policy_change_class back;
    } words[] = {
        {"entry hsca-2012-251b\n", "  objection: refers\n",
         "  confidence: lifted\n  objection: refers\n", WEAKER, STRONGER},
        {"entry hsca-2012-251b\n", "  objection: refers\n", "", WEAKER, STRONGER},
        {"entry children-act-2004-16la\n", "2026-09-30", "2027-01-15", STRONGER, WEAKER},
        {"entry children-act-2004-16la\n", "2026-09-30", "2026-10-01", 0, 0},
    };
    struct law *law = *state;
    char *changed = law_replaced(law->text, "  confidentiality: implied consent\n",
                                 "  confidentiality: statute, best interests\n");
    OWN(policy_free) struct policy *before = law_compile(law, changed);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *entry = strstr(law->register_text, words[i].entry);
        struct diag diag = {0};
        struct policy_diff diff;
        struct law other = *law;
        assert_non_null(entry);
        char *tail = law_replaced(entry, words[i].from, words[i].to);
        size_t size = (size_t)(entry - law->register_text) + strlen(tail) + 1;
        char *text = calloc(1, size);
        assert_non_null(text);
        snprintf(text, size, "%.*s%s", (int)(entry - law->register_text), law->register_text, tail);
        assert_false(lg_failed(policy_register_compile(span_text(text), &diag, &other.statutes)));
        OWN(policy_free) struct policy *after = law_compile(&other, changed);
        for (int back = 0; back < 2; back++) {
            enum policy_change_class wanted = back ? words[i].back : words[i].forth;
            OWN(arena_free) struct arena *arena = NULL;
            const struct policy *both[] = {before, after};
            assert_false(lg_failed(arena_new(1 << 26, &arena)));
            assert_false(lg_failed(policy_diff_make(both[back], both[1 - back], arena, &diff)));
            bool told = wanted == 0 ? diff.count == 0 : has_class(&diff, wanted);
            if (!told || (diff.cells_changed > 0) != (wanted != 0)) {
                fail_msg("%s%s, %d: %zu lines, %u cells", words[i].entry, words[i].from, back,
                         diff.count, (unsigned)diff.cells_changed);
            }
        }
        policy_register_free(&other.statutes);
        free(text);
        free(tail);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_setting_is_told, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(form_is_no_difference, arena_begin, arena_end),
    };
    const struct CMUnitTest law_tests[] = {
        cmocka_unit_test_setup_teardown(each_setting_has_its_class, law_begin, law_end),
        cmocka_unit_test_setup_teardown(the_register_decides_too, law_begin, law_end),
        cmocka_unit_test_setup_teardown(a_register_alone_decides_too, law_begin, law_end),
        cmocka_unit_test_setup_teardown(what_a_statute_asks_is_told, law_begin, law_end),
        cmocka_unit_test_setup_teardown(one_consent_for_two_things_is_asked, law_begin, law_end),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    return failed + cmocka_run_group_tests(law_tests, law_set_up, law_tear_down);
}
