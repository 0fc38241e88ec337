# SPDX-License-Identifier: Apache-2.0
"""Certificates change while everything runs: a revoked one is out at once, on connections that are
open as well; a renewed one is used for the next connection, and nobody notices."""
import signal
import socket
import ssl
import sys

import grpc

import rig as rigs
import world as worlds
from check import equal, true

POLICE, HOUSING = "police", "housing"


def checkpoint(w, channel):
    """The status of one small call."""
    try:
        w.rpc["audit"].AuditStub(channel).Checkpoint(w.pb["audit"].CheckpointRequest(), timeout=5)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def serial(w):
    """Of the certificate that the gateway shows now."""
    leaf = w.rig.leaf(HOUSING, "cases", "client")
    context = ssl.create_default_context(cafile=w.rig.certs / "ca.pem")
    context.load_cert_chain(f"{leaf}.pem", f"{leaf}.key")
    context.set_alpn_protocols(["h2"])
    with socket.create_connection(("127.0.0.1", w.rig.gateway_port), timeout=5) as tcp:
        with context.wrap_socket(tcp, server_hostname="localhost") as tls:
            return tls.getpeercert()["serialNumber"]


def reread(w):
    w.rig.programs["gateway"].send_signal(signal.SIGHUP)


def revoked(w):
    police, housing = w.channel(POLICE), w.channel(HOUSING)
    for channel in (police, housing):
        equal(checkpoint(w, channel), grpc.StatusCode.OK)
    rigs.ca("revoke", w.rig.certs, f"{w.rig.leaf(POLICE, 'cases', 'client')}.pem")
    reread(w)
    true(worlds.wait_until(lambda: checkpoint(w, police) == grpc.StatusCode.UNAVAILABLE),
         "an open connection outlives its certificate")
    fresh = w.rig.channel(POLICE)
    equal(checkpoint(w, fresh), grpc.StatusCode.UNAVAILABLE, "a new connection")
    fresh.close()
    equal(checkpoint(w, housing), grpc.StatusCode.OK, "another agency")
    officer = w.rig.channel(POLICE, "officer")
    equal(checkpoint(w, officer), grpc.StatusCode.OK, "another system of the agency")
    officer.close()
    # With a new certificate the system is back.
    rigs.ca("renew", w.rig.certs, f"{POLICE}/cases")
    fresh = w.rig.channel(POLICE)
    equal(checkpoint(w, fresh), grpc.StatusCode.OK, "renewed after revocation")
    fresh.close()


def renewed(w, tokens):
    before = serial(w)
    rigs.ca("renew", w.rig.certs, "hub/gateway")
    equal(serial(w), before, "before it is told")
    reread(w)
    true(worlds.wait_until(lambda: serial(w) != before), "the old certificate is still shown")
    equal(checkpoint(w, w.channel(HOUSING)), grpc.StatusCode.OK)
    # Agencies and the key service are called with the new one as well.
    reply = w.ask("childrens-care", w.person_ref(tokens), sources=[HOUSING])
    equal(reply.parts[0].result.state, 1, "housing's answer")
    equal(w.agencies[HOUSING].strangers, 0)


def main():
    with worlds.World(limits=worlds.SHORT) as w:
        people = worlds.people(1)
        tokens = w.blind(people)
        w.enrol(HOUSING, people, tokens, worlds.basic_records(HOUSING))
        revoked(w)
        renewed(w, tokens[0])


if __name__ == "__main__":
    sys.exit(worlds.run(main))
