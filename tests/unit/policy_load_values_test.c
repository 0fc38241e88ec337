/* SPDX-License-Identifier: Apache-2.0 */
/* Values that stop a load, each with its line: their form, their range, and the rules of the
 * design's lint that are errors. */
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fault.h"

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
        {"08:00 to 18:00 on weekdays", "24:00 to 18:00 on weekdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:-0 to 18:00 on weekdays", 0, "hours are written"},
        {"08:00 to 18:00 on weekdays", "08:0a to 18:00 on weekdays", 0, "hours are written"},
        {"10:00 to 12:30 on saturday", "10:00 to 12:30 on saturday or so", 0, "hours are"},
        {"on monday to wednesday, friday", "on monday to wednesday,", 0, "hours are written"},
        {"closed on: 2026-12-24", "closed on: christmas", 0, "`closed on` lists dates"},
        {"per person: 3 in 30 minutes", "per person: 3 per hour", 0, "a count in a window"},
        {"per person: 3 in 30 minutes", "per person: 0 in 1 hour", 0, "a count in a window"},
        {"per agency: 10 in 1 day", "per agency: 10 in 0 days", 0, "a count in a window"},
        {"per subject: 2 in 1 week", "per subject: 2 in 521 weeks", 0, "a count in a window"},
        {"reason for no consent: needed for special and criminal",
         "reason for no consent: needed for special, criminal", 0, "write `not needed`"},
        {"reason for no consent: needed for special and criminal",
         "reason for no consent: needed for special and", 0, "write `not needed`"},
        {"person.born by band", "person.born band", 0, "`FIELD by RULE`"},
        {"person.born by band", "person.born by band,", 0, "`FIELD by RULE`"},
        {"person.born by band", "person.born by", 0, "`FIELD by RULE`"},
        {"person.born by band", "person.born by band month", 0, "`FIELD by RULE`"},
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
        {"basis for refusal: duty", "basis for refusal: plain-duty", -4, "has no `article 9`"},
        {"refusal set aside by: alpha/manager", "refusal set aside by: gamma/helper", 0,
         "but not declare"},
        {"sets aside: missing consent, hours", "sets aside: hours", 1, "only where"},
        /* promises */
        {"from: gamma\n  sees: health.status",
         "from: gamma\n  sees: health.status\n"
         "  without: consent",
         -2, "belong to `never`"},
        {"from: gamma\n  sees: health.status",
         "from: gamma\n  sees: health.status\n"
         "  unless: emergency",
         -2, "belong to `never`"},
    };
    check_faults(faults, sizeof faults / sizeof faults[0]);
}

/* What late reviews leave of the allowance: two parts, each once, the first number the lower one.
 */
static void overdue_reviews(void **state) {
    (void)state;
    static const char *const values[] = {
        "second person 3",
        "second from 3",
        "second person from 3, second person from 4",
        "second person from 0",
        "second person from three",
        "second person from 3 or so",
        "refused 3",
        "refused from 2, second person from 2",
        "none",
    };
    static const char last[] = "  at most: 3 per person in 1 day\n";
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char changed[200];
        snprintf(changed, sizeof changed, "%s  overdue reviews: %s\n", last, values[i]);
        const struct fault fault = {last, changed, 1, "what overdue reviews leave"};
        check_faults(&fault, 1);
    }
}

/* A clause that waits for an emergency, in an agreement that provides for none. */
static void emergency_that_is_not_provided(void **state) {
    (void)state;
    char *text = whole_text();
    char *from = strstr(text, "emergency break-glass");
    char *to = strstr(text, "promise P1");
    struct diag diag = {0};
    assert_non_null(from);
    assert_non_null(to);
    memmove(from, to, strlen(to) + 1);
    assert_int_equal(lg_err_class(compile(text, NULL, &diag)), LG_CLASS_CONFIG);
    assert_non_null(strstr(diag.text, "clause 3 counts on an emergency"));
    text = edited_more(text, "  consent: required unless emergency\n", "  consent: required\n");
    assert_int_equal(lg_err_class(compile(text, NULL, &diag)), LG_CLASS_CONFIG);
    assert_non_null(strstr(diag.text, "clause 5 counts on an emergency"));
    free(text);
}

/* An emergency for what no clause is for, or by whom no clause shares anything with. */
static void emergency_that_serves_nothing(void **state) {
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *says;
    } all[] = {
        {"  purpose: child-care\n  basis: life\n  reasons: flood",
         "  purpose: spare\n  basis: life\n  reasons: flood", "no clause is for `spare`"},
        {"  purpose: child-care\n  basis: life\n  reasons: flood",
         "  purpose: within-spare\n  basis: life\n  reasons: flood",
         "no clause is for `within-spare`"},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *text = whole_text();
        struct diag diag = {0};
        text = edited_more(text, "purpose counting\n",
                           "purpose spare\n  title: S\npurpose within-spare\n  title: W\n"
                           "  within: spare\npurpose counting\n");
        text =
            edited_more(text, "article 6: d\n  article 9: c\n  article 10: Sch 1\n  covers: care",
                        "article 6: d\n  article 9: c\n  article 10: Sch 1\n  covers: care, spare");
        assert_false(lg_failed(compile(text, NULL, &diag)));
        text = edited_more(text, all[i].from, all[i].to);
        assert_int_equal(lg_err_class(compile(text, NULL, &diag)), LG_CLASS_CONFIG);
        if (strstr(diag.text, all[i].says) == NULL) {
            fail_msg("%s", diag.text);
        }
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_values),
        cmocka_unit_test(never_passed_over),
        cmocka_unit_test(rules),
        cmocka_unit_test(overdue_reviews),
        cmocka_unit_test(emergency_that_is_not_provided),
        cmocka_unit_test(emergency_that_serves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
