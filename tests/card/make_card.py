"""Folders of emulated cards (tests/card/card.h) and their test bed.

    Bench(folder, library)      a scratch folder with opensc.conf
    bench.card("card", {"9a": entity, "9c": entity}, number=1)

A bed holds the readers "card" and "card2"; other folders in it are cards
that can be put in by the switch "other".
"""

import pathlib

from cryptography.hazmat.primitives import serialization

HERE = pathlib.Path(__file__).resolve().parent
PIN, PUK = "123456", "12345678"


class Card:
    """One card: its folder, its switches, its log."""

    def __init__(self, folder):
        self.folder = folder

    def set(self, name, text="1"):
        (self.folder / name).write_text(f"{text}\n")

    def clear(self, *names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    @property
    def tries(self):
        return int((self.folder / "state").read_text().split()[1])

    @tries.setter
    def tries(self, n):
        pin, _, puk = (self.folder / "state").read_text().split()
        (self.folder / "state").write_text(f"{pin} {n} {puk}\n")

    def log(self):
        """Rows of (process, command, data length, status word)."""
        path = self.folder / "log"
        if not path.exists():
            return []
        return [(int(r[0]), r[1], int(r[2]), r[3]) for r in
                (x.split() for x in path.read_text().splitlines())]

    def forget(self):
        (self.folder / "log").unlink(missing_ok=True)

    def verifies(self):
        """How often a PIN was given to the card."""
        return sum(1 for r in self.log() if r[1] == "00200080" and r[2] > 0)

    def signatures(self):
        """How often a private key was used with success: the last command
        of each chain."""
        return sum(1 for r in self.log() if r[1].startswith("0087") and
                   r[3] != "6982" and not r[3].startswith("6a"))


class Bench:
    """A scratch folder with its settings of OpenSC."""

    def __init__(self, folder, library):
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.conf = self.folder / "opensc.conf"
        text = (HERE / "opensc.conf.in").read_text()
        self.conf.write_text(text.replace(
            "@LIBRARY@", str(pathlib.Path(library).resolve())))

    def card(self, name, entities, number=1, tries=3, certs=None):
        """entities: by key reference; certs: other certificates than theirs,
        by key reference (DER)."""
        folder = self.folder / name
        folder.mkdir()
        for ref, entity in entities.items():
            (folder / f"{ref}.pem").write_bytes(entity.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
            (folder / f"{ref}.crt").write_bytes(
                (certs or {}).get(ref, entity.der))
        (folder / "fascn").write_bytes(bytes(
            [0xD4 ^ (number * (i + 1) & 0xFF) for i in range(25)]))
        (folder / "state").write_text(f"{PIN} {tries} {PUK}\n")
        return Card(folder)
