#!/usr/bin/python3
"""The operator's pages on an instance that `mohur serve` runs: who sees them,
changes that take two operators, each transition and each refused one.

    admin.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import datetime as dt
import os
import pathlib
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE)]

import acts  # noqa: E402
import filing  # noqa: E402

WHY = "Məhkəmənin məktubu ilə"
HOURS = 72 * 3600
OTHERS = ("lawyer", "citizen", "witness", "auditor", "clerk", "elsewhere",
          "judge", "judge2", "president")
ABSENT = "a" * 26


class Bed(acts.Bed):
    """With three operators, and one who waits to be one."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        for user in ("op1", "op2", "op3"):
            self.portal("account", "add", "--state", self.state, "--user",
                        user, "--role", "operator", "--name", "Nigar",
                        "--surname", "Əlizadə",
                        input=filing.PASSWORD + "\n")

    def id_of(self, user):
        return self.ask_sql("SELECT id FROM account WHERE username ="
                            f" '{user}'")

    def role_of(self, user):
        return self.ask_sql("SELECT role FROM account WHERE username ="
                            f" '{user}'")

    def account_state(self, user):
        return self.ask_sql("SELECT state FROM account WHERE username ="
                            f" '{user}'")

    def told(self, ev, obj=None):
        self.until(lambda: self.ask_sql("SELECT count(*) FROM outbox") == 0)
        return self.events(ev, obj)

    def open(self):
        return self.ask_sql("SELECT count(*) FROM proposal WHERE state = 1")


def change(who, user, **fields):
    """Proposes it; what is not said stays."""
    bed = who.bed
    names = {1: "citizen", 2: "lawyer", 3: "participant", 4: "judge",
             5: "clerk", 6: "president", 7: "auditor", 8: "operator"}
    states = {1: "active", 2: "suspended", 3: "closed"}
    return who.post(f"/admin/people/{bed.id_of(user)}", **{
        "role": names[bed.role_of(user)],
        "state": states[bed.account_state(user)],
        "courts": "", "key": "", "reason": WHY, "form": filing.base32(),
        **fields})


def proposed(who, user, **fields):
    """Its id."""
    a = change(who, user, **fields)
    where = a.headers.get("location", "")
    if not re.fullmatch("/admin/proposals/[a-z2-7]{26}", where):
        who.bed.check(f"proposed for {user}: {fields}", False,
                      (a.status, acts.wrong_of(a), where))
    return where.rpartition("/")[2]


def decide(who, proposal, word="approve", why="", form=None):
    return who.post(f"/admin/proposals/{proposal}", word=word, why=why,
                    form=form or filing.base32())


def test_matrix(bed, op1, proposal):
    """Page by page and form by form: operators alone."""
    person = bed.id_of("citizen")
    pages = ("/admin", "/admin/people", f"/admin/people/{person}",
             "/admin/proposals", f"/admin/proposals/{proposal}")
    forms = (("/admin/people", {"text": "x"}),
             (f"/admin/people/{person}", {"role": "judge", "state": "active",
                                          "reason": WHY}),
             (f"/admin/people/{person}/lock", {"reason": WHY}),
             (f"/admin/proposals/{proposal}", {"word": "approve"}))
    before = bed.ask_sql("SELECT count(*) FROM proposal")
    nobody = filing.Browser(bed.port)
    for path in pages:
        a = op1.get(path)
        bed.check(f"operator: {path[:20]}", a.status == 200, a.status)
        a = nobody.get(path)
        bed.check(f"nobody: {path[:20]} to the sign-in", a.status == 303
                  and a.headers["location"] == "/login", a.status)
        bed.check(f"operator: POST to {path[:20]} without a token is 403 or "
                  "405", op1.post(path, csrf="").status in (403, 405))
    for path, fields in forms:
        a = op1.post(path, csrf="x", form=filing.base32(), **fields)
        bed.check(f"operator: {path[:20]}: not our form: 403",
                  a.status == 403, a.status)
        if path != "/admin/people":
            a = op1.post(path, form="x", **fields)
            bed.check(f"operator: {path[:20]}: without its number: 400",
                      a.status == 400, a.status)
        a = nobody.post(path, form=filing.base32(), **fields)
        bed.check(f"nobody: {path[:20]} sends nothing", a.status == 303
                  and a.headers["location"] == "/login", a.status)
    for user in OTHERS:
        who = acts.Person(bed, user)
        for path in pages:
            a = who.get(path)
            bed.check(f"{user}: {path[:20]}: 404", a.status == 404, a.status)
        for path, fields in forms:
            a = who.post(path, form=filing.base32(), **fields)
            bed.check(f"{user}: form of {path[:20]}: 404", a.status == 404,
                      a.status)
        bed.check(f"{user}: no way there is shown",
                  'href="/admin"' not in who.get("/cabinet").text)
    bed.check("the operator's way there", 'href="/admin"' in
              op1.get("/cabinet").text)
    bed.check("nothing came of it", bed.open() == 1 and before == bed.ask_sql(
        "SELECT count(*) FROM proposal"))
    for path in (f"/admin/people/{10**9}", "/admin/people/0",
                 "/admin/people/x", "/admin/people/-1",
                 f"/admin/people/0{person}", "/admin/people/" + "9" * 16,
                 f"/admin/proposals/{ABSENT}", "/admin/proposals/x"):
        a = op1.get(path)
        bed.check(f"{path}: 404", a.status == 404, a.status)


