#!/usr/bin/python3
"""The command line keeps its contract, with good input and bad.

    contract.py --mohur PATH [--samples DIR] [--timeout 60]

DIR is what tests/pki/make_samples.py wrote; it is made anew by default.
Every row: what is run, the exit code, what standard output or error holds.
A row that writes where it may not, hangs, or says more than one line about
its own failure has failed.  Ends with "N passed, N failed".
"""

import argparse
import csv
import html.parser
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Bench:
    """The program, its samples, a scratch folder, and the counts."""

    def __init__(self, mohur, samples, scratch, timeout):
        self.mohur = str(pathlib.Path(mohur).resolve())
        self.samples, self.scratch = samples, scratch
        self.timeout = timeout
        self.passed = self.failed = 0
        rows = (samples / "index.tsv").read_text().splitlines()
        head = rows[0].split("\t")
        self.rows = [dict(zip(head, r.split("\t"))) for r in rows[1:]]
        self.good = next(r for r in self.rows if r["data"] == "-" and
                         r["expected"] == "TOTAL-PASSED")
        self.open = next(r for r in self.rows if r["data"] == "-" and
                         r["expected"] == "INDETERMINATE")

    def options(self, row=None):
        row = row or self.good
        found = ["--offline", "--time", row["time"]]
        for part in row["trust"].split(";"):
            found += ["--trust", str(self.samples / part)]
        return found

    def file(self, row=None):
        return str(self.samples / (row or self.good)["path"])

    def run(self, *argv, program=None, **more):
        try:
            done = subprocess.run(
                [program or self.mohur, *argv], capture_output=True,
                timeout=self.timeout, check=False, cwd=self.scratch,
                **({"stdin": subprocess.DEVNULL} | more))
        except subprocess.TimeoutExpired:
            return -1, "", "timeout"
        return (done.returncode, done.stdout.decode(errors="replace"),
                done.stderr.decode(errors="replace"))

    def check(self, name, good, shown=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{name}: {shown}")

    def expect(self, name, code, *argv, out="", err="", **more):
        """The usual row; err: one line that begins with 'mohur: '."""
        got = self.run(*argv, **more)
        good = got[0] == code and out in got[1] and err in got[2]
        if err:
            good = good and got[2].startswith("mohur: ")
            good = good and len(got[2].splitlines()) == 1
        self.check(name, good, got)
        return got

    def objects(self, name, code, *argv, **more):
        got = self.run("verify", "--report", "json", *argv, **more)
        try:
            rows = [json.loads(line) for line in got[1].splitlines()]
        except ValueError:
            rows = []
        self.check(name, got[0] == code and rows, got)
        return rows


def usage(b):
    """64 and one line that names the option."""
    row = [b.file()]
    rows = [
        ("no command", [], ""),
        ("unknown command", ["vrify"], "vrify"),
        ("no file", ["verify"], "verify"),
        ("--time nonsense", ["verify", "--time", "gestern", *row], "--time"),
        ("--time without zone",
         ["verify", "--time", "2022-06-01T12:00:00", *row], "--time"),
        ("--time in the future",
         ["verify", "--time", "2999-01-01T00:00:00Z", *row], "--time"),
        ("--lang", ["verify", "--lang", "de", *row], "--lang"),
        ("--report", ["verify", "--report", "pdf", *row], "--report"),
        ("--report html of two", ["verify", "--report", "html", *row, *row],
         "--report"),
        ("--report etsi of two", ["verify", "--report", "etsi", *row, *row],
         "--report"),
        ("--jobs 0", ["verify", "--jobs", "0", *row], "--jobs"),
        ("--jobs x", ["verify", "--jobs", "2x", *row], "--jobs"),
        ("--policy absent", ["verify", "--policy", "absent.conf", *row],
         "--policy"),
        ("inspect without file", ["inspect"], "inspect"),
        ("inspect two files", ["inspect", *row, *row], "inspect"),
        ("trust alone", ["trust"], "trust"),
        ("trust unknown", ["trust", "x"], "trust"),
        ("compile without --out", ["trust", "compile", *row], "compile"),
        ("check without file", ["trust", "check"], "check"),
        ("check bad time", ["trust", "check", "--time", "x", *row], "--time"),
    ]
    for name, argv, word in rows:
        got = b.expect(name, 64, *argv, err="mohur: ")
        b.check(name + ": names it", word in got[2] and not got[1], got)
    for name, argv in (("unknown option", ["verify", "--frust", *row]),
                       ("option without value", ["verify", "--trust"]),
                       ("inspect unknown option", ["inspect", "-x", *row]),
                       ("check unknown option",
                        ["trust", "check", "--x", *row])):
        got = b.run(*argv)
        b.check(name, got[0] == 64 and not got[1] and got[2].strip(), got)
    for argv in (["--help"], ["verify", "--help"], ["inspect", "--help"],
                 ["trust", "--help"], ["trust", "compile", "--help"],
                 ["trust", "check", "--help"]):
        b.expect(" ".join(argv), 0, *argv, out="mohur")
    b.expect("--version", 0, "--version", out="mohur ")


def bad_documents(b):
    """Never a verdict about what could not be read."""
    s = b.scratch
    (s / "empty.asice").write_bytes(b"")
    (s / "words.edoc").write_bytes(b"not a container at all\n")
    with open(s / "zeros.asice", "wb") as f:
        f.truncate(5 << 30)
    with open(s / "million.asice", "wb") as f:
        f.truncate(1 << 20)
    box = socket.socket(socket.AF_UNIX)
    box.bind(str(s / "socket"))
    os.mkfifo(s / "pipe")
    (s / "loop").symlink_to("loop")
    whole = pathlib.Path(b.file()).read_bytes()
    (s / "cut.asice").write_bytes(whole[:len(whole) // 2])
    rows = [("missing", "absent.asice", 4), ("0 bytes", "empty.asice", 1),
            ("words", "words.edoc", 1), ("5 GB of zeros", "zeros.asice", 1),
            ("1 MiB of zeros", "million.asice", 1), ("socket", "socket", 4),
            ("pipe", "pipe", 4), ("link to itself", "loop", 4),
            ("device", "/dev/zero", 4), ("half", "cut.asice", 1)]
    for name, path, code in rows:
        found = b.objects(name, code, *b.options(), path)
        want = {4: ("NOT-JUDGED", "REFUSED"), 1: ("REFUSED",)}[code]
        b.check(name + ": verdict", len(found) == 1 and
                found[0]["verdict"] in want and found[0].get("reason"), found)
    if os.getuid() != 0:
        (s / "closed").write_bytes(whole)
        (s / "closed").chmod(0)
        b.objects("no rights", 4, *b.options(), "closed")
    box.close()


def bad_trust(b):
    s = b.scratch
    (s / "junk.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n"
                                "-----END CERTIFICATE-----\n")
    (s / "junk.der").write_bytes(b"\x30\x82\xff\xff\x00")
    (s / "junk.xml").write_text("<TrustServiceStatusList/>\n")
    (s / "none").mkdir()
    for path in ("absent.pem", "junk.pem", "junk.der", "junk.xml", "none"):
        got = b.run("verify", "--offline", "--report", "json", "--trust", path,
                    b.file())
        # The trust was asked for and is not there: nothing is judged.
        b.check(f"trust {path}", got[0] in (4, 64, 70) and
                "TOTAL-PASSED" not in got[1] and
                got[2].startswith("mohur: "), got)
        got = b.run("trust", "compile", "--out", "no.snap", path)
        b.check(f"compile {path}", got[0] not in (0, -1) and
                not (s / "no.snap").exists(), got)


def exit_codes(b):
    good, undecided = b.file(), b.file(b.open)
    b.objects("passed", 0, *b.options(), good)
    b.objects("indeterminate", 2, *b.options(b.open), undecided)
    b.objects("worst of two", 2, *b.options(), good, undecided)
    (b.scratch / "words.edoc").write_bytes(b"not a container at all\n")
    b.objects("failed over open", 1, *b.options(), good, undecided,
              "words.edoc")
    b.objects("unjudged over failed", 4, *b.options(), good, "absent",
              "words.edoc")
    b.objects("no trust", 2, "--offline", "--time", b.good["time"], good)
    raw = pathlib.Path(good).read_bytes()
    found = b.objects("standard input", 0, *b.options(), "-", stdin=None,
                      input=raw)
    b.check("standard input is judged", found and
            found[0]["verdict"] == "TOTAL-PASSED", found)
    shutil.copy(good, b.scratch / "--time")
    b.objects("-- ends the options", 0, *b.options(), "--", "--time")
    shutil.copy(good, b.scratch / "name\nnew\x1b[2J.asice")
    got = b.run("verify", *b.options(), "name\nnew\x1b[2J.asice")
    b.check("a name is made clean", got[0] == 0 and "\x1b" not in got[1], got)
    for lang, word in (("en", "Verdict"), ("az", ""), ("ru", "")):
        b.expect(f"text in {lang}", 0, "verify", "--lang", lang, *b.options(),
                 good, out=word or "TOTAL-PASSED")


def folders(b):
    s = b.scratch
    box = s / "box"
    box.mkdir()
    names = [f"{i:02d}.asice" for i in range(9)]
    for i, name in enumerate(names):
        shutil.copy(b.file(b.good if i % 2 else b.open), box / name)
    (s / "list").write_text("".join(f"box/{n}\n" for n in reversed(names)))
    folder = b.objects("folder", 2, *b.options(), "--jobs", "2", "box")
    b.check("sorted by name", [pathlib.Path(r["file"]).name for r in folder]
            == names, folder)
    listed = b.objects("@LIST", 2, *b.options(), "--jobs", "2", "@list")
    b.check("in the list's order", [pathlib.Path(r["file"]).name for r in
                                    listed] == names[::-1], listed)
    b.expect("@LIST absent", 4, "verify", *b.options(), "@absent", err="absent")
    one = b.run("verify", "--report", "json", "--jobs", "1", *b.options(),
                "box")
    four = b.run("verify", "--report", "json", "--jobs", "4", *b.options(),
                 "box")
    b.check("the same bytes, however many jobs", one[1] == four[1], one)
    (s / "out").mkdir()
    got = b.run("verify", *b.options(), "--report", "json", "--out", "out",
                "box")
    if (s / "out" / "summary.csv").exists():
        table = list(csv.DictReader(open(s / "out" / "summary.csv",
                                         newline="", encoding="utf-8")))
        b.check("--out", got[0] == 2 and len(table) == 9 and
                len(list((s / "out").glob("*.json"))) == 9 and
                {r["verdict"] for r in table} ==
                {"TOTAL-PASSED", "INDETERMINATE"}, got)
    else:
        b.check("--out", False, got)
    for form, suffix in (("etsi", "xml"), ("html", "html")):
        (s / form).mkdir()
        got = b.run("verify", *b.options(), "--report", form, "--out", form,
                    "box")
        pages = sorted((s / form).glob("*." + suffix))
        b.check(f"--out with {form}", got[0] == 2 and not got[1] and
                len(pages) == 9 and all(p.stat().st_size for p in pages) and
                (s / form / "summary.csv").exists(), got)
    (s / "file").write_text("x")
    got = b.run("verify", *b.options(), "--out", "file", "box")
    b.check("--out is a file", got[0] not in (0, 2, -1) and
            (s / "file").read_text() == "x", got)


ETSI = "{http://uri.etsi.org/19102/v1.4.1#}"


class Page(html.parser.HTMLParser):
    """What a page is made of: tags that opened and did not close, headings,
    languages, and anything that would come from elsewhere or run."""

    VOID = {"meta", "br", "link", "img"}

    def __init__(self, text):
        super().__init__()
        self.open, self.levels, self.bad, self.lang = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "html":
            self.lang = names.get("lang")
        if tag in ("script", "link", "img", "iframe", "object", "a") or any(
                n.startswith("on") or n in ("src", "href") for n in names):
            self.bad.append(tag)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append("/" + tag)

    def sound(self):
        steps = zip(self.levels, self.levels[1:])
        return (not self.bad and not self.open and self.levels[:1] == [1] and
                self.levels.count(1) == 1 and
                all(b <= a + 1 for a, b in steps))


def pages(b):
    """The forms for people and for other validators."""
    for row in b.rows:
        if row["data"] != "-":
            continue
        opts = ["verify", *b.options(row), b.file(row)]
        code, page, _ = b.run(*opts, "--report", "html")
        found = Page(page)
        b.check("page of " + row["path"], found.sound() and
                found.lang == "az" and code in (0, 1, 2, 3) and
                "url(" not in page, (code, found.bad, found.levels))
        again = b.run(*opts, "--report", "etsi")
        code, report, _ = b.run(*opts, "--report", "etsi")
        main = [e.text for e in ElementTree.fromstring(report).iter(
            ETSI + "MainIndication") if "total" in e.text or "indet" in e.text]
        b.check("etsi of " + row["path"], again[1] == report and
                (code == 0) == (set(main) == {TOTAL + "total-passed"}),
                (code, main))
    for lang, word in (("az", "Yoxlama"), ("en", "Report"), ("ru", "Отчёт")):
        got = b.run("verify", *b.options(), "--report", "html", "--lang", lang,
                    b.file())
        b.check("page in " + lang, Page(got[1]).lang == lang and
                word.lower() in got[1].lower(), got)
    hostile = "a<script>alert(1)&\"'\u202egpj.asice"
    shutil.copy(b.file(), b.scratch / hostile)
    got = b.run("verify", *b.options(), "--report", "html", hostile)
    b.check("a hostile name in a page", Page(got[1]).sound() and
            "\u202e" not in got[1] and "&lt;script&gt;" in got[1], got)
    got = b.run("verify", *b.options(), "--report", "etsi", hostile)
    b.check("a hostile name in a report", "\u202e" not in got[1] and
            ElementTree.fromstring(got[1]) is not None, got)
    got = b.run("verify", *b.options(), "--report", "etsi", "absent.asice")
    b.check("not judged is no verdict", got[0] == 4 and
            "not-judged" in got[1] and "mainindication:total" not in got[1],
            got)


TOTAL = "urn:etsi:019102:mainindication:"
KEYS = {"v", "file", "size", "sha256", "format", "verdict", "policy",
        "policy_sha256", "findings", "signatures", "files"}
SIGNATURE_KEYS = {"id", "kind", "level", "signer", "claimed_time",
                  "best_signature_time", "indication", "sub_indication",
                  "covers", "covers_whole_document", "findings"}
SIGNER_KEYS = {"name", "serial_number", "fin", "organization", "issuer",
               "certificate_sha256"}


def reports(b):
    """Every sample gives a well-made report with the verdict of its index."""
    for row in b.rows:
        more = []
        for part in row["data"].split(";"):
            more += [] if part == "-" else ["--data", str(b.samples / part)]
        got = b.run("verify", "--report", "json", *b.options(row), *more,
                    b.file(row))
        name = "report of " + row["path"]
        try:
            one = json.loads(got[1])
        except ValueError:
            b.check(name, False, got)
            continue
        b.check(name, KEYS <= set(one) and one["v"] == 1 and
                one["verdict"] in row["expected"].split(",") and
                (one["verdict"] == "TOTAL-PASSED") != ("reason" in one) and
                all(SIGNATURE_KEYS <= set(s) and
                    SIGNER_KEYS <= set(s["signer"])
                    for s in one["signatures"]), got)
    found = b.run("inspect", "--report", "json", b.file())
    try:
        shown = json.loads(found[1])
    except ValueError:
        shown = None
    b.check("inspect", found[0] == 0 and shown, found)
    b.expect("inspect in words", 0, "inspect", b.file(), out="META-INF")
    b.expect("inspect absent", 4, "inspect", "absent", err="absent")


def trust(b):
    root = str(b.samples / b.good["trust"].split(";")[0])
    b.expect("compile", 0, "trust", "compile", "--out", "root.snap", root)
    b.expect("show", 0, "trust", "show", "root.snap", out="ca,")
    b.objects("a snapshot is trust", 0, "--offline", "--time", b.good["time"],
              "--trust", "root.snap", b.file())
    raw = (b.scratch / "root.snap").read_bytes()
    for name, data in (("cut", raw[:-1]), ("longer", raw + b"\0"),
                       ("empty", b""), ("zeros", bytes(len(raw))),
                       ("flipped", raw[:20] + bytes([raw[20] ^ 1])
                        + raw[21:])):
        (b.scratch / "bad.snap").write_bytes(data)
        got = b.run("trust", "show", "bad.snap")
        b.check(f"snapshot {name}", got[0] not in (0, -1) and
                got[2].startswith("mohur: "), got)
    got = b.expect("check", 0, "trust", "check", "--anchor", root, "--time",
                   b.good["time"], "--report", "json", root)
    b.check("check says why", '"valid":true' in got[1].replace(" ", ""), got)
    b.expect("check without anchor", 1, "trust", "check", "--time",
             b.good["time"], "--report", "json", root, out="false")
    b.expect("check absent", 4, "trust", "check", "absent", err="absent")


def alone(b):
    """Without its examiner the program judges nothing."""
    lonely = b.scratch / "lonely"
    lonely.mkdir()
    shutil.copy(b.mohur, lonely / "mohur")
    got = b.run("verify", *b.options(), "--report", "json", b.file(),
                program=str(lonely / "mohur"))
    b.check("no examiner", got[0] in (4, 70) and
            "TOTAL-" not in got[1] and got[2].startswith("mohur: "), got)
    shutil.copy(pathlib.Path(b.mohur).parent / "mohur-examiner", lonely)
    pdf = str(b.samples / "pdf-lt-table.pdf")
    got = b.run("verify", *b.options(), "--report", "json", pdf, b.file(),
                program=str(lonely / "mohur"))
    b.check("no examiner for PDF", got[0] == 4 and
            '"NOT-JUDGED"' in got[1].splitlines()[0] and
            '"TOTAL-PASSED"' in got[1].splitlines()[1] and
            got[2].startswith("mohur: "), got)
    (lonely / "mohur-examiner").unlink()
    (lonely / "mohur-examiner").symlink_to("/bin/false")
    got = b.run("verify", *b.options(), "--report", "json", b.file(),
                program=str(lonely / "mohur"))
    b.check("a dead examiner", got[0] in (4, 70) and
            "TOTAL-" not in got[1], got)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mohur", required=True)
    parser.add_argument("--samples", type=pathlib.Path)
    parser.add_argument("--timeout", type=float, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder) / "here"
        scratch.mkdir()
        samples = args.samples
        if samples is None:
            samples = pathlib.Path(folder) / "samples"
            subprocess.run(
                ["/usr/bin/python3", str(ROOT / "tests/pki/make_samples.py"),
                 str(samples)], check=True, stdout=subprocess.DEVNULL)
        b = Bench(args.mohur, samples.resolve(), scratch, args.timeout)
        for part in (usage, bad_documents, bad_trust, exit_codes, folders,
                     reports, pages, trust, alone):
            part(b)
    print(f"{b.passed} passed, {b.failed} failed")
    return 1 if b.failed else 0


if __name__ == "__main__":
    sys.exit(main())
