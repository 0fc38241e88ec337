# SPDX-License-Identifier: Apache-2.0
"""Officers look for entries: of their own agency's side, what they may see and nothing more. Each
hit is proved; nobody and nothing look the same; a restart and a lost index change nothing."""
import shutil
import sqlite3
import subprocess
import sys

import grpc
import journal as journals
import rig as rigs
import transparency
import world as worlds
from check import equal, true

CALLER, TRUST = "childrens-care", "mh-trust"
CHILD = {"purpose": "child-safeguarding", "basis": "children-act"}
ACCESS, COMPLAINT = 1, 2
REQUESTER, SOURCE = 1, 2
ASK, RELEASE, SEARCH = 1, 2, 5
EMERGENCY = 4


def search(w, party, system="officer", **words):
    audit = w.pb["audit"]
    return w.call("audit", "Search", party, audit.AuditSearchRequest(
        ground=w.ground(party, **CHILD), **words), system=system)


def proved(w, reply):
    """The hits, each of them checked against the reply's one checkpoint."""
    equal(len(reply.hits), len(reply.entries))
    for hit, receipt in zip(reply.hits, reply.entries):
        entry = transparency.receipt_check(receipt, reply.checkpoint.note, w.rig.vkey)
        equal((hit.index, hit.outcome), (receipt.index, entry.decision))
        if receipt.detail:
            equal(hit.side, REQUESTER)
            detail = transparency.detail_read(entry, receipt.detail)
            equal((hit.question_id, hit.purpose, hit.time_ms),
                  (detail.question, detail.purpose, detail.time_ms))
    return list(reply.hits)


def refused(w, code, party=CALLER, system="officer", **words):
    try:
        search(w, party, system=system, **words)
    except grpc.RpcError as error:
        equal(error.code(), code, words)
        return error.details()
    raise AssertionError(f"{words} was answered")


def plain(reply):
    """A reply's bytes without what every reply has of its own: proofs and where the log was."""
    copy = type(reply)()
    copy.CopyFrom(reply)
    for field in ("checkpoint", "search_receipt", "search_checkpoint", "covered_size"):
        copy.ClearField(field)
    return copy.SerializeToString()


def own_side(w, refs):
    """The requester reads the question whole; each source its own leaf; others nothing."""
    reply = w.ask(CALLER, refs["known"], sources=["police", TRUST], **CHILD)
    indices = {part.result.source: part.receipt.index for part in reply.parts}
    found = search(w, CALLER, person=refs["known"], reason=ACCESS)
    equal(found.verdict.decision, 1)
    hits = proved(w, found)
    equal(sorted((hit.kind, hit.source) for hit in hits),
          [(ASK, ""), (RELEASE, TRUST), (RELEASE, "police")])
    equal({hit.question_id for hit in hits}, {hits[0].question_id})
    equal({(hit.side, hit.requester, hit.purpose) for hit in hits},
          {(REQUESTER, CALLER, "child-safeguarding")})
    police = proved(w, search(w, "police", person=refs["known"], reason=COMPLAINT))
    equal([(hit.index, hit.side, hit.source) for hit in police],
          [(indices["police"], SOURCE, "police")])
    true(police[0].time_ms % 86400000 == 0, "a source's leaf has a day")
    true(police[0].question_id != hits[0].question_id, "two readers share an id")
    # The trust does not know the person: what it was sent was a decoy, and leads it to nobody.
    equal(len(search(w, TRUST, person=refs["known"], reason=ACCESS).hits), 0)
    equal([hit.index for hit in proved(w, search(w, TRUST, kind=RELEASE))], [indices[TRUST]])
    equal(len(search(w, "housing", person=refs["known"], reason=ACCESS).hits), 0)
    equal(len(search(w, "housing", kind=RELEASE).hits), 0)
    return hits, indices


def is_logged_first(w, refs):
    """The look is an entry with its reason, below what the look covers."""
    reply = search(w, CALLER, person=refs["known"], reason=COMPLAINT)
    entry = transparency.receipt_check(reply.search_receipt, reply.search_checkpoint.note,
                                       w.rig.vkey)
    equal((entry.kind, entry.reason), ("SEARCH", "COMPLAINT"))
    true(reply.search_receipt.index < reply.covered_size, "a look that was not logged first")
    looks = proved(w, search(w, CALLER, kind=SEARCH, most=1))
    equal([hit.reason for hit in looks], [""])  # the newest is this look itself
    true("COMPLAINT" in [hit.reason for hit in proved(w, search(w, CALLER, kind=SEARCH))], "")


