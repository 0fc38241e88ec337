/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an entry: ranges, keys, what is sealed and what its length tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/audit.h"
#include "gateway/audit/frame.h"
#include "gateway/base/bytes.h"
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

static void largest_entry_fits(void **state) {
    static uint8_t sealed[AUDIT_SEALED_SIZE_MAX];
    static char code[AUDIT_CODE_SIZE_MAX];
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_commitment commitment;
    struct audit_detail detail;
    audit_commitment_make((struct span){0}, &commitment);
    struct audit_entry_fields fields = audit_support_part(1, AUDIT_RELEASE, &commitment, &detail);
    memset(code, '~', sizeof code);
    memset(sealed, 0xff, sizeof sealed);
    struct span longest = span_of(code, sizeof code);
    fields.source_agency = fields.requesting_agency = fields.agreement = longest;
    fields.purpose = fields.basis = fields.reason = longest;
    detail.requesting_agency = detail.purpose = detail.basis = detail.reason = longest;
    fields.items_form = AUDIT_ITEMS_DIGEST;
    fields.sealed = span_of(sealed, sizeof sealed);
    struct audit_entry_fields entries[AUDIT_BATCH_MAX];
    for (size_t i = 0; i < AUDIT_BATCH_MAX; i++) {
        entries[i] = fields;
    }
    struct audit_batch batch = {.entries = entries, .count = AUDIT_BATCH_MAX};
    assert_int_equal(audit_support_commit(log, &batch, NULL), AUDIT_COMMITTED);
    assert_int_equal(audit_size(log), 1 + AUDIT_BATCH_MAX);
}

/* ---- Keys and sealed parts */

static void sealed_part_opens_with_its_key_alone(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_commitment commitment;
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_entry entry;
    struct vault_key *mine = NULL;
    struct vault_key *other = NULL;
    struct audit_opened opened;
    audit_commitment_make(span_text("part"), &commitment);
    fields.commitment = &commitment;
    fields.person = audit_support_person(support, 4);
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    struct span leaf = audit_receipt_leaf(receipt);
    assert_false(lg_failed(audit_entry_decode(leaf, &entry)));
    const struct audit_keys *keys = &support->config.keys;
    assert_false(lg_failed(keys->subject(keys->ctx, fields.person, entry.quarter, &mine)));
    assert_false(lg_failed(keys->subject(keys->ctx, fields.person, entry.quarter + 1, &other)));
    assert_false(lg_failed(arena_new(1 << 16, &arena)));
    assert_false(lg_failed(audit_entry_open(leaf, mine, arena, &opened)));
    assert_memory_equal(opened.salt.ptr, commitment.salt, AUDIT_SALT_SIZE);
    assert_true(span_equal_text(opened.sealed, "officer 17"));
    assert_true(audit_entry_is_about(&entry, mine));
    assert_false(audit_entry_is_about(&entry, other));
    struct lg_err err = audit_entry_open(leaf, other, arena, &opened);
    assert_int_equal(lg_err_code(err), AUDIT_SEALED);
    vault_key_free(&mine);
    vault_key_free(&other);
}

