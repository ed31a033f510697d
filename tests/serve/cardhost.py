#!/usr/bin/python3
"""Signing in with a card on the host of its own, on an instance that `mohur
init` makes and `mohur serve` runs behind the nginx that Debian has, with the
configuration that is shipped: whose card it is, which cards are refused and
why, that nobody but the front can speak of one, and tickets.

    cardhost.py --build BUILD --samples DIR [--shots FOLDER]

Ends with "N passed, N failed".
"""

import argparse
import http.client
import itertools
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE.parent / "portal"),
                str(HERE.parent / "browser")]

import pki as test_pki  # noqa: E402
from filing import FIN, Answer, Bed, Browser  # noqa: E402
from nginx import Nginx  # noqa: E402
from ports import free_port  # noqa: E402
from run import install  # noqa: E402

# Cards hold two certificates; these are for authentication, as the names of
# the responders know them.
CARDS = {
    "card": ("citizen-ca", "p256", ("AYDAN", "SINAQOVA"),
             {"fin": FIN, "usage": "auth"}),
    "card-rsa": ("citizen-ca", "rsa3072", ("AYDAN", "SINAQOVA"),
                 {"fin": FIN, "usage": "auth"}),
    "card-weak": ("citizen-ca", "rsa1024", ("AYDAN", "SINAQOVA"),
                  {"fin": FIN, "usage": "auth"}),
    "card-closed": ("citizen-ca", "p256", ("ELŞƏN", "NÜMUNƏZADƏ"),
                    {"fin": "5TST0A2", "usage": "auth"}),
    "card-pending": ("citizen-ca", "p384", ("ÜLVİYYƏ", "SINAQLI"),
                     {"fin": "5TST0A3", "usage": "auth"}),
    "card-nobody": ("citizen-ca", "p256", ("YENİ", "SINAQ"),
                    {"fin": "5TST0Z9", "usage": "auth"}),
    "card-expired": ("citizen-ca", "p256", ("AYDAN", "SINAQOVA"),
                     {**test_pki.SPECS["expired"][3], "fin": FIN,
                      "usage": "auth"}),
}


# Addresses of many people: sign-ins from one of them are counted.
PEOPLE = (f"127.0.{a}.{b}" for a in itertools.count(1) for b in range(1, 255))


def with_cards():
    for name, spec in CARDS.items():
        test_pki.SPECS[name] = spec
    for name in ("revoked", "suspended", "foreign"):
        issuer, kind, common, opts = test_pki.SPECS[name]
        test_pki.SPECS[name] = (issuer, kind, common,
                                {**opts, "fin": FIN, "usage": "auth"})


class Front(Nginx):
    """The front of an instance: a host for pages, and one for cards."""

    def __init__(self, path, port):
        self.path = str(path)
        super().__init__(self, port=port)

    def connect(self, timeout=5):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout,
                                       (next(PEOPLE), 0))
        return self.context.wrap_socket(raw, server_hostname="localhost")


class TlsBrowser(Browser):
    """Cookies of the court's host, over TLS."""

    def __init__(self, front):
        self.front = front
        super().__init__(front.port)

    def ask(self, method, path, headers=None, body=None, timeout=60):
        connection = http.client.HTTPConnection("localhost", timeout=timeout)
        connection.sock = self.front.connect(timeout)
        try:
            jar = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            connection.request(method, path, body, {
                **(headers or {}), **({"Cookie": jar} if jar else {})})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for line in answer.cookies:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return answer


class CardBed(Bed):
    """Behind a front, with a host for cards."""

    def __init__(self, options, scratch):
        with_cards()
        super().__init__(options, scratch)
        self.socket = pathlib.Path(scratch) / "portal.sock"
        self.front_port = free_port()
        conf = (self.where / "mohur.conf").read_text()
        conf = re.sub(r"(?m)^(listen|origin) = .*$", "", conf)
        conf += (f'\nlisten = "unix:{self.socket}"\n'
                 f'origin = "https://localhost:{self.front_port}"\n'
                 f'card-origin = "https://card.localhost:{self.front_port}"\n')
        (self.where / "mohur.conf").write_text(conf)
        self.pki = self.tsa.responders.pki
        self.cards = pathlib.Path(scratch) / "tsa"
        # A browser shows its certificate alone: issuers are known here.
        anchor = self.where / "trust" / "issuer.pem"
        anchor.write_bytes(self.pki["citizen-ca"].pem)
        anchor.chmod(0o644)
        self.sql("UPDATE account SET state = 2 WHERE username = 'citizen';"
                 "UPDATE account SET pending = 1, email = 'x@x.example'"
                 " WHERE username = 'witness';")

    def account(self, user):
        return self.ask_sql(
            f"SELECT id FROM account WHERE username = '{user}'")


