#!/usr/bin/python3
"""A case at the court in Chromium, from its registration to the package that
somebody outside verifies, on an instance of its own that `mohur init` makes
and `mohur serve` runs: clerk, lawyer, judge, defendant and auditor, with
mobile ID, the bank's gateway and a time-stamping authority.

    court.py --build BUILD --samples SAMPLES [--shots FOLDER]

Ends with "N passed, N failed".
"""

import argparse
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import story  # first: it finds the others
import asan
import filing
import payment
import run

ACTS = 10


def outside():
    """Words before a command that has no network; none: the system gives no
    namespace without one."""
    for words in (["unshare", "--net"],
                  ["unshare", "--net", "--map-root-user"]):
        if subprocess.run([*words, "true"], check=False,
                          capture_output=True).returncode == 0:
            return " ".join(words)
    return ""


def public_key(bed, folder):
    """Of the log, where everybody reads it."""
    return shutil.copyfile(
        bed.where / "state" / "keyd" / "log" / "log.pub", folder / "log.pub")


def prepare(bed, folder):
    """Who there is, and what the instance is told of."""
    bed.judges(story.JUDGES[:1])
    bed.portal("account", "add", "--state", bed.state, "--user", "shahin",
               "--role", "citizen", "--fin", "5TST0A6", "--name", "Şahin",
               "--surname", "Nümunə", input=filing.PASSWORD + "\n")
    shutil.copy(bed.scratch / "tsa" / "citizen-ca.pem", bed.where / "trust")
    os.chmod(bed.where / "trust" / "citizen-ca.pem", 0o644)
    with open(bed.where / "mohur.conf", "a", encoding="utf-8") as conf:
        conf.write("\nfiling-level = 1\n")
    asan.gateway(bed, bed.tsa.responders.pki).service.slow = 1
    shutil.copy(bed.samples / "adoc-lta.adoc", folder / "motion.adoc")


def recorded(bed):
    """What the log has of it."""
    bed.check("the log has it", bed.until(lambda: {
        "case.registered", "hearing.changed", "act.published",
        "audit.export"} <= {r["ev"] for r in bed.records()}),
        sorted({r["ev"] for r in bed.records()}))
    count = collections.Counter(
        r["ev"] for r in bed.records() if r["ev"].startswith("act."))
    bed.check("ten acts were signed and published", all(
        count[ev] == ACTS for ev in ("act.signed", "act.published")), count)
    signed = [line for line in bed.log().splitlines()
              if " ev=act acts=" in line]
    bed.check("with one activation of the key", len(signed) == 1 and
              f" acts={ACTS} signed={ACTS} " in signed[0], signed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    shots = options.shots.resolve() if options.shots else ""
    folder = run.install(options.build.resolve(), ("court.js", "walk.js"))
    with tempfile.TemporaryDirectory(prefix="mohur-court-") as scratch:
        os.chmod(scratch, 0o755)
        bed = story.StoryBed(options, scratch)
        prepare(bed, folder)
        gateway = payment.Gateway()
        payment.tell(bed, gateway)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            story.walk(bed, folder, "court.js", shots, MOHUR_LOOK="no",
                       MOHUR_DOCUMENT=str(folder / "motion.adoc"),
                       MOHUR_OUTSIDE=outside(),
                       MOHUR_LOG_KEY=str(public_key(bed, folder)))
            recorded(bed)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-court.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
