# SPDX-License-Identifier: Apache-2.0
"""`lockgate consent` on a whole partnership: recorded from a file that holds the identity, shown,
printed with its receipt, withdrawn, and the notice listed and acknowledged; with exit codes.
What the asker itself recorded within the hour is a case for the source's officers."""
import re
import subprocess
import sys

import journal as journals
import rig as rigs
import world as worlds
from check import equal, true

CARE = "childrens-care"
EARLY = ["--purpose", "early-help", "--basis", "early-help-consent"]
DONE, FAILED, USAGE, REFUSED, VERIFIED = 0, 1, 2, 3, 0


class Tool:
    """The command line as a worker of children's care has it."""

    def __init__(self, w, person):
        self.w = w
        folder = w.folder / "tool"
        self.config = folder / "cases.yaml"
        peer = "  dns: localhost\n  uri: lockgate://" + rigs.PARTNERSHIP
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"{peer}/hub/gateway\nconnector:\n  address: 127.0.0.1:{w.edge_port}\n"
                   f"{peer}/{CARE}/connector\ntls-client:\n" + w.rig.tls(CARE, "cases", "client"))
        self.identity = folder / "person"
        rigs.write(self.identity, f"family-name: {person.family}\ngiven-name: {person.given}\n"
                   f"born: {person.born}\npostcode: {person.postcode}\nscheme: nhs\n"
                   f"identifier: {person.nhs}\n", 0o600)

    def run(self, verb, *words, role="social-worker", ground=EARLY):
        command = [rigs.Rig.program("lockgate"), "consent", verb, "--config", self.config,
                   "--agreement", worlds.AGREEMENT, "--user", "user-1", "--role", role, *ground,
                   *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=60)
        return done.returncode, done.stdout, done.stderr

    def person(self, verb, *words, **more):
        return self.run(verb, "--identity", self.identity, *words, **more)


def recorded(w, tool):
    code, out, err = tool.person("record", "--kind", "basis", "--state", "given", "--explicit",
                                 "--purposes", "early-help", "--manner", "telephone")
    equal(code, DONE, err)
    consent = re.search(r"Recorded as ([0-9a-f]{32})\n", out).group(1)
    code, out, err = tool.person("show")
    equal(code, DONE, err)
    true(consent in out and "given explicitly, basis" in out, out)
    proof = w.folder / "tool" / "consent.proof"
    code, out, err = tool.run("receipt", "--id", consent, "--proof", proof)
    equal(code, DONE, err)
    true("YOU AGREED" in out and "by telephone" in out, out)
    verify = subprocess.run([str(rigs.Rig.program("lockgate")), "audit", "verify", str(proof),
                             "--key", str(w.folder / "log.vkey")], capture_output=True, text=True,
                            timeout=60)
    equal(verify.returncode, VERIFIED, verify.stderr)
    return consent


def wrong(tool):
    """Usage, what the policy refuses, and what the gateway does not have."""
    equal(tool.person("record", "--kind", "basis")[0], USAGE)
    equal(tool.run("show")[0], USAGE)
    equal(tool.run("receipt")[0], USAGE)
    code, out, err = tool.person("show", ground=["--purpose", "crime-prevention", "--basis",
                                                 "children-act"])
    equal(code, REFUSED, out + err)
    code, out, err = tool.run("receipt", "--id", "00" * 15 + "01")
    equal((code, out), (FAILED, ""), err)
    code, out, err = tool.person("record", "--kind", "basis", "--state", "given",
                                 "--representative", "deputy")
    true(code != DONE and "representative" in err, err)


def withdrawn(tool):
    code, out, err = tool.person("withdraw", "--kind", "basis")
    equal(code, DONE, err)
    true("Withdrawal recorded as" in out and "is not shown" in err, out + err)
    code, out, err = tool.run("notices", "--outstanding")
    equal(code, DONE, err)
    notice, = re.findall(r"^notice ([0-9a-f]{32})$", out, re.M)
    true("outstanding" in out and "Articles 17(1)(b) and 19" in out, out)
    code, out, err = tool.run("notices", "--acknowledge", notice)
    equal(code, DONE, err)
    true("Acknowledged, log entry" in out, out)
    equal(tool.run("notices", "--outstanding")[1], "")
    true("acknowledged" in tool.run("notices")[1], "the notice is gone")


def what_the_source_reads(w):
    """That there is a case, and on which day: no clause here tells who asked, or why."""
    pb = w.pb["reviews"]
    actor = w.pb["common"].Actor(user_id="ig-1", role=worlds.ROLES["housing"][-1])
    case, = w.call("reviews", "List", "housing", pb.ListReviewsRequest(actor=actor),
                   system="officer").reviews
    equal((case.kind, case.own, case.opened_ms % 86400000), ("consent-by-asker", True, 0))
    equal(case.due_ms % 86400000, 0)
    detail = w.call("reviews", "Get", "housing", pb.GetReviewRequest(
        actor=actor, review_id=case.review_id), system="officer").review.detail
    equal((detail.user_id, detail.role, detail.purpose, detail.case_reference), ("", "", "", ""))
    equal(detail.cause, "recorded-within-the-hour")


def cases(w):
    """One case for each source, however often it was asked; of the log's own words."""
    w.rig.stop("gateway")
    log = journals.Journal(w.folder / "gateway-state" / "log")
    found = [e for e in log.entries if e.kind == "REVIEW"]
    # Its officers read the leaf too: no clause here tells who asked, or why.
    equal([(e.reason, e.source_agency, e.requesting_agency, e.purpose) for e in found],
          [("CONSENT_BY_ASKER", "housing", "", "")])
    equal(sum(e.reason == "CONSENT_RELIED_ON" for e in log.entries), 1, "uses")


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(1)
        tokens = w.blind(people)
        for party in ("housing", CARE):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        tool = Tool(w, people[0])
        wrong(tool)
        recorded(w, tool)
        ground = {"purpose": "early-help", "basis": "early-help-consent"}
        for _ in range(2):
            person = w.person_ref(handle=w.find(CARE, tokens[0], **ground).handle)
            reply = w.ask(CARE, person, sources=["housing"], items=["tenancy.tenancy-status"],
                          **ground)
            equal(worlds.parts_by_source(reply)["housing"].result.state, 1)
        withdrawn(tool)
        what_the_source_reads(w)
        cases(w)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
