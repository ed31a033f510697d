"""A test-only writer of signed containers and plain XAdES files.

Profiles follow the writer rows of EDOC, ADOC and ASiC-E; beside them stand
ASiC-S (XAdES and time-stamp token), BDOC with time-mark, look-alikes of
ADOC-V1.0, and XAdES in plain XML.  A Container is a list of zip entries,
so a test may change, add, remove and reorder them before pack().
"""

import urllib.parse

from lxml import etree
import tsa as tsa_maker
import xades
import zipwrite
from xades import Job

ASIC_E = "application/vnd.etsi.asic-e+zip"
ASIC_S = "application/vnd.etsi.asic-s+zip"
ADOC_2008 = "application/vnd.lt.archyvai.adoc-2008"
BDOC_10 = "application/vnd.bdoc-1.0"
MANIFEST_NS = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
TIME_MARK_OID = "urn:oid:1.3.6.1.4.1.10015.1000.3.2.1"
STORED_TYPES = ("application/pdf", "image/jpeg", "image/png",
                "application/zip", ASIC_E)

PROFILES = {
    "asice": dict(mime=ASIC_E, name="META-INF/signatures{n}.xml", first=0,
                  id="S{n}", c14n="exc"),
    "edoc": dict(mime=ASIC_E, name="META-INF/edoc-signatures-S{n}.xml",
                 first=1, id="S{n}", c14n="c14n11"),
    "adoc": dict(mime=ASIC_E, name="META-INF/signatures{n}.xml", first=0,
                 id="S{n}", c14n="c14n11"),
}


def uri_of(name):
    """The reference URI of an entry name: percent-encoded UTF-8, '+' kept."""
    return urllib.parse.quote(name, safe="/+-._~")


def manifest(mime, files, extra=()):
    """META-INF/manifest.xml; files and extra are (name, media type)."""
    top = etree.Element(f"{{{MANIFEST_NS}}}manifest",
                        nsmap={"manifest": MANIFEST_NS})
    top.set(f"{{{MANIFEST_NS}}}version", "1.2")
    for name, media in [("/", mime), *files, *extra]:
        row = etree.SubElement(top, f"{{{MANIFEST_NS}}}file-entry")
        row.set(f"{{{MANIFEST_NS}}}full-path", name)
        row.set(f"{{{MANIFEST_NS}}}media-type", media)
    etree.indent(top)
    return xades.to_bytes(top)


class Container:
    """Entries in the order they are written; pack() gives the bytes."""

    def __init__(self, mime):
        self.mime = mime
        self.entries = []
        if mime is not None:
            self.put("mimetype", mime.encode())

    def put(self, name, data, method=0, at=None, **opts):
        entry = zipwrite.Entry(name, data, method, **opts)
        if at is None:
            self.entries.append(entry)
        else:
            self.entries.insert(at, entry)
        return entry

    def put_file(self, name, data, media):
        return self.put(name, data, 0 if media in STORED_TYPES else 8)

    def get(self, name):
        wanted = name.encode() if isinstance(name, str) else name
        for entry in self.entries:
            if entry.name == wanted:
                return entry
        raise KeyError(name)

    def drop(self, name):
        self.entries.remove(self.get(name))

    def pack(self, **opts):
        return zipwrite.write(self.entries, **opts)


def asic_e(pki, files, jobs, profile="asice", manifest_extra=()):
    """An ASiC-E container.

    files  [(name, bytes, media type)]
    jobs   one dict of Job options a signature file: "signer" is required;
           "only" (names) signs a part of the files; "more" (a list of such
           dicts) puts further signatures into the same file.
    """
    rules = PROFILES[profile]
    box = Container(rules["mime"])
    for name, data, media in files:
        box.put_file(name, data, media)
    box.put("META-INF/manifest.xml",
            manifest(rules["mime"], [(f[0], f[2]) for f in files],
                     manifest_extra), 8)
    for number, opts in enumerate(jobs, rules["first"]):
        made = []
        for part, row in enumerate([opts, *opts.get("more", ())]):
            suffix = f"-{part}" if part else ""
            made.append(make_job(pki, files, row, rules, number, suffix))
        box.put(rules["name"].format(n=number), xades.signature_file(made), 8)
    return box


