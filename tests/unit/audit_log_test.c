/* SPDX-License-Identifier: Apache-2.0 */
/* The log as its users see it: commit, receipts, stale grants, changes, reading back, restart. */
#define _POSIX_C_SOURCE 200809L
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/audit/audit_int.h"
#include "tests/support/audit_support.h"

#include <cmocka.h>

static int setup(void **state) {
    static struct audit_support support;
    audit_support_init(&support);
    *state = &support;
    return 0;
}

static int teardown(void **state) {
    audit_support_done(*state);
    return 0;
}

/* The receipt proves itself with nothing but the log's key. */
static void check_offline(const struct audit_log *log, const struct receipt *receipt,
                          struct span salt) {
    OWN(arena_free) struct arena *arena = NULL;
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey;
    struct receipt_form form;
    struct span text;
    struct audit_proof proof;
    struct audit_verified verified;
    audit_vkey_write(log, vkey_text);
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    assert_false(lg_failed(audit_vkey_read(span_text(vkey_text), &vkey)));
    assert_false(lg_failed(audit_receipt_form(receipt, salt, arena, &form)));
    assert_false(
        lg_failed(audit_proof_write(&form, audit_receipt_checkpoint(receipt), arena, &text)));
    assert_false(lg_failed(audit_proof_read(&text, arena, &proof)));
    assert_int_equal(text.len, 0);
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    assert_true(span_equal(proof.form.leaf, audit_receipt_leaf(receipt)));
    assert_true(span_equal(proof.form.salt, salt));
}

static void receipt_proves_its_entry(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct audit_detail given;
    struct audit_entry entry;
    struct span payload = span_text("the bytes of one source's part");
    audit_commitment_make(payload, &commitment);
    struct audit_entry_fields fields = audit_support_part(7, AUDIT_RELEASE, &commitment, &given);
    fields.person = audit_support_person(support, 4);
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    assert_int_equal(audit_receipt_index(receipt), 1); /* after NODE_EPOCH */
    assert_int_equal(audit_receipt_kind(receipt), AUDIT_RELEASE);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
    assert_true(entry.is_part);
    assert_true(span_equal_text(entry.source_agency, "housing"));
    check_offline(log, receipt, span_of(commitment.salt, sizeof commitment.salt));
    assert_true(audit_receipt_commitment_matches(receipt, commitment.salt, payload));
    assert_false(audit_receipt_commitment_matches(receipt, commitment.salt,
                                                  span_slice(payload, 0, payload.len - 1)));
    commitment.salt[31] ^= 1;
    assert_false(audit_receipt_commitment_matches(receipt, commitment.salt, payload));
}

static void batch_enters_side_by_side(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    struct receipt *receipts[AUDIT_BATCH_MAX];
    for (uint32_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        entries[i] = audit_support_ask(i);
    }
    struct audit_batch batch = {.entries = entries, .count = AUDIT_BATCH_MAX};
    assert_int_equal(audit_support_commit(log, &batch, receipts), AUDIT_COMMITTED);
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        assert_int_equal(audit_receipt_index(receipts[i]), 1 + i);
        assert_true(span_equal(audit_receipt_checkpoint(receipts[i]),
                               audit_receipt_checkpoint(receipts[0])));
        check_offline(log, receipts[i], (struct span){0});
    }
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        audit_receipt_free(&receipts[i]);
    }
    assert_int_equal(audit_size(log), 1 + AUDIT_BATCH_MAX);
}

/* ---- What is refused before it is queued */

static void never_done(void *ctx, const struct audit_outcome *outcome) {
    (void)ctx;
    (void)outcome;
    fail_msg("done without having been queued");
}

static void assert_refused(struct audit_log *log, const struct audit_batch *batch,
                           enum audit_code code) {
    struct lg_err err = audit_commit_wait(log, batch, never_done, NULL);
    assert_int_equal(lg_err_code(err), code);
}

static void assert_fields_refused(struct audit_log *log, const struct audit_entry_fields *fields) {
    struct audit_batch batch = {.entries = fields, .count = 1};
    assert_refused(log, &batch, AUDIT_FIELDS);
}

