# SPDX-License-Identifier: Apache-2.0
"""What only the law asks of a question, on whole programs: the requester's statement, the
compelling reason against an objection, and whether the person can decide. Each changes the answer,
is in the log for whoever may read it, and never reaches the source or the reply in words."""
import sys

import grpc

import world as worlds
from check import equal, refused as call_refused, true
from law_world import (
    ADULT, DATES, OBJECTION, PERMIT, Question, RECORDS, REFUSE, REFUSED, STATEMENT, World,
    explained, judged, refused, shared, truth, withheld)

# Nobody's duty, and refused where the person objects (clause 18.2).
ARREARS = Question("council-adults/officer", "council-housing", "early-help", "council-powers",
                   "tenancy.status")
# In the best interests of somebody who cannot decide (clause 3.2).
MEDICATION = Question("council-adults/social-worker", "gp", "tenancy-support", "practice-task",
                      "practice.medication")
COMPELLING = "Eviction is set for Friday and a child of three lives there."
CAN, CANNOT, NOT_KNOWN = 1, 2, 3


def can_ask(w, question, **words):
    return w.call("disclosures", "CanAsk", question.party, w.pb["disclosures"].CanAskRequest(
        ground=w.ground(question.party, **question.ground), sources=[question.source],
        items=[question.item], age_class=ADULT, **words)).verdict


def words_stay_here(w, question, reply, words):
    """Not in the reply, and not in what the source was sent."""
    true(words.encode() not in reply.SerializeToString(), "the reply has the words")
    request = w.agencies[question.source].fetched[-1][0]
    true(words.encode() not in request.SerializeToString(), "the source reads the words")


def statement(w, person):
    """Given or not, and of no more than 512 bytes."""
    refused(w, DATES.ask(w, person), "STATEMENT_MISSING", "8.1", "State that you need it")
    equal(can_ask(w, DATES).decision, REFUSE)
    equal(can_ask(w, DATES, statement=STATEMENT).decision, PERMIT)
    for longest in ("x" * 512, "é" * 256):
        shared(w, DATES, DATES.ask(w, person, statement=longest), "8.1")
    reply = DATES.ask(w, person, statement=STATEMENT)
    shared(w, DATES, reply, "8.1")
    words_stay_here(w, DATES, reply, STATEMENT)
    said = explained(w, DATES.party, reply.parts[0].receipt.index, "cases",
                     **{**DATES.ground, "basis": "care-act-duty"})
    true(said.facts.statement, "the record does not know that it was given")
    for wrong in ("x" * 513, "é" * 256 + "x", "a\x07b"):
        call_refused(grpc.StatusCode.INVALID_ARGUMENT, DATES.ask, w, person, statement=wrong)
    # Another's words serve no question of theirs: a statement says nothing of an objection.
    equal(can_ask(w, ARREARS, statement=STATEMENT).decision, PERMIT)


def compelling_reason(w, person):
    """An objection that stands yields to it, and is noted; without it an officer decides."""
    shared(w, ARREARS, ARREARS.ask(w, person), "18.2")
    ARREARS.says(w, person, REFUSED, OBJECTION)
    reply = ARREARS.ask(w, person)
    withheld(w, reply, "CONSENT_MISSING", "18.2")
    equal(truth(w, reply), "OBJECTION_REGISTERED")
    judged(w, reply, objection="referred")
    reply = ARREARS.ask(w, person, statement=COMPELLING)
    equal(truth(w, reply), "OBJECTION_REGISTERED")
    reply = ARREARS.ask(w, person, compelling_reason=COMPELLING)
    true("objection-noted" in shared(w, ARREARS, reply, "18.2"), "not noted")
    judged(w, reply, objection="met-with-warning")
    words_stay_here(w, ARREARS, reply, COMPELLING)
    for wrong in ("x" * 513, "a\nb\x00"):
        call_refused(grpc.StatusCode.INVALID_ARGUMENT, ARREARS.ask, w, person,
                     compelling_reason=wrong)


def capacity(w, person):
    """Only of somebody who cannot decide can another say what is best."""
    def ask(said, basis="seen"):
        return MEDICATION.ask(w, person, deciding_capacity=said, deciding_capacity_basis=basis)

    for said, basis in ((0, ""), (CAN, "seen"), (NOT_KNOWN, "cannot-tell")):
        reply = ask(said, basis)
        equal(reply.verdict.decision, REFUSE)
        true(truth(w, reply) in ("CONFIDENTIALITY_NOT_MET", "CONFIDENTIALITY_NOT_KNOWN"), said)
    reply = ask(CANNOT)
    shared(w, MEDICATION, reply, "3.2")
    equal(judged(w, reply, confidentiality="met")["confidentiality"], "best interests")
    equal(can_ask(w, MEDICATION, deciding_capacity=CANNOT).decision, PERMIT)
    for said, basis in ((CANNOT, ""), (0, "seen"), (CANNOT, "a feeling"), (9, "seen")):
        details = call_refused(grpc.StatusCode.INVALID_ARGUMENT, ask, said, basis)
        true("capacity" in details, details)


def main():
    RECORDS["gp"]["practice.medication"] = "inhaler"
    people = worlds.people(3)
    with World() as w:
        tokens = w.blind(people)
        for party, items in RECORDS.items():
            w.enrol(party, people, tokens, lambda p, items=items: [("record", items)])
        refs = [w.person_ref(own) for own in tokens]
        statement(w, refs[0])
        compelling_reason(w, refs[1])
        capacity(w, refs[2])
    print("statement, compelling reason and capacity change the answer and stay where they are")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
