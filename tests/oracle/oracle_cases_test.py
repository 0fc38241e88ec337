# SPDX-License-Identifier: Apache-2.0
"""Every case file of tests/vectors/policy, and the outside one, answered by the evaluator of this
folder and by `lockgate agreement check --cases`, and the marks of every check beside them
(NAME.marks.csv: a row of sixteen digits a field, in the order of enum policy_check). Those of
JUDGED are judged by the project's register of statutes, and their marks have the six axes and the
provision, too."""

import csv
import os
import subprocess
import sys

import agreement as isa
import cases
import engine
import law

SOURCE, DATA = os.environ["LOCKGATE_SOURCE"], os.environ["LOCKGATE_DATA"]
VECTORS = os.path.join(SOURCE, "tests/vectors/policy")
REGISTER = os.path.join(SOURCE, "policy/register/uk.register")
JUDGED = ["lawdata"]
LOCKGATE = os.path.join(engine.BUILD, "tools/lockgate/lockgate")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def marks_of(path):
    """{id: marks} of the file beside the cases, none where there is no such file; with axes where
    it has them."""
    path = path.removesuffix(".cases.csv") + ".marks.csv"
    if not os.path.exists(path):
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {row["id"]: " ".join(list(row.values())[1:]) for row in csv.DictReader(file)}


def axes_of(reply):
    """Verdicts and provision of each field of a ruling's last column."""
    verdicts, _, entry, *_ = reply.split(",")
    return f"{verdicts}/{entry}"


def marked(rulings, agreement):
    """Marks, and axes where a register judges, of rulings as the engine writes them."""
    marks = ";".join(one.split("|")[6] for one in rulings)
    if agreement.register is None:
        return marks
    return marks + " " + ";".join(axes_of(one.split("|")[7]) for one in rulings)


def engine_marks(text_path, floor_path, agreement, rows):
    """What the engine marked for every row."""
    lines = [engine.register_line(REGISTER if agreement.register is not None else ""),
             engine.agreement_line(0, text_path, floor_path)]
    lines += [engine.question_line([0], [cases.force_of(agreement, row)],
                                   cases.request_of(agreement, row)) for row in rows]
    rulings = [reply.split("\t")[4].split(";") for reply in engine.run(lines)[2:]]
    return [marked(reply, agreement) for reply in rulings]


def check_marks(path, text_path, floor_path, agreement, rows):
    """Whether evaluator and engine marked every check of every row as the file says."""
    wanted = marks_of(path)
    if not wanted:
        return True
    good = set(wanted) == {row["id"] for row in rows}
    by_engine = engine_marks(text_path, floor_path, agreement, rows)
    for row, theirs in zip(rows, by_engine):
        mine = marked([engine.ruling_text(one) for one in cases.rulings_of(agreement, row)],
                      agreement)
        for who, got in (("evaluator", mine), ("engine", theirs)):
            if got != wanted.get(row["id"]):
                print(f"{row['id']} marks: expected {wanted.get(row['id'])}, the {who} says {got}")
                good = False
    return good


def check(path, text_path):
    """Whether all say what the file says."""
    floor_path = text_path.replace(".isa", ".floor.isa")
    floor_path = floor_path if os.path.exists(floor_path) else ""
    is_judged = os.path.basename(text_path).removesuffix(".isa") in JUDGED
    agreement = isa.agreement_of(read(text_path), read(floor_path) if floor_path else "",
                                 law.register_of(read(REGISTER)) if is_judged else None)
    rows, good = cases.rows_of(path), True
    for row in rows:
        for name, expected, got in cases.differences(agreement, row):
            print(f"{row['id']} {name}: expected {expected}, got {got}")
            good = False
    command = [LOCKGATE, "agreement", "check", text_path, "--cases", path]
    command += ["--floor", floor_path] if floor_path else []
    command += ["--register", REGISTER] if is_judged else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = done.stdout.strip().split("\n")[-1]
    if done.returncode != 0 or last != f"{len(rows)} passed, 0 failed":
        print(done.stdout, done.stderr)
        good = False
    good = check_marks(path, text_path, floor_path, agreement, rows) and good
    print(f"{os.path.basename(path)}: {len(rows)} cases, {'good' if good else 'WRONG'}")
    return good


def main():
    example = os.path.join(DATA, "policy/one-trafford-response.isa")
    paths = [(os.path.join(DATA, "policy/cases.csv"), example)] if os.path.exists(example) else []
    for name in sorted(os.listdir(VECTORS)):
        if name.endswith(".cases.csv"):
            path = os.path.join(VECTORS, name)
            named = cases.rows_of(path)[0]["agreement"]
            paths.append((path, os.path.join(VECTORS, named + ".isa")))
    return 0 if all([check(*one) for one in paths]) else 1


if __name__ == "__main__":
    sys.exit(main())