def test_search(bed, op1):
    def found(**fields):
        a = op1.post("/admin/people", **fields)
        where = a.headers.get("location", "")
        if a.status != 303:
            return a.status
        return re.findall(r'/admin/people/\d+">([^<]*)<',
                          op1.get(where).text), where
    for text, role, want in (
            ("citizen", "", ["citizen"]), ("5TST0A2", "", ["citizen"]),
            ("nigar", "", ["op1", "op2", "op3"]),
            ("ELİZADE nig", "", ["op1", "op2", "op3"]),
            ("nig eli zzz", "", []), ("nobody-such", "", []),
            ("%", "", []), ("'", "", []), ("", "auditor", ["auditor"]),
            ("", "operator", ["op1", "op2", "op3"]),
            ("nigar", "clerk", [])):
        got, where = found(text=text, role=role)
        bed.check(f"found by {text!r} {role}", got == want, got)
        bed.check(f"no name in the address of {text!r}", text == "" or
                  f"name={text}" not in where, where)
    got = found(text="ə" * 64, role="")
    bed.check("64 characters", got[0] == [], got)
    bed.check("65 characters: 422", found(text="ə" * 65, role="") == 422)
    got, _ = found(text="", role="nonsense")
    bed.check("a role that is none is not asked for", len(got) > 8, got)
    names = ", ".join(
        f"('z{n:02}', '', 'Z', 'Z', '', '', '', 1, 1, 0)" for n in range(26))
    bed.sql("INSERT INTO account (username, hash, surname, name, patronymic,"
            f" email, phone, role, state, created) VALUES {names}")
    got, where = found(text="z", role="")
    bed.check("a page has 25", len(got) == 25, len(got))
    more = re.search(r'href="(/admin/people\?[^"]*after=\d+)"',
                     op1.get(where).text)
    rest = re.findall(r'/admin/people/\d+">([^<]*)<', op1.get(
        more[1].replace("&amp;", "&")).text) if more else []
    bed.check("the next one has the rest", rest == ["z25"], rest)
    bed.check("who looked is in the log", len(bed.told(
        "admin.opened", "people")) > 5)


