/* SPDX-License-Identifier: Apache-2.0 */
/* The cases, each as the gRPC project's interop-test-descriptions say: what is sent, and what has
 * to come back. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/assert.h"
#include "test.pb-c.h"
#include "tests/peers/interop/interop.h"

#define EMPTY_CALL "/grpc.testing.TestService/EmptyCall"
#define UNARY_CALL "/grpc.testing.TestService/UnaryCall"
#define INPUT_CALL "/grpc.testing.TestService/StreamingInputCall"
#define OUTPUT_CALL "/grpc.testing.TestService/StreamingOutputCall"
#define DUPLEX_CALL "/grpc.testing.TestService/FullDuplexCall"

enum { LARGE_REQUEST = 271828, LARGE_RESPONSE = 314159, SIZES = 4 };

static const size_t REQUEST_SIZES[SIZES] = {27182, 8, 1828, 45904};
static const int32_t RESPONSE_SIZES[SIZES] = {31415, 9, 2653, 58979};

/* ---- requests ---- */

/* Serialised; freed by the caller. */
struct packed {
    uint8_t *bytes;
    size_t len;
};

static struct span span_of_packed(struct packed packed) {
    return span_of(packed.bytes, packed.len);
}

static struct packed pack(const ProtobufCMessage *message) {
    struct packed packed = {.len = protobuf_c_message_get_packed_size(message)};
    packed.bytes = malloc(packed.len + 1);
    ASSERT(packed.bytes != NULL);
    protobuf_c_message_pack(message, packed.bytes);
    return packed;
}

/* `body` zeros; the payload is the caller's, its bytes are freed by unload. */
static void load(Grpc__Testing__Payload *payload, size_t body) {
    grpc__testing__payload__init(payload);
    payload->body.data = calloc(1, body + 1);
    ASSERT(payload->body.data != NULL);
    payload->body.len = body;
}

static struct packed pack_simple(size_t body, int32_t response_size,
                                 Grpc__Testing__EchoStatus *status) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__SimpleRequest request = GRPC__TESTING__SIMPLE_REQUEST__INIT;
    load(&payload, body);
    request.payload = &payload;
    request.response_size = response_size;
    request.response_status = status;
    struct packed packed = pack(&request.base);
    free(payload.body.data);
    return packed;
}

static struct packed pack_input(size_t body) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__StreamingInputCallRequest request =
        GRPC__TESTING__STREAMING_INPUT_CALL_REQUEST__INIT;
    load(&payload, body);
    request.payload = &payload;
    struct packed packed = pack(&request.base);
    free(payload.body.data);
    return packed;
}

/* With `count` answers of these sizes. */
static struct packed pack_output(size_t body, const int32_t *sizes, size_t count,
                                 Grpc__Testing__EchoStatus *status) {
    Grpc__Testing__Payload payload;
    Grpc__Testing__ResponseParameters parts[SIZES];
    Grpc__Testing__ResponseParameters *list[SIZES];
    Grpc__Testing__StreamingOutputCallRequest request =
        GRPC__TESTING__STREAMING_OUTPUT_CALL_REQUEST__INIT;
    ASSERT(count <= SIZES);
    for (size_t i = 0; i < count; i++) {
        grpc__testing__response_parameters__init(&parts[i]);
        parts[i].size = sizes[i];
        list[i] = &parts[i];
    }
    load(&payload, body);
    request.payload = &payload;
    request.response_parameters = list;
    request.n_response_parameters = count;
    request.response_status = status;
    struct packed packed = pack(&request.base);
    free(payload.body.data);
    return packed;
}

/* ---- steps ---- */

/* Begins and sends the request of a call that does not stream it; frees the request. */
static bool begin_with(struct interop *interop, struct interop_ask ask, struct packed request,
                       struct interop_call *out_call) {
    ask.message = span_of_packed(request);
    bool has_begun = interop_begin(interop, &ask, out_call);
    free(request.bytes);
    return has_begun;
}

static bool begin_stream(struct interop *interop, const char *method, enum grpc_kind kind,
                         struct interop_call *out_call) {
    return interop_begin(interop, &(struct interop_ask){.method = method, .kind = kind}, out_call);
}

/* Frees the request. */
static bool say(struct interop_call *call, struct packed request) {
    bool is_sent =
        call->leg != NULL && !lg_failed(grpc_leg_send(call->leg, span_of_packed(request)));
    free(request.bytes);
    return is_sent;
}

static void half_close(struct interop_call *call) {
    if (call->leg != NULL) {
        grpc_leg_end(call->leg);
    }
}

static const char *expect_status(struct interop_call *call, enum grpc_status status) {
    if (!interop_finish(call)) {
        return "it did not end, or an answer could not be read";
    }
    return call->is_done && call->status == status ? NULL : grpc_status_name(call->status);
}

/* ---- cases ---- */