def nobody_and_nothing(w, refs):
    """Somebody whom no agency knows, and somebody about whom this agency has nothing."""
    replies = {name: search(w, "housing", person=refs[name], reason=ACCESS)
               for name in ("known", "unknown", "hidden")}
    for name, reply in replies.items():
        equal((len(reply.hits), reply.cursor, reply.verdict.decision), (0, b"", 1), name)
        equal(plain(reply), plain(replies["known"]), name)
        equal(len(reply.search_receipt.leaf), len(replies["known"].search_receipt.leaf))
    # Asked about by name of a token, yet known to nobody who may be named: as if never asked.
    w.ask(CALLER, refs["unknown"], sources=["police", TRUST], **CHILD)
    w.ask(CALLER, refs["hidden"], sources=["police", TRUST], **CHILD)
    never = plain(search(w, CALLER, person=refs["never asked"], reason=ACCESS))
    for name in ("unknown", "hidden"):
        reply = search(w, CALLER, person=refs[name], reason=ACCESS)
        equal((len(reply.hits), plain(reply)), (0, never), name)


def index_reaches(w, index):
    """The file holds this entry. Read as a copy: the gateway has the file."""
    with sqlite3.connect(f"file:{w.folder}/gateway-state/store/entries.db?mode=ro",
                         uri=True) as db:
        return db.execute("SELECT max(position) FROM side").fetchone()[0] >= index


def older_copy(w, refs):
    """Log and store put back together, high-water file and all: only the index has seen more, and
    the start adds nothing. With the newest copy it goes on."""
    state, older, newest = (w.folder / name for name in ("gateway-state", "older", "newest"))
    equal(w.rig.stop("gateway"), 0)
    shutil.copytree(state, older)
    w.rig.start_gateway()
    w.channels.clear()
    w.sources_await()
    reply = w.ask(CALLER, refs["known"], sources=["police"], **CHILD)
    true(worlds.wait_until(lambda: index_reaches(w, reply.parts[0].receipt.index)), "indexed")
    equal(w.rig.stop("gateway"), 0)
    shutil.copytree(state, newest)
    for path in older.glob("store/entries.db*"):
        path.unlink()
    for path in newest.glob("store/entries.db*"):
        shutil.copy(path, older / "store")
    shutil.rmtree(state)
    shutil.copytree(older, state)
    before = journals.Journal(state / "log").tree.size
    done = subprocess.run([str(rigs.Rig.program("lockgated")), str(w.folder / "gateway.yaml")],
                          capture_output=True, text=True, timeout=60, check=False)
    equal(done.returncode, 1)
    true("its index (entries.db) has seen" in done.stderr.splitlines()[-1], done.stderr)
    equal(journals.Journal(state / "log").tree.size, before)
    shutil.rmtree(state)
    shutil.copytree(newest, state)
    w.rig.start_gateway()
    w.channels.clear()
    w.sources_await()
    found = [hit.index for hit in search(w, CALLER, person=refs["known"], reason=ACCESS).hits]
    true(reply.parts[0].receipt.index in found, found)


def known_since(w, people, tokens, refs):
    """Asked about while nobody whom it may know of knew them, and enrolled since: whether a hidden
    source held them then does not show, by what is found or not."""
    w.enrol(CALLER, people, tokens, worlds.basic_records(CALLER))
    replies = {}
    for name in ("hidden", "unknown"):
        equal(w.find(CALLER, refs[name].tokens.tokens).band, 1, name)  # ENOUGH, by now
        reply = search(w, CALLER, person=refs[name], reason=ACCESS)
        again = search(w, CALLER, person=refs[name], reason=ACCESS, rescan=True)
        equal((len(reply.hits), len(again.hits), again.rescan_missing), (0, 0, 0), name)
        again.ClearField("rescanned_size")
        replies[name] = plain(reply), plain(again)
    equal(replies["hidden"], replies["unknown"])
    # What is asked from now on is found.
    reply = w.ask(CALLER, refs["unknown"], sources=["police"], **CHILD)
    equal([hit.index for hit in search(w, CALLER, person=refs["unknown"], reason=ACCESS,
                                       kind=RELEASE).hits], [reply.parts[0].receipt.index])


def not_asked(w, refs):
    """An open source that does not hold the person is not asked, and its officers are not told by
    the person that somebody did ask."""
    reply = w.ask(CALLER, refs["of police"], sources=["police", "housing"], **CHILD)
    indices = {part.result.source: part.receipt.index for part in reply.parts}
    leaves = [hit.index for hit in search(w, "housing", kind=RELEASE).hits]
    true(indices["housing"] in leaves, leaves)
    equal(len(search(w, "housing", person=refs["of police"], reason=ACCESS).hits), 0)
    equal([hit.index for hit in search(w, "police", person=refs["of police"],
                                       reason=ACCESS).hits], [indices["police"]])


