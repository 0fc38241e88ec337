/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tests/support/ca.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { COMMAND_SIZE = 8192, STEPS_MAX = 64 };

static int run_shell(const char *command) {
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void support_ca_new(struct support_ca *ca, const char *source_dir, const char *partnership) {
    assert_true(strlen(source_dir) < sizeof ca->source);
    memcpy(ca->source, source_dir, strlen(source_dir) + 1);
    memcpy(ca->dir, "/tmp/lockgate-test-XXXXXX", sizeof "/tmp/lockgate-test-XXXXXX");
    assert_non_null(mkdtemp(ca->dir));
    support_ca_run(ca, "init", partnership);
}

void support_ca_free(struct support_ca *ca) {
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command, "rm -rf '%s'", ca->dir);
    assert_int_equal(run_shell(command), 0);
}

void support_ca_run(const struct support_ca *ca, const char *command, const char *rest) {
    char line[COMMAND_SIZE];
    snprintf(line, sizeof line, "'%s/certs/dev-ca' %s '%s' %s", ca->source, command, ca->dir, rest);
    assert_int_equal(run_shell(line), 0);
}

int support_ca_shell(const struct support_ca *ca, const char *format, ...) {
    char command[COMMAND_SIZE / 2];
    char line[COMMAND_SIZE];
    va_list values;
    va_start(values, format);
    int used = vsnprintf(command, sizeof command, format, values);
    va_end(values);
    assert_true(used > 0 && (size_t)used < sizeof command);
    used = snprintf(line, sizeof line,
                    "cd '%s' && umask 077 && export SOURCE='%s' DEV_CA_STATE='%s/_ca' "
                    "DEV_CA_ORGANISATION=test DEV_CA_NAME=test DEV_CA_URI=none "
                    "DEV_CA_HOSTS=none && { %s ; } >/dev/null 2>&1",
                    ca->dir, ca->source, ca->dir, command);
    assert_true(used > 0 && (size_t)used < sizeof line);
    return run_shell(line);
}

void support_files_set(const struct support_ca *ca, const char *leaf, struct support_files *files) {
    snprintf(files->certificate, sizeof files->certificate, "%s/%s.pem", ca->dir, leaf);
    snprintf(files->key, sizeof files->key, "%s/%s.key", ca->dir, leaf);
    snprintf(files->anchors, sizeof files->anchors, "%s/ca.pem", ca->dir);
    snprintf(files->crl, sizeof files->crl, "%s/crl.pem", ca->dir);
    files->files = (struct tls_files){.certificate = files->certificate,
                                      .key = files->key,
                                      .anchors = files->anchors,
                                      .crl = files->crl};
}

static bool is_again(struct lg_err err) {
    return lg_failed(err) && lg_err_code(err) == TLS_AGAIN;
}

/* A side that failed is closed at once, as its owner would, so that the other one hears it. */
static void step(struct tls_stream **stream, struct lg_err *err) {
    unsigned events = 0;
    if (*stream == NULL || !is_again(*err)) {
        return;
    }
    *err = tls_stream_handshake(*stream, &events);
    if (lg_failed(*err) && !is_again(*err)) {
        tls_stream_free(stream);
    }
}

void support_pair_new(struct tls_context *client, struct tls_context *server, const char *dns,
                      const char *uri, struct support_pair *out_pair) {
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    const struct lg_err again = lg_err_make(LG_CLASS_PEER, LG_TLS, TLS_AGAIN);
    *out_pair = (struct support_pair){.client_err = again, .server_err = again};
    assert_false(lg_failed(tls_stream_new(client, fds[0], dns, uri, &out_pair->client)));
    assert_false(lg_failed(tls_stream_new(server, fds[1], NULL, NULL, &out_pair->server)));
    for (int i = 0; i < STEPS_MAX; i++) {
        step(&out_pair->client, &out_pair->client_err);
        step(&out_pair->server, &out_pair->server_err);
    }
    assert_false(is_again(out_pair->client_err) && is_again(out_pair->server_err));
}

void support_pair_free(struct support_pair *pair) {
    tls_stream_free(&pair->client);
    tls_stream_free(&pair->server);
}
