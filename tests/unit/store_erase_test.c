/* SPDX-License-Identifier: Apache-2.0 */
/* Erasure: all of a person goes, what comes late is not kept, and what is held stays. */
#include "gateway/store/keys.h"
#include "gateway/store/reliance.h"
#include "gateway/store/signals.h"
#include "tests/unit/store_erase_fixture.h"

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};
static const struct made_person bob = {"bob", "sample", "19620830", "ZZ2 2BB", "9990000026"};

/* ---- A person */

static void consent_add(struct store_support *s, const struct person_id *person, uint64_t index) {
    struct store_consent fact = {
        .person = *person, .log_index = index_of(index), .body = span_text("given")};
    fact.id.bytes[0] = (uint8_t)index;
    assert_false(lg_failed(store_consents_apply(s->store, &fact, 1, index_of(index) + 1)));
}

static struct store_pseudonym pseudonym_of(const struct person_id *person) {
    struct store_pseudonym it = {.owner = {*person, span_text("otr"), span_text("police")}};
    vault_point_random(&it.pseudonym);
    return it;
}

static size_t consents_of(struct store_support *s, const struct person_id *person) {
    struct store_consents facts = {0};
    assert_false(lg_failed(store_consents_read(s->reader, person, s->arena, &facts)));
    return facts.count;
}

static size_t candidates_of(struct store_support *s, const struct made_person *who) {
    struct store_token tokens[5];
    struct store_search search = {.tokens = tokens,
                                  .token_count = store_support_tokens(who, tokens)};
    struct store_candidate *candidates = NULL;
    size_t count = 0;
    assert_false(
        lg_failed(store_candidates_find(s->reader, &search, s->arena, &candidates, &count)));
    return count;
}

static void all_of_a_person_goes_and_nothing_of_another(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    assert_true(memcmp(&a, &b, sizeof a) != 0);
    struct store_pseudonym given[] = {pseudonym_of(&a), pseudonym_of(&b)};
    assert_false(lg_failed(store_pseudonyms_put(s->store, given, 2)));
    consent_add(s, &a, 1);
    consent_add(s, &b, 2);
    struct store_tag of_b = digest(s, &b, Q);
    (void)digest(s, &a, Q + 1);
    uint8_t wrapped[2][WRAPPED];
    assert_true(wrapped_of(s, &a, Q, wrapped[0]) && wrapped_of(s, &a, Q + 1, wrapped[1]));
    assert_true(store_support_folder_has(s, span_of(wrapped[0], WRAPPED)));
    struct store_key_id id = key_id(s, &a);
    steps(s, STORE_ERASURE_ASKED, &id, 3, "housing");
    steps(s, STORE_ERASURE_DONE, &id, 4, "hub");
    for (size_t i = 0; i < 2; i++) {
        assert_false(store_support_folder_has(s, span_of(wrapped[i], WRAPPED)));
    }
    assert_true(is_gone(s, &a, Q) && is_gone(s, &a, Q + 1) && is_gone(s, &a, Q + 2));
    assert_true(same(digest(s, &b, Q), of_b));
    assert_false(is_known(s, &a));
    assert_true(is_known(s, &b));
    assert_int_equal(candidates_of(s, &amy), 0);
    assert_int_equal(candidates_of(s, &bob), 1);
    assert_int_equal(consents_of(s, &a), 0);
    assert_int_equal(consents_of(s, &b), 1);
    for (size_t i = 0; i < 2; i++) {
        struct store_recipient to = {span_text("otr"), span_text("police")};
        struct person_id person;
        bool found = false;
        assert_false(
            lg_failed(store_pseudonym_find(s->reader, &to, &given[i].pseudonym, &found, &person)));
        assert_int_equal(found, i == 1);
    }
    /* The agency still has its record and enrols again: somebody whom nothing is about. */
    struct person_id again = enrolled(s, "housing", 1, &amy);
    assert_true(memcmp(&a, &again, sizeof a) != 0);
    assert_int_equal(consents_of(s, &again), 0);
    assert_false(is_gone(s, &again, Q));
}

