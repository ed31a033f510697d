#!/usr/bin/python3
"""Static analysis of every compiled file, two at a time.

    analyze.py tidy|analyzer BUILD      BUILD holds compile_commands.json

tidy: clang-tidy with the checks of .clang-tidy.  analyzer: gcc -fanalyzer at
-O0, where it finds more than when optimizing.
"""

import pathlib
import sys

from tree import ROOT, commands, each, flags, main, run


# A row check is two branches after its macro.  Tests abort in ways that no
# analyzer can follow (cmocka's longjmp): gcc's does not see them either.
TESTS = "-readability-function-cognitive-complexity,-clang-analyzer-*"


def tidy(build):
    def one(row):
        test = pathlib.Path(row["file"]).is_relative_to(ROOT / "tests")
        done = run(["clang-tidy-14", "--quiet", "-p", build,
                    *(["--checks=" + TESTS] if test else []),
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
    kind = {"tidy": tidy, "analyzer": analyzer}[argv[1]](build)
    rows = commands(build)
    if argv[1] == "analyzer":
        rows = [r for r in rows if not pathlib.Path(
            r["file"]).is_relative_to(ROOT / "tests")]
    return each(kind, rows)


if __name__ == "__main__":
    sys.exit(main(check))
