#!/usr/bin/python3
"""Court acts on an instance that `mohur serve` runs: drafted by a clerk or a
judge, signed by the judge's key in SoftHSM through the key daemon, many with
one activation, published, and read; the clock of all that.

    acts.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import contextlib
import datetime as dt
import hashlib
import html
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki")]

import filing  # noqa: E402
import judge_token  # noqa: E402

PIN = "40718253"
TEXT = "Azərbaycan Respublikası adından\r\n\r\nQƏTNAMƏ\r\n\r\nİddia təmin " \
    "edilsin.\r\n"


def baku(days_ago=0.0):
    """Day and time of the form, so many days ago."""
    t = dt.datetime.utcnow() + dt.timedelta(hours=4) \
        - dt.timedelta(days=days_ago, minutes=1)
    return t.strftime("%d.%m.%Y"), t.strftime("%H:%M")


def wrong_of(answer):
    found = re.search('error-summary__list">(.*?)</ul>', answer.text, re.S)
    return html.unescape(re.sub("<[^>]*>|\\s+", " ", found[1]).strip()) \
        if found else ""


class Person(filing.Browser):
    """Somebody signed in."""

    def __init__(self, bed, user):
        super().__init__(bed.port)
        self.bed, self.user = bed, user
        self.sign_in(user)

    def send_form(self, path, text=TEXT, **fields):
        """The form of an act, its text as the part of a file."""
        day, clock = baku()
        fields = {"csrf": self.cookies.get("__Host-form", ""),
                  "form": filing.base32(), "kind": "judgment",
                  "title": "Qətnamə", "day": day, "time": clock,
                  "replaces": "", **fields}
        boundary = "b" + filing.base32()
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; '
                 f'name="{k}"\r\n\r\n{v}\r\n'
                 for k, v in {**fields, "text": text}.items()]
        return self.ask("POST", path, {
            "Content-Type": f"multipart/form-data; boundary={boundary}"},
            ("".join(parts) + f"--{boundary}--\r\n").encode())

    def draft(self, case=None, **fields):
        """Its id."""
        a = self.send_form(f"/cases/{case or self.bed.case}/acts/new",
                           **fields)
        where = a.headers.get("location", "")
        good = a.status == 303 and re.fullmatch("/acts/[a-z2-7]{26}", where)
        if not good:
            self.bed.check("drafted", False, (a.status, wrong_of(a)))
        return where.rpartition("/")[2]

    def send(self, act, form=None, version=None):
        if version is None:
            version = self.bed.ask_sql(
                f"SELECT version FROM act WHERE id = '{act}'")
        return self.post(f"/acts/{act}/send", version=version,
                         form=form or filing.base32())

    def waiting(self, count, **fields):
        """Acts that wait for the judge."""
        acts = []
        for n in range(count):
            acts.append(self.draft(
                title=f"Qətnamə {n} {filing.base32(6)}", **fields))
            if self.send(acts[-1]).status != 303:
                self.bed.check("sent", False, acts[-1])
        return acts

    def sign(self, acts, pin=PIN, form=None):
        return self.post("/acts/sign", pin=pin, form=form or filing.base32(),
                         **{f"sign{i}": a for i, a in enumerate(acts)})

    def publish(self, acts, form=None):
        return self.post("/acts/publish", form=form or filing.base32(),
                         **{f"publish{i}": a for i, a in enumerate(acts)})


class Bed(filing.Bed):
    """With a judge who has a key, one whose key is somebody else's, one who
    has none, and presidents of two courts."""

    def __init__(self, options, scratch):
        super().__init__(options, scratch)
        pki = self.scratch / "tsa"
        for user, role, fin in (("judge", "judge", "5TST0D1"),
                                ("judge2", "judge", "5TST0C9"),
                                ("judge3", "judge", ""),
                                ("president", "president", ""),
                                ("president2", "president", "")):
            self.portal("account", "add", "--state", self.state, "--user",
                        user, "--role", role, "--name", "Vaqif", "--surname",
                        "Dəftərli", *(["--fin", fin] if fin else []),
                        input=filing.PASSWORD + "\n")
        self.cases = {user: filing.base32() for user in ("judge2", "judge3")}
        self.sql(f"""
        UPDATE court_case SET judge =
          (SELECT id FROM account WHERE username = 'judge');
        INSERT INTO official SELECT id, 1 FROM account WHERE username IN
          ('judge', 'judge2', 'judge3', 'president');
        INSERT INTO official SELECT id, 2 FROM account
          WHERE username = 'president2';
        """ + "".join(f"""
        INSERT INTO court_case (id, number, court, filed, type, proceeding,
          judge, status) SELECT '{case}', '2-2(103)-{n}/2021', 1,
          1626300000, '2-2', 'claim', id, 3 FROM account
          WHERE username = '{user}';
        """ for n, (user, case) in enumerate(self.cases.items())))
        judge_token.make(self.where, pki, "clerk", "judge-1", PIN)
        judge_token.make(self.where, pki, "citizen2", "judge-2", PIN)
        for user, key in (("judge", "judge-1"), ("judge2", "judge-2")):
            self.portal("account", "key", "--state", self.state, "--user",
                        user, "--key", key)

    def state_of(self, act):
        return ("", "draft", "for_signature", "signed", "published",
                "discarded")[
            self.ask_sql("SELECT CASE WHEN discarded IS NULL THEN state ELSE"
                         f" 5 END FROM act WHERE id = '{act}'")]

    def signed(self, acts):
        return self.ask_sql("SELECT count(*) FROM act WHERE state >= 3 AND id"
                            " IN ('" + "', '".join(acts) + "')")

    def events(self, ev, obj=None):
        return [r for r in self.records() if r["ev"] == ev
                and (obj is None or r["obj"] == obj)]

    def illegal(self, act, before, to):
        """The last record of a step that was refused."""
        def told():
            return [r["d"] for r in
                    self.events("illegal_transition", f"act:{act}")][-1:]
        return self.until(lambda: told() == [{"from": before, "to": to}]) \
            or told()

    def verify(self, content):
        """What `mohur verify` says of it: verdict, and how many signed."""
        path = self.scratch / "act.pdf"
        path.write_bytes(content)
        done = subprocess.run(
            [self.build / "mohur", "verify", "--offline", "--report", "json",
             "--policy", "strict", "--trust",
             self.where / "trust" / "tsa-root.pem", path],
            capture_output=True, text=True, check=False)
        report = json.loads(done.stdout) if done.stdout else {}
        sigs = [s for s in report.get("signatures", [])
                if "stamp" not in s.get("kind", "").lower()]
        return report.get("verdict"), len(sigs)


# ---- drafts ----

def test_refused(bed, clerk):
    new = f"/cases/{bed.case}/acts/new"
    tomorrow, clock = baku(-1)
    for what, fields, at in (
            ("no kind", {"kind": ""}, "kind"),
            ("a kind of filings", {"kind": "motion"}, "kind"),
            ("no title", {"title": "  "}, "title"),
            ("201 bytes of title", {"title": "x" * 201}, "title"),
            ("no day", {"day": "32.01.2026"}, "day"),
            ("another way to write it", {"day": "2026-01-05"}, "day"),
            ("no time", {"time": "24:00"}, "time"),
            ("a time of five letters", {"time": "12:6x"}, "time"),
            ("tomorrow", {"day": tomorrow, "time": clock}, "day"),
            ("no text", {"text": ""}, "text"),
            ("blanks", {"text": " \r\n\t "}, "text"),
            ("50,001 characters", {"text": "ə" * 50001}, "text"),
            ("a control", {"text": "a\x02b"}, "text"),
            ("a letter the font lacks", {"text": "漢字"}, "text")):
        a = clerk.send_form(new, **{"title": "Ad <b>", **fields})
        bed.check(f"{what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text
                  and "<title>Xəta:" in a.text, (a.status, wrong_of(a)))
        if "title" not in fields:
            bed.check(f"{what}: what was written stays",
                      'value="Ad &lt;b&gt;"' in a.text
                      and ("text" in fields or "İddia təmin" in a.text))
    bed.check("nothing was kept", bed.ask_sql(
        "SELECT count(*) FROM act") == 0)
    for size in (1, 50000):
        act = clerk.draft(text="ə" * size)
        bed.check(f"{size} characters are a PDF", clerk.get(
            f"/acts/{act}/file").body.startswith(b"%PDF-"))
    act = clerk.draft(title="x" * 200)
    bed.check("200 bytes of title", "x" * 200 in clerk.get(
        f"/acts/{act}").text)
    a = clerk.send_form(new, csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    a = clerk.send_form(new, form="x")
    bed.check("a form without its number: 400", a.status == 400, a.status)


def test_draft(bed, clerk, judge, party):
    form = filing.base32()
    act = clerk.draft(form=form)
    bed.check("the same form is the same act", clerk.draft(form=form) == act)
    page = clerk.get(f"/acts/{act}")
    pdf = clerk.get(f"/acts/{act}/file").body
    bed.check("its page has the digest of its bytes", page.status == 200
              and hashlib.sha256(pdf).hexdigest() in page.text, page.status)
    bed.check("who opened it is in the log", bed.until(lambda: bed.events(
        "document.opened", f"act:{act}")))
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf,
                          capture_output=True, check=True).stdout.decode()
    bed.check("they say what was written", "İddia təmin edilsin." in said,
              said)
    shown = clerk.get(f"/acts/{act}/file?view=1")
    bed.check("and can be looked at", shown.headers["content-type"] ==
              "application/pdf" and shown.body == pdf, shown.headers)
    edit = clerk.get(f"/acts/{act}/edit")
    bed.check("the form has what is kept", "İddia təmin edilsin." in edit.text
              and 'value="Qətnamə"' in edit.text
              and 'name="version" value="1"' in edit.text)
    a = judge.send_form(f"/acts/{act}/edit", text="Başqa mətn",
                        title="Qərardad", kind="ruling", version=1)
    bed.check("the judge changes the draft", a.status == 303, wrong_of(a))
    new = judge.get(f"/acts/{act}/file").body
    bed.check("its bytes are others now", new != pdf and "Qərardad" in
              judge.get(f"/acts/{act}").text)
    a = clerk.send_form(f"/acts/{act}/edit", text="Köhnə pəncərə", version=1)
    bed.check("an old window: 409, and its text stays", a.status == 409
              and "Köhnə pəncərə" in a.text
              and 'name="version" value="2"' in a.text, (a.status, wrong_of(a)))
    a = clerk.send(act, version=1)
    bed.check("an old page sends nothing", a.status == 409 and
              bed.state_of(act) == "draft", a.status)
    case = party.get(f"/cases/{bed.case}").text
    bed.check("the party sees that it was announced, not what", "Layihə" in
              case and "Qərardad" in case and f"/acts/{act}" not in case)
    for user in ("lawyer", "auditor", "witness", "citizen", "elsewhere",
                 "president", "judge2"):
        browser = Person(bed, user)
        got = [browser.get(p).status for p in (
            f"/acts/{act}", f"/acts/{act}/file", f"/acts/{act}/edit",
            f"/cases/{bed.case}/acts/new")]
        got += [browser.send(act).status, browser.sign([act]).status,
                browser.publish([act]).status, browser.send_form(
                    f"/cases/{bed.case}/acts/new").status,
                browser.send_form(f"/acts/{act}/edit", version=2).status]
        bed.check(f"{user}: 404 for all of a draft", got == [404] * 9, got)
    nobody = filing.Browser(bed.port)
    bed.check("nobody: to the sign-in", nobody.get(f"/acts/{act}").status
              == 303 and nobody.get("/acts").status == 303)
    bed.check("an act that is not there", clerk.get(
        f"/acts/{filing.base32()}").status == 404)
    return act


def test_steps(bed, clerk, judge):
    """What is not the next step is refused, and in the log."""
    act = clerk.draft()
    a = judge.sign([act])
    bed.check("a draft is not signed: 409", a.status == 409, a.status)
    told = bed.illegal(act, "draft", "signed")
    bed.check("and that is in the log", told is True, told)
    act = clerk.draft()
    a = clerk.publish([act])
    bed.check("nor published: 409", a.status == 409 and
              bed.illegal(act, "draft", "published") is True, a.status)
    form = filing.base32()
    bed.check("sent", clerk.send(act, form).status == 303 and
              bed.state_of(act) == "for_signature")
    bed.check("the same form once more is no other step",
              clerk.send(act, form).status == 303)
    for what, a in (("sent again", clerk.send(act)),
                    ("changed", clerk.send_form(f"/acts/{act}/edit",
                                                version=1)),
                    ("opened to be changed", clerk.get(f"/acts/{act}/edit"))):
        bed.check(f"{what}: 409", a.status == 409, a.status)
    bed.check("published before it is signed: 409",
              judge.publish([act]).status == 409)
    a = judge.sign([act, filing.base32()])
    bed.check("with one that is not there: 404, nothing is signed",
              a.status == 404 and bed.state_of(act) == "for_signature")
    a = judge.post("/acts/sign", pin=PIN, form=filing.base32(), sign0=act,
                   csrf="x")
    bed.check("not our form: 403", a.status == 403 and
              bed.state_of(act) == "for_signature", a.status)
    a = judge.sign([])
    bed.check("nothing chosen: 422", a.status == 422 and
              'href="#sign0"' in a.text, (a.status, wrong_of(a)))
    a = clerk.sign([act])
    bed.check("a clerk signs nothing", a.status == 404, a.status)
    for act in re.findall("/acts/([a-z2-7]{26})/file", judge.get(
            "/acts").text):
        if bed.state_of(act) == "for_signature":
            judge.sign([act])


# ---- taking back ----

def unsigned(bed, act):
    """No key was used for it, and it has no operation."""
    return bed.ask_sql("SELECT count(*) FROM act WHERE op IS NULL AND signed"
                       f" IS NULL AND id = '{act}'") == 1


def test_withdrawn(bed, clerk, judge, party):
    act, = clerk.waiting(1)
    bed.check("the judge's page offers it, the clerk's does not",
              f"/acts/{act}/withdraw" in judge.get(f"/acts/{act}").text
              and "/withdraw" not in clerk.get(f"/acts/{act}").text)
    for user in ("clerk", "lawyer", "auditor", "citizen", "elsewhere",
                 "president", "judge2", "judge3"):
        who = Person(bed, user)
        got = [who.post(f"/acts/{act}/{way}", form=filing.base32(),
                        version=1).status for way in ("withdraw", "discard")]
        bed.check(f"{user}: 404 for taking it back", got == [404] * 2, got)
    a = judge.post(f"/acts/{act}/withdraw", form=filing.base32(), csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)
    a = judge.post(f"/acts/{act}/withdraw", form="x")
    bed.check("a form without its number: 400", a.status == 400, a.status)
    a = judge.post(f"/acts/{act}/discard", form=filing.base32(), version=1)
    bed.check("what waits is not discarded: 409", a.status == 409 and
              bed.illegal(act, "for_signature", "discarded") is True)
    bed.check("it still waits", bed.state_of(act) == "for_signature")
    form = filing.base32()
    a = judge.post(f"/acts/{act}/withdraw", form=form)
    bed.check("taken back", a.status == 303 and bed.state_of(act) == "draft"
              and a.headers["location"] == f"/acts/{act}", a.status)
    bed.check("the same form once more is no other step", judge.post(
        f"/acts/{act}/withdraw", form=form).status == 303)
    a = judge.post(f"/acts/{act}/withdraw", form=filing.base32())
    bed.check("another form: 409", a.status == 409 and
              bed.illegal(act, "draft", "draft") is True, a.status)
    bed.check("its record, once", bed.until(lambda: len(bed.events(
        "act.withdrawn", f"act:{act}")) == 1))
    bed.check("its author is told, the parties are not",
              "geri götürdü" in clerk.get("/notifications").text
              and "geri götürdü" not in party.get("/notifications").text)
    bed.check("an old page sends it not once more",
              clerk.send(act, version=1).status == 409)
    bed.check("nor is it signed: 409", judge.sign([act]).status == 409
              and unsigned(bed, act))
    a = clerk.send_form(f"/acts/{act}/edit", version=2, text="Düzəldilmiş")
    bed.check("it is changed", a.status == 303, wrong_of(a))
    clerk.send(act)
    bed.check("sent again and signed, once", judge.sign([act]).status == 303
              and bed.verify(judge.get(f"/acts/{act}/file").body)
              == ("TOTAL-PASSED", 1))
    for way, to in (("withdraw", "draft"), ("discard", "discarded")):
        a = judge.post(f"/acts/{act}/{way}", form=filing.base32(), version=3)
        bed.check(f"signed: no {way}: 409", a.status == 409 and
                  bed.illegal(act, "signed", to) is True, a.status)
    judge.publish([act])
    a = judge.post(f"/acts/{act}/withdraw", form=filing.base32())
    bed.check("published: 409", a.status == 409 and
              bed.state_of(act) == "published", a.status)


def test_discarded(bed, clerk, judge, party):
    act = clerk.draft(title="Lazımsız")
    page = judge.get(f"/acts/{act}").text
    bed.check("only the judge is offered it", f"/acts/{act}/discard" in page
              and "/discard" not in clerk.get(f"/acts/{act}").text)
    a = judge.post(f"/acts/{act}/discard", form=filing.base32(), version=7)
    bed.check("of another version: 409", a.status == 409 and
              bed.state_of(act) == "draft", a.status)
    form = filing.base32()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: judge.post(
            f"/acts/{act}/discard", form=form, version=1).status, range(6)))
    bed.check("of six at once all come to the one", got == [303] * 6, got)
    bed.check("one record, one notice", bed.until(lambda: len(bed.events(
        "act.discarded", f"act:{act}")) == 1) and clerk.get(
            "/notifications").text.count("layihəsini ləğv etdi") == 1)
    page = judge.get(f"/acts/{act}")
    bed.check("its page says so, and offers nothing", page.status == 200
              and "Ləğv edilib" in page.text
              and not re.search(f"/acts/{act}/(edit|send|discard|withdraw)",
                                page.text))
    bed.check("its PDF is there for the court", judge.get(
        f"/acts/{act}/file").body.startswith(b"%PDF-"))
    for who, path in ((judge, "/acts"), (clerk, "/acts"),
                      (party, f"/cases/{bed.case}")):
        bed.check(f"{who.user}: no list has it",
                  f"/acts/{act}" not in who.get(path).text
                  and "Lazımsız" not in who.get(path).text)
    for what, step, to in (
            ("changed", lambda: clerk.send_form(f"/acts/{act}/edit",
                                                version=1), "draft"),
            ("sent", lambda: clerk.send(act), "for_signature"),
            ("signed", lambda: judge.sign([act]), "signed"),
            ("published", lambda: judge.publish([act]), "published"),
            ("taken back", lambda: judge.post(
                f"/acts/{act}/withdraw", form=filing.base32()), "draft"),
            ("discarded again", lambda: judge.post(
                f"/acts/{act}/discard", form=filing.base32(), version=1),
             "discarded")):
        a = step()
        bed.check(f"not {what}: 409", a.status == 409 and bed.illegal(
            act, "discarded", to) is True, a.status)
    bed.check("a party sees nothing of it",
              party.get(f"/acts/{act}").status == 404)


def test_begun(bed, clerk, judge):
    """What was begun at the key daemon ends before an act is taken back."""
    act, = clerk.waiting(1)
    bed.sql(f"UPDATE act SET op = randomblob(16) WHERE id = '{act}'")
    a = judge.post(f"/acts/{act}/withdraw", form=filing.base32())
    bed.check("an operation that the daemon does not know ends",
              a.status == 303 and bed.state_of(act) == "draft"
              and unsigned(bed, act), a.status)
    # Both at once: one of them is first, and that is what holds.
    for n in range(4):
        act, = clerk.waiting(1)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            signing = pool.submit(judge.sign, [act])
            time.sleep(0.05 * n)
            back = pool.submit(judge.post, f"/acts/{act}/withdraw",
                               form=filing.base32())
            got = signing.result().status, back.result().status
        state = bed.state_of(act)
        bed.check(f"at once, {n}: signed, or a draft that is not",
                  (state == "signed" and got[1] == 409) or
                  (state == "draft" and got[1] == 303 and
                   unsigned(bed, act) and got[0] != 303), (state, got))
    # The portal falls while the key signs; then all are taken back.
    acts = clerk.waiting(10)

    def ask():
        with contextlib.suppress(OSError):
            judge.sign(acts)
    thread = threading.Thread(target=ask)
    thread.start()
    bed.check("begun: some are signed", bed.until(
        lambda: bed.signed(acts) >= 3, 60))
    mark = len(bed.log())
    bed.kill("portal")
    thread.join(90)
    bed.check("begun: the portal is back", bed.until(
        lambda: "ev=start of=portal " in bed.log()[mark:], 30))
    forms, end = {x: filing.base32() for x in acts}, time.monotonic() + 60
    left, got = list(acts), {}
    while left and time.monotonic() < end:
        for x in list(left):
            with contextlib.suppress(OSError):
                got[x] = judge.post(f"/acts/{x}/withdraw",
                                    form=forms[x]).status
                if got[x] in (303, 409):
                    left.remove(x)
        time.sleep(0.3)
    states = {x: bed.state_of(x) for x in acts}
    bed.check("begun: each is signed and stays, or is a draft", all(
        (states[x], got.get(x)) in (("signed", 409), ("draft", 303))
        for x in acts), (states, got))
    bed.check("begun: some of both", set(states.values())
              == {"signed", "draft"}, states)
    drafts = [x for x in acts if states[x] == "draft"]
    bed.check("begun: what is a draft no key can sign any more", all(
        unsigned(bed, x) for x in drafts))
    gone = [r for r in bed.records() if r["ev"] == "ticket"
            and r["res"] == "withdrawn"]
    bed.check("begun: the daemon has withdrawn what waited", len(gone) >= 1,
              len(gone))
    for x in drafts:
        clerk.send(x)
    bed.check("begun: sent again, all are signed",
              judge.sign(drafts).status == 303 and bed.signed(acts) == 10)
    for n, x in enumerate(acts):
        verdict = bed.verify(judge.get(f"/acts/{x}/file").body)
        bed.check(f"begun, {n}: one signature, and it passes", verdict ==
                  ("TOTAL-PASSED", 1), verdict)


# ---- signing ----

def test_pin(bed, clerk, judge):
    acts = clerk.waiting(2)
    before = len(bed.events("key.done"))
    for what, pin, at in (("a wrong PIN", "00000000", "pin"),
                          ("no PIN, and no reader to type it on", "", "pin"),
                          ("a PIN of 64 characters", "1" * 64, "pin"),
                          ("one of 65", "1" * 65, "pin")):
        a = judge.sign(acts, pin)
        bed.check(f"{what}: 422 at {at}", a.status == 422
                  and f'href="#{at}"' in a.text
                  and "<title>Xəta:" in a.text, (a.status, wrong_of(a)))
        bed.check(f"{what}: it is not shown again, what was chosen is",
                  (not pin or pin not in a.text)
                  and a.text.count(" checked") == 2, a.text.count(" checked"))
        bed.check(f"{what}: nothing is signed", bed.signed(acts) == 0)
    bed.check("no key was used", len(bed.events("key.done")) == before)
    bed.check("each try is in the log", bed.until(lambda: len(
        [r for r in bed.events("ticket") if r["res"] == "not-activated"])
        == 3))
    bed.check("then the right one", judge.sign(acts).status == 303 and
              bed.signed(acts) == 2)


def test_ten(bed, clerk, judge):
    acts = clerk.waiting(10)
    page = judge.get("/acts").text
    bed.check("all ten wait for the judge", all(
        f'value="{a}"' in page for a in acts))
    shown = {a: judge.get(f"/acts/{a}/file").body for a in acts}
    form = filing.base32()
    a = judge.sign(acts, form=form)
    bed.check("ten with one activation", a.status == 303
              and a.headers["location"] == "/acts" and bed.signed(acts) == 10,
              (a.status, wrong_of(a), bed.signed(acts)))
    approved = [r for r in bed.events("ticket") if r["res"] == "approved"
                and r["d"]["acts"] == 10]
    bed.check("which the log has once", len(approved) == 1
              and re.fullmatch("p:[0-9]+", approved[0]["who"]), approved)
    for n, act in enumerate(acts):
        got = judge.get(f"/acts/{act}/file").body
        bed.check(f"{n}: the bytes that were shown, and a signature",
                  got.startswith(shown[act]) and len(got) > len(shown[act]))
        verdict = bed.verify(got)
        bed.check(f"{n}: mohur verify passes it", verdict ==
                  ("TOTAL-PASSED", 1), verdict)
        doc = hashlib.sha256(got).hexdigest()

        def recorded(act=act, doc=doc):
            return [r["d"].get("doc") for r in
                    bed.events("act.signed", f"act:{act}")] == [doc]
        bed.check(f"{n}: and the log has it", bed.until(recorded))
    uses = [r for r in bed.events("key.use") if r["d"]["key"] == "judge-1"
            and r["obj"] in {"doc:" + hashlib.sha256(b).hexdigest()
                             for b in shown.values()}]
    bed.check("ten uses of the key, each of bytes that were shown",
              len(uses) == 10, len(uses))
    bed.check("the same form once more signs nothing",
              judge.sign(acts, form=form).status == 303)
    bed.check("another form: 409", judge.sign(acts).status == 409)
    page = judge.get("/acts").text
    bed.check("they wait for publication now", all(
        re.search(f'name="publish[0-9]+"[^>]*value="{a}"', page)
        for a in acts))
    return acts


def test_fifty(bed, clerk, judge):
    """As many as one activation takes; one more waits for the next."""
    acts = clerk.waiting(51)
    page = judge.get("/acts").text
    listed = re.findall('name="sign[0-9]+"[^>]*value="([a-z2-7]{26})"', page)
    bed.check("fifty are listed, and that there are more", len(listed) == 50
              and "Daha çoxu var" in page, len(listed))
    a = judge.sign(listed)
    bed.check("fifty with one activation", a.status == 303 and
              bed.signed(acts) == 50, (a.status, wrong_of(a)))
    left = [x for x in acts if x not in listed]
    bed.check("the one that is left waits", len(left) == 1 and
              bed.state_of(left[0]) == "for_signature" and
              f'value="{left[0]}"' in judge.get("/acts").text)
    judge.sign(left)
    for n in (0, 50):
        judge.publish((listed + left)[n:n + 50])
    bed.check("and all are published", all(
        bed.state_of(x) == "published" for x in (acts[0], acts[49], left[0]))
        and bed.ask_sql("SELECT count(*) FROM act WHERE state = 4 AND title"
                        " LIKE 'Qətnamə %'") >= 51)


def test_at_once(bed, clerk, judge):
    """A form that is sent many times signs once."""
    acts = clerk.waiting(4)
    form = filing.base32()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda _: judge.sign(acts, form=form).status,
                            range(6)))
    bed.check("of six at once one signs", 303 in got and
              all(s in (303, 409) for s in got) and bed.signed(acts) == 4,
              got)
    bed.check("each act once", bed.until(lambda: all(
        len(bed.events("act.signed", f"act:{a}")) == 1 for a in acts)))


def test_killed(bed, clerk, judge, part):
    """The key daemon or the portal is killed in the middle: what was signed is
    kept, the rest waits, nothing is signed twice."""
    acts = clerk.waiting(10)
    answers = []

    def ask():
        try:
            answers.append(judge.sign(acts))
        except OSError:
            answers.append(None)  # the portal is gone
    thread = threading.Thread(target=ask)
    thread.start()
    bed.check(f"{part}: some are signed", bed.until(
        lambda: bed.signed(acts) >= 3, 60))
    mark = len(bed.log())
    bed.kill(part)
    thread.join(90)
    done, a = bed.signed(acts), answers[0]
    bed.check(f"{part}: the rest waits", 3 <= done < 10, done)
    if part == "keyd":
        failed = re.search('inset-text">.*?/acts/([a-z2-7]{26})', a.text,
                           re.S)
        bed.check("503: it says which one failed, and how many were signed",
                  a.status == 503 and failed and failed[1] in acts
                  and bed.state_of(failed[1]) == "for_signature"
                  and f"görülüb: {done}." in a.text, (a.status, wrong_of(a)))
    bed.check(f"{part} is back", bed.until(
        lambda: f"ev=start of={part} " in bed.log()[mark:], 30),
        bed.log()[-1500:])
    left, end = acts, time.monotonic() + 60
    while time.monotonic() < end:
        left = [x for x in left if bed.state_of(x) == "for_signature"]
        try:
            a = judge.sign(left)
            if a.status == 303:
                break
        except OSError:
            pass
        time.sleep(0.5)
    bed.check(f"{part}: the rest is signed with another activation",
              a and a.status == 303 and bed.signed(acts) == 10,
              (a and a.status, a and wrong_of(a)))
    for n, act in enumerate(acts):
        verdict = bed.verify(judge.get(f"/acts/{act}/file").body)
        bed.check(f"{part}, {n}: one signature, and it passes", verdict ==
                  ("TOTAL-PASSED", 1), verdict)
    bed.check(f"{part}: each is signed once in the log", bed.until(
        lambda: all(len(bed.events("act.signed", f"act:{x}")) == 1
                    for x in acts)),
        [len(bed.events("act.signed", f"act:{x}")) for x in acts])


def test_keys(bed, clerk):
    """A key of somebody else's, and none."""
    for user, words in (("judge2", "bu hakimin deyil"),
                        ("judge3", "açar qurulmayıb")):
        judge = Person(bed, user)
        act = judge.draft(case=bed.cases[user])
        judge.send(act)
        a = judge.sign([act])
        bed.check(f"{user}: 422, and why", a.status == 422 and
                  words in wrong_of(a), (a.status, wrong_of(a)))
        bed.check(f"{user}: it still waits", bed.state_of(act) ==
                  "for_signature")
        page = judge.get("/acts").text
        bed.check(f"{user}: nobody else's acts are in the list",
                  page.count('type="checkbox"') == 1)
        if user == "judge2":  # whose key it is after all
            bed.sql("UPDATE account SET fin = NULL WHERE fin = '5TST0A2';"
                    " UPDATE account SET fin = '5TST0A2' WHERE username ="
                    " 'judge2'")
            a = judge.sign([act])
            bed.check("put right, it is signed", a.status == 303 and
                      bed.verify(judge.get(f"/acts/{act}/file").body) ==
                      ("TOTAL-PASSED", 1), (a.status, wrong_of(a)))
    other = Person(bed, "judge")
    bed.check("another judge signs it not", other.sign([act]).status == 404)


