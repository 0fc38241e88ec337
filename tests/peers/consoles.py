# SPDX-License-Identifier: Apache-2.0
"""A partnership whose gateway has a console: files of a web part, a sign-in provider over TLS
(stock oidc-provider in Node), and what a script that visits both is told."""
import contextlib
import gzip
import hashlib
import json
import subprocess

import foreign
import rig as rigs
import world as worlds

PACKAGES = ["oidc-provider"]
SECRET = "synthetic client secret: + & %"
# path: (file, type, immutable, text); None: HTML of its own path.
FILES = {
    "/": ("index.html", "text/html; charset=utf-8", False),
    "/person": ("person.html", "text/html; charset=utf-8", False),
    "/sign-in": ("sign-in.html", "text/html; charset=utf-8", False),
    "/signed-out": ("signed-out.html", "text/html; charset=utf-8", False),
    "/assets/app-1a2b3c.js": ("app-1a2b3c.js", "text/javascript; charset=utf-8", True),
    "/favicon.svg": ("favicon.svg", "image/svg+xml", False),
}


def assets_write(folder):
    """A web part of little texts, as the manifest wants it."""
    listed = []
    for path, (name, kind, immutable) in FILES.items():
        text = f"<!doctype html><title>{path}</title>\n".encode() * 40
        rigs.write(folder / name, text)
        rigs.write(folder / f"{name}.gz", gzip.compress(text, mtime=0))
        listed.append({"path": path, "file": name, "type": kind, "gzip": path != "/favicon.svg",
                       "sha256": hashlib.sha256(text).hexdigest(), "immutable": immutable})
    rigs.write(folder / "manifest.json", json.dumps({"assets": listed}))


def section(port, provider_port, more="", token=None):
    """The lines of gateway.yaml."""
    issuer = f"https://localhost:{provider_port}"
    return (f"console:\n  listen: 127.0.0.1:{port}\n"
            "  certificate: certs/hub/console/server.pem\n  key: certs/hub/console/server.key\n"
            f"  origin: https://localhost:{port}\n  assets: console-assets\n  system: console\n"
            f"  pins: console.pins\n  synthetic: true\n{more}  sign-in:\n    issuer: {issuer}\n"
            f"    authorization: {issuer}/auth\n    token: {token or issuer + '/token'}\n"
            "    anchors: certs/ca.pem\n    client: lockgate-console\n    secret: console.secret\n"
            "    algorithm: ES256\n    keys: provider-keys.json\n    groups: groups\n    roles:\n"
            "      - {claim: hub-governance, role: ig-officer, officer: true}\n"
            "      - {claim: hub-coordinators, role: coordinator}\n"
            "      - {claim: hub-workers, role: social-worker}\n")


@contextlib.contextmanager
def provider(rig, port, console_port):
    """The provider, until the end of the block; its keys are written when this gives."""
    leaf = rig.leaf("hub", "provider", "server")
    told = {"port": port, "key": f"{leaf}.key", "certificate": f"{leaf}.pem",
            "origin": f"https://localhost:{console_port}", "secret": SECRET,
            "keys": str(rig.folder / "provider-keys.json"),
            "anchors": str(rig.certs / "ca.pem")}
    with open(rig.folder / "provider.err", "wb") as errors, subprocess.Popen(
            [foreign.node_find(*PACKAGES), str(foreign.HERE / "provider.mjs")], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors) as script:
        try:
            script.stdin.write(json.dumps(told) + "\n")
            script.stdin.flush()
            said = script.stdout.readline()
            if said != "listening\n":
                raise AssertionError(f"the provider said {said!r}")
            yield script
        finally:
            script.kill()


@contextlib.contextmanager
def world(more="", limits=worlds.SHORT, token=None, workers=1):
    """A world whose hub has a console; `told` is what a script needs."""
    port, provider_port = rigs.free_port(), rigs.free_port()
    w = worlds.World(limits=limits + section(port, provider_port, more, token), hosts=[],
                     workers=workers)
    assets_write(w.rig.folder / "console-assets")
    rigs.write(w.rig.folder / "console.secret", SECRET + "\n", 0o600)
    # The keys are the key service's own, which prints them before it starts.
    index = bytes(w.rig.index_key.public_key).hex()
    pins = f"index {index}\n{w.rig.keyd_pins()}"
    rigs.write(w.rig.folder / "console.pins", pins)
    w.rig.leaf("hub", "console", "server")
    with provider(w.rig, provider_port, port), w:
        w.told = {"origin": f"https://localhost:{port}",
                  "issuer": f"https://localhost:{provider_port}",
                  "anchors": str(w.rig.certs / "ca.pem")}
        w.console_port = port
        w.told["pins"] = pins
        yield w


def script(w, name, seconds=60, **more):
    """Runs a script of this folder, told of the world; what it printed."""
    return foreign.run([foreign.node_find(*PACKAGES), foreign.HERE / name], seconds,
                       input=json.dumps({**w.told, **more}).encode()).decode()