/* Neither the log's key nor a row about the person is in any file: also not in a side file. */
/* Both are marked; who is erased is so no longer, and once enrolled again is nobody marked. */
static void marks_of_a_person_go_with_them(void **state) {
    struct store_support *s = *state;
    const struct made_person *const people[] = {&amy, &bob};
    struct person_id ids[2];
    struct store_mark_matches found;
    for (uint32_t i = 0; i < 2; i++) {
        struct store_token tokens[5];
        struct store_tag tags[5];
        struct store_marked marked;
        size_t count = store_support_tokens(people[i], tokens);
        assert_false(lg_failed(store_mark_tags(s->store, tokens, count, tags)));
        const struct store_mark mark = {.agency = span_text("police"),
                                        .kind = STORE_MARK_STAFF,
                                        .label = span_text(i == 0 ? "u-1" : "u-2"),
                                        .tags = tags,
                                        .tag_count = count};
        ids[i] = enrolled(s, "housing", i + 1, people[i]);
        assert_false(lg_failed(store_mark_put(s->store, &mark, &marked)));
        assert_false(lg_failed(
            store_marks_match(s->reader, span_text("police"), &ids[i], s->arena, &found)));
        assert_true(found.count > 1);
    }
    struct store_key_id id = key_id(s, &ids[0]);
    steps(s, STORE_ERASURE_DONE, &id, 4, "hub");
    ids[0] = enrolled(s, "housing", 1, &amy);
    for (size_t i = 0; i < 2; i++) {
        assert_false(lg_failed(
            store_marks_match(s->reader, span_text("police"), &ids[i], s->arena, &found)));
        assert_int_equal(found.count > 0, i == 1);
    }
}

static void rows_are_overwritten(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    store_reader_free(&s->reader); /* the one that could be in the way of cutting the side file */
    assert_true(store_support_folder_has(s, span_of(a.bytes, sizeof a.bytes)));
    steps(s, STORE_ERASURE_DONE, &id, 4, "hub");
    assert_false(store_support_folder_has(s, span_of(a.bytes, sizeof a.bytes)));
    assert_false(lg_failed(store_reader_open(s->store, &s->reader)));
}

/* Two that turned out to be one go together, whichever of them is named. */
static void aliases_go_with_the_person(void **state) {
    struct store_support *s = *state;
    for (int by_alias = 0; by_alias < 2; by_alias++) {
        struct made_person early = amy;
        struct made_person late = amy;
        uint32_t number = 10 * (uint32_t)(by_alias + 1);
        early.identifier = "";
        late.forename = late.surname = late.born = late.postcode = "";
        struct person_id kept = enrolled(s, "housing", number, &early);
        struct person_id other = enrolled(s, "police", number, &late);
        assert_true(memcmp(&kept, &other, sizeof kept) != 0);
        struct store_tag of_other = digest(s, &other, Q);
        store_support_enrol(s, "police", number, &amy);
        assert_true(is_known(s, &other));
        struct store_key_id ids[] = {key_id(s, &kept), key_id(s, &other)};
        struct person_id *persons = NULL;
        size_t count = 0;
        assert_false(lg_failed(store_key_persons(s->reader, &ids[1], s->arena, &persons, &count)));
        assert_int_equal(count, 2);
        assert_memory_equal(&persons[0], &kept, sizeof kept);
        uint64_t at = 10 * (uint64_t)(by_alias + 1);
        steps(s, STORE_ERASURE_DONE, &ids[by_alias], at, "hub");
        assert_false(is_known(s, &kept) || is_known(s, &other));
        /* Each key has an entry of its own: the other one's is still to come. */
        steps(s, STORE_ERASURE_DONE, &ids[1 - by_alias], at + 1, "hub");
        assert_true(is_gone(s, &kept, Q) && is_gone(s, &other, Q));
        assert_false(same(digest(s, &other, Q), of_other));
    }
}

static void a_hold_wins_until_it_is_lifted(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    struct store_tag before = digest(s, &a, Q);
    bool held = false;
    bool done = false;
    steps(s, STORE_ERASURE_ASKED, &id, 1, "housing");
    steps(s, STORE_ERASURE_HELD, &id, 2, "police");
    steps(s, STORE_ERASURE_HELD, &id, 3, "housing");
    steps(s, STORE_ERASURE_HELD, &id, 4, "police"); /* one for each agency */
    assert_false(lg_failed(store_erasure_is_held(s->reader, &id, 1, &held)));
    assert_true(held);
    steps(s, STORE_ERASURE_DONE, &id, 5, "hub");
    assert_false(lg_failed(store_erasure_is_done(s->reader, &id, &done)));
    assert_false(done);
    assert_true(same(digest(s, &a, Q), before) && is_known(s, &a));
    steps(s, STORE_ERASURE_RELEASED, &id, 6, "police");
    steps(s, STORE_ERASURE_DONE, &id, 7, "hub"); /* housing's stands */
    assert_true(is_known(s, &a));
    steps(s, STORE_ERASURE_RELEASED, &id, 8, "gp"); /* none of theirs */
    steps(s, STORE_ERASURE_DONE, &id, 9, "hub");
    assert_true(is_known(s, &a));
    steps(s, STORE_ERASURE_RELEASED, &id, 10, "housing");
    steps(s, STORE_ERASURE_DONE, &id, 11, "hub");
    assert_false(is_known(s, &a));
    assert_true(is_gone(s, &a, Q));
}

