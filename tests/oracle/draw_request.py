# SPDX-License-Identifier: Apache-2.0
"""Random questions, drawn so that they come near the edges: of dates, hours, limits, scopes."""

import datetime

import clock
import facts
import govern

NO_REASONS = ["", "", "cannot-give", "cannot-reasonably-obtain", "would-prejudice", "because"]
EMERGENCY_REASONS = ["risk-to-life", "serious-harm", "child-in-danger", "haste"]


def mostly(draw, usual, others, chance=0.85):
    return usual if draw.random() < chance or not others else draw.choice(list(others))


def near(draw, number):
    return max(0, draw.choice([number - 1, number, number, number + 1, 0, draw.randint(0, 700)]))


def moment(draw, agreement):
    """Mostly a working day; else an edge of the term or of hours, or a change of the clocks."""
    kind = draw.random()
    zone_days = [agreement.first, agreement.last, agreement.review,
                 agreement.review + datetime.timedelta(agreement.grace),
                 datetime.date(2026, 10, 25), datetime.date(2027, 3, 28),
                 datetime.date(2026, 12, 25), datetime.date(2026, 12, 28)]
    day = agreement.first + datetime.timedelta(draw.randint(0, 330))
    if kind < 0.15:
        day = draw.choice(zone_days) + datetime.timedelta(draw.randint(-1, 2))
    minute = draw.choice([10 * 60, 10 * 60, 11 * 60 + 17, draw.randint(0, clock.DAY - 1)])
    if kind > 0.7:
        start, end = draw.choice(draw.choice(list(agreement.hours.values())).ranges)
        minute = (draw.choice([start, end]) + draw.choice([-1, 0, 0, 1, -60])) % clock.DAY
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)
    return int(midnight.timestamp()) + minute * 60 + draw.choice([0, 0, 59])


def consent(draw, agreement, request, index):
    day = clock.local(agreement.zone, request.at_s).date()
    near_days = [""] * 4 + [(day + datetime.timedelta(i)).isoformat() for i in (-1, 0, 1)]
    categories = [one.split(".")[0] for one in request.fields]

    def scope(usual, others):
        return [] if draw.random() < 0.6 else [mostly(draw, draw.choice(usual), others, 0.7)]

    return facts.Consent(
        state=draw.choice(["given", "given", "given", "refused", "withdrawn"]),
        explicit=draw.random() < 0.6,
        purposes=scope([request.purpose], agreement.within),
        categories=scope(categories, agreement.categories),
        recipients=scope([request.recipient], agreement.parties),
        start=draw.choice(near_days),
        until=draw.choice(near_days),
        recorded_ms=draw.randint(0, 2),
        recorded_by=draw.choice(["", request.source, request.recipient, "court"]),
        index=index,
        kind=draw.choice(["", "", "lawful basis", "confidentiality", "service", "objection"]),
        sources=scope([request.source], agreement.parties))


