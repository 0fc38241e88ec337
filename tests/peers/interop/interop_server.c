/* SPDX-License-Identifier: Apache-2.0 */
/* interop_server CERTIFICATES: grpc.testing.TestService on our layer, over mutual TLS, for the
 * clients of other libraries and for our own. Listens on a free port of loopback, prints "port N",
 * and ends when its standard input does. CERTIFICATES is a folder of certs/dev-ca. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/assert.h"
#include "gateway/grpc/grpc.h"
#include "test.pb-c.h"

enum {
    REQUEST_MAX = 1048576,
    ANSWER_MAX = 500000, /* below LIMIT_GRPC_SEND_MAX */
    PARTS_MAX = 64,
    US_PER_MS = 1000,
};

struct program {
    struct loop *loop;
    struct http2_host *host;
    struct tls_context *tls;
    struct grpc_server *server;
    struct loop_watch input;
    uint8_t zeros[ANSWER_MAX];
};

/* The answers that a streaming request asked for, under way. The call is paused meanwhile. */
struct run {
    struct program *program;
    struct grpc_call *call;
    struct loop_timer timer;
    size_t next;
    size_t count;
    size_t bytes; /* of what a client streamed */
    bool is_waiting;
    struct {
        size_t size;
        int64_t after_ms;
    } parts[PARTS_MAX];
};

static const char INITIAL[] = "x-grpc-test-echo-initial";
static const char TRAILING[] = "x-grpc-test-echo-trailing-bin";

/* ---- what every method does ---- */

static void echo(struct grpc_call *call) {
    struct span initial = grpc_call_metadata(call, INITIAL);
    struct span trailing = grpc_call_metadata(call, TRAILING);
    if (initial.ptr != NULL) {
        lg_err_ignore(grpc_call_add_header(call, INITIAL, initial), "the client looks");
    }
    if (trailing.ptr != NULL) {
        lg_err_ignore(grpc_call_add_trailer(call, TRAILING, trailing), "the client looks");
    }
}

/* True when the request asked for a status other than OK, and the call has it. */
static bool has_status(struct grpc_call *call, const Grpc__Testing__EchoStatus *status) {
    if (status == NULL || status->code == 0) {
        return false;
    }
    bool is_known = status->code > 0 && status->code <= GRPC_UNAUTHENTICATED;
    grpc_call_finish(call, is_known ? (enum grpc_status)status->code : GRPC_UNKNOWN,
                     status->message);
    return true;
}

static bool is_size(int32_t size) {
    return size >= 0 && size <= ANSWER_MAX;
}

/* ---- EmptyCall, UnaryCall ---- */

static void on_empty(void *ctx, struct grpc_call *call, struct span message) {
    (void)ctx;
    if (message.len > 0) {
        grpc_call_refuse(&call, GRPC_INVALID_ARGUMENT, "not empty");
        return;
    }
    grpc_call_reply(&call, (struct span){0});
}

static void answer_unary(struct program *program, struct grpc_call *call, size_t size) {
    Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;
    Grpc__Testing__SimpleResponse response = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
    payload.body = (ProtobufCBinaryData){.data = program->zeros, .len = size};
    response.payload = &payload;
    uint8_t *bytes = malloc(grpc__testing__simple_response__get_packed_size(&response) + 1);
    ASSERT(bytes != NULL);
    size_t len = grpc__testing__simple_response__pack(&response, bytes);
    grpc_call_reply(&call, span_of(bytes, len));
    free(bytes);
}

static void on_unary(void *ctx, struct grpc_call *call, struct span message) {
    Grpc__Testing__SimpleRequest *request =
        grpc__testing__simple_request__unpack(NULL, message.len, message.ptr);
    echo(call);
    if (request == NULL) {
        grpc_call_refuse(&call, GRPC_INTERNAL, "undecodable request");
    } else if (has_status(call, request->response_status)) {
        grpc_call_release(&call);
    } else if (!is_size(request->response_size)) {
        grpc_call_refuse(&call, GRPC_INVALID_ARGUMENT, "response_size");
    } else {
        answer_unary(ctx, call, (size_t)request->response_size);
    }
    grpc__testing__simple_request__free_unpacked(request, NULL);
}

/* ---- runs ---- */

static struct run *run_new(struct program *program, struct grpc_call *call) {
    struct run *run = calloc(1, sizeof *run);
    ASSERT(run != NULL);
    run->program = program;
    run->call = call;
    grpc_call_set_ctx(call, run);
    return run;
}

static void run_end(struct run *run) {
    loop_timer_stop(run->program->loop, &run->timer);
    grpc_call_release(&run->call);
    free(run);
}

