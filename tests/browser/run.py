#!/usr/bin/python3
"""The pages in Chromium, of an instance that `mohur init` makes and `mohur
serve` runs.

    run.py --build BUILD --samples SAMPLES [--shots FOLDER] [--only FILE]
        [--one-language SEED]

Every page is looked at in each of its languages, or, with --one-language, in
one that the seed chooses; what is done on the pages is the same.
Installs what package-lock.json says (never committed) into BUILD/browser.
Ends with "N passed, N failed".
"""

import argparse
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
import urllib.request

PASSWORD = "kq7-zvm2-pa4-tx9"
JOINED = "j" * 26  # a case, and its event
SCRIPTS = ("pages.js", "cases.js", "drafts.js", "clerk.js", "acts.js",
           "auditor.js", "applications.js", "admin.js", "complaints.js",
           "joining.js", "payments.js", "front.js")
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "serve"), str(HERE.parent / "gateways")]

import demo  # noqa: E402
import judge_token  # noqa: E402
import payment  # noqa: E402
from ports import free_port  # noqa: E402


def copy(name, folder):
    """Whole at once: another suite may read it just now."""
    new = folder / f"{name}.{os.getpid()}"
    shutil.copy(HERE / name, new)
    new.replace(folder / name)


def install(build, scripts=SCRIPTS):
    """The folder where the scripts run, which other suites use as well: what
    they load is there once, and not made again under their hands."""
    folder = build / "browser"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("package.json", "package-lock.json", "common.js",
                     *scripts):
            copy(name, folder)
        made = folder / "node_modules" / ".mohur"  # goes with them
        wanted = (HERE / "package-lock.json").read_text(encoding="utf-8")
        if not made.exists() or made.read_text(encoding="utf-8") != wanted:
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                            "--no-fund"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL)
            made.write_text(wanted, encoding="utf-8")
    return folder


def wait_for(url):
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url}: no answer")


def fill(portal, state):
    """Accounts, and the cases to look at; "newcomer" has none."""
    for user, role, *more in (
            ("lawyer", "lawyer", "--fin", "5TST0A1"), ("citizen", "citizen"),
            ("judge", "judge"), ("clerk", "clerk"),
            ("auditor", "auditor"),
            ("operator", "operator"), ("operator2", "operator"),
            ("president", "president"), ("newcomer", "citizen"),
            ("attorney", "lawyer", "--fin", "5TST0B7")):
        subprocess.run(
            [*portal, "account", "add", "--state", state, "--user", user,
             "--role", role, "--name", "Aygün", "--surname", "Məmmədova",
             *more], input=PASSWORD + "\n", encoding="utf-8", check=True)
    subprocess.run(
        [*portal, "demo", "--state", state, "--lawyer", "lawyer", "--citizen",
         "citizen", "--judge", "judge", "--clerk", "clerk", "--president",
         "president"], check=True)
    subprocess.run([*portal, "account", "key", "--state", state, "--user",
                    "judge", "--key", "judge-1"], check=True)
    # A case that has the lawyer's FIN, of a court that has heard it, and a
    # court that takes papers.
    subprocess.run(
        [*portal[:-1], "/usr/bin/python3", "-c", "import sqlite3, sys\n"
         "db = sqlite3.connect(sys.argv[1])\ndb.executescript(sys.argv[2])",
         state / "store.db", f"""
         INSERT INTO court_case (id, number, court, filed, type, proceeding,
           status) SELECT '{JOINED}', '2(006)-77/2026', id, 1760000000, '2',
           'claim', 3 FROM court WHERE code = '006';
         INSERT INTO party (case_id, side, name, ident) VALUES
           ('{JOINED}', 1, 'Məmmədova Aygün', '5TST0A1'),
           ('{JOINED}', 2, 'Kodlu Şəxs', '');
         INSERT INTO event (id, case_id, kind, at, data) VALUES
           ('{JOINED}', '{JOINED}', 'hearing-held', 1765000000, '');
         INSERT INTO court (code, name) VALUES
           ('056', 'Sabirabad Rayon Məhkəməsi');
         INSERT INTO court_info (court, connected, closed, types, address,
           phone, email, place) SELECT id, 0, 0, '', 'Sabirabad, Sülh 1',
           '+994 21 1', 'm@example.az', 'sabirabad' FROM court
           WHERE code = '056';
         """ + "".join(f"""
         INSERT INTO court_letter (id, court, email, lang, name, subject, text,
           state, form, created) SELECT '{letter * 26}', id, 'a@post.example',
           'az', 'Aynur', 'Sual', 'Mətn', 1, 'f', unixepoch() FROM court
           WHERE code = '103';
         INSERT INTO proof (token, purpose, account, code, until, data) VALUES
           (x'{hashlib.sha256(letter.upper().encode() * 43).hexdigest()}',
            'court-letter', 0, zeroblob(32), unixepoch() + 86400,
            '{letter * 26}');
         """ for letter in "ab")], check=True)