def test_two(bed, op1, op2, op3):
    """One proposes, another approves; nothing changes before."""
    clerk = acts.Person(bed, "citizen")
    bed.check("signed in", clerk.get("/cabinet").status == 200)
    form = filing.base32()
    a = change(op1, "citizen", role="clerk", courts="104, 103", form=form)
    proposal = a.headers.get("location", "").rpartition("/")[2]
    bed.check("proposed", a.status == 303 and len(proposal) == 26, a.status)
    again = change(op1, "citizen", role="clerk", courts="104, 103", form=form)
    bed.check("sent twice it is one", again.status == 303 and
              again.headers["location"].endswith(proposal), again.status)
    again = change(op1, "citizen", role="judge", form=form)
    bed.check("saying something else: 409", again.status == 409, again.status)
    records = bed.told("admin.proposed", f"proposal:{proposal}")
    bed.check("its record, without names", len(records) == 1 and
              records[0]["d"]["role"] == "clerk" and
              records[0]["d"]["subject"] == f"p:{bed.id_of('citizen')}" and
              WHY not in str(records), records)
    bed.check("nothing has changed", bed.role_of("citizen") == 1)
    a = change(op2, "citizen", role="judge")
    bed.check("a second one for the same: 409", a.status == 409, a.status)
    page = op2.get(f"/admin/proposals/{proposal}").text
    bed.check("the second operator sees what changes", "103,104" in page and
              WHY in page and "op1" in page and 'value="approve"' in page)
    page = op1.get(f"/admin/proposals/{proposal}").text
    bed.check("who proposed it is offered no approval",
              'value="approve"' not in page and 'value="refuse"' in page)
    a = decide(op1, proposal)
    bed.check("nobody approves their own: 409", a.status == 409 and
              bed.open() == 1 and bed.role_of("citizen") == 1, a.status)
    refused = bed.told("illegal_transition", f"proposal:{proposal}")
    bed.check("that is in the log", len(refused) == 1 and
              refused[0]["d"]["why"] == "own", refused)
    for word, why, status in (("", "", 422), ("perhaps", "", 422),
                              ("refuse", "", 422), ("refuse", " .. ", 422),
                              ("refuse", "ə" * 501, 422),
                              ("approve", "a\x01b", 422)):
        a = decide(op2, proposal, word, why)
        bed.check(f"{word!r} with {why[:5]!r}: {status}", a.status == status
                  and bed.open() == 1, a.status)
    form = filing.base32()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: decide(
            (op2, op3)[n % 2], proposal, form=form), range(8)))
    done = sorted(a.status for a in got)
    bed.check("two approve at once, each several times: one did",
              done == [303] * 4 + [409] * 4, done)
    bed.check("it has its effect", bed.role_of("citizen") == 5 and
              bed.ask_sql("SELECT count(*) FROM official WHERE account ="
                          f" {bed.id_of('citizen')}") == 2)
    records = bed.told("admin.approved", f"proposal:{proposal}")
    bed.check("one record says so", len(records) == 1 and
              records[0]["d"]["proposer"] == f"p:{bed.id_of('op1')}" and
              records[0]["who"] in (f"p:{bed.id_of('op2')}",
                                    f"p:{bed.id_of('op3')}"), records)
    bed.check("the sessions of the account ended",
              clerk.get("/cabinet").status == 303)
    for word in ("approve", "refuse"):
        a = decide(op2, proposal, word, WHY)
        bed.check(f"{word} once more: 409", a.status == 409, a.status)
    page = op3.get("/admin/proposals").text
    bed.check("the list has it among those that ended", proposal in page and
              "Təsdiq edilib" in page)


def test_refused(bed, op1, op2):
    proposal = proposed(op1, "witness", role="auditor")
    a = decide(op2, proposal, "refuse", "ə" * 500)
    bed.check("refused, with 500 characters", a.status == 303 and
              bed.role_of("witness") == 3, a.status)
    bed.check("its record", len(bed.told(
        "admin.refused", f"proposal:{proposal}")) == 1)
    bed.check("the reason is shown", "ə" * 500 in op1.get(
        f"/admin/proposals/{proposal}").text)
    proposal = proposed(op1, "witness", role="auditor")
    a = decide(op1, proposal, "refuse", WHY)
    bed.check("withdrawn by who proposed it", a.status == 303 and len(
        bed.told("admin.withdrawn", f"proposal:{proposal}")) == 1,
        a.status)
    a = decide(op2, proposal)
    bed.check("no approval after that: 409", a.status == 409 and
              bed.role_of("witness") == 3, a.status)


def test_time(bed, op1, op2):
    proposal = proposed(op1, "witness", role="auditor")
    # A minute before its end it can be decided on; a second after not.
    bed.sql("UPDATE proposal SET until ="
            f" {int(time.time())} + 60, created ="
            f" {int(time.time())} - {HOURS} + 60"
            f" WHERE id = '{proposal}'")
    bed.check("in the last minute it waits", "Gözləyir" in op2.get(
        f"/admin/proposals/{proposal}").text or 'value="approve"' in
        op2.get(f"/admin/proposals/{proposal}").text)
    bed.sql(f"UPDATE proposal SET until = {int(time.time())} WHERE id ="
            f" '{proposal}'")
    page = op2.get(f"/admin/proposals/{proposal}").text
    bed.check("after 72 hours it has expired", "Vaxtı bitib" in page
              and 'value="approve"' not in page)
    a = decide(op2, proposal)
    bed.check("no approval: 409", a.status == 409 and
              bed.role_of("witness") == 3, a.status)
    records = bed.told("admin.expired", f"proposal:{proposal}")
    bed.check("its record", len(records) == 1, records)
    proposal = proposed(op1, "witness", role="auditor")
    bed.check("another one may come", decide(op2, proposal).status == 303
              and bed.role_of("witness") == 7)


