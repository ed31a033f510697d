#!/usr/bin/python3
"""Documents that are prepared in the portal and signed with an own card: a
text becomes a PDF, files are examined, `mohur sign` signs what was downloaded,
and only that is taken back.  On an instance that `mohur serve` runs, with keys
in SoftHSM and a PKI of today.

    papers.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import hashlib
import html
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki")]

import asan  # noqa: E402
import filing  # noqa: E402
import sign  # noqa: E402

TEXT = "Məhkəməyə\r\n\r\nİddiaçının vəsatəti: işə əlavə sənəd qoşulsun.\r\n"


class Person(filing.Browser):
    """Somebody who prepares documents in the case."""

    def __init__(self, bed, user):
        super().__init__(bed.port)
        self.bed = bed
        self.sign_in(user)

    def send(self, path, fields, files):
        """A form with any number of files: (field, name, bytes)."""
        boundary = "b" + filing.base32()
        fields = {"csrf": self.cookies.get("__Host-form", ""), **fields}
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; '
                 f'name="{k}"\r\n\r\n{v}\r\n'.encode()
                 for k, v in fields.items()]
        for field, name, data in files:
            parts.append(
                f'--{boundary}\r\nContent-Disposition: form-data; '
                f'name="{field}"; filename="{name}"\r\nContent-Type: '
                'application/octet-stream\r\n\r\n'.encode() + data + b"\r\n")
        parts.append(f"--{boundary}--\r\n".encode())
        return self.ask("POST", path, {
            "Content-Type": f"multipart/form-data; boundary={boundary}"},
            b"".join(parts))

    def prepare(self, text="", files=(), **fields):
        fields = {"kind": "motion", "title": "", "note": "", **fields}
        return self.send(f"/cases/{self.bed.case}/documents/prepare",
                         {**fields, "text": text},
                         [("files", *f) for f in files] or
                         [("files", "", b"")])

    def draft(self, what, **more):
        a = self.prepare(**more)
        where = a.headers.get("location", "")
        good = a.status == 303 and re.fullmatch("/drafts/[a-z2-7]{26}", where)
        self.bed.check(f"{what}: prepared", good,
                       (a.status, wrong_of(a)))
        return where if good else None

    def files(self, draft):
        """Its files as the page offers them: name and bytes."""
        page = self.get(draft).text
        names = [html.unescape(n) for n in re.findall(
            r'<li class="mohur-wrap"><strong>([^<]*)</strong>', page)]
        got = [self.get(f"{draft}/file?n={n}").body
               for n in range(len(names))]
        for name, data in zip(names, got):
            self.bed.check(f"{name}: the page has its digest",
                           hashlib.sha256(data).hexdigest() in page)
        return list(zip(names, got))

    def bring(self, draft, name, data):
        return self.send(f"{draft}/signed", {}, [("file", name, data)])


def wrong_of(answer):
    found = re.search('error-summary__list">(.*?)</ul>', answer.text, re.S)
    return re.sub("<[^>]*>|\\s+", " ", found[1]).strip() if found else ""


def signed(bench, files, form, key="citizen", more=()):
    """What the person's own computer makes of it."""
    folder = bench.folder()
    for name, data in files:
        (folder / name).write_bytes(data)
    out = folder / f"signed.{form}"
    level = "B" if key == "revoked" else "LT"
    done = bench.sign("--as", form, "--level", level, "--out", out, *more,
                      *[folder / name for name, _ in files], key=key)
    if done.returncode != 0:
        raise SystemExit(f"mohur sign: {done.stderr}")
    return out.read_bytes()


def accepted(bed, person, what, answer):
    where = answer.headers.get("location", "")
    if not bed.check(f"{what}: filed", answer.status == 303 and
                     where.startswith("/documents/"),
                     (answer.status, wrong_of(answer))):
        return ""
    page = person.get(where).text
    bed.check(f"{what}: accepted and valid", "Qəbul edilib" in page
              and "TOTAL-PASSED" in page)
    return where


