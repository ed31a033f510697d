#!/usr/bin/python3
"""The command line as its contract says: exit codes, one-line errors, order,
nothing written unless the whole thing succeeded.

usage: run.py --mohur PATH [--samples DIR]
"""
import argparse
import hashlib
import json
import os
import pathlib
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
TIME = "2022-06-01T12:00:00Z"
passed = failed = 0


def check(name, ok, seen=""):
    """Counts one assertion and says what was seen when it fails."""
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"{name}: {seen}")


class Cli:
    """Runs the program under test."""

    def __init__(self, mohur, samples):
        self.mohur = mohur
        self.samples = samples
        self.trust = ["--trust", str(samples / "pki/root.pem"),
                      "--time", TIME, "--offline"]

    def run(self, *args, stdin=b"", **more):
        return subprocess.run([self.mohur, *map(str, args)], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, check=False, **more)

    def verify(self, *args, **more):
        return self.run("verify", *self.trust, *args, **more)


def one_line_error(cli, name, code, *args, **more):
    """The exit code, and exactly one line on standard error."""
    got = cli.run(*args, **more)
    lines = got.stderr.decode().splitlines()
    check(name, got.returncode == code and len(lines) == 1 and
          lines[0].startswith("mohur: "),
          f"exit {got.returncode}, stderr {lines[:3]}")
    return got


def usage(cli, work):
    good = cli.samples / "asice-lt.asice"
    for name, args in (
            ("no command", []), ("unknown command", ["verfy"]),
            ("no file", ["verify"]),
            ("unknown option", ["verify", "--nonsense", good]),
            ("option without value", ["verify", good, "--trust"]),
            ("bad report", ["verify", "--report", "xml", good]),
            ("bad language", ["verify", "--lang", "de", good]),
            ("bad time", ["verify", "--time", "yesterday", good]),
            ("future time", ["verify", "--time", "2999-01-01T00:00:00Z",
                             good]),
            ("no such day", ["verify", "--time", "2022-02-30T00:00:00Z",
                             good]),
            ("bad jobs", ["verify", "--jobs", "0", good]),
            ("huge jobs", ["verify", "--jobs", "65", good]),
            ("jobs no number", ["verify", "--jobs", "two", good]),
            ("missing policy", ["verify", "--policy", work / "none", good]),
            ("missing trust", ["verify", "--trust", work / "none", good]),
            ("inspect two", ["inspect", good, good]),
            ("inspect option", ["inspect", "--lang", "az", good]),
            ("trust verb", ["trust", "frobnicate"])):
        one_line_error(cli, name, 64, *args)
    broken = work / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\n!!!\n"
                      "-----END CERTIFICATE-----\n")
    one_line_error(cli, "broken trust", 64, "verify", "--trust", broken, good)
    policy = work / "policy"
    policy.write_text("mode = sideways\n")
    one_line_error(cli, "bad policy", 64, "verify", "--policy", policy, good)
    policy.write_text("colour = red\n")
    one_line_error(cli, "policy key", 64, "verify", "--policy", policy, good)
    for command in ([], ["verify"], ["inspect"], ["trust"]):
        got = cli.run(*command, "--help")
        check(f"help {command}", got.returncode == 0 and b"mohur" in
              got.stdout and not got.stderr, got)
    check("version", cli.run("--version").stdout.startswith(b"mohur "))


def unreadable(cli, work):
    """Inputs that cannot be judged are exit 4, bad data is exit 1."""
    one_line_error(cli, "missing file", 4, "verify", work / "absent")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(work / "socket"))
    one_line_error(cli, "socket", 4, "verify", work / "socket")
    os.mkfifo(work / "pipe")
    one_line_error(cli, "fifo", 4, "verify", work / "pipe")
    one_line_error(cli, "device", 4, "verify", "/dev/zero")
    secret = work / "secret"
    secret.write_bytes(b"x")
    secret.chmod(0)

    def nobody():
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
    os.chmod(work, 0o755)
    if os.access(pathlib.Path(cli.mohur).parent, os.X_OK):
        one_line_error(cli, "no rights", 4, "verify", secret,
                       preexec_fn=nobody)
    empty = work / "empty"
    empty.write_bytes(b"")
    got = cli.verify("--report", "json", empty)
    check("empty", got.returncode == 1 and json.loads(got.stdout)["reason"]
          ["code"] == "empty", got)
    zeros = work / "zeros"
    with open(zeros, "wb") as f:
        f.truncate(5 << 30)
    got = cli.verify("--report", "json", zeros)
    check("5 GB of zeros", got.returncode == 1 and
          json.loads(got.stdout)["reason"]["code"] == "limit", got)
    with open(zeros, "wb") as f:
        f.truncate(3 << 30)
    got = cli.verify("--report", "json", zeros)
    check("3 GB of zeros", got.returncode == 1 and
          json.loads(got.stdout)["verdict"] == "REFUSED", got)
    zeros.unlink()
    one_line_error(cli, "inspect missing", 4, "inspect", work / "absent")


