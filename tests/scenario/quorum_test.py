# SPDX-License-Identifier: Apache-2.0
"""Answers that wait for witnesses, on whole programs: of three witnesses two have to know. One may
be away, or hang; with two away nothing is sent, and others go on being served; a consent that ends
meanwhile keeps the answer back; a gateway that is killed meanwhile has abandoned the question."""
import os
import signal
import sys
import threading

import foreign  # noqa: F401  (finds grpc)
import grpc
import journal as journals
import rig as rigs
import witness_test as witnesses_of
import world as worlds
from check import equal, true

CALLER = "childrens-care"
AGREEMENT = "bridgewater"
EARLY = {"purpose": "early-help", "basis": "early-help-consent"}
HOLDER = "housing"
PERMIT, NOT_DELIVERED, ABANDONED = 1, 4, 5


def journal(w):
    return journals.Journal(w.folder / "gateway-state" / "log")


def endings_of(w, first):
    """How often each question from entry `first` on ended, and the outcomes of whole ones."""
    log = journal(w)
    asked = [e.request_id for e in log.entries[first:] if e.kind == "ASK"]
    outcomes = [e for e in log.entries[first:] if e.kind == "OUTCOME" and not e.is_part]
    counts = [log.endings.get(question, 0) + sum(e.request_id == question and e.flags & 1
                                                 for e in outcomes) for question in asked]
    return counts, outcomes


def ends(w, first):
    """[(decision, reason)] of whole questions from entry `first` on, and each ends once. What tells
    the caller that nothing was sent does not wait for the entry that says so."""
    worlds.wait_until(lambda: all(endings_of(w, first)[0]), 10, 0.05)
    counts, outcomes = endings_of(w, first)
    equal(counts, [1] * len(counts), "ends of each question")
    return [(e.decision, e.reason) for e in outcomes]


def later(work):
    """Runs it in a thread; what it gave or raised is in the box."""
    box = []

    def go():
        try:
            box.append(work())
        except grpc.RpcError as error:
            box.append(error)
    thread = threading.Thread(target=go)
    thread.start()
    return thread, box


def answered(w, person, **words):
    first = w.checkpoint()[0]
    reply = w.ask(CALLER, person, sources=[HOLDER], **words)
    part = worlds.parts_by_source(reply)[HOLDER]
    equal(worlds.items_of(part.result)["tenancy.tenancy-status"], "secure")
    equal(ends(w, first), [(PERMIT, "CONFIRMED")])


def asked_of(w):
    return len(w.agencies[HOLDER].fetched)


def under_way(w, person, **words):
    """A question whose answer waits for witnesses that do not come."""
    release = [0]
    first = w.checkpoint()[0]
    thread, box = later(lambda: w.ask(CALLER, person, sources=[HOLDER], **words))

    def is_released():
        release[0] = [e.kind for e in journal(w).entries[first:]].count("RELEASE")
        return release[0] == 1
    true(worlds.wait_until(is_released, 15, 0.05), "no RELEASE")
    return first, thread, box


def not_sent(thread, box):
    thread.join(30)
    equal(len(box), 1)
    true(isinstance(box[0], grpc.RpcError), box[0])
    return box[0]


def too_few(w, person, tokens):
    """Two are away: others are served meanwhile, and nothing is sent at the end."""
    before = len(w.agencies[HOLDER].acknowledged)
    first, thread, box = under_way(w, person, seconds=4)
    w.find(CALLER, tokens)  # another call comes back first
    equal(box, [])
    error = not_sent(thread, box)
    equal(error.code(), grpc.StatusCode.UNAVAILABLE, error.details())
    true(error.details().startswith("Nothing was sent: the witnesses"), error.details())
    equal(len(w.agencies[HOLDER].acknowledged), before)
    equal(ends(w, first), [(NOT_DELIVERED, "UNCONFIRMED")])


def withdrawn(w, person, back):
    """The consent ends while the answer waits; then the witnesses come."""
    consent = w.consent(CALLER, person, purposes=["early-help"], **EARLY)
    first, thread, box = under_way(w, person, seconds=6, **EARLY)
    equal(w.withdraw(CALLER, person, consent.consent_id, **EARLY).verdict.decision, 1)
    for one in back:
        one.start()
    error = not_sent(thread, box)
    equal(error.code(), grpc.StatusCode.UNAVAILABLE, error.details())
    equal(ends(w, first), [(NOT_DELIVERED, "UNCONFIRMED")])


def killed(w, person):
    first, thread, box = under_way(w, person, seconds=15)
    equal(w.rig.stop("gateway", signal.SIGKILL), -signal.SIGKILL)
    not_sent(thread, box)
    w.rig.start_gateway()
    decisions = [decision for decision, _ in ends(w, first)]
    equal(decisions, [ABANDONED])
    w.sources_await()


def unknown_is_refused(w):
    """An id that no agreement has."""
    path = w.folder / "gateway.yaml"
    text = path.read_text()
    rigs.write(path, text.replace(f"    - {AGREEMENT}\n", f"    - {AGREEMENT}\n    - bridgwater\n"))
    witnesses_of.gateway_refuses(w, "quorum.agreements: there is no agreement bridgwater here")
    rigs.write(path, text)


def main():
    w = worlds.World(limits=worlds.SHORT, hosts=[HOLDER])
    three = [witnesses_of.Witness(w.rig, party, [w.rig.vkey])
             for party in ("police", "voluntary", "gp")]
    with open(w.folder / "gateway.yaml", "a", encoding="utf-8") as config:
        config.write("witnesses:\n" + "".join(one.lines() for one in three)
                     + f"quorum:\n  witnesses: 2\n  agreements:\n    - {AGREEMENT}\n")
    for one in three:
        one.start()
    with w:
        people = worlds.people(3)
        tokens = w.blind(people)
        w.enrol(HOLDER, people, tokens, worlds.basic_records(HOLDER))
        persons = [w.person_ref(handle=w.find(CALLER, own).handle) for own in tokens]
        early = w.person_ref(handle=w.find(CALLER, tokens[1], **EARLY).handle)
        answered(w, persons[0])
        hung = w.rig.programs[three[2].label]
        os.kill(hung.pid, signal.SIGSTOP)
        for _ in range(3):
            answered(w, persons[0])
        os.kill(hung.pid, signal.SIGCONT)
        three[2].stop()
        answered(w, persons[0])
        three[1].stop()
        too_few(w, persons[0], tokens[2])
        withdrawn(w, early, three[1:])
        answered(w, persons[0])
        three[1].stop()
        three[2].stop()
        killed(w, persons[0])
        for one in three[1:]:
            one.start()
        answered(w, w.person_ref(handle=w.find(CALLER, tokens[0]).handle))
        w.rig.stop("gateway")
        unknown_is_refused(w)
    print("2 of 3 witnesses: one away or hung is nothing, two away send nothing, nor a consent "
          "that ended; a gateway that is killed has abandoned the question")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
