#!/usr/bin/python3
"""A second opinion on the samples, by programs that nobody here wrote.

    cross_check.py OUT

For every sample of OUT/index.tsv: unzip -t, xmlsec1 over each signature
(digests and signature value), openssl over each time-stamp token and OCSP
answer, openssl over each CMS signature.  Prints what disagrees; exit 1 if anything does.  Algorithms that
xmlsec1 1.2 does not know are counted apart.
"""

import base64
import calendar
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from asn1crypto import cms
from lxml import etree
import xades
from pki import VALIDATION
from signing import digest

AT = str(calendar.timegm(VALIDATION.timetuple()))
SKIP = ("rsa-MGF1", "#rsa-pss", "sha3-")


def run(*argv, cwd=None):
    done = subprocess.run(argv, cwd=cwd, capture_output=True, check=False)
    return done.returncode == 0, (done.stdout + done.stderr).decode(
        errors="replace")


def check_xml(path, folder, problems):
    """xmlsec1 over each outer ds:Signature of a file."""
    data = path.read_bytes()
    if any(word.encode() in data for word in SKIP):
        return check_pss(data, folder, path.name, problems)
    top = etree.fromstring(data)
    total = 0
    for sig in top.iter(xades.tag("ds:Signature")):
        parent = sig.getparent()
        if parent is not None and parent.tag == xades.tag(
                "xades:CounterSignature"):
            attr = "--id-attr:Id"
            ids = [attr, "SignatureValue"]
        else:
            ids = []
        good, text = run(
            "xmlsec1", "--verify", "--insecure", "--enabled-key-data",
            "x509", "--id-attr:Id", "SignedProperties", "--id-attr:Id",
            "KeyInfo", *ids, "--node-xpath",
            f"//*[@Id='{sig.get('Id')}']", str(path.relative_to(folder)),
            cwd=folder)
        total += 1
        if not good:
            problems.append(f"{path.name} {sig.get('Id')}: {text[:300]}")
    return total, 0


def check_pss(data, folder, name, problems):
    """openssl over the value of an RSA-PSS signature: (done, skipped)."""
    sig = next(etree.fromstring(data).iter(xades.tag("ds:Signature")))
    info = xades.find(sig, "ds:SignedInfo")
    method = xades.find(info, "ds:SignatureMethod")
    params = xades.find(method, "more:RSAPSSParams")
    uri = method.get("Algorithm")
    if params is not None:
        uri = xades.find(params, "ds:DigestMethod").get("Algorithm")
    elif "rsa-MGF1" not in uri:
        return 0, 1
    hashed = next(h for h in ("sha256", "sha384", "sha512") if h in uri)
    way = xades.find(info, "ds:CanonicalizationMethod").get("Algorithm")
    (folder / "body").write_bytes(xades.canonical(info, way))
    (folder / "value").write_bytes(base64.b64decode(
        xades.find(sig, "ds:SignatureValue").text))
    (folder / "cert").write_bytes(base64.b64decode(
        sig.find(".//ds:X509Certificate", xades.NS).text))
    run("openssl", "x509", "-inform", "DER", "-in", "cert", "-noout",
        "-pubkey", "-out", "key", cwd=folder)
    good, text = run(
        "openssl", "dgst", "-" + hashed, "-sigopt",
        "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
        "-sigopt", "rsa_mgf1_md:" + hashed, "-verify", "key", "-signature",
        "value", "body", cwd=folder)
    if not good:
        problems.append(f"{name}: openssl dgst: {text[:300]}")
    return 1, 0


def check_tokens(path, label, root, work, problems):
    """openssl over each token; its imprint is recomputed here."""
    total = 0
    top = etree.fromstring(path.read_bytes())
    for node in top.iter(xades.tag("xades:SignatureTimeStamp")):
        der = base64.b64decode(
            xades.find(node, "xades:EncapsulatedTimeStamp").text)
        sig = next(node.iterancestors(xades.tag("ds:Signature")))
        method = xades.find(node, "ds:CanonicalizationMethod").get(
            "Algorithm")
        over = xades.canonical(xades.find(sig, "ds:SignatureValue"), method)
        total += 1
        verify_token(der, over, label, root, work, problems)
    return total


def verify_token(der, over, name, root, work, problems):
    (work / "token").write_bytes(der)
    (work / "over").write_bytes(over)
    info = cms.ContentInfo.load(der)["content"]["encap_content_info"]
    imprint = info["content"].parsed["message_imprint"]
    if imprint["hashed_message"].native != digest("sha256", over):
        problems.append(f"{name}: imprint of the token")
    good, text = run(
        "openssl", "ts", "-verify", "-data", str(work / "over"), "-in",
        str(work / "token"), "-token_in", "-CAfile", str(root),
        "-untrusted", str(root.parent / "policy-ca.pem"), "-attime", AT)
    if not good and not name.startswith("foreign"):
        problems.append(f"{name}: openssl ts: {text[:300]}")


