#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet by AF_XDP at one end of a veth, the kernel at the other: ping, pages, iperf3, UDP, MTUs,
frames of several pieces, two queues, busy poll; the program is gone when linnet is, however it
ended; what cannot be is told.

    kernel 10.0.1.1 --- veth0 veth1 --- linnet 10.0.1.2
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

A, B = "10.0.1.1", "10.0.1.2"
SIZE = 8 << 20 if INSTRUMENTED else 64 << 20
OURS, THEIRS = "veth1", "veth0"


def veth(queues=1, mtu=1500):
    subprocess.run(["ip", "link", "del", THEIRS], capture_output=True)
    many = ["numrxqueues", queues, "numtxqueues", queues]
    run("ip", "link", "add", THEIRS, "mtu", mtu, *many, "type", "veth", "peer", "name", OURS,
        "mtu", mtu, *many)
    run("ip", "addr", "add", A + "/24", "dev", THEIRS)
    for end in (THEIRS, OURS):
        run("ip", "link", "set", end, "up")


def xdp_up(folder, *options, dev="xdp:" + OURS, name="x"):
    return up(folder, *options, dev=dev, addr=B + "/24", name=name)


def is_attached():
    return "prog/xdp" in run("ip", "-d", "link", "show", "dev", OURS).stdout


def refused(dev, *parts, options=()):
    done = linnet("up", "--dev", dev, "--addr", B + "/24", "--name", "no", *options, status=None)
    check(done.returncode not in (0, None), f"{dev}: refused, status {done.returncode}")
    for part in parts:
        check_in(part, done.stderr, f"linnet up --dev {dev}")


def may_we():
    """Skips with what linnet says where AF_XDP lacks the rights or the kernel."""
    veth()
    done = linnet("get", f"http://{A}:9/", "--dev", "xdp:" + OURS, "--addr", B + "/24",
                  status=None)
    lacking = re.search(r"linnet get: (AF_XDP: .*)", done.stderr)
    if lacking:
        skip(lacking[1])


def counters():
    text = linnet("ethtool", "-S", "eth0").stdout
    return {k: int(v) for k, v in re.findall(r"(\w+): (\d+)", text)}


def pings():
    for size in (0, 56, 1472, 1473, 8000):
        done = run("ping", "-c", 3, "-i", 0.01, "-W", 2, "-s", size, B, status=None)
        check_in("3 received, 0% packet loss", done.stdout, f"ping -s {size}")
        done = linnet("ping", "-c", 3, "-i", 0.01, "-s", max(size, 8), A, status=None)
        check_in("3 received, 0% packet loss", done.stdout, f"linnet ping -s {size}")
    done = run("ping", "-c", 2000, "-f", B, status=None)
    check_in("2000 packets transmitted, 2000 received", done.stdout, "ping -f")


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    for size in (0, 1, 1472, 1473, 9000):
        data = os.urandom(size)
        s.sendto(data, (B, 7))
        check(s.recv(70000) == data, f"UDP echo of {size} bytes")


def iperf(*options):
    iperf3_is_free()
    done = run("iperf3", "-c", B, "-J", "-t", 1, *options, status=None)
    got = json.loads(done.stdout or "{}")
    if check(done.returncode == 0 and "error" not in got, f"iperf3 {options}: {done.stdout}"):
        end = got["end"]["sum_received"]
        print(f"  iperf3 {' '.join(options)}: {end['bits_per_second'] / 1e9:.2f} Gbit/s")
        check(end["bytes"] > 0, f"iperf3 {options}: bytes")


def everything(folder, dev="xdp:" + OURS, mtu=1500, queues=1):
    veth(queues, mtu)
    root = folder / "www"
    root.mkdir(exist_ok=True)
    want = random_file(root / "bulk.bin", SIZE)
    b = xdp_up(folder, "--http", root, "--echo", 7, "--iperf3", dev=dev)
    check(is_attached(), "the program is on the interface")
    check_in(f"mtu {mtu}", b.log.read_text(), "the interface's MTU")
    pings()
    udp()
    run("curl", "-sS", "-o", folder / "out", f"http://{B}/bulk.bin")
    check(sha256(folder / "out") == want, "curl gets what linnet serves")
    iperf()
    iperf("-R")
    got = counters()
    check(got["rx_packets"] > 1000 and got["tx_packets"] > 1000, f"ethtool -S: {got}")
    check(got["xdp_native"] == 1 and got["xdp_queues"] == queues, f"ethtool -S: {got}")
    check(got["xdp_frags"] == (mtu > 3822), f"ethtool -S: {got}")
    about = f"xdp mode native bind copy queues {queues} frags {'on' if mtu > 3822 else 'off'}"
    check_in(about, linnet("ip", "-d", "link").stdout, "what was got")
    check(got["xdp_rx_invalid_descs"] == got["xdp_tx_invalid_descs"] == 0, f"ethtool -S: {got}")
    down(b)
    check(not is_attached(), "the program is gone with linnet")


