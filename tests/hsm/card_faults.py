"""Cards that are pulled, readers that fail, modules that hang or die, cards
that lie.  No caller waits past its deadline, no signature is wrong, and the
next one works without an operator."""

import os
import shutil
import signal
import time

SIGN, AUTH = "pkcs11:id=%02", "pkcs11:id=%01"
APDUS = 14  # more than one signature takes
CLASSES = ("pin", "cancelled", "gone", "device", "configuration", "unknown",
           "down")


def said(w, name, got, *words):
    w.check(name, all(x in got for x in words), got)


def named(got):
    """A failure that names its class."""
    return got.startswith("fail ") and got.split()[1] in CLASSES


def logged_in(w, c, uri=AUTH):
    said(w, "opens", c.open(uri), "ok")
    said(w, "logs in", c.ask("login 123456 keep"), "in=1")


def test_removal(w):
    card = w.card()
    auth = w.pki["no-nonrepudiation"].der
    with w.client("again=123456") as c:
        said(w, "opens", c.open(AUTH), "ok")
        card.set("removed")
        said(w, "before login", c.ask("login 123456"), "fail gone")
        card.clear("removed")
        said(w, "back", c.ask("login 123456 keep"), "in=1")
        w.check("signs", c.sign(auth) == "ok")
        card.set("removed")
        said(w, "out", c.sign(auth), "fail gone")
        said(w, "still out", c.sign(auth), "fail gone")
        card.clear("removed")
        start = time.monotonic()
        w.check("in again", c.sign(auth) == "ok")
        w.check("soon", time.monotonic() - start < 6)
        card.set("removed")
        time.sleep(1.2)  # noticed while idle
        card.clear("removed")
        w.check("out and in while idle", c.sign(auth) == "ok")
        card.set("reset")
        got = c.sign(auth)
        w.check("fast out and in", got == "ok" or named(got), got)
        got2 = c.sign(auth)
        w.check("next", got2 == "ok", (got, got2, c.health()))
    w.check("tries", card.tries == 3)
    done = w.card("cardB", number=7)
    w.check("not used", done.verifies() == 0)


def test_removed_at_each_apdu(w):
    card = w.card()
    auth = w.pki["no-nonrepudiation"].der
    with w.client("again=123456") as c:
        logged_in(w, c)
        for n in range(1, APDUS):
            card.set("removeafter", n)
            first = c.sign(auth)
            w.check(f"at {n}", first == "ok" or named(first), first)
            card.clear("removeafter", "removed")
            got = c.sign(auth)
            if got != "ok":
                got = c.sign(auth)
            w.check(f"after {n}", got == "ok", got)
    w.check("no try lost", card.tries == 3)


def test_other_card(w):
    card = w.card(number=1)
    other = w.card("cardB", number=2)  # the same keys in another card
    twin = w.card("cardC", sign="citizen-rsa3072", number=1)
    cert = w.pki["citizen-rsa2048"].der
    for name, folder, victim in (("serial", "cardB", other),
                                 ("certificate", "cardC", twin)):
        with w.client("again=123456") as c:
            logged_in(w, c, SIGN)
            card.set("other", folder)
            got = c.sign(cert)
            w.check(name, named(got), got)
            said(w, name + " again", c.sign(cert), "fail gone", "another card")
            said(w, name + " login", c.ask("login 123456"), "fail gone")
            if c.signal(signal.SIGKILL):
                said(w, name + " restarted", c.sign(cert), "fail")
            said(w, name + " after that", c.sign(cert), "fail gone")
            card.clear("other")
            c.sign(cert)
            w.check(name + " back", c.sign(cert) == "ok")
        with w.client("again=123456") as c:
            logged_in(w, c, SIGN)
            card.set("removed")
            time.sleep(1.2)  # noticed while idle: the same mohur-token
            card.set("other", folder)
            card.clear("removed")
            said(w, name + " while idle", c.sign(cert), "fail gone",
                 "another card")
            w.check(name + " by mohur-token", c.health()["faults"] == 0)
            card.clear("other")
        w.check(name + " PIN not given", not [
            r for r in victim.log() if r[1] == "00200080" and r[2] > 0])
    w.check("own log only", other.verifies() == 0 and twin.verifies() == 0)
    w.check("tries", card.tries == 3)


def test_reader_error_at_each_apdu(w):
    """SCARD_E_NOT_TRANSACTED, after which OpenSC hangs at its next call."""
    for uri, name in ((AUTH, "no-nonrepudiation"), (SIGN, "citizen-rsa2048")):
        card = w.card(number=3)
        cert = w.pki[name].der
        with w.client("again=123456") as c:
            logged_in(w, c, uri)
            for n in range(1, APDUS):
                before = c.worker()
                card.set("hwerrafter", n)
                first = c.sign(cert)
                w.check(f"{name} killed {n}", first == "ok" or
                        c.worker() != before, first)
                w.check(f"{name} at {n}", first == "ok" or named(first), first)
                w.check(f"{name} in time {n}", c.took < 11, c.took)
                card.clear("hwerrafter", "hwerr")
                got = c.sign(cert)
                w.check(f"{name} next {n}", got == "ok" and c.took < 12,
                        (got, c.took))
            w.check(f"{name} no fault left", c.health()["faults"] == 0)
        w.check(f"{name} no try lost", card.tries == 3)
        shutil.rmtree(card.folder)