# ---- publication, and the clock ----

def test_published(bed, clerk, judge, party, acts):
    form = filing.base32()
    a = clerk.publish(acts[:1], form)
    bed.check("one is published", a.status == 303 and
              a.headers["location"] == f"/acts/{acts[0]}", a.status)
    bed.check("the same form once more is no other step",
              clerk.publish(acts[:1], form).status == 303)
    bed.check("another form: 409", clerk.publish(acts[:1]).status == 409 and
              bed.illegal(acts[0], "published", "published") is True)
    a = judge.publish(acts[1:])
    bed.check("nine with one form", a.status == 303 and all(
        bed.state_of(x) == "published" for x in acts), a.status)
    notices = party.get("/notifications").text
    bed.check("the parties are told of each",
              notices.count("Məhkəmə aktı dərc edildi") == 10,
              notices.count("Məhkəmə aktı dərc edildi"))
    page = party.get(f"/acts/{acts[0]}")
    found = re.search("/documents/([a-z2-7]{26})", page.text)
    bed.check("the act's page leads to the document", page.status == 200
              and found, page.status)
    document = found[1]
    clock = party.get(f"/cases/{bed.case}").text
    bed.check("nobody has read it yet", "hələ oxunmayıb" in page.text and
              f"/acts/{acts[0]}" in clock)
    judge.get(f"/documents/{document}")
    party.ask("HEAD", f"/documents/{document}")
    bed.check("a judge who looks is no reader, nor is HEAD", bed.ask_sql(
        "SELECT count(*) FROM act_read") == 0)
    shown = party.get(f"/documents/{document}").text
    bed.check("the document is accepted and valid", "Qəbul edilib" in shown
              and "TOTAL-PASSED" in shown and "Qətnamə" in shown)
    bed.check("reading it moves the clock", bed.ask_sql(
        f"SELECT count(*) FROM act_read WHERE act = '{acts[0]}'") == 1)
    first = bed.ask_sql(f"SELECT at FROM act_read WHERE act = '{acts[0]}'")
    content = party.get(f"/documents/{document}/file").body
    bed.check("the first time stays", bed.ask_sql(
        f"SELECT sum(at) FROM act_read WHERE act = '{acts[0]}'") == first)
    bed.check("it is what was signed", bed.verify(content)
              == ("TOTAL-PASSED", 1))
    # Three lawyers take part: who of them read it stands on the page.
    page = clerk.get(f"/acts/{acts[0]}").text
    bed.check("the page says who read and who did not",
              page.count("hələ oxunmayıb") == 2, page.count("hələ oxunmayıb"))
    made = bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM receipt WHERE sha256 IS NOT NULL AND document ="
        f" '{document}'") == 1)
    receipt = party.get(f"/documents/{document}/receipt").body
    code, text = filing.verify_receipt(bed, receipt, content, "judgment.pdf")
    bed.check("its receipt verifies", made and code == 0, (code, text))
    bed.check("a copy that lasts is made", bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM preserved WHERE sha256 IS NOT NULL AND"
        f" document = '{document}'") == 1, 60))
    for user, status in (("other", 200), ("auditor", 200), ("president", 200),
                         ("witness", 404), ("citizen", 404),
                         ("elsewhere", 404)):
        got = Person(bed, user).get(f"/acts/{acts[0]}").status
        bed.check(f"{user}: {status} for a published act", got == status, got)
    bed.check("its record", len(bed.events(
        "act.published", f"act:{acts[0]}")) == 1)
    return document


