# SPDX-License-Identifier: Apache-2.0
"""Stock @connectrpc/connect-web in headless Chromium (connect_web_page.mjs) against the real
programs, with a client certificate."""
import json
import shutil
import sys

import foreign
import rig as rigs
import world as worlds
from check import equal

PACKAGES = [*foreign.ES_PACKAGES, "@connectrpc/connect-web", "@esbuild/linux-x64",
            "playwright-core"]
FORMATS = ["binary", "json"]


def browser_find():
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def bundle(w):
    out = w.folder / "page.js"
    foreign.run([rigs.SOURCE / "node_modules/@esbuild/linux-x64/bin/esbuild", "--bundle",
                 "--format=iife", f"--alias:contract={foreign.es_stubs()}", f"--outfile={out}",
                 "--log-level=error", foreign.HERE / "connect_web_page.mjs"])
    return str(out)


def settings(w):
    _, certificate, key = foreign.tls(w)
    return {"bundle": bundle(w), "browser": browser_find(), "certificate": certificate,
            "key": key, "address": f"https://localhost:{w.rig.gateway_port}",
            "ways": [{"format": form, "pseudonym": w.pseudonym} for form in FORMATS]}


def main():
    program = foreign.node_find(*PACKAGES)
    with foreign.world() as w:
        said = foreign.run([program, foreign.HERE / "connect_web_peer.mjs"],
                           input=json.dumps(settings(w)).encode())
        *parts, rest = said.split(b"end\n")
        equal(len(parts), len(FORMATS))
        # Its own origin: no preflight.
        equal(rest.decode(), "protocols h2\nmethods GET POST\n")
        for form, part in zip(FORMATS, parts):
            events = foreign.lines_check(w, part)
            print(f"connect-web in Chromium, {form}: health, CanAsk, Ask, Watch "
                  f"({events} events), one given up, a refusal")


if __name__ == "__main__":
    if foreign.node_find(*PACKAGES) is None or browser_find() is None:
        print("skipped: no Chromium, or no node of 20 or later with playwright-core and "
              "@connectrpc/connect-web")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