/* A person who was merged into the one that is to be erased is held too. */
static void a_hold_on_an_alias_counts(void **state) {
    struct store_support *s = *state;
    struct made_person early = amy;
    struct made_person late = amy;
    early.identifier = "";
    late.forename = late.surname = late.born = late.postcode = "";
    struct person_id kept = enrolled(s, "housing", 1, &early);
    struct person_id other = enrolled(s, "police", 1, &late);
    struct store_key_id ids[] = {key_id(s, &kept), key_id(s, &other)};
    steps(s, STORE_ERASURE_HELD, &ids[1], 1, "police");
    store_support_enrol(s, "police", 1, &amy);
    steps(s, STORE_ERASURE_DONE, &ids[0], 2, "hub");
    assert_true(is_known(s, &kept) && is_known(s, &other));
    assert_false(is_gone(s, &kept, Q) || is_gone(s, &other, Q));
}

/* ---- What came between */

/* Whom the entries of a quarter are about is not known: any hold keeps every quarter. */
static void a_hold_on_anybody_keeps_a_quarter(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id ids[] = {key_id(s, &a), store_key_id_quarter(Q - 30)};
    struct store_tag of_a = digest(s, &a, Q - 30);
    bool held = false;
    steps(s, STORE_ERASURE_HELD, &ids[0], 1, "police");
    assert_false(lg_failed(store_erasure_is_held(s->reader, &ids[1], 1, &held)));
    assert_true(held);
    steps(s, STORE_ERASURE_DONE, &ids[1], 2, "hub");
    assert_true(same(digest(s, &a, Q - 30), of_a));
    steps(s, STORE_ERASURE_RELEASED, &ids[0], 3, "police");
    assert_false(lg_failed(store_erasure_is_held(s->reader, &ids[1], 1, &held)));
    assert_false(held);
    steps(s, STORE_ERASURE_DONE, &ids[1], 4, "hub");
    assert_true(is_gone(s, &a, Q - 30));
}

/* Decided on one person; then somebody else, who may be a victim, is merged with them. */
static void a_merge_after_the_decision_destroys_nothing(void **state) {
    struct store_support *s = *state;
    struct made_person early = amy;
    struct made_person late = amy;
    early.identifier = "";
    late.forename = late.surname = late.born = late.postcode = "";
    struct person_id kept = enrolled(s, "housing", 1, &early);
    struct person_id other = enrolled(s, "police", 1, &late);
    struct store_key_id ids[] = {key_id(s, &kept), key_id(s, &other)};
    struct store_tag before[] = {digest(s, &kept, Q), digest(s, &other, Q)};
    uint8_t alone[2][STORE_KEY_TAG_SIZE];
    uint8_t both[2 * STORE_KEY_TAG_SIZE];
    for (size_t i = 0; i < 2; i++) {
        memcpy(alone[i], &ids[i].bytes[1], STORE_KEY_TAG_SIZE);
        memcpy(&both[i * STORE_KEY_TAG_SIZE], alone[i], STORE_KEY_TAG_SIZE);
        steps(s, STORE_ERASURE_ASKED, &ids[i], 1 + i, "housing");
    }
    store_support_enrol(s, "police", 1, &amy);
    for (size_t i = 0; i < 2; i++) {
        decide(s, STORE_ERASURE_DONE, &ids[i], 3 + i, 1 + i, span_of(alone[i], sizeof alone[i]));
        assert_true(is_standing(s, 1 + i));
    }
    assert_true(is_known(s, &kept) && is_known(s, &other));
    assert_true(same(digest(s, &kept, Q), before[0]) && same(digest(s, &other, Q), before[1]));
    /* With both named it is done: by an entry for each, the first of which takes the rows away. */
    steps(s, STORE_ERASURE_ASKED, &ids[0], 5, "gp");
    decide(s, STORE_ERASURE_DONE, &ids[0], 6, 5, span_of(both, sizeof both));
    assert_true(is_gone(s, &kept, Q));
    decide(s, STORE_ERASURE_DONE, &ids[1], 7, 5, span_of(both, sizeof both));
    assert_true(is_gone(s, &other, Q));
    assert_false(is_known(s, &kept) || is_known(s, &other));
    assert_false(is_standing(s, 1) || is_standing(s, 2) || is_standing(s, 5));
}

