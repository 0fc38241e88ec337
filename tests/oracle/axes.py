# SPDX-License-Identifier: Apache-2.0
"""The six axes of one field. Design: law, section 4.3. The agreement's own checks are made in
decide.py; here is what the law adds to them: power, lock, statement and regime before the person is
looked up, and afterwards confidentiality, objection, opt-out and what the holder judges."""

import consent
import facts
import govern
import law

AXES = ["agreement", "power", "basis", "confidentiality", "objection", "necessity"]
NOT_ASKED, MET, WARNING, SET_ASIDE, REFERRED, NOT_MET = WEIGHTS = "-mwsrn"  # light to heavy
REFERRALS = ("POWER_NOT_KNOWN", "CONFIDENTIALITY_NOT_KNOWN", "OBJECTION_REGISTERED",
             "OPT_OUT_UNKNOWN")
ROUTES = ["implied consent", "explicit consent", "statute", "section 251", "public interest",
          "best interests"]
PERMISSION_KINDS = ("", "confidentiality")
INTEREST = "recognised-interest"


def refuse(ruling, axis, reason, stage=None):
    """The first refusal is the reason; every axis has a verdict of its own."""
    ruling.raise_axis(axis, REFERRED if reason in REFERRALS else NOT_MET)
    ruling.refuse(reason, stage or reason)


