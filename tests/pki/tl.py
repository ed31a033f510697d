"""Trusted lists of ETSI TS 119 612, version 5 or 6, signed or spoilt.

A service is (kind, Entity, history); history is a list of (status, since)
newest first, status "granted" or "withdrawn", since a datetime in UTC.
Kinds: "ca", "ocsp", "tsa".
"""

import base64
import datetime as dt

import container
import xades
from cryptography import x509
from lxml import etree
from pki import SIGNING, day

TL = "http://uri.etsi.org/02231/v2#"
TYPES = "http://uri.etsi.org/TrstSvc/Svctype/"
KINDS = {"ca": TYPES + "CA/QC", "ocsp": TYPES + "Certstatus/OCSP/QC",
         "tsa": TYPES + "TSA/QTST"}
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def add(parent, name, text=None):
    node = etree.SubElement(parent, f"{{{TL}}}{name}")
    if text is not None:
        node.text = text
    return node


def add_names(parent, name, text, child="Name"):
    inner = add(add(parent, name), child, text)
    inner.set(XML_LANG, "en")


def add_address(parent, name):
    box = add(parent, name)
    post = add(add(box, "PostalAddresses"), "PostalAddress")
    post.set(XML_LANG, "en")
    for key, text in (("StreetAddress", "1 Test Street"),
                      ("Locality", "Baku"), ("CountryName", "AZ")):
        add(post, key, text)
    uri = add(add(box, "ElectronicAddress"), "URI",
              "mailto:tl@pki.mohur.test")
    uri.set(XML_LANG, "en")


def add_identity(parent, entity, ski_only=False):
    box = add(parent, "ServiceDigitalIdentity")
    if not ski_only:
        add(add(box, "DigitalId"), "X509Certificate",
            base64.b64encode(entity.der).decode())
    ski = entity.cert.extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier).value.digest
    add(add(box, "DigitalId"), "X509SKI", base64.b64encode(ski).decode())


def add_service(parent, kind, entity, history):
    service = add(parent, "TSPService")
    info = add(service, "ServiceInformation")
    past = None
    for n, (status, since) in enumerate(history):
        if n == 1:
            past = add(service, "ServiceHistory")
        row = info if n == 0 else add(past, "ServiceHistoryInstance")
        add(row, "ServiceTypeIdentifier", KINDS.get(kind, kind))
        add_names(row, "ServiceName", entity.name)
        add_identity(row, entity, n > 0)
        add(row, "ServiceStatus", STATUS + status)
        add(row, "StatusStartingTime", xades.stamp(since))


def unsigned(services, **opts):
    """The list as an element, without a signature.

    version, sequence, issued, next_update (None: a closed list), territory
    """
    top = etree.Element(f"{{{TL}}}TrustServiceStatusList",
                        nsmap={None: TL}, Id="list",
                        TSLTag="http://uri.etsi.org/19612/TSLTag")
    info = add(top, "SchemeInformation")
    add(info, "TSLVersionIdentifier", str(opts.get("version", 6)))
    add(info, "TSLSequenceNumber", str(opts.get("sequence", 1)))
    add(info, "TSLType", "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/"
        "EUgeneric")
    add_names(info, "SchemeOperatorName", "Mohur Test List Operator")
    add_address(info, "SchemeOperatorAddress")
    add_names(info, "SchemeName", "AZ:Test trusted list")
    add_names(info, "SchemeInformationURI", "http://pki.mohur.test/tl",
              "URI")
    add(info, "StatusDeterminationApproach", "http://uri.etsi.org/TrstSvc/"
        "TrustedList/StatusDetn/EUappropriate")
    add_names(info, "SchemeTypeCommunityRules",
              "http://uri.etsi.org/TrstSvc/TrustedList/schemerules/EUcommon",
              "URI")
    add(info, "SchemeTerritory", opts.get("territory", "AZ"))
    add_names(info, "PolicyOrLegalNotice", "For tests only.",
              "TSLLegalNotice")
    add(info, "HistoricalInformationPeriod", "65535")
    issued = opts.get("issued", SIGNING - dt.timedelta(days=10))
    add(info, "ListIssueDateTime", xades.stamp(issued))
    box = add(info, "NextUpdate")
    until = opts.get("next_update", issued + dt.timedelta(days=180))
    if until is not None:
        add(box, "dateTime", xades.stamp(until))
    provider = add(add(top, "TrustServiceProviderList"),
                   "TrustServiceProvider")
    tsp = add(provider, "TSPInformation")
    add_names(tsp, "TSPName", "Mohur Test Provider")
    add_names(tsp, "TSPTradeName", "VATAZ-9900000011")
    add_address(tsp, "TSPAddress")
    add_names(tsp, "TSPInformationURI", "http://pki.mohur.test/", "URI")
    box = add(provider, "TSPServices")
    for kind, entity, history in services:
        add_service(box, kind, entity, history)
    return top


