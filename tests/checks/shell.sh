#!/bin/bash
# Looks with shellcheck at every shell script of the tree, found by its first line.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t scripts < <(find . \( -path './build*' -o -path ./.git \
    -o -path ./out \) -prune -o -type f -print0 |
    xargs -0 grep -lIE -m1 '^#!/bin/(ba|)sh' | sort)
[ "${#scripts[@]}" -gt 0 ]
shellcheck -x -P SCRIPTDIR "${scripts[@]}"
