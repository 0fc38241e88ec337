/* SPDX-License-Identifier: Apache-2.0 */
/* A handshake of ours with a peer made by hand (tls_raw.h), in one thread over a socket pair. */
#ifndef TESTS_SUPPORT_TLS_MEET_H
#define TESTS_SUPPORT_TLS_MEET_H

#include "gateway/tls/tls.h"
#include "tests/support/tls_raw.h"

/* What goes into a ClientHello. Lists are the codes alone, without lengths. */
struct raw_hello {
    unsigned version; /* the field that nobody looks at any more */
    struct span session;
    struct span ciphers;
    struct span compression;
    struct span versions; /* ptr NULL in these: the extension is absent */
    struct span groups;
    struct span signatures;
    struct span protocols; /* each with its length, as in ALPN */
    struct span name;      /* SNI */
    bool has_share;        /* a share of X25519; else an empty list of shares */
    struct span more;      /* whole extensions, put behind the others */
};

/* The hello of a client that we like. */
void raw_hello_init(struct raw_hello *hello);
/* The body; the share is the peer's. */
void raw_hello_write(const struct raw_peer *peer, const struct raw_hello *hello,
                     struct raw_bytes *out_body);
/* Of a ClientHello or ServerHello body: the value of an extension; ptr NULL where it is absent. */
struct span raw_hello_extension(enum raw_message type, struct span body, unsigned wanted);
/* All extensions of such a body, as they stand. */
struct span raw_hello_extensions(enum raw_message type, struct span body);

struct raw_chain {
    struct span certificates[32];
    size_t count;
    EVP_PKEY *key; /* signs; NULL: no CertificateVerify */
};

/* One of ours and one by hand. */
struct raw_meeting {
    struct raw_peer *raw;
    struct tls_stream *ours; /* NULL once it failed */
    struct lg_err err;       /* of our handshake */
    char refusal[128];
    int fd;
};

/* `dns_name` and `uri` for a client of ours, else NULL. */
void raw_meeting_new(struct tls_context *context, const char *dns_name, const char *uri,
                     struct raw_meeting *out_meeting);
void raw_meeting_free(struct raw_meeting *meeting);
/* Our side goes on as far as it can. A side that fails is closed at once. */
void raw_pump(struct raw_meeting *meeting);

/* The hand-made client sends the hello (NULL: a good one), and ours goes on. */
void raw_client_first(struct raw_meeting *meeting, const struct raw_hello *hello);
/* Reads the server's flight up to its Finished; false where it does not come. */
bool raw_client_hear(struct raw_meeting *meeting);
/* The hand-made client up to the server's Finished: sends the hello (NULL: a good one) and reads.
 * False where the server did not finish. */
bool raw_client_hello(struct raw_meeting *meeting, const struct raw_hello *hello);
/* Then its certificate, proof and Finished, and our side's end. */
void raw_client_answer(struct raw_meeting *meeting, const struct raw_chain *chain);
/* The hand-made server: reads the hello of ours and sends everything up to its Finished. */
void raw_server_answer(struct raw_meeting *meeting, const struct raw_chain *chain);
/* Then reads what ours says, up to its Finished, and changes to the application's keys. */
bool raw_server_finish(struct raw_meeting *meeting);

void raw_put_certificate(const struct raw_chain *chain, struct raw_bytes *out_body);

#endif
