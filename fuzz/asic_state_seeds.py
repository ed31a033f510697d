#!/usr/bin/python3
"""Writes fuzz/seeds/asic_state: states of every form, as sign_tool gives
them, and some that are wrong in one place.

    asic_state_seeds.py SIGN_TOOL
"""

import argparse
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import sign_asic  # noqa: E402


def main():
    out = HERE / "seeds" / "asic_state"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        lab = sign_asic.Lab(argparse.Namespace(
            mohur=None, tool=str(pathlib.Path(sys.argv[1]).resolve()),
            pki=None), work)
        files = [("a.txt", b"a\n")]
        for form in sign_asic.FORMATS:
            seed = lab.prepare(form, files)["state"].read_bytes()
            (out / form).write_bytes(seed)
            path = lab.sign(form, files, level="LT")
            state = lab.path("raise")
            lab.tool("imprints", ("step", "LTA"), ("file", path),
                     ("digest-name", "sha256"), ("state", state))
            (out / f"raise-{form}").write_bytes(
                pathlib.Path(f"{state}.0").read_bytes())
        seed = (out / "adoc").read_bytes()
        (out / "family").write_bytes(b"\x02" + seed[1:])
        (out / "version").write_bytes(seed[:1] + b"\x02" + seed[2:])
        (out / "cut").write_bytes(seed[:-1])
        (out / "longer").write_bytes(seed + b"\0")
        (out / "directory").write_bytes(
            seed.replace(b"PK\x01\x02", b"PK\x01\x03", 1))
        (out / "adding").write_bytes(lab.prepare(
            "asics", [("box", lab.sign("asics", files))],
            add=True)["state"].read_bytes())


if __name__ == "__main__":
    main()
