"""The two ends of the channel do not trust each other, people type PINs on a
terminal, and faults come at random."""

import os
import pty
import random
import select
import socket
import struct
import subprocess
import time

import bed
from card_faults import logged_in, named
from card_rules import serial_of

AUTH, SIGN = "pkcs11:id=%01", "pkcs11:id=%02"
READY, LIST, OPEN, CERT, STATE, LOGIN, SIGN_M, CLOSE = (
    1, 2, 4, 6, 8, 9, 10, 12)


def u32(n):
    return struct.pack("<I", n)


def sized(data):
    return u32(len(data)) + data


def bare_token(w):
    """mohur-token with a channel of ours; it has said READY."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    end = os.dup2(its.fileno(), 60)
    program = subprocess.Popen(
        ["bash", "-c", 'exec "$0" "$@" 3<&60 60<&-',
         str(w.build / "mohur-token"), "card", "opensc-pkcs11.so",
         str(w.bench.folder)], env=w.env, pass_fds=(end,),
        stdin=subprocess.DEVNULL)
    os.close(end)
    its.close()
    ours.settimeout(20)
    ready = ours.recv(65536)
    return program, ours, ready


def test_token_ends_at_bad_messages(w):
    """A message of a bad length, type or order ends the process."""
    w.card()
    opened = bytes([OPEN]) + sized(b"pkcs11:id=%01") + sized(b"")
    login = bytes([LOGIN, 0, 0, 0, 0]) + sized(b"123456")
    rows = [
        ("no type", [b"\0"]), ("unknown type", [b"\x0e"]),
        ("an answer", [bytes([READY])]),
        ("OPEN cut", [opened[:-1]]), ("OPEN too long", [opened + b"\0"]),
        ("LIST too long", [bytes([LIST, 0])]),
        ("CERT before OPEN", [bytes([CERT]) + u32(0)]),
        ("STATE before OPEN", [bytes([STATE])]),
        ("LOGIN before OPEN", [login]),
        ("SIGN before OPEN", [bytes([SIGN_M])]),
        ("OPEN twice", [opened, opened]),
        ("LIST after OPEN", [opened, bytes([LIST])]),
        ("LOGIN empty", [opened, bytes([LOGIN, 0, 0, 0, 0]) + sized(b"")]),
        ("LOGIN, a bool of 2", [opened, bytes([LOGIN, 2, 0, 0, 0]) +
                                sized(b"123456")]),
        ("CERT past the end", [opened, bytes([CERT]) + u32(33)]),
        ("SIGN, digest of 31", [opened, bytes([SIGN_M]) + u32(2) + u32(0) +
                                u32(32) + sized(bytes(31)) + sized(b"")]),
    ]
    for name, messages in rows:
        program, ours, ready = bare_token(w)
        with ours:
            w.check(name + ": ready", ready == bytes([READY]), ready)
            for m in messages[:-1]:
                ours.send(m)
                w.check(name + ": answered", ours.recv(65536)[0] == 5)
            ours.send(messages[-1])
            w.check(name + ": the end", ours.recv(65536) == b"")
        w.check(name + ": exit status", program.wait(10) == 1,
                program.returncode)
    program, ours, _ = bare_token(w)
    with ours:
        ours.send(bytes([CLOSE]))
        w.check("CLOSE", ours.recv(65536) == b"" and program.wait(10) == 0)
    program, ours, _ = bare_token(w)
    ours.close()
    w.check("the peer's end is its end", program.wait(10) == 0)
    program, ours, _ = bare_token(w)
    with ours:
        socket.send_fds(ours, [bytes([STATE])], [0])
        w.check("a descriptor", ours.recv(65536) == b"" and
                program.wait(10) == 1)


FAKE = """#!/usr/bin/python3
import socket, struct, sys, time
s = socket.socket(fileno=3)
u32 = lambda n: struct.pack("<I", n)
sized = lambda b: u32(len(b)) + b
answers = ANSWERS
for i, a in enumerate(answers):
    if i > 0:
        s.recv(65536)
    if a is None:
        time.sleep(60)
    try:
        s.send(a)
    except OSError:
        sys.exit(0)
