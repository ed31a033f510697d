#!/usr/bin/python3
"""Writes attacks over our own containers, and the index of what must happen.

    generate.py OUT

OUT/index.tsv has one row an attack and policy (columns: stage.COLUMNS).
items.txt lists the classes of attack; each needs at least two rows.
"""

import sys
import warnings

warnings.filterwarnings("ignore")

from stage import Book, Stage  # noqa: E402

MODULES = ("attack_wrap", "attack_xml", "attack_trust", "attack_zip",
           "attack_asic", "attack_scope", "attack_cms", "attack_pdf",
           "attack_jpeg", "attack_every")


def main(argv):
    if len(argv) != 2:
        print("usage: generate.py OUT", file=sys.stderr)
        return 64
    stage, book = Stage(argv[1]), Book(argv[1])
    for name in MODULES:
        __import__(name).run(stage, book)
    book.write()
    print(f"{len(book.names)} documents, {len(book.rows)} rows in {argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
