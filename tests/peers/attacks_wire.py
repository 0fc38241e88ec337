# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client that sends whatever a test wants, frame by frame, over TLS of the standard
library, and writes down what comes back."""
import dataclasses
import select
import socket
import ssl
import struct
import sys
import time

try:
    import hpack
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
 CONTINUATION) = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 32
(NO_ERROR, PROTOCOL, INTERNAL, FLOW, TIMEOUT, CLOSED, SIZE, REFUSED, CANCEL, COMPRESSION, CONNECT,
 CALM) = range(12)
HEALTH = "/grpc.health.v1.Health/Check"
CAN_ASK = "/lockgate.v1.Disclosures/CanAsk"
HEAD = 9
# What a peer gives to the connection's window at once: it reads all, and never says so again.
ROOM = b"\x3f\xff\xff\xff"


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def integer(value, bits):
    """RFC 7541, 5.1, the bits above the prefix 0."""
    top = (1 << bits) - 1
    if value < top:
        return bytes([value])
    out, value = [top], value - top
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return integer(len(value), 7) + value


def block(fields):
    """Literals without index."""
    return b"".join(b"\0" + text(name) + text(value) for name, value in fields)


def fields(path=HEALTH, method="POST", authority="localhost", kind="application/grpc", more=()):
    return [(":method", method), (":scheme", "https"), (":path", path),
            (":authority", authority), ("content-type", kind), ("te", "trailers"), *more]


def message(body, flag=0, size=None):
    """A gRPC message; `size` is what its prefix says."""
    return bytes([flag]) + struct.pack(">I", len(body) if size is None else size) + body


@dataclasses.dataclass
class Stream:
    headers: dict = dataclasses.field(default_factory=dict)
    data: bytes = b""
    ended: bool = False
    reset: int = None

    def over(self):
        return self.ended or self.reset is not None

    def status(self):
        """grpc-status, or :status where there is none."""
        return self.headers.get("grpc-status", self.headers.get(":status"))


def tls_context(rig, party="police", system="cases", alpn=("h2",), version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(rig.certs / "ca.pem")
    if party is not None:
        leaf = rig.leaf(party, system, "client")
        context.load_cert_chain(f"{leaf}.pem", f"{leaf}.key")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version is not None:
        context.maximum_version = version
    return context


def dial(rig, source=None):
    """A bare TCP connection, from another address of this machine if one is named."""
    sock = socket.socket()
    sock.settimeout(10)
    if source is not None:
        sock.bind((source, 0))
    sock.connect(("127.0.0.1", rig.gateway_port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Peer:
    """`acks`: SETTINGS are acknowledged, once the preface is out. Times are monotonic."""

    def __init__(self, rig, context=None, sni="localhost", acks=True):
        self.acks = acks
        self.acks_due = 0
        self.greeted = False
        self.buffer = b""
        self.streams = {}
        self.frames = [0] * 256
        self.goaway = None  # (error, last stream, debug text)
        self.closed = False
        self.closed_at = None
        self.next_id = 1
        self.decoder = hpack.Decoder()
        self.sock = (context or tls_context(rig)).wrap_socket(dial(rig), server_hostname=sni)
        self.opened_at = time.monotonic()

    def close(self):
        self.sock.close()

    # ---- what goes ---------------------------------------------------------------------------

    def greet(self, settings=b""):
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings) + frame(WINDOW_UPDATE, 0, 0, ROOM))
        self.greets()
        self.until(lambda: self.frames[SETTINGS] >= 2 or self.closed)
        return self

    def greets(self):
        """Preface and settings are out: what the gateway set is acknowledged from here on."""
        self.greeted = True
        self._acknowledge()

    def send(self, data):
        """In pieces, reading between them: a peer that is told to go is not left waiting."""
        for at in range(0, len(data), 16384):
            self.read(0)
            if self.closed:
                return
            try:
                self.sock.sendall(data[at:at + 16384])
            except OSError:
                self._lost()

    def frame(self, kind, flags=0, stream=0, payload=b""):
        self.send(frame(kind, flags, stream, payload))

    def take_id(self):
        self.next_id += 2
        return self.next_id - 2

    def headers(self, pairs, flags=END_HEADERS, stream=None):
        stream = self.take_id() if stream is None else stream
        self.frame(HEADERS, flags, stream, block(pairs))
        return stream

    def request(self, pairs, body, flags=END_STREAM):
        """HEADERS and DATA in one write; gives the stream."""
        stream = self.take_id()
        parts = [body[at:at + 16384] for at in range(0, len(body), 16384)] or [b""]
        data = b"".join(frame(DATA, flags if part is parts[-1] else 0, stream, part)
                        for part in parts)
        self.send(frame(HEADERS, END_HEADERS, stream, block(pairs)) + data)
        return stream

    def call(self, path, body, seconds=10, **named):
        """A whole call; its stream once it is over."""
        stream = self.request(fields(path, **named), body)
        self.until(lambda: self.of(stream).over() or self.closed, seconds)
        return self.of(stream)

    def lives(self):
        """Whether this very connection still answers."""
        return self.call(HEALTH, message(b"")).status() == "0" and self.goaway is None

    # ---- what comes --------------------------------------------------------------------------

    def of(self, stream):
        return self.streams.setdefault(stream, Stream())

    def until(self, ready, seconds=10):
        end = time.monotonic() + seconds
        while not ready():
            left = end - time.monotonic()
            if left <= 0 or self.closed:
                return ready()
            self.read(min(left, 0.5))
        return True

    def read(self, seconds):
        """What is there, waiting so long for the first byte."""
        while not self.closed:
            if not self.sock.pending():
                try:
                    ready, _, _ = select.select([self.sock], [], [], seconds)
                except ValueError:
                    return self._lost()
                if not ready:
                    return None
            try:
                data = self.sock.recv(65536)
            except OSError:
                data = b""
            if not data:
                return self._lost()
            self.buffer += data
            self._take_frames()
            seconds = 0
        return None

    def _lost(self):
        if not self.closed:
            self.closed = True
            self.closed_at = time.monotonic()

    def _acknowledge(self):
        while self.acks and self.greeted and self.acks_due > 0 and not self.closed:
            self.acks_due -= 1
            try:
                self.sock.sendall(frame(SETTINGS, ACK))
            except OSError:
                self._lost()

    def _take_frames(self):
        while len(self.buffer) >= HEAD:
            size = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < HEAD + size:
                return
            kind, flags, stream = struct.unpack(">BBI", self.buffer[3:HEAD])
            payload, self.buffer = self.buffer[HEAD:HEAD + size], self.buffer[HEAD + size:]
            self.frames[kind] += 1
            self._note(kind, flags, stream, payload)

    def _note(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.acks_due += 1
            self._acknowledge()
        elif kind == GOAWAY:
            last, error = struct.unpack(">II", payload[:8])
            self.goaway = (error, last, payload[8:])
        elif kind == RST_STREAM:
            self.of(stream).reset = struct.unpack(">I", payload)[0]
        elif kind == HEADERS:
            self.of(stream).headers.update(self.decoder.decode(payload))
        elif kind == DATA:
            self.of(stream).data += payload
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.of(stream).ended = True
