/* SPDX-License-Identifier: Apache-2.0 */
/* Two worlds (README, rule 5): whatever becomes of a hidden source's answer, where nothing of it is
 * shown the requester gets the same bytes, as many, at the same moment, as where nobody is known;
 * and every entry of the log that they may see is the same but for what is random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/line_world.h"

#include <cmocka.h>

enum { AT_HOMES = 1U << LINE_HOMES, AT_TRUST = 1U << LINE_TRUST };

static const char *const tenancy[] = {"tenancy.address", "1 Sample Street", NULL};
static const char *const health[] = {"mental-health.status", "open", NULL};
static const char *const plan[] = {"mental-health.plan", "yes", NULL};
static const char *const not_granted[] = {"mental-health.other", "canary", NULL};

/* What the requester sees of one question. */
struct sight {
    struct line_ask ask;
    struct line_log log;
    int64_t took_ms;
};

static struct sight look(struct line_world *w, enum query_kind kind, struct span handle) {
    struct sight sight = {.ask = line_ask_of(w, kind, handle)};
    struct span names[] = {span_text("trust"), span_text("homes")};
    sight.ask.question.sources = (struct span_list){names, 2};
    uint64_t from = audit_size(w->gateway.log);
    int64_t begun_ms = w->mono_ms;
    line_ask_run(&sight.ask, true);
    line_log_read(w, from, &sight.log);
    sight.took_ms = sight.ask.ended_ms - begun_ms;
    return sight;
}

/* Parts stand in any order. */
static size_t entry_like(const struct line_log *log, const struct audit_entry *wanted) {
    for (size_t i = 0; i < log->count; i++) {
        if (log->entries[i].kind == wanted->kind &&
            span_equal(log->entries[i].source_agency, wanted->source_agency)) {
            return i;
        }
    }
    fail_msg("no such entry");
    return 0;
}

static void same_details(const struct sight *a, const struct sight *b, const char *agency) {
    struct audit_detail x = line_detail(&a->ask, agency);
    struct audit_detail y = line_detail(&b->ask, agency);
    assert_int_equal(x.flags, y.flags);
    assert_int_equal(x.record_count, y.record_count);
    assert_true(span_equal(x.reason, y.reason));
    assert_true(span_equal(x.purpose, y.purpose));
}

static void same_entries(const struct line_log *a, const struct line_log *b) {
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->finals, b->finals);
    for (size_t i = 0; i < a->count; i++) {
        const struct audit_entry *x = &a->entries[i];
        size_t j = entry_like(b, x);
        const struct audit_entry *y = &b->entries[j];
        assert_int_equal(a->leaves[i].len, b->leaves[j].len);
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->decision, y->decision);
        assert_int_equal(x->flags, y->flags);
        assert_int_equal(x->record_count, y->record_count);
        assert_int_equal(x->sources, y->sources);
        assert_int_equal(x->sealed.len, y->sealed.len);
        assert_true(span_equal(x->reason, y->reason));
        assert_true(span_equal(x->source_agency, y->source_agency));
        assert_true(span_equal(x->requesting_agency, y->requesting_agency));
        assert_true(span_equal(x->purpose, y->purpose));
        assert_true(span_equal(x->agreement, y->agreement));
        assert_int_equal(x->items.len, y->items.len);
    }
}

static void same_sight(const struct sight *a, const struct sight *b) {
    assert_int_equal(a->ask.status, GRPC_OK);
    assert_int_equal(b->ask.status, GRPC_OK);
    assert_int_equal(a->took_ms, b->took_ms);
    assert_int_equal(a->ask.part_count, b->ask.part_count);
    for (size_t i = 0; i < a->ask.part_count; i++) {
        assert_true(span_equal(a->ask.parts[i].result, b->ask.parts[i].result));
        assert_int_equal(a->ask.parts[i].pseudonym.len, b->ask.parts[i].pseudonym.len);
    }
    assert_int_equal(a->ask.pseudonym.len, b->ask.pseudonym.len);
    assert_int_equal(a->ask.verdict.decision, b->ask.verdict.decision);
    assert_true(span_equal(a->ask.verdict.code, b->ask.verdict.code));
    assert_true(span_equal(a->ask.verdict.sentence, b->ask.verdict.sentence));
    same_entries(&a->log, &b->log);
    same_details(a, b, "trust");
    same_details(a, b, "homes");
}

