#!/usr/bin/python3
"""Applications to a court, from the first step to a case: six steps, signed by
mobile ID and with an own card, sent once however often; the clerk registers
one, returns one and rejects one.  On an instance that `mohur serve` runs, with
keys in SoftHSM, a mobile ID gateway and a PKI of today.

    applications.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import hashlib
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki")]

import asan  # noqa: E402
import filing  # noqa: E402
import papers  # noqa: E402
import receipts  # noqa: E402
import sign  # noqa: E402
from clerk import CASE, ClerkBed  # noqa: E402
from filing import FIN, base32  # noqa: E402

APPLICATION = re.compile("/applications/([a-z2-7]{26})/step/1")
COURT = {"court": "103", "kind": "claim", "category": "contract-loan",
         "claim": "valued", "price": "5 000,00", "do": "next"}
DEFENDANT = {"side": "defendant", "name": "“Sınaq Ticarət” MMC",
             "ident": "1234567891", "birth": "", "address": "Bakı, Nizami 1",
             "phone": "", "email": "", "why": "", "do": "add"}
AGENT = {**DEFENDANT, "side": "claimants-lawyer", "name": "Vəkilova Nərgiz",
         "ident": "7VKL001"}
TITLE = "Borcun ödənilməsi haqqında"
BODY = "Məhkəməyə bildirirəm:\r\n\r\n<b>borc</b> qaytarılmayıb."
CLAIMS = "1. 5 000 manat tutulsun.\r\n2. Xərclər ödənilsin."


class Filer(papers.Person):
    """Somebody who writes applications."""

    def page(self, at, step):
        return self.get(f"/applications/{at}/step/{step}")

    def stamp(self, page, other=None):
        """The form's identifier and version, out of a page."""
        version = re.search('name="version" value="(\\d+)"', page.text)
        return {"form": other or base32(),
                "version": version[1] if version else "0"}

    def begin(self):
        a = self.post("/applications/new", form=base32())
        found = APPLICATION.fullmatch(a.headers.get("location", ""))
        self.bed.check("a draft is begun", a.status == 303 and found,
                       a.status)
        return found[1] if found else base32()

    def step(self, at, n, files=None, **fields):
        """Sends a step's form as its page has it."""
        path = f"/applications/{at}/step/{n}"
        fields = {**self.stamp(self.page(at, n)), **fields}
        if files is None:
            return self.post(path, **fields)
        return self.send(path, fields, files)

    def text(self, at, title=TITLE, body=BODY, claims=CLAIMS, **more):
        path = f"/applications/{at}/step/4"
        fields = {**self.stamp(self.page(at, 4)), "title": title,
                  "do": "next", **more}
        boundary = "b" + base32()
        fields = {"csrf": self.cookies.get("__Host-form", ""), **fields,
                  "body": body, "claims": claims}
        parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; '
                        f'name="{k}"\r\n\r\n{v}\r\n'
                        for k, v in fields.items())
        return self.ask("POST", path, {
            "Content-Type": f"multipart/form-data; boundary={boundary}"},
            (parts + f"--{boundary}--\r\n").encode())

    def attach(self, at, files, kind="evidence", **more):
        return self.step(at, 3, [("files", *f) for f in files], kind=kind,
                         **{"title": "", "do": "next", **more})

    def fee(self, at, files=(), **more):
        return self.step(at, 5, list(files) or [("receipt", "", b"")],
                         **{"fee": "deferral_requested", "why": "Pul yoxdur",
                            "exempt": "", "do": "next", **more})

    def prepare(self, evidence=(("sübut.pdf", sign.small_pdf()),), more=()):
        """Everything up to what is signed."""
        at = self.begin()
        for name, a, n in (
                ("court", self.step(at, 1, **COURT), 2),
                ("me", self.step(at, 2, do="me"), 2),
                ("defendant", self.step(at, 2, **DEFENDANT), 2),
                *(("another", self.step(at, 2, **one), 2) for one in more),
                ("parties", self.step(at, 2, do="next"), 3),
                ("documents", self.attach(at, evidence), 4),
                ("text", self.text(at), 5), ("fee", self.fee(at), 6)):
            self.bed.check(f"{name}: saved", a.status == 303 and
                           a.headers["location"] ==
                           f"/applications/{at}/step/{n}",
                           (a.status, a.headers.get("location"),
                            papers.wrong_of(a)))
        return at

    def files(self, at):
        """What is signed, as the page offers it."""
        page = self.page(at, 6).text
        names = [html.unescape(n) for n in re.findall(
            r'<strong>([^<]*)</strong> – [^<]*<br><span class="mohur-hash">'
            r'|<strong>([^<]*)</strong> – .*?<br><span class="mohur-hash">',
            page) for n in n if n]
        got = [self.get(f"/applications/{at}/pdf").body] + [
            self.get(f"/applications/{at}/file?n={n}").body
            for n in range(len(names) - 1)]
        for name, data in zip(names, got):
            self.bed.check(f"{name}: the page has its digest",
                           hashlib.sha256(data).hexdigest() in page)
        return list(zip(names, got))

    def bring(self, at, data, name="application.edoc", **more):
        fields = {"version": self.stamp(self.page(at, 6))["version"],
                  "declare": "yes", **more}
        return self.send(f"/applications/{at}/signed", fields,
                         [("file", name, data)])

    def asan(self, at, phone="+994500000001", user=asan.USER, **more):
        fields = {"version": self.stamp(self.page(at, 6))["version"],
                  "declare": "yes", **more}
        return self.post(f"/applications/{at}/asan", phone=phone,
                         user_id=user, **fields)

    def act_on(self, at, n, what, **fields):
        """A button of a step's page."""
        return self.post(f"/applications/{at}/{what}",
                         **{**self.stamp(self.page(at, n)), **fields})

    def held(self, at):
        """The draft that it is again."""
        self.act_on(at, 6, "reopen", step="3")
        return at

    def act(self, at, what, **fields):
        """A button of the page of what was sent."""
        page = self.get(f"/applications/{at}")
        return self.post(f"/applications/{at}/{what}",
                         **{**self.stamp(page), **fields})


def wrong(bed, name, a, field, status=422):
    bed.check(f"{name}: {status} at {field}", a.status == status and
              f'href="#{field}"' in a.text and
              "<title>Xəta:" in a.text, (a.status, papers.wrong_of(a)))


def mobile(bed, person, at):
    """Signed by mobile ID and sent; the page of it."""
    a = person.asan(at)
    where = a.headers.get("location", "")
    if not bed.check("the telephone is asked", a.status == 303 and
                     re.fullmatch("/asan/[a-z2-7]{26}\\?application=" + at,
                                  where), (a.status, where,
                                           papers.wrong_of(a))):
        return ""
    a = asan.ends(person, where)
    bed.check("signed and sent", a.status == 303 and
              a.headers["location"] == f"/applications/{at}",
              (a.status, a.text[-900:]))
    return person.get(f"/applications/{at}").text