def test_rules(bed, op1, op2, op3):
    """What cannot be proposed, and what cannot be approved any more."""
    pending = ("INSERT INTO account (username, hash, surname, name,"
               " patronymic, email, phone, role, state, created, pending)"
               " VALUES ('waits', '', 'W', 'W', '', '', '', 1, 1, 0, 1)")
    bed.sql(pending)
    for what, user, fields, at in (
            ("nothing changes", "lawyer", {}, "role"),
            ("no reason", "lawyer", {"role": "auditor", "reason": " "},
             "reason"),
            ("501 characters", "lawyer", {"role": "auditor",
                                          "reason": "ə" * 501}, "reason"),
            ("another role", "lawyer", {"role": "king"}, "role"),
            ("another state", "lawyer", {"state": "dead"}, "role"),
            ("a court that is not", "lawyer", {"role": "clerk",
                                               "courts": "999"}, "role"),
            ("a court twice", "lawyer", {"role": "clerk",
                                         "courts": "103 103"}, "role"),
            ("16 characters of a code", "lawyer", {
                "role": "clerk", "courts": "1" * 16}, "role"),
            ("a court of a lawyer", "lawyer", {"courts": "103"}, "role"),
            ("a key of a clerk", "clerk", {"key": "judge-9"}, "role"),
            ("a name that no key has", "judge2", {"key": "Judge 9"}, "role"),
            ("65 letters of a key", "judge2", {"key": "k" * 65}, "role"),
            ("another judge's key", "judge3", {"key": "judge-1"},
             "role"),
            ("an official nobody has proven", "waits", {"role": "clerk"},
             "role")):
        a = change(op1, user, **fields)
        bed.check(f"{what}: 422 at {at}", a.status == 422 and
                  f'href="#{at}"' in a.text and "<title>Xəta:" in a.text,
                  (a.status, acts.wrong_of(a)))
    bed.check("nothing was proposed", bed.open() == 0)
    proposal = proposed(op1, "judge3", key="k" * 64, courts="103")
    bed.sql("DELETE FROM judge_key WHERE account = (SELECT id FROM account"
            " WHERE username = 'judge2');"
            "INSERT INTO judge_key SELECT id, '%s' FROM account"
            " WHERE username = 'judge2'" % ("k" * 64))
    a = decide(op2, proposal)
    bed.check("a key that was taken meanwhile: 409", a.status == 409 and
              bed.open() == 1, a.status)
    refused = bed.told("illegal_transition", f"proposal:{proposal}")
    bed.check("that is in the log, with its rule", len(refused) == 1 and
              refused[0]["d"]["why"] == "key-taken", refused)
    bed.sql("UPDATE account SET role = 6 WHERE username = 'judge3'")
    a = decide(op2, proposal)
    bed.check("who has changed since: 409", a.status == 409 and
              bed.told("illegal_transition", f"proposal:{proposal}")[-1]
              ["d"]["why"] == "stale", a.status)
    bed.sql("UPDATE account SET role = 4 WHERE username = 'judge3'")
    decide(op1, proposal, "refuse", WHY)
    # Of three operators one may go, of two none.
    proposal = proposed(op1, "op2", role="citizen")
    a = decide(op2, proposal)
    bed.check("nobody approves what is about themselves: 409",
              a.status == 409 and bed.role_of("op2") == 8, a.status)
    page = op2.get(f"/admin/proposals/{proposal}").text
    bed.check("nor is it offered", 'value="approve"' not in page)
    other = proposed(op2, "op1", state="suspended")
    bed.check("of three one goes", decide(op3, other).status == 303 and
              bed.account_state("op1") == 2)
    a = decide(op3, proposal)
    bed.check("what a locked operator proposed: 409", a.status == 409 and
              bed.told("illegal_transition", f"proposal:{proposal}")[-1]
              ["d"]["why"] == "proposer", a.status)
    bed.check("and it can be refused", decide(
        op3, proposal, "refuse", WHY).status == 303)
    a = change(op3, "op2", role="citizen")
    bed.check("of two none goes: 422", a.status == 422 and bed.open() == 0,
              (a.status, acts.wrong_of(a)))
    bed.check("whose session has ended", op1.get("/admin").status == 303)
    back = proposed(op2, "op1", state="active")
    bed.check("unlocked by two", decide(op3, back).status == 303 and
              bed.account_state("op1") == 1)


def test_lock(bed, op1, op2):
    who = acts.Person(bed, "nofin")
    path = f"/admin/people/{bed.id_of('nofin')}/lock"
    a = op1.post(path, form=filing.base32(), reason="")
    bed.check("locking needs a reason: 422", a.status == 422 and
              bed.account_state("nofin") == 1, a.status)
    a = op1.post(path, form=filing.base32(), reason=WHY)
    bed.check("locked at once by one", a.status == 303 and
              bed.account_state("nofin") == 2, a.status)
    records = bed.told("admin.locked")
    bed.check("its record", len(records) == 1 and
              records[0]["d"]["state"] == "suspended", records)
    bed.check("the sessions end", who.get("/cabinet").status == 303)
    bed.check("and nobody signs in", who.sign_in("nofin").status != 303)
    a = op1.post(path, form=filing.base32(), reason=WHY)
    bed.check("what is locked is not locked again: 422", a.status == 422,
              a.status)
    a = op1.post(f"/admin/people/{bed.id_of('op3')}/lock",
                 form=filing.base32(), reason=WHY)
    bed.check("an operator takes two: 422", a.status == 422 and
              bed.account_state("op3") == 1, a.status)
    back = proposed(op1, "nofin", state="active")
    bed.check("unlocking takes two", bed.account_state("nofin") == 2 and
              decide(op2, back).status == 303 and bed.account_state("nofin") == 1)
    gone = proposed(op1, "nofin", state="closed")
    decide(op2, gone)
    a = change(op1, "nofin", state="active")
    bed.check("closed is for good: 422", bed.account_state("nofin") == 3 and
              a.status == 422, a.status)


