"""Sound PDFs: signed, and changed later only as the signer permits."""

import datetime as dt

import pdf
from pdf import ANNOTS, BOX, FIELD, FORM, INFO, NOTE, PAGE, TEXT, certify
from pki import SIGNING

PASS = "TOTAL-PASSED"
OPEN = "INDETERMINATE"


def filled(w):
    w.put(7, TEXT + b"/V (2) /AP << /N 53 0 R >> >>")
    w.stream(53, BOX, b"BT (2) Tj ET", True)
    w.end()
    return w


def noted(w):
    w.put(53, NOTE)
    w.put(3, PAGE + ANNOTS % b" 53 0 R")
    w.end()
    return w


def dated(w):
    w.put(13, INFO.replace(b"test", b"another")[:-3]
          + b" /ModDate (D:20220531130000Z) >>")
    w.end()
    return w


def stamped(w, pki, when=SIGNING + dt.timedelta(hours=1)):
    w.put(5, FORM % b" 52 0 R")
    w.put(52, FIELD % (b"stamp", b"0 0 0 0", b"/V 53 0 R"))
    w.signature(53, b"", b"ETSI.RFC3161", b"DocTimeStamp")
    w.end()
    w.fill(pdf.stamp(pki, when))
    return w


def twice(w, pki):
    """A second signature in the field that waits, and its validation data."""
    w.put(20, FIELD % (b"second", b"0 0 0 0", b"/V 53 0 R"))
    w.signature(53)
    w.end()
    w.fill(pdf.value(pki, "citizen2"))
    first = w.dss
    more = pdf.dss(w, pki, "citizen2", 60)
    merged = b"<< "
    for key in (b"Certs", b"CRLs", b"OCSPs"):
        merged += b"/%s [%s%s] " % (key, inner(first, key), inner(more, key))
    w.put(31, merged + b">>")
    w.end()
    return w


def inner(text, key):
    start = text.index(b"/%s [" % key) + len(key) + 3
    return text[start:text.index(b"]", start)]


def rows(pki):
    """(path, level, expected, bytes, note)."""
    yield ("pdf-linearized.pdf", "T", OPEN, pdf.linearized(pki),
           "signed in an update of a linearized file")
    for form in ("table", "stream", "hybrid", "table+r3", "stream+r4",
                 "hybrid+r6"):
        def one(**opts):
            return pdf.signed(pki, form, **opts)
        end = f"-{form}.pdf"
        yield ("pdf-t" + end, "T", OPEN, one(long_term=False), "PAdES")
        yield ("pdf-lt" + end, "LT", PASS, one(), "PAdES")
        yield ("pdf-filled" + end, "LT", PASS, filled(one()),
               "filled in later")
        yield ("pdf-dated" + end, "LT", PASS, dated(one()), "date of change")
        yield ("pdf-lta" + end, "LTA", PASS + "," + OPEN,
               stamped(one(), pki), "a document time-stamp")
        yield ("pdf-twice" + end, "LT", PASS, twice(one(), pki),
               "two signatures")
        yield ("pdf-certified-filled" + end, "LT", PASS,
               filled(one(keys=certify(2), perms=True)), "P 2, filled in")
        yield ("pdf-certified-dated" + end, "LT", PASS,
               dated(one(keys=certify(1), perms=True)), "P 1, date")
        yield ("pdf-certified-stamped" + end, "LTA", PASS + "," + OPEN,
               stamped(one(keys=certify(1), perms=True), pki),
               "P 1, a document time-stamp")
        yield ("pdf-certified-noted" + end, "LT", PASS,
               noted(one(keys=certify(3), perms=True)), "P 3, a note")
