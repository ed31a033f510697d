#!/usr/bin/python3
"""A clerk registers cases and schedules hearings, on an instance that `mohur
init` makes and `mohur serve` runs: numbers, parties who are told, halls and
judges that are taken, what is moved and cancelled, and who may none of it.

    clerk.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import datetime as dt
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from filing import FIN, Bed, Browser, base32

BAKU = dt.timezone(dt.timedelta(hours=4))
CASE = re.compile("/cases/([a-z2-7]{26})")
HEARING = re.compile("/hearings/([a-z2-7]{26})")


class ClerkBed(Bed):
    def people(self):
        for name, role, fin in (("judge", "judge", ""), ("judge2", "judge", ""),
                                ("judge3", "judge", "")):
            self.portal("account", "add", "--state", self.state, "--user",
                        name, "--role", role, "--name", name, "--surname",
                        "Hakimli", input="kq7-zvm2-pa4-tx9\n")
        self.sql("""
        INSERT INTO official SELECT id, 1 FROM account
          WHERE username IN ('judge', 'judge2');
        INSERT INTO official SELECT id, 2 FROM account
          WHERE username = 'judge3';
        UPDATE account SET notify_sms = 1, phone = '+994501112233'
          WHERE username = 'citizen';""")

    def account(self, user):
        return self.ask_sql(
            f"SELECT id FROM account WHERE username = '{user}'")


def enter(bed, user):
    browser = Browser(bed.port)
    bed.check(f"{user} signs in", browser.sign_in(user).status == 303)
    return browser


def register(browser, **more):
    """What the form is sent with, some of it said otherwise."""
    fields = {"form": base32(), "court": "103", "type": "2-2",
              "proceeding": "claim", "subject": "Borcun ödənilməsi",
              "claimant-1-ident": FIN, "claimant-1-name": "",
              "defendant-1-ident": "1234567891",
              "defendant-1-name": "“Sınaq Ticarət” MMC",
              "judge": "", "do": "register"}
    fields.update({k.replace("_", "-"): v for k, v in more.items()})
    return browser.post("/cases/new", **fields)


def number_of(browser, case):
    found = re.search(r'mohur-number">[^<]*?([0-9A-Z]+(?:-\d)?\(\d+\)-\d+/\d+)',
                      browser.get(f"/cases/{case}").text)
    return found.group(1) if found else None


def test_form(bed, clerk):
    page = clerk.get("/cases/new")
    bed.check("the form", page.status == 200 and 'name="subject"' in page.text
              and "Bakı Apellyasiya" in page.text
              and "Gəncə" not in page.text, page.status)
    bed.check("the list leads there", 'href="/cases/new"' in
              clerk.get("/cases").text)
    bed.check("the judges of the court", page.text.count("Hakimli") == 2)
    more = register(clerk, do="claimant", claimant_1_name="Birinci")
    bed.check("one more row, and what was written stays", more.status == 200
              and 'name="claimant-2-name"' in more.text
              and 'value="Birinci"' in more.text
              and 'name="defendant-2-name"' not in more.text, more.status)
    rows = {f"claimant-{n}-{what}": "" for n in range(1, 11)
            for what in ("ident", "name")}
    full = register(clerk, do="claimant", **rows)
    bed.check("ten rows at most", 'name="claimant-10-name"' in full.text
              and 'name="claimant-11-name"' not in full.text
              and 'value="claimant"' not in full.text)


def test_wrong(bed, clerk):
    """Bad input registers nothing, says where, and keeps what was written."""
    before = bed.ask_sql("SELECT count(*) FROM court_case")
    judge3 = str(bed.account("judge3"))
    for name, more, field in (
            ("no court", {"court": ""}, "court"),
            ("another's court", {"court": "104"}, "court"),
            ("no type", {"type": ""}, "type"),
            ("a type of no series", {"type": "9"}, "type"),
            ("no proceedings where they are named", {"proceeding": ""},
             "proceeding"),
            ("proceedings that are none", {"proceeding": "x"}, "proceeding"),
            ("no subject", {"subject": " "}, "subject"),
            ("201 characters", {"subject": "ə" * 201}, "subject"),
            ("a control", {"subject": "a\x01b"}, "subject"),
            ("a judge of another court", {"judge": judge3}, "judge"),
            ("a judge who is none", {"judge": "x"}, "judge"),
            ("no claimant", {"claimant_1_ident": ""}, "claimant-1-name"),
            ("no defendant", {"defendant_1_ident": "",
                              "defendant_1_name": ""}, "defendant-1-name"),
            ("a FIN too short", {"claimant_1_ident": "5TST0A"},
             "claimant-1-ident"),
            ("a VÖEN of eleven digits", {"defendant_1_ident": "12345678901"},
             "defendant-1-ident"),
            ("a VÖEN without a name", {"defendant_1_name": ""},
             "defendant-1-name"),
            ("a FIN of nobody without a name", {"claimant_1_ident": "ZZZ9999"},
             "claimant-1-name"),
            ("a FIN of somebody else", {"claimant_1_name": "Vəliyev Əli"},
             "claimant-1-ident"),
            ("a name of 101 characters", {"defendant_1_name": "ə" * 101},
             "defendant-1-name"),
            ("one on both sides", {"defendant_1_ident": FIN,
                                   "defendant_1_name": ""},
             "defendant-1-ident"),
            ("a name twice", {"claimant_1_ident": "",
                              "claimant_1_name": "Bir", "claimant_2_ident": "",
                              "claimant_2_name": "Bir"}, "claimant-2-name")):
        a = register(clerk, **more)
        bed.check(f"{name}: 422 at {field}", a.status == 422
                  and f'href="#{field}"' in a.text
                  and f'id="{field}-error"' in a.text
                  and "<title>Xəta:" in a.text, (a.status, a.text[-200:]))
    a = register(clerk, subject="", defendant_1_name="<b>Kim</b>")
    bed.check("what was written stays, as text",
              'value="&lt;b&gt;Kim&lt;/b&gt;"' in a.text)
    a = register(clerk, csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    a = register(clerk, form="x")
    bed.check("a form without its number: 400", a.status == 400, a.status)
    rows = {f"claimant_{n}_{what}": "" for n in range(2, 12)
            for what in ("ident", "name")}
    a = register(clerk, **rows)
    bed.check("eleven rows: 400", a.status == 400, a.status)
    bed.check("nothing was registered", bed.ask_sql(
        "SELECT count(*) FROM court_case") == before)


def test_many(bed, clerk):
    """Ten of each side are registered, each with what the clerk wrote."""
    rows = {}
    for side, base in (("claimant", 1000000000), ("defendant", 2000000000)):
        for n in range(1, 11):
            rows[f"{side}_{n}_ident"] = str(base + n)
            rows[f"{side}_{n}_name"] = f"Təşkilat {side} {n}"
    a = register(clerk, **rows)
    case = a.headers.get("location", "/cases/")[7:]
    page = clerk.get(f"/cases/{case}").text
    bed.check("ten claimants and ten defendants", a.status == 303
              and page.count("Təşkilat") == 20 and bed.ask_sql(
                  f"SELECT count(*) FROM party WHERE case_id = '{case}'"
                  " AND substr(ident, 1, 6) IN ('100000', '200000')") == 20, a.status)


def test_series(bed):
    """The table of series, for the operator."""
    lines = bed.portal("series").stdout.splitlines()
    bed.check("each series with its certainty and source", len(lines) == 5
              and all(len(line.split("\t")) == 3 and line.split("\t")[1] in (
                  "seen", "inferred", "unverified") for line in lines), lines)
    done = subprocess.run([bed.build / "mohur-portal", "series", "x"],
                          capture_output=True, check=False)
    bed.check("it takes no argument", done.returncode == 64, done.returncode)


def test_register(bed, clerk, lawyer):
    year = dt.datetime.now(BAKU).year
    form = base32()
    a = register(clerk, form=form, judge=str(bed.account("judge")),
                 subject="ə" * 200)
    found = CASE.fullmatch(a.headers.get("location", ""))
    if not bed.check("registered", a.status == 303 and found,
                     (a.status, a.text[-1500:])):
        return None
    case = found.group(1)
    bed.check("it has the first number of the year",
              number_of(clerk, case) == f"2-2(103)-1/{year}",
              number_of(clerk, case))
    page = lawyer.get(f"/cases/{case}")
    bed.check("whose FIN it is sees it at once", page.status == 200
              and "Məmmədova Aygün" in page.text
              and "“Sınaq Ticarət” MMC" in page.text
              and "ə" * 200 in page.text and "Hakimli" in page.text
              and "Hakimə verilib" in page.text, page.status)
    bed.check("and is told", "İş qeydiyyata alındı" in
              lawyer.get("/notifications").text)
    judge = enter(bed, "judge")
    bed.check("the judge has it, and is told", judge.get(
        f"/cases/{case}").status == 200 and f"2-2(103)-1/{year}" in
        judge.get("/notifications").text)
    again = register(clerk, form=form, judge=str(bed.account("judge")),
                     subject="ə" * 200)
    bed.check("the same form is the same case", again.status == 303
              and again.headers["location"] == f"/cases/{case}", again.status)
    other = register(clerk, form=form)
    bed.check("with something else it is refused", other.status == 409,
              other.status)
    a = register(clerk, type="8", proceeding="",
                 claimant_1_ident="", claimant_1_name="Tək Ərizəçi",
                 defendant_1_ident="", defendant_1_name="Kimsə")
    bed.check("names alone", a.status == 303 and number_of(
        clerk, a.headers["location"][7:]) == f"8(103)-1/{year}", a.status)
    a = register(clerk, type="2", proceeding="special",
                 defendant_1_ident="", defendant_1_name="")
    bed.check("special proceedings have no defendant", a.status == 303,
              a.status)
    a = register(clerk, claimant_1_ident=FIN.lower(),
                 claimant_1_name="məmmədova aygün")
    bed.check("small letters, and the name that fits", a.status == 303,
              a.status)
    said = bed.until(lambda: [r for r in bed.records()
                              if r["ev"] == "case.registered"
                              and r["obj"] == f"case:{case}"
                              and r["res"] == "ok"])
    bed.check("the log has it, and nobody's name", said and not any(
        w in str(r) for r in bed.records() for w in (FIN, "Məmmədova")))
    return case


def test_double(bed, clerk):
    """What is sent twenty times at once is one case."""
    before = bed.ask_sql("SELECT count(*) FROM court_case")
    form = base32()

    def one(_):
        return register(clerk, form=form, type="2-1", proceeding="")
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, range(20)))
    where = {a.headers.get("location") for a in answers if a.status == 303}
    bed.check("twenty of one form are one case", len(where) == 1
              and all(a.status in (303, 429, 503) for a in answers)
              and bed.ask_sql("SELECT count(*) FROM court_case") == before + 1,
              [a.status for a in answers])

    def another(_):
        return register(clerk, type="MXMT", proceeding="")
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(another, range(20)))
    done = sum(a.status == 303 for a in answers)
    bed.check("twenty forms have numbers without a gap", done > 0 and
              bed.ask_sql("SELECT count(DISTINCT number) FROM court_case WHERE"
                          " type = 'MXMT'") == done and bed.ask_sql(
                  "SELECT max(next) FROM case_counter WHERE type = 'MXMT'")
              == done + 1, done)


def when(days, hour=10, minute=0):
    """Day and time of a form."""
    t = (dt.datetime.now(BAKU) + dt.timedelta(days=days)).replace(
        hour=hour, minute=minute)
    return {"day": t.strftime("%d.%m.%Y"), "time": t.strftime("%H:%M")}


def schedule(browser, case, at, **more):
    fields = {"form": base32(), "kind": "trial", "minutes": "60",
              "hall": "Zal 3", **at, **more}
    return browser.post(f"/cases/{case}/hearings/new", **fields)


def change(browser, hearing, what, **more):
    return browser.post(f"/hearings/{hearing}/{what}",
                        **{"form": base32(), **more})


def hearing_of(bed, name, answer):
    found = HEARING.fullmatch(answer.headers.get("location", ""))
    bed.check(name, answer.status == 303 and found,
              (answer.status, answer.text[-1500:]))
    return found.group(1) if found else base32()


def test_wrong_hearing(bed, clerk, case):
    before = bed.ask_sql("SELECT count(*) FROM hearing")
    now = dt.datetime.now(BAKU)

    def at(t):
        return {"day": t.strftime("%d.%m.%Y"), "time": t.strftime("%H:%M")}
    for name, more, field in (
            ("no kind", {"kind": ""}, "kind"),
            ("a kind that is none", {"kind": "x"}, "kind"),
            ("no day", {"day": ""}, "day"),
            ("a day that is none", {"day": "31.02.2027"}, "day"),
            ("no time", {"time": ""}, "time"),
            ("a time that is none", {"time": "24:00"}, "time"),
            ("minutes that are none", {"time": "10:60"}, "time"),
            ("14 minutes", {"minutes": "14"}, "minutes"),
            ("481 minutes", {"minutes": "481"}, "minutes"),
            ("no number of minutes", {"minutes": "x"}, "minutes"),
            ("no hall", {"hall": " "}, "hall"),
            ("a hall of signs", {"hall": "---"}, "hall"),
            ("a hall of 41 characters", {"hall": "ə" * 41}, "hall"),
            ("this minute", at(now), "day"),
            ("yesterday", at(now - dt.timedelta(days=1)), "day"),
            ("two years and two minutes", at(
                now + dt.timedelta(days=730, minutes=2)), "day")):
        a = schedule(clerk, case, {**when(5), **more}, **{})
        bed.check(f"{name}: 422 at {field}", a.status == 422
                  and f'href="#{field}"' in a.text
                  and f'id="{field}-error"' in a.text
                  and "<title>Xəta:" in a.text, (a.status, a.text[-300:]))
    a = schedule(clerk, case, when(5), hall="<i>", minutes="1")
    bed.check("what was written stays", 'value="&lt;i&gt;"' in a.text)
    a = schedule(clerk, case, when(5), csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    bed.check("nothing was scheduled", bed.ask_sql(
        "SELECT count(*) FROM hearing") == before)
    a = schedule(clerk, case, at(now + dt.timedelta(days=729)),
                 hall="ə" * 40, minutes="480")
    hearing_of(bed, "the farthest, the longest, in the longest name", a)


def calendar(bed, browser):
    """The events of somebody's calendar, by UID."""
    page = browser.post("/hearings/calendar", action="new").text
    key = re.search(r"calendar\.ics\?key=([a-z2-7]{26})", page).group(1)
    text = Browser(bed.port).get(f"/calendar.ics?key={key}").text
    out = {}
    for event in text.replace("\r\n ", "").split("BEGIN:VEVENT")[1:]:
        fields = dict(line.split(":", 1) for line in event.split("\r\n")
                      if ":" in line)
        bed.check("each UID once", fields["UID"] not in out, fields)
        out[fields["UID"]] = fields
    return out


