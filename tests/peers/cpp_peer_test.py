# SPDX-License-Identifier: Apache-2.0
"""Stock C++ gRPC (cpp_peer.cpp) against the real programs."""
import sys

import foreign
import rig as rigs
import world as worlds


def main():
    program = rigs.Rig.program("cpp_peer")
    with foreign.world() as w:
        said = foreign.run([program, f"localhost:{w.rig.gateway_port}", *foreign.tls(w),
                            w.pseudonym])
        events = foreign.lines_check(w, said)
        print(f"C++ gRPC: CanAsk, Ask, Watch ({events} events), a refusal")


if __name__ == "__main__":
    try:
        rigs.Rig.program("cpp_peer")
    except RuntimeError:
        print("skipped: cpp_peer is not built (libgrpc++-dev, protobuf-compiler-grpc)")
        sys.exit(worlds.SKIPPED)
    sys.exit(worlds.run(main))