static void every_flipped_bit_of_a_leaf_is_seen(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_entry entry;
    struct vault_key *key = NULL;
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    size_t len = audit_receipt_leaf(receipt).len;
    memcpy(leaf, audit_receipt_leaf(receipt).ptr, len);
    assert_false(lg_failed(audit_entry_decode(span_of(leaf, len), &entry)));
    const struct audit_keys *keys = &support->config.keys;
    assert_false(lg_failed(keys->nobody(keys->ctx, entry.quarter, &key)));
    for (size_t bit = 0; bit < 8 * len; bit++) {
        OWN(arena_free) struct arena *arena = NULL;
        struct audit_opened opened;
        assert_false(lg_failed(arena_new(1 << 14, &arena)));
        leaf[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_true(lg_failed(audit_entry_open(span_of(leaf, len), key, arena, &opened)));
        leaf[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++) {
        assert_true(lg_failed(audit_entry_decode(span_of(leaf, cut), &entry)));
    }
    vault_key_free(&key);
}

/* The cipher alone would open it: only the commitment says that the key is another one. */
static void a_wrong_key_commitment_is_seen(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct audit_entry_fields fields = audit_support_ask(9);
    struct audit_entry entry;
    struct vault_key *key = NULL;
    struct audit_opened opened;
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    uint8_t plain[AUDIT_ENTRY_SIZE_MAX];
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    size_t len = audit_receipt_leaf(receipt).len;
    memcpy(leaf, audit_receipt_leaf(receipt).ptr, len);
    assert_false(lg_failed(audit_entry_decode(span_of(leaf, len), &entry)));
    const struct audit_keys *keys = &support->config.keys;
    assert_false(lg_failed(keys->nobody(keys->ctx, entry.quarter, &key)));
    size_t bound_len = entry.head.len + VAULT_SHA256_SIZE;
    assert_false(lg_failed(vault_open(key, span_of(leaf, bound_len), entry.sealed, plain)));
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        leaf[entry.head.len] ^= (uint8_t)wrong;
        vault_seal(key, span_of(leaf, bound_len),
                   span_of(plain, entry.sealed.len - VAULT_SEAL_OVERHEAD), leaf + bound_len + 2);
        struct lg_err err = audit_entry_open(span_of(leaf, len), key, arena, &opened);
        assert_int_equal(lg_err_code(err), wrong == 0 ? 0 : AUDIT_SEALED);
    }
    vault_key_free(&key);
}

static void one_person_two_entries_share_no_field(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = {.kind = AUDIT_SEARCH,
                                        .person = audit_support_person(support, 4)};
    struct audit_entry a;
    struct audit_entry b;
    fields.request_id = audit_support_id(1);
    OWN(audit_receipt_free) struct receipt *first = audit_support_commit_one(log, &fields);
    fields.request_id = audit_support_id(2);
    OWN(audit_receipt_free) struct receipt *second = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(first), &a)));
    assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(second), &b)));
    assert_false(span_equal(a.tag, b.tag));
    assert_false(span_equal(a.key_commitment, b.key_commitment));
    assert_false(span_equal(a.sealed, b.sealed));
    assert_int_equal(a.sealed.len, b.sealed.len);
}

static void length_of_sealed_text_is_hidden_in_steps(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(1);
    struct audit_entry entry;
    size_t seen = 0;
    for (size_t len = 0; len <= 126; len += 63) {
        static const uint8_t text[126];
        fields.sealed = span_of(text, len);
        OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
        assert_false(lg_failed(audit_entry_decode(audit_receipt_leaf(receipt), &entry)));
        assert_true(seen == 0 || seen == entry.sealed.len);
        seen = entry.sealed.len;
    }
}

/* ---- What the leaf of one source shows */

struct part {
    struct audit_commitment commitment;
    struct audit_detail detail;
    struct audit_entry entry;
    struct audit_detail read;
    struct receipt *receipt;
};

static void part_make(struct part *part, struct audit_support *support, struct audit_log *log) {
    OWN(arena_free) struct arena *arena = NULL;
    struct receipt_form form;
    audit_commitment_make(span_text("part"), &part->commitment);
    struct audit_entry_fields fields =
        audit_support_part(9, AUDIT_RELEASE, &part->commitment, &part->detail);
    part->detail.flags = AUDIT_FLAG_CLEAR_IDENTIFIER;
    fields.person = audit_support_person(support, 4);
    part->receipt = audit_support_commit_one(log, &fields);
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    assert_false(lg_failed(audit_receipt_form(part->receipt, (struct span){0}, arena, &form)));
    assert_false(lg_failed(audit_entry_decode(form.leaf, &part->entry)));
    assert_false(lg_failed(audit_detail_read(&part->entry, form.detail, &part->read)));
}

static bool bytes_have(struct span bytes, struct span word) {
    for (size_t i = 0; i + word.len <= bytes.len; i++) {
        if (memcmp(bytes.ptr + i, word.ptr, word.len) == 0) {
            return true;
        }
    }
    return false;
}

