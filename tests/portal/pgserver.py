"""A PostgreSQL of the test's own: made in a folder of its own, reached by a
unix socket alone, with fsync on, gone at the end."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time


def programs():
    """The folder of the newest server's programs; None: there is none."""
    found = [p for p in pathlib.Path("/usr/lib/postgresql").glob("*/bin")
             if (p / "initdb").exists() and int(p.parent.name) >= 15]
    return max(found, key=lambda p: int(p.parent.name), default=None)


def as_user():
    """No server runs as root."""
    if os.getuid() != 0:
        return [], None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                "--clear-groups"], user
    raise RuntimeError("nobody to run a server as")


class Server:
    def __init__(self):
        self.bin = programs()
        if self.bin is None:
            raise RuntimeError("no PostgreSQL 15 (Debian: postgresql)")
        # In memory where there is some: how fast a disk flushes is not what
        # is tried here.  The server flushes all the same.
        memory = pathlib.Path("/dev/shm")
        self.folder = pathlib.Path(tempfile.mkdtemp(
            prefix="mohur-pg-",
            dir=memory if os.access(memory, os.W_OK) else None))
        self.prefix, user = as_user()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        os.chmod(self.folder, 0o755)
        data = self.folder / "data"
        self.run(self.bin / "initdb", "-D", data, "-A", "trust", "-E", "UTF8",
                 "--locale=C", "-U", "postgres")
        self.process = subprocess.Popen(
            [*self.prefix, self.bin / "postgres", "-D", data, "-k",
             self.folder, "-c", "listen_addresses=", "-c", "fsync=on", "-c",
             "max_connections=200", "-c", "shared_buffers=64MB"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "wb"), cwd=self.folder)
        self.info = f"host={self.folder} user=postgres"
        end = time.monotonic() + 60
        while self.psql("SELECT 1", check=False) != "1":
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def run(self, *command):
        subprocess.run([*self.prefix, *command], check=True, cwd="/",
                       stdout=subprocess.DEVNULL)

    def psql(self, sql, database="postgres", check=True):
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h",
             self.folder, "-U", "postgres", "-d", database],
            input=sql, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def restart(self):
        """As after a fall: nothing is said to anybody."""
        self.stop("immediate")
        self.process = subprocess.Popen(
            self.process.args, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "ab"), cwd=self.folder)

    def stop(self, how="fast"):
        self.run(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", how,
                 "-w", "stop")
        self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
