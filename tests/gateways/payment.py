#!/usr/bin/python3
"""A gateway of payments on loopback with real RSA keys (domain.md 8).

A form that a browser brings (TRTYPE 1) is checked as the bank would check it,
and becomes an order; a question (TRTYPE 90) and a request to give the money back
(TRTYPE 22 or 24) are answered with a signature of the gateway's own.  `mode` says how it misbehaves; `orders` has what it knows:
its amount, and whether it was "approved", "declined" or still waits.
"""

import http.server
import threading
import time
import urllib.parse

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

TERMINAL = "17201019"
PAID = ("AMOUNT", "CURRENCY", "TERMINAL", "TRTYPE", "TIMESTAMP", "NONCE",
        "MERCH_URL")
BACK = ("AMOUNT", "CURRENCY", "TERMINAL", "TRTYPE", "ORDER", "RRN", "INT_REF")
ASKED = ("ORDER", "TERMINAL", "TRTYPE", "TIMESTAMP", "NONCE")
ANSWER = ("ORDER", "AMOUNT", "CURRENCY", "TERMINAL", "TRTYPE", "ACTION", "RC",
          "APPROVAL", "RRN", "INT_REF", "TIMESTAMP", "NONCE")
# Each changes one field of an answer after it was signed.
FLIPPED = {"ORDER": "999999", "AMOUNT": "0.01", "CURRENCY": "840",
           "TERMINAL": "00000000", "TRTYPE": "1", "ACTION": "0", "RC": "00",
           "RRN": "other", "INT_REF": "other", "NONCE": "0" * 32}


def mac(fields, names):
    """Each value behind its length in bytes; "-" for one that is missing."""
    return b"".join(
        str(len(v)).encode() + v if v else b"-"
        for v in (fields.get(n, "").encode() for n in names))


def sign(key, fields, names):
    return key.sign(mac(fields, names), padding.PKCS1v15(),
                    hashes.SHA256()).hex()


def good(key, fields, names):
    try:
        key.verify(bytes.fromhex(fields.get("P_SIGN", "")),
                   mac(fields, names), padding.PKCS1v15(), hashes.SHA256())
        return True
    except (InvalidSignature, ValueError):
        return False


