"""Encryption of PDFs that open without a password (ISO 32000-2, 7.6).

Knows nothing of the product.  R3 is RC4, R4 AES-128 and R6 AES-256, each with
an empty user password and an owner password of its own.
"""

import hashlib
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e80"
                    "2f0ca9fe6453697a")
OWNER = b"owner"
RIGHTS = -4
ID = bytes(range(16))
STRING = re.compile(rb"\(([^()]*)\)")
KEY = hashlib.sha256(b"the key of R6").digest()


def md5(data):
    return hashlib.md5(data).digest()


def rc4(key, data):
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def aes(key, iv, data):
    cipher = Cipher(algorithms.AES(key),
                    modes.ECB() if iv is None else modes.CBC(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def padded(data):
    more = 16 - len(data) % 16
    return data + bytes([more]) * more


def hash_r6(password, salt, more=b""):
    """Algorithm 2.B."""
    k = hashlib.sha256(password + salt + more).digest()
    n = 0
    while True:
        e = aes(k[:16], k[16:32], (password + k + more) * 64)
        name = ("sha256", "sha384", "sha512")[sum(e[:16]) % 3]
        k = hashlib.new(name, e).digest()
        n += 1
        if n >= 64 and e[-1] <= n - 32:
            return k[:32]


class Lock:
    """The key of a file and its /Encrypt."""

    def __init__(self, kind):
        self.kind = kind
        self.used = 0  # initialization vectors so far
        self.words = self._modern() if kind == "r6" else self._classic()

    def _classic(self):
        key = md5((OWNER + PAD)[:32])
        for _ in range(50):
            key = md5(key)
        o = PAD
        for n in range(20):
            o = rc4(bytes(b ^ n for b in key), o)
        text = md5(PAD + o + RIGHTS.to_bytes(4, "little", signed=True) + ID)
        for _ in range(50):
            text = md5(text)
        self.key = text
        u = md5(PAD + ID)
        for n in range(20):
            u = rc4(bytes(b ^ n for b in text), u)
        head = b"/V 2 /R 3 /Length 128" if self.kind == "r3" else (
            b"/V 4 /R 4 /Length 128 /CF << /StdCF << /CFM /AESV2 /AuthEvent "
            b"/DocOpen /Length 16 >> >> /StmF /StdCF /StrF /StdCF")
        return head + b" /O <%s> /U <%s> /P %d" % (
            o.hex().encode(), (u + bytes(16)).hex().encode(), RIGHTS)

    def _modern(self):
        self.key = KEY
        salts = hashlib.sha256(b"salts").digest()
        u = hash_r6(b"", salts[:8]) + salts[:16]
        ue = aes(hash_r6(b"", salts[8:16]), bytes(16), KEY)
        o = hash_r6(OWNER, salts[16:24], u) + salts[16:32]
        oe = aes(hash_r6(OWNER, salts[24:32], u), bytes(16), KEY)
        rights = RIGHTS.to_bytes(4, "little", signed=True)
        perms = aes(KEY, None, rights + b"\xff" * 4 + b"Tadb" + bytes(4))
        return (b"/V 5 /R 6 /Length 256 /CF << /StdCF << /CFM /AESV3 "
                b"/AuthEvent /DocOpen /Length 32 >> >> /StmF /StdCF /StrF "
                b"/StdCF /P %d " % RIGHTS + b" ".join(
                    b"/%s <%s>" % (k, v.hex().encode()) for k, v in (
                        (b"O", o), (b"OE", oe), (b"U", u), (b"UE", ue),
                        (b"Perms", perms))))

    def dictionary(self):
        return b"<< /Filter /Standard " + self.words + b" >>"

    def trailer(self, num):
        return b" /Encrypt %d 0 R /ID [<%s> <%s>]" % (
            num, ID.hex().encode(), ID.hex().encode())

    def data(self, num, gen, data):
        """A string or stream of an object, encrypted."""
        salt = num.to_bytes(3, "little") + gen.to_bytes(2, "little")
        if self.kind == "r3":
            return rc4(md5(self.key + salt), data)
        self.used += 1
        iv = md5(b"iv %d" % self.used)
        key = self.key if self.kind == "r6" else \
            md5(self.key + salt + b"sAlT")
        return iv + aes(key, iv, padded(data))

    def strings(self, num, gen, body):
        """A body without stream data, its literal strings encrypted."""
        return STRING.sub(lambda m: b"<%s>" % self.data(
            num, gen, m[1]).hex().encode(), body)
