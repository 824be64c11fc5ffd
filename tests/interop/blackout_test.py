#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Connections survive a blackout: nothing passes for some seconds while both ends have data under
way, and then they go on, each byte once and in order. (LINNET_BLACKOUT: how many seconds;
`make interop-long` makes a minute of it.)

One machine is cut off on its own side (ip link set eth0 down), one by the cable (the TAP loses its
carrier). Each has a connection with data both ways, one on which only linnet sends, and one on
which only the kernel does, so that each end's timer has to bring its connection back alone. By
IPv4, and beside it by IPv6, where only the cable is pulled: a device that goes down has no address
any more.
"""
import os
import selectors
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

BLACKOUT = float(os.environ.get("LINNET_BLACKOUT") or 4)
# A timer that doubles may have begun to wait just before the light came back.
PATIENCE = 2 * BLACKOUT + 15
LINK = "rate: 20mbit, delay: 5ms"
MORE = 256 << 10		# when so many bytes came after it, a connection has gone on
BUFFER = 64 << 10		# of the kernel's senders: more is not "sent" in the dark
ECHO, PERF = 7, 5000
NETS = {"tap0": 0, "tap1": 1}
# For each family the addresses in a network of a number, the kernel's and linnet's.
FAMILIES = {socket.AF_INET: ("10.0.{}.1", "10.0.{}.2", 24),
            socket.AF_INET6: ("fd00:{}::1", "fd00:{}::2", 64)}
TAPS = {socket.AF_INET: ("tap0", "tap1"), socket.AF_INET6: ("tap1",)}
PATTERN = os.urandom(1 << 20)


class Stream:
    """A connection to a linnet. moved(): bytes that have reached the other program."""

    def __init__(self, family, tap, kind, port):
        self.name = f"{tap}, {kind}, {family.name}"
        self.sent = self.got = 0
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.sock.settimeout(10)
        self.sock.connect((FAMILIES[family][1].format(NETS[tap]), port))
        self.begin()
        self.sock.setblocking(False)

    def perf(self, mode):
        """The header of linnet perf's protocol (src/app/perf_impl.h): without end."""
        self.sock.sendall(struct.pack("!4sB3xQQ", b"lnpf", mode, 0, 1 << 60))

    def write(self):
        at = self.sent % len(PATTERN)
        self.sent += self.sock.send(memoryview(PATTERN)[at:at + 65536])

    def read(self):
        data = self.sock.recv(1 << 18)
        if not data:
            raise AssertionError(f"{self.name} ended after {self.got} bytes")
        self.take(data)
        self.got += len(data)

    def take(self, data):
        pass

    def moved(self):
        return self.got

    def finish(self):
        pass


class Both(Stream):
    """Echo: what comes back is what was sent."""
    events = selectors.EVENT_READ | selectors.EVENT_WRITE

    def begin(self):
        pass

    def take(self, data):
        at = self.got % len(PATTERN)
        if data != (PATTERN[at:at + len(data)] + PATTERN)[:len(data)]:
            raise AssertionError(f"{self.name}: bytes differ behind {self.got}")


class FromLinnet(Stream):
    events = selectors.EVENT_READ

    def begin(self):
        self.perf(1)


class ToLinnet(Stream):
    events = selectors.EVENT_WRITE

    def begin(self):
        self.perf(0)

    def moved(self):
        return self.sent - 2 * BUFFER	# Linux doubles what it is told

    def finish(self):
        """linnet says how much it got."""
        self.sock.settimeout(20)
        self.sock.shutdown(socket.SHUT_WR)
        answer = self.sock.recv(16, socket.MSG_WAITALL)
        got = struct.unpack("!QQ", answer)[0] if len(answer) == 16 else None
        check(got == self.sent, f"{self.name}: sent {self.sent}, linnet got {got}")


def pump(streams, until, seconds):
    """Moves bytes until that says so. False: it did not, in that time."""
    with selectors.DefaultSelector() as sel:
        for s in streams:
            sel.register(s.sock, s.events, s)
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                return False
            for key, mask in sel.select(0.05):
                if mask & selectors.EVENT_READ:
                    key.data.read()
                if mask & selectors.EVENT_WRITE:
                    key.data.write()
    return True


def cut(family, on):
    if "tap0" in TAPS[family]:
        linnet("-N", "tap0", "ip", "link", "set", "eth0", "down" if on else "up")
    run("ip", "link", "set", "tap1", "carrier", "off" if on else "on")


def second_tap():
    run("ip", "tuntap", "add", "dev", "tap1", "mode", "tap")
    give_kernel("tap1", *(f"{kernel.format(NETS['tap1'])}/{length}"
                          for kernel, _, length in FAMILIES.values()))


def machine(folder, tap):
    ours = [f"{us.format(NETS[tap])}/{length}" for _, us, length in FAMILIES.values()]
    b = up(folder, "--addr", ours[1], "--echo", ECHO, "--perf", PERF, "--link", LINK, dev=tap,
           name=tap, addr=ours[0])
    addresses_are_ours(tap)
    return b


def settled(streams):
    """Says whether half a second has gone by in which nothing was read: a link's queue is empty
    then. It may be a second long, and more where the writers had time to fill it."""
    seen, since = None, time.monotonic()

    def is_settled():
        nonlocal seen, since
        now = [s.got for s in streams]
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > 0.5

    return is_settled


def blackout(folder, family):
    machines = [machine(folder, tap) for tap in TAPS[family]]
    streams = [s for tap in TAPS[family] for s in (Both(family, tap, "both ways", ECHO),
                                                   FromLinnet(family, tap, "from linnet", PERF),
                                                   ToLinnet(family, tap, "to linnet", PERF))]
    check(pump(streams, lambda: all(s.moved() >= MORE for s in streams), 20),
          f"bytes pass at first: {[(s.name, s.moved()) for s in streams]}")
    cut(family, True)
    dark = time.monotonic()
    check(pump(streams, settled(streams), 10), "what was on its way arrives")
    # What is read: what is written may fill the writer's own buffer further.
    before, written = [s.got for s in streams], [s.sent for s in streams]
    pump(streams, lambda: False, BLACKOUT - 1)
    passed = {s.name: s.got - b for s, b in zip(streams, before) if s.got != b}
    check(not passed, f"nothing passes in the dark: {passed}")
    check(all(s.sent - w <= BUFFER for s, w in zip(streams, written)),
          "writers are held back in the dark")
    cut(family, False)
    light, at_dawn = time.monotonic(), [s.moved() for s in streams]
    back = {}

    def gone_on():
        for s, b in zip(streams, at_dawn):
            if s.moved() >= b + MORE:
                back.setdefault(s.name, time.monotonic() - light)
        return len(back) == len(streams)

    check(pump(streams, gone_on, PATIENCE), f"all go on within {PATIENCE:.0f} s: {back}")
    print(f"  dark for {light - dark:.1f} s; {MORE >> 10} KB more were there after " +
          ", ".join(f"{t:.1f} s ({name})" for name, t in back.items()))
    for s in streams:
        s.finish()
        s.sock.close()
    for b in machines:
        down(b)


part = side_by_side(*(family.name for family in FAMILIES))
enter(ipv6=True)
with Folder() as folder:
    second_tap()
    case(blackout, folder, socket.AddressFamily[part])
finish()
