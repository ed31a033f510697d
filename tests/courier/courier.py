#!/usr/bin/python3
"""mohur-courier from end to end: what it asks, what it takes, where it does
not go.

    courier.py --build DIR

Servers on loopback only; ends with "N passed, N failed".
"""

import argparse
import os
import pathlib
import queue
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from servers import (Authority, Proxy, Server, Silent, digest,  # noqa: E402
                     payload)

OCSP, CRL, ISSUER, TSA, LIST, JSON_GET, JSON_POST = range(7)
KINDS = ("OCSP", "CRL", "ISSUER", "TSA", "LIST", "JSON_GET", "JSON_POST")
LIMITS = (1 << 20, 20 << 20, 64 << 10, 1 << 20, 10 << 20, 1 << 20, 1 << 20)
AT_ONCE = 64
REFUSED = "may not be connected to"


class Answer:
    def __init__(self, line, seconds):
        _, _, self.code, status, size, self.sha256, self.text = \
            line.split(" ", 6)
        self.status, self.size, self.seconds = int(status), int(size), seconds

    def __str__(self):
        return (f"{self.code} {self.status} {self.size} {self.text!r} "
                f"{self.seconds:.2f} s")


def doing(pid):
    """Where a process stands, as proc(5) says."""
    said = []
    for name in ("wchan", "syscall", "stack", "status"):
        try:
            text = pathlib.Path(f"/proc/{pid}/{name}").read_text(
                encoding="ascii")
        except OSError as e:
            text = e.strerror
        said.append(f"{name}: {text.strip()[:600]}")
    return "\n".join(said)


