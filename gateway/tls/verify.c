/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement over a peer, inside the handshake: the refused one gets an alert and no byte of it
 * is read, and a client shows its own certificate only to a server that it accepted. */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

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

/* NULL, or the rule that the leaf breaks. */
static const char *identity_fault(struct tls_stream *stream, X509 *leaf) {
    const char *why = NULL;
    if (lg_failed(tls_profile_read(leaf, peer_side(stream), &why, &stream->peer))) {
        return why == NULL ? "no memory" : why;
    }
    if (stream->side == TLS_SERVER) {
        return NULL;
    }
    if (!host_is_right(leaf, stream->dns_name)) {
        return "it does not bear the host name that was dialled";
    }
    return strcmp(stream->peer.uri, stream->uri) == 0 ? NULL : "it names another system";
}

static int judge_issuer(struct tls_stream *stream, const struct tls_trust *trust, X509 *leaf,
                        X509 *anchor) {
    if (lg_failed(tls_fingerprint(anchor, stream->issuer))) {
        return X509_V_ERR_OUT_OF_MEM;
    }
    const struct tls_issuer *issuer = tls_trust_find(trust, stream->issuer);
    if (issuer == NULL) {
        return X509_V_ERR_CERT_UNTRUSTED;
    }
    int64_t now_s = tls_context_now_s(stream->context);
    int error = tls_issuer_judge(trust, issuer, leaf, now_s, &stream->refusal);
    stream->allowed = error == X509_V_OK;
    stream->allowed_until_s = issuer->good_until_s;
    return error;
}

/* Our clock, so that chain, list and every later look go by one time. */
static int judge_chain(const struct tls_stream *stream, const struct tls_trust *trust,
                       X509_STORE_CTX *store) {
    X509_STORE_CTX_set0_trusted_stack(store, trust->anchors);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(store),
                               (time_t)tls_context_now_s(stream->context));
    if (X509_verify_cert(store) <= 0) {
        int error = X509_STORE_CTX_get_error(store);
        return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
    }
    bool is_ours = sk_X509_num(X509_STORE_CTX_get0_chain(store)) == CHAIN_LENGTH;
    return is_ours ? X509_V_OK : X509_V_ERR_CERT_CHAIN_TOO_LONG;
}

/* X509_V_OK, or the reason that becomes the alert. */
static int judge(struct tls_stream *stream, const struct tls_trust *trust, X509_STORE_CTX *store) {
    int error = judge_chain(stream, trust, store);
    if (error != X509_V_OK) {
        stream->refusal = X509_verify_cert_error_string(error);
        return error;
    }
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(store);
    X509 *leaf = sk_X509_value(chain, 0);
    const char *why = identity_fault(stream, leaf);
    if (why != NULL) {
        stream->identity_fault = true;
        stream->refusal = why;
        return X509_V_ERR_CERT_REJECTED;
    }
    return judge_issuer(stream, trust, leaf, sk_X509_value(chain, 1));
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
