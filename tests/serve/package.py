#!/usr/bin/python3
"""Evidence packages of cases, on an instance that `mohur init` makes and
`mohur serve` runs: an auditor has one made, and whoever gets it verifies it
without the instance.

    package.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

from auditor import enter
from filing import Bed, Browser, Filer, base32

NUMBER = "2-2(103)-660/2021"
MANY = 36  # documents of three files each: more than one volume holds


def ask(bed, auditor, number=NUMBER, **more):
    a = auditor.post("/audit/jobs", **{
        "form": base32(), "do": "package", "number": number, **more})
    where = a.headers.get("location", "")
    bed.check("a package is asked for", a.status == 303 and re.fullmatch(
        "/audit/jobs/[a-z2-7]{26}", where), (a.status, a.text[-600:]))
    return where


def made(bed, auditor, where, seconds=120):
    bed.check("the job ends", bed.until(
        lambda: "Davam edir" not in auditor.get(where).text, seconds),
        auditor.get(where).text[-1500:] + bed.log()[-1500:])
    return auditor.get(where).text


def take(bed, auditor, where, page):
    volumes = []
    for link in re.findall(rf'href="({where}/package\?volume=\d+)"', page):
        a = auditor.get(link)
        bed.check(f"volume {len(volumes) + 1} can be had", a.status == 200
                  and a.headers["content-type"] ==
                  "application/vnd.etsi.asic-e+zip"
                  and "attachment" in a.headers["content-disposition"]
                  and hashlib.sha256(a.body).hexdigest() in page, a.status)
        volumes.append(a.body)
    return volumes


def verify(bed, volume, *others, key=True):
    """Offline, by somebody who has the package and what is public."""
    folder = bed.scratch / base32()
    folder.mkdir()
    command = [bed.build / "mohur", "verify", "--offline", "--report", "json",
               "--trust", bed.where / "trust"]
    if key:
        command += ["--log-key",
                    bed.where / "state" / "keyd" / "log" / "log.pub"]
    for i, other in enumerate(others):
        (folder / f"{i}.asice").write_bytes(other)
        command += ["--data", folder / f"{i}.asice"]
    (folder / "package.asice").write_bytes(volume)
    done = subprocess.run(command + [folder / "package.asice"],
                          capture_output=True, text=True, check=False)
    shutil.rmtree(folder)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return "", {done.stderr}, {}
    return (report["verdict"], {f["code"] for f in report["findings"]},
            report)


def contents(volume):
    with zipfile.ZipFile(io.BytesIO(volume)) as z:
        return {n: z.read(n) for n in z.namelist()
                if not n.startswith("META-INF/") and n != "mimetype"}


def rebuilt(volume, name, change):
    """The same container with one file changed, and nothing sealed again."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(volume)) as old, \
            zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(zipfile.ZipInfo(info.filename),
                         change(data) if info.filename == name else data,
                         info.compress_type)
    return out.getvalue()


def receipts(bed, filer, documents):
    bed.check("every document has its receipt", bed.until(lambda: all(
        filer.receipt(d).status == 200 for d in documents), 60))


def test_one(bed, auditor, filer):
    documents = {d: data for name in ("adoc-lta.adoc", "edoc-lt.edoc")
                 for data in [(bed.samples / name).read_bytes()]
                 for d in [filer.document(bed.samples / name)]}
    receipts(bed, filer, documents)
    where = ask(bed, auditor)
    page = made(bed, auditor, where)
    volumes = take(bed, auditor, where, page)
    bed.check("one volume", len(volumes) == 1, page[-1500:])
    if len(volumes) != 1:
        return None
    volume = volumes[0]
    verdict, codes, report = verify(bed, volume)
    bed.check("it passes offline with the log's key",
              verdict == "TOTAL-PASSED" and {
                  "package-complete", "package-proven",
                  "log-key-good"} <= codes, report or codes)
    signature = report["signatures"][0] if report else {}
    bed.check("its seal has a time-stamp", signature.get("level") == "LT",
              signature)
    verdict, codes, _ = verify(bed, volume, key=False)
    bed.check("without the key it says that", verdict == "TOTAL-PASSED"
              and "log-key-not-given" in codes, (verdict, codes))
    inside = contents(volume)
    top = json.loads(inside["package.json"])
    bed.check("it says what it is", top["type"] == "mohur-package"
              and top["v"] == 1 and top["case"] == NUMBER
              and (top["volume"], top["volumes"]) == (1, 1)
              and top["id"] in where, top)
    rows = {f.get("document"): f for f in top["files"]
            if f["what"] == "document"}
    for document, data in documents.items():
        row = rows.get(document, {})
        bed.check("a document byte for byte", inside.get(row.get("name"))
                  == data and "record" in row, row)
    kinds = [f["what"] for f in top["files"]]
    bed.check("reports, receipts, records, checkpoint",
              kinds.count("report") == 2 and kinds.count("receipt") >= 2
              and kinds.count("records") == 1
              and kinds.count("checkpoint") == 1, kinds)
    report = json.loads(next(inside[n] for n in inside
                             if n.endswith("-report.json")))
    bed.check("a report is one", "verdict" in report, report)
    lines = [json.loads(r["record"]) for r in json.loads(
        inside["records-001.json"])["records"]]
    bed.check("the case's records", {f"filing:{d}" for d in documents} <=
              {r["obj"] for r in lines if r["ev"] == "filing.accepted"},
              lines)
    bed.check("and that it was asked for", any(
        r["ev"] == "audit.begun" and r["obj"] == f"case:{bed.case}"
        for r in lines))
    bed.check("what left is a record", bed.until(lambda: any(
        r["ev"] == "audit.export" and r["obj"] == f"case:{bed.case}"
        and r["d"]["package"] == hashlib.sha256(volume).hexdigest()
        for r in bed.records())))
    bed.check("and who took it", bed.until(lambda: any(
        r["ev"] == "audit.opened" and r["d"].get("part") == "package"
        for r in bed.records())))
    for name in inside:
        verdict, codes, _ = verify(bed, rebuilt(
            volume, name, lambda d: d[:-2] + bytes([d[-2] ^ 1]) + d[-1:]))
        bed.check(f"{name} changed: not passed",
                  verdict not in ("TOTAL-PASSED", "")
                  and "package-complete" not in codes, (verdict, codes))
    verdict, codes, _ = verify(bed, volume, b"something else")
    bed.check("another file beside it: not passed",
              verdict == "TOTAL-FAILED", (verdict, codes))
    return where


