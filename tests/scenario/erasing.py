# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of erasure share: officers who propose, hold and decide, and whether what the
log sealed about a person still opens."""
import os

import transparency as tlog
import world as worlds
from check import equal

CARE, HOST = "childrens-care", "hub"
PERMIT, REFUSE = 1, 3


def actor(w, party, user):
    return w.pb["common"].Actor(user_id=user, role=worlds.ROLES[party][0])


def about(w, method, party, tokens, user="ig-1", **words):
    """Propose or Hold, by an officer of `party`, about whoever the tokens are of."""
    request = getattr(w.pb["erasures"], f"{method}ErasureRequest")(
        request_id=os.urandom(16), person=w.person_ref(tokens),
        ground=w.ground(party, user=user, case="DEMO-17"), reason="The person asks.", **words)
    return w.call("erasures", method, party, request, system="officer")


def propose(w, tokens, party=CARE, user="ig-1"):
    reply = about(w, "Propose", party, tokens, user)
    equal(reply.verdict.decision, PERMIT, reply.verdict.code)
    entry = tlog.receipt_check(reply.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.reason, reply.proposal), ("ERASURE", "ERASURE_ASKED",
                                                      reply.receipt.index))
    return reply.proposal


def decide(w, proposal, party=HOST, user="ig-2", refused=False, seconds=20):
    request = w.pb["erasures"].DecideErasureRequest(
        actor=actor(w, party, user), proposal=proposal, refused=refused, reason="No claim stands.")
    return w.call("erasures", "Decide", party, request, system="officer", seconds=seconds)


def listed(w, party=HOST):
    """(kind, index, agency) of what stands; kind 1 a person, 2 a quarter, 3 a hold."""
    return [(it.kind, it.log_index, it.by_agency) for it in w.call(
        "erasures", "List", party, w.pb["erasures"].ListErasuresRequest(
            actor=actor(w, party, "ig-1")), system="officer").standing]


def explained(w, index):
    """PERMIT where the log opens what it sealed, else the code."""
    verdict = w.call("audit", "Explain", CARE, w.pb["audit"].ExplainRequest(
        ground=w.ground(CARE), index=index)).verdict
    return verdict.code if verdict.decision == REFUSE else PERMIT
