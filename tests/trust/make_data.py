#!/usr/bin/python3
"""Writes the fixtures of the trust tests (data/) and the seeds of their fuzz
targets, from the test PKI of tests/pki.  Run again only to renew them all."""
import datetime as dt
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pki"))

import crl  # noqa: E402
import ocsp  # noqa: E402
import tl  # noqa: E402
import tsa  # noqa: E402
from asn1crypto import x509  # noqa: E402
from pki import SIGNING, SPECS, Pki  # noqa: E402

DATA = HERE / "data"
SEEDS = HERE.parent.parent / "fuzz" / "seeds"
HOUR = dt.timedelta(hours=1)


def reserial(der, serial):
    """The certificate with another serial number; its signature is wrong."""
    cert = x509.Certificate.load(der)
    cert["tbs_certificate"]["serial_number"] = serial
    return cert.dump(force=True)


def twice(der):
    """The certificate with its first extension written twice."""
    cert = x509.Certificate.load(der)
    ext = cert["tbs_certificate"]["extensions"]
    ext.append(ext[0].copy())
    return cert.dump(force=True)


def responses(p):
    """(name, DER) of OCSP responses about the citizen."""
    who, by = p["citizen"], p["citizen-ca"]
    at = SIGNING + HOUR
    yield "good", ocsp.respond(who, by, p["ocsp"], at)
    yield "by-issuer", ocsp.respond(who, by, by, at)
    yield "by-key", ocsp.respond(who, by, p["ocsp"], at, by_key=True)
    yield "sha256", ocsp.respond(who, by, p["ocsp"], at, hash_name="sha256")
    yield "revoked", ocsp.respond(who, by, p["ocsp"], at, status="revoked",
                                  revoked_at=SIGNING)
    yield "hold", ocsp.respond(who, by, p["ocsp"], at, status="revoked",
                               revoked_at=SIGNING,
                               reason="certificate_hold")
    yield "unknown", ocsp.respond(who, by, p["ocsp"], at, status="unknown")
    yield "nonce", ocsp.respond(who, by, p["ocsp"], at, nonce=b"12345678")
    yield "other-serial", ocsp.respond(who, by, p["ocsp"], at, serial=77)
    yield "other-key", ocsp.respond(who, by, p["ocsp"], at,
                                    key_of=p["government-ca"])
    yield "no-eku", ocsp.respond(who, by, p["ocsp-no-eku"], at)
    yield "foreign", ocsp.respond(who, by, p["foreign-ocsp"], at)
    yield "sibling", ocsp.respond(who, by, p["ocsp-sibling"], at)
    yield "bad-signature", ocsp.respond(who, by, p["ocsp"], at,
                                        bad_signature=True)
    yield "tampered", ocsp.respond(who, by, p["ocsp"], at, status="unknown",
                                   tamper="status")
    yield "backwards", ocsp.respond(who, by, p["ocsp"], at,
                                    next_update=SIGNING - HOUR)
    yield "try-later", ocsp.respond(who, by, p["ocsp"], at,
                                    http_status="try_later")


def lists(p):
    """(name, DER) of revocation lists for the citizens' CA."""
    by, at = p["citizen-ca"], SIGNING
    gone = (p["citizen"], SIGNING - HOUR, "key_compromise")
    yield "empty", crl.make(by, at)
    yield "revoked", crl.make(by, at, [gone])
    yield "hold", crl.make(by, at, [(p["citizen"], SIGNING,
                                     "certificate_hold")])
    yield "delta-remove", crl.make(by, at, [(p["citizen"], SIGNING,
                                             "remove_from_crl")],
                                   number=8, delta_base=7)
    yield "delta-revoked", crl.make(by, at, [gone], number=8, delta_base=7)
    yield "no-number", crl.make(by, at, number=None)
    yield "critical", crl.make(by, at, unknown_critical=True)
    yield "only-ca", crl.make(by, at, only_ca=True)
    yield "only-user", crl.make(by, at, only_user=True)
    yield "only-attribute", crl.make(by, at, only_attribute=True)
    yield "some-reasons", crl.make(by, at, only_reasons=["key_compromise"])
    yield "bad-signature", crl.make(by, at, bad_signature=True)
    yield "foreign", crl.make(p["foreign-ca"], at)
    yield "stale", crl.make(by, at - 90 * 24 * HOUR)


