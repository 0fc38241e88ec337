# SPDX-License-Identifier: Apache-2.0
"""The acceptance scenarios of the law on whole programs, one function each, by their numbers: an
agreement that cites law (tests/vectors/policy/law.isa), judged under the statute register
(policy/register/uk.register).

What the asker reads of special and criminal data is coarse: CONSENT_MISSING stands for whatever
depends on the person. The true reason is in the log, where an officer of the source reads it."""
import datetime
import os
import sys
import time

import rig as rigs
import transparency as tlog
import world as worlds
from check import equal, true
from law_world import (
    ADULT, ALLERGIES, ANSWERED, CONCERN, CONFIDENTIALITY, DATES, EARLY_HELP, ENQUIRY, FINDING,
    GIVEN, HIDDEN_ONLY, KNOWN, LANDLORD, NAMES, NOTHING, NURSE, OBJECTION, OPT_OUTS, PERMIT,
    PLANNING, Question, RECORDS, REFERRAL, REFUSE, REFUSED, RESIDENT, SERVICE, STATEMENT,
    WITHDRAWN, WITHHELD_BY_SOURCE, World, explained, judged, reader, refused, shared,
    truth, withheld)

# ---- the scenarios ---------------------------------------------------------------------------


def s01_nurse_asks_for_a_care_package(w, person):
    """Permit; confidentiality by implied consent; the opt-out is not consulted (nobody knows it
    here: scenario 7)."""
    reply = NURSE.ask(w, person)
    true("law-unchecked" in shared(w, NURSE, reply, "1.1"), "no warning")
    rests_on = judged(w, reply, agreement="met", power="met-with-warning", basis="met",
                      confidentiality="met", objection="met", necessity="not-asked")
    equal(rests_on["confidentiality"], "implied consent")
    # Implied, so a refusal ends it, and only under the duty of confidence.
    NURSE.says(w, person, REFUSED, CONFIDENTIALITY)
    reply = NURSE.ask(w, person)
    withheld(w, reply, "CONSENT_MISSING", "1.1", "Ask the person, or refer it to the Director of "
             "Adult Social Services")
    equal(truth(w, reply), "CONFIDENTIALITY_NOT_MET")
    NURSE.says(w, person, GIVEN, CONFIDENTIALITY)
    shared(w, NURSE, NURSE.ask(w, person), "1.1")


def s02_the_person_objected_locally(w, person):
    """Refer: s.251B, objection noted."""
    NURSE.says(w, person, REFUSED, OBJECTION)
    reply = NURSE.ask(w, person)
    withheld(w, reply, "CONSENT_MISSING", "1.1", "refer it to the Director of Adult Social "
             "Services")
    equal(truth(w, reply), "OBJECTION_REGISTERED")
    judged(w, reply, confidentiality="met", objection="referred")
    NURSE.says(w, person, WITHDRAWN, OBJECTION)
    shared(w, NURSE, NURSE.ask(w, person), "1.1")


def s03_landlord_asks_for_a_diagnosis(w, person):
    """Deny: no implied consent; explicit consent would do, and so would the headline."""
    reply = LANDLORD.ask(w, person)
    withheld(w, reply, "CONSENT_MISSING", "3.1", "Ask the person", "Practice Caldicott lead",
             state=NOTHING)
    equal(truth(w, reply), "CONFIDENTIALITY_NOT_MET")
    judged(w, reply, basis="met", confidentiality="not-met")
    headline = LANDLORD.but(item="support-headline.in-place")
    shared(w, headline, headline.ask(w, person), "3.1")
    permission = LANDLORD.says(w, person, GIVEN, CONFIDENTIALITY)
    shared(w, LANDLORD, LANDLORD.ask(w, person), "3.1")
    # Who received it by that permission alone is told when it ends (Article 19).
    equal(notices(w, LANDLORD), [])
    w.withdraw(LANDLORD.party, person, permission.consent_id, **LANDLORD.ground)
    told = [(notice.kind, [(item.source, item.category) for item in notice.items])
            for notice in notices(w, LANDLORD)]
    equal(told, [(CONFIDENTIALITY, [("gp", "practice")])])


