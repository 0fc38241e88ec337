/* SPDX-License-Identifier: Apache-2.0 */
/* Words, sections and bytes that stop a load, each with its line and the nearest word. Values are
 * in policy_load_values_test.c. */
#include "tests/unit/policy_fault.h"

static void whole_language_loads(void **state) {
    (void)state;
    char *text = whole_text();
    size_t len;
    char *floor = support_file_read(POLICY_FAULT_FOLDER, "floor.isa", &len);
    struct diag diag = {0};
    assert_false(lg_failed(compile(text, NULL, &diag)));
    assert_false(lg_failed(compile(text, floor, &diag)));
    free(floor);
    free(text);
}

static void unknown_words(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"party beta", "partly beta", 0, "did you mean `party`?"},
        {"basis duty\n", "bases duty\n", 0, "did you mean `basis`?"},
        {"legal entity: Council", "legal entitty: Council", 0, "did you mean `legal entity`?"},
        {"consent shown: no", "consent show: no", 0, "did you mean `consent shown`?"},
        {"zone: Europe/London", "zone: Europe/Londn", 0, "did you mean `Europe/London`?"},
        {"zone: Europe/London", "zone: Europe/Paris", 0, "`Europe/Paris` is not"},
        {"lead: alpha", "lead: alhpa", 0, "did you mean `alpha`?"},
        {"joint controller with: beta", "joint controller with: bets", 0, "`beta`?"},
        {"role alpha/worker", "role alpa/worker", 0, "did you mean `alpha`?"},
        {"within: care", "within: cared", 0, "did you mean `care`?"},
        {"kind: statutory", "kind: statutary", 0, "did you mean `statutory`?"},
        {"covers: care, counting", "covers: care, countng", 0, "did you mean `counting`?"},
        {"class: special", "class: spezial", 0, "did you mean `special`?"},
        {"held by: delta, gamma", "held by: delta, gama", 0, "did you mean `gamma`?"},
        {"hours: office", "hours: ofice", 0, "did you mean `office`?"},
        {"limit: small", "limit: smal", 0, "did you mean `small`?"},
        {"clause 2 share", "clause 2 shares", 0, "did you mean `share`?"},
        {"clause n.1 never", "clause n.1 nevr", 0, "did you mean `never`?"},
        {"to: alpha/*, beta/officer", "to: alpha/*, beta/oficer", 0, "`beta/officer`?"},
        {"to: alpha/*, beta/officer", "to: alpa/*, beta/officer", 0, "did you mean `alpha`?"},
        {"basis: duty, asked, interest", "basis: duty, askd", 0, "did you mean `asked`?"},
        {"purpose: urgent-child-care", "purpose: urgnt-child-care", 0, "`urgent-child-care`?"},
        {"receives under: plain-duty", "receives under: plain-dutty", 0, "`plain-duty`?"},
        {"consent: required\n", "consent: requird\n", 0, "did you mean `required`?"},
        {"consent is: service", "consent is: servise", 0, "did you mean `service`?"},
        {"requires: case reference,", "requires: case referense,", 0, "`case reference`?"},
        {"about: children", "about: childen", 0, "did you mean `children`?"},
        {"when: emergency", "when: emergncy", 0, "did you mean `emergency`?"},
        {"pass: person.name", "pass: person.nam", 0, "did you mean `person.name`?"},
        {"pass: health.*", "pass: heath.*", 0, "did you mean `health`?"},
        {"person.born by band", "person.born by bant", 0, "did you mean `band`?"},
        {"tells source: permit", "tells source: permits", 0, "did you mean `permit`?"},
        {"recorded by: either", "recorded by: eithr", 0, "did you mean `either`?"},
        {"existence: hidden\n  tells", "existence: hiden\n  tells", 0, "did you mean `hidden`?"},
        {"look-up: plain", "look-up: plainn", 0, "did you mean `plain`?"},
        {"onward: ask alpha", "onward: ask alpa", 0, "did you mean `alpha`?"},
        {"onward: to delta for care", "onward: to delta for core", 0, "did you mean `care`?"},
        {"unless: emergency", "unless: emergensy", 0, "did you mean `emergency`?"},
        {"classes: N, A, C, D, E", "classes: N, A, C, D, F", 0, "`F` is not"},
        {"classes: N, A, C, D, E", "classes: N, N", 0, "listed twice"},
        {"on leaving: return", "on leaving: retrun", 0, "did you mean `return`?"},
        {"sets aside: missing consent,", "sets aside: missing consents,", 0, "`missing consent`?"},
        {"refusal set aside by: alpha/manager", "refusal set aside by: alpha/manger", 0,
         "did you mean `alpha/manager`?"},
        {"basis for refusal: duty", "basis for refusal: dutty", 0, "did you mean `duty`?"},
        {"promise P1 never", "promise P1 nevver", 0, "did you mean `never`?"},
        {"without: consent", "without: consnt", 0, "did you mean `consent`?"},
        {"for: child-care", "for: child-cars", 0, "did you mean `child-care`?"},
        {"public authority: yes", "public authority: yess", 0, "did you mean `yes`?"},
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