def test_text(bed, bench, person):
    lines = "\r\n<b>bir</b>\r\n\tiki\r\n"
    a = person.prepare(text=lines, kind="", note="a\r\nb")
    bed.check("a form that was refused keeps its lines", a.status == 422 and
              f">\n{html.escape(lines)}</textarea>" in a.text and
              ">a\r\nb</textarea>" in a.text, a.text[-2500:])
    draft = person.draft("a text", text=TEXT, title="Vəsatət",
                         note="Xahiş\r\nedirəm")
    if draft is None:
        return
    (name, pdf), = person.files(draft)
    bed.check("a text is one PDF", name == "motion.pdf"
              and pdf.startswith(b"%PDF-"), name)
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf,
                          capture_output=True, check=True).stdout.decode()
    bed.check("with just that text", said.split()[:-3] == TEXT.split()
              or "İddiaçının vəsatəti: işə əlavə sənəd qoşulsun." in said,
              said)
    shown = person.get(f"{draft}/file?n=0&view=1")
    bed.check("it is shown as a PDF", shown.headers["content-type"]
              == "application/pdf" and shown.headers[
                  "content-disposition"].startswith("inline")
              and shown.body == pdf, shown.headers)
    page = person.get(draft).text
    bed.check("the page says how to sign it",
              "mohur sign --as pdf &quot;motion.pdf&quot;" in page or
              'mohur sign --as pdf "motion.pdf"' in page)
    listed = f"/cases/{bed.case}/documents"
    bed.check("the case lists what waits", draft in person.get(listed).text)
    for what, data in (
            ("not signed", pdf),
            ("another file", signed(bench, [("motion.pdf",
                                             sign.small_pdf())], "pdf")),
            ("nothing readable", b"%PDF-1.7 x"),
            ("an EDOC of another file", signed(
                bench, [("motion.pdf", sign.small_pdf())], "edoc"))):
        a = person.bring(draft, "motion.pdf" if data[:1] == b"%" else
                         "motion.edoc", data)
        bed.check(f"{what}: not taken", a.status == 422 and
                  'href="#file"' in a.text and
                  "<title>Xəta:" in a.text, (a.status, wrong_of(a)))
    good = signed(bench, [("motion.pdf", pdf)], "pdf")
    bed.check("the draft still waits", person.get(draft).status == 200)
    changed = bytearray(good)
    changed[20] ^= 1
    a = person.bring(draft, "motion.pdf", bytes(changed))
    bed.check("a changed byte: not taken", a.status == 422, a.status)
    where = accepted(bed, person, "PAdES",
                     person.bring(draft, "motion.pdf", good))
    page = person.get(where).text if where else ""
    bed.check("its words came along", "Vəsatət" in page and
              "Xahiş edirəm" in page)
    bed.check("the draft is gone", person.get(draft).status == 404
              and draft not in person.get(listed).text)


def test_files(bed, bench, person):
    files = [("şəkil.jpg", sign.JPEG), ("qoşma.pdf", sign.small_pdf())]
    draft = person.draft("two files", files=files)
    if draft is None:
        return
    got = person.files(draft)
    bed.check("the bytes are those that came", got == files,
              [n for n, _ in got])
    shown = person.get(f"{draft}/file?n=0&view=1")
    bed.check("a picture is shown", shown.headers["content-type"]
              == "image/jpeg", shown.headers)
    for n in ("2", "-1", "x", ""):
        bed.check(f"no file {n!r}", person.get(
            f"{draft}/file?n={n}").status == 404)
    extra = [*files, ("x.pdf", sign.small_pdf())]
    other = [("şəkil.jpg", sign.JPEG + b"\0"), files[1]]
    for what, of in (("one too many", extra), ("one missing", files[:1]),
                     ("another name", [("a.jpg", sign.JPEG), files[1]]),
                     ("another picture", other)):
        a = person.bring(draft, "a.edoc", signed(bench, of, "edoc"))
        bed.check(f"{what}: not taken", a.status == 422 and
                  "hazırlanan deyil" in a.text, (a.status, wrong_of(a)))
    a = person.bring(draft, "a.edoc",
                     signed(bench, files, "edoc", "citizen-rsa2048"))
    bed.check("somebody else's signature: not taken", a.status == 422 and
              "filing-signer" in a.text, (a.status, wrong_of(a)))
    a = person.bring(draft, "a.edoc", signed(bench, files, "edoc", "revoked"))
    bed.check("a revoked card: not taken", a.status == 422, wrong_of(a))
    where = accepted(bed, person, "EDOC", person.bring(
        draft, "a.edoc", signed(bench, files, "edoc")))
    page = person.get(where).text if where else ""
    bed.check("both files are inside", all(n in page for n, _ in files))


