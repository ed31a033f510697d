#!/usr/bin/python3
"""Paths that break one rule of RFC 5280 each, and their sound neighbours,
through `mohur trust check`.

usage: limbo.py --mohur PATH [--jobs N] [NAME...]

The last line counts.  Exit status 1: something was wrongly accepted or
wrongly refused.
"""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chains as c  # noqa: E402

TIME = "2024-01-01T00:00:00Z"
POLICY = "1.3.6.1.4.1.99999.10"
CASES = []


class Case:
    """One path: what is trusted, what helps, who is asked about."""

    def __init__(self, name, clause, valid, anchors, cas, end, **o):
        self.name, self.clause, self.valid = name, clause, valid
        self.anchors, self.cas, self.end = anchors, cas, end
        self.crls, self.time = o.get("crls", []), o.get("time", TIME)
        self.options = o.get("options", [])


def add(name, clause, valid, anchors, cas, end, **o):
    CASES.append(Case(name, clause, valid, anchors, cas, end, **o))


def three(name, clause, valid, r=None, m=None, e=None, **o):
    """root -> CA -> end, each changed by its dictionary."""
    top = c.root(**(r or {}))
    mid = c.ca(top, **(m or {}))
    add(name, clause, valid, [top], [mid], c.leaf(mid, **(e or {})), **o)


def spent(dotted="1.3.6.1.4.1.99999.2", critical=True):
    return c.ext(dotted, critical, b"\x05\x00")


def sound():
    """What must be accepted."""
    three("valid", "6.1", True)
    top = c.root()
    add("root-to-leaf", "6.1", True, [top], [], c.leaf(top))
    three("leaf-without-key-usage", "4.2.1.3", True, e={"drop": [15]})
    three("unknown-not-critical", "4.2", True,
          e={"add": [spent(critical=False)]})
    three("root-with-aki", "4.2.1.1", True, r={"drop": []})
    three("critical-eku", "4.2.1.12", True,
          e={"add": [c.eku("1.3.6.1.5.5.7.3.4", critical=True)]})
    three("empty-subject-critical-san", "4.2.1.6", True,
          e={"subject": c.name(),
             "add": [c.san(c.mail("a@example.com"), critical=True)]})
    three("leaf-basic-constraints-empty", "4.2.1.9", True,
          e={"add": [c.basic(False, critical=False)]})
    three("serial-20-bytes", "4.1.2.2", True,
          e={"serial": c.integer((1 << 159) - 1)})
    three("serial-one", "4.1.2.2", True, e={"serial": c.integer(1)})
    add("ca-as-leaf", "6.1", True, [top], [], c.ca(top))
    # Two roots that certify each other, and the one trusted in the middle.
    a, b = c.root(subject=c.cn("A")), c.root(subject=c.cn("B"))
    cross = [c.ca(a, subject=b.subject, key=b.key),
             c.ca(b, subject=a.subject, key=a.key)]
    sub = c.ca(a, "Sub")
    add("cross-signed-loop", "6.1", True, [a], cross + [sub], c.leaf(sub))
    # The same CA below two roots, of which one is trusted.
    x, y = c.root(subject=c.cn("X")), c.root(subject=c.cn("Y"))
    one = c.ca(x, "Same")
    two = c.ca(y, "Same", key=one.key)
    add("second-issuer", "6.1", True, [y], [one, two], c.leaf(one))


