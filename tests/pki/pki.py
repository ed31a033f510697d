#!/usr/bin/python3
"""A complete test PKI shaped like Azerbaijan's: one root, one policy CA,
issuing CAs for citizens, business and government, with every kind of leaf
that the tests need.  All people, companies and numbers are invented.

    pki.py OUT      writes OUT/<name>.pem, .der, .key.pem and OUT/index.json

Other programs call Pki.open(folder): it makes the PKI when the folder has
none and loads it otherwise, so that keys are made once a run.  Its clock
stands at VALIDATION; Pki.live makes one whose clock is that of the machine.
"""

import datetime as dt
import hashlib
import json
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import (AuthorityInformationAccessOID as AIA,
                                   ExtendedKeyUsageOID as EKU, NameOID)

SIGNING = dt.datetime(2022, 5, 31, 12, 0, 0)
VALIDATION = dt.datetime(2022, 6, 1, 12, 0, 0)
BASE_URL = "http://pki.mohur.test"
POLICY_OID = x509.ObjectIdentifier("2.999.1.7.1")
ORGANIZATION_ID = x509.ObjectIdentifier("2.5.4.97")
NO_REV_AVAIL = x509.ObjectIdentifier("2.5.29.56")  # RFC 9608
QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
# QcCompliance and QcSSCD of EN 319 412-5, as one SEQUENCE OF statements.
QC_VALUE = bytes.fromhex("301430080606" "04008e46" "0101"
                         "30080606" "04008e46" "0104")
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}


def day(text):
    """The midnight, UTC, that starts the day TEXT (YYYY-MM-DD)."""
    return dt.datetime.strptime(text, "%Y-%m-%d")


CA_LIFE = (day("2012-01-01"), day("2026-01-01"))
LEAF_LIFE = (day("2021-01-01"), day("2024-01-01"))