def test_whole(bed, person, clerk):
    """By mobile ID, and a case comes of it."""
    at = person.prepare(more=[AGENT])
    bed.check("who represents stands in the text",
              "İddiaçının nümayəndəsi: Vəkilova Nərgiz, FİN 7VKL001" in said_by(
                  person.get(f"/applications/{at}/pdf").body))
    page = mobile(bed, person, at)
    number = re.search("E-\\d{4}-\\d{6}", page)
    bed.check("it has a number, the time and a valid signature", number and
              "Göndərilib" in page and "Etibarlı" in page and
              "SINAQOVA AYDAN" in page, page[-3000:])
    bed.until(lambda: person.get(
        f"/applications/{at}/receipt").status == 200)
    receipt = person.get(f"/applications/{at}/receipt")
    edoc = person.get(f"/applications/{at}/document").body
    code, said = filing.verify_receipt(bed, receipt.body, edoc,
                                       "application.edoc")
    bed.check("the receipt is checked offline", code == 0 and
              "TOTAL-PASSED" in said, said[:900])
    bed.check("the owner is told", "Ərizə göndərildi" in person.get(
        "/notifications").text)
    desk = clerk.get("/desk/applications").text
    bed.check("the clerk's desk has it", number and number[0] in desk and
              at in desk)
    bed.check("before review no case comes of it", clerk.post(
        f"/applications/{at}/case", form=base32(), version="99", type="2",
        proceeding="claim", subject="x", judge="").status == 409)
    a = clerk.act(at, "review")
    bed.check("taken into review", a.status == 303, a.status)
    form = clerk.get(f"/applications/{at}/case")
    bed.check("the form knows the parties", form.status == 200 and
              "Sınaq Ticarət" in form.text and "xəbər veriləcək" in form.text
              and TITLE in form.text, form.text[-900:])
    fields = {**clerk.stamp(form), "type": "2", "proceeding": "claim",
              "subject": TITLE}
    a = clerk.post(f"/applications/{at}/case", **fields)
    found = CASE.fullmatch(a.headers.get("location", ""))
    if not bed.check("registered", a.status == 303 and found,
                     (a.status, a.text[-900:])):
        return at
    again = clerk.post(f"/applications/{at}/case", **fields)
    bed.check("the same form is the same case", again.headers.get(
        "location") == found[0], again.status)
    bed.check("representatives are no parties of it", bed.ask_sql(
        f"SELECT count(*) FROM party WHERE case_id = '{found[1]}'") == 2)
    page = person.get(found[0])
    bed.check("its owner sees the case", page.status == 200 and
              "e-2(103)-1/" in page.text, page.status)
    papers_of = person.get(f"{found[0]}/documents").text
    bed.check("with the application in it", TITLE in papers_of and
              "Qəbul edilib" in papers_of, papers_of[-900:])
    page = person.get(f"/applications/{at}").text
    bed.check("the application says so", "Qeydiyyata alınıb" in page and
              found[1] in page)
    bed.check("archived", person.act(at, "archive").status == 303 and
              at not in person.get("/applications").text and
              at in person.get("/applications?archive=1").text)
    return at


# ---- wrong input ----

def test_wrong_court(bed, person, at):
    for name, more, field in (
            ("no court", {"court": ""}, "court"),
            ("a court that is none", {"court": "999"}, "court"),
            ("no kind", {"kind": ""}, "kind"),
            ("a kind that is none", {"kind": "appeal"}, "kind"),
            ("no category", {"category": ""}, "category"),
            ("a category of another kind", {"category": "order-debt"},
             "category"),
            ("no claim", {"claim": ""}, "claim"),
            ("a claim of another kind", {"claim": "order"}, "claim"),
            ("no price", {"price": ""}, "price"),
            ("a price of nothing", {"price": "0"}, "price"),
            ("a price in letters", {"price": "min"}, "price"),
            ("a price past the limit", {"price": "1000000000000,01"},
             "price"),
            ("a price of a claim without one", {"claim": "unvalued"},
             "price"),
            ("a price of an order", {"kind": "order", "category":
                                     "order-debt"}, "price")):
        a = person.step(at, 1, **{**COURT, **more})
        wrong(bed, name, a, field)
    for name, closed, connected in (("a closed court", 1, 1),
                                    ("a court on paper", 0, 0)):
        bed.sql("INSERT INTO court_info VALUES ((SELECT id FROM court WHERE"
                f" code = '103'), {connected}, {closed}, '', '', '', '', '')")
        a = person.step(at, 1, **COURT)
        wrong(bed, name, a, "court")
        bed.check(f"{name} is not offered", re.search(
            '<option value="103" +(disabled|selected *)>', person.page(
                at, 1).text), person.page(at, 1).text[-6000:])
        bed.sql("DELETE FROM court_info")
    a = person.step(at, 1, **{**COURT, "court": "", "price": "<1>"})
    bed.check("what was written stays, as text",
              'value="&lt;1&gt;"' in a.text and "selected" in a.text)
    bed.check("nothing of it was kept", bed.ask_sql(
        f"SELECT version FROM application WHERE id = '{at}'") == 1)
    a = person.step(at, 1, **{**COURT, "court": "", "do": "leave"})
    bed.check("what is not finished is kept to go on later",
              a.status == 303 and a.headers["location"] == "/applications"
              and "5\u00a0000,00" in person.page(at, 1).text, a.status)
    for price in ("0,01", "1000000000000"):
        a = person.step(at, 1, **{**COURT, "price": price})
        bed.check(f"a price of {price}", a.status == 303, a.status)
    a = person.step(at, 1, **COURT)
    bed.check("on to the parties", a.headers.get(
        "location") == f"/applications/{at}/step/2")