def notices(w, question):
    """What the asker's agency has to act on."""
    reply = w.call("consents", "Notices", question.party, w.pb["consents"].NoticesRequest(
        request_id=rigs.request_id(), ground=w.ground(question.party, **question.ground)))
    equal(reply.verdict.decision, PERMIT)
    return list(reply.notices)


def s04_social_worker_makes_an_enquiry(w, person):
    """Permit under the duty, though the parent refused; the objection is noted."""
    ENQUIRY.says(w, person, REFUSED, CONFIDENTIALITY)
    ENQUIRY.says(w, person, REFUSED, OBJECTION)
    school = ENQUIRY.but(source="school", item="school-record.attendance")
    for question in (ENQUIRY, school):
        true("objection-noted" in shared(w, question, question.ask(w, person), "4.1"), "not noted")
    refused(w, ENQUIRY.ask(w, person, case=""), "CASE_REFERENCE_MISSING", "4.1")


def withholds(w, code="more-detrimental", office="Designated Safeguarding Lead"):
    def behave(agency, request, reply, context):
        reply.withholding.CopyFrom(w.pb["source"].Withholding(code=code, office=office))
        return reply
    return behave


def s05_school_thinks_disclosure_more_detrimental(w, person):
    """Deny, recorded as the school's decision under s.16LA(3), with proof for both."""
    shared(w, CONCERN, CONCERN.ask(w, person), "5.1")
    school = w.agencies["school"]
    school.behave = withholds(w)
    reply = CONCERN.ask(w, person)
    school.behave = None
    withheld(w, reply, "HOLDER_WITHHOLDS", "5.1", "Refer it to the Head Teacher of Example High "
             "School", state=WITHHELD_BY_SOURCE)
    true(b"often tired" not in reply.SerializeToString(), "the concern left")
    part = reply.parts[0]
    entry, detail = tlog.part_check(part.receipt, reply.checkpoint.note, w.rig.vkey)
    equal((entry.kind, entry.decision, entry.reason, detail.reason),
          ("DENIAL", REFUSE, "HOLDER_WITHHOLDS", "HOLDER_WITHHOLDS"))
    true(school.wait(lambda a: part.receipt.leaf in [k.receipt.leaf for k in a.acknowledged]),
         "the school has no proof")
    # What it decided, and who did: for the school's officers.
    theirs = explained(w, "school", part.receipt.index, **reader("school"))
    equal((theirs.facts.withholding, theirs.facts.withholding_office),
          ("more-detrimental", "Designated Safeguarding Lead"))
    equal(theirs.sources[0].items[0].code, "HOLDER_WITHHOLDS")
    judged(w, reply, power="not-met", basis="met")
    ours = explained(w, CONCERN.party, part.receipt.index, "cases", **CONCERN.ground)
    equal((ours.reader, ours.facts.withholding, ours.facts.withholding_office),
          ("requester", "", ""))
    # Words of the source's own do not get into the log.
    school.behave = withholds(w, "because her mother")
    said = explained(w, "school", CONCERN.ask(w, person).parts[0].receipt.index,
                     **reader("school"))
    school.behave = None
    equal(said.facts.withholding, "other")


def s05_a_hidden_source_withholds(w, person, stranger):
    """Of a source of hidden existence it reads as nothing to show, as of somebody unknown."""
    RESIDENT.says(w, person, GIVEN, CONFIDENTIALITY, basis="care-act-duty")
    shared(w, RESIDENT, RESIDENT.ask(w, person, statement=STATEMENT), "13.1")
    w.agencies["refuge"].behave = withholds(w)
    known = RESIDENT.ask(w, person, statement=STATEMENT)
    w.agencies["refuge"].behave = None
    nobody = RESIDENT.ask(w, stranger, statement=STATEMENT)
    equal(known.parts[0].result.state, NOTHING)
    equal((known.parts[0].result, known.verdict, known.duties),
          (nobody.parts[0].result, nobody.verdict, nobody.duties))
    for reply in (known, nobody):
        entry, detail = tlog.part_check(reply.parts[0].receipt, reply.checkpoint.note, w.rig.vkey)
        equal((entry.kind, entry.reason, detail.reason), ("RELEASE", "HIDDEN", "HIDDEN"))
    equal(len(known.parts[0].receipt.leaf), len(nobody.parts[0].receipt.leaf))