# name: (issuer, key, common name, options)
SPECS = {
    "root": ("root", "p384", "Mohur Test Root CA", {"ca": 3}),
    "policy-ca": ("root", "p384", "Mohur Test Policy CA", {"ca": 2}),
    "citizen-ca": ("policy-ca", "p256", "Mohur Test Citizen CA", {"ca": 0}),
    "business-ca": ("policy-ca", "p384", "Mohur Test Business CA",
                    {"ca": 0}),
    "government-ca": ("policy-ca", "rsa3072", "Mohur Test Government CA",
                      {"ca": 0}),
    "citizen": ("citizen-ca", "p256", ("AYDAN", "SINAQOVA"),
                {"fin": "5TST0A1"}),
    "citizen2": ("citizen-ca", "p256", ("ELŞƏN", "NÜMUNƏZADƏ"),
                 {"fin": "5TST0A2"}),
    "citizen-p384": ("citizen-ca", "p384", ("ÜLVİYYƏ", "SINAQLI"),
                     {"fin": "5TST0A3"}),
    "citizen-p521": ("citizen-ca", "p521", ("ÇİNGİZ", "YOXLAMALI"),
                     {"fin": "5TST0A4"}),
    "citizen-rsa2048": ("citizen-ca", "rsa2048", ("GÜNAY", "SINAQ"),
                        {"fin": "5TST0A5"}),
    "citizen-rsa3072": ("citizen-ca", "rsa3072", ("ŞAHİN", "NÜMUNƏ"),
                        {"fin": "5TST0A6"}),
    "citizen-rsa1024": ("citizen-ca", "rsa1024", ("ZƏİF", "AÇAROV"),
                        {"fin": "5TST0A7"}),
    "revoked": ("citizen-ca", "p256", ("LƏĞV", "EDİLMİŞ"),
                {"fin": "5TST0B1"}),
    "suspended": ("citizen-ca", "p256", ("DAYANDIRILMIŞ", "SINAQ"),
                  {"fin": "5TST0B2"}),
    "expired": ("citizen-ca", "p256", ("KÖHNƏ", "SINAQ"),
                {"fin": "5TST0B3",
                 "life": (day("2016-01-01"), day("2020-01-01"))}),
    "future": ("citizen-ca", "p256", ("GƏLƏCƏK", "SINAQ"),
               {"fin": "5TST0B4",
                "life": (day("2023-01-01"), day("2026-01-01"))}),
    "no-nonrepudiation": ("citizen-ca", "p256", ("GİRİŞ", "SINAQ"),
                          {"fin": "5TST0B5", "usage": "auth"}),
    "no-status": ("citizen-ca", "p256", ("STATUSSUZ", "SINAQ"),
                  {"fin": "5TST0B8", "no_rev_avail": True}),
    "no-status-url": ("citizen-ca", "p256", ("ZİDDİYYƏTLİ", "SINAQ"),
                      {"fin": "5TST0B9", "no_rev_avail": "and a place"}),
    "short": ("citizen-ca", "p256", ("QISA", "SINAQ"),
              {"fin": "5TST0B6",
               "life": (day("2022-05-01"), day("2022-06-10"))}),
    "under-leaf": ("citizen", "p256", ("QANUNSUZ", "SINAQ"),
                   {"fin": "5TST0B7"}),
    "director": ("business-ca", "p256", ("RƏNA", "ŞİRKƏTLİ"),
                 {"fin": "5TST0C1", "org": "“Nümunə Sınaq” MMC",
                  "voen": "9900000011", "title": "Direktor"}),
    "clerk": ("government-ca", "rsa2048", ("VAQİF", "DƏFTƏRLİ"),
              {"fin": "5TST0D1", "org": "Sınaq Məhkəməsi"}),
    "ocsp": ("citizen-ca", "p256", "Mohur Test Citizen OCSP",
             {"usage": "ocsp"}),
    "ocsp-business": ("business-ca", "p256", "Mohur Test Business OCSP",
                      {"usage": "ocsp"}),
    "ocsp-government": ("government-ca", "p256",
                        "Mohur Test Government OCSP", {"usage": "ocsp"}),
    "ocsp-no-eku": ("citizen-ca", "p256", "Mohur Test Other Service",
                    {"usage": "plain"}),
    "ocsp-check": ("citizen-ca", "p256", "Mohur Test Checked OCSP",
                   {"usage": "ocsp-check"}),
    "ocsp-sibling": ("government-ca", "p256", "Mohur Test Citizen OCSP",
                     {"usage": "ocsp"}),
    "tsa": ("policy-ca", "p256", "Mohur Test Time-Stamping", {"usage": "tsa"}),
    "tsa-rsa": ("policy-ca", "rsa2048", "Mohur Test Time-Stamping RSA",
                {"usage": "tsa"}),
    "tsa-not-critical": ("policy-ca", "p256", "Mohur Test TSA Not Critical",
                         {"usage": "tsa-soft"}),
    "tsa-two-eku": ("policy-ca", "p256", "Mohur Test TSA Two Purposes",
                    {"usage": "tsa-two"}),
    "tsa-wrong-eku": ("policy-ca", "p256", "Mohur Test TSA Wrong Purpose",
                      {"usage": "ocsp"}),
    "tsa-expired": ("policy-ca", "p256", "Mohur Test TSA Expired",
                    {"usage": "tsa",
                     "life": (day("2014-01-01"), day("2021-01-01"))}),
    "tsa-short": ("policy-ca", "p256", "Mohur Test TSA Ending Soon",
                  {"usage": "tsa",
                   "life": (day("2020-01-01"), day("2022-09-09"))}),
    "foreign-root": ("foreign-root", "p256", "Mohur Test Root CA",
                     {"ca": 3}),
    "foreign-policy-ca": ("foreign-root", "p256", "Mohur Test Policy CA",
                          {"ca": 2}),
    "foreign-ca": ("foreign-policy-ca", "p256", "Mohur Test Citizen CA",
                   {"ca": 0}),
    "foreign": ("foreign-ca", "p256", ("AYDAN", "SINAQOVA"),
                {"fin": "5TST0A1"}),
    "foreign-ocsp": ("foreign-ca", "p256", "Mohur Test Citizen OCSP",
                     {"usage": "ocsp"}),
    "foreign-tsa": ("foreign-policy-ca", "p256", "Mohur Test Time-Stamping",
                    {"usage": "tsa"}),
    "tl-signer": ("tl-signer", "p256", "Mohur Test List Operator",
                  {"usage": "plain"}),
    "tl-other": ("tl-other", "p256", "Mohur Test List Operator",
                 {"usage": "plain"}),
}


