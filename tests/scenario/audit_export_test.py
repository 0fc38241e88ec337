# SPDX-License-Identifier: Apache-2.0
"""Audit.Export: the own side of the log as a stream, each entry proved under one checkpoint; the
look is an entry before the first message; who is stopped gets no further page, who goes away ends
it, an erasure meanwhile changes nothing else, and an agency has so many at once."""
import sys

import grpc
import transparency
import world as worlds
from check import equal, true
from erasing import decide, propose

CALLER, TRUST, OTHER = "childrens-care", "mh-trust", "housing"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
ACCESS, COMPLAINT, CASE = 1, 2, 3
REQUESTER, SOURCE = 1, 2
ASK, RELEASE, DENIAL, SEARCH = 1, 2, 4, 5
PAGE, MOST_AT_ONCE = 64, 2
HELD = 2 << 20  # bytes that stream, connection and reader hold together, and more


def export(w, party, system="officer", ground=None, seconds=30, **words):
    words.setdefault("reason", COMPLAINT)
    request = w.pb["audit"].ExportRequest(ground=ground or w.ground(party, **CHILD), **words)
    return w.stub("audit", party, system).Export(request, timeout=seconds)


def searched(w, party, **words):
    """Whatever Search finds, page by page."""
    hits, cursor = [], b""
    while True:
        reply = w.call("audit", "Search", party, w.pb["audit"].AuditSearchRequest(
            ground=w.ground(party, **CHILD), most=1000, cursor=cursor, **words), system="officer")
        hits.extend(reply.hits)
        cursor = reply.cursor
        if not cursor:
            return hits


def read(w, stream):
    """First message and hits; each entry leads to the checkpoint of the first."""
    first, hits = None, []
    for message in stream:
        if first is None:
            true(message.HasField("begin") and not message.HasField("entry"), message)
            first = message.begin
            continue
        true(not message.HasField("begin"), "begun twice")
        entry = transparency.receipt_check(message.entry, first.checkpoint.note, w.rig.vkey)
        hit = message.hit
        equal((hit.index, hit.outcome), (message.entry.index, entry.decision))
        if message.entry.detail:
            equal(hit.side, REQUESTER)
            equal(transparency.detail_read(entry, message.entry.detail).question, hit.question_id)
        hits.append(hit)
    return first, hits


def refused(w, code, *words, **more):
    try:
        read(w, export(w, *words, **more))
    except grpc.RpcError as error:
        equal(error.code(), code, error.details())
        return error.details()
    raise AssertionError(f"{words} {more} was answered")


def plain(hits):
    return {hit.index: hit.SerializeToString() for hit in hits}


def is_what_search_finds(w, refs):
    """The same entries, newest first, and the look itself is the log's next."""
    w.ask(CALLER, refs["known"], sources=["police", TRUST], **CHILD)
    size = w.checkpoint()[0]
    first, hits = read(w, export(w, CALLER))
    entry = transparency.receipt_check(first.search_receipt, first.search_checkpoint.note,
                                       w.rig.vkey)
    equal((first.search_receipt.index, entry.kind, entry.reason), (size, "SEARCH", "COMPLAINT"))
    equal((first.verdict.decision, first.covered_size), (1, size))
    indices = [hit.index for hit in hits]
    equal(indices, sorted(indices, reverse=True))
    equal(plain(hits), {index: text for index, text in plain(searched(w, CALLER)).items()
                        if index < size})
    for words in ({"kind": RELEASE}, {"agency": "police"}, {"side": REQUESTER, "kind": ASK},
                  {"person": refs["known"]}, {"person": refs["unknown"]}, {"from_ms": 1 << 45}):
        _, some = read(w, export(w, CALLER, **words))
        narrowed = {**words, **({"reason": COMPLAINT} if "person" in words else {})}
        equal(plain(some), plain(searched(w, CALLER, **narrowed)), words)
    return hits


def is_the_own_side(w, refs):
    """A source its own leaf, without what it does not show; who was not asked nothing."""
    _, police = read(w, export(w, "police", kind=RELEASE))
    equal([(hit.side, hit.source, hit.requester) for hit in police], [(SOURCE, "police", "")])
    equal(read(w, export(w, TRUST, person=refs["known"]))[1], [])
    equal(read(w, export(w, OTHER, kind=RELEASE))[1], [])


def looks(w, count, at_once=32):
    """So many entries more."""
    request = w.pb["audit"].AuditSearchRequest(ground=w.ground(CALLER, **CHILD), most=1)
    search = w.stub("audit", CALLER, "officer").Search
    for start in range(0, count, at_once):
        under_way = [search.future(request, timeout=30)
                     for _ in range(min(at_once, count - start))]
        for each in under_way:
            each.result()


