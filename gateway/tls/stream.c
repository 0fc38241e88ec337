/* SPDX-License-Identifier: Apache-2.0 */
/* One connection:
 *
 *   state       set by                    what may follow
 *   handshake   tls_stream_new            done, broken
 *   done        tls_stream_handshake      done (read, write), broken
 *   broken      any failed call           nothing but tls_stream_free
 */
#define _POSIX_C_SOURCE 200809L
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/base/num.h"
#include "gateway/loop/loop.h"
#include "gateway/tls/tls_int.h"

enum { RECORD_SIZE_MAX = 16384 };

/* Counts what a peer may send without end and without a request (RFC 8446, 4.6). */
static void on_message(int is_ours, int version, int type, const void *bytes, size_t len, SSL *ssl,
                       void *ctx) {
    struct tls_stream *stream = ctx;
    (void)version;
    (void)bytes;
    (void)len;
    (void)ssl;
    if (is_ours == 0 && type == SSL3_RT_HANDSHAKE && stream->done) {
        stream->late_messages++;
    }
}

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

/* An address is checked in the certificate but never sent as SNI (RFC 6066, 3). */
static struct lg_err set_names(struct tls_stream *stream, const char *dns_name, const char *uri) {
    ASSERT(dns_name != NULL && uri != NULL);
    if (dns_name[0] == '\0' || strlen(dns_name) > TLSEXT_MAXLEN_host_name) {
        return lg_err_make(LG_CLASS_CONFIG, LG_TLS, TLS_IDENTITY);
    }
    stream->dns_name = copy_text(dns_name);
    stream->uri = copy_text(uri);
    if (stream->dns_name == NULL || stream->uri == NULL) {
        return tls_error_memory();
    }
    if (!tls_is_address(dns_name) && SSL_ctrl(stream->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                              TLSEXT_NAMETYPE_host_name, stream->dns_name) != 1) {
        ERR_clear_error();
        return tls_error_memory();
    }
    return LG_OK;
}

static struct lg_err attach(struct tls_stream *stream) {
    BIO *bio = tls_bio_new(tls_context_bio(stream->context), &stream->socket);
    if (bio == NULL) {
        ERR_clear_error();
        return tls_error_memory();
    }
    SSL_set_bio(stream->ssl, bio, bio);
    /* It takes memory, and the look at the peer's chain cannot do without. */
    if (SSL_set_app_data(stream->ssl, stream) != 1) {
        ERR_clear_error();
        return tls_error_memory();
    }
    SSL_set_msg_callback(stream->ssl, on_message);
    SSL_set_msg_callback_arg(stream->ssl, stream);
    if (stream->side == TLS_SERVER) {
        SSL_set_accept_state(stream->ssl);
    } else {
        SSL_set_connect_state(stream->ssl);
    }
    return LG_OK;
}

struct lg_err tls_stream_new(struct tls_context *context, int fd, const char *dns_name,
                             const char *uri, struct tls_stream **out_stream) {
    OWN(tls_stream_free) struct tls_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return tls_error_memory();
    }
    stream->context = context;
    stream->side = tls_context_side(context);
    stream->is_open = tls_context_is_open(context);
    stream->refusal = "";
    stream->socket.fd = -1; /* the caller's until nothing can fail any more */
    TRY(tls_context_ssl(context, &stream->ssl, &stream->generation));
    TRY(attach(stream));
    if (stream->side == TLS_CLIENT) {
        TRY(set_names(stream, dns_name, uri));
    }
    stream->socket.fd = fd;
    *out_stream = TAKE(stream);
    return LG_OK;
}

void tls_stream_free(struct tls_stream **stream) {
    struct tls_stream *it = *stream;
    if (it == NULL) {
        return;
    }
    if (it->done && !it->broken) {
        int sent = SSL_shutdown(it->ssl);
        (void)sent; /* a full socket: the peer sees the end without a goodbye */
    }
    SSL_free(it->ssl);
    ERR_clear_error();
    if (it->socket.fd >= 0) {
        close(it->socket.fd);
    }
    free(it->dns_name);
    free(it->uri);
    free(it);
    *stream = NULL;
}