class Gateway:
    def __init__(self, port=0):
        self.key = rsa.generate_private_key(65537, 2048)
        self.other = rsa.generate_private_key(65537, 2048)
        self.merchant = rsa.generate_private_key(65537, 2048)
        self.orders, self.mode, self.asked = {}, "good", 0
        self.back_mac = BACK
        self.lie = {}  # fields of answers that are something else
        self.back, self.declines = [], set()  # given back; TRTYPEs it declines
        self.bad = []  # requests that a bank would refuse
        self.kept = {}  # the answer of an order, to be replayed
        self.hook = {}  # what happens when one is "asked", and "answered"
        self.lock = threading.Lock()
        self.open(port)

    def open(self, port=0):
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                gateway.post(self)

            def do_GET(self):
                gateway.send(self, b"", 404)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port),
                                                      Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/cgi-bin/cgi_link"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        """The gateway is down; open(port) brings it back."""
        self.server.shutdown()
        self.server.server_close()

    def keys(self, folder):
        """The operator's two files."""
        own, public = folder / "terminal.pem", folder / "gateway.pem"
        own.touch(mode=0o600)
        own.write_bytes(self.merchant.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        public.write_bytes(self.key.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo))
        public.chmod(0o644)
        return own, public

    # ---- a card is shown ----

    def pay(self, fields, end="approved"):
        """What a browser brings; the order, or None where it is refused."""
        if fields.get("TRTYPE") != "1" or not good(
                self.merchant.public_key(), fields, PAID):
            self.bad.append(fields)
            return None
        with self.lock:
            old = self.orders.get(fields["ORDER"])
            if old and old["end"] == "approved":
                return None  # once
            n = len(self.orders) + 1
            self.orders[fields["ORDER"]] = {
                "amount": fields["AMOUNT"], "end": end,
                "back": fields["BACKREF"], "rrn": f"5{int(fields['ORDER']):011}",
                "int_ref": f"{n:08X}{int(fields['ORDER']):08X}"}
            return self.orders[fields["ORDER"]]

    def show(self, request, fields):
        """The page where a card is shown."""
        order = self.pay(fields, "waits")
        if order is None:
            return self.send(request, b"refused", 400)
        return self.page(request, "/cgi-bin/card", {"ORDER": fields["ORDER"]},
                         ("approved", "declined"))

    def card(self, request, fields):
        order = self.orders[fields["ORDER"]]
        order["end"] = fields["end"]
        return self.page(request, order["back"], {"ORDER": fields["ORDER"]},
                         ("back",))

    def page(self, request, action, fields, ends):
        body = "".join(f'<input type="hidden" name="{k}" value="{v}">'
                       for k, v in fields.items())
        body += "".join(f'<button name="end" value="{e}">{e}</button>'
                        for e in ends)
        return self.send(request, (
            '<!DOCTYPE html><html lang="en"><title>Bank</title>'
            f'<form method="post" action="{action}">{body}</form></html>'
        ).encode(), kind="text/html; charset=utf-8")

    # ---- questions ----

    def answer(self, fields):
        order = self.orders.get(fields["ORDER"])
        end = order["end"] if order else "unknown"
        out = {"ORDER": fields["ORDER"], "TERMINAL": TERMINAL,
               "TRTYPE": "90", "CURRENCY": "944",
               "AMOUNT": order["amount"] if order else "0.00",
               "TIMESTAMP": time.strftime("%Y%m%d%H%M%S", time.gmtime()),
               "NONCE": fields["NONCE"],
               "ACTION": {"approved": "0", "declined": "2"}.get(end, "3"),
               "RC": {"approved": "00", "declined": "05"}.get(end, "-24"),
               "APPROVAL": "123456" if end == "approved" else "",
               "RRN": order["rrn"] if order and end == "approved" else "",
               "INT_REF": order["int_ref"]
               if order and end == "approved" else ""}
        return out

    def refund(self, fields):
        """What was paid goes back, once."""
        order = self.orders.get(fields["ORDER"], {})
        out = self.answer(fields)
        good = order.get("end") == "approved" and all(
            fields.get(k) == order[v] for k, v in (
                ("AMOUNT", "amount"), ("RRN", "rrn"), ("INT_REF", "int_ref")))
        done = fields["ORDER"] in [b["ORDER"] for b in self.back]
        declined = not good or fields["TRTYPE"] in self.declines
        out.update(TRTYPE=fields["TRTYPE"],
                   ACTION="1" if done else "2" if declined else "0",
                   RC="94" if done else "05" if declined else "00")
        if not done and not declined:
            self.back.append(fields)
        return out

    def known(self, fields):
        """Whether it is a request that the bank takes."""
        public = self.merchant.public_key()
        if fields.get("TRTYPE") in ("22", "24"):
            return good(public, fields, self.back_mac)
        return fields.get("TRTYPE") == "90" and fields.get(
            "TRAN_TRTYPE") == "1" and good(public, fields, ASKED)

    def post(self, request):
        n = int(request.headers.get("Content-Length", "0"))
        fields = dict(urllib.parse.parse_qsl(
            request.rfile.read(n).decode(), keep_blank_values=True))
        if fields.get("TRTYPE") == "1":
            return self.show(request, fields)
        if request.path == "/cgi-bin/card":
            return self.card(request, fields)
        self.asked += 1
        mode = self.mode
        self.hook.get("asked", int)()
        if not self.known(fields):
            self.bad.append(fields)
            return self.send(request, b"bad request", 400)
        if mode == "slow":
            time.sleep(15)
        if mode == "500":
            return self.send(request, b"error", 500)
        if mode == "garbage":
            return self.send(request, b"<html>%zz</html>")
        if mode == "huge":
            return self.send(request, b"A=" + b"x" * (8 << 20))
        if mode == "replayed" and fields["ORDER"] in self.kept:
            return self.send(request, self.kept[fields["ORDER"]])
        if mode == "before":
            self.refund(fields)  # and its answer is lost
            return self.send(request, b"error", 500)
        out = self.answer(fields) if fields["TRTYPE"] == "90" \
            else self.refund(fields)
        out.update(self.lie)  # and signed like that
        key = self.other if mode == "wrong-key" else self.key
        if mode == "callback-mac":
            out["P_SIGN"] = sign(key, out, ("AMOUNT", "TERMINAL", "APPROVAL",
                                            "RRN", "INT_REF"))
        else:
            out["P_SIGN"] = sign(key, out, ANSWER)
        if mode == "no-sign":
            del out["P_SIGN"]
        if mode.startswith("flip:"):
            out[mode[5:]] = FLIPPED[mode[5:]]
        body = urllib.parse.urlencode(out).encode()
        self.kept[fields["ORDER"]] = body
        self.send(request, body)
        return self.hook.get("answered", int)()

    @staticmethod
    def send(request, body, status=200,
             kind="application/x-www-form-urlencoded"):
        try:
            request.send_response(status)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass  # whoever asked did not wait


def tell(bed, gateway, refunds="no"):
    """The instance is told of it, before it starts."""
    folder = bed.scratch / "payment"
    folder.mkdir(exist_ok=True)
    own, public = gateway.keys(folder)
    with open(bed.where / "mohur.conf", "a") as conf:
        conf.write(f'\npayment {{\n  url = "{gateway.url}"\n'
                   f'  terminal = "{TERMINAL}"\n  merchant = "Mehkeme"\n'
                   f'  key = "file:{own}"\n  gateway-key = "{public}"\n'
                   f'  refunds = "{refunds}"\n}}\n')
