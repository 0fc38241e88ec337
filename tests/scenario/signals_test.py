# SPDX-License-Identifier: Apache-2.0
"""Signals of misuse on whole programs: somebody who asks about their own record, a colleague, a
record that nobody should ask for. Their own agency's officers see it, nobody else does; whom only
a hidden source knows shows in no case; a crash opens none twice."""
import signal
import sys

import grpc

import journal as journals
import rig as rigs
import world as worlds
from check import equal, refused, true

CARE, POLICE, TRUST, HOST = "childrens-care", "police", "mh-trust", "hub"
SELF, PEER, UNKNOWN = "jb17", "kc22", "lm31"
OWN, COLLEAGUE, CANARY, REFUSALS = ("own-record", "colleague", "canary", "repeated-refusals")
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}


def actor(w, party, user="ig-1"):
    return w.pb["common"].Actor(user_id=user, role=worlds.ROLES[party][0])


def mark(w, party, kind, label, tokens=(), system="officer"):
    request = w.pb["reviews"].MarkPersonRequest(actor=actor(w, party), kind=kind, label=label,
                                                tokens=tokens)
    return w.call("reviews", "Mark", party, request, system=system)


def cases(w, party, user="ig-1"):
    """{rule: case} of all that this party's officers see, with their detail."""
    listed = w.call("reviews", "List", party, w.pb["reviews"].ListReviewsRequest(
        actor=actor(w, party, user)), system="officer").reviews
    found = {}
    for it in listed:
        equal((it.kind, it.own, len(it.hits.newest)), ("anomaly", True, 0))
        true(it.rule.endswith("."), it)
        whole = show(w, party, it.review_id, user)
        true(whole.rule == it.rule and whole.hits.count >= it.hits.count, (whole, it))
        found[whole.detail.cause, whole.detail.user_id] = whole
    equal(len(found), len(listed), "one case a rule and user")
    return found


def show(w, party, case, user="ig-1"):
    return w.call("reviews", "Get", party, w.pb["reviews"].GetReviewRequest(
        actor=actor(w, party, user), review_id=case), system="officer").review


def look(w, user, tokens):
    """As a case system does: find, then ask by the handle; the index of the question's entry."""
    found = w.find(CARE, tokens, user=user, **CHILD)
    return w.ask(CARE, w.person_ref(handle=found.handle), user=user, **CHILD)


def marked(w, tokens):
    equal(mark(w, CARE, "staff", SELF, tokens[0]).marked, 1)
    equal(mark(w, CARE, "staff", PEER, tokens[3]).marked, 2)
    equal(mark(w, CARE, "staff", PEER.upper(), tokens[1]).marked, 2)  # in its place
    equal(mark(w, CARE, "staff", UNKNOWN, tokens[3]).marked, 3)
    equal(mark(w, POLICE, "canary", "made-up-1", tokens[2]).marked, 1)
    equal(mark(w, POLICE, "canary", "made-up-2", tokens[2]).marked, 2)
    equal(mark(w, POLICE, "canary", "made-up-2").marked, 1)
    # Only records of one's own can be canaries: of this person the police have none.
    equal(mark(w, POLICE, "canary", "theirs", tokens[4]).marked, 2)
    code = grpc.StatusCode.INVALID_ARGUMENT
    refused(code, mark, w, CARE, "friend", "x", tokens[0])
    refused(code, mark, w, CARE, "staff", "", tokens[0])
    token = w.pb["common"].Token(token_class=1, epoch=1, sealed=b"x" * 100)
    refused(code, mark, w, CARE, "staff", "x", [token])
    refused(grpc.StatusCode.PERMISSION_DENIED, mark, w, CARE, "staff", "x", tokens[0], "cases")


def asked(w, tokens):
    """Each rule once, and what is no case: somebody whom only the hidden trust knows, and people
    who are nobody's colleagues."""
    for user, i in ((UNKNOWN, 3), ("user-1", 4), (SELF, 0), (SELF, 1), ("user-1", 2)):
        look(w, user, tokens[i])
    true(worlds.wait_until(lambda: len(cases(w, CARE)) >= 3, 30), "no cases")
    worlds.wait_until(lambda: all(it.hits.newest for it in cases(w, CARE).values()), 5)
    found = cases(w, CARE)
    equal(set(found), {(OWN, SELF), (COLLEAGUE, SELF), (CANARY, "user-1")})
    for it in found.values():
        equal((it.state, it.hits.count, it.hits.earlier, list(it.detail.sources)),
              ("open", 1, 0, []))
        equal((it.detail.purpose, it.detail.case_reference), (CHILD["purpose"], "CASE-1"))
        entry = w.entry(it.hits.newest[0].log_index, CARE, **CHILD)
        equal((entry.kind, entry.requesting_agency), ("ASK", CARE))
    for party in (POLICE, TRUST, HOST, "housing"):
        equal(cases(w, party), {}, party)
    return found


