/* SPDX-License-Identifier: Apache-2.0 */
/* What an agreement says of data binds under every other, and does not end with it; the record of a
 * decision says who bound it, so that it is decided again in the same way (design, law, 4.3). */
#include "policy/compare/rehearse.h"
#include "policy/record/record.h"
#include "tests/unit/policy_law_fixture.h"

enum { ROOM = 4096 };

static const struct law_question FINDING = {"council-housing/enforcement", "council-adults",
                                            "housing-enforcement", "council-powers",
                                            "board-papers.finding"};
static const struct law_question PLANNING = {
    "council-adults/analyst", "hospital", "service-planning", "planning-251", "patient.attendance"};
static const struct law_question TENANCY = {"charity/keyworker", "council-housing", "early-help",
                                            "council-powers", "tenancy.status"};

static const char LOCK[] = "  received under: care-act-45\n";
static const char PATIENT[] =
    "  fields: name, attendance, allergies\n  confidential: yes\n  patient information: yes\n"
    "  opt-out: national, at most 7 days old\n";

/* The agreement as another one, or as a later version of itself, with a part replaced. The caller
 * frees it. */
static struct policy *other_than(const struct law *law, const char *head, const char *from,
                                 const char *to) {
    char *renamed = law_replaced(law->text, "agreement law\n", head);
    char *changed = law_replaced(renamed, from, to);
    struct policy *policy = law_compile(law, changed);
    free(renamed);
    free(changed);
    return policy;
}

static struct policy *other_agreement(const struct law *law, const char *from, const char *to) {
    return other_than(law, "agreement other\n", from, to);
}

/* In force for the rest of the test, with the first agreement as one that ended, or as superseded.
 */
static void put_beside(struct law *law, const struct policy *policy, bool is_superseded) {
    struct policy_bystander *it = arena_alloc(law->arena, sizeof *it);
    assert_non_null(it);
    *it = (struct policy_bystander){
        .policy = law->policy, .hash = {1}, .is_superseded = is_superseded};
    law->force = (struct policy_force){
        .policy = policy, .hash = {2}, .bystanders = it, .bystander_count = 1};
}

/* ---- locks ---- */

static void a_lock_outlives_its_agreement(void **state) {
    struct law *law = *state;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    law->force = (struct policy_force){.policy = other};
    law_shared(law_ask(law, FINDING));
    put_beside(law, other, false);
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    put_beside(law, other, true);
    const struct policy_ruling *ruling = law_ask(law, FINDING);
    law_refused(ruling, POLICY_PURPOSE_LOCKED);
    assert_true(ruling->term->purpose_lock);
    /* The question may name the agreement that it falls under. */
    law->request.agreement = span_text("other");
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
}

/* Nothing is asked under a text that stands beside those in force. */
static void a_bystander_opens_nothing(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *other = other_agreement(law, "  pass: tenancy.status, tenancy.arrears\n",
                                           "  pass: tenancy.arrears\n");
    put_beside(law, other, false);
    law_refused(law_ask(law, TENANCY), POLICY_NO_CLAUSE);
    law->request.agreement = span_text("law");
    law_refused(law_ask(law, TENANCY), POLICY_NO_AGREEMENT);
}

/* ---- marks ---- */

static struct policy_opt_out opted_out_days_ago(const struct law *law, int32_t days) {
    int32_t today = policy_local_day(law->policy, law->request.at_s);
    return (struct policy_opt_out){.is_known = true, .applies = true, .as_of_day = today - days};
}

/* The second agreement takes the hospital's data for ordinary; the first knows better. */
static void patient_information_is_so_under_every_agreement(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *other = other_agreement(law, PATIENT,
                                           "  fields: name, attendance, allergies\n"
                                           "  patient information: no\n");
    law->force = (struct policy_force){.policy = other};
    law->facts.opt_out = opted_out_days_ago(law, 0);
    law->request.agreement = span_text("other");
    law_shared(law_ask(law, PLANNING));
    law->other = (struct policy_force){.policy = law->policy};
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_APPLIES);
    law->facts.opt_out = opted_out_days_ago(law, 8); /* the first asks for seven days */
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    law->other = (struct policy_force){.policy = law->policy, .is_unsigned = true};
    law_shared(law_ask(law, PLANNING));
    law->other = (struct policy_force){0};
    put_beside(law, other, false);
    law_refused(law_ask(law, PLANNING), POLICY_OPT_OUT_UNKNOWN);
    /* A version of the first that came later says what the data is. */
    put_beside(law, other, true);
    law_shared(law_ask(law, PLANNING));
}

