# SPDX-License-Identifier: Apache-2.0
"""The evaluator of this folder answers the case files as they say."""

import os
import sys

import agreement as isa
import cases

SOURCE, DATA = os.environ["LOCKGATE_SOURCE"], os.environ["LOCKGATE_DATA"]
VECTORS = os.path.join(SOURCE, "tests/vectors/policy")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def differing(text_path, cases_path):
    """How many columns differ, and of how many rows."""
    agreement, count = isa.agreement_of(read(text_path)), 0
    rows = cases.rows_of(cases_path)
    for row in rows:
        for name, expected, got in cases.differences(agreement, row):
            print(f"{row['id']} {name}: expected {expected}, got {got}")
            count += 1
    print(f"{os.path.basename(cases_path)}: {len(rows)} cases, {count} differences")
    return count


def main():
    example = os.path.join(DATA, "policy/one-trafford-response.isa")
    if not os.path.exists(example):
        return 77
    count = differing(example, os.path.join(DATA, "policy/cases.csv"))
    for name in sorted(os.listdir(VECTORS)):
        if name.endswith(".cases.csv"):
            path = os.path.join(VECTORS, name)
            agreement = cases.rows_of(path)[0]["agreement"]
            count += differing(os.path.join(VECTORS, agreement + ".isa"), path)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
