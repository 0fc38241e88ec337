# SPDX-License-Identifier: Apache-2.0
"""A person erased while everybody asks about everybody. Every receipt and every tree that was seen
is proved as before; what the log sealed about the person opens no more, of others it does; and no
backup, of the keys alone or of the whole store, brings anything back. Two people are needed, and a
hold is refused with the Article."""
import shutil
import signal
import sys
import threading

import grpc

import journal as journals
import transparency as tlog
import world as worlds
from check import equal, true
from erasing import CARE, HOST, PERMIT, REFUSE, about, decide, explained, listed, propose

SOURCES = ["police", "housing"]
ASKERS = 3
GONE, KEPT, HELD = 0, 1, 2  # whose tokens
IDENTIFIER = 1  # the class of such a token


class Seen:
    """What was handed out: leaves by index, roots by size, and whose each part is."""

    def __init__(self, w):
        self.w = w
        self.lock = threading.Lock()
        self.leaves, self.roots, self.whose, self.faults = {}, {}, {}, []

    def note(self, reply, whose):
        size, root = tlog.checkpoint_open(reply.checkpoint.note, self.w.rig.vkey)
        for part in reply.parts:
            tlog.receipt_check(part.receipt, reply.checkpoint.note, self.w.rig.vkey)
        with self.lock:
            self.roots[size] = root
            for part in reply.parts:
                self.leaves[part.receipt.index] = part.receipt.leaf
                self.whose[part.receipt.index] = whose

    def of(self, whose):
        with self.lock:
            return sorted(index for index, own in self.whose.items() if own == whose)


def load(w, seen, tokens, over):
    turn = 0
    while not over.is_set():
        whose = turn % len(tokens)
        turn += 1
        try:
            seen.note(w.ask(CARE, w.person_ref(tokens[whose]), sources=SOURCES), whose)
        except grpc.RpcError as error:
            # A question that the erasure overtook is granted anew, or has to be asked again.
            if error.code() not in (grpc.StatusCode.ABORTED, grpc.StatusCode.UNAVAILABLE):
                seen.faults.append(f"{error.code()}: {error.details()}")
        except tlog.Wrong as error:
            seen.faults.append(str(error))


def refused(work, code, words=""):
    try:
        work()
    except grpc.RpcError as error:
        equal(error.code(), code, error.details())
        true(words in error.details(), error.details())
        return
    raise AssertionError(f"not refused with {code}")


def who_may(w, tokens):
    """One alone does not; nor an officer of another agency; nor a case system."""
    proposal = propose(w, tokens[KEPT], party=HOST, user="ig-2")
    refused(lambda: decide(w, proposal, user="IG-2"), grpc.StatusCode.PERMISSION_DENIED, "another")
    refused(lambda: decide(w, proposal, party=CARE), grpc.StatusCode.PERMISSION_DENIED, "host")
    refused(lambda: decide(w, proposal + 1), grpc.StatusCode.NOT_FOUND)
    request = w.pb["erasures"].ListErasuresRequest(actor=w.pb["common"].Actor(
        user_id="user-1", role="social-worker"))
    refused(lambda: w.call("erasures", "List", CARE, request), grpc.StatusCode.PERMISSION_DENIED)
    equal(listed(w), [(1, proposal, HOST)])
    equal(listed(w, CARE), [])
    decide(w, proposal, user="ig-3", refused=True)
    equal(listed(w), [])
    refused(lambda: decide(w, proposal, user="ig-3"), grpc.StatusCode.NOT_FOUND)
    stranger = w.blind(worlds.people(9))[8]
    for method in ("Propose", "Hold"):
        reply = about(w, method, CARE, stranger)
        equal((reply.verdict.decision, reply.verdict.code), (REFUSE, "NOT_ENOUGH_TO_DECIDE"))


