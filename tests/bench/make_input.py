#!/usr/bin/python3
"""Writes the material of the benchmarks.

    make_input.py MOHUR OUT

OUT/rsa, OUT/ec and OUT/p384 hold documents 00.edoc ... with one signature of level LT
each, every one with a signing certificate of its own over the same key:

    rsa     RSA-2048 throughout (CA, signer, OCSP responder, TSA)
    ec      P-256 throughout
    p384    P-384 throughout, as cards of today sign

OUT/trust.snap is a compiled snapshot of 158 services, among them the CA, the
responder and the TSA of each set; trust.xml the list it was made of.
OUT/small.edoc is a container of about 20 KB, OUT/xmlsec its signature file
with the data beside it, as xmlsec1 wants them; OUT/tiny.edoc a container
without a payload to speak of.
"""

import hashlib
import pathlib
import subprocess
import sys

from cryptography.hazmat.primitives import hashes

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pki"))

import container  # noqa: E402
import pki as pki_maker  # noqa: E402
import tl  # noqa: E402

DOCUMENTS = 32
SERVICES = 158
LIFE = {"life": (pki_maker.day("2020-01-01"), pki_maker.day("2025-01-01"))}
KINDS = {"rsa": "rsa2048", "ec": "p256", "p384": "p384"}
GRANTED = [("granted", pki_maker.day("2014-01-01"))]


def noise(size, name):
    """Bytes that compress like a scanned page: hardly."""
    out = b"".join(hashlib.sha256(b"%s%d" % (name, i)).digest()
                   for i in range(size // 32 + 1))
    return out[:size]


def specs():
    """The entities of the benchmarks, in an order that makes issuers first."""
    rows = {"root": ("root", "p384", "Bench Root CA", {"ca": 2}),
            "list": ("list", "p256", "Bench List Operator",
                     {"usage": "plain"})}
    for name, kind in KINDS.items():
        ca = name + "-ca"
        rows[name + "-root"] = (name + "-root", kind, f"Bench {name} Root",
                                {"ca": 1})
        rows[ca] = (name + "-root", kind, f"Bench {name} CA", {"ca": 0})
        rows[name + "-ocsp"] = (ca, kind, f"Bench {name} OCSP",
                                {"usage": "ocsp", **LIFE})
        rows[name + "-tsa"] = (ca, kind, f"Bench {name} TSA",
                               {"usage": "tsa", **LIFE})
        for n in range(DOCUMENTS):
            rows[f"{name}-{n}"] = (ca, kind, ("SINAQ", f"ÖLÇÜ {n}"),
                                   {"fin": f"5TST{n:03d}"})
    for n in range(SERVICES - 3 * len(KINDS)):
        rows[f"other-{n}"] = ("root", "p256", f"Bench Other CA {n}",
                              {"ca": 0})
    return rows


def make_pki():
    """Signers of one set share a key: only their certificates differ."""
    # The floors know one digest.
    pki_maker.digest_for = lambda key: hashes.SHA256()
    pki_maker.SPECS.clear()
    pki_maker.SPECS.update(specs())
    made = pki_maker.Pki()
    plain, shared = pki_maker.make_key, {}
    for name, (issuer, _, _, _) in pki_maker.SPECS.items():
        stem, _, last = name.partition("-")

        def one_key(kind, stem=stem):
            if stem not in shared:
                shared[stem] = plain(kind)
            return shared[stem]
        pki_maker.make_key = one_key if stem in KINDS and last.isdigit() \
            else plain
        above = None if issuer == name else made[issuer]
        made.entities[name] = pki_maker.make_entity(name, above)
    pki_maker.make_key = plain
    return made


def one(pki, kind, n, files):
    return container.asic_e(pki, files, [dict(
        signer=f"{kind}-{n}", tsa=f"{kind}-tsa",
        ocsp=f"{kind}-ocsp")], "edoc")


def make_list(pki, out):
    services = [("ca", pki[f"{k}-ca"], GRANTED) for k in KINDS]
    services += [("tsa", pki[f"{k}-tsa"], GRANTED) for k in KINDS]
    services += [("ocsp", pki[f"{k}-ocsp"], GRANTED) for k in KINDS]
    services += [("ca", e, GRANTED) for name, e in pki.entities.items()
                 if name.startswith("other-")]
    (out / "trust.xml").write_bytes(tl.make(pki, services, "list"))
    (out / "list.der").write_bytes(pki["list"].der)


def for_xmlsec(pki, box, files, out):
    """What xmlsec1 --verify needs: the files beside the signature file."""
    folder = out / "xmlsec"
    folder.mkdir(exist_ok=True)
    for name, data, _ in files:
        (folder / name).write_bytes(data)
    (folder / "signatures.xml").write_bytes(
        box.get("META-INF/edoc-signatures-S1.xml").data)
    (folder / "root.pem").write_bytes(pki["rsa-root"].pem)
    (folder / "ca.pem").write_bytes(pki["rsa-ca"].pem)


def main(argv):
    if len(argv) != 3:
        print("usage: make_input.py MOHUR OUT", file=sys.stderr)
        return 64
    out = pathlib.Path(argv[2])
    out.mkdir(parents=True, exist_ok=True)
    pki = make_pki()
    make_list(pki, out)
    subprocess.run([argv[1], "trust", "compile", "--tl-signer",
                    out / "list.der", "--out", out / "trust.snap",
                    out / "trust.xml"], check=True)
    for kind in KINDS:
        (out / kind).mkdir(exist_ok=True)
        for role in ("root", "ca"):
            (out / kind / f"{role}.der").write_bytes(
                pki[f"{kind}-{role}"].der)
        for n in range(DOCUMENTS):
            files = [("sened.pdf", noise(60000, b"%d" % n),
                      "application/pdf")]
            (out / kind / f"{n:02d}.edoc").write_bytes(
                one(pki, kind, n, files).pack())
    files = [("sened.pdf", noise(10000, b"small"), "application/pdf")]
    box = one(pki, "rsa", 0, files)
    (out / "small.edoc").write_bytes(box.pack())
    for_xmlsec(pki, box, files, out)
    (out / "tiny.edoc").write_bytes(one(pki, "ec", 0, [
        ("a.txt", b"a\n", "text/plain")]).pack())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
