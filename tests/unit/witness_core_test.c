/* SPDX-License-Identifier: Apache-2.0 */
/* The witness: every status of c2sp.org/tlog-witness, what it remembers across crashes, and that
 * nothing is cosigned before it is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/audit/merkle.h"
#include "gateway/audit/note.h"
#include "gateway/base/bytes.h"
#include "gateway/witness/witness.h"
#include "tests/support/audit_disk.h"
#include "tests/support/audit_support.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { ARENA_SIZE = 1 << 20, LEAVES = 64, SIGNED_SIZE = 4 + VAULT_SIGNATURE_SIZE };

static const char ORIGIN[] = "log.example/one";
static const int64_t NOW_MS = INT64_C(1796040000000);

/* A log of LEAVES leaves whose tree can be had at every size, and a witness of it. */
struct world {
    struct disk *disk;
    struct audit_file_ops ops;
    struct vault_key *log_key;
    struct vault_key *other_key;
    struct vault_key *witness_key;
    struct audit_vkey log_vkey;
    char log_text[AUDIT_VKEY_SIZE_MAX];
    char other_text[AUDIT_VKEY_SIZE_MAX];
    const char *logs[2];
    struct witness_config config;
    struct witness *witness;
    struct arena *arena;
};

static int64_t now(void *ctx) {
    (void)ctx;
    return NOW_MS;
}

static void leaf_of(uint64_t index, struct audit_hash *out_hash) {
    uint8_t byte = (uint8_t)index;
    audit_merkle_leaf(span_of(&byte, 1), out_hash);
}

static struct lg_err node_of(void *ctx, unsigned level, uint64_t index,
                             struct audit_hash *out_node) {
    struct audit_edge edge = {.size = 0};
    (void)ctx;
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        struct audit_hash hash;
        leaf_of(i, &hash);
        audit_edge_add(&edge, &hash);
    }
    audit_edge_root(&edge, out_node);
    return LG_OK;
}

static const struct audit_nodes NODES = {.node = node_of};

static void witness_start(struct world *world) {
    struct diag diag;
    assert_false(lg_failed(witness_open(&world->config, &diag, &world->witness)));
}

static void world_init(struct world *world) {
    *world = (struct world){.disk = disk_new(0)};
    world->ops = disk_ops(world->disk);
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->log_key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->other_key)));
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &world->witness_key)));
    assert_false(lg_failed(arena_new(ARENA_SIZE, &world->arena)));
    world->log_vkey = audit_vkey_of(ORIGIN, world->log_key, AUDIT_KEY_ED25519);
    struct audit_vkey other = audit_vkey_of(ORIGIN, world->other_key, AUDIT_KEY_ED25519);
    audit_vkey_text(&world->log_vkey, world->log_text);
    audit_vkey_text(&other, world->other_text);
    world->logs[0] = world->log_text;
    world->logs[1] = world->other_text;
    world->config = (struct witness_config){
        .folder = "witness",
        .name = "witness.example",
        .sign_key = world->witness_key,
        .logs = world->logs,
        .log_count = 1,
        .clock = {.wall_ms = now, .mono_ms = now},
        .files = &world->ops,
    };
    witness_start(world);
}

/* The process ends, and the machine goes on. */
static void witness_end(struct world *world) {
    witness_free(&world->witness);
    disk_process_end(world->disk);
}

static void world_done(struct world *world) {
    witness_end(world);
    vault_key_free(&world->log_key);
    vault_key_free(&world->other_key);
    vault_key_free(&world->witness_key);
    arena_free(&world->arena);
    disk_free(&world->disk);
}

/* ---- Requests */

static void root_of(uint64_t size, struct audit_hash *out_root) {
    assert_false(lg_failed(audit_merkle_root(&NODES, size, out_root)));
}

static struct span checkpoint_of(struct world *world, uint64_t size,
                                 const struct audit_hash *root) {
    struct audit_checkpoint_text text;
    audit_checkpoint_sign(&world->log_vkey, world->log_key, size, root, &text);
    return arena_copy(world->arena, span_of(text.text, text.len));
}

/* The honest request from one size to another. */
static struct witness_request request_of(struct world *world, uint64_t from, uint64_t to) {
    struct witness_request request = {.old_size = from};
    struct audit_hash root;
    root_of(to, &root);
    if (from > 0 && from <= to) {
        assert_false(lg_failed(audit_merkle_consistency(&NODES, from, to, &request.proof)));
    }
    request.note = checkpoint_of(world, to, &root);
    return request;
}

