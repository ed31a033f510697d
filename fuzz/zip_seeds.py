#!/usr/bin/python3
"""The archives among the seeds: what a good writer makes, and each form that
is refused, one a seed.  Written by hand: no library makes most of them."""
import hashlib
import struct
import zlib

ONES = 0xFFFFFFFF
SMALL = 0xFFFF


class Entry:
    """One entry; every field of either header may be given another value
    (NAME for the directory's, l_NAME for the local header's)."""

    def __init__(self, name, data=b"x", method=0, **other):
        self.name = name if isinstance(name, bytes) else name.encode()
        self.flags = 0 if self.name.isascii() else 1 << 11
        self.raw = data
        if method == 8:
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            self.raw = deflate.compress(data) + deflate.flush()
        self.method = method
        self.crc = zlib.crc32(data)
        self.csize, self.usize = len(self.raw), len(data)
        self.extra = self.comment = b""
        self.attr, self.disk, self.offset = 0, 0, None
        self.descriptor = b""
        self.sig, self.l_sig = 0x02014B50, 0x04034B50
        for key, value in other.items():
            setattr(self, key, value)

    def local(self):
        def of(key):
            return getattr(self, "l_" + key, getattr(self, key))
        extra = getattr(self, "l_extra", b"")
        return struct.pack(
            "<IHHHIIIIHH", self.l_sig, 20, of("flags"), of("method"), 0,
            of("crc"), of("csize"), of("usize"), len(of("name")),
            len(extra)) + of("name") + extra + self.raw + self.descriptor

    def central(self, offset):
        at = offset if self.offset is None else self.offset
        return struct.pack(
            "<IHHHHIIIIHHHHHII", self.sig, 20, 20, self.flags, self.method, 0,
            self.crc, self.csize, self.usize, len(self.name), len(self.extra),
            len(self.comment), self.disk, 0, self.attr,
            at) + self.name + self.extra + self.comment


def end64(count, size, offset, here, **other):
    """Both 64-bit end records, which stand at that offset."""
    f = dict(record=44, disk=0, disk2=0, count2=count, at=here, l_disk=0,
             disks=1, sig=0x06064B50)
    f.update(other)
    return struct.pack("<IQHHIIQQQQ", f["sig"], f["record"], 45, 45,
                       f["disk"], f["disk2"], f["count2"], count, size,
                       offset) + struct.pack("<IIQI", 0x07064B50, f["l_disk"],
                                             f["at"], f["disks"])


def pack(*entries, prefix=b"", between=b"", comment=b"", wide=None, gap=b"",
         **end):
    body, directory = prefix, b""
    for e in entries:
        directory += e.central(len(body) - len(prefix))
        body += e.local() + between
    f = dict(disk=0, disk2=0, count=len(entries), size=len(directory),
             offset=len(body) - len(prefix), comment=len(comment))
    f["count2"] = f["count"]
    if wide is not None:
        gap += end64(f["count"], f["size"], f["offset"],
                     len(body) + len(directory) + len(gap), **wide)
    f.update(end)
    return body + directory + gap + struct.pack(
        "<IHHHHIIH", 0x06054B50, f["disk"], f["disk2"], f["count2"],
        f["count"], f["size"], f["offset"], f["comment"]) + comment


def extra(*values, kind=1):
    body = b"".join(struct.pack("<Q", v) for v in values)
    return struct.pack("<HH", kind, len(body)) + body


def described(form, name="a", data=b"x", method=0, **other):
    """An entry whose sizes stand behind its data, in one of four forms."""
    e = Entry(name, data, method, flags=8, l_crc=0, l_csize=0, l_usize=0)
    e.descriptor = struct.pack(form[1:], *([0x08074B50] if form[0] == "s"
                                           else []), e.crc, e.csize, e.usize)
    for key, value in other.items():
        setattr(e, key, value)
    return e