class Entity:
    """One holder of a key: its certificate, its key and its issuer's name.

    cert is a cryptography certificate, der its bytes, key the private key.
    """

    def __init__(self, name, issuer, key, cert):
        self.name = name
        self.issuer = issuer
        self.key = key
        self.cert = cert
        self.der = cert.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self):
        return self.cert.public_bytes(serialization.Encoding.PEM)


def make_key(kind):
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return rsa.generate_private_key(65537, int(kind[3:]))


def digest_for(key):
    """The digest a CA uses with its own key."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size > 256:
        return hashes.SHA384()
    return hashes.SHA256()


def serial_of(name):
    """A serial that is the same in every run, positive, 9 bytes at most."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8],
                          "big") | 1


def subject_of(common, opts):
    parts = [(NameOID.COUNTRY_NAME, "AZ")]
    if "org" in opts:
        parts.append((NameOID.ORGANIZATION_NAME, opts["org"]))
    if "voen" in opts:
        parts.append((ORGANIZATION_ID, "NTRAZ-" + opts["voen"]))
    if "title" in opts:
        parts.append((NameOID.TITLE, opts["title"]))
    if isinstance(common, tuple):
        given, sur = common
        parts += [(NameOID.COMMON_NAME, f"{sur} {given}"),
                  (NameOID.SURNAME, sur), (NameOID.GIVEN_NAME, given),
                  (NameOID.SERIAL_NUMBER, opts["fin"])]
    else:
        parts += [(NameOID.ORGANIZATION_NAME, "Mohur Test"),
                  (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(o, v) for o, v in parts])


def key_usage(**on):
    names = ("digital_signature", "content_commitment", "key_encipherment",
             "data_encipherment", "key_agreement", "key_cert_sign",
             "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{n: on.get(n, False) for n in names})


def usage_extensions(opts):
    """(extension, critical) pairs that say what the key may do."""
    usage = opts.get("usage", "sign")
    if "ca" in opts:
        return [(x509.BasicConstraints(True, opts["ca"]), True),
                (key_usage(key_cert_sign=True, crl_sign=True), True)]
    out = [(x509.BasicConstraints(False, None), True)]
    if usage == "sign":
        out += [(key_usage(content_commitment=True), True),
                (x509.UnrecognizedExtension(QC_STATEMENTS, QC_VALUE), False)]
    else:
        out.append((key_usage(digital_signature=True), True))
    if usage == "auth":
        out.append((x509.ExtendedKeyUsage([EKU.CLIENT_AUTH]), False))
    elif usage in ("ocsp", "ocsp-check"):
        out.append((x509.ExtendedKeyUsage([EKU.OCSP_SIGNING]), False))
        if usage == "ocsp":
            out.append((x509.OCSPNoCheck(), False))
    elif usage == "tsa":
        out.append((x509.ExtendedKeyUsage([EKU.TIME_STAMPING]), True))
    elif usage == "tsa-soft":
        out.append((x509.ExtendedKeyUsage([EKU.TIME_STAMPING]), False))
    elif usage == "tsa-two":
        out.append((x509.ExtendedKeyUsage(
            [EKU.TIME_STAMPING, EKU.CODE_SIGNING]), True))
    if "no_rev_avail" in opts:
        out.append((x509.UnrecognizedExtension(NO_REV_AVAIL, b"\x05\x00"),
                    False))
    return out


def make_entity(name, issuer, shift=dt.timedelta(), url=BASE_URL):
    """Makes the key and certificate of SPECS[name]; issuer is its Entity or
    None for a self-signed one.  shift: added to every time."""
    issuer_name, kind, common, opts = SPECS[name]
    key = make_key(kind)
    life = opts.get("life", CA_LIFE if "ca" in opts else LEAF_LIFE)
    if opts.get("usage", "").startswith(("ocsp", "tsa")) and \
            "life" not in opts:
        life = (day("2020-01-01"), day("2025-01-01"))
    subject = subject_of(common, opts)
    signer = issuer or Entity.__new__(Entity)
    if issuer is None:
        signer.key = key
    build = (x509.CertificateBuilder().subject_name(subject)
             .issuer_name(issuer.cert.subject if issuer else subject)
             .public_key(key.public_key()).serial_number(serial_of(name))
             .not_valid_before(life[0] + shift)
             .not_valid_after(life[1] + shift))
    for ext, critical in usage_extensions(opts):
        build = build.add_extension(ext, critical)
    build = build.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    if issuer is not None:
        build = build.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                signer.key.public_key()), False)
        build = build.add_extension(x509.CertificatePolicies(
            [x509.PolicyInformation(POLICY_OID, None)]), False)
        build = add_urls(build, issuer_name, opts, url)
    cert = build.sign(signer.key, digest_for(signer.key))
    return Entity(name, issuer_name, key, cert)


