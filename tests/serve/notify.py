#!/usr/bin/python3
"""E-mail and SMS of an instance that `mohur init` makes and `mohur serve`
runs: a real mail server (Exim, STARTTLS and a password), one that gives
odd answers (aiosmtpd), real Kannel; forgotten passwords, registration, and
that no message is lost while parts are down.

    notify.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import email
import email.policy
import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from aiosmtpd.controller import Controller

from filing import Bed, Browser, base32, PASSWORD
from ports import free_port

USER, GROUP = (("nobody", "nogroup") if os.getuid() == 0 else
               (pwd.getpwuid(os.getuid()).pw_name,
                grp.getgrgid(os.getgid()).gr_name))
NEW = "wq8-hbn3-rk5-uy1"
SECRET = ("mohur", "s3cret-of-smtp")
KANNEL = ("tester", "s3cret-of-sms")


def certificate(folder):
    """An authority of one server, localhost."""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, capture_output=True,
                       cwd=folder)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            "ca.key", "-out", "ca.pem", "-days", "3", "-subj", "/CN=test CA",
            "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=localhost")
    (folder / "ext").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "tls.csr", "-CA", "ca.pem", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext",
            "-out", "tls.pem")
    os.chmod(folder / "tls.key", 0o600)
    os.chmod(folder / "ca.pem", 0o644)


class MailServer:
    """Exim, without privileges; what it takes stands in a Maildir."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        os.chmod(folder, 0o755)
        self.box = folder / "box"
        for path in (self.box, folder / "spool"):
            path.mkdir()
        self.port = free_port()
        certificate(folder)
        self.conf = folder / "exim.conf"
        self.conf.write_text(f"""
primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {self.port}
deliver_drop_privilege
exim_user = {USER}
exim_group = {GROUP}
never_users =
tls_advertise_hosts = *
tls_certificate = {folder}/tls.pem
tls_privatekey = {folder}/tls.key
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept authenticated = *
  deny
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  maildir_format
  directory = {self.box}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{SECRET[0]}}}}}\
    {{eq{{$auth3}}{{{SECRET[1]}}}}}}}}}
  server_set_id = $auth2
""")
        if os.getuid() == 0:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, USER, GROUP)
        self.process = None

    def start(self):
        more = ({"user": USER, "group": GROUP, "extra_groups": []}
                if os.getuid() == 0 else {})
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/exim4", "-C", self.conf, "-bdf"],
                stdout=log, stderr=log, start_new_session=True, **more)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit((self.folder / "log").read_text())

    def stop(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
            self.process = None

    def mails(self):
        return [email.message_from_bytes(p.read_bytes(),
                                         policy=email.policy.default)
                for p in sorted((self.box / "new").glob("*"),
                                key=lambda p: p.stat().st_mtime_ns)] \
            if (self.box / "new").is_dir() else []


class Kannel:
    """bearerbox, smsbox and a centre that takes what it is sent."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        os.chmod(folder, 0o755)
        admin, box, centre = free_port(), free_port(), free_port()
        self.port, self.centre, self.processes = free_port(), centre, []
        (folder / "kannel.conf").write_text(f"""
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = none
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = *.*.*.*

group = smsc
smsc = fake
port = {centre}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {self.port}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = {KANNEL[0]}
password = {KANNEL[1]}
max-messages = 3
concatenation = 1

group = sms-service
keyword = default
text = none
max-messages = 0
""")

    def run(self, name, *argv):
        with open(self.folder / name, "ab") as log:
            self.processes.append(subprocess.Popen(
                argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.folder))

    def start(self):
        conf = str(self.folder / "kannel.conf")
        self.run("bearerbox.log", "bearerbox", conf)
        wait_for(self.centre)
        self.run("centre.log", "/usr/lib/kannel/test/fakesmsc", "-H",
                 "127.0.0.1", "-r", str(self.centre), "-m", "0", "-v", "0",
                 "1 2 text x")
        self.run("smsbox.log", "smsbox", conf)
        wait_for(self.port)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.processes = []

    def text(self):
        return (self.folder / "centre.log").read_text(errors="replace")


def wait_for(port):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing listens at {port}")


class Odd:
    """A mail server that answers as it is told."""

    def __init__(self):
        self.answer, self.slow, self.taken = "250 OK", 0, []

    async def handle_DATA(self, _server, _session, envelope):
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        return self.answer


class NotifyBed(Bed):
    def configure(self, mail, sms=None):
        secret = self.where / "smtp.secret"
        secret.write_text("\n".join(SECRET) + "\n")
        os.chmod(secret, 0o600)
        path = self.where / "mohur.conf"
        text = f'ca-file = "{mail.folder}/ca.pem"\n' + path.read_text()
        text += (f'\nmail {{\n    url = "smtp://localhost:{mail.port}"\n'
                 '    from = "court@court.example"\n'
                 '    operator = "operator@court.example"\n'
                 f'    secret = "file:{secret}"\n}}\n')
        if sms is not None:
            secret = self.where / "sms.secret"
            secret.write_text("\n".join(KANNEL) + "\n")
            os.chmod(secret, 0o600)
            text += (f'sms {{\n    url = "http://127.0.0.1:{sms.port}'
                     '/cgi-bin/sendsms"\n    sender = "MEHKEME"\n'
                     f'    secret = "file:{secret}"\n}}\n')
        path.write_text(text)

    def until(self, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return True
            time.sleep(0.2)
        return False

    def now(self):
        """What waits for its next try is due."""
        self.sql("UPDATE delivery SET next_at = 0 WHERE state = 1")

    def state_of(self, kind):
        return self.ask_sql("SELECT max(state) FROM delivery WHERE kind ="
                            f" '{kind}'")

    def metric(self, name):
        with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port + 1}/metrics", timeout=5) as r:
            text = r.read().decode()
        found = re.search(rf"^mohur_portal_{name} (\d+)$", text, re.M)
        return int(found.group(1)) if found else -1


def who(mail, field):
    return str(mail[field]).strip("<>")


def text_of(mail):
    return mail.get_content().replace("\r\n", "\n")


def register(bed, **fields):
    form = {"fin": "6ABC0D1", "surname": "Quliyev", "name": "Əli",
            "patronymic": "Vəli", "email": "ali@people.example",
            "phone": "+994501234567", "role": "citizen", "username": "ali",
            "password": NEW, "consent": "1", **fields}
    browser = Browser(bed.port)
    return browser, browser.post("/register", **form)


def test_registration(bed, mail):
    browser, answer = register(bed, fin="x", consent="")
    bed.check("register: what is wrong is said", answer.status == 422
              and 'href="#fin"' in answer.text
              and 'href="#consent"' in answer.text, answer.status)
    browser, answer = register(bed)
    bed.check("register: a code is asked for", answer.status == 303
              and answer.headers["location"] == "/register/code",
              answer.text[-500:])
    bed.check("the code comes by e-mail over TLS",
              bed.until(lambda: mail.mails()), bed.log()[-800:])
    one = mail.mails()[-1]
    bed.check("its header", who(one, "From") == "court@court.example"
              and who(one, "To") == "ali@people.example"
              and one["Auto-Submitted"] == "auto-generated"
              and one["Subject"] == "Təsdiq kodu", one.as_string()[:800])
    code = re.search(r"\b(\d{6})\b", text_of(one)).group(1)
    bed.check("no code stays in the outbox", bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM delivery WHERE args <> ''") == 0))
    other = "%06d" % ((int(code) + 1) % 1000000)
    answer = browser.post("/register/code", code=other)
    bed.check("another code is wrong", answer.status == 422, answer.status)
    answer = Browser(bed.port).post("/register/code", code=code)
    bed.check("the code without its cookie is none", answer.status == 422)
    answer = browser.post("/register/code", code=code)
    bed.check("the code makes the account", answer.status == 303
              and answer.headers["location"] == "/cabinet", answer.status)
    answer = browser.post("/register/code", code=code)
    bed.check("once", answer.status == 422, answer.status)
    page = browser.get("/cabinet")
    bed.check("it waits", "təsdiq gözləyir" in page.text)
    for path in ("/cases", f"/cases/{bed.case}", "/hearings",
                 "/notifications", f"/cases/{bed.case}/documents/new"):
        answer = browser.get(path)
        bed.check(f"it has no {path[:6]}", answer.status == 303
                  and answer.headers["location"] == "/cabinet", answer.status)
    count = len(mail.mails())
    page = browser.get("/register/code").text
    for what, fields in (("FIN", {"username": "ali2"}),
                         ("user name", {"fin": "6ABC0D2"})):
        again, answer = register(bed, email="thief@people.example", **fields)
        bed.check(f"a known {what} is told to nobody", answer.status == 303
                  and answer.headers["location"] == "/register/code")
        bed.check(f"a known {what}: its owner hears of it", bed.until(
            lambda: len(mail.mails()) > count)
            and who(mail.mails()[-1], "To") == "ali@people.example")
        count = len(mail.mails())
        for n in range(6):
            answer = again.post("/register/code", code="%06d" % n)
        bed.check(f"a known {what}: no code fits", answer.status == 422)
    bed.check("there is one account", bed.ask_sql(
        "SELECT count(*) FROM account WHERE username LIKE 'ali%'") == 1)
    bed.portal("account", "confirm", "--state", bed.state, "--user", "ali")
    bed.check("a clerk's word opens it", browser.get("/cases").status == 200)


def test_forgotten(bed, mail):
    signed = Browser(bed.port)
    signed.post("/login", username="ali", password=NEW)
    bed.check("signed in", signed.get("/cabinet").status == 200)
    browser = Browser(bed.port)
    count, pages = len(mail.mails()), []
    for name, address in (("nobody", "ali@people.example"),
                          ("ali", "other@people.example"),
                          ("6ABC0D1", "ali@people.example"),
                          ("ali", "ali@people.example")):
        answer = browser.post("/password/forgot", username=name,
                              email=address)
        pages.append((answer.status, re.sub('value="[^"]*"', "",
                                            answer.text)))
    bed.check("the same page for everybody", len(set(pages)) == 1
              and pages[0][0] == 200, [p[0] for p in pages])
    bed.check("two links came", bed.until(
        lambda: len(mail.mails()) == count + 2), len(mail.mails()))
    first, last = (re.search(r"/password/reset/([\w-]{43})",
                             text_of(m)).group(1)
                   for m in mail.mails()[-2:])
    bed.check("tokens are kept as their hash", bed.ask_sql(
        "SELECT count(*) FROM proof WHERE CAST(token AS TEXT) LIKE"
        f" '%{first}%' OR data LIKE '%{first}%'") == 0)
    answer = browser.get("/password/reset/" + first)
    bed.check("the link's page", answer.status == 200 and first in answer.text
              and answer.headers.get("referrer-policy") == "strict-origin",
              answer.headers)
    answer = browser.get("/password/reset/" + "A" * 43)
    bed.check("another link is none", answer.status == 404)
    answer = browser.post("/password/reset", token=first, new="short")
    bed.check("a weak password is refused", answer.status == 422)
    answer = browser.post("/password/reset", token=first, new=PASSWORD)
    bed.check("and the link still good", answer.status == 200, answer.status)
    answer = browser.post("/password/reset", token=first, new=PASSWORD)
    bed.check("once", answer.status == 404, answer.status)
    bed.check("all sessions ended",
              signed.get("/cabinet").headers.get("location") == "/login")
    answer = browser.post("/login", username="ali", password=NEW)
    bed.check("the old password is none", answer.status == 422)
    answer = browser.post("/login", username="ali", password=PASSWORD)
    bed.check("the new one is", answer.status == 303)
    bed.check("a message says so", bed.until(lambda: any(
        m["Subject"] == "Şifrəniz dəyişdirildi" for m in mail.mails())))
    bed.sql("UPDATE proof SET until = 1")
    answer = browser.get("/password/reset/" + last)
    bed.check("a link ends", answer.status == 404, answer.status)
    return browser


def test_cabinet(bed, mail, browser):
    answer = browser.post("/cabinet/contact", email="new@people.example",
                          phone="+994501112233")
    bed.check("a new address is to be confirmed", answer.status == 303
              and answer.headers["location"] == "/cabinet/code")
    bed.check("until then the old one counts",
              'value="ali@people.example"' in browser.get("/cabinet").text)
    bed.check("the code goes to the new one", bed.until(
        lambda: who(mail.mails()[-1], "To") == "new@people.example"))
    code = re.search(r"\b(\d{6})\b", text_of(mail.mails()[-1])).group(1)
    answer = browser.post("/cabinet/code", code=code)
    bed.check("it is confirmed", answer.status == 303
              and 'value="new@people.example"' in browser.get("/cabinet").text)
    bed.check("the old address hears of it", bed.until(
        lambda: who(mail.mails()[-1], "To") == "ali@people.example"))
    answer = browser.post("/cabinet/letter", letter="Salam,\r\n.\r\nkömək!")
    bed.check("a letter to the operator", answer.status == 303 and bed.until(
        lambda: who(mail.mails()[-1], "To") == "operator@court.example"))
    bed.check("as it was written",
              text_of(mail.mails()[-1]).endswith("\nSalam,\n.\nkömək!\n"),
              repr(text_of(mail.mails()[-1])))
    answer = browser.post("/cabinet/letter", letter="x" * 2001)
    bed.check("not a long one", answer.status == 422, answer.status)
    browser.post("/cabinet/notify", by_email="1", by_sms="1")
    page = browser.get("/cabinet").text
    bed.check("what is wanted stays", page.count("checked") == 2, page)


def event(bed, browser):
    """Something happens in the case of ali; the id of its notification."""
    return browser.upload(
        f"/cases/{bed.case}/documents/new",
        {"form": base32(), "kind": "motion", "title": "Gizli vəsatət",
         "note": ""}, "a.adoc", (bed.samples / "adoc-lta.adoc").read_bytes())


def test_notices(bed, mail):
    bed.sql(f"""INSERT INTO participant (case_id, account, role)
                SELECT '{bed.case}', id, 4 FROM account
                WHERE username = 'ali'""")
    lawyer = Browser(bed.port)
    lawyer.sign_in("lawyer")
    count = len(mail.mails())
    answer = event(bed, lawyer)
    bed.check("a document is filed", answer.status == 303, answer.status)
    bed.check("the other side gets an e-mail", bed.until(
        lambda: len(mail.mails()) > count), bed.log()[-500:])
    one = mail.mails()[-1]
    bed.check("with the number and a link", who(one, "To") == "new@people.example"
              and "2-2(103)-660/2021" in text_of(one)
              and re.search(r"http://\S+/notifications/[a-z2-7]{26}\n",
                            text_of(one)), text_of(one))
    bed.check("and nothing of it", "Gizli" not in one.as_string()
              and "Quliyev" not in text_of(one))
    # The server is down: later.
    mail.stop()
    count = len(mail.mails())
    event(bed, lawyer)
    bed.check("the server is down: it waits", bed.until(
        lambda: bed.ask_sql("SELECT count(*) FROM delivery WHERE state = 1"
                            " AND tries = 1 AND channel = 1") == 1))
    bed.check("metrics say so", bed.until(
        lambda: bed.metric("deliveries_queued") >= 1))
    # The portal falls between the queue and the sending.
    bed.kill("portal")
    bed.check("the portal is back", bed.until(
        lambda: bed.log().count("ev=ready of=portal") >= 2))
    mail.start()
    bed.now()
    bed.check("the server is back: it comes, once", bed.until(
        lambda: len(mail.mails()) == count + 1), bed.log()[-800:])
    # It falls while one is sent: at most twice, and the log says so.
    os.killpg(mail.process.pid, signal.SIGSTOP)
    for pid in children(mail.process.pid):
        os.kill(pid, signal.SIGSTOP)
    event(bed, lawyer)
    bed.check("one is under way", bed.until(
        lambda: bed.ask_sql("SELECT count(*) FROM delivery WHERE state = 2"
                            " AND channel = 1") == 1))
    bed.kill("portal")
    for pid in children(mail.process.pid):
        os.kill(pid, signal.SIGCONT)
    os.killpg(mail.process.pid, signal.SIGCONT)
    bed.check("it is sent again, and said", bed.until(
        lambda: "ev=deliver.again" in bed.log()
        and len(mail.mails()) >= count + 2), bed.log()[-800:])
    time.sleep(0.5)
    ids = [m["Message-ID"] for m in mail.mails()[count + 1:]]
    bed.check("at most twice, as one message", len(ids) in (1, 2)
              and len(set(ids)) == 1, ids)
    bed.check("nobody is called by name in the log",
              "people.example" not in bed.log() and SECRET[1] not in bed.log())


def children(pid):
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)],
                          capture_output=True, text=True, check=False)
    return [int(p) for p in done.stdout.split()]


def test_draft(bed, mail, browser):
    """A draft that ends in 30 days, and in 7: told once each, by e-mail."""
    a = browser.post("/applications/new", form=base32())
    found = re.search("/applications/([a-z2-7]{26})/", a.headers.get(
        "location", ""))
    bed.check("a draft", a.status == 303 and found, a.status)
    at = found[1] if found else base32()

    def told():
        return [m for m in mail.mails() if f"/applications/{at}"
                in text_of(m)]

    for left, want in ((31, 0), (29.9, 1), (8, 1), (6.9, 2), (1, 2)):
        until = int(time.time() + left * 86400)
        bed.sql(f"UPDATE application SET until = {until} WHERE id = '{at}'")
        for _ in range(2):
            bed.portal("sweep", "--state", bed.state)
        day = time.strftime("%d.%m.%Y", time.gmtime(until + 14399))
        bed.check(f"{left} days left: told {want} times", bed.ask_sql(
            "SELECT count(*) FROM delivery WHERE kind = 'draft-ends'"
        ) == want and (not want or bed.until(lambda w=want: len(told()) == w)),
            len(told()))
        if left in (29.9, 6.9):
            one = told()[-1]
            bed.check(f"{left} days left: its last day", day in text_of(one)
                      and one["Subject"] == "Qaralamanız tezliklə silinəcək",
                      text_of(one))
    bed.sql(f"UPDATE application SET until = 1 WHERE id = '{at}'")
    bed.portal("sweep", "--state", bed.state)
    bed.check("and then it is gone", browser.get(
        f"/applications/{at}").status == 404)


def test_sms(bed, kannel):
    """ali wants an SMS as well: Kannel has it, and reports."""
    lawyer = Browser(bed.port)
    lawyer.sign_in("lawyer")
    mark = len(kannel.text())
    event(bed, lawyer)
    bed.check("Kannel takes an SMS", bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM delivery WHERE channel = 2 AND state IN (3, 4)")
        >= 1), bed.log()[-600:])
    bed.check("the centre has it", bed.until(
        lambda: "994501112233" in kannel.text()[mark:]),
        kannel.text()[-800:])
    said = urllib.parse.unquote_plus(kannel.text()[mark:],
                                     encoding="utf-16-be", errors="replace")
    bed.check("without names and numbers of cases", "Quliyev" not in said
              and "660/2021" not in said and "Gizli" not in said)
    bed.check("no password in the log", KANNEL[1] not in bed.log())
    anybody = Browser(bed.port)
    asked = re.findall(r"path=/sms/report status=(\d+)", bed.log())
    bed.check("Kannel reports", bed.until(lambda: re.search(
        r"path=/sms/report status=204", bed.log())), asked)
    # Its centre says no more than that it took it.
    url = urllib.parse.unquote(re.findall(
        r"(id=[0-9a-f]{32}&token=[a-z2-7]{26}&status=)8", urllib.parse.unquote(
            (kannel.folder / "smsbox.log").read_text(errors="replace")))[-1])
    bed.check("it arrived", anybody.get("/sms/report?" + url + "1").status
              == 204 and bed.ask_sql("SELECT count(*) FROM delivery WHERE"
                                     " channel = 2 AND state = 4") == 1)
    bed.check("which is said once",
              anybody.get("/sms/report?" + url + "2").status == 404)
    one = "0" * 32
    for what in ("", f"?id={one}&token={'a' * 26}&status=1",
                 f"?id={one}&status=1", "?id=x&token=y&status=1"):
        answer = anybody.get("/sms/report" + what)
        bed.check(f"report {what[:20]!r}: nothing is told",
                  answer.status == 404, answer.status)


def test_fan_out(bed):
    """10,000 recipients are queued in one transaction, within 10 s."""
    bed.sql(f"""
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 10000)
    INSERT INTO account (username, hash, surname, name, patronymic, email,
      phone, role, state, created, email_proven)
      SELECT 'many' || i, '', 'S', 'N', '', 'm' || i || '@many.invalid', '',
      1, 1, 1, 1 FROM n;
    INSERT INTO participant (case_id, account, role) SELECT '{bed.case}', id,
      4 FROM account WHERE username LIKE 'many%';""")
    lawyer = Browser(bed.port)
    lawyer.sign_in("lawyer")
    before = bed.ask_sql("SELECT count(*) FROM delivery")
    start = time.monotonic()
    answer = event(bed, lawyer)
    bed.until(lambda: bed.ask_sql("SELECT count(*) FROM delivery")
              >= before + 10000, 30)
    took = time.monotonic() - start
    bed.check("10,000 recipients are queued", answer.status == 303 and
              bed.ask_sql("SELECT count(*) FROM delivery") >= before + 10000)
    bed.check("within 10 seconds", took < 10, took)
    print(f"fan-out of 10,000: {took:.2f} s of 10 s", flush=True)
    bed.sql("DELETE FROM delivery WHERE address = '' AND account IN (SELECT"
            " id FROM account WHERE username LIKE 'many%')")


def test_odd(bed):
    """Answers of a server that is not well; no TLS, so no password."""
    odd = Odd()
    server = Controller(odd, hostname="127.0.0.1", port=free_port())
    server.start()
    conf = bed.where / "mohur.conf"
    text = conf.read_text()
    text = re.sub(r'url = "smtp://[^"]*"',
                  f'url = "smtp://127.0.0.1:{server.port}"', text)
    conf.write_text(text)
    bed.check("starts again", bed.start())
    browser = Browser(bed.port)
    browser.sign_in("ali")

    def letter():
        browser.post("/cabinet/letter", letter="x")

    def last(column):
        return bed.ask_sql(f"SELECT {column} FROM delivery WHERE kind ="
                           " 'letter' ORDER BY created DESC, rowid DESC")

    letter()
    bed.check("no STARTTLS: nothing is said in clear", bed.until(
        lambda: last("state") == 1 and last("tries") == 1)
        and not odd.taken and "no TLS" in bed.log(), bed.log()[-600:])
    bed.stop()
    conf.write_text(re.sub(r'    secret = "file:[^"]*smtp.secret"\n',
                           '    starttls = "no"\n', text))
    bed.check("starts once more", bed.start())
    bed.now()
    bed.check("in clear where that is wanted", bed.until(
        lambda: last("state") == 3 and odd.taken), bed.log()[-600:])
    odd.answer = "550 5.1.1 nobody of that name"
    letter()
    bed.check("550 is for good", bed.until(lambda: last("state") == 5))
    odd.answer = "451 4.7.1 later"
    letter()
    bed.check("451 is for later", bed.until(
        lambda: last("state") == 1 and last("tries") == 1))
    bed.sql("UPDATE delivery SET tries = 7, next_at = 0 WHERE state = 1")
    bed.check("and dead after a day", bed.until(
        lambda: last("state") == 6))
    bed.check("metrics say so", bed.until(
        lambda: bed.metric("deliveries_dead") == 1))
    bed.stop()
    server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mohur-notify-") as scratch:
        os.chmod(scratch, 0o755)
        bed = NotifyBed(options, scratch)
        mail = MailServer(pathlib.Path(scratch) / "smtpd")
        kannel = Kannel(pathlib.Path(scratch) / "kannel")
        bed.configure(mail, kannel)
        mail.start()
        kannel.start()
        try:
            bed.check("it starts", bed.start())
            test_registration(bed, mail)
            browser = test_forgotten(bed, mail)
            test_cabinet(bed, mail, browser)
            test_draft(bed, mail, browser)
            test_notices(bed, mail)
            test_sms(bed, kannel)
            test_fan_out(bed)
            bed.stop()
            test_odd(bed)
        finally:
            mail.stop()
            kannel.stop()
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.terminate()
                bed.serve.wait(20)
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
