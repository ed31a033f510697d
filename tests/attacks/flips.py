#!/usr/bin/python3
"""Flips single bits of sound documents: none may pass.

    flips.py --mohur PATH [--count 5000] [--seed N] [--jobs 2]

Of containers two kinds, half of the count each.  "outer": any byte of the archive as it
lies on disk; it may still pass if the bit is in `free_bits`, the list of
header fields that nothing signs and nothing needs.  "inner": a byte of a
signed file, of SignedInfo, of the signature value or of SignedProperties,
with every checksum made right again; none of them may pass.  Of PDFs a fifth
of the count on top: a byte that some signature covers; none of them may pass.
A document that could not be judged is a failure too.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings
import zlib

warnings.filterwarnings("ignore")

from stage import (NOTE, ROOT, TEXT, VALIDATION, Stage,  # noqa: E402
                   container, xades)

import pdf  # noqa: E402
import pdf_samples  # noqa: E402

SIGNED = re.compile(
    rb"<ds:SignedInfo>.*</ds:SignedInfo>|"
    rb"(?<=<ds:SignatureValue Id=\"S0-value\">)[^<]*|"
    rb"<xades:SignedProperties .*</xades:SignedProperties>", re.S)
BATCH = 250


def bases(stage):
    """Sound containers, every entry stored so that a flip stays one."""
    def stored(box):
        for entry in box.entries:
            entry.method = 0
        return box
    yield "asice", lambda: stored(stage.box(files=(TEXT, NOTE)))
    yield "edoc", lambda: stored(stage.box(profile="edoc", id="S0"))
    yield "lta", lambda: stored(stage.box(level="LTA"))
    yield "asics", lambda: stored(container.asic_s(
        stage.pki, TEXT, [dict(signer="citizen", id="S0")]))
    yield "rsa", lambda: stage.box(signer="citizen-rsa2048")


def stored_at(at, data):
    """Where the bytes of the entry with its local header at AT lie."""
    start = at + 30 + int.from_bytes(data[at + 26:at + 28], "little") \
        + int.from_bytes(data[at + 28:at + 30], "little")
    return start, start + int.from_bytes(data[at + 18:at + 22], "little")


def inflates_alike(box, data, at, bit):
    """A bit of a deflated entry whose flip leaves what is inflated as it was:
    the padding of its last byte, or a distance to the same bytes elsewhere."""
    for entry in box.entries:
        start, end = stored_at(entry.offset, data)
        if entry.method != 8 or not start <= at < end:
            continue
        raw = bytearray(data[start:end])
        sound = zlib.decompress(bytes(raw), -15)
        raw[at - start] ^= 1 << bit
        reader = zlib.decompressobj(-15)
        try:
            found = reader.decompress(bytes(raw))
        except zlib.error:
            return False
        return found == sound and reader.eof and not reader.unused_data
    return False


def free_bits(box, data):
    """(offset, bit) of the header fields that may change without harm:
    versions, times, attributes of both records but for the file type; of that
    the bit that makes "none" a regular file is free as well."""
    free = set()
    for entry in box.entries:
        at = entry.offset
        free.update([*range(at + 4, at + 6), *range(at + 10, at + 14)])
    at = data.rindex(b"PK\5\6")
    at = int.from_bytes(data[at + 16:at + 20], "little")
    kinds = set()
    for entry in box.entries:
        free.update([*range(at + 4, at + 8), *range(at + 12, at + 16),
                     *range(at + 36, at + 42)])
        kinds.update((at + 41, bit) for bit in range(4, 7))
        at += 46 + len(entry.name)
    return {(at, bit) for at in free for bit in range(8)} - kinds


def outer(name, box, count, rng):
    """(label, bytes, may pass) with one bit of the archive flipped."""
    data = box.pack()
    free = free_bits(box, data)
    for _ in range(count):
        at, bit = rng.randrange(len(data)), rng.randrange(8)
        out = bytearray(data)
        out[at] ^= 1 << bit
        yield f"{name}/outer/{at}.{bit}", bytes(out), \
            (at, bit) in free or inflates_alike(box, data, at, bit)


def inner(name, box, count, rng):
    """The same inside signed content, checksums right again."""
    spots = []
    for entry in box.entries:
        if b"signatures" in entry.name:
            for hit in SIGNED.finditer(entry.data):
                spots += [(entry, at) for at in range(*hit.span())]
        elif not entry.name.startswith((b"META-INF/", b"mimetype")):
            spots += [(entry, at) for at in range(len(entry.data))]
    for _ in range(count):
        entry, at = rng.choice(spots)
        bit, kept = rng.randrange(8), entry.data
        out = bytearray(kept)
        out[at] ^= 1 << bit
        entry.data = bytes(out)
        yield f"{name}/inner/{entry.name.decode()}/{at}.{bit}", \
            box.pack(), False
        entry.data = kept


def pdfs(stage):
    """Sound PDFs of every form, one and two signatures."""
    for form in ("table", "stream", "hybrid"):
        yield f"pdf-{form}", bytes(pdf.signed(stage.pki, form).data)
        yield f"pdf-twice-{form}", bytes(pdf_samples.twice(
            pdf.signed(stage.pki, form), stage.pki).data)


def covered(data):
    """Every place that is in the byte range of some signature."""
    places = set()
    for hit in re.finditer(rb"/ByteRange *\[([0-9 ]+)\]", data):
        a, b, c, d = map(int, hit.group(1).split())
        places.update(range(a, a + b), range(c, c + d))
    return sorted(places)


def inside(name, data, count, rng):
    """One bit of what a signature covers flipped."""
    places = covered(data)
    for _ in range(count):
        at, bit = rng.choice(places), rng.randrange(8)
        out = bytearray(data)
        out[at] ^= 1 << bit
        yield f"{name}/{at}.{bit}", bytes(out), False


def judge(mohur, trust, folder, batch):
    """Labels that passed though they must not, or were not judged."""
    paths = []
    for n, (_, data, _) in enumerate(batch):
        path = folder / f"{n}.asice"
        path.write_bytes(data)
        paths.append(str(path))
    done = subprocess.run(
        [mohur, "verify", "--report", "json", "--offline", "--time",
         xades.stamp(VALIDATION), "--trust", trust, "--", *paths],
        capture_output=True, check=False)
    lines = done.stdout.decode(errors="replace").splitlines()
    if len(lines) != len(batch):
        return [f"{batch[0][0]}…: {len(lines)} reports for {len(batch)}"]
    wrong = []
    for (label, data, free), line in zip(batch, lines):
        verdict = json.loads(line)["verdict"]
        if verdict == "NOT-JUDGED" or \
                verdict == "TOTAL-PASSED" and not free:
            wrong.append(f"{label}: {verdict}")
    return wrong


def run(args, out):
    stage = Stage(out)
    rng = random.Random(args.seed)
    made = list(bases(stage))
    share = max(1, args.count // (2 * len(made)))
    rows = []
    sound = []
    for name, make in made:
        box = make()
        sound.append((name, box.pack(), True))
        rows += outer(name, box, share, rng)
        rows += inner(name, box, share, rng)
    made = list(pdfs(stage))
    for name, data in made:
        sound.append((name, data, True))
        rows += inside(name, data, max(1, args.count // (5 * len(made))), rng)
    trust = str(out / ROOT)
    wrong = check_sound(args.mohur, trust, out, sound)
    groups = [rows[n:n + BATCH] for n in range(0, len(rows), BATCH)]

    def one(number):
        folder = out / f"job{number}"
        folder.mkdir()
        return judge(args.mohur, trust, folder, groups[number])
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for part in pool.map(one, range(len(groups))):
            wrong += part
    print("\n".join(wrong[:50]), end="\n" if wrong else "")
    print(f"seed {args.seed}: {len(rows)} flips")
    print(f"{len(rows) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def check_sound(mohur, trust, out, sound):
    """The containers must pass before a flip of them means anything."""
    wrong = []
    for name, data, _ in sound:
        path = out / f"sound-{name}.asice"
        path.write_bytes(data)
        done = subprocess.run(
            [mohur, "verify", "--offline", "--time",
             xades.stamp(VALIDATION), "--trust", trust, "--", str(path)],
            capture_output=True, check=False)
        if done.returncode != 0:
            wrong.append(f"{name}: the sound container does not pass")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur", required=True)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom()
                        .randrange(1 << 32))
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.mohur = str(pathlib.Path(args.mohur).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        return run(args, pathlib.Path(scratch))


if __name__ == "__main__":
    sys.exit(main())
