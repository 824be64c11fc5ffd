# SPDX-License-Identifier: MIT
"""Frames of a test's own making, thrown at this machine's kernel and at linnet, and what each
answers. Both have the same addresses, so that the same bytes go to both:

    this test 10.9.0.2, fd09::2 --- ktap --- the kernel 10.9.0.1, fd09::1
    this test 10.9.0.2, fd09::2 --- tap0 (AF_PACKET) --- linnet 10.9.0.1, fd09::1

The kernel's end of tap0 is deaf: no address, no ARP.
"""
import fcntl
import os
import select
import socket
import struct

from interop import *

PEER_MAC, TARGET_MAC = "02:00:00:00:00:09", "02:00:00:00:00:42"
PEER, TARGET = "10.9.0.2", "10.9.0.1"
PEER6, TARGET6 = "fd09::2", "fd09::1"
ETH_ALL, TUNSETIFF, TAP_WITHOUT_PI = 3, 0x400454CA, 0x1002


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    data += bytes(len(data) & 1)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Target:
    """A machine to throw frames at. Those that it sends to us come back."""

    def __init__(self, name, send, receive, fd):
        self.name, self.send, self._receive, self.fd = name, send, receive, fd
        self.fences = 0

    def receive(self):
        """The next frame that it sent."""
        while True:
            if not select.select([self.fd], [], [], 10)[0]:
                raise AssertionError(f"{self.name} does not answer any more")
            frame = self._receive()
            if frame[6:12] == mac(TARGET_MAC):
                return frame

    def fence(self):
        """What it sent until it answers an echo request: all that came before is done with."""
        self.fences += 1
        request = echo(self.fences)
        self.send(request)
        frames = []
        while True:
            frame = self.receive()
            if frame[12:14] == b"\x08\0" and frame[23] == 1 and frame[34] == 0 and \
                    frame[38:] == request[38:]:
                return frames
            frames.append(frame)


def ipv4(proto, payload, ident=0, fragment=0):
    """A frame to the target."""
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, fragment, 64, proto, 0,
                       socket.inet_aton(PEER), socket.inet_aton(TARGET))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return mac(TARGET_MAC) + mac(PEER_MAC) + b"\x08\0" + head + payload


def ipv6(nexthdr, payload):
    """The same over IPv6."""
    return mac(TARGET_MAC) + mac(PEER_MAC) + b"\x86\xdd" + struct.pack(
        "!IHBB", 6 << 28, len(payload), nexthdr, 64) + socket.inet_pton(
            socket.AF_INET6, PEER6) + socket.inet_pton(socket.AF_INET6, TARGET6) + payload


def both_families():
    """IPv6 beside IPv4, on the kernel and on linnet."""
    run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.tap0.disable_ipv6=1",
        "net.ipv6.conf.ktap.accept_ra=0", "net.ipv6.conf.ktap.router_solicitations=0")
    run("ip", "-6", "addr", "add", TARGET6 + "/64", "dev", "ktap", "nodad")
    run("ip", "-6", "neigh", "add", PEER6, "lladdr", PEER_MAC, "dev", "ktap")
    linnet("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=0")
    linnet("ip", "addr", "add", TARGET6 + "/64", "dev", "eth0", "nodad")
    linnet("ip", "neigh", "add", PEER6, "lladdr", PEER_MAC, "dev", "eth0")


def echo(number):
    """An echo request that nobody else makes."""
    body = struct.pack("!BBHHHQ", 8, 0, 0, 0xFE9C, number & 0xFFFF, number)
    return ipv4(1, body[:2] + struct.pack("!H", checksum(body)) + body[4:])


def the_kernel():
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"ktap", TAP_WITHOUT_PI))
    run("ip", "link", "set", "ktap", "address", TARGET_MAC)
    run("ip", "addr", "add", TARGET + "/24", "dev", "ktap")
    run("ip", "link", "set", "ktap", "up")
    run("ip", "neigh", "add", PEER, "lladdr", PEER_MAC, "dev", "ktap")
    return Target("the kernel", lambda frame: os.write(fd, frame), lambda: os.read(fd, 70000), fd)


def linnet_itself(folder, *options):
    """linnet up on tap0, and the target that it is."""
    run("ip", "addr", "flush", "dev", "tap0")
    run("ip", "link", "set", "tap0", "arp", "off")
    b = up(folder, "--mac", TARGET_MAC, *options, addr=TARGET + "/24")
    linnet("ip", "neigh", "add", PEER, "lladdr", PEER_MAC, "dev", "eth0")
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_ALL))
    s.bind(("tap0", 0))
    return b, Target("linnet", s.send, lambda: s.recv(70000), s)