def certificates():
    """4.1: the fixed part."""
    three("ca-serial-zero", "4.1.2.2", False, m={"serial": c.integer(0)})
    for n, der in (("zero", c.integer(0)), ("negative", c.integer(-5)),
                   ("21-bytes", c.integer((1 << 160) - 1)),
                   ("padded", c.tlv(2, b"\x00\x01")),
                   ("empty", c.tlv(2))):
        three("serial-" + n, "4.1.2.2", False, e={"serial": der})
    three("two-algorithms", "4.1.1.2", False, e={"outer": c.ECDSA_SHA384})
    three("two-algorithms-ca", "4.1.1.2", False, m={"outer": c.ECDSA_SHA384})
    three("unknown-algorithm", "4.1.1.2", False,
          e={"inner": c.seq(c.oid("1.3.6.1.4.1.99999.3"))})
    three("algorithm-parameters", "RFC 5758 3.2", True,
          e={"inner": c.seq(c.oid("1.2.840.10045.4.3.2"), b"\x05\x00")})
    three("empty-issuer", "4.1.2.4", False, e={"issuer": c.name()})
    top = c.root(subject=c.name())
    add("root-empty-subject", "4.1.2.6", False, [top], [], c.leaf(top))
    three("ca-empty-subject", "4.1.2.6", False,
          m={"subject": c.name(),
             "add": [c.san(c.dns("ca.example.com"), critical=True)]})
    three("empty-subject-no-san", "4.2.1.6", False, e={"subject": c.name()})
    three("empty-subject-san-not-critical", "4.2.1.6", False,
          e={"subject": c.name(), "add": [c.san(c.dns("example.com"))]})
    three("version-1-ca", "6.1.4 (k)", False,
          m={"version": 1, "drop": [14, 15, 19, 35]})
    three("version-1-ca-with-extensions", "4.1.2.9", False,
          m={"version": 1})
    three("version-2-extensions", "4.1.2.9", False, e={"version": 2})
    three("version-4", "4.1.2.1", False, e={"version": 4})
    three("not-signed-by-issuer", "6.1.3 (a)(1)", False,
          e={"signer": c.Key()})
    three("ca-not-signed-by-issuer", "6.1.3 (a)(1)", False,
          m={"signer": c.Key()})
    three("other-issuer-name", "6.1.3 (a)(4)", False,
          e={"issuer": c.cn("Other")})
    top = c.root()
    add("nothing-trusted-fits", "6.1", False, [c.root(subject=c.cn("Else"))],
        [top], c.leaf(top))
    add("same-name-other-key", "6.1", False, [c.root()], [], c.leaf(top))
    good = c.leaf(top)
    add("trailing-bytes", "4.1", False, [top], [],
        c.Cert(good.der + b"\x00", good.key, good.subject))


def validity():
    """4.1.2.5 and 6.1.3 (a)(2)."""
    old = {"after": "2023-12-31T23:59:59Z"}
    new = {"before": "2024-01-01T00:00:01Z"}
    for who in ("r", "m", "e"):
        three("expired-" + who, "6.1.3 (a)(2)", False, **{who: old})
        three("not-yet-" + who, "6.1.3 (a)(2)", False, **{who: new})
    three("last-second", "4.1.2.5", True, e={"after": TIME})
    three("first-second", "4.1.2.5", True, e={"before": TIME})
    three("fraction-after-end", "4.1.2.5", True, e={"after": TIME},
          time="2024-01-01T00:00:00.005Z")
    three("fraction-before-begin", "4.1.2.5", False, e=new,
          time="2024-01-01T00:00:00.999Z")
    for n, der in (
            ("utc-without-seconds", c.tlv(0x17, b"2001010000Z")),
            ("utc-offset", c.tlv(0x17, b"200101000000+0100")),
            ("general-fraction", c.tlv(0x18, b"20200101000000.5Z")),
            ("general-local", c.tlv(0x18, b"20200101000000")),
            ("month-13", c.tlv(0x17, b"201301000000Z")),
            ("second-60", c.tlv(0x17, b"200101000060Z"))):
        three("time-" + n, "4.1.2.5.1", False, e={"before_der": der})


