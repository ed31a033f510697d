#!/usr/bin/python3
"""Keys on a card behind the pcscd that Debian has: the emulated card in the
virtual reader of vpcd (keys.md 4.3).

    hsm_pcscd.py --build DIR [--only WORD]

Runs in network and mount namespaces of its own, so that neither the system's
pcscd nor anybody's port is touched; without the right to make them, or without
pcscd and vpcd, it says so and nothing is counted.  Ends with "N passed, N
failed".
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "hsm"))

import bed  # noqa: E402
from card_faults import AUTH, SIGN, named, said  # noqa: E402
from make_card import Bench  # noqa: E402
from pki import Pki  # noqa: E402

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
PORT = 0x8C7B
INSIDE = "MOHUR_PCSCD_INSIDE"
SOON = 12  # seconds in which the next signature has to work


class World:
    """One pcscd with one reader, and cards to put into it."""

    def __init__(self, args, pki, checks, folder):
        self.build, self.pki, self.check = args.build.resolve(), pki, \
            checks.check
        self.folder = folder
        self.bench = Bench(folder / "bed", self.build / "libsoftpcsc.so")
        self.bench.conf.write_text(
            (HERE / "card" / "opensc-pcscd.conf").read_text())
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                    "LC_ALL": "C.UTF-8",
                    "OPENSC_CONF": str(self.bench.conf)}
        self.inside, self.daemon = None, None
        readers = folder / "readers"
        readers.mkdir()
        (readers / "vpcd").write_text(
            'FRIENDLYNAME "Virtual PCD"\n'
            f"DEVICENAME /dev/null:0x{PORT:X}\nLIBPATH {DRIVER}\n"
            f"CHANNELID 0x{PORT:X}\n")
        self.start_daemon()

    def start_daemon(self):
        self.daemon = subprocess.Popen(
            ["pcscd", "-f", "-c", str(self.folder / "readers")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait(lambda: pathlib.Path("/run/pcscd/pcscd.comm").exists())

    def stop_daemon(self, how=signal.SIGTERM):
        self.daemon.send_signal(how)
        self.daemon.wait(10)
        for name in ("pcscd.comm", "pcscd.pid"):
            pathlib.Path("/run/pcscd", name).unlink(missing_ok=True)

    def card(self, name="card", auth="no-nonrepudiation",
             sign="citizen-rsa2048", **more):
        return self.bench.card(
            name, {"9a": self.pki[auth], "9c": self.pki[sign]}, **more)

    def put_in(self, card):
        self.inside = subprocess.Popen(
            [self.build / "vpcd_card", card.folder, str(PORT)])

    def pull_out(self):
        if self.inside is not None:
            self.inside.kill()
            self.inside.wait()
            self.inside = None

    def client(self, *options):
        return bed.Client(self.build / "token_client", "opensc-pkcs11.so",
                          self.env, *options)

    def close(self):
        self.pull_out()
        self.stop_daemon()


def wait(what, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False


def opened(w, c, uri):
    """The reader tells of a card a second or two late."""
    got = "nothing"

    def tried():
        nonlocal got
        got = c.open(uri)
        return got.startswith("ok ") and "here=0" not in got

    wait(tried)
    said(w, "opens", got, "ok")
    said(w, "logs in", c.ask("login 123456 keep"), "in=1")


def soon(w, name, c, cert):
    """A signature within the time that a user waits."""
    got, start = "nothing", time.monotonic()

    def tried():
        nonlocal got
        got = c.sign(cert)
        return got == "ok"

    wait(tried, SOON)
    w.check(f"{name}: the next signature", got == "ok", got)
    took = time.monotonic() - start
    w.check(f"{name}: within {SOON} s", took < SOON, took)
    print(f"     {name}: {took:.1f} s", flush=True)


def test_signs(w):
    """Both keys, the second with its PIN for each use, and the command line."""
    card = w.card()
    w.put_in(card)
    for uri, name in ((AUTH, "no-nonrepudiation"), (SIGN, "citizen-rsa2048")):
        cert = w.pki[name].der
        with w.client("again=123456") as c:
            opened(w, c, uri)
            for n in range(10):
                got = c.sign(cert, b"%d" % n)
                w.check(f"{name} {n}", got == "ok", got)
            w.check(f"{name}: no fault", c.health()["faults"] == 0)
    done = subprocess.run([w.build / "mohur", "keys", "list"], env=w.env,
                          capture_output=True, text=True, timeout=60,
                          check=False)
    w.check("mohur keys list shows both", done.returncode == 0 and
            "id=%01" in done.stdout and "id=%02" in done.stdout,
            done.stdout + done.stderr)
    source, out = w.folder / "a.txt", w.folder / "a.edoc"
    source.write_text("salam\n")
    pin = w.folder / "pin"
    pin.write_text("123456\n")
    pin.chmod(0o600)
    (w.folder / "root.pem").write_bytes(w.pki["root"].pem)
    done = subprocess.run(
        [w.build / "mohur", "sign", "--key", SIGN, "--pin-source",
         f"file:{pin}", "--level", "B", "--out", out, source], env=w.env,
        capture_output=True, text=True, timeout=60, check=False)
    w.check("mohur sign", done.returncode == 0 and out.exists(), done.stderr)
    w.check("no try lost", card.tries == 3)


def test_pins(w):
    card = w.card()
    w.put_in(card)
    with w.client() as c:
        wait(lambda: c.open(AUTH).startswith("ok "))
        got = c.ask("login 999999")
        said(w, "a wrong PIN", got, "fail pin")
        w.check("one try of three", card.tries == 2, card.tries)
        said(w, "the right one", c.ask("login 123456"), "in=1")
        w.check("all three again", card.tries == 3, card.tries)
    w.check("given twice", card.verifies() == 2, card.verifies())


def test_removal(w):
    card = w.card()
    cert = w.pki["no-nonrepudiation"].der
    w.put_in(card)
    with w.client("again=123456") as c:
        opened(w, c, AUTH)
        w.check("signs", c.sign(cert) == "ok")
        w.pull_out()
        got = c.sign(cert)
        w.check("out", named(got), got)
        w.put_in(card)
        soon(w, "put in again", c, cert)
        w.pull_out()
        time.sleep(3)  # the reader has noticed
        w.put_in(card)
        soon(w, "out and in while idle", c, cert)
    w.check("no try lost", card.tries == 3)


def test_pulled_while_signing(w):
    """At each command of a signature the card is gone."""
    card = w.card()
    for uri, name in ((AUTH, "no-nonrepudiation"), (SIGN, "citizen-rsa2048")):
        cert = w.pki[name].der
        w.put_in(card)
        with w.client("again=123456") as c:
            opened(w, c, uri)
            for n in (1, 2, 4):
                card.set("dieafter", n)
                got = c.sign(cert, b"%d" % n)
                w.check(f"{name} at {n}", got == "ok" or named(got), got)
                w.check(f"{name} at {n}: in time", c.took < SOON, c.took)
                card.clear("dieafter")
                w.pull_out()
                w.put_in(card)
                soon(w, f"{name} at {n}", c, cert)
        w.pull_out()
        time.sleep(2)
    w.check("no try lost", card.tries == 3)


def test_hangs(w):
    """A card that says nothing any more, in the middle."""
    card = w.card()
    cert = w.pki["no-nonrepudiation"].der
    w.put_in(card)
    with w.client("again=123456") as c:
        opened(w, c, AUTH)
        w.inside.send_signal(signal.SIGSTOP)
        got = c.sign(cert)
        w.check("named", named(got), got)
        w.check("in time", c.took < SOON, c.took)
        w.inside.send_signal(signal.SIGCONT)
        soon(w, "goes on", c, cert)
    w.check("no try lost", card.tries == 3)


def test_other_card(w):
    card, other = w.card(number=1), w.card("cardB", number=2)
    cert = w.pki["no-nonrepudiation"].der
    w.put_in(card)
    with w.client("again=123456") as c:
        opened(w, c, AUTH)
        w.check("signs", c.sign(cert) == "ok")
        w.pull_out()
        time.sleep(3)
        w.put_in(other)
        time.sleep(3)
        for n in range(3):
            got = c.sign(cert)
            w.check(f"another card {n}", named(got), got)
        w.check("it got no PIN", other.verifies() == 0, other.log())
        w.pull_out()
        time.sleep(3)
        w.put_in(card)
        soon(w, "the first again", c, cert)
    w.check("no try lost", card.tries == 3 and other.tries == 3)


def test_daemon(w):
    """pcscd is killed, and started again by who watches it."""
    card = w.card()
    cert = w.pki["no-nonrepudiation"].der
    w.put_in(card)
    with w.client("again=123456") as c:
        opened(w, c, AUTH)
        w.check("signs", c.sign(cert) == "ok")
        w.stop_daemon(signal.SIGKILL)
        got = c.sign(cert)
        w.check("without it", named(got), got)
        w.pull_out()
        w.start_daemon()
        w.put_in(card)
        soon(w, "started again", c, cert)
    w.check("no try lost", card.tries == 3)


TESTS = [test_signs, test_pins, test_removal, test_pulled_while_signing,
         test_hangs, test_other_card, test_daemon]


def alone():
    """Goes on in namespaces of its own; False: that is not possible."""
    if not pathlib.Path(DRIVER).exists() or shutil.which("pcscd") is None:
        print("skipped: no pcscd with vpcd (Debian: pcscd, vsmartcard-vpcd)")
        return False
    env = {**os.environ, INSIDE: "1"}
    command = ["unshare", "--net", "--mount"]
    if os.getuid() != 0:
        command.append("--map-root-user")
    if subprocess.run([*command, "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: namespaces of its own are not allowed")
        return False
    pathlib.Path("/run/pcscd").mkdir(exist_ok=True)
    os.execvpe("unshare", [
        *command, "sh", "-c", "mount -t tmpfs -o mode=755 none /run/pcscd && "
        'ip link set lo up && exec "$@"', "sh", sys.executable,
        *sys.argv], env)


def main():
    if INSIDE not in os.environ and not alone():
        print("0 passed, 0 failed")
        return 0
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--only", default="")
    args = arguments.parse_args()
    checks = bed.Checks()
    with bed.Scratch() as folder:
        run(args, Pki.live(folder, "http://127.0.0.1:9"), checks)
    return checks.finish()


def run(args, pki, checks):
    for test in TESTS:
        if args.only not in test.__name__:
            continue
        checks.area = test.__name__
        before = (checks.passed, checks.failed)
        with bed.Scratch() as folder:
            world = World(args, pki, checks, folder)
            try:
                test(world)
            except Exception as e:  # one test may not hide the others
                checks.check("no exception", False, repr(e))
            finally:
                world.close()
        word = "ok" if checks.failed == before[1] else "FAIL"
        print(f"{word} {test.__name__}: {checks.passed - before[0]} checks",
              flush=True)


if __name__ == "__main__":
    sys.exit(main())
