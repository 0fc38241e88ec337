/* SPDX-License-Identifier: Apache-2.0 */
/* lockgated's `console`: what is read, and what is refused with its line. */
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

static const char GATEWAY[] = "listen: 127.0.0.1:0\n" TLS("tls-server")
    TLS("tls-client") "partnership: p.yaml\nagreements: []\nstate: state\n"
                      "log:\n  key: log.key\n  origin: log.example\n"
                      "key-service:\n  address: 127.0.0.1:7001\n  dns: keys\n  uri: "
                      "lockgate://b/hub/keys\nindex-key: index.key\n";

/* The section, line by line: a test puts another in the place of one. */
struct line {
    const char *name;
    const char *text;
};
static const struct line LINES[] = {
    {"console", "console:\n"},
    {"listen", "  listen: 127.0.0.1:8443\n"},
    {"certificate", "  certificate: site.pem\n"},
    {"key", "  key: site.key\n"},
    {"origin", "  origin: https://console.example:8443\n"},
    {"assets", "  assets: assets\n"},
    {"system", "  system: console\n"},
    {"sign-in", "  sign-in:\n"},
    {"issuer", "    issuer: https://provider.example\n"},
    {"authorization", "    authorization: https://provider.example/auth\n"},
    {"token", "    token: https://provider.example/token\n"},
    {"anchors", "    anchors: ca.pem\n"},
    {"client", "    client: lockgate\n"},
    {"secret", "    secret: secret\n"},
    {"algorithm", "    algorithm: ES256\n"},
    {"keys", "    keys: keys.json\n"},
    {"groups", "    groups: groups\n"},
    {"roles", "    roles:\n      - {claim: a, role: coordinator}\n"
              "      - {claim: b, role: ig-officer, officer: true}\n"},
};

static struct lg_err load(const char *name, const char *text, struct diag *diag,
                          struct config_gateway **out_gateway) {
    char path[] = "/tmp/lockgate-console-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs(GATEWAY, file) >= 0);
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        bool is_other = name != NULL && strcmp(LINES[i].name, name) == 0;
        assert_true(fputs(is_other ? text : LINES[i].text, file) >= 0);
    }
    assert_int_equal(fclose(file), 0);
    struct lg_err err = config_gateway_load(path, diag, out_gateway);
    assert_int_equal(unlink(path), 0);
    return err;
}

static void a_console_is_read(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_gateway *gateway = NULL;
    assert_false(lg_failed(load(NULL, NULL, &diag, &gateway)));
    const struct config_console *console = gateway->console;
    assert_non_null(console);
    assert_int_equal(console->listen.port, 8443);
    assert_string_equal(console->certificate, "/tmp/site.pem");
    assert_string_equal(console->origin, "https://console.example:8443");
    assert_null(console->pins);
    assert_false(console->is_synthetic);
    assert_int_equal(console->idle_s, 900);
    assert_int_equal(console->longest_s, 36000);
    assert_int_equal(console->fresh_s, 300);
    assert_string_equal(console->sign_in.keys, "/tmp/keys.json");
    assert_null(console->sign_in.user_claim);
    assert_int_equal(console->sign_in.role_count, 2);
    assert_false(console->sign_in.roles[0].is_officer);
    assert_true(console->sign_in.roles[1].is_officer);
    config_gateway_free(&gateway);
}

static void without_a_section_there_is_none(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_gateway *gateway = NULL;
    char path[] = "/tmp/lockgate-console-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, GATEWAY, strlen(GATEWAY)), (ssize_t)strlen(GATEWAY));
    close(fd);
    assert_false(lg_failed(config_gateway_load(path, &diag, &gateway)));
    assert_int_equal(unlink(path), 0);
    assert_null(gateway->console);
    config_gateway_free(&gateway);
}

static void more_may_be_said(void **state) {
    (void)state;
    struct diag diag = {0};
    struct config_gateway *gateway = NULL;
    assert_false(lg_failed(load("system",
                                "  system: console\n  pins: pins\n  synthetic: true\n  idle-s: 60\n"
                                "  longest-s: 3600\n  fresh-s: 30\n",
                                &diag, &gateway)));
    assert_string_equal(gateway->console->pins, "/tmp/pins");
    assert_true(gateway->console->is_synthetic);
    assert_int_equal(gateway->console->idle_s, 60);
    assert_int_equal(gateway->console->longest_s, 3600);
    assert_int_equal(gateway->console->fresh_s, 30);
    config_gateway_free(&gateway);
    assert_false(lg_failed(
        load("groups", "    groups: g\n    user: oid\n    scope: openid x\n", &diag, &gateway)));
    assert_string_equal(gateway->console->sign_in.user_claim, "oid");
    config_gateway_free(&gateway);
}

static void what_is_wrong_is_said(void **state) {
    (void)state;
    static const struct line rows[] = {
        {"listen", "  listen: console.example\n"},
        {"certificate", ""},
        {"origin", "  origin: http://console.example\n"},
        {"origin", "  origin: https://console.example/\n"},
        {"origin", "  origin: https://\n"},
        {"origin", "  origin: https://me@console.example\n"},
        {"origin", "  origin: \"https://console.example\\r\\nx: y\"\n"},
        {"system", "  system: Console\n"},
        {"system", "  system: console\n  idle-s: 0\n"},
        {"system", "  system: console\n  idle-s: 901\n"},
        {"system", "  system: console\n  longest-s: 36001\n"},
        {"system", "  system: console\n  fresh-s: 301\n"},
        {"system", "  system: console\n  more: x\n"},
        {"issuer", "    issuer: http://provider.example\n"},
        {"issuer", "    issuer: https://provider.example?x\n"},
        {"authorization", "    authorization: https://provider.example/auth?x=y\n"},
        {"authorization", "    authorization: \"javascript:alert(1)\"\n"},
        {"token", "    token: http://provider.example/token\n"},
        {"token", "    token: file:///etc/hostname\n"},
        {"algorithm", "    algorithm: HS256\n"},
        {"algorithm", "    algorithm: none\n"},
        {"algorithm", "    algorithm: es256\n"},
        {"groups", "    groups: groups\n    user: email\n"},
        {"groups", "    groups: groups\n    user: preferred_username\n"},
        {"roles", "    roles: []\n"},
        {"roles", "    roles:\n      - {claim: a, role: Coordinator}\n"},
        {"roles", "    roles:\n      - {claim: a, role: x}\n      - {claim: a, role: y}\n"},
        {"roles", "    roles:\n      - {claim: \"\", role: x}\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct diag diag = {0};
        struct config_gateway *gateway = NULL;
        struct lg_err err = load(rows[i].name, rows[i].text, &diag, &gateway);
        if (!lg_failed(err)) {
            print_message("%s", rows[i].text);
        }
        assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
        assert_true(diag.line > 0);
        assert_true(diag.text[0] != '\0');
        assert_null(gateway);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_console_is_read),
        cmocka_unit_test(without_a_section_there_is_none),
        cmocka_unit_test(more_may_be_said),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
