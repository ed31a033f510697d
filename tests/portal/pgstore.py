#!/usr/bin/python3
"""The store on a real PostgreSQL, which this starts: every test of the store,
each in an empty database; and every statement that the store has, translated
and prepared by the server on the tables of the migrations.

    pgstore.py --build BUILD [--lanes N] [TEST...]
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from pgserver import Server
from portal import Checks

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TEMPLATE = "migrated"  # all tests begin with its tables
TYPES = ["unknown", "bigint", "text", "bytea"]
ROUNDS = 60
# What is SQLite's alone, or PostgreSQL's: not the store's words.
OWN = re.compile(r"pg[a-z]*\.c$|node\.c$|dialect[a-z]*\.c$|migrate[a-z]*\.c$"
                 r"|joinschema\.c$")


def asks(path):
    """Whether a file has where.h, by another header or itself."""
    return any(name == "where" or asks(ROOT / f"tests/portal/{name}.h")
               for name in re.findall(r'"tests/portal/(\w+)\.h"',
                                      path.read_text()))


def tests():
    """The programs that ask where.h for their store."""
    return [path.stem for path in sorted(
        (ROOT / "tests/portal").glob("test_*.c")) if asks(path)]


def run_test(server, build, name):
    program = next(p for p in build.rglob(name) if p.is_file())
    done = subprocess.run(
        [program], capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "MOHUR_TEST_STORE": server.info,
             "MOHUR_TEST_TEMPLATE": TEMPLATE})
    text = done.stdout + done.stderr
    passed = sum(int(n) for n in re.findall(r"PASSED  \] (\d+) test", text))
    return done.returncode, passed, text


def literals(command, path):
    """The statements in a file, after the preprocessor."""
    words = shlex.split(command)
    words = words[:words.index("-o")]
    words = [w for w in words if w not in ("-c", "-MD")]
    for flag in ("-MT", "-MF"):
        if flag in words:
            at = words.index(flag)
            del words[at:at + 2]
    text = subprocess.run([*words, "-E", "-P", path], check=True,
                          capture_output=True, text=True).stdout
    found, string = [], None
    for m in re.finditer(
            r'"((?:[^"\\\n]|\\.)*)"|\'(?:[^\'\\\n]|\\.)+\'|\s+|.', text):
        if m.group(0).startswith('"'):
            string = (string or "") + m.group(1)
        elif not m.group(0).isspace():
            if string is not None:
                found.append(string)
            string = None
    return [s.replace("\\n", "\n") for s in found
            if re.match(r" *(SELECT|INSERT|UPDATE|DELETE|WITH)\b", s)
            and "pragma_" not in s]


def statements(build):
    commands = json.loads((build / "compile_commands.json").read_text())
    found = {}
    for c in commands:
        path = pathlib.Path(c["file"])
        if path.parent == ROOT / "portal/store" and not OWN.match(path.name):
            for sql in literals(c["command"], path):
                found.setdefault(sql, path.name)
    return found


def translated(build, sql):
    """What the server gets; whether a value is there says nothing of what it
    is."""
    text = subprocess.run([build / "dialect_print"], input=sql, check=True,
                          capture_output=True, text=True).stdout
    return re.sub(r"\$\d+ IS (NOT )?NULL", "true", text)


def prepare(server, database, texts):
    """What the server says to each: {number: text}."""
    script = "".join(
        f"\\echo @{n}\nPREPARE s({','.join(types)}) AS {sql};\n"
        f"DEALLOCATE ALL;\n" if types else
        f"\\echo @{n}\nPREPARE s AS {sql};\nDEALLOCATE ALL;\n"
        for n, (sql, types) in texts.items())
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "VERBOSITY=verbose", "-h", server.folder,
         "-U", "postgres", "-d", database], input=script, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    said = {n: "no answer: ERROR" for n in texts}
    for part in re.split(r"(?m)^@", done.stdout)[1:]:
        number, _, text = part.partition("\n")
        said[int(number)] = text
    return said


def first_types(text):
    """What a value is that is counted with, or not used; the server knows
    most others."""
    used = [int(n) for n in re.findall(r"\$(\d+)", text)]
    counted = re.findall(r"(?:[-+*/&]|CASE|CAST\() *\$(\d+)"
                         r"|\$(\d+) *(?:[-+*/&]|>>)", text)
    numbers = {int(a or b) for a, b in counted}
    return ["unknown" if n in used and n not in numbers else "bigint"
            for n in range(1, max(used, default=0) + 1)]


def guesses(said, types, first):
    """Other types of values, which the store says when it runs a statement
    and which are not in its text."""
    named = re.search(r"parameter \$(\d+)", said)
    if named and types[int(named.group(1)) - 1] == "unknown":
        tries = [(int(named.group(1)) - 1, "bigint")]
    else:
        tries = [(n, "text") for n, t in enumerate(types)
                 if t == "bigint" and first[n] == "unknown"]
        tries += [(n, "bigint") for n, t in enumerate(types)
                  if t == "unknown"]
    return [[*types[:n], t, *types[n + 1:]] for n, t in tries]


def prepare_all(server, database, build, check):
    found = statements(build)
    check("there are statements to prepare", len(found) > 400, len(found))
    names = list(found)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(lambda s: translated(build, s), names))
    left = {n: [first_types(text)] for n, text in enumerate(texts)}
    wrong = {}
    for _ in range(ROUNDS):
        todo = {n: (texts[n], queue.pop(0)) for n, queue in left.items()}
        for n, said in prepare(server, database, todo).items():
            if "ERROR" not in said:
                wrong.pop(n, None)
                del left[n]
                continue
            wrong[n] = said
            left[n] += guesses(said, todo[n][1], first_types(texts[n]))
        left = {n: queue for n, queue in left.items() if queue}
        if not left:
            break
    for n, said in wrong.items():
        print(f"FAIL  {found[names[n]]}: {names[n][:300]}\n      {said[:600]}")
    check(f"{len(found)} statements: the server takes each", not wrong,
          len(wrong))


def main(argv):
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--lanes", type=int, default=3)
    parser.add_argument("only", nargs="*")
    args = parser.parse_args(argv[1:])
    build = args.build.resolve()
    check = Checks()
    names = args.only or tests()
    total = 0
    with Server() as server:
        with tempfile.TemporaryDirectory() as state:
            server.psql(f"CREATE DATABASE {TEMPLATE}")
            pathlib.Path(state, "postgresql").write_text(
                f"{server.info} dbname={TEMPLATE}")
            # Opening it is enough; what it does then may be what is wrong.
            subprocess.run([build / "mohur-portal", "sweep", "--state", state],
                           check=False)
        with concurrent.futures.ThreadPoolExecutor(args.lanes) as pool:
            runs = pool.map(lambda n: run_test(server, build, n), names)
            for name, (code, passed, text) in zip(names, runs):
                total += passed
                if not check(f"{name}: {passed} tests",
                             code == 0 and passed > 0, code):
                    print(text[-3000:])
        print(f"{total} tests on PostgreSQL")
        prepare_all(server, TEMPLATE, build, check)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
