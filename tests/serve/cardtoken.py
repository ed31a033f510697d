#!/usr/bin/python3
"""Signing in with what `mohur sign-challenge` prints: the program itself with a
key in SoftHSM, tokens of every algorithm, and everything that is none, on an
instance behind the nginx that Debian has.

    cardtoken.py --build BUILD --samples DIR [--shots FOLDER]

Ends with "N passed, N failed".
"""

import argparse
import base64
import concurrent.futures
import hashlib
import html
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "pki"), str(HERE.parent / "portal"),
                str(HERE.parent / "browser")]

from cardhost import CARDS, CardBed, Front, TlsBrowser  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import (  # noqa: E402
    ec, padding, rsa, utils)
from filing import FIN  # noqa: E402
from run import install  # noqa: E402

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "834712"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(),
          "512": hashes.SHA512()}
CARDS["card-p384"] = ("citizen-ca", "p384", ("AYDAN", "SINAQOVA"),
                      {"fin": FIN, "usage": "auth"})
QUESTION = re.compile(r"--origin (\S+) ([A-Za-z0-9+/]{43}=)")


def begin(browser, case=""):
    """(origin, nonce) of a question, as the page shows them."""
    browser.get("/login/card" + (f"?case={case}" if case else ""))
    answer = browser.post("/login/token", case=case)
    if answer.status != 303:
        raise RuntimeError(f"no question: {answer.status}")
    page = browser.get(answer.headers["location"])
    return QUESTION.search(html.unescape(page.text)).groups()


def answer(browser, token):
    return browser.post("/login/token/answer", token=(
        token if isinstance(token, str) else json.dumps(token)))


def sign(bed, card, algorithm, message):
    key = serialization.load_pem_private_key(
        (bed.cards / f"{card}.key.pem").read_bytes(), None)
    digest = HASHES[algorithm[2:]]
    if isinstance(key, rsa.RSAPrivateKey):
        pad = (padding.PKCS1v15() if algorithm[0] == "R" else padding.PSS(
            padding.MGF1(digest), digest.digest_size))
        return key.sign(message, pad, digest)
    size = (key.curve.key_size + 7) // 8
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def message_of(algorithm, origin, nonce):
    name = f"sha{algorithm[2:]}"
    return (hashlib.new(name, origin.encode()).digest()
            + hashlib.new(name, nonce.encode()).digest())


