#!/usr/bin/python3
"""Complaints against acts, from the published act to the case of the court
above: what may be filed, until when, what the draft begins with, the right
fee, late ones with their reason, and both cases that name each other.

    complaints.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import datetime as dt
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki")]

import acts  # noqa: E402
import applications  # noqa: E402
import asan  # noqa: E402
import filing  # noqa: E402
import papers  # noqa: E402
import sign  # noqa: E402
from applications import Filer, mobile, wrong  # noqa: E402
from clerk import CASE  # noqa: E402
from filing import FIN, base32  # noqa: E402

NUMBER = "2-2(113)-7/2026"
DAY = 86400


class Bed(acts.Bed):
    """With a court of the first instance, 113, under 103, and a case of it
    whose defendant is the lawyer's person."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        self.case = base32()
        self.sql(f"""
        INSERT INTO court VALUES (3, '113', 'Bakı Kommersiya Məhkəməsi');
        INSERT INTO court VALUES (4, '102', 'Ali Məhkəmə');
        INSERT INTO official SELECT id, 3 FROM account WHERE username IN
          ('judge', 'president2', 'elsewhere');
        INSERT INTO official SELECT id, 4 FROM account
          WHERE username = 'elsewhere';
        INSERT INTO court_case (id, number, court, filed, type, proceeding,
          judge, status, subject) SELECT '{self.case}', '{NUMBER}', 3,
          1626300000, '2-2', 'claim', id, 5, 'Borc' FROM account
          WHERE username = 'judge';
        INSERT INTO party (case_id, side, name, fold, ident) VALUES
          ('{self.case}', 1, '“Sınaq Ticarət” MMC', '', '1234567891'),
          ('{self.case}', 2, 'Məmmədova Aygün', '', '{FIN}'),
          ('{self.case}', 3, 'Üçüncü Şəxs', '', '');
        INSERT INTO participant (case_id, account, role)
          SELECT '{self.case}', id, 2 FROM account
          WHERE username = 'lawyer';
        INSERT INTO participant (case_id, account, role)
          SELECT '{self.case}', id, 1 FROM account
          WHERE username = 'citizen';
        INSERT INTO participant (case_id, account, role)
          SELECT '{self.case}', id, 6 FROM account
          WHERE username = 'witness';""")

    def account(self, user):
        return self.ask_sql(
            f"SELECT id FROM account WHERE username = '{user}'")

    def text_of(self, pdf):
        return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf,
                              capture_output=True, check=False).stdout.decode()

    def publish(self, kind="judgment", case=None):
        """An act of the case, published."""
        act, = self.judge.waiting(1, kind=kind, case=case)
        self.check(f"{kind}: published", self.judge.sign([act]).status == 303
                   and self.judge.publish([act]).status == 303
                   and self.state_of(act) == "published")
        return act


