#!/usr/bin/python3
"""Cases, hearings and notifications over HTTP, as each role sees them.

    cases.py --build BUILD

Who sees which case, search, pages, the table for spreadsheets, calendars,
tokens of forms.  Ends with "N passed, N failed".
"""

import argparse
import contextlib
import csv
import html
import io
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

from pages import PASSWORD, Browser, text
from portal import Checks, Portal, request

# The first takes part as the lawyer, "stranger" is a lawyer without cases.
PEOPLE = (("lawyer", "lawyer"), ("citizen", "citizen"), ("clerk", "clerk"),
          ("president", "president"), ("judge", "judge"),
          ("auditor", "auditor"), ("operator", "operator"),
          ("stranger", "lawyer"), ("other-clerk", "clerk"))
# Whose cases are made by the hundred.
MANY = (("many", "lawyer"), ("many-clerk", "clerk"))
# In their order.
STATUSES = ("Qeydiyyata alınıb", "Hakimə verilib", "İş icraatdadır",
            "Dayandırılıb", "Yekun məhkəmə aktı çıxarılıb",
            "Akt qanuni qüvvəyə minib", "Şikayət verilib", "Arxivdədir",
            "Baxılmadan qaytarılıb")
TABS = ("", "/hearings", "/history", "/views")
# Which of TABS each role opens in a case of its own.
SEES = {"lawyer": TABS, "citizen": TABS, "clerk": TABS[:3],
        "judge": TABS[:3], "president": TABS, "auditor": TABS,
        "operator": (), "stranger": (), "other-clerk": ()}
# How many cases each has.
HAS = {"lawyer": 8, "citizen": 3, "clerk": 8, "president": 8, "judge": 7,
       "auditor": 8, "operator": 0, "stranger": 0, "other-clerk": 0}
OWN = "e-2-1(112)-6882/2021"  # the lawyer's, the citizen's and the judge's
NOT_CITIZENS = "2-2(103)-660/2021"
PARTY = "Qəhrəmanova"


def run(portal, *words, password=None):
    return subprocess.run(
        [portal.build / "mohur-portal", *words[:1], *words[1:]],
        input=None if password is None else password + "\n", text=True,
        capture_output=True, check=False, timeout=60)


def demo(check, portal):
    for user, role in PEOPLE + MANY:
        done = run(portal, "account", "add", "--state", portal.state,
                   "--user", user, "--role", role, "--name", user.title(),
                   "--surname", "Sınaqlı", password=PASSWORD)
        check(f"account of {user}", done.returncode == 0, done.stderr)
    words = ["demo", "--state", portal.state]
    for user in ("lawyer", "citizen", "clerk", "president", "judge"):
        words += [f"--{user}", user]
    for name, more, rule in (
            ("no such account", ["--lawyer", "nobody"], "--lawyer"),
            ("another role", ["--judge", "lawyer"], "--judge"),
            ("an unknown option", ["--king", "x"], "--state"),
            ("something more", ["more"], "--state")):
        done = run(portal, *words, *more)
        check(f"demo: {name} is refused", done.returncode == 64
              and rule in done.stderr, done.stderr)
    for _ in range(2):
        done = run(portal, *words)
        check("demo", done.returncode == 0, done.stderr)


def cases_of(browser, query=""):
    """{number: id} of the list as it is shown."""
    page = text(browser.get("/cases" + query))
    return {number: key for key, number in re.findall(
        r'href="/cases/([a-z2-7]{26})">([^<]+)</a>', page)}


