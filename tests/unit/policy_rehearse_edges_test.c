/* SPDX-License-Identifier: Apache-2.0 */
/* What a replay cannot tell, and what it can: words, trainings, consents, windows and records that
 * a draft makes something else of; sources and fields that only one side has; readers. */
#include "policy/compare/rehearse_int.h"
#include "policy/register/register.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_rehearse_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

#define PARTY_OMEGA                                                                                \
    "party omega\n  name: O\n  legal entity: O\n  public authority: yes\n"                         \
    "  competent authority: no\n  signs as: S\nrole alpha/worker\n"

typedef void (*spoil_fn)(struct fixture *fixture, struct asked *asked);

/* One question to whole.isa, edited; one draft, another edit of the same; what became of it. */
struct row {
    const char *name;
    struct edit text[2];
    struct edit draft[2];
    spoil_fn spoil;
    enum policy_turn turn;
    uint64_t count; /* all fields that were counted took that turn */
    enum policy_reader reader;
};

/* ---- questions ---- */

static void as_it_is(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    (void)asked;
}

static void by_a_stranger(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    asked->request.recipient = span_text("omega");
    asked->request.role = span_text("clerk");
}

static void by_a_stranger_without_a_role(struct fixture *fixture, struct asked *asked) {
    by_a_stranger(fixture, asked);
    asked->request.role = span_text("");
}

static void in_a_strange_role(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    asked->request.role = span_text("boss");
}

static void on_a_strange_basis(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    asked->request.basis = span_text("whim");
}

static void of_a_strange_field(struct fixture *fixture, struct asked *asked) {
    asked->request.fields = list(fixture, "health.secret health.status");
}

static void of_a_strange_source(struct fixture *fixture, struct asked *asked) {
    asked->request.sources = list(fixture, "gamma omega");
}

/* The record is that of the source which nobody knows. */
static void at_a_strange_source(struct fixture *fixture, struct asked *asked) {
    asked->request.sources = list(fixture, "gamma omega");
    asked->source = 1;
}

static void in_a_strange_emergency(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    asked->request.emergency = declared("storm", "life");
}

static void for_a_strange_reason(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    asked->request.emergency = declared("break-glass", "storm");
}

static void with_a_strange_training(struct fixture *fixture, struct asked *asked) {
    asked->request.trainings = list(fixture, "knitting");
}

static void recorded_in_part(struct fixture *fixture, struct asked *asked) {
    (void)fixture;
    asked->is_part = true;
}

/* Clause 3, consented to. */
static void of_delta(struct fixture *fixture, struct asked *asked) {
    ask_delta(asked, fixture, "worker");
}

static void for_one_purpose(struct fixture *fixture, struct asked *asked) {
    ask_delta(asked, fixture, "worker");
    asked->consent.purposes = list(fixture, "child-care");
}

static void for_one_category(struct fixture *fixture, struct asked *asked) {
    ask_delta(asked, fixture, "worker");
    asked->consent.categories = list(fixture, "health");
}

/* All fields of delta are asked for. */
static void for_one_category_of_all(struct fixture *fixture, struct asked *asked) {
    for_one_category(fixture, asked);
    asked->request.fields = list(fixture, "");
}

/* An ordinary field, with consent; alpha shares it openly, gamma hides that it knows anybody. */
static void of_birth(struct fixture *fixture, struct asked *asked, const char *source) {
    asked->request.recipient = span_text("delta");
    asked->request.role = span_text("nurse");
    asked->request.sources = list(fixture, source);
    asked->request.fields = list(fixture, "person.born");
    asked->consent = (struct consent){.state = CONSENT_GIVEN, .log_index = 1};
    asked->has_consent = true;
}

static void of_birth_by_alpha(struct fixture *fixture, struct asked *asked) {
    of_birth(fixture, asked, "alpha");
}

static void of_birth_by_gamma(struct fixture *fixture, struct asked *asked) {
    of_birth(fixture, asked, "gamma");
}

/* Every party and every field; the record is of the party that comes last. */
static void of_everybody(struct fixture *fixture, struct asked *asked) {
    of_birth(fixture, asked, "");
    asked->request.sources = list(fixture, "");
    asked->source = 3;
}

static void of_all_of_alpha(struct fixture *fixture, struct asked *asked) {
    of_birth(fixture, asked, "alpha");
    asked->request.fields = list(fixture, "");
}

/* ---- rows ---- */