def last_day(days=0, months=0, since=None):
    """The last day of the time, as pages write it."""
    day = since or (dt.datetime.utcnow() + dt.timedelta(hours=4)).date()
    day += dt.timedelta(days=days)
    for _ in range(months):
        nxt = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
        after = dt.date(nxt.year + nxt.month // 12, nxt.month % 12 + 1, 1)
        last = (after - dt.timedelta(days=1)).day
        day = nxt.replace(day=min(day.day, last))
    return day.strftime("%d.%m.%Y")


def begin(bed, person, act):
    a = person.post(f"/acts/{act}/complaint", form=base32())
    found = applications.APPLICATION.fullmatch(a.headers.get("location", ""))
    bed.check("the complaint is begun", a.status == 303 and found,
              (a.status, a.text[-900:]))
    return found[1] if found else base32()


def test_form(bed, person, act):
    bed.check("the act's page leads there", f"/acts/{act}/complaint"
              in person.get(f"/acts/{act}").text)
    page = person.get(f"/acts/{act}/complaint")
    bed.check("kind, court and last day", page.status == 200 and
              "Apellyasiya" in page.text and
              "Bakı Apellyasiya Məhkəməsi" in page.text and
              last_day(months=1) in page.text and "ayların sayı: 1" in page.text
              and "vaxtından sonra" not in page.text.lower(),
              page.text[-3000:])
    for lang, word in (("en", "Last day for the complaint"),
                       ("ru", "Последний день для жалобы"),
                       ("az", "Şikayət müddətinin son günü")):
        person.post("/lang", lang=lang, back="/")
        bed.check(f"{lang}: its words", word in person.get(
            f"/acts/{act}/complaint").text)
    draft = bed.judge.draft()
    for user, status in (("clerk", 404), ("auditor", 404), ("judge", 404),
                         ("other", 404), ("witness", 404),
                         ("president2", 404), ("elsewhere", 404),
                         ("citizen", 200), ("lawyer", 200)):
        who = acts.Person(bed, user)
        got = who.get(f"/acts/{act}/complaint").status
        bed.check(f"{user}: {status}", got == status, got)
        if status == 404:
            got = who.post(f"/acts/{act}/complaint", form=base32()).status
            bed.check(f"{user} begins none", got == 404, got)
    bed.check("nothing is filed against a draft", person.get(
        f"/acts/{draft}/complaint").status == 404 and person.post(
            f"/acts/{draft}/complaint", form=base32()).status == 404)
    bed.check("not our form: 403", person.post(
        f"/acts/{act}/complaint", form=base32(), csrf="x").status == 403)
    bed.check("a form without its number: 400", person.post(
        f"/acts/{act}/complaint", form="x").status == 400)
    form = base32()
    got = [person.post(f"/acts/{act}/complaint", form=form).headers.get(
        "location") for _ in range(2)]
    bed.check("the same form is the same draft", got[0] == got[1] and got[0],
              got)
    bed.check("its record", bed.until(lambda: [
        e["d"] for e in bed.events("application.begun")[-1:]] == [
            {"act": act}], 30))


def test_none(bed, person):
    act = bed.publish("order")
    page = person.get(f"/acts/{act}/complaint")
    bed.check("none against a court order", page.status == 200 and
              "nəzərdə tutulmayıb" in page.text and
              "<form method=\"post\" action=\"/acts/" not in page.text)
    a = person.post(f"/acts/{act}/complaint", form=base32())
    bed.check("and none is begun: 409", a.status == 409, a.status)
    bed.check("its record", bed.until(lambda: [r["d"] for r in bed.events(
        "illegal_transition", f"act:{act}")] == [
            {"from": "published", "to": "complaint"}]))


def rows(page):
    return re.findall(r'<strong>([^<]*)</strong> – ([^<,]*)', page)


def complete(bed, person, at, **text):
    """What is left of the steps after the first two."""
    for name, a, n in (
            ("documents", person.step(at, 3, [("files", "", b"")], kind="other",
                                      title="", do="next"), 4),
            ("text", person.text(at, title="Apellyasiya şikayəti", **text), 5),
            ("fee", person.fee(at), 6)):
        bed.check(f"{name}: saved", a.status == 303 and a.headers[
            "location"] == f"/applications/{at}/step/{n}",
            (a.status, a.headers.get("location"), papers.wrong_of(a)))


def test_whole(bed, person, clerk, act):
    """In time, with half of the fee, to a case of the court above."""
    at = begin(bed, person, act)
    page = person.page(at, 1)
    bed.check("the court above and the kind are chosen", re.search(
        'value="103" selected', page.text) and re.search(
        'value="appeal" selected', page.text) and
        'value="claim"' not in page.text, page.text[-3000:])
    fields = {"court": "103", "kind": "appeal", "category": "appeal-whole",
              "claim": "unvalued", "price": "", "do": "next"}
    wrong(bed, "another court", person.step(at, 1, **{
        **fields, "court": "104"}), "court")
    wrong(bed, "another kind", person.step(at, 1, **{
        **fields, "kind": "cassation", "category": "cassation-whole"}), "kind")
    wrong(bed, "no complaint", person.step(at, 1, **{
        **fields, "kind": "claim", "category": "other"}), "kind")
    a = person.step(at, 1, **fields)
    bed.check("court: saved", a.status == 303, (a.status, papers.wrong_of(a)))
    page = person.page(at, 2).text
    sides = bed.ask_sql("SELECT count(*) FROM application_party WHERE"
                        f" application = '{at}' AND (side, ident) IN"
                        f" ((1, '{FIN}'), (2, '1234567891'), (3, ''))")
    bed.check("the parties, roles turned", sides == 3 and
              "Sınaq Ticarət" in page, sides)
    a = person.step(at, 2, do="next")
    bed.check("parties: saved", a.status == 303, papers.wrong_of(a))
    complete(bed, person, at)
    page = person.page(at, 6).text
    bed.check("what is signed has the act", "act" in page and NUMBER in page and
              last_day(months=1) in page)
    bed.check("half of the fee of a claim without a price",
              bed.ask_sql(f"SELECT total FROM application WHERE id = '{at}'")
              == 5000)
    text = bed.text_of(person.get(f"/applications/{at}/pdf").body)
    bed.check("the PDF says what is complained of", NUMBER in text and
              "Şikayət edilən akt" in text and "Şikayətçi" in text and
              last_day(months=1) in text and "bərpası" not in text, text)
    page = mobile(bed, person, at)
    bed.check("sent", "Göndərilib" in page and NUMBER in page)
    bed.until(lambda: person.get(
        f"/applications/{at}/receipt").status == 200)
    code, said = filing.verify_receipt(
        bed, person.get(f"/applications/{at}/receipt").body,
        person.get(f"/applications/{at}/document").body, "application.edoc")
    bed.check("its receipt is checked offline", code == 0 and
              "TOTAL-PASSED" in said, said[:900])
    mine = person.get("/complaints").text
    bed.check("my complaints have it, my applications do not", at in mine and
              last_day(months=1) in mine and NUMBER in mine and
              at not in person.get("/applications").text)
    bed.check("the desk of the court above has it",
              at in clerk.get("/desk/applications").text and
              at not in acts.Person(bed, "elsewhere").get(
                  "/desk/applications").text)
    clerk.act(at, "review")
    form = clerk.get(f"/applications/{at}/case")
    a = clerk.post(f"/applications/{at}/case", **clerk.stamp(form), type="2-2",
                   proceeding="claim", subject="Apellyasiya şikayəti")
    found = CASE.fullmatch(a.headers.get("location", ""))
    if not bed.check("registered at the court above", a.status == 303 and
                     found, (a.status, papers.wrong_of(a))):
        return
    new = found[1]
    bed.check("it names the case before", bed.ask_sql(
        f"SELECT count(*) FROM court_case WHERE id = '{new}' AND court = 1"
        f" AND prev_case_id = '{bed.case}'") == 1)
    bed.check("which is appealed now", bed.ask_sql(
        f"SELECT status FROM court_case WHERE id = '{bed.case}'") == 7)
    page = person.get(f"/cases/{new}").text
    bed.check("the new one shows the one before", NUMBER in page and
              f'href="/cases/{bed.case}"' in page, page[-2000:])
    page = person.get(f"/cases/{bed.case}").text
    bed.check("and the other way", "e-2-2(103)-1/" in page and
              f'href="/cases/{new}"' in page, page[-2000:])
    page = clerk.get(f"/cases/{new}").text
    bed.check("who may not see the one before is told its number alone",
              NUMBER in page and f'href="/cases/{bed.case}"' not in page)
    for user in ("judge", "citizen", "lawyer"):
        bed.check(f"{user} is told", "akta qarşı verilmiş şikayət"
                  in acts.Person(bed, user).get("/notifications").text)


def test_archive(bed, person):
    """What is over leaves the lists for the archive."""
    a = person.get("/applications/archived")
    bed.check("the archive's own address", a.status == 303 and
              a.headers["location"] == "/applications?archive=1", a.status)
    at = bed.ask_text("SELECT id FROM application WHERE state = 7")
    bed.check("put away", person.act(at, "archive").status == 303)
    bed.check("the archive of complaints has it", at in person.get(
        "/complaints?archive=1").text and at not in person.get(
            "/complaints").text and at not in person.get(
                "/applications?archive=1").text)
    bed.sql(f"UPDATE court_case SET status = 8 WHERE id = '{bed.case}'")
    page = person.get("/cases").text
    bed.check("the cases lead to closed ones",
              'href="/cases?status=archived"' in page)
    bed.check("which are listed, and as CSV", NUMBER in person.get(
        "/cases?status=archived").text and NUMBER in person.get(
            "/cases.csv?status=archived").text)
    bed.sql(f"UPDATE court_case SET status = 7 WHERE id = '{bed.case}'")


def test_late(bed, person, act):
    """After the time: only with a reason, and it stands in what is signed."""
    bed.sql(f"UPDATE act_read SET at = at - {40 * DAY} WHERE act = '{act}'"
            " AND account = "
            "(SELECT id FROM account WHERE username = 'lawyer');")
    page = person.get(f"/acts/{act}/complaint").text
    bed.check("the page says that it is late", "bərpasını xahiş" in page)
    at = begin(bed, person, act)
    person.step(at, 1, court="103", kind="appeal", category="appeal-part",
                claim="valued", price="5000", do="next")
    person.step(at, 2, do="next")
    person.step(at, 3, [("files", "", b"")], kind="other", title="", do="next")
    page = person.page(at, 4).text
    bed.check("the reason is asked for", 'name="late"' in page)
    wrong(bed, "no reason", person.text(at, late=" "), "late")
    wrong(bed, "501 characters", person.text(at, late="ə" * 501), "late")
    a = person.text(at, late="ə" * 500)
    bed.check("500 characters", a.status == 303, papers.wrong_of(a))
    a = person.text(at, late="Xəstə idim")
    bed.check("with a reason", a.status == 303, papers.wrong_of(a))
    a = person.fee(at)
    bed.check("fee: half of that of the claim", a.status == 303 and
              bed.ask_sql(f"SELECT total FROM application WHERE id = '{at}'")
              == 3500, (papers.wrong_of(a), bed.ask_sql(
                  f"SELECT total FROM application WHERE id = '{at}'")))
    text = bed.text_of(person.get(f"/applications/{at}/pdf").body)
    bed.check("the PDF asks to restore the time",
              "müddətin bərpası xahiş olunur: Xəstə idim" in
              re.sub(r"\s+", " ", text), text)
    page = mobile(bed, person, at)
    bed.check("sent, marked as late", "Göndərilib" in page and
              "Xəstə idim" in page)
    at = begin(bed, person, act)
    bed.sql(f"UPDATE application SET deadline = {2 ** 40}"
            f" WHERE id = '{at}'")
    person.step(at, 1, court="103", kind="appeal", category="appeal-part",
                claim="unvalued", price="", do="next")
    person.step(at, 2, do="next")
    complete(bed, person, at)
    bed.sql(f"UPDATE application SET deadline = 1000 WHERE id = '{at}'")
    a = person.asan(at)
    bed.check("a time that ends before it is signed: the reason first",
              a.status == 422 and "gecik" in a.text, a.status)


def test_kinds(bed, person):
    """A ruling has ten days; an act of the court of appeal goes to the
    Supreme Court."""
    act = bed.publish("ruling")
    page = person.get(f"/acts/{act}/complaint").text
    bed.check("a ruling: ten days", last_day(days=10) in page and
              "Qərardaddan şikayət" in page and "günlərin sayı: 10" in page)
    at = begin(bed, person, act)
    bed.check("its kind", bed.ask_sql(
        "SELECT count(*) FROM application WHERE kind = 'ruling' AND court = 1"
        f" AND id = '{at}'") == 1)
    case = base32()
    bed.sql(f"""
        INSERT INTO court_case (id, number, court, filed, type, proceeding,
          judge, status) SELECT '{case}', '2-2(103)-900/2026', 1, 1626300000,
          '2-2', 'claim', id, 3 FROM account WHERE username = 'judge';
        INSERT INTO participant (case_id, account, role)
          SELECT '{case}', id, 5 FROM account WHERE username = 'lawyer';
        INSERT INTO party (case_id, side, name, fold, ident) VALUES
          ('{case}', 1, 'Bir', '', ''), ('{case}', 2, 'İki', '', '');""")
    act = bed.publish("judgment", case=case)
    page = person.get(f"/acts/{act}/complaint").text
    bed.check("of a court of appeal: cassation, two months",
              "Kassasiya şikayəti" in page and "Ali Məhkəmə" in page and
              last_day(months=2) in page and "vəkil" in page and
              "tutuşdurulmayıb" in page)
    at = begin(bed, person, act)
    bed.check("a lawyer of the defendant complains for that side", bed.ask_sql(
        "SELECT count(*) FROM application_party WHERE application ="
        f" '{at}' AND (side, name) IN ((1, 'İki'), (2, 'Bir'))") == 2)


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
        bed = Bed(options, scratch / "bed")
        for name in ("root", "citizen-ca"):
            path = bed.where / "trust" / f"bench-{name}.pem"
            shutil.copy(scratch / "bench" / "pki" / f"{name}.pem", path)
            os.chmod(path, 0o644)
        asan.gateway(bed, bench.pki)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            bed.judge = acts.Person(bed, "judge")
            person, clerk = Filer(bed, "lawyer"), Filer(bed, "clerk")
            act = bed.publish()
            test_form(bed, person, act)
            test_none(bed, person)
            test_whole(bed, person, clerk, act)
            document = re.search("/documents/([a-z2-7]{26})/file", person.get(
                f"/acts/{act}").text)
            person.get(document[0])
            test_archive(bed, person)
            test_late(bed, person, act)
            test_kinds(bed, person)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-complaints.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
