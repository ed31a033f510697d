#!/usr/bin/python3
"""What everybody reads and writes, on an instance that `mohur serve` runs:
acts without names, prepared by one person and released by another; letters to
a court; inquiries and their signed answers.

    front.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE)]

import acts  # noqa: E402
import filing  # noqa: E402
import joining  # noqa: E402
import letters  # noqa: E402
import notify  # noqa: E402

NUMBER = "2-2(103)-660/2021"
PEOPLE = (("claimant", "citizen", "5FRA001", "Məmmədov", "Əli", 1),
          ("defendant", "citizen", "5FRA002", "Quliyeva", "Səbinə", 2))
PHONE = "+994501234567"
MAIL = "ali.mammadov@post.example"
TEXT = """QƏTNAMƏ

İddiaçı Məmmədov Əli (FİN 5FRA001, tel. +994 50 123-45-67,
ali.mammadov@post.example) MƏMMƏDOVUN tələbini dəstəklədi.
Cavabdeh Quliyeva Səbinə Quliyevanın adından, Ə.Məmmədova qarşı, “Sınaq Qala”
MMC-yə (VÖEN 1234567891) və 5fra002 FİN-li şəxsə etiraz etdi.
Quliyevadan 1000 manat tutulsun. Hakim Dəftərli.
"""
# Letters and digits alone, as a reader with any keyboard takes them.
NEVER = ("memmedov", "quliyeva", "sebine", "5fra001", "5fra002", "501234567",
         "alimammadovpostexample", "sinaqqala", "1234567891")
FOLD = str.maketrans("əıöüğşç", "eiougsc")


def squeezed(text):
    text = html.unescape(text).replace("İ", "i").replace("I", "i").lower()
    text = unicodedata.normalize("NFKD", text.translate(FOLD))
    return re.sub("[^a-z0-9]", "", text)


def plain(page):
    return html.unescape(re.sub("<[^>]*>", "", page.text))


def left(text):
    return [n for n in NEVER if n in squeezed(text)]


class Bed(acts.Bed):
    """With parties who have everything that is not to be read, and a second
    clerk."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        for user, role, fin, surname, name, _ in PEOPLE:
            self.portal("account", "add", "--state", self.state, "--user",
                        user, "--role", role, "--name", name, "--surname",
                        surname, "--fin", fin, input=filing.PASSWORD + "\n")
        self.portal("account", "add", "--state", self.state, "--user",
                    "clerk2", "--role", "clerk", "--name", "İkinci",
                    "--surname", "Katib", input=filing.PASSWORD + "\n")
        self.restricted = filing.base32()
        self.sql(f"""
        INSERT INTO official SELECT id, 1 FROM account
          WHERE username = 'clerk2';
        UPDATE account SET phone = '{PHONE}', email = '{MAIL}'
          WHERE username = 'claimant';
        INSERT INTO court_case (id, number, court, filed, type, proceeding,
          judge, status, restricted) SELECT '{self.restricted}',
          '2-2(103)-777/2021', 1, 1626300000, '2-2', 'claim', id, 3, 1
          FROM account WHERE username = 'judge';
        """ + "".join(f"""
        INSERT INTO participant (case_id, account, role)
          SELECT '{self.case}', id, {side} FROM account
          WHERE username = '{user}';
        INSERT INTO party (case_id, side, name, fold, ident) VALUES
          ('{self.case}', {side}, '{surname} {name}', '', '{fin}');
        """ for user, _, fin, surname, name, side in PEOPLE) + f"""
        INSERT INTO party (case_id, side, name, fold, ident) VALUES
          ('{self.case}', 3, '“Sınaq Qala” MMC', '', '1234567891');
        """)

    configure = notify.NotifyBed.configure
    text_of = joining.Bed.text_of

    def verify_seal(self, content):
        """What `mohur verify` says of a document with the court's seal."""
        path = self.scratch / "sealed.pdf"
        path.write_bytes(content)
        done = subprocess.run(
            [self.build / "mohur", "verify", "--offline", "--report", "json",
             "--trust", self.where / "trust", path], capture_output=True,
            text=True, check=False)
        report = json.loads(done.stdout) if done.stdout else {}
        return report.get("verdict"), len(
            [s for s in report.get("signatures", [])
             if "stamp" not in s.get("kind", "").lower()])

    def published(self, case=None, text=TEXT, title="Qətnamə"):
        """An act that the parties have."""
        judge = acts.Person(self, "judge")
        act = judge.draft(case=case, text=text, title=title)
        judge.send(act)
        judge.sign([act])
        judge.publish([act])
        self.check("an act is published", self.state_of(act) == "published",
                   self.state_of(act))
        return act

    def version(self, act):
        """State and row of its version."""
        return self.ask_sql("SELECT coalesce(max(state), 0) FROM publication"
                            f" WHERE act = '{act}' AND state <> 5"), \
            self.ask_sql("SELECT coalesce(max(row), 0) FROM publication WHERE"
                         f" act = '{act}' AND state <= 3")

    def noted(self, ev, count, **d):
        """Whether the log comes to have so many records like that."""
        def found():
            return len([r for r in self.events(ev) if all(
                r["d"].get(k) == v for k, v in d.items())])
        return self.until(lambda: found() >= count, 10) and found() == count


