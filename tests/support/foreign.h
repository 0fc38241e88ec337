/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS peer that is not ours: whatever certificate, version and application protocol. */
#ifndef TESTS_SUPPORT_FOREIGN_H
#define TESTS_SUPPORT_FOREIGN_H

#include <openssl/ssl.h>

#include "gateway/tls/tls.h"

struct foreign_options {
    const char *certificate; /* PEM; NULL: none */
    const char *key;
    const char *anchors; /* servers: whom they ask for; NULL: any certificate will do */
    int version_max;     /* 0: no ceiling */
    const char *alpn;    /* wire form, such as "\2h2"; NULL: no offer */
    const char *groups;
    const char *ciphers;
};

struct foreign {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
    int tickets; /* sessions that it was given */
};

/* One of ours against a foreign one, each driven until ours has an end. The foreign one plays the
 * other side of `context`; `dns` and `uri` are for a client of ours. The streams stay open. */
struct foreign_meeting {
    struct foreign *foreign;
    struct tls_stream *ours; /* NULL where the handshake failed */
    struct lg_err err;
};

void foreign_meet(struct tls_context *context, enum tls_side our_side,
                  const struct foreign_options *options, const char *uri,
                  struct foreign_meeting *out_meeting);
void foreign_part(struct foreign_meeting *meeting);

#endif
