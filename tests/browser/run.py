#!/usr/bin/python3
"""The pages in Chromium, of an instance that `mohur init` makes and `mohur
serve` runs.

    run.py --build BUILD --samples SAMPLES [--shots FOLDER]

Installs what package-lock.json says (never committed) into BUILD/browser.
Ends with "N passed, N failed".
"""

import argparse
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    """A port whose neighbour is free as well: metrics stand there."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                continue


def install(build):
    folder = build / "browser"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", "pages.js"):
        shutil.copy(HERE / name, folder / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit",
                    "--no-fund"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def wait_for(url):
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url}: no answer")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--samples", required=True, type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    build = options.build.resolve()
    samples = options.samples.resolve()
    shots = (options.shots or build / "shots").resolve()
    folder = install(build)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        instance = pathlib.Path(scratch) / "instance"
        user = ["--user", "nobody"] if os.getuid() == 0 else []
        subprocess.run([build / "mohur", "init", "--port", str(port), *user,
                        instance], check=True, stdout=subprocess.DEVNULL)
        shutil.copy(samples / "pki" / "root.pem", instance / "trust")
        os.chmod(instance / "trust" / "root.pem", 0o644)
        with open(build / "logs-serve.txt", "w") as log:
            serve = subprocess.Popen(
                [build / "mohur", "serve", "--config",
                 instance / "mohur.conf"], stderr=log)
        try:
            wait_for(url + "/verify")
            done = subprocess.run(
                ["node", "pages.js", url, samples / "adoc-lta.adoc", shots],
                cwd=folder, timeout=600, check=False)
        finally:
            serve.terminate()
            serve.wait(timeout=30)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
