# SPDX-License-Identifier: Apache-2.0
"""Subject access on a whole partnership: an officer opens a request, collects the agency's own
side, withholds a line, and closes. Whom it is about is not told by the reply; another agency's
officer gets what is given for a request that is not there; a restart changes nothing, an erasure
ends it."""
import datetime
import hashlib
import os
import signal
import sys

import grpc
import journal as journals
import rig as rigs
import transparency
import world as worlds
from check import equal, true
from erasing import HOST, decide, propose

CARE, TRUST = "childrens-care", "mh-trust"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
EXTEND, PAUSE, RESUME, WITHHOLD, REVEAL, CLOSE, EXPORT = range(2, 9)
ASK, RELEASE, SUBJECT_ACCESS = 1, 2, 15


def actor(w, party, user="ig-1"):
    return w.pb["common"].Actor(user_id=user, role=worlds.ROLES[party][0])


def opened(w, party, ref, received=None, **words):
    request = w.pb["subject_access"].OpenSubjectAccessRequest(
        request_id=os.urandom(16), person=ref, ground=w.ground(party, case="SAR-7", **CHILD),
        received_day=received or datetime.date.today().isoformat(), **words)
    return w.call("subject_access", "Open", party, request, system="officer")


def acted(w, party, number, step, **words):
    request = w.pb["subject_access"].ActSubjectAccessRequest(
        actor=actor(w, party), number=number, step=step, reason="Words.", **words)
    return w.call("subject_access", "Act", party, request, system="officer").state


def collected(w, party, number, user="user-1", **words):
    request = w.pb["subject_access"].CollectSubjectAccessRequest(
        ground=w.ground(party, user=user, **CHILD), number=number, **words)
    reply = w.call("subject_access", "Collect", party, request, system="officer")
    for hit, receipt in zip(reply.hits, reply.entries, strict=True):
        entry = transparency.receipt_check(receipt, reply.checkpoint.note, w.rig.vkey)
        equal((hit.index, hit.outcome), (receipt.index, entry.decision))
    return reply


def listed(w, party, closed=False):
    request = w.pb["subject_access"].ListSubjectAccessRequest(actor=actor(w, party), closed=closed)
    return list(w.call("subject_access", "List", party, request, system="officer").cases)


def refused(code, run, *words, **more):
    try:
        run(*words, **more)
    except grpc.RpcError as error:
        equal(error.code(), code, error.details())
        return error.details()
    raise AssertionError(f"{words} was answered")


def plain(reply):
    """A reply without what every reply has of its own: proofs, numbers of entries and times."""
    copy = type(reply)()
    copy.CopyFrom(reply)
    for field in ("receipt", "checkpoint", "search_receipt", "search_checkpoint", "covered_size"):
        if field in copy.DESCRIPTOR.fields_by_name:
            copy.ClearField(field)
    copy.state.number = copy.state.opened_ms = 0
    return copy.SerializeToString()


def nobody_and_somebody_look_alike(w, refs):
    """Somebody known, somebody whom only a hidden source knows, and nobody."""
    replies = {name: opened(w, CARE, ref) for name, ref in refs.items()}
    numbers = {name: reply.state.number for name, reply in replies.items()}
    sizes = {name: (len(reply.SerializeToString()), len(reply.receipt.leaf))
             for name, reply in replies.items()}
    equal(len({plain(reply) for reply in replies.values()}), 1, sizes)
    equal(len({len(reply.receipt.leaf) for reply in replies.values()}), 1, sizes)
    for reply in replies.values():
        entry = transparency.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
        equal((entry.kind, entry.reason), ("SUBJECT_ACCESS", "SUBJECT_ACCESS"))
    pages = {name: collected(w, CARE, number) for name, number in numbers.items()}
    equal(len(pages["hidden"].hits) + len(pages["unknown"].hits), 0)
    equal(plain(pages["hidden"]), plain(pages["unknown"]))
    for name in ("hidden", "unknown"):
        acted(w, CARE, numbers[name], CLOSE, outcome=3)
    return numbers["known"]


