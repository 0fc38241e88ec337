# SPDX-License-Identifier: Apache-2.0
"""Certificates, authorities and lists that change or run out under live connections: who is out is
out within seconds, streams and all, and nothing is released to them any more; who is not notices
nothing; a broken file changes nothing and is told."""
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import grpc

import agency as agencies
import h2line
import journal as journals
import rig as rigs
import world as worlds
from check import equal, true

CARE, POLICE, HOUSING = "childrens-care", "police", "housing"
WATCHES = 12
# A source that keeps a question waiting for longer than the test looks.
LIMITS = "limits:\n  source-timeout-ms: 12000\n  hidden-slot-ms: 15000\n"
OUT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED)


class Loud(worlds.World):
    """Complaints about certificates are what this test wants."""

    def stop(self):
        return [fault for fault in super().stop() if '"event":"tls.' not in fault]


def checkpoint(w, channel):
    try:
        w.rpc["audit"].AuditStub(channel).Checkpoint(w.pb["audit"].CheckpointRequest(), timeout=5)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def channel_of(w, leaf):
    credentials = grpc.ssl_channel_credentials(
        (w.rig.certs / "ca.pem").read_bytes(), pathlib.Path(f"{leaf}.key").read_bytes(),
        pathlib.Path(f"{leaf}.pem").read_bytes())
    return grpc.secure_channel(f"localhost:{w.rig.gateway_port}", credentials,
                               options=[("grpc.use_local_subchannel_pool", 1)])


def line(w, anchors=None):
    leaf = w.rig.leaf(HOUSING, "cases", "client")
    return h2line.Line(w.rig.gateway_port, anchors or w.rig.certs / "ca.pem", f"{leaf}.pem",
                       f"{leaf}.key")


def reread(w):
    w.rig.programs["gateway"].send_signal(signal.SIGHUP)


def complaints(w, event):
    """What the gateway said of that kind, as details."""
    found = []
    for text in (w.folder / "gateway.log").read_text().splitlines():
        entry = json.loads(text)
        if entry["event"] == event:
            found.append(entry["detail"])
    return found


def openssl_ca(w, *words):
    names = ["STATE", "ORGANISATION", "NAME", "URI", "HOSTS"]
    env = dict(os.environ, **{f"DEV_CA_{name}": "test" for name in names})
    env["DEV_CA_STATE"] = str(w.rig.certs / "_ca")
    env["DEV_CA_URI"] = f"lockgate://{rigs.PARTNERSHIP}/{HOUSING}/cases"
    config = rigs.SOURCE / "certs" / "openssl.cnf"
    subprocess.run(["openssl", "ca", "-batch", "-config", str(config), *map(str, words)],
                   check=True, env=env, capture_output=True)


def put(path, data, mode=None):
    """Replaced by rename, as a careful operator does it."""
    fresh = path.with_name(".new")
    fresh.write_bytes(data)
    fresh.chmod(path.stat().st_mode & 0o777 if mode is None and path.exists() else mode or 0o644)
    fresh.rename(path)


# ---- revocation ----------------------------------------------------------------------------------


class Watcher(threading.Thread):
    """One Watch to its end: what came, and how it ended."""

    def __init__(self, w, channel, party, tokens):
        super().__init__(daemon=True)
        question = w.question(party, w.person_ref(tokens), sources=[HOUSING])
        self.stream = w.rpc["disclosures"].DisclosuresStub(channel).Watch(question, timeout=60)
        self.parts = 0
        self.code = None
        self.start()

    def run(self):
        try:
            for event in self.stream:
                self.parts += event.WhichOneof("event") == "part"
            self.code = grpc.StatusCode.OK
        except grpc.RpcError as error:
            self.code = error.code()


def releases(w):
    log = journals.Journal(w.folder / "gateway-state" / "log")
    return sum(1 for entry in log.entries if entry.kind == "RELEASE")


