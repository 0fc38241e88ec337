/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tests/support/foreign.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { STEPS_MAX = 64 };

static int take_anybody(X509_STORE_CTX *store, void *unused) {
    (void)store;
    (void)unused;
    return 1;
}

static int count_ticket(SSL *ssl, SSL_SESSION *session) {
    struct foreign *it = SSL_get_app_data(ssl);
    (void)session;
    it->tickets++;
    return 0;
}

static int choose_first(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                        const unsigned char *in, unsigned in_len, void *alpn) {
    (void)ssl;
    const char *ours = alpn;
    unsigned char *chosen = NULL;
    int result = SSL_select_next_proto(&chosen, out_len, (const unsigned char *)ours,
                                       (unsigned)strlen(ours), in, in_len);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void set_alpn(SSL_CTX *ctx, bool server, const char *alpn) {
    if (alpn == NULL) {
        return;
    }
    if (server) {
        SSL_CTX_set_alpn_select_cb(ctx, choose_first, (void *)(uintptr_t)alpn);
        return;
    }
    assert_int_equal(
        SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)alpn, (unsigned)strlen(alpn)), 0);
}

static SSL_CTX *make_ctx(bool server, const struct foreign_options *options) {
    SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    assert_non_null(ctx);
    SSL_CTX_set_security_level(ctx, 0);
    if (options->certificate != NULL) {
        assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, options->certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, options->key, SSL_FILETYPE_PEM), 1);
    }
    if (options->version_max != 0) {
        assert_int_equal(SSL_CTX_set_max_proto_version(ctx, options->version_max), 1);
    }
    if (options->groups != NULL) {
        assert_int_equal(SSL_CTX_set1_groups_list(ctx, options->groups), 1);
    }
    if (options->ciphers != NULL) {
        assert_int_equal(SSL_CTX_set_ciphersuites(ctx, options->ciphers), 1);
    }
    set_alpn(ctx, server, options->alpn);
    if (options->anchors == NULL) {
        SSL_CTX_set_cert_verify_callback(ctx, take_anybody, NULL);
    } else {
        assert_int_equal(SSL_CTX_load_verify_file(ctx, options->anchors), 1);
    }
    SSL_CTX_set_verify(ctx, server ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, count_ticket);
    return ctx;
}

static struct foreign *foreign_new(bool server, int fd, const struct foreign_options *options) {
    struct foreign *it = calloc(1, sizeof *it);
    assert_non_null(it);
    it->fd = fd;
    it->ctx = make_ctx(server, options);
    it->ssl = SSL_new(it->ctx);
    assert_non_null(it->ssl);
    SSL_set_app_data(it->ssl, it);
    assert_int_equal(SSL_set_fd(it->ssl, fd), 1);
    if (server) {
        SSL_set_accept_state(it->ssl);
    } else {
        SSL_set_connect_state(it->ssl);
    }
    return it;
}

void foreign_meet(struct tls_context *context, enum tls_side our_side,
                  const struct foreign_options *options, const char *uri,
                  struct foreign_meeting *out_meeting) {
    int fds[2];
    bool server = our_side == TLS_CLIENT;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    struct foreign_meeting it = {.foreign = foreign_new(server, fds[1], options)};
    const char *dns = server ? "localhost" : NULL;
    assert_false(lg_failed(tls_stream_new(context, fds[0], dns, server ? uri : NULL, &it.ours)));
    it.err = lg_err_make(LG_CLASS_PEER, LG_TLS, TLS_AGAIN);
    for (int i = 0; i < STEPS_MAX && lg_failed(it.err) && lg_err_code(it.err) == TLS_AGAIN; i++) {
        unsigned events = 0;
        ERR_clear_error();
        int result = SSL_do_handshake(it.foreign->ssl);
        if (result != 1 && SSL_get_error(it.foreign->ssl, result) == SSL_ERROR_SSL) {
            /* Its end: nothing more comes from there. */
            assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
        }
        ERR_clear_error();
        it.err = tls_stream_handshake(it.ours, &events);
    }
    if (lg_failed(it.err)) {
        assert_int_not_equal(lg_err_code(it.err), TLS_AGAIN);
        tls_stream_free(&it.ours);
    }
    *out_meeting = it;
}

void foreign_part(struct foreign_meeting *meeting) {
    tls_stream_free(&meeting->ours);
    SSL_free(meeting->foreign->ssl);
    SSL_CTX_free(meeting->foreign->ctx);
    close(meeting->foreign->fd);
    free(meeting->foreign);
    ERR_clear_error();
    meeting->foreign = NULL;
}
