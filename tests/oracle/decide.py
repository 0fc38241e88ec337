# SPDX-License-Identifier: Apache-2.0
"""The decision on one question to one source, step by step as in agreements, section 9."""

from dataclasses import dataclass, field
from datetime import timedelta

import clock
import consent
import emergency
import govern
from agreement import SENSITIVE, TREATMENTS

CHECKS = ["AGREEMENT", "NAMES", "REVIEW", "HOLDS", "FLOOR", "NEVER", "SHARE", "EMERGENCY", "BASIS",
          "SUBJECT", "CASE", "SECOND_PERSON", "HOURS", "REASON", "CONSENT", "LIMIT"]
NOT_ASKED, PASSED, FAILED, SET_ASIDE = range(4)
EARLY = ["AGREEMENT_SUSPENDED", "AGREEMENT_NOT_SIGNED", "AGREEMENT_NOT_STARTED",
         "AGREEMENT_EXPIRED", "PARTY_WITHDRAWN", "NOT_A_PARTY", "ROLE_UNKNOWN",
         "TRAINING_NOT_CURRENT", "SAME_PARTY", "PURPOSE_UNKNOWN", "FIELD_UNKNOWN"]
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
    marks: dict = field(default_factory=dict)

    def mark(self, check, mark):
        self.marks[check] = mark

    def fail(self, check, reason):
        self.marks[check] = FAILED
        self.refusal = self.refusal or reason

    @property
    def depth(self):
        """How far it got: the place of the check that failed, then of the reason within it."""
        check = min(CHECKS.index(one) for one, mark in self.marks.items() if mark == FAILED)
        return (check, EARLY.index(self.refusal) if self.refusal in EARLY else 0)

    def trace(self):
        return "".join(str(self.marks.get(check, NOT_ASKED)) for check in CHECKS)


