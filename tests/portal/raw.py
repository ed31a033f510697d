#!/usr/bin/python3
"""The HTTP side of mohur-portal over raw sockets.

    raw.py --build BUILD

The vectors of the raw-HTTP corpus on the bare port (what a handler cannot
see is let through there, and refused by the front: nginx.py); whatever is
refused, the request smuggled behind it is never executed.  Then deadlines,
limits, header fields, methods, bodies.
"""

import json
import resource
import socket
import sys
import time

from portal import (Answer, Checks, Portal, build_of, multipart, read_answer,
                    request)
from vectors import SMUGGLED, VECTORS

LIVE = "/api/v1/health/live"


def send_raw(portal, raw, wait=3.0):
    """Everything that comes back until the end or silence."""
    with portal.connect(wait) as sock:
        got = b""
        try:
            sock.sendall(raw)
            sock.shutdown(socket.SHUT_WR)
            while True:
                more = sock.recv(65536)
                if not more:
                    break
                got += more
        except (ConnectionError, TimeoutError):
            pass
        return got


def statuses(raw):
    out = []
    for i in range(len(raw)):
        if raw.startswith(b"HTTP/1.", i) and (i == 0 or raw[i - 1:i] in
                                              (b"\n", b"}")):
            out.append(int(raw[i + 9:i + 12]))
    return out


def corpus(check, build):
    for v in VECTORS:
        with Portal(build, examiners=False) as portal:
            got = send_raw(portal, v.raw)
            seen = statuses(got)
            time.sleep(0.05)
            executed = [r for r in portal.requests() if r[1] == SMUGGLED]
            if v.gate is None:
                ok = not seen
            else:
                ok = bool(seen) and seen[0] in v.gate
            check(f"vector {v.name}: {v.gate}", ok, f"got {seen} {got[:200]}")
            check(f"vector {v.name}: nothing smuggled", not executed,
                  str(executed))
            live = request(portal, "GET", LIVE)
            check(f"vector {v.name}: it still answers",
                  live is not None and live.status == 200)


