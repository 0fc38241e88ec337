# SPDX-License-Identifier: Apache-2.0
"""Limits and budgets: what was used stays used, whatever happens to the program; a soft line opens
a case, a hard line ends it, and nobody sees what another agency or user has left."""
import pathlib
import re
import signal
import sys
import tempfile

import rig as rigs
import world as worlds
from check import equal, true

CARE = "childrens-care"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
LIMIT, SOFT, HARD = 8, 12, 14


def agreement(folder):
    """The demo's, with a limit that a test can reach."""
    text = (rigs.SOURCE / "policy/examples/demo.isa.in").read_text()
    text, count = re.subn(r"(limit generous\n  per person: )\d+( in 1 hour)",
                          rf"\g<1>{LIMIT}\g<2>", text)
    equal(count, 1, "the demo's limit")
    path = pathlib.Path(folder) / "agreement.isa.in"
    path.write_text(text)
    return path


def codes(w, tokens, user, count, party=CARE):
    """What the same question comes to, so many times."""
    found = []
    for _ in range(count):
        reply = w.ask(party, w.person_ref(tokens), sources=["housing"],
                      items=["contact.known-to-service"], user=user, **CHILD)
        held = [h.code for part in reply.parts for h in part.result.held_back]
        found.append(held[0] if held else reply.verdict.code)
    return found


def restart(w, how=signal.SIGKILL):
    w.rig.stop("gateway", how)
    w.rig.start_gateway()
    w.sources_await()


def left(w, tokens, user):
    """Questions until the limit says no."""
    found = codes(w, tokens, user, LIMIT + 1)
    return found.index("RATE_LIMIT") if "RATE_LIMIT" in found else len(found)


def limits(w, tokens):
    equal(codes(w, tokens, "user-a", LIMIT + 1),
          ["PERMIT_CLAUSE"] * LIMIT + ["RATE_LIMIT"])
    restart(w)
    equal(codes(w, tokens, "user-a", 1), ["RATE_LIMIT"])
    # Killed half way, at most what was reserved ahead is lost; nothing is given back.
    codes(w, tokens, "user-b", LIMIT // 2)
    restart(w)
    found = left(w, tokens, "user-b")
    true(LIMIT // 2 - LIMIT // 8 <= found <= LIMIT // 2, f"{found} left")
    # After an orderly end it is exact.
    codes(w, tokens, "user-c", LIMIT // 2)
    restart(w, signal.SIGTERM)
    equal(left(w, tokens, "user-c"), LIMIT // 2)


def cases(w, party):
    request = w.pb["reviews"].ListReviewsRequest(actor=w.pb["common"].Actor(
        user_id="ig-1", role=worlds.ROLES[party][0]))
    return [(r.kind, r.state, r.own) for r in w.call(
        "reviews", "List", party, request, system="officer").reviews]


def find(w, tokens, user):
    return w.find(CARE, tokens, user=user, **CHILD).verdict.code


def budgets(w, tokens):
    before = cases(w, CARE)
    for _ in range(SOFT):
        true(find(w, tokens, "user-d") != "BUDGET_REACHED", "too early")
    equal(cases(w, CARE), before)
    true(find(w, tokens, "user-d") != "BUDGET_REACHED", "the soft line ended it")
    equal(cases(w, CARE), [("budget", "open", True)] + before)
    true(find(w, tokens, "user-d") != "BUDGET_REACHED", "the soft line ended it")
    equal(len(cases(w, CARE)), len(before) + 1, "one case at a time")
    equal(find(w, tokens, "user-d"), "BUDGET_REACHED")
    reply = w.ask(CARE, w.person_ref(tokens), sources=["housing"], user="user-d", **CHILD)
    equal((reply.verdict.code, len(reply.parts)), ("BUDGET_REACHED", 0))
    restart(w)
    equal(find(w, tokens, "user-d"), "BUDGET_REACHED")
    # By user and by agency: the others have all of theirs.
    true(find(w, tokens, "user-e") != "BUDGET_REACHED", "another user's")
    reply = w.ask("police", w.person_ref(tokens), sources=["housing"], user="user-d", **CHILD)
    true(reply.verdict.code != "BUDGET_REACHED", "another agency's")
    equal(cases(w, "police"), [])


def consents(w, tokens):
    """A look at somebody's consents is a look at them; what they take back is always taken."""
    pb = w.pb["consents"]

    def call(method, message, **words):
        request = getattr(pb, message)(
            request_id=rigs.request_id(), person=w.person_ref(tokens),
            ground=w.ground(CARE, user="user-f", **CHILD), **words)
        return w.call("consents", method, CARE, request).verdict.code

    given = pb.Consent(state=1, kind=2, explicit=True)
    for number in range(HARD):
        code = (call("Record", "RecordConsentRequest", consent=given) if number % 3 == 0 else
                call("List", "ListConsentsRequest") if number % 3 == 1 else
                call("Show", "ShowConsentRequest", consent_id=bytes(16)))
        true(code != "BUDGET_REACHED", "too early")
    equal(call("Record", "RecordConsentRequest", consent=given), "BUDGET_REACHED")
    equal(call("List", "ListConsentsRequest"), "BUDGET_REACHED")
    equal(call("Show", "ShowConsentRequest", consent_id=bytes(16)), "BUDGET_REACHED")
    equal(find(w, tokens, "user-f"), "BUDGET_REACHED")
    true(call("Withdraw", "WithdrawConsentRequest") != "BUDGET_REACHED", "a withdrawal is refused")


def main():
    with tempfile.TemporaryDirectory() as folder:
        world = worlds.World(agreement=agreement(folder), limits=worlds.SHORT)
        path = world.folder / "partnership.yaml"
        rigs.write(path, path.read_text() + f"budgets:\n  - soft: {SOFT}\n    hard: {HARD}\n")
        with world as w:
            people = worlds.people(1)
            tokens = w.blind(people)
            w.enrol("housing", people, tokens, worlds.basic_records("housing"))
            limits(w, tokens[0])
            budgets(w, tokens[0])
            consents(w, tokens[0])


if __name__ == "__main__":
    sys.exit(worlds.run(main))
