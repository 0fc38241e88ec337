/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler of the statute register: what it reads, and each fault with its place and sentence.
 * Then the same for what an agreement says under a register. */
#include "gateway/base/limits_register.h"
#include "tests/unit/policy_law_fixture.h"

static const char SMALL[] = "register 1\n"
                            "edition e-1\n"
                            "  title: Small\n"
                            "  date: 2026-01-31\n"
                            "body council\n"
                            "  title: Council\n"
                            "  health or social care: yes\n"
                            "body police\n"
                            "  title: Police\n"
                            "function help\n"
                            "  title: Help\n"
                            "function crime\n"
                            "  title: Crime\n"
                            "entry act-1\n"
                            "  title: An Act\n"
                            "  statute: Act 1\n"
                            "  section: s.1\n"
                            "  kind: duty\n"
                            "  from: council, police\n"
                            "  to: any\n"
                            "  functions: help\n"
                            "  in force from: 2020-01-01\n"
                            "  checked by: A. Lawyer\n"
                            "  checked on: 2026-01-30\n"
                            "  source: https://example.org/act\n"
                            "    and a second line\n";

/* `from` of the small register replaced by `to`: the reading stops there. column 0: the line as a
 * whole. */
struct fault {
    const char *from;
    const char *to;
    uint32_t line;
    uint32_t column;
    const char *says;
};

static char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = calloc(1, size);
    assert_non_null(changed);
    snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return changed;
}

static void stops(const struct fault *fault) {
    char *text = replaced(SMALL, fault->from, fault->to);
    struct policy_register *it = NULL;
    struct diag diag = {0};
    struct lg_err err = policy_register_compile(span_text(text), &diag, &it);
    free(text);
    assert_null(it);
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_int_equal(lg_err_code(err), POLICY_TEXT_WRONG);
    if (strstr(diag.text, fault->says) == NULL || diag.line != fault->line ||
        diag.column != fault->column) {
        fail_msg("%u:%u: %s\nwanted %u:%u: %s", (unsigned)diag.line, (unsigned)diag.column,
                 diag.text, (unsigned)fault->line, (unsigned)fault->column, fault->says);
    }
}