def extensions():
    """4.2: each extension."""
    for who in ("r", "m", "e"):
        three("unknown-critical-" + who, "4.2", False,
              **{who: {"add": [spent()]}})
    three("extension-twice", "4.2", False,
          e={"add": [c.san(c.dns("example.com"))],
             "again": [c.san(c.dns("example.com"))]})
    three("unknown-extension-twice", "4.2", False,
          e={"add": [spent(critical=False)], "again": [spent(critical=False)]})
    # 4.2.1.1, 4.2.1.2
    key = c.Key()
    three("root-aki-critical", "4.2.1.1", False,
          r={"key": key, "add": [c.aki(key.id, critical=True)]})
    three("leaf-without-aki", "4.2.1.1", False, e={"drop": [35]})
    three("ca-without-aki", "4.2.1.1", False, m={"drop": [35]})
    outer = c.root(subject=c.cn("Outer"))
    inner = c.ca(outer, drop=[35])
    add("anchor-not-self-signed-without-aki", "4.2.1.1", False, [inner], [],
        c.leaf(inner))
    inner = c.ca(outer)
    add("anchor-not-self-signed", "4.2.1.1", True, [inner], [], c.leaf(inner))
    three("root-without-ski", "4.2.1.2", False, r={"drop": [14]})
    three("ca-without-ski", "4.2.1.2", False, m={"drop": [14]})
    three("ski-critical", "4.2.1.2", False,
          r={"key": key, "add": [c.ski(key.id, critical=True)]})
    three("aki-malformed", "4.2.1.1", False,
          e={"add": [c.ext(35, False, b"\x04\x01\x00")]})
    # 4.2.1.3
    three("ca-without-key-usage", "4.2.1.3", False, m={"drop": [15]})
    three("root-without-key-usage", "4.2.1.3", False, r={"drop": [15]})
    three("ca-may-not-sign", "4.2.1.3", False,
          m={"add": [c.key_usage(c.KU_CRL)]})
    three("root-may-not-sign", "4.2.1.3", False,
          r={"add": [c.key_usage(c.KU_CRL, critical=False)]})
    three("path-length-without-cert-sign", "4.2.1.9", False,
          m={"length": 0, "add": [c.key_usage(c.KU_CRL, critical=False)]})
    three("leaf-cert-sign", "4.2.1.9", False,
          e={"add": [c.basic(False), c.key_usage(c.KU_CERT)]})
    three("key-usage-empty", "4.2.1.3", False, e={"add": [c.key_usage()]})
    # 4.2.1.9
    three("ca-not-a-ca", "4.2.1.9", False, m={"add": [c.basic(False)]})
    three("ca-without-basic-constraints", "4.2.1.9", False,
          m={"drop": [19]})
    three("root-without-basic-constraints", "4.2.1.9", False,
          r={"drop": [19]})
    three("root-not-a-ca", "4.2.1.9", False, r={"add": [c.basic(False)]})
    three("root-basic-constraints-not-critical", "4.2.1.9", False,
          r={"add": [c.basic(True, critical=False)]})
    three("path-length-without-ca", "4.2.1.9", False,
          e={"add": [c.ext(19, True, c.seq(c.integer(0)))]})
    three("path-length-negative", "4.2.1.9", False,
          m={"add": [c.ext(19, True, c.seq(c.boolean(True), c.integer(-1)))]})
    three("basic-constraints-not-der", "4.2.1.9", False,
          m={"add": [c.ext(19, True, c.seq(c.tlv(1, b"\x01")))]})
    three("basic-constraints-tail", "4.2.1.9", False,
          m={"add": [c.ext(19, True, c.seq(c.boolean(True)) + b"\x05\x00")]})
    # 4.2.1.11, 4.2.1.14
    three("policy-constraints-not-critical", "4.2.1.11", False,
          m={"add": [c.policy_constraints(3, critical=False)]})
    three("policy-mapping-not-critical", "4.2.1.11", False,
          m={"add": [c.policy_constraints(mapping=0, critical=False)]})
    three("policy-constraints-empty", "4.2.1.11", False,
          m={"add": [c.ext(36, True, c.seq())]})
    three("inhibit-any-not-critical", "4.2.1.14", False,
          m={"add": [c.inhibit_any(1, critical=False)]})
    three("eku-empty", "4.2.1.12", False,
          e={"add": [c.ext(37, False, c.seq())]})
    # 4.2.1.6
    three("san-malformed", "4.2.1.6", False,
          e={"add": [c.ext(17, False, b"example.com")]})
    three("san-empty", "4.2.1.6", False, e={"add": [c.san()]})
    for n, v in (("underscore", "a_b.example.com"),
                 ("leading-period", ".example.com"),
                 ("blank", " "), ("empty", ""), ("hyphen", "-a.example.com"),
                 ("inner-star", "a.*.example.com"),
                 ("label-64", "a" * 64 + ".example.com")):
        three("dns-" + n, "4.2.1.6", False, e={"add": [c.san(c.dns(v))]})
    three("dns-label-63", "4.2.1.6", True,
          e={"add": [c.san(c.dns("a" * 63 + ".example.com"))]})
    three("ip-of-five-bytes", "4.2.1.6", False,
          e={"add": [c.san(c.tlv(0x87, b"12345"))]})
    three("mail-two-ats", "4.2.1.6", False,
          e={"add": [c.san(c.mail("a@b@example.com"))]})
    # 4.2.2.1
    aia = c.seq(c.seq(c.oid("1.3.6.1.5.5.7.48.2"), c.dns("example.com")))
    three("aia", "4.2.2.1", True,
          e={"add": [c.ext("1.3.6.1.5.5.7.1.1", False, aia)]})
    three("aia-critical", "4.2.2.1", False,
          e={"add": [c.ext("1.3.6.1.5.5.7.1.1", True, aia)]})