s.recv(65536)
"""


def facts(key_id=b"\x01", certificates=1, level=0):
    texts = [b"l", b"m", b"d", b"0123", b"k"]
    return (b"\x05" + b"".join(map(sized, texts)) + sized(key_id) +
            u32(0x3f) + b"\0\0\1\0\0" + u32(level) + u32(4) + u32(8) +
            u32(certificates))


def test_client_believes_nothing(w):
    """A mohur-token that was taken over can lie; it cannot do harm."""
    good = w.pki["citizen-rsa2048"].der
    cert = b"\x07" + u32(0) + sized(good)
    ready = b"\x01"
    logged = facts()[:-16] + u32(0) + u32(4) + u32(8) + u32(1)
    rows = [
        ("nothing", [b"\0"]), ("not ready", [b"\x05"]),
        ("facts cut", [ready, facts()[:-1]]),
        ("no certificates", [ready, facts(certificates=0)]),
        ("34 certificates", [ready, facts(certificates=34)]),
        ("a level of 4", [ready, facts(level=4)]),
        ("another answer", [ready, b"\x0b" + sized(bytes(256))]),
        ("a failure without text", [ready, b"\x0d" + u32(0) + bytes(8) +
                                    u32(0) + b"\0" + sized(b"")]),
        ("a failure of class 9", [ready, b"\x0d" + u32(9) + bytes(8) +
                                  u32(0) + b"\0" + sized(b"x")]),
        ("control characters", [ready, b"\x0d" + u32(0) + bytes(8) + u32(0) +
                                b"\0" + sized(b"\x1b[2J")]),
        ("another index", [ready, facts(), b"\x07" + u32(1) + sized(good)]),
        ("no certificate", [ready, facts(), b"\x07" + u32(0) +
                            sized(b"0\x03\x02\x01\x01")]),
        ("certificate and more", [ready, facts(), b"\x07" + u32(0) +
                                  sized(good + b"\0")]),
        ("too late", [ready, None]),
    ]
    for name, answers in rows:
        fake = w.folder / "fake"
        fake.write_text(FAKE.replace("ANSWERS", repr(answers)))
        fake.chmod(0o700)
        with w.client(f"program={fake}", "open=1500") as c:
            got = c.open(AUTH)
            w.check(name, named(got) and "\x1b" not in got, got)
            w.check(name + ": in time", c.took < 6, c.took)
    for name, value in (("zeros", bytes(256)), ("short", b"\1"),
                        ("of another", b"\2" * 256)):
        answers = [ready, facts(), cert, logged,
                   b"\x0b" + sized(value)]
        fake = w.folder / "fake"
        fake.write_text(FAKE.replace("ANSWERS", repr(answers)))
        with w.client(f"program={fake}") as c:
            w.check(name + ": opens", c.open(SIGN).startswith("ok "))
            c.ask("login 123456")
            got = c.sign(good, scheme="pkcs1")
            w.check(name, got.startswith("fail "), got)
    with w.client(f"program={w.folder / 'none'}") as c:
        got = c.open(AUTH)
        w.check("no program", got.startswith("fail internal"), got)


def on_terminal(w, argv, *typed):
    """Runs argv with a terminal; what is typed answers each question."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, w.env)
    seen, left, end = b"", list(typed), time.monotonic() + 30
    while time.monotonic() < end:
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(fd, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
        if left and seen.endswith(b": "):
            os.write(fd, left.pop(0))
    os.close(fd)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen.decode()


def test_terminal(w):
    card = w.card()
    with w.client() as c:
        serial = serial_of(c)
    argv = [str(w.build / "mohur"), "keys", "test", "--key",
            bed.uri_of(serial, "%02")]
    code, seen = on_terminal(w, argv, b"123456\r")
    w.check("right", code == 0 and "PIN: " in seen, (code, seen))
    w.check("no echo", "123456" not in seen.replace(serial, ""), seen)
    code, seen = on_terminal(w, argv, b"12345\x7f\x7f3456\b6\r")
    w.check("erased", code in (0, 5), (code, seen))
    card.tries = 3
    card.forget()
    code, seen = on_terminal(w, argv, b"12\x03")
    w.check("control C", code == 5 and "cancelled" in seen, (code, seen))
    code, seen = on_terminal(w, argv, b"\r")
    w.check("empty", code == 5 and "empty" in seen, (code, seen))
    w.check("no PIN was spent", card.verifies() == 0)
    code, seen = on_terminal(w, argv, b"000000\r")
    w.check("wrong", code == 5 and "wrong" in seen and card.tries == 2, seen)
    card.tries = 1
    card.forget()
    code, seen = on_terminal(w, argv, b"yes\r")
    w.check("last try not confirmed", code == 5 and "final try" in seen and
            card.verifies() == 0, (code, seen))
    code, seen = on_terminal(w, argv, b"last try\r", b"123456\r")
    w.check("confirmed", code == 0 and card.tries == 3, (code, seen))
    card.set("pinpad", "123456")
    code, seen = on_terminal(w, argv)
    w.check("typed on the pad", code == 0 and "PIN: " not in seen,
            (code, seen))


def test_random_faults(w):
    """--faults of them: never a wrong signature, never past the deadline,
    and the card keeps its tries."""
    card = w.card()
    cert = w.pki["no-nonrepudiation"].der
    chance = random.Random(w.seed)
    late = wrong = stuck = 0
    with w.client("again=123456", "sign=2000", "open=2000", "login=2000",
                  "revive=100") as c:
        logged_in(w, c)
        for _ in range(w.faults):
            name = chance.choice(("removeafter", "hwerrafter", "dieafter",
                                  "reset", "slow"))
            card.set(name, 2500 if name == "slow" and chance.random() < 0.1
                     else chance.randint(1, 12))
            got = c.sign(cert)
            wrong += not (got == "ok" or named(got))
            late += c.took > 6
            card.clear(name, "removed", "hwerr")
            for _ in range(4):
                got = c.sign(cert)
                late += c.took > 6
                if got == "ok":
                    break
                c.ask("login 123456 keep")
            stuck += got != "ok"
    w.check("none wrong", wrong == 0, wrong)
    w.check("none late", late == 0, late)
    w.check("none stuck", stuck == 0, stuck)
    w.check("tries", card.tries == 3, card.tries)


TESTS = [test_token_ends_at_bad_messages, test_client_believes_nothing,
         test_terminal, test_random_faults]