def plain(check, portal):
    a = request(portal, "GET", LIVE)
    check("live", a.status == 200 and json.loads(a.body)["status"] == "live")
    for name, want in (("x-content-type-options", "nosniff"),
                       ("cache-control", "no-store"),
                       ("referrer-policy", "same-origin"),
                       ("cross-origin-opener-policy", "same-origin"),
                       ("x-frame-options", "DENY")):
        check(f"header {name}", a.headers.get(name) == want, a.headers)
    check("CSP", "default-src 'none'" in a.headers["content-security-policy"]
          and "unsafe" not in a.headers["content-security-policy"])
    check("no version", "server" not in a.headers)
    check("no CORS", "access-control-allow-origin" not in a.headers)
    check("request id", len(a.headers["x-request-id"]) == 26)
    h = request(portal, "HEAD", LIVE)
    check("HEAD", h.status == 200 and h.rest == b"" and
          h.headers["content-length"] == a.headers["content-length"])
    e = request(portal, "GET", "/nothing/here")
    problem = json.loads(e.body)
    check("404", e.status == 404 and
          e.headers["content-type"] == "application/problem+json" and
          problem["status"] == 404 and
          problem["type"] == "urn:mohur:problem:not-found")
    check("404 has the fixed headers",
          e.headers.get("x-content-type-options") == "nosniff")
    check("404 within a folder", request(portal, "GET", "/api").status == 404)
    for hidden in ("/.git/config", "/metrics", "/store.db", "/backup.zip"):
        check(f"nothing at {hidden}",
              request(portal, "GET", hidden).status in (400, 404))
    m = request(portal, "POST", LIVE)
    check("405", m.status == 405 and m.headers["allow"] == "GET, HEAD")
    m = request(portal, "GET", "/api/v1/verify")
    check("405 for GET", m.status == 405 and m.headers["allow"] == "POST")
    q = request(portal, "GET", LIVE + "?x=1")
    check("unknown query field", q.status == 400)
    f = request(portal, "GET", LIVE, ["X-Forwarded-For: 1.2.3.4"])
    check("forwarding without a front", f.status == 400)
    c = request(portal, "POST", "/api/v1/verify", ["Origin: https://evil"])
    check("another site", c.status == 403)
    with portal.connect() as sock:
        for i in range(3):
            sock.sendall(f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                         .encode())
            a = read_answer(sock)
            check(f"keep-alive {i}", a is not None and a.status == 200)
    with portal.connect() as sock:
        sock.sendall((f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5)
                     .encode())
        time.sleep(0.5)
        got = sock.recv(1 << 20)
        check("pipelined", statuses(got) == [200] * 5, statuses(got))
    with portal.connect() as sock:
        sock.sendall(f"GET {LIVE} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        a = read_answer(sock)
        check("HTTP/1.0", a is not None and a.status == 200)


def bodies(check, portal):
    kind, body = multipart([("file", "a.pdf", b"x")])
    a = request(portal, "POST", "/api/v1/verify", ["Content-Type: text/plain"],
                b"x")
    check("415", a.status == 415)
    a = request(portal, "POST", "/api/v1/verify",
                ["Content-Type: multipart/form-data"], b"x")
    check("no boundary", a.status == 400)
    a = request(portal, "POST", "/api/v1/verify", [kind], body[:-9])
    check("cut multipart", a.status == 400 and a.headers["connection"] ==
          "close", a and a.raw)
    kind2, body2 = multipart([("other", "a.pdf", b"x")])
    check("a file nobody asked for",
          request(portal, "POST", "/api/v1/verify", [kind2], body2).status
          == 400)
    kind3, body3 = multipart([("lang", None, b"az"), ("lang", None, b"en"),
                              ("file", "a", b"x")])
    check("a field twice",
          request(portal, "POST", "/api/v1/verify", [kind3], body3).status
          == 400)
    kind4, body4 = multipart([("lang", None, b"x" * 4097), ("file", "a", b"x")])
    check("a field too long",
          request(portal, "POST", "/api/v1/verify", [kind4], body4).status
          == 413)
    check("a body with GET", request(
        portal, "GET", LIVE, ["Content-Length: 3"], b"").status == 400)
    # A length past the cap is refused before a byte of it is sent.
    with portal.connect() as sock:
        sock.sendall(f"POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                     f"{kind}\r\nContent-Length: {(512 << 20) + 1}\r\n"
                     "Expect: 100-continue\r\n\r\n".encode())
        a = read_answer(sock)
        check("413 before the body", a is not None and a.status == 413)
    with portal.connect() as sock:
        sock.sendall(f"POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\n"
                     f"{kind}\r\nContent-Length: {len(body)}\r\n"
                     "Expect: 100-continue\r\n\r\n".encode())
        first = sock.recv(4096)
        check("100 Continue", first.startswith(b"HTTP/1.1 100"), first)
    # Past the cap in chunks: the answer comes, and the rest is not read.
    with portal.connect() as sock:
        sock.sendall(b"POST /V3/validate HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Type: application/json\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        sent = 0
        try:
            while sent < (48 << 20):
                sock.sendall(piece)
                sent += 65536
        except (ConnectionError, TimeoutError):
            pass
        check("a chunked body past the cap is cut off", sent < (48 << 20))
    a = request(portal, "POST", "/V3/validate",
                ["Content-Type: application/json"], b'{"a":1,"a":2}')
    check("duplicate JSON members", a.status == 400)
    log = portal.log()
    check("names of files are in no log", "a.pdf" not in log)


def deadlines(check, build):
    options = ["--header-ms", "1000", "--idle-ms", "1500", "--grace-ms",
               "1000", "--rate", "1000"]
    kind, body = multipart([("file", "a.pdf", b"x" * 100000)])
    with Portal(build, *options, examiners=False) as portal:
        def lives(send, pause, limit):
            """Seconds until the connection ends, sending a byte a pause."""
            with portal.connect(0.01) as sock:
                start = time.monotonic()
                for chunk in send:
                    try:
                        sock.sendall(chunk)
                        time.sleep(pause)
                        try:
                            if sock.recv(4096) == b"":
                                return time.monotonic() - start
                        except TimeoutError:
                            pass
                    except ConnectionError:
                        return time.monotonic() - start
                    if time.monotonic() - start > limit:
                        break
                return None

        head = f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\nX: ".encode()
        took = lives((bytes([c]) for c in head + b"y" * 1000), 0.05, 6)
        check("slow headers end at the deadline",
              took is not None and 0.8 < took < 5, str(took))
        took = lives((b"" for _ in range(1000)), 0.05, 6)
        check("silence ends at the deadline",
              took is not None and 0.8 < took < 5, str(took))
        start = (f"POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\n{kind}"
                 f"\r\nContent-Length: {len(body)}\r\n\r\n").encode()

        def slow():
            yield start
            for i in range(0, len(body), 5):
                yield body[i:i + 5]
        took = lives(slow(), 0.05, 10)
        check("a slow body ends below the lowest rate",
              took is not None and 0.8 < took < 5, str(took))
        # One above the lowest rate is waited for.
        with portal.connect(10) as sock:
            sock.sendall(start)
            for i in range(0, len(body), 5000):
                sock.sendall(body[i:i + 5000])
                time.sleep(0.15)
            a = read_answer(sock)
            check("a body above the lowest rate arrives",
                  a is not None and a.status == 503, a and a.raw[:200])
        # Idle between two requests.
        with portal.connect(5) as sock:
            sock.sendall(f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                         .encode())
            read_answer(sock)
            start = time.monotonic()
            check("an idle connection ends", sock.recv(10) == b"" and
                  1 < time.monotonic() - start < 4.5)


def latency(portal, count):
    out = []
    for _ in range(count):
        start = time.monotonic()
        a = request(portal, "GET", LIVE)
        if a is None or a.status != 200:
            return None
        out.append(time.monotonic() - start)
    return sorted(out)[len(out) // 2]


def crowd(check, build):
    """Many idle, slow-header and slow-body connections beside others."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = 5000
    if hard != resource.RLIM_INFINITY and hard < want + 600:
        check("descriptors for 5,000 connections", False, str(hard))
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (want + 600, hard))
    kind, body = multipart([("file", "a.pdf", b"x" * 1000)])
    head = (f"POST /api/v1/verify HTTP/1.1\r\nHost: localhost\r\n{kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    with Portal(build, "--header-ms", "60000", "--grace-ms", "60000",
                examiners=False) as portal:
        # Medians, and of three so that what else the machine does counts
        # neither for nor against it.
        idle = max(latency(portal, 200) for _ in range(3))
        held = []
        for i in range(want):
            sock = portal.connect(10)
            if i % 3 == 1:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: loc")
            elif i % 3 == 2:
                sock.sendall(head + body[:100])
            held.append(sock)
        time.sleep(0.5)
        tries = [latency(portal, 200) for _ in range(3)]
        busy = None if None in tries else min(tries)
        check("5,000 connections that hang are held",
              busy is not None and len(held) == want)
        check("others are within twice the idle latency", busy is not None
              and busy < 2 * idle, f"{idle} {busy}")
        for sock in held:
            sock.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def limits(check, build):
    """The largest body, one byte more; a disk that is to stay free."""
    kind, body = multipart([("file", "a.pdf", b"x" * 5000)])
    with Portal(build, "--upload-max", str(len(body)), examiners=False) as p:
        a = request(p, "POST", "/api/v1/verify", [kind], body)
        check("the largest body", a.status == 503 and b"judge" in a.body,
              a.raw[:200])
        kind, body = multipart([("file", "a.pdf", b"x" * 5001)])
        a = request(p, "POST", "/api/v1/verify", [kind], body)
        check("one byte more", a.status == 413)
        with p.connect() as sock:  # the same in chunks
            sock.sendall((f"POST /api/v1/verify HTTP/1.1\r\nHost: localhost"
                          f"\r\n{kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
                          f"{len(body):x}\r\n").encode() + body
                         + b"\r\n0\r\n\r\n")
            a = read_answer(sock)
            check("one byte more, in chunks", a is not None and
                  a.status == 413)
    kind, body = multipart([("file", "a.pdf", b"x" * (5 << 20))])
    with Portal(build, "--reserve", str(1 << 60), examiners=False) as p:
        a = request(p, "POST", "/api/v1/verify", [kind], body)
        check("a disk that is nearly full: 503", a.status == 503 and
              "retry-after" in a.headers and b"disk" in a.body, a.raw[:300])
        a = request(p, "GET", LIVE)
        check("it goes on", a.status == 200)


def stopping(check, build):
    with Portal(build, examiners=False) as portal:
        request(portal, "GET", LIVE)
        idle = portal.connect()
        code = portal.stop()
        idle.close()
        check("SIGTERM ends it with 0", code == 0, str(code))


def main(argv):
    build = build_of(argv)
    check = Checks()
    corpus(check, build)
    with Portal(build, examiners=False) as portal:
        plain(check, portal)
        bodies(check, portal)
    deadlines(check, build)
    crowd(check, build)
    limits(check, build)
    stopping(check, build)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