def lengths():
    """pathLenConstraint, 4.2.1.9 and 6.1.4 (l), (m)."""
    def chain(name, valid, numbers, end=True, same=None):
        top = c.root()
        cas, last = [], top
        for i, n in enumerate(numbers):
            o = {"subject": cas[-1].subject} if same == i else {}
            last = c.ca(last, f"CA {i}", n, **o)
            cas.append(last)
        target = c.leaf(last) if end else cas.pop()
        add("length-" + name, "4.2.1.9", valid, [top], cas, target)

    chain("0", True, [0])
    chain("1", True, [1])
    chain("0-then-ca-as-end", True, [0, 0], end=False)
    chain("0-then-0", False, [0, 0])
    chain("1-then-2", True, [1, 2])
    chain("1-0-0", False, [1, 0, 0])
    chain("self-issued", True, [1, 1, 0], same=1)
    chain("self-issued-too-long", False, [0, 0, 0], same=1)
    top = c.root(add=[c.basic(True, 0)])
    mid = c.ca(top)
    add("length-of-root", "4.2.1.9", False, [top], [mid], c.leaf(mid))
    add("length-of-root-kept", "4.2.1.9", True, [top], [], c.leaf(top))
    chain("eight", True, [None] * 7)
    chain("nine", False, [None] * 8)  # our own limit


