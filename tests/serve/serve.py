#!/usr/bin/python3
"""The supervisor from end to end, with test children in the place of portal
and keyd: starts, restarts, back-off, reload, stop, hung and lying children,
renewed channels, descriptors, users, environment.

    serve.py --build DIR [--noise 20]
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_port

PROGRAMS = ("mohur", "mohur-examiner", "mohur-examiner-pdf",
            "mohur-examiner-sign", "mohur-courier", "mohur-token",
            "mohur-softtoken")
ROOT = os.geteuid() == 0
USER = "nobody"
OTHERS = {"portal-user": "daemon", "keyd-user": "nobody",
          "examiner-user": "man", "courier-user": "mail"}


class Service:
    """An instance and the supervisor that runs it."""

    def __init__(self, bed, name):
        self.bed, self.dir = bed, bed.scratch / name
        self.port = free_port()
        argv = [bed.bin / "mohur", "init", "--port", str(self.port)]
        argv += ["--user", USER] if ROOT else []
        done = subprocess.run([*map(str, argv), str(self.dir)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"init: {done.stderr}")
        self.conf = self.dir / "mohur.conf"
        self.process = None
        self.notify = None
        self.text = ""

    def set(self, **keys):
        text = self.conf.read_text()
        for key, value in keys.items():
            key = key.replace("_", "-")
            text = re.sub(rf"(?m)^{key} = .*\n", "", text)
            text = f"{key} = {value}\n{text}"
        self.conf.write_text(text)

    def start(self, **env):
        log = (self.dir / "log").open("ab")
        self.process = subprocess.Popen(
            [str(self.bed.bin / "mohur"), "serve", "--config",
             str(self.conf)], stderr=log, stdin=subprocess.DEVNULL,
            env=dict(os.environ, SECRET="do-not-pass-on", **env))
        log.close()
        return self

    def log(self):
        return (self.dir / "log").read_text()

    def events(self, who):
        path = self.dir / "state" / who / "events"
        return path.read_text() if path.exists() else ""

    def behave(self, who, word):
        path = self.dir / "state" / who / "behave"
        new = path.with_name("behave.new")
        new.write_text(word)
        new.chmod(0o644)
        new.rename(path)

    def wait(self, what, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return True
            if self.process.poll() is not None and "over" not in self.log():
                return bool(what())
            time.sleep(0.05)
        return bool(what())

    def ready(self, times=1, seconds=60):
        return self.wait(
            lambda: self.log().count("ev=all.ready") >= times, seconds)

    def pids(self):
        """Name of every process to its last pid."""
        return {m[0]: int(m[1]) for m in re.findall(
            r"ev=start of=(\S+) pid=(\d+)", self.log())}

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=40):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


class Bed:
    def __init__(self, build, scratch):
        self.scratch = scratch
        self.passed = self.failed = 0
        self.bin = scratch / "bin"
        self.bin.mkdir()
        scratch.chmod(0o755)
        for name in PROGRAMS:
            shutil.copy(build / name, self.bin / name)
        for name in ("mohur-portal", "mohur-keyd"):
            shutil.copy(build / "serve_child", self.bin / name)

    def check(self, name, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        print(f"{'ok' if good else 'FAIL'}   {name}"
              + ("" if good else f": {detail}"), flush=True)
        return good


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(
            ")")[-1].split()[0] != "Z"
    except OSError:
        return False


def descriptors(pid):
    """Targets of its descriptors, in order, kinds only."""
    found = {}
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:
            continue
        found[int(link.name)] = re.sub(r"[\[\]0-9]+$", "", target)
    return found


def own_alone(name, log, held):
    """A program may open things of its own, but no file and no socket."""
    good = {0: "/dev/null", 1: "/dev/null", 2: log, 3: "socket:"}
    extra = [v for k, v in held.items() if good.get(k) != v]
    return set(good) <= set(held) and all(
        v.startswith(("anon_inode:", "/dev/urandom")) or
        (name.endswith("courier") and v in ("pipe:", "socket:"))
        for v in extra)


def test_start(bed):
    s = Service(bed, "start").start()
    bed.check("every part becomes ready", s.ready(), s.log()[-2000:])
    pids = s.pids()
    wanted = {"portal", "keyd", "keyd.token.seal", "keyd.token.log"} | {
        f"{o}.{h}" for o in ("portal", "keyd") for h in
        ("examiner", "examiner-pdf", "examiner-sign", "courier")}
    bed.check("these processes and no others", set(pids) == wanted,
              set(pids) ^ wanted)
    for name, pid in sorted(pids.items()):
        if name in ("portal", "keyd"):
            continue
        quiet = "token" in name
        log = "/dev/null" if quiet else str(s.dir / "log")
        # A helper says nothing when it has started: what it opens on its way
        # (libraries, its configuration) may still be seen for a while.
        bed.check(f"no descriptor of another in {name}", s.wait(
            lambda: own_alone(name, log, descriptors(pid)), 20),
            descriptors(pid))
    for who in ("portal", "keyd"):
        s.behave(who, "fds")
        s.wait(lambda: "behave fds" in s.events(who))
        time.sleep(0.2)
        fds = re.findall(r"(?m)^fd (\d+) (\S+)", s.events(who))
        kinds = sorted(re.sub(r":\[.*", "", t) for _, t in fds)
        channels = len(re.findall(r"(?m)^channel", s.events(who)))
        want = sorted(["/dev/null"] * 2 + [str(s.dir / "log"), "socket"]
                      + [f"{s.dir}/state/{who}/events"]
                      + ["socket"] * (channels - 1) + ["/memfd:trust"])
        bed.check(f"exactly these descriptors in {who}", kinds == want,
                  f"{kinds} instead of {want}")
        env = sorted(re.findall(r"(?m)^env (.*)$", s.events(who)))
        bed.check(f"an environment of its own in {who}",
                  env == ["LC_ALL=C.UTF-8", "LD_BIND_NOW=1"], env)
        bed.check(f"no new privileges in {who}", " nnp 1" in s.events(who))
    status = pathlib.Path(f"/proc/{s.process.pid}/status").read_text()
    bed.check("the supervisor is under seccomp and no_new_privs",
              "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status, status)
    keep = "00000000000000e0" if ROOT else "0000000000000000"
    bed.check("the supervisor keeps SETUID, SETGID, KILL at most",
              f"CapPrm:\t{keep}" in status, status)
    bed.check("nothing of the token's PIN in a command line", all(
        (s.dir / "pin").read_text().strip() not in pathlib.Path(
            f"/proc/{p}/cmdline").read_text() for p in pids.values()))
    bed.check("ticks tell of every process", s.wait(
        lambda: "tick ready 1 procs 12" in s.events("portal") and
        "proc keyd.token.seal up 1" in s.events("portal")),
        s.events("portal")[-600:])
    with socket.create_connection(("127.0.0.1", s.port), 2):
        bed.check("the portal's address is bound", True)
    code = s.stop()
    bed.check("SIGTERM ends it with 0", code == 0, code)
    log = s.log()
    bed.check("the portal ends before keyd", 0 <= log.find(
        "ev=end of=portal ") < log.find("ev=end of=keyd "), log[-900:])
    bed.check("both end by themselves", "bye" in s.events("portal") and
              "bye" in s.events("keyd"))
    bed.check("nothing is left", not any(map(alive, pids.values())), pids)
    bed.check("every line of the log is key=value", all(re.fullmatch(
        r't=\S+Z prog=\S+ ev=\S+( [a-z_]+=("([^"\\]|\\.)*"|\S+))*', line)
        for line in log.splitlines() if line.startswith("t=")), log[:500])


def test_restart(bed):
    s = Service(bed, "restart").start()
    s.ready()
    times = 1
    for who, word in (("portal", "die"), ("keyd", "crash"),
                      ("portal", "leave"), ("keyd", "lie"),
                      ("portal", "lie-fd"), ("keyd", "ready-twice"),
                      ("portal", "stop-you"), ("keyd", "health-unasked"),
                      ("portal", "close"), ("keyd", "want 99900"),
                      ("portal", "want 600"), ("keyd", "want 615"),
                      ("portal", "want 400")):
        before = s.pids()[who]
        s.behave(who, word)
        times += 1
        # The library's own packer refuses what is out of range.
        if word in ("want 99900", "want 400"):
            bed.check(f"{who} cannot even say {word}", s.wait(
                lambda: "not-wanted" in s.events(who)))
            times -= 1
            continue
        bed.check(f"{who} that does {word} is started anew",
                  s.wait(lambda: s.pids()[who] != before, 15) and
                  s.ready(times), s.log()[-1500:])
        bed.check(f"{who} that did {word} is gone", not alive(before))
    bed.check("it is said why", "why=malformed-message" in s.log() and
              "how=\"signal 6\"" in s.log() and "how=\"exit 3\"" in s.log())
    bed.check("the other service got a new channel", re.search(
        r"channel portal 0 again", s.events("keyd")) and re.search(
        r"channel keyd 0 again", s.events("portal")), s.events("keyd")[-900:])
    pids = s.pids()
    for name in ("portal.examiner", "keyd.courier", "keyd.token.seal",
                 "portal.examiner-pdf"):
        who, peer = name.split(".")[:2]
        had = s.events(who).count(f"channel {peer} 0")
        times += 1
        os.kill(pids[name], signal.SIGKILL)
        bed.check(f"{name} comes again, its owner gets a new channel",
                  s.wait(lambda: s.events(who).count(
                      f"channel {peer} 0") > had) and s.ready(times),
                  s.log()[-900:])
        bed.check(f"{who} itself lives on after {name}",
                  alive(pids[who]) and s.pids()[who] == pids[who])
    had = s.pids()["keyd.token.log"]
    s.behave("keyd", "want 601")
    bed.check("WANT gets a token worker killed and started", s.wait(
        lambda: s.pids()["keyd.token.log"] != had) and not alive(had),
        s.log()[-600:])
    bed.check("still ready at the end", s.stop() == 0)


def test_back_off(bed):
    s = Service(bed, "backoff")
    state = s.dir / "state" / "portal"
    (state / "behave").write_text("die!")
    (state / "behave").chmod(0o644)
    s.start()
    s.wait(lambda: len(re.findall(r"ev=start of=portal ", s.log())) >= 6, 20)
    at = [float(m) for m in re.findall(
        r"T\d\d:\d\d:(\d\d\.\d+)Z prog=serve ev=start of=portal ", s.log())]
    gaps = [(b - a) % 60 for a, b in zip(at, at[1:])]
    want = [0.1, 0.2, 0.4, 0.8, 1.6]
    bed.check("back-off doubles from 0.1 s", len(gaps) >= 5 and all(
        w <= g + 0.01 and g < w + 0.7 for w, g in zip(want, gaps)), gaps)
    bed.check("never ready while the portal dies",
              "ev=all.ready" not in s.log())
    bed.check("keyd is left alone",
              len(re.findall(r"ev=start of=keyd ", s.log())) == 1)
    (state / "behave").unlink()
    bed.check("ready as soon as it lives", s.ready(1, 15))
    bed.check("it stops", s.stop() == 0)


def test_hung(bed):
    s = Service(bed, "hung").start()
    s.ready()
    before = s.pids()["keyd"]
    s.behave("keyd", "hang")
    bed.check("a hung child is killed and started anew", s.wait(
        lambda: s.pids()["keyd"] != before, 30) and "why=hung" in s.log() and
        not alive(before), s.log()[-900:])
    bed.check("and all is ready again", s.ready(2))
    s.behave("portal", "unready")
    bed.check("what a service says of its health counts", s.wait(
        lambda: "ev=all.not-ready" in s.log().split("ev=all.ready")[-1], 15))
    s.behave("portal", "well")
    bed.check("and counts again when it is well", s.ready(3))
    s.behave("portal", "deaf")
    s.wait(lambda: "behave deaf" in s.events("portal"))
    pids, begun = s.pids(), time.monotonic()
    code = s.stop()
    took = time.monotonic() - begun
    bed.check("a child that does not stop is killed after 10 s",
              code == 0 and 8 < took < 20 and not any(
                  map(alive, pids.values())), f"{code} {took}")
    s = Service(bed, "twice").start()
    s.ready()
    s.behave("portal", "deaf")
    s.wait(lambda: "behave deaf" in s.events("portal"))
    begun = time.monotonic()
    s.signal(signal.SIGTERM)
    time.sleep(0.5)
    code = s.stop()
    bed.check("a second SIGTERM ends it at once",
              code == 0 and time.monotonic() - begun < 8, code)


def test_reload(bed):
    s = Service(bed, "reload").start()
    s.ready()
    pids = s.pids()
    text = s.conf.read_text()
    s.conf.write_text(text + "nonsense = 1\nthreads = 0\n")
    s.signal(signal.SIGHUP)
    bed.check("a bad configuration is refused with all its lines", s.wait(
        lambda: re.search(r'reload.refused why="?\S+mohur.conf:\d+: nonsense',
                          s.log()) and "threads" in s.log()), s.log()[-600:])
    bed.check("and changes nothing", "reload" not in s.events("portal"))
    s.conf.write_text(text)
    s.set(state='"/tmp"')
    s.signal(signal.SIGHUP)
    bed.check("what needs a restart is refused", s.wait(
        lambda: "state: needs a restart" in s.log()), s.log()[-600:])
    s.conf.write_text(text)
    s.set(hosts='{"court.example"}', checkpoint_interval="5m")
    s.signal(signal.SIGHUP)
    bed.check("a good one reaches both", s.wait(
        lambda: "reload hosts 2" in s.events("portal") and
        "checkpoint 300" in s.events("keyd")), s.events("keyd")[-300:])
    bed.check("trust comes with it",
              "channel trust 0 again" in s.events("portal"))
    bed.check("nobody was restarted", s.pids() == pids)
    s.conf.write_text(s.conf.read_text() + 'key judge {\n purpose = judge\n'
                      ' uri = "pkcs11:token=mohur-demo;id=%01"\n}\n')
    s.signal(signal.SIGHUP)
    bed.check("a new key starts keyd anew, and its worker", s.wait(
        lambda: "keys 3" in s.events("keyd") and
        "keyd.token.judge" in s.pids()) and s.ready(2), s.log()[-900:])
    bed.check("the portal was left alone",
              s.pids()["portal"] == pids["portal"])
    bed.check("keyd ended by itself", "how=\"exit 0\"" in s.log())
    s.conf.unlink()
    s.signal(signal.SIGHUP)
    bed.check("a lost file is refused", s.wait(
        lambda: s.log().count("reload.refused") >= 4), s.log()[-400:])
    bed.check("it runs on and stops", s.stop() == 0)


def test_notify(bed):
    path = bed.scratch / "notify.sock"
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    sock.settimeout(15)
    s = Service(bed, "notify").start(NOTIFY_SOCKET=str(path))
    bed.check("READY=1 comes when all is ready",
              sock.recv(1000).startswith(b"READY=1"))
    env = s.events("portal")
    bed.check("NOTIFY_SOCKET is not passed on", "NOTIFY" not in env)
    s.stop()
    heard = sock.recv(1000)
    bed.check("STOPPING=1 comes", heard == b"STOPPING=1", heard)
    sock.close()


def test_listen(bed):
    s = Service(bed, "listen")
    path = s.dir / "run" / "p.sock"
    s.set(listen=f'"unix:{path}"', metrics_listen='"off"')
    s.start()
    s.ready()
    with socket.socket(socket.AF_UNIX) as c:
        c.connect(str(path))
        bed.check("a unix socket is there", True)
    mode = path.stat().st_mode & 0o777
    bed.check("others may connect where no group is named", mode == 0o666,
              oct(mode))
    second = subprocess.run([bed.bin / "mohur", "serve", "--config",
                             s.conf], capture_output=True, text=True,
                            timeout=30, check=False)
    bed.check("a second service on it is refused", second.returncode == 78
              and "another service answers" in second.stderr, second.stderr)
    s.process.kill()
    s.process.wait()
    pids = s.pids()
    end = time.monotonic() + 10
    while any(map(alive, pids.values())) and time.monotonic() < end:
        time.sleep(0.05)
    bed.check("the children die with the supervisor",
              not any(map(alive, pids.values())),
              {n: p for n, p in pids.items() if alive(p)})
    bed.check("the socket stays", path.exists())
    (s.dir / "log").unlink()
    s.start()
    bed.check("a stale socket is replaced", s.ready())
    # Root that gave its powers up may not remove it from another's folder.
    bed.check("it stops and takes the socket away",
              s.stop() == 0 and (ROOT or not path.exists()))
    for listen in ("0.0.0.0:80", "[::]:80", "10.0.0.1:1", "unix:rel",
                   "unix:/" + "x" * 120, "127.0.0.1", "127.0.0.1:65536",
                   "127.0.0.01:80", "off", "localhost:80"):
        s.set(listen=f'"{listen}"')
        done = subprocess.run([bed.bin / "mohur", "serve", "--config",
                               s.conf], capture_output=True, text=True,
                              timeout=30, check=False)
        bed.check(f"listen = {listen[:20]} is refused",
                  done.returncode == 78 and "listen" in done.stderr,
                  done.stderr)


def test_users(bed):
    if not ROOT:
        print("note: not root, users are not tried")
        return
    s = Service(bed, "users")
    s.set(**{k.replace("-", "_"): v for k, v in OTHERS.items()})
    for who, user in (("portal", "daemon"), ("keyd", "nobody")):
        shutil.chown(s.dir / "state" / who, user)
    s.start()
    bed.check("ready with users of their own", s.ready(), s.log()[-900:])
    import pwd
    names = {"portal": "daemon", "keyd": "nobody", "keyd.courier": "mail",
             "portal.examiner": "man", "portal.examiner-pdf": "man",
             "keyd.token.seal": "nobody"}
    for name, user in names.items():
        status = pathlib.Path(f"/proc/{s.pids()[name]}/status").read_text()
        uid = pwd.getpwnam(user).pw_uid
        bed.check(f"{name} is {user}, for good", f"Uid:\t{uid}\t{uid}\t{uid}\t"
                  f"{uid}\n" in status and "Groups:\t \n" in status and
                  "CapPrm:\t0000000000000000" in status, status)
    bed.check("it stops them all", s.stop() == 0)
    s.set(portal_user="root")
    done = subprocess.run([bed.bin / "mohur", "serve", "--config", s.conf],
                          capture_output=True, text=True, check=False)
    bed.check("root is refused as a user", done.returncode == 78 and
              "may not be root" in done.stderr, done.stderr)


def test_noise(bed, count):
    """Whatever a child sends, the supervisor lives."""
    s = Service(bed, "noise").start()
    s.ready()
    for seed in range(count):
        who = ("portal", "keyd")[seed % 2]
        before = s.pids()[who]
        s.behave(who, f"hex {seed + 1}")
        if not s.wait(lambda: s.pids()[who] != before, 25):
            bed.check(f"noise {seed}", False, s.log()[-300:])
    bed.check("noise from children kills them alone",
              s.process.poll() is None and s.ready(2, 30))
    bed.check("it stops after that", s.stop() == 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--noise", type=int, default=10)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="mohur-serve."))
    bed = Bed(args.build.resolve(), scratch)
    tests = [test_start, test_restart, test_back_off, test_hung, test_reload,
             test_notify, test_listen, test_users]
    for test in tests:
        if args.only in test.__name__:
            test(bed)
    if args.only in "test_noise":
        test_noise(bed, args.noise)
    if not os.environ.get("KEEP"):
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{bed.passed} passed, {bed.failed} failed")
    return 1 if bed.failed or not bed.passed else 0


if __name__ == "__main__":
    sys.exit(main())