/* A store of before the merge, to which the log is applied again. */
static void a_decision_on_both_ends_each_where_they_are_apart(void **state) {
    struct store_support *s = *state;
    struct person_id people[] = {enrolled(s, "housing", 1, &amy), enrolled(s, "housing", 2, &bob)};
    struct store_key_id ids[] = {key_id(s, &people[0]), key_id(s, &people[1])};
    uint8_t both[2 * STORE_KEY_TAG_SIZE];
    for (size_t i = 0; i < 2; i++) {
        memcpy(&both[i * STORE_KEY_TAG_SIZE], &ids[i].bytes[1], STORE_KEY_TAG_SIZE);
    }
    steps(s, STORE_ERASURE_ASKED, &ids[0], 1, "housing");
    decide(s, STORE_ERASURE_DONE, &ids[0], 2, 1, span_of(both, sizeof both));
    assert_true(is_known(s, &people[1]));
    decide(s, STORE_ERASURE_DONE, &ids[1], 3, 1, span_of(both, sizeof both));
    for (size_t i = 0; i < 2; i++) {
        assert_true(is_gone(s, &people[i], Q));
        assert_false(is_known(s, &people[i]));
    }
}

/* Two officers decide at once: whoever comes first in the log has decided. */
static void what_was_refused_is_not_done(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct person_id b = enrolled(s, "housing", 2, &bob);
    struct store_key_id id = key_id(s, &a);
    struct store_key_id of_b = key_id(s, &b);
    struct store_tag before = digest(s, &a, Q);
    const struct span nobody = span_of(NULL, 0);
    steps(s, STORE_ERASURE_ASKED, &id, 1, "housing");
    decide(s, STORE_ERASURE_REFUSED, &id, 2, 1, nobody);
    decide(s, STORE_ERASURE_DONE, &id, 3, 1, nobody);
    assert_true(same(digest(s, &a, Q), before) && is_known(s, &a));
    /* Nor by what was asked for about somebody else, or is a hold, or is nothing. */
    steps(s, STORE_ERASURE_ASKED, &of_b, 4, "housing");
    steps(s, STORE_ERASURE_HELD, &of_b, 5, "police");
    for (uint64_t asked = 4; asked <= 6; asked++) {
        decide(s, STORE_ERASURE_DONE, &id, 3 + asked, asked, nobody);
        assert_true(same(digest(s, &a, Q), before) && is_known(s, &a));
    }
    assert_true(is_standing(s, 4) && is_standing(s, 5));
}

static void a_request_takes_no_other_agencys_place(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    const struct span nobody = span_of(NULL, 0);
    steps(s, STORE_ERASURE_ASKED, &id, 1, "housing");
    steps(s, STORE_ERASURE_ASKED, &id, 2, "police");
    steps(s, STORE_ERASURE_ASKED, &id, 3, "police");
    assert_true(is_standing(s, 1) && is_standing(s, 3));
    assert_false(is_standing(s, 2));
    decide(s, STORE_ERASURE_REFUSED, &id, 4, 3, nobody);
    assert_true(is_standing(s, 1));
    assert_false(is_standing(s, 3));
    steps(s, STORE_ERASURE_ASKED, &id, 5, "police");
    decide(s, STORE_ERASURE_DONE, &id, 6, 1, nobody);
    assert_false(is_standing(s, 1) || is_standing(s, 5) || is_known(s, &a));
}

/* ---- What is under way when it happens */

