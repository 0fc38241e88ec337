# SPDX-License-Identifier: Apache-2.0
"""Break-glass on whole programs: an unconscious adult, the case, its review and the telling, each
side's view of it, kill -9 in between, the day's allowance, and the same on the command line."""
import os
import random
import signal
import subprocess
import sys
import threading
import time

import grpc

import journal as journals
import transparency as tlog
import rig as rigs
import world as worlds
from check import equal, true

POLICE, TRUST = "police", "mh-trust"
GROUND = {"purpose": "adult-safeguarding", "basis": "vital-interests"}
RATIONALE = "Found unconscious in the street, no papers, breathing badly."
RISK = "mental-health.risk-summary"
KILLS = 30 if os.environ.get("LOCKGATE_LONG") else 6
FLAG_EMERGENCY = 4


def question(w, tokens, user="user-1", role="sergeant", declaration=b"", **emergency):
    disclosures = w.pb["disclosures"]
    request = w.question(POLICE, w.person_ref(tokens), sources=[TRUST], items=[RISK], age=2,
                         role=role, user=user, **GROUND)
    words = {"reason": "risk-to-life", "rationale": RATIONALE, "capacity": 2,
             "capacity_basis": "seen", "declaration_id": declaration}
    words.update(emergency)
    request.emergency.CopyFrom(disclosures.Emergency(**words))
    return request


def ask(w, tokens, **words):
    return w.call("disclosures", "Ask", POLICE, question(w, tokens, **words))


def actor(w, user="ig-1", role="hub-officer"):
    return w.pb["common"].Actor(user_id=user, role=role)


def review(w, method, party=POLICE, user="ig-1", **words):
    name = {"List": "ListReviewsRequest"}.get(method, f"{method}ReviewRequest")
    role = worlds.ROLES[party][-1]
    request = getattr(w.pb["reviews"], name)(actor=actor(w, user, role), **words)
    return w.call("reviews", method, party, request, system="officer")


def refused(work, code):
    try:
        work()
    except grpc.RpcError as error:
        equal(error.code(), code, error.details())
        return error.details()
    raise AssertionError(f"not refused with {code}")


def paramedic(w, tokens):
    """Permitted, time-boxed, an item for the named office, a review that is due."""
    reply = ask(w, tokens)
    equal(reply.verdict.code, "PERMIT_EMERGENCY")
    part = worlds.parts_by_source(reply)[TRUST]
    equal(worlds.items_of(part.result)[RISK], "low")
    true({"emergency-tell", "emergency-check"} <= set(reply.duties.obligations), "duties")
    note = reply.emergency
    true(note.was_used and len(note.review_id) == 16, "no case")
    now = time.time() * 1000
    true(abs(note.ends_ms - now - 4 * 3600e3) < 60e3, "the time box is not four hours")
    true(note.review_due_ms > now + 2 * 86400e3, "the review is due too early")
    equal((note.tell_office, note.telling), ("data-protection-lead", "blocked"))
    return note.review_id


def whose_it_is(w, case):
    """The requester's officers see all of it; the source's that there is a case."""
    mine = review(w, "List", open_only=True).reviews
    equal([(r.review_id, r.kind, r.state, r.own) for r in mine],
          [(case, "emergency", "open", True)])
    detail = review(w, "Get", review_id=case).review.detail
    equal((detail.user_id, detail.rationale, detail.capacity, detail.capacity_basis),
          ("user-1", RATIONALE, "cannot consent", "seen"))
    equal((detail.notice.office, list(detail.sources)), ("data-protection-lead", [TRUST]))
    theirs = review(w, "List", TRUST).reviews
    equal([(r.kind, r.own, r.HasField("detail"), r.log_index, r.taken_by) for r in theirs],
          [("emergency", False, False, 0, "")])
    true(theirs[0].review_id != case, "two sides have one id for the case")
    true(theirs[0].opened_ms % 86400000 == 0, "the source sees the minute")
    refused(lambda: review(w, "Take", TRUST, review_id=theirs[0].review_id),
            grpc.StatusCode.PERMISSION_DENIED)
    refused(lambda: review(w, "Get", TRUST, review_id=case), grpc.StatusCode.NOT_FOUND)
    equal(list(review(w, "List", "housing").reviews), [])
    refused(lambda: w.call("reviews", "List", POLICE, w.pb["reviews"].ListReviewsRequest(
        actor=actor(w))), grpc.StatusCode.PERMISSION_DENIED)


def restart(w, how=signal.SIGKILL):
    w.rig.stop("gateway", how)
    w.rig.start_gateway()
    w.sources_await()


def it_goes_on(w, tokens, case):
    """Under its declaration, also after kill -9; not for another person or another user."""
    restart(w)
    reply = ask(w, tokens[0], declaration=case, reason="", rationale="", capacity=0,
                capacity_basis="")
    equal((reply.verdict.code, reply.emergency.review_id), ("PERMIT_EMERGENCY", case))
    equal(ask(w, tokens[1], declaration=case).verdict.code, "EMERGENCY_LAPSED")
    equal(ask(w, tokens[0], declaration=case, user="user-9").verdict.code, "EMERGENCY_LAPSED")
    equal(ask(w, tokens[0], role="hub-officer").verdict.code, "EMERGENCY_ROLE")
    equal(len(review(w, "List").reviews), 1)
    refused(lambda: ask(w, tokens[0], capacity=1, capacity_basis=""),
            grpc.StatusCode.INVALID_ARGUMENT)


