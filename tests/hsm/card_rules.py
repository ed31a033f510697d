"""Cards: which key is meant, signatures, the command line."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import bed

AUTH, SIGN = "%01", "%02"


def serial_of(client, label_uri="pkcs11:id=%02"):
    got = client.open(label_uri)
    for word in got.split():
        if word.startswith("serial="):
            return word[7:]
    raise AssertionError(got)


def mohur(w, *args, pass_fds=(), **more):
    return subprocess.run([str(w.build / "mohur"), *args], env=w.env,
                          capture_output=True, timeout=100, check=False,
                          stdin=subprocess.DEVNULL, pass_fds=pass_fds, **more)


def pin_file(w, pin="123456", mode=0o600, name="pin"):
    path = w.folder / name
    path.write_text(pin + "\n")
    path.chmod(mode)
    return f"file:{path}"


def one_line(w, name, done, code, *words):
    """Exit code, exactly one line of error, and what it says."""
    lines = done.stderr.decode().splitlines()
    w.check(name, done.returncode == code and len(lines) == 1 and
            lines[0].startswith("mohur: ") and
            all(x in lines[0] for x in words),
            f"exit {done.returncode}, {lines}")


def test_every_algorithm(w):
    rows = [("citizen-rsa2048", 2048, ("pkcs1", "pss")),
            ("citizen-rsa3072", 3072, ("pkcs1", "pss")),
            ("citizen", 256, ("ecdsa",)), ("citizen-p384", 384, ("ecdsa",))]
    for i, (name, bits, schemes) in enumerate(rows):
        entity = w.pki[name]
        shutil.rmtree(w.bench.folder / "card", ignore_errors=True)
        card = w.card(sign=name, number=i + 1)
        with w.client() as c:
            facts = c.open("pkcs11:id=%02")
            w.check(f"{name} facts", f"bits={bits} " in facts and
                    "nr=1 auth=0" in facts, facts)
            w.check(f"{name} certificate", c.ask("certificate").split()[1] ==
                    hashlib.sha256(entity.der).hexdigest())
            w.check(f"{name} login", "in=1" in c.ask("login 123456 keep"))
            for scheme in schemes:
                for h in ("sha256", "sha384", "sha512"):
                    got = c.sign(entity.der, b"x" + h.encode(), scheme, h)
                    w.check(f"{name} {scheme} {h}", got == "ok", got)
        want = 1 + 3 * len(schemes)
        w.check(f"{name} PINs", card.verifies() == want, card.verifies())


def test_always_authenticate(w):
    """50 signatures, 50 context logins, nothing between login and use."""
    card = w.card()
    cert = w.pki["citizen-rsa2048"].der
    with w.client() as c:
        c.open("pkcs11:id=%02")
        w.check("seen after login", "always=1" in c.ask("login 123456 keep"))
        card.forget()
        good = sum(c.sign(cert, b"%d" % i) == "ok" for i in range(50))
        w.check("signatures", good == 50, good)
        w.check("context logins", card.verifies() == 50, card.verifies())
        rows = [r for r in card.log() if r[1] not in
                ("00a40400", "00cb3fff", "00c00000")]
        bad = [b for a, b in zip(rows, rows[1:])
               if a[1] == "00200080" and a[2] > 0 and b[1][2:4] != "87"]
        w.check("nothing between PIN and use", not bad, bad[:3])
        w.check("tries", card.tries == 3)
    with w.client() as c:
        c.open("pkcs11:id=%02")
        c.ask("login 123456")
        w.check("not kept: one", c.sign(cert) == "ok")
        got = c.sign(cert)
        w.check("not kept: no second", got.startswith("fail pin"), got)


def test_authentication_key(w):
    """PIN once, for any number of signatures."""
    card = w.card()
    cert = w.pki["no-nonrepudiation"].der
    with w.client() as c:
        facts = c.open("pkcs11:id=%01")
        w.check("facts", "nr=0 auth=1" in facts, facts)
        got = c.sign(cert)
        w.check("before login", got.startswith("fail pin"), got)
        w.check("not always", "always=0" in c.ask("login 123456"))
        good = sum(c.sign(cert) == "ok" for _ in range(10))
        w.check("signatures", good == 10, good)
        got = c.sign(cert, scheme="pkcs1")
        w.check("other type", got.startswith("fail configuration"), got)
    w.check("one PIN", card.verifies() == 1, card.verifies())


def test_selection(w):
    w.card("card", number=1)
    card2 = w.card("card2", number=2)
    label = "pkcs11:token=SINAQ%20G%C4%B0R%C4%B0%C5%9E;id=%02"
    with w.client() as c:
        got = c.open(label)
        w.check("two of one label", got.startswith(
            "fail configuration more than one key"), got)
        card2.set("removed")
        serial = serial_of(c)
        card2.clear("removed")
        got = c.open(bed.uri_of(serial, SIGN))
        w.check("by serial", f"serial={serial}" in got, got)
        got = c.open(label + f";serial={serial}")
        w.check("label and serial", got.startswith("ok"), got)
        got = c.open(bed.uri_of("0" * 16, SIGN))
        w.check("another serial", got.startswith("fail gone"), got)
        got = c.open(bed.uri_of(serial, "%07"))
        w.check("no such key", got.startswith("fail configuration no key"),
                got)
        got = c.open(f"pkcs11:serial={serial}")
        w.check("two keys", got.startswith("fail configuration more"), got)
        got = c.open(f"pkcs11:serial={serial};object=SIGN%20pubkey")
        w.check("by label", "id=02" in got, got)
    for bad, word in (("?pin-value=123456", "pin-value"),
                      (";x-foreign=1", "unknown"), (";slot-id=0", "slot"),
                      ("?module-path=/tmp/evil.so", "not an allowed"),
                      ("?pin-source=|cat", "pin-source"),
                      (";id=%02", "twice"), ("?x=1", "unknown"),
                      (";type=cert", "type"), (";model=", "empty")):
        done = mohur(w, "keys", "test", "--key",
                     bed.uri_of(serial, SIGN) + bad)
        one_line(w, "refused " + bad, done, 64, word)
    w.check("no PIN was spent", card2.verifies() == 0)


def test_command_line(w):
    card = w.card()
    with w.client() as c:
        serial = serial_of(c)
    uri = bed.uri_of(serial, SIGN)
    done = mohur(w, "keys", "list")
    text = done.stdout.decode()
    w.check("list", done.returncode == 0 and f"serial={serial};id=%02" in text
            and "ok" in text and "RSA-PSS" in text, text)
    done = mohur(w, "keys", "test", "--key", uri, "--pin-source", pin_file(w))
    w.check("test", done.returncode == 0 and
            b"signature   ok" in done.stdout, done)
    listed = text.split("key          ")[1].split(" ")[0]
    done = mohur(w, "keys", "certificate", "--key", listed)
    w.check("certificate", done.stdout == w.pki["citizen-rsa2048"].pem or
            done.stdout == w.pki["no-nonrepudiation"].pem, done)
    done = mohur(w, "keys", "test", "--key", uri +
                 "?pin-source=" + pin_file(w))
    w.check("pin-source in the URI", done.returncode == 0, done)
    r, wr = os.pipe()
    os.write(wr, b"123456\n")
    os.close(wr)
    done = mohur(w, "keys", "test", "--key", uri, "--pin-source", f"fd:{r}",
                 pass_fds=(r,))
    os.close(r)
    w.check("descriptor", done.returncode == 0, done)
    card.forget()
    for mode in (0o640, 0o604, 0o700):
        done = mohur(w, "keys", "test", "--key", uri, "--pin-source",
                     pin_file(w, mode=mode))
        one_line(w, f"mode {mode:o}", done, 5, "pin", "0600")
    link = w.folder / "link"
    link.symlink_to(w.folder / "pin")
    done = mohur(w, "keys", "test", "--key", uri, "--pin-source",
                 f"file:{link}")
    one_line(w, "link", done, 5, "pin")
    for bad in ("123456", "env:PIN", "fd:x", "fd:99", "file:"):
        done = mohur(w, "keys", "test", "--key", uri, "--pin-source", bad)
        one_line(w, "source " + bad, done, 64, "--pin-source")
    w.check("no PIN was spent", card.verifies() == 0)
    done = mohur(w, "keys", "test", "--key", uri, "--pin-source",
                 pin_file(w, "999999"))
    one_line(w, "wrong", done, 5, "pin", "wrong")
    w.check("one try", card.verifies() == 1 and card.tries == 2)
    card.set("removed")
    done = mohur(w, "keys", "list")
    one_line(w, "list, no card", done, 5, "gone")
    done = mohur(w, "keys", "test", "--key", uri)
    one_line(w, "test, no card", done, 5, "gone")
    done = mohur(w, "keys", "list", "--module", str(w.folder / "none.so"))
    one_line(w, "no module", done, 5, "configuration")
    done = mohur(w, "keys", "list", "--module", "libc.so.6")
    one_line(w, "not a module", done, 5, "configuration")


def test_sign_challenge(w):
    card = w.card()
    nonce, origin = bed.b64(bytes(range(33))), "https://court.example:8443"
    base = ["sign-challenge", "--origin", origin, "--pin-source", pin_file(w)]
    done = mohur(w, *base, "--key", "pkcs11:id=%01", nonce)
    token = json.loads(done.stdout or b"{}")
    w.check("members", list(token) == [
        "unverifiedCertificate", "algorithm", "signature", "format",
        "appVersion"] and token["format"] == "web-eid:1.0" and
        token["algorithm"] == "ES256", done)
    der = w.pki["no-nonrepudiation"].der
    value = base64.b64decode(token["signature"])
    digest = hashlib.sha256(
        hashlib.sha256(origin.encode()).digest() +
        hashlib.sha256(nonce.encode()).digest()).digest()
    w.check("certificate", base64.b64decode(
        token["unverifiedCertificate"]) == der)
    w.check("signature", bed.good_signature(
        der, "ecdsa", "sha256", digest, value))
    before = card.verifies()
    done = mohur(w, *base, "--key", "pkcs11:id=%02", nonce)
    one_line(w, "signature key", done, 5, "configuration", "signing in")
    for bad in ("http://court.example", "https://court.example/",
                "https://Court.example", "https://court.example:0",
                "https://court.example:65536", "https://a@b", "https://",
                "https://" + "a" * 248):
        done = mohur(w, "sign-challenge", "--key", "pkcs11:id=%01",
                     "--origin", bad, nonce)
        one_line(w, "origin " + bad, done, 64, "--origin")
    for bad in (bed.b64(bytes(31)), nonce[:-1] + "*", "A" * 132,
                nonce + " "):
        done = mohur(w, *base, "--key", "pkcs11:id=%01", bad)
        one_line(w, "nonce " + bad, done, 64, "nonce")
    w.check("no PIN was spent", card.verifies() == before)


def test_secrets(w):
    """The PIN is in no environment, command line or file, and is wiped."""
    pin = "73914628"
    card = w.card()
    (card.folder / "state").write_text(f"{pin} 3 12345678\n")
    cert = w.pki["citizen-rsa2048"].der
    with w.client() as c:
        c.open("pkcs11:id=%02")
        w.check("login", "in=1" in c.ask(f"login {pin}"))
        proc = pathlib.Path("/proc") / str(c.worker())
        for part in ("environ", "cmdline"):
            w.check(part, pin.encode() not in (proc / part).read_bytes())
        status = (proc / "status").read_text()
        limits = (proc / "limits").read_text()
        w.check("no core", "Max core file size        0 " in limits)
        w.check("no new privileges", "NoNewPrivs:\t1" in status)
        if not w.sanitized:
            w.check("seccomp", "Seccomp:\t2" in status, status)
        fds = sorted(int(x.name) for x in (proc / "fd").iterdir())
        w.check("descriptors", fds[:4] == [0, 1, 2, 3] and len(fds) <= 8, fds)
        # The emulated card lives in the same process and knows its PIN, so
        # only what mohur-token locked for itself is looked at.
        if not w.sanitized:
            w.check("held before use", pin.encode() in _locked(proc))
        w.check("signature", c.sign(cert) == "ok")
        if not w.sanitized:
            w.check("wiped after use", pin.encode() not in _locked(proc))
        mine = pathlib.Path("/proc") / str(c.process.pid)
        w.check("cmdline of the client", pin.encode() not in
                (mine / "cmdline").read_bytes())


def _locked(proc):
    """The bytes of all locked mappings of a process."""
    found, span = b"", None
    with open(proc / "mem", "rb", buffering=0) as memory:
        for line in (proc / "smaps").read_text().splitlines():
            words = line.split()
            if words[0].count("-") == 1 and not words[0].endswith(":"):
                span = [int(x, 16) for x in words[0].split("-")]
            elif words[0] == "Locked:" and words[1] != "0":
                memory.seek(span[0])
                found += memory.read(span[1] - span[0])
    return found


TESTS = [test_every_algorithm, test_always_authenticate,
         test_authentication_key, test_selection, test_command_line,
         test_sign_challenge, test_secrets]