static void what_comes_late_is_not_kept(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    struct store_pseudonym given = pseudonym_of(&a);
    struct store_recipient to = {given.owner.agreement, given.owner.recipient};
    struct person_id person;
    bool found = true;
    bool left = true;
    size_t before = keys_of(s, Q);
    steps(s, STORE_ERASURE_DONE, &id, 1, "hub");
    assert_int_equal(keys_of(s, Q), before - 1);
    consent_add(s, &a, 2);
    assert_int_equal(consents_of(s, &a), 0);
    assert_false(lg_failed(store_pseudonyms_put(s->store, &given, 1)));
    assert_false(
        lg_failed(store_pseudonym_find(s->reader, &to, &given.pseudonym, &found, &person)));
    assert_false(found);
    assert_true(is_gone(s, &a, Q));
    assert_false(lg_failed(store_keys_make(s->store, &a, 1, Q)));
    assert_int_equal(keys_of(s, Q), before - 1);
    assert_false(lg_failed(store_keys_prepare(s->store, Q + 1, &left)));
    assert_int_equal(keys_of(s, Q + 1), 1); /* nobody's */
}

/* A key that somebody holds while it is destroyed still works for them, and for nobody after. */
static void a_key_in_use_is_not_pulled_away(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    OWN(vault_key_free) struct vault_key *held = NULL;
    assert_false(lg_failed(store_key_subject(s->store, &a, Q, &held)));
    struct store_tag before = digest_of(held);
    steps(s, STORE_ERASURE_DONE, &id, 1, "hub");
    assert_true(same(digest_of(held), before));
    assert_false(same(digest(s, &a, Q), before));
}

/* ---- Requests and holds as rows */

static void what_stands_is_listed(void **state) {
    struct store_support *s = *state;
    struct person_id a = {{1}};
    struct person_id b = {{2}};
    struct store_key_id ids[] = {key_id(s, &a), key_id(s, &b), store_key_id_quarter(Q - 30)};
    struct store_erasure *rows = NULL;
    struct store_erasure row;
    size_t count = 0;
    bool found = true;
    steps(s, STORE_ERASURE_ASKED, &ids[0], 1, "housing");
    steps(s, STORE_ERASURE_HELD, &ids[1], 2, "police");
    steps(s, STORE_ERASURE_ASKED, &ids[2], 3, "hub");
    steps(s, STORE_ERASURE_ASKED, &ids[0], 4, "housing"); /* takes the first one's place */
    assert_false(
        lg_failed(store_erasures_list(s->reader, span_of(NULL, 0), s->arena, &rows, &count)));
    assert_int_equal(count, 3);
    assert_int_equal(rows[0].log_index, index_of(4));
    assert_int_equal(rows[1].log_index, index_of(3));
    assert_int_equal(rows[1].step, STORE_ERASURE_ASKED);
    assert_int_equal(store_key_quarter(&rows[1].key_id), Q - 30);
    assert_int_equal(rows[2].step, STORE_ERASURE_HELD);
    assert_true(span_equal_text(rows[2].body, "why"));
    assert_false(
        lg_failed(store_erasures_list(s->reader, span_text("police"), s->arena, &rows, &count)));
    assert_int_equal(count, 1);
    assert_false(lg_failed(store_erasure_find(s->reader, index_of(1), s->arena, &found, &row)));
    assert_false(found);
    assert_false(lg_failed(store_erasure_find(s->reader, UINT64_MAX, s->arena, &found, &row)));
    assert_false(found);
    assert_false(lg_failed(store_erasure_find(s->reader, index_of(4), s->arena, &found, &row)));
    assert_true(found);
    assert_memory_equal(&row.key_id, &ids[0], sizeof row.key_id);
    decide(s, STORE_ERASURE_REFUSED, &ids[0], 5, 4, span_of(NULL, 0));
    assert_false(is_standing(s, 4));
    steps(s, STORE_ERASURE_RELEASED, &ids[1], 6, "police");
    steps(s, STORE_ERASURE_DONE, &ids[2], 7, "hub");
    assert_false(
        is_standing(s, 7)); /* what is done stands for good, and is nobody's to decide on */
}

