/* SPDX-License-Identifier: Apache-2.0 */
/* Replay of decision records: the same text changes nothing; a draft changes what it must, and what
 * cannot be told is not guessed. */
#include "gateway/base/bytes.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_rehearse_fixture.h"
#include "tools/lockgate/exit.h"
#include "tools/lockgate/rehearse.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

static struct policy_rehearsal report_of(struct fixture *fixture, const struct policy *draft) {
    struct policy_rehearsal report;
    assert_false(
        lg_failed(rehearse(fixture, draft, POLICY_READER_AUDITOR, fixture->arena, &report)));
    assert_int_equal(report.questions, QUESTIONS);
    assert_int_equal(report.unfaithful, 0);
    return report;
}

/* The self-test of the design: against the same text nothing changes, and the same text of another
 * term counts as in force when its predecessor was. */
static void the_same_text_changes_nothing(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"),
                             "in force: 2026-04-01 to 2027-03-31\n  review due: 2027-01-31",
                             "in force: 2027-04-01 to 2028-03-31\n  review due: 2028-01-31");
    OWN(policy_free) struct policy *next = compile(text, NULL);
    const struct policy *drafts[] = {fixture->policy, next};
    for (size_t i = 0; i < 2; i++) {
        struct policy_rehearsal report = report_of(fixture, drafts[i]);
        assert_int_equal(report.row_count, 0);
        assert_int_equal(report.totals[POLICY_TURN_SAME], QUESTIONS);
    }
    free(text);
}

struct expectation {
    const char *from;
    const char *to;
    enum policy_turn turn;
    const char *clause;
    const char *role;
    uint64_t count;
    const char *sample;
};

static void check_draft(struct fixture *fixture, const struct expectation *wanted) {
    char *text = edited_more(vector("whole.isa"), wanted->from, wanted->to);
    OWN(policy_free) struct policy *draft = compile(text, NULL);
    struct policy_rehearsal report = report_of(fixture, draft);
    const struct policy_turns *row = NULL;
    for (size_t i = 0; i < report.row_count && row == NULL; i++) {
        const struct policy_turns *it = &report.rows[i];
        bool is_it = it->turn == wanted->turn && span_equal_text(it->clause, wanted->clause) &&
                     span_equal_text(it->role, wanted->role);
        row = is_it ? it : NULL;
        print_message("%s %.*s %.*s: %.*s\n", policy_turn_name(it->turn), (int)it->clause.len,
                      (const char *)it->clause.ptr, (int)it->role.len, (const char *)it->role.ptr,
                      (int)it->sample.len, (const char *)it->sample.ptr);
    }
    if (row == NULL) {
        fail_msg("no row %s for %s", policy_turn_name(wanted->turn), wanted->to);
    }
    assert_int_equal(row->count, wanted->count);
    assert_true(span_equal_text(row->sample, wanted->sample));
    free(text);
}

