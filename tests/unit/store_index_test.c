/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment, linking and look-up over real files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person amy_no_id = {"amy", "example", "19840517", "ZZ1 1AA", ""};

static int set_up(void **state) {
    static struct store_support support;
    store_support_init(&support);
    *state = &support;
    return 0;
}

static int tear_down(void **state) {
    store_support_done(*state);
    return 0;
}

static size_t candidates(struct store_support *s, const struct made_person *person,
                         struct store_candidate **out) {
    struct store_token tokens[5];
    struct store_search search = {.tokens = tokens};
    search.token_count = store_support_tokens(person, tokens);
    size_t count = 0;
    assert_false(lg_failed(store_candidates_find(s->reader, &search, s->arena, out, &count)));
    return count;
}

/* ---- Linking -----------------------------------------------------------------------------------
 */

static void two_agencies_join_by_identifier(void **state) {
    struct store_support *s = *state;
    const struct made_person moved = {"amie", "sample", "19840517", "ZZ9 9ZZ", "9990000018"};
    assert_int_equal(store_support_enrol(s, "housing", 1, &amy), STORE_ADDED);
    assert_int_equal(store_support_enrol(s, "police", 7, &moved), STORE_ADDED);
    assert_true(store_support_joined(s, "housing", 1, "police", 7));
}

static void two_agencies_join_by_name_and_address(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy_no_id);
    store_support_enrol(s, "police", 1, &amy);
    assert_true(store_support_joined(s, "housing", 1, "police", 1));
}

static void twins_stay_two(void **state) {
    struct store_support *s = *state;
    const struct made_person oscar = {"oscar", "example", "20150302", "ZZ1 1AA", ""};
    const struct made_person olivia = {"olivia", "example", "20150302", "ZZ1 1AA", ""};
    store_support_enrol(s, "housing", 1, &oscar);
    store_support_enrol(s, "police", 1, &olivia);
    assert_false(store_support_joined(s, "housing", 1, "police", 1));
    /* Initial and sound alike as well. */
    const struct made_person ann = {"ann", "example", "19840517", "ZZ1 1AA", ""};
    store_support_enrol(s, "housing", 3, &amy_no_id);
    store_support_enrol(s, "police", 3, &ann);
    assert_false(store_support_joined(s, "housing", 3, "police", 3));
    /* One name in two spellings at one agency, told apart by identifiers. */
    const struct made_person maria = {"maria", "sample", "20150302", "ZZ2 2AA", "9990000026"};
    const struct made_person marie = {"marie", "sample", "20150302", "ZZ2 2AA", "9990000034"};
    store_support_enrol(s, "housing", 2, &maria);
    store_support_enrol(s, "police", 2, &marie);
    assert_false(store_support_joined(s, "housing", 2, "police", 2));
}

static void identifiers_that_differ_keep_apart(void **state) {
    struct store_support *s = *state;
    struct made_person other = amy;
    other.identifier = "9990000042";
    store_support_enrol(s, "housing", 1, &amy);
    store_support_enrol(s, "police", 1, &other);
    assert_false(store_support_joined(s, "housing", 1, "police", 1));
}

static void one_record_per_agency_and_person(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy);
    assert_int_equal(store_support_enrol(s, "housing", 2, &amy), STORE_DUPLICATE);
    struct person_id person;
    assert_false(store_support_person(s, "housing", 2, &person));
    struct store_candidate *found = NULL;
    assert_int_equal(candidates(s, &amy, &found), 1);
}

static void a_runner_up_makes_a_new_person(void **state) {
    struct store_support *s = *state;
    struct made_person one = amy;
    struct made_person two = amy;
    two.identifier = "9990000050";
    store_support_enrol(s, "housing", 1, &one);
    store_support_enrol(s, "police", 1, &two);
    store_support_enrol(s, "health", 1, &amy_no_id);
    assert_false(store_support_joined(s, "housing", 1, "health", 1));
    assert_false(store_support_joined(s, "police", 1, "health", 1));
}

/* ---- Changes -----------------------------------------------------------------------------------
 */

