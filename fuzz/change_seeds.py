"""Seeds of the pdf_changes target: later revisions of its document."""

PAGE = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents "
        b"4 0 R /Resources << /XObject << /X 9 0 R >> >> ")
ANNOTS = b"/Annots [6 0 R 7 0 R 12 0 R 20 0 R%s] >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R %s>>"
FORM = b"<< /SigFlags 3 /Fields [6 0 R 7 0 R 20 0 R%s] %s>>"
TEXT = (b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (sum) /P 3 0 R "
        b"/Rect [10 10 90 30] /DA (/Helv 12 Tf) %s>>")
BOX = b"~/Type /XObject /Subtype /Form /BBox [0 0 80 20]\n"
SIG = (b"<< /Type /Sig /SubFilter /ETSI.RFC3161 /ByteRange [0 1 2 3] "
       b"/Contents <3000> /Reference [<< /TransformMethod /DocMDP /Data "
       b"1 0 R >>] >>")


def blocks(*pairs):
    """(number, body) pairs; number 0 ends a revision."""
    return b"\0".join(bytes([48 + n]) + body for n, body in pairs)


SEEDS = {
    "again": [(4, b"~\nq /X Do Q")],
    "content": [(4, b"~\nq Q")],
    "picture": [(9, BOX + b"1 0 0 rg")],
    "freed": [(9, b"")],
    "unused": [(31, b"<< /A 3 0 R >>"), (30, b"")],
    "filled": [(7, TEXT % b"/V (2) /AP << /N 31 0 R >> "),
               (31, BOX + b"BT ET")],
    "overwritten": [(8, BOX + b"BT (2) Tj ET")],
    "states": [(7, TEXT % b"/AS /Y /V 32 0 R /AP << /N << /Y 8 0 R /O 31 0 R "
                b">> /D 33 0 R >> "), (31, BOX + b"x"), (32, b"(2)"),
               (33, b"<< /Y 31 0 R >>")],
    "shared": [(7, TEXT % b"/V (2) /AP << /N 9 0 R >> "),
               (9, BOX + b"1 0 0 rg")],
    "value": [(7, TEXT % b"/V 4 0 R "), (4, b"~\nq Q")],
    "kids": [(20, b"<< /FT /Sig /T (second) /Kids [31 0 R] >>"),
             (31, b"<< /Parent 20 0 R /Subtype /Widget >>")],
    "field": [(5, FORM % (b" 31 0 R", b"")),
              (31, b"<< /FT /Sig /T (x) /Kids [32 0 R] /MK << >> >>"),
              (32, b"<< /Parent 31 0 R /Rect [0 0 9 9] /AP << /N 33 0 R >> "
               b">>"), (33, BOX + b"x")],
    "signed": [(20, b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (second) "
                b"/P 3 0 R /F 132 /Rect [0 0 0 0] /V 31 0 R >>"),
               (31, SIG)],
    "resources": [(5, FORM % (b"", b"/NeedAppearances true /DA (x) /DR << "
                              b"/Font << /F 31 0 R >> /XObject << >> >> ")),
                  (31, b"<< /Type /Font >>")],
    "dss": [(1, CATALOG % b"/DSS 31 0 R "),
            (31, b"<< /Certs [32 0 R] /CRLs 33 0 R /VRI << /A << /Cert "
             b"[32 0 R] /TU (D:2022) /TS 34 0 R >> >> >>"), (32, b"~\nx"),
            (33, b"[34 0 R]"), (34, b"~\ny"), (0, b""),
            (31, b"<< /Certs [35 0 R 36 0 R] /VRI << /A << >> >> >>"),
            (35, b"~\nx"), (36, b"~\nz")],
    "root": [(1, CATALOG % b"/Version /2.0 /Extensions << /A << "
              b"/ExtensionLevel 3 >> >> /MarkInfo << /Marked true >> "
              b"/Metadata 31 0 R "), (31, b"~/Type /Metadata\n<x/>"),
             (0, b""), (1, CATALOG % b"/Version /1.7 /Extensions << /A << "
                        b"/ExtensionLevel 2 >> >> /Names << >> ")],
    "info": [(13, b"<< /Producer (z) /ModDate (D:2) >>"), (0, b""),
             (13, b"<< /Title 3 0 R >>")],
    "notes": [(3, PAGE + ANNOTS % b" 31 0 R << /Subtype /Ink >>"),
              (31, b"<< /Subtype /FreeText /T (a) /AP << /N 32 0 R >> "
               b"/Popup 33 0 R >>"), (32, BOX + b"x"),
              (33, b"<< /Subtype /Popup /Parent 31 0 R >>"), (0, b""),
              (31, b"<< /Subtype /FreeText /T (b) /A << >> >>"), (0, b""),
              (3, PAGE + b"/Annots 34 0 R >>"),
              (34, b"[12 0 R 7 0 R 6 0 R]")],
    "tree": [(2, b"<< /Type /Pages /Kids [3 0 R 31 0 R] /Count 2 >>"),
             (31, PAGE + b">>")],
    "loop": [(2, b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>")],
    "prepared": [(31, PAGE + b">>"), (0, b""),
                 (2, b"<< /Type /Pages /Kids [31 0 R] /Count 1 >>")],
}


# What each base of the target forbids, by the byte that chooses it.
BASES = {"p1": b'"', "p2": b"#", "p3": b"$", "lock-all": b"%",
         "lock-in": b"&", "lock-out": b"'", "lock-field": b"(",
         "lock-p1": b")", "lock-p3": b"*"}


def all_seeds():
    for name, pairs in SEEDS.items():
        yield name, blocks(*pairs)
    for base, byte in BASES.items():
        for name in ("filled", "signed", "notes", "dss"):
            yield f"{base}-{name}", byte + blocks(*SEEDS[name])
    for byte in (b"", b"#"):
        yield f"twice{len(byte)}", byte + blocks(
            *SEEDS["signed"], (0, b""), *SEEDS["filled"])