def s06_police_ask_for_names_of_patients(w, person):
    """Deny: carve-out, though the agreement lists the names; the next step is the Caldicott
    Guardian. What is no health data is shared."""
    refused(w, NAMES.ask(w, person), "POWER_CARVED_OUT", "6.1", "Ask the Caldicott Guardian of "
            "Example Hospital, who may decide on disclosure in the public interest.")
    others = NAMES.but(source="council-safety", item="incidents.summary")
    shared(w, others, others.ask(w, person), "6.1")


def s07_analyst_wants_a_linked_set(w, people):
    """The opt-out is applied, a stale one denies as one that was never read does, and who may be
    used is there under a pseudonym. How the hospital's connector reads it is opt_out_test."""
    unread, free, opted_out, stale = people
    reply = PLANNING.ask(w, free)
    equal((reply.verdict.code, reply.parts[0].result.state), ("PERMIT_CLAUSE", ANSWERED))
    value = worlds.items_of(reply.parts[0].result)[PLANNING.item]
    true(value and value != RECORDS["hospital"][PLANNING.item], "no pseudonym")
    judged(w, reply, power="met-with-warning", confidentiality="met", objection="met")
    lines = set()
    for person, code in ((opted_out, "OPT_OUT_APPLIES"), (stale, "OPT_OUT_UNKNOWN")):
        before = len(w.agencies["hospital"].fetched)
        reply = PLANNING.ask(w, person)
        withheld(w, reply, "CONSENT_MISSING", "7.1", state=NOTHING)
        equal(truth(w, reply), code)
        true(all(local is None for _, local in w.agencies["hospital"].fetched[before:]), "asked")
        lines.add(reply.parts[0].result.SerializeToString())
    equal(len(lines), 1)
    nobody_read_it(w, unread)


def nobody_read_it(w, person):
    """No opt-out was read, so it is refused, and nobody is asked about anybody."""
    before = len(w.agencies["hospital"].fetched)
    reply = PLANNING.ask(w, person)
    withheld(w, reply, "CONSENT_MISSING", "7.1", "refer it to the Caldicott Guardian",
             state=NOTHING)
    equal(truth(w, reply), "OPT_OUT_UNKNOWN")
    judged(w, reply, power="met-with-warning", confidentiality="met", objection="referred")
    true(all(local is None for _, local in w.agencies["hospital"].fetched[before:]), "asked")


def s08_council_asks_the_charity(w, person):
    """Permit by 6(1)(ea) with the requester's statement; without it, deny and say what to state."""
    refused(w, DATES.ask(w, person), "STATEMENT_MISSING", "8.1", "State that you need it for your "
            "own task under Article 6(1)(e), and why.")
    for statement, decision in (("", REFUSE), (STATEMENT, PERMIT)):
        told = w.call("disclosures", "CanAsk", DATES.party, w.pb["disclosures"].CanAskRequest(
            ground=w.ground(DATES.party, **DATES.ground), sources=[DATES.source],
            items=[DATES.item], age_class=ADULT, statement=statement))
        equal(told.verdict.decision, decision)
    reply = DATES.ask(w, person, statement=STATEMENT)
    shared(w, DATES, reply, "8.1")
    # The log has it sealed, and whoever asked can show that it was given.
    entry = explained(w, DATES.party, reply.parts[0].receipt.index, "cases",
                      **{**DATES.ground, "basis": "care-act-duty"})
    equal((entry.facts.statement, entry.sources[0].items[0].code), (True, ""))
    true(STATEMENT.encode() not in reply.SerializeToString(), "the statement is not sealed")
    request = w.agencies["charity"].fetched[-1][0]
    true(STATEMENT.encode() not in request.SerializeToString(), "the source reads the statement")


