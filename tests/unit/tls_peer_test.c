/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that are not ours, against both sides: certificates that our profile must refuse although
 * their chain is good, chains that are not good, and protocols that we do not speak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/limits.h"
#include "tests/support/ca.h"
#include "tests/support/foreign.h"

#include <cmocka.h>

static const char SERVER_URI[] = "lockgate://bridgewater/hub/gateway";

struct world {
    struct support_ca ca;
    struct support_ca other;
    struct tls_context *client;
    struct tls_context *server;
};

static struct tls_context *context_of(const struct support_ca *ca, enum tls_side side,
                                      const char *leaf) {
    struct support_files files;
    struct tls_context *context = NULL;
    struct diag diag = {0};
    support_files_set(ca, leaf, &files);
    struct lg_err err = tls_context_new(side, &files.files, &diag, &context);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    return context;
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    support_ca_new(&world->ca, LOCKGATE_SOURCE, "bridgewater");
    support_ca_new(&world->other, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&world->ca, "client", "police cases");
    support_ca_run(&world->ca, "server", "hub gateway localhost");
    support_ca_run(&world->other, "client", "police cases");
    support_ca_run(&world->other, "server", "hub gateway localhost");
    world->client = context_of(&world->ca, TLS_CLIENT, "police/cases/client");
    world->server = context_of(&world->ca, TLS_SERVER, "hub/gateway/server");
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    tls_context_free(&world->client);
    tls_context_free(&world->server);
    support_ca_free(&world->ca);
    support_ca_free(&world->other);
    free(world);
    return 0;
}

/* ---- certificates ---- */

#define BASIC "basicConstraints=critical,CA:FALSE\n"
#define SIGNS "keyUsage=critical,digitalSignature\n"
#define CLIENT_USE "extendedKeyUsage=clientAuth\n"
#define SERVER_USE "extendedKeyUsage=serverAuth\n"
#define OUR_URI "URI:lockgate://bridgewater/police/cases"
#define NAME(names) "subjectAltName=" names "\n"
#define KEY_IDS "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid:always\n"
#define CLIENT_NAMED(names) BASIC SIGNS CLIENT_USE NAME(names)
#define SERVER_NAMED(names) BASIC SIGNS SERVER_USE NAME(names)
#define CLIENT_USED(use) BASIC SIGNS use NAME(OUR_URI)
#define CLIENT_SIGNING(usage) BASIC usage CLIENT_USE NAME(OUR_URI)
#define LABEL_63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

enum { ACCEPTED = 0 };

struct leaf {
    const char *what;
    const char *extensions; /* key identifiers are added */
    int code;               /* of our handshake; 0: accepted */
    const char *key;        /* genpkey options; NULL: P-256 */
    const char *options;    /* of `openssl ca`; NULL: none */
};

