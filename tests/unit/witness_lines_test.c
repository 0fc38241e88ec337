/* SPDX-License-Identifier: Apache-2.0 */
/* What a log keeps of its witnesses, and gives out: whose lines, of which checkpoint. */
#define _POSIX_C_SOURCE 200809L
#include "tests/unit/witness_scene.h"

static size_t lines_in(struct span note) {
    struct audit_note parsed;
    size_t lines = 0;
    assert_false(lg_failed(audit_note_read(note, &parsed)));
    for (size_t at = 0; at < parsed.signatures.len; at++) {
        lines += parsed.signatures.ptr[at] == '\n' ? 1 : 0;
    }
    return lines;
}

static void receipts_rest_on_what_was_seen(void **state) {
    struct scene *scene = scene_begin(state);
    struct receipt_form form;
    struct audit_proof proof = {.checkpoint = {0}};
    struct audit_verified verified;
    struct audit_vkey vkey;
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    entries_add(scene->log, 4);
    assert_false(lg_failed(audit_vkey_read(span_text(scene->log_vkey), &vkey)));
    const struct {
        uint64_t index;
        uint64_t size;
        size_t lines;
    } cases[] = {{0, 7, 2}, {6, 7, 2}, {7, 11, 1}, {10, 11, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(lg_failed(audit_entry_receipt(scene->log, cases[i].index, scene->arena, &form,
                                                   &proof.checkpoint)));
        proof.form = form;
        assert_false(lg_failed(audit_proof_verify(&proof, &vkey, &verified)));
        assert_int_equal(verified.size, cases[i].size);
        struct audit_note note;
        size_t lines = 0;
        assert_false(lg_failed(audit_note_read(proof.checkpoint, &note)));
        for (size_t at = 0; at < note.signatures.len; at++) {
            lines += note.signatures.ptr[at] == '\n' ? 1 : 0;
        }
        assert_int_equal(lines, cases[i].lines);
    }
    scene_end(scene);
}

/* Who mirrors the log never sees it shrink, whatever its witnesses do. */
static void what_is_shown_never_shrinks(void **state) {
    struct scene *scene = scene_begin(state);
    struct span note;
    const struct {
        int64_t age_ms;
        const char *size;
        size_t lines;
        bool grows;
    } shown[] = {{INT64_MAX, "\n7\n", 2, false}, /* the witnessed one, though there is a newer */
                 {INT64_MAX, "\n7\n", 2, false},
                 {-1, "\n11\n", 1, false}, /* too old */
                 {INT64_MAX, "\n11\n", 1, false},
                 {INT64_MAX, "\n11\n", 2, true}};
    entries_add(scene->log, 6);
    client_start(scene);
    rounds_await(scene, 1);
    entries_add(scene->log, 4);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (shown[i].grows) {
            next_round(scene);
        }
        assert_false(
            lg_failed(audit_witnessed_show(scene->log, shown[i].age_ms, scene->arena, &note)));
        assert_non_null(strstr(arena_text(scene->arena, note), shown[i].size));
        assert_int_equal(lines_in(note), shown[i].lines);
    }
    scene_end(scene);
}

static size_t receipt_lines(struct scene *scene, uint64_t index) {
    struct receipt_form form;
    struct span checkpoint;
    assert_false(
        lg_failed(audit_entry_receipt(scene->log, index, scene->arena, &form, &checkpoint)));
    return lines_in(checkpoint);
}

static size_t newest_lines(struct scene *scene) {
    struct span note;
    uint64_t size = 0;
    assert_false(
        lg_failed(audit_witnessed_read(scene->log, INT64_MAX, scene->arena, &note, &size)));
    assert_int_equal(size, audit_size(scene->log));
    return lines_in(note);
}

