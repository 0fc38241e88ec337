/* SPDX-License-Identifier: Apache-2.0 */
/* A partnership of more parties than look-ups tell apart is told at the start, not by every
 * question. */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/locate/locate.h"
#include "gateway/node/node.h"

#include <cmocka.h>

enum { PATH_MAX_SIZE = 128 };

static const char gateway_yaml[] =
    "listen: 127.0.0.1:0\n"
    "tls-server: {certificate: s.pem, key: s.key, anchors: ca.pem, crl: crl.pem}\n"
    "tls-client: {certificate: c.pem, key: c.key, anchors: ca.pem, crl: crl.pem}\n"
    "partnership: partnership.yaml\n"
    "agreements:\n"
    "  - file: none.isa\n"
    "    sha256: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
    "state: state\n"
    "log: {key: log.key, origin: bridgewater.example/log}\n"
    "key-service: {address: '127.0.0.1:9', dns: keys.example,\n"
    "              uri: 'lockgate://bridgewater/hub/keys'}\n"
    "index-key: index.key\n";

static FILE *file_open(const char *dir, const char *name) {
    char path[PATH_MAX_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void files_write(const char *dir, unsigned parties) {
    FILE *gateway = file_open(dir, "gateway.yaml");
    FILE *partnership = file_open(dir, "partnership.yaml");
    (void)fputs(gateway_yaml, gateway);
    (void)fputs("partnership: bridgewater\nname: Bridgewater\nparties:\n", partnership);
    for (unsigned i = 0; i < parties; i++) {
        (void)fprintf(
            partnership,
            "  - {id: party-%u, name: Party, systems: [{name: cases, kind: case-system}]}\n", i);
    }
    assert_int_equal(fclose(gateway), 0);
    assert_int_equal(fclose(partnership), 0);
}

static struct lg_err check(const char *dir, unsigned parties, struct diag *diag) {
    char path[PATH_MAX_SIZE];
    files_write(dir, parties);
    (void)snprintf(path, sizeof path, "%s/gateway.yaml", dir);
    *diag = (struct diag){0};
    return node_check(path, diag);
}

static void too_many_parties_are_told(void **state) {
    (void)state;
    char dir[] = "/tmp/lockgate-parties-XXXXXX";
    struct diag diag;
    assert_non_null(mkdtemp(dir));
    struct lg_err err = check(dir, LOCATE_SOURCES_MAX + 1, &diag);
    assert_int_equal(lg_err_code(err), NODE_PARTIES);
    assert_non_null(strstr(diag.text, "65 parties"));
    /* At the ceiling it goes on to what else is wrong here. */
    err = check(dir, LOCATE_SOURCES_MAX, &diag);
    assert_int_equal(lg_err_code(err), NODE_AGREEMENT);
    const char *const names[] = {"gateway.yaml", "partnership.yaml"};
    for (size_t i = 0; i < 2; i++) {
        char path[PATH_MAX_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(dir), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(too_many_parties_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