def who_sees(check, portal, browsers):
    everything = cases_of(browsers["auditor"])
    own, foreign = everything[OWN], everything[NOT_CITIZENS]
    for user, browser in browsers.items():
        listed = cases_of(browser)
        check(f"{user}: so many cases", len(listed) == HAS[user],
              len(listed))
        for tab in TABS:
            want = 200 if tab in SEES[user] else 404
            answer = browser.get(f"/cases/{own}{tab}")
            check(f"{user}: own case{tab} is {want}",
                  answer.status == want, answer.status)
        for number, key in everything.items():
            want = 200 if number in listed else 404
            answer = browser.get(f"/cases/{key}")
            check(f"{user}: {number} is {want}", answer.status == want,
                  answer.status)
            check(f"{user}: {number}: parties for who may see it",
                  (number in text(answer)) == (want == 200))
        answer = browser.get("/cases/" + "a" * 26)
        check(f"{user}: none is 404", answer.status == 404)
        check(f"{user}: and so is what is no id",
              browser.get("/cases/1").status == 404)
    page = text(browsers["citizen"].get(f"/cases/{foreign}"))
    absent = text(browsers["citizen"].get("/cases/" + "a" * 26))
    check("a foreign case reads as one that is not",
          re.sub(r"[a-z2-7]{26}", "", page)
          == re.sub(r"[a-z2-7]{26}", "", absent))
    nobody = Browser(portal)
    for path in ("/cases", f"/cases/{own}", f"/cases/{own}/views",
                 "/cases.csv", "/hearings", "/notifications"):
        answer = nobody.get(path)
        check(f"strangers of {path} sign in", answer.status == 303
              and answer.headers["location"] == "/login", answer.status)


def views(check, browsers):
    own = cases_of(browsers["auditor"])[OWN]
    page = text(browsers["citizen"].get(f"/cases/{own}/views"))
    check("officials who looked are named", "Judge Sınaqlı" in page
          and "Clerk Sınaqlı" in page)
    check("others are roles", "Lawyer Sınaqlı" not in page
          and "Vəkil" in page)
    before = page.count("<td ")
    page = text(browsers["citizen"].get(f"/cases/{own}/views"))
    check("once more in ten minutes is no row", page.count("<td ") == before)


def search(check, browsers):
    b = browsers["lawyer"]
    for name, query, count in (
            ("a number's beginning", "?number=e-2-2", 3),
            ("with blanks and other brackets", "?number=+E-2-2[113]", 3),
            ("a type", "?type=8", 1), ("a status", "?status=decided", 2),
            ("days", "?from=17.09.2020&to=17.09.2020", 1),
            ("days that are turned", "?from=02.01.2021&to=01.01.2021", 0),
            ("all at once",
             "?number=e-2&type=2-2&status=appealed&from=01.01.2020", 1),
            ("an unknown type is none", "?type=king", 8),
            ("a court", "?court=113", 3),
            ("an injection", "?number=%27%20OR%201=1--", 0),
            ("what is no id", "?after=x", 8),
            ("an unknown id", "?after=" + "a" * 26, 0)):
        found = cases_of(b, query)
        check(f"search: {name}", len(found) == count, found)
    for name, query, field in (
            ("a day", "?from=31.02.2021", "from"),
            ("another day", "?to=1.1.2021", "to"),
            ("a number of 41", "?number=" + "1" * 41, "number"),
            ("a court that is none", "?court=1", "court"),
            ("another size", "?size=26", "size"),
            ("no size", "?size=x", "size")):
        answer = b.get("/cases" + query)
        check(f"search: {name} is an error", answer.status == 422
              and f'href="#{field}"' in text(answer), answer.status)
    check("a number of 40 is none",
          b.get("/cases?number=" + "1" * 40).status == 200)
    check("names are no field of a search",
          b.get("/cases?party=" + urllib.parse.quote(PARTY)).status == 400)
    for value in ("king", "-", "--filed", "filed-", "FILED", "judge"):
        check(f"search: the order {value!r} is an error",
              b.get(f"/cases?sort={value}").status == 422)
    page = text(b.get("/cases?number=%22%3E%3Cb%3Ex"))
    check("what was asked is text", "<b>x" not in page)
    dates = re.findall(r">(\d\d)\.(\d\d)\.(\d{4})</td>", text(b.get("/cases")))
    keys = [(y, m, d) for d, m, y in dates]
    check("the latest stand first", len(keys) == 8
          and keys == sorted(keys, reverse=True), keys)


def options(page, name):
    """{code: text} of what a select of the search offers."""
    field = re.search(rf'<select [^>]*name="{name}">(.*?)</select>', page)
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>',
                           field.group(1) if field else ""))