static void drafts_change_what_they_must(void **state) {
    struct fixture *fixture = *state;
    static const struct expectation wanted[] = {
        {"  requires: reason for no consent\n  about: anyone\n", "  about: adults\n",
         POLICY_TURN_REFUSED, "4", "alpha/worker", 1,
         "`health.status` from gamma: SUBJECT_NOT_COVERED, was pass"},
        {"  consent: required unless emergency\n  consent is: confidentiality\n  requires: case "
         "reference, second person\n",
         "  consent: not needed\n  requires: case reference, second person\n", POLICY_TURN_NEW, "3",
         "alpha/worker", 1, "`health.status` from delta: pass, was CONSENT_MISSING"},
        {"  pass: health.*\n", "  pseudonymise: health.*\n", POLICY_TURN_STRONGER, "4",
         "alpha/worker", 1, "`health.status` from gamma: pseudonymise, was pass"},
        {"  pseudonymise: person.number\n", "  pass: person.number\n", POLICY_TURN_WEAKER, "2",
         "beta/officer", 1, "`person.number` from alpha: pass, was pseudonymise"},
        {"  pseudonymise: person.number\n", "  generalise: person.number by band\n",
         POLICY_TURN_WEAKER, "2", "beta/officer", 1,
         "`person.number` from alpha: generalise, was pseudonymise"},
        {"  per person: 3 in 30 minutes\n", "  per person: 4 in 30 minutes\n", POLICY_TURN_RATE,
         "4", "alpha/worker", 1, "`health.status` from gamma: pass, was RATE_LIMIT"},
        {"  open: 08:00 to 18:00 on weekdays", "  open: 08:00 to 23:30 on weekdays",
         POLICY_TURN_NEW, "4", "alpha/worker", 1,
         "`health.status` from gamma: pass, was OUT_OF_HOURS"},
        {"  consent: not needed\n  requires: reason for no consent\n",
         "  consent: required\n  consent is: service\n", POLICY_TURN_REASON, "4", "alpha/worker", 1,
         "`health.status` from gamma: CONSENT_MISSING, was NO_CONSENT_REASON_MISSING"},
        /* Counts over half an hour say nothing of a whole one. */
        {"  per person: 3 in 30 minutes\n", "  per person: 3 in 1 hour\n", POLICY_TURN_UNKNOWN, "4",
         "alpha/worker", 2, "`health.status` from gamma: pass, was pass"},
        /* Nobody wrote down who has a training that nothing asked for. */
        {"role alpha/worker\n", "role alpha/worker\n  training: first-aid\n", POLICY_TURN_UNKNOWN,
         "4", "alpha/worker", 4, "`health.status` from gamma: TRAINING_NOT_CURRENT, was pass"},
        /* A purpose that no text of the time knew was not written down by its name. */
        {"purpose counting\n", "purpose gossip\n  title: Gossip\npurpose counting\n",
         POLICY_TURN_UNKNOWN, "", "alpha/worker", 1,
         "`health.status` from gamma: PURPOSE_UNKNOWN, was PURPOSE_UNKNOWN"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        check_draft(fixture, &wanted[i]);
    }
}

/* A draft of another agreement stands beside those that were in force. */
static void a_new_agreement_stands_beside(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), "agreement whole\n", "agreement other\n");
    text = edited_more(text, "  open: 08:00 to 18:00 on weekdays",
                       "  open: 08:00 to 23:30 on weekdays");
    OWN(policy_free) struct policy *draft = compile(text, NULL);
    struct policy_rehearsal report = report_of(fixture, draft);
    assert_int_equal(report.totals[POLICY_TURN_NEW], 1);
    assert_int_equal(report.totals[POLICY_TURN_REFUSED], 0);
    free(text);
}

/* ---- readers ---- */

enum { ASK_INDEX = 41, PART_INDEX = 43 };

struct reading {
    enum policy_reader reader;
    bool is_whole; /* refused as a whole: there is no part */
};

static struct policy_rehearsal read_one(struct fixture *fixture, const struct asked *asked,
                                        const char *const edit[static 2], struct reading reading) {
    static const uint64_t index = PART_INDEX;
    char *text = vector("whole.isa");
    text = edit[0] == NULL ? text : edited_more(text, edit[0], edit[1]);
    OWN(policy_free) struct policy *draft = compile(text, NULL);
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    const struct policy *texts[] = {fixture->policy};
    const struct written written = record_of(fixture, asked);
    const struct policy_rehearse_record record = {
        .ask = written.ask,
        .parts = &written.part,
        .part_count = reading.is_whole ? 0 : 1,
        .texts = {.policies = texts, .count = 1},
        .reader = reading.reader,
        .ask_index = ASK_INDEX,
        .part_indices = &index,
    };
    assert_false(lg_failed(policy_rehearse_begin(draft, fixture->arena, &rehearsal)));
    assert_false(lg_failed(policy_rehearse_record(rehearsal, &record)));
    assert_false(lg_failed(policy_rehearse_report(rehearsal, &report)));
    free(text);
    return report;
}

static uint64_t told_count(const struct policy_rehearsal *report) {
    uint64_t count = 0;
    for (int i = 0; i < POLICY_TURNS; i++) {
        count += report->totals[i];
    }
    return count;
}

static const char *const no_edit[2] = {NULL, NULL};

