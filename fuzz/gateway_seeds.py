#!/usr/bin/python3
"""Writes the seeds of the gateway target."""
import os
import urllib.parse

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds",
                    "gateway")
NONCE = "00112233445566778899aabbccddeeff"
GOOD = {"ORDER": "100000", "AMOUNT": "70.00", "CURRENCY": "944",
        "TERMINAL": "17201019", "TRTYPE": "90", "ACTION": "0", "RC": "00",
        "APPROVAL": "123456", "RRN": "500000100000", "INT_REF": "AB12",
        "TIMESTAMP": "20261127101530", "NONCE": NONCE}
RAW, QUESTION, BACK, TEXT = b"\x00", b"\x01", b"\x02", b"\x03"


def put(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def form(**more):
    fields = {k: v for k, v in {**GOOD, **more}.items() if v is not None}
    return urllib.parse.urlencode(fields).encode()


def main():
    os.makedirs(HERE, exist_ok=True)
    put("callback", RAW + form(CARD="4***1234", P_SIGN="00" * 256))
    put("unsigned", RAW + form())
    put("no-form", RAW + b"<html>%zz</html>")
    for name, more in (
            ("paid", {}), ("declined", {"ACTION": "2", "RC": "05",
                                        "RRN": "", "INT_REF": ""}),
            ("waits", {"ACTION": "3", "RC": "-24"}),
            ("duplicate", {"ACTION": "1", "RC": "94"}),
            ("other-order", {"ORDER": "100001"}),
            ("other-amount", {"AMOUNT": "0.01"}),
            ("other-nonce", {"NONCE": "0" * 32}),
            ("no-rc", {"RC": None}), ("no-rrn", {"RRN": None}),
            ("long-ref", {"INT_REF": "9" * 33}),
            ("bad-ref", {"INT_REF": "a b"}),
            ("twice", {"P_SIGN": "00"})):
        put(f"question-{name}", QUESTION + form(**more))
        put(f"back-{name}", BACK + form(**{"TRTYPE": "22", **more}))
    put("back-reversal", BACK + form(TRTYPE="24"))
    put("text-percent", TEXT + b"\xc9://=+%")  # an origin that is none
    for n, text in enumerate((
            "https://bank.example:8443/cgi-bin/x", "bank", "https://a@b/x",
            "https://bank/x?y", "https://bank;x/", "ab", "0g", "00" * 256,
            "00" * 600, "500000100000", "ə/&=+%", "h" * 600,
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
            "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W"
            "K84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n")):
        put(f"text-{n}", TEXT + text.encode())


if __name__ == "__main__":
    main()
