/* SPDX-License-Identifier: Apache-2.0 */
/* Every file of configuration: a whole one loads to what it says; each kind of mistake is named
 * with its line. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/limits.h"
#include "gateway/config/config.h"
#include "tests/support/support.h"

#include <cmocka.h>

static const char PARTNERSHIP[] =
    "# who is known\n"
    "partnership: bridgewater\n"
    "name: Bridgewater Partnership\n"
    "parties:\n"
    "  - id: childrens-care\n"
    "    name: \"Bridgewater Council: children's care\"\n"
    "    systems:\n"
    "      - name: cases\n"
    "        kind: case-system\n"
    "        roles: [social-worker, team-manager]\n"
    "      - {name: connector, kind: connector}\n"
    "    source:\n"
    "      address: '[::1]:9443'\n"
    "      dns: cases.childrens-care.example\n"
    "      system: connector\n"
    "      hidden-slot-ms: 1500\n"
    "    look-up: plain\n"
    "    public-key: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF\n"
    "  - id: hub\n"
    "    name: Hub\n"
    "    systems:\n"
    "      - {name: gateway, kind: gateway}\n"
    "      - {name: keys, kind: key-service}\n"
    "      - {name: desk, kind: officer, roles: [officer]}\n"
    "      - {name: console, kind: console, roles: [coordinator]}\n"
    "urgent-purposes: [child-safeguarding, adult-safeguarding]\n";

#define TLS_KEYS(side)                                                                             \
    "  certificate: " side ".pem\n"                                                                \
    "  key: " side ".key\n"                                                                        \
    "  anchors: ca.pem\n"                                                                          \
    "  crl: /run/crl.pem\n"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char GATEWAY[] = "listen: 127.0.0.1:8443\n"
                              "workers: 2\n"
                              "tls-server:\n" TLS_KEYS("server") "tls-client:\n" TLS_KEYS(
                                  "client") "partnership: partnership.yaml\n"
                                            "agreements:\n"
                                            "  - file: ../one.isa\n"
                                            "    sha256: " HASH "\n"
                                            "floor: {file: floor.isa, sha256: " HASH "}\n"
                                            "state: state\n"
                                            "log:\n"
                                            "  key: log.key\n"
                                            "  origin: bridgewater.example/log\n"
                                            "key-service:\n"
                                            "  address: keys.example:9000\n"
                                            "  dns: keys.example\n"
                                            "  uri: lockgate://bridgewater/hub/keys\n"
                                            "index-key: index.key\n"
                                            "limits:\n"
                                            "  source-timeout-ms: 800\n"
                                            "wards: wards.csv\n"
                                            "register: {file: uk.register, sha256: " HASH "}\n";

static const char KEYD[] = "listen: 127.0.0.1:0\n"
                           "tls-server:\n" TLS_KEYS("keys") "passphrase: /etc/pass\n"
                                                            "state: .\n"
                                                            "partnership: p.yaml\n"
                                                            "callers:\n"
                                                            "  - lockgate://b/hub/gateway\n"
                                                            "  - lockgate://b/hub/tool\n";

static const char CONNECTOR[] = "listen: localhost:9001\n"
                                "tls-server:\n" TLS_KEYS("server") "tls-client:\n" TLS_KEYS(
                                    "client") "agency: housing\n"
                                              "gateway:\n"
                                              "  address: 10.0.0.1:8443\n"
                                              "  dns: gateway.example\n"
                                              "  uri: lockgate://bridgewater/hub/gateway\n"
                                              "mapping: mapping.yaml\n"
                                              "secret-key: housing.key\n"
                                              "pinned-keys: keys.yaml\n"
                                              "state: state\n"
                                              "local-blinding: true\n";

struct place {
    char dir[64];
    char path[96];
};

static int setup(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    memcpy(place->dir, "/tmp/lockgate-test-XXXXXX", sizeof "/tmp/lockgate-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->path, sizeof place->path, "%s/file.yaml", place->dir);
    *state = place;
    return 0;
}

static int teardown(void **state) {
    struct place *place = *state;
    unlink(place->path);
    assert_int_equal(rmdir(place->dir), 0);
    free(place);
    return 0;
}

static void put_bytes(const struct place *place, const void *bytes, size_t len) {
    FILE *file = fopen(place->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(place->path, 0644), 0);
}

static void put(const struct place *place, const char *text) {
    put_bytes(place, text, strlen(text));
}

/* The text with its first `from` replaced by `to`, which has to be there. */
static void put_changed(const struct place *place, const char *text, const char *from,
                        const char *to) {
    const char *at = strstr(text, from);
    assert_non_null(at);
    char *changed = NULL;
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
    put(place, changed);
    free(changed);
}

