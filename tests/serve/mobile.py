#!/usr/bin/python3
"""Mobile ID in the portal, on an instance that `mohur init` makes and `mohur
serve` runs, against a MID-REST service with real keys: signing in, more than
a password for filing, every word of the service, and what must not work.

    mobile.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

from filing import Bed, Browser, Filer, base32

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "gateways"))

import mid  # noqa: E402

USER = "123456"
# What the page says in Azerbaijani for each ending of a number's person.
WORDS = {
    "11": "qeydiyyatda deyil", "12": "vaxt bitdi", "13": "imtina edildi",
    "14": "şəbəkədən kənardadır", "15": "çatdırılmadı", "16": "SIM kartda",
    "17": "başqa məlumatı imzaladı", "18": "qeydiyyatda deyil",
    "20": "imza bizim məlumata uyğun deyil",
    "21": "imza bizim məlumata uyğun deyil",
    "23": "imza bizim məlumata uyğun deyil", "24": "cavabı oxunmur",
    "25": "cavabı oxunmur", "26": "cavabı oxunmur",
    "27": "müddəti bitib", "28": "cavabı oxunmur", "29": "hazırda işləmir",
    "30": "bizi qəbul etmir", "31": "hazırda işləmir",
    "32": "cavabı oxunmur", "33": "cavabı oxunmur", "34": "cavabı oxunmur",
    "02": "hələ kabinetiniz yoxdur",
    "41": "İmza təsdiqlənmədi", "42": "İmza təsdiqlənmədi",
    "43": "Hazırda",
}


def phone(end):
    return "+9945000000" + end


class Person:
    """Somebody at a browser with a telephone."""

    def __init__(self, bed):
        self.bed, self.browser, self.codes = bed, Browser(bed.port), []

    def begin(self, end, path="/login/asan", user=USER, **more):
        number = phone(end) if len(end) == 2 else end
        return self.browser.post(path, telephone=number, number=user, **more)

    def wait(self, where, seconds=30):
        """The page of a transaction when it has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = self.browser.get(where)
            self.codes += re.findall(r'code-large">(\d{4})<', answer.text)
            if answer.status != 200:
                return answer
            time.sleep(0.2)
        return answer

    def sign(self, end, path="/login/asan", **more):
        begun = self.begin(end, path, **more)
        where = begun.headers.get("location", "")
        if begun.status != 303 or not re.fullmatch(path + "/[a-z2-7]{26}",
                                                   where):
            return begun
        return self.wait(where)

    @property
    def signed_in(self):
        return self.browser.get("/cabinet").status == 200


def level(bed, browser):
    """Of the browser's session, in the store; 0: none."""
    token = hashlib.sha256(
        browser.cookies.get("__Host-sid", "").encode()).hexdigest()
    return bed.ask_sql("SELECT max(level) FROM session WHERE token ="
                       f" x'{token}'")


def test_words(bed):
    def one(end):
        person = Person(bed)
        answer = person.sign(end)
        return end, answer, person.signed_in

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for end, answer, inside in pool.map(one, WORDS):
            how = mid.PEOPLE[phone(end)]
            bed.check(f"{end} {how[0]} {how[1]}: 422, and why",
                      answer.status == 422 and WORDS[end] in answer.text
                      and "<title>Xəta:" in answer.text and not inside,
                      (answer.status, inside, answer.text[-1500:]))


def test_form(bed):
    person = Person(bed)
    page = person.browser.get("/login/asan")
    bed.check("the form", page.status == 200
              and 'name="telephone"' in page.text)
    bed.check("the page of signing in leads to it", "/login/asan" in
              person.browser.get("/login").text)
    for number, user, at in (
            ("", USER, "telephone"), ("+99450123456", USER, "telephone"),
            ("+9945012345678", USER, "telephone"),
            ("+4915012345678", USER, "telephone"),
            ("+99450123456x", USER, "telephone"),
            (phone("01"), "", "number"), (phone("01"), "12345", "number"),
            (phone("01"), "1234567", "number"),
            (phone("01"), "12345a", "number")):
        answer = person.begin(number, user=user)
        bed.check(f"{number!r} {user!r}: 422 at {at}", answer.status == 422
                  and f'href="#{at}"' in answer.text, answer.status)
    bed.check("a form without its token", person.begin(
        "01", csrf="").status == 403)
    bed.check("nobody's transaction", person.browser.get(
        f"/login/asan/{base32()}").status == 404)
    bed.check("nobody's transaction to step up", person.browser.get(
        f"/step-up/{base32()}").headers.get("location") == "/login")


