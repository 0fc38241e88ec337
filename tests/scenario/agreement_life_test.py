# SPDX-License-Identifier: Apache-2.0
"""The life of an agreement on whole programs: a version is proposed, signed and activated while two
workers answer questions; a party suspends it and the very next question, and what is under way,
stops; what is on disk is verified at every start, and a process that is killed leaves each act done
or not done."""
import base64
import collections
import concurrent.futures
import datetime
import json
import re
import signal
import subprocess
import sys
import threading

import grpc

import agency as agencies
import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, refused, true

CALLER = "childrens-care"
LEAD = "hub"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
ANSWERED, NOT_PERMITTED = 1, 3
SIGNED, ACTIVE, SUSPENDED, SUPERSEDED, SIGNING, BROKEN = 2, 3, 4, 6, 7, 14
PROPOSED, REFUSED = 1, 13


class Officers:
    """Officers of every party, with the keys of their parties."""

    def __init__(self, w):
        self.w = w
        self.pb = w.pb["agreements"]
        self.report = "-"  # hash of the reports that are signed for
        self.clock = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)

    def actor(self, party):
        return self.w.pb["common"].Actor(user_id="officer-1", role=worlds.ROLES[party][0])

    def call(self, method, party, system="officer", **words):
        request = getattr(self.pb, f"{method}AgreementRequest")(actor=self.actor(party), **words)
        return self.w.call("agreements", method, party, request, system=system)

    def signed(self, method, party, text, day=None, reason=None, key=None, **other):
        """A signed act: the line is made here, the gateway makes it again from its parts."""
        self.clock += datetime.timedelta(seconds=1)
        line = self.w.rig.signature(text, party, method.lower(), "Office", day or "-",
                                    reason or "-", self.report, self.clock, key)

        words = {"signature": base64.b64decode(line.rstrip("\n").rsplit("\t", 1)[1]),
                 "office": "Office", "signed_s": int(self.clock.timestamp()), **other}
        if day is not None:
            words["day"] = day
        if reason is not None:
            words["reason"] = reason
        number = int(re.search(r"(?m)^  version: (\d+)", text).group(1))
        return self.call(method, party, id=worlds.AGREEMENT, version=number, **words).agreement

    def get(self, version=0):
        return self.w.call("agreements", "Get", CALLER, self.pb.GetAgreementRequest(
            id=worlds.AGREEMENT, version=version))

    def state(self, version):
        return self.get(version).agreement.state


def next_version(text):
    return text.replace("\n  version: 1\n", "\n  version: 2\n  replaces: 1\n")


def formed(w, text):
    """The text in the one form that can be proposed."""
    path = w.folder / "proposed.isa"
    rigs.write(path, text)
    subprocess.run([str(w.rig.program("lockgate")), "agreement", "format", "--write", str(path)],
                   check=True, timeout=60, capture_output=True)
    return path.read_text()


def ask(w, person):
    return w.ask(CALLER, person, sources=["police", "housing"], **CHILD)


def who_may(w, officers, text):
    details = refused(grpc.StatusCode.PERMISSION_DENIED, officers.call, "Propose", CALLER,
                      system="cases", text=text.encode())
    true("officer" in details, details)
    reply = officers.call("Propose", CALLER, text=b"isa 1\nagreement x\n  titel: T\n")
    true(reply.agreement.version == 0 and reply.findings, "a text with faults is not proposed")
    true(all(f.sentence for f in reply.findings), "findings without sentences")
    lines = text.splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if line.startswith("  title:"))
    other = "".join(lines[:at] + [lines[at].replace("title: ", "title:  ")] + lines[at + 1:])
    reply = officers.call("Propose", CALLER, text=other.encode())
    true(reply.agreement.version == 0, "what is signed has one form")
    equal([(f.code, f.line) for f in reply.findings], [("E00", at + 1)])
    true("lockgate agreement format" in reply.findings[0].sentence, reply.findings)
    details = refused(grpc.StatusCode.FAILED_PRECONDITION, officers.call, "Propose", CALLER,
                      text=text.replace("replaces: 1", "replaces: 0").replace(
                          "  replaces: 0\n", "").encode())
    true("replaces" in details, details)


