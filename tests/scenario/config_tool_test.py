# SPDX-License-Identifier: Apache-2.0
"""`lockgate config check` takes what the programs run with, and names each fault that would keep
one from starting: in the file, and in every file that it names."""
import json
import re
import subprocess
import sys

import rig as rigs
import world as worlds
from check import equal, true


def lockgate(*words):
    done = subprocess.run([str(rigs.Rig.program("lockgate")), "config", *map(str, words)],
                          capture_output=True, text=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def refused(path, *parts):
    """Three lines: what, where and why, what to do."""
    code, out, err = lockgate("check", path)
    equal((code, out), (1, ""), err)
    lines = err.strip().splitlines()
    equal(len(lines), 3, err)
    for part in parts:
        true(part in lines[1], f"{part} is not in: {lines[1]}")


def what_runs_is_taken(w):
    for name, kind in (("gateway.yaml", "gateway"), ("keyd.yaml", "keyd"),
                       ("partnership.yaml", "partnership")):
        code, out, err = lockgate("check", w.folder / name)
        equal((code, err), (0, ""))
        true(f"kind {kind}" in out, out)


def faults_of_the_file(w, good):
    path = w.folder / "other.yaml"
    for change, parts in (
            (lambda text: text.replace("agreements:", "agrements:"), ("agrements", "agreements")),
            (lambda text: text + "workers: 2\n", ("workers",)),
            (lambda text: text.replace("workers: 1", "workers: many"), (":2:", "workers"))):
        rigs.write(path, change(good))
        refused(path, *parts)
    rigs.write(path, good)


def faults_of_what_it_names(w, good):
    path = w.folder / "other.yaml"
    agreement = w.folder / "agreement.isa"
    key, index = w.folder / "log.key", w.folder / "index.key"
    for file in (key, index):
        file.chmod(0o640)
        refused(path, str(file), "chmod 600")
        file.chmod(0o600)
    for line, name in (("wards: .*", "wards: no-such-file"),
                       ("partnership: .*", "partnership: no-such-file"),
                       ("crl: .*", "crl: no-such-file")):
        rigs.write(path, re.sub(line, name, good, count=1))
        refused(path, "no-such-file")
    rigs.write(path, good.replace("state: gateway-state", "state: no-such-folder/state"))
    refused(path, "no-such-folder")
    rigs.write(path, re.sub(r"sha256: [0-9a-f]{64}", "sha256: " + "0" * 64, good))
    refused(path, str(agreement), "SHA-256")
    rigs.write(w.folder / "partnership-bad.yaml", "partnership: bridgewater\nnames: B\n")
    rigs.write(path, good.replace("partnership: partnership.yaml",
                                  "partnership: partnership-bad.yaml"))
    refused(path, "partnership-bad.yaml", "line 2", "names")
    rigs.write(path, re.sub(r"(tls-server:\n  certificate: )[^\n]*",
                            lambda found: found[1] + w.rig.tls("police", "cases", "client")
                            .split("certificate: ")[1].split("\n")[0], good, count=1))
    refused(path, "client.pem")


def connectors(w):
    mapping = w.folder / "people.yaml"
    people = w.folder / "people.csv"
    rigs.write(people, "ref,a,b,c,d\n")
    rigs.write(mapping, "connector: police\nsource: {kind: csv, path: people.csv}\nperson:\n"
               "  key: ref\n  identity:\n    family-name: {from: a}\n    given-name: {from: b}\n"
               "    born: {from: c, date: YYYY-MM-DD}\n    postcode: {from: d}\nrecords:\n"
               "  - items:\n      - {item: identity.name, from: a, standing: fact}\n")
    path = w.rig.connector_files("police", mapping)
    code, out, err = lockgate("check", path)
    equal((code, err), (0, ""))
    true("kind connector" in out, out)
    equal(lockgate("check", mapping)[0], 0)
    people.unlink()
    refused(path, str(people))
    refused(mapping, str(people))
    rigs.write(people, "ref,a,b,c,d\n")
    rigs.write(mapping, mapping.read_text().replace("connector: police", "connector: housing"))
    refused(path, "housing", "police")


def shown(w):
    code, out, err = lockgate("show", w.folder / "gateway.yaml", "--json")
    equal((code, err), (0, ""))
    found = {one["setting"]: one for one in map(json.loads, out.splitlines())}
    equal(found["workers"]["value"], str(w.rig.workers))
    equal(found["workers"]["line"], 2)
    true(found["limits.deadline-max-ms"]["default"], found)
    equal(found["state"]["value"], str(w.folder / "gateway-state"))
    code, out, err = lockgate("show", w.folder / "nothing.yaml")
    equal((code, out), (2, ""), err)
    true("--as" in err, err)


def main():
    with worlds.World(hosts=[]) as w:
        good = (w.folder / "gateway.yaml").read_text()
        what_runs_is_taken(w)
        faults_of_the_file(w, good)
        faults_of_what_it_names(w, good)
        connectors(w)
        shown(w)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
