#!/usr/bin/python3
"""Writes fuzz/seeds/config and its dictionary, from the table of keys."""

import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
DEF = HERE.parent / "signer" / "cmd" / "config.def"

ROWS = {
    "empty": "", "comment": "# nothing\n/* more */ // and more\n",
    "state": 'state = "/tmp"\n', "twice": "threads = 2\nthreads = 3\n",
    "range": "threads = 65\nupload-max = 5G\n",
    "sizes": "upload-max = 512M\nflight-max = 1T\nreserve = 0\n",
    "overflow": "upload-max = 99999999999999999999T\n",
    "times": "ticket-lifetime = 2m\ncheckpoint-interval = 1h\n",
    "lists": "anonymous = {verify, sign}\nhosts = {\"a.example\"}\n",
    "more": "anonymous += {verify}\n",
    "unknown": "nonsense = 1\nmore = 2\nkey a { odd = 1 }\n",
    "section": "nonsense { a = 1 }\n",
    "key": 'key seal {\n purpose = seal\n uri = "pkcs11:id=%01"\n}\n',
    "keys": "key a {}\nkey b {}\nkey a {}\n",
    "client": "client c { key-sha256 = \"" + "0" * 64 + "\"\n may = {seal}\n}\n",
    "listen": 'listen = "127.0.0.1:80"\nmetrics-listen = "unix:/x"\n',
    "listen-out": 'listen = "0.0.0.0:80"\n',
    "endpoint": 'endpoint e { url = "https://e.example/" }\n',
    "mobile": 'mobile { url = "http://m.example/"\n text = "t" }\n',
    "environment": 'state = "${HOME}"\n', "quotes": 'state = "a\\"b\\x41"\n',
    "open": 'state = "/tmp\n', "brace": "key a {\n", "include": 'include("x")\n',
    "here": "state = '/tmp'\n",
}


def main():
    folder = HERE / "seeds" / "config"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ROWS.items():
        (folder / name).write_text(text)
    (folder / "nul").write_bytes(b"threads = 2\0\n")
    words = set(re.findall(r'(?m)^SG_KEY\("[a-z]*", "([a-z0-9-]+)"',
                           DEF.read_text()))
    words |= {"key ", "client ", "endpoint ", "mobile ", " = ", " += ", "{",
              "}", "unix:", "file:", "pkcs11:", "sha256//", "${", "true"}
    (HERE / "dict" / "config.dict").write_text(
        "".join(f'"{w}"\n' for w in sorted(words)))


if __name__ == "__main__":
    main()
