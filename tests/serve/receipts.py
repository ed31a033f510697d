"""Fees that were paid elsewhere: the clerk checks the receipt, and no case
comes of an application before one is found good."""

import papers
import sign
from filing import Browser, base32

GOOD = {"do": "good", "number": "HÖP 2026-1", "why": ""}


def brought(bed, bench, person, clerk):
    """One in review whose fee was paid elsewhere."""
    at = person.held(person.prepare())
    person.fee(at, [("receipt", "qəbz.jpg", sign.JPEG)],
               fee="receipt_submitted", why="")
    a = person.bring(at, papers.signed(bench, person.files(at), "edoc"))
    bed.check("sent with a receipt", a.status == 303, papers.wrong_of(a))
    clerk.act(at, "review")
    return at


def say(clerk, at, **fields):
    path = f"/applications/{at}/fee"
    return clerk.post(path, **{**clerk.stamp(clerk.get(path)), **GOOD,
                               **fields})


def register(clerk, at):
    form = clerk.get(f"/applications/{at}/case")
    return clerk.post(f"/applications/{at}/case", **clerk.stamp(form),
                      type="2", proceeding="claim", subject="Borc")


def cases(bed):
    return bed.ask_sql("SELECT count(*) FROM court_case")


def test_receipts(bed, bench, person, clerk):
    at, before = brought(bed, bench, person, clerk), cases(bed)
    page = clerk.get(f"/applications/{at}").text
    bed.check("its page leads to the check, and not to a case",
              f'href="/applications/{at}/fee"' in page and
              f'href="/applications/{at}/case"' not in page and
              "qəbz yoxlanılmayınca" in page)
    a = register(clerk, at)
    bed.check("unchecked: no case, and why", a.status == 409 and
              "Rüsum qəbzi təsdiqlənməyib" in a.text and cases(bed) == before,
              (a.status, a.text[-900:]))
    bed.check("that is in the log", bed.until(lambda: any(
        r["ev"] == "illegal_transition" and r["obj"] == f"application:{at}"
        for r in bed.records()), 10))
    page = clerk.get(f"/applications/{at}/fee")
    bed.check("the receipt is there to be looked at", page.status == 200 and
              "qəbz.jpg" in page.text and "70,00 AZN" in page.text,
              page.text[-2500:])
    for name, more, field in (
            ("nothing chosen", {"do": ""}, "do"),
            ("no number", {"number": " "}, "number"),
            ("41 characters", {"number": "ə" * 41}, "number"),
            ("a control", {"number": "a\x01"}, "number"),
            ("no reason", {"do": "bad"}, "why"),
            ("501 characters", {"do": "bad", "why": "ə" * 501}, "why")):
        a = say(clerk, at, **more)
        bed.check(f"{name}: 422 at {field}", a.status == 422 and
                  f'href="#{field}"' in a.text, (a.status,
                                                 papers.wrong_of(a)))
    a = say(clerk, at, do="bad", why="ə" * 500)
    bed.check("not paid, with 500 characters: its owner reads it",
              a.status == 303 and "ə" * 500 in person.get(
                  f"/applications/{at}").text, a.status)
    bed.check("not paid: no case", register(clerk, at).status == 409 and
              cases(bed) == before)
    for user, status in (("lawyer", 404), ("citizen", 404), ("judge", 404),
                         ("elsewhere", 404), ("president", 404)):
        who = Browser(bed.port)
        who.sign_in(user)
        got = (who.get(f"/applications/{at}/fee").status, who.post(
            f"/applications/{at}/fee", form=base32(), version="1",
            **GOOD).status)
        bed.check(f"{user}: {status}", got == (status, status), got)
    a = say(clerk, at, number="ə" * 40)
    bed.check("paid, with 40 characters", a.status == 303 and "ə" * 40 in
              clerk.get(f"/applications/{at}").text, a.status)
    other = brought(bed, bench, person, clerk)
    a = say(clerk, other, number="ə" * 40)
    bed.check("the same receipt for another one: 422", a.status == 422 and
              'href="#number"' in a.text, a.status)
    a = register(clerk, at)
    bed.check("paid: a case", a.status == 303 and cases(bed) == before + 1,
              (a.status, papers.wrong_of(a)))
    bed.check("and nothing more to check", say(
        clerk, at).status == 409 and clerk.get(
            f"/applications/{at}/fee").status == 303)
    bed.check("what was said is in the log", bed.until(lambda: [
        r["d"]["state"] for r in bed.records() if r["ev"] == "payment" and
        r["obj"] == f"application:{at}"] == [
            "receipt_refused", "receipt_confirmed"], 10))
