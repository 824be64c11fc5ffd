#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The control socket: the usual commands on a running instance and on nodes of a live lab, several
instances at once, ^C, input and output in bulk, tcpdump, and what is said when nothing runs."""
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

SHOWN = [
    (["ip", "addr"], "inet 10.0.0.2/24"),
    (["ip", "-br", "addr", "show", "dev", "eth0"], "10.0.0.2/24"),
    (["ip", "route"], "10.0.0.0/24 dev eth0"),
    (["route", "-n"], "Kernel IP routing table"),
    (["arp", "-an"], "10.0.0.1"),
    (["netstat", "-napt"], "0.0.0.0:80"),
    (["ss", "-tln"], "LISTEN"),
    (["ifconfig"], "inet 10.0.0.2  netmask 255.255.255.0"),
    (["ifconfig"], "overruns"),
    (["ethtool", "-g", "eth0"], "RX:"),
    (["ethtool", "-c", "eth0"], "rx-usecs"),
    (["ethtool", "-S", "eth0"], "rx_packets"),
    (["sysctl", "net.ipv4.ip_forward"], "net.ipv4.ip_forward = 0"),
    (["cat", "/proc/softirqs"], "NET_RX"),
    (["cat", "/proc/interrupts"], "eth0"),
    (["cat", "/proc/net/snmp"], "InEchos"),
    (["stat"], ""),
    (["hostname"], "tap0"),
    (["ping", "-c", "1", "10.0.0.1"], "1 received"),
]


def commands(folder):
    (folder / "www").mkdir(exist_ok=True)
    b = up(folder, "--http", folder / "www")
    run("ping", "-c", 1, US)
    for words, part in SHOWN:
        check_in(part, linnet(*words).stdout, "linnet " + " ".join(words))
    check(linnet("ip", "addr", "add", "10.0.0.3/24", "dev", "eth0").stdout == "", "ip addr add")
    run("ping", "-c", 1, "-W", 2, "10.0.0.3")
    linnet("sysctl", "-w", "net.ipv4.icmp_echo_ignore_all=1")
    check(run("ping", "-c", 1, "-W", 1, US, status=None).returncode == 1, "sysctl takes effect")
    done = linnet("ip", "route", "add", "nonsense", status=None)
    check(done.returncode == 1 and "nonsense" in done.stderr and not done.stdout,
          f"a mistake: {done}")
    done = linnet("ip", "link", "set", "eth0", "mtu", 1, status=2)
    check_in("less than device minimum", done.stderr, "what the kernel would refuse")
    for words, reason in ((["cat", "/proc/net/snmp"], "No space left"), (["ping", "-c", 1, US],
                                                                         "No space left")):
        done = run("sh", "-c", 'exec "$@" >/dev/full', "sh", LINNET, *words, status=1)
        check_in(f"standard output: {reason}", done.stderr, "a full standard output")
    down(b)
    check("no linnet is running" in linnet("ip", "addr", status=1).stderr, "afterwards none runs")


def much(folder):
    """What a tool shows may be longer than what waits for a slow reader; so may a ruleset."""
    b = up(folder)
    routes, count = folder / "routes", 170000
    long = f"via {KERNEL} src {US} metric 4000000000 proto static mtu 1400 advmss 1300 window 30000"
    routes.write_text("".join(f"route add {20 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0/24 {long}\n"
                              for i in range(count)))
    linnet("ip", "-batch", routes)
    shown = linnet("ip", "route").stdout
    check(shown.count("\n") == count + 1 and len(shown) > 16 << 20, "all routes are shown")
    del shown
    rules = folder / "rules"
    rules.write_text("table ip t { set s { type ipv4_addr; elements = {\n" + ",\n".join(
        f"{20 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.1" for i in range(30000)) + "\n} } }\n")
    check(rules.stat().st_size > 262144, "a long ruleset")
    linnet("nft", "-f", rules)
    listed = linnet("nft", "list", "ruleset").stdout
    check(len(re.findall(r"\b\d+\.\d+\.\d+\.1\b", listed)) == 30000, "all elements")
    down(b)


def several(folder):
    run("ip", "tuntap", "add", "dev", "tap1", "mode", "tap")
    run("ip", "addr", "add", "10.0.1.1/24", "dev", "tap1")
    run("ip", "link", "set", "tap1", "up")
    one, two = up(folder, name="one"), up(folder, dev="tap1", addr="10.0.1.2/24", name="two")
    told = linnet("hostname", status=1).stderr
    check("one" in told and "two" in told and "-N" in told, f"which one? {told}")
    check(linnet("-N", "two", "hostname").stdout.strip() == "two", "-N")
    done = linnet("up", "--dev", "tap2", "--addr", "10.0.2.2/24", "--name", "one", status=1)
    check_in("running already", done.stderr, "the same name twice")
    done = linnet("up", "--dev", "tap1", "--addr", "10.0.2.2/24", "--name", "three", status=1)
    check_in("tap1", done.stderr, "the same TAP twice")
    two.process.kill()
    two.process.wait()
    check(linnet("hostname").stdout.strip() == "one", "a socket left over by a kill is no instance")
    two = up(folder, dev="tap1", addr="10.0.1.2/24", name="two")
    check("kernel's end" not in one.log.read_text(), "the other end is up: no word about it")
    three = up(folder, dev="tap9", addr="10.0.9.2/24", name="three")
    check_in("the kernel's end of tap9 is down", three.log.read_text(), "nobody hears us")
    down(one)
    down(two)
    down(three)


def interrupt(folder):
    b = up(folder)
    p = subprocess.Popen([LINNET, "ping", KERNEL], stdout=subprocess.PIPE, text=True)
    first = p.stdout.readline() + p.stdout.readline()
    p.send_signal(signal.SIGINT)
    rest = p.communicate(timeout=10)[0]
    check("bytes from" in first and "ping statistics" in rest, f"^C: {first}{rest}")
    check(p.returncode == 0, f"^C: status {p.returncode}")
    p = subprocess.Popen([LINNET, "ping", KERNEL], stdout=subprocess.PIPE, text=True)
    p.stdout.readline()
    p.kill()
    p.wait()
    check(linnet("hostname").stdout.strip() == "tap0", "a client that is killed ends its ping")
    down(b)


def nonsense(folder):
    """Bytes that are no protocol, and clients that leave in the middle."""
    b = up(folder)
    fds = f"/proc/{b.process.pid}/fd"
    idle = len(os.listdir(fds))
    where = str(folder / "linnet" / "tap0.sock")
    check((os.stat(where).st_mode & 0o777, os.stat(folder / "linnet").st_mode & 0o777) ==
          (0o600, 0o700), "nobody else may connect")
    for junk in (b"", b"\0" * 5, b"GET / HTTP/1.0\r\n\r\n", b"c\xff\xff\xff\xff", os.urandom(50000),
                 b"c\0\0\0\x04ping" * 2, b"n\0\0\0\x03x", b"s\0\0\0\0i\0\0\0\0"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(where)
        try:
            s.sendall(junk)
        except BrokenPipeError:
            pass
        s.close()
    crowd = [socket.socket(socket.AF_UNIX) for _ in range(100)]
    for s in crowd:
        s.connect(where)
    wait_until(lambda: len(os.listdir(fds)) >= idle + 64, "64 connections taken")
    for s in crowd:
        s.close()
    check(linnet("hostname").stdout.strip() == "tap0", "it still serves")
    down(b)


def pipes(folder):
    """nc on both ends, standard input and output in bulk."""
    size = 8 << 20
    digest = random_file(folder / "in", size)
    b = up(folder)
    with open(folder / "received", "wb") as out:
        server = subprocess.Popen([LINNET, "nc", "-l", "9999"], stdout=out,
                                  stdin=subprocess.DEVNULL)
        wait_until(lambda: ":9999" in linnet("ss", "-Htln").stdout, "listener on port 9999")
        s = socket.create_connection((US, 9999), timeout=30)
        s.sendall((folder / "in").read_bytes())
        s.close()
        server.wait(30)
    check(sha256(folder / "received") == digest, "the kernel's bytes come out of linnet nc -l")
    listener = socket.create_server((KERNEL, 9998))
    listener.settimeout(10)
    with open(folder / "in", "rb") as data:
        client = subprocess.Popen([LINNET, "nc", KERNEL, "9998"], stdin=data,
                                  stdout=subprocess.DEVNULL)
        conn = listener.accept()[0]
        conn.settimeout(10)
        got = hashlib.sha256()
        while piece := conn.recv(1 << 16):
            got.update(piece)
        conn.close()
        client.wait(30)
    check(got.hexdigest() == digest, "linnet nc's standard input comes out at the kernel")
    down(b)


def tcpdump_start(*words, **kwargs):
    """Its messages come from a pipe; once it listens it misses nothing."""
    p = subprocess.Popen([LINNET, "tcpdump", *words], stderr=subprocess.PIPE, text=True, **kwargs)
    for line in p.stderr:
        if "listening on" in line:
            return p
    check(False, f"tcpdump {words} does not listen")
    return p


def tcpdump(folder):
    need("tshark", "capinfos", "tcpdump")
    b = up(folder)
    p = tcpdump_start("-n", "-c", "2", "icmp", stdout=subprocess.PIPE)
    run("ping", "-c", 1, US)
    out, err = p.communicate(timeout=20)
    check(p.returncode == 0 and "2 packets captured\n" in err, f"-c ends it: {err}")
    for line, way in zip(out.splitlines(), ((KERNEL, US, "request"), (US, KERNEL, "reply"))):
        wanted = r"\d\d:\d\d:\d\d\.\d{6} IP %s > %s: ICMP echo %s, id \d+, seq 1, length 64"
        check(re.fullmatch(wanted % way, line), f"a line: {line}")
    pcap = folder / "seen.pcapng"
    p = tcpdump_start("-i", "any", "-w", str(pcap), "icmp", "or", "arp")
    run("ping", "-c", 3, "-i", "0.2", US)
    p.send_signal(signal.SIGTERM)
    err = p.communicate(timeout=20)[1]
    check(p.returncode == 0 and "0 packets dropped" in err, f"as ^C: {p.returncode} {err}")
    rows = run("tshark", "-n", "-r", pcap, "-Y", "icmp", "-T", "fields", "-e",
               "frame.interface_name", "-e", "icmp.type").stdout.splitlines()
    check(rows == ["eth0\t8", "eth0\t0"] * 3, f"tshark opens it: {rows}")
    check_in("pcapng", run("capinfos", "-t", pcap).stdout, "capinfos opens it")
    again = linnet("tcpdump", "-r", pcap, "-t", "-c", 1, "icmp[icmptype] == icmp-echoreply").stdout
    check(again.startswith(f"IP {US} > {KERNEL}: ICMP echo reply, ") and again.count("\n") == 1,
          f"-r: {again}")
    for option in ("-x", "-xx", "-X", "-XX", "-A"):
        real, own = (run(*who, "-t", option, "-r", pcap, "icmp or arp").stdout.split("IP ")
                     for who in (("tcpdump", "-n"), (LINNET, "tcpdump")))
        check([p.partition("\n")[2] for p in real] == [p.partition("\n")[2] for p in own],
              f"bytes as tcpdump's: {option}")
    linnet("tcpdump", "-r", pcap, "-w", folder / "cut.pcap", "icmp")
    check(linnet("tcpdump", "-tr", folder / "cut.pcap").stdout.count("ICMP") == 6, "-r and -w")
    for words, told, status in (
            (["tcp", "prt", "80"], "can't parse filter expression: syntax error", 1),
            (["-i", "eth9"], "tcpdump: eth9: No such device exists", 1),
            (["-r", folder / "none"], "No such file or directory", 1),
            (["-w", folder / "no" / "file"], "No such file or directory", 1),
            (["-c", "0"], '-c is "0"', 2), (["-Z", "root"], "unknown option -Z", 2)):
        done = linnet("tcpdump", *words, status=status)
        check_in(told, done.stderr, f"tcpdump {words}")
    slow_reader()
    down(b)
    check_in("no linnet is running", linnet("tcpdump", status=1).stderr, "afterwards")


def slow_reader():
    """Nobody reads while much is sent: nothing waits for that, and what was lost is told."""
    p = tcpdump_start("-w", "-", "udp", stdout=subprocess.PIPE)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(100):
        for _ in range(100):
            s.sendto(bytes(1400), (US, 9))
        time.sleep(0.002)
    s.close()
    linnet("ping", "-c", 1, KERNEL)
    p.send_signal(signal.SIGINT)
    out = os.fdopen(os.dup(p.stdout.fileno()), "rb")
    size = sum(len(piece) for piece in iter(lambda: out.read(1 << 16), b""))
    err = p.stderr.read()
    p.wait(20)
    told = [int(n) for n in re.findall(r"^(\d+) packets", err, re.M)]
    check(len(told) == 3 and told[0] > 0 and told[2] > 0 and told[0] + told[2] == told[1],
          f"a slow reader: {err}")
    check(2 << 20 < size < 5 << 20, f"a slow reader: {size} bytes came")


def live_lab(folder):
    lab = Background(folder / "lab.log", LINNET, "lab", "run", "two-hosts", "--live")
    lab.wait_for_text("is live")
    done = linnet("ip", "addr", status=125)
    check("-n NODE" in done.stderr and " a b" in done.stderr, f"which node? {done.stderr}")
    done = linnet("-n", "c", "ip", "addr", status=125)
    check_in('no node "c"', done.stderr, "a node that is not there")
    check_in("10.0.0.1/24", linnet("-n", "a", "ip", "addr").stdout, "-n a ip addr")
    check_in("1 received", linnet("-n", "b", "ping", "-c", 1, "a").stdout, "-n b ping a")
    check_in("Hello from the other end", linnet("-n", "a", "curl", "http://b/").stdout, "curl")
    began = time.monotonic()
    linnet("-n", "a", "ping", "-c", 2, "b")
    check(time.monotonic() - began > 0.9, "virtual time keeps pace with real time")
    status = lab.stop(signal.SIGINT)
    told = lab.log.read_text()
    check(status == 0 and "virtual time" in told, f"^C ends it: {status}\n{told}")
    check("defect" not in told, told)


enter()
with Folder() as folder:
    for fn in (commands, much, several, interrupt, nonsense, pipes, tcpdump, live_lab):
        case(fn, folder)
finish()