class Courier:
    """One process and its caller."""

    def __init__(self, build, setup=None, env=None):
        self.child = subprocess.Popen(
            [build / "courier_client", build / "mohur-courier"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, bufsize=1,
            env=dict(os.environ, **(env or {})))
        self.lines = queue.Queue()
        self.number = 0
        self.early = {}
        threading.Thread(target=self.listen, daemon=True).start()
        self.pid = 0
        self.pid = int(self.line().split()[1])
        if setup is not None:
            self.setup(**setup)

    def listen(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def line(self):
        """None at the end; what both wait for where nothing comes."""
        try:
            return self.lines.get(timeout=40)
        except queue.Empty:
            raise RuntimeError("\n".join(
                f"no line: {name} {doing(pid)}" for name, pid in (
                    ("client", self.child.pid), ("courier", self.pid)))
            ) from None

    def tell(self, *words):
        self.child.stdin.write("\t".join(map(str, words)) + "\n")
        self.child.stdin.flush()

    def setup(self, proxy="", ca="", public=False, endpoints=()):
        rows = [w for row in endpoints for w in row]
        self.tell("setup", proxy, ca, int(public), *rows)

    def send(self, kind, url, endpoint="", proven=True, timeout=0, body=b""):
        self.number += 1
        self.tell("fetch", self.number, kind, endpoint, url, int(proven),
                  timeout, body.hex())
        return self.number

    def wait(self, number):
        start = time.monotonic()
        while number not in self.early:
            line = self.line()
            if line is None or not line.startswith("fetched "):
                raise RuntimeError(f"the courier said {line}")
            self.early[int(line.split()[1])] = Answer(
                line, time.monotonic() - start)
        return self.early.pop(number)

    def fetch(self, kind, url, **more):
        return self.wait(self.send(kind, url, **more))

    def gone(self):
        """Its exit status, once it has ended."""
        line = self.line()
        return int(line.split()[1]) if line and line.startswith("gone ") \
            else line

    def end(self):
        """Ends both; the courier's exit status."""
        if self.child.poll() is None:
            self.child.stdin.close()
        code = None
        while (line := self.line()) is not None:
            code = line
        self.child.wait(10)
        return code


class Bench:
    def __init__(self, build, scratch):
        self.build, self.scratch = build, scratch
        self.passed = self.failed = 0
        self.server = Server()
        self.authority = Authority(scratch)

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {detail}")
        return good

    def courier(self, env=None, **setup):
        return Courier(self.build, setup, env)

    def body(self, name, got, body):
        self.check(name, got.code == "ok" and got.status == 200 and
                   got.size == len(body) and got.sha256 == digest(body), got)

    def error(self, name, got, code, text):
        self.check(name, got.code == code and text in got.text and
                   got.size == 0, got)


def requests(b):
    """What each kind asks, and how."""
    c, s = b.courier(endpoints=[("e", b.server.url, "")]), b.server
    rows = [(OCSP, "POST", "application/ocsp-request"),
            (CRL, "GET", None), (ISSUER, "GET", None),
            (TSA, "POST", "application/timestamp-query"),
            (LIST, "GET", None), (JSON_GET, "GET", None),
            (JSON_POST, "POST", "application/json; charset=utf-8")]
    for kind, method, media in rows:
        body = b"body \0\xff" if media else b""
        path = f"/size/1000?{KINDS[kind]}"
        b.body(KINDS[kind], c.fetch(kind, path, endpoint="e", body=body),
               payload(1000))
        r = s.last()
        head = r.headers
        b.check(f"{KINDS[kind]} as asked", r.method == method and
                r.path == path and r.body == body and
                head.get("content-type") == media and
                head.get("host") == f"127.0.0.1:{s.port}" and
                head.get("user-agent", "").startswith("mohur/") and
                not {"expect", "cookie", "authorization", "accept-encoding",
                     "upgrade", "referer"} & set(head), (r.method, head))
    big = payload(32 << 10)
    got = c.fetch(TSA, "/size/1", endpoint="e", body=big)
    b.check("largest body", got.code == "ok" and s.last().body == big, got)
    b.body("empty answer", c.fetch(TSA, "/size/0", endpoint="e"), b"")
    b.error("unknown endpoint", c.fetch(TSA, "/", endpoint="x"),
            "unsupported", "not configured")
    for suffix in ("@127.0.0.1:1/", ".example/", "1/size/1", ":1/"):
        got = c.fetch(TSA, suffix, endpoint="e")
        b.error(f"another host behind the endpoint: {suffix}", got,
                "unsupported", "endpoint")
    b.check("ends with its peer", c.end() == "gone 0")


def addresses(b):
    """Texts that are no address of ours."""
    c = b.courier()
    port = b.server.port
    for url in ("file:///etc/passwd", f"ftp://127.0.0.1:{port}/",
                f"gopher://127.0.0.1:{port}/", f"ldap://127.0.0.1:{port}/",
                f"dict://127.0.0.1:{port}/x", "smb://127.0.0.1/x",
                f"tftp://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/",
                "data:text/plain,x", "javascript:1", "http://", "", "x y",
                f"http://user:secret@127.0.0.1:{port}/size/1",
                f"http://user@127.0.0.1:{port}/size/1",
                f"http://127.0.0.1:{port}x/", "http://127.0.0.1:99999/"):
        before = b.server.connections
        got = c.fetch(CRL, url)
        b.check(f"refused: {url}", got.code == "unsupported" and
                "not a plain http or https address" in got.text, got)
        b.check(f"nobody was asked: {url}",
                b.server.connections == before)
    c.end()


def rule(b):
    """The address rule, which looks at what is connected to."""
    six = Server("::1")
    c = b.courier(endpoints=[("e", b.server.url, "")])
    closed = [b.server.url, six.url, "http://127.0.0.1", "https://127.0.0.1",
              "http://127.1", "http://2130706433", "http://0x7f000001",
              "http://0177.0.0.1", "http://0.0.0.0", "http://[::1]",
              "http://[::ffff:127.0.0.1]", "http://[::]", "http://localhost",
              f"http://localhost:{b.server.port}", "http://10.1.2.3",
              "http://172.16.0.1", "http://192.168.1.1", "http://100.64.0.1",
              "http://169.254.169.254", "http://[fe80::1]",
              "http://[fd00::1]", "http://[64:ff9b::7f00:1]",
              "http://[2002:7f00:1::]", "http://224.0.0.1",
              "http://8.8.8.8:8080", "https://1.1.1.1:22"]
    for url in closed:
        before = b.server.connections + six.connections
        got = c.fetch(ISSUER, url + "/size/1", proven=False, timeout=2000)
        b.error(f"unproven {url}", got, "unsupported", REFUSED)
        b.check(f"no connection to {url}",
                b.server.connections + six.connections == before)
    for server in (b.server, six):
        b.body(f"proven {server.url}", c.fetch(
            ISSUER, server.url + "/size/2"), payload(2))
    got = c.fetch(CRL, "http://10.255.255.1/x", timeout=300)
    b.check("proven 10.x may be tried", REFUSED not in got.text, got)
    # What was fetched or connected to by right is no way around the rule.
    got = c.fetch(ISSUER, six.url + "/size/2", proven=False)
    b.error("the cache is no way around", got, "unsupported", REFUSED)
    b.body("an endpoint", c.fetch(TSA, "/size/3", endpoint="e"), payload(3))
    got = c.fetch(TSA, b.server.url + "/size/3", proven=False)
    b.error("a kept connection is none either", got, "unsupported", REFUSED)
    c.end()
    c = b.courier(public=True, endpoints=[("e", b.server.url, "")])
    for proven in (True, False):
        got = c.fetch(CRL, b.server.url + "/size/1", proven=proven)
        b.error(f"public only, proven {proven}", got, "unsupported", REFUSED)
    b.body("but an endpoint is configuration",
           c.fetch(CRL, "/size/1", endpoint="e"), payload(1))
    c.end()


def tls(b):
    """Certificates, names, pins, versions."""
    a, other = b.authority, Authority(b.scratch / "other")
    good = a.server("good")
    rows = [("wrong name", a.server("name", hosts=("127.0.0.2", "good.az"))),
            ("no name", a.server("none", hosts=())),
            ("expired", a.server("expired", days=(-30, -1))),
            ("not yet valid", a.server("future", days=(5, 30))),
            ("another authority", other.server("other")),
            ("TLS 1.1", a.server("old", minimum_version=ssl.TLSVersion.TLSv1,
                                 maximum_version=ssl.TLSVersion.TLSv1_1))]
    right, wrong = good.pin, a.server("unused").pin
    c = b.courier(ca=b.authority.file, endpoints=[
        ("plain", good.url, ""), ("right", good.url, right),
        ("wrong", good.url, wrong), ("either", good.url,
                                     f"{wrong};{right}"),
        ("pinned", b.server.url, right)])
    text = "TLS certificate is not accepted"
    b.body("right name", c.fetch(CRL, good.url + "/size/9"), payload(9))
    for name, server in rows:
        got = c.fetch(CRL, server.url + "/size/9")
        b.error(name, got, "io", text)
        b.check(name + ", no request", not server.requests)
    for endpoint in ("plain", "right", "either"):
        b.body(f"pin: {endpoint}", c.fetch(TSA, "/size/9", endpoint=endpoint),
               payload(9))
    before = len(good.requests)
    b.error("pin: wrong", c.fetch(TSA, "/size/9", endpoint="wrong"), "io",
            text)
    b.check("pin: wrong, no request", len(good.requests) == before)
    c.fetch(LIST, "/size/8", endpoint="plain")
    b.error("pin: wrong, and the cache is no way around",
            c.fetch(LIST, "/size/8", endpoint="wrong"), "io", text)
    got = c.fetch(TSA, "/size/9", endpoint="pinned")
    b.error("a pin and no TLS", got, "unsupported", "pin")
    got = c.fetch(CRL, b.server.url.replace("http:", "https:") + "/size/9")
    b.error("no TLS there", got, "io", "")
    c.end()
    c = b.courier()
    b.error("system's authorities only", c.fetch(CRL, good.url + "/size/9"),
            "io", text)
    c.end()
    c = b.courier(ca=b.scratch / "none.pem")
    b.error("no such CA file", c.fetch(CRL, good.url + "/size/9"), "io", text)
    c.end()


def answers(b):
    """Sizes at the limit and past it; HTTP that is odd or none."""
    c, url = b.courier(), b.server.url
    for kind, name in enumerate(KINDS):
        for way in ("size", "chunked", "old"):
            at = f"{url}/{way}/{LIMITS[kind]}"
            past = f"{url}/{way}/{LIMITS[kind] + 1}"
            b.body(f"{name} at its limit, {way}", c.fetch(kind, at),
                   payload(LIMITS[kind]))
            b.error(f"{name} past its limit, {way}", c.fetch(kind, past),
                    "limit", "too large")
    for way in ("chunked", "old"):
        b.body(way, c.fetch(CRL, f"{url}/{way}/100000"), payload(100000))
    got = c.fetch(CRL, url + "/redirect")
    b.check("a redirect is an answer", got.code == "ok" and
            got.status == 302 and not b.server.asked("/size/1?"), got)
    for status in (201, 204, 304, 400, 404, 999):
        got = c.fetch(JSON_POST, f"{url}/status/{status}", body=b"{}")
        b.check(f"status {status}", got.code == "ok" and
                got.status == status, got)
    b.error("no HTTP", c.fetch(TSA, url + "/garbage"), "io", "no HTTP")
    b.error("closed early", c.fetch(TSA, url + "/early"), "io", "broke")
    b.error("closed at once", c.fetch(TSA, url + "/close"), "io", "broke")
    b.body("nothing is unpacked", c.fetch(CRL, url + "/gzip"),
           b"\x1f\x8b not gzip")
    c.end()


def times(b):
    """No server holds a request longer than it may."""
    c, url, silent = b.courier(), b.server.url, Silent()
    for path, text in (("/slow/5", "in time"), ("/drip/5", "in time")):
        got = c.fetch(JSON_POST, url + path, timeout=400)
        b.error(path, got, "io", text)
        b.check(path + ", its time", 0.3 < got.seconds < 4, got)
    before = len(b.server.requests)
    for more in ("", "?x", "/y"):
        b.error(f"/slow/5{more} is not waited for again",
                c.fetch(CRL, f"{url}/slow/5{more}"), "io", "in time")
    b.check("nor asked", len(b.server.requests) == before)
    b.body("others of that host are", c.fetch(CRL, url + "/slow/0"), b"slow")
    b.body("slow but in time", c.fetch(JSON_POST, url + "/slow/0.3",
                                       timeout=3000), b"slow")
    got = c.fetch(CRL, silent.url)
    b.error("no connection is made", got, "io", "in time")
    b.check("in three seconds", 2.5 < got.seconds < 8, got)
    got = c.fetch(CRL, silent.url + "/other")
    b.error("and is remembered", got, "io", "in time")
    b.check("at once", got.seconds < 2, got)
    silent.close()
    # A name that is too long to be asked for: no resolver decides this test.
    b.error("no such name", c.fetch(CRL, "http://" + 64 * "n" + ".invalid/"), "io",
            "name is not known")
    c.end()


def retries(b):
    """Once more after a fault that may pass; a POST of JSON never."""
    c, s = b.courier(endpoints=[("e", b.server.url, "")]), b.server
    for kind in (OCSP, CRL, ISSUER, TSA, LIST, JSON_GET):
        for fault in ("503", "500", "close"):
            path = f"/flaky/{fault}/{KINDS[kind]}"
            b.body(f"{path} at the second try", c.fetch(kind, s.url + path),
                   b"at last")
            b.check(f"{path} asked twice", s.asked(path) == 2)
    for fault, tries in (("/status/503", 2), ("/close/", 2), ("/early/", 2),
                         ("/status/404", 1), ("/garbage/", 1)):
        path = fault + "?again"
        c.end()
        c = b.courier(endpoints=[("e", b.server.url, "")])
        c.fetch(CRL, s.url + path)
        b.check(f"{path} asked {tries} times", s.asked(path) == tries,
                s.asked(path))
    for fault in ("/flaky/503", "/flaky/close", "/status/500", "/close/",
                  "/early/"):
        path = fault + "?once"
        c.fetch(JSON_POST, path, endpoint="e", body=b"{}")
        b.check(f"{path} of JSON asked once", s.asked(path) == 1,
                s.asked(path))
    # Nor by the library, where a kept connection breaks.
    for n in (1, 2):
        got = c.fetch(JSON_POST, "/second", endpoint="e", body=b"{}")
        b.check(f"JSON on a kept connection, {n}", s.asked("/second") == n,
                f"{s.asked('/second')} requests; {got}")
    c.end()


def caches(b):
    """What is asked again, and what is not."""
    c, s = b.courier(endpoints=[("e", b.server.url, "")]), b.server
    for kind, name in enumerate(KINDS):
        kept = kind in (OCSP, CRL, ISSUER, LIST)
        path = f"/size/77?cache-{name}"
        for _ in range(3):
            b.body(f"{name} again", c.fetch(kind, s.url + path, body=b"q"),
                   payload(77))
        b.check(f"{name} kept: {kept}", s.asked(path) == (1 if kept else 3),
                s.asked(path))
    path = "/size/78?another"
    for body in (b"a", b"b", b"a"):
        c.fetch(OCSP, s.url + path, body=body)
    b.check("another question is asked", s.asked(path) == 2)
    path = "/status/404?kept"
    for _ in range(2):
        c.fetch(CRL, s.url + path)
    b.check("a refusal is not kept", s.asked(path) == 2)
    c.end()


def silence(b):
    """A dead host costs a batch once; an endpoint is always tried."""
    s = Server()
    port, url = s.port, s.url
    s.close()
    c = b.courier(endpoints=[("e", url, "")])
    b.error("nobody there", c.fetch(CRL, url + "/size/1"), "io",
            "no connection")
    b.error("nor for an endpoint", c.fetch(CRL, "/size/1", endpoint="e"),
            "io", "no connection")
    s = Server(port=port)
    got = c.fetch(CRL, url + "/size/2")
    b.error("an address is not tried for a while", got, "io",
            "no connection")
    b.check("and at once", got.seconds < 2 and not s.connections, got)
    b.body("an endpoint is", c.fetch(CRL, "/size/2", endpoint="e"),
           payload(2))
    b.body("another port is another host", c.fetch(
        CRL, b.server.url + "/size/2"), payload(2))
    s.close()
    c.end()


def proxies(b):
    """The one of the set-up, and none else."""
    proxy, tls_server = Proxy(), b.authority.server("behind",
                                                    hosts=("host.example",))
    c = b.courier(proxy=proxy.url, ca=b.authority.file)
    got = c.fetch(CRL, "http://host.example/list.crl")
    b.body("http by the proxy", got, b"by the proxy")
    b.check("as a proxy is asked", proxy.last().path ==
            "http://host.example/list.crl", proxy.last().path)
    got = c.fetch(CRL, f"https://host.example:{tls_server.port}/size/5")
    b.body("https through the proxy", got, payload(5))
    b.check("by CONNECT", proxy.last().method == "CONNECT" and
            proxy.last().path == f"host.example:{tls_server.port}",
            proxy.last().path)
    c.end()
    before = len(proxy.requests)
    env = {n: proxy.url for n in ("http_proxy", "https_proxy", "HTTPS_PROXY",
                                  "all_proxy", "ALL_PROXY")}
    c = b.courier(env=env)
    b.body("the environment's is not asked",
           c.fetch(CRL, b.server.url + "/size/6"), payload(6))
    b.check("it heard nothing", len(proxy.requests) == before)
    c.end()
    c = b.courier(proxy=proxy.url, env={"no_proxy": "*", "NO_PROXY": "*"})
    b.body("nor its exceptions", c.fetch(CRL, "http://host.example/2.crl"),
           b"by the proxy")
    c.end()
    proxy.close()
    c = b.courier(proxy=proxy.url)
    b.error("a proxy that is gone", c.fetch(CRL, b.server.url + "/size/1"),
            "io", "no connection")
    c.end()


def many(b):
    """As many as may be under way, and one more."""
    c, s = b.courier(endpoints=[("e", b.server.url, "")]), b.server
    ids = [c.send(JSON_POST, "/hold", endpoint="e", body=b"{}")
           for _ in range(AT_ONCE)]
    end = time.monotonic() + 10
    while s.held < AT_ONCE and time.monotonic() < end:
        time.sleep(0.02)
    b.check("64 at once", s.held == AT_ONCE, s.held)
    b.error("one more", c.fetch(JSON_POST, "/hold", endpoint="e"), "limit",
            "too many")
    s.release.set()
    got = [c.wait(i) for i in ids]
    b.check("all answered", all(g.code == "ok" and g.sha256 ==
                                digest(b"held") for g in got))
    b.body("and there is room again", c.fetch(
        JSON_POST, "/size/1", endpoint="e"), payload(1))
    c.send(JSON_POST, "/slow/6", endpoint="e")
    start = time.monotonic()
    b.check("its peer's end ends it", c.end() == "gone 0" and
            time.monotonic() - start < 5)


def messages(b):
    """A peer that must not be believed is left."""
    fetch = "02" + "01" + "00" * 7 + "00" * 4 + "00" * 4 + "00" * 4 + "01" + \
        "00" * 8 + "00" * 4 + "00" * 8
    rows = [("unknown type", ["09"]), ("type 0", ["00"]),
            ("an answer", ["03" + "00" * 40]),
            ("a request that is cut", [fetch[:-2]]),
            ("an unknown kind", [fetch.replace("02", "02", 1)[:18] +
                                 "63000000" + fetch[26:]]),
            ("proven is 2", [fetch[:-42] + "02" + fetch[-40:]]),
            ("too large a body", [fetch + "00" * ((32 << 10) + 1)]),
            ("a text with a NUL", [fetch[:26] + "0100000000" + fetch[34:]]),
            ("another set-up", ["01" + "00" * 4 * 2 + "00" + "00" * 4])]
    for name, packets in rows:
        c = b.courier()
        for packet in packets:
            c.tell("raw", packet)
        b.check(name, c.gone() == 0)
        c.end()
    c = b.courier()
    c.tell("raw", fetch, "fd")
    b.check("a descriptor that nobody asked for", c.gone() == 0)
    c.end()
    c = b.courier()
    c.tell("raw", fetch)
    line = c.line()
    b.check("the same request unspoiled", line.startswith("fetched 1 "), line)
    c.end()
    c = Courier(b.build)
    c.tell("raw", fetch)
    b.check("a request before the set-up", c.gone() == 0)
    c.end()
    for name, packet in (("cut", "01" + "00" * 7), ("33 endpoints", "01" +
                         "00" * 9 + "21000000" + "00" * 12 * 33)):
        c = Courier(b.build)
        c.tell("raw", packet)
        b.check(f"a set-up, {name}", c.gone() == 0)
        err = c.child.stderr
        c.end()
        b.check(f"a set-up, {name}: its last words",
                "malformed message" in err.read())
    done = subprocess.run([b.build / "mohur-courier"], capture_output=True,
                          text=True, timeout=10, check=False)
    b.check("by hand", done.returncode == 64 and
            "started by mohur only" in done.stderr, done)


def status_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return dict(line.split(":\t", 1) for line in text.splitlines()
                if ":\t" in line)


def files_of(pid):
    """What it holds that has a name, but for /dev/null."""
    held = []
    try:
        for n in os.listdir(f"/proc/{pid}/fd"):
            try:
                held.append(os.readlink(f"/proc/{pid}/fd/{n}"))
            except FileNotFoundError:
                pass  # closed just now
    except PermissionError:
        pass  # not dumpable: another user may not look
    return [f for f in held if f.startswith("/") and f != "/dev/null"]


def sandbox(b):
    """What the kernel says; test_netbox tries what it means."""
    c = b.courier()
    c.fetch(CRL, b.server.url + "/size/1")
    seen = status_of(c.pid)
    b.check("system calls are filtered", seen["Seccomp"] == "2", seen)
    b.check("no new privileges", seen["NoNewPrivs"] == "1", seen)
    # The answer's memory is closed a moment after it was sent.
    end = time.monotonic() + 5
    while (held := files_of(c.pid)) and time.monotonic() < end:
        time.sleep(0.02)
    b.check("it holds no file", not held, held)
    c.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--only")
    args = parser.parse_args()
    socket.setdefaulttimeout(30)
    with tempfile.TemporaryDirectory(prefix="mohur-courier.") as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "other").mkdir()
        b = Bench(pathlib.Path(args.build).resolve(), scratch)
        for part in (requests, addresses, rule, tls, answers, times, retries,
                     caches, silence, proxies, many, messages, sandbox):
            if args.only in (None, part.__name__):
                part(b)
    print(f"{b.passed} passed, {b.failed} failed")
    return 1 if b.failed else 0


if __name__ == "__main__":
    sys.exit(main())
