/* SPDX-License-Identifier: Apache-2.0 */
/* Decision records: what was decided on random questions under random agreements is decided again
 * from the record alone; a record's length does not depend on the person; bytes that nobody wrote
 * are refused. */
#include "gateway/base/num.h"
#include "policy/record/record.h"
#include "tests/unit/policy_model.h"

enum { PAIRS = 500, QUESTIONS = 24, FACTS = 7, WANTED = 3, ROOM = 8192 };

/* Everything that one question is about. */
struct asking {
    struct policy_force force[2];
    struct policy_record_hash hashes[2];
    struct arena *arena;
    struct policy_request request;
    struct span fields[WANTED];
    struct span sources[2];
    struct span party_list[1];
    struct consent consents[FACTS];
    struct span_list words[FACTS][4];
    size_t consent_count;
    struct policy_counts counts[4];
    char names[24][16];
    size_t name_count;
};

static struct span name(struct asking *asking, const char *letter, unsigned number) {
    char *text = asking->names[asking->name_count++];
    snprintf(text, sizeof asking->names[0], "%s%u", letter, number);
    return span_text(text);
}

static const struct span purposes[] = {
    {(const uint8_t *)"p0", 2}, {(const uint8_t *)"p1", 2}, {(const uint8_t *)"p2", 2},
    {(const uint8_t *)"p3", 2}, {(const uint8_t *)"q", 1},
};
static const struct span categories[] = {
    {(const uint8_t *)"c0", 2}, {(const uint8_t *)"c1", 2}, {(const uint8_t *)"c2", 2}};
static const struct span parties[] = {{(const uint8_t *)"a0", 2},
                                      {(const uint8_t *)"a1", 2},
                                      {(const uint8_t *)"a2", 2},
                                      {(const uint8_t *)"a3", 2}};

/* A stretch of a list of words, or none of them, which is all. */
static struct span_list some(struct chance *chance, const struct span *words, unsigned count) {
    unsigned from = below(chance, count);
    unsigned taken = one_in(chance, 2) ? 0 : 1 + below(chance, count - from);
    return (struct span_list){.items = words + from, .count = taken};
}

static struct consent make_fact(struct chance *chance) {
    static const char *const days[] = {"", "2026-06-09", "2026-06-10", "2026-06-11", "soon"};
    return (struct consent){
        .state = (enum consent_state)(1 + below(chance, 3)),
        .kind = (enum consent_kind)below(chance, CONSENT_KIND_END),
        .explicit_consent = one_in(chance, 2),
        .purposes = some(chance, purposes, 5),
        .categories = some(chance, categories, 3),
        .recipients = some(chance, parties, 4),
        .sources = some(chance, parties, 4),
        .from = span_text(days[one_in(chance, 2) ? 0 : below(chance, 5)]),
        .until = span_text(days[one_in(chance, 2) ? 0 : below(chance, 5)]),
        .recorded_ms = below(chance, 3),
        .recorded_by = parties[below(chance, 4)],
        .log_index = below(chance, 4),
    };
}

static void make_request(struct chance *chance, struct asking *asking) {
    static const char *const reasons[] = {"", "cannot-give", "would-prejudice", "some words"};
    struct policy_request *request = &asking->request;
    *request = (struct policy_request){
        .agreement = span_text(one_in(chance, 4) ? "random" : ""),
        .at_s = INT64_C(20614) * 86400 + below(chance, 24) * 3600,
        .recipient = name(asking, "a", below(chance, PARTIES + 1)),
        .role = name(asking, "r", below(chance, ROLES + 1)),
        .purpose = name(asking, "p", below(chance, PURPOSES + 1)),
        .basis = one_in(chance, 5) ? span_text("life") : name(asking, "b", below(chance, BASES)),
        .age_class = (enum age_class)below(chance, 3),
        .has_case_reference = !one_in(chance, 4),
        .has_second_person = !one_in(chance, 4),
        .no_consent_reason = span_text(reasons[below(chance, 4)]),
    };
    uint32_t hour = (uint32_t)(request->at_s / 3600 % 24);
    request->has_statement = hour % 2 != 0;
    request->necessity = hour;
    if (!one_in(chance, 3)) {
        request->emergency = (struct policy_emergency){
            .is_declared = true,
            .id = span_text(one_in(chance, 3) ? "e" : ""),
            .reason = span_text(one_in(chance, 8) ? "boredom" : "life"),
            .rationale_chars = 9 + below(chance, 9),
            .has_age = !one_in(chance, 9),
            .age_min = below(chance, 63),
            .count = below(chance, 9) / 2,
        };
    }
}

