# SPDX-License-Identifier: Apache-2.0
"""After a run over 500 people, nothing that names one of them lies anywhere in the state of the
gateway and the key service, in a log, or in what a program printed: not as it is, reversed, in
UTF-16, hexadecimal or base64, in upper or lower case."""
import base64
import os
import pathlib
import subprocess
import sys
import tempfile

import grpc

import rig as rigs
import world as worlds
from check import equal, refused, true

CARE, PLAIN = "childrens-care", "voluntary"
PEOPLE = 500
PARTIES = ("police", "housing", "gp", "voluntary", "mh-trust")
# The one folder that is an agency's own data.
OWN_SOURCE = "edge"


# ---- what is looked for ----------------------------------------------------------------------


def words_of(w, person):
    nhs = person.nhs
    yield from (person.given, person.family, f"{person.given} {person.family}", nhs,
                f"{nhs[:3]} {nhs[3:6]} {nhs[6:]}", person.phone, person.phone.replace(" ", ""),
                person.address, person.postcode, person.born)
    for party in PARTIES:
        yield record_of(party, person)
        yield w.local[party, person.serial]


def base64_forms(data):
    """The part of the encoding that does not depend on what stands around it, for each of the
    three places where it may begin."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + data).rstrip(b"=")
        text = text[-(-before * 8 // 6):len(text) - (1 if (before + len(data)) % 3 else 0)]
        if len(text) >= 8:
            yield text
            yield text.replace(b"+", b"-").replace(b"/", b"_")


def patterns(words):
    """Forms that are looked for in lower case, and those of which case is a part."""
    lower, exact = set(), set()
    for word in words:
        data = word.encode()
        lower |= {data.lower(), data[::-1].lower(), data.hex().encode(),
                  data.lower().hex().encode(), data.upper().hex().encode(),
                  word.encode("utf-16-le").hex().encode()}
        for cased in (data, data.lower(), data.upper()):
            exact.update(base64_forms(cased))
    return lower, exact


def grep(data, wanted):
    """Those of the fixed texts that are in the data."""
    with tempfile.TemporaryDirectory() as folder:
        where, what = pathlib.Path(folder, "data"), pathlib.Path(folder, "wanted")
        where.write_bytes(data)
        what.write_bytes(b"\n".join(sorted(wanted)) + b"\n")
        run = subprocess.run(["grep", "-a", "-F", "-o", "-f", what, where], capture_output=True,
                             env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, check=False)
        true(run.returncode in (0, 1), run.stderr.decode())
        return set(run.stdout.split(b"\n")) - {b""}


def scan(data, lower, exact):
    """Every hit. UTF-16 is the text once its zeros are gone."""
    return grep(data.lower() + b"\n" + data.replace(b"\0", b"").lower(), lower) | grep(data, exact)


def scanner_sees(lower, exact, word):
    """The scan finds a planted word in each form."""
    data = word.encode()
    noise = bytes(range(1, 10)) * 3
    for planted in (data, data.upper(), data[::-1], word.encode("utf-16-le"),
                    word.encode("utf-16-be"), data.hex().encode(), data.hex().upper().encode(),
                    base64.b64encode(data), base64.b64encode(b"x" + data + b"yz"),
                    base64.b64encode(b"xy" + data.upper())):
        true(scan(noise + planted + noise, lower, exact), f"the scan does not see {planted!r}")
    true(not scan(noise * 50, lower, exact), "the scan sees what is not there")


def state_of(folder):
    """Bytes of every file but the agency's own data, without long runs of zeros; their number."""
    data, count = [], 0
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and inside.parts[0] != OWN_SOURCE:
            data.append(path.read_bytes().replace(bytes(64), b""))
            data.append(str(inside).encode())
            count += 1
    return b"\n".join(data), count


# ---- the run -----------------------------------------------------------------------------------


def record_of(party, person):
    return f"{party}-record-{person.serial:05}-{person.family[-5:]}"


def records(party):
    basic = worlds.basic_records(party)

    def make(person):
        return [(record_of(party, person), {
            **items, "incidents.incident-summary": f"seen with {person.given} {person.family}",
            "support.disclosure-notes": f"{person.family} said so",
            "contact.worker-name": person.family})
            for _, items in basic(person)]
    return make


def identity(w, person):
    return w.pb["common"].PersonRef(identity=w.pb["common"].Identity(
        family_name=person.family, given_name=person.given, born=person.born,
        postcode=person.postcode, scheme="nhs", identifier=person.nhs))