static const struct row rows[] = {
    {"another generalisation", .draft = {{"person.born by band", "person.born by month"}},
     .spoil = of_birth_by_alpha, .turn = POLICY_TURN_OTHER, .count = 1},
    /* Words that were not written down, and drafts that do or do not know more of them. */
    {"nobody's role", .spoil = by_a_stranger, .turn = POLICY_TURN_SAME, .count = 1},
    {"a new party", .draft = {{"role alpha/worker\n", PARTY_OMEGA}}, .spoil = by_a_stranger,
     .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"a party that no text knows, and no role", .draft = {{"role alpha/worker\n", PARTY_OMEGA}},
     .spoil = by_a_stranger_without_a_role, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"a role of nobody", .spoil = in_a_strange_role, .turn = POLICY_TURN_SAME, .count = 1},
    {"a new role", .draft = {{"role alpha/worker\n", "role alpha/worker\nrole alpha/boss\n"}},
     .spoil = in_a_strange_role, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"no basis", .spoil = on_a_strange_basis, .turn = POLICY_TURN_SAME, .count = 1},
    {"a new basis",
     .draft = {{"basis plain-duty\n", "basis whim\n  title: T\n  kind: statutory\n  article 6: e\n"
                                      "  covers: care\nbasis plain-duty\n"}},
     .spoil = on_a_strange_basis, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"no field", .spoil = of_a_strange_field, .turn = POLICY_TURN_SAME, .count = 2},
    {"a new field", .draft = {{"  fields: status, notes,", "  fields: secret, status, notes,"}},
     .spoil = of_a_strange_field, .turn = POLICY_TURN_UNKNOWN, .count = 2},
    {"no source", .spoil = of_a_strange_source, .turn = POLICY_TURN_SAME, .count = 1},
    {"a new source", .draft = {{"role alpha/worker\n", PARTY_OMEGA}}, .spoil = of_a_strange_source,
     .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"another section", .spoil = in_a_strange_emergency, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"another reason", .spoil = for_a_strange_reason, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    /* Who is trained for what some role asks for was written down. */
    {"a training",
     .draft = {{"role alpha/worker\n", "role alpha/worker\n  training: safeguarding-2\n"}},
     .spoil = as_it_is, .turn = POLICY_TURN_REFUSED, .count = 1},
    {"a strange training", .spoil = with_a_strange_training, .turn = POLICY_TURN_UNKNOWN,
     .count = 1},
    {"part of a record", .spoil = recorded_in_part, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    /* Consents to a purpose: by what covers it. */
    {"all purposes",
     .draft = {{"purpose care\n", "purpose wide\n  title: T\npurpose care\n"
                                  "  within: wide\n"}},
     .spoil = of_delta, .turn = POLICY_TURN_SAME, .count = 1},
    {"one purpose", .spoil = for_one_purpose, .turn = POLICY_TURN_SAME, .count = 1},
    {"a wider purpose",
     .draft = {{"purpose care\n", "purpose wide\n  title: T\npurpose care\n"
                                  "  within: wide\n"}},
     .spoil = for_one_purpose, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"a wider purpose no more",
     .text = {{"purpose care\n", "purpose wide\n  title: T\npurpose care\n  within: wide\n"}},
     .spoil = for_one_purpose, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"a purpose between",
     .draft = {{"purpose child-care\n  title: Care for a child\n  within: care\n",
                "purpose middle\n  title: T\n  within: care\n"
                "purpose child-care\n  title: Care for a child\n  within: middle\n"}},
     .spoil = for_one_purpose, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"one category", .spoil = for_one_category, .turn = POLICY_TURN_SAME, .count = 1},
    /* Windows of the three counts of a limit. */
    {"an agency's window",
     .draft = {{"  per agency: 10 in 1 day\n", "  per agency: 10 in 2 days\n"}}, .spoil = as_it_is,
     .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"a person's window",
     .draft = {{"  per subject: 2 in 1 week\n", "  per subject: 2 in 2 weeks\n"}},
     .spoil = as_it_is, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"fewer counts",
     .draft = {{"  per person: 3 in 30 minutes\n  per agency: 10 in 1 day\n"
                "  per subject: 2 in 1 week\n",
                "  per agency: 10 in 1 day\n"}},
     .spoil = as_it_is, .turn = POLICY_TURN_SAME, .count = 1},
    {"a person's count alone",
     .draft = {{"  per agency: 10 in 1 day\n  per subject: 2 in 1 week\n", ""}}, .spoil = as_it_is,
     .turn = POLICY_TURN_SAME, .count = 1},
    {"another limit",
     .draft = {{"defaults\n", "limit new\n  per person: 3 in 30 minutes\ndefaults\n"},
               {"  limit: small\n  onward: to", "  limit: new\n  onward: to"}},
     .spoil = as_it_is, .turn = POLICY_TURN_UNKNOWN, .count = 1},
    {"another agreement's limit",
     .draft = {{"agreement whole\n", "agreement other\n"},
               {"  pass: health.*\n", "  pass: health.status\n"}},
     .spoil = as_it_is, .turn = POLICY_TURN_UNKNOWN, .count = 1},
};

static uint64_t told_count(const struct policy_rehearsal *report) {
    uint64_t count = 0;
    for (int i = 0; i < POLICY_TURNS; i++) {
        count += report->totals[i];
    }
    return count;
}

/* The question as `recorded` decided it, with the text that `texts` says it was, put to the draft.
 */
static struct policy_rehearsal replay(struct fixture *fixture, const struct written *written,
                                      const struct texts *texts, const struct policy *draft,
                                      enum policy_reader reader) {
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    const struct policy_rehearse_record record = {
        .ask = written->ask,
        .parts = &written->part,
        .part_count = 1,
        .texts = {.policies = texts->policies, .count = texts->count},
        .reader = reader,
    };
    assert_false(lg_failed(policy_rehearse_begin(draft, fixture->arena, &rehearsal)));
    assert_false(lg_failed(policy_rehearse_record(rehearsal, &record)));
    assert_false(lg_failed(policy_rehearse_report(rehearsal, &report)));
    return report;
}

static struct policy_rehearsal play(struct fixture *fixture, const struct row *row) {
    char *text = with_edits(vector("whole.isa"), row->text, 2);
    char *words = with_edits(vector("whole.isa"), row->draft, 2);
    OWN(policy_free) struct policy *old = compile(text, NULL);
    OWN(policy_free) struct policy *draft = compile(words, NULL);
    const struct texts texts = {{old}, 1};
    struct asked asked = health_of_gamma(fixture);
    row->spoil(fixture, &asked);
    struct written written = record_under(fixture, &asked, &texts);
    struct policy_rehearsal report = replay(fixture, &written, &texts, draft, row->reader);
    free(text);
    free(words);
    return report;
}

static void drafts_turn_what_they_can_tell(void **state) {
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_rehearsal report = play(fixture, &rows[i]);
        if (report.totals[rows[i].turn] != rows[i].count || told_count(&report) != rows[i].count) {
            for (int turn = 0; turn < POLICY_TURNS; turn++) {
                print_message("%s: %u\n", policy_turn_name((enum policy_turn)turn),
                              (unsigned)report.totals[turn]);
            }
            fail_msg("%s: not %u times `%s`", rows[i].name, (unsigned)rows[i].count,
                     policy_turn_name(rows[i].turn));
        }
        assert_int_equal(report.unfaithful, 0);
    }
}

/* ---- what only one side has ---- */

/* A category of which delta shares a field under a clause of its own. */
#define CATEGORY_FITNESS                                                                           \
    "category fitness\n  title: F\n  class: ordinary\n  held by: alpha, delta\n  fields: pulse\n"  \
    "category person\n"
#define CLAUSE_FITNESS                                                                             \
    "clause 8 share\n  from: delta, alpha\n  to: alpha/worker, delta/nurse\n  purpose: care\n"     \
    "  basis: duty\n  consent: required\n  consent is: service\n  pass: fitness.pulse\n"           \
    "clause n.1 never\n"

static const struct edit fitness[2] = {{"category person\n", CATEGORY_FITNESS},
                                       {"clause n.1 never\n", CLAUSE_FITNESS}};

static struct policy *edited_policy(const struct edit *edits) {
    char *text = with_edits(vector("whole.isa"), edits, 2);
    struct policy *policy = compile(text, NULL);
    free(text);
    return policy;
}

/* A field that the record cannot have: new where it is shared. A consent to categories was written
 * down by those of the time, so that nobody can tell whether it covers a new one. */
static void fields_of_the_draft_alone(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free) struct policy *draft = edited_policy(fitness);
    const struct texts texts = {{fixture->policy}, 1};
    static const struct {
        spoil_fn spoil;
        enum policy_turn turn;
    } asked_by[] = {
        {of_all_of_alpha, POLICY_TURN_NEW},
        {for_one_category_of_all, POLICY_TURN_UNKNOWN},
    };
    for (size_t i = 0; i < 2; i++) {
        struct asked asked = health_of_gamma(fixture);
        asked_by[i].spoil(fixture, &asked);
        struct written written = record_under(fixture, &asked, &texts);
        struct policy_rehearsal report =
            replay(fixture, &written, &texts, draft, POLICY_READER_AUDITOR);
        assert_int_equal(report.totals[asked_by[i].turn], 1);
        assert_true(span_equal_text(report.rows[report.row_count - 1].clause, "8"));
        assert_int_equal(report.unfaithful, 0);
    }
}

