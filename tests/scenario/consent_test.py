# SPDX-License-Identifier: Apache-2.0
"""Consent from the first word to the last: said by a representative, kinds kept apart, withdrawn by
somebody who is not told what there was, and a signed notice for each agency that relied on it and
for nobody else, through a restart and through kill -9."""
import datetime
import signal
import sys

import grpc

import existence_test as existence
import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true

CARE, CHARITY, TRUST = "childrens-care", "voluntary", "mh-trust"
EARLY = {"purpose": "early-help", "basis": "early-help-consent"}
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
BASIS, CONFIDENCE, SERVICE, OBJECTION = 1, 2, 3, 4
GIVEN, REFUSED, WITHDRAWN = 1, 2, 3
ANSWERED, WITHHELD, NOTHING = 1, 2, 4


class Desk:
    """Calls of the service Consents."""

    def __init__(self, w):
        self.w = w
        self.pb = w.pb["consents"]

    def call(self, method, message, party, system="cases", ground=CHILD, **words):
        request = getattr(self.pb, message)(request_id=rigs.request_id(),
                                         ground=self.w.ground(party, **ground), **words)
        return self.w.call("consents", method, party, request, system=system)

    def record(self, party, person, ground=EARLY, how=None, **words):
        consent = self.pb.Consent(how=self.pb.ConsentHow(**(how or {})), **words)
        return self.call("Record", "RecordConsentRequest", party, ground=ground, person=person,
                         consent=consent)

    def withdraw(self, party, person, ground=CHILD, **words):
        return self.call("Withdraw", "WithdrawConsentRequest", party, ground=ground,
                         person=person, **words)

    def seen(self, party, person, system="cases", ground=CHILD):
        reply = self.call("List", "ListConsentsRequest", party, system, ground, person=person)
        return {(c.kind, c.state) for c in reply.consents}

    def notices(self, party, system="cases", **words):
        reply = self.call("Notices", "NoticesRequest", party, system, **words)
        equal(reply.verdict.decision, 1)
        return list(reply.notices)

    def page(self, party, consent_id):
        reply = self.call("Receipt", "ConsentReceiptRequest", party, consent_id=consent_id)
        entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, self.w.rig.vkey)
        equal(entry.kind, "CONSENT")
        return reply.page


def refused(code, call, *words, **more):
    try:
        call(*words, **more)
    except grpc.RpcError as error:
        equal(error.code(), code)
        return
    raise AssertionError("it was taken")


def state_of(w, party, person, source, **ground):
    reply = w.ask(party, person, sources=[source], **ground)
    return worlds.parts_by_source(reply)[source].result.state


def by_representative(w, desk, people):
    """A deputy speaks for the person: evidence is asked for, kept, and shown to the recorder."""
    person = people(CARE, 0, EARLY)
    deputy = {"representative": 3, "manner": 3, "language": "cy", "format": 2}
    words = {"state": GIVEN, "kind": BASIS, "explicit": True, "purposes": ["early-help"],
             "until": "2099-12-31"}
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.record, CARE, person, how=deputy, **words)
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.record, CARE, person,
            how=deputy | {"representative_evidence": "Mr Sample, 2 High St"}, **words)
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.record, CARE, person, **words | {"kind": 0})
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.record, CARE, person,
            **words | {"sources": ["nobody"]})
    reply = desk.record(CARE, person, how=deputy | {"representative_evidence": "COP-2026/17"},
                        **words)
    shown = desk.call("Show", "ShowConsentRequest", CARE, ground=EARLY, person=person,
                      consent_id=reply.consent_id).consent
    equal((shown.how.representative, shown.how.representative_evidence, shown.how.user_id),
          (3, "COP-2026/17", "user-1"))
    page = desk.page(CARE, reply.consent_id)
    for words in ("YOU AGREED", "a deputy appointed by the Court of Protection", "in writing",
                  "Until the end of: 2099-12-31", "does not undo what was shared before",
                  f"Log entry: {reply.receipt.index}", "______"):
        true(words in page, words)
    # The receipt is the recorder's; others neither get it nor see that there is a consent.
    refused(grpc.StatusCode.NOT_FOUND, desk.page, "housing", reply.consent_id)
    other = people("housing", 0, {"purpose": "adult-safeguarding", "basis": "care-act"})
    equal(desk.seen("housing", other, ground={"purpose": "adult-safeguarding",
                                              "basis": "care-act"}), set())
    equal(desk.seen(CARE, person, ground=EARLY), {(BASIS, GIVEN)})
    return person