static const struct leaf CLIENT_LEAVES[] = {
    {"the profile", CLIENT_NAMED(OUR_URI), ACCEPTED, NULL, NULL},
    {"Ed25519", CLIENT_NAMED(OUR_URI), ACCEPTED, "-algorithm ED25519", NULL},
    {"the longest name", CLIENT_NAMED("URI:lockgate://bridgewater/police/" LABEL_63), ACCEPTED,
     NULL, NULL},
    /* extended key usage: OpenSSL itself takes the first */
    {"no usage", CLIENT_USED(""), TLS_IDENTITY, NULL, NULL},
    {"server usage", CLIENT_USED(SERVER_USE), TLS_HANDSHAKE, NULL, NULL},
    {"both usages", CLIENT_USED("extendedKeyUsage=clientAuth,serverAuth\n"), TLS_IDENTITY, NULL,
     NULL},
    {"any usage", CLIENT_USED("extendedKeyUsage=anyExtendedKeyUsage\n"), TLS_HANDSHAKE, NULL, NULL},
    {"client and any usage", CLIENT_USED("extendedKeyUsage=clientAuth,anyExtendedKeyUsage\n"),
     TLS_IDENTITY, NULL, NULL},
    {"mail usage", CLIENT_USED("extendedKeyUsage=emailProtection\n"), TLS_HANDSHAKE, NULL, NULL},
    /* CA, key usage */
    {"a CA as leaf",
     "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,"
     "keyCertSign\n" CLIENT_USE NAME(OUR_URI),
     TLS_IDENTITY, NULL, NULL},
    {"no key usage", CLIENT_SIGNING(""), TLS_IDENTITY, NULL, NULL},
    {"signs lists", CLIENT_SIGNING("keyUsage=critical,digitalSignature,cRLSign\n"), TLS_IDENTITY,
     NULL, NULL},
    {"encrypts only", CLIENT_SIGNING("keyUsage=critical,keyEncipherment\n"), TLS_HANDSHAKE, NULL,
     NULL},
    /* names */
    {"CN only", BASIC SIGNS CLIENT_USE, TLS_IDENTITY, NULL, NULL},
    {"two URIs", CLIENT_NAMED(OUR_URI ",URI:lockgate://bridgewater/police/other"), TLS_IDENTITY,
     NULL, NULL},
    {"one URI twice", CLIENT_NAMED(OUR_URI "," OUR_URI), TLS_IDENTITY, NULL, NULL},
    {"URI and host", CLIENT_NAMED(OUR_URI ",DNS:localhost"), TLS_IDENTITY, NULL, NULL},
    {"URI and address", CLIENT_NAMED(OUR_URI ",IP:127.0.0.1"), TLS_IDENTITY, NULL, NULL},
    {"URI and mail", CLIENT_NAMED(OUR_URI ",email:a@police.example"), TLS_IDENTITY, NULL, NULL},
    {"URI and other name", CLIENT_NAMED(OUR_URI ",otherName:1.2.3.4;UTF8:x"), TLS_IDENTITY, NULL,
     NULL},
    {"mail alone", CLIENT_NAMED("email:lockgate@police.example"), TLS_IDENTITY, NULL, NULL},
    {"host alone", CLIENT_NAMED("DNS:localhost"), TLS_IDENTITY, NULL, NULL},
    {"upper case", CLIENT_NAMED("URI:lockgate://bridgewater/Police/cases"), TLS_IDENTITY, NULL,
     NULL},
    {"upper case scheme", CLIENT_NAMED("URI:LOCKGATE://bridgewater/police/cases"), TLS_IDENTITY,
     NULL, NULL},
    {"percent escape", CLIENT_NAMED("URI:lockgate://bridgewater/polic%65/cases"), TLS_IDENTITY,
     NULL, NULL},
    {"trailing slash", CLIENT_NAMED(OUR_URI "/"), TLS_IDENTITY, NULL, NULL},
    {"trailing dot", CLIENT_NAMED("URI:lockgate://bridgewater./police/cases"), TLS_IDENTITY, NULL,
     NULL},
    {"wildcard", CLIENT_NAMED("URI:lockgate://bridgewater/*/cases"), TLS_IDENTITY, NULL, NULL},
    {"port", CLIENT_NAMED("URI:lockgate://bridgewater:1/police/cases"), TLS_IDENTITY, NULL, NULL},
    {"user", CLIENT_NAMED("URI:lockgate://a@bridgewater/police/cases"), TLS_IDENTITY, NULL, NULL},
    {"query", CLIENT_NAMED(OUR_URI "?a"), TLS_IDENTITY, NULL, NULL},
    {"two parts", CLIENT_NAMED("URI:lockgate://bridgewater/police"), TLS_IDENTITY, NULL, NULL},
    {"empty part", CLIENT_NAMED("URI:lockgate://bridgewater//cases"), TLS_IDENTITY, NULL, NULL},
    {"part of 64", CLIENT_NAMED("URI:lockgate://bridgewater/police/" LABEL_63 "a"), TLS_IDENTITY,
     NULL, NULL},
    {"other scheme", CLIENT_NAMED("URI:spiffe://bridgewater/police/cases"), TLS_IDENTITY, NULL,
     NULL},
    /* lockgate://a/b/c NUL d: the reader of C strings sees /c */
    {"NUL at the end",
     BASIC SIGNS CLIENT_USE "subjectAltName=DER:3013"
                            "86116c6f636b676174653a2f2f612f622f6300\n",
     TLS_IDENTITY, NULL, NULL},
    {"NUL and more",
     BASIC SIGNS CLIENT_USE "subjectAltName=DER:3014"
                            "86126c6f636b676174653a2f2f612f622f630064\n",
     TLS_IDENTITY, NULL, NULL},
    {"the same without NUL",
     BASIC SIGNS CLIENT_USE "subjectAltName=DER:3012"
                            "86106c6f636b676174653a2f2f612f622f63\n",
     ACCEPTED, NULL, NULL},
    /* time */
    {"expired", CLIENT_NAMED(OUR_URI), TLS_HANDSHAKE, NULL,
     "-startdate 20200101000000Z -enddate 20200201000000Z"},
    {"not yet", CLIENT_NAMED(OUR_URI), TLS_HANDSHAKE, NULL,
     "-startdate 20980101000000Z -enddate 20980201000000Z"},
    {"100 years", CLIENT_NAMED(OUR_URI), TLS_IDENTITY, NULL,
     "-startdate 20200101000000Z -enddate 21200101000000Z"},
    /* algorithms */
    {"P-384", CLIENT_NAMED(OUR_URI), TLS_HANDSHAKE,
     "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", NULL},
    {"RSA", CLIENT_NAMED(OUR_URI), TLS_HANDSHAKE, "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
     NULL},
    {"SHA-1", CLIENT_NAMED(OUR_URI), TLS_HANDSHAKE, NULL, "-md sha1"},
    {"unknown critical extension", CLIENT_NAMED(OUR_URI) "1.2.3.4=critical,DER:0500\n",
     TLS_HANDSHAKE, NULL, NULL},
    {"unknown extension", CLIENT_NAMED(OUR_URI) "1.2.3.4=DER:0500\n", ACCEPTED, NULL, NULL},
};

