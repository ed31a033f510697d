"""Attacks on the structure of a signature: wrapping, Ids, certificates."""

import base64
import copy
import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from stage import NEVER, NOTE, SIGNING, TEXT, container, xades
from xades import NS, add, b64, find, tag

PROPS = "ds:Object/xades:QualifyingProperties/xades:SignedProperties"
QUALS = "ds:Object/xades:QualifyingProperties"
TIME = ".//xades:SigningTime"


def forged(sig, new_id=None):
    """A copy of the SignedProperties that claims another time."""
    twin = copy.deepcopy(find(sig, PROPS))
    find(twin, TIME).text = "2020-02-02T02:02:02Z"
    if new_id:
        twin.set("Id", new_id)
    return twin


def duplicate_ids(stage, book):
    item = "duplicate Id on SignedProperties"

    def copy_before(sig):
        obj = etree_object(sig, forged(sig))
        sig.insert(list(sig).index(sig.find("ds:Object", NS)), obj)

    def copy_after(sig):
        sig.append(etree_object(sig, forged(sig)))

    def on_key_info(sig):
        find(sig, "ds:KeyInfo").set("Id", "S0-props")

    def upper(sig):
        add(sig, "ds:Object", "x").set("ID", "S0-props")

    def lower(sig):
        box = xades.unsigned_box(sig)
        box[0].set("id", "S0-props")

    for name, function in (("before", copy_before), ("after", copy_after),
                           ("keyinfo", on_key_info), ("upper", upper),
                           ("lower", lower)):
        book.add(item, f"dup-id-{name}", stage.hooked("final", function),
                 "id-duplicate")


def etree_object(sig, child):
    obj = add(sig, "ds:Object")
    obj.append(child)
    sig.remove(obj)
    return obj


def moved_properties(stage, book):
    item = "SignedProperties moved under a foreign Object"

    def own_second_object(sig):
        real = find(sig, PROPS)
        quals = find(sig, QUALS)
        quals.insert(0, forged(sig, "other"))
        sig.append(etree_object(sig, real))

    def in_unsigned(sig):
        real = find(sig, PROPS)
        find(sig, QUALS).insert(0, forged(sig, "other"))
        add(xades.unsigned_box(sig), "ds:Object").append(real)

    def second_qualifying(sig):
        real = find(sig, PROPS)
        find(sig, QUALS).insert(0, forged(sig, "other"))
        obj = add(sig, "ds:Object")
        add(obj, "xades:QualifyingProperties", Target="#S0").append(real)

    codes = "signed-properties-reference,qualifying-properties"
    for name, function in (("object", own_second_object),
                           ("unsigned", in_unsigned),
                           ("quals", second_qualifying)):
        book.add(item, f"moved-{name}", stage.hooked("final", function),
                 codes)
    box = container.asic_e(stage.pki, [TEXT], [dict(
        signer="citizen", more=[dict(signer="citizen2")])])
    entry = box.get("META-INF/signatures0.xml")
    top = xades.etree.fromstring(entry.data)
    first, second = top.findall("ds:Signature", NS)
    real = find(first, PROPS)
    find(first, QUALS).insert(0, forged(first, "other"))
    second.append(etree_object(second, real))
    entry.data = xades.to_bytes(top)
    book.add(item, "moved-sibling", box.pack(), codes)


def type_removed(stage, book):
    item = "Type removed"
    path = "ds:SignedInfo/ds:Reference[@URI='#S0-props']"

    def gone(sig):
        del find(sig, path).attrib["Type"]

    def older(sig):
        find(sig, path).set(
            "Type", "http://uri.etsi.org/01903/v1.1.1#SignedProperties")

    def no_reference(sig):
        find(sig, "ds:SignedInfo").remove(find(sig, path))

    def on_data_too(sig):
        find(sig, "ds:SignedInfo/ds:Reference").set("Type",
                                                    xades.PROPS_TYPE)

    def on_data_only(sig):
        on_data_too(sig)
        gone(sig)

    for name, function in (("gone", gone), ("older", older),
                           ("reference", no_reference),
                           ("data-too", on_data_too),
                           ("data-only", on_data_only)):
        book.add(item, f"type-{name}", stage.hooked("tree", function),
                 "signed-properties-reference")


