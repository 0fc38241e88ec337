/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.3 by hand (RFC 8446), one suite (AES-128-GCM with SHA-256) and one group (X25519): a peer
 * that may send anything at any moment, which a library would not let it. Records and messages are
 * built and read here; what is in them is the test's affair. */
#ifndef TESTS_SUPPORT_TLS_RAW_H
#define TESTS_SUPPORT_TLS_RAW_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/span.h"

enum raw_record { RAW_CIPHER_CHANGE = 20, RAW_ALERT = 21, RAW_HANDSHAKE = 22, RAW_DATA = 23 };

enum raw_message {
    RAW_CLIENT_HELLO = 1,
    RAW_SERVER_HELLO = 2,
    RAW_TICKET = 4,
    RAW_EXTENSIONS = 8,
    RAW_CERTIFICATE = 11,
    RAW_CERTIFICATE_REQUEST = 13,
    RAW_CERTIFICATE_VERIFY = 15,
    RAW_FINISHED = 20,
    RAW_KEY_UPDATE = 24,
};

enum { RAW_HASH_SIZE = 32, RAW_KEY_SIZE = 16, RAW_IV_SIZE = 12, RAW_BUFFER_SIZE = 1 << 18 };

/* Bytes under construction; lengths in front of a part are filled in when it ends. */
struct raw_bytes {
    uint8_t ptr[RAW_BUFFER_SIZE];
    size_t len;
};

void raw_put(struct raw_bytes *bytes, struct span more);
void raw_put_number(struct raw_bytes *bytes, uint64_t value, int size);
/* Leaves room for a length of `size` bytes; raw_end writes it. Gives the mark for raw_end. */
size_t raw_begin(struct raw_bytes *bytes, int size);
void raw_end(struct raw_bytes *bytes, size_t mark, int size);

struct raw_text;

struct raw_direction {
    bool is_sealed;
    uint8_t secret[RAW_HASH_SIZE];
    uint8_t key[RAW_KEY_SIZE];
    uint8_t iv[RAW_IV_SIZE];
    uint64_t count;
};

/* One end of a non-blocking connection; the fd is the caller's. */
struct raw_peer {
    int fd;
    bool is_server;
    EVP_PKEY *share;
    EVP_MD_CTX *transcript;
    struct raw_direction sending;
    struct raw_direction receiving;
    uint8_t early[RAW_HASH_SIZE];
    uint8_t handshake[RAW_HASH_SIZE];
    uint8_t master[RAW_HASH_SIZE];
    uint8_t client_secret[RAW_HASH_SIZE]; /* of the stage that was derived last */
    uint8_t server_secret[RAW_HASH_SIZE];
    struct raw_bytes in;       /* from the socket, not yet records */
    struct raw_bytes messages; /* handshake bytes, not yet messages */
    size_t taken;              /* of them, by the message that was read last */
    bool is_ended;             /* the other side closed */
    int alert;                 /* what it said last, or -1 */
    struct raw_text *text;     /* what is read is told there as well; NULL: nowhere (tls_text.h) */
};

struct raw_peer *raw_new(int fd, bool is_server);
void raw_free(struct raw_peer **peer);
/* Our public value for a key share. */
void raw_share(const struct raw_peer *peer, uint8_t out_public[static 32]);

/* One record as given, sealed where keys are set. */
void raw_send_record(struct raw_peer *peer, enum raw_record type, struct span bytes);
/* The same with zeros behind it, inside the seal (RFC 8446, 5.4). */
void raw_send_padded(struct raw_peer *peer, enum raw_record type, struct span bytes,
                     size_t padding);
/* Bytes as they are. False where the other side is gone. */
bool raw_send_plain(struct raw_peer *peer, struct span bytes);
/* A handshake message: into the transcript and out, in as many records as it needs. */
void raw_send_message(struct raw_peer *peer, enum raw_message type, struct span body);
/* Only the bytes of the message, 4 of head and the body; into the transcript as well. */
void raw_message(struct raw_peer *peer, enum raw_message type, struct span body,
                 struct raw_bytes *out_bytes);

/* The next record, opened; false where there is none. Alerts are noted, changes of cipher skipped.
 */
bool raw_read_record(struct raw_peer *peer, enum raw_record *out_type, struct raw_bytes *out_bytes);
/* The next handshake message, into the transcript; the body is valid until the next read. False
 * where none comes. */
bool raw_read_message(struct raw_peer *peer, enum raw_message *out_type, struct span *out_body);

/* After both hellos: the other side's public value to the keys of the handshake. */
void raw_agree(struct raw_peer *peer, const uint8_t other[static 32]);
/* After the server's Finished: the keys of the application, for this direction. */
void raw_derive_application(struct raw_peer *peer);
void raw_use_application(struct raw_peer *peer, bool sending, bool receiving);
/* The body of a Finished of ours as of now. */
void raw_finished(struct raw_peer *peer, uint8_t out_body[static RAW_HASH_SIZE]);
/* What the other side's Finished has to be, before it goes into the transcript. */
void raw_finished_other(struct raw_peer *peer, uint8_t out_body[static RAW_HASH_SIZE]);
/* The body of a CertificateVerify of ours as of now, with what algorithm the key has. */
void raw_certificate_verify(struct raw_peer *peer, EVP_PKEY *key, struct raw_bytes *out_body);
/* New keys to send with, as after a KeyUpdate of ours. */
void raw_update_sending(struct raw_peer *peer);

#endif
