"""A writer of small PDFs, revision by revision, and of PAdES signatures.

Knows nothing of the product: the cross-reference section of each revision is
a table, a stream or both (hybrid), as the tests ask for.
"""

import datetime as dt
import pathlib
import re
import subprocess
import tempfile
import zlib

import crl
import ocsp
import pdflock
import tsa
from asn1crypto import cms, tsp, x509
from pki import SIGNING
from signing import digest, sign_bytes, signed_digest_algorithm

ROOM = 16000    # hex digits for a signature value
DIGITS = 10     # of a number in /ByteRange
LOCK = 49       # number of /Encrypt
UTC = dt.timezone.utc


class Writer:
    """The bytes of a file; objects are known by number."""

    def __init__(self, form="table"):
        self.form, _, lock = form.partition("+")
        self.lock = pdflock.Lock(lock) if lock else None
        self.data = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self.at = {}        # of this revision: number -> offset or None
        self.gen = {}
        self.packed = {}    # of this revision: number -> body
        self.prev = None
        self.top = 0        # the highest number so far
        self.trailer = b"/Root 1 0 R /Info 13 0 R"
        self.pack_num = 50  # of the next object stream
        self.holes = []     # signature dictionaries not yet filled
        if self.lock:
            self.trailer += self.lock.trailer(LOCK)
            self._put(LOCK, self.lock.dictionary(), None)

    def put(self, num, body, gen=None):
        """Writes an object into this revision."""
        if self.lock:
            used = self.gen.get(num, 0) if gen is None else gen
            keys, mark, rest = body.partition(b"stream\n")
            body = self.lock.strings(num, used, keys) + mark + rest
        self._put(num, body, gen)

    def _put(self, num, body, gen):
        self.gen[num] = self.gen.get(num, 0) if gen is None else gen
        self.top = max(self.top, num)
        self.at[num] = len(self.data)
        self.data += b"%d %d obj\n%s\nendobj\n" % (num, self.gen[num], body)

    def stream(self, num, keys, data, flate=False):
        if flate:
            data, keys = zlib.compress(data), keys + b" /Filter /FlateDecode"
        if self.lock:
            data = self.lock.data(num, self.gen.get(num, 0), data)
        self.put(num, b"<< %s /Length %d >>\nstream\n%s\nendstream"
                 % (keys, len(data), data))

    def free(self, num):
        self.at[num] = None

    def pack(self, num, body):
        """Puts an object into this revision's object stream (not table)."""
        self.packed[num] = body
        self.top = max(self.top, num)

    def signature(self, num, keys=b"", sub=b"ETSI.CAdES.detached",
                  kind=b"Sig"):
        """A signature dictionary with room for the range and value."""
        hole = b"@" * DIGITS
        self.put(num, b"<< /Type /%s /Filter /Adobe.PPKLite /SubFilter /%s "
                 b"/M (D:%s+00'00') %s /ByteRange [0 %s %s %s] "
                 b"/Contents <%s> >>"
                 % (kind, sub, SIGNING.strftime("%Y%m%d%H%M%S").encode(),
                    keys, hole, hole, hole, b"0" * ROOM))
        self.holes.append(self.at[num])

    def end(self, keys=b"", prev=None):
        """Ends the revision; the offset of its section."""
        if self.packed:
            self._pack()
        here = len(self.data)
        prev = self.prev if prev is None else prev
        keys = self.trailer + keys
        if prev is not None:
            keys += b" /Prev %d" % prev
        if self.form == "stream":
            self._xref_stream(here, keys)
        else:
            here = self._table(keys)
        self.data += b"startxref\n%d\n%%%%EOF\n" % here
        if self.packed:
            self.pack_num = max(54, self.pack_num + 1)
        self.at, self.packed = {}, {}
        self.prev = here
        return here

    def _pack(self):
        """An object stream of what pack() was given."""
        nums = sorted(self.packed)
        head, body = b"", b""
        for num in nums:
            head += b"%d %d " % (num, len(body))
            body += self.packed[num] + b" "
        self.stream(self.pack_num, b"/Type /ObjStm /N %d /First %d"
                    % (len(nums), len(head)), head + body, True)

    def _rows(self, packed=True):
        rows = {n: (0, 0, self.gen.get(n, 0) + 1) if at is None else
                (1, at, self.gen[n]) for n, at in self.at.items()}
        if packed:
            for i, num in enumerate(sorted(self.packed)):
                rows[num] = (2, self.pack_num, i)
        if self.prev is None:
            rows[0] = (0, 0, 65535)
        return rows

    def _xref_stream(self, here, keys, num=51, rows=None):
        self.top = max(self.top, num)
        if rows is None:
            self.gen[num] = 0
            self.at[num] = here
            rows = self._rows()
        index = b"".join(b"%d 1 " % n for n in sorted(rows))
        body = b"".join(bytes([k]) + a.to_bytes(5, "big") +
                        b.to_bytes(2, "big")
                        for _, (k, a, b) in sorted(rows.items()))
        body = zlib.compress(body)
        self.data += (b"%d 0 obj\n<< /Type /XRef /Size %d /W [1 5 2] /Index "
                      b"[%s] /Filter /FlateDecode /Length %d %s >>\nstream\n"
                      b"%s\nendstream\nendobj\n"
                      % (num, self.top + 1, index, len(body), keys, body))

    def _table(self, keys):
        if self.form == "hybrid" and self.packed:
            at = len(self.data)
            rows = {n: r for n, r in self._rows().items()
                    if n in self.packed}
            self._xref_stream(at, b"", 51, rows)
            self.gen[51] = 0
            self.at[51] = at
            keys += b" /XRefStm %d" % at
        here = len(self.data)
        self.data += b"xref\n"
        for num, (kind, at, gen) in sorted(self._rows(False).items()):
            self.data += b"%d 1\n%010d %05d %s \n" % (
                num, at, gen, b"n" if kind else b"f")
        self.data += b"trailer\n<< /Size %d %s >>\n" % (self.top + 1, keys)
        return here

    def fill(self, make, span=None):
        """Fills the last hole: make(signed bytes) gives the value."""
        start = self.holes.pop()
        gap = self.data.index(b"/Contents <", start) + 10
        after = self.data.index(b">", gap) + 1
        numbers = span or [gap, after, len(self.data) - after]
        for n in numbers:
            at = self.data.index(b"@" * DIGITS, start)
            self.data[at:at + DIGITS] = b"%0*d" % (DIGITS, n)
        value = make(bytes(self.data[:gap] + self.data[after:])).hex()
        self.data[gap + 1:gap + 1 + len(value)] = value.encode()

    def clone(self):
        other = Writer(self.form)
        other.__dict__.update(
            {k: v.copy() if isinstance(v, (dict, list, bytearray)) else v
             for k, v in self.__dict__.items()})
        return other


