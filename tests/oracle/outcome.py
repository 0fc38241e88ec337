# SPDX-License-Identifier: Apache-2.0
"""The rulings of one question together, as the columns of a case file say it."""

from dataclasses import dataclass

ONWARD = ["to", "ask", "no"]  # loose to strict


@dataclass
class Outcome:
    decision: str
    fields: str
    reason: str
    clauses: str
    obligations: str


def is_shared(ruling):
    return not ruling.refusal and ruling.treatment != "redact"


def field_text(ruling):
    if ruling.refusal:
        return "deny:" + ruling.refusal
    return f"generalise({ruling.rule})" if ruling.treatment == "generalise" else ruling.treatment


def reason_of(rulings, shared):
    if len(shared) == len(rulings):
        return "PERMIT_EMERGENCY" if any(one.by_emergency for one in shared) else "PERMIT_CLAUSE"
    if shared:
        return "PARTIAL"
    return next((one.refusal for one in rulings if one.refusal), "REDACTED")


def onward_of(onwards):
    """The stricter; where two would have to be asked, or two may have it, nobody."""
    strictest = max(ONWARD.index(one.split()[0]) for one in onwards)
    of_that = [one for one in onwards if one.split()[0] == ONWARD[strictest]]
    return ONWARD[strictest] if len(of_that) == 1 else "no"


def furthest_of(rulings):
    """What the engine tells of a refusal over many sources: first the fields that only the person's
    consent, a missing reason or a limit stands before (policy.h, policy_outcome)."""
    late = [one for one in rulings if one.is_late]
    return reason_of(late or rulings, [])


def obligations_of(shared):
    found = set()
    keeps = [one.share.keep_days for one in shared if one.share.keep_days]
    onwards = {one.share.onward for one in shared}
    groups = [one.share.group for one in shared if one.treatment == "aggregate"]
    if keeps:
        found.add(f"keep={min(keeps)}d")
    if onwards:
        found.add("onward=" + onward_of(onwards))
    if groups:
        found.add(f"min-group={max(groups)}")
    if any(one.objection for one in shared):
        found.add("objection-noted")
    if any(one.power is not None and one.power.is_unchecked for one in shared):
        found.add("law-unchecked")
    if any(one.lock for one in shared):
        found.add("purpose-lock")
    if any(one.untold for one in shared):
        found.add("do-not-tell-crime")
    if any(one.crossing for one in shared):
        found.add("regime-crossing")
    if any(one.review_due for one in shared):
        found.add("review-due")
    if any(one.by_emergency for one in shared):
        found |= {"emergency-tell", "emergency-check"}
    return sorted(found)


def outcome_of(rulings):
    shared = [one for one in rulings if is_shared(one)]
    decision = "deny" if not shared else "permit" if len(shared) == len(rulings) else "partial"
    return Outcome(
        decision,
        ";".join(field_text(one) for one in rulings),
        reason_of(rulings, shared),
        ";".join(dict.fromkeys(one.clause for one in rulings if one.clause)),
        ";".join(obligations_of(shared)),
    )
