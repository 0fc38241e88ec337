# SPDX-License-Identifier: Apache-2.0
"""Incidents on a whole partnership: opened once, their scope the agency's own side, those on the
other side told once by entries of their own, answered, decided within 72 hours and closed. What a
hidden source holds stands in none of it; another agency's officer gets what is given for an
incident that is not there; a restart changes nothing, an erasure takes what is of the person."""
import os
import shutil
import signal
import sys
import time

import grpc

import journal as journals
import transparency
import world as worlds
from check import equal, refused, true
from erasing import HOST, decide, propose

CARE, TRUST = "childrens-care", "mh-trust"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
PERSON, MERGE, DEVICE, SYSTEM = range(1, 5)
ASK, RELEASE = 1, 2
DESTROYED, NOTED = 1, 5
DECIDE, CLOSE = 6, 7
REQUESTER, SOURCE = 1, 2
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
INVALID, ABSENT, EXISTS, FAILED, ABORTED, DENIED = (
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED,
    grpc.StatusCode.PERMISSION_DENIED)


def now_ms():
    return int(time.time() * 1000)


def actor(w, party, user="ig-1"):
    return w.pb["common"].Actor(user_id=user, role=worlds.ROLES[party][0])


def call(w, method, party, request, **words):
    return w.call("incidents", method, party, request, system="officer", **words)


def scope_of(w, entries=(), **words):
    pb = w.pb["incidents"]
    return pb.IncidentScope(entries=[pb.IncidentEntry(index=i) for i in entries], **words)


def opened(w, party, scope, kind=DEVICE, aware=None, request_id=None, facts="Made up.", **words):
    request = w.pb["incidents"].OpenIncidentRequest(
        request_id=request_id or os.urandom(16), actor=actor(w, party), kind=kind,
        aware_ms=aware or now_ms(), facts=facts, scope=scope, **words)
    return call(w, "Open", party, request)


def of_person(w, party, ref, **words):
    return opened(w, party, scope_of(w, of_person=True), kind=PERSON, person=ref,
                  ground=w.ground(party, user="ig-1", case="INC-7", **CHILD), **words)


def ground_of(w, party, incident):
    """A look by a person is on a ground, as a search for them is."""
    by_person = incident.scope.of_person
    return {"ground": w.ground(party, user="ig-1", **CHILD)} if by_person else {}


def scoped(w, party, incident):
    """All pages: the hits, and how many entries of each agency."""
    hits, counts, questions, before = [], {}, 0, 0
    while True:
        reply = call(w, "Scope", party, w.pb["incidents"].ScopeIncidentRequest(
            actor=actor(w, party), incident_id=incident.incident_id, before=before,
            **ground_of(w, party, incident)))
        true(reply.receipt.index >= max([hit.index for hit in reply.hits] or [0]), "logged first")
        hits += reply.hits
        questions += reply.questions
        for count in reply.counts:
            counts[count.agency] = counts.get(count.agency, 0) + count.entries
        before = reply.next
        if not before:
            return hits, counts, questions


def got(w, party, incident):
    return call(w, "Get", party, w.pb["incidents"].GetIncidentRequest(
        actor=actor(w, party), incident_id=incident.incident_id))


def notified(w, party, incident, version=None):
    return call(w, "Notify", party, w.pb["incidents"].NotifyIncidentRequest(
        actor=actor(w, party), incident_id=incident.incident_id, by_ms=now_ms() + 48 * HOUR_MS,
        version=version or got(w, party, incident).incident.version,
        **ground_of(w, party, incident)))


def acted(w, party, incident, step, version=None, **words):
    return call(w, "Act", party, w.pb["incidents"].ActIncidentRequest(
        actor=actor(w, party), incident_id=incident.incident_id, step=step, reason="Words.",
        version=version or got(w, party, incident).incident.version, **words)).incident