class Judge:
    """The law of one field under one agreement: `decider` holds request and agreement."""

    def __init__(self, decider, ruling):
        self.decider, self.ruling = decider, ruling
        self.agreement, self.request = decider.agreement, decider.request
        self.emergency = decider.emergency
        self.register = decider.agreement.register
        self.basis = self.agreement.bases.get(self.request.basis)
        self.category = self.agreement.fields[ruling.field]
        self.said_of_data()
        self.origin = self.agreement.parties[self.request.source]
        self.recipient = self.agreement.parties[self.request.recipient]

    def others(self):
        """How every other agreement that is signed has this field, where the source holds it:
        what one says of data holds for the data, whichever agreement the question falls under."""
        for force in self.decider.forces:
            other = force.agreement
            category = other.fields.get(self.ruling.field)
            if (category is None or force is self.decider.force or force.is_unsigned
                    or self.request.source not in other.parties
                    or not {"any", self.request.source} & set(category.held_by)):
                continue
            yield other, category

    def said_of_data(self):
        """The strictest word of all agreements; that it is no patient information is said by the
        one that is asked alone."""
        said = [self.category, *(category for _, category in self.others())]
        yes = any(one.patient == "yes" for one in said)
        self.patient = "yes" if yes else self.category.patient
        self.confidential = any(one.confidential for one in said)
        self.opt_out_days = min((one.opt_out_days for one in said
                                 if one.opt_out_days is not None), default=None)

    @property
    def share(self):
        return self.ruling.share

    @property
    def treatment(self):
        if self.share is None:
            return ""
        return govern.treatment_of(self.share, self.ruling.field)[0]

    def is_care(self, party):
        return self.register is not None and bool(set(party.bodies) & self.register.care)

    @property
    def is_silent(self):
        """Special category data of a body of health or social care, and nobody says whether it is
        patient information: it may be (rule 14)."""
        return (not self.patient and self.category.data_class == "special"
                and self.is_care(self.origin))

    # ---- Before the person is looked up

    def is_shut(self):
        """Article 6(1)(ea) is closed to a public authority, be it the source that cites it or the
        recipient that has nothing else to rely on."""
        if self.register is None or self.basis is None:
            return False
        received = [self.agreement.bases[one] for one in self.share.receives] or [self.basis]
        return (self.origin.is_public and self.basis.kind == INTEREST
                or self.recipient.is_public and all(one.kind == INTEREST for one in received))

    def statement(self):
        by_law = (self.register is not None and self.basis is not None
                  and self.basis.kind == INTEREST and self.recipient.is_public)
        if (by_law or "statement" in self.share.requires) and not self.request.statement:
            refuse(self.ruling, "basis", "STATEMENT_MISSING")

    def regime(self):
        """Rule 13: what the recipient holds under the other regime is a new disclosure."""
        if self.basis is None:
            return

        def part_3(basis):
            return basis.kind == "law-enforcement"

        received = [self.agreement.bases[one] for one in self.share.receives]
        self.ruling.regime = 2 if part_3(self.basis) else 1
        part_3_here = [one for one in [self.basis, *received] if part_3(one)]
        self.ruling.untold = (self.register is not None and bool(part_3_here)
                              and self.request.no_consent_reason == "would-prejudice")
        self.ruling.crossing = (self.register is not None and bool(received) and all(
            part_3(one) != part_3(self.basis) for one in received))

    def case(self):
        data = {"special", "criminal"} & {self.category.data_class}
        if self.patient == "yes":
            data.add("patient information")
        maybe = frozenset(["patient information"] if self.is_silent else [])
        return law.Case(self.origin.bodies, self.recipient.bodies, frozenset(data), maybe,
                        self.treatment == "aggregate", self.decider.today)

    def find_power(self):
        """Worked out once for all questions that are alike in what it goes by."""
        if self.basis is None:
            return law.Power("POWER_MISSING")
        request = self.request
        key = (request.source, request.recipient, request.purpose, request.basis,
               self.category.name, self.patient, self.treatment == "aggregate",
               self.decider.today)
        found = self.agreement.found
        if key not in found:
            found[key] = self.work_out_power()
        return found[key]

    def work_out_power(self):
        cited = [self.register.entries[one] for one in self.basis.cited]
        functions = self.agreement.functions_of(self.request.purpose) or self.basis.functions
        return law.power(self.register, self.case(), cited, functions)

    def power(self):
        """Private bodies need none; what the statute that they cite leaves out binds them, too."""
        found, ruling = self.find_power(), self.ruling
        if not self.origin.is_public and found.lacks not in ("", "POWER_CARVED_OUT"):
            return
        ruling.entry = found.named
        if found.lacks:
            refuse(ruling, "power", found.lacks)
            return
        ruling.power = found
        ruling.lock = found.any_of("use_only_for")
        if found.any_of("needs_agreement") and ruling.consent_rule == "not needed":
            ruling.consent_rule = "required unless emergency"
            ruling.agreement_by_law = True
        ruling.raise_axis("power", WARNING if found.is_unchecked else MET)

    def locks(self):
        """Under what the source received this field."""
        for agreement, category in [(self.agreement, self.category), *self.others()]:
            if agreement.register is not None and category.received_under:
                yield agreement.register.entries[category.received_under]

    def lock(self):
        functions = set()
        if self.register is not None:
            functions = set(self.agreement.functions_of(self.request.purpose))
        for entry in self.locks():
            self.ruling.lock = True
            if not functions:
                refuse(self.ruling, "power", "POWER_NOT_KNOWN")
            elif functions - set(entry.use_only_for):
                refuse(self.ruling, "power", "PURPOSE_LOCKED")

    def before(self):
        if self.treatment == "redact":
            return
        self.statement()
        self.regime()
        if self.register is not None:
            self.power()
        self.lock()

    def necessity(self):
        if "necessity" not in self.share.requires or self.treatment == "redact":
            return
        if set(facts.NECESSITIES) - set(self.request.necessity):
            refuse(self.ruling, "necessity", "NECESSITY_MISSING")
        else:
            self.ruling.raise_axis("necessity", MET)

    # ---- Once the person is known

    def refuse_unless(self, axis, reason):
        """The override stands in for the person's word (rule 10), or its fault is the reason."""
        help_ = self.emergency.may_set_aside("missing consent")
        if help_ == "":
            self.ruling.raise_axis(axis, SET_ASIDE)
            self.ruling.by_emergency = True
        else:
            refuse(self.ruling, axis, help_ or reason, reason)

    def said(self, kinds):
        return consent.finding_of(kinds, self.agreement, self.share, self.request,
                                  self.category.name, self.decider.today.isoformat())

    def is_expected(self):
        agreement, purpose = self.agreement, self.request.purpose
        return (agreement.use_of(purpose, "direct care") == "yes"
                and self.is_care(self.origin) and self.is_care(self.recipient))

    def override_serves(self):
        valid = self.emergency.valid
        return valid is not None and "missing consent" in valid.sets_aside

    def is_open(self, route, state):
        refused = state in consent.AGAINST
        if route == "implied consent":
            return self.is_expected() and not refused
        if route == "explicit consent":
            return state == "explicit"
        if route == "statute":
            power = self.ruling.power
            return power is not None and power.all_of("lifts_confidence")
        if route == "section 251":
            return True
        if route == "public interest":
            return self.override_serves() and (
                not refused or self.emergency.refusal_yields(self.request))
        return self.request.capacity == "lacks"

    def confidentiality(self):
        """Rule 5. What nobody can tell without a person's judgement is referred."""
        ruling = self.ruling
        if self.register is None or self.treatment == "aggregate" or not (
                self.confidential or self.patient == "yes" or self.is_silent):
            return
        state, fact = self.said(PERMISSION_KINDS)
        refused = state in consent.AGAINST
        listed = [one for one in ROUTES if any(
            route == one or route.startswith(one + " ") for route in self.share.routes)]
        route = next((one for one in listed if self.is_open(one, state)), None)
        if route is not None:
            ruling.route = route
            ruling.raise_axis("confidentiality", WARNING if route == "statute"
                              and ruling.power.is_unchecked else MET)
            if route == "explicit consent":
                ruling.permission = fact
            if route == "public interest":
                ruling.by_emergency = True
                ruling.refusal_set_aside |= refused
            return
        unknown = (not listed or (self.is_silent and not self.confidential)
                   or "public interest" in listed
                   or ("best interests" in listed and not self.request.capacity))
        if refused and self.override_serves():
            if not self.emergency.refusal_yields(self.request):
                refuse(ruling, "confidentiality", "EMERGENCY_CANNOT_SET_ASIDE_REFUSAL",
                       "CONFIDENTIALITY_NOT_MET")
                return
            ruling.refusal_set_aside = True
        self.refuse_unless("confidentiality", "CONFIDENTIALITY_NOT_KNOWN" if unknown
                           else "CONFIDENTIALITY_NOT_MET")

    def objection(self):
        """Rule 8: pauses, but under a duty or a recorded compelling reason; a statute may say that
        it matters even to a duty."""
        ruling, power = self.ruling, self.ruling.power
        stands = ruling.objection or consent.objects(self.agreement, self.share, self.request,
                                                     self.category.name)
        if not stands:
            ruling.raise_axis("objection", MET)
            return
        ruling.objection = True
        ruling.raise_axis("objection", WARNING)
        by_statute = power is not None and power.any_of("objection_refers")
        is_duty = power is not None and power.is_duty
        by_clause = (self.share.objection_refers and not is_duty
                     and not self.request.compelling_reason)
        if by_statute or by_clause:
            self.refuse_unless("objection", "OBJECTION_REGISTERED")

    def is_for_care(self):
        """For the care of the person; a purpose that says nothing is not known to be."""
        direct, secondary = (self.agreement.use_of(self.request.purpose, one)
                             for one in ("direct care", "secondary use"))
        return secondary != "yes" and (direct == "yes" or secondary == "no")

    def opt_out_lacks(self):
        read, most = self.request.opt_out, self.opt_out_days
        if self.agreement.use_of(self.request.purpose, "secondary use") != "yes":
            return "OPT_OUT_UNKNOWN"
        if read is None or most is None or not 0 <= (self.decider.today - read.as_of).days <= most:
            return "OPT_OUT_UNKNOWN"
        return "OPT_OUT_APPLIES" if read.applies else ""

    def opt_out(self):
        """Rule 9. The person's own explicit word stands above it."""
        category, ruling = self.category, self.ruling
        is_patient = self.patient == "yes" or (self.register is not None and self.is_silent)
        wanted = self.opt_out_days is not None or self.register is not None
        is_duty = ruling.power is not None and ruling.power.is_duty
        exempt = category.opt_out == "none" or is_duty or self.treatment == "aggregate"
        if not is_patient or not wanted or exempt or self.is_for_care():
            return
        state, fact = self.said(("", "lawful basis", "confidentiality"))
        if ruling.route == "explicit consent":
            return
        if state == "explicit" and fact.kind:
            ruling.permission = fact
            return
        lacks = self.opt_out_lacks()
        if lacks:
            self.refuse_unless("objection", lacks)
        else:
            ruling.raise_axis("objection", MET)

    def holder(self):
        power = self.ruling.power
        if not self.request.holder_withholds:
            return
        refuse(self.ruling, "power", "HOLDER_WITHHOLDS")
        if power is not None and power.is_duty and not power.may_withhold:
            self.ruling.axes["power"] = REFERRED

    def after(self):
        if self.treatment == "redact":
            return
        self.confidentiality()
        self.objection()
        self.opt_out()
        self.holder()
