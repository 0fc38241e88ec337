/* SPDX-License-Identifier: Apache-2.0 */
/* A log and its witness over HTTP/2 in one loop: what is cosigned is kept and given out; what the
 * witness knows better freezes the log; what is merely wrong with a witness does not. */
#define _POSIX_C_SOURCE 200809L
#include "tests/unit/witness_scene.h"

/* ---- Seen ---- */

static void every_round_is_seen(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    assert_int_equal(witnessed(scene), 1); /* NODE_EPOCH */
    for (uint32_t i = 1; i < 6; i++) {
        entries_add(scene->log, i);
        next_round(scene);
        assert_int_equal(witnessed(scene), audit_size(scene->log));
    }
    next_round(scene); /* nothing new: the same once more */
    assert_int_equal(witnessed(scene), audit_size(scene->log));
    assert_true(can_commit(scene->log));
    scene_end(scene);
}

static void a_client_that_starts_again_learns_the_size(void **state) {
    struct scene *scene = scene_begin(state);
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    assert_int_equal(witnessed(scene), 7);
    witness_client_free(&scene->client);
    entries_add(scene->log, 3);
    client_start(scene);
    rounds_await(scene, 2);
    assert_int_equal(witnessed(scene), 10);
    scene_end(scene);
}

/* Nobody waits ten seconds who does not want to; the pace is kept all the same. */
static void a_hurried_round_comes_at_once(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    for (uint32_t i = 1; i < 4; i++) {
        entries_add(scene->log, i);
        size_t rounds = scene->rounds;
        witness_client_hurry(scene->client);
        witness_client_hurry(scene->client);
        for (int turn = 0; turn < 20; turn++) {
            loop_turn(scene->world->loop, 1);
        }
        assert_int_equal(scene->rounds, rounds); /* too soon after the last */
        scene->world->mono_ms += LIMIT_WITNESS_PACE_MS;
        rounds_await(scene, rounds + 1);
        assert_int_equal(witness_client_seen(scene->client), 1);
        assert_int_equal(witnessed(scene), audit_size(scene->log));
        assert_int_equal(audit_seen_by(scene->log, audit_size(scene->log)), 1);
        assert_int_equal(audit_seen_by(scene->log, audit_size(scene->log) + 1), 0);
    }
    scene_end(scene);
}

/* Who have seen a size have seen all smaller ones; what was seen stays seen. */
static void how_many_have_seen_never_falls(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_log *log = scene->log;
    assert_int_equal(audit_seen_by(log, 1), 0);
    audit_seen_set(log, 10, 2);
    audit_seen_set(log, 12, 1); /* a newer one, of which one has signed so far */
    assert_int_equal(audit_seen_by(log, 10), 2);
    assert_int_equal(audit_seen_by(log, 11), 1);
    assert_int_equal(audit_seen_by(log, 13), 0);
    audit_seen_set(log, 5, 3); /* an older one, of more */
    assert_int_equal(audit_seen_by(log, 5), 3);
    assert_int_equal(audit_seen_by(log, 6), 2);
    audit_seen_set(log, 9, LIMIT_WITNESS_COUNT);
    assert_int_equal(audit_seen_by(log, 9), LIMIT_WITNESS_COUNT);
    assert_int_equal(audit_seen_by(log, 10), 2);
    scene_end(scene);
}

/* ---- Frozen ---- */

/* The same log, in a folder in which there is nothing. */
static void log_lose(struct scene *scene, struct audit_support *other) {
    struct diag diag;
    audit_log_close(&scene->log);
    audit_support_init(other);
    other->config.sign_key = scene->support.sign;
    assert_false(lg_failed(audit_log_recover(&other->config, &diag, &scene->log)));
    assert_int_equal(audit_size(scene->log), 0);
}

/* Nothing in the folder says that there ever was more. */
static void an_empty_log_is_frozen_before_it_begins(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_lose(scene, &other);
    client_start(scene);
    rounds_await(scene, 2);
    assert_true(audit_log_is_frozen(scene->log));
    assert_int_equal(audit_size(scene->log), 0);
    log_put_back(scene, &other);
    scene_end(scene);
}

/* A new log has nothing to show, and is not kept from beginning; nor does it freeze for a witness
 * that has seen nothing either. */
static void an_empty_log_begins(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    struct diag diag;
    log_lose(scene, &other);
    client_start(scene);
    rounds_await(scene, 1);
    assert_int_equal(witness_client_seen(scene->client), 1);
    assert_int_equal(witnessed(scene), 0);
    assert_false(lg_failed(audit_log_begin(scene->log, &diag, NULL)));
    next_round(scene);
    assert_int_equal(witnessed(scene), 1);
    log_put_back(scene, &other);
    scene_end(scene);
}