def listed(w, party, system="officer", **words):
    request = w.pb["incidents"].ListIncidentsRequest(actor=actor(w, party), **words)
    found = []
    while True:
        reply = w.call("incidents", "List", party, request, system=system)
        found += reply.incidents
        request.cursor = reply.cursor
        if not reply.cursor:
            return found


def note_lines(w, note):
    """Of a text that the log's key signed and that passes for no checkpoint."""
    try:
        transparency.checkpoint_open(note, w.rig.vkey)
        raise AssertionError("a notice passes for a checkpoint")
    except transparency.Wrong as wrong:
        equal(str(wrong), "another log", "the signature is good, and it is no checkpoint")
    return note.rpartition("\n\n")[0].splitlines()


def notices(w, party):
    """Each with a signed note, and its entry in the log."""
    request = w.pb["incidents"].IncidentNoticesRequest(actor=actor(w, party))
    found = []
    while True:
        reply = call(w, "Notices", party, request)
        for notice in reply.notices:
            entry = transparency.receipt_check(notice.entry_receipt, reply.entry_checkpoint.note,
                                               w.rig.vkey)
            equal((entry.kind, entry.reason, entry.requesting_agency),
                  ("INCIDENT", "INCIDENT", party))
            equal(notice.entry_receipt.index, notice.number)
            lines = note_lines(w, notice.note)
            equal(lines[:3], ["lockgate incident notice 1", f"notice {notice.number}",
                              f"to {party}"])
            equal([line for line in lines if line.startswith("entry ")],
                  [f"entry {it.index}" for it in notice.entries])
        found += reply.notices
        request.cursor = reply.cursor
        if not reply.cursor:
            return found


def answered(w, party, number, outcome):
    return call(w, "Acknowledge", party, w.pb["incidents"].AcknowledgeIncidentRequest(
        actor=actor(w, party, "ig-2"), number=number, outcome=outcome, reason="Words.")).notice


def plain(hit):
    """What a line says beside its place, its time and its question."""
    copy = type(hit)()
    copy.CopyFrom(hit)
    copy.index = copy.time_ms = 0
    copy.question_id = b""
    return copy.SerializeToString()


def once(w, since):
    """By one request id one incident; another body under it is refused."""
    same = os.urandom(16)
    aware = now_ms()
    scope = scope_of(w, system="cases", from_ms=since)
    first = opened(w, CARE, scope, request_id=same, aware=aware).incident
    again = opened(w, CARE, scope, request_id=same, aware=aware).incident
    equal((again.number, again.incident_id, len(listed(w, CARE))),
          (first.number, first.incident_id, 1))
    equal((first.version, first.agency, first.opened_by, first.hours_left, first.overdue),
          (1, CARE, "ig-1", 71, False))
    equal(first.due_ms - first.aware_ms, 72 * HOUR_MS)
    refused(EXISTS, opened, w, CARE, scope, request_id=same, aware=aware, facts="Something else.")
    many = worlds.together(6, lambda i: opened(w, "gp", scope_of(w, system="cases"),
                                               request_id=same, aware=aware).incident.number)
    equal((len(set(many)), len(listed(w, "gp"))), (1, 1))
    return first


def wrong_requests(w, since):
    cases = scope_of(w, system="cases")
    for words in ({"aware": now_ms() + HOUR_MS}, {"aware": now_ms() - 400 * 24 * HOUR_MS}):
        refused(INVALID, opened, w, CARE, cases, **words)
    for scope in (scope_of(w), scope_of(w, system="no-such"), scope_of(w, entries=[1 << 40]),
                  scope_of(w, system="cases", user_id="user-1"),
                  scope_of(w, system="cases", from_ms=since, to_ms=since),
                  scope_of(w, system="cases", agency="police"),
                  scope_of(w, entries=[1], from_ms=since), scope_of(w, of_person=True)):
        refused(INVALID, opened, w, CARE, scope)
    refused(INVALID, opened, w, "police", scope_of(w, system="cases", agency=CARE), kind=SYSTEM)
    refused(INVALID, opened, w, HOST, scope_of(w, user_id="user-1", agency=CARE), kind=SYSTEM)
    refused(DENIED, listed, w, CARE, system="cases")