def der(bed, card):
    pem = (bed.cards / f"{card}.pem").read_text()
    return base64.b64decode(re.search(
        "-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.S)[1])


def token_of(bed, card, algorithm, origin, nonce, **more):
    value = sign(bed, card, algorithm, message_of(algorithm, origin, nonce))
    return {"unverifiedCertificate":
            base64.b64encode(der(bed, card)).decode(),
            "algorithm": algorithm,
            "signature": base64.b64encode(value).decode(),
            "format": "web-eid:1.0",
            "appVersion": "https://example.org/app/2.0.0", **more}


def signed_in(bed, browser, got):
    return (got.status == 303 and got.headers["location"] == "/cases"
            and "__Host-sid" in browser.cookies
            and "Məmmədova" in browser.get("/cabinet").text)


def refused(bed, name, browser, got, why):
    bed.check(name, got.status == 303 and got.headers["location"] ==
              f"/login/card?why={why}" and "__Host-sid" not in browser.cookies
              and browser.get("/cabinet").status == 303,
              (got.status, got.headers.get("location"), got.text[:300]))


def test_program(bed, front):
    """What a lawyer does: the program, with a key on a token."""
    folder = bed.scratch / "soft"
    (folder / "tokens").mkdir(parents=True)
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\n"
        "objectstore.backend = file\nlog.level = ERROR\n")
    env = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
    (folder / "pin").write_text(PIN + "\n")
    (folder / "pin").chmod(0o600)
    (folder / "card.der").write_bytes(der(bed, "card"))
    for tool in (["softhsm2-util", "--init-token", "--free", "--label", "card",
                  "--so-pin", "1029384756", "--pin", PIN],
                 ["softhsm2-util", "--import", bed.cards / "card.key.pem",
                  "--token", "card", "--label", "auth", "--id", "01", "--pin",
                  PIN],
                 ["pkcs11-tool", "--module", MODULE, "--token-label", "card",
                  "--login", "--pin", PIN, "--write-object",
                  folder / "card.der", "--type", "cert", "--id", "01",
                  "--label", "auth"]):
        subprocess.run(tool, env=env, check=True, capture_output=True)
    browser = TlsBrowser(front)
    origin, nonce = begin(browser)
    bed.check("the command names the configured origin",
              origin == f"https://localhost:{bed.front_port}", origin)
    done = subprocess.run(
        [bed.build / "mohur", "sign-challenge", "--key",
         "pkcs11:token=card;id=%01", "--module", MODULE, "--pin-source",
         f"file:{folder}/pin", "--origin", origin, nonce], env=env,
        capture_output=True, text=True, check=False)
    bed.check("mohur sign-challenge answers", done.returncode == 0,
              done.stderr)
    got = answer(browser, done.stdout)
    bed.check("its line signs in", signed_in(bed, browser, got),
              (got.status, got.headers, got.text[:300]))
    level = bed.ask_sql("SELECT level FROM session WHERE account ="
                        f" {bed.account('lawyer')} ORDER BY created DESC")
    bed.check("with the level of a signature", level == 3, level)
    bed.check("the log has it", [
        r for r in bed.records() if r["ev"] == "login" and r["res"] == "ok"
        and r["who"] == f"p:{bed.account('lawyer')}"])
    again = answer(browser, done.stdout)
    bed.check("the same line a second time does not", again.status == 303
              and again.headers["location"] == "/login/card?why=over",
              again.headers)


def test_algorithms(bed, front):
    for card, names in (("card", ("ES256",)), ("card-p384", ("ES384",)),
                        ("card-rsa", ("RS256", "RS384", "RS512", "PS256",
                                      "PS384", "PS512"))):
        for name in names:
            browser = TlsBrowser(front)
            got = answer(browser, token_of(bed, card, name, *begin(browser)))
            bed.check(f"{name}: signed in", signed_in(bed, browser, got),
                      (got.status, got.headers, got.text[:300]))
    browser = TlsBrowser(front)
    got = answer(browser, "\r\n " + json.dumps(
        {**token_of(bed, "card", "ES256", *begin(browser)),
         "format": "web-eid:1.1", "supportedSignatureAlgorithms": []},
        indent=1) + "\n")
    bed.check("white space, and members of a later format",
              signed_in(bed, browser, got), (got.status, got.headers))


def test_case(bed, front):
    browser = TlsBrowser(front)
    got = answer(browser, token_of(bed, "card", "ES256",
                                   *begin(browser, bed.case)))
    bed.check("it goes on with the case", got.headers.get("location") ==
              f"/cases/{bed.case}/documents/new", got.headers)
    one = TlsBrowser(front)
    one.sign_in("lawyer")
    before = one.cookies["__Host-sid"]
    page = one.get(f"/step-up?case={bed.case}")
    bed.check("more than a password leads there",
              f'href="/login/card?case={bed.case}"' in page.text)
    answer(one, token_of(bed, "card", "ES256", *begin(one)))
    bed.check("a new session in place of the old one",
              one.cookies["__Host-sid"] != before)
    one.cookies["__Host-sid"] = before
    bed.check("which has ended", one.get("/cabinet").status == 303)


def test_cards(bed, front):
    """The certificate is judged as that of a handshake is."""
    for card, why in (("revoked", "revoked"), ("suspended", "revoked"),
                      ("card-expired", "time"), ("foreign", "issuer"),
                      ("citizen", "usage"), ("card-nobody", "unknown"),
                      ("card-closed", "closed"), ("card-weak", "weak")):
        browser = TlsBrowser(front)
        origin, nonce = begin(browser)
        name = "RS256" if sign_rsa(bed, card) else "ES256"
        refused(bed, f"{card}: {why}", browser,
                answer(browser, token_of(bed, card, name, origin, nonce)), why)
    bed.check("the log has the refusals", [
        r for r in bed.records() if r["ev"] == "login"
        and r["res"] == "refused" and r["who"] == "-"])


def sign_rsa(bed, card):
    return isinstance(serialization.load_pem_private_key(
        (bed.cards / f"{card}.key.pem").read_bytes(), None),
        rsa.RSAPrivateKey)


def flipped(token):
    value = bytearray(base64.b64decode(token["signature"]))
    value[7] ^= 1
    return {**token, "signature": base64.b64encode(value).decode()}


def test_forged(bed, front):
    """A signature over anything else, or by anybody else."""
    own = f"https://localhost:{bed.front_port}"
    b64 = base64.b64encode
    for name, make in (
            ("another origin", lambda o, n: token_of(
                bed, "card", "ES256", "https://evil.example", n)),
            ("the origin with a slash", lambda o, n: token_of(
                bed, "card", "ES256", o + "/", n)),
            ("another question", lambda o, n: token_of(
                bed, "card", "ES256", o, b64(bytes(32)).decode())),
            ("the question's bytes, not its text", lambda o, n: {
                **token_of(bed, "card", "ES256", o, n), "signature": b64(sign(
                    bed, "card", "ES256", hashlib.sha256(o.encode()).digest()
                    + hashlib.sha256(base64.b64decode(n)).digest())
                ).decode()}),
            ("another's certificate", lambda o, n: {
                **token_of(bed, "card-nobody", "ES256", o, n),
                "unverifiedCertificate": b64(der(bed, "card")).decode()}),
            ("a flipped bit", lambda o, n: flipped(
                token_of(bed, "card", "ES256", o, n))),
            ("a signature of zeros", lambda o, n: {
                **token_of(bed, "card", "ES256", o, n),
                "signature": b64(bytes(64)).decode()}),
            ("a shorter value", lambda o, n: {
                **token_of(bed, "card", "ES256", o, n),
                "signature": b64(bytes(63)).decode()}),
            ("another algorithm's name", lambda o, n: {
                **token_of(bed, "card", "ES256", o, n),
                "algorithm": "ES384"}),
            ("an algorithm of another key", lambda o, n: {
                **token_of(bed, "card", "ES256", o, n),
                "algorithm": "RS256"})):
        browser = TlsBrowser(front)
        origin, nonce = begin(browser)
        bed.check(f"{name}: the question is ours", origin == own)
        refused(bed, name, browser, answer(browser, make(origin, nonce)),
                "value")
        got = answer(browser, token_of(bed, "card", "ES256", origin, nonce))
        bed.check(f"{name}: the question is used up",
                  got.headers.get("location") == "/login/card?why=over",
                  got.headers)


def test_no_token(bed, front):
    """What is none keeps the question, and says so at the field."""
    browser = TlsBrowser(front)
    origin, nonce = begin(browser)
    good = token_of(bed, "card", "ES256", origin, nonce)
    text = json.dumps(good)
    value = good["signature"]
    for name, token in (
            ("nothing", ""), ("words", "hello"), ("a list", "[]"),
            ("half a line", text[:200]), ("two lines", text + text),
            ("a member twice", text[:-1] + f', "signature": "{value}"}}'),
            ("a broken line", text.replace(value, value[:9] + "\n"
                                           + value[9:])),
            ("a space in base64", {**good, "signature": value[:9] + " "
                                   + value[9:]}),
            ("no certificate", {k: v for k, v in good.items()
                                if k != "unverifiedCertificate"}),
            ("an empty certificate", {**good, "unverifiedCertificate": ""}),
            ("a number", {**good, "signature": 7}),
            ("another format", {**good, "format": "web-eid:2.0"}),
            ("no algorithm", {**good, "algorithm": "none"}),
            ("an algorithm in small letters", {**good, "algorithm": "es256"}),
            ("a certificate past the limit",
             {**good, "unverifiedCertificate":
              base64.b64encode(bytes(8193)).decode()}),
            ("a signature past the limit",
             {**good, "signature": base64.b64encode(bytes(1025)).decode()}),
            ("past the limit of a token", {**good, "x": "x" * 16384})):
        got = answer(browser, token)
        bed.check(f"{name}: said at the field", got.status == 422
                  and 'id="token-error"' in got.text
                  and "<title>Xəta:" in got.text and nonce in
                  html.unescape(got.text), (got.status, got.text[:200]))
    got = answer(browser, good)
    bed.check("and the question is still good", signed_in(bed, browser, got),
              (got.status, got.headers))
    for name, cert, why in (("no certificate's bytes", b"hello", "unread"),
                            ("a certificate cut short",
                             der(bed, "card")[:-1], "unread")):
        browser = TlsBrowser(front)
        got = answer(browser, {**token_of(
            bed, "card", "ES256", *begin(browser)), "unverifiedCertificate":
            base64.b64encode(cert).decode()})
        refused(bed, name, browser, got, why)


def test_questions(bed, front):
    one, other = TlsBrowser(front), TlsBrowser(front)
    origin, nonce = begin(one)
    begin(other)
    token = token_of(bed, "card", "ES256", origin, nonce)
    refused(bed, "another browser's question", other, answer(other, token),
            "value")
    bare = TlsBrowser(front)
    bare.get("/login/card")
    refused(bed, "nothing was asked", bare, answer(bare, token), "over")
    bed.check("the page of no question leads back", bare.get(
        "/login/token").headers.get("location") == "/login/card?why=over")
    bed.check("the store has a digest alone", bed.ask_sql(
        "SELECT count(*) FROM proof WHERE purpose = 'question'"
        " AND length(token) = 32 AND data = ''") == 1)
    bed.sql("UPDATE proof SET until = until - 301 WHERE purpose = 'question'")
    refused(bed, "five minutes later", one, answer(one, token), "over")
    browser = TlsBrowser(front)
    got = browser.ask("POST", "/login/token", {
        "Content-Type": "application/x-www-form-urlencoded"}, b"case=")
    bed.check("a question wants a form of ours", got.status == 403, got.status)
    origin, nonce = begin(browser)
    got = browser.ask("POST", "/login/token/answer", {
        "Content-Type": "application/x-www-form-urlencoded"}, b"token=x")
    bed.check("so does its answer", got.status == 403, got.status)
    token = token_of(bed, "card", "ES256", origin, nonce)
    before = bed.ask_sql("SELECT count(*) FROM session")
    jar = dict(browser.cookies)

    def at_once(_):
        twin = TlsBrowser(front)
        twin.cookies = dict(jar)
        return answer(twin, token)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(at_once, range(8)))
    bed.check("eight answers at once are one session",
              sum(a.headers.get("location") == "/cases" for a in answers) == 1
              and bed.ask_sql("SELECT count(*) FROM session") == before + 1,
              [(a.status, a.headers.get("location")) for a in answers])


