"""Attacks on the archive: what two zip readers would see differently."""

import struct
import zlib

import zipwrite
from stage import ANY, NOTE, TEXT
from zipwrite import Entry

SIGS = "META-INF/signatures0.xml"
EVIL = "İddia ərizəsi, məbləğ 900 manat.\n".encode() * 4


def duplicates(stage, book):
    item = "duplicate (first signed, second shown)"
    for name, where in (("after", 2), ("last", None), ("before", 1)):
        box = stage.plain()
        box.put(TEXT[0], EVIL, 8, at=where)
        book.add(item, f"dup-{name}", box.pack(), "zip-duplicate-name")
    box = stage.plain()
    box.put(SIGS, b"<x/>", 8)
    book.add(item, "dup-signatures", box.pack(), "zip-duplicate-name")
    box = stage.plain()
    box.put("mimetype", b"text/plain")
    book.add(item, "dup-mimetype", box.pack(), "zip-duplicate-name")
    item = "case duplicates"
    for name, twin in (("upper", "IDDIA.TXT"), ("one", "Iddia.txt"),
                       ("meta", "META-INF/Manifest.xml"),
                       ("turkish", None)):
        box = stage.plain((("şəkil.txt", b"x", "text/plain"),)) \
            if twin is None else stage.plain()
        box.put(twin or "Şəkil.txt", EVIL, 8)
        book.add(item, f"case-{name}", box.pack(), "zip-case-duplicate")
    item = "NFC/NFD duplicates"
    for name, one, two in (("e", "caf\u00e9.txt", "cafe\u0301.txt"),
                           ("g", "da\u011f.txt", "dag\u0306.txt"),
                           ("hangul", "\uac00.txt", "\u1100\u1161.txt")):
        box = stage.box(files=((one, b"signed", "text/plain"),))
        box.put(two, b"shown", 8)
        book.add(item, f"nfd-{name}", box.pack(),
                 "zip-case-duplicate,zip-duplicate-name")


def half_entries(stage, book):
    item = "entry only local"
    for name, where in (("first", 0), ("middle", 2), ("last", None)):
        box = stage.plain()
        box.put("hidden.txt", EVIL, at=where, where="local")
        book.add(item, f"local-{name}", box.pack(),
                 "zip-gap,zip-prefix,zip-count")
    box = stage.plain()
    box.put(TEXT[0], EVIL, at=1, where="local")
    book.add(item, "local-same-name", box.pack(), "zip-gap,zip-count")
    item = "entry only central"
    for name, offset in (("beyond", 0x7fffff00), ("zero", 0),
                         ("inside", 45)):
        box = stage.plain()
        box.put("phantom.txt", EVIL, where="central",
                central={"offset": offset})
        book.add(item, f"central-{name}", box.pack(),
                 "zip-overlap,zip-local-differs,zip-count,zip-gap,zip-size,"
                 "zip-trailing,zip-end")
    box = stage.plain()
    box.put(TEXT[0], EVIL, where="central", central={"offset": 0})
    book.add(item, "central-same-name", box.pack(),
             "zip-overlap,zip-local-differs,zip-duplicate-name")