static void a_repeat_changes_nothing_but_the_reference(void **state) {
    struct store_support *s = *state;
    assert_int_equal(store_support_enrol(s, "housing", 1, &amy), STORE_ADDED);
    struct person_id before;
    struct person_id after;
    assert_true(store_support_person(s, "housing", 1, &before));
    assert_int_equal(store_support_enrol(s, "housing", 1, &amy), STORE_UNCHANGED);
    assert_true(store_support_person(s, "housing", 1, &after));
    assert_memory_equal(&before, &after, sizeof before);
}

static void a_changed_record_answers_to_new_tokens_only(void **state) {
    struct store_support *s = *state;
    struct made_person moved = amy_no_id;
    moved.postcode = "ZZ5 5ZZ";
    moved.surname = "sample";
    store_support_enrol(s, "housing", 1, &amy_no_id);
    assert_int_equal(store_support_enrol(s, "housing", 1, &moved), STORE_UPDATED);
    struct store_candidate *found = NULL;
    assert_int_equal(candidates(s, &amy_no_id, &found), 0);
    assert_int_equal(candidates(s, &moved, &found), 1);
    assert_true(store_evidence_is_enough(&found[0].all));
}

static void a_record_that_contradicts_leaves(void **state) {
    struct store_support *s = *state;
    struct made_person corrected = amy;
    corrected.identifier = "9990000069";
    store_support_enrol(s, "housing", 1, &amy);
    store_support_enrol(s, "police", 1, &amy);
    assert_true(store_support_joined(s, "housing", 1, "police", 1));
    assert_int_equal(store_support_enrol(s, "police", 1, &corrected), STORE_UPDATED);
    assert_false(store_support_joined(s, "housing", 1, "police", 1));
    /* A record without its own identifier any more is no contradiction. */
    assert_int_equal(store_support_enrol(s, "housing", 1, &amy_no_id), STORE_UPDATED);
}

static void a_person_that_turns_out_to_be_another_is_merged(void **state) {
    struct store_support *s = *state;
    const struct made_person vague = {"amy", "example", "19840517", "", ""};
    struct person_id older;
    struct person_id younger;
    store_support_enrol(s, "police", 1, &vague);
    assert_true(store_support_person(s, "police", 1, &older));
    store_support_enrol(s, "housing", 1, &amy);
    assert_true(store_support_person(s, "housing", 1, &younger));
    assert_memory_not_equal(&older, &younger, sizeof older);
    assert_int_equal(store_support_enrol(s, "police", 1, &amy), STORE_UPDATED);
    assert_true(store_support_joined(s, "housing", 1, "police", 1));
    struct person_id now;
    assert_true(store_support_person(s, "housing", 1, &now));
    assert_memory_equal(&now, &older, sizeof now);
    /* The other id is an alias: the same person, the same M. */
    struct store_person by_old;
    struct store_person by_alias;
    bool found = false;
    assert_false(lg_failed(store_person_find(s->reader, &older, &found, &by_old)));
    assert_false(lg_failed(store_person_find(s->reader, &younger, &found, &by_alias)));
    assert_true(found);
    assert_memory_equal(&by_old, &by_alias, sizeof by_old);
    struct person_id *ids = NULL;
    size_t count = 0;
    assert_false(lg_failed(store_aliases_read(s->reader, &younger, s->arena, &ids, &count)));
    assert_int_equal(count, 2);
    assert_memory_equal(&ids[0], &older, sizeof older);
    assert_memory_equal(&ids[1], &younger, sizeof younger);
}

static void a_change_into_a_duplicate_is_taken_out(void **state) {
    struct store_support *s = *state;
    const struct made_person other = {"ben", "sample", "19700101", "ZZ3 3AA", ""};
    store_support_enrol(s, "housing", 1, &amy);
    store_support_enrol(s, "housing", 2, &other);
    assert_int_equal(store_support_enrol(s, "housing", 2, &amy), STORE_DUPLICATE);
    struct person_id person;
    assert_false(store_support_person(s, "housing", 2, &person));
    assert_true(store_support_person(s, "housing", 1, &person));
}

/* ---- Leaving -----------------------------------------------------------------------------------
 */

