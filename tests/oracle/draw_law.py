# SPDX-License-Identifier: Apache-2.0
"""Random registers of statutes, and the settings by which an agreement is judged under one."""

import law
from draw_text import maybe, section, some

BODIES = {"council": False, "adult-care": True, "childrens-care": False, "nhs": True,
          "practice": True, "police": False, "school": False, "charity": False, "board": False}
FUNCTIONS = ["child", "enquiry", "adult", "care", "crime", "violence", "research", "council"]
ROUTES = ["implied consent", "explicit consent", "statute", "section 251 25/CAG/0001",
          "public interest", "best interests"]
EDITION = "drawn"


def entry(draw, name):
    """Mostly wide, so that a fair part of the questions finds a power that carries them."""
    kind = draw.choice(["duty", "power", "power", "power", "no gateway"])
    texts = {"title": name, "statute": f"{name} Act", "section": maybe(draw, "s.1", 0.8),
             "kind": kind, "source": "drawn"}
    if draw.random() < 0.4:
        texts |= {"checked by": "a test", "checked on": "2026-01-15"}
    if kind == "no gateway":
        return section(f"entry {name}", **texts)

    def bodies(chance):
        return "any" if draw.random() < chance else some(draw, BODIES, 4)

    def yes(chance):
        return maybe(draw, "yes", chance)

    return section(
        f"entry {name}", **texts, **{"from": bodies(0.5)}, to=bodies(0.6),
        functions=some(draw, FUNCTIONS, 4),
        except_from=maybe(draw, some(draw, BODIES, 1, 2), 0.08),
        except_data=maybe(draw, draw.choice([["patient information"], ["patient information"],
                                             ["special"], ["patient information", "criminal"]]),
                          0.15),
        use_only_for=maybe(draw, some(draw, FUNCTIONS, 1, 5), 0.35),
        needs_agreement_of_the_person=yes(0.1), confidence=maybe(draw, "lifted", 0.4),
        objection=maybe(draw, "refers", 0.2), holder_may_withhold=yes(0.5),
        aggregates_only=yes(0.04), general=yes(0.2),
        in_force_from=draw.choice(["2015-04-01", "2015-04-01", "2015-04-01", "2015-04-01",
                                   "2015-04-01", "2015-04-01", "2026-10-26", "not yet"]))


def register(draw):
    """The text of a register with provisions of every sort."""
    texts = ["# Made up by a test.\nregister 1",
             section(f"edition {EDITION}", title="Made up", date="2026-02-01")]
    for name, is_care in BODIES.items():
        texts.append(section(f"body {name}", title=name,
                             health_or_social_care="yes" if is_care else None))
    texts += [section(f"function {name}", title=name) for name in FUNCTIONS]
    texts += [entry(draw, f"act-{i:02}") for i in range(24)]
    return "\n\n".join(texts) + "\n"


class Settings:
    """What the sections of one agreement say of the law: nothing where it names no register."""

    def __init__(self, draw, statutes):
        self.draw, self.statutes = draw, statutes
        gateways = [] if statutes is None else [
            one for one in statutes.entries.values() if one.kind in law.GATEWAYS]
        self.gateways = [one.name for one in gateways]
        self.locking = [one.name for one in gateways if one.use_only_for]

    def lawful(self, chance, value):
        """Some of the time, and only under a register."""
        return value if self.statutes is not None and self.draw.random() < chance else None

    def head(self):
        return {"law": self.lawful(1, EDITION)}

    def party(self):
        return {"body": self.lawful(0.95, some(self.draw, BODIES, 1, 3))}

    def purpose(self):
        use = self.draw.choice([{}, {"secondary_use": "yes"}, {"direct_care": "yes"},
                                {"secondary_use": "yes"}, {"secondary_use": "no"},
                                {"direct_care": "no"},
                                {"direct_care": "yes", "secondary_use": "no"}])
        count = self.draw.choice([1, 1, 1, 2, 3])
        return {"function": self.lawful(0.8, some(self.draw, FUNCTIONS, count, count)), **use}

    def basis(self):
        return {"gateway": self.lawful(0.9, some(self.draw, self.gateways, 1, 8)),
                "function": self.lawful(0.5, some(self.draw, FUNCTIONS, 1, 2))}

    def category(self):
        draw = self.draw
        patient = self.lawful(0.7, draw.choice(["yes", "yes", "yes", "no"]))
        opt_out = draw.choice(["national, at most 7 days old", "national, at most 1 day old",
                               "national, at most 30 days old", "none"])
        return {"patient_information": patient,
                "opt-out": opt_out if patient == "yes" and draw.random() < 0.85 else None,
                "received_under": self.lawful(
                    0.03, draw.choice(self.locking)) if self.locking else None,
                "confidential": maybe(draw, "yes", 0.3)}

    def share(self, bases):
        draw = self.draw
        return {"confidentiality": self.lawful(0.8, some(draw, ROUTES, 1, 4)),
                "objection": maybe(draw, draw.choice(["note", "refer"]), 0.4),
                "receives_under": maybe(draw, some(draw, bases, 1, 2), 0.2)}

    def requires(self):
        """Of a clause, rarely: each refuses most of what is asked."""
        return some(self.draw, ["necessity", "statement"], 1, 2) if self.draw.random() < 0.1 else []
