#!/usr/bin/python3
"""mohur-portal behind the nginx that Debian has, with the configuration that
is shipped (portal/nginx/mohur.conf).

    nginx.py --build BUILD

Every vector of the raw-HTTP corpus is refused where nginx or the gate refuses
it, over TLS; no smuggled request is executed; what the front says about a
client is the front's own word.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings

from portal import Answer, Checks, Portal, build_of, multipart, read_answer
from raw import statuses
from vectors import LIVE, SMUGGLED, VECTORS

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = LIVE.decode()


class Nginx:
    def __init__(self, portal, body_max="4m", port=None):
        self.dir = tempfile.mkdtemp(prefix="mohur-nginx-")
        with socket.create_server(("127.0.0.1", port or 0)) as s:
            self.port = s.getsockname()[1]
        key, cert = self.dir + "/key.pem", self.dir + "/cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
             "-days", "2", "-subj", "/CN=localhost"], check=True,
            capture_output=True)
        text = (ROOT / "portal/nginx/mohur.conf").read_text()
        for name, value in (("SOCKET", portal.path),
                            ("LISTEN", f"127.0.0.1:{self.port}"),
                            ("CERTIFICATE", cert), ("KEY", key),
                            ("HOST", "localhost"), ("BODY_MAX", body_max)):
            text = text.replace(f"@{name}@", value)
        assert not re.search("@[A-Z_]+@", text), \
            "a name is left in the configuration"
        # As root the workers would be another user, who may not connect.
        main = (f"pid {self.dir}/pid;\nerror_log {self.dir}/error.log;\n"
                "worker_processes 1;\n"
                + ("user root;\n" if os.getuid() == 0 else "")
                + "events { worker_connections 256; }\nhttp {\n"
                f"access_log {self.dir}/access.log;\n"
                + "".join(f"{kind}_temp_path {self.dir}/{kind};\n" for kind in
                          ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
                + text + "}\n")
        conf = self.dir + "/nginx.conf"
        pathlib.Path(conf).write_text(main)
        test = subprocess.run(["/usr/sbin/nginx", "-t", "-c", conf, "-p",
                               self.dir], capture_output=True, text=True)
        self.tested = test.returncode == 0
        self.why = test.stderr
        self.process = subprocess.Popen(
            ["/usr/sbin/nginx", "-c", conf, "-p", self.dir, "-g",
             "daemon off;"], stderr=subprocess.DEVNULL)
        self.context = ssl.create_default_context(cafile=cert)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                self.connect().close()
                break
            except OSError:
                time.sleep(0.05)

    def connect(self, timeout=5):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout)
        return self.context.wrap_socket(raw, server_hostname="localhost")

    def exchange(self, raw, wait=3):
        got = b""
        try:
            with self.connect(wait) as sock:
                sock.sendall(raw)
                while True:
                    more = sock.recv(65536)
                    if not more:
                        break
                    got += more
        except OSError:
            pass
        return got

    def get(self, target, headers=(), method="GET", body=b""):
        head = [f"{method} {target} HTTP/1.1", "Host: localhost",
                "Connection: close", *headers]
        if method == "POST":
            head.append(f"Content-Length: {len(body)}")
        with self.connect(30) as sock:
            try:
                sock.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            except OSError:
                pass
            return read_answer(sock, method == "HEAD")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)


def corpus(check, front, portal):
    for v in VECTORS:
        before = len(portal.requests())
        seen = statuses(front.exchange(v.raw, 1.5))
        refused = not seen or all(s >= 400 for s in seen)
        gate_refuses = v.gate is None or all(s >= 400 for s in v.gate)
        if v.front == "removed":
            check(f"vector {v.name}: nginx takes it away", seen[:1] == [200],
                  str(seen))
        elif v.front or gate_refuses:
            check(f"vector {v.name}: refused", refused, str(seen))
        else:
            check(f"vector {v.name}: goes through", seen[:1] == [200],
                  str(seen))
        new = portal.requests()[before:]
        check(f"vector {v.name}: nothing smuggled",
              not [r for r in new if r[1] == SMUGGLED], str(new))
    a = front.get(TARGET)
    check("it still answers", a is not None and a.status == 200)


def forwarding(check, front):
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-Cert",
                 "X-Original-URL", "X-Forwarded-Host"):
        a = front.get(TARGET, [f"{name}: 6.6.6.6"])
        check(f"{name} of a client is dropped",
              a is not None and a.status == 200, a and a.raw)


def plain(check, front):
    a = front.get(TARGET)
    check("live", json.loads(a.body)["status"] == "live")
    check("HSTS", "max-age=63072000" in
          a.headers.get("strict-transport-security", ""))
    check("no version of nginx", "/" not in a.headers.get("server", ""))
    h = front.get(TARGET, method="HEAD")
    check("HEAD", h.status == 200 and h.rest == b"")
    e = front.get("/nothing")
    check("the portal's own 404", e.status == 404 and
          e.headers["content-type"] == "application/problem+json")
    kind, body = multipart([("file", "a.pdf", b"x" * (5 << 20))])
    a = front.get("/api/v1/verify", [kind], "POST", body)
    check("a body past the front's limit", a is None or a.status == 413)
    kind, body = multipart([("file", "a.pdf", b"x" * (1 << 20))])
    a = front.get("/api/v1/verify", [kind], "POST", body)
    check("a body within it reaches the portal", a is not None and
          a.status == 503 and "judge" in a.body.decode(), a and a.raw)
    raw = socket.create_connection(("127.0.0.1", front.port), 5)
    raw.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    got = raw.recv(4096)
    raw.close()
    check("without TLS nothing is served", Answer(got).status in (0, 400))
    warnings.simplefilter("ignore", DeprecationWarning)
    old = ssl.create_default_context()
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        sock = socket.create_connection(("127.0.0.1", front.port), 5)
        old.wrap_socket(sock, server_hostname="localhost").close()
        check("TLS 1.1 is refused", False)
    except (ssl.SSLError, ConnectionError):
        check("TLS 1.1 is refused", True)


def main(argv):
    check = Checks()
    with Portal(build_of(argv), "--front", unix=True,
                examiners=False) as portal:
        with Nginx(portal) as front:
            check("the shipped configuration is accepted", front.tested,
                  front.why)
            plain(check, front)
            forwarding(check, front)
            corpus(check, front, portal)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
