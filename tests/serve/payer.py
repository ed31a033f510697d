"""Who pays, and the instance that is paid at: what payments.py, payfalls.py
and payback.py share."""

import html
import http.client
import re
import time

import filing
import papers
import sign
from applications import COURT, DEFENDANT, Filer
from clerk import ClerkBed
from filing import base32

PAYMENT = re.compile("/payments/([a-z2-7]{26})")
FORM = re.compile('<form method="post" action="(http[^"]*)">(.*?)</form>',
                  re.S)
WAITS, PAID, DECLINED = "Bankdan cavab gözlənilir", "Ödənildi", "rədd edib"
FEE = "70.00"  # of 5 000,00


class Payer(Filer):
    """Somebody who pays."""

    def drafted(self):
        """A draft at step 5, to be paid with a card."""
        at = self.begin()
        for a in (self.step(at, 1, **COURT), self.step(at, 2, do="me"),
                  self.step(at, 2, **DEFENDANT), self.step(at, 2, do="next"),
                  self.attach(at, [("sübut.pdf", sign.small_pdf())]),
                  self.text(at)):
            if a.status != 303:
                self.bed.check("a draft", False, (a.status,
                                                  papers.wrong_of(a)))
        a = self.fee(at, fee="paid", why="")
        self.bed.check("what is to be paid is next", a.status == 303 and
                       a.headers["location"] == f"/applications/{at}/pay",
                       (a.status, a.headers.get("location"),
                        papers.wrong_of(a)))
        return at

    def pay(self, at, form=None):
        return self.post(f"/applications/{at}/pay", form=form or base32(),
                         version="0")

    def begun(self, at):
        """A payment that waits; its path."""
        a = self.pay(at)
        where = a.headers.get("location", "")
        self.bed.check("a payment is begun", a.status == 303 and
                       PAYMENT.fullmatch(where), (a.status, where))
        return where

    def form(self, where):
        """What the page would send to the gateway."""
        found = FORM.search(self.get(where).text)
        if found is None:
            return None, {}
        return html.unescape(found[1]), {
            html.unescape(k): html.unescape(v) for k, v in re.findall(
                'name="([^"]*)" value="([^"]*)"', found[2])}

    def card(self, where, end="approved"):
        """Shows a card there; the order."""
        return self.bed.gateway.pay(self.form(where)[1], end)

    def refresh(self, where):
        time.sleep(2.1)  # it is not asked more often
        return self.post(f"{where}/refresh")

    def state(self, where):
        found = re.search('role="status"><strong[^>]*>([^<]*)<',
                          self.get(where).text)
        return html.unescape(found[1]) if found else ""


def back(bed, where, **fields):
    """The browser, or the gateway, without anybody's session."""
    return filing.Browser(bed.port).post(f"{where}/back", **fields)


def elsewhere(bed, path):
    """The status of a form that another site sends there."""
    connection = http.client.HTTPConnection("127.0.0.1", bed.port, timeout=20)
    connection.request("POST", path, b"ORDER=1", {
        "Origin": "https://bank.example",
        "Sec-Fetch-Site": "cross-site",
        "Content-Type": "application/x-www-form-urlencoded"})
    return connection.getresponse().status


def balanced(bed, what):
    bed.check(f"{what}: the ledger balances", bed.ask_sql(
        "SELECT count(*) FROM (SELECT posting FROM ledger_entry GROUP BY"
        " posting HAVING sum(amount) <> 0) w") == 0 and bed.ask_sql(
        "SELECT sum(amount) FROM ledger_entry") == 0)
    page = bed.clerk.get("/ledger").text
    bed.check(f"{what}: the page says so", "cəmi sıfırdır" in page)


class PayBed(ClerkBed):
    def wait_up(self):
        def up():
            try:
                return filing.Browser(self.port).get(
                    "/verify").status == 200
            except (OSError, ValueError):
                return False
        return self.until(up, 30)

    def spares(self, at, count):
        """Drafts like that one, to be paid."""
        self.spare = [base32() for _ in range(count)]
        self.sql("".join(f"""
        INSERT INTO application (id, state, owner, created, changed, until,
          court, kind, proceeding, category, claim, price, urgent, title,
          body, claims, fee, total, policy) SELECT '{new}', 1, owner,
          created, changed, until, court, kind, proceeding, category, claim,
          price, urgent, title, body, claims, fee, total, policy
          FROM application WHERE id = '{at}';
        INSERT INTO application_party SELECT '{new[:13]}' || substr(id, 14),
          '{new}', n, side, ident, name, birth, address, phone, email, why
          FROM application_party WHERE application = '{at}';
        INSERT INTO application_file SELECT '{new[:13]}' || substr(id, 14),
          '{new}', n, kind, title, name, format, sha256, pages, day
          FROM application_file WHERE application = '{at}';"""
                         for new in self.spare))