def test_sign_in(bed):
    person, other = Person(bed), Person(bed)
    before = dict(person.browser.cookies)
    begun = person.begin("050 000 00 01")
    where = begun.headers.get("location", "")
    bed.check("begun, with a cookie of its own", begun.status == 303 and any(
        re.match("__Host-mid=[0-9a-f]{64}; Path=/; Max-Age=600; Secure; "
                 "HttpOnly; SameSite=Lax", c) for c in begun.cookies),
        (begun.status, begun.cookies))
    bed.check("another browser does not see it", other.browser.get(
        where).status == 404)
    other.begin("36")
    bed.check("nor one with a transaction of its own", other.browser.get(
        where).status == 404)
    secret = person.browser.cookies["__Host-mid"]
    answer = person.wait(where)
    bed.check("signed in, to the cases", answer.status == 303
              and answer.headers["location"] == "/cases",
              (answer.status, answer.text[-1500:], bed.log()[-2000:]))
    bed.check("the code was shown", len(set(person.codes)) == 1
              and int(person.codes[0]) <= 8191, person.codes)
    request = [b for p, b in bed.gateway.service.requests
               if p.endswith("/signature")][0]
    bed.check("the telephone was asked once", len([
        1 for p, b in bed.gateway.service.requests if p.endswith("/signature")
        and b["phone"] == phone("01")]) == 1, request)
    bed.check("a session of level 3, and a new one", level(
        bed, person.browser) == 3 and "__Host-sid" not in before)
    bed.check("the cabinet is the lawyer's", "lawyer" in
              person.browser.get("/cabinet").text)
    again = Browser(bed.port)
    again.cookies["__Host-mid"] = secret
    bed.check("what was signed begins no second session", again.get(
        where).status == 404 and "__Host-sid" not in again.cookies)
    bed.check("who is signed in needs no form", person.browser.get(
        "/login/asan").status == 303)


def test_accounts(bed):
    person = Person(bed)
    bed.sql("UPDATE account SET state = 2 WHERE username = 'citizen'")
    answer = person.sign("40")
    bed.check("a suspended account: refused", answer.status == 422
              and "istifadə etmək olmaz" in answer.text
              and not person.signed_in, (answer.status, answer.text[-800:]))
    bed.sql("UPDATE account SET state = 1 WHERE username = 'citizen'")
    bed.check("a key of P-384", Person(bed).sign("03").status == 303)
    bed.check("and again an active one", person.sign("40").status == 303
              and person.signed_in)


def test_fall(bed):
    """The courier falls while a telephone is asked: its answer is not lost."""
    person = Person(bed)
    bed.gateway.service.slow = 4
    before = len(bed.gateway.service.sessions)
    begun = person.begin("10")
    bed.check("the telephone is asked", bed.until(
        lambda: len(bed.gateway.service.sessions) > before))
    time.sleep(0.5)  # the portal knows the session by its name
    bed.kill("portal.courier")
    done = person.wait(begun.headers["location"])
    bed.gateway.service.slow = 0.6
    bed.check("the courier fell: signed in all the same", done.status == 303
              and person.signed_in, (done.status, done.text[-600:]))


def test_pending(bed):
    """Somebody has registered with another person's FIN: whoever signs gets
    the cabinet, and whoever chose its password loses it."""
    wait = ("UPDATE account SET pending = 1, email = 'thief@example.az',"
            " email_proven = 1 WHERE username = 'citizen'")
    bed.sql(wait)
    thief = Browser(bed.port)
    thief.sign_in("citizen")
    bed.check("one that waits sees its cabinet alone", thief.get(
        "/cases").headers.get("location") == "/cabinet"
        and 'href="/step-up"' in thief.get("/cabinet").text)
    owner = Person(bed)
    bed.check("the owner signs in", owner.sign("47").status == 303
              and owner.browser.get("/cases").status == 200)
    bed.check("who waited is out", thief.get("/cabinet").headers.get(
        "location") == "/login")
    thief.sign_in("citizen")
    bed.check("and their password opens nothing", thief.get(
        "/cabinet").status == 303)
    page = owner.browser.get("/cabinet").text
    bed.check("nor is their address there", "thief@" not in page)
    # Who has both, the password and the telephone, keeps the password.
    bed.sql("UPDATE account SET hash = (SELECT hash FROM account WHERE"
            " username = 'lawyer'), pending = 1 WHERE username = 'citizen'")
    own = Person(bed)
    own.browser.sign_in("citizen")
    done = own.sign("47", "/step-up")
    bed.check("proven by step-up", done.status == 303
              and own.browser.get("/cases").status == 200, done.status)
    again = Browser(bed.port)
    again.sign_in("citizen")
    bed.check("the password stays", again.get("/cases").status == 200)


def test_limits(bed):
    one, two = Person(bed), Person(bed)
    bed.gateway.service.slow = 2
    begun = one.begin("10")
    busy = two.begin("10")
    bed.check("one at a time for a telephone", begun.status == 303
              and busy.status == 409 and "sorğu artıq" in busy.text,
              (begun.status, busy.status))
    done = one.wait(begun.headers["location"])
    bed.check("the slow one comes", done.status == 303, done.status)
    bed.check("its code was seen before", len(one.codes) > 2, one.codes)
    answers = [Person(bed).sign("19").status for _ in range(6)]
    bed.check("five an hour, and not a sixth", answers == [422] * 5 + [429],
              answers)
    bed.check("another telephone goes", Person(bed).sign("35").status == 422)


