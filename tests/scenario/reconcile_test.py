# SPDX-License-Identifier: Apache-2.0
"""Source, gateway and recipient are compared on whole programs: a real connector writes its record,
the gateway its log, the asker keeps its receipts. All agree; then every kind of difference is
planted, by changing the record or a receipt, and is found, named, and gets one case."""
import base64
import copy
import json
import os
import shutil
import subprocess
import sys

import grpc

import recording
import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true

CARE, HOUSING = "childrens-care", "housing"
CHILD = ["--purpose", "child-safeguarding", "--basis", "children-act"]
DONE, FAILED, USAGE, REFUSED, NOT_VERIFIED, UNREACHABLE = 0, 1, 2, 3, 5, 6
ANSWERED = 1
ITEM = "contact.known-to-service"
QUESTIONS = 4
AGED = 600_000
# LIMIT_SERVICE_DIFFERENCES.
OPEN_MAX = 500
MAPPING = """connector: %s
source: {kind: csv, path: people.csv, missing: [""]}
person:
  key: ref
  identity:
    family-name: {from: family}
    given-name: {from: given}
    born: {from: born, date: YYYY-MM-DD}
    postcode: {from: postcode}
    identifier: {from: nhs}
    scheme: nhs
records:
  - items:
      - {item: %s, from: status, standing: fact}
"""


class World(worlds.World):
    """One agency is a real connector; the other agencies are hosted."""

    agency, item = HOUSING, ITEM

    def __init__(self):
        super().__init__(limits=worlds.SHORT,
                         hosts=[name for name in worlds.ROLES if name != self.agency])
        # The connector knows who is a child.
        self.people = [p for p in worlds.people(60) if p.born > "2012"][:1]

        own = self.folder / self.agency
        lines = ["ref,family,given,born,postcode,nhs,status"]
        lines += [f"T{i},{p.family},{p.given},{p.born},{p.postcode},{p.nhs},yes"
                  for i, p in enumerate(self.people)]
        rigs.write(own / "people.csv", "\n".join(lines) + "\n")
        self.mapping = own / "mapping.yaml"
        rigs.write(self.mapping, MAPPING % (self.agency, self.item))
        self.rig.connector_key(self.agency, self.rig.connector_files(self.agency, self.mapping))

    def _edge_start(self):
        super()._edge_start()
        self.rig.start_connector(self.agency, self.mapping)

    def connector_enrols(self, party):
        run = subprocess.run([str(self.rig.program("lockgate-connector")), "enrol", "--config",
                              str(self.folder / party / "connector.yaml"), "--agreement",
                              worlds.AGREEMENT, "--quiet"], capture_output=True, text=True,
                             check=False)
        equal(run.returncode, 0, run.stdout + run.stderr)


class Tool:
    """The command line as an officer of one agency has it."""

    def __init__(self, w, party):
        self.w, self.role = w, worlds.ROLES[party][0]
        self.config = w.folder / f"tool-{party}" / "officer.yaml"
        rigs.write(self.config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n"
                   f"  dns: localhost\n  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\n"
                   "tls-client:\n" + w.rig.tls(party, "officer", "client"))

    def run(self, *words, ground=CHILD, user="ig1"):
        return self.lockgate("audit", "reconcile", "--agreement", worlds.AGREEMENT, "--key",
                             self.w.folder / "log.vkey", *ground, *words, user=user)

    def lockgate(self, *words, user="ig1"):
        command = [rigs.Rig.program("lockgate"), *words, "--config", self.config, "--user", user,
                   "--role", self.role]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def found(self, *words):
        """Kinds of the differences, and everything that was said of them."""
        code, out, err = self.run(*words, "--json")
        said = json.loads(out) if code in (DONE, NOT_VERIFIED) else None
        true(said is not None, out + err)
        equal(code, NOT_VERIFIED if said["differences"] else DONE, out + err)
        return sorted({one["kind"] for one in said["differences"]}), said


def ask(w, tokens):
    raw = w.raw("Disclosures/Ask", CARE, w.question(CARE, w.person_ref(tokens), sources=[HOUSING],
                                                    items=[ITEM]))
    reply = w.pb["disclosures"].AskReply.FromString(raw)
    return reply, tlog.ask_results(raw)[0]


def answered(w, tokens):
    """The gateway dials a connector again after a while where it was not there at first."""
    replies = []

    def once():
        replies.append(ask(w, tokens))
        return replies[-1][0].parts[0].result.state == ANSWERED

    true(worlds.wait_until(once, 30, 0.2), "housing never answered")
    return replies


def record_file(w):
    return w.folder / HOUSING / "state" / "record" / "00000001.rec"


