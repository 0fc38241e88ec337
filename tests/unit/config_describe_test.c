/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a file: whose it is, what its settings come to and where they stand, and what may
 * stand in it. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/config/describe.h"
#include "tests/support/support.h"

#include <cmocka.h>

enum { TEXT = 16384 };

#define TLS(side)                                                                                  \
    "tls-" side ":\n  certificate: a.pem\n  key: a.key\n  anchors: ca.pem\n  crl: /c/crl.pem\n"
#define PEER(key)                                                                                  \
    key ":\n  address: 127.0.0.1:8443\n  dns: localhost\n  uri: lockgate://bridgewater/hub/" key   \
        "\n"

static const char GATEWAY[] = "listen: 127.0.0.1:0\n" TLS("server")
    TLS("client") "partnership: partnership.yaml\n"
                  "agreements: []\nstate: state\nlog: {key: log.key, origin: "
                  "bridgewater.example/log}\n" PEER(
                      "key-service") "index-key: index.key\nlimits: {source-timeout-ms: 1500}\n";

static const struct {
    enum config_kind kind;
    const char *text;
} files[] = {
    {CONFIG_KIND_GATEWAY, GATEWAY},
    {CONFIG_KIND_KEYD,
     "listen: 127.0.0.1:0\n" TLS(
         "server") "passphrase: p\nstate: s\n"
                   "partnership: p.yaml\ncallers: [\"lockgate://bridgewater/hub/gateway\"]\n"},
    {CONFIG_KIND_CONNECTOR,
     "listen: 127.0.0.1:0\n" TLS("server")
         TLS("client") "agency: police\n" PEER("gateway") "mapping: m.yaml\nsecret-key: s.key\n"
                                                          "pinned-keys: pins\nstate: s\n"},
    {CONFIG_KIND_WITNESS,
     "listen: 127.0.0.1:0\n" TLS("server") "name: witness.example\nkey: w.key\n"
                                           "state: s\nlogs: [\"log.example+00000000+AAAA\"]\n"},
    {CONFIG_KIND_CLIENT, PEER("gateway") TLS("client")},
    {CONFIG_KIND_PARTNERSHIP, "partnership: bridgewater\nname: B\nparties:\n  - id: hub\n"
                              "    name: Hub\n    systems: [{name: gateway, kind: gateway}]\n"},
    {CONFIG_KIND_MAPPING, "connector: police\nsource: {kind: csv, path: p.csv}\nperson:\n"
                          "  key: ref\n  identity:\n    family-name: {from: a}\n"
                          "    given-name: {from: b}\n    born: {from: c, date: YYYY-MM-DD}\n"
                          "    postcode: {from: d}\nrecords:\n  - items:\n"
                          "      - {item: identity.name, from: a, standing: fact}\n"},
};

/* A file of this text, removed by file_drop. */
struct file {
    char path[64];
};

static struct file file_of(const char *text) {
    struct file file;
    (void)snprintf(file.path, sizeof file.path, "/tmp/lockgate-describe-XXXXXX");
    int fd = mkstemp(file.path);
    assert_true(fd >= 0);
    FILE *stream = fdopen(fd, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    return file;
}

static void file_drop(const struct file *file) {
    assert_int_equal(unlink(file->path), 0);
}

static void each_kind_is_known_by_its_keys(void **state) {
    (void)state;
    assert_int_equal(sizeof files / sizeof files[0], CONFIG_KINDS);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct diag diag = {0};
        enum config_kind guessed = CONFIG_KINDS;
        enum config_kind named = CONFIG_KINDS;
        struct file file = file_of(files[i].text);
        assert_true(config_kind_guess(file.path, &guessed));
        assert_int_equal(guessed, files[i].kind);
        assert_true(config_kind_find(config_kind_name(guessed), &named));
        assert_int_equal(named, guessed);
        if (lg_failed(config_check_file(guessed, file.path, &diag))) {
            fail_msg("%s, line %u: %s", config_kind_name(guessed), (unsigned)diag.line, diag.text);
        }
        file_drop(&file);
    }
    enum config_kind kind;
    assert_false(config_kind_find("gateways", &kind));
    assert_false(config_kind_guess("/tmp/lockgate-describe-none", &kind));
}

static void what_fits_none_or_two_is_not_guessed(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "nothing: here\nlistening: 1\n",
        "listen: 127.0.0.1:0\n", /* several have one */
        "  partnership: not at the margin\n# gateway: a comment\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum config_kind kind;
        struct file file = file_of(texts[i]);
        assert_false(config_kind_guess(file.path, &kind));
        file_drop(&file);
    }
}

static void gather(void *ctx, const struct config_setting *setting) {
    char *text = ctx;
    size_t used = strlen(text);
    (void)snprintf(text + used, TEXT - used, "%s=%s@%u\n", setting->place, setting->value,
                   (unsigned)setting->line);
}

