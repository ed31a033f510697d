#!/usr/bin/python3
"""What the six steps say by themselves: courts by region and those on paper,
a hint where the defendant is elsewhere, pages of what is attached, the day of
a document, and step 5 that saves itself.  On an instance that `mohur serve`
runs.

    wizard.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import html
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki")]

import filing  # noqa: E402
import papers  # noqa: E402
import sign  # noqa: E402
from applications import COURT, DEFENDANT, Filer, said_by, wrong  # noqa: E402
from filing import base32  # noqa: E402

COURTS = (("003", "Bakı Şəhəri Xəzər Rayon Məhkəməsi", 1, 0, "2",
           "baki-xezer"),
          ("006", "Bakı Şəhəri Nəsimi Rayon Məhkəməsi", 1, 0, "2",
           "baki-nesimi"),
          ("050", "Masallı Rayon Məhkəməsi", 1, 0, "2", "masalli"),
          ("056", "Sabirabad Rayon Məhkəməsi", 0, 0, "2", "sabirabad"),
          ("060", "Quba Rayon Məhkəməsi", 1, 1, "2", "quba"))
NESIMI = {**COURT, "court": "006"}
HINT = 'id="venue"'
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def pdf(*objects):
    """Object 2 is the page tree."""
    out, at = bytearray(b"%PDF-1.7\n"), []
    for n, body in enumerate((b"<</Type/Catalog/Pages 2 0 R>>", *objects), 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1)
    out += b"".join(b"%010d 00000 n \n" % a for a in at)
    return bytes(out) + (b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n"
                         b"%%%%EOF\n" % (len(at) + 1, table))


def pages(n, count=None):
    kids = b" ".join(b"%d 0 R" % (i + 3) for i in range(n))
    return pdf(b"<</Type/Pages/Kids[%s]/Count %d>>" % (
        kids, n if count is None else count), *[PAGE] * n)


def heavy(numbers):
    """2,000 pages, each with so many numbers that have to be read."""
    kids = b" ".join(b"%d 0 R" % (i + 3) for i in range(2000))
    page = PAGE[:-2] + b"/X[%s]>>" % (b"1 " * numbers)
    return pdf(b"<</Type/Pages/Kids[%s]/Count 2000>>" % kids, *[page] * 2000)


def said(page):
    """The text of a page, without its marks."""
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())


def test_regions(bed, person):
    for code, name, connected, closed, types, place in COURTS:
        bed.sql(f"INSERT INTO court (code, name) VALUES ('{code}', '{name}');"
                "INSERT INTO court_info (court, connected, closed, types,"
                " address, phone, email, place) SELECT id,"
                f" {connected}, {closed}, '{types}', 'Sülh küçəsi 1',"
                f" '+994 21 1', 'm@example.az', '{place}' FROM court WHERE"
                f" code = '{code}'")
    at = person.begin()
    page = person.page(at, 1).text
    groups = re.findall('<optgroup label="([^"]*)">(.*?)</optgroup>',
                        page.partition('id="court"')[2].partition(
                            "</select>")[0], re.S)
    codes = {region: re.findall('value="([^"]*)"', inside)
             for region, inside in groups}
    bed.check("courts stand under their regions", codes == {
        "Bakı": ["003", "006"], "Lənkəran-Astara": ["050"],
        "Mil-Muğan": ["056"], "Quba-Xaçmaz": ["060"],
        "Digər məhkəmələr": ["103", "104"]}, codes)
    bed.check("in the order of the list, others last", [r for r, _ in groups]
              == ["Bakı", "Quba-Xaçmaz", "Lənkəran-Astara", "Mil-Muğan",
                  "Digər məhkəmələr"], [r for r, _ in groups])
    options = dict(re.findall('<option value="(0[^"]*)"([^>]*)>', page))
    bed.check("those that take none cannot be chosen", {
        code for code, how in options.items() if "disabled" in how} ==
        {"056", "060"}, options)
    words = said(page)
    bed.check("and it says why", "Sabirabad Rayon Məhkəməsi – yalnız kağız "
              "üzərində" in words and
              "Quba Rayon Məhkəməsi – yeni iş qəbul etmir" in words)
    paper = page.partition("<details")[2].partition("</details>")[0]
    bed.check("on paper: what to do, and where", "əl ilə imzalayın" in paper
              and "Sabirabad" in paper and "Sülh küçəsi 1" in paper and
              "+994 21 1" in paper and "Quba" not in paper, paper)
    for name, code, words in (("on paper", "056", "yalnız kağız"),
                              ("closed", "060", "yeni iş qəbul etmir")):
        a = person.step(at, 1, **{**COURT, "court": code})
        wrong(bed, f"{name}, sent all the same", a, "court")
        bed.check(f"{name}: the message says it", words in papers.wrong_of(a),
                  papers.wrong_of(a))
    bed.check("nothing of it was kept", bed.ask_sql(
        f"SELECT count(*) FROM application WHERE id = '{at}' AND court IS"
        " NULL") == 1)
    bed.sql("UPDATE court_info SET connected = 0 WHERE place = 'baki-xezer'")
    bed.check("a court can be chosen", person.step(
        at, 1, **NESIMI).status == 303)
    bed.sql("UPDATE court_info SET connected = 0 WHERE place = 'baki-nesimi'")
    page = person.page(at, 1).text
    bed.check("one that was chosen before it went stays chosen", re.search(
        '<option value="006" selected *>', page))
    wrong(bed, "and is refused by name", person.step(at, 1, **NESIMI),
          "court")
    bed.sql("UPDATE court_info SET connected = 1 WHERE place LIKE 'baki-%'")


def test_hint(bed, person):
    at = person.begin()
    person.step(at, 1, **NESIMI)
    bed.check("no hint without parties", HINT not in person.page(at, 2).text)
    person.step(at, 2, do="me")
    for name, address, words in (
            ("the court's own district", "Bakı ş., Nəsimi rayonu", None),
            ("its city", "Bakı şəhəri, Nizami küçəsi 5", None),
            ("none", "", None),
            ("two places", "Masallı rayonu, Quba rayonu", None),
            ("a street", "Masallı küçəsi 5", None),
            ("another region", "Masallı rayonu, Boradigah",
             "Masallı Rayon Məhkəməsi"),
            ("another district", "Bakı, XƏZƏR RAYONU, Mərdəkan",
             "Bakı Şəhəri Xəzər Rayon Məhkəməsi"),
            ("a court on paper", "Sabirabad",
             "Sabirabad Rayon Məhkəməsi (yalnız kağız üzərində)"),
            ("a closed court", "Quba şəhəri",
             "Siyahıda həmin yerin məhkəməsi yoxdur")):
        a = person.step(at, 2, **{**DEFENDANT, "address": address})
        bed.check(f"{name}: added", a.status == 303, papers.wrong_of(a))
        page = person.page(at, 2).text
        hint = page.partition(HINT)[2].partition("<form")[0]
        bed.check(f"{name}: {'no hint' if words is None else 'a hint'}",
                  (HINT in page) == (words is not None), said(hint)[:300])
        if words is not None:
            bed.check(f"{name}: the courts, the rule, its certainty",
                      words in said(hint) and "Mülki Prosessual Məcəllə" in
                      hint and "yoxlanılıb" in hint and
                      "“Sınaq Ticarət” MMC" in said(hint), said(hint))
            bed.check(f"{name}: step 1 says it too",
                      HINT in person.page(at, 1).text)
        party = re.findall('name="party" value="([^"]*)"', page)[-1]
        person.post(f"/applications/{at}/drop", party=party,
                    **person.stamp(person.page(at, 2)))
    a = person.step(at, 2, **{**DEFENDANT, "address": "Masallı rayonu"})
    a = person.step(at, 2, do="next")
    bed.check("a hint is no error", a.status == 303 and a.headers[
        "location"] == f"/applications/{at}/step/3", papers.wrong_of(a))
    return at


def test_pages(bed, person, at):
    """Step 3 to step 6: pages, the day of a document."""
    for day in ("31.02.2020", "2020-01-31", "31.12.2999", "1.1.2020", "x"):
        a = person.attach(at, [("a.pdf", pages(1))], day=day, do="add")
        wrong(bed, f"a day {day}", a, "day")
        bed.check(f"{day}: what was written stays", f'value="{day}"' in
                  a.text)
    bed.check("nothing was kept", bed.ask_sql(
        "SELECT count(*) FROM application_file WHERE application ="
        f" '{at}'") == 0)
    files = (("one.pdf", pages(1), 1), ("three.pdf", pages(3), 3),
             ("lies.pdf", pages(3, 999), 3), ("few.pdf", pages(2, 1), 2),
             ("cycle.pdf", pdf(b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
                               PAGE, b"<</Type/Pages/Parent 2 0 R"
                               b"/Kids[2 0 R]/Count 1>>"), 0),
             # Past the memory that counting has (MH_PDF_PAGES_BYTES).
             ("heavy.pdf", heavy(200), 2000), ("heavier.pdf", heavy(300), 0),
             ("image.jpg", sign.JPEG, 1))
    for name, data, n in files:
        a = person.attach(at, [(name, data)], do="add",
                          day="31.01.2020" if n == 3 else "")
        bed.check(f"{name}: attached", a.status == 303, papers.wrong_of(a))
    for name, _, n in files:
        bed.check(f"{name}: {n} in the store", bed.ask_sql(
            f"SELECT pages FROM application_file WHERE application = '{at}'"
            f" AND name = '{name}'") == n)

    def shown(page, name):
        part = page[page.index(f"<strong>{name}</strong>"):]
        return said(part[:part.index("SHA-256")])
    page = person.page(at, 3).text
    for name, _, n in files:
        words = shown(page, name)
        bed.check(f"{name}: step 3 says {n}", (
            f"Səhifələr: {n}" in words if n else
            "Səhifələr: – sayılmayıb" in words), words)
        bed.check(f"{name}: its day", ("31.01.2020" in words) == (n == 3),
                  words)
    bed.check("on to the text", person.step(
        at, 3, [("files", "", b"")], do="next").status == 303)
    person.text(at)
    a = person.fee(at)
    bed.check("prepared", a.status == 303, papers.wrong_of(a))
    page = person.page(at, 6).text
    for name, _, n in files:
        words = shown(page, name)
        bed.check(f"{name}: step 6 says {n}", (
            f"Səhifələr: {n}" in words if n else
            "Səhifələr: – sayılmayıb" in words), words)
    bed.check("its own PDF is counted as well", "Səhifələr: 1" in shown(
        page, "application.pdf"), shown(page, "application.pdf"))
    bed.check("step 6 has the hint", HINT in page and
              "Masallı Rayon Məhkəməsi" in said(page))
    text = said_by(person.get(f"/applications/{at}/pdf").body)
    bed.check("what is signed says pages and days",
              "(three.pdf, 31.01.2020, 3 səhifə)" in text and
              "(cycle.pdf)" in text and "(image.jpg, 1 səhifə)" in text,
              text)
    person.act_on(at, 6, "reopen", step="3")
    return at


def test_document(bed):
    """A document of a case, and what is prepared in it."""
    filer = filing.Filer(bed, "lawyer", bed.case)
    person = papers.Person(bed, "lawyer")
    for name, files, words in (
            ("a PDF", [("a.pdf", pages(4))], "Səhifələr: 4"),
            ("an image", [("a.jpg", sign.JPEG)], "Səhifələr: 1"),
            ("a text", [], "Səhifələr: 1")):
        draft = person.draft(name, files=files,
                             text="" if files else "Vəsatət")
        page = said(person.get(draft).text) if draft else ""
        bed.check(f"{name}: the draft says it", words in page, page[:900])
    for name, words in (("pdf-lt-stream.pdf", "Səhifələr: 1"),
                        ("asice-lt.asice", "İçindəki fayllar: ")):
        document = filer.document(bed.samples / name)
        page = said(filer.show(document).text)
        bed.check(f"{name}: the page of the document says it",
                  words in page, page[:1500])


def test_autosave(bed, person, at):
    """Step 5 saves itself, its words alone."""
    person.step(at, 3, [("files", "", b"")], do="next")
    path = f"/applications/{at}/step/5"

    def auto(stamp, files=(("receipt", "", b""),), **more):
        return person.send(path, {**stamp, "do": "autosave", "exempt": "",
                                  "why": "", **more}, list(files))
    page = person.page(at, 5).text
    bed.check("its form says what is said", all(
        f'data-{what}="' in page for what in
        ("autosave", "conflict", "unsaved")) and 'role="status"' in page)
    stamp = person.stamp(person.page(at, 5))
    a = auto(stamp, fee="deferral_requested", why="Özü saxlanılıb")
    kept = json.loads(a.text) if a.status == 200 else {}
    bed.check("saved: the next version, another form", kept.get("version") ==
              int(stamp["version"]) + 1 and re.fullmatch(
                  "[a-z2-7]{26}", kept.get("form", "")), (a.status,
                                                          a.text[-300:]))
    page = person.page(at, 5).text
    bed.check("what was written is there", "Özü saxlanılıb" in page and
              re.search('value="deferral_requested" checked', page))
    a = auto(stamp, fee="deferral_requested", why="Özü saxlanılıb")
    bed.check("the same form once more is the same", a.status == 200 and
              person.stamp(person.page(at, 5))["version"] ==
              str(kept.get("version")), a.status)
    a = auto({**stamp, "form": base32()}, fee="receipt_submitted")
    bed.check("not over another window: 409", a.status == 409 and
              json.loads(a.text)["version"] == kept.get("version"), a.status)
    stamp = {"form": kept["form"], "version": kept["version"]}
    a = auto(stamp, fee="receipt_submitted",
             files=[("receipt", "qəbz.pdf", pages(1))])
    bed.check("no file comes by itself, and nothing is missed",
              a.status == 200 and bed.ask_sql(
                  "SELECT count(*) FROM application_file WHERE application ="
                  f" '{at}' AND kind = 'fee'") == 0, a.status)
    stamp = person.stamp(person.page(at, 5))
    a = auto(stamp, fee="deferral_requested", why="ə" * 501)
    bed.check("what cannot be kept is left out", a.status == 200 and
              "ə" * 20 not in person.page(at, 5).text, a.status)
    a = person.fee(at, why="ə" * 501)
    wrong(bed, "and is said when it is sent", a, "why")
    before = bed.records()
    a = auto(person.stamp(person.page(at, 5)), fee="deferral_requested",
             why="Pul yoxdur")
    bed.check("the state stays, and no record is kept", a.status == 200 and
              bed.ask_sql(f"SELECT state FROM application WHERE id = '{at}'")
              == 1 and len([r for r in bed.records() if at in str(r)]) ==
              len([r for r in before if at in str(r)]))
    old = person.stamp(person.page(at, 5))
    a = person.fee(at)
    bed.check("prepared", a.status == 303 and a.headers["location"] ==
              f"/applications/{at}/step/6", papers.wrong_of(a))
    a = auto({**old, "form": base32()}, fee="deferral_requested")
    bed.check("not while it waits for its signature: 409", a.status == 409,
              a.status)
    bed.check("which it still does", bed.ask_sql(
        f"SELECT state FROM application WHERE id = '{at}'") == 3)
    a = auto({**old, "form": base32(), "csrf": "x"}, fee="")
    bed.check("not our form: 403", a.status == 403, a.status)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        scratch = pathlib.Path(scratch) / "bed"
        scratch.mkdir(mode=0o755)
        bed = filing.Bed(options, scratch)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            person = Filer(bed, "lawyer")
            test_regions(bed, person)
            at = test_hint(bed, person)
            test_pages(bed, person, at)
            test_autosave(bed, person, at)
            test_document(bed)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-wizard.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
