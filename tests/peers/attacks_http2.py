# SPDX-License-Identifier: Apache-2.0
"""Attacks on HTTP/2 and below (design/security.md 4.1). Each is a function of one attacker; it ends
in what the attacked gateway has to do, and raises where it does something else."""
import ssl
import time

import attacks_wire as wire
from attacks_wire import (ACK, CALM, CLOSED, COMPRESSION, CONTINUATION, DATA, END_HEADERS,
                          END_STREAM, FLOW, GOAWAY, HEADERS, HEALTH, PADDED, PING, PREFACE,
                          PRIORITY, PROTOCOL, PUSH_PROMISE, RST_STREAM, SETTINGS, SIZE,
                          TIMEOUT, WINDOW_UPDATE, block, fields, frame, message)
from check import equal, true

WITHIN_S = 10
QUICK, SLOW = [], []  # (name, function); the slow ones wait for timers


def attack(name, slow=False):
    def keep(function):
        (SLOW if slow else QUICK).append((name, function))
        return function
    return keep


def gone(peer, *errors, since=None):
    """The connection was closed in time, after GOAWAY with one of these errors."""
    true(peer.until(lambda: peer.closed, WITHIN_S), "it is not closed")
    took = peer.closed_at - (since or peer.opened_at)
    true(took <= WITHIN_S, f"closed after {took:.1f} s")
    if errors:
        true(peer.goaway is not None, "no GOAWAY")
        true(peer.goaway[0] in errors, f"GOAWAY {peer.goaway}, wanted {errors}")
    peer.close()


def stays(peer):
    true(peer.lives(), f"the connection does not go on: {peer.goaway}")
    peer.close()


def flood(world, error, data, count, before=b""):
    peer = world.peer()
    peer.send(before)
    peer.send(data * count)
    gone(peer, error)


# ---- resets ------------------------------------------------------------------------------------

@attack("rapid reset (CVE-2023-44487)")
def rapid_reset(world):
    peer = world.peer()
    request = block(fields(wire.CAN_ASK))
    peer.send(b"".join(frame(HEADERS, END_HEADERS, i, request)
                       + frame(RST_STREAM, 0, i, b"\0\0\0\x08") for i in range(1, 801, 2)))
    gone(peer, CALM)


@attack("rapid reset of whole requests")
def rapid_reset_whole(world):
    peer = world.peer()
    request = block(fields(wire.CAN_ASK))
    body = frame(DATA, END_STREAM, 0, message(world.good))
    for i in range(1, 801, 2):
        peer.send(frame(HEADERS, END_HEADERS, i, request) + body[:5] + i.to_bytes(4, "big")
                  + body[9:] + frame(RST_STREAM, 0, i, b"\0\0\0\x08"))
    gone(peer, CALM)


def provoke(world, pairs, flags, *errors):
    """MadeYouReset (CVE-2025-8671): the same request until the bucket is empty, or until there are
    more streams than announced, since they all come at once."""
    peer = world.peer()
    peer.send(b"".join(frame(HEADERS, flags, i, block(pairs)) for i in range(1, 401, 2)))
    gone(peer, *errors)


WHOLE = END_HEADERS | END_STREAM


@attack("MadeYouReset by a name in capitals")
def made_you_reset_upper(world):
    provoke(world, fields(more=[("X-Upper", "1")]), WHOLE, PROTOCOL)


@attack("MadeYouReset by content-length")
def made_you_reset_length(world):
    provoke(world, fields(more=[("content-length", "7")]), WHOLE, PROTOCOL)


@attack("MadeYouReset by a window that overflows")
def made_you_reset_window(world):
    peer = world.peer()
    request = block(fields())
    peer.send(b"".join(frame(HEADERS, END_HEADERS, i, request)
                       + frame(WINDOW_UPDATE, 0, i, b"\x7f\xff\xff\xff") for i in range(1, 401, 2)))
    gone(peer, FLOW, PROTOCOL)


@attack("MadeYouReset by answers before the request's end")
def made_you_reset_early(world):
    provoke(world, fields("/none.None/None"), END_HEADERS, CALM, PROTOCOL)


@attack("MadeYouReset by names of nothing (CVE-2019-9516)")
def made_you_reset_empty(world):
    provoke(world, fields(more=[("", "1")]), WHOLE, CALM, PROTOCOL)


@attack("MadeYouReset by too many fields")
def made_you_reset_fields(world):
    provoke(world, fields(more=[("x", "y")] * 64), WHOLE, CALM, PROTOCOL)