/* And one that the draft leaves out: refused, under the clause of the record. */
static void fields_of_the_record_alone(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free) struct policy *old = edited_policy(fitness);
    const struct texts texts = {{old}, 1};
    struct asked asked = health_of_gamma(fixture);
    of_all_of_alpha(fixture, &asked);
    struct written written = record_under(fixture, &asked, &texts);
    struct policy_rehearsal report =
        replay(fixture, &written, &texts, fixture->policy, POLICY_READER_AUDITOR);
    assert_int_equal(report.totals[POLICY_TURN_REFUSED], 1);
    assert_true(span_equal_text(report.rows[0].clause, "8"));
    assert_true(
        span_equal_text(report.rows[0].sample, "`fitness.pulse` from alpha: NO_CLAUSE, was pass"));
}

/* A party that the draft does not have shares nothing any more. */
static void sources_of_the_record_alone(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[2] = {
        {"role alpha/worker\n", "role alpha/worker\n"},
        {"role delta/nurse\n",
         "role delta/nurse\nparty omega\n  name: O\n  legal entity: O\n  public authority: yes\n"
         "  competent authority: no\n  signs as: S\n"}};
    OWN(policy_free) struct policy *old = edited_policy(edits);
    const struct texts texts = {{old}, 1};
    struct asked asked = health_of_gamma(fixture);
    of_everybody(fixture, &asked);
    asked.source = policy_party_count(old) - 2; /* of all but the one who asks, the last */
    struct written written = record_under(fixture, &asked, &texts);
    struct policy_rehearsal report =
        replay(fixture, &written, &texts, fixture->policy, POLICY_READER_AUDITOR);
    assert_int_equal(report.totals[POLICY_TURN_REFUSED], 1);
    assert_true(span_equal_text(report.rows[0].sample,
                                "`person.born` from omega: NO_CLAUSE, was generalise"));
    /* Its number is none of the draft's text. */
    const struct texts wrong = {{fixture->policy}, 1};
    const struct policy_rehearse_record record = {
        .ask = written.ask,
        .parts = &written.part,
        .part_count = 1,
        .texts = {.policies = wrong.policies, .count = wrong.count},
    };
    struct rehearsal *rehearsal;
    assert_false(lg_failed(policy_rehearse_begin(old, fixture->arena, &rehearsal)));
    struct lg_err err = policy_rehearse_record(rehearsal, &record);
    assert_int_equal(lg_err_code(err), POLICY_RECORD_TEXT);
}