def test_hearings(bed, clerk, lawyer, case):
    other = register(clerk, judge=str(bed.account("judge2")),
                     claimant_1_ident="", claimant_1_name="Kimsə")
    other = other.headers.get("location", "/cases/")[7:]
    judges = register(clerk, judge=str(bed.account("judge")),
                      claimant_1_ident="", claimant_1_name="Kimsə")
    judges = judges.headers.get("location", "/cases/")[7:]
    form = base32()
    first = hearing_of(bed, "scheduled", schedule(
        clerk, case, when(10), form=form))
    again = schedule(clerk, case, when(10), form=form)
    bed.check("sent twice it is one hearing", again.headers.get("location")
              == f"/hearings/{first}", again.status)
    bed.check("the party sees it", "Zal 3" in lawyer.get(
        f"/cases/{case}/hearings").text and lawyer.get(
            f"/hearings/{first}").status == 200)
    date = when(10)["day"]
    page = lawyer.get("/notifications").text
    notices = re.findall(r'href="/notifications/([a-z2-7]{26})">Məhkəmə iclası'
                         " təyin edildi", page)
    bed.check("and is told, with time and hall", any(
        f"{date} 10:00. Zal: Zal 3" in lawyer.get(f"/notifications/{n}").text
        for n in notices), page[-2000:])
    bed.check("the history has it", f"{date} 10:00. Zal: Zal 3" in
              lawyer.get(f"/cases/{case}/history").text)
    number = number_of(clerk, case)
    for name, a, field in (
            ("the hall is taken", schedule(clerk, other, when(10, 10, 59)),
             "hall"),
            ("the judge is taken", schedule(
                clerk, judges, when(10, 9, 30), hall="Zal 4"), "day"),
            ("the case is taken", schedule(
                clerk, case, when(10, 10, 30), hall="Zal 5"), "day")):
        bed.check(f"{name}: the other one is named", a.status == 422
                  and f'href="#{field}"' in a.text and number in a.text
                  and f"{date} 10:00–11:00" in a.text,
                  (a.status, a.text[-900:]))
    hearing_of(bed, "an hour later the hall is free", schedule(
        clerk, other, when(10, 11)))
    bed.by_uid = calendar(bed, lawyer)
    test_move(bed, clerk, lawyer, case, first)
    test_held(bed, clerk, case)
    return first


