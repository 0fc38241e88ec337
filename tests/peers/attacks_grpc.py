# SPDX-License-Identifier: Apache-2.0
"""Attacks on gRPC and protobuf (design/security.md 4.2): each request has its defined status, and
its connection goes on."""
import time

import attacks_wire as wire
from attacks_http2 import gone, stays
from attacks_wire import (CAN_ASK, CLOSED, DATA, END_HEADERS, END_STREAM, RST_STREAM, fields,
                          message)
from check import equal, true

QUICK, SLOW = [], []
WATCH = "/grpc.health.v1.Health/Watch"
OK, INVALID, EXHAUSTED, UNIMPLEMENTED, INTERNAL = "0", "3", "8", "12", "13"
# What a call of next to no time may get: its answer, since CanAsk waits for nothing, its deadline,
# or the word that it would not be answered in time.
SHORT = (OK, "4", "14")


def attack(name, slow=False):
    def keep(function):
        (SLOW if slow else QUICK).append((name, function))
        return function
    return keep


def each(world, cases, path=CAN_ASK, **named):
    """(status, body): all on one connection."""
    peer = world.peer()
    for i, (status, body) in enumerate(cases):
        answer = peer.call(path, body, **named)
        equal(answer.status(), status, f"case {i}")
    stays(peer)


def varint(value):
    return wire.integer(value, 7) if value < 127 else long_varint(value)


def long_varint(value, size=None):
    """With `size` as long as that, padded by bytes that say nothing."""
    out = []
    while value >= 128 or (size is not None and len(out) + 1 < size):
        out.append(value % 128 | 128)
        value //= 128
    return bytes(out + [value])


def field(number, body):
    """A length-delimited field."""
    return long_varint(number << 3 | 2) + long_varint(len(body)) + body


# ---- framing -----------------------------------------------------------------------------------

@attack("length prefixes over the limit, of 4 GiB, beyond what comes")
def prefixes(world):
    each(world, [(EXHAUSTED, message(b"x", size=65537)), (EXHAUSTED, message(b"", size=2**32 - 1)),
                 (EXHAUSTED, message(b"", size=10**8)), (INTERNAL, message(b"xy", size=3)),
                 (INTERNAL, b"\0\0\0"), (INTERNAL, message(world.good) + b"\0")])


@attack("length prefix split over frames, and refused before its message")
def split_prefix(world):
    peer = world.peer()
    stream = peer.headers(fields(CAN_ASK))
    for byte in b"\0\xff\xff\xff\xff":
        peer.frame(DATA, 0, stream, bytes([byte]))
    true(peer.until(lambda: peer.of(stream).over()), "4 GiB are waited for")
    equal(peer.of(stream).status(), EXHAUSTED)
    stays(peer)


@attack("compressed messages")
def compressed(world):
    each(world, [(INTERNAL, message(world.good, flag=1)), (INTERNAL, message(b"", flag=255))])
    each(world, [(UNIMPLEMENTED, message(world.good, flag=1))], more=[("grpc-encoding", "gzip")])
    each(world, [(INTERNAL, message(world.good, flag=1)), (OK, message(world.good))],
         more=[("grpc-encoding", "identity")])


@attack("two messages, none, ten thousand")
def counts(world):
    each(world, [(UNIMPLEMENTED, message(world.good) * 2), (UNIMPLEMENTED, b""),
                 (UNIMPLEMENTED, message(b"") * 10000)])


@attack("grpc-timeout in every wrong form")
def timeouts(world):
    peer = world.peer()
    for value in ("", "S", "1", "-1S", "+1S", "1s", "1 S", "1.5S", "0x1S", "123456789S", "1h",
                  "99999999999999999999S", "S1", "1SS"):
        answer = peer.call(CAN_ASK, message(world.good), more=[("grpc-timeout", value)])
        equal(answer.status(), INVALID, value)
    for value in ("99999999H", "10S", "99999999m"):
        answer = peer.call(CAN_ASK, message(world.good), more=[("grpc-timeout", value)])
        equal(answer.status(), OK, value)
    answer = peer.call(CAN_ASK, message(world.good), more=[("grpc-timeout", "0n")])
    true(answer.status() in SHORT, answer.status())
    stays(peer)


