# SPDX-License-Identifier: Apache-2.0
"""Somebody refuses, is erased, and comes again: the refusal counts, through a kill and an older
copy of the store. Who refused nothing is asked about as before; both erasures look alike in the
log; nobody is shown that anything was kept, and what the person says anew counts."""
import shutil
import signal
import sys

import journal as journals
import transparency as tlog
import world as worlds
from check import equal, true
from consent_test import Desk
from erasing import CARE, decide, propose

HOUSING = "housing"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
CONFIDENCE, OBJECTION = 2, 4
GIVEN, REFUSED = 1, 2
ANSWERED = 1
REFUSES, QUIET = 0, 1


def enrol(w, people, tokens, party=HOUSING):
    w.enrol(party, people, tokens, worlds.basic_records(party))


def noted(w, tokens):
    """Whether the answer carries the duty to heed that the person objects."""
    reply = w.ask(CARE, w.person_ref(tokens), sources=[HOUSING], **CHILD)
    equal(worlds.parts_by_source(reply)[HOUSING].result.state, ANSWERED)
    return "objection-noted" in reply.duties.obligations


def erase(w, tokens):
    """Position of the decision in the log."""
    reply = decide(w, propose(w, tokens))
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("ERASURE", "KEYS_DESTROYED"))
    equal(w.find(CARE, tokens).band, 2)
    return reply.receipt.index


def look_alike(w, erased):
    """One entry goes before each decision, of one kind and one length; the gateway is stopped."""
    log = journals.Journal(w.folder / "gateway-state" / "log")
    before = [(log.entries[index - 1].kind, len(log.leaves[index - 1])) for index in erased]
    equal(before[0][0], "SUPPRESSION")
    equal(len(set(before)), 1, before)
    count = [entry.kind for entry in log.entries].count("SUPPRESSION")
    equal(count, len(erased), "entries that are no erasure's")


def store_put(w, copies):
    store = w.folder / "gateway-state" / "store"
    for old in store.glob("lockgate.db*"):
        old.unlink()
    shutil.copy(copies / "lockgate.db", store / "lockgate.db")


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        tokens = w.blind(people)
        enrol(w, people, tokens)
        desk = Desk(w)
        copies = w.folder / "copies"
        copies.mkdir()
        w.rig.stop("gateway")  # a copy from before anything was said
        shutil.copy(w.folder / "gateway-state" / "store" / "lockgate.db", copies / "lockgate.db")
        w.rig.start_gateway()
        equal([noted(w, one) for one in tokens], [False, False])
        desk.record(CARE, w.person_ref(tokens[REFUSES]), ground=CHILD, state=REFUSED,
                    kind=CONFIDENCE)
        equal([noted(w, one) for one in tokens], [True, False])
        erased = [erase(w, one) for one in tokens]
        enrol(w, people, tokens)
        equal([noted(w, one) for one in tokens], [True, False], "after the next enrolment")
        for one in tokens:
            equal(desk.seen(CARE, w.person_ref(one)), set(), "it is shown")
        # Killed and started anew; then an older copy of the store, to which the log is applied.
        w.rig.stop("gateway", signal.SIGKILL)
        w.rig.start_gateway()
        equal([noted(w, one) for one in tokens], [True, False], "after a kill")
        w.rig.stop("gateway")
        look_alike(w, erased)
        store_put(w, copies)
        w.rig.start_gateway()
        enrol(w, people, tokens)
        equal([noted(w, one) for one in tokens], [True, False], "after an older copy")
        # What the person says now is newer.
        desk.record(CARE, w.person_ref(tokens[REFUSES]), ground=CHILD, state=GIVEN,
                    kind=CONFIDENCE, explicit=True)
        equal([noted(w, one) for one in tokens], [False, False])
        # And is what counts when they are erased again.
        erase(w, tokens[REFUSES])
        enrol(w, people[:1], tokens[:1])
        equal(noted(w, tokens[REFUSES]), False, "what was taken back is kept")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
