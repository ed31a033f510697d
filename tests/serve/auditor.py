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
import urllib.parse

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
        "SELECT count(*) FROM audit_index") >= len(bed.records()) > 0)


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


def find(auditor, **query):
    return auditor.get("/audit/documents?" + urllib.parse.urlencode(query))


def test_documents(bed, auditor, document, sha256):
    """Found by what is known of one, not by what is in it."""
    lawyer = bed.ask_sql("SELECT id FROM account WHERE username = 'lawyer'")
    link = f'href="/documents/{document}"'
    for name, query, there in (
            ("all", {}, True),
            ("by number", {"number": "2-2(103)-660/2021"}, True),
            ("by digest", {"hash": sha256}, True),
            ("by another digest", {"hash": "0" * 64}, False),
            ("by kind", {"kind": "motion"}, True),
            ("by another kind", {"kind": "objection"}, False),
            ("by filer", {"filer": f"p:{lawyer}"}, True),
            ("by another filer", {"filer": "p:999"}, False),
            ("by a day without any", {"day": "01.01.2020"}, False),
            ("by all of it", {"number": "2-2(103)-660/2021", "hash": sha256,
                              "kind": "motion", "filer": f"p:{lawyer}"},
             True)):
        a = find(auditor, **query)
        bed.check(f"documents {name}", a.status == 200
                  and (link in a.text) == there and
                  ("Axtarışa uyğun sənəd yoxdur" in a.text) != there,
                  (a.status, a.text[-500:]))
        # The page's head has that of who reads it.
        bed.check("without names", a.text.partition("<main")[2].count(
            "Məmmədova") == 0)
    for field, value in (("number", "1"), ("hash", "abc"), ("filer", "x"),
                         ("filer", "p:-1"), ("day", "31.02.2027")):
        a = find(auditor, **{field: value})
        bed.check(f"documents by {field} {value}: 422", a.status == 422
                  and f'href="#{field}"' in a.text, a.status)
    for name, status in (("lawyer", 303), ("nobody-at-all", 422)):
        a = auditor.post("/audit/documents", account=name)
        bed.check(f"documents of {name}: {status}", a.status == status
                  and (status != 303 or a.headers["location"] ==
                       f"/audit/documents?filer=p%3A{lawyer}"), a.headers)
    where = job(bed, auditor, do="document", document=document)
    rows = list(csv.DictReader(io.StringIO(
        auditor.get(where + "/csv").body.decode("utf-8-sig"))))
    page = auditor.get(where).text
    bed.check("with its report", "SINAQOVA" in page and f"/documents/{document}"
              in page and sha256 in page, page[-2500:])
    bed.check("which is a look", bed.until(lambda: any(
        r["ev"] == "audit.opened" and r["obj"] == f"filing:{document}"
        for r in bed.records())))
    bed.check("one document verified again", [r["document"] for r in rows] ==
              [document], rows)


