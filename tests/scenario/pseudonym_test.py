# SPDX-License-Identifier: Apache-2.0
"""One person, two recipients: two names that nobody else can use. What a pseudonymised role gets
identifies nobody."""
import base64
import hashlib
import sys

import agency as agencies
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


if __name__ == "__main__":
    sys.exit(worlds.run(main))
