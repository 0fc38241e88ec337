# SPDX-License-Identifier: Apache-2.0
"""What an agreement says: its sections as things with a meaning."""

import datetime
import re
from dataclasses import dataclass, field

import clock
import language

TREATMENTS = ["pass", "generalise", "pseudonymise", "aggregate", "redact"]  # open to closed
SENSITIVE = ("special", "criminal")


@dataclass
class Party:
    name: str
    is_public: bool
    is_competent: bool
    existence: str
    bodies: list  # classes of the statute register


@dataclass
class Basis:
    name: str
    kind: str
    covers: list
    conditions: dict  # class of data -> has the Article 9 or 10 condition
    reason_needed: frozenset  # classes for which a reason for no consent is needed
    cited: list  # duties and powers of the statute register
    functions: list  # for purposes that name none


@dataclass
class Category:
    name: str
    data_class: str
    held_by: list
    fields: list
    existence: str
    patient: str  # patient information: yes, no, or empty where nobody says
    confidential: bool
    opt_out: str
    received_under: str

    @property
    def opt_out_days(self):
        """How old a reading of the National Data Opt-Out may be; None where nothing is said."""
        return count_of(self.opt_out) if self.opt_out not in ("", "none") else None


@dataclass
class Limit:
    name: str
    person: int | None
    agency: int | None
    subject: int | None


@dataclass
class Share:
    """A clause that shares. `data` maps a field or `category.*` to (treatment, rule)."""

    name: str
    sources: list
    recipients: list
    purposes: list
    bases: list
    consent: str
    requires: list
    about: str
    emergency_only: bool
    data: dict
    group: int
    hours: str | None
    limit: str | None
    keep_days: int | None
    onward: str  # `no`, `ask PARTY` or `to PARTY for PURPOSE`; no where nothing is said
    data_from: str
    recorder: str
    consent_is: str
    receives: list  # bases of the recipient; empty: that of the source
    routes: list  # what may set the duty of confidence aside
    objection_refers: bool


@dataclass
class Never:
    """A prohibition; empty lists do not narrow it."""

    name: str
    sources: list
    recipients: list
    purposes: list
    data: list
    unless_emergency: bool
    order: int = 0


@dataclass
class Emergency:
    name: str
    declared_by: list
    purposes: list
    basis: str
    basis_for_refusal: str
    reasons: list
    rationale: int
    lasts_min: int
    sets_aside: list
    refusal_by: list
    at_most: int
    requires: list
    second_from: int | None  # late reviews from which another person has to confirm
    refused_from: int | None

    @property
    def brings(self):
        """The bases that a valid emergency accepts whatever the clause lists."""
        return [one for one in (self.basis, self.basis_for_refusal) if one]


@dataclass
class Agreement:
    name: str
    zone: str
    first: datetime.date
    last: datetime.date
    review: datetime.date
    grace: int
    both_sides: bool
    parties: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)  # "party/role" -> training or ""
    within: dict = field(default_factory=dict)  # purpose -> parent or ""
    purposes: dict = field(default_factory=dict)  # purpose -> what its section says
    bases: dict = field(default_factory=dict)
    categories: dict = field(default_factory=dict)
    fields: dict = field(default_factory=dict)  # "category.field" -> Category
    hours: dict = field(default_factory=dict)
    limits: dict = field(default_factory=dict)
    shares: list = field(default_factory=list)
    nevers: list = field(default_factory=list)
    floor: list = field(default_factory=list)
    emergencies: list = field(default_factory=list)
    register: object = None  # law.Register by which it is judged, where it names one
    found: dict = field(default_factory=dict)  # what was worked out per cell, see govern.py

    def purpose_distance(self, wider, purpose):
        """Steps from a purpose up to the wider one; None where it does not lie within."""
        steps = 0
        while purpose:
            if purpose == wider:
                return steps
            purpose, steps = self.within.get(purpose, ""), steps + 1
        return None

    def functions_of(self, purpose):
        """Of the nearest purpose that names some."""
        while purpose and not self.purposes[purpose].items("function"):
            purpose = self.within[purpose]
        return self.purposes[purpose].items("function") if purpose else []

    def use_of(self, purpose, setting):
        """`direct care` or `secondary use`: yes, no or empty. A purpose is of one use, so that its
        own yes to the other ends what it would inherit."""
        other = {"direct care": "secondary use", "secondary use": "direct care"}[setting]
        own = self.purposes[purpose].text(setting)
        if own or not self.within[purpose]:
            return own
        wider = self.use_of(self.within[purpose], setting)
        return "" if wider == self.purposes[purpose].text(other) == "yes" else wider

    def purpose_covered(self, wider_ones, purpose):
        return any(self.purpose_distance(one, purpose) is not None for one in wider_ones)


def date(text):
    return datetime.date.fromisoformat(text)


def count_of(text):
    """`30 in 1 hour`, `5 per person in 1 day`, `at least 40 characters`: the first number."""
    return int(re.search(r"\d+", text).group()) if text else None


def reason_classes(text):
    """For which classes `reason for no consent` needs one."""
    if not text or text == "not needed":
        return frozenset()
    if text == "needed":
        return frozenset(("ordinary",) + SENSITIVE)
    return frozenset(re.findall("ordinary|special|criminal", text))


