# SPDX-License-Identifier: Apache-2.0
"""A review that nobody made in time, on whole programs: it is handed on to the agreement's lead,
once; until it is closed the person is not told; and whoever has it can end it."""
import os
import sys

import grpc

import journal as journals
import world as worlds
from check import equal, refused, true
from law_world import ALLERGIES, RECORDS, World

SOURCE, ASKER, LEAD = ALLERGIES.source, ALLERGIES.party, "council-adults"
DAYS = 10  # more than the three working days that a review may take


def emergency(w):
    return w.pb["disclosures"].Emergency(
        reason="risk-to-life", rationale="Found unconscious in the street, no papers.",
        capacity=2, capacity_basis="seen")


def review(w, method, party, user="ig-1", **words):
    name = "ListReviewsRequest" if method == "List" else f"{method}ReviewRequest"
    actor = w.pb["common"].Actor(user_id=user, role=worlds.ROLES[party][0])
    request = getattr(w.pb["reviews"], name)(actor=actor, **words)
    return w.call("reviews", method, party, request, system="officer")


def one(w, party):
    """The only case that this party's officers see, or None."""
    found = review(w, "List", party).reviews
    true(len(found) <= 1, found)
    return found[0] if found else None


def before_its_day(w, case):
    it = one(w, ASKER)
    equal((it.review_id, it.state, it.overdue, it.escalated_to), (case, "open", False, ""))
    equal(one(w, LEAD), None)
    refused(grpc.StatusCode.NOT_FOUND, review, w, "Take", LEAD, review_id=case)


def handed_on(w, case):
    """Both sides see where it is; nobody is told; whoever asked cannot end it."""
    true(worlds.wait_until(lambda: one(w, ASKER).escalated_to, 30), "it was not handed on")
    it = one(w, ASKER)
    equal((it.state, it.overdue, it.telling_blocked, it.escalated_to),
          ("escalated", True, True, LEAD))
    theirs = one(w, LEAD)
    equal((theirs.kind, theirs.state, theirs.overdue), ("emergency", "escalated", True))
    for party, shown in ((ASKER, it), (LEAD, theirs)):
        refused(grpc.StatusCode.FAILED_PRECONDITION, review, w, "Tell", party,
                review_id=shown.review_id, channel="in-person")
        refused(grpc.StatusCode.FAILED_PRECONDITION, review, w, "Close", party,
                review_id=shown.review_id, outcome="justified", telling="tell", reasons="Late.")
    refused(grpc.StatusCode.PERMISSION_DENIED, review, w, "Take", ASKER, user="user-1",
            review_id=case)
    return theirs.review_id


def ended_by_the_lead(w, case, theirs):
    taken = review(w, "Take", LEAD, review_id=theirs).review
    equal((taken.state, taken.taken_by), ("escalated", "ig-1"))
    closed = review(w, "Close", LEAD, review_id=theirs, outcome="not-justified", telling="tell",
                    reasons="The allergy was in the ambulance's own record.").review
    equal((closed.state, closed.outcome), ("closed", "not-justified"))
    it = one(w, ASKER)
    equal((it.state, it.outcome, it.overdue, it.telling_blocked),
          ("closed", "not-justified", False, False))
    told = review(w, "Tell", ASKER, review_id=case, channel="in-person").review
    equal(told.detail.telling, "told")
    refused(grpc.StatusCode.FAILED_PRECONDITION, review, w, "Tell", ASKER, review_id=case,
            channel="in-person")


def once(w):
    """Each step is in the log, and none twice, though the gateway began three times."""
    w.rig.stop("gateway")
    log = journals.Journal(w.folder / "gateway-state" / "log")
    reasons = [entry.reason for entry in log.entries if entry.kind == "REVIEW"]
    equal(reasons, ["EMERGENCY_OPENED", "REVIEW_OVERDUE", "REVIEW_TAKEN", "REVIEW_CLOSED",
                    "PERSON_TOLD"])


def main():
    if os.environ.get("LOCKGATE_SANITIZERS"):
        print("skipped under sanitizers: its day passes by a preloaded clock")
        sys.exit(worlds.SKIPPED)
    people = worlds.people(1)
    with World() as w:
        tokens = w.blind(people)
        w.enrol(SOURCE, people, tokens, lambda p: [("record", RECORDS[SOURCE])])
        person = w.person_ref(tokens[0])
        reply = ALLERGIES.ask(w, person, emergency=emergency(w))
        equal(reply.verdict.code, "PERMIT_EMERGENCY")
        case = reply.emergency.review_id
        before_its_day(w, case)
        w.gateway_later(days=DAYS)
        theirs = handed_on(w, case)
        w.gateway_later(days=DAYS + 1)
        equal(one(w, ASKER).escalated_to, LEAD)
        ended_by_the_lead(w, case, theirs)
        once(w)
    print("a review whose day passed went to the lead, once, and was ended there")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
