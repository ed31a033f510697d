"""The raw-HTTP corpus.  Each vector is a request that is wrong in one way; its
last bytes, where there is a body, are a request of their own, which must never
be executed."""

from collections import namedtuple

# gate: statuses on the bare port, None: dropped without an answer.
# front: whether nginx refuses it (any 4xx or 5xx, or no answer), by itself;
# "removed": it passes the request on without what was wrong.
Vector = namedtuple("Vector", "name raw gate front")

SMUGGLED = "/api/v1/smuggled"
LIVE = b"/api/v1/health/live"
HOST = b"Host: localhost\r\n"
NEXT = b"GET /api/v1/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


def get(target=LIVE, headers=HOST, version=b"HTTP/1.1", method=b"GET"):
    return (method + b" " + target + b" " + version + b"\r\n" + headers
            + b"\r\n")


def post(headers, body=b"", version=b"HTTP/1.1", host=HOST):
    return get(b"/api/v1/verify", host + headers, version, b"POST") + body


LEN = str(len(NEXT)).encode()
VECTORS = [
    Vector("CL and TE", post(
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"0\r\n\r\n" + NEXT), {400}, True),
    Vector("TE and CL", post(
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"0\r\n\r\n" + NEXT), {400}, True),
    Vector("CL 5 and CL 0", post(
        b"Content-Length: 5\r\nContent-Length: 0\r\n", b"abcde" + NEXT),
        {400}, True),
    Vector("CL 0 and CL of the next", post(
        b"Content-Length: 0\r\nContent-Length: " + LEN + b"\r\n", NEXT),
        {400}, True),
    Vector("CL twice the same", post(
        b"Content-Length: " + LEN + b"\r\nContent-Length: " + LEN + b"\r\n",
        NEXT), {400}, True),
    Vector("CL list", post(
        b"Content-Length: " + LEN + b", " + LEN + b"\r\n", NEXT), {400}, True),
    Vector("space before colon", post(
        b"Content-Length : " + LEN + b"\r\n", NEXT), {400}, True),
    Vector("TE xchunked", post(
        b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + NEXT), {400}, True),
    Vector("TE gzip, chunked", post(
        b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n" + NEXT), {400},
        True),
    Vector("TE twice", post(
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"0\r\n\r\n" + NEXT), {400}, True),
    Vector("TE on HTTP/1.0", post(
        b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + NEXT,
        b"HTTP/1.0"), {400}, True),
    Vector("CL -1", post(b"Content-Length: -1\r\n", NEXT), {400}, True),
    Vector("CL +3", post(b"Content-Length: +3\r\n", b"abc" + NEXT), {400},
           True),
    Vector("CL 3abc", post(b"Content-Length: 3abc\r\n", b"abc" + NEXT), {400},
           True),
    Vector("CL 2^64", post(b"Content-Length: 18446744073709551616\r\n",
                           NEXT), {413}, True),
    Vector("obs-fold", get(headers=HOST + b"X-A: 1\r\n  folded\r\n"), {200},
           True),
    Vector("folded CL", post(b"Content: 38\r\n -Length\r\n", NEXT),
           {200, 400, 415}, True),
    Vector("bare LF", b"GET " + LIVE + b" HTTP/1.1\nHost: localhost\n\n",
           {200}, False),
    Vector("no Host", get(headers=b""), {400}, True),
    Vector("two Hosts", get(headers=HOST + HOST), {400}, True),
    Vector("another Host", get(headers=b"Host: evil.example\r\n"), {400},
           True),
    Vector("line without colon", get(headers=HOST + b"Garbage\r\n"), {400},
           False),
    Vector("%00 in path", get(b"/doc/1%00.pdf"), {400}, True),
    Vector("%00 in query", get(LIVE + b"?x=1%00y&z"), {400}, False),
    Vector("dots and escapes", get(b"/a/../b%2f..%2fc"), {400}, False),
    Vector("bad escapes", get(b"/a%zz?q=%4"), {400}, True),
    Vector("raw NUL in a value", get(headers=HOST + b"X-A: a\0b\r\n"), {200},
           True),
    Vector("absolute form", get(b"http://evil.example/x"), {400}, True),
    Vector("two Cookies", get(
        headers=HOST + b"Cookie: __Host-sid=1\r\nCookie: __Host-sid=2\r\n"),
        {400}, False),
    Vector("a session twice", get(
        headers=HOST + b"Cookie: __Host-sid=1; __Host-sid=2\r\n"), {400},
        False),
    Vector("method FOO", get(method=b"FOO"), {400}, False),
    Vector("space in the target", get(LIVE + b" x"), None, True),
    Vector("HTTP/9.9", get(version=b"HTTP/9.9"), {505}, True),
    Vector("20 kB header", get(headers=HOST + b"X: " + b"y" * 20000 + b"\r\n"),
           {431}, True),
    Vector("20 kB target", get(b"/" + b"y" * 20000), {414}, True),
    Vector("400 headers", get(
        headers=HOST + b"".join(b"X-%d: y\r\n" % i for i in range(400))),
        {431}, False),
    Vector("65 headers", get(
        headers=HOST + b"".join(b"X-%d: y\r\n" % i for i in range(64))),
        {431}, False),
    Vector("Expect something", post(
        b"Expect: 200-maybe\r\nContent-Length: " + LEN + b"\r\n", NEXT),
        {400, 417}, False),
    Vector("a body with GET", get(
        headers=HOST + b"Content-Length: " + LEN + b"\r\n") + NEXT, {400},
        False),
    Vector("upgrade", get(
        headers=HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n"), {400},
        "removed"),
    Vector("an empty value", get(headers=HOST + b"X-A:\r\n"), {400}, False),
]