static void a_part_shows_the_day_and_hides_the_question(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct part part;
    const int64_t midnight_ms = support->now_ms - INT64_C(43200000);
    part_make(&part, support, log);
    struct span leaf = audit_receipt_leaf(part.receipt);
    assert_int_equal(part.entry.time_ms, midnight_ms);
    assert_int_equal(part.entry.flags, 0);
    assert_int_equal(part.entry.record_count, 0);
    assert_int_equal(part.entry.epoch, 0);
    assert_int_equal(part.read.time_ms, support->now_ms);
    assert_int_equal(part.read.flags, AUDIT_FLAG_CLEAR_IDENTIFIER);
    assert_int_equal(part.read.record_count, 2);
    assert_memory_equal(part.read.question_id.bytes, part.detail.question_id.bytes,
                        MODEL_REQUEST_ID_SIZE);
    assert_true(span_equal_text(part.read.purpose, "child-safeguarding"));
    uint8_t time[8];
    struct writer w = writer_of(time, sizeof time);
    writer_u64(&w, (uint64_t)support->now_ms);
    /* The agreement's name holds the purpose's, so that this one is looked at by its field. */
    assert_int_equal(part.entry.purpose.len, 0);
    const struct span words[] = {part.detail.requesting_agency, part.detail.basis,
                                 span_of(time + 2, 6),
                                 span_of(part.detail.question_id.bytes, MODEL_REQUEST_ID_SIZE)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_false(bytes_have(leaf, words[i]));
    }
    audit_receipt_free(&part.receipt);
}

static void every_flipped_bit_of_a_detail_is_seen(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    OWN(arena_free) struct arena *arena = NULL;
    struct part part;
    struct receipt_form form;
    struct audit_detail detail;
    uint8_t bytes[AUDIT_DETAIL_SIZE_MAX];
    part_make(&part, support, log);
    assert_false(lg_failed(arena_new(1 << 14, &arena)));
    assert_false(lg_failed(audit_receipt_form(part.receipt, (struct span){0}, arena, &form)));
    struct span whole = span_of(bytes, form.detail.len);
    memcpy(bytes, form.detail.ptr, form.detail.len);
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct lg_err err = audit_detail_read(&part.entry, whole, &detail);
        assert_int_equal(lg_err_code(err), AUDIT_DETAIL);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_false(lg_failed(audit_detail_read(&part.entry, whole, &detail)));
    assert_true(lg_failed(audit_detail_read(&part.entry, (struct span){0}, &detail)));
    audit_receipt_free(&part.receipt);
}

static void the_log_knows_who_asked(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct part part;
    bool is = false;
    part_make(&part, support, log);
    struct span care = part.detail.requesting_agency;
    assert_false(lg_failed(audit_entry_is_asked_by(log, &part.entry, care, &is)));
    assert_true(is);
    const struct span others[] = {span_text("housing"), span_text(""), span_text("children")};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(lg_failed(audit_entry_is_asked_by(log, &part.entry, others[i], &is)));
        assert_false(is);
    }
    audit_receipt_free(&part.receipt);
}

static void another_version_is_told_apart(void **state) {
    struct audit_support *support = *state;
    OWN(audit_log_close) struct audit_log *log = audit_support_open(support);
    struct audit_entry entry;
    uint8_t leaf[AUDIT_ENTRY_SIZE_MAX];
    struct audit_entry_fields fields = audit_support_ask(9);
    OWN(audit_receipt_free) struct receipt *receipt = audit_support_commit_one(log, &fields);
    size_t len = audit_receipt_leaf(receipt).len;
    memcpy(leaf, audit_receipt_leaf(receipt).ptr, len);
    leaf[0] = 1;
    struct lg_err err = audit_entry_decode(span_of(leaf, len), &entry);
    assert_int_equal(lg_err_code(err), AUDIT_LEAF_VERSION);
    err = audit_entry_decode((struct span){0}, &entry);
    assert_int_equal(lg_err_code(err), AUDIT_LEAF_FORMAT);
}

/* ---- A journal of another version */