static void confidence_is_owed_under_every_agreement(void **state) {
    static const char said[] = "  confidential: yes\n  patient information: no\n";
    static const struct law_question notes = {"council-housing/officer", "council-adults",
                                              "early-help", "council-powers", "wellbeing.notes"};
    struct law *law = *state;
    OWN(policy_free)
    struct policy *other = other_agreement(law, said, "  patient information: no\n");
    law->force = (struct policy_force){.policy = other};
    law_shared(law_ask(law, notes));
    put_beside(law, other, false);
    law_refused(law_ask(law, notes), POLICY_CONFIDENTIALITY_NOT_KNOWN);
    law->force = (struct policy_force){.policy = other};
    law->other = (struct policy_force){.policy = law->policy};
    law->request.agreement = span_text("other");
    law_refused(law_ask(law, notes), POLICY_CONFIDENTIALITY_NOT_KNOWN);
}

/* ---- one text within another ---- */

static void a_text_adds_nothing_to_one_that_says_as_much(void **state) {
    static const struct {
        const char *from;
        const char *to;
        bool is_within; /* the first in the changed one */
        bool by_locks;  /* and its locks alone */
    } changes[] = {
        {"  title: Tenancies\n", "  title: Lets\n", true, true},
        {LOCK, "", false, false},
        {"  held by: council-adults, board\n", "  held by: council-adults\n", false, false},
        {"  held by: council-adults, board\n", "  held by: council-adults, board, gp\n", true,
         true},
        {"  fields: finding\n", "  fields: finding, minutes\n", true, true},
        {"  confidential: yes\n", "  confidential: no\n", false, true},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, at most 8 days old\n",
         false, true},
        {"  opt-out: national, at most 7 days old\n", "  opt-out: national, at most 6 days old\n",
         true, true},
        {"  opt-out: national, at most 7 days old\n", "", false, true},
    };
    struct law *law = *state;
    assert_true(policy_binds(law->policy, false) && policy_binds(law->policy, true));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        OWN(policy_free)
        struct policy *other = other_agreement(law, changes[i].from, changes[i].to);
        if (policy_binds_within(law->policy, other, false) != changes[i].is_within ||
            policy_binds_within(law->policy, other, true) != changes[i].by_locks) {
            fail_msg("change %zu: %s", i, changes[i].from);
        }
    }
}

static void a_text_with_less_in_it_does_not_say_as_much(void **state) {
    struct law *law = *state;
    OWN(policy_free)
    struct policy *wider =
        other_agreement(law, "  fields: finding\n", "  fields: finding, minutes\n");
    assert_false(policy_binds_within(wider, law->policy, false)); /* a field that it has not */
    char *more = law_replaced(law->text, "role council-adults/social-worker\n",
                              "party tribunal\n  name: Example Tribunal\n"
                              "  legal entity: Tribunal\n  public authority: yes\n"
                              "  competent authority: no\n  signs as: Registrar\n"
                              "  body: safeguarding-adults-board\n\n"
                              "role council-adults/social-worker\n");
    char *held = law_replaced(more, "  held by: council-adults, board\n",
                              "  held by: council-adults, board, tribunal\n");
    OWN(policy_free) struct policy *held_elsewhere = law_compile(law, held);
    assert_true(policy_binds_within(law->policy, held_elsewhere, false));
    assert_false(policy_binds_within(held_elsewhere, law->policy, false)); /* a party, too */
    free(more);
    free(held);
    OWN(policy_free)
    struct policy *no_patients =
        other_agreement(law,
                        "  fields: diagnosis, medication\n  confidential: yes\n"
                        "  patient information: yes\n",
                        "  fields: diagnosis, medication\n  confidential: yes\n"
                        "  patient information: no\n");
    assert_false(policy_binds_within(law->policy, no_patients, false));
    assert_true(policy_binds_within(no_patients, law->policy, false));
}