def is_the_agencys_own(w, number, refs):
    """An officer of another agency, for the same number, and for one that nobody has."""
    denied = grpc.StatusCode.NOT_FOUND
    equal(refused(denied, collected, w, "police", number),
          refused(denied, collected, w, "police", number + 100000))
    equal(refused(denied, acted, w, "police", number, CLOSE, outcome=1),
          refused(denied, acted, w, "police", number + 100000, CLOSE, outcome=1))
    equal(listed(w, "police"), [])
    theirs = opened(w, "police", refs["known"]).state.number
    hits = collected(w, "police", theirs).hits
    equal([(hit.kind, hit.source, hit.side) for hit in hits], [(RELEASE, "police", 2)])
    equal([case.number for case in listed(w, "police")], [theirs])
    for call in (lambda: w.call("subject_access", "List", CARE, w.pb[
            "subject_access"].ListSubjectAccessRequest(actor=actor(w, CARE)), system="cases"),):
        true("officer" in refused(grpc.StatusCode.PERMISSION_DENIED, call), "not for systems")


def the_look_comes_first(w, number):
    """Each page has its SEARCH in the log, and a refusal its DENIAL."""
    page = collected(w, CARE, number)
    entry = transparency.receipt_check(page.search_receipt, page.search_checkpoint.note,
                                       w.rig.vkey)
    equal((entry.kind, entry.reason), ("SEARCH", "SUBJECT_ACCESS"))
    true(page.search_receipt.index >= max(hit.index for hit in page.hits), "shown before logged")
    request = w.pb["subject_access"].CollectSubjectAccessRequest(
        ground=w.ground(CARE, purpose="crime-prevention", basis="children-act"), number=number)
    reply = w.call("subject_access", "Collect", CARE, request, system="officer")
    equal((reply.verdict.decision, len(reply.hits), reply.HasField("state")), (3, 0, False))
    one = collected(w, CARE, number, most=1)
    true(one.cursor, "there is more")
    rest = collected(w, CARE, number, cursor=one.cursor)
    equal(sorted(hit.index for hit in [*one.hits, *rest.hits]),
          sorted(hit.index for hit in page.hits))
    refused(grpc.StatusCode.INVALID_ARGUMENT, collected, w, CARE, number + 1, cursor=one.cursor)
    refused(grpc.StatusCode.INVALID_ARGUMENT, collected, w, CARE, number, cursor=one.cursor,
            user="user-2")
    return page


def clock(w, number):
    today = datetime.date.today()
    first = next(case for case in listed(w, CARE) if case.number == number)
    equal((first.received_day, first.overdue, first.opened_by),
          (today.isoformat(), False, "user-1"))
    failed = grpc.StatusCode.FAILED_PRECONDITION
    refused(failed, acted, w, CARE, number, RESUME, day=today.isoformat())
    state = acted(w, CARE, number, PAUSE, day=today.isoformat(), pause=1)
    equal((state.pause, state.paused_since), (1, today.isoformat()))
    true("already" in refused(failed, acted, w, CARE, number, PAUSE, day=today.isoformat(),
                              pause=2), "twice")
    equal(acted(w, CARE, number, RESUME, day=today.isoformat()).pause, 0)
    later = acted(w, CARE, number, EXTEND, months=2)
    true(later.due_day > first.due_day and later.extended_months == 2, later)
    refused(failed, acted, w, CARE, number, EXTEND, months=1)
    wrong = grpc.StatusCode.INVALID_ARGUMENT
    for step, words in ((EXTEND, {"months": 3}), (EXTEND, {}), (PAUSE, {"pause": 1}),
                        (PAUSE, {"day": "2026-02-30", "pause": 1}), (CLOSE, {}),
                        (CLOSE, {"outcome": 1, "line": 3}), (WITHHOLD, {"line": 1}),
                        (WITHHOLD, {"line": 1, "exemption": "no-such"}),
                        (WITHHOLD, {"line": 1 << 40, "exemption": "crime"}),
                        (REVEAL, {"line": 1, "exemption": "crime"})):
        refused(wrong, acted, w, CARE, number, step, **words)
    refused(failed, acted, w, CARE, number, REVEAL, line=1)


def marks(w, number, page):
    line = next(hit.index for hit in page.hits if hit.source == "police")
    state = acted(w, CARE, number, WITHHOLD, line=line, exemption="legal-privilege")
    equal(state.withheld_count, 1)
    found = collected(w, CARE, number)
    equal([(mark.line, mark.exemption, mark.is_told, mark.decided_by, mark.reason)
           for mark in found.marks], [(line, "legal-privilege", True, "ig-1", "Words.")])
    equal(len(found.hits), len(page.hits))
    equal(acted(w, CARE, number, REVEAL, line=line).withheld_count, 0)
    acted(w, CARE, number, WITHHOLD, line=line, exemption="crime")
    return line