static void refuses_fields_out_of_range(void **state) {
    static uint8_t long_sealed[AUDIT_SEALED_SIZE_MAX + 1];
    static char long_code[AUDIT_CODE_SIZE_MAX + 1];
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    const struct audit_entry_fields good = audit_support_ask(1);
    struct audit_entry_fields fields = good;
    fields.kind = (enum audit_kind)0;
    assert_fields_refused(log, &fields);
    fields.kind = AUDIT_KIND_END;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.decision = AUDIT_DECISION_END;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.items_form = (enum audit_items_form)3;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.flags = AUDIT_FLAG_CLOCK_HELD;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.sealed = span_of(long_sealed, sizeof long_sealed);
    assert_fields_refused(log, &fields);
    memset(long_code, 'x', sizeof long_code);
    fields = good;
    fields.purpose = span_of(long_code, sizeof long_code);
    assert_fields_refused(log, &fields);
    fields.purpose = span_text("line\nbreak");
    assert_fields_refused(log, &fields);
    fields = good;
    fields.kind = AUDIT_RELEASE; /* neither commitment nor detail */
    assert_fields_refused(log, &fields);
    assert_int_equal(audit_size(log), 1);
}

static void refuses_parts_that_tell_in_clear(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct audit_detail detail;
    audit_commitment_make(span_text("part"), &commitment);
    const struct audit_entry_fields good =
        audit_support_part(1, AUDIT_DENIAL, &commitment, &detail);
    struct audit_entry_fields fields = good;
    fields.commitment = NULL; /* could stand for anything */
    assert_fields_refused(log, &fields);
    fields = good;
    fields.flags = AUDIT_FLAG_CLEAR_IDENTIFIER;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.record_count = 1;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.sources = 1;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.detail = NULL;
    assert_fields_refused(log, &fields);
    fields = good;
    fields.source_agency = (struct span){0}; /* the refusal of a whole question has no detail */
    assert_fields_refused(log, &fields);
    fields = good;
    detail.flags = AUDIT_FLAG_CLOCK_HELD;
    assert_fields_refused(log, &fields);
    detail.flags = 0;
    detail.reason = span_text("line\nbreak");
    assert_fields_refused(log, &fields);
    assert_int_equal(audit_size(log), 1);
}

static void refuses_what_is_no_batch(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields entries[AUDIT_BATCH_MAX + 1];
    struct audit_condition conditions[AUDIT_CONDITION_MAX + 1] = {{{0}, 0}};
    struct audit_scope scope = {{1}};
    for (uint32_t i = 0; i <= AUDIT_BATCH_MAX; i++) {
        entries[i] = audit_support_ask(i);
    }
    struct audit_batch batch = {.entries = entries, .count = 0};
    assert_refused(log, &batch, AUDIT_FIELDS);
    batch.count = AUDIT_BATCH_MAX + 1;
    assert_refused(log, &batch, AUDIT_FIELDS);
    batch.count = 1;
    batch.changed = &scope; /* a question changes nothing */
    batch.changed_count = 1;
    assert_refused(log, &batch, AUDIT_FIELDS);
    batch.changed_count = 0;
    batch.conditions = conditions; /* only what is asked or leaves rests on a grant */
    batch.condition_count = 1;
    entries[0].kind = AUDIT_SEARCH;
    assert_refused(log, &batch, AUDIT_FIELDS);
    entries[1].kind = AUDIT_CONSENT; /* a change shares no batch with a question */
    batch = (struct audit_batch){.entries = entries, .count = 2};
    assert_refused(log, &batch, AUDIT_FIELDS);
    assert_int_equal(audit_size(log), 1);
}

/* ---- Stale grants and changes */

struct applied {
    size_t calls;
    size_t count;
    uint64_t through;
    char last[64];
};

static struct lg_err apply(void *ctx, const struct audit_change *changes, size_t count) {
    struct applied *applied = ctx;
    const struct audit_change *last = &changes[count - 1];
    applied->calls++;
    applied->count += count;
    applied->through = last->index + 1;
    assert_true(last->sealed.len < sizeof applied->last);
    memcpy(applied->last, last->sealed.ptr, last->sealed.len);
    applied->last[last->sealed.len] = '\0';
    return LG_OK;
}

static struct audit_entry_fields release_fields(struct audit_support *support,
                                                const struct audit_commitment *commitment,
                                                struct audit_detail *detail) {
    struct audit_entry_fields fields = audit_support_part(3, AUDIT_RELEASE, commitment, detail);
    fields.person = audit_support_person(support, 4);
    return fields;
}