def other_file(stage, book):
    item = "reference to a sibling with the same Id in another signature file"

    def own_renamed(job, sig):
        other = forged(sig, "S1-other")
        real = find(sig, PROPS)
        job.data_of["r-S0-props"] = xades.canonical(real)
        parent = real.getparent()
        parent.remove(real)
        parent.insert(0, other)

    box = container.asic_e(stage.pki, [TEXT], [
        dict(signer="citizen"),
        dict(signer="citizen", id="S0", hooks={"tree": own_renamed})])
    book.add(item, "sibling-missing", box.pack(),
             "signed-properties-reference")

    def uri_with_file(job, sig):
        find(sig, "ds:SignedInfo/ds:Reference[@URI='#S1-props']").set(
            "URI", "META-INF/signatures0.xml#S0-props")
        first = forged(sig, "S0-props")
        job.data_of["r-S1-props"] = xades.canonical(first)

    box = container.asic_e(stage.pki, [TEXT], [
        dict(signer="citizen"),
        dict(signer="citizen2", hooks={"tree": uri_with_file})])
    book.add(item, "sibling-uri", box.pack(),
             "reference-uri,signed-properties-reference")

    def same_id_other_content(job, sig):
        twin = forged(sig)
        job.data_of["r-S0-props"] = xades.canonical(twin)

    box = container.asic_e(stage.pki, [TEXT], [
        dict(signer="citizen"),
        dict(signer="citizen2", id="S0",
             hooks={"tree": same_id_other_content})])
    book.add(item, "sibling-content", box.pack(), "digest-mismatch")


def targets(stage, book):
    item = "two ds:Signature, Target pointing to the other"

    def at_other(sig):
        find(sig, QUALS).set("Target", "#S0")

    def nowhere(sig):
        del find(sig, QUALS).attrib["Target"]

    def bare(sig):
        find(sig, QUALS).set("Target", "S0-1")

    for name, function in (("other", at_other), ("nowhere", nowhere),
                           ("bare", bare)):
        box = container.asic_e(stage.pki, [TEXT], [dict(
            signer="citizen", more=[dict(
                signer="citizen2", hooks={
                    "tree": lambda job, sig, f=function: f(sig)})])])
        book.add(item, f"target-{name}", box.pack(), "qualifying-properties")
    box = container.asic_e(stage.pki, [TEXT], [dict(
        signer="citizen", more=[dict(signer="citizen2")])])
    entry = box.get("META-INF/signatures0.xml")
    top = xades.etree.fromstring(entry.data)
    first, second = top.findall("ds:Signature", NS)
    one, two = first.find("ds:Object", NS), second.find("ds:Object", NS)
    first.append(two)
    second.append(one)
    entry.data = xades.to_bytes(top)
    book.add(item, "target-swapped", box.pack(),
             "qualifying-properties,signed-properties-reference")
    two_in_one = container.asic_e(stage.pki, [TEXT], [dict(
        signer="citizen", more=[dict(signer="citizen2", id="S0")])])
    book.add(item, "target-same-id", two_in_one.pack(), "id-duplicate")


def twin_certificate(pki, signer, issuer):
    """Another certificate for the key of `signer`, by another CA."""
    real = pki[signer].cert
    build = (x509.CertificateBuilder().subject_name(real.subject)
             .issuer_name(pki[issuer].cert.subject)
             .public_key(real.public_key())
             .serial_number(real.serial_number)
             .not_valid_before(SIGNING - dt.timedelta(days=400))
             .not_valid_after(SIGNING + dt.timedelta(days=400)))
    return build.sign(pki[issuer].key, hashes.SHA256()).public_bytes(
        Encoding.DER)


