#!/usr/bin/python3
"""mohur sign, seal and extend: configuration, names, places, odd input and
what stays behind.

    sign_more.py --mohur PATH

Keys in SoftHSM and authorities on loopback as in sign.py; ends with
"N passed, N failed".
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from sign import (JPEG, LEVELS, PIN, SOFTHSM, Bench, small_pdf,  # noqa: E402
                  snapshot)

FILES_MAX = 239


def config(b, folder, **more):
    """A mohur.conf; its path."""
    rows = {"trust": f'{{ "{b.root}" }}', "tsa": f'"{b.url}/tsa"',
            "module": f'"{SOFTHSM}"',
            "seal-key": '"pkcs11:token=court;id=%03"',
            "seal-pin-source": f'"file:{b.pin}"', **more}
    path = folder.parent / f"{folder.name}.conf"
    path.write_text("".join(f"{k} = {v}\n" for k, v in rows.items()
                            if v is not None))
    return path


def seal(b):
    """Everything from mohur.conf."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n")
    (folder / "c.pdf").write_bytes(small_pdf())
    conf = config(b, folder)
    for name, out in (("a.txt", "a.edoc"), ("c.pdf", "c.signed.pdf")):
        done = b.run("--config", conf, "seal", "--level", "LTA", name,
                     cwd=folder)
        b.check(f"seal {name}", done.returncode == 0 and
                done.stdout == out + "\n", done.stderr)
        report = b.verify(folder / out)
        b.check(f"seal {name} verified", report["verdict"] == "TOTAL-PASSED"
                and report["signatures"][0]["level"] == "LTA", report)
    before = snapshot(folder)
    for option in ("--key", "--module", "--pin-source"):
        b.refused(f"seal {option}", b.run(
            "--config", conf, "seal", option, "x", "a.txt", cwd=folder), 64,
            "seal", folder, before)
    rows = [("no seal key", {"seal-key": None}, 64, "seal-key"),
            ("a seal key that is not there",
             {"seal-key": '"pkcs11:token=court;id=%77"'}, 5, ""),
            ("no PIN file", {"seal-pin-source": '"file:/none"'}, 5, ""),
            ("no authority", {"tsa": None}, 64, "--tsa"),
            ("an authority that is none", {"tsa": '"ldap://x/"'}, 64,
             "--tsa"),
            ("trust that is not there", {"trust": '{ "/none.pem" }'}, 64,
             "/none.pem")]
    for name, more, code, line in rows:
        done = b.run("--config", config(b, folder, **more), "seal", "--level",
                     "LT", "a.txt", "--out", "x.edoc", cwd=folder)
        b.refused(name, done, code, line, folder, before)
    done = b.run("--config", config(b, folder), "sign", *b.key(), "--level",
                 "LT", "--out", "t.edoc", "a.txt", cwd=folder)
    b.check("sign takes tsa and trust from it", done.returncode == 0,
            done.stderr)
    trust = b.folder()
    shutil.copy(b.root, trust / "root.pem")
    done = b.run("sign", *b.key(), "--tsa", b.url + "/tsa", "--trust", trust,
                 "--level", "LT", "--out", "f.edoc", "a.txt", cwd=folder)
    b.check("trust out of a folder", done.returncode == 0, done.stderr)
    b.expect("and it verifies", folder / "f.edoc", "TOTAL-PASSED", "LT")