def is_the_agencys_own(w, incident):
    """Another agency's officer, for an incident that is there, and for one that nobody has."""
    nobodys = w.pb["incidents"].Incident(incident_id=os.urandom(16))
    for run in (got, scoped, lambda *words: notified(*words, version=1),
                lambda *words: acted(*words, CLOSE, version=1)):
        equal(refused(ABSENT, run, w, "police", incident), refused(ABSENT, run, w, "police",
                                                                   nobodys))
    equal(listed(w, "police"), [])
    equal(listed(w, HOST, escalated=True), [])


def scope_is_the_own_side(w, incident, asked):
    """Rows as Audit.Search has them; a hidden source's are the same whomever it holds."""
    hits, counts, questions = scoped(w, CARE, incident)
    ours = [hit for hit in hits if hit.kind in (ASK, RELEASE)]
    search = w.pb["audit"].AuditSearchRequest(ground=w.ground(CARE, user="ig-1", **CHILD), most=500)
    theirs = {hit.index: hit for hit in w.call("audit", "Search", CARE, search,
                                               system="officer").hits}
    for hit in hits:
        equal(hit, theirs[hit.index])
    equal((questions, counts), (len(asked), {"police": 2, "housing": 1, TRUST: 2}))
    equal({hit.side for hit in hits}, {REQUESTER})
    trust = [plain(hit) for hit in ours if hit.source == TRUST]
    equal((len(trust), len(set(trust))), (2, 1))
    by_user = opened(w, CARE, scope_of(w, user_id="user-1")).incident
    equal(sorted(hit.index for hit in scoped(w, CARE, by_user)[0] if hit.kind in (ASK, RELEASE)),
          sorted(hit.index for hit in ours))
    for user in ("user-2", "ig-9"):
        other = opened(w, CARE, scope_of(w, user_id=user)).incident
        equal(scoped(w, CARE, other)[0], [])
        acted(w, CARE, other, DECIDE, ico=2, persons=2)
        acted(w, CARE, other, CLOSE)
    past = opened(w, CARE, scope_of(w, system="cases", to_ms=incident.aware_ms - 24 * HOUR_MS))
    equal(scoped(w, CARE, past.incident)[0], [])
    return ours


def sources_are_told(w, incident, ours):
    """Each source of its own leaves, whatever it answered, and once; what it says stays with it."""
    reply = notified(w, CARE, incident)
    equal((reply.notice_count, reply.entry_count, reply.more, reply.incident.version),
          (3, 5, False, 2))
    again = notified(w, CARE, incident)
    equal((again.notice_count, again.entry_count, again.incident.version), (0, 0, 2))
    refused(FAILED, notified, w, CARE, incident, version=1)
    for party in ("police", "housing", TRUST):
        told = notices(w, party)
        equal(len(told), 1)
        equal([it.index for it in told[0].entries],
              sorted(hit.index for hit in ours if hit.source == party))
        equal((told[0].recall, told[0].kind, told[0].system, told[0].sender in ("", CARE)),
              (False, DEVICE, "", True))
        for it in told[0].entries:
            leaf = w.entry(it.index, party, purpose="child-safeguarding")
            equal(told[0].sender, leaf.requesting_agency if leaf else told[0].sender)
    number = notices(w, TRUST)[0].number
    before = got(w, CARE, incident).notices
    refused(FAILED, answered, w, TRUST, number, DESTROYED)
    refused(ABSENT, answered, w, "police", number, NOTED)
    equal((answered(w, TRUST, number, NOTED).outcome, notices(w, TRUST)[0].acknowledged),
          (NOTED, True))
    refused(FAILED, answered, w, TRUST, number, NOTED)
    equal(got(w, CARE, incident).notices, before)
    equal([(it.recipient, len(it.entries), it.note, it.entry_total) for it in sorted(
        before, key=lambda it: it.recipient)],
        [("housing", 0, "", 1), (TRUST, 0, "", 2), ("police", 0, "", 2)])
    equal(notices(w, CARE), [])


