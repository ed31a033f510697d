#!/usr/bin/python3
"""The API of mohur-portal, with examiners, over HTTP.

    api.py --build BUILD [--samples DIR]

Reports are those of the command line, byte for byte; the description of the
interface lists exactly the routes there are, and every answer seen here is
what it says (python3-jsonschema); keys, quotas, idempotency, jobs; SiVa 3.
"""

import argparse
import base64
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import jsonschema

from portal import Checks, Portal, multipart, request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHEN = "2026-06-15T12:00:00Z"
VERIFY = "/api/v1/verify"


class Api:
    """Requests whose answers are held against the description."""

    def __init__(self, portal, check, key=None):
        self.portal, self.check, self.key = portal, check, key
        self.spec = json.loads((ROOT / "portal/api/openapi.json").read_text())
        self.wrong = []
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node:
            at = self.spec
            for word in node["$ref"][2:].split("/"):
                at = at[word]
            node = at
        return node

    def operation(self, method, path):
        method = "get" if method == "HEAD" else method.lower()
        for pattern, item in self.spec["paths"].items():
            regex = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(pattern))
            if re.fullmatch(regex, path):
                return pattern, item.get(method)
        return None, None

    def validate(self, method, path, answer):
        pattern, operation = self.operation(method, path)
        if operation is None:
            return
        where = f"{method} {pattern} {answer.status}"
        self.seen.add((method, pattern, answer.status))
        response = operation["responses"].get(str(answer.status))
        if response is None:
            self.wrong.append(f"{where}: not described")
            return
        response = self.resolve(response)
        kind = answer.headers.get("content-type", "").split(";")[0]
        media = response.get("content", {}).get(kind)
        if media is None:
            self.wrong.append(f"{where}: {kind} is not described")
        elif kind.endswith("json"):
            schema = {**media["schema"],
                      "components": self.spec["components"]}
            try:
                jsonschema.Draft202012Validator(schema).validate(
                    json.loads(answer.body))
            except jsonschema.ValidationError as e:
                self.wrong.append(f"{where}: {e.message[:200]}")
        for name in response.get("headers", {}):
            if name.lower() not in answer.headers:
                self.wrong.append(f"{where}: no {name}")

    def __call__(self, method, target, headers=(), body=b"", key=None):
        key = key or self.key
        if key:
            headers = [*headers, f"Authorization: Bearer {key}"]
        answer = request(self.portal, method, target, headers, body,
                         timeout=120)
        if answer is None:
            self.wrong.append(f"{method} {target}: no answer")
            raise AssertionError(f"{method} {target}: no answer")
        self.validate(method, target.split("?")[0], answer)
        return answer

    def verify(self, path, headers=(), query="", data=(), options=(),
               key=None, name=None, route=VERIFY):
        parts = [("file", name or path.name, path.read_bytes())]
        parts += [("data", d.name, d.read_bytes()) for d in data]
        parts += [(k, None, v.encode()) for k, v in options]
        kind, body = multipart(parts)
        return self("POST", route + query, [kind, *headers], body, key=key)


def command_line(build, folder, name, report, *extra):
    """What mohur verify prints of a file of that name."""
    return subprocess.run(
        [str(build / "mohur"), "verify", "--offline", "--time", WHEN,
         "--report", report, *extra, name], cwd=folder, capture_output=True,
        timeout=120).stdout


def samples_of(folder):
    names = ["asice-lt.asice", "asice-b.asice", "adoc-lta.adoc",
             "asics-t.asics", "cades-lt.asice", "cms-attached.p7m",
             "pdf-certified-dated-hybrid.pdf"]
    out = [folder / n for n in names if (folder / n).exists()]
    out += sorted(folder.glob("pades-*.pdf"))[:2]
    out += sorted(folder.glob("*.jpg"))[:1]
    return out