def certificates(stage, book):
    item = "SigningCertificate digest of another certificate"
    pki = stage.pki
    other = xades.digest("sha256", pki["citizen2"].der)

    def wrong_digest(sig):
        find(sig, ".//xades:CertDigest/ds:DigestValue").text = b64(other)

    def other_in_key_info(sig):
        find(sig, ".//ds:X509Certificate").text = b64(pki["citizen2"].der)

    def twin(sig):
        find(sig, ".//ds:X509Certificate").text = b64(
            twin_certificate(pki, "citizen", "foreign-ca"))

    book.add(item, "cert-digest-v2", stage.hooked("tree", wrong_digest),
             "signing-certificate-mismatch", verdicts=NEVER)
    book.add(item, "cert-digest-v1",
             stage.hooked("tree", wrong_digest, cert_version=1),
             "signing-certificate-mismatch", verdicts=NEVER)
    book.add(item, "cert-keyinfo", stage.hooked("final", other_in_key_info),
             "signing-certificate-mismatch", verdicts=NEVER)
    book.add(item, "cert-twin", stage.hooked("final", twin),
             "signing-certificate-mismatch", verdicts=NEVER)
    for version in (1, 2):
        name = "SigningCertificate" + ("V2" if version == 2 else "")

        def removed(sig, name=name):
            node = find(sig, f".//xades:{name}")
            node.getparent().remove(node)
        book.add(item, f"cert-absent-v{version}",
                 stage.hooked("tree", removed, cert_version=version),
                 "signing-certificate-missing", verdicts=NEVER)


def issuer_serials(stage, book):
    item = "right digest with wrong IssuerSerial"
    pki = stage.pki

    def serial_v1(sig):
        find(sig, ".//ds:X509SerialNumber").text = "4711"

    def name_v1(sig):
        find(sig, ".//ds:X509IssuerName").text = \
            "CN=Mohur Test Business CA,O=Mohur Test,C=AZ"

    def other_v2(sig):
        find(sig, ".//xades:IssuerSerialV2").text = b64(
            xades.issuer_serial_v2(pki["citizen2"]))

    def issuer_v2(sig):
        find(sig, ".//xades:IssuerSerialV2").text = b64(
            xades.issuer_serial_v2(pki["director"]))

    def trailing_v2(sig):
        node = find(sig, ".//xades:IssuerSerialV2")
        node.text = b64(base64.b64decode(node.text) + b"\x05\x00")

    rows = (("serial-v1", serial_v1, 1), ("name-v1", name_v1, 1),
            ("other-v2", other_v2, 2), ("issuer-v2", issuer_v2, 2),
            ("trailing-v2", trailing_v2, 2))
    for name, function, version in rows:
        book.add(item, f"issuer-{name}",
                 stage.hooked("tree", function, cert_version=version),
                 "signing-certificate-mismatch,attribute-invalid",
                 verdicts=NEVER)


def several_certs(stage, book):
    item = "several Certs"
    pki = stage.pki

    def other_first(job, sig):
        certs = find(sig, ".//xades:SigningCertificateV2")
        xades.add_cert(certs, pki["citizen2"], job)
        certs.insert(0, certs[-1])

    book.add(item, "certs-other-first", stage.box(
        hooks={"tree": other_first}).pack(),
        "signing-certificate-mismatch", verdicts=NEVER)
    book.add(item, "certs-outsider",
             stage.box(extra_certs=("citizen2",)).pack(),
             "signing-certificate-extra", verdicts=NEVER)
    book.add(item, "certs-outsider-v1", stage.box(
        extra_certs=("citizen-ca", "foreign-ca"), cert_version=1).pack(),
        "signing-certificate-extra", verdicts=NEVER)

    def both_versions(job, sig):
        box = find(sig, ".//xades:SignedSignatureProperties")
        certs = add(box, "xades:SigningCertificate")
        box.insert(1, certs)
        job.cert_version = 1
        xades.add_cert(certs, pki["citizen2"], job)

    book.add(item, "certs-both-versions", stage.box(
        hooks={"tree": both_versions}).pack(),
        "signing-certificate-mismatch,signing-certificate-extra,"
        "attribute-invalid,sig-structure,qualifying-properties",
        verdicts=NEVER)