static void make_question(struct chance *chance, struct asking *asking) {
    asking->name_count = 0;
    make_request(chance, asking);
    for (size_t i = 0; i < WANTED; i++) {
        char letter[8];
        snprintf(letter, sizeof letter, "c%u.f", below(chance, CATEGORIES));
        asking->fields[i] = name(asking, letter, below(chance, one_in(chance, 9) ? 9 : FIELDS));
    }
    for (size_t i = 0; i < 2; i++) {
        asking->sources[i] = name(asking, "a", below(chance, PARTIES + 1));
    }
    asking->request.sources.items = asking->sources;
    asking->request.sources.count = below(chance, 3);
    asking->request.fields.items = asking->fields;
    asking->request.fields.count = below(chance, WANTED + 1);
    asking->consent_count = below(chance, FACTS + 1);
    for (size_t i = 0; i < asking->consent_count; i++) {
        asking->consents[i] = make_fact(chance);
    }
    for (size_t i = 0; i < 4; i++) {
        asking->counts[i] = (struct policy_counts){.agency = 4 + below(chance, 2)};
    }
    for (size_t i = 0; i < 2; i++) {
        struct policy_force *force = &asking->force[i];
        asking->party_list[0] = parties[below(chance, 4)];
        const struct span_list one = {.items = asking->party_list, .count = 1};
        const struct span_list none = {0};
        force->is_suspended = one_in(chance, 16);
        force->suspended = one_in(chance, 12) ? one : none;
        force->unsigned_parties = one_in(chance, 16) ? one : none;
        force->withdrawn = one_in(chance, 12) ? one : none;
    }
}

/* ---- comparing ---- */

static bool same_ruling(const struct policy_ruling *a, const struct policy_ruling *b) {
    return a->refusal == b->refusal && a->treatment == b->treatment &&
           a->by_emergency == b->by_emergency && a->objection_noted == b->objection_noted &&
           a->checks == b->checks && span_equal(a->basis, b->basis) &&
           span_equal(a->term->clause, b->term->clause) &&
           span_equal(a->term->agreement, b->term->agreement);
}

static void must_be_same(const struct policy_outcome *a, const struct policy_outcome *b) {
    assert_int_equal(a->decision, b->decision);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->ruling_count, b->ruling_count);
    for (size_t i = 0; i < a->ruling_count; i++) {
        /* What was asked for under a name that nobody knows has no name in the record. */
        bool unknown = a->rulings[i].basis.len > 0 && b->rulings[i].basis.ptr[0] == '?';
        struct policy_ruling other = b->rulings[i];
        other.basis = unknown ? a->rulings[i].basis : other.basis;
        if (!same_ruling(&a->rulings[i], &other)) {
            fail_msg("field %zu: %s %x, again %s %x", i, policy_reason_name(a->rulings[i].refusal),
                     (unsigned)a->rulings[i].checks, policy_reason_name(other.refusal),
                     (unsigned)other.checks);
        }
    }
    assert_int_equal(a->duties.keep_days, b->duties.keep_days);
    assert_true(span_equal(a->duties.onward, b->duties.onward));
}

/* The record of a question, written and read. */
static struct policy_record_ask recorded(const struct asking *asking, const struct permit *permit,
                                         size_t force_count, struct arena *arena) {
    const struct policy_record_given given = {
        .force = asking->force, .hashes = asking->hashes, .force_count = force_count};
    struct policy_record_ask ask;
    struct writer w = writer_of(arena_alloc(arena, ROOM), ROOM);
    struct span bytes;
    assert_false(lg_failed(policy_record_ask_make(permit, &given, arena, &ask)));
    policy_record_ask_write(&ask, &w);
    assert_false(lg_failed(writer_end(&w, &bytes)));
    assert_true(bytes.len <=
                policy_record_ask_size_max(ask.agreement_count, ask.source_count, ask.field_count));
    assert_false(lg_failed(policy_record_ask_read(bytes, arena, &ask)));
    return ask;
}