class Decider:
    """One request under one agreement in force."""

    def __init__(self, force, request):
        self.force, self.request = force, request
        self.agreement = force.agreement
        self.moment = clock.local(self.agreement.zone, request.at_s)
        self.today = self.moment.date()
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
            ruling.fail(check, help_)
        else:
            ruling.mark(check, SET_ASIDE)

    # ---- Step 4: review

    def review(self, ruling):
        ruling.review_due = self.today > self.agreement.review
        if self.today <= self.agreement.review + timedelta(self.agreement.grace):
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
            ruling.fail("EMERGENCY", self.emergency.fault or "EMERGENCY_ONLY")

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

    def emergency_basis_fits(self):
        basis = self.agreement.bases[self.request.basis]
        return (self.agreement.purpose_covered(basis.covers, self.request.purpose)
                and self.basis_suits_parties(basis))

    def basis(self, ruling, data_class):
        section = self.emergency.valid or self.emergency.blamed
        brought = section.brings if section else []
        if self.basis_fits(ruling.share, data_class):
            ruling.mark("BASIS", PASSED)
        elif self.request.basis in brought and self.emergency_basis_fits():
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
        asked = share.consent == "not needed" and (
            by_basis or "reason for no consent" in share.requires)
        given = self.request.no_consent_reason in NO_CONSENT_REASONS
        if not asked or given or state in ("plain", "explicit"):
            ruling.mark("REASON", PASSED)
        elif self.emergency.valid:
            ruling.mark("REASON", SET_ASIDE)
        else:
            ruling.fail("REASON", "NO_CONSENT_REASON_MISSING")

    def consent(self, ruling, data_class, state):
        share = ruling.share
        if share.consent == "not needed":
            ruling.mark("CONSENT", PASSED)
            return
        basis = self.agreement.bases.get(self.request.basis)
        strict = basis is not None and basis.kind == "consent" and data_class == "special"
        code = CONSENT_CODES.get(state, "CONSENT_MISSING")
        if state == "explicit" or (state == "plain" and not strict):
            ruling.mark("CONSENT", PASSED)
        elif share.consent == "required":
            ruling.fail("CONSENT", code)
        elif state in consent.AGAINST and self.emergency.valid:
            self.refusal(ruling, code)
        else:
            self.fail_or_set_aside(ruling, "CONSENT", code, "missing consent")

    def refusal(self, ruling, code):
        valid = self.emergency.valid
        if emergency.has_role(valid.refusal_by, self.request.recipient, self.request.role):
            ruling.mark("CONSENT", SET_ASIDE)
        elif "missing consent" in valid.sets_aside:
            ruling.fail("CONSENT", "EMERGENCY_CANNOT_SET_ASIDE_REFUSAL")
        else:
            ruling.fail("CONSENT", code)

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
        self.emergency_only(ruling)
        self.basis(ruling, category.data_class)
        self.conditions(ruling)
        self.hours(ruling)
        if ruling.refusal:
            return
        state = consent.state_of(self.agreement, ruling.share, self.request, category.name,
                                 self.today.isoformat())
        self.reason(ruling, category.data_class, state)
        self.consent(ruling, category.data_class, state)
        self.limit(ruling)
        if not ruling.refusal:
            self.share(ruling, state)

    # ---- Step 10

    def share(self, ruling, state):
        ruling.treatment, ruling.rule = govern.treatment_of(ruling.share, ruling.field)
        ruling.basis = self.request.basis
        category = self.agreement.fields[ruling.field].name
        # An objection is to processing: of a field that is left out there is none.
        ruling.objection = (
            (ruling.share.consent == "not needed" and state in consent.AGAINST)
            or (ruling.treatment != "redact"
                and consent.objects(self.agreement, ruling.share, self.request, category)))
        ruling.by_emergency = SET_ASIDE in ruling.marks.values()
        if not ruling.by_emergency:
            return
        refusal_set_aside = state in consent.AGAINST and ruling.marks["CONSENT"] == SET_ASIDE
        ruling.basis = self.emergency.valid.basis
        if refusal_set_aside and self.emergency.valid.basis_for_refusal:
            ruling.basis = self.emergency.valid.basis_for_refusal

    # ---- All steps

    def rule(self, field_name):
        ruling = Ruling(field_name, self.agreement.name)
        fault = self.agreement_fault()
        if fault:
            ruling.fail("AGREEMENT", fault)
            return ruling
        ruling.mark("AGREEMENT", PASSED)
        fault = self.names_fault()
        if fault:
            ruling.fail("NAMES", fault)
            return ruling
        ruling.mark("NAMES", PASSED)
        self.review(ruling)
        if not ruling.refusal and self.find_clause(ruling):
            self.check_clause(ruling)
        return ruling


def strength(ruling):
    """The more specific, then the more restrictive; of a refusal what its clause would do."""
    if ruling.share is None:
        return ((), -1)
    return (ruling.rank, TREATMENTS.index(govern.treatment_of(ruling.share, ruling.field)[0]))


def choose(rulings):
    """Of one field under several agreements: "Several agreements" of section 9. Where nothing else
    tells two apart it is the lowest name."""
    rulings = sorted(rulings, key=lambda one: one.agreement)
    shared = [one for one in rulings if not one.refusal]
    return max(shared, key=strength) if shared else max(rulings, key=lambda one: (
        one.depth, strength(one)))


def decide(forces, request):
    """A ruling for every field, in the order asked."""
    named = [one for one in forces
             if not request.agreement or one.agreement.name == request.agreement]
    if not named:
        return [Ruling(one, refusal="NO_AGREEMENT", marks={"AGREEMENT": FAILED})
                for one in request.fields]
    deciders = [Decider(one, request) for one in named]
    if not request.agreement:
        sides = (request.recipient, request.source)
        both = [one for one in deciders if all(side in one.agreement.parties for side in sides)]
        deciders = both or deciders[:1]
    return [choose([one.rule(name) for one in deciders]) for name in request.fields]
