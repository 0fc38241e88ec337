# SPDX-License-Identifier: Apache-2.0
"""The decision on one question to one source, step by step as in agreements, section 9."""

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta

import axes
import clock
import consent
import emergency
import govern
from agreement import SENSITIVE, TREATMENTS

CHECKS = ["AGREEMENT", "NAMES", "REVIEW", "HOLDS", "FLOOR", "NEVER", "SHARE", "EMERGENCY", "BASIS",
          "SUBJECT", "CASE", "SECOND_PERSON", "HOURS", "REASON", "CONSENT", "LIMIT"]
AGREED = [one for one in CHECKS if one not in ("BASIS", "REASON", "CONSENT")]
NOT_ASKED, PASSED, FAILED, SET_ASIDE = range(4)
EARLY = ["AGREEMENT_SUSPENDED", "AGREEMENT_NOT_SIGNED", "AGREEMENT_NOT_STARTED",
         "AGREEMENT_EXPIRED", "PARTY_WITHDRAWN", "NOT_A_PARTY", "ROLE_UNKNOWN",
         "TRAINING_NOT_CURRENT", "SAME_PARTY", "PURPOSE_UNKNOWN", "FIELD_UNKNOWN"]
# Codes in the order of their checks; those of one check are equally far.
STEPS = EARLY + [
    "AGREEMENT_REVIEW_OVERDUE", "SOURCE_DOES_NOT_HOLD", "FLOOR_PROHIBITED", "PROHIBITED",
    "NO_CLAUSE", "EMERGENCY_ONLY", ("BASIS_NOT_OPEN_TO_BODY", "BASIS_NOT_ACCEPTED"),
    "STATEMENT_MISSING",
    ("POWER_NOT_KNOWN", "POWER_MISSING", "POWER_NOT_COMMENCED", "POWER_CARVED_OUT"),
    "PURPOSE_LOCKED", "SUBJECT_NOT_COVERED", "CASE_REFERENCE_MISSING", "SECOND_PERSON_MISSING",
    "NECESSITY_MISSING", "OUT_OF_HOURS", "NO_CONSENT_REASON_MISSING",
    ("CONSENT_MISSING", "CONSENT_REFUSED", "CONSENT_WITHDRAWN", "CONSENT_EXPIRED",
     "CONSENT_OUT_OF_SCOPE", "CONSENT_NOT_EXPLICIT"),
    ("CONFIDENTIALITY_NOT_KNOWN", "CONFIDENTIALITY_NOT_MET"), "OBJECTION_REGISTERED",
    ("OPT_OUT_UNKNOWN", "OPT_OUT_APPLIES"), "HOLDER_WITHHOLDS", "RATE_LIMIT"]
DEPTHS = {code: i for i, step in enumerate(STEPS)
          for code in ([step] if isinstance(step, str) else step)}
DEAD = EARLY[:5] + ["AGREEMENT_REVIEW_OVERDUE"]
NO_CONSENT_REASONS = ("cannot-give", "cannot-reasonably-obtain", "would-prejudice")
CONSENT_CODES = {"none": "CONSENT_MISSING", "refused": "CONSENT_REFUSED",
                 "withdrawn": "CONSENT_WITHDRAWN", "expired": "CONSENT_EXPIRED",
                 "out of scope": "CONSENT_OUT_OF_SCOPE", "plain": "CONSENT_NOT_EXPLICIT"}