def check_ocsp(path, pki, work, problems):
    total = 0
    top = etree.fromstring(path.read_bytes())
    for node in top.iter(xades.tag("xades:EncapsulatedOCSPValue")):
        (work / "ocsp").write_bytes(base64.b64decode(node.text))
        sig = next(node.iterancestors(xades.tag("ds:Signature")))
        leaf = base64.b64decode(
            sig.find(".//ds:X509Certificate", xades.NS).text)
        (work / "leaf.der").write_bytes(leaf)
        cas = b"".join((pki / f"{n}.pem").read_bytes() for n in (
            "root", "policy-ca", "citizen-ca", "business-ca",
            "government-ca", "foreign-root", "foreign-policy-ca",
            "foreign-ca"))
        (work / "cas.pem").write_bytes(cas)
        good, text = run("openssl", "ocsp", "-respin", str(work / "ocsp"),
                         "-CAfile", str(work / "cas.pem"), "-verify_other",
                         str(work / "cas.pem"), "-no_nonce",
                         "-resp_text", "-attime", AT)
        total += 1
        if not good or "Response verify OK" not in text:
            problems.append(f"{path.name}: openssl ocsp: {text[-300:]}")
    return total


def check_pdf(path, problems):
    """qpdf reads it without a warning, pdfsig finds every digest right."""
    good, text = run("qpdf", "--check", str(path))
    if not good:
        problems.append(f"{path.name}: qpdf: {text[:300]}")
    _, text = run("pdfsig", "-nocert", str(path))
    total = text.count("Signature Type: ETSI.CAdES.detached")
    if text.count("Signature is Valid.") < total or not total:
        problems.append(f"{path.name}: pdfsig: {text[:600]}")
    return total


def check_cms(der, content, name, root, work, problems):
    """openssl over every signer of a CMS signature; content None: inside."""
    chain = [root.parent / f"{n}-ca.pem" for n in (
        "policy", "citizen", "business", "government")]
    (work / "chain.pem").write_bytes(b"".join(
        p.read_bytes() for p in [root, *chain]))
    (work / "cms").write_bytes(der)
    more = []
    if content is not None:
        (work / "content").write_bytes(content)
        more = ["-content", str(work / "content")]
    form = "PEM" if der.startswith(b"-----") else "DER"
    good, text = run(
        "openssl", "cms", "-verify", "-binary", "-inform", form, "-in",
        str(work / "cms"), *more, "-CAfile", str(work / "chain.pem"),
        "-purpose", "any", "-attime", AT, "-out", str(work / "seen"))
    if not good:
        problems.append(f"{name}: openssl cms: {text[:300]}")
    return 1


def check_cades(inside, row, counts, root, work, problems):
    """The CMS signatures of a container, over manifest or data file."""
    for file in sorted(inside.glob("META-INF/signature*.p7s")):
        number = file.stem.removeprefix("signature")
        over = inside / "META-INF" / f"ASiCManifest{number}.xml"
        if not number:
            over = next(f for f in inside.iterdir() if f.is_file() and
                        f.name != "mimetype")
        counts["cms"] += check_cms(file.read_bytes(), over.read_bytes(),
                                   row["path"], root, work, problems)


def check_sample(out, row, counts, problems):
    path = out / row["path"]
    if path.suffix == ".pdf":
        counts["pdf"] += check_pdf(path, problems)
        return
    root = out / "pki" / "root.pem"
    if path.name == "cms-ber-parts.p7m":
        # Its certificates are BER as well; openssl checks their signatures
        # over the bytes as sent, DER is what was signed.
        counts["skipped"] += 1
        return
    if row["kind"] == "cms":
        data = None if row["data"] == "-" else \
            (out / row["data"]).read_bytes()
        with tempfile.TemporaryDirectory() as work:
            counts["cms"] += check_cms(path.read_bytes(), data, path.name,
                                       root, pathlib.Path(work), problems)
        return
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        inside = work / "in"
        inside.mkdir()
        if path.suffix == ".xml":
            (inside / path.name).write_bytes(path.read_bytes())
            for name in row["data"].split(";"):
                if name != "-":
                    target = inside / name.removeprefix("data/")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes((out / name).read_bytes())
        else:
            good, text = run("unzip", "-tqq", str(path))
            if not good:
                problems.append(f"{path.name}: unzip: {text[:200]}")
            with zipfile.ZipFile(path) as box:
                box.extractall(inside)
        signatures = list(inside.glob("META-INF/**/*signatures*.xml")) or \
            list(inside.glob("*.xml"))
        check_cades(inside, row, counts, root, work, problems)
        for file in signatures:
            before = len(problems)
            done, skipped = check_xml(file, inside, problems)
            counts["xml"] += done
            counts["skipped"] += skipped
            counts["tokens"] += check_tokens(file, row["path"], root,
                                             work, problems)
            counts["ocsp"] += check_ocsp(file, out / "pki", work, problems)
            for n in range(before, len(problems)):
                problems[n] = f"{row['path']}: {problems[n]}"
        for file in inside.glob("META-INF/timestamp.tst"):
            data = [f for f in inside.iterdir() if f.is_file() and
                    f.name != "mimetype"]
            verify_token(file.read_bytes(), data[0].read_bytes(),
                         row["path"], root, work, problems)
            counts["tokens"] += 1


def main(argv):
    out = pathlib.Path(argv[1])
    lines = (out / "index.tsv").read_text().splitlines()
    head = lines[0].split("\t")
    counts = {"pdf": 0, "xml": 0, "skipped": 0, "tokens": 0, "ocsp": 0,
              "cms": 0}
    problems = []
    for line in lines[1:]:
        check_sample(out, dict(zip(head, line.split("\t"))), counts,
                     problems)
    print("\n".join(problems))
    print(f"{counts['xml']} + {counts['pdf']} + {counts['cms']} signatures, "
          f"{counts['tokens']} tokens, {counts['ocsp']} OCSP answers, "
          f"{counts['skipped']} files left out, "
          f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