static void withdrawal_stops_the_release(void **state) {
    struct audit_support *support = *state;
    struct applied applied = {.calls = 0};
    support->config.apply = apply;
    support->config.apply_ctx = &applied;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct audit_detail detail;
    audit_commitment_make(span_text("part"), &commitment);
    struct audit_scope person = {{4}};
    struct audit_condition conditions[2] = {{{9}, 0}, {{4}, 0}};
    struct audit_entry_fields consent = {.kind = AUDIT_CONSENT,
                                         .person = audit_support_person(support, 4),
                                         .reason = span_text("withdrawn"),
                                         .sealed = span_text("consent 12 withdrawn")};
    struct audit_batch change = {
        .entries = &consent, .count = 1, .changed = &person, .changed_count = 1};
    struct audit_entry_fields fields = release_fields(support, &commitment, &detail);
    struct audit_batch release = {
        .entries = &fields, .count = 1, .conditions = conditions, .condition_count = 2};
    assert_int_equal(audit_support_commit(log, &release, NULL), AUDIT_COMMITTED); /* index 1 */
    assert_int_equal(audit_support_commit(log, &change, NULL), AUDIT_COMMITTED);  /* index 2 */
    assert_int_equal(applied.through, 3);
    assert_string_equal(applied.last, "consent 12 withdrawn");
    conditions[1].applied_through = 2;
    assert_int_equal(audit_support_commit(log, &release, NULL), AUDIT_REFUSED_STALE);
    struct audit_entry_fields asked = audit_support_ask(7);
    struct audit_batch ask = {
        .entries = &asked, .count = 1, .conditions = conditions, .condition_count = 2};
    assert_int_equal(audit_support_commit(log, &ask, NULL), AUDIT_REFUSED_STALE);
    assert_int_equal(audit_size(log), 3); /* nothing was written */
    conditions[1].applied_through = 3;
    assert_int_equal(audit_support_commit(log, &release, NULL), AUDIT_COMMITTED);
    conditions[1].scope[0] = 5; /* somebody else's change is none of mine */
    conditions[1].applied_through = 0;
    assert_int_equal(audit_support_commit(log, &release, NULL), AUDIT_COMMITTED);
}

static void changes_are_replayed_after_a_crash(void **state) {
    struct audit_support *support = *state;
    struct applied applied = {.calls = 0};
    support->config.apply = apply;
    support->config.apply_ctx = &applied;
    struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields consent = {.kind = AUDIT_CONSENT,
                                         .person = audit_support_person(support, 4),
                                         .sealed = span_text("first")};
    struct audit_entry_fields stop = {.kind = AUDIT_STOP, .sealed = span_text("second")};
    struct audit_entry_fields ask = audit_support_ask(5);
    ask.kind = AUDIT_DENIAL;
    struct receipt *receipt = audit_support_commit_one(log, &consent);
    audit_receipt_free(&receipt);
    receipt = audit_support_commit_one(log, &ask);
    audit_receipt_free(&receipt);
    receipt = audit_support_commit_one(log, &stop);
    uint64_t stop_index = audit_receipt_index(receipt);
    audit_receipt_free(&receipt);
    audit_log_close(&log);
    log = audit_support_open(support);
    applied = (struct applied){.calls = 0};
    size_t count = 0;
    assert_false(lg_failed(audit_log_replay(log, 0, &count)));
    assert_int_equal(count, 2);
    assert_string_equal(applied.last, "second");
    assert_int_equal(applied.through, stop_index + 1);
    applied = (struct applied){.calls = 0};
    assert_false(lg_failed(audit_log_replay(log, stop_index + 1, &count)));
    assert_int_equal(count, 0);
    struct lg_err err = audit_log_replay(log, audit_size(log) + 1, &count);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    audit_log_close(&log);
}

/* ---- Time */

static void time_never_steps_back(void **state) {
    struct audit_support *support = *state;
    struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_entry entry;
    int64_t noon_ms = support->now_ms;
    support->now_ms = noon_ms - 3600000;
    struct receipt *receipt = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
    assert_int_equal(entry.time_ms, noon_ms);
    assert_true((entry.flags & AUDIT_FLAG_CLOCK_HELD) != 0);
    audit_receipt_free(&receipt);
    audit_log_close(&log); /* and a restart remembers */
    log = audit_support_open(support);
    receipt = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
    assert_int_equal(entry.time_ms, noon_ms);
    audit_receipt_free(&receipt);
    support->now_ms = INT64_C(2147483648000) + 1; /* a second past 2038 */
    receipt = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
    assert_int_equal(entry.time_ms, support->now_ms);
    assert_false((entry.flags & AUDIT_FLAG_CLOCK_HELD) != 0);
    assert_int_equal(entry.quarter, 2038 * 4);
    audit_receipt_free(&receipt);
    audit_log_close(&log);
}

/* ---- Questions that a crash left open */

