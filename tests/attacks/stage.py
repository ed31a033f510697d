"""What the attack modules share: documents to spoil and the book of rows.

Rules of a row: "R" must be refused or failed under both policies; "S" under
strict, while lenient shows at least the finding; "F" is a finding only;
"I" must not pass (INDETERMINATE or worse).
"""

import copy
import datetime as dt
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent
                       / "pki"))

import container  # noqa: E402
import xades  # noqa: E402
import zipwrite  # noqa: E402
from pki import SIGNING, VALIDATION, Pki  # noqa: E402

FAIL = "TOTAL-FAILED,REFUSED"
OPEN = "INDETERMINATE,TOTAL-FAILED"
NEVER = "INDETERMINATE,TOTAL-FAILED,REFUSED"
ANY = "*"
PASS = "TOTAL-PASSED"
ROOT = "pki/root.pem"
COLUMNS = ("id", "item", "path", "trust", "time", "policy", "verdicts",
           "codes", "level", "data")
TEXT = ("iddia.txt", "İddia ərizəsi, məbləğ 100 manat.\n".encode() * 4,
        "text/plain")
NOTE = ("qeyd.txt", b"A note beside it.\n", "text/plain")


class Stage:
    """The PKI and ready-made documents."""

    def __init__(self, out):
        self.pki = Pki.open(pathlib.Path(out) / "pki")
        self.cache = {}

    def box(self, files=(TEXT,), profile="asice", **row):
        """An ASiC-E container with one signature, as a Container."""
        row.setdefault("signer", "citizen")
        return container.asic_e(self.pki, list(files), [row], profile)

    def plain(self, files=(TEXT,)):
        """The same sound LT container each time, free to be changed."""
        key = tuple(f[0] for f in files)
        if key not in self.cache:
            self.cache[key] = self.box(files)
        return copy.deepcopy(self.cache[key])

    def two(self, **second):
        """Two signatures of level LT in two files."""
        row = dict(signer="citizen2")
        row.update(second)
        return container.asic_e(self.pki, [TEXT],
                                [dict(signer="citizen"), row])

    def hooked(self, stage, function, **row):
        """A packed container with one hook in its only signature.

        function gets the signature element alone."""
        return self.box(hooks={stage: lambda job, sig: function(sig)},
                        **row).pack()

    def edited(self, function, name="META-INF/signatures0.xml"):
        """A sound container whose file `name` went through function."""
        box = self.plain()
        entry = box.get(name)
        entry.data = function(entry.data)
        return box.pack()


class Book:
    """Collects the rows and writes the documents."""

    def __init__(self, out):
        self.out = pathlib.Path(out)
        self.rows = []
        self.names = set()
        self.section = "x"

    def add(self, item, name, data, codes, rule="R", **opts):
        """One attack.

        codes  any of these must appear ("-": no code is asked for)
        opts   verdicts, strict (verdicts of strict), trust, time (datetime),
               ext, level (of the finding), beside (name and bytes of the file
               that a detached signature signs)
        """
        name = f"{self.section}-{name}"
        if name in self.names:
            raise ValueError(f"two attacks named {name}")
        self.names.add(name)
        path = f"{self.section}/{name}.{opts.get('ext', 'asice')}"
        (self.out / self.section).mkdir(parents=True, exist_ok=True)
        (self.out / path).write_bytes(data)
        beside = "-"
        if opts.get("beside"):
            beside = f"{self.section}/{name}.d/{opts['beside'][0]}"
            (self.out / beside).parent.mkdir(exist_ok=True)
            (self.out / beside).write_bytes(opts["beside"][1])
        verdict = opts.get("verdicts")
        lenient = verdict or {"R": FAIL, "S": ANY, "F": ANY,
                              "I": OPEN}[rule]
        strict = opts.get("strict") or verdict or \
            {"R": FAIL, "S": FAIL, "F": ANY, "I": NEVER}[rule]
        level = opts.get("level", "-")
        when = xades.stamp(opts.get("time", VALIDATION))
        trust = opts.get("trust", ROOT)
        for policy, verdicts in (("lenient", lenient), ("strict", strict)):
            soft = "warning,error" if rule == "S" and policy == "lenient" \
                else level
            self.rows.append((f"{name}/{policy}", item, path, trust, when,
                              policy, verdicts, codes, soft, beside))

    def write(self):
        lines = ["\t".join(r) + "\n" for r in [COLUMNS, *self.rows]]
        (self.out / "index.tsv").write_text("".join(lines))


def later(**span):
    """A moment relative to the signing time."""
    return SIGNING + dt.timedelta(**span)


__all__ = ["ANY", "Book", "COLUMNS", "FAIL", "NEVER", "NOTE", "OPEN", "PASS",
           "ROOT", "SIGNING", "Stage", "TEXT", "VALIDATION", "container",
           "later", "xades", "zipwrite"]