int tls_stream_fd(const struct tls_stream *stream) {
    return stream->socket.fd;
}

/* Whether the peer's alert is about us: certificate, version, application protocol. */
static bool is_refused_by_peer(void) {
    int reason = ERR_GET_REASON(ERR_peek_error());
    switch (reason - SSL_AD_REASON_OFFSET) {
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_DECRYPT_ERROR:
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
    case SSL_AD_CERTIFICATE_REQUIRED:
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return true;
    default:
        return false;
    }
}

static struct lg_err break_off(struct tls_stream *stream, enum tls_code otherwise) {
    bool refused = is_refused_by_peer();
    stream->broken = true;
    ERR_clear_error();
    if (refused) {
        return tls_error_peer(TLS_HANDSHAKE);
    }
    return tls_error_peer(stream->socket.ended ? TLS_CLOSED : otherwise);
}

static bool speaks_h2(const SSL *ssl) {
    const unsigned char *name = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(ssl, &name, &len);
    return span_equal_text(span_of(name, len), "h2");
}

static struct lg_err finish(struct tls_stream *stream) {
    if (!speaks_h2(stream->ssl)) {
        stream->broken = true;
        return tls_error_peer(TLS_HANDSHAKE);
    }
    /* No way leads here without tls_verify_peer having accepted somebody, but where nobody is
     * asked: there the peer has no name. */
    ASSERT(stream->allowed != stream->is_open);
    ASSERT((stream->peer.uri[0] == '\0') == stream->is_open);
    if (stream->is_open) {
        memcpy(stream->peer.agency, TLS_NOBODY, sizeof TLS_NOBODY);
    }
    const char *name = stream->side == TLS_SERVER
                           ? SSL_get_servername(stream->ssl, TLSEXT_NAMETYPE_host_name)
                           : NULL;
    if (name != NULL && strlen(name) < sizeof stream->server_name) {
        memcpy(stream->server_name, name, strlen(name) + 1);
    }
    stream->done = true;
    return LG_OK;
}

/* Before a call whose failure is looked up among the library's errors: what an earlier one left
 * would be taken for its own. Nearly always there is nothing, and to clear nothing costs as much as
 * to decrypt a short record. */
static void errors_clear(void) {
    if (ERR_peek_error() != 0) {
        ERR_clear_error();
    }
}

static void open_budget(struct tls_stream *stream) {
    stream->socket.budget = LIMIT_TLS_READ_TURN;
    stream->socket.paused = false;
}

/* What nearly every call that fails is about. The library would look among its errors first, which
 * is dear. */
static bool wants_bytes(SSL *ssl) {
    return SSL_want_read(ssl) && BIO_should_read(SSL_get_rbio(ssl));
}

struct lg_err tls_stream_handshake(struct tls_stream *stream, unsigned *out_events) {
    ASSERT(!stream->done);
    if (stream->broken) {
        return tls_error_peer(TLS_BROKEN);
    }
    open_budget(stream);
    errors_clear();
    int result = SSL_do_handshake(stream->ssl);
    if (result == 1) {
        return finish(stream);
    }
    int error = SSL_get_error(stream->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        *out_events = error == SSL_ERROR_WANT_READ ? LOOP_READ : LOOP_WRITE;
        return tls_error_peer(TLS_AGAIN);
    }
    struct lg_err err = break_off(stream, TLS_HANDSHAKE);
    return stream->identity_fault ? tls_error_peer(TLS_IDENTITY) : err;
}

const char *tls_stream_refusal(const struct tls_stream *stream) {
    return stream->refusal;
}

const struct tls_peer *tls_stream_peer(const struct tls_stream *stream) {
    ASSERT(stream->done);
    return &stream->peer;
}

/* Looks the peer up in the trust that is in force now. */
static void judge_again(struct tls_stream *stream, int64_t now_wall_s) {
    struct tls_trust *trust = tls_context_trust(stream->context, &stream->trust_version);
    const struct tls_issuer *issuer = tls_trust_find(trust, stream->issuer);
    X509 *leaf = SSL_get0_peer_certificate(stream->ssl);
    const char *why = NULL;
    stream->allowed = issuer != NULL && leaf != NULL &&
                      tls_issuer_judge(trust, issuer, leaf, now_wall_s, &why) == X509_V_OK;
    stream->allowed_until_s = issuer == NULL ? INT64_MIN : issuer->good_until_s;
    tls_trust_free(&trust);
}

