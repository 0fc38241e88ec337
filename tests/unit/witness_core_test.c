/* SPDX-License-Identifier: Apache-2.0 */
/* The witness: every status of c2sp.org/tlog-witness. */
#include "tests/unit/witness_fixture.h"

/* ---- Statuses */

static void a_log_that_grows_is_cosigned(void **state) {
    struct world world;
    (void)state;
    world_init(&world);
    uint64_t at = 0;
    for (uint64_t step = 1; at + step <= LEAVES; step++) {
        assert_int_equal(ask(&world, at, at + step), 200);
        at += step;
        assert_int_equal(ask(&world, at, at), 200); /* asked again, it says the same */
    }
    world_done(&world);
}

static void the_cosignature_is_of_this_checkpoint(void **state) {
    struct world world;
    struct witness_reply reply;
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey keys[2];
    struct audit_signer signers[2];
    struct audit_note note;
    (void)state;
    world_init(&world);
    struct witness_request request = request_of(&world, 0, 5);
    struct span bytes = bytes_of(&world, &request);
    assert_false(lg_failed(witness_add_checkpoint(world.witness, bytes, &reply)));
    witness_vkey_write(world.witness, vkey_text);
    assert_false(lg_failed(audit_vkey_read(span_text(vkey_text), &keys[0])));
    assert_int_equal(keys[0].type, AUDIT_KEY_COSIGNER);
    keys[1] = world.log_vkey;
    struct span both = arena_format(world.arena, "%.*s%.*s", (int)request.note.len,
                                    (const char *)request.note.ptr, (int)reply.len, reply.body);
    assert_false(lg_failed(audit_note_read(both, &note)));
    assert_false(lg_failed(audit_note_signers(&note, keys, 2, signers)));
    assert_true(signers[0].has_signed);
    assert_true(signers[1].has_signed);
    assert_int_equal(signers[0].time_s, NOW_MS / 1000);
    assert_int_equal(signers[1].time_s, 0);
    /* Each bit of body, time and signature counts. */
    size_t line = request.note.len;
    for (size_t bit = 0; bit < both.len * 8; bit++) {
        uint8_t *byte = (uint8_t *)(uintptr_t)both.ptr + bit / 8;
        if (bit / 8 >= note.body.len && bit / 8 < line) {
            continue; /* the log's own line: only the witness is asked below */
        }
        *byte ^= (uint8_t)(1U << bit % 8);
        bool good = !lg_failed(audit_note_read(both, &note)) &&
                    !lg_failed(audit_note_signers(&note, keys, 1, signers));
        assert_false(good);
        *byte ^= (uint8_t)(1U << bit % 8);
    }
    world_done(&world);
}

static void what_is_no_request_is_bad(void **state) {
    struct world world;
    (void)state;
    world_init(&world);
    struct witness_request request = request_of(&world, 0, 3);
    struct span good = bytes_of(&world, &request);
    static const char *const heads[] = {
        "",           "old\n\n",         "old -1\n\n",
        "old 01\n\n", "old 0 \n\n",      "old 18446744073709551616\n\n",
        "old 0\n",    "Old 0\n\n",       "old 0\r\n\n",
        "size 0\n\n", "old 0\nAAAA\n\n", "old 0\n \n\n"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct span bytes = arena_format(world.arena, "%s%.*s", heads[i], (int)request.note.len,
                                         (const char *)request.note.ptr);
        assert_int_equal(status_of(&world, bytes), 400);
    }
    assert_int_equal(status_of(&world, span_slice(good, 0, good.len - request.note.len)), 400);
    assert_int_equal(status_of(&world, span_text("old 0\n\nno checkpoint\n")), 400);
    assert_int_equal(status_of(&world, span_text("old 0\n\nlog.example/one\n3\nAAAA\n\n- x\n")),
                     400);
    struct witness_request larger = request_of(&world, 0, 3);
    larger.old_size = 4;
    assert_int_equal(status_of(&world, bytes_of(&world, &larger)), 400);
    assert_int_equal(ask(&world, 0, 3), 200); /* none of it left a trace */
    world_done(&world);
}

static void a_proof_has_a_ceiling(void **state) {
    struct world world;
    (void)state;
    world_init(&world);
    struct witness_request request = request_of(&world, 0, 3);
    request.proof.count = AUDIT_CONSISTENCY_MAX;
    struct span most = bytes_of(&world, &request);
    assert_int_equal(status_of(&world, most), 422);
    size_t head = most.len - request.note.len - 1;
    struct span more = arena_format(
        world.arena, "%.*sAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n%.*s", (int)head,
        (const char *)most.ptr, (int)request.note.len, (const char *)request.note.ptr);
    assert_int_equal(status_of(&world, more), 400);
    world_done(&world);
}