def s09_officer_cites_recognised_interest(w, person):
    """Deny: not open to a public authority, be it the source or the recipient that relies on it."""
    for question, clause in ((DATES.but(source="council-housing"), "8.1"),
                             (Question("council-housing/officer", "charity", "adult-safeguarding",
                                       "charity-interest", "support.contact-dates"), "9.1")):
        refused(w, question.ask(w, person, statement=STATEMENT), "BASIS_NOT_OPEN_TO_BODY", clause,
                "Cite the public task that the question serves.")


def emergency(w):
    return w.pb["disclosures"].Emergency(
        reason="risk-to-life", rationale="Found unconscious in the street, no papers.",
        capacity=2, capacity_basis="seen")


def s10_paramedic_breaks_the_glass(w, person):
    """Permit, time-boxed, the named office told, a review due; nothing without a declaration."""
    refused(w, ALLERGIES.ask(w, person), "EMERGENCY_ONLY", "10.1")
    reply = ALLERGIES.ask(w, person, emergency=emergency(w))
    duties = shared(w, ALLERGIES, reply, "10.1", "PERMIT_EMERGENCY")
    true({"emergency-tell", "emergency-check"} <= duties, duties)
    note = reply.emergency
    now_ms = time.time() * 1000
    equal((note.was_used, len(note.review_id), note.tell_office),
          (True, 16, "data-protection-lead"))
    true(abs(note.ends_ms - now_ms - 4 * 3600e3) < 60e3, "the time box is not four hours")
    true(note.review_due_ms > now_ms, "no review is due")


def s11_fourth_emergency_of_a_day(w, person):
    """The allowance of a day is three: the fourth is refused, whoever else may still declare."""
    for _ in range(2):
        equal(ALLERGIES.ask(w, person, emergency=emergency(w)).verdict.code, "PERMIT_EMERGENCY")
    reply = ALLERGIES.ask(w, person, emergency=emergency(w))
    refused(w, reply, "EMERGENCY_LIMIT", "10.1")


def s11_three_reviews_are_overdue(w, person):
    """Ten days later none of the three was reviewed: the fourth needs a second person of the same
    agency. The clock of a second start of the gateway is that much ahead."""
    for _ in range(3):
        equal(ALLERGIES.ask(w, person, emergency=emergency(w)).verdict.code, "PERMIT_EMERGENCY")
    w.gateway_later(days=10)
    reply = ALLERGIES.ask(w, person, emergency=emergency(w))
    refused(w, reply, "EMERGENCY_SECOND_PERSON", "10.1")
    second = w.pb["common"].Actor(user_id="user-2", role=ALLERGIES.role, display_name="B SAMPLE")
    reply = ALLERGIES.ask(w, person, emergency=emergency(w), second_person=second)
    equal(reply.verdict.code, "PERMIT_EMERGENCY")


def s12_consent_withdrawn_a_moment_before(w, person):
    """Deny, a second later, on other connections and other workers, whose caches had the consent.
    There is one node: several do not exist yet."""
    consent = EARLY_HELP.says(w, person, GIVEN, 1)
    shared(w, EARLY_HELP, EARLY_HELP.ask(w, person), "18.1")
    others = [w.rig.channel(EARLY_HELP.party) for _ in range(4)]
    stubs = [w.rpc["disclosures"].DisclosuresStub(channel) for channel in others]
    for stub in stubs:
        equal(stub.Ask(EARLY_HELP.request(w, person), timeout=20).verdict.decision, PERMIT)
    w.withdraw(EARLY_HELP.party, person, consent.consent_id, **EARLY_HELP.ground)
    for channel, stub in zip(others, stubs):
        withheld(w, stub.Ask(EARLY_HELP.request(w, person), timeout=20), "CONSENT_MISSING",
                 "18.1")
        channel.close()


def s13_locator_probe_on_a_refuge_resident(w, person, stranger):
    """Of a resident the same as of somebody unknown, no sooner than the slot."""
    replies = []
    for ref in (person, stranger):
        begun = time.monotonic()
        replies.append(RESIDENT.ask(w, ref, statement=STATEMENT))
        true(time.monotonic() - begun >= worlds.SLOT_MS / 1000, "before the slot")
    known, nobody = replies
    equal((known.parts[0].result, known.verdict, known.duties, known.pseudonym),
          (nobody.parts[0].result, nobody.verdict, nobody.duties, nobody.pseudonym))
    equal(known.parts[0].result.state, NOTHING)


