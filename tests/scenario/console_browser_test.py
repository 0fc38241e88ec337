# SPDX-License-Identifier: Apache-2.0
"""The console in headless Chromium, attacked by pages of other origins."""
import shutil
import sys

import consoles
import foreign
import world as worlds


def browser_find():
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def main():
    with consoles.world() as w:
        print(consoles.script(w, "console_chromium.mjs", browser=browser_find()), end="")


if __name__ == "__main__":
    if foreign.node_find(*consoles.PACKAGES, "playwright-core") is None or not browser_find():
        print("skipped: no chromium, or no node of 20 or later with oidc-provider")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