def exit_codes(cli, work):
    s = cli.samples
    plain = work / "plain.txt"
    plain.write_text("hello\n")
    unsigned = work / "unsigned.asice"
    make_unsigned(s / "asice-lt.asice", unsigned)
    passing, open_ = s / "asice-lt.asice", s / "asice-b.asice"
    for name, files, code in (
            ("passed", [passing], 0), ("indeterminate", [open_], 2),
            ("refused", [plain], 1), ("unsigned", [unsigned], 3),
            ("passed and unsigned", [passing, unsigned], 3),
            ("unsigned and indeterminate", [unsigned, open_], 2),
            ("indeterminate and refused", [open_, plain], 1),
            ("indeterminate and missing", [open_, work / "absent"], 4),
            ("refused and missing", [plain, work / "absent"], 4)):
        got = cli.verify(*files)
        check(f"exit {name}", got.returncode == code, got.returncode)


def make_unsigned(source, target):
    """The same container without its signature file."""
    import zipfile
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            if "signatures" not in info.filename:
                new.writestr(info.filename, old.read(info),
                             zipfile.ZIP_STORED)


def reports(cli, work):
    good = cli.samples / "asice-lt.asice"
    data = good.read_bytes()
    got = cli.verify("--report", "json", good)
    rep = json.loads(got.stdout)
    check("json verdict", rep["verdict"] == "TOTAL-PASSED" and rep["v"] == 1
          and rep["format"] == "asic-e" and "reason" not in rep, rep)
    check("json digest", rep["sha256"] == hashlib.sha256(data).hexdigest() and
          rep["size"] == len(data), rep["sha256"])
    sig = rep["signatures"][0]
    check("json signature", sig["indication"] == "TOTAL-PASSED" and
          sig["sub_indication"] is None and sig["level"] == "LT" and
          sig["covers_whole_document"] and
          sorted(sig["covers"]) == sorted(f["name"] for f in rep["files"]),
          sig)
    check("json signer", re.fullmatch("[0-9A-Z]{7}", sig["signer"]["fin"]) and
          len(sig["signer"]["certificate_sha256"]) == 64, sig["signer"])
    check("json times", sig["claimed_time"] == "2022-05-31T12:00:00Z" and
          sig["best_signature_time"] > sig["claimed_time"], sig)
    again = cli.verify("--report", "json", good)
    check("same report twice", again.stdout == got.stdout)
    check("standard input", json.loads(cli.verify(
        "--report", "json", "-", stdin=data).stdout)["verdict"] ==
        "TOTAL-PASSED")
    words = {"az": "imza etibarlıdır", "en": "the signature is valid",
             "ru": "подпись действительна"}
    for lang, text in words.items():
        out = cli.verify("--lang", lang, good).stdout.decode()
        check(f"text {lang}", text in out and sig["signer"]["name"] in out,
              out)
    named = work / "a\x1b[31mb\u202e.asice"
    shutil.copy(good, named)
    out = cli.verify(named).stdout.decode()
    check("no controls in text", "\x1b" not in out and "\u202e" not in out,
          repr(out[:80]))
    policy = work / "own.policy"
    policy.write_text("mode = strict\naccept-eddsa = true\n")
    rep = json.loads(cli.verify("--report", "json", "--policy", policy,
                                good).stdout)
    check("own policy", rep["policy"] == "own.policy" and
          rep["verdict"] == "TOTAL-PASSED", rep["policy"])


