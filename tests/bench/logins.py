#!/usr/bin/python3
"""The login burst (portal.md 10.2): people sign in with passwords, ten a
second, while others read pages at the rate of a peak hour.

    logins.py BUILD

A store with 1,000 cases; both loads are sent at their times, whether the ones
before were answered or not.  Prints a line a ratio as the other benchmarks do;
exit status 0 only if none failed.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "portal"))

from pages import PASSWORD, Browser  # noqa: E402
from portal import Portal  # noqa: E402

PEOPLE = 20
PAGES_A_SECOND = 30
LOGINS_A_SECOND = 10
SECONDS = 8
ROUNDS = 3
FAILED = []


def ratio(name, value, at_least, bar, goal, unit=""):
    good = value >= bar if at_least else value <= bar
    if not good:
        FAILED.append(name)
    print(f"{'PASS' if good else 'FAIL'}  {name:<52} {value:10.2f} {unit}  "
          f"({'at least' if at_least else 'at most'} {bar:.2f}, "
          f"goal {goal:.2f})", flush=True)


def run(build, *words, password=None):
    subprocess.run([build / "mohur-portal", *map(str, words)], check=True,
                   input=password, text=True, stdout=subprocess.DEVNULL)


def make(build, state):
    state.mkdir()
    for n in range(PEOPLE):
        run(build, "account", "add", "--state", state, "--user", f"user{n}",
            "--role", "lawyer", "--name", "Sınaq", "--surname", "Burst",
            password=PASSWORD + "\n")
    run(build, "demo", "--state", state, "--generate", 1000, "--seed", 1,
        "--lawyer", "user0")


def paced(rate, seconds, call):
    """Calls at their times, each in a thread; (seconds, result) of each."""
    out, threads = [], []
    begun = time.monotonic()

    def one(n):
        start = time.monotonic()
        result = call(n)
        out.append((time.monotonic() - start, result))

    for n in range(int(rate * seconds)):
        time.sleep(max(0, begun + n / rate - time.monotonic()))
        threads.append(threading.Thread(target=one, args=(n,)))
        threads[-1].start()
    for t in threads:
        t.join(60)
    return out, time.monotonic() - begun


def p95(times):
    return statistics.quantiles(times, n=20)[-1]


def measure(portal, reader, entrants):
    """Times of pages with and without the burst; how many signed in, a
    second, and what else the service said."""
    def page(_):
        return reader.get("/cases").status

    def login(n):
        return entrants[n % PEOPLE].sign_in(f"user{n % PEOPLE}").status

    alone, _ = paced(PAGES_A_SECOND, SECONDS, page)
    burst = {}
    thread = threading.Thread(target=lambda: burst.update(
        zip(("done", "wall"), paced(LOGINS_A_SECOND, SECONDS, login))))
    thread.start()
    beside, _ = paced(PAGES_A_SECOND, SECONDS, page)
    thread.join(120)
    assert portal.process.poll() is None, "the portal ended"
    said = [status for _, status in burst["done"]]
    return ([t for t, _ in alone], [t for t, _ in beside],
            [s for _, s in alone + beside], said, burst["wall"])


def main(argv):
    if len(argv) != 2:
        print("usage: logins.py BUILD", file=sys.stderr)
        return 64
    build = pathlib.Path(argv[1]).resolve()
    slower, rates, bad, wrong = [], [], 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        state = pathlib.Path(scratch) / "state"
        make(build, state)
        with Portal(build, state=str(state), examiners=False) as portal:
            reader = Browser(portal)
            assert reader.sign_in("user0").status == 303
            entrants = [Browser(portal) for _ in range(PEOPLE)]
            for _ in range(ROUNDS):
                alone, beside, pages, said, wall = measure(
                    portal, reader, entrants)
                slower.append(p95(beside) / p95(alone))
                rates.append(said.count(303) / wall)
                bad += len(pages) - pages.count(200)
                wrong += len(said) - said.count(303) - said.count(503)
                print(f"      pages: 95 of 100 within {p95(alone) * 1e3:.1f} "
                      f"ms, beside the burst {p95(beside) * 1e3:.1f} ms")
    # The schedule itself takes a little longer than its seconds.
    ratio("logins a second that succeed", statistics.median(rates), True,
          LOGINS_A_SECOND * 0.95, LOGINS_A_SECOND)
    ratio("pages beside the burst, share of their p95", statistics.median(
        slower), False, 2, 1.2, "x")
    ratio("pages that failed", bad, False, 0, 0)
    ratio("logins answered with neither entry nor 503", wrong, False, 0, 0)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