class Person(acts.Person):
    def do(self, act, what, form=None, version=None, **fields):
        if version is None:
            version = self.bed.version(act)[1]
        return self.post(f"/acts/{act}/public", do=what, version=version,
                         form=form or filing.base32(), **fields)

    def number_of(self, act, needle):
        """The place of a replacement, as the page has it."""
        page = self.get(f"/acts/{act}/public").text
        found = re.search(r'option value="(\d+)"[^>]*>' + re.escape(needle)
                          + " –", page)
        return found[1] if found else ""


# ---- acts for everybody ----

def test_prepared(bed, act):
    clerk = Person(bed, "clerk")
    page = clerk.get(f"/acts/{act}/public")
    bed.check("before: nothing is prepared", page.status == 200
              and "Hamı üçün hazırla" in page.text)
    bed.check("it stands among those that wait", act in clerk.get(
        "/acts/public").text)
    a = clerk.do(act, "begin", version=0)
    bed.check("begun", a.status == 303 and bed.version(act) == (1, 1),
              (a.status, bed.version(act), acts.wrong_of(a)))
    page = clerk.get(f"/acts/{act}/public").text
    after = re.search("<h3[^>]*>Hamı üçün</h3>(.*?)</div>", page, re.S)
    bed.check("nothing is left in what is proposed",
              after and not left(after[1]), after and left(after[1]))
    bed.check("endings, numbers and the judge stay", after and all(
        s in html.unescape(re.sub("<[^>]*>", "", after[1])) for s in (
            "İddiaçı 1-UN tələbini", "Cavabdeh 1-dan 1000 manat",
            "Hakim Dəftərli", "FİN [FİN]", "VÖEN [VÖEN]", "[e-poçt]",
            "“Üçüncü şəxs 1”")), after and after[1])
    bed.check("nothing of it is public", "Heç bir akt tapılmadı" in
              filing.Browser(bed.port).get("/published").text)
    return clerk


def test_changed(bed, clerk, act):
    a = clerk.do(act, "add", needle="manat", by="pul")
    bed.check("something more is replaced", a.status == 303
              and "1000 pul " in plain(clerk.get(f"/acts/{act}/public")),
              (a.status, acts.wrong_of(a)))
    n = clerk.number_of(act, "manat")
    a = clerk.do(act, "keep", n=n)
    bed.check("and left again", a.status == 303 and "1000 pul " not in
              plain(clerk.get(f"/acts/{act}/public")), acts.wrong_of(a))
    n = clerk.number_of(act, "Məmmədov")
    a = clerk.do(act, "rename", n=n, by="A.")
    page = clerk.get(f"/acts/{act}/public").text
    bed.check("a pseudonym is changed, for all words of the person",
              a.status == 303 and ">A.-UN<" in page
              and "İddiaçı 1" not in page, acts.wrong_of(a))
    for what, do, fields, at in (
            ("a name as a pseudonym", "rename", {"n": n, "by": "Quliyeva"},
             "by"),
            ("no pseudonym", "rename", {"n": n, "by": " "}, "by"),
            ("41 characters of one", "rename", {"n": n, "by": "x" * 41}, "by"),
            ("no such place", "rename", {"n": "999", "by": "B."}, "n"),
            ("what the act does not have", "add",
             {"needle": "heç nə", "by": "x"}, "needle"),
            ("one letter", "add", {"needle": "a", "by": "x"}, "needle"),
            ("201 characters", "add", {"needle": "x" * 201, "by": "x"},
             "needle"),
            ("a FIN that is to be left", "keep",
             {"n": clerk.number_of(act, "5FRA001")}, "n")):
        row = bed.version(act)
        a = clerk.do(act, do, **fields)
        bed.check(f"{what}: 422 at {at}, and nothing changes",
                  a.status == 422 and f'href="#{at}"' in a.text
                  and "<title>Xəta:" in a.text and bed.version(act) == row,
                  (a.status, acts.wrong_of(a)))
    a = clerk.do(act, "rename", n=n, by="x" * 40)
    bed.check("40 characters are taken", a.status == 303, acts.wrong_of(a))
    clerk.do(act, "rename", n=n, by="A.")
    a = clerk.do(act, "rename", n=n, by="B.", version=1)
    bed.check("of an older draft: 409", a.status == 409, a.status)
    bed.check("which is a record", bed.noted(
        "illegal_transition", 1, act=act, to="draft"))
    bed.check("a form without its number: 400", clerk.do(
        act, "rename", form="x", n=n, by="B.").status == 400)
    bed.check("not our form: 403", clerk.post(
        f"/acts/{act}/public", do="send", csrf="x").status == 403)
    bed.check("another word: 400", clerk.do(act, "publish").status == 400)


