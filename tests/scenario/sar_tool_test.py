# SPDX-License-Identifier: Apache-2.0
"""`lockgate sar` on a whole partnership: a request opened from a file that holds the identity, its
clock, a line withheld, the report as the officer reads it and as the person gets it, with exit
codes."""
import base64
import csv
import datetime
import hashlib
import html.parser
import io
import json
import re
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true

CARE = "childrens-care"
DONE, FAILED, USAGE, REFUSED, NOT_VERIFIED = 0, 1, 2, 3, 5
GROUND = ["--agreement", worlds.AGREEMENT, "--purpose", "child-safeguarding", "--basis",
          "children-act"]
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
TODAY = datetime.date.today().isoformat()


class Officer:
    """The command line as an officer of `party` has it."""

    def __init__(self, w, party):
        self.party = party
        folder = w.folder / f"officer-{party}"
        self.config = folder / "officer.yaml"
        peer = "  dns: localhost\n  uri: lockgate://" + rigs.PARTNERSHIP
        edge = (f"connector:\n  address: 127.0.0.1:{w.edge_port}\n{peer}/{CARE}/connector\n"
                if party == CARE else "")
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"{peer}/hub/gateway\n{edge}tls-client:\n"
                   + w.rig.tls(party, "officer", "client"))

    def run(self, verb, *words):
        done = subprocess.run([str(rigs.Rig.program("lockgate")), "sar", verb, *map(str, words),
                               "--config", str(self.config), "--user", "ig-secret-1", "--role",
                               worlds.ROLES[self.party][0]], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr


class Page(html.parser.HTMLParser):
    """The cells of a page, and its tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        self.text += data
        if self.tags and self.tags[-1] == "td" and self.cells:
            self.cells[-1] += data


def identity(w, name, person):
    path = w.folder / name
    rigs.write(path, f"family-name: {person.family}\ngiven-name: {person.given}\n"
               f"born: {person.born}\npostcode: {person.postcode}\nscheme: nhs\n"
               f"identifier: {person.nhs}\n", 0o600)
    return ["--identity", path]


def opened(care, who):
    code, out, err = care.run("open", *GROUND, *who, "--received", TODAY, "--case", "SAR-12",
                              "--representative", "DEMO-LETTER-7")
    equal(code, DONE, err)
    number, due = re.match(r"(\d+)  due (\S+)  received " + TODAY + r"  open  case SAR-12  "
                           r"represented, see DEMO-LETTER-7  by ig-secret-1\n", out).groups()
    true(28 <= (datetime.date.fromisoformat(due) - datetime.date.today()).days <= 35, due)
    return number


def stepped(care, number):
    words = ["--reason", "Words"]
    code, out, err = care.run("pause", number, "--asked", "identity", "--day", TODAY, *words)
    true(code == DONE and "paused, who they are" in out, out + err)
    code, out, err = care.run("pause", number, "--asked", "identity", "--day", TODAY, *words)
    true(code == REFUSED and "already" in err, out + err)
    code, out, err = care.run("resume", number, "--day", TODAY, *words)
    true(code == DONE and "  open  " in out, out + err)
    code, out, err = care.run("extend", number, "--months", "2", *words, "--json")
    equal((code, json.loads(out)["state"]["extendedMonths"]), (DONE, 2), err)
    for wrong in (["pause", number, "--asked", "name", "--day", TODAY, *words],
                  ["pause", number, "--asked", "identity", *words],
                  ["resume", number, "--day", TODAY], ["extend", number, "--months", "3", *words],
                  ["extend", "x", "--months", "1", *words], ["close", number, *words],
                  ["reveal", number, "--line", "-1", *words], ["open", *GROUND],
                  ["export", number, *GROUND, "--as", "pdf"],
                  ["export", number, *GROUND, "--as", "json"], ["collect", number]):
        equal(care.run(*wrong)[0], USAGE, wrong)
    equal(care.run("collect", "1", *GROUND)[0], FAILED)


def withheld(care, number):
    """Gives the indices of the answers of police and housing."""
    code, out, err = care.run("collect", number, *GROUND)
    equal(code, DONE, err)
    lines = {agency: re.search(rf"(?m)^ *(\d+) .* asked {agency} ", out).group(1)
             for agency in ("police", "housing")}
    words = ["--exemption", "legal-privilege", "--reason", "Advice"]
    code, out, err = care.run("withhold", number, *GROUND, "--line", "0", *words)
    true(code == FAILED and "is no line" in err, out + err)
    code, out, err = care.run("withhold", number, *GROUND, "--line", lines["police"],
                              "--exemption", "whim", "--reason", "x")
    true(code in (FAILED, REFUSED) and "legal-privilege" in err, out + err)
    code, out, err = care.run("withhold", number, *GROUND, "--line", lines["police"], *words)
    true(code == DONE and lines["housing"] in out and "1 withheld" in out, out + err)
    code, out, err = care.run("collect", number, *GROUND)
    true("withheld: legal-privilege" in out and "by ig-secret-1: Advice" in out, out + err)
    return lines


def is_in_the_log(care, number, document):
    """Which document it was, and which lines were in it, is with the request."""
    code, out, err = care.run("list", "--json")
    equal(code, DONE, err)
    case = next(case for case in json.loads(out)["cases"] if case["number"] == number)
    answer = case["answer"]
    lines = [line["entry"] for line in json.loads(document)["lines"]]
    indices = b"".join(index.to_bytes(8, "big") for index in lines)
    equal((case["exportCount"], answer["lineCount"], answer["to"]),
          (3, len(lines), "SUBJECT_ACCESS_RECIPIENT_PERSON"))
    equal(base64.b64decode(answer["linesDigest"]), hashlib.sha256(indices).digest())
    equal(base64.b64decode(answer["documentDigest"]),
          hashlib.sha256(document.encode()).digest())
    for wrong in ("nobody", "police"):
        equal(care.run("export", number, *GROUND, "--as", "csv", "--to", wrong)[0], USAGE)


def exported(w, care, number):
    vkey = w.folder / "log.vkey"
    rigs.write(vkey, w.rig.vkey if isinstance(w.rig.vkey, str) else str(w.rig.vkey))
    code, page, err = care.run("export", number, *GROUND, "--as", "html")
    equal(code, DONE, err)
    code, table, err = care.run("export", number, *GROUND, "--as", "csv")
    equal(code, DONE, err)
    code, lines, err = care.run("export", number, *GROUND, "--as", "json", "--key", vkey)
    equal(code, DONE, err)
    is_in_the_log(care, number, lines)
    for text in (page, table, lines):
        for secret in ("ig-secret-1", "user-1", "Advice", "DEMO-LETTER-7", "police"):
            true(secret not in text, f"{secret} in {text}")
        true("housing" in text, text)
    return Page(page), list(csv.reader(io.StringIO(table, newline=""))), json.loads(lines)


def detail_of(proof):
    """The last of the parts of `extra`: a version, then leaf, salt and detail."""
    extra = base64.b64decode(re.search(r"(?m)^extra (\S+)$", proof).group(1))
    equal(extra[0], 2)
    at, parts = 1, []
    while at < len(extra):
        size = int.from_bytes(extra[at:at + 2], "big")
        parts.append(extra[at + 2:at + 2 + size])
        at += 2 + size
    equal(len(parts), 3)
    return parts[2]


def is_what_the_person_gets(w, care, number):
    page, table, lines = exported(w, care, number)
    true(not {"script", "link", "img", "iframe"} & set(page.tags), page.tags)
    true("1 line was withheld because of legal professional privilege" in page.text, page.text)
    heads = table[0]
    equal({len(row) for row in table}, {len(heads)})
    answer = dict(zip(heads, next(row for row in table if "housing" in row)))
    equal((answer["Organisation that asked"], answer["Why"], answer["From"]),
          (CARE, "child safeguarding", "housing"))
    equal(answer["Role"], worlds.ROLES[CARE][0])
    true("tenancy" in answer["Kinds of information"], answer)
    true(answer["Outcome"].startswith("Information was given"), answer)
    cells = [cell.strip() for cell in page.cells]
    true(all(value in cells for value in answer.values()), (answer, cells))
    true(table[-1][0].startswith("1 line was withheld"), table)
    equal(lines["withheld"], [{"count": 1, "because": "legal professional privilege", "statute":
                               "Data Protection Act 2018, Schedule 2, paragraph 19"}])
    proofs = {line["what"]: line["proof"] for line in lines["lines"]}
    equal(proofs.pop("A question about you"), "")
    true(proofs["An answer about you"], "proved")
    for what, proof in proofs.items():
        if not proof:
            equal(what, "The end of a question")
            continue
        equal(detail_of(proof), b"")
        path = w.folder / "line.proof"
        rigs.write(path, proof)
        done = subprocess.run([str(rigs.Rig.program("lockgate")), "audit", "verify", str(path),
                               "--key", str(w.folder / "log.vkey")], capture_output=True,
                              text=True, timeout=60, check=False)
        equal(done.returncode, DONE, done.stdout + done.stderr)


def quiet_ones_are_not_counted(care, number, lines):
    words = ["--reason", "An inquiry"]
    code, out, err = care.run("reveal", number, "--line", lines["police"], *words)
    equal(code, DONE, err)
    code, out, err = care.run("withhold", number, *GROUND, "--line", lines["police"],
                              "--exemption", "crime", *words)
    equal(code, DONE, err)
    for form in ("html", "csv"):
        code, out, err = care.run("export", number, *GROUND, "--as", form)
        true(code == DONE and "withheld" not in out and "police" not in out, out + err)
    code, out, err = care.run("list")
    true("1 withheld" in out, out + err)


def long_report(w, care, person):
    """More lines than a page, and pages longer than a question: all of them, each once."""
    for i in range(60):
        reply = w.ask(CARE, person, sources=["police", "housing"], user=f"user-{i}", **CHILD)
        true(reply.verdict.decision in (1, 2), reply.verdict)
    code, out, err = care.run("open", *GROUND, "--identity", w.folder / "known", "--received",
                              TODAY)
    equal(code, DONE, err)
    number = out.split()[0]
    code, out, err = care.run("collect", number, *GROUND)
    lines = re.findall(r"(?m)^ *(\d+) .* release ", out)
    true(code == DONE and len(lines) == len(set(lines)) > 120, out + err)
    code, out, err = care.run("export", number, *GROUND, "--as", "csv")
    equal((code, out.count("An answer about you")), (DONE, len(lines)), err)
    neighbours_on_other_pages(care, number)


def neighbours_on_other_pages(care, number):
    """Three entries a question, a hundred a page: the lines beside the end of the first page."""
    code, out, err = care.run("collect", number, *GROUND)
    lines = re.findall(r"(?m)^ *(\d+) ", out.split("\n", 1)[1])
    groups = {}
    for line in lines[97:103]:
        code, out, err = care.run("withhold", number, *GROUND, "--line", line, "--exemption",
                                  "legal-privilege", "--reason", "Advice")
        said = re.search(r"withheld too:((?: \d+)+)\n", out)
        true(code == DONE and said, out + err)
        groups[line] = frozenset([line, *said.group(1).split()])
    equal({len(group) for group in groups.values()}, {3}, groups)


def refusals_are_told(w, care, number, tokens):
    """What was refused before anything was looked up, with who wanted to know and why."""
    handle = w.find(CARE, tokens, **CHILD).handle
    reply = w.ask(CARE, w.person_ref(handle=handle), sources=["police"],
                  purpose="child-safeguarding", basis="early-help-consent")
    equal(reply.verdict.code, "BASIS_NOT_ACCEPTED")
    code, table, err = care.run("export", number, *GROUND, "--as", "csv")
    equal(code, DONE, err)
    rows = [row for row in csv.DictReader(io.StringIO(table, newline=""))
            if row["What"] == "A question that was refused"]
    equal([(row["Organisation that asked"], row["Role"], row["Outcome"]) for row in rows],
          [(CARE, worlds.ROLES[CARE][0], "Refused")])


def other_agency(w, number):
    police = Officer(w, "police")
    there = police.run("collect", number, *GROUND)
    equal(there[:2], (FAILED, ""))
    equal(there, police.run("collect", int(number) + 9999, *GROUND))
    equal(police.run("list"), (DONE, "", ""))


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        tokens = w.blind(people)
        for party in ("police", "housing"):
            w.enrol(party, people[:1], tokens[:1], worlds.basic_records(party))
        w.ask(CARE, w.person_ref(tokens[0]), sources=["police", "housing"], **CHILD)
        care = Officer(w, CARE)
        number = opened(care, identity(w, "known", people[0]))
        stepped(care, number)
        lines = withheld(care, number)
        is_what_the_person_gets(w, care, number)
        quiet_ones_are_not_counted(care, number, lines)
        other_agency(w, number)
        refusals_are_told(w, care, number, tokens[0])
        long_report(w, care, w.person_ref(tokens[0]))
        nobody = opened(care, identity(w, "nobody", people[1]))
        code, out, err = care.run("collect", nobody, *GROUND)
        true(code == DONE and out.endswith("No entries.\n"), out + err)
        code, out, err = care.run("close", nobody, "--outcome", "answered", "--reason", "Words")
        true(code == REFUSED and "export" in err, out + err)
        code, out, err = care.run("export", nobody, *GROUND, "--as", "html", "--to",
                                  "representative", "--reason", "By post")
        true(code == DONE and "There are no lines to show" in out, out + err)
        code, out, err = care.run("close", nobody, "--outcome", "answered", "--reason", "Words")
        true(code == DONE and "answered" in out, out + err)
        true(nobody not in care.run("list")[1], "closed")
        true(nobody in care.run("list", "--closed")[1], "but there")
        wrong = ["--agreement", worlds.AGREEMENT, "--purpose", "crime-prevention", "--basis",
                 "children-act"]
        equal(care.run("export", number, *wrong, "--as", "csv")[0], REFUSED)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
