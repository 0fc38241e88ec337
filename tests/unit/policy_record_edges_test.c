/* SPDX-License-Identifier: Apache-2.0 */
/* Records at their edges: where the hash of a text comes from, what does not fit, facts of consent
 * of every shape, numbers that are out of range or belong to another text. */
#include "policy/record/record.h"
#include "tests/unit/policy_edit.h"
#include "tests/unit/policy_fixture.h"

const char policy_fixture_folder[] = LOCKGATE_SOURCE "/tests/vectors/policy";

enum { ROOM = 8192, WIDE = 70, TEXT_SIZE = 1 << 16 };

static struct policy_record_ask ask_of(struct fixture *fixture, const struct permit *permit,
                                       const struct policy_record_given *given) {
    struct policy_record_ask ask;
    assert_false(lg_failed(policy_record_ask_make(permit, given, fixture->arena, &ask)));
    return ask;
}

static struct policy_record_part part_of(struct fixture *fixture, const struct permit *permit,
                                         const struct policy_facts *facts) {
    struct policy_outcome outcome;
    struct policy_record_part part;
    const struct policy_record_settled settled = {facts, &outcome};
    assert_false(lg_failed(policy_settle(permit, 0, facts, fixture->arena, &outcome)));
    assert_false(lg_failed(policy_record_part_make(permit, 0, &settled, fixture->arena, &part)));
    return part;
}

static struct lg_err read_ask(struct fixture *fixture, const struct policy_record_ask *ask,
                              struct policy_record_ask *out_ask) {
    struct writer writer = writer_of(arena_alloc(fixture->arena, ROOM), ROOM);
    struct span bytes;
    policy_record_ask_write(ask, &writer);
    assert_false(lg_failed(writer_end(&writer, &bytes)));
    return policy_record_ask_read(bytes, fixture->arena, out_ask);
}

static struct lg_err read_part(struct fixture *fixture, const struct policy_record_part *part,
                               struct policy_record_part *out_part) {
    struct writer writer = writer_of(arena_alloc(fixture->arena, ROOM), ROOM);
    struct span bytes;
    policy_record_part_write(part, &writer);
    assert_false(lg_failed(writer_end(&writer, &bytes)));
    return policy_record_part_read(bytes, 1, fixture->arena, out_part);
}

/* ---- the question ---- */

static void hashes_come_from_who_gives_them(void **state) {
    struct fixture *fixture = *state;
    const struct policy_request request = good(fixture);
    const struct policy_force force = {.policy = fixture->policy, .hash = {7}};
    const struct policy_force other = {.policy = fixture->floored};
    const struct policy_record_hash hash = {{9}};
    const struct permit *permit = decide(fixture, &force, &request);
    const struct policy_record_given none = {0};
    const struct policy_record_given known = {&force, &hash, 1};
    const struct policy_record_given strange = {&other, &hash, 1};
    assert_int_equal(ask_of(fixture, permit, &none).agreements[0].hash.bytes[0], 7);
    assert_int_equal(ask_of(fixture, permit, &known).agreements[0].hash.bytes[0], 9);
    assert_int_equal(ask_of(fixture, permit, &strange).agreements[0].hash.bytes[0], 7);
}

