# SPDX-License-Identifier: Apache-2.0
"""What two sources hold of one question cannot be put side by side: their receipts share the log's
root, and of every field of their leaves only what the leaves of very many questions have. A run of
questions of many kinds is asked, among them some that are the only one of their kind; then for each
field the number of other questions that share its value is counted."""
import collections
import dataclasses
import sys
import time

import journal as journals
import transparency as tlog
import world as worlds
from check import equal, true

CARE, ADULTS = "childrens-care", "adults-care"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
EARLY = {"purpose": "early-help", "basis": "early-help-consent"}
ADULT = {"purpose": "adult-safeguarding", "basis": "care-act", "age": 2}
REVIEW = {"purpose": "case-review", "basis": "review-task", "role": "reviewer"}
SOURCES = ("police", "housing", "gp", "voluntary", "mh-trust", ADULTS)
WORKERS, QUESTIONS = 12, 120
# A value that two leaves of one question share is shared by so many of the other questions.
SHARED_AT_LEAST = QUESTIONS // 5
# Random to whoever has no key: of full size, and never twice in the log.
RANDOM = ("request_id", "items", "tag", "commitment", "asker", "detail", "key_commitment", "nonce",
          "sealed")


def shared_run(a, b, size=8):
    runs = {a[i:i + size] for i in range(len(a) - size + 1)}
    return any(b[i:i + size] in runs for i in range(len(b) - size + 1))


# ---- two receipts ----------------------------------------------------------------------------


def held_of(w, party, index):
    """The receipt that a source got for its part, and the call that it answered."""
    agency = w.agencies[party]
    true(agency.wait(lambda a: any(m.receipt.index == index for m in a.acknowledged)),
         f"{party}: no receipt")
    message = next(m for m in agency.acknowledged if m.receipt.index == index)
    call = next(r for r, _ in agency.fetched if r.call_reference == message.call_reference)
    return tlog.receipt_check(message.receipt, message.checkpoint.note, w.rig.vkey), message, call


def receipts_apart(w, tokens):
    """What three sources hold of one question, and one source of two."""
    reply = w.ask(CARE, w.person_ref(tokens), **CHILD)
    mine = worlds.parts_by_source(reply)
    held = {party: held_of(w, party, mine[party].receipt.index)
            for party in ("police", "housing", "gp")}
    for a, b in (("police", "housing"), ("police", "gp"), ("housing", "gp")):
        (one, first, call), (two, second, other) = held[a], held[b]
        for message, entry in ((first, one), (second, two)):
            equal(message.receipt.detail, b"", "a source got what its leaf does not show")
            equal((entry.requesting_agency, entry.purpose, entry.basis), ("", "", ""))
            true(reply.request_id not in message.receipt.leaf, "the question's own id")
        true(not shared_run(b"|".join(getattr(one, name) for name in RANDOM),
                            b"|".join(getattr(two, name) for name in RANDOM)),
             f"{a} and {b} share eight bytes")
        true(first.receipt.salt != second.receipt.salt, "one salt")
        true(first.call_reference != second.call_reference, "one reference of the call")
        true(not shared_run(call.reference, other.reference), "one reference of the person")
    details_told(w, reply)
    again = worlds.parts_by_source(w.ask(CARE, w.person_ref(tokens), **CHILD))
    before, after = held["police"][0], held_of(w, "police", again["police"].receipt.index)[0]
    for name in RANDOM:
        true(not shared_run(getattr(before, name), getattr(after, name)), f"two questions: {name}")


def details_told(w, reply):
    """The requester reads all of it in its own receipts."""
    now_ms = time.time() * 1000
    for part in reply.parts:
        entry, detail = tlog.part_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
        equal(detail.question, reply.request_id)
        equal((detail.requesting_agency, detail.purpose, detail.basis),
              (CARE, CHILD["purpose"], CHILD["basis"]))
        true(abs(detail.time_ms - now_ms) < 60000, "another time")
        wrong = dataclasses.replace(entry, detail=bytes(32))
        try:
            tlog.detail_read(wrong, part.receipt.detail)
        except tlog.Wrong:
            continue
        raise AssertionError("a detail of any leaf")


# ---- many questions --------------------------------------------------------------------------


