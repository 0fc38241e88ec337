# SPDX-License-Identifier: Apache-2.0
"""Case files in the format of data/policy/README.md, put to the evaluator of this folder."""

import csv
import datetime

import decide
import facts
import outcome

EXPECTED = ["decision", "fields", "reason", "clauses", "obligations"]


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def number(text):
    return int(text) if text else 0


def force_of(agreement, row):
    state = row["agreement_state"]
    kind, _, party = state.partition(":")
    return facts.Force(agreement, is_suspended=kind == "suspended", is_unsigned=kind == "unsigned",
                       withdrawn=[party] if kind == "withdrawn" else [])


def consents_of(row):
    if row["consent"] in ("", "none"):
        return []
    bars = {name: [one for one in row.get(name, "").split("|") if one]
            for name in ("consent_purposes", "consent_categories", "consent_recipients")}
    return [facts.Consent(row["consent"], row["consent_explicit"] == "yes",
                          bars["consent_purposes"], bars["consent_categories"],
                          bars["consent_recipients"], row.get("consent_from", ""),
                          row["consent_until"], recorded_by=row.get("consent_recorded_by", ""))]


def emergency_of(row):
    if row["emergency"] != "yes":
        return None
    age = row["emergency_age_min"]
    return facts.Declared(row.get("emergency_id", ""), row["emergency_reason"],
                          number(row["rationale_chars"]), int(age) if age else None,
                          number(row["emergency_count"]))


def request_of(agreement, row):
    age = row["subject_age"]
    counts = (number(row["person_count"]), number(row["agency_count"]),
              number(row.get("subject_count", "")))
    return facts.Request(
        agreement=row["agreement"],
        at_s=seconds(row["at"]),
        recipient=row["recipient"],
        role=row["role"],
        source=row["source"],
        purpose=row["purpose"],
        basis=row["basis"],
        fields=row["fields"].split(";"),
        age="" if not age else "child" if int(age) < 18 else "adult",
        trainings=[one for one in row.get("trainings", "").split("|") if one],
        second_person=row.get("second_person") == "yes",
        case_reference=bool(row["case_ref"]),
        no_consent_reason=row["no_consent_reason"],
        emergency=emergency_of(row),
        consents=consents_of(row),
        counts={(agreement.name, one): counts for one in agreement.limits},
    )


def rulings_of(agreement, row):
    return decide.decide([force_of(agreement, row)], request_of(agreement, row))


def differences(agreement, row):
    """(column, expected, got) for every column of the row that is answered differently."""
    got = outcome.outcome_of(rulings_of(agreement, row))
    return [(name, row["expected_" + name], getattr(got, name)) for name in EXPECTED
            if row["expected_" + name] != getattr(got, name)]


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