def test_move(bed, clerk, lawyer, case, first):
    page = clerk.get(f"/hearings/{first}")
    bed.check("its page leads to what can be done", all(
        f"/hearings/{first}/{what}" in page.text
        for what in ("move", "cancel"))
        and f"/hearings/{first}/held" not in page.text)
    bed.check("the party's does not", "/move" not in lawyer.get(
        f"/hearings/{first}").text)
    for name, more, field in (
            ("no reason", {"reason": ""}, "reason"),
            ("blanks", {"reason": " \r\n"}, "reason"),
            ("501 characters", {"reason": "ə" * 501}, "reason"),
            ("the hall is taken", {"reason": "x", **when(10, 11, 30)},
             "hall")):
        a = change(clerk, first, "move", **{
            **when(12, 15), "minutes": "60", "hall": "Zal 3", **more})
        bed.check(f"move: {name}: 422 at {field}", a.status == 422
                  and f'href="#{field}"' in a.text, (a.status, a.text[-900:]))
    reason = "Hakim <xəstədir>\r\n" + "ə" * 483
    moved = hearing_of(bed, "moved, with a reason of 500 characters", change(
        clerk, first, "move", **when(12, 15), minutes="90", hall="Zal 7",
        reason=reason))
    old = lawyer.get(f"/hearings/{first}").text
    new = lawyer.get(f"/hearings/{moved}").text
    before, after = when(10)["day"], when(12)["day"]
    bed.check("the old one says where it went and why",
              "Başqa vaxta keçirilib" in old and f"{after} 15:00" in old
              and "Hakim &lt;xəstədir&gt; əə" in old, old[-1500:])
    bed.check("the new one what it was moved from", f"{before} 10:00" in new
              and f"{after} 15:00–16:30" in new and "Zal 7" in new)
    page = lawyer.get(f"/cases/{case}/history").text
    bed.check("it is told", f"{before} 10:00 → {after} 15:00. Zal: Zal 7"
              in page, page[-2000:])
    a = change(clerk, first, "cancel", reason="gec")
    bed.check("one that was moved is changed no more", a.status == 409
              and "artıq dəyişmək olmaz" in a.text, a.status)
    bed.check("nor is its form shown", clerk.get(
        f"/hearings/{first}/move").status == 409)
    events = calendar(bed, lawyer)
    uid = f"{first}@mohur"
    bed.check("the calendar has it moved: one event, one change",
              uid in bed.by_uid and bed.by_uid[uid]["SEQUENCE"] == "0"
              and events[uid]["SEQUENCE"] == "1"
              and events[uid]["STATUS"] == "CONFIRMED"
              and events[uid]["DTSTART"] != bed.by_uid[uid]["DTSTART"]
              and events[uid]["DTSTART"].endswith("T110000Z")
              and events[uid]["DTEND"].endswith("T123000Z"), events)
    a = change(clerk, moved, "held")
    bed.check("it was not held before its time", a.status == 409
              and "hələ başlamayıb" in a.text, a.status)
    form = base32()
    a = change(clerk, moved, "cancel", reason="Barışıq", form=form)
    bed.check("cancelled", a.status == 303 and
              a.headers["location"] == f"/hearings/{moved}", a.status)
    bed.check("sent twice it is done once", change(
        clerk, moved, "cancel", reason="Barışıq", form=form).status == 303)
    page = lawyer.get(f"/hearings/{moved}").text
    bed.check("the party reads it", "Ləğv edilib" in page
              and "Barışıq" in page)
    bed.check("and is told", "Məhkəmə iclası ləğv edildi" in
              lawyer.get("/notifications").text)
    events = calendar(bed, lawyer)
    bed.check("the calendar has it cancelled", events[uid]["SEQUENCE"] == "2"
              and events[uid]["STATUS"] == "CANCELLED", events[uid])