@attack("storm of deadlines of 1 ms")
def deadline_storm(world):
    peer = world.peer()
    for _ in range(10):
        streams = [peer.request(fields(CAN_ASK, more=[("grpc-timeout", "1m")]),
                                message(world.good)) for _ in range(50)]
        true(peer.until(lambda: all(peer.of(s).over() for s in streams)), "a call without an end")
        true(all(peer.of(s).status() in SHORT for s in streams), "another status")
    stays(peer)


@attack("metadata out of range, and not base64")
def metadata(world):
    for name, value in (("x-data-bin", "not base64 !"), ("grpc-tags-bin", "=AAA"),
                        ("x-data-bin", ""), ("x-note", b"\xc3\xa4\xff"), ("grpc-unknown", "1"),
                        ("traceparent", "0" * 8000), ("x-long", "v" * 12000)):
        each(world, [(OK, message(world.good))], more=[(name, value)])


@attack("content types, methods, paths that are not gRPC's")
def not_grpc(world):
    for kind in ("", "text/html", "application/grp", "application/grpc-web", "APPLICATION/GRPC"):
        each(world, [("415", message(world.good))], kind=kind)
    for method in ("GET", "PUT", "OPTIONS", "post"):
        each(world, [("405", message(world.good))], method=method)
    for path in ("/", "//", "/lockgate.v1.Disclosures", CAN_ASK + "/", CAN_ASK + "?x=1",
                 CAN_ASK.lower(), "/lockgate.v1.Disclosures/..%2fAsk", "/" + "a" * 4000):
        each(world, [(UNIMPLEMENTED, message(world.good))], path=path)


@attack("the methods of agencies and of the key service at the gateway")
def foreign_methods(world):
    for path in ("/lockgate.v1.Source/Fetch", "/lockgate.v1.Keys/Evaluate"):
        each(world, [(UNIMPLEMENTED, message(b""))], path=path)


# ---- half-closed and cancelled -----------------------------------------------------------------

