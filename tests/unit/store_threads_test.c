/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads at once: one enrols, one changes consents, one asks for keys, two read. Run under
 * the thread sanitizer as well. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/keys.h"
#include "gateway/store/store_int.h"
#include "tests/support/store_support.h"

#include <cmocka.h>

enum { ROUNDS = 40 };

struct world {
    struct store_support s;
    atomic_uint enrolled;
    atomic_uint faults; /* asserts of the framework belong to the main thread */
    atomic_ullong applied;
};

static void fault_if(struct world *w, bool condition) {
    if (condition) {
        atomic_fetch_add(&w->faults, 1);
    }
}

static struct made_person person_of(uint32_t number, char id[static 16]) {
    (void)snprintf(id, 16, "999%07u", (unsigned)number);
    return (struct made_person){"", "", "", "", id};
}

static void *run_enrol(void *arg) {
    struct world *w = arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        char id[16];
        struct made_person person = person_of(i, id);
        struct store_token tokens[5];
        uint8_t reference[STORE_REFERENCE_SIZE] = {0};
        struct store_record record = {.record_tag = store_support_tag(i),
                                      .reference = span_of(reference, sizeof reference),
                                      .tokens = tokens,
                                      .token_count = store_support_tokens(&person, tokens)};
        struct store_enrolment batch = {.agency = span_text("housing"),
                                        .agreement = span_text("otr"),
                                        .quarter = STORE_SUPPORT_QUARTER,
                                        .records = &record,
                                        .count = 1};
        struct store_enrolled result;
        fault_if(w, lg_failed(store_enrol(w->s.store, &batch, &result)));
        atomic_store(&w->enrolled, i + 1);
    }
    return NULL;
}

static void *run_consents(void *arg) {
    struct world *w = arg;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct store_consent fact = {.person = {{1}}, .log_index = i, .body = span_text("fact")};
        memcpy(fact.id.bytes, &i, sizeof i);
        fault_if(w, lg_failed(store_consents_apply(w->s.store, &fact, 1, i + 1)));
        atomic_store(&w->applied, i + 1);
    }
    return NULL;
}

static void *run_keys(void *arg) {
    struct world *w = arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct person_id person = {{7, (uint8_t)i}};
        struct vault_key *key = NULL;
        fault_if(w, lg_failed(store_key_subject(w->s.store, &person, 8000 + i % 6, &key)));
        vault_key_free(&key);
        fault_if(w, lg_failed(store_key_nobody(w->s.store, 8000 + i % 6, &key)));
        vault_key_free(&key);
        bool left = false;
        fault_if(w, lg_failed(store_keys_prepare(w->s.store, 9000 + i % 2, &left)));
    }
    return NULL;
}

static struct store_tag digest_of(struct vault_key *key) {
    uint8_t full[VAULT_SHA256_SIZE];
    struct store_tag tag = {{0}};
    if (key != NULL) {
        vault_hmac_sha256(key, span_text("which"), full);
        memcpy(tag.bytes, full, sizeof tag.bytes);
    }
    return tag;
}

/* Keys that run_keys makes and reads are destroyed: right after it nobody has them any more. */
static void *run_destroy(void *arg) {
    struct world *w = arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct person_id person = {{7, (uint8_t)i}};
        struct vault_key *keys[2] = {NULL, NULL};
        struct store_key_id id;
        fault_if(w, lg_failed(store_key_id_person(w->s.store, &person, &id)));
        fault_if(w, lg_failed(store_keys_destroy(w->s.store, &id, 1)));
        for (size_t j = 0; j < 2; j++) {
            fault_if(w, lg_failed(store_key_subject(w->s.store, &person, 8000 + i % 6, &keys[j])));
        }
        struct store_tag tags[2] = {digest_of(keys[0]), digest_of(keys[1])};
        fault_if(w, memcmp(&tags[0], &tags[1], sizeof tags[0]) == 0);
        vault_key_free(&keys[0]);
        vault_key_free(&keys[1]);
    }
    return NULL;
}

