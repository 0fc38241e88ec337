/* SPDX-License-Identifier: Apache-2.0 */
/* Our own files: what a context takes, what it refuses, and what happens when they change under
 * live connections. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "tests/support/ca.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char SERVER_URI[] = "lockgate://bridgewater/hub/gateway";

struct world {
    struct support_ca ca;
    struct support_files client_files;
    struct support_files server_files;
    struct tls_context *client;
    struct tls_context *server;
};

/* Every test breaks its files: each has its own authority. */
static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    support_ca_new(&world->ca, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&world->ca, "client", "police cases");
    support_ca_run(&world->ca, "server", "hub gateway localhost");
    support_files_set(&world->ca, "police/cases/client", &world->client_files);
    support_files_set(&world->ca, "hub/gateway/server", &world->server_files);
    struct diag diag = {0};
    assert_false(
        lg_failed(tls_context_new(TLS_CLIENT, &world->client_files.files, &diag, &world->client)));
    assert_false(
        lg_failed(tls_context_new(TLS_SERVER, &world->server_files.files, &diag, &world->server)));
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    tls_context_free(&world->client);
    tls_context_free(&world->server);
    support_ca_free(&world->ca);
    free(world);
    return 0;
}

static void connect_pair(struct world *world, struct support_pair *pair) {
    support_pair_new(world->client, world->server, "localhost", SERVER_URI, pair);
}

/* Seconds now, as a program would pass them. */
static int64_t now_s(void) {
    return (int64_t)time(NULL);
}

static void shell(const struct world *world, const char *command) {
    assert_int_equal(support_ca_shell(&world->ca, "%s", command), 0);
}

/* ---- what a context takes ---- */

/* CONFIG TLS_FILE with a sentence that holds `says`. */
static void expect_refused(enum tls_side side, const struct tls_files *files, const char *says) {
    struct tls_context *context = NULL;
    struct diag diag = {0};
    struct lg_err err = tls_context_new(side, files, &diag, &context);
    if (!lg_failed(err) || strstr(diag.text, says) == NULL) {
        print_error("wanted %s, got: %s\n", says, diag.text);
    }
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_int_equal(lg_err_code(err), TLS_FILE);
    assert_null(context);
    assert_non_null(strstr(diag.text, says));
}

static void test_files_that_do_not_fit(void **state) {
    struct world *world = *state;
    const struct tls_files *client = &world->client_files.files;
    const struct tls_files *server = &world->server_files.files;
    expect_refused(TLS_SERVER, client, "extendedKeyUsage");
    expect_refused(TLS_CLIENT, server, "extendedKeyUsage");
    struct tls_files mixed = *client;
    mixed.key = server->key;
    expect_refused(TLS_CLIENT, &mixed, "does not belong to the key");
    mixed = *client;
    mixed.anchors = client->certificate;
    expect_refused(TLS_CLIENT, &mixed, "not the certificate of a CA");
    mixed = *client;
    mixed.certificate = client->anchors;
    expect_refused(TLS_CLIENT, &mixed, "does not belong");
    mixed = *client;
    mixed.crl = client->anchors;
    expect_refused(TLS_CLIENT, &mixed, "revocation lists are damaged");
    mixed = *client;
    mixed.key = client->certificate;
    assert_int_equal(chmod(client->certificate, 0600), 0);
    expect_refused(TLS_CLIENT, &mixed, "the key is damaged");
}

static void test_key_that_others_can_read(void **state) {
    struct world *world = *state;
    const struct tls_files *files = &world->client_files.files;
    const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(files->key, modes[i]), 0);
        expect_refused(TLS_CLIENT, files, "can be read by others");
    }
    assert_int_equal(chmod(files->key, 0400), 0);
    struct tls_context *context = NULL;
    struct diag diag = {0};
    assert_false(lg_failed(tls_context_new(TLS_CLIENT, files, &diag, &context)));
    tls_context_free(&context);
    if (geteuid() == 0) {
        assert_int_equal(chown(files->key, 12345, 0), 0);
        expect_refused(TLS_CLIENT, files, "can be read by others");
    }
}