def local_differences(stage, book):
    def one(lies, entry_name=TEXT[0], side="local"):
        box = stage.plain()
        entry = box.get(entry_name)
        getattr(entry, side).update(lies)
        return box.pack()
    codes = "zip-local-differs"
    item = "local name differences"
    for name, value in (("same-length", b"iddia.exe"),
                        ("shorter", b"iddia"), ("longer", b"iddia.txt.exe"),
                        ("case", b"Iddia.txt")):
        book.add(item, f"name-{name}", one({"name": value}), codes)
    item = "local size differences"
    for name, lies in (("usize", {"usize": 7}), ("usize-0", {"usize": 0}),
                       ("csize", {"csize": 7}),
                       ("csize-more", {"csize": 90}),
                       ("both-0", {"csize": 0, "usize": 0})):
        book.add(item, f"size-{name}", one(lies),
                 codes + ",zip-gap,zip-overlap" * ("csize" in name))
    book.add(item, "size-central-less", one({"usize": 9}, side="central"),
             codes + ",zip-size")
    box = stage.plain()
    for side in ("local", "central"):
        getattr(box.get(TEXT[0]), side)["usize"] = 9
    book.add(item, "size-both-less", box.pack(), "zip-size")
    box = stage.plain()
    for side in ("local", "central"):
        getattr(box.get(TEXT[0]), side)["usize"] = 9000
    book.add(item, "size-both-more", box.pack(), "zip-size")
    box = stage.plain()
    box.get(TEXT[0]).raw = zipwrite.deflate(TEXT[1]) + b"PAYLOAD"
    book.add(item, "size-bytes-left", box.pack(), "zip-size")
    box = stage.plain()
    box.get(TEXT[0]).raw = zipwrite.deflate(TEXT[1])[:-3]
    book.add(item, "size-cut", box.pack(), "zip-size,zip-crc")
    item = "local method differences"
    book.add(item, "method-stored", one({"method": 0}), codes)
    book.add(item, "method-deflated", one({"method": 8}, "mimetype"), codes)
    for method in (1, 9, 12, 14, 95, 99):
        box = stage.plain()
        box.get(TEXT[0]).method = method
        box.get(TEXT[0]).raw = TEXT[1]
        book.add(item, f"method-{method}", box.pack(), "zip-method")
    item = "local CRC differences"
    book.add(item, "crc-local", one({"crc": 1}), codes)
    book.add(item, "crc-local-0", one({"crc": 0}), codes)
    book.add(item, "crc-central", one({"crc": 1}, side="central"), codes)
    box = stage.plain()
    for side in ("local", "central"):
        getattr(box.get(TEXT[0]), side)["crc"] = 0x12345678
    book.add(item, "crc-both", box.pack(), "zip-crc")
    item = "local flag differences"
    for name, flags in (("utf8", 0x800), ("descriptor", 8),
                        ("encrypted", 1), ("level", 2)):
        book.add(item, f"flag-{name}", one({"flags": flags}),
                 codes + ",zip-encrypted" * (flags == 1))


def tiling(stage, book):
    item = "prefix"
    box = stage.plain()
    sound = box.pack()
    book.add(item, "prefix-counted", stage.plain().pack(prefix=b"MZ" * 50),
             "zip-prefix")
    book.add(item, "prefix-not-counted", b"#!/bin/sh\n" + sound,
             "zip-prefix,zip-count,zip-gap,zip-local-differs,zip-end")
    other = stage.box(files=(NOTE,), signer="citizen2").pack()
    book.add(item, "prefix-container", stage.plain().pack(prefix=other),
             "zip-prefix,zip-end")
    book.add(item, "prefix-pdf", stage.plain().pack(
        prefix=b"%PDF-1.7\n% polyglot\n"), "zip-prefix,pdf-trailing,pdf-startxref")
    item = "gap"
    for name, at in (("second", 1), ("last", -1)):
        box = stage.plain()
        box.entries[at].before = b"unexplained"
        book.add(item, f"gap-{name}", box.pack(), "zip-gap")
    book.add(item, "gap-directory", stage.plain().pack(gap=EVIL), "zip-gap")
    box = stage.plain()
    box.entries[2].before = Entry("x", EVIL).local_record()
    book.add(item, "gap-record", box.pack(), "zip-gap")
    item = "overlap"
    box = stage.plain()
    box.pack()
    phantom = Entry("other.txt", TEXT[1], 8, where="central",
                    central={"offset": box.get(TEXT[0]).offset})
    box.entries.append(phantom)
    book.add(item, "overlap-same-record", box.pack(),
             "zip-overlap,zip-local-differs")
    box = stage.plain()
    inner = Entry("inner.txt", EVIL)
    twin = box.put("outer.bin", inner.local_record())
    box.pack()
    at = twin.offset + 30 + len(twin.name)
    box.entries.append(Entry("inner.txt", EVIL, where="central",
                             central={"offset": at}))
    book.add(item, "overlap-inside", box.pack(), "zip-overlap")
    box = stage.plain()
    box.get(TEXT[0]).local["csize"] = len(
        box.get(TEXT[0]).stored()) + 40
    box.get(TEXT[0]).central["csize"] = len(
        box.get(TEXT[0]).stored()) + 40
    book.add(item, "overlap-long", box.pack(), "zip-overlap")
    item = "trailing"
    for name, tail in (("byte", b"\0"), ("text", b"\nmore"),
                       ("payload", EVIL * 600), ("zip", sound[:60])):
        book.add(item, f"trailing-{name}", stage.plain().pack(trailing=tail),
                 "zip-trailing,zip-end")
    item = "comment archive"
    book.add(item, "comment-container",
             stage.plain().pack(comment=other), "zip-end")
    book.add(item, "comment-end", stage.plain().pack(
        comment=zipwrite.end_record(0, 0, 0)), "zip-end")
    book.add(item, "comment-end-tail", stage.plain().pack(
        comment=zipwrite.end_record(0, 0, 0, b"xx") + b""), "zip-end")


