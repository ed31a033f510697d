#!/bin/bash
# The catalogues are what gettext takes for one, and of the language they say.
set -euo pipefail
cd "$(dirname "$0")/../.."
for lang in az ru; do
    msgfmt --check --output-file=/dev/null "portal/i18n/$lang.po"
    grep -qx "\"Language: $lang\\\\n\"" "portal/i18n/$lang.po"
done
