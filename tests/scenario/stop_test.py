# SPDX-License-Identifier: Apache-2.0
"""Access.Stop: the very next question, what is under way, every worker, and after a restart."""
import signal
import sys
import threading

import grpc

import agency as agencies
import transparency as tlog
import world as worlds
from check import equal, true

CALLER, HOST = "childrens-care", "hub"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
ANSWERED = 1


def scope(w, agency=CALLER, **words):
    return w.pb["access"].AccessScope(agency=agency, **words)


def change(w, method, which, party=CALLER, user="ig-1"):
    request = getattr(w.pb["access"], f"{method}AccessRequest")(
        actor=w.pb["common"].Actor(user_id=user, role=worlds.ROLES[party][0]), scope=which,
        reason="Looks at people whom no case is about.")
    reply = w.call("access", method, party, request, system="officer")
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason),
          ("STOP", "ACCESS_STOPPED" if method == "Stop" else "ACCESS_RESUMED"))


def stops(w, party):
    return [(s.scope.agency, s.scope.system, s.scope.user_id) for s in w.call(
        "access", "List", party, w.pb["access"].ListStopsRequest(actor=w.pb["common"].Actor(
            user_id="ig-1", role=worlds.ROLES[party][0])), system="officer").stops]


def refused(work, code):
    try:
        work()
    except grpc.RpcError as error:
        equal(error.code(), code, error.details())
        return
    raise AssertionError(f"not refused with {code}")


def codes(w, tokens, user):
    """The verdicts of a question, a search and a look ahead."""
    ground = w.ground(CALLER, user=user, **CHILD)
    ask = w.ask(CALLER, w.person_ref(tokens), sources=["police"], user=user, **CHILD)
    find = w.find(CALLER, tokens, user=user, **CHILD)
    try:
        ahead = w.call("disclosures", "CanAsk", CALLER, w.pb["disclosures"].CanAskRequest(
            ground=ground, age_class=1)).verdict.code
    except grpc.RpcError as error:
        ahead = error.code()
    return ask.verdict.code, find.verdict.code, ahead


STOPPED = ("ACCESS_STOPPED", "ACCESS_STOPPED", grpc.StatusCode.PERMISSION_DENIED)


def a_person(w, tokens):
    free = codes(w, tokens, "user-7")
    true("ACCESS_STOPPED" not in free, free)
    change(w, "Stop", scope(w, user_id="user-7"))
    before = len(w.agencies["police"].fetched)
    for _ in range(4):
        equal(codes(w, tokens, "user-7"), STOPPED)
    equal(len(w.agencies["police"].fetched), before, "asked")
    equal(codes(w, tokens, "user-2"), free)
    w.rig.stop("gateway", signal.SIGKILL)
    w.rig.start_gateway()
    w.sources_await()
    equal(codes(w, tokens, "user-7"), STOPPED)
    equal(stops(w, CALLER), [(CALLER, "", "user-7")])
    equal(stops(w, "housing"), [])
    change(w, "Resume", scope(w, user_id="user-7"))
    equal(codes(w, tokens, "user-7"), free)


def under_way(w, tokens):
    """Of a Watch the part before the stop has left; the one after it does not."""
    event = threading.Event()
    w.agencies["housing"].behave = agencies.late(event)
    got = []
    asked = len(w.agencies["housing"].fetched)
    stream = w.stub("disclosures", CALLER).Watch(w.question(
        CALLER, w.person_ref(tokens), sources=["police", "housing"], user="user-7", **CHILD),
        timeout=20)
    try:
        for message in stream:
            result = message.part.part.result
            got.append((result.source, result.state))
            if result.source == "police":
                true(w.agencies["housing"].wait(lambda a: len(a.fetched) > asked), "not asked")
                change(w, "Stop", scope(w, user_id="user-7"))
                event.set()
        raise AssertionError("the stream went on")
    except grpc.RpcError as error:
        equal(error.code(), grpc.StatusCode.PERMISSION_DENIED, error.details())
    finally:
        event.set()
        w.agencies["housing"].behave = None
    equal(got, [("police", ANSWERED)])
    change(w, "Resume", scope(w, user_id="user-7"))


def who_may(w, tokens):
    """An officer their own agency's; the host's officer everybody's; nobody else anybody's."""
    refused(lambda: change(w, "Stop", scope(w, user_id="user-7"), party="housing"),
            grpc.StatusCode.PERMISSION_DENIED)
    refused(lambda: change(w, "Stop", scope(w, "nobody")), grpc.StatusCode.INVALID_ARGUMENT)
    refused(lambda: change(w, "Stop", scope(w, system="cases", user_id="user-7")),
            grpc.StatusCode.INVALID_ARGUMENT)
    change(w, "Stop", scope(w), party=HOST)
    equal(codes(w, tokens, "user-2"), STOPPED)
    true((CALLER, "", "") in stops(w, HOST), "the host does not see it")
    # What the host stopped the host lifts: not the stopped, nor by a stop of their own before it.
    for method in ("Resume", "Stop"):
        refused(lambda method=method: change(w, method, scope(w)),
                grpc.StatusCode.PERMISSION_DENIED)
    change(w, "Resume", scope(w), party=HOST)
    change(w, "Stop", scope(w, user_id="user-2"), party=HOST)
    for user in ("ig-1", "ig-2"):
        refused(lambda user=user: change(w, "Resume", scope(w, user_id="user-2"), user=user),
                grpc.StatusCode.PERMISSION_DENIED)
    equal(codes(w, tokens, "user-2"), STOPPED)
    change(w, "Resume", scope(w, user_id="user-2"), party=HOST)
    # Through a stopped system no officer does anything, whatever name they give.
    change(w, "Stop", scope(w, system="officer"))
    for user in ("ig-1", "ig-2"):
        refused(lambda user=user: change(w, "Resume", scope(w, system="officer"), user=user),
                grpc.StatusCode.PERMISSION_DENIED)
    refused(lambda: stops(w, CALLER), grpc.StatusCode.PERMISSION_DENIED)
    change(w, "Resume", scope(w, system="officer"), party=HOST)
    change(w, "Stop", scope(w, system="cases"))
    equal(codes(w, tokens, "user-2"), STOPPED)
    change(w, "Resume", scope(w, system="cases"))
    # A stopped officer lifts nothing.
    change(w, "Stop", scope(w, user_id="ig-1"), user="ig-2")
    refused(lambda: change(w, "Resume", scope(w, user_id="ig-1")),
            grpc.StatusCode.PERMISSION_DENIED)
    change(w, "Resume", scope(w, user_id="ig-1"), user="ig-2")


def main():
    limits = worlds.SHORT.replace("500", "5000").replace(str(worlds.SLOT_MS), "5000")
    with worlds.World(limits=limits, workers=2) as w:
        people = worlds.people(1)
        tokens = w.blind(people)
        for party in ("police", "housing"):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        a_person(w, tokens[0])
        under_way(w, tokens[0])
        who_may(w, tokens[0])


if __name__ == "__main__":
    sys.exit(worlds.run(main))