/* What a purpose lock says is said in the words of one edition. */
static void a_lock_of_another_edition_is_another(void **state) {
    struct law *law = *state;
    struct diag diag = {0};
    struct law later = *law;
    char *statutes =
        law_replaced(law->register_text, "edition uk-2026-11\n", "edition uk-2026-12\n");
    char *text = law_replaced(law->text, "  law: uk-2026-11\n", "  law: uk-2026-12\n");
    assert_false(lg_failed(policy_register_compile(span_text(statutes), &diag, &later.statutes)));
    OWN(policy_free) struct policy *other = law_compile(&later, text);
    assert_false(policy_binds_within(law->policy, other, true));
    assert_true(policy_binds_within(other, other, true));
    policy_register_free(&later.statutes);
    free(statutes);
    free(text);
}

/* ---- several ---- */

/* Every occurrence. The caller frees it; `text` is given. */
static char *all_replaced(char *text, const char *from, const char *to) {
    while (strstr(text, from) != NULL) {
        char *changed = law_replaced(text, from, to);
        free(text);
        text = changed;
    }
    return text;
}

static void locks_bind_where_there_are_no_marks(void **state) {
    struct law *law = *state;
    char *text = law_replaced(law->text, "agreement law\n", "agreement locked\n");
    text = all_replaced(text, "  opt-out: national, at most 7 days old\n", "");
    text = all_replaced(text, "  patient information: yes\n", "  patient information: no\n");
    text = all_replaced(text, "  confidential: yes\n", "");
    OWN(policy_free) struct policy *locked = law_compile(law, text);
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    free(text);
    struct policy_bystander it = {.policy = locked, .hash = {1}};
    law->force = (struct policy_force){.policy = other, .bystanders = &it, .bystander_count = 1};
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    law->force.bystander_count = 0;
    law_shared(law_ask(law, FINDING));
}

/* Two agreements in force whose bystanders are in lists of their own, and in the same one. */
static void bystanders_of_every_agreement_bind(void **state) {
    struct law *law = *state;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    OWN(policy_free) struct policy *third = other_than(law, "agreement third\n", LOCK, "");
    const struct policy_bystander none[] = {{.policy = third, .hash = {3}}};
    const struct policy_bystander locks[] = {{.policy = law->policy, .hash = {1}}};
    law->force = (struct policy_force){
        .policy = other, .hash = {2}, .bystanders = none, .bystander_count = 1};
    law->other = (struct policy_force){
        .policy = third, .hash = {3}, .bystanders = locks, .bystander_count = 1};
    law->request.agreement = span_text("other");
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    law->other.bystanders = none;
    law_shared(law_ask(law, FINDING));
    law->force.bystanders = locks;
    law->other.bystanders = locks;
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
}

/* ---- records ---- */

static struct span written(struct law *law, struct writer *w) {
    struct span bytes;
    assert_false(lg_failed(writer_end(w, &bytes)));
    return arena_copy(law->arena, bytes);
}

static struct span ask_written(struct law *law) {
    static const struct policy_record_given nothing_given = {0};
    struct policy_record_ask ask;
    uint8_t bytes[ROOM];
    struct writer w = writer_of(bytes, sizeof bytes);
    assert_false(lg_failed(policy_record_ask_make(law->permit, &nothing_given, law->arena, &ask)));
    policy_record_ask_write(&ask, &w);
    struct span made = written(law, &w);
    assert_true(made.len <= policy_record_ask_size_max(1, 1, 1));
    return made;
}

static struct span part_written(struct law *law) {
    const struct policy_record_settled settled = {&law->facts, &law->outcome};
    struct policy_record_part part;
    uint8_t bytes[ROOM];
    struct writer w = writer_of(bytes, sizeof bytes);
    assert_false(lg_failed(policy_record_part_make(law->permit, 0, &settled, law->arena, &part)));
    policy_record_part_write(&part, &w);
    return written(law, &w);
}

