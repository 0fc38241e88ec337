/* SPDX-License-Identifier: Apache-2.0 */
/* Where three accounts differ: each kind of difference from the smallest world that has it, and
 * what looks like one and is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/review/review.h"
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

static struct reconcile_left left_of(uint8_t i) {
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

static struct reconcile_leaf leaf_of(uint8_t i) {
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

static struct reconcile_kept kept_of(uint8_t i) {
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

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    for (uint8_t i = 0; i < LEFT; i++) {
        world->left[i] = left_of(i);
        world->leaves[i] = leaf_of(i);
        world->kept[i] = kept_of(i);
    }
    world->it = (struct reconcile){.to_ms = INT64_MAX,
                                   .settled_ms = NOON_MS + DAY_MS,
                                   .has_record = true,
                                   .left = world->left,
                                   .left_count = LEFT,
                                   .leaves = world->leaves,
                                   .leaf_count = LEFT,
                                   .kept = world->kept,
                                   .receipt_last = 13};
    assert_false(lg_failed(arena_new(ARENA, &world->it.arena)));
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    arena_free(&world->it.arena);
    free(world);
    return 0;
}

/* As a recipient's run has it. */
static void recipient(struct world *world) {
    world->it.has_record = false;
    world->it.has_kept = true;
    world->it.left_count = 0;
    world->it.kept_count = KEPT;
    for (size_t i = 0; i < LEFT; i++) {
        world->leaves[i].is_source_side = false;
    }
}

static void compare(struct world *world) {
    assert_false(lg_failed(reconcile_compare(&world->it)));
}

/* One difference, of this kind, about the leaf or call of the second answer. */
static void only(struct world *world, enum reconcile_kind kind) {
    compare(world);
    assert_int_equal(world->it.difference_count, 1);
    assert_string_equal(reconcile_kind_name(world->it.differences[0].kind),
                        reconcile_kind_name(kind));
}

static void none(struct world *world) {
    compare(world);
    assert_int_equal(world->it.difference_count, 0);
}

/* ---- source and log ------------------------------------------------------------------------- */

static void what_agrees_is_no_difference(void **state) {
    struct world *world = *state;
    none(world);
    assert_int_equal(world->it.agreed, LEFT);
    assert_int_equal(world->it.pending, 0);
}

static void nothing_against_nothing(void **state) {
    struct world *world = *state;
    world->it.left_count = 0;
    world->it.leaf_count = 0;
    world->it.has_kept = true;
    none(world);
}

static void what_left_without_a_leaf(void **state) {
    struct world *world = *state;
    world->leaves[1] = world->leaves[3];
    world->it.leaf_count = 3;
    world->left[1].has_receipt = false;
    only(world, RECONCILE_LEFT_WITHOUT_LEAF);
    assert_int_equal(world->it.differences[0].call.bytes[0], 1);
}

static void what_is_new_has_time(void **state) {
    struct world *world = *state;
    world->leaves[1] = world->leaves[3];
    world->it.leaf_count = 3;
    world->left[1].has_receipt = false;
    world->it.settled_ms = world->left[1].time_ms;
    none(world);
    assert_int_equal(world->it.pending, 1);
}

static void what_did_not_leave_needs_no_leaf(void **state) {
    struct world *world = *state;
    world->leaves[1] = world->leaves[3];
    world->it.leaf_count = 3;
    world->left[1].has_receipt = false;
    world->left[1].is_unsent = true;
    none(world);
}

static void a_leaf_without_a_record(void **state) {
    struct world *world = *state;
    world->left[1] = world->left[3];
    world->it.left_count = 3;
    only(world, RECONCILE_LEAF_WITHOUT_RECORD);
    assert_int_equal(world->it.differences[0].index, 11);
}

static void a_leaf_behind_the_record_is_too_new(void **state) {
    struct world *world = *state;
    world->it.left_count = 3; /* the last leaf is later than every receipt of the record */
    world->it.receipt_last = 12;
    world->it.settled_ms = NOON_MS + 1;
    none(world);
    assert_int_equal(world->it.pending, 1);
}