static void repeated_and_missing(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"party beta", "party alpha", 0, "party `alpha` is defined twice"},
        {"role alpha/manager", "role alpha/worker", 0, "role `alpha/worker` is defined twice"},
        {"purpose crime", "purpose care", 0, "purpose `care` is defined twice"},
        {"basis asked", "basis duty", 0, "basis `duty` is defined twice"},
        {"category record", "category health", 0, "category `health` is defined twice"},
        {"fields: name, born, number", "fields: name, born, name", 0, "`person.name` is defined"},
        {"generalise month", "generalise band", 0, "generalise `band` is defined twice"},
        {"hours night", "hours office", 0, "hours `office` is defined twice"},
        {"clause 3 share", "clause 2 share", 0, "clause `2` is defined twice"},
        {"clause n.2 never", "clause n.1 never", 0, "clause `n.1` is defined twice"},
        {"emergency flood", "emergency break-glass", 0, "`break-glass` is defined twice"},
        {"promise P3 always", "promise P1 always", 0, "promise `P1` is defined twice"},
        {"limit small\n", "limit small\n  per person: 1 in 1 day\nlimit small\n", 2, "twice"},
        {"  replaces: 1\n", "  version: 3\n", 0, "`version` is set twice"},
        {"end\n", "defaults\n  keep: 1 day\nend\n", 0, "a second `defaults` section"},
        {"end\n", "end\nend\n", 1, "a second `end` section"},
        {"isa 1\n", "isa 1\nisa 1\n", 1, "a second `isa` section"},
        {"isa 1", "isa 2", 0, "write `isa 1`"},
        {"isa 1\n\nagreement whole", "agreement whole", -1, "must be `isa 1`"},
        {"  lead: alpha\n", "", -9, "lacks `lead`"},
        {"  review grace: 2 weeks\n", "", -7, "lacks `review grace`"},
        {"  signs as: Guardian\n", "", -5, "lacks `signs as`"},
        {"  to: any\n  purpose: care\n", "  purpose: care\n", -3, "lacks `to`"},
        {"  rationale: at least 20 characters\n", "", -6, "lacks `rationale`"},
        {"  title: Care for a person\n", "", -1, "lacks `title`"},
        {"  article 6: e\n", "", -3, "lacks `article 6`"},
        {"  name: Alpha\n", "  name:\n", 0, "`name` has no value"},
        {"  name: Alpha\n", "  name Alpha\n", 0, "the colon is missing"},
        {"to: alpha/*, beta/officer", "to: alpha/*,, beta/officer", 0, "an empty item"},
        {"to: alpha/*, beta/officer", "to: alpha/*, beta/officer,", 0, "an empty item"},
        {"to: alpha/*, beta/officer", "to: alpha/*, alpha/*", 0, "listed twice"},
        {"data: record.*, health.diagnosis", "data: record.*, record.*", 0, "listed twice"},
        {"sees: health.*, record.*", "sees: health.*, health.*", 0, "listed twice"},
        {"reasons: life, harm", "reasons: life, life", 0, "listed twice"},
        {"people: stretford, sale", "people: sale, sale", 0, "listed twice"},
        {"2026-12-24, bank holidays", "2026-12-24, 2026-12-24", 0, "each once"},
        {"2026-12-24, bank holidays", "bank holidays, bank holidays", 0, "each once"},
        {"requires: case reference, second person", "requires: second person, second person", 0,
         "listed twice"},
        {"to: alpha/*, beta/officer", "to: alpha, beta/officer", 0, "names no role"},
        {"held by: delta, gamma", "held by: delta, delta", 0, "listed twice"},
        {"fields: status, notes,\n    # a comment between two lines of one value\n    diagnosis",
         "fields: status, notes,\n    # a comment\n    Diagnosis", 2, "is no name"},
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