static struct span bytes_of(struct world *world, const struct witness_request *request) {
    struct span bytes;
    assert_false(lg_failed(witness_request_write(request, world->arena, &bytes)));
    return bytes;
}

static unsigned status_of(struct world *world, struct span bytes) {
    struct witness_reply reply = {.status = 0};
    assert_false(lg_failed(witness_add_checkpoint(world->witness, bytes, &reply)));
    assert_true(reply.len > 0);
    assert_true(reply.len < sizeof reply.body);
    assert_int_equal(reply.body[reply.len - 1], '\n');
    return reply.status;
}

static unsigned ask(struct world *world, uint64_t from, uint64_t to) {
    struct witness_request request = request_of(world, from, to);
    return status_of(world, bytes_of(world, &request));
}

/* 409 with this size, and its content type. */
static void assert_conflict(struct world *world, const struct witness_request *request,
                            const char *size) {
    struct witness_reply reply = {.status = 0};
    assert_false(
        lg_failed(witness_add_checkpoint(world->witness, bytes_of(world, request), &reply)));
    assert_int_equal(reply.status, 409);
    assert_string_equal(reply.type, "text/x.tlog.size");
    assert_true(span_equal_text(span_of(reply.body, reply.len), size));
}

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

/* ---- Memory of the disk */

/* A write of the n-th operation fails, or the power goes there: false when there are fewer. */
static bool stop_at(uint64_t n, enum disk_loss loss) {
    struct world world;
    struct witness_reply reply = {.status = 0};
    world_init(&world);
    assert_int_equal(ask(&world, 0, 7), 200);
    struct witness_request request = request_of(&world, 7, 12);
    struct span bytes = bytes_of(&world, &request);
    disk_stop_at(world.disk, n);
    struct lg_err err = witness_add_checkpoint(world.witness, bytes, &reply);
    disk_stop_at(world.disk, 0);
    if (lg_failed(err)) {
        assert_int_equal(reply.status, 0); /* not a word */
        err = witness_add_checkpoint(world.witness, bytes, &reply);
        assert_int_equal(lg_err_code(err), WITNESS_IO); /* nor any other after that */
    } else {
        assert_int_equal(reply.status, 200);
    }
    bool was_cosigned = !lg_failed(err);
    witness_end(&world);
    disk_power_cut(world.disk, loss, (uint32_t)n);
    witness_start(&world);
    request = request_of(&world, 12, 13);
    unsigned status = status_of(&world, bytes_of(&world, &request));
    assert_true(status == 200 || !was_cosigned);
    if (status == 409) { /* then it is where it was before, and nowhere else */
        assert_int_equal(ask(&world, 7, 12), 200);
    }
    world_done(&world);
    return !was_cosigned;
}

static void what_was_cosigned_is_remembered(void **state) {
    (void)state;
    for (enum disk_loss loss = DISK_LOSES_ALL; loss <= DISK_KEEPS_RANDOM; loss++) {
        uint64_t n = 1;
        while (stop_at(n, loss)) {
            n++;
        }
        assert_true(n > 4);
    }
}

/* M2: the sync fails once, the cache still shows what was not written. */
static void a_failed_sync_is_not_believed(void **state) {
    struct world world;
    struct witness_reply reply;
    (void)state;
    world_init(&world);
    assert_int_equal(ask(&world, 0, 7), 200);
    struct witness_request request = request_of(&world, 7, 12);
    struct span bytes = bytes_of(&world, &request);
    disk_fail_sync_at(world.disk, 1);
    struct lg_err err = witness_add_checkpoint(world.witness, bytes, &reply);
    assert_int_equal(lg_err_code(err), WITNESS_IO);
    disk_fail_sync_at(world.disk, 0);
    witness_end(&world); /* the cache stays */
    witness_start(&world);
    assert_int_equal(ask(&world, 7, 12), 200);
    witness_end(&world);
    disk_power_cut(world.disk, DISK_LOSES_ALL, 0);
    witness_start(&world);
    assert_int_equal(ask(&world, 12, 12), 200);
    world_done(&world);
}