def names():
    """Name constraints, 4.2.1.10 and 6.1.3 (b), (c)."""
    def one(name, valid, nc, e, who="m", clause="4.2.1.10"):
        three("nc-" + name, clause, valid, **{who: {"add": [nc]}, "e": e})

    d, k = c.dns, c.constraints
    example = {"add": [c.san(d("example.com"))]}
    one("dns-same", True, k([d("example.com")]), example)
    one("dns-below", True, k([d("example.com")]),
        {"add": [c.san(d("a.b.example.com"))]})
    one("dns-case", True, k([d("EXAMPLE.com")]), example)
    one("dns-other", False, k([d("example.com")]),
        {"add": [c.san(d("not-example.com"))]})
    one("dns-root-other", False, k([d("example.com")]),
        {"add": [c.san(d("not-example.com"))]}, who="r")
    one("dns-excluded", False, k([], [d("example.com")]), example)
    one("dns-excluded-below", False, k([], [d("example.com")]),
        {"add": [c.san(d("a.example.com"))]})
    one("dns-excluded-second", False, k([], [d("b.example.com")]),
        {"add": [c.san(d("a.example.com"), d("b.example.com"))]})
    one("excluded-wins", False, k([d("example.com")], [d("example.com")]),
        example)
    one("all-excluded", False, k([], [d("")]), example)
    one("other-kind", True, k([c.ip("192.0.2.0/24")]), example)
    one("other-kind-excluded", True, k([], [c.ip("192.0.2.0/24")]), example)
    one("wildcard-excluded", False,
        k([d("example.com")], [d("bar.example.com")]),
        {"add": [c.san(d("*.example.com"))]})
    one("wildcard-too-wide", False, k([d("foo.example.com")]),
        {"add": [c.san(d("*.example.com"))]})
    one("wildcard-inside", True, k([d("example.com")]),
        {"add": [c.san(d("*.example.com"))]})
    one("not-critical", False, k([d("example.com")], critical=False), example)
    one("root-not-critical", False, k([d("example.com")], critical=False),
        example, who="r")
    for n, critical in (("", True), ("-not-critical", False)):
        three("nc-in-leaf" + n, "4.2.1.10", False,
              e={"add": [k([d("example.com")], critical=critical)]})
    one("base-wildcard", False, k([d("*.example.com")]),
        {"add": [c.san(d("a.example.com"))]})
    one("base-leading-period", False, k([d(".example.com")]),
        {"add": [c.san(d("a.example.com"))]})
    one("base-ip4-no-mask", False, k([c.ip("127.0.0.1")]),
        {"add": [c.san(c.ip("127.0.0.1"))]})
    one("base-ip6-no-mask", False, k([c.ip("::1")]),
        {"add": [c.san(c.ip("::1"))]})
    one("base-ip-mask-with-gap", False,
        k([c.tlv(0x87, bytes([10, 0, 0, 0, 255, 0, 255, 0]))]),
        {"add": [c.san(c.ip("10.0.0.1"))]})
    one("base-mail-two-ats", False, k([c.mail("a@b@example.com")]),
        {"add": [c.san(c.mail("a@example.com"))]})
    one("empty", False, c.ext(30, True, c.seq()), example)
    one("minimum", False,
        c.ext(30, True, c.seq(c.tlv(0xa0, c.seq(
            d("example.com"), c.tlv(0x80, b"\x01"))))), example)
    one("ip4", True, k([c.ip("192.0.2.0/24")]),
        {"add": [c.san(c.ip("192.0.2.1"))]})
    one("ip4-other", False, k([c.ip("192.0.2.0/24")]),
        {"add": [c.san(c.ip("192.0.3.1"))]})
    one("ip4-excluded", False, k([], [c.ip("192.0.2.0/24")]),
        {"add": [c.san(c.ip("192.0.2.1"))]})
    one("ip6", True, k([c.ip("::1/128")]), {"add": [c.san(c.ip("::1"))]})
    one("ip6-excluded", False, k([], [c.ip("::1/128")]),
        {"add": [c.san(c.ip("::1"))]})
    one("ip4-against-ip6", False, k([c.ip("0.0.0.0/0")]),
        {"add": [c.san(c.ip("::1"))]})
    one("ip-network-as-name", False, k([c.ip("192.0.2.0/24")]),
        {"add": [c.san(c.ip("192.0.2.0/24"))]})
    foo, bar = c.cn("foo"), c.cn("not-foo")
    one("directory", True, k([c.directory(foo)]), {"subject": foo})
    one("directory-other", False, k([c.directory(foo)]), {"subject": bar})
    one("directory-subject-counts", False, k([c.directory(foo)]),
        {"subject": bar, "add": [c.san(c.directory(foo))]})
    one("directory-san-counts", False, k([c.directory(foo)]),
        {"subject": foo, "add": [c.san(c.directory(bar))]})
    one("directory-excluded", False, k([], [c.directory(foo)]),
        {"subject": foo})
    one("directory-excluded-san", False, k([], [c.directory(foo)]),
        {"subject": bar, "add": [c.san(c.directory(foo))]})
    one("mail-box", True, k([c.mail("foo@example.com")]),
        {"add": [c.san(c.mail("foo@example.com"))]})
    one("mail-box-other", False, k([c.mail("foo@example.com")]),
        {"add": [c.san(c.mail("bar@example.com"))]})
    one("mail-host", True, k([c.mail("example.com")]),
        {"add": [c.san(c.mail("foo@example.com"))]})
    one("mail-host-not-below", False, k([c.mail("example.com")]),
        {"add": [c.san(c.mail("foo@a.example.com"))]})
    one("mail-below", True, k([c.mail(".example.com")]),
        {"add": [c.san(c.mail("foo@a.example.com"))]})
    one("mail-in-subject", False, k([c.mail("example.com")]),
        {"subject": c.name((c.CN, "Leaf"), (c.MAIL, "foo@example.org"))})
    one("mail-malformed", False, k([c.mail("example.com")]),
        {"add": [c.san(c.mail("good@example.com"),
                       c.mail("a@b@example.com"))]})
    one("uri-host", True, k([c.uri("example.com")]),
        {"add": [c.san(c.uri("http://example.com/x"))]})
    one("uri-other", False, k([c.uri("example.com")]),
        {"add": [c.san(c.uri("http://a.example.com/x"))]})
    one("uri-user-trick", False, k([c.uri("example.com")]),
        {"add": [c.san(c.uri("http://example.com@evil.org/"))]})
    one("uri-no-host", False, k([c.uri("example.com")]),
        {"add": [c.san(c.uri("urn:x:y"))]})
    one("uri-address", False, k([], [c.uri("example.com")]),
        {"add": [c.san(c.uri("http://192.0.2.1/"))]})
    one("unknown-kind", False, k([d("example.com")], [c.other()]),
        {"add": [c.san(d("example.com"), c.other())]})
    one("unknown-kind-absent", True, k([d("example.com")], [c.other()]),
        example)
    # Gathered along the path.
    top = c.root(subject=c.cn("Top"), add=[k([d("example.com")])])
    roll = c.ca(top, subject=top.subject, add=[c.san(d("other.org"))])
    add("nc-self-issued-exempt", "6.1.3 (b)", True, [top], [roll],
        c.leaf(roll, **example))
    mid = c.ca(top)
    last = c.leaf(mid, subject=mid.subject, add=[c.san(d("other.org"))])
    add("nc-self-issued-leaf", "6.1.3 (b)", False, [top], [mid], last)
    for n, first, second, valid in (
            ("narrowed", ("foo", "bar"), ("bar",), False),
            ("widened", ("bar",), ("foo", "bar"), False),
            ("kept", ("foo", "bar"), ("foo",), True)):
        top = c.root()
        one_, two = ([d(f"{x}.example.com") for x in s]
                     for s in (first, second))
        m1 = c.ca(top, "One", add=[k(one_)])
        m2 = c.ca(m1, "Two", add=[k(two)])
        add("nc-" + n, "6.1.4 (g)", valid, [top], [m1, m2],
            c.leaf(m2, add=[c.san(d("foo.example.com"))]))
    for who in ("root", "ca"):
        nc = {"add": [k([d("yes.example.com")], [d("no.example.com")])]}
        top = c.root(**(nc if who == "root" else {}))
        m1 = c.ca(top, "One", **(nc if who == "ca" else {}))
        m2 = c.ca(m1, "Two", add=[c.san(d("no.example.com"))])
        add(f"nc-of-{who}-on-ca", "6.1.3 (c)", False, [top], [m1, m2],
            c.leaf(m2, add=[c.san(d("yes.example.com"))]))
    # A way round a forbidden CA must be found.
    a, b = c.root(subject=c.cn("A")), c.root(subject=c.cn("B"))
    m1 = c.ca(a, "One", add=[k([], [d("no.example.com")])])
    bad = c.ca(m1, "Same", add=[c.san(d("no.example.com"))])
    good = c.ca(b, "Same", key=bad.key)
    add("nc-way-round", "6.1", True, [a, b], [m1, bad, good], c.leaf(bad))


