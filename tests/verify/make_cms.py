#!/usr/bin/python3
"""Writes tests/verify/data (a root, the file its signatures sign, signatures
at the limits of base/limits.h and one past) and the seeds of fuzz_cms (the
samples and the attacks under the same root)."""

import pathlib
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE.parent / "attacks")]
warnings.filterwarnings("ignore")

import attack_cms  # noqa: E402
import cms_samples  # noqa: E402
import cmswrite as c  # noqa: E402
from pki import Pki  # noqa: E402
from stage import TEXT  # noqa: E402

DATA = HERE / "data"
SEEDS = HERE.parent.parent / "fuzz" / "seeds" / "cms"


class Shelf:
    """Takes the attacks as files instead of rows."""

    def __init__(self):
        self.docs = {}
        self.section = ""

    def add(self, _item, name, data, *_codes, **opts):
        if opts.get("ext") == "p7m":
            self.docs[name] = data


def put(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def limits(pki):
    """(name, bytes): each limit, and one past it."""
    def one(count, **hooks):
        return c.Signature(pki, "citizen", TEXT[1], hooks=hooks,
                           level="LTA").pack()

    def other(number):
        return c.attribute(f"2.999.2.{number}", c.integer(number))
    for word, past in (("limit", 0), ("past", 1)):
        def index(sig, past=past):
            sig.unsigned.append(c.attribute("2.999.2", *[
                c.integer(n) for n in range(999 + past)]))

        def archive(sig, past=past):
            values = [c.oid("2.999.2") + c.integer(n)
                      for n in range(999 + past)]
            stamp = c.core_of(sig.unsigned[0])
            text = c.seq(c.hash_alg("sha256"), *[c.seq(*[c.octets(
                c.digest("sha256", i)) for i in items]) for items in (
                    sig.certs, sig.revocations, [stamp, *values])])
            sig.unsigned.append(c.attribute(
                c.ARCHIVE_STAMP, sig.archive(7200, text)))
        yield f"{word}-index", c.Signature(
            pki, "citizen", TEXT[1], hooks={"archive": index,
                                            "final": archive}).pack()

        def certs(sig, past=past):
            while len(sig.certs) < 64 + past:
                sig.certs.append(c.tlv(0xa3, c.oid(
                    f"2.999.2.{len(sig.certs)}"), c.NULL))
        yield f"{word}-certs", one(past, archive=certs)

        def attrs(sig, past=past):
            while len(sig.unsigned) < 64 + past:
                sig.unsigned.append(other(len(sig.unsigned)))
        yield f"{word}-attrs", one(past, final=attrs)
        signers = [c.Signature(pki, "citizen", TEXT[1], level="B")
                   for _ in range(64 + past)]
        yield f"{word}-signers", signers[0].pack(*signers[1:])


def main():
    for old in [*DATA.glob("cms-*"), *SEEDS.glob("*")]:
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        pki = Pki.open(pathlib.Path(folder))
    put(DATA, "cms-root.der", pki["root"].der)
    put(DATA, "cms-content.txt", TEXT[1])
    for name, data in limits(pki):
        put(DATA, f"cms-{name}.p7s", data)
    for name, *_, data, _note, _files in cms_samples.rows(pki, TEXT):
        put(SEEDS, name.removeprefix("cms-"), data)
    stage, shelf = type("Stage", (), {"pki": pki})(), Shelf()
    attack_cms.run(stage, shelf)
    for name, data in shelf.docs.items():
        put(SEEDS, f"attack-{name}.p7m", data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
