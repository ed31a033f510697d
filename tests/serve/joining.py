#!/usr/bin/python3
"""Who joins a case, on an instance that `mohur serve` runs: a party by its
FIN, or by the code of a letter; mandates of representatives and what they
did; what is said of a court.

    joining.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE)]

import acts  # noqa: E402
import filing  # noqa: E402

NUMBER = "2-2(103)-660/2021"
PEOPLE = (("claimant", "citizen", "5JNA001"), ("defendant", "citizen",
                                               "5JNA002"),
          ("third", "citizen", "5JNA003"), ("guest", "citizen", "5JNA004"),
          ("guest2", "citizen", "5JNA005"), ("guest3", "citizen", "5JNA006"),
          ("advocate", "lawyer", "5JNA007"), ("advocate2", "lawyer",
                                              "5JNA008"))
PARTIES = ((1, "Birinci İddiaçı", "5JNA001"), (2, "İkinci Cavabdeh",
                                               "5JNA002"),
           (2, "“Sınaq” MMC", "1234567891"), (2, "Kodlu Şəxs", ""),
           (3, "Üçüncü Şəxs", "5JNA003"))


class Bed(acts.Bed):
    """With parties of a FIN, of a VÖEN and of none, and their people."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        for user, role, fin in PEOPLE:
            self.portal("account", "add", "--state", self.state, "--user",
                        user, "--role", role, "--name", "Səma", "--surname",
                        "Qoşulan", "--fin", fin, input=filing.PASSWORD + "\n")
        self.sql("".join(
            "INSERT INTO party (case_id, side, name, fold, ident) VALUES"
            f" ('{self.case}', {side}, '{name}', '', '{ident}');"
            for side, name, ident in PARTIES))

    def signed(self, user):
        """Somebody whose session a signature began."""
        who = acts.Person(self, user)
        self.sql("UPDATE session SET level = 3 WHERE account = (SELECT id"
                 f" FROM account WHERE username = '{user}')")
        return who

    def account(self, user):
        return self.ask_sql(
            f"SELECT id FROM account WHERE username = '{user}'")

    def part(self, user, case=None):
        """1 an active participant, 0 none."""
        return self.ask_sql(
            "SELECT count(*) FROM participant WHERE active = 1 AND account ="
            f" {self.account(user)} AND case_id = '{case or self.case}'")

    def told(self, user, kind):
        return self.ask_sql(
            "SELECT count(*) FROM notification n JOIN event e ON e.id ="
            f" n.event WHERE e.kind = '{kind}' AND n.recipient ="
            f" {self.account(user)}")

    def noted(self, ev, count, **d):
        """Whether the log comes to have so many records like that."""
        def found():
            return len([r for r in self.events(ev) if all(
                r["d"].get(k) == v for k, v in d.items())])
        return self.until(lambda: found() >= count) and found() == count

    def text_of(self, pdf):
        path = self.scratch / "letter.pdf"
        path.write_bytes(pdf)
        return subprocess.run(["pdftotext", "-layout", path, "-"], check=True,
                              capture_output=True).stdout.decode()


def has(page, href):
    return f'href="{href}"' in page.text


# ---- by the FIN ----

def match(who, case, side):
    return who.post("/join/match", case=case, side=side)


def test_match_seen(bed):
    weak = acts.Person(bed, "defendant")
    page = weak.get("/cases")
    bed.check("with a password: that a signature shows more, and no number",
              has(page, "/step-up") and NUMBER not in page.text
              and "Sizin iştirakınız" not in page.text)
    a = match(weak, bed.case, 2)
    bed.check("and it joins nothing: 403", a.status == 403
              and bed.part("defendant") == 0, a.status)
    bed.check("which is a record", bed.noted("join.refused", 1, why="level",
                                             via="match"))
    who = bed.signed("defendant")
    page = who.get("/cases")
    bed.check("signed in: it is awaited", "Sizin iştirakınız gözlənilir"
              in page.text and NUMBER in page.text, page.text[-2000:])
    bed.check("number, court and role alone", "Cavabdeh" in page.text
              and "Bakı Apellyasiya" in page.text
              and "Birinci İddiaçı" not in page.text
              and f"/cases/{bed.case}" not in page.text)
    got = [who.get(f"/cases/{bed.case}{tab}").status for tab in
           ("", "/documents", "/hearings", "/history", "/views", "/joining")]
    bed.check("the case is closed before", got == [404] * 6, got)
    bed.check("it stands on the page of joining too",
              NUMBER in who.get("/join").text)
    for user in ("guest", "lawyer"):
        page = bed.signed(user).get("/cases")
        bed.check(f"{user}: nothing is awaited",
                  "Sizin iştirakınız" not in page.text)
    for user in ("clerk", "judge", "auditor", "president"):
        other = acts.Person(bed, user)
        got = [other.get("/join").status, match(other, bed.case, 2).status]
        bed.check(f"{user}: 404, officials join nothing", got == [404] * 2,
                  got)
    bed.check("nobody: to the sign-in", filing.Browser(bed.port).get(
        "/join").status == 303)
    return who


