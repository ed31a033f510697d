#!/usr/bin/python3
"""Documents that we sign, judged by other verifiers of the trade.

    run.py [--build DIR] [--oracles DIR] [--corpus DIR] [--keep DIR]

Every format, level and kind of key, signatures above each other, text as a
PDF: written by the programs that the tests of signing use, and judged by DSS
and, where it is a PDF, by pyHanko, which tests/interop/get.sh fetches.  What
is not there is skipped with a line that says so.  Ends with "N passed, N
failed".
"""

import argparse
import datetime as dt
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "pki"),
                str(HERE.parent / "cli")]

import sign as sign_cli  # noqa: E402
import sign_pdf  # noqa: E402

FORMS = [("adoc",), ("edoc",), ("asice",), ("asics",),
         ("asice", "--signature", "cades"), ("asics", "--signature", "cades"),
         ("cms",), ("pdf",)]
PSS = "citizen-rsa3072"
SIGNERS = ("citizen-rsa2048", PSS, "citizen", "citizen-p384")
# What a verifier may lack where a level brings no revocation data.
OPEN = ("TRY_LATER", "NO_CERTIFICATE_CHAIN_FOUND",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE")


class Row:
    """A file: what was signed into it, and what is to be said of it."""

    def __init__(self, name, path, level, signatures=1, data=None,
                 loose=False):
        self.name, self.path, self.level = name, path, level
        self.signatures, self.data = signatures, data
        self.loose = loose  # others' files break rules of their own
        self.pdf = path.suffix == ".pdf"


def signed(bench, name, *argv, key):
    pss = ["--pss"] if key == PSS else []
    done = bench.sign(*argv, *pss, key=key)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr}")


def every(bench, folder):
    """Every format, level and kind of key."""
    (folder / "a.txt").write_text("salam\n" * 50)
    (folder / "ərizə.jpg").write_bytes(sign_cli.JPEG)
    (folder / "c.pdf").write_bytes(sign_cli.small_pdf())
    for form in FORMS:
        source = [folder / {"pdf": "c.pdf", "cms": "ərizə.jpg"}.get(
            form[0], "a.txt")]
        if form[0] in ("adoc", "edoc", "asice"):
            source.append(folder / "ərizə.jpg")
        for key in SIGNERS:
            for level in sign_cli.LEVELS:
                name = f"{' '.join(form)}/{key}/{level}"
                out = folder / (f"{'-'.join(form)}-{key}-{level}."
                                + {"cms": "p7s"}.get(form[0], form[0]))
                signed(bench, name, "--as", *form, "--level", level,
                       "--role", "Vəkil", "--place", "Bakı, AZ", "--out", out,
                       *source, key=key)
                yield Row(name, out, level,
                          data=source[0] if form[0] == "cms" else None)


def above(bench, folder, name, source, more=(), before=0):
    """Signatures above each other, each with its data, and all raised."""
    for n, key in enumerate(SIGNERS, 1):
        out = folder / f"{name}-{n}{source.suffix}"
        signed(bench, name, "--level", "LT", *more, "--out", out, source,
               key=key)
        yield Row(f"{name}, {n} of them", out, "LT", before + n)
        source, more = out, ()
    out = folder / f"{name}-raised{source.suffix}"
    shutil.copy(source, out)
    done = bench.run("extend", "--level", "LTA", *bench.authority(), out)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr}")
    yield Row(f"{name}, raised", out, "LTA", before + len(SIGNERS))


def rows_of(bench):
    folder = bench.folder()
    yield from every(bench, folder)
    for form in ("adoc", "edoc", "asice"):
        first = folder / f"first.{form}"
        signed(bench, form, "--as", form, "--level", "LTA", "--out", first,
               folder / "a.txt", key="citizen")
        yield from above(bench, folder, f"{form} above LTA", first,
                         before=1)
    for form in ("table", "stream"):
        source = folder / f"{form}.pdf"
        source.write_bytes(sign_pdf.plain(form))
        yield from above(bench, folder, f"pdf {form}", source)
        yield from above(bench, folder, f"pdf {form}, visible", source, (
            "--visible", "1,50,40,160,70", "--reason", "Təsdiq"))


def ask(command, rows, loose):
    lines = "".join(f"{r.path}\t{r.data}\n" if r.data else
                    f"{r.path}\tloose\n" if r.loose and loose
                    else f"{r.path}\n" for r in rows)
    done = subprocess.run(command, input=lines, capture_output=True, text=True,
                          timeout=1800, check=False)
    answers = {}
    for line in done.stdout.splitlines():
        path, *columns = line.split("\t")
        answers[path] = [c.split("|") for c in columns]
    return answers, done.stderr[-600:]


