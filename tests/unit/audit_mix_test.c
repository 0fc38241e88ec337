/* SPDX-License-Identifier: Apache-2.0 */
/* Which places the leaves of sources get: those of several questions of one flush are mixed, those
 * of one alone and everything else keep their order. What is committed in one turn of a loop comes
 * into one flush. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/loop/loop.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

enum { QUESTIONS = 3, ITEMS_MAX = 5, EACH = 8, TURNS_MAX = 1000 };

struct fixture {
    struct audit_support support;
    struct loop *loop;
    struct audit_log *log;
    size_t done;
    struct receipt *receipts[ITEMS_MAX][2 * EACH];
};

static struct lg_err apply(void *ctx, const struct audit_change *changes, size_t count) {
    (void)ctx;
    (void)changes;
    (void)count;
    return LG_OK;
}

static int setup(void **state) {
    static struct fixture fixture;
    fixture = (struct fixture){.done = 0};
    audit_support_init(&fixture.support);
    assert_false(lg_failed(loop_new(clock_system(), &fixture.loop)));
    fixture.support.config.apply = apply;
    fixture.log = audit_support_open(&fixture.support);
    *state = &fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    for (size_t q = 0; q < ITEMS_MAX; q++) {
        for (size_t i = 0; i < 2 * EACH; i++) {
            audit_receipt_free(&fixture->receipts[q][i]);
        }
    }
    audit_log_close(&fixture->log);
    loop_free(&fixture->loop);
    audit_support_done(&fixture->support);
    return 0;
}

/* ---- Committing */

struct pending {
    struct fixture *fixture;
    size_t question;
};

static void on_done(void *ctx, const struct audit_outcome *outcome) {
    struct pending *pending = ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
    for (size_t i = 0; i < outcome->receipt_count; i++) {
        pending->fixture->receipts[pending->question][i] = audit_receipt_hold(outcome->receipts[i]);
    }
    pending->fixture->done++;
}

/* Parts with other entries between them, as no question has them: to see what stays. */
static void question_begin(struct pending *pending) {
    struct audit_entry_fields entries[2 * EACH];
    struct audit_commitment commitments[EACH];
    struct audit_detail details[EACH];
    struct fixture *fixture = pending->fixture;
    for (uint32_t i = 0; i < EACH; i++) {
        audit_commitment_make(span_text("part"), &commitments[i]);
        entries[2 * i] = audit_support_ask(i);
        entries[2 * i + 1] = audit_support_part(i, i % 2 == 0 ? AUDIT_RELEASE : AUDIT_DENIAL,
                                                &commitments[i], &details[i]);
    }
    const struct audit_batch batch = {.entries = entries, .count = 2 * (size_t)EACH};
    assert_false(lg_failed(audit_commit(fixture->log, &batch, fixture->loop, on_done, pending)));
}

/* A withdrawal, or a stop. */
static void change_begin(struct pending *pending) {
    struct fixture *fixture = pending->fixture;
    const struct audit_entry_fields consent = {
        .kind = AUDIT_CONSENT,
        .person = audit_support_person(&fixture->support, 4),
        .reason = span_text("withdrawn"),
        .sealed = span_text("consent 12 withdrawn"),
    };
    const struct audit_batch batch = {.entries = &consent, .count = 1};
    assert_false(lg_failed(audit_commit(fixture->log, &batch, fixture->loop, on_done, pending)));
}

static void turns_until(struct fixture *fixture, size_t done) {
    for (int i = 0; i < TURNS_MAX && fixture->done < done; i++) {
        loop_turn(fixture->loop, 20);
    }
    assert_int_equal(fixture->done, done);
}

/* All in one flush. */
static void commit_together(struct fixture *fixture, size_t questions) {
    struct pending pending[QUESTIONS];
    for (size_t q = 0; q < questions; q++) {
        pending[q] = (struct pending){.fixture = fixture, .question = q};
        question_begin(&pending[q]);
    }
    turns_until(fixture, questions);
}

