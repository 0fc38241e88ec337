/* SPDX-License-Identifier: Apache-2.0 */
/* Accepting: so many connections in all, so many handshakes at once, so many of them from one
 * address, since a handshake costs 1.4 ms and comes before we know anybody. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/http2/http2_int.h"

struct http2_listener {
    struct http2_listen config;
    int fd;
    struct loop_watch watch;
    struct loop_timer pause;
    struct http2_connection *connections;
    size_t count;
    size_t handshake_count; /* their connections have not opened yet */
    bool is_draining;
};

static struct lg_err bad_address(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_HTTP2, HTTP2_ADDRESS);
}

/* ---- the list ---- */

static void link_connection(struct http2_listener *listener, struct http2_connection *connection) {
    connection->listener = listener;
    connection->prev = NULL;
    connection->next = listener->connections;
    if (connection->next != NULL) {
        connection->next->prev = connection;
    }
    listener->connections = connection;
    listener->count++;
    listener->handshake_count++;
}

static void unlink_connection(struct http2_connection *connection) {
    struct http2_listener *listener = connection->listener;
    if (connection->prev != NULL) {
        connection->prev->next = connection->next;
    } else {
        listener->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->prev = connection->prev;
    }
    listener->count--;
    connection->listener = NULL;
}

void http2_listener_forget(struct http2_connection *connection) {
    struct http2_listener *listener = connection->listener;
    if (listener == NULL) {
        return;
    }
    if (connection->is_new) {
        connection->is_new = false;
        ASSERT(listener->handshake_count > 0);
        listener->handshake_count--;
    }
    if (connection->state == HTTP2_GONE) {
        unlink_connection(connection);
    }
}

/* ---- accepting ---- */

/* Ports do not count, and of an IPv6 address its /64: one customer's network. */
static bool is_same_source(const struct sockaddr_storage *a, const struct sockaddr_storage *b) {
    enum { PREFIX_SIZE = 8 };
    if (a->ss_family != b->ss_family) {
        return false;
    }
    if (a->ss_family == AF_INET) {
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
               ((const struct sockaddr_in *)b)->sin_addr.s_addr;
    }
    if (a->ss_family == AF_INET6) {
        return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
                      &((const struct sockaddr_in6 *)b)->sin6_addr, PREFIX_SIZE) == 0;
    }
    return false;
}

/* The new connection that has waited longest, of that address if there is one, and how many there
 * are. New ones are at the front, and no more than LIMIT_HTTP2_HANDSHAKES are looked for. */
static struct http2_connection *find_oldest(const struct http2_listener *listener,
                                            const struct sockaddr_storage *remote,
                                            size_t *out_count) {
    struct http2_connection *oldest = NULL;
    size_t left = listener->handshake_count;
    *out_count = 0;
    for (struct http2_connection *it = listener->connections; it != NULL && left > 0;
         it = it->next) {
        if (!it->is_new) {
            continue;
        }
        left--;
        if (remote == NULL || is_same_source(&it->remote, remote)) {
            oldest = it;
            (*out_count)++;
        }
    }
    return oldest;
}

/* A handshake that has taken its time gives way: silent connections, though they hold every place,
 * do not keep out those who have something to say. Young ones stay, else those of a crowd that
 * comes back at once would push each other out and none would be done. */
static bool give_way(struct http2_connection *oldest) {
    int64_t due_ms = oldest->guard.due[GUARD_HANDSHAKE];
    int64_t age_ms = http2_connection_now(oldest) + LIMIT_HTTP2_HANDSHAKE_MS - due_ms;
    if (age_ms < LIMIT_HTTP2_HANDSHAKE_YOUNG_MS) {
        return false;
    }
    oldest->host->counters.timed_out++;
    http2_connection_drop(oldest, HTTP2_WHY_TIMER);
    return true;
}

/* Whether there is a place for one more from there, whatever it says. */
static bool has_place(const struct http2_listener *listener,
                      const struct sockaddr_storage *remote) {
    const struct http2_listen *config = &listener->config;
    size_t most =
        config->connections_max > 0 ? config->connections_max : (size_t)LIMIT_HTTP2_CONNECTIONS;
    size_t same = 0;
    if (listener->count >= most) {
        return false;
    }
    for (struct http2_connection *it = listener->connections; it != NULL && config->address_max > 0;
         it = it->next) {
        same += is_same_source(&it->remote, remote) ? 1 : 0;
    }
    return config->address_max == 0 || same < config->address_max;
}

static bool make_room(struct http2_listener *listener, const struct sockaddr_storage *remote) {
    size_t count = 0;
    if (!has_place(listener, remote)) {
        return false;
    }
    struct http2_connection *oldest = find_oldest(listener, remote, &count);
    if (count >= LIMIT_HTTP2_HANDSHAKES_ADDRESS) {
        return give_way(oldest);
    }
    oldest = find_oldest(listener, NULL, &count);
    return count < LIMIT_HTTP2_HANDSHAKES || give_way(oldest);
}

/* Descriptors that connections of peers never get: agencies have to be asked, files opened. */
static bool is_spare(int fd) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
           (rlim_t)fd + LIMIT_HTTP2_DESCRIPTORS_KEPT < limit.rlim_cur;
}

