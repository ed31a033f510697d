#!/usr/bin/python3
"""Writes the seeds of the PDF targets: small files of every form, and for each
rule one that breaks it."""
import sys
import zlib

from make_seeds import put

VALUE = b"3003020105" + b"0" * 30
FORM = b"/AcroForm<</Fields[6 0 R]/SigFlags 3>>"
RANGE = b"/ByteRange[0 0000000000 0000000000 0000000000]"


class Pdf:
    """A file written object by object, revision by revision."""

    def __init__(self, header=b"%PDF-1.7\n"):
        self.out = bytearray(header)
        self.entries, self.prev, self.top, self.open = {}, None, 0, []

    def obj(self, num, body, gen=0):
        self.entries[num] = (1, len(self.out), gen)
        self.top = max(self.top, num)
        self.out += b"%d %d obj\n%s\nendobj\n" % (num, gen, body)

    def packed(self, stream, members, head=None, extra=b""):
        bodies, table = b"", b""
        for i, (num, body) in enumerate(members):
            self.entries[num] = (2, stream, i)
            self.top = max(self.top, num)
            table += b"%d %d " % (num, len(bodies))
            bodies += body + b" "
        if head is not None:
            table = head
        self.obj(stream, b"<</Type/ObjStm/N %d/First %d/Length %d%s>>\nstream\n"
                 b"%s\nendstream" % (len(members), len(table),
                                     len(table + bodies), extra,
                                     table + bodies))

    def sig(self, num, more=b"", value=VALUE):
        self.entries[num] = (1, len(self.out), 0)
        self.top = max(self.top, num)
        self.out += b"%d 0 obj\n<</Type/Sig/Filter/F" % num
        self.out += b"/SubFilter/ETSI.CAdES.detached" + more
        self.open.append((len(self.out), len(value)))
        self.out += RANGE + b"/Contents<" + value + b">>>\nendobj\n"

    def fit(self):
        for at, size in self.open:
            b = at + len(RANGE) + 9
            c = b + size + 2
            text = b"%010d %010d %010d" % (b, c, len(self.out) - c)
            start = at + len(b"/ByteRange[0 ")
            self.out[start:start + len(text)] = text
        self.open = []

    def tail(self, at):
        self.out += b"startxref\n%d\n%%%%EOF\n" % at
        self.prev, self.entries = at, {}
        self.fit()
        return self

    def table(self, more=b""):
        at = len(self.out)
        self.out += b"xref\n0 1\n0000000000 65535 f \n"
        for num, (kind, a, b) in sorted(self.entries.items()):
            if kind != 2:
                self.out += b"%d 1\n%010d %05d %c \n" % (
                    num, a, b, b"fn"[kind])
        self.out += b"trailer\n<</Size %d/Root 1 0 R" % (self.top + 1)
        if self.prev is not None:
            self.out += b"/Prev %d" % self.prev
        self.out += more + b">>\n"
        return at

    def end(self, more=b""):
        return self.tail(self.table(more))

    def refs(self, num, more=b"", packed=True):
        at = len(self.out)
        self.entries[num] = (1, at, 0)
        self.top = max(self.top, num)
        data = b"\0\0\0\0\0\xff\xff"
        index = b"0 1"
        for n, (kind, a, b) in sorted(self.entries.items()):
            data += bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(2, "big")
            index += b" %d 1" % n
        if packed:
            rows = b"".join(b"\2" + bytes(
                (x - y) % 256 for x, y in zip(
                    data[i:i + 7], data[i - 7:i] if i else b"\0" * 7))
                for i in range(0, len(data), 7))
            data = zlib.compress(rows)
            more += (b"/Filter/FlateDecode/DecodeParms<</Predictor 12"
                     b"/Columns 7>>")
        if self.prev is not None:
            more += b"/Prev %d" % self.prev
        self.out += (b"%d 0 obj\n<</Type/XRef/Size %d/Root 1 0 R/W[1 4 2]"
                     b"/Index[%s]/Length %d%s>>\nstream\n%s\nendstream\n"
                     b"endobj\n" % (num, self.top + 1, index, len(data), more,
                                    data))
        return at

    def end_refs(self, num, more=b"", packed=True):
        return self.tail(self.refs(num, more, packed))

    def end_hybrid(self, num):
        return self.tail(self.table(b"/XRefStm %d" % self.refs(num)))