def curl(bed, url, card=None, *more):
    """(status, where it leads, body)."""
    out = bed.scratch / "curl.out"
    if "--interface" not in more:
        more = (*more, "--interface", next(PEOPLE))
    args = ["curl", "-sk", "--noproxy", "*", "--resolve",
            f"card.localhost:{bed.front_port}:127.0.0.1", "-o", str(out),
            "-w", "%{http_code} %{redirect_url}"]
    if card is not None:
        args += ["--cert", str(bed.cards / f"{card}.pem"), "--key",
                 str(bed.cards / f"{card}.key.pem")]
    done = subprocess.run([*args, *more, url], capture_output=True, text=True,
                          check=False)
    status, _, where = done.stdout.partition(" ")
    return int(status or 0), where, out.read_text() if out.exists() else ""


def begin(bed, browser, query=""):
    """Where the browser is sent with the name of its secret."""
    answer = browser.get(f"/login/card/go{query}")
    where = answer.headers.get("location", "")
    bed.check("it is sent to the host of cards", answer.status == 303
              and re.fullmatch(rf"https://card\.localhost:{bed.front_port}"
                               r"/card/[a-z2-7]{26}", where),
              (answer.status, where))
    return where


def ticket_of(bed, where, card, *more):
    status, to, _ = curl(bed, where, card, *more)
    return (to.removeprefix(f"https://localhost:{bed.front_port}")
            if status == 303 else f"status {status}")


def enter(bed, browser, card, query=""):
    return browser.get(ticket_of(bed, begin(bed, browser, query), card))


def test_pages(bed, front):
    browser = TlsBrowser(front)
    page = browser.get("/login")
    bed.check("the page of signing in leads there", page.status == 200
              and 'href="/login/card"' in page.text)
    page = browser.get("/login/card")
    bed.check("the page of cards", page.status == 200
              and 'href="/login/card/go"' in page.text, page.status)
    for why, words in (("revoked", "ləğv"), ("time", "müddəti"),
                       ("issuer", "etibar"), ("usage", "Autentifikasiya"),
                       ("none", "sertifikat göstərmədi"),
                       ("later", "bildirmir"), ("unknown", "kabinetiniz"),
                       ("closed", "istifadə etmək olmaz"),
                       ("unread", "oxunmur"), ("weak", "zəif"), ("ticket", "Kartdan"),
                       ("often", "dəqiqə"), ("fault", "mümkün deyil")):
        page = browser.get(f"/login/card?why={why}")
        bed.check(f"{why}: said in words", page.status == 422
                  and "<title>Xəta:" in page.text and words in page.text,
                  (page.status, words))
    page = browser.get("/login/card?why=%3Cb%3E")
    bed.check("a word that is none says nothing", page.status == 200
              and "<b>" not in page.text, page.status)
    bed.check("a field that is none", browser.get(
        "/login/card?x=1").status == 400)


def test_good(bed, front):
    for card in ("card", "card-rsa"):
        browser = TlsBrowser(front)
        answer = enter(bed, browser, card)
        bed.check(f"{card}: signed in", answer.status == 303
                  and answer.headers["location"] == "/cases"
                  and any(c.startswith("__Host-sid=") and "HttpOnly" in c
                          and "Secure" in c for c in answer.cookies),
                  (answer.status, answer.headers, answer.text[:300]))
        page = browser.get("/cabinet")
        bed.check(f"{card}: as the holder of its FIN", page.status == 200
                  and 'Məmmədova' in page.text, page.status)
    level = bed.ask_sql("SELECT level FROM session WHERE account ="
                        f" {bed.account('lawyer')} ORDER BY created DESC")
    bed.check("with the level of a signature", level == 3, level)
    bed.check("the log has it", [r for r in bed.records()
                                 if r["ev"] == "login" and r["res"] == "ok"
                                 and r["who"] == f"p:{bed.account('lawyer')}"
                                 and r["d"]["level"] in (3, "3")])
    answer = enter(bed, browser, "card", f"?case={bed.case}")
    bed.check("it goes on with the case", answer.headers.get("location") ==
              f"/cases/{bed.case}/documents/new", answer.headers)
    count = bed.ask_sql("SELECT count(*) FROM session WHERE account ="
                        f" {bed.account('lawyer')}")
    bed.check("the earlier session of the browser ended", count == 2, count)
    one = TlsBrowser(front)
    one.sign_in("lawyer")
    before = one.cookies["__Host-sid"]
    answer = enter(bed, one, "card")
    bed.check("more than a password: a new session", answer.status == 303
              and one.cookies["__Host-sid"] != before)
    one.cookies["__Host-sid"] = before
    bed.check("in place of the old one", one.get("/cabinet").status == 303)


