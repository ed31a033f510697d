#!/usr/bin/python3
"""A judge's key in SoftHSM: a token of its own in the folder of an instance
that `mohur init` made, with a key and certificates of a test PKI, and its
section in mohur.conf.

    judge_token.py INSTANCE PKI [--entity NAME] [--key NAME]

PKI: a folder that tests/pki/pki.py saved.  One of that name that is there
already is replaced.  Prints the PIN.
"""

import argparse
import os
import pathlib
import secrets
import subprocess
import sys

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
ABOVE = {"clerk": ("government-ca", "policy-ca"),
         "citizen2": ("citizen-ca", "policy-ca"),
         "citizen-p384": ("citizen-ca", "policy-ca")}


def tool(instance, *argv):
    subprocess.run([str(a) for a in argv], check=True, capture_output=True,
                   timeout=60, env=dict(
                       os.environ,
                       SOFTHSM2_CONF=str(instance / "softhsm2.conf")))


def make(instance, pki, entity="clerk", key="judge-1", pin=None):
    """The PIN.  Who owns the instance's tokens owns this one as well."""
    instance, pki = pathlib.Path(instance), pathlib.Path(pki)
    pin = pin or "".join(secrets.choice("0123456789") for _ in range(8))
    tokens = instance / "tokens"
    owner = tokens.stat()
    conf = instance / "mohur.conf"
    known = f"\nkey {key} {{" in conf.read_text(encoding="utf-8")
    if known:
        tool(instance, "softhsm2-util", "--delete-token", "--token", key)
    tool(instance, "softhsm2-util", "--init-token", "--free", "--label", key,
         "--so-pin", secrets.token_hex(8), "--pin", pin)
    tool(instance, "softhsm2-util", "--import", pki / f"{entity}.key.pem",
         "--token", key, "--label", key, "--id", "01", "--pin", pin)
    for name, key_id in ((entity, "01"), *(
            (n, f"a{i}") for i, n in enumerate(ABOVE[entity]))):
        tool(instance, "pkcs11-tool", "--module", SOFTHSM, "--login", "--pin",
             pin, "--token-label", key, "--write-object", pki / f"{name}.der",
             "--type", "cert", "--id", key_id, "--label", name)
    if os.getuid() == 0:
        for path in (tokens, *tokens.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
    if not known:
        with open(conf, "a", encoding="utf-8") as out:
            out.write(f'\nkey {key} {{\n  purpose = judge\n'
                      f'  uri = "pkcs11:token={key};id=%01"\n}}\n')
    return pin


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("instance", type=pathlib.Path)
    parser.add_argument("pki", type=pathlib.Path)
    parser.add_argument("--entity", default="clerk", choices=ABOVE)
    parser.add_argument("--key", default="judge-1")
    args = parser.parse_args()
    print(make(args.instance, args.pki, args.entity, args.key))
    return 0


if __name__ == "__main__":
    sys.exit(main())