def test_wrong_parties(bed, person, at):
    a = person.step(at, 2, do="next")
    wrong(bed, "no claimant", a, "side")
    a = person.step(at, 2, **{**DEFENDANT, "side": "claimant"})
    bed.check("a claimant", a.status == 303)
    a = person.step(at, 2, do="next")
    wrong(bed, "no defendant", a, "side")
    for name, more, field in (
            ("no side", {"side": ""}, "side"),
            ("a side that is none", {"side": "judge"}, "side"),
            ("no name", {"name": " "}, "name"),
            ("a name of 101 characters", {"name": "ə" * 101}, "name"),
            ("a control", {"name": "a\x01b"}, "name"),
            ("a FIN too short", {"ident": "5TST0A"}, "ident"),
            ("a VÖEN of eleven digits", {"ident": "12345678901"}, "ident"),
            ("no FIN and no reason", {"ident": ""}, "ident"),
            ("one on both sides", {}, "ident"),
            ("one who represents the other side",
             {"side": "defendants-lawyer"}, "ident"),
            ("a reason of 501 characters", {"ident": "", "why": "ə" * 501},
             "why"),
            ("a day that is none", {"birth": "31.02.1980"}, "birth"),
            ("a day to come", {"birth": "01.01.2099"}, "birth"),
            ("an address of 201 characters", {"address": "ə" * 201},
             "address"),
            ("no telephone", {"phone": "abc"}, "phone"),
            ("no address of e-mail", {"email": "a.example"}, "email"),
            ("two of them", {"email": "a@b.az, c@d.az"}, "email")):
        a = person.step(at, 2, **{**DEFENDANT, **more})
        wrong(bed, name, a, field)
    a = person.step(at, 2, **{**DEFENDANT, "name": "<i>"})
    bed.check("what was written stays", 'value="&lt;i&gt;"' in a.text)
    bed.check("one party is there", bed.ask_sql(
        f"SELECT count(*) FROM application_party WHERE application = '{at}'")
        == 1)
    page = person.page(at, 2)
    party = re.search('name="party" value="([a-z2-7]{26})"', page.text)[1]
    a = person.post(f"/applications/{at}/drop", party=party,
                    **person.stamp(page))
    bed.check("it is removed", a.status == 303 and bed.ask_sql(
        f"SELECT count(*) FROM application_party WHERE application = '{at}'")
        == 0)
    for name, more in (
            ("the longest of all", {
                "side": "third", "ident": "", "name": "ə" * 100,
                "why": "ə" * 500, "address": "ə" * 200, "birth": "29.02.2000",
                "phone": "050 123 45 67", "email": "a@b.az"}),
            ("me, by hand", {"side": "claimant", "ident": FIN.lower(),
                             "name": "Məmmədova Aygün"}),
            ("the defendant", {})):
        a = person.step(at, 2, **{**DEFENDANT, **more})
        bed.check(f"{name}: added", a.status == 303, papers.wrong_of(a))
    bed.sql(f"""
        INSERT INTO application_party
        WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n
          WHERE i < 199) SELECT printf('%026d', i), '{at}', i, 3, '',
          'A' || i, '', '', '', '', 'x' FROM n;""")
    more = {**DEFENDANT, "side": "third", "ident": "", "why": "x"}
    a = person.step(at, 2, **{**more, "name": "two hundred"})
    bed.check("the two hundredth", a.status == 303, papers.wrong_of(a))
    a = person.step(at, 2, **{**more, "name": "one too many"})
    wrong(bed, "the 201st", a, "name")
    bed.sql(f"DELETE FROM application_party WHERE application = '{at}'"
            " AND n > 3")
    a = person.step(at, 2, do="next")
    bed.check("on to the documents", a.headers.get(
        "location") == f"/applications/{at}/step/3", papers.wrong_of(a))


def test_wrong_files(bed, person, at):
    pdf = sign.small_pdf()
    a = person.step(at, 3, [("files", "", b"")], kind="", title="", do="next")
    wrong(bed, "no evidence", a, "files")
    for name, files, more, field, rule in (
            ("nothing chosen", [("", b"")], {"do": "add"}, "files", ""),
            ("no kind", [("a.pdf", pdf)], {"kind": ""}, "kind", ""),
            ("a kind that is none", [("a.pdf", pdf)], {"kind": "fee"},
             "kind", ""),
            ("a long title", [("a.pdf", pdf)], {"title": "x" * 201}, "title",
             ""),
            ("a text", [("a.txt", b"hello")], {}, "files", "a.txt"),
            ("half a PDF", [("a.pdf", b"%PDF-1.7 x")], {}, "files", "a.pdf"),
            ("another ending", [("a.jpg", pdf)], {}, "files", "filing-name"),
            ("one name twice", [("a.pdf", pdf), ("A.pdf", pdf + b"\n")], {},
             "files", "filing-name"),
            ("the application's own name", [("Application.PDF", pdf)], {},
             "files", "filing-name"),
            ("the second of two", [("a.pdf", pdf), ("b.pdf", b"x")], {},
             "files", "b.pdf"),
            ("a signed one", [("a.edoc", (
                bed.samples / "adoc-lta.adoc").read_bytes())], {}, "files",
             "already-signed"),
            ("21 at once", [(f"{n}.pdf", pdf) for n in range(21)], {},
             "files", "20")):
        a = person.attach(at, files, **{"kind": "evidence", "do": "add",
                                        **more})
        wrong(bed, name, a, field)
        bed.check(f"{name}: it says which", rule in a.text, rule)
    bed.check("nothing of it was kept", bed.ask_sql(
        f"SELECT count(*) FROM application_file WHERE application = '{at}'")
        == 0)
    a = person.attach(at, [(f"{n}.pdf", pdf) for n in range(20)],
                      title="x" * 200, do="add")
    bed.check("20 at once, with the longest title", a.status == 303 and
              bed.ask_sql("SELECT count(*) FROM application_file WHERE"
                          f" application = '{at}'") == 20, papers.wrong_of(a))
    bed.sql(f"DELETE FROM application_file WHERE application = '{at}'")
    a = person.attach(at, [("a.pdf", pdf), ("şəkil.jpg", sign.JPEG)],
                      title="Sübutlar", do="add")
    bed.check("two at once", a.status == 303 and a.headers["location"] ==
              f"/applications/{at}/step/3", papers.wrong_of(a))
    a = person.attach(at, [("a.pdf", pdf)], do="add")
    bed.check("the same once more is the same", a.status == 303 and
              bed.ask_sql("SELECT count(*) FROM application_file WHERE"
                          f" application = '{at}'") == 2, papers.wrong_of(a))
    a = person.attach(at, [("a.pdf", pdf + b"\n")], do="add")
    wrong(bed, "the name is taken", a, "files")
    a = person.attach(at, [("c.pdf", pdf)], do="add")
    bed.check("the same bytes are shown as such", "iki dəfə" in
              person.page(at, 3).text)
    page = person.page(at, 3)
    last = re.findall('name="file" value="([a-z2-7]{26})"', page.text)[-1]
    a = person.post(f"/applications/{at}/drop", file=last, step="3",
                    **person.stamp(page))
    bed.check("one is removed", a.status == 303 and a.headers["location"] ==
              f"/applications/{at}/step/3" and bed.ask_sql(
                  "SELECT count(*) FROM application_file WHERE"
                  f" application = '{at}'") == 2)
    bed.sql(f"""
        INSERT INTO application_file (id, application, n, kind, title, name,
          format, sha256)
        WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n
          WHERE i < 106) SELECT printf('%026d', i), '{at}', i, 'other', '',
          i || '.pdf', (SELECT format FROM application_file WHERE application
          = '{at}' LIMIT 1), (SELECT sha256 FROM application_file WHERE
          application = '{at}' LIMIT 1) FROM n;""")
    a = person.attach(at, [("x.pdf", pdf)], do="add")
    bed.check("the hundredth", a.status == 303 and bed.ask_sql(
        f"SELECT count(*) FROM application_file WHERE application = '{at}'")
        == 100, papers.wrong_of(a))
    a = person.attach(at, [("y.pdf", pdf)], do="add")
    wrong(bed, "the 101st", a, "files")
    bed.sql(f"DELETE FROM application_file WHERE application = '{at}'"
            " AND n >= 10")
    a = person.step(at, 3, [("files", "", b"")], kind="", title="", do="next")
    bed.check("on to the text", a.headers.get(
        "location") == f"/applications/{at}/step/4", papers.wrong_of(a))