/* A draft that shares without consent would tell who asked whether there was one. */
static void who_asked_is_not_told_of_the_person(void **state) {
    struct fixture *fixture = *state;
    static const char *const edits[][2] = {
        {NULL, NULL},
        {"  consent: required unless emergency\n  consent is: confidentiality\n  requires: case "
         "reference, second person\n",
         "  consent: not needed\n  requires: case reference, second person\n"},
    };
    for (size_t i = 0; i < 4; i++) {
        struct asked asked = health_of_gamma(fixture);
        ask_delta(&asked, fixture, "worker");
        asked.has_consent = i % 2 == 0;
        struct policy_rehearsal report = read_one(fixture, &asked, edits[i / 2],
                                                  (struct reading){POLICY_READER_REQUESTER, false});
        assert_int_equal(told_count(&report), 0);
        assert_int_equal(report.withheld, 1);
        /* The source knows its own consents, and clause 3 tells it who asks. */
        report =
            read_one(fixture, &asked, edits[i / 2], (struct reading){POLICY_READER_SOURCE, false});
        assert_int_equal(report.totals[i == 3 ? POLICY_TURN_NEW : POLICY_TURN_SAME], 1);
        assert_int_equal(report.withheld, 0);
        if (i == 3) {
            assert_int_equal(report.rows[0].sample_index, PART_INDEX);
        }
    }
}

static void a_source_is_told_what_its_clause_tells(void **state) {
    struct fixture *fixture = *state;
    struct asked asked[QUESTIONS];
    static const char *const edit[] = {"  pseudonymise: person.number\n",
                                       "  pass: person.number\n"};
    make_questions(fixture, asked);
    struct policy_rehearsal report =
        read_one(fixture, &asked[7], edit, (struct reading){POLICY_READER_SOURCE, false});
    assert_int_equal(told_count(&report), 0);
    assert_int_equal(report.withheld, 1);
    report = read_one(fixture, &asked[7], edit, (struct reading){POLICY_READER_REQUESTER, false});
    assert_int_equal(report.totals[POLICY_TURN_WEAKER], 1);
    assert_int_equal(report.withheld, 0);
}

/* That others ask about a person is nothing that who asked was told. */
static void counts_of_the_person_are_left_out(void **state) {
    struct fixture *fixture = *state;
    static const char *const edit[] = {"  per subject: 2 in 1 week\n", ""};
    struct asked asked = health_of_gamma(fixture);
    asked.subject_count = 2;
    struct policy_rehearsal report =
        read_one(fixture, &asked, edit, (struct reading){POLICY_READER_AUDITOR, false});
    assert_int_equal(report.totals[POLICY_TURN_RATE], 1);
    report = read_one(fixture, &asked, edit, (struct reading){POLICY_READER_REQUESTER, false});
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
    assert_int_equal(report.unfaithful, 0);
}

/* A question that no source was asked has no part; what the draft opens shows all the same. */
static void what_was_refused_as_a_whole_is_put_to_the_draft(void **state) {
    struct fixture *fixture = *state;
    static const char *const edit[] = {"  open: 08:00 to 18:00 on weekdays",
                                       "  open: 08:00 to 23:30 on weekdays"};
    const struct reading whole = {POLICY_READER_AUDITOR, true};
    struct asked asked = health_of_gamma(fixture);
    /* Somebody was asked, and the question ended without an answer. */
    struct policy_rehearsal report = read_one(fixture, &asked, edit, whole);
    assert_int_equal(told_count(&report), 0);
    asked.request.at_s = at("2026-06-10", 22);
    report = read_one(fixture, &asked, no_edit, whole);
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
    report = read_one(fixture, &asked, edit, whole);
    assert_int_equal(report.totals[POLICY_TURN_NEW], 1);
    assert_int_equal(report.rows[0].sample_index, ASK_INDEX);
    assert_true(span_equal_text(report.rows[0].sample,
                                "`health.status` from gamma: pass, was OUT_OF_HOURS"));
    /* Nobody asked the person then. */
    ask_delta(&asked, fixture, "worker");
    report = read_one(fixture, &asked, edit, whole);
    assert_int_equal(report.totals[POLICY_TURN_UNKNOWN], 1);
    assert_int_equal(told_count(&report), 1);
}

/* A question to everybody, and a draft with a party more: nothing stands on the old side of it. */
static void a_party_more_has_no_old_side(void **state) {
    struct fixture *fixture = *state;
    static const char *const edit[] = {
        "role delta/nurse\n",
        "role delta/nurse\nparty omega\n  name: O\n  legal entity: O\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\n"};
    const struct reading whole = {POLICY_READER_REQUESTER, true};
    struct asked asked = health_of_gamma(fixture);
    asked.request.recipient = span_text("delta");
    asked.request.role = span_text("nurse");
    asked.request.sources = list(fixture, "");
    asked.request.fields = list(fixture, "person.born");
    asked.request.basis = span_text("life");
    struct policy_rehearsal report = read_one(fixture, &asked, no_edit, whole);
    assert_int_equal(told_count(&report), policy_party_count(fixture->policy) - 1);
    report = read_one(fixture, &asked, edit, whole);
    assert_int_equal(told_count(&report), policy_party_count(fixture->policy));
    assert_int_equal(report.withheld, 0);
    assert_int_equal(report.totals[POLICY_TURN_NEW], 0);
}

