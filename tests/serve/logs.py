#!/usr/bin/python3
"""Two whole instances, each with its keyd and its log, on one PostgreSQL: the
auditor's index has both logs and says whose a record is; what only one node
can prove that node does, also after it was killed; a draw whose node is gone
is opened again in the other's log, for everybody to see, and never drawn
twice.

    logs.py --build BUILD --samples DIR

Ends with "N passed, N failed".
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

import package  # first: another folder has one as well

sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "pki"),
                str(HERE.parent / "portal")]

import asan  # noqa: E402
import draw  # noqa: E402
import filing  # noqa: E402
import sign  # noqa: E402
from applications import Filer, mobile  # noqa: E402
from filing import base32  # noqa: E402
from pgserver import Server  # noqa: E402

WAITS = 900  # seconds that a draw waits for the log it was opened in
NOTHING = "Nəticəsiz qalmış açılışlar"


class Node(draw.Bed):
    """One of the instances; the first makes who there is."""

    def __init__(self, options, scratch, first=None):
        self.first, self.signed = first, {}
        scratch.mkdir(mode=0o755)
        super().__init__(options, scratch)
        if first is None:
            self.people()
            return
        # One configuration, but for what is a machine's own.
        for path in (first.where / "trust").glob("*.pem"):
            if not (self.where / "trust" / path.name).exists():
                shutil.copy(path, self.where / "trust")

    def on_server(self):
        if self.first is None:
            super().on_server()
            return
        self.server, self.database = self.first.server, self.first.database
        self.tell_store()

    def portal(self, *args, **more):
        if self.first is None:
            return super().portal(*args, **more)
        return None  # the first has made them

    def make_case(self):
        if self.first is None:
            super().make_case()
        else:
            self.case = self.first.case

    def who(self, user):
        """Signed in once: there is a limit to that."""
        if user not in self.signed:
            self.signed[user] = Filer(self, user)
        return self.signed[user]

    @property
    def node(self):
        return int((self.state / "node").read_text())

    def start(self):
        good = super().start()
        return good and self.until(lambda: (self.state / "node").exists())

    def fall(self):
        """As when the machine loses its power: everything of it at once."""
        children = subprocess.run(
            ["pgrep", "-P", str(self.serve.pid)], capture_output=True,
            text=True, check=False).stdout.split()
        self.serve.kill()
        for pid in children:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.serve.wait(20)

    def indexed(self):
        return self.ask_sql(
            f"SELECT count(*) FROM audit_index WHERE node = {self.node}")

    def caught_up(self):
        return self.until(lambda: self.indexed() >= len(self.records()) > 0)

    def leads(self):
        return self.until(lambda: self.ask_sql(
            "SELECT node FROM leader") == self.node)


def test_index(a, b):
    """Each log is there whole, and each record says whose it is."""
    for bed, other in ((a, b), (b, a)):
        bed.check("its own log is indexed", bed.caught_up(),
                  (bed.indexed(), len(bed.records())))
        auditor = bed.who("auditor")
        page = auditor.get("/audit")
        bed.check("the page says whose log it is", page.status == 200 and
                  f"{bed.node} (bu qovşaq)" in page.text, page.text[-900:])
        page = auditor.get("/audit/log")
        bed.check("both logs are offered", all(
            f'<option value="{n.node}"' in page.text for n in (a, b)))
        for one in (bed, other):
            text = auditor.get(f"/audit/log?log={one.node}").text
            rows = re.findall(r'data-label="Qovşağın jurnalı">(\d+)<', text)
            bed.check("one log alone", rows and set(rows) == {str(one.node)},
                      set(rows))
        bed.check("a record of its own, with its proof", "tlog-proof" in
                  auditor.get("/audit/log/0").text and auditor.get(
                      f"/audit/log/{bed.node}-0").status == 200)
        page = auditor.get(f"/audit/log/{other.node}-0")
        bed.check("one of the other's only that one shows", page.status == 409
                  and "başqa qovşağın" in page.text, page.status)
        for path in (f"{bed.node}-", f"{bed.node}-0-0", "-0", "x-0"):
            bed.check(f"{path}: no record", auditor.get(
                f"/audit/log/{path}").status == 404)


def test_pages(b):
    """Page by page every record once, although two logs are mixed."""
    auditor, seen, query = b.who("auditor"), [], ""
    newest = b.ask_sql("SELECT count(*) FROM audit_index")
    for _ in range(newest // 50 + 2):
        text = auditor.get("/audit/log" + query).text
        seen += re.findall(r'href="/audit/log/([0-9-]+)"', text)
        more = re.search(r'href="/audit/log(\?before=[^"]+)"', text)
        if more is None:
            break
        query = more[1]
    # What came meanwhile stands before the first page.
    b.check("every record once", len(seen) == len(set(seen)) and
            newest <= len(seen) <= newest + 20, (newest, len(seen)))


def checks(bed, log):
    """A check of that log is asked for here; its job."""
    auditor = bed.who("auditor")
    a = auditor.post("/audit/jobs", form=base32(), do="check", log=str(log))
    bed.check("a check is asked for", a.status == 303, a.status)
    return auditor, a.headers.get("location", "")


def test_check(a, b):
    for bed, other in ((b, a), (a, b)):
        auditor, job = checks(bed, other.node)
        bed.check("the other node has done it", bed.until(
            lambda: "Jurnal bütövdür" in auditor.get(job).text),
            auditor.get(job).text[-900:])
        bed.check("and the page says whose log it was",
                  f"Qovşağın jurnalı {other.node}" in auditor.get(job).text)
        bed.check("it was that one", f"job={job[-26:]} " in other.log() and
                  f"job={job[-26:]} " not in bed.log())
    bed.check("of a log that there is not: 400", bed.who("auditor").post(
        "/audit/jobs", form=base32(), do="check", log="1").status == 400)


def opened(bed, clerk, at):
    """An application in review becomes a case; its id."""
    form = clerk.get(f"/applications/{at}/case")
    a = clerk.post(f"/applications/{at}/case", **clerk.stamp(form), type="2",
                   proceeding="claim", subject="Borc")
    found = draw.CASE.fullmatch(a.headers.get("location", ""))
    bed.check("registered", a.status == 303 and found, a.status)
    return found[1]


def drawn(bed, case):
    return bed.ask_sql(f"SELECT count(*) FROM draw WHERE case_id = '{case}'"
                       " AND drawn IS NOT NULL") == 1


def test_draw(a, b):
    """The node that leads draws in its log; it falls before it has drawn."""
    person = a.who("lawyer")
    at = person.prepare()
    mobile(a, person, at)
    a.who("clerk").act(at, "review")
    first = opened(a, a.who("clerk"), at)
    a.check("drawn by the node that leads", a.until(lambda: drawn(a, first)))
    page = person.get(f"/cases/{first}/draw").text
    a.check("the page says in whose log", f"{a.node}</dd>" in page and
            NOTHING not in page, page[-1500:])
    a.check("so does the record", a.until(lambda: any(
        r["ev"] == "draw.done" and r["d"].get("log") == str(a.node)
        for r in a.records())))
    at = person.prepare()
    mobile(a, person, at)
    clerk = b.who("clerk")
    clerk.act(at, "review")
    a.check("nothing else is on its way to the log", a.until(
        lambda: a.ask_sql("SELECT (SELECT count(*) FROM outbox) + (SELECT"
                          " count(*) FROM receipt WHERE next_at IS NOT NULL)")
        == 0))
    # Its keyd hangs, unseen: nothing comes into its log any more.
    a.serve.send_signal(signal.SIGSTOP)
    a.hold("keyd")
    case = opened(b, clerk, at)
    a.check("the draw is that log's", a.until(lambda: a.ask_sql(
        f"SELECT node FROM draw WHERE case_id = '{case}'") == a.node))
    a.fall()
    b.check("the other leads", b.leads())
    b.check("its log has the record, too", b.until(lambda: any(
        r["ev"] == "draw.opened" and r["obj"] == f"application:{at}"
        for r in b.records()) and b.indexed() >= len(b.records())),
        b.log()[-900:])
    b_person = b.who("lawyer")
    b.check("but draws nothing: it is not its own", not drawn(b, case) and
            "Püşk jurnalın növbəti" in b_person.get(
                f"/cases/{case}/draw").text,
            b_person.get(f"/cases/{case}/draw").text[-1500:])
    b.sql(f"UPDATE draw SET taken = taken - {WAITS} WHERE case_id = '{case}'")
    b.check("after its time it is opened again, and drawn",
            b.until(lambda: drawn(b, case)), b.log()[-900:])
    again = [r for r in b.records() if r["ev"] == "draw.reopened"]
    listed = b.ask_sql("SELECT count(*) FROM judge_list")
    b.check("with a record of its own", len(again) == 1 and
            again[0]["obj"] == f"draw:{at}:2" and again[0]["d"]["was"] ==
            str(a.node) and again[0]["d"]["log"] == str(b.node) and
            again[0]["d"]["case"] == case and listed == 2, (again, listed))
    page = b_person.get(f"/cases/{case}/draw").text
    b.check("the page shows the opening before", NOTHING in page and
            f"1. Qovşağın jurnalı {a.node}" in page, page[-2500:])
    recipe = draw.html.unescape(re.search(
        '<pre class="mohur-pre">(import.*?)</pre>', page, re.S)[1])
    b.check("the recipe of the page gives the place", b.run_python(
        recipe).strip() == draw.value(page, "Siyahıda yeri \\(0-dan\\)"))
    b.check("of the record in that log", draw.value(
        page, "Siyahının jurnaldakı qeydi") == str(again[0]["n"]), again)
    return case


def filed(bed):
    """A document, recorded by the one node that is there."""
    filer = filing.Filer(bed, "lawyer", bed.case)
    document = filer.document(bed.samples / "adoc-lta.adoc")
    bed.check("its receipt", bed.until(
        lambda: filer.receipt(document).status == 200))


def asked(a, b):
    """A package of the case while the one node is away: a job for each log,
    and the other's is done."""
    auditor = b.who("auditor")
    b.check("both logs have records of the case", b.until(lambda: b.ask_sql(
        "SELECT count(DISTINCT node) FROM audit_index WHERE case_id ="
        f" '{a.case}'") == 2))
    where = package.ask(b, auditor)
    jobs = {n.node: b.psql("SELECT id FROM audit_job WHERE kind = 3 AND log ="
                           f" {n.node}").split() for n in (a, b)}
    b.check("one for each log", all(len(j) == 1 for j in jobs.values()) and
            where[-26:] == jobs[b.node][0], jobs)
    package.made(b, auditor, where)
    b.check("the other waits", "qovşağını gözləyir" in auditor.get(
        f"/audit/jobs/{jobs[a.node][0]}").text)
    return {node: j[0] for node, j in jobs.items()}


