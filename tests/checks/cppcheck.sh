#!/bin/bash
# Looks with cppcheck at the rooms (not the tests: cmocka confuses it).
set -euo pipefail
cd "$(dirname "$0")/../.."
rooms=()
for room in base docformat hsm signer portal fuzz; do
    [ -d "$room" ] && rooms+=("$room")
done
cppcheck --quiet --std=c11 --language=c -j 2 -I . -D_GNU_SOURCE=1 \
    -DMH_VERSION='"0"' --enable=warning,portability,performance \
    --library=tests/checks/cppcheck.cfg --inline-suppr --error-exitcode=1 \
    --suppressions-list=tests/checks/cppcheck.txt "${rooms[@]}"
