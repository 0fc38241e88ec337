# SPDX-License-Identifier: Apache-2.0
"""What a question carries, what is known of the person, and what became of the agreement."""

import datetime
from dataclasses import dataclass, field


NECESSITIES = ["proportionate", "lawful", "accountable", "necessary", "least intrusive"]


@dataclass
class Consent:
    state: str  # given, refused, withdrawn
    explicit: bool = False
    purposes: list = field(default_factory=list)  # empty: all
    categories: list = field(default_factory=list)
    recipients: list = field(default_factory=list)
    start: str = ""  # YYYY-MM-DD or empty
    until: str = ""  # included
    recorded_ms: int = 0
    recorded_by: str = ""
    index: int = 0
    kind: str = ""  # as in `consent is`, objection, or not stated
    sources: list = field(default_factory=list)  # whose data; empty: all


@dataclass
class Declared:
    """An emergency as the person who asks declared it."""

    name: str = ""  # section of the agreement; empty: the first that holds
    reason: str = ""
    rationale: int = 0
    age_min: int | None = None
    count: int = 0  # declared earlier inside the window
    overdue: int = 0  # reviews of them that are late
    capacity: str = ""  # can, cannot, not known; empty: not stated


@dataclass
class OptOut:
    """The National Data Opt-Out as the source read it."""

    applies: bool
    as_of: datetime.date


@dataclass
class Request:
    at_s: int
    recipient: str
    role: str
    source: str
    purpose: str
    basis: str
    fields: list
    agreement: str = ""  # empty: resolved among all in force
    trainings: list = field(default_factory=list)
    age: str = ""  # child, adult or not known
    case_reference: bool = False
    second_person: bool = False
    no_consent_reason: str = ""
    emergency: Declared | None = None
    consents: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)  # (agreement, limit) -> (person, agency, subject)
    statement: bool = False  # that the requester needs the data for its own public task
    compelling_reason: bool = False  # why an objection does not stand
    necessity: list = field(default_factory=list)  # recorded reasons, of NECESSITIES
    capacity: str = ""  # has, lacks; empty: not known
    opt_out: OptOut | None = None  # None: not known
    holder_withholds: bool = False


@dataclass
class Force:
    """One agreement in force and what happened to it since it was written."""

    agreement: object
    is_suspended: bool = False
    is_unsigned: bool = False
    suspended: list = field(default_factory=list)
    unsigned: list = field(default_factory=list)
    withdrawn: list = field(default_factory=list)