def test_order(bed, person):
    """Annexes change places; what is signed has them in that order."""
    at = person.held(person.prepare([("a.pdf", sign.small_pdf()),
                                     ("b.jpg", sign.JPEG),
                                     ("c.pdf", sign.small_pdf())]))
    other = person.held(person.prepare())

    def names(page):
        return re.findall(r"<br>([a-c]\.\w+), \d+ kB", page)

    def ids(page):
        return re.findall('name="file" value="([a-z2-7]{26})"[^>]*>Çıxar', page)

    page = person.page(at, 3)
    bed.check("as they came", names(page.text) == ["a.pdf", "b.jpg", "c.pdf"]
              and page.text.count("/raise") == 2, names(page.text))
    a, b, c = ids(page.text)
    for name, file in (("the first", a), ("one of another draft", ids(
            person.page(other, 3).text)[0]), ("none", ""), ("no id", "x")):
        got = person.act_on(at, 3, "raise", file=file).status
        bed.check(f"{name} is not moved: 404", got == 404, got)
    got = person.act_on(at, 3, "raise", file=c)
    bed.check("the last is the second", got.status == 303 and names(
        person.page(at, 3).text) == ["a.pdf", "c.pdf", "b.jpg"], got.status)
    person.act_on(at, 3, "raise", file=c)
    bed.check("and the first", names(person.page(at, 3).text) == [
        "c.pdf", "a.pdf", "b.jpg"])
    got = person.act_on(at, 3, "raise", file=b, version="1")
    bed.check("a page of another version: 409", got.status == 409, got.status)
    for step in (4, 5):
        got = person.text(at) if step == 4 else person.fee(at)
    bed.check("what is signed is in that order", got.status == 303 and [
        n for n, _ in person.files(at)][1:] == ["c.pdf", "a.pdf", "b.jpg"],
        got.status)
    got = person.post(f"/applications/{at}/raise", form=base32(),
                      version=person.stamp(person.page(at, 6))["version"],
                      file=b)
    bed.check("not while it waits for its signature: 409",
              got.status == 409, got.status)


def test_large(bed, person, at):
    """A file of 100 MB, and 200 MB of all, with one byte more."""
    limit = 100 << 20
    there = bed.ask_sql(
        "SELECT sum(size) FROM application_file f JOIN blob b ON b.sha256 ="
        f" f.sha256 WHERE application = '{at}'")
    a = person.attach(at, [("x.pdf", papers.pdf_of(limit + 1))], do="add")
    wrong(bed, "a file of 100 MB and a byte", a, "files")
    a = person.attach(at, [("x.pdf", papers.pdf_of(limit))], do="add")
    bed.check("a file of 100 MB", a.status == 303, papers.wrong_of(a))
    a = person.attach(at, [("y.pdf", papers.pdf_of(limit - there + 1))],
                      do="add")
    wrong(bed, "200 MB and a byte together", a, "files")
    a = person.attach(at, [("y.pdf", papers.pdf_of(limit - there))],
                      do="add")
    bed.check("200 MB together", a.status == 303, papers.wrong_of(a))
    bed.sql(f"DELETE FROM application_file WHERE application = '{at}'"
            " AND name IN ('x.pdf', 'y.pdf')")


def test_wrong_text(bed, person, at):
    for name, more, fields in (
            ("nothing", {"title": "", "body": "", "claims": ""},
             ("title", "body", "claims")),
            ("blanks", {"body": " \r\n"}, ("body",)),
            ("201 characters", {"title": "ə" * 201}, ("title",)),
            ("200,001 characters", {"body": "ə" * 200001}, ("body",)),
            ("20,001 characters", {"claims": "ə" * 20001}, ("claims",)),
            ("controls", {"title": "a\x02b", "body": "a\x02b",
                          "claims": "a\u202eb"},
             ("title", "body", "claims"))):
        a = person.text(at, **more)
        for field in fields:
            wrong(bed, name, a, field)
    a = person.text(at, title="", body="<b>\r\niki")
    bed.check("what was written stays, with its lines",
              ">&lt;b&gt;\niki</textarea>" in a.text.replace("\r", ""),
              a.status)
    a = person.text(at, body="漢字", do="preview")
    wrong(bed, "a letter that no PDF here has", a, "body")
    a = person.text(at, body="ə" * 200000, claims="ə" * 20000,
                    title="ə" * 200)
    bed.check("the longest", a.status == 303, papers.wrong_of(a))
    page = person.page(at, 4)
    bed.check("and it is shown again", page.status == 200 and
              "ə" * 200000 in page.text, page.status)
    bed.check("no PDF yet", person.get(
        f"/applications/{at}/pdf").status == 404)
    a = person.text(at, do="preview")
    bed.check("a PDF to look at", a.status == 303 and a.headers["location"]
              == f"/applications/{at}/step/4" and "/pdf?view=1" in
              person.page(at, 4).text, papers.wrong_of(a))
    shown = person.get(f"/applications/{at}/pdf?view=1")
    said = said_by(shown.body)
    bed.check("with all that was said", shown.headers["content-type"] ==
              "application/pdf" and all(word in said for word in (
                  "Bakı Apellyasiya", "Sınaq Ticarət", TITLE, "<b>borc</b>",
                  "5 000 manat tutulsun", "5 000,00 AZN", "şəkil.jpg")),
              said)
    a = person.text(at)
    bed.check("on to the fee", a.headers.get(
        "location") == f"/applications/{at}/step/5", papers.wrong_of(a))
    bed.check("a change forgets the PDF", person.get(
        f"/applications/{at}/pdf").status == 404)


def said_by(pdf):
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf,
                          capture_output=True, check=False)
    return " ".join(done.stdout.decode().split())  # spaces of any kind