def people(check, browsers):
    """The filters by judge and by one's own role."""
    b = browsers["lawyer"]
    page = text(b.get("/cases"))
    rows = [cells for _, cells in rows_of(page)]
    judges, roles = options(page, "judge"), options(page, "role")
    check("judge: those of the own cases are offered", len(judges) > 1
          and set(judges.values()) - {"Hamısı"}
          == {r[5] for r in rows} - {"–"}, judges)
    check("judge: no number of an account stands there", all(
        re.fullmatch("[a-z2-7]{26}", j) for j in judges if j), judges)
    check("role: six and all", len(roles) == 7, roles)
    for column, name, offered in ((5, "judge", judges), (7, "role", roles)):
        for code, said in offered.items():
            if not code:
                continue
            found = rows_of(text(b.get(f"/cases?{name}={code}")))
            check(f"{name} {said}: the cases of it", [c for _, c in found]
                  == [r for r in rows if r[column] == said], found)
    code = next(c for c, said in judges.items() if c)
    role = next(c for c, said in roles.items() if said == rows[0][7])
    page = text(b.get(f"/cases?judge={code}&role={role}"))
    check("judge and role: they stand chosen", f'value="{code}" selected'
          in page and f'value="{role}" selected' in page)
    check("judge and role: links carry them on", len(re.findall(
        f'href="/cases[^"]*judge={code}&amp;role={role}', page)) >= 5)
    answer = b.post("/cases", party="sinaq", judge=code, role=role)
    check("judge and role: a name goes with them",
          f"judge={code}&role={role}" in answer.headers.get("location", ""),
          answer.status)
    lines = list(csv.reader(io.StringIO(b.get(
        f"/cases.csv?judge={code}").body.decode("utf-8-sig"))))
    check("judge: the table follows", len(lines) > 1 and {
        line[5] for line in lines[1:]} == {judges[code]})
    for name in ("judge", "role"):
        for value in ("1", "king", "a" * 26):
            answer = b.get(f"/cases?{name}={value}")
            check(f"{name}: {value[:4]} is an error", answer.status == 422
                  and f'href="#{name}"' in text(answer), answer.status)
            check(f"{name}: nor is there a table of {value[:4]}",
                  b.get(f"/cases.csv?{name}={value}").status == 422)
    for user in ("clerk", "president", "auditor"):
        page = text(browsers[user].get("/cases"))
        offered = options(page, "judge")
        mine = next((c for c, said in offered.items()
                     if said == "Sınaqlı Judge"), None)
        check(f"{user}: judges are offered, roles are not",
              mine is not None and not options(page, "role"), offered)
        check(f"{user}: the judge's cases", len(cases_of(
            browsers[user], f"?judge={mine}")) == HAS["judge"])
        check(f"{user}: a role is an error", browsers[user].get(
            "/cases?role=claimant").status == 422)
    page = text(browsers["judge"].get("/cases"))
    check("a judge has neither", not options(page, "judge")
          and not options(page, "role"))
    check("and gets no other's", browsers["judge"].get(
        f"/cases?judge={mine}").status == 422)
    check("who has no case is offered no judge",
          not options(text(browsers["stranger"].get("/cases")), "judge"))
    check("nor another clerk", mine not in options(
        text(browsers["other-clerk"].get("/cases")), "judge"))


def many_judges(check, portal, browsers):
    """As many as can be chosen, and more: the page still stands."""
    with contextlib.closing(sqlite3.connect(
            os.path.join(portal.state, "store.db"))) as db:
        db.execute("""
            INSERT INTO account (username, hash, surname, name, patronymic,
              email, phone, role, state, created)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
              WHERE i < 1100) SELECT 'j' || i, '', 'Z' || i, 'Z', '', '', '',
              4, 1, 0 FROM n""")
        db.execute("INSERT INTO official SELECT id, (SELECT min(id) FROM"
                   " court) FROM account WHERE username GLOB 'j[0-9]*'")
        db.commit()
    answer = browsers["auditor"].get("/cases")
    offered = options(text(answer), "judge")
    check("judges: a thousand and all are offered", answer.status == 200
          and len(offered) == 1001, (answer.status, len(offered)))


