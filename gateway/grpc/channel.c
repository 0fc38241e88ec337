/* SPDX-License-Identifier: Apache-2.0 */
/* The way to one peer: connecting, waiting after failures, the line of calls, retiring connections.
 *
 *   state       what it has             leaves it by
 *   IDLE        no link                 a call or wake: CONNECTING
 *   CONNECTING  link, not open          open: READY; closed: BROKEN
 *   READY       link, open              GOAWAY, age, new certificate: the link retires, IDLE;
 *                                       closed: IDLE, or BROKEN if it never answered
 *   BROKEN      no link, until retry_ms the time: IDLE
 */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/grpc_int.h"

static int64_t now_of(const struct grpc_channel *channel) {
    return loop_now_ms(channel->loop);
}

/* ---- the lists ---- */

void grpc_legs_add(struct grpc_legs *legs, struct grpc_leg *leg) {
    leg->prev = legs->last;
    leg->next = NULL;
    if (legs->last != NULL) {
        legs->last->next = leg;
    } else {
        legs->first = leg;
    }
    legs->last = leg;
}

void grpc_legs_add_front(struct grpc_legs *legs, struct grpc_leg *leg) {
    leg->prev = NULL;
    leg->next = legs->first;
    if (legs->first != NULL) {
        legs->first->prev = leg;
    } else {
        legs->last = leg;
    }
    legs->first = leg;
}

void grpc_legs_remove(struct grpc_legs *legs, struct grpc_leg *leg) {
    if (leg->prev != NULL) {
        leg->prev->next = leg->next;
    } else {
        legs->first = leg->next;
    }
    if (leg->next != NULL) {
        leg->next->prev = leg->prev;
    } else {
        legs->last = leg->prev;
    }
    leg->prev = NULL;
    leg->next = NULL;
}

struct lg_err grpc_channel_leg_new(struct grpc_channel *channel, struct grpc_leg **out_leg) {
    struct grpc_leg *leg = channel->pool;
    if (leg == NULL) {
        leg = calloc(1, sizeof *leg);
        if (leg == NULL) {
            return grpc_error_memory();
        }
    } else {
        channel->pool = leg->next;
        channel->pool_count--;
        struct grpc_buffer request = leg->request;
        struct grpc_buffer answer = leg->answer;
        struct grpc_buffer body = leg->parser.body;
        *leg = (struct grpc_leg){.request = request, .answer = answer, .parser = {.body = body}};
    }
    leg->channel = channel;
    *out_leg = leg;
    return LG_OK;
}

static void drop_metadata(struct grpc_leg *leg) {
    grpc_fields_free(&leg->metadata);
    if (leg->told != NULL) {
        explicit_bzero(leg->told, sizeof *leg->told);
        free(leg->told);
        leg->told = NULL;
    }
}

static void free_leg_now(struct grpc_leg *leg) {
    grpc_buffer_done(&leg->request);
    grpc_buffer_done(&leg->answer);
    grpc_buffer_done(&leg->parser.body);
    free(leg);
}

void grpc_channel_leg_free(struct grpc_leg *leg) {
    struct grpc_channel *channel = leg->channel;
    drop_metadata(leg);
    grpc_buffer_clear(&leg->request);
    grpc_buffer_clear(&leg->answer);
    grpc_parser_clear(&leg->parser);
    if (channel->pool_count >= LIMIT_GRPC_POOL) {
        free_leg_now(leg);
        return;
    }
    leg->next = channel->pool;
    channel->pool = leg;
    channel->pool_count++;
}

/* ---- failures ---- */

/* splitmix64: spreads the waits of many gateways after one outage; no secret. */
static int64_t spread(struct grpc_channel *channel, int64_t max) {
    channel->random += 0x9e3779b97f4a7c15U;
    uint64_t z = channel->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (int64_t)((z ^ (z >> 31)) % (uint64_t)max);
}

static void on_fail(void *ctx) {
    struct grpc_channel *channel = ctx;
    while (channel->waiting.first != NULL && channel->link == NULL &&
           now_of(channel) < channel->retry_ms) {
        grpc_leg_fail(channel->waiting.first, GRPC_UNAVAILABLE, "not connected", true);
    }
}

