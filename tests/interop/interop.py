# SPDX-License-Identifier: MIT
"""What the interop tests share: a network namespace of their own, the kernel at one end of a TAP
and linnet at the other, programs in the background, checks that say what they saw.

    kernel 10.0.0.1, fd00::1 --- tap0 --- linnet 10.0.0.2, fd00::2

enter() starts the test again inside a new network namespace (as root, or as nobody special in a
user namespace); where that is not allowed the test says why and is skipped (exit status 77).
"""
import collections
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIP = 77
LINNET = os.environ.get("LINNET") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "linnet")
INSTRUMENTED = os.environ.get("LINNET_INSTRUMENTED") == "ON"
KERNEL, US = "10.0.0.1", "10.0.0.2"
# Tests that are the same for each family go through these: name, the kernel's address on tap0 and
# linnet's, the length of their network.
Family = collections.namedtuple("Family", "name kernel us length")
FAMILIES = [Family("IPv4", KERNEL, US, 24), Family("IPv6", "fd00::1", "fd00::2", 64)]
GIGABYTE = 1 << 30
# Sanitizers cost a factor of ten and more: the same path, fewer bytes.
BULK = int(os.environ.get("LINNET_BULK") or (24 << 20 if INSTRUMENTED else GIGABYTE))
LOSSY = "loss: 1%, reorder: 1%"
MARK = "LINNET_INTEROP_NS"

_background = []
_failures = []
_checks = 0


def skip(reason):
    print("skipped: " + reason)
    sys.exit(SKIP)


def need(*programs):
    """Skips unless all of them are installed."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        skip("not installed: " + " ".join(missing))


def side_by_side(*parts):
    """For tests that mostly wait: one process for each part, all at the same time, each with
    namespaces of its own. Return: the part that this one is for."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    need("setpriv")
    processes = [subprocess.Popen(["setpriv", "--pdeathsig", "KILL", sys.executable, *sys.argv,
                                   part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True) for part in parts]
    told = [p.communicate()[0] for p in processes]
    states = {p.returncode for p in processes}
    # Where one is skipped, all are: its reason stands in the last line.
    print("".join(f"-- {part}\n{text}" for part, text in zip(parts, told)), end="", flush=True)
    sys.exit(states.pop() if len(states) == 1 else 1)


def enter(tap=True, ipv6=False):
    """Goes on in a network namespace of its own, with the kernel's end of tap0 set up."""
    need("unshare", "ip")
    if not os.environ.get(MARK):
        # With processes of their own, too: whatever the test leaves behind ends with it.
        words = ["unshare", "-n" if os.geteuid() == 0 else "-Urn", "--pid", "--fork",
                 "--kill-child", "--mount-proc"]
        probe = subprocess.run(words + ["true"], capture_output=True, text=True)
        if probe.returncode:
            skip("no network namespace may be made here: " + probe.stderr.strip())
        os.environ[MARK] = "1"
        sys.stdout.flush()
        os.execvp("unshare", words + [sys.executable] + sys.argv)
    run("ip", "link", "set", "lo", "up")
    without_bbr()
    if not tap:
        return
    made = subprocess.run(["ip", "tuntap", "add", "dev", "tap0", "mode", "tap"],
                          capture_output=True, text=True)
    if made.returncode or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        skip("no TAP may be made here: " + (made.stderr.strip() or "/dev/net/tun is closed"))
    if not ipv6:  # no noise on the wire, where the kernel has it
        subprocess.run(["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"], capture_output=True)
    give_kernel("tap0", *(f"{f.kernel}/{f.length}" for f in FAMILIES[:1 + ipv6]))


def without_bbr(*inside):
    """The kernel's senders. The machine's owner may have chosen BBR, which sends next to nothing
    behind a queue that others fill, and takes a timer for each packet."""
    for cc in "cubic", "reno":  # cubic where the owner lets everybody have it
        words = [*inside, "sysctl", "-qw", f"net.ipv4.tcp_congestion_control={cc}"]
        if not subprocess.run(words, capture_output=True).returncode:
            return


def give_kernel(dev, *addresses):
    """The kernel's end of a TAP: addresses, which are its own at once, and up."""
    for a in addresses:
        run("ip", "addr", "add", a, "dev", dev, *(["nodad"] if ":" in a else []))
    run("ip", "link", "set", dev, "up")


def addresses_are_ours(name="tap0"):
    """linnet asks first whether somebody else has its addresses of IPv6."""
    wait_until(lambda: "tentative" not in linnet("-N", name, "ip", "-6", "addr").stdout,
               "address that is ours")


class Folder:
    """A temporary folder, also for control sockets; gone at the end."""

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="linnet-")
        os.chmod(self.dir.name, 0o755)
        os.environ["XDG_RUNTIME_DIR"] = self.dir.name
        return pathlib.Path(self.dir.name)

    def __exit__(self, *exc):
        stop_all()
        self.dir.cleanup()


