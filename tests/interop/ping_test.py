#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The kernel and linnet ping each other over a TAP: ARP, echo, fragments, errors, UDP."""
import os
import re
import socket
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *


def kernel_pings_linnet():
    for size in (0, 56, 1472, 1473, 8000, 65507):
        done = run("ping", "-c", 3, "-i", 0.01, "-W", 2, "-s", size, US, status=None)
        check_in("3 received, 0% packet loss", done.stdout, f"ping -s {size}")
        check("wrong" not in done.stdout and "DUP" not in done.stdout, f"ping -s {size}: intact")
    neigh = run("ip", "neigh", "show", "dev", "tap0").stdout
    check(re.search(rf"{US} lladdr [0-9a-f:]+ (REACHABLE|STALE|DELAY|PROBE)", neigh),
          f"the kernel knows our MAC: {neigh}")


def linnet_pings_kernel():
    for size in (56, 1472, 4000, 65507):
        done = linnet("ping", "-c", 3, "-i", 0.01, "-s", size, KERNEL)
        check_in("3 received, 0% packet loss", done.stdout, f"linnet ping -s {size}")
    done = linnet("ping", "-c", 1, "10.0.0.99", status=None)
    check(done.returncode == 1, f"an address that nobody has: {done.stdout}")
    check_in("Destination Host Unreachable", done.stdout, "an address that nobody has")
    check_in(KERNEL, linnet("arp", "-an").stdout, "linnet arp")


def flood():
    done = run("ping", "-c", 2000, "-f", US, status=None)
    check_in("2000 packets transmitted, 2000 received", done.stdout, "ping -f")


def udp_port_unreachable():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    s.connect((US, 9))
    s.send(b"anybody?")
    try:
        s.recv(100)
        check(False, "an answer from a closed port")
    except ConnectionRefusedError:
        check(True, "")


def udp_echo():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    for size in (0, 1, 1472, 1473, 9000, 65507):
        data = os.urandom(size)
        s.sendto(data, (US, 7))
        check(s.recv(70000) == data, f"UDP echo of {size} bytes")


def tcp_echo():
    s = socket.create_connection((US, 7), timeout=10)
    data = os.urandom(3_000_000)
    sent = got = 0
    back = bytearray()
    while len(back) < len(data):
        if sent < len(data) and sent - len(back) < 50_000:
            sent += s.send(data[sent:sent + 50_000])
        back += s.recv(1 << 16)
    check(bytes(back) == data, "TCP echo of 3 MB")
    s.shutdown(socket.SHUT_WR)
    check(s.recv(1) == b"", "the end goes back too")
    try:
        socket.create_connection((US, 9), timeout=5)
        check(False, "a connection to a closed port")
    except ConnectionRefusedError:
        check(True, "")


enter()
need("ping")
with Folder() as folder:
    b = up(folder, "--echo", 7)
    for fn in (kernel_pings_linnet, linnet_pings_kernel, flood, udp_port_unreachable, udp_echo,
               tcp_echo):
        case(fn)
    down(b)
finish()
