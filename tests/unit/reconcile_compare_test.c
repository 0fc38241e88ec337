/* SPDX-License-Identifier: Apache-2.0 */
/* Where three accounts differ: each kind of difference from the smallest world that has it, and
 * what looks like one and is none. */
#include "gateway/review/review.h"
#include "tests/unit/reconcile_fixture.h"

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
    world->it.settled_ms = NOON_MS + 1;
    none(world);
    assert_int_equal(world->it.pending, 1);
}

static void a_leaf_is_not_too_new_for_good(void **state) {
    struct world *world = *state;
    world->it.left_count = 3;
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

/* Receipts are the gateway's words until a leaf proves them: an index that none does moves nothing,
 * neither up nor down. */
static void a_made_up_index_moves_nothing(void **state) {
    struct world *world = *state;
    world->it.left_count = 3;
    world->it.settled_ms = NOON_MS + 1;
    world->left[2].index = UINT64_MAX;
    compare(world);
    assert_int_equal(world->it.receipt_last, 11);
    assert_int_equal(world->it.pending, 1);
}

/* No day to come is waited for, and none is outside of what is compared. */
static void a_leaf_of_a_day_to_come_is_told(void **state) {
    struct world *world = *state;
    world->it.left_count = 3;
    world->it.settled_ms = NOON_MS + 1;
    world->leaves[3].time_ms += 9000 * DAY_MS;
    only(world, RECONCILE_LEAF_WITHOUT_RECORD);
}

static void two_leaves_at_one_position_are_two_logs(void **state) {
    struct world *world = *state;
    world->leaves[4] = world->leaves[1];
    world->it.leaf_count = 5;
    none(world); /* shown twice */
    world->leaves[4] = world->leaves[1];
    world->leaves[4].leaf_hash[7] = 1;
    world->it.leaf_count = 5;
    compare(world);
    assert_true(world->it.difference_count > 0);
    assert_int_equal(world->it.differences[0].kind, RECONCILE_LEAF_DIFFERS);
}

static void a_receipt_without_an_answer(void **state) {
    struct world *world = *state;
    struct reconcile_orphan orphan = {.call = {.bytes = {77}}, .time_ms = NOON_MS, .index = 60};
    world->it.orphans = &orphan;
    world->it.orphan_count = 1;
    only(world, RECONCILE_RECEIPT_WITHOUT_ANSWER);
    assert_int_equal(world->it.differences[0].index, 60);
    world->it.difference_count = 0;
    world->it.from_ms = NOON_MS + 1; /* what is outside of the days is not told */
    world->it.left_count = 0;
    world->it.leaf_count = 0;
    none(world);
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
    world->it.record.damages[0] = (struct record_damage){.number = 1, .at = 400};
    world->it.record.damage_count = 1;
    only(world, RECONCILE_RECORD_DAMAGED);
    assert_false(world->it.differences[0].has_index); /* a place of the record is none of the log */
    assert_int_equal(world->it.differences[0].damage->at, 400);
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
        OF(a_made_up_index_moves_nothing),
        OF(a_leaf_of_a_day_to_come_is_told),
        OF(two_leaves_at_one_position_are_two_logs),
        OF(a_receipt_without_an_answer),
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
        OF(the_gateway_knows_every_kind),
        OF(there_are_only_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
