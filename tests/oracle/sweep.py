# SPDX-License-Identifier: Apache-2.0
"""Every cell of an agreement, asked under classes of facts: what brute force has to say of it."""

import datetime
import itertools

import cases
import clock
import decide
import facts
import govern

MOMENTS = [cases.seconds(one) for one in (
    "2026-06-10T10:00:00Z", "2026-06-14T02:30:00Z", "2026-06-13T10:00:00Z", "2026-06-10T22:30:00Z")]
CONSENTS = [
    [],
    [facts.Consent("given", True)],
    [facts.Consent("given", True)],
    [facts.Consent("given")],
    [facts.Consent("refused")],
    [facts.Consent("withdrawn")],
    [facts.Consent("given", True, until="2026-01-01")],
]


# Of all moments above it is fresh: by the day that they share a week with.
OPT_OUTS = [facts.OptOut(False, datetime.date(2026, 6, 10)),
            facts.OptOut(True, datetime.date(2026, 6, 10)), None]


def emergencies(agreement):
    """None, one valid where the role may, and one that is not."""
    found = [None, facts.Declared("", "nonsense", 0, 0, 0)]
    for one in agreement.emergencies:
        found.append(facts.Declared("", one.reasons[0] if one.reasons else "", one.rationale,
                                    0, 0))
    return found


def request_for(draw, agreement, cell, basis):
    """One class of facts for a role, a source and a purpose; all fields at once."""
    role, source, purpose = cell
    recipient, _, short = role.partition("/")
    reached = {(agreement.name, one): (10 ** 6,) * 3 for one in agreement.limits}
    return facts.Request(
        agreement=agreement.name, at_s=draw.choice(MOMENTS), recipient=recipient, role=short,
        source=source, purpose=purpose, basis=basis, fields=list(agreement.fields),
        trainings=[one for one in agreement.roles.values() if one],
        age=draw.choice(["child", "adult"]), case_reference=draw.random() < 0.9,
        second_person=draw.random() < 0.9,
        no_consent_reason=draw.choice(["", "would-prejudice"]),
        emergency=draw.choice(emergencies(agreement)), consents=draw.choice(CONSENTS),
        counts=reached if draw.random() < 0.1 else {},
        statement=draw.random() < 0.9, compelling_reason=draw.random() < 0.3,
        necessity=facts.NECESSITIES if draw.random() < 0.9 else [],
        capacity=draw.choice(["", "has", "lacks"]), opt_out=draw.choice(OPT_OUTS),
        holder_withholds=draw.random() < 0.05)


def best_for(agreement, cell, basis, age, at_s):
    """The request of an ordinary day with everything that can be had."""
    role, source, purpose = cell
    recipient, _, short = role.partition("/")
    return facts.Request(
        agreement=agreement.name, at_s=at_s, recipient=recipient, role=short, source=source,
        purpose=purpose, basis=basis, fields=list(agreement.fields),
        trainings=[one for one in agreement.roles.values() if one], age=age, case_reference=True,
        second_person=True, no_consent_reason="would-prejudice", statement=True,
        compelling_reason=True, necessity=facts.NECESSITIES, capacity="lacks",
        opt_out=OPT_OUTS[0],
        consents=[facts.Consent("given", True, recorded_by=source)])


def cells(agreement):
    """(role, source, purpose) of every question that could be asked."""
    return [(role, source, purpose) for role in agreement.roles for source in agreement.parties
            if source != role.split("/")[0] for purpose in agreement.within]


def nearness(words, asked):
    """How many names of a cell and its basis are among the words."""
    (role, source, purpose), basis = asked
    recipient = role.split("/")[0]
    return (bool(words & {role, f"{recipient}/*", recipient}) + (source in words)
            + (purpose in words) + (basis in words))


def sample(draw, asked, most, near):
    """Half of them the nearest to the words, the others any."""
    mixed = draw.sample(asked, len(asked))
    mixed.sort(key=lambda one: -nearness(near, one))
    return mixed[:most // 2] + draw.sample(mixed[most // 2:], most - most // 2)


def questions(draw, agreement, most, near):
    """Every cell under every basis, or as many of them, each with a class of facts drawn for it;
    and how many there are in all."""
    asked = list(itertools.product(cells(agreement), agreement.bases))
    whole = len(asked)
    if most < whole:
        asked = sample(draw, asked, most, near)
    return [request_for(draw, agreement, cell, basis) for cell, basis in asked], whole


def in_force(agreement):
    """Whether the moments above lie within the term and before the review."""
    days = [clock.local(agreement.zone, one).date() for one in MOMENTS]
    return (agreement.first <= min(days) and max(days) <= agreement.last
            and max(days) <= agreement.review + datetime.timedelta(agreement.grace))


def concerns(promise, role):
    return govern.nearest(promise.items("who"), govern.names_role, *role.split("/")) is not None


def matches(agreement, promise, request, field):
    """Whether a promise speaks about this field of this request."""
    origins, purposes = promise.items("from"), promise.items("for")
    return (concerns(promise, f"{request.recipient}/{request.role}")
            and govern.nearest(promise.items("sees"), govern.names_field, field) is not None
            and (not origins or request.source in origins or "any" in origins)
            and (not purposes or agreement.purpose_covered(purposes, request.purpose)))


def is_shared(ruling):
    return not ruling.refusal and ruling.treatment != "redact"


def visible(ruling):
    """What of a field is seen: its treatment, or nothing."""
    return (ruling.treatment, ruling.rule) if is_shared(ruling) else None


def breaks(agreement, promise, request, ruling):
    """Whether a ruling breaks a promise of the kind `never`."""
    consented = any(one.state == "given" for one in request.consents)
    if not is_shared(ruling) or ("consent" in promise.items("without") and consented):
        return False
    if promise.text("unless") == "emergency" and ruling.by_emergency:
        return False
    return matches(agreement, promise, request, ruling.field)


def is_given(agreement, promise, role):
    """Whether some ordinary question of the role is answered with what an `always` promises."""
    force = facts.Force(agreement)
    for cell in (one for one in cells(agreement) if one[0] == role):
        for basis, age, at_s in itertools.product(agreement.bases, ("child", "adult"), MOMENTS):
            request = best_for(agreement, cell, basis, age, at_s)
            request.fields = [one for one in agreement.fields
                              if matches(agreement, promise, request, one)]
            if any(is_shared(one) for one in decide.decide([force], request)):
                return True
    return False
