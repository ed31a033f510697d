#!/usr/bin/python3
"""Writes fuzz/seeds/keyd_wire: messages between portal and keyd, whole ones
and a few with one thing wrong each."""

import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
OP, DIGEST = bytes(range(16)), bytes(range(32))


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def u64(*values):
    return struct.pack(f"<{len(values)}Q", *values)


def text(s):
    raw = s.encode() if isinstance(s, str) else s
    return u32(len(raw)) + raw


def head(kind, number=7):
    return bytes([kind]) + u64(number)


def bond(who="p:1", purpose=1, key="judge", document=DIGEST, digest=DIGEST):
    return (text(who) + u32(purpose) + text(key) + text(document)
            + text(digest))


def record(values=1):
    return (text("verdict") + text("p:1") + text("doc:1") + text("ok")
            + u32(values) + (text("n") + u32(1) + text("")
                             + struct.pack("<q", 5)) * values)


def seal(files=1, size=10, digest=b""):
    return (head(3) + text(OP) + bond(purpose=0, digest=digest) + text("spec")
            + u32(files) + (text("a.pdf") + u64(size)) * files)


def approve(ops=2, pin="1234"):
    return (head(7) + text("judge") + text("p:1") + text(pin) + u32(ops)
            + text(OP) * ops)


ROWS = {
    "append": head(1) + u32(1) + record(),
    "append-16": head(1) + u32(16) + record(0) * 16,
    "append-17": head(1) + u32(17) + record(0) * 17,
    "append-none": head(1) + u32(0),
    "append-24": head(1) + u32(1) + record(24),
    "append-25": head(1) + u32(1) + record(25),
    "ticket": head(2) + bond() + u32(60),
    "ticket-purpose": head(2) + bond(purpose=3) + u32(60),
    "ticket-document": head(2) + bond(document=DIGEST[:31]) + u32(60),
    "ticket-lies": head(2) + u32(0x7fffffff),
    "seal": seal(), "seal-100": seal(100), "seal-101": seal(101),
    "seal-none": seal(0), "seal-big": seal(size=(1 << 30) + 1),
    "seal-digest": seal(digest=DIGEST),
    "sign": head(4) + text(OP) + bond() + u32(4),
    "sign-length": head(4) + text(OP) + bond() + u32(6),
    "queue-add": head(5) + text(OP) + text(DIGEST) + bond(),
    "queue-list": head(6) + text("judge"),
    "queue-list-name": head(6) + text("two words"),
    "approve": approve(), "approve-64": approve(64), "approve-65": approve(65),
    "approve-pin": approve(pin="1" * 65), "refuse": head(8) + text(OP)
    + text("p:1"),
    "receipt": head(9) + text(OP) + text("c") + text("seal") + text("filing:1")
    + text("accepted") + text("") + u32(1) + text("a.pdf") + u64(5)
    + text(DIGEST),
    "proof": head(10) + u64(41) + b"\0", "proof-first": head(10) + u64(41)
    + b"\1", "proof-2": head(10) + u64(41) + b"\2", "status": head(11), "status-more": head(11)
    + b"\0", "done": head(12) + text(OP), "done-short": head(12)
    + text(OP[:15]), "unknown": head(15), "none": b"",
    "failed": head(32) + u32(5, 1) + text("key") + text("gone"),
    "failed-ok": head(32) + u32(0, 1) + text("key") + text("gone"),
    "appended": head(33) + u64(5, 6), "appended-back": head(33) + u64(6, 5),
    "ticketed": head(34) + text(OP) + u32(120), "sealed": head(35)
    + u64(10, 3), "value": head(36) + text(bytes(64)) + u64(4),
    "fine": head(37) + u32(0), "fine-1": head(37) + u32(1),
    "approved": head(38) + u32(10), "approved-65": head(38) + u32(65),
    "queue": head(39) + u32(1) + text(OP) + text(DIGEST) * 2 + text("p:1")
    + u32(2, 60), "receipted": head(40) + u64(10, 3),
    "proved": head(41) + text("proof") + text("record"),
    "is": head(42) + u64(5, 5) + b"\1" + u32(0, 1) + text("seal") + u32(0)
    + b"\1\1\0" + u32(0) + u64(3),
    "read": head(13) + u64(7), "read-short": head(13), "check": head(14)
    + b"\1", "check-2": head(14) + b"\2",
    "records": head(43) + u64(9) + text(b"\0\2{}"),
    "records-none": head(43) + u64(9) + text(b""),
    "records-long": head(43) + u64(9) + text(bytes((56 << 10) + 1)),
    "checked": head(44) + text("note") + u64(5) + b"\1" + u64(9, 1, 9, 2, 0, 1)
    + u32(1) + b"\1" + u64(3) + text("record 3: altered"),
    "checked-16": head(44) + text("") + u64(0) + b"\1" + u64(9, 1, 9, 2, 0, 1)
    + u32(16) + (b"\0" + u64(0) + text("tile")) * 16,
    "checked-17": head(44) + text("") + u64(0) + b"\1" + u64(9, 1, 9, 2, 0, 1)
    + u32(17) + (b"\0" + u64(0) + text("tile")) * 17,
}


def main():
    folder = HERE / "seeds" / "keyd_wire"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in ROWS.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