@attack("cancelled at each state")
def cancels(world):
    peer = world.peer()
    body = message(world.good)
    for cut in (0, 3, 5, len(body) // 2, len(body)):
        for _ in range(20):
            stream = peer.headers(fields(CAN_ASK))
            peer.frame(DATA, 0, stream, body[:cut])
            peer.frame(RST_STREAM, 0, stream, b"\0\0\0\x08")
    for _ in range(20):
        stream = peer.request(fields(CAN_ASK), body)
        peer.frame(RST_STREAM, 0, stream, b"\0\0\0\x08")
    stays(peer)


@attack("half-close games")
def half_close(world):
    peer = world.peer()
    stream = peer.headers(fields(CAN_ASK), END_HEADERS | END_STREAM)
    true(peer.until(lambda: peer.of(stream).over()), "no answer")
    equal(peer.of(stream).status(), UNIMPLEMENTED)
    stream = peer.headers(fields(CAN_ASK))
    peer.frame(DATA, 0, stream, message(world.good))
    peer.headers([("x-trailer", "1")], END_HEADERS | END_STREAM, stream)
    true(peer.until(lambda: peer.of(stream).over()), "no answer to trailers")
    equal(peer.of(stream).status(), OK)
    peer.close()
    # An agency without watchers: a Watch over the limit of its agency is over at once, and what
    # comes after a stream that both sides ended closes nothing (RFC 9113, 5.1, "closed").
    peer = wire.Peer(world.rig, wire.tls_context(world.rig, "housing")).greet()
    stream = peer.headers(fields(WATCH), END_HEADERS)
    peer.frame(DATA, END_STREAM, stream, message(b""))
    time.sleep(1)
    peer.frame(DATA, 0, stream, b"x")
    gone(peer, CLOSED)


@attack("hundred watchers that never leave")
def watchers(world):
    peer = world.peer()
    streams = [peer.request(fields(WATCH), message(b"")) for _ in range(99)]
    true(peer.until(lambda: all(peer.of(s).data or peer.of(s).over() for s in streams)),
         "no state")
    true(any(peer.of(s).status() == EXHAUSTED for s in streams), "watchers without a limit")
    other = wire.Peer(world.rig, wire.tls_context(world.rig, "housing")).greet()
    stream = other.request(fields(WATCH), message(b""))
    true(other.until(lambda: other.of(stream).data), "one agency's watchers keep others out")
    other.close()
    stays(peer)


@attack("a client stream of junk, and one that says nothing")
def streams(world):
    peer = world.peer()
    junk = peer.headers(fields("/lockgate.v1.Subjects/Enrol"))
    still = peer.headers(fields("/lockgate.v1.Subjects/Enrol"))
    for _ in range(20):
        peer.frame(DATA, 0, junk, message(b"\xff" * 100))
    true(peer.until(lambda: peer.of(junk).over()), "junk is taken without end")
    true(peer.of(junk).status() in (INVALID, "7"), peer.of(junk).status())
    peer.frame(RST_STREAM, 0, still, b"\0\0\0\x08")
    stays(peer)


# ---- protobuf ----------------------------------------------------------------------------------

@attack("a request cut at each byte")
def truncated(world):
    peer = world.peer()
    for size in range(len(world.good)):
        answer = peer.call(CAN_ASK, message(world.good[:size]))
        true(answer.status() in (OK, INVALID), f"{size} bytes: {answer.status()}")
    stays(peer)


@attack("each byte of a request changed")
def changed(world):
    peer = world.peer()
    for at in range(len(world.good)):
        for mask in (0x01, 0x80, 0xff):
            body = bytearray(world.good)
            body[at] ^= mask
            answer = peer.call(CAN_ASK, message(bytes(body)))
            true(answer.status() in (OK, INVALID, "5", "7", "9"), f"{at}: {answer.status()}")
    stays(peer)


@attack("nesting, groups, field numbers, wire types that lie")
def shapes(world):
    nested = b""
    for _ in range(2000):
        nested = field(1, nested)
    bodies = [nested, b"\x0b" * 30000, b"\x0b\x0c" * 10000, b"\x0c", b"\x00\x01", b"\x02\x00",
              long_varint(1 << 32 | 2) + b"\0", b"\xff" * 11, b"\x80" * 65536, b"\x0d\0\0\0\0",
              b"\x09" + bytes(8), b"\x0f\x01", b"\x0a" + long_varint(2**63),
              b"\x0a\xff\xff\xff\x7f", long_varint(0x0a, 6) + b"\0",
              b"\x0a" + long_varint(1, 11) + b"x"]
    each(world, [(INVALID, message(body)) for body in bodies])


@attack("floods of elements: empty texts, empty messages, zeros")
def elements(world):
    each(world, [(INVALID, message(field(4, b"") * 32000)),
                 (INVALID, message(field(1, b"") * 32000)),
                 (INVALID, message(world.good + field(4, b"x.y") * 10000)),
                 (INVALID, message(field(4, bytes(60000)))),
                 (INVALID, message(b"\x28\x00" * 32000))])


@attack("what comes twice, what nobody knows")
def strict(world):
    good = world.good
    each(world, [(INVALID, message(good + good)), (INVALID, message(good + b"\xf8\x7f\x01")),
                 (INVALID, message(good + field(200, b"x"))),
                 (INVALID, message(good + b"\x10\xff\x7f"))])


@attack("two members of a oneof")
def oneofs(world):
    pb = world.w.pb
    common = pb["common"]
    one = common.PersonRef(handle=b"h" * 88).SerializeToString()
    two = common.PersonRef(pseudonym="p").SerializeToString()
    ask = pb["disclosures"].AskRequest(request_id=bytes(16), age_class=1,
                                       ground=world.w.ground("police")).SerializeToString()
    each(world, [(INVALID, message(ask + field(2, one + two)))],
         path="/lockgate.v1.Disclosures/Ask")


@attack("text that is not plain UTF-8")
def texts(world):
    common = world.w.pb["common"]
    for text in (b"\xff", b"a\0b", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\x1b[2J",
                 "a\u202eb".encode(), "a\u200bb".encode(), b"a\nb", b"x" * 5000):
        ground = common.Ground(purpose="x").SerializeToString() + field(4, text)
        each(world, [(INVALID, message(field(1, text))), (INVALID, message(field(2, ground)))])
