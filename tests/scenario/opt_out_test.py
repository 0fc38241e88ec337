# SPDX-License-Identifier: Apache-2.0
"""The National Data Opt-Out on whole programs (scenario 7 of the law): a hospital's connector reads
the result of the batch exchange, the gateway keeps a flag and a day, and planning gets nobody who
opted out and nothing that rests on a stale result. Direct care is never affected, and no NHS number
reaches the gateway.

Patient information is special and hidden here, so the asker reads CONSENT_MISSING for whatever
depends on the person; the true reason is in the log, where the hospital's officer reads it."""
import datetime
import hashlib
import re
import subprocess
import sys
import tempfile

import canary_test as canary
import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true

TEXT = (rigs.SOURCE / "tests/vectors/policy/law.isa").read_text()
REGISTER = rigs.SOURCE / "policy/register/uk.register"
worlds.AGREEMENT = "law"
worlds.EDGE = "council-childrens"
worlds.ROLES = {}
for _party, _role in re.findall(r"(?m)^role ([a-z-]+)/([a-z-]+)$", TEXT):
    worlds.ROLES.setdefault(_party, []).append(_role)
HOSPITAL, COUNCIL = "hospital", "council-adults"
ADULT = 2
PERMIT, REFUSE, ANSWERED, NOTHING = 1, 3, 1, 4
APPLIES = 1
PLANNING = {"purpose": "service-planning", "basis": "planning-251", "role": "analyst"}
CARE = {"purpose": "direct-care", "basis": "care-duty", "role": "district-nurse"}
INDEX = {HOSPITAL: "care-duty", COUNCIL: "care-duty", "ambulance": "care-duty"}
# Who may be used, who opted out, and of whom the hospital has no number.
FREE, OPTED_OUT, NO_NUMBER = range(3)
MAPPING = """connector: hospital
source: {kind: csv, path: people.csv, missing: [""]}
person:
  key: ref
  identity:
    family-name: {from: family}
    given-name: {from: given}
    born: {from: born, date: YYYY-MM-DD}
    postcode: {from: postcode}
    identifier: {from: nhs}
    scheme: nhs
records:
  - items:
      - {item: patient.attendance, from: attendance, standing: fact}
      - {item: patient.name, from: family, standing: fact}
withhold:
  - {column: decision, equals: N, code: not-necessary, office: Records office}
  - {column: decision, equals: D, code: more-detrimental, office: Caldicott Guardian}
opt-out: {file: result.csv}
"""


def day(ago):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=ago)).date()


def agreement():
    """In force today, with a clause that lets each of the three put its people into the index."""
    clauses = "".join(
        f"clause 90.{i} enrol\n  title: People of {party}\n  from: {party}\n  people: all\n"
        f"  classes: N, A, C, D, E\n  basis: {basis}\n  keep: 365 days\n\n"
        for i, (party, basis) in enumerate(INDEX.items(), 1) if not re.search(
            rf"(?m)^clause \S+ enrol\n  title: .*\n  from: {party}$", TEXT))
    text = TEXT.replace("clause 20.1 never", clauses + "clause 20.1 never")
    text = re.sub(r"in force: \S+ to \S+", f"in force: {day(20)} to {day(-300)}", text)
    return re.sub(r"review due: \S+", f"review due: {day(-300)}", text)