def run(*words, timeout=60, status=0, **more):
    """Runs to its end; the status must be the one expected, None: any."""
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True,
                          timeout=timeout, **more)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, words))}: status {done.returncode}, "
                             f"expected {status}\n{done.stdout}{done.stderr}")
    return done


def linnet(*words, **more):
    return run(LINNET, *words, **more)


def wait_until(ready, what, seconds=10, told=lambda: ""):
    """Looks again and again until another program has done it; too late is a failure."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise AssertionError(f"no {what} in {seconds} s" + told())
        time.sleep(0.02)


class Background:
    """A program that runs until stop(); its output goes to a file."""

    def __init__(self, log, *words):
        self.words, self.log = [str(w) for w in words], pathlib.Path(log)
        self.out = open(self.log, "w")
        self.process = subprocess.Popen(self.words, stdout=self.out, stderr=subprocess.STDOUT)
        _background.append(self)

    def wait_for(self, ready, what, seconds=10):
        def done():
            if ready():
                return True
            if self.process.poll() is not None:
                raise AssertionError(f"{self.words[0]} ended before {what}:\n" +
                                     self.log.read_text())
            return False

        wait_until(done, f"{what} of {self.words[0]}", seconds,
                   lambda: ":\n" + self.log.read_text())
        return self

    def wait_for_text(self, text):
        return self.wait_for(lambda: text in self.log.read_text(), f'"{text}"')

    def stop(self, how=signal.SIGTERM):
        if self in _background:
            _background.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"{' '.join(self.words)} did not end:\n" + self.log.read_text())
        self.out.close()
        return status


def stop_all():
    while _background:
        try:
            _background[-1].stop(signal.SIGKILL)
        except AssertionError:
            pass


def namespace():
    """A network namespace, held until stop() by a process that does nothing else."""
    own = os.readlink("/proc/self/ns/net")
    holder = Background("/dev/null", "unshare", "-n", "tail", "-f", "/dev/null")
    return holder.wait_for(lambda: os.readlink(f"/proc/{holder.process.pid}/ns/net") != own,
                           "namespace")


def inside(holder, *words, **more):
    return run("nsenter", f"--net=/proc/{holder.process.pid}/ns/net", *words, **more)


def up(folder, *options, dev="tap0", addr=US + "/24", name="tap0"):
    """linnet up, ready to be talked to."""
    b = Background(folder / f"up-{name}.log", LINNET, "up", "--dev", dev, "--addr", addr,
                   "--name", name, *options)
    return b.wait_for_text("control socket")


def down(b):
    """Stops it; a leak or a frame not accounted for makes its status 1."""
    status = b.stop()
    check(status == 0, f"linnet up ended with status {status}:\n" + b.log.read_text())


def iperf3_is_free():
    """linnet's server takes one test at a time, and the goodbye of the last may be lost once."""
    wait_until(lambda: ":5201" not in linnet("ss", "-Htn").stdout, "end of the iperf3 before")


def random_file(path, size):
    """A file that nothing can compress or guess; its SHA-256."""
    digest = hashlib.sha256()
    block = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for i in range(0, size, len(block)):
            piece = (i.to_bytes(8, "big") + block[8:])[:min(len(block), size - i)]
            digest.update(piece)
            f.write(piece)
    os.chmod(path, 0o644)
    return digest.hexdigest()


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def nginx(folder, root, port=80):
    """The real nginx on the kernel's end, serving root."""
    conf = folder / "nginx.conf"
    conf.write_text(f"""daemon off; master_process off; user root;
pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on; default_type text/html;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi; uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  server {{ listen {KERNEL}:{port}; root {root}; index index.html; }}
}}
""")
    b = Background(folder / "nginx.log", "nginx", "-c", conf, "-e", folder / "nginx-error.log")
    return b.wait_for(lambda: listens(port), f"listener on port {port}")


def listens(port, proto="tcp"):
    state = "0A" if proto == "tcp" else "07"
    tables = [pathlib.Path(f"/proc/net/{proto}{v}") for v in ("", "6")]
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == state
               for t in tables if t.exists() for line in t.read_text().splitlines()[1:])


def check(good, message):
    global _checks
    _checks += 1
    if not good:
        _failures.append(message)
        print("FAILED: " + message, flush=True)
    return good


def check_in(part, text, what):
    return check(part in text, f'{what}: "{part}" expected in:\n{text}')


def case(fn, *args):
    """One part of a test: what it raises is a failure, and the rest still runs."""
    began = time.monotonic()
    try:
        fn(*args)
    except Exception as e:
        check(False, f"{fn.__name__}: {type(e).__name__}: {e}")
        stop_all()
    print(f"{fn.__name__}: {time.monotonic() - began:.1f} s", flush=True)


def finish():
    stop_all()
    print(f"{_checks} checks, {len(_failures)} failed")
    sys.exit(1 if _failures else 0)
