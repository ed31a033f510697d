#!/usr/bin/python3
"""The pages of mohur-portal over HTTP: what no browser shows.

    pages.py --build BUILD --samples DIR

Tokens of forms, sessions, limits, and what a page must never say.
Ends with "N passed, N failed".
"""

import argparse
import pathlib
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from portal import (
    Checks, Portal, multipart, read_answer, request)

USER, PASSWORD = "aygun", "kq7-zvm2-pa4-tx9"
FORM = "Content-Type: application/x-www-form-urlencoded"


class Browser:
    """Cookies and the token of forms, as a browser keeps them."""

    def __init__(self, portal):
        self.portal, self.cookies = portal, {}
        self.get("/verify")

    def headers(self):
        jar = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return [f"Cookie: {jar}"] if jar else []

    def take(self, answer):
        for line in answer.raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
            name, _, value = line.decode().partition(": ")
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return answer

    def get(self, path):
        return self.take(request(self.portal, "GET", path, self.headers()))

    def post(self, path, more=(), **fields):
        fields.setdefault("csrf", self.cookies.get("__Host-form", ""))
        return self.take(request(
            self.portal, "POST", path, [*self.headers(), FORM, *more],
            urllib.parse.urlencode(fields).encode()))

    def upload(self, parts, token=None):
        token = self.cookies["__Host-form"] if token is None else token
        kind, body = multipart([("csrf", None, token.encode()), *parts])
        return self.take(request(self.portal, "POST", "/verify",
                                 [*self.headers(), kind], body))

    def sign_in(self, user=USER, password=PASSWORD):
        return self.post("/login", username=user, password=password)


def text(answer):
    return answer.body.decode()


def tokens(check, portal):
    b = Browser(portal)
    other = Browser(portal)
    check("each reader has a token of its own",
          b.cookies["__Host-form"] != other.cookies["__Host-form"])
    for path in ("/lang", "/login", "/logout", "/cabinet/contact",
                 "/cabinet/password", "/cabinet/sessions", "/cabinet/code",
                 "/cabinet/notify", "/cabinet/letter", "/register",
                 "/register/code", "/password/forgot", "/password/reset",
                 "/login/asan", "/step-up"):
        for name, token in (("none", ""), ("another's",
                                           other.cookies["__Host-form"])):
            answer = b.post(path, csrf=token)
            check(f"{path}: a form with {name} is 403",
                  answer.status == 403, answer.status)
        answer = b.post(path, ["Origin: https://evil.example"])
        check(f"{path}: from another site is 403", answer.status == 403)
    answer = b.upload([("file", "a.pdf", b"x")], "")
    check("/verify: a form without a token is 403", answer.status == 403)
    for back, where in (("/verify", "/verify"), ("//evil.example", "/"),
                        ("https://evil.example/", "/"), ("/a\\b", "/"),
                        ("/x?y", "/"), ("", "/"), ("/" + "a" * 200, "/"),
                        ("/" + "a" * 199, "/" + "a" * 199)):
        answer = b.post("/lang", lang="ru", back=back)
        check(f"the way back from {back[:20]!r}", answer.status == 303
              and answer.headers.get("location") == where,
              answer.headers.get("location"))
    check("the language stays", 'lang="ru"' in text(b.get("/verify")))
    b.post("/lang", lang="de", back="/verify")
    check("one that is none changes nothing",
          'lang="ru"' in text(b.get("/verify")))


