#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which branches of the decision no test takes: `tests/coverage/branches.py [BUILD]`.

Reads what the tests left in a build of the `coverage` preset:

    cmake --preset coverage && cmake --build build/coverage
    ctest --test-dir build/coverage -R '^(policy_|consent_|oracle_|agreement_)'
    tests/coverage/branches.py build/coverage

Prints for every file of policy/ and of the decision path of gateway/consent the branches taken and
all there are, then each that was not, with its line, and each file of which no test ran a line.
Ends with 1 where there is one. A line with an ASSERT does not count: only a bug makes it fail, and
it ends the process."""

import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["policy", "gateway/consent"]
OF_CONSENT = ["gateway/consent/settle.c", "gateway/consent/counters.c"]


def data_files(build):
    """What the tests counted, of the modules in question."""
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(build, folder)):
            for name in names:
                if name.endswith(".gcda"):
                    yield os.path.join(path, name)


def is_meant(path):
    return path.startswith("policy/") and path.endswith(".c") or path in OF_CONSENT


def read(data):
    """(path in the project, line, taken or not for each branch) of one file of counts."""
    done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", data],
                          capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{data}: gcov cannot read it. Counts of an older build do not fit the notes of "
                 "this one: remove the .gcda files, build without a compiler cache, test again.")
    report = json.loads(done.stdout)
    for one in report["files"]:
        path = os.path.join(report["current_working_directory"], one["file"])
        path = os.path.relpath(os.path.realpath(path), ROOT)
        if is_meant(path):
            for line in one["lines"]:
                yield path, line["line_number"], [b["count"] > 0 for b in line["branches"]]


def gather(build):
    """{path: {line: [taken]}}, over all files that compiled the line."""
    found = {}
    for data in sorted(data_files(build)):
        for path, number, taken in read(data):
            lines = found.setdefault(path, {})
            before = lines.get(number, [False] * len(taken))
            lines[number] = [a or b for a, b in zip(before, taken)]
    return found


def unread(build, found):
    """Files that were compiled and of which no test left counts, with lines that can run."""
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(build, folder)):
            for name in sorted(names):
                source = os.path.relpath(os.path.join(path, name), build).replace(".gcno", "")
                parts = [part for part in source.split(os.sep) if not part.startswith("lg_")
                         and part != "CMakeFiles"]
                source = "/".join(parts)
                if name.endswith(".gcno") and is_meant(source) and source not in found:
                    yield source


def source_lines(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read().split("\n")


def main():
    build = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/coverage")
    found, missed, total_taken, total = gather(build), [], 0, 0
    for path in sorted(found):
        source = source_lines(path)
        lines = {number: taken for number, taken in found[path].items()
                 if "ASSERT(" not in source[number - 1]}
        taken = sum(sum(one) for one in lines.values())
        branches = sum(len(one) for one in lines.values())
        total_taken, total = total_taken + taken, total + branches
        if branches:
            print(f"{100 * taken / branches:6.2f} %  {taken:5} of {branches:5}  {path}")
        missed += [f"{path}:{number}: branch {i} not taken: {source[number - 1].strip()}"
                   for number, one in sorted(lines.items())
                   for i, is_taken in enumerate(one) if not is_taken]
    missed += [f"{path}: no test runs it" for path in unread(build, found)]
    print("\n".join(missed))
    print(f"{100 * total_taken / max(total, 1):6.2f} %  {total_taken} of {total} branches of "
          f"{len(found)} files, {len(missed)} not taken")
    return 1 if missed or not total else 0


if __name__ == "__main__":
    sys.exit(main())