def watch_many(w, channel, party, tokens):
    """Streams that wait for an agency which has the question and does not answer."""
    housing = w.agencies[HOUSING]
    event = threading.Event()
    asked = len(housing.fetched)
    housing.behave = agencies.late(event, 60)
    watchers = [Watcher(w, channel, party, tokens) for _ in range(WATCHES)]
    true(housing.wait(lambda agency: len(agency.fetched) == asked + WATCHES), "not all are asked")
    return watchers, event


def end_of(watchers, begun, what):
    """All streams ended by refusal, without a part; how long it took."""
    for watcher in watchers:
        watcher.join(20)
        true(watcher.code in OUT, f"{what}: a stream ended with {watcher.code}")
        equal(watcher.parts, 0, what)
    return time.monotonic() - begun


def let_answer(w, event, before, what):
    """The agency answers now, and nothing of it is released."""
    housing = w.agencies[HOUSING]
    event.set()
    housing.behave = None
    time.sleep(1)
    equal(checkpoint(w, w.channel(HOUSING)), grpc.StatusCode.OK, "another agency")
    equal(releases(w), before, f"{what}: released afterwards")


def revoked_with_streams(w, tokens):
    """Nobody tells the gateway: it looks every second."""
    channel = w.rig.channel(CARE)
    watchers, event = watch_many(w, channel, CARE, tokens)
    before = releases(w)
    rigs.ca("revoke", w.rig.certs, f"{w.rig.leaf(CARE, 'cases', 'client')}.pem")
    took = end_of(watchers, time.monotonic(), "revoked")
    true(checkpoint(w, channel) in OUT, "the next request")
    print(f"revoked: {WATCHES} streams ended {took * 1000:.0f} ms after the list was there")
    true(took < 10, "a revoked system keeps its streams")
    let_answer(w, event, before, "revoked")
    channel.close()
    rigs.ca("renew", w.rig.certs, f"{CARE}/cases")


def expired_with_streams(w, tokens):
    """A certificate ends while its connection works."""
    seconds = 5
    folder = w.folder / "short"
    folder.mkdir()
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    leaf = w.rig.leaf(CARE, "cases", "client")
    subprocess.run(["openssl", "req", "-new", "-key", f"{leaf}.key", "-subj", "/CN=cases", "-out",
                    str(folder / "leaf.csr")], check=True, capture_output=True)
    extensions = folder / "leaf.cnf"
    extensions.write_text(
        "[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\n"
        "authorityKeyIdentifier=keyid:always\n"
        f"subjectAltName=URI:lockgate://{rigs.PARTNERSHIP}/{CARE}/cases\n")
    openssl_ca(w, "-notext", "-extfile", extensions, "-extensions", "leaf", "-enddate",
               until.strftime("%Y%m%d%H%M%SZ"), "-in", folder / "leaf.csr", "-out",
               folder / "leaf.pem")
    (folder / "leaf.key").write_bytes(pathlib.Path(f"{leaf}.key").read_bytes())
    channel = channel_of(w, folder / "leaf")
    equal(checkpoint(w, channel), grpc.StatusCode.OK, "before its end")
    watchers, event = watch_many(w, channel, CARE, tokens)
    before = releases(w)
    took = end_of(watchers, time.monotonic(), "expired")
    late = (datetime.datetime.now(datetime.timezone.utc) - until).total_seconds()
    print(f"expired: {WATCHES} streams ended {late * 1000:.0f} ms after the last second")
    true(took < seconds + 10, "an expired system keeps its streams")
    true(checkpoint(w, channel) in OUT, "the next request")
    let_answer(w, event, before, "expired")
    channel.close()


# ---- renewal -------------------------------------------------------------------------------------


class Caller(threading.Thread):
    """Asks without a pause; how often it was answered, and what else it got."""

    def __init__(self, w):
        super().__init__(daemon=True)
        self.w = w
        self.channel = w.rig.channel(HOUSING)
        self.answered = 0
        self.faults = []
        self.is_over = threading.Event()
        self.start()

    def run(self):
        while not self.is_over.is_set():
            code = checkpoint(self.w, self.channel)
            if code == grpc.StatusCode.OK:
                self.answered += 1
            else:
                self.faults.append(code)

    def end(self):
        self.is_over.set()
        self.join(20)
        self.channel.close()


