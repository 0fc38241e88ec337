/* SPDX-License-Identifier: Apache-2.0 */
/* A server: its table, what it makes of a request's headers, and how it drains. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/connect_int.h"

/* ---- routing ---- */

static int compare_paths(const void *a, const void *b) {
    const struct grpc_method *first = a;
    const struct grpc_method *second = b;
    return strcmp(first->path, second->path);
}

static const struct grpc_method *find_method(const struct grpc_server *server, struct span path) {
    size_t low = 0;
    size_t high = server->method_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_compare(path, server->paths[middle]);
        if (order == 0) {
            const struct grpc_method *found = &server->methods[middle];
            return found->kind == GRPC_PAGE || found->kind == GRPC_SITE ? NULL : found;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* "host:port" without the port; "[::1]:443" keeps its brackets. */
static struct span host_of(struct span authority) {
    for (size_t i = authority.len; i > 0; i--) {
        uint8_t byte = authority.ptr[i - 1];
        if (byte == ':') {
            return span_slice(authority, 0, i - 1);
        }
        if (byte < '0' || byte > '9') {
            break;
        }
    }
    return authority;
}

/* SNI alone never says where a request goes: a browser may bring one listener's name over another's
 * connection, and an attacker both. */
static bool is_in_certificate(const struct http2_stream *stream, struct span host) {
    struct http2_connection *connection = http2_stream_connection(stream);
    const char *sni = http2_connection_server_name(connection);
    bool is_bracketed = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    struct span bare = is_bracketed ? span_slice(host, 1, host.len - 2) : host;
    return http2_connection_is_for(connection, bare) &&
           (sni[0] == '\0' || span_equal_text(bare, sni) ||
            http2_connection_is_for(connection, span_text(sni)));
}

/* What was meant for another listener is sent away (RFC 9110, 15.5.20). */
static bool is_for_us(const struct grpc_server *server, const struct http2_stream *stream,
                      const struct http2_block *block) {
    return !server->config.is_named || is_in_certificate(stream, host_of(block->authority));
}

/* ---- answers to what is no call ---- */

static const struct grpc_notice NOT_OURS = {
    .http = "421",
    .status = GRPC_UNIMPLEMENTED,
    .message = "this name is not served here; connect to its own address",
};

static const struct grpc_notice NO_POST = {
    .http = "405",
    .status = GRPC_UNIMPLEMENTED,
    .message = "only POST is taken: send the request as the body of POST /package.Service/Method",
    .name = "allow",
    .value = "POST",
};

static const struct grpc_notice NO_POST_HEAD = {.http = "405", .name = "allow", .value = "POST"};

static const struct grpc_notice NO_FORM = {
    .http = "415",
    .status = GRPC_UNIMPLEMENTED,
    .message = "this content-type is not taken: send application/json, application/proto or "
               "application/grpc",
    .name = "accept-post",
    .value = "application/json, application/proto, application/connect+json, "
             "application/connect+proto, application/grpc",
};

static const struct grpc_notice NO_METHOD = {
    .http = "404",
    .status = GRPC_UNIMPLEMENTED,
    .message = "no such method: the path is /package.Service/Method, with their upper case",
};

static const struct grpc_notice NO_PLACE = {
    .http = "429",
    .status = GRPC_RESOURCE_EXHAUSTED,
    .message = "too much work in progress; wait for answers, then ask again",
};

/* NULL: it may be a call. */
static const struct grpc_notice *judge(const struct grpc_server *server,
                                       const struct http2_stream *stream,
                                       const struct http2_block *block, struct grpc_form form) {
    if (!is_for_us(server, stream, block)) {
        return &NOT_OURS;
    }
    if (span_equal_text(block->method, "HEAD")) {
        return &NO_POST_HEAD;
    }
    if (!span_equal_text(block->method, "POST")) {
        return &NO_POST;
    }
    return form.protocol == GRPC_PROTOCOL_NONE ? &NO_FORM : NULL;
}

/* The method of calls that are none. */
static const struct grpc_method NOWHERE = {.path = "", .kind = GRPC_UNARY};

/* Held like any other work until the client has sent what it wants to send. */
static void turn_down(struct grpc_server *server, struct http2_stream *stream,
                      const struct grpc_notice *notice) {
    struct grpc_call *call = NULL;
    if (lg_failed(grpc_call_new(server, stream, &NOWHERE, &call))) {
        grpc_connect_notice(stream, notice);
        return;
    }
    grpc_connect_doom(call, notice);
}

static void turn_down_grpc(struct grpc_server *server, struct http2_stream *stream,
                           const struct grpc_notice *notice) {
    grpc_call_turn_down(server, stream, notice->status, notice->message);
}

/* ---- agencies ---- */

static struct grpc_agency *find_agency(struct grpc_server *server, const char *name) {
    for (size_t i = 0; i < server->agency_count; i++) {
        if (strcmp(server->agencies[i].name, name) == 0) {
            return &server->agencies[i];
        }
    }
    return NULL;
}

/* A new row, or one that counts nothing and so may be another agency's. */
static struct grpc_agency *spare_agency(struct grpc_server *server) {
    if (server->agency_count < LIMIT_GRPC_AGENCIES) {
        server->agency_count++;
        return &server->agencies[server->agency_count - 1];
    }
    for (size_t i = 0; i < server->agency_count; i++) {
        if (server->agencies[i].works == 0 && server->agencies[i].connections == 0) {
            return &server->agencies[i];
        }
    }
    return NULL;
}

struct grpc_agency *grpc_server_agency(struct grpc_server *server, const char *name) {
    struct grpc_agency *agency = find_agency(server, name);
    if (agency != NULL) {
        return agency;
    }
    size_t len = strlen(name);
    agency = spare_agency(server);
    if (agency == NULL || len >= sizeof agency->name) {
        return NULL;
    }
    *agency = (struct grpc_agency){0};
    memcpy(agency->name, name, len + 1);
    return agency;
}

/* ---- what a stream tells ---- */

static void open_page(struct grpc_server *server, struct http2_stream *stream,
                      const struct grpc_method *page, const struct http2_block *block) {
    struct grpc_call *call = NULL;
    if (lg_failed(grpc_call_new(server, stream, page, &call))) {
        grpc_connect_notice(stream, &NO_PLACE);
        return;
    }
    grpc_page_begin(call, block);
}

static void open_site(struct grpc_server *server, struct http2_stream *stream,
                      const struct http2_block *block) {
    struct grpc_call *call = NULL;
    if (lg_failed(grpc_call_new(server, stream, server->site, &call))) {
        grpc_connect_notice(stream, &NO_PLACE);
        return;
    }
    grpc_site_begin(call, block);
}

/* Whatever is no call is a site's, where there is one. */
static bool is_site(const struct grpc_server *server, const struct http2_block *block,
                    struct grpc_form form) {
    bool is_call = span_equal_text(block->method, "POST") && form.protocol != GRPC_PROTOCOL_NONE;
    return server->site != NULL && !is_call;
}

static void on_headers(void *ctx, struct http2_stream *stream, const struct http2_block *block) {
    struct grpc_server *server = ctx;
    struct grpc_form form = grpc_form_of(http2_block_find(block, "content-type"));
    bool is_grpc = form.protocol == GRPC_PROTOCOL_GRPC;
    const struct grpc_method *page = grpc_page_find(server, block);
    if (page != NULL && is_for_us(server, stream, block)) {
        open_page(server, stream, page, block);
        return;
    }
    if (is_site(server, block, form) && is_for_us(server, stream, block)) {
        open_site(server, stream, block);
        return;
    }
    const struct grpc_notice *notice = judge(server, stream, block, form);
    if (notice != NULL) {
        turn_down(server, stream, notice);
        return;
    }
    const struct grpc_method *method = find_method(server, block->path);
    notice = method == NULL ? &NO_METHOD : grpc_connect_misfit(server, method, form);
    if (notice != NULL) {
        (is_grpc ? turn_down_grpc : turn_down)(server, stream, notice);
        return;
    }
    struct grpc_call *call = NULL;
    if (!lg_failed(grpc_call_new(server, stream, method, &call))) {
        grpc_call_begin(call, form, block);
    } else if (is_grpc) {
        turn_down_grpc(server, stream, &NO_PLACE);
    } else {
        grpc_connect_notice(stream, &NO_PLACE);
    }
}

static void on_data(void *ctx, struct http2_stream *stream, struct span bytes) {
    (void)ctx;
    struct grpc_call *call = http2_stream_ctx(stream);
    ASSERT(call != NULL);
    grpc_call_handle_data(call, bytes);
}

static void on_end(void *ctx, struct http2_stream *stream) {
    (void)ctx;
    struct grpc_call *call = http2_stream_ctx(stream);
    ASSERT(call != NULL);
    grpc_call_handle_end(call);
}

static void on_reset(void *ctx, struct http2_stream *stream, uint32_t error, bool unprocessed) {
    (void)ctx;
    (void)error;
    (void)unprocessed;
    struct grpc_call *call = http2_stream_ctx(stream);
    ASSERT(call != NULL);
    grpc_call_handle_reset(call);
}

static void on_writable(void *ctx, struct http2_stream *stream) {
    (void)ctx;
    struct grpc_call *call = http2_stream_ctx(stream);
    ASSERT(call != NULL);
    grpc_call_handle_writable(call);
}

/* Counted also where it is turned down, since every connection with a known peer is closed once. */
static bool on_open(void *ctx, struct http2_connection *connection) {
    struct grpc_server *server = ctx;
    const struct tls_peer *peer = http2_connection_peer(connection);
    struct grpc_agency *agency = grpc_server_agency(server, peer->agency);
    if (agency == NULL) {
        return false;
    }
    agency->connections++;
    size_t most =
        server->config.is_open ? LIMIT_GRPC_OPEN_CONNECTIONS : LIMIT_GRPC_AGENCY_CONNECTIONS;
    bool is_known =
        server->config.on_peer == NULL || server->config.on_peer(server->config.ctx, peer);
    return is_known && agency->connections <= most;
}

static void on_closed(void *ctx, struct http2_connection *connection, enum http2_why why) {
    struct grpc_server *server = ctx;
    (void)why;
    struct grpc_agency *agency = find_agency(server, http2_connection_peer(connection)->agency);
    if (agency != NULL) {
        ASSERT(agency->connections > 0);
        agency->connections--;
    }
    grpc_server_settle(server);
}

static const struct http2_events SERVER_EVENTS = {
    .on_open = on_open,
    .on_closed = on_closed,
    .on_headers = on_headers,
    .on_data = on_data,
    .on_end = on_end,
    .on_writable = on_writable,
    .on_reset = on_reset,
};

/* ---- the table ---- */

static struct lg_err bad_table(void) {
    return lg_err_make(LG_CLASS_CONFIG, LG_GRPC, GRPC_CONFIG);
}

/* "/package.Service/Method" and what its kind needs. */
static struct lg_err check_method(const struct grpc_method *method) {
    struct span path = span_text(method->path);
    struct span rest = span_slice(path, 1, path.len);
    size_t slash = span_index(rest, '/');
    bool is_path = path.len > 3 && path.len <= LIMIT_GRPC_PATH && path.ptr[0] == '/' && slash > 0 &&
                   slash + 1 < rest.len;
    if (method->kind == GRPC_SITE) {
        return strcmp(method->path, "/*") == 0 && method->on_request != NULL ? LG_OK : bad_table();
    }
    bool has_callback = grpc_kind_takes_stream(method->kind) ? method->on_message != NULL
                                                             : method->on_request != NULL;
    bool is_size = method->request_max <= LIMIT_GRPC_MESSAGE_CEILING;
    bool is_time =
        method->deadline_max_ms >= 0 && method->deadline_max_ms <= LIMIT_GRPC_STREAM_DEADLINE_MS;
    bool is_lane = method->lane <= GRPC_LANE_NONE;
    return is_path && has_callback && is_size && is_time && is_lane ? LG_OK : bad_table();
}

static void fill_limits(struct grpc_method *method) {
    if (method->request_max == 0) {
        method->request_max = LIMIT_GRPC_MESSAGE_MAX;
    }
    if (method->deadline_max_ms == 0) {
        bool is_once =
            method->kind == GRPC_UNARY || method->kind == GRPC_PAGE || method->kind == GRPC_SITE;
        method->deadline_max_ms =
            is_once ? (int64_t)LIMIT_GRPC_DEADLINE_MS : (int64_t)LIMIT_GRPC_STREAM_DEADLINE_MS;
    }
}

/* The table is sorted, so the methods of one service stand together. */
static void add_service(struct grpc_server *server, const char *path) {
    struct span name = span_slice(span_text(path), 1, strlen(path));
    name = span_slice(name, 0, span_index(name, '/'));
    if (server->service_count > 0 &&
        span_equal(server->services[server->service_count - 1].name, name)) {
        return;
    }
    server->services[server->service_count] = (struct grpc_service){.name = name};
    server->service_count++;
}

static struct lg_err make_table(struct grpc_server *server) {
    const struct grpc_serve *config = &server->config;
    if (config->method_count > LIMIT_GRPC_METHODS - GRPC_HEALTH_METHODS) {
        return bad_table();
    }
    size_t health_count = config->is_open ? 0 : (size_t)GRPC_HEALTH_METHODS;
    server->method_count = config->method_count + health_count;
    server->methods = calloc(server->method_count, sizeof *server->methods);
    if (server->methods == NULL) {
        return grpc_error_memory();
    }
    for (size_t i = 0; i < config->method_count; i++) {
        TRY(check_method(&config->methods[i]));
        server->methods[i] = config->methods[i];
    }
    if (health_count > 0) { /* browsers have no use for it */
        grpc_health_methods(server, &server->methods[config->method_count]);
    }
    qsort(server->methods, server->method_count, sizeof *server->methods, compare_paths);
    for (size_t i = 0; i < server->method_count; i++) {
        server->paths[i] = span_text(server->methods[i].path);
        fill_limits(&server->methods[i]);
        if (server->methods[i].kind == GRPC_SITE) {
            server->site = &server->methods[i];
        } else if (server->methods[i].kind != GRPC_PAGE) {
            add_service(server, server->methods[i].path);
        }
        if (i > 0 && strcmp(server->methods[i].path, server->methods[i - 1].path) == 0) {
            return bad_table();
        }
    }
    return LG_OK;
}

/* ---- life ---- */

/* Where a method takes larger messages than usual, one of them has room in place of two of usual
 * size (limits_http2.h): a connection must not cost more than 1 MiB because of it. A buffer doubles
 * until a message fits. */
static size_t held_max(const struct grpc_server *server) {
    size_t largest = LIMIT_GRPC_MESSAGE_MAX;
    for (size_t i = 0; i < server->method_count; i++) {
        while (largest < server->methods[i].request_max) {
            largest *= 2;
        }
    }
    if (largest == LIMIT_GRPC_MESSAGE_MAX) {
        return LIMIT_HTTP2_CONNECTION_HELD;
    }
    return LIMIT_HTTP2_CONNECTION_HELD - 2 * LIMIT_GRPC_MESSAGE_MAX + largest;
}

struct lg_err grpc_server_new(const struct grpc_serve *serve, struct grpc_server **out_server) {
    OWN(grpc_server_free) struct grpc_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return grpc_error_memory();
    }
    server->host = serve->host;
    server->loop = http2_host_loop(serve->host);
    server->config = *serve;
    TRY(make_table(server));
    TRY(grpc_admit_new(server));
    struct http2_listen listen = {
        .host = serve->host,
        .tls = serve->tls,
        .address = serve->address,
        .is_shared = serve->is_shared,
        .events = &SERVER_EVENTS,
        .ctx = server,
        .held_max = held_max(server),
        .connections_max = serve->is_open ? (size_t)LIMIT_GRPC_OPEN_CONNECTIONS : 0,
        .address_max = serve->is_open ? (size_t)LIMIT_GRPC_OPEN_ADDRESS : 0,
        .fields = serve->fields,
        .field_count = serve->field_count,
    };
    TRY(http2_listener_new(&listen, &server->listener));
    *out_server = TAKE(server);
    return LG_OK;
}

static void free_now(struct grpc_server *server) {
    loop_later_stop(server->loop, &server->drained);
    grpc_admit_done(server);
    grpc_refuse_done(server);
    while (server->pool != NULL) {
        struct grpc_call *next = server->pool->next;
        grpc_buffer_done(&server->pool->parser.body);
        grpc_buffer_done(&server->pool->inbox);
        free(server->pool);
        server->pool = next;
    }
    free(server->methods);
    free(server);
}

static void on_drained(void *ctx) {
    struct grpc_server *server = ctx;
    void (*tell)(void *) = server->on_drained;
    server->on_drained = NULL;
    if (tell != NULL) {
        tell(server->on_drained_ctx);
    }
}

void grpc_server_settle(struct grpc_server *server) {
    if (server->call_count > 0) {
        return;
    }
    if (server->is_freed) {
        free_now(server);
        return;
    }
    if (server->is_draining && http2_listener_is_empty(server->listener)) {
        loop_later_start(server->loop, &server->drained, on_drained, server);
    }
}

/* One call more is counted while connections close, so that the last real one does not free the
 * server under our feet. */
void grpc_server_free(struct grpc_server **server) {
    struct grpc_server *it = *server;
    *server = NULL;
    if (it == NULL) {
        return;
    }
    it->call_count++;
    it->is_freed = true;
    http2_listener_free(&it->listener);
    it->call_count--;
    loop_later_stop(it->loop, &it->drained);
    grpc_server_settle(it);
}

uint16_t grpc_server_port(const struct grpc_server *server) {
    return http2_listener_port(server->listener);
}

void grpc_server_drain(struct grpc_server *server, int64_t due_ms, void (*tell)(void *ctx),
                       void *ctx) {
    ASSERT(!server->is_draining);
    grpc_server_set_serving(server, "", false);
    grpc_health_end(server);
    server->is_draining = true;
    server->on_drained = tell;
    server->on_drained_ctx = ctx;
    grpc_admit_drain(server);
    http2_listener_drain(server->listener, due_ms);
    grpc_server_settle(server);
}

void grpc_server_recheck(struct grpc_server *server) {
    http2_listener_recheck(server->listener);
}

struct lg_err grpc_server_take(struct grpc_server *server, int fd) {
    return http2_listener_take(server->listener, fd);
}

const struct grpc_counters *grpc_server_counters(const struct grpc_server *server) {
    return &server->counters;
}
