# SPDX-License-Identifier: Apache-2.0
"""A partnership for tests: certificates, keys, configuration and the real programs on loopback.

Everything lies in one folder that the caller names. Programs are ended by the ids that this module
started, and by nothing else.
"""
import base64
import datetime
import hashlib
import os
import pathlib
import re
import shutil
import secrets
import signal
import socket
import subprocess
import sys
import time

# A refused handshake is a result here; the library would tell it on stderr as well.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
try:
    import grpc
    import grpc_tools.protoc
    import nacl.public
    import nacl.signing
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("LOCKGATE_SOURCE", pathlib.Path(__file__).parents[2]))
BUILD = pathlib.Path(os.environ.get("LOCKGATE_BUILD", SOURCE / "build" / "debug"))
PARTNERSHIP = "bridgewater"


def protos(folder):
    """Generates the Python messages of the contract into `folder` and makes them importable."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted((SOURCE / "proto" / "lockgate" / "v1").glob("*.proto"))
    code = grpc_tools.protoc.main(
        ["protoc", f"-I{SOURCE / 'proto'}", f"--python_out={folder}",
         f"--grpc_python_out={folder}"] + [str(f) for f in files])
    if code != 0:
        raise RuntimeError("protoc failed")
    sys.path.insert(0, str(folder))


_taken = set()


def free_port():
    """A port below those that the system gives to outgoing connections, so that none of them takes
    it before the program listens; never the same twice."""
    while True:
        port = 15000 + secrets.randbelow(17000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _taken:
            _taken.add(port)
            return port


def ca(*words):
    subprocess.run([str(SOURCE / "certs" / "dev-ca"), *map(str, words)], check=True,
                   stdout=subprocess.DEVNULL)


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(data)
    path.chmod(mode)


class Party:
    """One agency: its systems by kind, the roles of its case system, and its box key."""

    def __init__(self, name, roles=(), is_source=True, look_up="blind"):
        self.name = name
        self.roles = list(roles)
        self.is_source = is_source
        self.look_up = look_up
        self.box = nacl.public.PrivateKey.generate()
        self.signing = nacl.signing.SigningKey.generate()
        self.port = free_port()

    def yaml(self):
        roles = ", ".join(self.roles)
        lines = [f"  - id: {self.name}", f"    name: {self.name} (test)", "    systems:",
                 f"      - {{name: cases, kind: case-system, roles: [{roles}]}}"
                 if self.roles else "      - {name: cases, kind: case-system}",
                 f"      - {{name: officer, kind: officer, roles: [{roles}]}}"
                 if self.roles else "      - {name: officer, kind: officer}",
                 "      - {name: connector, kind: connector}"]
        if self.name == "hub":
            lines += ["      - {name: gateway, kind: gateway}",
                      "      - {name: console, kind: console, roles: [coordinator, "
                      "social-worker, ig-officer]}",
                      "      - {name: keys, kind: key-service}",
                      "      - {name: auditor, kind: auditor}"]
        if self.is_source:
            lines += ["    source:", f"      address: 127.0.0.1:{self.port}",
                      "      dns: localhost", "      system: connector"]
        lines += [f"    look-up: {self.look_up}",
                  f"    public-key: {bytes(self.box.public_key).hex()}",
                  f"    signing-key: {bytes(self.signing.verify_key).hex()}"]
        return "\n".join(lines)


class Rig:
    def __init__(self, folder, parties, agreement, limits="", workers=1):
        self.folder = pathlib.Path(folder).resolve()
        self.parties = {p.name: p for p in parties}
        self.agreement = agreement
        self.limits = limits
        self.workers = workers
        self.programs = {}
        self.pins = ""  # of the key service, once it is started
        self.gateway_port = free_port()
        self.keyd_port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._certificates()
        self._files()

    # ---- files -------------------------------------------------------------------------------

    def _certificates(self):
        self.certs = self.folder / "certs"
        ca("init", self.certs, PARTNERSHIP)

    def leaf(self, party, system, side):
        """Path of a leaf without its ending; issued when it is first wanted."""
        leaf = self.certs / party / system / side
        if not pathlib.Path(f"{leaf}.pem").exists():
            hosts = ["localhost,127.0.0.1"] if side == "server" else []
            ca(side, self.certs, party, system, *hosts)
        return leaf

    def tls(self, party, system, side):
        leaf = self.leaf(party, system, side)
        return (f"  certificate: {leaf}.pem\n  key: {leaf}.key\n"
                f"  anchors: {self.certs / 'ca.pem'}\n  crl: {self.certs / 'crl.pem'}\n")

    def agreement_text(self):
        today = datetime.date.today()
        text = pathlib.Path(self.agreement).read_text()
        days = {"IN_FORCE_FROM": today - datetime.timedelta(days=30),
                "IN_FORCE_TO": today + datetime.timedelta(days=300),
                "REVIEW_DUE": today + datetime.timedelta(days=250)}
        text = re.sub(r"@([A-Z_]+)@", lambda m: days[m.group(1)].isoformat(), text)
        return self.with_keys(text)

    def with_keys(self, text):
        """The text with the key of each party in its section."""
        def section(match):
            party = self.parties.get(match.group(1))
            if party is None or "\n  key:" in match.group(0):
                return match.group(0)
            key = bytes(party.signing.verify_key).hex()
            return f"{match.group(0).rstrip()}\n  key: {key}\n"
        return re.sub(r"(?m)^party ([a-z0-9-]+)\n(?:  .*\n)+", section, text)

    def signature(self, text, party, act="sign", office="Office", day="-", reason="-",
                  report="-", when=None, key=None):
        """A signature line over a text, as gateway/agreement/line.h describes it."""
        agreement = re.search(r"(?m)^agreement (\S+)", text).group(1)
        version = re.search(r"(?m)^  version: (\d+)", text).group(1)
        key = key or self.parties[party].signing
        when = when or datetime.datetime.now(datetime.timezone.utc)
        key_id = hashlib.sha256(bytes(key.verify_key)).digest()[:8].hex()
        fields = "\t".join([act, agreement, version, hashlib.sha256(text.encode()).hexdigest(),
                            report, party, office, key_id, when.strftime("%Y-%m-%dT%H:%M:%SZ"),
                            day, reason]).encode()
        signed = key.sign(b"lockgate agreement 1\n" + fields).signature
        return (fields + b"\t" + base64.b64encode(signed) + b"\n").decode()

    def signatures(self, text):
        """Lines of every party that the text names."""
        parties = re.findall(r"(?m)^party ([a-z0-9-]+)$", text)
        return "".join(self.signature(text, party) for party in parties)

    def _files(self):
        f = self.folder
        write(f / "partnership.yaml",
              f"partnership: {PARTNERSHIP}\nname: Test partnership\nparties:\n"
              + "\n".join(p.yaml() for p in self.parties.values()) + "\n")
        self.index_key = nacl.public.PrivateKey.generate()
        self.log_key = nacl.signing.SigningKey.generate()
        write(f / "index.key", bytes(self.index_key), 0o600)
        write(f / "log.key", bytes(self.log_key), 0o600)
        write(f / "passphrase", "synthetic passphrase\n", 0o600)
        text = self.agreement_text()
        write(f / "agreement.isa", text)
        write(f / "agreement.sig", self.signatures(text))
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.origin = "bridgewater.example/log"
        key = bytes(self.log_key.verify_key)
        name = self.origin.encode()
        key_id = hashlib.sha256(name + b"\n\x01" + key).digest()[:4]
        self.vkey = f"{self.origin}+{key_id.hex()}+{base64.b64encode(bytes([1]) + key).decode()}"
        write(f / "log.vkey", self.vkey + "\n")
        write(f / "keyd.yaml", f"listen: 127.0.0.1:{self.keyd_port}\ntls-server:\n"
              + self.tls("hub", "keys", "server")
              + f"passphrase: passphrase\nstate: keyd-state\npartnership: partnership.yaml\n"
              f"callers:\n  - lockgate://{PARTNERSHIP}/hub/gateway\n")
        write(f / "gateway.yaml", f"listen: 127.0.0.1:{self.gateway_port}\n"
              f"workers: {self.workers}\ntls-server:\n" + self.tls("hub", "gateway", "server")
              + "tls-client:\n" + self.tls("hub", "gateway", "client")
              + f"partnership: partnership.yaml\nagreements:\n  - file: agreement.isa\n"
              f"    sha256: {digest}\nstate: gateway-state\nlog:\n  key: log.key\n"
              f"  origin: {self.origin}\nkey-service:\n  address: 127.0.0.1:{self.keyd_port}\n"
              f"  dns: localhost\n  uri: lockgate://{PARTNERSHIP}/hub/keys\nindex-key: index.key\n"
              f"wards: {SOURCE / 'policy' / 'examples' / 'wards.csv'}\n"
              + self.limits)

    def connector_files(self, party, mapping, port=None):
        """Configuration of a real connector for one party; `mapping` is the mapping file. Without
        a port it answers as the party's source."""
        f = self.folder / party
        write(f / "secret.key", bytes(self.parties[party].box), 0o600)
        write(f / "pinned", f"index {bytes(self.index_key.public_key).hex()}\n{self.pins}")
        listen = port or self.parties[party].port
        write(f / "connector.yaml", f"listen: 127.0.0.1:{listen}\ntls-server:\n"
              + self.tls(party, "connector", "server") + "tls-client:\n"
              + self.tls(party, "connector", "client")
              + f"agency: {party}\ngateway:\n  address: 127.0.0.1:{self.gateway_port}\n"
              f"  dns: localhost\n  uri: lockgate://{PARTNERSHIP}/hub/gateway\n"
              f"mapping: {mapping}\nsecret-key: secret.key\npinned-keys: pinned\nstate: state\n"
              "local-blinding: true\n")
        return f / "connector.yaml"

    def connector_key(self, party, config):
        """A real connector seals and opens with a key that follows from its secret one: the
        partnership has the half that it prints, as an operator puts it there. Before the gateway
        starts; else it is sent decoys that it cannot open."""
        printed = subprocess.run([str(self.program("lockgate-connector")), "key", "--config",
                                  str(config)], capture_output=True, text=True, check=True).stdout
        path = self.folder / "partnership.yaml"
        text = path.read_text()
        own = bytes(self.parties[party].box.public_key).hex()
        write(path, text.replace(own, re.search("[0-9a-f]{64}", printed).group()))

    # ---- programs ----------------------------------------------------------------------------

    @staticmethod
    def program(name):
        found = [p for p in BUILD.rglob(name) if p.is_file() and os.access(p, os.X_OK)]
        if not found:
            raise RuntimeError(f"{name} is not built")
        return found[0]

    def start(self, label, name, *arguments, **environment):
        log = open(self.folder / f"{label}.log", "ab")
        self.programs[label] = subprocess.Popen([str(self.program(name)), *map(str, arguments)],
                                                stdout=log, stderr=log,
                                                env={**os.environ, **environment})
        log.close()

    def keyd_pins(self):
        """The keys to pin, while the key service does not run: one process has its state."""
        return subprocess.run([str(self.program("lockgate-keyd")), "--public-keys",
                               str(self.folder / "keyd.yaml")], check=True,
                              capture_output=True, text=True).stdout

    def start_keyd(self):
        self.pins = self.keyd_pins()
        self.start("keyd", "lockgate-keyd", self.folder / "keyd.yaml")
        self.await_port(self.keyd_port, "keyd")

    def start_gateway(self, **environment):
        self.start("gateway", "lockgated", self.folder / "gateway.yaml", **environment)
        self.await_port(self.gateway_port, "gateway")

    def start_connector(self, party, mapping, port=None):
        self.start(f"{party}-connector", "lockgate-connector", "serve", "--config",
                   self.connector_files(party, mapping, port))
        self.await_port(port or self.parties[party].port, f"{party}-connector")

    def await_port(self, port, label, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.programs[label].poll() is not None:
                raise RuntimeError(f"{label} ended: "
                                   + (self.folder / f"{label}.log").read_text()[-2000:])
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"{label} does not listen")

    def stop(self, label, how=signal.SIGTERM, seconds=20):
        program = self.programs.pop(label, None)
        if program is not None and program.poll() is None:
            program.send_signal(how)
            program.wait(seconds)
        return None if program is None else program.returncode

    def stop_all(self):
        for label in list(self.programs):
            self.stop(label)

    def remove(self):
        shutil.rmtree(self.folder)

    # ---- calls -------------------------------------------------------------------------------

    def credentials(self, party, system="cases"):
        leaf = self.leaf(party, system, "client")
        return grpc.ssl_channel_credentials((self.certs / "ca.pem").read_bytes(),
                                            pathlib.Path(f"{leaf}.key").read_bytes(),
                                            pathlib.Path(f"{leaf}.pem").read_bytes())

    def server_credentials(self, party):
        leaf = self.leaf(party, "connector", "server")
        return grpc.ssl_server_credentials(
            [(pathlib.Path(f"{leaf}.key").read_bytes(), pathlib.Path(f"{leaf}.pem").read_bytes())],
            (self.certs / "ca.pem").read_bytes(), True)

    def channel(self, party, system="cases", port=None):
        return grpc.secure_channel(f"localhost:{port or self.gateway_port}",
                                   self.credentials(party, system),
                                   options=[("grpc.use_local_subchannel_pool", 1)])


def request_id():
    return secrets.token_bytes(16)
