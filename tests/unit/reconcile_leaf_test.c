/* SPDX-License-Identifier: Apache-2.0 */
/* What a leaf counts as in the comparison follows from its proven bytes and our own name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/wire/disclosures.h"
#include "tests/support/arena_fail.h"
#include "tests/support/audit_support.h"
#include "tools/lockgate/reconcile_int.h"

#include <cmocka.h>

enum { ARENA = 16 << 20 };

struct world {
    struct audit_support audit;
    struct audit_log *log;
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey;
    struct receipt *receipt;
    struct receipt_form form;
    struct arena *page;
    struct reconcile it;
};

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    audit_support_init(&world->audit);
    world->log = audit_support_open(&world->audit);
    audit_vkey_write(world->log, world->vkey_text);
    assert_false(lg_failed(audit_vkey_read(span_text(world->vkey_text), &world->vkey)));
    assert_false(lg_failed(arena_new(ARENA, &world->page)));
    world->it.agency = span_text("care");
    assert_false(lg_failed(arena_new(ARENA, &world->it.arena)));
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    audit_receipt_free(&world->receipt);
    audit_log_close(&world->log);
    audit_support_done(&world->audit);
    arena_free(&world->page);
    arena_free(&world->it.arena);
    free(world);
    return 0;
}

static void commit(struct world *world, const struct audit_entry_fields *fields) {
    audit_receipt_free(&world->receipt);
    world->receipt = audit_support_commit_one(world->log, fields);
    assert_false(
        lg_failed(audit_receipt_form(world->receipt, span_of(NULL, 0), world->page, &world->form)));
}

static struct lg_err leaf_add(struct world *world) {
    return reconcile_leaf_add(&world->it, &world->form, audit_receipt_checkpoint(world->receipt),
                              &world->vkey, world->page);
}

/* A part of `source`, which `asker` asked for. */
static void part(struct world *world, const char *source, const char *asker) {
    struct audit_commitment commitment;
    struct audit_detail detail;
    audit_commitment_make(span_text("answer"), &commitment);
    struct audit_entry_fields fields = audit_support_part(5, AUDIT_RELEASE, &commitment, &detail);
    fields.source_agency = span_text(source);
    detail.requesting_agency = span_text(asker);
    detail.question_id = audit_support_id(77);
    commit(world, &fields);
}

static const struct reconcile_leaf *only(struct world *world) {
    assert_false(lg_failed(leaf_add(world)));
    assert_int_equal(world->it.leaf_count, 1);
    return &world->it.leaves[0];
}

static void a_source_side_is_by_the_leaf(void **state) {
    struct world *world = *state;
    part(world, "care", "police");
    const struct reconcile_leaf *leaf = only(world);
    assert_true(leaf->is_source_side && leaf->is_part);
    assert_false(leaf->is_requester_side);
    assert_int_equal(leaf->kind, AUDIT_RELEASE);
    const struct request_id id = audit_support_id(5);
    assert_memory_equal(&leaf->request, &id, sizeof id);
    assert_true(leaf->has_commitment);
}

static void a_requester_side_is_by_the_detail(void **state) {
    struct world *world = *state;
    part(world, "police", "care");
    const struct reconcile_leaf *leaf = only(world);
    assert_true(leaf->is_requester_side);
    assert_false(leaf->is_source_side || leaf->is_asker_unknown);
    const struct request_id question = audit_support_id(77);
    assert_memory_equal(&leaf->question, &question, sizeof question);
}

static void who_asks_itself_is_on_both_sides(void **state) {
    struct world *world = *state;
    part(world, "care", "care");
    const struct reconcile_leaf *leaf = only(world);
    assert_true(leaf->is_requester_side && leaf->is_source_side);
}

/* Without its detail nobody can say who asked: not even that it was somebody else. */
static void a_detail_that_is_held_back_is_not_taken_for_another_side(void **state) {
    struct world *world = *state;
    part(world, "police", "care");
    world->form.detail = span_of(NULL, 0);
    const struct reconcile_leaf *leaf = only(world);
    assert_true(leaf->is_asker_unknown);
    assert_false(leaf->is_requester_side || leaf->is_source_side);
}

static void another_detail_proves_nothing(void **state) {
    struct world *world = *state;
    part(world, "police", "care");
    uint8_t *other = arena_alloc(world->page, world->form.detail.len);
    memcpy(other, world->form.detail.ptr, world->form.detail.len);
    other[world->form.detail.len - 1] ^= 1;
    world->form.detail = span_of(other, world->form.detail.len);
    assert_int_equal(lg_err_module(leaf_add(world)), LG_AUDIT);
    assert_int_equal(world->it.leaf_count, 0);
}

/* Every byte of the leaf: changed, it is none of the log. */
static void a_changed_leaf_proves_nothing(void **state) {
    struct world *world = *state;
    part(world, "care", "police");
    struct span good = world->form.leaf;
    uint8_t *other = arena_alloc(world->page, good.len);
    for (size_t at = 0; at < good.len; at++) {
        memcpy(other, good.ptr, good.len);
        other[at] ^= 1;
        world->form.leaf = span_of(other, good.len);
        assert_true(lg_failed(leaf_add(world)));
    }
    world->form.leaf = good;
    world->form.index++;
    assert_true(lg_failed(leaf_add(world)));
    assert_int_equal(world->it.leaf_count, 0);
}