def test_back(a, b, case):
    """The one that fell comes back: nothing is drawn a second time."""
    jobs = asked(a, b)
    before = b.ask_sql(f"SELECT judge FROM court_case WHERE id = '{case}'")
    auditor, job = checks(b, a.node)
    text = auditor.get(job).text
    b.check("a check of its log waits for it", "Davam edir" in text and
            f"{a.node} qovşağını gözləyir" in text, text[-900:])
    a.check("the first starts again", a.start(), a.log()[-2000:])
    a.check("and does what waited", a.until(
        lambda: "Jurnal bütövdür" in auditor.get(job).text),
        auditor.get(job).text[-900:])
    a.check("its log goes on", a.caught_up())
    a.check("the judge is the same", b.ask_sql(
        f"SELECT judge FROM court_case WHERE id = '{case}'") == before and
        b.ask_sql("SELECT count(*) FROM event WHERE kind = 'judge-drawn'"
                  f" AND case_id = '{case}'") == 1)
    results = [r for n in (a, b) for r in n.records() if r["ev"] ==
               "draw.done" and r["obj"] == f"case:{case}"]
    a.check("one result in all logs", len(results) == 1, results)
    return jobs


def test_package(a, b, jobs):
    """Each by the node whose log it is of, and under that log's key."""
    auditor = b.who("auditor")
    for bed, other in ((a, b), (b, a)):
        where = f"/audit/jobs/{jobs[bed.node]}"
        volumes = package.take(b, auditor, where, package.made(
            b, auditor, where))
        verdict, codes, report = package.verify(bed, volumes[0])
        b.check("it passes with the key of that log", verdict ==
                "TOTAL-PASSED" and {"package-complete", "package-proven",
                                    "log-key-good"} <= codes, report or codes)
        top = json.loads(package.contents(volumes[0])["package.json"])
        b.check("it says whose log it is, and which there are",
                top["node"] == bed.node and sorted(top["nodes"]) == sorted(
                    (a.node, b.node)), top)
        recorded = [f for f in top["files"] if f["what"] == "document"
                    and "record" in f]
        b.check("it has both documents, and the record of one",
                len(recorded) == 1 and len(
                    [f for f in top["files"] if f["what"] == "document"]) == 2,
                top["files"])
        verdict, codes, _ = package.verify(Keyed(bed, other), volumes[0])
        b.check("not with the key of the other", verdict == "TOTAL-FAILED"
                and "log-key-other" in codes, (verdict, codes))