def ends(stage, book):
    item = "two end records"
    sound = stage.plain().pack()
    end = sound[-22:]
    book.add(item, "end-twice", sound + end,
             "zip-end,zip-trailing,zip-gap,zip-count")
    book.add(item, "end-in-gap", stage.plain().pack(gap=end),
             "zip-gap,zip-end")
    book.add(item, "end-second-lies", sound + zipwrite.end_record(0, 0, 0),
             "zip-end,zip-trailing,zip-gap,zip-count,format-unknown")
    for name, lies in (("count", {"count": 3}), ("here", {"here": 3}),
                       ("both", {"count": 3, "here": 3}),
                       ("more", {"count": 9, "here": 9}),
                       ("size", {"size": 10}), ("offset", {"offset": 1}),
                       ("disk", {"disk": 1}), ("start", {"start": 1})):
        book.add(item, f"end-{name}", stage.plain().pack(end=lies),
                 "zip-count,zip-gap,zip-end,zip-overlap,zip-trailing,"
                 "zip-prefix")
    book.add(item, "end-length", stage.plain().pack(
        comment=b"abc", end={"length": 2}), "zip-end,zip-trailing")
    item = "zip64 lies"
    soft = dict(rule="S")
    book.add(item, "zip64-unneeded", stage.plain().pack(zip64={}), "zip64",
             **soft)
    for name, lies in (("count", {"count": 2, "here": 2}),
                       ("offset", {"offset": 0}), ("size", {"size": 1}),
                       ("at", {"at": 0})):
        book.add(item, f"zip64-{name}", stage.plain().pack(zip64=lies),
                 "zip64,zip-end,zip-count,zip-gap,zip-overlap")
    book.add(item, "zip64-end-ones", stage.plain().pack(
        end={"offset": 0xffffffff}), "zip64,zip-end,zip-count,zip-gap")

    def extra(usize, csize):
        return struct.pack("<HHQQ", 1, 16, usize, csize)
    ones = {"usize": 0xffffffff, "csize": 0xffffffff}
    box = stage.plain()
    entry = box.get(TEXT[0])
    real = extra(len(TEXT[1]), len(entry.stored()))
    entry.local.update(ones, extra=extra(9, 9))
    entry.central.update(ones, extra=real)
    book.add(item, "zip64-extra-differs", box.pack(),
             "zip64,zip-local-differs,zip-gap,zip-overlap")
    box = stage.plain()
    entry = box.get(TEXT[0])
    entry.local.update(extra=real)
    entry.central.update(extra=extra(1, 1))
    book.add(item, "zip64-extra-unneeded", box.pack(),
             "zip64,zip-local-differs", verdicts=ANY, strict="TOTAL-FAILED,"
             "REFUSED")
    box = stage.plain()
    box.get(TEXT[0]).central.update(ones)
    box.get(TEXT[0]).local.update(ones)
    book.add(item, "zip64-extra-missing", box.pack(),
             "zip64,zip-size,zip-overlap,zip-local-differs,zip-limit")