def settled(w):
    """Every answer has its receipt: the gateway sends it after it has replied."""
    _, entries = recording.read(record_file(w))
    return sum(entry.kind == recording.RECEIPT for entry in entries) == QUESTIONS


# ---- what is planted in the record -------------------------------------------------------------

class Plant:
    """A copy of the record, changed."""

    def __init__(self, w, tool):
        self.w, self.tool, self.number = w, tool, 0

    def entries(self):
        head, entries = recording.read(record_file(self.w))
        entries = copy.deepcopy(entries)
        left = [entry for entry in entries if entry.kind == recording.LEFT]
        receipts = {entry.call: entry for entry in entries if entry.kind == recording.RECEIPT}
        # In the middle: what has no receipt may be newer than the record only at its end.
        return head, entries, left[1], receipts[left[1].call]

    def folder(self, head, entries):
        self.number += 1
        path = self.w.folder / f"plant-{self.number}"
        recording.write(path / "00000001.rec", head, entries)
        return path

    def finds(self, kinds, change, *words):
        head, entries, left, receipt = self.entries()
        entries = change(entries, left, receipt) or entries
        path = self.folder(head, entries)
        found, said = self.tool.found("--record", path, *words)
        equal(found, sorted(kinds), said)
        return path, said


def dropped(*gone):
    return lambda entries: [entry for entry in entries if entry not in gone]


def aged(entry):
    entry.time -= AGED


def without_record(entries, left, receipt):
    return [entry for entry in entries if entry not in (left, receipt)]


def without_leaf(entries, left, _):
    other = copy.deepcopy(left)
    other.call = os.urandom(16)
    aged(other)
    return [*entries, other]


def withheld(_, left, __):
    left.withheld, left.records = b"not-necessary", 0


def nothing(_, left, __):
    left.records = 0


def unsent(entries, left, _):
    other = copy.deepcopy(left)
    other.kind = recording.UNSENT
    return [*entries, other]


def other_version(_, left, __):
    left.version += 1


def other_items(_, left, __):
    left.items = [(1, b"tenancy.rent-arrears")]


def other_day(_, left, __):
    left.time -= 3 * 86_400_000


def other_commitment(_, __, receipt):
    receipt.leaf_hash = bytes(32)
    receipt.commitment = bytes(32)


def other_leaf(_, __, receipt):
    receipt.leaf_hash = bytes(32)


def of_another_call(entries, left, receipt):
    receipts = [entry for entry in entries if entry.kind == recording.RECEIPT]
    other = next(entry for entry in receipts if entry.call != left.call)
    for name in ("index", "leaf_hash", "commitment"):
        setattr(receipt, name, getattr(other, name))


def no_such_leaf(_, __, receipt):
    receipt.index = 0


def no_receipt(entries, left, receipt):
    aged(left)
    return [entry for entry in entries if entry is not receipt]


def twice(entries, left, _):
    return [*entries, copy.deepcopy(left)]


def record_differs(w, housing):
    plant = Plant(w, housing)
    for kinds, change in (
            (["leaf-without-record"], without_record),
            (["left-without-leaf"], without_leaf),
            (["released-though-withheld"], withheld),
            (["released-though-nothing-left"], nothing),
            (["released-though-nothing-left"], unsent),
            (["agreement-differs"], other_version),
            (["items-differ"], other_items),
            (["day-differs"], other_day),
            (["commitment-differs"], other_commitment),
            (["leaf-differs"], other_leaf),
            (["leaf-differs"], of_another_call),
            (["receipt-unproven"], no_such_leaf),
            (["receipt-missing"], no_receipt),
            (["asked-twice"], twice)):
        plant.finds(kinds, change)
    # An answer that has not had the time to get its receipt is told as too new.
    _, said = plant.finds([], lambda entries, _, receipt: dropped(receipt)(entries))
    equal(said["pending"], 1, said)
    # A file whose place in the chain is another.
    head, entries, _, _ = plant.entries()
    path = plant.folder(head, entries[:2])
    other = bytearray(head)
    other[8:12] = (2).to_bytes(4, "big")
    recording.write(path / "00000002.rec", bytes(other), entries[2:])
    found, said = housing.found("--record", path)
    equal(found, ["record-damaged"], said)
    # A bit of the newest file: what is behind it is not believed, and so not there.
    head, entries, _, _ = plant.entries()
    path = plant.folder(head, entries)
    whole = bytearray((path / "00000001.rec").read_bytes())
    whole[-40] ^= 1
    (path / "00000001.rec").write_bytes(bytes(whole))
    found, said = housing.found("--record", path)
    true(said["unread_bytes"] > 0, said)
    # The same in a record that says how far it was acknowledged is no torn end.
    path = damaged(w, 60, -40)
    found, said = housing.found("--record", path)
    true("record-damaged" in found, said)
    place = [one for one in said["differences"] if one["kind"] == "record-damaged"][0]
    equal(place["record_file"], 1, said)
    true("index" not in place and place["record_at"] >= recording.HEAD, said)