def many(cli, work):
    s = cli.samples
    folder = work / "folder"
    (folder / "inner").mkdir(parents=True)
    for name in ("b.asice", "a.asice", "inner/c.asice"):
        shutil.copy(s / "asice-lt.asice", folder / name)
    (folder / "d.txt").write_text("=cmd()\n")
    out = work / "out"
    out.mkdir()
    got = cli.verify("--report", "json", "--out", out, "--jobs", "3", folder)
    names = [json.loads(x)["file"].rsplit("/", 1)[1]
             for x in got.stdout.splitlines()]
    check("folder in order", names == ["a.asice", "b.asice", "d.txt",
                                       "c.asice"], names)
    check("folder exit", got.returncode == 1, got.returncode)
    check("summary line", b"4 documents: 3 TOTAL-PASSED 1 REFUSED" in
          got.stderr, got.stderr)
    rows = (out / "summary.csv").read_text().splitlines()
    check("csv rows", len(rows) == 5 and rows[0].startswith("file,size") and
          rows[3].count("REFUSED") == 1, rows)
    check("reports in --out", len(list(out.glob("*.json"))) == 4,
          list(out.iterdir()))
    listing = work / "list"
    listing.write_text(f"{folder}/b.asice\n{folder}/a.asice\n")
    got = cli.verify("--report", "json", f"@{listing}")
    check("list order", [json.loads(x)["file"] for x in
                         got.stdout.splitlines()] ==
          [f"{folder}/b.asice", f"{folder}/a.asice"], got.stdout[:200])
    one = cli.verify("--report", "json", "--jobs", "1", folder).stdout
    two = cli.verify("--report", "json", "--jobs", "4", folder).stdout
    check("jobs do not change reports", one == two)
    got = cli.verify("--out", work / "absent", folder)
    check("--out absent", got.returncode == 70 and
          not (work / "absent").exists(), got.returncode)
    dashed = work / "--help"
    shutil.copy(s / "asice-lt.asice", dashed)
    got = subprocess.run([cli.mohur, "verify", *cli.trust, "--", "--help"],
                         cwd=work, stdout=subprocess.PIPE, check=False)
    check("-- ends options", got.returncode == 0 and
          b"TOTAL-PASSED" in got.stdout, got)


def progress(cli, _work):
    """On a terminal, how far a long run is."""
    main, side = pty.openpty()
    files = [cli.samples / "asice-lt.asice"] * 400
    proc = subprocess.Popen([cli.mohur, "verify", *cli.trust, *files],
                            stdout=subprocess.DEVNULL, stderr=side)
    os.close(side)
    seen = b""
    while True:
        try:
            chunk = os.read(main, 4096)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    proc.wait()
    check("progress", re.search(rb"\d+/400, \d\d:\d\d left", seen) is not None
          and proc.returncode == 0, seen[-200:])


def inspect(cli, work):
    got = cli.run("inspect", "--report", "json",
                  cli.samples / "asice-lt.asice")
    top = json.loads(got.stdout)
    check("inspect", got.returncode == 0 and top["format"] == "asic-e" and
          len(top["signatures"]) == 1 and
          top["signatures"][0]["timestamps"], top)
    got = cli.run("inspect", cli.samples / "asice-lt.asice")
    check("inspect text", b"mimetype" in got.stdout and got.returncode == 0)
    plain = work / "text"
    plain.write_text("= AsciiDoc\n")
    got = cli.run("inspect", plain)
    check("inspect foreign", got.returncode == 0 and b"looks_like" in
          got.stdout, got)