static const char *empty_unary(struct interop *interop) {
    struct interop_call call;
    if (!interop_begin(interop, &(struct interop_ask){.method = EMPTY_CALL}, &call)) {
        return "it could not begin";
    }
    const char *fault = expect_status(&call, GRPC_OK);
    if (fault != NULL) {
        return fault;
    }
    return call.answers == 1 && call.sizes[0] == 0 ? NULL : "not one empty answer";
}

static const char *large_unary(struct interop *interop) {
    struct interop_call call;
    if (!begin_with(interop, (struct interop_ask){.method = UNARY_CALL},
                    pack_simple(LARGE_REQUEST, LARGE_RESPONSE, NULL), &call)) {
        return "it could not begin";
    }
    const char *fault = expect_status(&call, GRPC_OK);
    if (fault != NULL) {
        return fault;
    }
    return call.answers == 1 && call.sizes[0] == LARGE_RESPONSE ? NULL : "size of the answer";
}

static const char *client_streaming(struct interop *interop) {
    enum { SUM = 74922 };
    struct interop_call call;
    bool is_sent = begin_stream(interop, INPUT_CALL, GRPC_CLIENT_STREAM, &call);
    for (size_t i = 0; i < SIZES; i++) {
        is_sent = is_sent && say(&call, pack_input(REQUEST_SIZES[i]));
    }
    if (!is_sent) {
        return "it could not be sent";
    }
    half_close(&call);
    const char *fault = expect_status(&call, GRPC_OK);
    if (fault != NULL) {
        return fault;
    }
    return call.answers == 1 && call.aggregated == SUM ? NULL : "aggregated_payload_size";
}

static const char *expect_sizes(const struct interop_call *call) {
    if (call->answers != SIZES) {
        return "number of answers";
    }
    for (size_t i = 0; i < SIZES; i++) {
        if (call->sizes[i] != (size_t)RESPONSE_SIZES[i]) {
            return "size of an answer";
        }
    }
    return NULL;
}

static const char *server_streaming(struct interop *interop) {
    struct interop_call call;
    if (!begin_with(interop,
                    (struct interop_ask){.method = OUTPUT_CALL, .kind = GRPC_SERVER_STREAM},
                    pack_output(0, RESPONSE_SIZES, SIZES, NULL), &call)) {
        return "it could not begin";
    }
    const char *fault = expect_status(&call, GRPC_OK);
    return fault != NULL ? fault : expect_sizes(&call);
}

static const char *ping_pong(struct interop *interop) {
    struct interop_call call;
    if (!begin_stream(interop, DUPLEX_CALL, GRPC_BIDI, &call)) {
        return "it could not begin";
    }
    for (size_t i = 0; i < SIZES; i++) {
        if (!say(&call, pack_output(REQUEST_SIZES[i], &RESPONSE_SIZES[i], 1, NULL))) {
            return "it could not be sent";
        }
        if (!interop_await(&call, i + 1) || call.answers != i + 1) {
            return "no answer to a message";
        }
    }
    half_close(&call);
    const char *fault = expect_status(&call, GRPC_OK);
    return fault != NULL ? fault : expect_sizes(&call);
}

static const char *empty_stream(struct interop *interop) {
    struct interop_call call;
    if (!begin_stream(interop, DUPLEX_CALL, GRPC_BIDI, &call)) {
        return "it could not begin";
    }
    half_close(&call);
    const char *fault = expect_status(&call, GRPC_OK);
    if (fault != NULL) {
        return fault;
    }
    return call.answers == 0 ? NULL : "an answer to nothing";
}

static const char *expect_echoes(struct interop_call *call) {
    const char *fault = expect_status(call, GRPC_OK);
    if (fault != NULL) {
        return fault;
    }
    if (call->answers != 1 || call->sizes[0] != LARGE_RESPONSE) {
        return "size of the answer";
    }
    if (strcmp(call->initial, "test_initial_metadata_value") != 0) {
        return "x-grpc-test-echo-initial";
    }
    return strcmp(call->trailing, "\xab\xab\xab") == 0 ? NULL : "x-grpc-test-echo-trailing-bin";
}

static const char *custom_metadata(struct interop *interop) {
    static const int32_t SIZE = LARGE_RESPONSE;
    struct interop_call call;
    if (!begin_with(interop, (struct interop_ask){.method = UNARY_CALL, .echoes = true},
                    pack_simple(LARGE_REQUEST, LARGE_RESPONSE, NULL), &call)) {
        return "it could not begin";
    }
    const char *fault = expect_echoes(&call);
    if (fault != NULL) {
        return fault;
    }
    struct interop_ask ask = {.method = DUPLEX_CALL, .kind = GRPC_BIDI, .echoes = true};
    if (!interop_begin(interop, &ask, &call) ||
        !say(&call, pack_output(LARGE_REQUEST, &SIZE, 1, NULL))) {
        return "it could not be sent";
    }
    half_close(&call);
    return expect_echoes(&call);
}

static const char *expect_text(struct interop_call *call, const char *text) {
    const char *fault = expect_status(call, GRPC_UNKNOWN);
    if (fault != NULL) {
        return fault;
    }
    return strcmp(call->message, text) == 0 ? NULL : "the status has another message";
}