/* Whether an agreement waits: all must sign, or each party for itself. */
static void signatures_are_recorded(void **state) {
    struct fixture *fixture = *state;
    static const struct {
        const char *needed;
        bool is_unsigned;
        const char *parties;
        bool waits;
    } rows[] = {
        {"both sides", false, "", false},      {"both sides", true, "", true},
        {"both sides", false, "delta", false}, {"all parties", false, "", false},
        {"all parties", false, "delta", true}, {"all parties", true, "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = edited_more(vector("whole.isa"), "both sides", rows[i].needed);
        OWN(policy_free) struct policy *policy = compile(text, NULL);
        const struct policy_request request = good(fixture);
        const struct policy_force force = {.policy = policy,
                                           .is_unsigned = rows[i].is_unsigned,
                                           .unsigned_parties = list(fixture, rows[i].parties)};
        const struct permit *permit = decide(fixture, &force, &request);
        const struct policy_record_given none = {0};
        const struct policy_record_ask ask = ask_of(fixture, permit, &none);
        assert_int_equal(ask.agreements[0].is_unsigned, rows[i].waits);
        assert_int_equal(ask.standing_count, rows[i].parties[0] != 0);
        free(text);
    }
}

/* Parties that the text does not know are nothing to it; more than a record holds make it a part.
 */
static void what_does_not_fit_makes_a_part(void **state) {
    struct fixture *fixture = *state;
    struct span many[POLICY_RECORD_STANDINGS_MAX + 1];
    struct policy_force force = {.policy = fixture->policy};
    struct policy_request request = good(fixture);
    const struct policy_record_given none = {0};
    for (size_t i = 0; i < POLICY_RECORD_STANDINGS_MAX + 1; i++) {
        many[i] = span_text("beta");
    }
    force.withdrawn = (struct span_list){many, POLICY_RECORD_STANDINGS_MAX};
    force.suspended = list(fixture, "nobody");
    struct policy_record_ask ask = ask_of(fixture, decide(fixture, &force, &request), &none);
    assert_true(ask.is_whole);
    assert_int_equal(ask.standing_count, POLICY_RECORD_STANDINGS_MAX);
    force.withdrawn.count++;
    request.trainings = list(fixture, "safeguarding-2");
    ask = ask_of(fixture, decide(fixture, &force, &request), &none);
    assert_false(ask.is_whole);
    assert_int_equal(ask.standing_count, POLICY_RECORD_STANDINGS_MAX);
    assert_int_equal(ask.training_count, 1);
    force.withdrawn.count = 0;
    request.trainings.items = many;
    for (size_t i = 0; i < POLICY_RECORD_TRAININGS_MAX + 1; i++) {
        many[i] = span_text("safeguarding-2");
    }
    request.trainings.count = POLICY_RECORD_TRAININGS_MAX;
    assert_true(ask_of(fixture, decide(fixture, &force, &request), &none).is_whole);
    request.trainings.count++;
    ask = ask_of(fixture, decide(fixture, &force, &request), &none);
    assert_false(ask.is_whole);
    assert_int_equal(ask.training_count, POLICY_RECORD_TRAININGS_MAX);
}

/* No role at all is told from one that nobody knows, and an agreement by its id alone. */
static void names_are_given_or_unknown(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy};
    const struct policy_record_given none = {0};
    struct policy_request request = good(fixture);
    request.role = span_text("");
    request.agreement = span_text("elsewhere");
    struct policy_record_ask ask = ask_of(fixture, decide(fixture, &force, &request), &none);
    assert_int_equal(ask.role.agreement, POLICY_RECORD_NOT_GIVEN);
    request = good(fixture);
    request.role = span_text("boss");
    request.agreement = span_text("whole");
    ask = ask_of(fixture, decide(fixture, &force, &request), &none);
    assert_int_equal(ask.role.agreement, POLICY_RECORD_UNKNOWN);
    assert_int_equal(ask.agreement.agreement, 0);
}

/* ---- a source with more categories and limits than a record holds ---- */