def test_wrong_fee(bed, person, at):
    page = person.page(at, 5).text.replace("\u00a0", " ")
    bed.check("the fee with rule, arithmetic and source", "70,00" in page and
              "8.1.2" in page and
              "30,00 + 1 % × (5 000,00 − 1 000,00)" in page
              and "223-IIQ" in page, page[3000:6000])
    pdf = sign.small_pdf()
    for name, more, files, field in (
            ("no way", {"fee": ""}, (), "fee"),
            ("a way that is none", {"fee": "paid"}, (), "fee"),
            ("no receipt", {"fee": "receipt_submitted"}, (), "receipt"),
            ("no reason of an exemption", {"fee": "exempt_claimed"},
             [("proof", "p.pdf", pdf)], "exempt"),
            ("an exemption that is none", {
                "fee": "exempt_claimed", "exempt": "x"},
             [("proof", "p.pdf", pdf)], "exempt"),
            ("no proof", {"fee": "exempt_claimed", "exempt": "alimony"}, (),
             "proof"),
            ("a receipt that is none", {"fee": "receipt_submitted"},
             [("receipt", "r.pdf", b"x")], "receipt"),
            ("no reason to defer", {"why": " "}, (), "why"),
            ("a reason of 501 characters", {"why": "ə" * 501}, (), "why")):
        a = person.fee(at, files, **more)
        wrong(bed, name, a, field)
    bed.check("no file of it was kept", bed.ask_sql(
        f"SELECT count(*) FROM application_file WHERE application = '{at}'"
        " AND kind IN ('fee', 'exemption')") == 0)
    bed.check("step 6 leads back", person.page(at, 6).headers.get(
        "location") == f"/applications/{at}/step/5")


def test_ways(bed, person, at):
    """The three ways, each up to what is signed, and back."""
    pdf = sign.small_pdf()
    form = base32()
    stamp = person.stamp(person.page(at, 5), form)
    fields = {**stamp, "fee": "receipt_submitted", "why": "", "exempt": "",
              "do": "next", "first": "yes"}
    files = [("receipt", "qəbz.pdf", pdf)]
    path = f"/applications/{at}/step/5"
    answers = [person.send(path, fields, files) for _ in range(2)]
    bed.check("a receipt, and the same form twice", all(
        a.status == 303 and a.headers["location"] ==
        f"/applications/{at}/step/6" for a in answers) and bed.ask_sql(
            f"SELECT count(*) FROM application_file WHERE application = "
            f"'{at}' AND kind = 'fee'") == 1,
        [(a.status, papers.wrong_of(a)) for a in answers])
    a = person.send(path, {**fields, "first": ""}, files)
    bed.check("with other words it is refused", a.status == 409, a.status)
    page = person.page(at, 6).text
    bed.check("ten percent less", "63,00" in page, page[-3000:])
    bed.check("a step before is closed meanwhile", person.page(
        at, 2).headers.get("location") == f"/applications/{at}/step/6")
    said = said_by(person.get(f"/applications/{at}/pdf").body)
    bed.check("the PDF says the fee", "63,00 AZN (qəbz əlavə olunur)" in said
              and "qəbz.pdf" in said, said)
    for name, more, files, words in (
            ("an exemption", {"fee": "exempt_claimed", "exempt": "alimony"},
             [("proof", "sübut-azad.pdf", pdf)], "azadolma tələb olunur"),
            ("a deferral", {}, (), "möhlət xahiş olunur")):
        a = person.act_on(at, 6, "reopen", step="5")
        bed.check("reopened", a.status == 303 and a.headers["location"] ==
                  f"/applications/{at}/step/5", a.status)
        bed.check("what was prepared is forgotten", person.get(
            f"/applications/{at}/pdf").status == 404)
        a = person.fee(at, files, **more)
        said = said_by(person.get(f"/applications/{at}/pdf").body)
        bed.check(f"{name}: prepared", a.status == 303 and words in said,
                  (a.status, papers.wrong_of(a), said))


# ---- windows, forms ----

def test_windows(bed, person):
    """Two windows of one draft: who comes second is told."""
    at = person.begin()
    old = person.stamp(person.page(at, 1))
    bed.check("one window saves", person.step(at, 1, **COURT).status == 303)
    a = person.post(f"/applications/{at}/step/1", **{
        **COURT, **old, "price": "7,00"})
    bed.check("the other is told, and keeps its words", a.status == 409 and
              "başqa pəncərədə dəyişib" in a.text and 'value="7,00"' in
              a.text, a.status)
    again = re.search('name="form" value="([a-z2-7]{26})"', a.text)[1]
    version = re.search('name="version" value="(\\d+)"', a.text)[1]
    a = person.post(f"/applications/{at}/step/1", **{
        **COURT, "form": again, "version": version, "price": "7,00"})
    bed.check("and may save knowingly", a.status == 303 and
              'value="7,00"' in person.page(at, 1).text, a.status)
    stamp = person.stamp(person.page(at, 1))
    a = person.post(f"/applications/{at}/step/1", **{
        **COURT, **stamp, "do": "autosave", "court": ""})
    kept = json.loads(a.text) if a.status == 200 else {}
    bed.check("a page saves by itself", kept.get("version") ==
              int(stamp["version"]) + 1 and re.fullmatch(
                  "[a-z2-7]{26}", kept.get("form", "")), (a.status, a.text))
    a = person.post(f"/applications/{at}/step/1", **{
        **COURT, **stamp, "form": base32(), "do": "autosave"})
    bed.check("but not over another window", a.status == 409 and
              json.loads(a.text), a.status)
    a = person.post(f"/applications/{at}/step/1", **{
        **COURT, "form": kept.get("form"), "version": kept.get("version")})
    bed.check("and goes on from there", a.status == 303, a.status)
    a = person.text(at)
    bed.check("a form of a step that is closed: 409", a.status == 409,
              a.status)
    bed.check("its page leads to the one that is open", person.page(
        at, 4).headers.get("location") == f"/applications/{at}/step/2")
    a = person.step(at, 1, **{**COURT, "csrf": "x"})
    bed.check("not our form: 403", a.status == 403, a.status)
    a = person.step(at, 1, **{**COURT, "form": "x"})
    bed.check("a form without its number: 400", a.status == 400, a.status)
    stamp = person.stamp(person.page(at, 1))
    a = [person.post(f"/applications/{at}/step/1", **{**COURT, **stamp,
                                                      **more})
         for more in ({}, {}, {"price": "9,00"})]
    bed.check("a form is sent once, and says one thing",
              [x.status for x in a] == [303, 303, 409],
              [x.status for x in a])
    said = bed.until(lambda: [r for r in bed.records()
                              if r["ev"] == "illegal_transition"
                              and r["obj"] == f"application:{at}"])
    bed.check("the refusal is in the log", said, [
        r for r in bed.records() if r["ev"] == "illegal_transition"])
    page = person.get(f"/applications/{at}/discard")
    bed.check("discarding is asked first", page.status == 200 and
              "geri qaytarıla bilməz" in page.text)
    a = person.post(f"/applications/{at}/discard", **person.stamp(page))
    bed.check("discarded", a.status == 303 and person.get(
        f"/applications/{at}").status == 404 and bed.ask_sql(
            f"SELECT count(*) FROM application WHERE id = '{at}'") == 0,
        a.status)


