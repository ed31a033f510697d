#!/usr/bin/python3
"""Ratios 4 and 11 of limits.md: whole processes, by the clock on the wall.

    processes.py MOHUR FOLDER         FOLDER as make_input.py writes it
    processes.py --pdf MOHUR FOLDER   FOLDER as make_pades.py writes it; memory
                                      as well

Runs of the two sides take turns, and medians are compared, so that what else
runs on the machine slows both alike.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

RUNS = 41
WHEN = "2022-06-01T12:00:00Z"
BATCH = 40  # times all documents, for the batch
BATCH_RUNS = 7  # the least of so many: what else ran is not in it
PEAK_MIB = 32  # of memory, whatever the size of the PDF


def timed(command, folder=None):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True)
    took = time.perf_counter() - start
    if done.returncode not in (0, 2):  # 2: intact, no revocation data
        sys.exit(f"bench: {command[0]}: {done.stderr.decode()[-300:]}")
    return took


def medians(*sides):
    """The median of each side; a side is (command, folder)."""
    took = [[] for _ in sides]
    for _ in range(RUNS):
        for row, side in zip(took, sides):
            row.append(timed(*side))
    return [statistics.median(row) for row in took]


def ratio(name, value, bar, goal, at_least=False):
    good = value >= bar if at_least else value <= bar
    print(f"{'PASS' if good else 'FAIL'}  {name:52} {value:10.2f} x  "
          f"({'at least' if at_least else 'at most'} {bar:.2f}, "
          f"goal {goal:.2f})", flush=True)
    return good


def single(mohur, folder):
    ours = [mohur, "verify", "--time", WHEN, "--trust",
            str(folder / "trust.snap"), str(folder / "small.edoc")]
    peer = ["xmlsec1", "--verify", "--trusted-pem", "root.pem",
            "--untrusted-pem", "ca.pem", "--verification-gmt-time",
            "2022-06-01 12:00:00", "--id-attr:Id",
            "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
            "signatures.xml"]
    a, b = medians((ours,), (peer, folder / "xmlsec"))
    print(f"      mohur verify {a * 1e3:.1f} ms, "
          f"xmlsec1 --verify {b * 1e3:.1f} ms")
    return ratio("4 the whole process, against xmlsec1", a / b, 1.5, 1.0)


def halves(command, names, folder, cores):
    """What the machine gives: two runs that share nothing, a core each."""
    half = len(names) // 2
    runs = []
    start = time.perf_counter()
    for core, part in zip(cores, (names[:half], names[half:])):
        listed = folder / f"half{core}.txt"
        listed.write_text("\n".join(part) + "\n")
        os.sched_setaffinity(0, [core])
        runs.append(subprocess.Popen([*command, f"@{listed}"],
                                     stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL))
    status = [run.wait() for run in runs]
    if any(code not in (0, 2) for code in status):
        sys.exit(f"bench: half of a batch: {status}")
    return time.perf_counter() - start


def batch(mohur, folder):
    names = sorted(str(p) for k in ("rsa", "ec")
                   for p in (folder / k).glob("*.edoc")) * BATCH
    listed = folder / "list.txt"
    listed.write_text("\n".join(names) + "\n")
    base = [mohur, "verify", "--time", WHEN, "--trust",
            str(folder / "trust.snap"), f"@{listed}"]
    # One core does what the caller, the zygote and the worker do in turn.
    cores = sorted(os.sched_getaffinity(0))[:2]
    took = {1: [], 2: []}
    apart = []
    for _ in range(BATCH_RUNS):
        for count, row in took.items():
            os.sched_setaffinity(0, cores[:count])
            row.append(timed(base))
        apart.append(halves(base[:-1], names, folder, cores))
    one, two = (min(took[count]) for count in (1, 2))
    print(f"      {len(names)} documents: one core {one:.2f} s, "
          f"two {two:.2f} s; two runs of half of them, a core each, "
          f"{min(apart):.2f} s")
    return ratio("11 a batch on two cores, over one", one / two, 1.8, 1.9,
                 True)


# A child's peak begins with what its parent held when it forked: a parent with
# as little in it as there can be.
WATCH = """
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], {},
                       file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
_, status, used = os.wait4(child, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak(command):
    """The largest memory of a process of the run, in MiB."""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", WATCH, *command],
                          capture_output=True)
    if done.returncode not in (0, 2):
        sys.exit(f"bench: {command[0]}: {done.stderr.decode()[-300:]}")
    return int(done.stdout) / 1024


def pdfs(mohur, folder):
    """Whole processes beside pdfsig, which does not look at changes; and the
    memory that they need."""
    good = True
    most = {}
    for name in ("small", "10", "100"):
        ours = [mohur, "verify", "--time", WHEN, "--offline", "--trust",
                str(folder / "pki" / "root.pem"), str(folder / f"{name}.pdf")]
        peer = ["pdfsig", "-nocert", str(folder / f"{name}.pdf")]
        a, b = medians((ours,), (peer,))
        print(f"      {name}.pdf: mohur verify {a * 1e3:.1f} ms, "
              f"pdfsig {b * 1e3:.1f} ms")
        good = ratio(f"  whole process, {name}.pdf, against pdfsig", a / b,
                     1.0, 0.8) and good
        most[name] = max(peak(ours) for _ in range(3))
    most_of_all = max(most.values())
    fits = most_of_all <= PEAK_MIB
    print(f"      memory over small.pdf: {most['100'] - most['small']:.1f} MiB")
    print(f"{'PASS' if fits else 'FAIL'}  {'  memory of the largest process':52} "
          f"{most_of_all:10.1f} MiB (at most {PEAK_MIB})", flush=True)
    return good and fits


def main(argv):
    pdf = argv[1:2] == ["--pdf"]
    if len(argv) != 3 + pdf:
        print("usage: processes.py [--pdf] MOHUR FOLDER", file=sys.stderr)
        return 64
    folder = pathlib.Path(argv[2 + pdf]).resolve()
    mohur = str(pathlib.Path(argv[1 + pdf]).resolve())
    if pdf:
        return 0 if pdfs(mohur, folder) else 1
    good = [single(mohur, folder), batch(mohur, folder)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