/* Asks about somebody whom only the trust knows, and about nobody. */
static void expect_same(struct line_world *w, const struct person_id *person) {
    for (enum query_kind kind = QUERY_ASK; kind <= QUERY_WATCH; kind++) {
        struct sight known = look(w, kind, line_handle(w, person, false));
        struct sight unknown = look(w, kind, line_handle_nobody(w));
        same_sight(&known, &unknown);
        assert_int_equal(line_part_of(&known.ask, "trust")->extract.state, SOURCE_NOTHING_TO_SHOW);
        assert_int_equal(known.ask.pseudonym.len, 0);
    }
}

static void without_consent(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, NULL, 0);
    expect_same(w, &amy);
}

static void with_a_refusal(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_REFUSED, NULL);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, NULL, 0);
    expect_same(w, &amy);
}

static void with_consent_and_no_record(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    expect_same(w, &amy);
}

/* The source sends what the grant does not have: nothing is left. */
static void with_an_answer_of_which_nothing_is_left(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].answer = line_answer(w, not_granted, NULL, 0);
    expect_same(w, &amy);
}

/* It names somebody whom the caller may not see. */
static void with_a_link_that_is_not_shown(void **state) {
    struct line_world *w = *state;
    static const uint32_t links[] = {2};
    struct person_id amy = line_person(w, 1, AT_TRUST);
    struct person_id ben = line_person(w, 2, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    line_consent(w, &ben, CONSENT_REFUSED, NULL);
    struct span item = span_text("mental-health.status");
    w->agencies[LINE_TRUST].answer = line_answer(w, not_granted, links, 1);
    struct sight known[2];
    for (size_t i = 0; i < 2; i++) {
        struct line_ask *ask = &known[i].ask;
        *ask =
            line_ask_of(w, QUERY_ASK, i == 0 ? line_handle(w, &amy, false) : line_handle_nobody(w));
        ask->question.items = (struct span_list){&item, 1};
        uint64_t from = audit_size(w->gateway.log);
        int64_t begun_ms = w->mono_ms;
        line_ask_run(ask, true);
        line_log_read(w, from, &known[i].log);
        known[i].took_ms = ask->ended_ms - begun_ms;
    }
    same_sight(&known[0], &known[1]);
}

static void with_a_slow_source(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].manner = LINE_HOLDS;
    struct sight known = look(w, QUERY_ASK, line_handle(w, &amy, false));
    struct sight unknown = look(w, QUERY_ASK, line_handle_nobody(w));
    same_sight(&known, &unknown);
    assert_int_equal(line_part_of(&known.ask, "trust")->extract.state, SOURCE_NO_ANSWER_IN_TIME);
}

/* The source is broken for those whom it knows: errors, answers of no use, one too long. */
static void with_a_source_that_fails_for_people(void **state) {
    struct line_world *w = *state;
    static const enum line_manner manners[] = {LINE_FAILS, LINE_LIES, LINE_TALKS_RUBBISH,
                                               LINE_TALKS_LONG, LINE_IS_DOWN};
    struct person_id amy = line_person(w, 1, AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    w->agencies[LINE_TRUST].is_kind_to_decoys = true;
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        w->agencies[LINE_TRUST].manner = manners[i];
        /* As often as would open the breaker, which then told. */
        for (unsigned again = 0; again < LIMIT_SOURCE_FAILURES; again++) {
            expect_same(w, &amy);
        }
    }
}

