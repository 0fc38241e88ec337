# SPDX-License-Identifier: Apache-2.0
"""Assertions that say what they saw, whatever options Python runs with."""
import grpc


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: {got!r}, wanted {wanted!r}")


def true(holds, what):
    if not holds:
        raise AssertionError(what)


def refused(status, call, *words, **named):
    """Calls; it has to end with this status. Gives the details."""
    try:
        call(*words, **named)
    except grpc.RpcError as error:
        equal(error.code(), status, "status")
        return error.details()
    raise AssertionError(f"no {status}")