def test_held(bed, clerk, case):
    """What has begun can be said to have been held."""
    hearing = hearing_of(bed, "one more", schedule(clerk, case, when(20)))
    bed.sql("UPDATE hearing SET starts = starts - 8640000,"
            f" ends = ends - 8640000 WHERE id = '{hearing}'")
    page = clerk.get(f"/hearings/{hearing}").text
    bed.check("its page offers it", f"/hearings/{hearing}/held" in page)
    bed.check("the form", clerk.get(f"/hearings/{hearing}/held").status == 200)
    a = change(clerk, hearing, "held")
    bed.check("held", a.status == 303 and "Keçirilib" in clerk.get(
        f"/hearings/{hearing}").text, a.status)
    a = change(clerk, hearing, "move", **when(30), minutes="60", hall="1",
               reason="x")
    bed.check("what was held is moved no more", a.status == 409, a.status)


def test_judge(bed, case):
    """The judge of the case schedules; another one of the court does not."""
    judge, other = enter(bed, "judge"), enter(bed, "judge2")
    hearing = hearing_of(bed, "the judge schedules", schedule(
        judge, case, when(40), hall="Zal 1"))
    bed.check("the judge moves", change(
        judge, hearing, "move", **when(41), minutes="15", hall="Zal 1",
        reason="x").status == 303)
    got = (schedule(other, case, when(42)).status,
           other.get(f"/hearings/{hearing}").status,
           judge.get("/cases/new").status, register(judge).status)
    bed.check("the others do not, and a judge registers nothing",
              got == (404, 404, 404, 404), got)