def a_hold(w, tokens):
    """Refused with Article 17(3), before it is proposed and after; until it is let go."""
    earlier = propose(w, tokens[HELD])
    reply = about(w, "Hold", "police", tokens[HELD], user="ig-9")
    equal(reply.verdict.decision, PERMIT, reply.verdict.code)
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("ERASURE", "HOLD_PLACED"))
    hold = reply.receipt.index
    equal(sorted(listed(w)), [(1, earlier, CARE), (3, hold, "police")])
    equal(listed(w, "police"), [(3, hold, "police")])
    refused(lambda: decide(w, earlier), grpc.StatusCode.FAILED_PRECONDITION, "Article 17(3)")
    # That somebody holds them is told to nobody else who proposes.
    reply = about(w, "Propose", CARE, tokens[HELD])
    equal(reply.verdict.decision, PERMIT, reply.verdict.code)
    earlier = reply.proposal
    equal(listed(w, CARE), [(1, earlier, CARE)])
    refused(lambda: decide(w, earlier), grpc.StatusCode.FAILED_PRECONDITION, "Article 17(3)")
    reply = about(w, "Propose", "police", tokens[HELD])
    equal((reply.verdict.decision, reply.verdict.code, reply.proposal), (REFUSE, "LEGAL_HOLD", 0))
    true("Article 17(3)" in reply.verdict.sentence, reply.verdict.sentence)
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("DENIAL", "LEGAL_HOLD"))
    a_quarter_of_the_held(w)
    about(w, "Hold", CARE, tokens[HELD], lifted=True)  # none of theirs
    refused(lambda: decide(w, earlier), grpc.StatusCode.FAILED_PRECONDITION, "Article 17(3)")
    about(w, "Hold", "police", tokens[HELD], user="ig-8", lifted=True)
    decide(w, earlier, refused=True)


def a_merge(w, person, tokens):
    """Somebody is merged into the person between the proposal and the decision."""
    named = [token for token in tokens if token.token_class != IDENTIFIER]
    numbered = [token for token in tokens if token.token_class == IDENTIFIER]
    w.enrol("housing", [person], [named], worlds.basic_records("housing"))
    w.enrol("police", [person], [numbered], worlds.basic_records("police"))
    proposal = propose(w, named)
    w.enrol("police", [person], [tokens], worlds.basic_records("police"))
    refused(lambda: decide(w, proposal), grpc.StatusCode.FAILED_PRECONDITION,
            "more people than it was asked for")
    equal(listed(w), [(1, proposal, CARE)])
    other = propose(w, tokens, party="police")
    equal(sorted(listed(w)), [(1, proposal, CARE), (1, other, "police")])
    decide(w, proposal, refused=True)
    equal(listed(w), [(1, other, "police")])
    equal(w.find(CARE, tokens).band, 1)
    decide(w, other)
    equal(w.find(CARE, tokens).band, 2)
    equal(listed(w), [])


def expiry(w, quarter, user="ig-1"):
    return w.call("erasures", "ProposeExpiry", HOST, w.pb["erasures"].ProposeExpiryRequest(
        actor=w.pb["common"].Actor(user_id=user, role=worlds.ROLES[HOST][0]), quarter=quarter,
        reason="Six years are over."), system="officer")


def a_quarter_of_the_held(w):
    """Whom a quarter's entries are about is not known: it does not end while anybody is held."""
    proposal = expiry(w, "2018-Q4").proposal
    refused(lambda: decide(w, proposal), grpc.StatusCode.FAILED_PRECONDITION, "Article 17(3)")
    decide(w, proposal, refused=True)


def quarters(w):
    """Not before six years are over; then by two people."""
    def ask(quarter):
        return expiry(w, quarter)
    refused(lambda: ask("2026-Q1"), grpc.StatusCode.FAILED_PRECONDITION, "six years")
    for wrong in ("2019-Q5", "2019-q1"):
        refused(lambda quarter=wrong: ask(quarter), grpc.StatusCode.INVALID_ARGUMENT, "2019-Q1")
    proposal = ask("2019-Q1").proposal
    equal(listed(w), [(2, proposal, HOST)])
    decide(w, proposal)
    equal(listed(w), [])
    refused(lambda: ask("2019-Q1"), grpc.StatusCode.FAILED_PRECONDITION, "destroyed already")


