#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Floods of IPv6 over a TAP: neighbours, routers and redirects that nobody asked for, fragments
without end, headers that nobody knows, errors about what was never sent, forged sources. linnet
keeps answering a good client, within its memory, and its tables stay small."""
import os
import random
import re
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from interop import *
from frames import checksum, mac
import json

BUDGET = 64 << 20       # far below what linnet may use: a flood must not come near
SECONDS = 1
FRAMES = 3000           # drawn for each flood, and sent again and again
KERNEL6, US6 = FAMILIES[1].kernel, FAMILIES[1].us
NEIGHBOURS_MAX = 1024   # gc_thresh3
ROUTES_MAX = 300
ADDRESSES_MAX = 40      # max_addresses is 16; those that are set, and of each its text

rnd = random.Random(6)


def addr(text):
    return socket.inet_pton(socket.AF_INET6, text)


def on_link():
    return addr("fd00::")[:8] + rnd.randbytes(8)


def link_local():
    return addr("fe80::")[:8] + rnd.randbytes(8)


def anybody():
    return b"\x20\x01" + rnd.randbytes(14)


def group_of(target):
    return addr("ff02::1:ff00:0")[:13] + target[13:]


def eth_of(to):
    return b"\x33\x33" + to[12:] if to[0] == 0xFF else US_MAC


def packet(nexthdr, payload, src=None, to=None, hops=64, plen=None):
    src, to = src or addr(KERNEL6), to or addr(US6)
    return eth_of(to) + b"\x02" + rnd.randbytes(5) + b"\x86\xdd" + struct.pack(
        "!IHBB", 6 << 28 | rnd.getrandbits(20), len(payload) if plen is None else plen, nexthdr,
        hops) + src + to + payload


def summed(nexthdr, payload, at, src, to):
    """The payload with its checksum, at that byte."""
    pseudo = src + to + struct.pack("!IHBB", len(payload), 0, 0, nexthdr)
    return payload[:at] + struct.pack("!H", checksum(pseudo + payload)) + payload[at + 2:]


def icmp(kind, code, rest, src=None, to=None, hops=255):
    src, to = src or addr(KERNEL6), to or addr(US6)
    return packet(58, summed(58, struct.pack("!BBH", kind, code, 0) + rest, 2, src, to), src, to,
                  hops)


def tcp(flags, src, data=b""):
    head = struct.pack("!HHIIBBHHH", rnd.randrange(1024, 65536), 80, rnd.getrandbits(32),
                       rnd.getrandbits(32), 0x50, flags, 65535, 0, 0)
    return packet(6, summed(6, head + data, 16, src, addr(US6)), src)


def udp(port, src, data=b"x" * 100):
    head = struct.pack("!HHHH", rnd.randrange(1024, 65536), port, 8 + len(data), 0)
    return packet(17, summed(17, head + data, 6, src, addr(US6)), src)


def lladdr(kind):
    return bytes([kind, 1, 2]) + rnd.randbytes(5)


def advertisement():
    """A router with a prefix, a more specific route, a resolver and an MTU of its own."""
    prefix = b"\x20\x01" + rnd.randbytes(6) + bytes(8)
    return icmp(134, 0, struct.pack("!BBHII", 64, 0, 1800, 0, 0) + lladdr(1) +
                bytes([3, 4, 64, 0xC0]) + struct.pack("!III", 7200, 1800, 0) + prefix +
                bytes([24, 2, 48, 0]) + struct.pack("!I", 1800) + rnd.randbytes(6) + bytes(2) +
                bytes([5, 1, 0, 0]) + struct.pack("!I", rnd.choice([1280, 1400, 1500, 9000])) +
                bytes([25, 3, 0, 0]) + struct.pack("!I", 600) + anybody(),
                link_local(), addr("ff02::1"))


def redirect():
    target = anybody()
    quoted = struct.pack("!IHBB", 6 << 28, 8, 17, 64) + addr(US6) + target + rnd.randbytes(8)
    return icmp(137, 0, bytes(4) + link_local() + target + lladdr(2) +
                bytes([4, (8 + len(quoted)) // 8, 0, 0, 0, 0, 0, 0]) + quoted, link_local())


def error(kind, code, info):
    """About a packet of ours to somebody that was never sent."""
    proto = rnd.choice([6, 17, 58])
    quoted = struct.pack("!IHBB", 6 << 28, 100, proto, 64) + addr(US6) + anybody() + \
        struct.pack("!HH", 80, rnd.randrange(65536)) + rnd.randbytes(96)
    return icmp(kind, code, struct.pack("!I", info) + quoted, anybody())


def fragment(offset, more, data, ident=None, src=None):
    return packet(44, struct.pack("!BBHI", 17, 0, offset << 3 | more, rnd.getrandbits(32)
                                  if ident is None else ident) + data, src)


def options(kind, action):
    """One option that nobody knows, and what to do with it."""
    header = bytes([58 if kind == 60 else 59, 1, action << 6 | 0x1E, 4]) + rnd.randbytes(4) + \
        bytes([1, 6]) + bytes(6)
    return packet(kind, header + struct.pack("!BBHHH", 128, 0, 0, 1, 1), on_link())


def chain():
    """Headers behind headers, up to the end of the frame."""
    kinds = [rnd.choice([60, 43, 60, 60]) for _ in range(rnd.randrange(1, 170))] + [59]
    return packet(kinds[0], b"".join(bytes([k, 0, 1, 4]) + bytes(4) for k in kinds[1:]))


def broken():
    frame = bytearray(udp(7, on_link()))
    for _ in range(rnd.randrange(1, 4)):
        frame[rnd.randrange(14, len(frame))] = rnd.getrandbits(8)
    return bytes(frame[:rnd.randrange(20, len(frame))])


FLOODS = {
    "solicitations by everybody": lambda: icmp(135, 0, bytes(4) + addr(US6) + lladdr(1),
                                               on_link(), group_of(addr(US6))),
    "somebody wants our address": lambda: icmp(135, 0, bytes(4) + addr(US6), bytes(16),
                                               group_of(addr(US6))),
    "solicitations for others": lambda: icmp(135, 0, bytes(4) + on_link() + lladdr(1), on_link(),
                                             addr("ff02::1")),
    "advertisements of neighbours": lambda: icmp(136, 0, bytes([0x20, 0, 0, 0]) + on_link() +
                                                 lladdr(2), on_link(), addr("ff02::1")),
    "solicitations for a router": lambda: icmp(133, 0, bytes(4) + lladdr(1), link_local(),
                                               addr("ff02::2")),
    "routers with prefixes": advertisement,
    "redirects": redirect,
    "queries and reports of groups": lambda: icmp(
        rnd.choice([130, 131, 132, 143]), 0, bytes(4) + b"\xff\x02" + rnd.randbytes(14) +
        bytes(8), link_local(), addr("ff02::1"), 1),
    "echo requests of everybody": lambda: icmp(128, 0, bytes(4) + bytes(1000), on_link()),
    "SYNs of everybody": lambda: tcp(2, on_link()),
    "SYNs from beyond": lambda: tcp(2, anybody()),
    "SYNs of one": lambda: tcp(2, addr(KERNEL6)),
    "ACKs": lambda: tcp(16, on_link()),
    "data to a listener": lambda: tcp(24, on_link(), bytes(1200)),
    "datagrams of everybody to nobody": lambda: udp(9, on_link()),
    "datagrams to the echo port": lambda: udp(7, on_link(), bytes(1000)),
    "first fragments of everybody": lambda: fragment(0, 1, bytes(1400), src=on_link()),
    "last fragments": lambda: fragment(rnd.randrange(1, 8000), 0, bytes(1400)),
    "overlapping fragments": lambda: fragment(rnd.randrange(20), 1, bytes(8 * 20),
                                              rnd.randrange(8)),
    "tiny fragments": lambda: fragment(rnd.randrange(8000), 1, bytes(8), rnd.randrange(64)),
    "unknown headers": lambda: packet(rnd.choice([139, 140, 253, 254, 135, 50, 51]),
                                      bytes([59, 0]) + rnd.randbytes(62), on_link()),
    "unknown options": lambda: options(rnd.choice([0, 60]), rnd.randrange(4)),
    "routing headers": lambda: packet(43, bytes([58, 2, rnd.randrange(6), rnd.randrange(4)]) +
                                      bytes(4) + anybody() + bytes(8), on_link()),
    "chains of headers": chain,
    "packets too big": lambda: error(2, 0, rnd.choice([0, 68, 576, 1279, 1280, 1400, 65536])),
    "errors": lambda: error(rnd.choice([1, 3, 4]), rnd.randrange(8), rnd.getrandbits(32)),
    "broken packets": broken,
}


def memory():
    return json.loads(linnet("stat", "--json").stdout)["memory"]


def lines(*words):
    return len(linnet(*words).stdout.splitlines())


def flood(wire, draw):
    """Return: how many frames the TAP took."""
    frames = [draw() for _ in range(FRAMES)]
    end, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        for frame in frames[sent % FRAMES:][:100]:
            try:
                sent += wire.send(frame) > 0
            except OSError:     # the queue is full: until there is room
                select.select([], [wire], [], 1)
    return sent


def tables_are_small(what):
    check(memory()["peak"] < BUDGET, f"{what}: {memory()}")
    for words, most in ((("ip", "-6", "neigh"), NEIGHBOURS_MAX),
                        (("ip", "-6", "route"), ROUTES_MAX),
                        (("ip", "-6", "addr"), ADDRESSES_MAX)):
        count = lines(*words)
        check(count <= most, f"{what}: {' '.join(words)} has {count} lines")


def a_good_client_gets_through(what):
    page = run("curl", "-sS", "-g", "--max-time", 20, f"http://[{US6}]/", status=None)
    check(page.stdout == "still here", f"after {what}: {page}")


def floods_cost_bounded_memory(wire):
    for what, draw in FLOODS.items():
        sent = flood(wire, draw)
        check(sent > 300, f"{what}: {sent} frames")
        tables_are_small(what)
        a_good_client_gets_through(what)


enter(ipv6=True)
need("curl", "ping")
try:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
except PermissionError:
    skip("no right to packet sockets here")
wire.bind(("tap0", 0))
wire.setblocking(False)
with Folder() as folder:
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text("still here")
    b = up(folder, "--http", folder / "www", "--echo", 7, "--addr", US6 + "/64")
    addresses_are_ours()
    linnet("sysctl", "-w", "net.ipv6.conf.eth0.accept_ra=1")
    run("ping", "-6", "-c", 1, US6)
    US_MAC = mac(re.search(r"lladdr (\S+)", run("ip", "-6", "neigh", "show", US6).stdout)[1])
    case(floods_cost_bounded_memory, wire)
    down(b)
finish()
