# SPDX-License-Identifier: Apache-2.0
"""Two worlds that differ in one thing: whether people whom somebody asks about are known to an
agency that hides it. Nothing that the asker gets tells them apart: not a byte, not a count, not a
release before the slot."""
import re
import struct
import sys
import threading
import time

import agency as agencies
import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true

CARE, TRUST = "childrens-care", "mh-trust"
SLOT_MS = 700
LIMITS = f"limits:\n  source-timeout-ms: 600\n  hidden-slot-ms: {SLOT_MS}\n"
NO_CONSENT, REFUSED, WITHDRAWN, WITHDRAWN_STREAM = range(4)


# ---- taking the random values out ------------------------------------------------------------


def leaf_blank(leaf):
    """The leaf with everything that is random, and its time, as zeros."""
    entry = tlog.entry_read(leaf)
    out = bytearray(leaf)
    out[4:20] = bytes(16)
    start = leaf.index(entry.tag)
    if entry.time_ms is not None:
        at = leaf.index(struct.pack(">Q", entry.time_ms), start)
        out[at:at + 8] = bytes(8)
    randoms = [entry.tag, entry.commitment, entry.asker, entry.detail, entry.key_commitment,
               entry.nonce + entry.sealed]
    # Items of a part are hashed with its own request id.
    for value, at in [(value, start) for value in randoms] + [(entry.items, 0)]:
        if value and (entry.is_part or value is not entry.items):
            at = leaf.index(value, at)
            out[at:at + len(value)] = bytes(len(value))
    return bytes(out)


def detail_blank(detail):
    """The same of what a receipt tells beyond its leaf: salt, time and the question."""
    return bytes(40) + detail[40:46] + bytes(16) + detail[62:]


def note_blank(note):
    """Root and signature of a checkpoint; its size stays."""
    lines = note.split("\n")
    lines[2] = "=" * len(lines[2])
    return "\n".join(re.sub(r"[^ ]*$", lambda m: "=" * len(m.group(0)), line)
                     if line.startswith("\u2014") else line for line in lines)


def random_values(message):
    """(value, what stands for it) of every random value in a message, at any depth."""
    for field, value in message.ListFields():
        repeated = field.label == field.LABEL_REPEATED
        for one in value if repeated else [value]:
            if field.type == field.TYPE_MESSAGE:
                yield from random_values(one)
            elif field.name == "leaf":
                yield one, leaf_blank(one)
            elif field.name == "detail":
                yield one, detail_blank(one)
            elif field.name == "note":
                yield one.encode(), note_blank(one).encode()
            elif field.type == field.TYPE_BYTES:
                yield one, bytes(len(one))
            elif field.name in ("pseudonym", "record"):
                yield one.encode(), b"=" * len(one)


def blank(kind, raw):
    # The longest first: a detail holds the question's id, which stands in the reply as well.
    values = sorted(random_values(kind.FromString(raw)), key=lambda pair: -len(pair[0]))
    for value, instead in values:
        raw = raw.replace(value, instead)
    return raw


# ---- one world -------------------------------------------------------------------------------


class Observer:
    """What children's care sees: bytes without random values, by what it did."""

    def __init__(self, w):
        self.w = w
        self.seen = []
        self.ready = []  # (what, milliseconds until the hidden source's line was there)
        self.heard = threading.Event()  # something of a Watch has come

    def note(self, what, kind, raw):
        self.seen.append((what, blank(kind, raw)))

    def find(self, what, tokens):
        raw = self.w.find(CARE, tokens, raw=True)
        kind = self.w.pb["subjects"].FindReply
        self.note(f"{what}: Find", kind, raw)
        return self.w.person_ref(handle=kind.FromString(raw).handle)

    def ask(self, what, person):
        begun = time.monotonic()
        raw = self.w.raw("Disclosures/Ask", CARE, self.w.question(CARE, person))
        self.ready.append((f"{what}: Ask", (time.monotonic() - begun) * 1000))
        kind = self.w.pb["disclosures"].AskReply
        self.note(f"{what}: Ask", kind, raw)
        return kind.FromString(raw)

    def watch(self, what, person):
        kind = self.w.pb["disclosures"].WatchReply
        stub = self.w.channel(CARE).unary_stream("/lockgate.v1.Disclosures/Watch")
        begun = time.monotonic()
        question = self.w.question(CARE, person)
        for i, raw in enumerate(stub(question.SerializeToString(), timeout=20)):
            event = kind.FromString(raw)
            if event.part.part.result.source == TRUST:
                self.ready.append((f"{what}: Watch", (time.monotonic() - begun) * 1000))
            self.note(f"{what}: Watch {i}", kind, raw)
            self.heard.set()

    def consents(self, what, person):
        request = self.w.pb["consents"].ListConsentsRequest(
            request_id=rigs.request_id(), person=person, ground=self.w.ground(CARE))
        self.note(f"{what}: List", self.w.pb["consents"].ListConsentsReply,
                  self.w.raw("Consents/List", CARE, request))


