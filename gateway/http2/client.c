/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to a peer. */
#define _GNU_SOURCE
#include <errno.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

static struct http2_start start_of(const struct http2_target *target, int fd) {
    ASSERT(target->dns_name != NULL);
    ASSERT(target->uri != NULL);
    return (struct http2_start){
        .host = target->host,
        .tls = target->tls,
        .events = target->events,
        .ctx = target->ctx,
        .fd = fd,
        .dns_name = target->dns_name,
        .uri = target->uri,
    };
}

struct lg_err http2_connect(const struct http2_target *target,
                            struct http2_connection **out_connection) {
    const struct http2_address *address = &target->address;
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_HTTP2, HTTP2_SYSTEM);
    }
    if (connect(fd, (const struct sockaddr *)&address->storage, address->len) != 0 &&
        errno != EINPROGRESS && errno != EINTR) {
        close(fd);
        return lg_err_make(LG_CLASS_PEER, LG_HTTP2, HTTP2_CLOSED);
    }
    struct http2_start start = start_of(target, fd);
    return http2_connection_new(&start, out_connection);
}

struct lg_err http2_connect_over(const struct http2_target *target, int fd,
                                 struct http2_connection **out_connection) {
    struct http2_start start = start_of(target, fd);
    start.is_connected = true;
    return http2_connection_new(&start, out_connection);
}
