# SPDX-License-Identifier: Apache-2.0
"""The engine under test, asked by lines (decide_main.c), and its answers beside the evaluator's."""

import os
import subprocess

import axes
import decide
import facts
import outcome

BUILD = os.environ.get("LOCKGATE_BUILD", "build/debug")
PROGRAM = os.path.join(BUILD, "tests/oracle/decide_main")


def run(lines):
    """A reply for every line."""
    done = subprocess.run([PROGRAM], input="\n".join(lines) + "\n", capture_output=True, text=True,
                          check=False)
    replies = done.stdout.split("\n")[:-1]
    if done.returncode != 0 or len(replies) != len(lines):
        raise RuntimeError(f"the engine ended with {done.returncode} after {len(replies)} of "
                           f"{len(lines)} lines: {done.stderr}\n{lines[len(replies)]}")
    return replies


def register_line(path):
    """Agreements that are loaded after it are judged by it."""
    return f"register\t{path}"


def agreement_line(slot, path, floor=""):
    return f"agreement\t{slot}\t{path}\t{floor}"


def force_text(slot, force):
    parties = [",".join(one) for one in (force.suspended, force.unsigned, force.withdrawn)]
    flags = [str(int(one)) for one in (force.is_suspended, force.is_unsigned)]
    return "|".join([str(slot), *flags, *parties])


def emergency_text(declared):
    if declared is None:
        return ""
    age = "" if declared.age_min is None else declared.age_min
    return "|".join(str(one) for one in (
        declared.name, declared.reason, declared.rationale, age, declared.count, declared.overdue,
        declared.capacity))


def consent_text(one):
    return "|".join([one.state, str(int(one.explicit)), ",".join(one.purposes),
                     ",".join(one.categories), ",".join(one.recipients), one.start, one.until,
                     str(one.recorded_ms), one.recorded_by, str(one.index),
                     one.kind, ",".join(one.sources)])


def opt_out_text(read):
    return "" if read is None else f"{int(read.applies)}|{read.as_of.isoformat()}"


def law_text(request):
    """What only the law asks for: statement, compelling reason, necessity, capacity, opt-out and
    the holder's judgement."""
    necessity = "".join(str(int(one in request.necessity)) for one in facts.NECESSITIES)
    return ";".join([str(int(request.statement)), str(int(request.compelling_reason)), necessity,
                     request.capacity, opt_out_text(request.opt_out),
                     str(int(request.holder_withholds))])


def question_line(slots, forces, request):
    counts = ";".join(f"{agreement}|{limit}|{p}|{a}|{s}"
                      for (agreement, limit), (p, a, s) in request.counts.items())
    columns = [
        ";".join(force_text(slot, force) for slot, force in zip(slots, forces)),
        request.agreement, request.at_s, request.recipient, request.role,
        ",".join(request.trainings), request.source, request.purpose, request.basis,
        ";".join(request.fields), request.age, int(request.case_reference),
        int(request.second_person), request.no_consent_reason, emergency_text(request.emergency),
        ";".join(consent_text(one) for one in request.consents), counts, law_text(request),
    ]
    return "question\t" + "\t".join(str(one) for one in columns)


def axes_text(ruling):
    """Six verdicts, the route of confidentiality, the provision, and what the law makes of the
    term: duty, may be withheld, unchecked, locked, into the other regime, regime, permission."""
    power = ruling.power
    terms = [power is not None and power.is_duty,
             power is not None and not ruling.duty_outlives and power.may_withhold,
             power is not None and not ruling.duty_outlives and power.is_unchecked,
             ruling.lock, ruling.crossing]
    permission = "" if ruling.permission is None or ruling.refusal else ruling.permission.index
    return ",".join(["".join(ruling.axes.get(one, axes.NOT_ASKED) for one in axes.AXES),
                     ruling.route or "none", ruling.entry.name if ruling.entry else "",
                     "".join(str(int(one)) for one in terms), str(ruling.regime),
                     str(permission)])


def ruling_text(ruling):
    return "|".join([outcome.field_text(ruling), ruling.agreement, ruling.clause,
                     str(int(ruling.by_emergency)), str(int(ruling.objection)), ruling.basis,
                     ruling.trace(), axes_text(ruling)])


def answer(forces, request):
    """The rulings of the evaluator of this folder, and what the engine has to say by them."""
    rulings = decide.decide(forces, request)
    whole = outcome.outcome_of(rulings)
    reason = outcome.furthest_of(rulings) if whole.decision == "deny" else whole.reason
    return rulings, "\t".join([whole.decision, reason, whole.clauses, whole.obligations,
                               ";".join(ruling_text(one) for one in rulings)])


def expected_reply(forces, request):
    return answer(forces, request)[1]