def recipients_give_back(w, ours):
    """A source recalls what it gave; a hidden one cannot tell by it that it was asked."""
    leaf = next(hit.index for hit in ours if hit.source == "police" and hit.record_count)
    mine = opened(w, "police", scope_of(w, entries=[leaf]), kind=PERSON).incident
    equal([(hit.index, hit.side) for hit in scoped(w, "police", mine)[0]], [(leaf, SOURCE)])
    equal(notified(w, "police", mine).notice_count, 1)
    told = notices(w, CARE)
    equal([(it.recall, it.sender, [e.index for e in it.entries]) for it in told],
          [(True, "police", [leaf])])
    # The question of each, for whoever asked it alone.
    question = next(hit.question_id for hit in ours if hit.index == leaf)
    equal([e.question_id for e in told[0].entries], [question])
    true(all(not e.question_id for it in notices(w, "police") for e in it.entries), "a source")
    refused(FAILED, answered, w, CARE, told[0].number, NOTED)
    answered(w, CARE, told[0].number, DESTROYED)
    shown = got(w, "police", mine).notices
    # The clause does not tell a source who asks, so neither does what was told to whoever did.
    equal([(it.recipient, it.acknowledged, it.outcome, it.reason) for it in shown],
          [("", True, DESTROYED, "")])
    equal([it.requesting_agency for it in [w.entry(leaf, "police")]], [""])
    hidden = [hit.index for hit in ours if hit.source == TRUST]
    theirs = opened(w, TRUST, scope_of(w, entries=hidden), kind=PERSON).incident
    equal(sorted(hit.index for hit in scoped(w, TRUST, theirs)[0]), sorted(hidden))
    equal(notified(w, TRUST, theirs).notice_count, 0)
    equal(len(notices(w, CARE)), 1)
    foreign = opened(w, "housing", scope_of(w, entries=[leaf]), kind=PERSON).incident
    equal((scoped(w, "housing", foreign)[0], notified(w, "housing", foreign).notice_count),
          ([], 0))


def nobody_and_somebody_look_alike(w, refs):
    """Whom an incident is about does not show: somebody known, somebody whom only a hidden source
    knows, and nobody."""
    aware = now_ms()
    replies = {name: of_person(w, CARE, ref, aware=aware) for name, ref in refs.items()}
    sizes = {len(reply.receipt.leaf) for reply in replies.values()}
    equal(len(sizes), 1, sizes)

    def same(reply):
        it = type(reply.incident)()
        it.CopyFrom(reply.incident)
        it.number = it.opened_ms = 0
        it.incident_id = b""
        return it
    equal(same(replies["hidden"]), same(replies["unknown"]))
    equal(same(replies["known"]), same(replies["unknown"]))
    for name in ("hidden", "unknown"):
        it = replies[name].incident
        equal((scoped(w, CARE, it), notified(w, CARE, it).notice_count), (([], {}, 0), 0))
        acted(w, CARE, it, DECIDE, ico=2, persons=2)
        acted(w, CARE, it, CLOSE)
    mine = replies["known"].incident
    hits, counts, _ = scoped(w, CARE, mine)
    equal(counts, {"police": 1, "housing": 1, TRUST: 1})
    # Leaves that lie together in a notice are of one person: a source is told of those alone that
    # the agency itself knows gave records, and a hidden one of none.
    before = len(notices(w, TRUST))
    equal(notified(w, CARE, mine).notice_count, 2)
    equal(len(notices(w, TRUST)), before)
    pb = w.pb["incidents"]
    words = {"actor": actor(w, CARE), "incident_id": mine.incident_id}
    version = got(w, CARE, mine).incident.version
    for method, request in (("Scope", pb.ScopeIncidentRequest(**words)), ("Notify", (
            pb.NotifyIncidentRequest(version=version, by_ms=now_ms() + HOUR_MS, **words)))):
        refused(INVALID, call, w, method, CARE, request)
        request.ground.CopyFrom(w.ground(CARE, purpose="crime-prevention", basis="children-act"))
        reply = call(w, method, CARE, request)
        entry = transparency.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
        equal((reply.verdict.decision, entry.kind), (3, "DENIAL"))
    equal(got(w, CARE, mine).incident.version, version)
    denied = opened(w, CARE, scope_of(w, of_person=True), kind=PERSON, person=refs["known"],
                    ground=w.ground(CARE, purpose="crime-prevention", basis="children-act"))
    equal((denied.verdict.decision, denied.HasField("incident")), (3, False))
    return mine, hits


