# SPDX-License-Identifier: Apache-2.0
"""Stock python3-grpcio against the real programs: every service that partners use, and `Source`
served to the gateway. Receipts are checked here without any code of the gateway's."""
import subprocess
import sys

import grpc

import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, refused, true

CALLER = "childrens-care"
SOURCES = ["police", "housing", "adults-care", "gp", "voluntary"]


def can_ask(w):
    pb = w.pb["disclosures"]
    reply = w.call("disclosures", "CanAsk", CALLER, pb.CanAskRequest(
        ground=w.ground(CALLER), age_class=1, no_consent_reason="would-prejudice"))
    equal(reply.verdict.agreement, worlds.AGREEMENT)
    items = {s.source: {i.item: i for i in s.items} for s in reply.sources}
    equal(items["police"]["incidents.incident-count"].rule, "count-band")
    equal(items["police"]["incidents.incident-summary"].treatment, "pass")
    equal(items["mh-trust"]["mental-health.risk-summary"].consent, "required")
    held = {s.source: {h.item: h for h in s.held_back} for s in reply.sources}
    equal(held["police"]["incidents.intelligence"].clause, "11.1")
    reply = w.call("disclosures", "CanAsk", CALLER, pb.CanAskRequest(
        ground=w.ground(CALLER, purpose="crime-prevention", basis="crime-disorder-act")))
    equal(reply.verdict.decision, 3)


def enrol(w, people, tokens):
    for party in SOURCES + ["mh-trust"]:
        reply = w.enrol(party, people, tokens, worlds.basic_records(party))
        equal((reply.received, reply.added, reply.rejected), (len(people), len(people), 0))
        entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
        equal((entry.kind, entry.requesting_agency), ("ENROL", party))
    again = w.enrol("gp", people, tokens, worlds.basic_records("gp"))
    equal((again.received, again.added, again.rejected), (len(people), 0, 0))
    # A token that is not sealed to this index costs its own line alone.
    broken = [list(own) for own in tokens]
    broken[1][0] = type(broken[1][0])()
    broken[1][0].CopyFrom(tokens[1][0])
    broken[1][0].sealed = bytes(len(tokens[1][0].sealed))
    reply = w.enrol("gp", people, broken, worlds.basic_records("gp"))
    equal([(r.line, r.code) for r in reply.rejected_lines], [(2, "TOKEN_NOT_OURS")])
    # The hub has no enrol clause.
    refused(grpc.StatusCode.PERMISSION_DENIED, w.enrol, "hub", people, tokens)


def find(w, tokens):
    found = w.find(CALLER, tokens[0])
    equal((found.band, found.verdict.decision, len(found.handle)), (1, 1, 88))
    entry = tlog.receipt_check(found.receipt, found.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.requesting_agency, entry.purpose),
          ("SEARCH", CALLER, "child-safeguarding"))
    stranger = w.blind([worlds.synthetic.person(9000)])[0]
    unknown = w.find(CALLER, stranger)
    equal((unknown.band, len(unknown.handle)), (2, 88))
    # A handle is its caller's, and of one purpose.
    person = w.person_ref(handle=found.handle)
    refused(grpc.StatusCode.INVALID_ARGUMENT, w.ask, "adults-care", person)
    refused(grpc.StatusCode.INVALID_ARGUMENT, w.ask, CALLER, person, user="user-2")
    return found.handle


