#!/bin/bash
# The steps of tests/run and tests/release; sourced by both.  A step that
# cannot run has failed: nothing is passed over in silence.
#
#   step NAME CMD...     one thing that passes or fails
#   suite NAME CMD...    a programme that ends with "N passed, N failed"
#   ctests NAME DIR ...  ctest in a build folder
#   finish               the last line and the exit status

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit 70
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
BUILD=$ROOT/build
LOGS=$BUILD/logs
JOBS=2
PASSED=0
FAILED=0
FAILURES=
mkdir -p "$LOGS"

# Prints a step's line; where something failed, the lines that say what, and
# the end of its log.
report() { # NAME SECONDS PASSED FAILED LOG
    local word=ok
    [ "$4" -eq 0 ] || word=FAILED
    PASSED=$((PASSED + $3))
    FAILED=$((FAILED + $4))
    printf '%-6s %5ds  %-28s %d passed, %d failed\n' \
        "$word" "$2" "$1" "$3" "$4"
    if [ "$4" -ne 0 ]; then
        { grep -a '^FAIL' "$5" | head -n 40
          tail -n 40 "$5" | grep -av '^FAIL'; } | cut -c 1-1000 | sed 's/^/    | /'
        FAILURES+="$1: $(grep -a '^FAIL' "$5" | head -n 5 | cut -c 1-300)"$'\n'
    fi
}

step() {
    local name=$1 log=$LOGS/$1.log start=$SECONDS
    shift
    if "$@" >"$log" 2>&1; then
        report "$name" $((SECONDS - start)) 1 0 "$log"
    else
        report "$name" $((SECONDS - start)) 0 1 "$log"
    fi
}

suite() {
    local name=$1 start=$SECONDS status=0
    shift
    "$@" >"$LOGS/$name.log" 2>&1 || status=$?
    count_suite "$name" "$start" "$status"
}

# Suites that wait more than they work stand in lanes: those of a lane run one
# after the other, the lanes beside each other and beside the rest.  laned puts
# one into a lane, lanes starts them, and gather reports them.
LANED=() LANE_PIDS=()
laned() { # LANE NAME CMD...
    local lane=$1 name=$2
    shift 2
    LANED+=("$lane $name")
    printf '%q ' "$@" >"$LOGS/$name.lane"
}

lanes() {
    local lane
    for lane in $(printf '%s\n' "${LANED[@]%% *}" | sort -u); do
        run_lane "$lane" &
        LANE_PIDS+=($!)
    done
}