def host_counts(w, since):
    """The host opens one for a system of another agency: counts alone, and a notice to it."""
    day = since - since % DAY_MS
    for words in ({"from_ms": day + 1}, {"from_ms": day, "to_ms": day + 1},
                  {"to_ms": day - 1}):
        refused(INVALID, opened, w, HOST, scope_of(w, system="cases", agency=CARE, **words),
                kind=SYSTEM)
    mine = opened(w, HOST, scope_of(w, system="cases", agency=CARE, from_ms=day),
                  kind=SYSTEM).incident
    hits, counts, questions = scoped(w, HOST, mine)
    equal((hits, counts, questions), ([], {"police": 2, "housing": 1, TRUST: 2}, 2))
    # All at once: no page tells where in the log an entry of the other agency lies.
    whole = [call(w, "Scope", HOST, w.pb["incidents"].ScopeIncidentRequest(
        actor=actor(w, HOST), incident_id=mine.incident_id, before=at)) for at in (0, 1, 30)]
    equal({(it.questions, it.next, it.cut) for it in whole}, {(2, 0, False)})
    before = len(notices(w, CARE))
    reply = notified(w, HOST, mine)
    equal((reply.notice_count, reply.entry_count), (4, 10))
    told = notices(w, CARE)
    equal(len(told), before + 1)
    equal((told[0].sender, told[0].system, told[0].recall, len(told[0].entries)),
          (HOST, "cases", False, 5))
    return mine


def decided_once(w, incident):
    """Of steps for one version one is done; without a decision nothing is closed."""
    version = got(w, CARE, incident).incident.version
    refused(FAILED, acted, w, CARE, incident, CLOSE)
    for words in ({}, {"ico": 1}, {"persons": 2}):
        refused(INVALID, acted, w, CARE, incident, DECIDE, **words)
    refused(FAILED, acted, w, CARE, incident, DECIDE, ico=1, persons=2, delay="None.")

    def decides(i):
        try:
            return acted(w, CARE, incident, DECIDE, version=version, ico=1 + i % 2, persons=2,
                         effects=f"Effect {i}.").decision.effects
        except grpc.RpcError as error:
            true(error.code() in (FAILED, ABORTED), error.details())
            return None
    done = [it for it in worlds.together(8, decides) if it]
    equal(len(done), 1)
    now = got(w, CARE, incident).incident
    equal((now.decision.effects, now.version, now.overdue), (done[0], version + 1, False))
    closed = acted(w, CARE, incident, CLOSE)
    equal((closed.measures, closed.closed_ms > 0), ("Words.", True))
    refused(FAILED, acted, w, CARE, incident, DECIDE, ico=1, persons=1)
    refused(FAILED, notified, w, CARE, incident)


