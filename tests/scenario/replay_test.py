# SPDX-License-Identifier: Apache-2.0
"""Drafts put to what was asked, over a running partnership: the text that decided changes nothing;
a draft with two edits changes just those clauses, for the roles and purposes that asked; every
party reads its own side alone; and each look is in the log before anything is read."""
import datetime
import json
import subprocess
import sys
import tempfile
import time

import grpc
import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, refused, true

import agreement_life_test as life

CALLER, HOUSING, POLICE, TRUST = "childrens-care", "housing", "police", "mh-trust"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
NEW, REFUSED = 1, 5
TOTALS = ("newly_visible", "newly_refused", "weaker", "other", "stronger", "reason_changed",
          "rate_only", "cannot_tell")
ASB, CONVICTIONS = "tenancy.asb-complaints", "incidents.convictions"


def now_ms():
    return int(time.time() * 1000)


def replay(officers, party, system="officer", **words):
    words = {"id": worlds.AGREEMENT, "from_ms": 0, "to_ms": now_ms() + 60000, **words}
    return officers.call("Replay", party, system=system, **words)


def changes(reply):
    equal((reply.left_out.erased, reply.left_out.without_text), (0, 0))
    return {name: getattr(reply, name) for name in TOTALS if getattr(reply, name)}


def rows(reply):
    return {(row.turn, row.clause, row.role, row.purpose): row.fields for row in reply.rows}


def draft_of(text):
    """Two edits: one clause gives a field less, another is for every role."""
    draft = life.next_version(text)
    for before, after in (
            (f"pass: tenancy.tenancy-status, {ASB}, tenancy.property-condition",
             "pass: tenancy.tenancy-status, tenancy.property-condition"),
            ("  to: childrens-care/team-manager\n  purpose: child-safeguarding\n",
             "  to: childrens-care/*\n  purpose: child-safeguarding\n")):
        true(draft.count(before) == 1, before)
        draft = draft.replace(before, after)
    return draft


def questions(w, person):
    """Of several roles; what each asked for is counted in the tests below."""
    both = {"sources": [HOUSING, POLICE], "items": ["tenancy.tenancy-status", ASB,
                                                    "incidents.incident-count", CONVICTIONS]}
    replies = [w.ask(CALLER, person, **both, **CHILD),
               w.ask(CALLER, person, role="team-manager", **both, **CHILD),
               w.ask(CALLER, person, sources=[POLICE], items=[CONVICTIONS], **CHILD),
               w.ask(CALLER, person, sources=[TRUST], items=["mental-health.care-status"], **CHILD),
               w.ask(POLICE, person, sources=[HOUSING], items=[ASB], purpose="child-safeguarding",
                     basis="crime-disorder-act")]
    equal(replies[2].verdict.decision, 3)
    true(replies[2].refusal_receipt.leaf, "a question refused as a whole")
    true(replies[4].parts, "police are answered by housing")
    return replies


def nothing_changes(officers):
    reply = replay(officers, CALLER)
    equal((changes(reply), len(reply.rows)), ({}, 0))
    # Of two questions both sources decide on all four fields, one has one field; of the trust's
    # hidden data its asker is told nothing.
    equal((reply.questions, reply.same, reply.left_out.withheld), (4, 17, 1))
    true("people stop asking" in reply.limit, reply.limit)
    return reply


def a_draft(officers, draft, asked):
    reply = replay(officers, CALLER, text=draft.encode())
    equal(changes(reply), {"newly_visible": 2, "newly_refused": 2})
    equal(rows(reply), {
        (NEW, "8.2", "childrens-care/social-worker", "child-safeguarding"): 2,
        (REFUSED, "7.1", "childrens-care/social-worker", "child-safeguarding"): 1,
        (REFUSED, "7.1", "childrens-care/team-manager", "child-safeguarding"): 1})
    equal((reply.questions, reply.same, reply.left_out.withheld), (4, 13, 1))
    for row in reply.rows:
        true((CONVICTIONS if row.turn == NEW else ASB) in row.sample, row.sample)
    indices = {part.receipt.index for part in [*asked[0].parts, *asked[1].parts]}
    indices.add(asked[2].refusal_receipt.index)
    true(all(row.sample_index in indices for row in reply.rows), "samples are entries of the log")


def own_side(officers, draft):
    """Police asked once, and their clauses do not tell them who asks them."""
    reply = replay(officers, POLICE, text=draft.encode())
    equal(rows(reply), {(REFUSED, "7.1", "police/" + worlds.ROLES[POLICE][0],
                         "child-safeguarding"): 1})
    equal((reply.questions, reply.left_out.withheld), (3, 2))
    # The lead reads no more than any other: it asked nothing and holds nothing of these.
    reply = replay(officers, life.LEAD, text=draft.encode())
    equal((reply.questions, reply.same, len(reply.rows), reply.left_out.withheld), (0, 0, 0, 0))