def test_cells(bed, act):
    """Who may see and take part: a clerk of the court and the case's judge."""
    for user, may in (("clerk", 1), ("clerk2", 1), ("judge", 1),
                      ("elsewhere", 0), ("judge2", 0), ("president", 0),
                      ("auditor", 0), ("claimant", 0), ("lawyer", 0),
                      ("witness", 0), ("citizen", 0)):
        who = Person(bed, user)
        page = who.get(f"/acts/{act}/public")
        bed.check(f"{user}: {'sees it' if may else '404'}", page.status == (
            200 if may else 404), page.status)
        bed.check(f"{user}: the act's page says so", (
            f'href="/acts/{act}/public"' in who.get(f"/acts/{act}").text)
            == bool(may))
        listed = who.get("/acts/public")
        bed.check(f"{user}: the list", listed.status == (
            200 if user in ("clerk", "clerk2", "judge", "elsewhere", "judge2")
            else 404) and (act in listed.text) == bool(may), listed.status)
        if not may:
            before = bed.version(act)
            got = {who.do(act, do, reason="Səbəb").status for do in (
                "begin", "add", "keep", "cut", "rename", "send", "return",
                "release", "withdraw", "drop")}
            bed.check(f"{user}: no step: 404", got == {404}
                      and bed.version(act) == before, got)
    bed.check("nobody: to the sign-in", filing.Browser(bed.port).get(
        f"/acts/{act}/public").status == 303)


def test_reviewed(bed, clerk, act):
    for do in ("release", "withdraw", "return"):
        a = clerk.do(act, do, reason="Səbəb")
        bed.check(f"{do} of a draft: 409", a.status == 409
                  and bed.version(act)[0] == 1, a.status)
    bed.check("each is a record", all(bed.noted(
        "illegal_transition", 1, act=act, **{"from": "draft", "to": to})
        for to in ("released", "withdrawn")))
    a = clerk.do(act, "send")
    bed.check("sent", a.status == 303 and bed.version(act)[0] == 2, a.status)
    row = bed.version(act)
    a = clerk.do(act, "release")
    bed.check("who prepared it does not release it: 403", a.status == 403
              and bed.version(act) == row, a.status)
    bed.check("which is a record", bed.noted(
        "illegal_transition", 1, act=act, to="released by who prepared it"))
    bed.check("and is not offered it", "Hamı üçün aç" not in clerk.get(
        f"/acts/{act}/public").text)
    a = clerk.do(act, "add", needle="manat", by="pul")
    bed.check("nothing changes in review: 409", a.status == 409
              and bed.version(act) == row, a.status)
    other = Person(bed, "clerk2")
    page = other.get(f"/acts/{act}/public").text
    bed.check("a second clerk is offered it", "Hamı üçün aç" in page)
    for what, reason in (("no reason", " "), ("501 characters", "x" * 501)):
        a = other.do(act, "return", reason=reason)
        bed.check(f"{what}: 422", a.status == 422
                  and 'href="#reason"' in a.text, a.status)
    a = other.do(act, "return", reason="y" * 500)
    bed.check("returned, with 500 characters", a.status == 303
              and bed.version(act)[0] == 1
              and "y" * 500 in clerk.get(f"/acts/{act}/public").text)
    bed.check("recorded", bed.noted("publication.returned", 1, act=act))
    clerk.do(act, "send")
    return other