static void retired_records_are_gone(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy);
    struct record_tag tags[] = {store_support_tag(1), store_support_tag(99)};
    size_t retired = 0;
    /* Another agency's tag of the same bytes is not this agency's. */
    assert_false(lg_failed(store_retire(s->store, span_text("police"), tags, 2, &retired)));
    assert_int_equal(retired, 0);
    assert_false(lg_failed(store_retire(s->store, span_text("housing"), tags, 2, &retired)));
    assert_int_equal(retired, 1);
    struct store_candidate *found = NULL;
    assert_int_equal(candidates(s, &amy, &found), 0);
    assert_int_equal(store_support_enrol(s, "housing", 1, &amy), STORE_ADDED);
}

/* What it enrolled under another agreement stays. */
static void a_party_leaves_one_agreement(void **state) {
    struct store_support *s = *state;
    uint64_t count = 0;
    assert_int_equal(store_support_enrol(s, "housing", 1, &amy), STORE_ADDED);
    assert_int_equal(store_support_enrol(s, "police", 2, &amy), STORE_ADDED);
    struct span housing = span_text("housing");
    assert_false(lg_failed(store_enrolment_leave(s->store, housing, span_text("other"), &count)));
    assert_int_equal(count, 0);
    assert_false(lg_failed(store_enrolment_leave(s->store, housing, span_text("otr"), &count)));
    assert_int_equal(count, 1);
    assert_false(lg_failed(store_agency_count(s->reader, span_text("police"), &count)));
    assert_int_equal(count, 1);
    assert_true(lg_failed(store_enrolment_leave(s->store, housing, span_text(""), &count)));
}

static void a_party_leaves_with_all_its_rows(void **state) {
    struct store_support *s = *state;
    for (uint32_t i = 0; i < 300; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "999%07u", (unsigned)i);
        struct made_person person = {"", "", "", "", id};
        store_support_enrol(s, "housing", i, &person);
    }
    store_support_enrol(s, "police", 1, &amy);
    uint64_t count = 0;
    assert_false(lg_failed(store_agency_count(s->reader, span_text("housing"), &count)));
    assert_int_equal(count, 300);
    assert_false(lg_failed(store_party_leave(s->store, span_text("housing"), &count)));
    assert_int_equal(count, 300);
    assert_false(lg_failed(store_agency_count(s->reader, span_text("housing"), &count)));
    assert_int_equal(count, 0);
    assert_false(lg_failed(store_agency_count(s->reader, span_text("police"), &count)));
    assert_int_equal(count, 1);
    assert_false(lg_failed(store_party_leave(s->store, span_text("housing"), &count)));
    assert_int_equal(count, 0);
}

/* ---- Looking up --------------------------------------------------------------------------------
 */

static void a_full_block_tells_nobody_apart(void **state) {
    struct store_support *s = *state;
    char forename[32];
    for (uint32_t i = 0; i < STORE_BLOCK_MAX + 2; i++) {
        /* One hostel: birth and postcode alike, names and identifiers not. */
        char id[16];
        (void)snprintf(id, sizeof id, "999%07u", (unsigned)i);
        (void)snprintf(forename, sizeof forename, "%c%cx", (char)('a' + i % 26),
                       (char)('a' + i / 26));
        struct made_person person = {forename, "example", "19840517", "ZZ1 1AA", id};
        store_support_enrol(s, "housing", i, &person);
    }
    const struct made_person born_there = {"", "", "19840517", "ZZ1 1AA", ""};
    struct store_candidate *found = NULL;
    assert_int_equal(candidates(s, &born_there, &found), 0);
    const struct made_person known = {"aax", "example", "19840517", "ZZ1 1AA", "9990000000"};
    assert_int_equal(candidates(s, &known, &found) >= 1, 1);
    for (size_t i = 0; i < 1; i++) {
        assert_int_equal(found[i].all.classes & (1U << TOKEN_E), 0);
    }
}