def test_corrected(bed, clerk, judge, party, old):
    new = f"/cases/{bed.case}/acts/new"
    bed.check("the form names the act that it corrects", f"/acts/{old}" in
              clerk.get(f"{new}?replaces={old}").text)
    open_act = clerk.draft()
    bed.check("a draft is corrected by no other", clerk.get(
        f"{new}?replaces={open_act}").status == 409 and clerk.send_form(
            new, replaces=open_act).status == 409)
    bed.check("nor is an act of another case", clerk.send_form(
        f"/cases/{bed.cases['judge2']}/acts/new",
        replaces=old).status == 404)
    bytes_before = judge.get(f"/acts/{old}/file").body
    act = clerk.draft(replaces=old, title="Düzəliş")
    clerk.send(act)
    judge.sign([act])
    bed.check("a correction is published", judge.publish([act]).status == 303)
    bed.check("each names the other", f"/acts/{act}" in party.get(
        f"/acts/{old}").text and f"/acts/{old}" in party.get(
            f"/acts/{act}").text)
    bed.check("what was published is as it was",
              judge.get(f"/acts/{old}/file").body == bytes_before)
    restrict = "UPDATE court_case SET restricted = %d"
    bed.sql(restrict % 1)
    for who, browser in (("the judge", judge), ("the clerk", clerk)):
        a = browser.get(f"/acts/{old}/file")
        bed.check(f"of a restricted case {who} opens no published act by a "
                  "password", a.status == 403 and "imza ilə" in a.text,
                  a.status)
    bed.sql("UPDATE session SET level = 3")
    bed.check("with a signature it opens",
              judge.get(f"/acts/{old}/file").body == bytes_before)
    bed.sql("UPDATE session SET level = 1")
    bed.sql(restrict % 0)