def test_new_names(bed, other, act):
    """Somebody joins the case while its version waits."""
    bed.sql("INSERT INTO party (case_id, side, name, fold, ident) VALUES"
            f" ('{bed.case}', 3, 'Etirazov Etiraz', '', '');")
    a = other.do(act, "release")
    bed.check("a name that the case has by now: 409", a.status == 409
              and bed.version(act)[0] == 2, (a.status, acts.wrong_of(a)))
    bed.sql("DELETE FROM party WHERE name = 'Etirazov Etiraz'")


def test_released(bed, other, act):
    form = filing.base32()
    got = [other.do(act, "release", form=form).status for _ in range(2)]
    bed.check("released, once", got[0] == 303 and bed.version(act)[0] == 3,
              got)
    bed.check("recorded", bed.noted("publication.released", 1, act=act))
    nobody = filing.Browser(bed.port)
    page = nobody.get("/published")
    found = re.findall("/published/([a-z2-7]{26})", page.text)
    bed.check("everybody finds it", page.status == 200 and len(found) == 1
              and NUMBER in page.text and "Bakı Apellyasiya" in page.text,
              page.text[-2000:])
    pages = [page, nobody.get(f"/published/{found[0]}")]
    bed.check("and reads it", pages[1].status == 200 and NUMBER in
              pages[1].text and "Hakim Dəftərli" in pages[1].text)
    for lang in ("en", "ru", "az"):
        nobody.post("/lang", lang=lang, back="/published")
        pages += [nobody.get("/published"),
                  nobody.get(f"/published/{found[0]}")]
    bed.check("no name, no number in any byte of it", not any(
        left(p.body.decode() + str(p.headers)) for p in pages),
        [left(p.text) for p in pages])
    bed.check("no search engine keeps it", all("noindex" in p.headers.get(
        "x-robots-tag", "") for p in pages))
    bed.check("the act's own id is not there", not any(
        act in p.text for p in pages))
    bed.check("another id: 404", nobody.get(
        f"/published/{filing.base32()}").status == 404)
    return nobody, found[0]


def search(nobody, query):
    return nobody.get("/published?" + urllib.parse.quote(query, "=&+%"))


def test_search(bed, nobody, public):
    for what, query, hit in (
            ("a word", "words=telebini", 1), ("its beginning", "words=tələb",
                                              1),
            ("capitals", "words=TƏLƏBİNİ+dəstəklədi", 1),
            ("a name", "words=Məmmədov", 0), ("a FIN", "words=5fra001", 0),
            ("one of two words", "words=tələbini+fil", 0),
            ("the court", "court=103", 1), ("another court", "court=104", 0),
            ("the kind", "kind=judgment", 1), ("another", "kind=ruling", 0),
            ("from a day", "from=01.01.2020", 1),
            ("from tomorrow", f"from={acts.baku(-2)[0]}", 0),
            ("until today", f"to={acts.baku()[0]}", 1),
            ("until the day before", f"to={acts.baku(2)[0]}", 0),
            ("four words", "words=a+b+c+d", 0),
            ("a quotation mark", "words=%27+OR+1", 0)):
        page = search(nobody, query)
        bed.check(f"search: {what}", page.status == 200
                  and (public in page.text) == bool(hit), page.status)
    for what, query, at in (
            ("five words", "words=a+b+c+d+e", "words"),
            ("101 characters", "words=" + "x" * 101, "words"),
            ("no such court", "court=999", "court"),
            ("no day", "from=2026-01-01", "from"),
            ("no day", "to=32.01.2026", "to")):
        page = nobody.get(f"/published?{query}")
        bed.check(f"search: {what}: 422 at {at}", page.status == 422
                  and f'href="#{at}"' in page.text, page.status)
    bed.check("100 characters are taken", nobody.get(
        "/published?words=" + "x" * 100).status == 200)