static void a_leaf_is_not_too_new_for_good(void **state) {
    struct world *world = *state;
    world->it.left_count = 3;
    world->it.receipt_last = 12;
    world->it.settled_ms = world->leaves[3].time_ms + DAY_MS;
    only(world, RECONCILE_LEAF_WITHOUT_RECORD);
    assert_int_equal(world->it.pending, 0);
}

/* An agency that was not asked has no record; a link names somebody about whom nobody was asked. */
static void what_was_not_asked_needs_no_record(void **state) {
    static const char *const reasons[] = {"NOT_PERMITTED", "NO_ANSWER_IN_TIME",
                                          "UNAVAILABLE",   "NOTHING_TO_SHOW",
                                          "LINK",          "WITHHELD_BY_CONSENT"};
    struct world *world = *state;
    world->left[1] = world->left[3];
    world->it.left_count = 3;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        world->it.leaf_count = LEFT;
        world->it.left_count = 3;
        world->leaves[1].reason = span_text(reasons[i]);
        none(world);
    }
    /* A hidden source's leaf says so whether it was reached or not. */
    assert_int_equal(world->it.unreached, 0);
    world->leaves[1].reason = span_text("HIDDEN");
    none(world);
    assert_int_equal(world->it.unreached, 1);
}

static void what_was_withheld_is_not_released(void **state) {
    struct world *world = *state;
    world->left[1].is_withheld = true;
    world->left[1].record_count = 0;
    only(world, RECONCILE_RELEASED_THOUGH_WITHHELD);
}

static void a_withholding_that_the_log_has_agrees(void **state) {
    struct world *world = *state;
    world->left[1].is_withheld = true;
    world->left[1].record_count = 0;
    world->leaves[1].kind = AUDIT_DENIAL;
    world->leaves[1].reason = span_text("HOLDER_WITHHOLDS");
    none(world);
}

static void nothing_is_not_released(void **state) {
    struct world *world = *state;
    world->left[1].record_count = 0;
    only(world, RECONCILE_RELEASED_THOUGH_NOTHING_LEFT);
}

static void what_was_unsent_is_not_released(void **state) {
    struct world *world = *state;
    world->left[1].is_unsent = true;
    only(world, RECONCILE_RELEASED_THOUGH_NOTHING_LEFT);
}

static void another_agreement_or_version(void **state) {
    struct world *world = *state;
    world->left[1].agreement = span_text("another");
    world->left[2].agreement_version = 4;
    compare(world);
    assert_int_equal(world->it.difference_count, 2);
    assert_int_equal(world->it.differences[0].kind, RECONCILE_AGREEMENT_DIFFERS);
    assert_int_equal(world->it.differences[1].kind, RECONCILE_AGREEMENT_DIFFERS);
}

static void other_items(void **state) {
    struct world *world = *state;
    world->left[1].items[5] = 1;
    only(world, RECONCILE_ITEMS_DIFFER);
}

/* A hidden source's leaf has what it could have been asked for. */
static void items_of_a_hidden_source_do_not_count(void **state) {
    struct world *world = *state;
    world->left[1].items[5] = 1;
    world->left[1].record_count = 0; /* a decoy */
    world->leaves[1].reason = span_text("HIDDEN");
    none(world);
}

static void another_day(void **state) {
    struct world *world = *state;
    world->leaves[1].time_ms -= DAY_MS;
    none(world);
    world->leaves[1].time_ms -= DAY_MS;
    only(world, RECONCILE_DAY_DIFFERS);
}

static void a_receipt_of_another_answer(void **state) {
    struct world *world = *state;
    world->left[1].leaf_hash[5] = 1;
    world->left[1].commitment[5] = 1;
    only(world, RECONCILE_COMMITMENT_DIFFERS);
}

static void a_receipt_of_another_leaf(void **state) {
    struct world *world = *state;
    world->left[1].leaf_hash[5] = 1;
    only(world, RECONCILE_LEAF_DIFFERS);
}

static void a_receipt_of_another_call(void **state) {
    struct world *world = *state;
    const struct reconcile_left other = left_of(2);
    world->left[1].index = other.index;
    memcpy(world->left[1].leaf_hash, other.leaf_hash, sizeof other.leaf_hash);
    memcpy(world->left[1].commitment, other.commitment, sizeof other.commitment);
    only(world, RECONCILE_LEAF_DIFFERS);
}

