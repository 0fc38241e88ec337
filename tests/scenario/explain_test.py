# SPDX-License-Identifier: Apache-2.0
"""Asked, refused, explained: to whoever asked, to the officer of the source, and to nobody else.
What the asker reads of special data is the same bytes for a person who is known, unknown, who
refused, and who was never asked."""
import json
import re
import subprocess
import sys

import grpc
import rig as rigs
import world as worlds
from check import equal, true

CALLER, TRUST = "childrens-care", "mh-trust"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
EARLY = {"purpose": "early-help", "basis": "early-help-consent"}
ITEMS = ["mental-health.risk-summary", "mental-health.care-status"]


def explain(w, party, index=0, request_id=b"", system="cases", **ground):
    audit = w.pb["audit"]
    role = ground.pop("role", None)
    return w.call("audit", "Explain", party, audit.ExplainRequest(
        ground=w.ground(party, role=role, **(ground or CHILD)), index=index,
        request_id=request_id), system=system)


def can_ask(w, party, **words):
    disclosures = w.pb["disclosures"]
    ground = {name: words.pop(name) for name in ("purpose", "basis") if name in words}
    return w.call("disclosures", "CanAsk", party, disclosures.CanAskRequest(
        ground=w.ground(party, **ground), **words))


def kinds(item):
    return [[hint.kind for hint in one.hints] for one in item.hint_sets]


def a_whole_refusal(w, person):
    """CanAsk said it before, Ask refuses it, and Explain says the same by index and request id."""
    question = w.question(CALLER, person, sources=["police"], items=["incidents.incident-count"],
                          purpose="child-safeguarding", basis="care-act")
    reply = w.call("disclosures", "Ask", CALLER, question)
    equal((reply.verdict.decision, reply.verdict.code), (3, "BASIS_NOT_ACCEPTED"))
    told = can_ask(w, CALLER, sources=["police"], items=["incidents.incident-count"], age_class=1,
                   no_consent_reason="would-prejudice", purpose="child-safeguarding",
                   basis="care-act")
    missing = told.sources[0].missing[0]
    equal((missing.code, kinds(missing)[0]), ("BASIS_NOT_ACCEPTED", ["CITE_BASIS"]))
    equal(missing.hint_sets[0].hints[0].value, "children-act")
    index = reply.refusal_receipt.index
    by_index = explain(w, CALLER, index)
    equal((by_index.verdict.decision, by_index.reader, by_index.index), (1, "requester", index))
    by_id = explain(w, CALLER, request_id=question.request_id)
    equal(by_id.index, index)
    equal(by_id.sources[0], by_index.sources[0])
    item = by_index.sources[0].items[0]
    equal((item.code, item.sentence, item.clause), (missing.code, missing.sentence, missing.clause))
    checks = {check.check: check for check in item.checks}
    equal((checks["basis"].mark, checks["basis"].found), ("failed", "care-act"))
    equal(checks["names"].mark, "passed")
    axes = {axis.axis: (axis.verdict, axis.source != "") for axis in item.axes}
    # What rests on the person is not among them, and without a register no power is asked for.
    equal(axes, {"agreement": ("met", True), "power": ("not-asked", False),
                 "basis": ("not-met", True), "necessity": ("not-asked", False)})
    equal(list(missing.axes), list(item.axes))
    equal((by_index.facts.purpose, by_index.facts.basis, by_index.facts.no_consent_reason),
          ("child-safeguarding", "care-act", "would-prejudice"))
    equal(by_index.agreement.id, reply.verdict.agreement)
    equal(len(by_index.policy_hash), 32)
    # Doing what it says makes it lawful.
    again = w.ask(CALLER, person, sources=["police"], items=["incidents.incident-count"],
                  purpose="child-safeguarding", basis=item.hint_sets[0].hints[0].value)
    true(again.verdict.decision != 3, again.verdict.code)
    return index


def trust_part(w, person, **words):
    reply = w.ask(CALLER, person, sources=[TRUST], items=ITEMS, **(words or CHILD))
    return reply.parts[0].receipt.index


