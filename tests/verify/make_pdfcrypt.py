#!/usr/bin/python3
"""Writes tests/verify/pdfcrypt: one small document, encrypted by qpdf in every
way that opens without a password, and once with one."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "pdfcrypt"
PLAIN = [
    b"<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
    b"<</Length 11>>\nstream\nq 1 0 0 1 Q\nendstream",
    b"<</Title(A title)/Subject()>>",
    b"<</Type/Metadata/Subtype/XML/Length 4>>\nstream\n<a/>\nendstream",
]
WAYS = {
    "r2": ["", "o", "40"],
    "r3": ["", "o", "128"],
    "r4": ["", "o", "128", "--use-aes=y"],
    "r4-metadata": ["", "o", "128", "--use-aes=y", "--cleartext-metadata"],
    "r5": ["", "o", "256", "--force-R5"],
    "r6": ["", "o", "256"],
    "r6-metadata": ["", "o", "256", "--cleartext-metadata"],
    "password": ["u", "o", "256"],
    "password-r3": ["u", "o", "128"],
}


def plain():
    out, at = bytearray(b"%PDF-1.7\n"), []
    for i, body in enumerate(PLAIN, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(PLAIN) + 1)
    out += b"".join(b"%010d 00000 n \n" % a for a in at)
    out += (b"trailer\n<</Size %d/Root 1 0 R/Info 5 0 R>>\nstartxref\n%d\n"
            b"%%%%EOF\n" % (len(PLAIN) + 1, start))
    return bytes(out)


def main():
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "plain.pdf"
        source.write_bytes(plain())
        for name, way in WAYS.items():
            subprocess.run(
                ["qpdf", "--static-id", "--static-aes-iv",
                 "--allow-weak-crypto", "--stream-data=preserve",
                 "--encrypt", *way, "--", str(source),
                 str(HERE / f"{name}.pdf")], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