static void other_bytes_are_refused(void **state) {
    struct fixture *fixture = *state;
    struct rehearsal *rehearsal;
    struct asked asked = health_of_gamma(fixture);
    struct written written = record_of(fixture, &asked);
    const struct policy *texts[] = {fixture->policy};
    assert_false(lg_failed(policy_rehearse_begin(fixture->policy, fixture->arena, &rehearsal)));
    struct policy_rehearse_record record = {
        .ask = written.ask, .parts = &written.ask, .part_count = 1, .texts = {texts, 1}};
    assert_int_equal(lg_err_class(policy_rehearse_record(rehearsal, &record)), LG_CLASS_INPUT);
    record.parts = &written.part;
    record.texts.count = 0;
    assert_int_equal(lg_err_class(policy_rehearse_record(rehearsal, &record)), LG_CLASS_INPUT);
    record.texts.count = 1;
    record.ask.len--;
    assert_int_equal(lg_err_class(policy_rehearse_record(rehearsal, &record)), LG_CLASS_INPUT);
}

static void check_allocations(struct fixture *fixture, const struct policy *draft,
                              enum policy_reader reader) {
    for (uint64_t n = 1;; n++) {
        struct arena *arena = NULL;
        struct policy_rehearsal report;
        assert_false(lg_failed(arena_new(1 << 22, &arena)));
        arena_free(&fixture->arena);
        assert_false(lg_failed(arena_new(ARENA, &fixture->arena)));
        support_alloc_fail_at(n);
        struct lg_err err = rehearse(fixture, draft, reader, arena, &report);
        uint64_t seen = support_alloc_seen();
        support_alloc_fail_at(0);
        arena_free(&arena);
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        if (seen < n) {
            assert_false(lg_failed(err));
            break;
        }
        assert_true(n < 2000);
    }
}

static void each_allocation_fails(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), "  pass: health.*\n", "  redact: health.*\n");
    text = edited_more(text,
                       "promise P3 always\n  who: alpha/worker\n  from: gamma\n  sees: "
                       "health.status\n  for: child-care\n",
                       "");
    OWN(policy_free) struct policy *draft = compile(text, NULL);
    check_allocations(fixture, draft, POLICY_READER_AUDITOR);
    check_allocations(fixture, draft, POLICY_READER_REQUESTER);
    free(text);
}

/* ---- the command ---- */

static void put_base64(FILE *file, const char *word, struct span bytes) {
    char *text = calloc(1, (bytes.len + 2) / 3 * 4 + 1);
    assert_non_null(text);
    bytes_to_base64(bytes, text);
    fprintf(file, "%s %s", word, text);
    free(text);
}