def agreement_head(section):
    first, last = section.text("in force").split(" to ")
    return Agreement(
        name=section.name,
        zone=section.text("time zone"),
        first=date(first),
        last=date(last),
        review=date(section.text("review due")),
        grace=clock.days_of(section.text("review grace")),
        both_sides=section.text("signatures needed") == "both sides",
    )


def basis_of(section):
    return Basis(
        section.name,
        section.text("kind"),
        section.items("covers"),
        {"ordinary": True,
         "special": "article 9" in section.settings,
         "criminal": "article 10" in section.settings},
        reason_classes(section.text("reason for no consent")),
        section.items("gateway"),
        section.items("function"),
    )


def treatments_of(section):
    data = {}
    for treatment in TREATMENTS:
        for item in section.items(treatment):
            name, _, rule = item.partition(" by ")
            data[name.strip()] = (treatment, rule.strip())
    return data


def share_of(section, defaults):
    def own_or_default(setting):
        return section.text(setting, defaults.text(setting)) or None

    keep = own_or_default("keep")
    onward = own_or_default("onward") or "no"
    return Share(
        name=section.name,
        sources=section.items("from"),
        recipients=section.items("to"),
        purposes=section.items("purpose"),
        bases=section.items("basis"),
        consent=section.text("consent"),
        requires=section.items("requires"),
        about=section.text("about", "anyone"),
        emergency_only=section.text("when") == "emergency",
        data=treatments_of(section),
        group=count_of(section.text("smallest group")) or 0,
        hours=own_or_default("hours"),
        limit=own_or_default("limit"),
        keep_days=clock.days_of(keep) if keep else None,
        onward=onward,
        data_from=section.text("data from"),
        recorder=section.text("consent recorded by"),
        consent_is=section.text("consent is"),
        receives=section.items("receives under"),
        routes=section.items("confidentiality"),
        objection_refers=section.text("objection") == "refer",
    )


def never_of(section, order):
    return Never(section.name, section.items("from"), section.items("to"),
                 section.items("purpose"), section.items("data"),
                 section.text("unless") == "emergency", order)


def emergency_of(section):
    late = {what: int(count) for what, count in
            (one.split(" from ") for one in section.items("overdue reviews"))}
    return Emergency(
        name=section.name,
        declared_by=section.items("declared by"),
        purposes=section.items("purpose"),
        basis=section.text("basis"),
        basis_for_refusal=section.text("basis for refusal"),
        reasons=section.items("reasons"),
        rationale=count_of(section.text("rationale")),
        lasts_min=clock.minutes_of(section.text("lasts")),
        sets_aside=section.items("sets aside"),
        refusal_by=section.items("refusal set aside by"),
        at_most=count_of(section.text("at most")),
        requires=section.items("requires"),
        second_from=late.get("second person"),
        refused_from=late.get("refused"),
    )


def add_category(agreement, section):
    category = Category(section.name, section.text("class"), section.items("held by"),
                        section.items("fields"), section.text("existence"),
                        section.text("patient information"),
                        section.text("confidential") == "yes", section.text("opt-out"),
                        section.text("received under"))
    agreement.categories[category.name] = category
    for name in category.fields:
        agreement.fields[f"{category.name}.{name}"] = category


def add_section(agreement, section, defaults):
    name, yes = section.name, "yes"
    if section.kind == "party":
        agreement.parties[name] = Party(name, section.text("public authority") == yes,
                                        section.text("competent authority") == yes,
                                        section.text("existence"), section.items("body"))
    elif section.kind == "role":
        agreement.roles[name] = section.text("training")
    elif section.kind == "purpose":
        agreement.within[name] = section.text("within")
        agreement.purposes[name] = section
    elif section.kind == "basis":
        agreement.bases[name] = basis_of(section)
    elif section.kind == "category":
        add_category(agreement, section)
    elif section.kind == "hours":
        agreement.hours[name] = clock.hours_of(section.text("open"), section.items("closed on"))
    elif section.kind == "limit":
        agreement.limits[name] = Limit(name, *(count_of(section.text(f"per {who}"))
                                               for who in ("person", "agency", "subject")))
    elif section.kind == "clause" and section.sort == "share":
        agreement.shares.append(share_of(section, defaults))
    elif section.kind == "clause" and section.sort == "never":
        agreement.nevers.append(never_of(section, len(agreement.nevers)))
    elif section.kind == "emergency":
        agreement.emergencies.append(emergency_of(section))


def agreement_of(text, floor="", register=None):
    """The agreement that a text states, under the floor of its partnership and the statute register
    of that edition where there are such."""
    sections = language.sections_of(text)
    head = next(one for one in sections if one.kind == "agreement")
    silent = language.Section("defaults")
    defaults = next((one for one in sections if one.kind == "defaults"), silent)
    agreement = agreement_head(head)
    if register is not None and head.text("law") == register.edition:
        agreement.register = register
    for section in sections:
        add_section(agreement, section, defaults)
    agreement.floor = [never_of(one, i) for i, one in enumerate(
        one for one in language.sections_of(floor) if one.kind == "clause")]
    return agreement
