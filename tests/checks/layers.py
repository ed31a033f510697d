#!/usr/bin/python3
"""Who may include whom: each room, each third-party library.

    layers.py

Also: a .c of a room includes its own header first (a main has none; a file
without a header of its own starts with one of its folder), files have at most
about 600 lines, includes are rooted at the repository, no file stands in no room.
"""

import re
import sys

from tree import ROOMS, ROOT, files

LINES = 600
TEST_LINES = 800  # their tables of rows are long
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)

# Which headers of other rooms a room may include.
MAY = {
    "base": (),
    "docformat": ("base/",),
    "hsm": ("base/",),
    "signer": ("base/", "docformat/docformat.h", "hsm/hsm.h"),
    "portal": ("base/",),
}

# Headers that the build makes.
MADE = ("pages.h",)

# Third-party headers, by the beginning of their name, and who may use them.
LIBRARIES = {
    "openssl/": ("base/digest/", "hsm/", "signer/", "portal/"),
    "malloc.h": ("base/sys/heap.c",),
    "seccomp.h": ("base/sys/",),
    "confuse.h": ("base/sys/", "signer/cmd/"),
    "zip.h": ("docformat/zip/",),
    "zlib.h": ("docformat/",),
    "libdeflate.h": ("docformat/",),
    "libxml/": ("docformat/",),
    "utf8proc.h": ("docformat/", "signer/trust/"),
    "qpdf/": ("docformat/pdf/",),
    "gnutls/": ("signer/examiner/gnutls.h",),
    "unicode/": ("signer/examiner/icu.h",),
    "hb.h": ("docformat/text/",),
    "hb-subset.h": ("docformat/text/",),
    "jansson.h": ("base/report/json.c", "base/remote/", "signer/", "portal/"),
    "curl/": ("signer/courier/",),
    "p11-kit/": ("hsm/",),
    "dlfcn.h": ("hsm/module.c",),
    "microhttpd.h": ("portal/http/",),
    "sqlite3.h": ("portal/store/",),
    "libpq-fe.h": ("portal/store/",),
    "argon2.h": ("portal/",),
}

# What the C library and the kernel give to everybody.
SYSTEM = re.compile(
    r"^(sys|linux|netinet|arpa|net)/[a-z0-9_]+\.h$|"
    r"^(assert|ctype|dirent|elf|errno|fcntl|fnmatch|getopt|grp|inttypes|libgen|limits|"
    r"locale|math|netdb|poll|pthread|pwd|sched|signal|spawn|stdalign|stdarg|"
    r"stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|"
    r"termios|time|unistd|wchar)\.h$")


def check_local(path, name, problems):
    room = path.parts[0]
    if name in MADE:
        return
    if not (ROOT / name).exists() or "/" not in name:
        problems.append(f'{path}: "{name}" is not rooted at the repository')
        return
    if room in ("tests", "fuzz") or name.startswith(room + "/"):
        return
    if not name.startswith(MAY[room]):
        problems.append(f'{path}: {room} may not include "{name}"')


def check_system(path, name, problems):
    if path.parts[0] in ("tests", "fuzz") or SYSTEM.match(name):
        return
    for library, users in LIBRARIES.items():
        if name.startswith(library):
            if not str(path).startswith(users):
                problems.append(f"{path}: <{name}> is not for this folder")
            return
    problems.append(f"{path}: <{name}> is of no known library")


def check_first(path, includes, problems):
    """The first include of a .c is its own header."""
    if path.parts[0] in ("tests", "fuzz") or path.name.startswith("main_"):
        return
    own = path.with_suffix(".h")
    first = includes[0][1] if includes else ""
    if (ROOT / own).exists():
        good = first == str(own)
    else:
        good = first.startswith(str(path.parent) + "/")
    if not good:
        problems.append(f"{path}: does not include its own header first")


def check_file(path, problems):
    text = (ROOT / path).read_text()
    if path.parts[0] not in ROOMS:
        problems.append(f"{path}: stands in no room")
        return
    lines = text.count("\n")
    most = TEST_LINES if path.parts[0] == "tests" else LINES
    if lines > most:
        problems.append(f"{path}: {lines} lines, at most {most}")
    includes = [m.groups() for m in INCLUDE.finditer(text)]
    for kind, name in includes:
        if kind == '"':
            check_local(path, name, problems)
        else:
            check_system(path, name, problems)
    if path.suffix == ".c":
        check_first(path, includes, problems)
    if path.suffix == ".h":
        guard = re.sub(r"[/.]", "_", str(path)).upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            problems.append(f"{path}: its guard is not {guard}")


def main():
    problems = []
    every = files(".c", ".h")
    for path in every:
        check_file(path, problems)
    print("\n".join(problems + [
        f"{len(every)} files, {len(problems)} wrong"]))
    return 1 if problems or not every else 0


if __name__ == "__main__":
    sys.exit(main())