def test_pending(bed, front):
    browser = TlsBrowser(front)
    answer = enter(bed, browser, "card-pending")
    bed.check("who waited is proven", answer.status == 303 and bed.ask_sql(
        "SELECT count(*) FROM account WHERE username = 'witness' AND"
        " pending = 0 AND email = '' AND hash = ''") == 1,
        (answer.status, answer.headers))


def refused(bed, front, card, why, *more):
    browser = TlsBrowser(front)
    before = bed.ask_sql("SELECT count(*) FROM session")
    where = ticket_of(bed, begin(bed, browser), card, *more)
    bed.check(f"{card}: {why}", where == f"/login/card?why={why}", where)
    bed.check(f"{card}: nobody is signed in", bed.ask_sql(
        "SELECT count(*) FROM session") == before
        and bed.ask_sql("SELECT count(*) FROM proof WHERE purpose = 'card'")
        == 0)


def test_refused(bed, front):
    for card, why in (("revoked", "revoked"), ("suspended", "revoked"),
                      ("card-expired", "time"), ("foreign", "issuer"),
                      ("citizen", "usage"), ("card-nobody", "unknown"),
                      ("card-closed", "closed"), ("ocsp", "usage")):
        refused(bed, front, card, why)
    refused(bed, front, None, "none")
    bed.check("the log has the refusals", [
        r for r in bed.records() if r["ev"] == "login"
        and r["res"] == "refused" and r["who"] == "-"])


def test_outage(bed, front):
    """Nothing is known of any card yet, and nobody answers."""
    bed.tsa.responders.fault = "http-500"
    bed.tsa.responders.lists = False
    refused(bed, front, "card", "later")
    bed.tsa.responders.fault, bed.tsa.responders.lists = None, True


def headers_of(bed, card):
    pem = (bed.cards / f"{card}.pem").read_text()
    return urllib.parse.quote(pem, safe="")


def test_forged(bed, front):
    """Nobody but the front says whose card it is."""
    forged = f"X-Client-Cert: {headers_of(bed, 'card')}"
    browser = TlsBrowser(front)
    where = begin(bed, browser)
    to = ticket_of(bed, where, None, "-H", forged)
    bed.check("a forged header without a card: no card",
              to == "/login/card?why=none", to)
    to = ticket_of(bed, where, "card-nobody", "-H", forged)
    bed.check("a forged header with another card: the card",
              to == "/login/card?why=unknown", to)
    name = where.rpartition("/")[2]
    answer = browser.ask("GET", "/login", {
        "X-Client-Cert": headers_of(bed, "card")})
    bed.check("on the court's host the front drops it", answer.status == 200,
              answer.status)
    answer = browser.get(f"/card/{name}")
    bed.check("the court's host takes no cards", answer.status == 404)
    for path in ("/", "/login", "/cases", "/verify", "/api/v1/health/live",
                 "/card/", "/card/x/y", "/login/card/go"):
        status, _, _ = curl(bed, f"https://card.localhost:{bed.front_port}"
                            f"{path}", "card")
        bed.check(f"{path}: not on the host of cards", status == 404, status)
    status, _, _ = curl(bed, where, "card", "-X", "POST", "-d", "a=b")
    bed.check("no POST there", status == 405, status)
    other = f"Host: card.localhost:{bed.front_port}"
    status, _, _ = curl(bed, f"https://localhost:{bed.front_port}/card/{name}",
                        "card", "-H", other)
    bed.check("nor for whoever shook hands with another host", status == 421,
              status)
    status, to, _ = curl(bed, f"https://127.0.0.1:{bed.front_port}/card/"
                         f"{name}", "card", "-H", other)
    bed.check("who shook hands with none showed no card", status == 303
              and to.endswith("/login/card?why=none"), (status, to))
    refused_raw(bed, name)