def received(w, refs):
    day = datetime.date.today()
    wrong = grpc.StatusCode.INVALID_ARGUMENT
    for text in (day + datetime.timedelta(1), day - datetime.timedelta(400), "2026-02-30"):
        refused(wrong, opened, w, CARE, refs["known"], received=str(text))
    late = opened(w, CARE, refs["known"], received=str(day - datetime.timedelta(60)),
                  representative_evidence="DEMO-LETTER-1").state
    equal((late.overdue, late.representative_evidence), (True, "DEMO-LETTER-1"))
    equal([case.overdue for case in listed(w, CARE)], [True, False], "by the day of the answer")
    failed = grpc.StatusCode.FAILED_PRECONDITION
    true("before it" in refused(failed, acted, w, CARE, late.number, EXTEND, months=1), "too late")
    acted(w, CARE, late.number, CLOSE, outcome=2)


def at_once(w, refs):
    """Of steps that come at one moment and exclude each other, one is done, for everybody alike."""
    number = opened(w, CARE, refs["known"]).state.number

    def extend(i):
        try:
            return acted(w, CARE, number, EXTEND, months=1 + i % 2).extended_months
        except grpc.RpcError as error:
            equal(error.code(), grpc.StatusCode.FAILED_PRECONDITION, error.details())
            return 0

    done = [months for months in worlds.together(8, extend) if months]
    equal(len(done), 1)
    state = next(case for case in listed(w, CARE) if case.number == number)
    equal(state.extended_months, done[0])
    equal(acted(w, CARE, number, CLOSE, outcome=3).outcome, 3)


def answer(w, page, **words):
    lines = b"".join(hit.index.to_bytes(8, "big") for hit in page.hits)
    made = {"form": 2, "to": 1, "covered_size": page.covered_size, "line_count": len(page.hits),
            "lines_digest": hashlib.sha256(lines).digest(),
            "document_digest": hashlib.sha256(b"what the person got").digest()}
    return w.pb["subject_access"].SubjectAccessAnswer(**{**made, **words})


def answered(w, number):
    """Only what was made for the person is an answer; which it was stays with the request."""
    failed, wrong = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT
    true("export" in refused(failed, acted, w, CARE, number, CLOSE, outcome=1), "none was made")
    page = collected(w, CARE, number)
    made = answer(w, page)
    for step, words in ((EXPORT, {}), (CLOSE, {"outcome": 1, "answer": made}),
                        (EXPORT, {"answer": made, "line": 3}),
                        *((EXPORT, {"answer": answer(w, page, **bad)}) for bad in (
                            {"covered_size": 0}, {"covered_size": 1 << 40}, {"form": 0},
                            {"to": 0}, {"lines_digest": b"short"}, {"line_count": 1 << 31}))):
        refused(wrong, acted, w, CARE, number, step, **words)
    true("alone" in refused(failed, acted, w, CARE, number, EXPORT, answer=answer(w, page, to=2)),
         "nobody asks for them")
    state = acted(w, CARE, number, EXPORT, answer=made)
    equal((state.export_count, state.answer), (1, made))
    true(state.answered_ms > state.opened_ms, state)
    return made


