#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The kernel and linnet speak IPv6 over a TAP: neighbours, duplicate addresses, echo, fragments,
what the kernel sends that nobody here knows, and router advertisements and redirects either way."""
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

KERNEL6, US6 = "2001:db8::1", "2001:db8::2"
ICMPV6, PARAMPROB, TIME_EXCEEDED = 58, 4, 3


def begin():
    run("sysctl", "-qw", "net.ipv6.conf.tap0.disable_ipv6=0")
    run("ip", "-6", "addr", "add", KERNEL6 + "/64", "dev", "tap0", "nodad")
    linnet("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=0")
    linnet("ip", "addr", "add", US6 + "/64", "dev", "eth0")
    check_in("tentative", linnet("ip", "-6", "addr", "show", "dev", "eth0").stdout,
             "an address nobody was asked about yet")
    wait_until(lambda: "tentative" not in linnet("ip", "-6", "addr").stdout,
               "address that is ours")
    wait_until(lambda: "tentative" not in run("ip", "-6", "addr").stdout,
               "address that is the kernel's")


def link_local():
    return re.search(r"inet6 (fe80::\S+)/64", linnet("ip", "-6", "addr").stdout).group(1)


def kernel_pings_linnet():
    for size in (0, 56, 1452, 1453, 8000, 65507):
        done = run("ping", "-6", "-c", 3, "-i", 0.01, "-W", 2, "-s", size, US6, status=None)
        check_in("3 received, 0% packet loss", done.stdout, f"ping -6 -s {size}")
        check("wrong" not in done.stdout and "DUP" not in done.stdout, f"ping -6 -s {size}: intact")
    done = run("ping", "-6", "-c", 2, "-i", 0.01, link_local() + "%tap0", status=None)
    check_in("2 received", done.stdout, "ping of the link-local address")
    done = run("ping", "-6", "-c", 1, "-I", "tap0", "ff02::1", status=None)
    check_in(link_local(), done.stdout, "ping of all nodes")
    done = run("ping", "-6", "-c", 2000, "-f", US6, status=None)
    check_in("2000 packets transmitted, 2000 received", done.stdout, "ping -6 -f")


def neighbours():
    theirs = run("ip", "-6", "neigh", "show", "dev", "tap0").stdout
    check(re.search(rf"{US6} lladdr [0-9a-f:]+ (REACHABLE|STALE|DELAY|PROBE)", theirs),
          f"the kernel knows our MAC: {theirs}")
    ours = linnet("ip", "-6", "neigh").stdout
    check(re.search(rf"{KERNEL6} dev eth0 lladdr [0-9a-f:]+ (REACHABLE|STALE|DELAY|PROBE)", ours),
          f"linnet knows the kernel's MAC: {ours}")


def duplicates_are_told():
    linnet("ip", "addr", "add", KERNEL6 + "/64", "dev", "eth0")
    wait_until(lambda: "dadfailed" in linnet("ip", "-6", "addr").stdout,
               "failed detection of what the kernel has")
    linnet("ip", "addr", "del", KERNEL6 + "/64", "dev", "eth0")
    run("ip", "-6", "addr", "add", US6 + "/64", "dev", "tap0")
    wait_until(lambda: "dadfailed" in run("ip", "-6", "addr").stdout,
               "failed detection of what linnet has")
    run("ip", "-6", "addr", "del", US6 + "/64", "dev", "tap0")


def header_packet(nexthdr, payload):
    """Sends it as the payload of IPv6 by the kernel; returns the ICMPv6 answer, or None."""
    icmp = socket.socket(socket.AF_INET6, socket.SOCK_RAW, ICMPV6)
    icmp.settimeout(2)
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, nexthdr)
    s.sendto(payload, (US6, 0))
    while True:
        try:
            data, who = icmp.recvfrom(2000)
        except socket.timeout:
            return None
        if who[0] == US6 and data[0] < 128:
            return data


def told(answer, code, pointer, what):
    check(answer is not None and answer[0] == PARAMPROB and answer[1] == code and
          struct.unpack_from(">I", answer, 4)[0] == pointer, f"{what}: {answer!r:.100}")


def what_nobody_knows():
    told(header_packet(254, b"12345678"), 1, 6, "unknown next header")
    told(header_packet(60, bytes([59, 0, 0x9E, 4, 1, 2, 3, 4])), 2, 42, "unknown option")
    told(header_packet(43, bytes([59, 0, 0, 1, 0, 0, 0, 0])), 0, 42, "source route")
    told(header_packet(44, bytes([59, 0, 0, 1, 0, 0, 0, 1]) + b"123456789"), 0, 4,
         "fragment of 9 bytes")


def advertisements_are_taken():
    """The kernel makes itself an address and a default route of what linnet says."""
    run("sysctl", "-qw", "net.ipv6.conf.tap0.accept_ra=1", "net.ipv6.conf.tap0.autoconf=1")
    linnet("ip", "addr", "add", "2001:db8:5::1/64", "dev", "eth0")
    for setting in ("all.forwarding=1", "eth0.adv_mtu=1400", "eth0.adv_preference=1",
                    "eth0.adv_send=1"):
        linnet("sysctl", "-w", "net.ipv6.conf." + setting)
    wait_until(lambda: "2001:db8:5:" in run("ip", "-6", "addr", "show", "dev", "tap0").stdout,
               "address of linnet's prefix")
    shown = run("ip", "-6", "route", "show", "dev", "tap0").stdout
    check(re.search(rf"default via {link_local()} proto ra metric \d+ expires \d+sec .*pref high",
                    shown), f"default route by linnet: {shown}")
    check_in("1400", run("sysctl", "net.ipv6.conf.tap0.mtu").stdout, "MTU of the link")
    linnet("sysctl", "-w", "net.ipv6.conf.eth0.adv_send=0")
    wait_until(lambda: "default" not in run("ip", "-6", "route", "show", "dev", "tap0").stdout,
               "end of the default route")


def redirects_are_taken():
    run("sysctl", "-qw", "net.ipv6.conf.tap0.accept_redirects=1")
    run("ip", "-6", "route", "add", "2001:db8:9::/64", "via", link_local(), "dev", "tap0")
    linnet("ip", "-6", "route", "add", "2001:db8:9::/64", "dev", "eth0")
    run("ping", "-6", "-c", 1, "-W", 1, "2001:db8:9::9", status=None)
    got = run("ip", "-6", "route", "get", "2001:db8:9::9").stdout
    check("via " + link_local() not in got, f"straight to it from now on: {got}")
    linnet("sysctl", "-w", "net.ipv6.conf.all.forwarding=0")
    run("ip", "-6", "route", "del", "2001:db8:9::/64")


def linnet_listens():
    """An advertisement by a program of the kernel's side (RFC 4861 4.2)."""
    mac = re.search(r"link/ether (\S+)", run("ip", "link", "show", "dev", "tap0").stdout).group(1)
    mac = bytes.fromhex(mac.replace(":", ""))
    prefix = socket.inet_pton(socket.AF_INET6, "2001:db8:6::")
    ra = struct.pack(">BBHBBHII", 134, 0, 0, 55, 0x18, 600, 0, 0)
    ra += b"\x01\x01" + mac
    ra += struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 1000, 500, 0) + prefix
    ra += struct.pack(">BBHI", 5, 1, 0, 1300)
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, ICMPV6)
    index = socket.if_nametoindex("tap0")
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    s.sendto(ra, ("ff02::1", 0, 0, index))
    wait_until(lambda: re.search("inet6 2001:db8:6:.* dynamic mngtmpaddr",
                                 linnet("ip", "-6", "addr").stdout), "address of a prefix")
    check(re.search(r"valid_lft (1000|99\d)sec preferred_lft (500|49\d)sec",
                    linnet("ip", "-6", "addr").stdout), "its lifetimes")
    routes = linnet("ip", "-6", "route").stdout
    check(re.search(r"default via fe80::\S+ dev eth0 proto ra metric 1024 .*expires 5\d\dsec "
                    "pref low", routes), f"default route: {routes}")
    check_in("2001:db8:6::/64 dev eth0 proto kernel metric 256 expires", routes, "prefix")
    check_in("= 55", linnet("sysctl", "net.ipv6.conf.eth0.hop_limit").stdout, "hop limit")


enter()
need("ping")
with Folder() as folder:
    b = up(folder)
    for fn in (begin, kernel_pings_linnet, neighbours, duplicates_are_told, what_nobody_knows,
               advertisements_are_taken, redirects_are_taken, linnet_listens):
        case(fn)
    down(b)
finish()
