# SPDX-License-Identifier: Apache-2.0
"""Bad client certificates at the port of a real gateway: each has one fault and is turned away,
its twin without the fault is greeted. The whole matrix is a unit test (tls_chain_test); this is the
part that also passes through the registry of the partnership."""
import os
import subprocess
import sys

import h2line
import rig as rigs
import world as worlds
from check import equal, true

BASIC = "basicConstraints=critical,CA:FALSE"
USAGE = "keyUsage=critical,digitalSignature"
EXTENDED = "extendedKeyUsage=critical,clientAuth"
POLICE = f"URI:lockgate://{rigs.PARTNERSHIP}/police/cases"
NAMES = f"subjectAltName={POLICE}"
GOOD = [BASIC, USAGE, EXTENDED, NAMES]
P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]


def changed(old, new):
    """GOOD with one line in place of another; None takes it out."""
    return [new if line == old else line for line in GOOD if line != old or new is not None]


def named(names):
    return changed(NAMES, f"subjectAltName={names}")


def uri(rest):
    return named(f"URI:lockgate://{rest}")


# name: extensions of the leaf, options for its key, options of `openssl ca`
BAD = {
    "agency that nobody knows": (uri(f"{rigs.PARTNERSHIP}/coastguard/cases"), P256, []),
    "system that nobody knows": (uri(f"{rigs.PARTNERSHIP}/police/printer"), P256, []),
    "other partnership": (uri("otherwater/police/cases"), P256, []),
    "upper case": (uri(f"{rigs.PARTNERSHIP}/Police/cases"), P256, []),
    "percent escape": (uri(f"{rigs.PARTNERSHIP}/polic%65/cases"), P256, []),
    "dot at the end": (uri(f"{rigs.PARTNERSHIP}./police/cases"), P256, []),
    "slash at the end": (uri(f"{rigs.PARTNERSHIP}/police/cases/"), P256, []),
    "wildcard": (uri(f"{rigs.PARTNERSHIP}/*/cases"), P256, []),
    "two URIs": (named(f"{POLICE},URI:lockgate://{rigs.PARTNERSHIP}/housing/cases"), P256, []),
    "DNS beside": (named(f"{POLICE},DNS:police.example"), P256, []),
    "e-mail in place": (named("email:cases@police.example"), P256, []),
    "IP in place": (named("IP:192.0.2.1"), P256, []),
    "no names": (changed(NAMES, None), P256, []),
    "no extended usage": (changed(EXTENDED, None), P256, []),
    "serverAuth": (changed(EXTENDED, "extendedKeyUsage=serverAuth"), P256, []),
    "both usages": (changed(EXTENDED, "extendedKeyUsage=clientAuth,serverAuth"), P256, []),
    "any usage": (changed(EXTENDED, "extendedKeyUsage=anyExtendedKeyUsage"), P256, []),
    "no keyUsage": (changed(USAGE, None), P256, []),
    "signs certificates": (changed(USAGE, USAGE + ",keyCertSign"), P256, []),
    "a CA": (changed(BASIC, "basicConstraints=critical,CA:TRUE"), P256, []),
    "unknown critical extension": (GOOD + ["1.2.3.4=critical,DER:0500"], P256, []),
    "P-384": (GOOD, ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], []),
    "secp256k1": (GOOD, ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], []),
    "RSA of 2048": (GOOD, ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], []),
    "SHA-512": (GOOD, P256, ["-md", "sha512"]),
    "expired": (GOOD, P256, ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]),
    "not yet valid": (GOOD, P256, ["-startdate", "20980101000000Z", "-enddate",
                                   "20980201000000Z"]),
    "100 years": (GOOD, P256, ["-startdate", "20200101000000Z", "-enddate", "21200101000000Z"]),
}
TWINS = {
    "the profile": (GOOD, P256, []),
    "Ed25519": (GOOD, ["-algorithm", "ED25519"], []),
    "unknown extension that is not critical": (GOOD + ["1.2.3.4=DER:0500"], P256, []),
    "398 days": (GOOD, P256, ["-days", "398"]),
    "another agency": (uri(f"{rigs.PARTNERSHIP}/housing/cases"), P256, []),
    "another system": (uri(f"{rigs.PARTNERSHIP}/police/officer"), P256, []),
}


def issue(authority, folder, extensions, key, options):
    """Paths of a leaf and its key, issued by the authority in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["STATE", "ORGANISATION", "NAME", "URI", "HOSTS"]
    env = dict(os.environ, **{f"DEV_CA_{name}": "test" for name in names})
    env["DEV_CA_STATE"] = str(authority / "_ca")
    config = rigs.SOURCE / "certs" / "openssl.cnf"
    (folder / "leaf.cnf").write_text("[leaf]\n" + "\n".join(
        extensions + ["subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid:always"]) + "\n")

    def run(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, env=env, capture_output=True)

    run("genpkey", *key, "-out", folder / "leaf.key")
    run("req", "-new", "-config", config, "-key", folder / "leaf.key", "-out", folder / "leaf.csr")
    run("ca", "-batch", "-notext", "-config", config, "-extfile", folder / "leaf.cnf",
        "-extensions", "leaf", *options, "-in", folder / "leaf.csr", "-out", folder / "leaf.pem")
    return folder / "leaf.pem", folder / "leaf.key"


def is_greeted(w, certificate, key):
    try:
        h2line.Line(w.rig.gateway_port, w.rig.certs / "ca.pem", certificate, key).close()
    except h2line.Refused:
        return False
    return True


def main():
    with worlds.World(limits=worlds.SHORT, hosts=["housing"]) as w:
        wrong = []
        for name, (extensions, key, options) in TWINS.items():
            if not is_greeted(w, *issue(w.rig.certs, w.folder / "leaf", extensions, key, options)):
                wrong.append(f"refused: {name}")
        for name, (extensions, key, options) in BAD.items():
            if is_greeted(w, *issue(w.rig.certs, w.folder / "leaf", extensions, key, options)):
                wrong.append(f"accepted: {name}")
        rigs.ca("init", w.folder / "other", rigs.PARTNERSHIP)
        if is_greeted(w, *issue(w.folder / "other", w.folder / "leaf", GOOD, P256, [])):
            wrong.append("accepted: another root of the same name")
        leaf = issue(w.rig.certs, w.folder / "leaf", GOOD, P256, [])
        true(is_greeted(w, *leaf), "a good leaf after all the bad ones")
        print(f"{len(BAD) + 1} bad chains, {len(TWINS) + 1} good ones, over TCP")
        equal(wrong, [])


if __name__ == "__main__":
    sys.exit(worlds.run(main))