def fees(check, portal):
    """The calculator: rules, arithmetic, sources, and what it refuses."""
    b = Browser(portal)
    page = b.get("/fees")
    check("fees: a form without a result", page.status == 200
          and 'name="price"' in text(page) and 'id="result"' not in text(page))

    def ask(**fields):
        return b.get("/fees?" + urllib.parse.urlencode(fields))
    for what, fields, total, more in (
            ("a tier", {"price": "5000"}, "70,00",
             "30,00 + 1 % × (5\u00a0000,00 − 1\u00a0000,00)"),
            ("a low rate", {"price": "1 267 151"}, "1\u00a0423,58",
             "1\u00a0290,00 + 0,05 % × (1\u00a0267\u00a0151,00"),
            ("what is rounded", {"price": "1 267 151"}, "1\u00a0423,58",
             "1\u00a0423,5755"),
            ("the cap", {"price": "98420000"}, "50\u00a0000,00",
             "Bundan artıq"),
            ("an appeal", {"claim": "unvalued", "instance": "appeal"},
             "50,00", "onun 50 %-i"),
            ("the first one here", {"price": "5000", "first": "1"}, "63,00",
             "10 % az"),
            ("an exemption", {"price": "5000", "exempt": "wages"}, "0,00",
             "Rüsumdan azaddır")):
        page = text(ask(**fields))
        check(f"fees, {what}: the amount",
              f"Dövlət rüsumu: {total} AZN" in page, page[-2500:])
        check(f"fees, {what}: why", more in page, page[-2500:])
        check(f"fees, {what}: how certain",
              "yoxlanılmayıb" in page and "Law 223-IIQ" in page)
    for what, fields, where in (
            ("no price", {"price": ""}, "price"),
            ("nothing", {"price": "0"}, "price"),
            ("two readings", {"price": "1.000"}, "price"),
            ("markup", {"price": "<b>1"}, "price"),
            ("too much", {"price": "1000000000000,01"}, "price"),
            ("another claim", {"claim": "x", "price": "1"}, "claim"),
            ("another instance", {"instance": "x", "price": "1"}, "instance"),
            ("another reason", {"exempt": "x", "price": "1"}, "exempt"),
            ("a relief of an appeal", {"claim": "unvalued", "first": "1",
                                       "instance": "appeal"}, "first")):
        answer = ask(**fields)
        page = text(answer)
        check(f"fees, {what}: 422, and where", answer.status == 422
              and f'href="#{where}"' in page and 'id="result"' not in page
              and "<b>1" not in page, answer.status)
    check("fees: the most there is", "50\u00a0000,00 AZN" in text(
        ask(price="1 000 000 000 000")))
    check("fees: a field it does not know",
          b.get("/fees?x=1").status == 400)


def documents(check, portal, samples):
    b = Browser(portal)
    good = (samples / "adoc-lta.adoc").read_bytes()
    answer = b.upload([("file", "<b>ə.adoc", good)])
    page = text(answer)
    check("a document is judged", answer.status == 200
          and "TOTAL-PASSED" in page, answer.status)
    check("its name is text, not markup", "<b>" not in page
          and "&lt;b&gt;ə.adoc" in page)
    policy = answer.headers.get("content-security-policy", "")
    check("nothing inline, nothing from elsewhere", "unsafe" not in policy
          and "default-src 'none'" in policy
          and "frame-ancestors 'none'" in policy, policy)
    check("nothing of it is stored by the reader",
          answer.headers.get("cache-control") == "no-store")
    ids = re.findall(r'/verify/report/([a-z2-7]{26})\?form=json', page)
    check("its report can be had", len(ids) == 1)
    one = b.get(f"/verify/report/{ids[0]}?form=json")
    check("by who has its name", one.status == 200
          and "attachment" in one.headers.get("content-disposition", "")
          and b'"TOTAL-PASSED"' in one.body)
    pdf = b.get(f"/verify/report/{ids[0]}?form=pdf")
    check("the report as a PDF", pdf.status == 200
          and pdf.headers.get("content-type") == "application/pdf"
          and pdf.body.startswith(b"%PDF-"), pdf.status)
    for path in (f"/verify/report/{ids[0]}", "/verify/report/" + "a" * 26,
                 f"/verify/report/{ids[0]}?form=doc"):
        check(f"{path[-20:]}: 404", b.get(path).status == 404)
    many = [("file", f"{i}.adoc", b"x") for i in range(20)]
    answer = b.upload(many)
    check("twenty documents", answer.status == 200
          and text(answer).count('id="document-') == 20)
    answer = b.upload([*many, ("file", "21.adoc", b"x")])
    check("one more is an error of the form", answer.status == 422
          and 'href="#file"' in text(answer), answer.status)
    check("none is as well", b.upload([("file", "", b"")]).status == 422)
    signature = (samples / "detached.xml").read_bytes()
    data = (samples / "data" / "iddia.txt").read_bytes()
    answer = b.upload([("file", "detached.xml", signature),
                       ("data", "iddia.txt", data)])
    check("a signature and what it signs", "TOTAL-PASSED" in text(answer))
    answer = b.upload([("file", "detached.xml", signature),
                       ("data", "iddia.txt", data + b"x")])
    check("and what it does not sign", "TOTAL-PASSED" not in text(answer)
          and "TOTAL-FAILED" in text(answer))
    answer = b.upload([("file", "a.adoc", good),
                       ("data", "iddia.txt", data)])
    check("one of a container's documents", "TOTAL-PASSED" in text(answer))
    answer = b.upload([("file", "a.adoc", good),
                       ("data", "iddia.txt", data + b"x")])
    check("what stands beside a container is not passed over",
          "TOTAL-FAILED" in text(answer)
          and "data-not-in-container" in text(answer))
    answer = b.upload([("file", "a.xml", signature),
                       ("file", "b.adoc", good),
                       ("data", "iddia.txt", data)])
    check("two documents and data are one too many", answer.status == 422)
    check("no such page", b.get("/verify/x").status == 404)
    check("no metrics here", b.get("/metrics").status == 404)


