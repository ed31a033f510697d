#!/usr/bin/python3
"""The judge of a registered application is drawn: the list, the checkpoint and
the result are recomputed here from what the page says and checked against the
log; who is on leave is not drawn; the president gives a case to another judge.

    draw.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import base64
import datetime as dt
import hashlib
import html
import os
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki")]

import asan  # noqa: E402
import filing  # noqa: E402
import papers  # noqa: E402
import sign  # noqa: E402
from applications import Filer, mobile, wrong  # noqa: E402
from clerk import CASE, ClerkBed  # noqa: E402
from filing import base32  # noqa: E402


def registered(bed, person, clerk):
    """A case out of a new application; their ids."""
    at = person.prepare()
    mobile(bed, person, at)
    clerk.act(at, "review")
    form = clerk.get(f"/applications/{at}/case")
    bed.check("the clerk chooses no judge", 'name="judge"' not in form.text and
              "püşklə" in form.text)
    judge = bed.account("judge3")
    a = clerk.post(f"/applications/{at}/case", **clerk.stamp(form), type="2",
                   proceeding="claim", subject="Borc", judge=str(judge))
    found = CASE.fullmatch(a.headers.get("location", ""))
    bed.check("registered", a.status == 303 and found,
              (a.status, papers.wrong_of(a)))
    return at, found[1] if found else base32()


def records(bed, ev, obj):
    return [r for r in bed.records() if r["ev"] == ev and r["obj"] == obj]


def value(page, name):
    """The digest, or the like, of a row of the page."""
    found = re.search(name + '</dt><dd class="govuk-summary-list__value">'
                      "(?:[^<]*<br>)?(?:<span[^>]*>|<strong>)?([^<]*)", page)
    return html.unescape(found[1]).replace("SHA-256 ", "") if found else ""


def test_draw(bed, person, clerk):
    at, case = registered(bed, person, clerk)
    drawn = bed.until(lambda: bed.ask_sql(
        f"SELECT count(*) FROM draw WHERE case_id = '{case}'"
        " AND drawn IS NOT NULL") == 1, 30)
    bed.check("drawn", drawn)
    page = person.get(f"/cases/{case}/draw")
    text = page.text
    bed.check("its page", page.status == 200 and "Püşk düşüb" in text,
              text[-2000:])
    listed = re.findall(r'mohur-wrap">(\d+) – ([^<]*) <span[^>]*>\((\d+)\)',
                        text)
    lines = "".join(f"{account}\t{html.unescape(name)}\n"
                    for _, name, account in listed)
    digest = hashlib.sha256(lines.encode()).hexdigest()
    bed.check("the list is that of its digest", len(listed) == 2 and
              digest == value(text, "Hakimlərin siyahısı"), (lines, digest))
    root = base64.b64decode(value(text, "Nəzarət nöqtəsinin kökü"))
    n = int.from_bytes(hashlib.sha256(root + at.encode()).digest(), "big") % 2
    bed.check("the draw, recomputed", str(n) == value(
        text, "Siyahıda yeri \\(0-dan\\)") and bed.ask_sql(
            f"SELECT judge FROM court_case WHERE id = '{case}'")
        == int(listed[n][2]), n)
    recipe = html.unescape(re.search(
        '<pre class="mohur-pre">(import.*?)</pre>', text, re.S)[1])
    said = bed.run_python(recipe)
    bed.check("the recipe of the page says the same", said.strip() == str(n) and
              recipe.count("\n") == 2, (recipe, said))
    opened = records(bed, "draw.opened", f"application:{at}")
    bed.check("the list was in the log", len(opened) == 1 and
              opened[0]["d"] == {"case": case, "judges": "2", "list": digest},
              opened)
    note = html.unescape(re.findall(
        '<pre class="mohur-pre">(.*?)</pre>', text, re.S)[1]).split("\n")
    bed.check("before the checkpoint", base64.b64decode(note[2]) == root and
              int(note[1]) > opened[0]["n"] and
              value(text, "Siyahının jurnaldakı qeydi")
              == str(opened[0]["n"]), note)
    sizes = [int(s) for s in re.findall("\n([0-9]+)\n[A-Za-z0-9+/]{43}=\n",
                                        bed.checkpoints())]
    bed.check("which keyd has signed", int(note[1]) in sizes and
              note[2] in bed.checkpoints(), sizes)
    bed.check("the first that covers it: nobody chose",
              next(s for s in sizes if s > opened[0]["n"]) == int(note[1]),
              (sizes, note))
    bed.check("what came of it is in the log", bed.until(lambda: [
        r["d"] for r in records(bed, "draw.done", f"case:{case}")] == [
            {"application": at, "judge": f"p:{listed[n][2]}",
             "place": str(n), "record": str(opened[0]["n"]),
             "root": root.hex()}]), records(
                 bed, "draw.done", f"case:{case}"))
    bed.check("the case is assigned", bed.ask_sql(
        f"SELECT status FROM court_case WHERE id = '{case}'") == 2)
    user = "judge" if bed.account("judge") == int(listed[n][2]) else "judge2"
    for name in (user, "lawyer"):
        bed.check(f"{name} is told", "püşklə müəyyən edildi" in Filer(
            bed, name).get("/notifications").text)
    for name, status in (("lawyer", 200), ("clerk", 200), (user, 200),
                         ("president", 200), ("auditor", 200),
                         ("judge3", 404), ("citizen", 404),
                         ("elsewhere", 404), ("president2", 404)):
        got = Filer(bed, name).get(f"/cases/{case}/draw").status
        bed.check(f"{name}: {status}", got == status, got)
    bed.check("of a paper case there was none", "Püşk atılmayıb" in person.get(
        f"/cases/{bed.case}/draw").text)
    return case, user, "judge2" if user == "judge" else "judge"


def test_give(bed, person, case, was, will):
    path = f"/cases/{case}/judge"
    president = Filer(bed, "president")
    for name in ("lawyer", "clerk", was, will, "auditor", "president2"):
        who = Filer(bed, name)
        got = (who.get(path).status, who.post(path, form=base32()).status)
        bed.check(f"{name} gives it to nobody", got == (404, 404), got)
    good = {"judge": f"1-{bed.account(will)}", "reason": "Etiraz"}
    for name, more, field in (
            ("no judge", {"judge": ""}, "judge"),
            ("one of another court", {"judge": f"2-{bed.account('judge3')}"},
             "judge"),
            ("the same one", {"judge": f"1-{bed.account(was)}"}, "judge"),
            ("no reason", {"reason": " "}, "reason"),
            ("501 characters", {"reason": "ə" * 501}, "reason")):
        wrong(bed, name, president.post(path, form=base32(), **{
            **good, **more}), field)
    bed.check("a form without its number: 400", president.post(
        path, form="x", **good).status == 400)
    bed.check("nothing was changed", bed.ask_sql(
        f"SELECT judge FROM court_case WHERE id = '{case}'")
        == bed.account(was))
    form = base32()
    got = [president.post(path, form=form, **good).status for _ in range(2)]
    bed.check("given, once", got == [303, 303] and bed.ask_sql(
        f"SELECT count(*) FROM judge_change WHERE case_id = '{case}'") == 1,
        got)
    bed.check("the case is the other judge's", Filer(bed, will).get(
        f"/cases/{case}").status == 200 and Filer(bed, was).get(
            f"/cases/{case}").status == 404)
    page = person.get(f"/cases/{case}/draw").text
    bed.check("the parties read the reason; the draw stays", "Etiraz" in page
              and "Püşk düşüb" in page)
    for name in (was, will, "lawyer"):
        bed.check(f"{name} is told", "başqa hakimə verildi" in Filer(
            bed, name).get("/notifications").text)
    bed.check("its record", bed.until(lambda: [r["d"] for r in records(
        bed, "judge.changed", f"case:{case}")] == [
            {"was": f"p:{bed.account(was)}", "will":
             f"p:{bed.account(will)}"}]))
    a = president.post(path, form=base32(), judge=good["judge"],
                       reason="ə" * 500)
    wrong(bed, "500 characters, but the same judge", a, "judge")


def test_leave(bed, person, clerk):
    """Who is on leave is not on the list; all are: no draw."""
    president = Filer(bed, "president")
    today = dt.datetime.utcnow() + dt.timedelta(hours=4)

    def day(n):
        return (today + dt.timedelta(days=n)).strftime("%d.%m.%Y")

    for name in ("lawyer", "clerk", "judge", "auditor"):
        who = Filer(bed, name)
        got = (who.get("/judges").status, who.post("/judges").status)
        bed.check(f"{name}: 404", got == (404, 404), got)
    judge = f"1-{bed.account('judge')}"
    for name, more, field in (
            ("no judge", {"judge": ""}, "judge"),
            ("of another court", {"judge": f"2-{bed.account('judge3')}"},
             "judge"),
            ("no day", {"from": "32.01.2026"}, "from"),
            ("ends before", {"until": day(-1)}, "until"),
            ("367 days", {"until": day(366)}, "until")):
        wrong(bed, name, president.post("/judges", **{
            "judge": judge, "from": day(0), "until": day(0), **more}), field)
    a = president.post("/judges", judge=judge, **{"from": day(0),
                                                  "until": day(365)})
    bed.check("366 days", a.status == 303 and day(365) in president.get(
        "/judges").text, a.status)
    at, case = registered(bed, person, clerk)
    bed.check("one is left, and is drawn", bed.until(lambda: bed.ask_sql(
        f"SELECT judge FROM court_case WHERE id = '{case}'")
        == bed.account("judge2"), 30))
    president.post("/judges", judge=f"1-{bed.account('judge2')}",
                   **{"from": day(0), "until": day(0)})
    at, case = registered(bed, person, clerk)
    bed.check("nobody is left: no draw, and the page says so", bed.ask_sql(
        f"SELECT count(*) FROM draw WHERE case_id = '{case}'") == 0 and
        "Püşk atılmayıb" in person.get(f"/cases/{case}/draw").text)
    a = president.post("/judges", judge=judge, do="drop", **{
        "from": day(0), "until": day(365)})
    bed.check("removed", a.status == 303 and day(365) not in president.get(
        "/judges").text, a.status)
    bed.check("once: 409", president.post("/judges", judge=judge, do="drop", **{
        "from": day(0), "until": day(365)}).status == 409)
    bed.check("their records", bed.until(lambda: [
        r["d"]["state"] for r in bed.records() if r["ev"] == "judge.leave"]
        == ["set", "set", "dropped"]))


class Bed(ClerkBed):
    def run_python(self, text):
        path = self.scratch / "recipe.py"
        path.write_text(text)
        return papers.subprocess.run(
            [sys.executable, path], capture_output=True, text=True,
            check=False).stdout

    def checkpoints(self):
        return "\n".join(p.read_text(errors="replace") for p in
                         self.where.rglob("checkpoints.log"))


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
        bed = Bed(options, scratch / "bed")
        bed.people()
        for number, name in ((1, "president"), (2, "president2")):
            bed.portal("account", "add", "--state", bed.state, "--user",
                       name, "--role", "president", "--name", "Aygün",
                       "--surname", "Məmmədova", input=filing.PASSWORD + "\n")
            bed.sql(f"INSERT INTO official SELECT id, {number} FROM account"
                    f" WHERE username = '{name}'")
        for name in ("root", "citizen-ca"):
            path = bed.where / "trust" / f"bench-{name}.pem"
            shutil.copy(scratch / "bench" / "pki" / f"{name}.pem", path)
            os.chmod(path, 0o644)
        asan.gateway(bed, bench.pki)
        try:
            bed.check("it starts", bed.start(), bed.log()[-3000:])
            person, clerk = Filer(bed, "lawyer"), Filer(bed, "clerk")
            case, was, will = test_draw(bed, person, clerk)
            test_give(bed, person, case, was, will)
            test_leave(bed, person, clerk)
            bed.check("no process fell", "ev=end.fail" not in bed.log(),
                      bed.log()[-2000:])
            bed.check("it ends in order", bed.stop() == 0)
            bed.check("the log verifies", bed.audit())
        finally:
            shutil.copy(bed.log_path, bed.build / "logs-draw.txt")
            if bed.serve is not None and bed.serve.poll() is None:
                bed.serve.kill()
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 0 if bed.failed == 0 and bed.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
