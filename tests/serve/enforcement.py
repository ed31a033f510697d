#!/usr/bin/python3
"""Writs of execution: the clerk enters them and moves them from state to
state, everybody of the case is told, and who may see and do what.

    enforcement.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki")]

import filing  # noqa: E402
from applications import Filer, wrong  # noqa: E402
from clerk import ClerkBed  # noqa: E402
from filing import base32  # noqa: E402

WRIT = re.compile("/enforcement/([a-z2-7]{26})")
GOOD = {"writ": "2-2(103)-660/2021-1", "creditor": "“Sınaq Ticarət” MMC",
        "debtor": "Məmmədova Aygün", "office": "Xətai icra şöbəsi",
        "amount": "5 000,50"}
MOVES = {"issued": ("sent",), "sent": ("in_execution",),
         "in_execution": ("paused", "executed", "returned", "cancelled"),
         "paused": ("in_execution", "executed", "returned", "cancelled"),
         "executed": (), "returned": (), "cancelled": ()}
STATES = list(MOVES)


def add(bed, clerk, **more):
    a = clerk.post(f"/cases/{bed.case}/enforcement/new", form=base32(),
                   **{**GOOD, "writ": base32(), **more})
    found = WRIT.fullmatch(a.headers.get("location", ""))
    bed.check("entered", a.status == 303 and found, a.status)
    return found[1] if found else base32()


def move(clerk, writ, to, **more):
    return clerk.post(f"/enforcement/{writ}", to=to,
                      **{"form": base32(), "note": "", **more})


def state_of(bed, writ):
    n = bed.ask_sql(f"SELECT state FROM enforcement WHERE id = '{writ}'")
    return STATES[n - 1]


def test_new(bed, clerk, person):
    path = f"/cases/{bed.case}/enforcement/new"
    bed.check("the case leads there, for the clerk alone",
              path in clerk.get(f"/cases/{bed.case}").text and
              path not in person.get(f"/cases/{bed.case}").text)
    before = bed.ask_sql("SELECT count(*) FROM enforcement")
    for name, more, field in (
            ("no number", {"writ": " "}, "writ"),
            ("41 characters", {"writ": "x" * 41}, "writ"),
            ("no creditor", {"creditor": ""}, "creditor"),
            ("101 characters", {"creditor": "ə" * 101}, "creditor"),
            ("no debtor", {"debtor": ""}, "debtor"),
            ("no office", {"office": "\x01"}, "office"),
            ("an amount in letters", {"amount": "min"}, "amount"),
            ("an amount of nothing", {"amount": "0"}, "amount")):
        wrong(bed, name, clerk.post(path, form=base32(), **{**GOOD, **more}),
              field)
    bed.check("not our form: 403", clerk.post(
        path, form=base32(), csrf="x", **GOOD).status == 403)
    bed.check("a form without its number: 400", clerk.post(
        path, form="x", **GOOD).status == 400)
    bed.check("nothing was entered", bed.ask_sql(
        "SELECT count(*) FROM enforcement") == before)
    form = base32()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: clerk.post(
            path, form=form, **GOOD).headers.get("location"), range(6)))
    found = WRIT.fullmatch(got[0] or "")
    bed.check("of six at once, one", found and set(got) == {got[0]} and
              bed.ask_sql("SELECT count(*) FROM enforcement") == before + 1,
              got)
    wrong(bed, "the number once more", clerk.post(
        path, form=base32(), **GOOD), "writ")
    add(bed, clerk, writ="x" * 40, creditor="ə" * 100, amount="")
    page = person.get(f"/enforcement/{found[1]}").text
    bed.check("its page", "5\u00a0000,50" in page and "Vərəqə verilib" in page
              and "Xətai icra" in page and 'name="to"' not in page, page[-900:])
    page = person.get("/enforcement").text
    bed.check("the list", GOOD["writ"] in page and found[1] in page)
    bed.check("who takes part is told", "vərəqəsinin vəziyyəti dəyişdi"
              in person.get("/notifications").text)
    return found[1]


def test_states(bed, clerk):
    """Every step from every state, against the table."""
    for before in STATES:
        for to in STATES:
            writ = add(bed, clerk)
            bed.sql("UPDATE enforcement SET state ="
                    f" {STATES.index(before) + 1} WHERE id = '{writ}'")
            status = move(clerk, writ, to).status
            may = to in MOVES[before]
            bed.check(f"{before} to {to}", status == (303 if may else 409) and
                      state_of(bed, writ) == (to if may else before), status)
    bed.check("a refused one is a record", bed.until(lambda: any(
        r["ev"] == "illegal_transition" and r["obj"] == f"enforcement:{writ}"
        and r["d"] == {"from": "cancelled", "to": "cancelled"}
        for r in bed.records())))


def test_change(bed, clerk, person, writ):
    wrong(bed, "no state", move(clerk, writ, ""), "to")
    wrong(bed, "a state that is none", move(clerk, writ, "lost"), "to")
    wrong(bed, "501 characters", move(clerk, writ, "sent", note="ə" * 501),
          "note")
    bed.check("a form without its number: 400", move(
        clerk, writ, "sent", form="x").status == 400)
    form = base32()
    got = [move(clerk, writ, "sent", form=form, note="ə" * 500).status
           for _ in range(2)]
    bed.check("the same form once", got == [303, 303] and bed.ask_sql(
        f"SELECT count(*) FROM enforcement_step WHERE enforcement = '{writ}'")
        == 2, got)
    page = person.get(f"/enforcement/{writ}").text
    bed.check("the note is read", "ə" * 500 in page)
    bed.check("its records", bed.until(lambda: [
        r["d"]["state"] for r in bed.records() if r["ev"] ==
        "enforcement.changed" and r["obj"] == f"enforcement:{writ}"]
        == ["issued", "sent"]))


def test_matrix(bed, writ):
    for name, see, keep in (
            ("lawyer", 200, 404), ("nofin", 200, 404), ("witness", 404, 404),
            ("citizen", 404, 404), ("judge", 404, 404), ("clerk", 200, 422),
            ("elsewhere", 404, 404), ("president", 200, 404),
            ("president2", 404, 404), ("auditor", 200, 404)):
        who = Filer(bed, name)
        new = f"/cases/{bed.case}/enforcement/new"
        got = (who.get(f"/enforcement/{writ}").status,
               move(who, writ, "").status,
               who.get(new).status, who.post(new, form=base32()).status,
               200 if writ in who.get("/enforcement").text else 404)
        bed.check(f"{name}: its cells", got == (
            see, keep, 200 if keep == 422 else 404, keep, see), got)
    bed.check("what is not there", Filer(bed, "clerk").get(
        f"/enforcement/{base32()}").status == 404)
    nobody = filing.Browser(bed.port)
    bed.check("nobody is led to sign in", nobody.get(
        "/enforcement").status == 303)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = ClerkBed(options, scratch)
        bed.people()
        for number, name in ((1, "president"), (2, "president2")):
            bed.portal("account", "add", "--state", bed.state, "--user",
                       name, "--role", "president", "--name", "Aygün",
                       "--surname", "Məmmədova", input=filing.PASSWORD + "\n")
            bed.sql(f"INSERT INTO official SELECT id, {number} FROM account"
                    f" WHERE username = '{name}'")
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            clerk, person = Filer(bed, "clerk"), Filer(bed, "lawyer")
            writ = test_new(bed, clerk, person)
            test_change(bed, clerk, person, writ)
            test_matrix(bed, writ)
            test_states(bed, clerk)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-enforcement.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