static void write_records(struct fixture *fixture, const char *name) {
    FILE *file = fopen(name, "wb");
    struct asked asked[QUESTIONS];
    char hex[2 * POLICY_RECORD_HASH_SIZE + 1];
    struct policy_record_hash hash = hash_of(fixture->policy);
    assert_non_null(file);
    bytes_to_hex(span_of(hash.bytes, sizeof hash.bytes), hex);
    fprintf(file, "lockgate-records 1\nagreement %s", hex);
    put_base64(file, "", policy_text(fixture->policy));
    fprintf(file, " -\n");
    make_questions(fixture, asked);
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct written written = record_of(fixture, &asked[i]);
        put_base64(file, "ask", written.ask);
        put_base64(file, "\npart", written.part);
        fprintf(file, "\n");
    }
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *name, const char *text) {
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int replay(const char *a, const char *b, const char *c, const char *d, const char *e) {
    const char *words[] = {a, b, c, d, e};
    char *argv[6] = {NULL};
    char copies[5][512];
    int argc = 0;
    for (; argc < 5 && words[argc] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    return tool_agreement_rehearse(argc, argv);
}

static void the_command_exits_as_it_says(void **state) {
    struct fixture *fixture = *state;
    static const char whole[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
    static const char records[] = LOCKGATE_BUILD "/rehearse.records";
    static const char draft[] = LOCKGATE_BUILD "/rehearse.isa";
    static const char expected[] = LOCKGATE_BUILD "/rehearse.expected";
    char *text = edited_more(vector("whole.isa"), "  open: 08:00 to 18:00 on weekdays",
                             "  open: 08:00 to 23:30 on weekdays");
    write_records(fixture, records);
    write_text(draft, text);
    write_text(expected, "# by night\n4 alpha/worker  child-care # agreed\n");
    assert_int_equal(replay(whole, "--records", records, NULL, NULL), EXIT_TOOL_DONE);
    assert_int_equal(replay(whole, "--records", records, "--json", NULL), EXIT_TOOL_DONE);
    assert_int_equal(replay(draft, "--records", records, NULL, NULL), EXIT_TOOL_REFUSED);
    assert_int_equal(replay(draft, "--records", records, "--expected", expected), EXIT_TOOL_DONE);
    write_text(expected, "4 alpha/manager child-care\n4 alpha/worker child-care more\n");
    assert_int_equal(replay(draft, "--records", records, "--expected", expected),
                     EXIT_TOOL_REFUSED);
    assert_int_equal(replay(draft, NULL, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(replay("--records", records, NULL, NULL, NULL), EXIT_TOOL_USAGE);
    assert_int_equal(replay(draft, "--records", "/nowhere", NULL, NULL), EXIT_TOOL_FAILED);
    free(text);
}

/* Draft and records are judged by it: whole.isa cites what this register does not hold. */
static void the_command_takes_a_register(void **state) {
    struct fixture lawful = *(struct fixture *)*state;
    static const char whole[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
    static const char statutes[] = LOCKGATE_SOURCE "/policy/register/uk.register";
    static const char records[] = LOCKGATE_BUILD "/rehearse-law.records";
    static const char draft[] = LOCKGATE_BUILD "/rehearse-law.isa";
    char *text = edited_more(vector("whole.isa"), "  law: edition-2026\n", "  law: uk-2026-11\n");
    text = edited_more(text, "  gateway: act-1\n", "");
    text = edited_more(text,
                       "promise P3 always\n  who: alpha/worker\n  from: gamma\n  sees: "
                       "health.status\n  for: child-care\n",
                       "");
    OWN(policy_free) struct policy *policy = compile(text, NULL);
    lawful.policy = policy;
    write_records(&lawful, records);
    write_text(draft, text);
    assert_int_equal(replay(draft, "--records", records, NULL, NULL), EXIT_TOOL_DONE);
    /* Records of a time without a register are not repeated under one, which is told. */
    assert_int_equal(replay(draft, "--records", records, "--register", statutes), EXIT_TOOL_DONE);
    assert_int_equal(replay(whole, "--records", records, "--register", statutes), EXIT_TOOL_FAILED);
    assert_int_equal(replay(draft, "--records", records, "--register", whole), EXIT_TOOL_FAILED);
    assert_int_equal(replay(draft, "--records", records, "--register", "/nowhere"),
                     EXIT_TOOL_FAILED);
    assert_int_equal(replay(draft, "--records", records, "--register", NULL), EXIT_TOOL_USAGE);
    free(text);
}

static void other_files_are_refused(void **state) {
    (void)state;
    static const char whole[] = LOCKGATE_SOURCE "/tests/vectors/policy/whole.isa";
    static const char records[] = LOCKGATE_BUILD "/rehearse-wrong.records";
    static const char *const texts[] = {
        "",
        "lockgate-records 2\n",
        "lockgate-records 1\nsomething else\n",
        "lockgate-records 1\npart AAAA\n",
        "lockgate-records 1\nask A\n",
        "lockgate-records 1\nask AAAA\n",
        "lockgate-records 1\nagreement 00 AAAA -\n",
        "lockgate-records 1\n\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_text(records, texts[i]);
        assert_int_equal(replay(whole, "--records", records, NULL, NULL), EXIT_TOOL_FAILED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_text_changes_nothing, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(drafts_change_what_they_must, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(a_new_agreement_stands_beside, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(who_asked_is_not_told_of_the_person, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(a_source_is_told_what_its_clause_tells, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(counts_of_the_person_are_left_out, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(a_party_more_has_no_old_side, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(what_was_refused_as_a_whole_is_put_to_the_draft,
                                        arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(other_bytes_are_refused, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(each_allocation_fails, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_command_takes_a_register, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(the_command_exits_as_it_says, arena_begin, arena_end),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
