/* SPDX-License-Identifier: Apache-2.0 */
/* Consent facts in the order of the log, pseudonyms, and the keys of log entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/keys.h"
#include "gateway/store/store_int.h"
#include "tests/support/store_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const struct made_person amy = {"amy", "example", "19840517", "ZZ1 1AA", "9990000018"};

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

/* ---- Consents ----------------------------------------------------------------------------------
 */

static struct store_consent fact(const struct person_id *person, uint64_t index, const char *body) {
    struct store_consent consent = {.person = *person, .log_index = index};
    consent.id.bytes[0] = (uint8_t)index;
    consent.id.bytes[1] = (uint8_t)(index >> 8);
    consent.body = span_text(body);
    return consent;
}

static void apply(struct store_support *s, const struct store_consent *facts, size_t count,
                  uint64_t through) {
    assert_false(lg_failed(store_consents_apply(s->store, facts, count, through)));
}

static struct store_consents facts_of(struct store_support *s, const struct person_id *person) {
    struct store_consents facts = {0};
    assert_false(lg_failed(store_consents_read(s->reader, person, s->arena, &facts)));
    return facts;
}

static void facts_come_newest_first_with_what_they_were_read_at(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    struct person_id other = {{2}};
    assert_int_equal(facts_of(s, &person).applied_through, 0);
    struct store_consent two[] = {fact(&person, 4, "given"), fact(&person, 9, "withdrawn")};
    apply(s, two, 2, 10);
    struct store_consents facts = facts_of(s, &person);
    assert_int_equal(facts.count, 2);
    assert_int_equal(facts.applied_through, 10);
    assert_true(span_equal_text(facts.items[0].body, "withdrawn"));
    assert_int_equal(facts.items[0].log_index, 9);
    assert_true(span_equal_text(facts.items[1].body, "given"));
    facts = facts_of(s, &other);
    assert_int_equal(facts.count, 0);
    assert_int_equal(facts.applied_through, 10);
    assert_int_equal(facts_of(s, NULL).applied_through, 10);
    bool found = false;
    struct store_consent one;
    assert_false(lg_failed(store_consent_find(s->reader, &two[0].id, s->arena, &found, &one)));
    assert_true(found);
    assert_true(span_equal_text(one.body, "given"));
}

/* Whatever is written meanwhile, by whichever call it reads; and right after it sees the new. */
static void a_held_reader_sees_one_moment(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    struct store_consent two[] = {fact(&person, 4, "given"), fact(&person, 9, "withdrawn")};
    uint64_t through = 0;
    bool found = true;
    struct store_consent one;
    apply(s, two, 1, 5);
    store_reader_hold(s->reader);
    assert_int_equal(facts_of(s, &person).count, 1);
    apply(s, &two[1], 1, 10);
    struct store_consents facts = facts_of(s, &person);
    assert_int_equal(facts.count, 1);
    assert_int_equal(facts.applied_through, 5);
    assert_false(lg_failed(store_applied_through(s->reader, &through)));
    assert_int_equal(through, 5);
    assert_false(lg_failed(store_consent_find(s->reader, &two[1].id, s->arena, &found, &one)));
    assert_false(found);
    store_reader_let_go(s->reader);
    facts = facts_of(s, &person);
    assert_int_equal(facts.count, 2);
    assert_int_equal(facts.applied_through, 10);
    store_reader_hold(s->reader); /* nothing is read: nothing was begun */
    store_reader_let_go(s->reader);
    assert_int_equal(facts_of(s, &person).count, 2);
}

/* The moment is that of the first read, not that of taking hold. */
static void a_held_reader_begins_with_its_first_read(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    struct store_consent given = fact(&person, 4, "given");
    store_reader_hold(s->reader);
    apply(s, &given, 1, 5);
    assert_int_equal(facts_of(s, &person).count, 1);
    store_reader_let_go(s->reader);
}

/* What a crash left unapplied is applied again at start: once. */
static void a_replay_writes_nothing_twice(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    struct store_consent three[] = {fact(&person, 1, "a"), fact(&person, 2, "b"),
                                    fact(&person, 3, "c")};
    apply(s, three, 2, 3);
    apply(s, three, 3, 4);
    apply(s, three, 3, 4);
    assert_int_equal(facts_of(s, &person).count, 3);
    apply(s, NULL, 0, 20);
    assert_int_equal(facts_of(s, &person).applied_through, 20);
    apply(s, NULL, 0, 5);
    assert_int_equal(facts_of(s, &person).applied_through, 20);
    store_support_reopen(s);
    uint64_t through = 0;
    assert_false(lg_failed(store_applied_through(s->reader, &through)));
    assert_int_equal(through, 20);
    assert_int_equal(facts_of(s, &person).count, 3);
}

