# SPDX-License-Identifier: Apache-2.0
"""A partnership at work: the real key service, gateway and one connector, the other agencies
written in Python, people enrolled with all that know them."""
import concurrent.futures
import os
import pathlib
import shutil
import sys
import tempfile
import threading
import time

import grpc

import agency as agencies
import rig as rigs
import synthetic
import transparency

AGREEMENT = "bridgewater"
# The agency whose connector makes tokens; its case systems call it.
EDGE = "childrens-care"
ROLES = {
    "police": ["sergeant", "hub-officer"],
    "housing": ["hub-officer", "manager"],
    "childrens-care": ["social-worker", "team-manager", "reviewer", "hub-analyst"],
    "adults-care": ["social-worker", "team-manager"],
    "mh-trust": ["practitioner", "duty-manager"],
    "gp": ["practitioner", "safeguarding-lead"],
    "voluntary": ["keyworker"],
    "hub": ["coordinator"],
}
SKIPPED = 77
# A hidden source's slot, in milliseconds, for tests that wait for it often.
SLOT_MS = 600
SHORT = f"limits:\n  source-timeout-ms: 500\n  hidden-slot-ms: {SLOT_MS}\n"

_messages = {}
_services = {}


def contract():
    """Generated messages and services by file name, made once a process."""
    if not _messages:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-contract-"))
        rigs.protos(folder)
        for name in ("common", "disclosures", "subjects", "consents", "audit", "edge", "source",
                     "agreements", "reviews", "access", "erasures",
                     "subject_access", "reports", "duties",
                     "incidents"):
            _messages[name] = __import__(f"lockgate.v1.{name}_pb2", fromlist=["x"])
            _services[name] = __import__(f"lockgate.v1.{name}_pb2_grpc", fromlist=["x"])
        shutil.rmtree(folder)
    return _messages, _services


