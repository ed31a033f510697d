#!/usr/bin/python3
"""Writes two large containers for the benchmarks.

    make_large.py MEGABYTES OUT

OUT/stored.asice holds a payload that does not compress, OUT/text.asice a text
of random words, deflated.  Neither is signed: every document is hashed all
the same.
"""

import hashlib
import pathlib
import random
import sys
import zipfile

MIME = b"application/vnd.etsi.asic-e+zip"
MANIFEST = b"""<?xml version="1.0" encoding="UTF-8"?>
<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
 m:version="1.2"><m:file-entry m:full-path="/"
 m:media-type="application/vnd.etsi.asic-e+zip"/><m:file-entry
 m:full-path="payload" m:media-type="application/octet-stream"/></m:manifest>
"""
BLOCK = 1 << 20


def noise():
    made = b"".join(hashlib.sha512(b"%d" % i).digest()
                    for i in range(BLOCK // 64))
    return [made]


def words():
    """Blocks of text; a window of deflate never sees one twice."""
    dice = random.Random(20220531)
    letters = "aeilnrsxbdmtkyəıöüçşğ"
    stock = ["".join(dice.choices(letters, k=dice.randint(2, 11)))
             for _ in range(4000)]
    weight = [1 / (n + 4) for n in range(len(stock))]
    out = []
    for _ in range(8):
        text = " ".join(dice.choices(stock, weight, k=BLOCK // 6)).encode()
        out.append((text * 2)[:BLOCK])
    return out


def write(path, blocks, megabytes, method):
    with zipfile.ZipFile(path, "w") as box:
        box.writestr(zipfile.ZipInfo("mimetype"), MIME)
        box.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), MANIFEST)
        info = zipfile.ZipInfo("payload")
        info.compress_type = method
        info.file_size = megabytes * BLOCK
        with box.open(info, "w") as out:
            for n in range(megabytes):
                out.write(blocks[n % len(blocks)])


def main(argv):
    if len(argv) != 3:
        print("usage: make_large.py MEGABYTES OUT", file=sys.stderr)
        return 64
    out = pathlib.Path(argv[2])
    write(out / "stored.asice", noise(), int(argv[1]), zipfile.ZIP_STORED)
    write(out / "text.asice", words(), int(argv[1]), zipfile.ZIP_DEFLATED)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
