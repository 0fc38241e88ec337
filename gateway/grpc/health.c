/* SPDX-License-Identifier: Apache-2.0 */
/* grpc.health.v1.Health. Its two messages are written out by hand, since the generated code belongs
 * to wire:
 *
 *   HealthCheckRequest   field 1, string: service
 *   HealthCheckResponse  field 1, enum: 1 SERVING, 2 NOT_SERVING, 3 SERVICE_UNKNOWN
 *
 * Check: "" is the whole server, a name not in the table is NOT_FOUND. Watch: the state at once,
 * then every change; a name not in the table is SERVICE_UNKNOWN and the stream stays open. */
#include <stdlib.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/grpc_int.h"

enum { SERVING = 1, NOT_SERVING = 2, SERVICE_UNKNOWN = 3, INDEX_UNKNOWN = -1 };
enum { TAG_SERVICE = 0x0a, TAG_STATUS = 0x08 };

/* A varint of at most two bytes: a service's name is far shorter than that says. */
static bool read_length(struct span *rest, size_t *out_len) {
    size_t len = 0;
    for (unsigned shift = 0; shift < 14; shift += 7) {
        if (rest->len == 0) {
            return false;
        }
        uint8_t byte = rest->ptr[0];
        *rest = span_slice(*rest, 1, rest->len - 1);
        len |= (size_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out_len = len;
            return true;
        }
    }
    return false;
}

/* Nothing, or the one field; requests with anything else are refused. */
static bool read_request(struct span message, struct span *out_service) {
    struct span rest = message;
    size_t len = 0;
    *out_service = (struct span){0};
    if (rest.len == 0) {
        return true;
    }
    if (rest.ptr[0] != TAG_SERVICE) {
        return false;
    }
    rest = span_slice(rest, 1, rest.len - 1);
    if (!read_length(&rest, &len) || rest.len != len) {
        return false;
    }
    *out_service = rest;
    return true;
}

static int find_service(const struct grpc_server *server, struct span name) {
    if (name.len == 0) {
        return (int)server->service_count;
    }
    for (size_t i = 0; i < server->service_count; i++) {
        if (span_equal(server->services[i].name, name)) {
            return (int)i;
        }
    }
    return INDEX_UNKNOWN;
}

static uint8_t state_of(const struct grpc_server *server, int index) {
    if (index == INDEX_UNKNOWN) {
        return SERVICE_UNKNOWN;
    }
    bool is_serving = (size_t)index == server->service_count ? server->is_serving
                                                             : server->services[index].is_serving;
    return is_serving ? SERVING : NOT_SERVING;
}

/* ---- Check ---- */

static void on_check(void *ctx, struct grpc_call *call, struct span message) {
    struct grpc_server *server = ctx;
    struct span name = {0};
    if (!read_request(message, &name)) {
        grpc_call_refuse(&call, GRPC_INTERNAL, "undecodable request");
        return;
    }
    int index = find_service(server, name);
    if (index == INDEX_UNKNOWN) {
        grpc_call_refuse(&call, GRPC_NOT_FOUND, "unknown service");
        return;
    }
    uint8_t reply[] = {TAG_STATUS, state_of(server, index)};
    grpc_call_reply(&call, span_of(reply, sizeof reply));
}

/* ---- Watch ---- */

static void free_watcher(struct grpc_server *server, struct grpc_watcher *watcher) {
    if (watcher->prev != NULL) {
        watcher->prev->next = watcher->next;
    } else {
        server->watchers = watcher->next;
    }
    if (watcher->next != NULL) {
        watcher->next->prev = watcher->prev;
    }
    ASSERT(watcher->call->agency->watchers > 0);
    watcher->call->agency->watchers--;
    grpc_call_release(&watcher->call);
    free(watcher);
}

/* A watcher that reads nothing is sent away: it would miss a change. */
static void tell(struct grpc_server *server, struct grpc_watcher *watcher) {
    uint8_t reply[] = {TAG_STATUS, state_of(server, watcher->service_index)};
    if (lg_failed(grpc_call_send(watcher->call, span_of(reply, sizeof reply)))) {
        grpc_call_finish(watcher->call, GRPC_RESOURCE_EXHAUSTED, "watcher does not read");
        free_watcher(server, watcher);
    }
}

static void on_watch(void *ctx, struct grpc_call *call, struct span message) {
    struct grpc_server *server = ctx;
    struct span name = {0};
    if (!read_request(message, &name)) {
        grpc_call_refuse(&call, GRPC_INTERNAL, "undecodable request");
        return;
    }
    struct grpc_watcher *watcher =
        call->agency->watchers < LIMIT_GRPC_AGENCY_WATCHERS ? calloc(1, sizeof *watcher) : NULL;
    if (watcher == NULL) {
        grpc_call_refuse(&call, GRPC_RESOURCE_EXHAUSTED, "too many watchers of your agency");
        return;
    }
    watcher->call = call;
    watcher->service_index = find_service(server, name);
    watcher->next = server->watchers;
    if (watcher->next != NULL) {
        watcher->next->prev = watcher;
    }
    server->watchers = watcher;
    call->agency->watchers++;
    grpc_call_set_ctx(call, watcher);
    tell(server, watcher);
}

static void on_watch_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    (void)why;
    free_watcher(ctx, grpc_call_ctx(call));
}

/* ---- the server's part ---- */

void grpc_health_methods(struct grpc_server *server,
                         struct grpc_method out[static GRPC_HEALTH_METHODS]) {
    enum { REQUEST_MAX = 256 };
    out[0] = (struct grpc_method){
        .path = "/grpc.health.v1.Health/Check",
        .kind = GRPC_UNARY,
        .request_max = REQUEST_MAX,
        .lane = GRPC_LANE_NONE,
        .ctx = server,
        .on_request = on_check,
    };
    out[1] = (struct grpc_method){
        .path = "/grpc.health.v1.Health/Watch",
        .kind = GRPC_SERVER_STREAM,
        .request_max = REQUEST_MAX,
        .lane = GRPC_LANE_NONE,
        .ctx = server,
        .on_request = on_watch,
        .on_cancel = on_watch_cancel,
    };
}

static void tell_watchers(struct grpc_server *server, int index) {
    struct grpc_watcher *watcher = server->watchers;
    while (watcher != NULL) {
        struct grpc_watcher *next = watcher->next;
        if (watcher->service_index == index) {
            tell(server, watcher);
        }
        watcher = next;
    }
}

static void set_one(struct grpc_server *server, int index, bool serving) {
    bool *place = (size_t)index == server->service_count ? &server->is_serving
                                                         : &server->services[index].is_serving;
    if (*place != serving) {
        *place = serving;
        tell_watchers(server, index);
    }
}

void grpc_server_set_serving(struct grpc_server *server, const char *service, bool serving) {
    int index = find_service(server, span_text(service));
    ASSERT(index != INDEX_UNKNOWN);
    if (service[0] != '\0') {
        set_one(server, index, serving);
        return;
    }
    for (size_t i = 0; i <= server->service_count; i++) {
        set_one(server, (int)i, serving);
    }
}

void grpc_health_end(struct grpc_server *server) {
    while (server->watchers != NULL) {
        struct grpc_watcher *watcher = server->watchers;
        grpc_call_finish(watcher->call, GRPC_UNAVAILABLE, "draining");
        free_watcher(server, watcher);
    }
}
