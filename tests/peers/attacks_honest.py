# SPDX-License-Identifier: Apache-2.0
"""An honest client beside the attacks, as a process of its own, so that neither slows the other:
CanAsk by stock grpcio, one call after the other, until its input ends. Prints JSON: calls, those
that failed, and their times in milliseconds.

    attacks_honest.py ADDRESS CA LEAF REQUEST_HEX
"""
import json
import select
import sys
import time

import grpc

METHOD = "/lockgate.v1.Disclosures/CanAsk"


def main():
    address, anchor, leaf, request = sys.argv[1:]

    def read(path):
        with open(path, "rb") as file:
            return file.read()

    credentials = grpc.ssl_channel_credentials(read(anchor), read(f"{leaf}.key"),
                                               read(f"{leaf}.pem"))
    times, failed = [], []
    with grpc.secure_channel(address, credentials) as channel:
        call = channel.unary_unary(METHOD)
        call(bytes.fromhex(request), timeout=20, wait_for_ready=True)
        print("ready", flush=True)
        while not select.select([sys.stdin], [], [], 0.005)[0]:
            begun = time.monotonic()
            try:
                call(bytes.fromhex(request), timeout=10)
                times.append((time.monotonic() - begun) * 1000)
            except grpc.RpcError as error:
                failed.append(f"{error.code().name}: {error.details()}")
    times.sort()
    print(json.dumps({"calls": len(times) + len(failed), "failed": failed,
                      "p50": times[len(times) // 2] if times else None,
                      "p99": times[len(times) * 99 // 100] if times else None}))


if __name__ == "__main__":
    main()
