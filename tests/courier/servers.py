"""Servers on loopback for courier.py: HTTP as it is and as it should not be,
a proxy, and the certificates for TLS."""

import datetime as dt
import hashlib
import ipaddress
import base64
import socket
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def payload(size):
    """Bytes that differ along the way."""
    block = bytes(range(251))
    return (block * (size // 251 + 1))[:size]


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path = method, path
        self.headers, self.body = headers, body


def read_request(conn, left):
    """The next request of a connection, None at its end; left: a bytearray of
    what was read too far."""
    while b"\r\n\r\n" not in left:
        more = conn.recv(65536)
        if not more:
            return None
        left += more
    head, _, rest = bytes(left).partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, path, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    want = int(headers.get("content-length", 0))
    while len(rest) < want:
        rest += conn.recv(65536)
    left[:] = rest[want:]
    return Request(method, path, headers, rest[:want])


def answer(status, body, *headers):
    head = [f"HTTP/1.1 {status} Some", f"Content-Length: {len(body)}",
            *headers, "", ""]
    return "\r\n".join(head).encode() + body


class Server:
    """Answers by the first part of the path; counts what it was asked."""

    def __init__(self, host="127.0.0.1", context=None, port=0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((host, port))
        self.sock.listen(128)
        self.port = self.sock.getsockname()[1]
        self.context = context
        self.requests = []
        self.connections = self.held = 0
        self.release = threading.Event()
        self.lock = threading.Lock()
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http{'s' if context else ''}://{shown}:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def close(self):
        """Also for whoever waits in accept()."""
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def asked(self, path):
        return sum(r.path == path for r in self.requests)

    def last(self):
        return self.requests[-1]

    def serve(self, conn):
        try:
            if self.context:
                conn = self.context.wrap_socket(conn, server_side=True)
            left = bytearray()
            turn = 0
            while True:
                request = read_request(conn, left)
                if request is None:
                    break
                with self.lock:
                    self.requests.append(request)
                if not self.reply(conn, request, turn):
                    break
                turn += 1
        except OSError:
            pass  # the other side's right
        finally:
            conn.close()

    def reply(self, conn, request, turn):
        """True: the connection stays."""
        part = request.path.split("?")[0].split("/")
        what, arg = part[1], part[2] if len(part) > 2 else ""
        return getattr(self, "do_" + what)(conn, arg, request, turn)

    @staticmethod
    def do_size(conn, arg, _request, _turn):
        conn.sendall(answer(200, payload(int(arg))))
        return True

    @staticmethod
    def do_chunked(conn, arg, _request, _turn):
        body = payload(int(arg))
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for i in range(0, len(body), 60000):
            part = body[i:i + 60000]
            conn.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        conn.sendall(b"0\r\n\r\n")
        return True

    @staticmethod
    def do_old(conn, arg, _request, _turn):
        """HTTP/1.0: the end is the end of the connection."""
        conn.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + payload(int(arg)))
        return False

    @staticmethod
    def do_status(conn, arg, _request, _turn):
        conn.sendall(answer(int(arg), b"why"))
        return True

    @staticmethod
    def do_redirect(conn, _arg, _request, _turn):
        conn.sendall(answer(302, b"", "Location: /size/1"))
        return True

    @staticmethod
    def do_garbage(conn, _arg, _request, _turn):
        conn.sendall(b"220 mail.example ready\r\n" * 20)
        return False

    @staticmethod
    def do_gzip(conn, _arg, _request, _turn):
        """Nobody asked for it: the bytes are what they are."""
        conn.sendall(answer(200, b"\x1f\x8b not gzip",
                            "Content-Encoding: gzip"))
        return True

    @staticmethod
    def do_early(conn, _arg, _request, _turn):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        return False

    @staticmethod
    def do_close(_conn, _arg, _request, _turn):
        return False

    def do_flaky(self, conn, arg, request, _turn):
        """The first time a fault, then an answer."""
        if self.asked(request.path) > 1:
            conn.sendall(answer(200, b"at last"))
            return True
        if arg == "close":
            return False
        conn.sendall(answer(int(arg), b"later"))
        return True

    @staticmethod
    def do_second(conn, _arg, _request, turn):
        """A connection that is kept, and closed with its second request."""
        if turn > 0:
            return False
        conn.sendall(answer(200, b"{}"))
        return True

    @staticmethod
    def do_slow(conn, arg, _request, _turn):
        time.sleep(float(arg))
        conn.sendall(answer(200, b"slow"))
        return True

    @staticmethod
    def do_drip(conn, arg, _request, _turn):
        """A byte now and then: never silent, never done."""
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        end = time.monotonic() + float(arg)
        while time.monotonic() < end:
            conn.sendall(b".")
            time.sleep(0.05)
        return False

    def do_hold(self, conn, _arg, _request, _turn):
        with self.lock:
            self.held += 1
        self.release.wait(20)
        conn.sendall(answer(200, b"held"))
        return False


class Proxy(Server):
    """CONNECT and GET; every host is 127.0.0.1 for it."""

    def reply(self, conn, request, turn):
        if request.method == "CONNECT":
            port = int(request.path.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as there:
                conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=pump, args=(there, conn))
                back.start()
                pump(conn, there)
                back.join()
            return False
        conn.sendall(answer(200, b"by the proxy"))
        return True


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Silent:
    """A port that takes no connection and refuses none: its queue is full."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(0)
        self.url = "http://127.0.0.1:%d" % self.sock.getsockname()[1]
        self.full = []
        for _ in range(3):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(self.sock.getsockname())
            self.full.append(s)

    def close(self):
        for s in (*self.full, self.sock):
            s.close()


class Authority:
    """A CA and what it signs, in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME,
                                                  "Courier test CA")])
        self.cert = self.make(self.name, self.key.public_key(), True, ())
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.cert.public_bytes(
            serialization.Encoding.PEM))

    def make(self, name, public, ca, hosts, days=(-1, 30)):
        now = dt.datetime.utcnow()
        made = (x509.CertificateBuilder().subject_name(name)
                .issuer_name(self.name).public_key(public)
                .serial_number(x509.random_serial_number())
                .not_valid_before(now + dt.timedelta(days=days[0]))
                .not_valid_after(now + dt.timedelta(days=days[1]))
                .add_extension(x509.BasicConstraints(ca, None), True))
        if hosts:
            made = made.add_extension(
                x509.SubjectAlternativeName(list(hosts)), False)
        return made.sign(self.key, hashes.SHA256())

    def server(self, label, hosts=("127.0.0.1",), days=(-1, 30), **options):
        """A server with a certificate for these hosts; its pin beside it."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = []
        for host in hosts:
            try:
                names.append(x509.IPAddress(ipaddress.ip_address(host)))
            except ValueError:
                names.append(x509.DNSName(host))
        cert = self.make(x509.Name([x509.NameAttribute(
            NameOID.COMMON_NAME, label)]), key.public_key(), False, names,
            days)
        path = self.folder / f"{label}.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM,
                              serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()) +
            cert.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        for name, value in options.items():
            setattr(context, name, value)
        server = Server(context=context)
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)
        server.pin = "sha256//" + base64.b64encode(
            hashlib.sha256(spki).digest()).decode()
        return server
