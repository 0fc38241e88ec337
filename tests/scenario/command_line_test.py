# SPDX-License-Identifier: Apache-2.0
"""Every command of `lockgate`, by the table that drives it: what it exits with when it does its
work, when it is refused, used wrongly or finds no gateway, and the form of what it says then
(exit codes: tools/lockgate/exit.h)."""
import datetime
import json
import re
import shlex
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true

DONE, FAILED, USAGE, REFUSED, PARTIAL, NOT_VERIFIED, UNREACHABLE = range(7)
CARE, LEAD = "childrens-care", "hub"
EARLY = ["--purpose", "early-help", "--basis", "early-help-consent", "--agreement",
         worlds.AGREEMENT, "--user", "user-1", "--role", "social-worker"]
CHILD = ["--purpose", "child-safeguarding", "--basis", "children-act", "--case", "C-17",
         "--agreement", worlds.AGREEMENT, "--user", "user-1", "--role", "social-worker"]
VECTORS = rigs.SOURCE / "tests/vectors/policy"


def lockgate(*words):
    done = subprocess.run([str(rigs.Rig.program("lockgate")), *map(str, words)],
                          capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def commands():
    """(noun, verb) of every line of the help; verb "" where the noun takes a name at once."""
    code, out, err = lockgate("--help")
    equal((code, err), (DONE, ""))
    found = re.findall(r"(?m)^  ([a-z]+) +([a-z]*) +[A-Z]", out)
    true(len(found) > 40, out)
    return found


# ---- what is the same for all ------------------------------------------------------------------


def flags(text):
    return set(re.findall(r"(?<![a-z-])--[a-z][a-z-]*", text))


def help_is_whole(noun, verb):
    """Two examples before the flags, each of this command and understood by it. Gives the flags
    with a value, and those without."""
    words = [noun, verb] if verb else [noun]
    code, out, err = lockgate(*words, "--help")
    equal((code, err), (DONE, ""), words)
    examples, synopsis = out.split("\n\n", 1)
    starts = [one for one in re.split(r"(?m)^  (?=lockgate |source <)", examples) if one]
    equal(len(starts), 2, out)
    if noun != "completion":
        for one in starts:
            true(one.startswith(" ".join(["lockgate", *words])), one)
            for flag in flags(one):
                true(flag in flags(synopsis), f"{flag} of an example of {words}")
    true(synopsis.startswith(" ".join(["lockgate", *words])), synopsis)
    true(synopsis.rstrip().endswith("."), synopsis)
    with_value = set(re.findall(r"(--[a-z-]+)\s+[^\s|\[\]-]", synopsis.rsplit("[--quiet]", 1)[0]))
    return with_value, flags(synopsis) - with_value


def usage_is_told(words, code, out, err):
    equal((code, out), (USAGE, ""), (words, err))
    lines = err.splitlines()
    at = next(i for i, line in enumerate(lines) if line.endswith("was not run."))
    equal(lines[at + 1:at + 3], ["A word is missing, or does not fit.", "See what it takes:"])
    true("\n  lockgate" in err or "source <" in err, err)


def used_wrongly(noun, verb, with_value, bare):
    words = [noun, verb] if verb else [noun]
    code, out, err = lockgate(*words, "--no-such-flag", "x")
    usage_is_told(words, code, out, err)
    true(err.startswith("Not understood: --no-such-flag\n"), err)
    for flag in sorted(with_value | bare - {"--quiet", "--no-input", "--help"}):
        # Some commands are another one where a gateway is named.
        said = [lockgate(*words, *more, *[flag] * (1 if flag in with_value else 2))
                for more in ([], ["--config", "none"])]
        true(any(f"Not understood: {flag}" not in err for _, _, err in said),
             f"{words}: {flag} is in the help alone")
        usage_is_told(words, *said[0])
    if noun not in ("demo", "completion"):
        usage_is_told(words, *lockgate(*words, *[] if verb else ["nothing", "--json"]))


def nouns():
    code, out, err = lockgate()
    equal((code, out), (USAGE, ""))
    true("lockgate NOUN VERB" in err, err)
    for words, wanted, part in ((["agreement", "--help"], DONE, "agreement  prove"),
                                (["agreement"], USAGE, "agreement  prove"),
                                (["agreement", "shout"], USAGE, "Not understood: shout"),
                                (["agreements", "check"], USAGE, "Not understood: agreements")):
        code, out, err = lockgate(*words)
        equal(code, wanted, err)
        true(part in (out if wanted == DONE else err), out + err)


def completion():
    """What bash offers is what the help has."""
    code, script, err = lockgate("completion", "bash")
    equal((code, err), (DONE, ""))
    asked = [(["lockgate", ""], 1), (["lockgate", "agreement", "s"], 2),
             (["lockgate", "agreement", "format", "--"], 3),
             (["lockgate", "explain", "X", "--c"], 3)]
    lines = [f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={at}; _lockgate; "
             "echo \"${COMPREPLY[*]}\"" for words, at in asked]
    done = subprocess.run(["bash", "-c", script + "\n".join(lines)], capture_output=True,
                          text=True, timeout=20, check=True)
    said = done.stdout.split("\n")
    equal(said[0].split(), sorted({noun for noun, _ in commands()}))
    equal(set(said[1].split()), {"show", "sign", "suspend"})
    equal(said[2].split(), ["--write", "--check", "--quiet", "--no-input", "--help"])
    equal(said[3].split(), ["--config", "--case", "--case-line"])


# ---- one command -------------------------------------------------------------------------------


def failure_is_told(words, code, out, err):
    """What, why, what to do, the code; nothing on standard output."""
    lines = err.splitlines()
    equal(len(lines), 4, f"{words}: {err}")
    true(lines[0].endswith(".") and lines[2].endswith("."), err)
    true(lines[1] and re.fullmatch(r"Code [a-z]+-\d+", lines[3]), err)
    equal(out, "", words)


class Row:
    """A command with everything that it needs. `config`: by whom; None where it is offline.
    `refused`: words in place of those, or by whom, that are not allowed."""

    def __init__(self, line, config=None, words=(), code=DONE, json=False, spoken=True):
        self.line, self.config, self.words = line, config, list(words)
        self.code, self.json, self.spoken = code, json, spoken

    def run(self, configs, *more):
        words = [*self.line.split(), *self.words, *more]
        if self.config is not None:
            words += ["--config", configs[self.config]]
        return words, *lockgate(*words)

    def check(self, configs):
        words, code, out, err = self.run(configs)
        equal(code, self.code, f"{words}: {out}{err}")
        if code in (FAILED, REFUSED, UNREACHABLE) and self.config and self.spoken:
            failure_is_told(words, code, out, err)
        if self.json:
            words, code, lines, err = self.run(configs, "--json")
            equal(code, self.code, f"{words}: {lines}{err}")
            for line in lines.splitlines():
                json.loads(line)
        return out


def offline(folder):
    """Commands on files: they know no gateway."""
    whole, less, law = (VECTORS / f"{name}.isa" for name in ("whole", "whole-less", "law"))
    broken, key = folder / "broken.isa", folder / "own.key"
    rigs.write(broken, "isa 1\nagreement x\n  titel: T\n")
    messy = folder / "messy.isa"
    rigs.write(messy, whole.read_text().replace("  lead: alpha", "  lead:   alpha"))
    false = "never who: alpha/worker sees: health.status"
    statutes = ["--register", rigs.SOURCE / "policy/register/uk.register"]
    rows = [
        Row("agreement check", words=[whole]), Row("agreement check", words=[law, *statutes]),
        Row("agreement check", words=[broken], code=FAILED),
        Row("agreement check", words=[folder / "none"], code=FAILED),
        Row("agreement check", words=[whole, "--cases", VECTORS / "whole.cases.csv"]),
        Row("agreement check", words=[whole, "--floor", VECTORS / "floor.isa", "--cases",
                                      VECTORS / "whole.cases.csv"], code=NOT_VERIFIED),
        Row("agreement format", words=[messy, "--check"], code=FAILED),
        Row("agreement format", words=[messy, "--write"]),
        Row("agreement format", words=[messy, "--check"]),
        Row("agreement format", words=[broken], code=FAILED),
        Row("agreement show", words=[whole, "--as", "schedule"]),
        Row("agreement show", words=[broken], code=FAILED),
        Row("agreement diff", words=[whole, less]),
        Row("agreement diff", words=[less, whole], code=REFUSED),
        Row("agreement diff", words=[less, broken], code=FAILED),
        Row("agreement prove", words=[whole], json=False),
        Row("agreement prove", words=[whole, "--promise", false], code=NOT_VERIFIED),
        Row("agreement prove", words=[broken], code=FAILED),
        Row("agreement replay", words=[whole, "--records", broken], code=FAILED),
        Row("agreement keygen", words=["--key", key]),
        Row("agreement keygen", words=["--key", key], code=FAILED),
        Row("agreement sign", words=[messy, "--party", "alpha", "--key", key]),
        Row("agreement sign", words=[messy, "--party", "alpha", "--key", whole], code=FAILED),
        Row("register check", words=statutes[1:]),
        Row("register check", words=[whole], code=FAILED),
        Row("config schema", words=["gateway"]),
        Row("config check", words=[broken, "--as", "gateway"], code=FAILED),
        Row("config show", words=[broken, "--as", "keyd"], code=FAILED),
        Row("explain", words=["OUT_OF_HOURS"], json=True),
    ]
    for row in rows:
        words, code, out, err = row.run({})
        equal(code, row.code, f"{words}: {out}{err}")
        true(code != FAILED or len(err.strip().splitlines()) >= 3, f"{words}: {err}")
        words, code, out, err = row.run({}, "--quiet")
        equal(out, "", words)
    for words in ([whole], [whole, "--promise", false]):
        proven = json.loads(lockgate("agreement", "prove", *words, "--json")[1])
        equal(proven["broken"], len([one for one in proven["promises"] if not one["holds"]]))
        equal(proven["broken"], len(words) // 2)
        true(all(one["steps"] for one in proven["promises"] if not one["holds"]), proven)


# ---- a partnership -----------------------------------------------------------------------------


def config(w, name, party, system, port=None):
    peer = "  dns: localhost\n  uri: lockgate://" + rigs.PARTNERSHIP
    path = w.folder / f"{name}.yaml"
    rigs.write(path, f"gateway:\n  address: 127.0.0.1:{port or w.rig.gateway_port}\n"
               f"{peer}/hub/gateway\nconnector:\n  address: 127.0.0.1:{w.edge_port}\n"
               f"{peer}/{CARE}/connector\ntls-client:\n" + w.rig.tls(party, system, "client"))
    return path


def configs_of(w):
    found = {name: config(w, name, party, system) for name, party, system in (
        ("care", CARE, "cases"), ("care-officer", CARE, "officer"), ("lead", LEAD, "officer"),
        ("police", "police", "officer"), ("housing", "housing", "officer"))}
    return found


def identity(w, person):
    path = w.folder / "person"
    rigs.write(path, f"family-name: {person.family}\ngiven-name: {person.given}\n"
               f"born: {person.born}\npostcode: {person.postcode}\nscheme: nhs\n"
               f"identifier: {person.nhs}\n", 0o600)
    return ["--identity", path]


def actor(party, user="officer-1"):
    return ["--user", user, "--role", worlds.ROLES[party][-1 if party == "housing" else 0]]


def acts(w, party):
    """What an officer signs an act of a party with."""
    key = w.folder / f"{party}-sign.key"
    rigs.write(key, bytes(w.rig.parties[party].signing), 0o600)
    return [worlds.AGREEMENT, *actor(party), "--party", party, "--key", key]


def questions(w, person):
    who = identity(w, person)
    wrong = ["--purpose", "crime-prevention", "--basis", "children-act", *CHILD[4:]]
    return [
        Row("person find", "care", [*CHILD, *who], json=True),
        Row("person find", "care", [*wrong, *who], REFUSED, json=True, spoken=False),
        Row("person view", "care", [*CHILD, *who, "--age", "child", "--no-consent",
                                    "would-prejudice"], PARTIAL, json=True),
        Row("person view", "care", [*wrong, *who], REFUSED, json=True, spoken=False),
        Row("can ask", "care", [*CHILD, "--from", "police", "--age", "child", "--no-consent",
                                "would-prejudice", "--item", "incidents.incident-count"],
            json=True),
        Row("can ask", "care", [*wrong, "--age", "child"], REFUSED, json=True, spoken=False),
        Row("explain", "care", ["00" * 16, *CHILD], REFUSED, spoken=False),
        Row("consent record", "care", [*EARLY, *who, "--kind", "basis", "--state", "given",
                                       "--explicit", "--manner", "telephone"], json=True),
        Row("consent record", "care", [*wrong, *who, "--kind", "basis", "--state", "given"],
            REFUSED, json=True, spoken=False),
        Row("consent show", "care", [*EARLY, *who], json=True),
        Row("consent show", "care", [*wrong, *who], REFUSED, json=True, spoken=False),
        Row("consent receipt", "care", [*EARLY, "--id", "00" * 15 + "01"], FAILED),
        Row("consent notices", "care", EARLY, json=True),
        Row("consent notices", "care", wrong, REFUSED, json=True, spoken=False),
    ]


def endings(w, person):
    return [Row("consent withdraw", "care", [*EARLY, *identity(w, person), "--kind", "basis"],
                json=True),
            Row("consent withdraw", "care", ["--purpose", "crime-prevention", *EARLY[2:],
                                             *identity(w, person)], REFUSED, json=True,
                spoken=False)]


def lives(w):
    police, lead, housing = (acts(w, party) for party in ("police", LEAD, "housing"))
    day = (datetime.date.today() + datetime.timedelta(days=200)).isoformat()
    late = (datetime.date.today() + datetime.timedelta(days=250)).isoformat()
    text = (w.folder / "agreement.isa").read_text()
    for version in (2, 3):
        rigs.write(w.folder / f"v{version}.isa", text.replace(
            "\n  version: 1\n", f"\n  version: {version}\n  replaces: {version - 1}\n"))
        equal(lockgate("agreement", "format", w.folder / f"v{version}.isa", "--write")[0], DONE)
    second, third = ([w.folder / f"v{version}.isa", *actor(LEAD)] for version in (2, 3))
    v2, v3 = ["--version", "2"], ["--version", "3"]
    activate = [worlds.AGREEMENT, *actor(LEAD)]
    rows = [
        Row("agreement list", "lead", json=True),
        Row("agreement due", "lead", actor(LEAD), json=True),
        Row("agreement show", "lead", [worlds.AGREEMENT], json=True),
        Row("agreement show", "lead", ["nothing"], FAILED),
        Row("agreement suspend", "police", [*police, "--reason", "Breach"]),
        Row("agreement suspend", "police", [*housing, "--reason", "Breach"], REFUSED),
        Row("agreement resume", "police", police),
        Row("agreement resume", "police", police, REFUSED),
        Row("agreement review", "lead", [*lead, "--day", day]),
        Row("agreement review", "police", [*police, "--day", day], REFUSED),
        Row("agreement propose", "lead", second),
        Row("agreement propose", "care", [second[0], *actor(CARE)], REFUSED),
        Row("agreement activate", "lead", [*activate, *v2], REFUSED),
        Row("agreement sign", "police", [*housing, *v2], REFUSED),
    ]
    configs = {party: config(w, f"{party}-signs", party, "officer") for party in worlds.ROLES}
    for party in worlds.ROLES:
        rows.append(Row("agreement sign", party, [*acts(w, party), *v2]))
    rows += [
        Row("agreement activate", "lead", [*activate, *v2]),
        Row("agreement propose", "lead", third),
        Row("agreement refuse", "police", [*housing, *v3, "--reason", "Too wide"], REFUSED),
        Row("agreement refuse", "housing", [*housing, *v3, "--reason", "Too wide"]),
        Row("agreement withdraw", "police", [*housing, "--day", day, "--reason", "x"], REFUSED),
        Row("agreement withdraw", "housing", [*housing, "--day", late, "--reason", "Merger"]),
        Row("agreement end", "police", [*police, "--day", day, "--reason", "Closed"], REFUSED),
        Row("agreement end", "lead", [*lead, "--day", late, "--reason", "Closed"]),
        Row("agreement replay", "lead", [second[0], *actor(LEAD), "--from", "2026-01-01", "--to",
                                         datetime.date.today().isoformat()]),
        Row("agreement replay", "care", [second[0], *actor(CARE), "--from", "2026-01-01", "--to",
                                         "2026-02-01"], REFUSED),
    ]
    return rows, configs


def reviews(w, configs):
    """A case of housing's officers: what the asker itself recorded within the hour."""
    own, other = actor("housing", "ig-1"), actor(LEAD)
    listed = Row("review list", "housing", own, json=True).check(configs)
    case = re.search(r"(?m)^([0-9a-f]{32})  consent-by-asker", listed).group(1)
    close = ["--outcome", "justified", "--reason", "Asked again"]
    return [
        Row("review list", "care", ["--user", "x", "--role", "social-worker"], REFUSED),
        Row("review show", "housing", [case, *own], json=True),
        Row("review show", "lead", [case, *other], FAILED),
        Row("review close", "housing", [case, *own, *close], REFUSED),
        Row("review take", "lead", [case, *other], FAILED),
        Row("review take", "housing", [case, *own], json=False),
        Row("review close", "housing", [case, *own, *close]),
        Row("review tell", "housing", [case, *own, "--channel", "in-person"], REFUSED),
    ]


def marks(w, person):
    """Somebody on care's staff; whoever is no officer marks nobody."""
    who = [*CHILD, *identity(w, person), "--kind", "staff", "--label", "jb17"]
    off = [*actor(CARE), "--kind", "staff", "--label", "jb17"]
    return [
        Row("review mark", "care-officer", who, json=True),
        Row("review mark", "care", who, REFUSED),
        Row("review mark", "care-officer", [*who[:-3], "friend", *who[-2:]], FAILED),
        Row("review unmark", "care-officer", off, json=True),
        Row("review unmark", "care", off, REFUSED),
    ]


def duties(w, configs):
    """What care owes for the answer that it had, in the very first question."""
    own, other = actor(CARE), actor("police")
    true(worlds.wait_until(lambda: "keep=" in Row("duty list", "care-officer", own).check(configs),
                           20), "no duty")
    listed = Row("duty list", "care-officer", [*own, "--kind", "keep"], json=True).check(configs)
    duty = re.search(r"(?m)^([0-9a-f]{32})  keep=", listed).group(1)
    done = ["--outcome", "done", "--reason", "Deleted"]
    return [
        Row("duty list", "care-officer", [*own, "--overdue"], json=True),
        Row("duty list", "lead", [*actor(LEAD), "--escalated"], json=True),
        Row("duty list", "care", ["--user", "x", "--role", "social-worker"], REFUSED),
        Row("duty list", "care-officer", [*own, "--kind", "other"], USAGE, spoken=False),
        Row("duty take", "care-officer", [duty, *own], json=True),
        Row("duty take", "police", [duty, *other], FAILED),
        Row("duty take", "care-officer", [duty[1:], *own], USAGE, spoken=False),
        Row("duty attest", "police", [duty, *other, *done], FAILED),
        Row("duty attest", "care-officer", [duty, *own, "--outcome", "perhaps", "--reason", "x"],
            FAILED),
        Row("duty attest", "care-officer", [duty, *own, *done]),
        Row("duty attest", "care-officer", [duty, *own, *done], REFUSED),
    ]


def incidents(w, person, configs):
    """A lost system of care's, which housing gave records to; housing's word on it."""
    own, other, who = actor(CARE), actor("police"), identity(w, person)
    today = datetime.date.today()
    what = ["--aware", today.isoformat(), "--facts", "Made up"]
    lost = ["--kind", "lost-device", "--system", "cases", *what]
    begin = [*own, *lost, "--request", "0f" * 16]
    opened = Row("incident open", "care-officer", begin)
    number = re.match(r"[0-9a-f]{32}", opened.check(configs)).group(0)
    equal(opened.check(configs)[:32], number)
    child = ["--kind", "wrong-person", *what, *CHILD, *who]
    theirs = Row("incident open", "care-officer", [*child]).check(configs)[:32]
    wrong = ["--purpose", "crime-prevention", *CHILD[2:]]
    true(" asked housing" in Row("incident scope", "care-officer", [number, *own]).check(configs),
         "its scope")
    by = ["--by", (today + datetime.timedelta(7)).isoformat()]
    told = Row("incident notify", "care-officer", [number, *own, "--version", "1", *by])
    true(re.search("(?m)^[1-9] notices", told.check(configs)), "somebody is told")
    housing = actor("housing")
    line = Row("incident notices", "housing", housing).check(configs)
    notice = re.search(r"(?m)^ *(\d+)  lost-device", line).group(1)
    answer = ["--outcome", "noted", "--reason", "Words"]
    decide = ["--ico", "notify", "--persons", "not", "--reason", "Words", "--effects", "None"]
    return [
        opened,
        Row("incident open", "care-officer", [*own, *lost], json=True),
        Row("incident open", "care-officer", [*child, "--request", "1f" * 16], json=True),
        Row("incident open", "care-officer", [*own, *lost[:2], *what, "--of-user", "user-1",
                                              "--from", "2026-01-01T09:30"]),
        Row("incident open", "care-officer", [*own, *lost[:2], *what, "--entries", "1,2"]),
        Row("incident open", "care-officer", [*own, *lost, "--agency", "police"], FAILED),
        Row("incident open", "care-officer", [*own, *lost[:3], "none", *what], FAILED),
        Row("incident open", "care", ["--user", "x", "--role", "social-worker", *lost], REFUSED),
        Row("incident open", "care-officer", [*own, *lost[:4]], USAGE, spoken=False),
        Row("incident scope", "care-officer", [number, *own], json=True),
        Row("incident scope", "police", [number, *other], FAILED),
        Row("incident scope", "care-officer", [theirs, *CHILD]),
        Row("incident scope", "care-officer", [theirs, *own], FAILED),
        Row("incident scope", "care-officer", [theirs, *wrong], REFUSED, json=True, spoken=False),
        Row("incident notify", "care-officer", [theirs, *CHILD, "--version", "1", *by]),
        Row("incident notify", "care-officer", [number, *own, "--version", "1", *by], REFUSED),
        Row("incident notify", "care-officer", [number, *own, "--version", "2", *by], json=True),
        Row("incident list", "care-officer", [*own, "--all"], json=True),
        Row("incident list", "lead", [*actor(LEAD), "--escalated"]),
        Row("incident list", "care", ["--user", "x", "--role", "social-worker"], REFUSED),
        Row("incident show", "care-officer", [number, *own], json=True),
        Row("incident show", "police", [number, *other], FAILED),
        Row("incident notices", "police", other, json=True),
        Row("incident acknowledge", "police", [notice, *other, *answer], FAILED),
        Row("incident acknowledge", "housing", [notice, *housing, *answer]),
        Row("incident acknowledge", "housing", [notice, *housing, *answer], REFUSED),
        Row("incident close", "care-officer", [number, *own, "--version", "2", "--measures", "x"],
            REFUSED),
        Row("incident decide", "care-officer", [number, *own, "--version", "2", *decide]),
        Row("incident decide", "care-officer", [number, *own, "--version", "2", *decide], REFUSED),
        Row("incident report", "care-officer", own, json=True),
        Row("incident report", "care-officer", own),
        Row("incident close", "care-officer", [number, *own, "--version", "3", "--measures", "x"]),
    ]


def stops():
    scope = ["--agency", "housing", "--person", "ab12", "--reason", "Looks without a case"]
    return [
        Row("access stop", "lead", [*actor(LEAD), *scope], json=True),
        Row("access stop", "police", [*actor("police"), *scope], REFUSED),
        Row("access list", "lead", actor(LEAD), json=True),
        Row("access resume", "lead", [*actor(LEAD), *scope], json=True),
        Row("access resume", "police", [*actor("police"), *scope], REFUSED),
    ]


def sars(w, person, configs):
    """A subject access request of care's officers, about somebody whom care asked about."""
    today, who, own = datetime.date.today().isoformat(), identity(w, person), actor(CARE)
    wrong = ["--purpose", "crime-prevention", *CHILD[2:]]
    begin = [*who, "--received", today]
    opened = Row("sar open", "care-officer", [*CHILD, *begin], json=True)
    number = re.match(r"\d+", opened.check(configs)).group(0)
    listed = Row("sar collect", "care-officer", [number, *CHILD]).check(configs)
    line = re.search(r"(?m)^ *(\d+) .* release ", listed).group(1)
    key = w.folder / "log.vkey"
    rigs.write(key, w.rig.vkey)
    why = ["--reason", "Words"]
    mark = [*CHILD, "--line", line, *why]
    return [
        opened,
        Row("sar open", "care-officer", [*wrong, *begin], REFUSED, json=True, spoken=False),
        Row("sar open", "care-officer", [*CHILD, *who, "--received", "2020-01-01"], FAILED),
        Row("sar open", "care", [*CHILD, *begin], REFUSED),
        Row("sar list", "care-officer", own, json=True),
        Row("sar list", "police", actor("police"), json=True),
        Row("sar collect", "care-officer", [number, *CHILD], json=True),
        Row("sar collect", "care-officer", [number, *wrong], REFUSED, json=True, spoken=False),
        Row("sar collect", "care-officer", ["1", *CHILD], FAILED),
        Row("sar pause", "care-officer", [number, *own, "--asked", "identity", "--day", today,
                                          *why]),
        Row("sar pause", "care-officer", [number, *own, "--asked", "identity", "--day", today,
                                          *why], REFUSED),
        Row("sar resume", "care-officer", [number, *own, "--day", today, *why]),
        Row("sar resume", "care-officer", [number, *own, "--day", today, *why], REFUSED),
        Row("sar extend", "care-officer", [number, *own, "--months", "1", *why]),
        Row("sar extend", "care-officer", [number, *own, "--months", "1", *why], REFUSED),
        Row("sar withhold", "care-officer", [number, *mark, "--exemption", "crime"], json=True),
        Row("sar withhold", "care-officer", [number, *mark, "--exemption", "whim"], FAILED),
        Row("sar reveal", "care-officer", [number, *own, "--line", line, *why]),
        Row("sar reveal", "care-officer", [number, *own, "--line", line, *why], REFUSED),
        Row("sar export", "care-officer", [number, *CHILD, "--as", "html"]),
        Row("sar export", "care-officer", [number, *CHILD, "--as", "csv"]),
        Row("sar export", "care-officer", [number, *CHILD, "--as", "json", "--key", key]),
        Row("sar export", "care-officer", [number, *wrong, "--as", "csv"], REFUSED, spoken=False),
        Row("sar export", "care-officer", [number, *CHILD, "--as", "json", "--key",
                                           w.folder / "none"], FAILED),
        Row("sar close", "care-officer", [number, *own, "--outcome", "answered", *why]),
        Row("sar close", "care-officer", [number, *own, "--outcome", "answered", *why], REFUSED),
    ]


def nobody_there(w, rows):
    """The same commands, and a gateway that is not there."""
    dead = rigs.free_port()
    alive = configs_of(w)
    gone = {name: config(w, f"{name}-gone", *{"care": (CARE, "cases"),
                                              "care-officer": (CARE, "officer"),
                                              "lead": (LEAD, "officer"),
                                              "police": ("police", "officer"),
                                              "housing": ("housing", "officer")}[name], port=dead)
            for name in alive}
    asked = set()
    for row in rows:
        if row.config in gone and row.line not in asked:
            asked.add(row.line)
            words, code, out, err = row.run(gone)
            equal(code, UNREACHABLE, f"{words}: {out}{err}")
            failure_is_told(words, code, out, err)
    return asked


def main():
    for noun, verb in commands():
        with_value, bare = help_is_whole(noun, verb)
        used_wrongly(noun, verb, with_value, bare)
    nouns()
    completion()
    with worlds.World(limits=worlds.SHORT) as w:
        offline(w.folder)
        people = worlds.people(1)
        tokens = w.blind(people)
        for party in ("housing", "police", CARE):
            w.enrol(party, people, tokens, worlds.basic_records(party))
        configs = configs_of(w)
        rows = questions(w, people[0])
        for row in rows:
            row.check(configs)
        ground = {"purpose": "early-help", "basis": "early-help-consent"}
        person = w.person_ref(handle=w.find(CARE, tokens[0], **ground).handle)
        reply = w.ask(CARE, person, sources=["housing"], items=["tenancy.tenancy-status"],
                      **ground)
        equal(worlds.parts_by_source(reply)["housing"].result.state, 1, reply)
        life, signers = lives(w)
        for more in (reviews(w, configs), duties(w, configs), marks(w, people[0]),
                     sars(w, people[0], configs),
                     incidents(w, people[0], configs), endings(w, people[0]), stops(), life):
            for row in more:
                row.check({**configs, **signers})
            rows += more
        asked = nobody_there(w, rows)
    wanted = {f"{noun} {verb}".strip() for noun, verb in commands()
              if noun in ("access", "agreement", "can", "consent", "duty", "explain", "incident",
                          "person", "review", "sar")}
    equal(wanted - asked - {f"agreement {verb}" for verb in
                            ("check", "format", "keygen", "diff", "prove")}, set())
    print(f"{len(rows)} rows of {len(asked)} commands at a gateway")


if __name__ == "__main__":
    sys.exit(worlds.run(main))
