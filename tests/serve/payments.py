#!/usr/bin/python3
"""State fees paid with a card: a gateway with real keys that approves and
declines, calls twice, late or never, lies, is slow or down; refunds; and no
payment lost or taken twice, whenever the portal falls.

    payments.py --build BUILD --samples DIR [--falls N]

Ends with "N passed, N failed".
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki"),
                str(HERE.parent / "gateways")]

import filing  # noqa: E402
import papers  # noqa: E402
import payback  # noqa: E402
import payfalls  # noqa: E402
import payment  # noqa: E402
from applications import COURT  # noqa: E402
from filing import base32  # noqa: E402
from payer import (DECLINED, FEE, FORM, PAID, WAITS, PayBed,  # noqa: E402
                   Payer, back, balanced, elsewhere)


def test_approved(bed, person):
    at = person.drafted()
    page = person.get(f"/applications/{at}/pay")
    bed.check("the page says what is owed", page.status == 200 and
              "70,00 AZN" in page.text, page.status)
    bed.check("it may send forms to here alone", "form-action 'self';" in
              page.headers["content-security-policy"])
    bed.check("the next step waits for it", person.get(
        f"/applications/{at}/step/6").status == 303)
    where = person.begun(at)
    page = person.get(where)
    origin = bed.gateway.url.rpartition("/cgi-bin")[0]
    bed.check("its page may send one to the gateway besides",
              f"form-action 'self' {origin};" in
              page.headers["content-security-policy"],
              page.headers["content-security-policy"])
    url, fields = person.form(where)
    bed.check("the form leads there", url == bed.gateway.url, url)
    bed.check("with the amount that was worked out", fields["AMOUNT"] == FEE
              and fields["CURRENCY"] == "944", fields)
    bed.check("it is signed for the terminal", payment.good(
        bed.gateway.merchant.public_key(), fields, payment.PAID))
    bed.check("no form of ours goes with it", "csrf" not in fields)
    a = person.pay(at)
    bed.check("one payment at a time", a.status == 409, a.status)
    person.refresh(where)
    bed.check("nothing is paid yet", person.state(where) == WAITS)
    order = person.card(where)
    bed.check("the gateway takes it", order is not None, bed.gateway.bad)
    time.sleep(2.1)
    a = back(bed, where, ORDER=fields["ORDER"], ACTION="0", RC="00",
             P_SIGN="00")
    bed.check("back from the bank", a.status == 200 and
              f'href="{where}"' in a.text and "AZN" not in a.text, a.status)
    bed.check("it is paid", person.state(where) == PAID, person.state(where))
    page = person.get(where)
    bed.check("and its page sends nothing to the gateway any more",
              "form-action 'self';" in
              page.headers["content-security-policy"] and
              FORM.search(page.text) is None)
    a = person.fee(at, fee="paid", why="")
    bed.check("the application goes on", a.status == 303 and
              a.headers["location"] == f"/applications/{at}/step/6",
              (a.status, a.headers.get("location"), papers.wrong_of(a)))
    a = person.get(f"{where}/receipt")
    said = subprocess.run(["pdftotext", "-", "-"], input=a.body,
                          capture_output=True, check=False).stdout.decode()
    bed.check("its receipt is a PDF", a.status == 200 and "70,00" in said and
              order["rrn"] in said, (a.status, said))
    for n in range(3):
        back(bed, where, ORDER=fields["ORDER"])
        time.sleep(0.7)
    bed.check("a callback that comes again changes nothing", bed.ask_sql(
        "SELECT count(*) FROM ledger_posting WHERE payment ="
        f" '{where[10:]}'") == 1)
    for path, status in ((f"{where}/back", 200), (f"{where}/refresh", 403),
                         (where, 403), (f"{where}/back/", 403),
                         ("/payments/" + "a" * 24 + "/b/back", 403),
                         ("/payments/" + "a" * 26 + "/back", 404)):
        got = elsewhere(bed, path)
        bed.check(f"from another site: {path[-8:]} is {status}",
                  got == status, got)
    bed.check("my payments", where in person.get("/payments").text)
    return at, where


def test_declined(bed, person):
    at = person.drafted()
    where = person.begun(at)
    person.card(where, "declined")
    back(bed, where)
    bed.check("declined", DECLINED in person.state(where),
              person.state(where))
    bed.check("no receipt of it",
              person.get(f"{where}/receipt").status == 404)
    again = person.begun(at)
    bed.check("and paid with another card", again != where and
              person.card(again))
    back(bed, again)
    bed.check("it is paid", person.state(again) == PAID)
    # The first card was taken all the same, late.
    number = bed.ask_sql("SELECT number FROM payment WHERE id ="
                         f" '{where[10:]}'")
    bed.gateway.orders[str(number)]["end"] = "approved"
    time.sleep(2.1)
    back(bed, where)
    bed.check("money that comes late is owed back",
              person.state(where) == "Qaytarılma istənilib",
              person.state(where))
    balanced(bed, "late")
    return where


def test_lies(bed, person):
    """Whatever is not the gateway's word about this payment is none."""
    at = person.drafted()
    where = person.begun(at)
    number = str(bed.ask_sql("SELECT number FROM payment WHERE id ="
                             f" '{where[10:]}'"))
    person.refresh(where)
    person.card(where, "declined")
    modes = ["wrong-key", "no-sign", "callback-mac", "garbage", "huge", "500",
             "slow", "replayed"] + [f"flip:{n}" for n in payment.FLIPPED]
    for mode in modes:
        bed.gateway.mode = mode
        if mode.startswith("flip:"):
            # Worth a lie: what was declined shall be paid, or the reverse.
            bed.gateway.orders[number]["end"] = (
                "declined" if mode in ("flip:ACTION", "flip:RC")
                else "approved")
        begun = time.monotonic()
        person.refresh(where)
        bed.check(f"{mode}: nothing is decided",
                  person.state(where) == WAITS, person.state(where))
        bed.check(f"{mode}: nobody waits long",
                  time.monotonic() - begun < 20, time.monotonic() - begun)
    bed.gateway.mode = "good"
    bed.gateway.orders[number]["end"] = "approved"
    for field, value in (("AMOUNT", "0.70"), ("CURRENCY", "840"),
                         ("TERMINAL", "17201018"), ("ORDER", "100000"),
                         ("NONCE", "1" * 32), ("TRTYPE", "1"),
                         ("RRN", ""), ("INT_REF", "x" * 33),
                         ("RC", "01"), ("ACTION", "1")):
        bed.gateway.lie = {field: value}
        person.refresh(where)
        bed.check(f"signed, but {field} {value[:9]!r}: nothing is decided",
                  person.state(where) == WAITS, person.state(where))
    first = bed.ask_sql("SELECT number FROM payment WHERE state = 3"
                        " ORDER BY number LIMIT 1")
    bed.gateway.lie = {"RRN": bed.gateway.orders[str(first)]["rrn"]}
    person.refresh(where)
    bed.check("the money of another payment is not this one's",
              person.state(where) == WAITS, person.state(where))
    bed.gateway.lie = {}
    person.refresh(where)
    bed.check("its own is", person.state(where) == PAID, person.state(where))
    bed.check("no question was a bad one", not bed.gateway.bad,
              bed.gateway.bad[:1])
    balanced(bed, "lies")