/* It fails for everybody: its health may be told, because decoys tell it. */
static void with_a_source_that_fails_for_everybody(void **state) {
    struct line_world *w = *state;
    w->agencies[LINE_TRUST].manner = LINE_FAILS;
    unsigned told = 0;
    for (unsigned i = 0; i < 2 * LIMIT_SOURCE_FAILURES; i++) {
        struct sight sight = look(w, QUERY_ASK, line_handle_nobody(w));
        enum source_state seen = line_part_of(&sight.ask, "trust")->extract.state;
        told += seen == SOURCE_UNAVAILABLE ? 1 : 0;
        assert_true(seen == SOURCE_UNAVAILABLE || seen == SOURCE_NOTHING_TO_SHOW);
        assert_true(told == 0 || i >= LIMIT_SOURCE_FAILURES);
    }
    /* A slot is longer than the first rests, so that some of the later ones are probes. */
    assert_true(told > 0);
}

/* Consent for one field of two: the request to the source follows it, the leaf does not. */
static void with_consent_for_a_part(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    expect_same(w, &amy);
    assert_int_equal(w->agencies[LINE_TRUST].real_fetches, 2);
}

/* The same with somebody whom homes knows too: what homes shows does not follow from the trust. */
static void with_somebody_whom_others_know(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_HOMES);
    struct person_id ben = line_person(w, 2, AT_HOMES | AT_TRUST);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, NULL, 0);
    w->agencies[LINE_TRUST].answer = line_answer(w, health, NULL, 0);
    struct sight a = look(w, QUERY_ASK, line_handle(w, &amy, true));
    struct sight b = look(w, QUERY_ASK, line_handle(w, &ben, true));
    same_sight(&a, &b);
    assert_int_equal(a.ask.pseudonym.len, 58);
}

/* And so that the comparisons could fail: an answer that is shown makes a difference. */
static void an_answer_that_is_shown_differs(void **state) {
    struct line_world *w = *state;
    struct person_id amy = line_person(w, 1, AT_TRUST);
    w->agencies[LINE_TRUST].answer = line_answer(w, plan, NULL, 0);
    struct sight known = look(w, QUERY_ASK, line_handle(w, &amy, false));
    struct sight unknown = look(w, QUERY_ASK, line_handle_nobody(w));
    assert_int_equal(line_part_of(&known.ask, "trust")->extract.state, SOURCE_ANSWERED);
    assert_int_equal(line_part_of(&unknown.ask, "trust")->extract.state, SOURCE_NOTHING_TO_SHOW);
    assert_int_equal(known.took_ms, unknown.took_ms);
    assert_int_equal(known.ask.pseudonym.len, 58);
}

/* What an open source's line may show does not shrink by what a hidden one names. */
static void links_of_a_hidden_source_take_no_room(void **state) {
    struct line_world *w = *state;
    uint32_t many[LIMIT_QUERY_LINKS];
    static const uint32_t one[] = {2};
    struct person_id amy = line_person(w, 1, AT_HOMES | AT_TRUST);
    (void)line_person(w, 2, AT_HOMES | AT_TRUST);
    line_consent(w, &amy, CONSENT_GIVEN, NULL);
    for (size_t i = 0; i < LIMIT_QUERY_LINKS; i++) {
        many[i] = 1000 + (uint32_t)i; /* nobody's */
    }
    w->agencies[LINE_TRUST].answer = line_answer(w, health, many, LIMIT_QUERY_LINKS);
    w->agencies[LINE_HOMES].answer = line_answer(w, tenancy, one, 1);
    struct sight sight = look(w, QUERY_ASK, line_handle(w, &amy, true));
    assert_int_equal(line_part_of(&sight.ask, "homes")->extract.records[0].link_count, 1);
    assert_int_equal(line_part_of(&sight.ask, "trust")->extract.records[0].link_count, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, line_world_open, line_world_close)

static int set_up(void **state) {
    return line_world_setup(state, LOCKGATE_SOURCE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        T(without_consent),
        T(with_a_refusal),
        T(with_consent_and_no_record),
        T(with_an_answer_of_which_nothing_is_left),
        T(with_a_link_that_is_not_shown),
        T(with_a_slow_source),
        T(with_a_source_that_fails_for_people),
        T(with_a_source_that_fails_for_everybody),
        T(with_consent_for_a_part),
        T(with_somebody_whom_others_know),
        T(an_answer_that_is_shown_differs),
        T(links_of_a_hidden_source_take_no_room),
    };
    return cmocka_run_group_tests(tests, set_up, line_world_teardown);
}
