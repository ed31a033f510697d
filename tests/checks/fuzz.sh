#!/bin/bash
# fuzz.sh NAME SECONDS SEED: runs one libFuzzer target of build-fuzz, from its
# seeds and dictionary; what it finds is left in build-fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=$1
subject=${name#fuzz_}
work=build-fuzz/corpus/$subject
mkdir -p "$work" build-fuzz/found
options=(-max_total_time="$2" -seed="$3" -timeout=10 -rss_limit_mb=4096
    -artifact_prefix="build-fuzz/found/$subject-" -print_final_stats=1)
if [ -f "fuzz/dict/$subject.dict" ]; then
    options+=("-dict=fuzz/dict/$subject.dict")
fi
"./build-fuzz/$name" "${options[@]}" "$work" "fuzz/seeds/$subject"
