# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of the law share: an agreement that cites law (tests/vectors/policy/law.isa)
under the statute register, a partnership of its parties, questions by name, and what is looked for
in a reply and in the log."""
import datetime
import hashlib
import pathlib
import re
import tempfile

import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true

TEXT = (rigs.SOURCE / "tests/vectors/policy/law.isa").read_text()
REGISTER = rigs.SOURCE / "policy/register/uk.register"
worlds.AGREEMENT = "law"
worlds.EDGE = "council-childrens"
worlds.ROLES = {}
for _party, _role in re.findall(r"(?m)^role ([a-z-]+)/([a-z-]+)$", TEXT):
    worlds.ROLES.setdefault(_party, []).append(_role)
CHILD, ADULT = 1, 2
GIVEN, REFUSED, WITHDRAWN = 1, 2, 3
CONFIDENTIALITY, SERVICE, OBJECTION = 2, 3, 4
PERMIT, REFUSE = 1, 3
ANSWERED, WITHHELD_BY_CONSENT, NOT_PERMITTED, NOTHING, WITHHELD_BY_SOURCE = 1, 2, 3, 4, 7
STATEMENT = "We enquire under Care Act 2014 s.42 and need the dates for it."
# The person of scenario 13, whom no other agency knows; how many are known to somebody.
HIDDEN_ONLY, KNOWN = 13, 22
# Of whom the hospital read an opt-out: 1 applies, 2 does not; how many days ago. Seven are allowed.
OPT_OUTS = {19: (2, 7), 20: (1, 0), 21: (2, 8)}
RECORDS = {
    "council-adults": {"care.package": "two visits a day", "care.worker": "W SAMPLE",
                       "board-papers.finding": "lessons learnt"},
    "council-housing": {"tenancy.status": "secure", "tenancy.arrears": "300",
                        "support.contact-dates": "2026-10-01"},
    "council-safety": {"incidents.summary": "reported noise"},
    "school": {"school-record.attendance": "91", "school-record.concern": "often tired"},
    "police": {"incidents.count": "2"},
    "hospital": {"patient.name": "A SAMPLE", "patient.attendance": "3",
                 "patient.allergies": "penicillin", "referral.contact": "0161 496 0123"},
    "gp": {"practice.diagnosis": "asthma", "support-headline.in-place": "yes"},
    "charity": {"support.contact-dates": "2026-10-02"},
    "refuge": {"resident.stays": "yes"},
}


def agreement(first, last):
    """The text, in force from one day to another, counted from today."""
    today = datetime.date.today()
    days = [(today + datetime.timedelta(days=n)).isoformat() for n in (first, last)]
    text = re.sub(r"in force: \S+ to \S+", f"in force: {days[0]} to {days[1]}", TEXT)
    text = text.replace("  sets aside: missing consent, hours\n",
                        "  overdue reviews: second person from 3\n"
                        "  sets aside: missing consent, hours\n")
    return re.sub(r"review due: \S+", f"review due: {days[1]}", text)


class World(worlds.World):
    def __init__(self, first=-20, last=300):
        digest = hashlib.sha256(REGISTER.read_bytes()).hexdigest()
        limits = f"{worlds.SHORT}register:\n  file: {REGISTER}\n  sha256: {digest}\n"
        parties = [rigs.Party(name, roles) for name, roles in worlds.ROLES.items()]
        parties.append(rigs.Party("hub", is_source=False))
        with tempfile.NamedTemporaryFile("w", suffix=".isa") as file:
            file.write(agreement(first, last))
            file.flush()
            super().__init__(file.name, limits, workers=2, parties=parties)

    def gateway_later(self, days):
        """The gateway ends, and begins again with its wall clock so much ahead."""
        clock = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        for channel in self.channels.values():
            channel.close()
        self.channels = {}
        equal(self.rig.stop("gateway"), 0)
        self.rig.start_gateway(LD_PRELOAD=str(clock), FAKETIME=f"+{days}d",
                               FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.sources_await()

    def ground(self, party, purpose="child-welfare", basis="welfare-duty", **words):
        return super().ground(party, purpose, basis, **words)


class Question:
    """Who asks ("party/role"), whom, under which purpose and basis, for which item."""

    def __init__(self, who, source, purpose, basis, item, age=ADULT):
        self.party, self.role = who.split("/")
        self.source, self.item, self.age = source, item, age
        self.ground = {"purpose": purpose, "basis": basis, "role": self.role}

    def but(self, **words):
        other = Question(f"{self.party}/{self.role}", self.source, self.ground["purpose"],
                         self.ground["basis"], self.item, self.age)
        for name, value in words.items():
            setattr(other, name, value)
        return other

    def request(self, w, person, **words):
        request = w.question(self.party, person, sources=[self.source], items=[self.item],
                             age=self.age, case=words.pop("case", "CASE-1"), **self.ground)
        for name, value in words.items():
            if hasattr(value, "CopyFrom") or hasattr(value, "DESCRIPTOR"):
                getattr(request, name).CopyFrom(value)
            else:
                setattr(request, name, value)
        return request

    def ask(self, w, person, **words):
        return w.call("disclosures", "Ask", self.party, self.request(w, person, **words))

    def says(self, w, person, state, kind, **words):
        """A fact of the person's, recorded by the one who asks."""
        reply = w.consent(self.party, person, state=state, kind=kind, **{**self.ground, **words})
        equal((reply.verdict.decision, len(reply.consent_id)), (PERMIT, 16), reply.verdict)
        return reply