def descriptors(stage, book):
    item = "descriptor lies"
    for kind in ("signed", "plain"):
        for name, lies in (("crc", {"crc": 5}), ("csize", {"csize": 5}),
                           ("usize", {"usize": 5})):
            box = stage.plain()
            box.get(TEXT[0]).descriptor = kind
            box.get(TEXT[0]).trailer.update(lies)
            book.add(item, f"descriptor-{kind}-{name}", box.pack(),
                     "zip-local-differs,zip-gap")
    box = stage.plain()
    box.get(TEXT[0]).flags = 8
    book.add(item, "descriptor-absent", box.pack(),
             "zip-local-differs,zip-gap,zip-overlap")
    box = stage.plain()
    box.get(TEXT[0]).descriptor = "signed"
    box.get(TEXT[0]).flags = 0
    book.add(item, "descriptor-no-flag", box.pack(),
             "zip-local-differs,zip-gap,zip-crc,zip-size")
    box = stage.plain()
    box.get(TEXT[0]).descriptor = "signed"
    box.get(TEXT[0]).local.update(crc=7)
    book.add(item, "descriptor-local-crc", box.pack(), "zip-local-differs")


def special(stage, book):
    item = "symlink"
    for name, mode in (("link", 0o120777), ("device", 0o020666),
                       ("block", 0o060666), ("fifo", 0o010666),
                       ("socket", 0o140666)):
        box = stage.box(files=(TEXT, ("link", b"/etc/hostname",
                                      "text/plain")))
        box.get("link").central["external"] = mode << 16
        book.add(item, f"special-{name}", box.pack(), "zip-special")
    item = "encrypted"
    for name, flags, codes in (
            ("bit0", 1, "zip-encrypted"), ("strong", 0x41,
                                           "zip-encrypted,zip-method"),
            ("directory", 0x2000, "zip-method,zip-encrypted"),
            ("patch", 0x20, "zip-method")):
        box = stage.plain()
        box.get(TEXT[0]).flags = flags
        book.add(item, f"encrypted-{name}", box.pack(), codes)
    box = stage.plain()
    box.put("full/", b"not empty")
    book.add(item, "directory-not-empty", box.pack(), "zip-directory")
    item = "symlink"
    box = stage.plain()
    box.put("META-INF/link", b"signatures0.xml",
            central={"external": 0o120777 << 16})
    book.add(item, "special-meta", box.pack(), "zip-special")


def names(stage, book):
    rows = {
        "NUL names": (("nul", b"iddia.txt\0.exe"), ("nul-first", b"\0a")),
        ".. names": (("up", b"../iddia.txt"), ("mid", b"a/../iddia.txt"),
                     ("end", b"a/.."), ("dot", b"./iddia.txt"),
                     ("deep", b"../" * 9 + b"etc/passwd")),
        "backslash names": (("back", b"a\\iddia.txt"),
                            ("back-up", b"..\\iddia.txt")),
        "absolute names": (("root", b"/iddia.txt"),
                           ("double", b"//host/iddia.txt")),
        "drive names": (("c", b"C:iddia.txt"), ("c-slash", b"c:/iddia.txt")),
        "empty names": (("none", b""), ("segment", b"a//iddia.txt"),
                        ("slash", b"/"), ("blank", b"iddia.txt "),
                        ("dot-end", b"iddia."), ("tab", b"a\tb.txt"),
                        ("long", b"n" * 256))}
    for item, group in rows.items():
        for name, raw in group:
            word = item.split()[0].strip(".").lower() or "dots"
            box = stage.plain()
            box.put(raw, b"" if raw.endswith(b"/") else b"x")
            book.add(item, f"name-{word}-{name}", box.pack(), "zip-name")
    item = "legacy code page"
    for name, raw, flags, codes, rule in (
            ("unflagged", "əriz\u0259.txt".encode(), 0,
             "zip-name-encoding", "S"),
            ("cp1254", "şəkil".replace("ə", "e").encode("cp1254") + b".txt",
             0, "zip-name,zip-name-encoding", "R"),
            ("flag-lies", b"\xfe\xf0.txt", 0x800, "zip-name", "R"),
            ("overlong", b"a\xc0\xafb.txt", 0x800, "zip-name", "R"),
            ("surrogate", b"a\xed\xa0\x80.txt", 0x800, "zip-name", "R"),
            ("nfd", "dag\u0306.txt".encode(), 0x800, "zip-name-encoding",
             "S"),
            ("bidi", "iddia\u202etxt.exe".encode(), 0x800,
             "zip-name-encoding", "S"),
            ("control", b"iddia\x1b[2J.txt", 0, "zip-name", "R")):
        try:
            text = raw.decode()
            files = [TEXT, (text, b"x", "text/plain")] \
                if rule == "S" else [TEXT]
        except UnicodeDecodeError:
            files = [TEXT]
        box = stage.box(files=files)
        if rule == "S":
            box.get(raw).flags = flags
        else:
            box.put(raw, b"x", flags=flags)
        book.add(item, f"page-{name}", box.pack(), codes, rule)