def one_answer(w, people):
    """{name: index of the trust's part}: the asker reads the same of all, its officer the truth."""
    indices = {name: trust_part(w, person) for name, person in people.items()}
    texts = {}
    for name, index in indices.items():
        reply = explain(w, CALLER, index)
        equal((reply.verdict.decision, reply.reader), (1, "requester"))
        # The minute in which each was asked is its asker's own.
        texts[name] = re.sub(r"asked [0-9: on-]+", "asked", str(reply.sources[0]))
        for item in reply.sources[0].items:
            equal(item.code, "CONSENT_MISSING")
            true(item.sentence.startswith("Nothing can be shared under clause "), item.sentence)
            equal(kinds(item)[0], ["ASK_PERSON"])
        equal(reply.facts.consent, "")
    first = texts["unknown"].splitlines()
    for name, text in texts.items():
        equal(text.splitlines(), first, name)
    found = {}
    for name, index in indices.items():
        reply = explain(w, TRUST, index, system="officer")
        equal((reply.verdict.decision, reply.reader), (1, "source"))
        item = reply.sources[0].items[0]
        consent = next(check for check in item.checks if check.check == "consent")
        equal(len(item.axes), 6)
        equal((reply.facts.recipient, reply.facts.age_class, reply.facts.emergency_count),
              ("", 0, 0), "a source that no clause tells who asked")
        found[name] = (item.code, consent.found.split(" on ")[0], reply.facts.consent)
    equal(found, {
        "given": ("", "given, explicitly", "given"),
        "refused": ("CONSENT_REFUSED", "it was refused", "refused"),
        "never asked": ("CONSENT_MISSING", "none is recorded", ""),
        "unknown": ("CONSENT_MISSING", "none is recorded", ""),
    })
    return indices


def nobody_else(w, indices, whole):
    """Other agencies, and the source's own systems, read nothing."""
    index = indices["refused"]
    reply = explain(w, "housing", index, system="officer")
    equal((reply.verdict.decision, reply.verdict.code, len(reply.sources)),
          (3, "NOT_YOUR_ENTRY", 0))
    equal(explain(w, TRUST, index).verdict.code, "NOT_YOUR_ENTRY")
    equal(explain(w, TRUST, whole, system="officer").verdict.code, "NOT_YOUR_ENTRY")
    equal(explain(w, CALLER, request_id=rigs.request_id()).verdict.code, "NOT_FOUND")
    # The look is in the log, before it is shown; the entry of a look holds no decision.
    reply = explain(w, CALLER, index)
    equal(explain(w, CALLER, reply.receipt.index).verdict.code, "NO_DECISION")
    for wrong, code in (({"index": 1 << 40}, grpc.StatusCode.OUT_OF_RANGE),
                        ({"request_id": b"short"}, grpc.StatusCode.INVALID_ARGUMENT)):
        try:
            explain(w, CALLER, **wrong)
        except grpc.RpcError as error:
            equal(error.code(), code)
        else:
            raise AssertionError(f"{wrong} was answered")


