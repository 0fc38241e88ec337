# SPDX-License-Identifier: Apache-2.0
"""The console: every route and every method of the contract, by everybody."""
import re
import sys

import consoles
import foreign
import rig as rigs
import world as worlds


def methods():
    """All of the contract, such as Audit/Get."""
    found = []
    for file in sorted((rigs.SOURCE / "proto/lockgate/v1").glob("*.proto")):
        for service, body in re.findall(r"(?ms)^service (\w+) \{(.*?)^\}", file.read_text()):
            found += [f"{service}/{name}" for name in re.findall(r"(?m)^  rpc (\w+)\(", body)]
    return found


def main():
    with consoles.world() as w:
        print(consoles.script(w, "console_matrix.mjs", methods=methods()), end="")


if __name__ == "__main__":
    if foreign.node_find(*consoles.PACKAGES) is None:
        print("skipped: no node of 20 or later with oidc-provider")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
