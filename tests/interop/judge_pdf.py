"""Judges PDF files by pyHanko, for tests:

    judge_pdf.py ROOT.pem < LIST

ROOT is the one anchor, the validation time is now; nothing is fetched.
Behind a path and a tab "loose" says that its maker's own errors are passed
over.  For each path a line is printed: the path, and a column for each
signature: name|indication|sub-indication|intact|valid|changes|coverage.
A file with a document time-stamp is judged by EN 319 102-1 5.6.3, one with
a /DSS alone with what is in that; a status of every certificate is wanted.
"""

import asyncio
import datetime as dt
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import (
    DocumentSecurityStore, ades, async_validate_pdf_signature)
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec, RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec, SignatureValidationSpec)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy, FreshnessReqType, RevocationCheckingPolicy,
    RevocationCheckingRule)
from pyhanko_certvalidator.registry import SimpleTrustManager


def spec(root):
    # As the strict policy of ours: a status for every certificate but one
    # whose profile says that there is none.
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build([root]),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(
            ee_certificate_rule=rule, intermediate_ca_cert_rule=rule),
            freshness=dt.timedelta(days=365), freshness_req_type=(
                FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION)))
    return PdfSignatureValidationSpec(SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)))


def row(sig, status, indication, sub):
    changes = status and status.modification_level
    coverage = status and status.coverage
    return "|".join(map(str, (
        sig.field_name, indication, sub, status and status.intact,
        status and status.valid, changes and changes.name,
        coverage and coverage.name)))


async def by_store(reader, sig, root):
    """With what the file brings, now."""
    store = DocumentSecurityStore.read_dss(reader)
    context = store.as_validation_context({
        "trust_roots": [root], "allow_fetching": False,
        "revocation_mode": "require"})
    status = await async_validate_pdf_signature(sig, context, context)
    good = status.bottom_line and status.trusted and (
        status.timestamp_validity is not None
        and status.timestamp_validity.trusted)
    return row(sig, status, "PASSED" if good else "FAILED",
               status.summary().replace("|", "/"))


async def judge(path, root, strict):
    columns = []
    with open(path, "rb") as f:
        reader = PdfFileReader(f, strict=strict)
        for sig in reader.embedded_regular_signatures:
            if "/DSS" in reader.root and not reader.embedded_timestamp_signatures:
                columns.append(await by_store(reader, sig, root))
                continue
            result = await ades.ades_lta_validation(sig, spec(root))
            sub = result.ades_subindic
            columns.append(row(sig, result.api_status, sub.status.name,
                               sub.name))
    return columns


def main():
    root = load_cert_from_pemder(sys.argv[1])
    for line in sys.stdin:
        path, _, loose = line.rstrip("\n").partition("\t")
        try:
            columns = asyncio.run(judge(path, root, loose != "loose"))
        except Exception as e:  # it is the oracle's word
            columns = [f"|{type(e).__name__}||||{e}".replace("\n", " ")]
        print("\t".join([path, *columns]), flush=True)


if __name__ == "__main__":
    main()
