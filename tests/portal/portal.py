"""A mohur-portal of the build under test, with examiners, on a loopback port
or a unix socket; raw requests to it; counting checks."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


class Checks:
    """Prints a line a check, and the totals in the form tests/run counts."""

    def __init__(self):
        self.good = self.bad = 0

    def __call__(self, name, ok, why=""):
        if ok:
            self.good += 1
            print(f"ok    {name}")
        else:
            self.bad += 1
            print(f"FAIL  {name} {why}")
        return ok

    def finish(self):
        print(f"{self.good} passed, {self.bad} failed")
        return 0 if self.bad == 0 and self.good > 0 else 1


def helper(program, *args):
    """Starts a helper with its channel as descriptor 3; our end, and it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def channel():
        os.dup2(theirs.fileno(), 3)

    child = subprocess.Popen(
        [str(program), *args], stdin=subprocess.DEVNULL, preexec_fn=channel,
        close_fds=True, pass_fds=(3, theirs.fileno()))
    theirs.close()
    return ours, child


class Portal:
    def __init__(self, build, *options, trust=None, unix=False, clients=(),
                 anonymous=True, examiners=True, state=None, env=None,
                 signs=False):
        self.build = pathlib.Path(build).resolve()
        self.keep = state is not None
        self.state = state or tempfile.mkdtemp(prefix="mohur-portal-")
        self.helpers, self.keys, passed = [], {}, []
        for name, extra in clients:
            done = subprocess.run(
                [str(self.build / "mohur-portal"), "--state", self.state,
                 "--add-client", name, *extra],
                capture_output=True, text=True, check=True)
            self.keys[name] = done.stdout.strip()
        if unix:
            self.path = os.path.join(self.state, "http.sock")
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(self.path)
        else:
            self.path = None
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        listener.listen(1024)
        listener.setblocking(False)
        command = [str(self.build / "mohur-portal"), "--state", self.state,
                   "--listen-fd", str(listener.fileno()), *options]
        if anonymous:
            command.append("--anonymous")
        fds = [listener.fileno()]
        if examiners:
            for option, name in (("--examiner-fd", "mohur-examiner"),
                                 ("--examiner-pdf-fd", "mohur-examiner-pdf")):
                ours, child = helper(self.build / name, "2")
                self.helpers.append(child)
                passed.append(ours)
                fds.append(ours.fileno())
                command += [option, str(ours.fileno())]
        if signs:
            ours, self.writer = helper(self.build / "mohur-examiner-sign",
                                       "2")
            self.helpers.append(self.writer)
            passed.append(ours)
            fds.append(ours.fileno())
            command += ["--examiner-sign-fd", str(ours.fileno())]
        if trust:
            snapshot = os.open(trust, os.O_RDONLY)
            fds.append(snapshot)
            command += ["--trust-fd", str(snapshot)]
        self.log_path = os.path.join(self.state, "log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, pass_fds=fds, stderr=log, stdin=subprocess.DEVNULL,
                env=env)
        listener.close()
        for sock in passed:
            sock.close()
        if trust:
            os.close(snapshot)
        self.wait_for("ev=start")

    def wait_for(self, text, seconds=10):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if text in self.log() or self.process.poll() is not None:
                return text in self.log()
            time.sleep(0.02)
        return False

    def cpu(self):
        """Its processor time in seconds: what else runs does not change it."""
        # clock_getcpuclockid(3) of a process: CPUCLOCK_SCHED is 2.
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def requests(self):
        """(method, path, status) of every request that was looked at."""
        return re.findall(
            r"ev=request .*?method=(\S+) path=(\S+) status=(\d+)", self.log())

    def connect(self, timeout=10):
        if self.path:
            s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            s.settimeout(timeout)
            s.connect(self.path)
            return s
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def stop(self):
        code = None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for child in self.helpers:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if not self.keep:
            shutil.rmtree(self.state, ignore_errors=True)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Answer:
    def __init__(self, raw, head=False):
        self.raw = raw
        top, _, self.rest = raw.partition(b"\r\n\r\n")
        lines = top.split(b"\r\n")
        words = lines[0].split(b" ", 2)
        self.status = int(words[1]) if len(words) > 1 else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            self.headers[name.decode().lower()] = value.strip().decode()
        length = int(self.headers.get("content-length", "0"))
        self.body = b"" if head else self.rest[:length]


def read_answer(sock, head=False):
    """One answer, or None where the connection ended first."""
    raw = b""
    try:
        while b"\r\n\r\n" not in raw:
            more = sock.recv(65536)
            if not more:
                return None
            raw += more
        answer = Answer(raw, head)
        while answer.status == 100:
            raw = raw.partition(b"\r\n\r\n")[2]
            while b"\r\n\r\n" not in raw:
                more = sock.recv(65536)
                if not more:
                    return None
                raw += more
            answer = Answer(raw, head)
        length = 0 if head else int(answer.headers.get("content-length", "0"))
        while len(answer.rest) < length:
            more = sock.recv(65536)
            if not more:
                return None
            raw += more
            answer = Answer(raw, head)
        return answer
    except (ConnectionError, TimeoutError):
        return None


def request(portal, method, target, headers=(), body=b"", host="localhost",
            timeout=60):
    """A well-formed request over a connection of its own."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}",
             "Connection: close", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    with portal.connect(timeout) as sock:
        try:
            sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the body: the answer is there
        return read_answer(sock, method == "HEAD")


def multipart(parts):
    """[(name, filename or None, bytes)] as (content type header, body)."""
    boundary = "x-mohur-boundary-x"
    body = b""
    for name, filename, content in parts:
        label = f'; filename="{filename}"' if filename is not None else ""
        body += (f"--{boundary}\r\nContent-Disposition: form-data; "
                 f'name="{name}"{label}\r\n\r\n').encode() + content + b"\r\n"
    return (f"Content-Type: multipart/form-data; boundary={boundary}",
            body + f"--{boundary}--\r\n".encode())


def build_of(argv):
    if len(argv) < 3 or argv[1] != "--build":
        sys.exit(f"usage: {argv[0]} --build BUILD")
    return pathlib.Path(argv[2]).resolve()
