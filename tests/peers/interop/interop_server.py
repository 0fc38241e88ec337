# SPDX-License-Identifier: Apache-2.0
"""interop_server.py CERTIFICATES: grpc.testing.TestService by python3-grpcio, for our client.
Listens on a free port of loopback, prints "port N", and ends when its standard input does."""
import concurrent.futures
import sys
import time

import interop_protocol as protocol

messages, test, services = protocol.load()
grpc = protocol.grpc


def echo(context):
    """Sends what is to be echoed as headers, and sets the trailers."""
    got = context.invocation_metadata()
    context.send_initial_metadata([pair for pair in got if pair.key == protocol.INITIAL])
    context.set_trailing_metadata([pair for pair in got if pair.key == protocol.TRAILING])


def refuse(request, context):
    """Ends the call where the request asks for a status other than OK."""
    status = request.response_status
    for code in grpc.StatusCode:
        if status.code != 0 and code.value[0] == status.code:
            context.abort(code, status.message)


def payload(size):
    return messages.Payload(body=bytes(size))


def answers(request):
    for part in request.response_parameters:
        time.sleep(part.interval_us / 1e6)
        yield messages.StreamingOutputCallResponse(payload=payload(part.size))


class Service(services.TestServiceServicer):
    def EmptyCall(self, request, context):
        echo(context)
        return test.Empty()

    def UnaryCall(self, request, context):
        echo(context)
        refuse(request, context)
        return messages.SimpleResponse(payload=payload(request.response_size))

    def StreamingInputCall(self, request_iterator, context):
        echo(context)
        size = sum(len(request.payload.body) for request in request_iterator)
        return messages.StreamingInputCallResponse(aggregated_payload_size=size)

    def StreamingOutputCall(self, request, context):
        echo(context)
        yield from answers(request)

    def FullDuplexCall(self, request_iterator, context):
        echo(context)
        for request in request_iterator:
            refuse(request, context)
            yield from answers(request)

    def UnimplementedCall(self, request, context):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")


def serve(folder):
    anchors, key, certificate = protocol.files(folder, "hub/interop/server")
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
    services.add_TestServiceServicer_to_server(Service(), server)
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
        [(key, certificate)], anchors, require_client_auth=True))
    server.start()
    print(f"port {port}", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


if __name__ == "__main__":
    serve(sys.argv[1])
