#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The lines of linnet tcpdump are tcpdump's: of what passes in the labs that come with linnet, and
of frames made here for what does not pass there."""
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINNET = os.environ.get("LINNET") or str(ROOT / "build" / "release" / "linnet")
LABS = ["black-hole", "dhcp", "home-nat", "internet6", "office-vlans", "ring", "three-routers"]
WAYS = [["-t"], ["-t", "-e"], ["-t", "-q"], ["-tt"]]

frames = []


def eth(packet, proto=0x0800):
    frames.append(b"\2\0\0\0\0\1\2\0\0\0\0\2" + struct.pack(">H", proto) + packet)


def ipv4(payload, proto, frag=0x4000, src=1, dst=2):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, frag, 64, proto, 0)
    head += bytes([10, 0, 0, src, 10, 0, 0, dst])
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + payload


def ipv6(nexthdr, payload):
    addr = bytes.fromhex("20010db80000000000000000000000")
    head = struct.pack(">IHBB", 6 << 28, len(payload), nexthdr, 64)
    return head + addr + b"\1" + addr + b"\2" + payload


def udp(data, dport=53, sport=4000):
    return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


def tcp(data, dport=80, sport=4000):
    return struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x18, 100, 0, 0) + data


# ---- DNS, HTTP, DHCP ----

def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + \
        b"\0"


def dns(flags, *parts, counts=(1, 0, 0, 0)):
    return struct.pack(">6H", 4660, flags, *counts) + b"".join(parts)


def asks(text, rtype=1, rclass=1):
    return name(text) + struct.pack(">HH", rtype, rclass)


def record(rtype, data, rclass=1):
    return b"\xc0\x0c" + struct.pack(">HHIH", rtype, rclass, 60, len(data)) + data


def questions():
    yield dns(0x0100, asks("www.server.com"))
    yield dns(0x0000, asks(".", 2))
    yield dns(0x0110, asks("x.y", 255, 255))
    yield dns(0x2800, asks("z.z", 6))
    yield dns(0x0100, asks("z.z"), asks("y.y", 28), counts=(2, 0, 0, 0))
    yield dns(0x0100, asks("bad name\1\x7f"))
    yield dns(0x0100, b"\xc0\x0c\0\1\0\1")
    yield dns(0x0100, b"\5ab")
    yield dns(0x0100)[:9]
    yield b""
    yield dns(0x0140, asks("a.b"))
    yield dns(0x0101, asks("a.b", 257, 254))
    yield dns(0x0100, asks("a.b"), record(1, b"\1\2\3\4"), counts=(1, 1, 0, 0))
    yield dns(0x0100, asks("a.b"), record(1, b"\1\2\3\4") * 3, counts=(1, 0, 1, 2))


def answers():
    yield dns(0x8180, asks("a.b"), record(5, name("c.d")), record(1, b"\1\2\3\4"),
              record(28, bytes(range(16))), record(15, b"\0\5\1m\xc0\x0c"), counts=(1, 4, 0, 0))
    yield dns(0x8583, asks("a.b"), record(6, name("ns.a") + name("h.a") + bytes(20)),
              counts=(1, 0, 1, 0))
    yield dns(0x8600, asks("a.b"), record(16, b'\3abc\4d"\\e'), record(99, b"xx"),
              record(33, struct.pack(">HHH", 1, 2, 80) + name("s.b")), counts=(1, 3, 0, 0))
    yield dns(0x81A0, asks("a.b", 12), record(12, name("p.q")), record(2, name("ns.q")),
              record(39, name("d.n")), counts=(1, 3, 0, 0))
    yield dns(0x8180, asks("a.b"), record(43, bytes(24)), record(46, bytes(30)),
              record(48, bytes(8)), record(13, b"\1a\1b"), record(65, bytes(9)),
              counts=(1, 5, 0, 0))
    yield dns(0x8180, asks("a.b"), record(1, b"\1\2\3\4", 3), counts=(1, 1, 0, 0))
    yield dns(0x8180, asks("a.b"), record(41, b"", 512), counts=(1, 1, 0, 0))
    yield dns(0x8180, asks("a.b"), record(1, b"\1\2\3"), counts=(1, 1, 0, 0))
    for rcode in range(11):
        yield dns(0x8180 | rcode, counts=(0, 0, 0, 0))


def applications():
    for message in questions():
        eth(ipv4(udp(message), 17))
    for message in answers():
        eth(ipv4(udp(message, 4000, 53), 17))
        eth(ipv4(tcp(struct.pack(">H", len(message)) + message, 4000, 53), 6))
    for part in (b"\0", b"\0\7abc", b"\0\2ab"):
        eth(ipv4(tcp(part, 53), 6))
    for text in ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n<html>", "<html>\n",
                 "GET /no/end", "get / HTTP/1.0\n", "HTTP/1.1 20x OK\r\n", "GET /\1 HTTP/1.1\r\n",
                 "NOTIFY * X\r\n", "GET\r\n", "foo 200\r\n", "re\n100 x\n", "200 OK\r\n", "GE",
                 "GET  /x\r\n", " GET /x\r\n", "OPTIONS *\rX\r\n", "\r\n", ""):
        for port in 80, 8080, 81:
            eth(ipv4(tcp(text.encode(), port), 6))
    boot = b"\1\1\6\0" + bytes(24) + b"\2\0\0\0\0\x42" + bytes(266)
    for message in (boot, b"\2" + boot[1:], b"\3" + boot[1:], boot[:100], boot[:30],
                    b"\1\1\7" + boot[3:], b"\1\2\6" + boot[3:]):
        eth(ipv4(udp(message, 67, 68), 17))
        eth(ipv4(udp(message, 68, 67), 17))


# ---- ICMP, IGMP, IPv6 ----

def icmp():
    for quoted in ipv4(udp(b"", 9), 17, dst=3), ipv4(tcp(b""), 6, dst=3), ipv4(bytes(8), 99, dst=3):
        for kind, code, word in [(3, c, 1400) for c in range(17) if (c, quoted[9]) != (3, 99)] + \
                [(11, 0, 0), (11, 1, 0), (11, 2, 0), (12, 0, 4 << 24), (12, 1, 0), (4, 0, 0)] + \
                [(5, c, 0x0A000009) for c in range(4)]:
            eth(ipv4(struct.pack(">BBHI", kind, code, 0, word) + quoted, 1))
    for kind in 0, 8, 10:
        eth(ipv4(struct.pack(">BBHHH", kind, 0, 0, 7, 1) + bytes(16), 1))


def igmp():
    group = bytes([224, 0, 0, 251])
    for head in b"\x11\0", b"\x11\x64", b"\x11\x0a", b"\x12\0", b"\x16\0", b"\x17\0":
        eth(ipv4(head + b"\0\0" + group, 2))
    for code in b"\0\x14\x64\x80\xff":
        for to in group, bytes(4):
            eth(ipv4(bytes([0x11, code, 0, 0]) + to + b"\2\x7d\0\0", 2))
    eth(ipv4(b"\x11\x64\0\0" + group + b"\2\x7d\0\1\1\2\3\4", 2))
    eth(ipv4(b"\x22\0\0\0\0\0\0\2" + (b"\4\0\0\0" + group) * 2, 2))


def extension_headers():
    hop, dst = b"%c\0\5\2\0\0\1\0", b"%c\0\1\4\0\0\0\0"
    for proto, upper in (6, tcp(b"abc", 9)), (17, udp(b"abc", 9)), (58, b"\x80\0\0\0\0\1\0\1"):
        eth(ipv6(proto, upper), 0x86DD)
        eth(ipv6(0, hop % proto + upper), 0x86DD)
        eth(ipv6(0, hop % 60 + dst % proto + upper), 0x86DD)
        for offset, more in (0, 0), (0, 1), (48, 1), (48, 0):
            frag = struct.pack(">BBHI", proto, 0, offset | more, 7) + upper
            eth(ipv6(44, frag), 0x86DD)
            eth(ipv6(0, hop % 44 + frag), 0x86DD)
    eth(ipv6(0, hop % 59), 0x86DD)


def icmp6():
    for proto, upper in (6, tcp(b"")), (17, udp(b"", 9)):
        quoted = ipv6(proto, upper)
        for kind, code, word in [(1, c, 0) for c in (0, 2, 3, 4)] + [(2, 0, 1280), (3, 0, 0)] + \
                [(3, 1, 0)] + [(4, c, 40) for c in range(4)]:
            eth(ipv6(58, struct.pack(">BBHI", kind, code, 0, word) + quoted), 0x86DD)
    one, two = quoted[8:24], quoted[24:40]
    for message in (b"\x82\0\0\0\x27\x10\0\0" + bytes(16) + b"\2\x7d\0\0",
                    b"\x82\0\0\0\1\x10\0\0" + two + b"\2\x7d\0\1" + one,
                    b"\x8f\0\0\0\0\0\0\1\4\0\0\0" + two, b"\x85\0\0\0\0\0\0\0",
                    b"\x87\0\0\0\0\0\0\0" + two + b"\1\1\2\0\0\0\0\1",
                    b"\x88\0\0\0\xe0\0\0\0" + two + b"\2\1\2\0\0\0\0\1",
                    b"\x86\0\0\0\x40\0\0\0" + bytes(8), b"\x89\0\0\0\0\0\0\0" + one + two):
        eth(ipv6(58, message), 0x86DD)


def links():
    arp = b"\0\1\x08\0\6\4\0%c\2\0\0\0\0\1\1\1\1\1" + bytes(6) + b"\1\1\1\2"
    for op in 1, 2:
        eth(arp % op, 0x0806)
        eth(b"\x60\x0a\x08\x06" + arp % op, 0x8100)
    eth(b"\0\x0a\x81\0\x10\x0b\x86\xdd" + ipv6(6, tcp(b"")), 0x88A8)
    bpdu = b"\x42\x42\3\0\0%c%c%c" + b"\x80\0\2\0\0\0\0\1" + b"\0\0\0\4" + \
        b"\x80\0\2\0\0\0\0\2\x80\2" + b"\1\0\x14\0\2\0\x0f\0"
    for flags in 0, 1, 0x3C, 0x7E:
        eth(bpdu % (2, 2, flags) + b"\0", 39)
    for flags in 0, 1, 0x80:
        eth(bpdu % (0, 0, flags), 38)
    eth(b"\x42\x42\3\0\0\0\x80", 7)


def capture():
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number, frame in enumerate(frames):
        data += struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame
    return data


# ---- both ----

def lines(*words):
    """-K: linnet does not say of TCP's sums whether they are right."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        sys.exit(f"{words}: status {done.returncode}\n{done.stderr}")
    return done.stdout.splitlines()


def compare(path):
    for way in WAYS:
        theirs = lines("tcpdump", "-K", "-n", "-S", *way, "-r", path)
        ours = lines(LINNET, "tcpdump", *way, "-r", path)
        for number, (a, b) in enumerate(zip(theirs, ours), 1):
            if a != b:
                sys.exit(f"{path.name} {' '.join(way)}, line {number}\ntcpdump: {a}\nlinnet:  {b}")
        if len(ours) != len(theirs) or not ours:
            sys.exit(f"{path.name} {' '.join(way)}: {len(ours)} lines, tcpdump has {len(theirs)}")
    print(f"{path.name}: {len(ours)} lines")


def main():
    if not shutil.which("tcpdump"):
        print("tcpdump is not installed")
        sys.exit(77)
    for make in applications, icmp, igmp, extension_headers, icmp6, links:
        make()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "made.pcap"
        path.write_bytes(capture())
        compare(path)
        for lab in LABS:
            path = pathlib.Path(folder) / f"{lab}.pcapng"
            subprocess.run([LINNET, "lab", "run", lab, "--pcap", path], capture_output=True,
                           timeout=120, check=False)
            compare(path)


main()
