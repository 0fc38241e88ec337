/* SPDX-License-Identifier: Apache-2.0 */
/* The file of lockgate-witness, `witnesses` of lockgated's, systems of kind auditor: what is read,
 * and what is refused with its line. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/config/config.h"

#include <cmocka.h>

#define TLS(name) name ":\n  certificate: c.pem\n  key: c.key\n  anchors: ca.pem\n  crl: crl.pem\n"
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char WITNESS[] =
    "listen: 127.0.0.1:7000\n" TLS("tls-server") "name: witness.example\nkey: w.key\nstate: seen\n";
static const char GATEWAY[] = "listen: 127.0.0.1:0\n" TLS("tls-server")
    TLS("tls-client") "partnership: p.yaml\n"
                      "agreements:\n  - file: a.isa\n    sha256: " DIGEST "\nstate: state\n"
                      "log:\n  key: log.key\n  origin: log.example\n"
                      "key-service:\n  address: 127.0.0.1:7001\n  dns: keys\n  uri: "
                      "lockgate://b/hub/keys\n"
                      "index-key: index.key\n";
static const char PARTNERSHIP[] = "partnership: b\nname: B\nparties:\n  - id: hub\n    name: Hub\n"
                                  "    systems:\n";

static void text_write(const char *head, const char *rest, char path[static 64]) {
    snprintf(path, 64, "/tmp/lockgate-witness-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%s", head, rest) > 0);
    assert_int_equal(fclose(file), 0);
}

static struct lg_err witness_load(const char *rest, struct diag *diag,
                                  struct config_witness **out_witness) {
    char path[64];
    text_write(WITNESS, rest, path);
    struct lg_err err = config_witness_load(path, diag, out_witness);
    assert_int_equal(unlink(path), 0);
    return err;
}

static struct lg_err gateway_load(const char *rest, struct diag *diag,
                                  struct config_gateway **out_gateway) {
    char path[64];
    text_write(GATEWAY, rest, path);
    struct lg_err err = config_gateway_load(path, diag, out_gateway);
    assert_int_equal(unlink(path), 0);
    return err;
}

/* ---- lockgate-witness */

static void a_witness_is_read(void **state) {
    struct diag diag = {0};
    struct config_witness *it = NULL;
    (void)state;
    assert_false(lg_failed(witness_load("logs:\n  - a+1+AQ\n  - b+2+AQ\n", &diag, &it)));
    assert_int_equal(it->listen.port, 7000);
    assert_string_equal(it->name, "witness.example");
    assert_string_equal(it->key, "/tmp/w.key");
    assert_string_equal(it->state, "/tmp/seen");
    assert_int_equal(it->log_count, 2);
    assert_string_equal(it->logs[1], "b+2+AQ");
    config_witness_free(&it);
    assert_null(it);
}

static void a_witness_has_logs(void **state) {
    static const char *const bad[] = {"",
                                      "logs: []\n",
                                      "logs: a+1+AQ\n",
                                      "logs:\n  - a\nmore: 1\n",
                                      "logs:\n  - a\nlogs:\n  - b\n",
                                      "logs:\n  - {a: b}\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct diag diag = {0};
        struct config_witness *it = NULL;
        struct lg_err err = witness_load(bad[i], &diag, &it);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_null(it);
        assert_true(diag.text[0] != '\0');
    }
}

/* ---- lockgated */

#define WITNESS_AT(port, uri, key)                                                                 \
    "  - address: 127.0.0.1:" port "\n    dns: w\n    uri: " uri "\n    key: " key "\n"

static void witnesses_are_read_in_their_order(void **state) {
    struct diag diag = {0};
    struct config_gateway *it = NULL;
    (void)state;
    assert_false(lg_failed(gateway_load("", &diag, &it)));
    assert_int_equal(it->witness_count, 0);
    config_gateway_free(&it);
    assert_false(lg_failed(
        gateway_load("witnesses:\n" WITNESS_AT("7100", "lockgate://b/police/witness", "p+1+BA")
                         WITNESS_AT("7101", "lockgate://c/x/witness", "x+2+BB"),
                     &diag, &it)));
    assert_int_equal(it->witness_count, 2);
    assert_int_equal(it->witnesses[0].peer.address.port, 7100);
    assert_string_equal(it->witnesses[0].peer.dns, "w");
    assert_string_equal(it->witnesses[1].peer.uri, "lockgate://c/x/witness");
    assert_string_equal(it->witnesses[1].vkey, "x+2+BB");
    config_gateway_free(&it);
}

