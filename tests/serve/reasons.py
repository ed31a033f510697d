#!/usr/bin/python3
"""A judge reads a case of another judge of the court with a reason, on an
instance that `mohur serve` runs.

    reasons.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE)]

import acts  # noqa: E402
import filing  # noqa: E402

NUMBER = "2-2(103)-660/2021"  # the judge's
REASON = "2-2(103)-0/2021 saylı iş bundan asılıdır"
TABS = ("documents", "hearings", "history", "views", "acts/new")


class Bed(acts.Bed):
    """With a judge of another court."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        self.portal("account", "add", "--state", self.state, "--user",
                    "judge4", "--role", "judge", "--name", "Vaqif",
                    "--surname", "Uzaq", input=filing.PASSWORD + "\n")
        self.sql("INSERT INTO official SELECT id, 2 FROM account WHERE"
                 " username = 'judge4'")

    def given(self):
        return self.ask_sql("SELECT count(*) FROM case_reason")


def give(who, number=NUMBER, reason=REASON, **fields):
    return who.post("/cases/reason", **{
        "number": number, "reason": reason, "form": filing.base32(),
        **fields})


def plain(page):
    """A page without what differs by its address and its time."""
    return re.sub("[a-z2-7]{26}|[0-9a-f-]{32,}|[A-Za-z0-9_-]{40,}", "",
                  page.text)


def test_closed(bed, judge2, judge4):
    """Before a reason is given nobody learns whether there is a case."""
    absent = filing.base32()
    for who in (judge2, judge4):
        pages = [who.get(f"/cases/{key}") for key in (bed.case, absent)]
        bed.check(f"{who.user}: 404, and where a reason is given",
                  all(p.status == 404 and 'href="/cases/reason"' in p.text
                      for p in pages), [p.status for p in pages])
        bed.check(f"{who.user}: a case reads as one that is not",
                  plain(pages[0]) == plain(pages[1]))
        for tab in TABS:
            pages = [who.get(f"/cases/{key}/{tab}")
                     for key in (bed.case, absent)]
            bed.check(f"{who.user}: nor does {tab} tell",
                      [p.status for p in pages] == [404] * 2 and
                      plain(pages[0]) == plain(pages[1]),
                      [p.status for p in pages])
    for user in ("clerk", "lawyer", "citizen", "witness", "auditor",
                 "president", "elsewhere"):
        who = acts.Person(bed, user)
        got = [who.get("/cases/reason").status, give(who).status]
        bed.check(f"{user}: 404 for the form", got == [404] * 2, got)
        bed.check(f"{user}: no way there is shown", "/cases/reason" not in
                  who.get(f"/cases/{absent}").text
                  and "/cases/reason" not in who.get("/cases").text)
    nobody = filing.Browser(bed.port)
    bed.check("nobody: to the sign-in",
              nobody.get("/cases/reason").status == 303)
    bed.check("no reason was kept", bed.given() == 0)