def raw(bed, host, path, header):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(bed.socket))
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}"
                     "Connection: close\r\n\r\n".encode())
        got = b""
        while True:
            more = sock.recv(65536)
            if not more:
                return got.decode("utf-8", "replace")
            got += more


def refused_raw(bed, name):
    """What the portal itself says to a front that would let things through."""
    pem = headers_of(bed, "card")
    got = raw(bed, "localhost", "/login", f"X-Client-Cert: {pem}\r\n")
    bed.check("the portal refuses it for another host",
              got.startswith("HTTP/1.1 400"), got[:80])
    got = raw(bed, "card.localhost", "/login", "")
    bed.check("and has no pages on the host of cards",
              got.startswith("HTTP/1.1 404"), got[:80])
    got = raw(bed, "localhost", f"/card/{name}", "")
    bed.check("nor cards on another",
              got.startswith("HTTP/1.1 404"), got[:80])
    got = raw(bed, "card.localhost", f"/card/{name}",
              f"X-Client-Cert: {pem}\r\nX-Client-Cert: {pem}\r\n")
    bed.check("two certificates", got.startswith("HTTP/1.1 400"), got[:80])
    weak = headers_of(bed, "card-weak")
    got = raw(bed, "card.localhost", f"/card/{name}",
              f"X-Client-Cert: {weak}\r\nX-Real-IP: 10.0.0.8\r\n")
    bed.check("a key of 1024 bits: weak", "why=weak" in got, got[:400])
    for what, value in (("no certificate", "hello"), ("a bad escape", "%4"),
                        ("two in one", pem + pem)):
        got = raw(bed, "card.localhost", f"/card/{name}",
                  f"X-Client-Cert: {value}\r\nX-Real-IP: 10.0.0.9\r\n")
        bed.check(f"{what}: unread", got.startswith("HTTP/1.1 303")
                  and "why=unread" in got, got[:400])


def test_port(bed, options):
    """On a TCP port there is no front to believe."""
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        other = Bed(options, scratch)
        with open(other.where / "mohur.conf", "a") as conf:
            conf.write('card-origin = "https://card.localhost"\n')
        done = subprocess.run(
            [other.build / "mohur", "serve", "--check", "--config",
             other.where / "mohur.conf"], capture_output=True, text=True,
            check=False)
        bed.check("a host of cards without a front is refused",
                  done.returncode != 0 and "card-origin" in
                  done.stdout + done.stderr, done.stderr)
        conf = (other.where / "mohur.conf").read_text()
        (other.where / "mohur.conf").write_text(
            conf.replace('card-origin = "https://card.localhost"', ""))
        if not bed.check("without it, it starts", other.start()):
            return
        one = Browser(other.port)
        for host in ("localhost", "card.localhost"):
            answer = one.ask("GET", "/card/" + "a" * 26, {
                "Host": host, "X-Client-Cert": headers_of(bed, "card")})
            bed.check(f"{host}: the header on the port is refused",
                      answer.status == 400, answer.status)
        bed.check("no page of cards", one.get("/login/card").status == 404
                  and "/login/card" not in one.get("/login").text)
        bed.check("no way to one", one.get("/login/card/go").status == 404
                  and one.get("/login/card/" + "a" * 43).status == 404)
        other.stop()


def test_tickets(bed, front):
    browser = TlsBrowser(front)
    ticket = ticket_of(bed, begin(bed, browser), "card")
    bed.check("a ticket", re.fullmatch("/login/card/[A-Za-z0-9_-]{43}",
                                       ticket), ticket)
    bed.check("the store has its digest alone", bed.ask_sql(
        "SELECT count(*) FROM proof WHERE purpose = 'card'"
        " AND length(token) = 32") == 1)
    other = TlsBrowser(front)
    begin(bed, other)
    answer = other.get(ticket)
    bed.check("another browser cannot use it", answer.status == 422
              and "__Host-sid" not in other.cookies, answer.status)
    bare = TlsBrowser(front)
    bed.check("nor one that began nothing", bare.get(ticket).status == 422)
    answer = browser.get(ticket)
    bed.check("the one that began can", answer.status == 303, answer.status)
    cookies = dict(browser.cookies)
    del browser.cookies["__Host-sid"]
    answer = browser.get(ticket)
    bed.check("not twice", answer.status == 422
              and "__Host-sid" not in browser.cookies, answer.status)
    browser.cookies = cookies
    late = TlsBrowser(front)
    ticket = ticket_of(bed, begin(bed, late), "card")
    bed.sql("UPDATE proof SET until = until - 61 WHERE purpose = 'card'")
    answer = late.get(ticket)
    bed.check("a minute later it is no good", answer.status == 422
              and "Kartdan" in answer.text, answer.status)
    bed.check("a ticket that is none", late.get(
        "/login/card/" + "A" * 43).status == 422
        and late.get("/login/card/x").status == 422)
    gone = TlsBrowser(front)
    ticket = ticket_of(bed, begin(bed, gone), "card")
    bed.sql("UPDATE account SET state = 2 WHERE username = 'lawyer'")
    answer = gone.get(ticket)
    bed.check("an account that was suspended meanwhile",
              answer.status == 422 and "istifadə etmək olmaz" in answer.text,
              answer.status)
    bed.sql("UPDATE account SET state = 1 WHERE username = 'lawyer'")