static void a_wrong_witness_is_told(void **state) {
    static const struct {
        const char *text;
        const char *told;
    } bad[] = {
        {"witnesses:\n" WITNESS_AT("7100", "lockgate://b/p/w", "p+1+BA")
             WITNESS_AT("7101", "lockgate://b/q/w", "p+1+BA"),
         "twice"},
        {"witnesses:\n" WITNESS_AT("7100", "lockgate://b/p/w", "p+1+B+A")
             WITNESS_AT("7101", "lockgate://b/q/w", "q+2+B+A"),
         "twice"},
        {"witnesses:\n" WITNESS_AT("0", "lockgate://b/p/w", "p+1+BA"), "witnesses[0].address"},
        {"witnesses:\n" WITNESS_AT("7100", "https://b/p/w", "p+1+BA"), "witnesses[0].uri"},
        {"witnesses:\n  - address: 127.0.0.1:7100\n    dns: w\n    uri: lockgate://b/p/w\n", "key"},
        {"witnesses: none\n", "witnesses"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct diag diag = {0};
        struct config_gateway *it = NULL;
        struct lg_err err = gateway_load(bad[i].text, &diag, &it);
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_null(it);
        if (strstr(diag.text, bad[i].told) == NULL) {
            fail_msg("%zu: %s", i, diag.text);
        }
        assert_true(diag.line > 20);
    }
}

/* ---- partnership.yaml */

static void an_auditor_is_a_kind_of_system(void **state) {
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    char path[64];
    (void)state;
    text_write(PARTNERSHIP, "      - {name: eyes, kind: auditor}\n", path);
    struct lg_err err = config_partnership_load(path, &diag, &it);
    assert_int_equal(unlink(path), 0);
    assert_false(lg_failed(err));
    assert_int_equal(it->parties[0].systems[0].kind, SYSTEM_AUDITOR);
    config_partnership_free(&it);
}

static void an_auditor_has_no_roles(void **state) {
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    char path[64];
    (void)state;
    text_write(PARTNERSHIP, "      - {name: eyes, kind: auditor, roles: [reviewer]}\n", path);
    struct lg_err err = config_partnership_load(path, &diag, &it);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_null(it);
    assert_non_null(strstr(diag.text, "systems[0].roles: an auditor"));
    assert_int_equal(diag.line, 7);
}

#define ONE_WITNESS(number)                                                                        \
    "  - address: 127.0.0.1:700" number "\n    dns: localhost\n    uri: lockgate://b/p" number     \
    "/witness\n    key: p" number "+0+A" number "\n"

static void a_quorum_is_read(void **state) {
    struct diag diag = {0};
    struct config_gateway *it = NULL;
    (void)state;
    assert_false(lg_failed(gateway_load("witnesses:\n" ONE_WITNESS("1") ONE_WITNESS("2")
                                            ONE_WITNESS("3") "quorum:\n  witnesses: 2\n"
                                                             "  agreements:\n    - north\n"
                                                             "    - south\n"
                                                             "  emergencies-at-once:\n"
                                                             "    - south\n",
                                        &diag, &it)));
    assert_non_null(it->quorum);
    assert_int_equal(it->quorum->at_once_count, 1);
    assert_string_equal(it->quorum->at_once[0], "south");
    assert_int_equal(it->quorum->witnesses, 2);
    assert_int_equal(it->quorum->agreement_count, 2);
    assert_string_equal(it->quorum->agreements[1], "south");
    config_gateway_free(&it);
    assert_false(lg_failed(gateway_load("witnesses:\n" ONE_WITNESS("1"), &diag, &it)));
    assert_null(it->quorum);
    config_gateway_free(&it);
}

static void a_quorum_that_cannot_be_met_is_refused(void **state) {
    static const char *const bad[] = {
        "quorum:\n  witnesses: 1\n  agreements:\n    - north\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 2\n  agreements:\n    - north\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 0\n  agreements:\n    - north\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  agreements:\n    - north\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n  agreements: []\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n  agreements:\n    - north\n"
                                        "    - south\n    - north\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n  agreements:\n    - north\n"
                                        "  more: 1\n",
        /* None that waits, and one twice. */
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n  agreements:\n    - north\n"
                                        "  emergencies-at-once:\n    - south\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n  agreements:\n    - north\n"
                                        "  emergencies-at-once:\n    - north\n    - north\n",
        "witnesses:\n" ONE_WITNESS("1") "quorum:\n  witnesses: 1\n  agreements:\n    - north\n"
                                        "  emergencies-at-once: []\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct diag diag = {0};
        struct config_gateway *it = NULL;
        assert_true(lg_failed(gateway_load(bad[i], &diag, &it)));
        assert_null(it);
        assert_true(diag.text[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_witness_is_read),
        cmocka_unit_test(a_witness_has_logs),
        cmocka_unit_test(witnesses_are_read_in_their_order),
        cmocka_unit_test(a_wrong_witness_is_told),
        cmocka_unit_test(an_auditor_is_a_kind_of_system),
        cmocka_unit_test(an_auditor_has_no_roles),
        cmocka_unit_test(a_quorum_is_read),
        cmocka_unit_test(a_quorum_that_cannot_be_met_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