def run(w, *words):
    done = subprocess.run([str(rigs.Rig.program("lockgate")), *map(str, words)], timeout=60,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def command_line(w, whole, indices):
    """The same by hand: exit codes, JSON, and a decision as a case of the agreement's tests."""
    folder = w.rig.folder
    ground = ["--purpose", "child-safeguarding", "--basis", "care-act", "--user", "ab12", "--role",
              "social-worker", "--case", "C-17"]
    clients = {}
    for party, system in ((CALLER, "cases"), (TRUST, "officer")):
        clients[party] = folder / f"client-{party}.yaml"
        rigs.write(clients[party],
                   f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n  dns: localhost\n"
                   f"  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\ntls-client:\n"
                   + w.rig.tls(party, system, "client"))
    asks = ["can", "ask", "--config", clients[CALLER], *ground, "--from", "police", "--age",
            "child", "--no-consent", "would-prejudice", "--item", "incidents.incident-count"]
    code, said, _ = run(w, *asks)
    equal(code, 3, said)
    true("Cite children-act, if it applies." in said, said)
    true(re.search(r"axis basis +not-met ", said), said)
    equal(run(w, *asks, "--quiet")[:2], (3, ""))
    good = ["children-act" if word == "care-act" else word for word in asks]
    equal(run(w, *good, "--quiet")[:2], (0, ""))
    code, said, _ = run(w, "explain", "OUT_OF_HOURS")
    equal((code, said), (0, "OUT_OF_HOURS  The clause is open at other hours.\n"))
    good_ground = ["children-act" if word == "care-act" else word for word in ground]
    code, said, wrong = run(w, "explain", whole, "--config", clients[CALLER], *good_ground)
    equal(code, 0, wrong)
    true("BASIS_NOT_ACCEPTED" in said and "What would change it: Cite children-act" in said, said)
    code, said, _ = run(w, "explain", whole, "--config", clients[CALLER], *good_ground, "--json")
    equal((code, json.loads(said)["sources"][0]["items"][0]["code"]), (0, "BASIS_NOT_ACCEPTED"))
    officer = [worlds.ROLES[TRUST][0] if word == "social-worker" else word for word in good_ground]
    code, said, wrong = run(w, "explain", indices["refused"], "--config", clients[TRUST], *officer)
    equal(code, 0, wrong)
    true("it was refused on" in said, said)
    equal(run(w, "explain", whole, "--config", clients[TRUST], *officer)[0], 3)
    # The log's decision as a test of the agreement: the agreement passes it.
    heading = (rigs.SOURCE / "tests" / "vectors" / "policy" / "heading.csv").read_text()
    lines = ""
    for index in (whole, indices["unknown"]):
        code, line, wrong = run(w, "explain", index, "--config", clients[CALLER], *good_ground,
                                "--case-line")
        equal(code, 0, wrong)
        lines += line
    rigs.write(folder / "made.cases.csv", heading + lines)
    code, said, wrong = run(w, "agreement", "check", folder / "agreement.isa", "--cases",
                            folder / "made.cases.csv")
    equal(code, 0, said + wrong)


def too_long(w, person):
    """What the log's entry cannot hold is refused before anything is looked up or entered."""
    question = w.question(CALLER, person, **CHILD)
    size, _ = w.checkpoint()
    for name in ("proportionate", "lawful", "accountable", "necessary", "least_intrusive"):
        setattr(question.reasons, name, "x" * 512)
    question.ground.case_reference = "C" * 128
    question.ground.actor.display_name = "N" * 128
    try:
        w.call("disclosures", "Ask", CALLER, question)
    except grpc.RpcError as error:
        equal(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        true("shorten them" in error.details(), error.details())
    else:
        raise AssertionError("reasons of any length were taken")
    equal(w.checkpoint()[0], size)
    for name in ("proportionate", "lawful", "accountable", "necessary", "least_intrusive"):
        setattr(question.reasons, name, "x" * 400)
    true(w.call("disclosures", "Ask", CALLER, question).parts, "no answer")


def test():
    with worlds.World() as w:
        w.sources_await()
        people = worlds.people(3)
        tokens = w.blind(people)
        for i, name in enumerate(("given", "refused", "never asked")):
            w.enrol(TRUST, [people[i]], [tokens[i]])
            w.enrol("police", [people[i]], [tokens[i]])
        stranger = w.blind(worlds.people(4, seed=11)[3:])[0]
        refs = {"given": w.person_ref(tokens[0]), "refused": w.person_ref(tokens[1]),
                "never asked": w.person_ref(tokens[2]), "unknown": w.person_ref(stranger)}
        w.consent(CALLER, refs["given"], purposes=["safeguarding"], **CHILD)
        w.consent(CALLER, refs["refused"], state=2, purposes=["safeguarding"], **CHILD)
        whole = a_whole_refusal(w, refs["given"])
        indices = one_answer(w, refs)
        nobody_else(w, indices, whole)
        command_line(w, whole, indices)
        too_long(w, refs["given"])


if __name__ == "__main__":
    sys.exit(worlds.run(test))