static const char *status_code_and_message(struct interop *interop) {
    static char text[] = "test status message";
    Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
    struct interop_call call;
    status.code = GRPC_UNKNOWN;
    status.message = text;
    if (!begin_with(interop, (struct interop_ask){.method = UNARY_CALL}, pack_simple(0, 0, &status),
                    &call)) {
        return "it could not begin";
    }
    const char *fault = expect_text(&call, text);
    if (fault != NULL) {
        return fault;
    }
    if (!begin_stream(interop, DUPLEX_CALL, GRPC_BIDI, &call) ||
        !say(&call, pack_output(0, NULL, 0, &status))) {
        return "it could not be sent";
    }
    half_close(&call);
    return expect_text(&call, text);
}

static const char *special_status_message(struct interop *interop) {
    static char text[] = "\t\ntest with whitespace\r\nand Unicode BMP \xe2\x98\xba and non-BMP "
                         "\xf0\x9f\x98\x88\t\n";
    Grpc__Testing__EchoStatus status = GRPC__TESTING__ECHO_STATUS__INIT;
    struct interop_call call;
    status.code = GRPC_UNKNOWN;
    status.message = text;
    if (!begin_with(interop, (struct interop_ask){.method = UNARY_CALL}, pack_simple(0, 0, &status),
                    &call)) {
        return "it could not begin";
    }
    return expect_text(&call, text);
}

static const char *expect_unimplemented(struct interop *interop, const char *method) {
    struct interop_call call;
    if (!interop_begin(interop, &(struct interop_ask){.method = method}, &call)) {
        return "it could not begin";
    }
    return expect_status(&call, GRPC_UNIMPLEMENTED);
}

static const char *unimplemented_method(struct interop *interop) {
    return expect_unimplemented(interop, "/grpc.testing.TestService/UnimplementedCall");
}

static const char *unimplemented_service(struct interop *interop) {
    return expect_unimplemented(interop, "/grpc.testing.UnimplementedService/UnimplementedCall");
}

/* A call that its owner cancels is counted as cancelled, tells nothing more, and the next one goes
 * well. */
static const char *expect_cancelled(struct interop *interop, struct interop_call *call,
                                    uint64_t before) {
    const char *fault = empty_unary(interop);
    if (fault != NULL) {
        return fault;
    }
    if (call->is_done || call->leg != NULL) {
        return "a callback after the cancel";
    }
    const struct grpc_channel_counters *counters = grpc_channel_counters(interop->channel);
    return counters->by_status[GRPC_CANCELLED] == before + 1 ? NULL : "it was not counted";
}

static uint64_t cancelled_so_far(const struct interop *interop) {
    return grpc_channel_counters(interop->channel)->by_status[GRPC_CANCELLED];
}

static const char *cancel_after_begin(struct interop *interop) {
    struct interop_call call;
    uint64_t before = cancelled_so_far(interop);
    if (!begin_stream(interop, INPUT_CALL, GRPC_CLIENT_STREAM, &call)) {
        return "it could not begin";
    }
    grpc_leg_cancel(&call.leg);
    return expect_cancelled(interop, &call, before);
}

static const char *cancel_after_first_response(struct interop *interop) {
    struct interop_call call;
    uint64_t before = cancelled_so_far(interop);
    if (!begin_stream(interop, DUPLEX_CALL, GRPC_BIDI, &call)) {
        return "it could not begin";
    }
    call.cancels = true;
    if (!say(&call, pack_output(REQUEST_SIZES[0], &RESPONSE_SIZES[0], 1, NULL))) {
        return "it could not be sent";
    }
    if (!interop_await(&call, 1) || call.answers != 1 || call.sizes[0] != 31415) {
        return "the first answer";
    }
    return expect_cancelled(interop, &call, before);
}

static const char *timeout_on_sleeping_server(struct interop *interop) {
    struct interop_call call;
    struct interop_ask ask = {.method = DUPLEX_CALL, .kind = GRPC_BIDI, .in_ms = 1};
    if (!interop_begin(interop, &ask, &call)) {
        return "it could not begin";
    }
    if (!say(&call, pack_output(REQUEST_SIZES[0], NULL, 0, NULL))) {
        return "it could not be sent";
    }
    return expect_status(&call, GRPC_DEADLINE_EXCEEDED);
}

#define CASE(name)                                                                                 \
    { #name, name }
const struct interop_case INTEROP_CASES[] = {
    CASE(empty_unary),
    CASE(large_unary),
    CASE(client_streaming),
    CASE(server_streaming),
    CASE(ping_pong),
    CASE(empty_stream),
    CASE(custom_metadata),
    CASE(status_code_and_message),
    CASE(special_status_message),
    CASE(unimplemented_method),
    CASE(unimplemented_service),
    CASE(cancel_after_begin),
    CASE(cancel_after_first_response),
    CASE(timeout_on_sleeping_server),
};
const size_t INTEROP_CASE_COUNT = sizeof INTEROP_CASES / sizeof INTEROP_CASES[0];
