#!/bin/bash
# Fetches the programs that tests/interop/run.py judges by, into build/oracles:
# pyHanko from PyPI, the European Commission's DSS from Maven Central.  Neither
# is needed by the product or by its own tests.
#
#     tests/interop/get.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../build/oracles}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
status=0
if python3 -m venv "$folder/python" &&
    "$folder/python/bin/pip" -q install -r "$here/requirements.txt"; then
    echo "pyHanko is there"
else
    echo "tests/interop/get.sh: no pyHanko" >&2
    status=1
fi
if mvn -q -f "$here/pom.xml" dependency:copy-dependencies \
    "-DoutputDirectory=$folder/jars"; then
    echo "DSS is there"
else
    echo "tests/interop/get.sh: no DSS" >&2
    status=1
fi
exit $status
