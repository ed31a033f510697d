#!/usr/bin/python3
"""How containers pack: the ratios of formats.md 5.4.

    packing.py SIGN_TOOL FOLDER

An ADOC over a PDF of 100 MB against deflating it, and the size of a text
against zlib at level 6.  FOLDER is as make_sign.py writes it.
"""

import pathlib
import subprocess
import sys
import time
import zipfile
import zlib

from make_input import noise

LARGE = 100 << 20
FAILED = []


def ratio(name, value, at_least, bar, goal, unit="x"):
    good = value >= bar if at_least else value <= bar
    word = "at least" if at_least else "at most"
    print(f"{'PASS' if good else 'FAIL'}  {name:52} {value:10.2f} {unit}  "
          f"({word} {bar:.2f}, goal {goal:.2f})")
    if not good:
        FAILED.append(name)


def prepare(tool, folder, name, path):
    """Everything of an ADOC up to the signature; seconds, and its path."""
    out = folder / "packed.adoc"
    start = time.monotonic()
    subprocess.run(
        [tool, "prepare", "as=adoc", "level=B", "scheme=ecdsa",
         "digest-name=sha256", f"cert={folder / 'cert.der'}",
         f"chain={folder / 'ca.der'}", f"time={int(time.time())}",
         f"out={out}", f"state={folder / 'state'}",
         f"digest={folder / 'digest'}", f"tbs={folder / 'tbs'}",
         f"file={name}:{path}"], check=True, capture_output=True, timeout=120)
    return time.monotonic() - start, out


def deflate(data):
    """Seconds and bytes of zlib at level 6."""
    start = time.monotonic()
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    size = sum(len(packer.compress(data[n:n + (1 << 20)]))
               for n in range(0, len(data), 1 << 20))
    return time.monotonic() - start, size + len(packer.flush())


def large(tool, folder):
    path = folder / "large.pdf"
    block = noise(1 << 20, b"scan")
    with open(path, "wb") as f:
        f.write(b"%PDF-1.7\n")
        for n in range(LARGE >> 20):
            f.write(n.to_bytes(4, "big") + block[4:])
    ours = min(prepare(tool, folder, "large.pdf", path)[0] for _ in range(3))
    data = path.read_bytes()[:16 << 20]
    theirs = deflate(data)[0] * LARGE / len(data)
    ratio("ADOC over a PDF of 100 MB, faster than deflating", theirs / ours,
          True, 5, 5)
    path.unlink()


def text(tool, folder):
    body = b"".join(b"%d sentence of the judgment, line %d\n" %
                    (n * 7919 % 1000003, n) for n in range(400000))
    for label, data in (("300 KB", body[:300000]),
                        ("%d MB" % (len(body) >> 20), body)):
        path = folder / "text.txt.in"
        path.write_bytes(data)
        _, out = prepare(tool, folder, "text.txt", path)
        with open(out, "rb") as f:
            head = f.read(64 << 10)
        ours = packed_size(out, head, len(data))
        ratio(f"text of {label}, size over zlib level 6",
              ours / deflate(data)[1], False, 1.02, 1.02)


def packed_size(path, head, size):
    """Bytes of the entry text.txt: of the local header, the directory is not
    written yet."""
    del size
    at = head.index(b"PK\x03\x04", 4)
    name_len = int.from_bytes(head[at + 26:at + 28], "little")
    if head[at + 30:at + 30 + name_len] != b"text.txt":
        raise RuntimeError("another entry")
    packed = int.from_bytes(head[at + 18:at + 22], "little")
    if packed == 0:
        with zipfile.ZipFile(path) as z:
            packed = z.getinfo("text.txt").compress_size
    return packed


def main():
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    large(tool, folder)
    text(tool, folder)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