def proofs_check(w, seen):
    """Every entry of the log, and every tree that anybody was shown."""
    size, root = w.checkpoint()
    for index in range(size):
        proof = w.call("audit", "Prove", CARE, w.pb["audit"].ProveRequest(index=index, size=size))
        equal(tlog.root_from_inclusion(index, size, proof.leaf_hash, proof.path), root)
        if index in seen.leaves:
            equal(proof.leaf_hash, tlog.leaf_hash(seen.leaves[index]), f"leaf {index}")
    for older, own in seen.roots.items():
        proof = w.call("audit", "Consistency", CARE, w.pb["audit"].ConsistencyRequest(
            from_size=older, to_size=size))
        tlog.consistency_check(older, own, size, root, proof.path)
    return size


def shut(w, seen, before, tokens):
    """The person's parts open no more, another's do; the person is nobody whom the index knows."""
    for index in before[::max(1, len(before) // 6)]:
        equal(explained(w, index), "ERASED", f"entry {index}")
    for index in seen.of(KEPT)[:3]:
        equal(explained(w, index), PERMIT, f"entry {index}")
    equal(w.find(CARE, tokens[GONE]).band, 2)  # not enough to decide
    equal(w.find(CARE, tokens[KEPT]).band, 1)


def during_load(w, seen, tokens):
    over = threading.Event()
    threads = [threading.Thread(target=load, args=(w, seen, tokens, over)) for _ in range(ASKERS)]
    for thread in threads:
        thread.start()
    try:
        true(worlds.wait_until(lambda: len(seen.of(GONE)) >= 12, 30), "no answers")
        proposal = propose(w, tokens[GONE])
        before = seen.of(GONE)
        equal(explained(w, before[0]), PERMIT)
        reply = decide(w, proposal)
        after = reply.receipt.index
        count = len(seen.leaves)
        true(worlds.wait_until(lambda: len(seen.leaves) >= count + 24, 30), "no answers any more")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    equal(seen.faults, [])
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("ERASURE", "KEYS_DESTROYED"))
    true(any(index > after for index in seen.of(GONE)), "nobody asked after it")
    return before


def backups(w, seen, before, tokens, store, copies):
    """Of the keys alone, and of all the store holds; each brings back nothing but work."""
    for names in (["keys.db"], ["keys.db", "lockgate.db"]):
        w.rig.stop("gateway")
        for name in names:
            for old in store.glob(f"{name}*"):
                old.unlink()
            shutil.copy(copies / name, store / name)
        log = w.folder / "gateway.log"
        said = log.read_text().count('"event":"node.keys"')
        w.rig.start_gateway()
        w.sources_await()
        if names == ["keys.db"]:
            true(log.read_text().count('"event":"node.keys"') == said + 1, "not compared")
        shut(w, seen, before, tokens)


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        *people, merged = worlds.people(5)
        *tokens, of_merged = w.blind([*people, merged])
        for party in SOURCES:
            w.enrol(party, people, tokens, worlds.basic_records(party))
        seen = Seen(w)
        who_may(w, tokens)
        a_hold(w, tokens)
        a_merge(w, merged, of_merged)
        quarters(w)
        for whose in range(len(tokens)):
            seen.note(w.ask(CARE, w.person_ref(tokens[whose]), sources=SOURCES), whose)
        w.rig.stop("gateway")
        store, copies = w.folder / "gateway-state" / "store", w.folder / "yesterday"
        copies.mkdir()
        for name in ("keys.db", "lockgate.db"):
            shutil.copy(store / name, copies / name)
        w.rig.start_gateway()
        w.sources_await()
        before = during_load(w, seen, tokens)
        shut(w, seen, before, tokens)
        size = proofs_check(w, seen)
        w.rig.stop("gateway", signal.SIGKILL)
        w.rig.start_gateway()
        w.sources_await()
        shut(w, seen, before, tokens)
        backups(w, seen, before, tokens, store, copies)
        proofs_check(w, seen)
        w.rig.stop("gateway")
        log = journals.Journal(w.folder / "gateway-state" / "log")
        equal(sum(e.reason == "KEYS_DESTROYED" for e in log.entries), 4)
        print(f"ok: {size} entries proved, {len(before)} parts of the erased shut, "
              f"{len(seen.roots)} trees carried on from")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