def mobile(instance, folder):
    """Mobile ID of invented people; a password is enough to file."""
    folder.mkdir()
    gateway, said = demo.serve(folder)
    gateway.service.slow = 1
    shutil.copy(said["trust"], instance / "trust" / "mobile.pem")
    os.chmod(instance / "trust" / "mobile.pem", 0o644)
    with open(instance / "mohur.conf", "a", encoding="utf-8") as conf:
        # Nobody takes the messages: pages have to be looked at all the same.
        conf.write('\nmail {\n  url = "smtp://127.0.0.1:9"\n'
                   '  from = "court@example.az"\n  starttls = "no"\n}\n')
        conf.write(f'\nfiling-level = 1\nmobile {{\n  url = "{said["url"]}"\n'
                   f'  uuid = "{said["uuid"]}"\n  name = "{said["name"]}"\n'
                   '}\n')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path)
    parser.add_argument("--only", choices=SCRIPTS)
    parser.add_argument("--one-language", default="", metavar="SEED")
    options = parser.parse_args()
    build = options.build.resolve()
    samples = options.samples.resolve()
    shots = options.shots.resolve() if options.shots else ""
    folder = install(build)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        instance = pathlib.Path(scratch) / "instance"
        user = ["--user", "nobody"] if os.getuid() == 0 else []
        subprocess.run([build / "mohur", "init", "--port", str(port), *user,
                        instance], check=True, stdout=subprocess.DEVNULL)
        as_user = ["setpriv", "--reuid", "nobody", "--regid", "nogroup",
                   "--clear-groups"] if user else []
        fill([*as_user, build / "mohur-portal"], instance / "state" / "portal")
        shutil.copy(samples / "pki" / "root.pem", instance / "trust")
        os.chmod(instance / "trust" / "root.pem", 0o644)
        mobile(instance, pathlib.Path(scratch) / "mobile")
        payment.tell(types.SimpleNamespace(
            scratch=pathlib.Path(scratch), where=instance), payment.Gateway(),
            "amount-first")
        pin = judge_token.make(
            instance, pathlib.Path(scratch) / "mobile" / "pki", "citizen2")
        with open(build / "logs-serve.txt", "w") as log:
            serve = subprocess.Popen(
                [build / "mohur", "serve", "--config",
                 instance / "mohur.conf"], stderr=log,
                start_new_session=True)
        try:
            wait_for(url + "/verify")
            done = [subprocess.run(
                ["node", script, url, samples / "adoc-lta.adoc", shots,
                 "lawyer", PASSWORD],
                cwd=folder, timeout=900, check=False,
                env=dict(os.environ, MOHUR_PIN=pin,
                         MOHUR_LANGUAGES=options.one_language),
                stdout=subprocess.PIPE, encoding="utf-8")
                for script in ([options.only] if options.only else SCRIPTS)]
        finally:
            # As Ctrl-C of a terminal: to every process of the group.
            os.killpg(serve.pid, signal.SIGINT)
            ended = serve.wait(timeout=30)
        audit = subprocess.run(
            [build / "mohur", "audit", "verify",
             instance / "state" / "keyd" / "log"], check=False,
            stdout=subprocess.PIPE, encoding="utf-8")
    fallen = [line for line in (build / "logs-serve.txt").read_text()
              .splitlines() if " ev=end.fail " in line]
    passed = failed = 0
    for script in done:
        lines = script.stdout.splitlines()
        print("\n".join(lines[:-1]))
        counts = re.findall(r"\d+", lines[-1])
        passed += int(counts[0])
        failed += int(counts[1]) + (script.returncode != 0
                                    and counts[1] == "0")
    for name, good in (("no process fell", not fallen),
                       ("Ctrl-C ends the service in order", ended == 0),
                       ("its log verifies", audit.returncode == 0)):
        passed += good
        failed += not good
        if not good:
            print(f"FAIL {name}: {ended} {audit.stdout} {fallen}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