def the_review(w, case):
    refused(lambda: review(w, "Take", user="user-1", review_id=case),
            grpc.StatusCode.PERMISSION_DENIED)
    refused(lambda: review(w, "Tell", review_id=case, channel="in-person"),
            grpc.StatusCode.FAILED_PRECONDITION)
    refused(lambda: review(w, "Take", user="USER-1", review_id=case),
            grpc.StatusCode.PERMISSION_DENIED)
    refused(lambda: review(w, "Take", user="user-1 ", review_id=case),
            grpc.StatusCode.INVALID_ARGUMENT)
    refused(lambda: close(w, case), grpc.StatusCode.FAILED_PRECONDITION)
    taken = review(w, "Take", review_id=case)
    equal((taken.review.state, taken.review.taken_by), ("taken", "ig-1"))
    entry = tlog.receipt_check(taken.receipt, taken.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason), ("REVIEW", "REVIEW_TAKEN"))
    refused(lambda: close(w, case, telling=""), grpc.StatusCode.INVALID_ARGUMENT)
    equal(close(w, case).review.state, "closed")
    restart(w)
    shown = review(w, "Get", review_id=case).review
    equal((shown.state, shown.outcome, shown.detail.telling), ("closed", "justified", "tell"))
    refused(lambda: review(w, "Tell", user="user-1", review_id=case, channel="in-person"),
            grpc.StatusCode.PERMISSION_DENIED)
    told = review(w, "Tell", user="ig-2", review_id=case, channel="in-person").review
    equal(told.detail.telling, "told")
    theirs = review(w, "List", TRUST).reviews
    equal([(r.state, r.outcome) for r in theirs], [("closed", "justified")])


def close(w, case, telling="tell"):
    return review(w, "Close", review_id=case, outcome="justified", telling=telling,
                  reasons="The ambulance service attended.")


def tool(w, *words):
    config = w.folder / "officer.yaml"
    rigs.write(config, f"gateway:\n  address: 127.0.0.1:{w.rig.gateway_port}\n  dns: localhost\n"
               f"  uri: lockgate://{rigs.PARTNERSHIP}/hub/gateway\ntls-client:\n"
               + w.rig.tls(POLICE, "officer", "client"))
    done = subprocess.run([str(w.rig.program("lockgate")), *words, "--config", str(config),
                           "--role", "hub-officer"], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def on_the_command_line(w, tokens):
    case = ask(w, tokens).emergency.review_id.hex()
    code, out, _ = tool(w, "review", "list", "--user", "ig-1")
    equal(code, 0)
    true(case in out and "1 cases not closed" in out, out)
    code, _, err = tool(w, "review", "take", case, "--user", "user-1")
    equal(code, 3)
    true("another officer" in err, err)
    equal(tool(w, "review", "take", case, "--user", "ig-1")[0], 0)
    code, out, _ = tool(w, "review", "close", case, "--user", "ig-1", "--outcome", "escalated",
                        "--reason", "Needs the Caldicott Guardian.")
    equal(code, 0)
    true("escalated" in out, out)
    code, _, err = tool(w, "review", "take", case, "--user", "ig-1")
    equal(code, 3)
    true("another officer" in err, err)
    code, out, _ = tool(w, "review", "show", case, "--user", "ig-1")
    true(code == 0 and RATIONALE in out and "blocked" in out, out)
    equal(tool(w, "review", "close", case, "--user", "ig-1")[0], 2)
    # Not due yet: the list of what is due, for an officer who may see cases, has none.
    equal(tool(w, "agreement", "due", "--user", "ig-1")[:2], (0, ""))


def the_allowance(w, tokens):
    """Five a day, whatever happens to the program."""
    for _ in range(3):
        equal(ask(w, tokens).verdict.code, "PERMIT_EMERGENCY")
    equal(ask(w, tokens).verdict.code, "EMERGENCY_LIMIT")
    restart(w)
    equal(ask(w, tokens).verdict.code, "EMERGENCY_LIMIT")
    equal(ask(w, tokens, user="user-2").verdict.code, "PERMIT_EMERGENCY")


def case_before_question(w, tokens):
    """kill -9 at any moment: no question under an emergency without its case before it."""
    draw = random.Random(20261130)
    for number in range(KILLS):
        over = threading.Event()

        def asker(number=number):
            turn = 0
            while not over.is_set():
                try:
                    ask(w, tokens, user=f"k-{number}-{turn}")
                except grpc.RpcError:
                    over.wait(0.01)
                turn += 1

        threads = [threading.Thread(target=asker) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.1 + draw.random() * 0.3)
        w.rig.stop("gateway", signal.SIGKILL)
        over.set()
        for thread in threads:
            thread.join()
        w.rig.start_gateway()
        w.sources_await()
    w.rig.stop("gateway")
    log = journals.Journal(w.folder / "gateway-state" / "log")
    opened, asked, continued = set(), 0, 0
    for entry in log.entries:
        if entry.kind == "REVIEW":
            opened.add(entry.request_id)
        if entry.kind == "ASK" and entry.flags & FLAG_EMERGENCY:
            asked += 1
            continued += entry.request_id not in opened
    equal(continued, 1, "questions without a case of their own")  # that of it_goes_on
    true(asked > KILLS, "too few questions")
    w.rig.start_gateway()
    w.sources_await()
    seen = 0
    page = review(w, "List").reviews
    while page:
        seen += len(page)
        page = review(w, "List", after_review_id=page[-1].review_id).reviews
    equal(seen, sum(1 for e in log.entries if e.kind == "REVIEW" and
                    e.reason == "EMERGENCY_OPENED"), "cases in the store")


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(2)
        tokens = w.blind(people)
        for party in (POLICE, "housing", TRUST):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        case = paramedic(w, tokens[0])
        whose_it_is(w, case)
        it_goes_on(w, tokens, case)
        the_review(w, case)
        on_the_command_line(w, tokens[0])
        the_allowance(w, tokens[0])
        case_before_question(w, tokens[0])


if __name__ == "__main__":
    sys.exit(worlds.run(main))
