#!/bin/bash
# Installs the packages of packages.txt that are missing; as root or by sudo.
set -euo pipefail
list=$(dirname "$0")/packages.txt
missing=()
while read -r name; do
    case $name in
        '' | '#'*) continue ;;
        nodejs | npm) # whoever installed them otherwise keeps what there is
            command -v npm >/dev/null && continue ;;
    esac
    state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$name")
done <"$list"
[ "${#missing[@]}" -gt 0 ] || exit 0
echo "installing: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -q update
"${as_root[@]}" apt-get -q -y --no-install-recommends install "${missing[@]}"
