#!/usr/bin/python3
"""The auditor's pages, on an instance that `mohur init` makes and `mohur serve`
runs: the index follows the log, records are found and proven, the log is
checked, documents are verified again, and nobody else sees any of it.

    auditor.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import csv
import hashlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from filing import Bed, Browser, base32

JOB = re.compile("/audit/jobs/([a-z2-7]{26})")


def enter(bed, user):
    browser = Browser(bed.port)
    bed.check(f"{user} signs in", browser.sign_in(user).status == 303)
    return browser


def file(bed, lawyer):
    data = (bed.samples / "adoc-lta.adoc").read_bytes()
    a = lawyer.upload(f"/cases/{bed.case}/documents/new", {
        "form": base32(), "kind": "motion", "title": "", "note": ""},
        "a.adoc", data)
    bed.check("a document is filed", a.status == 303, a.status)
    return (a.headers.get("location", "/documents/")[11:],
            hashlib.sha256(data).hexdigest())


def caught_up(bed):
    return bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM audit_index") >= len(bed.records()) > 0, 20)


def test_index(bed, auditor, document, sha256):
    bed.check("the index follows the log", caught_up(bed))
    page = auditor.get("/audit")
    bed.check("the state of the log", page.status == 200
              and "Son nəzarət nöqtəsi" in page.text, page.text[-800:])
    for name, query, words in (
            ("all", "", ("filing.accepted",)),
            ("by event", "?ev=filing.accepted", (f"filing:{document}",)),
            ("by case", "?number=2-2(103)-660/2021", (f"filing:{document}",)),
            ("by object", f"?obj=filing:{document}", ("filing.accepted",)),
            ("by hash", f"?hash={sha256}", ("/audit/log/",))):
        a = auditor.get("/audit/log" + query.replace("(", "%28").replace(
            ")", "%29").replace("/", "%2F"))
        if name == "by hash":
            words = ("/audit/log/",) if any(
                sha256 in str(r) for r in bed.records()) else ()
        bed.check(f"records {name}", a.status == 200
                  and all(w in a.text for w in words), (a.status,
                                                        a.text[-500:]))
    for name, query, field in (
            ("a day that is none", "?day=31.02.2027", "day"),
            ("a hash too short", "?hash=abc", "hash"),
            ("a case that is not there", "?number=1", "number")):
        a = auditor.get("/audit/log" + query)
        bed.check(f"{name}: 422", a.status == 422
                  and f'href="#{field}"' in a.text
                  and "<title>Xəta:" in a.text, a.status)
    a = auditor.get("/audit/log?day=01.01.2020")
    bed.check("a day without records", a.status == 200
              and "uyğun qeyd yoxdur" in a.text, a.status)
    a = auditor.post("/audit/log", account="lawyer")
    bed.check("an account by its user name", a.status == 303 and
              a.headers["location"].startswith("/audit/log?who=p%3A"),
              a.headers)
    if a.status == 303:
        b = auditor.get(a.headers["location"])
        bed.check("and its records", b.status == 200, b.status)
    a = auditor.post("/audit/log", account="nobody-at-all")
    bed.check("no such account: 422", a.status == 422, a.status)


def test_record(bed, auditor, document):
    record = next(r for r in bed.records() if r["ev"] == "filing.accepted"
                  and r["obj"] == f"filing:{document}")
    n = record["n"]
    page = auditor.get(f"/audit/log/{n}")
    bed.check("a record's page has it and its proof", page.status == 200
              and document in page.text and "tlog-proof@v1" in page.text,
              page.status)
    line = auditor.get(f"/audit/log/{n}/record").body
    proof = auditor.get(f"/audit/log/{n}/proof").body
    (bed.scratch / "record").write_bytes(line)
    (bed.scratch / "proof").write_bytes(proof)
    done = subprocess.run(
        [bed.build / "mohur", "audit", "check", "--key", bed.where / "state" /
         "keyd" / "log" / "log.pub", "--record", bed.scratch / "record",
         bed.scratch / "proof"], capture_output=True, check=False)
    bed.check("both are checked offline", done.returncode == 0, done.stderr)
    for path in ("999999999", "x", "01"):
        bed.check(f"record {path}: 404",
                  auditor.get(f"/audit/log/{path}").status == 404)


def job(bed, auditor, **fields):
    a = auditor.post("/audit/jobs", **{"form": base32(), **fields})
    found = JOB.fullmatch(a.headers.get("location", ""))
    if not bed.check(f"asked for {fields['do']}", found, (a.status,
                                                          a.text[-800:])):
        return None
    path = found.group(0)
    bed.check(f"{fields['do']} ends", bed.until(
        lambda: "Davam edir" not in auditor.get(path).text, 60))
    return path


def test_jobs(bed, auditor, document):
    path = job(bed, auditor, do="check")
    page = auditor.get(path).text
    bed.check("the log is whole", "Jurnal bütövdür" in page, page[-1500:])
    path = job(bed, auditor, do="case", number="2-2(103)-660/2021")
    rows = list(csv.DictReader(io.StringIO(
        auditor.get(path + "/csv").body.decode("utf-8-sig"))))
    bed.check("its verdicts", len(rows) == 1
              and rows[0]["document"] == document
              and rows[0]["bytes_intact"] == "yes"
              and rows[0]["verdict"] == rows[0]["verdict_before"], rows)
    form = base32()
    a, b = (auditor.post("/audit/jobs", form=form, do="all") for _ in "12")
    bed.check("sent twice it is one job", a.status == b.status == 303
              and a.headers["location"] == b.headers["location"])
    a = auditor.post("/audit/jobs", form=form, do="check")
    bed.check("the form with something else: 409", a.status == 409, a.status)
    a = auditor.post("/audit/jobs", form=base32(), do="case", number="1")
    bed.check("no such case: 422", a.status == 422
              and 'href="#number"' in a.text, a.status)
    for fields in ({"do": "all", "form": "x"}, {"do": "x"},
                   {"do": "document", "document": "x"}):
        a = auditor.post("/audit/jobs", **{"form": base32(), **fields})
        bed.check(f"{fields}: 400", a.status == 400, a.status)
    a = auditor.post("/audit/jobs", form=base32(), do="all", csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)


def test_altered(bed, auditor, sha256):
    """Bytes that somebody changed on the disk are found."""
    path = bed.state / "objects" / sha256[:2] / sha256[2:4] / sha256
    data = path.read_bytes()
    os.chmod(path, 0o600)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    where = job(bed, auditor, do="all")
    rows = list(csv.DictReader(io.StringIO(
        auditor.get(where + "/csv").body.decode("utf-8-sig"))))
    bed.check("altered bytes are told", [r["bytes_intact"] for r in rows]
              == ["no"] and rows[0]["verdict"] == "NOT-JUDGED", rows)
    path.write_bytes(data)


def test_again(bed, auditor):
    a = auditor.post("/audit/index")
    bed.check("the index is made again", a.status == 303 and caught_up(bed))


def test_strangers(bed):
    for user in ("lawyer", "citizen", "clerk", "witness"):
        browser = enter(bed, user)
        got = {browser.get(p).status for p in (
            "/audit", "/audit/log", "/audit/log/0", "/audit/log/0/proof",
            "/audit/checkpoint", "/audit/jobs/" + "a" * 26)}
        got |= {browser.post("/audit/jobs", form=base32(), do="all").status,
                browser.post("/audit/index").status,
                browser.post("/audit/log", account="lawyer").status}
        bed.check(f"{user}: 404 everywhere", got == {404}, got)
    a = Browser(bed.port).get("/audit")
    bed.check("nobody: to the page of signing in", a.status == 303
              and a.headers["location"] == "/login")


def test_looks(bed):
    want = {"audit.searched", "audit.opened", "audit.begun", "audit.ended"}
    bed.check("every look is a record", bed.until(
        lambda: want <= {r["ev"] for r in bed.records()}, 10))
    bed.check("without names", not any(
        "Məmmədova" in str(r) for r in bed.records()))


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
            auditor, lawyer = enter(bed, "auditor"), enter(bed, "lawyer")
            document, sha256 = file(bed, lawyer)
            test_index(bed, auditor, document, sha256)
            test_record(bed, auditor, document)
            test_jobs(bed, auditor, document)
            test_altered(bed, auditor, sha256)
            test_again(bed, auditor)
            test_strangers(bed)
            test_looks(bed)
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-auditor.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