class Verdicts:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, seen):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {seen}", flush=True)


def good_dss(row, columns):
    whole = len(columns) == row.signatures and all(
        len(c) > 5 and c[4] == c[5] == "true" for c in columns)
    if row.level in ("LT", "LTA"):
        return whole and all(c[2] == "TOTAL_PASSED" for c in columns)
    return whole and all(c[2] == "TOTAL_PASSED" or (
        c[2] == "INDETERMINATE" and c[3] in OPEN) for c in columns)


def good_pdf(row, columns):
    whole = len(columns) == row.signatures and all(
        len(c) > 6 and c[3] == c[4] == "True"
        and (row.loose or c[5] in ("NONE", "LTA_UPDATES", "FORM_FILLING"))
        and c[6] in ("ENTIRE_FILE", "ENTIRE_REVISION") for c in columns)
    if row.level in ("LT", "LTA"):
        return whole and all(c[1] == "PASSED" for c in columns)
    return whole and all(c[1] == "PASSED" or (
        c[1] == "INDETERMINATE" and c[2] in OPEN) for c in columns)


def targets(bench, corpus):
    """PDF files of other makers, unsigned: a signature with its data."""
    folder = bench.folder()
    for line in (corpus / "INDEX.tsv").read_text().splitlines()[1:]:
        path, _, expected, reason, *_ = line.split("\t")
        if "sign-target" not in (expected, reason):
            continue
        source = corpus / path
        out = folder / source.name
        done = bench.sign("--as", "pdf", "--level", "LTA", "--out", out, source)
        if done.returncode == 0:
            yield Row(f"target {path}", out, "LTA", loose=True)
        else:
            print(f"skipped: {path}: {done.stderr.strip()}")


def controls(bench, rows):
    """Files with a byte changed: an oracle that passes one says nothing."""
    folder = bench.folder()
    for row in rows:
        if row.level != "LTA" or row.signatures != 1 or row.data:
            continue
        data = bytearray(row.path.read_bytes())
        at = data.index(b"/MediaBox") + 12 if row.pdf else data.index(
            b"salam") if b"salam" in data else len(data) // 3
        data[at] ^= 1
        out = folder / row.path.name
        out.write_bytes(data)
        yield Row(f"{row.name}, a byte changed", out, "LTA")


def judge(verdicts, name, good, command, rows, changed):
    answers, why = ask(command, rows + changed, good is good_pdf)
    for row in rows:
        seen = answers.get(str(row.path), [])
        verdicts.check(f"{name}: {row.name}", good(row, seen), seen or why)
    for row in changed:
        seen = answers.get(str(row.path), [])
        verdicts.check(f"{name}: {row.name}", seen and not good(row, seen),
                       seen or why)


def main():
    parser = argparse.ArgumentParser()
    root = HERE.parent.parent
    parser.add_argument("--build", type=pathlib.Path, default=root / "build")
    parser.add_argument("--oracles", type=pathlib.Path,
                        default=root / "build" / "oracles")
    parser.add_argument("--corpus", type=pathlib.Path,
                        default=root.parent / "shared" / "corpus")
    parser.add_argument("--keep", type=pathlib.Path)
    args = parser.parse_args()
    args.build = args.build.resolve()
    verdicts = Verdicts()
    dss = args.oracles / "jars"
    hanko = args.oracles / "python" / "bin" / "python"
    if not dss.is_dir():
        print("skipped: no DSS; tests/interop/get.sh fetches it")
    if not hanko.exists():
        print("skipped: no pyHanko; tests/interop/get.sh fetches it")
    if not dss.is_dir() and not hanko.exists():
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        work = args.keep or pathlib.Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        bench = sign_cli.Bench(str(args.build / "mohur"), work)
        rows = list(rows_of(bench))
        changed = list(controls(bench, rows))
        if (args.corpus / "INDEX.tsv").exists():
            rows += targets(bench, args.corpus)
        when = dt.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
        if dss.is_dir():
            judge(verdicts, "DSS", good_dss, [
                "java", "-cp", f"{dss}/*", str(HERE / "Judge.java"),
                bench.root, when], rows, changed)
        if hanko.exists():
            judge(verdicts, "pyHanko", good_pdf, [
                str(hanko), str(HERE / "judge_pdf.py"), bench.root],
                [r for r in rows if r.pdf], [r for r in changed if r.pdf])
    print(f"{verdicts.passed} passed, {verdicts.failed} failed")
    return 0 if verdicts.failed == 0 and verdicts.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
