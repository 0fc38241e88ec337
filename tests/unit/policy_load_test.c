/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that stops a load, each with its line and the nearest word. The text of departure is
 * tests/vectors/policy/whole.isa, which uses every section and setting of the language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "policy/policy.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char FOLDER[] = LOCKGATE_SOURCE "/tests/vectors/policy";

/* Replace the first `from` by `to`; the load stops on the line of `from` plus `down`, with `says`
 * somewhere in the sentence. line 0 says that no single line is at fault. */
struct fault {
    const char *from;
    const char *to;
    int down;
    const char *says;
};

enum { NO_LINE = 1000 };

static char *whole_text(void) {
    size_t len;
    char *text = support_file_read(FOLDER, "whole.isa", &len);
    assert_non_null(text);
    return text;
}

static char *replaced(const char *text, const char *from, const char *to, uint32_t *out_line) {
    const char *at = strstr(text, from);
    if (at == NULL) {
        print_error("not in the text: %s\n", from);
        fail();
        return NULL;
    }
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = calloc(1, size);
    assert_non_null(changed);
    snprintf(changed, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    *out_line = 1;
    for (const char *c = text; c < at; c++) {
        *out_line += *c == '\n';
    }
    return changed;
}

static struct lg_err compile(const char *text, const char *floor, struct diag *diag) {
    struct policy *policy = NULL;
    struct lg_err err = policy_compile(span_text(text), span_text(floor), diag, &policy);
    assert_int_equal(policy == NULL, lg_failed(err));
    policy_free(&policy);
    return err;
}

static void check_faults(const struct fault *faults, size_t count) {
    char *text = whole_text();
    unsigned wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct diag diag = {0};
        uint32_t line;
        char *changed = replaced(text, faults[i].from, faults[i].to, &line);
        struct lg_err err = compile(changed, NULL, &diag);
        if (lg_err_class(err) != LG_CLASS_CONFIG || strstr(diag.text, faults[i].says) == NULL) {
            print_error("%s -> %s: line %u: %s\n", faults[i].from, faults[i].to,
                        (unsigned)diag.line, diag.text);
            wrong++;
        }
        line = faults[i].down == NO_LINE ? 0 : (uint32_t)((int)line + faults[i].down);
        if (diag.line != line) {
            print_error("%s -> %s: line %u, wanted %u: %s\n", faults[i].from, faults[i].to,
                        (unsigned)diag.line, (unsigned)line, diag.text);
            wrong++;
        }
        free(changed);
    }
    free(text);
    assert_int_equal(wrong, 0);
}