/* What an earlier process renamed and could not sync is durable before the next one answers. */
static void a_start_writes_what_it_relies_on(void **state) {
    struct world world;
    struct witness_reply reply;
    (void)state;
    world_init(&world);
    assert_int_equal(ask(&world, 0, 7), 200);
    struct witness_request request = request_of(&world, 7, 12);
    struct span bytes = bytes_of(&world, &request);
    disk_stop_at(world.disk, 6); /* the folder's sync */
    struct lg_err err = witness_add_checkpoint(world.witness, bytes, &reply);
    assert_int_equal(lg_err_code(err), WITNESS_IO);
    disk_stop_at(world.disk, 0);
    witness_end(&world);
    witness_start(&world);
    request = request_of(&world, 7, 13);
    assert_conflict(&world, &request, "12\n"); /* so it says, and so it is: */
    witness_end(&world);
    disk_power_cut(world.disk, DISK_LOSES_ALL, 0);
    witness_start(&world);
    assert_conflict(&world, &request, "12\n");
    world_done(&world);
}

static void state_that_was_changed_is_refused(void **state) {
    struct world world;
    struct diag diag;
    uint8_t digest[VAULT_SHA256_SIZE];
    char hex[2 * VAULT_SHA256_SIZE + 1];
    char path[128];
    (void)state;
    world_init(&world);
    assert_int_equal(ask(&world, 0, 7), 200);
    witness_end(&world);
    vault_sha256(span_text(ORIGIN), digest);
    bytes_to_hex(span_of(digest, sizeof digest), hex);
    snprintf(path, sizeof path, "witness/seen-%s", hex);
    struct span file = disk_file(world.disk, path);
    uint8_t copy[80];
    assert_int_equal(file.len, sizeof copy);
    memcpy(copy, file.ptr, sizeof copy);
    for (size_t bit = 0; bit < 8 * sizeof copy; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        disk_file_set(world.disk, path, span_of(copy, sizeof copy));
        disk_process_end(world.disk);
        struct lg_err err = witness_open(&world.config, &diag, &world.witness);
        assert_int_equal(lg_err_code(err), WITNESS_STATE);
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    disk_file_set(world.disk, path, span_of(copy, sizeof copy - 1));
    disk_process_end(world.disk);
    struct lg_err err = witness_open(&world.config, &diag, &world.witness);
    assert_int_equal(lg_err_code(err), WITNESS_STATE);
    /* A file of another log in this one's place. */
    char other[AUDIT_VKEY_SIZE_MAX];
    struct audit_vkey vkey = audit_vkey_of("log.example/two", world.log_key, AUDIT_KEY_ED25519);
    audit_vkey_text(&vkey, other);
    world.logs[0] = other;
    vault_sha256(vkey.name, digest);
    bytes_to_hex(span_of(digest, sizeof digest), hex);
    snprintf(path, sizeof path, "witness/seen-%s", hex);
    disk_file_set(world.disk, path, span_of(copy, sizeof copy));
    disk_process_end(world.disk);
    err = witness_open(&world.config, &diag, &world.witness);
    assert_int_equal(lg_err_code(err), WITNESS_STATE);
    world_done(&world);
}

static void two_have_not_one_state(void **state) {
    struct world world;
    struct witness *second = NULL;
    struct diag diag;
    (void)state;
    world_init(&world);
    struct lg_err err = witness_open(&world.config, &diag, &second);
    assert_int_equal(lg_err_code(err), WITNESS_LOCKED);
    assert_null(second);
    world_done(&world);
}

static void without_memory_it_does_not_open(void **state) {
    struct audit_support support;
    struct world world;
    uint64_t n = 1;
    (void)state;
    world_init(&world);
    witness_end(&world);
    audit_support_init(
        &support); /* a folder on the machine's disk, which takes no memory of ours */
    world.config.folder = support.folder;
    world.config.files = NULL;
    for (; world.witness == NULL; n++) {
        struct diag diag;
        support_alloc_fail_at(n);
        struct lg_err err = witness_open(&world.config, &diag, &world.witness);
        support_alloc_fail_at(0);
        assert_true(lg_failed(err) == (world.witness == NULL));
        assert_true(!lg_failed(err) || lg_err_class(err) == LG_CLASS_LIMIT);
        assert_true(n < 100);
    }
    assert_true(n == 2 || n > 4); /* 2: the sanitizers own the allocations */
    assert_int_equal(ask(&world, 0, 9), 200);
    world_done(&world);
    audit_support_done(&support);
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
        cmocka_unit_test(what_was_cosigned_is_remembered),
        cmocka_unit_test(a_failed_sync_is_not_believed),
        cmocka_unit_test(a_start_writes_what_it_relies_on),
        cmocka_unit_test(state_that_was_changed_is_refused),
        cmocka_unit_test(two_have_not_one_state),
        cmocka_unit_test(without_memory_it_does_not_open),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
