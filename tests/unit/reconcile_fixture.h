/* SPDX-License-Identifier: Apache-2.0 */
/* Three accounts of four answers, which agree: tests change one of them. */
#ifndef TESTS_UNIT_RECONCILE_FIXTURE_H
#define TESTS_UNIT_RECONCILE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lockgate/reconcile_int.h"

#include <cmocka.h>

static const int64_t DAY_MS = 86400000;
static const int64_t NOON_MS = 20000 * INT64_C(86400000) + 43200000;

enum { LEFT = 4, LEAVES = 8, KEPT = 4, ARENA = 1 << 24 };

/* Four answers, each with its leaf at 10 + i and its receipt; nothing differs. */
struct world {
    struct reconcile it;
    struct reconcile_left left[LEFT];
    struct reconcile_leaf leaves[LEAVES];
    struct reconcile_kept kept[KEPT];
};

static inline struct reconcile_left left_of(uint8_t i) {
    return (struct reconcile_left){.call = {.bytes = {i, 1}},
                                   .time_ms = NOON_MS + i,
                                   .agreement = span_text("bridgewater"),
                                   .agreement_version = 3,
                                   .items = {i, 2},
                                   .record_count = 1,
                                   .has_receipt = true,
                                   .index = 10U + i,
                                   .leaf_hash = {i, 3},
                                   .has_commitment = true,
                                   .commitment = {i, 4}};
}

static inline struct reconcile_leaf leaf_of(uint8_t i) {
    return (struct reconcile_leaf){.index = 10U + i,
                                   .request = {.bytes = {i, 1}},
                                   .question = {.bytes = {i, 9}},
                                   .leaf_hash = {i, 3},
                                   .kind = AUDIT_RELEASE,
                                   .is_source_side = true,
                                   .is_part = true,
                                   .source = span_text("housing"),
                                   .reason = span_text("ANSWERED"),
                                   .agreement = span_text("bridgewater"),
                                   .agreement_version = 3,
                                   .has_items = true,
                                   .items = {i, 2},
                                   .has_commitment = true,
                                   .commitment = {i, 4},
                                   .time_ms = NOON_MS / DAY_MS * DAY_MS};
}

static inline struct reconcile_kept kept_of(uint8_t i) {
    return (struct reconcile_kept){.file = span_text("kept"),
                                   .is_proven = true,
                                   .index = 10U + i,
                                   .request = {.bytes = {i, 1}},
                                   .leaf_hash = {i, 3},
                                   .has_commitment = true,
                                   .commitment = {i, 4},
                                   .source = span_text("housing"),
                                   .time_ms = NOON_MS / DAY_MS * DAY_MS,
                                   .has_count = true,
                                   .record_count = 1,
                                   .has_answer = true,
                                   .answer_matches = true};
}

static inline int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    for (uint8_t i = 0; i < LEFT; i++) {
        world->left[i] = left_of(i);
        world->leaves[i] = leaf_of(i);
        world->kept[i] = kept_of(i);
    }
    world->it = (struct reconcile){.agency = span_text("housing"),
                                   .to_ms = INT64_MAX,
                                   .settled_ms = NOON_MS + DAY_MS,
                                   .has_record = true,
                                   .left = world->left,
                                   .left_count = LEFT,
                                   .leaves = world->leaves,
                                   .leaf_count = LEFT,
                                   .kept = world->kept};
    assert_false(lg_failed(arena_new(ARENA, &world->it.arena)));
    *state = world;
    return 0;
}

static inline int teardown(void **state) {
    struct world *world = *state;
    arena_free(&world->it.arena);
    free(world);
    return 0;
}

/* As a recipient's run has it. */
static inline void recipient(struct world *world) {
    world->it.has_record = false;
    world->it.has_kept = true;
    world->it.left_count = 0;
    world->it.kept_count = KEPT;
    for (size_t i = 0; i < LEFT; i++) {
        world->leaves[i].is_source_side = false;
        world->leaves[i].is_requester_side = true;
    }
}

static inline void compare(struct world *world) {
    assert_false(lg_failed(reconcile_compare(&world->it)));
}

/* One difference, of this kind, about the leaf or call of the second answer. */
static inline void only(struct world *world, enum reconcile_kind kind) {
    compare(world);
    assert_int_equal(world->it.difference_count, 1);
    assert_string_equal(reconcile_kind_name(world->it.differences[0].kind),
                        reconcile_kind_name(kind));
}

static inline void none(struct world *world) {
    compare(world);
    assert_int_equal(world->it.difference_count, 0);
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