def court(who, path, **fields):
    return who.post(path, **{
        "name": "Şəki Apellyasiya Məhkəməsi", "connected": "yes",
        "closed": "no", "types": "", "place": "", "address": "", "phone": "", "email": "",
        "days": "3", "reason": WHY, "form": filing.base32(), **fields})


def test_courts(bed, op1, op2):
    new = "/admin/courts/new"
    for path in ("/admin/courts", new, "/admin/courts/103"):
        bed.check(f"operator: {path}", op1.get(path).status == 200)
        for user in OTHERS:
            bed.check(f"{user}: {path}: 404", acts.Person(
                bed, user).get(path).status == 404)
    for user in ("auditor", "clerk", "president"):
        who = acts.Person(bed, user)
        bed.check(f"{user} sends no form of a court", [court(who, p, code="1")
                  .status for p in (new, "/admin/courts/103")] == [404, 404])
    bed.check("a court that is not: 404",
              op1.get("/admin/courts/999").status == 404 and
              court(op1, "/admin/courts/999").status == 404)
    for what, fields, at in (
            ("no code", {"code": ""}, "code"),
            ("16 characters of a code", {"code": "1" * 16}, "code"),
            ("a code with a blank", {"code": "1 2"}, "code"),
            ("a code with a slash", {"code": "../x"}, "code"),
            ("one that is there", {"code": "103"}, "code"),
            ("no name", {"name": " "}, "name"),
            ("161 characters of a name", {"name": "A" * 161}, "name"),
            ("another court's name", {"name": "Bakı Apellyasiya Məhkəməsi"},
             "name"),
            ("another type", {"types": "2,9"}, "name"),
            ("types in disorder", {"types": "2-1,2"}, "name"),
            ("a place that is none", {"place": "atlantis"}, "name"),
            ("33 bytes of a place", {"place": "a" * 33}, "name"),
            ("no days", {"days": "0"}, "name"),
            ("61 days", {"days": "61"}, "name"),
            ("words as days", {"days": "x"}, "name"),
            ("an e-mail that is none", {"email": "a b@c"}, "name"),
            ("a telephone that is none", {"phone": "call me"}, "name"),
            ("a control", {"address": "a\x01"}, "name"),
            ("201 bytes of an address", {"address": "a" * 201}, "name"),
            ("no reason", {"reason": ""}, "reason")):
        a = court(op1, new, **{"code": "105", **fields})
        bed.check(f"{what}: 422 at {at}", a.status == 422 and
                  f'href="#{at}"' in a.text and "<title>Xəta:" in a.text,
                  (a.status, acts.wrong_of(a)))
    bed.check("nothing was proposed", bed.open() == 0)
    a = court(op1, new, code="1" * 15, name="B" * 160, days="60")
    long = a.headers.get("location", "").rpartition("/")[2]
    bed.check("15 characters, 160 of a name, 60 days", a.status == 303 and
              decide(op2, long, "refuse", WHY).status == 303, a.status)
    a = court(op1, new, code="105", types="2, 2-1", phone="+994 12 1",
              address="Şəki, Məhkəmə küçəsi 1", connected="no", place="seki")
    proposal = a.headers.get("location", "").rpartition("/")[2]
    page = op2.get(f"/admin/proposals/{proposal}").text
    bed.check("a new court is proposed", a.status == 303 and
              "Şəki Apellyasiya" in page and "Məhkəmə küçəsi" in page)
    bed.check("with its place", re.search('data-label="Nə">Yer<.*?>seki<', page, re.S),
              page[-3000:])
    bed.check("nobody has it yet", "Şəki" not in op2.get("/courts").text)
    a = decide(op2, proposal)
    front = op2.get("/courts?court=105").text
    bed.check("approved it is there, with how it is reached",
              a.status == 303 and "Məhkəmə küçəsi 1" in front and
              "hələ elektron məhkəməyə qoşulmayıb" in front, a.status)
    shown = op2.get("/admin/courts/105").text
    bed.check("its page has its place", '<option value="seki" selected>' in
              shown and '<optgroup label="Şəki-Zaqatala">' in shown)
    for name in ("judge", "clerk"):
        bed.check(f"its record names no {name}", len(bed.told(
            "admin.approved", f"proposal:{proposal}")) == 1)
    clerk = acts.Person(bed, "clerk")

    def register(kind):
        return clerk.post("/cases/new", **{
            "form": filing.base32(), "court": "103", "type": kind,
            "proceeding": "claim", "subject": "Borcun ödənilməsi",
            "claimant-1-ident": filing.FIN, "claimant-1-name": "",
            "defendant-1-ident": "1234567891",
            "defendant-1-name": "“Sınaq Ticarət” MMC", "judge": "",
            "do": "register"})
    for fields, kinds in (({"types": "2-2"}, {"2": 409, "2-2": 303}),
                          ({"closed": "yes"}, {"2": 409, "2-2": 409})):
        a = court(op1, "/admin/courts/103",
                  name="Bakı Apellyasiya Məhkəməsi", **fields)
        proposal = a.headers.get("location", "").rpartition("/")[2]
        decide(op2, proposal)
        for kind, status in kinds.items():
            a = register(kind)
            bed.check(f"{fields}: a case of type {kind}: {status}",
                      a.status == status, (a.status, acts.wrong_of(a)))
    bed.check("the front says that it is closed", "yeni iş qəbul etmir" in
              op2.get("/courts?court=103").text)
    a = change(op1, "lawyer", role="clerk", courts="103")
    bed.check("nobody becomes an official of a closed court: 422",
              a.status == 422, a.status)
    a = court(op1, "/admin/courts/103", name="Bakı Apellyasiya Məhkəməsi")
    decide(op2, a.headers.get("location", "").rpartition("/")[2])
    a = court(op1, "/admin/courts/104", name="Gəncə Məhkəməsi")
    decide(op2, a.headers.get("location", "").rpartition("/")[2])
    bed.check("opened again, and another renamed", "Gəncə Məhkəməsi" in
              op1.get("/courts").text and "yeni iş qəbul etmir" not in
              op1.get("/courts?court=103").text)