bool tls_stream_peer_is_valid(struct tls_stream *stream, int64_t now_wall_s) {
    if (!stream->done) {
        return false;
    }
    if (stream->is_open) {
        return true;
    }
    if (stream->trust_version != tls_context_trust_version(stream->context)) {
        judge_again(stream, now_wall_s);
    }
    return stream->allowed && now_wall_s <= stream->allowed_until_s &&
           now_wall_s >= stream->peer.not_before_s && now_wall_s <= stream->peer.not_after_s;
}

uint64_t tls_stream_generation(const struct tls_stream *stream) {
    return stream->generation;
}

const char *tls_stream_server_name(const struct tls_stream *stream) {
    return stream->server_name;
}

bool tls_stream_has_name(const struct tls_stream *stream, struct span host) {
    enum { HOST_MAX = 255 };
    char text[HOST_MAX + 1];
    X509 *leaf = SSL_get_certificate(stream->ssl);
    if (leaf == NULL || host.len == 0 || host.len > HOST_MAX ||
        memchr(host.ptr, '\0', host.len) != NULL) {
        return false;
    }
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    const unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS;
    return X509_check_host(leaf, text, host.len, flags, NULL) == 1 ||
           X509_check_ip_asc(leaf, text, 0) == 1;
}

/* After a read that gave nothing. */
static struct lg_err judge_read(struct tls_stream *stream, int result) {
    if (wants_bytes(stream->ssl)) {
        stream->drained = !stream->socket.paused;
        return tls_error_peer(TLS_AGAIN);
    }
    if (SSL_get_error(stream->ssl, result) == SSL_ERROR_ZERO_RETURN) {
        return tls_error_peer(TLS_CLOSED);
    }
    return break_off(stream, TLS_BROKEN);
}

struct lg_err tls_stream_read(struct tls_stream *stream, uint8_t *buf, size_t size,
                              size_t *out_len) {
    ASSERT(stream->done);
    if (stream->broken) {
        return tls_error_peer(TLS_BROKEN);
    }
    open_budget(stream);
    if (!stream->reads_on) {
        errors_clear();
    }
    size_t got = 0;
    int result = SSL_read_ex(stream->ssl, buf, size, &got);
    stream->drained = false;
    stream->reads_on = result == 1 && !tls_stream_is_dry(stream);
    if (stream->late_messages > LIMIT_TLS_LATE_MESSAGES) {
        stream->broken = true;
        ERR_clear_error();
        return tls_error_peer(TLS_BROKEN);
    }
    if (result != 1) {
        return judge_read(stream, result);
    }
    *out_len = got;
    return LG_OK;
}

struct lg_err tls_stream_write(struct tls_stream *stream, struct span bytes, size_t *out_len) {
    ASSERT(stream->done);
    if (stream->broken) {
        return tls_error_peer(TLS_BROKEN);
    }
    if (bytes.len == 0) {
        *out_len = 0;
        return LG_OK;
    }
    open_budget(stream);
    errors_clear();
    size_t sent = 0;
    int result = SSL_write_ex(stream->ssl, bytes.ptr, num_min(bytes.len, RECORD_SIZE_MAX), &sent);
    if (result == 1) {
        *out_len = sent;
        return LG_OK;
    }
    if (SSL_get_error(stream->ssl, result) == SSL_ERROR_WANT_WRITE) {
        return tls_error_peer(TLS_AGAIN);
    }
    return break_off(stream, TLS_BROKEN);
}

bool tls_stream_has_pending(const struct tls_stream *stream) {
    return stream->done && !stream->broken && !stream->drained &&
           (stream->socket.paused || SSL_has_pending(stream->ssl) == 1);
}

bool tls_stream_is_dry(const struct tls_stream *stream) {
    return stream->done && stream->socket.dry && SSL_has_pending(stream->ssl) == 0;
}