def many(b):
    """Several documents, several files."""
    folder = b.folder()
    for name in ("out", "d1", "d2"):
        (folder / name).mkdir()
    (folder / "a.txt").write_text("salam\n")
    for n in range(5):
        (folder / f"{n}.pdf").write_bytes(small_pdf())
    done = b.sign("--out", "out", "a.txt", cwd=folder)
    b.check("--out names a folder", done.stdout == "out/a.edoc\n",
            done.stderr)
    # The PIN comes out of a pipe: it can be read once.
    read, write = os.pipe()
    os.write(write, PIN.encode())
    os.close(write)
    argv = b.key()
    argv[-1] = f"fd:{read}"
    names = [f"{n}.pdf" for n in range(5)]
    done = b.run("sign", *argv, *b.authority(), "--as", "pdf", "--out", "out",
                 *names, cwd=folder, pass_fds=(read,))
    os.close(read)
    b.check("five documents with one login", done.returncode == 0 and
            done.stdout.splitlines() == [f"out/{n}.signed.pdf"
                                         for n in range(5)], done.stderr)
    for n in range(5):
        b.expect(f"document {n}", folder / "out" / f"{n}.signed.pdf",
                 "INDETERMINATE", "B")
    for sub in ("d1", "d2"):
        (folder / sub / "x.pdf").write_bytes(small_pdf())
    done = b.sign("--as", "pdf", "--out", "out", "d1/x.pdf", "d2/x.pdf",
                  cwd=folder)
    b.check("two of one name: the first stays", done.returncode == 4 and
            done.stdout == "out/x.signed.pdf\n" and "exists" in done.stderr,
            done.stdout + done.stderr)
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7\nnothing\n")
    done = b.sign("--as", "pdf", "0.pdf", "bad.pdf", "none.pdf", "1.pdf",
                  cwd=folder)
    b.check("the good ones among bad ones", done.returncode == 4 and
            done.stdout == "0.signed.pdf\n1.signed.pdf\n" and
            len(done.stderr.splitlines()) == 2, done.stdout + done.stderr)
    many_files(b)


def many_files(b):
    folder = b.folder()
    paths = []
    for n in range(FILES_MAX + 1):
        paths.append(folder / f"{n}.txt")
        paths[-1].write_text(f"{n}\n")
    out = folder / "all.edoc"
    done = b.sign("--out", out, *paths[:-1])
    b.check(f"{FILES_MAX} files", done.returncode == 0, done.stderr)
    report = b.verify(out)
    b.check("all are signed", len(report["files"]) == FILES_MAX and
            all(f["signed_by"] == ["S0"] for f in report["files"]))
    before = snapshot(folder)
    b.refused("and one more", b.sign("--out", folder / "x.edoc", *paths), 64,
              "more files", folder, before)


def names(b):
    """What a container may hold, and what not."""
    folder = b.folder()
    rows = [("n" * 251 + ".txt", None), ("ə" * 125 + ".txt", None),
            (" a.txt", None), ("a\u202eb.txt", "zip-name"),
            ("a\u2067b.txt", "zip-name"), ("a\tb.txt", "zip-name"),
            ("a\nb.txt", "zip-name"), ("a\x7fb.txt", "zip-name"),
            ("a\u0085b.txt", "zip-name"), ("e\u0301.txt", "zip-name"),
            ("a\\b.txt", "zip-name"), ("a:b.txt", "zip-name"),
            ("mimetype", "zip-duplicate-name"),
            ("Mimetype", "zip-case-duplicate")]
    for name, rule in rows:
        path = folder / name
        path.write_text("salam\n")
        before = snapshot(folder)
        done = b.sign("--out", "o.edoc", name, cwd=folder)
        shown = ascii(name[:20])
        if rule:
            b.refused(f"name {shown}", done, 1, rule, folder, before)
        elif b.check(f"name {shown}", done.returncode == 0, done.stderr):
            with zipfile.ZipFile(folder / "o.edoc") as z:
                b.check(f"name {shown} as it was", name in z.namelist())
            (folder / "o.edoc").unlink()
        path.unlink()
    before = snapshot(folder)
    long = "n" * 251 + ".txt"
    (folder / long).write_text("salam\n")
    before = snapshot(folder)
    b.refused("no room for the suffix", b.sign(long, cwd=folder), 4,
              "too long", folder, before)
    raw = os.fsencode(folder) + b"/\xff.txt"
    with open(raw, "w", encoding="ascii") as f:
        f.write("salam\n")
    done = subprocess.run(
        [os.fsencode(x) for x in (b.mohur, "sign", *b.key(), "--out",
                                  folder / "o.edoc")] + [raw], env=b.env,
        capture_output=True, timeout=60, check=False)
    b.check("a name that is not UTF-8", done.returncode == 1 and
            b"zip-name" in done.stderr and not (folder / "o.edoc").exists(),
            done.stderr)