static void another_key_proves_nothing(void **state) {
    struct world *world = *state;
    part(world, "care", "police");
    world->vkey.key.bytes[3] ^= 1;
    assert_true(lg_failed(leaf_add(world)));
}

/* Not delivered takes a release back; confirmed by witnesses does not. */
static void only_what_was_not_delivered_takes_back(void **state) {
    static const struct {
        enum audit_decision decision;
        size_t count;
    } cases[] = {{AUDIT_DECISION_NOT_DELIVERED, 1}, {AUDIT_DECISION_PERMIT, 0}};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct audit_entry_fields fields = audit_support_ask(9);
        fields.kind = AUDIT_OUTCOME;
        fields.decision = cases[i].decision;
        fields.requesting_agency = span_text("care");
        world->it.leaf_count = 0;
        commit(world, &fields);
        assert_false(lg_failed(leaf_add(world)));
        assert_int_equal(world->it.leaf_count, cases[i].count);
        if (cases[i].count > 0) {
            assert_true(world->it.leaves[0].is_requester_side);
            const struct request_id id = audit_support_id(9);
            assert_memory_equal(&world->it.leaves[0].question, &id, sizeof id);
        }
    }
}

/* ---- answers beside receipts ----------------------------------------------------------------- */

static void put(const struct world *world, const char *name, struct span bytes) {
    char path[SUPPORT_PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/%s", world->audit.folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

/* A receipt whose detail says so many records, and the answer of two that it commits to. */
static void keep(struct world *world, uint32_t said) {
    const struct released_record records[] = {{.record = span_text("one")},
                                              {.record = span_text("two")}};
    const struct extract extract = {.source = span_text("police"),
                                    .state = SOURCE_ANSWERED,
                                    .records = records,
                                    .record_count = 2};
    struct audit_commitment commitment;
    struct audit_detail detail;
    struct span answer;
    struct span text;
    assert_false(lg_failed(wire_source_result_encode(world->page, &extract, &answer)));
    audit_commitment_make(answer, &commitment);
    struct audit_entry_fields fields = audit_support_part(5, AUDIT_RELEASE, &commitment, &detail);
    fields.source_agency = span_text("police");
    detail.record_count = said;
    commit(world, &fields);
    world->form.salt = span_of(commitment.salt, sizeof commitment.salt);
    assert_false(lg_failed(audit_proof_write(&world->form, audit_receipt_checkpoint(world->receipt),
                                             world->page, &text)));
    put(world, "one.proof", text);
    put(world, "one.part", answer);
}

/* The records of the answer count, and not what the log says of them; of a hidden source it says
 * none. */
static void records_are_counted_in_the_answer(void **state) {
    static const struct {
        uint32_t said;
        bool is_miscounted;
    } cases[] = {{2, false}, {0, false}, {1, true}, {3, true}};
    struct world *world = *state;
    char path[SUPPORT_PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/one.proof", world->audit.folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        keep(world, cases[i].said);
        world->it.kept_count = 0;
        assert_false(lg_failed(reconcile_kept_read(&world->it, path, &world->vkey)));
        assert_int_equal(world->it.kept_count, 1);
        const struct reconcile_kept *kept = &world->it.kept[0];
        assert_true(kept->is_proven && kept->has_answer && kept->answer_matches);
        assert_true(kept->has_count);
        assert_int_equal(kept->record_count, 2);
        assert_int_equal(kept->is_miscounted, cases[i].is_miscounted);
    }
    /* Another answer than the one committed to says nothing about their number. */
    put(world, "one.part", span_text("other"));
    world->it.kept_count = 0;
    assert_false(lg_failed(reconcile_kept_read(&world->it, path, &world->vkey)));
    assert_false(world->it.kept[0].answer_matches);
    assert_int_equal(world->it.kept[0].record_count, 3);
}

static void what_is_not_compared_is_left_out(void **state) {
    struct world *world = *state;
    const struct audit_entry_fields fields = audit_support_ask(9);
    commit(world, &fields);
    assert_false(lg_failed(leaf_add(world)));
    assert_int_equal(world->it.leaf_count, 0);
}

static struct lg_err added(void *ctx, struct arena *arena) {
    struct world *world = ctx;
    OWN(arena_free) struct arena *page = NULL;
    world->it = (struct reconcile){.arena = arena, .agency = span_text("care")};
    TRY(arena_new(ARENA, &page));
    TRY(reconcile_leaf_add(&world->it, &world->form, audit_receipt_checkpoint(world->receipt),
                           &world->vkey, page));
    assert_int_equal(world->it.leaf_count, 1);
    return LG_OK;
}

static void memory_ends_anywhere(void **state) {
    struct world *world = *state;
    part(world, "care", "police");
    arena_free(&world->it.arena);
    arena_fail_each(world, added);
    world->it.arena = NULL;
}

#define OF(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        OF(a_source_side_is_by_the_leaf),
        OF(a_requester_side_is_by_the_detail),
        OF(who_asks_itself_is_on_both_sides),
        OF(a_detail_that_is_held_back_is_not_taken_for_another_side),
        OF(another_detail_proves_nothing),
        OF(a_changed_leaf_proves_nothing),
        OF(another_key_proves_nothing),
        OF(only_what_was_not_delivered_takes_back),
        OF(records_are_counted_in_the_answer),
        OF(what_is_not_compared_is_left_out),
        OF(memory_ends_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