static const struct leaf SERVER_LEAVES[] = {
    {"the profile", SERVER_NAMED("URI:lockgate://bridgewater/hub/gateway,DNS:localhost"), ACCEPTED,
     NULL, NULL},
    {"two hosts and an address",
     SERVER_NAMED(
         "DNS:a.example,URI:lockgate://bridgewater/hub/gateway,DNS:localhost,IP:127.0.0.1"),
     ACCEPTED, NULL, NULL},
    {"client usage",
     BASIC SIGNS CLIENT_USE NAME("URI:lockgate://bridgewater/hub/gateway,DNS:localhost"),
     TLS_HANDSHAKE, NULL, NULL},
    {"no usage", BASIC SIGNS NAME("URI:lockgate://bridgewater/hub/gateway,DNS:localhost"),
     TLS_IDENTITY, NULL, NULL},
    {"both usages",
     BASIC SIGNS "extendedKeyUsage=clientAuth,serverAuth\n" NAME(
         "URI:lockgate://bridgewater/hub/gateway,DNS:localhost"),
     TLS_IDENTITY, NULL, NULL},
    {"no host", SERVER_NAMED("URI:lockgate://bridgewater/hub/gateway"), TLS_IDENTITY, NULL, NULL},
    {"no URI", SERVER_NAMED("DNS:localhost"), TLS_IDENTITY, NULL, NULL},
    {"other host", SERVER_NAMED("URI:lockgate://bridgewater/hub/gateway,DNS:remotehost"),
     TLS_IDENTITY, NULL, NULL},
    {"host as wildcard", SERVER_NAMED("URI:lockgate://bridgewater/hub/gateway,DNS:*"), TLS_IDENTITY,
     NULL, NULL},
    {"other system", SERVER_NAMED("URI:lockgate://bridgewater/hub/gatewa,DNS:localhost"),
     TLS_IDENTITY, NULL, NULL},
    {"another agency's", SERVER_NAMED("URI:lockgate://bridgewater/police/gateway,DNS:localhost"),
     TLS_IDENTITY, NULL, NULL},
    {"mail beside",
     SERVER_NAMED("URI:lockgate://bridgewater/hub/gateway,DNS:localhost,email:a@b.example"),
     TLS_IDENTITY, NULL, NULL},
    {"expired", SERVER_NAMED("URI:lockgate://bridgewater/hub/gateway,DNS:localhost"), TLS_HANDSHAKE,
     NULL, "-startdate 20200101000000Z -enddate 20200201000000Z"},
};