static void expect_path(const struct place *place, const char *path, const char *rest) {
    char want[128];
    snprintf(want, sizeof want, "%s/%s", place->dir, rest);
    assert_string_equal(path, want);
}

/* ---- what is right ---- */

static void test_partnership_and_registry(void **state) {
    struct place *place = *state;
    put(place, PARTNERSHIP);
    struct diag diag = {0};
    struct config_partnership *it = NULL;
    struct lg_err err = config_partnership_load(place->path, &diag, &it);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    assert_string_equal(it->partnership, "bridgewater");
    assert_int_equal(it->party_count, 2);
    assert_int_equal(it->urgent_purpose_count, 2);
    assert_string_equal(it->urgent_purposes[1], "adult-safeguarding");
    const struct config_party *care = config_party_find(it, span_text("childrens-care"));
    assert_non_null(care);
    assert_string_equal(care->name, "Bridgewater Council: children's care");
    assert_int_equal(care->look_up, CONFIG_LOOK_UP_PLAIN);
    assert_true(care->has_public_key);
    assert_int_equal(care->public_key[0], 0);
    assert_int_equal(care->public_key[31], 0xff);
    assert_string_equal(care->source->address.host, "::1");
    assert_int_equal(care->source->address.port, 9443);
    assert_int_equal(care->source->hidden_slot_ms, 1500);
    assert_string_equal(care->source->uri, "lockgate://bridgewater/childrens-care/connector");
    const struct config_system *cases = config_system_find(care, span_text("cases"));
    assert_non_null(cases);
    assert_int_equal(cases->kind, SYSTEM_CASE_SYSTEM);
    assert_true(config_role_is_vouched(cases, span_text("team-manager")));
    assert_false(config_role_is_vouched(cases, span_text("team")));
    assert_false(config_role_is_vouched(cases, span_text("")));
    const struct config_system *connector = config_system_find(care, span_text("connector"));
    assert_int_equal(connector->kind, SYSTEM_CONNECTOR);
    assert_false(config_role_is_vouched(connector, span_text("social-worker")));
    const struct config_party *hub = config_party_find(it, span_text("hub"));
    assert_null(hub->source);
    assert_false(hub->has_public_key);
    assert_int_equal(hub->look_up, CONFIG_LOOK_UP_BLIND);
    assert_int_equal(config_system_find(hub, span_text("keys"))->kind, SYSTEM_KEY_SERVICE);
    assert_int_equal(config_system_find(hub, span_text("desk"))->kind, SYSTEM_OFFICER);
    assert_int_equal(config_system_find(hub, span_text("console"))->kind, SYSTEM_CONSOLE);
    assert_null(config_system_find(hub, span_text("cases")));
    assert_null(config_party_find(it, span_text("Hub")));
    assert_null(config_party_find(it, span_of("hub\0", 4)));
    config_partnership_free(&it);
    assert_null(it);
    config_partnership_free(&it);
    put_changed(place, PARTNERSHIP, "urgent-purposes: [child-safeguarding, adult-safeguarding]\n",
                "");
    assert_false(lg_failed(config_partnership_load(place->path, &diag, &it)));
    assert_int_equal(it->urgent_purpose_count, 0);
    config_partnership_free(&it);
}