static struct policy *wide(void) {
    char *text = calloc(1, TEXT_SIZE);
    assert_non_null(text);
    size_t used = (size_t)snprintf(
        text, TEXT_SIZE,
        "isa 1\nagreement wide\n  title: T\n  version: 1\n  in force: 2026-01-01 to 2026-12-31\n"
        "  review due: 2026-12-31\n  review grace: 0 days\n  time zone: UTC\n  lead: a\n"
        "  signatures needed: all parties\n  assessment: A\n  contact: c\n"
        "party a\n  name: N\n  legal entity: A\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\nrole a/r\n"
        "party b\n  name: N\n  legal entity: B\n  public authority: yes\n"
        "  competent authority: no\n  signs as: S\n"
        "purpose p\n  title: P\nbasis d\n  title: D\n  kind: statutory\n  article 6: e\n"
        "  covers: p\n");
    for (int i = 0; i < WIDE; i++) {
        used += (size_t)snprintf(text + used, TEXT_SIZE - used,
                                 "category c%d\n  title: C\n  class: ordinary\n  held by: b\n"
                                 "  fields: f\nlimit l%d\n  per person: 2 in 1 hour\n"
                                 "clause %d share\n  from: b\n  to: a/r\n  purpose: p\n"
                                 "  basis: d\n  consent: not needed\n  pass: c%d.f\n"
                                 "  limit: l%d\n",
                                 i, i, i, i, i);
    }
    struct policy *policy = compile(text, NULL);
    free(text);
    return policy;
}

static void more_than_a_part_holds_is_left_out(void **state) {
    struct fixture *fixture = *state;
    OWN(policy_free) struct policy *policy = wide();
    const struct policy_force force = {.policy = policy};
    static struct policy_counts counts[WIDE];
    const struct policy_facts facts = {.counts = counts, .count_count = WIDE};
    const struct policy_facts few = {.counts = counts, .count_count = 1};
    const struct policy_facts none = {0};
    struct policy_request request = {
        .at_s = at("2026-06-10", 11),
        .recipient = span_text("a"),
        .role = span_text("r"),
        .sources = list(fixture, "b"),
        .purpose = span_text("p"),
        .basis = span_text("d"),
    };
    struct policy_record_part part = part_of(fixture, decide(fixture, &force, &request), &facts);
    assert_false(part.is_whole);
    assert_int_equal(part.limit_count, POLICY_RECORD_LIMITS_MAX);
    assert_int_equal(part.category_count, POLICY_RECORD_CATEGORIES_MAX);
    request.fields = list(fixture, "c0.f c1.f");
    const struct permit *permit = decide(fixture, &force, &request);
    assert_true(part_of(fixture, permit, &facts).is_whole);
    /* A count that is not known is written as that, and not as none. */
    part = part_of(fixture, permit, &few);
    assert_int_equal(part.limits[0].counts.person, 0);
    assert_int_equal(part.limits[1].counts.person, UINT32_MAX);
    assert_int_equal(part_of(fixture, permit, &none).limits[0].counts.agency, UINT32_MAX);
}

/* ---- bytes out of their range ---- */

static void values_out_of_range_are_refused(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy,
                                       .suspended = list(fixture, "beta")};
    const struct policy_request request = good(fixture);
    const struct policy_record_given none = {0};
    const struct permit *permit = decide(fixture, &force, &request);
    const struct policy_record_ask ask = ask_of(fixture, permit, &none);
    static const struct consent consent = {.state = CONSENT_GIVEN, .log_index = 1};
    const struct policy_counts counts[4] = {{0}};
    const struct policy_facts facts = {
        .consents = &consent, .consent_count = 1, .counts = counts, .count_count = 4};
    const struct policy_record_part part = part_of(fixture, permit, &facts);
    struct policy_record_ask read;
    struct policy_record_part other;
    assert_false(lg_failed(read_ask(fixture, &ask, &read)));
    assert_false(lg_failed(read_part(fixture, &part, &other)));
    for (int state_of = 0; state_of <= POLICY_RECORD_WITHDRAWN + 1; state_of++) {
        struct policy_record_standing standing = ask.standings[0];
        struct policy_record_ask wrong = ask;
        standing.state = (enum policy_record_state)state_of;
        wrong.standings = &standing;
        bool is_good = state_of >= POLICY_RECORD_SUSPENDED && state_of <= POLICY_RECORD_WITHDRAWN;
        assert_int_equal(lg_failed(read_ask(fixture, &wrong, &read)), !is_good);
    }
    for (int decision = DECISION_PERMIT - 1; decision <= DECISION_REFUSE + 1; decision++) {
        struct policy_record_part wrong = part;
        wrong.decision = (enum decision)decision;
        bool is_good = decision >= DECISION_PERMIT && decision <= DECISION_REFUSE;
        assert_int_equal(lg_failed(read_part(fixture, &wrong, &other)), !is_good);
    }
    for (int state_of = CONSENT_GIVEN - 1; state_of <= CONSENT_WITHDRAWN + 1; state_of++) {
        struct policy_record_consent fact = part.consents[0];
        struct policy_record_part wrong = part;
        fact.state = (enum consent_state)state_of;
        wrong.consents = &fact;
        bool is_good = state_of >= CONSENT_GIVEN && state_of <= CONSENT_WITHDRAWN;
        assert_int_equal(lg_failed(read_part(fixture, &wrong, &other)), !is_good);
    }
    static const uint8_t agreements[] = {0, 1, POLICY_RECORD_UNKNOWN, POLICY_RECORD_NOT_GIVEN};
    for (size_t i = 0; i < sizeof agreements; i++) {
        struct policy_record_field field = part.fields[0];
        struct policy_record_part wrong = part;
        field.agreement = agreements[i];
        wrong.fields = &field;
        bool is_good = i == 0 || agreements[i] == POLICY_RECORD_UNKNOWN;
        assert_int_equal(lg_failed(read_part(fixture, &wrong, &other)), !is_good);
    }
}