def kinds_of(w, tokens):
    """One after the other, over and over; and what comes once in the run."""
    common = ((CARE, CHILD), (CARE, EARLY), (ADULTS, ADULT), (CARE, CHILD), (CARE, EARLY))
    once = [(CARE, REVIEW, {}), (CARE, CHILD, {"items": ["identity.name", "identity.address"]}),
            (CARE, CHILD, {"tier": 1}), (CARE, EARLY, {"reason": "unable-to-give"}),
            (CARE, CHILD, {"user": "a-user-with-a-very-long-name-" * 4}),
            (CARE, CHILD, {"sources": ["police", "housing"]})]
    for i in range(QUESTIONS):
        caller, ground, more = once[i] if i < len(once) else (*common[i % len(common)], {})
        yield caller, tokens[i % len(tokens)], {**ground, **more}


def asked(w, tokens):
    """{index of a leaf: number of its question}, of several questions at a time."""
    kinds = list(kinds_of(w, tokens))

    def work(i):
        owned = {}
        for number in range(i, len(kinds), WORKERS):
            caller, own, words = kinds[number]
            reply = w.ask(caller, w.person_ref(own), **words)
            for part in reply.parts:
                entry, _ = tlog.part_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
                owned[part.receipt.index] = (number, entry)
        return owned

    leaves = {}
    for owned in worlds.together(WORKERS, work):
        leaves.update(owned)
    return leaves


def shown(entry):
    """What a leaf shows, by field; its length as well."""
    fields = dict(vars(entry), leaf_size=len(entry.sealed))
    return {name: value for name, value in fields.items() if value is not None}


def pairs_of(leaves):
    questions = collections.defaultdict(list)
    for number, entry in leaves.values():
        questions[number].append(entry)
    for number, entries in questions.items():
        for i, one in enumerate(entries):
            for two in entries[i + 1:]:
                if one.source_agency != two.source_agency:
                    yield number, shown(one), shown(two)


def anonymity(leaves):
    """{field: the fewest other questions that share a value which two leaves of one share}."""
    owners = collections.defaultdict(set)
    for number, entry in leaves.values():
        for name, value in shown(entry).items():
            owners[name, value].add(number)
    fewest, always_differ = {}, set(shown(next(iter(leaves.values()))[1]))
    for number, one, two in pairs_of(leaves):
        for name in one.keys() & two.keys():
            if one[name] == two[name]:
                others = len(owners[name, one[name]] - {number})
                fewest[name] = min(fewest.get(name, QUESTIONS), others)
                always_differ.discard(name)
    return fewest, always_differ


def together_at_once(leaves, names):
    """The fewest other questions with a leaf that has all at once what two leaves of one share."""
    fewest = QUESTIONS
    for number, one, two in pairs_of(leaves):
        alike = {name: one[name] for name in names
                 if name in one and name in two and one[name] == two[name]}
        others = {other for other, entry in leaves.values()
                  if other != number and alike.items() <= shown(entry).items()}
        fewest = min(fewest, len(others))
    return fewest


def neighbours(w, leaves):
    """Of leaves side by side in a flush that held several questions: how many are of one."""
    log = journals.Journal(w.folder / "gateway-state" / "log")
    same = pairs = at = 0
    for count in log.frames:
        owners = [leaves[i][0] for i in range(at, at + count) if i in leaves]
        at += count
        if len(set(owners)) > 1:
            pairs += len(owners) - 1
            same += sum(a == b for a, b in zip(owners, owners[1:]))
    return same, pairs


def questions_apart(w, tokens):
    leaves = asked(w, tokens)
    fewest, always_differ = anonymity(leaves)
    questions = {number for number, _ in leaves.values()}
    print(f"{len(leaves)} leaves of {len(questions)} questions, of {len(SOURCES)} sources")
    for name in sorted(always_differ):
        print(f"  {name:20} never the same in two leaves of a question")
    for name, others in sorted(fewest.items()):
        print(f"  {name:20} shared by {others} other questions at least")
    at_once = together_at_once(leaves, fewest)
    print(f"  all that two share   shared at once by {at_once} other questions at least")
    same, pairs = neighbours(w, leaves)
    print(f"  {same} of {pairs} neighbours in a flush of several questions are of one question")
    true(len(questions) == QUESTIONS and pairs > 0, "questions did not meet in a flush")
    true({*RANDOM, "source_agency"} <= always_differ, "what must differ does not")
    for name, others in fewest.items():
        true(others >= SHARED_AT_LEAST, f"{name} is shared by {others} other questions alone")
    true(at_once >= SHARED_AT_LEAST // 2, f"all that two share: {at_once}")


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(8)
        tokens = w.blind(people)
        for party in SOURCES:
            w.enrol(party, people, tokens, worlds.basic_records(party))
        receipts_apart(w, tokens[0])
        questions_apart(w, tokens)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