def declared(draw, agreement):
    if draw.random() < 0.5:
        return None
    if not agreement.emergencies:
        return facts.Declared("", "risk-to-life", 100, 5, 0)
    section = draw.choice(agreement.emergencies)
    good = draw.random() < 0.6
    capacity = draw.choice(["", "", "can", "cannot", "not known"])
    reason = mostly(draw, draw.choice(section.reasons), EMERGENCY_REASONS, 1 if good else 0.7)
    if good:
        return facts.Declared(draw.choice(["", section.name]), reason, section.rationale,
                              section.lasts_min // 2, 0, capacity=capacity)
    age = draw.choice([None, section.lasts_min, section.lasts_min + 1, section.lasts_min - 1, 0])
    return facts.Declared(draw.choice(["", section.name, "nowhere"]), reason,
                          near(draw, section.rationale), age, near(draw, section.at_most),
                          draw.choice([0, 1, 2, 3, 4]), capacity)


def opt_out(draw, at_s):
    day = datetime.datetime.fromtimestamp(at_s, datetime.timezone.utc).date()
    if draw.random() < 0.15:
        return None
    return facts.OptOut(draw.random() < 0.5,
                        day - datetime.timedelta(draw.choice([-1, 0, 0, 1, 2, 6, 7, 8])))


def say_law(draw, request):
    """What only the law asks for."""
    request.statement = draw.random() < 0.8
    request.compelling_reason = draw.random() < 0.3
    request.necessity = list(facts.NECESSITIES)
    if draw.random() < 0.3:
        request.necessity.remove(draw.choice(facts.NECESSITIES))
    request.capacity = draw.choice(["", "has", "lacks"])
    request.opt_out = opt_out(draw, request.at_s)
    request.holder_withholds = draw.random() < 0.05


def counts(draw, agreements):
    found = {}
    for agreement in agreements:
        for limit in agreement.limits.values():
            most = (limit.person or 5, limit.agency or 5, limit.subject or 5)
            few = draw.random() < 0.7
            found[agreement.name, limit.name] = tuple(
                0 if few else near(draw, one) for one in most)
    return found


def target(draw, agreement):
    """(recipient, role, source, purpose, basis, fields) near a clause."""
    share = draw.choice(agreement.shares)
    pattern = draw.choice(share.recipients)
    roles = [one for one in agreement.roles
             if pattern in ("any", one, one.split("/")[0] + "/*")] or list(agreement.roles)
    recipient, role = mostly(draw, draw.choice(roles), agreement.roles, 0.9).split("/")
    held = [one for one in agreement.fields if one in share.data or
            one.split(".")[0] + ".*" in share.data]
    source = draw.choice(share.sources)
    holders = agreement.fields[held[0]].held_by
    if source == "any":
        source = draw.choice(list(agreement.parties) if "any" in holders else holders)
    source = mostly(draw, source, agreement.parties, 0.9)
    if source == recipient and draw.random() < 0.95:
        source = draw.choice([one for one in agreement.parties if one != recipient])
    within = [one for one in agreement.within if agreement.purpose_covered(share.purposes, one)]
    purpose = mostly(draw, draw.choice(within), agreement.within, 0.9)
    fields = draw.sample(held, draw.randint(1, len(held)))
    if draw.random() < 0.3:
        fields += draw.sample(list(agreement.fields), 2)
    return recipient, role, source, purpose, draw.choice(share.bases), list(dict.fromkeys(fields))


def force(draw, agreement):
    def parties():
        return [draw.choice(list(agreement.parties))] if draw.random() < 0.03 else []

    return facts.Force(agreement, draw.random() < 0.01, draw.random() < 0.01, parties(), parties(),
                       parties())


def misspell(draw, request):
    """Now and then a name that nobody knows."""
    name = draw.choice(["recipient", "role", "source", "purpose", "basis", "fields", "agreement"])
    setattr(request, name, request.fields + ["identity.nothing"] if name == "fields" else "nobody")


def is_for_a_public_body(agreement, request, basis):
    """Whether a public authority would rely on what is closed to it."""
    sides = (agreement.parties[one] for one in (request.source, request.recipient)
             if one in agreement.parties)
    return agreement.bases[basis].kind == "recognised-interest" and any(
        one.is_public for one in sides)


def help_along(draw, agreement, request):
    """Makes most of what the first field needs come true, so that later checks are reached too."""
    cell = (request.recipient, request.role, request.source, request.purpose, request.fields[0])
    share = govern.cell_of(agreement, *cell)["share"]
    request.trainings = ["safeguarding-2", "data-3"]
    request.case_reference = True
    request.second_person = draw.random() < 0.8
    if request.emergency is not None and draw.random() < 0.5:
        request.emergency = None
    if share is None:
        return
    fit = [one for one in share.bases
           if agreement.purpose_covered(agreement.bases[one].covers, request.purpose)]
    open_to_all = [one for one in fit if not is_for_a_public_body(agreement, request, one)]
    request.basis = draw.choice(open_to_all or fit or share.bases)
    request.fields = [one for one in request.fields if one in share.data
                      or one.split(".")[0] + ".*" in share.data]
    request.age = {"children": "child", "adults": "adult"}.get(share.about, request.age)
    request.no_consent_reason = "would-prejudice"
    day = agreement.first + datetime.timedelta(draw.randint(5, 280))
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc)
    for _ in range(8):
        request.at_s = int(midnight.timestamp()) + draw.randint(0, clock.DAY - 1) * 60
        local = clock.local(agreement.zone, request.at_s)
        if share.hours is None or agreement.hours[share.hours].is_open(local):
            break
    if draw.random() < 0.6:
        kind = draw.choice(["", "lawful basis", "confidentiality"])
        request.consents = [facts.Consent("given", draw.random() < 0.8,
                                          recorded_by=request.source, kind=kind)]
        if draw.random() < 0.2:
            request.consents.append(facts.Consent("refused", kind="objection"))


def drawn(draw, agreements):
    """A question near the first of the agreements in force: (forces, request)."""
    first = agreements[0]
    recipient, role, source, purpose, basis, fields = target(draw, first)
    request = facts.Request(
        agreement=first.name if len(agreements) == 1 or draw.random() < 0.2 else "",
        at_s=moment(draw, first),
        recipient=recipient, role=role, source=source, purpose=purpose,
        basis=mostly(draw, basis, first.bases, 0.9), fields=fields,
        trainings=draw.choice([["safeguarding-2", "data-3"], ["safeguarding-2"], []]),
        age=draw.choice(["child", "adult", "child", "adult", ""]),
        case_reference=draw.random() < 0.8, second_person=draw.random() < 0.8,
        no_consent_reason=draw.choice(NO_REASONS), emergency=declared(draw, first),
        counts=counts(draw, agreements))
    request.consents = [consent(draw, first, request, draw.randint(1, 3))
                        for _ in range(draw.choice([0, 0, 1, 1, 1, 2, 3]))]
    if draw.random() < 0.75:
        help_along(draw, first, request)
    say_law(draw, request)
    if draw.random() < 0.02:
        misspell(draw, request)
    return [force(draw, one) for one in agreements], request
