/* SPDX-License-Identifier: Apache-2.0 */
/* Decision records under a statute register: random questions are decided again from their records
 * alone, with the same verdict on each axis; a record is as long for one person as for another. */
#include "policy/record/record.h"
#include "tests/unit/policy_law_chance.h"

enum { ASKED = 4000, ROOM = 8192 };

struct tallies {
    unsigned whole;
    unsigned cut;
    unsigned verdicts[POLICY_AXES][POLICY_AXIS_NOT_MET + 1];
    unsigned reasons[POLICY_REASON_END];
};

static struct policy_record_ask recorded_ask(struct law *law) {
    static const struct policy_record_hash hash = {{7}};
    const struct policy_record_given given = {
        .force = &law->force, .hashes = &hash, .force_count = 1};
    struct policy_record_ask ask;
    struct writer w = writer_of(arena_alloc(law->arena, ROOM), ROOM);
    struct span bytes;
    assert_false(lg_failed(policy_record_ask_make(law->permit, &given, law->arena, &ask)));
    policy_record_ask_write(&ask, &w);
    assert_false(lg_failed(writer_end(&w, &bytes)));
    assert_true(bytes.len <= policy_record_ask_size_max(1, 1, 1));
    assert_false(lg_failed(policy_record_ask_read(bytes, law->arena, &ask)));
    return ask;
}

/* The record of an outcome for a person; *out_len: how long it is. */
static struct policy_record_part recorded_part(struct law *law, const struct policy_facts *facts,
                                               const struct policy_outcome *outcome,
                                               size_t *out_len) {
    const struct policy_record_settled settled = {.facts = facts, .outcome = outcome};
    struct policy_record_part part;
    struct writer w = writer_of(arena_alloc(law->arena, ROOM), ROOM);
    struct span bytes;
    assert_false(lg_failed(policy_record_part_make(law->permit, 0, &settled, law->arena, &part)));
    policy_record_part_write(&part, &w);
    assert_false(lg_failed(writer_end(&w, &bytes)));
    assert_true(bytes.len <= POLICY_RECORD_PART_SIZE_MAX);
    assert_false(lg_failed(policy_record_part_read(bytes, 1, law->arena, &part)));
    *out_len = bytes.len;
    return part;
}

static size_t length_for_nobody(struct law *law) {
    const struct policy_facts nobody = {.counts = law->facts.counts};
    struct policy_outcome outcome;
    size_t len = 0;
    assert_false(lg_failed(policy_settle(law->permit, 0, &nobody, law->arena, &outcome)));
    recorded_part(law, &nobody, &outcome, &len);
    return len;
}

static void must_be_same(const struct policy_ruling *a, const struct policy_ruling *b) {
    if (a->axes != b->axes || a->checks != b->checks || a->refusal != b->refusal) {
        fail_msg("%s, axes %x, checks %x; again %s, axes %x, checks %x",
                 policy_reason_name(a->refusal), (unsigned)a->axes, (unsigned)a->checks,
                 policy_reason_name(b->refusal), (unsigned)b->axes, (unsigned)b->checks);
    }
    assert_int_equal(a->treatment, b->treatment);
    assert_int_equal(a->by_emergency, b->by_emergency);
    assert_int_equal(a->objection_noted, b->objection_noted);
    assert_true(span_equal(a->basis, b->basis));
}

static void replay(struct law *law, const struct policy_record_ask *ask,
                   const struct policy_record_part *part, struct tallies *tallies) {
    const struct policy *policy = law->policy;
    const struct policy_record_texts texts = {.policies = &policy, .count = 1};
    const struct policy_ruling *ruling = &law->outcome.rulings[0];
    struct policy_replay replay;
    struct policy_replay_facts facts;
    struct policy_outcome again;
    const struct permit *permit;
    assert_false(lg_failed(policy_record_request(ask, &texts, law->arena, &replay)));
    assert_false(lg_failed(
        policy_decide(replay.force, replay.force_count, &replay.request, law->arena, &permit)));
    assert_false(lg_failed(policy_record_facts(&replay, part, permit, law->arena, &facts)));
    tallies->cut += !facts.is_whole;
    if (!facts.is_whole) {
        return;
    }
    assert_false(lg_failed(policy_settle(permit, 0, &facts.facts, law->arena, &again)));
    must_be_same(ruling, &again.rulings[0]);
    tallies->whole++;
    tallies->reasons[ruling->refusal]++;
    for (unsigned axis = 0; axis < POLICY_AXES; axis++) {
        tallies->verdicts[axis][policy_axes_get(ruling->axes, (enum policy_axis)axis)]++;
    }
}

