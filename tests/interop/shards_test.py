#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet up --shards 2 on a TAP with two queues, and by AF_PACKET and AF_XDP on a veth, the kernel
at the other end: many connections at once with every byte right, one answer to each ping, datagrams
of many ports, fragments, iperf3 -P, connections from us, settings and listings of the whole
machine; at the end every frame of both shards is accounted for."""
import concurrent.futures
import functools
import http.server
import os
import pathlib
import re
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

CONNECTIONS = 40 if INSTRUMENTED else 200


def make_tap(name, *flags):
    run("ip", "tuntap", "add", "dev", name, "mode", "tap", *flags)
    run("ip", "link", "set", name, "up")


def thread_times(pid):
    """CPU ticks of each thread of a process."""
    times = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        words = (task / "stat").read_text().rpartition(")")[2].split()
        times[task.name] = int(words[11]) + int(words[12])
    return times


def pings():
    for size in (56, 5000):
        out = run("ping", "-c", 20, "-i", 0.01, "-s", size, US).stdout
        check_in("20 packets transmitted, 20 received, 0% packet loss", out, f"ping -s {size}")
        check("DUP" not in out and "duplicates" not in out, "one answer to each: " + out)
    check_in("10 received", linnet("ping", "-c", 10, "-i", 0.01, KERNEL).stdout, "from us")


def pages(folder, b):
    """Many connections at once: both shards serve, and each page is whole."""
    digest = random_file(folder / "www" / "page", 1 << 20)

    def fetch(i):
        out = folder / f"page-{i}"
        run("curl", "-sS", "-o", out, f"http://{US}/page")
        same = sha256(out) == digest
        out.unlink()
        return same

    before = linnet("netstat", "-s").stdout
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        good = sum(pool.map(fetch, range(CONNECTIONS)))
    check(good == CONNECTIONS, f"{good} of {CONNECTIONS} pages are right")
    check_in(f" {CONNECTIONS} passive connection openings", linnet("netstat", "-s").stdout,
             "counted over both shards, before: " + before)
    times = thread_times(b.process.pid)
    check(sum(t > 0 for t in times.values()) == 2, f"both threads worked: {times}")


def datagrams():
    """Each source port is a flow; each question has one answer, long ones too."""
    lost = doubled = 0
    for i in range(CONNECTIONS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect((US, 7))
            s.settimeout(5)
            word = f"{i}".encode() * (1 if i % 4 else 1500)
            s.send(word)
            try:
                lost += s.recv(65536) != word
            except TimeoutError:
                lost += 1
            s.setblocking(False)
            try:
                s.recv(65536)
                doubled += 1
            except BlockingIOError:
                pass
    check(lost == 0 and doubled == 0, f"{lost} datagrams lost, {doubled} twice")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((US, 9))
        s.settimeout(5)
        s.send(b"x" * 5000)
        try:
            s.recv(1)
            check(False, "nobody has the port")
        except ConnectionRefusedError:
            pass


def bulk():
    for more in ([], ["-R"], ["-P", 4], ["-P", 4, "-R"]):
        iperf3_is_free()
        run("iperf3", "-c", US, "-n", BULK // 64, *more, timeout=120)


def from_us(folder):
    """Programs live on the first shard; what they ask for comes back to it."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    handler = functools.partial(Quiet, directory=folder / "www")
    server = http.server.ThreadingHTTPServer((KERNEL, 8000), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in range(20):
        out = linnet("curl", "-s", f"http://{KERNEL}:8000/small").stdout
        check(out == "small\n", f"a page from the kernel's end: {out}")
    server.shutdown()


def settings(near):
    told = linnet("ss", "-Htln").stdout
    check(told.count("0.0.0.0:80 ") == 2, f"a listener on each shard: {told}")
    linnet("ip", "addr", "add", "10.0.0.3/24", "dev", "eth0")
    run("ping", "-c", 3, "-i", 0.01, "10.0.0.3")
    run("curl", "-sS", "-o", "/dev/null", "http://10.0.0.3/small")
    check(linnet("ip", "neigh").stdout.count(KERNEL + " ") == 1, "one neighbour, known to both")
    check_in("with 2 RX ring(s)", linnet("ethtool", "-x", "eth0").stdout, "ethtool -x")
    linnet("sysctl", "-w", "net.ipv4.icmp_echo_ignore_all=1")
    for i in range(4, 12):  # another source address, another shard
        run("ip", "addr", "add", f"10.0.0.1{i}/24", "dev", near)
        check(run("ping", "-c", 1, "-W", 0.2, "-I", f"10.0.0.1{i}", US, status=None).returncode,
              "both shards keep silent")
    linnet("sysctl", "-w", "net.ipv4.icmp_echo_ignore_all=0")


def counter(name):
    return int(linnet("ethtool", "-S", "eth0").stdout.split(f" {name}: ")[1].split()[0])


def refusals(folder):
    make_tap("tap1")
    words = ["up", "--dev", "tap1", "--addr", "10.0.9.2/24", "--shards", 2]
    check_in("multi_queue", linnet(*words, status=1).stderr, "a TAP of one queue")
    check_in("--shards", linnet(*words, "--pcap", folder / "x", status=2).stderr, "--pcap")
    check_in("--shards", linnet(*words[:-1], 65, status=2).stderr, "too many")


def make_veth(queues=2):
    run("ip", "link", "del", "veth0", status=None)
    many = ["numrxqueues", queues, "numtxqueues", queues]
    run("ip", "link", "add", "veth0", *many, "type", "veth", "peer", "name", "veth1", *many)
    run("ip", "link", "set", "veth1", "up")
    run("ip", "addr", "add", KERNEL + "/24", "dev", "veth0")
    run("ip", "link", "set", "veth0", "up")


def everything(folder, dev, near, *options):
    b = up(folder, "--shards", 2, "--http", folder / "www", "--echo", 7, "--iperf3", *options,
           dev=dev)
    pings()
    given = counter("rx_given")
    pages(folder, b)
    datagrams()
    if dev.startswith("packet"):
        check(counter("rx_given") == given, "the kernel brings each flow to its own shard")
    bulk()
    from_us(folder)
    print(f"  {dev}: {counter('rx_given')} of {counter('rx_packets')} frames handed over")
    settings(near)
    down(b)
    for i in range(4, 12):
        run("ip", "addr", "del", f"10.0.0.1{i}/24", "dev", near)


def by_tap(folder):
    probe = run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap", "multi_queue", status=None)
    if probe.returncode or not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        print("no TAP may be made here: " + (probe.stderr.strip() or "/dev/net/tun is closed"))
        return
    run("ip", "addr", "add", KERNEL + "/24", "dev", "tap0")
    run("ip", "link", "set", "tap0", "up")
    for offload in ([], ["--no-offload"]):
        everything(folder, "tap0", "tap0", *offload)
    run("ip", "link", "del", "tap0")
    refusals(folder)


def by_packet(folder):
    make_veth()
    everything(folder, "packet:veth1", "veth0")
    b = up(folder, "--shards", 2, "--echo", 7, dev="packet:veth1")
    run("ip", "link", "set", "veth1", "down")
    wait_until(lambda: "NO-CARRIER" in linnet("ip", "link", "show", "eth0").stdout, "carrier off")
    run("ip", "link", "set", "veth1", "up")
    wait_until(lambda: run("ping", "-c", 1, "-W", 1, US, status=None).returncode == 0, "echo again")
    given = counter("rx_given")
    datagrams()
    check(counter("rx_given") == given, "the shares are the same")
    down(b)


def by_xdp(folder):
    """With fewer shards than queues, too; not with more."""
    make_veth(1)
    page = ["get", f"http://{KERNEL}:9/", "--dev", "xdp:veth1", "--addr", US + "/24"]
    lacking = re.search(r"linnet get: (AF_XDP: .*)", linnet(*page, status=None).stderr)
    if lacking:
        print("without AF_XDP: " + lacking[1])
        return
    done = linnet("up", "--dev", "xdp:veth1", "--addr", US + "/24", "--shards", 2, status=1)
    check_in("ethtool -L veth1", done.stderr, "one queue")
    for queues in (2, 3):
        make_veth(queues)
        everything(folder, "xdp:veth1", "veth0")


def main():
    enter(tap=False)
    need("ping", "curl", "iperf3")
    run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", status=None)
    with Folder() as folder:
        (folder / "www").mkdir()
        (folder / "www" / "small").write_text("small\n")
        case(by_tap, folder)
        case(by_packet, folder)
        case(by_xdp, folder)
    finish()


main()