/* Makes bad.pem and bad.key in the CA's folder. */
static void make_leaf(const struct support_ca *ca, const struct leaf *leaf) {
    char path[128];
    snprintf(path, sizeof path, "%s/bad.cnf", ca->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "[leaf]\n%s%s", leaf->extensions, KEY_IDS) > 0);
    assert_int_equal(fclose(file), 0);
    const char *key =
        leaf->key == NULL ? "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" : leaf->key;
    int status = support_ca_shell(
        ca,
        "openssl genpkey %s -out bad.key && "
        "openssl req -new -config $SOURCE/certs/openssl.cnf -key bad.key -out bad.csr && "
        "openssl ca -batch -notext -config $SOURCE/certs/openssl.cnf -extfile bad.cnf "
        "-extensions leaf %s -in bad.csr -out bad.pem",
        key, leaf->options == NULL ? "" : leaf->options);
    if (status != 0) {
        print_error("cannot make: %s\n", leaf->what);
    }
    assert_int_equal(status, 0);
}

static int meet_leaf(struct tls_context *context, enum tls_side our_side, const char *dir,
                     const char *name) {
    char certificate[128];
    char key[128];
    struct foreign_meeting meeting;
    snprintf(certificate, sizeof certificate, "%s/%s.pem", dir, name);
    snprintf(key, sizeof key, "%s/%s.key", dir, name);
    foreign_meet(context, our_side,
                 &(struct foreign_options){.certificate = certificate, .key = key, .alpn = "\2h2"},
                 SERVER_URI, &meeting);
    int code = lg_failed(meeting.err) ? (int)lg_err_code(meeting.err) : 0;
    assert_true(code == 0 || lg_err_class(meeting.err) == LG_CLASS_PEER);
    foreign_part(&meeting);
    return code;
}

static void try_leaves(struct world *world, enum tls_side our_side, const struct leaf *leaves,
                       size_t count) {
    struct tls_context *context = our_side == TLS_SERVER ? world->server : world->client;
    for (size_t i = 0; i < count; i++) {
        make_leaf(&world->ca, &leaves[i]);
        int code = meet_leaf(context, our_side, world->ca.dir, "bad");
        if (code != leaves[i].code) {
            print_error("%s: %d\n", leaves[i].what, code);
        }
        assert_int_equal(code, leaves[i].code);
    }
}

static void test_client_certificates(void **state) {
    try_leaves(*state, TLS_SERVER, CLIENT_LEAVES, sizeof CLIENT_LEAVES / sizeof *CLIENT_LEAVES);
}

static void test_server_certificates(void **state) {
    try_leaves(*state, TLS_CLIENT, SERVER_LEAVES, sizeof SERVER_LEAVES / sizeof *SERVER_LEAVES);
}

static void test_chains_that_do_not_end_with_us(void **state) {
    struct world *world = *state;
    assert_int_equal(meet_leaf(world->server, TLS_SERVER, world->other.dir, "police/cases/client"),
                     TLS_HANDSHAKE);
    assert_int_equal(meet_leaf(world->client, TLS_CLIENT, world->other.dir, "hub/gateway/server"),
                     TLS_HANDSHAKE);
    assert_int_equal(
        support_ca_shell(&world->ca,
                         "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 "
                         "-out self.key && openssl req -x509 -new -key self.key -days 10 "
                         "-subj /CN=self -addext %s -addext %s -addext %s -addext %s "
                         "-out self.pem",
                         "basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature",
                         "extendedKeyUsage=clientAuth", "subjectAltName=" OUR_URI),
        0);
    assert_int_equal(meet_leaf(world->server, TLS_SERVER, world->ca.dir, "self"), TLS_HANDSHAKE);
}