static void test_paths_that_lead_elsewhere(void **state) {
    struct world *world = *state;
    const struct tls_files *files = &world->client_files.files;
    assert_int_equal(chmod(files->crl, 0666), 0);
    expect_refused(TLS_CLIENT, files, "written by everybody");
    assert_int_equal(chmod(files->crl, 0664), 0);
    const mode_t modes[] = {0664, 0646, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(files->anchors, modes[i]), 0);
        expect_refused(TLS_CLIENT, files, i == 1 ? "written by everybody" : "changed by others");
    }
    assert_int_equal(chmod(files->anchors, 0644), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(files->anchors, 12345, 0), 0);
        expect_refused(TLS_CLIENT, files, "changed by others");
        assert_int_equal(chown(files->anchors, 0, 0), 0);
    }
    shell(world, "mv police/cases/client.key real.key && ln -s ../../real.key "
                 "police/cases/client.key");
    expect_refused(TLS_CLIENT, files, "symbolic link");
    shell(world, "rm police/cases/client.key && mkfifo -m 600 police/cases/client.key");
    expect_refused(TLS_CLIENT, files, "not a plain file");
    shell(world, "rm police/cases/client.key && mkdir police/cases/client.key");
    expect_refused(TLS_CLIENT, files, "not a plain file");
    shell(world, "rmdir police/cases/client.key");
    expect_refused(TLS_CLIENT, files, "cannot be opened");
    shell(world, ": > police/cases/client.key");
    expect_refused(TLS_CLIENT, files, "is empty or larger");
    shell(world, "cp real.key police/cases/client.key && truncate -s 65537 ca.pem");
    expect_refused(TLS_CLIENT, files, "is empty or larger");
}

static void test_encrypted_key_asks_nobody(void **state) {
    struct world *world = *state;
    shell(world, "openssl pkey -in police/cases/client.key -aes256 -passout pass:secret -out "
                 "locked.key && mv locked.key police/cases/client.key");
    expect_refused(TLS_CLIENT, &world->client_files.files, "encrypted");
}

static void add_again(X509 *leaf, int nid) {
    X509_EXTENSION *twin =
        X509_EXTENSION_dup(X509_get_ext(leaf, X509_get_ext_by_NID(leaf, nid, -1)));
    assert_int_equal(X509_add_ext(leaf, twin, -1), 1);
    X509_EXTENSION_free(twin);
}

static void twice_names(X509 *leaf) {
    add_again(leaf, NID_subject_alt_name);
}

static void twice_usage(X509 *leaf) {
    add_again(leaf, NID_ext_key_usage);
}

static void set_serial(X509 *leaf, long serial) {
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(leaf), serial), 1);
}

static void zero_serial(X509 *leaf) {
    set_serial(leaf, 0);
}

static void negative_serial(X509 *leaf) {
    set_serial(leaf, -5);
}

static void small_serial(X509 *leaf) {
    set_serial(leaf, 5);
}

static void long_serial(X509 *leaf) {
    const uint8_t bytes[TLS_SERIAL_MAX + 1] = {1};
    assert_int_equal(ASN1_STRING_set(X509_get_serialNumber(leaf), bytes, sizeof bytes), 1);
}

static void version_one(X509 *leaf) {
    assert_int_equal(X509_set_version(leaf, X509_VERSION_1), 1);
}

static void damaged_names(X509 *leaf) {
    X509_EXTENSION *names = X509_get_ext(leaf, X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1));
    assert_int_equal(
        ASN1_OCTET_STRING_set(X509_EXTENSION_get_data(names), (const uint8_t *)"\x30\x09\x01", 3),
        1);
}

static FILE *open_in(const char *dir, const char *name, const char *mode) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

