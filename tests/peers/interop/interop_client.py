# SPDX-License-Identifier: Apache-2.0
"""interop_client.py CERTIFICATES PORT: the cases of the gRPC project's interop descriptions, run by
python3-grpcio against our server. Prints "NAME ok" or "NAME failed: WHY" for each."""
import queue
import sys

import interop_protocol as protocol

messages, test, services = protocol.load()
grpc = protocol.grpc

LARGE_REQUEST = 271828
LARGE_RESPONSE = 314159
REQUESTS = [27182, 8, 1828, 45904]
RESPONSES = [31415, 9, 2653, 58979]
SOON = 20

anchors, key, certificate = protocol.files(sys.argv[1], "police/interop/client")
channel = grpc.secure_channel(
    f"localhost:{sys.argv[2]}", grpc.ssl_channel_credentials(anchors, key, certificate))
client = services.TestServiceStub(channel)
other = services.UnimplementedServiceStub(channel)


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def payload(size):
    return messages.Payload(body=bytes(size))


def expect_zeros(body, size):
    expect(body == bytes(size), f"{len(body)} bytes instead of {size} zeros")


def output(sizes, body=0, status=None):
    return messages.StreamingOutputCallRequest(
        response_parameters=[messages.ResponseParameters(size=size) for size in sizes],
        payload=payload(body), response_status=status)


class Requests:
    """An iterator that is fed as the case goes on."""

    def __init__(self):
        self.queue = queue.Queue()

    def __iter__(self):
        return iter(self.queue.get, None)

    def send(self, request):
        self.queue.put(request)

    def end(self):
        self.queue.put(None)


def failure(call):
    """The error of a call that must fail."""
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("it did not fail")


large = messages.SimpleRequest(response_size=LARGE_RESPONSE, payload=payload(LARGE_REQUEST))


def empty_unary():
    expect(client.EmptyCall(test.Empty(), timeout=SOON) == test.Empty(), "not empty")


def large_unary():
    answer = client.UnaryCall(large, timeout=SOON)
    expect_zeros(answer.payload.body, LARGE_RESPONSE)


def client_streaming():
    parts = (messages.StreamingInputCallRequest(payload=payload(size)) for size in REQUESTS)
    answer = client.StreamingInputCall(parts, timeout=SOON)
    expect(answer.aggregated_payload_size == 74922, "aggregated_payload_size")


def expect_sizes(answers):
    expect(len(answers) == len(RESPONSES), "number of answers")
    for answer, size in zip(answers, RESPONSES):
        expect_zeros(answer.payload.body, size)


def server_streaming():
    expect_sizes(list(client.StreamingOutputCall(output(RESPONSES), timeout=SOON)))


def ping_pong():
    requests = Requests()
    call = client.FullDuplexCall(iter(requests), timeout=SOON)
    answers = []
    for asked, size in zip(REQUESTS, RESPONSES):
        requests.send(output([size], asked))
        answers.append(next(call))
    requests.end()
    expect(list(call) == [], "more answers")
    expect_sizes(answers)


def empty_stream():
    call = client.FullDuplexCall(iter(()), timeout=SOON)
    expect(list(call) == [], "an answer to nothing")
    expect(call.code() == grpc.StatusCode.OK, str(call.code()))


def expect_echoes(call):
    initial = dict(call.initial_metadata())
    trailing = dict(call.trailing_metadata())
    expect(initial.get(protocol.INITIAL) == "test_initial_metadata_value", protocol.INITIAL)
    expect(trailing.get(protocol.TRAILING) == b"\xab\xab\xab", protocol.TRAILING)


def custom_metadata():
    metadata = ((protocol.INITIAL, "test_initial_metadata_value"),
                (protocol.TRAILING, b"\xab\xab\xab"))
    answer, call = client.UnaryCall.with_call(large, timeout=SOON, metadata=metadata)
    expect_zeros(answer.payload.body, LARGE_RESPONSE)
    expect_echoes(call)
    call = client.FullDuplexCall(iter([output([LARGE_RESPONSE], LARGE_REQUEST)]), timeout=SOON,
                                 metadata=metadata)
    answers = list(call)
    expect(len(answers) == 1, "number of answers")
    expect_zeros(answers[0].payload.body, LARGE_RESPONSE)
    expect_echoes(call)


def expect_status(error, text):
    expect(error.code() == grpc.StatusCode.UNKNOWN, str(error.code()))
    expect(error.details() == text, repr(error.details()))


def status_code_and_message():
    status = messages.EchoStatus(code=2, message="test status message")
    request = messages.SimpleRequest(response_status=status)
    expect_status(failure(lambda: client.UnaryCall(request, timeout=SOON)), status.message)
    stream = iter([output([], status=status)])
    expect_status(failure(lambda: list(client.FullDuplexCall(stream, timeout=SOON))),
                  status.message)


def special_status_message():
    text = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
    request = messages.SimpleRequest(response_status=messages.EchoStatus(code=2, message=text))
    expect_status(failure(lambda: client.UnaryCall(request, timeout=SOON)), text)


def unimplemented_method():
    error = failure(lambda: client.UnimplementedCall(test.Empty(), timeout=SOON))
    expect(error.code() == grpc.StatusCode.UNIMPLEMENTED, str(error.code()))


def unimplemented_service():
    error = failure(lambda: other.UnimplementedCall(test.Empty(), timeout=SOON))
    expect(error.code() == grpc.StatusCode.UNIMPLEMENTED, str(error.code()))


def cancel_after_begin():
    requests = Requests()
    call = client.StreamingInputCall.future(iter(requests), timeout=SOON)
    call.cancel()
    requests.end()
    expect(call.cancelled() and call.code() == grpc.StatusCode.CANCELLED, str(call.code()))


def cancel_after_first_response():
    requests = Requests()
    call = client.FullDuplexCall(iter(requests), timeout=SOON)
    requests.send(output([RESPONSES[0]], REQUESTS[0]))
    expect_zeros(next(call).payload.body, RESPONSES[0])
    call.cancel()
    requests.end()
    expect(call.code() == grpc.StatusCode.CANCELLED, str(call.code()))


def timeout_on_sleeping_server():
    requests = Requests()
    requests.send(output([], REQUESTS[0]))
    error = failure(lambda: list(client.FullDuplexCall(iter(requests), timeout=0.001)))
    requests.end()
    expect(error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, str(error.code()))


CASES = [empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream,
         custom_metadata, status_code_and_message, special_status_message, unimplemented_method,
         unimplemented_service, cancel_after_begin, cancel_after_first_response,
         timeout_on_sleeping_server]


def run():
    failed = 0
    for case in CASES:
        try:
            case()
            print(f"{case.__name__} ok", flush=True)
        except (AssertionError, grpc.RpcError) as error:
            print(f"{case.__name__} failed: {str(error).splitlines()[0]}", flush=True)
            failed += 1
    channel.close()
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(run())