static void test_gateway(void **state) {
    struct place *place = *state;
    put(place, GATEWAY);
    struct diag diag = {0};
    struct config_gateway *it = NULL;
    struct lg_err err = config_gateway_load(place->path, &diag, &it);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    assert_string_equal(it->listen.host, "127.0.0.1");
    assert_int_equal(it->listen.port, 8443);
    assert_int_equal(it->workers, 2);
    expect_path(place, it->tls_server.certificate, "server.pem");
    expect_path(place, it->tls_client.key, "client.key");
    expect_path(place, it->tls_client.anchors, "ca.pem");
    assert_string_equal(it->tls_server.crl, "/run/crl.pem");
    expect_path(place, it->partnership, "partnership.yaml");
    assert_int_equal(it->agreement_count, 1);
    expect_path(place, it->agreements[0].file, "../one.isa");
    assert_int_equal(it->agreements[0].sha256[1], 0x11);
    expect_path(place, it->floor->file, "floor.isa");
    expect_path(place, it->statutes->file, "uk.register");
    expect_path(place, it->wards, "wards.csv");
    expect_path(place, it->state, "state");
    expect_path(place, it->log.key, "log.key");
    assert_string_equal(it->log.origin, "bridgewater.example/log");
    assert_string_equal(it->key_service.address.host, "keys.example");
    assert_string_equal(it->key_service.uri, "lockgate://bridgewater/hub/keys");
    expect_path(place, it->index_key, "index.key");
    assert_int_equal(it->limits.source_timeout_ms, 800);
    assert_int_equal(it->limits.hidden_slot_ms, 2500);
    assert_int_equal(it->limits.deadline_max_ms, 30000);
    config_gateway_free(&it);
}

static void test_gateway_with_the_least(void **state) {
    struct place *place = *state;
    put_changed(place, GATEWAY, "limits:\n  source-timeout-ms: 800\n", "");
    struct diag diag = {0};
    struct config_gateway *it = NULL;
    assert_false(lg_failed(config_gateway_load(place->path, &diag, &it)));
    assert_int_equal(it->limits.source_timeout_ms, 2000);
    assert_int_equal(it->limits.signals_every_ms, 6 * 3600 * 1000);
    config_gateway_free(&it);
    put_changed(place, GATEWAY, "workers: 2\n", "");
    assert_false(lg_failed(config_gateway_load(place->path, &diag, &it)));
    assert_int_equal(it->workers, 1);
    config_gateway_free(&it);
    put_changed(place, GATEWAY, "floor: {file: floor.isa, sha256: " HASH "}\n", "");
    assert_false(lg_failed(config_gateway_load(place->path, &diag, &it)));
    assert_null(it->floor);
    config_gateway_free(&it);
    put_changed(place, GATEWAY, "register: {file: uk.register, sha256: " HASH "}\n", "");
    assert_false(lg_failed(config_gateway_load(place->path, &diag, &it)));
    assert_null(it->statutes);
    config_gateway_free(&it);
    put_changed(place, GATEWAY, "register: {file: uk.register, sha256: " HASH "}\n",
                "register: {file: uk.register, sha256: 00}\n");
    assert_true(lg_failed(config_gateway_load(place->path, &diag, &it)));
    assert_null(it);
}

static void test_keyd(void **state) {
    struct place *place = *state;
    put(place, KEYD);
    struct diag diag = {0};
    struct config_keyd *it = NULL;
    struct lg_err err = config_keyd_load(place->path, &diag, &it);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    assert_int_equal(it->listen.port, 0);
    assert_string_equal(it->passphrase, "/etc/pass");
    assert_int_equal(it->caller_count, 2);
    assert_true(config_keyd_has_caller(it, "lockgate://b/hub/tool"));
    assert_false(config_keyd_has_caller(it, "lockgate://b/hub/too"));
    config_keyd_free(&it);
}

static void test_connector(void **state) {
    struct place *place = *state;
    put(place, CONNECTOR);
    struct diag diag = {0};
    struct config_connector *it = NULL;
    struct lg_err err = config_connector_load(place->path, &diag, &it);
    assert_string_equal(diag.text, "");
    assert_false(lg_failed(err));
    assert_string_equal(it->agency, "housing");
    assert_string_equal(it->gateway.dns, "gateway.example");
    expect_path(place, it->mapping, "mapping.yaml");
    expect_path(place, it->secret_key, "housing.key");
    expect_path(place, it->pinned_keys, "keys.yaml");
    expect_path(place, it->state, "state");
    assert_true(it->local_blinding);
    config_connector_free(&it);
    put_changed(place, CONNECTOR, "local-blinding: true\n", "");
    assert_false(lg_failed(config_connector_load(place->path, &diag, &it)));
    assert_false(it->local_blinding);
    config_connector_free(&it);
}

/* ---- what is wrong ---- */