@dataclass
class Ruling:
    """What becomes of one field under one agreement."""

    field: str
    agreement: str = ""
    refusal: str = ""
    treatment: str = ""
    rule: str = ""
    clause: str = ""
    share: object = None  # the clause where one shares
    rank: tuple = ()
    by_emergency: bool = False  # shared because a check was set aside
    objection: bool = False  # shared although the person refused or withdrew
    review_due: bool = False
    basis: str = ""
    stage: str = ""  # the code of the check that failed, whatever is told in its place
    is_late: bool = False  # refused once the person was looked up
    marks: dict = field(default_factory=dict)
    # The law (axes.py).
    axes: dict = field(default_factory=dict)
    consent_rule: str = ""  # the clause's, or what a statute asks for in its place
    agreement_by_law: bool = False
    power: object = None  # law.Power that carries it
    entry: object = None  # of the register, relied on or failed by
    is_duty: bool = False
    lock: bool = False
    crossing: bool = False
    untold: bool = False  # the person is not told: rule 12
    regime: int = 0
    route: str = ""  # what sets the duty of confidence aside
    permission: object = None  # the consent that does, or that an opt-out yields to
    refusal_set_aside: bool = False
    duty_outlives: bool = False

    def mark(self, check, mark):
        self.marks[check] = mark

    def fail(self, check, reason, stage=None):
        self.marks[check] = FAILED
        self.refuse(reason, stage or reason)

    def refuse(self, reason, stage):
        if not self.refusal:
            self.refusal, self.stage = reason, stage

    def raise_axis(self, axis, verdict):
        """The weightier of two verdicts stands."""
        if axes.WEIGHTS.index(verdict) > axes.WEIGHTS.index(self.axes.get(axis, axes.NOT_ASKED)):
            self.axes[axis] = verdict

    @property
    def depth(self):
        """How far it got."""
        return DEPTHS[self.stage]

    def trace(self):
        return "".join(str(self.marks.get(check, NOT_ASKED)) for check in CHECKS)