def test_overdue(bed, clerk, judge, party):
    day, clock = baku(3.5)
    act = clerk.draft(title="Gecikmiş", day=day, time=clock)
    bed.check("overdue in words, on the case's page and its own",
              "Gecikir: son vaxt" in party.get(f"/cases/{bed.case}").text
              and "Gecikir: son vaxt" in clerk.get(f"/acts/{act}").text)
    page = Person(bed, "president").get("/acts/overdue")
    bed.check("the president sees it", page.status == 200 and
              "2-2(103)-660/2021" in page.text and "0,5 gün" in page.text
              and "Gecikmiş" not in page.text, page.status)
    bed.check("another court's does not", "Gecikən akt yoxdur" in Person(
        bed, "president2").get("/acts/overdue").text)
    for who in (clerk, judge, party):
        bed.check(f"{who.user}: 404", who.get("/acts/overdue").status == 404)
    clerk.send(act)
    judge.sign([act])
    judge.publish([act])
    bed.check("published, it is overdue no more", "Gecikən akt yoxdur" in
              Person(bed, "president").get("/acts/overdue").text)
    bed.check("and that it was late stays", "Vaxtından gec" in party.get(
        f"/acts/{act}").text)
    # A court with more days.
    bed.portal("court", "--state", bed.state, "--court", "103", "--act-days",
               "5")
    act = clerk.draft(day=day, time=clock)
    bed.check("five days are the court's own", "Gecikir" not in clerk.get(
        f"/acts/{act}").text)