static void a_stranger_is_told_so(void **state) {
    struct world world;
    (void)state;
    world_init(&world);
    struct audit_vkey own = world.log_vkey;
    world.log_vkey = audit_vkey_of("log.example/two", world.log_key, AUDIT_KEY_ED25519);
    assert_int_equal(ask(&world, 0, 3), 404);
    struct vault_key *key = world.log_key;
    world.log_vkey = audit_vkey_of(ORIGIN, world.other_key, AUDIT_KEY_ED25519);
    world.log_key = world.other_key;
    assert_int_equal(ask(&world, 0, 3), 403);
    /* The known key's name and id over another's signature. */
    world.log_vkey = own;
    assert_int_equal(ask(&world, 0, 3), 403);
    world.log_key = key;
    struct witness_request request = request_of(&world, 0, 3);
    struct audit_note note;
    assert_false(lg_failed(audit_note_split(request.note, &note)));
    struct span unsigned_note = arena_format(world.arena, "old 0\n\n%.*s\n\xe2\x80\x94 x AAAA\n",
                                             (int)note.body.len, (const char *)note.body.ptr);
    assert_int_equal(status_of(&world, unsigned_note), 403);
    assert_int_equal(ask(&world, 0, 3), 200);
    world_done(&world);
}

static void another_old_size_conflicts(void **state) {
    struct world world;
    (void)state;
    world_init(&world);
    struct witness_request request = request_of(&world, 2, 3);
    assert_conflict(&world, &request, "0\n");
    assert_int_equal(ask(&world, 0, 7), 200);
    request = request_of(&world, 0, 9);
    assert_conflict(&world, &request, "7\n");
    request = request_of(&world, 6, 9);
    assert_conflict(&world, &request, "7\n");
    request = request_of(&world, 8, 9);
    assert_conflict(&world, &request, "7\n");
    request = request_of(&world, 5, 6); /* a smaller tree than was seen */
    assert_conflict(&world, &request, "7\n");
    assert_int_equal(ask(&world, 7, 9), 200);
    world_done(&world);
}

static void another_root_of_one_size_conflicts(void **state) {
    struct world world;
    struct audit_hash root;
    (void)state;
    world_init(&world);
    assert_int_equal(ask(&world, 0, 7), 200);
    root_of(7, &root);
    root.bytes[31] ^= 1;
    struct witness_request request = {.old_size = 7, .note = checkpoint_of(&world, 7, &root)};
    assert_conflict(&world, &request, "7\n");
    assert_int_equal(ask(&world, 7, 9), 200);
    world_done(&world);
}

static void a_history_that_does_not_carry_on_is_refused(void **state) {
    struct world world;
    struct audit_hash root;
    (void)state;
    world_init(&world);
    struct witness_request request = request_of(&world, 0, 3);
    request.proof = request_of(&world, 2, 3).proof;
    assert_int_equal(status_of(&world, bytes_of(&world, &request)), 422);
    assert_int_equal(ask(&world, 0, 7), 200);
    request = request_of(&world, 7, 12);
    assert_true(request.proof.count > 1);
    request.proof.count--;
    assert_int_equal(status_of(&world, bytes_of(&world, &request)), 422);
    request = request_of(&world, 7, 12);
    request.proof.hashes[0].bytes[0] ^= 1;
    assert_int_equal(status_of(&world, bytes_of(&world, &request)), 422);
    request.proof = request_of(&world, 6, 12).proof;
    assert_int_equal(status_of(&world, bytes_of(&world, &request)), 422);
    root_of(12, &root);
    root.bytes[0] ^= 1;
    request = request_of(&world, 7, 12);
    request.note = checkpoint_of(&world, 12, &root);
    assert_int_equal(status_of(&world, bytes_of(&world, &request)), 422);
    request = request_of(&world, 7, 7);
    request.proof = request_of(&world, 6, 7).proof;
    assert_int_equal(status_of(&world, bytes_of(&world, &request)), 422);
    assert_int_equal(ask(&world, 7, 12), 200);
    world_done(&world);
}

static void a_log_may_have_two_keys(void **state) {
    struct world world;
    struct diag diag;
    (void)state;
    world_init(&world);
    assert_int_equal(ask(&world, 0, 7), 200);
    witness_end(&world);
    world.config.log_count = 2;
    witness_start(&world);
    world.log_vkey = audit_vkey_of(ORIGIN, world.other_key, AUDIT_KEY_ED25519);
    struct vault_key *key = world.log_key;
    world.log_key = world.other_key;
    assert_int_equal(ask(&world, 7, 9), 200); /* one history under both */
    world.log_key = key;
    witness_end(&world);
    world.logs[1] = world.log_text;
    disk_process_end(world.disk);
    struct lg_err err = witness_open(&world.config, &diag, &world.witness);
    assert_int_equal(lg_err_code(err), WITNESS_KEYS);
    char cosigner[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey = audit_vkey_of("a", world.log_key, AUDIT_KEY_COSIGNER);
    audit_vkey_text(&vkey, cosigner);
    world.logs[1] = cosigner;
    err = witness_open(&world.config, &diag, &world.witness);
    assert_int_equal(lg_err_code(err), WITNESS_KEYS);
    world_done(&world);
}

int main(void) {
    struct vault_report report;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_grows_is_cosigned),
        cmocka_unit_test(the_cosignature_is_of_this_checkpoint),
        cmocka_unit_test(what_is_no_request_is_bad),
        cmocka_unit_test(a_proof_has_a_ceiling),
        cmocka_unit_test(a_stranger_is_told_so),
        cmocka_unit_test(another_old_size_conflicts),
        cmocka_unit_test(another_root_of_one_size_conflicts),
        cmocka_unit_test(a_history_that_does_not_carry_on_is_refused),
        cmocka_unit_test(a_log_may_have_two_keys),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