def make(pki, services, signer="tl-signer", **opts):
    """The signed list as bytes.  Version 5 names its signing certificate
    with SigningCertificate, version 6 with SigningCertificateV2.

    tamper  a function of the parsed, signed list, applied after signing
    """
    top = unsigned(services, **opts)
    if signer is None:
        return xades.to_bytes(top)
    data = container.enveloped_xml(
        pki, etree.tostring(top), signer, level="B", id="tl-signature",
        cert_version=1 if opts.get("version", 6) == 5 else 2)
    if opts.get("tamper"):
        top = etree.fromstring(data)
        opts["tamper"](top)
        data = xades.to_bytes(top)
    return data


def usual_services(pki):
    """Services that make the samples of every issuing CA pass."""
    old = [("granted", day("2014-01-01"))]
    return [("ca", pki["citizen-ca"], old), ("ca", pki["business-ca"], old),
            ("ca", pki["government-ca"], old), ("tsa", pki["tsa"], old),
            ("tsa", pki["tsa-rsa"], old), ("ocsp", pki["ocsp"], old)]


def with_history(pki, name, history):
    """The usual services, one of them with another history."""
    return [(k, e, history if e.name == name else h)
            for k, e, h in usual_services(pki)]


def all_lists(pki):
    """(file name, bytes, note) of the lists that make_samples writes."""
    usual = usual_services(pki)
    start = ("granted", day("2014-01-01"))
    yield "tl-v5.xml", make(pki, usual, version=5), "version 5"
    yield "tl-v6.xml", make(pki, usual), "version 6"
    yield "tl-v4.xml", make(pki, usual, version=4), "version 4: refused"
    yield ("tl-unsigned.xml", make(pki, usual, None), "no signature")
    yield ("tl-other-signer.xml", make(pki, usual, "tl-other"),
           "signed by another certificate of the same name")
    yield ("tl-expired.xml", make(
        pki, usual, issued=day("2021-01-01"),
        next_update=day("2021-06-01")), "NextUpdate is past")
    yield ("tl-closed.xml", make(pki, usual, next_update=None),
           "a closed list")

    def rename(top):
        name = top.find(f".//{{{TL}}}TSPName/{{{TL}}}Name")
        name.text = "Somebody else"
    yield ("tl-tampered.xml", make(pki, usual, tamper=rename),
           "changed after signing")
    gone = day("2022-03-01")
    yield ("tl-withdrawn.xml", make(pki, with_history(
        pki, "citizen-ca", [("withdrawn", gone), start])),
        "the citizen CA withdrawn before signing")
    yield ("tl-withdrawn-later.xml", make(pki, with_history(
        pki, "citizen-ca", [("withdrawn", SIGNING + dt.timedelta(hours=3)),
                            start])),
        "the citizen CA withdrawn after signing")
    yield ("tl-granted-later.xml", make(pki, with_history(
        pki, "citizen-ca", [("granted", SIGNING + dt.timedelta(hours=3))])),
        "the citizen CA granted after signing")
    yield ("tl-tsa-withdrawn.xml", make(pki, with_history(
        pki, "tsa", [("withdrawn", gone), start])), "the TSA withdrawn")
    yield ("tl-wrong-type.xml", make(pki, [
        ("tsa", pki["citizen-ca"], [start]), ("tsa", pki["tsa"], [start])]),
        "the citizen CA listed as a TSA only")
