/* SPDX-License-Identifier: Apache-2.0 */
/* A client and a server of ours with their certificates, for peers made by hand that break rules;
 * one connection at a time. */
#ifndef TESTS_SUPPORT_TLS_WORLD_H
#define TESTS_SUPPORT_TLS_WORLD_H

#include "tests/support/ca.h"
#include "tests/support/tls_meet.h"
#include "tests/support/tls_text.h"

#define SERVER_URI "lockgate://bridgewater/hub/gateway"

/* RFC 8446, 6. */
enum raw_alert {
    UNEXPECTED_MESSAGE = 10,
    RECORD_OVERFLOW = 22,
    ILLEGAL_PARAMETER = 47,
    DECODE_ERROR = 50,
    DECRYPT_ERROR = 51,
    CERTIFICATE_REQUIRED = 116,
};

struct raw_world {
    struct support_ca ca;
    struct tls_context *client;
    struct tls_context *server;
    struct raw_chain police; /* a good client's */
    struct raw_chain hub;    /* a good server's */
    EVP_PKEY *other;
    struct raw_meeting meeting;
};

/* Of a cmocka group; source_dir: LOCKGATE_SOURCE. */
int raw_world_setup(void **state, const char *source_dir);
int raw_world_teardown(void **state);

struct span raw_bytes_of(const struct raw_bytes *bytes);
/* Freed by the caller with free(). */
struct raw_bytes *raw_bytes_new(void);

/* A connection to our server: before the first byte; up to its Finished, and what we read from
 * there on is under the application's keys; standing. */
struct raw_peer *raw_meet_server(struct raw_world *world);
struct raw_peer *raw_hear_server(struct raw_world *world);
struct raw_peer *raw_connect_server(struct raw_world *world);
/* Takes in all that came, for the alert in it. */
void raw_listen(struct raw_peer *raw);
/* Ours ended the handshake with that alert, and tells its owner so; the connection is freed. */
void raw_expect_refused(struct raw_world *world, int alert);
void raw_send_certificate(struct raw_peer *raw, const struct raw_chain *chain);
void raw_send_verify(struct raw_peer *raw, EVP_PKEY *key);
void raw_send_finished(struct raw_peer *raw);

#endif
