#!/bin/bash
# cppcheck over the rooms (not the tests: cmocka's macros confuse it).
set -euo pipefail
cd "$(dirname "$0")/../.."
rooms=()
for room in base docformat hsm signer fuzz; do
    [ -d "$room" ] && rooms+=("$room")
done
cppcheck --quiet --std=c11 --language=c -j 2 -I . -D_GNU_SOURCE=1 \
    -DMH_VERSION='"0"' '-Djson_object_foreach(o, k, v)=for (k = key_of(o), v = json_null(); v;)' \
    '-Djson_array_foreach(a, i, v)=for (i = 0, v = json_null(); v; i++)' --enable=warning,portability,performance \
    --inline-suppr --error-exitcode=1 \
    --suppressions-list=tests/checks/cppcheck.txt "${rooms[@]}"