/* ---- numbers of another text ---- */

static void numbers_that_a_text_lacks_are_refused(void **state) {
    struct fixture *fixture = *state;
    const struct policy_force force = {.policy = fixture->policy,
                                       .suspended = list(fixture, "beta")};
    const struct policy *texts_of[] = {fixture->policy};
    const struct policy_record_texts texts = {texts_of, 1, 0};
    const struct policy_request request = good(fixture);
    const struct policy_record_given none = {0};
    const struct permit *permit = decide(fixture, &force, &request);
    struct policy_record_ask ask = ask_of(fixture, permit, &none);
    static const struct consent consent = {.state = CONSENT_GIVEN, .log_index = 1};
    const struct policy_counts counts[4] = {{0}};
    const struct policy_facts facts = {
        .consents = &consent, .consent_count = 1, .counts = counts, .count_count = 4};
    const struct policy_record_part part = part_of(fixture, permit, &facts);
    struct policy_replay replay;
    struct policy_replay_facts out;
    assert_false(lg_failed(policy_record_request(&ask, &texts, fixture->arena, &replay)));
    assert_false(lg_failed(policy_record_facts(&replay, &part, permit, fixture->arena, &out)));
    struct policy_record_standing standing = {{0, 60000}, POLICY_RECORD_SUSPENDED};
    struct policy_record_ask wrong_ask = ask;
    wrong_ask.standings = &standing;
    assert_int_equal(
        lg_err_code(policy_record_request(&wrong_ask, &texts, fixture->arena, &replay)),
        POLICY_RECORD_TEXT);
    assert_false(lg_failed(policy_record_request(&ask, &texts, fixture->arena, &replay)));
    struct policy_record_name category = {0, 60000};
    struct policy_record_limit limit = {.limit = {0, 60000}};
    struct policy_record_consent fact = part.consents[0];
    fact.every_purpose = false;
    fact.agreements = 0;
    struct policy_record_part wrongs[4] = {part, part, part, part};
    struct policy_record_consent one_category = part.consents[0];
    one_category.every_category = false;
    wrongs[0].source = (struct policy_record_name){0, 60000};
    wrongs[1].limits = &limit;
    wrongs[1].limit_count = 1;
    wrongs[2].categories = &category;
    wrongs[2].category_count = 1;
    wrongs[2].consents = &one_category;
    wrongs[3].consents = &fact; /* a purpose that covers it nowhere was not kept */
    for (size_t i = 0; i < 4; i++) {
        struct lg_err err = policy_record_facts(&replay, &wrongs[i], permit, fixture->arena, &out);
        assert_int_equal(lg_err_code(err), POLICY_RECORD_TEXT);
    }
    /* A fact of some categories, none of which is asked for, covers nothing. */
    struct policy_record_part part_only = part;
    one_category.categories = 0;
    part_only.consents = &one_category;
    assert_false(lg_failed(policy_record_facts(&replay, &part_only, permit, fixture->arena, &out)));
    assert_int_equal(out.facts.consents[0].categories.count, 1);
}