static void purposes_in_a_ring(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"  dpv: PublicBenefit\n", "  within: urgent-child-care\n", -2, "within itself"},
    };
    check_faults(faults, 1);
}

/* E14 and its kin: bytes that a reviewer cannot see, or sees in another order. */
static void hostile_bytes(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"name: Alpha", "name: Al\tpha", 0, "is a tab"},
        {"  name: Alpha", "\tname: Alpha", 0, "is a tab"},
        {"name: Alpha\n", "name: Alpha\r\n", 0, "end lines with LF"},
        {"name: Alpha", "name: Al\xe2\x80\x8bpha", 0, "U+200B"},
        {"name: Alpha",
         "name: \xe2\x80\xae"
         "ahplA",
         0, "U+202E"},
        {"name: Alpha",
         "name: \xe2\x81\xa6"
         "Alpha",
         0, "U+2066"},
        {"name: Alpha", "name: Al\xc2\xadpha", 0, "U+00AD"},
        {"name: Alpha", "name: Al\xc2\xa0pha", 0, "U+00A0"},
        {"name: Alpha",
         "name: \xef\xbb\xbf"
         "Alpha",
         0, "U+FEFF"},
        {"isa 1\n", "\xef\xbb\xbfisa 1\n", 0, "U+FEFF"},
        /* What joins the letter before it, first and last of each range, and signs that Unicode
         * keeps only for old files. */
        {"name: Alpha", "name: Alpha\xcc\x80", 0, "U+0300"},
        {"name: Alpha", "name: Alpha\xcd\xaf", 0, "U+036F"},
        {"name: Alpha", "name: Alpha\xe1\xaa\xb0", 0, "U+1AB0"},
        {"name: Alpha", "name: Alpha\xe1\xab\xbf", 0, "U+1AFF"},
        {"name: Alpha", "name: Alpha\xe1\xb7\x80", 0, "U+1DC0"},
        {"name: Alpha", "name: Alpha\xe1\xb7\xbf", 0, "U+1DFF"},
        {"name: Alpha", "name: Alpha\xe2\x83\x90", 0, "U+20D0"},
        {"name: Alpha", "name: Alpha\xe2\x83\xbf", 0, "U+20FF"},
        {"name: Alpha", "name: Alpha\xef\xb8\xa0", 0, "U+FE20"},
        {"name: Alpha", "name: Alpha\xef\xb8\xaf", 0, "U+FE2F"},
        {"name: Alpha", "name: Alpha \xe2\x84\xa6", 0, "U+2126"},
        {"name: Alpha", "name: Alpha \xe2\x84\xaa", 0, "U+212A"},
        {"name: Alpha", "name: Alpha \xe2\x84\xab", 0, "U+212B"},
        {"name: Alpha", "name: Al\x1bpha", 0, "U+001B"},
        {"name: Alpha", "name: Al\x7fpha", 0, "U+007F"},
        {"name: Alpha", "name: Al\xf3\xa0\x81\xa1pha", 0, "U+E0061"},
        {"name: Alpha", "name: Al\xee\x80\x80pha", 0, "U+E000"},
        {"name: Alpha", "name: Al\xffpha", 0, "not UTF-8"},
        {"name: Alpha", "name: Al\xc0\xafpha", 0, "not UTF-8"},
        {"name: Alpha", "name: Al\xed\xa0\x80pha", 0, "not UTF-8"},
        {"name: Alpha", "name: Alpha ", 0, "ends in a space"},
        {"  name: Alpha", " name: Alpha", 0, "indented by 1"},
        {"  name: Alpha", "   name: Alpha", 0, "indented by 3"},
        {"isa 1\n\nagreement whole\n", "    isa 1\n", 0, "no setting was begun"},
        {"isa 1\n", "  isa: 1\n", 0, "before the first section"},
        {"party alpha", "party alph\xd0\xb0", 0, "is no name"}, /* Cyrillic a */
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

