"""Cards: the PIN, its levels, and the reader's pad.  In every test the PINs
that reached the card are counted."""

import subprocess

SIGN, AUTH = "pkcs11:id=%02", "pkcs11:id=%01"


def said(w, name, got, *words):
    w.check(name, all(x in got for x in words), got)


def test_wrong_then_locked(w):
    card = w.card()
    with w.client() as c:
        c.open(SIGN)
        said(w, "wrong 1", c.ask("login 000000"), "fail pin", "wrong")
        w.check("tries 2", card.tries == 2 and card.verifies() == 1)
        said(w, "wrong 2", c.ask("login 000000"), "fail pin", "final try")
        w.check("tries 1", card.tries == 1 and card.verifies() == 2)
        said(w, "level", c.ask("refresh"), "level=final try")
        said(w, "not confirmed", c.ask("login 123456"), "fail pin", "last try")
        said(w, "stored", c.ask("login 123456 stored"), "fail pin", "stored")
        w.check("nothing spent", card.tries == 1 and card.verifies() == 2)
        said(w, "confirmed", c.ask("login 000000 last"), "fail pin", "locked")
        w.check("tries 0", card.tries == 0 and card.verifies() == 3)
        said(w, "locked", c.ask("login 123456 last"), "fail pin", "locked")
        w.check("not asked", card.verifies() == 3)
    done = subprocess.run(
        ["pkcs15-tool", "--unblock-pin", "--auth-id", "01", "--puk",
         "12345678", "--new-pin", "123456"], env=w.env, capture_output=True,
        timeout=60, check=False)
    w.check("PUK", done.returncode == 0 and card.tries == 3, done)
    card.forget()
    with w.client() as c:
        c.open(SIGN)
        said(w, "after the PUK", c.ask("login 123456"), "ok", "in=1")
    w.check("one PIN", card.verifies() == 1)


def test_final_try_right(w):
    card = w.card(tries=1)
    with w.client() as c:
        said(w, "level", c.open(SIGN), "level=final try")
        said(w, "not confirmed", c.ask("login 123456"), "fail pin")
        w.check("nothing spent", card.verifies() == 0)
        said(w, "confirmed", c.ask("login 123456 last keep"), "ok", "in=1")
        w.check("one PIN", card.verifies() == 1 and card.tries == 3)
        got = c.sign(w.pki["citizen-rsa2048"].der)
        w.check("and signs", got == "ok" and card.verifies() == 2, got)


def test_stored_pin(w):
    """Tried once per mohur-token, and never below full tries."""
    card = w.card()
    with w.client("again=000000") as c:
        c.open(AUTH)
        said(w, "wrong", c.ask("login 000000 stored keep"), "fail pin")
        said(w, "again", c.ask("login 123456 stored keep"), "fail pin", "once")
        got = c.sign(w.pki["no-nonrepudiation"].der)
        said(w, "no signature", got, "fail pin")
        w.check("one try", card.tries == 2 and card.verifies() == 1)
        w.check("not asked again", c.health()["again"] == 0)
    card.tries = 1
    card.forget()
    with w.client("again=123456") as c:
        c.open(AUTH)
        said(w, "at the final try", c.ask("login 123456 stored"), "fail pin",
             "final try")
    w.check("tries file unchanged", card.tries == 1 and card.verifies() == 0)
    card.tries = 0
    with w.client() as c:
        said(w, "locked", c.open(AUTH), "level=locked")
        said(w, "stored, locked", c.ask("login 123456 stored"), "fail pin",
             "locked")
    w.check("never given", card.verifies() == 0)


def test_bad_lengths(w):
    card = w.card()
    with w.client() as c:
        c.open(SIGN)
        for name, pin in (("empty", "-"), ("short", "123"),
                          ("long", "123456789"), ("huge", "1" * 256),
                          ("255", "1" * 255)):
            said(w, name, c.ask(f"login {pin}"), "fail pin")
        w.check("card not asked", card.verifies() == 0 and card.tries == 3)
        said(w, "right", c.ask("login 123456"), "ok", "in=1")


def test_wrong_context_pin(w):
    """The PIN changes between login and use: one try, then logged out."""
    card = w.card()
    cert = w.pki["citizen-rsa2048"].der
    with w.client("again=123456") as c:
        c.open(SIGN)
        said(w, "login", c.ask("login 123456 keep"), "in=1")
        (card.folder / "state").write_text("654321 3 12345678\n")
        card.forget()
        said(w, "refused", c.sign(cert), "fail pin")
        w.check("one try", card.verifies() == 1 and card.tries == 2)
        said(w, "not repeated", c.sign(cert), "fail pin")
        w.check("still one", card.verifies() == 1 and card.tries == 2)
        said(w, "logged out", c.ask("refresh"), "in=0")
        said(w, "login", c.ask("login 654321 keep"), "in=1")
        w.check("signs", c.sign(cert) == "ok")
        w.check("count", card.verifies() == 3 and card.tries == 3)


def test_pad(w):
    card = w.card()
    with w.client() as c:
        said(w, "no pad", c.open(SIGN), "pad=0")
        said(w, "refused", c.ask("pad keep"), "fail configuration", "PIN pad")
        w.check("nothing sent", card.verifies() == 0)
    cert, auth = (w.pki[n].der for n in ("citizen-rsa2048",
                                         "no-nonrepudiation"))
    card.set("pinpad", "123456")
    with w.client() as c:
        said(w, "pad", c.open(SIGN), "pad=1")
        said(w, "login", c.ask("pad keep"), "in=1")
        w.check("user login", card.verifies() == 1)
        w.check("context login", c.sign(cert) == "ok" and
                card.verifies() == 2, card.verifies())
        w.check("another", c.sign(cert) == "ok" and card.verifies() == 3)
        card.set("pinpad", "cancel")
        said(w, "cancel", c.sign(cert), "fail cancelled")
        card.set("pinpad", "timeout")
        said(w, "timeout", c.sign(cert), "fail")
        card.set("pinpad", "000000")
        card.forget()
        c.ask("pad keep")
        w.check("wrong", card.tries == 2 and card.verifies() == 1)
    card.tries = 3
    card.set("pinpad", "cancel")
    with w.client() as c:
        c.open(AUTH)
        said(w, "cancelled login", c.ask("pad"), "fail cancelled")
        card.set("pinpad", "timeout")
        said(w, "late login", c.ask("pad"), "fail cancelled")
        w.check("tries", card.tries == 3)
        card.set("pinpad", "123456")
        said(w, "login", c.ask("pad"), "in=1")
        w.check("signs", c.sign(auth) == "ok")


TESTS = [test_wrong_then_locked, test_final_try_right, test_stored_pin,
         test_bad_lengths, test_wrong_context_pin, test_pad]
