#!/usr/bin/python3
"""The Debian package: made, installed, upgraded, removed and purged in a root
of its own, with its files, users and settings looked at after each.

    package.py BUILD
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAMS = ("mohur", "mohur-token", "mohur-softtoken", "mohur-examiner",
            "mohur-examiner-pdf", "mohur-examiner-sign", "mohur-courier")
PAGES = ("man1/mohur.1", "man1/mohur-serve.1", "man1/mohur-init.1",
         "man1/mohur-backup.1", "man1/mohur-sign.1", "man1/mohur-keys.1",
         "man1/mohur-audit.1", "man5/mohur.conf.5", "man5/mohur-report.5",
         "man8/mohur-portal.8", "man8/mohur-keyd.8", "man8/mohur-token.8",
         "man8/mohur-examiner.8", "man8/mohur-courier.8")
USERS = ("mohur", "mohur-portal", "mohur-keyd", "mohur-token",
         "mohur-examiner", "mohur-courier")
UNITS = USERS
passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    passed += bool(good)
    failed += not good
    print(f"{'ok' if good else 'FAIL'}   {name}"
          + ("" if good else f": {detail}"), flush=True)


def run(*argv, **more):
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True,
                          check=False, **more)


def make_root(folder):
    """An empty root with a dpkg database and the users of the system."""
    admin = folder / "var/lib/dpkg"
    for name in ("updates", "info", "triggers"):
        (admin / name).mkdir(parents=True)
    (admin / "status").touch()
    (folder / "etc").mkdir()
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\n")
    for name in ("shadow", "gshadow"):
        (folder / "etc" / name).write_text("root:*:19000::::::\n"
                                           if name == "shadow" else "")


def dpkg(root, *argv):
    return run("dpkg", f"--root={root}", "--force-script-chrootless",
               "--force-depends", "--force-confold", *argv,
               env=dict(os.environ, LC_ALL="C",
                        PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))


def look(root):
    lib = root / "usr/libexec/mohur"
    for name in PROGRAMS:
        check(f"{name} is there", os.access(lib / name, os.X_OK))
    link = root / "usr/bin/mohur"
    check("mohur leads to the program beside the others", link.is_symlink() and
          (link.parent / os.readlink(link)).resolve() ==
          (lib / "mohur").resolve())
    done = run(link, "--version")
    check("mohur runs", done.returncode == 0 and
          done.stdout.startswith("mohur "), done.stderr)
    for page in PAGES:
        path = root / f"usr/share/man/{page}.gz"
        check(f"{page} is there", path.exists() and run(
            "gzip", "-t", path).returncode == 0)
    for unit in UNITS:
        check(f"{unit}.service is there",
              (root / f"lib/systemd/system/{unit}.service").exists() or
              (root / f"usr/lib/systemd/system/{unit}.service").exists())
    users = (root / "etc/passwd").read_text()
    for user in USERS:
        check(f"the user {user} was made",
              re.search(rf"(?m)^{user}:.*nologin$", users), users)
    state = root / "var/lib/mohur/keyd"
    uid = int(re.search(r"(?m)^mohur:[^:]*:(\d+):", users)[1])
    check("the state folder is the user's alone", state.is_dir() and
          state.stat().st_uid == uid and state.stat().st_mode & 0o77 == 0)


def life(root, deb, newer):
    done = dpkg(root, "-i", deb)
    check("it installs", done.returncode == 0, done.stderr[-800:])
    look(root)
    conf = root / "etc/mohur/mohur.conf"
    check("mohur.conf is a conffile", "/etc/mohur/mohur.conf" in dpkg(
        root, "--status", "mohur").stdout)
    conf.write_text(conf.read_text() + "# changed by the operator\n")
    done = dpkg(root, "-i", newer)
    check("it upgrades", done.returncode == 0 and "0.1.1" in dpkg(
        root, "--status", "mohur").stdout, done.stderr[-800:])
    check("an upgrade keeps the operator's mohur.conf",
          "changed by the operator" in conf.read_text())
    record = root / "var/lib/mohur/keyd/log"
    record.write_text("the audit log\n")
    done = dpkg(root, "--remove", "mohur")
    check("it is removed", done.returncode == 0, done.stderr[-800:])
    check("programs are gone, mohur.conf and the log stay",
          not (root / "usr/libexec/mohur").exists() and conf.exists() and
          record.exists())
    done = dpkg(root, "--purge", "mohur")
    check("it is purged", done.returncode == 0, done.stderr[-800:])
    check("mohur.conf is gone", not (root / "etc/mohur").exists())
    check("a purge keeps the audit log and says so", record.exists() and
          "stays" in done.stderr, done.stderr)
    record.unlink()
    dpkg(root, "-i", deb)
    done = dpkg(root, "--purge", "mohur")
    left = [str(p) for p in root.rglob("*mohur*") if "dpkg" not in str(p)]
    check("a purge without a log leaves nothing", done.returncode == 0 and
          not left, left)


def make_newer(deb, folder):
    """The same package, a version later."""
    tree = folder / "newer"
    run("dpkg-deb", "-R", deb, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", "Version: 0.1.1",
                              control.read_text()))
    newer = folder / "newer.deb"
    run("dpkg-deb", "-Znone", "-b", tree, newer)
    return newer


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        done = run("cpack", "-G", "DEB", "-B", folder, cwd=build)
        debs = list(folder.glob("*.deb"))
        check("the package is made", done.returncode == 0 and len(debs) == 1,
              done.stderr[-800:])
        if debs:
            fields = run("dpkg-deb", "-f", debs[0]).stdout
            check("it names the libraries it needs",
                  "libc6" in fields and "libcurl4" in fields, fields)
            root = folder / "root"
            root.mkdir()
            make_root(root)
            life(root, debs[0], make_newer(debs[0], folder))
        shutil.rmtree(folder / "_CPack_Packages", ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
