# SPDX-License-Identifier: Apache-2.0
"""The console as a browser meets it: files, headers, sign-in at a real provider, sessions and their
ends, calls."""
import sys

import consoles
import foreign
import world as worlds


def main():
    # Each visit has a connection of its own, and so may meet any of the workers.
    with consoles.world(workers=3) as w:
        print(consoles.script(w, "console_visit.mjs"), end="")


if __name__ == "__main__":
    if foreign.node_find(*consoles.PACKAGES) is None:
        print("skipped: no node of 20 or later with oidc-provider")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