def many(w):
    """More than a page, over ranges that begin and end anywhere."""
    looks(w, 3 * PAGE)
    _, hits = read(w, export(w, CALLER))
    true(len(hits) > 3 * PAGE, len(hits))
    equal(len({hit.index for hit in hits}), len(hits))
    indices = [hit.index for hit in hits]
    for low, high in ((0, 1), (indices[-1], indices[0]), (indices[PAGE], indices[PAGE - 1]),
                      (indices[2 * PAGE], 0), (indices[0], 0), (1 << 40, 0)):
        _, some = read(w, export(w, CALLER, from_index=low, to_index=high))
        wanted = [index for index in indices if low <= index and (high == 0 or index < high)]
        equal([hit.index for hit in some if hit.index <= indices[0]], wanted, (low, high))


def requests_are_checked(w, refs):
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    size = w.checkpoint()[0]
    true("reason" in refused(w, invalid, CALLER, reason=0), "no reason")
    true("from_index" in refused(w, invalid, CALLER, from_index=5, to_index=5), "no range")
    true("question_id" in refused(w, invalid, CALLER, question_id=b"short"), "no id")
    true("from_ms" in refused(w, invalid, CALLER, from_ms=5, to_ms=5), "no time")
    refused(w, grpc.StatusCode.PERMISSION_DENIED, CALLER, system="cases")
    equal(w.checkpoint()[0], size, "what was refused is in the log")
    stream = list(export(w, CALLER, ground=w.ground(CALLER, purpose="crime-prevention",
                                                    basis="children-act")))
    equal((len(stream), stream[0].begin.verdict.decision), (1, 3))
    begin = stream[0].begin
    entry = transparency.receipt_check(begin.search_receipt, begin.search_checkpoint.note,
                                       w.rig.vkey)
    equal((entry.kind, entry.flags), ("DENIAL", 0))


def slow(w, party):
    """A channel of its own that takes no more ahead than its first window."""
    return grpc.secure_channel(
        f"localhost:{w.rig.gateway_port}", w.rig.credentials(party, "officer"),
        options=[("grpc.use_local_subchannel_pool", 1), ("grpc.http2.bdp_probe", 0),
                 ("grpc.http2.lookahead_bytes", 65536)])


def held_stream(w, party):
    """One that stands still, after its first message."""
    request = w.pb["audit"].ExportRequest(ground=w.ground(party, **CHILD), reason=COMPLAINT)
    stream = w.rpc["audit"].AuditStub(slow(w, party)).Export(request, timeout=60)
    next(stream)
    return stream


def has_so_many_at_once(w):
    """Streams that nobody reads, of more than is held for them; another agency's begins, and an
    ended one makes room."""
    looks(w, HELD // 800)
    held = [held_stream(w, CALLER) for _ in range(MOST_AT_ONCE)]
    busy = grpc.StatusCode.RESOURCE_EXHAUSTED
    true("export" in refused(w, busy, CALLER), "a third")
    true(read(w, export(w, "police"))[1], "of another agency")
    held[0].cancel()
    for _ in range(200):
        try:
            read(w, export(w, CALLER, to_index=5))
            break
        except grpc.RpcError as error:
            equal(error.code(), busy)
    else:
        raise AssertionError("a cancelled export kept its place")
    return held[1]


def goes_on_after_an_erasure(w, stream, tokens):
    """What waits is read anew once anything was destroyed: each entry comes once, none is left
    out."""
    wanted = [hit.index for hit in searched(w, CALLER)]
    decide(w, propose(w, tokens))
    # The first message was taken before.
    indices = [message.entry.index for message in stream]
    equal(indices, sorted(set(indices), reverse=True))
    equal(indices, sorted((index for index in wanted if index <= indices[0]), reverse=True))


def stopped(w):
    """Of a stream that stands still: what it held may come, and then no further page."""
    stream = held_stream(w, CALLER)
    access = w.pb["access"]
    words = {"actor": w.pb["common"].Actor(user_id="ig-9", role=worlds.ROLES[CALLER][0]),
             "reason": "Exports what no case is about."}
    scope = access.AccessScope(agency=CALLER, user_id="user-1")
    w.call("access", "Stop", CALLER, access.StopAccessRequest(scope=scope, **words),
           system="officer")
    seen = 0
    try:
        for _ in stream:
            seen += 1
    except grpc.RpcError as error:
        equal(error.code(), grpc.StatusCode.PERMISSION_DENIED, error.details())
        return seen
    raise AssertionError(f"it went on to its end: {seen} messages")


def test():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        tokens = w.blind(people)
        w.enrol("police", people[:1], tokens[:1], worlds.basic_records("police"))
        w.enrol(TRUST, people[1:], tokens[1:])
        stranger = w.blind(worlds.people(3))[2]
        refs = {"known": w.person_ref(tokens[0]), "unknown": w.person_ref(stranger)}
        is_what_search_finds(w, refs)
        is_the_own_side(w, refs)
        requests_are_checked(w, refs)
        many(w)
        goes_on_after_an_erasure(w, has_so_many_at_once(w), tokens[0])
        stopped(w)


if __name__ == "__main__":
    sys.exit(worlds.run(test))