/* ---- records that their texts do not repeat ---- */

static void records_of_other_texts_are_not_told(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[][2] = {
        {{"  requires: reason for no consent\n  about: anyone\n", "  about: adults\n"}},
        {{"  pass: health.*\n", "  pseudonymise: health.*\n"}},
    };
    for (size_t i = 0; i < 2; i++) {
        OWN(policy_free) struct policy *other = edited_policy(edits[i]);
        struct asked asked = health_of_gamma(fixture);
        struct written written = record_of(fixture, &asked);
        const struct texts texts = {{other}, 1};
        struct policy_rehearsal report =
            replay(fixture, &written, &texts, other, POLICY_READER_AUDITOR);
        assert_int_equal(report.totals[POLICY_TURN_UNKNOWN], 1);
        assert_int_equal(report.unfaithful, 1);
    }
}

/* ---- agreements ---- */

/* Nothing was in force: not a word was written down. */
static void without_an_agreement(void **state) {
    struct fixture *fixture = *state;
    const struct texts texts = {{NULL}, 0};
    struct asked asked = health_of_gamma(fixture);
    struct written written = record_under(fixture, &asked, &texts);
    struct policy_rehearsal report =
        replay(fixture, &written, &texts, fixture->policy, POLICY_READER_AUDITOR);
    assert_int_equal(report.totals[POLICY_TURN_UNKNOWN], told_count(&report));
    assert_int_equal(report.questions, 1);
}

