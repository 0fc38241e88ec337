/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a gRPC server can be made of here: nghttp2, OpenSSL and epoll, one thread, client
 * certificates, one fixed answer to every request. No limits, no timers, no checks of what is
 * asked: what our server's health check takes beside it is the price of all that.
 *
 *   bare_bench PORT CERT KEY ANCHORS */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ARG_COUNT = 5, EVENTS = 64, BUFFER = 16384, STREAMS = 128, WINDOW = 1 << 20 };

/* A HealthCheckResponse that says SERVING, behind its gRPC prefix. */
static const uint8_t answer[] = {0, 0, 0, 0, 2, 0x08, 0x01};

struct connection {
    int fd;
    SSL *ssl;
    nghttp2_session *session;
    uint8_t out[BUFFER];
    size_t out_len;
    size_t out_sent;
    bool waits_to_write;
};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "bare_bench: %s\n", what);
    exit(1);
}

#define FIELD(name, value)                                                                         \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), sizeof(name) - 1,             \
            sizeof(value) - 1, NGHTTP2_NV_FLAG_NONE                                                \
    }

static ssize_t on_body(nghttp2_session *session, int32_t stream, uint8_t *buf, size_t length,
                       uint32_t *flags, nghttp2_data_source *source, void *ctx) {
    static const nghttp2_nv trailers[] = {FIELD("grpc-status", "0")};
    (void)length; /* far more than the answer */
    (void)source;
    (void)ctx;
    memcpy(buf, answer, sizeof answer);
    *flags = NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return nghttp2_submit_trailer(session, stream, trailers, 1) == 0 ? (ssize_t)sizeof answer
                                                                     : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx) {
    static const nghttp2_nv head[] = {FIELD(":status", "200"),
                                      FIELD("content-type", "application/grpc")};
    const nghttp2_data_provider body = {.read_callback = on_body};
    (void)ctx;
    bool is_request = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (!is_request || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) {
        return 0;
    }
    return nghttp2_submit_response(session, frame->hd.stream_id, head, 2, &body);
}

static void connection_end(struct connection *it) {
    nghttp2_session_del(it->session);
    SSL_free(it->ssl);
    close(it->fd);
    free(it);
}

/* Fills the buffer with as many frames as fit; false when the session failed. */
static bool frames_take(struct connection *it) {
    it->out_len = 0;
    it->out_sent = 0;
    for (;;) {
        const uint8_t *bytes = NULL;
        if (it->out_len > BUFFER / 2) {
            return true;
        }
        ssize_t got = nghttp2_session_mem_send(it->session, &bytes);
        if (got <= 0) {
            return got == 0;
        }
        if ((size_t)got > BUFFER - it->out_len) {
            return false; /* frames of ours are far smaller */
        }
        memcpy(it->out + it->out_len, bytes, (size_t)got);
        it->out_len += (size_t)got;
    }
}

/* Until nothing is left or the socket takes no more; false when the connection is over. */
static bool flush(struct connection *it) {
    it->waits_to_write = false;
    for (;;) {
        if (it->out_sent == it->out_len && !frames_take(it)) {
            return false;
        }
        if (it->out_len == 0) {
            return true;
        }
        int put = SSL_write(it->ssl, it->out + it->out_sent, (int)(it->out_len - it->out_sent));
        if (put <= 0) {
            it->waits_to_write = SSL_get_error(it->ssl, put) == SSL_ERROR_WANT_WRITE;
            return it->waits_to_write;
        }
        it->out_sent += (size_t)put;
    }
}

static bool session_open(struct connection *it, const nghttp2_session_callbacks *callbacks) {
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS},
    };
    return nghttp2_session_server_new(&it->session, callbacks, it) == 0 &&
           nghttp2_submit_settings(it->session, NGHTTP2_FLAG_NONE, settings, 1) == 0 &&
           nghttp2_session_set_local_window_size(it->session, NGHTTP2_FLAG_NONE, 0, WINDOW) == 0;
}

/* Reads what is there; false when the connection is over. */
static bool read_all(struct connection *it, const nghttp2_session_callbacks *callbacks) {
    uint8_t in[BUFFER];
    for (;;) {
        int got = SSL_read(it->ssl, in, sizeof in);
        if (got <= 0) {
            return SSL_get_error(it->ssl, got) == SSL_ERROR_WANT_READ;
        }
        if (it->session == NULL && !session_open(it, callbacks)) {
            return false;
        }
        if (nghttp2_session_mem_recv(it->session, in, (size_t)got) != got) {
            return false;
        }
    }
}

static void serve(int epoll_fd, struct connection *it, const nghttp2_session_callbacks *callbacks) {
    if (!read_all(it, callbacks) || (it->session != NULL && !flush(it))) {
        connection_end(it);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN | (it->waits_to_write ? (uint32_t)EPOLLOUT : 0),
                                .data = {.ptr = it}};
    (void)epoll_ctl(epoll_fd, EPOLL_CTL_MOD, it->fd, &event);
}

static void accept_one(int epoll_fd, int listener, SSL_CTX *ctx) {
    int on = 1;
    struct connection *it = calloc(1, sizeof *it);
    if (it == NULL) {
        die("memory");
    }
    it->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    it->ssl = SSL_new(ctx);
    if (it->fd < 0 || it->ssl == NULL || SSL_set_fd(it->ssl, it->fd) != 1) {
        die("accept");
    }
    (void)setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_accept_state(it->ssl);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = it}};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, it->fd, &event) != 0) {
        die("epoll");
    }
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *offered, unsigned offered_len, void *ctx) {
    (void)ssl;
    (void)ctx;
    return nghttp2_select_next_protocol((unsigned char **)(uintptr_t)out, out_len, offered,
                                        offered_len) == 1
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *tls_open(char **argv) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
        SSL_CTX_use_certificate_chain_file(ctx, argv[2]) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_load_verify_locations(ctx, argv[4], NULL) != 1) {
        die("TLS");
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    return ctx;
}

static int listen_open(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, EVENTS) != 0) {
        die("listen");
    }
    return fd;
}

static nghttp2_session_callbacks *callbacks_new(void) {
    nghttp2_session_callbacks *callbacks = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        die("memory");
    }
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    return callbacks;
}

int main(int argc, char **argv) {
    if (argc != ARG_COUNT) {
        die("usage: PORT CERT KEY ANCHORS");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    nghttp2_session_callbacks *callbacks = callbacks_new();
    SSL_CTX *ctx = tls_open(argv);
    int listener = listen_open(argv[1]);
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) != 0) {
        die("epoll");
    }
    for (;;) { /* ended by a signal */
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                accept_one(epoll_fd, listener, ctx);
            } else {
                serve(epoll_fd, events[i].data.ptr, callbacks);
            }
        }
    }
}