static struct policy_record_part recorded_part(const struct permit *permit, size_t source,
                                               const struct policy_record_settled *settled,
                                               struct arena *arena, size_t *out_len) {
    struct policy_record_part part;
    struct writer w = writer_of(arena_alloc(arena, ROOM), ROOM);
    struct span bytes;
    assert_false(lg_failed(policy_record_part_make(permit, source, settled, arena, &part)));
    policy_record_part_write(&part, &w);
    assert_false(lg_failed(writer_end(&w, &bytes)));
    assert_false(lg_failed(policy_record_part_read(bytes, 2, arena, &part)));
    *out_len = bytes.len;
    return part;
}

struct tallies {
    unsigned decided;
    unsigned cut;
    unsigned reasons[POLICY_REASON_END];
};

/* Of the hours that questions are asked in, one: the source's own judgement. */
static bool withholds(const struct policy_request *request) {
    return request->at_s / 3600 % 24 == 9;
}

static void replay_source(const struct asking *asking, const struct policy_replay *replay,
                          const struct permit *permits[2], size_t source, struct tallies *tallies) {
    struct arena *arena = asking->arena;
    const struct policy_facts facts = {.consents = asking->consents,
                                       .consent_count = asking->consent_count,
                                       .counts = asking->counts,
                                       .count_count = 4,
                                       .holder_withholds = withholds(&asking->request)};
    const struct policy_facts nobody = {.counts = asking->counts, .count_count = 4};
    struct policy_outcome outcome;
    struct policy_outcome again;
    struct policy_outcome empty;
    const struct policy_record_settled settled = {.facts = &facts, .outcome = &outcome};
    const struct policy_record_settled settled_empty = {.facts = &nobody, .outcome = &empty};
    struct policy_replay_facts replayed;
    size_t len = 0;
    size_t empty_len = 0;
    assert_false(lg_failed(policy_settle(permits[0], source, &facts, arena, &outcome)));
    assert_false(lg_failed(policy_settle(permits[0], source, &nobody, arena, &empty)));
    struct policy_record_part part = recorded_part(permits[0], source, &settled, arena, &len);
    recorded_part(permits[0], source, &settled_empty, arena, &empty_len);
    assert_int_equal(len, empty_len);
    assert_int_equal(part.decision, outcome.decision);
    assert_int_equal(part.reason, outcome.reason);
    for (size_t i = 0; i < part.field_count; i++) {
        assert_int_equal(part.fields[i].checks, outcome.rulings[i].checks);
        assert_int_equal(part.fields[i].reason, outcome.rulings[i].refusal);
        tallies->reasons[outcome.rulings[i].refusal]++;
    }
    assert_false(lg_failed(policy_record_facts(replay, &part, permits[1], arena, &replayed)));
    tallies->cut += !replayed.is_whole;
    if (replayed.is_whole) {
        assert_false(lg_failed(policy_settle(permits[1], source, &replayed.facts, arena, &again)));
        must_be_same(&outcome, &again);
        tallies->decided++;
    }
}

static void replay_question(struct asking *asking, size_t force_count, struct tallies *tallies) {
    struct arena *arena = NULL;
    const struct permit *permits[2];
    struct policy_replay replay;
    const struct policy *policies[2] = {asking->force[0].policy, asking->force[1].policy};
    assert_false(lg_failed(arena_new(1 << 22, &arena)));
    asking->arena = arena;
    assert_false(
        lg_failed(policy_decide(asking->force, force_count, &asking->request, arena, &permits[0])));
    struct policy_record_ask ask = recorded(asking, permits[0], force_count, arena);
    const struct policy_record_texts texts = {.policies = policies, .count = ask.agreement_count};
    assert_false(lg_failed(policy_record_request(&ask, &texts, arena, &replay)));
    assert_int_equal(replay.request.has_statement, asking->request.has_statement);
    assert_int_equal(replay.request.necessity, asking->request.necessity);
    assert_false(lg_failed(
        policy_decide(replay.force, replay.force_count, &replay.request, arena, &permits[1])));
    assert_int_equal(policy_permit_source_count(permits[0]),
                     policy_permit_source_count(permits[1]));
    for (size_t i = 0; i < policy_permit_source_count(permits[0]); i++) {
        assert_int_equal(policy_permit_refusal(permits[0], i),
                         policy_permit_refusal(permits[1], i));
        replay_source(asking, &replay, permits, i, tallies);
    }
    arena_free(&arena);
}