def edited(pdf, number, body):
    """The same with another object, as a revision behind it."""
    at = len(pdf)
    before = pdf.rindex(b"startxref") + len(b"startxref")
    added = b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return pdf + added + (
        b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root 1 0 R "
        b"/Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (number, at, max(number + 1, 4), int(pdf[before:].split()[0]),
           at + len(added)))


def test_edited(bed, bench, person):
    """The prepared bytes, and behind them what nobody saw, signed as well."""
    pdf = sign.small_pdf()
    draft = person.draft("a page", files=[("a.pdf", pdf)])
    if draft is None:
        return
    page = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s"
            b"/Resources << >> >>")
    for what, number, body in (
            ("another size", 3, page.replace(b"842", b"42") % b""),
            ("a note", 3, page % b"/Annots [<< /Type /Annot /Subtype /Text "
             b"/Rect [0 0 9 9] /Contents (no) >>] "),
            ("two pages", 2, b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 "
             b">>"),
            ("an action", 1, b"<< /Type /Catalog /Pages 2 0 R /OpenAction "
             b"[3 0 R /Fit] >>")):
        content = signed(bench, [("a.pdf", edited(pdf, number, body))], "pdf")
        bed.check(f"{what}: it begins with what was prepared",
                  content.startswith(pdf))
        a = person.bring(draft, "a.pdf", content)
        bed.check(f"{what}: signed, and not taken", a.status == 422 and
                  "hazırlanan deyil" in a.text, (a.status, wrong_of(a)))
    a = person.bring(draft, "a.pdf",
                     signed(bench, [("a.pdf", pdf)], "pdf", "citizen-rsa2048"))
    bed.check("a PDF of somebody else: not taken", a.status == 422 and
              "filing-signer" in a.text, (a.status, wrong_of(a)))
    accepted(bed, person, "PAdES with a picture", person.bring(
        draft, "a.pdf", signed(bench, [("a.pdf", pdf)], "pdf",
                               more=("--visible", "1,400,20,180,40"))))


def test_mixed(bed, bench, person):
    """A text and a file are one EDOC."""
    draft = person.draft("text and file", text=TEXT,
                         files=[("a.jpg", sign.JPEG)])
    if draft is None:
        return
    files = person.files(draft)
    bed.check("the text comes first", [n for n, _ in files] ==
              ["motion.pdf", "a.jpg"], [n for n, _ in files])
    content = signed(bench, files, "adoc")
    accepted(bed, person, "ADOC", person.bring(draft, "a.adoc", content))


def test_many(bed, bench, person):
    """A container's page lists 200 files and says how many more there are."""
    bed.sql("UPDATE session SET level = 3")
    for count, more in ((200, None), (201, "1")):
        data = signed(bench, [(f"{n}.txt", b"%d" % n)
                              for n in range(count)], "edoc")
        where = accepted(bed, person, f"{count} files", person.send(
            f"/cases/{bed.case}/documents/new",
            {"form": filing.base32(), "kind": "motion", "title": "",
             "note": ""}, [("file", "a.edoc", data)]))
        page = person.get(where).text if where else ""
        said = re.search("adları çəkilir\\):\\s*(\\d+)", page)
        bed.check(f"{count} files: listed", page.count("/inner?n=") == 200
                  and (said[1] if said else None) == more,
                  (page.count("/inner?n="), said))
        bed.check(f"{count} files: the last can be saved", person.get(
            f"{where}/inner?n={count - 1}").body == b"%d" % (count - 1))
    bed.sql("UPDATE session SET level = 1")


