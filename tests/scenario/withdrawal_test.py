# SPDX-License-Identifier: Apache-2.0
"""A withdrawn consent stops an answer that is under way, and the very next question."""
import sys
import threading

import agency as agencies
import transparency as tlog
import world as worlds
from check import equal, true

CALLER = "childrens-care"
EARLY = {"purpose": "early-help", "basis": "early-help-consent"}
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
ANSWERED, WITHHELD, NOTHING = 1, 2, 4


class Slow:
    """While it holds, the agency's answers wait."""

    def __init__(self, agency):
        self.agency = agency
        self.event = threading.Event()

    def __enter__(self):
        self.before = len(self.agency.fetched)
        self.agency.behave = agencies.late(self.event)
        return self

    def __exit__(self, kind, error, trace):
        self.event.set()
        self.agency.behave = None

    def asked(self):
        true(self.agency.wait(lambda a: len(a.fetched) > self.before), "nobody asked the agency")


def in_background(work):
    box = []
    thread = threading.Thread(target=lambda: box.append(work()))
    thread.start()
    return thread, box


def ask_under_way(w, person, agency, meanwhile, **ground):
    """Asks; does `meanwhile` after the agency was asked and before it answers."""
    with Slow(w.agencies[agency]) as slow:
        thread, box = in_background(lambda: w.ask(CALLER, person, **ground))
        slow.asked()
        meanwhile()
    thread.join(30)
    return box[0]


def why(w, part, party):
    """What the log says: to the source's officer, and in full to the requester by its receipt."""
    entry = w.entry(part.receipt.index, party)
    equal(w.entry(part.receipt.index, CALLER, **CHILD).request_id, entry.request_id)
    detail = tlog.detail_read(entry, part.receipt.detail)
    return entry.kind, entry.decision, entry.reason, detail.reason


def open_source(w, person):
    """Housing's answer is on its way when the person says no."""
    consent = w.consent(CALLER, person, purposes=["early-help"], **EARLY)
    parts = worlds.parts_by_source(w.ask(CALLER, person, **EARLY))
    equal(worlds.items_of(parts["housing"].result)["tenancy.tenancy-status"], "secure")
    equal(why(w, parts["housing"], "housing"), ("RELEASE", 1, "ANSWERED", "ANSWERED"))
    reply = ask_under_way(w, person, "housing", lambda: equal(
        w.withdraw(CALLER, person, consent.consent_id, **EARLY).verdict.decision, 1), **EARLY)
    part = worlds.parts_by_source(reply)["housing"]
    equal(part.result.state, WITHHELD)
    equal(len(part.result.records), 0)
    codes = {h.item: h.code for h in part.result.held_back}
    equal(codes["tenancy.tenancy-status"], "CONSENT_MISSING")
    true(b"secure" not in reply.SerializeToString(), "the answer left")
    tlog.receipt_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
    equal(why(w, part, "housing"), ("DENIAL", 3, "CONSENT_MISSING", "CONSENT_MISSING"))
    # The question after that asks nobody.
    before = len(w.agencies["housing"].fetched)
    part = worlds.parts_by_source(w.ask(CALLER, person, **EARLY))["housing"]
    equal((part.result.state, len(w.agencies["housing"].fetched)), (WITHHELD, before))
    equal(why(w, part, "housing"), ("DENIAL", 3, "CONSENT_MISSING", "CONSENT_MISSING"))
    # Of criminal records not even the receipt tells that a consent was withdrawn.
    reply = w.ask(CALLER, person, sources=["police"], items=["incidents.incident-count"], **EARLY)
    part = reply.parts[0]
    equal((part.result.state, [h.code for h in part.result.held_back]),
          (WITHHELD, ["CONSENT_MISSING"]))
    equal(tlog.part_check(part.receipt, reply.checkpoint.note, w.rig.vkey)[1].reason,
          "CONSENT_MISSING")


