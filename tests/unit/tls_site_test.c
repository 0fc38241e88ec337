/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts for browsers: nobody is asked for a certificate, and our own is a site's. */
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/ca.h"
#include "tests/support/foreign.h"

#include <cmocka.h>

struct world {
    struct support_ca ca;
};

static int setup(void **state) {
    static struct world world;
    support_ca_new(&world.ca, LOCKGATE_SOURCE, "bridgewater");
    support_ca_run(&world.ca, "server", "hub console console.example,127.0.0.1");
    support_ca_run(&world.ca, "client", "hub console");
    *state = &world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    support_ca_free(&world->ca);
    return 0;
}

static struct lg_err context_new(const struct world *world, const char *leaf, struct diag *diag,
                                 struct tls_context **out_context) {
    char certificate[160];
    char key[160];
    (void)snprintf(certificate, sizeof certificate, "%s/%s.pem", world->ca.dir, leaf);
    (void)snprintf(key, sizeof key, "%s/%s.key", world->ca.dir, leaf);
    const struct tls_files files = {.certificate = certificate, .key = key, .is_open = true};
    return tls_context_new(TLS_SERVER, &files, diag, out_context);
}

static void a_browser_is_nobody(void **state) {
    const struct world *world = *state;
    struct diag diag = {0};
    struct tls_context *context = NULL;
    struct foreign_meeting meeting;
    assert_false(lg_failed(context_new(world, "hub/console/server", &diag, &context)));
    foreign_meet(context, TLS_SERVER, &(struct foreign_options){.alpn = "\2h2"}, NULL, &meeting);
    assert_false(lg_failed(meeting.err));
    const struct tls_peer *peer = tls_stream_peer(meeting.ours);
    assert_int_equal(peer->uri[0], '\0');
    assert_string_equal(peer->agency, TLS_NOBODY);
    assert_true(tls_stream_peer_is_valid(meeting.ours, 0));
    assert_true(tls_stream_has_name(meeting.ours, span_text("console.example")));
    assert_true(tls_stream_has_name(meeting.ours, span_text("127.0.0.1")));
    foreign_part(&meeting);
    tls_context_free(&context);
}

/* Who has a certificate of the partnership is not asked for it, and is nobody as well. */
static void a_certificate_is_not_looked_at(void **state) {
    const struct world *world = *state;
    struct diag diag = {0};
    struct tls_context *context = NULL;
    struct foreign_meeting meeting;
    char certificate[160];
    char key[160];
    (void)snprintf(certificate, sizeof certificate, "%s/hub/console/client.pem", world->ca.dir);
    (void)snprintf(key, sizeof key, "%s/hub/console/client.key", world->ca.dir);
    assert_false(lg_failed(context_new(world, "hub/console/server", &diag, &context)));
    foreign_meet(context, TLS_SERVER,
                 &(struct foreign_options){.alpn = "\2h2", .certificate = certificate, .key = key},
                 NULL, &meeting);
    assert_false(lg_failed(meeting.err));
    assert_string_equal(tls_stream_peer(meeting.ours)->agency, TLS_NOBODY);
    foreign_part(&meeting);
    tls_context_free(&context);
}

/* What we take of a peer's offer is what we take of a partner's. */
static void other_offers_are_turned_away(void **state) {
    const struct world *world = *state;
    struct diag diag = {0};
    struct tls_context *context = NULL;
    static const struct foreign_options offers[] = {
        {.alpn = NULL},
        {.alpn = "\x8http/1.1"},
        {.alpn = "\2h2", .version_max = TLS1_2_VERSION},
        {.alpn = "\2h2", .groups = "P-384"},
    };
    assert_false(lg_failed(context_new(world, "hub/console/server", &diag, &context)));
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        struct foreign_meeting meeting;
        foreign_meet(context, TLS_SERVER, &offers[i], NULL, &meeting);
        assert_true(lg_failed(meeting.err));
        foreign_part(&meeting);
    }
    tls_context_free(&context);
}

static void our_own_is_a_sites(void **state) {
    const struct world *world = *state;
    struct diag diag = {0};
    struct tls_context *context = NULL;
    assert_true(lg_failed(context_new(world, "hub/console/client", &diag, &context)));
    assert_non_null(strstr(diag.text, "not for servers"));
    /* Not of the partnership at all, and with no URI: browsers do not care, nor do we. */
    static const struct {
        const char *key;
        const char *extension;
        const char *fault; /* NULL: it is taken */
    } rows[] = {
        {"EC -pkeyopt ec_paramgen_curve:P-256", "subjectAltName=DNS:console.example", NULL},
        {"EC -pkeyopt ec_paramgen_curve:P-256", "subjectAltName=IP:127.0.0.1", NULL},
        {"EC -pkeyopt ec_paramgen_curve:P-256", "subjectAltName=email:a@example.org", "host name"},
        {"EC -pkeyopt ec_paramgen_curve:P-384", "subjectAltName=DNS:console.example", "P-256"},
        {"ED25519", "subjectAltName=DNS:console.example", "P-256"},
        {"RSA -pkeyopt rsa_keygen_bits:2048", "subjectAltName=DNS:console.example", "P-256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(
            support_ca_shell(&world->ca,
                             "openssl genpkey -algorithm %s -out own.key && chmod 600 own.key && "
                             "openssl req -x509 -new -key own.key -days 20 -subj /CN=x -addext "
                             "basicConstraints=critical,CA:FALSE -addext "
                             "keyUsage=digitalSignature -addext extendedKeyUsage=serverAuth "
                             "-addext %s -out own.pem",
                             rows[i].key, rows[i].extension),
            0);
        diag = (struct diag){0};
        struct lg_err err = context_new(world, "own", &diag, &context);
        assert_int_equal(lg_failed(err), rows[i].fault != NULL);
        assert_true(rows[i].fault == NULL || strstr(diag.text, rows[i].fault) != NULL);
        tls_context_free(&context);
    }
}

static void a_new_certificate_is_taken_over(void **state) {
    const struct world *world = *state;
    struct diag diag = {0};
    struct tls_context *context = NULL;
    bool is_changed = true;
    assert_false(lg_failed(context_new(world, "hub/console/server", &diag, &context)));
    assert_false(lg_failed(tls_context_refresh(context, &diag, &is_changed)));
    assert_false(is_changed);
    assert_int_equal(tls_context_generation(context), 1);
    support_ca_run(&world->ca, "renew", "hub/console");
    assert_false(lg_failed(tls_context_refresh(context, &diag, &is_changed)));
    assert_true(is_changed);
    assert_int_equal(tls_context_generation(context), 2);
    assert_true(tls_context_until_s(context, TLS_TERM_OWN) > 0);
    assert_true(tls_context_until_s(context, TLS_TERM_TRUST) == INT64_MAX);
    tls_context_free(&context);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browser_is_nobody),
        cmocka_unit_test(a_certificate_is_not_looked_at),
        cmocka_unit_test(other_offers_are_turned_away),
        cmocka_unit_test(our_own_is_a_sites),
        cmocka_unit_test(a_new_certificate_is_taken_over),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
