/* SPDX-License-Identifier: Apache-2.0 */
/* What of somebody's facts outlives their erasure: what stops, as far as nothing newer took its
 * place, and without anything that leads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/consent/consent_int.h"
#include "gateway/erasure/suppression.h"
#include "tests/support/store_support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

static const int64_t DAY_MS = 86400000;
static const int64_t NOW_MS = 20000 * INT64_C(86400000) + 1234567;

struct world {
    struct store_support s;
    struct person_id person;
    uint64_t size;
    struct store_suppression kept;
    struct consent facts[STORE_SUPPRESS_FACTS_MAX];
};

static int begin(void **state) {
    static struct world world;
    world = (struct world){0};
    store_support_init(&world.s);
    store_support_enrol(&world.s, "housing", 1, &amy);
    assert_true(store_support_person(&world.s, "housing", 1, &world.person));
    *state = &world;
    return 0;
}

static int end(void **state) {
    struct world *w = *state;
    store_support_done(&w->s);
    return 0;
}

/* purpose "": all. */
static void fact_of(struct world *w, enum consent_kind kind, enum consent_state state,
                    const char *purpose) {
    struct span name = span_text(purpose);
    struct consent consent = {.state = state,
                              .kind = kind,
                              .purposes = {&name, purpose[0] != 0},
                              .recorded_by = span_text("care"),
                              .recorded_ms = NOW_MS,
                              .how = {.user_id = span_text("user-1"), .role = span_text("worker")}};
    vault_random(consent.id.bytes, sizeof consent.id.bytes);
    struct consent_logged logged = {.log_index = w->size};
    assert_false(lg_failed(consent_entry_encode(&w->person, &consent, w->s.arena, &logged.body)));
    w->size++;
    assert_false(lg_failed(consent_apply(w->s.store, &logged, 1, w->size)));
}

static size_t keep(struct world *w) {
    static const struct person_id nobody;
    static const struct consent_id none;
    assert_false(lg_failed(
        consent_refusals_keep(w->s.reader, &w->person, NOW_MS + DAY_MS, w->s.arena, &w->kept)));
    for (size_t i = 0; i < w->kept.fact_count; i++) {
        struct person_id person;
        struct consent *fact = &w->facts[i];
        assert_false(lg_failed(consent_entry_decode(w->kept.facts[i], w->s.arena, &person, fact)));
        assert_memory_equal(&person, &nobody, sizeof person);
        assert_memory_equal(&fact->id, &none, sizeof none);
        assert_int_equal(fact->recorded_ms % DAY_MS, 0);
        assert_int_equal(fact->how.user_id.len + fact->how.role.len, 0);
    }
    return w->kept.fact_count;
}

static void nothing_said_keeps_nothing(void **state) {
    struct world *w = *state;
    assert_int_equal(keep(w), 0);
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_GIVEN, "");
    assert_int_equal(keep(w), 0);
}

static void what_stops_is_kept(void **state) {
    struct world *w = *state;
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, "support");
    fact_of(w, CONSENT_KIND_CONFIDENTIALITY, CONSENT_WITHDRAWN, "");
    fact_of(w, CONSENT_KIND_OBJECTION, CONSENT_REFUSED, "");
    assert_int_equal(keep(w), 3);
    assert_int_equal(w->facts[2].kind, CONSENT_KIND_BASIS);
    assert_int_equal(w->facts[2].state, CONSENT_REFUSED);
    assert_true(span_equal_text(w->facts[2].purposes.items[0], "support"));
    assert_int_equal(w->facts[0].kind, CONSENT_KIND_OBJECTION);
}

static void what_was_taken_back_is_not(void **state) {
    struct world *w = *state;
    fact_of(w, CONSENT_KIND_OBJECTION, CONSENT_REFUSED, "support");
    fact_of(w, CONSENT_KIND_OBJECTION, CONSENT_WITHDRAWN, ""); /* lifted, all of it */
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, "support");
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_GIVEN, "support");
    assert_int_equal(keep(w), 0);
}

/* A newer word about a part, or of another kind, or an older one, takes nothing back. */
static void what_was_taken_back_in_part_stands(void **state) {
    struct world *w = *state;
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_GIVEN, "");
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, "");
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_GIVEN, "support");
    fact_of(w, CONSENT_KIND_SERVICE, CONSENT_GIVEN, "");
    assert_int_equal(keep(w), 1);
    assert_int_equal(w->facts[0].purposes.count, 0);
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, "");
    assert_int_equal(keep(w), 1); /* the older one is covered */
}

/* As where questions are decided: what states no kind lifts no objection. */
static void no_kind_lifts_no_objection(void **state) {
    struct world *w = *state;
    fact_of(w, CONSENT_KIND_OBJECTION, CONSENT_REFUSED, "");
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, "support");
    fact_of(w, CONSENT_KIND_NOT_STATED, CONSENT_GIVEN, "");
    assert_int_equal(keep(w), 1);
    assert_int_equal(w->facts[0].kind, CONSENT_KIND_OBJECTION);
    fact_of(w, CONSENT_KIND_NOT_STATED, CONSENT_WITHDRAWN, "");
    assert_int_equal(keep(w), 2);
}

