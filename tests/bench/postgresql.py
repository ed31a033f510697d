#!/usr/bin/python3
"""The pages of bench_pages, and an event that concerns ten thousand people,
with the store on a PostgreSQL that this starts.

    postgresql.py BUILD FOLDER CASES
"""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "portal"))

from make_cases import make  # noqa: E402
from pgserver import Server  # noqa: E402


def main():
    if len(sys.argv) != 4:
        sys.exit("usage: postgresql.py BUILD FOLDER CASES")
    build, folder = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
    failed = 0
    with Server() as server:
        def run(state, script):
            server.psql("SET session_replication_role = replica;\n" + script,
                        state.name)

        # The large one first: a session made before it would be over by then.
        for name, cases in (("large", int(sys.argv[3])), ("small", 100)):
            state = folder / name
            state.mkdir(parents=True)
            server.psql(f"CREATE DATABASE {name}")
            (state / "postgresql").write_text(f"{server.info} dbname={name}")
            make(build, state, cases, run,
                 "decode(repeat('00', 32), 'hex')")
            server.psql("ANALYZE", name)
        for command in (
                [build / "bench_pages", build / "mohur-portal",
                 folder / "small", folder / "large"],
                [build / "test_fanout"]):
            failed += subprocess.run(
                command, check=False,
                env={**os.environ, "MOHUR_TEST_STORE": server.info}
            ).returncode != 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
