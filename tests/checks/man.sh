#!/bin/bash
# man.sh BUILD: mandoc finds nothing to warn about in any manual page.
set -euo pipefail
cd "$(dirname "$0")/../.."
pages=(signer/cmd/man/*.[1-8] "$1"/man/*.[1-8])
ls "${pages[@]}" >/dev/null
mandoc -T lint -W warning "${pages[@]}"