def reports(check, api, build, folder, trust):
    for path in samples_of(folder):
        for policy in ("lenient", "strict"):
            a = api.verify(path, options=[
                ("time", WHEN), ("offline", "true"), ("policy", policy)])
            cli = command_line(build, folder, path.name, "json", "--trust",
                               trust, "--policy", policy)
            check(f"{path.name} {policy}: the report of the command line",
                  a.status == 200 and a.body == cli,
                  f"{a.status} {a.body[:300]} {cli[:300]}")
    path = samples_of(folder)[0]
    for form, accept, kind in (
            ("text", "text/plain", "text/plain"),
            ("html", "text/html", "text/html"),
            ("etsi", "application/xml", "application/xml")):
        lang = ["--lang", "az"] if form == "html" else []
        cli = command_line(build, folder, path.name, form, "--trust", trust,
                           *lang)
        options = [("time", WHEN), ("offline", "true"), ("policy", "lenient")]
        a = api.verify(path, options=options, query=f"?report={form}")
        check(f"report={form}", a.status == 200 and a.body == cli and
              a.headers["content-type"].startswith(kind), a.raw[:600])
        b = api.verify(path, [f"Accept: {accept}, application/json;q=0.5"],
                       options=options)
        check(f"Accept: {accept}", b.body == cli, b.raw[:300])
        csp = a.headers["content-security-policy"]
        check(f"{form}: no unsafe style", "unsafe" not in csp)
        if form == "html":
            style = re.search(rb"<style>(.*?)</style>", a.body, re.S).group(1)
            want = base64.b64encode(hashlib.sha256(style).digest()).decode()
            check("html: its own style is allowed", f"'sha256-{want}'" in csp)
    a = api.verify(path, ["Accept: image/png"])
    check("406", a.status == 406)
    a = api.verify(path, ["Accept: image/png, */*;q=0.1"])
    check("anything is fine", a.status == 200)


def options(check, api, folder):
    path = samples_of(folder)[0]
    for name, extra in (
            ("lang", [("lang", "de")]), ("policy", [("policy", "mine")]),
            ("time", [("time", "yesterday")]), ("offline", [("offline", "1")]),
            ("unknown", [("colour", "red")])):
        check(f"option {name}: refused",
              api.verify(path, options=extra).status == 400)
    check("an option in both places", api.verify(
        path, query="?lang=az", options=[("lang", "az")]).status == 400)
    check("an option twice", api.verify(
        path, query="?lang=az&lang=en").status == 400)
    check("an unknown field of the query", api.verify(
        path, query="?colour=red").status == 400)
    kind, body = multipart([("data", "x", b"x")])
    check("no file", api("POST", VERIFY, [kind], body).status == 400)
    kind, body = multipart([("file", "x", b"x"), ("file", "y", b"y")])
    check("two files", api("POST", VERIFY, [kind], body).status == 400)
    kind, body = multipart([("file", "x.bin", b"nothing of ours")])
    a = api("POST", VERIFY, [kind], body)
    check("something else is REFUSED, which is an answer", a.status == 200 and
          json.loads(a.body)["verdict"] == "REFUSED", a.raw[:300])
    kind, body = multipart([("file", "x.bin", b"")])
    a = api("POST", VERIFY, [kind], body)
    check("nothing at all is REFUSED", a.status == 200 and
          json.loads(a.body)["verdict"] in ("REFUSED", "NOT-JUDGED"))
    kind, body = multipart([("file", "ə\u202e../../x.pdf", b"x")])
    a = api("POST", VERIFY, [kind], body)
    check("a label is no path", json.loads(a.body)["file"] == "x.pdf")
    large = tempfile.NamedTemporaryFile(suffix=".pdf")
    large.write(b"%PDF-1.7\n" + b"x" * (24 << 20))
    large.flush()
    a = api.verify(pathlib.Path(large.name), name="large.pdf")
    body = json.loads(a.body)
    check("24 MB go through the spool", a.status == 200 and
          body["size"] == (24 << 20) + 9 and body["sha256"] ==
          hashlib.sha256(pathlib.Path(large.name).read_bytes()).hexdigest(),
          a.raw[:300])
    left = list((pathlib.Path(api.portal.state) / "spool").iterdir())
    check("nothing is left in the spool", not left, str(left))


def inspecting(check, api, build, folder):
    path = samples_of(folder)[0]
    for accept, form in (("application/json", "json"), ("text/plain", "text")):
        cli = subprocess.run([str(build / "mohur"), "inspect", "--report",
                              form, str(path)], capture_output=True).stdout
        a = api.verify(path, [f"Accept: {accept}"], route="/api/v1/inspect")
        check(f"inspect {form}: what the command line shows",
              a.status == 200 and a.body == cli, a.raw[:300])
    a = api.verify(path, options=[("lang", "az")], route="/api/v1/inspect")
    check("inspect takes no options", a.status == 400)