struct mistake {
    const char *from;
    const char *to;
    enum config_code code;
    uint32_t line;
    const char *says; /* part of the sentence */
};

static void expect_mistake(struct lg_err err, const struct diag *diag,
                           const struct mistake *mistake) {
    if (!lg_failed(err) || diag->line != mistake->line ||
        strstr(diag->text, mistake->says) == NULL) {
        print_error("%s -> line %u: %s\n", mistake->to, diag->line, diag->text);
    }
    assert_true(lg_failed(err));
    assert_int_equal(lg_err_class(err), LG_CLASS_CONFIG);
    assert_int_equal(lg_err_code(err), mistake->code);
    assert_int_equal(diag->line, mistake->line);
    assert_non_null(strstr(diag->text, mistake->says));
}

static void test_mistakes_in_a_partnership(void **state) {
    struct place *place = *state;
    static const struct mistake MISTAKES[] = {
        {"partnership:", "partnersip:", CONFIG_KEY, 2, "nearest known: partnership"},
        {"    look-up:", "    lookup:", CONFIG_KEY, 17, "nearest known: look-up"},
        {"kind: case-system", "kind: casesystem", CONFIG_VALUE, 9, "nearest known: case-system"},
        {"kind: case-system", "kind: 1", CONFIG_VALUE, 9, "is not one of the words"},
        {"name: Bridgewater Partnership\n", "", CONFIG_KEY, 2, "missing here: name"},
        {"name: Bridgewater Partnership\n", "partnership: x\n", CONFIG_KEY, 3,
         "twice: partnership"},
        {"        kind: case-system\n", "", CONFIG_KEY, 8, "missing here: kind"},
        {"partnership: bridgewater", "partnership: Bridgewater", CONFIG_VALUE, 2,
         "a name is 1 to 63"},
        {"partnership: bridgewater", "partnership: ''", CONFIG_VALUE, 2, "too short"},
        {"partnership: bridgewater", "partnership: \"a\\0b\"", CONFIG_VALUE, 2, "control"},
        {"partnership: bridgewater", "partnership: [a]", CONFIG_VALUE, 2, "one value belongs"},
        {"partnership: bridgewater", "partnership: {a: b}", CONFIG_VALUE, 2, "one value"},
        {"partnership: bridgewater", "partnership: &a bridgewater", CONFIG_SYNTAX, 2, "anchor"},
        {"partnership: bridgewater", "partnership: !x bridgewater", CONFIG_SYNTAX, 2, "tag"},
        {"name: Hub\n", "name: *a\n", CONFIG_SYNTAX, 20, "alias"},
        {"id: hub", "id: childrens-care", CONFIG_VALUE, 19, "parties[1].id: this party"},
        {"name: connector, kind", "name: cases, kind", CONFIG_VALUE, 11, "stands there twice"},
        {"team-manager]", "social-worker]", CONFIG_VALUE, 10, "roles[1]: this role"},
        {"team-manager]", "team manager]", CONFIG_VALUE, 10, "roles[1]: a name"},
        {"roles: [social-worker, team-manager]", "roles: social-worker", CONFIG_VALUE, 10,
         "a list belongs here"},
        {"system: connector", "system: gateway", CONFIG_VALUE, 15, "no connector or case-system"},
        {"'[::1]:9443'", "'::1:9443'", CONFIG_VALUE, 13, "source.address"},
        {"'[::1]:9443'", "'[::1]'", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "'[::1]:0'", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "localhost:65536", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "localhost:http", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "localhost:080", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "':443'", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "'[localhost]:443'", CONFIG_VALUE, 13, "HOST:PORT"},
        {"'[::1]:9443'", "-a.example:443", CONFIG_VALUE, 13, "HOST:PORT"},
        {"dns: cases.childrens-care.example", "dns: '*.example'", CONFIG_VALUE, 14, "host name"},
        {"dns: cases.childrens-care.example", "dns: Cases.example", CONFIG_VALUE, 14, "host name"},
        {"dns: cases.childrens-care.example", "dns: cases..example", CONFIG_VALUE, 14, "host name"},
        {"hidden-slot-ms: 1500", "hidden-slot-ms: 60001", CONFIG_VALUE, 16, "0 to 60000"},
        {"hidden-slot-ms: 1500", "hidden-slot-ms: 0x10", CONFIG_VALUE, 16, "whole number"},
        {"hidden-slot-ms: 1500", "hidden-slot-ms: -1", CONFIG_VALUE, 16, "whole number"},
        {"hidden-slot-ms: 1500", "hidden-slot-ms: 010", CONFIG_VALUE, 16, "whole number"},
        {"hidden-slot-ms: 1500", "hidden-slot-ms: 4294967297", CONFIG_VALUE, 16, "whole number"},
        {"hidden-slot-ms: 1500", "hidden-slot-ms:", CONFIG_VALUE, 16, "whole number"},
        {"1eFF\n", "1eFG\n", CONFIG_VALUE, 18, "64 hex digits"},
        {"1eFF\n", "1e\n", CONFIG_VALUE, 18, "too short"},
        {"    public-key: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF\n", "",
         CONFIG_VALUE, 12, "source: a party that is asked"},
        {"parties:\n", "parties: []\nold:\n", CONFIG_VALUE, 4, "parties: 1 to 1024"},
        {"name: Bridgewater Partnership\n", "name: 'x\n", CONFIG_SYNTAX, 6, "not YAML"},
        {"name: Bridgewater Partnership\n", "\tname: x\n", CONFIG_SYNTAX, 3, "not YAML"},
        {"name: Bridgewater Partnership\n", "name: a\n---\nname: b\n", CONFIG_KEY, 2,
         "missing here: parties"},
        {"  - id: hub", "  - [hub]\n  - id: hub", CONFIG_VALUE, 19, "keys with values"},
        {"  - id: hub", "  - hub\n  - id: hub", CONFIG_VALUE, 19, "keys with values"},
        {"      - {name: gateway, kind: gateway}", "      - {? [a] : b}", CONFIG_SYNTAX, 22,
         "a key has to be a word"},
    };
    for (size_t i = 0; i < sizeof MISTAKES / sizeof *MISTAKES; i++) {
        struct config_partnership *it = NULL;
        struct diag diag = {0};
        put_changed(place, PARTNERSHIP, MISTAKES[i].from, MISTAKES[i].to);
        struct lg_err err = config_partnership_load(place->path, &diag, &it);
        expect_mistake(err, &diag, &MISTAKES[i]);
        assert_null(it);
    }
}

