# SPDX-License-Identifier: Apache-2.0
"""The truth table of consent (agreements, section 13), every cell of it, put to the evaluator of
this folder and to the engine. The agreement is tests/vectors/policy/consent.isa: its fields are
named after the rules, its categories after the classes."""

import os
import sys

import agreement as isa
import cases
import engine
import facts

PATH = os.path.join(os.environ["LOCKGATE_SOURCE"], "tests/vectors/policy/consent.isa")
SPECIAL, CRIMINAL, ORDINARY = "special", "criminal", "ordinary"
ANY_CLASS = [ORDINARY, SPECIAL, CRIMINAL]
REASON, NO_REASON = ["would-prejudice"], [""]
EITHER = REASON + NO_REASON

GIVEN = ["explicit", "plain"]
LACKING = ["none", "expired", "out of scope"]
AGAINST = ["refused", "withdrawn"]
STATES = {
    "explicit": [facts.Consent("given", True)],
    "plain": [facts.Consent("given")],
    "none": [],
    "expired": [facts.Consent("given", True, until="2026-06-09")],
    "out of scope": [facts.Consent("given", True, purposes=["other"])],
    "refused": [facts.Consent("refused")],
    "withdrawn": [facts.Consent("withdrawn")],
}
CODES = {"plain": "CONSENT_NOT_EXPLICIT", "none": "CONSENT_MISSING", "expired": "CONSENT_EXPIRED",
         "out of scope": "CONSENT_OUT_OF_SCOPE", "refused": "CONSENT_REFUSED",
         "withdrawn": "CONSENT_WITHDRAWN"}

# The columns: no emergency; valid; valid, declared by a role that may set a refusal aside; invalid.
COLUMNS = [
    ("no emergency", "junior", None),
    ("valid", "junior", facts.Declared("", "life", 10, 0, 0)),
    ("valid, senior", "senior", facts.Declared("", "life", 10, 0, 0)),
    ("invalid", "junior", facts.Declared("", "life", 9, 0, 0)),
]

# Rule, basis, classes, reasons for no consent, states, and a mark for every column: P permit, E by
# emergency, o objection noted, - the state's own code, R NO_CONSENT_REASON_MISSING,
# X EMERGENCY_CANNOT_SET_ASIDE_REFUSAL, I the emergency's fault, O EMERGENCY_ONLY.
TABLE = [
    ("not-needed", "duty", [ORDINARY], EITHER, GIVEN + LACKING, "P P P P"),
    ("not-needed", "duty", [ORDINARY], EITHER, AGAINST, "Po Po Po Po"),
    ("not-needed", "duty", [SPECIAL, CRIMINAL], REASON, GIVEN + LACKING, "P P P P"),
    ("not-needed", "duty", [SPECIAL, CRIMINAL], REASON, AGAINST, "Po Po Po Po"),
    ("not-needed", "duty", [SPECIAL, CRIMINAL], NO_REASON, GIVEN, "P P P P"),
    ("not-needed", "duty", [SPECIAL, CRIMINAL], NO_REASON, LACKING, "R E E R"),
    ("not-needed", "duty", [SPECIAL, CRIMINAL], NO_REASON, AGAINST, "R Eo Eo R"),
    ("required", "duty", ANY_CLASS, EITHER, GIVEN, "P P P P"),
    ("required", "duty", ANY_CLASS, EITHER, LACKING + AGAINST, "- - - -"),
    ("asked", "asked", [ORDINARY, CRIMINAL], EITHER, GIVEN, "P P P P"),
    ("asked", "asked", [ORDINARY, CRIMINAL], EITHER, LACKING + AGAINST, "- - - -"),
    ("asked", "asked", [SPECIAL], EITHER, ["explicit"], "P P P P"),
    ("asked", "asked", [SPECIAL], EITHER, ["plain"] + LACKING + AGAINST, "- - - -"),
    ("unless", "duty", ANY_CLASS, EITHER, GIVEN, "P P P P"),
    ("unless", "duty", ANY_CLASS, EITHER, LACKING, "- E E I"),
    ("unless", "duty", ANY_CLASS, EITHER, AGAINST, "- X E I"),
    ("only", "life", ANY_CLASS, EITHER, GIVEN, "O E E I"),
    ("only", "life", ANY_CLASS, EITHER, LACKING, "O E E I"),
    ("only", "life", ANY_CLASS, EITHER, AGAINST, "O X E I"),
]


def expected(mark, state):
    """(what becomes of the field, by emergency, objection noted)"""
    refusals = {"-": CODES.get(state), "R": "NO_CONSENT_REASON_MISSING",
                "X": "EMERGENCY_CANNOT_SET_ASIDE_REFUSAL", "I": "EMERGENCY_RATIONALE",
                "O": "EMERGENCY_ONLY"}
    if mark in refusals:
        return (f"deny:{refusals[mark]}", "0", "0")
    return ("pass", str(int("E" in mark)), str(int("o" in mark)))


def cells():
    """(line of the table, what the cell is, request, what is expected)"""
    for number, (rule, basis, classes, reasons, states, marks) in enumerate(TABLE, 1):
        for name, reason, state in ((c, r, s) for c in classes for r in reasons for s in states):
            for (column, role, declared), mark in zip(COLUMNS, marks.split()):
                request = facts.Request(
                    at_s=cases.seconds("2026-06-10T12:00:00Z"), recipient="asker", role=role,
                    source="source", purpose="narrow", basis=basis, fields=[f"{name}.{rule}"],
                    age="adult", no_consent_reason=reason, emergency=declared,
                    consents=STATES[state])
                yield (number, f"{name}.{rule}, reason `{reason}`, {state}, {column}", request,
                       expected(mark, state))


def ruling_of(reply):
    text, _, _, by_emergency, objection, *_ = reply.split("\t")[4].split("|")
    return (text, by_emergency, objection)


def main():
    with open(PATH, encoding="utf-8") as file:
        forces = [facts.Force(isa.agreement_of(file.read()))]
    table = list(cells())
    lines = [engine.question_line([0], forces, request) for _, _, request, _ in table]
    replies = engine.run([engine.agreement_line(0, PATH)] + lines)[1:]
    counts, wrong = {}, 0
    for (number, what, request, wanted), reply in zip(table, replies):
        counts[number] = counts.get(number, 0) + 1
        for who, got in (("evaluator", ruling_of(engine.expected_reply(forces, request))),
                         ("engine", ruling_of(reply))):
            if got != wanted:
                print(f"line {number}, {what}: expected {wanted}, the {who} says {got}")
                wrong += 1
    for number, line in enumerate(TABLE, 1):
        print(f"line {number:2}: {counts[number]:3} cells  {line[0]} {line[5]}")
    print(f"{len(table)} cells, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