/* A word is known where either of two texts knows it; a limit is that of its own agreement. */
static void under_two_agreements(void **state) {
    struct fixture *fixture = *state;
    static const struct edit others[2] = {
        {"agreement whole\n", "agreement other\n"},
        {"purpose crime\n", "purpose wandering\n  title: T\npurpose crime\n"}};
    OWN(policy_free) struct policy *other = edited_policy(others);
    const struct texts texts = {{fixture->policy, other}, 2};
    struct asked asked = health_of_gamma(fixture);
    struct written written = record_under(fixture, &asked, &texts);
    struct policy_rehearsal report =
        replay(fixture, &written, &texts, other, POLICY_READER_AUDITOR);
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
    asked.request.purpose = span_text("gossip");
    written = record_under(fixture, &asked, &texts);
    report = replay(fixture, &written, &texts, other, POLICY_READER_AUDITOR);
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
}

/* ---- rows ---- */

/* Rows of one turn, clause and role stand by purpose; each counts its own. */
static void rows_stand_by_purpose(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[2] = {{"  pass: health.*\n", "  pseudonymise: health.*\n"}};
    static const char *const purposes[] = {"urgent-child-care", "child-care", "urgent-child-care"};
    OWN(policy_free) struct policy *draft = edited_policy(edits);
    const struct texts texts = {{fixture->policy}, 1};
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    assert_false(lg_failed(policy_rehearse_begin(draft, fixture->arena, &rehearsal)));
    for (size_t i = 0; i < 3; i++) {
        struct asked asked = health_of_gamma(fixture);
        asked.request.purpose = span_text(purposes[i]);
        struct written written = record_of(fixture, &asked);
        const struct policy_rehearse_record record = {.ask = written.ask,
                                                      .parts = &written.part,
                                                      .part_count = 1,
                                                      .texts = {texts.policies, texts.count}};
        assert_false(lg_failed(policy_rehearse_record(rehearsal, &record)));
    }
    assert_false(lg_failed(policy_rehearse_report(rehearsal, &report)));
    assert_int_equal(report.row_count, 2);
    assert_true(span_equal_text(report.rows[0].purpose, "child-care"));
    assert_int_equal(report.rows[0].count, 1);
    assert_int_equal(report.rows[1].count, 2);
}

/* As many rows as there may be, all of something else. */
static void rows_have_a_ceiling(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[2] = {{"  pass: health.*\n", "  pseudonymise: health.*\n"}};
    OWN(policy_free) struct policy *draft = edited_policy(edits);
    OWN(arena_free) struct arena *arena = NULL;
    const struct policy *texts[] = {fixture->policy};
    struct rehearsal *rehearsal;
    struct asked asked = health_of_gamma(fixture);
    struct written written = record_of(fixture, &asked);
    const struct policy_rehearse_record record = {
        .ask = written.ask, .parts = &written.part, .part_count = 1, .texts = {texts, 1}};
    assert_false(lg_failed(arena_new(1 << 24, &arena)));
    assert_false(lg_failed(policy_rehearse_begin(draft, arena, &rehearsal)));
    rehearsal->rows = arena_array(arena, LIMIT_POLICY_CHANGES, sizeof *rehearsal->rows);
    rehearsal->row_count = LIMIT_POLICY_CHANGES;
    struct lg_err err = policy_rehearse_record(rehearsal, &record);
    assert_int_equal(lg_err_code(err), POLICY_TOO_LARGE);
    assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
}

/* ---- readers ---- */

#define PROMISE_P3                                                                                 \
    "promise P3 always\n  who: alpha/worker\n  from: gamma\n  sees: health.status\n"               \
    "  for: child-care\n"

/* What hangs on the person, as who asked and the source may read it: an answer is withheld, and
 * counts in no other number. */