class Decider:
    """One request under one agreement in force; `forces` are all that there are."""

    def __init__(self, force, request, forces):
        self.force, self.request, self.forces = force, request, forces
        self.agreement = force.agreement
        self.moment = clock.local(self.agreement.zone, request.at_s)
        self.today = self.moment.date()
        self.review_day = self.agreement.review
        self.emergency = emergency.standing(self.agreement, request)

    # ---- Steps 1 and 2: the agreement and the names

    def agreement_fault(self):
        force, sides = self.force, (self.request.recipient, self.request.source)
        if force.is_suspended or any(one in force.suspended for one in sides):
            return "AGREEMENT_SUSPENDED"
        missing = [one for one in force.unsigned if one in sides or not self.agreement.both_sides]
        if force.is_unsigned or missing:
            return "AGREEMENT_NOT_SIGNED"
        if self.today < self.agreement.first:
            return "AGREEMENT_NOT_STARTED"
        if self.today > self.agreement.last:
            return "AGREEMENT_EXPIRED"
        if any(one in force.withdrawn for one in sides):
            return "PARTY_WITHDRAWN"
        return ""

    def names_fault(self):
        agreement, request = self.agreement, self.request
        role = f"{request.recipient}/{request.role}"
        if request.recipient not in agreement.parties or request.source not in agreement.parties:
            return "NOT_A_PARTY"
        if role not in agreement.roles:
            return "ROLE_UNKNOWN"
        if agreement.roles[role] and agreement.roles[role] not in request.trainings:
            return "TRAINING_NOT_CURRENT"
        if request.recipient == request.source:
            return "SAME_PARTY"
        if request.purpose not in agreement.within:
            return "PURPOSE_UNKNOWN"
        if any(one not in agreement.fields for one in request.fields):
            return "FIELD_UNKNOWN"
        return ""

    # ---- What an emergency may stand in for

    def fail_or_set_aside(self, ruling, check, reason, what):
        """`what` is the word of `sets aside`; None for what any emergency stands in for."""
        help_ = self.emergency.may_set_aside(what)
        if help_ is None:
            ruling.fail(check, reason)
        elif help_:
            ruling.fail(check, help_, reason)
        else:
            ruling.mark(check, SET_ASIDE)

    # ---- Step 4: review

    def review(self, ruling):
        if self.today <= self.review_day + timedelta(self.agreement.grace):
            ruling.mark("REVIEW", PASSED)
        else:
            self.fail_or_set_aside(ruling, "REVIEW", "AGREEMENT_REVIEW_OVERDUE", "review")

    # ---- Steps 5 to 8: what speaks about the cell

    def never(self, ruling, nevers):
        strict = [one for one in nevers if not one.unless_emergency]
        if not nevers:
            ruling.mark("NEVER", PASSED)
        elif strict:
            ruling.fail("NEVER", "PROHIBITED")
            ruling.clause = strict[0].name
        else:
            self.fail_or_set_aside(ruling, "NEVER", "PROHIBITED", None)
            ruling.clause = nevers[0].name if ruling.refusal else ""

    def find_clause(self, ruling):
        """True where a share clause governs and nothing forbids it."""
        request, category = self.request, self.agreement.fields[ruling.field]
        cell = govern.cell_of(self.agreement, request.recipient, request.role, request.source,
                              request.purpose, ruling.field)
        if "any" not in category.held_by and request.source not in category.held_by:
            ruling.fail("HOLDS", "SOURCE_DOES_NOT_HOLD")
            return False
        ruling.mark("HOLDS", PASSED)
        if cell["floor"]:
            ruling.fail("FLOOR", "FLOOR_PROHIBITED")
            ruling.clause = cell["floor"][0].name
            return False
        ruling.mark("FLOOR", PASSED)
        self.never(ruling, cell["nevers"])
        if ruling.refusal:
            return False
        ruling.share, ruling.rank = cell["share"], cell["rank"]
        if ruling.share is None:
            ruling.fail("SHARE", "NO_CLAUSE")
            return False
        ruling.mark("SHARE", PASSED)
        ruling.clause = ruling.share.name
        return True

    # ---- Step 9: the checks of the governing clause

    def emergency_only(self, ruling):
        if not ruling.share.emergency_only:
            return
        if self.emergency.valid:
            ruling.mark("EMERGENCY", SET_ASIDE)
        else:
            ruling.fail("EMERGENCY", self.emergency.fault or "EMERGENCY_ONLY", "EMERGENCY_ONLY")

    def basis_fits(self, share, data_class):
        request = self.request
        basis = self.agreement.bases.get(request.basis)
        if basis is None or basis.name not in share.bases:
            return False
        return (self.agreement.purpose_covered(basis.covers, request.purpose)
                and self.basis_suits_parties(basis)
                and basis.conditions[data_class])

    def basis_suits_parties(self, basis):
        source, recipient = (self.agreement.parties[one]
                             for one in (self.request.source, self.request.recipient))
        return (not (basis.kind == "recognised-interest" and source.is_public)
                and not (basis.kind == "law-enforcement" and not recipient.is_competent))

    def emergency_basis_fits(self, data_class):
        basis = self.agreement.bases[self.request.basis]
        return (self.agreement.purpose_covered(basis.covers, self.request.purpose)
                and self.basis_suits_parties(basis) and basis.conditions[data_class])

    def basis(self, ruling, data_class, judge):
        if judge.is_shut():
            ruling.fail("BASIS", "BASIS_NOT_OPEN_TO_BODY")
            return
        section = self.emergency.valid or self.emergency.blamed
        brought = section.brings if section else []
        if self.basis_fits(ruling.share, data_class):
            ruling.mark("BASIS", PASSED)
        elif self.request.basis in brought and self.emergency_basis_fits(data_class):
            self.fail_or_set_aside(ruling, "BASIS", "BASIS_NOT_ACCEPTED", None)
        else:
            ruling.fail("BASIS", "BASIS_NOT_ACCEPTED")

    def conditions(self, ruling):
        share, request = ruling.share, self.request
        asked = [
            ("SUBJECT", share.about in ("children", "adults"), "SUBJECT_NOT_COVERED",
             (share.about, request.age) in (("children", "child"), ("adults", "adult"))),
            ("CASE", "case reference" in share.requires, "CASE_REFERENCE_MISSING",
             request.case_reference),
            ("SECOND_PERSON", "second person" in share.requires, "SECOND_PERSON_MISSING",
             request.second_person),
        ]
        for check, is_asked, reason, holds in asked:
            if holds or not is_asked:
                ruling.mark(check, PASSED)
            else:
                ruling.fail(check, reason)

    def hours(self, ruling):
        hours = ruling.share.hours
        if hours is None or self.agreement.hours[hours].is_open(self.moment):
            ruling.mark("HOURS", PASSED)
        else:
            self.fail_or_set_aside(ruling, "HOURS", "OUT_OF_HOURS", "hours")

    def reason(self, ruling, data_class, state):
        """Why consent was not asked for: the clause does without, and the basis wants to know."""
        share, basis = ruling.share, self.agreement.bases.get(self.request.basis)
        by_basis = basis is not None and data_class in basis.reason_needed
        asked = ruling.consent_rule == "not needed" and (
            by_basis or "reason for no consent" in share.requires)
        given = self.request.no_consent_reason in NO_CONSENT_REASONS
        if not asked or given or state in ("plain", "explicit"):
            ruling.mark("REASON", PASSED)
        elif self.emergency.valid:
            ruling.mark("REASON", SET_ASIDE)
        else:
            ruling.fail("REASON", "NO_CONSENT_REASON_MISSING")

    def consent(self, ruling, data_class, state):
        if ruling.consent_rule == "not needed":
            ruling.objection = state in consent.AGAINST
            ruling.mark("CONSENT", PASSED)
            return
        basis = self.agreement.bases.get(self.request.basis)
        strict = basis is not None and basis.kind == "consent" and data_class == "special"
        code = CONSENT_CODES.get(state, "CONSENT_MISSING")
        if state == "explicit" or (state == "plain" and not strict):
            ruling.mark("CONSENT", PASSED)
        elif ruling.consent_rule == "required":
            ruling.fail("CONSENT", code)
        elif state in consent.AGAINST and self.emergency.valid:
            self.refusal(ruling, code)
        else:
            self.fail_or_set_aside(ruling, "CONSENT", code, "missing consent")

    def refusal(self, ruling, code):
        if "missing consent" not in self.emergency.valid.sets_aside:
            ruling.fail("CONSENT", code)
        elif self.emergency.refusal_yields(self.request):
            ruling.mark("CONSENT", SET_ASIDE)
            ruling.refusal_set_aside = True
        else:
            ruling.fail("CONSENT", "EMERGENCY_CANNOT_SET_ASIDE_REFUSAL", code)

    def limit(self, ruling):
        if ruling.share.limit is None:
            ruling.mark("LIMIT", PASSED)
            return
        limit = self.agreement.limits[ruling.share.limit]
        counts = self.request.counts.get((self.agreement.name, limit.name), (0, 0, 0))
        allowed = (limit.person, limit.agency, limit.subject)
        if all(most is None or count < most for count, most in zip(counts, allowed)):
            ruling.mark("LIMIT", PASSED)
        else:
            self.fail_or_set_aside(ruling, "LIMIT", "RATE_LIMIT", "limit")

    def check_clause(self, ruling):
        """Without the person first: who is refused by these is not looked up at all."""
        category = self.agreement.fields[ruling.field]
        judge = axes.Judge(self, ruling)
        ruling.consent_rule = ruling.share.consent
        self.emergency_only(ruling)
        self.basis(ruling, category.data_class, judge)
        judge.before()
        self.conditions(ruling)
        judge.necessity()
        self.hours(ruling)
        if ruling.refusal:
            return
        state = consent.state_of(self.agreement, ruling.share, self.request, category.name,
                                 self.today.isoformat())
        self.reason(ruling, category.data_class, state)
        self.consent(ruling, category.data_class, state)
        judge.after()
        self.limit(ruling)
        ruling.is_late = bool(ruling.refusal)

    # ---- Step 10

    def share(self, ruling):
        ruling.treatment, ruling.rule = govern.treatment_of(ruling.share, ruling.field)
        ruling.basis = self.request.basis
        ruling.by_emergency |= SET_ASIDE in ruling.marks.values()
        if not ruling.by_emergency:
            return
        valid = self.emergency.valid
        ruling.basis = valid.basis
        can_say_no = self.request.emergency.capacity != "cannot"
        if ruling.refusal_set_aside and can_say_no and valid.basis_for_refusal:
            ruling.basis = valid.basis_for_refusal

    # ---- The verdicts on what the checks above say of an axis

    def verdict_of(self, ruling, checks):
        marks = [ruling.marks[one] for one in checks if one in ruling.marks]
        for mark, verdict in ((FAILED, axes.NOT_MET), (SET_ASIDE, axes.SET_ASIDE),
                              (PASSED, axes.MET)):
            if mark in marks:
                return verdict
        return axes.NOT_ASKED

    def sum_up(self, ruling):
        agreed = self.verdict_of(ruling, AGREED)
        if agreed == axes.MET and self.today > self.review_day:
            agreed = axes.WARNING
        ruling.raise_axis("agreement", axes.REFERRED if ruling.duty_outlives else agreed)
        ruling.raise_axis("basis", self.verdict_of(ruling, ["BASIS", "REASON"]))
        if ruling.share is None or ruling.consent_rule == "not needed":
            return
        basis = self.agreement.bases.get(self.request.basis)
        by_consent = basis is not None and basis.kind == "consent"
        axis = ("power" if ruling.agreement_by_law else "confidentiality"
                if ruling.share.consent_is == "confidentiality" and not by_consent else "basis")
        ruling.raise_axis(axis, self.verdict_of(ruling, ["CONSENT"]))

    def outlive(self, ruling):
        """Scenario 14: the automated route is closed; a duty is for a single disclosure."""
        names = [self.request.recipient in self.agreement.parties,
                 self.request.source in self.agreement.parties,
                 self.request.purpose in self.agreement.within,
                 ruling.field in self.agreement.fields]
        if ruling.stage not in DEAD or self.agreement.register is None or not all(names):
            return
        power = axes.Judge(self, ruling).find_power()
        if power.is_duty:
            ruling.power, ruling.entry, ruling.duty_outlives = power, power.named, True
            ruling.raise_axis("power", axes.WARNING if power.is_unchecked else axes.MET)

    # ---- All steps

    def open_agreement(self, ruling):
        """True where the agreement as a whole lets the question pass."""
        fault = self.agreement_fault()
        if fault:
            ruling.fail("AGREEMENT", fault)
            return False
        ruling.mark("AGREEMENT", PASSED)
        fault = self.names_fault()
        if fault:
            ruling.fail("NAMES", fault)
            return False
        ruling.mark("NAMES", PASSED)
        self.review(ruling)
        return not ruling.refusal

    def rule(self, field_name):
        ruling = Ruling(field_name, self.agreement.name)
        ruling.review_due = self.today > self.review_day
        if not self.open_agreement(ruling):
            self.outlive(ruling)
        elif self.find_clause(ruling):
            self.check_clause(ruling)
        self.sum_up(ruling)
        if ruling.refusal:
            ruling.by_emergency = ruling.objection = False
        else:
            self.share(ruling)
        return ruling