@attack("MadeYouReset one by one")
def made_you_reset_slowly(world):
    peer = world.peer()
    for _ in range(150):
        stream = peer.headers(fields(more=[("", "1")]), WHOLE)
        if not peer.until(lambda: peer.of(stream).over() or peer.closed) or peer.closed:
            break
    gone(peer, CALM)


@attack("more streams than announced")
def many_streams(world):
    peer = world.peer()
    request = block(fields())
    peer.send(b"".join(frame(HEADERS, END_HEADERS, i, request) for i in range(1, 300, 2)))
    gone(peer, PROTOCOL, CALM)


# ---- header blocks -----------------------------------------------------------------------------

@attack("HTTP/2 bomb: indexed fields behind a window of 0 (CVE-2026-49975)")
def bomb(world):
    peer = world.peer(settings=b"\0\4\0\0\0\0")
    cookie = b"\x40" + wire.text("cookie") + wire.text("a=" + "b" * 60)
    request = block(fields()) + cookie + b"\xbe" * 16000
    for i in range(200):
        peer.send(frame(HEADERS, 0, 2 * i + 1, request[:16384])
                  + frame(CONTINUATION, END_HEADERS, 2 * i + 1, request[16384:]))
    gone(peer, CALM)


@attack("one bomb ends its own request alone")
def one_bomb(world):
    peer = world.peer()
    crumbs = [("cookie", f"c{i}=1") for i in range(2000)]
    peer.headers(fields(more=crumbs[:400]), END_HEADERS | END_STREAM)
    true(peer.until(lambda: peer.of(1).over()), "the bomb is not refused")
    equal(peer.of(1).reset, wire.INTERNAL)
    stays(peer)


@attack("CONTINUATION flood")
def continuations(world):
    flood(world, CALM, frame(CONTINUATION, 0, 1, b""), 1000,
          frame(HEADERS, 0, 1, block(fields())))


@attack("CONTINUATION flood with fields")
def continuations_full(world):
    flood(world, CALM, frame(CONTINUATION, 0, 1, b"\x90" * 16384), 50,
          frame(HEADERS, 0, 1, block(fields())))


@attack("CONTINUATION flood with the same pseudo-field")
def continuations_malformed(world):
    flood(world, PROTOCOL, frame(CONTINUATION, 0, 1, b"\x82" * 16384), 50,
          frame(HEADERS, 0, 1, b""))


@attack("CONTINUATION of 1 MiB")
def continuation_long(world):
    flood(world, SIZE, frame(CONTINUATION, 0, 1, bytes(1 << 20)), 1, frame(HEADERS, 0, 1, b"\x83"))


@attack("HPACK: index beyond the table")
def hpack_index(world):
    flood(world, COMPRESSION, frame(HEADERS, END_HEADERS, 1, b"\xbe"), 1)


@attack("HPACK: integer padded with zeros (CVE-2023-33953)")
def hpack_integer(world):
    flood(world, COMPRESSION, frame(HEADERS, END_HEADERS, 1, b"\xff" + b"\x80" * 100 + b"\0"), 1)


@attack("HPACK: table larger than announced")
def hpack_table(world):
    flood(world, COMPRESSION, frame(HEADERS, END_HEADERS, 1, b"\x3f\xe2\x1f"), 1)


@attack("HPACK: a table that is emptied and filled by each block")
def hpack_games(world):
    peer = world.peer()
    fill = b"".join(b"\x40" + wire.text(f"x-{i}") + wire.text("v" * 60) for i in range(36))
    for i in range(40):
        peer.frame(HEADERS, END_HEADERS | END_STREAM, peer.take_id(),
                   b"\x20\x3f\xe1\x1f" + block(fields()) + fill)
    true(peer.until(lambda: peer.of(79).over()), "no answer")
    equal(peer.of(79).status(), "12")
    stays(peer)


def refused_fields(world, error, pairs):
    """GOAWAY `error`, or with None a reset of that stream alone."""
    peer = world.peer()
    peer.headers(pairs, END_HEADERS | END_STREAM)
    if error is not None:
        gone(peer, error)
        return
    true(peer.until(lambda: peer.of(1).over()), "not refused")
    equal((peer.of(1).reset, peer.of(1).headers), (PROTOCOL, {}))
    stays(peer)


