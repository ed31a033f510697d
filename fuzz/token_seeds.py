#!/usr/bin/python3
"""Writes the seeds of the token_wire and pkcs11_uri targets."""
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds")


def put(folder, name, data):
    path = os.path.join(HERE, folder)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as out:
        out.write(data)


def u32(n):
    return struct.pack("<I", n)


def sized(data):
    return u32(len(data)) + data


def facts(certificates=2, mechanisms=0x3b):
    texts = [b"court", b"SoftHSM project", b"SoftHSM v2", b"0123", b"seal"]
    return (b"\x05" + b"".join(map(sized, texts)) + sized(b"\x02") +
            u32(mechanisms) + b"\x01\x00\x01\x01\x00" + u32(0) + u32(4) +
            u32(8) + u32(certificates))


def key(label, key_id):
    return sized(label) + sized(key_id) + b"\x01\x00"


def entry(keys):
    texts = [b"court", b"maker", b"model", b"0123"]
    return (b"".join(map(sized, texts)) + b"\x01\x01\x00" + u32(2) +
            u32(0x3f) + u32(len(keys)) + b"".join(keys))


def sign(scheme, which, digest, width=0, message=b""):
    return (b"\x0a" + u32(scheme) + u32(which) + u32(width) + sized(digest) +
            sized(message))


def wire():
    rows = {
        "ready": b"\x01", "list": b"\x02", "state": b"\x08", "close": b"\x0c",
        "open": b"\x04" + sized(b"pkcs11:id=%02") + sized(b""),
        "open-serial": b"\x04" + sized(b"pkcs11:id=%02") + sized(b"0123"),
        "open-empty": b"\x04" + sized(b"") + sized(b""),
        "facts": facts(), "facts-none": facts(0), "facts-many": facts(34),
        "facts-bits": facts(2, 0x40),
        "cert": b"\x06" + u32(0), "cert-last": b"\x06" + u32(32),
        "cert-past": b"\x06" + u32(33),
        "certificate": b"\x07" + u32(0) + sized(b"0\x03\x02\x01\x01"),
        "certificate-empty": b"\x07" + u32(0) + sized(b""),
        "login": b"\x09\x00\x01\x00\x01" + sized(b"123456"),
        "login-pad": b"\x09\x01\x00\x00\x01" + sized(b""),
        "login-empty": b"\x09\x00\x00\x00\x00" + sized(b""),
        "login-pad-pin": b"\x09\x01\x00\x00\x00" + sized(b"123456"),
        "login-255": b"\x09\x00\x00\x00\x00" + sized(b"1" * 255),
        "login-256": b"\x09\x00\x00\x00\x00" + sized(b"1" * 256),
        "sign": sign(0, 0, bytes(32)), "sign-pss": sign(1, 2, bytes(64)),
        "sign-ecdsa": sign(2, 1, bytes(48), 32),
        "sign-width": sign(2, 1, bytes(48), 67),
        "sign-no-width": sign(2, 0, bytes(32)),
        "sign-rsa-width": sign(0, 0, bytes(32), 32),
        "sign-length": sign(0, 0, bytes(31)),
        "sign-message": sign(0, 0, bytes(32), 0, b"message"),
        "signed": b"\x0b" + sized(bytes(256)),
        "signed-empty": b"\x0b" + sized(b""),
        "failed": b"\x0d" + u32(0) + struct.pack("<Q", 0xA0) + u32(2) +
                  b"\x01" + sized(b"the PIN is wrong"),
        "failed-class": b"\x0d" + u32(7) + struct.pack("<Q", 0) + u32(0) +
                        b"\x00" + sized(b"x"),
        "tokens-none": b"\x03" + u32(0),
        "tokens": b"\x03" + u32(2) + entry([key(b"seal", b"\x01")]) +
                  entry([key(b"a", b"\x01"), key(b"b", b"\x02")]),
        "tokens-17": b"\x03" + u32(17) + entry([]) * 17,
    }
    for name, data in rows.items():
        put("token_wire", name, data)


def uris():
    rows = (
        "pkcs11:token=court;id=%02;type=private",
        "pkcs11:serial=0123;id=%02%00", "pkcs11:object=seal%20key",
        "pkcs11:token=a;manufacturer=b;model=c;serial=d;id=%01;object=e;"
        "type=private;library-manufacturer=f;library-description=g;"
        "library-version=1.2?pin-source=file:/run/pin&module-path=/x.so",
        "pkcs11:token=a?pin-value=1234", "pkcs11:token=a;slot-id=1",
        "pkcs11:token=a;token=b", "pkcs11:token=a;x-b=c", "pkcs11:token=",
        "pkcs11:token=a%00b", "pkcs11:", "pkcs11:token=a%2",
        "pkcs11:token=12345678901234567890123456789012",
        "pkcs11:id=%01;type=cert", "pkcs11:token=a?module-name=b")
    for i, text in enumerate(rows):
        put("pkcs11_uri", f"{i:02d}", text.encode())


if __name__ == "__main__":
    wire()
    uris()
