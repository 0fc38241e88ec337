# SPDX-License-Identifier: Apache-2.0
"""What a question carries, what is known of the person, and what became of the agreement."""

from dataclasses import dataclass, field


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


@dataclass
class Force:
    """One agreement in force and what happened to it since it was written."""

    agreement: object
    is_suspended: bool = False
    is_unsigned: bool = False
    suspended: list = field(default_factory=list)
    unsigned: list = field(default_factory=list)
    withdrawn: list = field(default_factory=list)