def strength(ruling):
    """The more specific, then the more restrictive; of a refusal what its clause would do."""
    if ruling.share is None:
        return ((), -1)
    return (ruling.rank, TREATMENTS.index(govern.treatment_of(ruling.share, ruling.field)[0]))


def first_of(rulings):
    shared = [one for one in rulings if not one.refusal]
    return max(shared, key=strength) if shared else max(rulings, key=lambda one: (
        one.depth, strength(one)))


def is_masked(ruling, decider):
    """Refused for what the person may have said, which no clause drawn here shows, or for a limit,
    which is reached where nothing of that stood in the way; the holder's mind is told of data that
    is neither sensitive nor hidden."""
    category = decider.agreement.fields[ruling.field]
    party = decider.agreement.parties[decider.request.source]
    is_open = category.data_class == "ordinary" and "hidden" not in (
        category.existence, party.existence)
    by_holder = ruling.refusal == "HOLDER_WITHHOLDS" and is_open
    return not by_holder


def nobody(request):
    """The same question about somebody who was never asked. How often was asked is the asker's own,
    about one person too."""
    return dataclasses.replace(request, consents=[], opt_out=None, holder_withholds=False)


def choose(name, deciders):
    """Of one field under several agreements: "Several agreements" of section 9. Where nothing else
    tells two apart it is the lowest name. Where none may tell what the person said, which one
    speaks does not tell it either."""
    deciders = sorted(deciders, key=lambda one: one.agreement.name)
    rulings = [one.rule(name) for one in deciders]
    late = [(ruling, decider) for ruling, decider in zip(rulings, deciders) if ruling.is_late]
    if not late or any(not one.refusal for one in rulings) or not all(
            is_masked(ruling, decider) for ruling, decider in late):
        return first_of(rulings)
    blind = [Decider(one.force, nobody(one.request), one.forces).rule(name)
             for _, one in late]
    for one in blind:
        if one.marks.get("LIMIT") == FAILED:  # which is told first
            one.stage = "RATE_LIMIT"
    first = first_of(blind)
    return next(ruling for ruling, _ in late if ruling.agreement == first.agreement)


def decide(forces, request):
    """A ruling for every field, in the order asked."""
    named = [one for one in forces
             if not request.agreement or one.agreement.name == request.agreement]
    if not named:
        return [Ruling(one, refusal="NO_AGREEMENT", marks={"AGREEMENT": FAILED},
                       axes={"agreement": axes.NOT_MET})
                for one in request.fields]
    deciders = [Decider(one, request, forces) for one in named]
    if not request.agreement:
        sides = (request.recipient, request.source)
        both = [one for one in deciders if all(side in one.agreement.parties for side in sides)]
        deciders = both or deciders[:1]
    return [choose(name, deciders) for name in request.fields]