def test_strangers(bed, case, hearing):
    before = bed.ask_sql("SELECT count(*) FROM court_case")
    for user, may_see in (("lawyer", True), ("auditor", True),
                          ("citizen", False), ("other", False),
                          ("elsewhere", False)):
        browser = enter(bed, user)
        got = [schedule(browser, case, when(50)).status,
               browser.get(f"/cases/{case}/hearings/new").status]
        for what in ("move", "cancel", "held"):
            got += [browser.get(f"/hearings/{hearing}/{what}").status,
                    change(browser, hearing, what, reason="x", hall="1",
                           minutes="60", **when(50)).status]
        bed.check(f"{user} schedules nothing", set(got) == {404}, got)
        bed.check(f"{user} {'sees' if may_see else 'does not see'} it",
                  browser.get(f"/hearings/{hearing}").status
                  == (200 if may_see else 404))
        if user == "elsewhere":
            a = register(browser)
            bed.check("a clerk of another court registers nothing here",
                      a.status == 422 and 'href="#court"' in a.text, a.status)
            continue
        got = (browser.get("/cases/new").status, register(browser).status)
        bed.check(f"{user} registers nothing", got == (404, 404), got)
    nobody = Browser(bed.port)
    for path in ("/cases/new", f"/cases/{case}/hearings/new",
                 f"/hearings/{hearing}", f"/hearings/{hearing}/move"):
        a = nobody.get(path)
        bed.check(f"{path[:10]}: not without signing in", a.status == 303
                  and a.headers["location"] == "/login", a.status)
    clerk = enter(bed, "clerk")
    for path in ("/hearings/" + "a" * 26, "/hearings/calendar",
                 f"/cases/{'a' * 26}/hearings/new"):
        bed.check(f"{path[:20]}: 404", clerk.get(path).status == 404)
    bed.check("and nothing was registered", bed.ask_sql(
        "SELECT count(*) FROM court_case") == before)