def add_urls(build, issuer_name, opts, url):
    if opts.get("no_rev_avail") is True:
        return build
    crl = x509.UniformResourceIdentifier(f"{url}/crl/{issuer_name}.crl")
    build = build.add_extension(x509.CRLDistributionPoints(
        [x509.DistributionPoint([crl], None, None, None)]), False)
    if opts.get("usage", "sign") not in ("sign", "auth") or "ca" in opts:
        return build
    ocsp = x509.UniformResourceIdentifier(f"{url}/ocsp/{issuer_name}")
    return build.add_extension(x509.AuthorityInformationAccess(
        [x509.AccessDescription(AIA.OCSP, ocsp)]), False)


class Pki:
    """All entities by name."""

    def __init__(self, folder=None):
        self.folder = folder
        self.entities = {}
        self.shift = dt.timedelta()  # its clock, against VALIDATION's

    def __getitem__(self, name):
        return self.entities[name]

    @classmethod
    def make(cls):
        pki = cls()
        for name, (issuer, _, _, _) in SPECS.items():
            above = None if issuer == name else pki[issuer]
            pki.entities[name] = make_entity(name, above)
        return pki

    @classmethod
    def live(cls, folder, url):
        """One of today in an empty folder, whose certificates name the
        responders at url."""
        pki = cls()
        now = dt.datetime.utcnow().replace(microsecond=0)
        pki.shift = now - VALIDATION
        for name, (issuer, _, _, _) in SPECS.items():
            above = None if issuer == name else pki[issuer]
            pki.entities[name] = make_entity(name, above, pki.shift, url)
        pki.save(folder)
        return pki

    @classmethod
    def open(cls, folder):
        """Loads the PKI of a folder, or makes it there first."""
        folder = pathlib.Path(folder)
        if not (folder / "index.json").exists():
            cls.make().save(folder)
        pki = cls(folder)
        index = json.loads((folder / "index.json").read_text())
        for row in index["entities"]:
            key = serialization.load_pem_private_key(
                (folder / row["key"]).read_bytes(), None)
            cert = x509.load_der_x509_certificate(
                (folder / row["der"]).read_bytes())
            pki.entities[row["name"]] = Entity(row["name"], row["issuer"],
                                               key, cert)
        return pki

    def chain(self, name):
        """The CAs above a leaf, nearest first, without the root."""
        out = []
        entity = self[name]
        while entity.issuer != entity.name:
            entity = self[entity.issuer]
            if entity.issuer != entity.name:
                out.append(entity)
        return out

    def root_of(self, name):
        entity = self[name]
        while entity.issuer != entity.name:
            entity = self[entity.issuer]
        return entity

    def save(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for entity in self.entities.values():
            name = entity.name
            (folder / f"{name}.pem").write_bytes(entity.pem)
            (folder / f"{name}.der").write_bytes(entity.der)
            key = folder / f"{name}.key.pem"
            key.write_bytes(entity.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
            key.chmod(0o600)
            rows.append({
                "name": name, "issuer": entity.issuer,
                "pem": f"{name}.pem", "der": f"{name}.der",
                "key": f"{name}.key.pem", "algorithm": SPECS[name][1],
                "serial": entity.cert.serial_number,
                "subject": entity.cert.subject.rfc4514_string(),
                "not_before": entity.cert.not_valid_before.isoformat() + "Z",
                "not_after": entity.cert.not_valid_after.isoformat() + "Z",
                "fin": SPECS[name][3].get("fin"),
                "usage": SPECS[name][3].get("usage", "sign")})
        (folder / "index.json").write_text(json.dumps(
            {"v": 1, "trust": "root.pem", "entities": rows}, indent=1,
            ensure_ascii=False) + "\n")
        self.folder = folder


def main(argv):
    if len(argv) != 2:
        print("usage: pki.py OUT", file=sys.stderr)
        return 64
    pki = Pki.open(argv[1])
    print(f"{len(pki.entities)} entities in {argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