/* ---- Looking */

/* The path leads from the leaf to the signed root, wherever the leaf went. */
static void check_offline(const struct fixture *fixture, const struct receipt *receipt) {
    OWN(arena_free) struct arena *arena = NULL;
    char text[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey;
    struct audit_proof proof = {.checkpoint = {0}};
    struct audit_verified verified;
    audit_vkey_write(fixture->log, text);
    assert_false(lg_failed(audit_vkey_read(span_text(text), &vkey)));
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    assert_false(lg_failed(audit_receipt_form(receipt, (struct span){0}, arena, &proof.form)));
    proof.checkpoint = audit_receipt_checkpoint(receipt);
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
}

/* After NODE_EPOCH. */
static size_t place_of(const struct fixture *fixture, size_t question, size_t i) {
    const struct receipt *receipt = fixture->receipts[question][i];
    assert_true(span_equal(audit_receipt_checkpoint(receipt),
                           audit_receipt_checkpoint(fixture->receipts[0][0])));
    return (size_t)audit_receipt_index(receipt) - 1;
}

static void parts_of_several_questions_are_mixed(void **state) {
    struct fixture *fixture = *state;
    bool seen[QUESTIONS * 2 * EACH] = {false};
    size_t moved = 0;
    commit_together(fixture, QUESTIONS);
    for (size_t at = 0; at < sizeof seen / sizeof *seen; at++) {
        size_t question = at / (2 * EACH);
        size_t place = place_of(fixture, question, at % (2 * EACH));
        assert_true(place < sizeof seen / sizeof *seen);
        assert_false(seen[place]);
        /* A part has the place of a part; anything else has its own. */
        assert_true(at % 2 == 1 ? place % 2 == 1 : place == at);
        moved += place / (2 * EACH) != question ? 1 : 0;
        seen[place] = true;
        check_offline(fixture, fixture->receipts[question][at % (2 * EACH)]);
    }
    /* That 24 parts of three all stay with their own happens once in 10^10. */
    assert_true(moved > 0);
}

static void parts_of_one_question_keep_their_order(void **state) {
    struct fixture *fixture = *state;
    commit_together(fixture, 1);
    for (size_t i = 0; i < 2 * (size_t)EACH; i++) {
        assert_int_equal(place_of(fixture, 0, i), i);
        check_offline(fixture, fixture->receipts[0][i]);
    }
}

/* Two questions, a withdrawal, two more: whoever reads the log must find no release behind a
 * withdrawal that was sequenced after it, which would look like one that should have been refused;
 * nor may what came after it stand before. */
static void parts_do_not_pass_a_change(void **state) {
    enum { CHANGE = 2, ITEMS = ITEMS_MAX };
    struct fixture *fixture = *state;
    struct pending pending[ITEMS];
    size_t moved = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        pending[i] = (struct pending){.fixture = fixture, .question = i};
        (i == CHANGE ? change_begin : question_begin)(&pending[i]);
    }
    turns_until(fixture, ITEMS);
    size_t change = place_of(fixture, CHANGE, 0);
    assert_int_equal(change, CHANGE * 2 * (size_t)EACH);
    for (size_t q = 0; q < ITEMS; q++) {
        for (size_t i = 0; q != CHANGE && i < 2 * (size_t)EACH; i++) {
            size_t place = place_of(fixture, q, i);
            size_t own = (q < CHANGE ? q : q - 1) * 2 * (size_t)EACH + i + (q > CHANGE ? 1 : 0);
            assert_true(q < CHANGE ? place < change : place > change);
            moved += place != own ? 1 : 0;
            check_offline(fixture, fixture->receipts[q][i]);
        }
    }
    /* Those of either side are mixed as ever. */
    assert_true(moved > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parts_of_several_questions_are_mixed, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_of_one_question_keep_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_do_not_pass_a_change, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
