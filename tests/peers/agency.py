# SPDX-License-Identifier: Apache-2.0
"""An agency written by somebody else: a `Source` on stock grpcio that opens references with PyNaCl
and can be told to misbehave."""
import concurrent.futures
import hashlib
import threading

import grpc
import nacl.exceptions
import nacl.public

import rig as rigs

REFERENCE_PLAIN = 64
KIND_REAL = 1
KIND_DECOY = 2


def reference_seal(party, local):
    """A local reference as EnrolRecord wants it: 64 bytes in a sealed box."""
    data = local.encode()
    plain = bytes([KIND_REAL, len(data)]) + data
    plain += bytes(REFERENCE_PLAIN - len(plain))
    return nacl.public.SealedBox(party.box.public_key).encrypt(plain)


def reference_open(party, sealed):
    """The local reference, or None for a decoy. Raises for anything else."""
    plain = nacl.public.SealedBox(party.box).decrypt(sealed)
    if len(plain) != REFERENCE_PLAIN:
        raise ValueError("size of a reference")
    if plain[0] == KIND_DECOY:
        return None
    if plain[0] != KIND_REAL or any(plain[2 + plain[1]:]):
        raise ValueError("form of a reference")
    return plain[2:2 + plain[1]].decode()


def record_tag(party, local):
    return hashlib.blake2b(local.encode(), digest_size=16, key=bytes(party.box)).digest()


class Agency:
    """Answers Fetch from `people`: local reference -> list of (record, {item: value})."""

    def __init__(self, rig, name, messages):
        self.party = rig.parties[name]
        self.rig = rig
        self.gateway_uri = f"lockgate://{rigs.PARTNERSHIP}/hub/gateway"
        self.source = messages["source"]
        self.people = {}
        self.fetched = []  # (FetchRequest, local reference or None)
        self.acknowledged = []  # AcknowledgeRequest
        self.strangers = 0
        self.behave = None  # takes (agency, request, reply, context), gives the reply or bytes
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)
        self._serve(messages)

    def _serve(self, messages):
        fetch, ack = messages["source"].FetchRequest, messages["source"].AcknowledgeRequest
        handler = grpc.method_handlers_generic_handler("lockgate.v1.Source", {
            "Fetch": grpc.unary_unary_rpc_method_handler(
                self._fetch, fetch.FromString,
                lambda reply: reply if isinstance(reply, bytes) else reply.SerializeToString()),
            "Acknowledge": grpc.unary_unary_rpc_method_handler(
                self._acknowledge, ack.FromString,
                messages["source"].AcknowledgeReply.SerializeToString)})
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(16),
                                  options=[("grpc.so_reuseport", 0),
                                           ("grpc.max_send_message_length", 64 << 20)])
        self.server.add_generic_rpc_handlers((handler,))
        self.server.add_secure_port(f"127.0.0.1:{self.party.port}",
                                    self.rig.server_credentials(self.party.name))
        self.server.start()

    def stop(self):
        self.server.stop(0).wait()

    def _is_gateway(self, context):
        names = context.auth_context().get("peer_uri", [])
        if names != [self.gateway_uri.encode()]:
            with self.lock:
                self.strangers += 1
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "the gateway alone may ask")

    def _answer(self, request, local):
        reply = self.source.FetchReply(call_reference=request.call_reference, as_of_s=1790000000)
        for record, items in self.people.get(local, []):
            added = reply.records.add(record=record)
            for item in request.items:
                if item in items:
                    added.items.add(item=item, value=items[item], standing=1)
        return reply

    def _fetch(self, request, context):
        self._is_gateway(context)
        try:
            local = reference_open(self.party, request.reference)
        except (ValueError, nacl.exceptions.CryptoError):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "reference")
        with self.changed:
            self.fetched.append((request, local))
            self.changed.notify_all()
        reply = self._answer(request, local)
        behave = self.behave
        return reply if behave is None else behave(self, request, reply, context)

    def _acknowledge(self, request, context):
        self._is_gateway(context)
        with self.changed:
            self.acknowledged.append(request)
            self.changed.notify_all()
        return self.source.AcknowledgeReply()

    def wait(self, ready, seconds=10):
        """Until ready(self) holds; whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: ready(self), seconds)


# ---- behaviours: what an agency may do wrong -------------------------------------------------


def late(event, seconds=30):
    """Answers when the event is set."""
    def behave(agency, request, reply, context):
        event.wait(seconds)
        return reply
    return behave


def refuse(agency, request, reply, context):
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today")


def crash(agency, request, reply, context):
    raise RuntimeError("a fault of the agency's own")


def other_reference(agency, request, reply, context):
    reply.call_reference = bytes(16)
    return reply


def unasked(agency, request, reply, context):
    """Adds to each record a field that the question did not name."""
    for record in reply.records:
        record.items.add(item="identity.nhs-number", value="9990000018", standing=1)
        record.items.add(item="incidents.intelligence", value="unasked", standing=1)
    return reply


def oversize(agency, request, reply, context):
    reply.padding = bytes(8 << 20)
    return reply


def malformed(agency, request, reply, context):
    return b"\x0a\xff\xff\xff\xff\x0f"
