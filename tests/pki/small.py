"""The smallest whole documents: a page and a picture."""

TEXT = "Mohur: numune erize"


def page():
    """A PDF of one page with one line of text."""
    content = f"BT /F1 18 Tf 72 760 Td ({TEXT}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources "
        b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont "
        b"/Helvetica >> >> >> /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content),
                                                     content)]
    out, at = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % offset for offset in at)
    return out + table + (b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n"
                          b"%d\n%%%%EOF\n" % len(out))


def picture():
    """A grey JPEG of one pixel (JFIF, baseline)."""
    return bytes.fromhex(
        "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 +
        "ffc0000b080001000101011100ffc4001f000001050101010101010000000000"
        "0000000102030405060708090a0bffda0008010100003f00d2cf20ffd9")
