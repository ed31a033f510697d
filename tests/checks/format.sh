#!/bin/bash
# clang-format over every C file; its exit status decides.
set -euo pipefail
cd "$(dirname "$0")/../.."
find . \( -path './build*' -o -path ./.git -o -path ./out \) -prune \
    -o -name '*.[ch]' -print0 |
    xargs -0 -r -n 20 -P 2 clang-format-14 --dry-run -Werror
