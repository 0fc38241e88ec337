# SPDX-License-Identifier: Apache-2.0
"""What held attacks cost the gateway in memory: a gateway that was just started, and has answered a
first call, is held by so many connections in the same state; the growth of its anonymous resident
memory (RssAnon, the largest value while they hold) is divided by their number. What the first of
them makes it allocate once, its pools, is in there; an honest agency is answered meanwhile."""
import time

import attacks_wire as wire
from attacks_wire import (CAN_ASK, CONTINUATION, DATA, END_HEADERS, HEADERS, PREFACE, SETTINGS,
                          WINDOW_UPDATE, block, fields, frame, message)
from check import true

PEERS, HANDSHAKES, STREAMS = 8, 32, 99
HOLD_S = 0.4
# Handshakes of one address are bounded: the honest agency has another.
ELSEWHERE = "127.0.0.2"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
FILE = message(b"\x22\x17lockgate.v1.Disclosures")
HELD = []  # (name, number, function of the field that gives what is to be closed)


def held(name, number=PEERS):
    def keep(function):
        HELD.append((name, number, function))
        return function
    return keep


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


def answered(world):
    honest = wire.Peer(world.rig, wire.tls_context(world.rig, "housing")).greet()
    true(honest.lives(), "an honest agency is not answered")
    honest.close()


def measure_one(world, number, hold):
    before = resident(world.pid)
    holders = [hold(world) for _ in range(number)]
    most, end = before, time.monotonic() + HOLD_S
    while time.monotonic() < end:
        most = max(most, resident(world.pid))
        time.sleep(0.02)
    answered(world)
    for holder in holders:
        holder.close()
    return (most - before) // number


def measure(world):
    """[(name, bytes a connection)]; `world` is a field whose gateway may be started anew."""
    costs = []
    for name, number, hold in HELD:
        world.start_anew()
        answered(world)
        costs.append((name, measure_one(world, number, hold)))
    return costs


@held("TCP connections without a handshake", HANDSHAKES)
def handshake(world):
    return wire.dial(world.rig, ELSEWHERE)


@held("handshakes half done", HANDSHAKES)
def half_handshake(world):
    sock = wire.dial(world.rig, ELSEWHERE)
    sock.sendall(b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03" + bytes(12000))
    return sock


@held("connections without a preface")
def no_preface(world):
    return world.peer(greet=False)


@held("idle connections")
def idle(world):
    return world.peer()


@held("header blocks of 64 KiB that do not end")
def open_block(world):
    peer = world.peer()
    data = block(fields()) + b"\0\x01x" + wire.integer(1 << 16, 7) + b"v" * (1 << 16)
    peer.send(frame(HEADERS, 0, 1, data[:16384])
              + b"".join(frame(CONTINUATION, 0, 1, data[at:at + 16384])
                         for at in range(16384, 65536, 16384)))
    return peer


@held("tables of headers that are full")
def table(world):
    peer = world.peer()
    fill = b"".join(b"\x40" + wire.text(f"x-{i}") + wire.text("") for i in range(50))
    for _ in range(4):
        peer.frame(HEADERS, END_HEADERS, peer.take_id(), block(fields()) + fill)
    return peer


def bodies(world, path, body):
    peer = world.peer()
    head = block(fields(path))
    for _ in range(STREAMS):
        stream = peer.take_id()
        peer.send(frame(HEADERS, END_HEADERS, stream, head)
                  + b"".join(frame(DATA, 0, stream, body[at:at + 16384])
                             for at in range(0, len(body), 16384)))
    peer.until(lambda: False, 0.1)
    return peer


@held("bodies that stop just before their end")
def stopped_bodies(world):
    return bodies(world, CAN_ASK, message(bytes(65535), size=65536))


@held("whole messages without the end of their stream")
def unended_bodies(world):
    return bodies(world, CAN_ASK, message(bytes(65536)))


@held("bodies just over the half of a buffer")
def half_bodies(world):
    return bodies(world, CAN_ASK, message(bytes(32769), size=65536))


@held("client streams whose message stops")
def stopped_streams(world):
    return bodies(world, "/lockgate.v1.Subjects/Enrol", message(bytes(60000), size=65536))


@held("answers behind a window of 0")
def closed_window(world):
    peer = world.peer(settings=b"\0\4\0\0\0\0")
    for _ in range(STREAMS):
        peer.request(fields(CAN_ASK), message(world.good))
    peer.until(lambda: False, 0.1)
    return peer


@held("large answers behind a window of 0")
def closed_window_large(world):
    peer = world.peer(settings=b"\0\4\0\0\0\0")
    for _ in range(STREAMS):
        stream = peer.headers(fields(REFLECTION))
        peer.frame(DATA, 0, stream, FILE * 10)
    peer.until(lambda: False, 0.1)
    return peer


@held("large answers that nobody reads from the socket")
def unread(world):
    peer = world.peer(greet=False)
    peer.sock.sendall(PREFACE + frame(SETTINGS, 0, 0, b"\0\4\x7f\xff\xff\xff") + frame(SETTINGS, 1)
                      + frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\0\0"))
    head = block(fields(REFLECTION))
    for i in range(STREAMS):
        peer.sock.sendall(frame(HEADERS, END_HEADERS, 2 * i + 1, head)
                          + frame(DATA, 0, 2 * i + 1, FILE * 10))
    return peer