static void two_receipts_that_differ(void **state) {
    struct world *world = *state;
    world->left[1].is_contradicted = true;
    only(world, RECONCILE_LEAF_DIFFERS);
}

static void a_receipt_that_the_log_does_not_prove(void **state) {
    struct world *world = *state;
    world->left[1].index = 99;
    only(world, RECONCILE_RECEIPT_UNPROVEN);
}

static void a_receipt_that_never_came(void **state) {
    struct world *world = *state;
    world->left[1].has_receipt = false;
    only(world, RECONCILE_RECEIPT_MISSING);
}

static void a_call_of_two_questions(void **state) {
    struct world *world = *state;
    world->left[3].call = world->left[1].call;
    world->it.leaf_count = 3;
    only(world, RECONCILE_ASKED_TWICE);
    assert_int_equal(world->it.left_count, 3);
}

static void two_leaves_of_one_call(void **state) {
    struct world *world = *state;
    world->leaves[4] = world->leaves[1];
    world->leaves[4].index = 20;
    world->leaves[4].kind = AUDIT_DENIAL;
    world->leaves[4].reason = span_text("HOLDER_WITHHOLDS");
    world->it.leaf_count = 5;
    only(world, RECONCILE_ASKED_TWICE);
    assert_int_equal(world->it.differences[0].index, 20);
}

static void a_damaged_record(void **state) {
    struct world *world = *state;
    world->it.record.is_damaged = true;
    world->it.record.damaged_at = 400;
    only(world, RECONCILE_RECORD_DAMAGED);
}

/* What is outside the days that were named is not told, and counts for what is inside. */
static void only_the_days_that_were_named(void **state) {
    struct world *world = *state;
    world->left[1].record_count = 0;
    world->left[2].has_receipt = false;
    world->it.from_ms = NOON_MS + DAY_MS;
    none(world);
    world->it.from_ms = 0;
    world->it.to_ms = NOON_MS;
    none(world);
}

/* ---- recipient and log ---------------------------------------------------------------------- */

static void receipts_that_agree(void **state) {
    struct world *world = *state;
    recipient(world);
    none(world);
    assert_int_equal(world->it.agreed, KEPT);
}

static void a_kept_receipt_that_nothing_proves(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1] = (struct reconcile_kept){.file = span_text("bad")};
    world->it.leaf_count = 3;
    world->leaves[1] = world->leaves[3];
    world->kept[3].index = 13;
    only(world, RECONCILE_RECEIPT_UNPROVEN);
    assert_int_equal(world->it.differences[0].file.len, 3);
}

static void a_kept_receipt_that_the_log_does_not_have(void **state) {
    struct world *world = *state;
    recipient(world);
    world->it.leaf_count = 3;
    world->leaves[1] = world->leaves[3];
    only(world, RECONCILE_RECEIPT_UNPROVEN);
}

static void a_kept_receipt_of_another_answer(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1].leaf_hash[4] = 1;
    world->kept[1].commitment[4] = 1;
    only(world, RECONCILE_COMMITMENT_DIFFERS);
}

static void an_answer_that_was_changed(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1].answer_matches = false;
    only(world, RECONCILE_ANSWER_DIFFERS);
}

static void a_release_without_a_kept_receipt(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1] = world->kept[3];
    world->it.kept_count = 3;
    only(world, RECONCILE_RECEIPT_NOT_KEPT);
}

static void what_was_not_delivered_has_no_receipt(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1] = world->kept[3];
    world->it.kept_count = 3;
    world->leaves[4] = (struct reconcile_leaf){
        .index = 20, .kind = AUDIT_OUTCOME, .question = world->leaves[1].question};
    world->it.leaf_count = 5;
    none(world);
}

/* ---- all three ------------------------------------------------------------------------------ */

static void more_than_left(void **state) {
    struct world *world = *state;
    world->it.has_kept = true;
    world->it.kept_count = KEPT;
    world->kept[1].record_count = 2;
    only(world, RECONCILE_MORE_THAN_LEFT);
}

/* Answers that a gateway made up in the name of a hidden source. */
static void more_than_a_source_that_was_not_asked(void **state) {
    struct world *world = *state;
    world->it.has_kept = true;
    world->it.kept_count = KEPT;
    world->left[1] = world->left[3];
    world->it.left_count = 3;
    world->leaves[1].reason = span_text("HIDDEN");
    only(world, RECONCILE_MORE_THAN_LEFT);
}