/* Its first frame holds one entry, right after the heads; the frame's own hash is made to fit. */
static void first_entry_age(const struct audit_support *support) {
    static uint8_t frame[AUDIT_FRAME_SIZE_MAX];
    char path[2 * SUPPORT_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/segment-0000000000", support->folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, AUDIT_SEGMENT_HEADER_SIZE, SEEK_SET), 0);
    assert_int_equal(fread(frame, 1, AUDIT_FRAME_HEADER_SIZE, file), AUDIT_FRAME_HEADER_SIZE);
    size_t size = audit_frame_size_peek(span_of(frame, AUDIT_FRAME_HEADER_SIZE));
    assert_int_equal(
        fread(frame + AUDIT_FRAME_HEADER_SIZE, 1, size - AUDIT_FRAME_HEADER_SIZE, file),
        size - AUDIT_FRAME_HEADER_SIZE);
    frame[AUDIT_FRAME_HEADER_SIZE + 2] = 1;
    vault_sha256(span_of(frame, size - AUDIT_HASH_SIZE), frame + size - AUDIT_HASH_SIZE);
    assert_int_equal(fseek(file, AUDIT_SEGMENT_HEADER_SIZE, SEEK_SET), 0);
    assert_int_equal(fwrite(frame, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void entries_of_another_version_are_refused_by_name(void **state) {
    struct audit_support *support = *state;
    struct diag diag = {.line = 0};
    struct audit_log *log = audit_support_open(support);
    struct audit_entry_fields fields = audit_support_ask(1);
    struct receipt *receipt = audit_support_commit_one(log, &fields);
    audit_receipt_free(&receipt);
    audit_log_close(&log);
    first_entry_age(support);
    struct lg_err err = audit_log_open(&support->config, &diag, NULL, &log);
    assert_int_equal(lg_err_class(err), LG_CLASS_STORE);
    assert_int_equal(lg_err_code(err), AUDIT_LEAF_VERSION);
    assert_non_null(strstr(diag.text, "of a version that this program does not read"));
}

static void quarters_begin_where_they_should(void **state) {
    (void)state;
    assert_int_equal(audit_quarter(0), 1970 * 4);
    assert_int_equal(audit_quarter(INT64_C(951782400000) - 1), 2000 * 4);      /* 28 Feb 2000 */
    assert_int_equal(audit_quarter(INT64_C(954547200000) - 1), 2000 * 4);      /* 31 Mar 2000 */
    assert_int_equal(audit_quarter(INT64_C(954547200000)), 2000 * 4 + 1);      /* 1 Apr 2000 */
    assert_int_equal(audit_quarter(INT64_C(1790812799999)), 2026 * 4 + 2);     /* 30 Sep 2026 */
    assert_int_equal(audit_quarter(INT64_C(1790812800000)), 2026 * 4 + 3);     /* 1 Oct 2026 */
    assert_int_equal(audit_quarter(INT64_C(1798761600000) - 1), 2026 * 4 + 3); /* 31 Dec 2026 */
    assert_int_equal(audit_quarter(INT64_C(1798761600000)), 2027 * 4);
}

/* With a salt that comes again, equal answers would show as equal. */
static void no_two_salts_are_the_same(void **state) {
    struct audit_commitment made[64];
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        audit_commitment_make(span_text("the same answer"), &made[i]);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(made[i].salt, made[j].salt, AUDIT_SALT_SIZE);
            assert_memory_not_equal(made[i].hash, made[j].hash, AUDIT_HASH_SIZE);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(largest_entry_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(sealed_part_opens_with_its_key_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_of_a_leaf_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_key_commitment_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(one_person_two_entries_share_no_field, setup, teardown),
        cmocka_unit_test_setup_teardown(length_of_sealed_text_is_hidden_in_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(a_part_shows_the_day_and_hides_the_question, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_of_a_detail_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(the_log_knows_who_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(another_version_is_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_of_another_version_are_refused_by_name, setup,
                                        teardown),
        cmocka_unit_test(no_two_salts_are_the_same),
        cmocka_unit_test_setup_teardown(quarters_begin_where_they_should, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
