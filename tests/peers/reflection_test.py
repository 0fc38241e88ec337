# SPDX-License-Identifier: Apache-2.0
"""Reflection over stock grpcio: from the services' names alone a client builds the contract, calls
by it, and finds in it what protoc makes of proto/."""
import pathlib
import sys
import tempfile

import grpc
import grpc_tools.protoc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import foreign
import rig as rigs
import world as worlds
from check import equal, refused, true

VERSIONS = ["v1", "v1alpha"]
NOT_FOUND, INVALID_ARGUMENT = 5, 3


def set_of(*words):
    """What protoc says of proto/."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set.bin"
        code = grpc_tools.protoc.main(
            ["protoc", f"-I{rigs.SOURCE / 'proto'}", f"--descriptor_set_out={out}", *words])
        equal(code, 0, "protoc")
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


def all_files():
    files = set_of(*(str(p) for p in sorted((rigs.SOURCE / "proto").rglob("*.proto"))))
    return {file.name: file for file in files.file}


def class_of(pool, name):
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


class Reflection:
    """One stream for each list of requests, by stubs of the files that were read here."""

    def __init__(self, channel, files, version):
        pool = descriptor_pool.DescriptorPool()
        pool.Add(files[f"grpc/reflection/{version}/reflection.proto"])
        package = f"grpc.reflection.{version}"
        self.request = class_of(pool, f"{package}.ServerReflectionRequest")
        self.reply = class_of(pool, f"{package}.ServerReflectionResponse")
        self.call = channel.stream_stream(
            f"/{package}.ServerReflection/ServerReflectionInfo",
            self.request.SerializeToString, self.reply.FromString)

    def ask(self, *wanted):
        """The answers to requests that are given as keywords."""
        requests = [self.request(host="reflected", **words) for words in wanted]
        answers = list(self.call(iter(requests), timeout=20))
        equal(len(answers), len(requests), "answers")
        for request, answer in zip(requests, answers):
            equal((answer.valid_host, answer.original_request), ("reflected", request))
        return answers

    def files(self, **words):
        answer, = self.ask(words)
        return [descriptor_pb2.FileDescriptorProto.FromString(data)
                for data in answer.file_descriptor_response.file_descriptor_proto]


def services(reflection, files):
    """Every service is listed and declared in a file, which comes whole."""
    answer, = reflection.ask({"list_services": "*"})
    names = [service.name for service in answer.list_services_response.service]
    equal(names, sorted(names))
    for name in ("lockgate.v1.Disclosures", "lockgate.v1.Audit", "grpc.health.v1.Health",
                 "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"):
        true(name in names, f"{name} is not listed")
    pool = descriptor_pool.DescriptorPool()
    known = {}
    for name in names:
        for file in reflection.files(file_containing_symbol=name):
            equal(file, files[file.name], file.name)
            known[file.name] = file
    # In any order; Add wants a file's imports first.
    while known:
        ready = [f for f in known.values() if not set(f.dependency) & set(known)]
        for file in ready:
            pool.Add(known.pop(file.name))
    for name in names:
        pool.FindServiceByName(name)
    return pool, len(names)


def by_what_was_told(w, pool):
    """A call with classes that came from the gateway alone."""
    method = pool.FindMethodByName("lockgate.v1.Disclosures.CanAsk")
    request = class_of(pool, method.input_type.full_name)
    reply = class_of(pool, method.output_type.full_name)
    call = w.channel(foreign.CALLER).unary_unary(
        "/lockgate.v1.Disclosures/CanAsk", request.SerializeToString, reply.FromString)
    sent = request.FromString(foreign.can_ask_request(w).SerializeToString())
    foreign.can_ask_check(call(sent, timeout=20))


def names(reflection, files):
    for name, file in files.items():
        got = reflection.files(file_by_filename=name)
        equal(got[0], file)
        equal({f.name for f in got} - {name}, set(file.dependency), "imports")
    for symbol in ("lockgate.v1.AskRequest.request_id", "lockgate.v1.TIER_DETAIL",
                   "lockgate.v1.WatchReply.event", "lockgate.v1.Disclosures.Watch"):
        equal(reflection.files(file_containing_symbol=symbol)[0].name,
              "lockgate/v1/disclosures.proto")
    unknown = reflection.ask(
        {"file_by_filename": "google/protobuf/any.proto"}, {"file_containing_symbol": "lockgate"},
        {"file_containing_extension": {"containing_type": "lockgate.v1.AskRequest",
                                       "extension_number": 100}},
        {"all_extension_numbers_of_type": "lockgate.v1.AskRequest"}, {},
        {"file_by_filename": "lockgate/v1/common.proto"})
    equal([answer.error_response.error_code for answer in unknown],
          [NOT_FOUND] * 4 + [INVALID_ARGUMENT, 0])
    true(all(answer.error_response.error_message for answer in unknown[:5]), "no sentence")
    # Many more than a connection holds at once, from a client that does not wait.
    answers = reflection.ask(*[{"file_containing_symbol": "lockgate.v1.Disclosures"}] * 500)
    true(all(a == answers[0] for a in answers), "not all alike")


def ceilings(w, reflection):
    many = [{"list_services": ""}] * 1001
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, reflection.ask, *many)
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, reflection.ask,
            {"file_by_filename": "x" * 2000})
    junk = w.channel(foreign.CALLER).stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
    refused(grpc.StatusCode.INVALID_ARGUMENT, lambda: list(junk(iter([b"\x1a\x05ab"]),
                                                                timeout=20)))


def strangers(w, files):
    """Who has no certificate, or one of nobody in the register, learns nothing."""
    bare = grpc.secure_channel(f"localhost:{w.rig.gateway_port}", grpc.ssl_channel_credentials(
        (w.rig.certs / "ca.pem").read_bytes()))
    unknown = w.channel("housing", "unknown")
    for channel in (bare, unknown):
        refused(grpc.StatusCode.UNAVAILABLE, Reflection(channel, files, "v1").ask,
                {"list_services": ""})
    bare.close()


def main():
    files = all_files()
    with foreign.world() as w:
        for version in VERSIONS:
            reflection = Reflection(w.channel(foreign.CALLER), files, version)
            pool, count = services(reflection, files)
            by_what_was_told(w, pool)
            names(reflection, files)
            ceilings(w, reflection)
            print(f"reflection {version}: {count} services, {len(files)} files")
        strangers(w, files)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