def test_providers(bed, op1):
    """A real exchange with the authority; what is not there says so."""
    path = "/admin/providers"
    for user in OTHERS:
        who = acts.Person(bed, user)
        bed.check(f"{user}: {path}: 404", who.get(path).status == 404 and
                  who.post(path, provider="tsa",
                           form=filing.base32()).status == 404)

    def test(who, provider):
        return who.post(path, provider=provider, form=filing.base32())
    page = op1.get(path).text
    bed.check("one is set up, three are not", page.count('value="tsa"') == 1
              and page.count("Qurulmayıb") == 3, page.count("Qurulmayıb"))
    a = test(op1, "tsa")
    bed.check("the authority works", a.status == 200 and "İşləyir" in a.text
              and "200" in a.text, (a.status, a.text[-1500:]))
    told = bed.told("admin.tested", "provider:tsa")
    bed.check("its record", len(told) == 1 and told[0]["res"] == "ok"
              and told[0]["d"] == {"end": "works", "status": "200"}, told)
    a = test(op1, "mail")
    bed.check("what is not set up says so", a.status == 200 and bed.told(
        "admin.tested", "provider:mail")[0]["d"]["end"] == "not-set")
    bed.check("another one: 404", test(op1, "x").status == 404)
    bed.tsa.shutdown()
    bed.tsa.server_close()
    a = test(op1, "tsa")
    told = bed.told("admin.tested", "provider:tsa")
    bed.check("gone it is silent", a.status == 200 and
              "Cavab gəlmədi" in a.text and told[-1]["res"] == "failed"
              and told[-1]["d"]["end"] == "silent", told[-1:])
    got = [test(op1, "sms").status for _ in range(5)]
    bed.check("six a minute go, the next one is 429", got[:3] == [200] * 3
              and got[-1] == 429, got)


def day_after(days):
    t = dt.datetime.utcnow() + dt.timedelta(hours=4, days=days)
    return t.strftime("%d.%m.%Y")


def table_of(name):
    return (HERE.parent.parent / "portal" / "data" / name).read_text()