static void readers_are_told_what_they_knew(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *name;
        struct edit both[2];
        struct edit draft[2]; /* beyond that */
        spoil_fn spoil;
        enum policy_reader reader;
        bool is_told;
    } cases[] = {
        {"special, without consent", .spoil = as_it_is, .reader = POLICY_READER_REQUESTER,
         .is_told = true},
        {"where an objection stops it",
         {{"  about: anyone\n", "  about: anyone\n  objection: refer\n"}, {PROMISE_P3, ""}},
         .spoil = as_it_is,
         .reader = POLICY_READER_REQUESTER},
        {"where an opt-out stops it",
         {{"  confidential: yes\n", "  confidential: yes\n  patient information: yes\n"
                                    "  opt-out: national, at most 7 days old\n"},
          {PROMISE_P3, ""}},
         .spoil = as_it_is,
         .reader = POLICY_READER_REQUESTER},
        {"ordinary and open", .spoil = of_birth_by_alpha, .reader = POLICY_READER_REQUESTER,
         .is_told = true},
        {"ordinary, and hidden by the draft",
         .draft = {{"  redact: person.number\n", "  redact: person.number\n  existence: hidden\n"}},
         .spoil = of_birth_by_alpha, .reader = POLICY_READER_REQUESTER},
        {"special, where an objection stops it by the draft",
         .draft = {{"  about: anyone\n", "  about: anyone\n  objection: refer\n"},
                   {PROMISE_P3, ""}},
         .spoil = as_it_is, .reader = POLICY_READER_REQUESTER},
        {"ordinary and hidden", .spoil = of_birth_by_gamma, .reader = POLICY_READER_REQUESTER},
        {"of a source that nobody knows, to who asked", .spoil = at_a_strange_source,
         .reader = POLICY_READER_REQUESTER, .is_told = true},
        {"of a source that nobody knows, to a source", .spoil = at_a_strange_source,
         .reader = POLICY_READER_SOURCE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = with_edits(vector("whole.isa"), cases[i].both, 2);
        OWN(policy_free) struct policy *policy = compile(text, NULL);
        text = with_edits(text, cases[i].draft, 2);
        OWN(policy_free) struct policy *draft = compile(text, NULL);
        const struct texts texts = {{policy}, 1};
        struct asked asked = health_of_gamma(fixture);
        cases[i].spoil(fixture, &asked);
        struct written written = record_under(fixture, &asked, &texts);
        struct policy_rehearsal report = replay(fixture, &written, &texts, draft, cases[i].reader);
        free(text);
        if (report.withheld != !cases[i].is_told) {
            fail_msg("%s: %u withheld", cases[i].name, (unsigned)report.withheld);
        }
        assert_int_equal(report.totals[POLICY_TURN_SAME], told_count(&report));
        assert_true(cases[i].is_told || told_count(&report) == 0);
    }
}

/* Under a register any question of confidence is one of the person, whatever the clause says of
 * consent. */
static void under_a_register_it_hangs_on_the_person(void **state) {
    struct fixture *fixture = *state;
    static const struct edit edits[] = {{"  law: edition-2026\n", "  law: uk-2026-11\n"},
                                        {"  gateway: act-1\n", ""},
                                        {PROMISE_P3, ""}};
    struct diag diag = {0};
    struct policy_register *statutes = NULL;
    struct policy *policy = NULL;
    size_t len;
    char *law = support_file_read(LOCKGATE_SOURCE "/policy/register", "uk.register", &len);
    char *text = with_edits(vector("whole.isa"), edits, 3);
    assert_non_null(law);
    assert_false(lg_failed(policy_register_compile(span_of(law, len), &diag, &statutes)));
    assert_false(
        lg_failed(policy_compile_law(span_text(text), span_of(NULL, 0), statutes, &diag, &policy)));
    const struct texts texts = {{policy}, 1};
    struct asked asked = health_of_gamma(fixture);
    struct written written = record_under(fixture, &asked, &texts);
    struct policy_rehearsal report =
        replay(fixture, &written, &texts, policy, POLICY_READER_REQUESTER);
    assert_int_equal(report.withheld, 1);
    assert_int_equal(told_count(&report), 0);
    policy_free(&policy);
    policy_register_free(&statutes);
    free(text);
    free(law);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drafts_turn_what_they_can_tell, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(under_a_register_it_hangs_on_the_person, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(fields_of_the_draft_alone, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(fields_of_the_record_alone, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(sources_of_the_record_alone, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(records_of_other_texts_are_not_told, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(without_an_agreement, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(under_two_agreements, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(rows_stand_by_purpose, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(rows_have_a_ceiling, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(readers_are_told_what_they_knew, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