def test_match_refused(bed, who):
    guest = bed.signed("guest")
    for what, person, case, side in (
            ("another's FIN", guest, bed.case, 2),
            ("another side", who, bed.case, 1),
            ("no side", who, bed.case, ""),
            ("side 4", who, bed.case, 4),
            ("no such case", who, filing.base32(), 2),
            ("no id", who, "' OR 1", 2)):
        a = match(person, case, side)
        bed.check(f"{what}: 409", a.status == 409, a.status)
    bed.check("each is a record", bed.noted("join.refused", 6, via="match",
                                            why="none"))
    a = who.post("/join/match", case=bed.case, side=2, csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    bed.check("nobody joined", bed.part("guest") + bed.part("defendant") == 0)


def test_match(bed, who):
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: match(who, bed.case, 2), range(6)))
    bed.check("accepted: to the case", all(
        a.status == 303 and a.headers["location"] == f"/cases/{bed.case}"
        for a in got), [a.status for a in got])
    bed.check("once", bed.ask_sql("SELECT count(*) FROM joined") == 1
              and bed.part("defendant") == 1)
    bed.check("one record", bed.noted("case.joined", 1, side="defendant",
                                      via="match"))
    page = who.get("/cases")
    bed.check("it is a case of one's own now", has(page, f"/cases/{bed.case}")
              and "Sizin iştirakınız" not in page.text)
    got = [who.get(f"/cases/{bed.case}{tab}").status for tab in
           ("", "/documents", "/hearings", "/history", "/views")]
    bed.check("and open", got == [200] * 5, got)
    bed.check("clerk, judge and the other side are told", [
        bed.told(u, "joined") for u in
        ("clerk", "judge", "lawyer", "elsewhere", "defendant")]
        == [1, 1, 1, 0, 0])
    page = who.get(f"/cases/{bed.case}/history")
    bed.check("the history has it", "Tərəf işə qoşuldu" in page.text
              and "Cavabdeh" in page.text)
    page = acts.Person(bed, "clerk").get("/notifications")
    bed.check("the notice reads", "Tərəf işə qoşuldu" in page.text)


# ---- by a code ----

def make(clerk, party, case=None, form=None):
    return clerk.post(f"/cases/{case or clerk.bed.case}/joining", party=party,
                      form=form or filing.base32())


def code_of(bed, answer):
    found = re.search("[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}",
                      bed.text_of(answer.body))
    return found[0] if found else ""


def join(who, code, number=NUMBER):
    return who.post("/join", number=number, code=code)


def test_letter(bed):
    clerk = acts.Person(bed, "clerk")
    page = clerk.get(f"/cases/{bed.case}/joining")
    bed.check("the clerk's page", page.status == 200 and all(
        name in page.text for _, name, _ in PARTIES), page.status)
    bed.check("who joined is shown, and offered no letter",
              "FİN üzrə" in page.text
              and 'value="2:İkinci Cavabdeh"' not in page.text)
    for what, party in (("no party", ""), ("another", "2:Heç Kim"),
                        ("of another side", "1:Kodlu Şəxs"),
                        ("no side", "Kodlu Şəxs")):
        a = make(clerk, party)
        bed.check(f"{what}: 422", a.status == 422
                  and "<title>Xəta:" in a.text, a.status)
    a = make(clerk, "2:İkinci Cavabdeh")
    bed.check("who joined needs none: 409", a.status == 409, a.status)
    bed.check("which is a record", bed.until(lambda: any(
        r["d"] == {"from": "joined", "to": "code"}
        for r in bed.events("illegal_transition"))))
    a = make(clerk, "2:Kodlu Şəxs", form="x")
    bed.check("a form without its number: 400", a.status == 400)
    form = filing.base32()
    first = make(clerk, "2:Kodlu Şəxs", form=form)
    bed.check("a letter", first.status == 200 and first.headers[
        "content-type"] == "application/pdf"
        and first.body.startswith(b"%PDF"), first.status)
    text = bed.text_of(first.body)
    code = code_of(bed, first)
    bed.check("says number, party, code and how", NUMBER in text
              and "Kodlu Şəxs" in text and len(code) == 14
              and "Giriş kodu" in text and "180" not in code, text)
    bed.check("the form once more: 409", make(
        clerk, "2:Kodlu Şəxs", form=form).status == 409)
    bed.check("only its hash is kept", bed.ask_sql(
        "SELECT length(hash) FROM join_code") == 32 and all(
            code.replace("-", "") not in part.read_bytes().decode("latin-1")
            for part in bed.state.glob("store.db*")))
    bed.check("and not in the log", code not in bed.log())
    bed.check("made is a record", bed.noted("join.code", 1))
    second = code_of(bed, make(clerk, "2:Kodlu Şəxs"))
    bed.check("another one is another code", second not in ("", code))
    guest = bed.signed("guest")
    a = join(guest, code)
    bed.check("the one before ended: 422", a.status == 422
              and bed.part("guest") == 0, a.status)
    bed.sql("DELETE FROM join_tries")
    return clerk, guest, second


