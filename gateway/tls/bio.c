/* SPDX-License-Identifier: Apache-2.0 */
/* The socket as OpenSSL sees it: writes raise no SIGPIPE, and one call reads a bounded number of
 * bytes however fast the peer sends. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <openssl/bio.h>
#include <sys/socket.h>

#include "gateway/base/num.h"
#include "gateway/tls/tls_int.h"

static bool is_not_ready(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int on_read(BIO *bio, char *buf, int size) {
    struct tls_socket *socket = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (socket->budget == 0) {
        socket->paused = true;
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t room = num_min((size_t)size, socket->budget);
    ssize_t got = recv(socket->fd, buf, room, 0);
    if (got < 0 && is_not_ready(errno)) {
        socket->paused = errno == EINTR;
        BIO_set_retry_read(bio);
        return -1;
    }
    if (got <= 0) {
        socket->ended = true;
        return (int)got;
    }
    socket->budget -= (size_t)got;
    socket->dry = (size_t)got < room;
    return (int)got;
}

static int on_write(BIO *bio, const char *bytes, int len) {
    struct tls_socket *socket = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t sent = send(socket->fd, bytes, (size_t)len, MSG_NOSIGNAL);
    if (sent < 0 && is_not_ready(errno)) {
        BIO_set_retry_write(bio);
        return -1;
    }
    if (sent < 0) {
        socket->ended = true;
    }
    return (int)sent;
}

static long on_control(BIO *bio, int command, long number, void *value) {
    (void)number;
    (void)value;
    if (command == BIO_CTRL_FLUSH) {
        return 1; /* nothing is held back here */
    }
    if (command == BIO_CTRL_EOF) {
        const struct tls_socket *socket = BIO_get_data(bio);
        return socket->ended ? 1 : 0;
    }
    return 0;
}

struct lg_err tls_bio_method_new(BIO_METHOD **out_method) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "lockgate socket");
    if (method == NULL || BIO_meth_set_read(method, on_read) != 1 ||
        BIO_meth_set_write(method, on_write) != 1 || BIO_meth_set_ctrl(method, on_control) != 1) {
        BIO_meth_free(method);
        return tls_error_memory();
    }
    *out_method = method;
    return LG_OK;
}

BIO *tls_bio_new(const BIO_METHOD *method, struct tls_socket *socket) {
    BIO *bio = BIO_new(method);
    if (bio != NULL) {
        BIO_set_data(bio, socket);
        BIO_set_init(bio, 1);
        BIO_set_shutdown(bio, 0);
    }
    return bio;
}
