#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pieces of an IPv4 datagram, thrown at this machine's kernel and at linnet: exact duplicates,
pieces inside, across and around others, ends that disagree. Both must make the same of them, but
where linnet keeps to RFC 5722 4: a piece that lies inside another, and is not its duplicate, ends
the datagram as each overlap does. The kernel (since 4.20) takes it for a duplicate.

    this test --- ktap --- the kernel 10.9.0.1
    this test --- tap0 (AF_PACKET) --- linnet 10.0.0.2
"""
import fcntl
import json
import os
import select
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

PEER_MAC, OUR_MAC = "02:00:00:00:00:09", "02:00:00:00:00:42"
ETH_ALL, TUNSETIFF, TAP_WITHOUT_PI = 3, 0x400454CA, 0x1002
BLOCKS = 6
SAME, STRICT = "as the kernel", "stricter than the kernel"

# Pieces: first block, behind the last block, M when more follow. All have the bytes that belong
# there. What is in question comes last but one: were it the end of the datagram, nothing is left
# for the last piece to complete.
CASES = [
    ("in order", SAME, True, "0-2M 2-4M 4-6"),
    ("backwards", SAME, True, "4-6 2-4M 0-2M"),
    ("first twice", SAME, True, "0-3M 0-3M 3-6"),
    ("middle twice", SAME, True, "0-2M 2-4M 2-4M 4-6"),
    ("last twice", SAME, True, "3-6 3-6 0-3M"),
    ("each twice, mixed", SAME, True, "4-6 0-2M 4-6 0-2M 2-4M"),
    ("the beginning of one", STRICT, False, "0-3M 0-2M 3-6"),
    ("the end of one", STRICT, False, "0-3M 1-3M 3-6"),
    ("inside one", STRICT, False, "0-3M 1-2M 3-6"),
    ("inside the last", STRICT, False, "3-6 4-5M 0-3M"),
    ("two joined", STRICT, False, "0-1M 1-3M 0-3M 3-6"),
    ("across two joined", STRICT, False, "0-2M 2-4M 1-3M 4-6"),
    ("one and more behind", SAME, False, "0-3M 0-4M 4-6"),
    ("overlaps the end", SAME, False, "0-3M 2-4M 4-6"),
    ("overlaps the beginning", SAME, False, "2-4M 1-3M 0-2M 4-6"),
    ("around one", SAME, False, "1-2M 0-3M 3-6"),
    ("overlaps the last", SAME, False, "3-6 2-4M 0-3M"),
    ("across a hole", SAME, False, "0-2M 3-4M 1-4M 2-3M 4-6"),
    ("beyond the end", SAME, False, "4-6 6-7M 0-4M"),
    ("an end before what is there", SAME, False, "0-2M 2-6M 2-4 6-7"),
    ("two ends", SAME, False, "4-6 4-7 0-4M"),
    ("the last again, as if more followed", SAME, True, "3-6 3-6M 0-3M"),
    ("again, as the last", SAME, True, "3-6M 3-6 0-3M"),
    ("all there, then again as the last", SAME, False, "0-3M 3-6M 3-6"),
    ("nothing in it", SAME, False, "0-3M 3-3M 3-6"),
]


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Target:
    """A machine to ping with frames of our own making."""

    def __init__(self, name, macs, addrs, send, receive, fd):
        self.name, self.macs, self.addrs = name, macs, addrs
        self.send, self.receive, self.fd = send, receive, fd

    def echo(self, ident):
        body = struct.pack("!BBHHH", 8, 0, 0, ident, 1) + bytes(
            (ident * 31 + i * 7) & 255 for i in range(8 * BLOCKS - 8))
        return body[:2] + struct.pack("!H", checksum(body)) + body[4:]

    def piece(self, ident, first, end, more):
        payload = self.echo(ident)[first * 8:end * 8]
        payload += bytes((end - first) * 8 - len(payload))    # beyond the end
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident,
                           first | (0x2000 if more else 0), 64, 1, 0, *self.addrs)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        self.send(mac(self.macs[1]) + mac(self.macs[0]) + b"\x08\0" + head + payload)

    def answers(self, last):
        """The echo replies that come until that to last: by identifier, the bytes."""
        got = {}
        while last not in got:
            if not select.select([self.fd], [], [], 10)[0]:
                raise AssertionError(f"{self.name} does not answer any more; so far {got.keys()}")
            frame = self.receive()
            if frame[6:12] == mac(self.macs[1]) and frame[12:14] == b"\x08\0" and \
                    frame[23] == 1 and frame[34] == 0:
                size, = struct.unpack_from("!H", frame, 16)
                got.setdefault(struct.unpack_from("!H", frame, 38)[0], frame[34:14 + size])
        return got


def try_all(target):
    """For each case: was the datagram put together?"""
    results = []
    for i, (what, _, _, pieces) in enumerate(CASES):
        ident, after = 2 * i + 1, 2 * i + 2
        for piece in pieces.split():
            first, end = piece.rstrip("M").split("-")
            target.piece(ident, int(first), int(end), piece.endswith("M"))
        target.piece(after, 0, BLOCKS, False)
        got = target.answers(after)
        if ident in got:
            check(got[ident][4:] == target.echo(ident)[4:],
                  f"{target.name}, {what}: the bytes are those that were sent")
        results.append(ident in got)
    return results


def the_kernel():
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"ktap", TAP_WITHOUT_PI))
    run("ip", "addr", "add", "10.9.0.1/24", "dev", "ktap")
    run("ip", "link", "set", "ktap", "up")
    run("ip", "neigh", "add", "10.9.0.2", "lladdr", PEER_MAC, "dev", "ktap")
    link = json.loads(run("ip", "-j", "link", "show", "ktap").stdout)[0]
    return Target("the kernel", (PEER_MAC, link["address"]),
                  (socket.inet_aton("10.9.0.2"), socket.inet_aton("10.9.0.1")),
                  lambda frame: os.write(fd, frame), lambda: os.read(fd, 2048), fd)


def linnet_itself():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_ALL))
    s.bind(("tap0", 0))
    link = json.loads(run("ip", "-j", "link", "show", "tap0").stdout)[0]
    return Target("linnet", (link["address"], OUR_MAC),
                  (socket.inet_aton(KERNEL), socket.inet_aton(US)), s.send,
                  lambda: s.recv(2048), s)


def pieces_end_as_they_do_in_the_kernel(folder):
    b = up(folder, "--mac", OUR_MAC)
    theirs, ours = try_all(the_kernel()), try_all(linnet_itself())
    for (what, how, whole, pieces), kernel, own in zip(CASES, theirs, ours):
        print(f"  {what} ({pieces}): kernel {kernel}, linnet {own}")
        check(own == whole, f"{what} ({pieces}): linnet has made {own} of it")
        check((own == kernel) == (how == SAME),
              f"{what} ({pieces}): linnet {own}, the kernel {kernel}, expected: {how}")
    down(b)


enter()
with Folder() as folder:
    case(pieces_end_as_they_do_in_the_kernel, folder)
finish()
