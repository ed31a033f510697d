#!/usr/bin/python3
"""Words and bytes that no file of the project may hold.

    words.py

Paths of one machine, unfinished work without an issue's number, tabs and
spaces at the end of a line, files that are not UTF-8 or end without a line
break, Python that does not parse.
"""

import ast
import re
import sys

from tree import ROOT, files

MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b(?!\(#\d+\))")
TAB_ENDINGS = (".tsv", ".txt")


def check(path, problems):
    raw = (ROOT / path).read_bytes()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        problems.append(f"{path}: not UTF-8")
        return
    if raw and not raw.endswith(b"\n"):
        problems.append(f"{path}: no line break at its end")
    for number, line in enumerate(text.split("\n"), 1):
        if path.name != "LICENSE" and line != line.rstrip():
            problems.append(f"{path}:{number}: space at the end")
        if "\t" in line and path.suffix not in TAB_ENDINGS:
            problems.append(f"{path}:{number}: tab")
        if MACHINE.search(line):
            problems.append(f"{path}:{number}: a path of one machine")
        if UNFINISHED.search(line):
            problems.append(f"{path}:{number}: unfinished, without an issue")
    if path.suffix == ".py":
        try:
            ast.parse(text)
        except SyntaxError as error:
            problems.append(f"{path}: {error}")


def main():
    problems = []
    every = [p for p in files() if p.parent.name != "data" and
             p.suffix not in (".pyc", ".der", ".pem", ".p12", ".pdf", ".zip")]
    for path in every:
        check(path, problems)
    print("\n".join(problems + [
        f"{len(every)} files, {len(problems)} wrong"]))
    return 1 if problems or not every else 0


if __name__ == "__main__":
    sys.exit(main())
