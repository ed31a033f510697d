#!/usr/bin/python3
"""Writes what bench_sign signs, and with what.

    make_sign.py OUT

OUT/key.pem, cert.der and ca.der: a signer on P-256 and its issuer;
text.txt, 20 KB, and page.pdf, 300 KB; softhsm2.conf with a token "bench" that
holds the key as "signer", its PIN 648219.
"""

import pathlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pki"))
from pki import Pki  # noqa: E402

from make_input import noise  # noqa: E402

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "648219"
TEXT = 20 << 10
IMAGE = 300 << 10


def pdf(stream):
    """One page, and a stream as a scanner's would be."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R >>",
             b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
             b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
             b"/Resources << >> /Contents 4 0 R >>",
             b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream),
                                                          stream)]
    out, at = b"%PDF-1.7\n", []
    for n, part in enumerate(parts, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, part)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % a for a in at)
    return out + table + (b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n"
                          b"%d\n%%%%EOF\n" % len(out))


def token(out):
    """The key and its certificate in SoftHSM."""
    (out / "tokens").mkdir()
    conf = out / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {out}/tokens\n"
                    "objectstore.backend = file\nlog.level = ERROR\n")
    env = dict(os.environ, SOFTHSM2_CONF=str(conf))
    for argv in (
            ["softhsm2-util", "--init-token", "--free", "--label", "bench",
             "--so-pin", "12345678", "--pin", PIN],
            ["softhsm2-util", "--import", out / "key.pem", "--token", "bench",
             "--label", "signer", "--id", "01", "--pin", PIN],
            ["pkcs11-tool", "--module", SOFTHSM, "--login", "--pin", PIN,
             "--token-label", "bench", "--write-object", out / "cert.der",
             "--type", "cert", "--id", "01", "--label", "signer"]):
        subprocess.run([str(a) for a in argv], env=env, check=True,
                       capture_output=True, timeout=60)


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    out.mkdir(parents=True)
    Pki.live(out / "pki", "http://127.0.0.1:9")
    for name, copy in (("citizen.key.pem", "key.pem"),
                       ("citizen.der", "cert.der"),
                       ("citizen-ca.der", "ca.der")):
        shutil.copy(out / "pki" / name, out / copy)
    lines = b"".join(b"%06d %s\n" % (n, noise(24, b"%d" % n).hex().encode())
                     for n in range(TEXT // 50))
    (out / "text.txt").write_bytes((lines + b" " * TEXT)[:TEXT])
    (out / "page.pdf").write_bytes(pdf(noise(IMAGE, b"page")))
    token(out)


if __name__ == "__main__":
    main()