def test_clock(bed, clerk, judge):
    page = filing.Browser(bed.port).get("/acts/clock")
    rows = re.findall("<tr.*?</tr>", page.text, re.S)[1:]
    cells = [[html.unescape(re.sub("<[^>]*>", "", c)) for c in re.findall(
        "<td[^>]*>(.*?)</td>", r, re.S)] for r in rows]
    published = bed.ask_sql("SELECT count(*) FROM act WHERE state = 4")
    bed.check("anybody sees how long courts take", page.status == 200
              and [c[0] for c in cells] == [
                  "Bakı Apellyasiya Məhkəməsi", "Gəncə Apellyasiya Məhkəməsi"]
              and cells[0][1] == str(published)
              and cells[0][2] == "0,0 gün", cells)
    act, = clerk.waiting(1)
    judge.sign([act])
    judge.publish([act])
    again = filing.Browser(bed.port).get("/acts/clock").text
    bed.check("figures are made once a minute at most",
              f">{published}<" in again and f">{published + 1}<" not in again)
    bed.check("too few give no figure", cells[1][1:] == ["çox az", "–", "–"],
              cells)


def test_command(bed):
    def run(*argv):
        return subprocess.run(
            [*bed.as_user, bed.build / "mohur-portal", *argv],
            capture_output=True, check=False).returncode
    s = ("--state", bed.state)
    for what, argv, want in (
            ("no judge", ("account", "key", *s, "--user", "clerk", "--key",
                          "k"), 64),
            ("nobody", ("account", "key", *s, "--user", "x", "--key", "k"),
             64),
            ("a key that is another's", ("account", "key", *s, "--user",
                                         "judge3", "--key", "judge-1"), 64),
            ("no name of a key", ("account", "key", *s, "--user", "judge3",
                                  "--key", "A b"), 64),
            ("60 days", ("court", *s, "--court", "104", "--act-days", "60"),
             0),
            ("61 days", ("court", *s, "--court", "104", "--act-days", "61"),
             64),
            ("no day", ("court", *s, "--court", "104", "--act-days", "0"),
             64),
            ("no court", ("court", *s, "--court", "9", "--act-days", "5"),
             64)):
        bed.check(f"command: {what}", run(*argv) == want, run(*argv))