def bombs(stage, book):
    item = "bombs: ratio"
    zeros = b"\0" * 20_000_000
    squeezed = zipwrite.deflate(zeros, 9)
    crc = zlib.crc32(zeros)
    del zeros
    codes = "zip-limit,limit"

    def bomb(name, declared):
        fields = {"usize": declared, "csize": len(squeezed), "crc": crc,
                  "method": 8}
        return Entry(name, b"", 8, raw=squeezed, local=dict(fields),
                     central=dict(fields))
    box = stage.plain()
    box.entries.append(bomb("zeros.bin", 20_000_000))
    book.add(item, "bomb-ratio", box.pack(), codes)
    box = stage.plain()
    box.entries.append(bomb("zeros.bin", 10))
    book.add(item, "bomb-declares-10", box.pack(), codes + ",zip-size")
    box = stage.plain()
    box.entries.append(bomb("zeros.bin", 1_500_000))
    book.add(item, "bomb-declares-less", box.pack(), codes + ",zip-size")
    item = "bombs: count"
    for count in (1001, 5000):
        box = stage.plain()
        for n in range(count):
            box.put(f"f{n}", b"")
        book.add(item, f"bomb-count-{count}", box.pack(), codes)
    item = "bombs: nested"
    inner = zipwrite.write([bomb("zeros.bin", 20_000_000)] +
                           [bomb(f"zeros{n}.bin", 20_000_000)
                            for n in range(60)])
    box = stage.box(files=(("inner.zip", inner, "application/x-zip"),))
    book.add(item, "bomb-nested", box.pack(), codes)
    kernel = bomb("a", 20_000_000)
    box = stage.plain()
    box.entries.append(kernel)
    box.pack()
    for n in range(100):
        box.entries.append(Entry(
            f"b{n}", b"", 8, where="central", raw=squeezed,
            central={**kernel.central, "offset": kernel.offset}))
    book.add(item, "bomb-shared-kernel", box.pack(),
             codes + ",zip-overlap,zip-local-differs")
    item = "bombs: META-INF"
    line = b"<!-- " + bytes(range(65, 90)) * 2 + b" -->" + b" " * 60
    big = b"".join(b"%08x" % zlib.crc32(b"%d" % n) + line
                   for n in range(90_000))
    box = stage.plain()
    box.put("META-INF/signatures1.xml", big[:10_500_000], 8)
    book.add(item, "bomb-meta-member", box.pack(), codes + ",xml-limit")
    box = stage.plain()
    part = big[:9_500_000]
    packed = zipwrite.deflate(part)
    for n in range(1, 9):
        box.put(f"META-INF/signatures{n}.xml", part, 8, raw=packed)
    book.add(item, "bomb-meta-total", box.pack(), codes +
             ",xml-malformed,xml-limit,signature-file-invalid")
    box = stage.plain()
    box.entries.append(bomb("META-INF/signatures1.xml", 20_000_000))
    book.add(item, "bomb-meta-ratio", box.pack(), codes)


def run(stage, book):
    book.section = "container"
    for part in (duplicates, half_entries, local_differences, tiling, ends,
                 descriptors, special, names, bombs):
        part(stage, book)