def policies():
    """Policies, where the options ask for them; the rest is in PKITS."""
    ask = ["--policy", POLICY]
    p = c.policies(POLICY)
    three("policy", "6.1.5 (g)", True, m={"add": [p]}, e={"add": [p]},
          options=ask)
    three("policy-not-in-ca", "6.1.5 (g)", False, e={"add": [p]}, options=ask)
    three("policy-not-in-leaf", "6.1.5 (g)", False, m={"add": [p]},
          options=ask)
    three("policy-required-by-ca", "6.1.4 (i)", False,
          m={"add": [p, c.policy_constraints(0)]})
    three("policy-required-and-there", "6.1.4 (i)", True,
          m={"add": [p, c.policy_constraints(0)]}, e={"add": [p]})
    three("policy-twice", "4.2.1.4", False,
          e={"add": [c.policies(POLICY, POLICY)]})
    anyp = c.policies("2.5.29.32.0")
    three("any-policy-inhibited", "6.1.3 (d)(2)", False,
          m={"add": [p, c.inhibit_any(0)]}, e={"add": [anyp]}, options=ask)
    three("any-policy", "6.1.3 (d)(2)", True,
          m={"add": [p]}, e={"add": [anyp]}, options=ask)


def lists():
    """Revocation lists: 5 and 6.3.3."""
    def one(name, clause, valid, make, r=None, e=None):
        top = c.root(**(r or {}))
        end = c.leaf(top, serial=c.integer(4242), **(e or {}))
        add("crl-" + name, clause, valid, [top], [], end, crls=make(top))

    other = c.root(subject=c.cn("Other"))
    num, n7 = c.crl_number, 4343
    one("empty", "5.1", True, lambda t: [c.crl(t)])
    one("of-others", "5.1", True, lambda t: [c.crl(t, [c.entry(n7)])])
    one("revoked", "6.3.3 (i)", False, lambda t: [c.crl(t, [c.entry(4242)])])
    one("revoked-later", "6.3.3 (i)", False,
        lambda t: [c.crl(t, [c.entry(4242, "2024-01-02T00:00:00Z")])])
    one("revoked-before-it-was", "6.3.3 (i)", False,
        lambda t: [c.crl(t, [c.entry(4242, "2019-01-02T00:00:00Z")])])
    hold = c.ext(21, False, c.tlv(0x0a, b"\x06"))
    one("on-hold", "5.3.1", False,
        lambda t: [c.crl(t, [c.entry(4242, exts=[hold])])])
    one("no-number", "5.2.3", False,
        lambda t: [c.crl(t, exts=[c.aki(t.key.id)])])
    one("number-critical", "5.2.3", False,
        lambda t: [c.crl(t, exts=[num(critical=True), c.aki(t.key.id)])])
    one("number-21-bytes", "5.2.3", False,
        lambda t: [c.crl(t, exts=[num((1 << 160) - 1), c.aki(t.key.id)])])
    one("aki-critical", "5.2.1", False,
        lambda t: [c.crl(t, exts=[num(), c.aki(t.key.id, critical=True)])])
    one("no-next-update", "5.1.2.5", False, lambda t: [c.crl(t, next=None)])
    one("old", "6.3.3 (a)", False,
        lambda t: [c.crl(t, next="2023-12-31T23:59:59Z")])
    one("last-second", "6.3.3 (a)", True, lambda t: [c.crl(t, next=TIME)])
    one("from-later", "6.3.3", False,
        lambda t: [c.crl(t, this="2024-01-01T00:00:01Z")])
    one("signed-by-another", "6.3.3 (g)", False,
        lambda t: [c.crl(t, signer=c.Key())])
    one("of-another-ca", "6.3.3 (b)", False,
        lambda t: [c.crl(other)])
    one("issuer-may-not", "6.3.3 (f)", False, lambda t: [c.crl(t)],
        r={"add": [c.key_usage(c.KU_CERT)]})
    one("unknown-critical", "5.2", False,
        lambda t: [c.crl(t, exts=[num(), c.aki(t.key.id), spent()])])
    one("unknown", "5.2", True, lambda t: [
        c.crl(t, exts=[num(), c.aki(t.key.id), spent(critical=False)])])
    one("extension-twice", "5.2", False,
        lambda t: [c.crl(t, exts=[num(), num(), c.aki(t.key.id)])])
    one("entry-unknown-critical", "5.3", False,
        lambda t: [c.crl(t, [c.entry(n7, exts=[spent()])])])
    one("entry-twice", "5.1.2.6", False,
        lambda t: [c.crl(t, [c.entry(n7), c.entry(9), c.entry(n7)])])
    one("thousand", "5.1.2.6", True,
        lambda t: [c.crl(t, [c.entry(10000 + i) for i in range(1000)])])
    three("crl-for-leaf-only", "6.3.3", True)
    top = c.root()
    mid = c.ca(top)
    end = c.leaf(mid)
    add("crl-missing-for-ca", "6.3.3", False, [top], [mid], end,
        crls=[c.crl(mid)])
    add("crl-for-both", "6.3.3", True, [top], [mid], end,
        crls=[c.crl(mid), c.crl(top)])
    here, there = (c.tlv(0xa0, c.tlv(0xa0, c.uri(f"http://crl/{x}")))
                   for x in ("a", "b"))
    point = {"add": [c.crldp(c.uri("http://crl/a"))]}

    def scoped(*parts):
        return lambda t: [c.crl(t, exts=[num(), c.aki(t.key.id),
                                         c.idp(*parts)])]

    yes = b"\xff"
    one("point-same", "6.3.3 (b)(2)", True, scoped(here), e=point)
    one("point-other", "6.3.3 (b)(2)", False, scoped(there), e=point)
    one("point-not-in-certificate", "6.3.3 (b)(2)", False, scoped(here))
    one("only-users", "6.3.3 (b)(2)", True, scoped(c.tlv(0x81, yes)))
    one("only-cas", "6.3.3 (b)(2)", False, scoped(c.tlv(0x82, yes)))
    one("only-attributes", "6.3.3 (b)(2)", False, scoped(c.tlv(0x85, yes)))
    one("only-some-reasons", "6.3.3 (e)", False,
        scoped(c.tlv(0x83, b"\x06\x40")))
    add("crl-only-users-for-ca", "6.3.3 (b)(2)", False, [top], [mid], end,
        crls=[c.crl(mid)] + scoped(c.tlv(0x81, yes))(top))