def periods(officers, between):
    """Questions of the period alone, from the first moment on and before the last."""
    equal(replay(officers, CALLER, to_ms=between).questions, 0)
    equal(replay(officers, CALLER, from_ms=between).questions, 4)
    equal(replay(officers, CALLER, from_ms=now_ms() + 1000).questions, 0)


def who_may(officers, text):
    refused(grpc.StatusCode.PERMISSION_DENIED, replay, officers, CALLER, system="cases")
    refused(grpc.StatusCode.NOT_FOUND, replay, officers, CALLER, version=7)
    refused(grpc.StatusCode.NOT_FOUND, replay, officers, CALLER, id="nothing")
    for words in ({"from_ms": 5, "to_ms": 5}, {"version": 1, "text": text.encode()},
                  {"text": b"isa 1\nagreement x\n"}, {"text": text.encode(), "id": "other"}):
        refused(grpc.StatusCode.INVALID_ARGUMENT, replay, officers, CALLER, **words)


def in_the_log(w, officers):
    size, _ = w.checkpoint()
    reply = replay(officers, CALLER)
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, reply.receipt.index >= size), ("SEARCH", True))
    # Where the log refuses the entry nothing is read: a look that has no entry has no answer.
    equal(w.checkpoint()[0], size + 1)


def client_of(w, party):
    name = w.rig.folder / f"client-{party}.yaml"
    rigs.write(name, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n  dns: localhost\n"
                     f"  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\ntls-client:\n"
                     + w.rig.tls(party, "officer", "client"))
    return name