def records():
    a = Entry("a")
    yield "end-none", b"x" * 40
    yield "end-short", b"PK\5\6"
    yield "end-trailing", pack(a) + b"x"
    yield "end-twice", pack(a, comment=pack())
    yield "end-in-comment", pack(a, comment=b"PK\5\6 and more than that......")
    yield "end-disk", pack(a, disk=1)
    yield "end-counts", pack(a, count2=2)
    yield "end-many", pack(a, count=1001, count2=1001)
    yield "end-count-more", pack(a, count=2, count2=2)
    yield "end-count-less", pack(a, Entry("b"), count=1, count2=1)
    yield "end-offset", pack(a, offset=ONES - 1)
    yield "end-size", pack(a, size=3, gap=b"12345678")
    yield "prefix", pack(a, prefix=b"#!/bin/sh\n")
    yield "prefix-alone", pack(prefix=b"#!")
    yield "prefix-counted", pack(Entry("a", offset=2), prefix=b"#!",
                                 offset=2 + len(a.local()))
    yield "wide", pack(a, wide={})
    yield "wide-needed", pack(a, wide={}, count=SMALL, count2=SMALL,
                              size=ONES, offset=ONES)
    yield "wide-missing", pack(a, size=ONES)
    yield "wide-alone", end64(0, 0, 0, 0)[56:] + pack()
    yield "wide-misplaced", pack(a, wide={"at": 1})
    yield "wide-disks", pack(a, wide={"disks": 2})
    yield "wide-record", pack(a, wide={"record": 45})
    yield "wide-counts", pack(a, wide={"count2": 2})
    yield "wide-disagrees", pack(a, wide={}, size=1)
    yield "central-sig", pack(Entry("a", sig=0))
    yield "central-disk", pack(Entry("a", disk=1))


def headers():
    yield "flag-encrypted", pack(Entry("a", flags=1))
    yield "flag-unknown", pack(Entry("a", flags=1 << 4))
    yield "method", pack(Entry("a", method=12))
    yield "stored-sizes", pack(Entry("a", usize=2))
    yield "link", pack(Entry("a", attr=0o120777 << 16))
    yield "file-as-folder", pack(Entry("a", attr=0x10))
    yield "folder", pack(Entry("d/", b"", attr=0o40755 << 16),
                         Entry("d/a"))
    yield "folder-deflated", pack(Entry("d/", b"", 8))
    yield "folder-with-bytes", pack(Entry("d/"))
    yield "folder-with-other-bytes", pack(Entry("d/", b"", 8, raw=b"xx"))
    yield "grows", pack(Entry("a", bytes(2 << 20), 8))
    yield "grows-in-all", pack(*(Entry("a%d" % i, bytes(1 << 20), 8)
                                 for i in range(2)))
    yield "csize-outside", pack(Entry("a", method=8, csize=1 << 20))
    yield "csize-into-directory", pack(Entry("a", method=8, csize=60))
    yield "local-sig", pack(Entry("a", l_sig=0))
    yield "local-name", pack(Entry("a", l_name=b"b"))
    yield "local-crc", pack(Entry("a", l_crc=0))
    yield "local-size", pack(Entry("a", l_csize=2))
    yield "gap", pack(Entry("a"), Entry("b"), between=b"12")
    yield "overlap", pack(Entry("a", raw=b"xx"), Entry("b", offset=31))
    yield "same-place", pack(Entry("a"), Entry("a", offset=0))
    yield "order", order()
    for form, name in (("n<III", "plain"), ("s<IIII", "signed"),
                       ("n<IQQ", "wide"), ("s<IIQQ", "signed-wide")):
        yield "descriptor-" + name, pack(described(form, method=8))
    yield "descriptor-zero", pack(described("n<III", l_crc=zlib.crc32(b"x"),
                                            l_csize=1, l_usize=1))
    yield "descriptor-short", pack(described("n<III", descriptor=b"12"))
    yield "descriptor-long", pack(described("n<III", descriptor=bytes(25)))
    yield "descriptor-differs", pack(described("n<III", descriptor=bytes(12)))
    yield "descriptor-sig", pack(described("n<III", descriptor=bytes(16)))


def order():
    """The directory names the second entry first."""
    a, b = Entry("a"), Entry("b")
    body = a.local() + b.local()
    directory = b.central(len(a.local())) + a.central(0)
    return body + directory + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, 2, 2, len(directory), len(body), 0)