def names(check, portal, browsers):
    """A name goes in a form, and stands in no address."""
    b = browsers["lawyer"]

    def find(who, party, **more):
        answer = who.post("/cases", party=party, **more)
        check(f"name: {party!r} leads to the list", answer.status == 303
              and re.search(r"[?&]name=[a-z2-7]{26}$",
                            answer.headers["location"]),
              answer.headers.get("location"))
        return answer.headers["location"]

    for party, count in (("Qəhrəmanova", 3), ("qehreman", 3), ("QEHR", 3),
                         ("  iRADƏ  qəhrəm ", 3), ("gəhrəman", 0),
                         ("əhrəman", 0), ("Sinaq", 4), ("“SINAQ”", 4),
                         ("ticaret sinaq", 4), ("ticaret misal", 0),
                         ("%%%", None), ("ab", None), ("a b c", None),
                         ("a" * 201, None), ("bir iki üç dörd beş", None)):
        if count is None:
            answer = b.post("/cases", party=party)
            check(f"name: {party[:20]!r} is an error of its field",
                  answer.status == 422 and 'href="#party"' in text(answer)
                  and 'id="party"' in text(answer), answer.status)
        else:
            where = find(b, party)
            found = cases_of(b, where.removeprefix("/cases"))
            check(f"name: {party!r} finds {count}", len(found) == count,
                  found)
            check(f"name: {party!r} is in no address",
                  party.strip()[:4] not in urllib.parse.unquote(where))
    where = find(b, "sinaq", type="2-2", sort="number", size="50")
    check("name: the rest of the search goes with it", all(
        w in where for w in ("type=2-2", "sort=number", "size=50"))
        and len(cases_of(b, where.removeprefix("/cases"))) == 3, where)
    page = text(b.get(where))
    check("name: it stands in its field again", 'value="sinaq"' in page)
    check("name: links carry it on",
          page.count(where[-26:]) >= 5, page.count(where[-26:]))
    rows = list(csv.reader(io.StringIO(b.get(where.replace(
        "/cases", "/cases.csv")).body.decode("utf-8-sig"))))
    check("name: the table follows it", len(rows) == 4, len(rows))
    other = browsers["auditor"].get(where)
    check("name: another's search is none", other.status == 422
          and "sinaq" not in text(other), other.status)
    for key in ("x", "a" * 26):
        check(f"name: no such search {key[:4]}",
              b.get(f"/cases?name={key}").status == 422)
    check("name: none leads to all of them", len(cases_of(b, b.post(
        "/cases", party="").headers["location"].removeprefix("/cases"))) == 8)
    where = find(browsers["auditor"], "sinaq")
    check("name: an auditor finds it in all cases", len(cases_of(
        browsers["auditor"], where.removeprefix("/cases"))) == 4)
    for token in ("", b.cookies["__Host-form"][::-1]):
        check("name: a form without its token is 403", b.post(
            "/cases", csrf=token, party="sinaq").status == 403)
    answer = Browser(portal).post("/cases", party="sinaq")
    check("name: strangers sign in", answer.status == 303
          and answer.headers["location"] == "/login")
    check("name: it is text", "<b>xyz" not in text(
        b.get(find(b, "<b>xyz"))))
    check("name: the log has none", "sinaq" not in portal.log().lower())


COLUMNS = {"number": 0, "filed": 1, "court": 4, "status": 6}


def rows_of(page):
    """[(id, cells)] of the list as it is shown."""
    rows = re.findall(r'<tr class="govuk-table__row" role="row">\n(.*?)</tr>',
                      page, re.S)
    return [(re.search(r'/cases/([a-z2-7]{26})"', row).group(1),
             [re.sub("<[^>]+>", "", cell).strip()
              for cell in re.findall(r"<td [^>]*>(.*?)</td>", row)])
            for row in rows]


def walk(browser, query):
    """All pages from a query on: rows, and how many each page has."""
    rows, lengths, path = [], [], "/cases" + query
    while path is not None and len(lengths) < 100:
        page = text(browser.get(path))
        found = rows_of(page)
        rows += found
        lengths.append(len(found))
        more = re.search(r'href="(/cases\?[^"]*after=[^"]*)"', page)
        path = more and html.unescape(more.group(1))
    return rows, lengths