/* A byte order mark is one at the very start only; and a text that is cut off. */
static void first_and_last_bytes(void **state) {
    (void)state;
    struct diag diag = {0};
    assert_int_equal(lg_err_class(compile("\xef\xbb\xbfisa 1\n", NULL, &diag)), LG_CLASS_CONFIG);
    assert_int_equal(diag.line, 1);
    assert_non_null(strstr(diag.text, "byte order mark"));
    /* Elsewhere on the first line it is no such mark. */
    assert_int_equal(lg_err_class(compile("isa \xef\xbb\xbf"
                                          "1\n",
                                          NULL, &diag)),
                     LG_CLASS_CONFIG);
    assert_non_null(strstr(diag.text, "U+FEFF"));
    assert_true(lg_failed(compile("", NULL, &diag)));
    assert_true(lg_failed(compile("\n", NULL, &diag)));
    assert_true(lg_failed(compile("isa 1", NULL, &diag)));
    assert_non_null(strstr(diag.text, "cut off"));
    assert_int_equal(diag.line, 1);
    assert_true(lg_failed(compile("isa 1\n\nagree", NULL, &diag)));
    assert_non_null(strstr(diag.text, "cut off"));
    assert_int_equal(diag.line, 3);
    assert_true(lg_failed(compile("isa 1\n", NULL, &diag)));
    assert_int_equal(diag.line, 1);
}

static void visible_letters_are_welcome(void **state) {
    (void)state;
    char *text = whole_text();
    uint32_t line;
    struct diag diag = {0};
    /* The last few lie beside what is refused: U+02FF, U+0370, U+1B05, U+1E00, U+20CF, U+212C. */
    char *changed = replaced(text, "name: Alpha",
                             "name: Zo\xc3\xab \xe2\x80\x93 \xe7\x8e\x8b \xf0\x9f\x8f\xa0"
                             " \xcb\xbf \xcd\xb0 \xe1\xac\x85 \xe1\xb8\x80 \xe2\x83\x8f"
                             " \xe2\x84\xac \xef\xb8\xb0",
                             &line);
    if (lg_failed(compile(changed, NULL, &diag))) {
        fail_msg("%s", diag.text);
    }
    free(changed);
    free(text);
}

/* A NUL can only come by length, not as a C string. */
static void nul_is_refused(void **state) {
    (void)state;
    struct policy *policy = NULL;
    struct diag diag = {0};
    static const char text[] = "isa 1\nagreement a\0b\n";
    assert_true(lg_failed(
        policy_compile(span_of(text, sizeof text - 1), span_of(NULL, 0), &diag, &policy)));
    assert_int_equal(diag.line, 2);
    assert_null(policy);
}

/* At the limit, one over, and a thousand times over. */
static void sizes(void **state) {
    (void)state;
    static const size_t lens[] = {LIMIT_POLICY_LINE_SIZE, LIMIT_POLICY_LINE_SIZE + 1,
                                  (size_t)LIMIT_POLICY_LINE_SIZE * 1000};
    for (size_t i = 0; i < 3; i++) {
        char *text = whole_text();
        char *title = calloc(1, lens[i] + 1);
        assert_non_null(title);
        memset(title, 'x', lens[i]);
        memcpy(title, "  name: ", 8);
        uint32_t line;
        struct diag diag = {0};
        char *changed = replaced(text, "  name: Alpha", title, &line);
        struct lg_err err = compile(changed, NULL, &diag);
        assert_int_equal(lg_failed(err), i > 0);
        if (i > 0 && lens[i] < LIMIT_POLICY_TEXT_SIZE / 2) {
            assert_int_equal(diag.line, line);
        }
        free(changed);
        free(title);
        free(text);
    }
    char *text = whole_text();
    size_t len = strlen(text);
    static const size_t sizes[] = {LIMIT_POLICY_TEXT_SIZE, LIMIT_POLICY_TEXT_SIZE + 1,
                                   (size_t)LIMIT_POLICY_TEXT_SIZE * 64};
    for (size_t i = 0; i < 3; i++) {
        char *padded = calloc(1, sizes[i] + 1);
        assert_non_null(padded);
        memset(padded, '\n', sizes[i]);
        memcpy(padded, text, len);
        struct diag diag = {0};
        assert_int_equal(lg_failed(compile(padded, NULL, &diag)), i > 0);
        assert_true(i == 0 || strstr(diag.text, "at most") != NULL);
        free(padded);
    }
    free(text);
}