def test_step_up(bed):
    filer = Filer(bed, "lawyer", bed.case)
    path = bed.samples / "adoc-lta.adoc"
    person = Person(bed)
    person.browser = filer.browser
    up = f"/step-up?case={bed.case}"
    bed.check("with a password: the form leads on",
              filer.page().headers.get("location") == up)
    answer = filer.file(path)
    bed.check("and so does a filing", answer.status == 303
              and answer.headers["location"] == up, answer.status)
    bed.check("nothing was stored", bed.ask_sql(
        "SELECT count(*) FROM document") == 0)
    page = filer.browser.get(up)
    bed.check("it says why", page.status == 200
              and "kimliyini imza ilə" in page.text
              and f'value="{bed.case}"' in page.text)
    bed.check("a case that is none is left out", 'value="//x.example"' not in
              filer.browser.get("/step-up?case=//x.example").text)
    asked = len(bed.gateway.service.requests)
    answer = person.sign("40", "/step-up", case=bed.case)
    bed.check("another person's telephone is refused", answer.status == 422
              and "başqa şəxsə aiddir" in answer.text
              and level(bed, filer.browser) == 1, answer.text[-900:])
    bed.check("and was not asked for a signature", not [
        1 for p, _ in bed.gateway.service.requests[asked:]
        if p.endswith("/signature")])
    old = filer.browser.cookies["__Host-sid"]
    begun = person.begin("01", "/step-up", case=bed.case)
    where = begun.headers.get("location", "")
    stranger = Filer(bed, "lawyer", bed.case)
    bed.check("another session of the same person does not see it",
              stranger.browser.get(where).status == 404)
    answer = person.wait(where)
    bed.check("back to the form", answer.status == 303 and answer.headers[
        "location"] == f"/cases/{bed.case}/documents/new",
        (answer.status, answer.text[-900:]))
    bed.check("a new session of level 3", level(bed, filer.browser) == 3
              and filer.browser.cookies["__Host-sid"] != old)
    ended = Browser(bed.port)
    ended.cookies["__Host-sid"] = old
    bed.check("the old one is over", ended.get("/cabinet").status == 303)
    bed.check("once", filer.browser.get(where).status == 404)
    filer.document(path)
    bed.check("the other session still may not", stranger.file(
        path).headers.get("location") == up)
    nofin = Person(bed)
    nofin.browser.sign_in("nofin")
    answer = nofin.begin("01", "/step-up")
    bed.check("a cabinet without a FIN", answer.status == 422
              and "FİN yoxdur" in answer.text, answer.status)


def test_log(bed):
    def said(event):
        return [r for r in bed.records() if r["ev"] == event]

    bed.until(lambda: len(said("login")) >= 6)
    good = [r for r in said("remote.sign") if r["res"] == "ok"]
    bed.check("the log has each signature, with digest and code",
              len(good) >= 5 and all(
                  re.fullmatch("[0-9a-f]{64,128}", r["d"]["digest"])
                  and re.fullmatch("[0-9]{4}", r["d"]["code"])
                  for r in good), good)
    bed.check("whose they are, where it was known", any(
        r["who"].startswith("p:") for r in good) and any(
        r["who"] == "-" for r in good))
    bed.check("and what was refused", {
        "cancelled", "timeout", "wrong-signature"} <= {
        r["res"] for r in said("remote.sign")})
    logins = {(r["res"], str(r["d"]["level"])) for r in said("login")}
    bed.check("the log has who signed in and who was refused",
              {("ok", "1"), ("ok", "3"), ("refused", "3")} <= logins, logins)
    text = bed.log() + str(bed.records())
    bed.check("no telephone and no FIN in logs", "9945000000" not in text
              and "5TST0" not in text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        # The court trusts the issuer of mobile ID itself.
        shutil.copy(bed.scratch / "tsa" / "citizen-ca.pem",
                    bed.where / "trust")
        os.chmod(bed.where / "trust" / "citizen-ca.pem", 0o644)
        bed.gateway, url = mid.start(bed.tsa.responders.pki, "asan")
        conf = bed.where / "mohur.conf"
        conf.write_text(conf.read_text() + f'\nmobile {{\n  url = "{url}"\n  uuid = '
                        f'"{mid.UUID}"\n  name = "{mid.NAME}"\n'
                        '  text = "Court"\n}\n')
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            test_form(bed)
            test_sign_in(bed)
            test_words(bed)
            test_accounts(bed)
            test_pending(bed)
            test_fall(bed)
            test_limits(bed)
            test_step_up(bed)
            test_log(bed)
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-mobile.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
