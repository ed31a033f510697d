#!/bin/bash
# Measures in build-coverage: the unit tests and seeds reach the bars below of
# docformat and of the walk through CMS; the seeds of a target alone reach
# 80 % of the lines of the files it is for.
set -euo pipefail
cd "$(dirname "$0")/../.."
build="build-coverage"
bad=0

forget() {
    find "$build" -name '*.gcda' -delete
}

percent() { # FILTER...: lines covered, a whole number
    local filters=() one
    for one in "$@"; do filters+=(--filter "$one"); done
    gcovr --root . --object-directory "$build" "${filters[@]}" \
        --json-summary | /usr/bin/python3 -c '
import json, sys
print(int(json.load(sys.stdin)["line_percent"]))'
}

# What each target is for.
while read -r subject files; do
    read -r -a list <<<"$files"
    forget
    "$build/replay_$subject" "fuzz/seeds/$subject" >/dev/null
    got=$(percent "${list[@]}")
    echo "seeds of $subject: $got % of ${files}"
    [ "$got" -ge 80 ] || bad=1
done <<'END'
zip docformat/zip/end.c docformat/zip/names.c docformat/zip/scan.c docformat/zip/stream.c
xml docformat/xml/
manifest docformat/asic/manifest.c docformat/asic/asicmanifest.c
der docformat/der/der.c
jpeg docformat/jpeg/
pdf docformat/pdf/filter.c docformat/pdf/follow.c docformat/pdf/lex.c docformat/pdf/parse.c docformat/pdf/pdf.c docformat/pdf/read.c docformat/pdf/xref.c
pdf_sig docformat/pdf/account.c docformat/pdf/bind.c docformat/pdf/claims.c docformat/pdf/form.c docformat/pdf/sigdict.c
pdf_changes signer/verify/pdfchanges.c signer/verify/pdfdiff
pdf_sign docformat/pdf/write.c docformat/pdf/writeedit.c docformat/pdf/writefield.c docformat/pdf/writeguard.c docformat/pdf/writelayout.c docformat/pdf/writepage.c docformat/pdf/writeseal.c
cms signer/verify/cades signer/verify/cmsdoc.c signer/trust/cms.c signer/trust/cmsverify.c
report base/wire/report.c base/wire/codec.c
job base/wire/job.c
cert signer/trust/cert.c signer/trust/certext.c signer/trust/keymake.c signer/trust/sigalg.c
revocation signer/trust/crl.c signer/trust/crlcheck.c signer/trust/ocsp.c
tst signer/trust/tst.c signer/trust/cms.c signer/trust/cmsverify.c signer/trust/ber.c
tl signer/trust/tl.c signer/trust/tlsig.c
snapshot signer/trust/store.c
xades signer/verify/assemble.c signer/verify/container.c signer/verify/document.c signer/verify/dsig.c signer/verify/dsig_alg.c signer/verify/evidence.c signer/verify/files.c signer/verify/inspect.c signer/verify/judge.c signer/verify/judge_times.c signer/verify/judge_trust.c signer/verify/out.c signer/verify/refs.c signer/verify/signing_cert.c signer/verify/stamp.c signer/verify/timemark.c signer/verify/tokens.c signer/verify/xades.c signer/verify/xmldoc.c
token_wire base/wire/token.c
pkcs11_uri hsm/uri.c
mid base/remote/mid.c
tsa signer/trust/tsa.c
courier_wire base/wire/courier.c base/wire/sign.c base/wire/material.c
textpdf docformat/text/textpdf.c docformat/text/font.c docformat/text/fontwrite.c
audit_record hsm/audit/record.c
gateway portal/money/gateway.c portal/money/psign.c
asic_state signer/sign/asicstate.c signer/sign/raisestate.c
END

forget
ctest --test-dir "$build" -j 2 >/dev/null
all() { # BAR FILTER...
    local bar=$1
    shift
    got=$(percent "$@")
    echo "$* by all unit tests and seeds: $got %"
    [ "$got" -ge "$bar" ] || bad=1
}
all 92 docformat/
all 94 docformat/pdf/
all 97 docformat/jpeg/
all 90 signer/verify/cades signer/verify/cmsdoc.c signer/verify/content.c \
    signer/trust/cms.c signer/trust/cmsverify.c
exit "$bad"
