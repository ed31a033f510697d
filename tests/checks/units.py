#!/usr/bin/python3
"""What systemd says of our units: their exposure against the bars, and that it
understands every line of them.

    units.py
"""

import pathlib
import re
import subprocess
import sys
import tempfile

UNITS = pathlib.Path(__file__).resolve().parents[2] / "portal" / "systemd"
BARS = {"mohur": 2.2, "mohur-portal": 1.1, "mohur-examiner": 0.5,
        "mohur-keyd": 0.5, "mohur-token": 0.7, "mohur-courier": 1.2}
ONE_USER = 1.2


def analyze(*argv):
    done = subprocess.run(["systemd-analyze", *argv], capture_output=True,
                          text=True, check=False)
    return done.stdout + done.stderr


def exposure(path):
    text = analyze("security", "--no-pager", "--offline=true", str(path))
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d)", text)
    return float(found[1]) if found else None


def main():
    passed = failed = 0

    def check(name, good, detail):
        nonlocal passed, failed
        passed += bool(good)
        failed += not good
        print(f"{'ok' if good else 'FAIL'}   {name}: {detail}")

    for name, bar in BARS.items():
        score = exposure(UNITS / f"{name}.service")
        check(name, score is not None and score <= bar, f"{score} of {bar}")
    with tempfile.TemporaryDirectory() as folder:
        one = pathlib.Path(folder) / "mohur.service"
        one.write_text((UNITS / "mohur.service").read_text()
                       + (UNITS / "one-user.conf").read_text())
        score = exposure(one)
        check("one user", score is not None and score <= ONE_USER,
              f"{score} of {ONE_USER}")
    for path in sorted(UNITS.glob("*.service")):
        said = [line for line in analyze("verify", str(path)).splitlines()
                if str(path) in line]
        check(f"{path.name} is understood", not said, said)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
