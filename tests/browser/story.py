#!/usr/bin/python3
"""The whole story in Chromium, from a citizen who registers to the appeal of
the other side, on an instance of its own that `mohur init` makes and `mohur
serve` runs: with a mail server, mobile ID, the bank's gateway, a time-stamping
authority and two judges with keys.

    story.py --build BUILD --samples SAMPLES [--shots FOLDER]

Ends with "N passed, N failed".
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "serve"),
                str(HERE.parent / "gateways")]

import run  # noqa: E402 (first: another folder has one as well)
import asan  # noqa: E402
import filing  # noqa: E402
import judge_token  # noqa: E402
import notify  # noqa: E402
import payment  # noqa: E402

PIN = "73194628"
SLOW = 6  # seconds until a person has entered the PIN
JUDGES = (("judge1", "Birinci", "judge-1", "clerk"),
          ("judge2", "İkinci", "judge-2", "citizen2"))


class StoryBed(notify.NotifyBed):
    """A court of the first instance with two judges, and the one above."""

    def make_case(self):
        """There is none: the story makes it."""
        self.sql("""
        INSERT INTO court VALUES
          (1, '006', 'Bakı Şəhəri Nəsimi Rayon Məhkəməsi');
        INSERT INTO court VALUES (2, '103', 'Bakı Apellyasiya Məhkəməsi');
        INSERT INTO official SELECT id, 1 FROM account
          WHERE username = 'clerk';
        INSERT INTO official SELECT id, 2 FROM account
          WHERE username = 'elsewhere';""")

    def judges(self, judges=JUDGES):
        """They sign with keys of their own."""
        for user, name, key, entity in judges:
            self.portal("account", "add", "--state", self.state, "--user",
                        user, "--role", "judge", "--name", name, "--surname",
                        "Hakimli", input=filing.PASSWORD + "\n")
            judge_token.make(self.where, self.scratch / "tsa", entity, key,
                             PIN)
            self.portal("account", "key", "--state", self.state, "--user",
                        user, "--key", key)
            self.sql("INSERT INTO official SELECT id, 1 FROM account WHERE"
                     f" username = '{user}'")


class Mails(http.server.BaseHTTPRequestHandler):
    """What the mail server took for an address: GET /?to=ADDRESS."""

    def do_GET(self):  # pylint: disable=C0103
        to = urllib.parse.parse_qs(
            urllib.parse.urlsplit(self.path).query).get("to", [""])[0]
        body = json.dumps([
            {"subject": str(m["Subject"]), "text": notify.text_of(m)}
            for m in self.server.mail.mails()
            if notify.who(m, "To") == to]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def letters(mail):
    """Serves them; the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mails)
    server.mail = mail
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d/" % server.server_address[1]


def walk(bed, folder, script, shots, **more):
    """The script's own checks, counted with ours."""
    done = subprocess.run(
        ["node", script, f"http://127.0.0.1:{bed.port}", shots],
        cwd=folder, timeout=1500, check=False, encoding="utf-8",
        stdout=subprocess.PIPE, env=dict(
            os.environ, MOHUR_PIN=PIN, MOHUR_PASSWORD=filing.PASSWORD,
            MOHUR_PROGRAM=str(bed.build / "mohur"),
            MOHUR_TRUST=str(bed.where / "trust"), **more))
    lines = done.stdout.splitlines() or [""]
    counts = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1])
    print("\n".join(lines[:-1]))
    bed.check("the script came to its end", counts is not None and (
        done.returncode == 0 or counts[2] != "0"), lines[-1])
    if counts:
        bed.passed += int(counts[1])
        bed.failed += int(counts[2])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    shots = options.shots.resolve() if options.shots else ""
    folder = run.install(options.build.resolve(), ("story.js", "walk.js"))
    with tempfile.TemporaryDirectory(prefix="mohur-story-") as scratch:
        os.chmod(scratch, 0o755)
        bed = StoryBed(options, scratch)
        bed.judges()
        mail = notify.MailServer(pathlib.Path(scratch) / "smtpd")
        bed.configure(mail)
        mail.start()
        shutil.copy(bed.scratch / "tsa" / "citizen-ca.pem",
                    bed.where / "trust")
        os.chmod(bed.where / "trust" / "citizen-ca.pem", 0o644)
        # Long enough that the page with the code is looked at.
        asan.gateway(bed, bed.tsa.responders.pki).service.slow = SLOW
        gateway = payment.Gateway()
        payment.tell(bed, gateway)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            walk(bed, folder, "story.js", shots, MOHUR_MAILS=letters(mail))
            bed.check("the bank was asked nothing wrong", not gateway.bad,
                      gateway.bad)
            bed.check("each payment was taken once", sorted(
                o["amount"] for o in gateway.orders.values()
                if o["end"] == "approved") == ["35.00", "70.00"],
                gateway.orders)
            bed.check("the ledger balances", bed.ask_sql(
                "SELECT sum(amount) FROM ledger_entry") == 0 and bed.ask_sql(
                "SELECT count(*) FROM ledger_entry") > 0)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-story.txt")
            mail.stop()
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
