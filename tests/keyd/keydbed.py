"""A bed for mohur-keyd: plays supervisor and portal over their channels, with
real mohur-token, examiner and courier beside it."""

import array
import fcntl
import hashlib
import os
import select
import signal
import socket
import struct
import subprocess
import time

SEAL, JUDGE, LOG = 0, 1, 2
EXAMINER, EXAMINER_PDF, EXAMINER_SIGN, COURIER, PORTAL, TOKEN, TRUST = \
    0, 1, 2, 3, 5, 6, 9
(APPEND, TICKET, SEAL_DOC, SIGN, QUEUE_ADD, QUEUE_LIST, APPROVE, REFUSE,
 RECEIPT, PROOF, STATUS, DONE) = range(1, 13)
(FAILED, APPENDED, TICKETED, SEALED, VALUE, FINE, APPROVED, QUEUE, RECEIPTED,
 PROVED, IS) = range(32, 43)
REFUSALS = ("none", "unknown", "state", "expired", "requester", "purpose",
            "key", "document", "digest", "minute", "day", "full", "pin")
SHA256 = 4  # enum mh_digest_alg


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def u64(*values):
    return struct.pack(f"<{len(values)}Q", *values)


def text(s):
    raw = s.encode() if isinstance(s, str) else s
    return u32(len(raw)) + raw


def sha(data):
    return hashlib.sha256(data).digest()


def memfd(data, seals=True):
    fd = os.memfd_create("document", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    os.write(fd, data)
    if seals:
        fcntl.fcntl(fd, 1033, 0xF)  # F_ADD_SEALS: all four
    return fd


def send(sock, data, fds=()):
    sock.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                           array.array("i", fds))] if fds else [])


def recv(sock):
    data, ancillary, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(4 * 250))
    fds = array.array("i")
    for level, kind, raw in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(raw[:len(raw) - len(raw) % fds.itemsize])
    return data, list(fds)


def spec(container=2, level=1):
    """A packed mh_sign_request PREPARE: ASiC-E, level B."""
    packed = (u32(0) + u32(container, 0, 0, 0) + b"\0\0\0" + u32(level, 0)
              + u32(SHA256) + u32(0) + u32(0) + struct.pack("<q", 0)
              + text("") * 3 + u32(0) + struct.pack("<4q", 0, 0, 0, 0)
              + u32(0))
    packed += text(b"") * 3 + u32(0, SHA256) + text(b"") * 2
    packed += struct.pack("<q", 0) + u64(0) + u32(0, 0, 0) + u32(0)
    return packed


class Answer:
    """One answer of keyd's, with what its type carries."""

    def __init__(self, data, fds):
        self.type, self.data = data[0], data
        self.id = struct.unpack_from("<Q", data, 1)[0]
        self.rest, self.content = data[9:], None
        if fds:
            size = os.fstat(fds[0]).st_size
            self.content = os.pread(fds[0], size, 0)
            self.seals = fcntl.fcntl(fds[0], 1034)  # F_GET_SEALS
            for fd in fds:
                os.close(fd)

    def refusal(self):
        return REFUSALS[struct.unpack_from("<I", self.rest, 4)[0]] \
            if self.type == FAILED else None

    def message(self):
        return self.rest[8:].decode(errors="replace") \
            if self.type == FAILED else ""

    def op(self):
        return self.rest[4:20]

    def numbers(self):
        return struct.unpack_from("<QQ", self.rest)

    def value(self):
        size = struct.unpack_from("<I", self.rest)[0]
        return self.rest[4:4 + size]


def bond(who, purpose, key, document, digest=b""):
    return (text(who) + u32(purpose) + text(key) + text(document)
            + text(digest))