static void more_than_what_was_withheld_or_unsent(void **state) {
    struct world *world = *state;
    world->it.has_kept = true;
    world->it.kept_count = KEPT;
    world->leaves[1].reason = span_text("HIDDEN");
    world->left[1].is_unsent = true;
    only(world, RECONCILE_MORE_THAN_LEFT);
    world->it.difference_count = 0;
    world->left[1].is_unsent = false;
    world->left[1].is_withheld = true;
    only(world, RECONCILE_MORE_THAN_LEFT);
}

static void receipts_of_other_agencies_are_left_out(void **state) {
    struct world *world = *state;
    world->it.has_kept = true;
    world->it.kept_count = KEPT;
    world->kept[1].request.bytes[0] = 77;
    world->kept[1].source = span_text("police");
    world->kept[1].index = 99;
    none(world);
    assert_int_equal(world->it.others, 1);
}

/* ---- names, ceilings ------------------------------------------------------------------------ */

static void the_gateway_knows_every_kind(void **state) {
    (void)state;
    for (int kind = 0; kind < RECONCILE_KIND_END; kind++) {
        assert_true(
            review_difference_is_known(span_text(reconcile_kind_name((enum reconcile_kind)kind))));
        assert_true(strlen(reconcile_kind_words((enum reconcile_kind)kind)) > 20);
    }
    assert_false(review_difference_is_known(span_text("")));
    assert_false(review_difference_is_known(span_text("left-without-lea")));
}

static void there_are_only_so_many(void **state) {
    struct world *world = *state;
    size_t count = RECONCILE_DIFFERENCES_MAX + 7;
    world->it.left = arena_array(world->it.arena, count, sizeof *world->it.left);
    assert_non_null(world->it.left);
    for (size_t i = 0; i < count; i++) {
        world->it.left[i] = (struct reconcile_left){.time_ms = NOON_MS};
        memcpy(world->it.left[i].call.bytes, &i, sizeof i);
    }
    world->it.left_count = count;
    world->it.leaf_count = 0;
    compare(world);
    assert_int_equal(world->it.difference_count, RECONCILE_DIFFERENCES_MAX);
    assert_int_equal(world->it.more, 7);
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(what_agrees_is_no_difference),
        OF(nothing_against_nothing),
        OF(what_left_without_a_leaf),
        OF(what_is_new_has_time),
        OF(what_did_not_leave_needs_no_leaf),
        OF(a_leaf_without_a_record),
        OF(a_leaf_behind_the_record_is_too_new),
        OF(a_leaf_is_not_too_new_for_good),
        OF(what_was_not_asked_needs_no_record),
        OF(what_was_withheld_is_not_released),
        OF(a_withholding_that_the_log_has_agrees),
        OF(nothing_is_not_released),
        OF(what_was_unsent_is_not_released),
        OF(another_agreement_or_version),
        OF(other_items),
        OF(items_of_a_hidden_source_do_not_count),
        OF(another_day),
        OF(a_receipt_of_another_answer),
        OF(a_receipt_of_another_leaf),
        OF(a_receipt_of_another_call),
        OF(two_receipts_that_differ),
        OF(a_receipt_that_the_log_does_not_prove),
        OF(a_receipt_that_never_came),
        OF(a_call_of_two_questions),
        OF(two_leaves_of_one_call),
        OF(a_damaged_record),
        OF(only_the_days_that_were_named),
        OF(receipts_that_agree),
        OF(a_kept_receipt_that_nothing_proves),
        OF(a_kept_receipt_that_the_log_does_not_have),
        OF(a_kept_receipt_of_another_answer),
        OF(an_answer_that_was_changed),
        OF(a_release_without_a_kept_receipt),
        OF(what_was_not_delivered_has_no_receipt),
        OF(more_than_left),
        OF(more_than_a_source_that_was_not_asked),
        OF(more_than_what_was_withheld_or_unsent),
        OF(receipts_of_other_agencies_are_left_out),
        OF(the_gateway_knows_every_kind),
        OF(there_are_only_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
