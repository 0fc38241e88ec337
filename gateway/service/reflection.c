/* SPDX-License-Identifier: Apache-2.0 */
/* grpc.reflection.v1 and v1alpha: what this gateway offers, for tools that have no copy of the
 * contract, and for systems of the partnership alone. One answer for each request, in order; a name
 * that is not known is an error_response and the stream goes on. The stream stands still while its
 * reader does not take what is there, so that it never holds more than one request. */
#include "gateway/wire/reflection.h"

#include <string.h>

#include "gateway/base/limits.h"
#include "gateway/service/service_int.h"
#include "gateway/wire/schema.h"

/* One stream; the work of its call. */
struct reflection {
    struct service_call *call;
    unsigned answers;
    bool is_waiting; /* the call is paused, and the request below not answered */
    uint8_t waiting[LIMIT_WIRE_REFLECTION_REQUEST];
    size_t waiting_len;
};

/* What one answer tells, while it is put together. */
struct telling {
    struct wire_reflection_reply reply;
    struct wire_schema_files files;
    struct span services[LIMIT_GRPC_METHODS];
};

static const char health_service[] = "grpc.health.v1.Health";

static void telling_set_error(struct telling *telling, enum grpc_status status,
                              const char *sentence) {
    telling->reply.tell = WIRE_REFLECTION_ERROR;
    telling->reply.error_code = (uint32_t)status;
    telling->reply.error_message = span_text(sentence);
}

static void telling_set_file(struct telling *telling, struct span file, const char *otherwise) {
    if (file.ptr == NULL) {
        telling_set_error(telling, GRPC_NOT_FOUND, otherwise);
        return;
    }
    wire_schema_closure(file, &telling->files);
    telling->reply.tell = WIRE_REFLECTION_FILES;
    telling->reply.items = telling->files.files;
    telling->reply.item_count = telling->files.count;
}

/* In ascending order, each once. */
static void services_add(struct telling *telling, struct span name) {
    struct span *services = telling->services;
    size_t at = 0;
    while (at < telling->reply.item_count && span_compare(services[at], name) < 0) {
        at++;
    }
    if (at < telling->reply.item_count && span_equal(services[at], name)) {
        return;
    }
    memmove(&services[at + 1], &services[at], (telling->reply.item_count - at) * sizeof *services);
    services[at] = name;
    telling->reply.item_count++;
}

/* Those of the table, and health, which grpc brings. */
static void telling_set_services(struct telling *telling, const struct service *service) {
    telling->reply.tell = WIRE_REFLECTION_SERVICE_NAMES;
    telling->reply.items = telling->services;
    services_add(telling, span_text(health_service));
    for (size_t i = 0; i < service->method_count; i++) {
        if (service->methods[i].kind == GRPC_PAGE) {
            continue; /* no call of the contract */
        }
        struct span path = span_text(service->methods[i].path + 1);
        services_add(telling, span_slice(path, 0, span_index(path, '/')));
    }
}

static void telling_fill(struct telling *telling, const struct wire_reflection_request *request,
                         const struct service *service) {
    switch (request->ask) {
    case WIRE_REFLECTION_FILE:
        telling_set_file(telling, wire_schema_file_find(request->name),
                         "The contract has no file of this name: ask for one that another file "
                         "imports, such as lockgate/v1/common.proto");
        return;
    case WIRE_REFLECTION_SYMBOL:
        telling_set_file(telling, wire_schema_symbol_find(request->name),
                         "The contract has no such name: send a full one, without a dot before it, "
                         "such as lockgate.v1.Disclosures");
        return;
    case WIRE_REFLECTION_EXTENSION:
    case WIRE_REFLECTION_EXTENSIONS:
        telling_set_error(telling, GRPC_NOT_FOUND, "The contract has no extensions");
        return;
    case WIRE_REFLECTION_SERVICES:
        telling_set_services(telling, service);
        return;
    case WIRE_REFLECTION_NOTHING:
        break;
    }
    telling_set_error(telling, GRPC_INVALID_ARGUMENT, "message_request: set one of its members");
}

