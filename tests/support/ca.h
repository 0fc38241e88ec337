/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates made at test time by certs/dev-ca, and two streams that shake hands in memory. */
#ifndef TESTS_SUPPORT_CA_H
#define TESTS_SUPPORT_CA_H

#include "gateway/base/attr.h"
#include "gateway/tls/tls.h"

/* A folder of its own under /tmp, removed at the end. */
struct support_ca {
    char source[512]; /* root of the repository */
    char dir[64];
};

/* `source_dir`: LOCKGATE_SOURCE. Fails the test where anything goes wrong. */
void support_ca_new(struct support_ca *ca, const char *source_dir, const char *partnership);
void support_ca_free(struct support_ca *ca);
/* Runs `certs/dev-ca COMMAND DIR REST`, which has to succeed. */
void support_ca_run(const struct support_ca *ca, const char *command, const char *rest);
/* Runs a shell command line in the CA's folder; exit status, output dropped. $SOURCE and the
 * variables that certs/openssl.cnf wants are set. */
int support_ca_shell(const struct support_ca *ca, const char *format, ...) LG_PRINTF(2, 3);

/* Paths of a side's files: "AGENCY/SYSTEM/client" and so on, with the CA's own anchor and list. */
struct support_files {
    char certificate[160];
    char key[160];
    char anchors[160];
    char crl[160];
    struct tls_files files; /* points at the four */
};

void support_files_set(const struct support_ca *ca, const char *leaf, struct support_files *files);

struct support_pair {
    struct tls_stream *client;
    struct tls_stream *server;
    struct lg_err client_err; /* how each side's handshake ended */
    struct lg_err server_err;
};

/* Drives both sides until each is done or has failed. `dns` and `uri` are what the client wants.
 * The pair is freed by the caller. */
void support_pair_new(struct tls_context *client, struct tls_context *server, const char *dns,
                      const char *uri, struct support_pair *out_pair);
void support_pair_free(struct support_pair *pair);

#endif