static void ask_once(struct law *law, struct law_chance *chance, struct tallies *tallies) {
    size_t len = 0;
    law_chance_request(law, chance);
    law_chance_facts(law, chance);
    const struct policy_ruling *ruling = law_ask(law, law_chance_question(chance));
    struct policy_record_ask ask = recorded_ask(law);
    struct policy_record_part part = recorded_part(law, &law->facts, &law->outcome, &len);
    assert_int_equal(len, length_for_nobody(law));
    assert_int_equal(part.fields[0].axes, ruling->axes);
    assert_int_equal(part.fields[0].reason, ruling->refusal);
    replay(law, &ask, &part, tallies);
}

static void must_reach(const struct tallies *tallies) {
    static const enum policy_reason reached[] = {
        POLICY_REASON_NONE,
        POLICY_AGREEMENT_NOT_STARTED,
        POLICY_AGREEMENT_EXPIRED,
        POLICY_BASIS_NOT_ACCEPTED,
        POLICY_STATEMENT_MISSING,
        POLICY_PURPOSE_LOCKED,
        POLICY_NECESSITY_MISSING,
        POLICY_CONFIDENTIALITY_NOT_KNOWN,
        POLICY_CONFIDENTIALITY_NOT_MET,
        POLICY_OBJECTION_REGISTERED,
        POLICY_OPT_OUT_UNKNOWN,
        POLICY_OPT_OUT_APPLIES,
        POLICY_HOLDER_WITHHOLDS,
        POLICY_CONSENT_MISSING,
        POLICY_EMERGENCY_RATIONALE,
    };
    for (size_t i = 0; i < sizeof reached / sizeof *reached; i++) {
        if (tallies->reasons[reached[i]] < 3) {
            fail_msg("%s: %u", policy_reason_name(reached[i]), tallies->reasons[reached[i]]);
        }
    }
    for (unsigned axis = 0; axis < POLICY_AXES; axis++) {
        assert_true(tallies->verdicts[axis][POLICY_AXIS_MET] > 20);
    }
    assert_true(tallies->verdicts[POLICY_AXIS_CONFIDENTIALITY][POLICY_AXIS_REFERRED] > 20);
    assert_true(tallies->verdicts[POLICY_AXIS_OBJECTION][POLICY_AXIS_MET_WITH_WARNING] > 20);
}

static void axes_are_judged_again_from_their_records(void **state) {
    struct law *law = *state;
    struct law_chance chance = {.state = 29};
    struct tallies tallies = {0};
    for (int i = 0; i < ASKED; i++) {
        assert_int_equal(law_begin(state), 0);
        ask_once(law, &chance, &tallies);
        law_end(state);
    }
    print_message("%u decisions made again, %u records were not whole\n", tallies.whole,
                  tallies.cut);
    assert_true(tallies.cut < tallies.whole / 100);
    must_reach(&tallies);
}

/* ---- bytes that nobody wrote ---- */

/* Where the axes of the only field are: version, bits, source, day, decision, reason, two counts,
 * then agreement, field, clause, reason, ruling and checks. */
enum { DAY_AT = 5, AXES_AT = 16 + 12 };

static void must_be_wrong(const uint8_t *bytes, size_t len, struct arena *arena) {
    struct policy_record_part part;
    struct lg_err err = policy_record_part_read(span_of(bytes, len), 1, arena, &part);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    assert_int_equal(lg_err_code(err), POLICY_RECORD_WRONG);
}

static void axes_that_nobody_wrote_are_refused(void **state) {
    struct law *law = *state;
    struct policy_record_part part;
    uint8_t bytes[ROOM];
    law_ask(law, law_questions[0]);
    const struct policy_record_settled settled = {.facts = &law->facts, .outcome = &law->outcome};
    struct writer w = writer_of(bytes, sizeof bytes);
    struct span good;
    assert_false(lg_failed(policy_record_part_make(law->permit, 0, &settled, law->arena, &part)));
    policy_record_part_write(&part, &w);
    assert_false(lg_failed(writer_end(&w, &good)));
    assert_false(lg_failed(policy_record_part_read(good, 1, law->arena, &part)));
    assert_int_equal(part.fields[0].axes, law->outcome.rulings[0].axes);
    static const struct {
        size_t at;
        uint8_t bits;
    } wrongs[] = {
        {1, 2},              /* opted out by a file that was not read */
        {1, 16},             /* a bit that means nothing */
        {DAY_AT + 3, 1},     /* the day of a file that was not read */
        {AXES_AT + 3, 7},    /* a verdict that there is not */
        {AXES_AT + 1, 0x1c}, /* a route that there is not */
        {AXES_AT + 1, 0x20}, /* a bit between */
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        uint8_t before = bytes[wrongs[i].at];
        bytes[wrongs[i].at] |= wrongs[i].bits;
        must_be_wrong(bytes, good.len, law->arena);
        bytes[wrongs[i].at] = before;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_judged_again_from_their_records),
        cmocka_unit_test_setup_teardown(axes_that_nobody_wrote_are_refused, law_begin, law_end),
    };
    return cmocka_run_group_tests(tests, law_set_up, law_tear_down);
}