def test_down(bed, person):
    at = person.drafted()
    where = person.begun(at)
    person.card(where)
    bed.gateway.close()
    a = back(bed, where)
    bed.check("the gateway is down: the page comes", a.status == 200)
    bed.check("nothing is decided", person.state(where) == WAITS)
    bed.gateway.open(bed.gateway.port)
    # Nobody comes back: the poller asks by itself.
    bed.sql("UPDATE payment SET poll_at = 1 WHERE id ="
            f" '{where[10:]}'")
    bed.check("a lost callback is found by asking", bed.until(
        lambda: person.state(where) == PAID), person.state(where))


def test_given_up(bed, person):
    at = person.drafted()
    where = person.begun(at)
    a = person.post(f"{where}/cancel")
    bed.check("given up", a.status == 303 and "mtina" in
              person.state(where), (a.status, person.state(where)))
    again = person.begun(at)
    a = person.post(f"{where}/cancel")
    bed.check("given up once more is the same", a.status == 303, a.status)
    person.card(again)
    back(bed, again)
    a = person.post(f"{again}/cancel")
    bed.check("what is paid is not given up", a.status == 409 and
              person.state(again) == PAID, a.status)
    bed.check("that it was refused is in the log", bed.until(lambda: any(
        r["ev"] == "illegal_transition" and r["obj"] ==
        f"payment:{again[10:]}" for r in bed.records())))
    return at, again