def places(b):
    """Standard input, links, folders, the input's own place."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n")
    (folder / "c.pdf").write_bytes(small_pdf())
    (folder / "sub").mkdir()
    before = snapshot(folder)
    done = b.sign("--out", "s.pdf", "--as", "pdf", "-", cwd=folder, input="x")
    b.refused("no PDF comes in", done, 64, "PDF", folder, before)
    for argv in (["-"], ["--out", "s.edoc", "a.txt", "-"]):
        b.refused(f"standard input, {argv}", b.sign(
            *argv, cwd=folder, input="salam"), 64, "standard input", folder,
            before)
    b.refused("extend of standard input", b.run(
        "extend", "--level", "T", *b.authority(), "-", cwd=folder, input="x"),
        64, "standard input", folder, before)
    b.refused("a folder", b.sign("sub", cwd=folder), 4, "not a regular file",
              folder, before)
    done = b.sign("--out", "s.edoc", "-", cwd=folder, input="salam")
    b.check("standard input", done.stdout == "s.edoc\n", done.stderr)
    done = b.sign("--out", "c.pdf", "c.pdf", cwd=folder)
    b.check("its own place", done.returncode == 0 and
            (folder / "c.pdf").read_bytes().startswith(small_pdf()),
            done.stderr)
    b.expect("its own place verified", folder / "c.pdf", "INDETERMINATE", "B")
    (folder / "in.txt").symlink_to("a.txt")
    (folder / "target.edoc").write_text("precious")
    (folder / "out.edoc").symlink_to("target.edoc")
    done = b.sign("--out", "out.edoc", "in.txt", cwd=folder)
    b.check("a link as input and as output", done.returncode == 0 and
            (folder / "target.edoc").read_text() == "precious" and
            not (folder / "out.edoc").is_symlink(), done.stderr)
    with zipfile.ZipFile(folder / "out.edoc") as z:
        b.check("the link's name", "in.txt" in z.namelist())
    read_only(b, folder)


def read_only(b, folder):
    argv = [b.mohur, "sign", *b.key(), "--out", "full/x.edoc", "a.txt"]
    (folder / "full").mkdir()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o ro none full"
         ' && "$@"; echo "exit $?"; ls -A full', "sh", *argv], cwd=folder,
        env=b.env, capture_output=True, text=True, timeout=60, check=False)
    b.check("a read-only folder", done.stdout == "exit 4\n" and
            "Read-only" in done.stderr, done.stdout + done.stderr)


def broken(source, target):
    """The container with another payload."""
    with zipfile.ZipFile(source) as z, zipfile.ZipFile(target, "w") as out:
        for i in z.infolist():
            data = z.read(i)
            if i.filename == "a.txt":
                data = data.upper()
            info = zipfile.ZipInfo(i.filename)
            info.compress_type = i.compress_type
            out.writestr(info, data)


def extend(b):
    """In place, or not at all."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n")
    (folder / "b.jpg").write_bytes(JPEG)
    (folder / "c.pdf").write_bytes(small_pdf())
    b.sign("--out", "t.edoc", "--level", "T", "a.txt", cwd=folder)
    b.sign("--out", "t.pdf", "--level", "T", "c.pdf", cwd=folder)
    broken(folder / "t.edoc", folder / "broken.edoc")
    before = snapshot(folder)

    def raised(level, *argv):
        return b.run("extend", "--level", level, *b.authority(), *argv,
                     cwd=folder)

    for name, code, line in (("a.txt", 1, "neither"), ("b.jpg", 1, "neither"),
                             ("c.pdf", 1, "no-signature"),
                             ("none.pdf", 4, "No such file"),
                             ("broken.edoc", 1, "HASH_FAILURE")):
        for level in ("T", "LT", "LTA"):
            b.refused(f"extend {name} {level}", raised(level, name), code,
                      line, folder, before)
    b.refused("sign over it", b.sign("--out", "x.edoc", "broken.edoc",
                                     cwd=folder), 1, "HASH_FAILURE", folder,
              before)
    b.refused("extend to B", raised("B", "t.edoc"), 64, "--level", folder,
              before)
    for name in ("t.edoc", "t.pdf"):
        path = folder / name
        path.chmod(0o640)
        (folder / "link").symlink_to(name)
        done = raised("LT", "link")
        (folder / "link").unlink()
        b.check(f"{name} by a link", done.stdout == "link\n" and
                stat.S_IMODE(path.stat().st_mode) == 0o640, done.stderr)
        b.expect(f"{name} by a link, verified", path, "TOTAL-PASSED", "LT")
        once = snapshot(folder)
        done = raised("LT", name)
        b.check(f"{name} twice changes nothing", done.returncode == 0 and
                snapshot(folder) == once, done.stderr)
        for n in (1, 2):
            done = raised("LTA", name)
            b.check(f"{name} to LTA, {n}", done.returncode == 0, done.stderr)
            b.check(f"{name} to LTA, {n}, verified",
                    b.verify(path)["verdict"] == "TOTAL-PASSED")
    strangers(b, folder)