/* Changes the client's leaf and signs it anew with the CA's key. */
static void rework(const struct support_ca *ca, void (*change)(X509 *leaf)) {
    FILE *file = open_in(ca->dir, "police/cases/client.pem", "r");
    X509 *leaf = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    file = open_in(ca->dir, "_ca/ca.key", "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    assert_non_null(leaf);
    assert_non_null(key);
    change(leaf);
    assert_true(X509_sign(leaf, key, EVP_sha256()) > 0);
    file = open_in(ca->dir, "police/cases/client.pem", "w");
    assert_int_equal(PEM_write_X509(file, leaf), 1);
    assert_int_equal(fclose(file), 0);
    X509_free(leaf);
    EVP_PKEY_free(key);
}

static void test_certificates_that_no_tool_makes(void **state) {
    struct world *world = *state;
    const struct {
        void (*change)(X509 *leaf);
        bool accepted;
    } cases[] = {{small_serial, true}, {twice_names, false},     {twice_usage, false},
                 {zero_serial, false}, {negative_serial, false}, {long_serial, false},
                 {version_one, false}, {damaged_names, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tls_context *context = NULL;
        struct diag diag = {0};
        rework(&world->ca, cases[i].change);
        struct lg_err err =
            tls_context_new(TLS_CLIENT, &world->client_files.files, &diag, &context);
        if (lg_failed(err) == cases[i].accepted) {
            print_error("case %zu: %s\n", i, diag.text);
        }
        assert_int_equal(lg_failed(err), !cases[i].accepted);
        tls_context_free(&context);
        support_ca_run(&world->ca, "renew", "police/cases");
    }
}

/* ---- what changes under way ---- */

static void expect_refresh(struct tls_context *context, bool changed) {
    struct diag diag = {0};
    bool took = !changed;
    struct lg_err err = tls_context_refresh(context, &diag, &took);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    assert_int_equal(took, changed);
}

static void expect_refresh_refused(struct tls_context *context, const char *says) {
    struct diag diag = {0};
    bool took = true;
    struct lg_err err = tls_context_refresh(context, &diag, &took);
    if (!lg_failed(err) || strstr(diag.text, says) == NULL) {
        print_error("wanted %s, got: %s\n", says, diag.text);
    }
    assert_int_equal(lg_err_code(err), TLS_FILE);
    assert_non_null(strstr(diag.text, says));
    assert_false(took);
}

static void test_revocation_reaches_a_live_connection(void **state) {
    struct world *world = *state;
    struct support_pair before;
    struct support_pair after;
    connect_pair(world, &before);
    assert_true(tls_stream_peer_is_valid(before.server, now_s()));
    expect_refresh(world->server, false);
    char path[200];
    snprintf(path, sizeof path, "'%s'", world->client_files.certificate);
    support_ca_run(&world->ca, "revoke", path);
    assert_true(tls_stream_peer_is_valid(before.server, now_s()));
    expect_refresh(world->server, true);
    assert_false(tls_stream_peer_is_valid(before.server, now_s()));
    assert_false(tls_stream_peer_is_valid(before.server, now_s()));
    connect_pair(world, &after);
    assert_int_equal(lg_err_code(after.server_err), TLS_HANDSHAKE);
    support_pair_free(&after);
    /* A list is not a new certificate: nobody else's connection has to drain. */
    assert_int_equal(tls_context_generation(world->server), 1);
    support_pair_free(&before);
    /* The agency's next leaf is welcome. */
    support_ca_run(&world->ca, "renew", "police/cases");
    expect_refresh(world->client, true);
    connect_pair(world, &after);
    assert_false(lg_failed(after.server_err));
    support_pair_free(&after);
}

static void test_renewal_for_new_connections(void **state) {
    struct world *world = *state;
    struct support_pair before;
    struct support_pair after;
    connect_pair(world, &before);
    support_ca_run(&world->ca, "renew", "hub/gateway");
    expect_refresh(world->server, true);
    expect_refresh(world->server, false);
    assert_int_equal(tls_context_generation(world->server), 2);
    connect_pair(world, &after);
    assert_false(lg_failed(after.client_err));
    assert_int_equal(tls_stream_generation(before.server), 1);
    assert_int_equal(tls_stream_generation(after.server), 2);
    assert_memory_not_equal(tls_stream_peer(before.client)->fingerprint,
                            tls_stream_peer(after.client)->fingerprint, TLS_FINGERPRINT_SIZE);
    /* The old connection goes on until its owner drains it. */
    size_t len = 0;
    uint8_t buf[8];
    assert_true(tls_stream_peer_is_valid(before.server, now_s()));
    assert_false(lg_failed(tls_stream_write(before.server, span_text("going on"), &len)));
    assert_false(lg_failed(tls_stream_read(before.client, buf, sizeof buf, &len)));
    assert_int_equal(len, 8);
    support_pair_free(&before);
    support_pair_free(&after);
}

/* Between its two renames a renewal shows a key and a leaf that do not fit. */
static void test_half_a_renewal_keeps_the_old(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    shell(world, "cp -p hub/gateway/server.pem old.pem");
    support_ca_run(&world->ca, "renew", "hub/gateway");
    shell(world, "mv hub/gateway/server.pem new.pem && mv old.pem hub/gateway/server.pem");
    expect_refresh_refused(world->server, "does not belong to the key");
    expect_refresh_refused(world->server, "does not belong to the key");
    assert_int_equal(tls_context_generation(world->server), 1);
    connect_pair(world, &pair);
    assert_false(lg_failed(pair.client_err));
    support_pair_free(&pair);
    shell(world, "mv new.pem hub/gateway/server.pem");
    expect_refresh(world->server, true);
    assert_int_equal(tls_context_generation(world->server), 2);
}

/* Every length that a file may be cut at, for each of the four. */
static void test_cut_files_keep_the_old(void **state) {
    struct world *world = *state;
    const char *const paths[] = {world->server_files.certificate, world->server_files.key,
                                 world->server_files.anchors, world->server_files.crl};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t len = 0;
        char *whole = support_file_read("", paths[i], &len);
        assert_non_null(whole);
        struct stat info;
        assert_int_equal(stat(paths[i], &info), 0);
        /* Without its last line break the file is still whole. */
        for (size_t cut = 0; cut + 1 < len; cut += 7) {
            int fd = open(paths[i], O_WRONLY | O_TRUNC);
            assert_true(fd >= 0);
            assert_int_equal(write(fd, whole, cut), cut);
            assert_int_equal(close(fd), 0);
            struct diag diag = {0};
            bool took = true;
            assert_true(lg_failed(tls_context_refresh(world->server, &diag, &took)));
            assert_false(took);
        }
        int fd = open(paths[i], O_WRONLY | O_TRUNC);
        assert_int_equal(write(fd, whole, len), len);
        assert_int_equal(close(fd), 0);
        free(whole);
        struct diag diag = {0};
        bool took = false;
        assert_false(lg_failed(tls_context_refresh(world->server, &diag, &took)));
    }
    struct support_pair pair;
    connect_pair(world, &pair);
    assert_false(lg_failed(pair.client_err));
    support_pair_free(&pair);
}

/* A revocation is not held up by a broken certificate of ours. */
static void test_list_is_taken_beside_a_broken_certificate(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    connect_pair(world, &pair);
    char path[200];
    snprintf(path, sizeof path, "'%s'", world->client_files.certificate);
    support_ca_run(&world->ca, "revoke", path);
    shell(world, ": > hub/gateway/server.pem");
    struct diag diag = {0};
    bool took = false;
    assert_true(lg_failed(tls_context_refresh(world->server, &diag, &took)));
    assert_true(took);
    assert_false(tls_stream_peer_is_valid(pair.server, now_s()));
    support_pair_free(&pair);
}

static void test_lists_that_do_not_count(void **state) {
    struct world *world = *state;
    struct support_ca other;
    support_ca_new(&other, LOCKGATE_SOURCE, "bridgewater");
    shell(world, "cp -p crl.pem good.pem");
    char command[256];
    snprintf(command, sizeof command, "cp '%s/crl.pem' crl.pem", other.dir);
    shell(world, command);
    expect_refresh_refused(world->server, "has no revocation list");
    shell(world, "cat good.pem good.pem > crl.pem");
    expect_refresh_refused(world->server, "second one of its issuer");
    shell(world, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -crl_lastupdate "
                 "20200101000000Z -crl_nextupdate 20200201000000Z -out crl.pem");
    expect_refresh_refused(world->server, "not in force now");
    shell(world, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -crl_lastupdate "
                 "20980101000000Z -crl_nextupdate 20980201000000Z -out crl.pem");
    expect_refresh_refused(world->server, "not in force now");
    shell(world, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -crl_lastupdate "
                 "20260101000000Z -crl_nextupdate 20980201000000Z -out crl.pem");
    expect_refresh_refused(world->server, "older than the one in use");
    shell(world, "printf '[delta]\nissuingDistributionPoint=critical,@part\n[part]\n"
                 "onlyuser=TRUE\n' > delta.cnf && cat $SOURCE/certs/openssl.cnf delta.cnf > "
                 "all.cnf && openssl ca -batch -config all.cnf -gencrl -crlexts delta -crldays 9 "
                 "-out crl.pem");
    expect_refresh_refused(world->server, "critical extension");
    shell(world, "rm crl.pem");
    expect_refresh_refused(world->server, "cannot be opened");
    shell(world, "mv good.pem crl.pem");
    expect_refresh(world->server, true);
    support_ca_free(&other);
}

/* Past its next update a list says nothing any more, and nobody passes. */
static void test_stale_list_lets_nobody_pass(void **state) {
    struct world *world = *state;
    struct support_pair pair;
    shell(world, "openssl ca -batch -config $SOURCE/certs/openssl.cnf -gencrl -crlhours 1 "
                 "-out crl.new && mv crl.new crl.pem");
    expect_refresh(world->server, true);
    int64_t now = now_s();
    connect_pair(world, &pair);
    assert_false(lg_failed(pair.server_err));
    assert_true(tls_stream_peer_is_valid(pair.server, now + 3000));
    assert_false(tls_stream_peer_is_valid(pair.server, now + 3700));
    /* The client still holds the list of 30 days. */
    assert_true(tls_stream_peer_is_valid(pair.client, now + 3700));
    support_pair_free(&pair);
}

static void test_anchor_that_is_taken_away(void **state) {
    struct world *world = *state;
    struct support_ca other;
    struct support_pair pair;
    connect_pair(world, &pair);
    support_ca_new(&other, LOCKGATE_SOURCE, "bridgewater");
    char command[512];
    snprintf(command, sizeof command, "cat ca.pem '%s/ca.pem' > both && mv both ca.pem", other.dir);
    shell(world, command);
    expect_refresh_refused(world->server, "an anchor has no revocation list");
    snprintf(command, sizeof command, "cat crl.pem '%s/crl.pem' > both && mv both crl.pem",
             other.dir);
    shell(world, command);
    expect_refresh(world->server, true);
    assert_true(tls_stream_peer_is_valid(pair.server, now_s()));
    snprintf(command, sizeof command,
             "cp '%s/ca.pem' one && mv one ca.pem && cp '%s/crl.pem' two "
             "&& mv two crl.pem",
             other.dir, other.dir);
    shell(world, command);
    expect_refresh(world->server, true);
    assert_false(tls_stream_peer_is_valid(pair.server, now_s()));
    support_pair_free(&pair);
    support_ca_free(&other);
}

static void test_each_allocation_failing(void **state) {
    struct world *world = *state;
    const struct tls_files *files = &world->client_files.files;
    /* Thousands, nearly all of them OpenSSL's: every one of the first, then samples. */
    bool done = false;
    for (uint64_t n = 1; !done && n < 100000; n += n < 64 ? 1 : 41) {
        struct tls_context *context = NULL;
        support_alloc_fail_at(n);
        struct lg_err err = tls_context_new(TLS_CLIENT, files, NULL, &context);
        done = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_true(!done || !lg_failed(err));
        assert_int_equal(context == NULL, lg_failed(err));
        tls_context_free(&context);
    }
    assert_true(done);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files_that_do_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_that_others_can_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paths_that_lead_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_encrypted_key_asks_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_certificates_that_no_tool_makes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_revocation_reaches_a_live_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_renewal_for_new_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_a_renewal_keeps_the_old, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_files_keep_the_old, setup, teardown),
        cmocka_unit_test_setup_teardown(test_list_is_taken_beside_a_broken_certificate, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lists_that_do_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_list_lets_nobody_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anchor_that_is_taken_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_allocation_failing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