def proposed_and_signed(w, officers, text):
    reply = officers.call("Propose", CALLER, text=text.encode())
    equal(reply.agreement.state, PROPOSED)
    officers.report = reply.agreement.report_sha256.hex()
    true(b"What version 2 changes against version 1" in officers.get(2).report,
         "signatories see what changes")
    true(tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey).kind == "AGREEMENT",
         "the proposal is in the log")
    details = refused(grpc.StatusCode.INVALID_ARGUMENT, officers.signed, "Sign", "police", text,
                      key=w.rig.parties["housing"].signing)
    true("key" in details, details)
    details = refused(grpc.StatusCode.FAILED_PRECONDITION, officers.call, "Activate", LEAD,
                      id=worlds.AGREEMENT, version=2)
    true("proposed" in details, details)
    parties = re.findall(r"(?m)^party (\S+)$", text)
    for party in parties:
        state = officers.signed("Sign", party, text).state
        equal(state, SIGNED if party == parties[-1] else SIGNING)
    refused(grpc.StatusCode.PERMISSION_DENIED, officers.call, "Activate", "police",
            id=worlds.AGREEMENT, version=2)
    got = officers.get(2)
    equal(got.text.decode(), text)
    equal(len(got.signatures.splitlines()), len(parties))
    equal(officers.state(1), ACTIVE)


class Load:
    """Asks without a pause from several connections until it is ended."""

    def __init__(self, w, persons, threads=6):
        self.w = w
        self.ended = threading.Event()
        self.answered = collections.Counter()  # by thread
        self.pool = concurrent.futures.ThreadPoolExecutor(threads)
        self.channels = [w.rig.channel(CALLER) for _ in range(threads)]
        self.work = [self.pool.submit(self.one, i, channel, person)
                     for i, (channel, person) in enumerate(zip(self.channels, persons))]

    def go_on(self, count=5):
        """Until every connection had so many answers more."""
        before = dict(self.answered)
        true(worlds.wait_until(lambda: all(
            self.answered[i] >= before.get(i, 0) + count for i in range(len(self.work))), 60),
            "the load stands still")

    def one(self, i, channel, person):
        stub = self.w.rpc["disclosures"].DisclosuresStub(channel)
        replies = []
        while not self.ended.is_set():
            replies.append(stub.Ask(self.w.question(CALLER, person, sources=["police"], **CHILD),
                                    timeout=20))
            self.answered[i] += 1
        return replies

    def end(self):
        self.ended.set()
        replies = [reply for work in self.work for reply in work.result(60)]
        for channel in self.channels:
            channel.close()
        return replies


def superseded_under_load(w, officers, persons):
    load = Load(w, persons)
    load.go_on()
    equal(officers.call("Activate", LEAD, id=worlds.AGREEMENT, version=2).agreement.state, ACTIVE)
    asked_after = ask(w, persons[0])
    load.go_on()
    replies = load.end()
    versions = {1: 0, 2: 0}
    for reply in replies:
        part = worlds.parts_by_source(reply)["police"]
        equal(part.result.state, ANSWERED)
        entry = tlog.receipt_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
        equal(entry.agreement_version, reply.verdict.agreement_version)
        versions[entry.agreement_version] += 1
    true(versions[1] > 0 and versions[2] > 0, f"both versions answered: {versions}")
    equal(asked_after.verdict.agreement_version, 2)
    equal((officers.state(1), officers.state(2)), (SUPERSEDED, ACTIVE))
    print(f"superseded under load: {len(replies)} questions, 0 lost, by version {versions}")


class Slow:
    """While it holds, the agency's answers wait."""

    def __init__(self, agency):
        self.agency = agency
        self.event = threading.Event()

    def __enter__(self):
        self.before = len(self.agency.fetched)
        self.agency.behave = agencies.late(self.event)
        return self

    def __exit__(self, kind, error, trace):
        self.event.set()
        self.agency.behave = None

    def asked(self):
        true(self.agency.wait(lambda a: len(a.fetched) > self.before), "nobody asked the agency")


def stopped_under_way(w, officers, person, text):
    """Of a Watch, nothing leaves after the suspension was acknowledged."""
    seen = []
    with Slow(w.agencies["housing"]) as slow:
        question = w.question(CALLER, person, sources=["police", "housing"], **CHILD)
        try:
            for event in w.stub("disclosures", CALLER).Watch(question, timeout=20):
                seen.append(event.WhichOneof("event"))
                if seen == ["part"]:
                    slow.asked()
                    officers.signed("Suspend", "housing", text, reason="Breach under investigation")
            raise AssertionError("the Watch went on")
        except grpc.RpcError as error:
            equal(error.code(), grpc.StatusCode.ABORTED, error.details())
            true("stopped" in error.details(), error.details())
    equal(seen, ["part"])