def test_pages(bed, auditor, where):
    for tail in ("", "?volume=0", "?volume=2", "?volume=x", "?volume=01a",
                 "?volume=999999"):
        a = auditor.get(where + "/package" + tail)
        bed.check(f"package{tail}: none", a.status == 404, a.status)
    for user in ("lawyer", "citizen", "clerk", "witness"):
        browser = enter(bed, user)
        got = {browser.get(where + "/package?volume=1").status,
               browser.post("/audit/jobs", form=base32(), do="package",
                            number=NUMBER).status}
        bed.check(f"{user}: 404", got == {404}, got)
    a = Browser(bed.port).get(where + "/package?volume=1")
    bed.check("nobody: to the page of signing in", a.status == 303)
    a = auditor.post("/audit/jobs", form=base32(), do="package", number="1")
    bed.check("no such case: 422", a.status == 422, a.status)
    form = base32()
    a, b = (ask(bed, auditor, form=form) for _ in "12")
    bed.check("sent twice it is one", a == b)
    made(bed, auditor, a)


def test_held(bed, auditor):
    """While it is made there is nothing to be had; a fall of what makes it
    is only a delay."""
    bed.hold("keyd")
    where = ask(bed, auditor)
    page = auditor.get(where)
    bed.check("it is under way", page.status == 200
              and "Davam edir" in page.text
              and "/package?" not in page.text)
    bed.check("nothing can be had of it",
              auditor.get(where + "/package?volume=1").status == 404)
    bed.hold("keyd", go=True)
    bed.kill_and_wait("keyd")
    page = made(bed, auditor, where)
    volumes = take(bed, auditor, where, page)
    bed.check("it is made all the same", len(volumes) == 1
              and verify(bed, volumes[0])[0] == "TOTAL-PASSED")


def test_altered(bed, auditor):
    sha256 = hashlib.sha256((bed.samples / "edoc-lt.edoc").read_bytes())
    name = sha256.hexdigest()
    path, = (bed.state / "objects").glob(f"*/{name}")
    data = path.read_bytes()
    os.chmod(path, 0o600)
    for what, content in (("altered", data[:-1] + bytes([data[-1] ^ 1])),
                          ("gone", None)):
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        where = ask(bed, auditor)
        page = made(bed, auditor, where)
        bed.check(f"bytes that are {what}: no package, and why",
                  "Problem tapıldı" in page and f"{what}" in page
                  and "/package?" not in page, page[-1500:])
        bed.check("nothing can be had of it",
                  auditor.get(where + "/package?volume=1").status == 404)
    path.write_bytes(data)
    os.chown(path, *([65534, 65534] if os.getuid() == 0 else [-1, -1]))


def test_volumes(bed, auditor, filer):
    data = (bed.samples / "edoc-lt.edoc").read_bytes()
    names = [filer.document(data, name=f"v{i}.edoc") for i in range(MANY)]
    receipts(bed, filer, names)
    where = ask(bed, auditor)
    page = made(bed, auditor, where, 100)
    volumes = take(bed, auditor, where, page)
    if not bed.check("more than one volume", len(volumes) > 1, page[-1500:]):
        return
    verdict, codes, report = verify(bed, *volumes)
    bed.check("all of them pass", verdict == "TOTAL-PASSED"
              and "package-complete" in codes, report or codes)
    bed.check("backwards as well", verify(
        bed, volumes[0], *volumes[:0:-1])[0] == "TOTAL-PASSED")
    for name, some, want in (
            ("the last is missing", volumes[:-1], "INDETERMINATE"),
            ("a later one first", volumes[::-1], "TOTAL-FAILED"),
            ("a later one alone", volumes[1:2], "INDETERMINATE"),
            ("another one", volumes[:-1] + [volumes[-1] + b"x"],
             "TOTAL-FAILED")):
        verdict, codes, _ = verify(bed, *some)
        bed.check(f"{name}: not passed", verdict == want
                  and "package-volume" in codes, (verdict, codes))
    inside = [json.loads(contents(v)["package.json"]) for v in volumes]
    got = [f["document"] for top in inside for f in top["files"]
           if f["what"] == "document"]
    bed.check("every document once", len(got) == len(set(got)) and
              set(names) <= set(got), len(got))
    bed.check("no volume past its limit", all(
        len(top["files"]) <= 99 for top in inside))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            auditor = enter(bed, "auditor")
            filer = Filer(bed, "lawyer", bed.case)
            where = test_one(bed, auditor, filer)
            if where is not None:
                test_pages(bed, auditor, where)
                test_held(bed, auditor)
                test_altered(bed, auditor)
                test_volumes(bed, auditor, filer)
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-package.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