def ask(w, people, handle):
    question = w.question(CALLER, w.person_ref(handle=handle))
    raw = w.raw("Disclosures/Ask", CALLER, question)
    reply = w.pb["disclosures"].AskReply.FromString(raw)
    equal(reply.request_id, question.request_id)
    equal(reply.verdict.decision, 2)
    parts = worlds.parts_by_source(reply)
    equal({name: parts[name].result.state for name in SOURCES + ["mh-trust"]},
          {**{name: 1 for name in SOURCES}, "mh-trust": 4})
    items = worlds.items_of(parts["police"].result)
    equal(items["identity.name"], f"{people[0].given} {people[0].family}")
    equal(items["identity.nhs-number"], reply.pseudonym)
    equal(items["incidents.incident-count"], "1 to 2")
    equal(items["contact.last-contact-date"], "2026-10")
    true("incidents.intelligence" not in items, "intelligence was released")
    results = tlog.ask_results(raw)
    equal(len(results), len(reply.parts))
    for part, payload in zip(reply.parts, results):
        entry = tlog.receipt_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
        equal((entry.source_agency, entry.agreement), (part.result.source, worlds.AGREEMENT))
        tlog.commitment_check(entry, part.receipt.salt, payload)
        try:
            tlog.commitment_check(entry, part.receipt.salt, payload + b"\x00")
        except tlog.Wrong:
            continue
        raise AssertionError("a commitment to anything")
    true(reply.parts[-1].receipt.leaf != reply.parts[0].receipt.leaf, "one leaf for two")
    # A repeat gets verdict and receipts, and no record.
    again = w.call("disclosures", "Ask", CALLER, question)
    true(again.repeated_request and again.pseudonym == "", "the repeat is not marked")
    equal([p.receipt.leaf for p in again.parts], [p.receipt.leaf for p in reply.parts])
    true(not any(p.HasField("result") for p in again.parts), "the repeat holds a result")
    question.items.append("identity.name")
    refused(grpc.StatusCode.ALREADY_EXISTS, w.call, "disclosures", "Ask", CALLER, question)
    return reply, results


def refusal(w, handle):
    """A question that the agreement does not cover ends in the log as well."""
    reply = w.ask(CALLER, w.person_ref(handle=handle), purpose="crime-prevention",
                  basis="crime-disorder-act")
    equal(reply.verdict.decision, 3)
    equal(len(reply.parts), 0)
    entry = tlog.receipt_check(reply.refusal_receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason, entry.flags), ("DENIAL", reply.verdict.code, 1))


def watch(w, people, pseudonym):
    """Parts come one by one; each is checked against the checkpoint that it brings."""
    stub = w.channel(CALLER).unary_stream("/lockgate.v1.Disclosures/Watch")
    question = w.question(CALLER, w.person_ref(pseudonym=pseudonym))
    pb = w.pb["disclosures"]
    seen, ended, size = {}, False, 0
    for raw in stub(question.SerializeToString(), timeout=20):
        true(not ended, "a part after the end")
        event = pb.WatchReply.FromString(raw)
        if event.WhichOneof("event") == "end":
            ended = True
            equal(event.end.verdict.agreement, worlds.AGREEMENT)
            continue
        part = event.part
        equal(part.pseudonym, pseudonym)
        entry = tlog.receipt_check(part.part.receipt, part.checkpoint.note, w.rig.vkey)
        tlog.commitment_check(entry, part.part.receipt.salt, tlog.watch_result(raw))
        now, _ = tlog.checkpoint_open(part.checkpoint.note, w.rig.vkey)
        true(now >= size, "checkpoints go backwards")
        size = now
        seen[part.part.result.source] = part.part.result.state
    true(ended, "no end")
    equal({name: seen[name] for name in SOURCES}, {name: 1 for name in SOURCES})
    # Without a purpose that fits nothing but the end comes, with the receipt of the refusal.
    question = w.question(CALLER, w.person_ref(pseudonym=pseudonym), purpose="crime-prevention",
                          basis="crime-disorder-act")
    events = [pb.WatchReply.FromString(raw)
              for raw in stub(question.SerializeToString(), timeout=20)]
    equal([e.WhichOneof("event") for e in events], ["end"])
    tlog.receipt_check(events[0].end.refusal_receipt, events[0].end.checkpoint.note, w.rig.vkey)