def make_all():
    """Fills CASES."""
    for make in (sound, certificates, validity, extensions, lengths, names,
                 policies, lists):
        make()


def check(mohur, folder, case):
    """The exit status and what was printed."""
    args = [mohur, "trust", "check", "--report", "json", "--time", case.time]
    home = os.path.join(folder, case.name)
    os.mkdir(home)

    def file(name, der):
        path = os.path.join(home, name)
        with open(path, "wb") as f:
            f.write(der)
        return path

    for i, a in enumerate(case.anchors):
        args += ["--anchor", file(f"anchor{i}.crt", a.der)]
    for i, a in enumerate(case.cas):
        args += ["--intermediate", file(f"ca{i}.crt", a.der)]
    for i, a in enumerate(case.crls):
        args += ["--crl", file(f"list{i}.crl", a)]
    run = subprocess.run(args + case.options + [file("end.crt", case.end.der)],
                         capture_output=True, text=True, check=False)
    return run.returncode, run.stdout.strip() + run.stderr.strip()


def main():
    """Runs every case and counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur", required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("name", nargs="*")
    args = parser.parse_args()
    make_all()
    cases = [x for x in CASES if not args.name or x.name in args.name]
    if len({x.name for x in cases}) != len(cases):
        sys.exit("limbo: a name stands for two cases")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        results = pool.map(lambda x: check(args.mohur, folder, x), cases)
        for case, (code, text) in zip(cases, results):
            if code == (0 if case.valid else 1):
                passed += 1
            else:
                failed += 1
                print(f"{case.name} ({case.clause}): expected "
                      f"{'valid' if case.valid else 'invalid'}: exit {code}: "
                      f"{text}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