def base(catalog=b""):
    p = Pdf()
    p.obj(1, b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog)
    p.obj(2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
    p.obj(3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>")
    p.obj(4, b"<</Length 3>>\nstream\nq Q\nendstream")
    return p


def signed(more=b"", field=b"", value=VALUE, catalog=b""):
    p = base().end()
    p.obj(1, b"<</Type/Catalog/Pages 2 0 R%s%s>>" % (FORM, catalog))
    p.obj(6, b"<</FT/Sig/T(S)/V 7 0 R%s>>" % field)
    p.sig(7, more, value)
    return p.end()


def linearized():
    p = Pdf()
    p.obj(3, b"<</Linearized 1>>")
    first = len(p.out)
    p.out += (b"xref\n1 1\n%010d 00000 n \ntrailer\n<</Size 4/Root 1 0 R"
              b"/Prev %010d>>\nstartxref\n0\n%%%%EOF\n" % (first + 94, 0))
    p.obj(1, b"<</Type/Catalog/Pages 2 0 R>>")
    p.obj(2, b"<</Type/Pages/Kids[]/Count 0>>")
    at = len(p.out)
    p.out += (b"xref\n0 1\n0000000000 65535 f \n2 2\n%010d 00000 n \n"
              b"%010d 00000 n \ntrailer\n<</Size 4>>\nstartxref\n%d\n%%%%EOF\n"
              % (p.entries[2][1], p.entries[3][1], first))
    p.out = p.out.replace(b"/Prev 0000000000", b"/Prev %010d" % at)
    p.prev, p.entries = first, {}
    return p


def objects():
    """Objects of every kind in one array, and each that is malformed."""
    good = (b"[null true false 1 -2 +3 4.5 -.5 (a\\(b\\)\\101\\n\\\n(c)) <41 4>"
            b"/N#41 /M <</A 1/B<</C[2 0 R]>>>> 2 0 R % comment\n ()]")
    yield "objects", good
    for name, text in (
            ("unknown", b"[nul]"), ("number", b"[1.2.3]"), ("large", b"[9" * 30),
            ("name", b"[/A#4]"), ("zero", b"[/A#00]"), ("string", b"[(a"),
            ("hex", b"[<4x>]"), ("hex-open", b"[<41"), ("twice", b"<</A 1/A 2>>"),
            ("twice-many", b"<<" + b"".join(
                b"/K%d 1" % i for i in range(40)) + b"/K3 1>>"),
            ("many", b"<<" + b"".join(b"/K%d 1" % i for i in range(40)) + b">>"),
            ("long", b"[" + b"1 " * 100 + b"]"), ("key", b"<<1 2>>"),
            ("open", b"<</A 1"), ("deep", b"[" * 101 + b"]" * 101),
            ("escapes", b"(\\r\\t\\b\\f\\x\\\r\n\r\n\r\\377)")):
        yield "object-" + name, text


def streams():
    data = zlib.compress(b"text " * 9)
    yield "flate", b"/Filter/FlateDecode", data
    yield "flate-cut", b"/Filter/FlateDecode", data[:-5]
    yield "flate-more", b"/Filter/FlateDecode", data + b"x"
    yield "bomb", b"/Filter/FlateDecode", zlib.compress(b"\0" * 1100000)
    yield "chain", b"/Filter[/AHx/A85]", b"38376355527E3E>"
    yield "hex-bad", b"/Filter/AHx", b"x>"
    yield "hex-cut", b"/Filter/AHx", b"41"
    yield "85", b"/Filter/A85", b"87cURz!!!!!~>"
    yield "85-bad", b"/Filter/A85", b"uuuuu~>"
    yield "85-cut", b"/Filter/A85", b"8"
    yield "lzw", b"/Filter/LZWDecode", b"x"
    yield "crypt", b"/Filter/Crypt", b"x"
    yield "file", b"/F(x)", b"x"
    for i, row in enumerate((b"\0ab", b"\1ab", b"\2ab", b"\3ab", b"\4ab",
                             b"\5ab", b"\0a")):
        yield ("png%d" % i, b"/Filter/FlateDecode/DecodeParms<</Predictor 15"
               b"/Columns 2>>", zlib.compress(b"\0ab" + row))
    for i, parms in enumerate((b"/Predictor 2/Columns 2", b"/Predictor 3",
                               b"/Predictor 2/BitsPerComponent 4",
                               b"/Predictor 2/Columns 3", b"/Predictor 99")):
        yield ("tiff%d" % i, b"/Filter/FlateDecode/DecodeParms<<%s>>" % parms,
               zlib.compress(b"abab"))


def trees():
    """Nodes of page trees that are sound, lie, or are no trees."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"

    def node(kids, more=b"/Count 2"):
        return b"<</Type/Pages/Kids%s%s>>" % (kids, more)

    yield "two", {2: node(b"[3 0 R 5 0 R]"), 5: page}
    yield "levels", {2: node(b"[3 0 R 6 0 R]"), 5: page,
                     6: node(b"[5 0 R]", b"/Count 1")}
    yield "lies", {2: node(b"[3 0 R 5 0 R]", b"/Count 9999"), 5: page}
    yield "negative", {2: node(b"[3 0 R 5 0 R]", b"/Count -2"), 5: page}
    yield "itself", {2: node(b"[2 0 R 3 0 R]")}
    yield "cycle", {2: node(b"[3 0 R 5 0 R]"), 5: node(b"[2 0 R]")}
    yield "twice", {2: node(b"[3 0 R 3 0 R]")}
    yield "kids-far", {2: node(b" 5 0 R"), 5: b"[3 0 R]"}
    yield "kids-none", {2: node(b" 7")}
    yield "no-kids", {2: b"<</Type/Pages/Count 2>>"}
    yield "no-type", {3: b"<</MediaBox[0 0 9 9]>>"}
    yield "page-kids", {3: b"<</Type/Page/Kids[]>>"}
    yield "direct", {2: node(b"[<</Type/Page>>]")}
    chain = {i: node(b"[%d 0 R]" % (i + 1), b"/Count 1") for i in range(5, 72)}
    chain[72] = page
    yield "deep", {2: node(b"[5 0 R]", b"/Count 1"), **chain}


def files():
    table = bytes(base().end().out)
    yield "table", table
    yield "refs", base().end_refs(9).out
    yield "refs-plain", base().end_refs(9, packed=False).out
    yield "two", base().end().out + b""
    yield "linearized", linearized().out
    p = linearized()
    p.obj(2, b"<</Type/Pages/Kids[]/Count 0/A 1>>")
    yield "linearized-more", p.end().out
    p = base()
    p.packed(8, [(5, b"[1]"), (6, b"<</A/B>>")])
    yield "packed", p.end_refs(9).out
    for name, head, extra in (
            ("head", b"x", b""), ("order", b"5 4 6 0 ", b""),
            ("twice", b"5 0 5 4 ", b""), ("other", b"7 0 6 4 ", b""),
            ("more", b"5 0 6 4 1 ", b""), ("far", b"5 0 6 99 ", b""),
            ("type", None, b"/Type/X")):
        p = base()
        p.packed(8, [(5, b"[1]"), (6, b"<</A/B>>")], head, extra)
        yield "packed-" + name, p.end_refs(9).out
    p = base()
    p.packed(8, [(5, b"[1]")])
    yield "hybrid", p.end_hybrid(9).out
    p = base().end()
    p.obj(4, b"[1]")
    p.entries[3] = (0, 0, 1)
    yield "freed", p.end().out
    p = base()
    p.obj(5, b"<</Length 5 0 R>>\nstream\nx\nendstream")
    p.obj(6, b"<</Length 7 0 R>>\nstream\nabc\nendstream")
    p.obj(7, b"3")
    p.obj(8, b"8 0 R")
    yield "lengths", p.end().out
    for name, nodes in trees():
        p = base()
        for num, body in nodes.items():
            p.obj(num, body)
        yield "tree-" + name, p.end().out
    for name, text in objects():
        p = base()
        p.obj(5, text)
        yield name, p.end().out
    for name, head, data in streams():
        p = base()
        p.obj(8, b"<</Type/ObjStm/N 1/First 4/Length %d%s>>\nstream\n%s\n"
              b"endstream" % (len(data), head, data))
        p.entries[5] = (2, 8, 0)
        p.top = 8
        yield "stream-" + name, p.end_refs(9).out
    for name, find, with_ in (
            ("header", b"%PDF", b"%PDE"), ("version", b"-1.7", b"-x.7"),
            ("prefix", b"%PDF", b"x\n%PDF"), ("end", b"%%EOF", b"%EOF"),
            ("trailing", b"%%EOF\n", b"%%EOF\n\n"),
            ("trailing-x", b"%%EOF\n", b"%%EOF\nx"),
            ("start", b"startxref", b"startxxxx"),
            ("start-far", b"startxref\n", b"startxref\n9"),
            ("run", b"xref\n0 1", b"xref\nx 1"),
            ("run-long", b"xref\n0 1", b"xref\n0 99"),
            ("run-twice", b"\n2 1\n", b"\n1 1\n"),
            ("number", b"\n4 1\n", b"\n8000000 1\n"),
            ("entry", b"00000 n", b"0000x n"), ("zero", b"65535 f", b"65535 n"),
            ("size", b"/Size", b"/Sise"), ("size-ref", b"/Size 5", b"/Size/A"),
            ("encrypt", b"/Root 1", b"/Encrypt 4 0 R/Root 1"),
            ("forwards", b"/Root 1", b"/Prev 9999/Root 1"),
            ("root", b"/Catalog", b"/Catalox"), ("offset", b"\n3 0 obj", b"\n9 0 obj"),
            ("endobj", b"endobj", b"endobx"), ("length", b"/Length 3", b"/Length 9"),
            ("loose", b"\n3 0 obj\n", b"\n\n3 0 obj")):
        yield "bad-" + name, table.replace(find, with_, 1)


def refs():
    """The first line is the dictionary, the rest the data."""
    rows = bytes([0, 0, 0, 0, 1, 0, 9, 0, 1, 0, 40, 0])
    yield "plain", b"/Size 3/W[1 2 1]\n" + rows
    yield "index", b"/Size 9/W[1 2 1]/Index[0 1 5 2]\n" + rows
    yield "kinds", b"/Size 4/W[1 2 1]\n" + rows + bytes([2, 0, 2, 0])
    yield "default", b"/Size 2/W[0 2 0]/Index[1 2]\n" + bytes(4)
    yield "flate", b"/Size 3/W[1 2 1]/Filter/FlateDecode\n" + zlib.compress(rows)
    yield "unknown", b"/Size 4/W[1 2 1]\n" + rows + bytes([3, 0, 2, 0])
    yield "short", b"/Size 4/W[1 2 1]\n" + rows
    yield "wide", b"/Size 3/W[1 9 1]\n" + rows
    yield "none", b"/Size 3/W[1 0 1]\n" + rows
    yield "overlap", b"/Size 9/W[1 2 1]/Index[0 2 1 1]\n" + rows
    yield "odd", b"/Size 9/W[1 2 1]/Index[0]\n" + rows
    yield "many", b"/Size 9/W[1 2 1]/Index[0 900000]\n" + rows
    yield "huge", b"/Size 9/W[1 2 1]/Index[9000000 9]\n" + rows
    yield "negative", b"/Size 9/W[1 2 1]/Index[-1 9]\n" + rows
    yield "prev", b"/Size 3/W[1 2 1]/Prev 9\n" + rows
    yield "prev-self", b"/Size 3/W[1 2 1]/Prev 44\n" + rows
    yield "gen", b"/Size 3/W[1 2 4]\n" + bytes([1, 0, 0, 1, 0, 0, 0])


def signatures():
    good = bytes(signed().out)
    yield "signed", good
    mdp = b"/Reference[<</TransformMethod/%s/TransformParams<<%s>>>>]"
    for name, more, field in (
            ("docmdp", mdp % (b"DocMDP", b"/P 2"), b""),
            ("docmdp-bad", mdp % (b"DocMDP", b"/P 9"), b""),
            ("fieldmdp", mdp % (b"FieldMDP", b"/Action/Include/Fields[(a)(b)]"),
             b""),
            ("fieldmdp-bad", mdp % (b"FieldMDP", b"/Action/X/Fields 1/P 9"), b""),
            ("ur", mdp % (b"UR3", b""), b""), ("other", mdp % (b"X", b""), b""),
            ("reference", b"/Reference 1", b""),
            ("lock", b"", b"/Lock<</Action/All/P 1>>"),
            ("texts", b"/Name(N)/Reason<feff0041d83dde00>/Location(\\351)"
             b"/ContactInfo<efbbbfc999>/M(D:20240102030405+04'00')", b""),
            ("date", b"/M(x)", b"")):
        yield name, signed(more, field).out
    for name, value in (
            ("zero", b"0" * 40), ("odd", VALUE + b"0"), ("tag", b"31" + VALUE),
            ("space", b"30 03 020105" + b"0" * 28), ("second", VALUE + b"3000"),
            ("junk", VALUE + b"4142"), ("ber", b"3080020105" + b"0" * 30),
            ("ber-cut", b"3080" * 40), ("long", b"3082ffff" + VALUE),
            ("long-form", b"30810102" + VALUE), ("empty", b"")):
        yield "value-" + name, signed(value=value).out
    for name, find, with_ in (
            ("no-range", b"/ByteRange", b"/ByteRanxx"),
            ("range-three", b"/ByteRange[0 ", b"/ByteRange[  "),
            ("range-first", b"/ByteRange[0", b"/ByteRange[1"),
            ("range-minus", b"/ByteRange[0 0", b"/ByteRange[0 -"),
            ("range-huge", b"/ByteRange[0 0", b"/ByteRange[0 9"),
            ("no-value", b"/Contents<", b"/Contenxx<"),
            ("text", b"/FT/Sig", b"/FT/Tx "), ("nowhere", b"/V 7 0", b"/V 9 0"),
            ("page", b"/V 7 0", b"/V 3 0"), ("field", b"/T(S)", b"/T 12"),
            ("kids", b"/T(S)", b"/Kids")):
        yield name, good.replace(find, with_, 1)
    p = signed()
    p.obj(4, b"[1]")
    yield "after", p.end().out
    p = signed()
    p.out += b"%remark\n"
    p.obj(4, b"[1]")
    yield "after-comment", p.end_refs(12).out
    p = signed()
    p.out += b"loose\n"
    yield "after-loose", p.end().out
    p = signed()
    p.packed(10, [(11, b"[1]")])
    p.end_refs(12)
    yield "after-packed", bytes(p.out)
    p.packed(10, [(11, b"[2]")])
    yield "after-exchanged", p.end_refs(12).out
    p = signed()
    p.packed(10, [(11, b"[1]")])
    del p.entries[11]
    yield "after-hidden", p.end_refs(12).out
    p = signed()
    p.obj(11, b"[1]")
    yield "after-hybrid", p.end_hybrid(12).out
    for name, num, body in (
            ("removed", 1, b"<</Type/Catalog/Pages 2 0 R>>"),
            ("emptied", 6, b"<</FT/Sig/T(S)>>"),
            ("moved", 6, b"<</FT/Sig/T(X)/V 7 0 R>>"),
            ("rewritten", 7, b"<</Type/Sig/ByteRange[0 1 2 3]>>"),
            ("outside", 9, b"<</ByteRange[0 1 2 3]/Contents<>>>"),
            ("twice", 1, b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields"
             b"[6 0 R 6 0 R]>>/Perms<</UR3 9 0 R>>>>")):
        p = signed()
        p.obj(num, body)
        yield "after-" + name, p.end().out
    p = signed()
    p.obj(1, b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R 8 0 R]>>>>")
    p.obj(8, b"<</T(A)/FT/Sig/Kids[10 0 R 11 0 R]>>")
    p.obj(10, b"<</T(B)/V 9 0 R>>")
    p.obj(11, b"<</Subtype/Widget>>")
    p.sig(9)
    yield "second", p.end().out
    p = base(FORM)
    p.packed(8, [(7, b"<</Type/Sig/ByteRange[0 1 2 3]/Contents<3000>>>")])
    p.obj(6, b"<</FT/Sig/T(S)/V 7 0 R>>")
    yield "in-stream", p.end_refs(9).out


def main():
    for folder, seeds in (("pdf", files()), ("pdf_xref", refs()),
                          ("pdf_sig", signatures())):
        for name, data in seeds:
            put(folder, name, bytes(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