class World(worlds.World):
    """The hospital is a real connector; the other agencies are hosted."""

    def __init__(self):
        digest = hashlib.sha256(REGISTER.read_bytes()).hexdigest()
        limits = f"{worlds.SHORT}register:\n  file: {REGISTER}\n  sha256: {digest}\n"
        parties = [rigs.Party(name, roles) for name, roles in worlds.ROLES.items()]
        parties.append(rigs.Party("hub", is_source=False))
        with tempfile.NamedTemporaryFile("w", suffix=".isa") as file:
            file.write(agreement())
            file.flush()
            super().__init__(file.name, limits, parties=parties,
                             hosts=[name for name in worlds.ROLES if name != HOSPITAL])
        self.people = [p for p in worlds.people(30) if p.born < "2000"][:3]

    def ground(self, party, purpose="child-welfare", basis="welfare-duty", **words):
        return super().ground(party, purpose, basis, **words)

    def sources_await(self):
        request = self.pb["disclosures"].CanAskRequest(ground=self.ground(worlds.EDGE),
                                                       age_class=1)
        self.call("disclosures", "CanAsk", worlds.EDGE, request, wait=True)

    def _edge_start(self):
        super()._edge_start()
        own = self.folder / HOSPITAL
        self.people_write()
        rigs.write(own / "mapping.yaml", MAPPING)
        self.rig.start_connector(HOSPITAL, own / "mapping.yaml")

    def people_write(self, withheld=None):
        """The hospital's own table; about one of them it decided not to share."""
        lines = ["ref,family,given,born,postcode,nhs,attendance,decision"]
        for i, p in enumerate(self.people):
            number = "" if i == NO_NUMBER else p.nhs
            decision = "D" if i == withheld else ""
            lines.append(f"H{i},{p.family},{p.given},{p.born},{p.postcode},{number},{i + 3},"
                         f"{decision}")
        rigs.write(self.folder / HOSPITAL / "people.csv", "\n".join(lines) + "\n")

    def connector(self, verb):
        """What another verb of the connector says."""
        return subprocess.run([str(self.rig.program("lockgate-connector")), verb, "--config",
                               str(self.folder / HOSPITAL / "connector.yaml")],
                              capture_output=True, text=True, check=False)

    def connector_enrols(self, ago, numbers, code=0):
        """The connector enrols with a result of so many days ago; what it said."""
        own = self.folder / HOSPITAL
        rigs.write(own / "result.csv", "\n".join([f"date: {day(ago)}", *numbers]) + "\n")
        run = subprocess.run([str(self.rig.program("lockgate-connector")), "enrol", "--config",
                              str(own / "connector.yaml"), "--agreement", worlds.AGREEMENT,
                              "--quiet"], capture_output=True, text=True, check=False)
        equal(run.returncode, code, run.stdout + run.stderr)
        return run.stdout + run.stderr

    def asked(self, party, who, source, item, ground):
        """The reply and its bytes."""
        question = self.question(party, who, sources=[source], items=[item], age=ADULT, **ground)
        raw = self.raw("Disclosures/Ask", party, question)
        return self.pb["disclosures"].AskReply.FromString(raw), raw

    def truth(self, reply):
        """The reason as an officer of the hospital reads it in the log."""
        said = self.call("audit", "Explain", HOSPITAL, self.pb["audit"].ExplainRequest(
            ground=self.ground(HOSPITAL, **CARE), index=reply.parts[0].receipt.index),
            system="officer")
        equal((said.verdict.decision, said.reader), (PERMIT, "source"), said.verdict.code)
        return said.sources[0].items[0].code


class Planning:
    """Questions of the council's analyst; keeps every reply as it came."""

    def __init__(self, w, tokens):
        self.w, self.refs, self.seen = w, [w.person_ref(own) for own in tokens], []

    def ask(self, who):
        reply, raw = self.w.asked(COUNCIL, self.refs[who], HOSPITAL, "patient.attendance",
                                  PLANNING)
        self.seen.append(raw)
        return reply

    def shared(self, who):
        """Shared under clause 7.1, as the agreement says: the value is a pseudonym."""
        reply = self.ask(who)
        equal((reply.verdict.decision, list(reply.verdict.clauses)), (PERMIT, ["7.1"]),
              reply.verdict)
        part = reply.parts[0]
        equal(part.result.state, ANSWERED)
        true(reply.pseudonym, "no pseudonym")
        equal(worlds.items_of(part.result), {"patient.attendance": reply.pseudonym})
        entry = tlog.receipt_check(part.receipt, reply.checkpoint.note, self.w.rig.vkey)
        equal((entry.kind, entry.decision), ("RELEASE", PERMIT))

    def refused(self, who, code):
        """The same to read whatever the reason is; gives that line."""
        reply = self.ask(who)
        result = reply.parts[0].result
        equal((reply.verdict.decision, reply.verdict.code, result.state, len(result.records)),
              (REFUSE, "CONSENT_MISSING", NOTHING, 0), reply.verdict)
        equal(self.w.truth(reply), code)
        return result.SerializeToString(), reply.verdict.SerializeToString()


def planning_gets_whom_it_may_use(w, planning):
    numbers = [w.people[FREE].nhs]
    w.connector_enrols(7, numbers)
    worlds.wait_until(lambda: planning.ask(FREE).verdict.decision == PERMIT)
    planning.shared(FREE)
    lines = {planning.refused(OPTED_OUT, "OPT_OUT_APPLIES"),
             planning.refused(NO_NUMBER, "OPT_OUT_UNKNOWN")}
    # Stale: eight days are more than the agreement allows.
    w.connector_enrols(8, numbers)
    lines.add(planning.refused(FREE, "OPT_OUT_UNKNOWN"))
    # The person opts out, and opts in again.
    w.connector_enrols(0, [w.people[OPTED_OUT].nhs])
    lines.add(planning.refused(FREE, "OPT_OUT_APPLIES"))
    planning.shared(OPTED_OUT)
    w.connector_enrols(0, [w.people[FREE].nhs, w.people[OPTED_OUT].nhs])
    planning.shared(FREE)
    equal(len(lines), 1, "reasons can be told apart")