def value(pki, signer, when=SIGNING, stamped=True, name="sha256"):
    """A maker of CMS values (EN 319 142-1): baseline, with a time-stamp."""
    entity = pki[signer]

    def make(data):
        cert = x509.Certificate.load(entity.der)
        attrs = cms.CMSAttributes([cms.CMSAttribute(
            {"type": kind, "values": [v]}) for kind, v in (
                ("content_type", "data"),
                ("message_digest", digest(name, data)),
                ("signing_certificate_v2", tsp.SigningCertificateV2(
                    {"certs": [{"cert_hash":
                                digest("sha256", entity.der)}]})))])
        signed = sign_bytes(entity.key, attrs.dump(), name)
        info = {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": {
                "issuer": cert.issuer,
                "serial_number": cert.serial_number}}),
            "digest_algorithm": {"algorithm": name},
            "signed_attrs": attrs,
            "signature_algorithm": signed_digest_algorithm(entity.key, name),
            "signature": signed}
        if stamped:
            token = tsa.token(signed, pki["tsa"], pki.chain("tsa"),
                              when + dt.timedelta(seconds=30))
            info["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute(
                {"type": "signature_time_stamp_token",
                 "values": [cms.ContentInfo.load(token)]})])
        chain = [entity, *pki.chain(signer)]
        return cms.ContentInfo({"content_type": "signed_data", "content":
                                cms.SignedData({
            "version": "v1", "digest_algorithms": [{"algorithm": name}],
            "encap_content_info": {"content_type": "data"},
            "certificates": cms.CertificateSet(
                [cms.CertificateChoices("certificate",
                                        x509.Certificate.load(e.der))
                 for e in chain]),
            "signer_infos": [info]})}).dump()
    return make


def stamp(pki, when):
    """A maker of document time-stamps."""
    return lambda data: tsa.token(data, pki["tsa"], pki.chain("tsa"), when)


def dss(w, pki, signer, first=32, when=SIGNING):
    """The validation data of a signer, as the next revision's objects."""
    after = when + dt.timedelta(seconds=90)
    chain = pki.chain(signer)
    lists = [crl.make(e, after) for e in [*chain[1:], pki.root_of(signer)]]
    answer = ocsp.respond(pki[signer], chain[0], pki["ocsp"],
                          when + dt.timedelta(seconds=60))
    rows = {b"Certs": [e.der for e in [pki[signer], *chain]],
            b"CRLs": lists, b"OCSPs": [answer]}
    text = b""
    for key, ders in rows.items():
        refs = b""
        for der in ders:
            w.stream(first, b"", der)
            refs += b"%d 0 R " % first
            first += 1
        text += b"/%s [%s] " % (key, refs)
    return b"<< " + text + b">>"


PAGE = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents "
        b"4 0 R /Resources << /XObject << /X 9 0 R >> /Font << /F 11 0 R >> "
        b">> ")
ANNOTS = b"/Annots [6 0 R 7 0 R 12 0 R 20 0 R%s] >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R "
FORM = b"<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R%s] >>"
TEXT = (b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (sum) /P 3 0 R "
        b"/Rect [10 10 90 30] /DA (/F 12 Tf) ")
