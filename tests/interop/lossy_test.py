#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The real iperf3 over a line that delays, loses and reorders, both ways and from both ends, with
each congestion control that linnet has, by IPv4 and IPv6. What linnet sent is watched on both sides
of the loss, by tcpdump and by linnet's own capture: tshark finds no protocol fault, and each
sequence number stands for one byte however often it was sent."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "harness"))
import capture
from interop import *
from tshark import check_capture

LINK = "delay: 5ms, loss: 1%, reorder: {p: 3%, by: 4ms}"
AMOUNT = (1 << 20) if INSTRUMENTED else (2 << 20)
MAC = "02:00:00:00:00:42"


NAMES = "net.ipv4.tcp_available_congestion_control"


def controls(folder):
    """linnet's, and those of them that the kernel has too."""
    b = up(folder)
    names = linnet("sysctl", "-n", NAMES).stdout.split()
    down(b)
    check({"reno", "cubic"} <= set(names), f"linnet has {names}")
    return names, set(names) & set(run("sysctl", "-n", NAMES).stdout.split())


def kernel_asks(family, what, *options):
    iperf3_is_free()
    done = run("iperf3", "-c", family.us, "-n", AMOUNT, *options, timeout=300, status=None)
    check(done.returncode == 0 and "iperf Done" in done.stdout, f"{what}: {done.stdout}")


def linnet_asks(family, what, *options):
    done = linnet("iperf3", "-c", family.kernel, "-n", AMOUNT, *options, timeout=300, status=None)
    check(done.returncode == 0 and "iperf Done" in done.stdout, f"{what}: {done.stdout}")


def transfers(folder, family, cc, kernels):
    linnet("sysctl", "-w", f"net.ipv4.tcp_congestion_control={cc}")
    kernel_asks(family, f"{cc}: kernel to linnet", *(["-C", cc] if cc in kernels else []))
    kernel_asks(family, f"{cc}: linnet to kernel", "-R")
    server = Background(folder / "iperf3.log", "iperf3", "-s", "--forceflush")
    for i, options in enumerate(([], ["-R"])):
        server.wait_for(lambda: server.log.read_text().count("Server listening") > i, "listener")
        linnet_asks(family, f"{cc}: linnet's client {options}", "-C", cc, *options)
    server.stop()


def check_bytes(pcap, family, what):
    """Return: how many bytes linnet sent again."""
    streams = capture.sent_by(pcap, family.us)
    # iperf3 waits for nothing that is under way when the test is over.
    check(sum(len(s.data) for s in streams) >= AMOUNT, f"{what}: two transfers from linnet")
    for s in streams:
        check(not s.faults, f"{what}: {s}: {s.faults[:3]}")
    return sum(s.again for s in streams)


def one_control(folder, family, cc, kernels):
    pcap, own = folder / "tcpdump.pcap", folder / "own.pcapng"
    dump = Background(folder / "tcpdump.log", "tcpdump", "-i", "tap0", "-U", "-B", 65536, "-s", 0,
                      "-Z", "root", "-w", pcap)
    dump.wait_for_text("listening on")
    b = up(folder, "--iperf3", "--pcap", own, "--mac", MAC, "--link", LINK,
           addr=f"{family.us}/{family.length}")
    addresses_are_ours()
    transfers(folder, family, cc, kernels)
    down(b)
    check(dump.stop(signal.SIGINT) == 0, f"tcpdump: {dump.log.read_text()}")
    check_in("\n0 packets dropped by kernel", dump.log.read_text(), "tcpdump saw all")
    for name, which in ((pcap, "behind the link"), (own, "before the link")):
        what = f"{family.name}, {cc}, {which}"
        check_capture(name, f"eth.src == {MAC}", what,
                      protocols=("ip", "tcp") if family.us == US else ("tcp",))
        again = check_bytes(name, family, what)
    check(again, f"{family.name}, {cc}: what the link lost was sent again")


need("iperf3", "tcpdump", "tshark")
# What is lost is waited for, by the clock.
part = side_by_side(*(f"{f.name}, {half} half" for f in FAMILIES for half in ("first", "other")))
enter(ipv6=True)
with Folder() as folder:
    names, kernels = controls(folder)
    for family in FAMILIES:
        for cc in names["first" not in part::2] if family.name in part else ():
            case(one_control, folder, family, cc, kernels)
finish()
