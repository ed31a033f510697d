#!/usr/bin/python3
"""Writes the seeds of the zip, xml, manifest and der targets."""
import os
import struct
import sys
import zipfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds")
DS = "http://www.w3.org/2000/09/xmldsig#"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
TYPE = "application/vnd.etsi.asic-e+zip"


def put(folder, name, data):
    path = os.path.join(HERE, folder)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def signatures():
    return (f'<x:XAdESSignatures xmlns:x="{ASIC}"><ds:Signature '
            f'xmlns:ds="{DS}" Id="S0"><ds:SignedInfo/></ds:Signature>'
            '</x:XAdESSignatures>')


def manifest():
    return (f'<m:manifest xmlns:m="{MANIFEST}"><m:file-entry m:full-path="/" '
            f'm:media-type="{TYPE}"/><m:file-entry m:full-path="a.txt" '
            'm:media-type="text/plain"/></m:manifest>')


def asic_manifest():
    return (f'<ASiCManifest xmlns="{ASIC}" xmlns:ds="{DS}">'
            '<SigReference URI="META-INF/timestamp.tst"/>'
            '<DataObjectReference URI="a%20b"><ds:DigestMethod Algorithm='
            '"urn:x"/><ds:DigestValue>AAE=</ds:DigestValue>'
            '</DataObjectReference></ASiCManifest>')


def archive(members, comment=b""):
    import io
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.comment = comment
        for name, data, method in members:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = method
            z.writestr(info, data)
    return out.getvalue()


def zip64_local():
    name, data = b"a", b"x"
    crc = 0x8CDC1683
    local = struct.pack("<IHHHIIIIHH", 0x04034B50, 45, 0, 0, 0, crc,
                        0xFFFFFFFF, 0xFFFFFFFF, 1, 20)
    local += name + struct.pack("<HHQQ", 1, 16, 1, 1) + data
    central = struct.pack("<IHHHHIIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0,
                          crc, 1, 1, 1, 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central),
                      len(local), 0)
    return local + central + end


def main():
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    put("zip", "container", archive([
        ("mimetype", TYPE, stored), ("a.txt", "text " * 20, deflated),
        ("META-INF/manifest.xml", manifest(), deflated),
        ("META-INF/signatures0.xml", signatures(), deflated)]))
    put("zip", "comment", archive([("a/b", "x", stored)], b"comment"))
    put("zip", "empty", archive([]))
    put("zip", "zip64", zip64_local())
    put("zip", "names", archive([("\u0259", "x", stored), ("d/", "", stored)]))
    put("xml", "signatures", signatures())
    put("xml", "manifest", manifest())
    put("xml", "namespaces",
        '<a xmlns="urn:1" xmlns:p="urn:2" p:x="1" y="&#9;&lt;"><p:b xmlns=""'
        ' xml:lang="az"><c/><!-- c --><?p d?><![CDATA[<]]>&amp;</p:b></a>')
    put("xml", "declared", '<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n')
    put("xml", "doctype", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>')
    put("manifest", "manifest", manifest())
    put("manifest", "asic", asic_manifest())
    put("manifest", "uri", "a%20b/%C9%99.txt")
    put("der", "sequence", bytes.fromhex("300a02010106052b0601020330"[:24]))
    put("der", "values", bytes.fromhex("0101ff0500020200ff030203a8"))
    put("der", "nested", bytes.fromhex("3006a0043002 3000".replace(" ", "")))
    put("der", "time", b"\x17\x0d240101000000Z\x18\x0f20240101000000Z")
    return 0


if __name__ == "__main__":
    sys.exit(main())