def orders(check, portal):
    """More cases than a page has: every order shows each of them once."""
    done = run(portal, "demo", "--state", portal.state, "--generate", "130",
               "--seed", "7", "--lawyer", "many", "--clerk", "many-clerk")
    check("130 cases are made", done.returncode == 0, done.stderr)
    done = run(portal, "demo", "--state", portal.state, "--generate", "130",
               "--seed", "7")
    check("but once of one seed", done.returncode == 64
          and "already" in done.stderr, done.stderr)
    for name, words in (("no number", ["--generate", "0"]),
                        ("too many", ["--generate", "10000001"]),
                        ("a seed alone", ["--seed", "1"])):
        check(f"generate: {name} is refused", run(
            portal, "demo", "--state", portal.state, *words).returncode == 64)
    b = Browser(portal)
    b.sign_in("many")
    words = list(STATUSES)
    for column, cell in COLUMNS.items():
        for sign, size in (("", 25), ("-", 50), ("-", 100)):
            rows, lengths = walk(b, f"?sort={sign}{column}&size={size}")
            name = f"order {sign}{column} by {size}"
            check(f"{name}: each case once", len(rows) == 130
                  and len({key for key, _ in rows}) == 130, len(rows))
            check(f"{name}: pages are full",
                  set(lengths[:-1]) == {size}, lengths)
            keys = [cells[cell] for _, cells in rows]
            if column == "filed":
                keys = [k.split(".")[::-1] for k in keys]
            elif column == "status":
                keys = [words.index(k) for k in keys]
            else:
                keys = [k.encode() for k in keys]
            check(f"{name}: in it",
                  keys == sorted(keys, reverse=sign == "-"), keys[:5])
    rows, lengths = walk(b, "?court=500&sort=status")
    check("a search stays over its pages", len(rows) > 0 and len(
        {cells[4] for _, cells in rows}) == 1, lengths)
    page = text(b.get("/cases?sort=-court&size=50&status=open"))
    heads = re.findall(r'aria-sort="(\w+)"><a [^>]*href="([^"]+)"', page)
    check("one head says how it is ordered",
          [way for way, _ in heads]
          == ["none", "none", "descending", "none"], heads)
    check("and leads to the other way, with the search",
          "sort=court" in heads[2][1] and "status=open" in heads[2][1]
          and "size=50" in heads[2][1])
    check("the latest come first where none is asked for",
          'aria-sort="descending"><a class="govuk-link" href="/cases?' in text(
              b.get("/cases")))
    table_rows = list(csv.reader(io.StringIO(
        b.get("/cases.csv?sort=number").body.decode("utf-8-sig"))))
    numbers = [row[0].encode() for row in table_rows[1:]]
    check("the table has all, in the order", len(numbers) == 130
          and numbers == sorted(numbers))
    check("a wrong order is none of it",
          b.get("/cases.csv?sort=king").status == 422)
    clerk = Browser(portal)
    clerk.sign_in("many-clerk")
    rows, _ = walk(clerk, "?sort=court")
    check("a clerk has those of the court", len(rows) > 0 and len(
        {cells[4] for _, cells in rows}) == 1)