@attack("bytes that no field may hold")
def bad_bytes(world):
    for name, value in (("x y", "1"), ("", "1"), ("x", "a\r\nb: c"), ("x", "a\0b"), ("x", " a"),
                        ("x\0", "1"), ("x:y", "1"), ("host", "other.example")):
        refused_fields(world, None, fields(more=[(name, value)]))


@attack("fields that no request may have")
def bad_fields(world):
    for name, value in (("X", "1"), ("connection", "close"), ("te", "gzip"), (":late", "1"),
                        ("transfer-encoding", "chunked"), ("upgrade", "h2c"), (":path", "/x"),
                        ("keep-alive", "1"), ("proxy-connection", "close"),
                        ("content-length", "1"), ("content-length", "x")):
        refused_fields(world, PROTOCOL, fields(more=[(name, value)]))


@attack("pseudo-fields twice, missing, unknown, of an answer")
def bad_pseudo(world):
    good = fields()
    for i in range(4):
        refused_fields(world, PROTOCOL, good[:i] + good[i + 1:])
        refused_fields(world, PROTOCOL, good[:i] + [good[i]] + good[i:])
    refused_fields(world, PROTOCOL, [(":status", "200")] + good)
    refused_fields(world, PROTOCOL, [(":protocol", "websocket")] + good)
    for path in ("", "*", "no-slash", "https://localhost/x"):
        refused_fields(world, PROTOCOL, fields(path))


@attack("content-length that is not the body's")
def bad_length(world):
    for length in ("4", "6", "99999999999999999999"):
        peer = world.peer()
        peer.request(fields(more=[("content-length", length)]), message(b""))
        gone(peer, PROTOCOL)


# ---- frames without progress -------------------------------------------------------------------

@attack("PING flood (CVE-2019-9512)")
def pings(world):
    peer = world.peer()
    peer.send(frame(PING, 0, 0, b"12345678") * 20000)
    gone(peer, CALM)
    equal(peer.goaway[2], b"too_many_pings")


@attack("SETTINGS flood (CVE-2019-9515)")
def settings(world):
    flood(world, CALM, frame(SETTINGS), 20000)


@attack("empty DATA flood (CVE-2019-9518)")
def empty_data(world):
    flood(world, CALM, frame(DATA, 0, 1), 20000, frame(HEADERS, END_HEADERS, 1, block(fields())))


@attack("DATA of padding alone")
def padding(world):
    flood(world, CALM, frame(DATA, PADDED, 1, b"\x02\0\0"), 2000,
          frame(HEADERS, END_HEADERS, 1, block(fields())))


@attack("DATA of one byte a frame (CVE-2019-9511)")
def small_data(world):
    flood(world, CALM, frame(DATA, 0, 1, b"x"), 20000,
          frame(HEADERS, END_HEADERS, 1, block(fields(wire.CAN_ASK)))
          + frame(DATA, 0, 1, message(b"", size=60000)))