/* What is decided again from the record alone. */
static enum policy_reason decided_again(struct law *law, struct span bytes,
                                        const struct policy *const *policies) {
    struct policy_record_ask ask;
    struct policy_replay replay;
    const struct permit *permit;
    assert_false(lg_failed(policy_record_ask_read(bytes, law->arena, &ask)));
    assert_true(ask.is_whole);
    const struct policy_record_texts texts = policy_record_texts_of(&ask, policies);
    assert_false(lg_failed(policy_record_request(&ask, &texts, law->arena, &replay)));
    assert_false(lg_failed(
        policy_decide(replay.force, replay.force_count, &replay.request, law->arena, &permit)));
    return policy_permit_refusal(permit, 0);
}

static void a_record_names_who_bound_the_decision(void **state) {
    struct law *law = *state;
    struct policy_record_ask ask;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    const struct policy *const policies[] = {other, law->policy};
    put_beside(law, other, true);
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    struct span bytes = ask_written(law);
    assert_false(lg_failed(policy_record_ask_read(bytes, law->arena, &ask)));
    assert_int_equal(policy_record_ask_text_count(&ask), 2);
    assert_int_equal(policy_record_ask_hash(&ask, 0)->bytes[0], 2);
    assert_int_equal(policy_record_ask_hash(&ask, 1)->bytes[0], 1);
    assert_true(ask.bystanders[0].is_superseded);
    assert_int_equal(decided_again(law, bytes, policies), POLICY_PURPOSE_LOCKED);
    /* In force, and not asked. */
    law->force = (struct policy_force){.policy = other, .hash = {2}};
    law->other = (struct policy_force){.policy = law->policy, .hash = {1}};
    law->request.agreement = span_text("other");
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    assert_int_equal(decided_again(law, ask_written(law), policies), POLICY_PURPOSE_LOCKED);
    /* Asked, too: it is among the agreements. */
    law->request.agreement = span_text("");
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    bytes = ask_written(law);
    assert_false(lg_failed(policy_record_ask_read(bytes, law->arena, &ask)));
    assert_int_equal(ask.bystander_count, 0);
    assert_int_equal(decided_again(law, bytes, policies), POLICY_PURPOSE_LOCKED);
}

static void more_than_a_record_holds_is_not_whole(void **state) {
    struct policy_bystander many[POLICY_RECORD_BYSTANDERS_MAX + 1] = {0};
    struct policy *texts[POLICY_RECORD_BYSTANDERS_MAX + 1];
    const size_t most = POLICY_RECORD_BYSTANDERS_MAX;
    struct law *law = *state;
    struct policy_record_ask ask;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    for (size_t i = 0; i <= most; i++) {
        texts[i] = law_compile(law, law->text);
        many[i].policy = texts[i];
    }
    for (size_t count = most; count <= most + 1; count++) {
        law->force =
            (struct policy_force){.policy = other, .bystanders = many, .bystander_count = count};
        law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
        assert_false(lg_failed(policy_record_ask_read(ask_written(law), law->arena, &ask)));
        /* The agreement that is asked marks data itself: it is none of them. */
        assert_int_equal(ask.bystander_count, most);
        assert_int_equal(ask.is_whole, count == most);
        assert_int_equal(policy_record_is_complete(&ask, NULL), count == most);
    }
    /* Nothing else was lost than what no text knows: the same texts decide the same. */
    ask = (struct policy_record_ask){.bystander_count = most - 1};
    assert_true(policy_record_is_complete(&ask, NULL));
    ask = (struct policy_record_ask){.standing_count = POLICY_RECORD_STANDINGS_MAX};
    assert_false(policy_record_is_complete(&ask, NULL));
    ask = (struct policy_record_ask){.training_count = POLICY_RECORD_TRAININGS_MAX};
    assert_false(policy_record_is_complete(&ask, NULL));
    ask.is_whole = true;
    assert_true(policy_record_is_complete(&ask, NULL));
    ask = (struct policy_record_ask){.bystander_count = most - 1};
    struct policy_record_part part = {.is_whole = false};
    assert_false(policy_record_is_complete(&ask, &part));
    part.is_whole = true;
    assert_true(policy_record_is_complete(&ask, &part));
    for (size_t i = 0; i <= most; i++) {
        policy_free(&texts[i]);
    }
}