/* Waits of 1 s, times 1.6 up to 120 s, each a fifth more or less, none below 1 s. */
static void note_failure(struct grpc_channel *channel) {
    channel->counters.connect_failures++;
    channel->counters.failures_in_row++;
    int64_t fifth = channel->backoff_ms / 5;
    int64_t wait_ms = channel->backoff_ms - fifth + spread(channel, 2 * fifth + 1);
    wait_ms = wait_ms < LIMIT_GRPC_BACKOFF_MS ? LIMIT_GRPC_BACKOFF_MS : wait_ms;
    channel->retry_ms = now_of(channel) + wait_ms;
    int64_t next_ms = channel->backoff_ms * 8 / 5;
    channel->backoff_ms = next_ms > LIMIT_GRPC_BACKOFF_MAX_MS ? LIMIT_GRPC_BACKOFF_MAX_MS : next_ms;
    loop_later_start(channel->loop, &channel->fail, on_fail, channel);
}

static void note_success(struct grpc_link *link) {
    if (!link->is_proved) {
        link->is_proved = true;
        link->channel->counters.failures_in_row = 0;
        link->channel->backoff_ms = LIMIT_GRPC_BACKOFF_MS;
    }
}

/* ---- links ---- */

static bool on_link_open(void *ctx, struct http2_connection *connection) {
    struct grpc_link *link = ctx;
    (void)connection;
    link->is_open = true;
    grpc_channel_pump(link->channel);
    return true;
}

static void forget_link(struct grpc_link *link) {
    struct grpc_channel *channel = link->channel;
    if (channel->link == link) {
        channel->link = NULL;
        return;
    }
    struct grpc_link **place = &channel->retiring;
    while (*place != NULL && *place != link) {
        place = &(*place)->next;
    }
    ASSERT(*place == link);
    *place = link->next;
}

/* Too many that do not end are a peer that wants us to hold descriptors: the oldest goes. */
static void bound_retiring(struct grpc_channel *channel) {
    size_t count = 0;
    for (struct grpc_link *it = channel->retiring; it != NULL; it = it->next) {
        count++;
        if (count > GRPC_RETIRING_MAX) {
            http2_connection_close(it->connection);
        }
    }
}

static void retire(struct grpc_channel *channel) {
    struct grpc_link *link = channel->link;
    channel->link = NULL;
    link->next = channel->retiring;
    channel->retiring = link;
    http2_connection_drain(link->connection, now_of(channel) + LIMIT_HTTP2_AGE_DRAIN_MS);
    bound_retiring(channel);
}

static void on_link_goaway(void *ctx, struct http2_connection *connection, uint32_t error,
                           struct span debug) {
    struct grpc_link *link = ctx;
    struct grpc_channel *channel = link->channel;
    (void)connection;
    if (error == HTTP2_ENHANCE_YOUR_CALM && span_equal_text(debug, "too_many_pings")) {
        int64_t doubled_ms = channel->keepalive_ms * 2;
        channel->keepalive_ms =
            doubled_ms > LIMIT_GRPC_KEEPALIVE_MAX_MS ? LIMIT_GRPC_KEEPALIVE_MAX_MS : doubled_ms;
    }
    if (channel->link != link) {
        return;
    }
    retire(channel);
    if (!link->is_proved) {
        note_failure(channel);
    }
    grpc_channel_pump(channel);
}

static void on_link_closed(void *ctx, struct http2_connection *connection, enum http2_why why) {
    struct grpc_link *link = ctx;
    struct grpc_channel *channel = link->channel;
    (void)connection;
    bool was_current = channel->link == link;
    bool is_peace = why == HTTP2_WHY_DONE || why == HTTP2_WHY_GOAWAY;
    bool is_failure = was_current && !link->is_proved && !is_peace;
    forget_link(link);
    free(link);
    if (is_failure) {
        note_failure(channel);
    }
    grpc_channel_pump(channel);
}

