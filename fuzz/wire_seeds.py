#!/usr/bin/python3
"""Writes fuzz/seeds/report and fuzz/seeds/job: small, well-formed messages
and a few with one thing wrong each."""

import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
NONE = -(1 << 63)
FAR = (1 << 64) - 1


def text(s):
    raw = s.encode() if isinstance(s, str) else s
    return struct.pack("<I", len(raw)) + raw


def finding(code, level=0, offset=FAR, what=""):
    return struct.pack("<IIQ", code, level, offset) + text(what)


def many(parts):
    return struct.pack("<I", len(parts)) + b"".join(parts)


def indices(values):
    return many([struct.pack("<I", v) for v in values])


def stamp(kind=0, passed=1):
    return (struct.pack("<Iq", kind, 1780315200) + text("Sınaq TSA")
            + bytes([passed]))


def signature(indication=0, sub=0, covers=(0,), stamps=(), findings=()):
    words = ["S0", "Nümunə", "PNOAZ-0000000", "0000000", "", "Sınaq CA",
             "CN=Nümunə", "00", "ECDSA SHA-256 P-256", "Vəkil", "Bakı"]
    return (text(words[0]) + struct.pack("<II", 0, 2)
            + b"".join(text(w) for w in words[1:])
            + struct.pack("<qqII", 1780228800, NONE, indication, sub)
            + indices(covers) + b"\1\0" + struct.pack("<I", 0)
            + many(stamps) + many(findings))


def file(signed_by=(0,), name="iddia.txt"):
    return (text(name) + struct.pack("<Q", 42) + text("00")
            + text("text/plain") + indices(signed_by))


def report(verdict=0, reason=0, findings=(), sigs=(), files=(), version=1,
           form=1, pages=b""):
    return (struct.pack("<II", version, form) + text("ASiC-E")
            + struct.pack("<I", verdict) + finding(reason)
            + struct.pack("<q", 1780315200) + text("lenient") + text("00")
            + many(findings)
            + struct.pack("<II", len(sigs), len(files))
            + b"".join(sigs) + b"".join(files) + bytes(8) + pages)


def job(inputs, kind=0, name="strict", strict=1):
    return (b"\2" + struct.pack("<QI", 1, kind) + text(name)
            + bytes([strict, 0]) + struct.pack("<QQqI", 900, 0, 1780315200, 0)
            + many([text(n) + struct.pack("<Q", size) for n, size in inputs]))


def reply(code=0, message="", size=9, result=b"", finding=0):
    return (b"\3" + struct.pack("<QI", 1, code) + text(message)
            + struct.pack("<IQ", finding, size) + result)


def main():
    full = signature(stamps=[stamp(), stamp(3, 0)],
                     findings=[finding(30, 1, 5, "şərh"), finding(31, 2)])
    seeds = {"report": {
        "passed": report(sigs=[full], files=[file()]),
        "two": report(sigs=[full, signature()],
                      files=[file((0, 1)), file((1,), "ərizə.pdf")]),
        "refused": report(4, 1, [finding(1, 0, 77, "mimetype")]),
        "failed": report(3, 60, sigs=[signature(2, 2)], files=[file()]),
        "open": report(2, 60, sigs=[signature(1, 15, ())]),
        "lie": report(0, 0, sigs=[signature(2, 2)], files=[file()]),
        "lie-empty": report(0, 0),
        "lie-open": report(1, 60, sigs=[signature(1, 15, ())]),
        "lie-passed": report(0, 0, sigs=[signature(0, 15, ())]),
        "index": report(sigs=[signature(covers=(1,))], files=[file()]),
        "signed-by": report(sigs=[full], files=[file((1,))]),
        "version": report(4, 1, version=3),
        "pages": report(1, 60, version=2, form=5,
                        pages=struct.pack("<I", 3)),
        "pages-image": report(1, 60, version=2, form=6,
                              pages=struct.pack("<I", 1)),
        "pages-none": report(1, 60, version=2, form=5, pages=bytes(4)),
        "pages-many": report(1, 60, version=2, form=5,
                             pages=struct.pack("<I", 20001)),
        "pages-container": report(1, 60, version=2,
                                  pages=struct.pack("<I", 3)),
        "enum": report(9),
        "no-code": report(4, 1, [finding(0)]),
        "count": report(4, 1)[:-16] + b"\xff\xff\xff\xff\0\0\0\0",
        "bool": report(sigs=[full], files=[file()]).replace(
            b"\1\0\0\0\0\0", b"\2\0\0\0\0\0", 1),
        "control": report(4, 1, [finding(1, what="a\nb")]),
        "bidi": report(4, 1, [finding(1, what="a\u202eb")]),
        "utf8": report(4, 1, [finding(1, what=b"\xff\xfe")]),
        "long": report(4, 1, [finding(1, what="a" * 1025)]),
        "cut": report(sigs=[full], files=[file()])[:-3],
        "more": report(4, 1) + b"\0",
    }, "job": {
        "verify": job([("a.edoc", 1000)]),
        "inspect": job([("a.edoc", 1000)], 1),
        "trust": job([("a.xml", 5), ("signer.pem", 7)], 2),
        "sign": job([("request", 9), ("a.pdf", 1000)], 3),
        "extract": job([("a.pdf", 1000)], 4),
        "many": job([("f", 1)] * 240),
        "too-many": job([("f", 1)] * 241),
        "none": job([]),
        "large": job([("a", (4 << 30) + 1)]),
        "kind": job([("a", 1)], 9),
        "bool": job([("a", 1)], strict=2),
        "name": job([("a\x1b[2J", 1)]),
        "more": job([("a", 1)]) + b"x",
        "reply": reply(),
        "reply-result": reply(result=b"%PDF-1.7\n"),
        "reply-other-size": reply(size=8, result=b"%PDF-1.7\n"),
        "reply-error": reply(3, "zip: no end record", 0, finding=1),
        "reply-code": reply(99),
        "reply-cut": reply()[:-1],
        "setup": b"\1",
        "unknown": b"\4",
    }}
    for name, files in seeds.items():
        folder = HERE / "seeds" / name
        folder.mkdir(parents=True, exist_ok=True)
        for key, data in files.items():
            (folder / key).write_bytes(data)


if __name__ == "__main__":
    main()