FIELD = (b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /P 3 0 R "
         b"/F 132 /Rect [%s] %s >>")
NOTE = b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (note) >>"
INFO = b"<< /Producer (test) /Title (claim) >>"
BOX = b"/Type /XObject /Subtype /Form /BBox [0 0 80 20]"
SHOWN = b"q /X Do Q BT /F 12 Tf 20 100 Td (100 manat) Tj ET"


def certify(p):
    return (b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP "
            b"/TransformParams << /Type /TransformParams /V /1.2 /P %d >> >>]"
            % p)


def base(form="table", keys=b"", field=b"", perms=False, catalog=b""):
    """One page with a text field (7), a picture (9), a note (12), a field to
    be signed (6, dictionary 10) and one that stays empty (20)."""
    w = Writer(form)
    extra = catalog + (b"/Perms << /DocMDP 10 0 R >> " if perms else b"")
    w.put(1, CATALOG + extra + b">>")
    w.put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    w.put(3, PAGE + ANNOTS % b"")
    w.stream(4, b"", SHOWN)
    w.put(5, FORM % b"")
    w.put(6, FIELD % (b"first", b"0 0 0 0", b"/V 10 0 R " + field))
    w.put(7, TEXT + b"/V (1) /AP << /N 8 0 R >> >>")
    w.stream(8, BOX, b"BT (1) Tj ET")
    w.stream(9, BOX, b"0 0 80 20 re f")
    w.put(11, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    w.put(12, NOTE)
    if w.form == "table":
        w.put(13, INFO)
    else:
        w.pack(13, INFO)
    w.put(20, FIELD % (b"second", b"0 0 0 0", b""))
    w.put(30, b"<< /Nothing true >>")
    w.signature(10, keys)
    return w


def linearized(pki, signer="citizen"):
    """A file that qpdf has linearized, signed in an update; .page and .shown
    are the numbers that qpdf gave to the page and its content."""
    w = Writer()
    w.trailer = b"/Root 1 0 R"
    w.put(1, b"<< /Type /Catalog /Pages 2 0 R >>")
    w.put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    w.put(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] "
          b"/Contents 4 0 R /Resources << /Font << /F << /Type /Font /Subtype "
          b"/Type1 /BaseFont /Helvetica >> >> >> >>")
    w.stream(4, b"", b"BT /F 12 Tf 20 100 Td (100 manat) Tj ET")
    w.end()
    with tempfile.TemporaryDirectory() as folder:
        plain, fast = folder + "/plain.pdf", folder + "/fast.pdf"
        pathlib.Path(plain).write_bytes(w.data)
        subprocess.run(["qpdf", "--linearize", "--deterministic-id",
                        "--stream-data=preserve", plain, fast], check=True)
        data = pathlib.Path(fast).read_bytes()
    w = Writer()
    w.data = bytearray(data)
    w.prev = int(data[data.rindex(b"startxref") + 9:].split()[0])
    w.top = max(int(n) for n in re.findall(rb"(\d+) 0 obj", data))
    root = int(re.search(rb"/Root (\d+) 0 R", data)[1])
    pages = re.search(rb"/Pages (\d+) 0 R", data)[1]
    w.page = int(re.search(rb"/Kids \[ (\d+) 0 R", data)[1])
    w.shown = int(re.search(rb"/Contents (\d+) 0 R", data)[1])
    w.trailer = b"/Root %d 0 R " % root + re.search(
        rb"/ID \[.*?\]", data, re.S)[0]
    w.gen = {n: 0 for n in range(w.top + 1)}
    first = w.top + 1
    w.put(root, b"<< /Type /Catalog /Pages %s 0 R /AcroForm << /SigFlags 3 "
          b"/Fields [%d 0 R] >> >>" % (pages, first))
    w.put(first, b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (first) "
          b"/Rect [0 0 0 0] /V %d 0 R >>" % (first + 1))
    w.signature(first + 1)
    w.end()
    w.fill(value(pki, signer))
    return w


def signed(pki, form="table", signer="citizen", long_term=True, **opts):
    """A sound document, PAdES-B-LT unless long_term is false."""
    w = base(form, **opts)
    w.end()
    w.fill(value(pki, signer))
    if long_term:
        extra = opts.get("catalog", b"") + (
            b"/Perms << /DocMDP 10 0 R >> " if opts.get("perms") else b"")
        w.catalog = CATALOG + extra + b"/DSS 31 0 R "
        w.dss = dss(w, pki, signer)
        w.put(31, w.dss)
        w.put(1, w.catalog + b">>")
        w.end()
    return w


__all__ = ["ANNOTS", "BOX", "CATALOG", "FIELD", "FORM", "INFO", "NOTE",
           "PAGE", "SHOWN", "TEXT", "Writer", "base", "certify", "dss",
           "linearized", "signed", "stamp", "value"]