class OneAddress(Front):
    """A front that is asked from one address alone."""

    def __init__(self, front):
        self.port, self.context = front.port, front.context

    def connect(self, timeout=5):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout,
                                       ("127.0.0.78", 0))
        return self.context.wrap_socket(raw, server_hostname="localhost")


def test_often(bed, front):
    browser = TlsBrowser(OneAddress(front))
    browser.get("/login/card")
    to = [browser.post("/login/token", case="").headers["location"]
          for _ in range(11)]
    bed.check("ten questions a minute from an address, and no eleventh",
              to[:10] == ["/login/token"] * 10
              and to[10] == "/login/card?why=often", to)
    got = answer(browser, "hello")
    bed.check("nor answers", got.headers.get("location") ==
              "/login/card?why=often", (got.status, got.headers))


def test_outage(bed, front):
    """Nothing is known of any card yet, and nobody answers."""
    bed.tsa.responders.fault = "http-500"
    bed.tsa.responders.lists = False
    browser = TlsBrowser(front)
    refused(bed, "the issuer does not answer", browser, answer(
        browser, token_of(bed, "card", "ES256", *begin(browser))), "later")
    bed.tsa.responders.fault, bed.tsa.responders.lists = None, True


def test_browser(bed, front, options):
    folder = install(options.build.resolve())
    shutil.copy(HERE.parent / "browser" / "token.js", folder)
    done = subprocess.run(
        ["node", "token.js", f"https://localhost:{front.port}",
         options.shots.resolve() if options.shots else ""], cwd=folder,
        timeout=300, check=False, stdout=subprocess.PIPE, encoding="utf-8")
    print(done.stdout)
    counts = re.findall(r"(\d+) passed, (\d+) failed", done.stdout)
    bed.check("in Chromium", done.returncode == 0 and counts
              and int(counts[-1][0]) > 0, counts)


def run(bed, front, options):
    test_outage(bed, front)
    test_program(bed, front)
    test_algorithms(bed, front)
    test_case(bed, front)
    test_cards(bed, front)
    test_forged(bed, front)
    test_no_token(bed, front)
    test_questions(bed, front)
    test_browser(bed, front, options)
    test_often(bed, front)


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
            finally:
                bed.check("it ends in order", bed.stop() == 0)
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