def strangers(b, folder):
    """Another's signature that cannot be raised is no obstacle to one's own,
    and one's own is never less for it."""
    for name, out in (("a.txt", "r.edoc"), ("c.pdf", "r.pdf")):
        b.sign("--level", "T", "--out", out, name, key="revoked", cwd=folder)
        time.sleep(1.1)  # claimed times are in seconds
        before = snapshot(folder)
        done = b.run("extend", "--level", "LT", *b.authority(), out,
                     cwd=folder)
        b.refused(f"extend {out}", done, 4, "REVOKED", folder, before)
        for level in ("LT", "LTA"):
            done = b.sign("--level", level, "--out", "second-" + out, out,
                          cwd=folder)
            if not b.check(f"second signature, {out} {level}",
                           done.returncode == 0, done.stderr):
                continue
            sigs = [s for s in b.verify(folder / ("second-" + out))
                    ["signatures"] if s["kind"] != "doc-timestamp"]
            b.check(f"second signature, {out} {level}, verified",
                    sigs[-1]["indication"] == "TOTAL-PASSED" and
                    sigs[-1]["level"] == level and
                    sigs[0]["indication"] != "TOTAL-PASSED", sigs)


def late(b):
    """A responder that takes its time."""
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n")
    answer = b.answers.ocsp

    def slow(seconds):
        def ocsp(ca, request):
            time.sleep(seconds)
            return answer(ca, request)
        return ocsp

    lists = b.answers.crl

    def no_list(ca):
        if ca == "citizen-ca":
            raise KeyError(ca)
        return lists(ca)

    b.answers.crl = no_list
    b.answers.ocsp = slow(2)
    done = b.sign("--level", "LT", "--out", "l.edoc", "a.txt", cwd=folder)
    b.check("OCSP after two seconds", done.returncode == 0, done.stderr)
    before = snapshot(folder)
    b.answers.ocsp = slow(12)
    done = b.sign("--level", "LT", "--out", "m.edoc", "a.txt", cwd=folder)
    b.refused("OCSP after twelve", done, 4, "revocation data missing",
              folder, before)
    b.answers.crl = lists
    done = b.sign("--level", "LT", "--out", "n.edoc", "a.txt", cwd=folder)
    b.answers.ocsp = answer
    b.check("but there is a list", done.returncode == 0, done.stderr)
    b.expect("and it is in", folder / "n.edoc", "TOTAL-PASSED", "LT")


def terminated(b, count):
    """SIGTERM at any point: the output is absent or whole."""
    rng = random.Random(count)
    folder = b.folder()
    (folder / "a.txt").write_text("salam\n" * 2000)
    start = time.monotonic()
    b.sign("--level", "LTA", "--out", "t.edoc", "a.txt", cwd=folder)
    whole = time.monotonic() - start
    for n in range(count):
        child = subprocess.Popen(
            [b.mohur, "sign", *b.key(), *b.authority(), "--level",
             rng.choice(LEVELS), "--out", str(folder / "t.edoc"), "a.txt"],
            cwd=folder, env=b.env, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * whole)
        child.send_signal(signal.SIGTERM)
        child.wait()
        b.check(f"SIGTERM {n}", set(snapshot(folder)) == {"a.txt", "t.edoc"}
                and b.verify(folder / "t.edoc")["verdict"] in
                ("TOTAL-PASSED", "INDETERMINATE"), sorted(snapshot(folder)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mohur", required=True)
    args = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mohur-sign."))
    try:
        b = Bench(str(pathlib.Path(args.mohur).resolve()), scratch)
        for part in (seal, many, names, places, extend, late):
            part(b)
        terminated(b, 12)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{b.passed} passed, {b.failed} failed")
    return 1 if b.failed else 0


if __name__ == "__main__":
    sys.exit(main())