/* However many bind: those that say nothing of what was asked take no room in its record. */
static void what_does_not_bear_on_it_is_not_recorded(void **state) {
    enum { COUNT = POLICY_RECORD_BYSTANDERS_MAX + 2 };
    struct policy_bystander many[COUNT] = {0};
    struct policy *texts[COUNT];
    struct law *law = *state;
    struct policy_record_ask ask;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    for (size_t i = 0; i < COUNT; i++) {
        bool is_last = i == COUNT - 1;
        texts[i] = is_last ? law_compile(law, law->text)
                           : other_than(law, "agreement third\n", LOCK, ""); /* marks other data */
        many[i].policy = texts[i];
        many[i].hash[0] = (uint8_t)i;
    }
    law->force =
        (struct policy_force){.policy = other, .bystanders = many, .bystander_count = COUNT};
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    assert_false(lg_failed(policy_record_ask_read(ask_written(law), law->arena, &ask)));
    assert_int_equal(ask.bystander_count, 1);
    assert_int_equal(ask.bystanders[0].hash.bytes[0], COUNT - 1);
    assert_true(ask.is_whole);
    for (size_t i = 0; i < COUNT; i++) {
        policy_free(&texts[i]);
    }
}

/* It marks and locks other data than was asked for. */
static void who_says_nothing_of_the_field_is_not_recorded(void **state) {
    struct law *law = *state;
    struct policy_record_ask ask;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    put_beside(law, other, false);
    (void)law_ask(law, TENANCY);
    assert_false(lg_failed(policy_record_ask_read(ask_written(law), law->arena, &ask)));
    assert_int_equal(ask.bystander_count, 0);
    /* It locks the field, and not with this source. */
    OWN(policy_free)
    struct policy *held =
        other_agreement(law, "  held by: council-adults, board\n", "  held by: council-adults\n");
    struct policy_bystander it = {.policy = held, .hash = {1}};
    law->force.bystanders = &it;
    struct law_question asked = FINDING;
    for (int i = 0; i < 2; i++) {
        (void)law_ask(law, asked);
        assert_false(lg_failed(policy_record_ask_read(ask_written(law), law->arena, &ask)));
        assert_int_equal(ask.bystander_count, i == 0 ? 1 : 0);
        asked.source = "board";
    }
}

static void a_record_is_not_read_with_fewer_texts_than_bound_it(void **state) {
    struct law *law = *state;
    struct policy_record_ask ask;
    struct policy_replay replay;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    const struct policy *const policies[] = {other, law->policy};
    put_beside(law, other, true);
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    assert_false(lg_failed(policy_record_ask_read(ask_written(law), law->arena, &ask)));
    struct policy_record_texts texts = policy_record_texts_of(&ask, policies);
    texts.bystander_count = 0;
    struct lg_err err = policy_record_request(&ask, &texts, law->arena, &replay);
    assert_int_equal(lg_err_code(err), POLICY_RECORD_TEXT);
    texts = policy_record_texts_of(&ask, policies);
    texts.count = 0;
    err = policy_record_request(&ask, &texts, law->arena, &replay);
    assert_int_equal(lg_err_code(err), POLICY_RECORD_TEXT);
}