def test_drafts(bed, person):
    """Fifty drafts, and one more."""
    there = bed.ask_sql("SELECT count(*) FROM application WHERE state < 4"
                        f" AND owner = {bed.account('lawyer')}")
    bed.sql(f"""
        INSERT INTO application (id, state, owner, created, changed, until)
        WITH RECURSIVE n(i) AS (SELECT {there} UNION ALL SELECT i + 1 FROM n
          WHERE i < 48) SELECT printf('%026d', i), 1,
          {bed.account('lawyer')}, 1, 1, 9999999999 FROM n;""")
    form = base32()
    a = [person.post("/applications/new", form=form) for _ in range(2)]
    bed.check("the fiftieth, and its form once more", [
        x.status for x in a] == [303, 303] and a[0].headers["location"] ==
        a[1].headers["location"], [x.status for x in a])
    a = person.post("/applications/new", form=base32())
    bed.check("the 51st: 409", a.status == 409 and "50" in a.text, a.status)
    page = person.get("/applications?state=draft")
    after = re.search("after=([a-z2-7]{26})", page.text)
    bed.check("the list has pages", page.text.count("/discard") == 25 and
              after is None or person.get(
                  f"/applications?state=draft&after={after[1]}").status
              == 200)
    bed.sql("DELETE FROM application WHERE created = 1")


# ---- own cards ----

def test_card(bed, bench, person):
    """Downloaded, signed by `mohur sign`, brought back; fifty times at once.
    """
    at = person.prepare([("şəkil.jpg", sign.JPEG), ("b.pdf",
                                                    sign.small_pdf())])
    files = person.files(at)
    bed.check("text and two files", [n for n, _ in files] == [
        "application.pdf", "şəkil.jpg", "b.pdf"], [n for n, _ in files])
    bed.check("the line that signs them", html.escape(
        'mohur sign --as edoc "application.pdf" "şəkil.jpg" "b.pdf"')
        .replace("&#x27;", "'") in person.page(at, 6).text.replace(
            "&#34;", "&quot;"))
    good = papers.signed(bench, files, "edoc")
    extra = [*files, ("x.pdf", sign.small_pdf())]
    other = [("application.pdf", sign.small_pdf()), *files[1:]]
    for name, data, rule in (
            ("nothing", b"", ""), ("no container", b"%PDF-1.7 x", ""),
            ("a file too many", papers.signed(bench, extra, "edoc"),
             "filing-not-the-same"),
            ("a file too few", papers.signed(bench, files[:2], "edoc"),
             "filing-not-the-same"),
            ("another text", papers.signed(bench, other, "edoc"),
             "filing-not-the-same"),
            ("somebody else's card", papers.signed(
                bench, files, "edoc", "citizen-rsa2048"), "filing-signer"),
            ("a revoked card", papers.signed(bench, files, "edoc",
                                             "revoked"), "")):
        a = person.bring(at, data)
        wrong(bed, name, a, "file")
        bed.check(f"{name}: the rule", rule in a.text, papers.wrong_of(a))
    changed = bytearray(good)
    changed[len(good) // 2] ^= 1
    bed.check("a changed byte: not taken", person.bring(
        at, bytes(changed)).status == 422)
    a = person.bring(at, good, declare="")
    wrong(bed, "no declaration", a, "declare")
    a = person.bring(at, good, version="1")
    bed.check("a page of another version: 409", a.status == 409, a.status)
    bed.check("it still waits", bed.ask_sql(
        f"SELECT state FROM application WHERE id = '{at}'") == 3)
    before = bed.ask_sql("SELECT max(next) FROM application_counter")
    version = person.stamp(person.page(at, 6))["version"]

    def one(_):
        return person.send(f"/applications/{at}/signed",
                           {"version": version, "declare": "yes"},
                           [("file", "application.edoc", good)])
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(one, range(50)))
    bed.check("of fifty at once, one filing", all(
        (a.status == 303 and a.headers["location"] == f"/applications/{at}")
        or a.status in (429, 503) for a in answers) and any(
            a.status == 303 for a in answers) and bed.ask_sql(
                "SELECT max(next) FROM application_counter") == before + 1
        and bed.ask_sql("SELECT count(*) FROM receipt r JOIN application a ON"
                        f" a.document = r.document WHERE a.id = '{at}'") == 1,
        [a.status for a in answers])
    page = person.get(f"/applications/{at}").text
    bed.check("its page", "Etibarlı" in page and "Göndərilib" in page)
    bed.check("what was sent is what was signed", person.get(
        f"/applications/{at}/document").body == good)
    a = person.act(at, "withdraw")
    bed.check("withdrawn", a.status == 303 and "Geri götürülüb" in person.get(
        f"/applications/{at}").text, a.status)
    a = person.bring(at, papers.signed(bench, files, "edoc"))
    bed.check("it cannot be sent again: 409", a.status == 409, a.status)
    return at


def test_telephone(bed, person):
    """What goes wrong with a telephone sends nothing."""
    at = person.prepare()
    for phone, user in (("", asan.USER), ("12345", asan.USER),
                        ("+994500000001", ""), ("+994500000001", "x")):
        wrong(bed, f"{phone!r} {user!r}", person.asan(at, phone, user),
              "phone")
    wrong(bed, "no declaration", person.asan(at, declare=""), "declare")
    a = person.asan(at, version="1")
    bed.check("a page of another version: 409", a.status == 409, a.status)
    for phone, words in (("+994500000013", "imtina edildi"),
                         ("+994500000022", "sizin deyil")):
        a = asan.ends(person, person.asan(at, phone).headers["location"])
        bed.check(f"{words}: said, with the way back", words in a.text and
                  f"/applications/{at}/step/6" in a.text, a.text[-900:])
    bed.check("it still waits", bed.ask_sql(
        f"SELECT state FROM application WHERE id = '{at}'") == 3)
    where = person.asan(at, "+994500000010").headers["location"]
    person.act_on(at, 6, "reopen", step="1")
    a = asan.ends(person, where)
    bed.check("changed meanwhile: nothing is sent", "bu arada" in a.text and
              bed.ask_sql(f"SELECT state FROM application WHERE id = '{at}'")
              == 1, (a.status, a.text[-900:]))
    return at


def sent(bed, bench, person, **more):
    """One that was sent with a card."""
    at = person.prepare(**more)
    a = person.bring(at, papers.signed(bench, person.files(at), "edoc"))
    bed.check("sent", a.status == 303, papers.wrong_of(a))
    return at


