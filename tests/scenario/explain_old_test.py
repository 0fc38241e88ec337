# SPDX-License-Identifier: Apache-2.0
"""A decision is explained by the text that decided, after another version took its place and after
a restart: same sentences, same line, same hash."""
import re
import signal
import sys

import agreement_life_test as life
import world as worlds
from check import equal, true

CALLER, POLICE = life.CALLER, "police"
CHILD = life.CHILD
NO_POWER = {"purpose": "child-safeguarding", "basis": "care-act"}
ITEM = "incidents.incident-count"


def explain(w, party, index, system="cases"):
    audit = w.pb["audit"]
    return w.call("audit", "Explain", party, audit.ExplainRequest(
        ground=w.ground(party, **CHILD), index=index), system=system)


def ask(w, person, ground):
    return w.ask(CALLER, person, sources=[POLICE], items=[ITEM], **ground)


def decided(w, person):
    """Index of a refusal of the whole question, and of the part of one that was answered."""
    refusal = ask(w, person, NO_POWER)
    equal(refusal.verdict.code, "BASIS_NOT_ACCEPTED")
    answered = ask(w, person, CHILD)
    equal(answered.parts[0].result.state, life.ANSWERED)
    return refusal.refusal_receipt.index, answered.parts[0].receipt.index


def told(reply):
    """All that an explanation says of the decision."""
    equal(reply.verdict.decision, 1, reply.verdict.code)
    return ([str(source) for source in reply.sources], str(reply.agreement), str(reply.facts),
            reply.policy_hash)


def everything(w, indices):
    refusal, part = indices
    return [told(explain(w, CALLER, refusal)), told(explain(w, CALLER, part)),
            told(explain(w, POLICE, part, system="officer"))]


def supersede(w):
    """The lines of version 2 stand further down than those of version 1."""
    officers = life.Officers(w)
    text = life.formed(w, life.next_version((w.folder / "agreement.isa").read_text()))
    reply = officers.call("Propose", CALLER, text=text.encode())
    officers.report = reply.agreement.report_sha256.hex()
    for party in re.findall(r"(?m)^party (\S+)$", text):
        officers.signed("Sign", party, text)
    equal(officers.call("Activate", life.LEAD, id=worlds.AGREEMENT, version=2).agreement.state,
          life.ACTIVE)
    equal(officers.state(1), life.SUPERSEDED)
    return text


def main():
    with worlds.World() as w:
        w.sources_await()
        people = worlds.people(1)
        tokens = w.blind(people)
        w.enrol(POLICE, people, tokens, worlds.basic_records(POLICE))
        person = w.person_ref(tokens[0])
        old = decided(w, person)
        before = everything(w, old)
        texts = (w.folder / "agreement.isa").read_text(), supersede(w)
        equal(everything(w, old), before)
        new = decided(w, person)
        first, second = explain(w, CALLER, old[0]), explain(w, CALLER, new[0])
        equal((first.agreement.version, second.agreement.version), (1, 2))
        true(first.policy_hash != second.policy_hash, "two texts have two hashes")
        items = [reply.sources[0].items[0] for reply in (first, second)]
        true(items[0].clause_line < items[1].clause_line, "the clause stands further down")
        for item, text in zip(items, texts):
            equal(text.splitlines()[item.clause_line - 1], f"clause {item.clause} share")
        w.rig.stop("gateway", signal.SIGKILL)
        life.restart(w)
        equal(everything(w, old), before)
        equal(explain(w, CALLER, new[0]).agreement.version, 2)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