def test_withdrawn(bed, other, act, nobody, public):
    a = other.do(act, "withdraw", reason="")
    bed.check("no reason: 422", a.status == 422 and bed.version(act)[0] == 3)
    a = other.do(act, "withdraw", reason="Ad qalıb")
    bed.check("withdrawn", a.status == 303 and bed.version(act) == (4, 0),
              (a.status, bed.version(act)))
    bed.check("nobody reads it any more", nobody.get(
        f"/published/{public}").status == 404
        and public not in nobody.get("/published").text
        and public not in search(
            nobody, "words=tələb").text)
    bed.check("recorded", bed.noted("publication.withdrawn", 1, act=act))
    bed.check("the reason stays", "Ad qalıb" in other.get(
        f"/acts/{act}/public").text)
    a = other.do(act, "begin", version=0)
    bed.check("a new version is prepared", a.status == 303
              and bed.version(act) == (4, 1), (a.status, bed.version(act)))
    a = other.do(act, "drop")
    bed.check("and discarded", a.status == 303 and bed.version(act) == (4, 0)
              and bed.noted("publication.dropped", 1, act=act))


def test_closed(bed):
    act = bed.published(case=bed.restricted, title="Məhdud")
    judge = Person(bed, "judge")
    bed.check("of a restricted case: not offered", ">Hamı üçün hazırla<" not in
              judge.get(f"/acts/{act}/public").text
              and act not in judge.get("/acts/public").text)
    a = judge.do(act, "begin", version=0)
    bed.check("and refused: 409", a.status == 409
              and bed.version(act) == (0, 0), a.status)
    bed.check("which is a record", bed.noted(
        "illegal_transition", 1, act=act, to="draft"))
    draft = judge.draft(text="Layihə")
    bed.check("of a draft: 404", judge.get(
        f"/acts/{draft}/public").status == 404)
    # One that became restricted after its release.
    open_act = bed.published()
    judge.do(open_act, "begin", version=0)
    judge.do(open_act, "send")
    Person(bed, "clerk").do(open_act, "release")
    nobody = filing.Browser(bed.port)
    found = re.findall("/published/([a-z2-7]{26})",
                       nobody.get("/published").text)
    bed.check("another is released", len(found) == 1)
    bed.sql(f"UPDATE court_case SET restricted = 1 WHERE id = '{bed.case}'")
    bed.check("its case becomes restricted: it is gone at once", nobody.get(
        f"/published/{found[0]}").status == 404
        and found[0] not in nobody.get("/published").text)
    bed.sql(f"UPDATE court_case SET restricted = 0 WHERE id = '{bed.case}'")


def test_longest(bed):
    """An act of 50,000 characters, with a name in every line."""
    line = "Məmmədovun 5FRA002 iddiası haqqında mətn.\n"
    text = line * (50000 // len(line))
    act = bed.published(text=text, title="Uzun " + "Məmmədov " * 15)
    judge = Person(bed, "judge")
    a = judge.do(act, "begin", version=0)
    page = judge.get(f"/acts/{act}/public")
    bed.check("the longest act is prepared, and shown", a.status == 303
              and page.status == 200 and page.text.count("mohur-cut") > 4000,
              (a.status, page.status))
    judge.do(act, "send")
    a = Person(bed, "clerk").do(act, "release")
    bed.check("and released", a.status == 303, (a.status, acts.wrong_of(a)))
    found = re.search("/published/([a-z2-7]{26})", search(
        filing.Browser(bed.port), "words=uzun").text)
    page = filing.Browser(bed.port).get(f"/published/{found and found[1]}")
    bed.check("nothing is left in it", page.status == 200
              and not left(page.text) and "İddiaçı 1-un [FİN]" in page.text,
              (page.status, left(page.text)))
    Person(bed, "clerk").do(act, "withdraw", reason="Sınaq")


def test_published(bed):
    test_longest(bed)
    act = bed.published()
    clerk = test_prepared(bed, act)
    test_changed(bed, clerk, act)
    test_cells(bed, act)
    other = test_reviewed(bed, clerk, act)
    test_new_names(bed, other, act)
    nobody, public = test_released(bed, other, act)
    test_search(bed, nobody, public)
    test_withdrawn(bed, other, act, nobody, public)
    test_closed(bed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        mail = notify.MailServer(pathlib.Path(scratch) / "smtpd")
        bed.configure(mail)
        mail.start()
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            letters.test_menu(bed)
            letters.test_letters(bed, mail)
            letters.test_inquiries(bed, mail)
            test_published(bed)
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            mail.stop()
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
            (bed.build / "logs-front.txt").write_text(bed.log())
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
