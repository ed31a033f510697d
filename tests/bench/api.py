#!/usr/bin/python3
"""Ratio 12 of limits.md: an instance that `mohur init` makes and `mohur serve`
runs, for bench_api to ask.

    api.py BUILD FOLDER      FOLDER as make_input.py writes it

Its documents are those that the floors are of, judged with the same snapshot.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent
                       / "serve"))

from real import Bed  # noqa: E402


def instance(build, folder, scratch):
    """Bed's, which trusts what the floors trust."""
    # What Bed copies as its root is of no use here, but has to be there.
    pki = pathlib.Path(scratch) / "samples" / "pki"
    pki.mkdir(parents=True)
    pem = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-in",
         folder / "rsa" / "root.der"], check=True, capture_output=True).stdout
    (pki / "root.pem").write_bytes(pem)
    bed = Bed(types.SimpleNamespace(build=build, samples=pki.parent), scratch)
    snapshot = bed.where / "trust.snap"
    shutil.copy(folder / "trust.snap", snapshot)
    os.chmod(snapshot, 0o644)
    conf = bed.where / "mohur.conf"
    text, count = re.subn(r'(?m)^trust = \{.*\}$',
                          f'trust = {{"{snapshot}"}}', conf.read_text())
    assert count == 1, text
    conf.write_text(text)
    return bed


def add_client(bed):
    """The key of a client without a limit."""
    as_user = (["setpriv", "--reuid", "nobody", "--regid", "nogroup",
                "--clear-groups"] if os.getuid() == 0 else [])
    return subprocess.run(
        [*as_user, bed.build / "mohur-portal", "--state",
         bed.where / "state" / "portal", "--add-client", "bench"],
        capture_output=True, text=True, check=True).stdout.strip()


def main(argv):
    if len(argv) != 3:
        print("usage: api.py BUILD FOLDER", file=sys.stderr)
        return 64
    build, folder = (pathlib.Path(a).resolve() for a in argv[1:])
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = instance(build, folder, scratch)
        try:
            if not bed.start():
                sys.exit(f"bench: no instance: {bed.log()[-2000:]}")
            key = add_client(bed)
            pids = {"supervisor": bed.serve.pid, **{
                of: int(pid) for of, pid in re.findall(
                    r"ev=start of=(\S+) pid=(\d+)", bed.log())}}
            done = subprocess.run(
                [build / "bench_api", folder, str(bed.port), key,
                 *(f"{of}={pid}" for of, pid in pids.items())], check=False)
        finally:
            if bed.serve is not None:
                bed.stop()
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv))