/* More than is held: of that kind everything is refused, and all of it fits an entry. */
static void too_many_are_kept_more_widely(void **state) {
    struct world *w = *state;
    struct span body;
    char purpose[64];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(purpose, sizeof purpose, "purpose-with-a-name-of-full-length-%02d", i);
        fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, purpose);
    }
    size_t count = keep(w);
    assert_true(count > 1 && count <= STORE_SUPPRESS_FACTS_MAX);
    assert_int_equal(w->facts[count - 1].kind, CONSENT_KIND_BASIS);
    assert_int_equal(w->facts[count - 1].purposes.count, 0);
    assert_int_equal(w->facts[count - 1].state, CONSENT_REFUSED);
    assert_false(lg_failed(erasure_suppression_encode(&w->kept, w->s.arena, &body)));
}

/* Whoever comes again: counted where it is decided, older than what they say now, and not shown. */
static void what_was_kept_counts_and_is_not_shown(void **state) {
    struct world *w = *state;
    struct consent_facts facts;
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_REFUSED, "");
    assert_int_equal(keep(w), 1);
    assert_false(
        lg_failed(store_suppress_tokens(w->s.reader, &w->person, 1, w->s.arena, &w->kept)));
    w->kept.log_index = w->size++;
    const struct store_changes changes = {
        .suppressions = &w->kept, .suppression_count = 1, .through = w->size};
    assert_false(lg_failed(store_changes_apply(w->s.store, &changes)));
    store_support_enrol(&w->s, "police", 2, &amy);
    assert_true(store_support_person(&w->s, "police", 2, &w->person));
    fact_of(w, CONSENT_KIND_BASIS, CONSENT_GIVEN, "support");
    assert_false(lg_failed(consent_facts_settle(w->s.reader, &w->person, w->s.arena, &facts)));
    assert_int_equal(facts.count, 3); /* the same person's own refusal is there still */
    assert_int_equal(facts.items[0].state, CONSENT_GIVEN);
    assert_int_equal(facts.items[1].state, CONSENT_REFUSED);
    assert_int_equal(facts.items[1].log_index, w->kept.log_index);
    assert_int_equal(facts.items[1].recorded_ms, 0);
    assert_false(lg_failed(consent_facts_read(w->s.reader, &w->person, w->s.arena, &facts)));
    assert_int_equal(facts.count, 2);
    assert_false(lg_failed(consent_facts_settle(w->s.reader, NULL, w->s.arena, &facts)));
    assert_int_equal(facts.count, 0);
}

/* ---- the entry ------------------------------------------------------------------------------- */

static void an_entry_is_of_one_size(void **state) {
    struct world *w = *state;
    struct store_suppress_token token = {
        .tag = {.bytes = {1, 2}}, .token_class = TOKEN_N, .epoch = 7};
    struct span fact = span_text("what is refused");
    const struct store_suppression empty = {.log_index = 0};
    const struct store_suppression full = {
        .tokens = &token, .token_count = 1, .facts = &fact, .fact_count = 1};
    struct store_suppression out;
    struct span bodies[2];
    assert_false(lg_failed(erasure_suppression_encode(&empty, w->s.arena, &bodies[0])));
    assert_false(lg_failed(erasure_suppression_encode(&full, w->s.arena, &bodies[1])));
    assert_int_equal(bodies[0].len, bodies[1].len);
    assert_false(lg_failed(erasure_suppression_decode(9, bodies[1], w->s.arena, &out)));
    assert_int_equal(out.log_index, 9);
    assert_int_equal(out.token_count, 1);
    assert_memory_equal(&out.tokens[0].tag, &token.tag, sizeof token.tag);
    assert_int_equal(out.tokens[0].epoch, 7);
    assert_true(span_equal(out.facts[0], fact));
    /* A key that is gone leaves nothing to keep; anything else is none. */
    assert_false(lg_failed(erasure_suppression_decode(9, span_of(NULL, 0), w->s.arena, &out)));
    assert_int_equal(out.fact_count + out.token_count, 0);
    uint8_t *wrong = (uint8_t *)(uintptr_t)bodies[1].ptr;
    static const size_t places[] = {0, 1, 19, 24, 26, 200, 3071};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        wrong[places[i]] ^= 0x80;
        assert_true(lg_failed(erasure_suppression_decode(9, bodies[1], w->s.arena, &out)));
        wrong[places[i]] ^= 0x80;
    }
    assert_true(
        lg_failed(erasure_suppression_decode(9, span_of(bodies[1].ptr, 3071), w->s.arena, &out)));
}

#define OF(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(nothing_said_keeps_nothing),
        OF(what_stops_is_kept),
        OF(what_was_taken_back_is_not),
        OF(what_was_taken_back_in_part_stands),
        OF(no_kind_lifts_no_objection),
        OF(too_many_are_kept_more_widely),
        OF(what_was_kept_counts_and_is_not_shown),
        OF(an_entry_is_of_one_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
