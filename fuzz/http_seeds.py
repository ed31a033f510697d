#!/usr/bin/python3
"""Writes fuzz/seeds/http_gate and fuzz/seeds/multipart."""

import pathlib

HERE = pathlib.Path(__file__).resolve().parent / "seeds"
CRLF = "\r\n"
HOST = "Host:localhost\n"
GATE = {
    "get": "GET /a/b HTTP/1.1\n" + HOST,
    "query": "GET /a?x=1&y=%C9%99 HTTP/1.1\n" + HOST,
    "post": "POST /api/v1/verify HTTP/1.1\n" + HOST + "Content-Length:12\n"
            "Content-Type:multipart/form-data; boundary=b\n"
            "Authorization:Bearer x\n",
    "chunked": "POST / HTTP/1.1\n" + HOST + "Transfer-Encoding:chunked\n",
    "both": "POST / HTTP/1.1\n" + HOST
            + "Content-Length:4\nTransfer-Encoding:chunked\n",
    "cookie": "HEAD / HTTP/1.0\nHost:localhost:80\nCookie:__Host-sid=1; b=2\n",
    "forwarded": "GET / HTTP/1.1\n" + HOST + "X-Forwarded-For:1.2.3.4\n",
    "origin": "POST / HTTP/1.1\n" + HOST + "Origin:http://localhost\n"
              "Sec-Fetch-Site:same-origin\nExpect:100-continue\n",
    "absolute": "GET http://evil/x HTTP/1.1\n" + HOST,
    "dots": "GET /a/../b%2f HTTP/1.1\n" + HOST,
}
CD = "Content-Disposition: form-data; "
PARTS = {
    "one": "--b" + CRLF + CD + 'name="file"; filename="a.pdf"' + CRLF
           + "Content-Type: application/pdf" + CRLF * 2 + "%PDF-1.7" + CRLF
           + "--b--" + CRLF,
    "two": "--b" + CRLF + CD + "name=lang" + CRLF * 2 + "az" + CRLF + "--b"
           + CRLF + CD + "name=f; filename*=UTF-8''%C9%99.pdf" + CRLF * 2
           + "x\r\n--c" + CRLF + "--b--",
    "none": "--b--",
    "quotes": "--b" + CRLF + CD + 'name=f; filename="a\\"b\\\\c"' + CRLF * 3
              + "--b--",
    "type": 'multipart/form-data; boundary="x y"',
}


def main():
    for folder, rows, head in (("http_gate", GATE, ""),
                               ("multipart", PARTS, "\x05")):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
        for name, text in rows.items():
            (HERE / folder / name).write_bytes((head + text).encode())


if __name__ == "__main__":
    main()