def after_a_restart(w, number, line):
    """Ended in order, and killed behind an answer."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        before = listed(w, CARE, closed=True)
        equal(w.rig.stop("gateway", how), 0 if how == signal.SIGTERM else -how)
        w.rig.start_gateway()
        w.channels.clear()
        w.sources_await()
        equal(listed(w, CARE, closed=True), before)
    page = collected(w, CARE, number)
    equal([mark.line for mark in page.marks], [line])
    true(SUBJECT_ACCESS not in {hit.kind for hit in page.hits}, "its own handling is no part of it")
    found = w.call("audit", "Search", CARE, w.pb["audit"].AuditSearchRequest(
        ground=w.ground(CARE, **CHILD), kind=SUBJECT_ACCESS), system="officer")
    true(len(found.hits) > 5, "but the officers find it")


def refused_before_the_look(w, people, tokens):
    """A question that was refused before anything was looked up is found by whom its handle is of,
    where the asker had found enough; by no other."""
    def refuse(name, user="user-1"):
        handle = w.find(CARE, tokens[name], **CHILD).handle
        reply = w.ask(CARE, w.person_ref(handle=handle), sources=["police"], user=user,
                      purpose="child-safeguarding", basis="early-help-consent")
        equal((reply.verdict.decision, reply.verdict.code), (3, "BASIS_NOT_ACCEPTED"))
        return len(reply.refusal_receipt.leaf)

    def denials(name):
        number = opened(w, CARE, w.person_ref(tokens[name])).state.number
        hits = [hit for hit in collected(w, CARE, number).hits if hit.kind == 4]
        acted(w, CARE, number, CLOSE, outcome=3)
        return len(hits)

    before = {name: denials(name) for name in tokens}
    replies = [refuse(name) for name in tokens]
    equal(len(set(replies)), 1, replies)
    refuse("known", user="user-2")  # the handle is user-1's
    equal({name: denials(name) - before[name] for name in tokens},
          {"known": 1, "hidden": 0, "unknown": 0})
    # Whoever comes to be known later: what was refused before does not lead to them.
    for name, person in people.items():
        if name != "known":
            w.enrol("police", [person], [tokens[name]], worlds.basic_records("police"))
            equal(w.find(CARE, tokens[name], **CHILD).band, 1)
            equal(denials(name), before[name])


def nothing_in_clear(w):
    for path in w.folder.rglob("*.db*"):
        data = path.read_bytes()
        for words in (b"DEMO-LETTER-1", b"SAR-7", b"legal-privilege", b"Words."):
            true(words not in data, f"{words} stands in {path.name}")
    log = journals.Journal(w.folder / "gateway-state" / "log")
    kinds = [entry for entry in log.entries if entry.kind == "SUBJECT_ACCESS"]
    equal({entry.reason for entry in kinds}, {"SUBJECT_ACCESS"})


def waits_for_the_answer(w, number, tokens):
    """An open request of any agency: what the answer is made of is not destroyed before."""
    failed = grpc.StatusCode.FAILED_PRECONDITION
    theirs = [case.number for case in listed(w, "police")]
    equal(len(theirs), 1)
    true("173" in refused(failed, decide, w, propose(w, tokens)), "an answer is owed")
    acted(w, "police", theirs[0], CLOSE, outcome=3)
    true("173" in refused(failed, decide, w, propose(w, tokens)), "another one is")
    equal(len(collected(w, CARE, number).hits), len(collected(w, CARE, number).entries))


def ends_with_the_person(w, number, tokens):
    decide(w, propose(w, tokens))
    refused(grpc.StatusCode.NOT_FOUND, collected, w, CARE, number)
    true(number not in {case.number for case in listed(w, CARE, closed=True)}, "it is gone")
    equal(w.rig.stop("gateway"), 0)
    w.rig.start_gateway()
    w.channels.clear()
    w.sources_await()
    true(number not in {case.number for case in listed(w, CARE, closed=True)}, "and stays gone")


def test():
    with worlds.World() as w:
        people = worlds.people(3)
        tokens = w.blind(people)
        for party in ("police", "housing"):
            w.enrol(party, people[:1], tokens[:1], worlds.basic_records(party))
        w.enrol(TRUST, people[1:2], tokens[1:2])
        refs = {"known": w.person_ref(tokens[0]), "hidden": w.person_ref(tokens[1]),
                "unknown": w.person_ref(tokens[2])}
        w.ask(CARE, refs["known"], sources=["police", "housing"], **CHILD)
        w.ask(CARE, refs["hidden"], sources=["police", TRUST], **CHILD)
        number = nobody_and_somebody_look_alike(w, refs)
        is_the_agencys_own(w, number, refs)
        page = the_look_comes_first(w, number)
        equal(sorted((hit.kind, hit.source) for hit in page.hits),
              [(ASK, ""), (RELEASE, "housing"), (RELEASE, "police")])
        clock(w, number)
        line = marks(w, number, page)
        refused_before_the_look(w, dict(zip(refs, people)), dict(zip(refs, tokens)))
        received(w, refs)
        at_once(w, refs)
        after_a_restart(w, number, line)
        made = answered(w, number)
        waits_for_the_answer(w, number, tokens[0])
        equal(acted(w, CARE, number, CLOSE, outcome=1).outcome, 1)
        equal([case.answer for case in listed(w, CARE, closed=True) if case.number == number],
              [made])
        true("closed" in refused(grpc.StatusCode.FAILED_PRECONDITION, acted, w, CARE, number,
                                 EXTEND, months=1), "it is closed")
        nothing_in_clear(w)
        ends_with_the_person(w, number, tokens[0])
        true(HOST != CARE, "two parties")


if __name__ == "__main__":
    sys.exit(worlds.run(test))
