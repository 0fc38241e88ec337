/* SPDX-License-Identifier: Apache-2.0 */
/* What a recipient kept against the log and, where it is there, against the source's record. */
#include "tests/unit/reconcile_fixture.h"

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
    world->leaves[4] = (struct reconcile_leaf){.index = 20,
                                               .kind = AUDIT_OUTCOME,
                                               .is_requester_side = true,
                                               .question = world->leaves[1].question};
    world->it.leaf_count = 5;
    none(world);
}

/* Who asked is not shown: neither a difference nor nothing. */
static void a_release_that_does_not_show_who_asked(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1] = world->kept[3];
    world->it.kept_count = 3;
    world->leaves[1].is_requester_side = false;
    world->leaves[1].is_asker_unknown = true;
    none(world);
    assert_int_equal(world->it.unknown, 1);
}

static void a_count_that_is_not_the_answers(void **state) {
    struct world *world = *state;
    recipient(world);
    world->kept[1].is_miscounted = true;
    only(world, RECONCILE_COUNT_DIFFERS);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(receipts_that_agree),
        OF(a_kept_receipt_that_nothing_proves),
        OF(a_kept_receipt_that_the_log_does_not_have),
        OF(a_kept_receipt_of_another_answer),
        OF(an_answer_that_was_changed),
        OF(a_release_without_a_kept_receipt),
        OF(what_was_not_delivered_has_no_receipt),
        OF(a_release_that_does_not_show_who_asked),
        OF(a_count_that_is_not_the_answers),
        OF(more_than_left),
        OF(more_than_a_source_that_was_not_asked),
        OF(more_than_what_was_withheld_or_unsent),
        OF(receipts_of_other_agencies_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
