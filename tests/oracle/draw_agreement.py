# SPDX-License-Identifier: Apache-2.0
"""Random agreements that mean something: parties, purposes within purposes, every setting that the
decision looks at. All draw from one vocabulary, so that several can speak about one question."""

import agreement as isa
import draw_law
import govern
from draw_text import maybe, section, some

AGENCIES = """police housing childrens-care adults-care mh-trust gp voluntary hub probation school
ambulance fire hospital youth-justice public-health refuge drugs-service food-bank court prison
early-years college immigration advocacy benefits-office""".split()
ROLE_NAMES = ["worker", "manager", "officer", "analyst"]
PURPOSES = {"safeguarding": "", "child-safeguarding": "safeguarding",
            "urgent-child-safeguarding": "child-safeguarding",
            "adult-safeguarding": "safeguarding", "early-help": "",
            "family-help": "early-help", "crime-prevention": "", "planning": ""}
FIELDS = {"identity": "name born address phone", "contact": "known-to worker",
          "tenancy": "status arrears asb", "incidents": "count summary markers",
          "children": "status plan", "mental-health": "status risk diagnosis notes",
          "support": "level goals", "convictions": "list spent"}
RULES = ["band", "month", "ward"]
TRAININGS = ["safeguarding-2", "data-3"]
OPEN = ["08:00 to 20:00 on every day", "00:00 to 24:00 on every day",
        "22:00 to 06:00 on every day", "09:00 to 17:00 on weekdays and 10:00 to 12:30 on saturday",
        "23:30 to 01:30 on friday to sunday", "00:30 to 02:30 on sunday, wednesday"]
CLOSED = ["", "bank holidays", "2026-06-10", "2026-12-24, bank holidays"]
ZONES = ["Europe/London"] * 4 + ["UTC"]


