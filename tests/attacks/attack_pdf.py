"""Attacks on PDF: what comes after a signature, and how it is hidden."""

import datetime as dt

import pdf
from pdf import ANNOTS, BOX, FIELD, FORM, INFO, NOTE, PAGE, TEXT, certify
from stage import NEVER, SIGNING

# Every way to list the objects, in the clear and in files without a password.
PLAIN = ("table", "stream", "hybrid")
LOCKED = ("table+r3", "stream+r4", "hybrid+r6")
FORMS = PLAIN + LOCKED
CHANGED = "pdf-change-object"
TYPES = ("FreeText", "Stamp", "Redact", "Highlight", "Ink")
ANNOTATION = (b"<< /Type /Annot /Subtype /%s /Rect [10 90 200 120] "
              b"/Contents (x) /T (someone) >>")


class Maker:
    """Sound signed files, made once a kind, and the book."""

    def __init__(self, stage, book):
        self.pki, self.book, self.cache = stage.pki, book, {}

    def signed(self, form="table", **opts):
        key = (form, tuple(sorted(opts.items())))
        if key not in self.cache:
            self.cache[key] = pdf.signed(self.pki, form, **opts)
        return self.cache[key].clone()

    def later(self, item, name, change, codes, forms=FORMS, **opts):
        """The change in a revision after the signature, in each form."""
        row = {k: opts.pop(k) for k in ("rule", "verdicts", "level")
               if k in opts}
        for form in forms:
            w = self.signed(form, **opts)
            change(w)
            w.end()
            self.add(item, f"{name}-{form}", w.data, codes, **row)

    def add(self, item, name, data, codes, **row):
        self.book.add(item, name, bytes(data), codes, ext="pdf", **row)


def put(*pairs):
    """A change that writes these objects; bytes or (keys, data)."""
    def change(w):
        for num, body in pairs:
            if body is None:
                w.free(num)
            elif isinstance(body, tuple):
                w.stream(num, *body)
            else:
                w.put(num, body)
    return change


def root(keys):
    """A change of the catalog that keeps what was there."""
    return lambda w: w.put(1, w.catalog + keys + b">>")


