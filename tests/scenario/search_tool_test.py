# SPDX-License-Identifier: Apache-2.0
"""`lockgate audit search|tail|export|show` on a whole partnership, with exit codes: what an officer
of one agency finds, follows, takes away as proofs that `audit verify` accepts, and is refused."""
import json
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true

CALLER, TRUST = "childrens-care", "mh-trust"
CHILD = ["--purpose", "child-safeguarding", "--basis", "children-act"]
DONE, USAGE, REFUSED, NOT_VERIFIED = 0, 2, 3, 5


class Tool:
    """The command line as an officer of one agency has it."""

    def __init__(self, w, party, role):
        self.w, self.role = w, role
        self.folder = w.folder / f"tool-{party}"
        self.config = self.folder / "officer.yaml"
        peer = f"  dns: localhost\n  uri: lockgate://{rigs.PARTNERSHIP}"
        connector = (f"connector:\n  address: 127.0.0.1:{w.edge_port}\n{peer}/{party}/connector\n"
                     if party == worlds.EDGE else "")
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"{peer}/hub/gateway\n{connector}tls-client:\n"
                   + w.rig.tls(party, "officer", "client"))

    def run(self, verb, *words, ground=CHILD):
        command = [rigs.Rig.program("lockgate"), "audit", verb, "--config", self.config,
                   "--agreement", worlds.AGREEMENT, "--user", "ig1", "--role", self.role,
                   "--case", "C-17", *ground, *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr


def identity(w, name, person):
    path = w.folder / name
    rigs.write(path, f"family-name: {person.family}\ngiven-name: {person.given}\n"
               f"born: {person.born}\npostcode: {person.postcode}\nscheme: nhs\n"
               f"identifier: {person.nhs}\n", 0o600)
    return path


def searched(w, tool, known, unknown):
    code, out, err = tool.run("search", "--identity", known, "--reason", "subject-access")
    equal(code, DONE, err)
    lines = out.splitlines()
    equal(len([line for line in lines if " release " in line]), 2, out)
    true(any(" asked police " in line for line in lines), out)
    equal(len([line for line in lines if line.startswith("question ")]), 1, out)
    true("searched up to entry" in lines[-1], out)
    code, out, err = tool.run("search", "--identity", unknown, "--reason", "subject-access")
    equal((code, out.splitlines()[0]), (DONE, "No entries."), err)
    code, out, err = tool.run("search", "--identity", known, "--reason", "complaint", "--rescan")
    equal(code, DONE, err)
    true("the index lacked 0 of them" in out, out)
    code, out, err = tool.run("search", "--kind", "release", "--agency", "police", "--json")
    equal(code, DONE, err)
    hits = json.loads(out)["hits"]
    equal([hit["source"] for hit in hits], ["police"])
    equal(tool.run("search", "--kind", "release", "--quiet")[:2], (DONE, ""))
    return int(hits[0]["index"])


def refused(w, tool, known):
    code, out, err = tool.run("search", ground=["--purpose", "housing-need", "--basis", "consent"])
    equal(code, REFUSED, out + err)
    code, out, err = tool.run("search", "--identity", known)
    true(code != DONE and "reason" in err, err)
    for words in (["--kind", "nothing"], ["--since", "yesterday"], ["--most", "0"],
                  ["--most", "1001"], ["--question", "12"], ["--identity"]):
        equal(tool.run("search", *words)[0], USAGE, words)
    equal(tool.run("export", "--kind", "release")[0], USAGE)
    equal(tool.run("show")[0], USAGE)


def exported(w, tool, known):
    key = w.folder / "log.vkey"
    code, out, err = tool.run("export", "--identity", known, "--reason", "complaint", "--key", key)
    equal(code, DONE, err)
    equal(out.count("c2sp.org/tlog-proof@v1"), 3)
    path = tool.folder / "found.proofs"
    rigs.write(path, out)
    verify = subprocess.run([str(rigs.Rig.program("lockgate")), "audit", "verify", str(path),
                             "--key", str(key)], capture_output=True, text=True, timeout=60,
                            check=False)
    equal(verify.returncode, DONE, verify.stderr)
    true(verify.stdout.endswith("VERIFIED\n"), verify.stdout)
    other = tool.folder / "other.vkey"
    text = key.read_text()
    rigs.write(other, text[:-6] + ("A" if text[-6] != "A" else "B") + text[-5:])
    code, out, err = tool.run("export", "--reason", "case", "--kind", "release", "--key", other)
    true(code not in (DONE, USAGE) and out == "", err)


def shown(w, tool, index, stranger):
    key = w.folder / "log.vkey"
    code, out, err = tool.run("show", index, "--key", key)
    equal(code, DONE, err)
    true(f"Proof: entry {index} is in the log" in out, out)
    true("incidents." in out and "axis" in out, out)
    code, out, err = tool.run("show", index, "--json")
    equal(code, DONE, err)
    equal([sorted(json.loads(line))[0] for line in out.splitlines()],
          ["agreement", "checkpoint"])
    code, out, err = stranger.run("show", index)
    equal(code, REFUSED, out + err)
    equal(tool.run("show", "twelve")[0], USAGE)


def followed(w, tool):
    code, out, err = tool.run("tail", "--every", "1", "--times", "2")
    equal(code, DONE, err)
    lines = out.splitlines()
    true(len(lines) >= 3, out)
    indices = [int(line.split()[0]) for line in lines]
    equal(len(set(indices)), len(indices), "an entry came twice")
    true(not any(" search " in line for line in lines), out)
    equal(tool.run("tail", "--every", "0")[0], USAGE)


def test():
    with worlds.World() as w:
        people = worlds.people(1)
        tokens = w.blind(people)
        w.enrol("police", people, tokens, worlds.basic_records("police"))
        known = identity(w, "known", people[0])
        unknown = identity(w, "unknown", worlds.people(4, seed=11)[3])
        w.ask(CALLER, w.person_ref(tokens[0]), sources=["police", TRUST])
        tool = Tool(w, CALLER, "social-worker")
        index = searched(w, tool, known, unknown)
        refused(w, tool, known)
        exported(w, tool, known)
        shown(w, tool, index, Tool(w, "housing", "hub-officer"))
        followed(w, tool)


if __name__ == "__main__":
    sys.exit(worlds.run(test))