static void on_link_room(void *ctx, struct http2_connection *connection) {
    struct grpc_link *link = ctx;
    (void)connection;
    grpc_channel_pump(link->channel);
}

/* ---- streams: their ctx is the leg, gone when it is NULL ---- */

static void on_leg_headers(void *ctx, struct http2_stream *stream,
                           const struct http2_block *block) {
    note_success(ctx);
    grpc_leg_handle_headers(http2_stream_ctx(stream), block);
}

static void on_leg_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    grpc_leg_handle_data(http2_stream_ctx(stream), bytes);
}

static void on_leg_trailers(void *ctx, struct http2_stream *stream,
                            const struct http2_block *block) {
    (void)ctx;
    grpc_leg_handle_trailers(http2_stream_ctx(stream), block);
}

static void on_leg_end(void *ctx, struct http2_stream *stream) {
    (void)ctx;
    grpc_leg_handle_end(http2_stream_ctx(stream));
}

static void on_leg_writable(void *ctx, struct http2_stream *stream) {
    (void)ctx;
    grpc_leg_handle_writable(http2_stream_ctx(stream));
}

static void on_leg_reset(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed) {
    (void)ctx;
    grpc_leg_handle_reset(http2_stream_ctx(stream), error, unprocessed);
}

static const struct http2_events LINK_EVENTS = {
    .on_open = on_link_open,
    .on_goaway = on_link_goaway,
    .on_room = on_link_room,
    .on_closed = on_link_closed,
    .on_headers = on_leg_headers,
    .on_data = on_leg_data,
    .on_trailers = on_leg_trailers,
    .on_end = on_leg_end,
    .on_writable = on_leg_writable,
    .on_reset = on_leg_reset,
};

/* ---- connecting ---- */

static void connect_now(struct grpc_channel *channel) {
    ASSERT(channel->link == NULL);
    struct grpc_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        note_failure(channel);
        return;
    }
    link->channel = channel;
    struct http2_target target = {
        .host = channel->host,
        .tls = channel->tls,
        .address = channel->address,
        .dns_name = channel->dns_name,
        .uri = channel->uri,
        .events = &LINK_EVENTS,
        .ctx = link,
    };
    channel->counters.connects++;
    channel->generation = tls_context_generation(channel->tls);
    if (lg_failed(http2_connect(&target, &link->connection))) {
        free(link);
        note_failure(channel);
        return;
    }
    channel->link = link;
}

void grpc_channel_wake(struct grpc_channel *channel) {
    if (channel->link == NULL && !channel->is_freeing && now_of(channel) >= channel->retry_ms) {
        connect_now(channel);
    }
}

/* ---- keepalive ---- */

static void on_keepalive(void *ctx);

static void watch_silence(struct grpc_channel *channel) {
    if (channel->open.first == NULL || channel->keepalive.heap_index != 0) {
        return;
    }
    lg_err_ignore(loop_timer_start(channel->loop, &channel->keepalive,
                                   now_of(channel) + channel->keepalive_ms, on_keepalive, channel),
                  "deadlines end the calls without it");
}

static void on_keepalive(void *ctx) {
    struct grpc_channel *channel = ctx;
    /* A server counts PINGs without a call in progress (gRPC proposal A8). */
    bool is_open = channel->link != NULL && channel->link->is_open;
    struct http2_connection *connection = is_open ? channel->link->connection : NULL;
    if (is_open && http2_connection_works(connection) > 0 &&
        now_of(channel) - http2_connection_heard_ms(connection) >= channel->keepalive_ms) {
        http2_connection_ping(connection);
    }
    watch_silence(channel);
}

/* ---- the line ---- */

static bool start_first(struct grpc_channel *channel) {
    struct grpc_leg *leg = channel->waiting.first;
    grpc_legs_remove(&channel->waiting, leg);
    switch (grpc_leg_start(leg, channel->link->connection)) {
    case GRPC_NO_ROOM:
        grpc_legs_add_front(&channel->waiting, leg);
        return false;
    case GRPC_STARTED:
    case GRPC_STUCK:
        grpc_legs_add(&channel->open, leg);
        channel->counters.waiting--;
        channel->counters.open++;
        watch_silence(channel);
        return true;
    }
    return false;
}