def test_restricted(bed, clerk, lawyer):
    """The documents of a restricted case want more than a password."""
    a = register(clerk, restricted="yes")
    case = a.headers.get("location", "/cases/")[7:]
    page = lawyer.get(f"/cases/{case}")
    bed.check("a restricted case says so", page.status == 200
              and "Məhdud girişli iş" in page.text, a.status)
    a = lawyer.upload(f"/cases/{case}/documents/new", {
        "form": base32(), "kind": "motion", "title": "", "note": ""},
        "a.adoc", (bed.samples / "adoc-lta.adoc").read_bytes())
    document = a.headers.get("location", "/documents/")[11:]
    bed.check("a document is filed in it", a.status == 303, a.status)
    bed.check("that it is there is seen", lawyer.get(
        f"/documents/{document}").status == 200)
    for who, browser in (("a party", lawyer), ("the clerk", clerk)):
        for path in ("file", "view", "inner?n=0", "lasting"):
            a = browser.get(f"/documents/{document}/{path}")
            bed.check(f"{who} does not open it by a password: {path}",
                      a.status == 403 and "imza ilə" in a.text, a.status)
    bed.sql("UPDATE session SET level = 3")
    a = lawyer.get(f"/documents/{document}/file")
    bed.check("with a signature it opens", a.status == 200, a.status)