static void on_cancel(void *ctx, struct grpc_call *call, enum grpc_status why) {
    (void)ctx;
    (void)why;
    run_end(grpc_call_ctx(call));
}

/* False when what was sent before still waits. */
static bool send_part(struct run *run, size_t size) {
    Grpc__Testing__Payload payload = GRPC__TESTING__PAYLOAD__INIT;
    Grpc__Testing__StreamingOutputCallResponse response =
        GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;
    payload.body = (ProtobufCBinaryData){.data = run->program->zeros, .len = size};
    response.payload = &payload;
    size_t len = grpc__testing__streaming_output_call_response__get_packed_size(&response);
    uint8_t *bytes = malloc(len + 1);
    ASSERT(bytes != NULL);
    grpc__testing__streaming_output_call_response__pack(&response, bytes);
    struct lg_err err = grpc_call_send(run->call, span_of(bytes, len));
    free(bytes);
    return !lg_failed(err);
}

static void run_go(struct run *run, bool has_waited);

static void on_due(void *ctx) {
    run_go(ctx, true);
}

static void run_done(struct run *run) {
    if (grpc_call_method(run->call)->kind == GRPC_BIDI) {
        grpc_call_resume(run->call);
        return;
    }
    grpc_call_finish(run->call, GRPC_OK, NULL);
    run_end(run);
}

/* Sends until a pause is due, room is wanting or all is said. */
static void run_go(struct run *run, bool has_waited) {
    struct loop *loop = run->program->loop;
    run->is_waiting = false;
    while (run->next < run->count) {
        int64_t after_ms = run->parts[run->next].after_ms;
        if (after_ms > 0 && !has_waited) {
            struct lg_err err =
                loop_timer_start(loop, &run->timer, loop_now_ms(loop) + after_ms, on_due, run);
            ASSERT(!lg_failed(err));
            return;
        }
        if (!send_part(run, run->parts[run->next].size)) {
            run->is_waiting = true;
            return;
        }
        has_waited = false;
        run->next++;
    }
    run_done(run);
}

static void on_writable(void *ctx, struct grpc_call *call) {
    (void)ctx;
    struct run *run = grpc_call_ctx(call);
    if (run->is_waiting) {
        run_go(run, true);
    }
}

static bool run_fill(struct run *run, const Grpc__Testing__StreamingOutputCallRequest *request) {
    run->next = 0;
    run->count = request->n_response_parameters;
    if (run->count > PARTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < run->count; i++) {
        const Grpc__Testing__ResponseParameters *part = request->response_parameters[i];
        if (!is_size(part->size) || part->interval_us < 0) {
            return false;
        }
        run->parts[i].size = (size_t)part->size;
        run->parts[i].after_ms = (part->interval_us + US_PER_MS - 1) / US_PER_MS;
    }
    return true;
}

/* True when the run may go on with what the message asks for; else the call is finished. */
static bool run_ask(struct run *run, struct span message) {
    Grpc__Testing__StreamingOutputCallRequest *request =
        grpc__testing__streaming_output_call_request__unpack(NULL, message.len, message.ptr);
    bool is_good = false;
    if (request == NULL) {
        grpc_call_finish(run->call, GRPC_INTERNAL, "undecodable request");
    } else if (!run_fill(run, request)) {
        grpc_call_finish(run->call, GRPC_INVALID_ARGUMENT, "response_parameters");
    } else {
        is_good = !has_status(run->call, request->response_status);
    }
    grpc__testing__streaming_output_call_request__free_unpacked(request, NULL);
    return is_good;
}

/* ---- StreamingOutputCall, FullDuplexCall, StreamingInputCall ---- */

static void on_output(void *ctx, struct grpc_call *call, struct span message) {
    struct run *run = run_new(ctx, call);
    echo(call);
    if (run_ask(run, message)) {
        run_go(run, false);
    } else {
        run_end(run);
    }
}

static void on_open(void *ctx, struct grpc_call *call) {
    (void)run_new(ctx, call);
    echo(call);
}

static void on_duplex(void *ctx, struct grpc_call *call, struct span message) {
    (void)ctx;
    struct run *run = grpc_call_ctx(call);
    if (!run_ask(run, message)) {
        run_end(run);
        return;
    }
    grpc_call_pause(call);
    run_go(run, false);
}

static void on_duplex_end(void *ctx, struct grpc_call *call) {
    (void)ctx;
    grpc_call_finish(call, GRPC_OK, NULL);
    run_end(grpc_call_ctx(call));
}

