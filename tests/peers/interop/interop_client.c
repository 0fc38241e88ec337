/* SPDX-License-Identifier: Apache-2.0 */
/* interop_client CERTIFICATES PORT: runs the cases against the server on that port of loopback,
 * prints "NAME ok" or "NAME failed: WHY" for each, and ends with 0 when all are well. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "test.pb-c.h"
#include "tests/peers/interop/interop.h"

enum { PATIENCE_MS = 20000, TURN_MS = 50 };

/* ---- one call ---- */

static void copy_text(struct span value, char out[static INTEROP_TEXT_MAX]) {
    size_t len = value.len < INTEROP_TEXT_MAX ? value.len : (size_t)INTEROP_TEXT_MAX - 1;
    if (len > 0) {
        memcpy(out, value.ptr, len);
    }
    out[len] = '\0';
}

/* A payload stands in field 1 of SimpleResponse and of StreamingOutputCallResponse alike. */
static bool payload_size(struct span message, size_t *out_size) {
    Grpc__Testing__SimpleResponse *response =
        grpc__testing__simple_response__unpack(NULL, message.len, message.ptr);
    if (response == NULL) {
        return false;
    }
    bool is_zero = true;
    *out_size = response->payload == NULL ? 0 : response->payload->body.len;
    for (size_t i = 0; i < *out_size; i++) {
        is_zero = is_zero && response->payload->body.data[i] == 0;
    }
    grpc__testing__simple_response__free_unpacked(response, NULL);
    return is_zero;
}

static bool read_aggregated(struct span message, int32_t *out_size) {
    Grpc__Testing__StreamingInputCallResponse *response =
        grpc__testing__streaming_input_call_response__unpack(NULL, message.len, message.ptr);
    if (response == NULL) {
        return false;
    }
    *out_size = response->aggregated_payload_size;
    grpc__testing__streaming_input_call_response__free_unpacked(response, NULL);
    return true;
}

static void on_message(void *ctx, struct grpc_leg *leg, struct span message) {
    struct interop_call *call = ctx;
    size_t size = 0;
    bool is_good = payload_size(message, &size) || read_aggregated(message, &call->aggregated);
    call->is_readable = call->is_readable && is_good;
    if (call->answers < INTEROP_ANSWERS_MAX) {
        call->sizes[call->answers] = size;
    }
    call->answers++;
    copy_text(grpc_leg_header(leg, "x-grpc-test-echo-initial"), call->initial);
    if (call->cancels) {
        grpc_leg_cancel(&leg);
        call->leg = NULL;
    }
}

static void on_done(void *ctx, struct grpc_leg *leg, const struct grpc_outcome *outcome) {
    struct interop_call *call = ctx;
    copy_text(grpc_leg_header(leg, "x-grpc-test-echo-initial"), call->initial);
    copy_text(grpc_leg_trailer(leg, "x-grpc-test-echo-trailing-bin"), call->trailing);
    copy_text(outcome->message, call->message);
    call->status = outcome->status;
    call->is_done = true;
    call->leg = NULL;
}

static const struct grpc_leg_events EVENTS = {.on_message = on_message, .on_done = on_done};

bool interop_begin(struct interop *interop, const struct interop_ask *ask,
                   struct interop_call *out_call) {
    static const char *const KEEPS[] = {"x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin",
                                        NULL};
    const struct grpc_pair echoes[] = {
        {"x-grpc-test-echo-initial", span_text("test_initial_metadata_value")},
        {"x-grpc-test-echo-trailing-bin", span_text("\xab\xab\xab")},
    };
    loop_turn(interop->loop, 0); /* its clock is that of its turn */
    struct grpc_request request = {
        .path = ask->method,
        .kind = ask->kind,
        .message = ask->message,
        .deadline_ms =
            loop_now_ms(interop->loop) + (ask->in_ms == 0 ? (int64_t)PATIENCE_MS : ask->in_ms),
        .response_max = INTEROP_MESSAGE_MAX,
        .metadata = echoes,
        .metadata_count = ask->echoes ? 2 : 0,
        .keeps = KEEPS,
    };
    *out_call =
        (struct interop_call){.interop = interop, .is_readable = true, .status = GRPC_UNKNOWN};
    return !lg_failed(
        grpc_channel_call(interop->channel, &request, &EVENTS, out_call, &out_call->leg));
}

bool interop_await(struct interop_call *call, size_t answers) {
    struct loop *loop = call->interop->loop;
    int64_t due_ms = loop_now_ms(loop) + PATIENCE_MS;
    while (call->leg != NULL && call->answers < answers && loop_now_ms(loop) < due_ms) {
        loop_turn(loop, TURN_MS);
    }
    return call->leg == NULL || call->answers >= answers;
}

bool interop_finish(struct interop_call *call) {
    return interop_await(call, SIZE_MAX) && call->is_readable;
}

/* ---- the program ---- */

static bool open_tls(struct interop *interop, const char *folder) {
    char paths[4][512];
    static const char *const NAMES[] = {"police/interop/client.pem", "police/interop/client.key",
                                        "ca.pem", "crl.pem"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s", folder, NAMES[i]);
    }
    struct tls_files files = {
        .certificate = paths[0], .key = paths[1], .anchors = paths[2], .crl = paths[3]};
    struct diag diag = {0};
    if (lg_failed(tls_context_new(TLS_CLIENT, &files, &diag, &interop->tls))) {
        fprintf(stderr, "interop_client: %s\n", diag.text);
        return false;
    }
    return true;
}

static struct lg_err open_channel(struct interop *interop, const char *port) {
    char address[64];
    snprintf(address, sizeof address, "127.0.0.1:%s", port);
    TRY(loop_new(clock_system(), &interop->loop));
    TRY(http2_host_new(interop->loop, &interop->host));
    struct grpc_dial dial = {
        .host = interop->host,
        .tls = interop->tls,
        .dns_name = "localhost",
        .uri = "lockgate://bridgewater/hub/interop",
        .seed = 1,
    };
    TRY(http2_address_resolve(address, &dial.address));
    return grpc_channel_new(&dial, &interop->channel);
}

static int run_all(struct interop *interop) {
    int failed = 0;
    for (size_t i = 0; i < INTEROP_CASE_COUNT; i++) {
        const char *fault = INTEROP_CASES[i].run(interop);
        if (fault == NULL) {
            printf("%s ok\n", INTEROP_CASES[i].name);
        } else {
            printf("%s failed: %s\n", INTEROP_CASES[i].name, fault);
            failed++;
        }
        fflush(stdout);
    }
    return failed;
}

int main(int argc, char **argv) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct interop interop = {0};
    if (argc != 3 || sigaction(SIGPIPE, &ignore, NULL) != 0) {
        fputs("usage: interop_client CERTIFICATES PORT\n", stderr);
        return 2;
    }
    if (!open_tls(&interop, argv[1]) || lg_failed(open_channel(&interop, argv[2]))) {
        fputs("interop_client: cannot start\n", stderr);
        return 1;
    }
    int failed = run_all(&interop);
    grpc_channel_free(&interop.channel);
    http2_host_free(&interop.host);
    tls_context_free(&interop.tls);
    loop_free(&interop.loop);
    return failed == 0 ? 0 : 1;
}
