/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement over a peer, inside the handshake: the refused one gets an alert and no byte of it
 * is read, and a client shows its own certificate only to a server that it accepted. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/tls/tls_int.h"

/* Leaf and anchor, nothing between. */
enum { CHAIN_LENGTH = 2 };

static enum tls_side peer_side(const struct tls_stream *stream) {
    return stream->side == TLS_SERVER ? TLS_CLIENT : TLS_SERVER;
}

bool tls_is_address(const char *name) {
    uint8_t bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* The name that we dialled stands in the certificate, in full and not in its subject. */
static bool host_is_right(X509 *leaf, const char *name) {
    if (tls_is_address(name)) {
        return X509_check_ip_asc(leaf, name, 0) == 1;
    }
    unsigned flags = X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
    return X509_check_host(leaf, name, strlen(name), flags, NULL) == 1;
}

static bool identity_is_right(struct tls_stream *stream, X509 *leaf) {
    const char *why = NULL;
    if (lg_failed(tls_profile_read(leaf, peer_side(stream), &why, &stream->peer))) {
        return false;
    }
    return stream->side == TLS_SERVER ||
           (host_is_right(leaf, stream->dns_name) && strcmp(stream->peer.uri, stream->uri) == 0);
}

static bool is_allowed(struct tls_stream *stream, const struct tls_trust *trust, X509 *leaf,
                       X509 *anchor) {
    struct clock clock = clock_system();
    if (lg_failed(tls_fingerprint(anchor, stream->issuer))) {
        return false;
    }
    const struct tls_issuer *issuer = tls_trust_find(trust, stream->issuer);
    if (issuer == NULL || !tls_issuer_allows(trust, issuer, leaf, clock_wall_ms(&clock) / 1000)) {
        return false;
    }
    stream->allowed = true;
    stream->allowed_until_s = issuer->next_update_s;
    return true;
}

/* X509_V_OK, or the reason that becomes the alert. */
static int judge(struct tls_stream *stream, const struct tls_trust *trust, X509_STORE_CTX *store) {
    X509_STORE_CTX_set0_trusted_stack(store, trust->anchors);
    if (X509_verify_cert(store) <= 0) {
        int error = X509_STORE_CTX_get_error(store);
        return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
    }
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    if (sk_X509_num(chain) != CHAIN_LENGTH) {
        return X509_V_ERR_CERT_CHAIN_TOO_LONG;
    }
    X509 *leaf = sk_X509_value(chain, 0);
    if (!identity_is_right(stream, leaf)) {
        stream->identity_fault = true;
        return X509_V_ERR_CERT_REJECTED;
    }
    if (!is_allowed(stream, trust, leaf, sk_X509_value(chain, 1))) {
        return X509_V_ERR_CERT_REVOKED;
    }
    return X509_V_OK;
}

int tls_verify_peer(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_stream *stream = SSL_get_app_data(ssl);
    struct tls_trust *trust = tls_context_trust(stream->context, &stream->trust_version);
    int error = judge(stream, trust, store);
    tls_trust_free(&trust);
    X509_STORE_CTX_set_error(store, error);
    return error == X509_V_OK ? 1 : 0;
}