static void shown(enum config_kind kind, const char *content, char text[static TEXT]) {
    struct diag diag = {0};
    struct file file = file_of(content);
    text[0] = '\0';
    if (lg_failed(config_show_file(kind, file.path, &diag, gather, text))) {
        fail_msg("line %u: %s", (unsigned)diag.line, diag.text);
    }
    file_drop(&file);
}

static void has(const char *text, const char *line) {
    if (strstr(text, line) == NULL) {
        fail_msg("no line %s in\n%s", line, text);
    }
}

static void a_setting_says_where_it_stands(void **state) {
    (void)state;
    static char text[TEXT];
    shown(CONFIG_KIND_GATEWAY, GATEWAY, text);
    has(text, "listen=127.0.0.1:0@1\n");
    has(text, "workers=1@0\n");
    has(text, "tls-server.crl=/c/crl.pem@6\n");
    has(text, "tls-client.certificate=/tmp/a.pem@8\n"); /* ready to open */
    has(text, "limits.source-timeout-ms=1500@21\n");
    has(text, "limits.hidden-slot-ms=2500@0\n");
    assert_null(strstr(text, "quorum"));
    assert_null(strstr(text, "wards"));
    shown(CONFIG_KIND_PARTNERSHIP,
          "partnership: bridgewater\nname: B\nurgent-purposes: [care, help]\nparties:\n"
          "  - id: hub\n    name: Hub\n    look-up: plain\n    systems:\n"
          "      - {name: gateway, kind: gateway}\n      - {name: cases, kind: case-system,\n"
          "         roles: [worker, chief]}\n",
          text);
    has(text, "urgent-purposes[1]=help@3\n");
    has(text, "parties[0].look-up=plain@7\n");
    has(text, "parties[0].systems[1].kind=case-system@10\n");
    has(text, "parties[0].systems[1].roles[1]=chief@11\n");
    shown(CONFIG_KIND_MAPPING, files[CONFIG_KIND_MAPPING].text, text);
    has(text, "source.encoding=utf-8@0\n");
    has(text, "person.identity.born.date=YYYY-MM-DD@8\n");
    /* A word that is left open and has no default is no setting. */
    assert_null(strstr(text, "person.identity.family-name.date"));
}

static void of_a_bad_file_only_its_fault_is_told(void **state) {
    (void)state;
    static char text[TEXT];
    struct diag diag = {0};
    struct file file = file_of("gateway: {address: 127.0.0.1:1, dns: a, uri: b}\n" TLS("client"));
    assert_true(lg_failed(config_show_file(CONFIG_KIND_CLIENT, file.path, &diag, gather, text)));
    assert_string_equal(text, "");
    assert_int_equal(diag.line, 1);
    assert_non_null(strstr(diag.text, "gateway.uri"));
    file_drop(&file);
    assert_true(lg_failed(
        config_show_file(CONFIG_KIND_CLIENT, "/tmp/lockgate-describe-none", &diag, gather, text)));
}

/* The place of a line of `shown`, with [] for its numbers and a blank behind it. */
static void place_of(struct span line, char place[static 512]) {
    size_t used = 0;
    bool in_brackets = false;
    for (size_t i = 0; line.ptr[i] != '='; i++) {
        char c = (char)line.ptr[i];
        in_brackets = c == '[' || (in_brackets && c != ']');
        if (!in_brackets || c == '[') {
            place[used++] = c;
        }
    }
    (void)snprintf(place + used, 512 - used, " ");
}

/* Every place that a setting can have stands in the schema. */
static void the_schema_has_every_place(void **state) {
    (void)state;
    static char text[TEXT];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *printed = NULL;
        size_t len = 0;
        FILE *stream = open_memstream(&printed, &len);
        assert_non_null(stream);
        config_schema_print(files[i].kind, stream);
        assert_int_equal(fclose(stream), 0);
        shown(files[i].kind, files[i].text, text);
        struct span rest = span_text(text);
        struct span line;
        while (span_split(&rest, '\n', &line) && line.len > 0) {
            char place[512];
            place_of(line, place);
            has(printed, place);
        }
        free(printed);
    }
}

static void the_schema_says_form_and_need(void **state) {
    (void)state;
    char *printed = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&printed, &len);
    assert_non_null(stream);
    config_schema_print(CONFIG_KIND_GATEWAY, stream);
    config_schema_print(CONFIG_KIND_MAPPING, stream);
    assert_int_equal(fclose(stream), 0);
    has(printed, "workers                              optional whole number\n");
    has(printed, "log.origin                           needed   text, 1 to 200 bytes\n");
    has(printed, "agreements[].sha256                  needed   text, 64 bytes\n");
    has(printed, "source.kind                          needed   csv | sqlite\n");
    has(printed, "limits                               optional keys below\n");
    free(printed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_known_by_its_keys),
        cmocka_unit_test(what_fits_none_or_two_is_not_guessed),
        cmocka_unit_test(a_setting_says_where_it_stands),
        cmocka_unit_test(of_a_bad_file_only_its_fault_is_told),
        cmocka_unit_test(the_schema_has_every_place),
        cmocka_unit_test(the_schema_says_form_and_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
