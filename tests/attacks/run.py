#!/usr/bin/python3
"""Runs `mohur verify` over the attacks and over the sound samples.

    run.py --mohur PATH [--jobs 2] [--out DIR] [--samples DIR] [--only REGEX]
           [--part N SEED] [--batch 48]

Makes attacks and samples in DIR (a temporary folder by default; one that
holds an index already is used as it is), verifies every row with JSON
report, offline, and prints each row whose verdict, finding code or finding
level is not what the index asks for.  Items of items.txt without two rows,
and codes that base/wire/codes.def does not know, are failures too.  Ends
with "N passed, N failed"; exit 1 if anything failed.
"""

import argparse
import concurrent.futures
import itertools
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TIMEOUT = 120
BASES = ("-table.", "-stream.", "-hybrid.", "+r3.", "+r4.", "+r6.")


def read_index(path):
    lines = path.read_text().splitlines()
    head = lines[0].split("\t")
    return [dict(zip(head, line.split("\t"))) for line in lines[1:]]


def attack_rows(out):
    """Rows of the attacks, with absolute paths."""
    rows = read_index(out / "index.tsv")
    for row in rows:
        row["file"] = str(out / row["path"])
        row["trust"] = str(out / row["trust"])
        row["data"] = [] if row["data"] == "-" else [str(out / row["data"])]
    return rows


def sample_rows(out):
    """Rows of the samples, in the columns of the attacks."""
    rows = []
    for row in read_index(out / "index.tsv"):
        data = [] if row["data"] == "-" else row["data"].split(";")
        rows.append({
            "id": f"sample/{row['path']}/{pathlib.Path(row['trust']).name}",
            "item": row["note"], "file": str(out / row["path"]),
            "trust": str(out / row["trust"]), "time": row["time"],
            "policy": "lenient", "verdicts": row["expected"], "codes": "-",
            "level": "-", "data": [str(out / d) for d in data]})
        if row["note"] == "writer profile":
            rows.append({**rows[-1], "policy": "strict",
                         "id": rows[-1]["id"] + "/strict"})
    return rows


def check_items(rows):
    """Items of items.txt that have fewer than two documents."""
    problems = []
    seen = {}
    for row in rows:
        seen.setdefault((row["id"].split("-")[0], row["item"]),
                        set()).add(row["path"])
    for line in (HERE / "items.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        section, item, *bases = line.split("\t")
        paths = seen.pop((section, item), ())
        if len(paths) < 2:
            problems.append(f"item with fewer than two attacks: {item}")
        problems += [f"item without an attack over {base}: {item}"
                     for base in BASES if bases == ["bases"] and
                     not any(base in p for p in paths)]
    problems += [f"item not in items.txt: {k}" for k in seen]
    return problems


def check_codes(rows):
    """Codes that are no row of codes.def."""
    text = (ROOT / "base" / "wire" / "codes.def").read_text()
    known = set(re.findall(r'^MH_F\(\w+, "([a-z0-9-]+)"', text, re.M))
    known.add("-")
    return [f"{row['id']}: unknown code {code}" for row in rows
            for code in row["codes"].split(",") if code not in known]


def batches(rows, size):
    """Groups of rows that one call can judge."""
    def key(row):
        return (row["policy"], row["time"], row["trust"],
                tuple(row["data"]))
    for _, group in itertools.groupby(sorted(rows, key=key), key):
        group = list(group)
        step = 1 if group[0]["data"] else size
        for n in range(0, len(group), step):
            yield group[n:n + step]


def verify(mohur, batch):
    """[(row, problem or None)] of one call."""
    row = batch[0]
    argv = [mohur, "verify", "--report", "json", "--offline", "--policy",
            row["policy"], "--time", row["time"], "--trust", row["trust"]]
    for data in row["data"]:
        argv += ["--data", data]
    argv += ["--"] + [r["file"] for r in batch]
    try:
        done = subprocess.run(argv, capture_output=True, check=False,
                              timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return [(r, f"no answer in {TIMEOUT} s") for r in batch]
    lines = done.stdout.decode(errors="replace").splitlines()
    if len(lines) != len(batch):
        if len(batch) > 1:
            return [pair for r in batch for pair in verify(mohur, [r])]
        text = done.stderr.decode(errors="replace").strip()[:200]
        return [(row, f"exit {done.returncode}, {len(lines)} lines: "
                      f"{text}")]
    return [(r, judge(r, line)) for r, line in zip(batch, lines)]


def judge(row, line):
    try:
        report = json.loads(line)
    except ValueError:
        return f"no JSON: {line[:100]}"
    found = list(report.get("findings", ()))
    for signature in report.get("signatures", ()):
        found += signature.get("findings", ())
    codes = {f["code"] for f in found}
    if "reason" in report:
        codes.add(report["reason"]["code"])
    subs = [s.get("sub_indication") for s in report.get("signatures", ())]
    seen = f"{report['verdict']} {subs} {','.join(sorted(codes)) or '-'}"
    if row["verdicts"] != "*" and \
            report["verdict"] not in row["verdicts"].split(","):
        return f"verdict {seen}; wanted {row['verdicts']}"
    if report["verdict"] == "NOT-JUDGED":
        return f"verdict {seen}"
    if row["codes"] == "-":
        return None
    wanted = set(row["codes"].split(","))
    if not codes & wanted:
        return f"codes {seen}; wanted {row['codes']}"
    levels = {f["level"] for f in found if f["code"] in wanted}
    if row["level"] != "-" and not levels & set(row["level"].split(",")):
        return f"level {','.join(levels)} of {row['codes']}; " \
               f"wanted {row['level']}"
    return None


def prepare(out, script):
    """Runs a maker unless its index exists already."""
    if not (out / "index.tsv").exists():
        out.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(script), str(out)], check=True,
                       stdout=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--samples", type=pathlib.Path)
    parser.add_argument("--only")
    parser.add_argument("--part", type=int, nargs=2, metavar=("N", "SEED"),
                        help="one row in N, another choice for every seed")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--check", action="store_true",
                        help="check the index alone, run nothing")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = (args.out or pathlib.Path(scratch)).resolve()
        prepare(out / "attacks", HERE / "generate.py")
        if args.samples is None:
            args.samples = out / "samples"
            prepare(args.samples, HERE.parent / "pki" / "make_samples.py")
        return run(args, out)


def run(args, out):
    attacks = attack_rows(out / "attacks")
    problems = check_items(attacks) + check_codes(attacks)
    rows = attacks + sample_rows(args.samples)
    if args.only:
        rows = [r for r in rows if re.search(args.only, r["id"])]
    if args.part:
        part, seed = args.part
        rows = random.Random(seed).sample(rows, -(-len(rows) // part))
    passed = 0
    if args.mohur and not args.check:
        mohur = str(pathlib.Path(args.mohur).resolve())
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for pairs in pool.map(lambda b: verify(mohur, b),
                                  batches(rows, args.batch)):
                for row, problem in pairs:
                    if problem is None:
                        passed += 1
                    else:
                        problems.append(f"{row['id']}: {problem}")
    for problem in sorted(problems):
        print(problem)
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