def pdf_of(size):
    """A PDF of just so many bytes."""
    def made(length):
        return edited(sign.small_pdf(), 4, b"<< /Length %d >>\nstream\n%s\n"
                      b"endstream" % (length, b" " * length))
    length = size - len(made(size)) + size
    return made(length)


def test_large(bed, person):
    limit = 100 << 20
    for size, status in ((limit, 303), (limit + 1, 422)):
        pdf = pdf_of(size)
        a = person.prepare(files=[("a.pdf", pdf)])
        bed.check(f"a file of {size} bytes: {status}", len(pdf) == size
                  and a.status == status and
                  ("filing-size" in a.text) == (status == 422),
                  (len(pdf), a.status, wrong_of(a)))
        if status == 303:
            person.post(f"{a.headers['location']}/drop")


def test_refused(bed, bench, person):
    pdf = sign.small_pdf()
    for what, more, field, rule in (
            ("nothing", {}, "files", ""),
            ("no kind", {"kind": "", "text": "x"}, "kind", ""),
            ("a kind there is not", {"kind": "x", "text": "x"}, "kind", ""),
            ("a long title", {"title": "x" * 201, "text": "x"}, "title", ""),
            ("a long note", {"note": "x" * 501, "text": "x"}, "note", ""),
            ("50,001 characters", {"text": "ə" * 50001}, "files",
             "filing-text"),
            ("a control", {"text": "a\x02b"}, "files", "filing-text"),
            ("a letter the font lacks", {"text": "漢字"}, "files",
             "filing-text"),
            ("eleven files", {"files": [(f"{n}.pdf", pdf)
                                        for n in range(11)]}, "files", ""),
            ("ten and a text", {"text": "x", "files": [
                (f"{n}.pdf", pdf) for n in range(10)]}, "files",
             "filing-count"),
            ("one name twice", {"files": [("a.pdf", pdf), ("A.pdf", pdf)]},
             "files", "filing-name"),
            ("a name of the container", {"files": [("mimetype", pdf)]},
             "files", "filing-name"),
            ("another ending", {"files": [("a.jpg", pdf)]}, "files",
             "filing-name"),
            ("a picture as PDF", {"files": [("a.pdf", sign.JPEG)]}, "files",
             "filing-name"),
            ("a text file", {"files": [("a.txt", b"hello")]}, "files", ""),
            ("a broken PDF", {"files": [("a.pdf", b"%PDF-1.7 nothing")]},
             "files", ""),
            ("signed already", {"files": [
                ("a.pdf", signed(bench, [("a.pdf", pdf)], "pdf"))]},
             "files", "already-signed"),
            ("a container", {"files": [
                ("a.edoc", signed(bench, [("a.pdf", pdf)], "edoc"))]},
             "files", "already-signed")):
        a = person.prepare(**more)
        bed.check(f"{what}: 422, and why", a.status == 422 and
                  f'href="#{field}"' in a.text and rule in a.text,
                  (a.status, wrong_of(a)))
        if more.get("text") == "a\x02b":
            continue
        if 0 < len(more.get("text", "")) <= 50000:
            bed.check(f"{what}: the text stays",
                      html.escape(more["text"]) in a.text)
    bed.check("nothing was kept", bed.ask_sql(
        "SELECT count(*) FROM draft") == 0)


def test_limits(bed, person):
    draft = person.draft("50,000 characters", text="ə" * 50000)
    bed.check("and it can be looked at", draft and person.get(
        f"{draft}/file?n=0").body.startswith(b"%PDF-"))
    person.draft("ten files", files=[(f"{n}.pdf", sign.small_pdf())
                                     for n in range(10)])
    for n in range(18):
        person.prepare(text=f"{n}")
    a = person.prepare(text="one more")
    bed.check("the twenty-first waits in vain", a.status == 409 and
              bed.ask_sql("SELECT count(*) FROM draft") == 20, a.status)
    bed.check("one is removed", person.post(f"{draft}/drop").status == 303
              and person.get(draft).status == 404)
    bed.check("and there is room", person.prepare(
        text="one more").status == 303)
    bed.sql("UPDATE draft SET until = created")
    left = re.findall("/drafts/[a-z2-7]{26}", person.get(
        f"/cases/{bed.case}/documents").text)
    bed.check("what is too old is not listed", not left, left)