def kinds(w, desk, people):
    """What was agreed to is kept apart: the end of one is not the end of another."""
    person = people(CARE, 1, CHILD)
    for kind in (CONFIDENCE, SERVICE, BASIS):
        desk.record(CARE, person, ground=CHILD, state=GIVEN, kind=kind, explicit=True)
    equal(state_of(w, CARE, person, TRUST, **CHILD), ANSWERED)
    desk.withdraw(CARE, person, kind=SERVICE)
    desk.withdraw(CARE, person, kind=BASIS)
    equal(state_of(w, CARE, person, TRUST, **CHILD), ANSWERED)
    equal(desk.seen(CARE, person),
          {(CONFIDENCE, GIVEN), (SERVICE, WITHDRAWN), (BASIS, WITHDRAWN)})
    # An objection is no withdrawal, is not given, and is lifted by who recorded it alone.
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.record, CARE, person, ground=CHILD,
            state=GIVEN, kind=OBJECTION)
    objection = desk.record(CARE, person, ground=CHILD, state=REFUSED, kind=OBJECTION)
    true("YOU OBJECTED" in desk.page(CARE, objection.consent_id), "the page of an objection")
    equal(state_of(w, CARE, person, TRUST, **CHILD), ANSWERED)
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.withdraw, CARE, person, kind=OBJECTION)
    desk.withdraw(CARE, person)
    equal(state_of(w, CARE, person, TRUST, **CHILD), NOTHING)
    true((OBJECTION, REFUSED) in desk.seen(CARE, person), "the objection went with the consent")
    desk.record(CARE, person, ground=CHILD, state=WITHDRAWN, kind=OBJECTION)
    true((OBJECTION, WITHDRAWN) in desk.seen(CARE, person), "the objection was not lifted")
    # The permission ended, so the one agency that had used it is told what that means.
    notice, = [n for n in desk.notices(CARE, outstanding_only=True) if n.kind == CONFIDENCE]
    equal({item.source for item in notice.items}, {TRUST})
    true("permission to share confidential information" in notice.note, "the kind in words")
    desk.call("Acknowledge", "AcknowledgeNoticeRequest", CARE, notice_id=notice.notice_id)


def note_check(w, notice):
    """The signed text: the log's key, the recipient's own pseudonym, and nobody's name."""
    body, _, _ = notice.note.rpartition("\n\n")
    try:
        tlog.checkpoint_open(notice.note, w.rig.vkey)
        raise AssertionError("a notice passes for a checkpoint")
    except tlog.Wrong as wrong:
        equal(str(wrong), "another log", "the signature is good, and it is no checkpoint")
    true(f"About: your pseudonym {notice.pseudonym}" in body, "the pseudonym")
    true("\nEnded: 20" in body and "Ended: " + body.split("Ended: ")[1][:10] + "\n" in body,
         "the day alone: by the entry two agencies could tell that it is one person")
    true("Articles 17(1)(b) and 19" in body, "the law")


def relied(w, desk, people):
    """Two agencies relied on the consent; a third asked and got nothing; a fourth never asked."""
    care, charity = people(CARE, 0, EARLY), people(CHARITY, 0, EARLY)
    for party, person in ((CARE, care), (CHARITY, charity)):
        for _ in range(2):  # the second time is no new reliance
            equal(state_of(w, party, person, "housing", **EARLY), ANSWERED)
    size = w.checkpoint()[0]
    equal(state_of(w, CARE, care, "housing", **EARLY), ANSWERED)
    equal(w.checkpoint()[0] - size, 3 - 1, "entries of a question that relies on what is known")
    other = people("adults-care", 2, EARLY)
    equal(state_of(w, "adults-care", other, "housing", **EARLY), WITHHELD)
    for party in (CARE, CHARITY, "housing", "police", "adults-care"):
        equal(desk.notices(party, outstanding_only=True), [], f"{party} before the withdrawal")


def told(w, desk, acknowledged=()):
    """Who has which notices, and whom the source's officer sees as outstanding."""
    found = {}
    for party in (CARE, CHARITY):
        mine = desk.notices(party)
        equal(len(mine), 1, f"notices of {party}")
        notice = mine[0]
        equal((notice.recipient, notice.kind, notice.acknowledged),
              (party, BASIS, party in acknowledged))
        true({"housing"} == {i.source for i in notice.items}, "the source")
        true({"early-help"} == {i.purpose for i in notice.items}, "the purpose")
        true("tenancy" in {i.category for i in notice.items}, "the category")
        for item in notice.items:
            equal(w.entry(item.log_index, "housing").kind, "RELEASE")
        note_check(w, notice)
        found[party] = notice
    true(found[CARE].pseudonym != found[CHARITY].pseudonym, "two agencies share a pseudonym")
    for party in ("housing", "police", "adults-care", "gp", "hub"):
        equal(desk.notices(party), [], f"{party} relied on nothing")
    theirs = desk.notices("housing", "officer", of_source=True, outstanding_only=True)
    equal(len(theirs), 2 - len(acknowledged), "outstanding, as the source sees it")
    # No clause here tells the source who asked, or why.
    equal({n.recipient for n in theirs} | {i.purpose for n in theirs for i in n.items}, {""})
    true(not {n.notice_id for n in theirs} & {n.notice_id for n in found.values()},
         "two sides have one id for the notice")
    true(all(not n.pseudonym and not n.note for n in theirs), "another's pseudonym")
    refused(grpc.StatusCode.PERMISSION_DENIED, desk.notices, "housing", of_source=True)
    return found


