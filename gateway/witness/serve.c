/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are gathered on the loop and answered by one thread, one after the other: so that asking
 * what was seen and remembering more is one step, and no callback waits for a disk.
 *
 * State of a work: gathering -> at the witness -> answered; turned down while gathering; gone when
 * its stream is, and freed as soon as the witness has let it go. */
#include "gateway/witness/serve.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/base/log.h"
#include "gateway/loop/pool.h"

enum { BODY_FIRST_SIZE = 1024, FIELDS = 2, TOO_LARGE_TIMES = 4, TURN_MS = 10 };

static const char PATH[] = "/add-checkpoint";

struct work {
    struct work *prev;
    struct work *next;
    struct witness_server *server;
    struct http2_stream *stream;
    uint8_t *body;
    size_t len; /* of what came, kept or not */
    size_t size;
    bool is_too_large; /* nothing more is kept; told at the end of what is sent */
    bool is_at_witness;
    bool is_done; /* answered or gone: nothing more is read or sent */
    struct lg_err err;
    struct witness_reply reply;
    struct loop_job job;
};

struct witness_server {
    struct witness_serve config;
    struct loop *loop;
    struct http2_listener *listener;
    struct loop_pool *pool;
    struct work *works;
    size_t work_count;
    bool is_broken;
};

/* ---- Works */

static void work_free(struct work *work) {
    struct witness_server *server = work->server;
    http2_stream_set_ctx(work->stream, NULL);
    http2_stream_release(&work->stream);
    if (work->prev != NULL) {
        work->prev->next = work->next;
    } else {
        server->works = work->next;
    }
    if (work->next != NULL) {
        work->next->prev = work->prev;
    }
    server->work_count--;
    free(work->body);
    free(work);
}

/* What goes out, to a work or to a stream that has none. */
static void respond(struct http2_stream *stream, const char *status, const char *type,
                    struct span body) {
    const struct http2_field fields[FIELDS] = {
        {.name = span_text(":status"), .value = span_text(status), .is_static = true},
        {.name = span_text("content-type"), .value = span_text(type), .is_static = true}};
    struct lg_err err = http2_stream_respond(stream, fields, FIELDS, false);
    if (!lg_failed(err)) {
        err = http2_stream_send_last(stream, (struct span){0}, body);
    }
    if (!lg_failed(err)) {
        err = http2_stream_finish(stream, NULL, 0);
    }
    if (lg_failed(err)) {
        http2_stream_reset(stream, HTTP2_INTERNAL_ERROR, false);
    }
}

static void turn_down(struct http2_stream *stream, const char *status, const char *text) {
    respond(stream, status, "text/plain; charset=utf-8", span_text(text));
}

static void work_turn_down(struct work *work, const char *status, const char *text) {
    work->is_done = true;
    turn_down(work->stream, status, text);
    work_free(work);
}

/* Digits of a status that the witness gives. */
static const char *status_text(unsigned status) {
    switch (status) {
    case 200:
        return "200";
    case 403:
        return "403";
    case 404:
        return "404";
    case 409:
        return "409";
    case 422:
        return "422";
    default:
        return "400";
    }
}

/* ---- At the witness */

static void on_work(void *ctx) {
    struct work *work = ctx;
    work->err = witness_add_checkpoint(work->server->config.witness, span_of(work->body, work->len),
                                       &work->reply);
}

static void on_answered(void *ctx) {
    struct work *work = ctx;
    struct witness_server *server = work->server;
    work->is_at_witness = false;
    if (lg_failed(work->err)) {
        /* Not a word to anybody: what this process would say may not be what the disk holds. */
        log_line(LOG_ERROR, "witness.broken", "class=%s code=%u",
                 lg_class_name(lg_err_class(work->err)), lg_err_code(work->err));
        server->is_broken = true;
        work_free(work);
        server->config.on_broken(server->config.ctx);
        return;
    }
    if (!work->is_done) {
        log_line(LOG_INFO, "witness.answered", "status=%u", work->reply.status);
        respond(work->stream, status_text(work->reply.status), work->reply.type,
                span_of(work->reply.body, work->reply.len));
    }
    work_free(work);
}

/* ---- Streams */

static struct work *work_new(struct witness_server *server, struct http2_stream *stream) {
    struct work *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return NULL;
    }
    work->server = server;
    work->stream = stream;
    work->next = server->works;
    if (work->next != NULL) {
        work->next->prev = work;
    }
    server->works = work;
    server->work_count++;
    http2_stream_set_ctx(stream, work);
    return work;
}

static const struct tls_peer *peer_of(const struct http2_stream *stream) {
    return http2_connection_peer(http2_stream_connection(stream));
}

/* A place of all, and of its agency's share: who sends slowly holds no more than that. */
static bool has_place(const struct witness_server *server, const struct http2_stream *stream) {
    const struct tls_peer *peer = peer_of(stream);
    size_t count = 0;
    for (const struct work *work = server->works; work != NULL; work = work->next) {
        const struct tls_peer *other = peer_of(work->stream);
        bool is_theirs = strcmp(peer->agency, other->agency) == 0 &&
                         strcmp(peer->partnership, other->partnership) == 0;
        count += is_theirs ? 1 : 0;
    }
    return server->work_count < LIMIT_WITNESS_WORKS && count < LIMIT_WITNESS_WORKS_AGENCY;
}