def run(w, draft, *more, party=CALLER):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    days = ("--from", today - datetime.timedelta(days=1), "--to", today)
    words = ("agreement", "replay", draft, "--config", client_of(w, party), *days, "--user",
             "officer-1", "--role", worlds.ROLES[party][0], *more)
    done = subprocess.run([str(rigs.Rig.program("lockgate")), *map(str, words)], timeout=60,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def command_line(w, draft):
    """Exit 3 where something is newly visible that nobody expects, in words and in JSON."""
    folder = w.rig.folder
    rigs.write(folder / "draft.isa", draft)
    code, said, wrong = run(w, folder / "draft.isa")
    equal(code, 3, said + wrong)
    true("newly visible" in said and "8.2" in said and "people stop asking" in said, said)
    rigs.write(folder / "agreed.txt", "8.2 childrens-care/social-worker child-safeguarding\n")
    code, said, wrong = run(w, folder / "draft.isa", "--expected", folder / "agreed.txt", "--json")
    report = json.loads(said)
    equal((code, report["newly visible"], report["permit to refuse"], report["withheld"]),
          (0, 2, 2, 1), wrong)
    equal(run(w, folder / "agreement.isa")[0], 0)
    rigs.write(folder / "wrong.isa", "isa 1\nagreement x\n")
    code, said, wrong = run(w, folder / "wrong.isa")
    equal((code, said), (1, ""))
    true("line" in wrong, wrong)
    equal(run(w, folder / "draft.isa", "--json", "--else")[0], 2)
    return totals(w, folder / "draft.isa")


def totals(w, draft):
    """What goes with a proposal to all parties: by clause, nobody's role and no small count."""
    code, said, wrong = run(w, draft, "--totals", "--json")
    equal(code, 3, wrong)
    report = json.loads(said)
    true({"turn": "newly visible", "clause": "8.2", "fewer_than": 8} in report["totals"], said)
    equal([set(row) for row in report["totals"]],
          [{"turn", "clause", "fewer_than"}] * len(report["totals"]))
    code, said, wrong = run(w, draft, "--totals")
    true("newly visible" in said and "8.2" in said and "fewer than 8" in said, said + wrong)
    for told in ("social-worker", "safeguarding", "entry", "questions,"):
        true(told not in said, said)
    equal(run(w, draft, "--totals")[1], said, "the same replay, the same bytes")
    return said.encode()


def superseded(w, officers, draft, person, replayed):
    """The old version is not in force any more, and its decisions are still replayed."""
    draft = life.formed(w, draft)
    officers.call("Propose", CALLER, text=draft.encode(), report=replayed)
    true(replayed in officers.get(2).report, "the replay goes with what is signed")
    officers.report = officers.get(2).agreement.report_sha256.hex()
    for party in worlds.ROLES:
        officers.signed("Sign", party, draft)
    officers.call("Activate", life.LEAD, id=worlds.AGREEMENT, version=2)
    reply = replay(officers, CALLER, version=2)
    equal((changes(reply), reply.questions), ({"newly_visible": 2, "newly_refused": 2}, 4))
    w.ask(CALLER, person, sources=[POLICE], items=[CONVICTIONS], **CHILD)
    reply = replay(officers, CALLER)
    equal((changes(reply), reply.questions, reply.same),
          ({"newly_visible": 2, "newly_refused": 2}, 5, 14))


def demo():
    with worlds.World() as w:
        w.sources_await()
        officers = life.Officers(w)
        text = (w.folder / "agreement.isa").read_text()
        people = worlds.people(1)
        tokens = w.blind(people)
        for party in (HOUSING, POLICE, TRUST):
            w.enrol(party, people, tokens)
        person = w.person_ref(tokens[0])
        between = now_ms()
        asked = questions(w, person)
        draft = draft_of(text)
        nothing_changes(officers)
        a_draft(officers, draft, asked)
        own_side(officers, draft)
        periods(officers, between)
        who_may(officers, text)
        in_the_log(w, officers)
        replayed = command_line(w, draft)
        superseded(w, officers, draft, person, replayed)


def told(text):
    """The demo's agreement, where housing and the trust are told who asks."""
    for clause in ("clause 7.1 share\n", "clause 7.2 share\n", "clause 9.1 share\n"):
        true(text.count(clause) == 1, clause)
        text = text.replace(clause, clause + "  tells source: agency and purpose\n")
    return text


def a_source(w, officers, draft, person):
    """An officer of a source that is told who asks reads its answers, and no others."""
    w.ask(CALLER, person, sources=[HOUSING, POLICE], items=[ASB, "incidents.incident-count"],
          **CHILD)
    reply = replay(officers, HOUSING)
    equal((changes(reply), reply.questions, reply.same, reply.left_out.withheld), ({}, 1, 2, 0))
    reply = replay(officers, HOUSING, text=draft.encode())
    equal(rows(reply), {(REFUSED, "7.1", "childrens-care/social-worker", "child-safeguarding"): 1})
    reply = replay(officers, POLICE, text=draft.encode())
    equal((reply.questions, len(reply.rows), reply.left_out.withheld), (1, 0, 1))


def nobody_is_found_out(w, officers, text, people):
    """No draft tells who asked what a hidden source has recorded of the person."""
    basis, asks = "  basis: children-act, care-act\n", "  consent: required\n"
    rest = "  consent is: confidentiality\n  pass: contact.known-to-service, contact.worker-phone"
    true(text.count(basis + asks + rest) == 1, "the clause of the trust's data")
    drafts = [text, life.next_version(text).replace(
        basis + asks + rest,
        basis + "  consent: not needed\n" + rest.split("\n", 1)[1])]
    seen = {}
    for name, person in people.items():
        since = now_ms()
        w.ask(CALLER, person, sources=[TRUST], items=["mental-health.care-status"], **CHILD)
        seen[name] = [(changes(reply), reply.same, reply.questions, reply.left_out.withheld)
                      for draft in drafts
                      for reply in [replay(officers, CALLER, from_ms=since, text=draft.encode())]]
        last = replay(officers, TRUST, from_ms=since, text=drafts[1].encode())
        equal(changes(last), {} if name == "given" else {"newly_visible": 1}, name)
    equal(seen["given"], [({}, 0, 1, 1), ({}, 0, 1, 1)])
    for name, found in seen.items():
        equal(found, seen["given"], name)


def sources():
    base = (rigs.SOURCE / "policy/examples/demo.isa.in").read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".isa.in") as file:
        file.write(told(base))
        file.flush()
        with worlds.World(agreement=file.name) as w:
            w.sources_await()
            officers = life.Officers(w)
            text = (w.folder / "agreement.isa").read_text()
            people = worlds.people(4)
            tokens = w.blind(people)
            for party in (HOUSING, POLICE, TRUST):
                w.enrol(party, people[:3], tokens[:3])
            refs = dict(zip(("given", "refused", "never asked", "unknown"),
                            map(w.person_ref, tokens)))
            w.consent(CALLER, refs["given"], purposes=["safeguarding"], **CHILD)
            w.consent(CALLER, refs["refused"], state=2, purposes=["safeguarding"], **CHILD)
            a_source(w, officers, draft_of(text), refs["given"])
            nobody_is_found_out(w, officers, text, refs)


def test():
    demo()
    sources()


if __name__ == "__main__":
    sys.exit(worlds.run(test))