def withdrawn(w, desk, people):
    """The police are told by the person; nobody tells the police what there was."""
    reply = desk.withdraw("police", people("police", 0, CHILD))
    w.rig.stop("gateway", signal.SIGKILL)
    w.rig.start_gateway()
    equal((reply.verdict.decision, reply.withdrawn), (1, 0))
    true("YOU WITHDREW" in desk.page("police", reply.consent_id), "the page of a withdrawal")
    found = told(w, desk)
    refused(grpc.StatusCode.NOT_FOUND, desk.call, "Acknowledge", "AcknowledgeNoticeRequest",
            CHARITY, notice_id=found[CARE].notice_id)
    reply = desk.call("Acknowledge", "AcknowledgeNoticeRequest", CARE,
                      notice_id=found[CARE].notice_id)
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("CONSENT", "NOTICE_ACKNOWLEDGED"))
    told(w, desk, acknowledged=(CARE,))
    w.rig.stop("gateway")
    w.rig.start_gateway()
    told(w, desk, acknowledged=(CARE,))
    equal(desk.notices(CARE, outstanding_only=True), [])
    # Given again and withdrawn again: a notice of its own.
    care = people(CARE, 0, EARLY)
    desk.record(CARE, care, state=GIVEN, kind=BASIS, explicit=True)
    equal(state_of(w, CARE, care, "housing", **EARLY), ANSWERED)
    desk.record(CARE, care, state=REFUSED, kind=BASIS, purposes=["early-help"])
    equal(state_of(w, CARE, care, "housing", **EARLY), WITHHELD)
    equal(len(desk.notices(CARE, outstanding_only=True)), 1, "a refusal ends it as well")


def counts(desk):
    """By agency, for officers, without small numbers."""
    month = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")
    refused(grpc.StatusCode.PERMISSION_DENIED, desk.call, "Counts", "ConsentCountsRequest", CARE,
            month=month)
    refused(grpc.StatusCode.INVALID_ARGUMENT, desk.call, "Counts", "ConsentCountsRequest", CARE,
            "officer", month="2026-13")
    # One that goes on: the difference of two answers could be one person.
    refused(grpc.StatusCode.FAILED_PRECONDITION, desk.call, "Counts", "ConsentCountsRequest", CARE,
            "officer", month=month)
    reply = desk.call("Counts", "ConsentCountsRequest", CARE, "officer", month="2020-02")
    by_agency = {c.agency: c for c in reply.counts}
    true({CARE, "gp"} <= set(by_agency), "the agencies")
    equal({(c.given, c.refused, c.asked, c.suppressed) for c in reply.counts}, {(0, 0, 0, False)})


class Stranger(existence.Observer):
    """What the police see when they record a withdrawal."""

    def withdraw(self, tokens):
        pb = self.w.pb["consents"]
        found = self.w.find("police", tokens)
        request = pb.WithdrawConsentRequest(
            request_id=rigs.request_id(), person=self.w.person_ref(handle=found.handle),
            ground=self.w.ground("police"))
        self.note("Withdraw", pb.WithdrawConsentReply,
                  self.w.raw("Consents/Withdraw", "police", request))


def observe(is_given):
    """Housing's tenant gave consent and the charity used it, or somebody else did."""
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        tokens = w.blind(people)
        for party in ("housing", "police", CHARITY):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        giver = w.person_ref(handle=w.find(CHARITY, tokens[0 if is_given else 1], **EARLY).handle)
        w.consent(CHARITY, giver, **EARLY)
        equal(state_of(w, CHARITY, giver, "housing", **EARLY), ANSWERED)
        stranger = Stranger(w)
        for _ in range(2):  # the second finds nothing in either world
            stranger.withdraw(tokens[0])
        return stranger.seen


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        desk = Desk(w)
        everybody = worlds.people(3)
        tokens = w.blind(everybody)
        for party in ("police", "housing", TRUST, CHARITY, "adults-care", CARE):
            w.enrol(party, everybody, tokens, worlds.basic_records(party))

        def people(party, i, ground):
            return w.person_ref(handle=w.find(party, tokens[i], **ground).handle)

        by_representative(w, desk, people)
        relied(w, desk, people)
        withdrawn(w, desk, people)
        kinds(w, desk, people)
        counts(desk)
    with_consent, without = observe(True), observe(False)
    equal(len(with_consent), 2)
    for (what, one), (_, other) in zip(with_consent, without):
        equal(one, other, what)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