def content(m):
    """What a page shows is switched."""
    evil = (b"", b"BT /F 12 Tf 20 100 Td (999 manat) Tj ET")
    m.later("shadow replace", "replace-content", put((4, evil)), CHANGED)
    m.later("shadow replace", "replace-both",
            put((4, evil), (7, TEXT + b"/V 4 0 R /AP << /N 8 0 R >> >>")),
            CHANGED)
    m.later("shadow hide", "hide-picture", put((9, (BOX, b""))), CHANGED)
    m.later("shadow hide", "hide-freed", put((9, None)),
            "pdf-change-deleted,pdf-change-object")
    m.later("shadow hide and replace", "both-page",
            put((31, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
                (2, b"<< /Type /Pages /Kids [32 0 R] /Count 1 >>"),
                (32, PAGE + b">>")), "pdf-change-page")

    def two_steps(w):
        w.put(33, PAGE + b"/Rotate 180 >>")
        w.end()
        w.put(2, b"<< /Type /Pages /Kids [33 0 R] /Count 1 >>")
    m.later("shadow hide and replace", "both-two-steps", two_steps,
            "pdf-change-page")
    m.later("page tree changed", "tree-added",
            put((2, b"<< /Type /Pages /Kids [3 0 R 33 0 R] /Count 2 >>"),
                (33, PAGE + b">>")), "pdf-change-page")
    m.later("page tree changed", "tree-emptied",
            put((2, b"<< /Type /Pages /Kids [] /Count 0 >>")),
            "pdf-change-page")
    m.later("/Font changes", "font",
            put((11, b"<< /Type /Font /Subtype /Type3 >>")), CHANGED)
    m.later("/Font changes", "font-by-resources",
            put((3, PAGE.replace(b"/F 11 0 R", b"/F 33 0 R") + ANNOTS % b""),
                (33, b"<< /Type /Font >>")), "pdf-change-page")
    m.later("/XObject changes", "xobject", put((9, (BOX, b"1 0 0 rg"))),
            CHANGED)
    m.later("/XObject changes", "xobject-as-appearance",
            put((7, TEXT + b"/V (2) /AP << /N 9 0 R >> >>"),
                (9, (BOX, b"1 0 0 rg"))), CHANGED)


def catalog(m):
    """Keys of the root."""
    rows = (("/Root changes", "root-pages",
             put((31, b"<< /Type /Catalog /Pages 33 0 R /AcroForm 5 0 R >>"),
                 (1, b"<< /Type /Catalog /Pages 33 0 R /AcroForm 5 0 R >>"),
                 (33, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")),
             "pdf-change-page,pdf-change-dss"),
            ("/Names changes", "names", root(b"/Names << >> "),
             "pdf-change-catalog"),
            ("/Names changes", "names-javascript",
             root(b"/Names << /JavaScript << /Names [(a) << /S /JavaScript "
                  b"/JS (x) >>] >> >> "), "pdf-change-catalog"),
            ("/OCProperties changes", "oc",
             root(b"/OCProperties << /OCGs [] /D << >> >> "),
             "pdf-change-catalog"),
            ("/AA changes", "aa-root", root(b"/AA << >> "),
             "pdf-change-catalog"),
            ("/AA changes", "aa-page",
             put((3, PAGE + b"/AA << >> " + ANNOTS % b"")),
             "pdf-change-page"),
            ("/AA changes", "aa-field",
             put((7, TEXT + b"/AA << >> /V (1) /AP << /N 8 0 R >> >>")),
             "pdf-change-form"),
            ("/OpenAction changes", "open", root(b"/OpenAction [3 0 R /Fit] "),
             "pdf-change-catalog"),
            ("/Pages changes", "pages",
             put((2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 90 >>")),
             "pdf-change-page"),
            ("StructTreeRoot changes", "struct",
             root(b"/StructTreeRoot << /Type /StructTreeRoot >> "),
             "pdf-change-catalog"))
    for item, name, change, codes in rows:
        m.later(item, name, change, codes)

    def other_root(w):
        w.put(40, b"<< /Type /Catalog /Pages 41 0 R /AcroForm 5 0 R >>")
        w.put(41, b"<< /Type /Pages /Kids [] /Count 0 >>")
        w.trailer = w.trailer.replace(b"/Root 1 ", b"/Root 40 ")
    m.later("/Root changes", "root-exchanged", other_root,
            "pdf-change-page,pdf-change-dss")
    m.later("DSS removal", "dss-gone",
            put((1, pdf.CATALOG + b">>")), "pdf-change-dss")
    m.later("DSS removal", "dss-certificates",
            put((31, b"<< /Certs [] /CRLs [] /OCSPs [] >>")),
            "pdf-change-dss")
    m.later("title changed", "title",
            put((13, INFO.replace(b"claim", b"other"))),
            "pdf-change-metadata")


def annotations(m):
    """EAA: drawn over text; named even where they are allowed."""
    for kind in TYPES:
        body = ANNOTATION % kind.encode()
        add = put((60 - 7, body), (3, PAGE + ANNOTS % b" 53 0 R"))
        item = f"EAA with {kind}"
        m.later(item, f"eaa-{kind.lower()}", add, "pdf-change-annotation")
        m.later(item, f"eaa-certified-{kind.lower()}", add,
                "pdf-change-annotation", keys=certify(2), perms=True)
        m.later(item, f"eaa-permitted-{kind.lower()}", add,
                "pdf-change-annotation", keys=certify(3), perms=True,
                rule="F")
    item = "EAA with Widget"
    widget = b"<< /Type /Annot /Subtype /Widget /Rect [10 90 200 120] >>"
    m.later(item, "eaa-widget",
            put((53, widget), (3, PAGE + ANNOTS % b" 53 0 R")),
            "pdf-change-annotation")
    m.later(item, "eaa-widget-permitted",
            put((53, widget), (3, PAGE + ANNOTS % b" 53 0 R")),
            "pdf-change-annotation", keys=certify(3), perms=True)
    item = "/Annots changed"
    m.later(item, "annots-removed", put((3, PAGE + b">>")),
            "pdf-change-annotation")
    m.later(item, "annots-note", put((12, NOTE.replace(b"note", b"evil"))),
            "pdf-change-annotation")
    m.later(item, "annots-action",
            put((12, NOTE.replace(b"/Contents", b"/A << /S /URI >> "
                                  b"/Contents"))), "pdf-change-annotation")


def signatures(m):
    """Later signatures and what they may do."""
    def visible(w, keys=b""):
        w.put(5, FORM % b" 52 0 R")
        w.put(52, FIELD % (b"third", b"10 90 200 120", b"/V 53 0 R"))
        w.put(3, PAGE + ANNOTS % b" 52 0 R")
        w.signature(53, keys)
        w.end()
        w.fill(pdf.value(m.pki, "citizen2"))
    for p in (1, 2):
        for form in FORMS:
            w = m.signed(form, keys=certify(p), perms=True)
            visible(w)
            m.add("SSA", f"ssa-{p}-{form}", w.data,
                  "pdf-visible-field,pdf-change-signed")
    # A later signature that brings an annotation along (P 2 lets it sign).
    for kind in TYPES:
        for form in FORMS:
            w = m.signed(form, keys=certify(2), perms=True)
            w.put(54, ANNOTATION % kind.encode())
            w.put(20, FIELD % (b"second", b"0 0 0 0", b"/V 55 0 R"))
            w.put(3, PAGE + ANNOTS % b" 54 0 R")
            w.signature(55)
            w.end()
            w.fill(pdf.value(m.pki, "citizen2"))
            m.add(f"SSA with {kind}", f"ssa-{kind.lower()}-{form}", w.data,
                  "pdf-change-annotation")
    for p in (2, 3):
        w = m.signed()
        visible(w, certify(p))
        m.add("second certification", f"certify-{p}", w.data,
              "pdf-certification", verdicts=NEVER)
    for p in (1, 2):
        w = m.signed(keys=certify(p), perms=True)
        w.put(1, w.catalog.replace(b"/Perms << /DocMDP 10 0 R >> ", b"")
              + b">>")
        w.end()
        m.add("P loosened", f"perms-removed-{p}", w.data,
              "pdf-change-permissions")
        old = m.signed(keys=certify(p), perms=True)
        text = bytes(old.data).replace(b"/P %d >>" % p, b"/P 3 >>", 1)
        m.add("P loosened", f"perms-rewritten-{p}", text, "digest-mismatch")
    lock = b"/Lock << /Type /SigFieldLock /Action /%s %s >>"
    fill = put((7, TEXT + b"/V (2) /AP << /N 8 0 R >> >>"))
    mdp = b"/Reference [<< /Type /SigRef /TransformMethod /FieldMDP " \
        b"/TransformParams << /Type /TransformParams /V /1.2 /Action /%s %s " \
        b">> >>]"
    for name, args in (("all", (b"All", b"")),
                       ("include", (b"Include", b"/Fields [(sum)]")),
                       ("exclude", (b"Exclude", b"/Fields [(second)]"))):
        m.later("lock violations", f"lock-{name}", fill, "pdf-field-locked",
                field=lock % args)
        m.later("lock violations", f"fieldmdp-{name}", fill,
                "pdf-field-locked", keys=mdp % args)
    m.later("P violations", "p1-filled", fill, "pdf-change-field",
            keys=certify(1), perms=True)
    m.later("P violations", "p2-field-note",
            put((53, NOTE), (3, PAGE + ANNOTS % b" 53 0 R")),
            "pdf-change-annotation", keys=certify(2), perms=True)


def shown(m):
    """What a field shows is not what it holds: told, even if it may be."""
    item = "/V against /AP"
    for name, change in (
            ("picture", put((8, (BOX, b"BT (999) Tj ET")))),
            ("value", put((7, TEXT + b"/V (999) /AP << /N 8 0 R >> >>"))),
            ("other-picture", put((7, TEXT + b"/V (1) /AP << /N 9 0 R >> >>")))):
        for policy in ({}, {"keys": certify(2), "perms": True}):
            kind = "-certified" if policy else ""
            m.later(item, f"value-{name}{kind}", change,
                    "pdf-value-appearance", rule="F", level="warning",
                    forms=("table", "stream"), **policy)


def dictionary(m):
    """The signature dictionary is exchanged, doubled, moved."""
    item = "signature dictionary replaced"

    def claims(w):
        w.signature(10, b"/Name (Someone Else)")
        w.end()
        w.fill(pdf.value(m.pki, "citizen2"))
    for form in FORMS:
        w = m.signed(form)
        claims(w)
        m.add(item, f"sigdict-{form}", w.data,
              "pdf-signature-replaced,pdf-signature-removed")
    m.later(item, "sigdict-field",
            put((6, FIELD % (b"first", b"0 0 0 0", b"/V 53 0 R")),
                (53, b"<< /Type /Sig >>")),
            "pdf-signature-replaced,pdf-signature-empty,"
            "pdf-signature-removed")
    m.later("same /T", "same-name",
            put((5, FORM % b" 52 0 R"),
                (52, FIELD % (b"first", b"0 0 0 0", b""))),
            "pdf-field-duplicate")
    m.later("same /T", "same-name-text",
            put((5, FORM % b" 52 0 R"), (52, b"<< /FT /Tx /T (first) >>")),
            "pdf-field-duplicate")
    m.later("field kids", "kids-added",
            put((6, FIELD % (b"first", b"0 0 0 0",
                             b"/V 10 0 R /Kids [52 0 R]")),
                (52, b"<< /Parent 6 0 R /Subtype /Widget >>")),
            "pdf-change-signature-field,pdf-signature-replaced,"
            "pdf-change-form")
    m.later("field kids", "kids-new-parent",
            put((5, FORM.replace(b"6 0 R", b"52 0 R") % b""),
                (52, b"<< /T (top) /Kids [6 0 R] >>")),
            "pdf-signature-removed,pdf-signature-replaced,pdf-change-form")
    m.later("/V in a text field", "text-field",
            put((7, TEXT + b"/V 10 0 R /AP << /N 8 0 R >> >>")),
            "pdf-signature-place,pdf-change-field,pdf-signature-replaced")
    m.later("/V in a text field", "text-field-new",
            put((5, FORM % b" 52 0 R"),
                (52, b"<< /FT /Tx /T (more) /V 10 0 R >>")),
            "pdf-signature-place,pdf-change-form,pdf-signature-replaced")
    m.later("field removed", "field-removed",
            put((5, b"<< /SigFlags 3 /Fields [6 0 R 20 0 R] >>")),
            "pdf-change-form")
    m.later("field removed", "signature-removed",
            put((5, b"<< /SigFlags 3 /Fields [7 0 R 20 0 R] >>")),
            "pdf-signature-removed,pdf-change-form")
    for form in FORMS:
        w = m.signed(form)
        w.put(1, w.catalog + b">>")
        w.put(5, FORM % b" 52 0 R")
        w.put(52, FIELD % (b"stamp", b"0 0 0 0", b"/V 53 0 R"))
        w.signature(53, b"", b"ETSI.RFC3161", b"DocTimeStamp")
        w.end()
        w.fill(lambda data: pdf.stamp(
            m.pki, SIGNING + dt.timedelta(hours=1))(b"something else"))
        m.add("copied or duplicated time-stamp", f"stamp-{form}", w.data,
              "timestamp-imprint")


def structure(m):
    """Objects and sections behind the reader's back."""
    whole = bytes(m.signed().data)
    evil = b"4 0 obj\n<< /Length 3 >>\nstream\nq Q\nendstream\nendobj\n"
    for name, tail in (("object", evil), ("object-eof", evil + b"%%EOF\n"),
                       ("trailer", evil + b"trailer\n<< /Root 1 0 R >>\n"
                        b"%%EOF\n"),
                       ("startxref", evil + b"startxref\n7\n%%EOF\n"),
                       ("text", b"evil")):
        m.add("ISA", f"isa-{name}", whole + tail,
              "pdf-trailing,pdf-startxref,pdf-xref,pdf-xref-chain,"
              "pdf-xref-offset")
    for form in FORMS:
        w = m.signed(form)
        w.data += evil
        w.put(13, INFO)
        w.end()
        m.add("ISA", f"isa-unlisted-{form}", w.data,
              "pdf-unexplained-bytes,pdf-duplicate-object")
        w = m.signed(form)
        w.put(4, b"<< /Length 0 >>\nstream\n\nendstream")
        w.stream(4, b"", pdf.SHOWN)
        w.end()
        m.add("duplicate xref", f"twice-{form}", w.data,
              "pdf-unexplained-bytes,pdf-duplicate-object")
    m.later("freed objects", "freed-page", put((3, None)),
            "pdf-change-deleted,pdf-change-page,pdf-readers-disagree,"
            "pdf-not-clean")
    m.later("freed objects", "freed-content", put((4, None)),
            "pdf-change-deleted,pdf-change-object")
    m.later("freed objects", "freed-font", put((11, None)),
            "pdf-change-deleted,pdf-change-object")
    m.later("generation changes", "generation-content",
            lambda w: w.put(4, b"<< /Length 0 >>\nstream\n\nendstream", 1),
            "pdf-change-deleted,pdf-change-object,pdf-not-clean,"
            "pdf-readers-disagree")
    m.later("generation changes", "generation-font",
            lambda w: w.put(11, b"<< /Type /Font /Subtype /Type1 /BaseFont "
                            b"/Helvetica >>", 1),
            "pdf-change-deleted,pdf-change-object,pdf-not-clean,"
            "pdf-readers-disagree")
    for name, prev in (("itself", None), ("zero", 0), ("future", 10**9)):
        for form in ("table", "stream"):
            w = m.signed(form)
            w.put(13, INFO)
            here = len(w.data)
            w.end(prev=here if prev is None else prev)
            m.add({"itself": "/Prev loop", "zero": "/Prev to 0",
                   "future": "/Prev to the future"}[name],
                  f"prev-{name}-{form}", w.data,
                  "pdf-xref-chain,pdf-xref,pdf-startxref")
    for form in FORMS:
        for step in (-1, 1):
            w = m.signed(form)
            text = bytes(w.data)
            at = text.rindex(b"startxref\n") + 10
            end = text.index(b"\n", at)
            text = text[:at] + b"%d" % (int(text[at:end]) + step) + text[end:]
            m.add(f"startxref {step:+d}", f"startxref{step:+d}-{form}", text,
                  "pdf-startxref,pdf-xref,pdf-xref-chain,pdf-not-clean,"
                  "pdf-trailing,pdf-xref-offset,pdf-stream")
    for name, size in (("small", 3 << 20), ("large", 64 << 20)):
        def bomb(w, size=size):
            w.pack(13, INFO)
            w.packed[52] = b" " * size
        m.later("Flate bomb", f"bomb-{name}", bomb,
                "pdf-limit,pdf-stream,limit,pdf-object-stream",
                forms=("stream", "hybrid"))
    for name, offset in (("31", 1 << 31), ("10-digits", 9999999999)):
        w = m.signed()
        w.put(13, INFO)
        w.at[13] = offset
        w.end()
        m.add("2-GB offsets", f"offset-{name}", w.data,
              "pdf-xref,pdf-xref-offset,pdf-unexplained-bytes")
    for form in ("stream", "hybrid"):
        w = m.signed(form)
        w.pack(4, b"<< /Evil true >>")
        w.end()
        m.add("object-stream override", f"packed-{form}", w.data,
              CHANGED + ",pdf-hybrid-views")
        w = m.signed(form)
        w.pack(13, INFO)
        w.pack(7, TEXT + b"/V (9) /AP << /N 9 0 R >> /MK << >> >>")
        w.end()
        m.add("object-stream override", f"packed-field-{form}", w.data,
              "pdf-change-form,pdf-hybrid-views")
        w = m.signed(form)
        w.pack_num = 50
        w.pack(13, INFO.replace(b"claim", b"other"))
        w.end()
        m.add("object-stream override", f"packed-over-{form}", w.data,
              "pdf-object-stream,pdf-hybrid-views")
    for name, num in (("page", 3), ("content", 4)):
        w = m.signed("hybrid")
        w.pack(num, b"<< /Evil true >>")
        w.put(13, INFO)
        w.end()
        m.add("hybrid", f"hybrid-{name}", w.data,
              "pdf-hybrid-views,pdf-change-object,pdf-change-page,"
              "pdf-readers-disagree,pdf-not-clean")
    for form in ("table", "stream"):
        w = m.signed(form)
        w.trailer += b" /Encrypt << /Filter /Standard /V 1 /R 2 >>"
        w.put(13, INFO)
        w.end()
        m.add("encrypted later", f"encrypt-{form}", w.data,
              "pdf-encrypted,pdf-change-trailer")


def linearized(m):
    """A linearized file has two sections at its beginning."""
    item = "linearized update"
    for name, num, body in (("content", "shown", b"<< /Length 3 >>\nstream\n"
                             b"q Q\nendstream"),
                            ("page", "page", b"<< /Type /Page /MediaBox "
                             b"[0 0 9 9] >>")):
        w = pdf.linearized(m.pki)
        w.put(getattr(w, num), body)
        w.end()
        m.add(item, f"linearized-{name}", w.data,
              CHANGED + ",pdf-change-page")


class Named:
    """A maker whose rows bear the form of the file."""

    def __init__(self, m, form):
        self.m, self.form = m, form

    def add(self, item, name, data, codes, **row):
        if self.form in LOCKED and item in ("USF",
                                            "/Contents as literal string"):
            # What is no signature dictionary any more is decrypted: in vain.
            codes += ",pdf-stream,pdf-contents"
        self.m.add(item, f"{name}-{self.form}", data, codes, **row)


def values(m):
    """/ByteRange and /Contents that are not what they must be."""
    for form in FORMS:
        whole = bytes(m.signed(form, long_term=False).data)
        values_of(Named(m, form), whole)
    packed(m)


def values_of(m, whole):
    at = whole.index(b"/ByteRange [")
    end = whole.index(b"]", at) + 1
    room = end - at - len(b"/ByteRange []")
    numbers = whole[at + 12:end - 1].split()
    gap, after, rest = (int(n) for n in numbers[1:])

    def ranged(item, name, text, codes="pdf-byte-range"):
        text = text.ljust(room)
        assert len(text) == room, (name, len(text))
        m.add(item, name, whole[:at] + b"/ByteRange [" + text + b"]" +
              whole[end:], codes)
    rows = (("ByteRange negative", (b"0 -1 %d %d", b"-1 %d %d %d")),
            ("ByteRange 2^31", (b"0 2147483648 %d %d", b"0 %d %d 2147483648")),
            ("ByteRange 2^63", (b"0 9223372036854775808 %d 1",
                                b"0 1 9223372036854775807 %d")),
            ("ByteRange three numbers", (b"0 %d %d", b"0 %d")),
            ("ByteRange six numbers", (b"0 %d %d %d 0 0", b"0 1 1 1 %d %d")),
            ("ByteRange reals", (b"0 %d.0 %d %d", b"0.0 %d %d %d")),
            ("ByteRange references", (b"0 %d %d 30 0 R", b"30 0 R %d %d")))
    for item, forms in rows:
        for i, form in enumerate(forms):
            args = (gap, after, rest)[:form.count(b"%d")]
            ranged(item, "range-" + item.split(" ", 1)[1].replace(
                " ", "-").replace("^", "") + f"-{i}", form % args,
                "pdf-byte-range,pdf-object")
    # SWA: the second range somewhere else, a gap that holds more.
    ranged("SWA", "swa-short", b"0 %d %d %d" % (gap, after, rest - 100))
    ranged("SWA", "swa-late", b"0 %d %d %d" % (gap, after + 9, rest - 9))
    ranged("SWA", "swa-early", b"0 %d %d %d" % (gap - 9, after, rest))
    ranged("SWA", "swa-all", b"0 %d %d 0" % (len(whole), len(whole)))
    tail = b"BT (moved) Tj ET" * 9
    ranged("SWA", "swa-inside", b"0 %d %d %d" % (gap, after - 2, rest))
    m.add("SWA", "swa-moved", whole + tail + whole[after:],
          "pdf-trailing,pdf-startxref,pdf-xref,pdf-xref-chain,"
          "pdf-byte-range")
    usf(m, whole, gap, after)
    contents(m, whole, gap, after)


def usf(m, whole, gap, after):
    """USF: the value or the range is missing or nothing."""
    hole = whole[gap:after]
    rows = (("null", b"null"), ("empty", b"<>"), ("zero", b"<00>"),
            ("zeros", b"<" + b"0" * (len(hole) - 2) + b">"),
            ("number", b"0"), ("name", b"/X"))
    for name, text in rows:
        m.add("USF", f"usf-contents-{name}",
              whole[:gap] + text.ljust(len(hole)) + whole[after:],
              "pdf-signature-empty,pdf-contents,pdf-byte-range")
    m.add("USF", "usf-no-contents", whole.replace(b"/Contents <", b"/Contentz <"),
          "pdf-signature-empty,pdf-contents,pdf-byte-range")
    m.add("USF", "usf-no-range", whole.replace(b"/ByteRange [", b"/ByteRangf ["),
          "pdf-signature-empty,pdf-byte-range")
    m.add("USF", "usf-no-filter", whole.replace(b"/SubFilter ", b"/SubFiltes "),
          "pdf-subfilter", verdicts=NEVER)
    at = whole.index(b"/ByteRange [")
    end = whole.index(b"]", at) + 1
    for name, text in (("null", b"/ByteRange null"), ("empty",
                                                      b"/ByteRange []")):
        m.add("USF", f"usf-range-{name}",
              whole[:at] + text.ljust(end - at) + whole[end:],
              "pdf-byte-range,pdf-signature-empty")
    m.add("second dictionary key", "second-range",
          whole[:at] + b"/ByteRange [0 1 2 3]" + b"/ByteRange []".ljust(
              end - at - 20) + whole[end:], "pdf-object,pdf-byte-range")
    m.add("second dictionary key", "second-contents",
          whole.replace(b"/Filter /Adobe.PPKLite", b"/Contents <00>        "),
          "pdf-object,pdf-contents")


def contents(m, whole, gap, after):
    """/Contents in other forms; the digest is right in none of them that the
    range does not cover."""
    body = whole[gap + 1:after - 1]
    # Its last byte may be zero: only its own length says where it ends.
    octets = int(body[2:4], 16) - 0x80
    used = body[:4 + 2 * octets + 2 * int(body[4:4 + 2 * octets], 16)]

    def hole(item, name, text, codes, **row):
        assert len(text) == after - gap
        m.add(item, name, whole[:gap] + text + whole[after:], codes, **row)
    hole("/Contents odd", "contents-odd", b"<" + body[:-1] + b"> ",
         "pdf-contents,pdf-byte-range")
    hole("/Contents odd", "contents-letter", b"<" + body[:-1] + b"g>",
         "pdf-contents,pdf-object")
    hole("/Contents with white space", "contents-space",
         b"<" + body[:-2] + b"  >", "pdf-contents-form,pdf-contents",
         rule="S")
    hole("/Contents with white space", "contents-space-inside",
         b"<" + body[:10] + b"\n\n" + body[10:-2] + b">",
         "pdf-contents-form,pdf-contents", rule="S")
    for name, more in (("null", b"0500"), ("again", used[:200]),
                       ("byte", b"01")):
        text = used + more
        hole("/Contents with trailing DER", f"contents-tail-{name}",
             b"<" + text.ljust(len(body), b"0") + b">",
             "pdf-contents,pdf-contents-form", rule="S")
    hole("/Contents as literal string", "contents-literal",
         b"(" + body[:-2] + b")  ", "pdf-contents,pdf-byte-range")
    hole("/Contents as literal string", "contents-literal-empty",
         b"()".ljust(after - gap), "pdf-contents,pdf-signature-empty,"
         "pdf-byte-range")
    hole("/Contents indirect", "contents-indirect",
         b"30 0 R".ljust(after - gap), "pdf-contents,pdf-signature-empty,"
         "pdf-byte-range")
    hole("/Contents indirect", "contents-indirect-absent",
         b"59 0 R".ljust(after - gap), "pdf-contents,pdf-signature-empty,"
         "pdf-byte-range")


def packed(m):
    """The signature dictionary inside an object stream."""
    for form in ("stream", "hybrid"):
        w = pdf.base(form)
        text = bytes(w.data)
        start = text.index(b"10 0 obj\n") + 9
        w.packed[10] = text[start:text.index(b"\nendobj", start)].replace(
            b"@" * 10, b"1")
        del w.data[start - 9:]
        del w.at[10]
        w.end()
        m.add("signature in object stream", f"packed-signature-{form}",
              w.data, "pdf-contents,pdf-byte-range,pdf-signature-place,"
              "pdf-signature-empty")


def run(stage, book):
    book.section = "pdf"
    m = Maker(stage, book)
    for part in (content, catalog, annotations, signatures, shown,
                 dictionary, structure, linearized, values):
        part(m)