# Undoes the migrations back to that of searching.
UNDO = """
DROP TRIGGER case_of_hearing; DROP TRIGGER hearing_of_case;
DROP TABLE inquiry; DROP TABLE court_letter; DROP TABLE publication_word;
DROP TABLE publication_cut; DROP TRIGGER publication_second;
DROP TABLE publication_step; DROP TABLE publication;
DROP TRIGGER application_paid; DROP TABLE fee_receipt;
DROP TABLE ledger_entry;
DROP TABLE ledger_posting; DROP TABLE ledger_account; DROP TABLE payment;
DROP TABLE feedback; DROP TRIGGER participant_came;
DROP TRIGGER participant_changed; DROP TRIGGER participant_left;
DROP VIEW mandated; DROP TABLE mandate; DROP TABLE join_tries;
DROP TABLE join_code; DROP TABLE joined; DROP INDEX party_ident;
ALTER TABLE participant DROP COLUMN mandated;
DROP TABLE enforcement_step; DROP TABLE enforcement;
DROP TABLE draw_opening;
DROP TABLE judge_change; DROP TABLE draw; DROP TABLE judge_list;
DROP TABLE judge_leave; DROP INDEX court_case_prev;
ALTER TABLE court_case DROP COLUMN prev_case_id;
DROP TABLE warrant; DROP TABLE audit_package;
DROP TABLE front_text; DROP TABLE rules; DROP TABLE court_info;
DROP TABLE proposal;
DROP INDEX official_court; DROP TABLE case_reason;
DROP TABLE audit_verdict; DROP TABLE audit_job; DROP TABLE audit_hash;
DROP TABLE audit_index;
DROP TABLE application_counter; DROP TABLE application_file;
DROP TABLE application_party; DROP TABLE application;
DROP TABLE act_read; DROP TABLE act; DROP TABLE judge_key;
DROP TABLE court_policy;
CREATE TABLE hearing_old (case_id TEXT NOT NULL REFERENCES court_case,
  starts INTEGER NOT NULL, hall TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, PRIMARY KEY (case_id, starts)) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO hearing_old SELECT case_id, starts, hall, kind, state
  FROM hearing;
DROP TABLE hearing; ALTER TABLE hearing_old RENAME TO hearing;
CREATE INDEX hearing_starts ON hearing (starts);
DROP TABLE form_sent; DROP TABLE case_counter;
ALTER TABLE court_case DROP COLUMN subject;
ALTER TABLE court_case DROP COLUMN restricted;
ALTER TABLE party DROP COLUMN ident;
DROP TABLE letter; DROP TABLE proof; DROP TABLE delivery;
ALTER TABLE account DROP COLUMN pending;
ALTER TABLE account DROP COLUMN email_proven;
ALTER TABLE account DROP COLUMN notify_email;
ALTER TABLE account DROP COLUMN notify_sms;
ALTER TABLE account DROP COLUMN lang; ALTER TABLE account DROP COLUMN consent;
DROP TABLE draft_file; DROP TABLE draft;
DROP INDEX document_desk; DROP TABLE decision;
DROP TABLE party_word; DROP TABLE name_search; DROP INDEX participant_filed;
DROP INDEX court_case_filed; DROP INDEX court_case_status;
DROP INDEX court_case_place; DROP INDEX court_name;
ALTER TABLE party DROP COLUMN fold; ALTER TABLE participant DROP COLUMN filed;
DELETE FROM migration WHERE n >= 7;
"""


def older(check, portal):
    """A store from before there was searching gets what it needs for it."""
    def rows(what):
        with contextlib.closing(sqlite3.connect(
                os.path.join(state, "store.db"))) as db:
            if what.startswith("SELECT"):
                return db.execute(what).fetchall()
            return db.executescript(what)

    wanted = ("SELECT name, fold FROM party ORDER BY case_id, side, name",
              "SELECT word, case_id FROM party_word ORDER BY word, case_id",
              "SELECT account, case_id, filed FROM participant"
              " ORDER BY account, case_id",
              "SELECT case_id, starts, ends - starts, hall, kind, state"
              " FROM hearing ORDER BY case_id, starts, hall")
    with tempfile.TemporaryDirectory() as state:
        run(portal, "demo", "--state", state, "--generate", "50")
        before = [rows(w) for w in wanted]
        rows(UNDO)
        done = run(portal, "sweep", "--state", state)
        check("an older store is opened", done.returncode == 0, done.stderr)
        for what, then in zip(wanted, before):
            check(f"and has: {what[:30]}", len(then) > 20
                  and rows(what) == then)
        ids = [row[0] for row in rows("SELECT id FROM hearing")]
        check("its hearings have got identifiers", len(ids) > 20 and all(
            re.fullmatch("[a-z2-7]{26}", i) for i in ids), ids[:3])


def table(check, browsers):
    b = browsers["lawyer"]
    answer = b.get("/cases.csv")
    check("the table", answer.status == 200
          and answer.headers["content-type"].startswith("text/csv")
          and "attachment" in answer.headers["content-disposition"])
    check("is UTF-8 for spreadsheets", answer.body.startswith(b"\xef\xbb\xbf"))
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    check("has eight columns and every case",
          [len(r) for r in rows] == [8] * 9, rows)
    check("lines end as RFC 4180 has it", answer.body.count(b"\r\n")
          == answer.body.count(b"\n") == 9)
    check("no field is a formula",
          not any(f[:1] in "=+-@" and f for r in rows for f in r))
    rows = list(csv.reader(io.StringIO(
        b.get("/cases.csv?type=8").body.decode("utf-8-sig"))))
    check("and what is searched for", len(rows) == 2)
    check("of a search that is none", b.get("/cases.csv?from=x").status == 422)