class World:
    """`limits`: lines for gateway.yaml; `agreement`: a path, the demo's by default."""

    def __init__(self, agreement=None, limits="", workers=1, hosts=None, parties=None):
        self.pb, self.rpc = contract()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lockgate-world-"))
        if parties is None:
            parties = [rigs.Party(name, roles) for name, roles in ROLES.items()]
        self.rig = rigs.Rig(self.folder, parties,
                            agreement or rigs.SOURCE / "policy/examples/demo.isa.in", limits,
                            workers)
        self.agencies = {}
        self.channels = {}
        self.edge_port = rigs.free_port()
        self.local = {}  # (party, serial) -> local reference
        self.lock = threading.Lock()
        for name in hosts if hosts is not None else ROLES:
            self.agencies[name] = agencies.Agency(self.rig, name, self.pb)

    def __enter__(self):
        try:
            self.rig.start_keyd()
            self.rig.start_gateway()
            self._edge_start()
            self.sources_await()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        faults = []
        try:
            faults = self.stop()
        finally:
            if error is not None or faults:
                for label, text in self.logs().items():
                    print(f"--- {label}\n{text[-3000:]}", file=sys.stderr)
            if "LOCKGATE_KEEP" in os.environ:
                print(f"kept: {self.folder}", file=sys.stderr)
            else:
                self.rig.remove()
        if error is None and faults:
            raise AssertionError("; ".join(faults))

    def logs(self):
        """What every program said."""
        return {path.stem: path.read_text(errors="replace")
                for path in sorted(self.folder.glob("*.log"))}

    def stop(self):
        """Ends everything; what did not end well, or complained of itself, in words."""
        faults = []
        for channel in self.channels.values():
            channel.close()
        self.channels = {}
        for label in reversed(list(self.rig.programs)):
            code = self.rig.stop(label)
            if code not in (0, None):
                faults.append(f"{label} ended with {code}")
        for served in self.agencies.values():
            served.stop()
        for label, text in self.logs().items():
            faults += [f"{label}: {line}" for line in text.splitlines()
                       if '"level":"error"' in line or not line.startswith("{")]
        return faults

    def _edge_start(self):
        """A connector with one row of its own: it is here for its blinding."""
        folder = self.folder / "edge"
        rigs.write(folder / "people.csv", "ref,surname,seen\nEDGE-1,Example,2026-01-01\n")
        rigs.write(folder / "mapping.yaml", f"connector: {EDGE}\nsource:\n  kind: csv\n"
                   "  path: people.csv\nperson:\n  key: ref\n  identity:\n"
                   "    family-name: {from: surname}\nrecords:\n  - items:\n"
                   "      - {item: contact.last-contact-date, from: seen, standing: fact}\n")
        self.rig.start_connector(EDGE, folder / "mapping.yaml", self.edge_port)

    def sources_await(self):
        """Until the gateway has a connection to every agency: it dials them when it starts."""
        ground = self.ground(EDGE)
        request = self.pb["disclosures"].CanAskRequest(ground=ground, age_class=1)
        self.call("disclosures", "CanAsk", EDGE, request, wait=True)

    # ---- calls ---------------------------------------------------------------------------------

    def channel(self, party, system="cases", port=None):
        with self.lock:
            key = (party, system, port)
            if key not in self.channels:
                self.channels[key] = self.rig.channel(party, system, port)
            return self.channels[key]

    def stub(self, file, party, system="cases", port=None):
        service = self.pb[file].DESCRIPTOR.services_by_name
        name = next(iter(service))
        return getattr(self.rpc[file], f"{name}Stub")(self.channel(party, system, port))

    def call(self, file, method, party, request, system="cases", seconds=20, wait=False):
        call = getattr(self.stub(file, party, system), method)
        return call(request, timeout=seconds, wait_for_ready=wait)

    def raw(self, method, party, request, system="cases", seconds=20):
        """The reply's bytes as they came."""
        call = self.channel(party, system).unary_unary(f"/lockgate.v1.{method}")
        return call(request.SerializeToString(), timeout=seconds)

    def ground(self, party, purpose="child-safeguarding", basis="children-act", role=None,
               user="user-1", case="CASE-1"):
        common = self.pb["common"]
        actor = common.Actor(user_id=user, role=role or ROLES[party][0], display_name="A SAMPLE")
        return common.Ground(agreement=AGREEMENT, purpose=purpose, lawful_basis=basis,
                             case_reference=case, actor=actor)

    # ---- people --------------------------------------------------------------------------------

    def blind(self, people, role="social-worker"):
        """Tokens of each person, by the connector of EDGE."""
        edge, common = self.pb["edge"], self.pb["common"]
        tokens = []
        stub = self.rpc["edge"].EdgeStub(self.channel(EDGE, "cases", self.edge_port))
        for start in range(0, len(people), 50):
            request = edge.BlindRequest(ground=self.ground(EDGE, role=role))
            for p in people[start:start + 50]:
                request.persons.add(identity=common.Identity(
                    family_name=p.family, given_name=p.given, born=p.born, postcode=p.postcode,
                    scheme="nhs", identifier=p.nhs))
            reply = stub.Blind(request, timeout=60, wait_for_ready=True)
            for person in reply.persons:
                if person.code:
                    raise AssertionError(f"no tokens: {person.code}")
                tokens.append(list(person.tokens))
        return tokens

    def enrol(self, party, people, tokens, records=None, **fields):
        """Enrols people with one party; `records(person)` gives its records of each. `fields`:
        more of every EnrolRecord."""
        subjects = self.pb["subjects"]
        host = self.rig.parties[party]

        def stream():
            yield subjects.EnrolRequest(header=subjects.EnrolHeader(agreement=AGREEMENT,
                                                                    expected=len(people)))
            for line, (p, own) in enumerate(zip(people, tokens), 1):
                local = f"{party}-local-{p.serial:05}"
                self.local[party, p.serial] = local
                if records is not None:
                    self.agencies[party].people[local] = records(p)
                yield subjects.EnrolRequest(record=subjects.EnrolRecord(
                    line=line, record_tag=agencies.record_tag(host, local),
                    reference=agencies.reference_seal(host, local), tokens=own, **fields))

        return self.stub("subjects", party, "connector").Enrol(stream(), timeout=120)

    def person_ref(self, tokens=None, handle=None, pseudonym=None):
        common = self.pb["common"]
        if handle is not None:
            return common.PersonRef(handle=handle)
        if pseudonym is not None:
            return common.PersonRef(pseudonym=pseudonym)
        return common.PersonRef(tokens=common.TokenSet(tokens=tokens))

    def find(self, party, tokens, raw=False, **ground):
        request = self.pb["subjects"].FindRequest(
            request_id=rigs.request_id(), person=self.person_ref(tokens),
            ground=self.ground(party, **ground), age_class=1)
        if raw:
            return self.raw("Subjects/Find", party, request)
        return self.call("subjects", "Find", party, request)

    def question(self, party, person, sources=(), items=(), reason="would-prejudice", age=1,
                 tier=2, **ground):
        return self.pb["disclosures"].AskRequest(
            request_id=rigs.request_id(), person=person, sources=sources, items=items, tier=tier,
            ground=self.ground(party, **ground), age_class=age, no_consent_reason=reason)

    def ask(self, party, person, seconds=20, **words):
        return self.call("disclosures", "Ask", party, self.question(party, person, **words),
                         seconds=seconds)

    def consent(self, party, person, state=1, purposes=(), categories=(), recipients=(), kind=None,
                **ground):
        """Records a consent; state 1 given, 2 refused. kind: without one, the lawful basis where
        the ground's is consent, else permission under the duty of confidence."""
        consents = self.pb["consents"]
        if kind is None:
            kind = 1 if ground.get("basis", "").endswith("-consent") else 2
        return self.call("consents", "Record", party, consents.RecordConsentRequest(
            request_id=rigs.request_id(), person=person, ground=self.ground(party, **ground),
            consent=consents.Consent(state=state, kind=kind, explicit=True, purposes=purposes,
                                     categories=categories, recipients=recipients)))

    def withdraw(self, party, person, consent_id=b"", **ground):
        consents = self.pb["consents"]
        return self.call("consents", "Withdraw", party, consents.WithdrawConsentRequest(
            request_id=rigs.request_id(), person=person, ground=self.ground(party, **ground),
            consent_id=consent_id))

    # ---- the log -------------------------------------------------------------------------------

    def entry(self, index, party, role=None, **ground):
        """An entry as an officer of `party` gets it, checked; None where it is not theirs."""
        reply = self.call("audit", "Get", party, self.pb["audit"].AuditGetRequest(
            ground=self.ground(party, role=role, **ground), index=index), system="officer")
        if reply.verdict.decision == 3:
            return None
        return transparency.receipt_check(reply.receipt, reply.checkpoint.note, self.rig.vkey)

    def checkpoint(self, party="hub"):
        reply = self.call("audit", "Checkpoint", party, self.pb["audit"].CheckpointRequest())
        size, root = transparency.checkpoint_open(reply.checkpoint.note, self.rig.vkey)
        return size, root


