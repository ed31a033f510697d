#!/usr/bin/python3
"""Writes small.pdf, 10.pdf and 100.pdf (20 KB, 10 MB, 100 MB) with one sound
signature each, the last thing in the file as writers put it.

    make_pades.py OUT     OUT/pki/root.pem is the anchor
"""

import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pki"))

import pdf  # noqa: E402
from pki import Pki  # noqa: E402

MEGABYTE = 1 << 20
FIRST = 1000  # number of the first object of the filling


def noise(size):
    block = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(1024))
    return (block * (size // len(block) + 1))[:size]


class Filled(pdf.Writer):
    """Writes the filling before its signature dictionary."""
    megabytes = 0

    def signature(self, *args, **more):
        for n in range(self.megabytes):
            self.stream(FIRST + n, pdf.BOX, noise(MEGABYTE))
        super().signature(*args, **more)


def main(argv):
    if len(argv) != 2:
        print("usage: make_pades.py OUT", file=sys.stderr)
        return 64
    out = pathlib.Path(argv[1])
    out.mkdir(parents=True, exist_ok=True)
    pki = Pki.open(out / "pki")
    pdf.Writer = Filled
    for name, Filled.megabytes in (("small", 0), ("10", 10), ("100", 100)):
        held = b" ".join(b"%d 0 R" % (FIRST + n)
                         for n in range(Filled.megabytes))
        doc = pdf.base(catalog=b"/Filling [" + held + b"] ")
        doc.end()
        doc.fill(pdf.value(pki, "citizen", stamped=False))
        (out / f"{name}.pdf").write_bytes(bytes(doc.data))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