static void whole_language_loads(void **state) {
    (void)state;
    char *text = whole_text();
    size_t len;
    char *floor = support_file_read(FOLDER, "floor.isa", &len);
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

static void shapes_of_values(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"version: 2", "version: two", 0, "whole number"},
        {"version: 2", "version: 02", 0, "whole number"},
        {"version: 2", "version: 0", 0, "start at 1"},
        {"replaces: 1", "replaces: 2", 0, "replaces an older one"},
        {"2026-04-01 to 2027-03-31", "2026-04-01 until 2027-03-31", 0, "two dates"},
        {"2026-04-01 to 2027-03-31", "2026-02-29 to 2027-03-31", 0, "two dates"},
        {"review due: 2027-01-31", "review due: 31 January", 0, "a date is needed"},
        {"review grace: 2 weeks", "review grace: 2 hours", 0, "days or weeks"},
        {"review grace: 2 weeks", "review grace: 60 weeks", 0, "grace of more than"},
        {"keep: 8 weeks", "keep: 8", 0, "days or weeks"},
        {"keep: 8 weeks", "keep: 0 days", 0, "days or weeks"},
        {"08:00 to 18:00 on weekdays", "8:00 to 18:00 on weekdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:00 to 24:01 on weekdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:60 to 18:00 on weekdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:00 to 08:00 on weekdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:00 to 18:00 on workdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:00 to 18:00", 0, "hours are written"},
        {"10:00 to 12:30 on saturday", "10:00 to 12:30 on saturday or so", 0, "hours are"},
        {"on monday to wednesday, friday", "on monday to wednesday,", 0, "hours are written"},
        {"closed on: 2026-12-24", "closed on: christmas", 0, "`closed on` lists dates"},
        {"per person: 3 in 30 minutes", "per person: 3 per hour", 0, "a count in a window"},
        {"per person: 3 in 30 minutes", "per person: 0 in 1 hour", 0, "a count in a window"},
        {"per agency: 10 in 1 day", "per agency: 10 in 0 days", 0, "a count in a window"},
        {"reason for no consent: needed for special and criminal",
         "reason for no consent: needed for special, criminal", 0, "write `not needed`"},
        {"reason for no consent: needed for special and criminal",
         "reason for no consent: needed for special and", 0, "write `not needed`"},
        {"person.born by band", "person.born band", 0, "`FIELD by RULE`"},
        {"pass: person.name", "pass: person.name person.born", 0, "commas between"},
        {"onward: ask alpha", "onward: ask", 0, "`no`, `ask PARTY`"},
        {"onward: ask alpha", "onward: yes", 0, "`no`, `ask PARTY`"},
        {"data from: 2020-01-01", "data from: 2020", 0, "a date is needed"},
        {"data from: last 52 weeks", "data from: last year", 0, "days or weeks"},
        {"rationale: at least 20 characters", "rationale: 20 characters", 0, "`at least 40"},
        {"lasts: 2 hours", "lasts: two hours", 0, "such as `4 hours`"},
        {"tell: lead within 30 minutes", "tell: lead soon", 0, "who is told"},
        {"check: within 2 working days", "check: within 2 days", 0, "the check is written"},
        {"at most: 3 per person in 1 day", "at most: 3 in 1 day", 0, "the most that are"},
        {"reasons: life, harm", "reasons: life, Harm", 0, "a name is lower-case"},
        {"people: stretford, sale", "people: stretford, all", 0, "`all` stands alone"},
        {"training: safeguarding-2", "training: Safeguarding 2", 0, "is no name"},
        {"holders at most: 5", "holders at most: few", 0, "whole number"},
        {"smallest group: 10", "smallest group: ten", 0, "whole number"},
        {"party beta", "party Beta", 0, "is no name"},
        {"party beta", "party any", 0, "is no name"},
        {"role alpha/manager", "role manager", 0, "`role PARTY/ROLE`"},
        {"clause 2 share", "clause share", 0, "`clause ID share`"},
        {"clause 2 share", "clause 2 night share", 0, "`clause ID share`"},
        {"clause 2 share", "clause 2/a share", 0, "is numbered with"},
        {"promise P1 never", "promise never", 0, "`promise ID never`"},
        {"agreement whole", "agreement", 0, "`agreement ID`"},
        {"end\n", "end now\n", 0, "the section is written `end`"},
        {"defaults\n", "defaults all\n", 0, "the section is written `defaults`"},
        {"  per person: 3 in 30 minutes\n  per agency: 10 in 1 day\n  per subject: 2 in 1 week\n",
         "", -1, "limits nothing"},
        {"  pseudonymise: person.number\n", "", -7, "names no field"},
        {"redact: person.number", "redact: person.name", 0, "treated twice"},
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

/* Numbers out of range, days that do not exist, stars and `any` where they do not belong, and words
 * behind a value. */
static void never_passed_over(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"holders at most: 5", "holders at most: 0", 0, "nobody may hold"},
        {"holders at most: 5", "holders at most: 1000001", 0, "whole number"},
        {"holders at most: 5", "holders at most: 5 people", 0, "whole number"},
        {"holders at most: 5", "holders at most: -5", 0, "whole number"},
        {"at least 20 characters", "at least 0 characters", 0, "`at least 40"},
        {"at least 20 characters", "at least 99999 characters", 0, "`at least 40"},
        {"within 2 working days", "within 0 working days", 0, "the check is written"},
        {"within 2 working days", "within 2 working days or so", 0, "the check is written"},
        {"lasts: 2 hours", "lasts: 0 hours", 0, "such as `4 hours`"},
        {"lasts: 2 hours", "lasts: 99999 weeks", 0, "such as `4 hours`"},
        {"at most: 3 per person in 1 day", "at most: 0 per person in 1 day", 0, "the most that"},
        {"from: any\n  to: any", "from: any, alpha\n  to: any", 0, "`any` is not"},
        {"to: alpha/*, beta/officer", "to: any, beta/officer", 0, "names no role"},
        {"to: alpha/*, beta/officer", "to: */worker, beta/officer", 0, "`*/worker` is not"},
        {"to: alpha/*, beta/officer", "to: alpha/**, beta/officer", 0, "`alpha/**` is not"},
        {"to: alpha/*, beta/officer", "to: */*, beta/officer", 0, "`*` is not"},
        {"pass: health.*", "pass: any", 0, "`any` is not"},
        {"pass: health.*", "pass: *.*", 0, "`*` is not"},
        {"pass: health.*", "pass: *", 0, "`*` is not"},
        {"pass: health.*", "pass: health.**", 0, "`health.**` is not"},
        {"data: health.notes", "data: any, health.notes", 0, "`any` is not"},
        {"classes: N\n", "classes: N A\n", 0, "`N A` is not"},
        {"consent: required\n", "consent: required always\n", 0, "is not a value"},
        {"existence: open\n", "existence: open hidden\n", 0, "is not a value"},
        {"2026-04-01 to 2027-03-31", "2026-04-01 to 2027-02-30", 0, "two dates"},
        {"2026-04-01 to 2027-03-31", "2026-04-01 to 2027-03-31 or so", 0, "two dates"},
        {"review due: 2027-01-31", "review due: 2027-13-01", 0, "a date is needed"},
        {"data from: 2020-01-01", "data from: 2021-02-29", 0, "a date is needed"},
        {"closed on: 2026-12-24", "closed on: 2026-02-29", 0, "`closed on` lists dates"},
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

/* The rules of the design's lint that stop a load. */
static void rules(void **state) {
    (void)state;
    static const struct fault faults[] = {
        /* E02 */
        {"clause 3 share",
         "clause 2.b share\n  from: any\n  to: beta/*\n  purpose: child-care\n"
         "  basis: duty\n  consent: not needed\n  pass: person.number\n"
         "clause 3 share",
         0,
         "clauses 2 and 2.b both govern `person.number` from alpha to beta/officer for "
         "child-care"},
        /* E03 */
        {"purpose: care\n  basis: duty\n  consent: required unless emergency\n  consent is",
         "purpose: care\n  basis: plain-duty\n  consent: required unless emergency\n  consent is",
         6, "has no `article 9`"},
        {"article 10: Sch 1\n  covers: care, counting", "covers: care, counting", 159,
         "article 10"},
        /* E04 */
        {"consent: required\n", "consent: not needed\n", -7, "consent is not needed"},
        /* E05 */
        {"purpose: counting\n  basis: duty", "purpose: crime\n  basis: duty", -4,
         "no basis covers"},
        /* E06, E07 */
        {"to: beta/*\n  purpose: crime", "to: alpha/*\n  purpose: crime", -3,
         "no recipient is a competent authority"},
        {"public authority: no", "public authority: yes", 124, "every source is one"},
        /* E08 */
        {"  when: emergency\n", "", -8, "needs `when: emergency`"},
        /* E09 */
        {"smallest group: 10", "smallest group: 4", 0, "at least 5"},
        {"  smallest group: 10\n", "", -1, "need each other"},
        {"  aggregate: record.count\n", "  pass: record.count\n", 1, "need each other"},
        /* E10 */
        {"from: beta\n  to: beta/analyst", "from: alpha\n  to: beta/analyst", 5, "do not hold it"},
        /* E12 */
        {"2026-04-01 to 2027-03-31", "2026-04-01 to 2026-03-31", 0, "before the first"},
        {"review due: 2027-01-31", "review due: 2027-04-01", 0, "outside the term"},
        {"2026-04-01 to 2027-03-31\n  review due: 2027-01-31",
         "2026-04-01 to 2028-03-31\n  review due: 2027-04-02", 1, "more than 12 months"},
        /* E13 */
        {"  to: alpha/*, beta/officer\n  purpose: care\n  basis: duty\n  consent: required unless",
         "  to: alpha/worker, beta/officer\n  purpose: crime\n  basis: duty\n  consent: required "
         "unless",
         -3, "no basis covers"},
        /* emergencies */
        {"basis: life\n  basis for refusal", "basis: plain-duty\n  basis for refusal", -3,
         "has no `article 9`"},
        {"basis: life\n  basis for refusal", "basis: policing\n  basis for refusal", -3,
         "does not cover `care`"},
        {"refusal set aside by: alpha/manager", "refusal set aside by: gamma/helper", 0,
         "but not declare"},
        {"sets aside: missing consent, hours", "sets aside: hours", 1, "only where"},
        /* promises */
        {"from: gamma\n  sees: health.status",
         "from: gamma\n  sees: health.status\n"
         "  without: consent",
         -2, "belong to `never`"},
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

static void purposes_in_a_ring(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"  dpv: PublicBenefit\n", "  within: urgent-child-care\n", NO_LINE, "within itself"},
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
    struct diag diag = {0};
    assert_int_equal(lg_err_class(compile("\xef\xbb\xbfisa 1\n", NULL, &diag)), LG_CLASS_CONFIG);
    assert_int_equal(diag.line, 1);
    assert_non_null(strstr(diag.text, "byte order mark"));
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
    char *changed = replaced(text, "name: Alpha",
                             "name: Zo\xc3\xab \xe2\x80\x93 \xe7\x8e\x8b \xf0\x9f\x8f\xa0", &line);
    assert_false(lg_failed(compile(changed, NULL, &diag)));
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
        cmocka_unit_test(shapes_of_values),
        cmocka_unit_test(never_passed_over),
        cmocka_unit_test(rules),
        cmocka_unit_test(purposes_in_a_ring),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(visible_letters_are_welcome),
        cmocka_unit_test(nul_is_refused),
        cmocka_unit_test(sizes),
        cmocka_unit_test(bases_to_the_limit),
        cmocka_unit_test(floors),
        cmocka_unit_test(mangled_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
