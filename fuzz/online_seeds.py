#!/usr/bin/python3
"""Writes the seeds of the mid, tsa and courier_wire targets."""
import datetime as dt
import hashlib
import os
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent / "tests" / "pki"))
import tsa  # noqa: E402
from pki import Pki  # noqa: E402

HERE = ROOT / "seeds"
WHEN = dt.datetime(2022, 5, 31, 12, 0, 0)


def put(folder, name, data):
    path = HERE / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(data)


def u32(n):
    return struct.pack("<I", n)


def sized(data):
    return u32(len(data)) + data


def mid():
    bodies = {
        "running": b'{"state":"RUNNING"}',
        "ok": b'{"state":"COMPLETE","result":"OK","signature":{"value":'
              b'"AQIDBA==","algorithm":"SHA256WithECEncryption"},'
              b'"time":"2026-01-01T00:00:00Z","traceId":"7"}',
        "cancelled": b'{"state":"COMPLETE","result":"USER_CANCELLED"}',
        "session": b'{"sessionID":"de305d54-75b4-431b-adb2-eb6b9e546015"}',
        "certificate": b'{"result":"OK","cert":"MAMCAQE="}',
        "not-found": b'{"result":"NOT_FOUND"}'}
    for name, body in bodies.items():
        put("mid", name, b"\x00" + body)
    for n, address in enumerate(("+994501234567/012345",
                                 "+994501234567/1131", "+994501234567/2222",
                                 "+994501234567/3310", "+99450/1")):
        put("mid", f"address-{n}", address.encode())
    for status in range(3, 8):
        put("mid", f"status-{status}", bytes([status]) + b'{"error":"x"}')


def time_stamps(folder):
    pki = Pki.open(folder)
    chain = pki.chain("tsa")
    empty = hashlib.sha256(b"").digest()
    good = tsa.token(b"", pki["tsa"], chain, WHEN, digest_name="sha256",
                     hashed=empty, nonce=4711)
    put("tsa", "granted", tsa.response(good))
    put("tsa", "granted-with-mods", tsa.response(good, "granted_with_mods"))
    put("tsa", "rejected", tsa.response(None))
    put("tsa", "late", tsa.response(tsa.token(
        b"", pki["tsa"], chain, WHEN + dt.timedelta(hours=1),
        digest_name="sha256", hashed=empty, nonce=4711)))
    for n in range(4):
        put("tsa", f"request-{n}", bytes([n]) * 8)
    for n, body in enumerate(("020102", "020102300403020780",
                              "0201023004" "0c02" "6e6f" "03020780",
                              "02010203020000", "020105")):
        info = bytes.fromhex(body)
        put("tsa", f"refused-{n}", bytes([0x30, len(info) + 2, 0x30,
                                          len(info)]) + info)
    put("tsa", "nonce", tsa.response(tsa.token(
        b"", pki["tsa"], chain, WHEN, digest_name="sha256", hashed=empty,
        nonce=4712)))


def messages():
    endpoint = sized(b"tsa") + sized(b"http://tsa/") + sized(b"")
    put("courier_wire", "setup", b"\x01" + sized(b"") + sized(b"/ca.pem") +
        b"\x00" + u32(1) + endpoint)
    for kind, name in enumerate(("ocsp", "crl", "issuer", "tsa", "list",
                                 "json-get", "json-post", "mail", "sms")):
        put("courier_wire", f"fetch-{name}", b"\x02" + struct.pack("<Q", 9) +
            u32(kind) + sized(b"tsa") + sized(b"") + b"\x01" +
            struct.pack("<q", 1653998400) + u32(1000) +
            sized(b"court@x.example") + sized(b"") + b"body")
    put("courier_wire", "fetch-too-long", b"\x02" + struct.pack("<Q", 9) +
        u32(3) + sized(b"tsa") + sized(b"") + b"\x01" +
        struct.pack("<q", 1653998400) + u32(1000) + sized(b"") + sized(b"") +
        b"x" * 32769)
    sender = (sized(b"smtp://127.0.0.1:25") + sized(b"") + u32(0) +
              sized(b"user") + sized(b"secret"))
    put("courier_wire", "senders", b"\x04" + sender + sender)
    put("courier_wire", "key", u32(3) + u32(4) + sized(b"SINAQ") +
        sized(b"PNOAZ-1") + sized(b"5TST0A1"))
    put("courier_wire", "fetched", b"\x03" + struct.pack("<Q", 9) + u32(0) +
        sized(b"") + u32(200) + struct.pack("<Q", 4))
    put("courier_wire", "material", u32(1) + sized(b"cert") + u32(1) +
        sized(b"ocsp") + u32(1) + sized(b"crl"))
    digest = hashlib.sha256(b"").digest()
    put("courier_wire", "draft", u32(4) + sized(digest) + sized(b"tbs") +
        sized(b"\x01state"))
    put("courier_wire", "imprints", u32(1) + struct.pack("<Q", 0) +
        sized(digest) + sized(b"state"))
    spec = (u32(1) + u32(3) + u32(0) + u32(0) + b"\x00\x00\x01" + u32(1) +
            u32(0) + u32(4) + sized(b"cert") + u32(1) + sized(b"chain") +
            struct.pack("<q", 1653998400) + sized(b"role") + sized(b"") +
            sized(b"") + u32(1) + struct.pack("<4q", 1, 2, 3, 4) + u32(1) +
            sized(b"Field"))
    rest = (sized(b"state") + sized(b"value") + sized(b"token") + u32(1) +
            u32(4) + sized(digest) + sized(b"\x12\x67") +
            struct.pack("<qQ", 1653998400, 8192) + u32(0) + u32(0) + u32(0) +
            u32(1) + struct.pack("<Q", 0) + sized(b"") + sized(b""))
    put("courier_wire", "request", u32(0) + spec + rest)


def main():
    if len(sys.argv) != 2:
        print(f"usage: {os.path.basename(sys.argv[0])} PKI", file=sys.stderr)
        return 64
    mid()
    time_stamps(sys.argv[1])
    messages()
    return 0


if __name__ == "__main__":
    sys.exit(main())