/* The i-th text that compiles; the id of every second one is another. */
static struct policy *compile_next(struct chance *chance, bool other_id) {
    struct out text = {.text = calloc(1, TEXT)};
    struct out floor = {.text = calloc(1, TEXT)};
    struct policy *policy = NULL;
    struct diag diag = {0};
    do {
        struct model model;
        text.used = 0;
        floor.used = 0;
        make_model(chance, &model);
        put_model(&model, &text, &floor);
        char *id = strstr(text.text, "agreement random");
        assert_non_null(id);
        memcpy(id, other_id ? "agreement second" : "agreement random", 16);
    } while (lg_failed(policy_compile(span_of(text.text, text.used),
                                      span_of(floor.text, floor.used), &diag, &policy)));
    free(text.text);
    free(floor.text);
    return policy;
}

static void decisions_are_made_again_from_their_records(void **state) {
    (void)state;
    struct chance chance = {.state = UINT64_C(0x2545f4914f6cdd1d)};
    struct tallies tallies = {0};
    struct asking *asking = calloc(1, sizeof *asking);
    assert_non_null(asking);
    for (int i = 0; i < PAIRS; i++) {
        struct policy *one = compile_next(&chance, false);
        struct policy *two = compile_next(&chance, true);
        for (int j = 0; j < QUESTIONS; j++) {
            *asking = (struct asking){0};
            asking->force[0].policy = one;
            asking->force[1].policy = two;
            make_question(&chance, asking);
            replay_question(asking, j % 8 == 7 ? 0 : 1 + (size_t)j % 2, &tallies);
        }
        policy_free(&one);
        policy_free(&two);
    }
    free(asking);
    print_message("%u decisions made again, %u records were not whole\n", tallies.decided,
                  tallies.cut);
    assert_true(tallies.decided > 10000);
    assert_true(tallies.cut < tallies.decided / 100);
    static const enum policy_reason reached[] = {
        POLICY_REASON_NONE,          POLICY_NO_AGREEMENT,
        POLICY_AGREEMENT_SUSPENDED,  POLICY_AGREEMENT_NOT_SIGNED,
        POLICY_PARTY_WITHDRAWN,      POLICY_NOT_A_PARTY,
        POLICY_ROLE_UNKNOWN,         POLICY_PURPOSE_UNKNOWN,
        POLICY_FIELD_UNKNOWN,        POLICY_NO_CONSENT_REASON_MISSING,
        POLICY_CONSENT_MISSING,      POLICY_CONSENT_REFUSED,
        POLICY_CONSENT_WITHDRAWN,    POLICY_CONSENT_EXPIRED,
        POLICY_CONSENT_OUT_OF_SCOPE, POLICY_EMERGENCY_CANNOT_SET_ASIDE_REFUSAL,
        POLICY_RATE_LIMIT,           POLICY_EMERGENCY_LAPSED,
        POLICY_EMERGENCY_LIMIT,
    };
    for (size_t i = 0; i < sizeof reached / sizeof *reached; i++) {
        if (tallies.reasons[reached[i]] < 3) {
            fail_msg("%s: %u", policy_reason_name(reached[i]), tallies.reasons[reached[i]]);
        }
    }
}

/* Each reason has a number of its own, and none has that of no reason. */
static void reasons_have_numbers_of_their_own(void **state) {
    (void)state;
    for (unsigned i = POLICY_PERMIT_CLAUSE; i < POLICY_REASON_END; i++) {
        assert_int_not_equal(policy_record_code((enum policy_reason)i), 0);
        assert_int_equal(policy_record_code_find(policy_record_code((enum policy_reason)i)), i);
    }
    assert_int_equal(policy_record_code_find(0), POLICY_REASON_NONE);
    assert_int_equal(policy_record_code(POLICY_PERMIT_CLAUSE), 0x5faa);
}

/* ---- edges ---- */

