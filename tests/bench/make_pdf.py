#!/usr/bin/python3
"""Writes OUT/many.pdf: 60,000 objects, two signatures one after the other,
with values that nobody checks; and OUT/one.pdf, its first revision."""

import pathlib
import sys

OBJECTS = 60000
SIG = (b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "
       b"/ByteRange [0 RRRRRRRRRR SSSSSSSSSS TTTTTTTTTT] /Contents <30020500"
       + b"0" * 8000 + b"> >>")
FIELD = (b"<< /FT /Sig /T (%s) /V %d 0 R /Type /Annot /Subtype /Widget /Rect "
         b"[0 0 0 0] /P 100 0 R >>")
PAGE = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents "
        b"%d 0 R /Resources << /Font << /F %d 0 R >> >> /Annots [%s] >>")


class File:
    def __init__(self):
        self.data, self.at, self.prev = bytearray(b"%PDF-1.7\n"), {}, 0

    def put(self, num, body):
        self.at[num] = len(self.data)
        self.data += b"%d 0 obj\n%s\nendobj\n" % (num, body)

    def end(self):
        here = len(self.data)
        self.data += b"xref\n"
        if not self.prev:
            self.data += b"0 1\n0000000000 65535 f \n"
        nums = sorted(self.at)
        while nums:
            run = 1
            while run < len(nums) and nums[run] == nums[0] + run:
                run += 1
            self.data += b"%d %d\n" % (nums[0], run)
            for num in nums[:run]:
                self.data += b"%010d 00000 n \n" % self.at[num]
            nums = nums[run:]
        prev = b"/Prev %d " % self.prev if self.prev else b""
        self.data += b"trailer\n<< /Size %d /Root 1 0 R %s>>\n" % (
            OBJECTS + 100, prev)
        self.data += b"startxref\n%d\n%%%%EOF\n" % here
        self.prev, self.at = here, {}
        hole = self.data.index(b"RRRRRRRRRR")
        gap = self.data.index(b"/Contents <", hole) + 10
        after = self.data.index(b">", gap) + 1
        self.data[hole:hole + 32] = b"%010d %010d %010d" % (
            gap, after, len(self.data) - after)


def main(out):
    f, pages = File(), range(100, OBJECTS + 100, 4)
    f.put(1, b"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R >>")
    f.put(2, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (
        b" ".join(b"%d 0 R" % n for n in pages), len(pages)))
    f.put(5, b"<< /SigFlags 3 /Fields [6 0 R] >>")
    f.put(6, FIELD % (b"first", 10))
    f.put(10, SIG)
    for n in pages:
        links = b"%d 0 R" % (n + 3) + (b" 6 0 R" if n == 100 else b"")
        f.put(n, PAGE % (n + 1, n + 2, links))
        f.put(n + 1, b"<< /Length 24 >>\nstream\nBT /F 12 Tf (text) Tj\nET"
                     b"\nendstream")
        f.put(n + 2, b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")
        f.put(n + 3, b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
                     b"/Dest [%d 0 R /Fit] >>" % n)
    f.end()
    (out / "one.pdf").write_bytes(f.data)
    f.put(5, b"<< /SigFlags 3 /Fields [6 0 R 20 0 R] >>")
    f.put(20, FIELD % (b"second", 21))
    f.put(21, SIG)
    f.put(100, PAGE % (101, 102, b"103 0 R 6 0 R 20 0 R"))
    f.end()
    (out / "many.pdf").write_bytes(f.data)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