def hearings(check, portal, browsers):
    b = browsers["lawyer"]
    page = text(b.get("/hearings"))
    check("hearings of own cases", page.count("/hearings\">e-2") == 2)
    check("none of other's",
          'class="govuk-table' not in text(browsers["stranger"].get(
              "/hearings")))
    for week, status in (("0", 200), ("52", 200), ("-52", 200), ("53", 200),
                         ("x", 200), ("-", 200), ("", 200)):
        check(f"week {week!r}", b.get(f"/hearings?week={week}").status
              == status)
    found = sum(text(b.get(f"/hearings?week={n}")).count('/hearings">e-2')
                for n in range(3))
    check("the weeks have what the list has", found == 2, found)
    answer = b.post("/hearings/calendar", action="new")
    keys = re.findall(r"calendar\.ics\?key=([a-z2-7]{26})", text(answer))
    check("an address is made", answer.status == 200 and len(keys) == 1)
    path = f"/calendar.ics?key={keys[0]}"
    answer = request(portal, "GET", path)
    lines = answer.body.decode().split("\r\n")
    check("programs fetch it without signing in", answer.status == 200
          and answer.headers["content-type"].startswith("text/calendar")
          and lines.count("BEGIN:VEVENT") == 3, answer.status)
    check("lines are short", all(len(l.encode()) <= 75 for l in lines))
    check("it begins and ends", lines[0] == "BEGIN:VCALENDAR"
          and lines[-2:] == ["END:VCALENDAR", ""])
    check("it names nobody", PARTY not in answer.body.decode()
          and "Sınaqlı" not in answer.body.decode())
    check("the secret is not in the log", keys[0] not in portal.log())
    check("nor shown again", keys[0] not in text(b.get("/hearings")))
    again = re.findall(r"key=([a-z2-7]{26})",
                       text(b.post("/hearings/calendar", action="new")))[0]
    check("a new one ends the old one",
          request(portal, "GET", path).status == 404)
    path = f"/calendar.ics?key={again}"
    check("and is good", request(portal, "GET", path).status == 200)
    check("ended", b.post("/hearings/calendar", action="end").status == 303)
    for target in (path, "/calendar.ics", "/calendar.ics?key=x",
                   "/calendar.ics?key=" + "a" * 26):
        check(f"{target[:20]}: 404",
              request(portal, "GET", target).status == 404)


def courts(check, portal, browsers):
    """What everybody may see of a court: judges, hearings of a day."""
    page = text(browsers["lawyer"].get("/hearings"))
    row = re.search(
        r'>(\d\d\.\d\d\.\d{4}) (\d\d:\d\d)</td>.*?/hearings">(e-[^<]*)<'
        r'.*?<td.*?<td[^>]*>([^<]*)<', page, re.S)
    b = Browser(portal)
    page = text(b.get("/courts"))
    known = dict((name, code) for code, name in re.findall(
        r'href="/courts\?court=([^"]*)">([^<]*)</a>', page))
    if not check("courts: all of them", row and row[4] in known
                 and len(known) > 2, (row and row[0], known)):
        return
    day, time_, number, court = row.groups()

    def ask(**fields):
        return b.get("/courts?" + urllib.parse.urlencode(fields))
    page = text(ask(court=known[court], day=day))
    check("courts: the day's hearings", f"{time_}–" in page
          and number in page and f"<h1 class=\"govuk-heading-xl\">{court}"
          in page, page[-3000:])
    check("courts: who judges there", "Sınaqlı Judge" in page, page[-1500:])
    check("courts: nobody else, and no way into the case", "/cases/" not in
          page and "Sınaqlı Lawyer" not in page)
    page = text(ask(court=known[court], day="01.01.2001"))
    check("courts: a day without any", number not in page
          and "Həmin gün iclas yoxdur" in page)
    today = ask(court=known[court])
    check("courts: today where no day is asked for", today.status == 200
          and time.strftime("%d.%m.%Y", time.gmtime(time.time() + 4 * 3600))
          in text(today))
    for what, fields, where in (
            ("a court there is not", {"court": "<b>"}, ""),
            ("no court", {"court": ""}, ""),
            ("no day", {"court": known[court], "day": "31.02.2026"}, "day"),
            ("another day", {"court": known[court], "day": "2026-02-03"},
             "day")):
        answer = ask(**fields)
        check(f"courts, {what}: 422", answer.status == 422 and
              "error-summary" in text(answer) and "<b>" not in text(answer)
              and (not where or f'href="#{where}"' in text(answer)),
              answer.status)