def trusted_lists(cli, work):
    """The list's own signature, its versions, and snapshots made of it."""
    pki, good = cli.samples / "pki", cli.samples / "asice-lt.asice"
    common = ["verify", "--time", TIME, "--report", "json"]
    signer = ["--tl-signer", pki / "tl-signer.pem"]
    for name in ("tl-v5.xml", "tl-v6.xml"):
        got = cli.run(*common, "--trust", pki / name, *signer, good)
        rep = json.loads(got.stdout)
        check(f"signed {name}", rep["verdict"] == "TOTAL-PASSED" and
              "tl-unverified" not in str(rep["findings"]), rep)
        rep = json.loads(cli.run(*common, "--trust", pki / name,
                                 good).stdout)
        check(f"unchecked {name}", "tl-unverified" in str(rep["findings"]),
              rep["findings"])
    for name in ("tl-tampered.xml", "tl-other-signer.xml",
                 "tl-unsigned.xml"):
        one_line_error(cli, name, 64, *common, "--trust", pki / name,
                       *signer, good)
    one_line_error(cli, "tl-v4.xml", 64, *common, "--trust",
                   pki / "tl-v4.xml", good)
    snap = work / "snap"
    got = cli.run("trust", "compile", *signer, "--out", snap,
                  pki / "tl-v6.xml")
    check("compile", got.returncode == 0 and snap.exists(), got)
    rep = json.loads(cli.run(*common, "--trust", snap, good).stdout)
    check("snapshot", rep["verdict"] == "TOTAL-PASSED", rep)
    data = bytearray(snap.read_bytes())
    for at in range(0, len(data), max(1, len(data) // 60)):
        data[at] ^= 0x55
        snap.write_bytes(data)
        got = cli.run(*common, "--trust", snap, good)
        data[at] ^= 0x55
        check(f"snapshot damaged at {at}", got.returncode in (0, 2, 64),
              got)
    one_line_error(cli, "compile nothing", 4, "trust", "compile", "--out",
                   work / "no", work / "absent")
    check("nothing written", not (work / "no").exists())


def large(cli, work):
    """Files whose worker starts a second thread are judged like any other."""
    import random
    import zipfile
    noise = random.Random(1).randbytes(1 << 20) * 9
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = work / f"large-{method}.asice"
        with zipfile.ZipFile(path, "w") as z:
            z.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
            z.writestr("big.bin", noise, method)
        rep = json.loads(cli.verify("--report", "json", path).stdout)
        check(f"9 MB, method {method}", rep["verdict"] == "NO-SIGNATURE" and
              rep["files"][0]["sha256"] == hashlib.sha256(noise).hexdigest(),
              rep)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        rep = json.loads(cli.verify("--report", "json", path).stdout)
        check(f"9 MB damaged, method {method}", rep["verdict"] in
              ("TOTAL-FAILED", "REFUSED"), rep)
    whole = work / "whole.asice"
    whole.write_bytes(b"\0" * (40 << 20))
    rep = json.loads(cli.verify("--report", "json", whole).stdout)
    check("40 MB of zeros", rep["verdict"] == "REFUSED" and rep["sha256"] ==
          hashlib.sha256(whole.read_bytes()).hexdigest(), rep)
    changing(cli, whole)


def changing(cli, whole):
    """A file that is not the same from beginning to end has no verdict."""
    stop = threading.Event()

    def touch():
        at = 0
        while not stop.is_set():
            at += 1
            os.utime(whole, ns=(at, at))

    hand = threading.Thread(target=touch)
    hand.start()
    try:
        rep = json.loads(cli.verify("--report", "json", whole).stdout)
    finally:
        stop.set()
        hand.join()
    check("a changing file", rep["verdict"] == "NOT-JUDGED", rep)


def dead_worker(cli, work):
    """An examiner that cannot run never becomes a verdict."""
    lonely = work / "lonely"
    lonely.mkdir()
    shutil.copy(cli.mohur, lonely / "mohur")
    got = subprocess.run([lonely / "mohur", "verify", "--report", "json",
                          cli.samples / "asice-lt.asice"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         check=False)
    check("no examiner", got.returncode == 70 and not got.stdout, got)
    killer = lonely / "mohur-examiner"
    killer.write_text("#!/bin/sh\nexit 0\n")
    killer.chmod(0o755)
    got = subprocess.run([lonely / "mohur", "verify", "--report", "json",
                          cli.samples / "asice-lt.asice"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         check=False)
    verdicts = [json.loads(x)["verdict"] for x in got.stdout.splitlines()]
    check("dead examiner", got.returncode in (4, 70) and
          all(v == "NOT-JUDGED" for v in verdicts), (got, verdicts))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mohur", required=True)
    parser.add_argument("--samples", type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temp:
        samples = args.samples or pathlib.Path(temp) / "samples"
        if not (samples / "index.tsv").exists():
            subprocess.run([sys.executable, HERE.parent / "pki" /
                            "make_samples.py", samples], check=True,
                           stdout=subprocess.DEVNULL)
        cli = Cli(os.path.abspath(args.mohur), samples.resolve())
        for test in (usage, unreadable, exit_codes, reports, many, progress,
                     inspect, trusted_lists, large, dead_worker):
            work = pathlib.Path(temp) / test.__name__
            work.mkdir()
            test(cli, work)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