/* Two have seen it; one falls away, and what it has seen stays seen. */
static void what_more_have_seen_is_kept(void **state) {
    struct scene *scene = scene_begin(state);
    struct vault_key *key = NULL;
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    char vkey_text[AUDIT_VKEY_SIZE_MAX];
    char address[64];
    size_t len = 0;
    struct audit_note note;
    struct audit_cosignature line;
    struct diag diag;
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &key)));
    const struct audit_vkey vkey = audit_vkey_of("second.example", key, AUDIT_KEY_COSIGNER);
    audit_vkey_text(&vkey, vkey_text);
    entries_add(scene->log, 6);
    audit_checkpoint_read(scene->log, text, &len);
    assert_false(lg_failed(audit_note_read(span_of(text, len), &note)));
    audit_cosign(&vkey, key, 1796040000, note.body, &line);
    fake_start(scene);
    scene->fake_status = "200";
    scene->fake_body = span_of(line.text, line.len);
    struct witness_peer peers[2] = {{.dns = "127.0.0.1", .uri = URI, .vkey = scene->vkey},
                                    {.dns = "127.0.0.1", .uri = URI, .vkey = vkey_text}};
    const uint16_t ports[2] = {witness_server_port(scene->server),
                               http2_listener_port(scene->fake)};
    for (size_t i = 0; i < 2; i++) {
        snprintf(address, sizeof address, "127.0.0.1:%u", ports[i]);
        assert_false(lg_failed(http2_address_resolve(address, &peers[i].address)));
    }
    const struct witness_watch watch = {.log = scene->log,
                                        .host = scene->world->host,
                                        .tls = scene->world->client_tls,
                                        .peers = peers,
                                        .peer_count = 2,
                                        .on_round = on_round,
                                        .ctx = scene};
    assert_false(lg_failed(witness_client_new(&watch, &diag, &scene->client)));
    rounds_await(scene, 1);
    assert_int_equal(newest_lines(scene), 3); /* the log's own, and both */
    scene->fake_status = "503";
    next_round(scene);
    assert_int_equal(newest_lines(scene), 3);
    assert_int_equal(receipt_lines(scene, 6), 3);
    entries_add(scene->log, 2);
    next_round(scene);
    assert_int_equal(newest_lines(scene), 2);
    assert_int_equal(receipt_lines(scene, 6), 3);
    assert_int_equal(receipt_lines(scene, 7), 2);
    /* A client that begins again knows no lines of before; the log does. */
    witness_client_free(&scene->client);
    assert_false(lg_failed(witness_client_new(&watch, &diag, &scene->client)));
    rounds_await(scene, 4);
    assert_int_equal(receipt_lines(scene, 6), 3);
    vault_key_free(&key);
    scene_end(scene);
}

/* A line of the same name and another key in front: what is kept is what was checked. */
static void the_line_that_was_checked_is_kept(void **state) {
    struct scene *scene = scene_begin(state);
    struct vault_key *other_key = NULL;
    char text[AUDIT_CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    struct audit_note note;
    struct audit_cosignature lines[2];
    assert_false(lg_failed(vault_key_new(VAULT_KIND_SIGN, &other_key)));
    const struct audit_vkey vkeys[2] = {
        audit_vkey_of("witness.example", other_key, AUDIT_KEY_COSIGNER),
        audit_vkey_of("witness.example", scene->key, AUDIT_KEY_COSIGNER)};
    entries_add(scene->log, 6);
    audit_checkpoint_read(scene->log, text, &len);
    assert_false(lg_failed(audit_note_read(span_of(text, len), &note)));
    audit_cosign(&vkeys[0], other_key, 1796040000, note.body, &lines[0]);
    audit_cosign(&vkeys[1], scene->key, 1796040000, note.body, &lines[1]);
    fake_start(scene);
    scene->fake_status = "200";
    scene->fake_body = arena_format(scene->arena, "%.*s%.*s", (int)lines[0].len, lines[0].text,
                                    (int)lines[1].len, lines[1].text);
    client_start(scene);
    rounds_await(scene, 1);
    assert_int_equal(witnessed(scene), 7);
    vault_key_free(&other_key);
    scene_end(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receipts_rest_on_what_was_seen),
        cmocka_unit_test(what_is_shown_never_shrinks),
        cmocka_unit_test(what_more_have_seen_is_kept),
        cmocka_unit_test(the_line_that_was_checked_is_kept),
    };
    struct vault_report report;
    if (lg_failed(vault_init(&report))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, setup, grpc_world_teardown);
}