def test_rules_tables(bed, op1, op2):
    """Versions of tables: read as strictly as those of the program, and in
    force from their day on."""
    fees, policy = table_of("fees.tsv"), table_of("policy.tsv")
    pages = ("/admin/rules", "/admin/rules/fees", "/admin/rules/policy")

    def put(who, name, table, begins=None, **fields):
        return who.post(f"/admin/rules/{name}", **{
            "begins": begins or day_after(1),
            "text": table.replace("\n", "\r\n"), "reason": WHY,
            "form": filing.base32(), **fields})
    for path in pages:
        bed.check(f"operator: {path}", op1.get(path).status == 200)
        for user in OTHERS:
            bed.check(f"{user}: {path}: 404", acts.Person(
                bed, user).get(path).status == 404)
    for user in ("auditor", "clerk"):
        bed.check(f"{user} puts no table: 404", put(acts.Person(
            bed, user), "fees", fees).status == 404)
    bed.check("another table: 404", op1.get("/admin/rules/x").status == 404
              and put(op1, "x", fees).status == 404)
    page = op1.get("/admin/rules/fees").text
    bed.check("rows that nobody has verified are marked",
              page.count("yoxlanılmayıb</strong>") == fees.count(
                  "\tunverified\t"), page.count("yoxlanılmayıb</strong>"))
    more = fees.replace("relief\tfirst-efiling\t-\t2024-01-01\t-\t10",
                        "relief\tfirst-efiling\t-\t2024-01-01\t-\t20")
    bed.check("the test changes a row", more != fees)
    line = fees.split("\n").index(next(
        r for r in fees.split("\n") if r.startswith("round"))) + 1
    for what, name, table, begins, says in (
            ("a row of nothing", "fees", more + "nonsense\t1\n", None,
             f"line {len(more.splitlines()) + 1}"),
            ("a field too few", "fees", more.replace(
                "round\thalf-up\t", "round\t"), None, f"line {line}"),
            ("an empty table", "fees", "", None, ""),
            ("a policy as fees", "fees", policy, None, "line"),
            ("fees as a policy", "policy", fees, None, "line"),
            ("the same version", "policy", policy + "# more\n", None, ""),
            ("from today", "fees", more, day_after(0), ""),
            ("in three years", "fees", more, day_after(3 * 365), ""),
            ("a day that is none", "fees", more, "31.02.2027", ""),
            ("more than 32 KiB", "fees",
             more + "# " + "a" * 32768 + "\n", None, "")):
        a = put(op1, name, table, begins)
        bed.check(f"{what}: 422", a.status == 422 and
                  "<title>Xəta:" in a.text and says in acts.wrong_of(a),
                  (a.status, acts.wrong_of(a)))
    a = put(op1, "fees", more, reason="")
    bed.check("no reason: 422", a.status == 422 and 'href="#reason"' in a.text)
    bed.check("nothing was proposed", bed.open() == 0)
    full = more + "# " + "a" * (32768 - len(more.encode()) - 3) + "\n"
    a = put(op1, "fees", full, day_after(2 * 365))
    proposal = a.headers.get("location", "").rpartition("/")[2]
    bed.check("32 KiB, in two years", a.status == 303, (
        a.status, acts.wrong_of(a)))
    decide(op1, proposal, "refuse", WHY)
    a = put(op1, "fees", more)
    proposal = a.headers.get("location", "").rpartition("/")[2]
    page = op2.get(f"/admin/proposals/{proposal}").text
    bed.check("the second operator sees the rows that differ, alone",
              page.count("first-efiling") == 2 and "8.1.1" not in page,
              page.count("first-efiling"))
    asked = "/fees?price=5000&first=1"
    before = op1.get(asked).text
    bed.check("approved", decide(op2, proposal).status == 303)
    bed.check("until its day nothing changes", "63,00 AZN" in before and
              "63,00 AZN" in op1.get(asked).text)
    page = op1.get("/admin/rules").text
    bed.check("it is listed as one to come", "Qarşıdadır" in page and
              proposal in page)
    bed.sql("UPDATE rules SET begins = begins - 86400")
    bed.check("on its day it counts", "56,00 AZN" in op1.get(asked).text)
    a = put(op1, "fees", fees, day_after(1))
    bed.check("a later one may follow", a.status == 303, acts.wrong_of(a))
    decide(op1, a.headers["location"].rpartition("/")[2], "refuse", WHY)
    newer = policy.replace("version\t1\n", "version\t2\n")
    a = put(op1, "policy", newer)
    proposal = a.headers.get("location", "").rpartition("/")[2]
    bed.check("a policy with a greater number", decide(
        op2, proposal).status == 303 and bed.ask_sql(
            "SELECT version FROM rules WHERE name = 'policy'") == 2)