def parts_by_source(reply):
    return {part.result.source: part for part in reply.parts}


def items_of(result):
    """{item: value} over all records of a SourceResult."""
    return {item.item: item.value for record in result.records for item in record.items}


def basic_records(party):
    """What an agency of this kind knows of a person: identity, contact and its own category."""
    own = {"police": {"incidents.incident-summary": "reported noise",
                      "incidents.domestic-abuse-flag": "no", "incidents.incident-count": "2"},
           "housing": {"tenancy.tenancy-status": "secure", "tenancy.rent-arrears": "300",
                       "tenancy.asb-complaints": "1"},
           "childrens-care": {"children.case-status": "open", "children.plan-type": "plan"},
           "adults-care": {"adults.case-status": "closed"},
           "mh-trust": {"mental-health.care-status": "in care",
                        "mental-health.risk-summary": "low"},
           "gp": {"primary-care.registered-practice": "Example practice"},
           "voluntary": {"support.engagement-level": "weekly"}}[party]

    def records(p):
        return [(f"{party}-record-{p.serial}", {
            "identity.name": f"{p.given} {p.family}", "identity.date-of-birth": p.born,
            "identity.address": p.address, "identity.phone": p.phone,
            "identity.nhs-number": p.nhs, "contact.known-to-service": "yes",
            "contact.worker-name": "W SAMPLE", "contact.worker-phone": "0161 496 0123",
            "contact.last-contact-date": "2026-10-05", **own})]
    return records


def together(count, work):
    """Runs work(i) on `count` threads; their results in order."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def people(count, seed=7):
    return [synthetic.person(i, seed) for i in range(count)]


def wait_until(ready, seconds=10, every=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(every)
    return False


def run(test):
    """Runs a test program: 0 passed, 77 what it needs is not there."""
    for name in ("lockgated", "lockgate-keyd", "lockgate-connector"):
        try:
            rigs.Rig.program(name)
        except RuntimeError as missing:
            print(f"skipped: {missing}")
            return SKIPPED
    try:
        test()
    except grpc.RpcError as error:
        print(f"{error.code()}: {error.details()}", file=sys.stderr)
        raise
    return 0