def tokens(p):
    """(name, DER) of time-stamps over b"mohur"."""
    chain, at = [p["policy-ca"]], SIGNING
    yield "good", tsa.token(b"mohur", p["tsa"], chain, at)
    yield "rsa", tsa.token(b"mohur", p["tsa-rsa"], chain, at)
    yield "fraction", tsa.token(b"mohur", p["tsa"], chain, at,
                                fraction=250000, accuracy=1)
    yield "ess-v1", tsa.token(b"mohur", p["tsa"], chain, at, ess_v1=True)
    yield "no-ess", tsa.token(b"mohur", p["tsa"], chain, at, ess=False)
    yield "other-ess", tsa.token(b"mohur", p["tsa"], chain, at,
                                 ess=p["tsa-rsa"])
    yield "other-data", tsa.token(b"else", p["tsa"], chain, at)
    yield "no-certs", tsa.token(b"mohur", p["tsa"], chain, at, no_certs=True)
    yield "not-critical", tsa.token(b"mohur", p["tsa-not-critical"], chain, at)
    yield "two-eku", tsa.token(b"mohur", p["tsa-two-eku"], chain, at)
    yield "wrong-eku", tsa.token(b"mohur", p["tsa-wrong-eku"], chain, at)
    yield "bad-signature", tsa.token(b"mohur", p["tsa"], chain, at,
                                     bad_signature=True)
    yield "bad-digest", tsa.token(b"mohur", p["tsa"], chain, at,
                                  bad_digest=True)
    yield "wrong-type", tsa.token(b"mohur", p["tsa"], chain, at,
                                  wrong_type=True)


def put(folder, name, data):
    """One file; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main():
    """Everything anew."""
    p = Pki.make()
    shutil.rmtree(DATA, ignore_errors=True)
    for name in SPECS:
        put(DATA, f"cert-{name}.der", p[name].der)
    leaf = p["citizen"].der
    put(DATA, "cert-bad-serial-zero.der", reserial(leaf, 0))
    put(DATA, "cert-bad-serial-negative.der", reserial(leaf, -5))
    put(DATA, "cert-bad-serial-long.der", reserial(leaf, 1 << 160))
    put(DATA, "cert-bad-twice.der", twice(leaf))
    for kind, rows in (("ocsp", responses(p)), ("crl", lists(p)),
                       ("tst", tokens(p))):
        for name, der in rows:
            put(DATA, f"{kind}-{name}.der", der)
            folder = "tst" if kind == "tst" else "revocation"
            if name in ("good", "revoked", "nonce", "some-reasons", "hold",
                        "delta-revoked", "fraction"):
                # A certificate, its length first, then the data about it.
                head = b"" if kind == "tst" else \
                    len(leaf).to_bytes(2, "big") + leaf
                put(SEEDS / folder, f"{kind}-{name}", head + der)
    usual = tl.usual_services(p)
    past = tl.with_history(p, "citizen-ca", [
        ("granted", dt.datetime(2018, 1, 1)),
        ("withdrawn", dt.datetime(2026, 1, 1))])
    for name, xml in (("v5", tl.make(p, usual, version=5)),
                      ("v6", tl.make(p, usual)),
                      ("v4", tl.make(p, usual, version=4)),
                      ("unsigned", tl.make(p, usual, None)),
                      ("other", tl.make(p, usual, "tl-other")),
                      ("withdrawn", tl.make(p, past))):
        put(DATA, f"tl-{name}.xml", xml)
    put(SEEDS / "tl", "v6", tl.make(p, usual))
    put(SEEDS / "tl", "withdrawn", tl.make(p, past, None))
    for name in ("root", "citizen", "citizen-rsa2048", "ocsp", "tsa"):
        put(SEEDS / "cert", name, p[name].der)


if __name__ == "__main__":
    main()