def test_strangers(bed, bench, person):
    draft = person.draft("for me alone", text="x")
    other, nobody = Person(bed, "other"), filing.Browser(bed.port)
    citizen = Person(bed, "citizen")
    pdf = person.get(f"{draft}/file?n=0").body
    content = signed(bench, [("motion.pdf", pdf)], "pdf")
    for user, browser in (("another lawyer of the case", other),
                          ("a stranger", citizen)):
        got = (browser.get(draft).status,
               browser.get(f"{draft}/file?n=0").status,
               browser.bring(draft, "a.pdf", content).status,
               browser.post(f"{draft}/drop").status)
        bed.check(f"{user}: 404", got == (404,) * 4, got)
    bed.check("nobody: to the sign-in", nobody.get(draft).status == 303)
    bed.check("a stranger prepares nothing", citizen.prepare(
        text="x").status == 404)
    a = person.send(f"{draft}/signed", {"csrf": "x"},
                    [("file", "a.pdf", content)])
    bed.check("not our form: 403", a.status == 403, a.status)

    def one(_):
        return person.bring(draft, "motion.pdf", content)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(50)))
    where = {a.headers.get("location") for a in answers if a.status == 303}
    bed.check("of fifty at once, one document", len(where) == 1 and all(
        a.status in (303, 404) for a in answers) and bed.ask_sql(
            "SELECT count(*) FROM document WHERE form = '%s'"
            % draft[-26:]) == 1, [a.status for a in answers])


def test_collected(bed):
    """Bytes that no draft names any more go."""
    bed.sql("UPDATE blob SET created = created - 90000")
    done = subprocess.run(
        [*bed.as_user, bed.build / "mohur-portal", "sweep", "--state",
         bed.state], capture_output=True, check=False)
    left = bed.ask_sql(
        "SELECT count(*) FROM blob WHERE sha256 NOT IN (SELECT sha256 FROM"
        " document) AND sha256 NOT IN (SELECT sha256 FROM receipt WHERE"
        " sha256 IS NOT NULL) AND sha256 NOT IN (SELECT sha256 FROM"
        " preserved WHERE sha256 IS NOT NULL)")
    bed.check("what was prepared in vain is gone",
              done.returncode == 0 and left == 0, (done.stderr, left))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        scratch = pathlib.Path(scratch)
        for name in ("bench", "bed"):
            (scratch / name).mkdir(mode=0o755)
        bench = sign.Bench(options.build.resolve() / "mohur",
                           scratch / "bench")
        bed = filing.Bed(options, scratch / "bed")
        # A telephone's certificate comes without those above it: the
        # instance has to know its authority.
        for name in ("root", "citizen-ca"):
            path = bed.where / "trust" / f"bench-{name}.pem"
            shutil.copy(scratch / "bench" / "pki" / f"{name}.pem", path)
            os.chmod(path, 0o644)
        service = asan.gateway(bed, bench.pki)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            person = Person(bed, "lawyer")
            page = person.get(f"/cases/{bed.case}/documents/prepare")
            bed.check("the form", page.status == 200 and
                      'name="files"' in page.text)
            test_refused(bed, bench, person)
            test_text(bed, bench, person)
            test_files(bed, bench, person)
            test_edited(bed, bench, person)
            test_mixed(bed, bench, person)
            test_many(bed, bench, person)
            test_large(bed, person)
            test_strangers(bed, bench, person)
            test_limits(bed, person)
            asan.test_asan(bed, person, service.service)
            test_collected(bed)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-papers.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