class Draft:
    """An agreement being written. `texts` grows; `model` is what the evaluator makes of it."""

    def __init__(self, draw, name, party_count, statutes):
        self.draw = draw
        self.law = draw_law.Settings(draw, statutes)
        self.name = name
        self.parties = draw.sample(AGENCIES, party_count)
        self.texts = ["# Made up by a test.\nisa 1", self.head()]
        self.roles = []
        self.shares = []
        self.emergencies = draw.choice([0, 1, 1, 1, 2])

    def maybe(self, value, chance=0.5):
        return maybe(self.draw, value, chance)

    def head(self):
        draw = self.draw
        return section(
            f"agreement {self.name}", title="Made up", version="1",
            in_force="2026-04-01 to 2027-03-31", review_due="2027-01-31",
            review_grace=draw.choice(["0 days", "10 days", "2 weeks"]),
            time_zone=draw.choice(ZONES), lead=self.parties[0],
            signatures_needed=draw.choice(["all parties", "both sides"]),
            assessment="DPIA-1", contact="lead", **self.law.head())

    def add_parties(self):
        for party in self.parties:
            yes_no = [self.draw.choice(["yes", "no"]) for _ in range(2)]
            self.texts.append(section(
                f"party {party}", name=party, legal_entity=party, public_authority=yes_no[0],
                competent_authority="yes" if party in ("police", "probation") else yes_no[1],
                signs_as="Director", existence=self.maybe("hidden", 0.2), **self.law.party()))
            for role in some(self.draw, ROLE_NAMES, 1, 3):
                self.roles.append(f"{party}/{role}")
                self.texts.append(section(f"role {self.roles[-1]}",
                                          training=self.maybe(self.draw.choice(TRAININGS), 0.1)))

    def add_purposes(self):
        self.purposes = ["safeguarding"] + some(self.draw, [
            one for one, parent in PURPOSES.items()
            if one != "safeguarding" and parent in ("", "safeguarding", "early-help")], 3)
        if "family-help" in self.purposes and "early-help" not in self.purposes:
            self.purposes.remove("family-help")
        if "child-safeguarding" in self.purposes:
            self.purposes.append("urgent-child-safeguarding")
        for one in self.purposes:
            self.texts.append(section(f"purpose {one}", title=one, within=PURPOSES[one],
                                      **self.law.purpose()))

    def basis(self, name, kind, covers, conditions, reason=None):
        self.texts.append(section(
            f"basis {name}", title=name, kind=kind,
            article_6=None if kind == "law-enforcement" else "e",
            article_9="g" if "9" in conditions else None,
            article_10="Sch 1" if "10" in conditions else None,
            covers=covers, reason_for_no_consent=reason, **self.law.basis()))

    def add_bases(self):
        draw, top = self.draw, [one for one in self.purposes if not PURPOSES[one]]
        reasons = ["needed", "not needed", "needed for special and criminal", "needed for special",
                   "needed for criminal"]
        self.basis("duty", "statutory", some(draw, self.purposes), "9 10", draw.choice(reasons))
        self.basis("broad-duty", "statutory", top, "9 10", draw.choice(reasons))
        self.basis("plain-duty", "statutory", top, "", draw.choice(reasons))
        self.basis("agreed", "consent", top, "9 10")
        self.basis("life", "vital", ["safeguarding"] + some(draw, top[1:], 0), "9 10")
        self.basis("policing", "law-enforcement", top, "9 10", draw.choice(reasons))
        self.basis("interest", "recognised-interest", top, "9 10", draw.choice(reasons))

    def add_categories(self):
        for name in some(self.draw, FIELDS, 4):
            data_class = {"incidents": "criminal", "convictions": "criminal", "children": "special",
                          "mental-health": "special", "support": "special"}.get(name, "ordinary")
            held = self.draw.choice([["any"], some(self.draw, self.parties, 1, 4)])
            self.texts.append(section(
                f"category {name}", title=name, **{"class": data_class}, held_by=held,
                fields=FIELDS[name].split(), existence=self.maybe("open", 0.2),
                **self.law.category()))
        self.texts += [section(f"generalise {one}", to=one) for one in RULES]

    def add_settings(self):
        draw = self.draw
        for i in range(3):
            self.texts.append(section(f"hours h{i}", open=draw.choice(OPEN),
                                      closed_on=draw.choice(CLOSED)))
        for i in range(3):
            rates = {"per_person": f"{draw.randint(1, 30)} in 1 hour",
                     "per_agency": f"{draw.randint(5, 600)} in 1 day",
                     "per_subject": f"{draw.randint(1, 5)} in 1 week"}
            kept = some(draw, rates)
            self.texts.append(section(f"limit l{i}", **{one: rates[one] for one in kept}))
        defaults = {"hours": self.maybe("h0"), "limit": self.maybe("l0"),
                    "keep": self.maybe("90 days", 0.7), "onward": self.maybe("no", 0.7)}
        if any(defaults.values()):
            self.texts.append(section("defaults", **defaults))

    # ---- Clauses

    def recipients(self):
        kind = self.draw.random()
        if kind < 0.3:
            return ["any"]
        whole = [f"{one}/*" for one in self.parties]
        return some(self.draw, whole if kind < 0.7 else self.roles, 1, 4)

    def sources(self, fields):
        held = self.model.fields[fields[0]].held_by
        if self.draw.random() < 0.4:
            return ["any"]
        return some(self.draw, self.parties if "any" in held else held, 1, 3)

    def bases_for(self, classes, emergency_only, consent, purposes, sources, recipients):
        """Bases that the compiler cannot object to."""
        model, fit = self.model, []
        for basis in model.bases.values():
            covers = any(model.purpose_covered([wide], narrow)
                         for one in purposes for wide in basis.covers
                         for narrow in model.within if model.purpose_covered([one], narrow))
            allowed = {"vital": emergency_only, "consent": consent != "not needed"}
            public = [model.parties[one].is_public for one in model.parties
                      if "any" in sources or one in sources]
            competent = [model.parties[one].is_competent for one in model.parties
                         if "any" in recipients
                         or any(to.split("/")[0] == one for to in recipients)]
            allowed["recognised-interest"] = not all(public)
            allowed["law-enforcement"] = any(competent)
            conditions = all(basis.conditions[one] for one in classes)
            if covers and conditions and allowed.get(basis.kind, True):
                fit.append(basis.name)
        return some(self.draw, fit, 1, 4) if fit else []

    def treatments(self, fields):
        found, group = {}, None
        for name in fields:
            kind = self.draw.choice(["pass", "pass", "pass", *isa.TREATMENTS])
            item = f"{name} by {self.draw.choice(RULES)}" if kind == "generalise" else name
            group = group or ("aggregate" if kind == "aggregate" else None)
            found.setdefault(kind, []).append(item)
        if group:
            found["smallest_group"] = str(self.draw.randint(5, 20))
        return found

    def data(self):
        category = self.model.categories[self.draw.choice(list(self.model.categories))]
        if self.draw.random() < 0.25:
            return [f"{category.name}.*"], [f"{category.name}.{category.fields[0]}"]
        chosen = [f"{category.name}.{one}" for one in some(self.draw, category.fields)]
        return chosen, chosen

    def share_text(self, name):
        draw = self.draw
        named, fields = self.data()
        recipients, sources = self.recipients(), self.sources(fields)
        purposes = some(draw, self.purposes, 1, 2)
        emergency_only = self.emergencies > 0 and draw.random() < 0.12
        rules = ["not needed", "required", "required unless emergency"]
        consent = draw.choice(rules if self.emergencies else rules[:2])
        if emergency_only:
            consent = "required unless emergency"
        classes = {self.model.fields[one].data_class for one in fields}
        bases = self.bases_for(classes, emergency_only, consent, purposes, sources, recipients)
        if not bases:
            return None
        requires = some(draw, ["case reference", "second person"], 0, 2)
        if consent == "not needed" and draw.random() < 0.3:
            requires.append("reason for no consent")
        onward = draw.choice(["no", f"ask {draw.choice(self.parties)}",
                              f"to {draw.choice(self.parties)} for {draw.choice(self.purposes)}"])
        return section(
            f"clause {name} share", title="Made up", **{"from": sources}, to=recipients,
            purpose=purposes, basis=bases, consent=consent,
            requires=(requires if draw.random() < 0.4 else []) + self.law.requires(),
            about=self.maybe(draw.choice(["children", "adults", "anyone"]), 0.3),
            when="emergency" if emergency_only else None, **self.treatments(named),
            hours=self.maybe(draw.choice(["h1", "h2"]), 0.3),
            limit=self.maybe(draw.choice(["l1", "l2"]), 0.4),
            keep=self.maybe(draw.choice(["7 days", "30 days", "52 weeks"]), 0.3),
            onward=self.maybe(onward, 0.3),
            consent_is=self.maybe(
                draw.choice(["lawful basis", "confidentiality", "service"]), 0.3),
            consent_recorded_by=self.maybe(
                draw.choice(["source", "either", "not the asker alone"]), 0.2),
            **self.law.share(bases))

    def reach(self, share):
        """Four sets of (what, how near): two clauses tie where all four meet."""
        model = self.model
        roles = [(role, govern.nearest(share.recipients, govern.names_role, *role.split("/")))
                 for role in model.roles]
        fields = [(one, govern.nearest(share.data, govern.names_field, one))
                  for one in model.fields]
        purposes = [(one, min((d for d in (model.purpose_distance(wide, one)
                                           for wide in share.purposes) if d is not None),
                              default=None)) for one in model.within]
        origins = [(one, govern.nearest(share.sources, govern.names_party, one))
                   for one in model.parties]
        return [{pair for pair in dimension if pair[1] is not None}
                for dimension in (roles, fields, purposes, origins)]

    def add_clauses(self, wanted):
        self.model = isa.agreement_of("\n".join(self.texts))
        reaches = []
        for number in range(1, wanted + 1):
            text = self.share_text(f"{number}")
            if text is None:
                continue
            share = isa.agreement_of("\n".join(self.texts + [text])).shares[-1]
            reach = self.reach(share)
            if any(all(a & b for a, b in zip(reach, other)) for other in reaches):
                continue
            reaches.append(reach)
            self.shares.append(share)
            self.texts.append(text)

    def never(self, name, unless):
        category = self.draw.choice(list(self.model.categories.values()))
        data = self.draw.choice([f"{category.name}.*", f"{category.name}.{category.fields[-1]}"])
        return section(
            f"clause {name} never", title="Made up",
            **{"from": self.maybe(some(self.draw, self.parties, 1, 3), 0.3)}, to=self.recipients(),
            purpose=self.maybe(some(self.draw, self.purposes, 1, 2), 0.3), data=[data],
            unless=unless)

    def add_emergency(self, name):
        draw = self.draw
        used = [one for one in self.purposes
                if self.model.purpose_covered(self.model.bases["life"].covers, one) and any(
                    self.model.purpose_covered([wide], one) or
                    self.model.purpose_covered([one], wide)
                    for share in self.shares for wide in share.purposes)]
        roles = [role for role in self.roles if any(
            pattern in ("any", role, role.split("/")[0] + "/*")
            for share in self.shares for pattern in share.recipients)]
        if not used or not roles:
            return
        declared_by = some(draw, roles, 1, 12)
        aside = some(draw, ["missing consent", "hours", "limit", "review"])
        refusal = some(draw, declared_by, 1, 4) if "missing consent" in aside else None
        self.texts.append(section(
            f"emergency {name}", declared_by=declared_by, purpose=some(draw, used, 1, 2),
            basis="life", basis_for_refusal=self.maybe("broad-duty"),
            reasons=some(draw, ["risk-to-life", "serious-harm", "child-in-danger"]),
            rationale=f"at least {draw.randint(5, 60)} characters",
            lasts=draw.choice(["30 minutes", "4 hours", "1 day"]),
            sets_aside=aside, refusal_set_aside_by=self.maybe(refusal),
            tell="lead within 1 hour", check="within 3 working days",
            at_most=f"{draw.randint(1, 5)} per person in 1 day",
            requires=self.maybe("second person", 0.15),
            overdue_reviews=self.maybe(
                some(draw, ["second person from 2", "refused from 3"]), 0.6)))


def drawn(draw, name, party_count, statutes=None):
    """(text of the agreement, text of the floor or empty); judged by the register where there is
    one."""
    draft = Draft(draw, name, party_count, statutes)
    draft.add_parties()
    draft.add_purposes()
    draft.add_bases()
    draft.add_categories()
    draft.add_settings()
    draft.add_clauses(draw.randint(10, 60))
    for i in range(draw.randint(0, 4)):
        unless = draft.maybe("emergency") if draft.emergencies else None
        draft.texts.append(draft.never(f"n.{i}", unless))
    for i in range(draft.emergencies):
        draft.add_emergency(f"e{i}")
    floor = ""
    if draw.random() < 0.4:
        floor = "\n".join(["isa 1"] + [draft.never(f"f.{i}", None)
                                       for i in range(draw.randint(1, 2))]) + "\n"
    return "\n".join(draft.texts) + "\n", floor
