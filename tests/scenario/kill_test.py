# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the gateway at random moments under load. Afterwards every answer that somebody got
has its entry in the recovered log, no size of the log ever had two roots, every question ended
once, and every acknowledged consent and withdrawal is in force. 50 times; 1,000 where LOCKGATE_LONG
is set, or LOCKGATE_KILLS times. How long each start took is told."""
import collections
import os
import random
import signal
import sys
import threading
import time

import grpc

import journal as journals
import transparency as tlog
import world as worlds
from check import equal, true

CARE = "childrens-care"
KILLS = int(os.environ.get("LOCKGATE_KILLS", 1000 if os.environ.get("LOCKGATE_LONG") else 50))
ASKERS = 4
SOURCES = ["police", "housing"]
# A client of a gateway that comes and goes: tries again at once.
EAGER = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 20),
         ("grpc.min_reconnect_backoff_ms", 20), ("grpc.max_reconnect_backoff_ms", 50)]


class Seen:
    """What the clients got, all of it."""

    def __init__(self, vkey):
        self.vkey = vkey
        self.lock = threading.Condition()
        self.leaves = {}  # index -> leaf
        self.roots = {}  # size -> root
        self.answers = 0
        self.faults = []
        self.starts_ms = []  # from the call to the first open port, as seen from outside
        self.consents = {}  # consent id -> (whose, withdrawn)
        self.unsure = set()  # withdrawals that nobody acknowledged

    def note(self, receipts, note):
        """Checks receipts as a holder would, and keeps them."""
        size, root = tlog.checkpoint_open(note, self.vkey)
        for receipt in receipts:
            tlog.receipt_check(receipt, note, self.vkey)
        with self.lock:
            for receipt in receipts:
                if self.leaves.setdefault(receipt.index, receipt.leaf) != receipt.leaf:
                    self.faults.append(f"two leaves at {receipt.index}")
            if self.roots.setdefault(size, root) != root:
                self.faults.append(f"two roots of size {size}")
            self.answers += 1
            self.lock.notify_all()

    def await_answers(self, count, seconds=20):
        with self.lock:
            return self.lock.wait_for(lambda: self.answers >= count or self.faults, seconds)


class Client:
    """One thread that asks for as long as it may."""

    def __init__(self, w, seen, number, tokens):
        self.w, self.seen, self.tokens = w, seen, tokens
        self.number = number
        self.over = threading.Event()
        self.channel = grpc.secure_channel(f"localhost:{w.rig.gateway_port}",
                                           w.rig.credentials(CARE), options=EAGER)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def stub(self, file, service):
        return getattr(self.w.rpc[file], f"{service}Stub")(self.channel)

    def run(self):
        turn = 0
        while not self.over.is_set():
            try:
                self.turn(turn)
            except grpc.RpcError as error:
                if error.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT):
                    self.seen.faults.append(f"{error.code()}: {error.details()}")
                self.over.wait(0.01)
            except tlog.Wrong as error:
                self.seen.faults.append(str(error))
            turn += 1
        self.channel.close()

    def turn(self, turn):
        person = self.w.person_ref(self.tokens[turn % len(self.tokens)])
        question = self.w.question(CARE, person, sources=SOURCES)
        if self.number == 0:
            self.change(turn % len(self.tokens))
        elif turn % 3 == 0:
            self.find(turn)
        elif turn % 3 == 1:
            for event in self.stub("disclosures", "Disclosures").Watch(question, timeout=5):
                if event.WhichOneof("event") == "part":
                    self.seen.note([event.part.part.receipt], event.part.checkpoint.note)
        else:
            reply = self.stub("disclosures", "Disclosures").Ask(question, timeout=5)
            self.seen.note([part.receipt for part in reply.parts], reply.checkpoint.note)

    def find(self, turn):
        reply = self.stub("subjects", "Subjects").Find(self.w.pb["subjects"].FindRequest(
            request_id=os.urandom(16), person=self.w.person_ref(
                self.tokens[turn % len(self.tokens)]),
            ground=self.w.ground(CARE), age_class=1), timeout=5)
        self.seen.note([reply.receipt], reply.checkpoint.note)

    def change(self, whose):
        """A consent, and its withdrawal; remembers what was acknowledged."""
        pb, person = self.w.pb["consents"], self.w.person_ref(self.tokens[whose])
        stub = self.stub("consents", "Consents")
        reply = stub.Record(pb.RecordConsentRequest(
            request_id=os.urandom(16), person=person, ground=self.w.ground(CARE),
            consent=pb.Consent(state=1, kind=2, explicit=True)), timeout=5)
        self.seen.note([reply.receipt], reply.checkpoint.note)
        consent = bytes(reply.consent_id)
        self.seen.consents[consent] = (whose, False)
        self.seen.unsure.add(consent)
        reply = stub.Withdraw(pb.WithdrawConsentRequest(
            request_id=os.urandom(16), person=person, ground=self.w.ground(CARE),
            consent_id=consent), timeout=5)
        self.seen.note([reply.receipt], reply.checkpoint.note)
        self.seen.consents[consent] = (whose, True)
        self.seen.unsure.discard(consent)


def kill_and_start(w, seen, draw):
    """Once somebody got an answer, and a little later."""
    true(seen.await_answers(seen.answers + 1), "no answers any more")
    time.sleep(draw.random() * 0.12)
    equal(w.rig.stop("gateway", signal.SIGKILL), -signal.SIGKILL)
    begun = time.monotonic()
    w.rig.start_gateway()
    seen.starts_ms.append((time.monotonic() - begun) * 1000)


def ends_count(log):
    """Terminal entries by question: the last of its parts, whose frame names the question that it
    ends, or a refusal or outcome of the whole question that says so itself."""
    ends = collections.Counter(log.endings)
    for entry in log.entries:
        if not entry.is_part and entry.kind in ("OUTCOME", "DENIAL"):
            ends[entry.request_id] += bool(entry.flags & tlog.FLAG_FINAL)
    return ends


def log_check(w, seen):
    """The journal that is left against everything that anybody was told."""
    log = journals.Journal(w.folder / "gateway-state" / "log")
    for index, leaf in seen.leaves.items():
        true(index < len(log.leaves) and log.leaves[index] == leaf, f"entry {index} is gone")
    for size, root in seen.roots.items():
        equal(log.tree.roots.get(size), root, f"root of size {size}")
    ends = ends_count(log)
    asked = [entry.request_id for entry in log.entries if entry.kind == "ASK"]
    equal(len(set(asked)), len(asked), "questions")
    for question in asked:
        equal(ends.get(question), 1, "ends of a question")
    times = [entry.time_ms for entry in log.entries if not entry.is_part]
    true(times == sorted(times), "time decreases")
    true(log.times == sorted(log.times), "time of frames decreases")
    return log, len(asked)


def proofs_check(w, log, seen):
    """The gateway proves the same: each tree that was seen begins the one that is left."""
    size = log.tree.size
    root = log.tree.roots[size]
    for older in random.Random(1).sample(sorted(seen.roots), min(len(seen.roots), 200)):
        proof = w.call("audit", "Consistency", CARE, w.pb["audit"].ConsistencyRequest(
            from_size=older, to_size=size))
        tlog.consistency_check(older, seen.roots[older], size, root, proof.path)
    for index in random.Random(2).sample(sorted(seen.leaves), min(len(seen.leaves), 200)):
        proof = w.call("audit", "Prove", CARE, w.pb["audit"].ProveRequest(index=index, size=size))
        equal(proof.leaf_hash, tlog.leaf_hash(seen.leaves[index]), f"leaf {index}")
        equal(tlog.root_from_inclusion(index, size, proof.leaf_hash, proof.path), root)


def consents_check(w, seen, tokens):
    """What was acknowledged is in force; what was not may be either."""
    handles = [w.find(CARE, own).handle for own in tokens]
    for consent, (whose, withdrawn) in seen.consents.items():
        request = w.pb["consents"].ShowConsentRequest(
            request_id=os.urandom(16), person=w.person_ref(handle=handles[whose]),
            ground=w.ground(CARE), consent_id=consent)
        state = w.call("consents", "Show", CARE, request).consent.state
        allowed = {3} if withdrawn else {1, 3} if consent in seen.unsure else {1}
        true(state in allowed, f"consent is {state}, not one of {allowed}")


def main():
    draw = random.Random(20261123)
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(48)
        tokens = w.blind(people)
        for party in SOURCES:
            w.enrol(party, people, tokens, worlds.basic_records(party))
        seen = Seen(w.rig.vkey)
        clients = [Client(w, seen, i, tokens) for i in range(ASKERS + 1)]
        try:
            for _ in range(KILLS):
                kill_and_start(w, seen, draw)
                if seen.faults:
                    break
            true(seen.await_answers(seen.answers + 20), "no answers any more")
        finally:
            for client in clients:
                client.over.set()
            for client in clients:
                client.thread.join()
        equal(seen.faults, [], "faults")
        consents_check(w, seen, tokens)
        w.rig.stop("gateway")
        log, asked = log_check(w, seen)
        w.rig.start_gateway()
        proofs_check(w, log, seen)
        abandoned = sum(e.kind == "OUTCOME" and e.decision == 5 for e in log.entries)
        starts = sorted(seen.starts_ms)
        print(f"start after a kill: p50 {starts[len(starts) // 2]:.0f} ms, "
              f"p99 {starts[len(starts) * 99 // 100]:.0f} ms, most {starts[-1]:.0f} ms")
        print(f"{KILLS} kills: 0 answers without an entry, 0 forks, one terminal entry for each of "
              f"{asked} questions")
        print(f"ok: {KILLS} kills, {seen.answers} answers, {len(seen.leaves)} receipts and "
              f"{len(seen.roots)} checkpoints in a log of {len(log.leaves)} entries, {asked} "
              f"questions, {abandoned} abandoned, {len(seen.consents)} consents")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