def renewed_under_load(w):
    """Three renewals while four callers work: not one call is lost, and the connections of the old
    certificate end in order."""
    callers = [Caller(w) for _ in range(4)]
    true(worlds.wait_until(lambda: all(c.answered > 0 for c in callers)), "no load")
    serials, slowest = {line(w).serial}, 0
    for _ in range(3):
        old = line(w)
        rigs.ca("renew", w.rig.certs, "hub/gateway")
        begun = time.monotonic()
        true(worlds.wait_until(lambda: line(w).serial != old.serial), "the old one is still shown")
        equal(old.drain(20), 2, "two GOAWAYs")
        slowest = max(slowest, time.monotonic() - begun)
        serials.add(line(w).serial)
    for caller in callers:
        caller.end()
    equal([fault for caller in callers for fault in caller.faults], [], "calls lost")
    equal(len(serials), 4, "certificates shown")
    answered = sum(caller.answered for caller in callers)
    print(f"renewed: 3 times under {answered} calls, 0 lost; an idle connection of the old one "
          f"drained in at most {slowest:.1f} s")


# ---- authorities ---------------------------------------------------------------------------------


def authorities_overlap(w):
    """The next authority is taken beside the first, and only while it is in the files. Lists come
    first and go last, so that no moment is without them."""
    certs, following = w.rig.certs, w.folder / "next"
    rigs.ca("init", following, rigs.PARTNERSHIP)
    rigs.ca("client", following, POLICE, "cases")
    first = {name: (certs / name).read_bytes() for name in ("ca.pem", "crl.pem")}
    fresh = channel_of(w, following / POLICE / "cases" / "client")
    equal(checkpoint(w, fresh), grpc.StatusCode.UNAVAILABLE, "before its authority is known")
    fresh.close()
    put(certs / "crl.pem", first["crl.pem"] + (following / "crl.pem").read_bytes())
    reread(w)
    put(certs / "ca.pem", first["ca.pem"] + (following / "ca.pem").read_bytes())
    reread(w)
    fresh = channel_of(w, following / POLICE / "cases" / "client")
    true(worlds.wait_until(lambda: checkpoint(w, fresh) == grpc.StatusCode.OK, 20),
         "the next authority's leaf in the overlap")
    old = w.rig.channel(POLICE)
    equal(checkpoint(w, old), grpc.StatusCode.OK, "the first one's leaf in the overlap")
    put(certs / "ca.pem", first["ca.pem"])
    reread(w)
    true(worlds.wait_until(lambda: checkpoint(w, fresh) in OUT),
         "a connection outlives the authority of its certificate")
    put(certs / "crl.pem", first["crl.pem"])
    reread(w)
    equal(checkpoint(w, old), grpc.StatusCode.OK, "the first one's leaf afterwards")
    fresh.close()
    old.close()
    equal(complaints(w, "tls.refresh"), [], "an overlap that goes by the book")


# ---- broken files --------------------------------------------------------------------------------