static void assert_frozen(struct scene *scene, struct audit_support *other, const char *why) {
    struct audit_log *log = NULL;
    struct diag diag;
    char path[2 * SUPPORT_PATH_SIZE];
    char text[64] = "";
    assert_false(can_commit(scene->log));
    snprintf(path, sizeof path, "%s/frozen", other->folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = '\0';
    assert_string_equal(text, why);
    witness_client_free(&scene->client);
    audit_log_close(&scene->log);
    struct lg_err err = audit_log_open(&other->config, &diag, NULL, &log);
    assert_int_equal(lg_err_code(err), AUDIT_FROZEN);
    assert_non_null(strstr(diag.text, "frozen"));
    assert_int_equal(remove(path), 0); /* somebody has looked */
    scene->log = audit_support_open(other);
    assert_true(can_commit(scene->log));
}

static void a_witness_that_knows_more_freezes_the_log(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_replace(scene, &other, 2);
    client_start(scene);
    rounds_await(scene, 2);
    assert_frozen(scene, &other, "larger-size");
    log_put_back(scene, &other);
    scene_end(scene);
}

static void another_history_freezes_the_log(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_replace(scene, &other, 9);
    client_start(scene);
    rounds_await(scene, 2);
    assert_frozen(scene, &other, "other-history");
    log_put_back(scene, &other);
    scene_end(scene);
}

static void another_root_of_one_size_freezes_the_log(void **state) {
    struct scene *scene = scene_begin(state);
    struct audit_support other;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    witness_client_free(&scene->client);
    log_replace(scene, &other, 6);
    client_start(scene);
    rounds_await(scene, 2);
    assert_frozen(scene, &other, "other-root");
    log_put_back(scene, &other);
    scene_end(scene);
}

/* ---- Merely missing ---- */

static void a_witness_that_errs_changes_nothing(void **state) {
    static char large[LIMIT_WITNESS_ANSWER + 2];
    static const struct {
        const char *status;
        const char *body;
    } answers[] = {
        {"200", "\n"},
        {"200", "no line\n"},
        {"200", "\xe2\x80\x94 witness.example AAAA\n"},
        {"200", "\xe2\x80\x94 another.example AAAAAAAA\n"},
        {"200", large},
        {"400", "bad\n"},
        {"403", "no\n"},
        {"404", "no\n"},
        {"409", "\n"},
        {"409", "many\n"},
        {"409", "3"},
        {"409", "-1\n"},
        {"409", "0\n"},
        {"409", "007\n"},
        {"409", "18446744073709551616\n"},
        {"422", "proof\n"},
        {"500", "oh\n"},
        {"", "\n"},
    };
    struct scene *scene = scene_begin(state);
    memset(large, 'x', sizeof large - 1);
    entries_add(scene->log, 6);
    fake_start(scene);
    scene->fake_status = "503";
    scene->fake_body = span_text("later\n");
    client_start(scene);
    rounds_await(scene, 1);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        scene->fake_status = answers[i].status;
        scene->fake_body = span_text(answers[i].body);
        next_round(scene);
        assert_int_equal(witnessed(scene), 0);
        assert_true(can_commit(scene->log));
    }
    scene_end(scene);
}

static void a_witness_that_is_not_there_changes_nothing(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    uint64_t size = witnessed(scene);
    witness_server_free(&scene->server);
    entries_add(scene->log, 3);
    next_round(scene);
    next_round(scene);
    assert_true(can_commit(scene->log));
    assert_int_equal(witnessed(scene), size);
    scene_end(scene);
}

/* Each allocation of the loop's thread fails in turn, at the witness and at the log: a round may be
 * lost by it, and nothing else. */
static void without_memory_a_round_is_lost(void **state) {
    struct scene *scene = scene_begin(state);
    client_start(scene);
    rounds_await(scene, 1);
    for (uint64_t n = 1; n < 150; n++) {
        support_alloc_fail_at(n);
        scene->world->mono_ms += LIMIT_WITNESS_ROUND_MS;
        for (int i = 0; i < 12; i++) {
            loop_turn(scene->world->loop, 1);
        }
        support_alloc_fail_at(0);
        assert_false(audit_log_is_frozen(scene->log));
        assert_false(scene->is_broken);
    }
    entries_add(scene->log, 2);
    scene->world->mono_ms += 2 * LIMIT_WITNESS_ROUND_MS;
    for (int i = 0; i < TURNS_MAX && witnessed(scene) < audit_size(scene->log); i++) {
        scene->world->mono_ms += LIMIT_WITNESS_ROUND_MS / 50;
        loop_turn(scene->world->loop, TURN_MS);
    }
    assert_int_equal(witnessed(scene), audit_size(scene->log));
    scene_end(scene);
}

static void a_key_that_is_no_witness_is_told(void **state) {
    struct scene *scene = scene_begin(state);
    struct diag diag = {0};
    scene->peer = (struct witness_peer){.dns = "127.0.0.1", .uri = URI, .vkey = scene->log_vkey};
    const struct witness_watch watch = {.log = scene->log,
                                        .host = scene->world->host,
                                        .tls = scene->world->client_tls,
                                        .peers = &scene->peer,
                                        .peer_count = 1};
    struct lg_err err = witness_client_new(&watch, &diag, &scene->client);
    assert_int_equal(lg_err_code(err), WITNESS_KEYS);
    assert_non_null(strstr(diag.text, URI));
    scene_end(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_round_is_seen),
        cmocka_unit_test(a_client_that_starts_again_learns_the_size),
        cmocka_unit_test(a_hurried_round_comes_at_once),
        cmocka_unit_test(how_many_have_seen_never_falls),
        cmocka_unit_test(an_empty_log_is_frozen_before_it_begins),
        cmocka_unit_test(an_empty_log_begins),
        cmocka_unit_test(a_witness_that_knows_more_freezes_the_log),
        cmocka_unit_test(another_history_freezes_the_log),
        cmocka_unit_test(another_root_of_one_size_freezes_the_log),
        cmocka_unit_test(a_witness_that_errs_changes_nothing),
        cmocka_unit_test(a_witness_that_is_not_there_changes_nothing),
        cmocka_unit_test(without_memory_a_round_is_lost),
        cmocka_unit_test(a_key_that_is_no_witness_is_told),
    };
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
