/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives an erasure: whoever comes with the same tokens takes it along, nobody else does,
 * and what was said since takes its place. */
#include "gateway/store/suppress.h"
#include "tests/unit/store_erase_fixture.h"

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person nameless = {"amy", "example", "19840517", "ZZ1 1AA", ""};
static const struct made_person known = {"", "", "", "", "9990000018"};
static const struct made_person bob = {"bob", "sample", "19620830", "ZZ2 2BB", "9990000026"};
/* Of amy's name, birth and house, with another identifier. */
static const struct made_person twin = {"amy", "example", "19840517", "ZZ1 1AA", "9990000034"};
/* Surname, birth and house, another forename. */
static const struct made_person sister = {"ann", "example", "19840517", "ZZ1 1AA", ""};

static struct span facts[] = {{(const uint8_t *)"refused", 7}, {(const uint8_t *)"objects", 7}};

/* The entry in front of the erasure, and the erasure, in one run as they stand in one commit. */
static void erased_with(struct store_support *s, const struct person_id *person, uint64_t n,
                        size_t fact_count) {
    struct store_suppression kept = {.facts = facts, .fact_count = fact_count};
    struct store_erasure both[2];
    const struct store_key_id id = key_id(s, person);
    assert_false(lg_failed(store_suppress_tokens(s->reader, person, 1, s->arena, &kept)));
    done_make(s, &id, n, "hub", both);
    kept.log_index = both[0].log_index;
    const struct store_changes changes = {.erasures = both,
                                          .erasure_count = 2,
                                          .suppressions = &kept,
                                          .suppression_count = 1,
                                          .through = index_of(n) + 1};
    assert_false(lg_failed(store_changes_apply(s->store, &changes)));
    assert_false(is_known(s, person));
}

static size_t taken(struct store_support *s, const struct person_id *person) {
    struct store_consents out;
    assert_false(lg_failed(store_suppressed_read(s->reader, person, s->arena, &out)));
    for (size_t i = 0; i < out.count; i++) {
        assert_true(span_equal(out.items[i].body, facts[i % 2]));
    }
    return out.count;
}

/* Suppressions that this tag of a token leads to. */
static size_t led_to(struct store_support *s, const struct store_tag *tag) {
    size_t count = 0;
    OWN(store_query_done)
    struct store_query query = store_query_of(&s->store->db, SQL_SUPPRESS_LOOK);
    store_query_bytes(&query, 1, store_tag_span(tag));
    store_query_number(&query, 2, 100);
    while (store_query_next(&query)) {
        count++;
    }
    assert_false(lg_failed(store_query_end(&query)));
    return count;
}

static void whoever_comes_again_takes_it_along(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    assert_int_equal(taken(s, &a), 0);
    erased_with(s, &a, 3, 2);
    assert_int_equal(taken(s, NULL), 0);
    struct person_id again = enrolled(s, "housing", 1, &amy);
    struct person_id other = enrolled(s, "housing", 2, &bob);
    assert_true(memcmp(&a, &again, sizeof a) != 0);
    assert_int_equal(taken(s, &again), 2);
    assert_int_equal(taken(s, &other), 0);
    store_support_reopen(s);
    assert_int_equal(taken(s, &again), 2);
}

/* Another agency, other tokens of the same person: what would have joined them is enough. */
static void any_tokens_that_would_have_joined_are_enough(void **state) {
    const struct made_person *const ways[] = {&nameless, &known};
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    erased_with(s, &a, 3, 1);
    for (uint32_t i = 0; i < 2; i++) {
        struct person_id again = enrolled(s, i == 0 ? "police" : "gp", 7, ways[i]);
        assert_int_equal(taken(s, &again), 1);
    }
}

/* A wrong person is worse than none: what only looks alike takes nothing. */
static void who_only_looks_alike_takes_nothing(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    erased_with(s, &a, 3, 1);
    struct person_id other = enrolled(s, "housing", 2, &twin);
    assert_int_equal(taken(s, &other), 0);
    other = enrolled(s, "police", 3, &sister);
    assert_int_equal(taken(s, &other), 0);
}

static void it_moves_with_who_is_merged(void **state) {
    struct store_support *s = *state;
    struct made_person late = amy;
    struct person_id a = enrolled(s, "housing", 1, &nameless);
    erased_with(s, &a, 3, 1);
    late.forename = late.surname = late.born = late.postcode = "";
    struct person_id kept = enrolled(s, "police", 4, &late); /* an identifier alone: nobody yet */
    struct person_id other = enrolled(s, "housing", 1, &nameless);
    assert_int_equal(taken(s, &kept), 0);
    assert_int_equal(taken(s, &other), 1);
    store_support_enrol(s, "police", 4, &amy);
    assert_true(store_support_joined(s, "police", 4, "housing", 1));
    assert_int_equal(taken(s, &kept), 1);
    assert_int_equal(taken(s, &other), 1); /* an alias leads there */
}

