# SPDX-License-Identifier: Apache-2.0
"""What client and server of python3-grpcio (gRPC's C core) share: the protocol, generated into a
folder of its own, and the files of certificates. Ends the program with 77 where a package is
missing."""
import atexit
import os
import pathlib
import shutil
import sys
import tempfile

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
try:
    import grpc  # noqa: F401
    import grpc_tools.protoc
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

HERE = pathlib.Path(__file__).parent
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"


def load():
    """The modules messages_pb2, test_pb2 and test_pb2_grpc."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    code = grpc_tools.protoc.main(
        ["protoc", f"-I{HERE}", f"--python_out={folder}", f"--grpc_python_out={folder}",
         "messages.proto", "test.proto"])
    if code != 0:
        raise RuntimeError("protoc failed")
    sys.path.insert(0, folder)
    import messages_pb2
    import test_pb2
    import test_pb2_grpc
    return messages_pb2, test_pb2, test_pb2_grpc


def files(folder, leaf):
    """Anchors, key and certificate out of a folder of certs/dev-ca."""
    def read(name):
        return (pathlib.Path(folder) / name).read_bytes()
    return read("ca.pem"), read(f"{leaf}.key"), read(f"{leaf}.pem")