static void ids_are_read_as_they_are_written(void **state) {
    struct store_support *s = *state;
    struct person_id a = {{1}};
    struct store_key_id ids[] = {key_id(s, &a), store_key_id_quarter(8104)};
    struct store_key_id out;
    enum store_key_kind kind = STORE_KEY_PERSON;
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[STORE_KEY_ID_SIZE + 1] = {0};
        memcpy(bytes, ids[i].bytes, STORE_KEY_ID_SIZE);
        size_t used = i == 0 ? 17 : 5;
        assert_false(lg_failed(store_key_id_read(span_of(bytes, 32), &out, &kind)));
        assert_int_equal(kind, i == 0 ? STORE_KEY_PERSON : STORE_KEY_QUARTER);
        assert_memory_equal(&out, &ids[i], sizeof out);
        assert_true(lg_failed(store_key_id_read(span_of(bytes, 31), &out, &kind)));
        assert_true(lg_failed(store_key_id_read(span_of(bytes, 33), &out, &kind)));
        for (size_t j = used; j < STORE_KEY_ID_SIZE; j++) {
            bytes[j] = 1;
            assert_true(lg_failed(store_key_id_read(span_of(bytes, 32), &out, &kind)));
            bytes[j] = 0;
        }
        bytes[0] = (uint8_t)(3 * i);
        assert_true(lg_failed(store_key_id_read(span_of(bytes, 32), &out, &kind)));
    }
    assert_int_equal(store_key_quarter(&ids[1]), 8104);
    assert_true(lg_failed(store_key_id_read(span_of(NULL, 0), &out, &kind)));
}

static void steps_outside_their_range_are_refused(void **state) {
    struct store_support *s = *state;
    struct store_key_id id = store_key_id_quarter(Q - 30);
    static uint8_t large[STORE_REVIEW_BODY_MAX + 1];
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_STORE, STORE_FIELDS);
    const struct store_erasure good = {
        .step = STORE_ERASURE_ASKED, .key_id = id, .log_index = 1, .agency = span_text("hub")};
    struct store_erasure bad[] = {good, good, good, good, good, good, good};
    bad[0].step = (enum store_erasure_step)0;
    bad[1].step = (enum store_erasure_step)(STORE_ERASURE_RELEASED + 1);
    bad[2].agency = span_of(NULL, 0);
    bad[3].body = span_of(large, sizeof large);
    bad[4].log_index = 2;
    bad[5].proposal = 2;
    bad[6].named = span_of(large, STORE_KEY_TAG_SIZE + 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct store_changes changes = {.erasures = &bad[i], .erasure_count = 1, .through = 2};
        assert_true(lg_err_same(store_changes_apply(s->store, &changes), wrong));
    }
    struct store_changes changes = {.erasures = &good, .erasure_count = 1, .through = 2};
    assert_false(lg_failed(store_changes_apply(s->store, &changes)));
}

static void a_hold_is_its_agencys_to_know(void **state) {
    struct store_support *s = *state;
    struct person_id a = enrolled(s, "housing", 1, &amy);
    struct store_key_id id = key_id(s, &a);
    bool held = true;
    assert_false(
        lg_failed(store_erasure_is_held_by(s->reader, &id, 1, span_text("police"), &held)));
    assert_false(held);
    steps(s, STORE_ERASURE_HELD, &id, 1, "police");
    assert_false(
        lg_failed(store_erasure_is_held_by(s->reader, &id, 1, span_text("police"), &held)));
    assert_true(held);
    assert_false(
        lg_failed(store_erasure_is_held_by(s->reader, &id, 1, span_text("housing"), &held)));
    assert_false(held);
    assert_false(lg_failed(store_erasure_is_held(s->reader, &id, 1, &held)));
    assert_true(held);
    steps(s, STORE_ERASURE_RELEASED, &id, 2, "police");
    assert_false(
        lg_failed(store_erasure_is_held_by(s->reader, &id, 1, span_text("police"), &held)));
    assert_false(held);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, erase_set_up, erase_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(all_of_a_person_goes_and_nothing_of_another),
        CASE(marks_of_a_person_go_with_them),
        CASE(rows_are_overwritten),
        CASE(aliases_go_with_the_person),
        CASE(a_hold_wins_until_it_is_lifted),
        CASE(a_hold_on_an_alias_counts),
        CASE(a_hold_on_anybody_keeps_a_quarter),
        CASE(a_merge_after_the_decision_destroys_nothing),
        CASE(a_decision_on_both_ends_each_where_they_are_apart),
        CASE(what_was_refused_is_not_done),
        CASE(a_hold_is_its_agencys_to_know),
        CASE(a_request_takes_no_other_agencys_place),
        CASE(what_comes_late_is_not_kept),
        CASE(a_key_in_use_is_not_pulled_away),
        CASE(what_stands_is_listed),
        CASE(ids_are_read_as_they_are_written),
        CASE(steps_outside_their_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