static void facts_outside_their_range_are_refused(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    static char body[STORE_CONSENT_BODY_MAX + 2];
    memset(body, 'x', sizeof body - 1);
    struct lg_err wrong = lg_err_make(LG_CLASS_INPUT, LG_STORE, STORE_FIELDS);
    struct store_consent two[] = {fact(&person, 1, "a"), fact(&person, 1, "b")};
    assert_true(lg_err_same(store_consents_apply(s->store, two, 2, 5), wrong));
    assert_true(lg_err_same(store_consents_apply(s->store, two, 1, 1), wrong));
    two[0].body = span_text(body);
    assert_true(lg_err_same(store_consents_apply(s->store, two, 1, 5), wrong));
    two[0].body.len = 0;
    assert_true(lg_err_same(store_consents_apply(s->store, two, 1, 5), wrong));
    two[0].body = span_of(body, STORE_CONSENT_BODY_MAX);
    apply(s, two, 1, 5);
    assert_int_equal(facts_of(s, &person).items[0].body.len, STORE_CONSENT_BODY_MAX);
}

static void no_more_than_the_newest_are_read(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    static struct store_consent facts[STORE_CONSENTS_MAX + 1];
    for (uint64_t i = 0; i <= STORE_CONSENTS_MAX; i++) {
        facts[i] = fact(&person, i, "fact");
    }
    apply(s, facts, STORE_CONSENTS_MAX + 1, 1000);
    struct store_consents read = facts_of(s, &person);
    assert_int_equal(read.count, STORE_CONSENTS_MAX);
    assert_int_equal(read.items[0].log_index, STORE_CONSENTS_MAX);
    assert_int_equal(read.items[read.count - 1].log_index, 1);
}

/* A reader in a transaction sees facts and applied_through of one moment; the very next read sees
 * the withdrawal. */
static void a_withdrawal_is_in_the_very_next_read(void **state) {
    struct store_support *s = *state;
    struct person_id person = {{1}};
    for (uint64_t i = 0; i < 50; i++) {
        struct store_consent given = fact(&person, 2 * i, "given");
        struct store_consent withdrawn = fact(&person, 2 * i + 1, "withdrawn");
        apply(s, &given, 1, 2 * i + 1);
        struct store_consents facts = facts_of(s, &person);
        assert_true(span_equal_text(facts.items[0].body, "given"));
        assert_int_equal(facts.applied_through, 2 * i + 1);
        apply(s, &withdrawn, 1, 2 * i + 2);
        facts = facts_of(s, &person);
        assert_true(span_equal_text(facts.items[0].body, "withdrawn"));
        assert_int_equal(facts.applied_through, 2 * i + 2);
    }
}

static void consents_follow_a_merge(void **state) {
    struct store_support *s = *state;
    const struct made_person vague = {"amy", "example", "19840517", "", ""};
    struct person_id younger;
    struct person_id older;
    store_support_enrol(s, "police", 1, &vague);
    store_support_enrol(s, "housing", 1, &amy);
    assert_true(store_support_person(s, "police", 1, &older));
    assert_true(store_support_person(s, "housing", 1, &younger));
    struct store_consent before = fact(&younger, 1, "before");
    apply(s, &before, 1, 2);
    store_support_enrol(s, "police", 1, &amy); /* merges */
    struct store_consent after = fact(&younger, 2, "after");
    apply(s, &after, 1, 3);
    const struct person_id *ids[] = {&older, &younger};
    for (size_t i = 0; i < 2; i++) {
        struct store_consents facts = facts_of(s, ids[i]);
        assert_int_equal(facts.count, 2);
        assert_true(span_equal_text(facts.items[0].body, "after"));
    }
}

/* ---- Pseudonyms --------------------------------------------------------------------------------
 */