def flows_use_all_queues(folder):
    """What we send leaves by the queue of its flow, and each flow is whole and in order."""
    veth(4)
    b = xdp_up(folder, "--echo", 7)
    data = os.urandom(200000)
    for _ in range(32):
        with socket.create_connection((B, 7), timeout=10) as s:
            s.settimeout(10)
            sent, back = 0, b""
            while len(back) < len(data):
                if sent < len(data):
                    sent += s.send(data[sent:sent + 20000])
                back += s.recv(65536)
            check(back == data, "echo over several queues")
    got = counters()
    check(got["xdp_queues"] == 4, f"ethtool -S: {got}")
    check(all(got[f"tx_queue_{q}_packets"] > 100 for q in range(4)), f"all queues send: {got}")
    down(b)


def state_of(b):
    with open(f"/proc/{b.process.pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def busy_poll(folder):
    """Our calls have the kernel poll the device, and end when nothing comes."""
    veth()
    b = xdp_up(folder, "--echo", 7, "--busy-poll", 200)
    check(counters()["xdp_busy_poll"] == 1, "the kernel takes busy poll")
    check_in("busy_poll on", linnet("ip", "-d", "link").stdout, "what was got")
    pings()
    udp()
    wait_until(lambda: state_of(b) == "S", "sleep when nothing comes")
    run("ping", "-c", 1, B)
    down(b)
    b = xdp_up(folder, name="without")
    check(counters()["xdp_busy_poll"] == 0, "only where it is asked for")
    down(b)


def linnet_gets(folder):
    """The other way: a page of the kernel's end, its checksums left to a card that is not there."""
    veth()
    root = folder / "www"
    root.mkdir(exist_ok=True)
    want = random_file(root / "bulk.bin", SIZE)
    server = Background(folder / "server.log", sys.executable, "-u", "-m", "http.server", "8000",
                        "--bind", A, "--directory", root)
    server.wait_for_text("Serving HTTP")
    checksums = run("ethtool", "-k", THEIRS, status=None).stdout
    for state in ("on", "off"):
        run("ethtool", "-K", THEIRS, "tx", state)
        linnet("get", f"http://{A}:8000/bulk.bin", "--dev", "xdp:" + OURS, "--addr", B + "/24",
               "-s", "-o", folder / "out", timeout=120)
        check(sha256(folder / "out") == want, f"linnet gets the page, ethtool -K tx {state}")
    check_in("tx-checksumming: on", checksums, "a veth has it on")
    check(not is_attached(), "the program is gone with linnet get")
    server.stop()


def reader_that_stops(folder):
    """Who does not read holds frames of the UMEM; the others go on. (Sixty windows at once may be
    more than a queue has frames for, so what comes just then is lost, and counted.)"""
    veth()
    b = xdp_up(folder, "--echo", 7)
    stuck = [socket.create_connection((B, 7), timeout=10) for _ in range(60)]
    for s in stuck:
        s.setblocking(False)

    def frames_ran_out():
        for sender in stuck:
            try:
                while True:
                    sender.send(bytes(65536))
            except BlockingIOError:
                pass
        return counters()["xdp_rx_copied"] > 0

    def all_answered():
        return "20 received" in run("ping", "-c", 20, "-i", 0.01, "-W", 1, B, status=None).stdout

    wait_until(frames_ran_out, "frames held by those who wait")
    wait_until(all_answered, "ping without loss")
    check(counters()["xdp_rx_lent"] > 1000, "most frames went up where they were")
    for s in stuck:
        s.close()
    down(b)


def killed(folder):
    veth()
    b = xdp_up(folder)
    check(is_attached(), "the program is on the interface")
    b.stop(signal.SIGKILL)
    wait_until(lambda: not is_attached(), "end of the program after SIGKILL")
    b = xdp_up(folder, name="after")
    run("ping", "-c", 1, B)
    down(b)


def other_end_goes(folder):
    """The cable is pulled, plugged in again, and goes for good."""
    veth()
    b = xdp_up(folder)
    run("ping", "-c", 1, B)
    run("ip", "link", "set", THEIRS, "down")
    wait_until(lambda: "NO-CARRIER" in linnet("ip", "link", "show", "eth0").stdout, "no carrier")
    linnet("ping", "-c", 1, "-W", 1, A, status=None)
    run("ip", "link", "set", THEIRS, "up")
    wait_until(lambda: "LOWER_UP" in linnet("ip", "link", "show", "eth0").stdout, "carrier")
    run("ping", "-c", 1, B)
    run("ip", "link", "del", THEIRS)
    wait_until(lambda: "NO-CARRIER" in linnet("ip", "link", "show", "eth0").stdout, "its end")
    down(b)


def card_goes_down(folder):
    """linnet's own ip link: rings are taken down and made again while frames come and go."""
    veth()
    b = xdp_up(folder, "--echo", 7)
    s = socket.create_connection((B, 7), timeout=10)
    s.sendall(bytes(100000))
    for change in ("down", "up", "mtu 1400", "mtu 1500"):
        done = linnet("ip", "link", "set", "eth0", *change.split())
        check(not done.stderr, f"ip link set eth0 {change}: {done.stderr}")
        if change == "down":
            done = run("ping", "-c", 1, "-W", 1, B, status=None)
            check_in(" 0 received", done.stdout, "nobody answers while it is down")
        else:
            run("ping", "-c", 1, B)
    done = linnet("ip", "link", "set", "eth0", "mtu", 4000, status=None)
    check(done.returncode != 0, "no MTU that a frame of the UMEM cannot hold")
    down(b)


def mac_of_ones_own(folder):
    veth()
    b = xdp_up(folder, "--mac", "02:00:00:00:00:42")
    run("ping", "-c", 1, B)
    check_in("02:00:00:00:00:42", run("ip", "neigh", "show", "dev", THEIRS).stdout, "our MAC")
    check_in("promiscuity 1", run("ip", "-d", "link", "show", "dev", OURS).stdout, "promiscuous")
    down(b)
    check_in("promiscuity 0", run("ip", "-d", "link", "show", "dev", OURS).stdout, "no longer")


def refusals(folder):
    veth()
    b = xdp_up(folder)
    refused("xdp:" + OURS, "an XDP program is attached already", f"ip link set dev {OURS} xdp off")
    down(b)
    refused("xdp:nothing", "nothing: No such device", "ip link shows")
    refused("xdp:", "the name of the interface is missing")
    refused(f"xdp:{OURS}:0", "expected xdp:IF or xdp:IF:QUEUES")
    refused(f"xdp:{OURS}:2x", "expected xdp:IF or xdp:IF:QUEUES")
    refused(f"xdp:{OURS}:2", "it has 1 queues, not 2", "ethtool -L")
    refused("xdp:lo", "lo: not an Ethernet device")
    refused("xdp:" + OURS, "before a TAP", options=("--link", "loss: 1%"))
    run("ip", "link", "set", OURS, "down")
    refused("xdp:" + OURS, f"ip link set {OURS} up")
    veth(mtu=16000)
    refused("xdp:" + OURS, "MTU 16000 is too large", f"ip link set dev {OURS} mtu 1500")
    run("ip", "link", "set", THEIRS, "mtu", 9000)
    run("ip", "link", "set", OURS, "mtu", 1500)
    refused("xdp:" + OURS, "the MTU, of it or of its peer, is too large", "mtu 1500")
    check(not is_attached(), "nothing stays attached")


def without_rights():
    if os.geteuid():
        return
    done = run("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", LINNET, "up", "--dev",
               "xdp:" + OURS, "--addr", B + "/24", "--name", "no", status=None)
    check(done.returncode not in (0, None), "refused without capabilities")
    check_in("CAP_BPF and CAP_NET_ADMIN", done.stderr, "what is missing")


enter()
need("ip", "ping", "curl", "iperf3", "ethtool", "setpriv")
with Folder() as folder:
    may_we()
    case(everything, folder)
    case(everything, folder, "xdp:" + OURS, 3000)
    case(everything, folder, "xdp:" + OURS, 9000)
    case(everything, folder, f"xdp:{OURS}:2", 1500, 2)
    case(flows_use_all_queues, folder)
    case(busy_poll, folder)
    case(linnet_gets, folder)
    case(reader_that_stops, folder)
    case(killed, folder)
    case(other_end_goes, folder)
    case(card_goes_down, folder)
    case(mac_of_ones_own, folder)
    case(refusals, folder)
    case(without_rights)
finish()