def ask_all(w, people, tokens):
    """Everybody is found and asked about; who asks and why is full of names as well."""
    sources = ["police", "housing", "gp", "voluntary"]

    def one(i):
        person = people[i]
        case = f"{person.family} {person.nhs}"
        handle = w.find(CARE, tokens[i], case=case, user=person.family).handle
        question = w.question(CARE, w.person_ref(handle=handle), sources=sources, case=case,
                              user=person.family)
        question.ground.actor.display_name = f"{person.given} {person.family}"
        question.reasons.proportionate = f"about {person.given} {person.family}"
        question.reasons.necessary = person.phone
        reply = w.call("disclosures", "Ask", CARE, question)
        got = worlds.items_of(worlds.parts_by_source(reply)["police"].result)
        equal(got["incidents.incident-summary"], f"seen with {person.given} {person.family}")

    worlds.together(8, lambda start: [one(i) for i in range(start, len(people), 8)])


def ask_clear(w, people):
    """The charity sends identifiers in clear."""
    for person in people:
        reply = w.ask(PLAIN, identity(w, person), sources=["police"])
        got = worlds.items_of(worlds.parts_by_source(reply)["police"].result)
        equal(got["identity.name"], f"{person.given} {person.family}")


def ask_hidden(w, people, tokens):
    """Under consent the trust answers; the consent is withdrawn; all of it is streamed once."""
    for i, person in enumerate(people):
        ref = w.person_ref(handle=w.find(CARE, tokens[i]).handle)
        consent = w.consent(CARE, ref)
        part = worlds.parts_by_source(w.ask(CARE, ref))["mh-trust"]
        equal(worlds.items_of(part.result)["contact.known-to-service"], "yes", person.serial)
        list(w.stub("disclosures", CARE).Watch(w.question(CARE, ref), timeout=20))
        w.withdraw(CARE, ref, consent.consent_id)


def go_wrong(w, people, tokens):
    """Names in every place where a request can be refused."""
    invalid, denied = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED
    for i, person in enumerate(people):
        name = f"{person.given} {person.family}"
        ref = w.person_ref(tokens=tokens[i])
        refused(denied, w.ask, CARE, ref, role=person.family)
        refused(invalid, w.ask, CARE, identity(w, person))
        refused(invalid, w.ask, CARE, w.person_ref(pseudonym=name))
        refused(invalid, w.ask, CARE, ref, user=name + "\n")
        refused(invalid, w.ask, CARE, ref, items=[name] * 300)
        for words in ({"purpose": person.family}, {"basis": person.nhs}, {"reason": name},
                      {"items": [f"identity.{person.family}"]}, {"sources": [person.family]}):
            try:
                w.ask(CARE, ref, **words)
            except grpc.RpcError as error:
                true(person.family not in (error.details() or ""), "a name in an error")
        bare = w.channel(CARE).unary_unary(f"/lockgate.v1.{person.family}/{person.nhs}")
        refused(grpc.StatusCode.UNIMPLEMENTED, bare, person.nhs.encode(), timeout=10)
        ask = w.channel(CARE).unary_unary("/lockgate.v1.Disclosures/Ask")
        refused(invalid, ask, person.family.encode() * 9, timeout=10,
                metadata=[("x-person", person.family), ("x-number-bin", person.nhs.encode())])


def lie(w, people, tokens):
    """Agencies fail with names in what they say."""
    def shout(agency, request, reply, context):
        context.abort(grpc.StatusCode.INTERNAL, f"no row for {people[0].family} {people[0].nhs}")

    for behave in (shout, lambda *_: people[0].family.encode() * 5):
        w.agencies["police"].behave = behave
        for own in tokens[:2]:
            handle = w.find(CARE, own).handle
            w.ask(CARE, w.person_ref(handle=handle), sources=["police"])
    w.agencies["police"].behave = None


def parties():
    return [rigs.Party(name, roles, look_up="plain" if name == PLAIN else "blind")
            for name, roles in worlds.ROLES.items()]


def main():
    with worlds.World(limits=worlds.SHORT, workers=2, parties=parties()) as w:
        people = worlds.people(PEOPLE)
        tokens = w.blind(people)
        for party in PARTIES:
            reply = w.enrol(party, people, tokens, records(party))
            equal(reply.added, PEOPLE, party)
        ask_all(w, people, tokens)
        ask_clear(w, people[:20])
        ask_hidden(w, people[:5], tokens)
        go_wrong(w, people[:5], tokens)
        lie(w, people, tokens)
        words = {word for person in people for word in words_of(w, person)}
        lower, exact = patterns(words)
        for word in (people[0].family, people[1].nhs, people[2].phone):
            scanner_sees(lower, exact, word)
        alive, count = state_of(w.folder)
        equal(scan(alive, lower, exact), set(), "in the state of running programs")
        w.rig.stop("gateway")
        w.rig.stop("keyd")
        ended, count = state_of(w.folder)
        equal(scan(ended, lower, exact), set(), "in the state that is left")
        print(f"ok: {len(words)} words in {len(lower | exact)} forms, {count} files, "
              f"{len(ended) >> 20} MiB")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
