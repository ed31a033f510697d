#!/usr/bin/python3
"""Every header compiles alone, under gcc and clang.

    headers.py BUILD        BUILD holds compile_commands.json
"""

import sys

from tree import each, files, flags, main, run

COMPILERS = ("gcc", "clang-14")


def check(argv):
    shared = ["-std=c11", "-fsyntax-only", "-x", "c", "-O2", "-Wall",
              "-Wextra", "-Werror", *flags(argv[1])]
    headers = files(".h")
    todo = [(c, h) for c in COMPILERS for h in headers]

    def one(item):
        compiler, header = item
        done = run([compiler, *shared, "-include", str(header), "/dev/null"])
        return "" if done.returncode == 0 else done.stderr + str(item)

    return each(one, todo)


if __name__ == "__main__":
    sys.exit(main(check))