/* ---- consents ---- */

/* Under two agreements, of which one calls the purpose part of another: a consent to the wider one
 * covers it there alone. What is made of the record settles as the fact itself. */
static void consents_cover_by_agreement(void **state) {
    struct fixture *fixture = *state;
    char *text = edited_more(vector("whole.isa"), "agreement whole\n", "agreement other\n");
    text = edited_more(text, "purpose care\n",
                       "purpose wide\n  title: T\npurpose care\n  within: wide\n");
    OWN(policy_free) struct policy *other = compile(text, NULL);
    const struct policy_force force[2] = {{.policy = fixture->policy}, {.policy = other}};
    const struct policy *policies[] = {fixture->policy, other};
    const struct policy_record_texts texts = {policies, 2, 0};
    struct policy_request request = good(fixture);
    const struct policy_record_given none = {0};
    static const char *const purposes[] = {"", "wide", "care", "child-care", "wide care"};
    static const char *const categories[] = {"", "health", "health person"};
    request.sources = list(fixture, "delta");
    for (size_t i = 0; i < 30; i++) {
        const struct permit *permit;
        const struct permit *again;
        struct policy_outcome one;
        struct policy_outcome two;
        struct policy_replay replay;
        struct policy_replay_facts restored;
        const struct consent consents[2] = {
            {.state = CONSENT_GIVEN,
             .purposes = list(fixture, purposes[i % 5]),
             .categories = list(fixture, categories[i / 5 % 3]),
             .sources = list(fixture, i % 2 == 0 ? "delta" : ""),
             .from = span_text("2026-01-01"),
             .until = span_text(i % 2 == 0 ? "2026-12-31" : "some day"),
             .log_index = 2},
            /* Older, or newer. */
            {.state = CONSENT_REFUSED,
             .purposes = list(fixture, "wide"),
             .log_index = i < 15 ? 1 : 3}};
        const struct policy_counts counts[8] = {{0}};
        const struct policy_facts facts = {
            .consents = consents, .consent_count = 2, .counts = counts, .count_count = 8};
        assert_false(lg_failed(policy_decide(force, 2, &request, fixture->arena, &permit)));
        const struct policy_record_ask ask = ask_of(fixture, permit, &none);
        const struct policy_record_part part = part_of(fixture, permit, &facts);
        assert_false(lg_failed(policy_record_request(&ask, &texts, fixture->arena, &replay)));
        assert_false(
            lg_failed(policy_decide(replay.force, 2, &replay.request, fixture->arena, &again)));
        assert_false(
            lg_failed(policy_record_facts(&replay, &part, again, fixture->arena, &restored)));
        assert_false(lg_failed(policy_settle(permit, 0, &facts, fixture->arena, &one)));
        assert_false(lg_failed(policy_settle(again, 0, &restored.facts, fixture->arena, &two)));
        assert_int_equal(one.reason, two.reason);
        assert_int_equal(one.rulings[0].refusal, two.rulings[0].refusal);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hashes_come_from_who_gives_them, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(signatures_are_recorded, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(what_does_not_fit_makes_a_part, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(names_are_given_or_unknown, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(more_than_a_part_holds_is_left_out, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(values_out_of_range_are_refused, arena_begin, arena_end),
        cmocka_unit_test_setup_teardown(numbers_that_a_text_lacks_are_refused, arena_begin,
                                        arena_end),
        cmocka_unit_test_setup_teardown(consents_cover_by_agreement, arena_begin, arena_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