static void open_questions_are_closed_at_start(void **state) {
    struct audit_support *support = *state;
    struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct request_id third = audit_support_id(30);
    struct audit_entry_fields asks[4] = {audit_support_ask(10), audit_support_ask(20),
                                         audit_support_ask(30), audit_support_ask(40)};
    struct audit_batch batch = {.entries = asks, .count = 4};
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    struct audit_entry_fields denial = audit_support_ask(20); /* ends by its own id */
    denial.kind = AUDIT_DENIAL;
    denial.flags = AUDIT_FLAG_FINAL;
    batch = (struct audit_batch){.entries = &denial, .count = 1};
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    audit_commitment_make(span_text("part"), &commitment);
    struct audit_detail detail; /* a part names no question in clear */
    struct audit_entry_fields release =
        audit_support_part(777, AUDIT_RELEASE, &commitment, &detail);
    batch = (struct audit_batch){.entries = &release, .count = 1, .ends = &third};
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    audit_log_close(&log);

    struct audit_recovery recovery;
    assert_false(lg_failed(audit_log_open(&support->config, NULL, &recovery, &log)));
    assert_int_equal(recovery.questions_abandoned, 2);
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    const uint8_t wanted[2] = {10, 40};
    for (size_t i = 0; i < 2; i++) {
        struct span leaf;
        struct audit_entry entry;
        uint64_t index = recovery.size + 1 + i; /* after NODE_EPOCH */
        assert_false(lg_failed(audit_entry_get(log, index, arena, &leaf)));
        assert_false(lg_failed(audit_entry_decode(leaf, &entry)));
        assert_int_equal(entry.kind, AUDIT_OUTCOME);
        assert_int_equal(entry.decision, AUDIT_DECISION_ABANDONED);
        assert_int_equal(entry.request_id.bytes[15], wanted[i]);
        assert_true((entry.flags & AUDIT_FLAG_FINAL) != 0);
        assert_true(span_equal_text(entry.requesting_agency, "childrens-care"));
    }
    audit_log_close(&log);
    assert_false(lg_failed(audit_log_open(&support->config, NULL, &recovery, &log)));
    assert_int_equal(recovery.questions_abandoned, 0); /* each ends once */
    audit_log_close(&log);
}

/* ---- Reading */

static void receipts_outlive_restarts(void **state) {
    enum { ROUNDS = 3, EACH = 5 };
    struct audit_support *support = *state;
    struct receipt *receipts[ROUNDS * EACH];
    struct audit_log *log = NULL;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        log = audit_support_open(support);
        for (uint32_t i = 0; i < EACH; i++) {
            struct audit_entry_fields fields = audit_support_ask(round * EACH + i);
            fields.kind = AUDIT_SEARCH;
            receipts[round * EACH + i] = audit_support_commit_one(log, &fields);
        }
        audit_log_close(&log);
    }
    log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    assert_false(lg_failed(arena_new(1 << 20, &arena)));
    for (size_t i = 0; i < ROUNDS * EACH; i++) {
        struct audit_inclusion inclusion;
        struct span leaf;
        uint64_t index = audit_receipt_index(receipts[i]);
        assert_int_equal(index, i + i / EACH + 1);
        check_offline(log, receipts[i], (struct span){0});
        assert_false(lg_failed(audit_entry_get(log, index, arena, &leaf)));
        assert_true(span_equal(leaf, audit_receipt_leaf(receipts[i])));
        assert_false(lg_failed(audit_prove(log, index, 0, &inclusion)));
        assert_int_equal(inclusion.size, audit_size(log));
        audit_receipt_free(&receipts[i]);
    }
    audit_log_close(&log);
}

static void an_entry_gets_its_receipt_again(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry_fields fields = audit_support_ask(1);
    struct receipt_form form;
    struct span checkpoint;
    struct audit_vkey vkey;
    struct audit_verified verified;
    struct audit_path path;
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    for (uint32_t i = 2; i < 40; i++) {
        struct audit_entry_fields more = audit_support_ask(i);
        struct receipt *later = audit_support_commit_one(log, &more);
        audit_receipt_free(&later);
    }
    assert_false(lg_failed(arena_new(1 << 18, &arena)));
    assert_false(lg_failed(audit_entry_receipt(log, 1, arena, &form, &checkpoint)));
    assert_true(span_equal(form.leaf, audit_receipt_leaf(receipt)));
    audit_vkey_write(log, vkey_text);
    assert_false(lg_failed(audit_vkey_read(span_text(vkey_text), &vkey)));
    struct audit_proof proof = {.form = form, .checkpoint = checkpoint};
    assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
    assert_int_equal(verified.size, audit_size(log));
    assert_false(lg_failed(audit_consistency(log, 2, 0, &path)));
    assert_true(path.count > 0);
    struct audit_inclusion inclusion;
    struct lg_err err = audit_prove(log, verified.size, 0, &inclusion);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    err = audit_prove(log, 0, verified.size + 1, &inclusion);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
    struct span leaf;
    err = audit_entry_get(log, verified.size, arena, &leaf);
    assert_int_equal(lg_err_code(err), AUDIT_RANGE);
}

