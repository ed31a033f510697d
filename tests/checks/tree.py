"""What the checks share: the tree, its files, and running things two by two."""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROOMS = ("base", "docformat", "hsm", "signer", "portal", "tests", "fuzz")


def files(*endings, rooms=None):
    """Paths below ROOT with one of the endings, sorted; builds left out."""
    found = []
    for folder, names, leaves in os.walk(ROOT):
        top = pathlib.Path(folder).relative_to(ROOT)
        if not top.parts:
            names[:] = [n for n in names
                        if n not in (".git", "out") and
                        not n.startswith("build") and
                        (rooms is None or n in rooms)]
        names[:] = [n for n in names if n not in (
            "__pycache__", "node_modules", "seeds")]
        if not top.parts:
            leaves = [n for n in leaves if rooms is None and n != ".git"]
        found += [top / n for n in leaves if not endings or
                  n.endswith(endings)]
    return sorted(found)


def run(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, check=False,
                          cwd=ROOT, **more)


def each(function, items, jobs=2):
    """function(item) -> text of what is wrong, or ''; prints; exit status."""
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for text in pool.map(function, items):
            if text:
                print(text.rstrip())
                bad += 1
    print(f"{len(items)} looked at, {bad} wrong")
    return 1 if bad or not items else 0


def commands(build):
    """Compile commands of the project's own files, one a file."""
    path = pathlib.Path(build) / "compile_commands.json"
    seen = {}
    for row in json.loads(path.read_text()):
        file = pathlib.Path(row["file"])
        if file.is_relative_to(ROOT) and not file.is_relative_to(
                pathlib.Path(build).resolve()):
            seen.setdefault(file, row)
    return [seen[f] for f in sorted(seen)]


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
            if word.startswith("-D_FORTIFY") or pair in found:
                continue
            found.append(pair)
    return [w for pair in found for w in pair]


def main(function):
    sys.exit(function(sys.argv))