static void test_mistakes_in_urgent_purposes(void **state) {
    struct place *place = *state;
    static const struct mistake MISTAKES[] = {
        {"urgent-purposes", "urgent-purpose", CONFIG_KEY, 26, "nearest known: urgent-purposes"},
        {", adult-safeguarding]", ", child-safeguarding]", CONFIG_VALUE, 26, "purpose stands"},
        {", adult-safeguarding]", ", adult safeguarding]", CONFIG_VALUE, 26, "purposes[1]: a name"},
        {"[child-safeguarding, adult-safeguarding]", "child-safeguarding", CONFIG_VALUE, 26,
         "a list belongs here"},
        {"[child-safeguarding, ", "[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ", CONFIG_VALUE,
         26, "16"},
    };
    for (size_t i = 0; i < sizeof MISTAKES / sizeof MISTAKES[0]; i++) {
        struct diag diag = {0};
        struct config_partnership *it = NULL;
        put_changed(place, PARTNERSHIP, MISTAKES[i].from, MISTAKES[i].to);
        expect_mistake(config_partnership_load(place->path, &diag, &it), &diag, &MISTAKES[i]);
        assert_null(it);
    }
}

static void test_mistakes_in_a_gateway(void **state) {
    struct place *place = *state;
    static const struct mistake MISTAKES[] = {
        {"workers: 2", "workers: 0", CONFIG_VALUE, 2, "workers: 1 to 64"},
        {"workers: 2", "workers: 65", CONFIG_VALUE, 2, "workers: 1 to 64"},
        {"workers: 2", "workers: two", CONFIG_VALUE, 2, "whole number"},
        {"listen: 127.0.0.1:8443", "listen: 8443", CONFIG_VALUE, 1, "listen: HOST:PORT"},
        {"tls-server:\n", "tls-server:\n  ciphers: all\n", CONFIG_KEY, 4,
         "unknown key \"ciphers\""},
        {"tls-server:\n", "tls_server:\n", CONFIG_KEY, 3, "nearest known: tls-server"},
        {"  key: server.key\n", "", CONFIG_KEY, 3, "missing here: key"},
        {"    sha256: " HASH, "    sha256: none", CONFIG_VALUE, 16, "too short"},
        {"    sha256: " HASH, "    sha256: " HASH "\n  - {file: other.isa, sha256: " HASH "}",
         CONFIG_VALUE, 17, "agreements[1]: this agreement"},
        {"origin: bridgewater.example/log", "origin: a b", CONFIG_VALUE, 21, "log.origin"},
        {"origin: bridgewater.example/log", "origin: a+b", CONFIG_VALUE, 21, "log.origin"},
        {"uri: lockgate://bridgewater/hub/keys", "uri: lockgate://bridgewater/hub/keys/",
         CONFIG_VALUE, 25, "key-service.uri"},
        {"uri: lockgate://bridgewater/hub/keys", "uri: lockgate://bridgewater//keys", CONFIG_VALUE,
         25, "key-service.uri"},
        {"uri: lockgate://bridgewater/hub/keys", "uri: https://bridgewater/hub/keys", CONFIG_VALUE,
         25, "key-service.uri"},
        {"source-timeout-ms: 800", "source-timeout-ms: 3000", CONFIG_VALUE, 27, "has to hold"},
        {"source-timeout-ms: 800", "deadline-max-ms: 2400", CONFIG_VALUE, 27, "has to hold"},
        {"source-timeout-ms: 800", "source-timeout-ms: 49", CONFIG_VALUE, 28, "50 to 60000"},
        {"source-timeout-ms: 800", "signals-every-ms: 999", CONFIG_VALUE, 28, "1000 to 86400000"},
        {"source-timeout-ms: 800", "signals-every-ms: 86400001", CONFIG_VALUE, 28, "to 86400000"},
        {"state: state", "state: ''", CONFIG_VALUE, 18, "too short"},
    };
    for (size_t i = 0; i < sizeof MISTAKES / sizeof *MISTAKES; i++) {
        struct config_gateway *it = NULL;
        struct diag diag = {0};
        put_changed(place, GATEWAY, MISTAKES[i].from, MISTAKES[i].to);
        struct lg_err err = config_gateway_load(place->path, &diag, &it);
        expect_mistake(err, &diag, &MISTAKES[i]);
        assert_null(it);
    }
}