def test_killed_at_each_apdu(w):
    card = w.card()
    for uri, name in ((AUTH, "no-nonrepudiation"), (SIGN, "citizen-rsa2048")):
        cert = w.pki[name].der
        with w.client("again=123456") as c:
            logged_in(w, c, uri)
            for n in range(1, APDUS):
                card.set("dieafter", n)
                card.forget()
                got = c.sign(cert, b"%d" % n)
                w.check(f"{name} at {n}", got == "ok" or named(got), got)
                # Once the key's PIN was given nothing is tried again.
                w.check(f"{name} PINs at {n}", card.verifies() <=
                        (2 if got == "ok" else 1), (got, card.verifies()))
                card.clear("dieafter")
                got = c.sign(cert)
                w.check(f"{name} next {n}", got == "ok", got)
        w.check(f"{name} no try lost", card.tries == 3)
    with w.client() as c:
        said(w, "opens", c.open(AUTH), "ok")
        card.set("dieafter", 2)
        said(w, "killed in login", c.ask("login 123456"), "fail device")
        card.clear("dieafter")
        said(w, "login", c.ask("login 123456"), "in=1")


def test_dies_while_opening(w):
    card = w.card()
    for n in range(1, 40, 3):
        with w.client() as c:
            card.set("dieafter", n)
            got = c.open(AUTH)
            w.check(f"at {n}", got.startswith("ok "), got)
            card.clear("dieafter")


def test_deadlines(w):
    card = w.card()
    auth = w.pki["no-nonrepudiation"].der
    with w.client("again=123456", "sign=1500", "login=1500",
                  "open=1500") as c:
        logged_in(w, c)
        card.set("slow", 9000)
        said(w, "slow sign", c.sign(auth), "fail device")
        w.check("in time", c.took < 5, c.took)
        said(w, "slow open", c.sign(auth), "fail")
        w.check("in time too", c.took < 5, c.took)
        card.clear("slow")
        got = c.sign(auth)
        w.check("next", got == "ok", got)
    with w.client("login=1000") as c:
        said(w, "opens", c.open(AUTH), "ok")
        card.set("slow", 9000)
        card.forget()
        said(w, "slow login", c.ask("login 123456"), "fail device")
        w.check("login in time", c.took < 5, c.took)
        card.clear("slow")
        w.check("not repeated", card.verifies() <= 1)


def test_stopped(w):
    w.card()
    auth = w.pki["no-nonrepudiation"].der
    with w.client("again=123456", "sign=2000") as c:
        logged_in(w, c)
        before = c.signal(signal.SIGSTOP)
        w.check("stopped it", before)
        said(w, "stopped", c.sign(auth), "fail device", "in time")
        w.check("in time", 1.9 < c.took < 6, c.took)
        w.check("next", c.sign(auth) == "ok")
        w.check("another process", c.worker() != before)
        w.check("gone", not os.path.exists(f"/proc/{before}"))


def test_crash_loop(w):
    card = w.card()
    auth = w.pki["no-nonrepudiation"].der
    with w.client("again=123456", "revive=3000") as c:
        logged_in(w, c)
        client = c.process.pid
        down, start = False, time.monotonic()
        while not down and time.monotonic() - start < 40:
            card.set("die")
            got = c.sign(auth)
            if not w.check("named", named(got), got):
                break
            down = c.health()["down"] == 1
        w.check("down", down and c.health()["faults"] == 5, c.health())
        card.forget()
        said(w, "says so", c.sign(auth), "fail down", "5 times")
        w.check("at once, and not asked", c.took < 2 and not card.log())
        card.clear("die")
        time.sleep(3.2)
        got = c.sign(auth)
        w.check("back after repair", got == "ok", got)
        w.check("health", c.health()["faults"] == 0 and
                c.process.pid == client and c.process.poll() is None)
    w.check("tries", card.tries == 3)


def test_malicious_card(w):
    auth = w.pki["no-nonrepudiation"].der
    card = w.card()
    for how in ("random", "length", "cut"):
        with w.client("open=3000") as c:
            card.set("garbage", how)
            start = time.monotonic()
            got = c.open(AUTH)
            w.check(how, got.startswith("ok ") or named(got), got)
            got = c.ask("login 123456 keep")
            w.check(how + " login", got.startswith("ok ") or named(got), got)
            got = c.sign(auth)
            w.check(how + " sign", got == "ok" or named(got), got)
            w.check(how + " in time", time.monotonic() - start < 35)
            card.clear("garbage")
        card.tries = 3
    with w.client("again=123456") as c:
        logged_in(w, c)
        card.set("garbage", "signature")
        got = c.sign(auth)
        w.check("flipped signature", got.startswith("fail ") and named(got),
                got)
        card.clear("garbage")
        w.check("next", c.sign(auth) == "ok")
    liar = w.bench.card(
        "card2", {"9a": w.pki["no-nonrepudiation"]}, number=9,
        certs={"9a": w.pki["citizen2"].der})
    card.set("removed")
    with w.client("again=123456") as c:
        logged_in(w, c)
        got = c.sign(w.pki["citizen2"].der)
        said(w, "wrong public key", got, "fail unknown", "certificate's key")
    w.check("used", liar.verifies() >= 1)


TESTS = [test_removal, test_removed_at_each_apdu, test_other_card,
         test_reader_error_at_each_apdu, test_killed_at_each_apdu,
         test_dies_while_opening, test_deadlines, test_stopped,
         test_crash_loop, test_malicious_card]