class Keyd:
    """One mohur-keyd.  keys: (name, purpose, uri, pin-source, each time, per
    minute); fetch: a packed mh_fetch_setup."""

    def __init__(self, build, state, keys, env, module=None, trust=None,
                 fetch=None, landlock=True, ticket_s=120, approval_s=60,
                 helpers=False, tsa=False):
        self.build, self.env, self.module, self.keys = build, env, module, keys
        self.children, self.next_id, self.kept = {}, 1, {}
        self.control, theirs = socket.socketpair(socket.AF_UNIX,
                                                 socket.SOCK_SEQPACKET)
        self.process = self.spawn("mohur-keyd", theirs, [])
        theirs.close()
        fetch = fetch or text("") * 2 + b"\0" + u32(0)
        send(self.control, bytes([1, 1]) + text(str(state))
             + text("test.example/log") + bytes([landlock, 0])
             + u32(60, 0, ticket_s, approval_s, 100, 2) + bytes([tsa])
             + u32(len(keys)) + b"".join(
                 text(n) + u32(p) + text(uri) + text(pin) + bytes([each])
                 + u32(rate) for n, p, uri, pin, each, rate in keys) + fetch)
        if trust is not None:
            self.channel(TRUST, memfd(trust))
        for i in range(len(keys)):
            self.token(i)
        if helpers:
            for peer, name in ((EXAMINER, "mohur-examiner"),
                               (EXAMINER_PDF, "mohur-examiner-pdf"),
                               (EXAMINER_SIGN, "mohur-examiner-sign"),
                               (COURIER, "mohur-courier")):
                self.helper(peer, 0, name,
                            [] if peer == COURIER else ["2"])
        self.portal = self.open_portal()
        self.ready = False

    def spawn(self, name, sock, argv):
        def place():
            os.dup2(sock.fileno(), 3, inheritable=True)
        return subprocess.Popen(
            [str(self.build / name), *argv], env=self.env, preexec_fn=place,
            close_fds=False if sock.fileno() == 3 else True,
            pass_fds=(3,), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)

    def helper(self, peer, index, name, argv):
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        old = self.children.pop((peer, index), None)
        if old is not None:
            old.kill()
            old.wait()
        self.children[peer, index] = self.spawn(name, theirs, argv)
        theirs.close()
        self.channel(peer, ours.detach(), index)

    def token(self, i):
        self.helper(TOKEN, i, "mohur-token", ["soft", self.module,
                                              self.env["SOFTHSM_DIR"]])

    def channel(self, peer, fd, index=0):
        try:
            send(self.control, b"\2" + u32(peer, index), [fd])
        except (ConnectionResetError, BrokenPipeError):
            pass  # it ended by itself: supervise says so
        finally:
            os.close(fd)

    def open_portal(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX,
                                         socket.SOCK_SEQPACKET)
        self.channel(PORTAL, theirs.detach())
        return ours

    def supervise(self, timeout=0.0):
        """Does what keyd wants; False: it is gone."""
        while select.select([self.control], [], [], timeout)[0]:
            try:
                data, _ = recv(self.control)
            except ConnectionResetError:
                return False
            if not data:
                return False
            if data[0] == 6:
                self.ready = True
            elif data[0] == 8:
                self.token(struct.unpack_from("<I", data, 5)[0])
            timeout = 0.0
        return True

    def wait_ready(self, seconds=20):
        until = time.monotonic() + seconds
        while not self.ready and time.monotonic() < until:
            if not self.supervise(0.05):
                return False
        return self.ready

    def ask(self, kind, body=b"", fds=()):
        self.next_id += 1
        send(self.portal, bytes([kind]) + u64(self.next_id) + body, fds)
        return self.next_id

    def answer(self, number, seconds=60):
        until = time.monotonic() + seconds
        while number not in self.kept and time.monotonic() < until:
            if not self.supervise():
                return None
            if select.select([self.portal], [], [], 0.02)[0]:
                try:
                    data, fds = recv(self.portal)
                except ConnectionResetError:
                    return None
                if not data:
                    return None
                got = Answer(data, fds)
                self.kept[got.id] = got
        return self.kept.pop(number, None)

    def do(self, kind, body=b"", fds=()):
        return self.answer(self.ask(kind, body, fds))

    def append(self, obj, ev="verdict", who="p:1", values=()):
        return self.ask(APPEND, u32(1) + text(ev) + text(who) + text(obj)
                        + text("ok") + u32(len(values)) + b"".join(values))

    def ticket(self, *bound, ttl=0):
        return self.do(TICKET, bond(*bound) + u32(ttl))

    def sign(self, op, *bound):
        return self.do(SIGN, text(op) + bond(*bound) + u32(SHA256))

    def stop(self):
        """Graceful; the exit status."""
        send(self.control, b"\5")
        until = time.monotonic() + 15
        while self.process.poll() is None and time.monotonic() < until:
            self.supervise(0.05)
        return self.end()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        return self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        status = self.process.wait()
        self.control.close()
        self.portal.close()
        if status not in (0, -signal.SIGKILL):
            print(f"mohur-keyd ended: {status}")
        for child in self.children.values():
            child.kill()
            child.wait()
        return status
