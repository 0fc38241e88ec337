/* SPDX-License-Identifier: Apache-2.0 */
/* What the witness remembers across crashes, that nothing is cosigned before it is remembered, and
 * that it does not start without what it remembered. */
#include "tests/unit/witness_fixture.h"

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

static void assert_no_state(struct world *world) {
    struct diag diag;
    disk_process_end(world->disk);
    struct lg_err err = witness_open(&world->config, &diag, &world->witness);
    assert_int_equal(lg_err_module(err), LG_WITNESS);
    assert_int_equal(lg_err_code(err), WITNESS_STATE);
    assert_non_null(strstr(diag.text, "put back as it was"));
    assert_null(world->witness);
}

/* A key that has cosigned never starts from nothing: it would cosign another history. */
static void state_that_is_gone_is_refused(void **state) {
    struct world world;
    uint8_t digest[VAULT_SHA256_SIZE];
    char hex[2 * VAULT_SHA256_SIZE + 1];
    char path[128];
    (void)state;
    world_init(&world);
    witness_end(&world);
    witness_start(&world); /* nothing was cosigned: there is no file of the log to miss */
    assert_int_equal(ask(&world, 0, 7), 200);
    witness_end(&world);
    vault_sha256(span_text(ORIGIN), digest);
    bytes_to_hex(span_of(digest, sizeof digest), hex);
    snprintf(path, sizeof path, "witness/seen-%s", hex);
    struct disk *whole = disk_copy(world.disk);
    disk_file_remove(world.disk, path);
    assert_no_state(&world);
    world.config.is_new = true; /* and what has begun stays so under a new key */
    assert_no_state(&world);
    world.config.is_new = false;
    disk_file_set(world.disk, path, disk_file(whole, path));
    disk_file_remove(world.disk, "witness/begun");
    assert_no_state(&world);
    disk_file_remove(world.disk, path); /* the folder is empty */
    assert_no_state(&world);
    struct span begun = disk_file(whole, "witness/begun");
    uint8_t copy[16 + 2 * 32];
    assert_int_equal(begun.len, sizeof copy);
    memcpy(copy, begun.ptr, sizeof copy);
    disk_file_set(world.disk, path, disk_file(whole, path));
    for (size_t bit = 0; bit < 8 * sizeof copy; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
        disk_file_set(world.disk, "witness/begun", span_of(copy, sizeof copy));
        assert_no_state(&world);
        copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    disk_file_set(world.disk, "witness/begun", begun);
    struct vault_key *own = world.config.sign_key;
    world.config.sign_key = world.other_key; /* a state of another key */
    assert_no_state(&world);
    world.config.is_new = true; /* which a new key may take over */
    disk_process_end(world.disk);
    witness_start(&world);
    assert_int_equal(ask(&world, 7, 9), 200);
    witness_end(&world);
    world.config.is_new = false;
    world.config.sign_key = own; /* and the old one not back */
    assert_no_state(&world);
    disk_free(&whole);
    world_done(&world);
}

/* The first cosignature of a log, cut off at any write: given out, it is never forgotten. */
static void a_first_cosignature_is_remembered(void **state) {
    (void)state;
    for (enum disk_loss loss = DISK_LOSES_ALL; loss <= DISK_KEEPS_RANDOM; loss++) {
        bool was_cosigned = false;
        for (uint64_t n = 1; !was_cosigned; n++) {
            struct world world;
            struct witness_reply reply = {.status = 0};
            world_init(&world);
            struct witness_request request = request_of(&world, 0, 7);
            struct span bytes = bytes_of(&world, &request);
            disk_stop_at(world.disk, n);
            was_cosigned = !lg_failed(witness_add_checkpoint(world.witness, bytes, &reply));
            disk_stop_at(world.disk, 0);
            assert_int_equal(reply.status, was_cosigned ? 200 : 0);
            assert_true(was_cosigned == (n > 12)); /* two files, of six operations each */
            witness_end(&world);
            disk_power_cut(world.disk, loss, (uint32_t)n);
            witness_start(&world);
            unsigned status = ask(&world, 7, 9);
            assert_true(status == 200 || (status == 409 && !was_cosigned));
            world_done(&world);
        }
    }
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
    world.config.is_new = true;
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
        cmocka_unit_test(what_was_cosigned_is_remembered),
        cmocka_unit_test(a_failed_sync_is_not_believed),
        cmocka_unit_test(a_start_writes_what_it_relies_on),
        cmocka_unit_test(state_that_was_changed_is_refused),
        cmocka_unit_test(state_that_is_gone_is_refused),
        cmocka_unit_test(a_first_cosignature_is_remembered),
        cmocka_unit_test(two_have_not_one_state),
        cmocka_unit_test(without_memory_it_does_not_open),
    };
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