def acknowledged(w, reply):
    """Each source gets the receipt of its own leaf, under the reference of its own call."""
    mine = {part.result.source: part.receipt for part in reply.parts}
    for name in SOURCES:
        agency = w.agencies[name]
        true(agency.wait(lambda a: any(m.receipt.index == mine[name].index
                                       for m in a.acknowledged)), f"{name}: no receipt")
        message = next(m for m in agency.acknowledged if m.receipt.index == mine[name].index)
        entry = tlog.receipt_check(message.receipt, message.checkpoint.note, w.rig.vkey)
        equal(message.receipt.leaf, mine[name].leaf)
        equal((entry.source_agency, entry.requesting_agency, entry.purpose), (name, "", ""))
        true(message.call_reference in [r.call_reference for r, _ in agency.fetched],
             "a reference of no call")
        equal(agency.strangers, 0)


def told(w):
    """A source hears of the permit, not of who asks and why."""
    for name in SOURCES:
        for request, _ in w.agencies[name].fetched:
            equal((request.agreement, request.agreement_version), (worlds.AGREEMENT, 1))
            equal((request.purpose, request.requesting_agency, request.acting_user), ("", "", ""))
            true(request.clauses and request.items, "no clause or item")


def consents(w, handle):
    """mh-trust answers children's care with the person's consent, and with that alone."""
    person = w.person_ref(handle=handle)
    pb = w.pb["consents"]
    true(worlds.parts_by_source(w.ask(CALLER, person))["mh-trust"].result.state == 4, "shown")
    recorded = w.consent(CALLER, person, purposes=["safeguarding"])
    equal(recorded.verdict.decision, 1)
    entry = tlog.receipt_check(recorded.receipt, recorded.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.requesting_agency), ("CONSENT", CALLER))
    result = worlds.parts_by_source(w.ask(CALLER, person))["mh-trust"].result
    equal(worlds.items_of(result)["mental-health.risk-summary"], "low")

    def one(method, **words):
        name = f"{method}Consent{'s' if method == 'List' else ''}Request"
        request = getattr(pb, name)(request_id=rigs.request_id(), ground=w.ground(CALLER),
                                    **words)
        return w.call("consents", method, CALLER, request)

    shown = one("Show", person=person, consent_id=recorded.consent_id)
    equal((shown.consent.state, list(shown.consent.purposes), shown.consent.recorded_by),
          (1, ["safeguarding"], CALLER))
    equal(shown.consent.log_index, recorded.receipt.index)
    listed = one("List", person=person)
    equal([c.consent_id for c in listed.consents], [recorded.consent_id])
    receipt = w.call("consents", "Receipt", CALLER, pb.ConsentReceiptRequest(
        request_id=rigs.request_id(), ground=w.ground(CALLER), consent_id=recorded.consent_id))
    equal(receipt.receipt.leaf, recorded.receipt.leaf)
    tlog.receipt_check(receipt.receipt, receipt.checkpoint.note, w.rig.vkey)
    withdrawn = w.withdraw(CALLER, person, recorded.consent_id)
    equal((withdrawn.verdict.decision, withdrawn.withdrawn), (1, 0))
    equal(worlds.parts_by_source(w.ask(CALLER, person))["mh-trust"].result.state, 4)
    equal({c.state for c in one("List", person=person).consents}, {3})
    refused(grpc.StatusCode.NOT_FOUND, w.withdraw, CALLER, person, bytes(15) + b"\x01")