def told_once(w):
    """Of runs at one moment one tells; the others are too late, and nobody is told twice."""
    mine = opened(w, CARE, scope_of(w, user_id="user-1")).incident
    before = {party: len(notices(w, party)) for party in ("police", "housing", TRUST, CARE)}

    def tells(_):
        try:
            return notified(w, CARE, mine, version=1).notice_count
        except grpc.RpcError as error:
            true(error.code() in (FAILED, ABORTED), error.details())
            return 0
    equal(sorted(worlds.together(6, tells)), [0, 0, 0, 0, 0, 3])
    after = {party: len(notices(w, party)) - count for party, count in before.items()}
    equal(after, {"police": 1, "housing": 1, TRUST: 1, CARE: 0})
    number = notices(w, "police")[0].number

    def answers(_):
        try:
            return answered(w, "police", number, NOTED).acknowledged
        except grpc.RpcError as error:
            true(error.code() in (FAILED, ABORTED), error.details())
            return False
    equal(worlds.together(6, answers).count(True), 1)


def told_in_many_runs(w, ref):
    """What an agency is told in a run of one entry is one notice of those that it may have: a run
    beyond the last is refused, and says nothing of somebody told who was not."""
    mine = opened(w, CARE, scope_of(w, system="cases", from_ms=now_ms())).incident
    before = len(notices(w, "housing"))
    for run in range(16):
        w.ask(CARE, ref, sources=["housing"], **CHILD)
        reply = notified(w, CARE, mine)
        equal((reply.notice_count, reply.entry_count, reply.more), (1, 1, False), run)
    equal(len(notices(w, "housing")), before + 16)
    w.ask(CARE, ref, sources=["housing"], **CHILD)
    refused(FAILED, notified, w, CARE, mine)
    now = got(w, CARE, mine)
    equal((now.incident.notice_count, len(now.notices)), (16, 16))
    equal(len(notices(w, "housing")), before + 16)
    acted(w, CARE, mine, DECIDE, ico=2, persons=2)
    acted(w, CARE, mine, CLOSE)


def replayed(w):
    """The store of before, and the log of since: what was done is applied again."""
    state = w.folder / "gateway-state"
    kept = w.folder / "kept"

    def restart():
        w.rig.start_gateway()
        w.channels.clear()
        w.sources_await()
    equal(w.rig.stop("gateway"), 0)
    kept.mkdir()
    files = [path for path in state.rglob("lockgate.db*")]
    true(files, "the store")
    for path in files:
        shutil.copy2(path, kept / path.name)
    restart()
    mine = opened(w, CARE, scope_of(w, system="cases")).incident
    notified(w, CARE, mine)
    number = notices(w, "housing")[0].number
    answered(w, "housing", number, NOTED)
    acted(w, CARE, mine, DECIDE, ico=2, persons=2)
    acted(w, CARE, mine, CLOSE)
    before = got(w, CARE, mine), notices(w, "housing")[0].acknowledged, len(notices(w, TRUST))
    equal(w.rig.stop("gateway", signal.SIGKILL), -signal.SIGKILL)
    for path in state.rglob("lockgate.db*"):
        path.unlink()
    for path in files:
        if (kept / path.name).exists():
            shutil.copy2(kept / path.name, path)
    restart()
    again = got(w, CARE, mine), notices(w, "housing")[0].acknowledged, len(notices(w, TRUST))
    equal((again[0].incident, list(again[0].notices), *again[1:]),
          (before[0].incident, list(before[0].notices), *before[1:]))
    true(again[0].incident.closed_ms and again[1], "closed and answered")


def overdue(w):
    """Past the 72 hours the host sees whose it is and since when, and no more; a late notification
    says why."""
    late = opened(w, CARE, scope_of(w, system="cases"), aware=now_ms() - 80 * HOUR_MS).incident
    equal((late.hours_left, late.overdue), (-9, True))
    true(worlds.wait_until(lambda: listed(w, HOST, escalated=True), 30), "not escalated")
    shown = listed(w, HOST, escalated=True)
    equal([(it.agency, it.kind, it.aware_ms, it.overdue, it.escalated) for it in shown],
          [(CARE, DEVICE, late.aware_ms, True, True)])
    equal((shown[0].facts, shown[0].incident_id, shown[0].HasField("scope"), shown[0].opened_by),
          ("", b"", False, ""))
    true(got(w, CARE, late).incident.escalated, "its own officers see it")
    refused(FAILED, acted, w, CARE, late, DECIDE, ico=1, persons=1)
    now = acted(w, CARE, late, DECIDE, ico=1, persons=1, delay="Found late.")
    equal((now.overdue, now.decision.delay), (False, "Found late."))
    return late