/* 64 bases load, 65 do not. */
static void bases_to_the_limit(void **state) {
    (void)state;
    for (int extra = 64 - 6; extra <= 65 - 6; extra++) {
        char *text = whole_text();
        size_t size = strlen(text) + (size_t)extra * 120 + 1;
        char *longer = calloc(1, size);
        assert_non_null(longer);
        int used = snprintf(longer, size, "%s", text);
        for (int i = 0; i < extra; i++) {
            used += snprintf(longer + used, size - (size_t)used,
                             "basis b%d\n  title: B\n  kind: statutory\n  article 6: e\n"
                             "  covers: care\n",
                             i);
        }
        struct diag diag = {0};
        assert_int_equal(lg_failed(compile(longer, NULL, &diag)), extra > 64 - 6);
        free(longer);
        free(text);
    }
}

static void floors(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        const char *says;
    } faults[] = {
        {"isa 1\nclause f never\n  to: gama/*\n  data: health.*\n", 3, "did you mean `gamma`?"},
        {"isa 1\nclause f never\n  to: any\n  data: helth.*\n", 4, "did you mean `health`?"},
        {"isa 1\nclause f never\n  to: any\n  data: health.*\n  unless: emergency\n", 5,
         "has no `unless`"},
        {"isa 1\nclause f share\n  to: any\n", 2, "`never` clauses only"},
        {"isa 1\nparty omega\n", 2, "`never` clauses only"},
        {"clause f never\n  to: any\n  data: health.*\n", 1, "must be `isa 1`"},
        {"isa 1\nclause f never\n  to: any\n  data: any\nclause f never\n  to: any\n  data: any\n",
         5, "defined twice"},
        {"isa 1\r\n", 1, "LF"},
    };
    char *text = whole_text();
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct diag diag = {0};
        assert_int_equal(lg_err_class(compile(text, faults[i].text, &diag)), LG_CLASS_CONFIG);
        assert_int_equal(diag.line, faults[i].line);
        assert_non_null(strstr(diag.text, faults[i].says));
        assert_ptr_equal(strstr(diag.text, "floor: "), diag.text);
    }
    struct diag diag = {0};
    assert_false(lg_failed(compile(text, "isa 1\n", &diag)));
    free(text);
}

/* Every line of the text dropped, doubled or cut in half: it loads or says which line, and never
 * takes more than it is given (the sanitizers watch). */
static void mangled_lines(void **state) {
    (void)state;
    char *text = whole_text();
    size_t len = strlen(text);
    char *mangled = calloc(1, 2 * len + 2);
    assert_non_null(mangled);
    unsigned refused = 0;
    const char *line = text;
    while (*line != 0) {
        const char *end = strchr(line, '\n') + 1;
        size_t before = (size_t)(line - text);
        size_t size = (size_t)(end - line);
        for (unsigned way = 0; way < 3; way++) {
            size_t kept = way == 0 ? 0 : way == 1 ? size : size / 2;
            memcpy(mangled, text, before + kept);
            size_t used = before + kept;
            used += way == 2 ? 1 : 0;
            mangled[used - (way == 2)] = way == 2 ? '\n' : mangled[used - (way == 2)];
            memcpy(mangled + used, way == 1 ? line : end, len - before - (way == 1 ? 0 : size));
            used += len - before - (way == 1 ? 0 : size);
            mangled[used] = 0;
            struct diag diag = {0};
            struct lg_err err = compile(mangled, NULL, &diag);
            refused += lg_failed(err);
            assert_true(!lg_failed(err) || diag.text[0] != 0);
        }
        line = end;
    }
    assert_true(refused > 300);
    free(mangled);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_language_loads),
        cmocka_unit_test(unknown_words),
        cmocka_unit_test(repeated_and_missing),
        cmocka_unit_test(purposes_in_a_ring),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(first_and_last_bytes),
        cmocka_unit_test(visible_letters_are_welcome),
        cmocka_unit_test(nul_is_refused),
        cmocka_unit_test(sizes),
        cmocka_unit_test(bases_to_the_limit),
        cmocka_unit_test(floors),
        cmocka_unit_test(mangled_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