def next_questions(w, officers, person, text):
    parts = worlds.parts_by_source(ask(w, person))
    equal((parts["police"].result.state, parts["housing"].result.state),
          (ANSWERED, NOT_PERMITTED))
    officers.signed("Resume", "housing", text)
    channels = [w.rig.channel(CALLER) for _ in range(8)]
    stubs = [w.rpc["disclosures"].DisclosuresStub(channel) for channel in channels]

    def decisions():
        return worlds.together(len(stubs), lambda i: stubs[i].Ask(
            w.question(CALLER, person, sources=["police", "housing"], **CHILD),
            timeout=20).verdict.code)

    for _ in range(5):
        true("AGREEMENT_SUSPENDED" not in set(decisions()), "it was resumed")
        equal(officers.signed("Suspend", LEAD, text, reason="Review by the board").state,
              SUSPENDED)
        equal(set(decisions()), {"AGREEMENT_SUSPENDED"})
        equal(officers.signed("Resume", LEAD, text).state, ACTIVE)
    for channel in channels:
        channel.close()


def kept_over_restarts(w, officers, person, text):
    """After a kill everything stands as it was acknowledged; after a changed byte nothing does."""
    officers.signed("Suspend", LEAD, text, reason="Before the kill")
    w.rig.stop("gateway", signal.SIGKILL)
    restart(w)
    equal(officers.state(2), SUSPENDED)
    equal(ask(w, person).verdict.code, "AGREEMENT_SUSPENDED")
    officers.signed("Resume", LEAD, text)
    true(ask(w, person).verdict.code != "AGREEMENT_SUSPENDED", "it was resumed")


def stop(w, method, **scope):
    """The host's officer stops an agency, a system or a person, or lifts it."""
    request = getattr(w.pb["access"], f"{method}AccessRequest")(
        actor=w.pb["common"].Actor(user_id="officer-9", role=worlds.ROLES[LEAD][0]),
        scope=w.pb["access"].AccessScope(agency="housing", **scope), reason="Under investigation")
    w.call("access", method, LEAD, request, system="officer")


def stopped_officers(w, officers, text):
    """Of a stopped agency nothing begins or goes on, and what stops sharing stays open to it; a
    stopped person, and whoever uses a stopped system, does neither."""
    words = {"reason": "Breach under investigation"}
    stop(w, "Stop")
    officers.signed("Suspend", "housing", text, **words)
    for method, act in (("Resume", lambda: officers.signed("Resume", "housing", text)),
                        ("Propose", lambda: officers.call("Propose", "housing",
                                                          text=text.encode())),
                        ("Activate", lambda: officers.call("Activate", "housing", version=2,
                                                           id=worlds.AGREEMENT))):
        details = refused(grpc.StatusCode.PERMISSION_DENIED, act)
        true("stopped" in details, (method, details))
    stop(w, "Resume")
    officers.signed("Resume", "housing", text)
    for scope in ({"user_id": "officer-1"}, {"system": "officer"}):
        stop(w, "Stop", **scope)
        details = refused(grpc.StatusCode.PERMISSION_DENIED, officers.signed, "Suspend", "housing",
                          text, **words)
        true("stopped" in details, details)
        stop(w, "Resume", **scope)