def damaged(w, number, at):
    """The record as the connector keeps it, with a bit of one byte flipped."""
    path = w.folder / f"plant-{number}"
    shutil.copytree(record_file(w).parent, path)
    data = bytearray((path / "00000001.rec").read_bytes())
    data[at] ^= 1
    (path / "00000001.rec").write_bytes(bytes(data))
    return path


# ---- what is planted in the receipts -----------------------------------------------------------

def receipts_keep(folder, replies):
    for i, (reply, payload) in enumerate(replies):
        own = folder / str(i)
        own.mkdir(parents=True)
        (own / f"{HOUSING}.proof").write_text(
            recording.proof(reply.parts[0].receipt, reply.checkpoint.note))
        (own / f"{HOUSING}.part").write_bytes(payload)


def receipts_differ(w, care, housing, kept):
    def planted(change):
        folder = w.folder / "kept-changed"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(kept, folder)
        change(folder)
        return folder

    def finds(kinds, change):
        found, said = care.found("--receipts", planted(change))
        equal(found, kinds, said)

    first = f"0/{HOUSING}"
    finds(["answer-differs"], lambda f: (f / f"{first}.part").write_bytes(b"another"))
    finds(["receipt-not-kept"], lambda f: (f / f"{first}.proof").unlink())
    finds(["receipt-not-kept", "receipt-unproven"],
          lambda f: (f / f"{first}.proof").write_text("not a receipt"))

    def changed(folder):
        text = (folder / f"{first}.proof").read_text()
        (folder / f"{first}.proof").write_text(text.replace("\nindex ", "\nindex 1", 1))

    finds(["receipt-not-kept", "receipt-unproven"], changed)
    # Both accounts beside the log: the recipient counts more than the source says left.
    head, entries, left, _ = Plant(w, housing).entries()
    left.records = 0
    path = Plant(w, housing)
    path.number = 90
    folder = path.folder(head, entries)
    found, said = housing.found("--record", folder, "--receipts", kept)
    equal(found, ["more-than-left", "released-though-nothing-left"], said)


# ---- cases -------------------------------------------------------------------------------------

def cases_listed(tool, user="ig2"):
    code, out, err = tool.lockgate("review", "list", "--json", user=user)
    equal(code, DONE, err)
    return [case for case in json.loads(out).get("reviews", []) if case["kind"] == "difference"]


def cases(w, housing, care):
    plant = Plant(w, housing)
    plant.number = 50
    path, _ = plant.finds(["leaf-without-record"], without_record)
    size = w.checkpoint()[0]
    code, out, err = housing.run("--record", path, "--open-cases")
    equal(code, NOT_VERIFIED, err)
    true("Cases: 1 opened, 0 were opened before." in out, out)
    true("no record that it was" in out, out)
    # A look, durable before anything was shown, and the case.
    equal(w.checkpoint()[0], size + 2)
    for _ in range(2):
        code, out, err = housing.run("--record", path, "--open-cases", user="ig3")
        equal(code, NOT_VERIFIED, err)
        true("Cases: 0 opened, 1 were opened before." in out, out)
    listed = cases_listed(housing)
    equal(len(listed), 1, listed)
    case = base64.b64decode(listed[0]["reviewId"]).hex()
    equal(cases_listed(care), [], "another agency sees the case")
    # Whoever told of it does not look into it; another officer does, and it stays closed.
    equal(housing.lockgate("review", "take", case)[0], REFUSED)
    code, out, err = housing.lockgate("review", "show", case, user="ig2")
    equal(code, DONE, err)
    true("leaf-without-record" in out, out)
    equal(housing.lockgate("review", "take", case, user="ig2")[0], DONE)
    equal(housing.lockgate("review", "close", case, "--outcome", "justified", "--reason",
                           "The record was cut", user="ig2")[0], DONE)
    code, out, _ = housing.run("--record", path, "--open-cases")
    true("Cases: 0 opened, 1 were opened before." in out, out)


def each_place_has_its_case(w, housing):
    """Two places of one record, and one place told twice; none of them is an entry of the log."""
    places = [damaged(w, 61, recording.HEAD + 30), damaged(w, 62, -40)]
    before = len(cases_listed(housing))
    for path, opened in ((places[0], True), (places[1], True), (places[0], False)):
        known = {case["reviewId"] for case in cases_listed(housing)}
        code, out, err = housing.run("--record", path, "--open-cases")
        equal(code, NOT_VERIFIED, err)
        new = [case for case in cases_listed(housing) if case["reviewId"] not in known]
        about = [case for case in new if case_text(housing, case).count("record file 1, byte") > 0]
        equal(len(about), 1 if opened else 0, out)
    true(len(cases_listed(housing)) >= before + 2, "a place had no case of its own")


