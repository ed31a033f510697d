#!/usr/bin/python3
"""Every header compiles alone, under gcc and clang.

    headers.py BUILD        BUILD holds compile_commands.json
"""

import shlex
import sys

from tree import commands, each, files, main, run

COMPILERS = ("gcc", "clang-14")


def flags(build):
    """Include folders and definitions of the whole project, once each."""
    found = []
    for row in commands(build):
        words = shlex.split(row["command"])
        for i, word in enumerate(words):
            pair = [word]
            if word == "-isystem":
                pair.append(words[i + 1])
            elif not word.startswith(("-I", "-D")):
                continue
            if word.startswith("-DT_") or pair in found:
                continue
            found.append(pair)
    return [w for pair in found for w in pair]


def check(argv):
    shared = ["-std=c11", "-fsyntax-only", "-x", "c", "-O2", "-Wall",
              "-Wextra", "-Werror", *flags(argv[1])]
    headers = [h for h in files(".h")]
    todo = [(c, h) for c in COMPILERS for h in headers]

    def one(item):
        compiler, header = item
        done = run([compiler, *shared, "-include", str(header), "/dev/null"])
        return "" if done.returncode == 0 else done.stderr + str(item)

    return each(one, todo)


if __name__ == "__main__":
    sys.exit(main(check))
