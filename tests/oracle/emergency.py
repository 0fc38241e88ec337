# SPDX-License-Identifier: Apache-2.0
"""Whether a declared emergency is valid, and whose fault it is if not."""

from dataclasses import dataclass

import agreement as isa
import govern


@dataclass
class Standing:
    """valid: the section that holds. fault: why none does; both empty where none was declared.
    blamed: the section whose fault it is."""

    valid: isa.Emergency | None = None
    fault: str = ""
    blamed: isa.Emergency | None = None

    def may_set_aside(self, what):
        """None where no valid emergency helps, "" where it does, else the fault to report."""
        section = self.valid or self.blamed
        if not self.valid and not self.fault:
            return None
        if section is not None and what is not None and what not in section.sets_aside:
            return None
        return self.fault


    def refusal_yields(self, request):
        """Whether it stands in for a person who said no (law, 4.3, rule 11): the one who declares
        it may set a refusal aside, and vital interests alone do not carry it for an adult who can
        consent or may."""
        section = self.valid
        may_consent = request.emergency.capacity in ("can", "not known") and request.age != "child"
        return (has_role(section.refusal_by, request.recipient, request.role)
                and (not may_consent or bool(section.basis_for_refusal)))


def has_role(patterns, recipient, role):
    return govern.nearest(patterns, govern.names_role, recipient, role) is not None


def fault_of(agreement, section, request):
    """The first thing wrong with the declaration under this section; empty where nothing is."""
    declared = request.emergency
    if not agreement.purpose_covered(section.purposes, request.purpose):
        return "EMERGENCY_PURPOSE"
    if not has_role(section.declared_by, request.recipient, request.role):
        return "EMERGENCY_ROLE"
    if declared.reason not in section.reasons:
        return "EMERGENCY_REASON"
    if declared.rationale < section.rationale:
        return "EMERGENCY_RATIONALE"
    if declared.age_min is None or declared.age_min >= section.lasts_min:
        return "EMERGENCY_LAPSED"
    if declared.count >= section.at_most:
        return "EMERGENCY_LIMIT"
    if section.refused_from is not None and declared.overdue >= section.refused_from:
        return "EMERGENCY_REVIEWS_OVERDUE"
    needs_second = "second person" in section.requires or (
        section.second_from is not None and declared.overdue >= section.second_from)
    if needs_second and not request.second_person:
        return "EMERGENCY_SECOND_PERSON"
    return ""


def standing(agreement, request):
    """Of the section named, or the first that holds; if none does, the fault of the first."""
    if request.emergency is None:
        return Standing()
    named = request.emergency.name
    sections = [one for one in agreement.emergencies if not named or one.name == named]
    faults = [fault_of(agreement, one, request) for one in sections]
    for section, fault in zip(sections, faults):
        if not fault:
            return Standing(valid=section)
    if not sections:
        return Standing(fault="EMERGENCY_NOT_PROVIDED")
    return Standing(fault=faults[0], blamed=sections[0])