def make_job(pki, files, row, rules, number, suffix=""):
    row = dict(row)
    row.pop("more", None)
    only = row.pop("only", None)
    signed = [(uri_of(n), d, m) for n, d, m in files
              if only is None or n in only]
    row.setdefault("id", rules["id"].format(n=number) + suffix)
    row.setdefault("c14n", rules["c14n"])
    return Job(pki, row.pop("signer"), signed, **row)


def asic_s(pki, file, jobs, with_manifest=False):
    """ASiC-S with XAdES: one file, META-INF/signatures.xml."""
    name, data, media = file
    box = Container(ASIC_S)
    box.put_file(name, data, media)
    if with_manifest:
        box.put("META-INF/manifest.xml",
                manifest(ASIC_S, [(name, media)]), 8)
    rules = PROFILES["asice"]
    made = [make_job(pki, [file], row, rules, n)
            for n, row in enumerate(jobs)]
    box.put("META-INF/signatures.xml", xades.signature_file(made), 8)
    return box


def asic_s_token(pki, file, when, tsa="tsa", **opts):
    """ASiC-S with a time-stamp token over the file's bytes."""
    name, data, media = file
    box = Container(ASIC_S)
    box.put_file(name, data, media)
    token = tsa_maker.token(data, pki[tsa], pki.chain(tsa), when, **opts)
    box.put("META-INF/timestamp.tst", token)
    return box


def bdoc_time_mark(pki, files, signer, **opts):
    """BDOC 2.x: the nonce of the OCSP answer is the time-mark."""
    row = dict(signer=signer, time_mark=True, c14n="c14n11", policy={
        "oid": TIME_MARK_OID, "digest": bytes(32),
        "uri": "https://pki.mohur.test/policy.pdf"})
    row.update(opts)
    return asic_e(pki, files, [row])


RELATIONS_NS = "http://www.archyvai.lt/adoc/2008/relationships"


def adoc_2008(pki, files, signer, **opts):
    """A look-alike of the Lithuanian ADOC-V1.0."""
    box = Container(ADOC_2008)
    for name, data, media in files:
        box.put_file(name, data, media)
    signable = b'<?xml version="1.0" encoding="UTF-8"?>\n<metadata/>\n'
    box.put("metadata/signableMetadata0.xml", signable, 8)
    box.put("metadata/unsignableMetadata0.xml", signable, 8)
    relations = (f'<?xml version="1.0" encoding="UTF-8"?>\n'
                 f'<Relationships xmlns="{RELATIONS_NS}">'
                 f'<SourcePart full-path="/"/></Relationships>\n').encode()
    box.put("META-INF/relations.xml", relations, 8)
    xml = "application/xml"
    listed = [(f[0], f[2]) for f in files] + [
        ("metadata/", ADOC_2008 + "#metadata-folder"),
        ("metadata/signableMetadata0.xml", xml),
        ("metadata/unsignableMetadata0.xml", xml),
        ("META-INF/relations.xml", xml),
        ("META-INF/signatures/signatures0.xml", xml)]
    box.put("META-INF/manifest.xml", manifest(ADOC_2008, listed), 8)
    signed = [(uri_of(n), d, m) for n, d, m in files] + [
        ("metadata/signableMetadata0.xml", signable, xml),
        ("META-INF/relations.xml", relations, xml)]
    row = dict(formats=False, level="T", c14n="c14n")
    row.update(opts)
    job = Job(pki, signer, signed, **row)
    box.put("META-INF/signatures/signatures0.xml",
            xades.signature_file([job], root=None), 8)
    return box


def detached_xml(pki, files, signer, **opts):
    """Plain XAdES over files beside it: ds:Signature is the root."""
    signed = [(uri_of(n), d, m) for n, d, m in files]
    return xades.signature_file([Job(pki, signer, signed, **opts)], root=None)


ENVELOPED = xades.DS + "enveloped-signature"


def enveloped_xml(pki, text, signer, uri="", **opts):
    """An XML document that carries its own signature as last child."""
    top = etree.fromstring(text)
    before = xades.canonical(top, "exc")
    job = Job(pki, signer, [], refs=[
        {"uri": uri, "data": before,
         "transforms": [ENVELOPED, xades.C14N["exc"]]}], **opts)
    xades.sign_into(top, job)
    return xades.to_bytes(top)