static void test_mistakes_in_keyd_and_connector(void **state) {
    struct place *place = *state;
    static const struct mistake KEYD_MISTAKES[] = {
        {"  - lockgate://b/hub/tool", "  - lockgate://b/hub/gateway", CONFIG_VALUE, 12, "twice"},
        {"  - lockgate://b/hub/tool", "  - lockgate://B/hub/gateway", CONFIG_VALUE, 12,
         "callers[1]: lockgate://"},
        {"callers:\n", "callers: []\nother:\n", CONFIG_VALUE, 10, "callers: 1 to 64"},
    };
    static const struct mistake CONNECTOR_MISTAKES[] = {
        {"local-blinding: true", "local-blinding: yes", CONFIG_VALUE, 21, "true or false"},
        {"agency: housing", "agency: housing/1", CONFIG_VALUE, 12, "agency: a name"},
    };
    struct diag diag = {0};
    for (size_t i = 0; i < sizeof KEYD_MISTAKES / sizeof *KEYD_MISTAKES; i++) {
        struct config_keyd *it = NULL;
        put_changed(place, KEYD, KEYD_MISTAKES[i].from, KEYD_MISTAKES[i].to);
        expect_mistake(config_keyd_load(place->path, &diag, &it), &diag, &KEYD_MISTAKES[i]);
    }
    for (size_t i = 0; i < sizeof CONNECTOR_MISTAKES / sizeof *CONNECTOR_MISTAKES; i++) {
        struct config_connector *it = NULL;
        put_changed(place, CONNECTOR, CONNECTOR_MISTAKES[i].from, CONNECTOR_MISTAKES[i].to);
        expect_mistake(config_connector_load(place->path, &diag, &it), &diag,
                       &CONNECTOR_MISTAKES[i]);
    }
}

static struct lg_err load(const struct place *place, struct diag *diag) {
    struct config_partnership *it = NULL;
    struct lg_err err = config_partnership_load(place->path, diag, &it);
    config_partnership_free(&it);
    return err;
}