static void a_pseudonym_is_its_recipients_alone(void **state) {
    struct store_support *s = *state;
    struct store_pseudonym given = {.owner = {.person = {{7}},
                                              .agreement = span_text("otr"),
                                              .recipient = span_text("police")}};
    vault_point_random(&given.pseudonym);
    bool found = true;
    struct vault_point point;
    assert_false(lg_failed(store_pseudonym_get(s->reader, &given.owner, &found, &point)));
    assert_false(found);
    assert_false(lg_failed(store_pseudonyms_put(s->store, &given, 1)));
    assert_false(lg_failed(store_pseudonym_get(s->reader, &given.owner, &found, &point)));
    assert_true(found);
    assert_memory_equal(&point, &given.pseudonym, sizeof point);
    struct person_id person;
    struct span otr = span_text("otr");
    struct store_recipient police = {otr, span_text("police")};
    struct store_recipient housing = {otr, span_text("housing")};
    struct store_recipient shifted = {span_text("ot"), span_text("rpolice")};
    assert_false(
        lg_failed(store_pseudonym_find(s->reader, &police, &given.pseudonym, &found, &person)));
    assert_true(found);
    assert_memory_equal(&person, &given.owner.person, sizeof person);
    assert_false(
        lg_failed(store_pseudonym_find(s->reader, &housing, &given.pseudonym, &found, &person)));
    assert_false(found);
    assert_false(
        lg_failed(store_pseudonym_find(s->reader, &shifted, &given.pseudonym, &found, &person)));
    assert_false(found);
    /* The first one given out stays. */
    struct store_pseudonym again = given;
    vault_point_random(&again.pseudonym);
    assert_false(lg_failed(store_pseudonyms_put(s->store, &again, 1)));
    assert_false(lg_failed(store_pseudonym_get(s->reader, &given.owner, &found, &point)));
    assert_memory_equal(&point, &given.pseudonym, sizeof point);
    assert_true(lg_failed(store_pseudonyms_put(s->store, &again, 0)));
    again.owner.recipient = span_text("");
    assert_true(lg_failed(store_pseudonyms_put(s->store, &again, 1)));
}

/* ---- Keys --------------------------------------------------------------------------------------
 */

/* A digest under the key tells keys apart without showing them. */
static struct store_tag digest_of(struct vault_key *key) {
    struct store_tag tag;
    vault_mac16(key, span_text("which key"), tag.bytes);
    return tag;
}

static struct store_tag subject_digest(struct store_support *s, const struct person_id *person,
                                       uint32_t quarter) {
    struct vault_key *key = NULL;
    struct lg_err err = person == NULL ? store_key_nobody(s->store, quarter, &key)
                                       : store_key_subject(s->store, person, quarter, &key);
    assert_false(lg_failed(err));
    struct store_tag tag = digest_of(key);
    vault_key_free(&key);
    return tag;
}

static void keys_are_one_for_each_person_and_quarter(void **state) {
    struct store_support *s = *state;
    struct person_id a = {{1}};
    struct person_id b = {{2}};
    struct store_tag keys[5] = {subject_digest(s, &a, 8000), subject_digest(s, &a, 8001),
                                subject_digest(s, &b, 8000), subject_digest(s, NULL, 8000),
                                subject_digest(s, NULL, 8001)};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(&keys[i], &keys[j], sizeof keys[i]);
        }
    }
    store_support_reopen(s);
    struct store_tag again = subject_digest(s, &a, 8000);
    assert_memory_equal(&again, &keys[0], sizeof again);
    /* More quarters than are kept open at once. */
    for (uint32_t quarter = 8000; quarter < 8012; quarter++) {
        (void)subject_digest(s, &a, quarter);
    }
    again = subject_digest(s, &a, 8001);
    assert_memory_equal(&again, &keys[1], sizeof again);
}

struct seen {
    struct store_tag tags[600];
    size_t count;
    size_t stop_at;
};

static bool on_key(void *ctx, struct vault_key *key) {
    struct seen *seen = ctx;
    assert_true(seen->count < 600);
    seen->tags[seen->count++] = digest_of(key);
    return seen->count != seen->stop_at;
}

static void each_shows_every_key_of_a_quarter(void **state) {
    struct store_support *s = *state;
    static struct seen seen;
    seen = (struct seen){0};
    assert_false(lg_failed(store_key_each(s->store, 8000, on_key, &seen)));
    assert_int_equal(seen.count, 0);
    for (uint32_t i = 0; i < 300; i++) {
        struct person_id person = {{(uint8_t)i, (uint8_t)(i >> 8)}};
        (void)subject_digest(s, &person, 8000);
    }
    struct person_id other = {{9, 9, 9}};
    (void)subject_digest(s, &other, 8001);
    assert_false(lg_failed(store_key_each(s->store, 8000, on_key, &seen)));
    assert_int_equal(seen.count, 300);
    seen = (struct seen){.stop_at = 3};
    assert_false(lg_failed(store_key_each(s->store, 8000, on_key, &seen)));
    assert_int_equal(seen.count, 3);
}

static void enrolment_and_background_make_keys(void **state) {
    struct store_support *s = *state;
    static struct seen seen;
    seen = (struct seen){0};
    store_support_enrol(s, "housing", 1, &amy);
    assert_false(lg_failed(store_key_each(s->store, STORE_SUPPORT_QUARTER, on_key, &seen)));
    assert_int_equal(seen.count, 1);
    for (uint32_t i = 2; i < 302; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "999%07u", (unsigned)i + 1000);
        struct made_person person = {"", "", "", "", id};
        store_support_enrol(s, "housing", i, &person);
    }
    bool left = true;
    size_t calls = 0;
    while (left) {
        assert_false(lg_failed(store_keys_prepare(s->store, STORE_SUPPORT_QUARTER + 1, &left)));
        calls++;
        assert_true(calls < 10);
    }
    assert_int_equal(calls, 2);
    seen = (struct seen){0};
    assert_false(lg_failed(store_key_each(s->store, STORE_SUPPORT_QUARTER + 1, on_key, &seen)));
    assert_int_equal(seen.count, 302); /* everybody and nobody */
}