def test_surcharge(bed, person):
    """An edit that raises a paid fee: the difference is owed."""
    at = person.drafted()
    where = person.begun(at)
    person.card(where)
    back(bed, where)
    a = person.step(at, 1, **{**COURT, "price": "20 000,00"})
    bed.check("the price is another", a.status == 303, a.status)
    a = person.fee(at, fee="paid", why="")
    bed.check("more is owed", a.status == 303 and a.headers["location"] ==
              f"/applications/{at}/pay", a.headers.get("location"))
    page = person.get(f"/applications/{at}/pay").text
    bed.check("just the difference", "80,00 AZN" in page
              and "70,00 AZN" in page)
    more = person.begun(at)
    bed.check("is what is paid", person.form(more)[1]["AMOUNT"] == "80.00")
    person.card(more)
    back(bed, more)
    a = person.fee(at, fee="paid", why="")
    bed.check("and it goes on", a.status == 303 and a.headers["location"] ==
              f"/applications/{at}/step/6", a.headers.get("location"))


def test_refund(bed, person, paid):
    at, where = paid
    a = person.post(f"{where}/refund")
    bed.check("no refund of what is under way", a.status == 409, a.status)
    person.act_on(at, 5, "discard")
    gone = person.get(f"/applications/{at}").status
    bed.check("the draft is gone", gone == 404, gone)
    bed.check("and its money is owed back",
              person.state(where) == "Qaytarılma istənilib",
              person.state(where))
    bed.check("the clerk sees it", where in bed.clerk.get(
        "/desk/refunds").text)
    for name, fields in (("no reason", {"do": "reject", "why": " "}),
                         ("501 characters", {"do": "reject",
                                             "why": "ə" * 501}),
                         ("no decision", {"do": "x", "why": "x"})):
        a = bed.clerk.post(f"{where}/decision", **fields)
        bed.check(f"{name}: 422", a.status == 422, a.status)
    a = bed.clerk.post(f"{where}/decision", do="refund", why="")
    bed.check("it was given back", a.status == 303 and
              person.state(where) == "Pul qaytarılıb", a.status)
    a = bed.clerk.post(f"{where}/decision", do="reject", why="ə" * 500)
    bed.check("and is not refused then", a.status == 409, a.status)
    balanced(bed, "refund")


def test_rejected(bed, where):
    a = bed.clerk.post(f"{where}/decision", do="reject", why="ə" * 500)
    page = bed.clerk.get(where).text
    bed.check("refused with 500 characters", a.status == 303 and
              "ə" * 500 in page, a.status)
    balanced(bed, "refused")


def test_matrix(bed, person):
    """Who may what with a payment (portal.md 6), cell by cell."""
    at = person.drafted()
    mine = person.begun(at)
    person.card(mine)
    back(bed, mine)
    owed = person.drafted()
    waits = person.begun(owed)
    cells = {  # own list, see, receipt, refresh, refund, decide; desk, ledger
        "lawyer": (200, 200, 200, 303, 409, 404, 404, 404),
        "other": (200, 404, 404, 404, 404, 404, 404, 404),
        "citizen": (200, 404, 404, 404, 404, 404, 404, 404),
        "witness": (404, 404, 404, 404, 404, 404, 404, 404),
        "judge": (404, 404, 404, 404, 404, 404, 404, 404),
        "clerk": (404, 200, 200, 404, 404, 409, 200, 200),
        "elsewhere": (404, 404, 404, 404, 404, 404, 200, 200),
        "president": (404, 200, 200, 404, 404, 404, 404, 404),
        "auditor": (404, 200, 200, 404, 404, 404, 404, 200),
        "operator": (404, 404, 404, 404, 404, 404, 404, 200)}
    for user, want in cells.items():
        who = filing.Browser(bed.port)
        bed.check(f"{user} signs in", who.sign_in(user).status == 303)
        got = (who.get("/payments").status, who.get(mine).status,
               who.get(f"{mine}/receipt").status,
               who.post(f"{mine}/refresh").status,
               who.post(f"{mine}/refund").status,
               who.post(f"{mine}/decision", do="refund", why="").status,
               who.get("/desk/refunds").status, who.get("/ledger").status)
        bed.check(f"{user}: every cell", got == want, (got, want))
        if user != "lawyer":
            got = [who.get(f"/applications/{owed}/pay").status,
                   who.post(f"/applications/{owed}/pay",
                            form=base32()).status,
                   who.post(f"{waits}/cancel").status]
            bed.check(f"{user}: pays nothing for others", got == [404] * 3,
                      got)
            bed.check(f"{user}: gets no form to pay with",
                      FORM.search(who.get(waits).text) is None)
    nobody = filing.Browser(bed.port)
    for path in ("/payments", mine, f"{mine}/receipt", "/desk/refunds",
                 "/ledger", f"/applications/{owed}/pay"):
        a = nobody.get(path)
        bed.check(f"nobody: {path[:14]} leads to signing in",
                  a.status == 303 and a.headers["location"].startswith(
                      "/login"), a.status)
    bed.check("a way back that is none", back(
        bed, "/payments/" + base32()).status == 404)
    a = person.ask("POST", f"/applications/{owed}/pay", {
        "Content-Type": "application/x-www-form-urlencoded"},
        f"form={base32()}&csrf=x".encode())
    bed.check("a form that is not ours pays nothing", a.status == 403,
              a.status)