@attack("PRIORITY flood (CVE-2019-9513)")
def priorities(world):
    flood(world, CALM, frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"), 20000)


@attack("WINDOW_UPDATE flood")
def window_updates(world):
    flood(world, CALM, frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1"), 20000)


@attack("flood of PING answers")
def pongs(world):
    flood(world, CALM, frame(PING, ACK, 0, b"12345678"), 20000)


@attack("GOAWAY flood")
def goaways(world):
    flood(world, CALM, frame(GOAWAY, 0, 0, bytes(8)), 20000,
          frame(HEADERS, END_HEADERS, 1, block(fields())))


@attack("flood of frames that nobody knows")
def unknown_frames(world):
    flood(world, CALM, frame(0xfa, 0xff, 0, bytes(1000)), 2000)


@attack("RST_STREAM flood on one closed stream")
def closed_resets(world):
    peer = world.peer()
    true(peer.lives(), "no answer")
    peer.send(frame(RST_STREAM, 0, 1, b"\0\0\0\x08") * 20000)
    gone(peer, CALM)


@attack("HEADERS flood on one closed stream")
def closed_headers(world):
    peer = world.peer()
    true(peer.lives(), "no answer")
    peer.send(frame(HEADERS, END_HEADERS, 1, block(fields())) * 1000)
    gone(peer, CLOSED)


@attack("HEADERS flood on a stream that was answered early")
def early_headers(world):
    peer = world.peer()
    peer.headers(fields("/none.None/None"))
    true(peer.until(lambda: peer.of(1).over()), "no answer")
    peer.send(frame(HEADERS, END_HEADERS, 1, block(fields())) * 3000)
    gone(peer, CALM, PROTOCOL)


@attack("windows of one byte (CVE-2019-9511)")
def one_byte_windows(world):
    peer = world.peer(settings=b"\0\4\0\0\0\1")
    stream = peer.request(fields(wire.CAN_ASK), message(world.good))
    true(peer.until(lambda: len(peer.of(stream).data) == 1), "no answer")
    peer.send(frame(WINDOW_UPDATE, 0, stream, b"\0\0\0\1") * 2000)
    gone(peer, CALM)


# ---- order and size ----------------------------------------------------------------------------

@attack("frames in the wrong place, of the wrong size")
def misplaced(world):
    for error, data in (
            (PROTOCOL, frame(DATA, 0, 1, b"x")), (PROTOCOL, frame(RST_STREAM, 0, 1, bytes(4))),
            (PROTOCOL, frame(HEADERS, END_HEADERS, 2, block(fields()))),
            (PROTOCOL, frame(HEADERS, END_HEADERS, 0, block(fields()))),
            (PROTOCOL, frame(PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2\x82")),
            (PROTOCOL, frame(WINDOW_UPDATE, 0, 0, bytes(4))),
            (PROTOCOL, frame(CONTINUATION, END_HEADERS, 1, b"\x82")),
            (PROTOCOL, frame(PRIORITY, 0, 0, bytes(5))), (SIZE, frame(PING, 0, 0, bytes(7))),
            (SIZE, frame(SETTINGS, 0, 0, bytes(5))), (SIZE, frame(SETTINGS, ACK, 0, bytes(6))),
            (SIZE, frame(PING, 0, 0, bytes(16385))), (SIZE, frame(0xfa, 0, 0, bytes(16385))),
            (FLOW, frame(SETTINGS, 0, 0, b"\0\4\x80\0\0\0")),
            (PROTOCOL, frame(SETTINGS, 0, 0, b"\0\5\xff\xff\xff\xff")),
            (PROTOCOL, frame(SETTINGS, 0, 0, b"\0\2\0\0\0\2")),
            (CALM, frame(SETTINGS, 0, 0, bytes(6 * 2000)))):
        flood(world, error, data, 1)


@attack("stream identifier that goes down")
def id_down(world):
    peer = world.peer()
    peer.headers(fields(), END_HEADERS | END_STREAM, 9)
    peer.headers(fields(), END_HEADERS | END_STREAM, 5)
    gone(peer, PROTOCOL)


@attack("identifiers used up")
def id_exhaustion(world):
    peer = world.peer()
    peer.headers(fields(), END_HEADERS | END_STREAM, 0x7fffffff)
    true(peer.until(lambda: peer.of(0x7fffffff).over()), "no answer")
    peer.headers(fields(), END_HEADERS | END_STREAM, 0x7ffffffd)
    gone(peer, PROTOCOL)


@attack("malformed frames behind a GOAWAY (CVE-2026-27135)")
def behind_goaway(world):
    peer = world.peer()
    junk = b"".join(frame(HEADERS, END_HEADERS, 2 * i + 1, block(fields()))
                    + frame(SETTINGS, 0, 0, b"12345") + frame(CONTINUATION, 0, 7, b"\xff" * 50)
                    for i in range(100))
    peer.send(frame(PING, 0, 0, b"1234567") + junk)
    gone(peer, SIZE)


# ---- not HTTP/2, not TLS, not ours -------------------------------------------------------------

@attack("HTTP/1.1 text, h2c, garbage inside TLS")
def other_protocols(world):
    for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 b"GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
                 b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n"
                 b"\r\nGET /smuggled HTTP/1.1\r\n\r\n", bytes(range(256)), PREFACE[:-1] + b"X"):
        peer = world.peer(greet=False)
        peer.send(data)
        gone(peer)
        equal(peer.frames[HEADERS], 0)


@attack("a second request smuggled in a body")
def smuggled(world):
    peer = world.peer()
    inner = frame(HEADERS, END_HEADERS | END_STREAM, 9, block(fields()))
    true(peer.call(HEALTH, inner).status() in ("8", "13"), "a message was made of it")
    true(9 not in peer.streams, "a body was read as frames")
    stays(peer)


@attack("no TLS: prior knowledge, HTTP/1.1, garbage")
def no_tls(world):
    for data in (PREFACE + frame(SETTINGS), b"GET / HTTP/1.1\r\n\r\n", bytes(300), b"\xff" * 300):
        sock = wire.dial(world.rig)
        sock.sendall(data)
        while sock.recv(4096):
            pass
        sock.close()


def no_handshake(world, **context):
    """TLS 1.3 lets a client believe in its handshake before the server has judged it."""
    try:
        peer = wire.Peer(world.rig, wire.tls_context(world.rig, **context))
    except (ssl.SSLError, OSError):
        return
    peer.greet()
    gone(peer)
    equal((peer.frames[SETTINGS], peer.goaway), (0, None))


@attack("TLS 1.2, no ALPN, another ALPN, no certificate")
def bad_tls(world):
    no_handshake(world, version=ssl.TLSVersion.TLSv1_2)
    no_handshake(world, alpn=())
    no_handshake(world, alpn=("http/1.1",))
    no_handshake(world, party=None)


@attack("another listener's name: 421")
def wrong_names(world):
    for sni, authority in (("console.example", "localhost"), ("localhost", "console.example"),
                           ("localhost", "localhost.example"), ("localhost", "x@localhost")):
        peer = wire.Peer(world.rig, world.context, sni).greet()
        answer = peer.call(HEALTH, message(b""), authority=authority)
        equal((answer.status(), answer.ended), ("421", True))
        peer.close()


# ---- slow ones ---------------------------------------------------------------------------------

@attack("in small pieces, but in time", slow=True)
def piecewise(world):
    peer = world.peer(greet=False)
    data = (PREFACE + frame(SETTINGS) + frame(HEADERS, END_HEADERS, 1, block(fields()))
            + frame(DATA, END_STREAM, 1, message(b"")))
    for at in range(0, len(data), 16):
        peer.send(data[at:at + 16])
    peer.greets()  # not earlier: an acknowledgement would go into the middle of a frame
    true(peer.until(lambda: peer.of(1).over()), f"no answer: {peer.goaway}")
    equal(peer.of(1).status(), "0")
    peer.next_id = 3
    stays(peer)


@attack("no preface", slow=True)
def slow_preface(world):
    gone(world.peer(greet=False), TIMEOUT)


@attack("a preface of a byte a second", slow=True)
def dribbled_preface(world):
    peer = world.peer(greet=False)
    for at in range(len(PREFACE)):
        peer.send(PREFACE[at:at + 1])
        if peer.until(lambda: peer.closed, 1):
            break
    gone(peer, TIMEOUT)


@attack("SETTINGS that are never acknowledged", slow=True)
def no_settings_ack(world):
    peer = wire.Peer(world.rig, world.context, acks=False)
    peer.send(PREFACE + frame(SETTINGS))
    gone(peer, TIMEOUT)


@attack("a header block that does not end", slow=True)
def slow_block(world):
    peer = world.peer()
    begun = time.monotonic()
    peer.frame(HEADERS, 0, 1, b"\x83")
    gone(peer, CALM, since=begun)


@attack("a header block of a byte a second", slow=True)
def dribbled_block(world):
    peer = world.peer()
    begun = time.monotonic()
    data = frame(HEADERS, END_HEADERS, 1, block(fields()))
    peer.send(data[:wire.HEAD])
    for at in range(wire.HEAD, len(data)):
        peer.send(data[at:at + 1])
        if peer.until(lambda: peer.closed, 1):
            break
    gone(peer, CALM, since=begun)


@attack("a body that stops, and one of a byte a second", slow=True)
def slow_body(world):
    peer = world.peer()
    begun = time.monotonic()
    _, second = peer.headers(fields()), peer.headers(fields())
    peer.frame(DATA, 0, second, message(b"", size=100))
    while not peer.closed and time.monotonic() - begun < WITHIN_S:
        peer.frame(DATA, 0, second, b"\0")
        peer.until(lambda: peer.closed, 1)
    gone(peer, CALM, since=begun)


@attack("handshakes that say nothing, and of a byte a second", slow=True)
def slow_handshakes(world):
    begun = time.monotonic()
    still, slow = wire.dial(world.rig), wire.dial(world.rig)
    slow.settimeout(0.5)
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    for at in range(len(hello)):
        try:
            slow.sendall(hello[at:at + 1])
            if slow.recv(100) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    equal(still.recv(100), b"")
    true(time.monotonic() - begun <= WITHIN_S, "handshakes are not cut in time")
