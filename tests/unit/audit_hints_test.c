/* SPDX-License-Identifier: Apache-2.0 */
/* The log's memory of whom its newest entries are about: what it says is right or nothing, also
 * while the sequencer writes over it. Run under the thread sanitizer as well. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "gateway/audit/audit_int.h"
#include "gateway/base/limits_index.h"

#include <cmocka.h>

enum { FRAME = LIMIT_AUDIT_FRAME_ENTRIES, FIRST = 1000 };

struct world {
    struct audit_log log;
    struct receipt receipts[FRAME];
    struct receipt *list[FRAME];
    uint64_t end;
    atomic_bool is_done;
    atomic_uint faults; /* asserts of the framework belong to the main thread */
    atomic_uint known;
};

/* Every third is about nobody. */
static bool has_person(uint64_t index) {
    return index % 3 != 0;
}

static struct person_id person_of(uint64_t index) {
    struct person_id person;
    uint64_t words[2] = {index + 1, ~index};
    memcpy(person.bytes, words, sizeof person.bytes);
    return person;
}

static void frame_add(struct world *w, size_t count) {
    for (size_t i = 0; i < count; i++) {
        w->receipts[i] = (struct receipt){.index = w->end + i};
        w->receipts[i].has_person = has_person(w->end + i);
        if (w->receipts[i].has_person) {
            w->receipts[i].person = person_of(w->end + i);
        }
        w->list[i] = &w->receipts[i];
    }
    audit_hints_add(w->log.hints, w->list, count);
    w->end += count;
}

static bool is_right(const struct audit_hint *hint, uint64_t index) {
    struct person_id person = person_of(index);
    return hint->has_person == has_person(index) &&
           (!hint->has_person ||
            memcmp(hint->person.bytes, person.bytes, sizeof person.bytes) == 0);
}

static void assert_known(struct world *w, uint64_t index, bool is_known) {
    struct audit_hint hint;
    audit_hint_find(&w->log, index, &hint);
    assert_int_equal(hint.is_known, is_known);
    assert_true(!is_known || is_right(&hint, index));
}

static int set_up(void **state) {
    static struct world world;
    world = (struct world){.end = FIRST};
    assert_false(lg_failed(audit_hints_new(FIRST, &world.log.hints)));
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    struct world *w = *state;
    audit_hints_free(&w->log.hints);
    assert_null(w->log.hints);
    return 0;
}

static void only_what_this_process_wrote_is_known(void **state) {
    struct world *w = *state;
    assert_known(w, 0, false);
    assert_known(w, FIRST, false);
    frame_add(w, 3);
    assert_known(w, FIRST - 1, false);
    for (uint64_t i = FIRST; i < FIRST + 3; i++) {
        assert_known(w, i, true);
    }
    assert_known(w, FIRST + 3, false);
    assert_known(w, UINT64_MAX, false);
}

static void the_oldest_are_forgotten_a_frame_before_their_turn(void **state) {
    struct world *w = *state;
    while (w->end < FIRST + LIMIT_AUDIT_HINTS + 5 * (uint64_t)FRAME) {
        frame_add(w, FRAME);
    }
    uint64_t oldest = w->end - LIMIT_AUDIT_HINTS + FRAME;
    assert_known(w, oldest, true);
    assert_known(w, oldest - 1, false);
    assert_known(w, FIRST, false);
    assert_known(w, w->end - 1, true);
}

/* Reads where the writer is about to come, which is where it can go wrong. */
static void *run_read(void *arg) {
    struct world *w = arg;
    uint64_t index = FIRST;
    while (!atomic_load(&w->is_done)) {
        struct audit_hint hint;
        audit_hint_find(&w->log, index, &hint);
        if (hint.is_known) {
            atomic_fetch_add(&w->faults, is_right(&hint, index) ? 0 : 1);
            atomic_fetch_add(&w->known, 1);
            index++;
        } else if (index > FIRST) {
            index += FRAME / 2;
            audit_hint_find(&w->log, index, &hint);
            index = hint.is_known ? index : FIRST + index % FRAME;
        }
    }
    return NULL;
}

static void a_reader_beside_the_writer_reads_no_other_person(void **state) {
    struct world *w = *state;
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, run_read, w), 0);
    while (w->end < FIRST + 2 * (uint64_t)LIMIT_AUDIT_HINTS) {
        frame_add(w, FRAME);
    }
    atomic_store(&w->is_done, true);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(atomic_load(&w->faults), 0);
    assert_true(atomic_load(&w->known) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_this_process_wrote_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_are_forgotten_a_frame_before_their_turn, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_reader_beside_the_writer_reads_no_other_person, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