def in_flight(w, consent, patient, work, heard=None):
    """Runs work; withdraws the patient's consent once the trust was asked and before it answers.
    Where open sources' lines come one by one they come first: a line and a withdrawal at the same
    time enter the log in either order, and the size of the log is in what is compared."""
    trust = w.agencies[TRUST]
    event = threading.Event()
    before = len(trust.fetched)
    trust.behave = agencies.late(event)
    thread = threading.Thread(target=work)
    thread.start()
    true(trust.wait(lambda a: len(a.fetched) > before), "the trust was not asked")
    true(heard is None or heard.wait(10), "the open source's line did not come")
    equal(w.withdraw(TRUST, patient, consent.consent_id).verdict.decision, 1, "withdrawn")
    event.set()
    thread.join(30)
    trust.behave = None


def observe(known):
    """The asker's people are the trust's patients, or nobody's. Its patients, whoever they are, do
    the same in both worlds, so that both logs have as many entries at every moment."""
    with worlds.World(limits=LIMITS) as w:
        people = worlds.people(9)
        tokens = w.blind(people)
        own = range(4) if known else range(4, 8)
        w.enrol("police", people[8:], tokens[8:], worlds.basic_records("police"))
        w.enrol(TRUST, [people[i] for i in own], [tokens[i] for i in own],
                worlds.basic_records(TRUST))
        patients = [w.person_ref(handle=w.find(TRUST, tokens[i]).handle) for i in own]
        equal(w.consent(TRUST, patients[REFUSED], state=2).verdict.decision, 1, "refusal recorded")
        given = {i: w.consent(TRUST, patients[i]) for i in (WITHDRAWN, WITHDRAWN_STREAM)}
        watcher = Observer(w)
        for i, what in ((NO_CONSENT, "no consent"), (REFUSED, "refused")):
            person = watcher.find(what, tokens[i])
            watcher.ask(what, person)
            watcher.watch(what, person)
            watcher.consents(what, person)
        person = watcher.find("withdrawn", tokens[WITHDRAWN])
        in_flight(w, given[WITHDRAWN], patients[WITHDRAWN],
                  lambda: watcher.ask("withdrawn", person))
        streamed = watcher.find("withdrawn", tokens[WITHDRAWN_STREAM])
        watcher.heard.clear()
        in_flight(w, given[WITHDRAWN_STREAM], patients[WITHDRAWN_STREAM],
                  lambda: watcher.watch("withdrawn", streamed), watcher.heard)
        calls = [(len(r.SerializeToString()), len(r.items)) for r, _ in w.agencies[TRUST].fetched]
        real = sum(local is not None for _, local in w.agencies[TRUST].fetched)
        equal(real > 0, known, "real references")
        after = given_consent(w, tokens[NO_CONSENT], patients[NO_CONSENT])
        return watcher, calls, after


def given_consent(w, tokens, patient):
    """Consent given is what makes a difference: the comparison can see one."""
    w.consent(TRUST, patient)
    reply = w.ask(CARE, w.person_ref(handle=w.find(CARE, tokens).handle))
    part = worlds.parts_by_source(reply)[TRUST]
    return part.result.state, worlds.items_of(part.result).get("mental-health.risk-summary")


def main():
    known, known_calls, known_after = observe(True)
    nobody, nobody_calls, nobody_after = observe(False)
    equal(known_after, (1, "low"), "a patient's answer under consent")
    equal(nobody_after, (4, None), "a stranger's")
    equal([what for what, _ in known.seen], [what for what, _ in nobody.seen], "messages")
    for (what, one), (_, other) in zip(known.seen, nobody.seen):
        if one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), -1)
            raise AssertionError(f"{what}: differ at {at} of {len(one)} and {len(other)} bytes:\n"
                                 f"{one[max(at - 40, 0):at + 80]!r}\n"
                                 f"{other[max(at - 40, 0):at + 80]!r}")
    equal(known_calls, nobody_calls, "calls of the trust")
    for watcher in (known, nobody):
        equal(len(watcher.ready), 6)
        for what, ms in watcher.ready:
            true(ms >= SLOT_MS, f"{what}: released after {ms:.0f} ms, slot {SLOT_MS}")
    print(f"ok: {len(known.seen)} messages, {sum(len(raw) for _, raw in known.seen)} bytes alike")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