def test_returned(bed, bench, person, clerk):
    """It goes back with the reason, is corrected and sent again; another is
    rejected."""
    at = sent(bed, bench, person)
    bed.check("no decision before review", clerk.post(
        f"/applications/{at}/decision", word="return", reason="x",
        form=base32(), version="99").status == 409)
    clerk.act(at, "review")
    bed.check("taken twice: 409", clerk.act(at, "review").status == 409)
    bed.check("no withdrawal any more: 409", person.act(
        at, "withdraw").status == 409)
    path = f"/applications/{at}/decision"
    for name, more, field in (
            ("no word", {"word": ""}, "word"),
            ("a word that is none", {"word": "accept"}, "word"),
            ("no reason", {"reason": " "}, "reason"),
            ("501 characters", {"reason": "ə" * 501}, "reason")):
        a = clerk.post(path, **{**clerk.stamp(clerk.get(path)),
                                "word": "return", "reason": "Ünvan", **more})
        wrong(bed, name, a, field)
    a = clerk.post(path, **clerk.stamp(clerk.get(path)), word="return",
                   reason="ə" * 500)
    bed.check("returned", a.status == 303, papers.wrong_of(a))
    page = person.get(f"/applications/{at}").text
    bed.check("its owner sees why, and is told", "ə" * 500 in page and
              "Qaytarılıb" in page and "Məhkəmə ərizəni qaytardı" in
              person.get("/notifications").text)
    bed.check("it is on no desk", at not in clerk.get(
        "/desk/applications").text)
    a = person.act(at, "correct")
    found = APPLICATION.fullmatch(a.headers.get("location", ""))
    if not bed.check("a new draft", a.status == 303 and found, a.status):
        return
    new = found[1]
    bed.check("once: 409", person.act(at, "correct").status == 409)
    page = person.page(new, 1).text
    bed.check("with what was written", "5\u00a0000,00" in page and
              TITLE in person.page(new, 4).text and
              "Sınaq Ticarət" in person.page(new, 2).text and
              "sübut.pdf" in person.page(new, 3).text)
    bed.check("the one names the other", new in person.get(
        f"/applications/{at}").text)
    a = person.fee(new)
    bed.check("prepared again", a.status == 303, papers.wrong_of(a))
    a = person.bring(new, papers.signed(bench, person.files(new), "edoc"))
    bed.check("sent again", a.status == 303, papers.wrong_of(a))
    clerk.act(new, "review")
    path = f"/applications/{new}/decision"
    a = clerk.post(path, **clerk.stamp(clerk.get(path)), word="reject",
                   reason="Bu məhkəməyə aid deyil")
    page = person.get(f"/applications/{new}").text
    bed.check("rejected", a.status == 303 and "Rədd edilib" in page and
              "Bu məhkəməyə aid deyil" in page and "/correct" not in page)
    bed.check("of a rejected one no case comes: 409", clerk.post(
        f"/applications/{new}/case", form=base32(), version="99", type="2",
        proceeding="claim", subject="x", judge="").status == 409)


def test_case(bed, bench, person, clerk):
    """What a clerk may get wrong, and who is told."""
    bed.sql("UPDATE account SET surname = 'Vəliyev' WHERE username ="
            " 'citizen'")
    at = person.begin()
    for a in (person.step(at, 1, **COURT), person.step(at, 2, do="me"),
              person.step(at, 2, **{**DEFENDANT, "ident": "5TST0A2",
                                    "name": "Başqa Adam"}),
              person.step(at, 2, **{**DEFENDANT, "ident": "5TST0C1",
                                    "name": "Məmmədova Aygün"}),
              person.step(at, 2, do="next"),
              person.attach(at, [("a.pdf", sign.small_pdf())]),
              person.text(at, title="ə" * 200), person.fee(at)):
        bed.check("saved", a.status == 303, papers.wrong_of(a))
    a = person.bring(at, papers.signed(bench, person.files(at), "edoc"))
    bed.check("sent", a.status == 303, papers.wrong_of(a))
    clerk.act(at, "review")
    path = f"/applications/{at}/case"
    page = clerk.get(path)
    bed.check("another name behind a FIN is shown", "başqa adlı" in page.text
              and "kağızla" not in page.text.split("başqa adlı")[0][-200:])
    before = bed.ask_sql("SELECT count(*) FROM court_case")
    good = {"type": "2", "proceeding": "claim", "subject": "Borc"}
    for name, more, field in (
            ("no type", {"type": ""}, "type"),
            ("a type that is none", {"type": "9"}, "type"),
            ("no proceedings", {"proceeding": ""}, "proceeding"),
            ("proceedings that are none", {"proceeding": "x"}, "proceeding"),
            ("no subject", {"subject": " "}, "subject"),
            ("201 characters", {"subject": "ə" * 201}, "subject")):
        a = clerk.post(path, **{**clerk.stamp(clerk.get(path)), **good,
                                **more})
        wrong(bed, name, a, field)
    a = clerk.post(path, **{**clerk.stamp(clerk.get(path)), **good,
                            "version": "1"})
    bed.check("another version: 409", a.status == 409, a.status)
    bed.check("nothing was registered", bed.ask_sql(
        "SELECT count(*) FROM court_case") == before)
    fields = {**clerk.stamp(clerk.get(path)), **good}
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: clerk.post(path, **fields),
                                range(20)))
    where = {a.headers.get("location") for a in answers if a.status == 303}
    bed.check("of twenty at once, one case", len(where) == 1 and bed.ask_sql(
        "SELECT count(*) FROM court_case") == before + 1,
        [a.status for a in answers])
    case = where.pop()
    bed.check("whose name fits has it", Filer(bed, "other").get(
        case).status == 200)
    bed.check("whose name does not, has not", Filer(bed, "citizen").get(
        case).status == 404)
    page = person.get(f"{case}/documents")
    bed.check("a long heading is shown whole letters", page.status == 200 and
              "\ufffd" not in page.text and "ə" * 90 in page.text)


def test_outage(bed, bench, person, clerk):
    """What nobody judged is judged at the court, before a case comes of it.
    """
    at = person.prepare()
    data = papers.signed(bench, person.files(at), "edoc")
    a = person.bring(at, data)
    bed.check("sent", a.status == 303, papers.wrong_of(a))
    # As if nobody had judged it.
    bed.sql(f"UPDATE application SET ruled = 1 WHERE id = '{at}'")
    clerk.act(at, "review")
    page = clerk.get(f"/applications/{at}")
    bed.check("the clerk sees that it was not judged", "hələ yoxlanmayıb" in
              page.text and "/judge" in page.text and
              f"/applications/{at}/case" not in page.text)
    a = clerk.post(f"/applications/{at}/case", **clerk.stamp(page),
                   type="2", proceeding="claim", subject="x", judge="")
    bed.check("no case comes of it: 409", a.status == 409, a.status)
    a = clerk.act(at, "judge")
    page = clerk.get(f"/applications/{at}").text
    bed.check("judged now", a.status == 303 and
              f"/applications/{at}/case" in page and "/judge" not in page,
              a.status)
    bed.check("once: 409", clerk.act(at, "judge").status == 409)


# ---- who may ----

GETS = ("", "/pdf", "/file?n=0", "/document", "/receipt", "/discard",
        "/decision", "/case", "/step/1", "/step/6")