def two_signed_infos(stage, book):
    item = "two SignedInfo"
    evil = xades.digest("sha256", b"another claim\n")

    def twin_info(sig):
        twin = copy.deepcopy(find(sig, "ds:SignedInfo"))
        find(twin, "ds:Reference/ds:DigestValue").text = b64(evil)
        return twin

    def before(sig):
        sig.insert(0, twin_info(sig))

    def after(sig):
        sig.insert(1, twin_info(sig))

    def at_end(sig):
        sig.append(twin_info(sig))

    def two_values(sig):
        sig.insert(1, copy.deepcopy(find(sig, "ds:SignatureValue")))

    def two_key_infos(sig):
        twin = copy.deepcopy(find(sig, "ds:KeyInfo"))
        twin.set("Id", "another")
        find(twin, ".//ds:X509Certificate").text = b64(
            stage.pki["citizen2"].der)
        sig.insert(2, twin)

    def value_first(sig):
        sig.insert(0, find(sig, "ds:SignatureValue"))

    def unknown_child(sig):
        add(sig, "ds:Another", "x")

    for name, function in (("before", before), ("after", after),
                           ("end", at_end), ("values", two_values),
                           ("keyinfos", two_key_infos),
                           ("order", value_first),
                           ("unknown", unknown_child)):
        book.add(item, f"signedinfo-{name}",
                 stage.hooked("final", function), "sig-structure")


def comments(stage, book):
    item = "comments inside digest and signature values"

    def split(path, what):
        def function(sig):
            node = find(sig, path)
            text = node.text
            node.text = text[:8]
            node.append(what())
            node[-1].tail = text[8:]
        return function

    def comment():
        return xades.etree.Comment("x")

    def instruction():
        return xades.etree.ProcessingInstruction("x", "y")

    def element():
        return xades.etree.Element(tag("ds:X"))

    value = "ds:SignatureValue"
    digest = "ds:SignedInfo/ds:Reference/ds:DigestValue"
    cert = ".//xades:CertDigest/ds:DigestValue"
    codes = "base64-invalid,sig-structure"
    rows = (("digest", "digests", digest, comment),
            ("value", "signed", value, comment),
            ("digest-pi", "digests", digest, instruction),
            ("digest-element", "digests", digest, element),
            ("value-element", "signed", value, element))
    for name, step, path, what in rows:
        book.add(item, f"comment-{name}",
                 stage.hooked(step, split(path, what), level="LT"),
                 codes + (",xml-pi" if what is instruction else ""))
    book.add(item, "comment-cert-digest",
             stage.hooked("tree", split(cert, comment)),
             codes + ",attribute-invalid,signing-certificate-mismatch")
    book.add(item, "comment-not-base64", stage.hooked(
        "final", lambda sig: find(sig, value).__setattr__(
            "text", "!" + find(sig, value).text)), codes)


def key_values(stage, book):
    item = "KeyValue ≠ X509"
    pki = stage.pki

    def of(name):
        def function(sig):
            box = find(sig, "ds:KeyInfo")
            xades.add_key_value(box, pki[name])
            box.insert(0, box[-1])
        return function

    for name, other in (("other", "citizen2"), ("rsa", "clerk")):
        book.add(item, f"keyvalue-{name}",
                 stage.hooked("tree", of(other)), "key-value-mismatch")
    book.add(item, "keyvalue-only-real", stage.hooked(
        "tree", of("citizen2"), signing_key=pki["citizen2"].key),
        "key-value-mismatch,signature-mismatch")
    book.add(item, "keyvalue-signed", stage.hooked(
        "tree", of("citizen2"), key_ref=True), "key-value-mismatch")

    def no_certificate(sig):
        box = find(sig, "ds:KeyInfo")
        box.remove(find(box, "ds:X509Data"))
        xades.add_key_value(box, pki["citizen"])
    book.add(item, "keyvalue-alone", stage.hooked("tree", no_certificate),
             "signing-certificate-missing,signing-certificate-mismatch,"
             "key-value-mismatch", verdicts=NEVER)


def changed_content(stage, book):
    """Plain changes after signing, kept with the wrapping rows."""
    item = "two SignedInfo"

    def other_digest(sig):
        find(sig, "ds:SignedInfo/ds:Reference/ds:DigestValue").text = b64(
            xades.digest("sha256", b"another claim\n"))
    box = stage.box(files=(TEXT, NOTE), hooks={
        "final": lambda job, sig: other_digest(sig)})
    box.get(TEXT[0]).data = b"another claim\n"
    book.add(item, "signedinfo-changed", box.pack(), "signature-mismatch")


def run(stage, book):
    book.section = "xml"
    for part in (duplicate_ids, moved_properties, type_removed, other_file,
                 targets, certificates, issuer_serials, several_certs,
                 two_signed_infos, comments, key_values, changed_content):
        part(stage, book)