def kept_from_themselves(w, found):
    """An officer does not see what is about themselves, in capitals or not."""
    for user in (SELF, SELF.upper()):
        equal(set(cases(w, CARE, user)), {(CANARY, "user-1")})
        refused(grpc.StatusCode.NOT_FOUND, show, w, CARE, found[OWN, SELF].review_id, user)
    refused(grpc.StatusCode.NOT_FOUND, show, w, POLICE, found[OWN, SELF].review_id)
    refused(grpc.StatusCode.NOT_FOUND, show, w, HOST, found[OWN, SELF].review_id)


def after_a_crash(w, tokens, found):
    """What was seen is not opened again; the same rule and user join the case."""
    w.rig.stop("gateway", how=signal.SIGKILL)
    w.rig.start_gateway()
    w.sources_await()
    look(w, SELF, tokens[0])
    true(worlds.wait_until(lambda: cases(w, CARE)[OWN, SELF].hits.count == 2, 30), "not joined")
    now = cases(w, CARE)
    equal({rule: it.review_id for rule, it in now.items()},
          {rule: it.review_id for rule, it in found.items()})
    equal([now[rule].hits.count for rule in ((COLLEAGUE, SELF), (CANARY, "user-1"))], [1, 1])


def act(w, method, case, user="ig-1", **words):
    request = getattr(w.pb["reviews"], f"{method}ReviewRequest")(
        actor=actor(w, CARE, user), review_id=case, **words)
    return w.call("reviews", method, CARE, request, system="officer").review


def closed_and_again(w, tokens):
    """An officer closes a case, never whose doing it is; the next hit opens another."""
    case = cases(w, CARE)[COLLEAGUE, SELF].review_id
    refused(grpc.StatusCode.NOT_FOUND, act, w, "Take", case, SELF)
    equal(act(w, "Take", case).state, "taken")
    ended = act(w, "Close", case, outcome="not-justified", reasons="No case of theirs.")
    equal((ended.state, ended.outcome, ended.hits.count), ("closed", "not-justified", 1))
    look(w, SELF, tokens[1])

    def again():
        listed = w.call("reviews", "List", CARE, w.pb["reviews"].ListReviewsRequest(
            actor=actor(w, CARE), open_only=True), system="officer").reviews
        return [it for it in listed if it.hits.earlier == 1]
    true(worlds.wait_until(again, 30), "no case after it")
    equal([(it.state, it.hits.count) for it in again()], [("open", 1)])
    true(again()[0].review_id != case, "another case")


def refused_again_and_again(w):
    """Five of one person within the hour; a user hears of it no more than of the first."""
    wrong = {"purpose": "crime-prevention", "basis": "children-act", "user": "mm40"}
    said = {w.ask(CARE, w.person_ref(tokens=w.tokens[4]), **wrong).verdict.SerializeToString()
            for _ in range(6)}
    equal(len(said), 1)
    true(worlds.wait_until(lambda: (REFUSALS, "mm40") in cases(w, CARE), 30), "no case")
    equal(cases(w, CARE)[REFUSALS, "mm40"].hits.count, 1)


def kept_from_the_log(w):
    """Who is an officer and counts what the log shows of cases finds none beside those of the list:
    neither by a search nor entry by entry, of those that were opened, taken and closed."""
    audit = w.pb["audit"]
    size, _ = w.checkpoint()
    for user in (SELF, "ig-1"):
        ground = w.ground(CARE, **CHILD)
        ground.actor.CopyFrom(actor(w, CARE, user))
        reply = w.call("audit", "Search", CARE, audit.AuditSearchRequest(ground=ground, kind=14),
                       system="officer")
        equal((reply.verdict.decision, len(reply.hits)), (1, 0), user)
    shown = [w.entry(i, CARE, **CHILD) for i in range(size)]
    kinds = {entry.kind for entry in shown if entry}
    true("ASK" in kinds and "REVIEW" not in kinds, kinds)


def in_the_log(w, found):
    """One entry for each case, about nobody, and the marks; no name of anybody."""
    w.rig.stop("gateway")
    log = journals.Journal(w.folder / "gateway-state" / "log")
    reasons = [entry.reason for entry in log.entries if entry.kind in ("REVIEW", "ENROL")]
    equal(reasons.count("SIGNAL"), len(found) + 2)
    equal((reasons.count("STAFF_MARKED"), reasons.count("CANARY_MARKED"),
           reasons.count("CANARY_TAKEN_OFF")), (4, 3, 1))


def main():
    people = worlds.people(5)
    with worlds.World(limits=worlds.SHORT + "  signals-every-ms: 1000\n") as w:
        w.tokens = w.blind(people)
        for party, whom in ((POLICE, (0, 1, 2)), ("housing", (0, 1, 2, 4)), (TRUST, (0, 3))):
            w.enrol(party, [people[i] for i in whom], [w.tokens[i] for i in whom],
                    worlds.basic_records(party))
        marked(w, w.tokens)
        found = asked(w, w.tokens)
        kept_from_themselves(w, found)
        after_a_crash(w, w.tokens, found)
        refused_again_and_again(w)
        closed_and_again(w, w.tokens)
        kept_from_the_log(w)
        in_the_log(w, found)
    print("each rule opened one case, for the user's own officers alone")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