/* What was told to be done is in the next read, and facts fit what they were read at. */
static void read_once(struct world *w, struct store_reader *reader, struct arena *arena) {
    unsigned enrolled = atomic_load(&w->enrolled);
    unsigned long long applied = atomic_load(&w->applied);
    struct person_id person = {{1}};
    struct store_consents facts = {0};
    fault_if(w, lg_failed(store_consents_read(reader, &person, arena, &facts)));
    fault_if(w, facts.applied_through < applied || facts.count != facts.applied_through);
    if (enrolled > 0) {
        struct record_tag tag = store_support_tag(enrolled - 1);
        const struct store_row *row = NULL;
        fault_if(w, lg_failed(store_record_find(reader, span_text("housing"), &tag, arena, &row)));
        fault_if(w, row == NULL);
    }
}

static void *run_read(void *arg) {
    struct world *w = arg;
    struct store_reader *reader = NULL;
    fault_if(w, lg_failed(store_reader_open(w->s.store, &reader)));
    while (reader != NULL &&
           (atomic_load(&w->enrolled) < ROUNDS || atomic_load(&w->applied) < ROUNDS)) {
        struct arena *arena = NULL;
        if (lg_failed(arena_new(1 << 20, &arena))) {
            fault_if(w, true);
            break;
        }
        read_once(w, reader, arena);
        arena_free(&arena);
    }
    store_reader_free(&reader);
    return NULL;
}

static void threads_do_not_get_in_each_others_way(void **state) {
    (void)state;
    static struct world world;
    struct world *w = &world;
    store_support_init(&w->s);
    void *(*const runs[])(void *) = {run_enrol,   run_consents, run_keys,
                                     run_destroy, run_read,     run_read};
    pthread_t threads[6];
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, runs[i], w), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&w->faults), 0);
    assert_false(store_is_latched(w->s.store));
    store_support_done(&w->s);
}

/* ---- Turns -------------------------------------------------------------------------------------
 */

struct queue {
    struct store_turn turn;
    enum store_urgency order[3]; /* in which the turn was taken; written with the turn held */
    size_t taken;
};

static void take_once(struct queue *queue, enum store_urgency urgency) {
    store_turn_take(&queue->turn, urgency);
    queue->order[queue->taken++] = urgency;
    store_turn_give(&queue->turn);
}

static void *run_urgent(void *arg) {
    take_once(arg, STORE_URGENT);
    return NULL;
}

static void *run_background(void *arg) {
    take_once(arg, STORE_BACKGROUND);
    return NULL;
}

static size_t urgent_waiting(struct queue *queue) {
    assert_int_equal(pthread_mutex_lock(&queue->turn.mutex), 0);
    size_t waiting = queue->turn.urgent_waiting;
    assert_int_equal(pthread_mutex_unlock(&queue->turn.mutex), 0);
    return waiting;
}

/* A withdrawal that waits goes before an upload that waits, whichever came first. */
static void what_is_urgent_goes_first(void **state) {
    (void)state;
    static struct queue queue;
    assert_int_equal(pthread_mutex_init(&queue.turn.mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&queue.turn.free, NULL), 0);
    store_turn_take(&queue.turn, STORE_BACKGROUND);
    pthread_t threads[3];
    void *(*const runs[])(void *) = {run_background, run_urgent, run_urgent};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, runs[i], &queue), 0);
    }
    while (urgent_waiting(&queue) < 2) {
        /* Both are on their way; they wait for nothing else. */
    }
    store_turn_give(&queue.turn);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(queue.taken, 3);
    assert_int_equal(queue.order[0], STORE_URGENT);
    assert_int_equal(queue.order[1], STORE_URGENT);
    assert_int_equal(queue.order[2], STORE_BACKGROUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_get_in_each_others_way),
        cmocka_unit_test(what_is_urgent_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