def hidden_source(w, person):
    """The trust's answer is on its way: afterwards nothing tells this from a stranger's."""
    consent = w.consent(CALLER, person, purposes=["safeguarding"], **CHILD)
    part = worlds.parts_by_source(w.ask(CALLER, person, **CHILD))["mh-trust"]
    equal(worlds.items_of(part.result)["mental-health.risk-summary"], "low")
    reply = ask_under_way(w, person, "mh-trust", lambda: w.withdraw(
        CALLER, person, consent.consent_id, **CHILD), **CHILD)
    part = worlds.parts_by_source(reply)["mh-trust"]
    equal((part.result.state, len(part.result.records)), (NOTHING, 0))
    entry, detail = tlog.part_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason, detail.reason, detail.record_count),
          ("RELEASE", "HIDDEN", "HIDDEN", 0))
    # Consent not needed: the police's part of the same question is released.
    equal(worlds.parts_by_source(reply)["police"].result.state, ANSWERED)


def streamed(w, person):
    """Of a Watch, the part before the withdrawal has left; the one after it does not."""
    consent = w.consent(CALLER, person, purposes=["early-help"], **EARLY)
    states = {}
    with Slow(w.agencies["housing"]) as slow:
        question = w.question(CALLER, person, **EARLY)
        for event in w.stub("disclosures", CALLER).Watch(question, timeout=20):
            if event.WhichOneof("event") == "end":
                break
            part = event.part.part
            states[part.result.source] = part.result.state
            tlog.receipt_check(part.receipt, event.part.checkpoint.note, w.rig.vkey)
            if part.result.source == "voluntary":
                slow.asked()
                w.withdraw(CALLER, person, consent.consent_id, **EARLY)
                slow.event.set()
            if part.result.source == "housing":
                equal(why(w, part, "housing")[2:], ("CONSENT_MISSING", "CONSENT_MISSING"))
    equal((states["voluntary"], states["housing"]), (ANSWERED, WITHHELD))


def other_person(w, person, other):
    """Somebody else's withdrawal changes nothing."""
    w.consent(CALLER, person, purposes=["early-help"], **EARLY)
    consent = w.consent(CALLER, other, purposes=["early-help"], **EARLY)
    reply = ask_under_way(w, person, "housing", lambda: w.withdraw(
        CALLER, other, consent.consent_id, **EARLY), **EARLY)
    equal(worlds.parts_by_source(reply)["housing"].result.state, ANSWERED)


def next_question(w, person):
    """Once a withdrawal is acknowledged, no connection and no worker answers any more."""
    channels = [w.rig.channel(CALLER) for _ in range(8)]
    stubs = [w.rpc["disclosures"].DisclosuresStub(channel) for channel in channels]

    def states():
        return worlds.together(len(stubs), lambda i: worlds.parts_by_source(stubs[i].Ask(
            w.question(CALLER, person, **EARLY), timeout=20))["housing"].result.state)

    for _ in range(5):
        consent = w.consent(CALLER, person, purposes=["early-help"], **EARLY)
        equal(set(states()), {ANSWERED})
        w.withdraw(CALLER, person, consent.consent_id, **EARLY)
        equal(set(states()), {WITHHELD})
    for channel in channels:
        channel.close()


def main():
    limits = worlds.SHORT.replace("500", "5000").replace(str(worlds.SLOT_MS), "5000")
    with worlds.World(limits=limits, workers=2) as w:
        people = worlds.people(4)
        tokens = w.blind(people)
        for party in ("housing", "police", "voluntary", "mh-trust"):
            w.enrol(party, people, tokens, worlds.basic_records(party))

        def person(i, **ground):
            return w.person_ref(handle=w.find(CALLER, tokens[i], **ground).handle)

        open_source(w, person(0, **EARLY))
        hidden_source(w, person(0, **CHILD))
        streamed(w, person(1, **EARLY))
        other_person(w, person(2, **EARLY), person(3, **EARLY))
        next_question(w, person(3, **EARLY))


if __name__ == "__main__":
    sys.exit(worlds.run(main))