static void a_record_of_too_many_or_of_none_is_wrong(void **state) {
    struct law *law = *state;
    struct policy_record_ask ask;
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    put_beside(law, other, true);
    law_ask(law, FINDING);
    struct span bytes = ask_written(law);
    size_t count_at = bytes.len - POLICY_RECORD_HASH_SIZE - 2;
    uint8_t spoilt[ROOM];
    static const uint8_t counts[] = {0, 2, POLICY_RECORD_BYSTANDERS_MAX + 1};
    for (size_t i = 0; i < sizeof counts; i++) {
        memcpy(spoilt, bytes.ptr, bytes.len);
        spoilt[count_at] = counts[i];
        struct lg_err err = policy_record_ask_read(span_of(spoilt, bytes.len), law->arena, &ask);
        assert_int_equal(lg_err_code(err), POLICY_RECORD_WRONG);
    }
    memcpy(spoilt, bytes.ptr, bytes.len);
    spoilt[bytes.len - 1] = 2; /* a bit that there is not */
    struct lg_err err = policy_record_ask_read(span_of(spoilt, bytes.len), law->arena, &ask);
    assert_int_equal(lg_err_code(err), POLICY_RECORD_WRONG);
}

/* ---- rehearsal ---- */

/* Of the question that the law agreement refused, put to a draft. */
static struct policy_rehearsal rehearsed(struct law *law, const struct policy *draft,
                                         const struct policy *const *policies, size_t beside) {
    struct rehearsal *rehearsal;
    struct policy_rehearsal report;
    const struct span part = part_written(law);
    const struct policy_rehearse_record record = {
        .ask = ask_written(law),
        .parts = &part,
        .part_count = 1,
        .texts = {.policies = policies, .count = 1, .bystander_count = beside},
    };
    assert_false(lg_failed(policy_rehearse_begin(draft, law->arena, &rehearsal)));
    assert_false(lg_failed(policy_rehearse_record(rehearsal, &record)));
    assert_false(lg_failed(policy_rehearse_report(rehearsal, &report)));
    return report;
}

static void a_draft_lifts_no_lock(void **state) {
    struct law *law = *state;
    OWN(policy_free) struct policy *draft = other_than(law, "agreement law\n", LOCK, "");
    OWN(policy_free) struct policy *other = other_agreement(law, LOCK, "");
    OWN(policy_free)
    struct policy *next = other_agreement(law, "  title: Tenancies\n", "  title: Lets\n");
    const struct policy *const alone[] = {law->policy};
    const struct policy *const both[] = {other, law->policy};
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    struct policy_rehearsal report = rehearsed(law, draft, alone, 0);
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
    report = rehearsed(law, other, alone, 0); /* beside the one in force */
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
    put_beside(law, other, true);
    law_refused(law_ask(law, FINDING), POLICY_PURPOSE_LOCKED);
    report = rehearsed(law, next, both, 1);
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
}

/* A draft that nobody signed binds nobody; another in its place is not signed either. */
static void what_nobody_signed_does_not_bind_on(void **state) {
    struct law *law = *state;
    OWN(policy_free) struct policy *draft = other_than(law, "agreement law\n", LOCK, "");
    const struct policy *const alone[] = {law->policy};
    law->force.is_unsigned = true;
    law_refused(law_ask(law, FINDING), POLICY_AGREEMENT_NOT_SIGNED);
    struct policy_rehearsal report = rehearsed(law, draft, alone, 0);
    assert_int_equal(report.totals[POLICY_TURN_SAME], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, law_begin, law_end)
        CASE(a_lock_outlives_its_agreement),
        CASE(a_bystander_opens_nothing),
        CASE(patient_information_is_so_under_every_agreement),
        CASE(confidence_is_owed_under_every_agreement),
        CASE(a_text_adds_nothing_to_one_that_says_as_much),
        CASE(a_text_with_less_in_it_does_not_say_as_much),
        CASE(a_lock_of_another_edition_is_another),
        CASE(locks_bind_where_there_are_no_marks),
        CASE(bystanders_of_every_agreement_bind),
        CASE(who_says_nothing_of_the_field_is_not_recorded),
        CASE(a_record_is_not_read_with_fewer_texts_than_bound_it),
        CASE(what_nobody_signed_does_not_bind_on),
        CASE(a_record_names_who_bound_the_decision),
        CASE(more_than_a_record_holds_is_not_whole),
        CASE(what_does_not_bear_on_it_is_not_recorded),
        CASE(a_record_of_too_many_or_of_none_is_wrong),
        CASE(a_draft_lifts_no_lock),
#undef CASE
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