class Command:
    """`lockgate agreement ...` as an officer of a party types it."""

    def __init__(self, w, party):
        self.w, self.party = w, party
        self.config = w.folder / f"{party}-officer.yaml"
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"  dns: localhost\n  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\n"
                   "tls-client:\n" + w.rig.tls(party, "officer", "client"))
        self.key = w.folder / f"{party}-sign.key"
        rigs.write(self.key, bytes(w.rig.parties[party].signing), 0o600)

    def run(self, *words, code=0):
        done = subprocess.run([str(rigs.Rig.program("lockgate")), "agreement", *map(str, words),
                               "--config", str(self.config)],
                              capture_output=True, text=True, timeout=60, check=False)
        equal(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout if code == 0 else done.stderr

    def act(self, verb, *words, code=0):
        return self.run(verb, worlds.AGREEMENT, "--user", "officer-2", "--role",
                        worlds.ROLES[self.party][0], "--party", self.party, "--key", self.key,
                        *words, code=code)


def by_command(w, person):
    """The same by the command line, with its exit codes."""
    lead, police = Command(w, LEAD), Command(w, "police")
    listed = [json.loads(line) for line in lead.run("list", "--json").splitlines()]
    equal([(one["version"], one["state"]) for one in listed],
          [(1, "superseded"), (2, "active")])
    true("signed" in lead.run("show", worlds.AGREEMENT), "who signed")
    equal(lead.run("due", "--json"), "")
    police.act("suspend", "--reason", "Breach under investigation")
    parts = worlds.parts_by_source(ask(w, person))
    equal(parts["police"].result.state, NOT_PERMITTED)
    shown = json.loads(police.act("resume", "--json"))
    equal([p["suspended"] for p in shown["parties"]], [False] * len(shown["parties"]))
    equal(worlds.parts_by_source(ask(w, person))["police"].result.state, ANSWERED)
    true("lead" in police.act("review", "--day", "2099-01-01", code=3), "who may review")
    soon = (datetime.date.today() + datetime.timedelta(days=20)).isoformat()
    lead.act("review", "--day", soon)
    due = [json.loads(line) for line in lead.run("due", "--json").splitlines()]
    equal([(one["due"], one["day"], one["reminder"]) for one in due], [("review", soon, 30)])
    lead.act("review", "--day", (datetime.date.today()
                                 + datetime.timedelta(days=200)).isoformat())
    lead.run("show", "nothing", code=1)
    lead.run("suspend", code=2)


def restart(w):
    for channel in w.channels.values():
        channel.close()
    w.channels = {}
    w.rig.start_gateway()
    w.sources_await()


def changed_on_disk(w, officers, person):
    """Last of all, as the log then has the line that it must have."""
    w.rig.stop("gateway")
    path = w.folder / "gateway-state" / "agreements" / worlds.AGREEMENT / "2.isa"
    text = path.read_bytes()
    path.write_bytes(text.replace(b"hour", b"Hour", 1))
    w.rig.start_gateway()
    equal(officers.state(2), BROKEN)
    equal(ask(w, person).verdict.code, "NO_AGREEMENT")
    log = (w.folder / "gateway.log").read_text()
    true('"agreement.broken"' in log, "an alarm in the log")
    w.rig.stop("gateway")
    path.write_bytes(text)
    (w.folder / "gateway.log").write_text(
        "".join(line for line in log.splitlines(keepends=True) if '"level":"error"' not in line))
    restart(w)
    equal(officers.state(2), ACTIVE)
    equal(worlds.parts_by_source(ask(w, person))["police"].result.state, ANSWERED)


def party_leaves(w, officers, person, text):
    """From its day the party is out, and what it enrolled is deleted."""
    today = datetime.date.today().isoformat()
    officers.signed("Withdraw", "housing", text, day=today, reason="Merger")
    reply = ask(w, person)
    parts = worlds.parts_by_source(reply)
    equal(parts["police"].result.state, ANSWERED)
    equal(parts["housing"].result.state, NOT_PERMITTED)
    equal(tlog.part_check(parts["housing"].receipt, reply.checkpoint.note, w.rig.vkey)[1].reason,
          "PARTY_WITHDRAWN")
    true(worlds.wait_until(lambda: "node.enrolments.deleted" in (
        w.folder / "gateway.log").read_text(), 60), "nothing was deleted")


def main():
    with worlds.World(limits=worlds.SHORT.replace("500", "5000").replace(
            str(worlds.SLOT_MS), "5000"), workers=2) as w:
        people = worlds.people(6)
        tokens = w.blind(people)
        for party in ("housing", "police"):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        persons = [w.person_ref(handle=w.find(CALLER, own, **CHILD).handle) for own in tokens]
        officers = Officers(w)
        text = formed(w, next_version((w.folder / "agreement.isa").read_text()))
        who_may(w, officers, text)
        proposed_and_signed(w, officers, text)
        superseded_under_load(w, officers, persons)
        stopped_under_way(w, officers, persons[1], text)
        next_questions(w, officers, persons[2], text)
        stopped_officers(w, officers, text)
        kept_over_restarts(w, officers, persons[3], text)
        by_command(w, persons[5])
        changed_on_disk(w, officers, persons[4])
        party_leaves(w, officers, persons[4], text)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