static struct span small_ask(struct arena *arena) {
    const struct policy_record_ask ask = {
        .is_whole = true,
        .agreement = {.agreement = POLICY_RECORD_NOT_GIVEN},
        .recipient = {.agreement = POLICY_RECORD_UNKNOWN},
        .role = {.agreement = POLICY_RECORD_UNKNOWN},
        .purpose = {.agreement = POLICY_RECORD_UNKNOWN},
        .basis = {.agreement = POLICY_RECORD_NOT_GIVEN},
    };
    struct writer w = writer_of(arena_alloc(arena, ROOM), ROOM);
    struct span bytes;
    policy_record_ask_write(&ask, &w);
    assert_false(lg_failed(writer_end(&w, &bytes)));
    return bytes;
}

static void must_be_wrong(struct span bytes, struct arena *arena) {
    struct policy_record_ask ask;
    struct lg_err err = policy_record_ask_read(bytes, arena, &ask);
    assert_int_equal(lg_err_class(err), LG_CLASS_INPUT);
    assert_int_equal(lg_err_code(err), POLICY_RECORD_WRONG);
}

static void bytes_that_nobody_wrote_are_refused(void **state) {
    (void)state;
    struct arena *arena = NULL;
    struct policy_record_ask ask;
    assert_false(lg_failed(arena_new(1 << 22, &arena)));
    struct span good = small_ask(arena);
    assert_false(lg_failed(policy_record_ask_read(good, arena, &ask)));
    assert_int_equal(good.len, 37);
    for (size_t len = 0; len < good.len; len++) {
        must_be_wrong(span_of(good.ptr, len), arena);
    }
    static const struct {
        size_t at;
        uint8_t value;
    } wrongs[] = {
        {0, 1},     /* a version before the axes */
        {0, 3},     /* a version to come */
        {1, 1},     /* a bit that means nothing */
        {2, 0x21},  /* the age of no emergency */
        {11, 17},   /* more agreements than can be in force */
        {12, 0},    /* an agreement that is not there */
        {14, 1},    /* a number of what was not given */
        {27, 3},    /* an age class that there is not */
        {28, 5},    /* a reason for not asking likewise */
        {29, 0x20}, /* a sixth reason */
        {30, 3},    /* a capacity that there is not */
        {31, 9},    /* more trainings than there may be */
        {32, 33},   /* more standings */
        {33, 0x80}, /* more sources */
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        uint8_t bytes[64];
        memcpy(bytes, good.ptr, good.len);
        bytes[wrongs[i].at] = wrongs[i].value;
        must_be_wrong(span_of(bytes, good.len), arena);
    }
    uint8_t longer[64] = {0};
    memcpy(longer, good.ptr, good.len);
    must_be_wrong(span_of(longer, good.len + 1), arena);
    arena_free(&arena);
}

/* The text that a record names has what its numbers say, or it is not that text. */
static void numbers_of_another_text_are_refused(void **state) {
    (void)state;
    struct chance chance = {.state = 7};
    struct arena *arena = NULL;
    struct span text;
    struct policy *policy = compile_next(&chance, false);
    const struct policy *const one[] = {policy};
    const struct policy_record_texts texts = {.policies = one, .count = 1};
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    for (unsigned kind = POLICY_RECORD_AGREEMENT; kind <= POLICY_RECORD_EMERGENCY_REASON; kind++) {
        enum policy_record_kind it = (enum policy_record_kind)kind;
        const struct policy_record_name first = {0, 0};
        const struct policy_record_name beyond = {0, 60000};
        const struct policy_record_name absent = {1, 0};
        assert_false(lg_failed(policy_record_text(&texts, it, first, arena, &text)));
        assert_int_equal(lg_err_code(policy_record_text(&texts, it, beyond, arena, &text)),
                         POLICY_RECORD_TEXT);
        assert_int_equal(lg_err_code(policy_record_text(&texts, it, absent, arena, &text)),
                         POLICY_RECORD_TEXT);
    }
    arena_free(&arena);
    policy_free(&policy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_are_made_again_from_their_records),
        cmocka_unit_test(reasons_have_numbers_of_their_own),
        cmocka_unit_test(bytes_that_nobody_wrote_are_refused),
        cmocka_unit_test(numbers_of_another_text_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
