#!/usr/bin/python3
"""Writes fuzz/seeds/control_wire: messages between supervisor and services,
whole ones and a few with one thing wrong each."""

import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def u64(value):
    return struct.pack("<Q", value)


def text(s):
    raw = s.encode()
    return u32(len(raw)) + raw


def fetch(endpoints=1):
    return (text("") + text("/ca.pem") + b"\1" + u32(endpoints)
            + (text("tsa") + text("http://tsa.example/") + text(""))
            * endpoints)


def client(name="court", key=bytes(32), may=3):
    return text(name) + u32(len(key)) + key + u32(may, 60) + u64(1 << 30)


def payment(refunds):
    return (text("https://bank.example/x") + text("17201019")
            + text("Mehkeme") + text("PRIVATE") + text("PUBLIC")
            + u32(refunds))


def portal(first=1, clients=(client(),), flags=b"\1\1\0", refunds=2):
    return (bytes([first, 0]) + text("/s") + text("https://court.example")
            + text("https://card.court.example") + u32(1) + text("court.example") + flags + u32(2, 8192, 3)
            + u64(1 << 32) + u64(1 << 33) + u64(1 << 30) + u32(30)
            + u32(len(clients)) + b"".join(clients) + u32(1, 60) + text("seal") + b"\1"
            + u32(3) + text("https://mid.example") + text("asan") + text("u")
            + text("n") + text("t") + text("court@court.example")
            + text("operator@court.example") + text("MEHKEME") + b"\0"
            + payment(refunds) + fetch())


def key(name="seal", purpose=0):
    return (text(name) + u32(purpose) + text("pkcs11:token=court;id=%01")
            + text("file:/pin") + b"\0" + u32(600))


def keyd(first=1, keys=(key(), key("log", 2))):
    return (bytes([first, 1]) + text("/s") + text("court.example/log")
            + b"\1\0" + u32(60, 3600, 120, 300, 1000, 2) + b"\1"
            + u32(len(keys)) + b"".join(keys) + fetch(2))


def proc(name="keyd.token.seal", last="signal 9"):
    return (text(name) + b"\1" + u32(17, 3) + u64(60) + u64(1 << 20) + u32(5)
            + text(last))


def tick(procs):
    return b"\3\1" + u32(len(procs)) + b"".join(procs)


def health(counters=(("requests", 5),), ok=1, why=""):
    return (b"\7" + bytes([ok]) + text(why) + u32(len(counters))
            + b"".join(text(n) + u64(v) for n, v in counters))


ROWS = {
    "setup-portal": portal(), "reload-portal": portal(4),
    "portal-bool": portal(flags=b"\1\2\0"),
    "portal-clients": portal(clients=(client(), client("b", may=0x7f))),
    "portal-refunds": portal(refunds=3),
    "portal-may": portal(clients=(client(may=0x80),)),
    "portal-key": portal(clients=(client(key=bytes(31)),)),
    "portal-name": portal(clients=(client("two words"),)),
    "setup-keyd": keyd(), "reload-keyd": keyd(4),
    "keyd-purpose": keyd(keys=(key(purpose=3),)),
    "keyd-none": keyd(keys=()), "keyd-17": keyd(keys=(key(),) * 17),
    "service": b"\1\2" + keyd()[2:],
    "channel": b"\2" + u32(0, 0), "channel-token": b"\2" + u32(6, 15),
    "channel-16": b"\2" + u32(6, 16), "channel-nobody": b"\2" + u32(10, 0),
    "tick": tick([proc(), proc("portal", "")]), "tick-none": tick([]),
    "tick-name": tick([proc("A")]), "stop": b"\5", "ready": b"\6",
    "ready-more": b"\6\0", "health": health(),
    "health-ill": health((), 0, "no key"),
    "health-name": health((("A", 1),)),
    "want": b"\x08" + u32(3, 0), "want-token": b"\x08" + u32(6, 2),
    "want-keyd": b"\x08" + u32(4, 0),
}


def main():
    folder = HERE / "seeds" / "control_wire"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in ROWS.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