def await_job(api, location, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        a = api("GET", location)
        if a.status != 200 or json.loads(a.body)["state"] in ("done",
                                                              "failed"):
            return a
        time.sleep(0.1)
    return a


def jobs(check, api, build, folder, trust, other_key):
    path = samples_of(folder)[0]
    cli = command_line(build, folder, path.name, "json", "--trust", trust)
    options = [("time", WHEN), ("offline", "true"), ("policy", "lenient")]
    a = api.verify(path, ["Prefer: respond-async"], options=options)
    check("202", a.status == 202 and
          json.loads(a.body)["state"] == "queued", a.raw[:300])
    where = a.headers["location"]
    done = await_job(api, where)
    body = json.loads(done.body)
    check("the job is done", body["state"] == "done", done.raw[:400])
    check("its report is that of the command line",
          body["result"] == json.loads(cli))
    result = api("GET", where + "/result")
    check("its result, byte for byte", result.body == cli)
    check("a job of another client is not there",
          api("GET", where, key=other_key).status == 404)
    check("a job of nobody", api(
        "GET", "/api/v1/jobs/" + "a" * 26).status == 404)
    check("no id", api("GET", "/api/v1/jobs/" + "A" * 26).status == 404)
    a = api.verify(path, ["Prefer: respond-async"], query="?report=etsi",
                   options=options)
    done = await_job(api, a.headers["location"])
    check("a job with a report as XML", json.loads(done.body)["result_type"]
          == "application/xml" and api(
              "GET", a.headers["location"] + "/result").body.startswith(
                  b"<?xml"))
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    kept, = pathlib.Path(api.portal.state, "objects").glob(f"*/{sha}")
    check("the document is kept by its hash",
          kept.read_bytes() == path.read_bytes())
    return where, result.body


def idempotency(check, api, folder):
    path = samples_of(folder)[0]
    options = [("time", WHEN), ("offline", "true")]
    one = api.verify(path, ["Idempotency-Key: k1"], options=options)
    two = api.verify(path, ["Idempotency-Key: k1"], options=options)
    check("the same answer", one.status == two.status == 200 and
          one.body == two.body and
          two.headers.get("idempotency-replayed") == "true" and
          "idempotency-replayed" not in one.headers)
    three = api.verify(path, ["Idempotency-Key: k1"])
    check("the same key for something else", three.status == 422)
    bad = api.verify(path, ["Idempotency-Key: " + "k" * 65])
    check("a key too long", bad.status == 400)
    good = api.verify(path, ["Idempotency-Key: " + "k" * 64])
    check("the longest key", good.status == 200)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        many = list(pool.map(lambda _: api.verify(
            path, ["Idempotency-Key: many", "Prefer: respond-async"],
            options=options), range(20)))
    places = {a.headers["location"] for a in many if a.status == 202}
    check("twenty at once make one job", len(places) == 1 and all(
        a.status in (202, 409, 429) for a in many),
        str([a.status for a in many]))


def keys(check, build, folder, trust):
    path = samples_of(folder)[0]
    with Portal(build, trust=trust, anonymous=False, clients=[
            ("bar", []), ("slow", ["--per-minute", "3"]),
            ("small", ["--bytes-a-day", "200000"])]) as portal:
        api = Api(portal, check)
        check("live without a key", api("GET", "/api/v1/health/live").status
              == 200)
        a = api.verify(path)
        check("401", a.status == 401 and
              a.headers["www-authenticate"] == "Bearer")
        check("401 for a key of nobody", api.verify(
            path, key="mohur_" + "0" * 64).status == 401)
        a = api("POST", VERIFY, ["Authorization: Basic YTpi"])
        check("401 for another scheme", a.status == 401)
        check("a key", api.verify(path, key=portal.keys["bar"]).status == 200)
        seen = [api.verify(path, key=portal.keys["slow"]) for _ in range(4)]
        check("three a minute", [a.status for a in seen] == [200] * 3 + [429]
              and 1 <= int(seen[3].headers["retry-after"]) <= 21)
        size = path.stat().st_size
        seen = [api.verify(path, key=portal.keys["small"]).status
                for _ in range(200000 // size + 1)]
        check("bytes a day", seen[0] == 200 and seen[-1] == 429, str(seen))
        database = b"".join(p.read_bytes() for p in
                            pathlib.Path(portal.state).glob("store.db*"))
        check("no key is stored", all(
            k.encode() not in database and bytes.fromhex(k[6:]) not in database
            for k in portal.keys.values()))
        check("no key is logged", not any(
            k in portal.log() for k in portal.keys.values()))
        check("what was answered is as described", not api.wrong,
              "; ".join(sorted(set(api.wrong))))


def siva(check, api, folder):
    def ask(body, headers=("Content-Type: application/json",)):
        return api("POST", "/V3/validate", list(headers),
                   json.dumps(body).encode() if isinstance(body, dict)
                   else body)

    for path, form in ((folder / "asice-lt.asice", "XAdES_BASELINE_LT"),
                       (folder / "cades-lt.asice", "CAdES_BASELINE_LT")):
        if not path.exists():
            continue
        document = path.read_bytes()
        body = {"filename": path.name,
                "document": base64.b64encode(document).decode()}
        for extra in ({}, {"signaturePolicy": "POLv3"},
                      {"reportType": "Detailed"},
                      {"reportType": "Diagnostic", "unknown": 1}):
            a = ask({**body, **extra})
            check(f"siva {path.name} {extra}", a.status == 200, a.raw[:300])
            c = json.loads(a.body)["validationReport"]["validationConclusion"]
            native = json.loads(api.verify(path, options=[(
                "policy", "lenient" if "signaturePolicy" in extra
                else "strict")]).body)
            sigs = [s for s in native["signatures"]
                    if s["kind"] in ("xades", "cades", "pades")]
            passed = [s for s in sigs if s["indication"] == "TOTAL-PASSED"]
            check(f"siva {path.name} {extra}: counts",
                  c["signaturesCount"] == len(sigs) and
                  c["validSignaturesCount"] <= len(passed) and
                  (native["verdict"] != "TOTAL-PASSED" or
                   c["validSignaturesCount"] == len(sigs)), a.raw[:300])
            s = c["signatures"][0]
            check(f"siva {path.name} {extra}: signature",
                  s["signatureFormat"] == form and
                  s["signedBy"] == sigs[0]["signer"]["name"] and
                  s["signatureMethod"].startswith("http://www.w3.org/") and
                  s["claimedSigningTime"] == sigs[0]["claimed_time"] and
                  s["info"]["bestSignatureTime"] ==
                  sigs[0]["best_signature_time"], json.dumps(s)[:400])
            check(f"siva {path.name} {extra}: document",
                  c["signatureForm"] == "ASiC-E" and
                  c["validatedDocument"]["fileHash"] == base64.b64encode(
                      hashlib.sha256(document).digest()).decode())
    broken = bytearray((folder / "asice-lt.asice").read_bytes())
    at = broken.find(b"SignatureValue")
    good = base64.b64encode(bytes(broken)).decode()
    for name, body, key in (
            ("no filename", {"document": good}, "filename"),
            ("empty filename", {"filename": "", "document": good}, "filename"),
            ("long filename", {"filename": "x" * 256, "document": good},
             "filename"),
            ("no document", {"filename": "a"}, "document"),
            ("no base64", {"filename": "a", "document": "%%%"}, "document"),
            ("empty document", {"filename": "a", "document": ""}, "document"),
            ("a number", {"filename": "a", "document": 5}, "document"),
            ("no document at all", {"filename": "a", "document": "YWJj"},
             "document"),
            ("policy", {"filename": "a", "document": good,
                        "signaturePolicy": "POLv9"}, "signaturePolicy"),
            ("report type", {"filename": "a", "document": good,
                             "reportType": "Long"}, "reportType"),
            ("no JSON", b"{", "request"), ("a list", b"[]", "request"),
            ("a member twice", b'{"filename":"a","filename":"b"}',
             "request")):
        a = ask(body)
        ok = a.status == 400 and json.loads(a.body)["requestErrors"][0][
            "key"] == key
        check(f"siva {name}: refused", ok, a.raw[:300])
    check("siva longest filename", ask(
        {"filename": "x" * 255, "document": good}).status == 200)
    check("siva needs JSON", ask(
        {"filename": "a"}, ["Content-Type: text/plain"]).status == 415)
    return at


def description(check, api):
    """Routes against description, both ways."""
    source = (ROOT / "portal/api/routes.c").read_text()
    table = {(m, p) for m, p in re.findall(
        r"\.method = PT_(\w+),\s*\.path = \"(/(?:api|V3)/[^\"]*)\"", source)}
    described = {(m.upper(), p) for p, item in api.spec["paths"].items()
                 for m in item}
    check("every route is described, and nothing else", table == described,
          str(table ^ described))
    a = api("GET", "/api/v1/openapi.json")
    check("the description is served as it is",
          json.loads(a.body) == api.spec)
    for method, pattern in sorted(table):
        target = re.sub(r"\{\w+\}", "a" * 26, pattern)
        kind = "Content-Type: application/json" if "V3" in pattern else \
            "Content-Type: multipart/form-data; boundary=b"
        headers = [kind] if method == "POST" else []
        a = api(method, target, headers)
        check(f"{method} {pattern} is there", a.status != 405 and (
            a.status != 404 or "{" in pattern), str(a.status))
        other = "GET" if method == "POST" else "POST"
        check(f"{other} {pattern} is not", request(
            api.portal, other, target).status == 405)


def readiness(check, build, trust):
    with Portal(build, trust=trust, examiners=False) as portal:
        api = Api(portal, check)
        a = api("GET", "/api/v1/health/ready")
        check("not ready without examiners", a.status == 503 and
              not json.loads(a.body)["judge"])
        kind, body = multipart([("file", "x", b"x")])
        a = api("POST", VERIFY, [kind], body)
        check("503 without examiners", a.status == 503 and
              "retry-after" in a.headers)
    with Portal(build, trust=trust) as portal:
        api = Api(portal, check)
        a = api("GET", "/api/v1/health/ready")
        check("ready", a.status == 200, a.raw[:200])
        for child in portal.helpers:
            child.kill()
            child.wait()
        kind, body = multipart([("file", "x", b"x")])
        a = api("POST", VERIFY, [kind], body)
        check("503 when the examiner is dead", a.status == 503, a.raw[:200])
        check("what was answered is as described", not api.wrong,
              "; ".join(sorted(set(api.wrong))))


def restart(check, build, trust, folder):
    """A job that was taken and not done is done by the next process."""
    state = tempfile.mkdtemp(prefix="mohur-portal-")
    path = samples_of(folder)[0]
    with Portal(build, trust=trust, state=state, examiners=False) as portal:
        api = Api(portal, check)
        a = api.verify(path, ["Prefer: respond-async"])
        check("accepted without examiners", a.status == 202)
        where = a.headers["location"]
        portal.process.kill()
    with Portal(build, trust=trust, state=state) as portal:
        api = Api(portal, check)
        done = await_job(api, where)
        check("done after kill -9 and a new start",
              json.loads(done.body)["state"] == "done", done.raw[:300])
    subprocess.run(["rm", "-rf", state], check=True)


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=pathlib.Path)
    args = parser.parse_args(argv[1:])
    build = args.build.resolve()
    folder = (args.samples or build / "samples").resolve()
    check = Checks()
    trust = str(folder / "pki/root.pem")
    with tempfile.TemporaryDirectory() as tmp:
        snapshot = tmp + "/trust.snap"
        subprocess.run([str(build / "mohur"), "trust", "compile", "--out",
                        snapshot, trust], check=True, capture_output=True)
        with Portal(build, "--lenient", trust=snapshot, anonymous=False,
                    clients=[("one", []), ("two", [])]) as portal:
            api = Api(portal, check, portal.keys["one"])
            description(check, api)
            reports(check, api, build, folder, trust)
            options(check, api, folder)
            inspecting(check, api, build, folder)
            jobs(check, api, build, folder, trust, portal.keys["two"])
            idempotency(check, api, folder)
            siva(check, api, folder)
            check("what was answered is as described", not api.wrong,
                  "; ".join(sorted(set(api.wrong))))
            check("enough of it was seen", len(api.seen) >= 15,
                  str(len(api.seen)))
            check("it stops with 0", portal.stop() == 0)
        keys(check, build, folder, snapshot)
        readiness(check, build, snapshot)
        restart(check, build, snapshot, folder)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