def test_secret(bed):
    """The PIN is nowhere."""
    places = [bed.log_path, *(p for p in bed.state.rglob("*") if p.is_file()),
              *(bed.where / "state" / "keyd" / "log").rglob("*.log")]
    found = [str(p) for p in places if PIN.encode() in p.read_bytes()]
    bed.check("the PIN is in no file", not found and len(places) > (
        3 if bed.server is not None else 10), found)


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
            clerk, judge, party = (Person(bed, u) for u in
                                   ("clerk", "judge", "lawyer"))
            test_refused(bed, clerk)
            test_draft(bed, clerk, judge, party)
            test_steps(bed, clerk, judge)
            test_pin(bed, clerk, judge)
            acts = test_ten(bed, clerk, judge)
            test_published(bed, clerk, judge, party, acts)
            test_corrected(bed, clerk, judge, party, acts[1])
            test_fifty(bed, clerk, judge)
            test_at_once(bed, clerk, judge)
            test_withdrawn(bed, clerk, judge, party)
            test_discarded(bed, clerk, judge, party)
            test_begun(bed, clerk, judge)
            test_keys(bed, clerk)
            test_overdue(bed, clerk, judge, party)
            test_clock(bed, clerk, judge)
            test_command(bed)
            test_killed(bed, clerk, judge, "keyd")
            test_killed(bed, clerk, judge, "portal")
            test_secret(bed)
            bed.check("no process fell that was not killed", not [
                line for line in re.findall(".* ev=end.fail .*", bed.log())
                if not re.search(" of=(keyd|portal)", line)],
                bed.log()[-3000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-acts.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
