#!/usr/bin/python3
"""Every file of the shared corpus, whatever it is, must end in time with a
report: no crash, no dead worker, no verdict of TOTAL-PASSED without an anchor.

usage: corpus.py MOHUR CORPUS
"""
import json
import pathlib
import subprocess
import sys


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    mohur, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    trust = corpus / "trust/nobody.pem"
    bad = seen = 0
    for folder in sorted(p for p in corpus.iterdir() if p.is_dir()):
        run = subprocess.run(
            [mohur, "verify", "--offline", "--report", "json", "--trust",
             str(trust), str(folder)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=1800, check=False)
        for line in run.stdout.splitlines():
            rep = json.loads(line)
            seen += 1
            if rep["verdict"] in ("NOT-JUDGED", "TOTAL-PASSED"):
                bad += 1
                print(rep["verdict"], rep["file"], rep.get("reason"))
    print(f"{seen} files, {bad} bad")
    return 1 if bad or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
