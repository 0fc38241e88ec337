# SPDX-License-Identifier: Apache-2.0
"""One person, two recipients: two names that nobody else can use. What a pseudonymised role gets
identifies nobody, and what two sources get as receipts cannot be put side by side."""
import base64
import hashlib
import sys

import agency as agencies
import transparency as tlog
import world as worlds
from check import equal, refused, true
from grpc import StatusCode

CARE, ADULTS = "childrens-care", "adults-care"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
ADULT = {"purpose": "adult-safeguarding", "basis": "care-act", "age": 2}
REVIEW = {"purpose": "case-review", "basis": "review-task", "role": "reviewer"}
SOURCES = ("police", "housing", "gp", "voluntary", "mh-trust", ADULTS)
# RFC 9496, section 4: the base point, for a pseudonym in form that is nobody's.
POINT = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


def made_up():
    digest = hashlib.blake2b(b"lockgate pseudonym 1" + POINT, digest_size=32).digest()
    return base64.b32encode(POINT + digest[:4]).decode().rstrip("=").lower()


def without_age(ground):
    return {name: value for name, value in ground.items() if name != "age"}


def ask(w, caller, tokens, ground):
    handle = w.find(caller, tokens, **without_age(ground)).handle
    return w.ask(caller, w.person_ref(handle=handle), **ground)


def two_names(w, tokens):
    """Each stable, each its own; gives both."""
    names = {}
    for caller, ground in ((CARE, CHILD), (ADULTS, ADULT)):
        first = ask(w, caller, tokens, ground)
        true(first.pseudonym, f"{caller}: no pseudonym")
        for _ in range(3):
            equal(ask(w, caller, tokens, ground).pseudonym, first.pseudonym, caller)
        names[caller] = first.pseudonym
        rows = {p.result.source: [r.record for r in p.result.records] for p in first.parts}
        names[caller, "rows"] = rows["housing"]
        again = w.ask(caller, w.person_ref(pseudonym=first.pseudonym), **ground)
        equal(again.pseudonym, first.pseudonym)
        equal({p.result.source: p.result.state for p in again.parts},
              {p.result.source: p.result.state for p in first.parts})
        equal([r.record for p in again.parts for r in p.result.records],
              [r.record for p in first.parts for r in p.result.records], "row pseudonyms")
    true(names[CARE] != names[ADULTS], "one name for two recipients")
    true(names[CARE, "rows"] != names[ADULTS, "rows"], "one row name for two recipients")
    return names


def refused_from_others(w, names):
    """Somebody else's pseudonym gives what a made-up one gives, in Ask, Watch and consents."""
    ways = {}
    for name in (names[CARE], made_up(), names[CARE][:-1], "x"):
        person = w.person_ref(pseudonym=name)
        details = [refused(StatusCode.INVALID_ARGUMENT, w.ask, ADULTS, person, **ADULT)]
        details.append(refused(StatusCode.INVALID_ARGUMENT, lambda: list(
            w.stub("disclosures", ADULTS).Watch(w.question(ADULTS, person, **ADULT),
                                                timeout=20))))
        details.append(refused(StatusCode.INVALID_ARGUMENT, w.consent, ADULTS, person,
                               **without_age(ADULT)))
        ways[name] = details
    equal(len({str(details) for details in ways.values()}), 1, f"told apart: {ways}")
    refused(StatusCode.INVALID_ARGUMENT, w.ask, CARE, w.person_ref(pseudonym=names[ADULTS]),
            **CHILD)


def canaries(w, person):
    """What must not be in a pseudonymised reply, in the forms that it could take."""
    words = [person.given, person.family, person.nhs, person.born, person.address, person.phone,
             person.postcode, person.postcode.replace(" ", "")]
    for party in SOURCES:
        local = w.local[party, person.serial]
        tag = agencies.record_tag(w.rig.parties[party], local)
        words += [local, f"{party}-record-{person.serial}", tag.hex(),
                  base64.b64encode(tag).decode().rstrip("=")]
        yield f"{party}: record tag", tag
    for word in words:
        yield word, word.encode()
        yield f"{word} backwards", word[::-1].encode()