def test_warrant(bed, auditor, document):
    """The content opens with a legal basis and a reason, which the parties
    read; which document it is, its digest and its report need none."""
    path, content = f"/audit/documents/{document}/warrant", \
        f"/documents/{document}/file"
    bed.check("its page needs no warrant",
              auditor.get(f"/documents/{document}").status == 200)
    a = auditor.get(content)
    bed.check("its content does", a.status == 303
              and a.headers["location"] == path and len(a.body) < 500,
              (a.status, a.headers))
    bed.check("there is a form for it", auditor.get(path).status == 200)
    for name, field, fields in (
            ("no basis", "basis", {"reason": "Yoxlama"}),
            ("a basis of blanks", "basis", {"basis": " ", "reason": "Y"}),
            ("a basis of 61", "basis", {"basis": "1" * 61, "reason": "Y"}),
            ("no reason", "reason", {"basis": "MPM 1"}),
            ("a reason of 101", "reason",
             {"basis": "1", "reason": "ə" * 101})):
        a = auditor.post(path, **{"form": base32(), "basis": "", "reason": "",
                                  **fields})
        bed.check(f"{name}: 422", a.status == 422
                  and f'href="#{field}"' in a.text, (a.status, a.text[-300:]))
    bed.check("still closed", auditor.get(content).status == 303)
    a = auditor.post(path, form="x", basis="1", reason="a")
    bed.check("a form of nobody: 400", a.status == 400, a.status)
    a = auditor.post(path, form=base32(), basis="1", reason="a", csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    none = f"/audit/documents/{base32()}/warrant"
    bed.check("no such document: 404", {auditor.get(none).status, auditor.post(
        none, form=base32(), basis="1", reason="a").status} == {404})
    bed.check("none of that is a warrant", bed.ask_sql(
        "SELECT count(*) FROM warrant") == 0)
    form = base32()
    for _ in "12":
        a = auditor.post(path, form=form, basis="1" * 60, reason="ə" * 100)
        bed.check("a basis of 60 and a reason of 100", a.status == 303
                  and a.headers["location"] == f"/documents/{document}",
                  (a.status, a.text[-500:]))
    bed.check("sent twice it is one", bed.ask_sql(
        "SELECT count(*) FROM warrant") == 1)
    a = auditor.get(content)
    bed.check("its content opens", a.status == 200 and a.body == (
        bed.samples / "adoc-lta.adoc").read_bytes(), a.status)
    party = enter(bed, "lawyer").get(f"/cases/{bed.case}/views").text
    bed.check("the parties read why", "1" * 60 + ": " + "ə" * 100 in party,
              party[-1500:])
    bed.check("it is a record, and so is the look", bed.until(lambda: {
        ("document.warrant", f"filing:{document}"),
        ("document.opened", f"filing:{document}")} <= {
            (r["ev"], r["obj"]) for r in bed.records()
            if r["who"] != ""}))
    bed.check("without its text", not any("ə" * 9 in str(r)
                                          for r in bed.records()))
    bed.sql("UPDATE warrant SET at = at - 3600, until = until - 3600")
    bed.check("after an hour it is closed", auditor.get(content).status == 303)
    bed.check("for one document only", bed.ask_sql(
        "SELECT count(DISTINCT document) FROM warrant") == 1)


def test_altered(bed, auditor, sha256):
    """Bytes that somebody changed on the disk are found."""
    path, = (bed.state / "objects").glob(f"*/{sha256}")
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


def test_strangers(bed, document):
    for user in ("lawyer", "citizen", "clerk", "witness"):
        browser = enter(bed, user)
        got = {browser.get(p).status for p in (
            "/audit", "/audit/log", "/audit/log/0", "/audit/log/0/proof",
            "/audit/checkpoint", "/audit/jobs/" + "a" * 26,
            "/audit/documents", f"/audit/documents/{document}/warrant")}
        got |= {browser.post("/audit/jobs", form=base32(), do="all").status,
                browser.post("/audit/index").status,
                browser.post("/audit/documents", account="lawyer").status,
                browser.post(f"/audit/documents/{document}/warrant",
                             form=base32(), basis="1", reason="a").status,
                browser.post("/audit/log", account="lawyer").status}
        bed.check(f"{user}: 404 everywhere", got == {404}, got)
    a = Browser(bed.port).get("/audit")
    bed.check("nobody: to the page of signing in", a.status == 303
              and a.headers["location"] == "/login")


def test_looks(bed):
    want = {"audit.searched", "audit.opened", "audit.begun", "audit.ended"}
    bed.check("every look is a record", bed.until(
        lambda: want <= {r["ev"] for r in bed.records()}))
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
            test_documents(bed, auditor, document, sha256)
            test_warrant(bed, auditor, document)
            test_altered(bed, auditor, sha256)
            test_again(bed, auditor)
            test_strangers(bed, document)
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