def s14_agreement_ended_and_a_duty_exists(w, person):
    """The automated route is closed; refer as a single disclosure under the duty. A power alone is
    no such reason."""
    refused(w, ENQUIRY.ask(w, person), "AGREEMENT_EXPIRED", "",
            "single disclosure under Children Act 1989 s.47", "Information Asset Owner")
    reply = NAMES.ask(w, person)
    equal((reply.verdict.code, "single disclosure" in reply.verdict.remedy),
          ("AGREEMENT_EXPIRED", False))


def s15_board_papers_for_enforcement(w, person):
    """Deny: s.45 locks them to the functions of the Board, which is told so."""
    refused(w, FINDING.ask(w, person), "PURPOSE_LOCKED", "15.1", "for what is held under another "
            "power")
    board = Question("board/manager", "council-adults", "board-review", "board-duty",
                     "board-papers.finding")
    true("purpose-lock" in shared(w, board, board.ask(w, person), "15.2"), "not told")


def s16_one_police_enquiry_is_live(w, person):
    """As far as the decision goes: it carries the duty not to tell the person, with its reason, the
    record has it for those who may read it, and nothing that is made for the person has a line of
    it. The statement itself, with its withheld count, is not there yet (Audit/SubjectReport)."""
    enquiry = Question("police/officer", "council-safety", "crime-prevention", "crime-disorder",
                       "incidents.summary")
    reasons = w.pb["disclosures"].FiveReasons(
        proportionate="p", lawful="l", accountable="a", necessary="n", least_intrusive="i")
    reply = enquiry.ask(w, person, reasons=reasons, no_consent_reason="would-prejudice")
    duties = shared(w, enquiry, reply, "6.2")
    true({"do-not-tell-crime", "regime-crossing"} <= duties, duties)
    told = enquiry.ask(w, person, reasons=reasons, no_consent_reason="cannot-give")
    true("do-not-tell-crime" not in shared(w, enquiry, told, "6.2"), "no reason to keep silent")
    # In the record, as the police's own officer reads it again.
    said = explained(w, enquiry.party, reply.parts[0].receipt.index, **reader("police"))
    equal((said.verdict.decision, said.reader), (PERMIT, "requester"), said.verdict.code)
    true("do-not-tell-crime" in list(said.sources[0].obligations), said)
    # What the person reads is made of consents: it names neither the police nor the item.
    person_page_is_silent(w, person)


def person_page_is_silent(w, person):
    """The page that the person is given, made by the gateway while the enquiry is live."""
    consent = EARLY_HELP.says(w, person, GIVEN, 1)
    page = w.call("consents", "Receipt", EARLY_HELP.party, w.pb["consents"].ConsentReceiptRequest(
        request_id=rigs.request_id(), ground=w.ground(EARLY_HELP.party, **EARLY_HELP.ground),
        consent_id=consent.consent_id)).page
    true(len(page) > 0, "no page")
    for word in ("olice", "rime", "ncident", "enquir"):
        true(word not in page, word)


def s17_referral_without_agreement(w, person, other):
    """Deny unless the person agrees, or the override stands in."""
    withheld(w, REFERRAL.ask(w, person), "CONSENT_MISSING", "17.1", "Ask the person")
    REFERRAL.says(w, person, GIVEN, SERVICE)
    shared(w, REFERRAL, REFERRAL.ask(w, person), "17.1")
    reply = REFERRAL.ask(w, other, emergency=emergency(w))
    shared(w, REFERRAL, reply, "17.1", "PERMIT_EMERGENCY")
    judged(w, reply, power="set-aside")


