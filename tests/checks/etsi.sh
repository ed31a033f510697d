#!/bin/bash
# etsi.sh MOHUR SCHEMAS OUT FOLDER...: the ETSI reports (TS 119 102-2) of every
# file in the folders validate against its schema, and are the same twice.
# SCHEMAS holds TS119102-2-v141.xsd and an XML catalogue; OUT is made anew.
# A code of mohur verify past 4 is no verdict and fails.  Ends with a count.
set -u
mohur=$1 schemas=$2 out=$3
shift 3
export XML_CATALOG_FILES=$schemas/catalog.xml
passed=0
failed=0
rm -rf "$out"
for folder in "$@"; do
    for run in 1 2; do
        mkdir -p "$out/$run"
        "$mohur" verify --offline --time 2024-06-01T00:00:00Z \
            --trust "$(dirname "$0")/../trust/data/cert-root.der" \
            --report etsi --out "$out/$run" "$folder" \
            >"$out/said" 2>"$out/complaints"
        code=$?
        if [ $code -gt 4 ] || [ -s "$out/said" ]; then
            echo "$folder: exit code $code, $(tail -n 1 "$out/complaints")"
            failed=$((failed + 1))
        fi
    done
    for report in "$out"/1/*.xml; do
        if xmllint --nonet --noout --schema "$schemas/TS119102-2-v141.xsd" \
            "$report" >"$out/why" 2>&1 &&
            cmp "$report" "$out/2/${report##*/}" >>"$out/why" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            head -n 5 "$out/why"
        fi
    done
    rm -rf "${out:?}/1" "${out:?}/2"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
