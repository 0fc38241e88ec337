/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the comparison: what they say, in which order; numbering anew; memory. */
#include "policy/compare/compare.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static struct policy_diff diff_of(struct fixture *fixture, const struct policy *before,
                                  const struct policy *after) {
    struct policy_diff diff;
    assert_false(lg_failed(policy_diff_make(before, after, fixture->arena, &diff)));
    for (size_t i = 0; i < diff.count; i++) {
        /* Something is said between. */
        assert_null(strstr((const char *)diff.changes[i].sentence.ptr, ":  ("));
    }
    return diff;
}

static void expect_line(const struct policy_diff *diff, enum policy_change_class class,
                        const char *sentence) {
    for (size_t i = 0; i < diff->count; i++) {
        if (diff->changes[i].class == class &&
            span_equal_text(diff->changes[i].sentence, sentence)) {
            return;
        }
    }
    for (size_t i = 0; i < diff->count; i++) {
        print_message("%s: %.*s\n", policy_change_name(diff->changes[i].class),
                      (int)diff->changes[i].sentence.len,
                      (const char *)diff->changes[i].sentence.ptr);
    }
    fail_msg("no such line: %s", sentence);
}

static const char clause_6[] =
    "clause 6 share\n  title: Counts\n  from: beta\n  to: beta/analyst, alpha/manager\n"
    "  purpose: counting\n  basis: duty\n  consent: not needed\n  aggregate: record.count\n"
    "  smallest group: 10\n";
static const char clause_7[] =
    "clause 7 share\n  title: Records for crime\n  from: alpha\n  to: beta/*\n  purpose: crime\n"
    "  basis: policing\n  consent: not needed\n  pass: person.name\n  hours: some\n";

static void lines_say_what_changed(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *from;
        const char *to;
        enum policy_change_class class;
        const char *sentence;
    } edits[] = {
        {clause_7, "", POLICY_CHANGE_GONE,
         "`beta/*` no longer sees `person.name` from alpha for crime (was clause 7)"},
        {"  keep: 5 days\n", "  keep: 30 days\n", POLICY_CHANGE_WEAKER,
         "`beta/*` sees `person.number` from alpha, gamma and delta for child-care and "
         "urgent-child-care more openly: kept 30 days, was 5 days (clause 2)"},
        {"  smallest group: 10\n", "  smallest group: 12\n", POLICY_CHANGE_STRONGER,
         "`alpha/manager` sees `record.count` from beta for counting less openly: smallest group "
         "12, was 10 (clause 6)"},
        {"  requires: reason for no consent\n  about: anyone\n", "  about: children\n",
         POLICY_CHANGE_STRONGER,
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care less "
         "openly: about children, was anyone (clause 4)"},
        {"  rationale: at least 20 characters\n", "  rationale: at least 10 characters\n",
         POLICY_CHANGE_WEAKER,
         "emergency break-glass: `rationale` is `at least 10 characters`, was `at least 20 "
         "characters`"},
        {"promise P1 never\n  who: gamma/*\n  sees: health.*, record.*\n", "", POLICY_CHANGE_WEAKER,
         "promise P1 never is gone"},
        {"  classes: N\n", "  classes: N, E\n", POLICY_CHANGE_WEAKER,
         "clause e.2 enrol: `classes` is `N, E`, was `N`"},
        {"  title: Counts\n", "  title: Counting\n", POLICY_CHANGE_TEXT,
         "clause 6 share: `title` is `Counting`, was `Counts`"},
        {"  data: health.notes\n", "  data: health.notes, health.status\n", POLICY_CHANGE_GONE,
         "`beta/officer` no longer sees `health.status` from delta for care, child-care and "
         "urgent-child-care (was clause 3; now prohibited by clause n.1)"},
    };
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        char *text = edited_more(vector("whole.isa"), edits[i].from, edits[i].to);
        OWN(policy_free) struct policy *after = compile(text, NULL);
        struct policy_diff diff = diff_of(fixture, fixture->policy, after);
        expect_line(&diff, edits[i].class, edits[i].sentence);
        free(text);
        arena_free(&fixture->arena);
        assert_false(lg_failed(arena_new(ARENA, &fixture->arena)));
    }
}

/* ---- names and sections that one version lacks ---- */