def test_wrong(bed, judge2, judge4):
    page = judge2.get("/cases/reason")
    bed.check("the form", page.status == 200 and 'name="reason"' in page.text)
    bed.check("the own list leads there", 'href="/cases/reason"' in
              judge2.get("/cases").text)
    for what, who, fields, at in (
            ("no number", judge2, {"number": " "}, "number"),
            ("41 characters of number", judge2, {"number": "1" * 41},
             "number"),
            ("no such number", judge2, {"number": "2-2(103)-661/2021"},
             "number"),
            ("of another court", judge4, {}, "number"),
            ("no reason", judge2, {"reason": ""}, "reason"),
            ("blanks", judge2, {"reason": " \r\n\t "}, "reason"),
            ("nothing but signs", judge2, {"reason": "..."}, "reason"),
            ("101 characters", judge2, {"reason": "ə" * 101}, "reason"),
            ("a control", judge2, {"reason": "a\x01b"}, "reason")):
        a = give(who, **fields)
        bed.check(f"{what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text
                  and "<title>Xəta:" in a.text, a.status)
    a = give(judge2, number="<b>x", reason=REASON)
    bed.check("what was written stays, as text", "&lt;b&gt;x" in a.text
              and REASON in a.text and "<b>x" not in a.text)
    pages = [give(judge4, number=n) for n in (NUMBER, "2-2(103)-661/2021")]
    bed.check("another court's case reads as one that is not", plain(
        pages[0]).replace(NUMBER, "") == plain(pages[1]).replace(
            "2-2(103)-661/2021", ""))
    a = give(judge2, csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    a = give(judge2, form="x")
    bed.check("a form without its number: 400", a.status == 400, a.status)
    bed.check("nothing was kept", bed.given() == 0 and judge2.get(
        f"/cases/{bed.case}").status == 404)


def test_given(bed, judge, judge2, party):
    own = give(judge)
    bed.check("the judge of the case needs none", own.status == 303 and
              own.headers["location"] == f"/cases/{bed.case}"
              and bed.given() == 0, own.status)
    form = filing.base32()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: give(judge2, form=form), range(6)))
    bed.check("given: to the case", all(
        a.status == 303 and a.headers["location"] == f"/cases/{bed.case}"
        for a in got), [a.status for a in got])
    bed.check("of six at once one is kept", bed.given() == 1)
    bed.until(lambda: bed.events("case.reason", f"case:{bed.case}"))
    records = bed.events("case.reason", f"case:{bed.case}")
    bed.check("its record, without the words", len(records) == 1 and records[0]["d"] == {"seconds": "3600"}
              and "asılıdır" not in str(records), records)
    page = judge2.get(f"/cases/{bed.case}")
    bed.check("the case is there", page.status == 200 and NUMBER in page.text,
              page.status)
    bed.check("and offers nothing more", not re.search(
        f"/cases/{bed.case}/(?!draw)[a-z]", page.text))
    got = [judge2.get(f"/cases/{bed.case}/{tab}").status for tab in TABS]
    bed.check("the case alone: 404 for the rest", got == [404] * len(TABS),
              got)
    seen = party.get(f"/cases/{bed.case}/views").text
    bed.check("the party reads who looked, and why", REASON in seen, seen[-900:])
    bed.check("once", seen.count(REASON) == 1, seen.count(REASON))
    other = acts.Person(bed, "judge3")
    bed.check("it is nobody else's", other.get(
        f"/cases/{bed.case}").status == 404)
    bed.check("nor of another case", judge2.get(
        f"/cases/{bed.cases['judge3']}").status == 404)
    give(judge2, reason="Başqa səbəb")
    judge2.get(f"/cases/{bed.case}")
    seen = party.get(f"/cases/{bed.case}/views").text
    bed.check("another reason is another row", REASON in seen
              and "Başqa səbəb" in seen)
    bed.check("the log of the instance has no words of it",
              "asılıdır" not in bed.log() and "Başqa" not in bed.log())


def test_over(bed, judge2):
    bed.sql("UPDATE case_reason SET at = at - 3600, until = until - 3600")
    page = judge2.get(f"/cases/{bed.case}")
    bed.check("after an hour it is over", page.status == 404
              and 'href="/cases/reason"' in page.text, page.status)
    give(judge2)
    bed.check("another one opens it", judge2.get(
        f"/cases/{bed.case}").status == 200)
    bed.sql("DELETE FROM official WHERE account = (SELECT id FROM account"
            " WHERE username = 'judge2')")
    bed.check("who leaves the court reads it no more", judge2.get(
        f"/cases/{bed.case}").status == 404)


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
            judge, judge2, judge4, party = (acts.Person(bed, u) for u in (
                "judge", "judge2", "judge4", "lawyer"))
            test_closed(bed, judge2, judge4)
            test_wrong(bed, judge2, judge4)
            test_given(bed, judge, judge2, party)
            test_over(bed, judge2)
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