def extras():
    wide = dict(l_csize=ONES, l_usize=ONES, l_extra=extra(1, 1))
    yield "extra", pack(Entry("a", extra=extra(7, kind=0x9999),
                              l_extra=b"ABC"))
    yield "extra-central", pack(Entry("a", csize=ONES, usize=ONES,
                                      offset=ONES, extra=extra(1, 1, 0),
                                      **wide))
    yield "extra-needless", pack(Entry("a", extra=extra(1)))
    yield "extra-twice", pack(Entry("a", usize=ONES,
                                    extra=extra(1) + extra(1)))
    yield "extra-cut", pack(Entry("a", extra=b"\1\0\10\0x"))
    yield "extra-local-one", pack(Entry("a", l_usize=ONES, l_extra=extra(1)))
    yield "extra-local-both", pack(Entry("a", l_usize=ONES,
                                         l_extra=extra(1, 1)))
    yield "extra-local-differs", pack(Entry("a", l_usize=ONES,
                                            l_extra=extra(1, 2)))
    yield "extra-local-bad", pack(Entry("a", l_extra=extra(1)))


def names():
    def path(name):
        raw = name.encode()
        return struct.pack("<HHBI", 0x7075, 5 + len(raw), 1, 0) + raw
    for label, name in (
            ("empty", ""), ("long", "a" * 256), ("longest", "a" * 255),
            ("backslash", "a\\b"), ("control", "a\n"), ("absolute", "/a"),
            ("drive", "c:a"), ("up", "a/../b"), ("dot", "a."), ("blank", "a "),
            ("doubled-slash", "a//b"), ("latin", b"\xe9"),
            ("bidi", "a\u202eb"), ("apart", "e\u0301")):
        yield "name-" + label, pack(Entry(name))
    yield "name-no-flag", pack(Entry("\u0259", flags=0))
    yield "name-path", pack(Entry("\u0259", flags=0, extra=path("\u0259")))
    yield "name-path-differs", pack(Entry("a", extra=path("b")))
    yield "name-path-short", pack(Entry(
        "a", l_extra=struct.pack("<HHB", 0x7075, 1, 1)))
    yield "name-twice", pack(Entry("a"), Entry("a"))
    yield "name-case", pack(Entry("a"), Entry("A"))
    yield "name-case-folded", pack(Entry("\u0259"), Entry("\u018f"))
    yield "name-file-and-folder", pack(Entry("a"), Entry("a/", b""))
    yield "names-many", pack(*(Entry("n%d" % i) for i in range(20)))


def contents():
    good = Entry("a", b"text " * 20, 8)
    yield "content-crc", pack(Entry("a", crc=1))
    yield "content-crc-deflated", pack(Entry("a", method=8, crc=1))
    yield "content-broken", pack(Entry("a", method=8, raw=b"\xff"))
    yield "content-short", pack(Entry("a", b"text " * 20, 8, usize=99))
    yield "content-long", pack(Entry("a", b"text " * 20, 8, usize=101))
    yield "content-cut", pack(Entry("a", b"text " * 20, 8, raw=good.raw[:-2],
                                    csize=len(good.raw) - 2))
    yield "content-more", pack(Entry("a", b"text " * 20, 8,
                                     raw=good.raw + b"x",
                                     csize=len(good.raw) + 1))
    # Read in pieces, and beside a second thread: each longer than is held at
    # once, and packed to a little more than a hundredth.
    for name, blocks in (("pieces", 1600), ("threads", 12000)):
        data = b"".join(n.to_bytes(4, "big") + hashlib.sha256(
            n.to_bytes(4, "big")).digest()[:4] + bytes(700)
            for n in range(blocks))
        yield f"content-{name}", pack(Entry("a", data, 8))
        yield f"content-{name}-crc", pack(Entry("a", data, 8, crc=1))
    yield "content-pieces-short", pack(Entry("a", data[:1 << 21], 8,
                                             usize=(1 << 21) - 1))
    yield "content-several", pack(Entry("a", b"text " * 20, 8),
                                  Entry("b", b"more " * 20, 8))


def all_seeds():
    for part in (records, headers, extras, names, contents):
        yield from part()
