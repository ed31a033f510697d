#!/usr/bin/python3
"""What was built is what was meant.

    programs.py prefix|links|hardening BUILD

prefix: every symbol a library exports begins with its room's prefix.
links: a program needs no library but those of its list.
hardening: PIE, full RELRO, no executable stack, stack protector, fortified
functions, no text relocations, no search path for libraries.
"""

import pathlib
import re
import sys

from tree import main, run

PREFIXES = {
    "base/libmh_base.a": "mh_",
    "docformat/libdf.a": "df_",
    "hsm/libhsm.a": "hsm_",
    "signer/libsg.a": "sg_",
    "portal/libpt.a": "pt_",
}

C = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
# The command line hands documents to the examiner: no parser library there.
PROGRAMS = {
    "mohur": C | {"libcrypto.so.3", "libjansson.so.4", "libconfuse.so.2",
                  "libseccomp.so.2", "libutf8proc.so.2",
                  "libp11-kit.so.0"},  # URIs only: it loads no module
    "mohur-portal": C | {"libcrypto.so.3", "libjansson.so.4",
                         "libseccomp.so.2", "libmicrohttpd.so.12",
                         "libsqlite3.so.0", "libpq.so.5", "libargon2.so.1"},
    "mohur-keyd": C | {"libcrypto.so.3", "libseccomp.so.2",
                       "libp11-kit.so.0"},  # URIs only: it loads no module
    "mohur-token": C | {"libseccomp.so.2", "libp11-kit.so.0"},
    "mohur-softtoken": C | {"libseccomp.so.2", "libp11-kit.so.0"},
    # Theirs are inside them (MH_STATIC in signer/CMakeLists.txt).
    "mohur-examiner": set(),
    "mohur-examiner-pdf": set(),
    "mohur-courier": C | {"libcurl.so.4", "libcrypto.so.3", "libseccomp.so.2"},
}


def prefix(build):
    problems = []
    for name, wanted in PREFIXES.items():
        done = run(["nm", "--defined-only", "-g", str(build / name)])
        symbols = re.findall(r"^[0-9a-f]+ [A-TV-Z] (\S+)$", done.stdout, re.M)
        if done.returncode != 0 or not symbols:
            problems.append(f"{name}: no symbols")
        problems += [f"{name}: {s} lacks {wanted}" for s in symbols
                     if not s.startswith(wanted)]
    return problems


def links(build):
    problems = []
    for name, allowed in PROGRAMS.items():
        done = run(["readelf", "-dW", str(build / name)])
        needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", done.stdout))
        if done.returncode != 0 or bool(needed) != bool(allowed):
            problems.append(f"{name}: cannot be read")
        problems += [f"{name}: needs {lib}" for lib in needed - allowed]
    return problems


def hardening(build):
    problems = []
    for name in PROGRAMS:
        path = str(build / name)
        head = run(["readelf", "-hlW", path]).stdout
        dynamic = run(["readelf", "-dW", path]).stdout
        # A program that holds its libraries has no dynamic symbols.
        symbols = run(["readelf", "--dyn-syms" if PROGRAMS[name] else "-s",
                       "-W", path]).stdout
        stack = re.search(r"GNU_STACK\s.*?\s(R\S*)\s", head)
        facts = {
            "position independent": re.search(r"Type:\s+DYN", head),
            "RELRO": "GNU_RELRO" in head,
            "bound at start": re.search(r"FLAGS_1.*\bNOW\b", dynamic),
            "PIE": re.search(r"FLAGS_1.*\bPIE\b", dynamic),
            "stack not executable": stack and "E" not in stack.group(1),
            "no text relocations": dynamic and "TEXTREL" not in dynamic,
            "no library path": not re.search(r"RUNPATH|RPATH", dynamic),
            "stack protector": "__stack_chk_fail" in symbols,
            "fortified": re.search(r"__\w+_chk", symbols),
            "no executable data": not re.search(r"LOAD.*RWE", head),
        }
        problems += [f"{name}: not {fact}" for fact, ok in facts.items()
                     if not ok]
    return problems


def check(argv):
    build = pathlib.Path(argv[2]).resolve()
    problems = {"prefix": prefix, "links": links,
                "hardening": hardening}[argv[1]](build)
    print("\n".join(problems) or "nothing wrong")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(check))