/* Many more people than have their keys in memory: each key stays its person's, whoever's place it
 * takes and however often it comes back. */
static void keys_stay_apart_beyond_what_is_kept(void **state) {
    struct store_support *s = *state;
    enum { PEOPLE = 700, BATCH = 100 };
    static struct person_id people[PEOPLE];
    static struct store_tag keys[PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++) {
        people[i] = (struct person_id){{(uint8_t)i, (uint8_t)(i >> 8), 7}};
    }
    for (size_t i = 0; i < PEOPLE; i += BATCH) {
        assert_false(lg_failed(store_keys_make(s->store, &people[i], BATCH, 8000)));
    }
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < PEOPLE; i++) {
            size_t at = round == 1 ? i * 37 % PEOPLE : i; /* 37 and 700 share no divisor */
            struct store_tag key = subject_digest(s, &people[at], 8000);
            if (round == 0) {
                keys[at] = key;
            }
            assert_memory_equal(&key, &keys[at], sizeof key);
        }
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(&keys[i], &keys[j], sizeof keys[i]);
        }
    }
}

static void keys_survive_every_failed_allocation(void **state) {
    struct store_support *s = *state;
    bool has_failed = true;
    for (uint64_t n = 1; has_failed; n++) {
        struct person_id person = {{(uint8_t)n, (uint8_t)(n >> 8), 1}};
        struct vault_key *key = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = store_key_subject(s->store, &person, (uint32_t)(9000 + n % 7), &key);
        has_failed = support_alloc_seen() >= n;
        support_alloc_fail_at(0);
        assert_int_equal(key == NULL, lg_failed(err));
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        assert_false(store_is_latched(s->store));
        vault_key_free(&key);
    }
}

/* ---- What a thief of the files finds -----------------------------------------------------------
 */

static void nothing_in_the_files_names_anybody(void **state) {
    struct store_support *s = *state;
    store_support_enrol(s, "canary-agency", 0x43414e41, &amy);
    struct person_id person;
    assert_true(store_support_person(s, "canary-agency", 0x43414e41, &person));
    struct store_consent given = fact(&person, 1, "canary-purpose canary-category");
    apply(s, &given, 1, 2);
    struct store_pseudonym pseudonym = {.owner = {.person = person,
                                                  .agreement = span_text("canary-agreement"),
                                                  .recipient = span_text("canary-recipient")}};
    vault_point_random(&pseudonym.pseudonym);
    assert_false(lg_failed(store_pseudonyms_put(s->store, &pseudonym, 1)));
    struct store_person found_person;
    bool found = false;
    assert_false(lg_failed(store_person_find(s->reader, &person, &found, &found_person)));
    struct record_tag tag = store_support_tag(0x43414e41);
    struct store_token tokens[5];
    assert_int_equal(store_support_tokens(&amy, tokens), 5);
    uint8_t reference[8];
    memset(reference, 0x41, sizeof reference);
    const struct span canaries[] = {
        span_text("canary"),
        span_text("otr"),
        span_text("example"),
        span_text("9990000018"),
        span_of(found_person.point.bytes, 8),
        span_of(pseudonym.pseudonym.bytes, 8),
        span_of(tag.bytes + 8, 8),
        span_of(tokens[0].point, 8),
        span_of(tokens[4].point, 8),
        span_of(reference, sizeof reference),
    };
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
            assert_false(store_support_folder_has(s, canaries[i]));
        }
        /* The scan finds what is there. */
        assert_true(store_support_folder_has(s, span_of(person.bytes, sizeof person.bytes)));
        store_support_reopen(s);
    }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(facts_come_newest_first_with_what_they_were_read_at),
        CASE(a_held_reader_sees_one_moment),
        CASE(a_held_reader_begins_with_its_first_read),
        CASE(a_replay_writes_nothing_twice),
        CASE(facts_outside_their_range_are_refused),
        CASE(no_more_than_the_newest_are_read),
        CASE(a_withdrawal_is_in_the_very_next_read),
        CASE(consents_follow_a_merge),
        CASE(a_pseudonym_is_its_recipients_alone),
        CASE(keys_are_one_for_each_person_and_quarter),
        CASE(each_shows_every_key_of_a_quarter),
        CASE(enrolment_and_background_make_keys),
        CASE(keys_stay_apart_beyond_what_is_kept),
        CASE(keys_survive_every_failed_allocation),
        CASE(nothing_in_the_files_names_anybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
