#!/usr/bin/python3
"""Static analysis of every compiled file, two at a time.

    analyze.py warnings|tidy|analyzer BUILD [PART SEED]

BUILD holds compile_commands.json.  warnings: the compiler's own, as in a
build that makes no objects.  tidy: clang-tidy with the checks of
.clang-tidy; clang's own analyzer, nine tenths of its time, looks at one file
in PART only (tests/run: 10; tests/release: 1).  analyzer: gcc -fanalyzer at
-O0, where it finds more than when optimizing.  With a PART above 1 both look
at a third of the files, another choice for every SEED.
"""

import math
import pathlib
import random
import shlex
import sys

from tree import ROOT, commands, each, flags, main, run


# A row check is two branches after its macro.  Tests abort in ways that no
# analyzer can follow (cmocka's longjmp): gcc's does not see them either.
QUICK = "-clang-analyzer-*"
TESTS = QUICK + ",-readability-function-cognitive-complexity"


THIRD = 3


def some(rows, part, seed):
    """Of all of them where that is wanted, else a third."""
    count = len(rows) if part == 1 else -(-len(rows) // THIRD)
    print(f"{count} of {len(rows)} files, seed {seed}")
    return random.Random(seed).sample(rows, count)


def warnings(row):
    words = shlex.split(row["command"])
    at = words.index("-o")
    done = run([*words[:at], "-fsyntax-only", *words[at + 2:]])
    return "" if done.returncode == 0 else done.stderr


def is_test(row):
    return pathlib.Path(row["file"]).is_relative_to(ROOT / "tests")


def tidy(build, rows, part, seed):
    """rows: those that are looked at, of which some wholly."""
    product = [r["file"] for r in rows if not is_test(r)]
    share = 1 if part == 1 else THIRD / part
    whole = set(random.Random(seed).sample(
        product, math.ceil(len(product) * share)))
    print(f"clang's analyzer: {len(whole)} of {len(product)}, seed {seed}")

    def one(row):
        less = TESTS if is_test(row) else QUICK
        done = run(["clang-tidy-14", "--quiet", "-p", build,
                    *([] if row["file"] in whole else ["--checks=" + less]),
                    "--extra-arg=-Wno-unknown-warning-option",
                    "--extra-arg=-Wno-unknown-attributes", row["file"]])
        return "" if done.returncode == 0 else done.stdout
    return one


def analyzer(build):
    words = flags(build)

    def one(row):
        done = run(["gcc", "-std=c11", "-O0", "-fanalyzer", "-Werror",
                    *words, "-c", row["file"], "-o", "/dev/null"])
        return "" if done.returncode == 0 else done.stderr
    return one


def check(argv):
    build = str(pathlib.Path(argv[2]).resolve())
    rows = commands(build)
    if argv[1] == "warnings":
        return each(warnings, rows)
    part, seed = (int(argv[3]), argv[4]) if argv[3:] else (1, "0")
    if argv[1] == "analyzer":
        product = [r for r in rows if not is_test(r)]
        return each(analyzer(build), some(product, part, seed))
    rows = some(rows, part, seed)
    return each(tidy(build, rows, part, seed), rows)


if __name__ == "__main__":
    sys.exit(main(check))