/* Edits of whole.isa, applied in turn; what they make of it, and what comes back without them. */
struct story {
    struct edit before[2]; /* of both versions */
    struct edit after[4];
    enum policy_change_class forth;
    const char *forth_sentence;
    enum policy_change_class back;
    const char *back_sentence;
    bool opens; /* forth: something is shared that was not, or may be */
};

#define OMEGA                                                                                      \
    "party omega\n  name: O\n  legal entity: O\n  public authority: yes\n"                         \
    "  competent authority: no\n  signs as: S\nparty gamma\n"

#define CLAUSE_N1                                                                                  \
    "clause n.1 never\n  title: No notes for the police\n  from: delta, gamma\n  to: beta/*\n"     \
    "  purpose: care\n  data: health.notes\n"
#define CLAUSE_N2                                                                                  \
    "clause n.2 never\n  to: gamma/*\n  data: record.*, health.diagnosis\n  unless: emergency\n"

static const struct story stories[] = {
    /* A party with its role, purpose and field: what all may do, it may. */
    {.after = {{"party gamma\n", OMEGA},
               {"role gamma/helper\n", "role gamma/helper\nrole omega/clerk\n"},
               {"purpose crime\n",
                "purpose extra-care\n  title: T\n  within: care\npurpose crime\n"},
               {"  fields: name, born, number\n", "  fields: name, born, number, extra\n"}},
     .forth = POLICY_CHANGE_NEW,
     .forth_sentence =
         "`omega/clerk` newly sees `person.name` from gamma for care, child-care, "
         "urgent-child-care and extra-care, basis duty, asked or interest, with consent (clause 1)",
     .back = POLICY_CHANGE_GONE,
     .back_sentence =
         "`omega/clerk` no longer sees `person.name` and `person.born` from alpha, beta, gamma and "
         "delta for care, child-care, urgent-child-care and extra-care (was clause 1)",
     .opens = true},
    /* A basis that a clause takes. */
    {.after = {{"basis plain-duty\n", "basis task\n  title: T\n  kind: statutory\n  article 6: e\n"
                                      "  covers: care\nbasis plain-duty\n"},
               {"  basis: duty, asked, interest\n", "  basis: duty, asked, interest, task\n"}},
     .forth = POLICY_CHANGE_WEAKER,
     .forth_sentence = "`alpha/*`, `beta/*`, `gamma/helper` and `delta/nurse` see `person.name` "
                       "and `person.born` from alpha, beta, gamma and delta for care, child-care "
                       "and urgent-child-care more openly: also under task (clause 1)",
     .back = POLICY_CHANGE_STRONGER,
     .back_sentence = "`alpha/*`, `beta/*`, `gamma/helper` and `delta/nurse` see `person.name` and "
                      "`person.born` from alpha, beta, gamma and delta for care, child-care and "
                      "urgent-child-care less openly: no longer under task (clause 1)",
     .opens = true},
    /* A role with the prohibition that it comes under: nothing is shared there all the same. */
    {.before = {{CLAUSE_N2, ""}},
     .after = {{"role gamma/helper\n", "role gamma/clerk\nrole gamma/helper\n"},
               {"clause e.1 enrol\n", CLAUSE_N2 "clause e.1 enrol\n"}},
     .forth = POLICY_CHANGE_STRONGER,
     .forth_sentence = "`health.diagnosis` to `gamma/*` from delta for care, child-care, "
                       "urgent-child-care, crime and counting: prohibited unless emergency (clause "
                       "n.2), was not prohibited; nothing is shared there",
     .back = POLICY_CHANGE_WEAKER,
     .back_sentence = "`health.diagnosis` to `gamma/helper` and `gamma/clerk` from delta for care, "
                      "child-care, urgent-child-care, crime and counting: not prohibited, was "
                      "prohibited unless emergency (clause n.2); nothing is shared there",
     .opens = true},
    /* Limits: another of the same counts, and one by another name. */
    {.before = {{"defaults\n",
                 "limit twin\n  per person: 3 in 30 minutes\n  per agency: 10 in 1 day\n"
                 "  per subject: 2 in 1 week\ndefaults\n"}},
     .after = {{"  limit: small\n  onward: to", "  limit: twin\n  onward: to"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care on other "
         "terms: limit twin (at most 3 per person in 30 minutes, 10 per agency in 1440 minutes, 2 "
         "per subject in 10080 minutes), was small (at most 3 per person in 30 minutes, 10 per "
         "agency in 1440 minutes, 2 per subject in 10080 minutes) (clause 4)",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care on other "
         "terms: limit small (at most 3 per person in 30 minutes, 10 per agency in 1440 minutes, 2 "
         "per subject in 10080 minutes), was twin (at most 3 per person in 30 minutes, 10 per "
         "agency in 1440 minutes, 2 per subject in 10080 minutes) (clause 4)",
     .opens = true},
    {.after = {{"limit small\n", "limit tiny\n"},
               {"  limit: small\n", "  limit: tiny\n"},
               {"  limit: small\n", "  limit: tiny\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "defaults: `limit` is `tiny`, was `small`",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "defaults: `limit` is `small`, was `tiny`"},
    /* Passed on to the same party, for something else. */
    {.after = {{"  onward: to delta for care\n", "  onward: to delta for crime\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care on other "
         "terms: onward to delta for crime, was to delta for care (clause 4)",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care on other "
         "terms: onward to delta for care, was to delta for crime (clause 4)",
     .opens = true},
    /* Days off on days that are off anyway, and on others. */
    {.after =
         {{"  open: 09:00 to 17:00 on monday to wednesday, friday\n",
           "  open: 09:00 to 17:00 on monday to wednesday, friday\n  closed on: 2026-12-24\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "hours some: `closed on` is `2026-12-24`, was not set",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "hours some: `closed on` is not set, was `2026-12-24`"},
    {.after =
         {{"  open: 09:00 to 17:00 on monday to wednesday, friday\n",
           "  open: 09:00 to 17:00 on monday to wednesday, friday\n  closed on: 2026-12-23\n"}},
     .forth = POLICY_CHANGE_STRONGER,
     .forth_sentence = "`beta/*` sees `person.name` from alpha for crime less openly: hours some "
                       "(09:00 to 17:00 on monday to wednesday, friday), was some (09:00 to 17:00 "
                       "on monday to wednesday, friday) (clause 7)",
     .back = POLICY_CHANGE_WEAKER,
     .back_sentence = "`beta/*` sees `person.name` from alpha for crime more openly: hours some "
                      "(09:00 to 17:00 on monday to wednesday, friday), was some (09:00 to 17:00 "
                      "on monday to wednesday, friday) (clause 7)"},
    /* A limit that is set aside no more: the clause has not changed, the emergency has. */
    {.after = {{"  sets aside: missing consent, hours, limit, review\n",
                "  sets aside: missing consent, hours, review\n"}},
     .forth = POLICY_CHANGE_STRONGER,
     .forth_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care less "
         "openly: the emergency break-glass sets less aside (clause 4)",
     .back = POLICY_CHANGE_WEAKER,
     .back_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care more "
         "openly: the emergency break-glass sets more aside (clause 4)"},
    /* From a limit that is gone to one that was there before: it counts together with others. */
    {.before = {{"limit small\n",
                 "limit twin\n  per person: 3 in 30 minutes\n  per agency: 10 in 1 day\n"
                 "  per subject: 2 in 1 week\nlimit small\n"},
                {"clause 2 share\n", "clause 2 share\n  limit: twin\n"}},
     .after = {{"limit small\n  per person: 3 in 30 minutes\n  per agency: 10 in 1 day\n  per "
                "subject: 2 in 1 week\n",
                ""},
               {"  limit: small\n", "  limit: twin\n"},
               {"  limit: small\n", "  limit: twin\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence =
         "`alpha/worker` sees `health.*` from gamma for child-care and urgent-child-care on other "
         "terms: limit twin (at most 3 per person in 30 minutes, 10 per agency in 1440 minutes, 2 "
         "per subject in 10080 minutes), was small (at most 3 per person in 30 minutes, 10 per "
         "agency in 1440 minutes, 2 per subject in 10080 minutes) (clause 4)",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "defaults: `limit` is `small`, was `twin`",
     .opens = true},
    /* Two of a party's roles keep what the third loses with itself. */
    {.before = {{CLAUSE_N1, ""}},
     .after = {{"role beta/analyst\n", "role beta/analyst\nrole beta/clerk\n"},
               {"clause e.1 enrol\n", CLAUSE_N1 "clause e.1 enrol\n"}},
     .forth = POLICY_CHANGE_STRONGER,
     .forth_sentence =
         "`health.notes` to `beta/*` from gamma and delta for care, child-care and "
         "urgent-child-care: prohibited (clause n.1), was not prohibited; nothing is shared there",
     .back = POLICY_CHANGE_WEAKER,
     .back_sentence = "`health.notes` to `beta/*` and `beta/clerk` from gamma and delta for care, "
                      "child-care and urgent-child-care: not prohibited, was prohibited (clause "
                      "n.1); nothing is shared there",
     .opens = true},
    /* A role goes and a field comes: nobody has both. */
    {.before = {{"role gamma/helper\n", "role gamma/clerk\nrole gamma/helper\n"}},
     .after = {{"role gamma/clerk\n", ""},
               {"  fields: name, born, number\n", "  fields: name, born, number, extra\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "role gamma/clerk is gone",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "role gamma/clerk is new",
     .opens = true},
    /* A clause under a prohibition. */
    {.after = {{"clause n.1 never\n",
                "clause 9 share\n  from: gamma\n  to: beta/analyst\n  purpose: care\n"
                "  basis: duty\n  consent: required\n  consent is: service\n"
                "  pass: health.notes\nclause n.1 never\n"}},
     .forth = POLICY_CHANGE_TEXT,
     .forth_sentence = "clause 9 share is new; it changes nothing that is shared",
     .back = POLICY_CHANGE_TEXT,
     .back_sentence = "clause 9 share is gone; it changes nothing that is shared"},
    /* Treatments of different kinds. */
    {.after = {{"  pass: person.name\n  generalise: person.born by band\n",
                "  pass: person.name, person.born\n"}},
     .forth = POLICY_CHANGE_WEAKER,
     .forth_sentence = "`alpha/*`, `beta/*`, `gamma/helper` and `delta/nurse` see `person.born` "
                       "from alpha, beta, gamma and delta for care, child-care and "
                       "urgent-child-care more openly: pass, was as `band` (clause 1)",
     .back = POLICY_CHANGE_STRONGER,
     .back_sentence = "`alpha/*`, `beta/*`, `gamma/helper` and `delta/nurse` see `person.born` "
                      "from alpha, beta, gamma and delta for care, child-care and "
                      "urgent-child-care less openly: as `band`, was pass (clause 1)",
     .opens = true},
    {.after = {{"  aggregate: record.count\n  smallest group: 10\n",
                "  pseudonymise: record.count\n"}},
     .forth = POLICY_CHANGE_WEAKER,
     .forth_sentence = "`alpha/manager` sees `record.count` from beta for counting more openly: as "
                       "a pseudonym, was in counts (clause 6)",
     .back = POLICY_CHANGE_STRONGER,
     .back_sentence = "`alpha/manager` sees `record.count` from beta for counting less openly: in "
                      "counts, was as a pseudonym (clause 6)",
     .opens = true},
    /* The same time in other words; counts that are of other windows. */
    {.after = {{"  lasts: 2 hours\n", "  lasts: 120 minutes\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "emergency break-glass: `lasts` is `120 minutes`, was `2 hours`",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "emergency break-glass: `lasts` is `2 hours`, was `120 minutes`"},
    {.after = {{"  at most: 3 per person in 1 day\n", "  at most: 3 per person in 2 days\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "emergency break-glass: `at most` is `3 per person in 2 days`, was `3 per "
                       "person in 1 day`",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "emergency break-glass: `at most` is `3 per person in 1 day`, was `3 per "
                      "person in 2 days`"},
    {.after = {{"  people: stretford, sale\n", "  people: all\n"}},
     .forth = POLICY_CHANGE_WEAKER,
     .forth_sentence = "clause e.2 enrol: `people` is `all`, was `stretford, sale`",
     .back = POLICY_CHANGE_STRONGER,
     .back_sentence = "clause e.2 enrol: `people` is `stretford, sale`, was `all`",
     .opens = true},
    {.before = {{"  lasts: 2 hours\n",
                 "  lasts: 2 hours\n  overdue reviews: second person from 3, refused from 5\n"}},
     .after = {{"  overdue reviews: second person from 3, refused from 5\n",
                "  overdue reviews: refused from 5, second person from 2\n"}},
     .forth = POLICY_CHANGE_STRONGER,
     .forth_sentence = "emergency break-glass: `overdue reviews` is `refused from 5, second person "
                       "from 2`, was `second person from 3, refused from 5`",
     .back = POLICY_CHANGE_WEAKER,
     .back_sentence = "emergency break-glass: `overdue reviews` is `second person from 3, refused "
                      "from 5`, was `refused from 5, second person from 2`"},
    {.before = {{"  lasts: 2 hours\n",
                 "  lasts: 2 hours\n  overdue reviews: second person from 3, refused from 5\n"}},
     .after = {{"  overdue reviews: second person from 3, refused from 5\n",
                "  overdue reviews: second person from 2, refused from 6\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "emergency break-glass: `overdue reviews` is `second person from 2, refused "
                       "from 6`, was `second person from 3, refused from 5`",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "emergency break-glass: `overdue reviews` is `second person from 3, refused "
                      "from 5`, was `second person from 2, refused from 6`"},
    /* Sections that come, go, and change their kind or name. */
    {.after = {{"promise P3 always\n", "promise P0 never\n  who: gamma/*\n  sees: record.count\n"
                                       "promise P3 always\n"}},
     .forth = POLICY_CHANGE_STRONGER,
     .forth_sentence = "promise P0 never is new",
     .back = POLICY_CHANGE_WEAKER,
     .back_sentence = "promise P0 never is gone"},
    {.after = {{"promise P2 never\n  who: beta/officer\n  from: delta\n  sees: health.diagnosis\n"
                "  for: care\n  without: consent\n  unless: emergency\n",
                "promise P2 always\n  who: alpha/worker\n  from: gamma\n  sees: health.status\n"
                "  for: child-care\n"}},
     .forth = POLICY_CHANGE_WEAKER,
     .forth_sentence = "promise P2 never is gone",
     .back = POLICY_CHANGE_STRONGER,
     .back_sentence = "promise P2 never is new",
     .opens = true},
    {.after = {{"clause e.2 enrol\n", "clause e.3 enrol\n  from: delta\n  people: all\n"
                                      "  classes: N\n  basis: duty\n  keep: 30 days\n"
                                      "clause e.2 enrol\n"}},
     .forth = POLICY_CHANGE_NEW,
     .forth_sentence = "clause e.3 enrol is new",
     .back = POLICY_CHANGE_GONE,
     .back_sentence = "clause e.3 enrol is gone",
     .opens = true},
    {.after = {{"agreement whole\n", "agreement other\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "agreement other was called whole",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "agreement whole was called other"},
    {.after = {{"emergency break-glass\n", "emergency spare\n"},
               {"emergency flood\n", "emergency break-glass\n"},
               {"emergency spare\n", "emergency flood\n"}},
     .forth = POLICY_CHANGE_CHANGED,
     .forth_sentence = "the emergency sections stand in another order: a declaration that names "
                       "none falls under the first that holds",
     .back = POLICY_CHANGE_CHANGED,
     .back_sentence = "the emergency sections stand in another order: a declaration that names "
                      "none falls under the first that holds",
     .opens = true},
};

static void what_one_version_lacks_is_told(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        const struct story *story = &stories[i];
        char *was = with_edits(vector("whole.isa"), story->before, 2);
        char *is = with_edits(edited(was, "isa 1", "isa 1"), story->after, 4);
        OWN(policy_free) struct policy *before = compile(was, NULL);
        OWN(policy_free) struct policy *after = compile(is, NULL);
        struct policy_diff forth = diff_of(fixture, before, after);
        struct policy_diff back = diff_of(fixture, after, before);
        expect_line(&forth, story->forth, story->forth_sentence);
        expect_line(&back, story->back, story->back_sentence);
        assert_int_equal(policy_diff_opens(&forth), story->opens);
        free(was);
        free(is);
        arena_free(&fixture->arena);
        assert_false(lg_failed(arena_new(ARENA, &fixture->arena)));
    }
}

static void a_new_clause_is_newly_visible(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), clause_7, "");
    OWN(policy_free) struct policy *before = compile(text, NULL);
    struct policy_diff diff = diff_of(fixture, before, fixture->policy);
    assert_int_equal(diff.count, 1);
    assert_int_equal(diff.counts[POLICY_CHANGE_NEW], 1);
    assert_int_equal(diff.cells_changed, 2);
    assert_true(policy_diff_opens(&diff));
    expect_line(&diff, POLICY_CHANGE_NEW,
                "`beta/*` newly sees `person.name` from alpha for crime, basis policing, no "
                "consent (new clause 7)");
    assert_int_equal(diff.changes[0].roles.count, 2);
    assert_true(span_equal_text(diff.changes[0].clause_after, "7"));
    assert_int_equal(diff.changes[0].clause_before.len, 0);
    free(text);
}

static void numbering_anew_is_no_difference(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), clause_6, "");
    text = edited_more(text, clause_7, "");
    char joined[1024];
    snprintf(joined, sizeof joined, "clause 7%s%sclause n.1 never", strchr(clause_6, ' ') + 2,
             clause_7);
    char *at = strstr(joined, "clause 7 share\n  title: Records");
    assert_non_null(at);
    at[7] = '6';
    text = edited_more(text, "clause n.1 never", joined);
    text = edited_more(text, "clause n.2 never", "clause zz never");
    OWN(policy_free) struct policy *after = compile(text, NULL);
    struct policy_diff diff = diff_of(fixture, fixture->policy, after);
    assert_int_equal(diff.count, 0);
    assert_false(policy_diff_opens(&diff));
    free(text);
}

/* The floor takes away, and a floor that only forbids what nobody shares is told as well. */
static void the_floor_is_compared(void **state) {
    struct fixture *fixture = *state;
    struct policy_diff closes = diff_of(fixture, fixture->policy, fixture->floored);
    struct policy_diff opens = diff_of(fixture, fixture->floored, fixture->policy);
    assert_true(closes.count > 0);
    assert_int_equal(closes.counts[POLICY_CHANGE_NEW] + closes.counts[POLICY_CHANGE_WEAKER], 0);
    assert_false(policy_diff_opens(&closes));
    assert_true(policy_diff_opens(&opens));
    assert_int_equal(opens.cells_changed, closes.cells_changed);
}

static void special_and_criminal_come_first(void **state) {
    struct fixture *fixture = *state;
    char *text = vector("whole.isa");
    text = edited_more(text, "  keep: 8 weeks\n", "  keep: 9 weeks\n");
    OWN(policy_free) struct policy *after = compile(text, NULL);
    struct policy_diff diff = diff_of(fixture, fixture->policy, after);
    int last = 0;
    for (size_t i = 0; i < diff.count && diff.changes[i].is_cell; i++) {
        int order = diff.changes[i].data_class == POLICY_SPECIAL    ? 0
                    : diff.changes[i].data_class == POLICY_CRIMINAL ? 1
                                                                    : 2;
        assert_true(order >= last);
        last = order;
    }
    assert_int_equal(last, 2);
    assert_int_equal(diff.changes[0].data_class, POLICY_SPECIAL);
    free(text);
}

static void each_allocation_fails(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), clause_7, "");
    OWN(policy_free) struct policy *before = compile(text, NULL);
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct policy_diff diff;
        assert_false(lg_failed(arena_new(1 << 26, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = policy_diff_make(before, fixture->policy, arena, &diff);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        if (!lg_failed(err)) {
            assert_int_equal(diff.count, 1);
        } else {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
        }
        arena_free(&arena);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 1000);
    }
    free(text);
}

static void small_arenas(void **state) {
    struct fixture *fixture = *state;
    bool worked = false;
    for (size_t size = 1; !worked; size *= 2) {
        struct arena *arena = NULL;
        struct policy_diff diff;
        assert_false(lg_failed(arena_new(size, &arena)));
        struct lg_err err = policy_diff_make(fixture->policy, fixture->floored, arena, &diff);
        worked = !lg_failed(err);
        assert_true(worked || lg_err_class(err) == LG_CLASS_LIMIT);
        arena_free(&arena);
        assert_true(size < 1 << 28);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_say_what_changed, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(what_one_version_lacks_is_told, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(a_new_clause_is_newly_visible, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(numbering_anew_is_no_difference, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_floor_is_compared, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(special_and_criminal_come_first, arena_begin, arena_end),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(small_arenas),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