def cut(data, count):
    return [data[:len(data) * i // count] for i in range(count)]


def broken_contents(w, path):
    """What may stand in the file: cut short, doubled, of somebody else, huge, not PEM."""
    data = path.read_bytes()
    other = {"server.pem": w.rig.leaf(HOUSING, "connector", "server").with_suffix(".pem"),
             "server.key": w.rig.leaf(HOUSING, "connector", "server").with_suffix(".key"),
             "ca.pem": w.rig.leaf(HOUSING, "connector", "server").with_suffix(".pem"),
             "crl.pem": w.rig.certs / "ca.pem"}[path.name]
    middle = len(data) // 2
    return cut(data, 24) + [
        data + data, other.read_bytes(), b"no PEM at all\n" * 40, b"\0" * 2000,
        data.replace(b"BEGIN", b"BEGUN"), data.replace(b"END", b"AND"),
        data[:middle] + b"!" + data[middle + 1:], data[:middle] + data[middle + 64:],
        data + b"\n-----BEGIN CERTIFICATE-----\n", b"x" * (5 << 20)]


def broken_places(path, aside):
    """Steps that put something else in the file's place."""
    path.rename(aside)
    yield "missing"
    path.symlink_to(aside)
    yield "link"
    path.unlink()
    path.mkdir()
    yield "folder"
    path.rmdir()
    os.mkfifo(path)
    yield "pipe"
    path.unlink()
    aside.rename(path)
    mode = path.stat().st_mode & 0o777
    path.chmod(0o666)
    yield "mode"
    path.chmod(mode)


def expect_unmoved(w, shown, what):
    """Another look at the files, and all is as it was."""
    reread(w)
    time.sleep(0.02)
    fresh = line(w, w.folder / "trust.pem")
    fresh.close()
    equal(fresh.serial, shown, what)


def broken_files(w):
    server = w.rig.certs / "hub" / "gateway"
    paths = [server / "server.pem", server / "server.key", w.rig.certs / "ca.pem",
             w.rig.certs / "crl.pem"]
    (w.folder / "trust.pem").write_bytes((w.rig.certs / "ca.pem").read_bytes())
    keep = w.rig.channel(HOUSING)
    equal(checkpoint(w, keep), grpc.StatusCode.OK)
    shown, variants = line(w).serial, 0
    for path in paths:
        data, mode = path.read_bytes(), path.stat().st_mode & 0o777
        for content in broken_contents(w, path):
            put(path, content, mode)
            variants += 1
            expect_unmoved(w, shown, f"{path.name}: variant {variants}")
        put(path, data, mode)
        for place in broken_places(path, w.folder / "aside"):
            variants += 1
            expect_unmoved(w, shown, f"{path.name}: {place}")
        equal(checkpoint(w, keep), grpc.StatusCode.OK, path.name)
        true(worlds.wait_until(lambda: any(path.name in text
                                           for text in complaints(w, "tls.refresh"))),
             f"{path.name}: nobody was told")
    reread(w)
    equal(checkpoint(w, keep), grpc.StatusCode.OK, "after all of it")
    keep.close()
    told = len(set(complaints(w, "tls.refresh")))
    print(f"broken files: {variants} variants, 0 taken, {told} different complaints")


# ---- a list that runs out ------------------------------------------------------------------------


def list_runs_out(w):
    """Past its next update nobody passes, old or new, until there is a list again."""
    crl, good = w.rig.certs / "crl.pem", (w.rig.certs / "crl.pem").read_bytes()
    channel = w.rig.channel(HOUSING)
    equal(checkpoint(w, channel), grpc.StatusCode.OK)
    fresh = w.folder / "short.crl"
    openssl_ca(w, "-gencrl", "-crlsec", "3", "-out", fresh)
    put(crl, fresh.read_bytes())
    reread(w)
    equal(checkpoint(w, channel), grpc.StatusCode.OK, "while it is in force")
    true(worlds.wait_until(lambda: checkpoint(w, channel) in OUT, 20),
         "a list that ran out still lets people pass")
    try:
        line(w).close()
        raise AssertionError("a new connection without a list in force")
    except h2line.Refused:
        pass
    true(complaints(w, "tls.expires"), "nobody was told of the end of the list")
    # A list of before is no help: it was replaced by a newer one.
    put(crl, good)
    reread(w)
    time.sleep(0.1)
    true(checkpoint(w, channel) in OUT, "an older list came back")
    rigs.ca("crl", w.rig.certs)
    reread(w)
    true(worlds.wait_until(lambda: checkpoint(w, channel) == grpc.StatusCode.OK, 60, 0.2),
         "a new list lets nobody back")
    channel.close()


def main():
    with Loud(limits=LIMITS) as w:
        people = worlds.people(1)
        tokens = w.blind(people)[0]
        w.enrol(HOUSING, people, [tokens], worlds.basic_records(HOUSING))
        renewed_under_load(w)
        authorities_overlap(w)
        revoked_with_streams(w, tokens)
        expired_with_streams(w, tokens)
        broken_files(w)
        list_runs_out(w)


if __name__ == "__main__":
    sys.exit(worlds.run(main))