def case_text(tool, case):
    code, out, err = tool.lockgate("review", "show", base64.b64decode(case["reviewId"]).hex(),
                                   user="ig2")
    equal(code, DONE, err)
    return out


def told(w, party, call, cause="items-differ", system="officer", user="ig7"):
    common, messages = w.pb["common"], w.pb["reviews"]
    return w.call("reviews", "Open", party, messages.OpenReviewRequest(
        actor=common.Actor(user_id=user, role=worlds.ROLES[party][0]), cause=cause,
        call_reference=call, has_log_index=True, log_index=7, agreement="no-such-agreement"),
        system=system)


def one_case_each(w):
    """However many tell of it at one moment; and another agency's case is another."""
    call = os.urandom(16)
    replies = worlds.together(8, lambda i: told(w, HOUSING, call, user=f"ig{i}"))
    equal(len({reply.review_id for reply in replies}), 1)
    equal([reply.is_new for reply in replies].count(True), 1)
    for reply in replies:
        entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
        true((entry.kind, entry.reason) in (("REVIEW", "DIFFERENCE_FOUND"), ("SEARCH", "REVIEWS")),
             entry)
        equal(entry.agreement, "", "a name that is not known is in the log")
    other = told(w, CARE, call)
    true(other.is_new and other.review_id != replies[0].review_id, other)
    for cause, system, code in (("anything", "officer", grpc.StatusCode.INVALID_ARGUMENT),
                                ("", "officer", grpc.StatusCode.INVALID_ARGUMENT),
                                ("items-differ", "cases", grpc.StatusCode.PERMISSION_DENIED)):
        size = w.checkpoint()[0]
        try:
            told(w, CARE, call, cause, system)
            true(False, cause)
        except grpc.RpcError as error:
            equal(error.code(), code, error.details())
        equal(w.checkpoint()[0], size, "what was refused is in the log")


def only_so_many(w):
    """A tool gone wild fills the list of its own officer, and nobody else's."""
    for _ in range(OPEN_MAX):
        true(told(w, CARE, os.urandom(16), user="wild").is_new, "not new")
    try:
        told(w, CARE, os.urandom(16), user="wild")
        true(False, "one too many")
    except grpc.RpcError as error:
        equal(error.code(), grpc.StatusCode.FAILED_PRECONDITION, error.details())
    true(told(w, CARE, os.urandom(16), user="calm").is_new, "another officer is kept out")


def refusals(w, housing, care):
    good = ["--record", record_file(w).parent]
    equal(housing.run()[0], USAGE)
    equal(housing.run(*good, "--since", "yesterday")[0], USAGE)
    equal(housing.run(*good, "--since", "2026-02-02", "--until", "2026-02-01")[0], USAGE)
    code, _, err = housing.run("--record", w.folder / "absent")
    equal(code, FAILED)
    true("absent" in err, err)
    equal(housing.run(*good, ground=["--purpose", "housing-need", "--basis", "consent"])[0],
          REFUSED)
    text = housing.config.read_text()
    port = str(w.rig.gateway_port)
    housing.config.write_text(text.replace(port, str(rigs.free_port()), 1))
    code, out, err = housing.run(*good)
    housing.config.write_text(text)
    equal((code, out), (UNREACHABLE, ""), err)
    # Somebody else's record tells an agency nothing: the log shows it its own side only.
    found, said = care.found(*good)
    equal(said["leaves"], 0, said)
    equal(found, ["receipt-unproven"], said)


def main():
    with World() as w:
        housing, care = Tool(w, HOUSING), Tool(w, CARE)
        tokens = w.blind(w.people)[0]
        w.connector_enrols(HOUSING)
        replies = answered(w, tokens)
        replies += [ask(w, tokens) for _ in range(QUESTIONS - 1)]
        true(worlds.wait_until(lambda: settled(w)), "receipts did not reach the source")
        kept = w.folder / "kept"
        receipts_keep(kept, replies)
        for tool, words in ((housing, ["--record", record_file(w).parent]),
                            (housing, ["--record", record_file(w), "--receipts", kept]),
                            (care, ["--receipts", kept])):
            found, said = tool.found(*words)
            equal(found, [], said)
            true(said["agreed"] >= QUESTIONS, said)
        record_differs(w, housing)
        receipts_differ(w, care, housing, kept)
        cases(w, housing, care)
        each_place_has_its_case(w, housing)
        one_case_each(w)
        only_so_many(w)
        refusals(w, housing, care)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