NURSE = Question("hospital/district-nurse", "council-adults", "direct-care", "care-duty",
                 "care.package")
LANDLORD = Question("housing-association/officer", "gp", "tenancy-support", "practice-task",
                    "practice.diagnosis")
ENQUIRY = Question("council-childrens/social-worker", "police", "child-enquiry", "enquiry-duty",
                   "incidents.count", CHILD)
CONCERN = Question("council-childrens/social-worker", "school", "child-welfare", "welfare-duty",
                   "school-record.concern", CHILD)
NAMES = Question("police/officer", "hospital", "serious-violence", "serious-violence-power",
                 "patient.name")
PLANNING = Question("council-adults/analyst", "hospital", "service-planning", "planning-251",
                    "patient.attendance")
DATES = Question("council-adults/officer", "charity", "adult-safeguarding", "charity-interest",
                 "support.contact-dates")
ALLERGIES = Question("ambulance/paramedic", "hospital", "emergency-care", "vital-interests",
                     "patient.allergies")
RESIDENT = Question("council-adults/social-worker", "refuge", "adult-safeguarding",
                    "charity-interest", "resident.stays")
FINDING = Question("council-housing/enforcement", "council-adults", "housing-enforcement",
                   "council-powers", "board-papers.finding")
REFERRAL = Question("council-housing/officer", "hospital", "homelessness", "homelessness-duty",
                    "referral.contact")
EARLY_HELP = Question("charity/keyworker", "council-housing", "early-help", "help-consent",
                      "tenancy.status")
# On which ground an officer of each source reads the log.
READERS = {
    "council-adults": ("social-worker", "adult-safeguarding", "care-act-duty"),
    "council-housing": ("officer", "homelessness", "homelessness-duty"),
    "school": ("safeguarding-lead", "child-welfare", "welfare-duty"),
    "police": ("officer", "serious-violence", "serious-violence-power"),
    "hospital": ("district-nurse", "direct-care", "care-duty"),
    "gp": ("practitioner", "direct-care", "care-duty"),
    "refuge": ("worker", "child-welfare", "welfare-duty"),
}


def reader(party):
    role, purpose, basis = READERS[party]
    return {"role": role, "purpose": purpose, "basis": basis}


def explained(w, party, index, system="officer", **ground):
    return w.call("audit", "Explain", party, w.pb["audit"].ExplainRequest(
        ground=w.ground(party, **ground), index=index), system=system)


def judged(w, reply, **axes):
    """These axes came to these verdicts, as an officer of the source reads them in the log; what
    each rests on, where the clause lets the source know."""
    part = reply.parts[0]
    said = explained(w, part.result.source, part.receipt.index, **reader(part.result.source))
    found = {axis.axis: axis.verdict for axis in said.sources[0].items[0].axes}
    equal({axis: found[axis] for axis in axes}, axes)
    return {axis.axis: axis.source for axis in said.sources[0].items[0].axes}


def truth(w, reply):
    """The reason as an officer of the source reads it, out of the log."""
    part = reply.parts[0]
    source = part.result.source
    said = explained(w, source, part.receipt.index, **reader(source))
    equal((said.verdict.decision, said.reader), (PERMIT, "source"), said.verdict.code)
    return said.sources[0].items[0].code


def shared(w, question, reply, clause, code="PERMIT_CLAUSE"):
    """Shared in full under this clause, released by the log before it left; its obligations."""
    equal((reply.verdict.decision, reply.verdict.code, list(reply.verdict.clauses)),
          (PERMIT, code, [clause]))
    part = reply.parts[0]
    equal(part.result.state, ANSWERED)
    equal(worlds.items_of(part.result),
          {question.item: RECORDS[question.source][question.item]})
    entry = tlog.receipt_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.decision), ("RELEASE", PERMIT))
    equal((reply.duties.keep_days, reply.duties.onward), (90, "no"))
    return set(reply.duties.obligations)


def refused(w, reply, code, clause, *remedy):
    """Nobody was asked: the whole question is refused, with its entry in the log."""
    verdict = reply.verdict
    equal((verdict.decision, verdict.code, list(verdict.clauses), len(reply.parts)),
          (REFUSE, code, [clause] if clause else [], 0), verdict)
    for words in remedy:
        true(words in verdict.remedy, verdict.remedy)
    entry = tlog.receipt_check(reply.refusal_receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("DENIAL", code))


def withheld(w, reply, code, clause, *remedy, state=WITHHELD_BY_CONSENT):
    """One source's line says no."""
    verdict, result = reply.verdict, reply.parts[0].result
    equal((verdict.decision, result.state, len(result.records)), (REFUSE, state, 0), result)
    equal([(held.code, held.clause) for held in result.held_back], [(code, clause)])
    for words in remedy:
        true(words in verdict.remedy, verdict.remedy)
    tlog.receipt_check(reply.parts[0].receipt, reply.checkpoint.note, w.rig.vkey)