static void cut_tokens_are_told(void **state) {
    struct store_support *s = *state;
    uint8_t reference[STORE_REFERENCE_SIZE] = {0};
    struct store_token tokens[2];
    struct store_enrolled result = {0};
    for (uint32_t i = 0; i <= STORE_BLOCK_MAX; i++) {
        memset(tokens, 0, sizeof tokens);
        tokens[0] = (struct store_token){.token_class = TOKEN_E, .epoch = 1};
        tokens[1] = (struct store_token){.token_class = TOKEN_N, .epoch = 1};
        tokens[1].point[0] = (uint8_t)i;
        struct store_record record = {.record_tag = store_support_tag(i),
                                      .reference = span_of(reference, sizeof reference),
                                      .tokens = tokens,
                                      .token_count = 2};
        struct store_enrolment batch = {.agency = span_text("housing"),
                                        .agreement = span_text("otr"),
                                        .quarter = STORE_SUPPORT_QUARTER,
                                        .records = &record,
                                        .count = 1};
        assert_false(lg_failed(store_enrol(s->store, &batch, &result)));
        assert_int_equal(result.tokens_cut, i == STORE_BLOCK_MAX ? 1 : 0);
    }
}

static void rows_out_of_scope_do_not_count(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy_no_id);
    store_support_enrol(s, "health", 1, &amy);
    struct store_token tokens[5];
    struct store_scope scope[2] = {{.is_visible = true}, {.is_visible = false}};
    struct span otr = span_text("otr");
    assert_false(
        lg_failed(store_enrolment_tag(s->store, span_text("housing"), otr, &scope[0].enrolment)));
    assert_false(
        lg_failed(store_enrolment_tag(s->store, span_text("health"), otr, &scope[1].enrolment)));
    struct store_search search = {.tokens = tokens, .scope = scope, .scope_count = 2};
    search.token_count = store_support_tokens(&amy, tokens);
    struct store_candidate *found = NULL;
    size_t count = 0;
    assert_false(lg_failed(store_candidates_find(s->reader, &search, s->arena, &found, &count)));
    assert_int_equal(count, 1);
    assert_true((found[0].all.classes & (1U << TOKEN_N)) != 0);
    assert_false((found[0].visible.classes & (1U << TOKEN_N)) != 0);
    assert_true(store_evidence_is_enough(&found[0].visible));
    assert_true(found[0].has_visible);
    search.scope_count = 1; /* health's enrolment has ended */
    assert_false(lg_failed(store_candidates_find(s->reader, &search, s->arena, &found, &count)));
    assert_false((found[0].all.classes & (1U << TOKEN_N)) != 0);
    search.scope_count = 0;
    assert_false(lg_failed(store_candidates_find(s->reader, &search, s->arena, &found, &count)));
    assert_int_equal(count, 0);
}

static void rows_carry_what_was_enrolled(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 5, &amy);
    store_support_enrol(s, "police", 6, &amy);
    struct person_id person;
    assert_true(store_support_person(s, "police", 6, &person));
    struct store_row *rows = NULL;
    size_t count = 0;
    assert_false(lg_failed(store_rows_read(s->reader, &person, s->arena, &rows, &count)));
    assert_int_equal(count, 2);
    assert_true(span_equal_text(rows[0].agency, "housing"));
    assert_true(span_equal_text(rows[1].agency, "police"));
    assert_true(span_equal_text(rows[1].agreement, "otr"));
    assert_int_equal(rows[1].reference.len, STORE_REFERENCE_SIZE);
    assert_int_equal(rows[1].reference.ptr[0], 6);
    struct record_tag tag = store_support_tag(6);
    assert_memory_equal(&rows[1].record_tag, &tag, sizeof tag);
}

/* ---- Refusals ----------------------------------------------------------------------------------
 */

static void batches_outside_their_range_are_refused(void **state) {
    struct store_support *s = *state;
    uint8_t reference[STORE_REFERENCE_SIZE] = {0};
    struct store_token tokens[5];
    struct store_record good = {.reference = span_of(reference, sizeof reference),
                                .tokens = tokens,
                                .token_count = store_support_tokens(&amy, tokens)};
    struct store_record record = good;
    struct store_enrolment batch = {.agency = span_text("housing"),
                                    .agreement = span_text("otr"),
                                    .quarter = STORE_SUPPORT_QUARTER,
                                    .records = &record,
                                    .count = 1};
    static struct store_enrolled results[STORE_BATCH_MAX + 1];
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_STORE, STORE_FIELDS);
    batch.count = 0;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    batch.count = STORE_BATCH_MAX + 1;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    batch.count = 1;
    record.reference.len--;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    record = good;
    record.token_count = 0;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    record.token_count = STORE_TOKENS_MAX + 1;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    record = good;
    tokens[0].token_class = TOKEN_CLASS_END;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    tokens[0].token_class = TOKEN_N;
    tokens[0].epoch = 0;
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    tokens[0].epoch = 1;
    batch.agency = span_text("");
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    batch.agency = span_of(reference, STORE_NAME_SIZE_MAX + 1);
    assert_true(lg_err_same(store_enrol(s->store, &batch, results), wrong));
    batch.agency = span_of(reference, STORE_NAME_SIZE_MAX);
    assert_false(lg_failed(store_enrol(s->store, &batch, results)));
    size_t retired = 0;
    assert_true(lg_err_same(store_retire(s->store, batch.agency, NULL, 0, &retired), wrong));
}