run_lane() { # LANE
    local entry name start status
    for entry in "${LANED[@]}"; do
        [ "${entry%% *}" = "$1" ] || continue
        name=${entry#* }
        start=$SECONDS
        status=0
        bash "$LOGS/$name.lane" >"$LOGS/$name.log" 2>&1 || status=$?
        echo "$status $((SECONDS - start))" >"$LOGS/$name.lane"
    done
}

gather() {
    local entry name status took
    wait "${LANE_PIDS[@]}"
    for entry in "${LANED[@]}"; do
        name=${entry#* }
        read -r status took <"$LOGS/$name.lane"
        rm -f "$LOGS/$name.lane"
        count_suite "$name" $((SECONDS - took)) "$status"
    done
}

count_suite() { # NAME START STATUS
    local name=$1 log=$LOGS/$1.log start=$2 status=$3 good=0 bad=1
    if [[ $(tail -n 1 "$log") =~ ([0-9]+)\ (passed|flips),\ ([0-9]+)\ failed ]]
    then
        good=${BASH_REMATCH[1]}
        bad=${BASH_REMATCH[3]}
        [ "${BASH_REMATCH[2]}" = passed ] || good=$((good - bad))
        # An exit status and counts that disagree are a failure as well.
        [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
        [ "$good" -gt 0 ] || [ "$bad" -gt 0 ] || bad=1
    else
        echo "no count in the last line; exit status $status" >>"$log"
    fi
    report "$name" $((SECONDS - start)) "$good" "$bad" "$log"
}

ctests() {
    local name=$1 log=$LOGS/$1.log start=$SECONDS good=0 bad=1
    shift
    ctest --test-dir "$@" -j "$JOBS" --output-on-failure --no-tests=error \
        >"$log" 2>&1
    if [[ $(grep -a 'tests passed' "$log") =~ \
        ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
        bad=${BASH_REMATCH[1]}
        good=$((BASH_REMATCH[2] - bad))
    fi
    report "$name" $((SECONDS - start)) "$good" "$bad" "$log"
}

build_preset() { # NAME
    cmake --preset "$1" -G Ninja &&
        cmake --build "$ROOT/build$([ "$1" = release ] || echo "-$1")" \
            -j "$JOBS" -- --quiet -k 0
}

# The programmes that shorter runs do a part of, each with its seed printed.
SEED=${MOHUR_SEED:-$(date -u +%Y%m%d)}

builds() { # full|quick: quick has of clang the warnings alone, not its objects
    step build-release build_preset release
    if [ "$1" = full ]; then
        step build-clang build_preset clang
    else
        step clang-warnings clang_warnings
    fi
    step build-asan build_preset asan
}

# The warnings of clang over every file, with the flags of a release.
clang_warnings() {
    cmake --preset clang -G Ninja &&
        ninja -C "$ROOT/build-clang" --quiet portal/pages/pages.h &&
        tests/checks/analyze.py warnings "$ROOT/build-clang"
}

unit_tests() {
    ctests unit-tests "$BUILD"
    ASAN_OPTIONS=detect_leaks=1 ctests unit-tests-asan "$ROOT/build-asan"
}

# Makes the samples that the suites share.
samples() {
    rm -rf "$BUILD/samples"
    step samples /usr/bin/python3 tests/pki/make_samples.py "$BUILD/samples"
    step samples-cross-check /usr/bin/python3 tests/pki/cross_check.py "$BUILD/samples"
}

suites() { # FLIPS
    laned tokens keys-card /usr/bin/python3 tests/hsm_card.py --build "$BUILD" \
        --pki "$BUILD/samples/pki" --seed "$SEED" --faults $(($1 / 50))
    laned tokens serve /usr/bin/python3 tests/serve/serve.py --build "$BUILD" \
        --noise $(($1 / 500))
    laned pages pages tests/browser/run.py --build "$BUILD" \
        --samples "$BUILD/samples" \
        --one-language "$([ "$1" -gt 5000 ] || echo "$SEED")"
    laned pages story tests/browser/story.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned pages court tests/browser/court.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned tokens sign-asic /usr/bin/python3 tests/sign_asic.py --mohur "$BUILD/mohur" \
        --tool "$BUILD/sign_tool" --corpus ../shared/corpus
    laned tokens audit-log /usr/bin/python3 tests/audit.py --build "$BUILD" \
        --seed "$SEED" --count $(($1 / 25)) --kills $(($1 / 100))
    laned tokens mobile-portal tests/serve/mobile.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned tokens store-postgresql /usr/bin/python3 tests/portal/pgstore.py \
        --build "$BUILD" --lanes 2
    laned tokens logs tests/serve/logs.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned tokens notify tests/serve/notify.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court filing tests/serve/filing.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court clerk tests/serve/clerk.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court packaging tests/serve/package.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court auditor tests/serve/auditor.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court papers tests/serve/papers.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court applications tests/serve/applications.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court wizard tests/serve/wizard.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court complaints tests/serve/complaints.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court draw tests/serve/draw.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court enforcement tests/serve/enforcement.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court payments tests/serve/payments.py --build "$BUILD" \
        --samples "$BUILD/samples" --falls $(($1 / 500))
    laned court acts tests/serve/acts.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court reasons tests/serve/reasons.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court front tests/serve/front.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court admin tests/serve/admin.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court joining tests/serve/joining.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court cards tests/serve/cardhost.py --build "$BUILD" \
        --samples "$BUILD/samples"
    laned court card-tokens tests/serve/cardtoken.py --build "$BUILD" \
        --samples "$BUILD/samples"
    lanes
    rm -rf "$BUILD/attacks"
    suite attacks /usr/bin/python3 tests/attacks/run.py --mohur "$BUILD/mohur" \
        --out "$BUILD/attacks" --samples "$BUILD/samples" --jobs "$JOBS"
    suite flips /usr/bin/python3 tests/attacks/flips.py --mohur "$BUILD/mohur" --count "$1" \
        --seed "$SEED" --jobs "$JOBS"
    suite attacks-asan /usr/bin/python3 tests/attacks/run.py \
        --mohur "$ROOT/build-asan/mohur" --jobs "$JOBS" --only "${2:-/strict}" \
        --out "$BUILD/attacks" --samples "$BUILD/samples" \
        --part "$([ "$1" -gt 5000 ] && echo 1 || echo 2)" "$SEED"
    suite sign-pdf /usr/bin/python3 tests/sign_pdf.py --build "$BUILD"
    suite pkits /usr/bin/python3 tests/trust/pkits.py \
        --mohur "$BUILD/mohur" --jobs "$JOBS"
    suite limbo /usr/bin/python3 tests/trust/limbo.py \
        --mohur "$BUILD/mohur" --jobs "$JOBS"
    suite command-line /usr/bin/python3 tests/cli/run.py --mohur "$BUILD/mohur" \
        --samples "$BUILD/samples"
    suite courier tests/courier/courier.py --build "$BUILD"
    suite online tests/cli/online.py --mohur "$BUILD/mohur"
    suite receipts /usr/bin/python3 tests/cli/receipt.py --mohur "$BUILD/mohur"
    suite packages /usr/bin/python3 tests/cli/package.py --mohur "$BUILD/mohur"
    suite signing tests/cli/sign.py --mohur "$BUILD/mohur" \
        --kills "$(($1 / 100))" --seed "$SEED"
    suite signing-more tests/cli/sign_more.py --mohur "$BUILD/mohur"
    suite mobile-id tests/cli/mobile.py --mohur "$BUILD/mohur"
    suite contract /usr/bin/python3 tests/cli/contract.py --mohur "$BUILD/mohur" \
        --samples "$BUILD/samples"
    suite keys-softhsm /usr/bin/python3 tests/hsm_softhsm.py --build "$BUILD" \
        --pki "$BUILD/samples/pki" --seed "$SEED" --count $(($1 / 25)) --kills $(($1 / 1000))
    suite portal-http tests/portal/raw.py --build "$BUILD"
    suite portal-front tests/portal/nginx.py --build "$BUILD"
    suite portal-api tests/portal/api.py --build "$BUILD" --samples "$BUILD/samples"
    suite portal-sign /usr/bin/python3 tests/portal/sign_api.py --build "$BUILD"
    suite portal-seal tests/portal/seal_api.py --build "$BUILD" \
        --samples "$BUILD/samples"
    suite portal-pages tests/portal/pages.py --build "$BUILD" \
        --samples "$BUILD/samples"
    suite portal-cases tests/portal/cases.py --build "$BUILD"
    suite portal-kills tests/portal/kills.py --build "$BUILD" \
        --samples "$BUILD/samples" --seed "$SEED" --kills $(($1 / 250))
    suite portal-nodes /usr/bin/python3 tests/portal/nodes.py --build "$BUILD" \
        --samples "$BUILD/samples" --seed "$SEED" \
        --kills $(($1 > 5000 ? 50 : 3))
    suite keyd /usr/bin/python3 tests/keyd/keyd.py --build "$BUILD" \
        --seed "$SEED" --kills $(($1 / 250))
    suite serve-real tests/serve/real.py --build "$BUILD" \
        --samples "$BUILD/samples"
    suite full-disk tests/serve/full.py --build "$BUILD" \
        --samples "$BUILD/samples"
    suite filing-kills tests/serve/filing_kills.py --build "$BUILD" \
        --samples "$BUILD/samples" --count $(($1 / 50)) --seed "$SEED" \
        --kills $(($1 > 5000 ? 200 : 2))
    suite backup /usr/bin/python3 tests/serve/backup.py --build "$BUILD"
    gather
}

# Real containers that nobody here wrote, where they are at hand.
corpus() {
    if [ ! -f ../shared/corpus/INDEX.tsv ] || [ ! -f ../shared/tools/score ]
    then
        echo "skipped      corpus: no shared corpus beside the project"
        return
    fi
    step corpus /usr/bin/python3 ../shared/tools/score --only '^(asic|pdf)/' \
        --min 97 --mohur "$BUILD/mohur" --out "$LOGS/corpus.json"
    step corpus-pdf /usr/bin/python3 ../shared/tools/score --only '^pdf/' \
        --min 95 --mohur "$BUILD/mohur" --out "$LOGS/corpus-pdf.json"
    suite sign-pdf-corpus /usr/bin/python3 tests/sign_pdf.py --build "$BUILD" \
        --only corpus --corpus ../shared/corpus
    step corpus-crashes /usr/bin/python3 tests/checks/corpus.py \
        "$BUILD/mohur" ../shared/corpus
    suite etsi-reports tests/checks/etsi.sh "$BUILD/mohur" \
        ../shared/corpus/schema "$BUILD/etsi" "$BUILD/samples" \
        ../shared/corpus/asic ../shared/corpus/pdf ../shared/corpus/suites/*
}

checks() { # PART: 1: static analysis of every file; else of a third
    step check-format tests/checks/format.sh
    step check-layers tests/checks/layers.py
    step check-headers tests/checks/headers.py "$BUILD"
    step check-words tests/checks/words.py
    step check-shell tests/checks/shell.sh
    suite check-units /usr/bin/python3 tests/checks/units.py
    suite check-package /usr/bin/python3 tests/checks/package.py "$BUILD"
    step check-texts tests/checks/texts.sh
    step check-man tests/checks/man.sh "$BUILD"
    step check-prefix tests/checks/programs.py prefix "$BUILD"
    step check-links tests/checks/programs.py links "$BUILD"
    step check-hardening tests/checks/programs.py hardening "$BUILD"
    step check-cppcheck tests/checks/cppcheck.sh
    step check-analyzer tests/checks/analyze.py analyzer "$BUILD" \
        "$1" "$SEED"
    step check-tidy tests/checks/analyze.py tidy "$ROOT/build-clang" \
        "$1" "$SEED"
}

# The area of the product that a fuzz target is for.
area_of() { # TARGET
    case $1 in
    cert | der | job | manifest | report | revocation | snapshot | tl | tst | \
        xades | xml | zip) echo documents ;;
    cms | jpeg | pdf | pdf_changes | pdf_sig | pdf_xref) echo pdf ;;
    asic_state | courier_wire | mid | pdf_sign | pkcs11_uri | textpdf | \
        token_wire | tsa) echo signing ;;
    audit_note | audit_record | config | control_wire | gateway | \
        http_gate | keyd_wire | multipart) echo appliance ;;
    *) return 1 ;;
    esac
}

# Prints the targets of the areas; without one, all.  1: a target has no area.
targets_of() { # AREA...
    local source target area
    for source in fuzz/fuzz_*.c; do
        target=$(basename "$source" .c)
        target=${target#fuzz_}
        area=$(area_of "$target") || return 1
        if [ $# -eq 0 ] || [[ " $* " == *" $area "* ]]; then
            echo "$target"
        fi
    done
}

# Fuzzes each target for so long; a finding is left in build-fuzz/found.
fuzzing() { # SECONDS AREA...
    local name list start=$SECONDS
    list=$(targets_of "${@:2}") || list=
    step fuzz-targets test -n "$list"
    step build-fuzz build_preset fuzz
    # As many targets at a time as there are processors.
    for name in $list; do
        while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
            wait -n || true # its own status says what it came to
        done
        { tests/checks/fuzz.sh "fuzz_$name" "$1" "$SEED" \
            >"$LOGS/fuzz_$name.log" 2>&1
          echo $? >"$LOGS/fuzz_$name.status"; } &
    done
    wait
    for name in $list; do
        if [ "$(cat "$LOGS/fuzz_$name.status")" = 0 ]; then
            report "fuzz_$name" $((SECONDS - start)) 1 0 "$LOGS/fuzz_$name.log"
        else
            report "fuzz_$name" $((SECONDS - start)) 0 1 "$LOGS/fuzz_$name.log"
        fi
        rm -f "$LOGS/fuzz_$name.status"
    done
}

# The card behind the pcscd that the system has.
pcscd() {
    if unshare --net --mount true 2>"$LOGS/unshare.log"; then
        suite keys-pcscd /usr/bin/python3 tests/hsm_pcscd.py --build "$BUILD"
    else
        echo "skipped    keys-pcscd: namespaces of its own are not allowed"
    fi
}

# What others say of what we sign, where tests/interop/get.sh has put them.
interop() {
    if [ -d "$BUILD/oracles" ]; then
        suite interop tests/interop/run.py --build "$BUILD"
    else
        echo "skipped    interop: no build/oracles; tests/interop/get.sh" \
            "fetches DSS and pyHanko"
    fi
}

# Line coverage of docformat by the tests and seeds, and by the seeds alone.
coverage() {
    step build-coverage build_preset coverage
    step coverage tests/checks/coverage.sh
}

# What failed once more at the end, where whoever reads the last lines sees it.
finish() {
    printf '%s' "$FAILURES"
    echo "seed $SEED (MOHUR_SEED), $((SECONDS / 60)) min $((SECONDS % 60)) s"
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}