/* root > sub > leaf. With the root as anchor the chain is too long for us; with the sub as anchor
 * it is exactly right, and then the root's other children are strangers. */
static void test_only_an_anchor_itself_may_issue(void **state) {
    struct world *world = *state;
    static const char MAKE[] =
        "new() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; } && "
        "new root && new sub && new deep && "
        "openssl req -x509 -new -key root.key -subj /CN=root -days 10 -out root.pem "
        "-addext keyUsage=critical,keyCertSign,cRLSign && "
        "printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign,cRLSign\\n"
        "subjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid:always\\n' > sub.ext && "
        "openssl req -new -key sub.key -subj /CN=sub -out sub.csr && "
        "openssl x509 -req -in sub.csr -CA root.pem -CAkey root.key -days 10 -extfile sub.ext "
        "-set_serial 5 -out sub.pem && "
        "printf 'basicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature\\n"
        "extendedKeyUsage=clientAuth\\nsubjectAltName=" OUR_URI "\\n"
        "subjectKeyIdentifier=hash\\nauthorityKeyIdentifier=keyid:always\\n' > deep.ext && "
        "openssl req -new -key deep.key -subj /CN=deep -out deep.csr && "
        "openssl x509 -req -in deep.csr -CA sub.pem -CAkey sub.key -days 10 -extfile deep.ext "
        "-set_serial 6 -out leaf.pem && cat leaf.pem sub.pem > deep.pem";
    assert_int_equal(support_ca_shell(&world->ca, "%s", MAKE), 0);
    const struct {
        const char *anchors;
        int code;
    } cases[] = {{"root.pem", TLS_HANDSHAKE}, {"sub.pem", ACCEPTED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct support_files files;
        struct tls_context *server = NULL;
        struct diag diag = {0};
        support_files_set(&world->ca, "hub/gateway/server", &files);
        snprintf(files.anchors, sizeof files.anchors, "%s/%s", world->ca.dir, cases[i].anchors);
        files.files.crl = NULL;
        assert_false(lg_failed(tls_context_new(TLS_SERVER, &files.files, &diag, &server)));
        assert_int_equal(meet_leaf(server, TLS_SERVER, world->ca.dir, "deep"), cases[i].code);
        assert_int_equal(meet_leaf(server, TLS_SERVER, world->ca.dir, "police/cases/client"),
                         TLS_HANDSHAKE);
        tls_context_free(&server);
    }
}

/* ---- protocols ---- */

static int meet_as_client(struct world *world, const struct foreign_options *changes) {
    char certificate[128];
    char key[128];
    struct foreign_options options = *changes;
    struct foreign_meeting meeting;
    snprintf(certificate, sizeof certificate, "%s/police/cases/client.pem", world->ca.dir);
    snprintf(key, sizeof key, "%s/police/cases/client.key", world->ca.dir);
    options.certificate = certificate;
    options.key = key;
    foreign_meet(world->server, TLS_SERVER, &options, NULL, &meeting);
    int code = lg_failed(meeting.err) ? (int)lg_err_code(meeting.err) : 0;
    foreign_part(&meeting);
    return code;
}

static void test_clients_that_speak_something_else(void **state) {
    struct world *world = *state;
    const struct {
        struct foreign_options options;
        int code;
    } cases[] = {
        {{.alpn = "\2h2"}, ACCEPTED},
        {{.alpn = "\10http/1.1\2h2"}, ACCEPTED},
        {{.alpn = NULL}, TLS_HANDSHAKE},
        {{.alpn = "\10http/1.1"}, TLS_HANDSHAKE},
        {{.alpn = "\3h2c"}, TLS_HANDSHAKE},
        {{.alpn = "\2H2"}, TLS_HANDSHAKE},
        {{.alpn = "\2h2", .version_max = TLS1_2_VERSION}, TLS_HANDSHAKE},
        {{.alpn = "\2h2", .version_max = TLS1_1_VERSION}, TLS_HANDSHAKE},
        {{.alpn = "\2h2", .groups = "P-384"}, TLS_HANDSHAKE},
        {{.alpn = "\2h2", .groups = "P-256"}, ACCEPTED},
        {{.alpn = "\2h2", .groups = "X448"}, TLS_HANDSHAKE},
        {{.alpn = "\2h2", .ciphers = "TLS_AES_128_CCM_SHA256"}, TLS_HANDSHAKE},
        {{.alpn = "\2h2", .ciphers = "TLS_CHACHA20_POLY1305_SHA256"}, ACCEPTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(meet_as_client(world, &cases[i].options), cases[i].code);
    }
}

static void test_client_without_certificate(void **state) {
    struct world *world = *state;
    struct foreign_meeting meeting;
    foreign_meet(world->server, TLS_SERVER, &(struct foreign_options){.alpn = "\2h2"}, NULL,
                 &meeting);
    assert_int_equal(lg_err_code(meeting.err), TLS_HANDSHAKE);
    foreign_part(&meeting);
}

static void meet_as_server(struct world *world, const char *alpn, int version_max,
                           struct foreign_meeting *meeting) {
    char certificate[128];
    char key[128];
    snprintf(certificate, sizeof certificate, "%s/hub/gateway/server.pem", world->ca.dir);
    snprintf(key, sizeof key, "%s/hub/gateway/server.key", world->ca.dir);
    foreign_meet(
        world->client, TLS_CLIENT,
        &(struct foreign_options){
            .certificate = certificate, .key = key, .alpn = alpn, .version_max = version_max},
        SERVER_URI, meeting);
}

static void test_servers_that_speak_something_else(void **state) {
    struct world *world = *state;
    struct foreign_meeting meeting;
    meet_as_server(world, "\2h2", 0, &meeting);
    assert_false(lg_failed(meeting.err));
    foreign_part(&meeting);
    meet_as_server(world, NULL, 0, &meeting);
    assert_int_equal(lg_err_code(meeting.err), TLS_HANDSHAKE);
    foreign_part(&meeting);
    meet_as_server(world, "\10http/1.1", 0, &meeting);
    assert_int_equal(lg_err_code(meeting.err), TLS_HANDSHAKE);
    foreign_part(&meeting);
    meet_as_server(world, "\2h2", TLS1_2_VERSION, &meeting);
    assert_int_equal(lg_err_code(meeting.err), TLS_HANDSHAKE);
    foreign_part(&meeting);
}

/* In TLS 1.3 a server judges our certificate after our handshake is over: the refusal comes with
 * the first read, and must not look like a broken line that is worth another try. */
static void test_refusal_after_the_handshake(void **state) {
    struct world *world = *state;
    char certificate[128];
    char key[128];
    char anchors[128];
    struct foreign_meeting meeting;
    snprintf(certificate, sizeof certificate, "%s/hub/gateway/server.pem", world->ca.dir);
    snprintf(key, sizeof key, "%s/hub/gateway/server.key", world->ca.dir);
    snprintf(anchors, sizeof anchors, "%s/ca.pem", world->other.dir);
    foreign_meet(world->client, TLS_CLIENT,
                 &(struct foreign_options){
                     .certificate = certificate, .key = key, .anchors = anchors, .alpn = "\2h2"},
                 SERVER_URI, &meeting);
    assert_false(lg_failed(meeting.err));
    assert_int_not_equal(SSL_do_handshake(meeting.foreign->ssl), 1);
    uint8_t buf[16];
    size_t len = 0;
    struct lg_err err = tls_stream_read(meeting.ours, buf, sizeof buf, &len);
    assert_int_equal(lg_err_code(err), TLS_HANDSHAKE);
    foreign_part(&meeting);
}

/* ---- after the handshake ---- */

static void meet_good_client(struct world *world, struct foreign_meeting *meeting) {
    char certificate[128];
    char key[128];
    snprintf(certificate, sizeof certificate, "%s/police/cases/client.pem", world->ca.dir);
    snprintf(key, sizeof key, "%s/police/cases/client.key", world->ca.dir);
    foreign_meet(world->server, TLS_SERVER,
                 &(struct foreign_options){.certificate = certificate, .key = key, .alpn = "\2h2"},
                 NULL, meeting);
    assert_false(lg_failed(meeting->err));
}

static void test_no_ticket_and_no_resumption(void **state) {
    struct world *world = *state;
    struct foreign_meeting meeting;
    uint8_t byte[1];
    size_t len = 0;
    meet_good_client(world, &meeting);
    assert_false(lg_failed(tls_stream_write(meeting.ours, span_text("x"), &len)));
    assert_int_equal(SSL_read(meeting.foreign->ssl, byte, 1), 1);
    assert_int_equal(meeting.foreign->tickets, 0);
    assert_int_equal(SSL_SESSION_is_resumable(SSL_get0_session(meeting.foreign->ssl)), 0);
    assert_int_equal(SSL_get_early_data_status(meeting.foreign->ssl), SSL_EARLY_DATA_NOT_SENT);
    foreign_part(&meeting);
}

static struct lg_err update_keys(struct foreign_meeting *meeting, int times) {
    uint8_t buf[16];
    size_t len = 0;
    struct lg_err err = lg_err_make(LG_CLASS_PEER, LG_TLS, TLS_AGAIN);
    for (int i = 0; i < times && lg_err_code(err) == TLS_AGAIN; i++) {
        assert_int_equal(SSL_key_update(meeting->foreign->ssl, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(meeting->foreign->ssl), 1);
        err = tls_stream_read(meeting->ours, buf, sizeof buf, &len);
    }
    return err;
}

static void test_key_updates_have_a_ceiling(void **state) {
    struct world *world = *state;
    struct foreign_meeting meeting;
    uint8_t buf[16];
    size_t len = 0;
    meet_good_client(world, &meeting);
    assert_int_equal(lg_err_code(update_keys(&meeting, LIMIT_TLS_LATE_MESSAGES)), TLS_AGAIN);
    assert_int_equal(SSL_write(meeting.foreign->ssl, "still here", 10), 10);
    assert_false(lg_failed(tls_stream_read(meeting.ours, buf, sizeof buf, &len)));
    assert_int_equal(len, 10);
    assert_int_equal(lg_err_code(update_keys(&meeting, 1)), TLS_BROKEN);
    assert_int_equal(lg_err_code(tls_stream_write(meeting.ours, span_text("x"), &len)), TLS_BROKEN);
    foreign_part(&meeting);
}

/* Far more of them at once than one call may take from the socket. */
static void test_a_flood_of_key_updates(void **state) {
    struct world *world = *state;
    struct foreign_meeting meeting;
    uint8_t buf[16];
    size_t len = 0;
    meet_good_client(world, &meeting);
    int sent = 0;
    while (sent < 5000 && SSL_key_update(meeting.foreign->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
           SSL_do_handshake(meeting.foreign->ssl) == 1) {
        sent++;
    }
    assert_true(sent > LIMIT_TLS_LATE_MESSAGES);
    assert_int_equal(lg_err_code(tls_stream_read(meeting.ours, buf, sizeof buf, &len)), TLS_BROKEN);
    foreign_part(&meeting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_server_certificates),
        cmocka_unit_test(test_chains_that_do_not_end_with_us),
        cmocka_unit_test(test_only_an_anchor_itself_may_issue),
        cmocka_unit_test(test_clients_that_speak_something_else),
        cmocka_unit_test(test_client_without_certificate),
        cmocka_unit_test(test_servers_that_speak_something_else),
        cmocka_unit_test(test_refusal_after_the_handshake),
        cmocka_unit_test(test_no_ticket_and_no_resumption),
        cmocka_unit_test(test_key_updates_have_a_ceiling),
        cmocka_unit_test(test_a_flood_of_key_updates),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