/* With the n-th allocation failing, the batch is in whole or not at all, and nothing latches. */
static void enrolment_survives_every_failed_allocation(void **state) {
    struct store_support *s = *state;
    struct store_token tokens[5];
    uint8_t reference[STORE_REFERENCE_SIZE] = {0};
    struct store_record record = {.reference = span_of(reference, sizeof reference),
                                  .tokens = tokens,
                                  .token_count = store_support_tokens(&amy, tokens)};
    struct store_enrolment batch = {.agency = span_text("housing"),
                                    .agreement = span_text("otr"),
                                    .quarter = STORE_SUPPORT_QUARTER,
                                    .records = &record,
                                    .count = 1};
    uint64_t failures = 0;
    uint64_t seen = 0;
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        record.record_tag = store_support_tag((uint32_t)n);
        tokens[0].point[0] = (uint8_t)n; /* another identifier: another person */
        tokens[0].point[1] = (uint8_t)(n >> 8);
        struct store_enrolled result = {0};
        support_alloc_fail_at(n);
        struct lg_err err = store_enrol(s->store, &batch, &result);
        seen = support_alloc_seen();
        has_failed = seen >= n;
        support_alloc_fail_at(0);
        struct person_id person;
        assert_int_equal(store_support_person(s, "housing", (uint32_t)n, &person), !lg_failed(err));
        if (lg_failed(err)) {
            assert_int_equal(lg_err_class(err), LG_CLASS_LIMIT);
            failures++;
        }
        assert_false(store_is_latched(s->store));
    }
    if (seen > 0) {
        assert_true(failures > 0);
    }
}

static void look_up_survives_every_failed_allocation(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "housing", 1, &amy);
    store_support_enrol(s, "police", 1, &amy);
    struct store_token tokens[5];
    struct store_search search = {.tokens = tokens};
    search.token_count = store_support_tokens(&amy, tokens);
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct arena *arena = NULL;
        struct store_candidate *found = NULL;
        size_t count = 0;
        assert_false(lg_failed(arena_new(1 << 20, &arena)));
        support_alloc_fail_at(n);
        struct lg_err err = store_candidates_find(s->reader, &search, arena, &found, &count);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_true(lg_failed(err) ? lg_err_class(err) == LG_CLASS_LIMIT : count == 1);
        arena_free(&arena);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(two_agencies_join_by_identifier),
        CASE(two_agencies_join_by_name_and_address),
        CASE(twins_stay_two),
        CASE(identifiers_that_differ_keep_apart),
        CASE(one_record_per_agency_and_person),
        CASE(a_runner_up_makes_a_new_person),
        CASE(a_repeat_changes_nothing_but_the_reference),
        CASE(a_changed_record_answers_to_new_tokens_only),
        CASE(a_record_that_contradicts_leaves),
        CASE(a_person_that_turns_out_to_be_another_is_merged),
        CASE(a_change_into_a_duplicate_is_taken_out),
        CASE(retired_records_are_gone),
        CASE(a_party_leaves_one_agreement),
        CASE(a_party_leaves_with_all_its_rows),
        CASE(a_full_block_tells_nobody_apart),
        CASE(cut_tokens_are_told),
        CASE(rows_out_of_scope_do_not_count),
        CASE(rows_carry_what_was_enrolled),
        CASE(batches_outside_their_range_are_refused),
        CASE(enrolment_survives_every_failed_allocation),
        CASE(look_up_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