def test_sms(bed, clerk):
    """What waits to be sent of a hearing: time and hall, nobody's name."""
    a = register(clerk, claimant_1_ident="5TST0A2")
    case = a.headers.get("location", "/cases/")[7:]
    schedule(clerk, case, when(60), hall="Zal 9")
    args = bed.ask_sql(
        "SELECT count(*) FROM delivery WHERE channel = 2 AND args LIKE"
        " '%\nhearing-scheduled\n%Zal 9'")
    bed.check("an SMS of it waits", args == 1, args)


def test_records(bed):
    found = {}

    def said():
        found.clear()
        for r in bed.records():
            if r["ev"] == "hearing.changed":
                found.setdefault(r["d"]["state"], []).append(r)
            elif r["ev"] == "illegal_transition":
                found.setdefault(
                    r["d"]["from"] + ">" + r["d"]["to"], []).append(r)
        return {"scheduled", "moved", "cancelled", "held", "moved>cancelled",
                "scheduled>held", "held>moved"} <= set(found)
    bed.check("each change and each refusal is in the log",
              bed.until(said), sorted(found))
    rows = sum(bed.ask_sql(f"SELECT count(*) FROM event WHERE kind = '{k}'")
               for k in ("hearing-scheduled", "hearing-moved",
                         "hearing-cancelled", "hearing-held"))
    changes = sum(len(v) for k, v in found.items() if ">" not in k)
    bed.check("as many changes as there were", changes == rows,
              (changes, rows))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = ClerkBed(options, scratch)
        bed.people()
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            clerk, lawyer = enter(bed, "clerk"), enter(bed, "lawyer")
            test_form(bed, clerk)
            test_wrong(bed, clerk)
            case = test_register(bed, clerk, lawyer)
            test_many(bed, clerk)
            test_double(bed, clerk)
            test_series(bed)
            test_wrong_hearing(bed, clerk, case)
            hearing = test_hearings(bed, clerk, lawyer, case)
            test_judge(bed, case)
            test_strangers(bed, case, hearing)
            test_sms(bed, clerk)
            test_restricted(bed, clerk, lawyer)
            test_records(bed)
            bed.check("the log of the service names nobody", not any(
                w in bed.log() for w in ("Məmmədova", FIN, "Borcun")))
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-clerk.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