def notifications(check, browsers):
    b = browsers["citizen"]
    page = text(b.get("/notifications"))
    ids = re.findall(r'href="/notifications/([a-z2-7]{26})"', page)
    unread = int(re.search(r'mohur-count">(\d+)', page).group(1))
    check("they are told once of each event", len(ids) == unread == 9,
          f"{len(ids)} {unread}")
    check("a list is not reading", f'mohur-count">{unread}<' in text(
        b.get("/notifications")))
    request(b.portal, "HEAD", f"/notifications/{ids[0]}", b.headers())
    check("nor is HEAD", f'mohur-count">{unread}<' in text(b.get("/cases")))
    answer = b.get(f"/notifications/{ids[0]}")
    check("its own page is", answer.status == 200
          and f'mohur-count">{unread - 1}<' in text(answer))
    first = re.search(r"(\d\d\.\d\d\.\d{4} \d\d:\d\d)</dd></div>\n</dl>",
                      text(answer)).group(1)
    check("when it was read stays", first in text(
        b.get(f"/notifications/{ids[0]}")))
    for user in ("lawyer", "clerk", "auditor", "operator", "stranger"):
        other = browsers[user]
        check(f"{user}: another's is 404",
              other.get(f"/notifications/{ids[1]}").status == 404)
        check(f"{user}: nor put away",
              other.post(f"/notifications/{ids[1]}/archive").status == 404)
    check("none is 404", b.get("/notifications/" + "a" * 26).status == 404)
    check("GET puts nothing away",
          b.get(f"/notifications/{ids[0]}/archive").status == 405)
    check("put away",
          b.post(f"/notifications/{ids[0]}/archive").status == 303)
    check("it is no longer there", ids[0] not in text(
        b.get("/notifications")))
    check("but in the archive", ids[0] in text(
        b.get("/notifications?archive=1")))


def tokens(check, browsers):
    b, other = browsers["citizen"], browsers["lawyer"]
    key = re.findall(r'href="/notifications/([a-z2-7]{26})"',
                     text(b.get("/notifications")))[0]
    for path in (f"/notifications/{key}/archive", "/hearings/calendar"):
        for name, token in (("none", ""), ("another's",
                                           other.cookies["__Host-form"])):
            answer = b.post(path, csrf=token, action="new")
            check(f"{path[:15]}: a form with {name} is 403",
                  answer.status == 403, answer.status)
        answer = b.post(path, ["Origin: https://evil.example"])
        check(f"{path[:15]}: from another site is 403", answer.status == 403)
    check("and nothing was put away", key in text(b.get("/notifications")))


def logs(check, portal):
    log = portal.log()
    # A page may have so many bytes.
    log = re.sub(r" (in|out)=\d+", "", log)
    check("the log names nobody", all(
        w not in log for w in (PARTY, "Sınaqlı", "6882", PASSWORD)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    check = Checks()
    with Portal(options.build) as portal:
        demo(check, portal)
        browsers = {}
        for user, _ in PEOPLE:
            browsers[user] = Browser(portal)
            check(f"{user} signs in",
                  browsers[user].sign_in(user).status == 303)
        who_sees(check, portal, browsers)
        views(check, browsers)
        search(check, browsers)
        people(check, browsers)
        names(check, portal, browsers)
        orders(check, portal)
        older(check, portal)
        table(check, browsers)
        hearings(check, portal, browsers)
        courts(check, portal, browsers)
        notifications(check, browsers)
        tokens(check, browsers)
        many_judges(check, portal, browsers)
        logs(check, portal)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