/* Puts the request aside until there is room again. */
static void request_keep(struct reflection *reflection, struct span message) {
    if (!reflection->is_waiting) {
        memcpy(reflection->waiting, message.ptr, message.len);
        reflection->waiting_len = message.len;
        reflection->is_waiting = true;
        grpc_call_pause(reflection->call->call);
    }
}

/* False: the call was ended. */
static bool message_send(struct reflection *reflection, struct span message, struct span bytes) {
    struct lg_err err = grpc_call_send(reflection->call->call, bytes);
    if (!lg_failed(err)) {
        reflection->is_waiting = false;
        return true;
    }
    if (lg_err_class(err) == LG_CLASS_LIMIT && lg_err_code(err) == GRPC_FULL) {
        request_keep(reflection, message);
        return true;
    }
    service_refuse_error(reflection->call, err);
    return false;
}

/* False: the call was ended. */
static bool answer_send(struct reflection *reflection, struct arena *arena, struct span message) {
    struct service_call *call = reflection->call;
    struct wire_reflection_request request = {0};
    struct wire_report report;
    struct span bytes = {0};
    struct telling *telling = arena_alloc(arena, sizeof *telling);
    if (!service_decoded(call, wire_reflection_decode(message, &report, &request), &report)) {
        return false;
    }
    struct lg_err err = arena_failed(arena);
    if (!lg_failed(err)) {
        telling->reply.host = request.host;
        telling->reply.request = message;
        telling_fill(telling, &request, call->service);
        err = wire_reflection_encode(arena, &telling->reply, &bytes);
    }
    if (lg_failed(err)) {
        service_refuse_error(call, err);
        return false;
    }
    return message_send(reflection, message, bytes);
}

static bool request_answer(struct reflection *reflection, struct span message) {
    OWN(arena_free) struct arena *arena = NULL;
    struct lg_err err = arena_new(LIMIT_SERVICE_REFLECTION_ARENA, &arena);
    if (lg_failed(err)) {
        service_refuse_error(reflection->call, err);
        return false;
    }
    return answer_send(reflection, arena, message);
}

static struct reflection *reflection_of(struct grpc_call *call) {
    struct service_call *begun = grpc_call_ctx(call);
    return begun == NULL ? NULL : begun->work;
}

void service_reflection_open(void *ctx, struct grpc_call *call) {
    struct service_call *begun = service_call_begin(ctx, call);
    if (begun == NULL || !service_authenticate_system(begun)) {
        return;
    }
    struct reflection *reflection = arena_alloc(begun->arena, sizeof *reflection);
    if (reflection == NULL) {
        service_refuse_error(begun, arena_failed(begun->arena));
        return;
    }
    reflection->call = begun;
    begun->work = reflection;
}

void service_reflection_message(void *ctx, struct grpc_call *call, struct span message) {
    struct reflection *reflection = reflection_of(call);
    (void)ctx;
    if (reflection == NULL) {
        return;
    }
    if (++reflection->answers > LIMIT_SERVICE_REFLECTION_ANSWERS) {
        service_refuse(reflection->call, GRPC_RESOURCE_EXHAUSTED,
                       "This stream has had its answers: open another one");
        return;
    }
    (void)request_answer(reflection, message);
}

void service_reflection_writable(void *ctx, struct grpc_call *call) {
    struct reflection *reflection = reflection_of(call);
    (void)ctx;
    if (reflection == NULL || !reflection->is_waiting) {
        return;
    }
    struct span message = span_of(reflection->waiting, reflection->waiting_len);
    if (request_answer(reflection, message) && !reflection->is_waiting) {
        grpc_call_resume(call);
    }
}

void service_reflection_end(void *ctx, struct grpc_call *call) {
    struct reflection *reflection = reflection_of(call);
    (void)ctx;
    if (reflection != NULL) {
        service_refuse(reflection->call, GRPC_OK, NULL);
    }
}

void service_reflection_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    struct service_call *begun = grpc_call_ctx(call);
    (void)ctx;
    (void)why;
    if (begun != NULL) {
        service_call_end(&begun);
    }
}