def test_texts(bed, op1, op2):
    for user in OTHERS:
        who = acts.Person(bed, user)
        bed.check(f"{user}: texts: 404", [who.get(p).status for p in (
            "/admin/texts", "/admin/texts/useful.az")] == [404, 404] and
            who.post("/admin/texts/useful.az", text="x", reason=WHY,
                     form=filing.base32()).status == 404)
    nobody = filing.Browser(bed.port)
    bed.check("everybody reads that nothing is written", [nobody.get(
        p).status for p in ("/info/useful", "/info/rules", "/info/x")] ==
        [200, 200, 404])
    for key in ("x.az", "useful.de", "useful", "rules.", "az"):
        bed.check(f"a text {key}: 404", op1.get(
            f"/admin/texts/{key}").status == 404)

    def put(text, key="useful.az", **fields):
        return op1.post(f"/admin/texts/{key}", **{
            "text": text, "reason": WHY, "form": filing.base32(), **fields})
    for what, text in (("nothing", ""), ("20,001 bytes", "a" * 20000),
                       ("a control", "a\x01b"), ("a mark", "a\u202eb")):
        bed.check(f"{what}: 422", put(text).status == 422)
    a = put("a" * 19999)
    proposal = a.headers.get("location", "").rpartition("/")[2]
    bed.check("20,000 bytes with their end", a.status == 303 and decide(
        op1, proposal, "refuse", WHY).status == 303, a.status)
    a = put("Bir <b>abzas</b>\r\nikinci sətir\r\n\r\nİkinci abzas\r\n")
    proposal = a.headers.get("location", "").rpartition("/")[2]
    bed.check("approved", decide(op2, proposal).status == 303)
    page = nobody.get("/info/useful").text
    bed.check("it is read, as text", "Bir &lt;b&gt;abzas" in page and
              page.count('<p class="govuk-body mohur-wrap mohur-lines">') == 2)
    nobody.post("/lang", lang="ru", back="/info/useful")
    page = nobody.get("/info/useful").text
    bed.check("where Russian has none, the Azerbaijani one is marked",
              '<div lang="az">' in page and "İkinci abzas" in page)


def test_state(bed, op1):
    page = op1.get("/admin").text
    for word in ("portal", "keyd", "SQLite", "Jurnal", "işləyir",
                 "MiB", "Möhür 0."):
        bed.check(f"the state says {word}", word in page)
    bed.check("and no secret", "password" not in page.lower().replace(
        "/password", "") and "argon2" not in page)
    bed.check("most of it is good", page.count("Yaxşı") > 12,
              page.count("Yaxşı"))
    bed.kill("portal.courier")
    bed.check("a part that fell is looked at", bed.until(
        lambda: re.search(r"portal\.courier</td>.*?Baxın",
                          op1.get("/admin").text, re.S), 30))
    page = op1.get("/admin/trust").text
    bed.check("the anchors are listed", "2" in page and page.count(
        'class="govuk-table__cell mohur-hash"') >= 2, page.count("mohur-hash"))
    for user in OTHERS:
        who = acts.Person(bed, user)
        bed.check(f"{user}: /admin/trust: 404",
                  who.get("/admin/trust").status == 404)


def test_step(bed):
    """Where filing needs a signature, so does administration."""
    bed.stop()
    text = (bed.where / "mohur.conf").read_text()
    text = re.sub(r'(?m)^tsa = .*$', 'tsa = "http://127.0.0.1:9/t'
                  '?key=k3y"', text)
    (bed.where / "mohur.conf").write_text(text + "\nfiling-level = 3\n")
    bed.check("it starts again", bed.start(), bed.log()[-800:])
    op1 = acts.Person(bed, "op1")
    page = op1.get("/admin/providers").text
    bed.check("of an address no secret is shown", "http://127.0.0.1:9/t<" in
              page and "k3y" not in page)
    bed.check("a password shows the pages", op1.get(
        "/admin/people").status == 200)
    a = change(op1, "lawyer", role="auditor")
    bed.check("and changes nothing: to the step-up", a.status == 303 and
              a.headers["location"].startswith("/step-up") and
              bed.open() == 0, a.headers.get("location"))
    bed.check("which says why", "idarəetmə səhifələrini" in op1.get(
        "/step-up?case=").text)


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
            op1, op2, op3 = (acts.Person(bed, u) for u in (
                "op1", "op2", "op3"))
            proposal = proposed(op1, "lawyer", role="auditor")
            test_matrix(bed, op1, proposal)
            decide(op1, proposal, "refuse", WHY)
            test_search(bed, op1)
            test_two(bed, op1, op2, op3)
            test_refused(bed, op1, op2)
            test_time(bed, op1, op2)
            test_rules(bed, op1, op2, op3)
            op1 = acts.Person(bed, "op1")
            test_lock(bed, op1, op2)
            test_courts(bed, op1, op2)
            test_rules_tables(bed, op1, op2)
            test_texts(bed, op1, op2)
            test_state(bed, op3)
            test_providers(bed, op3)
            test_step(bed)
            bed.check("no word of a reason in the log of the instance",
                      "məktubu" not in bed.log())
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