def sessions(check, portal):
    b = Browser(portal)
    answer = b.get("/cabinet")
    check("strangers are sent to sign in", answer.status == 303
          and answer.headers["location"] == "/login")
    before = dict(b.cookies)
    answer = b.sign_in()
    sid = b.cookies.get("__Host-sid", "")
    check("signed in", answer.status == 303 and len(sid) == 64, answer.status)
    line = next(l for l in answer.raw.decode().split("\r\n")
                if "__Host-sid" in l)
    check("its cookie is for here alone", all(
        w in line for w in ("Secure", "HttpOnly", "Path=/", "SameSite=")))
    check("the cabinet", b.get("/cabinet").status == 200)
    again = Browser(portal)
    again.cookies = dict(before, **{"__Host-sid": "0" * 64})
    check("a name that nobody gave is nobody",
          again.get("/cabinet").status == 303)
    again.sign_in()
    check("and is not taken for a session's",
          again.cookies["__Host-sid"] not in ("0" * 64, sid))
    log = portal.log()
    check("the log has neither name, password nor session", all(
        w not in log for w in (USER, PASSWORD, sid, "5ABCDEF")))
    answer = b.post("/logout")
    check("signed out", answer.status == 303
          and "clear-site-data" in answer.headers)
    b.cookies["__Host-sid"] = sid
    check("and it stays so", b.get("/cabinet").status == 303)


def contact(check, portal):
    b = Browser(portal)
    b.sign_in()
    good = "+994501234567"
    for email, phone, ok in (
            ("a@b.az", good, True), ("", "", True), ("a@b.az", "", True),
            ("a@b", good, False), ("a b@c.az", good, False),
            ("a@b@c.az", good, False), ("<a@b.az>", good, False),
            ("a" * 194 + "@b.az", "", True),
            ("a" * 196 + "@b.az", "", False),
            ("", "+99450123456", False), ("", "+9945012345678", False),
            ("", "+4412345678", True), ("", "+4412345", False),
            ("", "+441234567890123", True), ("", "+4412345678901234", False),
            ("", "0501234567", False), ("", "+99450123456a", False)):
        answer = b.post("/cabinet/contact", email=email, phone=phone)
        check(f"contact {email[-12:]!r} {phone!r}",
              answer.status == (303 if ok else 422), answer.status)
    answer = b.post("/cabinet/contact", email="a@b.az", phone="",
                    role="operator", surname="X")
    page = text(b.get("/cabinet"))
    check("fields that are not asked for change nothing",
          "Məmmədova" in page and ">X<" not in page)
    for path in ("/cabinet/contact", "/cabinet/password",
                 "/cabinet/sessions", "/logout"):
        check(f"GET {path} changes nothing: 405",
              b.get(path).status == 405)


def guessing(check, portal):
    """An unknown name, a wrong password, an account that waits: no telling."""
    b = Browser(portal)
    known, unknown = [], []
    for _ in range(5):
        for user, times in (("other", known), ("nobody-such", unknown)):
            start = portal.cpu()
            answer = b.sign_in(user, "wrong")
            times.append(portal.cpu() - start)
            page = re.sub(r'value="[^"]*"', "", text(answer))
            check(f"{user}: refused", answer.status == 422)
            pages = guessing.__dict__.setdefault("pages", set())
            pages.add(re.sub(r"[a-z2-7]{26}", "", page))
    check("every refusal reads the same", len(guessing.pages) == 1)
    ratio = statistics.median(known) / statistics.median(unknown)
    check("and takes as long", 0.5 < ratio < 2, ratio)
    answer = b.sign_in("other", PASSWORD)
    if answer.status != 422:
        # A busy machine: the wait was over.  More wrong ones make a longer one.
        for pause in (0, 0, 0, 1.1, 2.1, 4.1):
            time.sleep(pause)
            b.sign_in("other", "wrong")
        answer = b.sign_in("other", PASSWORD)
    check("after wrong ones the right one waits", answer.status == 422)
    check("and then is taken", any(
        time.sleep(1) or b.sign_in("other", PASSWORD).status == 303
        for _ in range(20)))


