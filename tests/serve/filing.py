#!/usr/bin/python3
"""Filing documents in a case, on an instance that `mohur init` makes and
`mohur serve` runs: what each verdict does to a filing, receipts that `mohur
verify` checks, and that no filing is lost while parts are down.

    filing.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import datetime as dt
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pki"))

import desk  # noqa: E402
import server  # noqa: E402
from pki import Pki  # noqa: E402
from ports import free_port  # noqa: E402

PASSWORD = "kq7-zvm2-pa4-tx9"
FIN = "5TST0A1"  # of who signed the samples


def base32(size=26):
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567")
                   for _ in range(size))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        self.cookies = [v for k, v in response.getheaders()
                        if k.lower() == "set-cookie"]
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


class Browser:
    """Cookies and the token of forms, as a browser keeps them."""

    def __init__(self, port):
        self.port, self.cookies = port, {}
        self.get("/verify")

    def ask(self, method, path, headers=None, body=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=timeout)
        try:
            jar = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            connection.request(method, path, body, {
                **(headers or {}), **({"Cookie": jar} if jar else {})})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for line in answer.cookies:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return answer

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, **fields):
        fields.setdefault("csrf", self.cookies.get("__Host-form", ""))
        return self.ask("POST", path, {
            "Content-Type": "application/x-www-form-urlencoded"},
            urllib.parse.urlencode(fields))

    def upload(self, path, fields, name=None, data=b""):
        boundary = "b" + base32()
        fields = {"csrf": self.cookies.get("__Host-form", ""), **fields}
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; '
                 f'name="{k}"\r\n\r\n{v}\r\n'.encode()
                 for k, v in fields.items()]
        if name is not None:
            parts.append(
                f'--{boundary}\r\nContent-Disposition: form-data; name="file";'
                f' filename="{name}"\r\n\r\n'.encode() + data + b"\r\n")
        return self.ask("POST", path, {
            "Content-Type": f"multipart/form-data; boundary={boundary}"},
            b"".join(parts) + f"--{boundary}--\r\n".encode())

    def sign_in(self, user):
        return self.post("/login", username=user, password=PASSWORD)


class Bed:
    def __init__(self, options, scratch):
        self.build = options.build.resolve()
        self.samples = options.samples.resolve()
        self.passed = self.failed = 0
        self.where = pathlib.Path(scratch) / "instance"
        self.scratch = pathlib.Path(scratch)
        self.port = free_port()
        user = ["--user", "nobody"] if os.getuid() == 0 else []
        self.as_user = (["setpriv", "--reuid", "nobody", "--regid", "nogroup",
                         "--clear-groups"] if user else [])
        subprocess.run([self.build / "mohur", "init", "--port",
                        str(self.port), *user, self.where], check=True,
                       stdout=subprocess.DEVNULL)
        self.tokens = {p: p.read_bytes() for p in (
            self.where / "tokens").rglob("token.object")}
        self.emptied = set()  # of them, when they were last looked at
        shutil.copy(self.samples / "pki" / "root.pem", self.where / "trust")
        os.chmod(self.where / "trust" / "root.pem", 0o644)
        self.state = self.where / "state" / "portal"
        self.on_server()
        self.authority()
        for name, role, fin in (("lawyer", "lawyer", FIN),
                                ("nofin", "lawyer", ""),
                                ("other", "lawyer", "5TST0C1"),
                                ("citizen", "citizen", "5TST0A2"),
                                ("witness", "participant", "5TST0A3"),
                                ("auditor", "auditor", ""),
                                ("clerk", "clerk", ""),
                                ("elsewhere", "clerk", "")):
            self.portal("account", "add", "--state", self.state, "--user",
                        name, "--role", role, "--name", "Aygün", "--surname",
                        "Məmmədova", *(["--fin", fin] if fin else []),
                        input=PASSWORD + "\n")
        self.case = base32()
        self.make_case()
        self.log_path = self.scratch / "serve.log"
        self.log_path.touch()
        self.serve = None
        self.twice = []  # received first, accepted later
        self.by_clerk = []  # received first, accepted by the clerk
        self.documents = {}  # of acknowledged filings, by their id

    def make_case(self):
        """A case with who takes part in it, as the court's own programs
        bring it."""
        sql = """
        INSERT INTO court VALUES (1, '103', 'Bakı Apellyasiya Məhkəməsi');
        INSERT INTO court VALUES (2, '104', 'Gəncə Apellyasiya Məhkəməsi');
        INSERT INTO official SELECT id, 1 FROM account
          WHERE username = 'clerk';
        INSERT INTO official SELECT id, 2 FROM account
          WHERE username = 'elsewhere';
        INSERT INTO court_case (id, number, court, filed, type, proceeding,
          status) VALUES ('%s', '2-2(103)-660/2021', 1, 1626300000, '2-2',
          'claim', 3);
        INSERT INTO participant (case_id, account, role)
          SELECT '%s', id, 4 FROM account WHERE username IN
          ('lawyer', 'nofin', 'other');
        INSERT INTO participant (case_id, account, role)
          SELECT '%s', id, 6 FROM account WHERE username = 'witness';
        """ % (self.case, self.case, self.case)
        self.sql(sql)

    def on_server(self):
        """On a PostgreSQL, where the environment names one
        (tests/portal/where.h): in a database of its own."""
        self.server = os.environ.get("MOHUR_TEST_STORE")
        if self.server is None:
            return
        self.database = "serve-" + base32(12)
        subprocess.run(["psql", "-X", "-q", "-d",
                        f"{self.server} dbname=postgres", "-c",
                        f'CREATE DATABASE "{self.database}"'], check=True)
        self.tell_store()

    def tell_store(self):
        """The instance and its programs are told where that is."""
        info = f"{self.server} dbname={self.database}"
        with open(self.where / "mohur.conf", "a") as conf:
            conf.write(f'\nstore = "postgresql:{info}"\n')
        subprocess.run([*self.as_user, "tee", self.state / "postgresql"],
                       input=info, text=True, check=True,
                       stdout=subprocess.DEVNULL)

    def psql(self, text, *options):
        """On the server, in words of both engines or of its own; what it
        prints."""
        text = subprocess.run(
            [self.build / "dialect_print"], input=text, text=True, check=True,
            capture_output=True).stdout
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
             f"{self.server} dbname={self.database}", *options], input=text,
            text=True, check=True, capture_output=True).stdout.strip()

    def sqlite(self, text, what):
        """Runs it as the portal's user, with db and the text sys.argv[2]."""
        return subprocess.run(
            [*self.as_user, "/usr/bin/python3", "-c", "import sqlite3, sys\n"
             "db = sqlite3.connect(sys.argv[1], 30)\n" + what,
             self.state / "store.db", text], check=True, encoding="utf-8",
            capture_output=True).stdout.strip()

    def sql(self, text):
        """Statements, in words that the store's own have."""
        if self.server is not None:
            self.psql(text)
            return
        self.sqlite(text, "db.executescript(sys.argv[2])\ndb.commit()")

    def past_trigger(self, table, trigger, text):
        """Statements that a trigger of the table stands against."""
        if self.server is not None:
            self.psql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}; {text};"
                      f" ALTER TABLE {table} ENABLE TRIGGER {trigger};")
            return
        made = self.ask_text("SELECT sql FROM sqlite_master WHERE name ="
                             f" '{trigger}'")
        self.sql(f"DROP TRIGGER {trigger}; {text}; {made};")

    def ask_text(self, text):
        """The one value that it comes to, as a text; "": there is none."""
        if self.server is not None:
            return self.psql(text, "-0").split("\0")[0]
        return self.sqlite(text, "row = db.execute(sys.argv[2]).fetchone()\n"
                           "print('' if row is None or row[0] is None else"
                           " row[0])")

    def ask_sql(self, text):
        """The one number that it comes to."""
        return int(self.ask_text(text) or 0)

    def authority(self):
        """A time-stamping authority, real and of today."""
        self.tsa = server.start(None, lambda: dt.datetime.utcnow().replace(
            microsecond=0))
        url = "http://127.0.0.1:%d" % self.tsa.server_address[1]
        self.tsa.responders.pki = Pki.live(self.scratch / "tsa", url)
        threading.Thread(target=self.tsa.serve_forever, daemon=True).start()
        shutil.copy(self.scratch / "tsa" / "root.pem",
                    self.where / "trust" / "tsa-root.pem")
        os.chmod(self.where / "trust" / "tsa-root.pem", 0o644)
        with open(self.where / "mohur.conf", "a") as conf:
            # No mobile ID: who files is signed in with a password.
            conf.write(f'\ntsa = "{url}/tsa"\n')

    def portal(self, *args, **more):
        return subprocess.run(
            [*self.as_user, self.build / "mohur-portal", *args], check=True,
            encoding="utf-8", capture_output=True, **more)

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok' if good else 'FAIL'}   {name}"
              + ("" if good else f": {detail}"), flush=True)
        return good

    def log(self):
        return self.log_path.read_text()

    def start(self):
        mark = len(self.log())
        with open(self.log_path, "ab") as log:
            self.serve = subprocess.Popen(
                [self.build / "mohur", "serve", "--config",
                 self.where / "mohur.conf"], stderr=log)
        return self.until(lambda: "ev=all.ready" in self.log()[mark:])

    def until(self, what, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.mend_tokens()
            if what():
                return True
            time.sleep(0.05)
        return False

    def mend_tokens(self):
        """SoftHSM writes its token anew in place at a login: a process that is
        killed then leaves it empty.  An HSM keeps its state itself."""
        empty = {p for p in self.tokens if p.stat().st_size == 0}
        for p in empty & self.emptied:
            p.write_bytes(self.tokens[p])
        self.emptied = empty

    def stop(self):
        self.serve.terminate()
        return self.serve.wait(20)

    def kill(self, part):
        pids = re.findall(rf"ev=start of={re.escape(part)} pid=(\d+)",
                          self.log())
        os.kill(int(pids[-1]), signal.SIGKILL)
        return len(pids)

    def kill_and_wait(self, part):
        """Until its successor is there."""
        starts = self.kill(part)
        if not self.until(lambda: len(re.findall(
                rf"ev=start of={re.escape(part)} pid=", self.log())) > starts):
            raise RuntimeError(f"{part} does not come back")

    def hold(self, part, go=False):
        """A process that hangs, as after a fault of its machine."""
        pids = re.findall(rf"ev=start of={re.escape(part)} pid=(\d+)",
                          self.log())
        os.kill(int(pids[-1]), signal.SIGCONT if go else signal.SIGSTOP)

    def audit(self):
        folder = self.where / "state" / "keyd" / "log"
        done = subprocess.run(
            [self.build / "mohur", "audit", "verify", "--key",
             folder / "log.pub", folder], capture_output=True, text=True,
            check=False)
        return done.returncode == 0

    def records(self):
        """What the log says, oldest first (security.md 10: lines behind
        their lengths)."""
        out = []
        folder = self.where / "state" / "keyd" / "log" / "seg"
        for path in sorted(folder.glob("*.log")):
            data = path.read_bytes()
            while len(data) > 2:
                size = int.from_bytes(data[:2], "big")
                if len(data) < 2 + size:
                    break  # it is being written
                out.append(json.loads(data[2:2 + size]))
                data = data[2 + size:]
        return out


class Filer:
    """Somebody signed in, who files in one case."""

    def __init__(self, bed, user, case):
        self.bed, self.case = bed, case
        self.browser = Browser(bed.port)
        self.signed = self.browser.sign_in(user)

    def page(self):
        return self.browser.get(f"/cases/{self.case}/documents/new")

    def file(self, path, name=None, form=None, **fields):
        data = path if isinstance(path, bytes) else path.read_bytes()
        fields = {"form": form or base32(), "kind": "motion",
                  "title": "Vəsatət", "note": "", **fields}
        answer = self.browser.upload(
            f"/cases/{self.case}/documents/new", fields,
            path.name if name is None else name, data)
        where = answer.headers.get("location", "")
        if answer.status == 303 and where.startswith("/documents/"):
            self.bed.documents[where.rpartition("/")[2]] = data
        return answer

    def document(self, path, **more):
        """Files what is to be taken; the document's id."""
        answer = self.file(path, **more)
        where = answer.headers.get("location", "")
        self.bed.check(f"{getattr(path, 'name', 'bytes')}: filed",
                       answer.status == 303
                       and re.fullmatch("/documents/[a-z2-7]{26}", where),
                       (answer.status, answer.text[-3000:]))
        return where.rpartition("/")[2]

    def show(self, document):
        return self.browser.get(f"/documents/{document}")

    def receipt(self, document):
        return self.browser.get(f"/documents/{document}/receipt")


def verify_receipt(bed, receipt, data, name):
    folder = bed.scratch / base32()
    folder.mkdir()
    (folder / "receipt.asice").write_bytes(receipt)
    (folder / name).write_bytes(data)
    done = subprocess.run(
        [bed.build / "mohur", "verify", "--offline", "--report", "json",
         "--trust", bed.where / "trust", folder / "receipt.asice", "--data",
         folder / name], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_accepted(bed, filer):
    path = bed.samples / "adoc-lta.adoc"
    document = filer.document(path)
    page = filer.show(document)
    bed.check("its page says accepted and valid", page.status == 200
              and "Qəbul edilib" in page.text and "Etibarlı" in page.text)
    bed.check("and shows the report", "SINAQOVA AYDAN" in page.text
              and "TOTAL-PASSED" in page.text)
    receipt = filer.receipt(document)
    bed.check("the receipt is there at once", receipt.status == 200
              and receipt.body[:2] == b"PK", receipt.status)
    code, text = verify_receipt(bed, receipt.body, path.read_bytes(),
                                path.name)
    bed.check("mohur verify passes it with the document", code == 0, text)
    bed.check("it is time-stamped", '"level":"LT"' in text, text)
    code, text = verify_receipt(bed, receipt.body,
                                path.read_bytes() + b"\n", path.name)
    bed.check("and fails with another", code == 1, (code, text))
    back = filer.browser.get(f"/documents/{document}/file")
    bed.check("what is downloaded is what was filed",
              back.body == path.read_bytes()
              and back.headers["content-disposition"].startswith(
                  'attachment; filename="adoc-lta.adoc"')
              and back.headers["content-type"] == "application/octet-stream",
              back.headers)
    for form, word in (("json", '"TOTAL-PASSED"'), ("etsi", "total-passed"),
                       ("html", "TOTAL-PASSED")):
        report = filer.browser.get(
            f"/documents/{document}/report?form={form}")
        bed.check(f"its report as {form}", report.status == 200
                  and word in report.text, report.status)
    bed.check("no such form", filer.browser.get(
        f"/documents/{document}/report?form=doc").status == 404)
    report = filer.browser.get(f"/documents/{document}/report?form=pdf")
    said = subprocess.run(["pdftotext", "-", "-"], input=report.body,
                          capture_output=True, check=False).stdout.decode()
    bed.check("its report as PDF", report.status == 200
              and report.headers["content-type"] == "application/pdf"
              and "TOTAL-PASSED" in said and "SINAQOVA AYDAN" in said, said)
    listed = filer.browser.get(f"/cases/{filer.case}/documents")
    bed.check("the case lists it", f"/documents/{document}" in listed.text
              and "Vəsatət" in listed.text)
    return document


def test_inner(bed, filer, document):
    """What is inside of a container: each file as it is, and nothing else."""
    page = filer.show(document).text
    inner = f"/documents/{document}/inner?n="
    with zipfile.ZipFile(bed.samples / "adoc-lta.adoc") as container:
        for n, name in ((0, "iddia.txt"), (1, "ərizə.pdf")):
            want = container.read(name)
            got = filer.browser.get(f"{inner}{n}")
            bed.check(f"{name}: it can be saved", got.status == 200
                      and got.body == want
                      and got.headers["content-type"]
                      == "application/octet-stream"
                      and urllib.parse.quote(name)
                      in got.headers["content-disposition"], got.headers)
            bed.check(f"{name}: the page links it", name in page
                      and f"{inner}{n}\"" in page)
    shown = filer.browser.get(f"{inner}1&view=1")
    bed.check("a PDF is shown, and nothing in it runs",
              shown.headers["content-type"] == "application/pdf"
              and shown.headers["content-disposition"].startswith("inline")
              and shown.headers["x-content-type-options"] == "nosniff"
              and "default-src 'none'" in
              shown.headers["content-security-policy"], shown.headers)
    text = filer.browser.get(f"{inner}0&view=1")
    bed.check("a text is saved even so",
              text.headers["content-type"] == "application/octet-stream"
              and text.headers["content-disposition"].startswith(
                  "attachment"), text.headers)
    for n in ("2", "-1", "", "x", "99999999", "0x"):
        bed.check(f"no file {n!r}", filer.browser.get(
            f"{inner}{n}").status == 404)
    bed.check("a container is not looked at as a whole", filer.browser.get(
        f"/documents/{document}/view").status == 404
        and f"/documents/{document}/view" not in page)
    path = bed.samples / "pdf-lt-table.pdf"
    other = filer.document(path)
    shown = filer.browser.get(f"/documents/{other}/view")
    bed.check("a PDF is looked at as it was filed", shown.status == 200
              and shown.body == path.read_bytes()
              and shown.headers["content-type"] == "application/pdf",
              shown.headers)
    bed.check("its page says so", f"/documents/{other}/view" in
              filer.show(other).text)
    bed.check("it has no files inside", filer.browser.get(
        f"/documents/{other}/inner?n=0").status == 404)
    bed.check("who looked is in the log", bed.until(lambda: {
        "inner", "view"} <= {r["d"].get("part") for r in bed.records()
                             if r["ev"] == "document.opened"}))


def archive_stamps(bed, content):
    """How many archive time-stamps its signature has; -1 where it does not
    pass at LTA."""
    path = bed.scratch / base32()
    path.write_bytes(content)
    done = subprocess.run(
        [bed.build / "mohur", "verify", "--offline", "--report", "json",
         "--trust", bed.where / "trust", path], capture_output=True,
        check=False)
    signature = json.loads(done.stdout)["signatures"][0]
    if done.returncode != 0 or signature["level"] != "LTA":
        return -1
    return sum(s["kind"] == "archive" for s in signature["timestamps"])


def test_lasting(bed, filer, name):
    """The copy that lasts: made from an LT document, renewed where its
    authority's certificate ends soon, else left alone."""
    path = bed.samples / name
    bed.tsa.responders.fault = "tsa-short"
    document = filer.document(path)

    def copy():
        answer = filer.browser.get(f"/documents/{document}/lasting")
        return answer.body if answer.status == 200 else None

    def look_again():
        bed.sql("UPDATE preserved SET due = 0")
        return bed.until(lambda: bed.ask_sql(
            "SELECT count(*) FROM preserved WHERE due < 86400 OR tries > 0"
            ) == 0)

    made = bed.until(copy)
    first = copy()
    if not bed.check("a copy is made", made, bed.log()[-1500:]):
        return
    bed.check("its page says so", "Uzunmüddətli nüsxə" in
              filer.show(document).text and "/lasting" in
              filer.show(document).text)
    bed.check("it passes at LTA", archive_stamps(bed, first) == 1)
    obj = "doc:" + hashlib.sha256(first).hexdigest()
    bed.check("the log has it", bed.until(lambda: [
        r["d"] for r in bed.records() if r["ev"] == "document.lasting"
        and r["obj"] == obj] == [{"filing": document}]))
    bed.check("the original stays", filer.browser.get(
        f"/documents/{document}/file").body == path.read_bytes())
    bed.tsa.responders.fault = "http-garbage"
    bed.sql("UPDATE preserved SET due = 0")
    bed.check("no authority: it is tried again", bed.until(
        lambda: bed.ask_sql("SELECT max(tries) FROM preserved"
                            " WHERE why != ''") > 0))
    bed.check("no authority: the copy stays", copy() == first)
    bed.tsa.responders.fault = None
    bed.check("it is looked at again", look_again())
    second = copy()
    bed.check("renewed: one more archive time-stamp",
              archive_stamps(bed, second) == 2)
    bed.check("looked at once more", look_again() and copy() == second)
    stranger = Browser(bed.port)
    bed.check("a stranger does not get it", stranger.get(
        f"/documents/{document}/lasting").status == 303)


def test_uncopied(bed, filer):
    """An encrypted PDF takes no document time-stamp: three tries, no more."""
    document = filer.document(bed.samples / "pdf-lt-table+r3.pdf")
    # Back-off, or none: the lease of a try under way is longer than either.
    due = {False: "due IS NULL",
           True: f"due < {int(time.time())} + 1000"}
    for tries in (1, 2, 3):
        if tries > 1:
            bed.sql("UPDATE preserved SET due = 0 WHERE document = "
                    f"'{document}'")
        bed.check(f"not copied, {tries}; another try: {tries < 3}", bed.until(
            lambda t=tries: bed.ask_sql(
                f"SELECT count(*) FROM preserved WHERE document = '{document}'"
                f" AND why != '' AND tries = {t} AND {due[t < 3]}") == 1))
    bed.check("its page says so", "uzunmüddətli nüsxəsini hazırlamaq mümkün "
              "deyil" in filer.show(document).text and filer.browser.get(
                  f"/documents/{document}/lasting").status == 404)


def test_refused(bed, filer, nofin, other):
    good = (bed.samples / "adoc-lta.adoc").read_bytes()
    before = len(bed.documents)
    flipped = bytearray((bed.samples / "pdf-lta.pdf").read_bytes()
                        if (bed.samples / "pdf-lta.pdf").is_file() else good)
    flipped[len(flipped) // 2] ^= 1
    rows = (
        ("an altered one", filer, bytes(flipped), "a.adoc", None),
        ("not signed", filer, b"%PDF-1.7\nnothing", "a.pdf", None),
        ("no document at all", filer, b"\x7fELF" + bytes(100), "a.pdf", None),
        ("the wrong ending", filer, good, "a.pdf", "filing-name"),
        ("of somebody else", other, good, "a.adoc", "filing-signer"),
        ("without a FIN", nofin, good, "a.adoc", "filing-fin"),
        ("a kind that is not taken", filer,
         (bed.samples / "asics-lt.asics").read_bytes(), "a.asics",
         "filing-format"),
        ("empty", filer, b"", "a.adoc", None),
        ("no name", filer, good, "", None),
        ("a name too long", filer, good, "a" * 196 + ".adoc", None),
    )
    for name, who, data, file_name, rule in rows:
        answer = who.file(data, file_name)
        bed.check(f"{name}: 422 and why", answer.status == 422
                  and 'href="#file"' in answer.text
                  and "<title>Xəta:" in answer.text
                  and (rule is None or rule in answer.text),
                  (answer.status, answer.text[-2500:]))
    answer = filer.file(good, "a" * 195 + ".adoc")
    bed.check("the longest name", answer.status == 303, answer.status)
    for fields in ({"kind": ""}, {"kind": "nonsense"}, {"title": "a" * 201},
                   {"note": "b" * 501}):
        answer = filer.file(good, "a.adoc", **fields)
        bed.check(f"the form with {fields}", answer.status == 422, answer.status)
    answer = filer.file(good, "a.adoc", title="a" * 200, note="b" * 500)
    bed.check("the longest title and note", answer.status == 303)
    bed.check("a form without its number", filer.file(
        good, "a.adoc", form="x").status == 400)
    bed.check("a form without its token", filer.file(
        good, "a.adoc", csrf="").status == 403)
    bed.check("nothing refused is stored", len(bed.documents) == before + 2)

    def said():
        return [r for r in bed.records() if r["ev"] == "filing.refused"]

    bed.until(lambda: len(said()) >= 7)
    digest = hashlib.sha256(good).hexdigest()
    bed.check("the log says what was refused, and by which rule",
              {r["d"]["rule"] for r in said() if r["obj"] == f"doc:{digest}"}
              == {"filing-name", "filing-signer", "filing-fin"}, said())


def test_received(bed, filer):
    """Unknown issuers go to the clerk's desk."""
    document = filer.document(bed.samples / "adoc-t.adoc")
    page = filer.show(document)
    bed.check("adoc-t.adoc: received, with the clerk, and why",
              "dəftərxanadadır" in page.text
              and "Qərarı məhkəmənin dəftərxanası verir" in page.text)
    receipt = filer.receipt(document)
    code, text = verify_receipt(
        bed, receipt.body, (bed.samples / "adoc-t.adoc").read_bytes(),
        "adoc-t.adoc")
    bed.check("its receipt says received", code == 0
              and b"received" in unpack(receipt.body), (code, text))


def unpack(container):
    import io
    import zipfile
    with zipfile.ZipFile(io.BytesIO(container)) as z:
        return z.read("receipt.json")


def test_once(bed, filer):
    form, path = base32(), bed.samples / "adoc-lta.adoc"

    def one(_):
        try:
            answer = filer.file(path, form=form)
        except (OSError, http.client.HTTPException):
            return 0, None  # told to come again before all was sent
        return answer.status, answer.headers.get("location")

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(one, range(50)))
    # More than may wait at once are told to come again.
    bed.check("50 submissions of one form are one filing",
              len({w for s, w in answers if s == 303}) == 1
              and all(s in (0, 303, 429, 503) for s, _ in answers), answers)
    bed.check("another document with the same form", filer.file(
        bed.samples / "adoc-t.adoc", form=form).status == 409)


def test_outages(bed, filer):
    path = bed.samples / "adoc-lta.adoc"
    # The examiner hangs: received within the patience of the portal.
    bed.hold("portal.examiner")
    document = filer.document(path)
    page = filer.show(document)
    bed.check("the examiner hangs: received, not judged yet",
              "hələ yoxlanılmayıb" in page.text
              and "avtomatik aparılacaq" in page.text)
    receipt = filer.receipt(document)
    code, text = verify_receipt(bed, receipt.body, path.read_bytes(),
                                path.name)
    bed.check("its receipt says received", code == 0
              and b'"status":"received"' in unpack(receipt.body), text)
    bed.kill_and_wait("portal.examiner")
    bed.sql("UPDATE document SET judge_at = 0 WHERE judge_at IS NOT NULL")
    bed.check("it is judged by itself, and accepted", bed.until(
        lambda: "Qəbul edilib" in filer.show(document).text, 60))
    bed.check("with a second receipt, that says accepted", bed.until(
        lambda: b'"status":"accepted"' in unpack(
            filer.receipt(document).body), 30))
    bed.twice.append(document)
    # keyd is away: stored, the receipt follows.
    bed.hold("keyd")
    answer = filer.file(path)
    document = answer.headers.get("location", "").rpartition("/")[2]
    bed.check("keyd hangs: the filing is stored", answer.status == 303
              and document, (answer.status, answer.text[-2000:]))
    page = filer.show(document)
    bed.check("and its page says that the receipt follows",
              page.status == 200 and "qəbz hazırlanır" in page.text)
    bed.check("there is none yet", filer.receipt(document).status == 404)
    bed.hold("keyd", go=True)
    bed.check("the receipt comes by itself", bed.until(
        lambda: filer.receipt(document).status == 200, 60))
    bed.kill("keyd")
    answer = filer.file(path)
    document = answer.headers.get("location", "").rpartition("/")[2]
    bed.check("keyd is killed: the filing is stored", answer.status == 303)
    bed.check("and gets its receipt", bed.until(
        lambda: filer.receipt(document).status == 200, 60))


def test_no_stamps(bed, filer):
    """The authority gives garbage: a receipt without a stamp is one."""
    path = bed.samples / "adoc-lta.adoc"
    bed.tsa.responders.fault = "http-garbage"
    document = filer.document(path)
    receipt = filer.receipt(document)
    code, text = verify_receipt(bed, receipt.body, path.read_bytes(),
                                path.name)
    bed.check("no time-stamps: the receipt is there and passes", code == 0
              and '"level":"B"' in text, text)
    bed.tsa.responders.fault = None


def test_receipts_of_all(bed, filer):
    """Each acknowledged document has a receipt, and the log its record."""
    missing = [d for d in bed.documents if not bed.until(
        lambda d=d: filer.receipt(d).status == 200)]
    bed.check("every acknowledged filing has its receipt", not missing,
              missing)
    said = [r["obj"] for r in bed.records() if r["ev"] == "filing.accepted"]
    bed.check("each is in the log once for each receipt",
              sorted(said) == sorted(f"filing:{d}" for d in [
                  *bed.documents, *bed.twice, *bed.by_clerk]), (said, list(bed.documents)))
    judged = [r["d"]["state"] for r in bed.records() if r["ev"] == "verdict"]
    bed.check("and the judgement that came later",
              judged == ["accepted"] * len(bed.twice), judged)


def test_strangers(bed, document, case):
    nobody = Browser(bed.port)
    paths = [f"/cases/{case}/documents", f"/cases/{case}/documents/new",
             f"/documents/{document}", f"/documents/{document}/file",
             f"/documents/{document}/receipt",
             f"/documents/{document}/inner?n=0",
             f"/documents/{document}/report?form=json"]
    for path in paths:
        answer = nobody.get(path)
        bed.check(f"{path[:12]}…: not without signing in",
                  answer.status == 303
                  and answer.headers["location"] == "/login", answer.status)
    nobody.sign_in("citizen")
    for path in paths:
        answer = nobody.get(path)
        bed.check(f"{path[:12]}…: not there for a stranger",
                  answer.status == 404, answer.status)
    answer = nobody.upload(
        f"/cases/{case}/documents/new", {"form": base32(), "kind": "motion"},
        "a.adoc", (bed.samples / "adoc-lta.adoc").read_bytes())
    bed.check("a stranger files nothing", answer.status == 404, answer.status)


def test_rights(bed, document, case):
    """portal.md 6, cell by cell for documents: what each may see."""
    pages = (f"/cases/{case}/documents", f"/documents/{document}",
             f"/documents/{document}/receipt",
             f"/documents/{document}/report?form=json",
             f"/documents/{document}/file", f"/cases/{case}/documents/new",
             f"/documents/{document}/inner?n=0")
    for user, may in (("other", (1, 1, 1, 1, 1, 1, 1)),
                      ("auditor", (1, 1, 1, 1, 0, 0, 0)),
                      ("witness", (0, 0, 0, 0, 0, 0, 0))):
        browser = Browser(bed.port)
        browser.sign_in(user)
        got = tuple(int(browser.get(p).status == 200) for p in pages)
        bed.check(f"{user}: what they may see", got == may, got)
        page = browser.get(f"/documents/{document}").text
        # An auditor is led to where a warrant is asked for.
        leads = browser.get(f"/documents/{document}/file").headers.get(
            "location", "") == f"/audit/documents/{document}/warrant"
        bed.check(f"{user}: a warrant is for auditors",
                  leads == (user == "auditor"))
        bed.check(f"{user}: no link to what they may not have",
                  (f"/documents/{document}/file" in page)
                  == bool(may[4] or leads))


def test_told(bed, case):
    """The others of the case are told, and its history says it."""
    other = Browser(bed.port)
    other.sign_in("other")
    page = other.get("/notifications")
    bed.check("the other side is told", page.status == 200
              and "Sənəd təqdim edildi" in page.text, page.text[-1500:])
    history = other.get(f"/cases/{case}/history")
    bed.check("the history has it", history.text.count(
        "Sənəd təqdim edildi") == len(bed.documents), history.status)
    own = Browser(bed.port)
    own.sign_in("lawyer")
    bed.check("who filed is not told of it",
              "Sənəd təqdim edildi" not in own.get("/notifications").text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        bed = Bed(options, scratch)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            case = bed.case
            filer = Filer(bed, "lawyer", case)
            bed.check("who signed in is in the log", bed.until(lambda: [
                (r["res"], r["src"]) for r in bed.records()
                if r["ev"] == "login"] == [("ok", "portal")]))
            bed.check("the form", filer.page().status == 200)
            bed.check("no mobile ID, and it is said", "qurulmayıb" in
                      Browser(bed.port).get("/login/asan").text
                      and "/login/asan" not in
                      Browser(bed.port).get("/login").text)
            bed.check("no e-mail, and nothing is offered that needs it",
                      "/register" not in Browser(bed.port).get("/login").text)
            document = test_accepted(bed, filer)
            test_inner(bed, filer, document)
            test_lasting(bed, filer, "adoc-lt.adoc")
            test_lasting(bed, filer, "pdf-lt-stream.pdf")
            test_uncopied(bed, filer)
            test_refused(bed, filer, Filer(bed, "nofin", case),
                         Filer(bed, "other", case))
            test_received(bed, filer)
            desk.test_desk(bed, filer)
            test_once(bed, filer)
            test_strangers(bed, document, case)
            test_rights(bed, document, case)
            test_told(bed, case)
            test_no_stamps(bed, filer)
            test_outages(bed, filer)
            test_receipts_of_all(bed, filer)
            bed.check("no process fell that was not killed", not [
                line for line in re.findall(".* ev=end.fail .*", bed.log())
                if "of=keyd" not in line and "of=portal.examiner " not in
                line], bed.log()[-3000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / 'logs-filing.txt')
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