def after_a_restart(w):
    """Ended in order, and killed behind an answer."""
    def all_of(party):
        return [(it.number, it.version, it.decision, it.measures, it.notice_count)
                for it in listed(w, party, all=True)], [
                    (it.number, it.acknowledged, it.outcome) for it in notices(w, party)]
    for how in (signal.SIGTERM, signal.SIGKILL):
        before = {party: all_of(party) for party in (CARE, "police", TRUST, HOST)}
        equal(w.rig.stop("gateway", how), 0 if how == signal.SIGTERM else -how)
        w.rig.start_gateway()
        w.channels.clear()
        w.sources_await()
        equal({party: all_of(party) for party in before}, before)


def ends_with_the_person(w, mine, tokens):
    """The register keeps the incident and its numbers; whom it is about, and who was told under
    which entries, is gone."""
    counts = {party: len(notices(w, party)) for party in ("police", "housing", TRUST)}
    decide(w, propose(w, tokens))
    kept = got(w, CARE, mine)
    equal((kept.incident.notice_count, kept.incident.entry_count, len(kept.notices)), (2, 2, 0))
    equal(scoped(w, CARE, mine), ([], {}, 0))
    for party, count in counts.items():
        equal(len(notices(w, party)), count - (party != TRUST))
    true(all(not e.question_id for it in notices(w, CARE) if it.recall for e in it.entries),
         "what is erased leads to no question")
    equal(w.rig.stop("gateway"), 0)
    w.rig.start_gateway()
    w.channels.clear()
    w.sources_await()
    equal((got(w, CARE, mine).incident, len(got(w, CARE, mine).notices)), (kept.incident, 0))
    equal(scoped(w, CARE, mine), ([], {}, 0))


def nothing_in_clear(w):
    w.rig.stop("gateway")
    for path in w.folder.rglob("*.db*"):
        data = path.read_bytes()
        for words in (b"Made up.", b"Found late.", b"Words.", b"Effect "):
            true(words not in data, f"{words} stands in {path.name}")
    log = journals.Journal(w.folder / "gateway-state" / "log")
    kinds = [entry for entry in log.entries if entry.kind == "INCIDENT"]
    equal({entry.reason for entry in kinds}, {"INCIDENT"})


def test():
    with worlds.World() as w:
        since = now_ms() - 1000
        people = worlds.people(3)
        tokens = w.blind(people)
        for party in ("police", "housing"):
            w.enrol(party, people[:1], tokens[:1], worlds.basic_records(party))
        w.enrol(TRUST, people[1:2], tokens[1:2])
        refs = {"known": w.person_ref(tokens[0]), "hidden": w.person_ref(tokens[1]),
                "unknown": w.person_ref(tokens[2])}
        asked = [w.ask(CARE, refs["known"], sources=["police", "housing", TRUST], **CHILD),
                 w.ask(CARE, refs["hidden"], sources=["police", TRUST], **CHILD)]
        incident = once(w, since)
        wrong_requests(w, since)
        is_the_agencys_own(w, incident)
        ours = scope_is_the_own_side(w, incident, asked)
        sources_are_told(w, incident, ours)
        recipients_give_back(w, ours)
        mine, _ = nobody_and_somebody_look_alike(w, refs)
        host_counts(w, since)
        decided_once(w, incident)
        told_once(w)
        told_in_many_runs(w, refs["known"])
        overdue(w)
        after_a_restart(w)
        replayed(w)
        ends_with_the_person(w, mine, tokens[0])
        nothing_in_clear(w)
    print("incidents were opened once, told of once, decided, and went with the person")


if __name__ == "__main__":
    sys.exit(worlds.run(test))
