#!/usr/bin/python3
"""A full disk and a read-only state folder: filings are refused with a clear
word and nothing is stored of them; what was acknowledged stays, the log
verifies, and the service recovers by itself.

    full.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import http.client
import os
import pathlib
import subprocess
import sys
import tempfile

from filing import Bed, Filer

SIZE = "48m"  # of the disk


class Disk:
    """A small file system of its own."""

    def __init__(self, where):
        self.where = where
        where.mkdir(mode=0o755)
        self.as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        self.do("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755,"
                f"uid={os.getuid()},gid={os.getgid()}", "tmpfs", str(where))

    def do(self, *command):
        subprocess.run([*self.as_root, *command], check=True,
                       capture_output=True)

    def mode(self, word):
        self.do("mount", "-o", f"remount,{word}", str(self.where))

    def fill(self):
        with open(self.where / "fill", "wb", buffering=0) as f:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        f.write(bytes(size))
                except OSError:
                    pass

    def empty(self):
        (self.where / "fill").unlink()

    def end(self):
        subprocess.run([*self.as_root, "umount", "-l", str(self.where)],
                       check=False)


def ready(bed):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", bed.port,
                                                timeout=5)
        connection.request("GET", "/api/v1/health/ready")
        return connection.getresponse().status
    except OSError:
        return 0


def refused(bed, filer, path, why, full=True):
    """A filing that cannot be kept is answered so, and stays away."""
    before = len(bed.documents)
    for i in range(3):
        answer = filer.file(path)
        bed.check(f"{why}: filing {i} is a clear 503, to be tried again",
                  answer.status == 503 and "retry-after" in answer.headers,
                  (answer.status, answer.text[-600:]))
    bed.check(f"{why}: nothing was acknowledged",
              len(bed.documents) == before)
    if full:
        bed.check(f"{why}: it says that it is not ready", bed.until(
            lambda: ready(bed) == 503), ready(bed))
    listed = filer.browser.get(f"/cases/{filer.case}/documents")
    bed.check(f"{why}: what was filed is there to be read",
              listed.status == 200 and all(
                  f"/documents/{d}" in listed.text for d in bed.documents),
              listed.status)


def recovers(bed, filer, path, why):
    bed.check(f"{why}: it is ready again by itself", bed.until(
        lambda: ready(bed) == 200, 60), ready(bed))
    document = filer.document(path)
    bed.check(f"{why}: the receipt", bed.until(
        lambda: filer.receipt(document).status == 200, 60))


def run(bed, disk):
    path = bed.samples / "adoc-lta.adoc"
    with open(bed.where / "mohur.conf", "a", encoding="utf-8") as conf:
        conf.write('\nreserve = "0"\n')
    bed.check("it starts", bed.start(), bed.log()[-2000:])
    filer = Filer(bed, "lawyer", bed.case)
    bed.check("signed in", filer.signed.status == 303)
    filer.document(path)
    disk.fill()
    refused(bed, filer, path, "full disk")
    disk.empty()
    recovers(bed, filer, path, "space again")
    # What is open for writing keeps a file system writable; its folders may
    # be closed.
    folders = [bed.state / name for name in ("objects", "spool")]
    for folder in folders:
        folder.chmod(0o500)
    refused(bed, filer, path, "folders read only", full=False)
    for folder in folders:
        folder.chmod(0o700)
    recovers(bed, filer, path, "writable again")
    missing = [d for d in bed.documents if not bed.until(
        lambda d=d: filer.receipt(d).status == 200, 30)]
    bed.check("every acknowledged filing has its receipt", not missing,
              missing)
    said = [r["obj"] for r in bed.records()
            if r["ev"] == "filing.accepted"]
    bed.check("and its one record", sorted(said) == sorted(
        f"filing:{d}" for d in bed.documents), said)
    bed.check("it ends in order", bed.stop() == 0)
    bed.check("the log verifies", bed.audit())
    disk.mode("ro")
    mark = len(bed.log())
    with open(bed.log_path, "ab") as log:
        bed.serve = subprocess.Popen(
            [bed.build / "mohur", "serve", "--config",
             bed.where / "mohur.conf"], stderr=log)
    bed.check("no start on a read-only file system, and it is said",
              bed.until(lambda: "Read-only file system" in bed.log()[mark:]),
              bed.log()[mark:][-800:])
    bed.check("it is never ready", "ev=all.ready" not in bed.log()[mark:])
    bed.serve.terminate()
    bed.serve.wait(20)
    disk.mode("rw")
    bed.check("it starts again", bed.start(), bed.log()[-800:])
    recovers(bed, Filer(bed, "lawyer", bed.case), path, "writable")
    bed.check("it ends in order again", bed.stop() == 0)
    bed.check("the log verifies again", bed.audit())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        disk = Disk(pathlib.Path(scratch) / "disk")
        bed = None
        try:
            bed = Bed(options, disk.where)
            bed.log_path = pathlib.Path(scratch) / "serve.log"
            bed.log_path.touch()
            run(bed, disk)
        finally:
            if bed is not None:
                (bed.build / "logs-full.txt").write_text(bed.log())
            if bed is not None and bed.serve is not None \
                    and bed.serve.poll() is None:
                bed.serve.kill()
                bed.serve.wait()
            disk.end()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
