#!/bin/bash
# Measures in build-coverage: the unit tests and seeds reach 92 % of the lines
# of docformat; the seeds of a target alone reach 80 % of the files it is for.
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
report base/wire/report.c base/wire/codec.c
job base/wire/job.c
cert signer/trust/cert.c signer/trust/certext.c signer/trust/keymake.c signer/trust/sigalg.c
revocation signer/trust/crl.c signer/trust/crlcheck.c signer/trust/ocsp.c
tst signer/trust/tst.c signer/trust/cms.c signer/trust/cmsverify.c signer/trust/ber.c
tl signer/trust/tl.c signer/trust/tlsig.c
snapshot signer/trust/store.c
xades signer/verify/
token_wire base/wire/token.c
pkcs11_uri hsm/uri.c
mid signer/remote/mid.c
tsa signer/trust/tsa.c
courier_wire base/wire/courier.c base/wire/sign.c base/wire/material.c
textpdf docformat/text/textpdf.c docformat/text/font.c docformat/text/fontwrite.c
asic_state signer/sign/asicstate.c signer/sign/raisestate.c
END

forget
ctest --test-dir "$build" -j 2 >/dev/null
got=$(percent docformat/)
echo "docformat by all unit tests and seeds: $got %"
[ "$got" -ge 92 ] || bad=1
exit "$bad"