static struct lg_err take(struct http2_listener *listener, int fd,
                          const struct sockaddr_storage *remote) {
    const struct http2_listen *config = &listener->config;
    struct http2_counters *counters = &config->host->counters;
    counters->accepted++;
    if (listener->is_draining || !is_spare(fd) || !make_room(listener, remote)) {
        counters->turned_away++;
        close(fd);
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_FULL);
    }
    struct http2_start start = {
        .host = config->host,
        .tls = config->tls,
        .events = config->events,
        .ctx = config->ctx,
        .fd = fd,
        .is_connected = true,
    };
    struct http2_connection *connection = NULL;
    TRY(http2_connection_new(&start, &connection));
    connection->remote = *remote;
    connection->is_new = true;
    if (config->held_max > 0) {
        connection->held_max = config->held_max;
    }
    connection->fields = config->fields;
    connection->field_count = config->field_count;
    link_connection(listener, connection);
    return LG_OK;
}

static void on_pause_over(void *ctx) {
    struct http2_listener *listener = ctx;
    if (listener->watch.active) {
        lg_err_ignore(loop_watch_change(listener->config.host->loop, &listener->watch, LOOP_READ),
                      "the next pause tries again");
    }
}

/* Out of descriptors or memory: a level-triggered loop would spin on what it cannot take. */
static void pause_accepting(struct http2_listener *listener) {
    struct loop *loop = listener->config.host->loop;
    if (lg_failed(loop_timer_start(loop, &listener->pause,
                                   loop_now_ms(loop) + LIMIT_HTTP2_ACCEPT_PAUSE_MS, on_pause_over,
                                   listener))) {
        return;
    }
    lg_err_ignore(loop_watch_change(loop, &listener->watch, 0), "then it is only asked again");
}

static void on_acceptable(void *ctx, unsigned events) {
    (void)events;
    struct http2_listener *listener = ctx;
    for (int i = 0; i < LIMIT_HTTP2_ACCEPTS; i++) {
        struct sockaddr_storage remote = {0};
        socklen_t len = sizeof remote;
        int fd =
            accept4(listener->fd, (struct sockaddr *)&remote, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            lg_err_ignore(take(listener, fd, &remote), "counted there");
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            pause_accepting(listener);
        }
        if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

/* ---- life ---- */

/* The socket is the caller's to close, also after an error. */
static struct lg_err bound_new(const struct http2_address *address, bool is_shared, int *out_fd) {
    int one = 1;
    *out_fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*out_fd < 0 || setsockopt(*out_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        (is_shared && setsockopt(*out_fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0)) {
        return lg_err_make(LG_CLASS_INTERNAL, LG_HTTP2, HTTP2_SYSTEM);
    }
    bool is_bound = bind(*out_fd, (const struct sockaddr *)&address->storage, address->len) == 0;
    return is_bound ? LG_OK : bad_address();
}

struct lg_err http2_address_claim(const struct http2_address *address) {
    int fd = -1;
    struct lg_err err = bound_new(address, false, &fd);
    if (fd >= 0) {
        close(fd);
    }
    return err;
}

static struct lg_err bind_socket(struct http2_listener *listener) {
    TRY(bound_new(&listener->config.address, listener->config.is_shared, &listener->fd));
    if (listen(listener->fd, LIMIT_HTTP2_BACKLOG) != 0) {
        return bad_address();
    }
    return loop_watch_start(listener->config.host->loop, &listener->watch, listener->fd, LOOP_READ,
                            on_acceptable, listener);
}

struct lg_err http2_listener_new(const struct http2_listen *listen,
                                 struct http2_listener **out_listener) {
    OWN(http2_listener_free) struct http2_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_HTTP2, HTTP2_MEMORY);
    }
    listener->config = *listen;
    listener->fd = -1;
    TRY(bind_socket(listener));
    *out_listener = TAKE(listener);
    return LG_OK;
}

static void stop_accepting(struct http2_listener *listener) {
    struct loop *loop = listener->config.host->loop;
    loop_watch_stop(loop, &listener->watch);
    loop_timer_stop(loop, &listener->pause);
    if (listener->fd >= 0) {
        close(listener->fd);
        listener->fd = -1;
    }
}

void http2_listener_free(struct http2_listener **listener) {
    struct http2_listener *it = *listener;
    *listener = NULL;
    if (it == NULL) {
        return;
    }
    stop_accepting(it);
    while (it->connections != NULL) {
        http2_connection_drop(it->connections, HTTP2_WHY_DONE);
    }
    free(it);
}

uint16_t http2_listener_port(const struct http2_listener *listener) {
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    if (getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0) {
        return 0;
    }
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                         : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

void http2_listener_drain(struct http2_listener *listener, int64_t due_ms) {
    listener->is_draining = true;
    stop_accepting(listener);
    for (struct http2_connection *it = listener->connections; it != NULL; it = it->next) {
        http2_connection_drain(it, due_ms);
    }
}

bool http2_listener_is_empty(const struct http2_listener *listener) {
    return listener->connections == NULL;
}

void http2_listener_recheck(struct http2_listener *listener) {
    uint64_t generation = tls_context_generation(listener->config.tls);
    int64_t due_ms = loop_now_ms(listener->config.host->loop) + LIMIT_HTTP2_AGE_DRAIN_MS;
    for (struct http2_connection *it = listener->connections; it != NULL; it = it->next) {
        if (it->state != HTTP2_OPEN) {
            continue;
        }
        if (!http2_connection_peer_is_valid(it)) {
            http2_connection_close(it);
        } else if (tls_stream_generation(it->tls) != generation) {
            http2_connection_drain(it, due_ms);
        }
    }
}

struct lg_err http2_listener_take(struct http2_listener *listener, int fd) {
    struct sockaddr_storage remote = {.ss_family = AF_UNSPEC};
    return take(listener, fd, &remote);
}