class Keyed:
    """Who trusts what one has and holds the key of the other's log."""

    def __init__(self, bed, other):
        self.build, self.scratch = bed.build, bed.scratch / base32()
        self.where = self.scratch / "where"
        shutil.copytree(bed.where / "trust", self.where / "trust")
        folder = self.where / "state" / "keyd" / "log"
        folder.mkdir(parents=True)
        shutil.copy(other.where / "state" / "keyd" / "log" / "log.pub",
                    folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with Server() as server, tempfile.TemporaryDirectory() as scratch:
        os.environ["MOHUR_TEST_STORE"] = server.info
        os.chmod(scratch, 0o755)
        scratch = pathlib.Path(scratch)
        (scratch / "bench").mkdir(mode=0o755)
        bench = sign.Bench(options.build.resolve() / "mohur",
                           scratch / "bench")
        a = Node(options, scratch / "a")
        for name in ("root", "citizen-ca"):
            path = a.where / "trust" / f"bench-{name}.pem"
            shutil.copy(scratch / "bench" / "pki" / f"{name}.pem", path)
            os.chmod(path, 0o644)
        b = Node(options, scratch / "b", a)
        for bed in (a, b):
            asan.gateway(bed, bench.pki)
            with open(bed.where / "mohur.conf", "a", encoding="utf-8") as f:
                f.write("\nfiling-level = 1\n")
        try:
            a.check("the first starts", a.start(), a.log()[-3000:])
            a.check("and leads", a.leads())
            filed(a)
            b.check("the second starts", b.start(), b.log()[-3000:])
            test_index(a, b)
            test_pages(b)
            test_check(a, b)
            case = test_draw(a, b)
            filed(b)
            test_package(a, b, test_back(a, b, case))
            for bed in (a, b):
                bed.check("it ends in order", bed.stop() == 0)
                bed.check("its log verifies", bed.audit())
        finally:
            for bed in (a, b):
                shutil.copy(bed.log_path, bed.build /
                            f"logs-logs-{bed.scratch.name}.txt")
                if bed.serve is not None and bed.serve.poll() is None:
                    bed.hold("keyd", go=True)
                    bed.serve.kill()
    passed, failed = a.passed + b.passed, a.failed + b.failed
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