static void faults_have_a_place_and_a_nearest_word(void **state) {
    static const struct fault faults[] = {
        {"register 1\n", "register 2\n", 1, 10, "write `register 1`"},
        {"register 1\n", "isa 1\n", 1, 0, "the first section must be `register 1`"},
        {"body police\n", "register 1\nbody police\n", 8, 10, "a second `register` section"},
        {"edition e-1\n", "edition E1\n", 2, 9, "written `edition ID`"},
        {"body police\n", "edition e-2\n  title: T\n  date: 2026-01-01\nbody police\n", 8, 9,
         "a second `edition` section"},
        {"edition e-1\n  title: Small\n  date: 2026-01-31\n", "", 11, 7,
         "`edition` section stands before the entries"},
        {"  date: 2026-01-31\n", "  date: 31 January\n", 4, 9, "a date is needed"},
        {"  date: 2026-01-31\n", "", 2, 1, "the section lacks `date`"},
        {"body police\n", "boby police\n", 8, 1,
         "`boby` is not a word that stands here; did you "
         "mean `body`?"},
        {"body police\n", "body Police\n", 8, 6, "lower-case letters"},
        {"body police\n", "body any\n", 8, 6, "written `body ID`"},
        {"body police\n", "body council\n", 8, 6, "a second body `council`"},
        {"function crime\n", "function help\n", 12, 10, "a second function `help`"},
        {"  health or social care: yes\n", "  health or social care: maybe\n", 7, 26,
         "`maybe` is not a word that stands here"},
        {"  kind: duty\n", "  kind: dutty\n", 18, 9, "did you mean `duty`?"},
        {"  from: council, police\n", "  from: council, polise\n", 19, 18,
         "`polise` is not a body of this register, nor `any`; did you mean `police`?"},
        {"  from: council, police\n", "  from: council, council\n", 19, 18,
         "`council` is listed twice"},
        {"  from: council, police\n", "  from: council,\n    polise\n", 20, 5,
         "did you mean `police`?"},
        {"  functions: help\n", "  functions: any\n", 21, 14, "`any` is not a function"},
        {"  functions: help\n", "", 14, 7, "a duty or power needs `functions`"},
        {"  in force from: 2020-01-01\n", "", 14, 7, "a duty or power needs `in force from`"},
        {"  in force from: 2020-01-01\n", "  in force from: soon\n", 22, 18, "a date is needed"},
        {"  kind: duty\n", "  kind: basis\n", 19, 9, "only a duty or a power has this setting"},
        {"  checked on: 2026-01-30\n", "", 23, 15, "need each other"},
        {"  checked by: A. Lawyer\n", "", 23, 15, "need each other"},
        {"  checked on: 2026-01-30\n", "  checked on: 2026-02-01\n", 24, 15,
         "checked after the edition's date"},
        {"  to: any\n", "  to: any\n  to: any\n", 21, 3, "`to` is set twice, first on line 20"},
        {"  to: any\n", "  to:\n", 20, 3, "`to` has no value"},
        {"  to: any\n", "  too: any\n", 20, 3, "did you mean `to`?"},
        {"  to: any\n", "  to: any\n  except data: special, sepcial\n", 21, 25,
         "did you mean `special`?"},
        {"  to: any\n", "  to: any\n  except data: special, special\n", 21, 25,
         "`special` is listed twice"},
        {"  to: any\n", "  to: any\n  confidence: yes\n", 21, 15, "is not a word"},
        {"  to: any\n", "  to: polise\n", 20, 7, "did you mean `police`?"},
        {"  to: any\n", "  to: any\n  except from: polise\n", 21, 16, "did you mean `police`?"},
        {"  to: any\n", "  to: any\n  use only for: hepl\n", 21, 17, "did you mean `help`?"},
        {"  to: any\n", "  to: any\n  needs agreement of the person: ye\n", 21, 34,
         "did you mean `yes`?"},
        {"  to: any\n", "  to: any\n  objection: note\n", 21, 14, "did you mean `noted`?"},
        {"  to: any\n", "  to: any\n  holder may withhold: y\n", 21, 24, "is not a word"},
        {"  to: any\n", "  to: any\n  aggregates only: y\n", 21, 20, "is not a word"},
        {"  to: any\n", "  to: any\n  general: y\n", 21, 12, "is not a word"},
        {"  checked on: 2026-01-30\n", "  checked on: January\n", 24, 15, "a date is needed"},
        {"body police\n", "body\n", 8, 1, "the section is written `body ID`"},
        {"  source: https://example.org/act\n    and a second line\n", "", 14, 1,
         "the section lacks `source`"},
        {"  to: any\n", "  to: any\t\n", 20, 10, "tab"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        stops(&faults[i]);
    }
}

static void no_edition_at_all(void **state) {
    struct diag diag = {0};
    struct policy_register *it = NULL;
    (void)state;
    assert_true(lg_failed(
        policy_register_compile(span_text("register 1\nbody council\n  title: C\n"), &diag, &it)));
    assert_non_null(strstr(diag.text, "no `edition` section"));
    assert_true(lg_failed(policy_register_compile(span_text("# nothing\n"), NULL, &it)));
    assert_null(it);
}

/* One over each ceiling; at the ceiling it is read. */
static void ceilings(void **state) {
    static const struct {
        const char *kind;
        unsigned max;
    } kinds[] = {{"body", LIMIT_REGISTER_BODIES}, {"function", LIMIT_REGISTER_FUNCTIONS}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (unsigned over = 0; over < 2; over++) {
            char *text = calloc(1, 65536);
            size_t used = (size_t)snprintf(
                text, 65536, "register 1\nedition e\n  title: T\n  date: 2026-01-01\n");
            for (unsigned n = 0; n < kinds[i].max + over; n++) {
                used += (size_t)snprintf(text + used, 65536 - used, "%s n%u\n  title: T\n",
                                         kinds[i].kind, n);
            }
            struct policy_register *it = NULL;
            struct diag diag = {0};
            struct lg_err err = policy_register_compile(span_text(text), &diag, &it);
            assert_int_equal(lg_failed(err), over == 1);
            assert_true(over == 0 || strstr(diag.text, "more than") != NULL);
            policy_register_free(&it);
            free(text);
        }
    }
}

static void reading_a_register(void **state) {
    struct policy_register *it = NULL;
    struct policy_register_entry entry;
    int32_t day = 0;
    (void)state;
    assert_false(lg_failed(policy_register_compile(span_text(SMALL), NULL, &it)));
    assert_true(span_equal_text(policy_register_edition(it), "e-1"));
    assert_true(span_equal_text(policy_register_title(it), "Small"));
    assert_true(policy_day_parse(span_text("2026-01-31"), &day));
    assert_int_equal(policy_register_day(it), day);
    assert_true(span_equal_text(policy_register_text(it), SMALL));
    assert_int_equal(policy_register_body_count(it), 2);
    assert_int_equal(policy_register_function_count(it), 2);
    assert_int_equal(policy_register_count(it), 1);
    assert_false(policy_register_find(it, span_text("act-2"), &entry));
    assert_true(policy_register_find(it, span_text("act-1"), &entry));
    assert_true(span_equal_text(entry.title, "An Act"));
    assert_true(span_equal_text(entry.statute, "Act 1"));
    assert_true(span_equal_text(entry.section, "s.1"));
    assert_true(span_equal_text(entry.source, "https://example.org/act and a second line"));
    assert_true(span_equal_text(entry.checked_by, "A. Lawyer"));
    assert_int_equal(entry.checked_day, day - 1);
    assert_int_equal(entry.kind, POLICY_REGISTER_DUTY);
    assert_string_equal(policy_register_kind_name(entry.kind), "duty");
    assert_true(entry.is_commenced);
    assert_int_equal(entry.line, 14);
    policy_register_free(&it);
    policy_register_free(&it);
}

/* Every row of the design's table is there, and only what was read says so. */
static void the_starter_is_honest(void **state) {
    static const char *const checked[] = {
        "children-act-2004-16lc", "care-act-42",    "care-act-45", "cda-1998-17",
        "pcsc-2022-16",           "uk-gdpr-annex-1"};
    struct law *law = *state;
    size_t found = 0;
    for (size_t i = 0; i < policy_register_count(law->statutes); i++) {
        struct policy_register_entry entry = policy_register_at(law->statutes, i);
        bool is_listed = false;
        for (size_t j = 0; j < sizeof checked / sizeof checked[0]; j++) {
            is_listed |= span_equal_text(entry.id, checked[j]);
        }
        assert_int_equal(is_listed, entry.checked_by.len > 0);
        found += is_listed;
        assert_true(entry.source.len > 8);
    }
    assert_int_equal(found, sizeof checked / sizeof checked[0]);
    assert_int_equal(policy_register_count(law->statutes), 27);
}

/* ---- an agreement under a register ---- */

static void agreement_stops(const struct law *law, const char *from, const char *to,
                            const char *says) {
    char *text = replaced(law->text, from, to);
    struct policy *policy = NULL;
    struct diag diag = {0};
    struct lg_err err =
        policy_compile_law(span_text(text), span_of(NULL, 0), law->statutes, &diag, &policy);
    assert_true(lg_failed(err));
    assert_null(policy);
    assert_true(diag.line > 0);
    if (strstr(diag.text, says) == NULL) {
        fail_msg("%u:%u: %s", (unsigned)diag.line, (unsigned)diag.column, diag.text);
    }
    free(text);
}

static void faults_of_an_agreement(void **state) {
    static const struct {
        const char *from;
        const char *to;
        const char *says;
    } faults[] = {
        {"  law: uk-2026-11\n", "  law: uk-2025-01\n", "the register at hand is edition"},
        {"  law: uk-2026-11\n", "", "the agreement needs `law: uk-2026-11`"},
        {"  body: police\n", "  body: polise\n", "did you mean `police`?"},
        {"  body: police\n", "  body: police, police\n", "listed twice"},
        {"  function: child-enquiry\n", "  function: child-inquiry\n",
         "did you mean `child-enquiry`?"},
        {"  gateway: care-act-45\n", "  gateway: care-act-46\n",
         "not an entry of the statute register"},
        {"  gateway: care-act-45\n", "  gateway: uk-gdpr-annex-1\n",
         "neither a duty nor a power: basis"},
        {"  gateway: care-act-45\n", "  gateway: care-act-45, care-act-45\n", "listed twice"},
        {"  gateway: care-act-45\n",
         "  gateway: care-act-45, care-act-42, care-act-6-7, cda-1998-115, cda-1998-17a,\n"
         "    pcsc-2022-16, cja-2003-325, dea-2017-part-5, cca-2004\n",
         "at most 8 gateways"},
        {"  received under: care-act-45\n", "  received under: care-act-44\n",
         "not an entry of the statute register"},
        {"  received under: care-act-45\n", "  received under: care-act-42\n", "locks nothing"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, at most 400 days old\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: regional, at most 7 days old\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, of most 7 days old\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, at least 7 days old\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, at most 7 weeks old\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, at most 7 days\n",
         "write `national, at most 7 days old`"},
        {"  opt-out: national, at most 7 days old\n",
         "  opt-out: national, at most 7 days old or so\n", "write `national, at most 7 days old`"},
        {"  patient information: yes\n", "  patient information: perhaps\n", "is not a value"},
        {"  direct care: yes\n", "  direct care: perhaps\n", "is not a value"},
        {"  secondary use: no\n", "  secondary use: perhaps\n", "is not a value"},
        {"  function: crime-strategy\n", "  function: crime-tragedy\n",
         "did you mean `crime-strategy`?"},
        {"  patient information: yes\n", "", "the category needs `patient information: yes`"},
        {"  direct care: yes\n", "  direct care: yes\n  secondary use: yes\n",
         "direct care is no secondary use"},
        {"  confidentiality: implied consent\n", "  confidentiality: implied\n",
         "`implied` is not a value"},
        {"  confidentiality: implied consent\n",
         "  confidentiality: implied consent, implied consent\n", "listed twice"},
        {"  confidentiality: section 251 25/CAG/0042\n", "  confidentiality: section 251\n",
         "has a reference"},
        {"  confidentiality: section 251 25/CAG/0042\n",
         "  confidentiality: section 252 25/CAG/0042\n", "is not a value"},
        {"  objection: refer\n", "  objection: stop\n", "is not a value"},
    };
    struct law *law = *state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        agreement_stops(law, faults[i].from, faults[i].to, faults[i].says);
    }
}

/* What says nothing of the law is judged as it always was, register or not. */
static void an_agreement_that_needs_no_law(void **state) {
    struct law *law = *state;
    struct policy *policy = NULL;
    size_t len;
    char *text = support_file_read(LOCKGATE_SOURCE "/tests/vectors/policy", "consent.isa", &len);
    assert_non_null(text);
    assert_false(lg_failed(
        policy_compile_law(span_text(text), span_of(NULL, 0), law->statutes, NULL, &policy)));
    assert_false(policy_needs_law(policy));
    assert_null(policy_law(policy));
    assert_non_null(policy_law(law->policy));
    policy_free(&policy);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_have_a_place_and_a_nearest_word),
        cmocka_unit_test(no_edition_at_all),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(reading_a_register),
        cmocka_unit_test(the_starter_is_honest),
        cmocka_unit_test(faults_of_an_agreement),
        cmocka_unit_test(an_agreement_that_needs_no_law),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