POSTS = ("step/1", "step/2", "asan", "reopen", "drop", "discard", "withdraw",
         "archive", "correct", "review", "judge", "decision", "case")
# What each sees of one that was sent; a draft is its owner's alone.
SEES = {"lawyer": (200, 200, 200, 200, 200, 303, 404, 404, 303, 303),
        "clerk": (200, 200, 200, 200, 200, 404, 303, 303, 404, 404),
        "president": (200, 200, 200, 200, 200, 404, 404, 404, 404, 404)}
NOTHING = (404,) * len(GETS)
BOTH = ("lawyer", "clerk", "president", "elsewhere", "other", "citizen",
        "witness", "auditor", "judge")


def test_matrix(bed, bench, person):
    """Cell by cell: a draft, and one that was sent."""
    draft = person.prepare()
    at = sent(bed, bench, person)
    bed.until(lambda: person.get(
        f"/applications/{at}/receipt").status == 200)
    for user in BOTH:
        browser = Filer(bed, user)
        own = user == "lawyer"
        got = tuple(browser.get(f"/applications/{at}{p}").status
                    for p in GETS)
        bed.check(f"{user}: reads one that was sent",
                  got == SEES.get(user, NOTHING), got)
        got = tuple(browser.get(f"/applications/{draft}{p}").status
                    for p in GETS)
        want = (303, 200, 200, 404, 404, 200, 404, 404, 303, 200) if own \
            else NOTHING
        bed.check(f"{user}: reads a draft", got == want, got)
        got = tuple(browser.post(f"/applications/{draft}/{p}", form=base32(),
                                 version="1").status for p in POSTS)
        want = tuple(404 if p in ("review", "judge", "decision", "case")
                     else 409 for p in POSTS) if own \
            else (404,) * len(POSTS)
        if own:  # what is asked in vain of one that waits for its signature
            want = tuple(422 if p == "asan" else w
                         for p, w in zip(POSTS, want))
        bed.check(f"{user}: changes a draft", got == want,
                  list(zip(POSTS, got)))
        got = tuple(browser.post(f"/applications/{at}/{p}", form=base32(),
                                 version="1").status for p in POSTS)
        if user == "clerk":
            want = tuple({"review": 409, "judge": 409, "decision": 422,
                          "case": 422}.get(p, 404) for p in POSTS)
        elif own:
            want = tuple(404 if p in ("review", "judge", "decision", "case")
                         else 409 for p in POSTS)
        else:
            want = (404,) * len(POSTS)
        bed.check(f"{user}: changes one that was sent", got == want,
                  list(zip(POSTS, got)))
        writes = user in ("lawyer", "other", "citizen")
        got = (browser.get("/applications").status,
               browser.get("/applications/new").status,
               browser.get("/desk/applications").status)
        bed.check(f"{user}: lists", got == (
            200 if writes else 404, 200 if writes else 404,
            200 if user in ("clerk", "elsewhere") else 404), got)
        a = browser.post("/applications/new", form=base32())
        bed.check(f"{user}: a new one", a.status == (
            303 if writes else 404), a.status)
        bed.check(f"{user}: another's are not listed", own or at not in
                  browser.get("/applications").text and (
                      user == "clerk" or at not in browser.get(
                          "/desk/applications").text))
    nobody = filing.Browser(bed.port)
    for p in GETS:
        a = nobody.get(f"/applications/{at}{p}")
        bed.check(f"nobody {p}: to the sign-in", a.status == 303 and
                  a.headers["location"] == "/login", a.status)
    for p in POSTS:
        a = person.post(f"/applications/{draft}/{p}", csrf="x")
        bed.check(f"{p}: not our form: 403", a.status == 403, a.status)
    bed.check("nothing was changed", bed.ask_sql(
        "SELECT count(*) FROM application WHERE (id = "
        f"'{draft}' AND state = 3) OR (id = '{at}' AND state = 4)") == 2)


def test_expired(bed, person):
    """A draft that is too old goes, and the log says so."""
    at = person.begin()
    bed.sql(f"UPDATE application SET until = 1 WHERE id = '{at}'")
    bed.portal("sweep", "--state", bed.state)
    bed.check("too old", person.get(f"/applications/{at}").status == 404)
    bed.check("and written down", bed.until(lambda: [
        r for r in bed.records() if r["ev"] == "application.expired"
        and r["obj"] == f"application:{at}"], 30))


def test_log(bed):
    """Every step is there, and nobody's name."""
    bed.check("the log takes all there is", bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM outbox") == 0, 30), bed.ask_sql(
            "SELECT count(*) FROM outbox"))
    records = bed.records()
    seen = {r["ev"] for r in records}
    for ev in ("begun", "changed", "prepared", "reopened", "discarded",
               "corrected", "submitted", "refused", "withdrawn", "archived",
               "review", "decided", "registered", "expired"):
        bed.check(f"application.{ev}", f"application.{ev}" in seen)
    text = "\n".join(map(str, records))
    for word in (FIN, "Məmmədova", "Sınaq", TITLE, "+99450"):
        bed.check(f"no {word}", word not in text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        scratch = pathlib.Path(scratch)
        for name in ("bench", "bed"):
            (scratch / name).mkdir(mode=0o755)
        bench = sign.Bench(options.build.resolve() / "mohur",
                           scratch / "bench")
        bed = ClerkBed(options, scratch / "bed")
        bed.people()
        bed.portal("account", "add", "--state", bed.state, "--user",
                   "president", "--role", "president", "--name", "Aygün",
                   "--surname", "Məmmədova", input=filing.PASSWORD + "\n")
        bed.sql("INSERT INTO official SELECT id, 1 FROM account WHERE"
                " username = 'president'")
        for name in ("root", "citizen-ca"):
            path = bed.where / "trust" / f"bench-{name}.pem"
            shutil.copy(scratch / "bench" / "pki" / f"{name}.pem", path)
            os.chmod(path, 0o644)
        asan.gateway(bed, bench.pki)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            person, clerk = Filer(bed, "lawyer"), Filer(bed, "clerk")
            test_whole(bed, person, clerk)
            test_windows(bed, person)
            at = person.begin()
            test_wrong_court(bed, person, at)
            test_wrong_parties(bed, person, at)
            test_wrong_files(bed, person, at)
            test_wrong_text(bed, person, at)
            test_wrong_fee(bed, person, at)
            test_ways(bed, person, at)
            test_large(bed, person, person.held(at))
            test_order(bed, person)
            test_drafts(bed, person)
            test_card(bed, bench, person)
            test_telephone(bed, person)
            test_returned(bed, bench, person, clerk)
            test_case(bed, bench, person, clerk)
            receipts.test_receipts(bed, bench, person, clerk)
            test_outage(bed, bench, person, clerk)
            test_matrix(bed, bench, person)
            test_expired(bed, person)
            test_log(bed)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-applications.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