void grpc_channel_pump(struct grpc_channel *channel) {
    if (channel->waiting.first == NULL || channel->is_freeing) {
        return;
    }
    if (channel->link == NULL) {
        grpc_channel_wake(channel);
        return;
    }
    while (channel->link->is_open && channel->waiting.first != NULL) {
        if (!start_first(channel)) {
            return;
        }
    }
}

/* ---- life ---- */

struct lg_err grpc_channel_new(const struct grpc_dial *dial, struct grpc_channel **out_channel) {
    size_t name_len = strlen(dial->dns_name);
    size_t uri_len = strlen(dial->uri);
    struct grpc_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        return grpc_error_memory();
    }
    if (name_len >= sizeof channel->dns_name || uri_len >= sizeof channel->uri) {
        free(channel);
        return lg_err_make(LG_CLASS_CONFIG, LG_GRPC, GRPC_CONFIG);
    }
    memcpy(channel->dns_name, dial->dns_name, name_len + 1);
    memcpy(channel->uri, dial->uri, uri_len + 1);
    channel->host = dial->host;
    channel->loop = http2_host_loop(dial->host);
    channel->tls = dial->tls;
    channel->address = dial->address;
    channel->random = dial->seed;
    channel->retry_ms = INT64_MIN;
    channel->backoff_ms = LIMIT_GRPC_BACKOFF_MS;
    channel->keepalive_ms = LIMIT_GRPC_KEEPALIVE_MS;
    *out_channel = channel;
    return LG_OK;
}

static void abandon_link(struct grpc_link *link) {
    if (link != NULL) {
        http2_connection_abandon(&link->connection);
        free(link);
    }
}

void grpc_channel_free(struct grpc_channel **channel) {
    struct grpc_channel *it = *channel;
    *channel = NULL;
    if (it == NULL) {
        return;
    }
    it->is_freeing = true;
    while (it->open.first != NULL) {
        grpc_leg_fail(it->open.first, GRPC_UNAVAILABLE, "channel closed", false);
    }
    while (it->waiting.first != NULL) {
        grpc_leg_fail(it->waiting.first, GRPC_UNAVAILABLE, "channel closed", true);
    }
    abandon_link(it->link);
    while (it->retiring != NULL) {
        struct grpc_link *next = it->retiring->next;
        abandon_link(it->retiring);
        it->retiring = next;
    }
    while (it->pool != NULL) {
        struct grpc_leg *next = it->pool->next;
        free_leg_now(it->pool);
        it->pool = next;
    }
    loop_timer_stop(it->loop, &it->keepalive);
    loop_later_stop(it->loop, &it->fail);
    free(it);
}

enum grpc_channel_state grpc_channel_state(const struct grpc_channel *channel) {
    if (channel->link != NULL) {
        return channel->link->is_open ? GRPC_CHANNEL_READY : GRPC_CHANNEL_CONNECTING;
    }
    return now_of(channel) < channel->retry_ms ? GRPC_CHANNEL_BROKEN : GRPC_CHANNEL_IDLE;
}

/* An answer of a peer that was revoked meanwhile is not taken. */
static bool close_invalid(const struct grpc_link *link) {
    if (http2_connection_peer_is_valid(link->connection)) {
        return false;
    }
    http2_connection_close(link->connection);
    return true;
}

void grpc_channel_recheck(struct grpc_channel *channel) {
    struct grpc_link *link = channel->link;
    for (struct grpc_link *it = channel->retiring; it != NULL; it = it->next) {
        close_invalid(it);
    }
    if (link == NULL || !link->is_open || close_invalid(link)) {
        return;
    }
    if (channel->generation != tls_context_generation(channel->tls)) {
        retire(channel);
    }
}

const struct grpc_channel_counters *grpc_channel_counters(const struct grpc_channel *channel) {
    return &channel->counters;
}
