"""What the scripts of the room hsm share: the client that is driven by lines,
checks that count, and signatures checked by another library than ours."""

import base64
import hashlib
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/pki"), str(ROOT / "tests/card")]

from cryptography import x509  # noqa: E402
from cryptography.exceptions import InvalidSignature  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import (  # noqa: E402
    ec, padding, rsa, utils)

HASHES = {"sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512}


class Checks:
    """Counts assertions; names what failed."""

    def __init__(self):
        self.passed = self.failed = 0
        self.area = ""

    def check(self, name, good, seen=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {self.area}: {name}: {seen}", flush=True)
        return good

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def good_signature(certificate, scheme, digest_name, digest, value):
    """Checks a raw value over a digest with the certificate's key."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    algorithm = HASHES[digest_name]()
    given = utils.Prehashed(algorithm)
    try:
        if scheme == "pkcs1":
            key.verify(value, digest, padding.PKCS1v15(), given)
        elif scheme == "pss":
            key.verify(value, digest, padding.PSS(
                padding.MGF1(algorithm), algorithm.digest_size), given)
        else:
            half = len(value) // 2
            der = utils.encode_dss_signature(
                int.from_bytes(value[:half], "big"),
                int.from_bytes(value[half:], "big"))
            key.verify(der, digest, ec.ECDSA(given))
        return True
    except InvalidSignature:
        return False


def scheme_of(certificate):
    key = x509.load_der_x509_certificate(certificate).public_key()
    return "pkcs1" if isinstance(key, rsa.RSAPublicKey) else "ecdsa"


class Client:
    """One token_client; an answer that takes longer than 100 s is none."""

    def __init__(self, program, module, env, *options):
        self.process = subprocess.Popen(
            [str(program), module, *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=env, bufsize=0)
        self.pending = b""
        self.took = 0.0

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")

    def answer(self, seconds=100):
        end = time.monotonic() + seconds
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select(
                    [self.process.stdout], [], [], left)[0]:
                return "no answer"
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                return "client ended"
            self.pending += part
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode()

    def ask(self, line):
        start = time.monotonic()
        self.tell(line)
        got = self.answer()
        self.took = time.monotonic() - start
        return got

    def open(self, uri):
        got = self.ask("new " + uri)
        return self.ask("open") if got == "ok" else got

    def facts(self, line="refresh"):
        got = self.ask(line)
        words = [w.split("=", 1) for w in got.split()[1:] if "=" in w]
        return dict(words) | {"answer": got}

    def health(self):
        return {k: int(v) for k, v in (w.split("=") for w in
                                       self.ask("health").split()[1:])}

    def worker(self):
        return self.health()["worker"]

    def signal(self, number):
        """Sends a signal to our own mohur-token, and to nothing else: its
        process id is believed only if it is a child of our client."""
        pid = self.worker()
        stat = pathlib.Path(f"/proc/{pid}/stat")
        if pid <= 1 or not stat.exists():
            return None
        name, rest = stat.read_text().split("(", 1)[1].rsplit(")", 1)
        if name != "mohur-token" or int(rest.split()[1]) != self.process.pid:
            return None
        os.kill(pid, number)
        return pid

    def sign(self, certificate, text=b"abc", scheme=None, name="sha256"):
        """'ok' if a good signature came back, else the answer."""
        scheme = scheme or scheme_of(certificate)
        digest = hashlib.new(name, text).digest()
        got = self.ask(f"sign {scheme} {name} {digest.hex()}")
        if not got.startswith("ok "):
            return got
        good = good_signature(certificate, scheme, name, digest,
                              bytes.fromhex(got[3:]))
        return "ok" if good else "WRONG SIGNATURE " + got

    def close(self):
        self.process.stdin.close()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        finally:
            self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


def escaped(data):
    return "".join(f"%{b:02X}" for b in data)


def uri_of(serial, key_id, extra=""):
    return f"pkcs11:serial={urllib.parse.quote(serial)};id={key_id}" + extra


class Scratch:
    """A folder of one test, gone afterwards."""

    def __init__(self):
        self.path = None

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="mohur-hsm-"))
        return self.path

    def __exit__(self, *what):
        shutil.rmtree(self.path, ignore_errors=True)


def b64(data):
    return base64.b64encode(data).decode()