def narrowed(w, hits, indices):
    question = next(hit for hit in hits if hit.kind == ASK).question_id
    equal({hit.index for hit in search(w, CALLER, question_id=question).hits},
          {hit.index for hit in hits})
    equal([hit.index for hit in search(w, CALLER, agency="police", question_id=question).hits],
          [indices["police"]])
    equal(len(search(w, CALLER, question_id=question, side=SOURCE).hits), 0)
    equal(len(search(w, CALLER, question_id=question, outcome=EMERGENCY).hits), 0)
    equal(len(search(w, CALLER, question_id=question, emergency=True).hits), 0)
    time_ms = hits[0].time_ms
    equal(len(search(w, CALLER, question_id=question, from_ms=time_ms - 60000,
                     to_ms=time_ms + 60000).hits), 3)
    equal(len(search(w, CALLER, question_id=question, to_ms=time_ms - 60000).hits), 0)


def paged(w):
    whole = [hit.index for hit in search(w, CALLER, purpose="child-safeguarding", kind=RELEASE,
                                         most=1000).hits]
    true(len(whole) >= 6, whole)
    pages, cursor = [], b""
    while True:
        reply = search(w, CALLER, purpose="child-safeguarding", kind=RELEASE, most=2,
                       cursor=cursor)
        pages += [hit.index for hit in proved(w, reply)]
        cursor = reply.cursor
        if not cursor:
            break
    equal(sorted(pages), sorted(whole))
    first = search(w, CALLER, purpose="child-safeguarding", kind=RELEASE, most=2)
    code = grpc.StatusCode.INVALID_ARGUMENT
    refused(w, code, purpose="early-help", kind=RELEASE, most=2, cursor=first.cursor)
    refused(w, code, party="police", purpose="child-safeguarding", kind=RELEASE,
            cursor=first.cursor)
    refused(w, code, cursor=b"\x00" * 32)


def wrong(w, refs):
    code = grpc.StatusCode.INVALID_ARGUMENT
    true("reason" in refused(w, code, person=refs["known"]), "")
    refused(w, code, rescan=True)
    refused(w, code, most=1001)
    refused(w, code, from_ms=5, to_ms=5)
    refused(w, code, question_id=b"short")
    refused(w, grpc.StatusCode.PERMISSION_DENIED, system="cases", kind=ASK)
    audit = w.pb["audit"]
    reply = w.call("audit", "Search", CALLER, audit.AuditSearchRequest(
        ground=w.ground(CALLER, purpose="housing-need", basis="consent")), system="officer")
    equal((reply.verdict.decision, len(reply.hits), len(reply.checkpoint.note)), (3, 0, 0))
    true(reply.verdict.code != "", "a refusal says why")


def rescanned(w, refs):
    reply = search(w, CALLER, person=refs["known"], reason=ACCESS, rescan=True)
    true(0 < reply.rescanned_size <= reply.covered_size, reply.rescanned_size)
    equal((reply.rescan_missing, len(proved(w, reply))), (0, 3))
    reply = search(w, CALLER, person=refs["unknown"], reason=ACCESS, rescan=True)
    equal((reply.rescan_missing, len(reply.hits)), (0, 0))


def after_a_restart(w, refs, hits):
    """What the process remembered is gone, and then its file as well."""
    wanted = [hit.index for hit in hits]
    for lose in (False, True):
        equal(w.rig.stop("gateway"), 0)
        if lose:
            files = list(w.folder.rglob("entries.db"))
            equal(len(files), 1)
            files[0].unlink()
        w.rig.start_gateway()
        w.channels.clear()
        w.sources_await()
        found = proved(w, search(w, CALLER, person=refs["known"], reason=ACCESS))
        equal([hit.index for hit in found], wanted)


def test():
    with worlds.World() as w:
        people = worlds.people(4)
        tokens = w.blind(people)
        w.enrol("police", people[:1], tokens[:1], worlds.basic_records("police"))
        w.enrol("police", people[2:3], tokens[2:3], worlds.basic_records("police"))
        w.enrol("housing", people[:1], tokens[:1], worlds.basic_records("housing"))
        w.enrol(TRUST, people[1:2], tokens[1:2])
        w.enrol("police", people[3:4], tokens[3:4], worlds.basic_records("police"))
        strangers = worlds.people(6, seed=11)[5:]
        stranger = w.blind(strangers)[0]
        refs = {"known": w.person_ref(tokens[0]), "hidden": w.person_ref(tokens[1]),
                "unknown": w.person_ref(stranger), "never asked": w.person_ref(tokens[2]),
                "of police": w.person_ref(tokens[3])}
        hits, indices = own_side(w, refs)
        is_logged_first(w, refs)
        nobody_and_nothing(w, refs)
        not_asked(w, refs)
        narrowed(w, hits, indices)
        paged(w)
        wrong(w, refs)
        rescanned(w, refs)
        after_a_restart(w, refs, hits)
        older_copy(w, refs)
        known_since(w, people[1:2] + strangers, [tokens[1], stranger], refs)


if __name__ == "__main__":
    sys.exit(worlds.run(test))