def test_step(bed, front):
    browser = TlsBrowser(front)
    browser.sign_in("lawyer")
    page = browser.get(f"/step-up?case={bed.case}")
    bed.check("the page of more than a password leads there", page.status ==
              200 and f'href="/login/card?case={bed.case}"' in page.text)
    page = browser.get(f"/login/card?case={bed.case}")
    bed.check("and says where it goes on",
              f'href="/login/card/go?case={bed.case}"' in page.text)


def test_often(bed, front):
    browser = TlsBrowser(front)
    where = begin(bed, browser)
    for _ in range(12):
        to = ticket_of(bed, where, "card-nobody", "--interface", "127.0.0.77")
        if to == "/login/card?why=often":
            break
    bed.check("ten tries a minute", to == "/login/card?why=often", to)


def test_handshake(bed, front):
    """The key is what TLS asks for: a certificate alone opens nothing."""
    where = begin(bed, TlsBrowser(front))
    done = subprocess.run(
        ["curl", "-sk", "--noproxy", "*", "--resolve",
         f"card.localhost:{bed.front_port}:127.0.0.1", "--cert",
         str(bed.cards / "card.pem"), "--key",
         str(bed.cards / "card-nobody.key.pem"), where],
        capture_output=True, text=True, check=False)
    bed.check("another's certificate with one's own key",
              done.returncode != 0 and not done.stdout, done)
    path = urllib.parse.urlsplit(where).path
    for old in (["-tls1_2"], ["-tls1_3"]):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{bed.front_port}",
             "-servername", "card.localhost", "-cert",
             str(bed.cards / "card.pem"), "-key",
             str(bed.cards / "card.key.pem"), "-quiet", "-ign_eof", *old],
            input=f"GET {path} HTTP/1.1\r\nHost: card.localhost\r\n"
                  "Connection: close\r\n\r\n", capture_output=True,
            text=True, timeout=30, check=False)
        bed.check(f"{old[0]}: a ticket", "/login/card/" in done.stdout
                  and "why=" not in done.stdout, done.stdout[:300])


def test_browser(bed, front, options):
    """The pages as Chromium shows them."""
    folder = install(options.build.resolve())
    shutil.copy(HERE.parent / "browser" / "card.js", folder)
    done = subprocess.run(
        ["node", "card.js", f"https://localhost:{front.port}",
         options.shots.resolve() if options.shots else ""], cwd=folder,
        timeout=300, check=False, stdout=subprocess.PIPE, encoding="utf-8")
    print(done.stdout)
    counts = re.findall(r"(\d+) passed, (\d+) failed", done.stdout)
    bed.check("in Chromium", done.returncode == 0 and counts
              and int(counts[-1][0]) > 0, counts)


def run(bed, front, options):
    test_pages(bed, front)
    test_outage(bed, front)
    test_good(bed, front)
    test_handshake(bed, front)
    bed.sql("DELETE FROM proof")
    test_pending(bed, front)
    test_refused(bed, front)
    test_forged(bed, front)
    test_tickets(bed, front)
    test_step(bed, front)
    test_browser(bed, front, options)
    test_often(bed, front)
    test_port(bed, options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=pathlib.Path, required=True)
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = CardBed(options, scratch)
        if bed.check("it starts", bed.start(), bed.log()[-800:]):
            try:
                with Front(bed.socket, bed.front_port) as front:
                    bed.check("the shipped configuration", front.tested,
                              front.why)
                    run(bed, front, options)
            except Exception:
                print(bed.log()[-3000:])
                bed.stop()
                raise
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log holds", bed.audit())
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