static void on_input(void *ctx, struct grpc_call *call, struct span message) {
    (void)ctx;
    struct run *run = grpc_call_ctx(call);
    Grpc__Testing__StreamingInputCallRequest *request =
        grpc__testing__streaming_input_call_request__unpack(NULL, message.len, message.ptr);
    if (request == NULL) {
        grpc_call_finish(call, GRPC_INTERNAL, "undecodable request");
        run_end(run);
        return;
    }
    run->bytes += request->payload == NULL ? 0 : request->payload->body.len;
    grpc__testing__streaming_input_call_request__free_unpacked(request, NULL);
}

static void on_input_end(void *ctx, struct grpc_call *call) {
    (void)ctx;
    struct run *run = grpc_call_ctx(call);
    Grpc__Testing__StreamingInputCallResponse response =
        GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT;
    uint8_t bytes[16];
    response.aggregated_payload_size = (int32_t)run->bytes;
    size_t len = grpc__testing__streaming_input_call_response__pack(&response, bytes);
    if (!lg_failed(grpc_call_send(call, span_of(bytes, len)))) {
        grpc_call_finish(call, GRPC_OK, NULL);
    }
    run_end(run);
}

/* ---- the program ---- */

static bool open_tls(struct program *program, const char *folder) {
    char paths[4][512];
    static const char *const NAMES[] = {"hub/interop/server.pem", "hub/interop/server.key",
                                        "ca.pem", "crl.pem"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s", folder, NAMES[i]);
    }
    struct tls_files files = {
        .certificate = paths[0], .key = paths[1], .anchors = paths[2], .crl = paths[3]};
    struct diag diag = {0};
    if (lg_failed(tls_context_new(TLS_SERVER, &files, &diag, &program->tls))) {
        fprintf(stderr, "interop_server: %s\n", diag.text);
        return false;
    }
    return true;
}

static struct lg_err open_server(struct program *program) {
    static const char *const METADATA[] = {INITIAL, TRAILING, NULL};
    struct grpc_method methods[] = {
        {.path = "/grpc.testing.TestService/EmptyCall", .on_request = on_empty},
        {.path = "/grpc.testing.TestService/UnaryCall", .on_request = on_unary},
        {.path = "/grpc.testing.TestService/StreamingOutputCall",
         .kind = GRPC_SERVER_STREAM,
         .on_request = on_output,
         .on_writable = on_writable},
        {.path = "/grpc.testing.TestService/StreamingInputCall",
         .kind = GRPC_CLIENT_STREAM,
         .on_open = on_open,
         .on_message = on_input,
         .on_end = on_input_end},
        {.path = "/grpc.testing.TestService/FullDuplexCall",
         .kind = GRPC_BIDI,
         .on_open = on_open,
         .on_message = on_duplex,
         .on_end = on_duplex_end,
         .on_writable = on_writable},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        methods[i].ctx = program;
        methods[i].request_max = REQUEST_MAX;
        methods[i].on_cancel = methods[i].kind == GRPC_UNARY ? NULL : on_cancel;
    }
    struct grpc_serve serve = {
        .host = program->host,
        .tls = program->tls,
        .methods = methods,
        .method_count = sizeof methods / sizeof methods[0],
        .metadata = METADATA,
    };
    TRY(http2_address_resolve("127.0.0.1:0", &serve.address));
    TRY(grpc_server_new(&serve, &program->server));
    grpc_server_set_serving(program->server, "", true);
    return LG_OK;
}

static void on_input_ready(void *ctx, unsigned events) {
    struct program *program = ctx;
    char byte;
    (void)events;
    if (read(STDIN_FILENO, &byte, 1) <= 0) {
        loop_stop(program->loop);
    }
}

static struct lg_err open_all(struct program *program) {
    TRY(loop_new(clock_system(), &program->loop));
    TRY(http2_host_new(program->loop, &program->host));
    TRY(open_server(program));
    return loop_watch_start(program->loop, &program->input, STDIN_FILENO, LOOP_READ, on_input_ready,
                            program);
}

int main(int argc, char **argv) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct program *program = calloc(1, sizeof *program);
    if (argc != 2 || program == NULL || sigaction(SIGPIPE, &ignore, NULL) != 0) {
        fputs("usage: interop_server CERTIFICATES\n", stderr);
        return 2;
    }
    if (!open_tls(program, argv[1]) || lg_failed(open_all(program))) {
        fputs("interop_server: cannot start\n", stderr);
        return 1;
    }
    printf("port %u\n", (unsigned)grpc_server_port(program->server));
    fflush(stdout);
    loop_run(program->loop);
    loop_watch_stop(program->loop, &program->input);
    grpc_server_free(&program->server);
    http2_host_free(&program->host);
    tls_context_free(&program->tls);
    loop_free(&program->loop);
    free(program);
    return 0;
}
