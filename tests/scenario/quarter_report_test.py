# SPDX-License-Identifier: Apache-2.0
"""`lockgate audit report` on a whole partnership: for officers of the host, of quarters that have
ended, entered in the log first; as text, CSV, HTML and JSON, with nothing shown that is small."""
import csv
import datetime
import io
import json
import re
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true

HOST, CARE = "hub", "childrens-care"
DONE, FAILED, USAGE, REFUSED, UNREACHABLE = 0, 1, 2, 3, 6


def quarter(day):
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


TODAY = datetime.datetime.now(datetime.timezone.utc).date()
NOW = quarter(TODAY)
BEFORE = quarter(TODAY.replace(day=1, month=(TODAY.month - 1) // 3 * 3 + 1)
                 - datetime.timedelta(days=1))


class Officer:
    def __init__(self, w, party):
        self.w, self.role = w, worlds.ROLES[party][0]
        self.config = w.folder / f"report-{party}.yaml"
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"  dns: localhost\n  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\n"
                   "tls-client:\n" + w.rig.tls(party, "officer", "client"))

    def report(self, *words):
        command = [rigs.Rig.program("lockgate"), "audit", "report", *words, "--config",
                   self.config, "--user", "ig1", "--role", self.role]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr


def written(w, host):
    """Each form says the same, and each look is one entry, a SEARCH."""
    size = w.checkpoint()[0]
    code, text, err = host.report(BEFORE)
    equal(code, DONE, err)
    equal(w.checkpoint()[0], size + 1)
    entry = w.entry(size, HOST)
    equal((entry.kind, entry.reason), ("SEARCH", "REPORT"))
    true(text.startswith(f"Quarter {BEFORE}\n"), text)
    true("amber" in text and "about 8 people or more" in text, text)
    true("questions-by-agency" in text and "cases are counted instead" in text, text)
    code, out, err = host.report(BEFORE, "--json")
    equal(code, DONE, err)
    said = json.loads(out)
    equal(said["quarter"], BEFORE)
    tables = {table["name"]: table for table in said["tables"]}
    equal(len(tables), 10, list(tables))
    # Which rows there are does not follow from what was counted.
    asked = {row["name"] for row in tables["questions-by-agency"]["rows"]}
    true(set(worlds.ROLES) <= asked, asked)
    for table in tables.values():
        true(table["totalHidden"], table)
        true(all(row.get("hidden") or int(row.get("count", 0)) == 0 for row in table["rows"]),
             table)
    code, out, err = host.report(BEFORE, "--csv")
    equal(code, DONE, err)
    lines = list(csv.reader(io.StringIO(out, newline="")))
    true(all(len(line) == 6 for line in lines), lines)
    equal({line[1] for line in lines if line[0] == "row"}, set(tables))
    true(all(line[3] in ("hidden", "0") for line in lines if line[0] in ("row", "total")), lines)
    code, out, err = host.report(BEFORE, "--html")
    equal(code, DONE, err)
    true(out.startswith("<!DOCTYPE html>") and out.rstrip().endswith("</html>"), out)
    true("<script" not in out and "http:" not in out and "https:" not in out, out)
    equal(len(re.findall("<table>", out)), len(re.findall("</table>", out)))


def refused(w, host, care):
    size = w.checkpoint()[0]
    # An open quarter: two reports of it would differ by what one person did.
    code, out, err = host.report(NOW)
    equal((code, out), (REFUSED, ""), err)
    true("has not ended" in err, err)
    equal(care.report(BEFORE)[0], REFUSED)
    code, _, err = host.report("2026-Q5")
    equal(code, FAILED, err)
    equal(host.report("yesterday")[0], FAILED)
    equal(w.checkpoint()[0], size, "what was refused is in the log")
    for words in ([], [BEFORE, "--csv", "--html"], [BEFORE, "--csv", "--json"],
                  [BEFORE, "--pdf"]):
        equal(host.report(*words)[0], USAGE, words)
    text = host.config.read_text()
    host.config.write_text(text.replace(str(w.rig.gateway_port), str(rigs.free_port()), 1))
    code, out, err = host.report(BEFORE)
    host.config.write_text(text)
    equal((code, out), (UNREACHABLE, ""), err)


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        host, care = Officer(w, HOST), Officer(w, CARE)
        written(w, host)
        refused(w, host, care)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
