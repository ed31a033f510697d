#!/usr/bin/python3
"""Stores with 100 cases and with many, for bench_pages.

    make_cases.py BUILD FOLDER CASES

Writes FOLDER/small and FOLDER/large; in each "requests": a line a page, its
name, its path and the cookies of who asks for it, with tabs between.  A
visitor has none.
"""

import contextlib
import datetime
import pathlib
import re
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "portal"))

from pages import PASSWORD, Browser, text  # noqa: E402
from portal import Portal  # noqa: E402

ACT = "p" * 26  # a court act that everybody may read
ACT_TEXT = 13000  # bytes of it, at least
ROLES = ("lawyer", "citizen", "clerk", "president", "judge", "auditor")
DAYS = 90  # of which the one with most hearings is taken
# Name, who asks, what for; bench_pages knows the first three.
PAGES = (
    ("a court's day", None, "{day}"),
    ("my cases", "lawyer", "/cases"),
    ("a published act", None, f"/published/{ACT}"),
    ("my cases by court", "lawyer", "/cases?sort=court"),
    ("my cases by status, 100 of them", "lawyer",
     "/cases?sort=-status&size=100"),
    ("my cases: search by number", "lawyer", "/cases?number=2"),
    ("case page", "lawyer", "{case}"),
    ("a court's cases", "clerk", "/cases"),
    ("all cases", "auditor", "/cases"),
    ("all cases by number", "auditor", "/cases?sort=number"),
    ("all cases by court", "auditor", "/cases?sort=court"),
    ("all cases: search by number", "auditor", "/cases?number=e-2(501)-12"),
    ("all cases: search by court, status", "auditor",
     "/cases?court=530&status=suspended"),
    ("all cases: search by days", "auditor",
     "/cases?from=01.03.2019&to=02.03.2019&sort=status"),
)
# The same with a name that is searched for, which is kept under an id.
NAMES = (
    ("my cases: search by name", "lawyer", "Məmmədov"),
    ("all cases: search by a name of many", "auditor", "memmed"),
    ("all cases: search by a name of few", "auditor", "guldaqulov"),
    ("all cases: search by two words", "auditor", "qəhrəmanova çinarə"),
    ("all cases: search by no name there is", "auditor", "zzz"),
)


def portal(build, *words, password=None):
    subprocess.run([build / "mohur-portal", *map(str, words)], check=True,
                   input=password, text=True, stdout=subprocess.DEVNULL)


def run_sql(state, script):
    """Without what the rows refer to: nothing here looks for it."""
    with contextlib.closing(sqlite3.connect(state / "store.db")) as db:
        db.executescript(script)


def searched(key, party, at, who):
    return (f"INSERT INTO name_search SELECT '{key}', id, '{party}', {at}"
            f" FROM account WHERE username = '{who}';\n")


def published(zeros):
    """An act as its publication leaves it; zeros: 32 of them, in SQL."""
    line = "Məhkəmə iddia tələbinin qismən təmin edilməsi barədə qərar verdi. "
    body = (line * 6 + "\n") * (ACT_TEXT // (6 * len(line.encode())) + 1)
    return ("INSERT INTO act (id, case_id, author, form, kind, title, text,"
            " sha256, state, created, announced, due, signed, published,"
            " signed_sha256, document)"
            f" SELECT '{ACT}', (SELECT min(id) FROM court_case"
            f"  WHERE restricted = 0), id, '{ACT}', 'decision', 'Qətnamə', '',"
            f" {zeros}, 4, 1, 1, 2, 1, 1, {zeros}, '{ACT}' FROM account"
            " WHERE username = 'judge';\n"
            "INSERT INTO publication (id, act, state, announced, title, text,"
            f" created, released) VALUES ('{ACT}', '{ACT}', 3, 1, 'Qətnamə',"
            f" '{body}', 1, 1);\n")


def busiest(visitor):
    """The day of the first court with most hearings, of some in a row."""
    code = re.search(r'href="/courts\?court=(\w+)"',
                     text(visitor.get("/courts"))).group(1)
    first = datetime.date(2024, 3, 1)
    paths = [f"/courts?court={code}&day="
             f"{first + datetime.timedelta(n):%d.%m.%Y}" for n in range(DAYS)]
    return max(paths, key=lambda path: len(visitor.get(path).body))


def make(build, state, cases, run=run_sql, zeros="zeroblob(32)"):
    state.mkdir(parents=True, exist_ok=True)
    named = []
    for role in ROLES:
        portal(build, "account", "add", "--state", state, "--user", role,
               "--role", role, "--name", "Sınaq", "--surname", role.title(),
               password=PASSWORD + "\n")
        if role != "auditor":
            named += [f"--{role}", role]
    portal(build, "demo", "--state", state, "--generate", cases, "--seed", 1,
           *named)
    run(state, published(zeros))
    lines = []
    with Portal(build, state=str(state), examiners=False) as running:
        browsers = {}
        for role in {who for _, who, _ in PAGES if who is not None}:
            browsers[role] = Browser(running)
            browsers[role].sign_in(role)
        day = busiest(Browser(running))
        page = text(browsers["lawyer"].get("/cases"))
        first = re.search(r'href="(/cases/[a-z2-7]{26})"', page).group(1)
        jars = {who: "; ".join(f"{k}={v}" for k, v in b.cookies.items())
                for who, b in browsers.items()}
        jars[None] = ""
        for name, who, path in PAGES:
            lines.append(f"{name}\t{path.format(case=first, day=day)}\t"
                         f"{jars[who]}\n")
    rows = ""
    for n, (name, who, party) in enumerate(NAMES):
        key = chr(ord("a") + n) * 26
        rows += searched(key, party, int(time.time()), who)
        lines.append(f"{name}\t/cases?name={key}\t{jars[who]}\n")
    run(state, rows)
    (state / "requests").write_text("".join(lines))


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: make_cases.py BUILD FOLDER CASES")
    build, folder = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
    make(build, folder / "large", int(sys.argv[3]))
    make(build, folder / "small", 100)


if __name__ == "__main__":
    main()
