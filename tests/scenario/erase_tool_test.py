# SPDX-License-Identifier: Apache-2.0
"""`lockgate erase` on a whole partnership: proposed from a file that holds the identity, held back,
listed, decided on by another person of the host; with exit codes, and as JSON."""
import json
import re
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true
from erasing import CARE, HOST

DONE, FAILED, USAGE, REFUSED = 0, 1, 2, 3
GROUND = ["--agreement", worlds.AGREEMENT, "--purpose", "child-safeguarding", "--basis",
          "children-act"]


class Officer:
    """The command line as an officer of `party` has it."""

    def __init__(self, w, party, person):
        self.party = party
        folder = w.folder / f"officer-{party}"
        self.config, self.identity = folder / "officer.yaml", folder / "person"
        peer = "  dns: localhost\n  uri: lockgate://" + rigs.PARTNERSHIP
        edge = (f"connector:\n  address: 127.0.0.1:{w.edge_port}\n{peer}/{CARE}/connector\n"
                if party == CARE else "")
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"{peer}/hub/gateway\n{edge}tls-client:\n"
                   + w.rig.tls(party, "officer", "client"))
        rigs.write(self.identity, f"family-name: {person.family}\ngiven-name: {person.given}\n"
                   f"born: {person.born}\npostcode: {person.postcode}\nscheme: nhs\n"
                   f"identifier: {person.nhs}\n", 0o600)

    def run(self, verb, *words, user="ig-1"):
        done = subprocess.run([str(rigs.Rig.program("lockgate")), "erase", verb, *map(str, words),
                               "--config", str(self.config), "--user", user, "--role",
                               worlds.ROLES[self.party][0]], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def about(self, verb, *words, **more):
        return self.run(verb, "--identity", self.identity, *GROUND, "--reason", "Words", *words,
                        **more)


def proposal_of(out):
    return re.search(r"^Proposed as (\d+)$", out, re.M).group(1)


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        w.enrol("housing", people[:1], w.blind(people[:1]), worlds.basic_records("housing"))
        care, host = Officer(w, CARE, people[0]), Officer(w, HOST, people[0])
        stranger = Officer(w, CARE, people[1])
        code, out, err = stranger.about("subject")
        true(code == REFUSED and "certain" in out + err, out + err)
        care = Officer(w, CARE, people[0])  # the file is the stranger's by now
        code, out, err = care.about("hold")
        true(code == DONE and out.startswith("Held"), out + err)
        code, out, err = care.about("subject")
        true(code == REFUSED and "Article 17(3)" in out + err, out + err)
        code, out, err = care.about("hold", "--lift", "--json")
        equal(code, DONE, err)
        true("receipt" in json.loads(out), out)
        code, out, err = care.about("subject")
        equal(code, DONE, err)
        proposal = proposal_of(out)
        true("what they refused is kept by a code alone" in out, out)
        code, out, err = host.run("list")
        stands = rf"{proposal}  erase a person  since .* by {CARE} ig-1  Words"
        true(code == DONE and re.match(stands, out), out + err)
        decide = ["decide", proposal, "--reason", "Words"]
        for wrong in (decide, [*decide, "--outcome", "maybe"],
                      ["decide", "x", "--reason", "Words", "--outcome", "destroy"],
                      ["subject", "--reason", "Words"], ["quarter", "--reason", "Words"]):
            equal(host.run(*wrong)[0], USAGE, wrong)
        code, out, err = care.run(*decide, "--outcome", "destroy")
        true(code == REFUSED and "host" in err, out + err)
        code, out, err = host.run(*decide, "--outcome", "destroy", user="ig-2")
        true(code == DONE and "destroyed" in out, out + err)
        code, out, err = host.run(*decide, "--outcome", "destroy", user="ig-2")
        true(code == FAILED and "already" in err, out + err)
        code, out, err = care.about("subject")
        true(code == REFUSED and "certain" in out + err, out + err)
        code, out, err = host.run("quarter", "2026-Q1", "--reason", "Words")
        true(code == REFUSED and "six years" in err, out + err)
        code, out, err = host.run("quarter", "2018-Q3", "--reason", "Words", "--json")
        proposal = json.loads(out)["proposal"]
        code, out, err = host.run("list")
        true(f"{proposal}  end quarter 2018-Q3" in out, out + err)
        code, out, err = host.run("decide", proposal, "--reason", "Words", "--outcome", "refuse",
                                  user="ig-2")
        true(code == DONE and "nothing was destroyed" in out, out + err)
        equal(host.run("list"), (DONE, "", ""))


if __name__ == "__main__":
    sys.exit(worlds.run(main))