static void on_headers(void *ctx, struct http2_stream *stream, const struct http2_block *block) {
    struct witness_server *server = ctx;
    const char *status = NULL;
    const char *text = NULL;
    if (!span_equal_text(block->path, PATH)) {
        status = "404";
        text = "only /add-checkpoint is here\n";
    } else if (!span_equal_text(block->method, "POST")) {
        status = "405";
        text = "only POST is taken\n";
    } else if (server->is_broken || !has_place(server, stream) ||
               work_new(server, stream) == NULL) {
        status = "503";
        text = "busy: try again later\n";
    }
    if (status != NULL) {
        turn_down(stream, status, text);
        http2_stream_release(&stream);
    }
}

static bool body_add(struct work *work, struct span bytes) {
    if (bytes.len > LIMIT_WITNESS_REQUEST - work->len) {
        return false;
    }
    if (work->len + bytes.len > work->size) {
        size_t size = work->size == 0 ? BODY_FIRST_SIZE : work->size;
        while (size < work->len + bytes.len) {
            size *= 2;
        }
        size = size < LIMIT_WITNESS_REQUEST ? size : LIMIT_WITNESS_REQUEST;
        uint8_t *body = realloc(work->body, size);
        if (body == NULL || lg_failed(http2_stream_hold(work->stream, size))) {
            work->body = body != NULL ? body : work->body;
            return false;
        }
        work->body = body;
        work->size = size;
    }
    memcpy(work->body + work->len, bytes.ptr, bytes.len);
    work->len += bytes.len;
    return true;
}

static void too_large(struct work *work) {
    work_turn_down(work, "413", "larger than any request of c2sp.org/tlog-witness\n");
}

static void on_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    struct work *work = http2_stream_ctx(stream);
    (void)ctx;
    http2_stream_consume(stream, bytes.len);
    if (work == NULL || bytes.len == 0) {
        return;
    }
    if (work->is_too_large) {
        work->len += bytes.len;
    } else if (!body_add(work, bytes)) {
        work->is_too_large = true;
        work->len += bytes.len;
    }
    /* Some clients lose an answer that comes while they still send: who is over the limit by a
     * little is let send on, into nothing. */
    if (work->is_too_large && work->len > (size_t)TOO_LARGE_TIMES * LIMIT_WITNESS_REQUEST) {
        too_large(work);
    }
}

static void on_end(void *ctx, struct http2_stream *stream) {
    struct witness_server *server = ctx;
    struct work *work = http2_stream_ctx(stream);
    if (work == NULL) {
        return;
    }
    if (work->is_too_large) {
        too_large(work);
        return;
    }
    work->is_at_witness = true;
    work->job = (struct loop_job){
        .work = on_work, .on_done = on_answered, .ctx = work, .loop = server->loop};
    loop_pool_send(server->pool, &work->job);
}

static void on_reset(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed) {
    struct work *work = http2_stream_ctx(stream);
    (void)ctx;
    (void)error;
    (void)unprocessed;
    if (work == NULL) {
        return;
    }
    work->is_done = true;
    if (!work->is_at_witness) {
        work_free(work);
    }
}

static const struct http2_events EVENTS = {
    .on_headers = on_headers, .on_data = on_data, .on_end = on_end, .on_reset = on_reset};

/* ---- Life */

struct lg_err witness_server_new(const struct witness_serve *serve,
                                 struct witness_server **out_server) {
    OWN(witness_server_free) struct witness_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return lg_err_make(LG_CLASS_LIMIT, LG_WITNESS, WITNESS_MEMORY);
    }
    server->config = *serve;
    server->loop = http2_host_loop(serve->host);
    TRY(loop_pool_new(1, &server->pool));
    const struct http2_listen listen = {
        .host = serve->host,
        .tls = serve->tls,
        .address = serve->address,
        .events = &EVENTS,
        .ctx = server,
    };
    TRY(http2_listener_new(&listen, &server->listener));
    *out_server = TAKE(server);
    return LG_OK;
}

/* What is at the witness comes back as a message of the loop, which is turned here until it has. */
void witness_server_free(struct witness_server **server) {
    struct witness_server *it = *server;
    if (it == NULL) {
        return;
    }
    http2_listener_free(&it->listener);
    while (it->works != NULL) {
        loop_turn(it->loop, TURN_MS);
    }
    loop_pool_free(&it->pool);
    free(it);
    *server = NULL;
}

uint16_t witness_server_port(const struct witness_server *server) {
    return http2_listener_port(server->listener);
}

/* One that was posted before the end may still come while the last works are waited for. */
void witness_server_recheck(struct witness_server *server) {
    if (server->listener != NULL) {
        http2_listener_recheck(server->listener);
    }
}

struct lg_err witness_server_take(struct witness_server *server, int fd) {
    return http2_listener_take(server->listener, fd);
}