def nothing_named(w, person, tokens):
    """The reviewer's answer holds fields, but no identifier and no reference of a source."""
    named = ask(w, CARE, tokens, CHILD).SerializeToString()
    found = {what for what, word in canaries(w, person) if word in named}
    true({person.given, person.family, person.phone, person.address} <= found,
         "a social worker's answer does not show what is looked for")
    true(not found & {person.nhs, f"police-record-{person.serial}"}, f"named: {found}")
    handle = w.find(CARE, tokens, **REVIEW).handle
    question = w.question(CARE, w.person_ref(handle=handle), **REVIEW)
    raw = w.raw("Disclosures/Ask", CARE, question)
    reply = w.pb["disclosures"].AskReply.FromString(raw)
    items = {p.result.source: worlds.items_of(p.result) for p in reply.parts}
    equal(items["housing"]["identity.nhs-number"], reply.pseudonym)
    equal(items["housing"]["tenancy.tenancy-status"], "secure")
    true("identity.name" not in items["police"], "a reviewer got a name")
    stub = w.channel(CARE).unary_stream("/lockgate.v1.Disclosures/Watch")
    question = w.question(CARE, w.person_ref(handle=handle), **REVIEW)
    streamed = b"".join(stub(question.SerializeToString(), timeout=20))
    true(len(streamed) > 1000, "nothing was streamed")
    for what, word in canaries(w, person):
        true(word.lower() not in raw.lower(), f"in the reply: {what}")
        true(word.lower() not in streamed.lower(), f"in the stream: {what}")


# Of one agreement and one commit: alike for all leaves of the log that stand side by side, as is
# the root under which they are.
COMMON = {"kind", "node", "epoch", "time_ms", "quarter", "agreement", "agreement_version",
          "decision", "reason", "record_count", "sources", "requesting_agency", "purpose", "basis"}


def shared_run(a, b, size=8):
    runs = {a[i:i + size] for i in range(len(a) - size + 1)}
    return any(b[i:i + size] in runs for i in range(len(b) - size + 1))


def receipts_apart(w, tokens):
    """What police and housing hold afterwards of one question."""
    reply = ask(w, CARE, tokens, CHILD)
    mine = worlds.parts_by_source(reply)
    held, calls = {}, {}
    for party in ("police", "housing", "gp"):
        index = mine[party].receipt.index
        agency = w.agencies[party]
        true(agency.wait(lambda a, i=index: any(m.receipt.index == i for m in a.acknowledged)),
             f"{party}: no receipt")
        message = next(m for m in agency.acknowledged if m.receipt.index == index)
        entry = tlog.receipt_check(message.receipt, message.checkpoint.note, w.rig.vkey)
        calls[party] = next(r for r, _ in agency.fetched
                            if r.call_reference == message.call_reference)
        held[party] = (entry, message)
    for a, b in (("police", "housing"), ("police", "gp"), ("housing", "gp")):
        (one, first), (two, second) = held[a], held[b]
        for name, value in vars(one).items():
            if name not in COMMON and name != "flags":
                true(value != getattr(two, name), f"{a} and {b} share {name}")
        random = [bytes(getattr(entry, name)) for entry in (one, two)
                  for name in ("request_id", "items", "tag", "commitment", "key_commitment",
                               "nonce", "sealed")]
        own, other = b"|".join(random[:7]), b"|".join(random[7:])
        true(not shared_run(own + first.call_reference, other + second.call_reference),
             f"{a} and {b} share eight bytes")
        true(first.receipt.salt == b"" or first.receipt.salt != second.receipt.salt, "one salt")
        equal((one.requesting_agency, one.purpose, one.basis), ("", "", ""))
        true(not shared_run(calls[a].reference, calls[b].reference), "one reference for two")
        true(reply.request_id not in (one.request_id, two.request_id), "the question's own id")
    # A second question about the same person shares nothing with the first at one source.
    before = held["police"][0]
    ask(w, CARE, tokens, CHILD)
    agency = w.agencies["police"]
    true(agency.wait(lambda a: a.acknowledged[-1].receipt.index > held["police"][1].receipt.index),
         "no second receipt")
    after = tlog.entry_read(agency.acknowledged[-1].receipt.leaf)
    for name in ("request_id", "tag", "commitment", "key_commitment", "nonce", "sealed"):
        true(not shared_run(getattr(before, name), getattr(after, name)), f"two questions: {name}")


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        tokens = w.blind(people)
        for party in SOURCES:
            w.enrol(party, people, tokens, worlds.basic_records(party))
        names = two_names(w, tokens[0])
        true(ask(w, CARE, tokens[1], CHILD).pseudonym != names[CARE], "one name for two people")
        refused_from_others(w, names)
        nothing_named(w, people[0], tokens[0])
        receipts_apart(w, tokens[0])


if __name__ == "__main__":
    sys.exit(worlds.run(main))
