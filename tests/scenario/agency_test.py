# SPDX-License-Identifier: Apache-2.0
"""One agency is slow, dead, broken or lies: that costs its own line of the answer and no other, and
what it was not asked for does not pass."""
import sys
import threading
import time

import agency as agencies
import transparency as tlog
import world as worlds
from check import equal, true

CARE = "childrens-care"
SOURCES = ["police", "housing", "gp"]
ANSWERED, NOTHING, LATE, UNAVAILABLE = 1, 4, 5, 6
TIMEOUT_MS = 400
LIMITS = f"limits:\n  source-timeout-ms: {TIMEOUT_MS}\n  hidden-slot-ms: 500\n"


def ask(w, tokens):
    """The states by source; every part is in the log with its commitment."""
    raw = w.raw("Disclosures/Ask", CARE, w.question(CARE, w.person_ref(tokens), sources=SOURCES))
    reply = w.pb["disclosures"].AskReply.FromString(raw)
    for part, payload in zip(reply.parts, tlog.ask_results(raw)):
        entry = tlog.receipt_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
        tlog.commitment_check(entry, part.receipt.salt, payload)
    return {p.result.source: p.result.state for p in reply.parts}, reply


def wrong_once(w, tokens, name, behave, wanted):
    w.agencies["housing"].behave = behave
    states, reply = ask(w, tokens)
    w.agencies["housing"].behave = None
    equal(states, {"police": ANSWERED, "housing": wanted, "gp": ANSWERED}, name)
    part = worlds.parts_by_source(reply)["housing"]
    if wanted != ANSWERED:
        equal(len(part.result.records), 0, name)
        true(part.result.sentence, f"{name}: no sentence")
    # The breaker may have opened; it closes when the agency is well again.
    true(worlds.wait_until(lambda: ask(w, tokens)[0]["housing"] == ANSWERED, 30, 0.3),
         f"{name}: the agency never came back")


def unasked(w, tokens):
    """Fields that nobody asked for are dropped, known to the agreement or not."""
    w.agencies["housing"].behave = agencies.unasked
    question = w.question(CARE, w.person_ref(tokens), sources=["housing"],
                          items=["tenancy.tenancy-status"])
    raw = w.raw("Disclosures/Ask", CARE, question)
    w.agencies["housing"].behave = None
    reply = w.pb["disclosures"].AskReply.FromString(raw)
    equal(worlds.items_of(reply.parts[0].result), {"tenancy.tenancy-status": "secure"})
    true(b"9990000018" not in raw and b"unasked" not in raw, "what was not asked for passed")


def hangs(w, tokens):
    """No answer at all: the others' arrive, at the timeout and not at the caller's deadline."""
    event = threading.Event()
    w.agencies["housing"].behave = agencies.late(event)
    states, _ = ask(w, tokens)
    equal(states, {"police": ANSWERED, "housing": LATE, "gp": ANSWERED}, "hangs")
    # Of a stream the others' parts are there before.
    seen = []
    stub = w.stub("disclosures", CARE)
    question = w.question(CARE, w.person_ref(tokens), sources=SOURCES)
    for reply in stub.Watch(question, timeout=20):
        if reply.WhichOneof("event") == "part":
            seen.append((reply.part.part.result.source, reply.part.part.result.state))
    event.set()
    w.agencies["housing"].behave = None
    equal(seen[-1], ("housing", LATE), "the last part")
    equal(sorted(seen[:-1]), [("gp", ANSWERED), ("police", ANSWERED)])


def dead(w, tokens):
    """Its program ended: unavailable. It comes back without anybody's help."""
    w.agencies["housing"].stop()
    true(worlds.wait_until(lambda: ask(w, tokens)[0]["housing"] == UNAVAILABLE, 10),
         "a dead agency is not unavailable")
    begun = time.monotonic()
    states, _ = ask(w, tokens)
    equal(states, {"police": ANSWERED, "housing": UNAVAILABLE, "gp": ANSWERED}, "dead")
    true(time.monotonic() - begun < 10, "a dead agency is waited for")
    people = w.agencies["housing"].people
    w.agencies["housing"] = agencies.Agency(w.rig, "housing", w.pb)
    w.agencies["housing"].people = people
    true(worlds.wait_until(lambda: ask(w, tokens)[0]["housing"] == ANSWERED, 60, 0.3),
         "the agency never came back")


def stranger(w, tokens):
    """A server with another agency's certificate answers nothing in its name."""
    housing = w.rig.parties["housing"]
    people = w.agencies["housing"].people
    w.agencies["housing"].stop()
    w.rig.server_credentials, own = (lambda name: own("gp")), w.rig.server_credentials
    w.agencies["housing"] = agencies.Agency(w.rig, "housing", w.pb)
    w.rig.server_credentials = own
    w.agencies["housing"].people = people
    true(worlds.wait_until(lambda: ask(w, tokens)[0]["housing"] == UNAVAILABLE, 10), "a stranger")
    for _ in range(3):
        equal(ask(w, tokens)[0]["housing"], UNAVAILABLE)
    equal(w.agencies["housing"].fetched, [], f"{housing.name}: calls that a stranger got")


def main():
    with worlds.World(limits=LIMITS) as w:
        people = worlds.people(1)
        tokens = w.blind(people)[0]
        for party in SOURCES:
            w.enrol(party, people, [tokens], worlds.basic_records(party))
        equal(ask(w, tokens)[0], {name: ANSWERED for name in SOURCES})
        for name, behave in (("refuses", agencies.refuse), ("crashes", agencies.crash),
                             ("answers another call", agencies.other_reference),
                             ("says too much", agencies.oversize),
                             ("sends no message", agencies.malformed)):
            wrong_once(w, tokens, name, behave, UNAVAILABLE)
        unasked(w, tokens)
        hangs(w, tokens)
        dead(w, tokens)
        stranger(w, tokens)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