static void test_files_that_are_none(void **state) {
    struct place *place = *state;
    struct diag diag = {0};
    unlink(place->path);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_FILE);
    put(place, "");
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_SYNTAX);
    put(place, "# nothing\n");
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_SYNTAX);
    put(place, "just words\n");
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_VALUE);
    assert_string_equal(diag.text, "keys with values belong here");
    put_bytes(place, "partnership: a\nname: \xff\n", 24);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_FILE);
    assert_int_equal(diag.line, 2);
    put_bytes(place, "partnership: a\n\nname: b\0c\n", 26);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_FILE);
    assert_int_equal(diag.line, 3);
    put(place, PARTNERSHIP);
    assert_int_equal(chmod(place->path, 0666), 0);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_FILE);
    assert_int_equal(truncate(place->path, LIMIT_CONFIG_FILE + 1), 0);
    assert_int_equal(chmod(place->path, 0644), 0);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_FILE);
    unlink(place->path);
    assert_int_equal(mkfifo(place->path, 0644), 0);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_FILE);
    unlink(place->path);
    struct place folder = *place;
    memcpy(folder.path, place->dir, sizeof place->dir);
    assert_int_equal(lg_err_code(load(&folder, &diag)), CONFIG_FILE);
}

static void test_what_has_no_end(void **state) {
    struct place *place = *state;
    struct diag diag = {0};
    char *text = calloc(1, LIMIT_CONFIG_FILE);
    assert_non_null(text);
    snprintf(text, LIMIT_CONFIG_FILE, "partnership: ");
    memset(text + strlen(text), '[', 10000);
    put(place, text);
    assert_int_equal(lg_err_code(load(place, &diag)), CONFIG_VALUE);
    snprintf(text, LIMIT_CONFIG_FILE, "partnership: a\nname: b\nparties:\n");
    size_t used = strlen(text);
    while (used + 12 < LIMIT_CONFIG_FILE) {
        memcpy(text + used, "- {id: a}\n", 10);
        used += 10;
    }
    text[used] = '\0';
    put(place, text);
    assert_true(lg_failed(load(place, &diag)));
    free(text);
}

/* A file cut anywhere before its last needed key has a value never loads, and says why. */
static void test_every_prefix_is_refused(void **state) {
    struct place *place = *state;
    const char *last = "index-key: i";
    size_t whole = (size_t)(strstr(GATEWAY, last) - GATEWAY) + strlen(last);
    struct config_gateway *it = NULL;
    for (size_t len = 0; len < whole; len++) {
        struct diag diag = {0};
        put_bytes(place, GATEWAY, len);
        assert_true(lg_failed(config_gateway_load(place->path, &diag, &it)));
        assert_true(diag.text[0] != '\0');
    }
    struct diag diag = {0};
    put_bytes(place, GATEWAY, whole);
    assert_false(lg_failed(config_gateway_load(place->path, &diag, &it)));
    config_gateway_free(&it);
}

static void test_each_allocation_failing(void **state) {
    struct place *place = *state;
    put(place, GATEWAY);
    bool done = false;
    for (uint64_t n = 1; !done && n < 5000; n++) {
        struct config_gateway *it = NULL;
        struct diag diag = {0};
        support_alloc_fail_at(n);
        struct lg_err err = config_gateway_load(place->path, &diag, &it);
        done = support_alloc_seen() < n;
        support_alloc_fail_at(0);
        assert_int_equal(lg_failed(err), !done);
        assert_true(done || it == NULL);
        config_gateway_free(&it);
    }
    assert_true(done);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partnership_and_registry),
        cmocka_unit_test(test_gateway),
        cmocka_unit_test(test_gateway_with_the_least),
        cmocka_unit_test(test_keyd),
        cmocka_unit_test(test_connector),
        cmocka_unit_test(test_mistakes_in_a_partnership),
        cmocka_unit_test(test_mistakes_in_urgent_purposes),
        cmocka_unit_test(test_mistakes_in_a_gateway),
        cmocka_unit_test(test_mistakes_in_keyd_and_connector),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_what_has_no_end),
        cmocka_unit_test(test_every_prefix_is_refused),
        cmocka_unit_test(test_each_allocation_failing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