static void a_changed_entry_on_disk_is_not_given_out(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry_fields fields = audit_support_ask(1);
    static char bytes[8192];
    struct span leaf;
    char path[2 * SUPPORT_PATH_SIZE];
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    assert_false(lg_failed(audit_entry_get(log, 1, arena, &leaf)));
    snprintf(path, sizeof path, "%s/segment-0000000000", support->folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    size_t at = 0;
    while (at + leaf.len <= len && memcmp(bytes + at, leaf.ptr, leaf.len) != 0) {
        at++;
    }
    assert_true(at + leaf.len <= len);
    int changed = (unsigned char)bytes[at + 30] ^ 1;
    assert_int_equal(fseek(file, (long)at + 30, SEEK_SET), 0);
    assert_int_equal(fputc(changed, file), changed);
    assert_int_equal(fclose(file), 0);
    struct lg_err err = audit_entry_get(log, 1, arena, &leaf);
    assert_int_equal(lg_err_code(err), AUDIT_CORRUPT);
}

/* ---- On a loop */

struct on_loop {
    struct loop *loop;
    size_t done;
    size_t wanted;
    uint64_t last_index;
};

static void on_loop_done(void *ctx, const struct audit_outcome *outcome) {
    struct on_loop *on_loop = ctx;
    assert_int_equal(outcome->result, AUDIT_COMMITTED);
    assert_int_equal(outcome->receipt_count, 1);
    uint64_t index = audit_receipt_index(outcome->receipts[0]);
    assert_true(index > on_loop->last_index); /* one sender's commits keep their order */
    on_loop->last_index = index;
    on_loop->done++;
    if (on_loop->done == on_loop->wanted) {
        loop_stop(on_loop->loop);
    }
}

static void commits_come_back_on_the_loop_in_order(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct on_loop on_loop = {.wanted = 2500};
    assert_false(lg_failed(loop_new(clock_system(), &on_loop.loop)));
    for (uint32_t i = 0; i < on_loop.wanted; i++) {
        struct audit_entry_fields fields = audit_support_ask(i);
        struct audit_batch batch = {.entries = &fields, .count = 1};
        assert_false(lg_failed(audit_commit(log, &batch, on_loop.loop, on_loop_done, &on_loop)));
    }
    assert_int_equal(on_loop.done, 0); /* never from within the call */
    loop_run(on_loop.loop);
    assert_int_equal(on_loop.done, on_loop.wanted);
    loop_free(&on_loop.loop);
}

/* The flushes so far; the sequencer is idle, or waits for a bell. */
static uint64_t flushes(const struct audit_log *log) {
    return log->journal.batch;
}

/* However many questions ask for it in a turn, and though the log had all the time to take the
 * first of them alone. */
static void one_turn_is_one_flush(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct on_loop on_loop = {.wanted = 100};
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_batch batch = {.entries = &fields, .count = 1};
    assert_false(lg_failed(loop_new(clock_system(), &on_loop.loop)));
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    uint64_t before = flushes(log);
    for (uint32_t i = 0; i < on_loop.wanted; i++) {
        fields = audit_support_ask(2 + i);
        assert_false(lg_failed(audit_commit(log, &batch, on_loop.loop, on_loop_done, &on_loop)));
        (void)sched_yield();
    }
    assert_int_equal(flushes(log), before);
    loop_run(on_loop.loop);
    assert_int_equal(on_loop.done, on_loop.wanted);
    assert_int_equal(flushes(log), before + 1);
    loop_free(&on_loop.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(receipt_proves_its_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(batch_enters_side_by_side, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_fields_out_of_range, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_parts_that_tell_in_clear, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(withdrawal_stops_the_release, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_are_replayed_after_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(time_never_steps_back, setup, teardown),
        cmocka_unit_test_setup_teardown(open_questions_are_closed_at_start, setup, teardown),
        cmocka_unit_test_setup_teardown(receipts_outlive_restarts, setup, teardown),
        cmocka_unit_test_setup_teardown(an_entry_gets_its_receipt_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_entry_on_disk_is_not_given_out, setup, teardown),
        cmocka_unit_test_setup_teardown(commits_come_back_on_the_loop_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(one_turn_is_one_flush, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