def a_result_of_no_use_sends_nothing(w, planning):
    """The line is told, never the number; what was enrolled before stays."""
    number = w.people[FREE].nhs
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    said = w.connector_enrols(0, [w.people[OPTED_OUT].nhs, wrong], code=1)
    true("Line 3" in said and "check digit" in said, said)
    true(wrong not in said and number not in said, "a number is told")
    said = w.connector_enrols(-2, [number], code=1)
    true("in the future" in said, said)
    planning.shared(FREE)


def the_hospital_decides_not_to_share(w, planning):
    """Its mapping says so of one person: the asker reads what it reads of anybody, the hospital's
    officer why, and its own journal that nothing left."""
    other = planning.refused(NO_NUMBER, "OPT_OUT_UNKNOWN")
    w.people_write(withheld=FREE)
    equal(planning.refused(FREE, "HOLDER_WITHHOLDS"), other)
    said = w.connector("check")
    true(re.search(r"withheld by the mapping +1\n", said.stdout), said.stdout)
    w.people_write()
    planning.shared(FREE)


def the_check_reads_the_result(w):
    said = w.connector("check")
    equal(said.returncode, 0, said.stderr)
    true(f"National Data Opt-Out of {day(0)}, 2 numbers: applies to 0, does not apply to 2, "
         "not known of 1" in said.stdout, said.stdout)
    kept = (w.folder / HOSPITAL / "result.csv").read_text()
    rigs.write(w.folder / HOSPITAL / "result.csv", f"date: {day(0)}\n123\n")
    said = w.connector("check")
    true(said.returncode == 1 and "Line 2" in said.stderr, said.stderr)
    rigs.write(w.folder / HOSPITAL / "result.csv", kept)


def direct_care_is_not_affected(w, tokens):
    """A nurse gets the care package of whoever opted out, under the council's own flag."""
    w.enrol(COUNCIL, w.people, tokens, lambda p: [("record", {"care.package": "two visits"})],
            opt_out=APPLIES, opt_out_day=str(day(0)))
    for own in tokens:
        reply, _ = w.asked(HOSPITAL, w.person_ref(own), COUNCIL, "care.package", CARE)
        equal((reply.verdict.decision, reply.parts[0].result.state), (PERMIT, ANSWERED))
        equal(worlds.items_of(reply.parts[0].result), {"care.package": "two visits"})


def a_flag_without_its_day_is_rejected(w, tokens):
    for words in ({"opt_out": APPLIES}, {"opt_out_day": str(day(0))},
                  {"opt_out": APPLIES, "opt_out_day": str(day(-2))}):
        reply = w.enrol("ambulance", w.people[:1], tokens[:1], **words)
        equal((reply.added, reply.rejected), (0, 1))
        equal(reply.rejected_lines[0].code, "OPT_OUT")


def state_of(folder):
    """Every file but the agencies' own data."""
    data = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] not in (HOSPITAL, "edge"):
            data.append(path.read_bytes().replace(bytes(64), b""))
    return b"\n".join(data)


def no_number_is_anywhere(w, planning):
    numbers = [p.nhs for p in w.people]
    lower, exact = canary.patterns(numbers + [f"{n[:3]} {n[3:6]} {n[6:]}" for n in numbers])
    canary.scanner_sees(lower, exact, numbers[0])
    true(len(planning.seen) > 8, "too few replies")
    equal(canary.scan(b"\n".join(planning.seen), lower, exact), set(), "in a reply")
    equal(canary.scan(state_of(w.folder), lower, exact), set(), "in the state of running programs")
    w.rig.stop("gateway")
    w.rig.stop("keyd")
    left = state_of(w.folder)
    true(len(left) > 100000, "no state was read")
    equal(canary.scan(left, lower, exact), set(), "in the state that is left")


def main():
    with World() as w:
        tokens = w.blind(w.people)
        planning = Planning(w, tokens)
        planning_gets_whom_it_may_use(w, planning)
        the_check_reads_the_result(w)
        the_hospital_decides_not_to_share(w, planning)
        a_result_of_no_use_sends_nothing(w, planning)
        direct_care_is_not_affected(w, tokens)
        a_flag_without_its_day_is_rejected(w, tokens)
        no_number_is_anywhere(w, planning)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
