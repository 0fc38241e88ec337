# SPDX-License-Identifier: Apache-2.0
"""The statute register as text, and the power that carries one field: law, section 4.3, rules 1 to
4 and 10. Which power is relied on is found function by function: a purpose that serves two needs a
power for each."""

import datetime
from dataclasses import dataclass, field

import language

GATEWAYS = ("duty", "power")
# Of alternatives that fail the one that came furthest is told; of functions that all have to be
# carried the one that is barred most firmly.
FURTHEST = ["POWER_MISSING", "POWER_NOT_KNOWN", "POWER_NOT_COMMENCED", "POWER_CARVED_OUT"]
FIRMEST = ["POWER_NOT_KNOWN", "POWER_MISSING", "POWER_NOT_COMMENCED", "POWER_CARVED_OUT"]
YES, UNKNOWN, NO = "yes", "unknown", "no"


@dataclass
class Entry:
    name: str
    kind: str
    origins: list  # classes of bodies, or any
    recipients: list
    functions: list
    except_origins: list
    except_data: list
    use_only_for: list
    since: datetime.date | None  # None: not yet
    needs_agreement: bool
    lifts_confidence: bool
    objection_refers: bool
    may_withhold: bool
    aggregates_only: bool
    is_general: bool
    is_checked: bool


@dataclass
class Register:
    edition: str
    care: frozenset  # classes of bodies of health or social care
    functions: list  # in the order of the file
    entries: dict


@dataclass
class Power:
    """What the cited provisions come to for one field. `lacks` is empty where they carry it."""

    lacks: str = ""
    named: Entry | None = None  # relied on, or the one that stands in the way or came nearest
    used: list = field(default_factory=list)

    @property
    def is_duty(self):
        return bool(self.used) and all(one.kind == "duty" for one in self.used)

    @property
    def is_unchecked(self):
        return any(not one.is_checked for one in self.used)

    def any_of(self, setting):
        return any(getattr(one, setting) for one in self.used)

    def all_of(self, setting):
        return bool(self.used) and all(getattr(one, setting) for one in self.used)

    @property
    def may_withhold(self):
        return any(one.kind == "power" or one.may_withhold for one in self.used)


def entry_of(section):
    since = section.text("in force from")
    return Entry(
        section.name, section.text("kind"), section.items("from"), section.items("to"),
        section.items("functions"), section.items("except from"), section.items("except data"),
        section.items("use only for"),
        datetime.date.fromisoformat(since) if since not in ("", "not yet") else None,
        section.text("needs agreement of the person") == "yes",
        section.text("confidence") == "lifted", section.text("objection") == "refers",
        section.text("holder may withhold") == "yes", section.text("aggregates only") == "yes",
        section.text("general") == "yes", bool(section.text("checked by")))


def register_of(text):
    sections = language.sections_of(text)
    of_kind = {kind: [one for one in sections if one.kind == kind]
               for kind in ("edition", "body", "function", "entry")}
    return Register(
        of_kind["edition"][0].name,
        frozenset(one.name for one in of_kind["body"]
                  if one.text("health or social care") == "yes"),
        [one.name for one in of_kind["function"]],
        {one.name: entry_of(one) for one in of_kind["entry"]})


def fits(wanted, have):
    """Whether a list of classes takes one in that is of these; of none it is not known."""
    if wanted == ["any"] or set(wanted) & set(have):
        return YES
    return NO if have else UNKNOWN


@dataclass
class Case:
    """One field between two bodies. `data` are the kinds that it is of; `maybe` those that it may
    be of, because nobody says."""

    origin: list
    recipient: list
    data: frozenset
    maybe: frozenset
    is_counts: bool
    today: datetime.date

    def carved_out(self, entry):
        return (entry.aggregates_only and not self.is_counts
                or bool(set(entry.except_origins) & set(self.origin))
                or bool(set(entry.except_data) & self.data))

    def lacks(self, entry, function):
        """Why the provision does not carry the field for a function; None: nobody says which."""
        origin = fits(entry.origins, self.origin)
        if entry.except_origins and not self.origin:
            origin = UNKNOWN
        found = (origin, fits(entry.recipients, self.recipient),
                 fits(entry.functions, [function] if function else []))
        if NO in found:
            return "POWER_MISSING"
        if UNKNOWN in found:
            return "POWER_NOT_KNOWN"
        if entry.since is None or entry.since > self.today:
            return "POWER_NOT_COMMENCED"
        if self.carved_out(entry):
            return "POWER_CARVED_OUT"
        return "POWER_NOT_KNOWN" if set(entry.except_data) & self.maybe else ""


def preferred(entries):
    """Specific before general, checked before unchecked, else the first that is cited."""
    return min(entries, key=lambda one: (one.is_general, not one.is_checked), default=None)


def power_for(register, case, cited, function):
    lacks = [(one, case.lacks(one, function)) for one in cited]
    best = preferred([one for one, lack in lacks if not lack])
    if best is None:
        named, lack = max(lacks, key=lambda one: FURTHEST.index(one[1]),
                          default=(None, "POWER_MISSING"))
        return Power(lack, named)
    bars = [one for one in register.entries.values() if one.kind in GATEWAYS and not one.is_general
            and case.lacks(one, function) == "POWER_CARVED_OUT"]
    if best.is_general and bars:
        # It does not save what a specific power leaves out, whoever cites that one or does not.
        return Power("POWER_CARVED_OUT", bars[0])
    return Power("", best, [best])


def power(register, case, cited, functions):
    wanted = [one for one in register.functions if one in functions] or [None]
    found = [power_for(register, case, cited, one) for one in wanted]
    failed = [one for one in found if one.lacks]
    if failed:
        return max(failed, key=lambda one: FIRMEST.index(one.lacks))
    used = [one for one in cited if any(one in each.used for each in found)]
    return Power("", preferred(used), used)