def test_letter_cells(bed):
    """Who may see the tab, and make a letter."""
    for user, sees in (("clerk", 1), ("judge", 1), ("president", 1),
                       ("auditor", 1), ("lawyer", 0), ("defendant", 0),
                       ("witness", 0), ("guest", 0), ("elsewhere", 0),
                       ("judge2", 0), ("president2", 0)):
        who = acts.Person(bed, user)
        page = who.get(f"/cases/{bed.case}/joining")
        bed.check(f"{user}: {'sees' if sees else '404'}", page.status == (
            200 if sees else 404), page.status)
        bed.check(f"{user}: the form is the clerk's",
                  (f'action="/cases/{bed.case}/joining"' in page.text)
                  == (user == "clerk"))
        if user == "clerk":
            continue
        got = [make(who, "2:Kodlu Şəxs").status, who.post(
            f"/cases/{bed.case}/joining/end", joined=filing.base32(),
            reason="Səbəb").status]
        bed.check(f"{user}: neither letter nor end: 404", got == [404] * 2,
                  got)


def test_code_wrong(bed, guest, code):
    weak = acts.Person(bed, "guest2")
    a = join(weak, code)
    bed.check("with a password: 403", a.status == 403
              and bed.part("guest2") == 0, a.status)
    for what, number, typed, at in (
            ("no number", " ", code, "number"),
            ("41 characters of number", "1" * 41, code, "number"),
            ("no code", NUMBER, "", "code"),
            ("eleven characters", NUMBER, code[:-1], "code"),
            ("thirteen", NUMBER, code + "a", "code"),
            ("a letter that none has", NUMBER, code[:-1] + "1", "code")):
        a = join(guest, typed, number)
        bed.check(f"{what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text, a.status)
    bed.check("none of these is a try", bed.ask_sql(
        "SELECT count(*) FROM join_tries") == 0)
    a = join(guest, code, NUMBER.replace("660", "661"))
    b = join(guest, "aaaa-bbbb-cccc")
    bed.check("a number that is not, and a wrong code, read the same",
              acts.wrong_of(a) == acts.wrong_of(b) != ""
              and a.status == b.status == 422, (acts.wrong_of(a),
                                                acts.wrong_of(b)))
    bed.check("both are records", bed.noted("join.refused", 1, why="number")
              and bed.noted("join.refused", 2, why="code"))
    other = bed.signed("guest2")
    page = [join(other, "aaaa-bbbb-cccc") for _ in range(5)]
    bed.check("five wrong ones: locked", all(
        a.status == 422 for a in page)
        and "24 saat" in acts.wrong_of(page[4])
        and "24 saat" not in acts.wrong_of(page[2]),
        [acts.wrong_of(a) for a in page])
    a = join(other, code)
    bed.check("now the right one is not looked at", a.status == 422
              and bed.part("guest2") == 0 and "24 saat" in acts.wrong_of(a))
    bed.check("so the fifth of the case locked it for all",
              "24 saat" in acts.wrong_of(join(guest, code))
              and bed.part("guest") == 0)
    bed.check("its clerks are told", bed.told("clerk", "join-locked") == 1
              and bed.told("guest2", "join-locked") == 0
              and bed.told("lawyer", "join-locked") == 0)
    bed.check("after 24 hours less a second it is locked", bed.sql(
        "UPDATE join_tries SET last = last - 86395, until = until - 86395")
        or "24 saat" in acts.wrong_of(join(other, code)))
    bed.sql("UPDATE join_tries SET last = last - 6, until = until - 6")
    a = join(other, "aaaa-bbbb-cccc")
    bed.check("and then no more", "24 saat" not in acts.wrong_of(a)
              and a.status == 422, acts.wrong_of(a))
    bed.sql("DELETE FROM join_tries")


def test_lock_of_case(bed, clerk):
    """Wrong ones of several people lock the case; a new letter opens it."""
    people = [bed.signed(u) for u in ("guest", "guest2", "guest3")]
    for n in range(5):
        join(people[n % 3], "aaaa-bbbb-cccc")
    a = join(bed.signed("advocate"), "aaaa-bbbb-cccc")
    bed.check("the case is locked for somebody new",
              "24 saat" in acts.wrong_of(a), acts.wrong_of(a))
    code = code_of(bed, make(clerk, "2:Kodlu Şəxs"))
    a = join(bed.signed("advocate"), "dddd-bbbb-cccc")
    bed.check("a new letter opens it", "24 saat" not in acts.wrong_of(a)
              and a.status == 422)
    bed.sql("DELETE FROM join_tries")
    return code


def test_code_person(bed, clerk):
    code = code_of(bed, make(clerk, "3:Üçüncü Şəxs"))
    a = join(bed.signed("guest3"), code)
    bed.check("a code of somebody else's FIN: 422", a.status == 422
              and "başqa şəxs" in acts.wrong_of(a)
              and bed.part("guest3") == 0, acts.wrong_of(a))
    a = join(bed.signed("third"), code.upper().replace("-", " "))
    bed.check("their own, in capitals and with blanks", a.status == 303
              and bed.part("third") == 1, acts.wrong_of(a))
    bed.check("as what they are", bed.ask_sql(
        "SELECT role FROM participant WHERE account ="
        f" {bed.account('third')}") == 3)
    bed.sql("DELETE FROM join_tries")


def test_code_old(bed, clerk):
    code = code_of(bed, make(clerk, "2:“Sınaq” MMC"))
    bed.check("180 days are the code's", bed.ask_sql(
        "SELECT until - made FROM join_code WHERE party = '“Sınaq” MMC'")
        == 180 * 86400)
    bed.sql("UPDATE join_code SET made = made - 15552000, until = until -"
            " 15552000 WHERE party = '“Sınaq” MMC'")
    a = join(bed.signed("guest3"), code)
    bed.check("then it is too old", a.status == 422
              and bed.part("guest3") == 0, a.status)
    bed.sql("UPDATE join_code SET until = until + 60 WHERE party ="
            " '“Sınaq” MMC'; DELETE FROM join_tries")
    a = join(bed.signed("guest3"), code)
    bed.check("and good a minute before; a company's is who brings it",
              a.status == 303 and bed.part("guest3") == 1, acts.wrong_of(a))


def test_code_race(bed, code):
    people = [bed.signed(u) for u in ("guest", "guest2")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        got = list(pool.map(lambda w: join(w, code), people))
    bed.check("of two accounts with one code one joins", sorted(
        a.status for a in got) == [303, 422], [a.status for a in got])
    bed.check("one part, one record", bed.part("guest") + bed.part("guest2")
              == 1 and bed.noted("case.joined", 2, side="defendant",
                                 via="code"))
    winner = people[[a.status for a in got].index(303)]
    a = join(winner, code)
    bed.check("who is in is led to the case", a.status == 303
              and a.headers["location"] == f"/cases/{bed.case}")
    bed.sql("DELETE FROM join_tries")
    return winner


def test_end(bed, clerk, winner):
    at = f"/cases/{bed.case}/joining"
    joined = re.search(r'name="joined" type="radio" value="([a-z2-7]{26})"><'
                       r'label[^>]*>[^<]*kodla[^<]*', clerk.get(at).text)
    rows = re.findall(r'value="([a-z2-7]{26})"', clerk.get(at).text)
    bed.check("who joined can be chosen", joined and len(rows) >= 4, rows)
    key = [r for r in rows if bed.ask_sql(
        f"SELECT count(*) FROM joined WHERE id = '{r}' AND account ="
        f" {bed.account(winner.user)}")][0]
    for what, reason, status in (("no reason", "", 422),
                                 ("signs", "...", 422),
                                 ("501 characters", "ə" * 501, 422)):
        a = clerk.post(at + "/end", joined=key, reason=reason)
        bed.check(f"{what}: {status}", a.status == status
                  and 'href="#reason"' in a.text, a.status)
    a = clerk.post(at + "/end", joined=filing.base32(), reason="Səhv")
    bed.check("nobody such: 409", a.status == 409, a.status)
    a = clerk.post(at + "/end", joined="", reason="Səhv")
    bed.check("nobody chosen: 409", a.status == 409, a.status)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = sorted(a.status for a in pool.map(lambda _: clerk.post(
            at + "/end", joined=key, reason="ə" * 500), range(4)))
    bed.check("ended once; the others are told", got == [303, 409, 409, 409],
              got)
    bed.check("out at once", winner.get(f"/cases/{bed.case}").status == 404
              and bed.part(winner.user) == 0)
    bed.check("a record", bed.noted("case.left", 1,
              account=f"p:{bed.account(winner.user)}"))
    bed.check("and notices: who left, the others, not the clerk", [
        bed.told(u, "join-ended") for u in
        (winner.user, "lawyer", "judge", "clerk")] == [1, 1, 1, 0])
    bed.check("the reason is kept", bed.ask_sql(
        f"SELECT length(reason) FROM joined WHERE id = '{key}'") == 500)
    bed.check("the case is not awaited again",
              NUMBER not in winner.get("/cases").text)
    code = code_of(bed, make(clerk, "2:Kodlu Şəxs"))
    a = join(bed.signed(winner.user), code)
    bed.check("a new code brings them back", a.status == 303
              and bed.part(winner.user) == 1, a.status)


def test_ended_match(bed, clerk, who):
    at = f"/cases/{bed.case}/joining"
    key = re.search(r'value="([a-z2-7]{26})"><label[^>]*>[^<]*FİN üzrə',
                    clerk.get(at).text)[1]
    a = clerk.post(at + "/end", joined=key, reason="FİN səhv yazılıb")
    bed.check("one by the FIN is ended as well", a.status == 303
              and who.get(f"/cases/{bed.case}").status == 404)
    bed.check("and does not come back by it", match(
        who, bed.case, 2).status == 409 and NUMBER not in
        who.get("/cases").text)


# ---- mandates ----

ALL = ("read", "file", "pay", "notices")


def give(who, fin="5JNA007", scopes=ALL, **fields):
    return who.post("/mandates", **{
        "form": filing.base32(), "lawyer": fin, "which": "one",
        "number": NUMBER, "until": "31.12.2027",
        **{f"scope-{s}": 1 for s in scopes}, **fields})


def test_mandate_wrong(bed, client):
    weak = acts.Person(bed, "claimant")
    bed.check("with a password: 403", give(weak).status == 403)
    for user in ("clerk", "judge", "auditor", "president"):
        other = acts.Person(bed, user)
        got = [other.get("/mandates").status, give(other).status]
        bed.check(f"{user}: 404, officials give none", got == [404] * 2, got)
    for what, fields, at in (
            ("no FIN", {"fin": ""}, "lawyer"),
            ("six characters", {"fin": "5JNA00"}, "lawyer"),
            ("a VÖEN", {"fin": "1234567891"}, "lawyer"),
            ("the own FIN", {"fin": "5JNA001"}, "lawyer"),
            ("neither one nor all", {"which": ""}, "which-one"),
            ("no number", {"number": " "}, "number"),
            ("no such case", {"number": "2-2(103)-1/2021"}, "number"),
            ("another's case", {"number": "2-2(103)-0/2021"}, "number"),
            ("no scope", {"scopes": ()}, "scope-read"),
            ("filing without reading", {"scopes": ("file",)}, "scope-read"),
            ("no day", {"until": ""}, "until"),
            ("yesterday", {"until": acts.baku(1)[0]}, "until"),
            ("more than three years", {"until": acts.baku(-1098)[0]},
             "until")):
        a = give(client, **fields)
        bed.check(f"{what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text, (a.status,
                                                  acts.wrong_of(a)))
    a = give(client, csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    a = give(client, form="x")
    bed.check("a form without its number: 400", a.status == 400, a.status)
    bed.check("a stranger to the case: 422", give(bed.signed(
        "guest3" if not bed.part("guest3") else "advocate2"),
        fin="5JNA007").status == 422)
    bed.check("none was given", bed.ask_sql(
        "SELECT count(*) FROM mandate") == 0)


def test_mandate_given(bed, client):
    for what, until in (("today", acts.baku(0)[0]),
                        ("in three years", acts.baku(-1094)[0])):
        a = give(client, until=until)
        bed.check(f"until {what}: given", a.status == 303, acts.wrong_of(a))
        bed.sql("DELETE FROM mandate")
    form = filing.base32()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = [a.status for a in pool.map(
            lambda _: give(client, form=form), range(4))]
    bed.check("a form gives one", got == [303] * 4 and bed.ask_sql(
        "SELECT count(*) FROM mandate") == 1, got)
    bed.check("a record", bed.noted("mandate.changed", 3, state="pending",
                                    scopes="15"))
    a = give(client)
    bed.check("the same once more: 422", a.status == 422
              and 'href="#lawyer"' in a.text)
    lawyer = bed.signed("advocate")
    bed.check("it gives no part yet", lawyer.get(
        f"/cases/{bed.case}").status == 404)
    page = lawyer.get("/mandates")
    key = re.search("/mandates/([a-z2-7]{26})/accept", page.text)[1]
    bed.check("the lawyer sees it", NUMBER in page.text
              and "Səma" in page.text)
    for user in ("advocate2", "guest", "third", "claimant"):
        other = bed.signed(user)
        bed.check(f"{user}: cannot accept it",
                  other.post(f"/mandates/{key}/accept").status == 404)
        if user != "claimant":
            bed.check(f"{user}: nor end or see it", key not in other.get(
                "/mandates").text and other.post(
                    f"/mandates/{key}/end").status == 404)
    bed.check("no such mandate: 404", lawyer.post(
        f"/mandates/{filing.base32()}/accept").status == 404)
    weak = acts.Person(bed, "advocate")
    bed.check("the lawyer with a password: 403", weak.post(
        f"/mandates/{key}/accept").status == 403)
    return lawyer, key


def test_mandate_accepted(bed, client, lawyer, key):
    told = [bed.told(u, "mandate-accepted") for u in
            ("claimant", "clerk", "judge", "lawyer", "advocate")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = sorted(a.status for a in pool.map(lambda _: lawyer.post(
            f"/mandates/{key}/accept"), range(4)))
    bed.check("accepted once", got == [303, 409, 409, 409], got)
    bed.check("each refused is a record", bed.until(lambda: len([
        r for r in bed.events("illegal_transition", f"mandate:{key}")
        if r["d"] == {"from": "active", "to": "active", "why": "state"}])
        == 3))
    bed.check("a record", bed.noted("mandate.changed", 1, state="active"))
    page = lawyer.get("/cases")
    bed.check("a case of the lawyer, with the client's role",
              has(page, f"/cases/{bed.case}")
              and "İddiaçının nümayəndəsi" in page.text)
    bed.check("client, clerk, judge and the others are told",
              [b - a for a, b in zip(told, [
                  bed.told(u, "mandate-accepted") for u in
                  ("claimant", "clerk", "judge", "lawyer", "advocate")])]
              == [1, 1, 1, 1, 0])


TABS = ("", "/documents", "/hearings", "/history", "/views",
        "/documents/new", "/documents/prepare", "/lawyer", "/joining",
        "/feedback")
CELLS = {  # of a mandate's scopes: what of TABS opens
    ("read",): "11111000.1",
    ("read", "pay"): "11111000.1",
    ("read", "notices"): "11111000.1",
    ("read", "file"): "11111110.1",
    ("read", "file", "pay"): "11111110.1",
    ALL: "11111110.1",
}


def test_mandate_cells(bed, client, lawyer):
    """Scopes by what they open."""
    for scopes, cells in CELLS.items():
        bed.sql("UPDATE mandate SET scopes ="
                f" {sum(1 << ALL.index(s) for s in scopes)} WHERE state = 2")
        got = [lawyer.get(f"/cases/{bed.case}{tab}").status for tab in TABS]
        want = [404 if c in "0." else 200 for c in cells]
        bed.check(f"{'+'.join(scopes)}: pages", got == want, got)
        filer = filing.Filer(bed, "advocate", bed.case)
        a = filer.file(b"%PDF-1.4 nothing", "a.pdf")
        bed.check(f"{'+'.join(scopes)}: filing is "
                  f"{'looked at' if 'file' in scopes else '404'}",
                  (a.status == 404) == ("file" not in scopes), a.status)
    # Who is told, by an event of the other side.
    for scopes, count in ((("read", "file", "pay"), 0), (ALL, 1)):
        bed.sql("DELETE FROM notification; UPDATE mandate SET scopes ="
                f" {sum(1 << ALL.index(s) for s in scopes)} WHERE state = 2;"
                " UPDATE joined SET ended = NULL, ender = NULL WHERE account"
                f" = {bed.account('third')}; UPDATE participant SET active ="
                f" 1 WHERE account = {bed.account('third')}")
        clerk = acts.Person(bed, "clerk")
        key = re.search(r'value="([a-z2-7]{26})"><label[^>]*>[^<]*Üçüncü',
                        clerk.get(f"/cases/{bed.case}/joining").text)[1]
        a = clerk.post(f"/cases/{bed.case}/joining/end", joined=key,
                       reason="Səhv")
        bed.check(f"{'+'.join(scopes)}: told {count}", a.status == 303
                  and bed.told("advocate", "join-ended") == count
                  and bed.told("claimant", "join-ended") == 1, a.status)


def test_mandate_time(bed, lawyer):
    """It ends with its last second, before anything has noticed."""
    was = bed.ask_sql("SELECT until FROM mandate WHERE state = 2")
    bed.sql("UPDATE mandate SET until = unixepoch() + 2 WHERE state = 2")
    bed.check("two seconds before: open", lawyer.get(
        f"/cases/{bed.case}").status == 200)
    bed.check("then closed", bed.until(lambda: lawyer.get(
        f"/cases/{bed.case}").status == 404))
    bed.sql(f"UPDATE mandate SET until = {was} WHERE state = 2")
    bed.check("open again", lawyer.get(f"/cases/{bed.case}").status == 200)


def test_lawyer_acts(bed, client):
    page = client.get(f"/cases/{bed.case}/lawyer")
    bed.check("the client sees what the lawyer did", page.status == 200
              and "İşi açıb" in page.text
              and "Nümayəndə işə daxil oldu" in page.text, page.status)
    bed.check("by name", "Səma Qoşulan" in page.text)
    for user, status in (("third", 404), ("lawyer", 404), ("advocate", 404),
                         ("clerk", 404), ("judge", 404), ("witness", 404),
                         ("guest3", 200), ("auditor", 404),
                         ("president", 404)):
        got = acts.Person(bed, user).get(f"/cases/{bed.case}/lawyer")
        bed.check(f"{user}: {status}", got.status == status, got.status)
    page = acts.Person(bed, "guest3").get(f"/cases/{bed.case}/lawyer")
    bed.check("of another's lawyer nothing is shown",
              "İşi açıb" not in page.text
              and "daxil oldu" not in page.text)


def test_mandate_revoked(bed, client, lawyer, key):
    draft = filing.base32()
    bed.sql("INSERT INTO draft (id, case_id, account, kind, title, note,"
            f" created, until) VALUES ('{draft}', '{bed.case}',"
            f" {bed.account('advocate')}, 'motion', 'A', '', unixepoch(),"
            " unixepoch() + 80000)")
    bed.check("a draft of the lawyer", lawyer.get(
        f"/drafts/{draft}").status == 200)
    weak = acts.Person(bed, "claimant")
    told = bed.told("advocate", "mandate-ended")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = sorted(a.status for a in pool.map(lambda _: weak.post(
            f"/mandates/{key}/end"), range(4)))
    bed.check("revoked once, and by a password session too",
              got == [303, 409, 409, 409], got)
    got = [lawyer.get(f"/cases/{bed.case}{tab}").status for tab in TABS]
    bed.check("the open session has nothing any more", got == [404] * len(
        TABS), got)
    bed.check("nor the draft", lawyer.get(f"/drafts/{draft}").status == 404
              and bed.ask_sql("SELECT count(*) FROM draft") == 0)
    bed.check("nor the list", bed.case not in lawyer.get("/cases").text)
    bed.check("the lawyer is told", bed.told("advocate", "mandate-ended")
              == told + 1 and bed.told("clerk", "mandate-ended") == 1)
    bed.check("a record", bed.noted("mandate.changed", 1, state="revoked"))
    bed.check("what was done stays with the client", "İşi açıb" in client.get(
        f"/cases/{bed.case}/lawyer").text)
    bed.check("it cannot be accepted again", lawyer.post(
        f"/mandates/{key}/accept").status == 409)


def accept_new(lawyer):
    page = lawyer.get("/mandates")
    key = re.search("/mandates/([a-z2-7]{26})/accept", page.text)[1]
    return lawyer.post(f"/mandates/{key}/accept").status, key


def test_mandate_all(bed, client, lawyer):
    """Of all cases: also those that the client comes into later."""
    bed.check("for all", give(client, which="all", number="").status == 303)
    status, key = accept_new(lawyer)
    bed.check("accepted", status == 303 and bed.part("advocate") == 1)
    case = bed.cases["judge2"]
    bed.sql("INSERT INTO party (case_id, side, name, fold, ident) VALUES"
            f" ('{case}', 2, 'Birinci', '', '5JNA001')")
    bed.check("another case: not yet", lawyer.get(
        f"/cases/{case}").status == 404)
    bed.check("the client joins it", match(client, case, 2).status == 303)
    page = lawyer.get(f"/cases/{case}")
    bed.check("and the lawyer is in it too", page.status == 200)
    bed.check("as the defendant's", bed.ask_sql(
        "SELECT role FROM participant WHERE account ="
        f" {bed.account('advocate')} AND case_id = '{case}'") == 5)
    other = bed.signed("guest3")
    bed.check("the other side offers one too", give(other).status == 303)
    status, second = accept_new(lawyer)
    bed.check("who is on a side cannot take the other: 409", status == 409)
    bed.check("which is a record", bed.until(lambda: any(
        r["d"]["why"] == "side" for r in bed.events(
            "illegal_transition", f"mandate:{second}"))))
    bed.check("the lawyer refuses it", lawyer.post(
        f"/mandates/{second}/end").status == 303)
    bed.check("the client takes themselves out, and the lawyer with them",
              bed.sql("UPDATE participant SET active = 0 WHERE account ="
                      f" {bed.account('claimant')} AND case_id = '{case}'")
              or lawyer.get(f"/cases/{case}").status == 404)
    bed.check("but not of the other case", lawyer.get(
        f"/cases/{bed.case}").status == 200)
    return key


def test_mandate_expired(bed, lawyer, key):
    bed.sql(f"UPDATE mandate SET made = 1, until = unixepoch() - 5 WHERE id ="
            f" '{key}'")
    bed.check("it is shown as over", "müddəti bitib" in lawyer.get(
        "/mandates").text)
    bed.check("it cannot be revoked or accepted by then", lawyer.post(
        f"/mandates/{key}/accept").status == 409)
    told = bed.told("advocate", "mandate-ended")
    bed.portal("sweep", "--state", bed.state)
    bed.check("the sweep ends it", bed.ask_sql(
        f"SELECT state FROM mandate WHERE id = '{key}'") == 3
        and bed.part("advocate") == 0)
    bed.check("the lawyer is told, and a record", bed.told(
        "advocate", "mandate-ended") == told + 1
        and bed.ask_sql("SELECT count(*) FROM event WHERE kind ="
                        " 'mandate-ended' AND actor IS NULL") >= 1)


def test_mandate_limit(bed, client):
    me = bed.account("claimant")
    bed.sql("".join(
        "INSERT INTO mandate (id, grantor, fin, scopes, state, made, until)"
        f" VALUES ('{filing.base32()}', {me}, '5LMT{n:03}', 1, 1, 1,"
        " unixepoch() + 9000);" for n in range(49)))
    a = give(client, fin="5JNA008")
    bed.check("the fiftieth: given", a.status == 303, acts.wrong_of(a))
    a = give(client, fin="5JNA002")
    bed.check("one more: 422", a.status == 422 and "50" in acts.wrong_of(a),
              acts.wrong_of(a))


# ---- feedback ----

def rate(who, event, score=5, text="", case=None):
    return who.post(f"/cases/{case or who.bed.case}/feedback", event=event,
                    score=score, text=text)


def add_events(bed, kinds):
    ids = [filing.base32() for _ in kinds]
    bed.sql("".join(
        "INSERT INTO event (id, case_id, kind, at, data) VALUES"
        f" ('{i}', '{bed.case}', '{k}', unixepoch(), '');"
        for i, k in zip(ids, kinds)))
    return ids


def test_feedback(bed, client):
    public = filing.Browser(bed.port)
    bed.check("before an event there is nothing to say",
              'name="score"' not in client.get(
                  f"/cases/{bed.case}/feedback").text)
    held, act, other = add_events(bed, ("hearing-held", "act-published",
                                        "document"))
    page = client.get(f"/cases/{bed.case}/feedback")
    bed.check("then there is", held in page.text and act in page.text
              and other not in page.text)
    for what, event, score, text, at in (
            ("no event", "", 5, "", "event-1"),
            ("an event of another kind", other, 5, "", "event-1"),
            ("no such event", filing.base32(), 5, "", "event-1"),
            ("no mark", held, "", "", "score-1"),
            ("0", held, 0, "", "score-1"),
            ("6", held, 6, "", "score-1"),
            ("501 characters", held, 5, "ə" * 501, "text"),
            ("a control", held, 5, "a\x01b", "text")):
        a = rate(client, event, score, text)
        bed.check(f"{what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text, a.status)
    bed.check("of another case: 404", rate(
        client, held, case=bed.cases["judge3"]).status == 404)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        got = sorted(a.status for a in pool.map(lambda _: rate(
            client, held, 1, "ə" * 500), range(4)))
    bed.check("500 characters, once", got == [303, 409, 409, 409], got)
    bed.check("a record, without its words", bed.noted("feedback.given", 1)
              and "əəə" not in str(bed.events("feedback.given")))
    bed.check("another event: given", rate(
        client, act, 5, "<b>Yaxşı</b> idi").status == 303)
    for user, status in (("lawyer", 303), ("witness", 303), ("third", 404),
                         ("clerk", 404), ("judge", 404), ("president", 404),
                         ("auditor", 404), ("advocate", 404)):
        a = rate(acts.Person(bed, user), held, 4)
        bed.check(f"{user}: {status}", a.status == status, a.status)
    where = "/courts?court=103"
    bed.check("four answers: no figures", bed.ask_sql(
        "SELECT count(*) FROM feedback") == 4
        and "Orta qiymət" not in public.get(where).text)
    bed.check("the fifth", rate(acts.Person(bed, "lawyer"), act,
                                4).status == 303)
    page = public.get(where)
    bed.check("five: the mean", "Orta qiymət 5-dən 3,6, 5 cavab"
              in page.text, page.text[-2500:])
    bed.check("no text before it was decided, no name",
              "Yaxşı" not in page.text and "Qoşulan" not in page.text)
    bed.check("another court has none", "Orta qiymət" not in public.get(
        "/courts?court=104").text)


def test_moderation(bed):
    public = filing.Browser(bed.port)
    for user in ("clerk", "judge", "auditor", "lawyer", "claimant"):
        who = acts.Person(bed, user)
        got = [who.get("/feedback").status, who.post(
            "/feedback", id=filing.base32(), decision="show").status]
        bed.check(f"{user}: 404", got == [404] * 2, got)
    chief = acts.Person(bed, "president")
    page = chief.get("/feedback")
    keys = re.findall('name="id" value="([a-z2-7]{26})"', page.text)
    bed.check("the president reads both, as text", len(keys) == 2
              and "&lt;b&gt;Yaxşı" in page.text and "Qoşulan" not in
              page.text, keys)
    bed.check("the list of cases leads there", has(chief.get("/cases"),
                                                   "/feedback"))
    far = acts.Person(bed, "president2")
    bed.check("another court's sees and decides nothing",
              keys[0] not in far.get("/feedback").text and far.post(
                  "/feedback", id=keys[0], decision="show").status == 404)
    bed.check("no decision: 404", chief.post(
        "/feedback", id=keys[0], decision="").status == 404)
    good = [k for k in keys if bed.ask_sql(
        f"SELECT score FROM feedback WHERE id = '{k}'") == 5][0]
    bad = [k for k in keys if k != good][0]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        got = sorted(a.status for a in pool.map(lambda _: chief.post(
            "/feedback", id=good, decision="show"), range(3)))
    bed.check("shown once", got == [303, 409, 409], got)
    bed.check("the other hidden", chief.post(
        "/feedback", id=bad, decision="hide").status == 303)
    page = public.get("/courts?court=103")
    bed.check("the public page has the one, as text",
              "&lt;b&gt;Yaxşı" in page.text and "əəə" not in page.text)
    bed.check("records", bed.noted("feedback.moderated", 1, state="shown")
              and bed.noted("feedback.moderated", 1, state="hidden"))
    bed.sql("DELETE FROM feedback WHERE text = ''")
    page = public.get("/courts?court=103")
    bed.check("with fewer than five neither figures nor texts",
              "Orta qiymət" not in page.text and "Yaxşı" not in page.text)


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
            who = test_match_seen(bed)
            test_match_refused(bed, who)
            test_match(bed, who)
            clerk, guest, code = test_letter(bed)
            test_letter_cells(bed)
            test_code_wrong(bed, guest, code)
            code = test_lock_of_case(bed, clerk)
            test_code_person(bed, clerk)
            test_code_old(bed, clerk)
            winner = test_code_race(bed, code)
            test_end(bed, clerk, winner)
            test_ended_match(bed, clerk, who)
            client = bed.signed("claimant")
            bed.check("the client joins", match(client, bed.case, 1).status
                      == 303)
            test_mandate_wrong(bed, client)
            lawyer, key = test_mandate_given(bed, client)
            test_mandate_accepted(bed, client, lawyer, key)
            test_mandate_cells(bed, client, lawyer)
            test_mandate_time(bed, lawyer)
            test_lawyer_acts(bed, client)
            test_mandate_revoked(bed, client, lawyer, key)
            key = test_mandate_all(bed, client, lawyer)
            test_mandate_expired(bed, lawyer, key)
            test_mandate_limit(bed, client)
            test_feedback(bed, client)
            test_moderation(bed)
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
