#!/usr/bin/python3
"""Keys on a card: everything keys.md 6 asks for, with the emulated card
behind the real OpenSC.

    hsm_card.py --build DIR [--pki DIR] [--faults 60] [--seed N] [--only WORD]

DIR holds mohur, mohur-token, token_client and libsoftpcsc.so.  Every test has
a folder of its own with its own cards.  Ends with "N passed, N failed".
"""

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "hsm"))

import bed  # noqa: E402
import card_faults  # noqa: E402
import card_peers  # noqa: E402
import card_pins  # noqa: E402
import card_rules  # noqa: E402
from make_card import Bench  # noqa: E402
from pki import Pki  # noqa: E402

TESTS = [f for module in (card_rules, card_pins, card_faults, card_peers)
         for f in module.TESTS]


class World:
    """What a test is given: the programs, the PKI, a scratch folder."""

    def __init__(self, args, pki, checks, folder):
        self.build, self.pki, self.checks = args.build.resolve(), pki, checks
        self.faults, self.seed = args.faults, args.seed
        self.folder = folder
        self.bench = Bench(folder / "bed", self.build / "libsoftpcsc.so")
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                    "LC_ALL": "C.UTF-8",
                    "OPENSC_CONF": str(self.bench.conf)}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        # A sanitizer runs without sandbox, and makes mlock do nothing.
        self.sanitized = b"__asan_init" in (self.build / "mohur").read_bytes()
        self.check = checks.check

    def card(self, name="card", auth="no-nonrepudiation",
             sign="citizen-rsa2048", **more):
        return self.bench.card(
            name, {"9a": self.pki[auth], "9c": self.pki[sign]}, **more)

    def client(self, *options):
        return bed.Client(self.build / "token_client", "opensc-pkcs11.so",
                          self.env, *options)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--pki", type=pathlib.Path)
    arguments.add_argument("--faults", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", default="")
    args = arguments.parse_args()
    pki = Pki.open(args.pki or args.build.resolve() / "hsm-pki")
    checks = bed.Checks()
    for test in TESTS:
        if args.only not in test.__name__:
            continue
        checks.area = test.__name__
        before = (checks.passed, checks.failed)
        with bed.Scratch() as folder:
            try:
                test(World(args, pki, checks, folder))
            except Exception as e:  # one test may not hide the others
                checks.check("no exception", False, repr(e))
        word = "ok" if checks.failed == before[1] else "FAIL"
        print(f"{word} {test.__name__}: {checks.passed - before[0]} checks",
              flush=True)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