def s18_consents_conflict(w, person):
    """The later and narrower refusal wins, and the trace says so."""
    EARLY_HELP.says(w, person, GIVEN, 1)
    shared(w, EARLY_HELP, EARLY_HELP.ask(w, person), "18.1")
    w.consent(EARLY_HELP.party, person, state=REFUSED, kind=1, purposes=["early-help"],
              categories=["tenancy"], recipients=["charity"], **EARLY_HELP.ground)
    reply = EARLY_HELP.ask(w, person)
    withheld(w, reply, "CONSENT_MISSING", "18.1", "Ask the person")
    equal(truth(w, reply), "CONSENT_REFUSED")
    said = explained(w, "council-housing", reply.parts[0].receipt.index,
                     **reader("council-housing"))
    found = {check.check: check.found for check in said.sources[0].items[0].checks}
    true(found["consent"].startswith("it was refused on "), found)


def shown(number, scenario, *arguments):
    """Runs a scenario and says that it did."""
    scenario(*arguments)
    print(f"{number:2} {scenario.__name__[4:].replace('_', ' ')}", flush=True)


def in_force(w, tokens):
    """Each scenario with a person of its own; the last one is known to nobody."""
    refs = [w.person_ref(own) for own in tokens]
    shown(1, s01_nurse_asks_for_a_care_package, w, refs[1])
    shown(2, s02_the_person_objected_locally, w, refs[2])
    shown(3, s03_landlord_asks_for_a_diagnosis, w, refs[3])
    shown(4, s04_social_worker_makes_an_enquiry, w, refs[4])
    shown(5, s05_school_thinks_disclosure_more_detrimental, w, refs[5])
    shown(5, s05_a_hidden_source_withholds, w, refs[5], refs[-1])
    shown(6, s06_police_ask_for_names_of_patients, w, refs[6])
    shown(7, s07_analyst_wants_a_linked_set, w, [refs[7], *(refs[i] for i in OPT_OUTS)])
    shown(8, s08_council_asks_the_charity, w, refs[8])
    shown(9, s09_officer_cites_recognised_interest, w, refs[9])
    shown(10, s10_paramedic_breaks_the_glass, w, refs[10])
    shown(11, s11_fourth_emergency_of_a_day, w, refs[11])
    shown(12, s12_consent_withdrawn_a_moment_before, w, refs[12])
    shown(13, s13_locator_probe_on_a_refuge_resident, w, refs[HIDDEN_ONLY], refs[-1])
    shown(15, s15_board_papers_for_enforcement, w, refs[15])
    shown(16, s16_one_police_enquiry_is_live, w, refs[14])
    shown(17, s17_referral_without_agreement, w, refs[17], refs[16])
    shown(18, s18_consents_conflict, w, refs[18])


def enrol_all(w, people, tokens):
    for party, items in RECORDS.items():
        known = [i for i in range(KNOWN) if i != HIDDEN_ONLY or party == "refuge"]
        others = [i for i in known if party != "hospital" or i not in OPT_OUTS]
        w.enrol(party, [people[i] for i in others], [tokens[i] for i in others],
                lambda p, items=items: [("record", items)])
    for i, (opt_out, ago) in OPT_OUTS.items():
        w.enrol("hospital", [people[i]], [tokens[i]],
                lambda p: [("record", RECORDS["hospital"])], opt_out=opt_out,
                opt_out_day=str(datetime.datetime.now(datetime.timezone.utc).date()
                                - datetime.timedelta(ago)))


def main():
    people = worlds.people(KNOWN + 1)
    with World() as w:
        tokens = w.blind(people)
        enrol_all(w, people, tokens)
        in_force(w, tokens)
    with World(-60, -1) as w:
        shown(14, s14_agreement_ended_and_a_duty_exists, w, w.person_ref(tokens[0]))
    if os.environ.get("LOCKGATE_SANITIZERS"):
        print("11 skipped under sanitizers: three overdue reviews, by a preloaded clock")
        return
    with World() as w:
        tokens = w.blind(people[:1])
        w.enrol("hospital", people[:1], tokens, lambda p: [("record", RECORDS["hospital"])])
        shown(11, s11_three_reviews_are_overdue, w, w.person_ref(tokens[0]))


if __name__ == "__main__":
    sys.exit(worlds.run(main))