/* Erased again: with the same, it stands; with nothing, it has ended for whoever comes next. */
static void a_newer_erasure_takes_its_place(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    erased_with(s, &a, 3, 2);
    a = enrolled(s, "housing", 1, &amy);
    erased_with(s, &a, 4, 1);
    a = enrolled(s, "housing", 1, &amy);
    assert_int_equal(taken(s, &a), 1);
    erased_with(s, &a, 5, 0);
    a = enrolled(s, "housing", 1, &amy);
    assert_int_equal(taken(s, &a), 0);
}

/* Somebody else, with whose record an identifier was mistyped: their erasure forgets what they
 * refused, and not what another person did. */
static void the_erasure_of_somebody_else_ends_nothing(void **state) {
    struct store_support *s = *state;
    struct made_person mistyped = bob;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    erased_with(s, &a, 3, 1);
    mistyped.identifier = amy.identifier;
    struct person_id other = enrolled(s, "police", 2, &mistyped);
    assert_int_equal(taken(s, &other), 1);
    erased_with(s, &other, 4, 0);
    a = enrolled(s, "housing", 1, &amy);
    assert_int_equal(taken(s, &a), 1);
}

/* Applied twice, as after a crash, it is there once. */
static void applied_twice_it_is_there_once(void **state) {
    struct store_support *s = *state;
    struct store_suppress_token token = {.token_class = TOKEN_N, .epoch = 1, .tag = {.bytes = {7}}};
    const struct store_suppression it = {
        .log_index = 5, .tokens = &token, .token_count = 1, .facts = facts, .fact_count = 1};
    struct store_changes changes = {.suppressions = &it, .suppression_count = 1, .through = 6};
    for (int i = 0; i < 2; i++) {
        assert_false(lg_failed(store_changes_apply(s->store, &changes)));
        assert_int_equal(led_to(s, &token.tag), 1);
    }
}

/* Neither the person's id, nor the tag that the index has of a token, is in what is kept. */
static void nothing_leads_back(void **state) {
    struct store_support *s = *state;
    struct store_token tokens[5];
    struct person_id a = enrolled(s, "housing", 1, &amy);
    size_t count = store_support_tokens(&amy, tokens);
    erased_with(s, &a, 3, 2);
    store_reader_free(&s->reader);
    assert_false(store_support_folder_has(s, span_of(a.bytes, sizeof a.bytes)));
    for (size_t i = 0; i < count; i++) {
        struct store_tag tag;
        assert_false(lg_failed(store_token_tag(s->store, &tokens[i], &tag)));
        assert_false(store_support_folder_has(s, span_of(tag.bytes, sizeof tag.bytes)));
    }
    assert_false(store_support_folder_has(s, facts[0]));
    assert_false(lg_failed(store_reader_open(s->store, &s->reader)));
}

static void what_is_out_of_range_is_not_taken(void **state) {
    struct store_support *s = *state;
    static const uint8_t large[STORE_SUPPRESS_BODY_MAX];
    struct span body = span_of(large, sizeof large - 1);
    struct store_suppress_token token = {.token_class = TOKEN_CLASS_END};
    const struct store_suppression wrong[] = {
        {.log_index = 9},
        {.tokens = &token, .token_count = 1},
        {.tokens = &token, .token_count = STORE_SUPPRESS_TOKENS_MAX + 1},
        {.facts = &body, .fact_count = 1},
        {.facts = facts, .fact_count = STORE_SUPPRESS_FACTS_MAX + 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct store_changes changes = {
            .suppressions = &wrong[i], .suppression_count = 1, .through = 9};
        assert_int_equal(lg_err_code(store_changes_apply(s->store, &changes)), STORE_FIELDS);
    }
}

#define OF(test) cmocka_unit_test_setup_teardown(test, erase_set_up, erase_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(whoever_comes_again_takes_it_along), OF(any_tokens_that_would_have_joined_are_enough),
        OF(who_only_looks_alike_takes_nothing), OF(it_moves_with_who_is_merged),
        OF(a_newer_erasure_takes_its_place),    OF(the_erasure_of_somebody_else_ends_nothing),
        OF(applied_twice_it_is_there_once),     OF(nothing_leads_back),
        OF(what_is_out_of_range_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