def account(portal, name):
    done = subprocess.run(
        [portal.build / "mohur-portal", "account", "add", "--state",
         portal.state, "--user", name, "--role", "lawyer", "--name", "Aygün",
         "--surname", "Məmmədova"], input=PASSWORD + "\n", text=True,
        capture_output=True, check=False)
    return done.returncode == 0


def operators(check, portal):
    """What the operator's command refuses, each with its rule."""
    base = [portal.build / "mohur-portal", "account", "add", "--state",
            portal.state, "--user", "x", "--role", "lawyer"]
    for name, words, password, rule in (
            ("a user twice", [*base[:-3], USER, *base[-2:]], PASSWORD,
             "somebody's already"),
            ("a short password", base, "kq7-zvm2-pa", "fewer than 12"),
            ("none", base, "", "fewer than 12"),
            ("one too long", base, "é" + "x1" * 128, "256"),
            ("a role", [*base[:-1], "king"], PASSWORD, "--role"),
            ("a user name", [*base[:-3], "A b", *base[-2:]], PASSWORD,
             "--user"),
            ("a FIN", [*base, "--fin", "12"], PASSWORD, "--fin"),
            ("a name with a control", [*base, "--name", "a\x01"], PASSWORD,
             "--name"),
            ("something more", [*base, "more"], PASSWORD, "add --state")):
        done = subprocess.run(words, input=password + "\n", text=True,
                              capture_output=True, check=False)
        check(f"account: {name}", done.returncode == 64
              and rule in done.stderr and done.stderr.count("\n") == 1,
              done.stderr)


def visitors(check, portal, samples):
    """Pages of the front are there for visitors while every worker waits."""
    kind, body = multipart([
        ("file", "a.adoc", (samples / "adoc-lta.adoc").read_bytes())])
    host = "HTTP/1.1\r\nHost: localhost\r\n"
    post = (f"POST /api/v1/verify {host}{kind}\r\nContent-Length:"
            f" {len(body)}\r\n\r\n").encode() + body
    known = (f"GET /courts {host}Cookie: __Host-sid={'0' * 64}\r\n\r\n"
             ).encode()
    asked = []
    for child in portal.helpers:
        child.send_signal(signal.SIGSTOP)
    try:
        for sent in [post] * 8 + [known]:
            asked.append(portal.connect(30))
            asked[-1].sendall(sent)
        check("who seems to be signed in waits for a worker",
              not select.select([asked[-1]], [], [], 1)[0])
        for path in ("/courts", "/courts?court=none", "/fees", "/login",
                     "/portal"):
            answer = request(portal, "GET", path)
            check(f"{path} is there", answer is not None and answer.status
                  == (422 if "none" in path else 200), answer)
        check("which still waits", not select.select(
            [asked[-1]], [], [], 0)[0])
    finally:
        for child in portal.helpers:
            child.send_signal(signal.SIGCONT)
    check("and is answered like the others", all(
        read_answer(sock).status == 200 for sock in asked))
    for sock in asked:
        sock.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    check = Checks()
    with tempfile.TemporaryDirectory() as scratch:
        snapshot = pathlib.Path(scratch) / "trust"
        subprocess.run(
            [pathlib.Path(options.build) / "mohur", "trust", "compile",
             "--out", snapshot, options.samples / "pki" / "root.pem"],
            check=True, stdout=subprocess.DEVNULL)
        with Portal(options.build, trust=snapshot, signs=True) as portal:
            check("accounts", account(portal, USER)
                  and account(portal, "other"))
            operators(check, portal)
            tokens(check, portal)
            documents(check, portal, options.samples)
            fees(check, portal)
            sessions(check, portal)
            contact(check, portal)
            guessing(check, portal)
            visitors(check, portal, options.samples)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