def test_level(bed, person):
    """Paying is for who signed in with more than a password, where that is
    asked for."""
    at = person.drafted()
    form = base32()
    first = person.pay(at, form).headers.get("location")
    again = person.pay(at, form)
    bed.check("a form that is sent twice pays once", again.status == 303 and
              again.headers["location"] == first, again.status)
    bed.check("what was never fed to step 5 is not paid", person.pay(
        person.begin()).status == 409)


def test_config(bed):
    """What is wrong with the section is said with its line."""
    conf = bed.where / "mohur.conf"
    text = conf.read_text()
    own = bed.scratch / "payment" / "terminal.pem"
    for name, old, new, said in (
            ("not https", bed.gateway.url, "http://192.0.2.1/x",
             "payment: url is not https"),
            ("a query", bed.gateway.url, bed.gateway.url + "?x",
             "payment: url is not https"),
            ("no terminal", payment.TERMINAL, "172 01", "payment: terminal"),
            ("no merchant", '"Mehkeme"', '""', "payment: merchant"),
            ("no key", f'  key = "file:{own}"\n', "", "payment: key"),
            ("a key that is none", "gateway.pem", "terminal.pem",
             "payment: gateway-key"),
            ("refunds that are none", "amount-first", "rrn-first",
             'refunds: "rrn-first" is not no, amount-first or order'),
            ("an unknown word", "  merchant =", "  merchent =",
             "merchent: no such key")):
        conf.write_text(text.replace(old, new))
        done = subprocess.run([bed.build / "mohur", "serve", "--check",
                               "--config", conf], capture_output=True,
                              text=True, check=False)
        bed.check(f"{name}: said with its line", done.returncode != 0 and
                  re.search(rf"mohur\.conf:\d+: {re.escape(said)}",
                            done.stdout + done.stderr),
                  done.stdout + done.stderr)
    conf.write_text(text)
    os.chmod(own, 0o644)
    done = subprocess.run([bed.build / "mohur", "serve", "--check",
                           "--config", conf], capture_output=True, text=True,
                          check=False)
    bed.check("a key that others read: said", "mode 0600" in
              done.stdout + done.stderr, done.stdout + done.stderr)
    os.chmod(own, 0o600)
    done = subprocess.run([bed.build / "mohur", "serve", "--check",
                           "--config", conf], capture_output=True, text=True,
                          check=False)
    bed.check("all good", done.returncode == 0, done.stdout + done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--falls", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = PayBed(options, pathlib.Path(scratch))
        bed.people()
        for user in ("president", "operator"):
            bed.portal("account", "add", "--state", bed.state, "--user", user,
                       "--role", user, "--name", "Aygün", "--surname",
                       "Məmmədova", input=filing.PASSWORD + "\n")
        bed.sql("INSERT INTO official SELECT id, 1 FROM account WHERE"
                " username = 'president'")
        bed.gateway = payment.Gateway()
        payment.tell(bed, bed.gateway, "amount-first")
        test_config(bed)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            person, bed.clerk = Payer(bed, "lawyer"), Payer(bed, "clerk")
            paid = test_approved(bed, person)
            late = test_declined(bed, person)
            given = test_given_up(bed, person)
            test_surcharge(bed, person)
            test_down(bed, person)
            test_level(bed, person)
            test_matrix(bed, person)
            test_rejected(bed, late)
            test_refund(bed, person, given)
            test_lies(bed, person)
            bed.spares(person.drafted(), options.falls + payback.COUNT + len(
                payfalls.PARTS) * len(payfalls.STEPS))
            payback.test_all(bed, person)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            payback.test_falls(bed, person)
            payfalls.test_steps(bed, person)
            payfalls.test_falls(bed, person, options.falls)
            bed.check("what is secret is in no log", "PRIVATE KEY" not in
                      bed.log())
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
            bed.check("payments are in it", sum(
                r["ev"] == "payment" for r in bed.records()) > 20)
            bed.check("of one that is filed as well", paid[1])
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-payments.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