def audit(w, reply):
    pb = w.pb["audit"]
    first = reply.checkpoint.note
    size, root = tlog.checkpoint_open(first, w.rig.vkey)
    w.ask(CALLER, w.person_ref(pseudonym=reply.pseudonym))
    newer, new_root = w.checkpoint(CALLER)
    true(newer > size, "the log does not grow")
    proof = w.call("audit", "Consistency", CALLER, pb.ConsistencyRequest(from_size=size,
                                                                         to_size=newer))
    tlog.consistency_check(size, root, newer, new_root, proof.path)
    part = reply.parts[0]
    proof = w.call("audit", "Prove", CALLER, pb.ProveRequest(index=part.receipt.index,
                                                             size=newer))
    equal(proof.leaf_hash, tlog.leaf_hash(part.receipt.leaf))
    equal((proof.index, proof.size, proof.root), (part.receipt.index, newer, new_root))
    equal(tlog.root_from_inclusion(proof.index, newer, proof.leaf_hash, proof.path), new_root)
    refused(grpc.StatusCode.OUT_OF_RANGE, w.call, "audit", "Prove", CALLER,
            pb.ProveRequest(index=newer + 1000))
    # An officer of the source reads its entry; one of another agency does not, nor a case system.
    index = worlds.parts_by_source(reply)["housing"].receipt.index
    equal(w.entry(index, "housing").source_agency, "housing")
    equal(w.entry(index, "adults-care"), None)
    refused(grpc.StatusCode.PERMISSION_DENIED, w.call, "audit", "Get", "housing",
            pb.AuditGetRequest(ground=w.ground("housing"), index=index))


def offline(w, reply, results):
    """`lockgate audit verify` on files that were written here."""
    program = w.rig.program("lockgate")
    part = reply.parts[0]
    proof = w.folder / "one.tlog-proof"
    payload = w.folder / "result.bin"
    payload.write_bytes(results[0])

    def verify(text, *words):
        proof.write_text(text)
        return subprocess.run([str(program), "audit", "verify", str(proof), "--key",
                               str(w.folder / "log.vkey"), *words], capture_output=True,
                              text=True, check=False)

    text = tlog.proof_text(part.receipt, reply.checkpoint.note)
    good = verify(text, "--payload", str(payload))
    equal(good.returncode, 0)
    true("VERIFIED" in good.stdout, good.stdout)
    bundle = "".join(tlog.proof_text(p.receipt, reply.checkpoint.note) for p in reply.parts)
    equal(verify(bundle).returncode, 0)
    payload.write_bytes(results[0] + b"\x00")
    equal(verify(text, "--payload", str(payload)).returncode, 5)
    other = tlog.proof_text(reply.parts[1].receipt, reply.checkpoint.note)
    swapped = text.splitlines()
    swapped[2] = other.splitlines()[2]
    equal(verify("\n".join(swapped) + "\n").returncode, 5)


def health(w):
    """grpc.health.v1, by its bytes: no service named, SERVING."""
    check = w.channel(CALLER).unary_unary("/grpc.health.v1.Health/Check")
    equal(check(b"", timeout=5), b"\x08\x01")
    refused(grpc.StatusCode.NOT_FOUND, check, b"\x0a\x07unknown", timeout=5)


def strangers(w):
    """No certificate, or one of nobody in the register: no call."""
    bare = grpc.secure_channel(f"localhost:{w.rig.gateway_port}", grpc.ssl_channel_credentials(
        (w.rig.certs / "ca.pem").read_bytes()))
    request = w.pb["audit"].CheckpointRequest()
    refused(grpc.StatusCode.UNAVAILABLE, w.rpc["audit"].AuditStub(bare).Checkpoint, request,
            timeout=5)
    bare.close()
    refused(grpc.StatusCode.PERMISSION_DENIED, w.ask, CALLER, w.person_ref(pseudonym="x"),
            role="sergeant")


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(3)
        tokens = w.blind(people)
        can_ask(w)
        enrol(w, people, tokens)
        handle = find(w, tokens)
        reply, results = ask(w, people, handle)
        refusal(w, handle)
        acknowledged(w, reply)
        watch(w, people, reply.pseudonym)
        told(w)
        consents(w, handle)
        audit(w, reply)
        offline(w, reply, results)
        health(w)
        strangers(w)
        print("grpcio: CanAsk, Enrol, Find, Ask, Watch, consents, audit, health, a proof checked "
              "offline, refusals")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
